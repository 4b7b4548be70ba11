//! The interface as a whole, over a real node with one validator.
//!
//! Each test starts its own node in this process; what several processes do together is tested elsewhere.

mod access;
mod credentials;
mod dids;
mod epcis;
mod errors;
mod harness;
mod life;
mod modules;
mod subscriptions;
