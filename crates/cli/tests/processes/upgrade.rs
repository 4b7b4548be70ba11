//! A running network goes from one build of the program to the next, a node at a time, under load.
//!
//! `CONVOY_PREVIOUS_BIN` is the program that the network runs with at first, `CONVOY_NEXT_BIN` the one that every node is started with again; each is
//! the program under test where it is not set. `scripts/upgrade-from REV` sets the first to a build of an earlier revision.

use crate::harness::{Net, Stream, WITHIN, convoy, founded, ok, program_of};
use convoy_client::{Signer, State};
use convoy_modules::membership::{self, types::Action};
use convoy_node::{NodeConfig, engine::Timeouts, protocol::REHEARSAL};
use serde_json::Value;
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
        if pause <= bound {
            "within"
        } else {
            "longer than"
        }
    );
    ok(net.cluster.stop_all());
}

/// Blocks between the agreement on a version and its first block, here.
const AFTER: u32 = 120;

/// Starts the node of `name`, from now on, as a build that calls version 2 its newest. It has the rules of version 1: what is shown is that it begins
/// for all at one block, and what becomes of a build that does not know it.
fn rehearse(net: &mut Net, name: &str) {
    net.cluster
        .wrap(name, vec!["env".into(), format!("{REHEARSAL}=2")]);
}

async fn accepted(net: &Net, name: &str, signer: &Signer, action: &Action) {
    let statement = signer.sign(membership::NAME, action).unwrap();
    let client = net.client(name);
    client.submit(&statement).await.unwrap();
    let status = client.follow(&statement.id(), WITHIN).await.unwrap();
    assert_eq!(status.state, State::Accepted, "{:?}", status.refusal);
}

/// What this node answers, once it is as wanted.
async fn once(net: &Net, name: &str, path: &[&str], wanted: impl Fn(&Value) -> bool) -> Value {
    let client = crate::harness::impatient(net.client(name));
    let asked = Instant::now();
    loop {
        let said: Result<Value, _> = client.get(path, &[]).await;
        match said {
            Ok(said) if wanted(&said) => return said,
            said => assert!(asked.elapsed() < WITHIN, "{name} {path:?}: {said:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Executes the history of the node of `name` again, up to block `to`; the verdict.
pub async fn shadow(net: &Net, name: &str, to: u64) -> Value {
    let config = net.cluster.manifest.folder.join(name).join("node.toml");
    let ask = move || {
        let (config, to) = (config.to_str().unwrap().to_owned(), to.to_string());
        convoy(&["--json", "node", "shadow", "--config", &config, "--to", &to])
    };
    let (code, out, err) = tokio::task::spawn_blocking(ask).await.unwrap();
    assert_eq!(code, 0, "{out}{err}");
    let said: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(said["equal"], true, "{said}");
    assert_eq!(said["report"]["height"], to, "{said}");
    said
}

/// The node of pol stands before block `from`, says why, and serves what it had.
async fn stands(net: &Net, from: u64, early: &convoy_types::StatementId) {
    let health = once(net, "pol", &["v1", "health"], |health| {
        health["condition"] == "stopped"
    })
    .await;
    let words = health["reasons"][0].as_str().unwrap();
    let expected = format!("block {from} is under version 2 of the rules");
    assert!(words.contains(&expected), "{words}");
    assert_eq!(health["height"], from - 1);
    net.hold(&["pol"], std::slice::from_ref(early)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_begins_at_one_block_for_all_and_an_old_build_stops_before_it_and_loses_nothing()
{
    let mut net = founded();
    for name in ["est", "fra", "ita"] {
        rehearse(&mut net, name);
    }
    ok(net.cluster.start_all());
    ok(net.cluster.all_ready(WITHIN).await);
    let stream = Stream::start(&net, 0, 1, &["est", "fra"]);
    stream.progress(10).await;

    // Planned by one, agreed to by three, each with the root to which its replay of the history came.
    let plan = Action::PlanProtocol {
        protocol: 2,
        after_blocks: AFTER,
    };
    accepted(&net, "est", &net.signer(0, 5), &plan).await;
    let path = ["v1", "modules", "membership", "protocol"];
    let planned = once(&net, "est", &path, |said| said["plan"].is_object()).await;
    assert_eq!(planned["active"], 1);
    let to = planned["plan"]["replay_to"].as_u64().unwrap();
    for (nation, name) in [(0, "est"), (1, "fra"), (2, "ita")] {
        once(&net, name, &["v1", "network"], |said| {
            said["height"].as_u64() >= Some(to)
        })
        .await;
        let verdict = shadow(&net, name, to).await;
        println!(
            "{name} executed {to} blocks again in {} s: {}",
            verdict["seconds"], verdict["report"]["state_root"]
        );
        let report = &verdict["report"];
        let agree = Action::AgreeProtocol {
            plan: 1,
            state_root: serde_json::from_value(report["state_root"].clone()).unwrap(),
            build: report["build"].as_str().unwrap().to_owned(),
        };
        accepted(&net, name, &net.signer(nation, 6), &agree).await;
    }
    let said = once(&net, "est", &path, |said| {
        said["plan"]["from_block"].is_u64() || said["active"] == 2
    })
    .await;
    let from = said["plan"]["from_block"].as_u64().unwrap();
    let health = once(&net, "pol", &["v1", "health"], |health| {
        let notices = health["notices"].as_array().unwrap();
        notices.iter().any(|notice| {
            let words = notice.as_str().unwrap();
            words.contains(&format!("version 2 of the rules begins with block {from}"))
        })
    })
    .await;
    println!("{}", health["notices"]);

    // It begins for three, who go on; the fourth stops before its first block, and again when it is started as it was.
    for name in ["est", "fra", "ita"] {
        let said = once(&net, name, &["v1", "network"], |said| {
            said["protocol_version"] == 2 && said["height"].as_u64() > Some(from)
        })
        .await;
        assert_eq!(said["protocol_newest"], 2);
    }
    stream.progress(10).await;
    let early = stream.first().await;
    stands(&net, from, &early).await;
    ok(net.cluster.terminate("pol"));
    ok(net.cluster.start("pol"));
    stands(&net, from, &early).await;

    // With the new build it goes on from there.
    ok(net.cluster.terminate("pol"));
    rehearse(&mut net, "pol");
    ok(net.cluster.start("pol"));
    ok(net.cluster.ready("pol", WITHIN).await);
    stream.progress(5).await;
    let acknowledged = stream.stop().await;
    net.agree(&ALL).await;
    net.hold(&ALL, &acknowledged).await;

    // A replay goes on where it was, also over the change of version.
    let tip = ok(net.cluster.height("est").await);
    rehearse_replay(&net, to, tip).await;
    ok(net.cluster.stop_all());
}

/// The build that does not know version 2 says so; the one that does makes the same of the blocks under it.
async fn rehearse_replay(net: &Net, done: u64, tip: u64) {
    let config = net.cluster.manifest.folder.join("est/node.toml");
    let run = move |newest: &'static str| {
        let output = std::process::Command::new(crate::harness::PROGRAM)
            .args(["--json", "node", "shadow", "--config"])
            .arg(&config)
            .args(["--to", &tip.to_string()])
            .env(REHEARSAL, newest)
            .env("CONVOY_PASSPHRASE", "correct horse")
            .output()
            .unwrap();
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), said)
    };
    let (old, new) = tokio::task::spawn_blocking(move || (run("1"), run("2")))
        .await
        .unwrap();
    assert_eq!(old.0, Some(1), "{}", old.1);
    let words = old.1["report"]["differs"].as_str().unwrap();
    assert!(words.contains("version 2 of the rules"), "{words}");
    assert_eq!(old.1["report"]["first"], done + 1);
    assert_eq!(new.0, Some(0), "{}", new.1);
    assert_eq!(new.1["report"]["height"], tip);
}
