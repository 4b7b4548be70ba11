//! State proofs: presence or absence of a record at a finalized block.

use crate::{
    certificate,
    report::{Proved, Report, VerifyError, failed},
};
use convoy_types::{
    header::{HeaderCore, is_history},
    receipt::{StateProof, Trust, engine_proof, state_proof::Database},
};

/// Verifies a state proof.
///
/// # Errors
/// The first check that fails.
pub fn verify_state(bytes: &[u8], trust: &Trust) -> Result<Report, VerifyError> {
    let proof = StateProof::decode(bytes).map_err(|error| failed("form of the file", error))?;
    let mut report = Report::new();
    let core = &proof.header.core;
    if core.network != HeaderCore::network_digest(&trust.network) {
        let reason = format!("the header is not of `{}`", trust.network);
        return Err(failed("network of the header", reason));
    }
    report.held("network of the header", trust.network.as_str());
    let block = proof.header.digest();
    certificate::check(&proof.certificate, core, &block, trust, &mut report)?;
    const CHECK: &str = "record in the state";
    if proof.database != Database::State {
        return Err(failed(CHECK, "proofs of signers' lanes are not supported"));
    }
    // The ordered store holds none of these, so it "proves" the absence of each.
    if is_history(&proof.key.0) {
        let reason = "the key is of the history store, whose records are proved by the receipts of their statements";
        return Err(failed(CHECK, reason));
    }
    let (root, value) = (proof.root(), proof.value.as_deref());
    engine_proof::check(&root.0, &proof.key.0, value, &proof.engine_proof)
        .map_err(|reason| failed(CHECK, reason))?;
    let verdict = if value.is_some() { "present" } else { "absent" };
    report.held(
        CHECK,
        format!("{} is {verdict} under root {root}", proof.key),
    );
    report.proved = if value.is_some() {
        Proved::Present
    } else {
        Proved::Absent
    };
    (report.height, report.time_ms, report.log_size) = (core.height, core.time_ms, core.log_size);
    Ok(report)
}
