//! Checking a quorum's certificate over a block.

use crate::report::{Report, VerifyError, failed};
use convoy_types::{
    Digest,
    cose::PublicKey,
    header::HeaderCore,
    receipt::{Certificate, Trust, certificate::quorum},
};

/// Checks that a quorum of the validators of its epoch finalized the block with this header and digest.
///
/// # Errors
/// Who or what is missing.
pub fn check_certificate(
    certificate: &Certificate,
    core: &HeaderCore,
    block: &Digest,
    trust: &Trust,
) -> Result<(), VerifyError> {
    check(certificate, core, block, trust, &mut Report::new())
}

/// As [`check_certificate`], and adds them to the report.
pub(crate) fn check(
    certificate: &Certificate,
    core: &HeaderCore,
    block: &Digest,
    trust: &Trust,
    report: &mut Report,
) -> Result<(), VerifyError> {
    const CHECK: &str = "certificate of the validators";
    let epoch = core.epoch;
    trust
        .check_height(epoch, core.height)
        .map_err(|reason| failed(CHECK, reason))?;
    let validators = trust.validators(epoch).ok_or_else(|| {
        let reason = format!("the trust file has no validators for epoch {epoch}; get a newer one");
        failed(CHECK, reason)
    })?;
    let (signed, needed) = (certificate.signers.len(), quorum(validators.len()));
    if signed < needed {
        let reason = format!(
            "{signed} of {} signed, {needed} are needed",
            validators.len()
        );
        return Err(failed(CHECK, reason));
    }
    if certificate.signatures.len() != signed || !certificate.signers.is_sorted_by(|a, b| a < b) {
        return Err(failed(CHECK, "signers and signatures do not pair up"));
    }
    let message = certificate.signed_message(&trust.network, epoch, block);
    for (signer, signature) in certificate.signers.iter().zip(&certificate.signatures) {
        let validator = validators.get(usize::from(*signer)).ok_or_else(|| {
            let reason = format!(
                "signer {signer} is none of the {} validators",
                validators.len()
            );
            failed(CHECK, reason)
        })?;
        PublicKey::ed25519(validator.key.0)
            .map_err(|error| failed(CHECK, format!("{}: {error}", validator.member)))?
            .verify(&message, signature)
            .map_err(|error| failed(CHECK, format!("{}: {error}", validator.member)))?;
        report.attest(&validator.member);
    }
    let detail = format!(
        "{signed} of {} validators of epoch {epoch} finalized block {block}",
        validators.len()
    );
    report.held(CHECK, detail);
    Ok(())
}
