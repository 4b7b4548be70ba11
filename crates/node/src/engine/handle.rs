//! What the rest of the node may ask of a running engine.
//!
//! Every question is answered on the engine's own runtime, so a handle may be used from any other.

use super::{
    app::Shared,
    block::{Block, BlockRules, Header, Place},
    commit::{Marshal, OutcomeQuery, stored_outcome},
    contract::{Cell, Commit, Hash, Statement, Validator},
    databases::{Key, Stores},
    durability::Databases,
    epochs::Epochs,
    history,
    kept::StoredEntry,
    last_told::LastTold,
    network::{Peer, Wire},
    proof::StateProof,
    runtime::Runtime,
    succession::{Decision, Step},
};
use bytes::Bytes;
use commonware_codec::Encode as _;
use commonware_consensus::types::Height;
use commonware_cryptography::{Digested, sha256};
use commonware_runtime::Handle;
use commonware_utils::channel::{mpsc, oneshot, watch};
use convoy_types::{header::is_history, receipt::Recovery};
use futures::future::BoxFuture;
use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

/// A durable block as read back.
#[derive(Clone, Debug)]
pub struct StoredBlock {
    /// Header.
    pub header: Header,
    /// Its digest.
    pub digest: Hash,
    /// Where in consensus it was proposed, and by whom.
    pub place: Place,
    /// Statements in order.
    pub statements: Arc<[Statement]>,
    /// Right edge of the statement log after this block, largest subtree first.
    pub frontier: Vec<Hash>,
    /// The validators from the next block on, where this one ends an epoch.
    pub next: Option<Arc<[Validator]>>,
}

impl StoredBlock {
    /// The block as it is delivered once more, with the outcomes that are stored beside it.
    pub fn commit(self, outcomes: Bytes) -> Commit {
        Commit {
            header: self.header,
            digest: self.digest,
            place: self.place,
            statements: self.statements,
            frontier: self.frontier,
            record: Some(outcomes),
            live: None,
            finalization: None,
        }
    }
}

impl From<&Block> for StoredBlock {
    fn from(block: &Block) -> Self {
        Self {
            header: block.header,
            digest: block.header.digest().0,
            place: block.place,
            statements: block.statements.clone(),
            frontier: block.frontier.clone(),
            next: block.next.clone(),
        }
    }
}

impl From<&Digested<Block>> for StoredBlock {
    fn from(block: &Digested<Block>) -> Self {
        Self::from(block.inner())
    }
}

/// How an epoch ended.
#[derive(Clone, Debug)]
pub struct Succeeded {
    /// Header of its last block.
    pub header: Header,
    /// Encoded simplex finalization of that block, by the epoch's own validators.
    pub finalization: Bytes,
    /// The validators of the next epoch.
    pub next: Arc<[Validator]>,
    /// The members' decision that put them in the place of lost ones, where it did.
    pub recovery: Option<Arc<Recovery>>,
}

impl From<&Step> for Succeeded {
    fn from(step: &Step) -> Self {
        Self {
            header: step.header,
            finalization: step.finalization.encode(),
            next: Arc::clone(&step.next),
            recovery: step.recovery.clone(),
        }
    }
}

/// Why the engine ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// It cannot start with this configuration.
    #[error("the engine cannot start: {0}")]
    Config(String),
    /// A part of it stopped by itself.
    #[error(
        "the engine's {part} stopped: {reason}. Restart the node; what was durable is recovered"
    )]
    Stopped {
        /// Which part.
        part: &'static str,
        /// What it said.
        reason: String,
    },
    /// The question cannot be answered now.
    #[error("not available: {0}")]
    Unavailable(String),
}

/// The keys of a record's cells behind its first, which is given with its key.
pub type LaterCells = fn(&Hash, &Cell) -> Vec<Hash>;

/// The databases and the runtime, without their types.
pub(super) trait Inside: Send + Sync {
    fn read_records(
        &self,
        keys: Vec<Hash>,
        later: LaterCells,
    ) -> BoxFuture<'static, Result<Vec<Vec<Cell>>, EngineError>>;
    fn read_counters(
        &self,
        keys: Vec<Hash>,
    ) -> BoxFuture<'static, Result<Vec<Option<u64>>, EngineError>>;
    fn prove(&self, key: Hash) -> BoxFuture<'static, Result<StateProof, EngineError>>;
    fn rules(&self) -> BlockRules;
    fn metrics(&self) -> String;
    fn is_open(&self) -> bool;
    fn opened(&self) -> BoxFuture<'static, bool>;
    fn stop(&self, within: Duration) -> BoxFuture<'static, ()>;
}

/// A running engine. Cheap to clone; does not keep the engine alive.
#[derive(Clone)]
pub struct EngineHandle {
    pub(super) inside: Weak<dyn Inside>,
    pub(super) epochs: Epochs,
    pub(super) marshal: Marshal,
    pub(super) tip: watch::Receiver<Option<Digested<Block>>>,
    pub(super) last: LastTold,
    pub(super) queries: mpsc::Sender<OutcomeQuery>,
    pub(super) earlier: mpsc::Sender<history::Query>,
    pub(super) decisions: mpsc::Sender<Decision>,
    pub(super) statements: Arc<Mutex<Option<Wire>>>,
    pub(super) tree_heads: Arc<Mutex<Option<Wire>>>,
    pub(super) history: Arc<Mutex<Option<Wire>>>,
    pub(super) ended: watch::Receiver<Option<EngineError>>,
    pub(super) halted: watch::Receiver<Option<String>>,
}

impl EngineHandle {
    fn inside(&self) -> Result<Arc<dyn Inside>, EngineError> {
        self.inside
            .upgrade()
            .ok_or_else(|| EngineError::Unavailable("the engine has stopped".into()))
    }

    /// Whether this node is a validator of the newest epoch. One that is not observes: it follows, serves and signs nothing.
    pub fn votes(&self) -> bool {
        self.epochs.votes()
    }

    /// Why this node executes no further block, where its build does not know the rules of the next one.
    pub fn halted(&self) -> Option<String> {
        self.halted.borrow().clone()
    }

    /// The newest epoch this node knows of; it may still be on its way there.
    pub fn epoch(&self) -> u64 {
        self.epochs.latest()
    }

    /// The validators of an epoch.
    pub fn validators(&self, epoch: u64) -> Option<Arc<[Validator]>> {
        self.epochs.validators(epoch)
    }

    /// The newest epoch this node knows of, as it changes.
    pub fn epochs(&self) -> watch::Receiver<u64> {
        self.epochs.watch()
    }

    /// The members' decision by which `epoch` began, where it was theirs.
    pub fn recovery(&self, epoch: u64) -> Option<Arc<Recovery>> {
        self.epochs.recovery(epoch)
    }

    /// Goes on by the members' decision, once it was checked and is durable here. Peers are told.
    ///
    /// # Errors
    /// Why this node does not take it.
    pub async fn recover(&self, recovery: Recovery) -> Result<(), String> {
        let (answer, taken) = oneshot::channel();
        let stopping = || "the node is stopping".to_owned();
        self.decisions
            .send((recovery, answer))
            .await
            .map_err(|_| stopping())?;
        taken.await.map_err(|_| stopping())?
    }

    /// Proves records of the state of the last final block, as [`Self::prove`] one by one; the block is the same for all.
    ///
    /// # Errors
    /// As [`Self::prove`]; another block became final meanwhile.
    pub async fn prove_at(&self, header: &Header, key: Hash) -> Result<StateProof, EngineError> {
        let proof = self.prove(key).await?;
        if proof.header == *header {
            return Ok(proof);
        }
        Err(EngineError::Unavailable(format!(
            "the state is of block {}, not of block {}",
            proof.header.core.height, header.core.height
        )))
    }

    /// How the epochs from `epoch` on ended, one after the other.
    pub fn succession(&self, epoch: u64, count_max: usize) -> Vec<Succeeded> {
        let steps = self.epochs.steps(epoch, count_max);
        steps.iter().map(|step| Succeeded::from(&**step)).collect()
    }

    /// The last block of `epoch`, where it has ended.
    pub fn last_block(&self, epoch: u64) -> Option<u64> {
        let ended = self.epochs.steps(epoch, 1);
        ended.first().map(|step| step.header.core.height)
    }

    /// Lets in exactly these nodes of members, beside the validators, and learns where they are.
    pub fn set_nodes(&self, nodes: &[Peer]) {
        self.epochs.peers().set_nodes(nodes);
    }

    /// Lets in these nodes too, and learns where they are.
    pub fn add_nodes(&self, nodes: &[Peer]) {
        self.epochs.peers().add_nodes(nodes);
    }

    /// Header of the last block that was told; `None` before the first.
    pub fn tip(&self) -> Option<Header> {
        self.tip.borrow().as_ref().map(|block| block.inner().header)
    }

    /// Resolves when the tip changed after this call.
    pub async fn tip_changed(&self) -> Option<Header> {
        let mut tip = self.tip.clone();
        tip.borrow_and_update();
        tip.changed().await.ok()?;
        tip.borrow().as_ref().map(|block| block.inner().header)
    }

    /// Resolves once the block of this height is told; `false` when the engine stops before.
    pub async fn reached(&self, height: u64) -> bool {
        let told = |block: &Digested<Block>| block.inner().header.core.height >= height;
        let mut tip = self.tip.clone();
        let reached = tip.wait_for(|tip| tip.as_ref().is_some_and(told)).await;
        reached.is_ok()
    }

    /// The block of a height, from memory where it was told lately. Unlike [`Self::block`] it may be one that was pruned a moment ago.
    pub async fn lately_told(&self, height: u64) -> Option<StoredBlock> {
        match self.last.get(height) {
            Some(told) => Some(told),
            None => self.block(height).await,
        }
    }

    /// The durable block of a height.
    pub async fn block(&self, height: u64) -> Option<StoredBlock> {
        if let Some(block) = self.marshal.get_block(Height::new(height)).await {
            return Some(StoredBlock::from(&block));
        }
        Some(self.earlier(height).await?.block)
    }

    /// The block with this digest. It may not be final: compare with [`Self::block`] of its height.
    pub async fn block_by_digest(&self, digest: Hash) -> Option<StoredBlock> {
        let block = self.marshal.get_block(&sha256::Digest(digest)).await?;
        Some(StoredBlock::from(&block))
    }

    /// The encoded simplex finalization of a height, when that very block was certified.
    pub async fn finalization(&self, height: u64) -> Option<Bytes> {
        if let Some(own) = self.marshal.get_finalization(Height::new(height)).await {
            return Some(own.encode());
        }
        self.earlier(height).await?.finalization
    }

    /// The block of a height with certificate and outcomes, in the bytes in which they are stored; `None` where it is not here
    /// or no longer.
    pub async fn stored(&self, height: u64) -> Option<StoredEntry> {
        let body = self.body(height).await?;
        match history::parts(&body) {
            Ok(entry) => Some(entry),
            Err(fault) => {
                tracing::error!(height, %fault, "a block of before this node joined is damaged on this disk");
                None
            }
        }
    }

    /// Has blocks and certificates below `height` forgotten, but none that [`KeepFrom`](super::KeepFrom) keeps.
    pub async fn prune(&self, height: u64) -> Result<(), EngineError> {
        self.marshal.prune(Height::new(height));
        history::prune(&self.earlier, height).await
    }

    /// Outcomes and events of a height, as the core encoded them.
    pub async fn outcomes(&self, height: u64) -> Option<Bytes> {
        if let Some(own) = stored_outcome(&self.queries, height).await {
            return Some(own);
        }
        Some(self.earlier(height).await?.outcomes)
    }

    /// A final block as it is sent to a peer that joined after it; `None` where this node lacks a part of it.
    pub async fn body(&self, height: u64) -> Option<Bytes> {
        if let Some(kept) = history::get(&self.earlier, height).await {
            return Some(kept);
        }
        let block = self.marshal.get_block(Height::new(height)).await?;
        let outcomes = stored_outcome(&self.queries, height).await?;
        let finalization = self.marshal.get_finalization(Height::new(height)).await;
        let finalization = finalization.map(|finalization| finalization.encode());
        Some(history::encode(
            block.inner().encode(),
            &outcomes,
            finalization.as_deref(),
        ))
    }

    /// Reads what a peer sent as the block with `digest`.
    ///
    /// # Errors
    /// What is wrong with it, in plain words.
    pub fn read_body(&self, bytes: &[u8], digest: &Hash) -> Result<history::Body, String> {
        let inside = self.inside().map_err(|error| error.to_string())?;
        history::decode(bytes, digest, &inside.rules())
    }

    /// The same body with other outcomes: those that were checked.
    ///
    /// # Errors
    /// It is no body.
    pub fn body_with(&self, bytes: &[u8], outcomes: &[u8]) -> Result<Bytes, String> {
        history::with_outcomes(bytes, outcomes)
    }

    /// Keeps bodies of before this node joined, with their heights and digests. They were read by [`Self::read_body`].
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] while the node stops.
    pub async fn keep(&self, bodies: Vec<(u64, Hash, Bytes)>) -> Result<(), EngineError> {
        history::keep(&self.earlier, bodies).await
    }

    /// The lowest height from which every body below `height` was kept; `height` itself where none was.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] while the node stops.
    pub async fn kept_from(&self, height: u64) -> Result<u64, EngineError> {
        history::lowest(&self.earlier, height).await
    }

    /// A body of before this node joined.
    async fn earlier(&self, height: u64) -> Option<history::Body> {
        let bytes = history::get(&self.earlier, height).await?;
        let rules = self.inside().ok()?.rules();
        match history::reread(&bytes, &rules) {
            Ok(body) => Some(body),
            Err(fault) => {
                tracing::error!(height, %fault, "a block of before this node joined is damaged on this disk");
                None
            }
        }
    }

    /// The cells of records of the applied state, in the order asked; none of one that is not there. Each record is as it was at one moment;
    /// two may be of different blocks.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] while the node synchronises or stops.
    pub async fn read_records(
        &self,
        keys: Vec<Hash>,
        later: LaterCells,
    ) -> Result<Vec<Vec<Cell>>, EngineError> {
        self.inside()?.read_records(keys, later).await
    }

    /// Counters of the applied state, in the order asked.
    ///
    /// # Errors
    /// As [`Self::read_records`].
    pub async fn read_counters(&self, keys: Vec<Hash>) -> Result<Vec<Option<u64>>, EngineError> {
        self.inside()?.read_counters(keys).await
    }

    /// Proves that a record is present, or absent, in the state of a finalized block. Records of what happened have no
    /// such proof.
    ///
    /// # Errors
    /// As [`Self::read_records`].
    pub async fn prove(&self, key: Hash) -> Result<StateProof, EngineError> {
        self.inside()?.prove(key).await
    }

    /// Metrics of consensus, network, storage and runtime in OpenMetrics text.
    pub fn metrics(&self) -> String {
        self.inside()
            .map(|inside| inside.metrics())
            .unwrap_or_default()
    }

    /// Whether the state can be read: not yet while a start goes through it or takes it over from peers.
    pub fn is_open(&self) -> bool {
        self.inside().is_ok_and(|inside| inside.is_open())
    }

    /// Resolves once the state can be read; `false` when the engine stops before.
    pub async fn opened(&self) -> bool {
        match self.inside().map(|inside| inside.opened()) {
            Ok(opened) => opened.await,
            Err(_) => false,
        }
    }

    /// The statement channel; given out once.
    pub fn statements(&self) -> Option<Wire> {
        self.statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// The tree-head channel; given out once.
    pub fn tree_heads(&self) -> Option<Wire> {
        self.tree_heads
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// The channel of bodies from before a peer joined; given out once.
    pub fn history(&self) -> Option<Wire> {
        self.history
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Stops: tasks finish what they write. Returns when they did, or after `within`.
    pub async fn stop(&self, within: Duration) {
        if let Ok(inside) = self.inside() {
            inside.stop(within).await;
        }
    }

    /// Resolves when the engine ended by itself or was stopped (`Ok`).
    ///
    /// # Errors
    /// [`EngineError::Stopped`] when a part ended without being asked to.
    pub async fn ended(&self) -> Result<(), EngineError> {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().map_or(Ok(()), Err),
            Err(_) => Ok(()),
        }
    }
}

/// [`Inside`] for one runtime.
pub(super) struct InsideOf<E: Runtime> {
    pub context: E,
    pub databases: watch::Receiver<Option<Databases<E>>>,
    pub shared: Arc<Shared>,
    pub tip: watch::Receiver<Option<Digested<Block>>>,
}

impl<E: Runtime> InsideOf<E> {
    /// Runs `work` with the databases on the engine's runtime.
    fn with<T, F, W>(
        &self,
        label: &'static str,
        work: W,
    ) -> BoxFuture<'static, Result<T, EngineError>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, EngineError>> + Send + 'static,
        W: FnOnce(Stores<E>) -> F + Send + 'static,
    {
        let Some(databases) = self.databases.borrow().as_ref().map(Databases::stores) else {
            let reason =
                EngineError::Unavailable("the state is still being opened or synchronised".into());
            return Box::pin(async move { Err(reason) });
        };
        let handle: Handle<Result<T, EngineError>> =
            self.context.child(label).spawn(move |_| work(databases));
        Box::pin(async move {
            handle
                .await
                .unwrap_or_else(|_| Err(EngineError::Unavailable("the engine is stopping".into())))
        })
    }
}

/// The cells of records of one store. Its lock is held until the last is read: a block applied between would give the end of another record.
macro_rules! records_of {
    ($store:ident, $keys:ident, $later:ident) => {{
        let store = $store.read().await;
        let keys: Vec<Key> = $keys.iter().copied().map(Key::from).collect();
        let wanted: Vec<&Key> = keys.iter().collect();
        let first = store.get_many(&wanted).await.map_err(unreadable)?;
        let behind: Vec<Vec<Key>> = $keys
            .iter()
            .zip(&first)
            .map(|(key, cell)| {
                let cell = cell.as_ref().map(|cell| Cell::from(cell.clone()));
                let behind = cell.map(|cell| $later(key, &cell)).unwrap_or_default();
                behind.into_iter().map(Key::from).collect()
            })
            .collect();
        let wanted: Vec<&Key> = behind.iter().flatten().collect();
        let mut rest = store
            .get_many(&wanted)
            .await
            .map_err(unreadable)?
            .into_iter();
        first
            .into_iter()
            .zip(&behind)
            .map(|(first, behind)| {
                let cells = first
                    .into_iter()
                    .chain(rest.by_ref().take(behind.len()).flatten());
                cells.map(Cell::from).collect::<Vec<Cell>>()
            })
            .collect::<Vec<_>>()
    }};
}

impl<E: Runtime> Inside for InsideOf<E> {
    fn read_records(
        &self,
        keys: Vec<Hash>,
        later: LaterCells,
    ) -> BoxFuture<'static, Result<Vec<Vec<Cell>>, EngineError>> {
        self.with("read_records", move |(state, history, _)| async move {
            let (past, present): (Vec<Hash>, Vec<Hash>) =
                keys.iter().partition(|key| is_history(key));
            let present = records_of!(state, present, later);
            let past = records_of!(history, past, later);
            let (mut present, mut past) = (present.into_iter(), past.into_iter());
            let cells = |key: &Hash| match is_history(key) {
                true => past.next(),
                false => present.next(),
            };
            Ok(keys.iter().filter_map(cells).collect())
        })
    }

    fn read_counters(
        &self,
        keys: Vec<Hash>,
    ) -> BoxFuture<'static, Result<Vec<Option<u64>>, EngineError>> {
        self.with("read_counters", move |(_, _, counters)| async move {
            let counters = counters.read().await;
            let keys: Vec<Key> = keys.into_iter().map(Key::from).collect();
            let references: Vec<&Key> = keys.iter().collect();
            counters.get_many(&references).await.map_err(unreadable)
        })
    }

    fn prove(&self, key: Hash) -> BoxFuture<'static, Result<StateProof, EngineError>> {
        let (shared, tip) = (self.shared.clone(), self.tip.clone());
        self.with("prove", move |(state, ..)| async move {
            if is_history(&key) {
                return Err(EngineError::Unavailable(
                    "what happened is proved by the receipt of its statement, not from the state"
                        .into(),
                ));
            }
            let state = state.read().await;
            let root = state.root().0;
            // Asked before the tip: a block leaves the ones under way only after it is the tip.
            let under_way = shared.under_way.final_with_state(&root);
            let durable = tip.borrow().as_ref().map(|block| block.inner().header);
            let header = durable
                .filter(|header| header.rest.state.root.0 == root)
                .or(under_way)
                .ok_or_else(|| EngineError::Unavailable("no block is final yet".into()))?;
            StateProof::make(&state, header, key)
                .await
                .map_err(unreadable)
        })
    }

    fn rules(&self) -> BlockRules {
        self.shared.rules()
    }

    fn metrics(&self) -> String {
        self.context.encode()
    }

    fn is_open(&self) -> bool {
        self.databases.borrow().is_some()
    }

    fn opened(&self) -> BoxFuture<'static, bool> {
        let mut databases = self.databases.clone();
        Box::pin(async move { databases.wait_for(Option::is_some).await.is_ok() })
    }

    fn stop(&self, within: Duration) -> BoxFuture<'static, ()> {
        let stopping = self.context.child("stop").spawn(move |context| async move {
            let _ = context.stop(0, Some(within)).await;
        });
        Box::pin(async move {
            let _ = stopping.await;
        })
    }
}

fn unreadable(error: impl std::fmt::Display) -> EngineError {
    EngineError::Unavailable(format!("the state database cannot be read: {error}"))
}
