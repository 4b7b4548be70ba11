//! The picture of the whole: how much is where, and what is on its way.

use crate::{
    answers::{AtHeight, ask},
    app::App,
    extract::Query,
    problem::Answer,
    reading::Reader,
    routes::goods::time_ms,
};
use axum::{Json, extract::State};
use convoy_modules::custody::queries::{self, OnTheWayView, StockView};
use convoy_modules::policy::vocabulary::View;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which moment.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StockQuery {
    /// As it was at this claimed time; now where left out.
    #[param(example = "2026-05-01T10:00:00Z")]
    pub at: Option<String>,
}

/// How much is at each place and in whose hands, now or at an earlier moment.
///
/// Counted are loose objects, outermost containers and loose amounts: what `/v1/places/{id}/objects` would list for this reader. At most
/// 1,000 places, 5,000 entries at one place and 25,000 in all; an answer that stops earlier says so.
#[utoipa::path(get, path = "/v1/stock", operation_id = "getStock", tag = "goods", params(StockQuery),
    responses((status = 200, body = AtHeight<StockView>)))]
pub async fn stock(
    State(app): State<App>,
    reader: Reader,
    Query(query): Query<StockQuery>,
) -> Answer<Json<AtHeight<StockView>>> {
    let at_ms = time_ms("at", query.at.as_deref())?;
    ask(&app, &reader, View::List, move |snapshot| {
        queries::stock(snapshot, at_ms)
    })
    .await
    .map(Json)
}

/// What is on its way: where each consignment was last and where it goes next.
///
/// On its way is what was last told of with the step `shipping`, `departing`, `transporting` or `loading` and is in nothing else. Next is what
/// somebody said: a destination of its events, else the place and receiver of an open offer. At most 500, those that set off first before the others.
#[utoipa::path(get, path = "/v1/consignments", operation_id = "listConsignments", tag = "goods",
    responses((status = 200, body = AtHeight<OnTheWayView>)))]
pub async fn consignments(
    State(app): State<App>,
    reader: Reader,
) -> Answer<Json<AtHeight<OnTheWayView>>> {
    ask(&app, &reader, View::List, queries::on_the_way)
        .await
        .map(Json)
}
