//! What all parts of one node share, and the settings that each part gets of it.

use super::{
    app::{App, Shared, hash_of},
    block::{Block, BlockRules, Header, HeaderCore, HeaderRest, Place},
    commit::Marshal,
    config::EngineConfig,
    contract::{Core, Hash, Mempool, Validator},
    databases::{self, DatabaseSizes, Family, ITEMS_PER_BLOB, OPERATION_BYTES_MAX, Strategy},
    durability::GATHERED_MAX,
    epochs::{Boundaries, Epochs, SimplexSettings},
    handle::EngineError,
    kept::ArchiveSettings,
    network::Peer,
    peers::{Oracle, Peers},
    runtime::Runtime,
    succession,
    under_way::BlocksUnderWay,
};
use commonware_broadcast::buffered;
use commonware_codec::{Copying, DecodeExt as _};
use commonware_consensus::{
    marshal::{
        self, Start, core::Floor as MarshalFloor, resolver::p2p as backfill, standard::Standard,
    },
    simplex::{self, scheme::ed25519::Scheme},
    types::{Epoch, ViewDelta},
};
use commonware_cryptography::{Digested, Signer as _, ed25519::PublicKey, sha256};
use commonware_glue::stateful::{
    Config as StatefulConfig, PruneConfig, SyncPlan,
    db::{SyncEngineConfig, p2p as sync},
    probe,
};
use commonware_p2p::{max_message_size, utils::mux::prefixed};
use commonware_runtime::buffer::paged::CacheRef;
use commonware_storage::{archive::prunable, translator::EightCap};
use commonware_utils::{NZDuration, NZU64, NZUsize, channel::watch};
use convoy_types::{Digest, header::validators_digest};
use std::{
    num::{NonZeroU64, NonZeroUsize},
    sync::Arc,
    time::Duration,
};

/// Operations per state synchronisation request. With the messages that a peer may send in a second it bounds how fast a node joins.
const SYNC_BATCH: NonZeroU64 = NZU64!(2_048);
/// Operations hashed at once, on all cores, when a state was taken over.
const SYNC_APPLIED: NonZeroU64 = NZU64!(16_384);
/// Blocks per section of the short-lived caches of proposed blocks.
const CACHED_PER_SECTION: NonZeroU64 = NZU64!(64);
/// Blocks handed to the application whose state is not durable yet: those of the gathering before, those that gather now, and as many again for
/// those that come while either is written. With fewer, a node that catches up would wait for its disk.
const PENDING_ACKS: NonZeroUsize = NZUsize!(4 * GATHERED_MAX);
/// Messages waiting in front of an actor.
const MAILBOX: NonZeroUsize = NZUsize!(1_024);
/// Views kept behind the last finalized one.
const VIEW_RETENTION: u64 = 64;

type Variant = Standard<Block>;
type Plan<E> = SyncPlan<E, Scheme, Variant>;

/// Longest message any part of the engine sends, bytes. All nodes must agree on it.
pub(super) fn message_bytes_max(config: &EngineConfig, rules: &BlockRules) -> u32 {
    let validators = config.validators_max;
    let sync = sync::max_payload_size::<Family, sha256::Digest>(SYNC_BATCH, OPERATION_BYTES_MAX);
    max_message_size(&[
        prefixed(simplex::max_payload_size::<Scheme, sha256::Digest>(
            validators,
        )),
        marshal::max_payload_size::<Variant, Scheme>(validators, rules),
        probe::max_payload_size::<Variant, Scheme>(validators),
        prefixed(sync),
        config.gossip_bytes_max,
        succession::STEPS_BYTES_MAX + 2,
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

/// What all parts of a node share.
pub(super) struct Frame<E, O> {
    pub context: E,
    pub config: EngineConfig,
    pub oracle: O,
    pub me: PublicKey,
    pub rules: BlockRules,
    pub strategy: Strategy,
    pub page_cache: CacheRef,
    pub epochs: Epochs,
    pub genesis: Block,
}

impl<E, O> Frame<E, O>
where
    E: Runtime,
    O: Oracle,
{
    /// Checks the configuration and prepares what is shared.
    ///
    /// # Errors
    /// [`EngineError::Config`].
    pub(super) fn new(
        context: E,
        config: EngineConfig,
        core: &Arc<dyn Core>,
        oracle: O,
        known: &[Peer],
    ) -> Result<Self, EngineError> {
        let peers = Peers::new(oracle.clone(), known);
        let signer = (!config.abstain).then(|| config.signer.clone());
        let namespace = config.namespace.clone();
        let epochs = Epochs::new(signer, namespace, &config.validators, peers)
            .map_err(EngineError::Config)?;
        let leader = first_leader(&config.validators).map_err(EngineError::Config)?;
        let genesis =
            genesis_block::<E>((config.network, &config.validators), core.as_ref(), leader);
        Ok(Self {
            me: config.signer.public_key(),
            rules: block_rules(&config, core),
            strategy: context.strategy(config.threads),
            page_cache: CacheRef::new(config.page_bytes, config.page_cache_pages),
            genesis,
            epochs,
            oracle,
            config,
            context,
        })
    }

    pub(super) fn prefix(&self) -> &str {
        &self.config.partition_prefix
    }

    pub(super) fn genesis_digest(&self) -> sha256::Digest {
        sha256::Digest(self.genesis.header.digest().0)
    }

    pub(super) fn backfill(&self) -> backfill::Config<PublicKey, O, O> {
        backfill::Config {
            public_key: self.me.clone(),
            peer_provider: self.oracle.clone(),
            blocker: self.oracle.clone(),
            mailbox_size: MAILBOX,
            fetch_timeout: NZDuration!(self.config.timeouts.fetch),
            fetch_retry_delay: Duration::from_millis(100),
            priority_requests: false,
            priority_responses: false,
        }
    }

    pub(super) fn broadcast(&self) -> buffered::Config<PublicKey, BlockRules, O, Strategy> {
        buffered::Config {
            public_key: self.me.clone(),
            mailbox_size: MAILBOX,
            deque_size: 8,
            priority: true,
            codec_config: self.rules.clone(),
            peer_provider: self.oracle.clone(),
            strategy: self.strategy.clone(),
        }
    }

    pub(super) fn archive<C>(&self, name: &str, codec_config: C) -> prunable::Config<EightCap, C> {
        let settings = ArchiveSettings {
            prefix: self.prefix(),
            page_cache: self.page_cache.clone(),
            buffer: self.config.write_buffer,
            items_per_section: self.config.retention.blocks_per_file,
        };
        settings.of(name, codec_config)
    }

    pub(super) fn probe(&self) -> probe::Config<E, Epochs, Strategy, PublicKey, O> {
        probe::Config {
            context: self.context.child("probe"),
            provider: self.epochs.clone(),
            strategy: self.strategy.clone(),
            mailbox_size: MAILBOX,
            blocker: self.oracle.clone(),
            minimum_epoch: Epoch::new(self.epochs.latest()),
            retry_timeout: NZDuration!(Duration::from_millis(500)),
        }
    }

    pub(super) fn marshal(
        &self,
        plan: &Plan<E>,
    ) -> marshal::Config<Epochs, Boundaries, Strategy, Block, Digested<Block>> {
        let genesis = Digested::precomputed(self.genesis.clone(), self.genesis_digest());
        let start: Start<_, _, _> = plan.marshal_start(genesis);
        let buffer = self.config.write_buffer;
        marshal::Config {
            provider: self.epochs.clone(),
            epocher: self.epochs.boundaries().clone(),
            start,
            partition_prefix: format!("{}-marshal", self.prefix()),
            mailbox_size: MAILBOX,
            view_retention: ViewDelta::new(VIEW_RETENTION),
            prunable_items_per_section: CACHED_PER_SECTION,
            page_cache: self.page_cache.clone(),
            replay_buffer: buffer,
            key_write_buffer: buffer,
            value_write_buffer: buffer,
            block_codec_config: self.rules.clone(),
            max_repair: NZUsize!(32),
            max_pending_acks: PENDING_ACKS,
            strategy: self.strategy.clone(),
        }
    }

    pub(super) fn sync<DB: Send + Sync + 'static>(&self) -> sync::Config<PublicKey, O, O, DB> {
        sync::Config {
            peer_provider: self.oracle.clone(),
            blocker: self.oracle.clone(),
            database: None,
            mailbox_size: MAILBOX,
            me: Some(self.me.clone()),
            fetch_timeout: NZDuration!(self.config.timeouts.fetch),
            fetch_retry_delay: Duration::from_millis(100),
            max_serve_ops: SYNC_BATCH,
            priority_requests: false,
            priority_responses: false,
        }
    }

    pub(super) fn shared(&self, core: Arc<dyn Core>, mempool: Arc<dyn Mempool>) -> Arc<Shared> {
        Arc::new(Shared {
            genesis: core.genesis(),
            core,
            mempool,
            genesis_block: self.genesis.clone(),
            network: self.config.network,
            statements_max: self.config.block_statements_max,
            bytes_max: self.config.block_bytes_max,
            epochs: self.epochs.clone(),
            clock: self.config.clock,
            under_way: BlocksUnderWay::default(),
            halted: watch::channel(None).0,
        })
    }

    pub(super) async fn stateful<R>(
        &self,
        shared: Arc<Shared>,
        marshal: (Marshal, MarshalFloor),
        plan: Plan<E>,
        resolvers: R,
    ) -> StatefulConfig<E, App, Variant, R, Strategy> {
        let sizes = DatabaseSizes {
            page_cache: self.page_cache.clone(),
            items_per_blob: ITEMS_PER_BLOB,
            write_buffer: self.config.write_buffer,
            replay_buffer: self.config.write_buffer,
            takes_over: plan.floor().is_some(),
        };
        let retention = &self.config.retention;
        StatefulConfig {
            application: App(shared),
            db_config: databases::config(&self.context, self.prefix(), &sizes, &self.strategy)
                .await,
            provider: (),
            marshal,
            mailbox_size: MAILBOX,
            plan,
            resolvers,
            sync_config: SyncEngineConfig {
                fetch_batch_size: SYNC_BATCH,
                apply_batch_size: SYNC_APPLIED,
                max_outstanding_requests: NZUsize!(8),
            },
            prune_config: Some(PruneConfig {
                maintenance_interval: retention.every_blocks,
                retained_marshal_blocks: retention.blocks,
                retained_qmdb_blocks: retention.state_blocks,
            }),
            strategy: self.strategy.clone(),
        }
    }

    pub(super) fn simplex(&self) -> SimplexSettings {
        SimplexSettings {
            partition_prefix: self.prefix().to_owned(),
            strategy: self.strategy.clone(),
            timeouts: self.config.timeouts,
            page_cache: self.page_cache.clone(),
            buffer: self.config.write_buffer,
            mailbox: MAILBOX,
            view_retention: VIEW_RETENTION,
        }
    }
}

/// Whom the genesis block names as its leader: the validator with the lowest key.
pub(super) fn first_leader(validators: &[Validator]) -> Result<PublicKey, String> {
    let lowest = validators.iter().min_by_key(|validator| validator.key);
    let lowest = lowest.ok_or("nobody validates")?;
    PublicKey::decode(Copying(&lowest.key[..]))
        .map_err(|error| format!("the validator key of {}: {error}", lowest.member))
}

/// The block every chain of the network with these first validators starts with.
pub(super) fn genesis_block<E: Runtime>(
    (network, validators): (Hash, &[Validator]),
    core: &dyn Core,
    leader: PublicKey,
) -> Block {
    let genesis = core.genesis();
    let stores = databases::genesis_commitments::<E>();
    let validators = validators_digest(validators);
    let place = Place {
        leader: hash_of(&leader),
        ..Place::default()
    };
    let header = Header {
        core: HeaderCore {
            network: Digest(network),
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
            state: stores.state,
            history: stores.history,
            lanes: stores.lanes,
            validators,
            next_validators: validators,
            tree_head_keys: Digest(genesis.tree_head_keys),
            extension: place.digest(),
        },
    };
    let frontier = genesis.frontier;
    Block::new(header, place, Arc::from([]), frontier, None, leader)
}
