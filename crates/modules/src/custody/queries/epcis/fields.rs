//! Extension fields and vocabulary elements' attributes: finding them by qualified name, and comparing.
//!
//! A name is `prefix:name` with the query's own prefix or one that GS1 declares, a whole URI, or
//! `namespace#name` as EPCIS 1.2 wrote it. A prefix that neither declares is compared with the prefix
//! that the event itself used.

use super::{given::Givens, number::Number};
use convoy_types::epcis::{Event, KeptJson, Timestamp, json::built_in_namespace};
use serde_json::{Map, Value};
use std::{cmp::Ordering, collections::BTreeMap};

/// A qualified name: its namespace without a final `#` or `/`, and the rest. Without a known namespace
/// the prefix itself stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    namespace: String,
    known: bool,
    local: String,
}

impl Name {
    /// The name that a parameter gives; `None` where it is not qualified.
    pub(super) fn parse(text: &str, givens: &Givens) -> Option<Self> {
        if let Some((prefix, local)) = text.split_once(':')
            && !local.starts_with("//")
            && !prefix.is_empty()
            && prefix != "urn"
        {
            let known = givens.namespace(prefix);
            return qualified(known.unwrap_or(prefix), known.is_some(), local);
        }
        let expanded = text.trim_start_matches('{').replace('}', "#");
        let at = expanded.rfind('#').or_else(|| expanded.rfind(['/', ':']))?;
        let absolute = expanded.contains(':');
        absolute.then(|| qualified(expanded.get(..at)?, true, expanded.get(at + 1..)?))?
    }

    /// Whether the member `key` of an event has this name.
    fn is(&self, key: &str, namespaces: &BTreeMap<String, String>) -> bool {
        let Some((prefix, local)) = key.split_once(':') else {
            // A term of the document's own, which stands for a whole URI.
            let whole = namespaces.get(key);
            return whole.is_some_and(|uri| {
                let at = uri.rfind(['#', '/']).unwrap_or(0);
                uri.get(..at)
                    .is_some_and(|namespace| trimmed(namespace) == self.namespace)
                    && uri.get(at + 1..) == Some(self.local.as_str())
            });
        };
        if local != self.local {
            return local.starts_with("//") && self.is_uri(key);
        }
        let namespace = namespaces.get(prefix).map(String::as_str);
        match namespace.or_else(|| built_in_namespace(prefix)) {
            Some(uri) if self.known => trimmed(uri) == self.namespace,
            _ => !self.known && prefix == self.namespace,
        }
    }

    fn is_uri(&self, key: &str) -> bool {
        let rest = key.strip_prefix(self.namespace.as_str());
        let local = rest.and_then(|rest| rest.strip_prefix(['#', '/', ':']));
        self.known && local == Some(self.local.as_str())
    }
}

fn trimmed(namespace: &str) -> &str {
    namespace.trim_end_matches(['#', '/', ':'])
}

fn qualified(namespace: &str, known: bool, local: &str) -> Option<Name> {
    (!local.is_empty()).then(|| Name {
        namespace: trimmed(namespace).to_owned(),
        known,
        local: local.to_owned(),
    })
}

/// Where a field is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    Event,
    Ilmd,
    ErrorDeclaration,
    ReadPoint,
    BizLocation,
    SensorElement,
    SensorMetadata,
    SensorReport,
}

/// The JSON objects of an event in which fields `within` are members.
fn objects(event: &Event, within: Within) -> Vec<Map<String, Value>> {
    let more = event.more();
    let kept = |kept: &Option<KeptJson>| -> Vec<Map<String, Value>> {
        match kept.as_ref().map(KeptJson::value) {
            Some(Value::Object(map)) => vec![map],
            _ => Vec::new(),
        }
    };
    match within {
        Within::Event => kept(&more.extensions),
        Within::Ilmd => kept(&more.ilmd),
        Within::ErrorDeclaration => event
            .error_declaration()
            .map_or_else(Vec::new, |declaration| kept(&declaration.extensions)),
        Within::ReadPoint => kept(&more.read_point_extensions),
        Within::BizLocation => kept(&more.biz_location_extensions),
        Within::SensorElement => sensor_elements(event),
        Within::SensorMetadata => members(&sensor_elements(event), "sensorMetadata"),
        Within::SensorReport => members(&sensor_elements(event), "sensorReport"),
    }
}

/// The sensor elements of an event.
pub(super) fn sensor_elements(event: &Event) -> Vec<Map<String, Value>> {
    let list = event.more().sensor_elements.as_ref().map(KeptJson::value);
    list.map_or_else(Vec::new, maps)
}

/// The objects that are, or stand in a list, under `name` in each of `from`.
pub(super) fn members(from: &[Map<String, Value>], name: &str) -> Vec<Map<String, Value>> {
    let found = from.iter().filter_map(|map| map.get(name).cloned());
    found.flat_map(maps).collect()
}

fn maps(value: Value) -> Vec<Map<String, Value>> {
    match value {
        Value::Object(map) => vec![map],
        Value::Array(items) => items.into_iter().flat_map(maps).collect(),
        _ => Vec::new(),
    }
}

/// The values of a field of an event: at the top of the place it is looked for in, or `inner`, deeper.
pub(super) fn values(event: &Event, within: Within, inner: bool, name: &Name) -> Vec<Value> {
    let namespaces = &event.more().namespaces;
    let mut found = Vec::new();
    for map in objects(event, within) {
        for (key, value) in &map {
            match inner {
                true => deeper(value, name, namespaces, &mut found),
                false if name.is(key, namespaces) => found.push(value.clone()),
                false => {}
            }
        }
    }
    found
}

fn deeper(
    value: &Value,
    name: &Name,
    namespaces: &BTreeMap<String, String>,
    found: &mut Vec<Value>,
) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if name.is(key, namespaces) {
                    found.push(value.clone());
                }
                deeper(value, name, namespaces, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                deeper(item, name, namespaces, found);
            }
        }
        _ => {}
    }
}

/// Whether a value, or one of a list, makes `test` true; it sees the text of text, numbers and truths.
pub(super) fn any_text(value: &Value, test: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => test(text),
        Value::Number(number) => test(&number.to_string()),
        Value::Bool(truth) => test(if *truth { "true" } else { "false" }),
        Value::Array(items) => items.iter().any(|item| any_text(item, test)),
        // JSON-LD's and XML's forms of a value with a type or attributes.
        Value::Object(map) => ["@value", "#text", "id"]
            .iter()
            .filter_map(|key| map.get(*key))
            .any(|value| any_text(value, test)),
        Value::Null => false,
    }
}

/// How a value of a field compares with a parameter's: as numbers, or as times, where both are.
pub(super) fn compare(found: &str, asked: &Comparand) -> Option<Ordering> {
    match asked {
        Comparand::Number(number) => Number::parse(found).map(|found| found.cmp(number)),
        Comparand::Time(time) => Timestamp::parse(found).map(|found| found.cmp(time)),
    }
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Comparand {
    Number(Number),
    Time(Timestamp),
}

impl Comparand {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let number = Number::parse(text).map(Self::Number);
        number.or_else(|| Timestamp::parse(text).map(Self::Time))
    }
}

/// Whether a field's value equals a parameter's: the same text, number or moment.
pub(super) fn equal(found: &str, asked: &str, comparand: Option<&Comparand>) -> bool {
    found == asked || comparand.is_some_and(|asked| compare(found, asked) == Some(Ordering::Equal))
}
