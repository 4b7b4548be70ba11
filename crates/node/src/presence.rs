//! When each validator was last heard of: the newest block that it proposed, the newest tree head that it signed, and when that came.
//!
//! Flow: [`crate::sink`] tells who proposed each final block, [`crate::tree_heads`] whose head was kept. In memory only: a node that has
//! just started has heard of nobody, and says so rather than guess.

use crate::{engine::contract::Hash, life::clock_ms};
use convoy_types::MemberId;
use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
};

/// A block that a validator had to do with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Its height.
    pub height: u64,
    /// Its time, milliseconds since 1970.
    pub time_ms: u64,
    /// When this node learnt of it, by its own clock, milliseconds since 1970.
    pub seen_ms: u64,
}

/// How a validator was last heard of since this node started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The newest final block that it proposed.
    pub proposed: Option<Sighting>,
    /// The newest block whose tree head it signed.
    pub signed: Option<Sighting>,
}

/// What is known of the presence of whoever validates or did.
#[derive(Default)]
pub struct Presence(RwLock<Known>);

#[derive(Default)]
struct Known {
    proposed: BTreeMap<Hash, Sighting>,
    signed: BTreeMap<MemberId, Sighting>,
}

impl Presence {
    /// The holder of this consensus key proposed a block that is final.
    pub fn proposed(&self, key: &Hash, height: u64, time_ms: u64) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        note(&mut known.proposed, *key, height, time_ms);
    }

    /// A member signed the tree head after this block. Each time that it says so counts as hearing of it.
    pub fn signed(&self, member: &MemberId, height: u64, time_ms: u64) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        note(&mut known.signed, member.clone(), height, time_ms);
    }

    /// How a validator with this consensus key was last heard of.
    pub fn of(&self, member: &MemberId, key: &Hash) -> Seen {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Seen {
            proposed: known.proposed.get(key).copied(),
            signed: known.signed.get(member).copied(),
        }
    }
}

fn note<Name: Ord>(seen: &mut BTreeMap<Name, Sighting>, name: Name, height: u64, time_ms: u64) {
    let sighting = Sighting {
        height,
        time_ms,
        seen_ms: clock_ms(),
    };
    let known = seen.entry(name).or_insert(sighting);
    if known.height <= height {
        *known = sighting;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_block_that_a_validator_proposed_and_signed_is_kept() {
        let (est, fra): (MemberId, MemberId) = ("est".parse().unwrap(), "fra".parse().unwrap());
        let presence = Presence::default();
        presence.proposed(&[1; 32], 7, 70);
        presence.proposed(&[1; 32], 5, 50);
        presence.proposed(&[9; 32], 8, 80);
        presence.signed(&est, 8, 80);
        presence.signed(&est, 6, 60);
        let seen = presence.of(&est, &[1; 32]);
        assert_eq!(
            seen.proposed.map(|one| (one.height, one.time_ms)),
            Some((7, 70))
        );
        assert_eq!(
            seen.signed.map(|one| (one.height, one.time_ms)),
            Some((8, 80))
        );
        assert_eq!(presence.of(&fra, &[2; 32]), Seen::default());
    }
}
