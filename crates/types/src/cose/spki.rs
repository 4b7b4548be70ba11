//! SubjectPublicKeyInfo (RFC 5280) and PEM (RFC 7468) of public keys, for other people's tools.
//!
//! The three forms have fixed lengths, so each is a fixed prefix before the bare key: Ed25519 (RFC 8410), P-256
//! uncompressed (RFC 5480), ML-DSA-65 (RFC 9881).

use super::{Algorithm, KeyError, PublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};

const ED25519: &str = "302a300506032b6570032100";
const P256: &str = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
const ML_DSA_65: &str = "308207b2300b0609608648016503040312038207a100";

fn prefix(algorithm: Algorithm) -> Vec<u8> {
    let text = match algorithm {
        Algorithm::Ed25519 => ED25519,
        Algorithm::Es256 => P256,
        Algorithm::MlDsa65 => ML_DSA_65,
    };
    hex::decode(text).expect("the constants are hexadecimal")
}

impl PublicKey {
    /// The key as DER SubjectPublicKeyInfo.
    pub fn to_spki_der(&self) -> Vec<u8> {
        let mut der = prefix(self.algorithm());
        let raw = self.raw();
        let skip = usize::from(self.algorithm() == Algorithm::Es256);
        der.extend_from_slice(&raw[skip..]);
        der
    }

    /// Reads a DER SubjectPublicKeyInfo of one of our algorithms.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        for algorithm in Algorithm::ALL {
            let Some(raw) = der.strip_prefix(prefix(algorithm).as_slice()) else {
                continue;
            };
            let invalid = KeyError::Invalid(algorithm);
            return match algorithm {
                Algorithm::Ed25519 => Self::ed25519(raw.try_into().map_err(|_| invalid)?),
                Algorithm::Es256 => match raw.split_first_chunk::<32>() {
                    Some((x, y)) => Self::es256(x, y.try_into().map_err(|_| invalid)?),
                    None => Err(invalid),
                },
                Algorithm::MlDsa65 => Self::ml_dsa_65(raw),
            };
        }
        Err(KeyError::Encoding(
            "SubjectPublicKeyInfo: not Ed25519, P-256 (uncompressed) or ML-DSA-65".into(),
        ))
    }

    /// The key as PEM `PUBLIC KEY`.
    pub fn to_pem(&self) -> String {
        pem_encode("PUBLIC KEY", &self.to_spki_der())
    }

    /// Reads a PEM `PUBLIC KEY`.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        Self::from_spki_der(&pem_decode("PUBLIC KEY", pem)?)
    }
}

/// Wraps `der` in PEM with the label `label`, 64 characters a line.
pub(super) fn pem_encode(label: &str, der: &[u8]) -> String {
    let mut pem = format!("-----BEGIN {label}-----\n");
    let text = STANDARD.encode(der);
    for line in text.as_bytes().chunks(64) {
        pem.extend(line.iter().copied().map(char::from));
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}

/// The DER inside a PEM block with the label `label`.
pub(super) fn pem_decode(label: &str, pem: &str) -> Result<Vec<u8>, KeyError> {
    let encoding = |what: &str| KeyError::Encoding(format!("PEM {label}: {what}"));
    let body = pem
        .split_once(&format!("-----BEGIN {label}-----"))
        .and_then(|(_, rest)| rest.split_once(&format!("-----END {label}-----")))
        .map(|(body, _)| body)
        .ok_or_else(|| encoding("its BEGIN and END lines are missing"))?;
    let text: String = body.split_whitespace().collect();
    STANDARD
        .decode(text)
        .map_err(|_| encoding("its body is not base64"))
}
