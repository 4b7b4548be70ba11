//! Kept values as XML: members become elements with their namespaces, the inverse of `told`.

use super::{
    source::{is_character, is_name},
    told::is_standard,
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
    limits::{XML_ATTRIBUTES_MAX, XML_DEPTH_MAX, XML_NAME_BYTES_MAX},
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
            is_prefix(prefix) && is_uri(uri) && !is_scheme(prefix, uri)
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
    pub(super) fn declarations(&self) -> Result<String, Unwritable> {
        let mut out = String::new();
        for (place, (prefix, uri)) in self.declared.iter().enumerate() {
            if place == XML_ATTRIBUTES_MAX {
                return Err(refused(prefix, "the event has too many namespaces"));
            }
            let _ = write!(out, " xmlns:{prefix}=\"{}\"", escaped(uri));
        }
        Ok(out)
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
                Some((prefix, local)) => return self.undeclared(name, prefix, local),
                None if is_name(name) && name != "xmlns" => return Ok(name.to_owned()),
                None => return Err(refused(name, NO_NAME)),
            },
        };
        if !is_uri(&uri) {
            return Err(refused(name, "its namespace is no URI"));
        }
        if is_standard(&uri) {
            return Err(refused(name, "its namespace is the standard's own"));
        }
        let local = local.to_owned();
        let tag = format!("{}:{local}", self.prefix(wanted, uri));
        match is_name(&local) && tag.len() <= XML_NAME_BYTES_MAX {
            true => Ok(tag),
            false => Err(refused(name, NO_NAME)),
        }
    }

    /// The prefix that is declared for a namespace: the one wanted where it can be.
    fn prefix(&mut self, wanted: &str, uri: String) -> String {
        let known = self.declared.iter();
        let mut known = known.filter(|(prefix, known)| **known == uri && !is_scheme(prefix, &uri));
        if let Some((prefix, _)) = known.next() {
            return prefix.clone();
        }
        let usable = |prefix: &str| {
            is_prefix(prefix) && !is_scheme(prefix, &uri) && !self.declared.contains_key(prefix)
        };
        let prefix = match usable(wanted) {
            true => wanted.to_owned(),
            false => (1..)
                .map(|n| format!("ns{n}"))
                .find(|prefix| usable(prefix))
                .unwrap_or_default(),
        };
        self.declared.insert(prefix.clone(), uri);
        prefix
    }

    /// A name whose prefix is declared nowhere, as it is: its namespace is the prefix as a scheme, and only that prefix
    /// stands for it, so that a reader knows it from a declared one.
    fn undeclared(&mut self, name: &str, prefix: &str, local: &str) -> Result<String, Unwritable> {
        if !is_name(local) || name.len() > XML_NAME_BYTES_MAX {
            return Err(refused(name, NO_NAME));
        }
        let scheme = format!("{prefix}:");
        let free = self.declared.get(prefix).is_none_or(|uri| *uri == scheme);
        if !free || !is_prefix(prefix) {
            return Err(refused(
                name,
                "its prefix is declared nowhere and is no XML prefix",
            ));
        }
        self.declared.insert(prefix.to_owned(), scheme);
        Ok(name.to_owned())
    }

    /// The text of a scalar, if XML has these characters and can say what its prefix stands for.
    fn text(&self, value: &Value, name: &str) -> Result<String, Unwritable> {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            _ => String::new(),
        };
        if !text.chars().all(is_character) {
            return Err(refused(name, "it has control characters"));
        }
        match self.context.own_prefix(&text) {
            Some(prefix)
                if !self.declared.contains_key(prefix) && self.context.expanded(&text) != text =>
            {
                Err(refused(
                    name,
                    "its value has a prefix that is no XML prefix",
                ))
            }
            _ => Ok(text),
        }
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
            return Err(refused(name, "it nests too deep"));
        }
        let (Some(single), Value::Array(_)) = (tag.strip_suffix("List"), value) else {
            return self.each(out, tag, name, value, depth);
        };
        if single.is_empty() || single.ends_with(':') {
            return Err(refused(name, "a list has a name in front of `List`"));
        }
        let _ = write!(out, "<{tag}>");
        self.each(out, single, name, value, depth + 1)?;
        let _ = write!(out, "</{tag}>");
        Ok(())
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
            let text = self.text(value, name)?;
            element(out, tag, &text);
            return Ok(());
        };
        let _ = write!(out, "<{tag}");
        let mut inside = String::new();
        let mut attributes = 0;
        for (key, value) in map {
            let scalar = !matches!(value, Value::Object(_) | Value::Array(_));
            if key == "#text" {
                inside.insert_str(0, &escaped(&self.text(value, name)?));
            } else if scalar && !key.contains(':') && self.context.qualified(key).is_none() {
                attributes += 1;
                let attribute = self.name(key)?;
                let _ = write!(
                    out,
                    " {attribute}=\"{}\"",
                    escaped(self.text(value, key)?.as_str())
                );
            } else {
                let tag = self.name(key)?;
                self.named(&mut inside, &tag, key, value, depth + 1)?;
            }
        }
        if attributes > XML_ATTRIBUTES_MAX {
            return Err(refused(name, TOO_MANY));
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
        if map.len() > XML_ATTRIBUTES_MAX {
            return Err(refused(tag, TOO_MANY));
        }
        let mut inside = String::new();
        for (name, value) in map {
            if known.contains(&name.as_str()) {
                if !value.is_null() {
                    let text = word(name, self.text(value, name)?);
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
                        escaped(self.text(scalar, name)?.as_str())
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

const NO_NAME: &str = "its name is no XML name";
const TOO_MANY: &str = "it has too many members";

fn refused(name: &str, why: &'static str) -> Unwritable {
    Unwritable {
        field: name.chars().take(80).collect(),
        why,
    }
}

/// Whether it can be declared for a prefix.
fn is_uri(text: &str) -> bool {
    let fits = (1..=XML_NAME_BYTES_MAX).contains(&text.len());
    fits && !text.chars().any(|c| c.is_whitespace() || !is_character(c))
}

fn is_prefix(text: &str) -> bool {
    is_name(text) && !text.starts_with("xml")
}

/// Whether a prefix stands for itself, as one that is declared nowhere.
fn is_scheme(prefix: &str, uri: &str) -> bool {
    uri.strip_suffix(':') == Some(prefix)
}
