//! The deterministic core: it executes blocks of signed statements with domain modules, and nothing else.
//!
//! Flow: [`Ledger::prepare`] decodes a statement's actions once; [`Execution`] runs a block's
//! statements one after another on an overlay, asking its caller for the state it lacks
//! ([`Step::NeedKeys`]); [`Output`] holds what changed, what was decided and what was logged.
//!
//! Invariants:
//! - synchronous; knows no storage engine, clock, network, thread, randomness or floating point;
//! - the same statements on the same state give the same output on every machine;
//! - a statement's actions take effect all or none;
//! - one `Ledger` serves one compartment, so several can run side by side.

mod by_key;
pub mod context;
pub mod execution;
pub mod genesis;
pub mod memory;
pub mod module;
mod named;
pub mod output;
pub mod prepared;
pub mod reject;
pub mod standing;
pub mod state;
#[cfg(test)]
mod tests;
pub mod timer;

pub use context::{Halt, Reader, Writer};
pub use execution::{Execution, Mode, Standings, Step};
pub use module::{Call, Effects, Module, Registry};
pub use output::{Event, Outcome, Output, SkipReason, Tip};
pub use prepared::Prepared;
pub use reject::{Reject, Rule};
pub use standing::{Asked, Authority, Guard, SignatureCheck, Standing, Touched};
pub use state::{Cell, CounterKey, Record, StateKey, Table};

use convoy_types::{Compartment, NetworkId};
use std::sync::Arc;

/// The version of the rules that every network begins with.
pub const FIRST_PROTOCOL: u32 = 1;

/// The newest version of the rules that this build executes, and all before it. A change of what a block's execution gives gets a new number; which
/// one is in force at a height, the members decide.
pub const PROTOCOL_VERSION: u32 = 1;

/// One compartment's rules: which network, which compartment, which modules.
#[derive(Clone)]
pub struct Ledger {
    /// The network that statements must name.
    pub network: NetworkId,
    /// The compartment that statements must name and whose state is changed.
    pub compartment: Compartment,
    /// The modules, and who vouches for signers.
    pub registry: Arc<Registry>,
    /// The newest version of the rules that is executed here: [`PROTOCOL_VERSION`], but in rehearsals.
    pub newest_protocol: u32,
}

impl Ledger {
    /// A ledger for `compartment` of `network` with `registry`'s modules.
    pub fn new(network: NetworkId, compartment: Compartment, registry: Arc<Registry>) -> Self {
        Self {
            network,
            compartment,
            registry,
            newest_protocol: PROTOCOL_VERSION,
        }
    }
}
