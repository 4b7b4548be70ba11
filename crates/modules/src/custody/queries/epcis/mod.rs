//! The EPCIS 2.0 query interface over captured events: `SimpleEventQuery` with every parameter of the
//! standard (EPCIS 2.0 section 8.2.7.1), page by page.
//!
//! Flow: parameters as they come (`given`) → their meaning (`names` → `condition`, `sensor`, `fields`,
//! `pattern`) → [`EpcisQuery`] → where to look (`plan`, `streams`) → [`poll`]: every condition held
//! against the whole event as it was signed.
//!
//! Invariants: an unknown parameter is refused; an index only picks candidates, so a wrong or shared name
//! in it costs time and never an answer; a page says the height it is true for and goes on from there.

mod browse;
mod condition;
mod fault;
mod fields;
mod given;
mod names;
mod number;
mod pattern;
mod plan;
mod poll;
mod query;
mod sensor;
mod streams;
#[cfg(test)]
mod tests;

pub use browse::{Listed, epcs, is_listed, is_told_of, listed, whole};
pub(super) use condition::is_within;
pub use fault::{Exception, QueryFault};
pub use given::{PARAMETERS_MAX, VALUES_MAX};
pub use poll::{PER_PAGE_MAX, PollPage, Resume, poll};
pub use query::EpcisQuery;

use crate::custody::{facts, types::EventRef};
use convoy_types::epcis::{Event, EventId};

/// What the ids begin with that are made here for events whose sender gave none.
const MADE: &str = "urn:convoy:event:";

/// The id that answers give an event whose sender gave none (EPCIS 2.0 section 12.6.1 wants every event
/// to have one): made of its content, so it is the same at every node.
pub fn made_id(event: &Event) -> EventId {
    EventId::Other(format!("{MADE}{}", facts::reference(event)).into())
}

/// The event that an id made here names.
fn made_reference(id: &EventId) -> Option<EventRef> {
    match id {
        EventId::Other(uri) => uri.strip_prefix(MADE)?.parse().ok(),
        _ => None,
    }
}
