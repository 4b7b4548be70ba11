//! The engine: consensus, blocks, authenticated state and peers, on Commonware's crates.
//!
//! Life of a block: a proposer [waits](pace) for statements, [builds and executes](app) a block;
//! voters execute it too and compare every commitment before they vote to finalize; once a quorum did,
//! it is written to the disk with its certificate, applied and [told](commit). The state behind it becomes [durable](durability) a
//! little later, for many blocks at once; after a crash it is made again of the blocks.
//!
//! The set of validators changes behind the last block of an [epoch](epochs); each set hands over to the next by a
//! [step of succession](succession). A node in no set observes.
//!
//! - [`contract`]: the traits of what surrounds the engine. Nothing else crosses this folder's border.
//! - [`assemble`]: the wiring, generic over the runtime, so that the simulator runs the same nodes.
//! - [`start`]: the wiring on a real network. One engine is instantiated per binary.
//!
//! Invariants
//! - No vote to finalize without execution and equal commitments.
//! - Nothing is reported before it survives a power cut on this node.
//! - Two nodes never have different blocks at a height.
//! - Storage failures end the process: a node that is unsure stops and says why ([`supervise`]).

mod app;
mod assemble;
pub mod block;
mod commit;
pub mod config;
pub mod contract;
mod databases;
mod durability;
mod epochs;
mod execute;
mod files;
mod frame;
mod handle;
mod history;
mod kept;
mod last_told;
pub mod network;
pub mod pace;
mod peers;
mod proof;
mod runtime;
pub mod shadow;
mod steady;
mod succession;
pub mod supervise;
mod under_way;

#[cfg(test)]
mod tests;

pub use assemble::Surroundings;
pub use block::{Header, Place};
pub use config::{EngineConfig, Retention};
pub use contract::{Commit, CommitSink, Core, Mempool, Statement, Validator};
pub use epochs::Boundaries;
pub use handle::{EngineError, EngineHandle, StoredBlock, Succeeded};
pub use history::Body;
pub use kept::{BlockReader, HistoryFiles, KeepFrom, StoredEntry};
pub use network::{NetworkConfig, Peer, Wire};
pub use pace::{Pace, Timeouts};
pub use peers::{Oracle, PEERS_MAX, Track};
pub use proof::StateProof;
pub use runtime::Runtime;

use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::{Blocker, Manager, Receiver, Sender};
use commonware_runtime::Resolver;

/// Starts a node on a real, authenticated network.
///
/// # Errors
/// [`EngineError::Config`] when the configuration cannot work.
pub async fn start<E: Runtime + Resolver>(
    context: E,
    config: EngineConfig,
    network: NetworkConfig,
    surroundings: Surroundings,
) -> Result<EngineHandle, EngineError> {
    let rules = frame::block_rules(&config, &surroundings.core);
    let bytes_max = frame::message_bytes_max(&config, &rules);
    let (lanes, oracle, handle) =
        network::start_lookup(context.child("network"), &network, bytes_max);
    Box::pin(assemble::assemble(
        context,
        config,
        surroundings,
        lanes,
        oracle,
        network.peers,
        Some(handle),
    ))
    .await
}

/// Starts a node on channels that somebody else provides, such as a simulated network.
///
/// # Errors
/// [`EngineError::Config`] when the configuration cannot work.
pub async fn start_on<E, S, R, P, B>(
    context: E,
    config: EngineConfig,
    surroundings: Surroundings,
    lanes: network::Lanes<S, R>,
    directory: network::Directory<P, B>,
    peers: Vec<Peer>,
) -> Result<EngineHandle, EngineError>
where
    E: Runtime,
    S: Sender<PublicKey = PublicKey>,
    R: Receiver<PublicKey = PublicKey>,
    P: Manager<PublicKey = PublicKey> + Sync,
    B: Blocker<PublicKey = PublicKey> + Sync,
{
    Box::pin(assemble::assemble(
        context,
        config,
        surroundings,
        lanes,
        directory,
        peers,
        None,
    ))
    .await
}
