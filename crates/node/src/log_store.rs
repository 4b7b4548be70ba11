//! The statement log on disk: subtree hashes by level, and the log's size after each block.
//!
//! `level-NN` holds the hashes of the finished subtrees of 2^NN leaves, 32 bytes each, in order; `sizes`
//! holds the log's size after block 0, 1, 2 …, 8 bytes each, little-endian. Appending writes each file
//! once per block, in order.
//!
//! Hashes that no proof of a kept statement needs are given back to the disk as holes, so that every hash stays where it was; `forgotten` holds
//! the first leaf whose proofs are whole, 8 bytes.
//!
//! A node that took over a later state begins with the right edge of the log there ([`LogStore::adopt`]): what comes after can be appended and
//! proved, what was before is a hole, whose bounds are in `hole` (the first block that is missing and the last, 8 bytes each). It is filled
//! from below, block by block ([`LogStore::fill`]), and closed when it meets the edge. No path is given that would lead through it.
//!
//! The files follow from the blocks, so they need no flush of their own: they are checked instead. Their right edge is compared with a header's log
//! root when the node starts, and every path with the root it has to lead to before it is given out. Where a path does not lead there, a hash under
//! it is damaged: the path is refused, `damaged` notes the leaf, 8 bytes, and the next start builds the log again ([`LogStore::damage`]).

use crate::durable;
use convoy_types::{
    Digest,
    header::Header,
    log::{BlockLog, Frontier, NodeStore, inclusion_path, root_from_inclusion},
};
use rustix::fs::{FallocateFlags, fallocate};
use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// Levels that are kept: more leaves than 2^40 will not be reached.
const LEVELS: usize = 40;
const HASH_BYTES: u64 = 32;
const SIZE_BYTES: u64 = 8;
/// The file that says which hashes were given back.
const FORGOTTEN: &str = "forgotten";
/// The file that says that a hash was found to be wrong.
const DAMAGED: &str = "damaged";
/// Leaves at least that are forgotten at once.
const FORGET_LEAVES_MIN: u64 = 1_024;
/// Blocks filled between two notes of how far.
const SAVE_EVERY: u64 = 256;

/// A log that grows block by block.
pub struct LogStore {
    folder: PathBuf,
    levels: Vec<File>,
    sizes: File,
    hole: File,
    edge: RwLock<Edge>,
    /// The first leaf whose proofs are whole.
    forgotten: AtomicU64,
    filled: Mutex<Option<Filled>>,
}

/// The part of the log that a node which joined later lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The first block whose leaves are missing.
    pub next: u64,
    /// The last block whose leaves are missing: the first that came to this node by itself.
    pub last: u64,
}

/// How far a hole is filled.
struct Filled {
    hole: Hole,
    frontier: Frontier,
    /// The hole's first block, as the file says it.
    saved: u64,
}

/// The log as far as its files are complete.
#[derive(Clone, Default)]
struct Edge {
    frontier: Frontier,
    /// Blocks recorded, genesis included.
    heights: u64,
}

impl LogStore {
    /// Opens the log in `folder`, which is made where it is missing.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let file = |name: String| {
            OpenOptions::new()
                .create(true)
                .truncate(false)
                .read(true)
                .write(true)
                .open(folder.join(name))
        };
        let levels = (0..LEVELS)
            .map(|level| file(format!("level-{level:02}")))
            .collect::<io::Result<Vec<_>>>()?;
        let sizes = file("sizes".into())?;
        let hole = file("hole".into())?;
        let store = Self {
            folder: folder.into(),
            levels,
            sizes,
            hole,
            edge: RwLock::new(Edge::default()),
            forgotten: AtomicU64::new(read_leaf(&folder.join(FORGOTTEN))?.unwrap_or(0)),
            filled: Mutex::new(None),
        };
        let heights = store.sizes.metadata()?.len() / SIZE_BYTES;
        if heights > 0 {
            let size = store.size_after(heights - 1)?;
            // Files that lost their end hold no frontier; the log is then built again.
            if let Ok(frontier) = Frontier::load(&store, size) {
                *store.edge.write().unwrap_or_else(PoisonError::into_inner) =
                    Edge { frontier, heights };
            }
        }
        store.find_hole()?;
        Ok(store)
    }

    /// Takes up the filling of a hole where it was stopped. A block filled twice is written twice, alike.
    fn find_hole(&self) -> io::Result<()> {
        let mut bounds = [0; 2 * SIZE_BYTES as usize];
        if self.next_height() == 0 || self.hole.read_exact_at(&mut bounds, 0).is_err() {
            return Ok(());
        }
        let (next, last) = bounds.split_at(SIZE_BYTES as usize);
        let bound = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes);
        let hole = Hole {
            next: bound(next),
            last: bound(last),
        };
        if hole.next <= hole.last {
            *self.filled() = Some(self.open_hole(hole)?);
        }
        Ok(())
    }

    fn open_hole(&self, hole: Hole) -> io::Result<Filled> {
        let before = self.recorded_size(hole.next.saturating_sub(1))?;
        let frontier = Frontier::load(self, before)?;
        Ok(Filled {
            hole,
            frontier,
            saved: hole.next,
        })
    }

    fn filled(&self) -> MutexGuard<'_, Option<Filled>> {
        self.filled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save_hole(&self, hole: Hole) -> io::Result<()> {
        let bounds = [hole.next.to_le_bytes(), hole.last.to_le_bytes()].concat();
        self.hole.write_all_at(&bounds, 0)
    }

    /// The blocks whose leaves are missing here, because this node joined after them.
    pub fn hole(&self) -> Option<Hole> {
        let filled = self.filled();
        filled.as_ref().map(|filled| filled.hole)
    }

    /// The first block that came to this node by itself, where it joined later; also when the hole is filled.
    pub fn joined(&self) -> io::Result<Option<u64>> {
        if self.hole.metadata()?.len() < 2 * SIZE_BYTES {
            return Ok(None);
        }
        let mut last = [0; SIZE_BYTES as usize];
        self.hole.read_exact_at(&mut last, SIZE_BYTES)?;
        Ok(Some(u64::from_le_bytes(last)))
    }

    /// Goes on after the block with `header`, whose log has this right edge, without what is in between.
    pub fn adopt(&self, header: &Header, frontier: Frontier) -> io::Result<()> {
        let core = &header.core;
        let mut filled = self.filled();
        // What an adoption before this one left out is still missing.
        let missing = filled.as_ref().map(|filled| filled.hole.next);
        let hole = Hole {
            next: missing.unwrap_or_else(|| self.next_height()),
            last: core.height,
        };
        if hole.next == 0 || frontier.size() != core.log_size || frontier.root() != core.log_root {
            let reason = format!("block {} has no log edge to go on from", core.height);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        self.save_hole(hole)?;
        *filled = Some(self.open_hole(hole)?);
        let mut edge = self.edge.write().unwrap_or_else(PoisonError::into_inner);
        let mut start = 0;
        for (peak, level) in frontier.peaks().iter().zip(peak_levels(frontier.size())) {
            let file = self
                .levels
                .get(level as usize)
                .ok_or(io::ErrorKind::InvalidInput)?;
            file.write_all_at(&peak.0, (start >> level) * HASH_BYTES)?;
            start += 1 << level;
        }
        self.sizes
            .write_all_at(&core.log_size.to_le_bytes(), core.height * SIZE_BYTES)?;
        *edge = Edge {
            frontier,
            heights: core.height + 1,
        };
        Ok(())
    }

    /// Fills the next block of the hole; whether there is more to fill.
    ///
    /// # Errors
    /// The block is not the next, or its statements do not lead to the log root in its header.
    pub fn fill(&self, header: &Header, block: &BlockLog) -> io::Result<bool> {
        let core = &header.core;
        let mut filled = self.filled();
        let Some(state) = filled
            .as_mut()
            .filter(|state| state.hole.next == core.height)
        else {
            let reason = format!("block {} is not the next that is missing", core.height);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        };
        let mut next = state.frontier.clone();
        let mut pending = Pending::default();
        let outcomes = header.rest.outcomes_root;
        block.append_to(
            &mut next,
            core.height,
            core.time_ms,
            outcomes,
            |level, index, hash| pending.take(level, index, hash),
        );
        if (next.size(), next.root()) != (core.log_size, core.log_root) {
            let reason = format!(
                "the statements of block {} do not lead to the log root in its header",
                core.height
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        pending.write(&self.levels)?;
        self.sizes
            .write_all_at(&next.size().to_le_bytes(), core.height * SIZE_BYTES)?;
        state.frontier = next;
        state.hole.next += 1;
        let more = state.hole.next <= state.hole.last;
        if !more || state.hole.next >= state.saved + SAVE_EVERY {
            state.saved = state.hole.next;
            self.save_hole(state.hole)?;
        }
        if !more {
            *filled = None;
        }
        Ok(more)
    }

    /// Where the files lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The first height that is not recorded.
    pub fn next_height(&self) -> u64 {
        self.edge
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .heights
    }

    /// The log's size and root as recorded.
    pub fn tip(&self) -> (u64, Digest) {
        let edge = self.edge.read().unwrap_or_else(PoisonError::into_inner);
        (edge.frontier.size(), edge.frontier.root())
    }

    /// Whether hashes of the first statements were given back: blocks before those kept are gone.
    pub fn is_pruned(&self) -> bool {
        self.forgotten.load(Ordering::Relaxed) > 0
    }

    /// Forgets everything, to be built again.
    pub fn clear(&self) -> io::Result<()> {
        let mut edge = self.edge.write().unwrap_or_else(PoisonError::into_inner);
        *self.filled() = None;
        for file in self.levels.iter().chain([&self.sizes, &self.hole]) {
            file.set_len(0)?;
        }
        self.forgotten.store(0, Ordering::Relaxed);
        for name in [FORGOTTEN, DAMAGED] {
            match fs::remove_file(self.folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        *edge = Edge::default();
        Ok(())
    }

    /// Appends the genesis document's digest, the log's first entry.
    pub fn found(&self, digest: &Digest) -> io::Result<()> {
        self.extend(0, |log, finished| {
            log.append(digest, finished);
        })
    }

    /// Appends the statements of the block with `header` and its summary.
    pub fn append_block(&self, header: &Header, block: &BlockLog) -> io::Result<()> {
        let core = &header.core;
        self.extend(core.height, |log, finished| {
            block.append_to(
                log,
                core.height,
                core.time_ms,
                header.rest.outcomes_root,
                finished,
            );
        })
    }

    fn extend(
        &self,
        height: u64,
        append: impl FnOnce(&mut Frontier, &mut dyn FnMut(u32, u64, Digest)),
    ) -> io::Result<()> {
        let mut edge = self.edge.write().unwrap_or_else(PoisonError::into_inner);
        if height != edge.heights {
            let reason = format!(
                "block {height} was to be logged, the next is {}",
                edge.heights
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        let mut next = edge.frontier.clone();
        let mut pending = Pending::default();
        append(&mut next, &mut |level, index, hash| {
            pending.take(level, index, hash);
        });
        pending.write(&self.levels)?;
        self.sizes
            .write_all_at(&next.size().to_le_bytes(), height * SIZE_BYTES)?;
        *edge = Edge {
            frontier: next,
            heights: height + 1,
        };
        Ok(())
    }

    /// Gives back the disk of hashes that only proofs of statements before block `height` need.
    pub fn forget_before(&self, height: u64) -> io::Result<()> {
        let leaf = self.size_after(height.saturating_sub(1))?;
        if leaf > self.size_after(height)? {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "the file `sizes` in {} is damaged: the log is smaller after block {height} than before it",
                    self.folder.display()
                ),
            ));
        }
        let before = self.forgotten.load(Ordering::Relaxed);
        if leaf < before + FORGET_LEAVES_MIN {
            return Ok(());
        }
        // First the word that they are gone, then the hashes: a hole is never taken for a hash.
        durable::write(&self.folder.join(FORGOTTEN), &leaf.to_le_bytes())?;
        self.forgotten.store(leaf, Ordering::Relaxed);
        for (file, level) in self.levels.iter().zip(0u32..) {
            let hashes = first_needed(leaf, level);
            if hashes > 0 && file.metadata()?.len() >= hashes * HASH_BYTES {
                let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
                fallocate(file, hole, 0, hashes * HASH_BYTES)?;
            }
        }
        Ok(())
    }

    /// The log's size after block `height`.
    pub fn size_after(&self, height: u64) -> io::Result<u64> {
        match self.hole() {
            Some(hole) if (hole.next..hole.last).contains(&height) => Err(hole.missing()),
            _ => self.recorded_size(height),
        }
    }

    fn recorded_size(&self, height: u64) -> io::Result<u64> {
        let mut size = [0; SIZE_BYTES as usize];
        self.sizes.read_exact_at(&mut size, height * SIZE_BYTES)?;
        Ok(u64::from_le_bytes(size))
    }

    /// The root after block `height`.
    pub fn root_after(&self, height: u64) -> io::Result<Digest> {
        Ok(Frontier::load(self, self.size_after(height)?)?.root())
    }

    /// The path that proves leaf `index` in the log of `size` leaves with this `root`.
    ///
    /// # Errors
    /// The log is not here as far as that yet (`UnexpectedEof`), the leaf's part of it is missing, or it is damaged (`InvalidData`): the path does not
    /// lead from the leaf's hash to the root.
    pub fn path(&self, index: u64, size: u64, root: &Digest) -> io::Result<Vec<Digest>> {
        if let Some(hole) = self.hole()
            && index < self.recorded_size(hole.last)?
        {
            return Err(hole.missing());
        }
        let here = self.tip().0;
        if size > here {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("the log is here up to leaf {here} and is being built up to leaf {size}"),
            ));
        }
        let path = inclusion_path(self, index, size)?.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("leaf {index} is not in a log of {size}"),
            )
        })?;
        let leaf = self.node(0, index)?;
        if root_from_inclusion(&leaf, index, size, &path) != Some(*root) {
            // What was given back while it was read is not damaged.
            if index < self.forgotten.load(Ordering::Relaxed) {
                return Err(pruned());
            }
            if self.damage()?.is_none() {
                durable::write(&self.folder.join(DAMAGED), &index.to_le_bytes())?;
            }
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "the hashes under leaf {index} are damaged on this disk: they do not lead to the log's root; they are built again when this node is restarted"
                ),
            ));
        }
        Ok(path)
    }

    /// A leaf whose path was found to be damaged since the log was built.
    pub fn damage(&self) -> io::Result<Option<u64>> {
        read_leaf(&self.folder.join(DAMAGED))
    }
}

impl Hole {
    /// What is said where an answer would need what is missing.
    fn missing(self) -> io::Error {
        io::Error::new(
            io::ErrorKind::NotFound,
            format!(
                "this node joined at block {}; its log before that is being fetched and is here up to block {}",
                self.last,
                self.next.saturating_sub(1)
            ),
        )
    }
}

/// The levels of the finished subtrees that a log of `size` leaves consists of, largest first.
fn peak_levels(size: u64) -> impl Iterator<Item = u32> {
    (0..u64::BITS)
        .rev()
        .filter(move |level| size >> level & 1 == 1)
}

/// Hashes to be written, by level: each file is written once.
struct Pending(Vec<(u64, Vec<u8>)>);

impl Default for Pending {
    fn default() -> Self {
        Self(vec![(0, Vec::new()); LEVELS])
    }
}

impl Pending {
    fn take(&mut self, level: u32, index: u64, hash: Digest) {
        let (start, bytes) = &mut self.0[level as usize];
        if bytes.is_empty() {
            *start = index;
        }
        bytes.extend_from_slice(&hash.0);
    }

    fn write(&self, levels: &[File]) -> io::Result<()> {
        for (file, (start, bytes)) in levels.iter().zip(&self.0) {
            if !bytes.is_empty() {
                file.write_all_at(bytes, start * HASH_BYTES)?;
            }
        }
        Ok(())
    }
}

impl NodeStore for LogStore {
    type Error = io::Error;

    fn node(&self, level: u32, index: u64) -> io::Result<Digest> {
        let file = self
            .levels
            .get(level as usize)
            .ok_or(io::ErrorKind::InvalidInput)?;
        if index < first_needed(self.forgotten.load(Ordering::Relaxed), level) {
            return Err(pruned());
        }
        let mut hash = [0; HASH_BYTES as usize];
        file.read_exact_at(&mut hash, index * HASH_BYTES)?;
        Ok(Digest(hash))
    }
}

fn pruned() -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        "the hashes of this part of the log were pruned here; an archive node has them",
    )
}

/// The first subtree of a level that a proof of `leaf` or a later one can need: the sibling of the leaf's own, or the one that is in the right edge.
fn first_needed(leaf: u64, level: u32) -> u64 {
    (leaf >> level).saturating_sub(1)
}

fn read_leaf(path: &Path) -> io::Result<Option<u64>> {
    match fs::read(path) {
        Ok(bytes) => {
            let bytes = bytes.try_into().map_err(|_| io::ErrorKind::InvalidData)?;
            Ok(Some(u64::from_le_bytes(bytes)))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
#[path = "log_store_tests.rs"]
mod tests;
