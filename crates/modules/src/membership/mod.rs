//! Members, units, people, devices, their keys and roles: who may sign. See `README.md`.

mod authority;
pub mod documents;
mod domain;
mod enrolment;
pub mod facts;
mod form;
pub mod genesis;
#[cfg(test)]
mod people_tests;
mod posts;
pub mod projection;
pub mod protocol;
#[cfg(test)]
mod protocol_tests;
pub mod queries;
mod records;
pub mod refounding;
pub mod reinstatement;
#[cfg(test)]
mod reinstatement_tests;
pub mod reject;
mod signers;
#[cfg(test)]
mod tests;
mod transition;
mod tree_heads;
pub mod types;
pub mod validators;
#[cfg(test)]
mod validators_tests;

pub use transition::Effect;

use std::sync::{Arc, Mutex};

/// The module's name.
pub const NAME: &str = "membership";

/// The module, and the ledger's authority on signers.
#[derive(Clone, Default)]
pub struct Membership {
    /// Keys already made of their bytes.
    kept: Arc<Mutex<authority::KeptKeys>>,
}
