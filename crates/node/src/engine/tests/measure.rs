//! Figures, not checks: run with `--ignored --nocapture`, in release for numbers worth keeping.

use super::{Cluster, honest};
use crate::engine::{Pace, Timeouts};
use std::time::{Duration, Instant};

/// Processor time of this process so far, seconds.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / 100.0
}

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        / 1_024
}

fn cluster() -> Cluster {
    Cluster::start_tuned(honest(), |config| {
        config.pace = Pace::default();
        config.timeouts = Timeouts::for_heartbeat(config.pace.heartbeat);
    })
}

#[test]
#[ignore = "measures"]
fn idle_cost_latency_and_throughput() {
    let cluster = cluster();
    let warm = cluster.nodes[0].submit(b"warm");
    for node in &cluster.nodes {
        node.sink.wait_for(&[warm], super::PATIENCE);
    }
    std::thread::sleep(Duration::from_secs(5));
    let (start, used, height) = (
        Instant::now(),
        processor_seconds(),
        cluster.nodes[0].sink.height(),
    );
    std::thread::sleep(Duration::from_secs(30));
    let share = (processor_seconds() - used) / start.elapsed().as_secs_f64() / 4.0;
    let blocks = cluster.nodes[0].sink.height() - height;
    println!(
        "idle: {:.2} % of a core per node, {blocks} blocks in 30 s, {} MiB for four",
        share * 100.0,
        resident_mib()
    );

    let mut millis: Vec<u128> = (0..100)
        .map(|number| {
            let node = &cluster.nodes[number % 4];
            let start = Instant::now();
            let id = node.submit(format!("lone {number}").as_bytes());
            node.sink.wait_for(&[id], super::PATIENCE);
            let taken = start.elapsed();
            std::thread::sleep(Duration::from_millis(number as u64 * 7 % 130));
            taken.as_millis()
        })
        .collect();
    millis.sort_unstable();
    println!(
        "a lone statement is final in: p50 {} ms, p99 {} ms, max {} ms",
        millis[50], millis[98], millis[99]
    );

    let bodies: Vec<Vec<u8>> = (0..60_000u32)
        .map(|number| {
            let mut body = vec![7; 300];
            body[..4].copy_from_slice(&number.to_be_bytes());
            body
        })
        .collect();
    let (start, used, height) = (
        Instant::now(),
        processor_seconds(),
        cluster.nodes[0].sink.height(),
    );
    let mut ids = Vec::new();
    for batch in bodies.chunks(500) {
        for node in &cluster.nodes {
            ids = batch.iter().map(|body| node.mempool.add(body).0).collect();
        }
    }
    for node in &cluster.nodes {
        node.sink.wait_for(&ids, Duration::from_secs(300));
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "throughput: {:.0} statements/s, {:.0} us of processor per statement over four, {} blocks, {} MiB",
        bodies.len() as f64 / seconds,
        (processor_seconds() - used) * 1e6 / bodies.len() as f64,
        cluster.nodes[0].sink.height() - height,
        resident_mib(),
    );
    cluster.stop();
}
