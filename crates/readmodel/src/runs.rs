//! Postings: which positions belong to a key (an object, a statement id, a place).
//!
//! Keys are hashes, so an ordinary index would touch a different page for every row written. Postings
//! are therefore kept in *runs*: all new ones go into the open run, which is small enough to stay in
//! memory; a full run is closed; closed runs are merged by eights into longer ones when the writer has
//! nothing else to do. A lookup asks every run, of which there are about seven for each power of eight.
//!
//! Invariants:
//! - a posting is in exactly one run at any time, also in the middle of a merge and after a crash in one;
//! - only neighbouring runs are merged, so a lookup that asks run by run finds positions in order;
//! - a key is 47 bits of a hash: whoever looks something up compares what is found with what was sought.

use crate::{
    driver::{Sink, Source, collect, first},
    error::Result,
    tables::{POSTING, RUN},
    value::{Row, Value},
};
use convoy_types::Digest;
use std::ops::ControlFlow;

/// Postings in the open run before it is closed: about 170 KB of pages, most of which a small block writes anew, so
/// that fewer would cost more in merging than they spare in writing. Tests merge often.
const RUN_POSTINGS_MAX: u64 = if cfg!(test) { 24 } else { 8_192 };
/// Runs merged into one.
const FAN_IN: usize = 8;
/// Closed runs of the lowest level before merging is done even under load.
const RUNS_WAITING_MAX: usize = 64;
const KEY_MASK: u64 = (1 << 47) - 1;

/// What postings are kept under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(i64);

impl Key {
    /// The key of `name` among things of one `kind` ("object", "place", …) in a compartment.
    pub fn of(kind: &'static str, compartment: u16, name: &[u8]) -> Self {
        let digest = Digest::of_parts(&[&compartment.to_be_bytes(), kind.as_bytes(), &[0], name]);
        Self::of_digest(&digest)
    }

    /// The key of something that is named by a digest already.
    pub fn of_digest(digest: &Digest) -> Self {
        let mut start = [0; 8];
        start.copy_from_slice(&digest.0[..8]);
        Self((u64::from_be_bytes(start) & KEY_MASK) as i64)
    }
}

/// One run. While it is merged into another, both hold a part of its postings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    id: i64,
    /// Runs in this order hold one compartment's positions in order; a merged run is as old as its oldest part.
    age: i64,
    level: i64,
    first: i64,
    last: i64,
    postings: u64,
    target: Option<i64>,
    moved: i64,
}

impl Run {
    const SELECT: &'static str = "SELECT run, age, level, first, last, postings, target, moved FROM run ORDER BY age, level DESC";

    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            id: row.integer(0)?,
            age: row.integer(1)?,
            level: row.integer(2)?,
            first: row.integer(3)?,
            last: row.integer(4)?,
            postings: row.number(5)?,
            target: match row.value(6)? {
                Value::Integer(target) => Some(target),
                _ => None,
            },
            moved: row.integer(7)?,
        })
    }

    fn store(&self, sink: &mut dyn Sink) -> Result<()> {
        sink.upsert(
            &RUN,
            &[
                self.id.into(),
                self.age.into(),
                self.level.into(),
                self.first.into(),
                self.last.into(),
                (self.postings as i64).into(),
                self.target.into(),
                self.moved.into(),
            ],
        )
    }
}

/// The writer's side: the postings of a transaction on their way into the open run.
#[derive(Default)]
pub(crate) struct Postings {
    waiting: Vec<(i64, i64)>,
    open: Option<Run>,
    next_id: i64,
    closed_low: usize,
}

impl Postings {
    /// Reads how far the runs got.
    pub(crate) fn load(source: &dyn Source) -> Result<Self> {
        let runs = collect(source, Run::SELECT, &[], Run::from_row)?;
        let next_id = runs.iter().map(|run| run.id).max().unwrap_or(0) + 1;
        let open = runs
            .iter()
            .rfind(|run| run.level == 0 && run.postings < RUN_POSTINGS_MAX)
            .copied();
        let closed_low = runs.iter().filter(|run| run.level == 0).count();
        Ok(Self {
            waiting: Vec::new(),
            open,
            next_id,
            closed_low,
        })
    }

    pub(crate) fn add(&mut self, key: Key, position: i64) {
        self.waiting.push((key.0, position));
    }

    /// Whether so many runs wait to be merged that it must be done now.
    pub(crate) fn overdue(&self) -> bool {
        self.closed_low > RUNS_WAITING_MAX
    }

    /// Puts what was added into the open run, in key order.
    pub(crate) fn flush(&mut self, sink: &mut dyn Sink) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.waiting.sort_unstable();
        self.waiting.dedup();
        let positions = || self.waiting.iter().map(|(_, position)| *position);
        let (Some(first), Some(last)) = (positions().min(), positions().max()) else {
            return Ok(());
        };
        let mut run = self.open.take().unwrap_or_else(|| {
            self.closed_low += 1;
            self.next_id += 1;
            Run {
                id: self.next_id - 1,
                age: self.next_id - 1,
                level: 0,
                first,
                last,
                postings: 0,
                target: None,
                moved: -1,
            }
        });
        let row = |(key, position): &(i64, i64)| [run.id.into(), (*key).into(), (*position).into()];
        let rows: Vec<Value<'_>> = self.waiting.iter().flat_map(row).collect();
        sink.insert_rows(&POSTING, &rows)?;
        run.postings += self.waiting.len() as u64;
        run.first = run.first.min(first);
        run.last = run.last.max(last);
        run.store(sink)?;
        self.open = (run.postings < RUN_POSTINGS_MAX).then_some(run);
        self.waiting.clear();
        Ok(())
    }

    /// Moves up to about `postings_max` postings on in a merge that is due. Says whether there was one.
    pub(crate) fn merge(&mut self, sink: &mut dyn Sink, postings_max: u64) -> Result<bool> {
        let runs = collect(&*sink, Run::SELECT, &[], Run::from_row)?;
        let Some((mut target, sources)) = self.merge_due(&runs) else {
            return Ok(false);
        };
        let (low, high) = (
            target.moved,
            upper(sink, &sources, target.moved, postings_max)?,
        );
        let wanted: Vec<String> = sources.iter().map(|run| run.id.to_string()).collect();
        let copy = format!(
            "INSERT INTO posting (run, key, position) SELECT ?1, key, position FROM posting \
             WHERE run IN ({}) AND key > ?2 AND key <= ?3 ORDER BY key, position",
            wanted.join(", ")
        );
        let moved = sink.execute(&copy, &[target.id.into(), low.into(), high.into()])?;
        for run in &sources {
            sink.execute(
                "DELETE FROM posting WHERE run = ?1 AND key > ?2 AND key <= ?3",
                &[run.id.into(), low.into(), high.into()],
            )?;
        }
        target.postings += moved as u64;
        target.moved = high;
        let finished = high == i64::MAX;
        for mut run in sources {
            if finished {
                sink.delete(&RUN, &[run.id.into()])?;
                self.closed_low -= usize::from(run.level == 0);
            } else {
                run.target = Some(target.id);
                run.store(sink)?;
            }
        }
        target.store(sink)?;
        Ok(true)
    }

    /// The merge under way, or else a new one: the run that grows and the runs that go into it.
    fn merge_due(&mut self, runs: &[Run]) -> Option<(Run, Vec<Run>)> {
        if let Some(id) = runs.iter().find_map(|run| run.target) {
            let target = *runs.iter().find(|run| run.id == id)?;
            let sources = runs.iter().filter(|run| run.target == Some(id));
            return Some((target, sources.copied().collect()));
        }
        let open = self.open.map(|run| run.id);
        let levels = runs.iter().map(|run| run.level).max()?;
        for level in 0..=levels {
            let closed = runs
                .iter()
                .filter(|run| run.level == level && Some(run.id) != open);
            let sources: Vec<Run> = closed.copied().take(FAN_IN).collect();
            if sources.len() == FAN_IN {
                self.next_id += 1;
                let target = Run {
                    id: self.next_id - 1,
                    age: sources.iter().map(|run| run.age).min()?,
                    level: level + 1,
                    first: sources.iter().map(|run| run.first).min()?,
                    last: sources.iter().map(|run| run.last).max()?,
                    postings: 0,
                    target: None,
                    moved: -1,
                };
                return Some((target, sources));
            }
        }
        None
    }
}

/// The key up to which this step of a merge moves postings; `i64::MAX` when it moves the rest.
fn upper(sink: &dyn Sink, sources: &[Run], low: i64, postings_max: u64) -> Result<i64> {
    let Some(longest) = sources.iter().max_by_key(|run| run.postings) else {
        return Ok(i64::MAX);
    };
    let step = (postings_max / sources.len() as u64).max(1) as i64;
    let sql = "SELECT key FROM posting WHERE run = ?1 AND key > ?2 ORDER BY key LIMIT 1 OFFSET ?3";
    let key = first(
        sink,
        sql,
        &[longest.id.into(), low.into(), step.into()],
        |row| row.integer(0),
    )?;
    Ok(key.unwrap_or(i64::MAX))
}

/// The runs of one moment, the oldest first.
pub(crate) fn all(source: &dyn Source) -> Result<Vec<Run>> {
    collect(source, Run::SELECT, &[], Run::from_row)
}

/// Hands the positions under `key` within `first..=last` to `each`, oldest or newest first, until it breaks.
/// `runs` are those of the moment that `source` is of.
pub(crate) fn scan(
    source: &dyn Source,
    runs: &[Run],
    key: Key,
    (first, last): (i64, i64),
    newest_first: bool,
    each: &mut dyn FnMut(i64) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let sql = if newest_first {
        "SELECT position FROM posting WHERE run = ?1 AND key = ?2 \
         AND position >= ?3 AND position <= ?4 ORDER BY position DESC"
    } else {
        "SELECT position FROM posting WHERE run = ?1 AND key = ?2 \
         AND position >= ?3 AND position <= ?4 ORDER BY position"
    };
    let mut broken = false;
    let count = runs.len();
    let ordered = (0..count).map(|at| &runs[if newest_first { count - 1 - at } else { at }]);
    for run in ordered.filter(|run| run.first <= last && run.last >= first) {
        let values = [run.id.into(), key.0.into(), first.into(), last.into()];
        source.query(sql, &values, &mut |row| {
            broken = each(row.integer(0)?)?.is_break();
            Ok(!broken)
        })?;
        if broken {
            break;
        }
    }
    Ok(())
}
