//! A node as [`crate::node`] puts it together, on an engine of the simulated world.

use super::{
    core::{Begun, Watched},
    founded::{Network, tree_head_key},
    load::Load,
};
use crate::{
    admission::Admission,
    core::{LedgerCore, Preparer},
    engine::{
        Commit, CommitSink, EngineConfig, EngineHandle, Surroundings, Timeouts, Validator, Wire,
        contract::{Ancestry, Mempool as _},
        tests::{
            cluster::MemorySink,
            world::{Kind, Member},
        },
    },
    gossip,
    log_store::LogStore,
    mempool::{Bounds, Mempool},
    presence::Presence,
    proofs::Proofs,
    retention::HistoryHere,
    sink::{self, Counts, Sink},
    tracker::Tracker,
    tree_heads::{Exchange, TreeHeads},
};
use bytes::Bytes;
use commonware_cryptography::ed25519::PrivateKey;
use commonware_macros::select;
use commonware_runtime::{Clock as _, Spawner as _, Supervisor as _, deterministic::Context};
use convoy_readmodel::{ProjectedBlock, Projector, ReadModel, Settings};
use convoy_types::{header::HeaderCore, receipt::certificate::consensus_namespace};
use futures::future::BoxFuture;
use std::{
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};

/// How often peers are told again what waits.
const TELL_AGAIN: Duration = Duration::from_millis(500);
/// The least time between two tree heads.
const PACE: Duration = Duration::from_millis(100);
/// How often the read model takes what has come.
const PROJECT: Duration = Duration::from_millis(300);

/// What of a node outlives a crash, beside what is the engine's.
pub struct Disk {
    folder: TempDir,
    pub read_model: ReadModel,
    pub projector: Arc<Mutex<Projector>>,
    /// What its core was asked to execute.
    pub begun: Begun,
}

impl Disk {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let projections = convoy_modules::projections();
        let opened = ReadModel::open(folder.path(), projections, Settings::default());
        let (read_model, projector) = opened.unwrap();
        Self {
            folder,
            read_model,
            projector: Arc::new(Mutex::new(projector)),
            begun: Arc::default(),
        }
    }
}

/// Four whole nodes, and their members' load.
pub struct Whole {
    pub network: Network,
    pub disks: Vec<Disk>,
    pub load: Load,
    liar: Option<usize>,
}

impl Whole {
    pub fn new(liar: Option<usize>) -> Self {
        let network = Network::found();
        Self {
            load: Load::new(network.founded.network.clone()),
            network,
            disks: (0..4).map(|_| Disk::new()).collect(),
            liar,
        }
    }
}

/// A node that is not started yet.
pub struct Opened {
    sink: Arc<Sink>,
    blocks: mpsc::Receiver<ProjectedBlock>,
}

/// A node that runs.
pub struct Running {
    pub admission: Admission,
    pub tracker: Arc<Tracker>,
    pub log: Arc<LogStore>,
    pub heads: TreeHeads,
    pub proofs: Proofs,
}

/// The real sink, with a note of what it was given.
struct Noted {
    told: Arc<MemorySink>,
    sink: Arc<Sink>,
}

impl CommitSink for Noted {
    fn next_height(&self) -> u64 {
        self.sink.next_height()
    }

    fn deliver(&self, commit: Commit) -> BoxFuture<'_, ()> {
        let height = commit.header.core.height;
        if height <= self.told.height() {
            let before = self.told.header(height);
            assert_eq!(before, commit.header, "block {height} was another before");
        }
        Box::pin(async move {
            self.told.deliver(commit.clone()).await;
            self.sink.deliver(commit).await;
        })
    }
}

impl Kind for Whole {
    type Opened = Opened;
    type Running = Running;

    fn config(&self, keys: &[PrivateKey], index: usize) -> EngineConfig {
        let network = &self.network.founded.network;
        let validators = self.network.genesis.validators().into_iter();
        let mut config = EngineConfig::new(
            HeaderCore::network_digest(network).0,
            consensus_namespace(network),
            keys[index].clone(),
            validators
                .map(|(member, key)| Validator { member, key })
                .collect(),
        );
        config.pace.heartbeat = Duration::from_millis(200);
        config.timeouts = Timeouts::for_heartbeat(config.pace.heartbeat);
        config
    }

    fn open(&self, index: usize, told: &Arc<MemorySink>) -> (Surroundings, Opened) {
        let (disk, founded) = (&self.disks[index], &self.network.founded);
        let ledger = self.network.ledger.clone();
        let compartment = ledger.compartment.clone();
        let log = LogStore::open(&disk.folder.path().join("log")).unwrap();
        if log.next_height() == 0 {
            log.found(&founded.digest).unwrap();
        }
        let next = disk.projector.lock().unwrap().next_height(&compartment);
        let (projector, blocks) = mpsc::channel(256);
        let founding = sink::genesis_block(
            &compartment,
            self.network.genesis.time_ms,
            founded.digest,
            &founded.events,
        );
        if next.is_none() {
            projector.try_send(founding.clone()).unwrap();
        }
        let tracker = Arc::new(Tracker::default());
        let mempool = Arc::new(Mempool::new(Bounds::default(), Arc::clone(&tracker)));
        let preparer = Arc::new(Preparer::new(ledger));
        let core = Watched {
            core: LedgerCore::new(
                Arc::clone(&preparer),
                Arc::clone(&mempool),
                founded.engine.clone(),
            ),
            begun: Arc::clone(&disk.begun),
            lies: self.liar == Some(index),
        };
        let sink = Arc::new(Sink {
            first: sink::first_height(&log, next),
            preparer,
            log: Arc::new(log),
            mempool: Arc::clone(&mempool),
            tracker,
            projector,
            tip: watch::Sender::new(None),
            membership: watch::Sender::new(0),
            counts: Counts::default(),
            founding,
            joined: watch::Sender::new(None),
            live: AtomicBool::new(true),
            turn: tokio::sync::Mutex::new(Some(next.unwrap_or(1))),
            presence: Arc::new(Presence::default()),
        });
        let surroundings = Surroundings {
            core: Arc::new(core),
            mempool,
            sink: Arc::new(Noted {
                told: Arc::clone(told),
                sink: Arc::clone(&sink),
            }),
        };
        (surroundings, Opened { sink, blocks })
    }

    fn start(
        &self,
        index: usize,
        context: &Context,
        engine: &EngineHandle,
        Opened { sink, blocks }: Opened,
    ) -> Running {
        let (to_gossip, admitted) = mpsc::channel(1_024);
        let pool = (
            Arc::clone(&sink.preparer),
            Arc::clone(&sink.mempool),
            Arc::clone(&sink.tracker),
        );
        let (admission, admitting) = Admission::one_by_one(pool, engine.clone(), to_gossip);
        context.child("admission").spawn(move |_| admitting);
        let wire = engine.statements().unwrap();
        let (door, mempool) = (admission.clone(), Arc::clone(&sink.mempool));
        context
            .child("gossip")
            .spawn(move |context| gossip(context, wire, admitted, door, mempool));
        let keys = self.network.genesis.tree_head_keys();
        let keys = keys.map(|(member, node, key)| (member.clone(), node.clone(), key.clone()));
        let log = Arc::clone(&sink.log);
        let network = self.network.founded.network.clone();
        let heads = TreeHeads::new(network, Arc::clone(&log), keys, Arc::clone(&sink.presence));
        let exchange = Exchange::new(heads.clone(), vec![tree_head_key(index)]);
        let (wire, tip) = (engine.tree_heads().unwrap(), sink.tip.subscribe());
        context
            .child("tree_heads")
            .spawn(move |context| sign_heads(context, exchange, wire, tip));
        let projector = Arc::clone(&self.disks[index].projector);
        context
            .child("read_model")
            .spawn(move |context| project(context, projector, blocks));
        Running {
            admission,
            tracker: Arc::clone(&sink.tracker),
            proofs: Proofs {
                engine: engine.clone(),
                log: Arc::clone(&log),
                heads: heads.clone(),
                here: Arc::new(HistoryHere::new(Vec::new())),
            },
            log,
            heads,
        }
    }

    fn submit(&mut self, context: &Context, members: &[Member<Running>]) {
        self.load.round(context, members);
    }
}

/// What [`gossip::run`] does, on the simulated clock: tells the peers what was admitted here and, while it waits, all that waits.
async fn gossip(
    context: Context,
    mut wire: Wire,
    mut admitted: mpsc::Receiver<Vec<Bytes>>,
    admission: Admission,
    mempool: Arc<Mempool>,
) {
    let mut again = context.current() + TELL_AGAIN;
    loop {
        let tell: Vec<Bytes> = select! {
            fresh = admitted.recv() => match fresh {
                Some(fresh) => fresh,
                None => return,
            },
            heard = wire.incoming.recv() => {
                let Some((peer, message)) = heard else { return };
                let heard = gossip::heard_statements(&message, wire.bytes_max);
                admission.relayed(peer, heard.unwrap());
                continue;
            },
            _ = context.sleep_until(again) => {
                again = context.current() + TELL_AGAIN;
                let waiting = mempool.take(&Ancestry::default(), 100, 1 << 20);
                waiting.into_iter().map(|statement| statement.bytes).collect()
            },
        };
        for message in gossip::messages(tell, wire.bytes_max) {
            if wire.outgoing.send((None, message)).await.is_err() {
                return;
            }
        }
    }
}

/// What [`TreeHeads::run`] does, on the simulated clock.
async fn sign_heads(
    context: Context,
    mut exchange: Exchange,
    mut wire: Wire,
    mut tip: watch::Receiver<Option<convoy_types::header::Header>>,
) {
    loop {
        select! {
            changed = tip.changed() => {
                if changed.is_err() {
                    return;
                }
                let header = *tip.borrow_and_update();
                if let Some(message) = exchange.grew(header.as_ref()) {
                    let _ = wire.outgoing.try_send((None, message));
                }
                context.sleep(PACE).await;
            },
            heard = wire.incoming.recv() => {
                let Some((_, message)) = heard else { return };
                exchange.heard(&message);
            },
        }
    }
}

/// What the read model's thread does, as a task: writes what has come, all of it in one transaction.
async fn project(
    context: Context,
    projector: Arc<Mutex<Projector>>,
    mut blocks: mpsc::Receiver<ProjectedBlock>,
) {
    while let Some(first) = blocks.recv().await {
        let mut all = vec![first];
        while let Ok(more) = blocks.try_recv() {
            all.push(more);
        }
        projector.lock().unwrap().apply(&all).unwrap();
        context.sleep(PROJECT).await;
    }
}
