//! The routes that follow from the modules' types, at a running node.

use super::harness::{Running, json};
use axum::body::Body;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const JSON: &str = "application/json";
const UNIT: &str = "/v1/modules/membership/actions/enrol_unit";

async fn get(running: &Running, path: &str) -> (u16, Value) {
    let response = running
        .call("GET", path, Some(&running.read), None, Body::empty())
        .await;
    (response.status().as_u16(), json(response).await)
}

async fn post(running: &Running, path: &str, body: &Value) -> (u16, Value) {
    let response = running
        .post(path, &running.officer, JSON, body.to_string())
        .await;
    (response.status().as_u16(), json(response).await)
}

/// Waits until the read model says so: it is milliseconds behind the ledger.
async fn units(running: &Running, count: usize) -> Value {
    let asked = Instant::now();
    loop {
        let (_, member) = get(running, "/v1/modules/membership/member?member=est").await;
        if member["units"]
            .as_array()
            .is_some_and(|units| units.len() == count)
        {
            return member;
        }
        assert!(asked.elapsed() < Duration::from_secs(30), "{member}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_is_previewed_done_and_asked_for_through_its_own_routes() {
    let running = Running::start().await;
    let depot = json!({"member": "est", "unit": "depot", "name": "Depot"});
    let (status, told) = post(&running, &format!("{UNIT}?preview=true"), &depot).await;
    assert_eq!(status, 202, "{told}");
    assert_eq!(told["results"][0]["state"], "valid");
    assert_eq!(
        told["results"][0]["effects"][0]["event"]["unit"]["unit"],
        "depot"
    );
    assert!(units(&running, 0).await["height"].is_u64());
    let (status, done) = post(&running, UNIT, &depot).await;
    assert_eq!(
        (status, done["results"][0]["state"].as_str()),
        (202, Some("waiting"))
    );
    assert_eq!(units(&running, 1).await["units"][0]["name"], "Depot");
    let (status, refused) = post(&running, &format!("{UNIT}?preview=true"), &depot).await;
    assert_eq!(
        (status, refused["name"].as_str()),
        (409, Some("unit-exists"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_or_parameter_is_pointed_at() {
    let running = Running::start().await;
    let cases = [
        (
            json!({"member": "EST", "unit": "depot", "name": "x"}),
            "/member",
        ),
        (json!({"member": "est", "unit": "depot"}), ""),
        (
            json!({"member": "est", "unit": "depot", "name": "x", "colour": 1}),
            "/colour",
        ),
        (json!(["est"]), ""),
    ];
    for (body, pointer) in cases {
        let (status, problem) = post(&running, UNIT, &body).await;
        assert_eq!(
            (status, problem["pointer"].as_str()),
            (400, Some(pointer)),
            "{body}: {problem}"
        );
    }
    for (query, words) in [
        (
            "custody/handovers?state=gone",
            "state: `gone` is none of its words",
        ),
        ("custody/handovers?limit=501", "limit: 501 is not 1 to 500"),
        ("custody/handovers?colour=red", "no field `colour`"),
        (
            "custody/handovers?limit=1&limit=2",
            "limit: it is given twice",
        ),
        ("custody/handover", "handover: it is missing"),
    ] {
        let (status, problem) = get(&running, &format!("/v1/modules/{query}")).await;
        assert_eq!(status, 400, "{query}: {problem}");
        assert!(
            problem["detail"].as_str().unwrap().contains(words),
            "{query}: {problem}"
        );
    }
    let (status, missing) = get(
        &running,
        &format!("/v1/modules/custody/handover?handover={}", "ab".repeat(16)),
    )
    .await;
    assert_eq!((status, missing["name"].as_str()), (404, Some("not-found")));
    let (status, none) = get(&running, "/v1/modules/custody/colours").await;
    assert_eq!(
        (status, none["name"].as_str()),
        (404, Some("no-such-route"))
    );
    let (status, none) = post(
        &running,
        "/v1/modules/custody/actions/set_policy",
        &json!({}),
    )
    .await;
    assert_eq!(
        (status, none["name"].as_str()),
        (404, Some("no-such-route"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_module_tells_what_a_plain_page_needs() {
    let running = Running::start().await;
    let (_, list) = get(&running, "/v1/modules").await;
    for module in list["modules"].as_array().unwrap() {
        let (status, schema) = get(&running, module["schema"].as_str().unwrap()).await;
        assert_eq!((status, &schema["module"]), (200, &module["name"]));
        let list = schema["page"]["list"].as_str().unwrap();
        let (status, answer) = get(
            &running,
            &format!("/v1/modules/{}/{list}", module["name"].as_str().unwrap()),
        )
        .await;
        let query = schema["queries"]
            .as_array()
            .unwrap()
            .iter()
            .find(|query| query["name"] == list)
            .unwrap();
        assert_eq!(status, 200, "{answer}");
        assert!(
            answer[query["rows"].as_str().unwrap()].is_array(),
            "{answer}"
        );
    }
}
