//! Settings of the engine. Every value has a default fit for a validator of a small consortium.

use super::{
    contract::{Hash, Validator},
    kept::KeepFrom,
    pace::{ClockOffset, Pace, Timeouts},
};
use commonware_cryptography::ed25519::PrivateKey;
use commonware_utils::{NZU16, NZU64, NZUsize};
use convoy_types::{
    limits::{BLOCK_BYTES_MAX, BLOCK_STATEMENTS_MAX, VALIDATORS_MAX},
    receipt::Recovery,
};
use std::num::{NonZeroU16, NonZeroU64, NonZeroUsize};

/// Prefix of all file groups in the data directory.
pub(super) const PARTITION_PREFIX: &str = "convoy";
/// Bytes of a cached file page. Part of the files' format.
pub(super) const PAGE_BYTES: NonZeroU16 = NZU16!(4_096);
/// Bytes gathered before a file is written.
pub(super) const WRITE_BUFFER: NonZeroUsize = NZUsize!(1 << 18);

/// How much history a node keeps.
#[derive(Clone, Debug)]
pub struct Retention {
    /// Finalized blocks, their outcomes and certificates. Peers that were away for longer must
    /// synchronise their state, which takes a recent block: keep more than are made in the time that a
    /// new node needs to connect (minutes). One that was too slow picks a newer block when restarted.
    pub blocks: usize,
    /// Blocks' worth of superseded database operations, for peers that are synchronising.
    pub state_blocks: usize,
    /// Blocks between two rounds of pruning.
    pub every_blocks: NonZeroUsize,
    /// What is older than `blocks` and has to be kept all the same.
    pub keep_from: KeepFrom,
    /// Blocks in one file: pruning takes whole files. It cannot be changed once there are files.
    pub blocks_per_file: NonZeroU64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            blocks: 100_000_000,
            state_blocks: 2_000,
            every_blocks: NZUsize!(1_000),
            keep_from: KeepFrom::default(),
            blocks_per_file: NZU64!(1_024),
        }
    }
}

/// Settings of one node's engine.
#[derive(Clone)]
pub struct EngineConfig {
    /// Digest of the network id, in every header.
    pub network: Hash,
    /// Text that signatures of this network's consensus are bound to: the network id.
    pub namespace: Vec<u8>,
    /// This node's Ed25519 key: a validator's, or an observer's own.
    pub signer: PrivateKey,
    /// The validators from genesis. The same on every node, in any order. A node that is not among them observes.
    pub validators: Vec<Validator>,
    /// Prefix of all file groups in the data directory.
    pub partition_prefix: String,
    /// When to propose.
    pub pace: Pace,
    /// Timeouts of consensus; see [`Timeouts::for_heartbeat`].
    pub timeouts: Timeouts,
    /// How far this node's clock is off. Zero, except in tests of wrong clocks.
    pub clock: ClockOffset,
    /// Most statements in one block.
    pub block_statements_max: usize,
    /// Most bytes of statements in one block.
    pub block_bytes_max: usize,
    /// Longest message of the statement and tree-head channels, bytes.
    pub gossip_bytes_max: usize,
    /// Most validators the network will ever have in one set; sizes messages. The same on every node.
    pub validators_max: u32,
    /// Whether a node with an empty data directory fetches the state of a recent block from its peers
    /// instead of executing every block since genesis.
    pub state_sync: bool,
    /// Whether this node's key must not sign anything in consensus: it may have signed what this node does not remember.
    pub abstain: bool,
    /// Decisions of the members by which epochs begin, as far as this node was given them; otherwise it takes them from peers.
    pub recoveries: Vec<Recovery>,
    /// History kept.
    pub retention: Retention,
    /// Threads for hashing and signature checks.
    pub threads: NonZeroUsize,
    /// Bytes of a cached file page.
    pub page_bytes: NonZeroU16,
    /// Pages cached: with `page_bytes`, the bound of the cache's memory.
    pub page_cache_pages: NonZeroUsize,
    /// Bytes gathered before a file is written.
    pub write_buffer: NonZeroUsize,
}

impl EngineConfig {
    /// The defaults for a node.
    pub fn new(
        network: Hash,
        namespace: Vec<u8>,
        signer: PrivateKey,
        validators: Vec<Validator>,
    ) -> Self {
        let pace = Pace::default();
        Self {
            network,
            namespace,
            signer,
            validators,
            partition_prefix: PARTITION_PREFIX.into(),
            pace,
            timeouts: Timeouts::for_heartbeat(pace.heartbeat),
            clock: ClockOffset::default(),
            block_statements_max: BLOCK_STATEMENTS_MAX,
            block_bytes_max: BLOCK_BYTES_MAX,
            gossip_bytes_max: 1 << 20,
            validators_max: u32::try_from(VALIDATORS_MAX).unwrap_or(u32::MAX),
            state_sync: false,
            abstain: false,
            recoveries: Vec::new(),
            retention: Retention::default(),
            threads: NZUsize!(1),
            page_bytes: PAGE_BYTES,
            page_cache_pages: NZUsize!(8_192),
            write_buffer: WRITE_BUFFER,
        }
    }
}
