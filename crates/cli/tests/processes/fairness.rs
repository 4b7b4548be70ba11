//! A flood from one member does not starve the others.

use crate::harness::{WITHIN, commission, ok, started};
use convoy_client::State;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Statements that the flood hands in at once.
const BURST: u64 = 100;
/// A quiet member's statement is in one of so many next blocks, whatever the flood and however slow the machine: on its way to whoever proposes
/// while two are made. A queue shared by all would grow with the flood until a statement waits for dozens of blocks.
const FAIR_BLOCKS: u64 = 8;

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_one_member_does_not_starve_another() {
    let mut net = started().await;
    let quiet = net.signer(1, 0);
    let client = net.client("fra");
    assert_eq!(
        client
            .submit_and_follow(&commission(&quiet, 1), WITHIN)
            .await
            .unwrap()
            .state,
        State::Accepted
    );

    let stop = Arc::new(AtomicBool::new(false));
    let taken = Arc::new(AtomicU64::new(0));
    let floods: Vec<_> = (0..4u8)
        .map(|lane| {
            let (flooder, target) = (net.signer(0, lane), net.client("fra"));
            let (stop, taken) = (Arc::clone(&stop), Arc::clone(&taken));
            tokio::spawn(async move {
                let mut number = u64::from(lane) * 10_000_000 + 1_000;
                while !stop.load(Ordering::SeqCst) {
                    let burst: Vec<_> = (0..BURST)
                        .map(|at| commission(&flooder, number + at))
                        .collect();
                    number += BURST;
                    if let Ok(counts) = target
                        .submit_sequence(convoy_client::sequence(&burst))
                        .await
                    {
                        taken.fetch_add(counts.admitted as u64, Ordering::SeqCst);
                    }
                }
            })
        })
        .collect();
    let asked = Instant::now();
    while taken.load(Ordering::SeqCst) < 4 * BURST {
        assert!(asked.elapsed() < WITHIN, "the flood does not get in at all");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    for number in 2..12 {
        let before = ok(net.cluster.height("fra").await);
        let status = client
            .submit_and_follow(&commission(&quiet, number), 3 * WITHIN)
            .await
            .unwrap();
        assert_eq!(status.state, State::Accepted);
        let blocks = status.height.unwrap() - before;
        assert!(blocks <= FAIR_BLOCKS, "after {blocks} blocks of the flood");
    }
    stop.store(true, Ordering::SeqCst);
    for flood in floods {
        flood.await.unwrap();
    }
    ok(net.cluster.stop_all());
}
