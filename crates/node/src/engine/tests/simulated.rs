//! The same node in the deterministic runtime, with everything against it: a seed gives the same run again.

use super::{
    cluster::{MemorySink, ToyMempool, seats},
    roomy,
    toy::{Liar, Noting, ToyCore, change},
};
use crate::engine::{
    EngineConfig, EngineHandle, Surroundings, Timeouts,
    contract::{Core, Hash},
    message_bytes_max,
    network::{CHANNELS, Directory, Peer, lanes, quota},
    pace::ClockOffset,
    start_on,
};
use commonware_cryptography::{Signer as _, ed25519::PrivateKey};
use commonware_p2p::simulated::{Config, Link, Network, Oracle};
use commonware_runtime::{
    Clock as _, Handle, Runner as _, Spawner as _, Supervisor as _, deterministic,
};
use commonware_utils::{NZUsize, Probability, channel::oneshot};
use std::{net::SocketAddr, sync::Arc, time::Duration};

type Context = deterministic::Context;
type Key = commonware_cryptography::ed25519::PublicKey;

/// A node that runs, or ran.
struct Member {
    engine: EngineHandle,
    sink: Arc<MemorySink>,
    mempool: Arc<ToyMempool>,
    task: Handle<()>,
}

/// Four nodes and what connects them.
struct World {
    context: Context,
    oracle: Oracle<Key, Context>,
    keys: Vec<PrivateKey>,
    cores: Vec<Arc<dyn Core>>,
    clocks: Vec<i64>,
    link: Link,
    members: Vec<Member>,
    restarts: u64,
    submitted: u64,
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

/// What the largest message of a simulation needs, a state page.
const MESSAGE_BYTES: u32 = 256 * 1024;

fn config(keys: &[PrivateKey], index: usize, clock_ms: i64) -> EngineConfig {
    let signer = keys[index].clone();
    let mut config = EngineConfig::new([5; 32], b"simulated".to_vec(), signer, seats(keys));
    config.clock = ClockOffset(clock_ms);
    config.pace.heartbeat = Duration::from_millis(200);
    config.timeouts = Timeouts::for_heartbeat(config.pace.heartbeat);
    config.partition_prefix = format!("node-{index}");
    config
}

impl World {
    async fn new(
        context: Context,
        cores: Vec<Arc<dyn Core>>,
        clocks: Vec<i64>,
        loss_percent: u64,
    ) -> Self {
        let keys: Vec<PrivateKey> = (0..4).map(PrivateKey::from_seed).collect();
        let surroundings = Surroundings {
            core: Arc::new(ToyCore),
            mempool: Arc::new(ToyMempool::default()),
            sink: Arc::new(MemorySink::default()),
        };
        let settings = Config {
            // The simulated network allocates as much for every message, and no decision of members is among these.
            max_size: message_bytes_max(&config(&keys, 0, 0), &surroundings).min(MESSAGE_BYTES),
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
            oracle,
            keys,
            cores,
            clocks,
            link,
            members: Vec::new(),
            restarts: 0,
            submitted: 0,
        };
        world.link(|_, _| true).await;
        for index in 0..4 {
            let member = world.launch(index, Arc::default()).await;
            world.members.push(member);
        }
        world
    }

    async fn launch(&mut self, index: usize, sink: Arc<MemorySink>) -> Member {
        let config = config(&self.keys, index, self.clocks[index]);
        let mempool = Arc::new(ToyMempool::default());
        let surroundings = Surroundings {
            core: self.cores[index].clone(),
            mempool: mempool.clone(),
            sink: sink.clone(),
        };
        let peers = peers(&self.keys);
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
        let (ready, started) = oneshot::channel();
        let task = context.spawn(move |context| async move {
            let lanes = lanes(channels);
            let started = start_on(context, config, surroundings, lanes, directory, peers).await;
            let _ = ready.send(started.unwrap());
            std::future::pending::<()>().await;
        });
        let engine = started.await.unwrap();
        Member {
            engine,
            sink,
            mempool,
            task,
        }
    }

    /// Ends a node without telling it, and starts it again after a while.
    async fn crash(&mut self, index: usize, away: Duration) {
        self.members[index].task.abort();
        self.context.sleep(away).await;
        let sink = self.members[index].sink.clone();
        self.members[index] = self.launch(index, sink).await;
    }

    /// Ends all nodes at once without telling them, and starts them again.
    async fn crash_all(&mut self) {
        self.members.iter().for_each(|member| member.task.abort());
        for index in 0..4 {
            let sink = self.members[index].sink.clone();
            self.members[index] = self.launch(index, sink).await;
        }
    }

    /// Connects exactly the pairs that `connected` names.
    async fn link(&self, connected: impl Fn(usize, usize) -> bool) {
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

    /// Gives every node a new statement, as gossip would.
    fn submit(&mut self) -> Hash {
        self.submitted += 1;
        let body = self.submitted.to_be_bytes();
        self.submit_bytes(&body)
    }

    fn submit_bytes(&self, body: &[u8]) -> Hash {
        let ids = self.members.iter().map(|member| member.mempool.add(body).0);
        ids.fold(Hash::default(), |_, id| id)
    }

    /// Waits until all nodes delivered the statement.
    async fn wait_for(&self, id: Hash, patience: Duration) {
        let end = self.context.current() + patience;
        while !self.members.iter().all(|member| member.sink.has(&[id])) {
            let heights: Vec<u64> = self
                .members
                .iter()
                .map(|member| member.sink.height())
                .collect();
            assert!(
                self.context.current() < end,
                "not final everywhere; heights {heights:?}"
            );
            self.context.sleep(Duration::from_millis(50)).await;
        }
    }

    /// Every node has the same blocks, time goes on, and none of them was proposed by `never`.
    fn check(&self, never: &[usize]) -> u64 {
        let last = self
            .members
            .iter()
            .map(|member| member.sink.height())
            .min()
            .unwrap();
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

fn honest() -> Vec<Arc<dyn Core>> {
    super::honest()
}

#[test]
fn wrong_clocks_cost_time_but_never_split_the_chain() {
    roomy(|| {
        deterministic::Runner::seeded(7).start(|context| async move {
            // One is far ahead: nobody votes for its blocks in time. One lags within what is allowed.
            let clocks = vec![60_000, -1_500, 0, 700];
            let mut world = World::new(context, honest(), clocks, 1).await;
            for _ in 0..20 {
                let id = world.submit();
                world.wait_for(id, Duration::from_secs(30)).await;
            }
            assert!(world.check(&[0]) >= 20);
        });
    });
}

#[test]
fn a_block_told_before_its_state_was_written_survives_the_crash_of_all() {
    roomy(|| {
        deterministic::Runner::seeded(11).start(|context| async move {
            let cores: Vec<Arc<Noting>> = (0..4).map(|_| Arc::default()).collect();
            let given = cores.iter().map(|core| Arc::clone(core) as Arc<dyn Core>);
            let mut world = World::new(context, given.collect(), vec![0; 4], 0).await;
            let mut taken_back = 0;
            for _ in 0..5 {
                let id = world.submit();
                world.wait_for(id, Duration::from_secs(30)).await;
                let told: Vec<u64> = world.members.iter().map(|one| one.sink.height()).collect();
                world.crash_all().await;
                for ((member, core), told) in world.members.iter().zip(&cores).zip(told) {
                    assert!(member.engine.reached(told).await);
                    for height in 1..=told {
                        let outcomes = member.engine.outcomes(height).await;
                        assert_eq!(outcomes, member.sink.record(height), "block {height}");
                    }
                    let again = core.take();
                    taken_back += usize::from(again.iter().any(|height| *height <= told));
                }
            }
            assert!(
                taken_back >= 10,
                "{taken_back} of 20 nodes had told more than they wrote"
            );
            let last = world.submit();
            world.wait_for(last, Duration::from_secs(30)).await;
            world.check(&[]);
        });
    });
}

/// One run: loss, a Byzantine leader, a wrong clock, a partition, crashes; then peace, in which everything
/// must become final everywhere.
async fn run_with_faults(context: Context, seed: u64) -> u64 {
    let mut dice = seed;
    let mut roll = |sides: u64| {
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    let liar = roll(4) as usize;
    let mut cores = honest();
    cores[liar] = Arc::new(Liar::Proposing);
    let mut clocks = vec![0; 4];
    clocks[roll(4) as usize] = roll(8_000) as i64 - 4_000;
    let mut world = World::new(context, cores, clocks, roll(10)).await;
    let second = Duration::from_secs(1);
    for _ in 0..5 {
        world.submit();
        world.context.sleep(second / 3).await;
    }
    let alone = roll(4) as usize;
    world
        .link(|from, to| {
            (from == alone) == (to == alone) && (seed.is_multiple_of(2) || (from < 2) == (to < 2))
        })
        .await;
    for _ in 0..5 {
        world.submit();
        world.context.sleep(second).await;
    }
    world.link(|_, _| true).await;
    for _ in 0..6 {
        let index = roll(4) as usize;
        world.crash(index, Duration::from_millis(roll(3_000))).await;
        world.submit();
        world
            .context
            .sleep(Duration::from_millis(roll(2_000)))
            .await;
    }
    let last = world.submit();
    world.wait_for(last, Duration::from_secs(120)).await;
    for member in &world.members {
        let proof = member.engine.prove([7; 32]).await.unwrap();
        proof.verify().unwrap();
    }
    world.check(&[liar])
}

#[test]
fn ten_seeds_of_faults_end_in_one_chain() {
    roomy(|| {
        for seed in 0..10 {
            let run = |context| run_with_faults(context, seed);
            let height = deterministic::Runner::seeded(seed).start(run);
            println!("seed {seed}: one chain of {height} blocks");
        }
    });
}

/// The set of validators changes three times under loss, while nodes crash around the ends of epochs and one is cut off.
async fn run_with_changes(context: Context, seed: u64) -> u64 {
    let mut world = World::new(context, honest(), vec![0; 4], 3 + seed % 6).await;
    let sets: [&[u8]; 3] = [&[0, 1, 2], &[0, 1, 2, 3], &[1, 2, 3]];
    for (round, set) in sets.into_iter().enumerate() {
        let cut = (seed as usize + round) % 4;
        world.submit_bytes(&change(4, set));
        world
            .context
            .sleep(Duration::from_millis(300 + 70 * seed))
            .await;
        world.link(|from, to| from != cut && to != cut).await;
        world.context.sleep(Duration::from_secs(2)).await;
        world.link(|_, _| true).await;
        world
            .crash((cut + 1) % 4, Duration::from_millis(100 * seed))
            .await;
        let id = world.submit();
        world.wait_for(id, Duration::from_secs(120)).await;
        let end = world.context.current() + Duration::from_secs(120);
        let epoch = round as u64 + 1;
        while world
            .members
            .iter()
            .any(|member| member.engine.epoch() < epoch)
        {
            assert!(
                world.context.current() < end,
                "epoch {epoch} is not known everywhere"
            );
            // A crashed node's statements are gone with it: the change may have to be asked for again.
            world.submit_bytes(&change(4, set));
            world.submit();
            world.context.sleep(Duration::from_millis(500)).await;
        }
        let id = world.submit();
        world.wait_for(id, Duration::from_secs(120)).await;
    }
    for commit in world.members[2].sink.commits() {
        let epoch = commit.header.core.epoch;
        let set = world.members[2].engine.validators(epoch).unwrap();
        assert!(
            set.iter()
                .any(|validator| validator.key == commit.place.leader)
        );
    }
    world.check(&[])
}

#[test]
fn the_set_changes_under_loss_cuts_and_crashes() {
    roomy(|| {
        for seed in 0..5 {
            let run = |context| run_with_changes(context, seed);
            let height = deterministic::Runner::seeded(seed).start(run);
            println!("seed {seed}: one chain of {height} blocks over four epochs");
        }
    });
}

#[test]
fn a_seed_gives_the_same_run_again() {
    roomy(|| {
        let run = |_| {
            deterministic::Runner::seeded(3).start(|context| async move {
                let height = run_with_faults(context.child("run"), 3).await;
                (height, context.auditor().state())
            })
        };
        assert_eq!(run(1), run(2));
    });
}
