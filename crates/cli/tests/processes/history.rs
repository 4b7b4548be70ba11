//! A node that comes late takes over the present state, fetches what was before, and tells it as all others do; killed on its way,
//! limited there too early, made to take over a state once more, and killed again.

use crate::harness::{Stream, WITHIN, commissioned, founded, impatient, ok};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Blocks before the late node comes: more than one answer of a peer holds, and enough that a reader is there while they are fetched.
const BLOCKS: u64 = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_late_node_killed_on_its_way_has_all_history_in_the_end() {
    let mut net = founded();
    for name in ["est", "fra", "ita", "pol"] {
        let config = net.folder.path().join(format!("net/{name}/node.toml"));
        let mut text = fs::read_to_string(&config).unwrap();
        // Blocks without statements come fast, so that there is much history soon.
        text = text.replace("linger_ms = 25", "linger_ms = 2");
        text = text.replace("heartbeat_ms = 4000", "heartbeat_ms = 5");
        if name == "pol" {
            text = text.replace("state_sync = false", "state_sync = true");
            text = text.replace("blocks_per_file = 1024", "blocks_per_file = 16");
        }
        fs::write(&config, text).unwrap();
    }
    let home = net.folder.path().join("net/pol");
    let others = ["est", "fra", "ita"];
    for name in others {
        ok(net.cluster.start(name));
    }
    for name in others {
        ok(net.cluster.ready(name, WITHIN).await);
    }
    let stream = Stream::start(&net, 1, 1, &["fra"]);
    stream.progress(20).await;
    let object = commissioned(1_000_000 + 100_000_000).epcs[0].to_string();
    while net.cluster.height("fra").await.unwrap() < BLOCKS {
        stream.progress(5).await;
    }

    // It is seen to be on its way, by its health and by what a reader is told, and killed there: with the state taken over for good, so
    // that it can start alone.
    ok(net.cluster.start("pol"));
    let client = impatient(net.client("pol"));
    let on_its_way = Instant::now();
    let (health, refused) = loop {
        let health: Result<Value, _> = client.get(&["v1", "health"], &[]).await;
        let asked = client.trace(&object).await;
        match (health, asked) {
            (Ok(health), Err(refused))
                if health["history_from_height"].as_u64().unwrap() > 1
                    && !health["reasons"].to_string().contains("being opened")
                    && refused.to_string().contains("history") =>
            {
                break (health, refused.to_string());
            }
            (health, _) => assert!(on_its_way.elapsed() < WITHIN, "{health:?}"),
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    ok(net.cluster.kill("pol"));
    let file = taking_over(&home);
    let under_way = fs::read(&file).unwrap();
    assert_eq!(health["ready"], false);
    let said = health["reasons"].to_string();
    assert!(said.contains("history is here from block"), "{said}");
    assert!(refused.contains("history is here from block"), "{refused}");
    stream.progress(3).await;

    // Limits that came meanwhile wait until everything was read in. It cannot go on now, because nobody is there who has the rest.
    for name in others {
        ok(net.cluster.stop(name));
    }
    let config = net.folder.path().join("net/pol/node.toml");
    let unlimited = fs::read_to_string(&config).unwrap();
    let limited = unlimited.replace("recent_blocks = 2000", "bytes = 1\nrecent_blocks = 32");
    assert_ne!(unlimited, limited);
    fs::write(&config, &limited).unwrap();
    ok(net.cluster.start("pol"));
    let alone = Instant::now();
    let measured = loop {
        let storage: Result<Value, _> = client.get(&["v1", "node", "storage"], &[]).await;
        match storage {
            Ok(storage)
                if storage["kinds"]
                    .as_array()
                    .is_some_and(|kinds| !kinds.is_empty()) =>
            {
                break storage;
            }
            storage => assert!(alone.elapsed() < WITHIN, "{storage:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let health: Value = client.get(&["v1", "health"], &[]).await.unwrap();
    let from = health["history_from_height"].as_u64().unwrap();
    assert!(from > 1, "it was not killed on its way");
    assert_eq!(measured["history_from"], 1, "no limit was applied yet");
    ok(net.cluster.kill("pol"));
    // So it is after a crash just before it is written down that the state was taken over: that happens once more, from a later block.
    fs::remove_dir_all(file.parent().unwrap()).unwrap();
    fs::create_dir(file.parent().unwrap()).unwrap();
    fs::write(&file, under_way).unwrap();
    fs::write(&config, unlimited).unwrap();
    for name in others {
        ok(net.cluster.start(name));
    }

    ok(net.cluster.start("pol"));
    let again = Instant::now();
    while joined(&home) < 2 {
        assert!(again.elapsed() < WITHIN, "no state is taken over once more");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    ok(net.cluster.kill("pol"));

    ok(net.cluster.start("pol"));
    let client = net.client("pol");
    // All of the history is fetched and read in, in a development build, beside three nodes that start too.
    let took = ok(net.cluster.ready("pol", 3 * WITHIN).await);
    let tip = net.cluster.height("pol").await.unwrap();
    eprintln!("history of {tip} blocks was whole {took:?} after the last start");
    let acknowledged = stream.stop().await;
    net.agree(&["fra", "pol"]).await;
    net.hold(&["fra", "pol"], &acknowledged).await;

    // It tells and proves what was before it came, as those who saw it do.
    let told = |mut trace: Value| {
        trace["height"] = Value::Null;
        trace
    };
    let here = net.client("fra").trace(&object).await.unwrap();
    let late = net.client("pol").trace(&object).await.unwrap();
    assert_eq!(told(here.clone()), told(late));
    let trust = client.trust().await.unwrap();
    for id in [&acknowledged[0], acknowledged.last().unwrap()] {
        let compact = client.compact(id).await.unwrap();
        let whole = client.transparent(id, &[], &[]).await.unwrap();
        convoy_verify::verify(&compact, &trust).unwrap();
        convoy_verify::verify(&whole, &trust).unwrap();
    }

    // What it fetched is pruned like everything else, is not fetched again, and what was told of it stays.
    ok(net.cluster.stop("pol"));
    fs::write(&config, limited).unwrap();
    let fetched = || fetches(&home).len();
    let (mut from, before) = (0, fetched());
    assert!(before > 0);
    for _ in 0..2 {
        ok(net.cluster.start("pol"));
        ok(net.cluster.ready("pol", WITHIN).await);
        let began = Instant::now();
        let client = net.client("pol");
        loop {
            let storage: Value = client.get(&["v1", "node", "storage"], &[]).await.unwrap();
            let now = storage["history_from"].as_u64().unwrap();
            if now > BLOCKS - 64 {
                assert!(now >= from, "{now} after {from}");
                from = now;
                break;
            }
            assert!(began.elapsed() < WITHIN, "{storage}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let health: Value = client.get(&["v1", "health"], &[]).await.unwrap();
        assert_eq!(health["condition"], "ready", "{health}");
        assert_eq!(
            told(client.trace(&object).await.unwrap()),
            told(here.clone())
        );
        ok(net.cluster.stop("pol"));
        assert_eq!(fetched(), before, "nothing is fetched again");
    }
    ok(net.cluster.stop_all());
}

/// What the late node's log says of each time it began to fetch.
fn fetches(home: &Path) -> Vec<String> {
    let log = fs::read_to_string(home.join("node.log")).unwrap();
    let lines = log.lines();
    let fetches = lines.filter(|line| line.contains("fetching what was before this node joined"));
    fetches.map(str::to_owned).collect()
}

/// How many different blocks it joined at.
fn joined(home: &Path) -> usize {
    let fetches = fetches(home);
    let at = fetches.iter().filter_map(|line| {
        let (_, behind) = line.split_once("joined=")?;
        behind.split_whitespace().next()
    });
    at.collect::<BTreeSet<_>>().len()
}

/// The file that says from where on a state is being taken over. It lies beside one that says that this is done, and holds a certificate.
fn taking_over(home: &Path) -> PathBuf {
    let folder = walk(home, "state_sync_metadata").expect("where it is written down");
    let files = fs::read_dir(folder).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let largest = files.max_by_key(|file| file.metadata().unwrap().len());
    largest.unwrap()
}

/// The folder whose name ends so.
fn walk(folder: &Path, ending: &str) -> Option<PathBuf> {
    let folders = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut folders = folders.filter(|path| path.is_dir());
    folders.find_map(|path| match path.to_str().unwrap().ends_with(ending) {
        true => Some(path),
        false => walk(&path, ending),
    })
}
