//! DID documents (W3C DID Core 1.0): the public keys of a DID as other people's resolvers and verifiers read them.
//!
//! Flow: a node makes a [`DidDocument`] of what the ledger says and writes it with [`DidDocument::to_json`]; whoever verifies reads anybody's with
//! [`DidDocument::read`].
//!
//! Invariants: a key that is written may sign now: revoked, expired and suspended ones are left out, so a document is never a history. What is read and
//! not understood (other key types, other relations) is passed over and never counts as a key.
//!
//! Limits: [`DOCUMENT_BYTES_MAX`], [`METHODS_MAX`].

use super::{DidKey, ED25519, Form, form};
use crate::{
    Did,
    cose::{Algorithm, PublicKey},
};
use serde_json::{Value, json};

/// A document that is read, bytes: 64 keys of ML-DSA-65 as JSON Web Keys, and as much again.
pub const DOCUMENT_BYTES_MAX: usize = 384 * 1024;
/// Keys in one document.
pub const METHODS_MAX: usize = 128;

/// A key of a DID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationMethod {
    /// What follows `#` in its id.
    pub fragment: String,
    /// The key.
    pub key: PublicKey,
}

/// Where a DID can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// What follows `#` in its id.
    pub fragment: String,
    /// Its type.
    pub kind: String,
    /// An address.
    pub endpoint: String,
}

/// A DID with the keys that sign for it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DidDocument {
    /// The DID.
    pub id: Did,
    /// Who may change it, where that is not itself.
    pub controller: Option<Did>,
    /// Its keys, all of them for assertions and authentication.
    pub methods: Vec<VerificationMethod>,
    /// Where it can be reached.
    pub services: Vec<Service>,
}

/// Why a document cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("DID document: {field}: {fault}")]
pub struct DocumentError {
    /// The member of the document.
    pub field: &'static str,
    /// What is wrong with it and what to do.
    pub fault: String,
}

/// The fragment of `key` in the documents of `did`: the one that the DID's own method gives its only key, else the key's id.
pub fn fragment(did: &Did, key: &PublicKey) -> String {
    match form(did) {
        Ok(Form::Key(own)) if own.is(key) => match own {
            DidKey::Jwk(_) => "0".into(),
            _ => did.as_str()["did:key:".len()..].into(),
        },
        _ => key.key_id().to_string(),
    }
}

impl DidDocument {
    /// The document of `did` with these keys.
    pub fn new(did: Did, keys: &[PublicKey]) -> Self {
        let method = |key: &PublicKey| VerificationMethod {
            fragment: fragment(&did, key),
            key: key.clone(),
        };
        Self {
            methods: keys.iter().map(method).collect(),
            id: did,
            controller: None,
            services: Vec::new(),
        }
    }

    /// The key whose method's id is `id`, in full or from `#` on.
    pub fn key(&self, id: &str) -> Option<&PublicKey> {
        let fragment = match id.strip_prefix(self.id.as_str()) {
            Some(rest) => rest.strip_prefix('#')?,
            None => id.strip_prefix('#').unwrap_or(id),
        };
        let mut methods = self.methods.iter();
        methods
            .find(|method| method.fragment == fragment)
            .map(|method| &method.key)
    }

    /// The document as JSON, which is JSON-LD too.
    pub fn to_json(&self) -> Value {
        let id = |fragment: &str| format!("{}#{fragment}", self.id);
        let ids: Vec<String> = self.methods.iter().map(|one| id(&one.fragment)).collect();
        let methods: Vec<Value> = self
            .methods
            .iter()
            .map(|method| {
                let mut value = json!({ "id": id(&method.fragment), "controller": self.id });
                match multibase(&method.key).filter(|text| *text == method.fragment) {
                    Some(text) => {
                        value["type"] = "Multikey".into();
                        value["publicKeyMultibase"] = text.into();
                    }
                    None => {
                        value["type"] = "JsonWebKey".into();
                        value["publicKeyJwk"] = method.key.to_jwk();
                    }
                }
                value
            })
            .collect();
        let mut document = json!({
            "@context": [
                "https://www.w3.org/ns/did/v1",
                "https://w3id.org/security/jwk/v1",
                "https://w3id.org/security/multikey/v1",
            ],
            "id": self.id,
        });
        if let Some(controller) = &self.controller {
            document["controller"] = json!(controller);
        }
        document["verificationMethod"] = methods.into();
        document["assertionMethod"] = json!(ids);
        document["authentication"] = json!(ids);
        if !self.services.is_empty() {
            let services = self.services.iter().map(|service| {
                json!({ "id": id(&service.fragment), "type": service.kind, "serviceEndpoint": service.endpoint })
            });
            document["service"] = services.collect();
        }
        document
    }

    /// Reads a document and keeps the keys that it gives for assertions.
    ///
    /// # Errors
    /// The member that is not what DID Core says.
    pub fn read(bytes: &[u8]) -> Result<Self, DocumentError> {
        let fault = |field, fault: &str| DocumentError {
            field,
            fault: fault.into(),
        };
        if bytes.len() > DOCUMENT_BYTES_MAX {
            let found = format!(
                "it has {} bytes, at most {DOCUMENT_BYTES_MAX} are read",
                bytes.len()
            );
            return Err(fault("document", &found));
        }
        let value: Value = serde_json::from_slice(bytes).map_err(|error| DocumentError {
            field: "document",
            fault: format!("it is no JSON: {error}"),
        })?;
        let id = value.get("id").and_then(Value::as_str);
        let id = id.ok_or_else(|| fault("id", "it is missing"))?;
        let id = Did::new(id).map_err(|error| DocumentError {
            field: "id",
            fault: error.to_string(),
        })?;
        let list = |field: &'static str| match value.get(field) {
            None => Ok(&[][..]),
            Some(Value::Array(list)) if list.len() <= METHODS_MAX => Ok(&list[..]),
            Some(_) => Err(fault(field, "it is no list of at most 128 entries")),
        };
        let (all, asserting) = (list("verificationMethod")?, list("assertionMethod")?);
        let mut methods: Vec<VerificationMethod> = Vec::new();
        for named in asserting {
            let found = match named {
                Value::String(name) => all.iter().find(|method| {
                    let own = method.get("id").and_then(Value::as_str);
                    own.is_some_and(|own| {
                        local(&id, own).is_some() && local(&id, own) == local(&id, name)
                    })
                }),
                embedded => Some(embedded),
            };
            if let Some(method) = found.and_then(|method| read_method(&id, method)) {
                methods.push(method);
            }
        }
        Ok(Self {
            id,
            controller: None,
            methods,
            services: Vec::new(),
        })
    }
}

/// The fragment of a method's id that lies in the document of `did`.
fn local<'t>(did: &Did, id: &'t str) -> Option<&'t str> {
    id.strip_prefix(did.as_str())
        .unwrap_or(id)
        .strip_prefix('#')
}

/// A method whose key is one that we know.
fn read_method(did: &Did, method: &Value) -> Option<VerificationMethod> {
    let fragment = local(did, method.get("id")?.as_str()?)?.to_owned();
    let key = match (method.get("publicKeyJwk"), method.get("publicKeyMultibase")) {
        (Some(jwk), None) => PublicKey::from_jwk(jwk).ok()?,
        (None, Some(text)) => of_multibase(text.as_str()?)?,
        _ => return None,
    };
    Some(VerificationMethod { fragment, key })
}

/// An Ed25519 key as a multibase of its multicodec form. Other keys are written as JSON Web Keys.
fn multibase(key: &PublicKey) -> Option<String> {
    let bytes = [&ED25519[..], key.raw()].concat();
    let own = key.algorithm() == Algorithm::Ed25519;
    own.then(|| format!("z{}", bs58::encode(bytes).into_string()))
}

/// An Ed25519 key from its multibase.
fn of_multibase(text: &str) -> Option<PublicKey> {
    match super::multibase(text)?.split_first_chunk::<2>()? {
        (&ED25519, key) => PublicKey::ed25519(key.try_into().ok()?).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cose::SigningKey;

    fn key(algorithm: Algorithm, seed: u8) -> PublicKey {
        let key = SigningKey::from_secret(algorithm, &[seed; 32]).expect("a secret");
        key.public().clone()
    }

    fn did(text: &str) -> Did {
        text.parse().expect("a DID")
    }

    #[test]
    fn a_document_is_read_back_with_every_kind_of_key() {
        let keys = Algorithm::ALL.map(|algorithm| key(algorithm, 3));
        let mut document = DidDocument::new(did("did:web:est.example:p:1"), &keys);
        document.controller = Some(did("did:web:est.example"));
        document.services.push(Service {
            fragment: "node".into(),
            kind: "ConvoyNode".into(),
            endpoint: "https://est.example/".into(),
        });
        let text = document.to_json().to_string();
        let read = DidDocument::read(text.as_bytes()).expect("a document");
        assert_eq!(read.methods, document.methods);
        for key in &keys {
            let id = format!("{}#{}", document.id, key.key_id());
            assert_eq!(read.key(&id), Some(key));
            assert_eq!(read.key(&format!("#{}", key.key_id())), Some(key));
            assert_eq!(read.key(&format!("did:web:other#{}", key.key_id())), None);
        }
    }

    /// The document of the did:key specification's first Ed25519 example: the key's method is named by the DID's own text.
    #[test]
    fn the_key_of_a_did_key_is_named_and_written_as_its_method_does() {
        let text = "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";
        let mut bytes = [0; 32];
        let hex = "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29";
        hex::decode_to_slice(hex, &mut bytes).expect("hex");
        let own = PublicKey::ed25519(bytes).expect("a key");
        let document =
            DidDocument::new(did(&format!("did:key:{text}")), std::slice::from_ref(&own));
        let json = document.to_json();
        let method = &json["verificationMethod"][0];
        assert_eq!(method["id"], format!("did:key:{text}#{text}"));
        assert_eq!(method["type"], "Multikey");
        assert_eq!(method["publicKeyMultibase"], text);
        let read = DidDocument::read(json.to_string().as_bytes()).expect("a document");
        assert_eq!(read.key(&format!("#{text}")), Some(&own));
    }

    #[test]
    fn only_keys_for_assertions_that_are_understood_are_read() {
        let own = key(Algorithm::Ed25519, 1);
        let method = |id: &str| json!({ "id": id, "type": "JsonWebKey", "controller": "did:convoy:a", "publicKeyJwk": own.to_jwk() });
        let read = |assertion: Value| {
            let document = json!({
                "id": "did:convoy:a",
                "verificationMethod": [method("did:convoy:a#1"), method("did:convoy:b#2"),
                    { "id": "did:convoy:a#3", "type": "JsonWebKey", "publicKeyJwk": { "kty": "RSA" } }],
                "authentication": ["#1"],
                "assertionMethod": assertion,
            });
            DidDocument::read(document.to_string().as_bytes())
                .map(|document| document.methods.len())
        };
        assert_eq!(read(json!([])), Ok(0));
        assert_eq!(read(json!(["did:convoy:a#1"])), Ok(1));
        assert_eq!(read(json!([method("#9")])), Ok(1));
        assert_eq!(read(json!(["did:convoy:b#2", "#3", "#4"])), Ok(0));
        assert!(read(json!("#1")).is_err());
        for bad in [&b"{}"[..], b"[]", b"{\"id\": \"x\"}", b"\xff"] {
            assert!(DidDocument::read(bad).is_err());
        }
    }
}
