//! Places in hash maps whose keys are digests: a key is mixed already, so a part of it serves as its hash.
//!
//! Two of its words are mixed with a seed, so that nobody who makes keys without knowing the seed can make many with one place.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Spreads seeds (the golden ratio's fraction).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Finds places for keys that are 32 bytes of a digest.
#[derive(Clone, Copy, Debug)]
pub struct ByDigest {
    seed: u64,
}

impl ByDigest {
    /// With a seed that follows from `number`, where a run has to be the same as the one before.
    pub const fn seeded(number: u64) -> Self {
        Self {
            seed: number.wrapping_mul(SPREAD),
        }
    }
}

impl Default for ByDigest {
    /// With a seed that nobody knows.
    fn default() -> Self {
        Self::seeded(RandomState::new().hash_one(()))
    }
}

impl BuildHasher for ByDigest {
    type Hasher = Place;

    fn build_hasher(&self) -> Place {
        Place(self.seed)
    }
}

/// The place of one key.
#[derive(Clone, Copy, Debug)]
pub struct Place(u64);

impl Hasher for Place {
    /// Called with the whole digest.
    fn write(&mut self, bytes: &[u8]) {
        let word = |at: usize| {
            let mut word = [0; 8];
            if let Some(part) = bytes.get(at..at + 8) {
                word.copy_from_slice(part);
            }
            u64::from_le_bytes(word)
        };
        let product = u128::from(word(8) ^ self.0) * u128::from(word(16) ^ SPREAD);
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }

    /// The length of a digest says nothing.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;
    use std::collections::{BTreeSet, HashMap};

    fn key(number: u64) -> [u8; 32] {
        Digest::of(&number.to_be_bytes()).0
    }

    #[test]
    fn keys_are_found_again() {
        for places in [ByDigest::seeded(7), ByDigest::default()] {
            let mut map = HashMap::with_hasher(places);
            (0..5_000).for_each(|number| {
                map.insert(key(number), number);
            });
            assert!((0..5_000).all(|number| map.get(&key(number)) == Some(&number)));
            assert!(!map.contains_key(&key(5_000)));
        }
    }

    /// Keys that were sought out to have one place under a seed have many under another.
    #[test]
    fn places_differ_from_seed_to_seed() {
        let place = |seed: u64, number: u64| ByDigest::seeded(seed).hash_one(key(number)) & 0xff;
        let crowded: Vec<u64> = (0..100_000)
            .filter(|number| place(1, *number) == 0)
            .collect();
        assert!(crowded.len() > 200, "{}", crowded.len());
        let places: BTreeSet<u64> = crowded.iter().map(|number| place(2, *number)).collect();
        assert!(places.len() > 128, "{}", places.len());
    }
}
