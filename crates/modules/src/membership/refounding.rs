//! What follows on the ledger when the members put a new set of validators in the place of a lost one (decision 0013).
//!
//! Nobody signs this as a statement: the members signed the decision, every node was given it, and the engine hands it to the first block of
//! the epoch that begins. Here the records follow: the set, whom each member validates with, and where the nodes are.
//!
//! Invariants: what was planned for the lost set is over; nodes with keys of the lost set that do not go on are announced no more; an address
//! for which the list of nodes has no room is left out, and its member announces it later.

use super::{
    facts,
    transition::{Checked, Effect, known_member},
    types::*,
    validators::{self, NODES_ADDRESSES_BYTES_MAX, NODES_MAX},
};
use convoy_ledger::Reader;
use convoy_types::MemberId;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};
use std::collections::BTreeSet;

/// A validator of the set that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct RefoundedSeat {
    /// The member that runs it.
    pub member: MemberId,
    /// Its consensus key.
    pub key: ValidatorKey,
    /// Where the others reach it, where the decision says so.
    pub address: Option<String>,
}

/// The members' decision, as far as membership carries it out. The body of the decree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Refounding {
    /// The epoch that begins.
    pub epoch: u64,
    /// The validators, by key.
    pub seats: Vec<RefoundedSeat>,
}

/// The records as they will be.
pub(super) fn check(reader: &mut Reader<'_>, refounding: &Refounding) -> Checked {
    let before = validators::current(reader)?;
    let mut seats: Vec<Seat> = refounding
        .seats
        .iter()
        .map(|seat| Seat {
            member: seat.member.clone(),
            key: seat.key,
        })
        .collect();
    seats.sort_by_key(|seat| seat.key);
    let mut effects = vec![Effect::Nodes(nodes(reader, &before, refounding)?)];
    let mut roster = facts::roster(reader)?;
    let concerned: BTreeSet<&MemberId> = before
        .seats
        .iter()
        .chain(&seats)
        .map(|seat| &seat.member)
        .collect();
    for id in concerned {
        let own = seats.iter().find(|seat| seat.member == *id);
        let validator = own.map(|seat| seat.key);
        if let Some(line) = roster.iter_mut().find(|line| line.member == *id) {
            line.validator = validator;
        }
        let member = known_member(reader, id)?;
        if member.validator != validator {
            let now = Member {
                validator,
                ..(*member).clone()
            };
            effects.push(Effect::Member(id.clone(), now));
        }
    }
    effects.push(Effect::Roster(Roster {
        version: Default::default(),
        members: roster,
    }));
    effects.push(Effect::Validators(ValidatorSet {
        version: Default::default(),
        epoch: refounding.epoch,
        seats,
        plans: before.plans,
        plan: None,
    }));
    Ok(effects)
}

fn nodes(
    reader: &mut Reader<'_>,
    before: &ValidatorSet,
    refounding: &Refounding,
) -> Result<Nodes, convoy_ledger::Halt> {
    let mut nodes = facts::nodes(reader)?;
    let goes_on = |key| refounding.seats.iter().any(|seat| seat.key == key);
    let lost = |key| before.seats.iter().any(|seat| seat.key == key) && !goes_on(key);
    nodes.retain(|node| !lost(node.key));
    for seat in &refounding.seats {
        let Some(address) = &seat.address else {
            continue;
        };
        let bytes: usize = nodes.iter().map(|node| node.address.len()).sum();
        match nodes.binary_search_by_key(&seat.key, |node| node.key) {
            Ok(place) => nodes[place].address.clone_from(address),
            Err(place)
                if nodes.len() < NODES_MAX
                    && bytes + address.len() <= NODES_ADDRESSES_BYTES_MAX =>
            {
                let node = NodeLine {
                    key: seat.key,
                    member: seat.member.clone(),
                    address: address.clone(),
                };
                nodes.insert(place, node);
            }
            Err(_) => {}
        }
    }
    let version = Default::default();
    Ok(Nodes { version, nodes })
}
