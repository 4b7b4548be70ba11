//! Public keys: made checked, compared by their bytes, cheap to clone, ready to verify.
//!
//! Written as COSE_Key with its required members only, in deterministic order: OKP `{1: 1, -1: 6, -2: x}`
//! (RFC 9053), EC2 `{1: 2, -1: 1, -2: x, -3: y}`, AKP `{1: 7, 3: -49, -1: pub}` (RFC 9964). SHA-256 of that is the
//! thumbprint of RFC 9679; its first eight bytes are the key's id (`kid`).

use super::{Algorithm, SignatureError, ed25519};
use crate::{
    Digest,
    wire::{Reader, WireError, Writer},
};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ML_DSA_65, ParsedPublicKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr, sync::Arc};

/// Length of an ML-DSA-65 public key, bytes (FIPS 204 table 2).
pub const ML_DSA_65_PUBLIC_BYTES: usize = 1_952;

/// Why a public or secret key is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The bytes do not decode to a key of the algorithm.
    #[error("the {0} key is not valid: its bytes are no public key of this algorithm")]
    Invalid(Algorithm),
    /// An Ed25519 key of small order: its signatures hold for any message.
    #[error("the Ed25519 key has small order or is no curve point; generate another key")]
    SmallOrder,
    /// The secret key does not decode.
    #[error("the {0} secret key is not valid: export it again as PKCS#8 or as its 32-byte seed")]
    Secret(Algorithm),
    /// The secret key lies elsewhere, where it could not sign or cannot be had.
    #[error("the key outside of this program: {0}")]
    Outside(String),
    /// The encoding around the key is not one we read.
    #[error("the key's encoding is not understood: {0}")]
    Encoding(String),
}

impl From<WireError> for KeyError {
    fn from(error: WireError) -> Self {
        Self::Encoding(format!("COSE_Key: {error}"))
    }
}

/// Identifies a key: the first eight bytes of its RFC 9679 thumbprint. It selects a key; it does not prove one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for KeyId {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut bytes = [0; 8];
        hex::decode_to_slice(text, &mut bytes)
            .map_err(|_| KeyError::Encoding("a key id has 16 hexadecimal digits".into()))?;
        Ok(Self(bytes))
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            return text.parse().map_err(D::Error::custom);
        }
        let bytes = serde_bytes::ByteBuf::deserialize(deserializer)?;
        <[u8; 8]>::try_from(bytes.as_slice())
            .map(Self)
            .map_err(|_| D::Error::custom("a key id has 8 bytes"))
    }
}

pub(super) enum Kind {
    Ed25519(ed25519::Key),
    /// The SEC 1 uncompressed point (65 bytes) is kept by the parsed key.
    Es256 {
        point: [u8; 65],
        parsed: ParsedPublicKey,
    },
    MlDsa65 {
        bytes: Box<[u8]>,
        parsed: ParsedPublicKey,
    },
}

struct Inner {
    kind: Kind,
    thumbprint: Digest,
}

/// A public key that was checked when it was made. Serialises as COSE_Key bytes in CBOR and as JWK in JSON.
#[derive(Clone)]
pub struct PublicKey(Arc<Inner>);

impl PublicKey {
    /// An Ed25519 key. Small-order keys are refused in every encoding.
    pub fn ed25519(encoding: [u8; 32]) -> Result<Self, KeyError> {
        let key = ed25519::Key::new(encoding).ok_or(KeyError::SmallOrder)?;
        Ok(Self::of(Kind::Ed25519(key)))
    }

    /// A P-256 key from its coordinates.
    pub fn es256(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, KeyError> {
        let mut point = [4; 65];
        point[1..33].copy_from_slice(x);
        point[33..].copy_from_slice(y);
        let parsed = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .map_err(|_| KeyError::Invalid(Algorithm::Es256))?;
        Ok(Self::of(Kind::Es256 { point, parsed }))
    }

    /// An ML-DSA-65 key from its 1,952 bytes.
    pub fn ml_dsa_65(bytes: &[u8]) -> Result<Self, KeyError> {
        let invalid = KeyError::Invalid(Algorithm::MlDsa65);
        if bytes.len() != ML_DSA_65_PUBLIC_BYTES {
            return Err(invalid);
        }
        let parsed = ParsedPublicKey::new(&ML_DSA_65, bytes).map_err(|_| invalid)?;
        Ok(Self::of(Kind::MlDsa65 {
            bytes: bytes.into(),
            parsed,
        }))
    }

    fn of(kind: Kind) -> Self {
        let thumbprint = Digest::of(&cose_key(&kind));
        Self(Arc::new(Inner { kind, thumbprint }))
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// The algorithm of the key.
    pub fn algorithm(&self) -> Algorithm {
        match self.kind() {
            Kind::Ed25519(_) => Algorithm::Ed25519,
            Kind::Es256 { .. } => Algorithm::Es256,
            Kind::MlDsa65 { .. } => Algorithm::MlDsa65,
        }
    }

    /// The bare key: 32 bytes (Ed25519), 65 (P-256, SEC 1 uncompressed) or 1,952 (ML-DSA-65).
    pub fn raw(&self) -> &[u8] {
        match self.kind() {
            Kind::Ed25519(key) => key.encoding(),
            Kind::Es256 { point, .. } => point,
            Kind::MlDsa65 { bytes, .. } => bytes,
        }
    }

    /// The COSE key thumbprint with SHA-256 (RFC 9679).
    pub fn thumbprint(&self) -> Digest {
        self.0.thumbprint
    }

    /// The key's id: the first eight bytes of the thumbprint.
    pub fn key_id(&self) -> KeyId {
        let mut id = [0; 8];
        id.copy_from_slice(&self.0.thumbprint.0[..8]);
        KeyId(id)
    }

    /// Checks that `signature` signs `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let algorithm = self.algorithm();
        let expected = algorithm.signature_bytes();
        if signature.len() != expected {
            return Err(SignatureError::Length {
                algorithm,
                expected,
                found: signature.len(),
            });
        }
        let holds = match self.kind() {
            Kind::Ed25519(key) => signature
                .try_into()
                .is_ok_and(|signature| key.verify(message, signature)),
            Kind::Es256 { parsed, .. } => {
                if !super::signing_key::is_low_s(signature) {
                    return Err(SignatureError::HighS);
                }
                parsed.verify_sig(message, signature).is_ok()
            }
            Kind::MlDsa65 { parsed, .. } => parsed.verify_sig(message, signature).is_ok(),
        };
        holds
            .then_some(())
            .ok_or(SignatureError::Mismatch(algorithm))
    }

    /// The key as COSE_Key, deterministic.
    pub fn to_cose_key(&self) -> Vec<u8> {
        cose_key(self.kind())
    }

    /// Reads a COSE_Key written as [`PublicKey::to_cose_key`] writes it; other members are refused.
    pub fn from_cose_key(bytes: &[u8]) -> Result<Self, KeyError> {
        let mut reader = Reader::new(bytes);
        let pairs = reader.map()?;
        let unknown = || KeyError::Encoding("COSE_Key: not one of the three forms we read".into());
        let member = |reader: &mut Reader<'_>, label: i64| {
            let found = reader.int()?;
            (found == label).then_some(()).ok_or_else(unknown)
        };
        member(&mut reader, 1)?;
        let key_type = reader.int()?;
        let key = match (key_type, pairs) {
            (1, 3) => {
                member(&mut reader, -1)?;
                (reader.int()? == 6).then_some(()).ok_or_else(unknown)?;
                member(&mut reader, -2)?;
                Self::ed25519(reader.bytes_exact()?)?
            }
            (2, 4) => {
                member(&mut reader, -1)?;
                (reader.int()? == 1).then_some(()).ok_or_else(unknown)?;
                member(&mut reader, -2)?;
                let x = reader.bytes_exact()?;
                member(&mut reader, -3)?;
                Self::es256(&x, &reader.bytes_exact()?)?
            }
            (7, 3) => {
                member(&mut reader, 3)?;
                (reader.int()? == -49).then_some(()).ok_or_else(unknown)?;
                member(&mut reader, -1)?;
                Self::ml_dsa_65(reader.bytes()?)?
            }
            _ => return Err(unknown()),
        };
        reader.end()?;
        Ok(key)
    }

    /// The key as a JSON Web Key (RFC 7517, RFC 8037, RFC 9964).
    pub fn to_jwk(&self) -> serde_json::Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self.kind() {
            Kind::Ed25519(key) => serde_json::json!({
                "kty": "OKP", "crv": "Ed25519", "x": text(key.encoding())
            }),
            Kind::Es256 { point, .. } => serde_json::json!({
                "kty": "EC", "crv": "P-256", "x": text(&point[1..33]), "y": text(&point[33..])
            }),
            Kind::MlDsa65 { bytes, .. } => serde_json::json!({
                "kty": "AKP", "alg": "ML-DSA-65", "pub": text(bytes)
            }),
        }
    }

    /// Reads a JSON Web Key; members other than those written are ignored (RFC 7517 section 4).
    pub fn from_jwk(jwk: &serde_json::Value) -> Result<Self, KeyError> {
        let text = |name: &str| {
            jwk.get(name)
                .and_then(|value| value.as_str())
                .ok_or_else(|| KeyError::Encoding(format!("JWK: member `{name}` is missing")))
        };
        let bytes = |name: &str| {
            URL_SAFE_NO_PAD
                .decode(text(name)?)
                .map_err(|_| KeyError::Encoding(format!("JWK: `{name}` is not base64url")))
        };
        let coordinate = |name: &str| {
            <[u8; 32]>::try_from(bytes(name)?)
                .map_err(|_| KeyError::Encoding(format!("JWK: `{name}` is not 32 bytes")))
        };
        match text("kty")? {
            "OKP" if text("crv")? == "Ed25519" => Self::ed25519(coordinate("x")?),
            "EC" if text("crv")? == "P-256" => Self::es256(&coordinate("x")?, &coordinate("y")?),
            "AKP" if text("alg")? == "ML-DSA-65" => Self::ml_dsa_65(&bytes("pub")?),
            other => Err(KeyError::Encoding(format!(
                "JWK: key type `{other}` with this curve or algorithm is not known; use Ed25519, P-256 or ML-DSA-65"
            ))),
        }
    }
}

fn cose_key(kind: &Kind) -> Vec<u8> {
    let mut writer = Writer::with_capacity(80);
    match kind {
        Kind::Ed25519(key) => {
            writer.map(3).int(1).int(1).int(-1).int(6);
            writer.int(-2).bytes(key.encoding());
        }
        Kind::Es256 { point, .. } => {
            writer.map(4).int(1).int(2).int(-1).int(1);
            writer.int(-2).bytes(&point[1..33]);
            writer.int(-3).bytes(&point[33..]);
        }
        Kind::MlDsa65 { bytes, .. } => {
            writer.map(3).int(1).int(7).int(3).int(-49);
            writer.int(-1).bytes(bytes);
        }
    }
    writer.finish()
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.thumbprint == other.0.thumbprint
    }
}

impl Eq for PublicKey {}

impl std::hash::Hash for PublicKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.thumbprint.hash(state);
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} {})", self.algorithm(), self.key_id())
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            self.to_jwk().serialize(serializer)
        } else {
            serializer.serialize_bytes(&self.to_cose_key())
        }
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let jwk = serde_json::Value::deserialize(deserializer)?;
            Self::from_jwk(&jwk).map_err(D::Error::custom)
        } else {
            let bytes = serde_bytes::ByteBuf::deserialize(deserializer)?;
            Self::from_cose_key(&bytes).map_err(D::Error::custom)
        }
    }
}
