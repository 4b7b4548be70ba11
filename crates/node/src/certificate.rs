//! The engine's finalization of a block, in the form that receipts carry, and back.

use commonware_codec::{Copying, Decode as _, DecodeExt as _, Encode as _};
use commonware_consensus::{
    simplex::{
        scheme::ed25519::Scheme,
        types::{Finalization, Proposal},
    },
    types::{Epoch, Round, View},
};
use commonware_cryptography::{
    certificate::Signers,
    ed25519::{self, certificate},
    sha256,
};
use commonware_utils::Participant;
use convoy_types::{header::Header, limits::VALIDATORS_MAX, receipt::Certificate};

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

/// The engine's finalization of `header` by a set of so many validators.
///
/// # Errors
/// The certificate cannot be one of that set.
pub fn to_finalization(
    certificate: &Certificate,
    header: &Header,
    validators: usize,
) -> Result<Finalization<Scheme, sha256::Digest>, String> {
    let participants = u32::try_from(validators).map_err(|error| error.to_string())?;
    let signers = certificate.signers.iter();
    let signers = signers.map(|signer| Participant::new(u32::from(*signer)));
    let signers = Signers::new(participants, signers).map_err(|error| error.to_string())?;
    let signatures = certificate
        .signatures
        .iter()
        .map(|signature| {
            ed25519::Signature::decode(Copying(&signature[..]))
                .map(Into::into)
                .map_err(|error| error.to_string())
        })
        .collect::<Result<_, _>>()?;
    Ok(Finalization {
        proposal: Proposal::new(
            Round::new(Epoch::new(header.core.epoch), View::new(certificate.view)),
            View::new(certificate.parent_view),
            sha256::Digest(header.digest().0),
        ),
        certificate: certificate::Certificate {
            signers,
            signatures,
        },
    })
}
