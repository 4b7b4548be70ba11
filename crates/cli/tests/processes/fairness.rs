//! A flood from one member does not starve the others.

use crate::harness::{Net, WITHIN, commission, configure, founded, impatient, ok};
use convoy_client::{Client, Signer, State};
use convoy_types::StatementId;
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Statements that the flood hands in at once.
const BURST: u64 = 100;
/// Statements of one member that may wait: twenty blocks.
const WAITING_MAX: i64 = 5_000;
/// Statements of a block.
const BLOCK_MAX: i64 = 250;
/// Of a quiet member's statements, half are in one of so many next blocks: one is under way to be final while the next is proposed, and the third has it.
const FAIR_BLOCKS: u64 = 3;
/// And each in one of so many, however slow the machine. A queue shared by all would have it wait for twenty.
const FAIR_BLOCKS_MAX: u64 = 8;

/// What the flood saw.
#[derive(Default)]
struct Flood {
    stop: AtomicBool,
    /// The names of its refusals.
    refused: Mutex<BTreeSet<String>>,
    /// What was admitted last.
    last: Mutex<Option<StatementId>>,
}

impl Flood {
    /// Sends as fast as it can, and what has no room again and again.
    async fn run(&self, signer: Signer, client: Client, mut number: u64) {
        let mut burst = Vec::new();
        while !self.stop.load(Ordering::SeqCst) {
            if burst.is_empty() {
                burst = (0..BURST)
                    .map(|at| commission(&signer, number + at))
                    .collect();
                number += BURST;
            }
            let sequence = convoy_client::sequence(&burst);
            let counts = client.submit_sequence(sequence).await.unwrap();
            let first = counts.refused.first().map(|refused| refused.index);
            let admitted = burst.drain(..first.unwrap_or(burst.len())).last();
            if let Some(admitted) = admitted {
                *self.last.lock().unwrap() = Some(admitted.id());
            }
            let names = counts.refused.into_iter().map(|one| one.problem.name);
            self.refused.lock().unwrap().extend(names);
        }
    }

    async fn is_full(&self) {
        let asked = Instant::now();
        while !self.refused.lock().unwrap().contains("queue-full") {
            assert!(
                asked.elapsed() < 2 * WITHIN,
                "the flood does not fill its room"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Small blocks, so that what a member may have waiting is many of them.
async fn with_small_blocks() -> Net {
    let mut net = founded();
    for name in ["est", "fra", "ita", "pol"] {
        configure(&net, name, "pace", "block_statements", BLOCK_MAX);
        configure(&net, name, "mempool", "member_statements", WAITING_MAX);
    }
    ok(net.cluster.start_all());
    ok(net.cluster.all_ready(WITHIN).await);
    net
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_one_member_is_refused_and_does_not_starve_another() {
    let mut net = with_small_blocks().await;
    let quiet = net.signer(1, 0);
    let client = impatient(net.client("fra"));
    let first = commission(&quiet, 1);
    let status = client.submit_and_follow(&first, WITHIN).await.unwrap();
    assert_eq!(status.state, State::Accepted);

    let flood = Arc::new(Flood::default());
    let floods: Vec<_> = (0..4u8)
        .map(|lane| {
            let (flood, signer) = (Arc::clone(&flood), net.signer(0, lane));
            let client = impatient(net.client("fra"));
            let number = u64::from(lane) * 10_000_000 + 1_000;
            tokio::spawn(async move { flood.run(signer, client, number).await })
        })
        .collect();
    flood.is_full().await;

    let mut waited = Vec::new();
    for number in 2..12 {
        let before = ok(net.cluster.height("fra").await);
        let ahead = flood.last.lock().unwrap().unwrap();
        // The first answer counts: it has room where the flood has none.
        let statement = commission(&quiet, number);
        client.submit(&statement).await.unwrap();
        let status = client.follow(&statement.id(), 3 * WITHIN).await.unwrap();
        assert_eq!(status.state, State::Accepted);
        let height = status.height.unwrap();
        waited.push(height - before);
        let flooded = client.status(&ahead, Duration::ZERO).await.unwrap();
        assert!(
            flooded.height.is_none_or(|later| later > height),
            "what the flood had admitted before came first: {flooded:?}, and this in block {height}"
        );
    }
    waited.sort_unstable();
    assert!(
        waited[4] <= FAIR_BLOCKS && waited[9] <= FAIR_BLOCKS_MAX,
        "blocks that ten statements waited for: {waited:?}"
    );
    flood.stop.store(true, Ordering::SeqCst);
    for task in floods {
        task.await.unwrap();
    }
    let refused = flood.refused.lock().unwrap().clone();
    assert_eq!(refused, BTreeSet::from(["queue-full".to_owned()]));
    ok(net.cluster.stop_all());
}
