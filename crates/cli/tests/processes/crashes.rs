//! Power cuts: nothing that was reported final is lost, and everybody agrees afterwards.

use crate::harness::{Stream, WITHIN, ok, started};

const ALL: [&str; 4] = ["est", "fra", "ita", "pol"];

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_validator_is_missed_by_nobody_and_catches_up() {
    let mut net = started().await;
    let stream = Stream::start(&net, 0, 1, &["est", "fra"]);
    stream.progress(10).await;

    ok(net.cluster.kill("pol"));
    stream.progress(10).await;
    ok(net.cluster.start("pol"));
    ok(net.cluster.ready("pol", WITHIN).await);
    stream.progress(5).await;

    let acknowledged = stream.stop().await;
    assert!(acknowledged.len() >= 25);
    net.agree(&ALL).await;
    net.hold(&ALL, &acknowledged).await;
    ok(net.cluster.stop_all());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_validators_killed_at_once_lose_nothing_acknowledged() {
    let mut net = started().await;
    let streams = [
        Stream::start(&net, 0, 1, &["est"]),
        Stream::start(&net, 1, 1, &["fra", "ita"]),
    ];
    for stream in &streams {
        stream.progress(10).await;
    }

    ok(net.cluster.kill_all());
    ok(net.cluster.start_all());
    ok(net.cluster.all_ready(WITHIN).await);
    for stream in &streams {
        stream.progress(5).await;
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
async fn without_a_quorum_nothing_is_reported_final_and_with_it_everything_goes_on() {
    let mut net = started().await;
    let stream = Stream::start(&net, 0, 1, &["est"]);
    stream.progress(5).await;

    ok(net.cluster.kill("ita"));
    ok(net.cluster.kill("pol"));
    let signer = net.signer(1, 2);
    let statement = crate::harness::commission(&signer, 7_000_000);
    let client = net.client("est");
    client.submit(&statement).await.unwrap();
    let status = client
        .status(&statement.id(), std::time::Duration::from_secs(2))
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
