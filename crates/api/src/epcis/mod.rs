//! The EPCIS 2.0 REST interface beside capture (EPCIS 2.0 chapter 12): what its routes share.
//!
//! Flow: a route reads its parameters ([`params`]) and headers ([`Wanted`]), asks the read model for a page
//! ([`answer`]), and names the next page in `Link` by an opaque [`token`]. Named queries and subscriptions
//! are this member's own and kept on its node ([`store`]); [`deliver`] sends what subscriptions wait for.

pub mod deliver;
pub mod schedule;
pub mod store;
pub mod token;
pub mod webhook;

use crate::{
    answers::{self, AtHeight},
    app::{App, now, now_ms},
    problem::{Answer, Problem, internal, rule},
    reading::Reader,
};
use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header},
    response::{IntoResponse, Response},
};
use convoy_modules::custody::queries::{
    CapturedEvent,
    epcis::{EpcisQuery, Exception, PER_PAGE_MAX, QueryFault, Resume, made_id, poll},
};
use convoy_modules::policy::vocabulary::View;
use convoy_types::{
    epcis::{
        Event, Timestamp,
        json::{EpcFormat, document_json},
        xml,
    },
    limits::{STREAM_BYTES_MAX, STREAM_EVENTS_MAX},
};
use serde_json::{Value, json};

/// Events of one page where nothing is said.
const PER_PAGE: usize = 100;
/// Media types that events are answered in, the first where the client does not mind.
const OFFERED: [&str; 4] = [
    "application/ld+json",
    "application/json",
    "application/xml",
    "text/xml",
];
/// The query that takes every parameter of the standard.
pub const SIMPLE: &str = "SimpleEventQuery";

/// How the client wants events written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `GS1-EPC-Format`.
    pub epcs: EpcFormat,
    /// In which version of XML, from `Accept` and the versions that the client takes; in JSON where `None`.
    pub xml: Option<xml::Version>,
}

impl Wanted {
    /// Reads `Accept`, `GS1-EPC-Format` and the versions that the client can take.
    pub fn of(headers: &HeaderMap) -> Answer<Self> {
        let version = version(headers)?;
        // Version 1.2 knows no JSON.
        let offered = match version {
            xml::Version::V2_0 => &OFFERED[..],
            xml::Version::V1_2 => &OFFERED[2..],
        };
        let media_type = crate::extract::preferred(headers, offered)?;
        Ok(Self {
            epcs: epc_format(headers)?,
            xml: media_type.ends_with("/xml").then_some(version),
        })
    }

    /// A document of events in the form wanted, with its media type.
    pub fn document(
        self,
        query: &Answered<'_>,
        events: Vec<CapturedEvent>,
    ) -> Answer<(String, &'static str)> {
        let made = now().ok_or_else(|| {
            internal(
                "the answer cannot be dated",
                &"the node's clock is past the year 9999",
            )
        })?;
        let events: Vec<Event> = events.into_iter().map(whole).collect();
        if let Some(version) = self.xml {
            let names = xml::QueryNames {
                query: query.name,
                subscription: query.subscription,
            };
            let document = xml::query_document_xml(&events, made, names, self.epcs, version)
                .map_err(|error| Problem::new(rule::NOT_ACCEPTABLE, error.to_string()))?;
            return Ok((document, "application/xml"));
        }
        let document = query_document(query, &events, made, self.epcs);
        Ok((document.to_string(), OFFERED[0]))
    }
}

/// Whose answer a document is.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'q> {
    /// The query's name.
    pub name: &'q str,
    /// The subscription that it is sent for.
    pub subscription: Option<&'q str>,
}

/// Events as the results of a query (EPCIS 2.0 section 12.7).
pub fn query_document(
    query: &Answered<'_>,
    events: &[Event],
    made: Timestamp,
    epcs: EpcFormat,
) -> Value {
    let mut document = document_json(events, made, epcs);
    let body = document["epcisBody"].take();
    document["type"] = "EPCISQueryDocument".into();
    let mut results = json!({ "queryName": query.name, "resultsBody": body });
    if let Some(subscription) = query.subscription {
        results["subscriptionID"] = subscription.into();
    }
    document["epcisBody"] = json!({ "queryResults": results });
    document
}

/// The event as answers give it: with `recordTime`, and with an id where the sender gave none.
pub fn whole(mut captured: CapturedEvent) -> Event {
    if captured.event.id.is_none() {
        captured.event.id = Some(made_id(&captured.event));
    }
    recorded(captured)
}

/// The event with `recordTime`, the time of its block.
pub fn recorded(captured: CapturedEvent) -> Event {
    let mut event = captured.event;
    let recorded = i64::try_from(captured.recorded_ms)
        .ok()
        .and_then(Timestamp::from_millis);
    event.more.get_or_insert_default().record_time = recorded;
    event
}

/// Reads `GS1-EPC-Format` (EPCIS 2.0 section 12.3).
pub fn epc_format(headers: &HeaderMap) -> Answer<EpcFormat> {
    match headers.get("gs1-epc-format").map(HeaderValue::as_bytes) {
        None | Some(b"Always_GS1_Digital_Link" | b"No_Preference" | b"Never_Translates") => {
            Ok(EpcFormat::DigitalLink)
        }
        Some(b"Always_EPC_URN") => Ok(EpcFormat::Urn),
        Some(_) => {
            let problem = Problem::new(
                rule::BAD_REQUEST,
                "the header GS1-EPC-Format has an unknown value",
            );
            Err(problem.remedy("Write Always_GS1_Digital_Link, Always_EPC_URN or No_Preference (EPCIS 2.0 section 12.3)."))
        }
    }
}

/// The newest version that the client takes (EPCIS 2.0 section 12.5: `GS1-EPCIS-Min`, `-Max` and the same of the CBV), or a refusal.
fn version(headers: &HeaderMap) -> Answer<xml::Version> {
    let mut fitting = vec![((2, 0), xml::Version::V2_0), ((1, 2), xml::Version::V1_2)];
    for (name, low) in [
        ("gs1-epcis-min", true),
        ("gs1-epcis-max", false),
        ("gs1-cbv-min", true),
        ("gs1-cbv-max", false),
    ] {
        let Some(value) = headers.get(name).and_then(|value| value.to_str().ok()) else {
            continue;
        };
        let mut numbers = value.split('.').map(|part| part.parse::<u32>().ok());
        let major = numbers.next().flatten();
        let bound = major.map(|major| (major, numbers.next().flatten().unwrap_or(0)));
        fitting.retain(|(version, _)| match bound {
            None => false,
            Some(bound) if low => bound <= *version,
            Some(bound) => bound >= *version,
        });
        if fitting.is_empty() {
            let value = crate::extract::cut(value);
            let problem = Problem::new(
                rule::NOT_ACCEPTABLE,
                format!("{name}: `{value}` leaves out versions 2.0 and 1.2"),
            );
            return Err(problem.remedy(
                "Ask for versions that include 2.0.0, or 1.2 in XML, or leave the header out.",
            ));
        }
    }
    Ok(fitting[0].1)
}

/// Versions, formats and limits that EPCIS clients ask for (EPCIS 2.0 section 12.5).
pub fn discovery(path: &str) -> Vec<(HeaderName, HeaderValue)> {
    let pair = |name, value| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    let mut headers = vec![
        pair("gs1-epcis-version", "2.0.0"),
        pair("gs1-epcis-min", "1.2.0"),
        pair("gs1-epcis-max", "2.0.0"),
        pair("gs1-cbv-version", "2.0.0"),
        pair("gs1-cbv-min", "1.2.0"),
        pair("gs1-cbv-max", "2.0.0"),
        pair("gs1-epc-format", "Always_GS1_Digital_Link,Always_EPC_URN"),
        pair("gs1-cbv-xml-format", "Always_Web_URI"),
        pair("gs1-extensions", ""),
        pair("gs1-vendor-version", env!("CARGO_PKG_VERSION")),
    ];
    if path.ends_with("/capture") {
        headers.push(pair("gs1-capture-error-behaviour", "all"));
        for (name, most) in [
            ("gs1-epcis-capture-limit", STREAM_EVENTS_MAX),
            ("gs1-epcis-capture-file-size-limit", STREAM_BYTES_MAX),
        ] {
            headers.push((
                HeaderName::from_static(name),
                HeaderValue::from(most as u64),
            ));
        }
    }
    headers
}

/// The answer to `OPTIONS` on a route of the EPCIS interface: what it can do, nothing else.
pub fn options(route: &str, methods: &str) -> Response {
    let mut response = axum::http::StatusCode::NO_CONTENT.into_response();
    response.headers_mut().extend(discovery(route));
    if let Ok(allow) = HeaderValue::from_str(methods) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// The methods of a route from the access table, with those that are answered everywhere.
pub fn methods_of(route: &str) -> String {
    let rows = crate::auth::TABLE
        .iter()
        .filter(|(_, path, _)| *path == route);
    let mut methods: Vec<&str> = rows
        .map(|(method, ..): &(Method, _, _)| method.as_str())
        .collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.push("OPTIONS");
    methods.join(", ")
}

/// The parameters of a query string apart from those of paging.
pub struct Params {
    /// What the query asks.
    pub query: Vec<(String, String)>,
    /// `perPage`.
    pub per_page: usize,
    /// `nextPageToken`.
    pub token: Option<String>,
}

/// Reads a query string.
pub fn params(uri: &Uri) -> Answer<Params> {
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|error| Problem::new(rule::BAD_QUERY, error.body_text()))?;
    let mut params = Params {
        query: Vec::new(),
        per_page: PER_PAGE,
        token: None,
    };
    for (name, value) in pairs.0 {
        match name.as_str() {
            "perPage" => params.per_page = per_page(&value)?,
            "nextPageToken" => params.token = Some(value),
            _ => params.query.push((name, value)),
        }
    }
    Ok(params)
}

fn per_page(text: &str) -> Answer<usize> {
    match text.parse::<usize>() {
        // The standard makes it a wish: a larger page than this node gives is cut, not refused.
        Ok(count) if count >= 1 => Ok(count.min(PER_PAGE_MAX)),
        _ => {
            let fault = format!(
                "perPage: `{}` is no number of events from 1",
                crate::extract::cut(text)
            );
            Err(Problem::new(rule::BAD_QUERY, fault))
        }
    }
}

/// A refused query as problem details under the standard's name of the exception.
pub fn refused(fault: QueryFault) -> Problem {
    let rule = match fault.exception {
        Exception::QueryParameter => rule::QUERY_PARAMETER,
        Exception::QueryTooComplex => rule::QUERY_TOO_COMPLEX,
        Exception::QueryTooLarge => rule::QUERY_TOO_LARGE,
    };
    Problem::new(rule, format!("{}: {}", fault.parameter, fault.fault))
        .kind(format!("epcisException:{}", fault.exception.name()))
        .remedy(fault.remedy)
}

/// One page of the answer to a query, as a document with the way to the next page.
///
/// `name` is the query's, `path` where the next page is asked for and `rest` what its address repeats.
pub async fn answer(
    app: &App,
    reader: &Reader,
    headers: &HeaderMap,
    query: EpcisQuery,
    name: &str,
    path: &str,
    params: &Params,
) -> Answer<Response> {
    let wanted = Wanted::of(headers)?;
    let resume = match &params.token {
        Some(token) => Some(token::read(token, query.digest(), now_ms())?),
        None => None,
    };
    let (digest, per_page) = (query.digest(), params.per_page);
    let AtHeight { answer, .. } = answers::ask(app, reader, View::List, move |snapshot| {
        poll(snapshot, &query, per_page, resume.as_ref())
    })
    .await?;
    let page = answer.map_err(refused)?;
    let answered = Answered {
        name,
        subscription: None,
    };
    let (body, kind) = wanted.document(&answered, page.events)?;
    let mut response = ([(header::CONTENT_TYPE, kind)], body).into_response();
    response.headers_mut().extend(discovery(path));
    if wanted.xml == Some(xml::Version::V1_2) {
        for name in ["gs1-epcis-version", "gs1-cbv-version"] {
            let version = HeaderValue::from_static("1.2.0");
            response.headers_mut().insert(name, version);
        }
    }
    response
        .headers_mut()
        .insert("convoy-height", HeaderValue::from(page.height));
    let form = match wanted.epcs {
        EpcFormat::DigitalLink => "Always_GS1_Digital_Link",
        EpcFormat::Urn => "Always_EPC_URN",
    };
    response
        .headers_mut()
        .insert("gs1-epc-format", HeaderValue::from_static(form));
    if let Some(next) = page.next {
        link_next(&mut response, path, &next_token(digest, &next), params);
    }
    Ok(response)
}

fn next_token(digest: [u8; 16], next: &Resume) -> String {
    token::write(digest, next, now_ms() + token::LIFE_MS)
}

/// Names the next page in `Link` and says how long its token is taken.
pub fn link_next(response: &mut Response, path: &str, token: &str, params: &Params) {
    let mut address = format!(
        "{path}?perPage={}&nextPageToken={}",
        params.per_page,
        encoded(token)
    );
    for (name, value) in &params.query {
        address.push_str(&format!("&{}={}", encoded(name), encoded(value)));
    }
    let expires = i64::try_from(now_ms() + token::LIFE_MS)
        .ok()
        .and_then(Timestamp::from_millis);
    let headers = response.headers_mut();
    if let Ok(link) = HeaderValue::from_str(&format!("<{address}>; rel=\"next\"")) {
        headers.insert(header::LINK, link);
    }
    if let Some(Ok(expires)) = expires.map(|time| HeaderValue::from_str(&time.to_string())) {
        headers.insert("gs1-next-page-token-expires", expires);
    }
}

/// Percent-encodes; only letters, digits and `-._~` stay as they are.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => out.push(char::from(b)),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

/// An identifier in the form wanted.
pub fn text_of(epc: &convoy_types::identifiers::Epc, format: EpcFormat) -> String {
    match format {
        EpcFormat::DigitalLink => epc.to_string(),
        EpcFormat::Urn => epc.urn().unwrap_or_else(|| epc.to_string()),
    }
}

/// A list of names as the standard's `Collection`.
pub fn collection(members: Vec<String>) -> Value {
    json!({
        "@context": convoy_types::epcis::json::GS1_CONTEXT,
        "type": "Collection",
        "member": members,
    })
}
