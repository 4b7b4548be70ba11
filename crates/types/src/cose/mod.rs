//! Keys and signatures in COSE terms (RFC 9052, RFC 9053, RFC 9864, RFC 9964).
//!
//! Flow: a [`SigningKey`] signs a `Sig_structure` ([`sig_structure`]); a [`PublicKey`] checks it, alone or
//! in a batch ([`verify_batch`]). Keys travel as COSE_Key (RFC 9052 section 7), JWK or SubjectPublicKeyInfo.
//!
//! Invariants:
//! - there is one rule for each algorithm and every node applies it: Ed25519 as ZIP-215 with small-order
//!   keys refused, so that a batch and a single check always agree; ES256 with low s only, so that a signature has one
//!   form; ML-DSA-65 as FIPS 204 with an empty context;
//! - a secret key is wiped when dropped and never printed; one that lies in hardware signs there ([`Outside`]).

mod batch;
mod ed25519;
mod public_key;
mod signing_key;
mod spki;
#[cfg(test)]
mod tests;

pub use batch::{Check, verify_batch};
pub use public_key::{KeyError, KeyId, PublicKey};
pub(crate) use signing_key::low_s;
pub use signing_key::{Outside, SigningKey};

use crate::wire::Writer;

/// COSE_Sign1 tag (RFC 9052 section 2).
pub const TAG_SIGN1: u64 = 18;
/// Header parameter: algorithm.
pub const HEADER_ALG: i64 = 1;
/// Header parameter: content type.
pub const HEADER_CONTENT_TYPE: i64 = 3;
/// Header parameter: key identifier.
pub const HEADER_KID: i64 = 4;
/// Header parameter: CWT claims (RFC 9597).
pub const HEADER_CWT_CLAIMS: i64 = 15;
/// Header parameter: receipts (RFC 9942).
pub const HEADER_RECEIPTS: i64 = 394;
/// Header parameter: verifiable data structure (RFC 9942).
pub const HEADER_VDS: i64 = 395;
/// Header parameter: verifiable data structure proofs (RFC 9942).
pub const HEADER_VDP: i64 = 396;
/// CWT claim: issuer (RFC 8392).
pub const CLAIM_ISS: i64 = 1;
/// CWT claim: subject.
pub const CLAIM_SUB: i64 = 2;
/// CWT claim: audience.
pub const CLAIM_AUD: i64 = 3;
/// CWT claim: issued at, seconds since 1970.
pub const CLAIM_IAT: i64 = 6;

/// A signature algorithm that Convoy knows. Which ones are accepted, for what and until when, is
/// consortium policy and not decided here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// Ed25519 (RFC 8032), written as EdDSA (-8), which third-party tools accept; -19 is read too.
    Ed25519,
    /// ECDSA on P-256 with SHA-256 (-7; -9 is read too), low s only.
    Es256,
    /// ML-DSA-65 (FIPS 204; -49).
    MlDsa65,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 3] = [Self::Ed25519, Self::Es256, Self::MlDsa65];

    /// The algorithm of a COSE identifier, where it is one of ours.
    pub fn from_cose(id: i64) -> Option<Self> {
        match id {
            -8 | -19 => Some(Self::Ed25519),
            -7 | -9 => Some(Self::Es256),
            -49 => Some(Self::MlDsa65),
            _ => None,
        }
    }

    /// The COSE identifier that we write.
    pub fn cose_id(self) -> i64 {
        match self {
            Self::Ed25519 => -8,
            Self::Es256 => -7,
            Self::MlDsa65 => -49,
        }
    }

    /// The name used in files, output and JOSE.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::Es256 => "ES256",
            Self::MlDsa65 => "ML-DSA-65",
        }
    }

    /// The algorithm called `name` (see [`Algorithm::name`]).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.name() == name)
    }

    /// Length of every signature, bytes.
    pub fn signature_bytes(self) -> usize {
        match self {
            Self::Ed25519 | Self::Es256 => 64,
            Self::MlDsa65 => 3_309,
        }
    }
}

impl std::fmt::Display for Algorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The signature has the wrong length for its algorithm.
    #[error("the signature has {found} bytes and {algorithm} has {expected}")]
    Length {
        /// The key's algorithm.
        algorithm: Algorithm,
        /// The length that it has.
        expected: usize,
        /// The length found.
        found: usize,
    },
    /// ES256 with an s above half the group's order.
    #[error("the ES256 signature has a high s; replace s by n - s, which signs the same")]
    HighS,
    /// The equation does not hold: other bytes were signed, or another key signed them.
    #[error("the {0} signature does not match these bytes and this key")]
    Mismatch(Algorithm),
}

/// The bytes that a COSE_Sign1 signs (RFC 9052 section 4.4), with empty external data.
///
/// `protected` is the content of the protected byte string, `payload` that of the payload.
pub fn sig_structure(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(protected.len() + payload.len() + 24);
    writer
        .array(4)
        .text("Signature1")
        .bytes(protected)
        .bytes(&[])
        .bytes(payload);
    writer.finish()
}
