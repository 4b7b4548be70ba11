//! What the engine needs of a runtime: met by the tokio runtime and by the deterministic one.

use commonware_runtime::{Clock, Metrics, Network, Spawner, Storage, Strategizer};

/// A runtime that can carry a whole node.
pub trait Runtime:
    Spawner + Strategizer + Clock + Storage + Metrics + Network + rand_core::CryptoRng + Sync
{
}

impl<T> Runtime for T where
    T: Spawner + Strategizer + Clock + Storage + Metrics + Network + rand_core::CryptoRng + Sync
{
}
