//! The statement log on disk: subtree hashes by level, and the log's size after each block.
//!
//! `level-NN` holds the hashes of the finished subtrees of 2^NN leaves, 32 bytes each, in order; `sizes`
//! holds the log's size after block 0, 1, 2 …, 8 bytes each, little-endian. Appending writes each file
//! once per block, in order.
//!
//! Hashes that no proof of a kept statement needs are given back to the disk as holes, so that every hash stays where it was; `forgotten` holds
//! the first leaf whose proofs are whole, 8 bytes.
//!
//! The files follow from the blocks and are checked against a header's log root when the node starts;
//! where they do not fit they are built again. So they need no flush of their own.

use convoy_types::{
    Digest,
    header::Header,
    log::{BlockLog, Frontier, NodeStore, inclusion_path},
};
use rustix::fs::{FallocateFlags, fallocate};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// Levels that are kept: more leaves than 2^40 will not be reached.
const LEVELS: usize = 40;
const HASH_BYTES: u64 = 32;
const SIZE_BYTES: u64 = 8;
/// The file that says which hashes were given back.
const FORGOTTEN: &str = "forgotten";
/// Leaves at least that are forgotten at once.
const FORGET_LEAVES_MIN: u64 = 1_024;

/// A log that grows block by block.
pub struct LogStore {
    folder: PathBuf,
    levels: Vec<File>,
    sizes: File,
    edge: RwLock<Edge>,
    /// The first leaf whose proofs are whole.
    forgotten: AtomicU64,
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
        let store = Self {
            folder: folder.into(),
            levels,
            sizes,
            edge: RwLock::new(Edge::default()),
            forgotten: AtomicU64::new(read_forgotten(&folder.join(FORGOTTEN))?),
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
        Ok(store)
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
        for file in self.levels.iter().chain([&self.sizes]) {
            file.set_len(0)?;
        }
        self.forgotten.store(0, Ordering::Relaxed);
        match fs::remove_file(self.folder.join(FORGOTTEN)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
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
        let mut pending: Vec<(u64, Vec<u8>)> = vec![(0, Vec::new()); LEVELS];
        append(&mut next, &mut |level, index, hash| {
            let (start, bytes) = &mut pending[level as usize];
            if bytes.is_empty() {
                *start = index;
            }
            bytes.extend_from_slice(&hash.0);
        });
        for (file, (start, bytes)) in self.levels.iter().zip(&pending) {
            file.write_all_at(bytes, start * HASH_BYTES)?;
        }
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
        let before = self.forgotten.load(Ordering::Relaxed);
        if leaf < before + FORGET_LEAVES_MIN {
            return Ok(());
        }
        // First the word that they are gone, then the hashes: a hole is never taken for a hash.
        let (path, part) = (
            self.folder.join(FORGOTTEN),
            self.folder.join("forgotten.part"),
        );
        let mut file = File::create(&part)?;
        file.write_all(&leaf.to_le_bytes())?;
        file.sync_all()?;
        fs::rename(part, path)?;
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
        let mut size = [0; SIZE_BYTES as usize];
        self.sizes.read_exact_at(&mut size, height * SIZE_BYTES)?;
        Ok(u64::from_le_bytes(size))
    }

    /// The root after block `height`.
    pub fn root_after(&self, height: u64) -> io::Result<Digest> {
        Ok(Frontier::load(self, self.size_after(height)?)?.root())
    }

    /// The path that proves leaf `index` in the log of `size` leaves.
    pub fn path(&self, index: u64, size: u64) -> io::Result<Vec<Digest>> {
        inclusion_path(self, index, size)?.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("leaf {index} is not in a log of {size}"),
            )
        })
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
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                "the hashes of this part of the log were pruned here; an archive node has them",
            ));
        }
        let mut hash = [0; HASH_BYTES as usize];
        file.read_exact_at(&mut hash, index * HASH_BYTES)?;
        Ok(Digest(hash))
    }
}

/// The first subtree of a level that a proof of `leaf` or a later one can need: the sibling of the leaf's own, or the one that is in the right edge.
fn first_needed(leaf: u64, level: u32) -> u64 {
    (leaf >> level).saturating_sub(1)
}

fn read_forgotten(path: &Path) -> io::Result<u64> {
    match fs::read(path) {
        Ok(bytes) => {
            let bytes = bytes.try_into().map_err(|_| io::ErrorKind::InvalidData)?;
            Ok(u64::from_le_bytes(bytes))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_types::log::{MemoryLog, leaf_hash, root_from_inclusion};

    fn append(store: &LogStore, height: u64, entries: &[Digest]) -> io::Result<()> {
        store.extend(height, |log, finished| {
            entries.iter().for_each(|entry| {
                log.append(entry, &mut *finished);
            });
        })
    }

    fn entries(block: u64, count: u64) -> Vec<Digest> {
        (0..count)
            .map(|n| Digest::of_parts(&[&block.to_le_bytes(), &n.to_le_bytes()]))
            .collect()
    }

    #[test]
    fn the_log_on_disk_has_the_roots_and_paths_of_the_tree_and_survives_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let mut tree = MemoryLog::new();
        let mut all = Vec::new();
        for (height, count) in [1u64, 3, 1, 40, 7, 100].into_iter().enumerate() {
            let store = LogStore::open(folder.path()).unwrap();
            let entries = entries(height as u64, count);
            append(&store, height as u64, &entries).unwrap();
            entries.iter().for_each(|entry| {
                tree.append(entry);
            });
            all.extend(entries);
            assert_eq!(store.tip(), (tree.size(), tree.root()));
        }
        let store = LogStore::open(folder.path()).unwrap();
        assert_eq!((store.next_height(), store.size_after(1).unwrap()), (6, 4));
        for (index, entry) in all.iter().enumerate() {
            let path = store.path(index as u64, tree.size()).unwrap();
            let root = root_from_inclusion(&leaf_hash(entry), index as u64, tree.size(), &path);
            assert_eq!(root, Some(tree.root()), "leaf {index}");
        }
        assert!(append(&store, 9, &[]).is_err());
    }

    #[test]
    fn what_is_forgotten_leaves_every_later_proof_whole_and_gives_its_disk_back() {
        use std::os::unix::fs::MetadataExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mut tree = MemoryLog::new();
        let mut all = Vec::new();
        let store = LogStore::open(folder.path()).unwrap();
        for height in 0..60 {
            let entries = entries(height, 701);
            append(&store, height, &entries).unwrap();
            entries.iter().for_each(|entry| {
                tree.append(entry);
            });
            all.extend(entries);
        }
        let disk = || {
            fs::metadata(folder.path().join("level-00"))
                .unwrap()
                .blocks()
        };
        let before = disk();
        store.forget_before(31).unwrap();
        let first = store.size_after(30).unwrap();
        assert!(disk() < before * 2 / 3, "{} of {before} blocks", disk());
        // Also after it was opened again, and as the log grows.
        drop(store);
        let store = LogStore::open(folder.path()).unwrap();
        assert_eq!(store.next_height(), 60);
        append(&store, 60, &entries(60, 5)).unwrap();
        entries(60, 5).iter().for_each(|entry| {
            tree.append(entry);
        });
        assert_eq!(store.tip(), (tree.size(), tree.root()));
        for (index, entry) in (0u64..).zip(&all).skip(first as usize) {
            let path = store.path(index, tree.size()).unwrap();
            let root = root_from_inclusion(&leaf_hash(entry), index, tree.size(), &path);
            assert_eq!(root, Some(tree.root()), "leaf {index}");
        }
        for index in [0, 5, first / 2] {
            let refused = store.path(index, tree.size()).unwrap_err();
            assert!(refused.to_string().contains("pruned"), "{refused}");
        }
    }

    #[test]
    fn files_that_lost_their_end_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        append(&LogStore::open(folder.path()).unwrap(), 0, &entries(0, 9)).unwrap();
        OpenOptions::new()
            .write(true)
            .open(folder.path().join("level-03"))
            .unwrap()
            .set_len(0)
            .unwrap();
        assert_eq!(LogStore::open(folder.path()).unwrap().next_height(), 0);
    }
}
