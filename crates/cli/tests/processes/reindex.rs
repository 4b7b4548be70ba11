//! The read model built anew beside the one in use, by a node that is killed while it does.

use crate::harness::{Stream, WITHIN, commissioned, convoy, data_of, ok, started};
use convoy_readmodel::reindex::is_wanted;
use serde_json::Value;
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

/// The databases in a read model's folder, whole ones and those being built, by name.
fn databases(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".db")).collect();
    names.sort();
    names
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let asked = Instant::now();
    while !is_so() {
        assert!(asked.elapsed() < WITHIN, "not within {WITHIN:?}: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_killed_on_its_way_goes_on_and_the_old_answers_until_it_is_whole() {
    let mut net = started().await;
    let stream = Stream::start(&net, 1, 1, &["fra"]);
    stream.progress(20).await;
    let object = commissioned(1_000_000 + 100_000_000).epcs[0].to_string();
    let height = ok(net.cluster.height("fra").await);
    ok(net.cluster.reached("est", height, WITHIN).await);
    let before = net.client("est").trace(&object).await.unwrap();
    let told = |trace: &Value| {
        let mut trace = trace.clone();
        trace["height"] = Value::Null;
        trace
    };

    ok(net.cluster.stop("est"));
    let folder = data_of(&net, "est").join("readmodel");
    let old = databases(&folder);
    let config = net.folder.path().join("net/est/node.toml");
    let asked = convoy(&["node", "reindex", "--config", config.to_str().unwrap()]);
    assert_eq!(asked.0, 0, "{}", asked.2);
    assert!(is_wanted(&folder));

    // Killed as soon as it has begun.
    ok(net.cluster.start("est"));
    until("a database is being built", || databases(&folder) != old).await;
    ok(net.cluster.kill("est"));
    stream.progress(3).await;

    ok(net.cluster.start("est"));
    ok(net.cluster.ready("est", WITHIN).await);
    let meanwhile = net.client("est").trace(&object).await.unwrap();
    assert_eq!(told(&meanwhile), told(&before));
    until("the rebuild is whole", || !is_wanted(&folder)).await;
    stream.progress(3).await;

    // It takes over at the start after, follows the ledger, and the old one is gone.
    ok(net.cluster.stop("est"));
    ok(net.cluster.start("est"));
    ok(net.cluster.ready("est", WITHIN).await);
    let built = databases(&folder);
    assert!(
        built.len() == 1 && built > old,
        "{old:?} should have made room for a newer one: {built:?}"
    );
    let acknowledged = stream.stop().await;
    net.agree(&["est", "fra"]).await;
    net.hold(&["est", "fra"], &acknowledged).await;
    let after = net.client("est").trace(&object).await.unwrap();
    assert_eq!(told(&after), told(&before));
    ok(net.cluster.stop_all());
}
