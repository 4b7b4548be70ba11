//! A node with something labelled, what holds it, and readers who are cleared for it and who are not.

use super::harness::{Running, json};
use axum::{body::Body, http::StatusCode};
use convoy_client::{Client, OnError, Signer};
use convoy_modules::membership::{
    self,
    types::{NewKey, NewSigner, Role, Roles, SignerKind},
};
use convoy_node::tokens::Scope;
use convoy_types::{
    Did, StatementId,
    cose::{Algorithm, SigningKey},
    identifiers::Epc,
    statement::Assurance,
};
use serde_json::{Value, json};
use std::time::Duration;

pub const LIMIT: Duration = Duration::from_secs(20);
pub const DEPOT: &str = "urn:epc:id:sgln:9521141.00001.0";
pub const SECRET: &str = "urn:epc:id:sgtin:9521141.012345.7001";
pub const OPEN: &str = "urn:epc:id:sgtin:9521141.012345.7002";
pub const PACKED: &str = "urn:epc:id:sgtin:9521141.012345.7003";
pub const ABSENT: &str = "urn:epc:id:sgtin:9521141.012345.7999";
pub const PALLET: &str = "urn:epc:id:sscc:9521141.0000000011";
pub const SECRET_ADDED: &str = "urn:uuid:00000000-0000-4000-8000-000000007001";

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
    pub security: Signer,
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
    pub fn blind(&self) -> [&str; 2] {
        [&self.uncleared, &self.running.read]
    }

    /// A path answers for who is not cleared exactly as the same path about something that does not exist.
    pub async fn as_absent(&self, path: impl Fn(&str) -> String, hidden: &str, absent: &str) {
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
pub fn timeless(told: &Value) -> String {
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

pub fn events_of(document: &Value) -> Vec<&Value> {
    let list = &document["epcisBody"]["queryResults"]["resultsBody"]["eventList"];
    list.as_array().unwrap().iter().collect()
}

/// `told` without digests, ids and times, which hold any four digits by chance.
pub fn spoken(told: &str) -> String {
    let mut spoken = String::with_capacity(told.len());
    let mut rest = told;
    while !rest.is_empty() {
        let run = rest
            .bytes()
            .take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            .count();
        let next = rest[run..].chars().next().map_or(0, char::len_utf8);
        let kept = if run < 13 { 0 } else { run };
        spoken.push_str(&rest[kept..run + next]);
        rest = &rest[run + next..];
    }
    spoken
}

/// What nobody may learn who is not cleared.
pub fn assert_silent(told: &str, on: &str) {
    assert!(!spoken(told).contains("7001"), "{on} tells `7001`: {told}");
    for word in [
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
