//! An event element as the members that JSON-LD has for it, so that one reader judges both forms.
//!
//! Flow: [`Teller::event`] walks the element's children, through the `extension` and `baseExtension` wrappers of
//! EPCIS 1.x, and gives a JSON object and the prefixes in force; faults that only XML can have are noted here, the rest
//! by the JSON reader, whose pointers [`Teller::place_of`] turns back into XPaths.
//!
//! Invariant: what a child, an attribute or a text says is in the object or in a fault. Attributes of elements of
//! somebody's own namespace become members beside `#text`; an `xsi:type` of a number or boolean makes the value one.

use super::{
    order,
    source::{Binding, Element, Name, fault},
};
use crate::{
    epcis::{
        error::{At, ERRORS_PER_EVENT_MAX, EpcisError},
        json::{context::Context, scan::NUMBER_CHARS_MAX},
    },
    identifiers::Epc,
    limits::XML_NAME_BYTES_MAX,
};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

pub(super) const EPCIS_2: &str = "urn:epcglobal:epcis:xsd:2";
pub(super) const EPCIS_1: &str = "urn:epcglobal:epcis:xsd:1";
pub(super) const QUERY_2: &str = "urn:epcglobal:epcis-query:xsd:2";
pub(super) const QUERY_1: &str = "urn:epcglobal:epcis-query:xsd:1";
/// JSON-LD keywords as names in XML: `jsonld:type` for `@type`.
pub(super) const KEYWORDS: &str = "http://www.w3.org/ns/json-ld#";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const XSD: &str = "http://www.w3.org/2001/XMLSchema";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// Prefixes that would turn ordinary URIs into compact ones.
const SCHEMES: &[&str] = &[
    "urn", "http", "https", "ni", "did", "geo", "mailto", "ftp", "tag",
];
/// Namespaces of one event.
const NAMESPACES_MAX: usize = 200;
pub(super) const STRUCTURE: &str = "EPCIS 2.0 §9: the elements are those of the XML schema";

/// Whether a namespace is one of the standard's own, of either version.
pub(super) fn is_standard(namespace: &str) -> bool {
    [EPCIS_2, EPCIS_1, QUERY_2, QUERY_1].contains(&namespace)
}

/// The name of an element of the standard in a document of this version, or `None` for one of somebody's own. Nested
/// elements of the standard have no namespace, or that of the document.
pub(super) fn standard_name(name: &Name, strict: bool) -> Option<&str> {
    let own = match strict {
        true => [EPCIS_2, QUERY_2],
        false => [EPCIS_1, QUERY_1],
    };
    match name.namespace.as_deref() {
        None => Some(&name.local),
        Some(namespace) => own.contains(&namespace).then_some(&name.local),
    }
}

/// Whether an attribute belongs to XML Schema's machinery and says nothing of the event.
pub(super) fn is_schema_attribute(name: &Name) -> bool {
    name.namespace.as_deref() == Some(XSI)
}

/// A place in the event, written as an XPath only when an error needs it.
pub(super) struct Place<'p> {
    parent: Option<&'p Place<'p>>,
    step: Step<'p>,
}

enum Step<'p> {
    Base(&'p str),
    Child(&'p Element, bool),
    Attribute(&'p Name),
}

impl<'p> Place<'p> {
    pub(super) fn base(path: &'p str) -> Self {
        Self {
            parent: None,
            step: Step::Base(path),
        }
    }

    pub(super) fn child(&'p self, of: &Element, child: &'p Element) -> Place<'p> {
        let same = |other: &&Element| other.name == child.name;
        let several = of.children.iter().filter(same).nth(1).is_some();
        Place {
            parent: Some(self),
            step: Step::Child(child, several),
        }
    }

    pub(super) fn attribute(&'p self, name: &'p Name) -> Place<'p> {
        Place {
            parent: Some(self),
            step: Step::Attribute(name),
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}")?;
        }
        match &self.step {
            Step::Base(path) => f.write_str(path),
            Step::Child(child, true) => write!(f, "/{}[{}]", child.name.written(), child.place),
            Step::Child(child, false) => write!(f, "/{}", child.name.written()),
            Step::Attribute(name) => write!(f, "/@{}", name.written()),
        }
    }
}

/// Turns elements into JSON members.
pub(super) struct Teller {
    /// Prefixes in force where the event starts and those it declares.
    scope: Vec<Binding>,
    /// The prefix that stands for each namespace in the kept form.
    prefixes: BTreeMap<Arc<str>, String>,
    taken: BTreeSet<String>,
    /// JSON pointers with their XPaths, noted only for the sake of an error.
    places: Option<BTreeMap<String, String>>,
    pub(super) issues: Vec<EpcisError>,
    /// Whether the document is of EPCIS 2.0, where the order of elements is held to.
    pub(super) strict: bool,
    /// Whether this is an event of EPCIS 1.x whose `ilmd` stands with another action than ADD: no master data then
    /// (EPCIS 2.0 section 7.4.2), but common, and kept as somebody's own field.
    misplaced_ilmd: bool,
    /// Whether times without seconds are taken: from EPCIS 1.x and from other repositories' answers.
    pub(super) minutes: bool,
}

impl Teller {
    pub(super) fn new(scope: Vec<Binding>, strict: bool, places: bool) -> Self {
        Self {
            scope,
            prefixes: BTreeMap::new(),
            taken: BTreeSet::new(),
            places: places.then(BTreeMap::new),
            issues: Vec::new(),
            strict,
            misplaced_ilmd: false,
            minutes: false,
        }
    }

    /// The prefixes in force for names and values.
    pub(super) fn context(&self) -> Context {
        let mut own: BTreeMap<String, String> = self
            .prefixes
            .iter()
            .map(|(uri, prefix)| (prefix.clone(), uri.to_string()))
            .collect();
        for (prefix, uri) in self.scope.iter().rev() {
            let plain = prefix.is_empty()
                || is_standard(uri)
                || [XSI, XSD].contains(&&**uri)
                || SCHEMES.contains(&&**prefix)
                || uri.strip_suffix(':') == Some(&**prefix)
                || Context::built_in().any(|known| known == (&**prefix, &**uri));
            if !plain && own.len() < NAMESPACES_MAX {
                own.entry(prefix.to_string())
                    .or_insert_with(|| uri.to_string());
            }
        }
        Context::of(&own)
    }

    /// The XPath for a JSON pointer of the reader, or that of the nearest member around it.
    pub(super) fn place_of(&self, pointer: &str) -> Option<String> {
        let places = self.places.as_ref()?;
        let mut pointer = pointer;
        loop {
            if let Some(place) = places.get(pointer) {
                return Some(place.clone());
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }

    pub(super) fn note(&mut self, at: &At<'_>, place: &Place<'_>) {
        if let Some(places) = &mut self.places {
            places.insert(at.to_string(), place.to_string());
        }
    }

    pub(super) fn refuse(
        &mut self,
        place: &Place<'_>,
        rule: &str,
        found: impl ToString,
        remedy: &str,
    ) {
        if self.issues.len() < ERRORS_PER_EVENT_MAX {
            self.issues
                .push(fault(place.to_string(), rule, found, remedy));
        }
    }

    /// The member name of an element or attribute: `prefix:name`, with one prefix for one namespace.
    pub(super) fn key(&mut self, name: &Name) -> String {
        let Some(uri) = &name.namespace else {
            return name.local.to_string();
        };
        if **uri == *XML {
            return format!("xml:{}", name.local);
        }
        if **uri == *KEYWORDS {
            return format!("@{}", name.local);
        }
        let as_told = uri.strip_suffix(':') == Some(&*name.prefix)
            || Context::built_in().any(|known| known == (&*name.prefix, &**uri));
        if as_told {
            return format!("{}:{}", name.prefix, name.local);
        }
        if let Some(prefix) = self.prefixes.get(uri) {
            return format!("{prefix}:{}", name.local);
        }
        let usable = |prefix: &str, taken: &BTreeSet<String>| {
            !prefix.is_empty() && !SCHEMES.contains(&prefix) && !taken.contains(prefix)
        };
        let prefix = match usable(&name.prefix, &self.taken) {
            true => name.prefix.to_string(),
            false => (1..)
                .map(|n| format!("ns{n}"))
                .find(|prefix| {
                    usable(prefix, &self.taken)
                        && self.scope.iter().all(|(known, _)| **known != **prefix)
                })
                .unwrap_or_default(),
        };
        self.taken.insert(prefix.clone());
        self.prefixes.insert(uri.clone(), prefix.clone());
        format!("{prefix}:{}", name.local)
    }

    /// The member name of an element where the standard's own may stand.
    pub(super) fn field_key(&mut self, name: &Name) -> String {
        match standard_name(name, self.strict) {
            Some(local) => local.to_owned(),
            None => self.key(name),
        }
    }

    /// The members of an event element.
    pub(super) fn event(
        &mut self,
        element: &Element,
        base: &str,
        bare: bool,
    ) -> Map<String, Value> {
        self.declared_within(element);
        let place = Place::base(base);
        self.note(&At::ROOT, &place);
        let mut map = Map::new();
        map.insert("type".into(), (&*element.name.local).into());
        for (name, value) in &element.attributes {
            if is_schema_attribute(name) || (bare && name.namespace.is_none()) {
                continue;
            }
            let at = place.attribute(name);
            match &name.namespace {
                Some(_) => self.extension(&mut map, name, value.trim().into(), &At::ROOT, &at),
                None => self.refuse(&at, STRUCTURE, "an unknown attribute", "remove it"),
            }
        }
        let adds = element.children.iter().any(|child| {
            standard_name(&child.name, self.strict) == Some("action") && child.text.trim() == "ADD"
        });
        self.misplaced_ilmd = !self.strict && !adds && *element.name.local == *"ObjectEvent";
        let order = match self.strict {
            true => order::of(&element.name.local),
            false => &[],
        };
        self.fields(element, &place, &mut map, order, false);
        if self.prefixes.len() > NAMESPACES_MAX
            || self
                .prefixes
                .keys()
                .any(|uri| uri.len() > XML_NAME_BYTES_MAX)
        {
            let found = self.prefixes.len();
            self.refuse(
                &place,
                "limit: an event uses at most 200 namespaces",
                found,
                "use fewer",
            );
        }
        map
    }

    fn declared_within(&mut self, element: &Element) {
        let mut stack = vec![element];
        while let Some(element) = stack.pop() {
            if self.scope.len() <= 2 * NAMESPACES_MAX {
                self.scope.extend(element.declared.iter().cloned());
            }
            stack.extend(element.children.iter().rev());
        }
    }

    /// The children of an event, and of the wrappers in it.
    fn fields(
        &mut self,
        element: &Element,
        place: &Place<'_>,
        map: &mut Map<String, Value>,
        order: &[&str],
        wrapped: bool,
    ) {
        self.no_text(element, place);
        let mut last: (usize, &str) = (0, "");
        for child in &element.children {
            let at = place.child(element, child);
            let Some(name) = standard_name(&child.name, self.strict) else {
                last = (order.len(), &child.name.local);
                let value = self.value(child, &at);
                self.extension(map, &child.name, value, &At::ROOT, &at);
                continue;
            };
            if let Some(rank) = order.iter().position(|known| *known == name) {
                if rank < last.0 {
                    self.refuse(
                        &at,
                        "EPCIS 2.0 §9: the elements of an event stand in the order of the XML schema",
                        format!("`{name}` behind `{}`", last.1),
                        "put the elements in the schema's order, extensions last",
                    );
                }
                last = (rank, name);
            }
            if matches!(name, "extension" | "baseExtension") {
                self.fields(child, &at, map, &[], true);
            } else {
                self.field(name, child, &at, map, wrapped);
            }
        }
    }

    fn field(
        &mut self,
        name: &str,
        child: &Element,
        place: &Place<'_>,
        map: &mut Map<String, Value>,
        wrapped: bool,
    ) {
        let key = At::ROOT.key(name);
        let at = &key;
        let value = match name {
            "eventTime" | "recordTime" => self.time(child, place),
            "eventTimeZoneOffset"
            | "eventID"
            | "parentID"
            | "action"
            | "bizStep"
            | "disposition"
            | "transformationID" => self.text(child, place),
            "certificationInfo" => {
                self.note(at, place);
                let value = self.certificate(child, place);
                let uri = value.as_str().is_none_or(|text| Epc::parse(text).is_ok());
                if uri || self.strict {
                    self.repeated(map, name, value);
                } else {
                    // EPCIS 1.x has no such field, so what stands there is somebody's own.
                    self.extension(map, &of_version_1(name), value, &At::ROOT, place);
                }
                return;
            }
            "epcList" | "childEPCs" | "inputEPCList" | "outputEPCList" => {
                self.list(child, at, place, "epc", Self::item_text)
            }
            "quantityList" | "childQuantityList" | "inputQuantityList" | "outputQuantityList" => {
                self.list(child, at, place, "quantityElement", Self::quantity)
            }
            "bizTransactionList" => self.list(child, at, place, "bizTransaction", Self::typed),
            "sourceList" => self.list(child, at, place, "source", Self::typed),
            "destinationList" => self.list(child, at, place, "destination", Self::typed),
            "sensorElementList" => {
                self.list(child, at, place, "sensorElement", Self::sensor_element)
            }
            "readPoint" | "bizLocation" => self.place(child, at, place),
            "persistentDisposition" => self.persistent_disposition(child, at, place),
            "errorDeclaration" => self.error_declaration(child, at, place),
            "ilmd" if !self.misplaced_ilmd => self.ilmd(child, at, place),
            own if wrapped => {
                // EPCIS 1.x keeps its wrappers for what later versions of the standard add.
                let value = self.value(child, place);
                self.extension(map, &of_version_1(own), value, &At::ROOT, place);
                return;
            }
            _ => self.value(child, place),
        };
        self.note(at, place);
        if map.insert(name.to_owned(), value).is_some() {
            self.refuse(place, STRUCTURE, "the element twice", "remove one of them");
        }
    }

    /// Adds an extension member, to those of the same name if there are.
    pub(super) fn extension(
        &mut self,
        map: &mut Map<String, Value>,
        name: &Name,
        value: Value,
        at: &At<'_>,
        place: &Place<'_>,
    ) {
        let key = self.key(name);
        self.note(&at.key(&key), place);
        self.repeated(map, &key, value);
    }

    pub(super) fn repeated(&self, map: &mut Map<String, Value>, key: &str, value: Value) {
        match map.get_mut(key) {
            None => drop(map.insert(key.to_owned(), value)),
            Some(Value::Array(items)) => items.push(value),
            Some(single) => {
                let first = single.take();
                *single = Value::Array(vec![first, value]);
            }
        }
    }

    pub(super) fn no_text(&mut self, element: &Element, place: &Place<'_>) {
        let text = element.text.trim();
        if !text.is_empty() {
            let shown: String = text.chars().take(40).collect();
            self.refuse(
                place,
                STRUCTURE,
                format!("the text `{shown}`"),
                "put it into an element",
            );
        }
    }

    pub(super) fn no_attributes(&mut self, element: &Element, place: &Place<'_>, but: &[&str]) {
        for (name, _) in &element.attributes {
            let known = name.namespace.is_none() && but.contains(&&*name.local);
            if !known && !is_schema_attribute(name) {
                let at = place.attribute(name);
                self.refuse(&at, STRUCTURE, "an unknown attribute", "remove it");
            }
        }
    }

    pub(super) fn no_children(&mut self, element: &Element, place: &Place<'_>) {
        if let Some(child) = element.children.first() {
            let at = place.child(element, child);
            self.refuse(&at, STRUCTURE, "an element where text is due", "remove it");
        }
    }

    /// What an element of somebody's own says: its text, or an object of its attributes and children.
    pub(super) fn value(&mut self, element: &Element, place: &Place<'_>) -> Value {
        let mut map = Map::new();
        let mut kind = None;
        for (name, value) in &element.attributes {
            if is_schema_attribute(name) {
                if *name.local == *"type" {
                    kind = Some(value.rsplit(':').next().unwrap_or(value));
                }
                continue;
            }
            let key = self.key(name);
            self.repeated(&mut map, &key, value.trim().into());
        }
        for child in &element.children {
            let here = place.child(element, child);
            let value = self.value(child, &here);
            let key = self.field_key(&child.name);
            self.repeated(&mut map, &key, value);
        }
        let text = element.text.trim();
        if map.is_empty() {
            return scalar(text, kind);
        }
        if !text.is_empty() {
            map.insert("#text".into(), text.into());
        }
        Value::Object(map)
    }
}

/// A field that EPCIS 1.x does not know, in its namespace.
fn of_version_1(local: &str) -> Name {
    Name {
        prefix: "epcis".into(),
        local: local.into(),
        namespace: Some(EPCIS_1.into()),
    }
}

/// A text, or the number or boolean that its `xsi:type` says it is.
fn scalar(text: &str, kind: Option<&str>) -> Value {
    match kind {
        Some("boolean") if matches!(text, "true" | "false") => (text == "true").into(),
        Some(
            "integer" | "int" | "long" | "short" | "byte" | "nonNegativeInteger"
            | "positiveInteger" | "unsignedInt" | "unsignedLong" | "decimal" | "double" | "float",
        ) => number(text).unwrap_or_else(|| text.into()),
        _ => text.into(),
    }
}

/// A decimal or double of XML Schema, digit by digit, as a JSON number.
pub(super) fn number(text: &str) -> Option<Value> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => unsigned.split_at(at),
        None => (unsigned, ""),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if text.len() > NUMBER_CHARS_MAX
        || !digits(whole)
        || !digits(fraction)
        || (whole.is_empty() && fraction.is_empty())
    {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let point = if fraction.is_empty() { "" } else { "." };
    let number: Value =
        serde_json::from_str(&format!("{sign}{whole}{point}{fraction}{exponent}")).ok()?;
    (number.to_string().len() <= NUMBER_CHARS_MAX).then_some(number)
}
