//! Goods: where they are, who answers for them, how they change hands. See `README.md`.

mod about;
mod amounts;
mod capture;
mod correction;
mod discrepancy;
mod domain;
mod draft;
mod events;
pub mod facts;
mod form;
mod handover;
mod index;
mod limits;
mod listing;
mod loss;
mod packing;
pub mod projection;
pub mod queries;
mod records;
pub mod reject;
mod replay;
mod tell;
#[cfg(test)]
mod tests;
mod touched;
mod transformation;
mod transition;
pub mod types;

pub use draft::Effect;

/// The module's name.
pub const NAME: &str = "custody";

/// The module. It holds nothing: everything is in the state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Custody;
