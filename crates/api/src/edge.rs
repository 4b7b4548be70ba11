//! What every request passes, whatever its route: its id, its bounds, its trace and the form of its errors.
//!
//! Flow: name the request → take a place among those under way → run it within its time → write a problem's body → set the headers
//! that every answer has → count it.
//!
//! Invariants:
//! - every answer carries `x-request-id`: the client's own when it is 1 to 64 of `A-Z a-z 0-9 . _ -`, else one made here;
//! - no answer tells the server's software or version; an error answer is always problem details;
//! - a request beyond the bounds is refused with 503 and Retry-After, it does not pile up; health is answered always.
//!
//! A place is taken before anybody knows who asks ([`crate::auth`] comes behind it), so places are not shared out among clients. What waits for
//! admission is: there one client's requests have a bound of their own and take turns with the others'.

use crate::{
    app::App,
    problem::{Problem, rule},
    spool::HELD_BYTES_MAX,
};
use axum::{
    body::HttpBody as _,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use convoy_types::limits::SUBMISSION_BYTES_MAX;
use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};
use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::Instrument;

/// How long a request may wait for a place before it is refused.
const PLACE_WAIT: Duration = Duration::from_millis(500);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers of every answer. The interface serves data: nothing of it may run, be framed or be sniffed. Only the console's pages
/// bring a policy of their own.
const SECURITY: [(HeaderName, HeaderValue); 4] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// The outermost layer.
pub async fn edge(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", |path| path.as_str())
        .to_owned();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!("http", request_id = %id.to_str().unwrap_or(""), %method, route);

    let response = bounded(&app, &route, request, next)
        .instrument(span.clone())
        .await;
    let response = finish(response, &path, id);

    let status = response.status();
    let elapsed = started.elapsed();
    app.metrics()
        .count(&route, method.as_str(), status.as_u16(), elapsed);
    span.in_scope(|| {
        tracing::debug!(
            status = status.as_u16(),
            elapsed_ms = elapsed.as_millis() as u64,
            "answered"
        )
    });
    response
}

/// Runs the request with a place and a deadline.
async fn bounded(app: &App, route: &str, request: Request, next: Next) -> Response {
    let query = request.uri().query();
    let waits = query.is_some_and(|query| query.contains("wait_ms="));
    let bytes = body_bytes(&request, route);
    let _place = match place(app, route, waits, bytes).await {
        Ok(place) => place,
        Err(problem) => return problem.into_response(),
    };
    let limit = app.config().request_timeout();
    let stops = async {
        match waits {
            true => app.closed().await,
            false => std::future::pending().await,
        }
    };
    let problem = tokio::select! {
        response = next.run(request) => return response,
        () = tokio::time::sleep(limit) => {
            let detail = format!("there was no answer within {} ms", limit.as_millis());
            Problem::new(rule::TIMEOUT, detail)
        }
        () = stops => Problem::new(rule::BUSY, "the node stops, and does not wait any longer"),
    };
    problem.into_response()
}

/// What a request holds while it is under way.
struct Place<'a> {
    _request: SemaphorePermit<'a>,
    _body: Option<SemaphorePermit<'a>>,
}

/// A place among the requests under way, and room for the body. Health needs none, and a feed takes its own for as long as it is open.
async fn place<'a>(
    app: &'a App,
    route: &str,
    waits: bool,
    body_bytes: u32,
) -> Result<Option<Place<'a>>, Problem> {
    if route.starts_with("/v1/health") || route == "/v1/feed" {
        return Ok(None);
    }
    let _request = match waits {
        true => acquire(app.waiting(), 1, "long polls").await?,
        false => acquire(app.requests(), 1, "requests").await?,
    };
    let _body = match body_bytes {
        0 => None,
        bytes => Some(room(app, bytes).await?),
    };
    Ok(Some(Place { _request, _body }))
}

/// Room for bytes of a body, or of what is made of one.
pub async fn room(app: &App, bytes: u32) -> Result<SemaphorePermit<'_>, Problem> {
    acquire(app.bodies(), bytes, "bytes of bodies").await
}

async fn acquire<'a>(
    places: &'a Semaphore,
    count: u32,
    what: &str,
) -> Result<SemaphorePermit<'a>, Problem> {
    match tokio::time::timeout(PLACE_WAIT, places.acquire_many(count)).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(busy(what)),
    }
}

/// What of the body can be in memory at once: as announced, or what the route holds at most where nothing is announced.
fn body_bytes(request: &Request, route: &str) -> u32 {
    let most = match route {
        // The rest of it goes to a file.
        "/v1/epcis/capture" => HELD_BYTES_MAX,
        _ => SUBMISSION_BYTES_MAX,
    };
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let bytes = match (announced, request.body().is_end_stream()) {
        (Some(length), _) => length.min(most),
        (None, true) => 0,
        (None, false) => most,
    };
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// The refusal when every place is taken.
pub fn busy(what: &str) -> Problem {
    Problem::new(
        rule::BUSY,
        format!("the node has as many {what} under way as it takes on"),
    )
}

fn finish(mut response: Response, path: &str, id: HeaderValue) -> Response {
    let problem = response
        .extensions_mut()
        .remove::<Problem>()
        .or_else(|| foreign(&response));
    if let Some(mut problem) = problem {
        problem.set_instance(path);
        response = problem.render(response);
    }
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    for (name, value) in SECURITY {
        headers.entry(name).or_insert(value);
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The problem for an error that the framework answered by itself.
fn foreign(response: &Response) -> Option<Problem> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let (rule, detail) = match status {
        StatusCode::NOT_FOUND => (rule::NO_ROUTE, "no route has this path"),
        StatusCode::METHOD_NOT_ALLOWED => (rule::METHOD, "the route does not know this method"),
        StatusCode::PAYLOAD_TOO_LARGE => {
            (rule::TOO_LARGE, "the body is larger than the route takes")
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            rule::MEDIA_TYPE,
            "the route does not take this type of body",
        ),
        status if status.is_client_error() => (rule::BAD_REQUEST, "the request cannot be read"),
        _ => (rule::INTERNAL, "the node failed to answer"),
    };
    Some(Problem::new(rule, detail))
}

fn request_id(headers: &HeaderMap) -> HeaderValue {
    let own = headers.get(REQUEST_ID).filter(|value| {
        let bytes = value.as_bytes();
        (1..=64).contains(&bytes.len())
            && bytes
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    });
    own.cloned().unwrap_or_else(made_id)
}

/// A process-wide random start and a counter: unique on this node, telling nothing.
fn made_id() -> HeaderValue {
    static START: std::sync::LazyLock<u64> =
        std::sync::LazyLock::new(|| RandomState::new().hash_one("request id"));
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let id = format!(
        "{:016x}-{:x}",
        *START,
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("none"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use bytes::Bytes;
    use futures::stream;
    use std::io;

    fn with(id: &str) -> HeaderMap {
        HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_str(id).unwrap())])
    }

    #[test]
    fn a_body_takes_room_for_what_is_held_of_it() {
        let chunked = || Request::new(Body::from_stream(stream::pending::<io::Result<Bytes>>()));
        let announced = |bytes: usize| {
            let mut request = chunked();
            let length = HeaderValue::from(bytes);
            request.headers_mut().insert(header::CONTENT_LENGTH, length);
            request
        };
        let capture = "/v1/epcis/capture";
        assert_eq!(body_bytes(&chunked(), capture), 1 << 20);
        assert_eq!(body_bytes(&announced(64 << 20), capture), 1 << 20);
        assert_eq!(body_bytes(&announced(70), capture), 70);
        assert_eq!(body_bytes(&chunked(), "/v1/statements"), 1_572_864);
        assert_eq!(body_bytes(&Request::new(Body::empty()), capture), 0);
    }

    #[test]
    fn a_clients_request_id_is_kept_when_it_is_harmless() {
        assert_eq!(request_id(&with("trace-7.a_B")), "trace-7.a_B");
        for bad in ["", "a b", "<script>", &"x".repeat(65)] {
            assert_ne!(request_id(&with(bad)), bad);
        }
        assert_ne!(request_id(&HeaderMap::new()), request_id(&HeaderMap::new()));
    }
}
