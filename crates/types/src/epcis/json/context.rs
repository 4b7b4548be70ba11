//! JSON-LD contexts: what a prefix or a term of somebody's own stands for (JSON-LD 1.1 section 4.1).
//!
//! The GS1 context is known by heart and never fetched; other contexts have to be written out in the
//! document. Prefixes and term definitions are understood. What a definition says besides `@id` (the type or the
//! container of its values) is passed over: extension values are kept as they are written.

use crate::epcis::error::{At, Issues};
use serde_json::{Map, Value};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

/// The GS1 context, as written in what we send.
pub const GS1_CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";
/// Prefixes that the GS1 context declares.
const BUILT_IN: &[(&str, &str)] = &[
    ("epcis", "https://ref.gs1.org/epcis/"),
    ("cbv", "https://ref.gs1.org/cbv/"),
    ("cbvmda", "urn:epcglobal:cbv:mda:"),
    ("gs1", "https://gs1.org/voc/"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ("dcterms", "http://purl.org/dc/terms/"),
];
/// The namespace of a prefix that the GS1 context declares.
pub fn built_in_namespace(prefix: &str) -> Option<&'static str> {
    BUILT_IN
        .iter()
        .find(|(known, _)| *known == prefix)
        .map(|(_, uri)| *uri)
}

/// Prefixes and terms of one document.
const TERMS_MAX: usize = 200;
/// Bytes of one prefix or its URI.
const TERM_BYTES_MAX: usize = 256;

/// What names without prefix stand in (JSON-LD 1.1 section 4.1.2); kept among the terms.
const VOCABULARY: &str = "@vocab";

/// The prefixes and terms in force at a place of a document.
#[derive(Clone, Debug, Default)]
pub(in crate::epcis) struct Context {
    own: BTreeMap<String, String>,
    gs1: bool,
}

impl Context {
    /// Whether the GS1 context was named.
    pub(super) fn has_gs1(&self) -> bool {
        self.gs1
    }

    /// Adds the `@context` found at `at`.
    pub(super) fn extend(&mut self, context: &Value, at: &At<'_>, issues: &Issues) {
        match context {
            Value::Array(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    match part {
                        Value::Array(_) => {
                            self.refuse(&at.index(index), issues, "a list in a list")
                        }
                        part => self.extend(part, &at.index(index), issues),
                    }
                }
            }
            Value::String(url) => {
                self.gs1 |= url.trim_end_matches('/').ends_with("epcis-context.jsonld")
            }
            Value::Object(terms) => {
                let mut defined = BTreeSet::new();
                for term in terms.keys() {
                    self.define_in(terms, term, &mut defined, at, issues);
                }
                self.check_settled(at, issues);
            }
            _ => self.refuse(at, issues, "something else"),
        }
    }

    fn refuse(&self, at: &At<'_>, issues: &Issues, found: &str) {
        issues.add(
            at,
            "JSON-LD 1.1 §4.1: a context is a URL, an object of prefixes, or a list of these",
            found,
            format!("write [\"{GS1_CONTEXT}\", {{\"ext\": \"https://ns.example.org/\"}}]"),
        );
    }

    /// Defines a term behind those of the same object that it is told with, whatever their order.
    fn define_in<'c>(
        &mut self,
        terms: &'c Map<String, Value>,
        term: &'c str,
        defined: &mut BTreeSet<&'c str>,
        at: &At<'_>,
        issues: &Issues,
    ) {
        let mut chain = vec![term];
        while let Some(prefix) = chain
            .last()
            .and_then(|term| told_with(terms, term))
            .filter(|prefix| !defined.contains(prefix) && !chain.contains(prefix))
            .filter(|_| chain.len() <= TERMS_MAX)
        {
            chain.push(prefix);
        }
        for term in chain.into_iter().rev() {
            if let Some(meaning) = terms.get(term).filter(|_| defined.insert(term)) {
                self.define(term, meaning, &at.key(term), issues);
            }
        }
    }

    /// Each URI is one whatever it is read beside, so that the terms can be written together.
    fn check_settled(&self, at: &At<'_>, issues: &Issues) {
        for (term, uri) in &self.own {
            if self.expanded(uri) != uri.as_str() {
                issues.add(
                    &at.key(term),
                    "JSON-LD 1.1 §4.1: a prefix stands for one URI, and not for itself",
                    uri,
                    "give the namespace's whole URI",
                );
            }
        }
    }

    fn define(&mut self, term: &str, meaning: &Value, at: &At<'_>, issues: &Issues) {
        if term.starts_with('@') && term != VOCABULARY {
            return;
        }
        let uri = match meaning {
            Value::String(uri) => Some(uri.as_str()),
            Value::Object(definition) => match definition.get("@id") {
                // The definition is about the values; its name says itself where it belongs (JSON-LD 1.1 §4.1).
                None if term.contains(':') || self.own.contains_key(VOCABULARY) => return,
                Some(Value::Null) => return,
                id => id.and_then(Value::as_str),
            },
            _ => None,
        };
        let uri = uri.map(|uri| self.expanded(uri).into_owned());
        match uri {
            Some(uri)
                if (!uri.is_empty() || term == VOCABULARY)
                    && uri.len() <= TERM_BYTES_MAX
                    && term.len() <= TERM_BYTES_MAX
                    && self.own.len() < TERMS_MAX =>
            {
                self.own.insert(term.to_owned(), uri);
            }
            _ if meaning.is_null() => {
                self.own.remove(term);
            }
            _ => issues.add(
                at,
                "JSON-LD 1.1 §4.1: a prefix stands for a URI of at most 256 bytes, and a document has at most 200",
                meaning,
                "give the namespace's URI as a string",
            ),
        }
    }

    /// What a prefix or term of the document itself stands for.
    fn own(&self, term: &str) -> Option<&str> {
        self.own.get(term).map(String::as_str)
    }

    /// The URI that a prefix stands for.
    fn namespace(&self, prefix: &str) -> Option<&str> {
        self.own(prefix).or_else(|| built_in_namespace(prefix))
    }

    /// `prefix:name` with the prefix replaced by its URI; other text as it is.
    pub(in crate::epcis) fn expanded<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some((prefix, name)) = text
            .split_once(':')
            .filter(|(_, name)| !name.starts_with("//"))
        else {
            return Cow::Borrowed(text);
        };
        match self.namespace(prefix) {
            Some(uri) => Cow::Owned(format!("{uri}{name}")),
            None => Cow::Borrowed(text),
        }
    }

    /// Whether a text stands for nothing, told without [`expanded`](Self::expanded).
    pub(in crate::epcis) fn is_blank(&self, text: &str) -> bool {
        match text.split_once(':') {
            Some((prefix, "")) => self.namespace(prefix).is_some_and(str::is_empty),
            Some(_) => false,
            None => text.is_empty(),
        }
    }

    /// Whether what a field stands for ends in `List`, told without [`in_braces`](Self::in_braces).
    pub(in crate::epcis) fn names_a_list(&self, field: &str) -> bool {
        let name = self.qualified(field).map_or(field, |(_, name)| name);
        name.ends_with("List")
    }

    /// The prefix of the document itself that a text begins with.
    pub(in crate::epcis) fn own_prefix<'t>(&self, text: &'t str) -> Option<&'t str> {
        let (prefix, rest) = text.split_once(':')?;
        (self.own.contains_key(prefix) && !rest.starts_with("//")).then_some(prefix)
    }

    /// Whether a field of this name belongs to some namespace: `prefix:name`, a URI, or a term of the context.
    pub(super) fn is_qualified(&self, field: &str) -> bool {
        self.own.contains_key(VOCABULARY)
            || field
                .split_once(':')
                .is_some_and(|(prefix, name)| !prefix.is_empty() && !name.is_empty())
            || self.own.contains_key(field)
    }

    /// Notes in `used` every prefix and term of the document itself that occurs in `value`.
    pub(super) fn note_used(&self, value: &Value, used: &mut BTreeMap<String, String>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    self.note_used_in(key, used);
                    if let Some(uri) = self
                        .own(VOCABULARY)
                        .filter(|_| !key.contains([':', '@', '#']))
                    {
                        used.insert(VOCABULARY.to_owned(), uri.to_owned());
                    }
                    self.note_used(value, used);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.note_used(item, used)),
            Value::String(text) => self.note_used_in(text, used),
            _ => {}
        }
    }

    fn note_used_in(&self, text: &str, used: &mut BTreeMap<String, String>) {
        let term = text.split_once(':').map_or(text, |(prefix, _)| prefix);
        if let Some(uri) = self.own(term) {
            used.insert(term.to_owned(), uri.to_owned());
        }
    }

    /// The namespace and the local name of a field: by prefix, as a term, as a URI, or in the default vocabulary.
    pub(in crate::epcis) fn qualified<'f>(&'f self, field: &'f str) -> Option<(&'f str, &'f str)> {
        if let Some((prefix, name)) = field.split_once(':') {
            let known = self.namespace(prefix).map(|uri| (uri, name));
            let uri = || name.starts_with("//") || prefix == "urn";
            return known.or_else(|| uri().then(|| split(field)).flatten());
        }
        if field.starts_with(['@', '#']) {
            return None;
        }
        match self.own(field) {
            Some(uri) => split(uri),
            None if matches!(field, "type" | "id") => None,
            None => self.own(VOCABULARY).map(|uri| (uri, field)),
        }
    }

    /// A field's name as the event hash writes it: `{namespace}name` where it has a namespace.
    pub(in crate::epcis) fn in_braces<'f>(&self, field: &'f str) -> Cow<'f, str> {
        match self.qualified(field) {
            Some((namespace, name)) => Cow::Owned(format!("{{{namespace}}}{name}")),
            None => Cow::Borrowed(field),
        }
    }

    /// Prefixes that the GS1 context declares, with their URIs.
    pub(in crate::epcis) fn built_in() -> impl Iterator<Item = (&'static str, &'static str)> {
        BUILT_IN.iter().copied()
    }

    /// A context of known prefixes, as an event keeps them.
    pub(in crate::epcis) fn of(namespaces: &BTreeMap<String, String>) -> Self {
        Self {
            own: namespaces.clone(),
            gs1: true,
        }
    }
}

/// The term of the same object that the meaning of `term` begins with.
fn told_with<'c>(terms: &'c Map<String, Value>, term: &str) -> Option<&'c str> {
    let meaning = terms.get(term)?;
    let uri = meaning.get("@id").unwrap_or(meaning).as_str()?;
    let (prefix, rest) = uri.split_once(':')?;
    let (prefix, _) = terms.get_key_value(prefix)?;
    (prefix != term && !rest.starts_with("//")).then_some(prefix)
}

/// A URI at its last separator.
fn split(uri: &str) -> Option<(&str, &str)> {
    let at = uri.rfind(['/', '#', ':'])? + 1;
    (at < uri.len()).then(|| uri.split_at(at))
}
