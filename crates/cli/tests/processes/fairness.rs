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
/// A quiet member's statement is final within this, whatever the flood: some blocks of a development build, five processes on two cores. A
/// queue shared by all would grow with the flood and pass it soon.
const FAIR: Duration = Duration::from_secs(10);

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
        let asked = Instant::now();
        let status = client
            .submit_and_follow(&commission(&quiet, number), WITHIN)
            .await
            .unwrap();
        assert_eq!(status.state, State::Accepted);
        assert!(
            asked.elapsed() < FAIR,
            "{:?} under the flood",
            asked.elapsed()
        );
    }
    stop.store(true, Ordering::SeqCst);
    for flood in floods {
        flood.await.unwrap();
    }
    ok(net.cluster.stop_all());
}
