//! Faults of every kind over real nodes in namespaces of their own, while an independent checker follows every acknowledged statement.
//!
//! ```text
//! streams of statements ──> est  fra  ita  pol      each: a namespace, a small disk, a clock
//!                             \   |    |   /
//!          fault, mended        the wire (packets late, lost or cut)
//!                             /   |    |   \
//! checker ──────────────────> heights, blocks, statements, receipts of all four
//! ```
//!
//! A run is named by its seed: `CONVOY_FAULT_SEED=7 CONVOY_FAULT_ROUNDS=50 cargo nextest run --workspace -E 'test(faults)' --no-capture`.

mod checker;
mod fault;
mod nations;
mod wire;

use crate::harness::{Stream, ok};
use checker::Checker;
use fault::Fault;
use nations::{NAMES, Nations};
use rand::{SeedableRng as _, rngs::StdRng};
use std::time::{Duration, Instant};

/// Rounds in a run of all tests. The long run has fifty.
const ROUNDS: usize = 4;
/// Statements of each stream that must become final in every phase.
const PROGRESS: usize = 5;

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| {
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name}: `{value}` is no number"))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_nothing_acknowledged_is_lost() {
    let Some(mut nations) = Nations::ready().await else {
        return;
    };
    let seed = from_environment("CONVOY_FAULT_SEED", 1);
    let rounds = from_environment("CONVOY_FAULT_ROUNDS", ROUNDS as u64);
    let mut chance = StdRng::seed_from_u64(seed);
    let mut checker = Checker::watch(&nations.net);
    println!("seed {seed}, {rounds} rounds");
    for round in 1..=rounds {
        let fault = Fault::any(&mut chance);
        round_of(&mut nations, &mut checker, round, fault).await;
    }
    println!("{}", checker.end().await);
    ok(nations.net.cluster.stop_all());
}

/// One fault begins, lasts and is mended, under load; then everybody agrees on everything.
async fn round_of(nations: &mut Nations, checker: &mut Checker, round: u64, fault: Fault) {
    let lane = u8::try_from(1 + round % 60).unwrap_or(1);
    let streams = [
        Stream::start(&nations.net, 0, lane, &NAMES),
        Stream::start(&nations.net, 2, lane, &["ita", "pol", "est", "fra"]),
    ];
    progress(&streams).await;
    // Before it happens, so that a round that does not end has a name.
    println!("{round:3}  {fault}");

    let began = Instant::now();
    let lasting = fault.begin(nations).await;
    if fault.leaves_a_quorum() {
        progress(&streams).await;
    } else {
        // Long enough that views time out and leaders change: what must not happen is what the checker looks for.
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let lasted = began.elapsed();
    let mending = Instant::now();
    lasting.end(nations).await;
    progress(&streams).await;
    println!(
        "     lasted {:5} ms, mended and going on after {:5} ms",
        lasted.as_millis(),
        mending.elapsed().as_millis()
    );

    for stream in streams {
        let acknowledged = stream.stop().await;
        checker.hold(&nations.net, &acknowledged).await;
    }
    nations.net.agree(&NAMES).await;
    checker.nothing_wrong();
}

async fn progress(streams: &[Stream]) {
    for stream in streams {
        stream.progress(PROGRESS).await;
    }
}
