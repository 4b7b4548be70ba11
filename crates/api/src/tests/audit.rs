//! What is read of labelled records and what is denied is logged, for auditors alone, without secrets; and what cannot be logged is not shown.

use super::scene::{ABSENT, OPEN, SECRET, Scene, encoded};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use convoy_client::Signer;
use convoy_modules::membership::types::Role;
use convoy_node::audit::verify::verify;
use serde_json::Value;

/// A token of a signer who is an auditor.
async fn auditor(scene: &Scene) -> String {
    let signer: Signer = scene.running.enrol("auditor", 31, &[Role::Auditor]).await;
    scene.running.token_of(signer.did())
}

async fn entries(scene: &Scene, token: &str, query: &str) -> Vec<Value> {
    let (status, page) = scene.get(token, &format!("/v1/audit?{query}")).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page["entries"].as_array().unwrap().clone()
}

/// As [`entries`] with this text in them, without those that tell of such questions.
async fn with_text(scene: &Scene, token: &str, text: &str) -> Vec<Value> {
    let mut found = entries(scene, token, &format!("what={text}")).await;
    found.retain(|entry| entry["kind"] != "audit_read");
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn labelled_reads_and_denials_are_logged_with_who_and_what() {
    let scene = Scene::start().await;
    let auditor = auditor(&scene).await;
    let path = format!("/v1/trace/{}", encoded(SECRET));
    let request = Request::builder()
        .uri(&path)
        .header(header::AUTHORIZATION, format!("Bearer {}", scene.cleared))
        .header("convoy-purpose", "stocktaking")
        .body(Body::empty())
        .unwrap();
    assert_eq!(scene.running.send(request).await.status(), StatusCode::OK);
    let read = entries(&scene, &auditor, "what=read&limit=1").await;
    assert_eq!(read[0]["who"], "did:convoy:officer", "{read:?}");
    assert_eq!(read[0]["purpose"], "stocktaking", "{read:?}");
    assert_eq!(read[0]["what"], format!("GET {path}"), "{read:?}");
    assert!(read[0]["records"].to_string().contains("7001"), "{read:?}");

    assert_eq!(
        scene.get(&scene.uncleared, &path).await.0,
        StatusCode::NOT_FOUND
    );
    let denied = entries(&scene, &auditor, "what=denied&limit=1").await;
    assert_eq!(denied[0]["outcome"], "refused");
    assert_eq!(
        denied[0]["who"],
        scene.running.scanner.to_string(),
        "{denied:?}"
    );
    assert!(
        denied[0]["records"].to_string().contains("7001"),
        "{denied:?}"
    );

    // What has no label is nobody's business here.
    let before = entries(&scene, &auditor, "what=read").await.len();
    scene
        .get(&scene.cleared, &format!("/v1/trace/{}", encoded(ABSENT)))
        .await;
    assert_eq!(entries(&scene, &auditor, "what=read").await.len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_auditors_read_the_log_and_that_is_logged_too() {
    let scene = Scene::start().await;
    for token in [&scene.cleared, &scene.running.read, &scene.running.admin] {
        let (status, told) = scene.get(token, "/v1/audit").await;
        assert_eq!(
            (status.as_u16(), told["name"].as_str()),
            (403, Some("view-not-permitted")),
            "{told}"
        );
    }
    let auditor = auditor(&scene).await;
    let tried = entries(&scene, &auditor, "what=audit_read").await;
    let outcomes: Vec<&str> = tried
        .iter()
        .map(|entry| entry["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["allowed", "refused", "refused", "refused"]);
    assert_eq!(tried[0]["who"], "did:convoy:auditor", "{tried:?}");
    let (_, page) = scene.get(&auditor, "/v1/audit?limit=2").await;
    let next = page["next"].as_str().unwrap();
    let older = entries(&scene, &auditor, &format!("limit=2&cursor={next}")).await;
    let last = page["entries"][1]["n"].as_u64().unwrap();
    assert_eq!(older[0]["n"].as_u64(), Some(last - 1));
    for wrong in ["limit=0", "from=yesterday", "cursor=x", "colour=red"] {
        assert_eq!(
            scene
                .get(&auditor, &format!("/v1/audit?{wrong}"))
                .await
                .0
                .as_u16(),
            400,
            "{wrong}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_administration_are_logged_without_secrets() {
    let scene = Scene::start().await;
    let auditor = auditor(&scene).await;
    let unknown = format!("convoy_{}", "5e".repeat(32));
    for _ in 0..2 {
        let answer = scene
            .running
            .call("GET", "/v1/members", Some(&unknown), None, Body::empty());
        assert_eq!(answer.await.status(), StatusCode::UNAUTHORIZED);
    }
    let answer = scene.running.call(
        "GET",
        "/v1/members",
        Some(&scene.running.submit),
        None,
        Body::empty(),
    );
    assert_eq!(answer.await.status(), StatusCode::FORBIDDEN);
    let tokens = entries(&scene, &auditor, "what=token").await;
    let refused: Vec<&Value> = tokens
        .iter()
        .filter(|entry| entry["outcome"] == "refused")
        .collect();
    assert_eq!(refused.len(), 1, "{tokens:?}");
    assert!(
        tokens
            .iter()
            .any(|entry| entry["token"] == "officer" && entry["outcome"] == "allowed"),
        "{tokens:?}"
    );
    let scope = with_text(&scene, &auditor, "scope").await;
    assert_eq!(scope[0]["token"], "submit", "{scope:?}");
    let enrolled = with_text(&scene, &auditor, "membership::enrol_signer").await;
    assert!(
        enrolled
            .iter()
            .any(|entry| entry["records"].to_string().contains("did:convoy:auditor")),
        "{enrolled:?}"
    );
    // Signed with the security officer's own key, and handed in by another token.
    let cleared = with_text(&scene, &auditor, "membership::clear_signer").await;
    assert_eq!(cleared[0]["who"], "did:convoy:security", "{cleared:?}");

    let folder = scene.running.node.audit().folder().to_owned();
    let report = verify(&folder, None).unwrap();
    assert!(report.whole, "{report:?}");
    for file in std::fs::read_dir(&folder).unwrap() {
        let text = std::fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&text);
        for secret in [&auditor, &unknown, &scene.cleared, &scene.running.submit] {
            let secret = secret.trim_start_matches("convoy_");
            assert!(!text.contains(secret), "a token is in the log");
        }
        assert!(!text.contains(super::harness::PASSPHRASE));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_logged_is_not_shown_and_the_rest_is() {
    let scene = Scene::start_with(|config| config.audit.bytes_max = Some(24_000)).await;
    let secret = format!("/v1/trace/{}", encoded(SECRET));
    let mut shown = 0;
    let refused = loop {
        let (status, told) = scene.get(&scene.cleared, &secret).await;
        if status != StatusCode::OK {
            break told;
        }
        shown += 1;
        assert!(shown < 1_000, "the log never fills");
    };
    assert!(shown > 0);
    assert_eq!(
        (refused["status"].as_u64(), refused["name"].as_str()),
        (Some(503), Some("audit-log-full")),
        "{refused}"
    );
    // Who may not see it is refused as ever; what has no label is shown as ever.
    assert_eq!(
        scene.get(&scene.uncleared, &secret).await.0,
        StatusCode::NOT_FOUND
    );
    let open = format!("/v1/trace/{}", encoded(OPEN));
    assert_eq!(scene.get(&scene.uncleared, &open).await.0, StatusCode::OK);
    assert!(
        verify(scene.running.node.audit().folder(), None)
            .unwrap()
            .whole
    );
}
