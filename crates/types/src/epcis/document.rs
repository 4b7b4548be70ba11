//! A document of events, whichever form it came in.

use super::{
    error::{ERRORS_PER_DOCUMENT_MAX, EpcisError},
    event::Event,
    kept::KeptJson,
    time::Timestamp,
};
use serde_json::Value;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// `EPCISDocument`: events to capture.
    Capture,
    /// `EPCISQueryDocument`: the answer to a query.
    Query,
    /// One event by itself.
    Event,
}

/// What a document says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What it is.
    pub kind: DocumentKind,
    /// When it was made; `None` for a bare event.
    pub creation_date: Option<Timestamp>,
    /// Every other member but the events and the context, kept: `id`, `sender`, `receiver`, `epcisHeader`
    /// (`EPCISHeader` in XML) with its master data, and what surrounds the events in the body.
    pub rest: Option<KeptJson>,
}

impl Header {
    /// Extension fields that the document asks to leave out of event hashes (`prefix:ignoreFields`): a list of
    /// names in JSON, empty elements of these names in XML.
    pub fn ignored_fields(&self) -> Vec<String> {
        fn collect(value: &Value, found: &mut Vec<String>) {
            let Value::Object(map) = value else { return };
            for (name, value) in map {
                match value {
                    Value::Array(names) if name.ends_with(":ignoreFields") => {
                        found.extend(names.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    Value::Object(names) if name.ends_with(":ignoreFields") => {
                        found.extend(names.keys().cloned());
                    }
                    nested => collect(nested, found),
                }
            }
        }
        let mut found = Vec::new();
        if let Some(rest) = &self.rest {
            collect(&rest.value(), &mut found);
        }
        found
    }
}

/// An event, or everything found wrong with it.
pub type Told = Result<Event, Vec<EpcisError>>;

/// A document whose events are each right or wrong by themselves.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// What the document says of itself.
    pub header: Header,
    /// Its events in order, or what is wrong with each.
    pub events: Vec<Told>,
}

/// A document with nothing wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What the document says of itself.
    pub header: Header,
    /// Its events in order.
    pub events: Vec<Event>,
}

impl Parsed {
    /// The document, if every event is right.
    ///
    /// # Errors
    /// Everything found wrong, at most 200 entries.
    pub fn all_right(self) -> Result<Document, Vec<EpcisError>> {
        let mut events = Vec::with_capacity(self.events.len());
        let mut errors = Vec::new();
        for event in self.events {
            match event {
                Ok(event) => events.push(event),
                Err(list) => errors.extend(list),
            }
        }
        errors.truncate(ERRORS_PER_DOCUMENT_MAX);
        if errors.is_empty() {
            Ok(Document {
                header: self.header,
                events,
            })
        } else {
            Err(errors)
        }
    }
}
