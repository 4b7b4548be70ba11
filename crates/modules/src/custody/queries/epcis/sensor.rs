//! What sensors reported (EPCIS 2.0 sections 7.3.7 and 8.2.7.1): conditions on one report, or on the
//! metadata that stands for all reports of its element.
//!
//! A value is compared in the unit that the parameter names; values in other units do not match.

use super::{condition::Compare, fields, number::Number};
use convoy_types::epcis::{Event, Timestamp};
use serde_json::{Map, Value};

/// Times of sensor elements that can be asked for.
pub(super) const TIMES: [&str; 3] = ["time", "startTime", "endTime"];
/// Texts and URIs that can be asked for.
pub(super) const TEXTS: [&str; 14] = [
    "type",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "microorganism",
    "chemicalSubstance",
    "bizRules",
    "stringValue",
    "hexBinaryValue",
    "uriValue",
    "component",
    "exception",
    "uom",
];
/// Numbers that can be asked for in a unit.
pub(super) const NUMBERS: [&str; 6] = [
    "value",
    "minValue",
    "maxValue",
    "meanValue",
    "sDev",
    "percValue",
];
/// The namespaces whose terms are written as bare words too.
const VOCABULARIES: [&str; 4] = [
    "https://gs1.org/voc/",
    "gs1:",
    "https://ref.gs1.org/cbv/Comp-",
    "cbv:Comp-",
];

/// One condition on sensor elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SensorTest {
    Time(&'static str, Compare, i64),
    Text(&'static str, Vec<String>),
    Truth(bool),
    Number {
        field: &'static str,
        compare: Compare,
        any: Vec<Number>,
        uom: Option<String>,
    },
}

/// A term of the vocabularies as its bare word.
pub(super) fn bare(text: &str) -> &str {
    let word = VOCABULARIES
        .iter()
        .find_map(|start| text.strip_prefix(start));
    word.unwrap_or(text)
}

impl SensorTest {
    /// Whether a report of the event, or the metadata of one of its elements, has it.
    pub(super) fn holds(&self, event: &Event) -> bool {
        let elements = fields::sensor_elements(event);
        let metadata = fields::members(&elements, "sensorMetadata");
        let reports = fields::members(&elements, "sensorReport");
        metadata
            .iter()
            .chain(&reports)
            .any(|map| self.holds_in(map))
    }

    fn holds_in(&self, map: &Map<String, Value>) -> bool {
        match self {
            Self::Time(field, compare, ms) => {
                let found = map
                    .get(*field)
                    .and_then(Value::as_str)
                    .and_then(Timestamp::parse);
                found.is_some_and(|found| compare.holds(found.millis().cmp(ms)))
            }
            Self::Text(field, any) => {
                let found = map.get(*field).and_then(Value::as_str);
                found.is_some_and(|found| match *field {
                    "hexBinaryValue" => any.iter().any(|asked| asked.eq_ignore_ascii_case(found)),
                    _ => any.iter().any(|asked| bare(asked) == bare(found)),
                })
            }
            Self::Truth(asked) => map.get("booleanValue").and_then(Value::as_bool) == Some(*asked),
            Self::Number {
                field,
                compare,
                any,
                uom,
            } => {
                let unit_fits =
                    uom.is_none() || map.get("uom").and_then(Value::as_str) == uom.as_deref();
                let found = match map.get(*field) {
                    Some(Value::Number(number)) => Number::parse(&number.to_string()),
                    _ => None,
                };
                unit_fits
                    && found.is_some_and(|found| {
                        any.iter().any(|asked| compare.holds(found.cmp(asked)))
                    })
            }
        }
    }
}
