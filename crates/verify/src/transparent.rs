//! Transparent statements: a statement and members' COSE receipts.

use crate::report::{Proved, Report, VerifyError, failed};
use convoy_types::{
    Statement,
    receipt::{InclusionReceipt, TransparentStatement, Trust, trust::holds_at},
};

/// Verifies a transparent statement.
///
/// # Errors
/// The first check that fails.
pub fn verify_transparent(bytes: &[u8], trust: &Trust) -> Result<Report, VerifyError> {
    let TransparentStatement {
        statement,
        receipts,
    } = TransparentStatement::decode(bytes).map_err(|error| failed("form of the file", error))?;
    let mut report = Report::new();
    check_statement(&statement, trust, &mut report)?;
    if receipts.is_empty() {
        let reason = "it carries none; ask a member's node for the transparent statement";
        return Err(failed("receipts", reason));
    }
    let mut checked = Vec::with_capacity(receipts.len());
    for (index, bytes) in receipts.iter().enumerate() {
        let name = format!("receipt {} of {}", index + 1, receipts.len());
        let receipt = InclusionReceipt::decode(bytes, &statement.id().0)
            .map_err(|error| failed(format!("{name}: form"), error))?;
        check_receipt(&name, &receipt, trust, &mut report)?;
        checked.push(receipt);
    }
    check_agreement(&checked, &mut report)?;
    if report.attested_by.len() < trust.members_required {
        let (have, need) = (report.attested_by.len(), trust.members_required);
        let reason = format!(
            "{have} vouch and the trust file asks for {need}; fetch receipts of more members"
        );
        return Err(failed("members that vouch", reason));
    }
    check_signature(&statement, trust, &mut report)?;
    Ok(report)
}

/// Checks that the statement is for the network, and reports what it is.
pub(crate) fn check_statement(
    statement: &Statement,
    trust: &Trust,
    report: &mut Report,
) -> Result<(), VerifyError> {
    let id = statement.id();
    report.held(
        "form of the statement",
        format!("canonical; its id is {id}"),
    );
    statement
        .check_network(&trust.network)
        .map_err(|error| failed("network of the statement", error))?;
    report.held("network of the statement", trust.network.as_str());
    report.statement = Some(id);
    report.compartment = Some(statement.content().compartment.clone());
    Ok(())
}

fn check_receipt(
    name: &str,
    receipt: &InclusionReceipt,
    trust: &Trust,
    report: &mut Report,
) -> Result<(), VerifyError> {
    let signed = receipt.signed();
    let head = signed.head();
    if head.network != trust.network {
        let reason = format!(
            "it is of `{}`, the trust file of `{}`",
            head.network, trust.network
        );
        return Err(failed(format!("{name}: network"), reason));
    }
    let key_check = format!("{name}: key");
    let key = trust
        .tree_head_key(&head.issuer, signed.key_id(), signed.algorithm())
        .ok_or_else(|| {
            let reason = format!(
                "the trust file has no {} key {} of {}; get a newer trust file",
                signed.algorithm(),
                signed.key_id(),
                head.issuer
            );
            failed(key_check.as_str(), reason)
        })?;
    if !holds_at(head.time_ms, key.from_ms, key.until_ms) {
        let reason = format!(
            "the key of {} did not hold at {} ms",
            key.member, head.time_ms
        );
        return Err(failed(key_check, reason));
    }
    signed.verify(&key.key).map_err(|error| {
        let reason = format!(
            "{error}; the statement, the path or the signature is not what {} signed",
            key.member
        );
        failed(format!("{name}: inclusion and signature"), reason)
    })?;
    let detail = format!(
        "{} signed with {} that leaf {} of {} is this statement",
        key.member,
        signed.algorithm(),
        receipt.leaf(),
        head.size
    );
    report.held(format!("{name}: inclusion and signature"), detail);
    report.attest(&key.member);
    if head.height >= report.height {
        (report.height, report.time_ms, report.log_size) = (head.height, head.time_ms, head.size);
    }
    check_evidence(name, receipt, report)
}

/// Checks the block summary that a receipt may carry: it leads to the signed root, and the statement's leaf is among its statements.
fn check_evidence(
    name: &str,
    receipt: &InclusionReceipt,
    report: &mut Report,
) -> Result<(), VerifyError> {
    let Some(evidence) = receipt.evidence() else {
        return Ok(());
    };
    let head = receipt.signed().head();
    let check = format!("{name}: outcome");
    if evidence.root(head.size) != Some(head.root) {
        return Err(failed(
            check,
            "the block summary does not lead to the signed root",
        ));
    }
    let summary = &evidence.summary;
    let accepted = summary.is_accepted(receipt.leaf()).ok_or_else(|| {
        let reason = format!("leaf {} is not of block {}", receipt.leaf(), summary.height);
        failed(check.as_str(), reason)
    })?;
    if summary.height > head.height || summary.time_ms > head.time_ms {
        return Err(failed(
            check,
            "the block is later than the signed tree head",
        ));
    }
    let verdict = if accepted {
        Proved::Accepted
    } else {
        Proved::Refused
    };
    if report.proved != Proved::Ordered && report.proved != verdict {
        return Err(failed(
            check,
            "two receipts say different things of the same statement",
        ));
    }
    report.proved = verdict;
    report.recorded_height = Some(summary.height);
    report.recorded_ms = Some(summary.time_ms);
    let detail = format!(
        "{} by block {} at {} ms",
        if accepted { "accepted" } else { "refused" },
        summary.height,
        summary.time_ms
    );
    report.held(check, detail);
    Ok(())
}

/// Checks that the receipts tell of one log: one leaf for the statement, one root for each size.
fn check_agreement(receipts: &[InclusionReceipt], report: &mut Report) -> Result<(), VerifyError> {
    const CHECK: &str = "agreement of the receipts";
    let Some((first, others)) = receipts.split_first() else {
        return Ok(());
    };
    for other in others {
        if other.leaf() != first.leaf() {
            let reason = format!(
                "leaves {} and {} for one statement",
                first.leaf(),
                other.leaf()
            );
            return Err(failed(CHECK, reason));
        }
        let twin = receipts.iter().find(|r| {
            let (a, b) = (r.signed().head(), other.signed().head());
            a.size == b.size && a.root != b.root
        });
        if let Some(twin) = twin {
            let (a, b) = (twin.signed().head(), other.signed().head());
            let reason = format!(
                "{} and {} signed different roots for a log of {} leaves: one of them equivocates, keep this file as evidence",
                a.issuer, b.issuer, a.size
            );
            return Err(failed(CHECK, reason));
        }
    }
    report.leaf = Some(first.leaf());
    report.held(CHECK, format!("{} tell of one log", receipts.len()));
    Ok(())
}

/// Checks the signer's own signature where the trust file has the key, and says so where it has not.
pub(crate) fn check_signature(
    statement: &Statement,
    trust: &Trust,
    report: &mut Report,
) -> Result<(), VerifyError> {
    const CHECK: &str = "signature of the statement";
    let (signer, key_id) = (statement.signer(), statement.key_id());
    let Some(entry) = trust.signer_key(signer, key_id, statement.algorithm()) else {
        let who = if report.proved == Proved::Accepted {
            "the validators checked it when they accepted the statement"
        } else {
            "nothing here vouches for it"
        };
        report.note(format!(
            "the signature of {signer} was not checked, the trust file has no key {key_id} for it; {who}"
        ));
        return Ok(());
    };
    match report.recorded_ms {
        Some(time_ms) if !holds_at(time_ms, entry.from_ms, entry.until_ms) => {
            let reason = format!("key {key_id} of {signer} did not hold at {time_ms} ms");
            return Err(failed(CHECK, reason));
        }
        None if (entry.from_ms, entry.until_ms) != (0, None) => report.note(format!(
            "key {key_id} of {signer} holds for a time only, and when the statement was recorded is not proved"
        )),
        _ => {}
    }
    statement
        .verify(&entry.key)
        .map_err(|error| failed(CHECK, error))?;
    report.signature_checked = true;
    report.held(
        CHECK,
        format!(
            "{signer} signed it with {} key {key_id}",
            statement.algorithm()
        ),
    );
    Ok(())
}
