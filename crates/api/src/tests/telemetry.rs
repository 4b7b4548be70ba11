//! Traces: a collector hears of every stage of a statement, under names that follow from its id.

use super::{
    epcis::{LIMIT, event},
    harness::Running,
};
use axum::{Router, extract::State, http::HeaderMap, routing::post};
use convoy_node::traced::TelemetryConfig;
use serde_json::Value;
use std::collections::BTreeSet;
use tokio::sync::mpsc;

type Heard = mpsc::UnboundedSender<Value>;

async fn collect(State(heard): State<Heard>, headers: HeaderMap, body: String) {
    assert_eq!(headers["content-type"], "application/json");
    heard.send(serde_json::from_str(&body).unwrap()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_hears_of_every_stage_of_a_statement() {
    let (heard, mut requests) = mpsc::unbounded_channel();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let traces = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let routes = Router::new()
        .route("/v1/traces", post(collect))
        .with_state(heard);
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    let running = Running::start_with(|config| {
        config.telemetry = Some(TelemetryConfig {
            traces,
            permille: 1_000,
        });
    })
    .await;
    running.capture_all(&[event(1, "encoding")]).await;

    let request = tokio::time::timeout(LIMIT, requests.recv())
        .await
        .expect("nothing comes")
        .unwrap();
    let resource = &request["resourceSpans"][0];
    let attributes = resource["resource"]["attributes"].to_string();
    assert!(attributes.contains("service.instance.id"), "{attributes}");
    let spans = resource["scopeSpans"][0]["spans"].as_array().unwrap();
    let whole = spans
        .iter()
        .find(|span| span["name"] == "statement")
        .unwrap();
    let id = whole["attributes"][0]["value"]["stringValue"]
        .as_str()
        .unwrap();
    assert_eq!(whole["traceId"].as_str().unwrap(), &id[..32]);
    assert_eq!(whole["spanId"].as_str().unwrap(), &id[32..48]);
    let time = |span: &Value, key: &str| -> u64 { span[key].as_str().unwrap().parse().unwrap() };
    let mut names = BTreeSet::new();
    for span in spans
        .iter()
        .filter(|span| span["traceId"] == whole["traceId"])
    {
        assert!(time(span, "startTimeUnixNano") <= time(span, "endTimeUnixNano"));
        if span["name"] != "statement" {
            assert_eq!(span["parentSpanId"], whole["spanId"], "{span}");
        }
        names.insert(span["name"].as_str().unwrap().to_owned());
    }
    let stages = [
        "admit",
        "commit",
        "project",
        "propose",
        "prove",
        "statement",
        "verify",
    ];
    assert_eq!(names, stages.map(str::to_owned).into());
}
