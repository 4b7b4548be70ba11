//! Puts a node together: the same wiring on real machines and in simulation.
//!
//! ```text
//! p2p ─ lanes ─┬─ buffered broadcast ─┐
//!              ├─ backfill resolver ──┤
//!              │                   marshal ──> Tap ──> Stateful (App on the databases)
//!              │                      │                   ▲
//!              ├─ probe (where to synchronise to)         │
//!              ├─ state synchronisation resolvers ────────┤
//!              ├─ Succession (which validators when)
//!              └─ EpochManager ──> simplex ──> Deferred ──> Paced
//! ```
//!
//! Order matters: who validates is known first, then the plan (synchronise, or recover) is made first, marshal starts from it, `Stateful`
//! opens the databases at marshal's position, consensus starts last.

use super::{
    app::Shared,
    commit::{Committer, Delivery, Ends, Handover, Marshal, OutcomeArchive, Tap},
    config::EngineConfig,
    contract::{CommitSink, Core, Mempool},
    databases::{CounterDb, Family, HistoryDb, StateDb},
    durability::{Databases, Resolvers},
    epochs::{Enter, EpochManager},
    frame::Frame,
    handle::{EngineError, EngineHandle, Inside, InsideOf},
    history,
    kept::{BlockArchive, Finalizations, Kept},
    network::{Lane, Lanes, Peer, wire},
    pace::Paced,
    peers::Oracle,
    runtime::Runtime,
    succession::{Attached, Succession},
};
use commonware_broadcast::buffered;
use commonware_codec::RangeCfg;
use commonware_consensus::{
    Epochable as _,
    marshal::{
        core::Actor as MarshalActor,
        resolver::p2p as backfill,
        standard::{Deferred, Standard},
        store::{Blocks, Certificates},
    },
    simplex::{Floor, scheme::ed25519::Scheme, types::Finalization},
    types::{Epoch, Epocher as _, Height},
};
use commonware_cryptography::{certificate::Verifier, ed25519::PublicKey, sha256};
use commonware_glue::stateful::{Stateful, SyncPlan, db::p2p as sync, probe::Probe};
use commonware_macros::select;
use commonware_p2p::{
    Receiver, Sender,
    utils::mux::{Muxer, SubReceiver, SubSender},
};
use commonware_runtime::Handle;
use commonware_storage::archive::{Identifier, prunable};
use commonware_utils::channel::{mpsc, oneshot, watch};
use futures::{StreamExt as _, stream::FuturesUnordered};
use std::sync::{Arc, Mutex};

/// What the surroundings provide.
#[derive(Clone)]
pub struct Surroundings {
    /// The deterministic core.
    pub core: Arc<dyn Core>,
    /// The pool of admitted statements.
    pub mempool: Arc<dyn Mempool>,
    /// Where finalized blocks go.
    pub sink: Arc<dyn CommitSink>,
}

/// The long-running tasks, by name.
struct Tasks(Vec<(&'static str, Handle<()>)>);

impl Tasks {
    fn add(&mut self, part: &'static str, handle: Handle<()>) {
        self.0.push((part, handle));
    }

    /// Resolves when the first one ends.
    async fn first_end(self) -> EngineError {
        let mut ends: FuturesUnordered<_> = self
            .0
            .into_iter()
            .map(|(part, handle)| async move { (part, handle.await) })
            .collect();
        let (part, reason) = match ends.next().await {
            Some((part, Ok(()))) => (part, "it ended".to_owned()),
            Some((part, Err(error))) => (part, error.to_string()),
            None => ("task list", "it is empty".to_owned()),
        };
        EngineError::Stopped { part, reason }
    }
}

/// Starts a node on `lanes`.
///
/// # Errors
/// [`EngineError::Config`].
///
/// # Panics
/// When the data directory cannot be read or written.
#[inline(never)]
pub(super) async fn assemble<E, S, R, O>(
    context: E,
    config: EngineConfig,
    surroundings: Surroundings,
    lanes: Lanes<S, R>,
    oracle: O,
    known: Vec<Peer>,
    network: Option<Handle<()>>,
) -> Result<EngineHandle, EngineError>
where
    E: Runtime,
    S: Sender<PublicKey = PublicKey>,
    R: Receiver<PublicKey = PublicKey>,
    O: Oracle,
{
    let Surroundings {
        core,
        mempool,
        sink,
    } = surroundings;
    let frame = Frame::new(context, config, &core, oracle, &known)?;
    let context = &frame.context;
    let mut tasks = Tasks(Vec::new());
    if let Some(network) = network {
        tasks.add("network", network);
    }

    // Who validates, where to start from, and blocks from and to peers.
    let (finalizations, blocks, outcomes) = archives(&frame).await;
    // A crash may have left one of them without the other.
    if let Some(highest) = Certificates::last_index(&finalizations) {
        let held = Certificates::get(&finalizations, Identifier::Index(highest.get())).await;
        let held = held.unwrap_or_else(|error| unusable("finalizations", &error));
        if let Some(held) = held {
            let epoch = held.epoch().get();
            frame.epochs.saw_certified(highest.get(), epoch);
        }
    }
    if let Some(highest) = Blocks::last_index(&blocks) {
        let held = Blocks::get(&blocks, Identifier::Index(highest.get())).await;
        let held = held.unwrap_or_else(|error| unusable("blocks", &error));
        if let Some(held) = held {
            let epoch = held.header.core.epoch;
            frame.epochs.saw_certified(highest.get(), epoch);
        }
    }
    let (succession, steps) = Succession::open(
        context.child("succession"),
        frame.prefix(),
        frame.epochs.clone(),
        frame.strategy.clone(),
        &frame.config.recoveries,
    )
    .await;
    let lane = lanes.succession;
    tasks.add(
        "succession of validators",
        context
            .child("succession_task")
            .spawn(move |_| succession.run(lane)),
    );
    let mut plan = SyncPlan::init(context.child("plan"), frame.prefix()).await;
    let synchronises = plan.should_sync(frame.config.state_sync);
    if synchronises {
        steps.settled(&frame.epochs).await;
    }
    let (probe, finder) = Probe::new(frame.probe());
    tasks.add("probe", probe.start(lanes.probe));
    if synchronises {
        let floor = finder.subscribe().await;
        plan = plan
            .set_floor(floor.map_err(|_| stopped("the search for a block to synchronise to"))?)
            .await;
    }
    let sync_floor = plan.floor().cloned();
    let fetcher = backfill::init(context.child("backfill"), frame.backfill(), lanes.backfill);
    let (broadcast, buffer) = buffered::Engine::new(context.child("broadcast"), frame.broadcast());
    tasks.add("block broadcast", broadcast.start(lanes.blocks));
    let (marshal_actor, marshal, floor) = MarshalActor::<_, Standard<_>, _, _, _, _, _>::init(
        context.child("marshal"),
        finalizations,
        blocks,
        frame.marshal(&plan),
    )
    .await;

    // State, its synchronisation, durability and delivery.
    let [state_lane, history_lane, counter_lane, bodies_lane] =
        sync_lanes(&frame, &mut tasks, lanes.sync).await?;
    let (actor, state_sync) = sync::Actor::<_, PublicKey, _, _, Family, StateDb<E>>::new(
        context.child("sync_state"),
        frame.sync(),
    );
    tasks.add("state synchronisation", actor.start(state_lane));
    let (actor, history_sync) = sync::Actor::<_, PublicKey, _, _, Family, HistoryDb<E>>::new(
        context.child("sync_history"),
        frame.sync(),
    );
    tasks.add("history synchronisation", actor.start(history_lane));
    let (actor, counter_sync) = sync::Actor::<_, PublicKey, _, _, Family, CounterDb<E>>::new(
        context.child("sync_counters"),
        frame.sync(),
    );
    tasks.add("counter synchronisation", actor.start(counter_lane));
    let shared = frame.shared(core, mempool.clone());
    let resolvers = Resolvers((state_sync, history_sync, counter_sync));
    let (stateful, application) = Stateful::new(
        context.child("stateful"),
        frame
            .stateful(shared.clone(), (marshal.clone(), floor), plan, resolvers)
            .await,
    );
    let (enter, entering) = mpsc::channel(1);
    let handover = Handover {
        epochs: frame.epochs.clone(),
        records: steps.records.clone(),
        enter: enter.clone(),
    };
    let (tap, ends) = durability(
        &frame,
        &mut tasks,
        (shared.clone(), outcomes, marshal.clone(), sink),
        (handover, synchronises),
        application.clone(),
    );
    tasks.add("block delivery", marshal_actor.start(tap, buffer, fetcher));
    finder.attach(marshal.clone());
    tasks.add("state", stateful.start());

    let (earlier, archive) = history::start(&frame).await;
    tasks.add("archive of earlier blocks", archive);

    // Consensus.
    let paced = Paced {
        inner: application.clone(),
        pace: frame.config.pace,
        clock: frame.config.clock,
        mempool,
    };
    let deferred = Deferred::new(
        context.child("deferred"),
        paced,
        marshal.clone(),
        frame.epochs.boundaries().clone(),
    );
    let manager = EpochManager::new(
        context.child("epochs"),
        frame.simplex(),
        frame.epochs.clone(),
        frame.oracle.clone(),
        deferred,
        [lanes.votes, lanes.certificates, lanes.requests],
    );
    let consensus = context.child("epoch_manager");
    tasks.add("consensus", consensus.spawn(move |_| manager.run(entering)));
    if let Some((epoch, floor)) = first_epoch(&frame, &marshal, sync_floor).await {
        let (entered, running) = oneshot::channel();
        let asked = enter.send(Enter {
            epoch,
            floor,
            entered,
        });
        if asked.await.is_err() || running.await.is_err() {
            return Err(EngineError::Config("consensus cannot start".into()));
        }
    }
    steps.attach(Attached {
        marshal: marshal.clone(),
        enter: enter.clone(),
        tip: ends.tip.clone(),
    });

    let gossip = frame.config.gossip_bytes_max;
    let statements = wire(context.child("statements"), lanes.statements, 256, gossip);
    let tree_heads = wire(context.child("tree_heads"), lanes.tree_heads, 256, gossip);
    let bodies = wire(context.child("bodies"), bodies_lane, 64, gossip);
    let (opened, databases) = watch::channel::<Option<Databases<E>>>(None);
    context.child("databases").spawn(move |_| async move {
        opened.send_replace(Some(application.subscribe_databases().await));
        opened.closed().await;
    });
    let supervisor = context.child("supervisor");
    let epochs = frame.epochs.clone();
    let halted = shared.halted.subscribe();
    let inside: Arc<dyn Inside> = Arc::new(InsideOf {
        context: frame.context,
        databases,
        shared,
        tip: ends.tip.clone(),
    });
    let weak = Arc::downgrade(&inside);
    // The supervisor keeps what must live as long as the engine.
    let ended = supervise(supervisor, tasks, (enter, inside));
    Ok(EngineHandle {
        inside: weak,
        marshal,
        epochs,
        tip: ends.tip,
        last: ends.last,
        queries: ends.queries,
        earlier,
        decisions: steps.decisions,
        statements: Arc::new(Mutex::new(Some(statements))),
        tree_heads: Arc::new(Mutex::new(Some(tree_heads))),
        history: Arc::new(Mutex::new(Some(bodies))),
        ended,
        halted,
    })
}

/// The epoch of the first block that this node has not made durable, and what its consensus starts from. `None` while the
/// node is behind the newest set that it knows: then it enters that epoch when it comes to it.
async fn first_epoch<E: Runtime, O: Oracle>(
    frame: &Frame<E, O>,
    marshal: &Marshal,
    sync_floor: Option<Finalization<Scheme, sha256::Digest>>,
) -> Option<(Epoch, Floor<Scheme, sha256::Digest>)> {
    let latest = frame.epochs.latest();
    if let Some(floor) = sync_floor {
        let epoch = floor.epoch();
        return (epoch.get() == latest).then_some((epoch, Floor::Finalized(floor)));
    }
    let processed = marshal.get_processed().await;
    let next = processed.map_or(1, |processed| processed.height().get() + 1);
    let epoch = frame
        .epochs
        .boundaries()
        .containing(Height::new(next))?
        .epoch();
    if epoch.get() != latest {
        return None;
    }
    let before = epoch.get().checked_sub(1);
    let before = before.and_then(|before| frame.epochs.steps(before, 1).pop());
    let digest = before.map_or(frame.genesis_digest(), |step| {
        sha256::Digest(step.header.digest().0)
    });
    Some((epoch, Floor::Genesis(digest)))
}

fn stopped(what: &str) -> EngineError {
    EngineError::Config(format!("{what} stopped during the start"))
}

/// Opens the archives of certificates, blocks and outcomes.
async fn archives<E, O>(
    frame: &Frame<E, O>,
) -> (
    Kept<Finalizations<E>>,
    Kept<BlockArchive<E>>,
    OutcomeArchive<E>,
)
where
    E: Runtime,
    O: Oracle,
{
    let context = &frame.context;
    let codec = Scheme::certificate_codec_config_unbounded();
    let config = frame.archive("finalizations", codec);
    let finalizations = prunable::Archive::init(context.child("finalizations"), config).await;
    let config = frame.archive("blocks", frame.rules.clone());
    let blocks = prunable::Archive::init(context.child("blocks"), config).await;
    let config = frame.archive("outcomes", RangeCfg::from(..));
    let outcomes = prunable::Archive::init(context.child("outcomes"), config).await;
    (
        Kept::new(
            finalizations.unwrap_or_else(|error| unusable("finalizations", &error)),
            frame.config.retention.keep_from.clone(),
        ),
        Kept::new(
            blocks.unwrap_or_else(|error| unusable("blocks", &error)),
            frame.config.retention.keep_from.clone(),
        ),
        outcomes.unwrap_or_else(|error| unusable("outcomes", &error)),
    )
}

type SyncLane<S> = Lane<SubSender<S>, SubReceiver<PublicKey>>;

/// Splits the channel of synchronisation: one sub-channel per database, and one for the bodies of earlier blocks.
async fn sync_lanes<E, O, S, R>(
    frame: &Frame<E, O>,
    tasks: &mut Tasks,
    lane: Lane<S, R>,
) -> Result<[SyncLane<S>; 4], EngineError>
where
    E: Runtime,
    S: Sender<PublicKey = PublicKey>,
    R: Receiver<PublicKey = PublicKey>,
{
    let (mux, mut lanes) = Muxer::new(frame.context.child("sync_mux"), lane.0, lane.1);
    let mux = mux.start();
    let end = frame
        .context
        .child("sync_mux_end")
        .spawn(move |_| async move {
            let _ = mux.await;
        });
    tasks.add("synchronisation channel", end);
    let mut register = async |number| {
        let lane = lanes.register(number).await;
        lane.map_err(|_| stopped("the network"))
    };
    Ok([
        register(0).await?,
        register(1).await?,
        register(2).await?,
        register(3).await?,
    ])
}

/// Starts what makes finalized blocks durable and hands them to the sink.
fn durability<E, O, A>(
    frame: &Frame<E, O>,
    tasks: &mut Tasks,
    (shared, outcomes, marshal, sink): (
        Arc<Shared>,
        OutcomeArchive<E>,
        Marshal,
        Arc<dyn CommitSink>,
    ),
    (handover, takes_over): (Handover, bool),
    application: A,
) -> (Tap<A>, Ends)
where
    E: Runtime,
{
    let retention = frame.config.retention.clone();
    let context = &frame.context;
    let (committer, tap, ends, recent) = Committer::new(
        context.child("committer_clock"),
        shared,
        outcomes,
        marshal.clone(),
        application,
        (retention, takes_over),
        handover,
    );
    let delivery = Delivery {
        marshal,
        queries: ends.queries.clone(),
        tip: ends.tip.clone(),
        recent,
        sink,
    };
    tasks.add(
        "committer",
        context.child("committer").spawn(move |_| committer.run()),
    );
    tasks.add(
        "sink",
        context.child("delivery").spawn(move |_| delivery.run()),
    );
    (tap, ends)
}

/// Watches all tasks; publishes the first end that nobody asked for.
fn supervise<E: Runtime, K: Send + 'static>(
    context: E,
    tasks: Tasks,
    keep: K,
) -> watch::Receiver<Option<EngineError>> {
    let (ended, receiver) = watch::channel(None);
    context.spawn(move |context| async move {
        let stopped = context.stopped();
        let _keep = keep;
        select! {
            _ = stopped => {},
            reason = tasks.first_end() => {
                tracing::error!(%reason, "the engine ended");
                ended.send_replace(Some(reason));
            },
        }
    });
    receiver
}

fn unusable(store: &str, error: &dyn std::fmt::Display) -> ! {
    panic!("the store of {store} cannot be opened: {error}")
}
