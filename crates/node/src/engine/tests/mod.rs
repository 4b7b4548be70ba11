//! A running network of four validators on loopback with real files, around a toy core.

mod cluster;
mod damage;
mod epochs;
mod golden;
mod measure;
mod proofs;
mod replay;
mod simulated;
mod toy;
mod whole;
mod world;

use super::{
    Boundaries, KeepFrom, Timeouts,
    contract::{Core, Hash},
};
use cluster::{Cluster, Node};
use commonware_consensus::types::{Epoch, Epocher as _, Height};
use std::{
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};
use toy::{LONG, Liar, ToyCore};

/// Long enough for a slow machine under load; a passing test waits for none of it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs on a thread with room for the large futures of unoptimised builds.
fn roomy(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(64 << 20);
    if let Err(panic) = thread.spawn(test).unwrap().join() {
        std::panic::resume_unwind(panic);
    }
}

fn honest() -> Vec<Arc<dyn Core>> {
    (0..4).map(|_| Arc::new(ToyCore) as Arc<dyn Core>).collect()
}

fn statements(from: usize, count: usize) -> Vec<Vec<u8>> {
    (from..from + count)
        .map(|number| format!("statement {number}").into_bytes())
        .collect()
}

/// Every node reports the same header at every height.
fn assert_same_chain(nodes: &[&Node]) {
    let shortest = nodes.iter().map(|node| node.sink.height()).min().unwrap();
    assert!(shortest > 0, "nothing is final");
    for height in 1..=shortest {
        let headers: Vec<_> = nodes.iter().map(|node| node.sink.header(height)).collect();
        for header in &headers {
            assert_eq!(header, &headers[0], "height {height}");
        }
    }
}

#[test]
fn heights_belong_to_the_epoch_whose_boundaries_enclose_them() {
    let boundaries = Boundaries::new(vec![10, 25]);
    for (height, epoch, first, last) in [
        (0, 0, 0, 10),
        (10, 0, 0, 10),
        (11, 1, 11, 25),
        (25, 1, 11, 25),
        (26, 2, 26, u64::MAX - 1),
        (1 << 40, 2, 26, u64::MAX - 1),
    ] {
        let found = boundaries.containing(Height::new(height)).unwrap();
        let epoch = Epoch::new(epoch);
        assert_eq!(found.epoch(), epoch, "height {height}");
        assert_eq!(boundaries.first(epoch), Some(Height::new(first)));
        assert_eq!(boundaries.last(epoch), Some(Height::new(last)));
    }
    assert_eq!(boundaries.first(Epoch::new(3)), None, "not begun");
}

#[test]
fn four_validators_finalise_statements_with_equal_roots() {
    let cluster = Cluster::start(honest());
    let bodies = statements(0, 100);
    let ids: Vec<Hash> = bodies
        .iter()
        .map(|body| cluster.nodes[0].submit(body))
        .collect();
    let nodes: Vec<&Node> = cluster.nodes.iter().collect();
    for node in &nodes {
        node.sink.wait_for(&ids, PATIENCE);
    }
    assert_same_chain(&nodes);
    let commit = nodes[3].sink.commit_of(&ids[42]);
    assert!(commit.record.is_some(), "outcomes travel with the block");
    let key = toy::key_of(&bodies[42]);
    for node in &nodes {
        let proof = node.block_on(node.engine.prove(key)).unwrap();
        assert_eq!(proof.value.unwrap()[..32], ids[42]);
        proof
            .verify()
            .expect("a record that is there is proved present");
        let absent = node.block_on(node.engine.prove([9; 32])).unwrap();
        assert_eq!(absent.value, None);
        absent
            .verify()
            .expect("a record that is not there is proved absent");
        assert_eq!(
            node.block_on(node.engine.read_counters(vec![key])).unwrap(),
            [Some(1)]
        );
        assert!(node.engine.metrics().contains("simplex"));
    }
    cluster.stop();
}

#[test]
fn a_record_that_is_read_while_blocks_change_it_is_of_one_block() {
    let cluster = Cluster::start(vec![Arc::new(ToyCore)]);
    let node = &cluster.nodes[0];
    let mut seen = Vec::new();
    let mut next = statements(0, 20).into_iter();
    assert!(node.block_on(node.engine.opened()));
    let started = Instant::now();
    while seen.len() < 20 {
        assert!(started.elapsed() < PATIENCE, "blocks go on");
        if next.len() == 20 - seen.len() {
            node.submit(&next.next().unwrap());
        }
        let read = node
            .engine
            .read_records(vec![LONG[0]], |_, _| vec![LONG[1]]);
        let cells = node.block_on(read).unwrap().remove(0);
        let Some(first) = cells.first() else { continue };
        assert_eq!(cells, [*first; 2], "its cells are of different blocks");
        if seen.last() != Some(first) {
            seen.push(*first);
        }
    }
    cluster.stop();
}

#[test]
fn an_observer_follows_serves_and_never_signs() {
    let cores = (0..5).map(|_| Arc::new(ToyCore) as Arc<dyn Core>);
    let cluster = Cluster::start_observed(cores.collect(), 4);
    let observer = &cluster.nodes[4];
    assert!(!observer.engine.votes() && cluster.nodes[0].engine.votes());
    let bodies = statements(0, 30);
    let mut ids: Vec<Hash> = bodies
        .iter()
        .map(|body| cluster.nodes[0].submit(body))
        .collect();
    ids.push(observer.submit(b"told to the observer"));
    for node in &cluster.nodes {
        node.sink.wait_for(&ids, PATIENCE);
    }
    let nodes: Vec<&Node> = cluster.nodes.iter().collect();
    assert_same_chain(&nodes);
    let key = toy::key_of(&bodies[7]);
    let proof = observer.block_on(observer.engine.prove(key)).unwrap();
    assert_eq!(proof.value.unwrap()[..32], ids[7]);
    proof.verify().unwrap();
    let commits = observer.sink.commits();
    assert!(
        commits
            .iter()
            .all(|commit| commit.place.leader != observer.key)
    );
    cluster.stop();
}

#[test]
fn a_killed_validator_catches_up_and_misses_nothing() {
    let mut cluster = Cluster::start(honest());
    let first: Vec<Hash> = statements(0, 20)
        .iter()
        .map(|body| cluster.nodes[0].submit(body))
        .collect();
    cluster.nodes[3].sink.wait_for(&first, PATIENCE);
    cluster.kill(3);
    let second: Vec<Hash> = statements(20, 20)
        .iter()
        .map(|body| cluster.nodes[1].submit(body))
        .collect();
    for node in &cluster.nodes[..3] {
        node.sink.wait_for(&second, PATIENCE);
    }
    cluster.restart(3);
    let all: Vec<Hash> = first.iter().chain(&second).copied().collect();
    cluster.nodes[3].sink.wait_for(&all, PATIENCE);
    let third: Vec<Hash> = statements(40, 20)
        .iter()
        .map(|body| cluster.nodes[3].submit(body))
        .collect();
    for node in &cluster.nodes {
        node.sink.wait_for(&third, PATIENCE);
    }
    let nodes: Vec<&Node> = cluster.nodes.iter().collect();
    assert_same_chain(&nodes);
    assert!(
        nodes[3]
            .sink
            .commits()
            .iter()
            .all(|commit| commit.record.is_some()),
        "no outcome was lost"
    );
    cluster.stop();
}

#[test]
fn all_validators_killed_at_once_lose_nothing_that_was_reported() {
    let mut cluster = Cluster::start(honest());
    let ids: Vec<Hash> = statements(0, 50)
        .iter()
        .map(|body| cluster.nodes[2].submit(body))
        .collect();
    cluster.nodes[0].sink.wait_for(&ids[..10], PATIENCE);
    for index in 0..4 {
        cluster.kill(index);
    }
    let reported = cluster.nodes[0].sink.commits();
    for index in 0..4 {
        cluster.restart(index);
    }
    let last = cluster.nodes[0].submit(b"after the restart");
    for node in &cluster.nodes {
        node.sink.wait_for(&[last], PATIENCE);
    }
    let nodes: Vec<&Node> = cluster.nodes.iter().collect();
    assert_same_chain(&nodes);
    for commit in reported {
        let again = nodes[1].sink.header(commit.header.core.height);
        assert_eq!(again, commit.header, "a reported block is still there");
    }
    cluster.stop();
}

#[test]
fn what_is_to_be_kept_is_held_against_pruning_until_it_is_let_go() {
    static KEEP_FROM: LazyLock<KeepFrom> = LazyLock::new(KeepFrom::all);
    let cluster = Cluster::start_tuned(vec![Arc::new(ToyCore)], |config| {
        config.pace.heartbeat = Duration::from_millis(20);
        config.timeouts = Timeouts::for_heartbeat(config.pace.heartbeat);
        config.retention.blocks = 20;
        config.retention.state_blocks = 0;
        config.retention.every_blocks = std::num::NonZeroUsize::new(5).unwrap();
        config.retention.blocks_per_file = std::num::NonZeroU64::new(8).unwrap();
        config.retention.keep_from = KEEP_FROM.clone();
    });
    let node = &cluster.nodes[0];
    let reached = |height: u64| {
        let start = Instant::now();
        while node.sink.height() < height {
            assert!(start.elapsed() < PATIENCE, "blocks go on");
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    let is_here = |height: u64| {
        let entry = node.block_on(node.engine.stored(height));
        (
            node.block_on(node.engine.block(height)).is_some(),
            entry.is_some(),
        )
    };
    reached(90);
    assert_eq!(is_here(1), (true, true), "kept with its outcomes");
    KEEP_FROM.set(50);
    let start = Instant::now();
    while is_here(8) != (false, false) {
        assert!(start.elapsed() < PATIENCE, "what was let go is pruned");
        std::thread::sleep(Duration::from_millis(10));
    }
    reached(150);
    assert_eq!(is_here(50), (true, true), "what is still to be kept stays");
    // What was told lately is told from memory, as it is on the disk.
    for height in 100..=150 {
        let on_disk = node.block_on(node.engine.block(height)).unwrap();
        let told = node.block_on(node.engine.lately_told(height)).unwrap();
        assert_eq!(told.digest, on_disk.digest);
    }
    let tip = node.engine.tip().unwrap();
    let told = node.engine.last.get(tip.core.height).unwrap();
    assert_eq!(told.digest, tip.digest().0);
    cluster.stop();
}

#[test]
fn a_fresh_validator_takes_over_the_state_of_its_peers() {
    let mut cluster = Cluster::start_some(honest(), 3, |config| {
        config.pace.heartbeat = Duration::from_millis(80);
        config.timeouts = Timeouts::for_heartbeat(config.pace.heartbeat);
        config.retention.blocks = 40;
        config.retention.state_blocks = 0;
        config.retention.every_blocks = std::num::NonZeroUsize::new(5).unwrap();
    });
    let early: Vec<Hash> = statements(0, 40)
        .iter()
        .map(|body| cluster.nodes[0].submit(body))
        .collect();
    for node in &cluster.nodes {
        node.sink.wait_for(&early, PATIENCE);
    }
    let start = Instant::now();
    while cluster.nodes[0].sink.height() < 120 {
        assert!(
            start.elapsed() < PATIENCE,
            "the network goes on with three of four"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    cluster.tune = |config| {
        config.timeouts = Timeouts::for_heartbeat(Duration::from_millis(80));
        config.state_sync = true;
    };
    cluster.join();
    // Blocks up to the one it synchronises to are not delivered; those after are, by everybody.
    let start = Instant::now();
    while cluster.nodes[3].sink.height() == 0 {
        assert!(start.elapsed() < PATIENCE, "the fresh validator delivers");
        std::thread::sleep(Duration::from_millis(20));
    }
    let late = [cluster.nodes[3].submit(b"from the fresh one")];
    for node in &cluster.nodes {
        node.sink.wait_for(&late, PATIENCE);
    }
    let fresh = &cluster.nodes[3];
    let first = fresh.sink.first();
    assert!(
        first > 40,
        "it did not execute the chain from its beginning: {first}"
    );
    let proof = fresh
        .block_on(fresh.engine.prove(toy::key_of(b"statement 5")))
        .unwrap();
    assert_eq!(
        proof.value.unwrap()[..32],
        early[5],
        "it has the old records"
    );
    proof.verify().unwrap();
    for height in first..=fresh.sink.height().min(cluster.nodes[0].sink.height()) {
        assert_eq!(
            fresh.sink.header(height),
            cluster.nodes[0].sink.header(height)
        );
    }
    cluster.stop();
}

#[test]
fn a_block_with_a_wrong_root_is_refused() {
    let mut cores = honest();
    cores[1] = Arc::new(Liar::Proposing);
    let cluster = Cluster::start(cores);
    let liar = cluster.nodes[1].key;
    let ids: Vec<Hash> = statements(0, 10)
        .iter()
        .map(|body| cluster.nodes[0].submit(body))
        .collect();
    let honest: Vec<&Node> = [0, 2, 3].map(|index| &cluster.nodes[index]).into();
    let start = Instant::now();
    for node in &honest {
        node.sink.wait_for(&ids, PATIENCE);
        while node.sink.height() < 8 {
            assert!(start.elapsed() < PATIENCE, "the honest validators go on");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    assert_same_chain(&honest);
    let commits = honest[0].sink.commits();
    assert!(
        commits.iter().all(|commit| commit.place.leader != liar),
        "none of its blocks is final"
    );
    cluster.stop();
}
