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

/// What is known of the validators' presence.
pub struct Presence {
    validators: Vec<(MemberId, Hash)>,
    seen: RwLock<BTreeMap<MemberId, Seen>>,
}

impl Presence {
    /// Nobody heard of yet; `validators` with their consensus keys.
    pub fn new(validators: Vec<(MemberId, Hash)>) -> Self {
        Self {
            validators,
            seen: RwLock::default(),
        }
    }

    /// The holder of this consensus key proposed a block that is final.
    pub fn proposed(&self, key: &Hash, height: u64, time_ms: u64) {
        if let Some((member, _)) = self.validators.iter().find(|(_, own)| own == key) {
            self.note(member, height, time_ms, |seen| &mut seen.proposed);
        }
    }

    /// A member signed the tree head after this block. Each time that it says so counts as hearing of it.
    pub fn signed(&self, member: &MemberId, height: u64, time_ms: u64) {
        self.note(member, height, time_ms, |seen| &mut seen.signed);
    }

    /// Every validator and how it was last heard of.
    pub fn all(&self) -> Vec<(MemberId, Seen)> {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        let one = |(member, _): &(MemberId, Hash)| {
            (
                member.clone(),
                seen.get(member).copied().unwrap_or_default(),
            )
        };
        self.validators.iter().map(one).collect()
    }

    fn note(
        &self,
        member: &MemberId,
        height: u64,
        time_ms: u64,
        of: fn(&mut Seen) -> &mut Option<Sighting>,
    ) {
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        let known = of(seen.entry(member.clone()).or_default());
        if known.is_none_or(|known| known.height <= height) {
            *known = Some(Sighting {
                height,
                time_ms,
                seen_ms: clock_ms(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_block_of_each_validator_is_kept_and_nobody_else_is_listed() {
        let (est, fra): (MemberId, MemberId) = ("est".parse().unwrap(), "fra".parse().unwrap());
        let presence = Presence::new(vec![(est.clone(), [1; 32]), (fra.clone(), [2; 32])]);
        presence.proposed(&[1; 32], 7, 70);
        presence.proposed(&[1; 32], 5, 50);
        presence.proposed(&[9; 32], 8, 80);
        presence.signed(&est, 8, 80);
        presence.signed(&"pol".parse().unwrap(), 8, 80);
        let all = presence.all();
        assert_eq!(all.len(), 2);
        let (_, seen) = &all[0];
        assert_eq!(
            seen.proposed.map(|one| (one.height, one.time_ms)),
            Some((7, 70))
        );
        assert_eq!(
            seen.signed.map(|one| (one.height, one.time_ms)),
            Some((8, 80))
        );
        assert_eq!(all[1], (fra, Seen::default()));
    }
}
