//! What the engine needs of a runtime: met by a real node's and by the simulated one.

use commonware_runtime::{Clock, Metrics, Network, Spawner, Storage, Strategizer, deterministic};
use std::time::SystemTime;

/// A runtime that can carry a whole node.
pub trait Runtime:
    Spawner + Strategizer + Clock + Storage + Metrics + Network + rand_core::CryptoRng + Sync
{
    /// The machine's clock, which can be set at any time: for what people are told, never for how long to wait.
    fn wall(&self) -> SystemTime;
}

impl Runtime for deterministic::Context {
    fn wall(&self) -> SystemTime {
        self.current()
    }
}
