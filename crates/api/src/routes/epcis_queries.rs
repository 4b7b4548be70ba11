//! Named queries, their events and their subscriptions (EPCIS 2.0 sections 12.2 and 8.2.5).
//!
//! They are this member's own: kept on its node, read by its tokens, unknown to the ledger.

use crate::{
    answers::{self, AtHeight},
    app::{App, now_ms},
    edge,
    epcis::{
        self, Answered, Wanted,
        schedule::Schedule,
        store::{Kept, Progress, QUERIES_MAX, SUBSCRIPTIONS_MAX, Subscription},
        token,
    },
    extract::{self, Segment, Segments},
    problem::{Answer, Problem, internal, rule},
    reading::Reader,
};
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{
        IntoResponse, Response,
        sse::{Event as Told, KeepAlive, Sse},
    },
};
use convoy_modules::custody::queries::epcis::{EpcisQuery, Resume, poll};
use convoy_modules::policy::vocabulary::View;
use convoy_types::epcis::{Timestamp, json::EpcFormat};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;

/// A query's name, characters.
const NAME_CHARS_MAX: usize = 100;
/// The body that makes a query or a subscription, bytes.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// A signature token, bytes.
const SECRET_BYTES_MAX: usize = 512;
/// Events read at once for a stream.
const STREAM_BATCH: usize = 100;
/// Proxies cut connections that are silent for 30 to 60 s.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A named query.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryDefinition {
    /// Its name, unique on this node.
    #[schema(example = "shippedFromTurin")]
    pub name: String,
    /// Its parameters, after the standard's query schema.
    #[schema(value_type = Object)]
    pub query: Map<String, Value>,
}

/// What a subscription asks for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubscriptionRequest {
    /// Where it is sent: an `https` address.
    #[schema(example = "https://erp.example.org/epcis")]
    pub dest: String,
    /// The secret that `GS1-Signature` is made with: `sha256=` and the HMAC-SHA256 of the body.
    #[serde(default)]
    pub signature_token: Option<String>,
    /// Whether a scheduled run without events is sent as well.
    #[serde(default)]
    pub report_if_empty: Option<bool>,
    /// Only events recorded at or after this time; from now on where left out.
    #[serde(default)]
    pub initial_record_time: Option<String>,
    /// Whenever events come.
    #[serde(default)]
    pub stream: Option<bool>,
    /// At these times.
    #[serde(default)]
    pub schedule: Option<Schedule>,
}

/// A subscription; its secret is never shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionView {
    /// Its id.
    #[serde(rename = "subscriptionID")]
    pub subscription_id: String,
    /// Its query's name.
    pub query_name: String,
    /// Where it is sent.
    pub dest: String,
    /// When it was made.
    pub created_at: String,
    /// When something was received last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_notified_at: Option<String>,
    /// Only events recorded at or after this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_record_time: Option<String>,
    /// Whether a scheduled run without events is sent as well.
    pub report_if_empty: bool,
    /// Whenever events come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<bool>,
    /// At these times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Every block up to this one was looked through and what it tells was received.
    pub height: u64,
    /// Attempts that failed since something was received.
    pub failures: u32,
}

fn stored<T>(done: std::io::Result<T>) -> Answer<T> {
    done.map_err(|error| {
        internal(
            "the node's queries and subscriptions cannot be read or written",
            &error,
        )
    })
}

fn time(ms: u64) -> String {
    let time = i64::try_from(ms).ok().and_then(Timestamp::from_millis);
    time.map_or_else(|| format!("{ms} ms"), |time| time.to_string())
}

fn no_query(name: &str) -> Problem {
    Problem::new(
        rule::NOT_FOUND,
        format!("there is no query `{}`", extract::cut(name)),
    )
    .kind("epcisException:NoSuchNameException")
    .remedy("GET /v1/epcis/queries lists them.")
}

fn with_versions(mut response: Response) -> Response {
    response
        .headers_mut()
        .extend(epcis::discovery("/v1/epcis/queries"));
    response
}

/// Named queries, by name.
#[utoipa::path(get, path = "/v1/epcis/queries", operation_id = "listQueries", tag = "epcis",
    responses((status = 200, body = Vec<QueryDefinition>)))]
pub async fn queries(State(app): State<App>) -> Answer<Response> {
    let kept = stored(app.standing().read())?;
    let all: Vec<QueryDefinition> = kept
        .queries
        .into_iter()
        .map(|(name, query)| QueryDefinition { name, query })
        .collect();
    Ok(with_versions(Json(all).into_response()))
}

/// Make a named query.
#[utoipa::path(post, path = "/v1/epcis/queries", operation_id = "createQuery", tag = "epcis",
    request_body = QueryDefinition,
    responses((status = 201, description = "Made; `Location` names it", headers(("Location" = String, description = "The query")))))]
pub async fn create(State(app): State<App>, request: Request) -> Answer<Response> {
    extract::expect_type(
        request.headers(),
        &["application/json", "application/ld+json"],
    )?;
    let body = extract::body(request, BODY_BYTES_MAX).await?;
    let QueryDefinition { name, query } = extract::decode_json(&body)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    let named =
        !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX && name.chars().all(plain);
    if !named {
        let detail = format!(
            "name: `{}` is not 1 to {NAME_CHARS_MAX} letters, digits and -_.~",
            extract::cut(&name)
        );
        return Err(Problem::new(rule::BAD_BODY, detail)
            .at("/name")
            .remedy("Choose a name that can stand in an address."));
    }
    if name == epcis::SIMPLE {
        return Err(taken(&name));
    }
    EpcisQuery::of_json(&query).map_err(|fault| {
        let pointer = format!(
            "/query/{}",
            fault.parameter.replace('~', "~0").replace('/', "~1")
        );
        epcis::refused(fault).at(pointer)
    })?;
    let made = name.clone();
    stored(app.standing().change(move |kept| put(kept, made, query)))??;
    let mut response = with_versions(StatusCode::CREATED.into_response());
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/epcis/queries/{name}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

fn taken(name: &str) -> Problem {
    Problem::new(rule::NAME_TAKEN, format!("name: there is a query `{name}`"))
        .at("/name")
        .kind("epcisException:DuplicateNameException")
}

fn put(kept: &mut Kept, name: String, query: Map<String, Value>) -> Answer<()> {
    if kept.queries.contains_key(&name) {
        return Err(taken(&name));
    }
    if kept.queries.len() >= QUERIES_MAX {
        return Err(Problem::new(
            rule::STANDING_FULL,
            format!("the node keeps {QUERIES_MAX} named queries and no more"),
        ));
    }
    kept.queries.insert(name, query);
    Ok(())
}

/// The query of a name; `SimpleEventQuery` asks for everything.
fn named(app: &App, name: &str) -> Answer<Map<String, Value>> {
    let mut kept = stored(app.standing().read())?;
    match kept.queries.remove(name) {
        Some(query) => Ok(query),
        None if name == epcis::SIMPLE => Ok(Map::new()),
        None => Err(no_query(name)),
    }
}

/// A named query.
#[utoipa::path(get, path = "/v1/epcis/queries/{name}", operation_id = "getQuery", tag = "epcis",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, body = QueryDefinition)))]
pub async fn query(State(app): State<App>, segment: Segment) -> Answer<Response> {
    let query = named(&app, &segment.0)?;
    Ok(with_versions(
        Json(QueryDefinition {
            name: segment.0,
            query,
        })
        .into_response(),
    ))
}

/// Delete a named query and end its subscriptions.
#[utoipa::path(delete, path = "/v1/epcis/queries/{name}", operation_id = "deleteQuery", tag = "epcis",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 204, description = "Deleted")))]
pub async fn delete(State(app): State<App>, segment: Segment) -> Answer<Response> {
    let name = segment.0;
    stored(app.standing().change(|kept| {
        kept.queries.remove(&name).ok_or_else(|| no_query(&name))?;
        kept.subscriptions
            .retain(|_, subscription| subscription.query != name);
        Ok::<_, Problem>(())
    }))??;
    Ok(with_versions(StatusCode::NO_CONTENT.into_response()))
}

/// The events of a named query.
///
/// Takes more parameters of `/v1/epcis/events`, joined by "and", and pages like it. With `stream=true` and `Accept: text/event-stream` they come as
/// server-sent events whenever there are new ones: each event's `id` is where to go on, as `Last-Event-ID`.
#[utoipa::path(get, path = "/v1/epcis/queries/{name}/events", operation_id = "queryNamed", tag = "epcis",
    params(("name" = String, Path, description = "The query's name"),
        ("perPage" = Option<usize>, Query, description = "Events in one page, 1 to 1,000"),
        ("nextPageToken" = Option<String>, Query, description = "From the `Link` header of the page before"),
        ("stream" = Option<bool>, Query, description = "Server-sent events from now on")),
    responses((status = 200, description = "An EPCISQueryDocument", body = Object, content_type = "application/ld+json")))]
pub async fn events(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    segment: Segment,
    uri: Uri,
) -> Answer<Response> {
    let mut params = epcis::params(&uri)?;
    let query = EpcisQuery::of_json(&named(&app, &segment.0)?).map_err(epcis::refused)?;
    let stream = params.query.iter().position(|(name, _)| name == "stream");
    if let Some(at) = stream {
        let (_, value) = params.query.remove(at);
        if value == "true" {
            let query = query.and_pairs(&params.query).map_err(epcis::refused)?;
            return follow(app, reader, &headers, segment.0, query.as_recorded()).await;
        }
    }
    let path = format!("/v1/epcis/queries/{}/events", epcis::encoded(&segment.0));
    let query = match params.query.is_empty() {
        true => query,
        false => query.and_pairs(&params.query).map_err(epcis::refused)?,
    };
    epcis::answer(&app, &reader, &headers, query, &segment.0, &path, &params).await
}

/// A query's events as they come, each in a query document of its own.
async fn follow(
    app: App,
    reader: Reader,
    headers: &HeaderMap,
    name: String,
    query: EpcisQuery,
) -> Answer<Response> {
    extract::accepts(headers, &["text/event-stream"])?;
    let wanted = Wanted {
        epcs: epcis::epc_format(headers)?,
        xml: None,
    };
    let place = Arc::clone(app.waiting())
        .try_acquire_owned()
        .map_err(|_| edge::busy("feeds"))?;
    let named = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok());
    let mut position = match named {
        Some(id) => {
            let position = id.parse::<i64>().ok().filter(|at| token::is_place(*at));
            position.ok_or_else(|| {
                Problem::new(rule::BAD_REQUEST, "Last-Event-ID is none of this stream's")
            })?
        }
        None => {
            answers::of_ledger(&app, |snapshot| Ok(snapshot.end_of(snapshot.height())))
                .await?
                .answer
        }
    };
    let (told, queue) = mpsc::channel::<Result<Told, Infallible>>(STREAM_BATCH);
    tokio::spawn(async move {
        let _held = place;
        let mut projected = app.node().projected();
        loop {
            projected.borrow_and_update();
            let asked = query.clone();
            let page = answers::ask(&app, &reader, View::Feed, move |snapshot| {
                let resume = Resume {
                    height: snapshot.height(),
                    position,
                    time_ms: 0,
                    given: 0,
                };
                let end = snapshot.end_of(snapshot.height());
                Ok((poll(snapshot, &asked, STREAM_BATCH, Some(&resume))?, end))
            });
            let Ok(AtHeight {
                answer: (Ok(page), end),
                ..
            }) = page.await
            else {
                return;
            };
            let after = page.next.as_ref().map_or(end, |next| next.position);
            if !page.events.is_empty() {
                let answered = Answered {
                    name: &name,
                    subscription: None,
                };
                let Ok((document, _)) = wanted.document(&answered, page.events) else {
                    return;
                };
                let event = Told::default()
                    .event("events")
                    .id(after.to_string())
                    .data(document);
                if told
                    .send_timeout(Ok(event), app.config().feed_stall())
                    .await
                    .is_err()
                {
                    return;
                }
            }
            position = after;
            if page.next.is_none() {
                tokio::select! {
                    () = app.closed() => return,
                    () = told.closed() => return,
                    changed = projected.changed() => if changed.is_err() { return },
                }
            }
        }
    });
    let stream = Sse::new(ReceiverStream::new(queue))
        .keep_alive(KeepAlive::new().interval(HEARTBEAT).text("alive"));
    let mut response = with_versions(stream.into_response());
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
        .headers_mut()
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn view(id: &str, subscription: &Subscription) -> SubscriptionView {
    SubscriptionView {
        subscription_id: id.to_owned(),
        query_name: subscription.query.clone(),
        dest: subscription.dest.clone(),
        created_at: time(subscription.created_ms),
        last_notified_at: subscription.progress.notified_ms.map(time),
        initial_record_time: subscription.initial_record_ms.map(time),
        report_if_empty: subscription.report_if_empty,
        stream: subscription.schedule.is_none().then_some(true),
        schedule: subscription.schedule.clone(),
        height: subscription.progress.height,
        failures: subscription.progress.failures,
    }
}

/// Subscriptions of a query.
#[utoipa::path(get, path = "/v1/epcis/queries/{name}/subscriptions", operation_id = "listSubscriptions", tag = "epcis",
    params(("name" = String, Path, description = "The query's name")),
    responses((status = 200, body = Vec<SubscriptionView>)))]
pub async fn subscriptions(State(app): State<App>, segment: Segment) -> Answer<Response> {
    named(&app, &segment.0)?;
    let kept = stored(app.standing().read())?;
    let own = kept
        .subscriptions
        .iter()
        .filter(|(_, subscription)| subscription.query == segment.0);
    let all: Vec<SubscriptionView> = own
        .map(|(id, subscription)| view(id, subscription))
        .collect();
    Ok(with_versions(Json(all).into_response()))
}

/// Subscribe to a query: its events are sent to an address as they come (`stream`), or at set times (`schedule`).
///
/// Each delivery is an `EPCISQueryDocument`, signed in `GS1-Signature` with the subscription's secret and named in `Convoy-Delivery`. Events come in the order
/// recorded, each in one delivery; one that failed is tried again, under the same name, until the receiver answers 2xx, from where it was.
#[utoipa::path(post, path = "/v1/epcis/queries/{name}/subscriptions", operation_id = "subscribe", tag = "epcis",
    params(("name" = String, Path, description = "The query's name"),
        ("GS1-EPC-Format" = Option<String>, Header, description = "How EPCs are written in what is sent")),
    request_body = SubscriptionRequest,
    responses((status = 201, description = "Made; `Location` names it", body = SubscriptionView, headers(("Location" = String, description = "The subscription")))))]
pub async fn subscribe(
    State(app): State<App>,
    reader: Reader,
    segment: Segment,
    request: Request,
) -> Answer<Response> {
    let urns = epcis::epc_format(request.headers())? == EpcFormat::Urn;
    extract::expect_type(
        request.headers(),
        &["application/json", "application/ld+json"],
    )?;
    let body = extract::body(request, BODY_BYTES_MAX).await?;
    let asked: SubscriptionRequest = extract::decode_json(&body)?;
    let name = segment.0;
    named(&app, &name)?;
    let initial_ms = check(&app, &asked)?;
    let (height, end) = {
        let now =
            answers::of_ledger(&app, |snapshot| Ok(snapshot.end_of(snapshot.height()))).await?;
        (now.height, now.answer)
    };
    let subscription = Subscription {
        reader: reader.signer,
        query: name.clone(),
        dest: asked.dest,
        secret: asked.signature_token,
        report_if_empty: asked.report_if_empty.unwrap_or(false),
        initial_record_ms: initial_ms,
        schedule: asked.schedule,
        urns,
        created_ms: now_ms(),
        progress: match initial_ms {
            // Everything since then is still to be sent.
            Some(_) => Progress {
                looked_ms: now_ms(),
                ..Progress::default()
            },
            None => Progress {
                position: Some(end),
                height,
                looked_ms: now_ms(),
                ..Progress::default()
            },
        },
    };
    let id = made_id();
    let (made, kept_as) = (view(&id, &subscription), id.clone());
    stored(app.standing().change(move |kept| {
        if kept.subscriptions.len() >= SUBSCRIPTIONS_MAX {
            return Err(Problem::new(
                rule::STANDING_FULL,
                format!("the node keeps {SUBSCRIPTIONS_MAX} subscriptions and no more"),
            ));
        }
        if subscription.query == epcis::SIMPLE {
            kept.queries.entry(epcis::SIMPLE.to_owned()).or_default();
        }
        if !kept.queries.contains_key(&subscription.query) {
            return Err(no_query(&subscription.query));
        }
        kept.subscriptions.insert(kept_as, subscription);
        Ok(())
    }))??;
    let mut response = with_versions((StatusCode::CREATED, Json(made)).into_response());
    let location = format!(
        "/v1/epcis/queries/{}/subscriptions/{id}",
        epcis::encoded(&name)
    );
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Holds a subscription against the rules; the time from which it is sent.
fn check(app: &App, asked: &SubscriptionRequest) -> Answer<Option<u64>> {
    let wrong = |field: &str, fault: String, remedy: String| {
        Problem::new(rule::SUBSCRIPTION, format!("{field}: {fault}"))
            .at(format!("/{field}"))
            .kind("epcisException:SubscriptionControlsException")
            .remedy(remedy)
    };
    match (&asked.schedule, asked.stream == Some(true)) {
        (None, false) => {
            return Err(wrong(
                "stream",
                "neither stream nor schedule is given".into(),
                "Set \"stream\": true, or give a schedule.".into(),
            ));
        }
        (Some(_), true) => {
            return Err(wrong(
                "schedule",
                "stream and schedule are both given".into(),
                "Choose one of them.".into(),
            ));
        }
        (Some(schedule), false) => {
            if let Some((field, remedy)) = schedule.fault() {
                return Err(wrong("schedule", format!("{field} is malformed"), remedy));
            }
        }
        (None, true) => {}
    }
    if let Err((fault, remedy)) = app.sender().guard().target(&asked.dest) {
        return Err(
            wrong("dest", fault, remedy.to_owned()).kind("epcisException:InvalidURIException")
        );
    }
    if asked
        .signature_token
        .as_ref()
        .is_some_and(|secret| secret.len() > SECRET_BYTES_MAX || secret.is_empty())
    {
        return Err(wrong(
            "signatureToken",
            format!("it is empty or has more than {SECRET_BYTES_MAX} bytes"),
            "Choose a random text of 32 bytes.".into(),
        ));
    }
    let Some(text) = &asked.initial_record_time else {
        return Ok(None);
    };
    let time = Timestamp::parse(text).and_then(|time| u64::try_from(time.millis()).ok());
    let fault = || {
        wrong(
            "initialRecordTime",
            "it is no time with a zone".into(),
            "Write it like 2026-05-01T10:00:00Z.".into(),
        )
    };
    time.map(Some).ok_or_else(fault)
}

/// A subscription's id: random, so that it cannot be guessed.
fn made_id() -> String {
    use std::hash::{BuildHasher, RandomState};
    let half = || RandomState::new().hash_one(now_ms());
    format!("{:016x}{:016x}", half(), half())
}

fn no_subscription(id: &str) -> Problem {
    Problem::new(
        rule::NOT_FOUND,
        format!("this query has no subscription `{}`", extract::cut(id)),
    )
    .kind("epcisException:NoSuchSubscriptionException")
}

/// One subscription: how far it got, and whether its receiver fails.
#[utoipa::path(get, path = "/v1/epcis/queries/{name}/subscriptions/{id}", operation_id = "getSubscription", tag = "epcis",
    params(("name" = String, Path, description = "The query's name"), ("id" = String, Path, description = "The subscription's id")),
    responses((status = 200, body = SubscriptionView)))]
pub async fn subscription(
    State(app): State<App>,
    Segments((name, id)): Segments<(String, String)>,
) -> Answer<Response> {
    let kept = stored(app.standing().read())?;
    let found = kept
        .subscriptions
        .get(&id)
        .filter(|subscription| subscription.query == name);
    let found = found.ok_or_else(|| no_subscription(&id))?;
    Ok(with_versions(Json(view(&id, found)).into_response()))
}

/// End a subscription.
#[utoipa::path(delete, path = "/v1/epcis/queries/{name}/subscriptions/{id}", operation_id = "unsubscribe", tag = "epcis",
    params(("name" = String, Path, description = "The query's name"), ("id" = String, Path, description = "The subscription's id")),
    responses((status = 204, description = "Ended")))]
pub async fn unsubscribe(
    State(app): State<App>,
    Segments((name, id)): Segments<(String, String)>,
) -> Answer<Response> {
    stored(app.standing().change(|kept| {
        let own = kept
            .subscriptions
            .get(&id)
            .is_some_and(|subscription| subscription.query == name);
        if !own {
            return Err(no_subscription(&id));
        }
        kept.subscriptions.remove(&id);
        Ok(())
    }))??;
    Ok(with_versions(StatusCode::NO_CONTENT.into_response()))
}
