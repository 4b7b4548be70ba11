use super::*;
use convoy_types::{
    StatementId,
    header::{HeaderCore, HeaderRest, StateCommitment},
    log::{MemoryLog, leaf_hash, root_from_inclusion},
};

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
        let path = store.path(index as u64, tree.size(), &tree.root()).unwrap();
        let root = root_from_inclusion(&leaf_hash(entry), index as u64, tree.size(), &path);
        assert_eq!(root, Some(tree.root()), "leaf {index}");
    }
    assert!(append(&store, 9, &[]).is_err());
}

fn header(height: u64, tree: &MemoryLog) -> Header {
    let store = StateCommitment {
        root: Digest::ZERO,
        ops_root: Digest::ZERO,
        ops_start: 0,
        ops_end: 1,
    };
    Header {
        core: HeaderCore {
            network: Digest::ZERO,
            epoch: 0,
            height,
            time_ms: 0,
            first_leaf: 0,
            accepted: 0,
            log_size: tree.size(),
            log_root: tree.root(),
        },
        rest: HeaderRest {
            parent: Digest::ZERO,
            statements_root: Digest::ZERO,
            outcomes_root: Digest::ZERO,
            state: store,
            history: store,
            lanes: store,
            validators: Digest::ZERO,
            next_validators: Digest::ZERO,
            tree_head_keys: Digest::ZERO,
            extension: Digest::ZERO,
        },
    }
}

/// Blocks of `counts` statements: header and entries of each, and the whole tree.
fn chain(counts: &[u64]) -> (Vec<(Header, BlockLog, Frontier)>, MemoryLog) {
    let mut tree = MemoryLog::new();
    tree.append(&Digest::ZERO);
    let mut edge = Frontier::new();
    edge.append(&Digest::ZERO, |_, _, _| {});
    let mut blocks = Vec::new();
    for (height, count) in (1u64..).zip(counts) {
        let mut block = BlockLog::new();
        for (n, entry) in entries(height, *count).into_iter().enumerate() {
            block.push(StatementId(entry), n % 3 != 0);
        }
        let summary = block.append_to(&mut edge, height, 0, Digest::ZERO, |_, _, _| {});
        block.entries().for_each(|entry| {
            tree.append(entry);
        });
        tree.append(&summary.entry());
        blocks.push((header(height, &tree), block, edge.clone()));
    }
    (blocks, tree)
}

#[test]
fn a_log_begun_at_its_edge_proves_what_comes_after_and_everything_once_it_is_filled() {
    let folder = tempfile::tempdir().unwrap();
    let (blocks, tree) = chain(&[3, 0, 9, 1, 40, 2, 7]);
    let joined = 4;
    let open = || LogStore::open(folder.path()).unwrap();
    let store = open();
    store.found(&Digest::ZERO).unwrap();
    let (header, _, edge) = &blocks[joined];
    store.adopt(header, edge.clone()).unwrap();
    for (header, block, _) in &blocks[joined + 1..] {
        store.append_block(header, block).unwrap();
    }
    assert_eq!(store.tip(), (tree.size(), tree.root()));
    let after = blocks[joined].0.core.log_size;
    let proves = |store: &LogStore, index: u64| {
        let path = store.path(index, tree.size(), &tree.root()).unwrap();
        let Ok(expected) = inclusion_path(&tree, index, tree.size());
        assert_eq!(Some(path), expected, "leaf {index}");
    };
    (after..tree.size()).for_each(|index| proves(&store, index));
    let refused = store
        .path(after - 1, tree.size(), &tree.root())
        .unwrap_err()
        .to_string();
    assert!(refused.contains("joined at block 5"), "{refused}");
    assert!(store.size_after(2).is_err());
    let (wrong, _) = chain(&[4, 0, 9, 1, 40, 2, 7]);
    assert!(store.fill(&blocks[0].0, &wrong[0].1).is_err());
    for (header, block, _) in &blocks[..2] {
        assert!(store.fill(header, block).unwrap());
    }
    drop(store);
    let store = open();
    for (header, block, _) in &blocks[..=joined] {
        let more = store.fill(header, block).unwrap();
        assert_eq!(more, header.core.height < 5);
    }
    drop(store);
    let store = open();
    assert_eq!((store.hole(), store.joined().unwrap()), (None, Some(5)));
    (0..tree.size()).for_each(|index| proves(&store, index));
}

#[test]
fn a_log_begun_twice_is_filled_from_its_first_hole_on() {
    let folder = tempfile::tempdir().unwrap();
    let (blocks, tree) = chain(&[3, 0, 9, 1, 40, 2, 7]);
    let store = LogStore::open(folder.path()).unwrap();
    store.found(&Digest::ZERO).unwrap();
    let adopt = |block: usize| store.adopt(&blocks[block].0, blocks[block].2.clone());
    adopt(2).unwrap();
    store.append_block(&blocks[3].0, &blocks[3].1).unwrap();
    adopt(5).unwrap();
    let (header, block, _) = &blocks[6];
    store.append_block(header, block).unwrap();
    assert_eq!(store.hole(), Some(Hole { next: 1, last: 6 }));
    assert!(
        store.path(0, tree.size(), &tree.root()).is_err(),
        "it is not there yet"
    );
    for (header, block, _) in &blocks[..=5] {
        store.fill(header, block).unwrap();
    }
    assert_eq!(store.hole(), None);
    for index in 0..tree.size() {
        let path = store.path(index, tree.size(), &tree.root()).unwrap();
        let Ok(expected) = inclusion_path(&tree, index, tree.size());
        assert_eq!(Some(path), expected, "leaf {index}");
    }
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
        let path = store.path(index, tree.size(), &tree.root()).unwrap();
        let root = root_from_inclusion(&leaf_hash(entry), index, tree.size(), &path);
        assert_eq!(root, Some(tree.root()), "leaf {index}");
    }
    for index in [0, 5, first / 2] {
        let refused = store.path(index, tree.size(), &tree.root()).unwrap_err();
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

#[test]
fn a_flipped_bit_under_a_leaf_refuses_its_path_and_is_noted_until_the_log_is_built_again() {
    let folder = tempfile::tempdir().unwrap();
    let entries = entries(0, 21);
    let store = LogStore::open(folder.path()).unwrap();
    append(&store, 0, &entries).unwrap();
    let (size, root) = store.tip();
    for level in 0..5u32 {
        let name = folder.path().join(format!("level-{level:02}"));
        let sound = fs::read(&name).unwrap();
        let mut refused = 0;
        for byte in (0..sound.len()).step_by(HASH_BYTES as usize) {
            let mut damaged = sound.clone();
            damaged[byte + 7] ^= 0x10;
            fs::write(&name, &damaged).unwrap();
            for (index, entry) in (0u64..).zip(&entries) {
                match store.path(index, size, &root) {
                    Ok(path) => {
                        let leads = root_from_inclusion(&leaf_hash(entry), index, size, &path);
                        assert_eq!(
                            leads,
                            Some(root),
                            "level {level}, byte {byte}, leaf {index}"
                        );
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{error}");
                        assert!(error.to_string().contains("damaged"), "{error}");
                        assert!(store.damage().unwrap().is_some());
                        refused += 1;
                    }
                }
            }
        }
        assert!(refused > 0, "level {level}");
        fs::write(&name, &sound).unwrap();
    }
    let store = LogStore::open(folder.path()).unwrap();
    assert!(store.damage().unwrap().is_some());
    store.clear().unwrap();
    append(&store, 0, &entries).unwrap();
    assert_eq!((store.tip(), store.damage().unwrap()), ((size, root), None));
    (0..size).for_each(|index| assert!(store.path(index, size, &root).is_ok()));
}

#[test]
fn sizes_that_go_backwards_forget_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = LogStore::open(folder.path()).unwrap();
    for height in 0..4 {
        append(&store, height, &entries(height, 2_000)).unwrap();
    }
    store.sizes.write_all_at(&[0xff; 4], SIZE_BYTES).unwrap();
    let refused = store.forget_before(2).unwrap_err();
    assert!(refused.to_string().contains("`sizes`"), "{refused}");
    assert!(!store.is_pruned());
}
