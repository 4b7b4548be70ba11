//! What is kept from a reader is not there: two readers at one node, one cleared and one not, on every way that something labelled could leak.

use super::harness::{Running, bytes, json, scanner_key};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use convoy_client::{Client, OnError, Signer};
use convoy_modules::{
    custody::facts::object_name,
    membership::{
        self,
        types::{NewKey, NewSigner, Role, Roles, SignerKind},
    },
};
use convoy_node::tokens::Scope;
use convoy_types::{
    Did, StatementId,
    cose::{Algorithm, SigningKey},
    identifiers::Epc,
    statement::{Assurance, Classification, Label, StatementBuilder},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

pub const LIMIT: Duration = Duration::from_secs(20);
pub const DEPOT: &str = "urn:epc:id:sgln:9521141.00001.0";
pub const SECRET: &str = "urn:epc:id:sgtin:9521141.012345.7001";
pub const OPEN: &str = "urn:epc:id:sgtin:9521141.012345.7002";
pub const PACKED: &str = "urn:epc:id:sgtin:9521141.012345.7003";
pub const ABSENT: &str = "urn:epc:id:sgtin:9521141.012345.7999";
pub const PALLET: &str = "urn:epc:id:sscc:9521141.0000000011";
const SECRET_ADDED: &str = "urn:uuid:00000000-0000-4000-8000-000000007001";

/// A node with a labelled object, what it is packed in, and readers with and without clearance.
pub struct Scene {
    pub running: Running,
    /// Reads everything: the officer, cleared for secret.
    pub cleared: String,
    /// A signer without clearance: the scanner.
    pub uncleared: String,
    /// The statement that tells of the labelled object first.
    pub first: StatementId,
    /// Signs for the security officer.
    security: Signer,
}

pub fn event(kind: &str, action: &str, minute: u32, more: Value) -> Value {
    let mut event = json!({
        "type": kind, "action": action, "bizStep": "storing",
        "eventTime": format!("2026-05-01T10:{minute:02}:00Z"), "eventTimeZoneOffset": "+00:00",
        "readPoint": { "id": DEPOT }, "bizLocation": { "id": DEPOT },
    });
    let more = more.as_object().unwrap().clone();
    event.as_object_mut().unwrap().extend(more);
    event
}

pub fn document(events: &[Value]) -> Vec<u8> {
    serde_json::to_vec(&json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-05-01T10:00:00.000Z",
        "epcisBody": { "eventList": events },
    }))
    .unwrap()
}

pub fn encoded(text: &str) -> String {
    crate::epcis::encoded(text)
}

fn own_key(seed: u8) -> SigningKey {
    SigningKey::from_secret(Algorithm::Ed25519, &[seed; 32]).unwrap()
}

impl Running {
    /// Waits until the read model has a statement.
    pub async fn projected_up_to(&self, id: &StatementId) {
        let client = self.client(&self.officer);
        let status = client.follow(id, LIMIT).await.unwrap();
        assert_eq!(
            status.state,
            convoy_client::State::Accepted,
            "{:?}",
            status.refusal
        );
        let height = status.height.unwrap();
        let mut projected = self.node.projected();
        let reached = projected.wait_for(|projected| *projected >= height);
        reached.await.unwrap();
    }

    /// Captures events one after another as the officer; the last statement.
    pub async fn tell(&self, events: &[Value]) -> StatementId {
        let client = self.client(&self.officer);
        let job = client
            .capture_and_follow(document(events), OnError::Rollback, LIMIT)
            .await
            .unwrap();
        assert!(job.success, "{job:?}");
        self.projected_up_to(&job.statements[0]).await;
        job.statements[0]
    }

    /// Does an action as the officer.
    pub async fn do_as_officer(&self, module: &str, action: &Value) -> StatementId {
        let client = self.client(&self.officer);
        let id = client.act(&[(module, action.clone())], None).await.unwrap();
        self.projected_up_to(&id).await;
        id
    }

    /// Enrols a signer of the node's member with a key of its own, and signs for it.
    pub async fn enrol(&self, name: &str, seed: u8, roles: &[Role]) -> Signer {
        let did: Did = format!("did:convoy:{name}").parse().unwrap();
        let new = NewSigner {
            did: did.clone(),
            member: "est".parse().unwrap(),
            kind: SignerKind::Person,
            unit: None,
            roles: Roles::of(roles),
            keys: vec![NewKey {
                key: own_key(seed).public().clone(),
                valid_from_ms: None,
                valid_until_ms: None,
                assurance: Assurance::OwnKey,
                hardware: false,
            }],
        };
        self.do_as_officer(membership::NAME, &json!({ "enrol_signer": new }))
            .await;
        let client = self.client(&self.submit);
        Signer::load(&client, did, own_key(seed), 0).await.unwrap()
    }

    /// Has a security officer clear a signer.
    pub async fn clear(&self, security: &Signer, who: &Did, clearance: &str) {
        let action: membership::types::Action = serde_json::from_value(
            json!({ "clear_signer": { "did": who, "clearance": clearance } }),
        )
        .unwrap();
        let statement = security.sign(membership::NAME, &action).unwrap();
        let client: Client = self.client(&self.submit);
        let id = client.submit(&statement).await.unwrap();
        self.projected_up_to(&id).await;
    }

    /// A token that reads and submits as `who`.
    pub fn token_of(&self, who: &Did) -> String {
        let scopes = vec![Scope::Read, Scope::Submit];
        let tokens = self.node.tokens();
        tokens
            .issue(who.as_str(), scopes, Some(who.clone()), None)
            .unwrap()
    }
}

impl Scene {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut convoy_node::NodeConfig)) -> Self {
        let running = Running::start_with(change).await;
        let security = running
            .enrol("security", 21, &[Role::SecurityOfficer])
            .await;
        let officer: Did = "did:convoy:officer".parse().unwrap();
        running.clear(&security, &officer, "secret").await;
        let add = |object: &str, minute, id: &str| {
            event(
                "ObjectEvent",
                "ADD",
                minute,
                json!({ "epcList": [object], "eventID": id }),
            )
        };
        let first = running
            .tell(&[event(
                "ObjectEvent",
                "ADD",
                0,
                json!({ "epcList": [SECRET], "eventID": SECRET_ADDED, "bizStep": "commissioning" }),
            )])
            .await;
        let other = "urn:uuid:00000000-0000-4000-8000-00000000700";
        running
            .tell(&[
                add(OPEN, 1, &format!("{other}2")),
                add(PACKED, 2, &format!("{other}3")),
            ])
            .await;
        let record = format!("custody/objects/{SECRET}");
        let raise = json!({ "raise_label": { "record": record, "classification": "secret", "reason": "holds crypto keys" } });
        running.do_as_officer("policy", &raise).await;
        let inner = |object: &str, minute| {
            event(
                "AggregationEvent",
                "ADD",
                minute,
                json!({ "parentID": PALLET, "childEPCs": [object], "bizStep": "packing" }),
            )
        };
        running.tell(&[inner(SECRET, 3)]).await;
        running.tell(&[inner(PACKED, 4)]).await;
        // Both in one event, at a place and in words that nothing else tells of.
        let both = event(
            "ObjectEvent",
            "OBSERVE",
            5,
            json!({
                "epcList": [PALLET, OPEN], "bizStep": "inspecting", "disposition": "in_progress",
                "readPoint": { "id": "geo:59.4370,24.7536" },
                "bizTransactionList": [{ "type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:9521141111116:zephyrine" }],
            }),
        );
        running.tell(&[both]).await;
        let uncleared = running.token_of(&running.scanner);
        let cleared = running.officer.clone();
        Self {
            running,
            cleared,
            uncleared,
            first,
            security,
        }
    }

    pub async fn get(&self, token: &str, path: &str) -> (StatusCode, Value) {
        let answer = self
            .running
            .call("GET", path, Some(token), None, Body::empty())
            .await;
        (answer.status(), json(answer).await)
    }

    /// Tokens of who is not cleared: a signer, and a token without signer.
    fn blind(&self) -> [&str; 2] {
        [&self.uncleared, &self.running.read]
    }

    /// A path answers for who is not cleared exactly as the same path about something that does not exist.
    async fn as_absent(&self, path: impl Fn(&str) -> String, hidden: &str, absent: &str) {
        let (status, told) = self.get(&self.cleared, &path(hidden)).await;
        assert_eq!(status, StatusCode::OK, "{} cleared: {told}", path(hidden));
        for token in self.blind() {
            let (status, told) = self.get(token, &path(hidden)).await;
            let (as_status, as_told) = self.get(token, &path(absent)).await;
            let same = |told: &Value, id: &str| {
                let key = Epc::parse(id).map_or_else(|_| id.to_owned(), |epc| epc.to_string());
                let text = timeless(told).replace(&key, "ID").replace(id, "ID");
                text.replace(&encoded(&key), "ID")
                    .replace(&encoded(id), "ID")
            };
            assert_eq!(status, as_status, "{}: {told}", path(hidden));
            assert_eq!(same(&told, hidden), same(&as_told, absent));
        }
    }
}

/// The answer without what changes from moment to moment.
fn timeless(told: &Value) -> String {
    let mut told = told.clone();
    for field in ["height", "creationDate"] {
        told.as_object_mut().unwrap().remove(field);
    }
    let text = told.to_string();
    match text.split_once("up to block ") {
        Some((before, after)) => {
            let rest = after.trim_start_matches(|letter: char| letter.is_ascii_digit());
            format!("{before}up to block N{rest}")
        }
        None => text,
    }
}

fn events_of(document: &Value) -> Vec<&Value> {
    let list = &document["epcisBody"]["queryResults"]["resultsBody"]["eventList"];
    list.as_array().unwrap().iter().collect()
}

/// What nobody may learn who is not cleared.
fn assert_silent(told: &str, on: &str) {
    for word in [
        "7001",
        "0000000011",
        "952114100000000",
        "zephyrine",
        "59.437",
        "inspecting",
        "crypto",
    ] {
        assert!(!told.contains(word), "{on} tells `{word}`: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_labelled_object_is_answered_as_though_it_were_not_there() {
    let scene = Scene::start().await;
    for path in [
        "/v1/trace/{}",
        "/v1/epcis/epcs/{}",
        "/v1/modules/custody/trace?id={}",
        "/v1/modules/custody/contents?id={}",
        "/v1/objects/{}/contents",
        "/v1/events?epc={}",
        "/v1/epcis/events?MATCH_anyEPC={}",
        "/v1/epcis/epcs/{}/events",
    ] {
        let full = |id: &str| path.replace("{}", &encoded(id));
        scene.as_absent(full, SECRET, ABSENT).await;
    }
    let event = |id: &str| format!("/v1/epcis/events/{}", encoded(id));
    scene
        .as_absent(
            event,
            SECRET_ADDED,
            "urn:uuid:00000000-0000-4000-8000-000000009999",
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_derived_tells_of_it() {
    let scene = Scene::start().await;
    let places = format!("/v1/places/{}/objects?contents=true", encoded(DEPOT));
    let paths = [
        places.as_str(),
        "/v1/places?near=59.437,24.7536,50",
        "/v1/search?q=7001",
        "/v1/search?q=zephyrine",
        "/v1/events",
        "/v1/epcis/events",
        "/v1/epcis/events?orderBy=eventTime",
        "/v1/epcis/events?EQ_bizStep=inspecting",
        "/v1/epcis/epcs",
        "/v1/epcis/bizSteps",
        "/v1/epcis/readPoints",
        "/v1/epcis/dispositions",
        "/v1/modules/policy/labels",
        "/v1/handovers",
        "/v1/cases",
        "/v1/blocks",
    ];
    let mut more: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    more.push(format!("/v1/trace/{}", encoded(PACKED)));
    more.push(format!("/v1/trace/{}", encoded(OPEN)));
    let paper = encoded("urn:epcglobal:cbv:bt:9521141111116:zephyrine");
    for path in &more {
        let (status, told) = scene.get(&scene.cleared, path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {told}");
        for token in scene.blind() {
            let (status, told) = scene.get(token, path).await;
            assert_eq!(status, StatusCode::OK, "{path}: {told}");
            // What was asked for may stand in the answer; what was found may not.
            let told = told.to_string();
            assert_silent(&told, path);
        }
    }
    let path = format!("/v1/modules/custody/document?id={paper}");
    let (_, told) = scene.get(&scene.cleared, &path).await;
    assert_eq!(
        told["events"].as_array().map(Vec::len),
        Some(0),
        "an object event ties nothing"
    );
    let (_, seen) = scene
        .get(&scene.cleared, &format!("/v1/trace/{}", encoded(PACKED)))
        .await;
    assert_eq!(
        seen["now"]["packed_in"].as_array().map(Vec::len),
        Some(1),
        "{seen}"
    );
    let (_, open) = scene
        .get(&scene.uncleared, &format!("/v1/trace/{}", encoded(PACKED)))
        .await;
    assert_eq!(open["now"]["packed_in"], json!([]), "{open}");
    assert_eq!(open["history"].as_array().map(Vec::len), Some(1), "{open}");
    assert!(open.get("withheld").is_none(), "{open}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_neither_counted_nor_paged_over() {
    let scene = Scene::start().await;
    // Four events tell of the labelled object or the pallet, two of the others.
    for (token, count) in [(&scene.cleared, 6), (&scene.uncleared, 2)] {
        let (mut path, mut pages, mut events) = ("/v1/epcis/events?perPage=1".to_owned(), 0, 0);
        loop {
            let answer = scene
                .running
                .call("GET", &path, Some(token), None, Body::empty())
                .await;
            let link = answer.headers().get(header::LINK).map(|link| {
                let link = link.to_str().unwrap();
                link[1..link.find('>').unwrap()].to_owned()
            });
            events += events_of(&json(answer).await).len();
            pages += 1;
            match link {
                Some(next) => path = next,
                None => break,
            }
        }
        assert_eq!((pages, events), (count, count));
        let (_, most) = scene
            .get(token, &format!("/v1/epcis/events?maxEventCount={count}"))
            .await;
        assert_eq!(events_of(&most).len(), count, "{most}");
    }
    let (status, few) = scene
        .get(&scene.cleared, "/v1/epcis/events?maxEventCount=2")
        .await;
    assert_eq!(status.as_u16(), 413, "{few}");
    let (_, found) = scene
        .get(&scene.uncleared, "/v1/search?q=7001&limit=1")
        .await;
    assert!(found.get("next").is_none(), "{found}");
    let path = format!("/v1/places/{}/objects?limit=2", encoded(DEPOT));
    let (_, there) = scene.get(&scene.uncleared, &path).await;
    assert!(there.get("next").is_none(), "{there}");
    assert_eq!(
        there["objects"].as_array().map(Vec::len),
        Some(2),
        "{there}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_receipts_proofs_and_blocks_keep_it_too() {
    let scene = Scene::start().await;
    let (hidden, absent) = (scene.first.to_string(), "ab".repeat(32));
    let raw = |token: String, path: String| {
        let running = &scene.running;
        async move {
            let answer = running.call("GET", &path, Some(&token), None, Body::empty());
            let answer = answer.await;
            let kept = answer.headers().get(header::CACHE_CONTROL).cloned();
            (answer.status(), kept, bytes(answer).await)
        }
    };
    for what in ["body", "transparent?wait_ms=10000", "compact?wait_ms=10000"] {
        let path = |id: &str| format!("/v1/statements/{id}/{what}");
        let (status, kept, _) = raw(scene.cleared.clone(), path(&hidden)).await;
        assert_eq!(status, StatusCode::OK, "{what}");
        // Who is cleared today may not be tomorrow, so nobody keeps it for good.
        if let Some(kept) = kept {
            assert_eq!(kept, "no-store", "{what}");
        }
        for token in scene.blind() {
            let quick = |id: &str| path(id).replace("10000", "0");
            let (status, _, told) = raw(token.to_owned(), quick(&hidden)).await;
            let (as_status, _, as_told) = raw(token.to_owned(), quick(&absent)).await;
            let text = |told: &[u8], id: &str| String::from_utf8_lossy(told).replace(id, "ID");
            assert_eq!(
                (status, as_status),
                (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
            );
            assert_eq!(text(&told, &hidden), text(&as_told, &absent), "{what}");
        }
    }
    for what in ["", "/life"] {
        let path = |id: &str| format!("/v1/statements/{id}{what}");
        let (_, told) = scene.get(&scene.cleared, &path(&hidden)).await;
        assert_eq!(told["state"], "accepted", "{told}");
        let (_, told) = scene.get(&scene.uncleared, &path(&hidden)).await;
        let (_, as_told) = scene.get(&scene.uncleared, &path(&absent)).await;
        assert_eq!(
            told.to_string().replace(&hidden, "ID"),
            as_told.to_string().replace(&absent, "ID")
        );
    }
    let (_, status) = scene
        .get(&scene.cleared, &format!("/v1/statements/{hidden}"))
        .await;
    let block = format!("/v1/blocks/{}", status["height"]);
    let (_, cleared) = scene.get(&scene.cleared, &block).await;
    assert!(cleared.to_string().contains(&hidden), "{cleared}");
    let (_, blind) = scene.get(&scene.uncleared, &block).await;
    assert!(!blind.to_string().contains(&hidden), "{blind}");
    let proof = |object: &str| {
        let key = Epc::parse(object).unwrap().key().to_owned();
        format!("/v1/state/custody/objects/{}/proof", hex::encode(key))
    };
    for token in [&scene.cleared, &scene.uncleared] {
        let (status, ..) = raw(token.clone(), proof(OPEN)).await;
        // Its newest event tells of the pallet too, so the record is for who is cleared.
        assert_eq!(status.is_success(), token == &scene.cleared);
    }
    assert_eq!(
        raw(scene.cleared.clone(), proof(SECRET)).await.0,
        StatusCode::OK
    );
    let (_, told) = scene.get(&scene.uncleared, &proof(SECRET)).await;
    let (_, as_told) = scene.get(&scene.uncleared, &proof(ABSENT)).await;
    assert_eq!(told["name"], "not-found");
    let (told, as_told) = (timeless(&told), timeless(&as_told));
    let key = |object: &str| hex::encode(Epc::parse(object).unwrap().key());
    let told = told
        .replace("7001", "7999")
        .replace(&key(SECRET), &key(ABSENT));
    assert_eq!(told, as_told);
    let label = format!(
        "/v1/state/policy/labels/{}/proof",
        hex::encode(object_name(&Epc::parse(SECRET).unwrap()))
    );
    assert_eq!(
        raw(scene.cleared.clone(), label.clone()).await.0,
        StatusCode::OK
    );
    assert_eq!(
        raw(scene.uncleared.clone(), label).await.0,
        StatusCode::NOT_FOUND
    );
}

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
            if next.kind == "goods" && next.data.to_string().contains("7100") {
                break;
            }
        }
        assert_eq!(told.contains("7001"), sees, "{told}");
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
async fn where_it_may_be_known_the_policies_say_why_not() {
    let scene = Scene::start().await;
    let words = |id: &str, text: &str| {
        let text = format!("@description(\"{id}.\")\n@grantor(\"A security officer.\")\n{text}");
        json!({ "replace": { "id": id, "text": text } })
    };
    let looks = |when: &str| {
        format!(
            "forbid (principal, action in [Action::\"view::record\", Action::\"view::list\", Action::\"view::feed\", Action::\"view::export\", Action::\"view::count\"], resource) unless {{ {when} }};"
        )
    };
    let clearance = looks(
        "resource.classification <= principal.clearance && principal.caveats.containsAll(resource.caveats)",
    );
    scene
        .running
        .do_as_officer("policy", &words("labels.clearance", &clearance))
        .await;
    let (status, told) = scene
        .get(&scene.uncleared, &format!("/v1/trace/{}", encoded(SECRET)))
        .await;
    assert_eq!(
        (status.as_u16(), told["name"].as_str()),
        (403, Some("view-not-permitted")),
        "{told}"
    );
    assert!(
        told["detail"]
            .as_str()
            .unwrap()
            .contains("labels.clearance"),
        "{told}"
    );
    assert!(
        told["remedy"]
            .as_str()
            .unwrap()
            .contains("security officer"),
        "{told}"
    );
    let (status, _) = scene
        .get(&scene.uncleared, &format!("/v1/trace/{}", encoded(ABSENT)))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, told) = scene
        .get(&scene.uncleared, &format!("/v1/trace/{}", encoded(PACKED)))
        .await;
    assert_eq!(told["withheld"], true, "{told}");
    let why = format!(
        "/v1/modules/policy/why?did={}&action=view::record&record=custody/objects/{}",
        encoded(scene.running.scanner.as_str()),
        encoded(SECRET)
    );
    let (_, told) = scene.get(&scene.uncleared, &why).await;
    assert_eq!(told["allowed"], false, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn why_tells_no_label_of_what_may_not_be_known() {
    let scene = Scene::start().await;
    let why = format!(
        "/v1/modules/policy/why?did={}&action=view::record&record=custody/objects/{}",
        encoded(scene.running.scanner.as_str()),
        encoded(SECRET)
    );
    let (_, told) = scene.get(&scene.cleared, &why).await;
    assert_eq!(told["allowed"], false, "{told}");
    let (_, told) = scene.get(&scene.uncleared, &why).await;
    assert_eq!(told["allowed"], true, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_suspended_reads_nothing_more_and_who_is_cleared_reads_at_once() {
    let scene = Scene::start().await;
    let path = format!("/v1/trace/{}", encoded(SECRET));
    let scanner = scene.running.scanner.clone();
    assert_eq!(
        scene.get(&scene.uncleared, &path).await.0,
        StatusCode::NOT_FOUND
    );
    scene
        .running
        .clear(&scene.security, &scanner, "secret")
        .await;
    assert_eq!(scene.get(&scene.uncleared, &path).await.0, StatusCode::OK);
    let suspend = json!({ "set_signer_status": { "did": scanner, "status": "suspended" } });
    scene.running.do_as_officer("membership", &suspend).await;
    for path in [
        path.as_str(),
        "/v1/epcis/events",
        "/v1/members",
        "/v1/blocks",
    ] {
        let (status, told) = scene.get(&scene.uncleared, path).await;
        assert_eq!(
            (status.as_u16(), told["name"].as_str()),
            (403, Some("reader-not-active")),
            "{path}"
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
    let (_, all) = scene.get(&scene.cleared, "/v1/epcis/capture").await;
    assert_eq!(all.as_array().map(Vec::len), Some(5), "{all}");
    let (_, some) = scene.get(&scene.uncleared, "/v1/epcis/capture").await;
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
