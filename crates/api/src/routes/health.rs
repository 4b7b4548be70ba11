//! Is the node alive, is it ready, how is it: for supervisors, load balancers and Prometheus.

use crate::{
    app::{App, now_ms},
    openapi,
    problem::{Answer, Problem, rule},
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

/// How the node is.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthView {
    /// How the node is, in one word: `ready`, `starting`, `reading` (history from before it joined), `lagging`, `alone` or `stopped`.
    #[schema(example = "ready")]
    pub condition: &'static str,
    /// Whether it takes statements and answers questions.
    pub ready: bool,
    /// What is wrong; empty when nothing is.
    pub reasons: Vec<String>,
    /// What the operator should see to before it goes wrong; empty when nothing is.
    pub notices: Vec<String>,
    /// The last final block here.
    pub height: u64,
    /// Its time, milliseconds since 1970.
    pub time_ms: u64,
    /// The height that queries answer for.
    pub projected_height: u64,
    /// History is here from this height on: 1, or more while a node that joined later fetches what was before.
    pub history_from_height: u64,
    /// Statements that wait here for a block.
    pub waiting: usize,
    /// The member whose node this is.
    #[schema(example = "est")]
    pub member: String,
    /// The program's version.
    pub software: String,
}

/// How the node is.
#[utoipa::path(get, path = "/v1/health", operation_id = "getHealth", tag = "node", responses((status = 200, body = HealthView)))]
pub async fn summary(State(app): State<App>) -> Json<HealthView> {
    let (health, info) = (app.node().health(), app.node().info());
    let history = app.node().history().filter(|history| !history.whole);
    Json(HealthView {
        condition: health.condition.word(),
        ready: health.ready,
        reasons: health.reasons,
        notices: app
            .tls()
            .map_or_else(Vec::new, |tls| tls.notices(now_ms()))
            .into_iter()
            .chain(app.node().notices())
            .collect(),
        height: health.height,
        time_ms: health.time_ms,
        projected_height: health.projected_height,
        history_from_height: history.map_or(1, |history| history.from_height),
        waiting: health.waiting,
        member: info.member.to_string(),
        software: info.software.to_owned(),
    })
}

/// Whether the process answers.
#[utoipa::path(get, path = "/v1/health/live", operation_id = "getLive", tag = "node", responses((status = 200, description = "It does", body = String, content_type = "text/plain")))]
pub async fn live() -> &'static str {
    "live\n"
}

/// Whether the node takes statements and answers questions.
#[utoipa::path(get, path = "/v1/health/ready", operation_id = "getReady", tag = "node", responses(
    (status = 200, description = "It does", body = String, content_type = "text/plain"),
    (status = 503, description = "Not yet; the detail says why", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
))]
pub async fn ready(State(app): State<App>) -> Answer<&'static str> {
    let health = app.node().health();
    if health.ready {
        Ok("ready\n")
    } else {
        Err(Problem::new(rule::NOT_READY, health.reasons.join("; ")))
    }
}

/// Metrics in OpenMetrics text, for Prometheus.
#[utoipa::path(get, path = "/metrics", operation_id = "getMetrics", tag = "node", responses((status = 200, body = String, content_type = "application/openmetrics-text")))]
pub async fn metrics(State(app): State<App>) -> impl IntoResponse {
    let text = app.metrics().exposition(&app.node().metrics());
    (
        [(
            header::CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        text,
    )
}

/// This description (OpenAPI 3.1).
#[utoipa::path(get, path = "/openapi.json", operation_id = "getOpenApi", tag = "node", responses((status = 200, body = Object, content_type = "application/json")))]
pub async fn openapi() -> Response {
    (
        [
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "public, max-age=300"),
        ],
        openapi::json(),
    )
        .into_response()
}
