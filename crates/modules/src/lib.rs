//! The domain modules, one folder each, and the registry that names them.
//!
//! A module is a folder with its types, refusals, transition, facts for other modules, projection and
//! queries, and one line in [`registry`]. It writes its own tables only and reads others' facts.

pub mod custody;
pub mod membership;
mod projections;
mod registry;
pub mod stored;
#[cfg(test)]
mod testing;

pub use projections::projections;
pub use registry::{action_from_json, action_to_json, registry};
