//! The statement log: one RFC 9162 Merkle tree that only grows, and its proofs.
//!
//! ```text
//! leaf 0            the genesis document's digest
//! leaf f .. f+a     the a statements that block h accepted, in the order they were executed
//! leaf f+a .. f+n   the statements that block h refused, in the order they were executed
//! leaf f+n          the summary of block h (BlockSummary), which says f, a and n
//! ...               block h + 1
//! ```
//!
//! An entry is 32 bytes: a statement's id, or the SHA-256 of a summary. Leaf hash = SHA-256(0x00 ‖ entry), node hash =
//! SHA-256(0x01 ‖ left ‖ right) (RFC 9162 section 2.1.1). Because the accepted come first, a leaf's position
//! says whether its statement was accepted: two numbers in the summary and in the block header prove it, without a path of its own.
//!
//! Flow: [`Frontier::append`] adds an entry and hands every finished subtree hash to whoever stores them; [`inclusion_path`] and
//! [`consistency_path`] read them back through [`NodeStore`]; [`root_from_inclusion`] and [`verify_consistency`] check the
//! paths with nothing but the path.
//!
//! Invariants: a finished subtree hash never changes, so it is written once; the tree has a leaf before the first block, so
//! every path has an element at least (RFC 9942 requires one).

mod block;
mod proof;
#[cfg(test)]
mod tests;

pub use block::{BlockLog, BlockSummary, SUMMARY_VERSION};
pub use proof::{
    consistency_path, inclusion_length, inclusion_path, root_from_inclusion, root_of_size,
    verify_consistency,
};

use crate::Digest;
use std::convert::Infallible;

/// Paths have one element for each bit of the size at most.
pub const PATH_LENGTH_MAX: usize = 64;

/// The hash of the leaf that holds `entry`.
pub fn leaf_hash(entry: &Digest) -> Digest {
    Digest::of_parts(&[&[0], &entry.0])
}

/// The hash of the node over `left` and `right`.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest::of_parts(&[&[1], &left.0, &right.0])
}

/// Where finished subtree hashes are kept.
///
/// The subtree (`level`, `index`) covers the 2^`level` leaves from `index` · 2^`level` on; level 0 is the leaf hashes.
pub trait NodeStore {
    /// Why reading fails.
    type Error;

    /// The hash of a finished subtree. It is asked for only where all its leaves were appended.
    fn node(&self, level: u32, index: u64) -> Result<Digest, Self::Error>;
}

/// A tree kept in memory, for tests, tools and small trees such as a block's statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryLog {
    levels: Vec<Vec<Digest>>,
    frontier: Frontier,
}

impl MemoryLog {
    /// An empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends `entry` and returns its leaf index.
    pub fn append(&mut self, entry: &Digest) -> u64 {
        let levels = &mut self.levels;
        self.frontier.append(entry, |level, _, hash| {
            let level = level as usize;
            if levels.len() <= level {
                levels.resize_with(level + 1, Vec::new);
            }
            levels[level].push(hash);
        })
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root.
    pub fn root(&self) -> Digest {
        self.frontier.root()
    }
}

impl NodeStore for MemoryLog {
    type Error = Infallible;

    fn node(&self, level: u32, index: u64) -> Result<Digest, Infallible> {
        Ok(self.levels[level as usize][index as usize])
    }
}

/// The root over `entries`, without keeping the tree.
pub fn root_of<'a>(entries: impl IntoIterator<Item = &'a Digest>) -> Digest {
    let mut frontier = Frontier::default();
    for entry in entries {
        frontier.append(entry, |_, _, _| {});
    }
    frontier.root()
}

/// The right edge of the tree: all that is needed to append and to know the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Hashes of the maximal finished subtrees, largest first: one for each bit set in `size`.
    peaks: Vec<Digest>,
}

impl Frontier {
    /// An empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// The frontier of the first `size` leaves of a stored tree, as a node rebuilds it when it starts.
    pub fn load<S: NodeStore>(store: &S, size: u64) -> Result<Self, S::Error> {
        let peaks = proof::peaks(0, size)
            .map(|(level, index)| store.node(level, index))
            .collect::<Result<_, _>>()?;
        Ok(Self { size, peaks })
    }

    /// The frontier with these peaks, largest subtree first; `None` where their number does not fit `size`.
    pub fn from_peaks(size: u64, peaks: Vec<Digest>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// Hashes of the maximal finished subtrees, largest first.
    pub fn peaks(&self) -> &[Digest] {
        &self.peaks
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends `entry`; calls `finished(level, index, hash)` for its leaf and every subtree it completes, lowest first.
    /// Returns the leaf's index.
    pub fn append(&mut self, entry: &Digest, mut finished: impl FnMut(u32, u64, Digest)) -> u64 {
        let index = self.size;
        let mut hash = leaf_hash(entry);
        finished(0, index, hash);
        for level in 1..=index.trailing_ones() {
            let left = self.peaks.pop().expect("a peak for each bit of the size");
            hash = node_hash(&left, &hash);
            finished(level, index >> level, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
        index
    }

    /// The root (RFC 9162 section 2.1.1): of no leaves, SHA-256 of nothing.
    pub fn root(&self) -> Digest {
        proof::fold_peaks(&self.peaks).unwrap_or_else(|| Digest::of(&[]))
    }
}
