//! Consistency: a log only grew between two tree heads.

use crate::report::{Proved, Report, VerifyError, failed};
use convoy_types::{
    Digest, log,
    receipt::{ConsistencyReceipt, SignedTreeHead, TreeHead, Trust, trust::holds_at},
};

/// Verifies that the log of `old` is the beginning of the log of `new`, both signed by members.
///
/// # Errors
/// The first check that fails. A failure of the path alone, with both signatures good, is evidence that somebody rewrote history.
pub fn verify_consistency(
    old: &SignedTreeHead,
    new: &SignedTreeHead,
    path: &[Digest],
    trust: &Trust,
) -> Result<Report, VerifyError> {
    let mut report = Report::new();
    check_head("older tree head", old, trust, &mut report)?;
    check_head("newer tree head", new, trust, &mut report)?;
    check_path(old.head(), new.head(), path, &mut report)?;
    Ok(report)
}

/// Verifies a COSE consistency receipt (RFC 9942) from `old`, already trusted, to the log with the root `new_root`.
///
/// # Errors
/// The first check that fails.
pub fn verify_consistency_receipt(
    receipt: &[u8],
    old: &TreeHead,
    new_root: Digest,
    trust: &Trust,
) -> Result<Report, VerifyError> {
    let receipt = ConsistencyReceipt::decode(receipt, new_root)
        .map_err(|error| failed("form of the receipt", error))?;
    let mut report = Report::new();
    check_head("newer tree head", &receipt.signed, trust, &mut report)?;
    if receipt.old_size != old.size {
        let reason = format!(
            "it starts at {} leaves, the older log has {}",
            receipt.old_size, old.size
        );
        return Err(failed("size of the older log", reason));
    }
    check_path(old, receipt.signed.head(), &receipt.path, &mut report)?;
    Ok(report)
}

fn check_head(
    name: &str,
    signed: &SignedTreeHead,
    trust: &Trust,
    report: &mut Report,
) -> Result<(), VerifyError> {
    let head = signed.head();
    if head.network != trust.network {
        return Err(failed(name, format!("it is of `{}`", head.network)));
    }
    let key = trust
        .tree_head_key(&head.issuer, signed.key_id(), signed.algorithm())
        .filter(|key| holds_at(head.time_ms, key.from_ms, key.until_ms))
        .ok_or_else(|| {
            let reason = format!(
                "the trust file has no key {} of {} for its time",
                signed.key_id(),
                head.issuer
            );
            failed(name, reason)
        })?;
    signed
        .verify(&key.key)
        .map_err(|error| failed(name, error))?;
    report.attest(&key.member);
    report.held(
        name,
        format!(
            "{} signed {} leaves, root {}",
            key.member, head.size, head.root
        ),
    );
    Ok(())
}

fn check_path(
    old: &TreeHead,
    new: &TreeHead,
    path: &[Digest],
    report: &mut Report,
) -> Result<(), VerifyError> {
    const CHECK: &str = "consistency of the log";
    if !log::verify_consistency(old.size, &old.root, new.size, &new.root, path) {
        let reason = "the path does not join the two roots: it is wrong, or history was rewritten";
        return Err(failed(CHECK, reason));
    }
    report.held(
        CHECK,
        format!(
            "the first {} of {} leaves are unchanged",
            old.size, new.size
        ),
    );
    report.proved = Proved::Consistent;
    (report.height, report.time_ms, report.log_size) = (new.height, new.time_ms, new.size);
    Ok(())
}
