//! Goods: where they are, who answers for them, how they change hands. See `README.md`.

mod capture;
mod correction;
mod draft;
mod events;
pub mod facts;
mod form;
mod handover;
mod index;
mod loss;
pub mod projection;
pub mod queries;
pub mod reject;
#[cfg(test)]
mod tests;
mod transition;
pub mod types;

pub use draft::Effect;

/// The module's name.
pub const NAME: &str = "custody";

/// The module. It holds nothing: everything is in the state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Custody;
