//! JSON Web Signatures in compact form (RFC 7515), as far as credentials need them: one signature, a header without `crit`, the three algorithms.
//!
//! Invariants: the algorithm in the header has to be the key's own, so `none` and a key used for another algorithm are refused; ES256 is taken with a high s
//! too, since JOSE does not forbid it and a signature here identifies nothing.

use super::SdJwtError;
use crate::cose::{Algorithm, PublicKey, SigningKey, low_s};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// A signed JSON object, read but not verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Jws {
    /// The protected header.
    pub header: Map<String, Value>,
    /// The payload.
    pub payload: Map<String, Value>,
    signed: String,
    signature: Vec<u8>,
}

/// The name by which JOSE tools know an algorithm. `EdDSA` is read by more of them than RFC 9864's `Ed25519`.
fn jose_name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Ed25519 => "EdDSA",
        other => other.name(),
    }
}

fn of_jose_name(name: &str) -> Option<Algorithm> {
    match name {
        "EdDSA" => Some(Algorithm::Ed25519),
        other => Algorithm::from_name(other),
    }
}

impl Jws {
    /// Signs `payload` under `header`, to which the algorithm is added.
    ///
    /// # Errors
    /// When the system's random source or the library fails.
    pub fn sign(
        mut header: Map<String, Value>,
        payload: &Map<String, Value>,
        key: &SigningKey,
    ) -> Result<String, SdJwtError> {
        header.insert("alg".into(), jose_name(key.algorithm()).into());
        let part = |object: &Map<String, Value>| {
            let text = serde_json::to_vec(object)
                .map_err(|error| SdJwtError::of("payload", error.to_string()))?;
            Ok::<_, SdJwtError>(URL_SAFE_NO_PAD.encode(text))
        };
        let signed = format!("{}.{}", part(&header)?, part(payload)?);
        let signature = key
            .sign(signed.as_bytes())
            .map_err(|error| SdJwtError::of("signature", error.to_string()))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Reads the compact form. `what` names it in errors.
    ///
    /// # Errors
    /// What is wrong with its form.
    pub fn read(what: &'static str, text: &str) -> Result<Self, SdJwtError> {
        let fault = |fault: &str| SdJwtError::of(what, fault);
        let mut parts = text.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(fault("it is no JWS: three parts with dots between them"));
        };
        let bytes = |part: &str, name: &str| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| fault(&format!("its {name} is not base64url without padding")))
        };
        let object = |part: &str, name: &str| {
            serde_json::from_slice::<Map<String, Value>>(&bytes(part, name)?)
                .map_err(|_| fault(&format!("its {name} is no JSON object")))
        };
        let read = Self {
            header: object(header, "header")?,
            payload: object(payload, "payload")?,
            signature: bytes(signature, "signature")?,
            signed: format!("{header}.{payload}"),
        };
        if read.header.contains_key("crit") {
            return Err(fault(
                "its header demands extensions (`crit`), and none is known here",
            ));
        }
        Ok(read)
    }

    /// A text of the header.
    pub fn header_text(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    /// Checks the signature with `key`.
    ///
    /// # Errors
    /// The algorithm is not the key's, or the signature does not hold.
    pub fn verify(&self, key: &PublicKey) -> Result<(), SdJwtError> {
        let named = self.header_text("alg").unwrap_or("none");
        if of_jose_name(named) != Some(key.algorithm()) {
            let reason = format!(
                "`{named}` is not the algorithm of the {} key",
                key.algorithm()
            );
            return Err(SdJwtError::of("alg", reason));
        }
        let signature = low_s(key.algorithm(), &self.signature);
        key.verify(self.signed.as_bytes(), &signature)
            .map_err(|error| SdJwtError::of("signature", error.to_string()))
    }
}
