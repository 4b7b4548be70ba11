//! The engine's finalization of a block, in the form that receipts carry.

use commonware_codec::{Copying, Decode as _, Encode as _};
use commonware_consensus::simplex::{scheme::ed25519::Scheme, types::Finalization};
use commonware_cryptography::sha256;
use convoy_types::{limits::VALIDATORS_MAX, receipt::Certificate};

/// Reads a finalization encoded by the engine.
///
/// # Errors
/// What is wrong with the bytes; they come from the node's own store.
pub fn of_finalization(bytes: &[u8]) -> Result<Certificate, String> {
    let finalization =
        Finalization::<Scheme, sha256::Digest>::decode_cfg(Copying(bytes), &VALIDATORS_MAX)
            .map_err(|error| format!("a stored finalization cannot be read: {error}"))?;
    let proposal = &finalization.proposal;
    let signers = finalization
        .certificate
        .signers
        .iter()
        .map(|signer| {
            u8::try_from(signer.get()).map_err(|_| "a signer's number is too large".to_owned())
        })
        .collect::<Result<_, _>>()?;
    let signatures = finalization
        .certificate
        .signatures
        .iter()
        .map(|signature| {
            let bytes: [u8; 64] = signature
                .encode()
                .as_ref()
                .try_into()
                .map_err(|_| "a signature has another length")?;
            Ok::<_, String>(bytes)
        })
        .collect::<Result<_, _>>()?;
    Ok(Certificate {
        view: proposal.round.view().get(),
        parent_view: proposal.parent.get(),
        signers,
        signatures,
    })
}
