//! What one block adds to the log, and the summary entry that closes it.
//!
//! Summary entry = SHA-256 of `[version, height, time, first leaf, accepted, refused, outcomes root]` in deterministic CBOR.

use super::Frontier;
use crate::{
    Digest, StatementId,
    wire::{Reader, WireError, Writer},
};

/// The version of [`BlockSummary`].
pub const SUMMARY_VERSION: u64 = 1;

/// What a block did to the log, committed by its last entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockSummary {
    /// The block's height.
    pub height: u64,
    /// The block's time, milliseconds since 1970.
    pub time_ms: u64,
    /// The size of the log before the block: the leaf of its first statement.
    pub first_leaf: u64,
    /// How many statements were accepted; theirs are the first leaves.
    pub accepted: u64,
    /// How many were refused; theirs are the next leaves.
    pub refused: u64,
    /// Root over the outcomes of all of them, in the order they were executed.
    pub outcomes_root: Digest,
}

impl BlockSummary {
    /// The deterministic encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(80);
        writer.array(7).uint(SUMMARY_VERSION);
        writer.uint(self.height).uint(self.time_ms);
        writer.uint(self.first_leaf).uint(self.accepted);
        writer.uint(self.refused).bytes(&self.outcomes_root.0);
        writer.finish()
    }

    /// Reads the encoding, and nothing else.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes);
        reader.array_of(7)?;
        reader.uint_exact(SUMMARY_VERSION)?;
        let summary = Self {
            height: reader.uint()?,
            time_ms: reader.uint()?,
            first_leaf: reader.uint()?,
            accepted: reader.uint()?,
            refused: reader.uint()?,
            outcomes_root: Digest(reader.bytes_exact()?),
        };
        reader.end()?;
        Ok(summary)
    }

    /// The log entry.
    pub fn entry(&self) -> Digest {
        Digest::of(&self.encode())
    }

    /// The leaf of this summary itself; `None` where the numbers overflow.
    pub fn leaf(&self) -> Option<u64> {
        self.first_leaf
            .checked_add(self.accepted)?
            .checked_add(self.refused)
    }

    /// Whether leaf `index` is a statement of this block that was accepted (`Some(true)`) or refused (`Some(false)`).
    pub fn is_accepted(&self, index: u64) -> Option<bool> {
        let place = index.checked_sub(self.first_leaf)?;
        let statements = self.accepted.checked_add(self.refused)?;
        (place < statements).then_some(place < self.accepted)
    }
}

/// The entries of one block, collected while its statements execute.
#[derive(Clone, Debug, Default)]
pub struct BlockLog {
    accepted: Vec<Digest>,
    refused: Vec<Digest>,
}

impl BlockLog {
    /// No statement yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next statement that was executed.
    pub fn push(&mut self, id: StatementId, accepted: bool) {
        if accepted {
            self.accepted.push(id.0);
        } else {
            self.refused.push(id.0);
        }
    }

    /// The statements in the order of their leaves: the accepted, then the refused.
    pub fn entries(&self) -> impl Iterator<Item = &Digest> {
        self.accepted.iter().chain(&self.refused)
    }

    /// Appends the block to the log, its summary last, and returns the summary. `finished` as in [`Frontier::append`].
    pub fn append_to(
        &self,
        log: &mut Frontier,
        height: u64,
        time_ms: u64,
        outcomes_root: Digest,
        mut finished: impl FnMut(u32, u64, Digest),
    ) -> BlockSummary {
        let summary = BlockSummary {
            height,
            time_ms,
            first_leaf: log.size(),
            accepted: self.accepted.len() as u64,
            refused: self.refused.len() as u64,
            outcomes_root,
        };
        for entry in self.entries() {
            log.append(entry, &mut finished);
        }
        log.append(&summary.entry(), &mut finished);
        summary
    }
}
