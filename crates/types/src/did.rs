//! What the methods of decentralised identifiers say beyond the syntax that [`Did`] checks.
//!
//! Flow: [`form`] reads a DID by its method; [`document`] writes and reads what resolvers exchange. `did:web` names where a document is fetched, `did:key` and `did:jwk` are a key, `did:ebsi` is a legal entity
//! of the European Blockchain Services Infrastructure. Other methods are taken as they are.
//!
//! Invariants: a DID of a method known here is well formed by that method's rules or refused with the place; nothing is fetched.
//!
//! Limits: a `did:jwk` of an Ed25519 or a P-256 key fits into [`DID_BYTES_MAX`](crate::limits::DID_BYTES_MAX), one of ML-DSA-65 does not. What its key holds
//! beside the key itself counts against the same bound.

pub mod document;

pub use document::{DidDocument, Service, VerificationMethod};

use crate::{
    Did,
    cose::{Algorithm, PublicKey},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// The multicodec prefix of an Ed25519 key (0xed as a varint).
const ED25519: [u8; 2] = [0xed, 0x01];
/// The multicodec prefix of a P-256 key (0x1200 as a varint).
const P256: [u8; 2] = [0x80, 0x24];
/// What `did:ebsi` begins with: version 1, legal entities.
const EBSI_VERSION: u8 = 1;

/// A DID by its method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// `did:web`: the address of its document.
    Web {
        /// `https://…/did.json`.
        document: String,
    },
    /// `did:key` and `did:jwk`: the key itself.
    Key(DidKey),
    /// `did:ebsi`: the 16 bytes of its subject.
    Ebsi([u8; 16]),
    /// A method that has no more rules here.
    Other,
}

/// The key of a `did:key` or `did:jwk`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DidKey {
    /// Ed25519, 32 bytes.
    Ed25519([u8; 32]),
    /// P-256, compressed (SEC 1 section 2.3.3), 33 bytes.
    P256([u8; 33]),
    /// A key of a `did:jwk`.
    Jwk(PublicKey),
}

impl DidKey {
    /// Whether it is `key`.
    pub fn is(&self, key: &PublicKey) -> bool {
        match self {
            Self::Jwk(own) => own == key,
            Self::Ed25519(bytes) => key.algorithm() == Algorithm::Ed25519 && key.raw() == bytes,
            // Uncompressed: 04, x, y.
            Self::P256(bytes) => match (key.algorithm(), key.raw()) {
                (Algorithm::Es256, [4, point @ ..]) if point.len() == 64 => {
                    bytes[0] == 2 + (point[63] & 1) && bytes[1..] == point[..32]
                }
                _ => false,
            },
        }
    }
}

/// Why a DID is not well formed by its method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{did} is not valid: {rule}")]
pub struct DidError {
    /// The DID.
    pub did: Did,
    /// The rule it breaks, which is also the remedy.
    pub rule: &'static str,
}

/// Reads `did` by its method.
///
/// # Errors
/// The rule of the method that it breaks.
pub fn form(did: &Did) -> Result<Form, DidError> {
    let fault = |rule| DidError {
        did: did.clone(),
        rule,
    };
    let Some((method, id)) = did.as_str()["did:".len()..].split_once(':') else {
        return Err(fault("write did:METHOD:ID"));
    };
    match method {
        "web" => web(id).map_err(fault),
        "key" => key(id).map_err(fault),
        "ebsi" => ebsi(id).map_err(fault),
        "jwk" => jwk(id).map_err(fault),
        _ => Ok(Form::Other),
    }
}

/// `did:web` (W3C CCG): a domain, `%3A` before a port, then path segments.
fn web(id: &str) -> Result<Form, &'static str> {
    let mut parts = id.split(':');
    let host = parts
        .next()
        .unwrap_or_default()
        .replace("%3A", ":")
        .replace("%3a", ":");
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (&*host, None),
    };
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !name.split('.').all(label) {
        return Err(
            "write a domain name behind did:web:, without an IP address's brackets or underscores",
        );
    }
    if port.is_some_and(|port| port.parse::<u16>().map_or(true, |port| port == 0)) {
        return Err("write a port of 1 to 65535 behind %3A");
    }
    let segments: Vec<&str> = parts.collect();
    let walks = |segment: &&str| segment.is_empty() || *segment == "." || *segment == "..";
    if segments.iter().any(walks) {
        return Err("write path segments that are neither empty nor dots");
    }
    let document = match segments.is_empty() {
        true => format!("https://{host}/.well-known/did.json"),
        false => format!("https://{host}/{}/did.json", segments.join("/")),
    };
    Ok(Form::Web { document })
}

/// The bytes of a base58btc multibase.
fn multibase(id: &str) -> Option<Vec<u8>> {
    bs58::decode(id.strip_prefix('z')?).into_vec().ok()
}

/// `did:key` (W3C CCG): multibase of a multicodec key.
fn key(id: &str) -> Result<Form, &'static str> {
    let bytes = multibase(id).ok_or("write the key in multibase base58btc, beginning with z")?;
    let known = "name an Ed25519 key (0xed01 and 32 bytes) or a P-256 key (0x8024 and 33 bytes, beginning with 02 or 03)";
    let (codec, key) = bytes.split_at_checked(2).ok_or(known)?;
    if codec == ED25519 {
        return Ok(Form::Key(DidKey::Ed25519(
            key.try_into().map_err(|_| known)?,
        )));
    }
    let key: [u8; 33] = key.try_into().map_err(|_| known)?;
    if codec == P256 && matches!(key[0], 2 | 3) {
        return Ok(Form::Key(DidKey::P256(key)));
    }
    Err(known)
}

/// `did:jwk`: base64url of a public key that signs, as a JSON Web Key.
fn jwk(id: &str) -> Result<Form, &'static str> {
    let known =
        "write base64url of a public Ed25519 or P-256 key as a JSON Web Key behind did:jwk:";
    let bytes = URL_SAFE_NO_PAD.decode(id).map_err(|_| known)?;
    let jwk: serde_json::Value = serde_json::from_slice(&bytes).map_err(|_| known)?;
    if jwk.get("d").is_some() {
        return Err(
            "its key is a secret one, which everybody has now seen; make another and write its public half",
        );
    }
    if jwk.get("use").is_some_and(|purpose| purpose != "sig") {
        return Err("its key does not sign; write one whose use is sig or left out");
    }
    let key = PublicKey::from_jwk(&jwk).map_err(|_| known)?;
    Ok(Form::Key(DidKey::Jwk(key)))
}

/// The `did:jwk` that `key` is; none for ML-DSA-65, whose keys are longer than a DID may be.
pub fn of_key(key: &PublicKey) -> Option<Did> {
    let jwk = key.to_jwk().to_string();
    Did::new(&format!("did:jwk:{}", URL_SAFE_NO_PAD.encode(jwk))).ok()
}

/// `did:ebsi` version 1: multibase of 0x01 and 16 random bytes.
fn ebsi(id: &str) -> Result<Form, &'static str> {
    let rule = "write z and base58btc of the byte 01 and 16 bytes";
    let bytes = multibase(id).ok_or(rule)?;
    match bytes.split_first() {
        Some((&EBSI_VERSION, subject)) => Ok(Form::Ebsi(subject.try_into().map_err(|_| rule)?)),
        _ => Err(rule),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Digest, cose::SigningKey};
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Form, &'static str> {
        form(&Did::new(text).expect(text)).map_err(|error| error.rule)
    }

    /// The examples of the did:web specification, section 3.
    #[test]
    fn did_web_says_where_its_document_is() {
        for (did, address) in [
            (
                "did:web:w3c-ccg.github.io",
                "https://w3c-ccg.github.io/.well-known/did.json",
            ),
            (
                "did:web:w3c-ccg.github.io:user:alice",
                "https://w3c-ccg.github.io/user/alice/did.json",
            ),
            (
                "did:web:example.com%3A3000:user:alice",
                "https://example.com:3000/user/alice/did.json",
            ),
        ] {
            let document = address.to_owned();
            assert_eq!(read(did), Ok(Form::Web { document }));
        }
        for bad in [
            "did:web:-a.example",
            "did:web:a..b",
            "did:web:a_b.example",
            "did:web:a%3A0",
            "did:web:a%3A70000",
            "did:web:a:..:b",
            "did:web:a::b",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    /// The first Ed25519 and P-256 examples of the did:key specification's test vectors.
    #[test]
    fn did_key_is_a_key() {
        let ed25519 = read("did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp");
        let hex = "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29";
        let mut bytes = [0; 32];
        hex::decode_to_slice(hex, &mut bytes).expect("hex");
        assert_eq!(ed25519, Ok(Form::Key(DidKey::Ed25519(bytes))));
        let p256 = read("did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169");
        assert!(matches!(p256, Ok(Form::Key(DidKey::P256(_)))), "{p256:?}");
        for bad in [
            "did:key:6MkiTBz1",
            "did:key:z",
            "did:key:z0OIl",
            "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooW",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn did_key_is_compared_with_the_key_that_signs() {
        let key = |algorithm, seed: &[u8]| {
            SigningKey::from_secret(algorithm, &Digest::of(seed).0).expect("a secret")
        };
        for seed in [b"a", b"b", b"c", b"d"] {
            let (own, other) = (key(Algorithm::Es256, seed), key(Algorithm::Es256, b"other"));
            let jwk = own.public().to_jwk();
            let part = |name: &str| {
                URL_SAFE_NO_PAD
                    .decode(jwk[name].as_str().expect("text"))
                    .expect("base64url")
            };
            let mut bytes = vec![0x80, 0x24, 2 + (part("y")[31] & 1)];
            bytes.extend(part("x"));
            let did = format!("did:key:z{}", bs58::encode(&bytes).into_string());
            let Ok(Form::Key(named)) = read(&did) else {
                panic!("{did}")
            };
            assert!(named.is(own.public()) && !named.is(other.public()));
            let ed25519 = key(Algorithm::Ed25519, seed);
            assert!(!named.is(ed25519.public()));
            let did = format!(
                "did:key:z{}",
                bs58::encode([&ED25519[..], ed25519.public().raw()].concat()).into_string()
            );
            let Ok(Form::Key(named)) = read(&did) else {
                panic!("{did}")
            };
            assert!(named.is(ed25519.public()) && !named.is(own.public()));
        }
    }

    /// The examples of the did:jwk method specification, and a key as its own tools write it.
    #[test]
    fn did_jwk_is_a_key_that_signs() {
        let p256 = "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9";
        let Ok(Form::Key(named)) = read(p256) else {
            panic!("{p256}")
        };
        let key = PublicKey::from_jwk(&serde_json::json!({
            "kty": "EC", "crv": "P-256",
            "x": "acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0",
            "y": "_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE",
        }))
        .expect("a key");
        assert!(named.is(&key));

        let own = SigningKey::from_secret(Algorithm::Ed25519, &[1; 32]).expect("a secret");
        let other = SigningKey::from_secret(Algorithm::Ed25519, &[2; 32]).expect("a secret");
        let did = |jwk: &serde_json::Value| {
            format!("did:jwk:{}", URL_SAFE_NO_PAD.encode(jwk.to_string()))
        };
        for algorithm in [Algorithm::Ed25519, Algorithm::Es256] {
            let key = SigningKey::from_secret(algorithm, &[7; 32]).expect("a secret");
            let did = of_key(key.public()).expect("a DID");
            assert!(matches!(form(&did), Ok(Form::Key(named)) if named.is(key.public())));
        }
        let large = SigningKey::from_secret(Algorithm::MlDsa65, &[7; 32]).expect("a secret");
        assert_eq!(of_key(large.public()), None);
        let mut jwk = own.public().to_jwk();
        jwk["use"] = "sig".into();
        let Ok(Form::Key(named)) = read(&did(&jwk)) else {
            panic!("{jwk}")
        };
        assert!(named.is(own.public()) && !named.is(other.public()) && !named.is(&key));

        let mut secret = own.public().to_jwk();
        secret["d"] = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE".into();
        let refused = read(&did(&secret)).expect_err("a secret key");
        assert!(refused.contains("secret"), "{refused}");
        let x25519 = "did:jwk:eyJrdHkiOiJPS1AiLCJjcnYiOiJYMjU1MTkiLCJ1c2UiOiJlbmMiLCJ4IjoiM3A3YmZYdDl3YlRUVzJIQzdPUTFOei1EUThoYmVHZE5yZngtRkctSUswOCJ9";
        for bad in [x25519, "did:jwk:abc", "did:jwk:e30", "did:jwk:W10"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn did_ebsi_has_version_one_and_sixteen_bytes() {
        let did = |bytes: &[u8]| format!("did:ebsi:z{}", bs58::encode(bytes).into_string());
        let with = |version: u8, length: usize| [&[version][..], &vec![7; length]].concat();
        assert_eq!(read(&did(&with(1, 16))), Ok(Form::Ebsi([7; 16])));
        for bad in [with(2, 16), with(1, 15), with(1, 17)] {
            assert!(read(&did(&bad)).is_err());
        }
        assert_eq!(read("did:convoy:abc"), Ok(Form::Other));
    }

    proptest! {
        #[test]
        fn any_did_has_a_form_or_a_rule(method in "web|key|ebsi|jwk|[a-z]{1,4}", id in "[A-Za-z0-9.%_:-]{1,60}") {
            if let Ok(did) = Did::new(&format!("did:{method}:{id}")) {
                let _ = form(&did);
            }
        }
    }
}
