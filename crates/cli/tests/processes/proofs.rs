//! Proofs from running nodes, verified with no network: receipts of one, two and all members, and what the state holds or does not.

use crate::harness::{Net, WITHIN, commission, convoy, impatient, ok, started};
use convoy_client::{Client, ClientError, State};
use convoy_types::{MemberId, StatementId, identifiers::Epc, receipt::StateProof};
use serde_json::Value;
use std::{
    path::Path,
    time::{Duration, Instant},
};

const ALL: [&str; 4] = ["est", "fra", "ita", "pol"];

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What `convoy verify` reports of a file that holds.
fn verified(arguments: &[&str]) -> Value {
    let (code, told, err) = convoy(&[&["verify", "--json"][..], arguments].concat());
    assert_eq!(code, 0, "{arguments:?}: {err}");
    json(&told)
}

/// The check that `convoy verify` names where a file does not hold.
fn failed_check(arguments: &[&str]) -> String {
    let (code, told, err) = convoy(&[&["verify", "--json"][..], arguments].concat());
    assert_eq!((code, told.as_str()), (1, ""), "{arguments:?}");
    json(&err)["problem"]["check"].as_str().unwrap().to_owned()
}

fn vouchers(verified: &Value) -> Vec<&str> {
    let members = verified["report"]["attested_by"].as_array().unwrap();
    members
        .iter()
        .map(|member| member.as_str().unwrap())
        .collect()
}

async fn accepted(net: &Net, lane: u8, number: u64) -> StatementId {
    let statement = commission(&net.signer(0, lane), number);
    let client = net.client("est");
    let status = client.submit_and_follow(&statement, WITHIN).await.unwrap();
    assert_eq!(status.state, State::Accepted, "{status:?}");
    statement.id()
}

/// Asks the interface once for receipts of `members`.
async fn asked(
    client: &Client,
    id: &StatementId,
    members: &[&str],
    wait_ms: &str,
) -> Result<Vec<u8>, ClientError> {
    let (id, members) = (id.to_string(), members.join(","));
    let query = [("members", members.as_str()), ("wait_ms", wait_ms)];
    let path = ["v1", "statements", &id, "transparent"];
    let answer = client.get_bytes(&path, &query, "application/cose").await;
    answer.map(|bytes| bytes.to_vec())
}

/// Asks until the members have signed.
async fn receipts_of(client: &Client, id: &StatementId, members: &[&str]) -> Vec<u8> {
    let members: Vec<MemberId> = members.iter().map(|name| name.parse().unwrap()).collect();
    let started = Instant::now();
    loop {
        match client.transparent(id, &members, &[]).await {
            Ok(bytes) => return bytes.to_vec(),
            Err(error) if started.elapsed() > WITHIN => panic!("{members:?}: {error}"),
            Err(error) => assert!(error.problem().is_none_or(|problem| problem.retryable)),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_of_the_members_asked_for_and_waits_for_one_that_is_down() {
    let mut net = started().await;
    let folder = net.folder.path().to_owned();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (by_api, by_command, trust) = (path("api.cose"), path("cli.cose"), path("trust.json"));
    let node = ok(net.cluster.node("est")).clone();
    let token = net.cluster.manifest.folder.join(&node.admin_token);
    let url = format!("http://{}", node.api);
    let receipt = |id: &StatementId, members: &[&str]| {
        let (id, members) = (id.to_string(), members.join(","));
        let (code, _, err) = convoy(&[
            "receipt",
            &id,
            "--members",
            &members,
            "-o",
            &by_command,
            "--trust",
            &trust,
            "--node",
            &url,
            "--token-file",
            token.to_str().unwrap(),
        ]);
        assert_eq!(code, 0, "{members}: {err}");
    };
    let client = net.client("est");

    let id = accepted(&net, 1, 1).await;
    for members in [&ALL[..1], &ALL[..2], &["ita", "pol"][..], &ALL[..]] {
        let bytes = receipts_of(&client, &id, members).await;
        std::fs::write(&by_api, bytes).unwrap();
        receipt(&id, members);
        for file in [&by_api, &by_command] {
            let told = verified(&[file, "--trust", &trust]);
            assert_eq!(vouchers(&told), members, "{told}");
            assert_eq!(told["report"]["proved"], "accepted");
            assert_eq!(told["report"]["statement"], id.to_string());
        }
    }

    // What it signed before it was killed covers nothing that came later.
    ok(net.cluster.kill("pol"));
    let late = accepted(&net, 2, 2).await;
    let three = receipts_of(&client, &late, &ALL[..3]).await;
    std::fs::write(&by_api, three).unwrap();
    assert_eq!(vouchers(&verified(&[&by_api, "--trust", &trust])), ALL[..3]);
    let hasty = impatient(client.clone());
    for wait_ms in [0, 1_500] {
        let began = Instant::now();
        let refused = asked(&hasty, &late, &ALL, &wait_ms.to_string()).await;
        let refused = refused.unwrap_err();
        assert!(began.elapsed() >= Duration::from_millis(wait_ms));
        let problem = refused.problem().unwrap();
        assert_eq!((problem.status, problem.name.as_str()), (409, "not-yet"));
        assert!(
            problem.retryable && problem.detail.contains("member pol"),
            "{problem}"
        );
    }

    ok(net.cluster.start("pol"));
    ok(net.cluster.ready("pol", WITHIN).await);
    let four = receipts_of(&client, &late, &ALL).await;
    std::fs::write(&by_api, four).unwrap();
    receipt(&late, &ALL);
    for file in [&by_api, &by_command] {
        assert_eq!(vouchers(&verified(&[file, "--trust", &trust])), ALL);
    }
    ok(net.cluster.stop_all());
}

/// Presence and absence by the command `with` a node, of an object that it knows, verified with no network.
pub fn the_state_is_proved(
    with: impl Fn(&[&str]) -> (i32, String, String),
    folder: &Path,
    object: &str,
    custodian: &str,
) {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (file, trust) = (path("state.cbor"), path("state-trust.json"));
    let proof = |named: [&str; 2]| {
        let made = with(&[
            "receipt", named[0], named[1], "-o", &file, "--trust", &trust,
        ]);
        assert_eq!(made.0, 0, "{named:?}: {}", made.2);
    };
    let absent = "urn:epc:id:sgtin:9521101.012001.NONE";
    for (named, proved) in [
        (["--object", absent], "absent"),
        (["--record", "membership/members/est"], "present"),
        (["--record", "membership/members/nor"], "absent"),
        (["--object", object], "present"),
    ] {
        proof(named);
        let told = verified(&[&[file.as_str(), "--trust", &trust][..], &named].concat());
        assert_eq!(told["report"]["proved"], proved, "{named:?}: {told}");
        assert_eq!(told["record"]["cell"].is_string(), proved == "present");
        assert!(vouchers(&told).len() >= 3, "a quorum of four: {told}");
    }

    // The file is now that of the object.
    let link = Epc::parse(object).unwrap().to_string();
    for form in [object, &link] {
        let told = verified(&[&file, "--trust", &trust, "--object", form]);
        assert_eq!(told["record"]["object"]["custodian"], custodian, "{told}");
    }
    let unnamed = verified(&[&file, "--trust", &trust]);
    let notes = unnamed["report"]["notes"].to_string();
    assert!(notes.contains("name it with --object"), "{unnamed}");
    let other = ["--object", absent];
    let check =
        |more: &[&str]| failed_check(&[&[file.as_str(), "--trust", &trust][..], more].concat());
    assert_eq!(check(&other), "record asked for");

    let good = std::fs::read(&file).unwrap();
    let broken = |change: &dyn Fn(&mut StateProof)| {
        let mut proof = StateProof::decode(&good).unwrap();
        change(&mut proof);
        std::fs::write(&file, proof.encode()).unwrap();
        check(&[])
    };
    let (record, certificate) = ("record in the state", "certificate of the validators");
    let value = |proof: &mut StateProof| proof.value.as_mut().unwrap()[9] ^= 1;
    assert_eq!(broken(&value), record);
    assert_eq!(broken(&|proof| proof.value = None), record);
    assert_eq!(broken(&|proof| proof.key.0[31] ^= 1), record);
    assert_eq!(
        broken(&|proof| proof.header.rest.state.root.0[0] ^= 1),
        certificate
    );
    assert_eq!(
        broken(&|proof| proof.certificate.signatures[0][7] ^= 1),
        certificate
    );
    for at in (0..good.len()).step_by(good.len() / 8) {
        let mut flipped = good.clone();
        flipped[at] ^= 1;
        std::fs::write(&file, flipped).unwrap();
        assert!(!check(&[]).is_empty(), "byte {at}");
    }

    // What happened is proved by receipts, so there is no such record to ask for.
    let history = [
        "receipt",
        "--record",
        "custody/events/0x00",
        "-o",
        file.as_str(),
    ];
    assert_eq!(with(&history).0, 2);
    assert_eq!(with(&["receipt", "-o", &file]).0, 2);
}
