//! How a stranger checks a state proof: nothing but SHA-256 and the bytes.
//!
//! The state database is an append-only log of operations under a Merkle mountain belt (MMB), with one bit
//! per operation that says whether it is still current. A proof shows one operation, its bit, and the path
//! to the canonical root in the header.
//!
//! Form, all integers big-endian:
//!
//! ```text
//! proof     = 1 ‖ flags ‖ inactive peaks (1) ‖ location (8) ‖ leaves (8) ‖ chunk (32) ‖ ops root (32)
//!             ‖ [pending digest (32)] ‖ [partial digest (32)] ‖ [span key (32) ‖ span value (160)]
//!             ‖ next key (32) ‖ path (32 each)
//! flags     = 1: pending digest, 2: partial digest, 4: span (a proof of absence)
//! operation = 0xD2 ‖ key ‖ value ‖ next key
//! ```
//!
//! Presence: the operation of `key` and `value` is current. Absence: the operation of a span key is
//! current, whose next key (in the circle of all keys) lies beyond `key`.
//!
//! With `H` = SHA-256, `n` = leaves, bits in chunks of 256:
//! 1. The bit of the location is set in `chunk`.
//! 2. Leaf digest: `H(position ‖ operation)`. Node digest: `H(position ‖ left ‖ right)`; the node over a whole
//!    chunk (height 8) is `H(chunk ‖ that)` when the chunk is grafted. Positions as in [`leaf_position`] and
//!    [`node_position`]; peaks as in [`peaks`].
//! 3. Peaks are bagged: inactive ones oldest first, then the others newest first, `H(a ‖ b)` each.
//! 4. Grafted root: `H(1 ‖ 1 ‖ n ‖ [inactive peaks, if any] ‖ bag)`.
//! 5. Canonical root: `H(ops root ‖ grafted root ‖ [pending digest] ‖ [n mod 256 ‖ partial digest])`.
//!
//! Source: commonware-storage 2026.10.0, `qmdb::current`, `merkle::mmb`. This module uses none of it, so
//! that it can be audited and copied by itself; the node, which writes these proofs, tests it against the original.

use sha2::{Digest as _, Sha256};

type Hash = [u8; 32];

/// Version of the form.
pub const VERSION: u8 = 1;
/// A proof carries the digest of a chunk that is complete but not grafted.
pub const PENDING: u8 = 1;
/// A proof carries the digest of the incomplete last chunk.
pub const PARTIAL: u8 = 2;
/// A proof carries a span: it proves absence.
pub const SPAN: u8 = 4;
/// Bytes of a value.
pub const VALUE_BYTES: usize = 160;

/// Log2 of the bits in a chunk.
const CHUNK_HEIGHT: u32 = 8;
/// Leaves after which the first chunk is grafted: the node over it is born that late.
const FIRST_GRAFT: u64 = 3 * (1 << (CHUNK_HEIGHT - 1)) - 1;
/// Most leaves of a log; far beyond any real one, and small enough for the arithmetic below.
const LEAVES_MAX: u64 = 1 << 60;

/// What a proof says, taken apart.
struct Parts<'a> {
    inactive: usize,
    location: u64,
    leaves: u64,
    chunk: &'a [u8],
    ops_root: &'a [u8],
    pending: Option<&'a [u8]>,
    partial: Option<&'a [u8]>,
    span: Option<(&'a [u8], &'a [u8])>,
    next_key: &'a [u8],
    path: Vec<Hash>,
}

/// Takes bytes from the front.
struct Cut<'a>(&'a [u8]);

impl<'a> Cut<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let (head, rest) = self
            .0
            .split_at_checked(length)
            .ok_or("the proof is cut short")?;
        self.0 = rest;
        Ok(head)
    }

    fn number(&mut self) -> Result<u64, String> {
        let bytes = self
            .take(8)?
            .try_into()
            .map_err(|_| "the proof is cut short")?;
        Ok(u64::from_be_bytes(bytes))
    }
}

impl<'a> Parts<'a> {
    fn read(proof: &'a [u8]) -> Result<Self, String> {
        let mut cut = Cut(proof);
        let head = cut.take(3)?;
        let (version, flags, inactive) = (head[0], head[1], usize::from(head[2]));
        if version != VERSION || flags > (PENDING | PARTIAL | SPAN) {
            return Err("the proof has an unknown version or unknown flags".into());
        }
        let (location, leaves) = (cut.number()?, cut.number()?);
        let (chunk, ops_root) = (cut.take(32)?, cut.take(32)?);
        let pending = (flags & PENDING != 0).then(|| cut.take(32)).transpose()?;
        let partial = (flags & PARTIAL != 0).then(|| cut.take(32)).transpose()?;
        let span = if flags & SPAN == 0 {
            None
        } else {
            Some((cut.take(32)?, cut.take(VALUE_BYTES)?))
        };
        let next_key = cut.take(32)?;
        let (path, rest) = cut.0.as_chunks::<32>();
        if !rest.is_empty() {
            return Err("the proof's path is not made of whole hashes".into());
        }
        let path = path.to_vec();
        Ok(Self {
            inactive,
            location,
            leaves,
            chunk,
            ops_root,
            pending,
            partial,
            span,
            next_key,
            path,
        })
    }
}

/// Checks that `proof` leads from `key` and `value` (`None` for absence) to the canonical root `root`.
///
/// # Errors
/// Says in plain words what does not hold.
pub fn check(root: &Hash, key: &Hash, value: Option<&[u8]>, proof: &[u8]) -> Result<(), String> {
    let parts = Parts::read(proof)?;
    let operation = operation(&parts, key, value)?;
    let grafted = bitmap(&parts)?;
    let merkle = merkle_root(&parts, &operation, grafted)?;
    let mut hasher = Sha256::new()
        .chain_update(parts.ops_root)
        .chain_update(merkle);
    if let Some(pending) = parts.pending {
        hasher.update(pending);
    }
    if let Some(partial) = parts.partial {
        hasher.update((parts.leaves % 256).to_be_bytes());
        hasher.update(partial);
    }
    if <Hash>::from(hasher.finalize()) != *root {
        return Err("the path does not lead to the state root in the header".into());
    }
    Ok(())
}

/// The operation that the proof shows.
fn operation(parts: &Parts<'_>, key: &Hash, value: Option<&[u8]>) -> Result<Vec<u8>, String> {
    let encode = |key: &[u8], value: &[u8]| [&[0xD2], key, value, parts.next_key].concat();
    match (value, parts.span) {
        (Some(value), None) if value.len() == VALUE_BYTES => Ok(encode(key, value)),
        (Some(_), None) => Err(format!("the value is not {VALUE_BYTES} bytes long")),
        (None, Some((before, value))) => {
            let (after, key) = (parts.next_key, &key[..]);
            let within = if before < after {
                before < key && key < after
            } else {
                key > before || key < after
            };
            if !within {
                return Err("the neighbours shown do not enclose the key".into());
            }
            Ok(encode(before, value))
        }
        (Some(_), Some(_)) => Err("the proof is one of absence, the claim one of presence".into()),
        (None, None) => Err("the proof is one of presence, the claim one of absence".into()),
    }
}

/// Checks everything about the bitmap but the path; returns the number of grafted chunks.
fn bitmap(parts: &Parts<'_>) -> Result<u64, String> {
    let (location, leaves) = (parts.location, parts.leaves);
    if location >= leaves || leaves > LEAVES_MAX {
        return Err("the location is not in the log".into());
    }
    let bit = (location % 256) as usize;
    if parts.chunk[bit / 8] >> (bit % 8) & 1 == 0 {
        return Err("the record shown is no longer current".into());
    }
    let complete = leaves / 256;
    let grafted = leaves
        .checked_sub(FIRST_GRAFT)
        .map_or(0, |beyond| beyond / 256 + 1)
        .min(complete);
    if parts.pending.is_some() != (complete - grafted == 1) || complete - grafted > 1 {
        return Err("the proof does not have the digests that a log of its size has".into());
    }
    if parts.partial.is_some() == leaves.is_multiple_of(256) {
        return Err("the proof does not have the digests that a log of its size has".into());
    }
    let here = location / 256;
    let digest = Sha256::digest(parts.chunk);
    let outside = if here == complete {
        parts.partial
    } else {
        parts.pending.filter(|_| here == grafted)
    };
    if outside.is_some_and(|outside| outside != &digest[..]) {
        return Err("the bits shown are not those that the root commits to".into());
    }
    Ok(grafted)
}

/// The root over operations and grafted bits.
fn merkle_root(parts: &Parts<'_>, operation: &[u8], grafted: u64) -> Result<Hash, String> {
    let peaks = peaks(parts.leaves);
    let holds = |(start, height): &(u64, u32)| parts.location >> height == start >> height;
    let at = peaks
        .iter()
        .position(holds)
        .ok_or("the location is not in the log")?;
    if parts.inactive > peaks.len() {
        return Err("the proof names more inactive peaks than there are".into());
    }
    let after = peaks.len() - at - 1;
    let folded = parts.inactive.min(at);
    let single_after = parts.inactive.saturating_sub(at + 1).min(after);
    let (start, height) = peaks[at];
    let before_count = usize::from(folded > 0) + at - folded;
    let after_count = single_after + usize::from(after > single_after);
    if parts.path.len() != before_count + after_count + height as usize {
        return Err("the path has a wrong number of hashes".into());
    }
    let (before, rest) = parts.path.split_at(before_count);
    let (after, siblings) = rest.split_at(after_count);
    let mut siblings = siblings.iter();
    let climb = Climb {
        location: parts.location,
        operation,
        chunk: parts.chunk,
        grafted,
    };
    let peak = climb
        .digest(start, height, &mut siblings)
        .ok_or("the path is too short")?;
    let bag: Vec<Hash> = before
        .iter()
        .copied()
        .chain([peak])
        .chain(after.iter().copied())
        .collect();
    let to_fold = if folded == 0 {
        parts.inactive
    } else {
        parts.inactive - folded + 1
    };
    Ok(bagged(&bag, to_fold, parts.leaves, parts.inactive))
}

/// The way up from one leaf.
struct Climb<'a> {
    location: u64,
    operation: &'a [u8],
    chunk: &'a [u8],
    grafted: u64,
}

impl Climb<'_> {
    fn digest<'p>(
        &self,
        start: u64,
        height: u32,
        siblings: &mut impl Iterator<Item = &'p Hash>,
    ) -> Option<Hash> {
        if self.location >> height != start >> height {
            return siblings.next().copied();
        }
        if height == 0 {
            return Some(hash(&[&leaf_position(start).to_be_bytes(), self.operation]));
        }
        let left = self.digest(start, height - 1, siblings)?;
        let right = self.digest(start + (1 << (height - 1)), height - 1, siblings)?;
        let node = hash(&[&node_position(start, height).to_be_bytes(), &left, &right]);
        let graft = height == CHUNK_HEIGHT && start / 256 < self.grafted;
        Some(if graft {
            hash(&[self.chunk, &node])
        } else {
            node
        })
    }
}

/// Bags peaks: the first `to_fold` oldest first, the rest newest first.
fn bagged(peaks: &[Hash], to_fold: usize, leaves: u64, inactive: usize) -> Hash {
    let (folded, rest) = peaks.split_at(to_fold.max(1).min(peaks.len()));
    let oldest = folded
        .iter()
        .copied()
        .reduce(|bag, peak| hash(&[&bag, &peak]));
    let newest = rest
        .iter()
        .rev()
        .copied()
        .reduce(|bag, peak| hash(&[&peak, &bag]));
    let bag = match (oldest, newest) {
        (Some(oldest), Some(newest)) => hash(&[&oldest, &newest]),
        (Some(bag), None) | (None, Some(bag)) => bag,
        (None, None) => Hash::default(),
    };
    let (leaves, inactive_peaks) = (leaves.to_be_bytes(), (inactive as u64).to_be_bytes());
    match inactive {
        0 => hash(&[&[1, 1], &leaves, &bag]),
        _ => hash(&[&[1, 1], &leaves, &inactive_peaks, &bag]),
    }
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

/// Position of a leaf among all nodes.
fn leaf_position(leaf: u64) -> u64 {
    2 * leaf - u64::from((leaf + 1).ilog2())
}

/// Position of the node over the `2^height` leaves from `start`: it is born `2^(height-1) - 1` leaves after
/// its last one, right after that leaf.
fn node_position(start: u64, height: u32) -> u64 {
    leaf_position(start + 3 * (1 << (height - 1)) - 2) + 1
}

/// The peaks of a belt of `leaves` leaves, oldest first: first leaf and height of each. With
/// `m = leaves + 1`, there is one for each bit position `i` below the highest of `m`, of height
/// `i + bit i of m`.
fn peaks(leaves: u64) -> Vec<(u64, u32)> {
    let m = leaves + 1;
    let mut start = 0;
    let peak = |i: u32| {
        let height = i + u32::from(m >> i & 1 == 1);
        let first = start;
        start += 1 << height;
        (first, height)
    };
    (0..m.ilog2()).rev().map(peak).collect()
}
