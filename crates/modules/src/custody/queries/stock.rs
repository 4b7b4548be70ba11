//! Stock: how much is at each place and in whose hands, now or at an earlier moment.
//!
//! Flow: every place that an event in sight tells of → what is there, page by page ([`objects_at`]) → counted by who has it. So
//! a count is the length of a list that the reader may ask for, and what is kept from a reader is in no count.
//!
//! Limits: [`PLACES_MAX`] places, [`AT_ONE_MAX`] entries at one place, [`COUNTED_MAX`] in one answer; where one was reached the
//! answer says so (`more`, `truncated`).

use super::{
    super::index::GEO,
    PAGE_MAX, PlaceQuery, PlacedView,
    epcis::{Listed, listed, whole},
    objects_at,
    places::degrees,
};
use convoy_readmodel::{Position, Result, Snapshot, geo::Point};
use convoy_types::identifiers::Epc;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Places in one answer.
pub const PLACES_MAX: usize = 1_000;
/// Objects and amounts counted at one place.
const AT_ONE_MAX: usize = 5_000;
/// Objects and amounts counted in one answer.
const COUNTED_MAX: usize = 25_000;

/// How much is where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockView {
    /// The moment asked for (ISO 8601); absent for now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<String>,
    /// Every place that events tell of, also those where nothing is, by identifier.
    pub places: Vec<StockPlace>,
    /// Whether there are more places than these.
    pub truncated: bool,
}

/// How much is at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockPlace {
    /// The place.
    pub place: String,
    /// Degrees north, where its position is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub latitude: Option<String>,
    /// Degrees east.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub longitude: Option<String>,
    /// Objects and outermost containers there.
    pub objects: u64,
    /// Loose amounts of classes and lots there.
    pub amounts: u64,
    /// The same by who has it.
    pub members: Vec<StockShare>,
    /// Claimed time of what came there last (ISO 8601).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub latest: Option<String>,
    /// Whether there is more than was counted.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub more: bool,
}

/// What one member has at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockShare {
    /// The member.
    pub member: String,
    /// Objects and outermost containers in its custody.
    pub objects: u64,
    /// Loose amounts that it holds.
    pub amounts: u64,
}

/// How much is at each place, now or at the claimed time `at_ms`.
///
/// # Errors
/// When the read model is damaged.
pub fn stock(snapshot: &Snapshot<'_>, at_ms: Option<i64>) -> Result<StockView> {
    let (mut names, mut truncated) = (BTreeSet::new(), false);
    for list in [Listed::BizLocations, Listed::ReadPoints] {
        let (told, more) = listed(snapshot, list, None, PLACES_MAX)?;
        truncated |= more;
        names.extend(told);
    }
    truncated |= names.len() > PLACES_MAX;
    let (mut places, mut left) = (Vec::new(), COUNTED_MAX);
    for name in names.iter().take(PLACES_MAX) {
        let Ok(place) = Epc::parse(&whole(name)) else {
            continue;
        };
        let found = count(snapshot, &place, at_ms, left.min(AT_ONE_MAX))?;
        left = left.saturating_sub(usize::try_from(found.objects + found.amounts).unwrap_or(left));
        places.push(found);
    }
    Ok(StockView {
        at: at_ms.map(super::time_text),
        places,
        truncated,
    })
}

fn count(
    snapshot: &Snapshot<'_>,
    place: &Epc,
    at_ms: Option<i64>,
    most: usize,
) -> Result<StockPlace> {
    let point = position(snapshot, place)?;
    let mut found = StockPlace {
        place: place.to_string(),
        latitude: point.map(|point| degrees(point.latitude())),
        longitude: point.map(|point| degrees(point.longitude())),
        objects: 0,
        amounts: 0,
        members: Vec::new(),
        latest: None,
        more: false,
    };
    let (mut shares, mut counted, mut before) = (BTreeMap::new(), 0, None);
    loop {
        if counted >= most {
            found.more = true;
            break;
        }
        let page = objects_at(
            snapshot,
            &PlaceQuery {
                place: place.clone(),
                at_ms,
                within: false,
                contents: false,
                limit: PAGE_MAX.min(most - counted),
                before,
            },
        )?;
        counted += page.objects.len();
        for object in &page.objects {
            tally(&mut found, &mut shares, object);
        }
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    found.members = shares.into_values().collect();
    Ok(found)
}

fn tally(found: &mut StockPlace, shares: &mut BTreeMap<String, StockShare>, object: &PlacedView) {
    let holder = object.holder.as_deref();
    let loose = holder.and_then(|holder| holder.strip_prefix("member:"));
    let member = object.custodian.as_deref().or(loose);
    let member = member.or(object.owner.as_deref()).unwrap_or_default();
    let share = shares
        .entry(member.to_owned())
        .or_insert_with(|| StockShare {
            member: member.to_owned(),
            objects: 0,
            amounts: 0,
        });
    if object.quantity.is_some() {
        (found.amounts, share.amounts) = (found.amounts + 1, share.amounts + 1);
    } else {
        (found.objects, share.objects) = (found.objects + 1, share.objects + 1);
    }
    if found
        .latest
        .as_ref()
        .is_none_or(|latest| *latest < object.since)
    {
        found.latest = Some(object.since.clone());
    }
}

/// Where a place is, if an event in sight tells it.
fn position(snapshot: &Snapshot<'_>, place: &Epc) -> Result<Option<Point>> {
    let sql = format!(
        "SELECT latitude, longitude, position FROM {} WHERE compartment = ?1 AND place = ?2",
        GEO.name
    );
    let values = [snapshot.compartment().into(), place.key().into()];
    let row = snapshot.first(&sql, &values, |row| {
        let point = Point::new(row.integer(0)?, row.integer(1)?);
        Ok((point, Position::from_raw(row.integer(2)?)))
    })?;
    Ok(match row {
        Some((Some(point), told)) if snapshot.shows_event(told)? => Some(point),
        _ => None,
    })
}
