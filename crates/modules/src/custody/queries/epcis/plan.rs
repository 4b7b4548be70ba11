//! Where the events that a query asks for are looked for: the condition that picks the fewest is looked
//! up, all others are held against what is found.

use super::{
    condition::{Condition, EventTime},
    fields::Within,
    query::EpcisQuery,
};
use crate::custody::{
    facts,
    index::{
        EVENT, EVERYTHING, PAPER, PLACE, ZONE, disposition_zone, more_zone, step_zone, type_zone,
    },
    projection::OBJECT,
};
use convoy_readmodel::{Position, Result, Snapshot};
use convoy_types::identifiers::Epc;

type Names = Vec<(&'static str, Vec<u8>)>;

/// Where to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Driver {
    /// At the events noted under any of these names.
    Events(Names),
    /// In the blocks noted under any of these names.
    Blocks(Names),
    /// In every block of the time asked for.
    Spans,
}

/// The best place to look.
pub(super) fn driver(query: &EpcisQuery) -> Driver {
    let found = query.conditions.iter().filter_map(lookup);
    found
        .min_by_key(|(rank, _)| *rank)
        .map_or(Driver::Spans, |(_, driver)| driver)
}

/// How a condition can be looked up, and how few events that gives: a small number for few.
fn lookup(condition: &Condition) -> Option<(u8, Driver)> {
    let keys = |kind: &'static str, any: &[Epc]| {
        Driver::Events(
            any.iter()
                .map(|epc| (kind, epc.key().as_bytes().to_vec()))
                .collect(),
        )
    };
    Some(match condition {
        Condition::EventId(any) => {
            let names = any
                .iter()
                .map(|id| (EVENT, facts::event_ref(id).0.to_vec()));
            (0, Driver::Events(names.collect()))
        }
        Condition::Match(lists, any) => {
            let exact: Option<Vec<Epc>> =
                any.iter().map(|pattern| pattern.exact().cloned()).collect();
            match exact {
                Some(exact) => (if lists.classes { 3 } else { 1 }, keys(OBJECT, &exact)),
                None => {
                    let zones: Option<Vec<Vec<u8>>> =
                        any.iter().map(|pattern| pattern.zone()).collect();
                    (6, blocks(zones?.into_iter()))
                }
            }
        }
        Condition::BizTransaction(_, any)
        | Condition::Source(_, any)
        | Condition::Destination(_, any)
        | Condition::TransformationId(any) => (2, keys(PAPER, any)),
        Condition::Place { any, .. } => (4, keys(PLACE, any)),
        Condition::IsDeclaration
        | Condition::ErrorReason(_)
        | Condition::CorrectiveEventId(_)
        | Condition::Time(EventTime::ErrorDeclaration, ..) => {
            (5, blocks([more_zone("error")].into_iter()))
        }
        Condition::HasSensorElements | Condition::Sensor(_) => {
            (5, blocks([more_zone("sensor")].into_iter()))
        }
        Condition::Exists(place, ..)
        | Condition::FieldEquals(place, ..)
        | Condition::FieldCompares(place, ..) => {
            let what = match place {
                Within::Ilmd => "ilmd",
                Within::ErrorDeclaration => "error",
                Within::SensorElement | Within::SensorMetadata | Within::SensorReport => "sensor",
                Within::Event | Within::ReadPoint | Within::BizLocation => "more",
            };
            (7, blocks([more_zone(what)].into_iter()))
        }
        Condition::Lasting { any, .. } => (8, blocks(any.iter().map(disposition_zone))),
        Condition::BizStep(any) => (8, blocks(any.iter().map(step_zone))),
        Condition::Disposition(any) => (9, blocks(any.iter().map(disposition_zone))),
        Condition::EventType(any) => (10, blocks(any.iter().map(|kind| type_zone(*kind)))),
        _ => return None,
    })
}

fn blocks(zones: impl Iterator<Item = Vec<u8>>) -> Driver {
    let all = zones.chain([EVERYTHING.to_vec()]);
    Driver::Blocks(all.map(|zone| (ZONE, zone)).collect())
}

/// The first and the last position that a query can ask for, up to block `height`; `None` for none.
pub(super) fn bounds(
    snapshot: &Snapshot<'_>,
    query: &EpcisQuery,
    height: u64,
) -> Result<Option<(i64, i64)>> {
    let (from, to) = query.times(EventTime::Record);
    let low = first_height_at(snapshot, from, height)?;
    let past = first_height_at(snapshot, to, height)?;
    let position = |height| Position::new(snapshot.compartment(), height, 0).map(Position::raw);
    Ok(match (position(low), position(past)) {
        (Some(low), Some(past)) if low < past => Some((low, past - 1)),
        _ => None,
    })
}

/// The first height whose block's time is not before `ms`; one past `height` where there is none.
fn first_height_at(snapshot: &Snapshot<'_>, ms: i64, height: u64) -> Result<u64> {
    let (mut low, mut high) = (snapshot.first_height(), height + 1);
    if ms == i64::MIN {
        return Ok(low);
    }
    if ms == i64::MAX {
        return Ok(high);
    }
    while low < high {
        let middle = low + (high - low) / 2;
        let time = snapshot.block(middle)?.map_or(0, |block| block.time_ms);
        match i64::try_from(time).unwrap_or(i64::MAX) < ms {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    Ok(low)
}
