//! Subscriptions: each event once, in order and signed, also to a receiver that was away.

use super::{
    epcis::{LIMIT, event, serials},
    harness::{Running, json},
};
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    routing::post,
};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// Serials of a delivery, its signature and its body.
type Delivery = (Vec<u32>, String, Bytes);

/// What a receiver got, and whether it takes anything.
#[derive(Clone)]
struct Receiver {
    up: watch::Sender<bool>,
    got: Arc<Mutex<Vec<Delivery>>>,
    attempts: watch::Sender<usize>,
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    receiver.attempts.send_modify(|attempts| *attempts += 1);
    if !*receiver.up.borrow() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let answer: Value = serde_json::from_slice(&body).unwrap();
    let signature = headers["gs1-signature"].to_str().unwrap().to_owned();
    receiver
        .got
        .lock()
        .unwrap()
        .push((serials(&answer), signature, body));
    receiver.up.send_modify(|_| {});
    StatusCode::OK
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_that_was_away_gets_each_event_once_in_order_and_signed() {
    let running = Running::start().await;
    let receiver = Receiver {
        up: watch::Sender::new(true),
        got: Arc::default(),
        attempts: watch::Sender::new(0),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dest = format!("http://{}/epcis", listener.local_addr().unwrap());
    let routes = Router::new()
        .route("/epcis", post(receive))
        .with_state(receiver.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    running.capture_all(&[event(1, "encoding")]).await;
    let named = json!({ "name": "encoded", "query": { "EQ_bizStep": ["encoding"], "orderBy": "eventTime" } });
    assert_eq!(
        running.put("/v1/epcis/queries", named).await.status(),
        StatusCode::CREATED
    );
    let body = json!({ "dest": dest, "stream": true, "signatureToken": "s3cret", "initialRecordTime": "2020-01-01T00:00:00Z" });
    let made = running
        .put("/v1/epcis/queries/encoded/subscriptions", body)
        .await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let location = made.headers()[header::LOCATION]
        .to_str()
        .unwrap()
        .to_owned();
    let got = |count: usize| {
        let receiver = receiver.clone();
        async move {
            let mut up = receiver.up.subscribe();
            let all = || {
                receiver
                    .got
                    .lock()
                    .unwrap()
                    .iter()
                    .flat_map(|(serials, ..)| serials.clone())
                    .collect::<Vec<u32>>()
            };
            while all().len() < count {
                tokio::time::timeout(LIMIT, up.changed())
                    .await
                    .expect("nothing comes")
                    .unwrap();
            }
            all()
        }
    };
    assert_eq!(got(1).await, [1]);

    // The receiver is away while more is recorded: it is tried and tried again.
    receiver.up.send_replace(false);
    let before = *receiver.attempts.borrow();
    running
        .capture_all(&[event(2, "encoding"), event(3, "commissioning")])
        .await;
    running.capture_all(&[event(4, "encoding")]).await;
    let mut attempts = receiver.attempts.subscribe();
    tokio::time::timeout(LIMIT, attempts.wait_for(|attempts| *attempts >= before + 2))
        .await
        .unwrap()
        .unwrap();
    assert!(
        json(running.get(&location).await).await["failures"]
            .as_u64()
            .unwrap()
            >= 1
    );
    receiver.up.send_replace(true);
    assert_eq!(got(3).await, [1, 2, 4]);
    running.capture_all(&[event(5, "encoding")]).await;
    assert_eq!(got(4).await, [1, 2, 4, 5]);
    let shown = json(running.get(&location).await).await;
    assert!(shown["lastNotifiedAt"].is_string(), "{shown}");
    for (_, signature, body) in receiver.got.lock().unwrap().iter() {
        assert_eq!(*signature, crate::epcis::webhook::signature("s3cret", body));
    }
    let ended = running
        .call(
            "DELETE",
            &location,
            Some(&running.read),
            None,
            Body::empty(),
        )
        .await;
    assert_eq!(ended.status(), StatusCode::NO_CONTENT);
}
