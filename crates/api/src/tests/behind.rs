//! What a node answers while its read model is behind, cannot be asked, or the node stops: never what would be false a moment later.

use super::{
    epcis::{LIMIT, event},
    harness::{Running, bytes, json, router_of},
};
use crate::{ApiConfig, App, interrupted::Interrupted, router, routes::capture};
use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use convoy_node::NodeHandle;
use convoy_types::{Digest, StatementId};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, mpsc};
use tokio::sync::watch;
use tower::ServiceExt as _;

/// An id that no statement has.
fn nobodys() -> StatementId {
    StatementId(Digest([0xab; 32]))
}

/// Takes every reader of the read model; they are given back when what is returned is dropped.
async fn take_readers(node: &NodeHandle) -> mpsc::Sender<()> {
    const MORE_THAN_THERE_ARE: usize = 16;
    let (hold, held) = mpsc::channel::<()>();
    let held = Arc::new(Mutex::new(held));
    let (tell, mut told) = tokio::sync::mpsc::channel(MORE_THAN_THERE_ARE);
    for _ in 0..MORE_THAN_THERE_ARE {
        let (node, held, tell) = (node.clone(), Arc::clone(&held), tell.clone());
        std::thread::spawn(move || {
            let taken = node.read_model().read(node.compartment(), |_| {
                tell.blocking_send(true).unwrap();
                let _ = held.lock().unwrap().recv();
                Ok(())
            });
            if taken.is_err() {
                tell.blocking_send(false).unwrap();
            }
        });
    }
    let mut taken = 0;
    for _ in 0..MORE_THAN_THERE_ARE {
        taken += usize::from(told.recv().await.unwrap());
    }
    assert!((1..MORE_THAN_THERE_ARE).contains(&taken));
    hold
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_is_not_called_unknown_while_nobody_can_look() {
    let running = Running::start().await;
    let path = format!("/v1/statements/{}", nobodys());
    let hold = take_readers(&running.node).await;
    let answer = running.get(&path).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key(header::RETRY_AFTER));
    let problem = json(answer).await;
    assert_eq!(problem["name"], "not-ready", "{problem}");
    assert_eq!(problem["retryable"], true);
    drop(hold);
    let answer = running.get(&path).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(json(answer).await["state"], "unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn under_load_a_node_still_says_that_it_does_not_know() {
    let running = Running::start().await;
    let path = format!("/v1/statements/{}", nobodys());
    let (done, over) = watch::channel(false);
    let ask = async {
        let mut asked = 0;
        while asked < 20 || !*over.borrow() {
            let answer = running.get(&path).await;
            assert_eq!(answer.status(), StatusCode::OK);
            assert_eq!(json(answer).await["state"], "unknown");
            asked += 1;
        }
    };
    let load = async {
        for turn in 0..5 {
            let events: Vec<Value> = (0..200)
                .map(|serial| event(turn * 200 + serial, "encoding"))
                .collect();
            running.capture_all(&events).await;
        }
        done.send_replace(true);
    };
    tokio::join!(ask, load);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_is_some_blocks_ahead_is_waited_for_and_comes_again() {
    let running = Running::start().await;
    let client = running.client(&running.read);
    // Blocks come by themselves, twice a second.
    let ahead = *running.node.projected().borrow() + 4;
    let mut feed = client.feed(Some(format!("{ahead}.0")));
    let told = tokio::time::timeout(LIMIT, feed.next()).await.unwrap();
    let cursor = told.unwrap().cursor;
    let height: u64 = cursor.split('.').next().unwrap().parse().unwrap();
    assert!(height >= ahead, "{cursor}");

    let far = running.node.height() + 5_000;
    let answer = running.get(&format!("/v1/feed?cursor={far}.0")).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key(header::RETRY_AFTER));
    let problem = json(answer).await;
    assert_eq!(problem["name"], "not-ready", "{problem}");
    assert_eq!(problem["retryable"], true);
}

/// An interface of its own to a node, and what closes it.
fn closable(node: &NodeHandle) -> (App, Router, watch::Sender<bool>) {
    let (close, closing) = watch::channel(false);
    let app = App::new(node.clone(), ApiConfig::default(), closing);
    (app.clone(), router(app), close)
}

#[tokio::test(flavor = "multi_thread")]
async fn that_nobody_knows_what_became_of_events_is_no_success() {
    let running = Running::start().await;
    let (app, _, _close) = closable(&running.node);
    let reject = capture::ended(&app, &nobodys()).await.unwrap();
    assert!(reject.reason.contains(&nobodys().to_string()), "{reject:?}");
    assert!(reject.reason.contains("it is not known"), "{reject:?}");
}

async fn capture_large(router: &Router, running: &Running, events: &[Value]) -> Response<Body> {
    let document = json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-05-01T10:00:00.000Z",
        "epcisBody": { "eventList": events },
    });
    let request = Request::post("/v1/epcis/capture")
        .header(header::AUTHORIZATION, format!("Bearer {}", running.officer))
        .header(header::CONTENT_TYPE, "application/json")
        .header("gs1-capture-error-behaviour", "proceed")
        .body(Body::from(document.to_string()))
        .unwrap();
    router.clone().oneshot(request).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stop_leaves_of_a_document_is_told_after_the_restart() {
    const EVENTS: u32 = 20_000;
    let running = Running::start_with(|config| config.mempool.member_bytes = 200_000).await;
    let (app, first, close) = closable(&running.node);
    let kept = Interrupted::new(&running.node.config().data);
    let events: Vec<Value> = (0..EVENTS)
        .map(|serial| event(serial, "encoding"))
        .collect();
    let taken = capture_large(&first, &running, &events).await;
    assert_eq!(taken.status(), StatusCode::ACCEPTED);
    let job = json(taken).await;
    let id = job["captureID"].as_str().unwrap();
    // Were the power cut now, the job would be told as well.
    assert_eq!(kept.all().unwrap()[0].1.capture_id, id);
    close.send_replace(true);
    let ended = tokio::time::timeout(LIMIT, app.documents().free());
    ended.await.unwrap();

    let again = router_of(&running.node, ApiConfig::default());
    let request = Request::get(format!("/v1/epcis/capture/{id}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", running.officer))
        .body(Body::empty())
        .unwrap();
    let told = again.oneshot(request).await.unwrap();
    assert_eq!(told.status(), StatusCode::OK);
    let told: Value = serde_json::from_slice(&bytes(told).await).unwrap();
    assert_eq!(
        (&told["running"], &told["success"]),
        (&json!(false), &json!(false))
    );
    let error = told["errors"].as_array().unwrap().last().unwrap();
    assert_eq!(error["rule"], "node stopped");
    let next = error["pointer"].as_str().unwrap();
    let next: usize = next.rsplit_once('/').unwrap().1.parse().unwrap();
    let statements = told["statements"].as_array().unwrap();
    assert_eq!(next, statements.len() * 500, "what was signed was told");
    assert!(next < EVENTS as usize);
    assert!(
        error["detail"]
            .as_str()
            .unwrap()
            .contains("were not signed")
    );
}
