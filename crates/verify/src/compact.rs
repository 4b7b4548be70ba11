//! Compact receipts: path, header core and the validators' certificate.

use crate::{
    certificate,
    report::{Proved, Report, VerifyError, failed},
    transparent::{check_signature, check_statement},
};
use convoy_types::receipt::{CompactReceipt, Trust, compact::Subject};

/// Verifies a compact receipt.
///
/// # Errors
/// The first check that fails.
pub fn verify_compact(bytes: &[u8], trust: &Trust) -> Result<Report, VerifyError> {
    let receipt =
        CompactReceipt::decode(bytes).map_err(|error| failed("form of the file", error))?;
    let mut report = Report::new();
    match &receipt.subject {
        Subject::Statement(statement) => check_statement(statement, trust, &mut report)?,
        Subject::Id(id) => {
            report.statement = Some(*id);
            report.note("the receipt carries the statement's id and not its content");
        }
    }
    let core = receipt.core(&trust.network).ok_or_else(|| {
        let reason = format!(
            "it does not fit leaf {} of {}",
            receipt.leaf, receipt.log_size
        );
        failed("path to the log's root", reason)
    })?;
    let (leaf, size) = (receipt.leaf, receipt.log_size);
    let detail = format!("leaf {leaf} of {size} leads to {}", core.log_root);
    report.held("path to the log's root", detail);
    let block = core.block_digest(&receipt.rest);
    certificate::check(&receipt.certificate, &core, &block, trust, &mut report)?;
    report.leaf = Some(leaf);
    (report.height, report.time_ms, report.log_size) = (core.height, core.time_ms, size);
    check_outcome(&receipt, &core, &mut report)?;
    if let Subject::Statement(statement) = &receipt.subject {
        check_signature(statement, trust, &mut report)?;
    }
    Ok(report)
}

/// The outcome is proved by the leaf's place in the certified block itself, or by the summary of an earlier block.
fn check_outcome(
    receipt: &CompactReceipt,
    core: &convoy_types::header::HeaderCore,
    report: &mut Report,
) -> Result<(), VerifyError> {
    const CHECK: &str = "outcome";
    let own = core.is_accepted(receipt.leaf);
    let (accepted, height, time_ms) = match (own, &receipt.evidence) {
        (Some(true), None) => (true, core.height, core.time_ms),
        // Behind the accepted leaves come the refused and the summary, which is the last leaf.
        (Some(false), None) if receipt.leaf + 1 < core.log_size => {
            (false, core.height, core.time_ms)
        }
        (None, None) => return Ok(()),
        (None, Some(evidence)) => {
            if evidence.root(core.log_size) != Some(core.log_root) {
                return Err(failed(
                    CHECK,
                    "the block summary does not lead to the log's root",
                ));
            }
            let summary = &evidence.summary;
            let accepted = summary.is_accepted(receipt.leaf).ok_or_else(|| {
                let reason = format!("leaf {} is not of block {}", receipt.leaf, summary.height);
                failed(CHECK, reason)
            })?;
            (accepted, summary.height, summary.time_ms)
        }
        _ => {
            let reason = "the evidence does not belong to the certified block";
            return Err(failed(CHECK, reason));
        }
    };
    report.proved = if accepted {
        Proved::Accepted
    } else {
        Proved::Refused
    };
    report.recorded_height = Some(height);
    report.recorded_ms = Some(time_ms);
    let verdict = if accepted { "accepted" } else { "refused" };
    report.held(
        CHECK,
        format!("{verdict} by block {height} at {time_ms} ms"),
    );
    Ok(())
}
