//! Inclusion and consistency proofs (RFC 9162 sections 2.1.3 and 2.1.4): making them from stored subtrees, and checking them.

use super::{NodeStore, PATH_LENGTH_MAX, node_hash};
use crate::Digest;

/// The finished subtrees that cover `length` leaves from `start` on, left to right.
/// `start` is a multiple of the largest power of two that is not above `length`.
pub(super) fn peaks(start: u64, length: u64) -> impl Iterator<Item = (u32, u64)> {
    let mut at = start;
    (0..64u32)
        .rev()
        .filter(move |level| length >> level & 1 == 1)
        .map(move |level| {
            let index = at >> level;
            at += 1 << level;
            (level, index)
        })
}

/// The root over subtrees ordered from the largest to the smallest.
pub(super) fn fold_peaks(peaks: &[Digest]) -> Option<Digest> {
    peaks
        .iter()
        .rev()
        .copied()
        .reduce(|right, left| node_hash(&left, &right))
}

/// The root of the first `size` leaves of a stored tree.
pub fn root_of_size<S: NodeStore>(store: &S, size: u64) -> Result<Digest, S::Error> {
    range_root(store, 0, size)
}

fn range_root<S: NodeStore>(store: &S, start: u64, length: u64) -> Result<Digest, S::Error> {
    let hashes = peaks(start, length)
        .map(|(level, index)| store.node(level, index))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(fold_peaks(&hashes).unwrap_or_else(|| Digest::of(&[])))
}

/// The largest power of two below `size`, for `size` of at least 2.
fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// The audit path of leaf `index` in the tree of the first `size` leaves, lowest first; `None` where the leaf is not in it.
pub fn inclusion_path<S: NodeStore>(
    store: &S,
    index: u64,
    size: u64,
) -> Result<Option<Vec<Digest>>, S::Error> {
    if index >= size {
        return Ok(None);
    }
    let (mut start, mut length) = (0, size);
    let mut path = Vec::with_capacity(PATH_LENGTH_MAX);
    while length > 1 {
        let half = split(length);
        if index < start + half {
            path.push(range_root(store, start + half, length - half)?);
            length = half;
        } else {
            path.push(range_root(store, start, half)?);
            start += half;
            length -= half;
        }
    }
    path.reverse();
    Ok(Some(path))
}

/// How many elements the audit path of leaf `index` in a tree of `size` leaves has.
pub fn inclusion_length(index: u64, size: u64) -> Option<usize> {
    if index >= size {
        return None;
    }
    let (mut start, mut length, mut count) = (0, size, 0);
    while length > 1 {
        let half = split(length);
        count += 1;
        if index < start + half {
            length = half;
        } else {
            start += half;
            length -= half;
        }
    }
    Some(count)
}

/// The root that an audit path leads to from the leaf hash `leaf` (RFC 9162 section 2.1.3.2); `None` where the path
/// does not fit the index and the size. The caller compares the root with one it trusts.
pub fn root_from_inclusion(
    leaf: &Digest,
    index: u64,
    size: u64,
    path: &[Digest],
) -> Option<Digest> {
    if index >= size {
        return None;
    }
    let (mut at, mut last) = (index, size - 1);
    let mut root = *leaf;
    for sibling in path {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            root = node_hash(sibling, &root);
            if at & 1 == 0 {
                let skip = at.trailing_zeros();
                at = at.checked_shr(skip).unwrap_or(0);
                last = last.checked_shr(skip).unwrap_or(0);
            }
        } else {
            root = node_hash(&root, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(root)
}

/// The consistency path between the trees of the first `old` and the first `new` leaves (RFC 9162 section 2.1.4.1); `None`
/// where `old` is 0 or above `new`. Empty where they are equal.
pub fn consistency_path<S: NodeStore>(
    store: &S,
    old: u64,
    new: u64,
) -> Result<Option<Vec<Digest>>, S::Error> {
    if old == 0 || old > new {
        return Ok(None);
    }
    let (mut start, mut length, mut old_length) = (0, new, old);
    let mut whole = true;
    let mut path = Vec::with_capacity(PATH_LENGTH_MAX);
    while old_length != length {
        let half = split(length);
        if old_length <= half {
            path.push(range_root(store, start + half, length - half)?);
            length = half;
        } else {
            path.push(range_root(store, start, half)?);
            start += half;
            length -= half;
            old_length -= half;
            whole = false;
        }
    }
    if !whole {
        path.push(range_root(store, start, length)?);
    }
    path.reverse();
    Ok(Some(path))
}

/// Whether `path` proves that the tree (`old`, `old_root`) is the beginning of the tree (`new`, `new_root`)
/// (RFC 9162 section 2.1.4.2).
pub fn verify_consistency(
    old: u64,
    old_root: &Digest,
    new: u64,
    new_root: &Digest,
    path: &[Digest],
) -> bool {
    if old == 0 || old > new {
        return false;
    }
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    let mut path = path.iter();
    let first = if old.is_power_of_two() {
        Some(old_root)
    } else {
        path.next()
    };
    let Some(first) = first else { return false };
    let shift = (old - 1).trailing_ones();
    let (mut at, mut last) = ((old - 1) >> shift, (new - 1) >> shift);
    let (mut older, mut newer) = (*first, *first);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            older = node_hash(sibling, &older);
            newer = node_hash(sibling, &newer);
            if at & 1 == 0 {
                let skip = at.trailing_zeros();
                at = at.checked_shr(skip).unwrap_or(0);
                last = last.checked_shr(skip).unwrap_or(0);
            }
        } else {
            newer = node_hash(&newer, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && older == *old_root && newer == *new_root
}
