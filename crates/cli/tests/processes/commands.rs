//! The commands as a person types them: exit codes, what goes to which stream, and one whole round against real nodes.

use crate::harness::{PROGRAM, convoy, ok, started};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/scenario");
const NETWORK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/network");

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn exit_codes_tell_usage_from_environment() {
    assert_eq!(convoy(&["--help"]).0, 0);
    assert_eq!(convoy(&["no-such-command"]).0, 2);
    assert_eq!(
        convoy(&["verify", "nothing.cose", "--trust", "nothing.json"]).0,
        3
    );
    // Port 9 (discard) answers nowhere.
    let (code, out, err) = convoy(&[
        "track",
        "urn:epc:id:bic:NPSU2044172",
        "--node",
        "http://127.0.0.1:9",
        "--json",
    ]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert_eq!(json(&err)["error"], "environment");
}

#[test]
fn every_command_explains_itself() {
    let (_, help, _) = convoy(&["--help"]);
    for command in [
        "demo",
        "network",
        "node",
        "key",
        "capture",
        "track",
        "handover",
        "receipt",
        "verify",
        "bench",
        "completions",
        "custody",
        "membership",
    ] {
        assert!(help.contains(command), "{command} is not in the help");
        let (code, own, _) = convoy(&[command, "--help"]);
        assert_eq!(code, 0);
        assert!(own.contains("--json"), "{command} has no --json");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(convoy(&["completions", shell]).1.contains("convoy"));
    }
}

#[test]
fn keys_are_made_listed_and_shown_without_their_secret() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().to_str().unwrap();
    for (name, algorithm) in [
        ("desk", "ed25519"),
        ("gate", "es256"),
        ("long", "ml-dsa-65"),
    ] {
        let made = convoy(&[
            "key",
            "new",
            name,
            "--algorithm",
            algorithm,
            "--signer",
            "did:convoy:1",
            "--keys",
            keys,
            "--json",
        ]);
        assert_eq!(made.0, 0, "{}", made.2);
    }
    let listed = json(&convoy(&["key", "list", "--keys", keys, "--json"]).1);
    let names: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["desk", "gate", "long"]);
    let shown = json(&convoy(&["key", "show", "gate", "--keys", keys, "--json"]).1);
    assert_eq!(shown["public"]["crv"], "P-256");
    assert!(shown["public"].get("d").is_none());
    assert_eq!(convoy(&["key", "new", "desk", "--keys", keys]).0, 2);
    assert_eq!(convoy(&["key", "show", "none", "--keys", keys]).0, 2);
}

#[test]
fn a_network_is_founded_in_an_empty_folder_only() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("net");
    let out = out.to_str().unwrap();
    let file = format!("{NETWORK}/four-nations.toml");
    let (code, made, err) = convoy(&["network", "init", &file, "--out", out, "--json"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(json(&made)["members"].as_array().unwrap().len(), 6);
    assert_eq!(convoy(&["network", "init", &file, "--out", out]).0, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_captured_traced_proved_and_verified_by_commands() {
    let mut net = started().await;
    let folder = net.folder.path().to_owned();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let officer = path("net/est/officer.token");
    let node = format!("http://{}", net.cluster.node("est").unwrap().api);
    let at = ["--node", node.as_str(), "--token-file", officer.as_str()];
    let with = |arguments: &[&str]| convoy(&[arguments, &at[..]].concat());

    let document = format!("{SCENARIO}/01-commission-parts.json");
    let (code, captured, err) = with(&["capture", &document, "--json"]);
    assert_eq!(code, 0, "{err}");
    let id = json(&captured)[0]["statements"][0]
        .as_str()
        .unwrap()
        .to_owned();

    let part = "urn:epc:id:sgtin:9521101.012001.NP26-0001";
    let traced = json(&with(&["track", part, "--json"]).1);
    assert_eq!(traced["now"]["custodian"], "est");
    let names = format!("{NETWORK}/names.toml");
    assert!(
        with(&["track", part, "--names", &names])
            .1
            .contains("Turin, plant")
    );
    let (code, _, err) = with(&["track", "urn:epc:id:sgtin:9521101.012001.NONE", "--json"]);
    assert_eq!(
        (code, json(&err)["problem"]["name"].as_str()),
        (1, Some("not-found"))
    );

    let (full, compact, trust) = (path("full.cose"), path("compact.cose"), path("trust.json"));
    assert_eq!(with(&["receipt", &id, "-o", &full, "--trust", &trust]).0, 0);
    assert_eq!(with(&["receipt", &id, "-o", &compact, "--compact"]).0, 0);
    for file in [&full, &compact] {
        let (code, report, err) = convoy(&["verify", file, "--trust", &trust, "--json"]);
        assert_eq!(code, 0, "{err}");
        assert_eq!(json(&report)["report"]["proved"], "accepted");
    }
    let mut forged = std::fs::read(&full).unwrap();
    let middle = forged.len() / 2;
    forged[middle] ^= 1;
    std::fs::write(&full, forged).unwrap();
    let (code, _, err) = convoy(&["verify", &full, "--trust", &trust, "--json"]);
    assert_eq!(code, 1);
    assert!(!json(&err)["problem"]["check"].as_str().unwrap().is_empty());

    crate::proofs::the_state_is_proved(with, &folder, part, "est");

    let (code, offered, err) = with(&["handover", "offer", part, "--to", "fra", "--json"]);
    assert_eq!(code, 0, "{err}");
    let number = json(&offered)["handover"].as_str().unwrap().to_owned();
    let (french, officer) = (
        format!("http://{}", net.cluster.node("fra").unwrap().api),
        path("net/fra/officer.token"),
    );
    let fra = ["--node", french.as_str(), "--token-file", officer.as_str()];
    // Final at one node: another learns of it a moment later.
    let offered_at = ok(net.cluster.height("est").await);
    ok(net
        .cluster
        .reached("fra", offered_at, crate::harness::WITHIN)
        .await);
    assert!(
        convoy(&[&["handover", "list", "--member", "fra"][..], &fra].concat())
            .1
            .contains(&number)
    );
    let (code, _, err) = convoy(&[&["handover", "accept", &number][..], &fra].concat());
    assert_eq!(code, 0, "{err}");
    // What is not ours any more we cannot offer.
    assert_eq!(with(&["handover", "offer", part, "--to", "ita"]).0, 1);

    // The read model is thrown away and comes back from the blocks.
    ok(net.cluster.stop("est"));
    let config = path("net/est/node.toml");
    assert_eq!(convoy(&["node", "reindex", "--config", &config]).0, 0);
    ok(net.cluster.start("est"));
    ok(net.cluster.ready("est", crate::harness::WITHIN).await);
    let height = ok(net.cluster.height("fra").await);
    ok(net
        .cluster
        .reached("est", height, crate::harness::WITHIN)
        .await);
    let traced = json(&with(&["track", part, "--json"]).1);
    assert_eq!(traced["now"]["custodian"], "fra");
    ok(net.cluster.stop_all());
}

#[test]
fn a_demo_that_is_interrupted_does_not_say_that_all_was_well() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("demo");
    let mut demo = Command::new(PROGRAM)
        .args(["demo", "--once", "--dir", dir.to_str().unwrap()])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Told on stderr line by line: the first step is done and the nodes are starting.
    let mut lines = BufReader::new(demo.stderr.take().unwrap()).lines();
    let begun = lines.any(|line| line.unwrap().contains("A network is founded"));
    assert!(begun, "the demo ended before its first step");
    let pid = Pid::from_raw(demo.id().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let told: Vec<_> = lines.map(Result::unwrap).collect();
    assert_eq!(demo.wait().unwrap().code(), Some(130), "{told:?}");
    assert!(
        told.iter()
            .any(|line| line.contains("stopped before its last step")),
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn modules_are_acted_on_and_asked_by_verbs_made_from_their_types() {
    let mut net = started().await;
    let folder = net.folder.path().to_owned();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let officer = path("net/est/officer.token");
    let node = format!("http://{}", net.cluster.node("est").unwrap().api);
    let at = [
        "--node",
        node.as_str(),
        "--token-file",
        officer.as_str(),
        "--json",
    ];
    let with = |arguments: &[&str]| convoy(&[arguments, &at[..]].concat());
    let unit = [
        "membership",
        "enrol-unit",
        "--member",
        "est",
        "--unit",
        "depot",
        "--name",
        "Depot Tapa",
    ];
    let (code, told, err) = with(&[&unit[..], &["--preview"]].concat());
    assert_eq!(code, 0, "{err}");
    assert_eq!(json(&told)["would_do"][0]["event"]["unit"]["unit"], "depot");
    let asked = || json(&with(&["membership", "member", "--member", "est"]).1);
    assert!(
        asked()["units"].as_array().unwrap().is_empty(),
        "a preview submits nothing"
    );
    assert_eq!(with(&unit).0, 0);
    assert_eq!(asked()["units"][0]["name"], "Depot Tapa");
    let (code, _, err) = with(&[&unit[..], &["--preview"]].concat());
    assert_eq!(
        (code, json(&err)["problem"]["name"].as_str()),
        (1, Some("unit-exists"))
    );
    let (code, _, err) = with(&[
        "membership",
        "enrol-unit",
        "--member",
        "est",
        "--unit",
        "Depot!",
        "--name",
        "x",
    ]);
    assert_eq!(code, 2);
    assert!(
        json(&err)["detail"]
            .as_str()
            .unwrap()
            .starts_with("--unit: "),
        "{err}"
    );
    let (code, _, err) = with(&["custody", "handovers", "--state", "gone"]);
    assert_eq!(code, 2);
    assert!(
        json(&err)["detail"].as_str().unwrap().contains("withdrawn"),
        "{err}"
    );
    ok(net.cluster.stop_all());
}
