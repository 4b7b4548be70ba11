//! A statement's life through the interface and the SDK: captured, final, traced, proved, told by the feed.

use super::harness::{Running, bytes, json, router_of, scanner_key};
use axum::http::{StatusCode, header};
use convoy_client::{Algorithm, Client, Feed, OnError, Signer, State, Submitted, sequence};
use convoy_modules::custody::{self, types::Action};
use convoy_types::{StatementId, epcis::json::parse_document, identifiers::Epc};
use convoy_verify::Proved;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tower::ServiceExt as _;

const LIMIT: Duration = Duration::from_secs(20);

fn event(action: &str, serial: u32, at: &str) -> Value {
    json!({
        "type": "ObjectEvent", "action": action, "bizStep": if action == "ADD" { "commissioning" } else { "storing" },
        "eventTime": at, "eventTimeZoneOffset": "+00:00",
        "epcList": [format!("urn:epc:id:sgtin:9521141.012345.{serial}")],
        "readPoint": { "id": "urn:epc:id:sgln:9521141.00001.0" }, "bizLocation": { "id": "urn:epc:id:sgln:9521141.00001.0" },
    })
}

fn document(events: &[Value]) -> Vec<u8> {
    serde_json::to_vec(&json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-05-01T10:00:00.000Z",
        "epcisBody": { "eventList": events },
    }))
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_captured_document_is_final_traced_proved_and_told_once() {
    let running = Running::start().await;
    let client = running.client(&running.officer);
    let feed = client.feed(Some("start".into()));
    let added = document(&[
        event("ADD", 1, "2026-05-01T10:00:00Z"),
        event("ADD", 2, "2026-05-01T10:00:01Z"),
    ]);
    let job = client
        .capture_and_follow(added.clone(), OnError::Rollback, LIMIT)
        .await
        .unwrap();
    assert!(
        job.success && !job.running && job.statements.len() == 1,
        "{job:?}"
    );
    let id = job.statements[0];

    // The same again: the ledger has these events.
    let refused = client.capture(added, OnError::Rollback).await.unwrap_err();
    assert_eq!(
        refused.problem().map(|problem| problem.status),
        Some(409),
        "{refused}"
    );

    let status = client.status(&id, Duration::ZERO).await.unwrap();
    assert_eq!(status.state, State::Accepted);
    let height = status.height.unwrap();
    let mut projected = running.node.projected();
    projected
        .wait_for(|projected| *projected >= height)
        .await
        .unwrap();
    let trace = client
        .trace("https://id.gs1.org/01/09521141123454/21/1")
        .await
        .unwrap();
    assert_eq!(trace["now"]["owner"], "est", "{trace}");
    assert_eq!(
        trace["history"].as_array().map(Vec::len),
        Some(1),
        "{trace}"
    );
    assert!(trace["height"].as_u64().unwrap() >= height);

    proofs_hold(&client, id).await;
    the_feed_tells_once(&client, feed, id).await;
    answers_are_cached(&running, id, height).await;
    its_life_is_told(&running, id).await;
}

async fn its_life_is_told(running: &Running, id: StatementId) {
    let life = json(running.get(&format!("/v1/statements/{id}/life")).await).await;
    let stages = life["stages"].as_array().unwrap();
    let names: Vec<&str> = stages
        .iter()
        .map(|stage| stage["stage"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "submit", "admit", "propose", "verify", "commit", "project", "prove"
        ],
        "{life}"
    );
    let time = |name: &str| {
        let place = names.iter().position(|one| *one == name).unwrap();
        stages[place]["time_ms"].as_u64().unwrap()
    };
    let own = ["submit", "admit", "verify", "commit", "project"].map(time);
    assert!(own.is_sorted(), "{life}");
    assert!(time("prove") >= time("commit"), "{life}");
    assert_eq!(life["time_ms"], time("propose"), "{life}");
}

async fn proofs_hold(client: &Client, id: StatementId) {
    let trust = client.trust().await.unwrap();
    for algorithm in [Algorithm::Ed25519, Algorithm::MlDsa65] {
        let proof = client
            .transparent(&id, &["est".parse().unwrap()], &[algorithm])
            .await
            .unwrap();
        let report = convoy_client::verify(&proof, &trust).unwrap();
        assert_eq!(
            (report.statement, report.proved),
            (Some(id), Proved::Accepted)
        );
    }
    let compact = client.compact(&id).await.unwrap();
    assert_eq!(
        convoy_client::verify(&compact, &trust).unwrap().statement,
        Some(id)
    );
    for (serial, proved) in [(1, Proved::Present), (3, Proved::Absent)] {
        let object = Epc::parse(&format!("urn:epc:id:sgtin:9521141.012345.{serial}")).unwrap();
        let key = object.key().as_bytes();
        let proof = client.state_proof(("custody", "objects"), key).await;
        let proof = proof.unwrap().to_vec();
        let report = convoy_client::verify(&proof, &trust).unwrap();
        assert_eq!(report.proved, proved);
        let mut flipped = proof;
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        let refused = convoy_client::verify(&flipped, &trust).unwrap_err();
        assert!(refused.to_string().contains("the check `"), "{refused}");
    }
}

async fn the_feed_tells_once(client: &Client, mut feed: Feed, id: StatementId) {
    let mut kinds = Vec::new();
    let mut cursor = None;
    while cursor.is_none() {
        let event = tokio::time::timeout(LIMIT, feed.next())
            .await
            .unwrap()
            .unwrap();
        if event.kind == "statement" && event.data["id"] == id.to_string() {
            cursor = Some(event.cursor.clone());
        }
        kinds.push(event.kind);
    }
    // Behind that cursor a new reader gets what follows, and nothing again.
    let mut resumed = client.feed(cursor);
    let next = tokio::time::timeout(LIMIT, resumed.next())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(next.kind, "goods", "{next:?}");
    assert_eq!(kinds[0], "member", "the founding comes first: {kinds:?}");
}

async fn answers_are_cached(running: &Running, id: StatementId, height: u64) {
    let fixed = running.get(&format!("/v1/statements/{id}")).await;
    let tag = fixed.headers()[header::ETAG].clone();
    assert!(
        fixed.headers()[header::CACHE_CONTROL]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    let request = axum::http::Request::builder()
        .uri(format!("/v1/statements/{id}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", running.read))
        .header(header::IF_NONE_MATCH, tag);
    let again = running
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let block = json(running.get(&format!("/v1/blocks/{height}")).await).await;
    assert_eq!(block["statements"][0]["id"], id.to_string(), "{block}");
    let events = json(running.get("/v1/events?limit=1").await).await;
    assert_eq!(
        events["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
            .as_array()
            .map(Vec::len),
        Some(1),
        "{events}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_events_are_told_and_with_proceed_the_others_are_kept() {
    let running = Running::start().await;
    let client = running.client(&running.officer);
    let mut wrong = event("ADD", 12, "2026-05-01T10:00:02Z");
    wrong["action"] = "PAINT".into();
    let events = [
        event("ADD", 10, "2026-05-01T10:00:00Z"),
        event("ADD", 10, "2026-05-01T10:00:00Z"),
        event("ADD", 11, "2026-05-01T10:00:01Z"),
        wrong,
    ];
    let refused = client
        .capture(document(&events), OnError::Rollback)
        .await
        .unwrap_err();
    let problem = refused.problem().unwrap();
    assert_eq!(problem.status, 400);
    assert!(
        problem
            .errors
            .iter()
            .all(|error| error.pointer.starts_with("/epcisBody/eventList/3")),
        "{refused}"
    );
    assert!(
        client
            .trace("urn:epc:id:sgtin:9521141.012345.10")
            .await
            .is_err(),
        "rollback keeps nothing"
    );

    let job = client
        .capture_and_follow(document(&events), OnError::Proceed, LIMIT)
        .await
        .unwrap();
    assert!(!job.success, "{job:?}");
    let places: Vec<&str> = job
        .errors
        .iter()
        .map(|error| error.pointer.split('/').nth(3).unwrap_or(""))
        .collect();
    assert!(
        places.contains(&"3")
            && places.contains(&"1")
            && !places.contains(&"0")
            && !places.contains(&"2"),
        "{job:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_larger_than_the_queue_goes_in_as_there_is_room() {
    let running = Running::start_with(|config| config.mempool.member_bytes = 200_000).await;
    let client = running.client(&running.officer);
    let mut events: Vec<Value> = (0..6_000)
        .map(|serial| event("ADD", serial, "2026-05-01T10:00:00Z"))
        .collect();
    events[5_500]["action"] = "PAINT".into();
    // While as many large documents are read as the node takes on, nothing of a further one is taken in.
    let config = crate::ApiConfig {
        documents_max: 0,
        ..crate::ApiConfig::default()
    };
    let request = axum::http::Request::post("/v1/epcis/capture")
        .header(header::AUTHORIZATION, format!("Bearer {}", running.officer))
        .header(header::CONTENT_TYPE, "application/json")
        .header("gs1-capture-error-behaviour", "proceed")
        .body(axum::body::Body::from(document(&events)))
        .unwrap();
    let refused = router_of(&running.node, config).oneshot(request).await;
    let refused = refused.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(json(refused).await["name"], "busy");
    let job = client
        .capture_and_follow(document(&events), OnError::Proceed, 6 * LIMIT)
        .await
        .unwrap();
    let wrong: Vec<&str> = job
        .errors
        .iter()
        .map(|error| error.pointer.as_str())
        .collect();
    assert_eq!(
        wrong,
        ["/epcisBody/eventList/5500/action"],
        "{:?}",
        job.errors
    );
    let kept = crate::interrupted::Interrupted::new(&running.node.config().data);
    assert_eq!(kept.all().unwrap(), Vec::new(), "it was not interrupted");
    let status = client
        .status(job.statements.last().unwrap(), Duration::ZERO)
        .await
        .unwrap();
    let mut projected = running.node.projected();
    projected
        .wait_for(|projected| *projected >= status.height.unwrap())
        .await
        .unwrap();
    for serial in [0, 4_000, 5_999] {
        client
            .trace(&format!("https://id.gs1.org/01/09521141123454/21/{serial}"))
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn own_signatures_sequences_and_repeats() {
    let running = Running::start().await;
    let client = running.client(&running.officer);
    let signer = Signer::load(&client, running.scanner.clone(), scanner_key(), 3)
        .await
        .unwrap();
    let statements: Vec<_> = (20..30)
        .map(|serial| {
            let event = document(&[event("ADD", serial, "2026-05-01T10:00:00Z")]);
            let event = parse_document(&event).unwrap().events.remove(0);
            signer
                .sign(custody::NAME, &Action::Capture(Box::new(event)))
                .unwrap()
        })
        .collect();
    let first = client.submit_many(&statements[..5]).await.unwrap();
    assert!(
        first
            .iter()
            .all(|result| matches!(result, Submitted::Admitted { .. })),
        "{first:?}"
    );
    let counts = client
        .submit_sequence(sequence(&statements[5..]))
        .await
        .unwrap();
    assert_eq!(
        (counts.admitted, counts.refused.len()),
        (5, 0),
        "{counts:?}"
    );
    for statement in &statements {
        let status = client.follow(&statement.id(), LIMIT).await.unwrap();
        assert_eq!(status.state, State::Accepted, "{status:?}");
    }
    // Sent again it is the same statement, not another one.
    assert_eq!(
        client.submit(&statements[9]).await.unwrap(),
        statements[9].id()
    );
    let view = client.signer(&running.scanner).await.unwrap();
    assert_eq!(view.next_sequence(3), 10, "{view:?}");

    // What is tried while others of its lane wait for their block is not told to wait for them.
    let capture = |serial| {
        let event = document(&[event("ADD", serial, "2026-05-01T10:00:00Z")]);
        let event = parse_document(&event).unwrap().events.remove(0);
        let action = Action::Capture(Box::new(event));
        signer.sign(custody::NAME, &action).unwrap()
    };
    for serial in 40..45 {
        let waits = capture(serial);
        client.submit(&waits).await.unwrap();
        let tried = client.try_out(&capture(serial + 20)).await;
        assert!(tried.is_ok(), "{tried:?}");
        signer.set_next_sequence(waits.content().sequence + 1);
        let status = client.follow(&waits.id(), LIMIT).await.unwrap();
        assert_eq!(status.state, State::Accepted, "{status:?}");
    }

    // Another statement in a used place is refused by number; so is one whose signature was changed.
    signer.set_next_sequence(4);
    let used = signer
        .sign(
            custody::NAME,
            &Action::SetPolicy(custody::types::Policy::default()),
        )
        .unwrap();
    let refused = client.submit(&used).await.unwrap_err();
    assert_eq!(refused.code(), Some(10), "{refused}");
    let mut forged = statements[0].bytes().to_vec();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let answer = running
        .call(
            "POST",
            "/v1/statements",
            Some(&running.submit),
            Some("application/cose"),
            forged,
        )
        .await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(json(answer).await["code"], 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_are_tried_then_done() {
    let running = Running::start().await;
    let client = running.client(&running.officer);
    let mut one = event("ADD", 40, "2026-05-01T10:00:00Z");
    one["@context"] = json!(["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]);
    let body =
        json!({ "actions": [{ "module": "custody", "action": { "capture": one } }] }).to_string();
    let tried = running
        .call(
            "POST",
            "/v1/actions?dry_run=true",
            Some(&running.officer),
            Some("application/json"),
            body.clone(),
        )
        .await;
    assert_eq!(tried.status(), StatusCode::ACCEPTED);
    let tried = json(tried).await;
    assert_eq!(tried["results"][0]["state"], "valid", "{tried}");
    assert!(
        tried["results"][0]["effects"][0]["event"]["captured"].is_object(),
        "{tried}"
    );
    assert!(
        client
            .trace("urn:epc:id:sgtin:9521141.012345.40")
            .await
            .is_err(),
        "a dry run does nothing"
    );
    let id = client
        .act(&[("custody", json!({ "capture": one }))], None)
        .await
        .unwrap();
    assert_eq!(
        client.follow(&id, LIMIT).await.unwrap().state,
        State::Accepted
    );
    let refused = client
        .act(
            &[(
                "custody",
                json!({ "accept_handover": { "handover": "ab".repeat(16) } }),
            )],
            None,
        )
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(209), "{refused}");
    assert_eq!(
        refused
            .problem()
            .and_then(|problem| problem.pointer.clone())
            .as_deref(),
        Some("/actions/0")
    );
}

/// Whether the next connection is answered within `limit`, while the only place is held by one whose answers nobody reads.
async fn next_is_answered(running: &Running, unread_ms: u32, limit: Duration) -> bool {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let config = crate::ApiConfig {
        connections_max: 1,
        unread_ms,
        // Only its unread answers can end it.
        head_timeout_ms: 120_000,
        ..crate::ApiConfig::default()
    };
    let node = running.node.clone();
    let served = tokio::spawn(crate::serve(listener, node, config, std::future::pending()));
    let mut silent = TcpStream::connect(address).await.unwrap();
    // Their answers are more than the system keeps for a reader.
    let requests = format!("GET /openapi.json HTTP/1.1\r\nhost: {address}\r\n\r\n").repeat(200);
    silent.write_all(requests.as_bytes()).await.unwrap();
    let mut next = TcpStream::connect(address).await.unwrap();
    let request =
        format!("GET /v1/health/live HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    next.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = tokio::time::timeout(limit, next.read_to_string(&mut answer)).await;
    served.abort();
    let answered = read.is_ok_and(|read| read.is_ok());
    assert_eq!(answered, answer.starts_with("HTTP/1.1 200"), "{answer}");
    answered
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_whose_answers_nobody_reads_gives_its_place_to_the_next() {
    let running = Running::start().await;
    assert!(next_is_answered(&running, 500, LIMIT).await);
    assert!(!next_is_answered(&running, 120_000, Duration::from_secs(3)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_stalls_is_told_where_to_come_back() {
    let running = Running::start().await;
    let client = running.client(&running.officer);
    let many: Vec<Value> = (100..400)
        .map(|serial| event("ADD", serial, "2026-05-01T10:00:00Z"))
        .collect();
    let job = client
        .capture_and_follow(document(&many), OnError::Rollback, LIMIT)
        .await
        .unwrap();
    let status = client.status(&job.statements[0], Duration::ZERO).await;
    let height = status.unwrap().height.unwrap();
    let mut projected = running.node.projected();
    let reached = projected.wait_for(|projected| *projected >= height);
    reached.await.unwrap();

    let config = crate::ApiConfig {
        feed_stall_ms: 100,
        ..crate::ApiConfig::default()
    };
    let request = axum::http::Request::builder()
        .uri("/v1/feed?cursor=start")
        .header(header::AUTHORIZATION, format!("Bearer {}", running.read));
    let request = request.body(axum::body::Body::empty()).unwrap();
    let router = router_of(&running.node, config);
    let response = router.clone().oneshot(request).await;
    // Nobody reads: the node fills what it keeps for a reader, waits its time, and lets go.
    let let_go = async {
        while !metrics_of(&router, &running.read)
            .await
            .contains("convoy_http_feeds 0")
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(LIMIT, let_go).await.unwrap();
    let told = bytes(response.unwrap()).await;
    let told = String::from_utf8(told.to_vec()).unwrap();
    let (before, last) = told.trim_end().rsplit_once("\n\n").unwrap();
    assert!(last.contains("event: resume"), "{last}");
    let field = |event: &str| {
        let id = event
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix("id: "));
        id.map(str::to_owned)
    };
    assert_eq!(field(last), field(before), "it resumes behind the last one");
    let mut resumed = client.feed(field(last));
    let next = tokio::time::timeout(LIMIT, resumed.next()).await.unwrap();
    assert_ne!(Some(next.unwrap().cursor), field(last));
}

async fn metrics_of(router: &axum::Router, token: &str) -> String {
    let request = axum::http::Request::builder()
        .uri("/metrics")
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    let request = request.body(axum::body::Body::empty()).unwrap();
    let answer = bytes(router.clone().oneshot(request).await.unwrap()).await;
    String::from_utf8(answer.to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_is_named_in_all_its_forms() {
    let running = Running::start().await;
    let path = "/v1/identifiers?text=%5Dd2010952114112345410LOT%1D21A7&company_prefix=7&domain=id.example.org";
    let response = running.get(path).await;
    assert_eq!(response.status(), StatusCode::OK);
    let found = json(response).await;
    assert_eq!(found["epc"], "https://id.gs1.org/01/09521141123454/21/A7");
    assert_eq!(found["symbology"], "GS1 DataMatrix");
    assert_eq!(found["data"]["lot"], "LOT");
    let form = |name: &str| {
        let forms = found["forms"].as_array().unwrap();
        forms
            .iter()
            .find(|form| form["name"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(
        form("epc urn")["text"],
        "urn:epc:id:sgtin:9521141.012345.A7"
    );
    assert_eq!(form("element string")["text"], "(01)09521141123454(21)A7");
    assert_eq!(
        form("digital link")["text"],
        "https://id.example.org/01/09521141123454/21/A7"
    );
    assert!(form("uii")["refused"].as_str().unwrap().contains("no UII"));
}
