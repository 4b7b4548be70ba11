//! Members, units, people, devices, their keys and roles: who may sign. See `README.md`.

pub mod types;

/// The module's name.
pub const NAME: &str = "membership";
