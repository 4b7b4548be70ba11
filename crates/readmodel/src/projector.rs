//! The one writer: applies finalized blocks, many in one transaction, in order, each exactly once.
//!
//! Flow: the node sends blocks through a bounded channel; [`Projector::run`] takes all that wait (and
//! under load lingers a moment for more, since a row costs less the more share its page), writes them
//! and the height reached in one transaction, and tidies up when nothing waits.
//!
//! Invariants:
//! - rows and height change together or not at all, so a crash anywhere leaves a true older answer;
//! - a block at or below the height reached is skipped; a block that leaves a gap is refused;
//! - events of a module without a projection are stored and not looked into.

use crate::{
    block::{ProjectedBlock, ProjectedEvent, ProjectedStatement},
    driver::{Database, Sink, Source, collect},
    error::{ReadModelError, Result},
    model::located,
    position::{COMPARTMENTS_MAX, HEIGHT_MAX, ORDINALS_MAX, Position},
    projection::{EventFacts, Fault, Projection},
    rows::{Rows, Words},
    runs::{Key, Postings},
    tables::{self, BLOCK, EVENT, PROGRESS, STATEMENT},
    value::{Value, damaged, unsigned},
};
use convoy_types::Compartment;
use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

/// Statements and events after which a transaction is committed although more blocks wait.
const BATCH_ROWS_MAX: usize = 40_000;
/// A batch this large means load: the next one lingers for more.
const BUSY_ROWS: usize = 500;
/// How long a batch lingers under load. It delays what is seen, and is the greater part of the lag.
const LINGER: Duration = Duration::from_millis(150);
/// A load that pauses this long is over.
const TIDY_AFTER: Duration = Duration::from_secs(1);
/// Postings moved by one step of a merge: about 30 ms of work, which a waiting block may have to wait.
const MERGE_STEP: u64 = if cfg!(test) { 40 } else { 16_384 };

/// How far one compartment got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Its number in keys.
    pub number: u16,
    /// The first block held; more than 0 where the node joined later.
    pub first_height: u64,
    /// The last block held.
    pub height: u64,
}

/// Applies blocks. There is one for each read model.
pub struct Projector {
    database: Box<dyn Database>,
    projections: Vec<Box<dyn Projection>>,
    progress: BTreeMap<Compartment, Progress>,
    words: Words,
    postings: Postings,
    stale: bool,
    path: PathBuf,
    /// Keeps other processes out.
    lock: File,
}

impl Projector {
    /// A projector that goes on where `database`, found at `path`, stands.
    pub(crate) fn new(
        database: Box<dyn Database>,
        projections: Vec<Box<dyn Projection>>,
        path: &Path,
        lock: File,
    ) -> Result<Self> {
        let mut projector = Self {
            database,
            projections,
            progress: BTreeMap::new(),
            words: Words::default(),
            postings: Postings::default(),
            stale: true,
            path: path.to_path_buf(),
            lock,
        };
        projector.reload()?;
        Ok(projector)
    }

    /// How far a compartment got; `None` before its first block.
    pub fn progress(&self, compartment: &Compartment) -> Option<&Progress> {
        self.progress.get(compartment)
    }

    /// The block to hand in next; `None` before the first, which may have any height.
    pub fn next_height(&self, compartment: &Compartment) -> Option<u64> {
        self.progress
            .get(compartment)
            .map(|progress| progress.height + 1)
    }

    /// Applies blocks in one transaction and returns how many were new.
    ///
    /// # Errors
    /// When a block leaves a gap, an event cannot be projected or the database fails; then none was applied.
    pub fn apply(&mut self, blocks: &[ProjectedBlock]) -> Result<usize> {
        self.reload()?;
        self.stale = true;
        let Self {
            database,
            projections,
            progress,
            words,
            postings,
            ..
        } = self;
        let mut applied = 0;
        let done = database.write(&mut |sink| {
            let mut batch = Batch {
                sink,
                projections,
                words,
                postings,
            };
            for block in blocks {
                applied += usize::from(batch.block(progress, block)?);
            }
            batch.finish(progress)
        });
        if done.is_err() {
            for projection in &mut self.projections {
                projection.abandon();
            }
        }
        done.map_err(|error| located(error, &self.path))?;
        self.stale = false;
        Ok(applied)
    }

    /// Does one bounded step of tidying up; `false` when there is nothing to tidy.
    pub fn tidy(&mut self) -> Result<bool> {
        self.reload()?;
        self.stale = true;
        let mut merged = false;
        let postings = &mut self.postings;
        let done = self.database.write(&mut |sink| {
            merged = postings.merge(sink, MERGE_STEP)?;
            Ok(())
        });
        done.map_err(|error| located(error, &self.path))?;
        self.stale = false;
        Ok(merged)
    }

    /// Applies blocks as they come until the sender hangs up, then settles and returns.
    /// `on_progress` is told the compartment and the height after each transaction.
    ///
    /// # Errors
    /// As [`Projector::apply`]. The blocks of the failed transaction have to be sent again, to a new projector.
    pub fn run(
        &mut self,
        blocks: &Receiver<ProjectedBlock>,
        on_progress: &mut dyn FnMut(&Compartment, u64),
    ) -> Result<()> {
        let mut batch = Vec::new();
        let (mut busy, mut untidy) = (false, true);
        loop {
            // Under load nothing is tidied until it pauses, or until it cannot wait any longer.
            let patience = match (untidy, busy) {
                (false, _) => Duration::MAX,
                (true, false) => Duration::ZERO,
                (true, true) => TIDY_AFTER,
            };
            match next(blocks, patience) {
                Ok(block) => batch.push(block),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    busy = false;
                    untidy = self.tidy()?;
                    continue;
                }
            }
            let rows = gather(blocks, &mut batch, busy);
            self.apply(&batch)?;
            for block in batch.drain(..) {
                on_progress(&block.compartment, block.height);
            }
            (busy, untidy) = (rows >= BUSY_ROWS, true);
            if self.postings.overdue() {
                self.tidy()?;
            }
        }
        self.database.settle()
    }

    /// Moves everything to its final place.
    pub(crate) fn settle(&mut self) -> Result<()> {
        self.database.settle()
    }

    /// Closes the database and hands over the lock.
    pub(crate) fn close(self) -> File {
        self.lock
    }

    /// Reads again what is kept in memory, after a transaction that failed.
    fn reload(&mut self) -> Result<()> {
        if !self.stale {
            return Ok(());
        }
        let Self {
            database,
            progress,
            words,
            postings,
            ..
        } = self;
        database.write(&mut |sink| {
            *progress = load_progress(&*sink)?;
            *words = Words::load(&*sink)?;
            *postings = Postings::load(&*sink)?;
            Ok(())
        })?;
        self.stale = false;
        Ok(())
    }
}

/// The next block within `patience`.
fn next(
    blocks: &Receiver<ProjectedBlock>,
    patience: Duration,
) -> Result<ProjectedBlock, RecvTimeoutError> {
    if patience == Duration::MAX {
        return blocks.recv().map_err(|_| RecvTimeoutError::Disconnected);
    }
    blocks.recv_timeout(patience)
}

/// Takes the blocks that wait, lingering for more when `busy`; returns the rows they make.
fn gather(blocks: &Receiver<ProjectedBlock>, batch: &mut Vec<ProjectedBlock>, busy: bool) -> usize {
    let size = |block: &ProjectedBlock| block.statements.len() + block.events.len();
    let mut rows: usize = batch.iter().map(size).sum();
    let until = Instant::now() + if busy { LINGER } else { Duration::ZERO };
    while rows < BATCH_ROWS_MAX {
        let left = until.saturating_duration_since(Instant::now());
        match blocks.recv_timeout(left) {
            Ok(block) => {
                rows += size(&block);
                batch.push(block);
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
    }
    rows
}

pub(crate) fn load_progress(source: &dyn Source) -> Result<BTreeMap<Compartment, Progress>> {
    let rows = collect(
        source,
        "SELECT name, compartment, first_height, height FROM progress",
        &[],
        |row| {
            let name =
                Compartment::new(row.text(0)?).map_err(|error| damaged(error.to_string()))?;
            let progress = Progress {
                number: row.small(1)? as u16,
                first_height: row.number(2)?,
                height: row.number(3)?,
            };
            Ok((name, progress))
        },
    )?;
    Ok(rows.into_iter().collect())
}

/// Hands out places among a block's log leaves: to accepted statements first, then to refused ones.
struct Leaves {
    accepted: u32,
    refused: u32,
}

impl Leaves {
    fn of(block: &ProjectedBlock) -> Self {
        let accepted = block.statements.iter().filter(|s| s.outcome == 0).count();
        Self {
            accepted: 0,
            refused: accepted as u32,
        }
    }

    fn next(&mut self, statement: &ProjectedStatement) -> u32 {
        let next = if statement.outcome == 0 {
            &mut self.accepted
        } else {
            &mut self.refused
        };
        *next += 1;
        *next - 1
    }
}

/// One transaction's work.
struct Batch<'a> {
    sink: &'a mut dyn Sink,
    projections: &'a mut [Box<dyn Projection>],
    words: &'a mut Words,
    postings: &'a mut Postings,
}

impl Batch<'_> {
    fn block(
        &mut self,
        all: &mut BTreeMap<Compartment, Progress>,
        block: &ProjectedBlock,
    ) -> Result<bool> {
        let number = all.len() as u16;
        let progress = all.entry(block.compartment.clone()).or_insert(Progress {
            number,
            first_height: block.height,
            height: block.height.wrapping_sub(1),
        });
        let next = progress.height.wrapping_add(1);
        if block.height < next {
            return Ok(false);
        }
        if block.height > next {
            return Err(ReadModelError::Gap {
                compartment: block.compartment.to_string(),
                expected: next,
                found: block.height,
            });
        }
        progress.height = block.height;
        let compartment = progress.number;
        check_limits(compartment, block)?;
        let at = |ordinal: u32| place(compartment, block.height, ordinal);
        self.block_row(at(0)?, block)?;
        let mut leaves = Leaves::of(block);
        for (ordinal, statement) in (0..).zip(&block.statements) {
            self.statement_row(at(ordinal)?, statement, leaves.next(statement))?;
        }
        for (ordinal, event) in (0..).zip(&block.events) {
            self.event(at(ordinal)?, block, event)?;
        }
        for index in 0..self.projections.len() {
            let module = self.projections[index].module();
            if block.events.iter().any(|event| event.module == module) {
                let (projections, mut rows) = self.split(at(0)?);
                projections[index].end_block(&mut rows)?;
            }
        }
        Ok(true)
    }

    fn split(&mut self, position: Position) -> (&mut [Box<dyn Projection>], Rows<'_>) {
        let rows = Rows {
            sink: &mut *self.sink,
            words: self.words,
            postings: self.postings,
            position,
        };
        (self.projections, rows)
    }

    fn block_row(&mut self, at: Position, block: &ProjectedBlock) -> Result<()> {
        let accepted = block.statements.iter().filter(|s| s.outcome == 0).count();
        let bytes: u64 = block.statements.iter().map(|s| u64::from(s.bytes)).sum();
        self.sink.insert(
            &BLOCK,
            &[
                at.raw().into(),
                unsigned(block.time_ms),
                Value::Bytes(&block.digest.0),
                unsigned(block.log_start),
                (block.statements.len() as i64).into(),
                (accepted as i64).into(),
                (block.events.len() as i64).into(),
                unsigned(bytes),
            ],
        )
    }

    fn statement_row(
        &mut self,
        at: Position,
        statement: &ProjectedStatement,
        leaf: u32,
    ) -> Result<()> {
        let signer = self.words.id(self.sink, statement.signer.as_str())?;
        let member = match &statement.member {
            Some(member) => Some(self.words.id(self.sink, member.as_str())?),
            None => None,
        };
        let seal = tables::seal(
            &[
                at.raw(),
                i64::from(statement.outcome),
                signer,
                member.unwrap_or(-1),
                i64::from(statement.bytes),
                i64::from(leaf),
            ],
            &statement.id.0.0,
            &[],
        );
        self.postings.add(Key::of_digest(&statement.id.0), at.raw());
        self.sink.insert(
            &STATEMENT,
            &[
                at.raw().into(),
                Value::Bytes(&statement.id.0.0),
                statement.outcome.into(),
                signer.into(),
                member.into(),
                statement.bytes.into(),
                Some(leaf).filter(|leaf| *leaf != at.ordinal()).into(),
                seal.into(),
            ],
        )
    }

    fn event(
        &mut self,
        at: Position,
        block: &ProjectedBlock,
        event: &ProjectedEvent,
    ) -> Result<()> {
        let index = event.statement;
        let facts = EventFacts {
            position: at,
            height: block.height,
            time_ms: block.time_ms,
            statement: index.and_then(|index| block.statements.get(index as usize)),
            statement_index: index,
            body: &event.body,
        };
        let (projections, mut rows) = self.split(at);
        let mut taking = projections.iter_mut();
        let taking = taking.find(|projection| projection.module() == event.module);
        let applied = taking.map_or(Ok(None), |projection| projection.apply(&mut rows, &facts));
        let detail = applied.map_err(|fault| match fault {
            Fault::Database(error) => error,
            Fault::Event(detail) => ReadModelError::Event {
                height: block.height,
                ordinal: at.ordinal(),
                module: event.module.to_owned(),
                detail,
            },
        })?;
        let module = self.words.id(self.sink, event.module)?;
        let numbers = [at.raw(), index.map_or(-1, i64::from), module];
        let seal = tables::seal(&numbers, &event.body, detail.unwrap_or_default());
        self.sink.insert(
            &EVENT,
            &[
                at.raw().into(),
                index.into(),
                module.into(),
                Value::Bytes(&event.body),
                detail.into(),
                seal.into(),
            ],
        )
    }

    fn finish(&mut self, all: &BTreeMap<Compartment, Progress>) -> Result<()> {
        self.postings.flush(self.sink)?;
        for (name, progress) in all {
            self.sink.upsert(
                &PROGRESS,
                &[
                    progress.number.into(),
                    name.as_str().into(),
                    unsigned(progress.first_height),
                    unsigned(progress.height),
                ],
            )?;
        }
        Ok(())
    }
}

fn place(compartment: u16, height: u64, ordinal: u32) -> Result<Position> {
    Position::new(compartment, height, ordinal).ok_or_else(|| ReadModelError::Internal {
        attempt: format!("place {ordinal} of block {height} in compartment {compartment}"),
        detail: "it is past the limits of a position".to_owned(),
    })
}

fn check_limits(compartment: u16, block: &ProjectedBlock) -> Result<()> {
    let most = block.statements.len().max(block.events.len());
    let fits = compartment < COMPARTMENTS_MAX
        && block.height <= HEIGHT_MAX
        && most <= ORDINALS_MAX as usize;
    if fits {
        return Ok(());
    }
    Err(ReadModelError::Internal {
        attempt: format!("take block {} with {most} rows", block.height),
        detail: "it is past the limits of a read model".to_owned(),
    })
}
