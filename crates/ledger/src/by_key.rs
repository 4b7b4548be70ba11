//! Maps by state key, for the block in execution.
//!
//! Places follow from the block's height and time, which whoever signs statements cannot know when choosing keys. Such a map has no
//! order, so it offers none: what is in it comes out [`sorted`](ByKey::sorted) or goes into another one.

use crate::context::BlockFacts;
use convoy_types::by_digest::ByDigest;
use std::hash::Hash;

// walls: HashMap is kept inside of a type that never gives its order away
type Map<K, V> = std::collections::HashMap<K, V, ByDigest>;

/// A map by state or counter key.
#[derive(Clone)]
pub(crate) struct ByKey<K, V>(Map<K, V>);

impl<K: Copy + Eq + Hash + Ord, V> ByKey<K, V> {
    /// An empty one for this block.
    pub fn new(block: BlockFacts) -> Self {
        let seed = block.time_ms ^ block.height.rotate_left(32);
        Self(Map::with_hasher(ByDigest::seeded(seed)))
    }

    /// Makes room for so many more.
    pub fn reserve(&mut self, more: usize) {
        self.0.reserve(more);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn contains_key(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key)
    }

    /// Sets the value of `key`.
    pub fn insert(&mut self, key: K, value: V) {
        self.0.insert(key, value);
    }

    /// Takes over everything of `other`, which wins.
    pub fn absorb(&mut self, other: Self) {
        match self.0.is_empty() {
            true => self.0 = other.0,
            false => self.0.extend(other.0),
        }
    }

    /// The keys that are not in `other`, in no order.
    pub fn keys_beside<W>(&self, other: &ByKey<K, W>) -> Vec<K> {
        let beside = self.0.keys().filter(|key| !other.contains_key(key));
        beside.copied().collect()
    }

    /// Everything, by key.
    pub fn sorted(&self) -> Vec<(K, &V)> {
        let mut all: Vec<(K, &V)> = self.0.iter().map(|(key, value)| (*key, value)).collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StateKey;
    use convoy_types::Digest;
    use std::collections::{BTreeMap, BTreeSet};

    fn block(height: u64) -> BlockFacts {
        BlockFacts {
            height,
            time_ms: 1_793_491_200_000 + height,
            protocol_version: 1,
        }
    }

    fn key(number: u64) -> StateKey {
        StateKey(Digest::of(&number.to_be_bytes()))
    }

    #[test]
    fn it_holds_what_another_map_holds() {
        let (mut map, mut known) = (ByKey::new(block(7)), BTreeMap::new());
        for number in 0..2_000_u64 {
            map.insert(key(number % 700), number);
            known.insert(key(number % 700), number);
        }
        let mut other = ByKey::new(block(7));
        for number in 600..900 {
            other.insert(key(number), number);
            known.insert(key(number), number);
        }
        let beside: BTreeSet<StateKey> = other.keys_beside(&map).into_iter().collect();
        assert_eq!(beside, (700..900).map(key).collect());
        map.absorb(other);
        let sorted: Vec<(StateKey, u64)> = map
            .sorted()
            .into_iter()
            .map(|(key, value)| (key, *value))
            .collect();
        assert_eq!(sorted, known.into_iter().collect::<Vec<_>>());
        assert_eq!(map.len(), sorted.len());
    }
}
