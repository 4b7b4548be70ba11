//! From an EPCIS document to the statements that hold its events.
//!
//! Flow: read the document → every right event becomes the body of a custody action → neighbours are gathered into [`Part`]s, each of which
//! makes one statement. Wrong events become [`DocumentError`]s with their places.
//!
//! A plan holds the first [`PARTS_FIRST`] parts. The rest of a larger document is looked at to its end, so that a broken one is refused as a whole, and
//! read again a part at a time when there is room for it ([`read_rest`]).
//!
//! Limits: a part holds at most [`PART_EVENTS_MAX`] events and [`PART_BYTES_MAX`] bytes, so that its statement fits. Of what was wrong the first
//! [`ERRORS_MAX`] errors are kept, at most [`ERRORS_BYTES_MAX`] bytes; the others are counted.

use crate::{problem::DocumentError, spool::Document};
use convoy_ledger::{Reject, reject};
use convoy_modules::custody::types::Action;
use convoy_types::{
    cbor,
    epcis::{
        EpcisError,
        json::{self, DocumentKind, Told},
        xml,
    },
    limits::{ACTION_BYTES_MAX, STATEMENT_BYTES_MAX},
};
use std::collections::VecDeque;

/// Events in one statement: its work is lost as a whole when it is refused.
pub const PART_EVENTS_MAX: usize = 500;
/// Parts that a plan holds.
pub const PARTS_FIRST: usize = 8;
/// Bytes of events in one statement; the rest is for its headers and the signature.
pub const PART_BYTES_MAX: usize = STATEMENT_BYTES_MAX - 16 * 1024;
/// Errors that are told of one document.
pub const ERRORS_MAX: usize = 10_000;
/// What they take together, bytes: a name in a document, and so the pointer to it, can be long.
pub const ERRORS_BYTES_MAX: usize = 8 * 1024 * 1024;
/// What an action takes beside its body: the module's name and lengths, bytes.
const ACTION_FRAME_BYTES: usize = 24;

/// Events that go into one statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Places in the document, in order.
    pub places: Vec<usize>,
    /// Action bodies, one for each place.
    pub bodies: Vec<Vec<u8>>,
}

impl Part {
    /// Takes out the event at `index` of this part and returns its place in the document.
    pub fn take_out(&mut self, index: usize) -> Option<usize> {
        if index >= self.places.len() {
            return None;
        }
        self.bodies.remove(index);
        Some(self.places.remove(index))
    }
}

/// What was wrong with a document: the first errors in order, and how many there were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    first: Vec<DocumentError>,
    bytes: usize,
    count: usize,
}

impl Errors {
    /// How many there were.
    pub fn count(&self) -> usize {
        self.count
    }

    /// As they are told: where some were only counted, the last one says how many.
    pub fn into_list(self) -> Vec<DocumentError> {
        let counted = self.count - self.first.len();
        let mut list = self.first;
        list.extend((counted > 0).then(|| not_told(counted)));
        list
    }
}

impl Extend<DocumentError> for Errors {
    fn extend<I: IntoIterator<Item = DocumentError>>(&mut self, errors: I) {
        for error in errors {
            let bytes = self.bytes + error.bytes();
            // Once one was only counted, so are those after it.
            let kept = self.count == self.first.len()
                && self.count < ERRORS_MAX
                && bytes <= ERRORS_BYTES_MAX;
            self.count += 1;
            if kept {
                self.bytes = bytes;
                self.first.push(error);
            }
        }
    }
}

impl From<Vec<DocumentError>> for Errors {
    fn from(list: Vec<DocumentError>) -> Self {
        let mut errors = Self::default();
        errors.extend(list);
        errors
    }
}

/// A document, ready to be signed.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The parts, in order.
    pub parts: VecDeque<Part>,
    /// What was wrong, in order.
    pub errors: Errors,
    /// Events in the document, wrong ones included.
    pub events: usize,
    /// The place of the first event that is in no part and not judged yet.
    pub rest: Option<usize>,
    /// How places in the document are named.
    pub layout: Layout,
}

/// The form a document came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON-LD.
    Json,
    /// XML, EPCIS 2.0 or 1.x.
    Xml,
}

/// How the place of an event in a document is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// A JSON pointer into the list of events.
    #[default]
    JsonList,
    /// The document is a single event in JSON, so that its pointers start at the root.
    JsonEvent,
    /// An XPath into the list of events.
    XmlList,
}

impl Layout {
    /// Where the event at `place`, counted from 0, stands.
    pub fn pointer(self, place: usize) -> String {
        match self {
            Self::JsonList => format!("/epcisBody/eventList/{place}"),
            Self::JsonEvent => String::new(),
            Self::XmlList => format!(
                "/epcis:EPCISDocument/EPCISBody/EventList/*[{}]",
                place.saturating_add(1)
            ),
        }
    }
}

impl Plan {
    /// Reads a document, one event at a time; wrong events are left out and told.
    ///
    /// # Errors
    /// What is wrong with the document as a whole.
    pub fn read(document: &Document, form: Form) -> Result<Self, Vec<DocumentError>> {
        let (layout, events) = events_of(document, form)?;
        Self::of(events, layout)
    }

    fn of(events: impl Iterator<Item = Read>, layout: Layout) -> Result<Self, Vec<DocumentError>> {
        let mut plan = Self {
            layout,
            ..Self::default()
        };
        let mut filling = Filling::default();
        for (place, told) in events.enumerate() {
            plan.events += 1;
            let told = told.map_err(errors)?;
            if plan.rest.is_some() {
                continue;
            }
            match body_of(told, layout, place) {
                Err(list) => plan.errors.extend(list),
                Ok(body) => {
                    plan.parts.extend(filling.add(place, body));
                    // What is in the part that was begun with this event is read again.
                    plan.rest = (plan.parts.len() == PARTS_FIRST).then_some(place);
                }
            }
        }
        if plan.rest.is_none() {
            plan.parts.extend(filling.last());
        }
        Ok(plan)
    }
}

/// Reads the events from place `from` on of a document that was read before, and gives parts, or what is wrong with an event, until `give` says
/// that it wants no more.
pub fn read_rest(
    document: &Document,
    form: Form,
    from: usize,
    mut give: impl FnMut(Result<Part, Vec<DocumentError>>) -> bool,
) {
    let Ok((layout, events)) = events_of(document, form) else {
        return;
    };
    let mut filling = Filling::default();
    for (place, told) in events.enumerate().skip(from) {
        let judged = told
            .map_err(errors)
            .and_then(|told| body_of(told, layout, place));
        let wanted = match judged {
            Ok(body) => filling.add(place, body).is_none_or(|part| give(Ok(part))),
            Err(list) => give(Err(list)),
        };
        if !wanted {
            return;
        }
    }
    if let Some(part) = filling.last() {
        give(Ok(part));
    }
}

/// What a reader of documents gives: an event, what is wrong with it, or what is wrong with the document.
type Read = Result<Told, Vec<EpcisError>>;
type Events<'d> = Box<dyn Iterator<Item = Read> + 'd>;

/// The events of a document, one at a time, and how their places are named.
fn events_of(document: &Document, form: Form) -> Result<(Layout, Events<'_>), Vec<DocumentError>> {
    let reader = document
        .reader()
        .map_err(|error| vec![unreadable(&error)])?;
    match form {
        Form::Json => {
            let events = json::Events::new(reader).map_err(errors)?;
            let layout = match events.header().kind {
                DocumentKind::Event => Layout::JsonEvent,
                DocumentKind::Capture | DocumentKind::Query => Layout::JsonList,
            };
            Ok((layout, Box::new(events)))
        }
        Form::Xml => {
            let events = xml::Events::new(reader).map_err(errors)?;
            Ok((Layout::XmlList, Box::new(events)))
        }
    }
}

/// The part that is being filled.
#[derive(Default)]
struct Filling {
    part: Part,
    bytes: usize,
}

impl Filling {
    /// Adds an event; gives the part before it where the event does not fit that.
    fn add(&mut self, place: usize, body: Vec<u8>) -> Option<Part> {
        let bytes = body.len() + ACTION_FRAME_BYTES;
        let full = self.part.places.len() == PART_EVENTS_MAX || self.bytes + bytes > PART_BYTES_MAX;
        let done = full.then(|| std::mem::take(self).part);
        self.bytes += bytes;
        self.part.places.push(place);
        self.part.bodies.push(body);
        done
    }

    /// What was filled last, where there is something.
    fn last(self) -> Option<Part> {
        (!self.part.places.is_empty()).then_some(self.part)
    }
}

/// The body of the action that captures an event, or what is wrong with the event.
fn body_of(told: Told, layout: Layout, place: usize) -> Result<Vec<u8>, Vec<DocumentError>> {
    let event = told.map_err(errors)?;
    let body = cbor::to_vec(&Action::Capture(Box::new(event)));
    if body.len() > ACTION_BYTES_MAX {
        return Err(vec![too_large(layout.pointer(place), body.len())]);
    }
    Ok(body)
}

/// The document's file cannot be read: nothing that its sender can mend.
fn unreadable(error: &std::io::Error) -> DocumentError {
    tracing::error!(%error, "a document's file cannot be read");
    DocumentError {
        pointer: String::new(),
        rule: "the node keeps a large document in a file while it reads it".into(),
        detail: "the file cannot be read again".into(),
        remedy: "send the document again; tell the node's operator if it stays".into(),
    }
}

fn errors(list: Vec<EpcisError>) -> Vec<DocumentError> {
    list.into_iter().map(error).collect()
}

fn error(error: EpcisError) -> DocumentError {
    DocumentError {
        pointer: error.pointer,
        rule: error.rule,
        detail: format!("found {}", error.found),
        remedy: error.remedy,
    }
}

/// A refusal of the ledger as an error of the event it is about.
pub fn refusal(pointer: String, reject: &Reject) -> DocumentError {
    DocumentError {
        pointer,
        rule: format!("{} {}", reject.rule.number, reject.rule.name),
        detail: reject.reason.clone(),
        remedy: reject.rule.remedy.into(),
    }
}

/// Stands for the errors past those that are told.
fn not_told(errors: usize) -> DocumentError {
    DocumentError {
        pointer: String::new(),
        rule: format!(
            "limit: {ERRORS_MAX} errors of a document are told, in {ERRORS_BYTES_MAX} bytes"
        ),
        detail: format!("{errors} more are not told"),
        remedy: "Mend what is told, and send those events and the ones after them again.".into(),
    }
}

fn too_large(pointer: String, bytes: usize) -> DocumentError {
    let rule = reject::ACTION_COUNT;
    DocumentError {
        pointer,
        rule: format!("{} limit action_bytes", rule.number),
        detail: format!("the event takes {bytes} bytes and one action at most {ACTION_BYTES_MAX}"),
        remedy: "Split the event, or move large extension data into a document.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use convoy_types::limits::STREAM_EVENTS_MAX;

    fn document(events: usize, wrong: &[usize]) -> Document {
        Document::Held(text(events, wrong).into())
    }

    fn text(events: usize, wrong: &[usize]) -> Vec<u8> {
        let event = |index: usize| {
            let action = if wrong.contains(&index) {
                "PAINT"
            } else {
                "OBSERVE"
            };
            serde_json::json!({
                "type": "ObjectEvent", "action": action, "bizStep": "shipping",
                "eventTime": "2026-05-01T10:00:00.000Z", "eventTimeZoneOffset": "+00:00",
                "epcList": [format!("urn:epc:id:sgtin:9521141.012345.{index}")],
            })
        };
        let document = serde_json::json!({
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-05-01T10:00:00.000Z",
            "epcisBody": { "eventList": (0..events).map(event).collect::<Vec<_>>() },
        });
        serde_json::to_vec(&document).unwrap()
    }

    #[test]
    fn events_are_gathered_in_order_up_to_the_limit() {
        let plan = Plan::read(&document(1_201, &[]), Form::Json).unwrap();
        let sizes: Vec<usize> = plan.parts.iter().map(|part| part.places.len()).collect();
        assert_eq!(sizes, [500, 500, 201]);
        let places: Vec<usize> = plan
            .parts
            .iter()
            .flat_map(|part| part.places.clone())
            .collect();
        assert!(places.iter().copied().eq(0..1_201));
    }

    #[test]
    fn the_rest_of_a_large_document_is_read_a_part_at_a_time() {
        let document = document(6_001, &[7, 5_000]);
        let plan = Plan::read(&document, Form::Json).unwrap();
        assert_eq!((plan.events, plan.errors.count()), (6_001, 1));
        assert_eq!((plan.parts.len(), plan.rest), (PARTS_FIRST, Some(4_001)));
        let (mut places, mut wrong) = (Vec::new(), Vec::new());
        places.extend(plan.parts.iter().flat_map(|part| part.places.clone()));
        read_rest(&document, Form::Json, 4_001, |read| {
            match read {
                Ok(part) => places.extend(part.places),
                Err(errors) => wrong.extend(errors),
            }
            true
        });
        assert!(
            places
                .into_iter()
                .eq((0..6_001).filter(|place| ![7, 5_000].contains(place)))
        );
        assert_eq!(wrong[0].pointer, "/epcisBody/eventList/5000/action");
        let mut given = 0;
        read_rest(&document, Form::Json, 4_001, |_| {
            given += 1;
            false
        });
        assert_eq!(given, 1);
    }

    #[test]
    fn a_wrong_event_is_told_with_its_place_and_does_not_hide_the_others() {
        let plan = Plan::read(&document(4, &[2]), Form::Json).unwrap();
        assert_eq!(plan.parts[0].places, [0, 1, 3]);
        let errors = plan.errors.into_list();
        assert!(
            errors
                .iter()
                .all(|error| error.pointer.starts_with("/epcisBody/eventList/2")),
            "{errors:?}"
        );
        assert!(!errors.is_empty());
    }

    #[test]
    fn errors_without_bound_are_counted_and_not_kept() {
        let head = r#"{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-05-01T10:00:00.000Z","epcisBody":{"eventList":["#;
        let zeros = vec!["0"; STREAM_EVENTS_MAX].join(",");
        let document = Document::Held(format!("{head}{zeros}]}}}}").into());
        let plan = Plan::read(&document, Form::Json).unwrap();
        assert_eq!(plan.events, STREAM_EVENTS_MAX);
        assert_eq!(plan.errors.count(), STREAM_EVENTS_MAX);
        let told = plan.errors.into_list();
        assert_eq!(told.len(), ERRORS_MAX + 1);
        assert_eq!(told[9_999].pointer, "/epcisBody/eventList/9999");
        assert_eq!(told[10_000].detail, "240000 more are not told");
    }

    fn named(length: usize) -> DocumentError {
        DocumentError {
            pointer: "x".repeat(length),
            rule: String::new(),
            detail: String::new(),
            remedy: String::new(),
        }
    }

    #[test]
    fn up_to_the_bound_every_error_is_told_and_long_ones_only_by_their_number() {
        let list = vec![named(10); ERRORS_MAX];
        assert_eq!(Errors::from(list.clone()).into_list(), list);
        let long = Errors::from(vec![named(ERRORS_BYTES_MAX / 4); 7]);
        assert_eq!(long.count(), 7);
        let told = long.into_list();
        assert_eq!(told.len(), 4);
        assert_eq!(told[3].detail, "4 more are not told");
    }

    #[test]
    fn the_same_events_make_the_same_parts_in_xml() {
        let read = json::parse_document(&text(3, &[])).unwrap();
        let made = read.header.creation_date.unwrap();
        let format = json::EpcFormat::Urn;
        let written = xml::document_xml(&read.events, made, format, xml::Version::V2_0).unwrap();
        let plan = Plan::read(&Document::Held(written.into()), Form::Xml).unwrap();
        let same = Plan::read(&document(3, &[]), Form::Json).unwrap();
        assert_eq!((plan.events, plan.parts), (3, same.parts));
        assert!(plan.layout.pointer(2).ends_with("/EventList/*[3]"));
    }

    #[test]
    fn a_document_that_is_none_is_refused_with_a_pointer() {
        for wrong in [&b"{"[..], b"[]", b"{\"type\":\"EPCISDocument\"}"] {
            let wrong = Document::Held(Bytes::from_static(wrong));
            assert!(!Plan::read(&wrong, Form::Json).unwrap_err().is_empty());
        }
    }
}
