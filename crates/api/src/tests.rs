//! The interface as a whole, over a real node with one validator.
//!
//! Each test starts its own node in this process; what several processes do together is tested elsewhere.

mod access;
mod audit;
mod behind;
mod browser;
mod credentials;
mod dids;
mod documents;
mod enrolling;
mod epcis;
mod errors;
mod harness;
mod heard;
mod life;
mod log;
mod modules;
mod passkeys;
mod reading;
mod reading_beyond;
mod scene;
mod signin;
mod subscriptions;
mod suspended;
mod telemetry;
mod tls;
