//! Transparent statements (RFC 9943): a statement with its receipts in the unprotected header, at 394.
//!
//! Taking the receipts off gives back the submitted bytes, whose SHA-256 is the log entry. So receipts can be added, dropped or
//! reordered by anybody without touching what was signed.

use super::{Outcome, ReceiptError, label, part};
use crate::{
    Statement, StatementError,
    cose::{HEADER_RECEIPTS, TAG_SIGN1},
    wire::{Reader, Writer},
};

/// Receipts on one statement. Two algorithms for each of the largest validator set, and room to spare.
pub const RECEIPTS_MAX: usize = 256;

/// Why bytes are not a transparent statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransparentError {
    /// The envelope is wrong.
    #[error(transparent)]
    Envelope(#[from] ReceiptError),
    /// The statement inside is.
    #[error("statement error {0}")]
    Statement(#[from] StatementError),
}

/// A statement and the receipts that came with it, still encoded.
#[derive(Clone, Debug)]
pub struct TransparentStatement {
    /// The statement as it was submitted.
    pub statement: Statement,
    /// Its receipts, in the order attached.
    pub receipts: Vec<Vec<u8>>,
}

impl TransparentStatement {
    /// Takes the receipts off and decodes the statement strictly. A statement without receipts is read too.
    pub fn decode(bytes: &[u8]) -> Result<Self, TransparentError> {
        let (stripped, receipts) = strip(bytes)?;
        Ok(Self {
            statement: Statement::decode(stripped)?,
            receipts,
        })
    }
}

/// The first transparent statement of a sequence (RFC 8742), and what follows it. Only its outline is read here.
///
/// # Errors
/// When no such statement stands there.
pub fn split_first(bytes: &[u8]) -> Outcome<(&[u8], &[u8])> {
    const PART: &str = "transparent statement";
    let mut reader = Reader::new(bytes);
    part(PART, reader.tag(TAG_SIGN1))?;
    part(PART, reader.array_of(4))?;
    part(PART, reader.bytes())?;
    if part(PART, reader.map())? > 0 {
        read_receipts(&mut reader)?;
    }
    part(PART, reader.bytes())?;
    part(PART, reader.bytes())?;
    Ok(bytes.split_at(reader.at()))
}

/// Puts receipts on a statement.
pub fn attach(statement: &Statement, receipts: &[Vec<u8>]) -> Vec<u8> {
    if receipts.is_empty() {
        return statement.bytes().to_vec();
    }
    let length: usize = receipts.iter().map(|receipt| receipt.len() + 5).sum();
    let mut writer = Writer::with_capacity(statement.bytes().len() + length + 16);
    writer.tag(TAG_SIGN1).array(4).bytes(statement.protected());
    writer.map(1).int(HEADER_RECEIPTS).array(receipts.len());
    for receipt in receipts {
        writer.bytes(receipt);
    }
    writer
        .bytes(statement.payload())
        .bytes(statement.signature());
    writer.finish()
}

fn read_receipts(reader: &mut Reader<'_>) -> Outcome<Vec<Vec<u8>>> {
    const RECEIPTS: &str = "transparent statement: receipts";
    label(reader, RECEIPTS, HEADER_RECEIPTS)?;
    let count = part(RECEIPTS, reader.array())?;
    if count == 0 || count > RECEIPTS_MAX {
        let detail = format!("{count} receipts, 1 to {RECEIPTS_MAX}");
        return Err(ReceiptError::member(RECEIPTS, detail));
    }
    (0..count)
        .map(|_| part(RECEIPTS, reader.bytes()).map(<[u8]>::to_vec))
        .collect()
}

/// The bytes without their unprotected header, and the receipts that stood there.
fn strip(bytes: &[u8]) -> Outcome<(Vec<u8>, Vec<Vec<u8>>)> {
    const PART: &str = "transparent statement";
    let mut reader = Reader::new(bytes);
    part(PART, reader.tag(TAG_SIGN1))?;
    part(PART, reader.array_of(4))?;
    let protected = part(PART, reader.bytes())?;
    let receipts = match part(PART, reader.map())? {
        0 => Vec::new(),
        1 => read_receipts(&mut reader)?,
        pairs => {
            let detail = format!("its unprotected header has {pairs} members instead of 394 alone");
            return Err(ReceiptError::member(PART, detail));
        }
    };
    let payload = part(PART, reader.bytes())?;
    let signature = part(PART, reader.bytes())?;
    part(PART, reader.end())?;
    let mut writer = Writer::with_capacity(bytes.len());
    writer.tag(TAG_SIGN1).array(4).bytes(protected).map(0);
    writer.bytes(payload).bytes(signature);
    Ok((writer.finish(), receipts))
}
