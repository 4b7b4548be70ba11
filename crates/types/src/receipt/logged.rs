//! A final block as the log holds it: header, certificate, and the ids of its statements. Enough to build the log again and compare.
//!
//! ```text
//! [1, << header >>, certificate / null, << ids >>]
//! ids = 32 bytes each, in the order of their leaves: the accepted, then the refused
//! ```
//!
//! The header says how many ids there are: `log_size - first_leaf - 1`. The certificate is missing where a block became final by a later
//! one's; the later header names it through its parents. Blocks one after another are a CBOR sequence (RFC 8742).

use super::{Certificate, Outcome, ReceiptError, part};
use crate::{
    Digest, StatementId,
    header::Header,
    limits::BLOCK_STATEMENTS_MAX,
    log::BlockSummary,
    wire::{Reader, Writer},
};

/// The version of the format.
pub const LOGGED_VERSION: u64 = 1;

/// A block of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedBlock {
    /// Its header.
    pub header: Header,
    /// The quorum's signatures over it, where it has its own.
    pub certificate: Option<Certificate>,
    /// Its statements in the order of their leaves.
    pub ids: Vec<StatementId>,
}

impl LoggedBlock {
    /// Writes the block as the next item.
    pub fn write(&self, writer: &mut Writer) {
        writer.array(4).uint(LOGGED_VERSION);
        writer.bytes(&self.header.encode());
        match &self.certificate {
            Some(certificate) => certificate.write(writer),
            None => {
                writer.null();
            }
        }
        let ids: Vec<u8> = self.ids.iter().flat_map(|id| id.0.0).collect();
        writer.bytes(&ids);
    }

    /// The deterministic encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(1_024 + 32 * self.ids.len());
        self.write(&mut writer);
        writer.finish()
    }

    /// Reads a block as the next item.
    ///
    /// # Errors
    /// When the encoding is not exactly ours, or the number of ids is not the header's.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, ReceiptError> {
        const PART: &str = "logged block";
        part(PART, reader.array_of(4))?;
        part("logged block: version", reader.uint_exact(LOGGED_VERSION))?;
        let header = part("logged block: header", reader.bytes())?;
        let header = part("logged block: header", Header::decode(header))?;
        let certificate = match reader.null() {
            true => None,
            false => Some(Certificate::read(reader)?),
        };
        let (ids, rest) = part("logged block: ids", reader.bytes())?.as_chunks::<32>();
        let block = Self {
            header,
            certificate,
            ids: ids.iter().map(|id| StatementId(Digest(*id))).collect(),
        };
        let expected = block.summary()?.accepted + block.summary()?.refused;
        if !rest.is_empty() || block.ids.len() as u64 != expected {
            let detail = format!(
                "block {} has {} ids and {} bytes, its header says {expected} statements",
                block.header.core.height,
                block.ids.len(),
                rest.len()
            );
            return Err(ReceiptError::member("logged block: ids", detail));
        }
        Ok(block)
    }

    /// Reads blocks one after another, to the end.
    ///
    /// # Errors
    /// As [`LoggedBlock::read`].
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>, ReceiptError> {
        let mut reader = Reader::new(bytes);
        let mut blocks = Vec::new();
        while reader.at() < bytes.len() {
            blocks.push(Self::read(&mut reader)?);
        }
        Ok(blocks)
    }

    /// The summary that closes the block's part of the log, as its header implies it.
    ///
    /// # Errors
    /// When the header's numbers do not fit each other.
    pub fn summary(&self) -> Outcome<BlockSummary> {
        let core = &self.header.core;
        let statements = core
            .first_leaf
            .checked_add(1)
            .and_then(|first| core.log_size.checked_sub(first));
        let refused = statements
            .filter(|count| *count <= BLOCK_STATEMENTS_MAX as u64)
            .and_then(|count| count.checked_sub(core.accepted))
            .ok_or_else(|| {
                let detail = format!(
                    "block {}: first leaf {}, {} accepted and log size {} do not fit each other",
                    core.height, core.first_leaf, core.accepted, core.log_size
                );
                ReceiptError::member("logged block: header", detail)
            })?;
        Ok(BlockSummary {
            height: core.height,
            time_ms: core.time_ms,
            first_leaf: core.first_leaf,
            accepted: core.accepted,
            refused,
            outcomes_root: self.header.rest.outcomes_root,
        })
    }

    /// The ids of the statements that were accepted, and of those that were refused.
    pub fn split(&self) -> (&[StatementId], &[StatementId]) {
        let accepted = usize::try_from(self.header.core.accepted).unwrap_or(usize::MAX);
        self.ids.split_at(accepted.min(self.ids.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::{HeaderCore, HeaderRest};

    fn block() -> LoggedBlock {
        let core = HeaderCore {
            network: Digest([1; 32]),
            epoch: 0,
            height: 7,
            time_ms: 1_000,
            first_leaf: 10,
            accepted: 1,
            log_size: 13,
            log_root: Digest([2; 32]),
        };
        LoggedBlock {
            header: Header {
                core,
                rest: HeaderRest::default(),
            },
            certificate: Some(Certificate {
                view: 9,
                parent_view: 8,
                signers: vec![0, 2],
                signatures: vec![[3; 64], [4; 64]],
            }),
            ids: vec![
                StatementId(Digest([0xaa; 32])),
                StatementId(Digest([0xbb; 32])),
            ],
        }
    }

    #[test]
    fn the_form_is_the_one_described() {
        let block = block();
        let header = block.header.encode();
        // Array of four, version 1, a byte string with a length of two bytes.
        let mut expected = vec![0x84, 0x01, 0x59];
        expected.extend_from_slice(&u16::try_from(header.len()).unwrap().to_be_bytes());
        expected.extend_from_slice(&header);
        // Certificate: array of four, views 9 and 8, the bitmap 0b101, 128 bytes of signatures.
        expected.extend_from_slice(&[0x84, 0x09, 0x08, 0x41, 0x05, 0x58, 0x80]);
        expected.extend_from_slice(&[3; 64]);
        expected.extend_from_slice(&[4; 64]);
        // 64 bytes of ids.
        expected.extend_from_slice(&[0x58, 0x40]);
        expected.extend_from_slice(&[0xaa; 32]);
        expected.extend_from_slice(&[0xbb; 32]);
        assert_eq!(block.encode(), expected);
    }

    #[test]
    fn blocks_are_read_back_one_after_another_and_nothing_else_is() {
        let first = block();
        let second = LoggedBlock {
            certificate: None,
            ..block()
        };
        let bytes = [first.encode(), second.encode()].concat();
        assert_eq!(LoggedBlock::read_all(&bytes).unwrap(), [first, second]);
        assert!(LoggedBlock::read_all(&bytes[..bytes.len() - 1]).is_err());
    }

    #[test]
    fn ids_that_the_header_does_not_count_are_refused() {
        let mut short = block();
        short.ids.pop();
        let refused = LoggedBlock::read_all(&short.encode()).unwrap_err();
        assert!(refused.to_string().contains("2 statements"), "{refused}");
        let mut impossible = block();
        impossible.header.core.log_size = 5;
        let refused = LoggedBlock::read_all(&impossible.encode()).unwrap_err();
        assert!(refused.to_string().contains("do not fit"), "{refused}");
    }
}
