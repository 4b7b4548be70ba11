//! Goods: where they are, who answers for them, how they change hands. See `README.md`.

pub mod types;

/// The module's name.
pub const NAME: &str = "custody";
