//! Who validates, and where the nodes of members are: the actions by which both change while the network runs.
//!
//! ```text
//! announce_node (key, address) ──> plan_validators (one change, so many blocks ahead)
//!     ──> agree_validators, by members with a validator ──> more than two thirds of them: in force, the height is fixed
//!     ──> the block of that height is the last of its epoch; the next one is certified by the new set
//!                            withdraw_validators, or seven days: the plan is over
//! ```
//!
//! The set changes by reading, not by writing: [`ValidatorSet::at`] gives it for a height. So nothing has to happen in the
//! very block, and everybody computes the same.
//!
//! Invariants: at most one change is planned; a member has one validator at most; a key is used once; one validator stays;
//! the conditions hold when a change is planned and again when it is agreed. The rotation of a member's own key needs
//! that member alone.

use super::{
    facts,
    reject::*,
    transition::{Checked, Effect, administers, known_member},
    types::*,
};
use convoy_ledger::{Halt, Reader, Reject};
use convoy_types::{MemberId, cose::Algorithm, limits::VALIDATORS_MAX};
use std::sync::Arc;

/// Fewest blocks between an agreement and its effect: time for everybody to connect with a new validator.
pub const CHANGE_AFTER_BLOCKS_MIN: u32 = 10;
/// Most blocks: a week of a block a second. The set that is agreed on should not be forgotten by then.
pub const CHANGE_AFTER_BLOCKS_MAX: u32 = 604_800;
/// How long a plan waits for agreement, milliseconds.
pub const PLAN_OPEN_MS: u64 = 7 * 24 * 3_600 * 1_000;
/// Nodes of one member: a validator, observers, and a new one of each while they are replaced.
pub const MEMBER_NODES_MAX: usize = 8;
/// Nodes of a network: every validator is connected with each of them.
pub const NODES_MAX: usize = 128;
/// An address, bytes: the longest host name, `:` and the port.
pub const ADDRESS_BYTES_MAX: usize = 259;
/// Addresses of all nodes, bytes: with keys and members they fit one record.
pub(super) const NODES_ADDRESSES_BYTES_MAX: usize = 40 * 1024;

impl ValidatorSet {
    /// The set as it is at a height: a change that is in force by then is part of it.
    #[must_use]
    pub fn at(&self, height: u64) -> Self {
        match &self.plan {
            Some(plan) if plan.last_block.is_some_and(|last| height > last) => Self {
                epoch: self.epoch + 1,
                seats: plan.change.of(&self.seats),
                plan: None,
                ..self.clone()
            },
            _ => self.clone(),
        }
    }

    /// The set of the next block, when the block of this height is the last of its epoch.
    pub fn next_after(&self, height: u64) -> Option<Vec<Seat>> {
        let plan = self.plan.as_ref()?;
        (plan.last_block == Some(height)).then(|| plan.change.of(&self.seats))
    }

    fn seat(&self, member: &MemberId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.member == *member)
    }

    /// Whether a key validates or will.
    fn uses(&self, key: ValidatorKey) -> bool {
        let planned = self.plan.as_ref().and_then(|plan| plan.change.key());
        planned == Some(key) || self.seats.iter().any(|seat| seat.key == key)
    }

    fn with_seat(mut self, seat: Seat) -> Self {
        let place = self.seats.partition_point(|other| other.key < seat.key);
        self.seats.insert(place, seat);
        self
    }
}

impl ValidatorChange {
    /// The member whose validator changes.
    pub fn member(&self) -> &MemberId {
        match self {
            Self::Add { member, .. } | Self::Remove { member } | Self::Rotate { member, .. } => {
                member
            }
        }
    }

    /// The key that begins.
    pub fn key(&self) -> Option<ValidatorKey> {
        match self {
            Self::Add { key, .. } | Self::Rotate { key, .. } => Some(*key),
            Self::Remove { .. } => None,
        }
    }

    /// The seats behind the change, by key.
    fn of(&self, seats: &[Seat]) -> Vec<Seat> {
        let mut seats: Vec<Seat> = seats
            .iter()
            .filter(|seat| seat.member != *self.member())
            .cloned()
            .collect();
        if let Some(key) = self.key() {
            let member = self.member().clone();
            let place = seats.partition_point(|seat| seat.key < key);
            seats.insert(place, Seat { member, key });
        }
        seats
    }
}

/// Checks what needs no state.
pub(super) fn validate_plan(after_blocks: u32) -> Result<(), Reject> {
    if (CHANGE_AFTER_BLOCKS_MIN..=CHANGE_AFTER_BLOCKS_MAX).contains(&after_blocks) {
        return Ok(());
    }
    let reason = format!(
        "after_blocks is {after_blocks}; {CHANGE_AFTER_BLOCKS_MIN} to {CHANGE_AFTER_BLOCKS_MAX} are possible"
    );
    Err(CHANGE_DISTANCE.because(reason))
}

/// An address is `host:port`: a name or an IP address, IPv6 in brackets. Only its form is a rule; whether it can be resolved is for whoever dials it.
pub(super) fn validate_address(address: &str) -> Result<(), Reject> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let digits = |byte: u8| byte.is_ascii_hexdigit() || b":.".contains(&byte);
    let good = address.rsplit_once(':').is_some_and(|(host, port)| {
        let inner = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let host = match inner {
            Some(inner) => inner.contains(':') && inner.bytes().all(digits),
            None => !host.is_empty() && host.bytes().all(plain),
        };
        host && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if good && address.len() <= ADDRESS_BYTES_MAX {
        return Ok(());
    }
    let reason = format!("address `{address}`: write host:port, such as convoy.lva.example:7900");
    Err(MALFORMED_FIELD.because(reason))
}

/// The set at the height of this block, and nobody where no member validates yet.
pub(super) fn current(reader: &mut Reader<'_>) -> Result<ValidatorSet, Halt> {
    let set = reader.read::<ValidatorSet>(ONLY)?;
    let height = reader.block().height;
    Ok(set.map_or_else(ValidatorSet::default, |set| set.at(height)))
}

/// The set with the validator of a member that founds the network.
pub(super) fn founded(
    reader: &mut Reader<'_>,
    member: &MemberId,
    key: ValidatorKey,
) -> Result<Effect, Halt> {
    let set = current(reader)?;
    if set.seats.len() >= VALIDATORS_MAX {
        return Err(too_many(set.seats.len()).into());
    }
    let member = member.clone();
    Ok(Effect::Validators(set.with_seat(Seat { member, key })))
}

fn too_many(count: usize) -> Reject {
    TOO_MANY_VALIDATORS.because(format!("there are {count} validators of {VALIDATORS_MAX}"))
}

pub(super) fn announce_node(
    reader: &mut Reader<'_>,
    member: &MemberId,
    key: ValidatorKey,
    address: Option<&str>,
) -> Checked {
    administers(reader, member)?;
    known_member(reader, member)?;
    let set = current(reader)?;
    let mut nodes = facts::nodes(reader)?;
    let place = nodes.binary_search_by_key(&key, |node| node.key);
    let owner = match place {
        Ok(place) => Some(nodes[place].member.clone()),
        Err(_) => set
            .seats
            .iter()
            .find(|seat| seat.key == key)
            .map(|seat| seat.member.clone()),
    };
    if let Some(owner) = owner.filter(|owner| owner != member) {
        return Err(VALIDATOR_KEY_TAKEN
            .because(format!("it is the key of a node of {owner}"))
            .into());
    }
    match (place, address) {
        (Ok(place), Some(address)) if nodes[place].address == address => {
            return Err(NO_CHANGE.because(format!("it is at {address}")).into());
        }
        (Ok(place), Some(address)) => nodes[place].address = address.to_owned(),
        (Err(place), Some(address)) => {
            check_room(&nodes, member)?;
            let node = NodeLine {
                key,
                member: member.clone(),
                address: address.to_owned(),
            };
            nodes.insert(place, node);
        }
        (Ok(_), None) if set.uses(key) => {
            return Err(NODE_VALIDATES
                .because(format!("key {} validates or will", key.0))
                .into());
        }
        (Ok(place), None) => drop(nodes.remove(place)),
        (Err(_), None) => {
            return Err(NO_CHANGE.because("no such node is announced").into());
        }
    }
    let bytes: usize = nodes.iter().map(|node| node.address.len()).sum();
    if bytes > NODES_ADDRESSES_BYTES_MAX {
        return Err(TOO_MANY_NODES
            .because(format!("all addresses together have {bytes} bytes"))
            .into());
    }
    let version = Default::default();
    Ok(vec![Effect::Nodes(Nodes { version, nodes })])
}

fn check_room(nodes: &[NodeLine], member: &MemberId) -> Result<(), Reject> {
    let own = nodes.iter().filter(|node| node.member == *member).count();
    if own >= MEMBER_NODES_MAX {
        return Err(TOO_MANY_NODES.because(format!("{member} has {own} nodes")));
    }
    if nodes.len() >= NODES_MAX {
        return Err(TOO_MANY_NODES.because(format!("the network has {} nodes", nodes.len())));
    }
    Ok(())
}

pub(super) fn plan(
    reader: &mut Reader<'_>,
    change: &ValidatorChange,
    after_blocks: u32,
) -> Checked {
    let Some(standing) = reader.standing() else {
        return Err(GENESIS_ONLY
            .because("validators of a genesis are those of its members")
            .into());
    };
    let planner = standing.member.clone();
    let set = current(reader)?;
    if matches!(change, ValidatorChange::Rotate { .. }) {
        administers(reader, change.member())?;
    } else if set.seat(&planner).is_none() && planner != *change.member() {
        return Err(NO_VALIDATOR_OF_OWN
            .because(format!(
                "{planner} has no validator and the change is not its own"
            ))
            .into());
    }
    let now_ms = reader.block().time_ms;
    if let Some(plan) = set.plan.as_ref().filter(|plan| plan.waits(now_ms)) {
        let reason = match plan.last_block {
            Some(last) => format!("plan {} takes effect behind block {last}", plan.number),
            None => format!("plan {} waits for agreement", plan.number),
        };
        return Err(CHANGE_PLANNED.because(reason).into());
    }
    check(reader, &set, change)?;
    let plan = ValidatorPlan {
        number: set.plans + 1,
        change: change.clone(),
        after_blocks,
        planned_by: planner.clone(),
        expires_ms: now_ms.saturating_add(PLAN_OPEN_MS),
        agreed: Vec::new(),
        last_block: None,
    };
    let set = ValidatorSet {
        plans: plan.number,
        plan: Some(plan),
        ..set
    };
    agreed_by(reader, set, &planner)
}

/// What has to hold when a change is planned, and again when it is agreed.
fn check(
    reader: &mut Reader<'_>,
    set: &ValidatorSet,
    change: &ValidatorChange,
) -> Result<(), Halt> {
    let id = change.member();
    let member = known_member(reader, id)?;
    let seated = set.seat(id).is_some();
    match change {
        ValidatorChange::Remove { .. } if set.seats.len() == 1 && seated => {
            return Err(NO_VALIDATOR_LEFT
                .because(format!("{id} has the only validator"))
                .into());
        }
        ValidatorChange::Remove { .. } | ValidatorChange::Rotate { .. } if !seated => {
            return Err(NOT_A_VALIDATOR
                .because(format!("{id} has no validator"))
                .into());
        }
        ValidatorChange::Add { .. } if seated => {
            return Err(VALIDATES_ALREADY
                .because(format!("{id} has a validator"))
                .into());
        }
        ValidatorChange::Add { .. } if set.seats.len() >= VALIDATORS_MAX => {
            return Err(too_many(set.seats.len()).into());
        }
        _ => {}
    }
    let Some(key) = change.key() else {
        return Ok(());
    };
    if member.status != Status::Active {
        return Err(NOT_ACTIVE
            .because(format!("member {id} is {}", member.status))
            .into());
    }
    if set.seats.iter().any(|seat| seat.key == key) {
        return Err(VALIDATOR_KEY_TAKEN
            .because(format!("key {} validates", key.0))
            .into());
    }
    let nodes = facts::nodes(reader)?;
    match nodes.binary_search_by_key(&key, |node| node.key) {
        Ok(place) if nodes[place].member == *id => {}
        _ => {
            return Err(NODE_NOT_ANNOUNCED
                .because(format!("{id} has announced no node with key {}", key.0))
                .into());
        }
    }
    let has = |algorithm| {
        let mut keys = member.tree_head_keys.iter();
        keys.any(|key| key.algorithm() == algorithm)
    };
    if !has(Algorithm::Ed25519) || !has(Algorithm::MlDsa65) {
        return Err(TREE_HEAD_KEYS_MISSING
            .because(format!(
                "{id} lacks an Ed25519 or an ML-DSA-65 tree-head key"
            ))
            .into());
    }
    Ok(())
}

/// The plan of this number, which waits for agreement.
fn waiting(
    reader: &mut Reader<'_>,
    number: u64,
) -> Result<(ValidatorSet, Arc<ValidatorPlan>), Halt> {
    let set = current(reader)?;
    let now_ms = reader.block().time_ms;
    let plan = set
        .plan
        .clone()
        .filter(|plan| plan.number == number && plan.last_block.is_none() && plan.waits(now_ms));
    match plan {
        Some(plan) => Ok((set, Arc::new(plan))),
        None => Err(UNKNOWN_PLAN
            .because(format!("plan {number} does not wait for agreement"))
            .into()),
    }
}

/// The signer's member, which must have a validator, and the set that validates.
///
/// # Errors
/// `GENESIS_ONLY` with the words of `founding` where nobody signs; `NO_VALIDATOR_OF_OWN`.
pub(super) fn signers_own(
    reader: &mut Reader<'_>,
    founding: &str,
) -> Result<(MemberId, ValidatorSet), Halt> {
    let Some(member) = reader.standing().map(|standing| standing.member.clone()) else {
        return Err(GENESIS_ONLY.because(founding).into());
    };
    let set = current(reader)?;
    if set.seat(&member).is_some() {
        return Ok((member, set));
    }
    Err(NO_VALIDATOR_OF_OWN
        .because(format!("{member} has no validator"))
        .into())
}

pub(super) fn agree(reader: &mut Reader<'_>, number: u64) -> Checked {
    let (_, plan) = waiting(reader, number)?;
    let (member, set) = signers_own(reader, "nobody agrees at genesis")?;
    if plan.agreed.contains(&member) {
        return Err(NO_CHANGE
            .because(format!("{member} has agreed to plan {number}"))
            .into());
    }
    check(reader, &set, &plan.change)?;
    agreed_by(reader, set, &member)
}

/// The set whose plan `member` has agreed to, and what follows when that was enough.
fn agreed_by(reader: &mut Reader<'_>, mut set: ValidatorSet, member: &MemberId) -> Checked {
    let seats = set.seats.clone();
    let Some(plan) = &mut set.plan else {
        return Ok(Vec::new());
    };
    let validates = |member: &MemberId| seats.iter().any(|seat| seat.member == *member);
    if validates(member) {
        let place = plan.agreed.partition_point(|other| other < member);
        plan.agreed.insert(place, member.clone());
    }
    let own = matches!(plan.change, ValidatorChange::Rotate { .. })
        && plan.planned_by == *plan.change.member();
    let agreed = plan
        .agreed
        .iter()
        .filter(|member| validates(member))
        .count();
    if !own && 3 * agreed <= 2 * seats.len() {
        return Ok(vec![Effect::Validators(set)]);
    }
    let last_block = reader.block().height + u64::from(plan.after_blocks);
    plan.last_block = Some(last_block);
    let (id, key) = (plan.change.member().clone(), plan.change.key());
    let mut members = facts::roster(reader)?;
    if let Some(line) = members.iter_mut().find(|line| line.member == id) {
        line.validator = key;
    }
    let member = known_member(reader, &id)?;
    let now = Member {
        validator: key,
        ..(*member).clone()
    };
    let version = Default::default();
    Ok(vec![
        Effect::Validators(set),
        Effect::ValidatorsDue(ValidatorsDue {
            version,
            last_block,
        }),
        Effect::Roster(Roster {
            version: Default::default(),
            members,
        }),
        Effect::Member(id, now),
    ])
}

pub(super) fn withdraw(reader: &mut Reader<'_>, number: u64) -> Checked {
    let (set, plan) = waiting(reader, number)?;
    administers(reader, &plan.planned_by)?;
    Ok(vec![Effect::Validators(ValidatorSet { plan: None, ..set })])
}
