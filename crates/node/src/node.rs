//! Starting and stopping a node.
//!
//! Two runtimes: the engine's own, and one for admission, gossip, tree heads and the interface. The read
//! model has a thread of its own. The process ends when the interface ends (graceful stop) or when the
//! engine does (a failure, said plainly).

use crate::{
    admission::Admission,
    audit::Audit,
    backfill::Backfill,
    backup::schedule::{self, SharedStatus},
    config::{ConfigError, NodeConfig, RetentionConfig},
    core::{LedgerCore, Preparer},
    endings::Endings,
    engine::{
        self, EngineConfig, EngineError, KeepFrom, NetworkConfig, Pace, Peer, Retention,
        Surroundings, Timeouts, contract::Hash, supervise,
    },
    genesis::{Founded, GenesisDocument, GenesisError},
    gossip,
    handle::{Inner, NodeHandle, NodeInfo},
    keystore::{Keystore, KeystoreError, Purpose},
    life::Stage,
    log_store::LogStore,
    mempool::{Bounds, Mempool},
    peers,
    pkcs11::{Token, TokenError},
    presence::Presence,
    proofs::Proofs,
    protocol, recovery,
    restore::{self, Marker},
    retention::{self, HistoryHere, Keeper, Storage},
    signing::Signers,
    sink::{self, Counts, Sink},
    tokens::TokenStore,
    traced::Sample,
    tracker::Tracker,
    tree_heads::{self, TreeHeads},
};
use commonware_codec::{Copying, DecodeExt as _};
use commonware_cryptography::{Signer as _, ed25519};
use convoy_readmodel::{ProjectedBlock, Projector, ReadModel, ReadModelError, Settings};
use convoy_types::{
    cose::{Algorithm, SigningKey},
    header::{HeaderCore, Validator},
    receipt::{Trust, certificate::consensus_namespace},
};
use futures::future::BoxFuture;
use std::{
    num::NonZeroUsize,
    path::Path,
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};
use tokio::sync::{mpsc, watch};

/// Blocks that may wait for the read model.
const PROJECTION_QUEUE: usize = 256;
/// Batches of admitted statements that may wait to be told to the peers.
const GOSSIP_QUEUE: usize = 1_024;
/// How long a stop may take.
const STOP_WITHIN: Duration = Duration::from_secs(10);
/// The same of a node that stands before a block whose rules its build does not know.
const HALTED_STOP_WITHIN: Duration = Duration::from_secs(1);

/// Why a node cannot start or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The keystore.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// The genesis document.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The token that keys are in.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The read model.
    #[error(transparent)]
    ReadModel(#[from] ReadModelError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A file or socket.
    #[error("{0}: {1}")]
    System(String, std::io::Error),
    /// The configuration does not fit the genesis document or the keystore.
    #[error("{0}")]
    Mismatch(String),
    /// The interface failed.
    #[error("the interface stopped: {0}")]
    Interface(String),
}

/// Runs until told to stop: what serves people and programs, given a running node.
pub type Serve = Box<dyn FnOnce(NodeHandle) -> BoxFuture<'static, Result<(), String>> + Send>;

/// Everything of a node that needs no runtime.
struct Parts {
    config: NodeConfig,
    info: NodeInfo,
    preparer: Arc<Preparer>,
    mempool: Arc<Mempool>,
    tracker: Arc<Tracker>,
    log: Arc<LogStore>,
    read_model: ReadModel,
    projected: watch::Receiver<u64>,
    read_model_fault: watch::Receiver<Option<String>>,
    sink: Arc<Sink>,
    trust: Trust,
    tokens: TokenStore,
    audit: Audit,
    keys: Keys,
    genesis: GenesisDocument,
    /// This node's key among its peers.
    me: Hash,
    /// What the engine is started with.
    engine: (EngineConfig, NetworkConfig, Surroundings),
    /// Where the first validators are, as the configuration says.
    first_peers: Vec<Peer>,
}

/// What the keystore gives.
struct Keys {
    consensus: ed25519::PrivateKey,
    /// The public half.
    public: Hash,
    tree_heads: Vec<SigningKey>,
    signers: Signers,
    /// Where the node was restored from a backup and its consensus key must not vote.
    restored: Option<Marker>,
}

/// Runs the node of `config` until `serve` ends or the engine fails.
///
/// # Errors
/// [`NodeError`] names the file, key or part at fault and what to do.
pub fn run(config: NodeConfig, serve: Serve) -> Result<(), NodeError> {
    supervise::install(config.member.to_string());
    let data = config.data.clone();
    std::fs::create_dir_all(&data)
        .map_err(|error| NodeError::System(format!("data folder {}", data.display()), error))?;
    let threads = (
        config.resources.engine_threads,
        config.resources.api_threads,
    );
    let parts = Parts::open(config)?;
    let api = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads.1)
        .thread_name("convoy-api")
        .enable_all()
        .build()
        .map_err(|error| NodeError::System("threads".into(), error))?;
    let settings = supervise::RuntimeConfig {
        directory: data.join("engine"),
        threads: threads.0,
    };
    let spawner = api.handle().clone();
    let ended = supervise::run(settings, move |context| async move {
        let (engine_config, network, surroundings) = parts.engine.clone();
        let engine = engine::start(context, engine_config, network, surroundings).await?;
        let watched = engine.clone();
        let served = spawner.spawn(async move {
            let node = parts.start(engine);
            serve(node).await
        });
        let result = tokio::select! {
            served = served => served.map_err(|error| NodeError::Interface(error.to_string()))?.map_err(NodeError::Interface),
            ended = watched.ended() => ended.map_err(NodeError::from),
        };
        // What waits for another build waits for ever, and nothing of it is lost.
        let within = match watched.halted() {
            Some(_) => HALTED_STOP_WITHIN,
            None => STOP_WITHIN,
        };
        watched.stop(within).await;
        result
    });
    api.shutdown_timeout(Duration::from_secs(2));
    ended?
}

impl Parts {
    fn open(config: NodeConfig) -> Result<Self, NodeError> {
        restore::check_finished(&config.data).map_err(NodeError::Mismatch)?;
        retention::check_blocks_per_file(&config.data, config.retention.blocks_per_file)
            .map_err(NodeError::Mismatch)?;
        let genesis = GenesisDocument::read(&config.genesis)?;
        genesis.check_signed()?;
        let (ledger, founded) = genesis.found(Arc::new(convoy_modules::registry()))?;
        let ledger = protocol::rehearsed(ledger);
        let compartment = ledger.compartment.clone();
        let keys = keys(&config, &genesis)?;
        let log = open_log(&config.data, &founded)?;
        let (read_model, projector) = open_read_model(&config, &log)?;
        let next = projector.next_height(&compartment);
        let (to_projector, blocks) = mpsc::channel(PROJECTION_QUEUE);
        let founding = sink::genesis_block(
            &compartment,
            genesis.time_ms,
            founded.digest,
            &founded.events,
        );
        let joined = log
            .joined()
            .map_err(|error| NodeError::System("the statement log's files".into(), error))?;
        let behind = joined.is_some_and(|joined| next.unwrap_or(0) <= joined);
        // A node that may take over a later state does not know yet where it begins.
        let undecided = config.resources.state_sync && joined.is_none();
        let mut projected_next = next;
        if next.is_none() && !behind && !undecided {
            let _ = to_projector.try_send(founding.clone());
            projected_next = Some(1);
        }
        let first = sink::first_height(&log, next);
        let tracker = Arc::new(Tracker::with_sample(Sample::new(config.telemetry.as_ref())));
        let reached = next.map_or(0, |next| next - 1);
        let (projected, read_model_fault) =
            project(projector, blocks, reached, Arc::clone(&tracker));
        let bounds = Bounds {
            member_count: config.mempool.member_statements,
            member_bytes: config.mempool.member_bytes,
            ..Bounds::default()
        };
        let mempool = Arc::new(Mempool::new(bounds, Arc::clone(&tracker)));
        let preparer = Arc::new(Preparer::new(ledger));
        let sink = Arc::new(Sink {
            first,
            preparer: Arc::clone(&preparer),
            log: Arc::clone(&log),
            mempool: Arc::clone(&mempool),
            tracker: Arc::clone(&tracker),
            projector: to_projector,
            tip: watch::Sender::new(None),
            membership: watch::Sender::new(0),
            counts: Counts::default(),
            founding,
            joined: watch::Sender::new(joined),
            live: AtomicBool::new(!behind),
            turn: tokio::sync::Mutex::new(projected_next),
            presence: Arc::new(Presence::default()),
        });
        let core = LedgerCore::new(
            Arc::clone(&preparer),
            Arc::clone(&mempool),
            founded.engine.clone(),
        );
        let surroundings = Surroundings {
            core: Arc::new(core),
            mempool: mempool.clone(),
            sink: sink.clone(),
        };
        let (engine_config, network) = engine_config(&config, &genesis, &founded, &keys)?;
        let tokens = TokenStore::open(&config.data)
            .map_err(|error| NodeError::System("tokens".into(), error))?;
        let audit = Audit::open(&config.data, &config.audit)
            .map_err(|error| NodeError::System("the audit log".into(), error))?;
        let info = info(&config, &genesis, &founded);
        let me = keys.public;
        let trust = genesis.trust()?;
        let first_peers = network.peers.clone();
        let engine = (engine_config, network, surroundings);
        Ok(Self {
            config,
            info,
            preparer,
            mempool,
            tracker,
            log,
            read_model,
            projected,
            read_model_fault,
            sink,
            trust,
            tokens,
            audit,
            keys,
            genesis,
            me,
            engine,
            first_peers,
        })
    }

    /// Starts everything around a running engine. Called on the interface's runtime.
    fn start(self, engine: engine::EngineHandle) -> NodeHandle {
        let here = Arc::new(HistoryHere::new(self.config.retention.archives.clone()));
        let storage = Arc::new(Mutex::new(Storage::default()));
        let keeper = Keeper {
            data: self.config.data.clone(),
            config: self.config.retention.clone(),
            keep_from: self.engine.0.retention.keep_from.clone(),
            engine: engine.clone(),
            log: Arc::clone(&self.log),
            here: Arc::clone(&here),
            storage: Arc::clone(&storage),
            sink: Arc::clone(&self.sink),
        };
        tokio::spawn(keeper.run());
        let reindex = crate::reindex::Source {
            folder: self.config.data.join("readmodel"),
            engine: engine.clone(),
            sink: Arc::clone(&self.sink),
        };
        reindex.start_if_wanted();
        tokio::spawn(recovery::run(engine.clone(), self.config.data.clone()));
        tokio::spawn(peers::run(
            engine.clone(),
            self.preparer.ledger().compartment.clone(),
            self.first_peers,
            self.sink.membership.subscribe(),
        ));
        let (to_gossip, admitted) = mpsc::channel(GOSSIP_QUEUE);
        let admission = Admission::start(
            Arc::clone(&self.preparer),
            Arc::clone(&self.mempool),
            Arc::clone(&self.tracker),
            engine.clone(),
            to_gossip,
        );
        if let Some(wire) = engine.statements() {
            tokio::spawn(gossip::run(
                wire,
                admitted,
                admission.clone(),
                Arc::clone(&self.mempool),
            ));
        }
        let history = watch::Sender::new(None);
        let told = history.subscribe();
        if let Some(wire) = engine.history() {
            Backfill {
                engine: engine.clone(),
                log: Arc::clone(&self.log),
                sink: Arc::clone(&self.sink),
                preparer: Arc::clone(&self.preparer),
                trust: self.trust.clone(),
                me: self.me,
                progress: history,
            }
            .start(wire);
        }
        let keys = self
            .genesis
            .tree_head_keys()
            .map(|(member, node, key)| (member.clone(), node.clone(), key.clone()));
        let presence = Arc::clone(&self.sink.presence);
        let log = Arc::clone(&self.log);
        let heads = TreeHeads::new(self.info.network.clone(), log, keys, presence);
        if let Some(wire) = engine.tree_heads() {
            tokio::spawn(heads.clone().run(
                self.keys.tree_heads,
                wire,
                self.sink.tip.subscribe(),
                Arc::clone(&self.tracker),
            ));
        }
        tokio::spawn(tree_heads::follow_ledger(
            heads.clone(),
            engine.clone(),
            self.preparer.ledger().compartment.clone(),
            self.sink.membership.subscribe(),
        ));
        let ledger = self.preparer.ledger();
        let protocol = protocol::follow(
            ledger.newest_protocol,
            engine.clone(),
            ledger.compartment.clone(),
            self.sink.membership.subscribe(),
        );
        let proofs = Proofs {
            engine: engine.clone(),
            log: Arc::clone(&self.log),
            heads: heads.clone(),
            here: Arc::clone(&here),
        };
        let backup = self.config.backup.clone();
        let node = NodeHandle(Arc::new(Inner {
            info: self.info,
            config: self.config,
            preparer: self.preparer,
            engine,
            admission,
            mempool: self.mempool,
            tracker: self.tracker,
            log: self.log,
            heads,
            proofs,
            read_model: self.read_model,
            projected: self.projected,
            read_model_fault: self.read_model_fault,
            tip: self.sink.tip.subscribe(),
            history: told,
            signers: self.keys.signers,
            tokens: self.tokens,
            audit: self.audit,
            trust: self.trust,
            endings: Endings::default(),
            protocol,
            sink: self.sink,
            here,
            storage,
            backups: SharedStatus::default(),
            restored: self.keys.restored,
        }));
        if let Some(backup) = backup {
            let status = Arc::clone(&node.0.backups);
            tokio::spawn(schedule::run(node.clone(), backup, status));
        }
        node
    }
}

fn info(config: &NodeConfig, genesis: &GenesisDocument, founded: &Founded) -> NodeInfo {
    NodeInfo {
        network: founded.network.clone(),
        genesis: founded.digest,
        member: config.member.clone(),
        software: env!("CARGO_PKG_VERSION"),
        validators: genesis
            .validators()
            .into_iter()
            .map(|(member, _)| member)
            .collect(),
        members: genesis
            .members
            .iter()
            .map(|founder| founder.member.member.clone())
            .collect(),
    }
}

fn keys(config: &NodeConfig, genesis: &GenesisDocument) -> Result<Keys, NodeError> {
    let mut keystore = Keystore::open(&config.data, &config.keystore.passphrase()?)?;
    if let Some(pkcs11) = &config.keystore.pkcs11 {
        let token = Token::open(pkcs11, &pkcs11.pin()?)?;
        tracing::info!(token = token.label(), "signed in to the token");
        keystore.attach(token);
    }
    let marker = Marker::read(&config.data).map_err(NodeError::Mismatch)?;
    let consensus = match restore::fresh_key(&keystore, marker.as_ref())? {
        Some(name) => keystore.named(&name)?,
        None => keystore.key(Purpose::Consensus, Algorithm::Ed25519)?,
    };
    let expected = genesis
        .member(&config.member)
        .and_then(|founder| founder.member.validator);
    let public: Hash = consensus.public().raw().try_into().map_err(|_| {
        NodeError::Mismatch("the keystore's consensus key is no Ed25519 key".into())
    })?;
    if expected.map(|key| key.0.0) != Some(public) {
        tracing::info!(
            member = %config.member,
            "the keystore's consensus key is not one of the genesis document: this node observes until its key validates"
        );
    }
    let restored = marker.filter(|marker| marker.retires(consensus.public().raw()));
    if let Some(marker) = &restored {
        tracing::warn!(
            height = marker.height,
            "this node was restored from a backup: it follows, and does not vote with a key that may have voted since"
        );
    }
    let mut tree_heads = Vec::new();
    for algorithm in [Algorithm::Ed25519, Algorithm::MlDsa65] {
        match keystore.key(Purpose::TreeHead, algorithm) {
            Ok(key) => tree_heads.push(key),
            Err(KeystoreError::Absent(_)) => tracing::warn!(
                "no {} key for tree heads: this node gives no such receipts",
                algorithm.name()
            ),
            Err(error) => return Err(error.into()),
        }
    }
    let secret = consensus
        .to_secret()
        .map_err(|error| NodeError::Mismatch(error.to_string()))?;
    let consensus = ed25519::PrivateKey::decode(Copying(&secret[..]))
        .map_err(|error| NodeError::Mismatch(error.to_string()))?;
    Ok(Keys {
        consensus,
        public,
        tree_heads,
        signers: Signers::new(keystore),
        restored,
    })
}

fn open_log(data: &Path, founded: &Founded) -> Result<Arc<LogStore>, NodeError> {
    let fault = |error| NodeError::System("the statement log's files".into(), error);
    let log = LogStore::open(&data.join("log")).map_err(fault)?;
    let damage = log.damage().map_err(fault)?;
    let folder = log.folder().display();
    match damage {
        Some(leaf) if log.is_pruned() => tracing::error!(
            "the statement log in {folder} is damaged under leaf {leaf}, and the blocks to build it again from were pruned here: ask another member's node for receipts that lead through it, or restore this node from a backup (docs/guides/backup-and-loss.md)"
        ),
        Some(leaf) => {
            tracing::warn!(
                "the statement log in {folder} was damaged under leaf {leaf}; it is built again from the blocks"
            );
            log.clear().map_err(fault)?;
        }
        None => {}
    }
    if log.next_height() == 0 {
        log.clear().map_err(fault)?;
        log.found(&founded.digest).map_err(fault)?;
    }
    Ok(Arc::new(log))
}

fn open_read_model(
    config: &NodeConfig,
    log: &LogStore,
) -> Result<(ReadModel, Projector), NodeError> {
    let folder = config.data.join("readmodel");
    std::fs::create_dir_all(&folder)
        .map_err(|error| NodeError::System("the read model's folder".into(), error))?;
    let settings = Settings {
        writer_cache_bytes: config.resources.read_model_cache_mib << 20,
        ..Settings::default()
    };
    match ReadModel::open(&folder, convoy_modules::projections(), settings) {
        Err(error) if error.needs_reindex() && log.is_pruned() => {
            Err(NodeError::Mismatch(format!(
                "{error}; it is built from blocks, and the first of them were pruned here: restore the node from a backup that has them (docs/guides/backup-and-loss.md), or go back to the program of before"
            )))
        }
        Err(error) if error.needs_reindex() => {
            tracing::warn!("{error}; it is thrown away and built again from the blocks");
            convoy_readmodel::discard(&folder)?;
            Ok(ReadModel::open(
                &folder,
                convoy_modules::projections(),
                settings,
            )?)
        }
        opened => Ok(opened?),
    }
}

/// Runs the read model's writer on a thread of its own.
fn project(
    mut projector: Projector,
    mut blocks: mpsc::Receiver<ProjectedBlock>,
    height: u64,
    tracker: Arc<Tracker>,
) -> (watch::Receiver<u64>, watch::Receiver<Option<String>>) {
    let (projected, watched) = watch::channel(height);
    let (fault, faults) = watch::channel(None);
    let (forward, queue) = std::sync::mpsc::sync_channel(1);
    std::thread::spawn(move || {
        while let Some(block) = blocks.blocking_recv() {
            if forward.send(block).is_err() {
                return;
            }
        }
    });
    std::thread::Builder::new()
        .name("convoy-readmodel".into())
        .spawn(move || {
            let done = projector.run(&queue, &mut |_, height| {
                tracker.blocks.reached(Stage::Project, height);
                projected.send_replace(height);
            });
            if let Err(error) = done {
                tracing::error!("the read model stops: {error}");
                fault.send_replace(Some(error.to_string()));
            }
        })
        .map(drop)
        .unwrap_or_else(|error| tracing::error!("the read model's thread cannot start: {error}"));
    (watched, faults)
}

/// What the engine keeps by itself; the rest is [`Keeper`]'s to say.
fn retention_of(config: &RetentionConfig) -> Retention {
    let blocks = usize::try_from(config.recent_blocks).unwrap_or(usize::MAX);
    let every = NonZeroUsize::new(blocks.min(1_000)).unwrap_or(NonZeroUsize::MIN);
    Retention {
        blocks,
        state_blocks: blocks,
        every_blocks: every,
        keep_from: KeepFrom::all(),
        blocks_per_file: config.blocks_per_file(),
    }
}

fn engine_config(
    config: &NodeConfig,
    genesis: &GenesisDocument,
    founded: &Founded,
    keys: &Keys,
) -> Result<(EngineConfig, NetworkConfig), NodeError> {
    let mut peers: Vec<Peer> = Vec::new();
    for (member, key) in genesis.validators() {
        let address = config
            .p2p
            .peers
            .iter()
            .find(|peer| peer.member == member)
            .map(|peer| peer.address);
        let Some(address) = address else {
            tracing::warn!(%member, "p2p.peers lacks the address of a validator of the genesis document");
            continue;
        };
        let key = ed25519::PublicKey::decode(Copying(&key[..]))
            .map_err(|error| NodeError::Mismatch(format!("validator key of {member}: {error}")))?;
        peers.push(Peer { key, address });
    }
    if peers.is_empty() {
        let reason = "p2p.peers names the address of no validator of the genesis document; write one at least";
        return Err(NodeError::Mismatch(reason.into()));
    }
    let validators = genesis.validators().into_iter();
    let validators: Vec<Validator> = validators
        .map(|(member, key)| Validator { member, key })
        .collect();
    let network = HeaderCore::network_digest(&founded.network).0;
    let namespace = consensus_namespace(&founded.network);
    let mut engine = EngineConfig::new(
        network,
        namespace.clone(),
        keys.consensus.clone(),
        validators,
    );
    let heartbeat = Duration::from_millis(config.pace.heartbeat_ms);
    engine.pace = Pace {
        linger: Duration::from_millis(config.pace.linger_ms),
        heartbeat,
        ..Pace::default()
    };
    engine.timeouts = Timeouts::for_heartbeat(heartbeat);
    engine.block_statements_max = config.pace.block_statements;
    engine.state_sync = config.resources.state_sync;
    engine.abstain = keys.restored.is_some();
    engine.recoveries = recovery::taken(&config.data).map_err(NodeError::Mismatch)?;
    engine.retention = retention_of(&config.retention);
    let pages = config.resources.page_cache_mib * (1 << 20) / usize::from(engine.page_bytes.get());
    engine.page_cache_pages = NonZeroUsize::new(pages).unwrap_or(engine.page_cache_pages);
    debug_assert_eq!(keys.consensus.public_key(), engine.signer.public_key());
    let network = NetworkConfig {
        signer: keys.consensus.clone(),
        namespace,
        listen: config.p2p.listen,
        peers_max: NonZeroUsize::new(engine::PEERS_MAX).unwrap_or(NonZeroUsize::MIN),
        peers,
        allow_private_ips: config.p2p.allow_private_addresses,
    };
    Ok((engine, network))
}
