//! Bad statements over HTTP: each is refused by name, says what to do, and leaves the node standing.

use crate::harness::{Net, WITHIN, commission, commissioned, ok, started};
use convoy_client::{Signer, State};
use convoy_modules::{
    custody::{self, types::Action},
    membership::{self, types::Action as Membership},
};
use convoy_types::{
    Did, NetworkId, Statement, StatementBuilder, cbor,
    cose::{Algorithm, SigningKey, sig_structure},
    limits::{CBOR_DEPTH_MAX, STATEMENT_BYTES_MAX},
};
use serde_json::Value;
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::{SystemTime, UNIX_EPOCH},
};

/// Status and body of a raw request, so that nothing on our side repairs what is sent.
fn post(net: &Net, kind: &str, body: &[u8]) -> (u16, Value) {
    let node = net.cluster.node("est").unwrap();
    let token = net.cluster.manifest.secret(&node.admin_token).unwrap();
    let mut stream = TcpStream::connect(node.api).unwrap();
    stream.set_read_timeout(Some(WITHIN)).unwrap();
    let head = format!(
        "POST /v1/statements HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        node.api,
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // A node that refuses by the length alone may close before it has read everything.
    let _cut_off = stream.write_all(body);
    let mut answer = Vec::new();
    let _closed = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    let status = answer
        .split_whitespace()
        .nth(1)
        .and_then(|code| code.parse().ok())
        .unwrap_or(0);
    let json = answer.find('{').map_or(Value::Null, |at| {
        serde_json::from_str(&answer[at..]).unwrap_or(Value::Null)
    });
    (status, json)
}

/// Refused at the door with this status and name, with a detail that begins so, and with a remedy.
fn refused(net: &Net, what: &str, bytes: &[u8], (status, name, detail): (u16, &str, &str)) {
    let (found, problem) = post(net, "application/cose", bytes);
    assert_eq!(
        (found, problem["name"].as_str()),
        (status, Some(name)),
        "{what}: {problem}"
    );
    let told = problem["detail"].as_str().unwrap();
    assert!(told.starts_with(detail), "{what}: {problem}");
    assert!(
        !problem["remedy"].as_str().unwrap().is_empty(),
        "{what}: {problem}"
    );
    assert_eq!(problem["status"], status, "{what}");
    assert!(problem["code"].as_u64().unwrap() > 0, "{what}");
}

fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as u64
}

fn builder(net: &Net, nation: usize, sequence: u64, number: u64) -> StatementBuilder {
    let body = cbor::to_vec(&Action::Capture(Box::new(commissioned(number))));
    StatementBuilder::new(
        net.network(),
        net.people[nation].did.clone(),
        now_ms() + 60_000,
    )
    .sequence(9, sequence)
    .action(custody::NAME, body)
}

/// A byte string in CBOR.
fn bytes(content: &[u8], out: &mut Vec<u8>) {
    match content.len() {
        length @ 0..24 => out.push(0x40 | length as u8),
        length @ 24..256 => out.extend([0x58, length as u8]),
        length => {
            out.push(0x59);
            out.extend((length as u16).to_be_bytes());
        }
    }
    out.extend_from_slice(content);
}

/// A COSE_Sign1 with this header and payload, put together without any check and signed over what it says.
fn assembled(
    good: &Statement,
    payload: &[u8],
    key: &SigningKey,
    signature: impl Fn(Vec<u8>) -> Vec<u8>,
) -> Vec<u8> {
    let mut out = vec![0xd2, 0x84];
    bytes(good.protected(), &mut out);
    out.push(0xa0);
    bytes(payload, &mut out);
    bytes(
        &signature(key.sign(&sig_structure(good.protected(), payload)).unwrap()),
        &mut out,
    );
    out
}

/// The payload of `good`, whose only action has `levels` arrays one in the other for a body.
fn nested(good: &Statement, levels: usize) -> Vec<u8> {
    let mut own = Vec::new();
    bytes(&good.actions()[0].body, &mut own);
    let mut payload = good.payload().strip_suffix(&*own).unwrap().to_vec();
    bytes(&[vec![0x81; levels], vec![0]].concat(), &mut payload);
    payload
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_statements_are_refused_by_name_at_the_door() {
    let mut net = started().await;
    let key = net.people[0].key();
    let good = builder(&net, 0, 0, 1).sign(&key).unwrap();
    let same = |signature: Vec<u8>| signature;
    let flipped = |mut signature: Vec<u8>| {
        signature[40] ^= 1;
        signature
    };

    let (whole, payload) = (good.bytes(), good.payload());
    // The version 1 in two bytes where one suffices.
    let longer = [&payload[..1], &[0x18, 0x01], &payload[2..]].concat();
    let deep = |levels| assembled(&good, &nested(&good, levels), &key, same);
    // Each by the fault's number and the field, so that none passes for another's reason.
    let forms: [(&str, Vec<u8>, &str); 7] = [
        (
            "truncated",
            whole[..whole.len() - 10].to_vec(),
            "1001: signature: ",
        ),
        ("empty", Vec::new(), "1001: statement: "),
        ("trailing", [whole, &[0][..]].concat(), "1003: statement: "),
        (
            "nested",
            deep(CBOR_DEPTH_MAX + 1),
            "1011: payload: actions: body: ",
        ),
        (
            "deeply nested",
            deep(60_000),
            "1011: payload: actions: body: ",
        ),
        (
            "non-canonical",
            assembled(&good, &longer, &key, same),
            "1004: payload: version: ",
        ),
        (
            "unsigned",
            assembled(&good, payload, &key, |_| Vec::new()),
            "1008: signature: ",
        ),
    ];
    for (what, bytes, detail) in forms {
        refused(&net, what, &bytes, (400, "malformed-statement", detail));
    }
    // One level less is a form that the module does not know.
    refused(
        &net,
        "nested as deeply as may be",
        &deep(CBOR_DEPTH_MAX),
        (400, "malformed-action", "action of module custody: "),
    );
    refused(
        &net,
        "oversized",
        &vec![0; STATEMENT_BYTES_MAX + 1],
        (413, "body-too-large", ""),
    );
    refused(
        &net,
        "wrongly signed",
        &assembled(&good, payload, &key, flipped),
        (403, "bad-signature", "the signature does not match the key"),
    );

    let signed = |network: NetworkId, did: &Did, not_after_ms, key: &SigningKey| {
        let body = cbor::to_vec(&Action::Capture(Box::new(commissioned(1))));
        let builder = StatementBuilder::new(network, did.clone(), not_after_ms).sequence(9, 0);
        let statement = builder.action(custody::NAME, body).sign(key).unwrap();
        statement.bytes().to_vec()
    };
    let (here, own) = (net.network(), net.people[0].did.clone());
    let soon = now_ms() + 60_000;
    refused(
        &net,
        "expired",
        &signed(here.clone(), &own, 1_000, &key),
        (422, "expired", "not_after 1000 "),
    );
    let elsewhere = NetworkId::new("elsewhere.0011223344556677").unwrap();
    refused(
        &net,
        "wrong network",
        &signed(elsewhere, &own, soon, &key),
        (
            422,
            "wrong-network",
            "aud names network elsewhere.0011223344556677",
        ),
    );
    let stranger = SigningKey::generate(Algorithm::Ed25519).unwrap();
    let no_key =
        |did: &Did, key: &SigningKey| format!("{did} has no key {}", key.public().key_id());
    refused(
        &net,
        "unknown key",
        &signed(here.clone(), &own, soon, &stranger),
        (403, "unknown-key", &no_key(&own, &stranger)),
    );
    let nobody = Did::new("did:convoy:nobody").unwrap();
    refused(
        &net,
        "unknown signer",
        &signed(here, &nobody, soon, &key),
        (403, "unknown-key", &no_key(&nobody, &key)),
    );

    // And after all that a good one is taken as if nothing had happened.
    let (status, answer) = post(&net, "application/cose", whole);
    assert_eq!(status, 202, "{answer}");
    assert_eq!(
        net.client("pol")
            .follow(&good.id(), WITHIN)
            .await
            .unwrap()
            .state,
        State::Accepted
    );
    ok(net.cluster.stop_all());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_counts_once_and_in_its_place() {
    let mut net = started().await;
    let client = net.client("est");
    let signer = net.signer(0, 3);
    let first = commission(&signer, 1);
    let before = client.submit_and_follow(&first, WITHIN).await.unwrap();
    assert_eq!(before.state, State::Accepted);

    // Replayed as it is, here and elsewhere: the same statement, the same place, nothing new.
    let again = net.client("ita").submit(&first).await;
    if let Err(error) = &again {
        assert_eq!(error.problem().unwrap().name, "sequence-used");
    }
    let after = client.submit_and_follow(&first, WITHIN).await.unwrap();
    assert_eq!(
        (before.height, before.log_index),
        (after.height, after.log_index)
    );

    // Another statement in a place that is taken.
    let person = &net.people[0];
    let second = Signer::new(net.network(), person.did.clone(), person.key(), 3, 0);
    let taken = client.submit(&commission(&second, 2)).await.unwrap_err();
    assert_eq!(taken.problem().unwrap().name, "sequence-used");

    // Ahead of its lane: it waits for those before it, and when they do not come its end is explained.
    let ahead = Signer::new(net.network(), person.did.clone(), person.key(), 3, 7);
    let early = ahead
        .sign_with(|_| {
            StatementBuilder::new(net.network(), person.did.clone(), now_ms() + 3_000)
                .sequence(3, 7)
                .action(
                    custody::NAME,
                    cbor::to_vec(&Action::Capture(Box::new(commissioned(3)))),
                )
        })
        .unwrap();
    match client.submit(&early).await {
        Err(error) => assert_eq!(error.problem().unwrap().name, "sequence-ahead"),
        Ok(id) => {
            let status = client.follow(&id, WITHIN).await.unwrap();
            assert!(
                matches!(status.state, State::Refused | State::Expired),
                "{status:?}"
            );
            let name = status.refusal.unwrap().name;
            assert!(
                ["sequence-ahead", "deadline-passed", "expired"].contains(&name.as_str()),
                "{name}"
            );
        }
    }
    ok(net.cluster.stop_all());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_signs_nothing_more() {
    let mut net = started().await;
    let client = net.client("est");
    let signer = net.signer(0, 0);
    assert_eq!(
        client
            .submit_and_follow(&commission(&signer, 1), WITHIN)
            .await
            .unwrap()
            .state,
        State::Accepted
    );

    let revoke = Membership::RevokeKey {
        did: net.people[0].did.clone(),
        key_id: net.people[0].key().public().key_id(),
        reason: "lost at Tapa".into(),
    };
    let revoked = signer.sign(membership::NAME, &revoke).unwrap();
    assert_eq!(
        client
            .submit_and_follow(&revoked, WITHIN)
            .await
            .unwrap()
            .state,
        State::Accepted
    );

    let late = commission(&signer, 2);
    let name = match client.submit(&late).await {
        Err(error) => error.problem().unwrap().name.clone(),
        // The door remembered the key for some blocks; the ledger itself looks every time.
        Ok(id) => {
            client
                .follow(&id, WITHIN)
                .await
                .unwrap()
                .refusal
                .unwrap()
                .name
        }
    };
    assert_eq!(name, "key-not-valid");
    ok(net.cluster.stop_all());
}
