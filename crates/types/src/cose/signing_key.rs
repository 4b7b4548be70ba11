//! Secret keys: made, used, exported, wiped.
//!
//! A secret is 32 bytes for every algorithm: the seed of Ed25519 (RFC 8032) and of ML-DSA-65 (FIPS 204), the scalar of P-256. Copies on
//! our side are wiped when dropped; aws-lc wipes its own.

use super::{Algorithm, KeyError, PublicKey, spki};
use aws_lc_rs::{
    agreement::{ECDH_P256, PrivateKey as EcdhPrivateKey},
    encoding::{AsBigEndian, EcPrivateKeyBin},
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        ML_DSA_65_SIGNING, PqdsaKeyPair,
    },
};
use std::fmt;
use zeroize::Zeroizing;

/// Half the order of P-256's group, rounded down, big-endian: the largest low s.
const P256_HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];
/// The order of P-256's group (FIPS 186-5, SP 800-186 3.2.1.3), big-endian.
const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
/// PKCS#8 (RFC 8410 section 7) of an Ed25519 key before its seed.
const ED25519_PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// Whether the s half of an ES256 signature is at most half the group's order.
pub(super) fn is_low_s(signature: &[u8]) -> bool {
    signature
        .get(32..64)
        .is_some_and(|s| s <= P256_HALF_ORDER.as_slice())
}

/// Replaces a high s by n - s. Both sign the same; only the low one is accepted here.
fn make_low_s(signature: &mut [u8]) {
    if is_low_s(signature) {
        return;
    }
    let mut borrow = 0i16;
    for (byte, order) in signature[32..64].iter_mut().zip(P256_ORDER).rev() {
        let difference = i16::from(order) - i16::from(*byte) - borrow;
        borrow = i16::from(difference < 0);
        *byte = (difference & 0xff) as u8;
    }
}

/// A signature of `algorithm` in the one form that is accepted here.
pub(crate) fn low_s(algorithm: Algorithm, signature: &[u8]) -> Vec<u8> {
    let mut signature = signature.to_vec();
    if algorithm == Algorithm::Es256 && signature.len() == algorithm.signature_bytes() {
        make_low_s(&mut signature);
    }
    signature
}

enum Secret {
    Ed25519(Zeroizing<[u8; 32]>, Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    MlDsa65(Zeroizing<[u8; 32]>, PqdsaKeyPair),
    Outside(Box<dyn Outside>),
}

fn unreadable() -> KeyError {
    KeyError::Outside("its secret half cannot be read".into())
}

/// A secret key that this program does not have: it lies in hardware, and signs there.
pub trait Outside: Send + Sync {
    /// Signs `message` in the form of the key's algorithm. ES256 may come with a high s.
    ///
    /// # Errors
    /// Why it could not, for people.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, String>;
}

/// A secret key and its public half. Never printed; wiped when dropped.
pub struct SigningKey {
    secret: Secret,
    public: PublicKey,
}

impl SigningKey {
    /// A new key from the system's random source.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        loop {
            let mut secret = Zeroizing::new([0u8; 32]);
            aws_lc_rs::rand::fill(secret.as_mut()).map_err(|_| KeyError::Secret(algorithm))?;
            match Self::from_secret(algorithm, &secret) {
                // One random string in 2^32 is no P-256 scalar: draw again.
                Err(_) if algorithm == Algorithm::Es256 => {}
                result => return result,
            }
        }
    }

    /// The key of a 32-byte secret: a seed (Ed25519, ML-DSA-65) or a scalar (P-256).
    pub fn from_secret(algorithm: Algorithm, secret: &[u8; 32]) -> Result<Self, KeyError> {
        let refused = || KeyError::Secret(algorithm);
        let seed = Zeroizing::new(*secret);
        match algorithm {
            Algorithm::Ed25519 => {
                let pair = Ed25519KeyPair::from_seed_unchecked(secret).map_err(|_| refused())?;
                let raw = pair.public_key().as_ref();
                let public = PublicKey::ed25519(raw.try_into().map_err(|_| refused())?)?;
                let secret = Secret::Ed25519(seed, pair);
                Ok(Self { secret, public })
            }
            Algorithm::MlDsa65 => {
                let pair =
                    PqdsaKeyPair::from_seed(&ML_DSA_65_SIGNING, secret).map_err(|_| refused())?;
                let public = PublicKey::ml_dsa_65(pair.public_key().as_ref())?;
                let secret = Secret::MlDsa65(seed, pair);
                Ok(Self { secret, public })
            }
            Algorithm::Es256 => {
                let scalar =
                    EcdhPrivateKey::from_private_key(&ECDH_P256, secret).map_err(|_| refused())?;
                let point = scalar.compute_public_key().map_err(|_| refused())?;
                let pair = EcdsaKeyPair::from_private_key_and_public_key(
                    &ECDSA_P256_SHA256_FIXED_SIGNING,
                    secret,
                    point.as_ref(),
                )
                .map_err(|_| refused())?;
                Self::of_es256(pair)
            }
        }
    }

    /// The key that is `public` and lies `outside`.
    pub fn outside(public: PublicKey, outside: Box<dyn Outside>) -> Self {
        let secret = Secret::Outside(outside);
        Self { secret, public }
    }

    /// Whether the secret half lies outside of this program.
    pub fn is_outside(&self) -> bool {
        matches!(self.secret, Secret::Outside(_))
    }

    fn of_es256(pair: EcdsaKeyPair) -> Result<Self, KeyError> {
        let point = pair.public_key().as_ref();
        let coordinate = |range: std::ops::Range<usize>| {
            point
                .get(range)
                .and_then(|bytes| <&[u8; 32]>::try_from(bytes).ok())
                .ok_or(KeyError::Secret(Algorithm::Es256))
        };
        let public = PublicKey::es256(coordinate(1..33)?, coordinate(33..65)?)?;
        let secret = Secret::Es256(pair);
        Ok(Self { secret, public })
    }

    /// The 32-byte secret; see [`SigningKey::from_secret`].
    pub fn to_secret(&self) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        match &self.secret {
            Secret::Outside(_) => Err(unreadable()),
            Secret::Ed25519(seed, _) | Secret::MlDsa65(seed, _) => Ok(seed.clone()),
            Secret::Es256(pair) => {
                let refused = |_| KeyError::Secret(Algorithm::Es256);
                let scalar: EcPrivateKeyBin<'_> =
                    pair.private_key().as_be_bytes().map_err(refused)?;
                let mut secret = Zeroizing::new([0; 32]);
                secret.copy_from_slice(scalar.as_ref());
                Ok(secret)
            }
        }
    }

    /// The key as PKCS#8 version 1 DER (seed form for ML-DSA-65, RFC 9881).
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let refused = |_| KeyError::Secret(self.algorithm());
        match &self.secret {
            Secret::Outside(_) => Err(unreadable()),
            Secret::Ed25519(seed, _) => {
                let mut der = Zeroizing::new(Vec::with_capacity(48));
                der.extend_from_slice(&ED25519_PKCS8);
                der.extend_from_slice(seed.as_slice());
                Ok(der)
            }
            Secret::Es256(pair) => {
                let der = pair.to_pkcs8v1().map_err(refused)?;
                Ok(Zeroizing::new(der.as_ref().to_vec()))
            }
            Secret::MlDsa65(_, pair) => {
                let der = pair.to_pkcs8v1().map_err(refused)?;
                Ok(Zeroizing::new(der.as_ref().to_vec()))
            }
        }
    }

    /// Reads PKCS#8 DER of the algorithm `algorithm`.
    pub fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyError> {
        let refused = || KeyError::Secret(algorithm);
        match algorithm {
            Algorithm::Ed25519 => {
                let pair =
                    Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| refused())?;
                let seed = pair.seed().map_err(|_| refused())?;
                let bytes = seed.as_be_bytes().map_err(|_| refused())?;
                let secret = bytes.as_ref().try_into().map_err(|_| refused())?;
                Self::from_secret(algorithm, secret)
            }
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
                    .map_err(|_| refused())?;
                Self::of_es256(pair)
            }
            // The seed form ends with its 32 bytes: `[0] seed` in an OCTET STRING (RFC 9881 section 6).
            Algorithm::MlDsa65 => {
                PqdsaKeyPair::from_pkcs8(&ML_DSA_65_SIGNING, der).map_err(|_| refused())?;
                match der.last_chunk::<34>() {
                    Some([0x80, 0x20, seed @ ..]) => Self::from_secret(algorithm, seed),
                    _ => Err(refused()),
                }
            }
        }
    }

    /// The key as PEM `PRIVATE KEY`.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let der = self.to_pkcs8()?;
        Ok(Zeroizing::new(spki::pem_encode("PRIVATE KEY", &der)))
    }

    /// Reads a PEM `PRIVATE KEY` of the algorithm `algorithm`.
    pub fn from_pem(algorithm: Algorithm, pem: &str) -> Result<Self, KeyError> {
        let der = Zeroizing::new(spki::pem_decode("PRIVATE KEY", pem)?);
        Self::from_pkcs8(algorithm, &der)
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    /// Signs `message`. Ed25519 is deterministic; ES256 (made low s) and ML-DSA-65 are randomised.
    ///
    /// # Errors
    /// When the system's random source or the library fails.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let failed = |_| KeyError::Secret(self.algorithm());
        match &self.secret {
            Secret::Ed25519(_, pair) => {
                let signature = pair.try_sign(message).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
            Secret::Es256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).map_err(failed)?;
                let mut signature = signature.as_ref().to_vec();
                make_low_s(&mut signature);
                Ok(signature)
            }
            Secret::Outside(outside) => {
                let mut signature = outside.sign(message).map_err(KeyError::Outside)?;
                if signature.len() != self.algorithm().signature_bytes() {
                    let reason = format!("it gave a signature of {} bytes", signature.len());
                    return Err(KeyError::Outside(reason));
                }
                if self.algorithm() == Algorithm::Es256 {
                    make_low_s(&mut signature);
                }
                Ok(signature)
            }
            Secret::MlDsa65(_, pair) => {
                let mut signature = vec![0; Algorithm::MlDsa65.signature_bytes()];
                pair.sign(message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SigningKey({} {}, secret withheld)",
            self.algorithm(),
            self.public.key_id()
        )
    }
}
