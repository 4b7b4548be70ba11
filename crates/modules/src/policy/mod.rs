//! Who may: Cedar policies on the ledger, asked before every action and every view. See `README.md`.

pub mod approvals;
pub mod asking;
pub mod authorizer;
pub mod bounds;
pub mod defaults;
pub mod diff;
mod domain;
pub mod explain;
pub mod export;
pub mod facts;
mod guard;
pub mod labels;
pub mod limits;
pub mod needs;
pub mod projection;
pub mod queries;
pub mod reject;
pub mod set;
pub mod sight;
pub mod subject;
#[cfg(test)]
mod tests;
mod transition;
pub mod types;
pub mod vocabulary;
pub mod who_may;

pub use transition::{Effect, founding};

use std::sync::{Arc, Mutex};

/// The module's name.
pub const NAME: &str = "policy";

/// The module, and the guard before every action.
#[derive(Clone, Default)]
pub struct Policy {
    /// Sets already made of their texts.
    kept: Arc<Mutex<guard::KeptSets>>,
}
