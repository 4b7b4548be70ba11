//! Events and what they tell of, as the EPCIS 2.0 REST interface shows them (EPCIS 2.0 section 12.2).
//!
//! Each list is a query with one more condition, so that `/bizSteps/shipping/events` takes every parameter
//! of `/events` too.

use crate::{
    answers::{self, AtHeight},
    app::{App, now_ms},
    auth::Caller,
    capture_jobs::CaptureJob,
    capture_plan::ERRORS_BYTES_MAX,
    epcis::{self, Params, SIMPLE, token},
    extract::{self, Segment, Segments},
    problem::{Answer, Problem, rule},
    reading::{Reader, denied, look},
    routes::capture,
};
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use convoy_modules::custody::queries::epcis::{EpcisQuery, Listed, Resume};
use convoy_modules::policy::vocabulary::View;
use convoy_readmodel::Position;
use convoy_types::{
    epcis::{
        EventKind,
        cbv::{BizStep, Disposition},
    },
    identifiers::Epc,
};

/// The lists of the interface, with the parameter that each is about.
const LISTS: [(&str, &str); 6] = [
    ("eventTypes", "eventType"),
    ("epcs", "MATCH_anyEPC"),
    ("bizSteps", "EQ_bizStep"),
    ("bizLocations", "EQ_bizLocation"),
    ("readPoints", "EQ_readPoint"),
    ("dispositions", "EQ_disposition"),
];

/// What the EPCIS interface offers.
#[utoipa::path(get, path = "/v1/epcis", operation_id = "epcisResources", tag = "epcis",
    responses((status = 200, description = "A Collection of resource names", body = Object)))]
pub async fn resources(headers: HeaderMap) -> Answer<Response> {
    extract::accepts(&headers, &["application/ld+json", "application/json"])?;
    let mut names = vec![
        "capture".to_owned(),
        "events".to_owned(),
        "queries".to_owned(),
    ];
    names.extend(LISTS.iter().map(|(name, _)| (*name).to_owned()));
    Ok(listed("/v1/epcis", names))
}

fn listed(path: &str, names: Vec<String>) -> Response {
    let body = epcis::collection(names).to_string();
    let mut response = ([(header::CONTENT_TYPE, "application/ld+json")], body).into_response();
    response.headers_mut().extend(epcis::discovery(path));
    response
}

/// Query captured events.
///
/// Every parameter of the standard's `SimpleEventQuery` (EPCIS 2.0 section 8.2.7.1) is taken: `eventType`, `GE_eventTime`, `EQ_bizStep`, `MATCH_epc` with
/// patterns, `EQ_bizTransaction_po`, `WD_readPoint`, extension fields as `EQ_prefix:name`, sensors, `orderBy` and so on; lists are written with `|` between
/// their values. A parameter that is unknown is refused. `perPage` (1 to 1,000) and the `Link` header page through the answer, which stays true for the height
/// of its first page (`convoy-height`).
#[utoipa::path(get, path = "/v1/epcis/events", operation_id = "pollEvents", tag = "epcis",
    params(
        ("perPage" = Option<usize>, Query, description = "Events in one page, 1 to 1,000; 100 where left out"),
        ("nextPageToken" = Option<String>, Query, description = "From the `Link` header of the page before"),
        ("eventType" = Option<String>, Query, description = "Types of events, with | between them"),
        ("GE_eventTime" = Option<String>, Query, description = "Claimed at or after this time"),
        ("LT_eventTime" = Option<String>, Query, description = "Claimed before this time"),
        ("EQ_bizStep" = Option<String>, Query, description = "One of these steps"),
        ("MATCH_anyEPC" = Option<String>, Query, description = "Names one of these objects, or one that a pattern takes"),
        ("EQ_bizLocation" = Option<String>, Query, description = "At one of these places"),
        ("orderBy" = Option<String>, Query, description = "`eventTime`, `recordTime` or an extension field"),
        ("GS1-EPC-Format" = Option<String>, Header, description = "`Always_GS1_Digital_Link` (default) or `Always_EPC_URN`"),
    ),
    responses((status = 200, description = "An EPCISQueryDocument", body = Object, content_type = "application/ld+json")))]
pub async fn events(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    uri: Uri,
) -> Answer<Response> {
    let params = epcis::params(&uri)?;
    let query = EpcisQuery::of_pairs(&params.query).map_err(epcis::refused)?;
    epcis::answer(
        &app,
        &reader,
        &headers,
        query,
        SIMPLE,
        "/v1/epcis/events",
        &params,
    )
    .await
}

/// Capture one event and wait until it is final.
#[utoipa::path(post, path = "/v1/epcis/events", operation_id = "captureEvent", tag = "epcis",
    request_body(description = "One EPCIS 2.0 event in JSON-LD", content((Object = "application/ld+json"), (Object = "application/json"))),
    responses((status = 201, description = "Recorded; `Location` names the event", body = CaptureJob, headers(("Location" = String, description = "The event")))))]
pub async fn capture_event(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Answer<Response> {
    let signer = caller.signer()?.clone();
    let (id, job) = capture::one(&app, &signer, request).await?;
    let location = format!("/v1/epcis/events/{}", epcis::encoded(&id.to_string()));
    let mut response = (StatusCode::CREATED, Json(job)).into_response();
    response
        .headers_mut()
        .extend(epcis::discovery("/v1/epcis/events"));
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// One event by its id, with the declarations that it is wrong.
#[utoipa::path(get, path = "/v1/epcis/events/{id}", operation_id = "getEvent", tag = "epcis",
    params(("id" = String, Path, description = "The event's id, percent-encoded")),
    responses((status = 200, description = "An EPCISQueryDocument", body = Object, content_type = "application/ld+json")))]
pub async fn event(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    segment: Segment,
) -> Answer<Response> {
    let asked = [("EQ_eventID".to_owned(), segment.0.replace('|', "%7C"))];
    let query = EpcisQuery::of_pairs(&asked)
        .map_err(|fault| Problem::new(rule::BAD_PATH, fault.fault).remedy(fault.remedy))?;
    let probe = query.clone();
    let found = look(&app, &reader, View::Record, move |seeing| {
        let page = convoy_modules::custody::queries::epcis::poll(seeing.snapshot, &probe, 1, None)?;
        Ok((page, seeing.why_not()?))
    });
    let (height, (answer, why)) = found.await?;
    if answer.map_err(epcis::refused)?.events.is_empty() {
        let detail = format!(
            "up to block {height} there is no event `{}`",
            extract::cut(&segment.0)
        );
        let missing = || Problem::new(rule::NOT_FOUND, detail);
        return Err(why.as_ref().map_or_else(missing, denied));
    }
    let params = Params {
        query: Vec::new(),
        per_page: 100,
        token: None,
    };
    epcis::answer(
        &app,
        &reader,
        &headers,
        query,
        SIMPLE,
        "/v1/epcis/events",
        &params,
    )
    .await
}

/// Which list a path names.
fn list_of(name: &str) -> Answer<(Option<Listed>, &'static str, &'static str)> {
    let found = LISTS.iter().find(|(list, _)| *list == name);
    let (list, parameter) =
        found.ok_or_else(|| Problem::new(rule::NO_ROUTE, "no route has this path"))?;
    let kind = match *list {
        "eventTypes" => Some(Listed::EventTypes),
        "bizSteps" => Some(Listed::BizSteps),
        "bizLocations" => Some(Listed::BizLocations),
        "readPoints" => Some(Listed::ReadPoints),
        "dispositions" => Some(Listed::Dispositions),
        _ => None,
    };
    Ok((kind, list, parameter))
}

/// What events ever told of: `eventTypes`, `epcs`, `bizSteps`, `bizLocations`, `readPoints` or `dispositions`.
#[utoipa::path(get, path = "/v1/epcis/{list}", operation_id = "browse", tag = "epcis",
    params(("list" = String, Path, description = "`eventTypes`, `epcs`, `bizSteps`, `bizLocations`, `readPoints` or `dispositions`"),
        ("perPage" = Option<usize>, Query, description = "Names in one page, 1 to 1,000"),
        ("nextPageToken" = Option<String>, Query, description = "From the `Link` header of the page before")),
    responses((status = 200, description = "A Collection", body = Object, content_type = "application/ld+json")))]
pub async fn browse(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    segment: Segment,
    uri: Uri,
) -> Answer<Response> {
    use convoy_modules::custody::queries::epcis as queries;
    let (kind, list, _) = list_of(&segment.0)?;
    let wanted = epcis::Wanted::of(&headers)?;
    let params = epcis::params(&uri)?;
    if let Some((name, _)) = params.query.first() {
        let detail = format!(
            "{}: a list takes perPage and nextPageToken only",
            extract::cut(name)
        );
        return Err(Problem::new(rule::BAD_QUERY, detail));
    }
    let digest = list_digest(list);
    let resume = match &params.token {
        Some(token) => Some(token::read(token, digest, now_ms())?),
        None => None,
    };
    let per_page = params.per_page;
    let asked = answers::ask(&app, &reader, View::List, move |snapshot| {
        let Some(kind) = kind else {
            // Whatever the token says, the list is of this compartment.
            let (start, _) = Position::span(snapshot.compartment());
            let after = resume.map(|resume| resume.position.max(start - 1));
            let (epcs, next) = queries::epcs(snapshot, after, per_page)?;
            let next = next.map(|position| Resume {
                height: snapshot.height(),
                position,
                time_ms: 0,
                given: 0,
            });
            return Ok((
                epcs.iter()
                    .map(|epc| epcis::text_of(epc, wanted.epcs))
                    .collect::<Vec<String>>(),
                next,
            ));
        };
        // Names are listed in their order; `given` of them stand on earlier pages.
        let given = resume.map_or(0, |resume| {
            usize::try_from(resume.given).unwrap_or(usize::MAX)
        });
        let (names, more) = queries::listed(snapshot, kind, None, given.saturating_add(per_page))?;
        let all: Vec<String> = names
            .iter()
            .skip(given)
            .map(|name| queries::whole(name))
            .collect();
        let next = more.then(|| Resume {
            height: snapshot.height(),
            position: 0,
            time_ms: 0,
            given: (given + all.len()) as u64,
        });
        Ok((all, next))
    });
    let AtHeight {
        height,
        answer: (names, next),
    } = asked.await?;
    let path = format!("/v1/epcis/{list}");
    let mut response = listed(&path, names);
    response
        .headers_mut()
        .insert("convoy-height", HeaderValue::from(height));
    if let Some(next) = next {
        epcis::link_next(
            &mut response,
            &path,
            &token::write(digest, &next, now_ms() + token::LIFE_MS),
            &params,
        );
    }
    Ok(response)
}

fn list_digest(list: &str) -> [u8; 16] {
    let whole = convoy_types::Digest::of_parts(&[b"convoy/epcis-list/1", list.as_bytes()]).0;
    std::array::from_fn(|at| whole[at])
}

/// Whether events ever told of this type, object, step, place or condition, and what there is of it.
#[utoipa::path(get, path = "/v1/epcis/{list}/{name}", operation_id = "browseOne", tag = "epcis",
    params(("list" = String, Path, description = "A list"), ("name" = String, Path, description = "One of its names, percent-encoded")),
    responses((status = 200, description = "A Collection of resource names", body = Object, content_type = "application/ld+json")))]
pub async fn browse_one(
    State(app): State<App>,
    reader: Reader,
    Segments((list, name)): Segments<(String, String)>,
) -> Answer<Response> {
    use convoy_modules::custody::queries::epcis as queries;
    let (kind, list, _) = list_of(&list)?;
    let place =
        || Epc::parse(&name).map_err(|error| Problem::new(rule::BAD_PATH, error.to_string()));
    let wrong = |what: &str| {
        Problem::new(
            rule::BAD_PATH,
            format!("`{}` is no {what}", extract::cut(&name)),
        )
    };
    let (epc, word) = match kind {
        None => (Some(place()?), String::new()),
        Some(Listed::ReadPoints | Listed::BizLocations) => (None, place()?.key().to_owned()),
        Some(Listed::BizSteps) => (
            None,
            BizStep::parse(&name)
                .map_err(|error| wrong(error.what))?
                .word()
                .to_owned(),
        ),
        Some(Listed::Dispositions) => (
            None,
            Disposition::parse(&name)
                .map_err(|error| wrong(error.what))?
                .word()
                .to_owned(),
        ),
        Some(Listed::EventTypes) => {
            let known = EventKind::ALL.iter().any(|kind| kind.name() == name);
            (
                None,
                known
                    .then(|| name.clone())
                    .ok_or_else(|| wrong("event type"))?,
            )
        }
    };
    let asked = answers::ask(&app, &reader, View::List, move |snapshot| {
        match (kind, &epc) {
            (Some(kind), _) => queries::is_listed(snapshot, kind, &word),
            (None, Some(epc)) => queries::is_told_of(snapshot, epc),
            (None, None) => Ok(false),
        }
    });
    let AtHeight { height, answer } = asked.await?;
    if !answer {
        let detail = format!(
            "up to block {height} no event tells of `{}`",
            extract::cut(&name)
        );
        return Err(Problem::new(rule::NOT_FOUND, detail));
    }
    Ok(listed(&format!("/v1/epcis/{list}"), vec!["events".into()]))
}

/// The events that tell of it. Takes every parameter of `/v1/epcis/events` as well.
#[utoipa::path(get, path = "/v1/epcis/{list}/{name}/events", operation_id = "browseEvents", tag = "epcis",
    params(("list" = String, Path, description = "A list"), ("name" = String, Path, description = "One of its names, percent-encoded")),
    responses((status = 200, description = "An EPCISQueryDocument", body = Object, content_type = "application/ld+json")))]
pub async fn browse_events(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    Segments((list, name)): Segments<(String, String)>,
    uri: Uri,
) -> Answer<Response> {
    let (_, list, parameter) = list_of(&list)?;
    let params = epcis::params(&uri)?;
    let own = [(parameter.to_owned(), name.clone())];
    let query = EpcisQuery::of_pairs(&params.query).map_err(epcis::refused)?;
    let query = query
        .and_pairs(&own)
        .map_err(|fault| Problem::new(rule::BAD_PATH, fault.fault).remedy(fault.remedy))?;
    let path = format!("/v1/epcis/{list}/{}/events", epcis::encoded(&name));
    epcis::answer(&app, &reader, &headers, query, SIMPLE, &path, &params).await
}

/// Capture jobs, the newest first.
#[utoipa::path(get, path = "/v1/epcis/capture", operation_id = "listCaptureJobs", tag = "epcis",
    params(("perPage" = Option<usize>, Query, description = "Jobs in one page, 1 to 1,000"),
        ("nextPageToken" = Option<String>, Query, description = "From the `Link` header of the page before")),
    responses((status = 200, body = Vec<CaptureJob>)))]
pub async fn jobs(State(app): State<App>, reader: Reader, uri: Uri) -> Answer<Response> {
    let params = epcis::params(&uri)?;
    let digest = list_digest("capture");
    let before = match &params.token {
        Some(token) => Some(token::read(token, digest, now_ms())?.given),
        None => None,
    };
    let (mut body, mut last, mut more): (Vec<CaptureJob>, _, _) = (Vec::new(), before, false);
    let (mut at, mut error_bytes) = (before, 0);
    // The node remembers a thousand or so.
    while let Some((place, job)) = app.captures().newest(at) {
        at = Some(place);
        let Some(job) = capture::job_for(&app, &reader, job).await? else {
            continue;
        };
        // A page is as large as one job can be, or little more.
        if body.len() == params.per_page || error_bytes >= ERRORS_BYTES_MAX {
            more = true;
            break;
        }
        error_bytes += job.error_bytes();
        body.push(job);
        last = Some(place);
    }
    let mut response = Json(body).into_response();
    response
        .headers_mut()
        .extend(epcis::discovery("/v1/epcis/capture"));
    if let Some(last) = last.filter(|_| more) {
        let next = Resume {
            height: 0,
            position: 0,
            time_ms: 0,
            given: last,
        };
        epcis::link_next(
            &mut response,
            "/v1/epcis/capture",
            &token::write(digest, &next, now_ms() + token::LIFE_MS),
            &params,
        );
    }
    Ok(response)
}

/// Let go of a page token. The node holds nothing for it, so this only says whether it is one.
#[utoipa::path(delete, path = "/v1/epcis/nextPageToken/{token}", operation_id = "releasePageToken", tag = "epcis",
    params(("token" = String, Path, description = "The token")),
    responses((status = 204, description = "Let go")))]
pub async fn release_token(segment: Segment) -> Answer<Response> {
    if !token::is_token(&segment.0) {
        return Err(Problem::new(
            rule::PAGE_TOKEN,
            "it is none of this interface's",
        ));
    }
    Ok(epcis::options("/v1/epcis/nextPageToken", "DELETE, OPTIONS"))
}
