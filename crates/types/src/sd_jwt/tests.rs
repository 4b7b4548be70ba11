//! Expected values come from the examples of RFC 9901 (`rfc9901.json` says whence).

use super::*;
use crate::cose::Algorithm;
use proptest::prelude::*;
use serde_json::json;

const VECTORS: &str = include_str!("rfc9901.json");

fn vectors() -> (Value, PublicKey) {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let key = PublicKey::from_jwk(&vectors["issuer_key"]).unwrap();
    (vectors, key)
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_secret(Algorithm::Ed25519, &[seed; 32]).unwrap()
}

fn offer() -> Offer {
    Offer {
        open: Map::from_iter([
            ("iss".to_owned(), json!("did:web:est.example")),
            ("cnf".to_owned(), json!({ "jwk": key(2).public().to_jwk() })),
        ]),
        closed: vec![
            ("unit".into(), json!("depot-tapa")),
            ("clearance".into(), json!("secret")),
        ],
        lists: vec![("roles".into(), vec![json!("scanner"), json!("auditor")])],
        padded_to: 6,
        ..Offer::default()
    }
}

const QUESTION: Question<'_> = Question {
    audience: "https://gate.example",
    nonce: "n-1",
};

#[test]
fn the_examples_of_rfc_9901_open_to_the_claims_it_prints() {
    let (vectors, key) = vectors();
    for example in vectors["examples"].as_array().unwrap() {
        let name = &example["name"];
        let issued = SdJwt::read(example["issued"].as_str().unwrap()).unwrap();
        assert_eq!(issued.issued().verify(&key), Ok(()), "{name}");
        issued.claims().unwrap();
        let presented = SdJwt::read(example["presented"].as_str().unwrap()).unwrap();
        assert_eq!(presented.issued().verify(&key), Ok(()), "{name}");
        assert_eq!(
            Value::from(presented.claims().unwrap()),
            example["verified"],
            "{name}"
        );
        assert_eq!(presented.to_string(), example["presented"], "{name}");
        if presented.is_bound() {
            let question = Question {
                audience: vectors["audience"].as_str().unwrap(),
                nonce: vectors["nonce"].as_str().unwrap(),
            };
            presented.check_binding(question).unwrap();
            assert!(presented.check_binding(QUESTION).is_err());
        }
    }
}

/// RFC 9901 sections 4.2.1 and 4.2.3.
#[test]
fn a_disclosure_has_the_digest_that_rfc_9901_prints() {
    let text = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";
    let disclosure = Disclosure::read(text).unwrap();
    assert_eq!(disclosure.name.as_deref(), Some("family_name"));
    assert_eq!(disclosure.value, "Möbius");
    assert_eq!(
        disclosure.digest(),
        "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    );
}

#[test]
fn a_holder_discloses_what_it_chooses_and_to_whom() {
    for algorithm in Algorithm::ALL {
        let issuer = SigningKey::from_secret(algorithm, &[1; 32]).unwrap();
        let issued = offer().issue(&issuer).unwrap();
        assert_eq!(issued.issued().payload["_sd"].as_array().unwrap().len(), 6);
        let chosen = |disclosure: &Disclosure| {
            disclosure.name.as_deref() == Some("unit") || disclosure.value == "scanner"
        };
        let shown = issued.keep(chosen).present(&key(2), QUESTION, 7).unwrap();
        let shown = SdJwt::read(&shown.to_string()).unwrap();
        assert_eq!(shown.issued().verify(issuer.public()), Ok(()));
        let claims = shown.claims().unwrap();
        assert_eq!(claims["unit"], "depot-tapa");
        assert_eq!(claims["roles"], json!(["scanner"]));
        assert!(!claims.contains_key("clearance") && !claims.contains_key("_sd"));
        assert_eq!(shown.check_binding(QUESTION), Ok(7));
        for other in [
            Question {
                audience: "https://else.example",
                ..QUESTION
            },
            Question {
                nonce: "n-2",
                ..QUESTION
            },
        ] {
            assert!(shown.check_binding(other).is_err());
        }
        let fewer = SdJwt {
            disclosures: shown.disclosures[..1].to_vec(),
            ..shown.clone()
        };
        let refused = fewer.check_binding(QUESTION).unwrap_err();
        assert!(refused.fault.contains("sd_hash"), "{refused}");
        assert!(issued.check_binding(QUESTION).is_err());
        assert!(issued.present(&key(3), QUESTION, 7).is_err());
    }
}

#[test]
fn another_key_algorithm_or_payload_is_refused() {
    let issued = offer().issue(&key(1)).unwrap();
    assert!(issued.issued().verify(key(3).public()).is_err());
    let es256 = SigningKey::from_secret(Algorithm::Es256, &[1; 32]).unwrap();
    let refused = issued.issued().verify(es256.public()).unwrap_err();
    assert_eq!(refused.part, "alg");
    let text = issued.to_string();
    let (jws, rest) = text.split_once('~').unwrap();
    let parts: Vec<&str> = jws.split('.').collect();
    let with_header = |header: Value| {
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        SdJwt::read(&format!("{header}.{}.{}~{rest}", parts[1], parts[2]))
    };
    let none = with_header(json!({ "alg": "none" })).unwrap();
    assert!(none.issued().verify(key(1).public()).is_err());
    assert!(with_header(json!({ "alg": "EdDSA", "crit": ["x"] })).is_err());
    let payload = URL_SAFE_NO_PAD.encode(json!({ "iss": "did:web:other" }).to_string());
    let forged = SdJwt::read(&format!("{}.{payload}.{}~", parts[0], parts[2])).unwrap();
    assert!(forged.issued().verify(key(1).public()).is_err());
}

/// RFC 9901 section 7.1, step 3: each way in which digests and disclosures may not fit.
#[test]
fn digests_and_disclosures_that_do_not_fit_are_refused() {
    let claim = Disclosure::make(Some("unit"), json!("a")).unwrap();
    let element = Disclosure::make(None, json!("a")).unwrap();
    let other = Disclosure::make(Some("unit"), json!("b")).unwrap();
    let open = |payload: Value, disclosures: &[&Disclosure]| {
        let payload = payload.as_object().unwrap();
        let mut text = Jws::sign(Map::new(), payload, &key(1)).unwrap() + "~";
        for disclosure in disclosures {
            text += &format!("{}~", disclosure.text);
        }
        SdJwt::read(&text).and_then(|read| read.claims())
    };
    let of = |disclosure: &Disclosure| disclosure.digest();
    assert!(open(json!({ "_sd": [of(&claim)] }), &[&claim]).is_ok());
    assert!(open(json!({ "_sd": [of(&claim)] }), &[]).is_ok());
    assert!(open(json!({ "l": [{ "...": of(&element) }] }), &[&element]).is_ok());
    for (payload, disclosures) in [
        (json!({ "_sd": [of(&claim)] }), &[&claim, &claim][..]),
        (json!({ "_sd": [of(&claim), of(&claim)] }), &[&claim]),
        (
            json!({ "_sd": [of(&claim)], "in": { "_sd": [of(&claim)] } }),
            &[&claim],
        ),
        (json!({ "_sd": [] }), &[&claim]),
        (json!({ "_sd": [of(&claim)], "unit": "x" }), &[&claim]),
        (
            json!({ "_sd": [of(&claim), of(&other)] }),
            &[&claim, &other],
        ),
        (json!({ "_sd": [of(&element)] }), &[&element]),
        (json!({ "l": [{ "...": of(&claim) }] }), &[&claim]),
        (
            json!({ "l": [{ "...": of(&element), "x": 1 }] }),
            &[&element],
        ),
        (json!({ "_sd": of(&claim) }), &[&claim]),
        (json!({ "_sd": [7] }), &[]),
        (json!({ "...": of(&element) }), &[&element]),
        (
            json!({ "_sd": [of(&claim)], "_sd_alg": "sha-512" }),
            &[&claim],
        ),
    ] {
        assert!(open(payload.clone(), disclosures).is_err(), "{payload}");
    }
    for bad in [
        json!(["s", "_sd", 1]),
        json!(["s", "...", 1]),
        json!(["s"]),
        json!([1, "n", 1]),
        json!({}),
    ] {
        assert!(Disclosure::read(&URL_SAFE_NO_PAD.encode(bad.to_string())).is_err());
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[A-Za-z0-9_.~=-]{0,200}") {
        if let Ok(read) = SdJwt::read(&text) {
            let _ = read.claims();
        }
    }

    #[test]
    fn a_changed_byte_is_refused_or_changes_nothing(place in 0usize..2_000, byte in 0x21u8..0x7f) {
        let (vectors, key) = vectors();
        let text = vectors["examples"][0]["presented"].as_str().unwrap();
        let mut bytes = text.as_bytes().to_vec();
        let place = place % bytes.len();
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        let question = Question { audience: "https://verifier.example.org", nonce: "1234567890" };
        let read = String::from_utf8(bytes).ok().and_then(|text| SdJwt::read(&text).ok());
        let holds = read.is_some_and(|read| {
            read.issued().verify(&key).is_ok() && read.claims().is_ok() && read.check_binding(question).is_ok()
        });
        prop_assert!(!holds);
    }
}
