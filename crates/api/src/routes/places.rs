//! Places and words: what is at a place now or at an earlier moment, which places are near, what was said.

use crate::{
    answers::{AtHeight, ask},
    app::App,
    extract::{Query, Segment},
    problem::{Answer, Problem, rule},
    reading::Reader,
    routes::goods::{limit, object_of, parameter, time_ms},
};
use axum::{Json, extract::State};
use convoy_modules::custody::queries::{
    self, LocatedView, PAGE_MAX, PlaceQuery, PlaceView, SearchPage,
};
use convoy_modules::policy::vocabulary::View;
use convoy_readmodel::geo::Point;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The farthest that places are looked for, kilometres.
const KILOMETRES_MAX: u64 = 2_000;

/// What of a place.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ObjectsQuery {
    /// As it was at this claimed time; now where left out.
    #[param(example = "2026-05-01T10:00:00Z")]
    pub at: Option<String>,
    /// Also what is at its inner places.
    #[param(default = false)]
    pub within: Option<bool>,
    /// Tell what is packed in what is there.
    #[param(default = false)]
    pub contents: Option<bool>,
    /// How many at most, 1 to 500.
    #[param(default = 100, minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// From `next` of the page before.
    pub cursor: Option<String>,
}

/// Everything at a place, now or at an earlier moment.
///
/// Loose objects, outermost containers and loose amounts, those that came last first. What is packed is where its outermost container is. A page may hold
/// fewer than asked for and still have a `next`.
#[utoipa::path(get, path = "/v1/places/{id}/objects", operation_id = "getObjectsAtPlace", tag = "goods",
    params(("id" = String, Path, description = "The place's identifier, percent-encoded", example = "urn:epc:id:sgln:9521141.00001.0"), ObjectsQuery),
    responses((status = 200, body = AtHeight<PlaceView>)))]
pub async fn objects(
    State(app): State<App>,
    reader: Reader,
    segment: Segment,
    Query(query): Query<ObjectsQuery>,
) -> Answer<Json<AtHeight<PlaceView>>> {
    let asked = PlaceQuery {
        place: object_of(&segment)?,
        at_ms: time_ms("at", query.at.as_deref())?,
        within: query.within.unwrap_or(false),
        contents: query.contents.unwrap_or(false),
        limit: limit(query.limit, PAGE_MAX)?,
        before: parameter("cursor", query.cursor.as_deref())?,
    };
    ask(&app, &reader, View::List, move |snapshot| {
        queries::objects_at(snapshot, &asked)
    })
    .await
    .map(Json)
}

/// Near what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NearQuery {
    /// Degrees north, degrees east, kilometres.
    #[param(example = "59.437,24.7536,50")]
    pub near: String,
}

/// Places near a point.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlacesView {
    /// The nearest first, at most 500.
    pub places: Vec<LocatedView>,
}

/// Places whose position is known and near a point.
///
/// A position is known from a `geo:` URI, from `latitude` and `longitude` among an event's attributes of the place, or from a sensor at the read point.
#[utoipa::path(get, path = "/v1/places", operation_id = "findPlacesNear", tag = "goods", params(NearQuery),
    responses((status = 200, body = AtHeight<PlacesView>)))]
pub async fn near(
    State(app): State<App>,
    reader: Reader,
    Query(query): Query<NearQuery>,
) -> Answer<Json<AtHeight<PlacesView>>> {
    let parts: Vec<&str> = query.near.split(',').map(str::trim).collect();
    let found = match parts.as_slice() {
        [latitude, longitude, km] => Point::parse(latitude, longitude).zip(
            km.parse::<u64>()
                .ok()
                .filter(|km| (1..=KILOMETRES_MAX).contains(km)),
        ),
        _ => None,
    };
    let wrong = || {
        let problem = Problem::new(
            rule::BAD_QUERY,
            "near: it is not latitude, longitude and kilometres",
        );
        problem.remedy(format!("Write degrees as decimal numbers and 1 to {KILOMETRES_MAX} whole kilometres, such as 59.437,24.7536,50."))
    };
    let (point, km) = found.ok_or_else(wrong)?;
    let answer = ask(&app, &reader, View::List, move |snapshot| {
        queries::places_near(snapshot, point, km * 1_000)
    })
    .await?;
    Ok(Json(AtHeight {
        height: answer.height,
        answer: PlacesView {
            places: answer.answer,
        },
    }))
}

/// Which words.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words, or their beginnings; all of them have to be there.
    #[param(example = "pump NP26")]
    pub q: String,
    /// How many at most, 1 to 500.
    #[param(default = 100, minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// From `next` of the page before.
    pub cursor: Option<String>,
}

/// What was said with certain words in it, the newest first.
///
/// Identifiers that came into being, business documents, master data and extensions of events, terms and reasons of handovers, accounts of cases.
#[utoipa::path(get, path = "/v1/search", operation_id = "search", tag = "goods", params(SearchQuery),
    responses((status = 200, body = AtHeight<SearchPage>)))]
pub async fn search(
    State(app): State<App>,
    reader: Reader,
    Query(query): Query<SearchQuery>,
) -> Answer<Json<AtHeight<SearchPage>>> {
    let (limit, before) = (
        limit(query.limit, PAGE_MAX)?,
        parameter("cursor", query.cursor.as_deref())?,
    );
    ask(&app, &reader, View::List, move |snapshot| {
        queries::search(snapshot, &query.q, limit, before)
    })
    .await
    .map(Json)
}
