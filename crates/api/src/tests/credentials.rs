//! Credentials say what the ledger says, and stop holding when it says otherwise.

use super::{
    dids::act,
    harness::{Running, json, scanner_key},
};
use axum::{body::Body, http::StatusCode};
use convoy_types::{
    receipt::Trust,
    sd_jwt::{Question, SdJwt},
};
use convoy_verify::{Issuers, VerifyError, check_status, verify_credential};
use serde_json::{Value, json as value};

const QUESTION: Question<'_> = Question {
    audience: "https://gate.example",
    nonce: "n-7",
};

async fn ask(running: &Running, token: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let response = running
        .post(path, token, "application/json", body.to_string())
        .await;
    (response.status(), json(response).await)
}

async fn standing(running: &Running, shown: &SdJwt) -> Value {
    let body = value!({ "credential": shown.to_string(), "audience": QUESTION.audience, "nonce": QUESTION.nonce });
    let (status, answer) = ask(running, &running.read, "/v1/credentials/check", body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_verifies_with_no_network_and_holds_until_the_ledger_says_otherwise() {
    let running = Running::start().await;
    let scanner = running.scanner.to_string();
    act(&running, value!({"enrol_post": {"member": "est", "post": "gate-2", "name": "Gate 2", "roles": ["scanner"]}})).await;
    act(
        &running,
        value!({"assign_post": {"did": scanner, "post": "gate-2"}}),
    )
    .await;
    let asked = value!({ "subject": scanner, "valid_days": 7 });
    let (status, issued) = ask(&running, &running.officer, "/v1/credentials", asked).await;
    assert_eq!(status, StatusCode::OK, "{issued}");
    let issued = SdJwt::read(issued["credential"].as_str().unwrap()).unwrap();
    let now_s = convoy_node::life::clock_ms() / 1_000;
    let shown = issued
        .keep(|disclosure| disclosure.value == "gate-2")
        .present(&scanner_key(), QUESTION, now_s)
        .unwrap();

    let trust: Trust = running.client(&running.read).trust().await.unwrap();
    let issuers = Issuers {
        trust: Some(&trust),
        documents: &[],
    };
    let report = verify_credential(&shown.to_string(), issuers, Some(QUESTION), now_s).unwrap();
    assert_eq!(report.issuer, "did:convoy:node-est");
    assert_eq!(report.claims["posts"], value!(["gate-2"]));
    assert_eq!(report.claims["roles"], value!([]));
    assert!(!report.claims.contains_key("clearance"));
    let week = 7 * 24 * 3_600;
    for (question, at_s, check) in [
        (
            Some(Question {
                nonce: "n-8",
                ..QUESTION
            }),
            now_s,
            "holder",
        ),
        (Some(QUESTION), now_s + 3_600, "holder"),
        (None, now_s + week + 1, "times"),
        (None, now_s - 3_600, "times"),
    ] {
        let refused = verify_credential(&shown.to_string(), issuers, question, at_s).unwrap_err();
        assert_eq!(refused.check, check);
    }
    let nobody = verify_credential(&shown.to_string(), Issuers::default(), None, now_s);
    assert_eq!(nobody.unwrap_err().check, "key of the issuer");

    let holds = standing(&running, &shown).await;
    assert_eq!(
        (&holds["holds"], &holds["faults"]),
        (&value!(true), &value!([]))
    );
    act(
        &running,
        value!({"retire_post": {"member": "est", "post": "gate-2"}}),
    )
    .await;
    let over = standing(&running, &shown).await;
    assert_eq!(over["holds"], false);
    assert!(
        over["faults"][0].as_str().unwrap().contains("gate-2"),
        "{over}"
    );
    let key_id = scanner_key().public().key_id();
    act(
        &running,
        value!({"revoke_key": {"did": scanner, "key_id": key_id}}),
    )
    .await;
    let over = standing(&running, &shown).await;
    assert_eq!(over["faults"].as_array().unwrap().len(), 2, "{over}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_is_for_oneself_or_by_an_administrator_and_for_an_own_key() {
    let running = Running::start().await;
    let scanner = running.scanner.to_string();
    let path = "/v1/credentials";
    // The officer's only key is held by the node.
    let (status, answer) = ask(&running, &running.officer, path, value!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    for (body, status) in [
        (
            value!({ "subject": "did:convoy:nobody" }),
            StatusCode::NOT_FOUND,
        ),
        (
            value!({ "subject": scanner, "valid_days": 0 }),
            StatusCode::BAD_REQUEST,
        ),
        (
            value!({ "subject": scanner, "valid_days": 400 }),
            StatusCode::BAD_REQUEST,
        ),
        (
            value!({ "subject": scanner, "key_id": "0000000000000000" }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (value!({ "claims": {} }), StatusCode::BAD_REQUEST),
    ] {
        let (found, answer) = ask(&running, &running.officer, path, body.clone()).await;
        assert_eq!(found, status, "{body} {answer}");
    }
    let (status, _) = ask(
        &running,
        &running.submit,
        path,
        value!({ "subject": scanner }),
    )
    .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    refused_without_office(&running, path, &scanner).await;

    let (status, answer) = ask(
        &running,
        &running.read,
        "/v1/credentials/check",
        value!({ "credential": "a~b" }),
    )
    .await;
    assert_eq!((status, &answer["holds"]), (StatusCode::OK, &value!(false)));
}

/// What the list that the node gives out at this moment says of a credential, to a verifier without a network.
async fn by_list(running: &Running, credential: &str, trust: &Trust) -> Result<(), VerifyError> {
    let issuers = Issuers {
        trust: Some(trust),
        documents: &[],
    };
    let now_s = convoy_node::life::clock_ms() / 1_000;
    let response = running
        .call("GET", "/v1/credentials/status", None, None, Body::empty())
        .await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        response.headers()["content-type"],
        "application/statuslist+jwt"
    );
    let list = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    let list = std::str::from_utf8(&list).unwrap();
    let mut report = verify_credential(credential, issuers, None, now_s).unwrap();
    let late = check_status(&mut report.clone(), list, issuers, now_s + 2 * 24 * 3_600);
    assert!(late.unwrap_err().reason.contains("fetch it again"));
    let stranger = check_status(&mut report.clone(), list, Issuers::default(), now_s);
    assert!(stranger.unwrap_err().reason.contains("is none of"));
    let before = report.checks.len();
    check_status(&mut report, list, issuers, now_s)?;
    assert_eq!(report.checks.len(), before + 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_list_says_what_was_taken_back_and_what_the_ledger_ended() {
    let running = Running::start().await;
    let trust: Trust = running.client(&running.read).trust().await.unwrap();
    let scanner = running.scanner.to_string();
    let mut issued = Vec::new();
    for _ in 0..2 {
        let asked = value!({ "subject": scanner });
        let (status, answer) = ask(&running, &running.officer, "/v1/credentials", asked).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        issued.push(answer["credential"].as_str().unwrap().to_owned());
    }
    let [first, second] = [&issued[0], &issued[1]];
    let place = |credential: &str| {
        let claims = SdJwt::read(credential).unwrap().claims().unwrap();
        claims["status"]["status_list"]["idx"].as_u64().unwrap()
    };
    assert_ne!(place(first), place(second));
    for credential in [first, second] {
        by_list(&running, credential, &trust).await.unwrap();
    }
    let revoke = "/v1/credentials/revoke";
    let one = value!({ "subject": scanner, "index": place(first) });
    let (status, answer) = ask(&running, &running.officer, revoke, one.clone()).await;
    assert_eq!(
        (status, &answer["revoked"]),
        (StatusCode::OK, &value!(1)),
        "{answer}"
    );
    let (status, _) = ask(&running, &running.officer, revoke, one).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "it is taken back already");
    let refused = by_list(&running, first, &trust).await.unwrap_err();
    assert_eq!(refused.check, "status");
    assert!(
        refused.reason.contains("took it back"),
        "{}",
        refused.reason
    );
    by_list(&running, second, &trust).await.unwrap();
    let body = value!({ "credential": first });
    let (_, standing) = ask(&running, &running.read, "/v1/credentials/check", body).await;
    assert_eq!(standing["holds"], false, "{standing}");

    // What the ledger ends is over in the next list that is made, and taking anything back makes one.
    act(
        &running,
        value!({"grant_role": {"did": scanner, "role": "auditor"}}),
    )
    .await;
    act(
        &running,
        value!({"withdraw_role": {"did": scanner, "role": "scanner"}}),
    )
    .await;
    let officers = value!({ "subject": "did:convoy:officer" });
    let (status, _) = ask(&running, &running.officer, revoke, officers).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "the officer has none");
    let refused = by_list(&running, second, &trust).await.unwrap_err();
    assert!(
        refused.reason.contains("took it back"),
        "{}",
        refused.reason
    );

    // Nobody takes others' back without an office.
    refused_without_office(&running, revoke, &scanner).await;
}

/// The officer, once no administrator any more, is refused at `path`.
async fn refused_without_office(running: &Running, path: &str, scanner: &str) {
    act(running, value!({"enrol_signer": {"did": "did:convoy:second", "member": "est", "kind": "person", "roles": ["member-administrator"]}})).await;
    act(
        running,
        value!({"withdraw_role": {"did": "did:convoy:officer", "role": "member-administrator"}}),
    )
    .await;
    let (status, answer) = ask(
        running,
        &running.officer,
        path,
        value!({ "subject": scanner }),
    )
    .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    assert_eq!(answer["name"], "not-administrator");
}
