//! The tree against a second implementation written straight from the definitions of RFC 9162.

use super::*;
use proptest::prelude::*;

fn entries(count: u64) -> Vec<Digest> {
    (0..count).map(|n| Digest::of(&n.to_be_bytes())).collect()
}

fn log_of(entries: &[Digest]) -> MemoryLog {
    let mut log = MemoryLog::new();
    for (index, entry) in entries.iter().enumerate() {
        assert_eq!(log.append(entry), index as u64);
    }
    log
}

/// MTH(D[n]) of RFC 9162 section 2.1.1, by its recursion.
fn mth(entries: &[Digest]) -> Digest {
    match entries.len() {
        0 => Digest::of(&[]),
        1 => leaf_hash(&entries[0]),
        n => {
            let k = (1..)
                .map(|p| 1 << p)
                .take_while(|k| *k < n)
                .last()
                .unwrap_or(1);
            node_hash(&mth(&entries[..k]), &mth(&entries[k..]))
        }
    }
}

/// The tree of seven leaves in RFC 9162 section 2.1.5, with the paths it names.
#[test]
fn paths_are_those_named_in_the_example_of_the_standard() {
    let d = entries(7);
    let leaf: Vec<Digest> = d.iter().map(leaf_hash).collect();
    let (a, b, c, dd, e, f, j) = (
        leaf[0], leaf[1], leaf[2], leaf[3], leaf[4], leaf[5], leaf[6],
    );
    let (g, h, i) = (node_hash(&a, &b), node_hash(&c, &dd), node_hash(&e, &f));
    let (k, l) = (node_hash(&g, &h), node_hash(&i, &j));
    let log = log_of(&d);
    let path = |index| inclusion_path(&log, index, 7).unwrap().unwrap();
    assert_eq!(log.root(), node_hash(&k, &l));
    assert_eq!(path(0), [b, h, l]);
    assert_eq!(path(3), [c, g, l]);
    assert_eq!(path(4), [f, j, k]);
    assert_eq!(path(6), [i, k]);
    let consistency = |old| consistency_path(&log, old, 7).unwrap().unwrap();
    assert_eq!(consistency(3), [c, dd, g, l]);
    assert_eq!(consistency(4), [l]);
    assert_eq!(consistency(6), [i, j, k]);
}

#[test]
fn every_leaf_of_every_small_tree_is_proved() {
    let all = entries(70);
    let log = log_of(&all);
    for size in 1..=70u64 {
        let root = mth(&all[..size as usize]);
        assert_eq!(root_of_size(&log, size).unwrap(), root);
        assert_eq!(Frontier::load(&log, size).unwrap().root(), root);
        for index in 0..size {
            let path = inclusion_path(&log, index, size).unwrap().unwrap();
            let leaf = leaf_hash(&all[index as usize]);
            assert_eq!(inclusion_length(index, size), Some(path.len()));
            assert_eq!(root_from_inclusion(&leaf, index, size, &path), Some(root));
        }
        assert_eq!(inclusion_path(&log, size, size).unwrap(), None);
    }
}

#[test]
fn every_small_tree_continues_every_smaller_one() {
    let all = entries(40);
    let log = log_of(&all);
    for new in 1..=40 {
        for old in 1..=new {
            let path = consistency_path(&log, old, new).unwrap().unwrap();
            let roots = (mth(&all[..old as usize]), mth(&all[..new as usize]));
            assert!(
                verify_consistency(old, &roots.0, new, &roots.1, &path),
                "{old} {new}"
            );
            let other = Digest::of(b"another");
            assert!(!verify_consistency(old, &other, new, &roots.1, &path));
            assert!(!verify_consistency(old, &roots.0, new, &other, &path));
            for drop in 0..path.len() {
                let mut short = path.clone();
                short.remove(drop);
                assert!(!verify_consistency(old, &roots.0, new, &roots.1, &short));
            }
        }
    }
}

#[test]
fn extreme_sizes_are_refused_without_overflow() {
    let leaf = Digest::ZERO;
    assert_eq!(root_from_inclusion(&leaf, u64::MAX, u64::MAX, &[]), None);
    assert_eq!(root_from_inclusion(&leaf, 0, u64::MAX, &[leaf; 80]), None);
    assert!(root_from_inclusion(&leaf, 0, u64::MAX, &[leaf; 64]).is_some());
    assert!(!verify_consistency(
        u64::MAX - 1,
        &leaf,
        u64::MAX,
        &leaf,
        &[leaf; 80]
    ));
    assert!(!verify_consistency(0, &leaf, 5, &leaf, &[]));
    assert_eq!(inclusion_length(0, u64::MAX), Some(64));
}

#[test]
fn accepted_statements_come_first_and_the_summary_last() {
    let mut log = Frontier::new();
    log.append(&Digest::of(b"genesis"), |_, _, _| {});
    let mut block = BlockLog::new();
    let ids = entries(4).into_iter().map(StatementId).collect::<Vec<_>>();
    block.push(ids[0], true);
    block.push(ids[1], false);
    block.push(ids[2], true);
    let mut leaves = Vec::new();
    let outcomes = Digest::of(b"outcomes");
    let summary = block.append_to(&mut log, 1, 1_000, outcomes, |level, index, hash| {
        if level == 0 {
            leaves.push((index, hash));
        }
    });
    let expected = [ids[0].0, ids[2].0, ids[1].0, summary.entry()];
    let expected: Vec<_> = (1u64..).zip(expected.iter().map(leaf_hash)).collect();
    assert_eq!(leaves, expected);
    assert_eq!((summary.first_leaf, summary.leaf()), (1, Some(4)));
    let verdicts: Vec<_> = (0..6).map(|leaf| summary.is_accepted(leaf)).collect();
    let (yes, no) = (Some(true), Some(false));
    assert_eq!(verdicts, [None, yes, yes, no, None, None]);
    assert_eq!(BlockSummary::decode(&summary.encode()), Ok(summary));
}

use crate::StatementId;

proptest! {
    #[test]
    fn a_changed_path_leads_elsewhere(size in 1u64..300, pick: u64, flip: u16) {
        let all = entries(size);
        let log = log_of(&all);
        let index = pick % size;
        let mut path = inclusion_path(&log, index, size).unwrap().unwrap();
        let leaf = leaf_hash(&all[index as usize]);
        prop_assert_eq!(root_from_inclusion(&leaf, index, size, &path), Some(log.root()));
        if let Some(at) = (flip as usize).checked_rem(path.len()) {
            path[at].0[usize::from(flip) % 32] ^= 1;
            prop_assert_ne!(root_from_inclusion(&leaf, index, size, &path), Some(log.root()));
            path.pop();
            prop_assert_eq!(root_from_inclusion(&leaf, index, size, &path), None);
        }
    }

    #[test]
    fn paths_from_anywhere_never_panic(index: u64, size: u64, length in 0usize..70) {
        let path = vec![Digest::ZERO; length];
        root_from_inclusion(&Digest::ZERO, index, size, &path);
        verify_consistency(index, &Digest::ZERO, size, &Digest::ZERO, &path);
        prop_assert!(inclusion_length(index, size).is_none_or(|n| n <= PATH_LENGTH_MAX));
    }
}
