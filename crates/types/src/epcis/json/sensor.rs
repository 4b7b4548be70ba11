//! Sensor elements (EPCIS 2.0 section 7.3.7): checked field by field and kept as they are.

use super::fields::{Fields, kind, quoted};
use crate::epcis::{
    cbv::{COMPONENTS, SENSOR_EXCEPTIONS, is_absolute},
    hash::{SENSOR_METADATA, SENSOR_REPORT},
    kept::KeptJson,
};
use serde_json::Value;

const TIMES: &[&str] = &["time", "startTime", "endTime"];
const NUMBERS: &[&str] = &[
    "value",
    "minValue",
    "maxValue",
    "meanValue",
    "sDev",
    "percRank",
    "percValue",
];
const URIS: &[&str] = &[
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
    "microorganism",
    "chemicalSubstance",
    "uriValue",
    "coordinateReferenceSystem",
];
const RULE: &str =
    "EPCIS 2.0 §7.3.7: a sensor element has a sensorReport list and perhaps sensorMetadata";

/// Checks `sensorElementList` and keeps it; `None` where it is absent or empty.
pub(super) fn elements(fields: &Fields<'_>) -> Option<KeptJson> {
    let value = fields.get("sensorElementList")?;
    let count = fields.each("sensorElementList", RULE, |element| {
        element.extensions(&["type", "sensorMetadata", "sensorReport"]);
        if element.get("sensorReport").is_none() {
            element.missing("sensorReport", RULE);
        }
        metadata(element);
        let reports = element.each("sensorReport", RULE, |item| {
            report(item);
            Some(())
        });
        if element.get("sensorReport").is_some_and(Value::is_array) && reports.is_empty() {
            element.refuse(
                "sensorReport",
                RULE,
                "an empty list",
                "report at least one value",
            );
        }
        Some(())
    });
    (!count.is_empty()).then(|| KeptJson::new(value))
}

fn metadata(element: &Fields<'_>) {
    match element.get("sensorMetadata") {
        None => {}
        Some(Value::Object(map)) => {
            let at = element.at.key("sensorMetadata");
            let inner = Fields {
                map,
                at: &at,
                ..*element
            };
            inner.extensions(SENSOR_METADATA);
            typed(&inner);
        }
        Some(other) => element.refuse("sensorMetadata", RULE, kind(other), "write { ... }"),
    }
}

fn report(report: &Fields<'_>) {
    // The JSON schema of the standard knows a report's own rules; the order for hashes does not.
    report.extensions(&[SENSOR_REPORT, &["bizRules"]].concat());
    typed(report);
    if report.get("type").is_none() && report.get("exception").is_none() {
        report.missing(
            "type",
            "EPCIS 2.0 §7.3.7.3: a sensor report has a type or an exception",
        );
    }
    word(report, "type", &[]);
    word(report, "exception", SENSOR_EXCEPTIONS);
    word(report, "component", COMPONENTS);
    for name in ["stringValue", "uom"] {
        report.text(name, "EPCIS 2.0 §7.3.7.3: this is a string");
    }
    match report.get("booleanValue") {
        None | Some(Value::Bool(_)) => {}
        Some(other) => report.refuse(
            "booleanValue",
            "EPCIS 2.0 §7.3.7.3: booleanValue is true or false",
            kind(other),
            "write true or false without quotes",
        ),
    }
    const HEX: &str = "EPCIS 2.0 §7.3.7.3: hexBinaryValue is hexadecimal digits";
    if let Some(text) = report
        .text("hexBinaryValue", HEX)
        .filter(|text| !text.bytes().all(|b| b.is_ascii_hexdigit()))
    {
        report.refuse(
            "hexBinaryValue",
            HEX,
            quoted(text),
            "write digits 0 to 9 and a to f",
        );
    }
}

/// Times, numbers and URIs by name.
fn typed(fields: &Fields<'_>) {
    for name in TIMES {
        fields.time(name);
    }
    for name in NUMBERS {
        match fields.get(name) {
            None | Some(Value::Number(_)) => {}
            Some(other) => fields.refuse(
                name,
                "EPCIS 2.0 §7.3.7.3: this is a number",
                kind(other),
                "write digits without quotes",
            ),
        }
    }
    for name in URIS {
        if let Some(text) = fields
            .text(name, super::fields::URI_RULE)
            .filter(|text| !is_absolute(text) || text.contains(char::is_whitespace))
        {
            fields.refuse(
                name,
                super::fields::URI_RULE,
                quoted(text),
                "write an absolute URI",
            );
        }
    }
}

/// A word of a vocabulary, or a URI or CURIE. An empty vocabulary is open: any one word will do, as the
/// GS1 Web Vocabulary gains measurement types from release to release.
fn word(fields: &Fields<'_>, name: &str, words: &[&str]) {
    const RULE: &str =
        "CBV 2.0 §7: a term is a word of the vocabulary or a URI of one's own namespace";
    let known = |text: &str| match words.is_empty() {
        true => !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'),
        false => words.contains(&text),
    };
    if let Some(text) = fields
        .text(name, RULE)
        .filter(|text| !is_absolute(text) && !known(text))
    {
        fields.refuse(
            name,
            RULE,
            quoted(text),
            "use a word of the vocabulary or prefix:name",
        );
    }
}
