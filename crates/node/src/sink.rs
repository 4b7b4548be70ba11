//! What happens to a block once it is final and durable: it is logged, reported, and handed to the
//! read model, in this order.
//!
//! The first block of a node that took over a later state begins the log where it is; what was before is fetched by
//! [`backfill`](crate::backfill), which also hands it to the read model. A node that was killed while it took over may do so again, later on.
//!
//! Everything written here follows from the blocks, so a crash costs nothing: the engine delivers again
//! from the first height that the log or the read model lacks.

use crate::{
    core::Preparer,
    engine::{Commit, CommitSink, contract},
    life::Stage,
    log_store::LogStore,
    mempool::Mempool,
    presence::Presence,
    record::BlockRecord,
    traced::Traced,
    tracker::{Place, State, Tracker},
};
use convoy_ledger::{CounterKey, Outcome};
use convoy_modules::membership;
use convoy_readmodel::{ProjectedBlock, ProjectedEvent, ProjectedStatement};
use convoy_types::{
    Compartment, Digest,
    header::Header,
    log::{BlockLog, Frontier},
};
use futures::future::BoxFuture;
use std::{
    any::Any,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::sync::{mpsc, watch};

/// Receives final blocks.
pub struct Sink {
    /// What the engine is told to begin with.
    pub first: u64,
    /// The common pool of decoded statements.
    pub preparer: Arc<Preparer>,
    /// Statement log.
    pub log: Arc<LogStore>,
    /// Waiting statements.
    pub mempool: Arc<Mempool>,
    /// States of submissions.
    pub tracker: Arc<Tracker>,
    /// To the read model's writer.
    pub projector: mpsc::Sender<ProjectedBlock>,
    /// The header of the last block that was logged and reported.
    pub tip: watch::Sender<Option<Header>>,
    /// Height of the last block in which membership said something.
    pub membership: watch::Sender<u64>,
    /// Statements accepted and refused since the start.
    pub counts: Counts,
    /// The block before all others.
    pub founding: ProjectedBlock,
    /// The first block that came to this node by itself, where it joined later.
    pub joined: watch::Sender<Option<u64>>,
    /// Whether blocks go to the read model as they come. Not while [`backfill`](crate::backfill) hands on what was before.
    pub live: AtomicBool,
    /// The block that the read model wants next, the founding where there is none. Held while it is decided who hands it on.
    pub turn: tokio::sync::Mutex<Option<u64>>,
    /// Who proposed what.
    pub presence: Arc<Presence>,
}

/// Statements made final since the start.
#[derive(Default)]
pub struct Counts {
    /// Accepted.
    pub accepted: AtomicU64,
    /// Refused.
    pub refused: AtomicU64,
}

impl CommitSink for Sink {
    fn next_height(&self) -> u64 {
        self.first
    }

    fn deliver(&self, commit: Commit) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let height = commit.header.core.height;
            let record = self.record(&commit);
            if height > self.log.next_height() {
                self.join(&commit).await;
            } else {
                self.append(&commit, &record);
            }
            self.report(&commit, &record);
            let (leader, time_ms) = (&commit.place.leader, commit.header.core.time_ms);
            self.presence.proposed(leader, height, time_ms);
            self.mempool.expire(commit.header.core.time_ms);
            self.tip.send_replace(Some(commit.header));
            let mut events = record.events.iter();
            if events.any(|event| event.module == membership::NAME) {
                self.membership.send_replace(height);
            }
            let block = self.projected(&commit, &record);
            if !self.hand_on(block).await {
                tracing::error!(
                    height,
                    "the read model has stopped; queries answer for an older height until the node restarts"
                );
            }
        })
    }
}

impl Sink {
    /// A block that was read back, as the read model takes it.
    pub(crate) fn stored(&self, commit: Commit) -> Result<ProjectedBlock, String> {
        let bytes = commit.record.as_deref().unwrap_or_default();
        let record = BlockRecord::decode(bytes, &self.preparer.ledger().registry)?;
        Ok(self.projected(&commit, &record))
    }

    fn record(&self, commit: &Commit) -> Arc<BlockRecord> {
        let live = commit
            .live
            .clone()
            .and_then(|live| live.downcast::<BlockRecord>().ok());
        live.unwrap_or_else(|| {
            let registry = &self.preparer.ledger().registry;
            let bytes = commit.record.as_deref().unwrap_or_default();
            match BlockRecord::decode(bytes, registry) {
                Ok(record) => Arc::new(record),
                Err(reason) => panic!("block {}: {reason}", commit.header.core.height),
            }
        })
    }

    /// Gives a new block to the read model, unless the blocks before it are still on their way there; `false` when that has stopped.
    async fn hand_on(&self, block: ProjectedBlock) -> bool {
        let mut next = self.turn.lock().await;
        !self.live.load(Ordering::SeqCst) || self.project(&mut next, block).await
    }

    /// Gives the read model its next block, and the founding before all others; `false` when it has stopped.
    pub(crate) async fn project(&self, next: &mut Option<u64>, block: ProjectedBlock) -> bool {
        if next.is_none() && self.projector.send(self.founding.clone()).await.is_err() {
            return false;
        }
        *next = Some(block.height + 1);
        self.projector.send(block).await.is_ok()
    }

    /// Begins the log at a block whose predecessors this node does not have: it took over a later state.
    async fn join(&self, commit: &Commit) {
        let next = self.turn.lock().await;
        let (header, height) = (&commit.header, commit.header.core.height);
        let peaks = commit.frontier.iter().copied().map(Digest).collect();
        let edge = Frontier::from_peaks(header.core.log_size, peaks);
        let adopted = edge
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))
            .and_then(|edge| self.log.adopt(header, edge));
        if let Err(error) = adopted {
            panic!(
                "the statement log in {} cannot begin at block {height}: {error}",
                self.log.folder().display()
            );
        }
        if next.unwrap_or(0) <= height {
            self.live.store(false, Ordering::SeqCst);
        }
        self.joined.send_replace(Some(height));
    }

    /// Logs the block, unless it is logged already, and compares the log with the header.
    fn append(&self, commit: &Commit, record: &BlockRecord) {
        let header = &commit.header;
        let core = &header.core;
        if core.height == self.log.next_height() {
            let mut block = BlockLog::new();
            for outcome in &record.outcomes {
                block.push(outcome.statement, outcome.reject.is_none());
            }
            if let Err(error) = self.log.append_block(header, &block) {
                panic!(
                    "the statement log cannot be written in {}: {error}",
                    self.log.folder().display()
                );
            }
        }
        if self.log.hole().is_some_and(|hole| core.height < hole.last) {
            return;
        }
        match self.log.root_after(core.height) {
            Ok(root) if root == core.log_root => {}
            found => {
                let _ = self.log.clear();
                panic!(
                    "the files of the statement log in {} were damaged (block {} has another root: {found:?}); they were cleared and are built again at the next start",
                    self.log.folder().display(),
                    core.height
                );
            }
        }
    }

    fn report(&self, commit: &Commit, record: &BlockRecord) {
        let core = &commit.header.core;
        let leaves = leaves(core.first_leaf, core.accepted, &record.outcomes);
        let states =
            record
                .outcomes
                .iter()
                .zip(leaves)
                .zip(0u32..)
                .map(|((outcome, leaf), index)| {
                    let place = Place {
                        height: core.height,
                        index,
                        leaf,
                        time_ms: core.time_ms,
                    };
                    // What is delivered once more after a restart was told before it.
                    if commit.live.is_some() && self.tracker.sample.takes(&outcome.statement.0.0) {
                        self.tracker.sample.push(traced(outcome, &place));
                    }
                    (
                        outcome.statement.0.0,
                        State::Final {
                            place,
                            refused: outcome.reject.clone().map(Box::new),
                        },
                    )
                });
        self.tracker.blocks.reached(Stage::Commit, core.height);
        self.tracker.finalized(states);
        if let Some(prepared) = &record.prepared {
            let lanes = prepared
                .iter()
                .map(|one| (one.counter(), one.statement.content().sequence + 1));
            self.mempool.committed(lanes);
        } else {
            self.mempool
                .committed(self.lanes(&commit.statements).into_iter());
        }
        let refused = record
            .outcomes
            .iter()
            .filter(|outcome| outcome.reject.is_some())
            .count() as u64;
        self.counts.refused.fetch_add(refused, Ordering::Relaxed);
        self.counts
            .accepted
            .fetch_add(record.outcomes.len() as u64 - refused, Ordering::Relaxed);
    }

    /// The lanes of statements that were not decoded in this process.
    fn lanes(&self, statements: &[contract::Statement]) -> Vec<(CounterKey, u64)> {
        let compartment = &self.preparer.ledger().compartment;
        let lane = |statement: &contract::Statement| {
            let statement = convoy_types::Statement::decode(statement.bytes.clone()).ok()?;
            let content = statement.content();
            Some((
                CounterKey::of(compartment, statement.signer(), content.lane),
                content.sequence + 1,
            ))
        };
        statements.iter().filter_map(lane).collect()
    }

    pub(crate) fn projected(&self, commit: &Commit, record: &BlockRecord) -> ProjectedBlock {
        let prepared = record.prepared.as_deref().unwrap_or_default();
        let statements = record
            .outcomes
            .iter()
            .zip(commit.statements.iter())
            .enumerate()
            .filter_map(|(index, (outcome, statement))| {
                // Projections take a prepared statement and a merely decoded one alike.
                let (signer, prepared) = match prepared.get(index) {
                    Some(prepared) => (
                        prepared.statement.signer().clone(),
                        Arc::clone(prepared) as Arc<dyn Any + Send + Sync>,
                    ),
                    None => {
                        let decoded =
                            convoy_types::Statement::decode(statement.bytes.clone()).ok()?;
                        (decoded.signer().clone(), Arc::new(decoded) as _)
                    }
                };
                Some(ProjectedStatement {
                    id: outcome.statement,
                    outcome: outcome.number(),
                    signer,
                    member: Some(outcome.member.clone()),
                    bytes: u32::try_from(statement.bytes.len()).unwrap_or(u32::MAX),
                    prepared: Some(prepared),
                })
            });
        let events = record.events.iter().map(|event| ProjectedEvent {
            statement: event.statement,
            module: event.module,
            body: event.body.clone(),
        });
        ProjectedBlock {
            compartment: self.preparer.ledger().compartment.clone(),
            height: commit.header.core.height,
            time_ms: commit.header.core.time_ms,
            digest: Digest(commit.digest),
            log_start: commit.header.core.first_leaf,
            statements: statements.collect(),
            events: events.collect(),
        }
    }
}

fn traced(outcome: &Outcome, place: &Place) -> Traced {
    Traced {
        id: outcome.statement,
        place: place.clone(),
        refused: outcome.reject.as_ref().map(|reject| reject.rule.number),
        member: outcome.member.to_string(),
    }
}

/// The block before all others, for the read model: what was said at the founding.
pub fn genesis_block(
    compartment: &Compartment,
    time_ms: u64,
    digest: Digest,
    events: &[convoy_ledger::Event],
) -> ProjectedBlock {
    let event = |event: &convoy_ledger::Event| ProjectedEvent {
        statement: None,
        module: event.module,
        body: event.body.clone(),
    };
    ProjectedBlock {
        compartment: compartment.clone(),
        height: 0,
        time_ms,
        digest,
        log_start: 0,
        statements: Vec::new(),
        events: events.iter().map(event).collect(),
    }
}

/// The leaf of each statement of a block: the accepted come first in the log, then the refused.
pub fn leaves(first_leaf: u64, accepted: u64, outcomes: &[Outcome]) -> Vec<u64> {
    let (mut next_accepted, mut next_refused) = (first_leaf, first_leaf + accepted);
    let mut take = |outcome: &Outcome| {
        let next = if outcome.reject.is_none() {
            &mut next_accepted
        } else {
            &mut next_refused
        };
        *next += 1;
        *next - 1
    };
    outcomes.iter().map(&mut take).collect()
}

/// The height from which blocks have to be delivered again.
pub fn first_height(log: &LogStore, read_model_next: Option<u64>) -> u64 {
    log.next_height().min(read_model_next.unwrap_or(0)).max(1)
}
