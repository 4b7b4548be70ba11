//! Ed25519 checks over raw messages under the rules of ZIP-215, one at a time or many in one equation.
//!
//! The equation is that of `commonware_cryptography::ed25519`, itself from `ed25519-consensus` (both MIT or
//! Apache-2.0). That crate checks only messages framed with its own namespace, and COSE signs bare RFC 8032
//! messages, so the equation stands here over the same `curve25519-dalek`. Tests hold it to commonware's verdict and to
//! that of `ed25519-zebra` on the edge cases. Unlike the latter's batch it takes keys that are decompressed already: a
//! quarter less work for each signature when signers differ.
//!
//! Rules (ZIP-215): A and R are any encodings of curve points, non-canonical ones too; s is below the group's order; the
//! equation is multiplied by the cofactor. On top of them a key of small order is refused when it is made, because a
//! signature of such a key holds for other messages as well. So a batch holds if and only if each of its members holds.

use curve25519_dalek::{
    constants::ED25519_BASEPOINT_POINT,
    edwards::{CompressedEdwardsY, EdwardsPoint},
    scalar::Scalar,
    traits::{IsIdentity, VartimeMultiscalarMul},
};
use sha2::{Digest as _, Sha512};
use std::{collections::HashMap, iter::once};

/// A public key: its encoding as given, and the point with its sign turned.
#[derive(Clone)]
pub(super) struct Key {
    encoding: [u8; 32],
    minus_a: EdwardsPoint,
}

impl Key {
    /// Decodes a key; `None` where it is no point of the curve or one of small order.
    pub(super) fn new(encoding: [u8; 32]) -> Option<Self> {
        let point = CompressedEdwardsY(encoding).decompress()?;
        (!point.is_small_order()).then_some(Self {
            encoding,
            minus_a: -point,
        })
    }

    pub(super) fn encoding(&self) -> &[u8; 32] {
        &self.encoding
    }

    /// Whether `signature` signs `message` under this key.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let Some(Terms { k, r, s }) = Terms::new(self, message, signature) else {
            return false;
        };
        let expected = EdwardsPoint::vartime_double_scalar_mul_basepoint(&k, &self.minus_a, &s);
        (r - expected).mul_by_cofactor().is_identity()
    }
}

/// What one signature adds to the equation.
struct Terms {
    k: Scalar,
    r: EdwardsPoint,
    s: Scalar,
}

impl Terms {
    fn new(key: &Key, message: &[u8], signature: &[u8; 64]) -> Option<Self> {
        let (r_bytes, s_bytes) = signature.split_at(32);
        let s_bytes: [u8; 32] = s_bytes.try_into().ok()?;
        let hash = Sha512::new()
            .chain_update(r_bytes)
            .chain_update(key.encoding)
            .chain_update(message);
        Some(Self {
            k: Scalar::from_bytes_mod_order_wide(&hash.finalize().into()),
            r: CompressedEdwardsY::from_slice(r_bytes).ok()?.decompress()?,
            s: Option::from(Scalar::from_canonical_bytes(s_bytes))?,
        })
    }
}

/// Whether every signature holds, checked as
/// `8 (-sum(z s) B + sum(z R) + sum(z k A)) = 0` with a random 128-bit z for each, keys repeated in the batch added up.
/// An empty batch holds.
pub(super) fn verify_all<'a>(
    items: impl ExactSizeIterator<Item = (&'a Key, &'a [u8], &'a [u8; 64])>,
) -> bool {
    let count = items.len();
    let mut randomness = vec![0u8; 16 * count];
    if aws_lc_rs::rand::fill(&mut randomness).is_err() {
        return false;
    }
    let mut base = Scalar::ZERO;
    let mut key_index: HashMap<&[u8; 32], usize> = HashMap::with_capacity(count);
    let mut keys: Vec<(Scalar, EdwardsPoint)> = Vec::with_capacity(count);
    let mut factors = Vec::with_capacity(count);
    let mut points = Vec::with_capacity(count);
    for ((key, message, signature), random) in items.zip(randomness.chunks_exact(16)) {
        let Some(Terms { k, r, s }) = Terms::new(key, message, signature) else {
            return false;
        };
        let z = Scalar::from(
            random
                .iter()
                .fold(0u128, |sum, b| (sum << 8) | u128::from(*b)),
        );
        base -= z * s;
        factors.push(z);
        points.push(r);
        let index = *key_index.entry(&key.encoding).or_insert_with(|| {
            keys.push((Scalar::ZERO, -key.minus_a));
            keys.len() - 1
        });
        keys[index].0 += z * k;
    }
    let sum = EdwardsPoint::vartime_multiscalar_mul(
        once(&base)
            .chain(keys.iter().map(|(factor, _)| factor))
            .chain(&factors),
        once(&ED25519_BASEPOINT_POINT)
            .chain(keys.iter().map(|(_, point)| point))
            .chain(&points),
    );
    sum.mul_by_cofactor().is_identity()
}
