//! What the engine asks of the deterministic core and of its surroundings.
//!
//! The engine orders, executes, stores and proves; it knows no statement, module or signature. Four
//! traits carry everything it needs, as plain bytes and digests, so that no engine type leaves this
//! folder:
//!
//! - [`Core`] makes one [`Execution`] per block, which asks for keys and ends in an [`Output`];
//! - [`Mempool`] says what waits and hands over what fits in a block;
//! - [`CommitSink`] receives every finalized block once it is durable and applied, in order, at least once;
//!
//! Invariant: two nodes that give an [`Execution`] the same block, tip and answers get the same
//! [`Output`], bit for bit.

use bytes::Bytes;
use futures::future::BoxFuture;
use std::{any::Any, collections::HashSet, fmt, sync::Arc};

use super::block::{Header, Place};
pub use convoy_types::header::Validator;
use convoy_types::{by_digest::ByDigest, receipt::recovery::RecoveryDocument};

/// A 32-byte SHA-256 value: a statement id, a key, a root.
pub type Hash = [u8; 32];

/// Bytes of one state value. Longer records overflow into further cells.
pub const CELL_BYTES: usize = 160;

/// One fixed-size state value.
pub type Cell = [u8; CELL_BYTES];

/// A statement as it travels in blocks: its canonical bytes (tagged COSE_Sign1 with an empty
/// unprotected header) and their SHA-256, which is its id.
#[derive(Clone, PartialEq, Eq)]
pub struct Statement {
    /// SHA-256 of `bytes`.
    pub id: Hash,
    /// Canonical bytes.
    pub bytes: Bytes,
}

impl fmt::Debug for Statement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "statement {} ({} bytes)",
            hex::encode(self.id),
            self.bytes.len()
        )
    }
}

/// The block being executed, as far as the core may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockContext {
    /// Height of this block; genesis is 0 and is never executed.
    pub height: u64,
    /// Agreed time, milliseconds since 1970-01-01 UTC, greater than the parent's.
    pub time_ms: u64,
    /// Epoch (period of one validator set).
    pub epoch: u64,
    /// Ed25519 key of the validator that proposed the block.
    pub proposer: Hash,
}

/// The parent of the block being executed: its header and the right edge of the statement log after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The parent's header.
    pub header: Header,
    /// Roots of the perfect subtrees of the statement log after the parent, largest first (RFC 9162 2.1).
    pub frontier: Vec<Hash>,
}

/// Why a block is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// This node builds it.
    Propose,
    /// This node will vote on it: every rule must be checked.
    Verify,
    /// The network finalized it: signatures and other checks that change no state may be skipped.
    Replay,
}

/// What the network starts from. Applied by the first block, because the databases start empty.
#[derive(Clone, Debug, Default)]
pub struct Genesis {
    /// Time of the genesis header, milliseconds since 1970-01-01 UTC.
    pub time_ms: u64,
    /// State records that exist before the first statement.
    pub state: Vec<(Hash, Cell)>,
    /// Counters that exist before the first statement.
    pub counters: Vec<(Hash, u64)>,
    /// Root of the statement log holding only its genesis leaf.
    pub log_root: Hash,
    /// Entries of that log.
    pub log_size: u64,
    /// Right edge of that log.
    pub frontier: Vec<Hash>,
    /// Digest of the set of tree-head keys.
    pub tree_head_keys: Hash,
}

/// A step of an execution.
#[derive(Debug)]
pub enum Step {
    /// The execution needs these records; answer with [`Execution::supply`] and run it again.
    NeedKeys {
        /// State keys never asked for before in this execution.
        state: Vec<Hash>,
        /// Counter keys never asked for before in this execution.
        counters: Vec<Hash>,
    },
    /// The block is executed.
    Done(Box<Output>),
}

/// Why a block cannot be executed at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// One statement may not be in a block (for example a signature that does not verify).
    #[error("statement {index} of the block may not be in a block: {reason}")]
    Statement {
        /// Place in the block, from 0.
        index: usize,
        /// What is wrong, in plain words.
        reason: String,
    },
    /// The block as a whole is wrong.
    #[error("{0}")]
    Block(String),
    /// The block is not to be judged here: its rules are newer than this build.
    #[error("it is under version {active} of the rules, and this build executes up to {newest}")]
    Protocol {
        /// The version in force for it.
        active: u32,
        /// The newest that this build executes.
        newest: u32,
    },
}

/// One block's execution. Synchronous and deterministic.
pub trait Execution: Send {
    /// Goes on until it needs records or is done.
    ///
    /// # Errors
    /// [`Fault`] when the block is permanently invalid.
    fn run(&mut self) -> Result<Step, Fault>;

    /// Answers the last [`Step::NeedKeys`], in the order asked.
    fn supply(&mut self, state: Vec<Option<Cell>>, counters: Vec<Option<u64>>);
}

/// Everything a block's execution produces.
#[derive(Clone, Default)]
pub struct Output {
    /// When proposing: places, in order, of the offered statements that are part of the block; `None`
    /// when all are.
    pub included: Option<Vec<usize>>,
    /// When proposing: places of offered statements that cannot be part of this block, and why.
    pub skipped: Vec<(usize, String)>,
    /// State records written (`Some`) or deleted (`None`). A later entry for a key wins.
    pub state_writes: Vec<(Hash, Option<Cell>)>,
    /// Counters written.
    pub counter_writes: Vec<(Hash, u64)>,
    /// Root over the ids of the block's statements; must equal [`Core::statements_root`] of them.
    pub statements_root: Hash,
    /// Root over outcomes and events.
    pub outcomes_root: Hash,
    /// Leaf of the block's first statement: size of the statement log before the block.
    pub first_leaf: u64,
    /// Statements accepted; theirs are the first leaves.
    pub accepted: u64,
    /// Statement log after the block.
    pub log_root: Hash,
    /// Entries in that log.
    pub log_size: u64,
    /// Right edge of that log, largest subtree first.
    pub frontier: Vec<Hash>,
    /// Digest of the set of tree-head keys after the block.
    pub tree_head_keys: Hash,
    /// The validators from the next block on, when this block is the last one of its epoch: another set than that of this
    /// block; the same set again is no change.
    pub next_validators: Option<Arc<[Validator]>>,
    /// Reserved: zero. (The header's extension holds the block's place in consensus.)
    pub extension: Hash,
    /// Outcomes and events, encoded by the core. Stored beside the block and given to the sink.
    pub record: Bytes,
    /// The same, not encoded, for sinks in this process. Absent after a restart.
    pub live: Option<Arc<dyn Any + Send + Sync>>,
}

impl fmt::Debug for Output {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Output")
            .field("state_writes", &self.state_writes.len())
            .field("counter_writes", &self.counter_writes.len())
            .field("log_size", &self.log_size)
            .field("record_bytes", &self.record.len())
            .finish_non_exhaustive()
    }
}

/// The deterministic core, seen from the engine.
pub trait Core: Send + Sync + 'static {
    /// What the network starts from. The same on every node.
    fn genesis(&self) -> Genesis;

    /// The function that commits to an ordered list of statement ids. Used while decoding blocks.
    fn statements_root(&self) -> fn(&[Hash]) -> Hash;

    /// Whether `frontier` is the right edge of the log with this root and size.
    fn frontier_matches(&self, frontier: &[Hash], log_root: &Hash, log_size: u64) -> bool;

    /// Starts the execution of a block.
    fn begin(
        &self,
        block: BlockContext,
        parent: &Tip,
        statements: Vec<Statement>,
        purpose: Purpose,
    ) -> Box<dyn Execution>;

    /// Starts the execution of the first block behind `parent` under the validators that the members put in the place of lost ones. It
    /// holds no statement.
    fn refound(
        &self,
        block: BlockContext,
        parent: &Tip,
        _decision: &RecoveryDocument,
        purpose: Purpose,
    ) -> Box<dyn Execution> {
        self.begin(block, parent, Vec::new(), purpose)
    }
}

/// What waits to be put into a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Statements not in any block under way.
    pub count: usize,
    /// Their bytes.
    pub bytes: usize,
}

/// Ids of the statements in blocks that are under way and that the next block builds upon.
#[derive(Clone, Debug, Default)]
pub struct Ancestry(pub(super) Vec<Arc<HashSet<Hash, ByDigest>>>);

impl Ancestry {
    /// Whether a block under way, on which the next one builds, already holds the statement.
    pub fn contains(&self, id: &Hash) -> bool {
        self.0.iter().any(|block| block.contains(id))
    }
}

/// The pool of admitted statements. All methods return at once.
pub trait Mempool: Send + Sync + 'static {
    /// What waits now, not counting what [`Mempool::included`] named.
    fn waiting(&self) -> Waiting;

    /// Resolves when [`Mempool::waiting`] may have grown after this call. Dropping it is harmless.
    fn changed(&self) -> BoxFuture<'static, ()>;

    /// Hands over, without removing, statements for one block, in an order the core accepts
    /// (a signer's lane in sequence), leaving out what `ancestry` contains.
    fn take(&self, ancestry: &Ancestry, count_max: usize, bytes_max: usize) -> Vec<Statement>;

    /// These are in a block under way.
    fn included(&self, ids: &[Hash]);

    /// The block that held these was given up; they wait again.
    fn released(&self, ids: &[Hash]);

    /// These are final and durable; they can be forgotten.
    fn finalized(&self, height: u64, ids: &[Hash]);

    /// The core left this statement out of a block, for this reason; it may or may not pass later.
    fn refused(&self, id: &Hash, reason: &str);
}

/// A finalized, durable block.
#[derive(Clone)]
pub struct Commit {
    /// Header.
    pub header: Header,
    /// Digest of the header: the block's id.
    pub digest: Hash,
    /// Where in consensus it was proposed, and by whom.
    pub place: Place,
    /// Statements in order.
    pub statements: Arc<[Statement]>,
    /// Right edge of the statement log after it, largest subtree first.
    pub frontier: Vec<Hash>,
    /// [`Output::record`] of its execution. Always there: blocks whose outcomes this node does not have,
    /// because it joined by state synchronisation, are not delivered, and heights begin after them.
    pub record: Option<Bytes>,
    /// [`Output::live`], when executed by this process.
    pub live: Option<Arc<dyn Any + Send + Sync>>,
    /// Encoded simplex finalization of this block, or `None` when only a later block was certified.
    pub finalization: Option<Bytes>,
}

/// Receives finalized blocks.
pub trait CommitSink: Send + Sync + 'static {
    /// The first height it has not seen. Asked once at start.
    fn next_height(&self) -> u64;

    /// Takes a block. Called in height order, one at a time; may be called again for a height after a
    /// restart. It may take its time: consensus does not wait for it.
    fn deliver(&self, commit: Commit) -> BoxFuture<'_, ()>;
}
