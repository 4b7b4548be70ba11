//! Blocks between execution and being told.
//!
//! Every executed block is kept here by digest until a block of its height is told: what it executed
//! to (for the sink), what a child needs of it (header and log edge), and which statements it holds (so
//! that the next proposer does not take them again). Lost on restart; blocks above the last one whose state is
//! durable are executed again, and tips are read from blocks, which carry their log edge.

use super::{
    block::{Block, Header},
    contract::{Ancestry, Hash, Output, Tip},
};
use commonware_utils::channel::watch;
use convoy_types::by_digest::ByDigest;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

struct Entry {
    height: u64,
    parent: Hash,
    tip: Tip,
    ids: Arc<HashSet<Hash, ByDigest>>,
    output: Arc<Output>,
    applied: bool,
}

/// The executed blocks that are not told yet, and the last one told; and the headers of the final ones among all
/// that are not told, executed here or not.
#[derive(Default)]
pub(super) struct BlocksUnderWay {
    executed: Mutex<HashMap<Hash, Entry, ByDigest>>,
    decided: Mutex<BTreeMap<u64, Header>>,
    applied: watch::Sender<u64>,
}

impl BlocksUnderWay {
    fn lock(&self) -> MutexGuard<'_, HashMap<Hash, Entry, ByDigest>> {
        let entries = self.executed.lock();
        entries.unwrap_or_else(PoisonError::into_inner)
    }

    fn decided(&self) -> MutexGuard<'_, BTreeMap<u64, Header>> {
        let headers = self.decided.lock();
        headers.unwrap_or_else(PoisonError::into_inner)
    }

    /// A block is final. Called before its writes reach the databases.
    pub(super) fn finalized(&self, header: Header) {
        self.decided().insert(header.core.height, header);
    }

    /// The header of a final block that is not told yet and has this state root.
    pub(super) fn final_with_state(&self, root: &Hash) -> Option<Header> {
        let headers = self.decided();
        let mut all = headers.values();
        all.find(|header| header.rest.state.root.0 == *root)
            .copied()
    }

    /// Remembers an executed block.
    pub(super) fn insert(&self, block: &Block, output: Output) {
        let entry = Entry {
            height: block.header.core.height,
            parent: block.header.rest.parent.0,
            tip: block.tip(),
            ids: Arc::new(
                block
                    .statements
                    .iter()
                    .map(|statement| statement.id)
                    .collect(),
            ),
            output: Arc::new(output),
            applied: false,
        };
        let mut entries = self.lock();
        let known = entries.entry(block.header.digest().0);
        if let std::collections::hash_map::Entry::Occupied(known) = &known
            && known.get().applied
        {
            return;
        }
        known.insert_entry(entry);
    }

    /// What a child of this block is executed on.
    pub(super) fn tip(&self, digest: &Hash) -> Option<Tip> {
        self.lock().get(digest).map(|entry| entry.tip.clone())
    }

    /// Statements of the block and of its ancestors that are under way.
    pub(super) fn ancestry(&self, digest: &Hash) -> Ancestry {
        let entries = self.lock();
        let mut blocks = Vec::new();
        let mut next = entries.get(digest);
        while let Some(entry) = next {
            blocks.push(entry.ids.clone());
            next = entries.get(&entry.parent);
        }
        Ancestry(blocks)
    }

    /// The block's writes are in the databases.
    pub(super) fn applied(&self, digest: &Hash, height: u64) {
        if let Some(entry) = self.lock().get_mut(digest) {
            entry.applied = true;
        }
        self.applied.send_replace(height);
    }

    /// The height up to which this process put blocks' writes into the databases.
    pub(super) fn applied_height(&self) -> watch::Receiver<u64> {
        self.applied.subscribe()
    }

    /// What the block executed to, once its writes are in the databases.
    pub(super) fn output(&self, digest: &Hash) -> Option<Arc<Output>> {
        self.lock()
            .get(digest)
            .filter(|entry| entry.applied)
            .map(|entry| entry.output.clone())
    }

    /// A block is told: forgets every other block up to its height, and returns the statements of those
    /// that were given up.
    ///
    /// Called after the block is the published tip: whoever does not find it here finds it there.
    pub(super) fn told(&self, digest: &Hash, height: u64) -> Vec<Hash> {
        self.decided().retain(|at, _| *at > height);
        let mut entries = self.lock();
        let kept: Arc<HashSet<Hash, ByDigest>> = entries
            .get(digest)
            .map(|entry| entry.ids.clone())
            .unwrap_or_default();
        let mut released = Vec::new();
        entries.retain(|key, entry| {
            if entry.height > height || key == digest {
                return true;
            }
            if !entry.applied {
                released.extend(entry.ids.iter().filter(|id| !kept.contains(*id)));
            }
            false
        });
        released
    }
}
