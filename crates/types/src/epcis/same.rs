//! When what two events keep is the same, told with other prefixes, in XML or in JSON.
//!
//! The kept text stays as its sender spelled it; two texts are the same when this form of them is: names by
//! namespace, numbers and booleans as text without idle zeros (XML knows no types; CBV 2.0 section 8.9.3), one value as a list
//! of one, a `fooList` of JSON as `fooList` around each `foo`, no value as an empty one.

use super::{
    event::More,
    hash::{SENSOR_METADATA, SENSOR_REPORT, canonical, is_sensor_value, sensor_value},
    json::context::Context,
    kept::KeptJson,
};
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _};

impl PartialEq for More {
    fn eq(&self, other: &Self) -> bool {
        let plain = self.record_time == other.record_time
            && self.biz_transactions == other.biz_transactions
            && self.sources == other.sources
            && self.destinations == other.destinations
            && self.persistent_disposition == other.persistent_disposition
            && self.output_epcs == other.output_epcs
            && self.output_quantities == other.output_quantities
            && self.transformation_id == other.transformation_id;
        plain && self.declares_the_same(other) && self.keeps_the_same(other)
    }
}

impl Eq for More {}

impl More {
    /// Whether it says nothing: it equals the default. Told without writing the form, which an event's namespaces can make huge.
    pub fn is_empty(&self) -> bool {
        let Self {
            record_time,
            biz_transactions,
            sources,
            destinations,
            persistent_disposition,
            error_declaration,
            output_epcs,
            output_quantities,
            transformation_id,
            ..
        } = self;
        let plain = record_time.is_none()
            && biz_transactions.is_empty()
            && sources.is_empty()
            && destinations.is_empty()
            && persistent_disposition.is_none()
            && error_declaration.is_none()
            && output_epcs.is_empty()
            && output_quantities.is_empty()
            && transformation_id.is_none();
        let context = Context::of(&self.namespaces);
        let kept = [
            &self.ilmd,
            &self.certification_info,
            &self.read_point_extensions,
            &self.biz_location_extensions,
            &self.extensions,
        ];
        plain
            && says_nothing(self.sensor_elements.as_ref(), &context, true)
            && kept
                .into_iter()
                .all(|kept| says_nothing(kept.as_ref(), &context, false))
    }

    fn declares_the_same(&self, other: &Self) -> bool {
        match (&self.error_declaration, &other.error_declaration) {
            (None, None) => true,
            (Some(ours), Some(theirs)) => {
                ours.time == theirs.time
                    && ours.reason == theirs.reason
                    && ours.corrective_event_ids == theirs.corrective_event_ids
            }
            _ => false,
        }
    }

    fn keeps_the_same(&self, other: &Self) -> bool {
        let declared = |more: &Self| {
            let declaration = more.error_declaration.as_ref();
            declaration.and_then(|declaration| declaration.extensions.clone())
        };
        let kept = |more: &Self| {
            [
                more.sensor_elements.clone(),
                more.ilmd.clone(),
                more.certification_info.clone(),
                more.read_point_extensions.clone(),
                more.biz_location_extensions.clone(),
                more.extensions.clone(),
                declared(more),
            ]
        };
        let (ours, theirs) = (kept(self), kept(other));
        if ours == theirs && self.namespaces == other.namespaces {
            return true;
        }
        let (our_names, their_names) = (
            Context::of(&self.namespaces),
            Context::of(&other.namespaces),
        );
        ours.iter().zip(&theirs).enumerate().all(|(place, (a, b))| {
            let sensor = place == 0;
            form(a.as_ref(), &our_names, sensor) == form(b.as_ref(), &their_names, sensor)
        })
    }
}

fn form(kept: Option<&KeptJson>, context: &Context, sensor: bool) -> String {
    let mut out = String::new();
    if let Some(kept) = kept {
        let value = kept.value();
        items(&value, &mut |item| one(item, context, sensor, &mut out));
    }
    if out == "\"\"" { String::new() } else { out }
}

/// Whether [`form`] is empty.
fn says_nothing(kept: Option<&KeptJson>, context: &Context, sensor: bool) -> bool {
    let Some(kept) = kept else { return true };
    let (value, mut said, mut blank) = (kept.value(), 0, true);
    items(&value, &mut |item| {
        said += 1;
        blank = said == 1 && is_blank(item, context, sensor);
    });
    blank
}

/// Whether [`one`] writes an empty text.
fn is_blank(value: &Value, context: &Context, sensor: bool) -> bool {
    let map = match value {
        Value::Object(map) => map,
        Value::String(text) => return context.is_blank(text.trim()),
        Value::Number(_) | Value::Bool(_) => return false,
        Value::Null | Value::Array(_) => return true,
    };
    map.iter().all(|(name, value)| {
        let absent = sensor
            && (name == "type" && map.contains_key("sensorReport")
                || value.is_null() && is_measured(name));
        if absent {
            return true;
        }
        let (mut said, mut blank) = (0, true);
        items(value, &mut |item| {
            said += 1;
            blank = said == 1 && is_blank(item, context, sensor);
        });
        let text = name == "#text" && blank;
        let list = value.is_array() && context.names_a_list(name);
        let measured = sensor && is_sensor_value(name, value);
        (said == 0 && !list && !measured) || (text && !measured)
    })
}

/// Every value of a list, of the lists in it, or the value itself.
pub(super) fn items<'v>(value: &'v Value, each: &mut impl FnMut(&'v Value)) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| each_of(value, each)),
        single => each(single),
    }
}

fn each_of<'v>(value: &'v Value, each: &mut dyn FnMut(&'v Value)) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| each_of(value, each)),
        single => each(single),
    }
}

/// Whether it is the standard's own member of a sensor element, an attribute in XML: without value it is absent there.
fn is_measured(name: &str) -> bool {
    name == "sensorMetadata" || SENSOR_METADATA.contains(&name) || SENSOR_REPORT.contains(&name)
}

fn one(value: &Value, context: &Context, sensor: bool, out: &mut String) {
    let text = match value {
        Value::Object(map) => {
            let mut members: BTreeMap<Cow<'_, str>, String> = BTreeMap::new();
            for (name, value) in map {
                if sensor && name == "type" && map.contains_key("sensorReport") {
                    continue;
                }
                if sensor && value.is_null() && is_measured(name) {
                    continue;
                }
                let mut written = String::new();
                let named = context.in_braces(name);
                if let (Some(single), Value::Array(_)) = (named.strip_suffix("List"), value) {
                    let mut grouped = String::new();
                    items(value, &mut |item| one(item, context, sensor, &mut grouped));
                    if !grouped.is_empty() {
                        let _ = write!(written, "{{{single:?}:{grouped}}}");
                    } else {
                        written.push_str("\"\"");
                    }
                } else if let Some(text) = sensor_value(name, value, context).filter(|_| sensor) {
                    let _ = write!(written, "{text:?}");
                } else {
                    items(value, &mut |item| one(item, context, sensor, &mut written));
                }
                if !written.is_empty() {
                    members.entry(named).or_default().push_str(&written);
                }
            }
            match members.remove("#text") {
                Some(text) if members.is_empty() => return out.push_str(&text),
                Some(text) => drop(members.insert("#text".into(), text)),
                None => {}
            }
            if members.is_empty() {
                return out.push_str("\"\"");
            }
            out.push('{');
            for (name, written) in members {
                let _ = write!(out, "{name:?}:{written}");
            }
            return out.push('}');
        }
        Value::String(text) => Cow::Borrowed(text.trim()),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::Bool(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
        Value::Null | Value::Array(_) => Cow::Borrowed(""),
    };
    let _ = write!(out, "{:?}", canonical(&text, context));
}
