//! The same engine in the deterministic runtime, around a toy core.
//!
//! The toy is for what it shows best: sets of validators that change by a word, blocks executed again, a clock that is far off. What befalls
//! whole nodes is in [`super::whole`].

use super::{
    cluster::{MemorySink, ToyMempool, seats},
    honest, roomy,
    toy::{Noting, change},
    world::{Kind, Member, World},
};
use crate::engine::{
    EngineConfig, EngineHandle, Surroundings, Timeouts,
    contract::{Core, Hash},
};
use commonware_cryptography::ed25519::PrivateKey;
use commonware_runtime::{
    Clock as _, Runner as _,
    deterministic::{self, Context},
};
use std::{sync::Arc, time::Duration};

/// Nodes with toys on their engines.
struct Toys {
    cores: Vec<Arc<dyn Core>>,
    submitted: u64,
}

impl Kind for Toys {
    type Opened = Arc<ToyMempool>;
    type Running = Arc<ToyMempool>;

    fn config(&self, keys: &[PrivateKey], index: usize) -> EngineConfig {
        let signer = keys[index].clone();
        let mut config = EngineConfig::new([5; 32], b"simulated".to_vec(), signer, seats(keys));
        config.pace.heartbeat = Duration::from_millis(200);
        config.timeouts = Timeouts::for_heartbeat(config.pace.heartbeat);
        config
    }

    fn open(&self, index: usize, told: &Arc<MemorySink>) -> (Surroundings, Arc<ToyMempool>) {
        let mempool = Arc::new(ToyMempool::default());
        let surroundings = Surroundings {
            core: self.cores[index].clone(),
            mempool: mempool.clone(),
            sink: told.clone(),
        };
        (surroundings, mempool)
    }

    fn start(
        &self,
        _: usize,
        _: &Context,
        _: &EngineHandle,
        mempool: Arc<ToyMempool>,
    ) -> Arc<ToyMempool> {
        mempool
    }

    fn submit(&mut self, _: &Context, members: &[Member<Arc<ToyMempool>>]) {
        self.submitted += 1;
        give(members, &self.submitted.to_be_bytes());
    }
}

/// Gives every node a statement, as gossip would.
fn give(members: &[Member<Arc<ToyMempool>>], body: &[u8]) -> Hash {
    let ids = members.iter().map(|member| member.running.add(body).0);
    ids.fold(Hash::default(), |_, id| id)
}

async fn world(
    context: Context,
    cores: Vec<Arc<dyn Core>>,
    clocks: Vec<i64>,
    loss_percent: u64,
) -> World<Toys> {
    let toys = Toys {
        cores,
        submitted: 0,
    };
    World::new(context, toys, clocks, loss_percent).await
}

impl World<Toys> {
    /// Gives every node a new statement and waits until all of them delivered it.
    async fn submit_and_wait(&mut self, patience: Duration) {
        self.submit();
        let id = give(&self.members, &self.kind.submitted.to_be_bytes());
        let end = self.context.current() + patience;
        while !self.members.iter().all(|member| member.sink.has(&[id])) {
            let heights = self.heights();
            assert!(
                self.context.current() < end,
                "not final everywhere; heights {heights:?}"
            );
            self.context.sleep(Duration::from_millis(50)).await;
        }
    }
}

#[test]
fn wrong_clocks_cost_time_but_never_split_the_chain() {
    roomy(|| {
        deterministic::Runner::seeded(7).start(|context| async move {
            // One is far ahead: nobody votes for its blocks in time. One lags within what is allowed.
            let clocks = vec![60_000, -1_500, 0, 700];
            let mut world = world(context, honest(), clocks, 1).await;
            for _ in 0..20 {
                world.submit_and_wait(Duration::from_secs(30)).await;
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
            let mut world = world(context, given.collect(), vec![0; 4], 0).await;
            let mut taken_back = 0;
            for _ in 0..5 {
                world.submit_and_wait(Duration::from_secs(30)).await;
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
            world.submit_and_wait(Duration::from_secs(30)).await;
            world.check(&[]);
        });
    });
}

/// The set of validators changes three times under loss, while nodes crash around the ends of epochs and one is cut off.
async fn run_with_changes(context: Context, seed: u64) -> u64 {
    let mut world = world(context, honest(), vec![0; 4], 3 + seed % 6).await;
    let sets: [&[u8]; 3] = [&[0, 1, 2], &[0, 1, 2, 3], &[1, 2, 3]];
    for (round, set) in sets.into_iter().enumerate() {
        let cut = (seed as usize + round) % 4;
        give(&world.members, &change(4, set));
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
        world.submit_and_wait(Duration::from_secs(120)).await;
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
            give(&world.members, &change(4, set));
            world.submit();
            world.context.sleep(Duration::from_millis(500)).await;
        }
        world.submit_and_wait(Duration::from_secs(120)).await;
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
