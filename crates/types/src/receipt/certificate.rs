//! The quorum's certificate over a block: Ed25519 signatures of simplex's `Finalize` votes.
//!
//! A validator that votes to finalize signs, with Ed25519 over one framed message,
//!
//! ```text
//! varint(length of namespace) ‖ namespace ‖ varint(epoch) ‖ varint(view) ‖ varint(parent view) ‖ block digest
//! namespace = consensus namespace ‖ "_FINALIZE"
//! ```
//!
//! where a varint is LEB128 (commonware 2026.10.0, `consensus::simplex`). Signers are numbered in ascending order of their keys.
//! Written here as `[view, parent view, << signers >>, << signatures >>]`: signers a bitmap, validator 0 in the lowest bit of the first byte, as
//! many bytes as the set needs; signatures 64 bytes each in ascending order of the signers.
//!
//! A quorum is n - floor((n - 1) / 3) of n validators.

use super::{Outcome, ReceiptError, part};
use crate::{
    Digest, NetworkId,
    limits::VALIDATORS_MAX,
    wire::{Reader, Writer},
};

/// The namespace that a network's consensus signs under. Nodes give it to the engine.
pub fn consensus_namespace(network: &NetworkId) -> Vec<u8> {
    format!("convoy/{network}").into_bytes()
}

/// How many of `validators` make a quorum.
pub fn quorum(validators: usize) -> usize {
    validators - validators.saturating_sub(1) / 3
}

/// A finalization of one block, as compact receipts and state proofs carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The view in which the block was finalized.
    pub view: u64,
    /// The view of its parent.
    pub parent_view: u64,
    /// Who signed: indices into the validator set in ascending order of the keys, ascending.
    pub signers: Vec<u8>,
    /// The signatures, one for each signer.
    pub signatures: Vec<[u8; 64]>,
}

impl Certificate {
    /// What each signer signed, namespace and all.
    pub fn signed_message(&self, network: &NetworkId, epoch: u64, block: &Digest) -> Vec<u8> {
        let mut namespace = consensus_namespace(network);
        namespace.extend_from_slice(b"_FINALIZE");
        let mut message = Vec::with_capacity(namespace.len() + 72);
        write_varint(&mut message, namespace.len() as u64);
        message.extend_from_slice(&namespace);
        write_varint(&mut message, epoch);
        write_varint(&mut message, self.view);
        write_varint(&mut message, self.parent_view);
        message.extend_from_slice(&block.0);
        message
    }

    /// Writes the certificate as the next item.
    pub fn write(&self, writer: &mut Writer) {
        let last = self.signers.iter().copied().max().unwrap_or(0);
        let mut bitmap = vec![0u8; usize::from(last) / 8 + 1];
        for signer in &self.signers {
            bitmap[usize::from(*signer) / 8] |= 1 << (signer % 8);
        }
        writer.array(4).uint(self.view).uint(self.parent_view);
        writer.bytes(&bitmap).bytes(self.signatures.as_flattened());
    }

    /// Reads a certificate as the next item: as many signatures as signers, at least one of each, the bitmap no longer than needed.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, ReceiptError> {
        const PART: &str = "certificate";
        part(PART, reader.array_of(4))?;
        let view = part(PART, reader.uint())?;
        let parent_view = part(PART, reader.uint())?;
        let bitmap = part(PART, reader.bytes())?;
        if bitmap.last().is_none_or(|last| *last == 0) || bitmap.len() > VALIDATORS_MAX.div_ceil(8)
        {
            let detail = "its bitmap of signers is empty or longer than needed";
            return Err(ReceiptError::member(PART, detail));
        }
        let signers: Vec<u8> = (0u8..=255)
            .take(8 * bitmap.len())
            .filter(|signer| bitmap[usize::from(*signer) / 8] >> (signer % 8) & 1 == 1)
            .collect();
        let (signatures, rest) = part(PART, reader.bytes())?.as_chunks::<64>();
        check_count(signers.len(), signatures.len(), rest.len())?;
        Ok(Self {
            view,
            parent_view,
            signers,
            signatures: signatures.to_vec(),
        })
    }
}

fn check_count(signers: usize, signatures: usize, rest: usize) -> Outcome<()> {
    if signers == signatures && rest == 0 {
        return Ok(());
    }
    let detail =
        format!("it names {signers} signers and has {signatures} signatures and {rest} bytes");
    Err(ReceiptError::member("certificate", detail))
}

fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
