//! Identifiers that are types, never bare strings or numbers.
//!
//! Text identifiers are checked when they are made, so holding one means it is well formed.
//! In deterministic CBOR digests are byte strings; in JSON they are lower-case hexadecimal.

use crate::limits::{DID_BYTES_MAX, MEMBER_ID_CHARS_MAX, NETWORK_NAME_CHARS_MAX};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Error as _, Visitor},
};
use sha2::{Digest as _, Sha256};
use std::{fmt, str::FromStr};

/// Why a text is not the identifier it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} `{text}` is not valid: {rule}")]
pub struct IdError {
    /// Which kind of identifier was expected.
    pub what: &'static str,
    /// The text refused, cut to 64 characters.
    pub text: String,
    /// The rule it breaks, which is also the remedy.
    pub rule: &'static str,
}

fn refuse(what: &'static str, text: &str, rule: &'static str) -> IdError {
    IdError {
        what,
        text: text.chars().take(64).collect(),
        rule,
    }
}

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// All zeroes: the parent of genesis and the digest of nothing yet.
    pub const ZERO: Self = Self([0; 32]);

    /// SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// SHA-256 of the parts one after another. The caller makes the parts self-delimiting.
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        parts.iter().for_each(|part| hasher.update(part));
        Self(hasher.finalize().into())
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Digest {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)
            .map_err(|_| refuse("digest", text, "write 64 hexadecimal digits"))?;
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return String::deserialize(deserializer)?
                .parse()
                .map_err(D::Error::custom);
        }
        struct Raw;

        impl Visitor<'_> for Raw {
            type Value = Digest;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a byte string of 32 bytes")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Digest, E> {
                let bytes = bytes.try_into();
                bytes
                    .map(Digest)
                    .map_err(|_| E::custom("a digest has 32 bytes"))
            }
        }

        deserializer.deserialize_bytes(Raw)
    }
}

/// Identifies a signed statement: SHA-256 of its tagged COSE_Sign1 with an empty unprotected header.
/// It is also the statement's entry in the statement log.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, Default,
)]
#[serde(transparent)]
pub struct StatementId(pub Digest);

impl fmt::Display for StatementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for StatementId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        text.parse().map(Self)
    }
}

/// A text identifier: its type, what it is called, and the rule that makes it valid.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// Checks `text` and makes the identifier.
            pub fn new(text: &str) -> Result<Self, IdError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) { Ok(Self(text.into())) } else { Err(refuse($what, text, $rule)) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(&String::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }
    };
}

fn is_slug(text: &str, chars_max: usize) -> bool {
    !text.is_empty()
        && text.len() <= chars_max
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

text_id!(
    /// A member of the network (nation, agency or supplier) by its short name, such as `est`.
    MemberId,
    "member",
    "write 1 to 24 lower-case letters, digits or inner hyphens",
    |text| is_slug(text, MEMBER_ID_CHARS_MAX)
);

text_id!(
    /// A group of members with its own lane and state; `common` is the ledger that all share.
    Compartment,
    "compartment",
    "write 1 to 24 lower-case letters, digits or inner hyphens",
    |text| is_slug(text, MEMBER_ID_CHARS_MAX)
);

impl Compartment {
    /// The ledger shared by every member.
    pub fn common() -> Self {
        Self("common".into())
    }
}

text_id!(
    /// A network: its name, a dot, and the first eight bytes of its genesis document's SHA-256 in hexadecimal.
    NetworkId,
    "network",
    "write the network's name, a dot and the first 16 hexadecimal digits of its genesis digest",
    |text| text.rsplit_once('.').is_some_and(|(name, suffix)| {
        is_slug(name, NETWORK_NAME_CHARS_MAX)
            && suffix.len() == 16
            && suffix.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
);

impl NetworkId {
    /// The identifier of the network called `name` whose genesis document has the digest `genesis`.
    pub fn of_genesis(name: &str, genesis: &Digest) -> Result<Self, IdError> {
        Self::new(&format!("{name}.{}", hex::encode(&genesis.0[..8])))
    }
}

text_id!(
    /// A decentralised identifier (W3C DID Core 1.0 section 3.1), without path, query or fragment.
    Did,
    "DID",
    "write did:METHOD:ID with a lower-case method and letters, digits, `.`, `-`, `_`, `:` or %XX in the id, at most 224 bytes",
    |text| is_did(text)
);

fn is_did(text: &str) -> bool {
    let Some((method, id)) = text
        .strip_prefix("did:")
        .and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    text.len() <= DID_BYTES_MAX
        && !method.is_empty()
        && method
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && !id.is_empty()
        && !id.ends_with(':')
        && is_did_id(id.as_bytes())
}

fn is_did_id(id: &[u8]) -> bool {
    let mut at = 0;
    while at < id.len() {
        match id[at] {
            b'%' => {
                let escaped = id.get(at + 1..at + 3);
                if !escaped.is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit)) {
                    return false;
                }
                at += 3;
            }
            b if b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':') => at += 1,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_is_sha_256_of_fips_180_4() {
        assert_eq!(
            Digest::of(b"abc").to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(Digest::of_parts(&[b"a", b"bc"]), Digest::of(b"abc"));
    }

    #[test]
    fn members_and_networks_are_slugs() {
        for good in ["est", "nordic-parts", "f-35", "a"] {
            assert_eq!(MemberId::new(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "Est",
            "-est",
            "est-",
            "e t",
            "é",
            "a234567890123456789012345",
        ] {
            assert!(MemberId::new(bad).is_err(), "{bad}");
        }
        let network = NetworkId::of_genesis("baltic", &Digest::of(b"abc")).unwrap();
        assert_eq!(network.as_str(), "baltic.ba7816bf8f01cfea");
        for bad in [
            "baltic",
            "baltic.",
            ".ba7816bf8f01cfea",
            "baltic.BA7816BF8F01CFEA",
            "baltic.ba78",
        ] {
            assert!(NetworkId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn dids_follow_did_core_syntax() {
        for good in [
            "did:web:ledger.mil.ee:people:7f3a",
            "did:key:z6MkhaXg",
            "did:web:a%3A8443",
            "did:ebsi:zfEmvX5twhXjQJiCWsukvQA",
        ] {
            assert!(Did::new(good).is_ok(), "{good}");
        }
        for bad in [
            "did:",
            "did:web:",
            "did:Web:a",
            "web:a",
            "did:web:a/b",
            "did:web:a#key",
            "did:web:a%3",
            "did:web:a%zz",
            "did:web:a:",
        ] {
            assert!(Did::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_digest_is_bytes_in_cbor_and_hexadecimal_in_json() {
        let digest = Digest::of(b"abc");
        let bytes = crate::cbor::to_vec(&digest);
        assert_eq!(&bytes[..2], [0x58, 32]);
        assert_eq!(crate::cbor::from_slice::<Digest>(&bytes).unwrap(), digest);
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
    }
}
