//! Taking everything away, and showing on an empty machine that it is all there: whole exports are proved, tampered ones are refused by name.

use crate::harness::{Net, WITHIN, commission, convoy, ok, started};
use convoy_cli::network::found::{Enrolment, random_did};
use convoy_client::{Signer, State};
use convoy_modules::membership::{
    self,
    types::{Action, Role, SignerKind},
};
use convoy_types::{
    Digest,
    cose::{Algorithm, SigningKey},
    receipt::transparent::split_first,
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

const EVENTS: u64 = 24;
/// With the one that enrols a signer, who then captures the last event.
const STATEMENTS: u64 = EVENTS + 1;

fn export(net: &Net, out: &Path) -> (i32, String, String) {
    let node = net.cluster.node("est").unwrap();
    let token = net.cluster.manifest.folder.join(&node.admin_token);
    convoy(&[
        "network",
        "export",
        "--out",
        out.to_str().unwrap(),
        "--node",
        &format!("http://{}", node.api),
        "--token-file",
        token.to_str().unwrap(),
        "--json",
    ])
}

fn verify(folder: &Path, trust: Option<&Path>) -> (i32, Value, String) {
    let mut arguments = vec![
        "network",
        "import",
        "--verify",
        folder.to_str().unwrap(),
        "--json",
    ];
    if let Some(trust) = trust {
        arguments.extend(["--trust", trust.to_str().unwrap()]);
    }
    let (code, out, err) = convoy(&arguments);
    (code, serde_json::from_str(&out).unwrap_or(Value::Null), err)
}

fn copied(from: &Path, to: PathBuf) -> PathBuf {
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .arg(from)
        .arg(&to)
        .status();
    assert!(copied.unwrap().success());
    to
}

/// The first file in a part of the export.
fn first_in(folder: &Path, part: &str) -> PathBuf {
    let entries = fs::read_dir(folder.join(part)).unwrap().flatten();
    entries.map(|entry| entry.path()).min().unwrap()
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

/// What a forger does who knows the manifest: makes it fit the files again.
fn refit(folder: &Path) {
    let path = folder.join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for entry in manifest["files"].as_array_mut().unwrap() {
        let bytes = fs::read(folder.join(entry["path"].as_str().unwrap())).unwrap();
        entry["bytes"] = json!(bytes.len());
        entry["sha256"] = json!(Digest::of(&bytes));
    }
    fs::write(path, manifest.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_proved_whole_with_no_network_and_every_change_is_named() {
    let mut net = started().await;
    let (signer, client) = (net.signer(0, 1), net.client("est"));
    for number in 1..EVENTS {
        let statement = commission(&signer, number);
        let status = client.submit_and_follow(&statement, WITHIN).await.unwrap();
        assert_eq!(status.state, State::Accepted, "{:?}", status.refusal);
    }
    joins_and_captures(&net).await;
    let folder = net.folder.path().join("export");
    let (code, out, err) = export(&net, &folder);
    assert_eq!(code, 0, "{err}");
    let made: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(made["manifest"]["statements"], STATEMENTS, "{made}");

    // A second one into the same folder is refused; one that was stopped midway is gone on with, and what was half there is gone.
    assert_eq!(export(&net, &folder).0, 2);
    let again = copied(&folder, net.folder.path().join("again"));
    fs::remove_file(again.join("manifest.json")).unwrap();
    let unfinished = json!({"network": made["manifest"]["network"], "until": made["manifest"]["last"], "next": 1,
        "tip": null, "statements": 0, "events": 0, "withheld": []});
    fs::write(again.join("unfinished.json"), unfinished.to_string()).unwrap();
    fs::write(again.join("log/000000000001.part"), b"half").unwrap();
    fs::write(again.join("statements/000000000001-009.cborseq"), b"half").unwrap();
    assert_eq!(
        verify(&again, None).0,
        1,
        "an unfinished export is not whole"
    );
    let (code, _, err) = export(&net, &again);
    assert_eq!(code, 0, "{err}");

    // The network is gone.
    let trust = net.folder.path().join("trust.json");
    fs::copy(folder.join("trust.json"), &trust).unwrap();
    ok(net.cluster.stop_all());
    for (folder, trust) in [
        (&folder, None),
        (&folder, Some(trust.as_path())),
        (&again, None),
    ] {
        let (code, report, err) = verify(folder, trust);
        assert_eq!(code, 0, "{err}");
        assert_eq!(report["complete"], true, "{report}");
        assert_eq!(
            (report["statements"].as_u64(), report["events"].as_u64()),
            (Some(STATEMENTS), Some(EVENTS))
        );
        assert_eq!(report["withheld"], json!([]));
        assert_eq!(report["signatures_not_checked"], 0, "{report}");
        assert!(
            report["attested_by"].as_array().unwrap().len() >= 3,
            "{report}"
        );
    }
    tampered(&net, &folder);
}

/// Somebody whose key no trust file has: it is learnt from the statement that enrolled them.
async fn joins_and_captures(net: &Net) {
    let key = SigningKey::generate(Algorithm::Ed25519).unwrap();
    let joiner = Enrolment {
        did: random_did().unwrap(),
        kind: SignerKind::Person,
        member: "est".parse().unwrap(),
        roles: vec![Role::LogisticsOfficer],
        key: key.public().clone(),
        held_by_node: false,
    };
    let client = net.client("est");
    let enrol = net
        .signer(0, 2)
        .sign(membership::NAME, &Action::EnrolSigner(joiner.new_signer()))
        .unwrap();
    let captures = Signer::new(net.network(), joiner.did, key, 0, 0);
    for statement in [enrol, commission(&captures, 999)] {
        let status = client.submit_and_follow(&statement, WITHIN).await.unwrap();
        assert_eq!(status.state, State::Accepted, "{:?}", status.refusal);
    }
}

/// Each change, with and without a manifest made to fit, and what has to be named.
fn tampered(net: &Net, whole: &Path) {
    let statements = first_in(whole, "statements");
    let name = |path: &Path| {
        path.strip_prefix(whole)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    let (statements, log, epcis) = (
        name(&statements),
        name(&first_in(whole, "log")),
        name(&first_in(whole, "epcis")),
    );
    let bytes = fs::read(whole.join(&statements)).unwrap();
    let (first, _) = split_first(&bytes).unwrap();
    let length = first.len();
    type Change<'a> = Box<dyn Fn(&Path) + 'a>;
    let cases: Vec<(&str, bool, Change<'_>, Vec<&str>)> = vec![
        (
            "a file is removed",
            false,
            Box::new(|at| fs::remove_file(at.join(&epcis)).unwrap()),
            vec![&epcis, "missing"],
        ),
        (
            "a file is added",
            false,
            Box::new(|at| fs::write(at.join("log/000000099999.cborseq"), b"x").unwrap()),
            vec!["000000099999", "added"],
        ),
        (
            "a byte is flipped",
            false,
            Box::new(|at| change(&at.join(&statements), |bytes| bytes[length / 2] ^= 1)),
            vec![&statements, "SHA-256"],
        ),
        (
            "the end of a file is lost",
            false,
            Box::new(|at| change(&at.join(&log), |bytes| bytes.truncate(bytes.len() - 1))),
            vec![&log, "bytes"],
        ),
        (
            "a statement is dropped",
            true,
            Box::new(|at| change(&at.join(&statements), |bytes| drop(bytes.drain(..length)))),
            vec![&statements, "statement", "is missing"],
        ),
        (
            "a statement is there twice",
            true,
            Box::new(|at| {
                change(&at.join(&statements), |bytes| {
                    bytes.extend_from_within(..length)
                })
            }),
            vec![&statements, "was added"],
        ),
        (
            "a receipt is changed",
            true,
            Box::new(|at| change(&at.join(&statements), |bytes| bytes[length / 2] ^= 1)),
            vec![&statements],
        ),
        (
            "the log names another statement",
            true,
            Box::new(|at| change(&at.join(&log), exchange_first_id)),
            vec![&log, "root of the log"],
        ),
        (
            "an event is changed",
            true,
            Box::new(|at| {
                change(&at.join(&epcis), |bytes| {
                    let text = String::from_utf8(bytes.clone()).unwrap();
                    *bytes = text
                        .replacen("commissioning", "decommissioning", 1)
                        .into_bytes();
                })
            }),
            vec![&epcis, "not those of the statements"],
        ),
        (
            "a statement is called withheld that was never there",
            true,
            Box::new(|at| {
                let one = json!([{"id": Digest::of(b"none"), "height": 1, "reason": "secret"}]);
                fs::write(at.join("withheld.json"), one.to_string()).unwrap();
            }),
            vec!["withheld.json", "in no block"],
        ),
    ];
    for (number, (case, forged, apply, named)) in cases.iter().enumerate() {
        let at = copied(whole, net.folder.path().join(format!("tampered-{number}")));
        apply(&at);
        if *forged {
            refit(&at);
        }
        let (code, _, err) = verify(&at, None);
        assert_eq!(code, 1, "{case}: {err}");
        for word in named {
            assert!(err.contains(word), "{case}: `{word}` is not in {err}");
        }
    }
}

/// Changes one byte of the first statement's id in a part of the log.
fn exchange_first_id(bytes: &mut Vec<u8>) {
    let blocks = convoy_types::receipt::LoggedBlock::read_all(bytes).unwrap();
    let changed = blocks.into_iter().scan(false, |done, mut block| {
        if !*done && let Some(id) = block.ids.first_mut() {
            id.0.0[0] ^= 1;
            *done = true;
        }
        Some(block.encode())
    });
    *bytes = changed.flatten().collect();
}
