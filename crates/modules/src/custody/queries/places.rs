//! Places: what is at one, now or at an earlier moment, and which are near a point.
//!
//! Flow: the events noted under the place, the newest first, name candidates; each candidate is listed at
//! the event that put it there, if nothing moved it since (up to the moment asked for). So an object is
//! listed once over all pages, and a page costs what it looks at, not what the place ever saw.
//!
//! Now is what the ledger itself says; an earlier moment is told by the events that stand, in the order
//! of their claimed times. What is packed is where its outermost container is, and is listed in it.
//!
//! Limits: [`EXAMINED_MAX`] candidates a page: past it the page is short and `next` goes on.

use super::{
    super::{
        facts,
        index::{GEO, PLACE},
        projection::holder_name,
        types::{AmountNow, Event, EventStanding, HoldingNow, Life, ObjectNow},
    },
    ContentView, Corrections, PAGE_MAX, Told, contents,
    epcis::is_within,
    latest, time_text, told_about,
};
use convoy_readmodel::{Cursor, Order, Position, Result, Snapshot, geo::Point};
use convoy_types::{
    epcis::{Action, EventKind},
    identifiers::Epc,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ops::ControlFlow};
use utoipa::ToSchema;

/// Candidates that one page looks at.
const EXAMINED_MAX: usize = 2_000;
/// Events read together.
const TOGETHER: usize = 64;

/// What is asked of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceQuery {
    /// The place.
    pub place: Epc,
    /// As it was at this claimed time; now where `None`.
    pub at_ms: Option<i64>,
    /// Also what is at its inner places.
    pub within: bool,
    /// Whether to tell what is packed in what is there.
    pub contents: bool,
    /// How many, 1 to [`PAGE_MAX`].
    pub limit: usize,
    /// What came there before this place of the ledger.
    pub before: Option<Cursor>,
}

/// What is at a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlaceView {
    /// The place.
    pub place: String,
    /// The moment asked for (ISO 8601); absent for now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<String>,
    /// What is there, loose or as outermost container, the latest come first.
    pub objects: Vec<PlacedView>,
    /// Ask again with this cursor for more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub next: Option<Cursor>,
}

/// An object or a loose amount at a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlacedView {
    /// The object, or the class or lot.
    pub id: String,
    /// The place itself, or the inner place where it is.
    pub place: String,
    /// How much, of a class or lot.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quantity: Option<String>,
    /// Who holds the amount.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub holder: Option<String>,
    /// The accountable owner, as far as it was known then.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// Who has it in custody.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub custodian: Option<String>,
    /// Its condition.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub disposition: Option<String>,
    /// The last step of the business process.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub biz_step: Option<String>,
    /// Claimed time of the event that put it there (ISO 8601).
    pub since: String,
    /// What is packed in it, where that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub contents: Vec<ContentView>,
}

/// What is at a place.
///
/// # Errors
/// When the cursor is none of ours or the read model is damaged.
pub fn objects_at(snapshot: &Snapshot<'_>, query: &PlaceQuery) -> Result<PlaceView> {
    let before = query
        .before
        .map(|cursor| snapshot.position(cursor))
        .transpose()?;
    let mut page = Page {
        snapshot,
        query,
        limit: query.limit.clamp(1, PAGE_MAX),
        corrections: Corrections::new(snapshot)?,
        known: BTreeMap::new(),
        listed: Vec::new(),
        examined: 0,
        last: None,
        more: false,
    };
    let mut ready = Vec::with_capacity(TOGETHER);
    let first = match query.at_ms {
        Some(at_ms) => first_candidate(snapshot, at_ms, before)?,
        None => before,
    };
    let name = query.place.key().as_bytes();
    snapshot.postings(PLACE, name, first, Order::NewestFirst, &mut |position| {
        ready.push(position);
        let full = ready.len() == TOGETHER && page.take(&mut ready)?;
        Ok(if full {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })?;
    if !page.more {
        page.take(&mut ready)?;
    }
    let next = page.last.filter(|_| page.more).map(|last| Cursor {
        height: last.height(),
        index: last.ordinal(),
    });
    Ok(PlaceView {
        place: query.place.to_string(),
        at: query.at_ms.map(time_text),
        objects: page.listed,
        next,
    })
}

/// The position before which events claimed at or before `at_ms` lie: later blocks are passed over.
fn first_candidate(
    snapshot: &Snapshot<'_>,
    at_ms: i64,
    before: Option<Position>,
) -> Result<Option<Position>> {
    let (start, end) = Position::span(snapshot.compartment());
    let sql = "SELECT position FROM custody_span WHERE position >= ?1 AND position <= ?2 \
               AND +first_ms <= ?3 ORDER BY position DESC LIMIT 1";
    let end = before.map_or(end, |before| before.raw() - 1);
    let block = snapshot.first(sql, &[start.into(), end.into(), at_ms.into()], |row| {
        row.integer(0)
    })?;
    let past = block.and_then(|raw| {
        let at = Position::from_raw(raw);
        Position::new(at.compartment(), at.height() + 1, 0)
    });
    Ok(match (past, before) {
        (Some(past), Some(before)) => Some(past.min(before)),
        (past, before) => past.or(before),
    })
}

struct Page<'q, 'a> {
    snapshot: &'q Snapshot<'a>,
    query: &'q PlaceQuery,
    limit: usize,
    corrections: Corrections<'q, 'a>,
    /// What was looked into: where each is listed, if it is here.
    known: BTreeMap<String, Option<(Position, PlacedView)>>,
    listed: Vec<PlacedView>,
    examined: usize,
    /// The place looked at last.
    last: Option<Position>,
    more: bool,
}

impl Page<'_, '_> {
    /// Looks at events noted under the place; whether the page holds enough.
    fn take(&mut self, positions: &mut Vec<Position>) -> Result<bool> {
        for stored in self.snapshot.events_at(positions)? {
            if self.listed.len() >= self.limit || self.examined >= EXAMINED_MAX {
                self.more = true;
                break;
            }
            let position = stored.position;
            if let Some(told) = Told::of(stored)? {
                self.look(&told)?;
            }
            self.last = Some(position);
        }
        positions.clear();
        Ok(self.more)
    }

    fn look(&mut self, told: &Told) -> Result<()> {
        if self
            .query
            .at_ms
            .is_some_and(|at_ms| told.said.event_time_ms() > at_ms)
        {
            return Ok(());
        }
        for group in &told.said.changes().objects {
            for object in &group.objects {
                self.object(told, object)?;
            }
        }
        for holding in &told.said.changes().holdings {
            self.amount(told, holding)?;
        }
        Ok(())
    }

    fn is_here(&self, place: Option<&Epc>) -> bool {
        let asked = &self.query.place;
        place.is_some_and(|place| place == asked || (self.query.within && is_within(place, asked)))
    }

    fn object(&mut self, told: &Told, object: &Epc) -> Result<()> {
        if !self.known.contains_key(object.key()) {
            self.examined += 1;
            let found = match self.query.at_ms {
                None => self.now(object)?,
                Some(at_ms) => self.then(object, at_ms)?,
            };
            self.known.insert(object.key().to_owned(), found);
        }
        let Some(mut view) = self.listed_at(object.key(), told.position) else {
            return Ok(());
        };
        if self.query.contents {
            view.contents = contents::contents(self.snapshot, object, self.query.at_ms)?.contents;
        }
        self.listed.push(view);
        Ok(())
    }

    /// What is to be listed at `position`, taken so that it is listed once.
    fn listed_at(&mut self, name: &str, position: Position) -> Option<PlacedView> {
        let known = self.known.get_mut(name)?;
        known
            .take_if(|(own, _)| *own == position)
            .map(|(_, view)| view)
    }

    /// The object as it is now, and the event that says so.
    fn now(&self, object: &Epc) -> Result<Option<(Position, PlacedView)>> {
        let Some((now, position)) = latest(self.snapshot, object)? else {
            return Ok(None);
        };
        let here = now.container().is_none() && self.is_here(now.place.as_ref());
        let there = matches!(now.life, Life::Active | Life::Missing);
        Ok((here && there).then(|| (position, view_of(object, &now))))
    }

    /// The object as it was at a moment, and the event that had put it there.
    fn then(&mut self, object: &Epc, at_ms: i64) -> Result<Option<(Position, PlacedView)>> {
        let (mut all, _) = told_about(self.snapshot, object)?;
        all.retain(|event| event.said.event_time_ms() <= at_ms);
        all.sort_by_key(|event| (event.said.event_time_ms(), event.position));
        let mut state = Then::default();
        for event in &all {
            if self.stands(event)? {
                state.apply(event, object)?;
            }
        }
        let here = !state.packed && !state.ended && self.is_here(state.place.as_ref());
        let (Some((position, since_ms)), Some(now), true) = (state.put_by, &state.now, here) else {
            return Ok(None);
        };
        let view = PlacedView {
            place: state
                .place
                .map(|place| place.to_string())
                .unwrap_or_default(),
            since: time_text(since_ms),
            ..view_of(object, now)
        };
        Ok(Some((position, view)))
    }

    fn stands(&mut self, told: &Told) -> Result<bool> {
        Ok(match &told.said {
            Event::Captured(captured) => {
                captured.standing == EventStanding::Stands
                    && self.corrections.of(captured.event)?.is_none()
            }
            Event::DeclaredWrong(_) => false,
            _ => true,
        })
    }

    /// A loose amount, if this event is the one that says how much there is.
    fn amount(&mut self, told: &Told, holding: &HoldingNow) -> Result<()> {
        let holder = holder_name(&holding.holder);
        let name = format!("{} {holder}", holding.class.key());
        let Some(now) = holding
            .now
            .as_ref()
            .filter(|now| self.is_here(now.place.as_ref()))
        else {
            return Ok(());
        };
        if !self.known.contains_key(&name) {
            self.examined += 1;
            let last = match self.query.at_ms {
                None => self.amount_changed(&holding.class, &holder)?,
                Some(at_ms) => self.amount_changed_before(holding, at_ms)?,
            };
            let view = amount_view(&holding.class, holder, now, told.said.event_time_ms());
            // An amount that changed later is listed at that event, with what is left then.
            let found = last
                .filter(|last| *last == told.position)
                .map(|last| (last, view));
            if found.is_some() {
                self.known.insert(name.clone(), found);
            }
        }
        let view = self.listed_at(&name, told.position);
        self.listed.extend(view);
        Ok(())
    }

    fn amount_changed(&self, class: &Epc, holder: &str) -> Result<Option<Position>> {
        let sql = "SELECT position FROM custody_holding WHERE compartment = ?1 AND class = ?2 AND holder = ?3";
        let values = [
            self.snapshot.compartment().into(),
            class.key().into(),
            holder.into(),
        ];
        self.snapshot
            .first(sql, &values, |row| Ok(Position::from_raw(row.integer(0)?)))
    }

    fn amount_changed_before(&self, holding: &HoldingNow, at_ms: i64) -> Result<Option<Position>> {
        let (told, _) = told_about(self.snapshot, &holding.class)?;
        let changes = told.iter().filter(|told| {
            let holdings = &told.said.changes().holdings;
            told.said.event_time_ms() <= at_ms
                && holdings
                    .iter()
                    .any(|other| other.class == holding.class && other.holder == holding.holder)
        });
        let last = changes.max_by_key(|told| (told.said.event_time_ms(), told.position));
        Ok(last.map(|told| told.position))
    }
}

/// An object at an earlier moment, while its events are replayed by claimed time.
#[derive(Default)]
struct Then {
    now: Option<ObjectNow>,
    place: Option<Epc>,
    /// The event that put it there, and its claimed time.
    put_by: Option<(Position, i64)>,
    packed: bool,
    ended: bool,
}

impl Then {
    fn apply(&mut self, told: &Told, object: &Epc) -> Result<()> {
        let Some(now) = told.now(object) else {
            return Ok(());
        };
        match told.captured()? {
            Some(event) => {
                let itself = event.epcs.contains(object);
                // What is fixed to a place is not packed in it.
                let at_place = event.parent.as_ref().is_some_and(facts::is_place);
                let bond = matches!(event.kind, EventKind::Aggregation | EventKind::Association)
                    && !at_place;
                match event.action {
                    Some(Action::Add) if bond && itself => self.packed = true,
                    Some(Action::Delete) if bond && (itself || event.epcs.is_empty()) => {
                        self.packed = false
                    }
                    Some(Action::Delete) if event.kind == EventKind::Object => self.ended = true,
                    Some(Action::Add) if event.kind == EventKind::Object => self.ended = false,
                    None => self.ended = matches!(now.life, Life::Ended | Life::Void),
                    _ => {}
                }
                if let Some(place) = event.biz_location {
                    (self.place, self.put_by) = (
                        Some(place),
                        Some((told.position, told.said.event_time_ms())),
                    );
                }
            }
            None => {
                self.packed = now.container().is_some();
                self.ended = matches!(now.life, Life::Ended | Life::Void);
                if now.place.is_some() && now.place != self.place {
                    (self.place, self.put_by) = (
                        now.place.clone(),
                        Some((told.position, told.said.event_time_ms())),
                    );
                }
            }
        }
        self.now = Some(now.clone());
        Ok(())
    }
}

fn view_of(object: &Epc, now: &ObjectNow) -> PlacedView {
    PlacedView {
        id: object.to_string(),
        place: now
            .place
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        quantity: None,
        holder: None,
        owner: Some(now.owner.to_string()),
        custodian: Some(now.custodian.to_string()),
        disposition: now.disposition.as_ref().map(|term| term.word().to_owned()),
        biz_step: now.biz_step.as_ref().map(|term| term.word().to_owned()),
        since: time_text(now.time_ms),
        contents: Vec::new(),
    }
}

fn amount_view(class: &Epc, holder: String, now: &AmountNow, since_ms: i64) -> PlacedView {
    PlacedView {
        id: class.to_string(),
        place: now
            .place
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        quantity: Some(now.quantity.to_string()),
        holder: Some(holder),
        owner: Some(now.owner.to_string()),
        custodian: None,
        disposition: now.disposition.as_ref().map(|term| term.word().to_owned()),
        biz_step: None,
        since: time_text(since_ms),
        contents: Vec::new(),
    }
}

/// A place with its position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LocatedView {
    /// The place.
    pub place: String,
    /// Degrees north, with six digits behind the point.
    pub latitude: String,
    /// Degrees east.
    pub longitude: String,
    /// From the point asked for, metres.
    pub distance_m: u64,
}

/// Places whose position is known and at most `metres` from `point`, the nearest first, at most [`PAGE_MAX`].
///
/// # Errors
/// When the read model is damaged.
pub fn places_near(snapshot: &Snapshot<'_>, point: Point, metres: u64) -> Result<Vec<LocatedView>> {
    let (low, high) = point.latitudes_within(metres);
    let sql = format!(
        "SELECT place, latitude, longitude, position FROM {} WHERE compartment = ?1 AND latitude >= ?2 AND latitude <= ?3",
        GEO.name
    );
    let values = [snapshot.compartment().into(), low.into(), high.into()];
    let rows = snapshot.rows(&sql, &values, |row| {
        Ok((
            row.text(0)?.to_owned(),
            Point::new(row.integer(1)?, row.integer(2)?),
            Position::from_raw(row.integer(3)?),
        ))
    })?;
    let mut near: Vec<LocatedView> = Vec::new();
    for (place, at, told) in rows {
        let Some((at, distance_m)) = at.map(|at| (at, at.metres_to(point))) else {
            continue;
        };
        // Where a place is was told by an event.
        if distance_m <= metres && snapshot.shows_event(told)? {
            near.push(LocatedView {
                place: contents::full(&place),
                latitude: degrees(at.latitude()),
                longitude: degrees(at.longitude()),
                distance_m,
            });
        }
    }
    near.sort_by(|a, b| {
        a.distance_m
            .cmp(&b.distance_m)
            .then_with(|| a.place.cmp(&b.place))
    });
    near.truncate(PAGE_MAX);
    Ok(near)
}

/// Millionths of a degree as degrees.
pub(super) fn degrees(micro: i64) -> String {
    let sign = if micro < 0 { "-" } else { "" };
    let size = micro.unsigned_abs();
    format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000)
}
