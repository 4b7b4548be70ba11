//! What interfaces may ask of a running node. Cheap to clone; usable from any of Tokio's runtimes.

use crate::{
    admission::{self, Admission, Answer},
    audit::Audit,
    backfill::History,
    backup::schedule::{BackupStatus, SharedStatus},
    config::NodeConfig,
    core::Preparer,
    endings::{self, Endings},
    engine::{EngineError, EngineHandle, StoredBlock, StoredEntry},
    life::{Passed, Stage, clock_ms},
    log_store::LogStore,
    mempool::{Bounds, Mempool},
    presence::Seen,
    proofs::{ProofError, Proofs},
    protocol::Protocol,
    record::BlockRecord,
    requests::Asker,
    restore::Marker,
    retention::{HistoryHere, Storage},
    said_lost,
    signing::Signers,
    sink::Sink,
    tokens::TokenStore,
    traced::Sample,
    tracker::{Place, Tracker},
    tree_heads::TreeHeads,
};
use bytes::Bytes;
use convoy_ledger::{Event, Prepared, Reject, StateKey, Tip, reject};
use convoy_modules::membership::queries::KeyEnding;
use convoy_readmodel::ReadModel;
use convoy_types::{
    Compartment, Did, Digest, MemberId, NetworkId, StatementBytes, StatementId,
    cose::Algorithm,
    header::{Header, Validator},
    receipt::Trust,
};
use serde::Serialize;
use std::sync::{Arc, Mutex, PoisonError, atomic::Ordering};
use tokio::sync::watch;

/// What a node says of itself.
#[derive(Clone, Debug, Serialize)]
pub struct NodeInfo {
    /// The network's id.
    pub network: NetworkId,
    /// The genesis document's digest.
    pub genesis: Digest,
    /// The member that this node belongs to.
    pub member: MemberId,
    /// The version of this program.
    pub software: &'static str,
    /// Members with a validator.
    pub validators: Vec<MemberId>,
    /// All founding members.
    pub members: Vec<MemberId>,
}

/// What a statement would do.
#[derive(Clone, Debug)]
pub struct DryRun {
    /// The statement's id.
    pub id: StatementId,
    /// What the modules would say.
    pub events: Vec<Event>,
    /// How many cells of the state would change.
    pub cells_changed: usize,
}

/// How a statement is signed for a user.
#[derive(Clone, Debug, Default)]
pub struct SignOptions {
    /// The signer's lane.
    pub lane: u8,
    /// Past this block time it can never execute; a minute from now where `None`.
    pub not_after_ms: Option<u64>,
    /// What it is about, for receipts.
    pub subject: Option<String>,
}

pub(crate) struct Inner {
    pub info: NodeInfo,
    pub config: NodeConfig,
    pub preparer: Arc<Preparer>,
    pub engine: EngineHandle,
    pub admission: Admission,
    pub mempool: Arc<Mempool>,
    pub tracker: Arc<Tracker>,
    pub log: Arc<LogStore>,
    pub heads: TreeHeads,
    pub proofs: Proofs,
    pub read_model: ReadModel,
    pub projected: watch::Receiver<u64>,
    pub read_model_fault: watch::Receiver<Option<String>>,
    pub tip: watch::Receiver<Option<Header>>,
    pub history: watch::Receiver<Option<History>>,
    pub signers: Signers,
    pub tokens: TokenStore,
    pub audit: Audit,
    pub trust: Trust,
    pub endings: Endings,
    pub protocol: Protocol,
    pub sink: Arc<Sink>,
    pub here: Arc<HistoryHere>,
    pub storage: Arc<Mutex<Storage>>,
    pub backups: SharedStatus,
    /// Where this node was restored from a backup and must not vote.
    pub restored: Option<Marker>,
}

/// A running node.
#[derive(Clone)]
pub struct NodeHandle(pub(crate) Arc<Inner>);

impl NodeHandle {
    /// What the node says of itself.
    pub fn info(&self) -> &NodeInfo {
        &self.0.info
    }

    /// The configuration it runs with.
    pub fn config(&self) -> &NodeConfig {
        &self.0.config
    }

    /// The ledger's compartment that this node serves.
    pub fn compartment(&self) -> &Compartment {
        &self.0.preparer.ledger().compartment
    }

    /// Every refusal that can be given.
    pub fn rules(&self) -> Vec<&'static convoy_ledger::Rule> {
        self.0.preparer.ledger().registry.rules().collect()
    }

    /// The modules' names.
    pub fn modules(&self) -> Vec<&'static str> {
        self.0.preparer.ledger().registry.names()
    }

    /// Admits signed statements, which wait for the turn of whoever asks; one answer for each, in order.
    pub async fn submit(&self, asker: Asker, statements: Vec<Bytes>) -> Vec<Answer> {
        self.0.admission.submit(asker, statements).await
    }

    /// Says what a signed statement would do now, and does nothing.
    pub async fn dry_run(&self, statement: Bytes) -> Result<DryRun, Reject> {
        let prepared: Arc<Prepared> = self.0.preparer.prepare(StatementBytes::of(statement))?;
        let tip = self.0.engine.tip().map_or(
            Tip {
                height: 0,
                time_ms: 0,
            },
            |header| Tip {
                height: header.core.height,
                time_ms: header.core.time_ms,
            },
        );
        let id = prepared.id();
        let (lane, sequence) = (prepared.counter(), prepared.statement.content().sequence);
        let next = self.0.mempool.is_next(&lane, sequence);
        let (preparer, engine) = (&self.0.preparer, &self.0.engine);
        let done = admission::dry_run(preparer, engine, tip, prepared, next).await;
        let output =
            done.unwrap_or_else(|error| Err(reject::QUEUE_FULL.because(error.to_string())))?;
        Ok(DryRun {
            id,
            events: output.events,
            cells_changed: output.state_writes.len(),
        })
    }

    /// The signers whose keys this node holds, with the keys' names.
    pub fn held_signers(&self) -> Vec<(String, Did)> {
        self.0.signers.held()
    }

    /// Signs `actions` (module and body each) with the key that this node holds of `signer`, and admits them.
    pub async fn sign_and_submit(
        &self,
        signer: &Did,
        actions: Vec<(String, Vec<u8>)>,
        options: SignOptions,
    ) -> Result<StatementId, Reject> {
        let lane = self.0.signers.lane(signer, options.lane).await?;
        let statement = self.sign(&lane, signer, actions, options).await?;
        let answers = self.submit(Asker::signer(signer), vec![statement]).await;
        let answer = answers.into_iter().next();
        answer.unwrap_or_else(|| Err(reject::QUEUE_FULL.because("the node gave no answer")))
    }

    /// Signs `actions` as [`Self::sign_and_submit`] does, and says what they would do.
    pub async fn sign_and_dry_run(
        &self,
        signer: &Did,
        actions: Vec<(String, Vec<u8>)>,
        options: SignOptions,
    ) -> Result<DryRun, Reject> {
        let lane = self.0.signers.lane(signer, options.lane).await?;
        let statement = self.sign(&lane, signer, actions, options).await?;
        self.dry_run(statement).await
    }

    async fn sign(
        &self,
        lane: &crate::signing::Lane,
        signer: &Did,
        actions: Vec<(String, Vec<u8>)>,
        options: SignOptions,
    ) -> Result<Bytes, Reject> {
        let next = self.next_sequence(signer, options.lane).await;
        let sequence = next.map_err(|error| reject::QUEUE_FULL.because(error.to_string()))?;
        let not_after = options
            .not_after_ms
            .unwrap_or_else(|| self.now_ms() + 60_000);
        lane.sign(&self.0.info.network, not_after, sequence, actions, options)
    }

    /// The node's clock or the last block's time, whichever is later, milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        clock_ms().max(self.tip().map_or(0, |header| header.core.time_ms))
    }

    /// The stages that a statement, final at `place`, has passed, as far as this node saw them.
    pub fn passed(&self, id: &StatementId, place: &Place) -> Vec<Passed> {
        self.0.tracker.life(&id.0.0, Some(place))
    }

    /// Statements that are told to a trace collector.
    pub fn sample(&self) -> &Sample {
        &self.0.tracker.sample
    }

    /// The highest block, of those since this node started, that it signed a tree head for and whose events queries answer with.
    pub fn through_height(&self) -> u64 {
        let blocks = &self.0.tracker.blocks;
        blocks
            .latest(Stage::Prove)
            .min(blocks.latest(Stage::Project))
    }

    /// A final statement as signed.
    pub async fn statement(&self, id: &StatementId) -> Result<convoy_types::Statement, ProofError> {
        self.0.proofs.statement(&self.place(id).await?).await
    }

    /// A final statement with receipts of `members` (all where `None`) with each of `algorithms`.
    pub async fn transparent(
        &self,
        id: &StatementId,
        members: Option<&[MemberId]>,
        algorithms: &[Algorithm],
    ) -> Result<Vec<u8>, ProofError> {
        self.0
            .proofs
            .transparent(&self.place(id).await?, members, algorithms)
            .await
    }

    /// A final statement with its compact receipt.
    pub async fn compact(&self, id: &StatementId) -> Result<Vec<u8>, ProofError> {
        self.0.proofs.compact(&self.place(id).await?).await
    }

    /// A proof of presence or absence of a record at the tip.
    pub async fn state_proof(&self, key: StateKey) -> Result<Vec<u8>, ProofError> {
        self.0.proofs.state(key).await
    }

    /// A final block.
    pub async fn block(&self, height: u64) -> Option<StoredBlock> {
        self.0.engine.block(height).await
    }

    /// A final block with certificate and outcomes, in the bytes in which they are stored.
    pub async fn stored(&self, height: u64) -> Option<StoredEntry> {
        self.0.engine.stored(height).await
    }

    /// Why a block is not here.
    pub fn absent(&self, height: u64) -> ProofError {
        self.0.here.absent(height)
    }

    /// What the disk holds, as it was measured last.
    pub fn storage(&self) -> Storage {
        copy_of(&self.0.storage)
    }

    /// How the backups are that the node makes by itself.
    pub fn backups(&self) -> BackupStatus {
        copy_of(&self.0.backups)
    }

    /// What the operator should see to before it goes wrong: keys that end soon, a backup that failed, a node that was restored, somebody who
    /// says that this member lost everything.
    pub fn notices(&self) -> Vec<String> {
        let (now_ms, endings) = self.endings();
        let mut notices = endings::notices(&endings, now_ms);
        if let Some(marker) = &self.0.restored {
            notices.push(format!(
                "this node was restored from a backup that ends with block {}: it follows and serves, and does not vote with the key in the backup, which may have voted since; give it a new key (docs/guides/backup-and-loss.md)",
                marker.height
            ));
        }
        notices.extend(self.0.protocol.notice(self.height()));
        let from = (self.read_model(), self.compartment());
        notices.extend(said_lost::notice(from, &self.0.info.member, now_ms));
        if let Some(fault) = self.backups().fault {
            notices.push(format!("the last backup failed: {fault}"));
        }
        notices
    }

    /// Which version of the rules is in force for the next block, and the newest that this build executes.
    pub fn protocol(&self) -> (u32, u32) {
        let protocol = &self.0.protocol;
        (protocol.active(self.height()), protocol.newest())
    }

    /// Why this node executes no further block, where its build does not know the rules of the next one.
    pub fn halted(&self) -> Option<String> {
        self.0.engine.halted()
    }

    /// Outcomes and events of a final block.
    pub async fn outcomes(&self, height: u64) -> Option<Result<BlockRecord, String>> {
        let bytes = self.0.engine.outcomes(height).await?;
        Some(BlockRecord::decode(
            &bytes,
            &self.0.preparer.ledger().registry,
        ))
    }

    /// The header of the last block that is final here.
    pub fn tip(&self) -> Option<Header> {
        *self.0.tip.borrow()
    }

    /// Height of the last block that is final and durable here; known before consensus has started again, and never falls.
    pub fn height(&self) -> u64 {
        self.0.log.next_height().saturating_sub(1)
    }

    /// Which part of history is here, where this node joined later; `None` where it has all from the founding on.
    pub fn history(&self) -> Option<History> {
        let begun = || self.0.sink.joined.borrow().map(History::begun);
        let history = self.0.history.borrow().or_else(begun);
        history.map(|history| History {
            whole: self.0.sink.live.load(Ordering::SeqCst),
            ..history
        })
    }

    /// Changes with every final block.
    pub fn tips(&self) -> watch::Receiver<Option<Header>> {
        self.0.tip.clone()
    }

    /// The height up to which queries are answered; changes as it grows.
    pub fn projected(&self) -> watch::Receiver<u64> {
        self.0.projected.clone()
    }

    /// Where queries are answered.
    pub fn read_model(&self) -> &ReadModel {
        &self.0.read_model
    }

    /// The next sequence of a signer's lane, counting what waits here.
    pub async fn next_sequence(&self, signer: &Did, lane: u8) -> Result<u64, EngineError> {
        let key = convoy_ledger::CounterKey::of(self.compartment(), signer, lane);
        if let Some(next) = self.0.mempool.next_sequence(&key) {
            return Ok(next);
        }
        let committed = self.0.engine.read_counters(vec![key.0.0]).await?;
        Ok(committed.first().copied().flatten().unwrap_or(0))
    }

    /// The members whose nodes sign tree heads, and a channel that changes with every new head.
    pub fn tree_heads(&self) -> &TreeHeads {
        &self.0.heads
    }

    /// Every validator of the present epoch, and how it was last heard of since this node started.
    pub fn presence(&self) -> Vec<(MemberId, Seen)> {
        let epoch = self.0.engine.epoch();
        let validators = self.0.engine.validators(epoch).unwrap_or_default();
        let seen = |one: &Validator| {
            let seen = self.0.sink.presence.of(&one.member, &one.key);
            (one.member.clone(), seen)
        };
        validators.iter().map(seen).collect()
    }

    /// Size and root of the statement log.
    pub fn log_tip(&self) -> (u64, Digest) {
        self.0.log.tip()
    }

    /// What somebody needs to verify this network's receipts.
    pub fn trust(&self) -> &Trust {
        &self.0.trust
    }

    /// The tokens of this node.
    pub fn tokens(&self) -> &TokenStore {
        &self.0.tokens
    }

    /// The log of reads, denials, sign-ins and administration.
    pub fn audit(&self) -> &Audit {
        &self.0.audit
    }

    /// How many statements of `member` wait.
    pub fn waiting_of(&self, member: &MemberId) -> usize {
        self.0.mempool.count_of(member)
    }

    /// How much may wait.
    pub fn waiting_bounds(&self) -> Bounds {
        self.0.mempool.bounds()
    }

    fn endings(&self) -> (u64, Arc<[KeyEnding]>) {
        let now_ms = self.now_ms();
        let from = (self.read_model(), self.compartment());
        (now_ms, self.0.endings.at(now_ms, from, &self.0.info.member))
    }

    /// Metrics in OpenMetrics text.
    pub fn metrics(&self) -> String {
        let health = self.health();
        let (log_size, _) = self.log_tip();
        let (now_ms, endings) = self.endings();
        let history = self.history().filter(|history| !history.whole);
        let backups = self.backups();
        let rows = [
            (
                "convoy_keys_ending_60_days",
                "gauge",
                "Keys of this member that end within 60 days",
                endings::within(&endings, now_ms, 60),
            ),
            (
                "convoy_keys_ending_30_days",
                "gauge",
                "Keys of this member that end within 30 days",
                endings::within(&endings, now_ms, 30),
            ),
            (
                "convoy_keys_ending_7_days",
                "gauge",
                "Keys of this member that end within 7 days",
                endings::within(&endings, now_ms, 7),
            ),
            (
                "convoy_epoch",
                "gauge",
                "How often the validators have changed",
                self.epoch(),
            ),
            (
                "convoy_validator",
                "gauge",
                "1 while this node is a validator, 0 while it observes",
                u64::from(self.votes()),
            ),
            (
                "convoy_pruned_below",
                "gauge",
                "Blocks below this height were pruned here",
                self.0.here.from(),
            ),
            (
                "convoy_backup_height",
                "gauge",
                "The last block in the backup that the node makes by itself",
                backups.height.unwrap_or(0),
            ),
            (
                "convoy_backup_time_ms",
                "gauge",
                "When the node's own backup was made last",
                backups.made_ms.unwrap_or(0),
            ),
            (
                "convoy_block_height",
                "gauge",
                "Height of the last final block",
                health.height,
            ),
            (
                "convoy_block_time_ms",
                "gauge",
                "Time of the last final block",
                health.time_ms,
            ),
            (
                "convoy_clock_ms",
                "gauge",
                "What the clock of this node's machine says",
                clock_ms(),
            ),
            (
                "convoy_projected_height",
                "gauge",
                "Height up to which queries are answered",
                health.projected_height,
            ),
            (
                "convoy_waiting_statements",
                "gauge",
                "Statements that wait for a block",
                health.waiting as u64,
            ),
            (
                "convoy_log_size",
                "gauge",
                "Leaves of the statement log",
                log_size,
            ),
            (
                "convoy_history_from_height",
                "gauge",
                "The height from which on history is here; 1 once all is",
                history.map_or(1, |history| history.from_height),
            ),
            (
                "convoy_history_told_height",
                "gauge",
                "The height up to which history from before the node joined is read in; 0 where nothing is missing",
                history.map_or(0, |history| history.told_height),
            ),
            (
                "convoy_condition",
                "gauge",
                "0 ready, 1 starting, 2 reading history, 3 lagging, 4 alone, 5 stopped",
                health.condition as u64,
            ),
            (
                "convoy_ready",
                "gauge",
                "Whether the node is ready",
                u64::from(health.ready),
            ),
            (
                "convoy_statements_accepted_total",
                "counter",
                "Statements accepted since the start",
                self.0.sink.counts.accepted.load(Ordering::Relaxed),
            ),
            (
                "convoy_statements_refused_total",
                "counter",
                "Statements refused since the start",
                self.0.sink.counts.refused.load(Ordering::Relaxed),
            ),
        ];
        let mut text = String::new();
        for (name, kind, help, value) in rows {
            let family = name.strip_suffix("_total").unwrap_or(name);
            text.push_str(&format!(
                "# TYPE {family} {kind}\n# HELP {family} {help}.\n{name} {value}\n"
            ));
        }
        text.push_str("# TYPE convoy_storage_bytes gauge\n# HELP convoy_storage_bytes Bytes on disk by kind.\n");
        for (kind, bytes) in self.storage().bytes {
            text.push_str(&format!(
                "convoy_storage_bytes{{kind=\"{}\"}} {bytes}\n",
                kind.word()
            ));
        }
        text + &self.0.engine.metrics()
    }
}

fn copy_of<T: Clone>(shared: &Mutex<T>) -> T {
    let shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
    shared.clone()
}
