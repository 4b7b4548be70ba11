//! The standard's own fields of an event element as JSON members, one function for each shape.

use super::{
    source::{Element, Name},
    told::{Place, STRUCTURE, Teller, is_schema_attribute, number, standard_name},
};
use crate::epcis::error::At;
use serde_json::{Map, Value};

impl Teller {
    pub(super) fn text(&mut self, element: &Element, place: &Place<'_>) -> Value {
        self.no_attributes(element, place, &[]);
        self.no_children(element, place);
        element.text.trim().into()
    }

    /// A time; without seconds, where that is taken, it means a full minute.
    pub(super) fn time(&mut self, element: &Element, place: &Place<'_>) -> Value {
        let value = self.text(element, place);
        match value.as_str() {
            Some(text) if self.minutes && without_seconds(text) => {
                let (minutes, zone) = text.split_at(16);
                format!("{minutes}:00{zone}").into()
            }
            _ => value,
        }
    }

    /// The URI of a certificate, or its details, which have no form in the XML schema of the standard.
    pub(super) fn certificate(&mut self, element: &Element, place: &Place<'_>) -> Value {
        let told = |(name, _): &(Name, String)| !is_schema_attribute(name);
        match element.children.is_empty() && !element.attributes.iter().any(told) {
            true => self.text(element, place),
            false => self.value(element, place),
        }
    }

    pub(super) fn list(
        &mut self,
        element: &Element,
        at: &At<'_>,
        place: &Place<'_>,
        item: &str,
        read: fn(&mut Self, &Element, &At<'_>, &Place<'_>) -> Value,
    ) -> Value {
        self.no_text(element, place);
        self.no_attributes(element, place, &[]);
        let mut items = Vec::with_capacity(element.children.len());
        for child in &element.children {
            let place = place.child(element, child);
            if standard_name(&child.name, self.strict) == Some(item) {
                let at = at.index(items.len());
                self.note(&at, &place);
                items.push(read(self, child, &at, &place));
            } else {
                let remedy = format!("write <{item}> here");
                self.refuse(&place, STRUCTURE, "an unknown element", &remedy);
            }
        }
        Value::Array(items)
    }

    pub(super) fn item_text(&mut self, element: &Element, _: &At<'_>, place: &Place<'_>) -> Value {
        self.text(element, place)
    }

    pub(super) fn quantity(&mut self, element: &Element, at: &At<'_>, place: &Place<'_>) -> Value {
        self.no_text(element, place);
        self.no_attributes(element, place, &[]);
        let mut map = Map::new();
        for child in &element.children {
            let here = place.child(element, child);
            let key = self.field_key(&child.name);
            let at = at.key(&key);
            self.note(&at, &here);
            let nil = child.attributes.iter().any(|(name, value)| {
                is_schema_attribute(name)
                    && *name.local == *"nil"
                    && matches!(value.trim(), "true" | "1")
            });
            if key == "quantity" {
                self.no_attributes(child, &here, &[]);
            }
            let value = match &*key {
                "quantity" if nil => continue,
                "quantity" => match number(child.text.trim()) {
                    Some(number) => number,
                    None => {
                        let found = format!("`{}`", child.text.trim());
                        self.refuse(
                            &here,
                            "EPCIS 2.0 §7.3.3.3: quantity is a number, zero or more",
                            found,
                            "write digits, such as 12.5",
                        );
                        continue;
                    }
                },
                _ => self.text(child, &here),
            };
            if map.insert(key.clone(), value).is_some() {
                self.refuse(&here, STRUCTURE, "the element twice", "remove one of them");
            }
        }
        Value::Object(map)
    }

    /// `<source type="...">id</source>` and its like.
    pub(super) fn typed(&mut self, element: &Element, at: &At<'_>, place: &Place<'_>) -> Value {
        self.no_attributes(element, place, &["type"]);
        self.no_children(element, place);
        let mut map = Map::new();
        for (name, value) in &element.attributes {
            if name.namespace.is_none() && *name.local == *"type" {
                self.note(&at.key("type"), &place.attribute(name));
                map.insert("type".into(), value.trim().into());
            }
        }
        let own = element.name.local.to_string();
        self.note(&at.key(&own), place);
        map.insert(own, element.text.trim().into());
        Value::Object(map)
    }

    /// Children of the standard's through `read`, others as extensions; wrappers are looked into.
    pub(super) fn object(
        &mut self,
        element: &Element,
        at: &At<'_>,
        place: &Place<'_>,
        map: &mut Map<String, Value>,
        read: fn(&mut Self, &str, &Element, &At<'_>, &Place<'_>) -> Option<Value>,
    ) {
        self.no_text(element, place);
        for child in &element.children {
            let here = place.child(element, child);
            let Some(name) = standard_name(&child.name, self.strict) else {
                let value = self.value(child, &here);
                self.extension(map, &child.name, value, at, &here);
                continue;
            };
            if name == "extension" {
                self.object(child, at, &here, map, read);
                continue;
            }
            let at = at.key(name);
            self.note(&at, &here);
            let value = match read(self, name, child, &at, &here) {
                Some(value) => value,
                None => self.value(child, &here),
            };
            if map.insert(name.to_owned(), value).is_some() {
                self.refuse(&here, STRUCTURE, "the element twice", "remove one of them");
            }
        }
    }

    pub(super) fn place(&mut self, element: &Element, at: &At<'_>, place: &Place<'_>) -> Value {
        self.no_attributes(element, place, &[]);
        let mut map = Map::new();
        self.object(
            element,
            at,
            place,
            &mut map,
            |this, name, child, _, here| (name == "id").then(|| this.text(child, here)),
        );
        Value::Object(map)
    }

    pub(super) fn persistent_disposition(
        &mut self,
        element: &Element,
        at: &At<'_>,
        place: &Place<'_>,
    ) -> Value {
        self.no_text(element, place);
        self.no_attributes(element, place, &[]);
        let mut map = Map::new();
        // The schema lets the element be empty.
        if element.children.is_empty() {
            map.insert("set".into(), Value::Array(Vec::new()));
        }
        for child in &element.children {
            let here = place.child(element, child);
            let key = self.field_key(&child.name);
            if !matches!(&*key, "set" | "unset") {
                self.refuse(
                    &here,
                    STRUCTURE,
                    "an unknown element",
                    "write <set> or <unset>",
                );
                continue;
            }
            let value = self.text(child, &here);
            if let Value::Array(items) = map
                .entry(key.clone())
                .or_insert_with(|| Value::Array(Vec::new()))
            {
                let list = at.key(&key);
                self.note(&list.index(items.len()), &here);
                items.push(value);
            }
        }
        Value::Object(map)
    }

    pub(super) fn error_declaration(
        &mut self,
        element: &Element,
        at: &At<'_>,
        place: &Place<'_>,
    ) -> Value {
        let mut map = Map::new();
        self.extension_attributes(element, at, place, &mut map);
        self.object(
            element,
            at,
            place,
            &mut map,
            |this, name, child, at, here| match name {
                "declarationTime" => Some(this.time(child, here)),
                "reason" => Some(this.text(child, here)),
                "correctiveEventIDs" => {
                    Some(this.list(child, at, here, "correctiveEventID", Self::item_text))
                }
                _ => None,
            },
        );
        Value::Object(map)
    }

    pub(super) fn ilmd(&mut self, element: &Element, at: &At<'_>, place: &Place<'_>) -> Value {
        let mut map = Map::new();
        self.extension_attributes(element, at, place, &mut map);
        self.object(element, at, place, &mut map, |_, _, _, _, _| None);
        Value::Object(map)
    }

    pub(super) fn extension_attributes(
        &mut self,
        element: &Element,
        at: &At<'_>,
        place: &Place<'_>,
        map: &mut Map<String, Value>,
    ) {
        for (name, value) in &element.attributes {
            let here = place.attribute(name);
            match &name.namespace {
                _ if is_schema_attribute(name) => {}
                Some(_) => self.extension(map, name, value.trim().into(), at, &here),
                None => self.refuse(&here, STRUCTURE, "an unknown attribute", "remove it"),
            }
        }
    }

    pub(super) fn sensor_element(
        &mut self,
        element: &Element,
        at: &At<'_>,
        place: &Place<'_>,
    ) -> Value {
        self.no_text(element, place);
        self.no_attributes(element, place, &[]);
        let mut map = Map::new();
        let mut reports = Vec::new();
        self.sensor_children(element, at, place, &mut map, &mut reports);
        if !reports.is_empty() {
            map.insert("sensorReport".into(), Value::Array(reports));
        }
        Value::Object(map)
    }

    pub(super) fn sensor_children(
        &mut self,
        element: &Element,
        at: &At<'_>,
        place: &Place<'_>,
        map: &mut Map<String, Value>,
        reports: &mut Vec<Value>,
    ) {
        for child in &element.children {
            let here = place.child(element, child);
            match standard_name(&child.name, self.strict) {
                None => {
                    let value = self.value(child, &here);
                    self.extension(map, &child.name, value, at, &here);
                }
                Some("sensorMetadata") => {
                    let at = at.key("sensorMetadata");
                    let value = self.measured(child, &at, &here);
                    if map.insert("sensorMetadata".into(), value).is_some() {
                        self.refuse(&here, STRUCTURE, "the element twice", "remove one of them");
                    }
                }
                Some("sensorReport") => {
                    let list = at.key("sensorReport");
                    let value = self.measured(child, &list.index(reports.len()), &here);
                    reports.push(value);
                }
                Some("extension") => self.sensor_children(child, at, &here, map, reports),
                Some(_) => self.refuse(
                    &here,
                    STRUCTURE,
                    "an unknown element",
                    "write <sensorMetadata> or <sensorReport>",
                ),
            }
        }
    }

    /// The attributes of `sensorMetadata` or `sensorReport`, with numbers and booleans as such.
    pub(super) fn measured(&mut self, element: &Element, at: &At<'_>, place: &Place<'_>) -> Value {
        self.no_text(element, place);
        self.note(at, place);
        let mut map = Map::new();
        for (name, text) in &element.attributes {
            if is_schema_attribute(name) {
                continue;
            }
            let here = place.attribute(name);
            if name.namespace.is_some() {
                self.extension(&mut map, name, text.trim().into(), at, &here);
                continue;
            }
            self.note(&at.key(&name.local), &here);
            let value = match &*name.local {
                "value" | "minValue" | "maxValue" | "meanValue" | "sDev" | "percRank"
                | "percValue" => match number(text.trim()) {
                    Some(number) => number,
                    None => {
                        self.refuse(
                            &here,
                            "EPCIS 2.0 §7.3.7.3: this is a number",
                            format!("`{}`", text.trim()),
                            "write digits, such as 26.5",
                        );
                        continue;
                    }
                },
                "booleanValue" => match text.trim() {
                    "true" | "1" => true.into(),
                    "false" | "0" => false.into(),
                    other => {
                        self.refuse(
                            &here,
                            "EPCIS 2.0 §7.3.7.3: booleanValue is true or false",
                            format!("`{other}`"),
                            "write true or false",
                        );
                        continue;
                    }
                },
                _ => text.trim().into(),
            };
            map.insert(name.local.to_string(), value);
        }
        for child in &element.children {
            let here = place.child(element, child);
            let value = self.value(child, &here);
            self.extension(&mut map, &child.name, value, at, &here);
        }
        Value::Object(map)
    }
}

/// `2006-11-07T13:00Z`
fn without_seconds(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.is_ascii()
        && bytes.len() > 16
        && bytes[13] == b':'
        && matches!(bytes[16], b'Z' | b'+' | b'-')
}
