//! EPCIS 2.0 events (GS1 EPCIS 2.0, CBV 2.0): how goods and their movements are told.
//!
//! Flow: a document enters by [`json`] or [`xml`], which report every broken rule with a JSON pointer or an XPath; its events become
//! [`Event`]s, the body of a custody capture, in deterministic CBOR; and leave by either for query answers.
//!
//! Invariants:
//! - an [`Event`] is canonical: the same event told by URN or Digital Link, by word or URI, in JSON or XML, is equal;
//! - nothing that a document says of an event is dropped; what is not interpreted is kept as [`KeptJson`].

pub mod cbv;
mod document;
mod error;
mod event;
#[cfg(test)]
mod form_tests;
pub mod hash;
#[cfg(test)]
mod hash_tests;
pub mod json;
mod kept;
#[cfg(test)]
mod property_tests;
mod rules;
mod same;
#[cfg(test)]
mod tests;
mod time;
#[cfg(test)]
mod unusual_tests;
pub mod xml;

pub use document::{Document, DocumentKind, Header, Parsed, Told};
pub use error::{ERRORS_PER_DOCUMENT_MAX, ERRORS_PER_EVENT_MAX, EpcisError};
pub use event::{
    Action, BizTransaction, Endpoint, ErrorDeclaration, Event, EventId, EventKind, More,
    PersistentDisposition, QuantityElement,
};
pub use kept::KeptJson;
pub use time::{Timestamp, ZoneOffset};
