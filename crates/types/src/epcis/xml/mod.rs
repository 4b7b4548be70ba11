//! EPCIS documents in XML (EPCIS 2.0 and 1.2 chapter 9), 1.0 and 1.1 among them.
//!
//! Flow: [`Events`] reads a document from any reader and gives one event at a time with bounded memory: `source` makes
//! elements of the text, `told` says them as JSON-LD would, and the reader of the JSON form judges them, so that the same
//! event is the same [`Event`](super::Event) in either form. [`parse`] and [`parse_document`] take whole documents;
//! [`document_xml`], [`query_document_xml`] and [`event_xml`] write.
//!
//! Rules: errors carry an XPath. In EPCIS 2.0 the elements of an event stand in the schema's order; documents of 1.x are
//! taken in any order, as the systems that still write them do.
//!
//! Limits: `DOCUMENT_BYTES_MAX` and `DOCUMENT_EVENTS_MAX` (whole), `STREAM_BYTES_MAX` and `STREAM_EVENTS_MAX` (as a
//! stream), `EVENT_TEXT_BYTES_MAX`, `EVENT_VALUES_MAX`, `XML_DEPTH_MAX`, 100 attributes, names of 256 bytes. No document types,
//! no entities, nothing fetched.

mod events;
mod order;
mod source;
#[cfg(test)]
mod tests;
mod told;
mod values;
mod write;

pub use super::document::{Document, DocumentKind, Header, Parsed, Told};
pub use events::Events;
pub use write::{QueryNames, Unwritable, Version, document_xml, event_xml, query_document_xml};

use super::error::EpcisError;
use crate::limits::{DOCUMENT_BYTES_MAX, DOCUMENT_EVENTS_MAX};

/// Reads a document of which every event has to be right.
///
/// # Errors
/// Everything found wrong, at most 200 entries.
pub fn parse_document(bytes: &[u8]) -> Result<Document, Vec<EpcisError>> {
    parse(bytes)?.all_right()
}

/// Reads a document, each event by itself: for capture that goes on past a wrong event.
///
/// # Errors
/// What is wrong with the document as a whole.
pub fn parse(bytes: &[u8]) -> Result<Parsed, Vec<EpcisError>> {
    let mut reader = Events::within(bytes, DOCUMENT_BYTES_MAX, DOCUMENT_EVENTS_MAX)?;
    let events = reader.by_ref().collect::<Result<Vec<Told>, _>>()?;
    Ok(Parsed {
        header: reader.into_header(),
        events,
    })
}
