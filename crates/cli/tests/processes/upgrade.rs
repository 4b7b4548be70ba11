//! A running network goes from one build of the program to the next, a node at a time, under load.
//!
//! `CONVOY_PREVIOUS_BIN` is the program that the network runs with at first, `CONVOY_NEXT_BIN` the one that every node is started with again; each is
//! the program under test where it is not set. `scripts/upgrade-from REV` sets the first to a build of an earlier revision.

use crate::harness::{Net, Stream, WITHIN, founded, ok, program_of};
use convoy_node::{NodeConfig, engine::Timeouts};
use std::time::{Duration, Instant};

const ALL: [&str; 4] = ["est", "fra", "ita", "pol"];

/// The times of the blocks `from..=to`, as this node has them, milliseconds.
async fn times(net: &Net, name: &str, from: u64, to: u64) -> Vec<u64> {
    let client = net.client(name);
    let mut times = Vec::new();
    for height in from..=to {
        let block: serde_json::Value = client
            .get(&["v1", "blocks", &height.to_string()], &[])
            .await
            .unwrap();
        times.push(block["block"]["time_ms"].as_u64().unwrap());
    }
    times
}

/// Starts the node of `name` with `program` and waits until it has what the others had by then.
async fn restarted(net: &mut Net, name: &str, other: &str, program: &std::path::Path) -> Duration {
    ok(net.cluster.terminate(name));
    net.cluster.exchange(name, program);
    let asked = Instant::now();
    ok(net.cluster.start(name));
    ok(net.cluster.ready(name, WITHIN).await);
    let height = ok(net.cluster.height(other).await);
    ok(net.cluster.reached(name, height, WITHIN).await);
    asked.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_are_upgraded_one_after_the_other_and_nothing_acknowledged_is_lost() {
    let (previous, next) = (
        program_of("CONVOY_PREVIOUS_BIN"),
        program_of("CONVOY_NEXT_BIN"),
    );
    println!("from {} to {}", previous.display(), next.display());
    let mut net = founded();
    for name in ALL {
        net.cluster.exchange(name, &previous);
    }
    ok(net.cluster.start_all());
    ok(net.cluster.all_ready(WITHIN).await);
    // Every node's clients go on through the others while it is away.
    let streams = [
        Stream::start(&net, 0, 1, &["est", "fra"]),
        Stream::start(&net, 1, 1, &["fra", "ita"]),
        Stream::start(&net, 2, 1, &["ita", "pol"]),
        Stream::start(&net, 3, 1, &["pol", "est"]),
    ];
    for stream in &streams {
        stream.progress(5).await;
    }

    let first = ok(net.cluster.height("est").await);
    let began = Instant::now();
    for (place, name) in ALL.into_iter().enumerate() {
        let other = ALL[(place + 1) % ALL.len()];
        let away = restarted(&mut net, name, other, &next).await;
        println!("{name}: back after {} ms", away.as_millis());
        // One that is not yet back and one that stops would be two of four.
        for stream in &streams {
            stream.progress(3).await;
        }
    }
    let took = began.elapsed();
    let last = ok(net.cluster.height("est").await);

    let mut acknowledged = Vec::new();
    for stream in streams {
        acknowledged.extend(stream.stop().await);
    }
    net.agree(&ALL).await;
    net.hold(&ALL, &acknowledged).await;
    for name in ALL {
        let first_block = times(&net, name, 1, 1).await;
        assert_eq!(first_block.len(), 1, "{name} has what was before");
    }

    let times = times(&net, "est", first, last).await;
    let pause = times
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .max()
        .unwrap();
    let config = NodeConfig::read(&net.cluster.manifest.folder.join("est/node.toml")).unwrap();
    let timeouts = Timeouts::for_heartbeat(Duration::from_millis(config.pace.heartbeat_ms));
    // The view of whoever is away is given up after the leader's timeout, and the next leader waits a heartbeat at most.
    let bound = timeouts.leader.as_millis() as u64 + config.pace.heartbeat_ms;
    println!(
        "{} statements acknowledged while four validators were exchanged in {} ms, over {} blocks; the longest pause between two blocks was {pause} ms, {} {bound} ms (leader timeout and heartbeat)",
        acknowledged.len(),
        took.as_millis(),
        last - first,
        if pause <= bound { "within" } else { "longer than" }
    );
    ok(net.cluster.stop_all());
}
