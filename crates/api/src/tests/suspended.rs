//! A suspended signer at every door: token, open feed, queued work. Sessions and certificates have tests of their own beside their doors.

use super::{
    harness::{Running, json, scanner_key},
    scene::LIMIT,
};
use axum::body::Body;
use convoy_node::tokens::Scope;
use convoy_types::StatementBuilder;
use futures::StreamExt as _;
use serde_json::json;

async fn suspend(running: &Running, status: &str) {
    let action = json!({ "set_signer_status": { "did": running.scanner, "status": status } });
    running.do_as_officer("membership", &action).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_signers_token_is_refused_at_every_door_and_works_again_when_reinstated() {
    let running = Running::start().await;
    let scopes = vec![Scope::Read, Scope::Submit, Scope::Admin];
    let token = running
        .node
        .tokens()
        .issue("juri", scopes, Some(running.scanner.clone()), None)
        .unwrap();
    let doors = [
        ("GET", "/v1/network"),
        ("GET", "/v1/session"),
        ("GET", "/v1/limits"),
        ("GET", "/v1/identifiers?id=x"),
        ("GET", "/v1/tokens"),
        ("POST", "/v1/tokens"),
        ("POST", "/v1/actions"),
        ("POST", "/v1/statements"),
        ("GET", "/v1/events"),
        ("GET", "/v1/feed"),
    ];
    let ask = |method: &'static str, path: &'static str| {
        running.call(method, path, Some(&token), None, Body::empty())
    };
    assert_eq!(ask("GET", "/v1/session").await.status(), 200);
    let feed = ask("GET", "/v1/feed").await;
    assert_eq!(feed.status(), 200);
    let listening = tokio::spawn(async move {
        let mut heard = feed.into_body().into_data_stream();
        while heard.next().await.is_some() {}
    });
    suspend(&running, "suspended").await;
    for (method, path) in doors {
        let response = ask(method, path).await;
        assert_eq!(response.status(), 403, "{method} {path}");
        let told = json(response).await;
        assert_eq!(told["name"], "may-not-enter", "{method} {path}: {told}");
        assert!(told["detail"].as_str().unwrap().contains("suspended"));
    }
    let ended = tokio::time::timeout(LIMIT, listening).await;
    assert!(ended.is_ok(), "the open feed goes on");
    suspend(&running, "active").await;
    assert_eq!(ask("GET", "/v1/session").await.status(), 200);
    suspend(&running, "retired").await;
    assert_eq!(ask("GET", "/v1/session").await.status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_tokens_feed_ends() {
    let running = Running::start().await;
    let tokens = running.node.tokens();
    let token = tokens
        .issue("display", vec![Scope::Read], None, None)
        .unwrap();
    let feed = running
        .call("GET", "/v1/feed", Some(&token), None, Body::empty())
        .await;
    assert_eq!(feed.status(), 200);
    let listening = tokio::spawn(async move {
        let mut heard = feed.into_body().into_data_stream();
        while heard.next().await.is_some() {}
    });
    let id = tokens.find(&token, 0).unwrap().id();
    assert!(tokens.revoke(&id).unwrap());
    let ended = tokio::time::timeout(LIMIT, listening).await;
    assert!(ended.is_ok(), "the feed goes on without its token");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_signed_before_being_suspended_and_sent_after_has_no_effect() {
    let running = Running::start().await;
    let unit = json!({"revoke_key": {"did": running.scanner, "key_id": scanner_key().public().key_id().to_string(), "reason": "test"}});
    let body = convoy_modules::domain("membership")
        .unwrap()
        .action_from_json(&unit)
        .unwrap();
    let until = crate::app::now_ms() + 60_000;
    let network = running.node.info().network.clone();
    let queued = StatementBuilder::new(network, running.scanner.clone(), until)
        .action("membership", body)
        .sign(&scanner_key())
        .unwrap();
    let send = || {
        running.post(
            "/v1/statements",
            &running.submit,
            "application/cose",
            queued.bytes().clone(),
        )
    };
    suspend(&running, "suspended").await;
    let told = json(send().await).await;
    assert_eq!(told["code"], 6, "not active: {told}");
    assert_eq!(told["name"], "signer-not-active", "{told}");
    suspend(&running, "active").await;
    assert_eq!(
        send().await.status(),
        202,
        "it was not used up, and counts when its signer does again"
    );
}
