//! Receipts: what proves, with no network, that a statement is in the log.
//!
//! Two forms prove the same thing to different people:
//!
//! - **COSE Receipt** (RFC 9942), which other people's SCITT tools verify: a member's node signs the tree head ([`TreeHead`]), and the
//!   receipt adds the path from the statement's leaf to that head's root. Attached to the statement at header 394 ([`transparent`])
//!   it makes a *transparent statement*.
//! - **Compact receipt** ([`compact`]): path, header core and the consensus certificate. It proves that a quorum of the validators
//!   finalized the block, and fits in a QR code.
//!
//! Either says what it proves. *Ordered*: the statement has its place in the log. *Accepted*: the block's summary, or the
//! block's header, also says that it was executed and not refused; see [`crate::log`] for why a leaf's place suffices.
//!
//! [`state_proof`] proves a record's presence or absence against a finalized header ([`engine_proof`] is the step through the storage engine's tree); [`certificate`] is the quorum's signatures; [`trust`] is
//! the file that a verifier starts from; [`handover`] extends it when the validators change, [`recovery`] when the members replaced them.

pub mod certificate;
pub mod compact;
pub mod cose;
pub mod engine_proof;
pub mod handover;
pub mod logged;
pub mod recovery;
pub mod state_proof;
#[cfg(test)]
mod tests;
pub mod transparent;
pub mod tree_head;
pub mod trust;

pub use certificate::Certificate;
pub use compact::CompactReceipt;
pub use cose::{BlockEvidence, ConsistencyReceipt, InclusionReceipt};
pub use handover::Handover;
pub use logged::LoggedBlock;
pub use recovery::Recovery;
pub use state_proof::StateProof;
pub use transparent::{TransparentStatement, attach};
pub use tree_head::{SignedTreeHead, TreeHead};
pub use trust::Trust;

use crate::{
    Digest,
    ids::IdError,
    log::PATH_LENGTH_MAX,
    wire::{Reader, WireError, WireFault, Writer},
};

/// The verifiable data structure of every receipt here: RFC 9162 with SHA-256 (RFC 9942).
pub const VDS_RFC9162_SHA256: i64 = 1;
/// Key of inclusion proofs among the proofs (RFC 9942).
pub const PROOF_INCLUSION: i64 = -1;
/// Key of consistency proofs among the proofs (RFC 9942).
pub const PROOF_CONSISTENCY: i64 = -2;

/// Why bytes are not a receipt of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The encoding is wrong.
    #[error("{part}: {error}; fetch the receipt again")]
    Form {
        /// The part being read.
        part: &'static str,
        /// The fault.
        error: WireError,
    },
    /// A header parameter, claim or member is not the one that belongs there.
    #[error("{part}: {detail}")]
    Member {
        /// The part being read.
        part: &'static str,
        /// What is there and what belongs there.
        detail: String,
    },
    /// Another verifiable data structure than RFC 9162 with SHA-256.
    #[error(
        "verifiable data structure {0} is not supported; this verifier knows 1, RFC9162_SHA256"
    )]
    Vds(i64),
    /// The algorithm is not one we know.
    #[error("COSE algorithm {0} is not known; Ed25519, ES256 and ML-DSA-65 are")]
    Algorithm(i64),
}

impl ReceiptError {
    pub(crate) fn member(part: &'static str, detail: impl Into<String>) -> Self {
        Self::Member {
            part,
            detail: detail.into(),
        }
    }
}

pub(crate) type Outcome<T> = Result<T, ReceiptError>;

/// Gives a fault of the reader the name of the part being read.
pub(crate) fn part<T>(part: &'static str, result: Result<T, WireError>) -> Outcome<T> {
    result.map_err(|error| ReceiptError::Form { part, error })
}

fn id<T>(part: &'static str, result: Result<T, IdError>) -> Outcome<T> {
    result.map_err(|error| ReceiptError::member(part, error.to_string()))
}

/// Reads a map label that has to be `expected`.
fn label(reader: &mut Reader<'_>, name: &'static str, expected: i64) -> Outcome<()> {
    let found = part(name, reader.int())?;
    if found == expected {
        return Ok(());
    }
    let detail = format!("member {found} stands where member {expected} belongs");
    Err(ReceiptError::member(name, detail))
}

fn text_label(reader: &mut Reader<'_>, name: &'static str, expected: &str) -> Outcome<()> {
    let found = part(name, reader.text())?;
    if found == expected {
        return Ok(());
    }
    let detail = format!("member `{found}` stands where member `{expected}` belongs");
    Err(ReceiptError::member(name, detail))
}

/// Writes a path as an array of byte strings, as RFC 9942 has it.
fn write_path(writer: &mut Writer, path: &[Digest]) {
    writer.array(path.len());
    for hash in path {
        writer.bytes(&hash.0);
    }
}

fn read_path(reader: &mut Reader<'_>) -> Result<Vec<Digest>, WireError> {
    let at = reader.at();
    let length = reader.array()?;
    if length > PATH_LENGTH_MAX {
        let fault = WireFault::OutOfRange;
        return Err(WireError { fault, at });
    }
    (0..length)
        .map(|_| reader.bytes_exact().map(Digest))
        .collect()
}

/// Writes a path as one byte string, 32 bytes a hash: compact receipts count bytes.
fn write_packed_path(writer: &mut Writer, path: &[Digest]) {
    let packed: Vec<u8> = path.iter().flat_map(|hash| hash.0).collect();
    writer.bytes(&packed);
}

fn read_packed_path(reader: &mut Reader<'_>) -> Result<Vec<Digest>, WireError> {
    let at = reader.at();
    let packed = reader.bytes()?;
    let (hashes, rest) = packed.as_chunks::<32>();
    if !rest.is_empty() || hashes.len() > PATH_LENGTH_MAX {
        let fault = WireFault::OutOfRange;
        return Err(WireError { fault, at });
    }
    Ok(hashes.iter().copied().map(Digest).collect())
}
