//! Every parameter of the standard: what it takes, what it leaves, what it refuses.

mod pages;
mod parameters;

use super::*;
use convoy_types::epcis::{Event, json};
use serde_json::{Value, json};

/// The only event of a document with `fields` beside what every event has.
fn event(fields: Value) -> Event {
    let mut event = json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", { "ext": "https://ns.example.org/epcis/" }],
        "type": "ObjectEvent", "action": "OBSERVE",
        "eventTime": "2026-05-01T10:00:00.000Z", "eventTimeZoneOffset": "+02:00",
    });
    let map = event.as_object_mut().unwrap();
    for (name, value) in fields.as_object().unwrap() {
        match value {
            Value::Null => drop(map.remove(name)),
            value => drop(map.insert(name.clone(), value.clone())),
        }
    }
    let document = json::parse_document(event.to_string().as_bytes());
    document
        .unwrap_or_else(|errors| panic!("{errors:?}"))
        .events
        .remove(0)
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(pair)
        .collect()
}

fn query(text: &str) -> EpcisQuery {
    EpcisQuery::of_pairs(&pairs(text)).unwrap_or_else(|fault| panic!("{fault}"))
}

fn fault(text: &str) -> QueryFault {
    EpcisQuery::of_pairs(&pairs(text)).expect_err(text)
}
