//! What the load process is told: where to send, as whom, what and how fast. Passed as one JSON file that only the owner may read.

use convoy_types::{Did, NetworkId};
use serde::{Deserialize, Serialize};

/// What the statements do.
#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Workload {
    /// One statement moves one object: an ObjectEvent that observes it somewhere
    Custody,
    /// Statements of many EPCIS events, as a depot's system sends them (see --batch)
    Epcis,
}

/// One validator's interface.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Target {
    /// Base address, such as `http://127.0.0.1:8101`.
    pub url: String,
    /// A token that may submit and read.
    pub token: String,
}

/// Somebody who signs; member `index % targets` enrolled them, and their statements go to that member's node.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Signer {
    /// Who.
    pub did: Did,
    /// The Ed25519 seed, hexadecimal. These keys exist for one bench only.
    pub seed: String,
}

/// Everything the load process needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// The network the statements are for.
    pub network: NetworkId,
    /// The validators.
    pub targets: Vec<Target>,
    /// The signers.
    pub signers: Vec<Signer>,
    /// What the statements do.
    pub workload: Workload,
    /// Events in one statement.
    pub batch: usize,
    /// Statements offered per second, over all nodes.
    pub rate: u64,
    /// For how long, seconds.
    pub seconds: u64,
    /// Objects commissioned before the clock starts.
    pub preload: u64,
    /// How long a connection collects due statements before it sends them, milliseconds.
    pub linger_ms: u64,
}

impl Plan {
    /// Statements offered in all.
    pub fn statements(&self) -> u64 {
        self.rate * self.seconds
    }
}
