//! The set of validators changes while the network runs: real engines, real files, real connections.

use super::{
    PATIENCE, assert_same_chain,
    cluster::{Cluster, Node},
    statements,
    toy::{ToyCore, change, key_of},
};
use crate::{
    certificate::of_finalization,
    engine::{
        Timeouts,
        contract::{Commit, Core, Hash},
    },
};
use convoy_types::receipt::recovery::{Recovery, RecoveryDocument};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Blocks between a change and its effect in these tests.
const AFTER: u8 = 6;

fn cores(count: usize) -> Vec<Arc<dyn Core>> {
    (0..count)
        .map(|_| Arc::new(ToyCore) as Arc<dyn Core>)
        .collect()
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Changes the set, and waits until `nodes` have a block of the new epoch.
fn change_to(cluster: &Cluster, seeds: &[u8], nodes: &[usize]) -> u64 {
    let through = nodes[0];
    let epoch = cluster.nodes[through].engine.epoch() + 1;
    cluster.nodes[through].submit(&change(AFTER, seeds));
    for index in nodes {
        wait_until("a block of the next epoch", || {
            let tip = cluster.nodes[*index].engine.tip();
            tip.is_some_and(|tip| tip.core.epoch >= epoch)
        });
    }
    epoch
}

/// The members' word, unsigned, that the network goes on from this block.
fn decision(commit: &Commit) -> Option<Recovery> {
    let document = RecoveryDocument {
        network: "convoy-test.0123456789abcdef".parse().unwrap(),
        header: commit.header,
        certificate: of_finalization(commit.finalization.as_ref()?).unwrap(),
        next: Vec::new(),
        time_ms: 0,
        reason: "most validators are lost".into(),
    };
    Some(Recovery {
        document,
        signatures: Vec::new(),
        cells: Vec::new(),
    })
}

/// Waits until `node` led a block in `epoch`.
fn leads(follower: &Node, node: &Node, epoch: u64) {
    wait_until("a block of the new validator", || {
        let commits = follower.sink.commits();
        commits
            .iter()
            .any(|commit| commit.header.core.epoch == epoch && commit.place.leader == node.key)
    });
}

/// The longest time between two blocks around the ends of epochs, as the blocks tell it.
fn longest_pause(node: &Node) -> Duration {
    let headers: Vec<_> = node
        .sink
        .commits()
        .iter()
        .map(|commit| commit.header)
        .collect();
    let ends = headers.iter().filter(|header| header.ends_epoch());
    let pause = |end: u64| {
        let near = |height: u64| height >= end && height <= end + 2;
        let times: Vec<u64> = headers
            .iter()
            .filter(|header| near(header.core.height))
            .map(|header| header.core.time_ms)
            .collect();
        let steps = times.windows(2).map(|pair| pair[1] - pair[0]);
        steps.max().unwrap_or(0)
    };
    Duration::from_millis(
        ends.map(|header| pause(header.core.height))
            .max()
            .unwrap_or(0),
    )
}

#[test]
fn a_validator_is_added_another_removed_and_a_key_rotated_while_statements_flow() {
    let cluster = Cluster::start_observed(cores(6), 4);
    let mut sent: Vec<Hash> = Vec::new();
    let mut number = 0;
    let mut flow = |count: usize, to: usize| {
        for body in statements(number, count) {
            sent.push(cluster.nodes[to].submit(&body));
        }
        number += count;
    };
    flow(20, 0);
    let added = change_to(&cluster, &[0, 1, 2, 3, 4], &[0, 1, 2, 3, 4, 5]);
    flow(20, 4);
    leads(&cluster.nodes[0], &cluster.nodes[4], added);
    assert!(cluster.nodes[4].engine.votes());

    let removed = change_to(&cluster, &[0, 2, 3, 4], &[0, 1, 2, 3, 4, 5]);
    flow(20, 1);
    assert!(!cluster.nodes[1].engine.votes(), "it observes from now on");

    let rotated = change_to(&cluster, &[0, 2, 5, 4], &[0, 1, 2, 3, 4, 5]);
    flow(20, 2);
    leads(&cluster.nodes[1], &cluster.nodes[5], rotated);
    assert!(!cluster.nodes[3].engine.votes(), "its old key is over");

    for node in &cluster.nodes {
        node.sink.wait_for(&sent, PATIENCE);
    }
    let nodes: Vec<&Node> = cluster.nodes.iter().collect();
    assert_same_chain(&nodes);
    for commit in cluster.nodes[1].sink.commits() {
        let epoch = commit.header.core.epoch;
        let leader = commit.place.leader;
        assert!(epoch < removed || leader != cluster.nodes[1].key);
        assert!(epoch < rotated || leader != cluster.nodes[3].key);
        let set = cluster.nodes[1].engine.validators(epoch).unwrap();
        assert!(set.iter().any(|validator| validator.key == leader));
    }
    let steps = cluster.nodes[5].engine.succession(0, 10);
    assert_eq!(steps.len(), 3);
    let pause = longest_pause(&cluster.nodes[0]);
    println!("longest pause at the end of an epoch: {pause:?}");
    let proof = cluster.nodes[1].block_on(cluster.nodes[1].engine.prove(key_of(b"statement 70")));
    assert_eq!(proof.unwrap().value.unwrap()[..32], sent[70]);
    cluster.stop();
}

#[test]
fn nodes_killed_at_the_end_of_an_epoch_go_on_in_the_next() {
    let mut cluster = Cluster::start_observed(cores(5), 4);
    let sets: [&[u8]; 4] = [
        &[0, 1, 2, 3, 4],
        &[0, 1, 2, 3],
        &[4, 1, 2, 3],
        &[0, 1, 2, 3],
    ];
    for (round, set) in sets.into_iter().enumerate() {
        cluster.nodes[2].submit(&change(AFTER, set));
        let epoch = round as u64;
        // As soon as one knows that the epoch is over, two others die, wherever they are in it.
        wait_until("the end of the epoch", || {
            cluster.nodes[2].engine.epoch() > epoch
        });
        cluster.kill(3);
        cluster.kill(round % 2);
        cluster.restart(round % 2);
        cluster.restart(3);
        let said = format!("after round {round}").into_bytes();
        let id = cluster.nodes[1].submit(&said);
        for node in &cluster.nodes {
            node.sink.wait_for(&[id], PATIENCE);
        }
    }
    let nodes: Vec<&Node> = cluster.nodes.iter().collect();
    assert_same_chain(&nodes);
    assert_eq!(cluster.nodes[0].engine.epoch(), 4);
    cluster.stop();
}

#[test]
fn all_killed_at_the_end_of_an_epoch_recover_it_from_disk() {
    let mut cluster = Cluster::start_observed(cores(4), 3);
    for (epoch, set) in [(0u64, &[0u8, 1, 2, 3][..]), (1, &[1, 2, 3])] {
        cluster.nodes[1].submit(&change(AFTER, set));
        wait_until("the end of the epoch", || {
            cluster.nodes[1].engine.epoch() > epoch
        });
        for index in 0..4 {
            cluster.kill(index);
        }
        for index in 0..4 {
            cluster.restart(index);
        }
        let said = format!("after epoch {epoch}").into_bytes();
        let id = cluster.nodes[0].submit(&said);
        for node in &cluster.nodes {
            node.sink.wait_for(&[id], PATIENCE);
        }
    }
    let nodes: Vec<&Node> = cluster.nodes.iter().collect();
    assert_same_chain(&nodes);
    cluster.stop();
}

#[test]
fn an_end_of_an_epoch_without_its_certificate_is_waited_for() {
    let mut cluster = Cluster::start_observed(cores(4), 4);
    let first = cluster.nodes[0].submit(b"before");
    cluster.nodes[3].sink.wait_for(&[first], PATIENCE);
    cluster.kill(3);
    change_to(&cluster, &[0, 1, 2], &[0, 1, 2]);
    let teller = &cluster.nodes[0];
    let end = teller.engine.last_block(0).unwrap();
    let stored = |height| teller.block_on(teller.engine.stored(height)).unwrap();
    let mut entries: Vec<_> = (1..=end).map(stored).collect();
    // What a crash leaves between the two files.
    assert!(entries.last_mut().unwrap().finalization.take().is_some());
    let commits = teller.sink.commits();
    let mut below = commits
        .iter()
        .rev()
        .filter(|commit| commit.header.core.height < end);
    let lower = below.find_map(decision).unwrap();
    for index in 0..3 {
        cluster.kill(index);
    }
    cluster.write_history(3, entries);

    cluster.restart(3);
    let alone = &cluster.nodes[3];
    wait_until("the last block is executed", || {
        let proof = alone.block_on(alone.engine.prove(key_of(b"before")));
        proof.is_ok_and(|proof| proof.header.core.height == end)
    });
    let told = || alone.engine.tip().map(|tip| tip.core.height);
    wait_until("the block before it is told", || told() == Some(end - 1));
    // Longer than its writes are gathered: it answers meanwhile, and neither tells the block nor stops.
    let long = Instant::now() + Duration::from_millis(1_500);
    while Instant::now() < long {
        let outcomes = alone.block_on(alone.engine.outcomes(end - 1));
        assert!(outcomes.is_some(), "it goes on answering");
        assert_eq!((told(), alone.engine.epoch()), (Some(end - 1), 0));
        std::thread::sleep(Duration::from_millis(10));
    }
    let refused = alone.block_on(alone.engine.recover(lower)).unwrap_err();
    assert!(refused.contains("would be lost"), "{refused}");
    cluster.stop_one(3);
    cluster.restart(3);

    for index in 0..3 {
        cluster.restart(index);
    }
    let last = cluster.nodes[3].submit(b"after");
    for node in &cluster.nodes {
        node.sink.wait_for(&[last], PATIENCE);
    }
    let nodes: Vec<&Node> = cluster.nodes.iter().collect();
    assert_same_chain(&nodes);
    cluster.stop();
}

#[test]
fn who_was_away_over_two_changes_catches_up_and_votes_again() {
    let mut cluster = Cluster::start_observed(cores(5), 4);
    let first = cluster.nodes[0].submit(b"before");
    cluster.nodes[3].sink.wait_for(&[first], PATIENCE);
    cluster.kill(3);
    change_to(&cluster, &[0, 1, 2, 3, 4], &[0, 1, 2, 4]);
    change_to(&cluster, &[1, 2, 3, 4], &[0, 1, 2, 4]);
    let between = cluster.nodes[1].submit(b"between");
    cluster.nodes[1].sink.wait_for(&[between], PATIENCE);
    cluster.restart(3);
    cluster.nodes[3].sink.wait_for(&[first, between], PATIENCE);
    leads(&cluster.nodes[0], &cluster.nodes[3], 2);
    let nodes: Vec<&Node> = cluster.nodes.iter().collect();
    assert_same_chain(&nodes);
    cluster.stop();
}

#[test]
fn a_fresh_node_takes_over_the_state_of_a_later_epoch() {
    let mut cluster = Cluster::start_observed_some(cores(6), 4, 5, |config| {
        config.pace.heartbeat = Duration::from_millis(80);
        config.timeouts = Timeouts::for_heartbeat(config.pace.heartbeat);
        config.retention.blocks = 60;
        config.retention.state_blocks = 0;
        config.retention.every_blocks = std::num::NonZeroUsize::new(5).unwrap();
    });
    let early = cluster.nodes[0].submit(b"statement 5");
    change_to(&cluster, &[0, 1, 2, 3, 4], &[0, 1, 2, 3, 4]);
    change_to(&cluster, &[4, 1, 2, 3], &[0, 1, 2, 3, 4]);
    wait_until("blocks enough that the first are gone", || {
        cluster.nodes[0].sink.height() > 120
    });
    cluster.tune = |config| {
        config.timeouts = Timeouts::for_heartbeat(Duration::from_millis(80));
        config.state_sync = true;
    };
    cluster.join();
    // What was final before the state that it took over is never delivered to it.
    wait_until("the first block behind the state taken over", || {
        cluster.nodes[5].sink.height() > 0
    });
    let late = cluster.nodes[5].submit(b"from the fresh one");
    for node in &cluster.nodes {
        node.sink.wait_for(&[late], PATIENCE);
    }
    let fresh = &cluster.nodes[5];
    assert!(fresh.sink.first() > 60, "it did not begin at genesis");
    assert_eq!((fresh.engine.epoch(), fresh.engine.votes()), (2, false));
    let proof = fresh.block_on(fresh.engine.prove(key_of(b"statement 5")));
    assert_eq!(proof.unwrap().value.unwrap()[..32], early);
    cluster.stop();
}
