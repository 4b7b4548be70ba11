//! The vocabulary of Convoy: identifiers, quantities, statements, receipts and their one encoding.
//!
//! No input or output, no async, no clock. Every other crate depends on this one, so what is here
//! is what everybody has to agree on, byte for byte.
//!
//! Invariants:
//! - every stored or sent format is deterministic CBOR (RFC 8949 section 4.2) and starts with a version;
//! - nothing that comes from outside reaches a constructor without its limit from [`limits`] checked.

pub mod by_digest;
pub mod cbor;
pub mod cose;
pub mod credential;
pub mod did;
pub mod epcis;
pub mod header;
pub mod identifiers;
pub mod ids;
pub mod limits;
pub mod log;
pub mod quantity;
pub mod receipt;
#[cfg(feature = "schema")]
mod schema;
pub mod sd_jwt;
pub mod sequence;
pub mod statement;
pub mod status_list;
pub mod vectors;
pub mod wire;

pub use ids::{Compartment, Did, Digest, MemberId, NetworkId, StatementId};
pub use quantity::{Money, Quantity};
pub use statement::{Statement, StatementBuilder, StatementBytes, StatementError};
