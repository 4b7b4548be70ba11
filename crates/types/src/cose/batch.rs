//! Checking many signatures at once, and naming those that do not hold.
//!
//! Ed25519 signatures go into one equation; where it fails the batch is halved until the bad ones stand alone, so
//! one bad signature among n costs about 2 log n smaller equations and not n single checks. ES256 and ML-DSA-65 have no
//! batch form and are checked one by one.

use super::{PublicKey, SignatureError, ed25519, public_key::Kind};

/// One signature to check.
#[derive(Clone, Copy, Debug)]
pub struct Check<'a> {
    /// The key that should have signed.
    pub key: &'a PublicKey,
    /// The bytes signed, such as a `Sig_structure`.
    pub message: &'a [u8],
    /// The signature.
    pub signature: &'a [u8],
}

/// Below this many, single checks with exact verdicts cost no more than another equation.
const BISECT_MIN: usize = 2;

/// Checks every signature and returns the verdicts in the same order.
///
/// A verdict never depends on what else is in the batch.
pub fn verify_batch(checks: &[Check<'_>]) -> Vec<Result<(), SignatureError>> {
    let mut verdicts = vec![Ok(()); checks.len()];
    let mut batch = Vec::with_capacity(checks.len());
    for (index, check) in checks.iter().enumerate() {
        match (check.key.kind(), <&[u8; 64]>::try_from(check.signature)) {
            (Kind::Ed25519(key), Ok(signature)) => batch.push(Item {
                index,
                key,
                message: check.message,
                signature,
            }),
            _ => verdicts[index] = check.key.verify(check.message, check.signature),
        }
    }
    bisect(&batch, checks, &mut verdicts);
    verdicts
}

struct Item<'a> {
    index: usize,
    key: &'a ed25519::Key,
    message: &'a [u8],
    signature: &'a [u8; 64],
}

fn bisect(items: &[Item<'_>], checks: &[Check<'_>], verdicts: &mut [Result<(), SignatureError>]) {
    if items.len() < BISECT_MIN {
        for item in items {
            let check = &checks[item.index];
            verdicts[item.index] = check.key.verify(check.message, check.signature);
        }
        return;
    }
    let all = items
        .iter()
        .map(|item| (item.key, item.message, item.signature));
    if !ed25519::verify_all(all) {
        let (left, right) = items.split_at(items.len() / 2);
        bisect(left, checks, verdicts);
        bisect(right, checks, verdicts);
    }
}
