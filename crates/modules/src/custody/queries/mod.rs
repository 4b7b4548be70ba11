//! Questions about goods, answered by the read model: views as plain data, no HTTP.
//!
//! An object's present is what the last event that lists it says; its past are its events, and those of
//! what it was packed in while it was (`trace`). Claimed and recorded time stand side by side, and a
//! wrong event stays visible with what corrected it.

pub(super) use contents::full;

mod contents;
pub mod epcis;
mod events;
mod lists;
mod on_the_way;
mod places;
mod relation;
mod search;
mod stock;
#[cfg(test)]
mod tests;
mod trace;

pub use contents::{ContentView, ContentsView, contents};
pub use events::{CapturedEvent, EventPage, EventQuery, captured_events};
pub use lists::{
    CasePage, CaseQuery, CaseView, DiscrepancyView, HandoverPage, HandoverQuery, HandoverView,
    Notice, case, cases, handover, handovers, notice,
};
pub use on_the_way::{ConsignmentView, OnTheWayView, on_the_way};
pub use places::{LocatedView, PlaceQuery, PlaceView, PlacedView, objects_at, places_near};
pub use relation::{
    BelongingPage, BelongingView, RelationView, of_transformation, tied_to_document,
};
pub use search::{SearchHit, SearchPage, search};
pub use stock::{StockPlace, StockShare, StockView, stock};
pub use trace::{HistoryEntry, HoldView, ObjectView, TraceView, trace};

use super::{
    NAME,
    about::object_name,
    projection::{OBJECT, WRONG},
    types::{Action, Discrepancy, Event, EventRef, Holder, ObjectNow},
};
use convoy_readmodel::{
    Order, Position, Result, Snapshot, StatementView, StoredEvent,
    value::{damaged, decoded},
};
use convoy_types::{epcis::Timestamp, identifiers::Epc};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ops::ControlFlow, rc::Rc};
use utoipa::ToSchema;

/// Events of one object that a trace looks at, newest first.
pub const HISTORY_EVENTS_MAX: usize = 5_000;
/// Rows in one answer of a list, at most.
pub const PAGE_MAX: usize = 500;

/// When and by whom something was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Recorded {
    /// When it happened, as claimed (ISO 8601).
    pub event_time: String,
    /// When it was recorded: the block's time (ISO 8601).
    pub recorded_time: String,
    /// Height of the block.
    pub height: u64,
    /// Place of the event among the block's.
    pub index: u32,
    /// The statement that says it (its id); absent where a deadline passed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub statement: Option<String>,
    /// Who signed that (DID).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signer: Option<String>,
    /// The signer's member.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub member: Option<String>,
}

/// What became of a wrong event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CorrectionView {
    /// The declaration.
    #[serde(flatten)]
    pub recorded: Recorded,
    /// Why, where told: a CBV error reason.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// The events that put it right.
    pub corrective_event_ids: Vec<String>,
}

/// What a captured event names: objects, classes, lots, the container, and what came of a transformation.
pub(super) fn named(event: &convoy_types::epcis::Event) -> impl Iterator<Item = &Epc> {
    let more = event.more();
    let amounts = event.quantities.iter().chain(&more.output_quantities);
    let objects = event
        .epcs
        .iter()
        .chain(&event.parent)
        .chain(&more.output_epcs);
    objects.chain(amounts.map(|amount| &amount.class))
}

/// An event of custody, decoded.
struct Told {
    position: Position,
    statement: Option<u32>,
    said: Event,
    detail: Option<Vec<u8>>,
}

impl Told {
    /// The event at `position`; `None` where it is another module's.
    fn at(snapshot: &Snapshot<'_>, position: Position) -> Result<Option<Self>> {
        Self::of(snapshot.event(position)?)
    }

    /// An event that was read; `None` where it is another module's.
    fn of(stored: StoredEvent) -> Result<Option<Self>> {
        if &*stored.module != NAME {
            return Ok(None);
        }
        Ok(Some(Self {
            position: stored.position,
            statement: stored.statement,
            said: decoded(&stored.body)?,
            detail: stored.detail,
        }))
    }

    /// The EPCIS event as signed, for what was captured or declared wrong.
    fn captured(&self) -> Result<Option<convoy_types::epcis::Event>> {
        let Some(detail) = &self.detail else {
            return Ok(None);
        };
        Ok(match decoded(detail)? {
            Action::Capture(event) => Some(*event),
            _ => None,
        })
    }

    /// How `object` is after it; `None` where it does not say.
    fn now(&self, object: &Epc) -> Option<&ObjectNow> {
        let mut groups = self.said.changes().objects.iter();
        groups
            .find(|group| group.objects.contains(object))
            .map(|group| &group.now)
    }

    /// Whether it is about `object` at all.
    fn is_about(&self, object: &Epc) -> Result<bool> {
        if self.now(object).is_some() {
            return Ok(true);
        }
        let holdings = &self.said.changes().holdings;
        let is_in = |holder: &Holder| match holder {
            Holder::In(other) | Holder::Fitted(other) | Holder::Fixed(_, other) => other == object,
            Holder::Loose(_) | Holder::Offered(_) | Holder::Missing(_) => false,
        };
        if holdings
            .iter()
            .any(|holding| holding.class == *object || is_in(&holding.holder))
        {
            return Ok(true);
        }
        if let Event::DiscrepancyReported(reported) = &self.said {
            return Ok(reported.discrepancies.iter().any(|one| one.names(object)));
        }
        let captured = self.captured()?;
        Ok(captured.is_some_and(|event| named(&event).any(|name| name == object)))
    }

    /// When and by whom.
    fn recorded(&self, snapshot: &Snapshot<'_>) -> Result<Recorded> {
        let statement = self.statement_view(snapshot)?;
        let height = self.position.height();
        let recorded_ms = match &statement {
            Some(statement) => statement.time_ms,
            None => snapshot.block(height)?.map_or(0, |block| block.time_ms),
        };
        let (id, signer, member) = match statement {
            Some(StatementView {
                id, signer, member, ..
            }) => (Some(id), Some(signer), member),
            None => (None, None, None),
        };
        Ok(Recorded {
            event_time: time_text(self.said.event_time_ms()),
            recorded_time: time_text(i64::try_from(recorded_ms).unwrap_or(i64::MAX)),
            height,
            index: self.position.ordinal(),
            statement: id.map(|id| id.to_string()),
            signer,
            member,
        })
    }

    fn statement_view(&self, snapshot: &Snapshot<'_>) -> Result<Option<StatementView>> {
        let at = self.statement.and_then(|index| {
            Position::new(self.position.compartment(), self.position.height(), index)
        });
        at.map_or(Ok(None), |at| snapshot.statement_at(at))
    }
}

impl Discrepancy {
    /// Whether it is about `name`.
    fn names(&self, name: &Epc) -> bool {
        let portion = self.portion.as_ref();
        self.object.as_ref() == Some(name)
            || portion.is_some_and(|portion| {
                portion.class == *name || portion.container.as_ref() == Some(name)
            })
    }
}

/// A moment as ISO 8601 text.
fn time_text(ms: i64) -> String {
    Timestamp::from_millis(ms).map_or_else(|| format!("{ms} ms"), |time| time.to_string())
}

/// The events about `object` in the order recorded, at most the newest [`HISTORY_EVENTS_MAX`], and
/// whether there are older ones.
fn told_about(snapshot: &Snapshot<'_>, object: &Epc) -> Result<(Vec<Told>, bool)> {
    if !snapshot.shows(&object_name(object))? {
        return Ok((Vec::new(), false));
    }
    let (mut positions, mut older) = (Vec::new(), false);
    let name = object.key().as_bytes();
    snapshot.postings(OBJECT, name, None, Order::NewestFirst, &mut |position| {
        if positions.len() == HISTORY_EVENTS_MAX {
            older = true;
            return Ok(ControlFlow::Break(()));
        }
        positions.push(position);
        Ok(ControlFlow::Continue(()))
    })?;
    positions.reverse();
    let stored = snapshot.events_at(&positions)?;
    let mut told = Vec::with_capacity(stored.len());
    for stored in stored {
        if let Some(event) = Told::of(stored)?
            && event.is_about(object)?
        {
            told.push(event);
        }
    }
    Ok((told, older))
}

/// How `object` is now, and the event that says so.
pub(super) fn latest(
    snapshot: &Snapshot<'_>,
    object: &Epc,
) -> Result<Option<(ObjectNow, Position)>> {
    if !snapshot.shows(&object_name(object))? {
        return Ok(None);
    }
    let mut found = None;
    let name = object.key().as_bytes();
    snapshot.postings(OBJECT, name, None, Order::NewestFirst, &mut |position| {
        let told = Told::at(snapshot, position)?;
        found = told.and_then(|told| Some((told.now(object)?.clone(), position)));
        Ok(if found.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })?;
    Ok(found)
}

/// Looks up which events were declared wrong, each declaration once.
struct Corrections<'s, 'a> {
    snapshot: &'s Snapshot<'a>,
    /// Whether anything was ever declared wrong.
    any: bool,
    known: BTreeMap<EventRef, Option<Rc<CorrectionView>>>,
}

impl<'s, 'a> Corrections<'s, 'a> {
    fn new(snapshot: &'s Snapshot<'a>) -> Result<Self> {
        let sql = format!(
            "SELECT 1 FROM {} WHERE compartment = ?1 LIMIT 1",
            WRONG.name
        );
        let any = snapshot.first(&sql, &[snapshot.compartment().into()], |_| Ok(()))?;
        Ok(Self {
            snapshot,
            any: any.is_some(),
            known: BTreeMap::new(),
        })
    }

    /// What corrected the event, if anything did.
    fn of(&mut self, event: EventRef) -> Result<Option<Rc<CorrectionView>>> {
        if !self.any {
            return Ok(None);
        }
        if let Some(known) = self.known.get(&event) {
            return Ok(known.clone());
        }
        let sql = "SELECT position FROM custody_wrong WHERE compartment = ?1 AND event = ?2";
        let values = [self.snapshot.compartment().into(), event.0[..].into()];
        let position = self.snapshot.first(sql, &values, |row| row.integer(0))?;
        let view = match position {
            Some(raw) => self.read(Position::from_raw(raw))?.map(Rc::new),
            None => None,
        };
        self.known.insert(event, view.clone());
        Ok(view)
    }

    /// The correction; `None` where it is kept from the reader.
    fn read(&self, position: Position) -> Result<Option<CorrectionView>> {
        if !self.snapshot.shows_event(position)? {
            return Ok(None);
        }
        let told = Told::at(self.snapshot, position)?
            .ok_or_else(|| damaged("a correction points to another module's event".to_owned()))?;
        let declaration = told
            .captured()?
            .and_then(|event| event.error_declaration().cloned());
        let corrective = match &told.said {
            Event::DeclaredWrong(declared) => declared.corrective.clone(),
            _ => Vec::new(),
        };
        Ok(Some(CorrectionView {
            recorded: told.recorded(self.snapshot)?,
            reason: declaration.and_then(|d| Some(d.reason?.word().to_owned())),
            corrective_event_ids: corrective.iter().map(ToString::to_string).collect(),
        }))
    }
}
