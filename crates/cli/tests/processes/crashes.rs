//! Power cuts, with dozens of statements under way: nothing that was reported final is lost, and everybody agrees afterwards.
//!
//! What a node only took in is in its memory and may be lost with it: whoever got no final answer sends it again, to this node or another, and
//! it counts once. The streams do that.

use crate::harness::{CROWD, Stream, WITHIN, commission, ok, started};
use convoy_client::State;
use std::time::Duration;

const ALL: [&str; 4] = ["est", "fra", "ita", "pol"];

#[tokio::test(flavor = "multi_thread")]
async fn each_killed_validator_is_missed_by_nobody_and_catches_up() {
    let mut net = started().await;
    let through_all = Stream::start(&net, 0, 2, &ALL);
    let mut acknowledged = Vec::new();
    for (place, victim) in ALL.into_iter().enumerate() {
        let others: Vec<_> = ALL.into_iter().filter(|name| *name != victim).collect();
        // Through the victim as long as it answers, then through another.
        let stream = Stream::crowded(&net, place, 1, &[victim, others[place % 3]]);
        stream.progress(2 * CROWD).await;

        ok(net.cluster.kill(victim));
        let reported = stream.so_far();
        net.hold(&others, &reported).await;
        // What it had taken in beside that is next in the lane: it becomes final through the other, or nothing does.
        stream.progress(CROWD).await;
        acknowledged.extend(stream.stop().await);

        ok(net.cluster.start(victim));
        ok(net.cluster.ready(victim, WITHIN).await);
        through_all.progress(5).await;
    }
    acknowledged.extend(through_all.stop().await);
    net.agree(&ALL).await;
    net.hold(&ALL, &acknowledged).await;
    ok(net.cluster.stop_all());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_validators_killed_at_once_lose_nothing_acknowledged() {
    let mut net = started().await;
    let streams = [
        Stream::crowded(&net, 0, 1, &["est"]),
        Stream::crowded(&net, 1, 1, &["fra", "ita"]),
    ];
    for stream in &streams {
        stream.progress(2 * CROWD).await;
    }

    ok(net.cluster.kill_all());
    ok(net.cluster.start_all());
    ok(net.cluster.all_ready(WITHIN).await);
    for stream in &streams {
        stream.progress(CROWD).await;
    }

    let mut acknowledged = Vec::new();
    for stream in streams {
        acknowledged.extend(stream.stop().await);
    }
    net.agree(&ALL).await;
    net.hold(&ALL, &acknowledged).await;
    ok(net.cluster.stop_all());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_only_taken_in_may_be_forgotten_in_a_power_cut_and_counts_once_when_sent_again() {
    let mut net = started().await;
    let stream = Stream::crowded(&net, 0, 1, &["est"]);
    stream.progress(CROWD).await;
    // Two of four are no quorum: what comes now is taken in and cannot be final.
    ok(net.cluster.kill("ita"));
    ok(net.cluster.kill("pol"));
    let signer = net.signer(1, 2);
    let taken_in: Vec<_> = (0..CROWD as u64)
        .map(|number| commission(&signer, 7_000_000 + number))
        .collect();
    let client = net.client("est");
    let sequence = convoy_client::sequence(&taken_in);
    let counts = client.submit_sequence(sequence.clone()).await.unwrap();
    assert_eq!((counts.admitted, counts.refused.len()), (CROWD, 0));
    let last = taken_in.last().unwrap().id();
    let status = client.status(&last, Duration::from_secs(2)).await.unwrap();
    assert_eq!(status.state, State::Waiting, "without a quorum: {status:?}");

    ok(net.cluster.kill_all());
    ok(net.cluster.start_all());
    ok(net.cluster.all_ready(WITHIN).await);
    stream.progress(CROWD).await;
    // Forgotten, or final from a block that had been proposed: nothing else, and never refused.
    let status = client.status(&last, Duration::ZERO).await.unwrap();
    assert!(
        [State::Unknown, State::Accepted].contains(&status.state),
        "{status:?}"
    );
    client.submit_sequence(sequence).await.unwrap();

    let mut acknowledged = stream.stop().await;
    acknowledged.extend(taken_in.iter().map(|statement| statement.id()));
    net.hold(&ALL, &acknowledged).await;
    net.agree(&ALL).await;
    ok(net.cluster.stop_all());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_quorum_nothing_is_reported_final_and_with_it_everything_goes_on() {
    let mut net = started().await;
    let stream = Stream::start(&net, 0, 1, &["est"]);
    stream.progress(5).await;

    ok(net.cluster.kill("ita"));
    ok(net.cluster.kill("pol"));
    let signer = net.signer(1, 2);
    let statement = commission(&signer, 7_000_000);
    let client = net.client("est");
    client.submit(&statement).await.unwrap();
    let status = client
        .status(&statement.id(), Duration::from_secs(2))
        .await
        .unwrap();
    assert!(
        !status.state.is_final(),
        "two of four validators are no quorum: {status:?}"
    );

    ok(net.cluster.start("ita"));
    ok(net.cluster.start("pol"));
    ok(net.cluster.all_ready(WITHIN).await);
    stream.progress(5).await;
    let mut acknowledged = stream.stop().await;
    acknowledged.push(statement.id());
    net.agree(&ALL).await;
    net.hold(&ALL, &acknowledged).await;
    ok(net.cluster.stop_all());
}
