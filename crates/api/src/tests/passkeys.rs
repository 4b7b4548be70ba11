//! Passkeys at a running node, made and used by a device that the test plays: what the specification says, and what attackers try.

use super::{
    browser::{Browser, OFFICER, code, open_door},
    harness::Running,
};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ciborium::Value as Cbor;
use convoy_node::{NodeConfig, config::PasskeysConfig};
use convoy_types::Digest;
use serde_json::{Value, json};

const ORIGIN: &str = "http://localhost:8101";
const PRESENT_AND_VERIFIED: u8 = 0x05;
const HAS_CREDENTIAL: u8 = 0x40;

pub fn with_passkeys(config: &mut NodeConfig) {
    open_door(config);
    config.signin.passkeys = Some(PasskeysConfig {
        rp_id: "localhost".into(),
        origins: vec![ORIGIN.into()],
    });
}

/// A person's device with one passkey.
pub struct Device {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    counter: u32,
    /// What the browser says it shows.
    origin: String,
    rp_id: String,
    flags: u8,
    user: String,
}

pub fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Device {
    pub fn new(id: u8) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        Self {
            key: pair,
            id: vec![id; 16],
            counter: 1,
            origin: ORIGIN.into(),
            rp_id: "localhost".into(),
            flags: PRESENT_AND_VERIFIED,
            user: String::new(),
        }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = options["publicKey"]["challenge"].clone();
        json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false})
            .to_string()
            .into_bytes()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let mut data = Digest::of(self.rp_id.as_bytes()).0.to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// `navigator.credentials.create`.
    pub fn make(&mut self, options: &Value) -> Value {
        self.user = options["publicKey"]["user"]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let point = self.key.public_key().as_ref();
        let number = |number: i64| Cbor::Integer(number.into());
        let key = Cbor::Map(vec![
            (number(1), number(2)),
            (number(3), number(-7)),
            (number(-1), number(1)),
            (number(-2), Cbor::Bytes(point[1..33].to_vec())),
            (number(-3), Cbor::Bytes(point[33..].to_vec())),
        ]);
        let mut data = self.data(self.flags | HAS_CREDENTIAL);
        data.extend([0; 16]);
        data.extend((self.id.len() as u16).to_be_bytes());
        data.extend(&self.id);
        ciborium::into_writer(&key, &mut data).unwrap();
        let attestation = Cbor::Map(vec![
            (Cbor::Text("fmt".into()), Cbor::Text("none".into())),
            (Cbor::Text("attStmt".into()), Cbor::Map(Vec::new())),
            (Cbor::Text("authData".into()), Cbor::Bytes(data)),
        ]);
        let mut object = Vec::new();
        ciborium::into_writer(&attestation, &mut object).unwrap();
        json!({
            "id": text(&self.id), "rawId": text(&self.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": text(&self.client_data("webauthn.create", options)),
                "attestationObject": text(&object),
            },
        })
    }

    /// `navigator.credentials.get`.
    fn answer(&mut self, options: &Value) -> Value {
        self.counter += 1;
        let client_data = self.client_data("webauthn.get", options);
        let data = self.data(self.flags);
        let mut signed = data.clone();
        signed.extend(Digest::of(&client_data).0);
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": text(&self.id), "rawId": text(&self.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": text(&client_data), "authenticatorData": text(&data),
                "signature": text(signature.as_ref()), "userHandle": self.user,
            },
        })
    }
}

async fn options(browser: &mut Browser) -> Value {
    let (status, options) = browser.post("/v1/signin/passkey/options", json!({})).await;
    assert_eq!(status, 200, "{options}");
    options
}

pub async fn sign_in(browser: &mut Browser, device: &mut Device) -> (u16, Value) {
    let options = options(browser).await;
    browser
        .post("/v1/signin/passkey", device.answer(&options))
        .await
}

/// Registers `device` for the officer by invitation.
async fn register(running: &Running, device: &mut Device) -> (u16, Value) {
    let mut browser = Browser::here(running);
    let code = code(running, OFFICER);
    let (status, told) = browser
        .post("/v1/signin/invitation", json!({"code": code}))
        .await;
    assert_eq!(status, 200, "{told}");
    let credential = device.make(&told["passkey"]);
    let body = json!({"code": code, "name": "duty phone", "credential": credential});
    browser.post("/v1/signin/invitation/passkey", body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_person_registers_a_passkey_and_signs_in_with_it() {
    let running = Running::start_with(with_passkeys).await;
    let mut device = Device::new(1);
    let (status, told) = register(&running, &mut device).await;
    assert_eq!(
        (status, told["how"].as_str()),
        (200, Some("passkey")),
        "{told}"
    );
    let mut browser = Browser::here(&running);
    let (status, me) = sign_in(&mut browser, &mut device).await;
    assert_eq!(
        (status, me["signer"].as_str()),
        (200, Some(OFFICER)),
        "{me}"
    );
    let (_, listed) = browser.get("/v1/passkeys").await;
    assert_eq!(listed["passkeys"][0]["name"], "duty phone");
    // One more, from within the session; then the first is taken away and opens nothing.
    let (status, asked) = browser.post("/v1/passkeys/options", json!({})).await;
    assert_eq!(status, 200, "{asked}");
    assert_eq!(
        asked["publicKey"]["excludeCredentials"][0]["id"],
        text(&device.id)
    );
    let mut second = Device::new(2);
    let body = json!({"name": "key on the chain", "credential": second.make(&asked)});
    assert_eq!(
        browser
            .send("POST", "/v1/passkeys", Some(&body))
            .await
            .status(),
        204
    );
    let path = format!("/v1/passkeys/{}", text(&device.id));
    assert_eq!(browser.status("DELETE", &path).await, 204);
    assert_eq!(
        sign_in(&mut Browser::here(&running), &mut device).await.0,
        401
    );
    assert_eq!(
        sign_in(&mut Browser::here(&running), &mut second).await.0,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_answer_another_origin_and_another_host_open_nothing() {
    let running = Running::start_with(with_passkeys).await;
    let mut device = Device::new(1);
    register(&running, &mut device).await;
    let mut browser = Browser::here(&running);
    let asked = options(&mut browser).await;
    let answer = device.answer(&asked);
    let (status, _) = browser.post("/v1/signin/passkey", answer.clone()).await;
    assert_eq!(status, 200);
    let (status, told) = browser.post("/v1/signin/passkey", answer).await;
    assert_eq!(
        (status, told["name"].as_str()),
        (401, Some("sign-in-refused")),
        "replayed"
    );
    let invented = json!({"publicKey": {"challenge": text(&[7; 32])}});
    let (status, _) = browser
        .post("/v1/signin/passkey", device.answer(&invented))
        .await;
    assert_eq!(status, 401, "a challenge that nobody gave");
    device.origin = "http://localhost.evil.example".into();
    let (status, told) = sign_in(&mut browser, &mut device).await;
    assert_eq!(status, 401, "a page of another address: {told}");
    assert!(told["detail"].as_str().unwrap().contains("another address"));
    device.origin = ORIGIN.into();
    device.rp_id = "evil.example".into();
    assert_eq!(
        sign_in(&mut browser, &mut device).await.0,
        401,
        "another host"
    );
    device.rp_id = "localhost".into();
    device.flags = 0x01;
    let (status, told) = sign_in(&mut browser, &mut device).await;
    assert_eq!(status, 401, "nobody was verified: {told}");
    device.flags = PRESENT_AND_VERIFIED;
    let user = std::mem::replace(&mut device.user, text(b"somebody else"));
    assert_eq!(
        sign_in(&mut browser, &mut device).await.0,
        401,
        "another person's passkey"
    );
    device.user = user;
    assert_eq!(
        sign_in(&mut browser, &mut device).await.0,
        200,
        "still good"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_passkey_is_noticed_by_its_counter_and_off_for_both() {
    let running = Running::start_with(with_passkeys).await;
    let mut device = Device::new(1);
    register(&running, &mut device).await;
    let mut browser = Browser::here(&running);
    for _ in 0..3 {
        assert_eq!(sign_in(&mut browser, &mut device).await.0, 200);
    }
    device.counter -= 2;
    let (status, told) = sign_in(&mut browser, &mut device).await;
    assert_eq!(status, 401, "the copy: {told}");
    device.counter += 10;
    assert_eq!(
        sign_in(&mut browser, &mut device).await.0,
        401,
        "the true one"
    );
    let kept = std::fs::read_to_string(running.node.config().data.join("signin.json")).unwrap();
    assert!(kept.contains("\"off\": true"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_registered_only_for_whom_the_code_invites() {
    let running = Running::start_with(with_passkeys).await;
    let mut browser = Browser::here(&running);
    let (status, told) = browser
        .post(
            "/v1/signin/invitation",
            json!({"code": "00000-00000-00000-00000"}),
        )
        .await;
    assert_eq!(
        (status, told["name"].as_str()),
        (403, Some("invitation-ended"))
    );
    let code = code(&running, OFFICER);
    let (_, told) = browser
        .post("/v1/signin/invitation", json!({"code": code}))
        .await;
    let made = Device::new(1).make(&told["passkey"]);
    // A challenge for signing in does not do for registering, nor a guessed code.
    let body = |code: &str, credential: &Value| json!({"code": code, "name": "x", "credential": credential});
    let asked = options(&mut browser).await;
    let mut sign_in_challenge = told["passkey"].clone();
    sign_in_challenge["publicKey"]["challenge"] = asked["publicKey"]["challenge"].clone();
    let crossed = Device::new(2).make(&sign_in_challenge);
    let (status, _) = browser
        .post("/v1/signin/invitation/passkey", body(&code, &crossed))
        .await;
    assert_eq!(status, 401);
    let (status, _) = browser
        .post(
            "/v1/signin/invitation/passkey",
            body("11111-11111-11111-11111", &made),
        )
        .await;
    assert!(matches!(status, 401 | 403));
    assert_eq!(browser.session(), None);
    let token = running
        .post(
            "/v1/passkeys/options",
            &running.officer,
            "application/json",
            "{}",
        )
        .await;
    assert_eq!(
        token.status(),
        422,
        "a token that fell into other hands makes no passkey"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_signing_in_by_passkey_takes_is_printed() {
    let running = Running::start_with(with_passkeys).await;
    let mut device = Device::new(1);
    register(&running, &mut device).await;
    let mut times = Vec::new();
    for _ in 0..20 {
        let mut browser = Browser::here(&running);
        let began = std::time::Instant::now();
        assert_eq!(sign_in(&mut browser, &mut device).await.0, 200);
        times.push(began.elapsed());
    }
    times.sort();
    println!(
        "sign-in by passkey, ms: median {}, longest {}",
        times[10].as_millis(),
        times[19].as_millis()
    );
}
