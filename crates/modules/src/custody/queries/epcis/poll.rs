//! Answering a query page by page.
//!
//! Flow: the first page fixes the height that all pages are true for; each page looks where the plan says,
//! holds every condition against the whole event, and ends with the place to go on from. Blocks are never
//! changed, so pages of one height never overlap and never miss anything, whatever is recorded meanwhile.
//!
//! Limits: a page in the order recorded looks at [`EXAMINED_MAX`] events and blocks and may then be short, with a way
//! to go on; an order by another field looks at [`SORTED_MAX`] at most, and is refused past that.

use super::{
    super::{CapturedEvent, Corrections, Told, events::captured},
    condition::EventTime,
    fault::{Exception, QueryFault},
    fields::{self, Within},
    number::Number,
    plan::{self, Driver},
    query::{Count, EpcisQuery, OrderBy},
    streams::Streams,
};
use crate::custody::{NAME, index::Outline, types::Action};
use convoy_readmodel::{
    Order, Position, Result, Snapshot, StoredEvent,
    value::{damaged, decoded},
};
use convoy_types::epcis::{Event, Timestamp};
use std::{cmp::Ordering, collections::BTreeSet, ops::ControlFlow};

/// Events of one page at most.
pub const PER_PAGE_MAX: usize = 1_000;
/// Events and blocks looked at for one page in the order recorded.
const EXAMINED_MAX: usize = if cfg!(test) { 200 } else { 20_000 };
/// Events looked at for an answer that is sorted or counted.
const SORTED_MAX: usize = 100_000;
/// Blocks that are sorted by time before each block of the ledger is.
const BLOCKS_MAX: usize = 4_000;

/// Where the next page goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The height that every page is true for.
    pub height: u64,
    /// The last position looked at or given.
    pub position: i64,
    /// The claimed time of the event given last, where that is the order.
    pub time_ms: i64,
    /// Events given so far.
    pub given: u64,
}

/// A page.
#[derive(Clone, Debug, PartialEq)]
pub struct PollPage {
    /// The events.
    pub events: Vec<CapturedEvent>,
    /// The height it is true for.
    pub height: u64,
    /// Where to go on; `None` at the end.
    pub next: Option<Resume>,
}

/// One page of the answer to `query`: at most `per_page` events.
///
/// # Errors
/// The inner one when the answer is too large or too much work; the outer one when the read model is damaged.
pub fn poll(
    snapshot: &Snapshot<'_>,
    query: &EpcisQuery,
    per_page: usize,
    resume: Option<&Resume>,
) -> Result<std::result::Result<PollPage, QueryFault>> {
    let height = resume.map_or(snapshot.height(), |resume| {
        resume.height.min(snapshot.height())
    });
    let empty = PollPage {
        events: Vec::new(),
        height,
        next: None,
    };
    let Some(range) = plan::bounds(snapshot, query, height)? else {
        return Ok(Ok(empty));
    };
    let given = resume.map_or(0, |resume| resume.given);
    let mut per_page = per_page.clamp(1, PER_PAGE_MAX);
    if let Count::First(most) = query.count {
        let left = usize::try_from(most.saturating_sub(given)).unwrap_or(usize::MAX);
        if left == 0 {
            return Ok(Ok(empty));
        }
        per_page = per_page.min(left);
    }
    let search = Search {
        snapshot,
        query,
        range,
        driver: plan::driver(query),
        times: query.times(EventTime::Event),
    };
    if let (Count::AtMost(most), None) = (query.count, resume)
        && let Some(fault) = search.count(most)?
    {
        return Ok(Err(fault));
    }
    let found = match &query.order {
        OrderBy::RecordTime => Ok(search.recorded(per_page, resume)?),
        OrderBy::EventTime => search.by_time(per_page, resume)?,
        OrderBy::Field(_) => search.by_field(per_page, resume)?,
    };
    Ok(match found {
        Err(fault) => Err(fault),
        Ok(found) => Ok(finish(snapshot, query, found, given, height)?),
    })
}

/// What a walk comes by.
enum Passed {
    /// An event that may be asked for.
    Event(StoredEvent),
    /// A block with none of the time asked for, up to and with this position.
    Block(i64),
}

/// Positions found for a page, and where to go on.
struct Found {
    positions: Vec<i64>,
    more: Option<(i64, i64)>,
}

fn finish(
    snapshot: &Snapshot<'_>,
    query: &EpcisQuery,
    found: Found,
    given: u64,
    height: u64,
) -> Result<PollPage> {
    let mut corrections = Corrections::new(snapshot)?;
    let mut events = Vec::with_capacity(found.positions.len());
    let positions: Vec<Position> = found
        .positions
        .iter()
        .map(|raw| Position::from_raw(*raw))
        .collect();
    let stored = snapshot.events_at(&positions)?;
    let places: Vec<_> = stored
        .iter()
        .map(|event| (event.position, event.statement))
        .collect();
    snapshot.read_ahead(&places)?;
    for stored in stored {
        let told = Told::of(stored)?
            .ok_or_else(|| damaged("a posting points to another module's event".to_owned()))?;
        events.extend(captured(snapshot, &mut corrections, &told)?);
    }
    let given = given + found.positions.len() as u64;
    let ended = matches!(query.count, Count::First(most) if given >= most);
    let next = found
        .more
        .filter(|_| !ended)
        .map(|(position, time_ms)| Resume {
            height,
            position,
            time_ms,
            given,
        });
    Ok(PollPage {
        events,
        height,
        next,
    })
}

/// The last position of the block at `raw` that is passed in this order.
fn end_of_block(raw: i64, order: Order) -> i64 {
    let at = Position::from_raw(raw);
    let next = Position::new(at.compartment(), at.height() + 1, 0);
    match (order, next) {
        (Order::OldestFirst, Some(next)) => next.raw() - 1,
        _ => raw,
    }
}

/// One question under way.
struct Search<'s, 'a> {
    snapshot: &'s Snapshot<'a>,
    query: &'s EpcisQuery,
    range: (i64, i64),
    driver: Driver,
    times: (i64, i64),
}

impl Search<'_, '_> {
    /// The captured event at hand and when it was recorded, if it is asked for.
    fn asked(&self, stored: &StoredEvent) -> Result<Option<(Event, i64)>> {
        let Some(event) = self.event(stored)? else {
            return Ok(None);
        };
        let block = self.snapshot.block(stored.position.height())?;
        let recorded_ms = block.map_or(0, |block| i64::try_from(block.time_ms).unwrap_or(i64::MAX));
        Ok(self
            .query
            .takes(&event, recorded_ms)
            .then_some((event, recorded_ms)))
    }

    /// The captured event at hand, unless its time shows at once that it is not asked for.
    fn event(&self, stored: &StoredEvent) -> Result<Option<Event>> {
        let Some(detail) = stored.detail.as_deref().filter(|_| &*stored.module == NAME) else {
            return Ok(None);
        };
        if let Some(outline) = Outline::read(detail)
            && !(self.times.0..self.times.1).contains(&outline.time_ms)
        {
            return Ok(None);
        }
        Ok(match decoded(detail)? {
            Action::Capture(event) => Some(*event),
            _ => None,
        })
    }

    /// Hands every event within `range` that may be asked for to `each`, in the order recorded.
    fn walk(
        &self,
        range: (i64, i64),
        order: Order,
        each: &mut dyn FnMut(Passed) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let start = |raw: i64| raw - i64::from(Position::from_raw(raw).ordinal());
        match &self.driver {
            Driver::Events(names) => {
                let mut streams = Streams::new(self.snapshot, names.clone(), range, order);
                while let Some(raw) = streams.next()? {
                    let event = self.snapshot.event(Position::from_raw(raw))?;
                    if each(Passed::Event(event))?.is_break() {
                        return Ok(());
                    }
                }
            }
            Driver::Blocks(names) => {
                let blocks = (start(range.0), range.1);
                let mut streams = Streams::new(self.snapshot, names.clone(), blocks, order);
                while let Some(raw) = streams.next()? {
                    let flow = match self.in_time(raw)? {
                        true => {
                            self.block(raw, range, order, &mut |event| each(Passed::Event(event)))?
                        }
                        false => each(Passed::Block(end_of_block(raw, order)))?,
                    };
                    if flow.is_break() {
                        return Ok(());
                    }
                }
            }
            Driver::Spans => {
                let mut rest = (start(range.0), range.1);
                loop {
                    let blocks = self.spans(rest, order)?;
                    for raw in &blocks {
                        let each = &mut |event| each(Passed::Event(event));
                        if self.block(*raw, range, order, each)?.is_break() {
                            return Ok(());
                        }
                    }
                    let Some(last) = blocks.last() else {
                        return Ok(());
                    };
                    match order {
                        Order::OldestFirst => rest.0 = last + 1,
                        Order::NewestFirst => rest.1 = last - 1,
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether the block at `raw` holds events of the time asked for.
    fn in_time(&self, raw: i64) -> Result<bool> {
        Ok(self
            .span(raw)?
            .is_some_and(|(first, last)| last >= self.times.0 && first < self.times.1))
    }

    fn span(&self, raw: i64) -> Result<Option<(i64, i64)>> {
        let sql = "SELECT first_ms, last_ms FROM custody_span WHERE position = ?1";
        self.snapshot.first(sql, &[raw.into()], |row| {
            Ok((row.integer(0)?, row.integer(1)?))
        })
    }

    /// The next blocks of the time asked for.
    fn spans(&self, (low, high): (i64, i64), order: Order) -> Result<Vec<i64>> {
        let direction = if order == Order::NewestFirst {
            "DESC"
        } else {
            "ASC"
        };
        let sql = format!(
            "SELECT position FROM custody_span WHERE position >= ?1 AND position <= ?2 \
             AND +last_ms >= ?3 AND +first_ms < ?4 ORDER BY position {direction} LIMIT 64"
        );
        let values = [
            low.into(),
            high.into(),
            self.times.0.into(),
            self.times.1.into(),
        ];
        self.snapshot.rows(&sql, &values, |row| row.integer(0))
    }

    /// Hands the events of the block at `raw` that lie within `range` to `each`.
    fn block(
        &self,
        raw: i64,
        range: (i64, i64),
        order: Order,
        each: &mut dyn FnMut(StoredEvent) -> Result<ControlFlow<()>>,
    ) -> Result<ControlFlow<()>> {
        let at = Position::from_raw(raw);
        let Some(last) = Position::new(at.compartment(), at.height() + 1, 0) else {
            return Ok(ControlFlow::Break(()));
        };
        let (low, high) = (raw.max(range.0), (last.raw() - 1).min(range.1));
        if low > high {
            return Ok(ControlFlow::Continue(()));
        }
        let (low, high) = (Position::from_raw(low), Position::from_raw(high));
        let mut events = self
            .snapshot
            .events(low, high, usize::try_from(i32::MAX).unwrap_or(0))?;
        if order == Order::NewestFirst {
            events.reverse();
        }
        for event in events {
            if each(event)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Refuses an answer of more than `most` events.
    fn count(&self, most: u64) -> Result<Option<QueryFault>> {
        let (mut found, mut examined) = (0, 0);
        self.walk(self.range, Order::OldestFirst, &mut |passed| {
            let Passed::Event(stored) = passed else {
                return Ok(ControlFlow::Continue(()));
            };
            examined += 1;
            found += u64::from(self.asked(&stored)?.is_some());
            let enough = found > most || examined > SORTED_MAX;
            Ok(if enough {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        if found > most {
            return Ok(Some(QueryFault {
                exception: Exception::QueryTooLarge,
                ..QueryFault::parameter(
                    "maxEventCount",
                    format!("the answer has more than {most} events"),
                    "narrow the query, or ask with perPage and follow the pages",
                )
            }));
        }
        Ok((examined > SORTED_MAX).then(|| too_much("maxEventCount")))
    }

    fn recorded(&self, per_page: usize, resume: Option<&Resume>) -> Result<Found> {
        let (order, mut range) = match self.query.descending {
            true => (Order::NewestFirst, self.range),
            false => (Order::OldestFirst, self.range),
        };
        match (resume, order) {
            (Some(resume), Order::OldestFirst) => range.0 = range.0.max(resume.position + 1),
            (Some(resume), Order::NewestFirst) => range.1 = range.1.min(resume.position - 1),
            (None, _) => {}
        }
        let mut found = Found {
            positions: Vec::new(),
            more: None,
        };
        if range.0 > range.1 {
            return Ok(found);
        }
        let (mut examined, mut last) = (0, 0);
        self.walk(range, order, &mut |passed| {
            if examined == EXAMINED_MAX {
                found.more = Some((last, 0));
                return Ok(ControlFlow::Break(()));
            }
            examined += 1;
            let stored = match passed {
                Passed::Event(stored) => stored,
                Passed::Block(end) => {
                    last = end;
                    return Ok(ControlFlow::Continue(()));
                }
            };
            let raw = stored.position.raw();
            if self.asked(&stored)?.is_some() {
                if found.positions.len() == per_page {
                    found.more = Some((last, 0));
                    return Ok(ControlFlow::Break(()));
                }
                found.positions.push(raw);
            }
            last = raw;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }

    /// A page ordered by claimed time, then by position.
    fn by_time(
        &self,
        per_page: usize,
        resume: Option<&Resume>,
    ) -> Result<std::result::Result<Found, QueryFault>> {
        let mut best = Best {
            kept: BTreeSet::new(),
            most: per_page + 1,
            descending: self.query.descending,
            after: resume.map(|resume| (resume.time_ms, resume.position)),
            examined: 0,
        };
        let fits = match &self.driver {
            Driver::Events(_) => {
                self.walk(self.range, Order::OldestFirst, &mut |passed| match passed {
                    Passed::Event(stored) => best.offer(self, &stored),
                    Passed::Block(_) => Ok(ControlFlow::Continue(())),
                })?;
                best.examined <= SORTED_MAX
            }
            Driver::Blocks(names) => match self.zone_blocks(names)? {
                Some(blocks) => self.in_order_of_time(blocks, &mut best)?,
                None => self.all_in_order_of_time(&mut best)?,
            },
            Driver::Spans => self.all_in_order_of_time(&mut best)?,
        };
        if !fits {
            return Ok(Err(too_much("orderBy")));
        }
        let mut found: Vec<(i64, i64)> = match self.query.descending {
            true => best.kept.into_iter().rev().collect(),
            false => best.kept.into_iter().collect(),
        };
        let more = found.len() > per_page;
        found.truncate(per_page);
        let last = found
            .last()
            .map(|(time_ms, position)| (*position, *time_ms));
        Ok(Ok(Found {
            positions: found.into_iter().map(|(_, position)| position).collect(),
            more: last.filter(|_| more),
        }))
    }

    /// The blocks of a zone with their spans; `None` where there are so many that the zone tells little.
    fn zone_blocks(
        &self,
        names: &[(&'static str, Vec<u8>)],
    ) -> Result<Option<Vec<(i64, i64, i64)>>> {
        let mut streams = Streams::new(
            self.snapshot,
            names.to_vec(),
            self.range,
            Order::OldestFirst,
        );
        let mut blocks = Vec::new();
        while let Some(raw) = streams.next()? {
            if blocks.len() == BLOCKS_MAX {
                return Ok(None);
            }
            if let Some((first, last)) = self.span(raw)?
                && last >= self.times.0
                && first < self.times.1
            {
                blocks.push((raw, first, last));
            }
        }
        match self.query.descending {
            true => blocks.sort_by_key(|(_, _, last)| std::cmp::Reverse(*last)),
            false => blocks.sort_by_key(|(_, first, _)| *first),
        }
        Ok(Some(blocks))
    }

    fn in_order_of_time(&self, blocks: Vec<(i64, i64, i64)>, best: &mut Best) -> Result<bool> {
        for block in blocks {
            if best.done_before(block) || best.examined > SORTED_MAX {
                break;
            }
            let _ended = self.block(block.0, self.range, Order::OldestFirst, &mut |stored| {
                best.offer(self, &stored)
            })?;
        }
        Ok(best.examined <= SORTED_MAX)
    }

    /// Goes through the ledger's blocks in the order of their claimed times until the page is certain.
    fn all_in_order_of_time(&self, best: &mut Best) -> Result<bool> {
        let (from, to) = self.times;
        let (column, direction) = match self.query.descending {
            true => ("last_ms", "DESC"),
            false => ("first_ms", "ASC"),
        };
        let (mut from, mut to) = (from, to.saturating_sub(1));
        match (best.after, self.query.descending) {
            (Some((time_ms, _)), true) => to = to.min(time_ms),
            (Some((time_ms, _)), false) => from = from.max(time_ms),
            (None, _) => {}
        }
        let sql = format!(
            "SELECT position, first_ms, last_ms FROM custody_span WHERE +position >= ?1 AND +position <= ?2 \
             AND last_ms >= ?3 AND first_ms <= ?4 ORDER BY {column} {direction} LIMIT 256 OFFSET ?5"
        );
        let mut offset = 0i64;
        loop {
            let values = [
                self.range.0.into(),
                self.range.1.into(),
                from.into(),
                to.into(),
                offset.into(),
            ];
            let blocks = self.snapshot.rows(&sql, &values, |row| {
                Ok((row.integer(0)?, row.integer(1)?, row.integer(2)?))
            })?;
            let (count, last) = (blocks.len(), blocks.last().copied());
            if !self.in_order_of_time(blocks, best)? {
                return Ok(false);
            }
            if count < 256 || last.is_some_and(|last| best.done_before(last)) {
                return Ok(true);
            }
            offset += 256;
        }
    }

    /// A page ordered by an extension field: everything that is asked for, sorted, from the place reached.
    fn by_field(
        &self,
        per_page: usize,
        resume: Option<&Resume>,
    ) -> Result<std::result::Result<Found, QueryFault>> {
        let OrderBy::Field(name) = &self.query.order else {
            return Ok(Ok(Found {
                positions: Vec::new(),
                more: None,
            }));
        };
        let (mut all, mut examined) = (Vec::new(), 0);
        self.walk(self.range, Order::OldestFirst, &mut |passed| {
            let Passed::Event(stored) = passed else {
                return Ok(ControlFlow::Continue(()));
            };
            examined += 1;
            if let Some((event, _)) = self.asked(&stored)? {
                let values = fields::values(&event, Within::Event, false, name);
                let mut key = None;
                for value in &values {
                    fields::any_text(value, &|_| true).then(|| key = Some(text_of(value)));
                }
                all.push((key.map(Key::of), stored.position.raw()));
            }
            Ok(if examined > SORTED_MAX {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        if examined > SORTED_MAX {
            return Ok(Err(too_much("orderBy")));
        }
        all.sort_by(|a, b| {
            let order = a.0.cmp(&b.0);
            let order = if self.query.descending {
                order.reverse()
            } else {
                order
            };
            // Events without the field come last either way.
            let missing = a.0.is_none().cmp(&b.0.is_none());
            missing.then(order).then(a.1.cmp(&b.1))
        });
        let start = usize::try_from(resume.map_or(0, |resume| resume.given)).unwrap_or(usize::MAX);
        let positions: Vec<i64> = all
            .iter()
            .skip(start)
            .take(per_page)
            .map(|(_, raw)| *raw)
            .collect();
        let more = positions
            .last()
            .filter(|_| start + positions.len() < all.len())
            .map(|raw| (*raw, 0));
        Ok(Ok(Found { positions, more }))
    }
}

fn text_of(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A field's value as it is ordered: numbers, then times, then texts by their bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(Number),
    Time(Timestamp),
    Text(String),
}

impl Key {
    fn of(text: String) -> Self {
        if let Some(number) = Number::parse(&text) {
            return Self::Number(number);
        }
        Timestamp::parse(&text).map_or(Self::Text(text), Self::Time)
    }
}

/// The events of a page in the order of claimed time, while they are looked for.
struct Best {
    kept: BTreeSet<(i64, i64)>,
    most: usize,
    descending: bool,
    after: Option<(i64, i64)>,
    examined: usize,
}

impl Best {
    fn offer(&mut self, search: &Search<'_, '_>, stored: &StoredEvent) -> Result<ControlFlow<()>> {
        self.examined += 1;
        if let Some((event, _)) = search.asked(stored)? {
            let key = (event.event_time.millis(), stored.position.raw());
            let given = self.after.is_some_and(|after| match key.cmp(&after) {
                Ordering::Equal => true,
                Ordering::Less => !self.descending,
                Ordering::Greater => self.descending,
            });
            if !given {
                self.kept.insert(key);
            }
            if self.kept.len() > self.most {
                let _worst = if self.descending {
                    self.kept.pop_first()
                } else {
                    self.kept.pop_last()
                };
            }
        }
        Ok(if self.examined > SORTED_MAX {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    }

    /// Whether nothing in this block, or in one that follows it, can be on the page any more.
    fn done_before(&self, (_, first, last): (i64, i64, i64)) -> bool {
        let full = self.kept.len() == self.most;
        let worst = if self.descending {
            self.kept.first()
        } else {
            self.kept.last()
        };
        full && worst.is_some_and(|(time, _)| {
            if self.descending {
                last < *time
            } else {
                first > *time
            }
        })
    }
}

fn too_much(parameter: &str) -> QueryFault {
    QueryFault::complex(
        parameter,
        format!("more than {SORTED_MAX} events would have to be looked at"),
        "narrow the query by time, object or place, or leave the parameter out and follow the pages",
    )
}
