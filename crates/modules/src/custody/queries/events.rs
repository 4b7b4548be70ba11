//! Captured EPCIS events by object and claimed time, page by page, in the order recorded.

use super::{
    super::{
        about::object_name,
        projection::OBJECT,
        types::{Event, EventStanding},
    },
    CorrectionView, Corrections, Recorded, Told,
};
use convoy_readmodel::{Cursor, Order, Position, Result, Snapshot};
use convoy_types::{epcis, identifiers::Epc};
use std::ops::ControlFlow;

/// Events in one page, at most.
pub const EVENTS_PAGE_MAX: usize = 1_000;
/// Events looked at for one page: past it the page is short and `next` goes on from there.
const EVENTS_EXAMINED_MAX: usize = 20_000;
/// Blocks looked up at a time.
const SPANS: i64 = 100;

/// Which events are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Naming this object, class, lot or container.
    pub epc: Option<Epc>,
    /// Claimed at or after this time, milliseconds since 1970.
    pub from_ms: Option<i64>,
    /// Claimed before this time, milliseconds since 1970.
    pub to_ms: Option<i64>,
    /// How many, 1 to [`EVENTS_PAGE_MAX`].
    pub limit: usize,
    /// Recorded after this place.
    pub after: Option<Cursor>,
}

/// One captured event. Error declarations are events too.
#[derive(Clone, Debug, PartialEq)]
pub struct CapturedEvent {
    /// The event as signed.
    pub event: epcis::Event,
    /// When and by whom.
    pub recorded: Recorded,
    /// The block's time, milliseconds since 1970: the event's `recordTime`.
    pub recorded_ms: u64,
    /// Whether it stands.
    pub standing: EventStanding,
    /// What corrected it.
    pub corrected_by: Option<CorrectionView>,
}

/// A page of events.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPage {
    /// The events in the order recorded.
    pub events: Vec<CapturedEvent>,
    /// Ask again after this place; `None` when there are no more.
    pub next: Option<Cursor>,
}

/// The captured events that `query` asks for.
///
/// # Errors
/// When the cursor is none of ours or the read model is damaged.
pub fn captured_events(snapshot: &Snapshot<'_>, query: &EventQuery) -> Result<EventPage> {
    let mut page = Page {
        snapshot,
        query,
        limit: query.limit.clamp(1, EVENTS_PAGE_MAX),
        found: Vec::new(),
        examined: 0,
        last: None,
        more: false,
    };
    let after = query
        .after
        .map(|cursor| snapshot.position(cursor))
        .transpose()?;
    match &query.epc {
        Some(epc) if !snapshot.shows(&object_name(epc))? => {}
        Some(epc) => page.of_object(epc, after)?,
        None => page.of_time(after)?,
    }
    page.finish()
}

struct Page<'q, 'a> {
    snapshot: &'q Snapshot<'a>,
    query: &'q EventQuery,
    limit: usize,
    found: Vec<Told>,
    examined: usize,
    /// The place looked at last.
    last: Option<Position>,
    more: bool,
}

impl Page<'_, '_> {
    fn of_object(&mut self, epc: &Epc, after: Option<Position>) -> Result<()> {
        let (snapshot, name) = (self.snapshot, epc.key().as_bytes());
        snapshot.postings(OBJECT, name, after, Order::OldestFirst, &mut |position| {
            if self.full() {
                return Ok(ControlFlow::Break(()));
            }
            self.look(position, Told::at(snapshot, position)?, Some(epc))?;
            Ok(ControlFlow::Continue(()))
        })
    }

    fn of_time(&mut self, after: Option<Position>) -> Result<()> {
        let (start, end) = Position::span(self.snapshot.compartment());
        let mut block = after.map_or(start, |after| after.raw() - i64::from(after.ordinal()));
        let sql = "SELECT position FROM custody_span WHERE position >= ?1 AND position <= ?2 \
                   AND last_ms >= ?3 AND first_ms < ?4 ORDER BY position LIMIT ?5";
        let from = self.query.from_ms.unwrap_or(i64::MIN);
        let to = self.query.to_ms.unwrap_or(i64::MAX);
        loop {
            let values = [
                block.into(),
                end.into(),
                from.into(),
                to.into(),
                SPANS.into(),
            ];
            let blocks = self.snapshot.rows(sql, &values, |row| row.integer(0))?;
            for first in &blocks {
                let first = Position::from_raw(*first);
                self.of_block(first, after)?;
                if self.more {
                    return Ok(());
                }
                block = first.raw() + 1;
            }
            if blocks.len() < SPANS as usize {
                return Ok(());
            }
        }
    }

    fn of_block(&mut self, first: Position, after: Option<Position>) -> Result<()> {
        let Some(block) = self.snapshot.block(first.height())? else {
            return Ok(());
        };
        let from = after
            .filter(|after| *after >= first)
            .map_or(0, |after| after.ordinal() + 1);
        for ordinal in from..block.events {
            let Some(at) = Position::new(first.compartment(), first.height(), ordinal) else {
                return Ok(());
            };
            if self.full() {
                return Ok(());
            }
            self.look(at, Told::at(self.snapshot, at)?, None)?;
        }
        Ok(())
    }

    /// Whether the page holds enough; there is more then.
    fn full(&mut self) -> bool {
        self.more = self.found.len() >= self.limit || self.examined >= EVENTS_EXAMINED_MAX;
        self.more
    }

    fn look(&mut self, position: Position, told: Option<Told>, epc: Option<&Epc>) -> Result<()> {
        self.examined += 1;
        self.last = Some(position);
        let Some(told) = told else { return Ok(()) };
        let time = told.said.event_time_ms();
        let captured = matches!(told.said, Event::Captured(_) | Event::DeclaredWrong(_));
        let in_time = self.query.from_ms.is_none_or(|from| time >= from)
            && self.query.to_ms.is_none_or(|to| time < to);
        if captured && in_time && told.detail.is_some() {
            let named = match (epc, told.captured()?) {
                (Some(epc), Some(event)) => super::named(&event).any(|name| name == epc),
                _ => true,
            };
            if named {
                self.found.push(told);
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<EventPage> {
        let mut corrections = Corrections::new(self.snapshot)?;
        let mut events = Vec::with_capacity(self.found.len());
        for told in &self.found {
            events.extend(captured(self.snapshot, &mut corrections, told)?);
        }
        let next = self.last.filter(|_| self.more).map(|last| Cursor {
            height: last.height(),
            index: last.ordinal(),
        });
        Ok(EventPage { events, next })
    }
}

/// The captured event that `told` is, with what became of it.
pub(super) fn captured(
    snapshot: &Snapshot<'_>,
    corrections: &mut Corrections<'_, '_>,
    told: &Told,
) -> Result<Option<CapturedEvent>> {
    let Some(event) = told.captured()? else {
        return Ok(None);
    };
    let (standing, corrected_by) = match &told.said {
        Event::Captured(captured) => match corrections.of(captured.event)? {
            Some(correction) => (EventStanding::Void, Some((*correction).clone())),
            None => (captured.standing, None),
        },
        _ => (EventStanding::Stands, None),
    };
    let block = snapshot.block(told.position.height())?;
    Ok(Some(CapturedEvent {
        event,
        recorded: told.recorded(snapshot)?,
        recorded_ms: block.map_or(0, |block| block.time_ms),
        standing,
        corrected_by,
    }))
}
