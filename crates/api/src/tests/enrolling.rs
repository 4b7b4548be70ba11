//! Somebody new at the sign-in page: from an administrator's code to a session with a key of one's own, and what attackers try.

use super::{
    browser::{Browser, SCANNER, invited},
    harness::{NODE, Running},
    passkeys::{Device, sign_in, text, with_passkeys},
};
use convoy_types::{
    Digest,
    cose::{Algorithm, SigningKey},
};
use serde_json::{Value, json};

const CODE: &str = "00112233445566778899aabbccddeeff";

/// The administrator offers an enrolment with `code`.
async fn offer(running: &Running, code: &str, kind: &str, role: &str) {
    let offer = json!({"offer_enrolment": {
        "member": "est", "kind": kind, "roles": [role],
        "code_digest": Digest::of(&hex::decode(code).unwrap()),
        "expires_ms": crate::app::now_ms() + 3_600_000,
    }});
    running.do_as_officer("membership", &offer).await;
}

async fn look(browser: &mut Browser, code: &str) -> (u16, Value) {
    browser
        .post("/v1/signin/invitation", json!({"code": code}))
        .await
}

/// What the browser sends: the passkey, and the key with its signature over the challenge.
fn answer(told: &Value, code: &str, device: &mut Device, key: &SigningKey) -> Value {
    let challenge = told["passkey"]["publicKey"]["challenge"].as_str().unwrap();
    let proof = key
        .sign(&[&b"convoy enrolment 1\0"[..], challenge.as_bytes()].concat())
        .unwrap();
    json!({
        "code": code, "name": "duty laptop", "credential": device.make(&told["passkey"]),
        "key": key.public(), "proof": text(&proof),
    })
}

fn own(seed: u8) -> SigningKey {
    SigningKey::from_secret(Algorithm::Es256, &[seed; 32]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_person_enrols_with_a_code_and_is_signed_in_with_the_roles_that_it_named() {
    let running = Running::start_with(with_passkeys).await;
    offer(&running, CODE, "person", "logistics-officer").await;
    let mut browser = Browser::here(&running);
    let (status, told) = look(&mut browser, "0011 2233 4455 6677 8899 AABB CCDD EEFF").await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(told["enrolment"]["roles"], json!(["logistics-officer"]));
    assert_eq!(told["member"], "est");
    let mut device = Device::new(1);
    let (status, me) = browser
        .post(
            "/v1/signin/enrolment",
            answer(&told, CODE, &mut device, &own(41)),
        )
        .await;
    assert_eq!(status, 200, "{me}");
    assert_eq!(me["signer"], told["signer"]);
    assert_eq!(
        me["scopes"],
        json!(["read", "submit"]),
        "an officer does not administer"
    );
    let (status, _) = browser.get("/v1/session").await;
    assert_eq!(status, 200);
    let path = format!(
        "/v1/signers/{}",
        told["signer"].as_str().unwrap().replace(':', "%3A")
    );
    let (_, signer) = browser.get(&path).await;
    assert_eq!(signer["roles"], json!(["logistics-officer"]), "{signer}");
    assert_eq!(signer["keys"][0]["assurance"], "own_key");
    assert_eq!(
        signer["keys"][0]["key_id"],
        own(41).public().key_id().to_string()
    );
    let again = sign_in(&mut Browser::here(&running), &mut device).await;
    assert_eq!(again.0, 200, "the passkey alone, another day: {}", again.1);
    // The node spoke as itself, and nobody can sign in as it.
    let path = format!("/v1/signers/{}/statements", NODE.replace(':', "%3A"));
    let (_, said) = browser.get(&path).await;
    assert_eq!(
        said["statements"].as_array().map(Vec::len),
        Some(1),
        "{said}"
    );
    let (_, ways) = browser.get("/v1/signin").await;
    assert!(!ways.to_string().contains(NODE), "{ways}");
    let (status, _) = browser
        .post("/v1/signin/demo", json!({"signer": NODE}))
        .await;
    assert_eq!(status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_wrong_used_a_devices_or_anothers_enrols_nobody_and_says_why() {
    let running = Running::start_with(with_passkeys).await;
    let mut browser = Browser::here(&running);
    let refused = |told: &(u16, Value)| (told.0, told.1["name"].as_str().unwrap_or("").to_owned());
    let unknown = look(&mut browser, CODE).await;
    assert_eq!(
        refused(&unknown),
        (422, "unknown-code".into()),
        "{}",
        unknown.1
    );
    assert!(
        unknown.1["remedy"]
            .as_str()
            .unwrap()
            .contains("Type the code again")
    );

    offer(&running, &"ab".repeat(16), "device", "scanner").await;
    let device = look(&mut browser, &"ab".repeat(16)).await;
    assert_eq!(
        refused(&device),
        (403, "invitation-ended".into()),
        "{}",
        device.1
    );
    assert!(device.1["detail"].as_str().unwrap().contains("device"));

    offer(&running, CODE, "person", "scanner").await;
    offer(&running, &"cd".repeat(16), "person", "logistics-officer").await;
    let (_, first) = look(&mut browser, CODE).await;
    let (_, second) = look(&mut browser, CODE).await;
    // A passkey made for a lesser code does not open a better one.
    let mut crossed = answer(&first, CODE, &mut Device::new(1), &own(42));
    crossed["code"] = "cd".repeat(16).into();
    let told = browser.post("/v1/signin/enrolment", crossed).await;
    assert_eq!(
        refused(&told),
        (401, "sign-in-refused".into()),
        "{}",
        told.1
    );
    // Whoever brings a key has to hold it.
    let (_, fresh) = look(&mut browser, CODE).await;
    let mut anothers = answer(&fresh, CODE, &mut Device::new(2), &own(42));
    anothers["key"] = serde_json::to_value(own(43).public()).unwrap();
    let told = browser.post("/v1/signin/enrolment", anothers).await;
    assert_eq!(
        (told.0, told.1["pointer"].as_str()),
        (400, Some("/proof")),
        "{}",
        told.1
    );
    // Two at once with one code: the ledger takes one, and nothing is kept of the other.
    let mut late = Device::new(4);
    let body = answer(&second, CODE, &mut late, &own(45));
    let (_, third) = look(&mut browser, CODE).await;
    let (status, told) = browser
        .post(
            "/v1/signin/enrolment",
            answer(&third, CODE, &mut Device::new(3), &own(44)),
        )
        .await;
    assert_eq!(status, 200, "{told}");
    let mut other = Browser::here(&running);
    let told = other.post("/v1/signin/enrolment", body).await;
    assert_eq!(refused(&told), (422, "code-ended".into()), "{}", told.1);
    assert_eq!(other.session(), None);
    assert_eq!(
        sign_in(&mut other, &mut late).await.0,
        401,
        "its passkey is gone"
    );
    let used = look(&mut other, CODE).await;
    assert_eq!(refused(&used), (422, "code-ended".into()), "{}", used.1);
    assert!(used.1["detail"].as_str().unwrap().contains("was used"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_may_not_speak_says_so_and_enrols_nobody() {
    let running = Running::start_with(with_passkeys).await;
    offer(&running, CODE, "person", "scanner").await;
    let suspend = json!({ "set_signer_status": { "did": NODE, "status": "suspended" } });
    running.do_as_officer("membership", &suspend).await;
    let (status, told) = look(&mut Browser::here(&running), CODE).await;
    assert_eq!(
        (status, told["name"].as_str()),
        (404, Some("no-such-way")),
        "{told}"
    );
    assert!(
        told["remedy"].as_str().unwrap().contains("enrol the node"),
        "{told}"
    );
    // Codes of the other kind still work.
    invited(&running, SCANNER, "juri").await;
}
