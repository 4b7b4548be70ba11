//! From "finalized" to told and acknowledged.
//!
//! ```text
//! marshal ──Update::Block──> Tap ──────────────> Stateful (applies, syncs at times, acknowledges)
//!                             │                        │
//!                             └── block + both acks ───┴─> Committer: applied: stores the outcomes, changes the epoch behind
//!                                                          the last block of one, publishes the tip
//!                                                              └─> Delivery: the sink, at its own pace
//!                                                          durable: acknowledges to marshal
//! ```
//!
//! Invariants
//! - A block that comes from marshal is on the disk with its certificate, and gives the same outcomes whenever it is executed. So it is
//!   told as soon as its writes are in the databases, which reach the disk [for many blocks at once](super::durability).
//! - Marshal gets its acknowledgement only when state and outcomes of the block are durable too. After a
//!   crash every block without it comes again, is executed again, and its outcomes are stored again.
//! - The first blocks behind a state that was taken over from peers are told only then: a crash before could begin that again from a later
//!   block, and nobody would execute these.
//! - The last block of an epoch is told only then, so that an epoch begins on a state that no crash takes back. By a decision of the members it may
//!   begin a moment earlier; then the block comes again and hands over again.
//! - The sink sees a block only after it is told, in height order; one that it has seen already does not come to it again.
//! - A slow sink holds up nothing: recent blocks wait in memory, older ones are read back from disk.

use super::{
    app::Shared,
    block::Block,
    config::Retention,
    contract::{Commit, CommitSink, Output},
    epochs::{Enter, Epochs},
    handle::StoredBlock,
    last_told::LastTold,
    runtime::Runtime,
    succession::{Record, Step},
};
use bytes::Bytes;
use commonware_actor::Feedback;
use commonware_codec::Encode as _;
use commonware_consensus::{
    Reporter,
    marshal::{Update, core::Mailbox as MarshalMailbox, standard::Standard},
    simplex::{Floor, scheme::ed25519::Scheme, types::Finalization},
    types::{Epoch, Height},
};
use commonware_cryptography::{Digested, sha256};
use commonware_macros::select;
use commonware_storage::{
    archive::{Archive as _, Identifier, prunable},
    translator::EightCap,
};
use commonware_utils::{
    Acknowledgement as _,
    acknowledgement::{Exact, ExactWaiter},
    channel::{mpsc, oneshot, watch},
};
use futures::FutureExt as _;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};
use tracing::{debug, info, warn};

pub(super) type Marshal = MarshalMailbox<Scheme, Standard<Block>>;
type Certificate = Finalization<Scheme, sha256::Digest>;
pub(super) type OutcomeArchive<E> = prunable::Archive<EightCap, E, sha256::Digest, Bytes>;

/// Blocks kept in memory for the sink.
const RECENT_BLOCKS: usize = 32;
/// Bytes of statements and outcomes kept in memory for the sink.
const RECENT_BYTES: usize = 16 << 20;
/// How soon a certificate that is not here yet is looked for again.
const CERTIFICATE_AGAIN: Duration = Duration::from_millis(20);
/// After so many times it is said again that it is not here: a minute.
const CERTIFICATE_REMINDER: u64 = 3_000;

/// A finalized block that is not told yet.
struct Pending {
    block: Digested<Block>,
    marshal: Exact,
    stateful: ExactWaiter,
}

/// A told block whose state is not known to be durable.
struct Told {
    height: u64,
    marshal: Exact,
    stateful: ExactWaiter,
}

/// Stands between marshal and `Stateful` and sees every acknowledgement.
#[derive(Clone)]
pub(super) struct Tap<R> {
    inner: R,
    shared: Arc<Shared>,
    pending: mpsc::UnboundedSender<Pending>,
}

impl<R: Reporter<Activity = Update<Block, Exact>>> Reporter for Tap<R> {
    type Activity = Update<Block, Exact>;

    fn report(&mut self, activity: Self::Activity) -> Feedback {
        let (block, marshal) = match activity {
            Update::Block(block, marshal) => (block, marshal),
            Update::Tip(round, height, digest) => {
                self.shared
                    .epochs
                    .saw_certified(height.get(), round.epoch().get());
                return self.inner.report(Update::Tip(round, height, digest));
            }
        };
        let header = block.inner().header;
        let epochs = &self.shared.epochs;
        epochs.saw_certified(header.core.height, header.core.epoch);
        self.shared.under_way.finalized(header);
        let (acknowledgement, stateful) = Exact::handle();
        // Bounded by marshal: it hands out only so many blocks without an acknowledgement.
        if self
            .pending
            .send(Pending {
                block: block.clone(),
                marshal,
                stateful,
            })
            .is_err()
        {
            return Feedback::Closed;
        }
        self.inner.report(Update::Block(block, acknowledgement))
    }
}

/// A question to the committer about stored outcomes.
pub(super) type OutcomeQuery = (u64, oneshot::Sender<Option<Bytes>>);

/// Stores outcomes, tells and acknowledges.
pub(super) struct Committer<E: Runtime> {
    context: E,
    shared: Arc<Shared>,
    archive: Option<OutcomeArchive<E>>,
    pending: mpsc::UnboundedReceiver<Pending>,
    untold: VecDeque<Pending>,
    told: VecDeque<Told>,
    /// Up to this height blocks are told only when they are durable: all of them while the state is being taken over from peers, which a
    /// crash could begin again from a later block, and then those that were applied by the time the first of them was durable.
    durable_until: u64,
    queries: mpsc::Receiver<OutcomeQuery>,
    tip: watch::Sender<Option<Digested<Block>>>,
    last: LastTold,
    marshal: Marshal,
    recent: mpsc::Sender<Recent>,
    retention: Retention,
    pruned: u64,
    handover: Handover,
}

/// What happens at the end of an epoch.
pub(super) struct Handover {
    pub epochs: Epochs,
    pub records: mpsc::Sender<Record>,
    pub enter: mpsc::Sender<Enter>,
}

/// A told block for the delivery task.
pub(super) struct Recent {
    block: Digested<Block>,
    output: Option<Arc<Output>>,
}

/// The ends of the committer that others hold.
pub(super) struct Ends {
    pub queries: mpsc::Sender<OutcomeQuery>,
    pub tip: watch::Receiver<Option<Digested<Block>>>,
    pub last: LastTold,
}

impl<E: Runtime> Committer<E> {
    /// A committer, the reporter to install in marshal in front of `inner`, and the other ends.
    pub(super) fn new<R>(
        context: E,
        shared: Arc<Shared>,
        archive: OutcomeArchive<E>,
        marshal: Marshal,
        inner: R,
        (retention, takes_over): (Retention, bool),
        handover: Handover,
    ) -> (Self, Tap<R>, Ends, mpsc::Receiver<Recent>) {
        let (pending_tx, pending) = mpsc::unbounded_channel();
        let (queries_tx, queries) = mpsc::channel(64);
        let (tip, tip_rx) = watch::channel(None);
        let (recent, recent_rx) = mpsc::channel(RECENT_BLOCKS);
        let last = LastTold::default();
        let tap = Tap {
            inner,
            shared: shared.clone(),
            pending: pending_tx,
        };
        let committer = Self {
            context,
            shared,
            archive: Some(archive),
            pending,
            untold: VecDeque::new(),
            told: VecDeque::new(),
            durable_until: if takes_over { u64::MAX } else { 0 },
            queries,
            tip,
            last: last.clone(),
            marshal,
            recent,
            retention,
            pruned: 0,
            handover,
        };
        (
            committer,
            tap,
            Ends {
                queries: queries_tx,
                tip: tip_rx,
                last,
            },
            recent_rx,
        )
    }

    /// Runs until marshal or `Stateful` stops.
    pub(super) async fn run(mut self) {
        if let Some((_, block)) = self.marshal.get_anchor().await {
            self.tip.send_replace(Some(block));
        }
        let mut applied = self.shared.under_way.applied_height();
        loop {
            let awaited = match self.told.front_mut() {
                Some(told) => Some(&mut told.stateful),
                None => self.untold.front_mut().map(|block| &mut block.stateful),
            };
            select! {
                pending = self.pending.recv() => {
                    let Some(pending) = pending else { return };
                    self.untold.push_back(pending);
                },
                _ = applied.changed() => {},
                durable = durable(awaited) => {
                    if !durable || !self.acknowledge().await {
                        debug!("the engine stopped before a block was stored and told");
                        return;
                    }
                },
                query = self.queries.recv() => {
                    let Some((height, answer)) = query else { return };
                    let _ = answer.send(self.outcome(height).await);
                },
            }
            let height = *applied.borrow();
            while let Some(pending) = self.next_to_tell(height) {
                let output = self.executed(&pending.block).await;
                if !self.tell(pending, output).await {
                    return;
                }
            }
        }
    }

    /// The next final block if its writes are in the databases and nothing depends on their being durable.
    fn next_to_tell(&mut self, applied: u64) -> Option<Pending> {
        let header = self.untold.front()?.block.inner().header;
        let ends = header.ends_epoch() || self.refounds(header.core.height);
        let waits = ends || header.core.height <= self.durable_until;
        (header.core.height <= applied && !waits).then(|| self.untold.pop_front())?
    }

    /// Whether the block of this height is the last one before a decision of the members.
    fn refounds(&self, height: u64) -> bool {
        self.handover.epochs.refounding(height + 1).is_some()
    }

    async fn outcome(&self, height: u64) -> Option<Bytes> {
        let archive = self.archive.as_ref()?;
        archive
            .get(Identifier::Index(height))
            .await
            .unwrap_or_else(|error| broken("read", &error))
    }

    /// The first block is durable. Makes the outcomes durable, and acknowledges it with every other that is by now.
    async fn acknowledge(&mut self) -> bool {
        if self.told.is_empty()
            && let Some(pending) = self.untold.pop_front()
        {
            let output = self.executed(&pending.block).await;
            if output.is_some() {
                let applied = *self.shared.under_way.applied_height().borrow();
                self.durable_until = self.durable_until.min(applied);
                let height = pending.block.inner().header.core.height;
                self.make_outcomes_durable(height).await;
            }
            if !self.tell(pending, output).await {
                return false;
            }
        }
        let mut durable: Vec<Told> = self.told.pop_front().into_iter().collect();
        while let Some(told) = self.told.front_mut() {
            match (&mut told.stateful).now_or_never() {
                Some(Ok(())) => durable.extend(self.told.pop_front()),
                Some(Err(_)) => return false,
                None => break,
            }
        }
        if let Some(last) = durable.last() {
            self.make_outcomes_durable(last.height).await;
        }
        durable
            .into_iter()
            .for_each(|block| block.marshal.acknowledge());
        true
    }

    /// Tells a final block whose outcomes are stored; `false` when the engine stops before its epoch is handed over.
    async fn tell(&mut self, pending: Pending, output: Option<Arc<Output>>) -> bool {
        let header = pending.block.inner().header;
        let (height, digest) = (header.core.height, header.digest().0);
        if header.ends_epoch() || self.refounds(height) {
            if !self.hand_over(pending.block.inner()).await {
                return false;
            }
        } else {
            self.handover.epochs.goes_on(height);
        }
        let ids = pending.block.inner().ids();
        self.shared.mempool.finalized(height, &ids);
        self.last.add(StoredBlock::from(&pending.block));
        self.tip.send_replace(Some(pending.block.clone()));
        let released = self.shared.under_way.told(&digest, height);
        if !released.is_empty() {
            self.shared.mempool.released(&released);
        }
        self.told.push_back(Told {
            height,
            marshal: pending.marshal,
            stateful: pending.stateful,
        });
        // When the delivery task is behind it reads this block back from disk.
        let _ = self.recent.try_send(Recent {
            block: pending.block,
            output,
        });
        true
    }

    /// The block is the last one of its epoch, final and durable: its step is made durable, and consensus of the next epoch
    /// starts, unless later ones are known: then this node catches up and enters the newest when it comes to it.
    ///
    /// `false` when the engine stops before that.
    async fn hand_over(&mut self, block: &Block) -> bool {
        let core = block.header.core;
        if let Some(finalization) = self.certificate(core.height, core.epoch).await {
            let Some(next) = block.next.clone() else {
                panic!(
                    "block {} ends epoch {} and does not say who comes next",
                    core.height, core.epoch
                );
            };
            let step = Step {
                header: block.header,
                next,
                finalization,
                recovery: None,
            };
            let (done, recorded) = oneshot::channel();
            let records = &self.handover.records;
            if records.send((step, done)).await.is_err() || recorded.await.is_err() {
                return false;
            }
        }
        let Handover { epochs, enter, .. } = &self.handover;
        let Some(step) = epochs.steps(core.epoch, 1).pop() else {
            return false;
        };
        if step.header != block.header {
            panic!(
                "block {} is final here, and epoch {} ended behind another block, {}",
                core.height, core.epoch, step.header.core.height
            );
        }
        if epochs.latest() != core.epoch + 1 {
            return true;
        }
        let (entered, running) = oneshot::channel();
        let asked = enter.send(Enter {
            epoch: Epoch::new(core.epoch + 1),
            floor: Floor::Genesis(sha256::Digest(block.header.digest().0)),
            entered,
        });
        asked.await.is_ok() && running.await.is_ok()
    }

    /// The certificate of the last block of the newest epoch. `None` once a later epoch is known, and when the engine stops.
    ///
    /// A crash may come between the block and its certificate, which are two files. Then consensus of that epoch tells of it again from its
    /// journal or finds another one with the others; or somebody who has it sends the whole step.
    async fn certificate(&mut self, height: u64, epoch: u64) -> Option<Certificate> {
        let mut tries = 0u64;
        while self.handover.epochs.latest() == epoch {
            let found = self.marshal.get_finalization(Height::new(height)).await;
            if found.is_some() {
                return found;
            }
            if tries.is_multiple_of(CERTIFICATE_REMINDER) {
                warn!(
                    height,
                    epoch,
                    "the last block of the epoch is here without its certificate: waiting until a validator answers that has it"
                );
            }
            tries += 1;
            let again = self.context.sleep(CERTIFICATE_AGAIN);
            select! {
                () = again => {},
                pending = self.pending.recv() => self.untold.push_back(pending?),
                query = self.queries.recv() => {
                    let (height, answer) = query?;
                    let _ = answer.send(self.outcome(height).await);
                },
            }
        }
        None
    }

    /// What a block executed to, which is stored from now on. Nothing of one that another process executed: that is stored.
    async fn executed(&mut self, block: &Digested<Block>) -> Option<Arc<Output>> {
        let header = block.inner().header;
        let (height, digest) = (header.core.height, header.digest().0);
        let output = self.shared.under_way.output(&digest)?;
        let archive = self.archive();
        let stored = archive
            .put(height, sha256::Digest(digest), &output.record)
            .await;
        self.archive = Some(stored.unwrap_or_else(|error| broken("write", &error)));
        Some(output)
    }

    /// Makes all stored outcomes durable, and forgets old ones where `height` allows it.
    async fn make_outcomes_durable(&mut self, height: u64) {
        let synced = self.archive().sync().await;
        let mut archive = synced.unwrap_or_else(|error| broken("write", &error));
        let retention = &self.retention;
        let recent = u64::try_from(retention.blocks).unwrap_or(u64::MAX);
        let keep_from = height.saturating_sub(recent).min(retention.keep_from.get());
        let every = u64::try_from(retention.every_blocks.get()).unwrap_or(u64::MAX);
        if keep_from >= self.pruned.saturating_add(every) {
            archive = archive
                .prune(keep_from)
                .await
                .unwrap_or_else(|error| broken("prune", &error));
            self.pruned = keep_from;
        }
        self.archive = Some(archive);
    }

    fn archive(&mut self) -> OutcomeArchive<E> {
        let archive = self.archive.take();
        archive.unwrap_or_else(|| broken("write", &"an earlier write failed"))
    }
}

/// Resolves when `Stateful` made a block durable, or stopped before it did; never where there is no block.
async fn durable(block: Option<&mut ExactWaiter>) -> bool {
    match block {
        Some(stateful) => stateful.await.is_ok(),
        None => std::future::pending().await,
    }
}

fn broken(doing: &str, error: &dyn std::fmt::Display) -> ! {
    panic!(
        "the store of outcomes cannot {doing}: {error}. Check the disk; a restart recovers what was durable"
    )
}

/// Feeds the sink in height order.
pub(super) struct Delivery {
    pub marshal: Marshal,
    pub queries: mpsc::Sender<OutcomeQuery>,
    pub tip: watch::Receiver<Option<Digested<Block>>>,
    pub recent: mpsc::Receiver<Recent>,
    pub sink: Arc<dyn CommitSink>,
}

impl Delivery {
    /// Runs until the committer stops.
    pub(super) async fn run(mut self) {
        let mut next = self.sink.next_height();
        let mut kept: BTreeMap<u64, Recent> = BTreeMap::new();
        if let Some(processed) = self.marshal.get_processed().await {
            next = self.replay(next, processed.height().get()).await;
        }
        loop {
            let Some(recent) = self.recent.recv().await else {
                return;
            };
            keep(&mut kept, recent);
            while let Ok(recent) = self.recent.try_recv() {
                keep(&mut kept, recent);
            }
            // After a crash blocks come again that the sink had seen.
            kept = kept.split_off(&next);
            let tip = self
                .tip
                .borrow()
                .as_ref()
                .map_or(0, |block| block.inner().header.core.height);
            while next <= tip {
                match kept.remove(&next) {
                    Some(recent) => {
                        self.deliver(recent.block, recent.output).await;
                        next += 1;
                    }
                    None => {
                        let until = kept
                            .first_key_value()
                            .map_or(tip, |(height, _)| height.saturating_sub(1).min(tip));
                        let done = self.replay(next, until.max(next)).await;
                        next = done.max(next + 1);
                    }
                }
                kept = kept.split_off(&next);
            }
        }
    }

    /// Delivers `from..=to` from disk; returns the height after the last one. Heights this node never
    /// had, because it joined by state synchronisation, are passed over.
    async fn replay(&self, from: u64, to: u64) -> u64 {
        if from > to {
            return from;
        }
        info!(from, to, "delivering finalized blocks again from disk");
        for height in self.first_held(from.max(1), to).await..=to {
            let Some(block) = self.marshal.get_block(Height::new(height)).await else {
                continue;
            };
            self.deliver(block, None).await;
        }
        to + 1
    }

    /// The first height that marshal holds in a range of which it may lack a beginning; the one behind the range where it holds none.
    async fn first_held(&self, from: u64, to: u64) -> u64 {
        let holds = async |height| self.marshal.get_block(Height::new(height)).await.is_some();
        if from > to || holds(from).await {
            return from;
        }
        let (mut lacking, mut held) = (from, to + 1);
        while held - lacking > 1 {
            let between = lacking + (held - lacking) / 2;
            match holds(between).await {
                true => held = between,
                false => lacking = between,
            }
        }
        held
    }

    async fn deliver(&self, block: Digested<Block>, output: Option<Arc<Output>>) {
        let header = block.inner().header;
        let finalization = self
            .marshal
            .get_finalization(Height::new(header.core.height))
            .await;
        let record = match &output {
            Some(output) => Some(output.record.clone()),
            None => stored_outcome(&self.queries, header.core.height).await,
        };
        // A block whose outcomes this node never computed, because it took over a later state.
        let Some(record) = record else { return };
        let commit = Commit {
            digest: header.digest().0,
            header,
            place: block.inner().place,
            statements: block.inner().statements.clone(),
            frontier: block.inner().frontier.clone(),
            record: Some(record),
            live: output.and_then(|output| output.live.clone()),
            finalization: finalization.map(|finalization| finalization.encode()),
        };
        self.sink.deliver(commit).await;
    }
}

fn keep(kept: &mut BTreeMap<u64, Recent>, recent: Recent) {
    kept.insert(recent.block.inner().header.core.height, recent);
    let bytes = |recent: &Recent| -> usize {
        let statements: usize = recent
            .block
            .inner()
            .statements
            .iter()
            .map(|statement| statement.bytes.len())
            .sum();
        statements
            + recent
                .output
                .as_ref()
                .map_or(0, |output| output.record.len())
    };
    while kept.len() > RECENT_BLOCKS || kept.values().map(bytes).sum::<usize>() > RECENT_BYTES {
        kept.pop_last();
    }
}

/// Asks the committer for the outcomes of a height.
pub(super) async fn stored_outcome(
    queries: &mpsc::Sender<OutcomeQuery>,
    height: u64,
) -> Option<Bytes> {
    let (answer, outcome) = oneshot::channel();
    queries.send((height, answer)).await.ok()?;
    outcome.await.ok().flatten()
}
