//! EPCIS 2.0 documents in JSON-LD (EPCIS 2.0 chapter 10).
//!
//! Flow: [`Events`] looks at size, nesting and doubled keys (`scan`), reads the contexts (`context`), then each event
//! by itself (`read`), so that one bad event does not hide another's faults and a document of any size needs the memory
//! of one event. [`parse`] takes a whole document, [`parse_document`] wants all of its events right; [`event_json`] and [`document_json`] write.
//!
//! Limits: `DOCUMENT_BYTES_MAX` and `DOCUMENT_EVENTS_MAX` (whole), `STREAM_BYTES_MAX` and `STREAM_EVENTS_MAX` (as a stream),
//! `EVENT_TEXT_BYTES_MAX`, `EVENT_VALUES_MAX`, `JSON_DEPTH_MAX`, `EVENT_OBJECTS_MAX`, numbers of 40
//! characters, 20 errors an event and 200 a document. A remote context is never fetched.

pub(in crate::epcis) mod context;
mod events;
mod fields;
pub(in crate::epcis) mod read;
pub(super) mod scan;
mod sensor;
mod write;

pub use super::document::{Document, DocumentKind, Header, Parsed, Told};
pub use context::{GS1_CONTEXT, built_in_namespace};
pub use events::Events;
pub use write::{EpcFormat, document_json, event_json};

use super::{
    error::{At, EpcisError, Issues},
    kept::KeptJson,
};
use crate::limits::{DOCUMENT_BYTES_MAX, DOCUMENT_EVENTS_MAX};
use context::Context;
use fields::{Fields, kind, quoted};
use serde_json::{Map, Value};
use std::io::Cursor;

/// Reads a document of which every event has to be right.
///
/// # Errors
/// Everything found wrong, at most 200 entries.
pub fn parse_document(bytes: &[u8]) -> Result<Document, Vec<EpcisError>> {
    parse(bytes)?.all_right()
}

/// Reads a document, each event by itself: for capture that goes on past a wrong event.
///
/// # Errors
/// What is wrong with the document as a whole.
pub fn parse(bytes: &[u8]) -> Result<Parsed, Vec<EpcisError>> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(vec![EpcisError {
            pointer: String::new(),
            rule: "limit: a document has at most 16 MiB".into(),
            found: format!("{} bytes", bytes.len()),
            remedy: "send it in parts".into(),
        }]);
    }
    let mut reader = Events::within(Cursor::new(bytes), DOCUMENT_BYTES_MAX, DOCUMENT_EVENTS_MAX)?;
    let events = reader.by_ref().collect::<Result<Vec<Told>, _>>()?;
    Ok(Parsed {
        header: reader.into_header(),
        events,
    })
}

/// A document's header, the context of its events, and the events that the scanner left in place.
type Found = (Header, Context, Vec<Told>);

/// The JSON value, after [`scan::check`].
pub(super) fn value(bytes: &[u8]) -> Result<Value, EpcisError> {
    serde_json::from_slice(bytes).map_err(|error| EpcisError {
        pointer: String::new(),
        rule: "RFC 8259: the document is JSON".into(),
        found: error.to_string(),
        remedy: "correct the JSON at this line and column".into(),
    })
}

fn document_of(document: &Value, issues: &Issues, events_max: usize) -> Option<Found> {
    const RULE: &str =
        "EPCIS 2.0 §10: a document is an EPCISDocument, an EPCISQueryDocument or one event";
    let Value::Object(map) = document else {
        issues.add(&At::ROOT, RULE, kind(document), "send an object");
        return None;
    };
    let mut context = Context::default();
    if let Some(value) = map.get("@context") {
        context.extend(value, &At::ROOT.key("@context"), issues);
    }
    let fields = Fields {
        map,
        at: &At::ROOT,
        context: &context,
        issues,
    };
    if !context.has_gs1() {
        let found = map
            .get("@context")
            .map_or("no @context".into(), |value| value.to_string());
        fields.refuse(
            "@context",
            "EPCIS 2.0 §10: @context names the GS1 EPCIS context",
            found,
            format!("add \"@context\": [\"{GS1_CONTEXT}\"]"),
        );
    }
    match map.get("type").and_then(Value::as_str) {
        Some("EPCISDocument") => whole(&fields, DocumentKind::Capture, events_max),
        Some("EPCISQueryDocument") => whole(&fields, DocumentKind::Query, events_max),
        Some(name) if name.ends_with("Event") => {
            let header = Header {
                kind: DocumentKind::Event,
                creation_date: None,
                rest: None,
            };
            let event = one(document, &At::ROOT, &context);
            Some((header, context, vec![event]))
        }
        _ => {
            let found = map.get("type").map_or("no type".into(), kind);
            fields.refuse("type", RULE, found, "set type to EPCISDocument");
            None
        }
    }
}

fn whole(fields: &Fields<'_>, document: DocumentKind, events_max: usize) -> Option<Found> {
    const VERSION: &str = "EPCIS 2.0 §10: schemaVersion is \"2.0\"";
    let version = fields.get("schemaVersion");
    match version {
        None => fields.missing("schemaVersion", VERSION),
        Some(Value::String(text)) if text == "2.0" || text.starts_with("2.0.") => {}
        Some(other) => fields.refuse(
            "schemaVersion",
            VERSION,
            kind(other),
            "write \"2.0\"; send older documents as XML",
        ),
    }
    if fields.get("creationDate").is_none() {
        fields.missing("creationDate", "EPCIS 2.0 §10: creationDate is required");
    }
    let creation_date = fields.time("creationDate");
    let known = ["@context", "type", "schemaVersion", "creationDate"];
    let mut rest = Map::new();
    for (name, value) in fields
        .map
        .iter()
        .filter(|(name, _)| !known.contains(&name.as_str()))
    {
        let value = if name == "epcisBody" {
            without_events(value)
        } else {
            Some(value.clone())
        };
        rest.extend(value.map(|value| (name.clone(), value)));
    }
    let header = Header {
        kind: document,
        creation_date,
        rest: (!rest.is_empty()).then(|| KeptJson::new(&Value::Object(rest))),
    };
    let path: &[&str] = match document {
        DocumentKind::Query => &["epcisBody", "queryResults", "resultsBody"],
        _ => &["epcisBody"],
    };
    let events = event_list(fields, fields.map, fields.at, path, events_max)?;
    Some((header, fields.context.clone(), events))
}

/// What surrounds the events of a body (the query's name, for one), or nothing.
fn without_events(value: &Value) -> Option<Value> {
    let Value::Object(map) = value else {
        return Some(value.clone());
    };
    let mut rest = Map::new();
    for (name, value) in map
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "eventList" | "event"))
    {
        let value = match name.as_str() {
            "queryResults" | "resultsBody" => without_events(value),
            _ => Some(value.clone()),
        };
        rest.extend(value.map(|value| (name.clone(), value)));
    }
    (!rest.is_empty()).then_some(Value::Object(rest))
}

/// Walks down `path` to the object that holds `eventList` (or a single `event`) and reads it.
fn event_list(
    fields: &Fields<'_>,
    map: &Map<String, Value>,
    at: &At<'_>,
    path: &[&str],
    events_max: usize,
) -> Option<Vec<Told>> {
    const RULE: &str = "EPCIS 2.0 §10: epcisBody holds an eventList";
    let here = Fields { map, at, ..*fields };
    if let Some((step, deeper)) = path.split_first() {
        return match here.get(step) {
            Some(Value::Object(inner)) => {
                event_list(fields, inner, &at.key(step), deeper, events_max)
            }
            Some(other) => {
                here.refuse(step, RULE, kind(other), "write { ... }");
                None
            }
            None => {
                here.missing(step, RULE);
                None
            }
        };
    }
    let (name, items): (&str, &[Value]) = match (here.get("eventList"), here.get("event")) {
        (Some(Value::Array(items)), _) => ("eventList", items),
        (Some(other), _) => {
            here.refuse("eventList", RULE, kind(other), "write a list of events");
            return None;
        }
        (None, Some(single)) => ("event", std::slice::from_ref(single)),
        (None, None) => {
            here.missing("eventList", RULE);
            return None;
        }
    };
    if items.len() > events_max {
        here.refuse(
            name,
            &format!("limit: a document has at most {events_max} events"),
            items.len(),
            "send it in parts",
        );
        return None;
    }
    let list_at = at.key(name);
    let read = |(index, item): (usize, &Value)| {
        let indexed = list_at.index(index);
        let place = if name == "event" { &list_at } else { &indexed };
        one(item, place, fields.context)
    };
    Some(items.iter().enumerate().map(read).collect())
}

fn one(item: &Value, at: &At<'_>, context: &Context) -> Told {
    let issues = Issues::default();
    let event = match item {
        Value::Object(map) => read::event(map, at, context, &issues),
        other => {
            let found = quoted(&other.to_string());
            issues.add(
                at,
                "EPCIS 2.0 §10: an event is an object",
                found,
                "write { ... }",
            );
            None
        }
    };
    let errors = issues.into_list();
    match event {
        Some(event) if errors.is_empty() => Ok(event),
        _ => Err(errors),
    }
}
