//! The EPCIS query interface over a running node: pages, lists, named queries, subscriptions.

use super::harness::{Running, bytes, json};
use axum::{
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const LIMIT: Duration = Duration::from_secs(30);

pub(super) fn event(serial: u32, step: &str) -> Value {
    json!({
        "type": "ObjectEvent", "action": "ADD", "bizStep": step,
        "eventTime": format!("2026-05-01T10:{:02}:{:02}Z", serial / 60 % 60, serial % 60), "eventTimeZoneOffset": "+00:00",
        "epcList": [format!("urn:epc:id:sgtin:9521141.012345.{serial}")],
        "readPoint": { "id": "urn:epc:id:sgln:9521141.00001.0" }, "bizLocation": { "id": "urn:epc:id:sgln:9521141.00001.0" },
    })
}

fn document(events: &[Value]) -> String {
    json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-05-01T10:00:00.000Z",
        "epcisBody": { "eventList": events },
    })
    .to_string()
}

impl Running {
    /// Captures events and waits until queries tell of them.
    pub(super) async fn capture_all(&self, events: &[Value]) {
        let client = self.client(&self.officer);
        let job = client
            .capture_and_follow(
                document(events).into_bytes(),
                convoy_client::OnError::Rollback,
                LIMIT,
            )
            .await
            .unwrap();
        assert!(job.success, "{job:?}");
        let status = client
            .status(&job.statements[0], Duration::ZERO)
            .await
            .unwrap();
        let height = status.height.unwrap();
        let mut projected = self.node.projected();
        tokio::time::timeout(LIMIT, projected.wait_for(|reached| *reached >= height))
            .await
            .unwrap()
            .unwrap();
    }

    pub(super) async fn put(&self, path: &str, body: Value) -> Response<Body> {
        self.post(path, &self.read, "application/json", body.to_string())
            .await
    }
}

fn list(answer: &Value) -> &Vec<Value> {
    answer["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        .as_array()
        .unwrap()
}

pub(super) fn serials(answer: &Value) -> Vec<u32> {
    let serial = |event: &Value| {
        let epc = event["epcList"][0].as_str().unwrap();
        epc.rsplit('/').next().unwrap().parse().unwrap()
    };
    list(answer).iter().map(serial).collect()
}

fn next_of(response: &Response<Body>) -> Option<String> {
    let link = response.headers().get(header::LINK)?.to_str().unwrap();
    assert!(
        response
            .headers()
            .contains_key("gs1-next-page-token-expires")
    );
    Some(
        link.strip_prefix('<')
            .unwrap()
            .strip_suffix(">; rel=\"next\"")
            .unwrap()
            .to_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_lists_and_events_answer_while_more_is_captured() {
    let running = Running::start().await;
    let first: Vec<Value> = (0..12)
        .map(|serial| {
            event(
                serial,
                if serial % 3 == 0 {
                    "commissioning"
                } else {
                    "encoding"
                },
            )
        })
        .collect();
    running.capture_all(&first).await;

    // Pages stay those of the first page's height.
    let mut path = "/v1/epcis/events?EQ_bizStep=encoding&perPage=3".to_owned();
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let response = running.get(&path).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["gs1-epcis-version"], "2.0.0");
        let next = next_of(&response);
        let answer = json(response).await;
        assert_eq!(answer["type"], "EPCISQueryDocument");
        found.extend(serials(&answer));
        pages += 1;
        running.capture_all(&[event(100 + pages, "encoding")]).await;
        match next {
            Some(next) => path = next,
            None => break,
        }
    }
    assert_eq!(found, [1, 2, 4, 5, 7, 8, 10, 11]);

    // A token belongs to its query.
    let response = running
        .get("/v1/epcis/events?EQ_bizStep=encoding&perPage=3")
        .await;
    let next = next_of(&response).unwrap();
    let stolen = next.replace("encoding", "commissioning");
    let refused = json(running.get(&stolen).await).await;
    assert_eq!(
        (refused["status"].as_u64(), refused["name"].as_str()),
        (Some(400), Some("page-token"))
    );
    let token = next
        .split("nextPageToken=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap()
        .to_owned();
    let released = running
        .call(
            "DELETE",
            &format!("/v1/epcis/nextPageToken/{token}"),
            Some(&running.read),
            None,
            Body::empty(),
        )
        .await;
    assert_eq!(released.status(), StatusCode::NO_CONTENT);

    // Every event has an id, and is found under it.
    let answer = json(running.get("/v1/epcis/events?perPage=1").await).await;
    let id = list(&answer)[0]["eventID"].as_str().unwrap().to_owned();
    let one = json(
        running
            .get(&format!("/v1/epcis/events/{}", crate::epcis::encoded(&id)))
            .await,
    )
    .await;
    assert_eq!(list(&one), list(&answer));
    assert_eq!(
        running
            .get("/v1/epcis/events/urn:uuid:00000000-0000-4000-8000-000000000000")
            .await
            .status(),
        404
    );

    // Browsing.
    let members = |answer: Value| answer["member"].as_array().unwrap().clone();
    assert_eq!(
        members(json(running.get("/v1/epcis/bizSteps").await).await),
        [json!("commissioning"), json!("encoding")]
    );
    assert_eq!(
        members(json(running.get("/v1/epcis/eventTypes").await).await).len(),
        5
    );
    let epcs = members(json(running.get("/v1/epcis/epcs?perPage=5").await).await);
    assert_eq!(epcs[0], "https://id.gs1.org/01/09521141123454/21/0");
    assert_eq!(epcs.len(), 5);
    assert_eq!(
        running.get("/v1/epcis/bizSteps/encoding").await.status(),
        200
    );
    assert_eq!(
        running.get("/v1/epcis/bizSteps/destroying").await.status(),
        404
    );
    assert_eq!(
        running.get("/v1/epcis/bizSteps/paintin").await.status(),
        400
    );
    assert_eq!(running.get("/v1/epcis/bizStops").await.status(), 404);
    let of_one = json(
        running
            .get("/v1/epcis/epcs/urn:epc:id:sgtin:9521141.012345.7/events?EQ_action=ADD")
            .await,
    )
    .await;
    assert_eq!(serials(&of_one), [7]);
    let place = "/v1/epcis/bizLocations/urn:epc:id:sgln:9521141.00001.0/events?perPage=1000";
    assert!(list(&json(running.get(place).await).await).len() >= 12);

    // What else the read model answers.
    let there = json(
        running
            .get("/v1/places/urn:epc:id:sgln:9521141.00001.0/objects?limit=500")
            .await,
    )
    .await;
    assert!(there["objects"].as_array().unwrap().len() >= 12 && there["height"].as_u64().is_some());
    let before = json(
        running
            .get("/v1/places/urn:epc:id:sgln:9521141.00001.0/objects?at=2026-05-01T10:00:02Z")
            .await,
    )
    .await;
    assert_eq!(before["objects"].as_array().unwrap().len(), 3);
    let hits = json(running.get("/v1/search?q=0952114112").await).await;
    assert!(!hits["hits"].as_array().unwrap().is_empty());
    assert_eq!(running.get("/v1/search?q=").await.status(), 400);
    assert_eq!(
        json(running.get("/v1/places?near=59.4,24.7,50").await).await["places"],
        json!([])
    );
    assert_eq!(running.get("/v1/places?near=here").await.status(), 400);

    // Jobs, the newest first, of the interface that took them in.
    for serial in 200..203 {
        let body = document(&[event(serial, "encoding")]);
        let taken = running
            .post(
                "/v1/epcis/capture",
                &running.officer,
                "application/json",
                body,
            )
            .await;
        assert_eq!(taken.status(), StatusCode::ACCEPTED);
    }
    let response = running.get("/v1/epcis/capture?perPage=2").await;
    assert!(next_of(&response).is_some());
    assert_eq!(json(response).await.as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_interface_cannot_do_is_refused_by_name() {
    let running = Running::start().await;
    for (path, name, kind) in [
        (
            "/v1/epcis/events?GE_eventDate=x",
            "query-parameter",
            "epcisException:QueryParameterException",
        ),
        (
            "/v1/epcis/events?EQ_action=SHIPPED",
            "query-parameter",
            "epcisException:QueryParameterException",
        ),
        (
            "/v1/epcis/events?perPage=0",
            "bad-query",
            "/v1/refusals#bad-query",
        ),
        (
            "/v1/epcis/events?nextPageToken=abc",
            "page-token",
            "/v1/refusals#page-token",
        ),
        (
            "/v1/epcis/queries/none/events",
            "not-found",
            "epcisException:NoSuchNameException",
        ),
    ] {
        let refused = json(running.get(path).await).await;
        assert_eq!(
            (refused["name"].as_str(), refused["type"].as_str()),
            (Some(name), Some(kind)),
            "{path}: {refused}"
        );
        assert!(!refused["remedy"].as_str().unwrap().is_empty());
    }
    let asked = |name: &str, value: &str| {
        Request::get("/v1/epcis/events")
            .header(header::AUTHORIZATION, format!("Bearer {}", running.read))
            .header(name, value)
            .body(Body::empty())
            .unwrap()
    };
    for (name, value, status) in [
        ("accept", "text/csv", 406),
        ("accept", "application/xml", 200),
        ("gs1-epcis-min", "3.0.0", 406),
        ("gs1-epcis-max", "1.1", 406),
        ("gs1-epcis-max", "1.2", 200),
        ("gs1-epc-format", "Sometimes", 400),
        ("gs1-epcis-min", "2.0.0", 200),
        ("gs1-epc-format", "Always_EPC_URN", 200),
    ] {
        assert_eq!(
            running.send(asked(name, value)).await.status(),
            status,
            "{name}: {value}"
        );
    }
    let old = Request::get("/v1/epcis/events")
        .header(header::AUTHORIZATION, format!("Bearer {}", running.read))
        .header(header::ACCEPT, "application/xml, application/json;q=0.5")
        .header("gs1-epcis-max", "1.2");
    let old = running.send(old.body(Body::empty()).unwrap()).await;
    assert_eq!(old.headers()["gs1-epcis-version"], "1.2.0");
    let body = axum::body::to_bytes(old.into_body(), 1 << 20)
        .await
        .unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(
        text.contains("schemaVersion=\"1.2\"") && text.contains("urn:epcglobal:epcis-query:xsd:1"),
        "{text}"
    );
    let only_json = Request::get("/v1/epcis/events")
        .header(header::AUTHORIZATION, format!("Bearer {}", running.read))
        .header(header::ACCEPT, "application/json")
        .header("gs1-epcis-max", "1.2");
    let refused = running.send(only_json.body(Body::empty()).unwrap()).await;
    assert_eq!(refused.status(), StatusCode::NOT_ACCEPTABLE);
    for (path, allow) in [
        ("/v1/epcis/events", "GET, POST, HEAD, OPTIONS"),
        ("/v1/epcis/capture", "POST, GET, HEAD, OPTIONS"),
    ] {
        let response = running
            .call("OPTIONS", path, None, None, Body::empty())
            .await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(response.headers()["gs1-cbv-version"], "2.0.0");
        let mut found: Vec<&str> = response.headers()[header::ALLOW]
            .to_str()
            .unwrap()
            .split(", ")
            .collect();
        let mut expected: Vec<&str> = allow.split(", ").collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!(
            response.headers().contains_key("gs1-epcis-capture-limit"),
            path.ends_with("capture")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_answered_in_xml_is_captured_again_as_the_same_events() {
    let running = Running::start().await;
    let mut named = [event(1, "commissioning"), event(2, "encoding")];
    for (at, event) in named.iter_mut().enumerate() {
        event["eventID"] = format!("urn:uuid:8f93dd62-f7d5-4033-887a-e81e7596a98{at}").into();
    }
    running.capture_all(&named).await;
    let asked = Request::get("/v1/epcis/events")
        .header(header::AUTHORIZATION, format!("Bearer {}", running.read))
        .header(header::ACCEPT, "application/xml")
        .body(Body::empty())
        .unwrap();
    let response = running.send(asked).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/xml");
    let document = bytes(response).await;
    let read = convoy_types::epcis::xml::parse_document(&document).unwrap();
    let json = json(running.get("/v1/epcis/events").await).await;
    let same = convoy_types::epcis::json::parse_document(json.to_string().as_bytes()).unwrap();
    assert_eq!(read.events, same.events);
    let again = running
        .post(
            "/v1/epcis/capture",
            &running.officer,
            "application/xml",
            document,
        )
        .await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_event_is_captured_at_once_and_only_once() {
    let running = Running::start().await;
    let mut one = event(1, "commissioning");
    one["@context"] = json!("https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld");
    let send = || {
        running.post(
            "/v1/epcis/events",
            &running.officer,
            "application/json",
            one.to_string(),
        )
    };
    let made = send().await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let location = made.headers()[header::LOCATION]
        .to_str()
        .unwrap()
        .to_owned();
    let mut projected = running.node.projected();
    let told = async {
        while running.get(&location).await.status() != 200 {
            projected.changed().await.unwrap();
        }
    };
    tokio::time::timeout(LIMIT, told).await.unwrap();
    assert_eq!(send().await.status(), StatusCode::CONFLICT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_query_is_kept_answers_and_goes_with_its_subscriptions() {
    let running = Running::start().await;
    running
        .capture_all(&[event(1, "commissioning"), event(2, "encoding")])
        .await;
    let encoded = json!({ "name": "encoded", "query": { "EQ_bizStep": ["encoding"] } });
    let made = running.put("/v1/epcis/queries", encoded.clone()).await;
    assert_eq!(
        (
            made.status(),
            made.headers()[header::LOCATION].to_str().unwrap()
        ),
        (StatusCode::CREATED, "/v1/epcis/queries/encoded")
    );
    assert_eq!(
        running
            .put("/v1/epcis/queries", encoded.clone())
            .await
            .status(),
        StatusCode::CONFLICT
    );
    assert_eq!(
        json(running.get("/v1/epcis/queries/encoded").await).await,
        encoded
    );
    assert_eq!(
        json(running.get("/v1/epcis/queries").await).await,
        json!([encoded])
    );
    assert_eq!(
        serials(&json(running.get("/v1/epcis/queries/encoded/events").await).await),
        [2]
    );
    assert_eq!(
        serials(
            &json(
                running
                    .get("/v1/epcis/queries/encoded/events?EQ_action=DELETE")
                    .await
            )
            .await
        ),
        [] as [u32; 0]
    );
    for (body, pointer) in [
        (json!({ "name": "a b", "query": {} }), "/name"),
        (
            json!({ "name": "x", "query": { "EQ_bizSteep": ["encoding"] } }),
            "/query/EQ_bizSteep",
        ),
        (json!({ "name": "x" }), ""),
    ] {
        let refused = json(running.put("/v1/epcis/queries", body.clone()).await).await;
        assert_eq!(
            (refused["status"].as_u64(), refused["pointer"].as_str()),
            (Some(400), Some(pointer)),
            "{body}: {refused}"
        );
    }
    let subscriptions = "/v1/epcis/queries/encoded/subscriptions";
    for (body, pointer) in [
        (json!({ "dest": "http://127.0.0.1:9/" }), "/stream"),
        (
            json!({ "dest": "http://127.0.0.1:9/", "stream": true, "schedule": { "hour": "1" } }),
            "/schedule",
        ),
        (
            json!({ "dest": "http://127.0.0.1:9/", "schedule": { "hour": "25" } }),
            "/schedule",
        ),
        (
            json!({ "dest": "ftp://127.0.0.1/", "stream": true }),
            "/dest",
        ),
        (
            json!({ "dest": "http://127.0.0.1:9/", "stream": true, "initialRecordTime": "soon" }),
            "/initialRecordTime",
        ),
        (
            json!({ "dest": "http://127.0.0.1:9/", "stream": true, "signatureToken": "" }),
            "/signatureToken",
        ),
    ] {
        let refused = json(running.put(subscriptions, body.clone()).await).await;
        assert_eq!(
            (refused["status"].as_u64(), refused["pointer"].as_str()),
            (Some(400), Some(pointer)),
            "{body}: {refused}"
        );
    }
    let made = running
        .put(
            subscriptions,
            json!({ "dest": "http://127.0.0.1:9/", "stream": true, "signatureToken": "secret" }),
        )
        .await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let location = made.headers()[header::LOCATION]
        .to_str()
        .unwrap()
        .to_owned();
    let shown = bytes(running.get(&location).await).await;
    assert!(!String::from_utf8_lossy(&shown).contains("secret"));
    assert_eq!(
        json(running.get(subscriptions).await)
            .await
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let gone = running
        .call(
            "DELETE",
            "/v1/epcis/queries/encoded",
            Some(&running.read),
            None,
            Body::empty(),
        )
        .await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    assert_eq!(running.get(&location).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        running.get("/v1/epcis/queries/encoded").await.status(),
        StatusCode::NOT_FOUND
    );
}
