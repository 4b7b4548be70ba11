//! What events ever told of, for the top-level lists of the query interface (EPCIS 2.0 section 12.2).

use super::{super::contents::full, poll, query::EpcisQuery, streams::Streams};
use crate::custody::{
    NAME,
    about::object_name,
    index::{KNOWN, Known},
    projection::OBJECT,
    queries::named,
    types::Action,
};
use crate::domain::page;
use convoy_readmodel::{Order, Position, Result, Snapshot, value::decoded};
use convoy_types::{epcis::EventKind, identifiers::Epc};
use std::collections::BTreeSet;

/// Events that one page of [`epcs`] looks at.
const EXAMINED_MAX: usize = 2_000;

/// A list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Types of events.
    EventTypes,
    /// Steps of business processes.
    BizSteps,
    /// Conditions.
    Dispositions,
    /// Read points.
    ReadPoints,
    /// Business locations.
    BizLocations,
}

/// Names of a list in their order, after `after`, at most `limit`; whether there are more.
pub fn listed(
    snapshot: &Snapshot<'_>,
    what: Listed,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<String>, bool)> {
    let kind = match what {
        Listed::EventTypes => {
            return Ok((
                EventKind::ALL.map(|kind| kind.name().to_owned()).to_vec(),
                false,
            ));
        }
        Listed::BizSteps => Known::Step,
        Listed::Dispositions => Known::Disposition,
        Listed::ReadPoints => Known::ReadPoint,
        Listed::BizLocations => Known::BizLocation,
    };
    let sql = format!(
        "SELECT name FROM {} WHERE compartment = ?1 AND kind = ?2 AND name > ?3 ORDER BY name LIMIT ?4",
        KNOWN.name
    );
    let fetch = |after: &String, most: usize| {
        let values = [
            snapshot.compartment().into(),
            i64::from(kind as u8).into(),
            after.as_str().into(),
            (most as i64).into(),
        ];
        snapshot.rows(&sql, &values, |row| {
            let name = row.text(0)?.to_owned();
            Ok((name.clone(), name))
        })
    };
    let show = |name: String| Ok(in_sight(snapshot, what, &name)?.then_some(name));
    let (names, next) = page(limit, after.unwrap_or("").to_owned(), fetch, show)?;
    Ok((names, next.is_some()))
}

/// Whether an event that the reader may see tells of a listed term or place.
fn in_sight(snapshot: &Snapshot<'_>, what: Listed, name: &str) -> Result<bool> {
    let parameter = match what {
        _ if !snapshot.is_veiled() => return Ok(true),
        Listed::EventTypes => return Ok(true),
        Listed::BizSteps => "EQ_bizStep",
        Listed::Dispositions => "EQ_disposition",
        Listed::ReadPoints => "EQ_readPoint",
        Listed::BizLocations => "EQ_bizLocation",
    };
    let asked = [(parameter.to_owned(), full(name).replace('|', "%7C"))];
    let Ok(query) = EpcisQuery::of_pairs(&asked) else {
        return Ok(false);
    };
    let found = poll(snapshot, &query, 1, None)?;
    Ok(found.is_ok_and(|page| !page.events.is_empty()))
}

/// The whole identifier of a listed place.
pub fn whole(name: &str) -> String {
    full(name)
}

/// Whether a term, a place or a type is in a list.
pub fn is_listed(snapshot: &Snapshot<'_>, what: Listed, name: &str) -> Result<bool> {
    let kind = match what {
        Listed::EventTypes => return Ok(EventKind::ALL.iter().any(|kind| kind.name() == name)),
        Listed::BizSteps => Known::Step,
        Listed::Dispositions => Known::Disposition,
        Listed::ReadPoints => Known::ReadPoint,
        Listed::BizLocations => Known::BizLocation,
    };
    let sql = format!(
        "SELECT 1 FROM {} WHERE compartment = ?1 AND kind = ?2 AND name = ?3",
        KNOWN.name
    );
    let values = [
        snapshot.compartment().into(),
        i64::from(kind as u8).into(),
        name.into(),
    ];
    let listed = snapshot.first(&sql, &values, |_| Ok(()))?.is_some();
    Ok(listed && in_sight(snapshot, what, name)?)
}

/// Whether any event names this object or class.
pub fn is_told_of(snapshot: &Snapshot<'_>, epc: &Epc) -> Result<bool> {
    if !snapshot.shows(&object_name(epc))? {
        return Ok(false);
    }
    Ok(first_event(snapshot, epc)?.is_some())
}

/// Objects and classes in the order in which events first named them, after position `after`; each once
/// over all pages. The second part is where to go on.
pub fn epcs(
    snapshot: &Snapshot<'_>,
    after: Option<i64>,
    limit: usize,
) -> Result<(Vec<Epc>, Option<i64>)> {
    let (start, end) = Position::span(snapshot.compartment());
    let (mut from, mut examined) = (after.map_or(start, |after| after + 1), 0);
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    loop {
        let events = snapshot.events(Position::from_raw(from), Position::from_raw(end), 128)?;
        let Some(last) = events.last().map(|event| event.position.raw()) else {
            return Ok((found, None));
        };
        for stored in events {
            if found.len() >= limit || examined >= EXAMINED_MAX {
                return Ok((found, Some(stored.position.raw() - 1)));
            }
            examined += 1;
            let Some(detail) = stored.detail.filter(|_| &*stored.module == NAME) else {
                continue;
            };
            let Action::Capture(event) = decoded(&detail)? else {
                continue;
            };
            for epc in named(&event) {
                if seen.insert(epc.clone())
                    && first_event(snapshot, epc)? == Some(stored.position.raw())
                {
                    found.push(epc.clone());
                }
            }
        }
        from = last + 1;
    }
}

/// The first captured event that names `epc`.
fn first_event(snapshot: &Snapshot<'_>, epc: &Epc) -> Result<Option<i64>> {
    let names = vec![(OBJECT, epc.key().as_bytes().to_vec())];
    let mut streams = Streams::new(
        snapshot,
        names,
        Position::span(snapshot.compartment()),
        Order::OldestFirst,
    );
    while let Some(raw) = streams.next()? {
        let stored = snapshot.event(Position::from_raw(raw))?;
        let Some(detail) = stored.detail.filter(|_| &*stored.module == NAME) else {
            continue;
        };
        if let Action::Capture(event) = decoded(&detail)?
            && named(&event).any(|name| name == epc)
        {
            return Ok(Some(raw));
        }
    }
    Ok(None)
}
