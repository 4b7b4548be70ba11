//! Parsers of `convoy-types`: encoding, statements, keys, identifiers, amounts.

use super::{Outcome, Target, with_text};
use convoy_types::cose::{Algorithm, PublicKey, SigningKey};
use convoy_types::identifiers::Epc;
use convoy_types::quantity::Decimal;
use convoy_types::{
    Compartment, Did, Digest, MemberId, Money, NetworkId, Quantity, Statement, StatementBuilder,
    cbor,
};

/// The rows of this file.
pub const TARGETS: &[Target] = &[
    Target {
        name: "cbor",
        bytes_max: 4_096,
        seeds: cbor_seeds,
        run: cbor,
    },
    Target {
        name: "statement",
        bytes_max: 8_192,
        seeds: statement_seeds,
        run: statement,
    },
    Target {
        name: "public_key",
        bytes_max: 4_096,
        seeds: key_seeds,
        run: public_key,
    },
    Target {
        name: "identifier",
        bytes_max: 512,
        seeds: identifier_seeds,
        run: identifier,
    },
    Target {
        name: "amount",
        bytes_max: 256,
        seeds: amount_seeds,
        run: amount,
    },
    Target {
        name: "name",
        bytes_max: 256,
        seeds: name_seeds,
        run: name,
    },
];

fn cbor_seeds() -> Vec<Vec<u8>> {
    let nested =
        serde_json::json!({"a": [1, -2, {"b": "text", "cc": null}], "bb": true, "n": 65_536});
    vec![
        cbor::to_vec(&nested),
        cbor::to_vec(&(0u8, "text", [0u64, 23, 24, 255, 256, u64::MAX])),
    ]
}

/// What is accepted encodes back to the same bytes: one value, one encoding.
fn cbor(bytes: &[u8]) -> Outcome {
    let decoded = cbor::from_slice::<ciborium::Value>(bytes);
    if let Ok(value) = &decoded {
        assert_eq!(
            cbor::to_vec(value),
            bytes,
            "accepted, but encoded differently"
        );
    }
    Outcome::of(&decoded)
}

fn signer(algorithm: Algorithm) -> SigningKey {
    SigningKey::from_secret(algorithm, &[7; 32]).expect("a fixed secret")
}

fn builder(network: &NetworkId) -> StatementBuilder {
    let did = Did::new("did:web:est.example:scanner-7").expect("a DID");
    StatementBuilder::new(network.clone(), did, 1_800_000_000_000)
        .action("custody", cbor::to_vec(&(1u8, "urn:x:1")))
}

/// A valid statement for `network`, the same on every run.
pub fn statement_for(network: &NetworkId) -> Statement {
    let key = signer(Algorithm::Ed25519);
    builder(network).sign(&key).expect("a valid statement")
}

fn statement_seeds() -> Vec<Vec<u8>> {
    let network = NetworkId::new("fuzz.0123456789abcdef").expect("a network id");
    let body = serde_json::json!({"add": {"id": "est", "roles": ["officer", "depot"]}});
    let many = builder(&network)
        .subject("urn:epc:id:sgtin:4012345.011111.987")
        .sequence(63, 1 << 40)
        .action("membership", cbor::to_vec(&body));
    let many = many
        .sign(&signer(Algorithm::Ed25519))
        .expect("a valid statement");
    vec![
        statement_for(&network).bytes().to_vec(),
        many.bytes().to_vec(),
    ]
}

/// A statement keeps its bytes, so its id and what was signed are those of the sender.
fn statement(bytes: &[u8]) -> Outcome {
    let decoded = Statement::decode(bytes.to_vec());
    if let Ok(statement) = &decoded {
        assert_eq!(statement.bytes(), bytes);
        assert!(!statement.actions().is_empty());
        assert!(statement.signed_bytes().len() >= statement.payload().len());
    }
    Outcome::of(&decoded)
}

fn key_seeds() -> Vec<Vec<u8>> {
    Algorithm::ALL
        .into_iter()
        .flat_map(|algorithm| {
            let key = signer(algorithm).public().clone();
            [
                key.to_cose_key(),
                key.to_spki_der(),
                key.to_pem().into_bytes(),
                key.to_jwk().to_string().into_bytes(),
            ]
        })
        .collect()
}

/// The same bytes are offered in all four notations of a public key.
fn public_key(bytes: &[u8]) -> Outcome {
    let cose = PublicKey::from_cose_key(bytes);
    if let Ok(key) = &cose {
        assert_eq!(key.to_cose_key(), bytes);
    }
    let der = PublicKey::from_spki_der(bytes);
    if let Ok(key) = &der {
        assert_eq!(key.to_spki_der(), bytes);
    }
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let pem = PublicKey::from_pem(text);
    let json = serde_json::from_str(text).unwrap_or_default();
    let jwk = PublicKey::from_jwk(&json);
    for key in [&pem, &jwk].into_iter().flatten() {
        let again = PublicKey::from_cose_key(&key.to_cose_key()).expect("our own encoding");
        assert_eq!(again.raw(), key.raw());
    }
    if let Ok(key) = cose
        .as_ref()
        .or(der.as_ref())
        .or(pem.as_ref())
        .or(jwk.as_ref())
    {
        let _ = key.verify(b"message", &[0; 64]);
        return Outcome::Accepted;
    }
    Outcome::of(&cose)
}

fn identifier_seeds() -> Vec<Vec<u8>> {
    [
        "urn:epc:id:sgtin:4012345.011111.987",
        "urn:epc:id:sscc:4012345.1234567890",
        "urn:epc:class:lgtin:4012345.012345.998877",
        "urn:epc:id:sgln:4012345.00001.0",
        "urn:epc:id:adi:W81X9C.3KL984PX1.2WMA52",
        "urn:epc:id:usdod:CJ0012.12345",
        "urn:epc:id:bic:CSQU3054383",
        "https://id.gs1.org/01/09521321123456/21/A%2F1",
        "https://example.org/00/395212341234567892",
        "did:web:est.example",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

/// The canonical form is its own canonical form.
fn identifier(bytes: &[u8]) -> Outcome {
    with_text(bytes, |text| {
        let parsed = Epc::parse(text);
        if let Ok(epc) = &parsed {
            let again = Epc::parse(&epc.to_string()).expect("our own text is read back");
            assert_eq!(again, *epc);
        }
        Outcome::of(&parsed)
    })
}

fn amount_seeds() -> Vec<Vec<u8>> {
    let decimal = |text| Decimal::parse(text).expect("a decimal");
    vec![
        b"0".to_vec(),
        b"-12.340".to_vec(),
        b"1.5e3".to_vec(),
        cbor::to_vec(&Quantity::new(decimal("250"), "C62").expect("a unit")),
        cbor::to_vec(&Money::new(decimal("19.99"), "EUR").expect("a currency")),
    ]
}

/// An amount is read as text, as a quantity and as money; what is read is written back the same.
fn amount(bytes: &[u8]) -> Outcome {
    let text = with_text(bytes, |text| {
        let parsed = Decimal::parse(text);
        if let Ok(value) = &parsed {
            let again = Decimal::parse(&value.to_string()).expect("our own text is read back");
            assert_eq!(again.to_string(), value.to_string());
        }
        Outcome::of(&parsed)
    });
    let quantity = cbor::from_slice::<Quantity>(bytes);
    if let Ok(value) = &quantity {
        assert_eq!(cbor::to_vec(value), bytes);
    }
    let money = cbor::from_slice::<Money>(bytes);
    if let Ok(value) = &money {
        assert_eq!(cbor::to_vec(value), bytes);
    }
    if quantity.is_ok() || money.is_ok() {
        return Outcome::Accepted;
    }
    text
}

fn name_seeds() -> Vec<Vec<u8>> {
    [
        "est",
        "nordic-parts",
        "fuzz.0123456789abcdef",
        "did:web:est.example:scanner-7",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

/// The short names of the ledger: each says of itself exactly what it was given.
fn name(bytes: &[u8]) -> Outcome {
    with_text(bytes, |text| {
        let digest = text.parse::<Digest>();
        if let Ok(digest) = &digest {
            assert_eq!(digest.to_string().to_lowercase(), text.to_lowercase());
        }
        let member = MemberId::new(text);
        let names = [
            member.as_ref().ok().map(MemberId::to_string),
            Compartment::new(text).ok().map(|name| name.to_string()),
            NetworkId::new(text).ok().map(|name| name.to_string()),
            Did::new(text).ok().map(|name| name.to_string()),
        ];
        assert!(names.iter().flatten().all(|name| name == text));
        if digest.is_ok() || names.iter().any(Option::is_some) {
            return Outcome::Accepted;
        }
        Outcome::of(&member)
    })
}
