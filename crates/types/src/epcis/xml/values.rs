//! Kept values as XML: members become elements with their namespaces, the inverse of `told`.

use super::{
    source::{is_character, is_name},
    write::{KEYWORDS_PREFIX, Unwritable, element, escaped},
};
use crate::{
    epcis::{
        cbv::{COMPONENTS, MEASUREMENT_TYPES, SENSOR_EXCEPTIONS},
        event::Event,
        hash::{SENSOR_METADATA, SENSOR_REPORT},
        json::context::Context,
        kept::KeptJson,
        same::items,
    },
    limits::{XML_DEPTH_MAX, XML_NAME_BYTES_MAX},
};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt::Write as _};

/// Elements around a kept value at most: document, body, results, list, wrappers, event, `ilmd` or sensor.
const AROUND: usize = 14;

/// Writes kept values and remembers the namespaces that they need.
pub(super) struct Values {
    context: Context,
    /// By prefix: the namespaces to declare on the event.
    declared: BTreeMap<String, String>,
}

impl Values {
    pub(super) fn new(event: &Event) -> Self {
        let namespaces = &event.more().namespaces;
        let usable = |(prefix, uri): &(&String, &String)| {
            is_name(prefix) && !prefix.starts_with("xml") && !uri.is_empty()
        };
        Self {
            context: Context::of(namespaces),
            declared: namespaces
                .iter()
                .filter(usable)
                .map(|(prefix, uri)| (prefix.clone(), uri.clone()))
                .collect(),
        }
    }

    /// ` xmlns:prefix="..."` for each namespace.
    pub(super) fn declarations(&self) -> String {
        self.declared
            .iter()
            .fold(String::new(), |mut out, (prefix, uri)| {
                let _ = write!(out, " xmlns:{prefix}=\"{}\"", escaped(uri));
                out
            })
    }

    /// The namespace that a member's name stands in.
    pub(super) fn namespace(&self, name: &str) -> Option<String> {
        let (namespace, _) = self.context.qualified(name)?;
        Some(namespace.to_owned())
    }

    /// The members of a kept object, as elements of their own namespaces.
    pub(super) fn members(
        &mut self,
        out: &mut String,
        kept: Option<&KeptJson>,
    ) -> Result<(), Unwritable> {
        if let Some(Value::Object(map)) = kept.map(KeptJson::value) {
            for (name, value) in &map {
                self.member(out, name, value, false)?;
            }
        }
        Ok(())
    }

    /// One member; `local` leaves its namespace out, as within the wrappers of EPCIS 1.x.
    pub(super) fn member(
        &mut self,
        out: &mut String,
        name: &str,
        value: &Value,
        local: bool,
    ) -> Result<(), Unwritable> {
        let tag = match local {
            true => name.rsplit(':').next().unwrap_or(name).to_owned(),
            false => self.name(name)?,
        };
        self.named(out, &tag, name, value, AROUND)
    }

    /// A member without namespace: a field of the standard that is kept.
    pub(super) fn plain(
        &mut self,
        out: &mut String,
        name: &str,
        value: &Value,
    ) -> Result<(), Unwritable> {
        self.named(out, name, name, value, AROUND)
    }

    /// The qualified name for a member's name.
    fn name(&mut self, name: &str) -> Result<String, Unwritable> {
        let refuse = |why| Unwritable {
            field: name.chars().take(80).collect(),
            why,
        };
        if name.starts_with("xml:") && is_name(&name[4..]) {
            return Ok(name.to_owned());
        }
        let (wanted, uri, local) = match (name.strip_prefix('@'), self.context.qualified(name)) {
            (Some(keyword), _) => (KEYWORDS_PREFIX.0, KEYWORDS_PREFIX.1.to_owned(), keyword),
            (None, Some((uri, local))) => {
                let prefix = name.split_once(':').map_or("", |(prefix, _)| prefix);
                (prefix, uri.to_owned(), local)
            }
            (None, None) => match name.split_once(':') {
                Some((prefix, local)) => (prefix, format!("{prefix}:"), local),
                None if is_name(name) => return Ok(name.to_owned()),
                None => return Err(refuse("its name is no XML name")),
            },
        };
        if !is_name(local) {
            return Err(refuse("its name is no XML name"));
        }
        if uri.len() > XML_NAME_BYTES_MAX
            || uri.chars().any(|c| c.is_whitespace() || !is_character(c))
        {
            return Err(refuse("its namespace is no URI"));
        }
        if let Some((prefix, _)) = self.declared.iter().find(|(_, known)| **known == uri) {
            return Ok(format!("{prefix}:{local}"));
        }
        let usable = |prefix: &str| {
            is_name(prefix) && !prefix.starts_with("xml") && !self.declared.contains_key(prefix)
        };
        let prefix = match usable(wanted) {
            true => wanted.to_owned(),
            false => (1..)
                .map(|n| format!("ns{n}"))
                .find(|prefix| usable(prefix))
                .unwrap_or_default(),
        };
        self.declared.insert(prefix.clone(), uri);
        Ok(format!("{prefix}:{local}"))
    }

    fn named(
        &mut self,
        out: &mut String,
        tag: &str,
        name: &str,
        value: &Value,
        depth: usize,
    ) -> Result<(), Unwritable> {
        if depth > XML_DEPTH_MAX {
            return Err(Unwritable {
                field: name.chars().take(80).collect(),
                why: "it nests too deep",
            });
        }
        if let (Some(single), Value::Array(_)) = (tag.strip_suffix("List"), value)
            && !single.is_empty()
            && !single.ends_with(':')
        {
            let _ = write!(out, "<{tag}>");
            self.each(out, single, name, value, depth + 1)?;
            let _ = write!(out, "</{tag}>");
            return Ok(());
        }
        self.each(out, tag, name, value, depth)
    }

    fn each(
        &mut self,
        out: &mut String,
        tag: &str,
        name: &str,
        value: &Value,
        depth: usize,
    ) -> Result<(), Unwritable> {
        let mut result = Ok(());
        items(value, &mut |item| {
            if result.is_ok() {
                result = self.one(out, tag, name, item, depth);
            }
        });
        result
    }

    fn one(
        &mut self,
        out: &mut String,
        tag: &str,
        name: &str,
        value: &Value,
        depth: usize,
    ) -> Result<(), Unwritable> {
        let Value::Object(map) = value else {
            let text = text(value, name)?;
            element(out, tag, &text);
            return Ok(());
        };
        let _ = write!(out, "<{tag}");
        let mut inside = String::new();
        for (key, value) in map {
            let scalar = !matches!(value, Value::Object(_) | Value::Array(_));
            if key == "#text" {
                inside.insert_str(0, &escaped(&text(value, name)?));
            } else if scalar && !key.contains(':') && self.context.qualified(key).is_none() {
                let attribute = self.name(key)?;
                let _ = write!(
                    out,
                    " {attribute}=\"{}\"",
                    escaped(text(value, key)?.as_str())
                );
            } else {
                let tag = self.name(key)?;
                self.named(&mut inside, &tag, key, value, depth + 1)?;
            }
        }
        let _ = write!(out, ">{inside}</{tag}>");
        Ok(())
    }

    /// `sensorElementList`, with the standard's members as attributes.
    pub(super) fn sensors(
        &mut self,
        out: &mut String,
        kept: Option<&KeptJson>,
    ) -> Result<(), Unwritable> {
        let Some(Value::Array(elements)) = kept.map(KeptJson::value) else {
            return Ok(());
        };
        out.push_str("<sensorElementList>");
        for map in elements.iter().filter_map(Value::as_object) {
            out.push_str("<sensorElement>");
            if let Some(Value::Object(metadata)) = map.get("sensorMetadata") {
                self.measured(out, "sensorMetadata", metadata, SENSOR_METADATA)?;
            }
            let reports = map.get("sensorReport").and_then(Value::as_array);
            for report in reports.into_iter().flatten().filter_map(Value::as_object) {
                self.measured(out, "sensorReport", report, SENSOR_REPORT)?;
            }
            for (name, value) in map {
                if !matches!(&**name, "type" | "sensorMetadata" | "sensorReport") {
                    self.member(out, name, value, false)?;
                }
            }
            out.push_str("</sensorElement>");
        }
        out.push_str("</sensorElementList>");
        Ok(())
    }

    fn measured(
        &mut self,
        out: &mut String,
        tag: &str,
        map: &Map<String, Value>,
        known: &[&str],
    ) -> Result<(), Unwritable> {
        let _ = write!(out, "<{tag}");
        let mut inside = String::new();
        for (name, value) in map {
            if known.contains(&name.as_str()) {
                if !value.is_null() {
                    let text = word(name, text(value, name)?);
                    let _ = write!(out, " {name}=\"{}\"", escaped(&text));
                }
                continue;
            }
            let attribute = self.name(name)?;
            match value {
                Value::Object(_) | Value::Array(_) => {
                    self.named(&mut inside, &attribute, name, value, AROUND)?;
                }
                scalar => {
                    let _ = write!(
                        out,
                        " {attribute}=\"{}\"",
                        escaped(text(scalar, name)?.as_str())
                    );
                }
            }
        }
        let _ = write!(out, ">{inside}</{tag}>");
        Ok(())
    }
}

/// A bare word of GS1's as the URI that the XML schema wants.
fn word(name: &str, text: String) -> String {
    let (words, namespace) = match name {
        "type" => (MEASUREMENT_TYPES, "https://gs1.org/voc/"),
        "exception" => (SENSOR_EXCEPTIONS, "https://gs1.org/voc/"),
        "component" => (COMPONENTS, "https://ref.gs1.org/cbv/Comp-"),
        _ => return text,
    };
    match words.contains(&text.as_str()) {
        true => format!("{namespace}{text}"),
        false => text,
    }
}

/// The text of a scalar, if XML has these characters.
fn text(value: &Value, name: &str) -> Result<String, Unwritable> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => String::new(),
    };
    match text.chars().all(is_character) {
        true => Ok(text),
        false => Err(Unwritable {
            field: name.chars().take(80).collect(),
            why: "it has control characters",
        }),
    }
}
