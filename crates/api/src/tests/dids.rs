//! DID documents follow the ledger.

use super::harness::{HOST, Running, json};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use convoy_types::did::DidDocument;
use serde_json::{Value, json as value};
use std::time::Duration;

async fn resolved(running: &Running, did: &str) -> Value {
    let request = Request::builder()
        .uri(format!("/v1/dids/{did}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", running.read))
        .header(header::ACCEPT, "application/did-resolution");
    let response = running.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK, "{did}");
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "application/did-resolution"
    );
    json(response).await
}

/// Has the node sign an action of membership for its officer, who administers too, and waits for it.
pub async fn act(running: &Running, action: Value) {
    let client = running.client(&running.officer);
    let id = client.act(&[("membership", action)], None).await.unwrap();
    let status = client.follow(&id, Duration::from_secs(30)).await.unwrap();
    assert_eq!(status.state.word(), "accepted", "{:?}", status.refusal);
    let mut projected = running.node.projected();
    let height = status.height.unwrap();
    projected
        .wait_for(|reached| *reached >= height)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_holds_the_keys_that_sign_now() {
    let running = Running::start_with(|config| config.identity.host = Some(HOST.to_owned())).await;
    let scanner = running.scanner.to_string();
    let before = resolved(&running, &scanner).await;
    let document = &before["didDocument"];
    let read = DidDocument::read(document.to_string().as_bytes()).unwrap();
    let key = super::harness::scanner_key();
    let id = format!("{scanner}#{}", key.public().key_id());
    assert_eq!(read.key(&id), Some(key.public()));
    assert_eq!(document["assertionMethod"], value!([id]));
    assert_eq!(document["controller"], format!("did:web:{HOST}"));
    assert_eq!(
        document["service"][0]["serviceEndpoint"],
        format!("https://{HOST}/")
    );
    assert_eq!(before["didDocumentMetadata"]["deactivated"], false);

    let key_id = key.public().key_id();
    act(
        &running,
        value!({"revoke_key": {"did": scanner, "key_id": key_id, "reason": "lost"}}),
    )
    .await;
    let after = resolved(&running, &scanner).await;
    assert_eq!(after["didDocument"]["verificationMethod"], value!([]));
    act(
        &running,
        value!({"set_signer_status": {"did": scanner, "status": "retired"}}),
    )
    .await;
    let retired = resolved(&running, &scanner).await;
    assert_eq!(retired["didDocumentMetadata"]["deactivated"], true);

    let node = resolved(&running, "did:convoy:node-est").await;
    let kinds = node["didDocument"]["verificationMethod"]
        .as_array()
        .unwrap();
    let kinds: Vec<&str> = kinds
        .iter()
        .map(|key| key["publicKeyJwk"]["kty"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["OKP", "AKP"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn did_web_is_served_to_anybody_for_the_hosts_own_identifiers_only() {
    let running = Running::start_with(|config| config.identity.host = Some(HOST.to_owned())).await;
    let open = |path: &'static str| running.call("GET", path, None, None, Body::empty());
    let own = open("/.well-known/did.json").await;
    assert_eq!(own.status(), StatusCode::OK);
    assert_eq!(own.headers()[header::CONTENT_TYPE], "application/did+json");
    assert_eq!(own.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    let own = json(own).await;
    assert_eq!(own["id"], format!("did:web:{HOST}"));
    assert_eq!(own["assertionMethod"].as_array().unwrap().len(), 2);

    assert_eq!(
        open("/people/7f3a/did.json").await.status(),
        StatusCode::NOT_FOUND
    );
    let did = format!("did:web:{HOST}:people:7f3a");
    let enrol = value!({"enrol_signer": {"did": did, "member": "est", "kind": "person", "roles": ["logistics-officer"],
        "keys": [{"key": super::harness::scanner_key().public(), "assurance": "own_key"}]}});
    act(&running, enrol).await;
    let person = json(open("/people/7f3a/did.json").await).await;
    assert_eq!(person["id"], did);
    assert_eq!(person["verificationMethod"][0]["type"], "JsonWebKey");
    act(
        &running,
        value!({"set_signer_status": {"did": did, "status": "retired"}}),
    )
    .await;
    assert_eq!(
        open("/people/7f3a/did.json").await.status(),
        StatusCode::NOT_FOUND
    );
    // Signers of other methods are not of this host.
    let request = running.call(
        "GET",
        "/v1/dids/did:convoy:officer",
        None,
        None,
        Body::empty(),
    );
    assert_eq!(request.await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_host_name_nothing_is_told_without_a_token() {
    let running = Running::start().await;
    for path in ["/.well-known/did.json", "/people/7f3a/did.json"] {
        let response = running.call("GET", path, None, None, Body::empty()).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let unknown = running.get("/v1/dids/did:convoy:nobody").await;
    assert_eq!(json(unknown).await["code"], 2010);
}
