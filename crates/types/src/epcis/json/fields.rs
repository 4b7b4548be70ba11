//! Reading the fields of one JSON object, with every fault noted at its pointer.

use super::context::Context;
use crate::{
    epcis::{
        error::{At, Issues},
        event::{EventId, QuantityElement},
        time::Timestamp,
    },
    identifiers::Epc,
    quantity::Decimal,
};
use serde_json::{Map, Value};

/// Rules that several fields share.
pub(super) const URI_RULE: &str =
    "EPCIS 2.0 §6.4: an identifier is an absolute URI; EPC URIs follow TDS 2.0";
const TIME_RULE: &str = "EPCIS 2.0 §7.3.1: a time is ISO 8601 with seconds and a time zone";
const TIME_REMEDY: &str = "write for example 2026-11-20T08:00:00.000+01:00";

/// One object of the document, the names in force and where faults go.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) map: &'a Map<String, Value>,
    pub(super) at: &'a At<'a>,
    pub(super) context: &'a Context,
    pub(super) issues: &'a Issues,
}

impl<'a> Fields<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn refuse(
        &self,
        name: &str,
        rule: &str,
        found: impl std::fmt::Display,
        remedy: impl Into<String>,
    ) {
        self.issues.add(&self.at.key(name), rule, found, remedy);
    }

    /// Notes that a field which has to be there is not.
    pub(super) fn missing(&self, name: &str, rule: &str) {
        self.issues
            .add(self.at, rule, "no such field", format!("add `{name}`"));
    }

    pub(super) fn text(&self, name: &str, rule: &str) -> Option<&'a str> {
        let value = self.get(name)?;
        let text = value.as_str();
        if text.is_none() {
            self.refuse(name, rule, kind(value), "write a string");
        }
        text
    }

    pub(super) fn list(&self, name: &str, rule: &str) -> &'a [Value] {
        match self.get(name) {
            None => &[],
            Some(Value::Array(items)) => items,
            Some(other) => {
                self.refuse(name, rule, kind(other), "write a list: [ ... ]");
                &[]
            }
        }
    }

    pub(super) fn time(&self, name: &str) -> Option<Timestamp> {
        let text = self.text(name, TIME_RULE)?;
        let time = Timestamp::parse(text);
        if time.is_none() {
            self.refuse(name, TIME_RULE, quoted(text), TIME_REMEDY);
        }
        time
    }

    pub(super) fn epc(&self, name: &str) -> Option<Epc> {
        let value = self.get(name)?;
        self.epc_of(value, &self.at.key(name))
    }

    pub(super) fn epc_of(&self, value: &Value, at: &At<'_>) -> Option<Epc> {
        let Some(text) = value.as_str() else {
            self.issues.add(
                at,
                URI_RULE,
                kind(value),
                "write the identifier as a string",
            );
            return None;
        };
        match Epc::parse(&self.context.expanded(text)) {
            Ok(epc) => Some(epc),
            Err(error) => {
                self.issues.add(
                    at,
                    URI_RULE,
                    format!("{}: {}", quoted(text), error.fault),
                    error.remedy,
                );
                None
            }
        }
    }

    pub(super) fn epcs(&self, name: &str) -> Vec<Epc> {
        let at = self.at.key(name);
        let items = self
            .list(name, "EPCIS 2.0 §7.4: a list of EPCs is a list of URIs")
            .iter()
            .enumerate();
        items
            .filter_map(|(index, item)| self.epc_of(item, &at.index(index)))
            .collect()
    }

    pub(super) fn event_id_of(&self, value: &Value, at: &At<'_>) -> Option<EventId> {
        let id = value
            .as_str()
            .and_then(|text| EventId::parse(&self.context.expanded(text)));
        if id.is_none() {
            self.issues.add(
                at,
                "EPCIS 2.0 §7.4.1: an event id is a URI of at most 256 bytes",
                value,
                "write for example urn:uuid:... or ni:///sha-256;...",
            );
        }
        id
    }

    /// The objects of a list, each with its own [`Fields`], through `read`.
    pub(super) fn each<T>(
        &self,
        name: &str,
        rule: &str,
        read: impl Fn(&Fields<'_>) -> Option<T>,
    ) -> Vec<T> {
        let at = self.at.key(name);
        let mut out = Vec::new();
        for (index, item) in self.list(name, rule).iter().enumerate() {
            let at = at.index(index);
            match item {
                Value::Object(map) => out.extend(read(&Fields {
                    map,
                    at: &at,
                    ..*self
                })),
                other => self
                    .issues
                    .add(&at, rule, kind(other), "write an object: { ... }"),
            }
        }
        out
    }

    pub(super) fn quantities(&self, name: &str) -> Vec<QuantityElement> {
        self.each(
            name,
            "EPCIS 2.0 §7.3.3.3: a quantity list is a list of quantity elements",
            |element| {
                element.only(
                    &["epcClass", "quantity", "uom"],
                    "EPCIS 2.0 §7.3.3.3: a quantity element has epcClass, quantity and uom only",
                );
                if element.get("epcClass").is_none() {
                    element.missing("epcClass", "EPCIS 2.0 §7.3.3.3: epcClass is required");
                }
                let quantity = element.quantity();
                let uom = element.uom();
                if uom.is_some() && element.get("quantity").is_none() {
                    element.missing(
                        "quantity",
                        "EPCIS 2.0 §7.3.3.3: a unit without a quantity says nothing",
                    );
                }
                Some(QuantityElement {
                    class: element.epc("epcClass")?,
                    quantity,
                    uom,
                })
            },
        )
    }

    fn quantity(&self) -> Option<Decimal> {
        const RULE: &str = "EPCIS 2.0 §7.3.3.3: quantity is a number, zero or more";
        let value = self.get("quantity")?;
        let Value::Number(number) = value else {
            self.refuse(
                "quantity",
                RULE,
                kind(value),
                "write digits without quotes, such as 12.5",
            );
            return None;
        };
        match Decimal::parse(number.as_str()) {
            Ok(quantity) if !quantity.is_negative() => return Some(quantity),
            Ok(_) => self.refuse("quantity", RULE, number, "write zero or more"),
            Err(error) => self.refuse(
                "quantity",
                RULE,
                error,
                "at most 9 digits behind the point and 18 in all are kept",
            ),
        }
        None
    }

    fn uom(&self) -> Option<Box<str>> {
        const RULE: &str = "EPCIS 2.0 §7.3.3.3: uom is a UN/ECE Recommendation 20 code";
        let text = self.text("uom", RULE)?;
        let fits = matches!(text.len(), 2..=3)
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !fits {
            self.refuse(
                "uom",
                RULE,
                quoted(text),
                "write two or three capital letters or digits, such as KGM",
            );
        }
        fits.then(|| text.into())
    }

    /// Notes every field that is not one of `known`.
    pub(super) fn only(&self, known: &[&str], rule: &str) {
        for name in self
            .map
            .keys()
            .filter(|name| !known.contains(&name.as_str()))
        {
            self.refuse(
                name,
                rule,
                format!("the field {}", quoted(name)),
                "remove it or correct its name",
            );
        }
    }

    /// The fields that are not `known`: they must belong to a namespace.
    pub(super) fn extensions(&self, known: &[&str]) -> Option<Value> {
        let mut extra = Map::new();
        for (name, value) in self
            .map
            .iter()
            .filter(|(name, _)| !known.contains(&name.as_str()))
        {
            self.must_be_qualified(name);
            extra.insert(name.clone(), value.clone());
        }
        (!extra.is_empty()).then_some(Value::Object(extra))
    }

    pub(super) fn must_be_qualified(&self, name: &str) {
        if !self.context.is_qualified(name) {
            self.refuse(
                name,
                "EPCIS 2.0 §7.1: a field outside the standard belongs to a namespace",
                format!("the field {}", quoted(name)),
                "correct its name, or declare a prefix in @context and write prefix:name",
            );
        }
    }
}

/// What sort of JSON value it is, for people.
pub(super) fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text {}", quoted(text)),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
    }
}

pub(super) fn quoted(text: &str) -> String {
    format!("`{}`", text.chars().take(80).collect::<String>())
}
