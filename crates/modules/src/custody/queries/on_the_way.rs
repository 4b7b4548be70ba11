//! What is on its way: consignments that set off and were not seen to arrive, with where they were last and where they go next.
//!
//! Flow: the newest events of a step that means "under way" name candidates → each is on its way if the last that is known of it is
//! such a step, and it is in nothing else → its events back to where it set off say since when, from where and where to.
//!
//! What is next is what was said: a destination of one of those events (EPCIS 2.0 section 7.3.5.3), else the place and the receiver
//! of an open offer. EPCIS has no time of expected arrival, so there is none here.
//!
//! Limits: [`EVENTS_MAX`] events and [`PAGE_MAX`] consignments; past them the answer says `truncated`.

use super::{
    super::types::{Event, EventStanding, Hold, Life},
    Corrections, PAGE_MAX, Told, contents,
    epcis::{EpcisQuery, PER_PAGE_MAX, Resume, poll},
    latest, lists, time_text, told_about,
};
use convoy_readmodel::{Result, Snapshot, value::damaged};
use convoy_types::{
    epcis::{
        self,
        cbv::{BizStep, SourceDestType},
    },
    identifiers::Epc,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Events that one answer looks at.
const EVENTS_MAX: usize = 10_000;
/// Steps after which a thing is on its way.
const UNDER_WAY: [&str; 4] = ["shipping", "departing", "transporting", "loading"];
/// Steps of one journey: those, and what happens at stops between.
const JOURNEY: [&str; 6] = [
    "shipping",
    "departing",
    "transporting",
    "loading",
    "arriving",
    "unloading",
];

/// What is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OnTheWayView {
    /// Consignments, those that set off first before the others.
    pub consignments: Vec<ConsignmentView>,
    /// Whether there may be more that was not looked at.
    pub truncated: bool,
}

/// Something that is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConsignmentView {
    /// What travels by itself: an object, or the outermost container.
    pub id: String,
    /// The accountable owner.
    pub owner: String,
    /// Who has it in custody.
    pub custodian: String,
    /// The last step: `shipping`, `departing`, `transporting` or `loading`.
    pub biz_step: String,
    /// Its condition.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub disposition: Option<String>,
    /// When it set off (ISO 8601, claimed).
    pub set_off: String,
    /// Where from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<String>,
    /// When it was last told of (ISO 8601, claimed).
    pub last_seen: String,
    /// Where that was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_place: Option<String>,
    /// Where it goes next, as far as somebody said it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_place: Option<String>,
    /// Who takes it over next: the receiver of an open offer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_member: Option<String>,
    /// How much is packed in it, directly and deeper.
    pub packed: u64,
}

/// What is on its way now.
///
/// # Errors
/// When the read model is damaged.
pub fn on_the_way(snapshot: &Snapshot<'_>) -> Result<OnTheWayView> {
    let (names, mut truncated) = candidates(snapshot)?;
    let mut consignments = Vec::new();
    for name in &names {
        let Some(found) = consignment(snapshot, name)? else {
            continue;
        };
        if consignments.len() == PAGE_MAX {
            truncated = true;
            break;
        }
        consignments.push(found);
    }
    consignments.sort_by(|a, b| a.set_off.cmp(&b.set_off).then_with(|| a.id.cmp(&b.id)));
    Ok(OnTheWayView {
        consignments,
        truncated,
    })
}

/// What the newest events under way tell of by itself, and whether older ones were not looked at.
fn candidates(snapshot: &Snapshot<'_>) -> Result<(BTreeSet<Epc>, bool)> {
    let asked = [("EQ_bizStep", UNDER_WAY.join("|").as_str())]
        .into_iter()
        .chain([("orderBy", "recordTime"), ("orderDirection", "DESC")])
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect::<Vec<_>>();
    let query = EpcisQuery::of_pairs(&asked).map_err(|fault| damaged(format!("{fault:?}")))?;
    let (mut names, mut looked_at, mut resume) = (BTreeSet::new(), 0, None::<Resume>);
    loop {
        let page = poll(snapshot, &query, PER_PAGE_MAX, resume.as_ref())?;
        let page = page.map_err(|fault| damaged(format!("{fault:?}")))?;
        looked_at += page.events.len();
        for told in &page.events {
            match &told.event.parent {
                Some(container) => drop(names.insert(container.clone())),
                None => names.extend(told.event.epcs.iter().cloned()),
            }
        }
        match page.next {
            None => return Ok((names, false)),
            Some(_) if looked_at >= EVENTS_MAX => return Ok((names, true)),
            next => resume = next,
        }
    }
}

fn consignment(snapshot: &Snapshot<'_>, object: &Epc) -> Result<Option<ConsignmentView>> {
    let Some((now, _)) = latest(snapshot, object)? else {
        return Ok(None);
    };
    let step = now.biz_step.as_ref().map(BizStep::word).unwrap_or_default();
    if now.life != Life::Active || now.container().is_some() || !UNDER_WAY.contains(&step) {
        return Ok(None);
    }
    let journey = journey(snapshot, object)?;
    let (Some(first), Some(last)) = (journey.first(), journey.last()) else {
        return Ok(None);
    };
    let offer = match now.hold {
        Some(Hold::Offered(id)) => lists::handover(snapshot, id)?,
        _ => None,
    };
    let destination = journey.iter().rev().find_map(|leg| leg.towards.clone());
    Ok(Some(ConsignmentView {
        id: object.to_string(),
        owner: now.owner.to_string(),
        custodian: now.custodian.to_string(),
        biz_step: step.to_owned(),
        disposition: now.disposition.as_ref().map(|term| term.word().to_owned()),
        set_off: time_text(first.time_ms),
        from: first.place.clone(),
        last_seen: time_text(last.time_ms),
        last_place: last.place.clone(),
        next_place: destination.or_else(|| offer.as_ref()?.place.clone()),
        next_member: offer.map(|offer| offer.to),
        packed: packed(&contents::contents(snapshot, object, None)?.contents),
    }))
}

fn packed(contents: &[contents::ContentView]) -> u64 {
    let below = contents.iter().map(|one| 1 + packed(&one.contents));
    below.sum()
}

/// An event of a journey.
struct Leg {
    time_ms: i64,
    place: Option<String>,
    towards: Option<String>,
}

/// The events of an object's journey that is not over, by claimed time.
fn journey(snapshot: &Snapshot<'_>, object: &Epc) -> Result<Vec<Leg>> {
    let (mut told, _) = told_about(snapshot, object)?;
    told.sort_by_key(|told| (told.said.event_time_ms(), told.position));
    let (mut legs, mut corrections) = (Vec::new(), Corrections::new(snapshot)?);
    for told in told.iter().rev() {
        let Some(event) = standing(told, &mut corrections)? else {
            continue;
        };
        let step = event.biz_step.as_ref().map(BizStep::word);
        match step {
            Some(step) if JOURNEY.contains(&step) => legs.push(Leg {
                time_ms: told.said.event_time_ms(),
                place: place_of(&event),
                towards: towards(&event),
            }),
            // What is told without a step, such as a sensor's report, ends no journey.
            None => {}
            Some(_) => break,
        }
    }
    legs.reverse();
    Ok(legs)
}

/// A captured event that nobody took back.
fn standing(told: &Told, corrections: &mut Corrections<'_, '_>) -> Result<Option<epcis::Event>> {
    match &told.said {
        Event::Captured(said)
            if said.standing == EventStanding::Stands && corrections.of(said.event)?.is_none() =>
        {
            told.captured()
        }
        _ => Ok(None),
    }
}

fn place_of(event: &epcis::Event) -> Option<String> {
    let place = event.read_point.as_ref().or(event.biz_location.as_ref());
    place.map(ToString::to_string)
}

fn towards(event: &epcis::Event) -> Option<String> {
    let more = event.more();
    let mut ends = more.destinations.iter();
    let place = ends.find(|end| end.kind == SourceDestType::Location)?;
    Some(place.id.to_string())
}
