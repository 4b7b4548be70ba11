//! Goods: where they are, who answers for them, what is in them, what was told of them.

use crate::{
    answers::{AtHeight, ask, find},
    app::{App, now},
    epcis,
    extract::{self, Query, Segment},
    problem::{Answer, Problem, internal, rule},
    reading::Reader,
    routes::capture,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use convoy_modules::custody::{
    queries::{
        self, CasePage, CaseQuery, CaseView, ContentsView, EventPage, EventQuery, HandoverPage,
        HandoverQuery, HandoverView, PAGE_MAX, TraceView,
    },
    types::{CaseId, CaseState, HandoverId, HandoverState},
};
use convoy_modules::policy::vocabulary::View;
use convoy_readmodel::Cursor;
use convoy_types::{
    MemberId,
    epcis::{Timestamp, json::EpcFormat},
    identifiers::{Epc, scan},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

/// Entries of a list where nothing is said.
const LIMIT: usize = 100;
/// Events in one answer at most.
const EVENTS_MAX: usize = 1_000;

/// Refuses a parameter that is not the `T` it should be.
pub(super) fn parameter<T: std::str::FromStr<Err: std::fmt::Display>>(
    name: &str,
    text: Option<&str>,
) -> Answer<Option<T>> {
    let wrong = |error: T::Err| Problem::new(rule::BAD_QUERY, format!("{name}: {error}"));
    text.map(|text| text.parse().map_err(wrong)).transpose()
}

pub(super) fn limit(asked: Option<usize>, max: usize) -> Answer<usize> {
    match asked.unwrap_or(LIMIT) {
        limit if (1..=max).contains(&limit) => Ok(limit),
        limit => Err(Problem::new(
            rule::BAD_QUERY,
            format!("limit: {limit} is not 1 to {max}"),
        )),
    }
}

pub(super) fn time_ms(name: &str, text: Option<&str>) -> Answer<Option<i64>> {
    let wrong = || {
        let problem = Problem::new(
            rule::BAD_QUERY,
            format!("{name}: it is no time with a zone"),
        );
        problem.remedy("Write it like 2026-05-01T10:00:00Z, and + as %2B.")
    };
    text.map(|text| {
        Timestamp::parse(text)
            .map(|time| time.millis())
            .ok_or_else(wrong)
    })
    .transpose()
}

pub(super) fn object_of(segment: &Segment) -> Answer<Epc> {
    scan::object(&segment.0).map_err(|error| Problem::new(rule::BAD_PATH, error.to_string()))
}

/// Trace one object, class or lot.
///
/// Where it is, who owns it and who has it, what it is packed in, what is packed in it, and its history in the order recorded: also what happened to what it was packed
/// in. A wrong event stays visible with what corrected it. The identifier may have any form: EPC URN, GS1 Digital Link, other URI, or what was scanned.
#[utoipa::path(get, path = "/v1/trace/{id}", operation_id = "trace", tag = "goods",
    params(("id" = String, Path, description = "The identifier, percent-encoded", example = "urn:epc:id:sgtin:9521141.012345.7")),
    responses((status = 200, body = AtHeight<TraceView>)))]
pub async fn trace(
    State(app): State<App>,
    reader: Reader,
    segment: Segment,
) -> Answer<Json<AtHeight<TraceView>>> {
    let object = object_of(&segment)?;
    let named = object.clone();
    find(
        &app,
        &reader,
        View::Record,
        || format!("event that names `{named}`"),
        move |snapshot| queries::trace(snapshot, &object),
    )
    .await
    .map(Json)
}

/// Which moment.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ContentsQuery {
    /// As it was at this claimed time; now where left out.
    #[param(example = "2026-05-01T10:00:00Z")]
    pub at: Option<String>,
}

/// What is packed in an object, to any depth, now or at an earlier moment.
#[utoipa::path(get, path = "/v1/objects/{id}/contents", operation_id = "getContents", tag = "goods",
    params(("id" = String, Path, description = "The container's identifier, percent-encoded"), ContentsQuery),
    responses((status = 200, body = AtHeight<ContentsView>)))]
pub async fn contents(
    State(app): State<App>,
    reader: Reader,
    segment: Segment,
    Query(query): Query<ContentsQuery>,
) -> Answer<Json<AtHeight<ContentsView>>> {
    let object = object_of(&segment)?;
    let at_ms = time_ms("at", query.at.as_deref())?;
    ask(&app, &reader, View::Record, move |snapshot| {
        queries::contents(snapshot, &object, at_ms)
    })
    .await
    .map(Json)
}

/// Which handovers or cases.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only in this state. Handovers: `open`, `accepted`, `partly_accepted`, `refused`, `withdrawn`, `expired`. Cases: `open` (with the escalated ones), `escalated`, `found`, `written_off`, `upheld`, `unfounded`.
    #[param(example = "open")]
    pub state: Option<String>,
    /// Only those in which this member takes part.
    #[param(example = "est")]
    pub member: Option<String>,
    /// How many at most, 1 to 500.
    #[param(default = 100, minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
    /// Only those before this cursor, from `next` of the page before.
    pub cursor: Option<String>,
}

impl ListQuery {
    fn cursor(&self) -> Answer<Option<Cursor>> {
        parameter("cursor", self.cursor.as_deref())
    }

    fn member(&self) -> Answer<Option<MemberId>> {
        parameter("member", self.member.as_deref())
    }
}

/// Handovers, newest first.
#[utoipa::path(get, path = "/v1/handovers", operation_id = "listHandovers", tag = "goods", params(ListQuery), responses((status = 200, body = AtHeight<HandoverPage>)))]
pub async fn handovers(
    State(app): State<App>,
    reader: Reader,
    Query(query): Query<ListQuery>,
) -> Answer<Json<AtHeight<HandoverPage>>> {
    let asked = HandoverQuery {
        state: parameter::<HandoverState>("state", query.state.as_deref())?,
        member: query.member()?,
        limit: limit(query.limit, PAGE_MAX)?,
        before: query.cursor()?,
    };
    ask(&app, &reader, View::List, move |snapshot| {
        queries::handovers(snapshot, &asked)
    })
    .await
    .map(Json)
}

/// One handover.
#[utoipa::path(get, path = "/v1/handovers/{id}", operation_id = "getHandover", tag = "goods",
    params(("id" = String, Path, description = "The handover's id, 32 hexadecimal digits")),
    responses((status = 200, body = AtHeight<HandoverView>)))]
pub async fn handover(
    State(app): State<App>,
    reader: Reader,
    segment: Segment,
) -> Answer<Json<AtHeight<HandoverView>>> {
    let id: HandoverId = segment.parse()?;
    find(
        &app,
        &reader,
        View::Record,
        || format!("handover {id}"),
        move |snapshot| queries::handover(snapshot, id),
    )
    .await
    .map(Json)
}

/// Cases of missing goods, newest first.
#[utoipa::path(get, path = "/v1/cases", operation_id = "listCases", tag = "goods", params(ListQuery), responses((status = 200, body = AtHeight<CasePage>)))]
pub async fn cases(
    State(app): State<App>,
    reader: Reader,
    Query(query): Query<ListQuery>,
) -> Answer<Json<AtHeight<CasePage>>> {
    let asked = CaseQuery {
        state: parameter::<CaseState>("state", query.state.as_deref())?,
        member: query.member()?,
        limit: limit(query.limit, PAGE_MAX)?,
        before: query.cursor()?,
    };
    ask(&app, &reader, View::List, move |snapshot| {
        queries::cases(snapshot, &asked)
    })
    .await
    .map(Json)
}

/// One case of missing goods.
#[utoipa::path(get, path = "/v1/cases/{id}", operation_id = "getCase", tag = "goods",
    params(("id" = String, Path, description = "The case's id, 32 hexadecimal digits")),
    responses((status = 200, body = AtHeight<CaseView>)))]
pub async fn case(
    State(app): State<App>,
    reader: Reader,
    segment: Segment,
) -> Answer<Json<AtHeight<CaseView>>> {
    let id: CaseId = segment.parse()?;
    find(
        &app,
        &reader,
        View::Record,
        || format!("case {id}"),
        move |snapshot| queries::case(snapshot, id),
    )
    .await
    .map(Json)
}

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// Only events that name this object, class, lot or container.
    pub epc: Option<String>,
    /// Only events that happened at or after this claimed time.
    #[param(example = "2026-05-01T00:00:00Z")]
    pub from: Option<String>,
    /// Only events that happened before this claimed time.
    pub to: Option<String>,
    /// How many at most, 1 to 1,000.
    #[param(default = 100, minimum = 1, maximum = 1000)]
    pub limit: Option<usize>,
    /// Only events recorded after this cursor, from the `Link` header of the page before.
    pub cursor: Option<String>,
}

/// Captured events, in the order recorded, as an EPCIS 2.0 query document.
///
/// Every event carries `recordTime`, the block's time. Declarations of errors are events too. Where there are more, the header `Link` names the next page (`rel="next"`).
/// `GS1-EPC-Format: Always_EPC_URN` asks for URNs.
#[utoipa::path(get, path = "/v1/events", operation_id = "queryEvents", tag = "goods",
    params(EventsQuery, ("GS1-EPC-Format" = Option<String>, Header, description = "`Always_GS1_Digital_Link` (default) or `Always_EPC_URN`")),
    responses((status = 200, description = "An EPCISQueryDocument", body = Object, content_type = "application/ld+json")))]
pub async fn events(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    Query(query): Query<EventsQuery>,
) -> Answer<Response> {
    extract::accepts(&headers, &["application/ld+json", "application/json"])?;
    let format = epcis::epc_format(&headers)?;
    let asked = EventQuery {
        epc: parameter("epc", query.epc.as_deref())?,
        from_ms: time_ms("from", query.from.as_deref())?,
        to_ms: time_ms("to", query.to.as_deref())?,
        limit: limit(query.limit, EVENTS_MAX)?,
        after: parameter("cursor", query.cursor.as_deref())?,
    };
    let page_limit = asked.limit;
    let made = now().ok_or_else(|| {
        internal(
            "the answer cannot be dated",
            &"the node's clock is past the year 9999",
        )
    })?;
    let AtHeight { height, answer } = ask(&app, &reader, View::List, move |snapshot| {
        let page = queries::captured_events(snapshot, &asked)?;
        let next = page.next;
        Ok((query_document(page, made, format), next))
    })
    .await?;
    let (document, next) = answer;
    let mut response = (
        [(header::CONTENT_TYPE, "application/ld+json")],
        document.to_string(),
    )
        .into_response();
    response.headers_mut().extend(capture::versions());
    response
        .headers_mut()
        .insert("convoy-height", HeaderValue::from(height));
    let link = next.map(|next| {
        HeaderValue::from_str(&format!(
            "<{}>; rel=\"next\"",
            next_page(&query, page_limit, next)
        ))
    });
    if let Some(Ok(link)) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// A page as the result of a `SimpleEventQuery`, with the ids that senders gave.
fn query_document(page: EventPage, made: Timestamp, format: EpcFormat) -> Value {
    let events: Vec<_> = page.events.into_iter().map(epcis::recorded).collect();
    let query = epcis::Answered {
        name: epcis::SIMPLE,
        subscription: None,
    };
    epcis::query_document(&query, &events, made, format)
}

/// The address of the next page. Only letters, digits and `-._~` stay as they are.
fn next_page(query: &EventsQuery, limit: usize, next: Cursor) -> String {
    let mut address = format!("/v1/events?limit={limit}&cursor={next}");
    for (name, value) in [
        ("epc", &query.epc),
        ("from", &query.from),
        ("to", &query.to),
    ] {
        if let Some(value) = value {
            address.push_str(&format!("&{name}="));
            for byte in value.bytes() {
                match byte {
                    b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => {
                        address.push(char::from(b))
                    }
                    b => address.push_str(&format!("%{b:02X}")),
                }
            }
        }
    }
    address
}
