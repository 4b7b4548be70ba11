//! Credentials for and from other people's software: `issue` prints one of ours as JSON, with all that verifies it; `open` reads theirs from standard input, one JSON object a
//! line with `credential`, `key`, `audience` and `nonce`, and prints what each says, or why not.

use convoy_types::{
    Did, MemberId,
    cose::{Algorithm, PublicKey, SigningKey},
    credential::{Position, Terms},
    did::DidDocument,
    sd_jwt::{Question, SdJwt},
};
use convoy_verify::{Issuers, verify_credential};
use serde_json::{Value, json};
use std::{
    error::Error,
    io::{BufRead as _, stdin},
};

/// 2026-11-28, seconds since 1970: vectors do not age.
const ISSUED_S: u64 = 1_795_824_000;

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("issue") => {
            let all = [Algorithm::Ed25519, Algorithm::Es256]
                .into_iter()
                .map(issue)
                .collect::<Result<Vec<_>, _>>()?;
            println!("{}", Value::from(all));
        }
        Some("open") => {
            for line in stdin().lock().lines() {
                let asked: Value = serde_json::from_str(&line?)?;
                let answer =
                    open(&asked).unwrap_or_else(|error| json!({ "error": error.to_string() }));
                println!("{answer}");
            }
        }
        _ => return Err("usage: sd_jwt issue | sd_jwt open < FILE".into()),
    }
    Ok(())
}

fn issue(algorithm: Algorithm) -> Result<Value, Box<dyn Error>> {
    let issuer_key = SigningKey::generate(algorithm)?;
    // Its key bindings are read by the reference implementation with ES256 only.
    let holder = SigningKey::generate(Algorithm::Es256)?;
    let terms = Terms {
        issuer: Did::new("did:web:logistics.est.example")?,
        member: MemberId::new("est")?,
        subject: Did::new("did:web:logistics.est.example:7f3a")?,
        holder: holder.public().clone(),
        height: 17,
        issued_s: ISSUED_S,
        expires_s: ISSUED_S + 30 * 24 * 3_600,
        status: None,
    };
    let position = Position {
        kind: "person".into(),
        unit: Some("depot-tapa".into()),
        posts: vec!["s4".into(), "gate-2".into()],
        roles: vec!["logistics-officer".into(), "scanner".into()],
        clearance: "secret".into(),
        caveats: vec!["ATOMAL".into()],
    };
    let issued = position.issue(&terms, &issuer_key)?;
    let question = Question {
        audience: "https://gate.example",
        nonce: "7c5f0a",
    };
    let wanted = |disclosure: &convoy_types::sd_jwt::Disclosure| {
        disclosure.name.as_deref() == Some("clearance") || disclosure.value == "gate-2"
    };
    let presented = issued
        .keep(wanted)
        .present(&holder, question, ISSUED_S + 60)?;
    Ok(json!({
        "algorithm": algorithm.name(),
        "issuer": terms.issuer,
        "did_document": DidDocument::new(terms.issuer.clone(), &[issuer_key.public().clone()]).to_json(),
        "issuer_key": issuer_key.public().to_jwk(),
        "issued": issued.to_string(),
        "presented": presented.to_string(),
        "audience": question.audience,
        "nonce": question.nonce,
        "claims": presented.claims()?,
    }))
}

fn open(asked: &Value) -> Result<Value, Box<dyn Error>> {
    let text = |name: &str| {
        asked[name]
            .as_str()
            .ok_or_else(|| format!("{name} is missing"))
    };
    let (credential, audience, nonce) = (text("credential")?, text("audience")?, text("nonce")?);
    let key = PublicKey::from_jwk(&asked["key"])?;
    let question = Question { audience, nonce };
    let read = SdJwt::read(credential)?;
    // Of a credential (SD-JWT VC) everything is checked; of a bare SD-JWT what there is.
    if let Some(did) = asked["issuer_did"].as_str() {
        let documents = [DidDocument::new(Did::new(did)?, std::slice::from_ref(&key))];
        let issuers = Issuers {
            trust: None,
            documents: &documents,
        };
        let now_s = asked["now_s"].as_u64().ok_or("now_s is missing")?;
        let report = verify_credential(credential, issuers, Some(question), now_s)?;
        return Ok(json!({ "claims": report.claims, "type": report.kind }));
    }
    read.issued().verify(&key)?;
    read.check_binding(question)?;
    Ok(json!({ "claims": read.claims()? }))
}
