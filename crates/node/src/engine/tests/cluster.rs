//! Validators in this process, each with its own runtime, directory and loopback address.

use crate::engine::{
    self, Commit, CommitSink, EngineConfig, EngineError, EngineHandle, Header, HistoryFiles,
    NetworkConfig, Pace, Peer, Statement, StoredEntry, Surroundings, Timeouts, Validator, Wire,
    contract::{Ancestry, Core, Hash, Mempool, Waiting},
    supervise::{RuntimeConfig, run},
};
use bytes::Bytes;
use commonware_cryptography::{Signer as _, ed25519::PrivateKey};
use futures::future::BoxFuture;
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, HashSet},
    future::Future,
    net::SocketAddr,
    num::NonZeroUsize,
    path::PathBuf,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicU16, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::sync::{Notify, oneshot};

/// First come, first served; no limits.
#[derive(Default)]
pub struct ToyMempool {
    waiting: Mutex<Vec<Statement>>,
    included: Mutex<HashSet<Hash>>,
    seen: Mutex<HashSet<Hash>>,
    changed: Arc<Notify>,
}

impl ToyMempool {
    /// Adds a statement; false when it is known.
    pub fn add(&self, bytes: &[u8]) -> (Hash, bool) {
        let id: Hash = Sha256::digest(bytes).into();
        let new = self.seen.lock().unwrap().insert(id);
        if new {
            self.waiting.lock().unwrap().push(Statement {
                id,
                bytes: bytes.to_vec().into(),
            });
            self.changed.notify_waiters();
        }
        (id, new)
    }

    /// What is in no block yet.
    fn left(&self) -> Vec<Statement> {
        let included = self.included.lock().unwrap();
        let waiting = self.waiting.lock().unwrap();
        let left = waiting
            .iter()
            .filter(|statement| !included.contains(&statement.id));
        left.cloned().collect()
    }
}

impl Mempool for ToyMempool {
    fn waiting(&self) -> Waiting {
        let left = self.left();
        Waiting {
            count: left.len(),
            bytes: left.iter().map(|statement| statement.bytes.len()).sum(),
        }
    }

    fn changed(&self) -> BoxFuture<'static, ()> {
        let notified = self.changed.clone().notified_owned();
        Box::pin(notified)
    }

    fn take(&self, ancestry: &Ancestry, count_max: usize, bytes_max: usize) -> Vec<Statement> {
        let mut left = bytes_max;
        let waiting = self.waiting.lock().unwrap();
        let wanted = waiting
            .iter()
            .filter(|statement| !ancestry.contains(&statement.id));
        let fits = wanted.take_while(|statement| {
            let fits = statement.bytes.len() <= left;
            left = left.saturating_sub(statement.bytes.len());
            fits
        });
        fits.take(count_max).cloned().collect()
    }

    fn included(&self, ids: &[Hash]) {
        self.included.lock().unwrap().extend(ids);
        self.seen.lock().unwrap().extend(ids);
    }

    fn released(&self, ids: &[Hash]) {
        let mut included = self.included.lock().unwrap();
        ids.iter().for_each(|id| {
            included.remove(id);
        });
        self.changed.notify_waiters();
    }

    fn finalized(&self, _height: u64, ids: &[Hash]) {
        let ids: HashSet<&Hash> = ids.iter().collect();
        self.waiting
            .lock()
            .unwrap()
            .retain(|statement| !ids.contains(&statement.id));
        self.included.lock().unwrap().retain(|id| !ids.contains(id));
    }

    fn refused(&self, id: &Hash, reason: &str) {
        panic!("the toy core refuses nothing: {} {reason}", hex::encode(id));
    }
}

/// Keeps everything; survives its node, as a read model does.
#[derive(Default)]
pub struct MemorySink {
    commits: Mutex<BTreeMap<u64, Commit>>,
    grew: Condvar,
}

impl MemorySink {
    pub fn height(&self) -> u64 {
        self.commits
            .lock()
            .unwrap()
            .last_key_value()
            .map_or(0, |(height, _)| *height)
    }

    pub fn first(&self) -> u64 {
        self.commits
            .lock()
            .unwrap()
            .first_key_value()
            .map_or(0, |(height, _)| *height)
    }

    pub fn header(&self, height: u64) -> Header {
        self.commits.lock().unwrap()[&height].header
    }

    /// What the block of this height executed to.
    pub fn record(&self, height: u64) -> Option<Bytes> {
        self.commits.lock().unwrap()[&height].record.clone()
    }

    pub fn commits(&self) -> Vec<Commit> {
        self.commits.lock().unwrap().values().cloned().collect()
    }

    pub fn commit_of(&self, id: &Hash) -> Commit {
        let commits = self.commits();
        commits
            .into_iter()
            .find(|commit| {
                commit
                    .statements
                    .iter()
                    .any(|statement| statement.id == *id)
            })
            .unwrap()
    }

    /// Loses what came after a height, as a read model restored from a backup does.
    pub fn forget_after(&self, height: u64) {
        self.commits.lock().unwrap().split_off(&(height + 1));
    }

    /// Whether all statements were delivered.
    pub fn has(&self, ids: &[Hash]) -> bool {
        let commits = self.commits.lock().unwrap();
        let seen: HashSet<Hash> = commits
            .values()
            .flat_map(|commit| commit.statements.iter().map(|statement| statement.id))
            .collect();
        ids.iter().all(|id| seen.contains(id))
    }

    /// Returns when all statements were delivered.
    pub fn wait_for(&self, ids: &[Hash], patience: Duration) {
        let end = Instant::now() + patience;
        let mut commits = self.commits.lock().unwrap();
        loop {
            let seen: HashSet<Hash> = commits
                .values()
                .flat_map(|commit| commit.statements.iter().map(|statement| statement.id))
                .collect();
            let missing = ids.iter().filter(|id| !seen.contains(*id)).count();
            if missing == 0 {
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{missing} of {} statements are not final after {patience:?}",
                ids.len()
            );
            commits = self.grew.wait_timeout(commits, left).unwrap().0;
        }
    }
}

impl CommitSink for MemorySink {
    fn next_height(&self) -> u64 {
        self.height() + 1
    }

    fn deliver(&self, commit: Commit) -> BoxFuture<'_, ()> {
        let height = commit.header.core.height;
        let last = self
            .commits
            .lock()
            .unwrap()
            .last_key_value()
            .map(|(last, _)| *last);
        // Not under the lock: a node that breaks this stops, and the others are still compared.
        assert!(
            last.is_none_or(|last| height <= last + 1),
            "block {height} comes before its parent"
        );
        self.commits.lock().unwrap().insert(height, commit);
        self.grew.notify_all();
        Box::pin(async {})
    }
}

/// A validator.
pub struct Node {
    pub key: Hash,
    pub engine: EngineHandle,
    pub sink: Arc<MemorySink>,
    pub mempool: Arc<ToyMempool>,
    submit: tokio::sync::mpsc::UnboundedSender<Vec<u8>>,
    kill: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), EngineError>>>,
}

impl Node {
    /// Gives the node a statement, which it passes on to the others.
    pub fn submit(&self, bytes: &[u8]) -> Hash {
        let (id, _) = self.mempool.add(bytes);
        self.submit.send(bytes.to_vec()).unwrap();
        id
    }

    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        futures::executor::block_on(future)
    }
}

/// Passes statements on, one per message, and tells those that wait again: a message to a peer that is not connected
/// yet is lost.
async fn gossip(
    mempool: Arc<ToyMempool>,
    mut wire: Wire,
    mut own: tokio::sync::mpsc::UnboundedReceiver<Vec<u8>>,
) {
    let mut again = tokio::time::interval(Duration::from_millis(500));
    loop {
        tokio::select! {
            Some(bytes) = own.recv() => {
                let _ = wire.outgoing.send((None, bytes.into())).await;
            }
            Some((_, bytes)) = wire.incoming.recv() => {
                mempool.add(&bytes);
            }
            _ = again.tick() => {
                for statement in mempool.left() {
                    let _ = wire.outgoing.send((None, statement.bytes)).await;
                }
            }
            else => return,
        }
    }
}

/// Validators, and nodes that only observe: those after the validators.
pub struct Cluster {
    validators: usize,
    pub nodes: Vec<Node>,
    cores: Vec<Arc<dyn Core>>,
    keys: Vec<PrivateKey>,
    peers: Vec<Peer>,
    directories: Vec<TempDir>,
    pub tune: fn(&mut EngineConfig),
}

/// Where nobody else listens or dials from: below the ports that the system gives to whoever connects, by nextest's slot and a counter.
fn own_addresses(count: usize) -> Vec<SocketAddr> {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let slot = std::env::var("NEXTEST_TEST_GLOBAL_SLOT").ok();
    let slot: u16 = slot.and_then(|slot| slot.parse().ok()).unwrap_or(0);
    (0..count)
        .map(|_| TAKEN.fetch_add(1, Ordering::SeqCst))
        .map(|turn| ([127, 0, 0, 1], 15_000 + (slot % 64) * 64 + turn % 64).into())
        .collect()
}

impl Cluster {
    /// The keys of those that validate.
    pub fn validator_keys(&self) -> Vec<PrivateKey> {
        self.keys[..self.validators].to_vec()
    }

    pub fn start(cores: Vec<Arc<dyn Core>>) -> Self {
        Self::start_tuned(cores, |_| {})
    }

    pub fn start_tuned(cores: Vec<Arc<dyn Core>>, tune: fn(&mut EngineConfig)) -> Self {
        let count = cores.len();
        Self::start_some(cores, count, tune)
    }

    /// Starts everybody, of whom the first `validators` vote.
    pub fn start_observed(cores: Vec<Arc<dyn Core>>, validators: usize) -> Self {
        let count = cores.len();
        Self::start_observed_some(cores, validators, count, |_| {})
    }

    /// The same, with the first `count` of them.
    pub fn start_observed_some(
        cores: Vec<Arc<dyn Core>>,
        validators: usize,
        count: usize,
        tune: fn(&mut EngineConfig),
    ) -> Self {
        let mut cluster = Self::prepare(cores, validators, tune);
        for _ in 0..count {
            cluster.join();
        }
        cluster
    }

    /// Starts the first `count` of the validators.
    pub fn start_some(
        cores: Vec<Arc<dyn Core>>,
        count: usize,
        tune: fn(&mut EngineConfig),
    ) -> Self {
        let validators = cores.len();
        Self::start_observed_some(cores, validators, count, tune)
    }

    fn prepare(cores: Vec<Arc<dyn Core>>, validators: usize, tune: fn(&mut EngineConfig)) -> Self {
        let keys: Vec<PrivateKey> = (0..cores.len() as u64).map(PrivateKey::from_seed).collect();
        let addresses = own_addresses(cores.len());
        let peers: Vec<Peer> = keys
            .iter()
            .zip(addresses)
            .map(|(key, address)| Peer {
                key: key.public_key(),
                address,
            })
            .collect();
        let directories = (0..cores.len()).map(|_| TempDir::new().unwrap()).collect();
        Self {
            validators,
            nodes: Vec::new(),
            cores,
            keys,
            peers,
            directories,
            tune,
        }
    }

    /// Starts the next validator on an empty directory.
    pub fn join(&mut self) {
        let node = self.launch(self.nodes.len(), Arc::default());
        self.nodes.push(node);
    }

    fn config(&self, index: usize) -> (EngineConfig, NetworkConfig) {
        let namespace = b"convoy test network".to_vec();
        let signer = self.keys[index].clone();
        let mut config = EngineConfig::new(
            [5; 32],
            namespace.clone(),
            signer.clone(),
            seats(&self.keys[..self.validators]),
        );
        config.pace = Pace {
            heartbeat: Duration::from_millis(200),
            ..Pace::default()
        };
        config.timeouts = Timeouts::for_heartbeat(config.pace.heartbeat);
        config.page_cache_pages = NonZeroUsize::new(1_024).unwrap();
        (self.tune)(&mut config);
        let network = NetworkConfig {
            signer,
            namespace,
            listen: self.peers[index].address,
            peers: self.peers.clone(),
            peers_max: NonZeroUsize::new(8).unwrap(),
            allow_private_ips: true,
        };
        (config, network)
    }

    /// Adds blocks to the files of a killed node.
    pub fn write_history(&self, index: usize, entries: Vec<StoredEntry>) {
        let blocks_per_file = self.config(index).0.retention.blocks_per_file;
        let core = self.cores[index].clone();
        let written = run(self.runtime(index), |context| async move {
            let mut files = HistoryFiles::open(&context, blocks_per_file, &core).await?;
            for entry in &entries {
                files = files.put(entry).await?;
            }
            files.sync().await.map(drop)
        });
        written.unwrap().unwrap();
    }

    fn runtime(&self, index: usize) -> RuntimeConfig {
        RuntimeConfig {
            directory: self.directory(index),
            threads: 2,
        }
    }

    fn launch(&self, index: usize, sink: Arc<MemorySink>) -> Node {
        self.try_launch(index, sink).expect("the node starts")
    }

    fn try_launch(&self, index: usize, sink: Arc<MemorySink>) -> Result<Node, EngineError> {
        let (config, network) = self.config(index);
        let mempool = Arc::new(ToyMempool::default());
        let surroundings = Surroundings {
            core: self.cores[index].clone(),
            mempool: mempool.clone(),
            sink: sink.clone(),
        };
        let runtime = self.runtime(index);
        let (ready, started) = mpsc::channel();
        let (kill, killed) = oneshot::channel::<()>();
        let (submit, own) = tokio::sync::mpsc::unbounded_channel();
        let pool = mempool.clone();
        let builder = std::thread::Builder::new().stack_size(32 << 20);
        let node = move || {
            let ended = run(runtime, |context| async move {
                let engine = engine::start(context, config, network, surroundings)
                    .await
                    .unwrap();
                tokio::spawn(gossip(pool, engine.statements().unwrap(), own));
                ready.send(engine.clone()).unwrap();
                tokio::select! {
                    _ = killed => Ok(()),
                    ended = engine.ended() => ended,
                }
            });
            ended.and_then(|ended| ended)
        };
        let thread = builder.spawn(node).unwrap();
        let Ok(engine) = started.recv() else {
            return Err(thread.join().unwrap().unwrap_err());
        };
        let key: Hash = network_key(&self.keys[index]);
        Ok(Node {
            key,
            engine,
            sink,
            mempool,
            submit,
            kill: Some(kill),
            thread: Some(thread),
        })
    }

    /// Ends a node without telling it.
    pub fn kill(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        let _ = node.kill.take().unwrap().send(());
        node.thread.take().unwrap().join().unwrap().unwrap();
    }

    /// The data directory of a node.
    pub fn directory(&self, index: usize) -> PathBuf {
        self.directories[index].path().join("engine")
    }

    /// Starts a killed node on whatever its directory holds now, and kills it again once it delivered the
    /// statements or stopped by itself.
    ///
    /// Says why it stopped.
    pub fn try_restart(
        &mut self,
        index: usize,
        until: &[Hash],
        patience: Duration,
    ) -> Result<(), EngineError> {
        let sink = self.nodes[index].sink.clone();
        self.nodes[index] = self.try_launch(index, sink)?;
        let start = Instant::now();
        let node = &mut self.nodes[index];
        while !node.sink.has(until) && !node.thread.as_ref().unwrap().is_finished() {
            assert!(
                start.elapsed() < patience,
                "the node neither catches up nor stops"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = node.kill.take().unwrap().send(());
        node.thread.take().unwrap().join().unwrap()
    }

    /// Starts a killed node on its directory again.
    pub fn restart(&mut self, index: usize) {
        let sink = self.nodes[index].sink.clone();
        self.nodes[index] = self.launch(index, sink);
    }

    /// Stops a node gracefully.
    pub fn stop_one(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        node.block_on(node.engine.stop(Duration::from_secs(5)));
        if let Some(kill) = node.kill.take() {
            let _ = kill.send(());
            node.thread.take().unwrap().join().unwrap().unwrap();
        }
    }

    /// Stops all nodes gracefully.
    pub fn stop(mut self) {
        for index in 0..self.nodes.len() {
            self.stop_one(index);
        }
    }
}

/// The set in which each key is a member's validator.
pub fn seats(keys: &[PrivateKey]) -> Vec<Validator> {
    let seat = |key: &PrivateKey| Validator {
        member: format!("m{}", hex::encode(&network_key(key)[..4]))
            .parse()
            .unwrap(),
        key: network_key(key),
    };
    keys.iter().map(seat).collect()
}

fn network_key(key: &PrivateKey) -> Hash {
    let mut out = Hash::default();
    out.copy_from_slice(key.public_key().as_ref());
    out
}
