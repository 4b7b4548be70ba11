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

pub use crate::custody::facts::made_id;
pub use browse::{Listed, epcs, is_listed, is_told_of, listed, whole};
pub(super) use condition::is_within;
pub use fault::{Exception, QueryFault};
pub use given::{PARAMETERS_MAX, VALUES_MAX};
pub use poll::{PER_PAGE_MAX, PollPage, Resume, poll};
pub use query::EpcisQuery;
