//! Puts a node together: the same wiring on real machines and in simulation.
//!
//! ```text
//! p2p ─ lanes ─┬─ buffered broadcast ─┐
//!              ├─ backfill resolver ──┤
//!              │                   marshal ──> Tap ──> Stateful (App on the databases)
//!              │                      │                   ▲
//!              ├─ probe (where to synchronise to)         │
//!              ├─ state synchronisation resolvers ────────┤
//!              └─ EpochManager ──> simplex ──> Deferred ──> Paced
//! ```
//!
//! Order matters: the plan (synchronise, or recover) is made first, marshal starts from it, `Stateful`
//! opens the databases at marshal's position, consensus starts last.

use super::{
    app::{App, Shared, hash_of},
    block::{Block, BlockRules, Header, HeaderCore, HeaderRest, Place},
    commit::{Committer, Delivery, OutcomeArchive},
    config::EngineConfig,
    contract::{CommitSink, Core, Mempool},
    databases::{
        self, CounterDb, DatabaseSizes, Databases, Family, ITEMS_PER_BLOB, OPERATION_BYTES_MAX,
        StateDb, Strategy,
    },
    epochs::{Boundaries, EpochManager, Schemes, SimplexSettings},
    handle::{EngineError, EngineHandle, Inside, InsideOf},
    network::{Lanes, wire},
    pace::Paced,
    runtime::Runtime,
    under_way::BlocksUnderWay,
};
use commonware_broadcast::buffered;
use commonware_consensus::{
    marshal::{
        self,
        core::Actor as MarshalActor,
        resolver::p2p as backfill,
        standard::{Deferred, Standard},
    },
    simplex::{self, Floor, scheme::ed25519::Scheme},
    types::{Epoch, ViewDelta},
};
use commonware_cryptography::{
    Digested, Signer as _, certificate::Verifier, ed25519::PublicKey, sha256,
};
use commonware_glue::stateful::{
    Config as StatefulConfig, PruneConfig, Stateful, SyncPlan,
    db::{SyncEngineConfig, p2p as sync},
    probe::{self, Probe},
};
use commonware_macros::select;
use commonware_p2p::{
    Blocker, Provider, Receiver, Sender, max_message_size,
    utils::mux::{Muxer, prefixed},
};
use commonware_runtime::{Handle, buffer::paged::CacheRef};
use commonware_storage::{archive::prunable, translator::EightCap};
use commonware_utils::{NZDuration, NZU64, NZUsize, channel::watch, ordered::Set};
use convoy_types::Digest;
use futures::{StreamExt as _, stream::FuturesUnordered};
use std::{
    num::{NonZeroU64, NonZeroUsize},
    sync::{Arc, Mutex},
    time::Duration,
};

/// Operations per state synchronisation request.
const SYNC_BATCH: NonZeroU64 = NZU64!(1_024);
/// Blocks per section of the block archives: pruning granularity.
const ITEMS_PER_SECTION: NonZeroU64 = NZU64!(1_024);
/// Blocks handed to the application and not yet durable.
const PENDING_ACKS: NonZeroUsize = NZUsize!(16);
/// Messages waiting in front of an actor.
const MAILBOX: NonZeroUsize = NZUsize!(1_024);
/// Views kept behind the last finalized one.
const VIEW_RETENTION: u64 = 64;

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

/// Longest message any part of the engine sends, bytes. All nodes must agree on it.
pub(super) fn message_bytes_max(config: &EngineConfig, rules: &BlockRules) -> u32 {
    let validators = config.validators_max;
    let sync = sync::max_payload_size::<Family, sha256::Digest>(SYNC_BATCH, OPERATION_BYTES_MAX);
    max_message_size(&[
        prefixed(simplex::max_payload_size::<Scheme, sha256::Digest>(
            validators,
        )),
        marshal::max_payload_size::<Standard<Block>, Scheme>(validators, rules),
        probe::max_payload_size::<Standard<Block>, Scheme>(validators),
        prefixed(sync),
        config.gossip_bytes_max,
    ])
}

/// The decoding rules of blocks.
pub(super) fn block_rules(config: &EngineConfig, core: &Arc<dyn Core>) -> BlockRules {
    BlockRules {
        statements_max: config.block_statements_max,
        bytes_max: config.block_bytes_max,
        core: core.clone(),
    }
}

/// The block every chain of this network starts with.
fn genesis_block<E: Runtime>(
    config: &EngineConfig,
    core: &dyn Core,
    validators: &Set<PublicKey>,
) -> Option<Block> {
    let genesis = core.genesis();
    let leader = validators.iter().next()?.clone();
    let (state, counters) = databases::genesis_commitments::<E>();
    let place = Place {
        leader: hash_of(&leader),
        ..Place::default()
    };
    let header = Header {
        core: HeaderCore {
            network: Digest(config.network),
            epoch: 0,
            height: 0,
            time_ms: genesis.time_ms,
            first_leaf: 0,
            accepted: 0,
            log_size: genesis.log_size,
            log_root: Digest(genesis.log_root),
        },
        rest: HeaderRest {
            parent: Digest::ZERO,
            statements_root: Digest((core.statements_root())(&[])),
            outcomes_root: Digest::ZERO,
            state,
            lanes: counters,
            validators: Digest(config.validators_digest),
            tree_head_keys: Digest(genesis.tree_head_keys),
            extension: place.digest(),
        },
    };
    Some(Block::new(
        header,
        place,
        Arc::from([]),
        genesis.frontier,
        leader,
    ))
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
    network: Option<Handle<()>>,
) -> Result<EngineHandle, EngineError>
where
    E: Runtime,
    S: Sender<PublicKey = PublicKey>,
    R: Receiver<PublicKey = PublicKey>,
    O: Provider<PublicKey = PublicKey> + Blocker<PublicKey = PublicKey> + Sync,
{
    let Surroundings {
        core,
        mempool,
        sink,
    } = surroundings;
    let me = config.signer.public_key();
    let validators: Set<PublicKey> =
        Set::from_iter_dedup(config.validators.iter().map(|peer| peer.key.clone()));
    let scheme = Scheme::signer(&config.namespace, validators.clone(), config.signer.clone())
        .ok_or_else(|| EngineError::Config("this node's key is not in the validator set".into()))?;
    let genesis = genesis_block::<E>(&config, core.as_ref(), &validators)
        .ok_or_else(|| EngineError::Config("the validator set is empty".into()))?;
    let genesis_digest = sha256::Digest(genesis.header.digest().0);
    let rules = block_rules(&config, &core);
    let prefix = config.partition_prefix.clone();
    let strategy: Strategy = context.strategy(config.threads);
    let page_cache = CacheRef::new(config.page_bytes, config.page_cache_pages);
    let buffer = config.write_buffer;
    let mut tasks = Tasks(Vec::new());
    if let Some(network) = network {
        tasks.add("network", network);
    }

    let schemes = Schemes::default();
    schemes.register(Epoch::zero(), scheme);
    let boundaries = Boundaries::default();

    // Blocks from and to peers.
    let resolver = backfill::init(
        context.child("backfill"),
        backfill::Config {
            public_key: me.clone(),
            peer_provider: oracle.clone(),
            blocker: oracle.clone(),
            mailbox_size: MAILBOX,
            fetch_timeout: NZDuration!(config.timeouts.fetch),
            fetch_retry_delay: Duration::from_millis(100),
            priority_requests: false,
            priority_responses: false,
        },
        lanes.backfill,
    );
    let (broadcast, broadcast_mailbox) = buffered::Engine::new(
        context.child("broadcast"),
        buffered::Config {
            public_key: me.clone(),
            mailbox_size: MAILBOX,
            deque_size: 8,
            priority: true,
            codec_config: rules.clone(),
            peer_provider: oracle.clone(),
            strategy: strategy.clone(),
        },
    );
    tasks.add("block broadcast", broadcast.start(lanes.blocks));

    // Where to start from.
    let archive = |name: &str| prunable::Config {
        translator: EightCap,
        metadata_partition: format!("{prefix}-{name}-metadata"),
        key_partition: format!("{prefix}-{name}-key"),
        key_page_cache: page_cache.clone(),
        value_partition: format!("{prefix}-{name}-value"),
        compression: None,
        codec_config: (),
        items_per_section: ITEMS_PER_SECTION,
        key_write_buffer: buffer,
        value_write_buffer: buffer,
        replay_buffer: buffer,
    };
    let finalizations = prunable::Archive::init(
        context.child("finalizations"),
        with_codec(
            archive("finalizations"),
            Scheme::certificate_codec_config_unbounded(),
        ),
    )
    .await
    .unwrap_or_else(|error| unusable("finalizations", &error));
    let blocks = prunable::Archive::init(
        context.child("blocks"),
        with_codec(archive("blocks"), rules.clone()),
    )
    .await
    .unwrap_or_else(|error| unusable("blocks", &error));
    let outcomes: OutcomeArchive<E> = prunable::Archive::init(
        context.child("outcomes"),
        with_codec(archive("outcomes"), commonware_codec::RangeCfg::from(..)),
    )
    .await
    .unwrap_or_else(|error| unusable("outcomes", &error));

    let mut plan =
        SyncPlan::<E, Scheme, Standard<Block>>::init(context.child("plan"), prefix.clone()).await;
    let (probe, probe_mailbox) = Probe::new(probe::Config {
        context: context.child("probe"),
        provider: schemes.clone(),
        strategy: strategy.clone(),
        mailbox_size: MAILBOX,
        blocker: oracle.clone(),
        minimum_epoch: Epoch::zero(),
        retry_timeout: NZDuration!(Duration::from_millis(500)),
    });
    tasks.add("probe", probe.start(lanes.probe));
    if plan.should_sync(config.state_sync) {
        let floor = probe_mailbox.subscribe().await.map_err(|_| {
            EngineError::Config("the probe for a block to synchronise to stopped".into())
        })?;
        plan = plan.set_floor(floor).await;
    }
    let sync_floor = plan.floor().cloned();

    let (marshal_actor, marshal, floor) = MarshalActor::<_, Standard<Block>, _, _, _, _, _>::init(
        context.child("marshal"),
        finalizations,
        blocks,
        marshal::Config {
            provider: schemes.clone(),
            epocher: boundaries.clone(),
            start: plan.marshal_start(Digested::precomputed(genesis.clone(), genesis_digest)),
            partition_prefix: format!("{prefix}-marshal"),
            mailbox_size: MAILBOX,
            view_retention: ViewDelta::new(VIEW_RETENTION),
            prunable_items_per_section: NZU64!(64),
            page_cache: page_cache.clone(),
            replay_buffer: buffer,
            key_write_buffer: buffer,
            value_write_buffer: buffer,
            block_codec_config: rules.clone(),
            max_repair: NZUsize!(32),
            max_pending_acks: PENDING_ACKS,
            strategy: strategy.clone(),
        },
    )
    .await;

    // State synchronisation, one sub-channel per database.
    let (mux, mut sync_lanes) = Muxer::new(context.child("sync_mux"), lanes.sync.0, lanes.sync.1);
    let mux = mux.start();
    tasks.add(
        "synchronisation channel",
        context.child("sync_mux_end").spawn(move |_| async move {
            let _ = mux.await;
        }),
    );
    let mux_stopped = |_| EngineError::Config("the network stopped during start".into());
    let state_lane = sync_lanes.register(0).await.map_err(mux_stopped)?;
    let counter_lane = sync_lanes.register(1).await.map_err(mux_stopped)?;
    let (actor, state_sync) = sync::Actor::<_, PublicKey, _, _, Family, StateDb<E>>::new(
        context.child("sync_state"),
        sync_config(&oracle, &me, config.timeouts.fetch),
    );
    tasks.add("state synchronisation", actor.start(state_lane));
    let (actor, counter_sync) = sync::Actor::<_, PublicKey, _, _, Family, CounterDb<E>>::new(
        context.child("sync_counters"),
        sync_config(&oracle, &me, config.timeouts.fetch),
    );
    tasks.add("counter synchronisation", actor.start(counter_lane));

    // Execution.
    let shared = Arc::new(Shared {
        genesis: core.genesis(),
        core,
        mempool: mempool.clone(),
        genesis_block: genesis,
        network: config.network,
        statements_max: config.block_statements_max,
        bytes_max: config.block_bytes_max,
        validators: config.validators_digest,
        under_way: BlocksUnderWay::default(),
    });
    let sizes = DatabaseSizes {
        page_cache: page_cache.clone(),
        items_per_blob: ITEMS_PER_BLOB,
        write_buffer: buffer,
        replay_buffer: buffer,
    };
    let (stateful, stateful_mailbox) = Stateful::new(
        context.child("stateful"),
        StatefulConfig {
            application: App(shared.clone()),
            db_config: databases::config(&prefix, &sizes, &strategy),
            provider: (),
            marshal: (marshal.clone(), floor),
            mailbox_size: MAILBOX,
            plan,
            resolvers: (state_sync, counter_sync),
            sync_config: SyncEngineConfig {
                fetch_batch_size: SYNC_BATCH,
                apply_batch_size: SYNC_BATCH,
                max_outstanding_requests: NZUsize!(8),
            },
            prune_config: Some(PruneConfig {
                maintenance_interval: config.retention.every_blocks,
                retained_marshal_blocks: config.retention.blocks,
                retained_qmdb_blocks: config.retention.state_blocks,
            }),
            strategy: strategy.clone(),
        },
    );
    let paced = Paced {
        inner: stateful_mailbox.clone(),
        pace: config.pace,
        mempool,
    };
    let deferred = Deferred::new(
        context.child("deferred"),
        paced,
        marshal.clone(),
        boundaries,
    );

    // Durability and delivery.
    let (committer, tap, ends) = Committer::new(
        shared.clone(),
        outcomes,
        marshal.clone(),
        stateful_mailbox.clone(),
        u64::try_from(config.retention.blocks).ok(),
    );
    let delivery = Delivery {
        marshal: marshal.clone(),
        queries: ends.queries.clone(),
        tip: ends.tip.clone(),
        recent: ends.recent,
        sink,
    };
    tasks.add(
        "block delivery",
        marshal_actor.start(tap, broadcast_mailbox, resolver),
    );
    probe_mailbox.attach(marshal.clone());
    tasks.add("state", stateful.start());
    tasks.add(
        "committer",
        context.child("committer").spawn(move |_| committer.run()),
    );
    tasks.add(
        "sink",
        context.child("delivery").spawn(move |_| delivery.run()),
    );

    // Consensus.
    let settings = SimplexSettings {
        partition_prefix: prefix,
        strategy,
        timeouts: config.timeouts,
        page_cache,
        buffer,
        mailbox: MAILBOX,
        view_retention: VIEW_RETENTION,
    };
    let mut epochs = EpochManager::new(
        context.child("epochs"),
        settings,
        schemes,
        oracle,
        deferred,
        [lanes.votes, lanes.certificates, lanes.requests],
    );
    let start = sync_floor.map_or(Floor::Genesis(genesis_digest), Floor::Finalized);
    let consensus = epochs
        .enter(Epoch::zero(), start)
        .await
        .map_err(|reason| EngineError::Config(reason.into()))?;
    tasks.add("consensus", consensus);

    let gossip = config.gossip_bytes_max;
    let statements = wire(context.child("statements"), lanes.statements, 256, gossip);
    let tree_heads = wire(context.child("tree_heads"), lanes.tree_heads, 256, gossip);
    let (opened, databases) = watch::channel::<Option<Databases<E>>>(None);
    context.child("databases").spawn(move |_| async move {
        let databases = stateful_mailbox.subscribe_databases().await;
        opened.send_replace(Some(databases));
        opened.closed().await;
    });
    let supervisor = context.child("supervisor");
    let inside: Arc<dyn Inside> = Arc::new(InsideOf {
        context,
        databases,
        shared,
        tip: ends.tip.clone(),
    });
    let weak = Arc::downgrade(&inside);
    // The supervisor keeps what must live as long as the engine.
    let ended = supervise(supervisor, tasks, (epochs, inside));
    Ok(EngineHandle {
        inside: weak,
        marshal,
        tip: ends.tip,
        queries: ends.queries,
        statements: Arc::new(Mutex::new(Some(statements))),
        tree_heads: Arc::new(Mutex::new(Some(tree_heads))),
        ended,
    })
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

fn sync_config<O, DB>(
    oracle: &O,
    me: &PublicKey,
    timeout: Duration,
) -> sync::Config<PublicKey, O, O, DB>
where
    O: Provider<PublicKey = PublicKey> + Blocker<PublicKey = PublicKey>,
    DB: Send + Sync + 'static,
{
    sync::Config {
        peer_provider: oracle.clone(),
        blocker: oracle.clone(),
        database: None,
        mailbox_size: MAILBOX,
        me: Some(me.clone()),
        fetch_timeout: NZDuration!(timeout),
        fetch_retry_delay: Duration::from_millis(100),
        max_serve_ops: SYNC_BATCH,
        priority_requests: false,
        priority_responses: false,
    }
}

fn with_codec<C>(
    config: prunable::Config<EightCap, ()>,
    codec_config: C,
) -> prunable::Config<EightCap, C> {
    prunable::Config {
        translator: config.translator,
        metadata_partition: config.metadata_partition,
        key_partition: config.key_partition,
        key_page_cache: config.key_page_cache,
        value_partition: config.value_partition,
        compression: config.compression,
        codec_config,
        items_per_section: config.items_per_section,
        key_write_buffer: config.key_write_buffer,
        value_write_buffer: config.value_write_buffer,
        replay_buffer: config.replay_buffer,
    }
}

fn unusable(store: &str, error: &dyn std::fmt::Display) -> ! {
    panic!(
        "the store of {store} cannot be opened: {error}. Check the data directory; if a file was damaged, \
            move the directory away and let the node synchronise anew"
    )
}
