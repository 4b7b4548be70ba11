//! What is kept stays kept beyond questions: on feeds, in webhooks, refusals, previews, jobs and caches.

use super::{
    harness::{json, scanner_key},
    scene::{
        LIMIT, OPEN, PACKED, SECRET, SECRET_ADDED, Scene, assert_silent, document, encoded, event,
        events_of, spoken,
    },
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use convoy_client::{OnError, Signer};
use convoy_types::statement::{Assurance, Classification, Label, StatementBuilder};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn feeds_and_streams_leave_it_out_and_go_on() {
    let scene = Scene::start().await;
    let last = scene
        .running
        .tell(&[event("ObjectEvent", "OBSERVE", 20, json!({ "epcList": [PACKED], "eventID": "urn:uuid:00000000-0000-4000-8000-000000008001" }))])
        .await;
    // What is in the pallet is seen with it, so this tells of the pallet too.
    let marked = scene
        .running
        .tell(&[event(
            "ObjectEvent",
            "ADD",
            21,
            json!({ "epcList": ["urn:epc:id:sgtin:9521141.012345.7100"] }),
        )])
        .await;
    for (token, sees) in [(&scene.cleared, true), (&scene.uncleared, false)] {
        let mut feed = scene.running.client(token).feed(Some("start".into()));
        let (mut told, mut ids) = (String::new(), BTreeSet::new());
        loop {
            let next = tokio::time::timeout(LIMIT, feed.next())
                .await
                .unwrap()
                .unwrap();
            told.push_str(&next.data.to_string());
            if next.kind == "statement" {
                ids.insert(next.data["id"].as_str().unwrap().to_owned());
            }
            if next.kind == "goods" && spoken(&next.data.to_string()).contains("7100") {
                break;
            }
        }
        assert_eq!(spoken(&told).contains("7001"), sees, "{told}");
        assert_eq!(ids.contains(&scene.first.to_string()), sees);
        assert_eq!(ids.contains(&last.to_string()), sees);
        assert!(ids.contains(&marked.to_string()));
        if !sees {
            assert_silent(&told, "the feed");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_sends_what_who_made_it_may_see() {
    use axum::{Router, routing::post};
    let scene = Scene::start().await;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel::<(String, Value)>();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let receive = move |axum::extract::Path(who): axum::extract::Path<String>,
                        body: axum::Json<Value>| {
        let tell = tell.clone();
        async move {
            let _ = tell.send((who, body.0));
            StatusCode::OK
        }
    };
    let routes = Router::new().route("/{who}", post(receive));
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    for (who, token) in [("cleared", &scene.cleared), ("uncleared", &scene.uncleared)] {
        let body = json!({ "dest": format!("http://{address}/{who}"), "stream": true, "initialRecordTime": "2020-01-01T00:00:00Z" });
        let path = "/v1/epcis/queries/SimpleEventQuery/subscriptions";
        let made = scene
            .running
            .post(path, token, "application/json", body.to_string())
            .await;
        assert_eq!(made.status(), StatusCode::CREATED);
    }
    let mut events = std::collections::BTreeMap::<String, Vec<Value>>::new();
    while events.get("cleared").map_or(0, Vec::len) < 6
        || events.get("uncleared").map_or(0, Vec::len) < 2
    {
        let (who, document) = tokio::time::timeout(LIMIT, told.recv())
            .await
            .unwrap()
            .unwrap();
        events
            .entry(who)
            .or_default()
            .extend(events_of(&document).into_iter().cloned());
    }
    assert_eq!(events["uncleared"].len(), 2);
    assert_silent(&json!(events["uncleared"]).to_string(), "the webhook");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_or_a_dry_run_tells_nothing_of_what_is_kept() {
    let scene = Scene::start().await;
    // The scanner's key is its own, so the node tries out what it signed.
    let client = scene.running.client(&scene.uncleared);
    let scanner = Signer::load(&client, scene.running.scanner.clone(), scanner_key(), 0)
        .await
        .unwrap();
    let capture = |told: Value| {
        let events = convoy_types::epcis::json::parse_document(&document(&[told]))
            .unwrap()
            .events;
        convoy_modules::custody::types::Action::Capture(Box::new(
            events.into_iter().next().unwrap(),
        ))
    };
    let again = event(
        "ObjectEvent",
        "ADD",
        0,
        json!({ "epcList": [SECRET], "eventID": SECRET_ADDED, "bizStep": "commissioning" }),
    );
    let kept = scanner.sign("custody", &capture(again.clone())).unwrap();
    let refused = client.submit(&kept).await.unwrap_err();
    let problem = refused.problem().unwrap();
    assert_eq!(
        (problem.status, problem.name.as_str()),
        (422, "reason-withheld")
    );
    assert_silent(&format!("{problem:?}"), "the refusal");
    let open = event(
        "ObjectEvent",
        "ADD",
        1,
        json!({ "epcList": [OPEN], "eventID": "urn:uuid:00000000-0000-4000-8000-000000007002" }),
    );
    scanner.set_next_sequence(0);
    let refused = client
        .submit(&scanner.sign("custody", &capture(open)).unwrap())
        .await
        .unwrap_err();
    // It is seen with the pallet, so what the ledger says of it is for who is cleared.
    assert_eq!(refused.problem().unwrap().name, "reason-withheld");
    let officer = scene.running.client(&scene.cleared);
    let refused = officer
        .capture(document(&[again]), OnError::Rollback)
        .await
        .unwrap_err();
    assert_eq!(refused.problem().unwrap().status, 409, "{refused}");

    let seen = event("ObjectEvent", "OBSERVE", 30, json!({ "epcList": [PACKED] }));
    scanner.set_next_sequence(0);
    let tried = scanner.sign("custody", &capture(seen)).unwrap();
    for (token, effects) in [(&scene.cleared, true), (&scene.uncleared, false)] {
        let answer = scene
            .running
            .post(
                "/v1/statements?dry_run=true",
                token,
                "application/cose",
                tried.bytes().to_vec(),
            )
            .await;
        let told = json(answer).await;
        assert_eq!(told["results"][0]["state"], "valid", "{told}");
        assert_eq!(
            told["results"][0].get("effects").is_some(),
            effects,
            "{told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_labelled_statement_is_kept_with_all_that_it_says() {
    let scene = Scene::start().await;
    let add = event(
        "ObjectEvent",
        "ADD",
        40,
        json!({ "quantityList": [{ "epcClass": "urn:epc:class:lgtin:9521141.012345.ZL9", "quantity": 500 }], "eventID": "urn:uuid:00000000-0000-4000-8000-000000009001" }),
    );
    let mut event = add.clone();
    event["@context"] = json!(["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]);
    let body = convoy_modules::action_from_json("custody", &json!({ "capture": event })).unwrap();
    let label = Label {
        classification: Classification::Secret,
        releasable_to: Vec::new(),
    };
    let until = scene.running.node.now_ms() + 60_000;
    let network = scene.running.node.info().network.clone();
    let statement = StatementBuilder::new(network, scene.running.scanner.clone(), until)
        .sequence(0, 0)
        .assurance(Assurance::OwnKey)
        .label(label)
        .action("custody", body)
        .sign(&scanner_key())
        .unwrap();
    let client = scene.running.client(&scene.running.submit);
    let id = client.submit(&statement).await.unwrap();
    scene.running.projected_up_to(&id).await;
    let lot = encoded("urn:epc:class:lgtin:9521141.012345.ZL9");
    let (status, told) = scene.get(&scene.cleared, &format!("/v1/trace/{lot}")).await;
    assert_eq!(
        (status, told["amounts"].as_array().map(Vec::len)),
        (StatusCode::OK, Some(1)),
        "{told}"
    );
    let (status, told) = scene
        .get(&scene.running.read, &format!("/v1/trace/{lot}"))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{told}");
    // Its own signer knows that it is final.
    let path = format!("/v1/statements/{id}");
    assert_eq!(
        scene.get(&scene.uncleared, &path).await.1["state"],
        "accepted"
    );
    assert_eq!(
        scene.get(&scene.running.read, &path).await.1["state"],
        "unknown"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_told_to_who_may_see_its_statements() {
    let scene = Scene::start().await;
    let path = format!("/v1/epcis/capture/{}", scene.first);
    assert_eq!(scene.get(&scene.cleared, &path).await.0, StatusCode::OK);
    assert_eq!(
        scene.get(&scene.uncleared, &path).await.0,
        StatusCode::NOT_FOUND
    );
    // The served interface took the documents in, so it is the one that remembers the jobs.
    let jobs = |token: &str| {
        let client = scene.running.client(token);
        async move { client.get::<Value>(&["v1", "epcis", "capture"], &[]).await }
    };
    let all = jobs(&scene.cleared).await.unwrap();
    assert_eq!(all.as_array().map(Vec::len), Some(5), "{all}");
    let some = jobs(&scene.uncleared).await.unwrap();
    assert_eq!(some.as_array().map(Vec::len), Some(1), "{some}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_readers_see_differently_is_not_kept_for_the_next() {
    let scene = Scene::start().await;
    let path = format!("/v1/statements/{}/body", scene.first);
    let request = |token: &str| {
        Request::builder()
            .uri(&path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::IF_NONE_MATCH, "*")
            .body(Body::empty())
            .unwrap()
    };
    // `*` matches whatever there is: 304 would tell that there is something.
    let answer = scene.running.send(request(&scene.uncleared)).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let answer = scene.running.send(request(&scene.cleared)).await;
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
}
