//! The domain modules, one folder each, and the registry that names them.
//!
//! A module is a folder with its types, refusals, transition, facts for other modules, projection, queries and
//! [domain](Domain), and one line in `registry.rs`. It writes its own tables only and reads others' facts. Nothing outside the
//! folder names it: `cargo xtask new-module NAME` makes one.

pub mod domain;
// The path makes `pub mod custody;` in it mean the folder `src/custody`.
#[path = "registry.rs"]
mod registry;
pub mod stored;
#[cfg(test)]
mod testing;

pub use domain::{Description, Domain, Misfit};
pub use registry::*;
