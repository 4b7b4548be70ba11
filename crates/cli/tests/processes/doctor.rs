//! The doctor on real nodes: sound ones, and ones with faults that were really made.

use crate::harness::{Net, convoy, ok, started};
use serde_json::Value;
use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

const OTHERS: [&str; 3] = ["fra", "ita", "pol"];

/// Runs the doctor on Estonia's node: exit code and findings.
fn examined(net: &Net) -> (i32, Vec<Value>) {
    let config = file(net, "node.toml");
    let mut arguments = vec![
        "node",
        "doctor",
        "--json",
        "--config",
        config.to_str().unwrap(),
    ];
    let others: Vec<String> = OTHERS
        .iter()
        .map(|name| format!("http://{}", net.cluster.node(name).unwrap().api))
        .collect();
    let running = net.cluster.pids();
    for (name, other) in OTHERS.iter().zip(&others) {
        if running.iter().any(|(one, _)| one == name) {
            arguments.extend(["--other", other]);
        }
    }
    let (code, out, err) = convoy(&arguments);
    let answer: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    assert_eq!(answer["healthy"], code == 0, "{answer}");
    (code, answer["findings"].as_array().unwrap().clone())
}

/// A file of Estonia's node.
fn file(net: &Net, name: &str) -> PathBuf {
    net.cluster.manifest.folder.join("est").join(name)
}

fn level<'a>(findings: &'a [Value], check: &str) -> &'a str {
    let found = findings.iter().find(|finding| finding["check"] == check);
    found.unwrap_or_else(|| panic!("`{check}` is not in {findings:#?}"))["level"]
        .as_str()
        .unwrap()
}

/// There is a fault of this check that names all of this, and says what to do.
fn names(net: &Net, check: &str, words: &[&str]) {
    says(net, "fault", check, words);
}

/// There is a finding of this level and check that names all of this.
fn says(net: &Net, level: &str, check: &str, words: &[&str]) {
    let (code, findings) = examined(net);
    assert!(level != "fault" || code == 1, "{findings:#?}");
    let found = findings.iter().any(|finding| {
        let text = finding["found"].as_str().unwrap();
        finding["check"] == check
            && finding["level"] == level
            && finding["remedy"]
                .as_str()
                .is_some_and(|remedy| !remedy.is_empty())
            && words.iter().all(|word| text.contains(word))
    });
    assert!(
        found,
        "no {level} of `{check}` names {words:?}: {findings:#?}"
    );
}

/// Changes a file, looks, and puts the file back.
fn with_changed(path: &Path, change: impl FnOnce(&str) -> String, look: impl FnOnce()) {
    let before = fs::read_to_string(path).unwrap();
    let after = change(&before);
    assert_ne!(before, after, "{} was not changed", path.display());
    fs::write(path, after).unwrap();
    look();
    fs::write(path, before).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_names_each_fault_of_a_node_and_finds_none_in_a_sound_one() {
    let mut net = started().await;

    let (code, findings) = examined(&net);
    assert_eq!(code, 0, "{findings:#?}");
    for check in [
        "configuration",
        "data folder",
        "secret files",
        "read model",
        "founding document",
        "ledger",
        "list of peers",
        "keystore",
        "keys",
        "port of the interface",
        "port for peers",
        "peers",
        "clock",
        "state",
        "version",
    ] {
        assert_eq!(level(&findings, check), "ok", "{check}: {findings:#?}");
    }

    // While the node runs: a peer that is away, and secrets that others may read.
    ok(net.cluster.stop("pol"));
    let pol = net.cluster.node("pol").unwrap().peer.to_string();
    names(&net, "peers", &["`pol`", &pol]);
    let passphrase = file(&net, "passphrase");
    fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o644)).unwrap();
    names(&net, "secret files", &[passphrase.to_str().unwrap(), "644"]);
    fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o600)).unwrap();

    // While it does not run: it is said, and other faults are named.
    ok(net.cluster.stop("est"));
    let (_, findings) = examined(&net);
    assert_eq!(level(&findings, "port of the interface"), "ok");
    assert_eq!(level(&findings, "state"), "not_checked");

    let api = net.cluster.node("est").unwrap().api;
    let peer = net.cluster.node("est").unwrap().peer;
    let taken = (
        TcpListener::bind(api).unwrap(),
        TcpListener::bind(peer).unwrap(),
    );
    names(&net, "port of the interface", &[&api.to_string(), "taken"]);
    names(&net, "port for peers", &[&peer.to_string(), "taken"]);
    drop(taken);

    let genesis = net.cluster.manifest.folder.join("genesis.json");
    let another_time = |text: &str| text.replacen("\"time_ms\": 1", "\"time_ms\": 2", 1);
    with_changed(&genesis, another_time, || {
        names(&net, "founding document", &["of `est` does not hold"]);
    });
    with_changed(
        &genesis,
        |text| text[..text.len() / 2].to_owned(),
        || {
            names(&net, "founding document", &["genesis.json"]);
        },
    );
    with_changed(
        &passphrase,
        |text| format!("not {text}"),
        || {
            names(&net, "keystore", &["passphrase does not open"]);
        },
    );
    let config = file(&net, "node.toml");
    with_changed(
        &config,
        |text| text.replacen("heartbeat_ms", "hartbeat_ms", 1),
        || {
            names(&net, "configuration", &["hartbeat_ms"]);
        },
    );
    with_changed(
        &config,
        |text| text.replacen("member = \"est\"", "member = \"fra\"", 1),
        || {
            // Keys may have been replaced by a transaction, so this alone is no fault.
            says(&net, "note", "keys", &["`fra`"]);
        },
    );
    let model = fs::read_dir(file(&net, "data/readmodel"))
        .unwrap()
        .flatten();
    let model = model
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|end| end == "db"));
    let model = model.unwrap();
    let before = fs::read(&model).unwrap();
    fs::write(&model, b"no database").unwrap();
    names(&net, "read model", &["damaged"]);
    fs::write(&model, before).unwrap();
    ok(net.cluster.stop_all());
}
