//! Bad requests: each answered with problem details that name the field, the fault and the remedy.

use super::harness::{Running, bytes, json, router_of};
use axum::{
    body::{Body, Bytes},
    http::{Request, Response, StatusCode, header},
};
use convoy_types::limits::{STATEMENT_BYTES_MAX, SUBMISSION_BYTES_MAX};
use serde_json::Value;
use std::time::Duration;
use tower::ServiceExt as _;

/// Checks the form of a problem and gives its body.
async fn problem(response: Response<Body>, status: u16, name: &str) -> Value {
    assert_eq!(response.status().as_u16(), status, "{name}");
    let headers = response.headers().clone();
    assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
    assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert!(headers.contains_key("x-request-id") && !headers.contains_key(header::SERVER));
    let body = json(response).await;
    assert_eq!(body["name"], name, "{body}");
    assert_eq!(body["status"], status);
    for field in ["type", "title", "detail", "instance", "remedy"] {
        let text = body[field].as_str();
        assert!(text.is_some_and(|text| !text.is_empty()), "{field}: {body}");
    }
    assert!(body["code"].is_u64() && body["retryable"].is_boolean());
    body
}

fn detail(problem: &Value) -> &str {
    problem["detail"].as_str().unwrap_or("")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_request_gets_its_problem() {
    let running = Running::start().await;
    doors(&running).await;
    reads(&running).await;
    submissions(&running).await;
    documents(&running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_takes_too_long_is_given_up_with_what_to_do() {
    let running = Running::start().await;
    let config = crate::ApiConfig {
        answer_within_ms: 0,
        ..crate::ApiConfig::default()
    };
    let router = router_of(&running.node, config);
    let request = Request::get("/v1/epcis/events")
        .header(header::AUTHORIZATION, format!("Bearer {}", running.read))
        .body(Body::empty());
    let answer = router.oneshot(request.unwrap()).await.unwrap();
    let told = problem(answer, 413, "query-too-complex").await;
    assert!(detail(&told).contains("ask about less"), "{told}");
}

async fn doors(running: &Running) {
    problem(running.get("/v1/nothing").await, 404, "no-such-route").await;
    let method = running.call("DELETE", "/v1/limits", Some(&running.read), None, "");
    let method = method.await;
    assert_eq!(method.headers()[header::ALLOW], "GET, HEAD");
    problem(method, 405, "method-not-allowed").await;
    let nobody = running.call("GET", "/v1/limits", None, None, "").await;
    assert!(nobody.headers().contains_key(header::WWW_AUTHENTICATE));
    problem(nobody, 401, "token-needed").await;
    let scope = running.call("POST", "/v1/actions", Some(&running.read), None, "{}");
    let scope = problem(scope.await, 403, "scope-missing").await;
    assert!(detail(&scope).contains("`submit`"), "{scope}");
    let signer = running.post("/v1/actions", &running.submit, "application/json", "{}");
    problem(signer.await, 403, "no-signer").await;
}

async fn reads(running: &Running) {
    let unknown = "ab".repeat(32);
    for (path, status, name, names) in [
        ("/v1/blocks?limit=many", 400, "bad-query", "limit"),
        ("/v1/blocks?limit=0", 400, "bad-query", "limit"),
        ("/v1/blocks?colour=red", 400, "bad-query", "colour"),
        ("/v1/handovers?state=lost", 400, "bad-query", "state"),
        ("/v1/events?from=yesterday", 400, "bad-query", "from"),
        ("/v1/identifiers", 400, "bad-query", "it is empty"),
        (
            "/v1/identifiers?text=0109521141123457",
            400,
            "bad-query",
            "should be 4",
        ),
        (
            "/v1/identifiers?text=010952114112345410AB17261231",
            400,
            "bad-query",
            "(10)AB(17)261231",
        ),
        (
            "/v1/identifiers?text=x&separators=lost",
            400,
            "bad-query",
            "separators",
        ),
        ("/v1/statements/abc", 400, "bad-path", "abc"),
        ("/v1/trace/no-identifier", 400, "bad-path", "no-identifier"),
        (
            "/v1/trace/urn:epc:id:sgtin:9521141.012345.404",
            404,
            "not-found",
            "404",
        ),
        ("/v1/blocks/999999", 404, "not-found", "999999"),
        (
            "/v1/state/custody/colours/00/proof",
            404,
            "not-found",
            "colours",
        ),
        ("/v1/feed?cursor=later", 410, "cursor-out-of-range", "later"),
        (
            "/v1/feed?cursor=999999.0",
            410,
            "cursor-out-of-range",
            "999999",
        ),
        (
            &format!("/v1/statements/{unknown}/transparent"),
            404,
            "not-found",
            &unknown,
        ),
        (
            &format!("/v1/statements/{unknown}?wait_ms=30001"),
            400,
            "bad-query",
            "wait_ms",
        ),
    ] {
        let found = problem(running.get(path).await, status, name).await;
        assert!(detail(&found).contains(names), "{path}: {found}");
    }
}

async fn submissions(running: &Running) {
    const COSE: &str = "application/cose";
    const SEQUENCE: &str = "application/cbor-seq";
    let submit = async |kind, body: Vec<u8>, status, name| {
        let response = running.post("/v1/statements", &running.submit, kind, body);
        problem(response.await, status, name).await
    };
    submit("text/plain", b"x".to_vec(), 415, "media-type").await;
    submit(COSE, b"x".to_vec(), 400, "malformed-statement").await;
    submit(
        COSE,
        vec![0; STATEMENT_BYTES_MAX + 1],
        413,
        "body-too-large",
    )
    .await;
    submit(
        SEQUENCE,
        vec![0; SUBMISSION_BYTES_MAX + 1],
        413,
        "body-too-large",
    )
    .await;
    let cut = submit(SEQUENCE, vec![0x00, 0x43, 1], 400, "malformed-statement").await;
    assert!(detail(&cut).contains("item 1"), "{cut}");
}

async fn documents(running: &Running) {
    let post = async |path, kind, body: &str, status, name| {
        let response = running.post(path, &running.officer, kind, body.to_owned());
        problem(response.await, status, name).await
    };
    const JSON: &str = "application/json";
    let wrong = r#"{"actions":[{"module":7}]}"#;
    let field = post("/v1/actions", JSON, wrong, 400, "bad-body").await;
    assert_eq!(field["pointer"], "/actions/0/module");
    let deep = format!("{{\"actions\":{}", "[".repeat(200));
    post("/v1/actions", JSON, &deep, 400, "bad-body").await;
    let capture = "/v1/epcis/capture";
    post(capture, "application/xml", "<x/>", 400, "bad-document").await;
    post(capture, "text/csv", "x", 415, "media-type").await;
    let document = post(capture, "application/ld+json", "{}", 400, "bad-document").await;
    let rule = document["errors"][0]["rule"].as_str().unwrap_or("");
    assert!(rule.contains("EPCIS"), "{document}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_upload_leaves_room_for_other_writes() {
    let running = Running::start().await;
    let nothing_comes = futures::stream::pending::<std::io::Result<Bytes>>();
    let upload = running.post(
        "/v1/epcis/capture",
        &running.officer,
        "application/json",
        Body::from_stream(nothing_comes),
    );
    tokio::pin!(upload);
    let answered = tokio::time::timeout(Duration::from_secs(1), upload.as_mut()).await;
    assert!(answered.is_err(), "it goes on");
    let other = running.post("/v1/actions", &running.officer, "application/json", "{}");
    problem(other.await, 400, "bad-body").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_and_public_answers() {
    let running = Running::start().await;
    let request = Request::builder()
        .uri("/v1/health/live")
        .header("x-request-id", "mine-7");
    let response = running.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["x-request-id"], "mine-7");

    let described = running.call("GET", "/openapi.json", None, None, "").await;
    let described = json(described).await;
    assert!(described["openapi"].as_str().unwrap().starts_with("3.1"));

    let metrics = bytes(running.get("/metrics").await).await;
    let metrics = String::from_utf8(metrics.to_vec()).unwrap();
    for family in ["convoy_block_height", "convoy_http_requests_total"] {
        assert!(metrics.contains(family), "{metrics}");
    }
    assert_eq!(metrics.matches("# EOF").count(), 1);

    let refusals = json(running.get("/v1/refusals").await).await;
    let refusals = refusals["refusals"].as_array().unwrap().iter();
    let codes: Vec<u64> = refusals.filter_map(|one| one["code"].as_u64()).collect();
    assert!(codes.windows(2).all(|pair| pair[0] < pair[1]), "{codes:?}");
    for known in [10, 207, 1004, 2010] {
        assert!(codes.contains(&known), "{known}");
    }
}
