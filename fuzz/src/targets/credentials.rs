//! Parsers of what holders of credentials and other people's issuers send (`convoy_types::sd_jwt`, `did`).

use super::{Outcome, Target, with_text};
use convoy_types::{
    Did,
    did::{DidDocument, form},
    sd_jwt::SdJwt,
};
use serde_json::{Value, json};

/// The rows of this file.
pub const TARGETS: &[Target] = &[
    Target {
        name: "sd_jwt",
        bytes_max: 8_192,
        seeds: credentials,
        run: |bytes| with_text(bytes, sd_jwt),
    },
    Target {
        name: "did_document",
        bytes_max: 4_096,
        seeds: documents,
        run: did_document,
    },
    Target {
        name: "did",
        bytes_max: 256,
        seeds: dids,
        run: |bytes| with_text(bytes, did),
    },
];

fn credentials() -> Vec<Vec<u8>> {
    let vectors = include_str!("../../../crates/types/src/sd_jwt/rfc9901.json");
    let vectors: Value = serde_json::from_str(vectors).unwrap_or_default();
    let examples = vectors["examples"].as_array().into_iter().flatten();
    examples
        .flat_map(|example| ["issued", "presented"].map(|kind| example[kind].as_str()))
        .flatten()
        .map(|text| text.as_bytes().to_vec())
        .collect()
}

/// What is read is written the same, and keeping all or nothing of it stays readable.
fn sd_jwt(text: &str) -> Outcome {
    let read = SdJwt::read(text);
    let Ok(credential) = &read else {
        return Outcome::of(&read);
    };
    assert_eq!(credential.to_string(), text.trim());
    for keep in [true, false] {
        let kept = credential.keep(|_| keep);
        assert_eq!(SdJwt::read(&kept.to_string()).as_ref(), Ok(&kept));
    }
    Outcome::of(&credential.claims())
}

fn documents() -> Vec<Vec<u8>> {
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let multikey = "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";
    let method = json!({ "id": "did:web:est.example#1", "type": "JsonWebKey", "controller": "did:web:est.example", "publicKeyJwk": key });
    let other = json!({ "id": "#2", "type": "Multikey", "controller": "did:web:est.example", "publicKeyMultibase": multikey });
    let document = json!({
        "id": "did:web:est.example",
        "verificationMethod": [method],
        "assertionMethod": ["did:web:est.example#1", other],
        "service": [{ "id": "#node", "type": "ConvoyNode", "serviceEndpoint": "https://est.example/" }],
    });
    vec![document.to_string().into_bytes()]
}

/// What is read is written in a form that gives the same keys.
fn did_document(bytes: &[u8]) -> Outcome {
    let read = DidDocument::read(bytes);
    if let Ok(document) = &read {
        let again = DidDocument::read(document.to_json().to_string().as_bytes());
        let keys = |document: &DidDocument| {
            let methods = document.methods.iter();
            methods.map(|method| method.key.clone()).collect::<Vec<_>>()
        };
        let mut fragments: Vec<_> = document.methods.iter().map(|one| &one.fragment).collect();
        fragments.sort();
        fragments.dedup();
        // Two methods of one name are told apart by nobody.
        if fragments.len() == document.methods.len() {
            assert_eq!(again.as_ref().map(keys), Ok(keys(document)));
        }
    }
    Outcome::of(&read)
}

fn dids() -> Vec<Vec<u8>> {
    [
        "did:web:est.example%3A8443:people:7f3a",
        "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
        "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

fn did(text: &str) -> Outcome {
    match Did::new(text) {
        Ok(did) => Outcome::of(&form(&did)),
        Err(error) => Outcome::Refused(error.to_string()),
    }
}
