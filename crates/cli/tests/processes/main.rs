//! Real processes, real disks, real sockets: what a network does when machines and people misbehave.
//!
//! One test binary. Every test founds a network of its own in a temporary folder, on ports of its own, and takes it down at the end; children
//! cannot outlive the test. Conditions are polled, never slept for.

// A test may unwrap: its failure is the message.
#![allow(clippy::unwrap_used)]

mod backup;
mod commands;
mod crashes;
mod damage;
mod deploy;
mod doctor;
mod export;
mod fairness;
mod faults;
mod guides;
mod harness;
mod history;
mod join;
mod proofs;
mod recovery;
mod refusals;
mod reindex;
mod secrets;
mod upgrade;
mod validators;
