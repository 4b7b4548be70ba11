//! The event hash (GS1 CBV 2.0 section 8.9): one name for one event, computed by whoever holds it.
//!
//! Flow: [`pre_hash`] writes the event's fields as `name=value`, joined by nothing, in the order of the
//! standard; [`event_hash`] is its SHA-256, shown as `ni:///sha-256;<hex>?ver=CBV2.0`.
//!
//! Rules: `eventID`, `recordTime`, the error declaration and comments take no part; members of a list are in
//! bytewise order; times are UTC with milliseconds; numbers have no idle zeros; CBV terms are `ref.gs1.org`
//! URIs, GS1 keys canonical Digital Links; an extension field is `{namespace}name`, behind the standard
//! fields of the object it stands in.
//!
//! Behind the sensor elements the reference implementation puts what is left (documents, sources,
//! destinations, `ilmd`, extensions) in bytewise order, and its published hashes are made so; we do the same.
//! Where version 1.9.3 of it departs from the standard otherwise, we do not follow: it writes `True` for JSON's
//! `true` (so XML and JSON differ), leaves prefixes that the GS1 context declares unexpanded, hashes an event's
//! own `@context`, reads long numbers through floating point, wants `type` in front of `bizTransaction`, and
//! leaves Digital Links with percent-encoded serials on their own domain.

use super::{
    cbv::{COMPONENTS, MEASUREMENT_TYPES, SENSOR_EXCEPTIONS},
    event::{Endpoint, Event, EventId, EventKind, QuantityElement},
    json::context::Context,
    kept::KeptJson,
    same::items,
    time::Timestamp,
};
use crate::identifiers::Epc;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;

/// The members of `sensorMetadata`, in the order in which they are hashed.
pub(super) const SENSOR_METADATA: &[&str] = &[
    "time",
    "startTime",
    "endTime",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
];
/// The members of a `sensorReport`, in the order in which they are hashed.
pub(super) const SENSOR_REPORT: &[&str] = &[
    "type",
    "exception",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "time",
    "microorganism",
    "chemicalSubstance",
    "value",
    "component",
    "stringValue",
    "booleanValue",
    "hexBinaryValue",
    "uriValue",
    "minValue",
    "maxValue",
    "meanValue",
    "sDev",
    "percRank",
    "percValue",
    "uom",
    "coordinateReferenceSystem",
];
/// Numbers with other exponents are of no use and are left as they are written.
const EXPONENTS: std::ops::RangeInclusive<i64> = -60..=60;

/// The event's hash.
pub fn event_hash(event: &Event) -> EventId {
    event_hash_without(event, &[])
}

/// The event's hash, leaving out the extension fields named (`prefix:name`, as the event spells them).
pub fn event_hash_without(event: &Event, ignored: &[String]) -> EventId {
    EventId::Hash(Sha256::digest(pre_hash(event, ignored)).into())
}

/// The text that is hashed, leaving out the extension fields named.
pub fn pre_hash(event: &Event, ignored: &[String]) -> String {
    let more = event.more();
    let context = Context::of(&more.namespaces);
    let mut out = String::with_capacity(512);
    put(&mut out, "eventType", event.kind.name());
    put(&mut out, "eventTime", &event.event_time.to_string());
    put(&mut out, "eventTimeZoneOffset", &event.offset.to_string());
    let mut rest = Vec::new();
    certification(
        more.certification_info.as_ref(),
        &context,
        &mut out,
        &mut rest,
    );
    if let Some(parent) = &event.parent {
        put(&mut out, "parentID", &parent.for_hash());
    }
    what(event, &mut out);
    if let Some(action) = event.action {
        put(&mut out, "action", action.name());
    }
    if let Some(id) = &more.transformation_id {
        put(&mut out, "transformationID", &id.for_hash());
    }
    if let Some(step) = &event.biz_step {
        put(&mut out, "bizStep", &step.uri());
    }
    if let Some(disposition) = &event.disposition {
        put(&mut out, "disposition", &disposition.uri());
    }
    if let Some(lasting) = &more.persistent_disposition {
        let named = |name: &str, list: &[super::cbv::Disposition]| {
            list.iter()
                .map(|term| format!("{name}={}", term.uri()))
                .collect()
        };
        let members = [
            sorted(named("set", &lasting.set)),
            sorted(named("unset", &lasting.unset)),
        ]
        .concat();
        named_group(&mut out, "persistentDisposition", &members);
    }
    place(
        &mut out,
        "readPoint",
        event.read_point.as_ref(),
        more.read_point_extensions.as_ref(),
        &context,
    );
    place(
        &mut out,
        "bizLocation",
        event.biz_location.as_ref(),
        more.biz_location_extensions.as_ref(),
        &context,
    );
    sensors(&mut out, more.sensor_elements.as_ref(), &context);
    left_over(event, &context, ignored, &mut rest);
    out.push_str(&sorted(rest));
    out
}

fn put(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push('=');
    out.push_str(value);
}

/// In bytewise order, joined by nothing.
fn sorted(mut members: Vec<String>) -> String {
    members.sort_unstable();
    members.concat()
}

/// `name` and its members, or nothing where there are none.
fn named_group(out: &mut String, name: &str, members: &str) {
    if !members.is_empty() {
        out.push_str(name);
        out.push_str(members);
    }
}

fn what(event: &Event, out: &mut String) {
    let more = event.more();
    let epcs = |list: &[Epc]| {
        sorted(
            list.iter()
                .map(|epc| format!("epc={}", epc.for_hash()))
                .collect(),
        )
    };
    let quantities = |list: &[QuantityElement]| sorted(list.iter().map(quantity).collect());
    let (epc_list, quantity_list) = match event.kind {
        EventKind::Object | EventKind::Transaction => ("epcList", "quantityList"),
        EventKind::Aggregation | EventKind::Association => ("childEPCs", "childQuantityList"),
        EventKind::Transformation => ("inputEPCList", "inputQuantityList"),
    };
    named_group(out, epc_list, &epcs(&event.epcs));
    named_group(out, quantity_list, &quantities(&event.quantities));
    named_group(out, "outputEPCList", &epcs(&more.output_epcs));
    named_group(
        out,
        "outputQuantityList",
        &quantities(&more.output_quantities),
    );
}

fn quantity(element: &QuantityElement) -> String {
    let mut out = format!("quantityElementepcClass={}", element.class.for_hash());
    if let Some(quantity) = element.quantity {
        let text = quantity.to_string();
        put(&mut out, "quantity", &number(&text).unwrap_or(text));
    }
    if let Some(uom) = &element.uom {
        put(&mut out, "uom", uom);
    }
    out
}

fn certification(
    kept: Option<&KeptJson>,
    context: &Context,
    out: &mut String,
    rest: &mut Vec<String>,
) {
    let Some(value) = kept.map(KeptJson::value) else {
        return;
    };
    let items = match value {
        Value::Array(items) => items,
        single => vec![single],
    };
    let mut members = Vec::new();
    for item in &items {
        match item {
            Value::String(text) => {
                members.push(format!("certificationInfo={}", canonical(text, context)))
            }
            other => rest.extend(strings("certificationInfo", other, context)),
        }
    }
    out.push_str(&sorted(members));
}

fn place(
    out: &mut String,
    name: &str,
    id: Option<&Epc>,
    extensions: Option<&KeptJson>,
    context: &Context,
) {
    let Some(id) = id else { return };
    put(out, &format!("{name}id"), &id.for_hash());
    out.push_str(&extension_fields(extensions, context, &[]));
}

/// The members of a kept object as extension fields.
fn extension_fields(kept: Option<&KeptJson>, context: &Context, ignored: &[String]) -> String {
    sorted(extension_strings(kept, context, ignored))
}

fn extension_strings(
    kept: Option<&KeptJson>,
    context: &Context,
    ignored: &[String],
) -> Vec<String> {
    match kept.map(KeptJson::value) {
        Some(Value::Object(map)) => {
            let members = map.iter().filter(|(name, _)| !ignored.contains(name));
            members
                .flat_map(|(name, value)| strings(name, value, context))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn sensors(out: &mut String, kept: Option<&KeptJson>, context: &Context) {
    let Some(Value::Array(elements)) = kept.map(KeptJson::value) else {
        return;
    };
    let members = elements.iter().filter_map(Value::as_object).map(|element| {
        let mut text = String::from("sensorElement");
        if let Some(Value::Object(metadata)) = element.get("sensorMetadata") {
            named_group(
                &mut text,
                "sensorMetadata",
                &ordered(metadata, SENSOR_METADATA, context),
            );
        }
        let reports = element
            .get("sensorReport")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let reports = reports.filter_map(Value::as_object);
        text.push_str(&sorted(
            reports
                .map(|report| format!("sensorReport{}", ordered(report, SENSOR_REPORT, context)))
                .collect(),
        ));
        text.push_str(&others(
            element,
            &["type", "sensorMetadata", "sensorReport"],
            context,
        ));
        text
    });
    let members = sorted(members.collect());
    named_group(out, "sensorElementList", &members);
}

/// The fields named, in this order, and then the extension fields of the same object.
fn ordered(map: &Map<String, Value>, names: &[&str], context: &Context) -> String {
    let mut out = String::new();
    for name in names {
        let Some(text) = map.get(*name).and_then(scalar) else {
            continue;
        };
        let value =
            vocabulary_value(name, &text, context).unwrap_or_else(|| canonical(&text, context));
        put(&mut out, name, &value);
    }
    out.push_str(&others(map, names, context));
    out
}

/// The canonical form of a sensor's word or time; `None` for other members.
pub(super) fn sensor_value(name: &str, value: &Value, context: &Context) -> Option<String> {
    vocabulary_value(name, &scalar(value)?, context)
}

/// Whether [`sensor_value`] gives one.
pub(super) fn is_sensor_value(name: &str, value: &Value) -> bool {
    let known = [
        "type",
        "exception",
        "component",
        "time",
        "startTime",
        "endTime",
    ];
    known.contains(&name) && scalar(value).is_some()
}

fn vocabulary_value(name: &str, text: &str, context: &Context) -> Option<String> {
    Some(match name {
        "type" => worded(text, MEASUREMENT_TYPES, "https://gs1.org/voc/", context),
        "exception" => worded(text, SENSOR_EXCEPTIONS, "https://gs1.org/voc/", context),
        "component" => worded(text, COMPONENTS, "https://ref.gs1.org/cbv/Comp-", context),
        "time" | "startTime" | "endTime" => {
            Timestamp::parse(text).map_or_else(|| text.to_owned(), |moment| moment.to_string())
        }
        _ => return None,
    })
}

/// The members that are not named, as extension fields.
fn others(map: &Map<String, Value>, names: &[&str], context: &Context) -> String {
    let members = map
        .iter()
        .filter(|(name, _)| !names.contains(&name.as_str()));
    sorted(
        members
            .flat_map(|(name, value)| strings(name, value, context))
            .collect(),
    )
}

fn worded(text: &str, words: &[&str], namespace: &str, context: &Context) -> String {
    match words.contains(&text) {
        true => format!("{namespace}{text}"),
        false => canonical(text, context),
    }
}

/// Documents, sources, destinations, master data and extensions.
fn left_over(event: &Event, context: &Context, ignored: &[String], rest: &mut Vec<String>) {
    let more = event.more();
    let mut group = |name: &str, members: Vec<String>| {
        if !members.is_empty() {
            rest.push(format!("{name}{}", sorted(members)));
        }
    };
    let documents = more.biz_transactions.iter().map(|item| {
        let kind = item
            .kind
            .as_ref()
            .map_or_else(String::new, |kind| format!("type={}", kind.uri()));
        format!("{kind}bizTransaction={}", item.id.for_hash())
    });
    group("bizTransactionList", documents.collect());
    let ends = |name: &str, list: &[Endpoint]| {
        list.iter()
            .map(|end| format!("type={}{name}={}", end.kind.uri(), end.id.for_hash()))
            .collect()
    };
    group("sourceList", ends("source", &more.sources));
    group("destinationList", ends("destination", &more.destinations));
    let ilmd = extension_fields(more.ilmd.as_ref(), context, &[]);
    if !ilmd.is_empty() {
        rest.push(format!("ilmd{ilmd}"));
    }
    rest.extend(extension_strings(
        more.extensions.as_ref(),
        context,
        ignored,
    ));
}

/// The text of a number, string or boolean; `None` for what has no text of its own.
fn scalar(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text.trim())),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        _ => None,
    }
}

/// One extension member as text; a list gives one text for each of its members, under the same name,
/// and one whose name ends in `List` groups them as the XML form does, `fooList` around each `foo`.
fn strings(name: &str, value: &Value, context: &Context) -> Vec<String> {
    if matches!(name, "rdfs:comment" | "comment") {
        return Vec::new();
    }
    let name = context.in_braces(name);
    let grouped = name.strip_suffix("List").filter(|_| value.is_array());
    let mut members = Vec::new();
    items(value, &mut |item| {
        members.push(one(grouped.unwrap_or(&name), item, context));
    });
    match grouped {
        Some(_) => vec![format!("{name}{}", sorted(members))],
        None => members,
    }
}

fn one(name: &str, value: &Value, context: &Context) -> String {
    match value {
        Value::Object(map) => {
            let text = map
                .get("#text")
                .and_then(scalar)
                .filter(|text| !text.is_empty());
            let own = text.map_or_else(String::new, |text| {
                format!("={}", canonical(&text, context))
            });
            format!("{name}{own}{}", others(map, &["#text"], context))
        }
        value => match scalar(value).filter(|text| !text.is_empty()) {
            Some(text) => format!("{name}={}", canonical(&text, context)),
            None => name.to_owned(),
        },
    }
}

/// A value in canonical form: prefixes and old URNs as web URIs, numbers without idle zeros, GS1 keys as
/// canonical Digital Links, anything else as it is.
pub(super) fn canonical(text: &str, context: &Context) -> String {
    if let Some(number) = number(text) {
        return number;
    }
    let expanded = context.expanded(text);
    for (urn, web) in [
        ("bizstep", "BizStep"),
        ("disp", "Disp"),
        ("btt", "BTT"),
        ("sdt", "SDT"),
        ("er", "ER"),
    ] {
        let word = expanded
            .strip_prefix("urn:epcglobal:cbv:")
            .and_then(|rest| rest.strip_prefix(urn)?.strip_prefix(':'));
        if let Some(word) = word {
            return format!("https://ref.gs1.org/cbv/{web}-{word}");
        }
    }
    if expanded.starts_with("urn:epc:") || expanded.starts_with("http") {
        let key = Epc::parse(&expanded)
            .ok()
            .map(|epc| epc.for_hash())
            .filter(|form| form.starts_with("https://id.gs1.org/"));
        return key.unwrap_or_else(|| expanded.into_owned());
    }
    expanded.into_owned()
}

/// A decimal number without sign where positive, exponent, leading or trailing zeros; `None` for other text.
fn number(text: &str) -> Option<String> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            exponent
                .parse::<i64>()
                .ok()
                .filter(|exponent| EXPONENTS.contains(exponent))?,
        ),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let point = i64::try_from(whole.len()).ok()? + exponent;
    let at = usize::try_from(point.clamp(0, i64::try_from(digits.len()).ok()?)).ok()?;
    let behind = format!(
        "{}{}",
        "0".repeat(usize::try_from((-point).max(0)).ok()?),
        &digits[at..]
    );
    let missing = usize::try_from((point - i64::try_from(digits.len()).ok()?).max(0)).ok()?;
    let before = format!("{}{}", &digits[..at], "0".repeat(missing));
    let (before, behind) = (before.trim_start_matches('0'), behind.trim_end_matches('0'));
    let before = if before.is_empty() { "0" } else { before };
    let sign = if negative && (before != "0" || !behind.is_empty()) {
        "-"
    } else {
        ""
    };
    Some(match behind {
        "" => format!("{sign}{before}"),
        behind => format!("{sign}{before}.{behind}"),
    })
}
