//! The blocks that were told last, in memory.
//!
//! Most proofs are asked for a moment after a statement is final, and a block that is read from the disk is expanded, decoded and hashed whole
//! for each of them.

use super::{contract::Statement, handle::StoredBlock};
use bytes::{Bytes, BytesMut};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Blocks kept: no more than a node keeps on its disk at least.
const BLOCKS_MAX: usize = 32;
/// Bytes of their statements.
const BYTES_MAX: usize = 8 << 20;

/// The last blocks, in height order. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct LastTold(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    blocks: VecDeque<(StoredBlock, usize)>,
    bytes: usize,
}

impl LastTold {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the block after the last one.
    pub(super) fn add(&self, mut block: StoredBlock) {
        let bytes = copy(&mut block);
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
        let first = told.blocks.front()?.0.header.core.height;
        let place = usize::try_from(height.checked_sub(first)?).ok()?;
        let (block, _) = told.blocks.get(place)?;
        // Behind a state that was taken over heights do not follow one another.
        (block.header.core.height == height).then(|| block.clone())
    }
}

/// Puts the statements into memory of their own, because each may be a small part of a large message; how many bytes that is.
fn copy(block: &mut StoredBlock) -> usize {
    let length = block.statements.iter().map(|one| one.bytes.len()).sum();
    let mut all = BytesMut::with_capacity(length);
    block
        .statements
        .iter()
        .for_each(|one| all.extend_from_slice(&one.bytes));
    let mut rest: Bytes = all.freeze();
    let copied = block.statements.iter().map(|one| Statement {
        id: one.id,
        bytes: rest.split_to(one.bytes.len()),
    });
    block.statements = copied.collect();
    length
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::block::{Header, HeaderCore, HeaderRest, Place};
    use convoy_types::Digest;

    fn block(height: u64, bytes: usize) -> StoredBlock {
        let header = Header {
            core: HeaderCore {
                network: Digest([0; 32]),
                epoch: 0,
                height,
                time_ms: height,
                first_leaf: 0,
                accepted: 0,
                log_size: 0,
                log_root: Digest([0; 32]),
            },
            rest: HeaderRest::default(),
        };
        let message = Bytes::from(vec![7; 2 * bytes]);
        StoredBlock {
            header,
            digest: header.digest().0,
            place: Place::default(),
            statements: [(1, ..bytes), (2, ..bytes / 2)]
                .map(|(id, part)| Statement {
                    id: [id; 32],
                    bytes: message.slice(part),
                })
                .into(),
            frontier: Vec::new(),
            next: None,
        }
    }

    #[test]
    fn the_last_blocks_are_told_whole_and_no_others() {
        let last = LastTold::default();
        assert!(last.get(1).is_none());
        (1..=40).for_each(|height| last.add(block(height, 10)));
        for height in [0, 1, 8, 41] {
            assert!(last.get(height).is_none(), "{height}");
        }
        for height in 9..=40 {
            let (told, given) = (last.get(height).unwrap(), block(height, 10));
            assert_eq!(told.header, given.header);
            let bytes = |block: &StoredBlock| -> Vec<(u8, Bytes)> {
                let all = block.statements.iter();
                all.map(|one| (one.id[0], one.bytes.clone())).collect()
            };
            assert_eq!(bytes(&told), bytes(&given));
        }
        // Nothing of the message in which a statement came is held.
        let given = block(41, 10);
        last.add(given.clone());
        let place = |block: &StoredBlock| block.statements[0].bytes.as_ptr();
        assert_ne!(place(&last.get(41).unwrap()), place(&given));
        // Heights may be left out.
        last.add(block(100, 10));
        assert!(last.get(42).is_none() && last.get(99).is_none());
    }

    #[test]
    fn large_blocks_are_fewer() {
        let last = LastTold::default();
        (1..=10).for_each(|height| last.add(block(height, BYTES_MAX / 6)));
        let told = (1..=10).filter(|height| last.get(*height).is_some());
        assert_eq!(told.collect::<Vec<_>>(), [7, 8, 9, 10]);
        last.add(block(11, 2 * BYTES_MAX));
        assert!(last.get(11).is_none(), "one that is too large alone");
    }
}
