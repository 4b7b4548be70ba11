//! Four nodes in the deterministic runtime and the network between them, and what befalls them.
//!
//! What runs on a node's engine is a [`Kind`]: a toy, or all of a real node ([`super::whole`]).

use super::cluster::MemorySink;
use crate::engine::{
    EngineConfig, EngineHandle, Surroundings,
    network::{CHANNELS, Directory, Lanes, Peer, lanes, quota},
    pace::ClockOffset,
    start_on,
};
use commonware_cryptography::{Signer as _, ed25519::PrivateKey};
use commonware_p2p::simulated::{
    Config, Control, Link, Manager, Network, Oracle, Receiver, Sender,
};
use commonware_runtime::{
    Clock as _, Handle, Spawner as _, Supervisor as _, deterministic::Context,
};
use commonware_utils::{NZUsize, Probability, channel::oneshot};
use std::{net::SocketAddr, sync::Arc, time::Duration};

type Key = commonware_cryptography::ed25519::PublicKey;

/// What the nodes of a world are, beside the engine.
pub trait Kind: 'static {
    /// What a node has before its engine starts.
    type Opened;
    /// What runs on a node's engine, until the node crashes.
    type Running;

    /// The settings of a node's engine.
    fn config(&self, keys: &[PrivateKey], index: usize) -> EngineConfig;

    /// A node as it starts, also after a crash. Whatever it reports final, it tells to `told` before.
    fn open(&self, index: usize, told: &Arc<MemorySink>) -> (Surroundings, Self::Opened);

    /// Starts what runs on the engine.
    fn start(
        &self,
        index: usize,
        context: &Context,
        engine: &EngineHandle,
        opened: Self::Opened,
    ) -> Self::Running;

    /// Gives the nodes something more to make final.
    fn submit(&mut self, context: &Context, members: &[Member<Self::Running>]);
}

/// A node that runs, or ran.
pub struct Member<R> {
    pub engine: EngineHandle,
    /// What the node ever reported, also before a crash.
    pub sink: Arc<MemorySink>,
    pub running: R,
    task: Handle<()>,
}

/// Four nodes and what connects them.
pub struct World<K: Kind> {
    pub context: Context,
    pub kind: K,
    pub members: Vec<Member<K::Running>>,
    keys: Vec<PrivateKey>,
    oracle: Oracle<Key, Context>,
    clocks: Vec<i64>,
    link: Link,
    restarts: u64,
}

/// The simulated network finds peers by their keys.
fn peers(keys: &[PrivateKey]) -> Vec<Peer> {
    let address: SocketAddr = "127.0.0.1:1".parse().unwrap();
    let peer = |key: &PrivateKey| Peer {
        key: key.public_key(),
        address,
    };
    keys.iter().map(peer).collect()
}

/// What the largest message of a simulation needs, a state page: less than the engine allows, because the simulated network allocates as much
/// for every message.
const MESSAGE_BYTES: u32 = 256 * 1024;

/// The consensus keys of the four.
pub fn keys() -> Vec<PrivateKey> {
    (0..4).map(PrivateKey::from_seed).collect()
}

/// Starts an engine in a task of its own, which ends it where it is aborted. Apart from any [`Kind`]: it takes long to compile.
async fn start(
    context: Context,
    (config, surroundings): (EngineConfig, Surroundings),
    lanes: Lanes<Sender<Key, Context>, Receiver<Key>>,
    directory: Directory<Manager<Key, Context>, Control<Key, Context>>,
    peers: Vec<Peer>,
) -> (Context, EngineHandle, Handle<()>) {
    let (ready, started) = oneshot::channel();
    let task = context.spawn(move |context| async move {
        let own = context.child("around");
        let started = start_on(context, config, surroundings, lanes, directory, peers).await;
        let _ = ready.send((own, started.unwrap()));
        std::future::pending::<()>().await;
    });
    let (context, engine) = started.await.unwrap();
    (context, engine, task)
}

impl<K: Kind> World<K> {
    pub async fn new(context: Context, kind: K, clocks: Vec<i64>, loss_percent: u64) -> Self {
        let keys = keys();
        let settings = Config {
            max_size: MESSAGE_BYTES,
            max_peers_per_set: NZUsize!(4),
            disconnect_on_block: true,
            tracked_peer_sets: NZUsize!(3),
        };
        let peers: Vec<Key> = keys.iter().map(PrivateKey::public_key).collect();
        let (network, oracle) =
            Network::new_with_peers(context.child("network"), settings, peers).await;
        network.start();
        let link = Link {
            latency: Duration::from_millis(20),
            jitter: Duration::from_millis(5),
            success_rate: Probability::new(100 - loss_percent, 100).unwrap(),
        };
        let mut world = Self {
            context,
            kind,
            members: Vec::new(),
            keys,
            oracle,
            clocks,
            link,
            restarts: 0,
        };
        world.link(|_, _| true).await;
        for index in 0..4 {
            let member = world.launch(index, Arc::default()).await;
            world.members.push(member);
        }
        world
    }

    async fn launch(&mut self, index: usize, sink: Arc<MemorySink>) -> Member<K::Running> {
        let mut config = self.kind.config(&self.keys, index);
        config.clock = ClockOffset(self.clocks[index]);
        config.partition_prefix = format!("node-{index}");
        let (surroundings, opened) = self.kind.open(index, &sink);
        let control = self.oracle.control(config.signer.public_key());
        let mut channels = Vec::new();
        for (channel, rate, burst) in CHANNELS {
            channels.push(control.register(channel, quota(rate, burst)).await.unwrap());
        }
        let directory = Directory {
            provider: self.oracle.manager(),
            blocker: control,
        };
        self.restarts += 1;
        let context = self
            .context
            .child("node")
            .with_attribute("start", self.restarts);
        let (context, engine, task) = start(
            context,
            (config, surroundings),
            lanes(channels),
            directory,
            peers(&self.keys),
        )
        .await;
        let running = self.kind.start(index, &context, &engine, opened);
        Member {
            engine,
            sink,
            running,
            task,
        }
    }

    /// Gives the nodes something more to make final.
    pub fn submit(&mut self) {
        self.kind.submit(&self.context, &self.members);
    }

    /// Ends a node without telling it, and starts it again after a while.
    pub async fn crash(&mut self, index: usize, away: Duration) {
        self.members[index].task.abort();
        self.context.sleep(away).await;
        let sink = self.members[index].sink.clone();
        self.members[index] = self.launch(index, sink).await;
    }

    /// Ends all nodes at once without telling them, and starts them again.
    pub async fn crash_all(&mut self) {
        self.members.iter().for_each(|member| member.task.abort());
        for index in 0..4 {
            let sink = self.members[index].sink.clone();
            self.members[index] = self.launch(index, sink).await;
        }
    }

    /// Connects exactly the pairs that `connected` names.
    pub async fn link(&self, connected: impl Fn(usize, usize) -> bool) {
        for from in 0..4 {
            for to in (0..4).filter(|to| *to != from) {
                let (a, b) = (self.keys[from].public_key(), self.keys[to].public_key());
                let _ = self.oracle.remove_link(a.clone(), b.clone()).await;
                if connected(from, to) {
                    self.oracle.add_link(a, b, self.link.clone()).await.unwrap();
                }
            }
        }
    }

    /// How far each node reported blocks.
    pub fn heights(&self) -> Vec<u64> {
        let heights = self.members.iter().map(|member| member.sink.height());
        heights.collect()
    }

    /// Every node has the same blocks, time goes on, and none of them was proposed by `never`. How many all of them have.
    pub fn check(&self, never: &[usize]) -> u64 {
        let last = self.heights().into_iter().min().unwrap();
        let mut before = 0;
        for height in 1..=last {
            let header = self.members[0].sink.header(height);
            for member in &self.members {
                assert_eq!(member.sink.header(height), header, "height {height}");
            }
            assert!(header.core.time_ms > before, "time goes on");
            before = header.core.time_ms;
        }
        let never: Vec<Vec<u8>> = never
            .iter()
            .map(|index| self.keys[*index].public_key().as_ref().to_vec())
            .collect();
        for commit in self.members[0].sink.commits() {
            assert!(
                !never.contains(&commit.place.leader.to_vec()),
                "a block that must not be final"
            );
        }
        last
    }
}

/// What a seed brings upon a network: loss, a Byzantine leader, a wrong clock, a partition, crashes.
pub struct Faults {
    seed: u64,
    dice: u64,
    /// Who lies as a leader.
    pub liar: usize,
    pub clocks: Vec<i64>,
    pub loss_percent: u64,
}

impl Faults {
    pub fn of_seed(seed: u64) -> Self {
        let mut faults = Self {
            seed,
            dice: seed,
            liar: 0,
            clocks: vec![0; 4],
            loss_percent: 0,
        };
        faults.liar = faults.roll(4) as usize;
        let offset = faults.roll(8_000) as i64 - 4_000;
        let wrong = faults.roll(4) as usize;
        faults.clocks[wrong] = offset;
        faults.loss_percent = faults.roll(10);
        faults
    }

    pub fn roll(&mut self, sides: u64) -> u64 {
        self.dice = self
            .dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 33) % sides
    }

    /// Lets it all happen while statements come in. All nodes run and are connected at the end.
    pub async fn befall<K: Kind>(&mut self, world: &mut World<K>) {
        let second = Duration::from_secs(1);
        for _ in 0..5 {
            world.submit();
            world.context.sleep(second / 3).await;
        }
        let (alone, halves) = (self.roll(4) as usize, !self.seed.is_multiple_of(2));
        world
            .link(|from, to| {
                (from == alone) == (to == alone) && (!halves || (from < 2) == (to < 2))
            })
            .await;
        for _ in 0..5 {
            world.submit();
            world.context.sleep(second).await;
        }
        world.link(|_, _| true).await;
        for _ in 0..6 {
            let index = self.roll(4) as usize;
            let away = Duration::from_millis(self.roll(3_000));
            world.crash(index, away).await;
            world.submit();
            let pause = Duration::from_millis(self.roll(2_000));
            world.context.sleep(pause).await;
        }
    }
}
