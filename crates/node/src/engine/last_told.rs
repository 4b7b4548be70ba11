//! The blocks that were told last, in memory.
//!
//! Most proofs are asked for a moment after a statement is final, and a block that is read from the disk is expanded, decoded and hashed whole
//! for each of them.

use super::{block::Block, handle::StoredBlock};
use commonware_cryptography::Digested;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Blocks kept.
const BLOCKS_MAX: usize = 64;
/// Bytes of their statements.
const BYTES_MAX: usize = 8 << 20;

/// The last blocks, in height order. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct LastTold(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    blocks: VecDeque<(Digested<Block>, usize)>,
    bytes: usize,
}

impl LastTold {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the block after the last one.
    pub(super) fn add(&self, block: Digested<Block>) {
        let statements = block.inner().statements.iter();
        let bytes = statements.map(|statement| statement.bytes.len()).sum();
        let told = &mut *self.told();
        told.bytes += bytes;
        told.blocks.push_back((block, bytes));
        while told.blocks.len() > BLOCKS_MAX || told.bytes > BYTES_MAX {
            let Some((_, bytes)) = told.blocks.pop_front() else {
                break;
            };
            told.bytes -= bytes;
        }
    }

    /// The block of a height, where it is one of the last.
    pub(super) fn get(&self, height: u64) -> Option<StoredBlock> {
        let told = self.told();
        let height_of = |block: &Digested<Block>| block.inner().header.core.height;
        let first = height_of(&told.blocks.front()?.0);
        let place = usize::try_from(height.checked_sub(first)?).ok()?;
        let (block, _) = told.blocks.get(place)?;
        (height_of(block) == height).then(|| StoredBlock::from(block))
    }
}
