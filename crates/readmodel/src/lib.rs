//! The read model: what the ledger says, in rows that can be asked questions.
//!
//! Flow: the node hands finalized blocks ([`ProjectedBlock`]) to the one writer ([`Projector`]); each
//! module's [`Projection`] turns its events into rows; [`ReadModel::read`] answers questions from one
//! moment and says for which height the answer is true.
//!
//! Invariants:
//! - disposable: state and log are the truth, and [`Rebuild`] makes the same rows again from them;
//! - rows and height change in one transaction, so an answer is never of a half-applied block;
//! - every key starts with the compartment's number, so an answer never mixes compartments;
//! - a damaged database is named and never answered from: events and statements carry a check value;
//! - projections and queries know [`driver`]'s traits and portable SQL only, no database.
//!
//! Cost: appended rows and postings in runs (see `runs.rs`) keep an event near 10 µs and 300 bytes
//! however many objects there are; `cargo run -p convoy-modules --example projection_cost` measures it.

mod block;
pub mod driver;
mod error;
pub mod geo;
pub mod index;
mod model;
mod position;
mod projection;
mod projector;
pub mod reindex;
mod rows;
mod runs;
pub mod schema;
mod signed;
mod snapshot;
mod sqlite;
mod tables;
#[cfg(test)]
mod tests;
pub mod value;

pub use block::{ProjectedBlock, ProjectedEvent, ProjectedStatement};
pub use error::{ReadModelError, Result};
pub use index::{BlockView, FeedEntry, FeedItem, StatementView};
pub use model::{Answer, ReadModel, Settings, discard};
pub use position::{Cursor, Position};
pub use projection::{EventFacts, Fault, Projection};
pub use projector::{Progress, Projector};
pub use reindex::{Rebuild, RebuildProgress};
pub use rows::Rows;
pub use signed::SignedList;
pub use snapshot::{Order, Snapshot, StoredEvent, Veil};
