//! Deciding and carrying out membership's actions.
//!
//! Flow: [`Module::validate`] bounds the fields; [`Module::check`] asks who signs, reads the records
//! concerned and names them as they will be; [`Module::apply`] stores them and says so.
//!
//! Invariants: a member that had an administrator keeps one; a DID, a short name and a key are given
//! once and never again; what is retired stays retired; one validator key belongs to one member.

use super::{
    Membership, NAME, facts,
    reject::{self, *},
    types::*,
};
use convoy_ledger::{Effects, Halt, Module, Reader, Record, Reject, Rule, StateKey, Writer};
use convoy_types::{
    Compartment, Did, MemberId,
    cose::{Algorithm, KeyId, PublicKey},
    statement::Assurance,
};
use std::sync::Arc;

/// A record as it will be.
#[derive(Debug)]
pub enum Effect {
    /// A member.
    Member(MemberId, Member),
    /// The list of members.
    Roster(Roster),
    /// The list of barred members.
    Barred(Barred),
    /// A unit: member, short name, record.
    Unit(MemberId, MemberId, Unit),
    /// A signer.
    Signer(Did, Signer),
    /// A key, and why it was revoked.
    Key(Did, KeyId, Key, String),
}

/// Nothing is asked of membership by other modules: they read [`facts`].
pub enum Call {}

type Checked = Result<Vec<Effect>, Halt>;

impl Module for Membership {
    const NAME: &'static str = NAME;
    const RULES: &'static [Rule] = reject::ALL;
    type Action = Action;
    type Call = Call;
    type Effect = Effect;

    fn validate(&self, action: &Action) -> Result<(), Reject> {
        match action {
            Action::EnrolMember(new) => {
                check_text("name", &new.name, NAME_BYTES_MAX)?;
                check_node_keys(new.validator.is_some(), &new.tree_head_keys)
            }
            Action::SetNodeKeys {
                validator,
                tree_head_keys,
                ..
            } => check_node_keys(validator.is_some(), tree_head_keys),
            Action::EnrolUnit { name, .. } => check_text("name", name, NAME_BYTES_MAX),
            Action::EnrolSigner(new) => {
                if new.keys.len() > usize::from(SIGNER_KEYS_MAX) {
                    let reason = format!("keys holds {} keys", new.keys.len());
                    return Err(TOO_MANY_KEYS.because(reason));
                }
                new.keys.iter().try_for_each(check_key)
            }
            Action::RegisterKey { key, .. } | Action::RotateKey { new: key, .. } => check_key(key),
            Action::RevokeKey { reason, .. } if reason.len() > REASON_BYTES_MAX => {
                let reason = format!("reason has {} bytes", reason.len());
                Err(MALFORMED_FIELD.because(reason))
            }
            _ => Ok(()),
        }
    }

    fn likely_keys(
        &self,
        compartment: &Compartment,
        _: &Did,
        action: &Action,
        keys: &mut Vec<StateKey>,
    ) {
        let mut name = |table, key: &[u8]| keys.push(StateKey::of(compartment, table, key));
        match action {
            Action::EnrolMember(NewMember { member, .. })
            | Action::SetNodeKeys { member, .. }
            | Action::SetMemberStatus { member, .. } => {
                name(Member::TABLE, member.as_str().as_bytes());
                name(Roster::TABLE, ONLY);
            }
            Action::EnrolUnit { member, unit, .. } => {
                name(Member::TABLE, member.as_str().as_bytes());
                name(Unit::TABLE, &unit_key(member, unit));
            }
            Action::EnrolSigner(new) => {
                name(Member::TABLE, new.member.as_str().as_bytes());
                name(Signer::TABLE, new.did.as_str().as_bytes());
            }
            Action::RegisterKey { did, key } | Action::RotateKey { did, new: key, .. } => {
                name(Signer::TABLE, did.as_str().as_bytes());
                name(Key::TABLE, &key_key(did, &key.key.key_id().0));
            }
            Action::RevokeKey { did, key_id, .. } => {
                name(Signer::TABLE, did.as_str().as_bytes());
                name(Key::TABLE, &key_key(did, &key_id.0));
            }
            Action::SetSignerStatus { did, .. }
            | Action::GrantRole { did, .. }
            | Action::WithdrawRole { did, .. } => name(Signer::TABLE, did.as_str().as_bytes()),
        }
    }

    fn check(&self, reader: &mut Reader<'_>, action: &Action) -> Result<Effects<Effect>, Halt> {
        let own = match action {
            Action::EnrolMember(new) => enrol_member(reader, new),
            Action::SetMemberStatus { member, status } => {
                set_member_status(reader, member, *status)
            }
            Action::SetNodeKeys {
                member,
                validator,
                tree_head_keys,
            } => set_node_keys(reader, member, *validator, tree_head_keys),
            Action::EnrolUnit {
                member,
                unit,
                name,
                parent,
            } => enrol_unit(reader, member, unit, name, parent.as_ref()),
            Action::EnrolSigner(new) => enrol_signer(reader, new),
            Action::SetSignerStatus { did, status } => set_signer_status(reader, did, *status),
            Action::RegisterKey { did, key } => register_key(reader, did, key),
            Action::RevokeKey {
                did,
                key_id,
                reason,
            } => revoke_key(reader, did, *key_id, reason),
            Action::RotateKey { did, old, new } => rotate_key(reader, did, *old, new),
            Action::GrantRole { did, role } => change_role(reader, did, *role, true),
            Action::WithdrawRole { did, role } => change_role(reader, did, *role, false),
        }?;
        Ok(Effects::of(own))
    }

    fn check_call(&self, _: &mut Reader<'_>, call: &Call) -> Result<Effects<Effect>, Halt> {
        match *call {}
    }

    fn check_timer(&self, _: &mut Reader<'_>, _: &[u8]) -> Result<Effects<Effect>, Halt> {
        Ok(Effects::of(Vec::new()))
    }

    fn apply(&self, writer: &mut Writer<'_, '_>, effect: &Effect) -> Result<(), Halt> {
        match effect {
            Effect::Roster(roster) => writer.write(ONLY, roster.clone()),
            Effect::Barred(barred) => writer.write(ONLY, barred.clone()),
            Effect::Member(member, now) => {
                writer.write(member.as_str().as_bytes(), now.clone());
                writer.emit(&Event::Member {
                    member: member.clone(),
                    now: now.clone(),
                });
            }
            Effect::Unit(member, unit, now) => {
                writer.write(&unit_key(member, unit), now.clone());
                writer.emit(&Event::Unit {
                    member: member.clone(),
                    unit: unit.clone(),
                    now: now.clone(),
                });
            }
            Effect::Signer(did, now) => {
                writer.write(did.as_str().as_bytes(), now.clone());
                writer.emit(&Event::Signer {
                    did: did.clone(),
                    now: now.clone(),
                });
            }
            Effect::Key(did, key_id, now, reason) => {
                writer.write(&key_key(did, &key_id.0), now.clone());
                writer.emit(&Event::Key {
                    did: did.clone(),
                    key_id: *key_id,
                    now: now.clone(),
                    reason: reason.clone(),
                });
            }
        }
        Ok(())
    }
}

fn check_text(field: &str, text: &str, bytes_max: usize) -> Result<(), Reject> {
    if text.is_empty() || text.len() > bytes_max || text.chars().any(char::is_control) {
        let reason = format!(
            "{field} has {} bytes; 1 to {bytes_max} printable ones are possible",
            text.len()
        );
        return Err(MALFORMED_FIELD.because(reason));
    }
    Ok(())
}

/// A validator signs tree heads with both algorithms, so that today's tools and those after quantum
/// computers can check a receipt.
fn check_node_keys(validator: bool, keys: &[PublicKey]) -> Result<(), Reject> {
    let has = |algorithm| keys.iter().any(|key| key.algorithm() == algorithm);
    let both = has(Algorithm::Ed25519) && has(Algorithm::MlDsa65);
    let fault = match keys {
        _ if validator && !both => {
            "lacks an Ed25519 or an ML-DSA-65 key, and a validator needs both"
        }
        _ if keys.len() > TREE_HEAD_KEYS_MAX => "holds more than 4 keys",
        _ if has(Algorithm::Es256) => {
            "holds an ES256 key; tree heads are signed with Ed25519 and ML-DSA-65"
        }
        _ => return Ok(()),
    };
    Err(MALFORMED_FIELD.because(format!("tree_head_keys {fault}")))
}

fn check_key(new: &NewKey) -> Result<(), Reject> {
    match (new.valid_from_ms, new.valid_until_ms) {
        (Some(from), Some(until)) if until <= from => Err(KEY_VALIDITY.because(format!(
            "valid_until_ms {until} is not after valid_from_ms {from}"
        ))),
        _ => Ok(()),
    }
}

/// Refuses who is no administrator of `member`. At genesis the document itself speaks.
fn administers(reader: &Reader<'_>, member: &MemberId) -> Result<(), Reject> {
    if reader.is_genesis() {
        return Ok(());
    }
    let standing = administrator(reader)?;
    if standing.member != *member {
        let reason = format!(
            "{} administers {}, not {member}",
            standing.did, standing.member
        );
        return Err(OTHER_MEMBER.because(reason));
    }
    Ok(())
}

fn administrator<'r>(reader: &'r Reader<'_>) -> Result<&'r convoy_ledger::Standing, Reject> {
    let standing = reader.standing();
    let held = standing.filter(|standing| standing.has_role(Role::MemberAdministrator.word()));
    held.ok_or_else(|| {
        let who = standing.map_or("nobody", |standing| standing.did.as_str());
        NOT_ADMINISTRATOR.because(format!("{who} does not hold the role member-administrator"))
    })
}

/// Refuses who is no administrator of a founding member.
fn founds(reader: &mut Reader<'_>) -> Result<(), Halt> {
    if reader.is_genesis() {
        return Ok(());
    }
    let own = administrator(reader)?.member.clone();
    let founding = facts::member(reader, &own)?.is_some_and(|member| member.founding);
    if !founding {
        return Err(NOT_FOUNDING
            .because(format!("member {own} did not found the network"))
            .into());
    }
    Ok(())
}

fn known_member(reader: &mut Reader<'_>, member: &MemberId) -> Result<Arc<Member>, Halt> {
    facts::member(reader, member)?.ok_or_else(|| {
        UNKNOWN_MEMBER
            .because(format!("there is no member {member}"))
            .into()
    })
}

fn known_signer(reader: &mut Reader<'_>, did: &Did) -> Result<Arc<Signer>, Halt> {
    facts::signer(reader, did)?.ok_or_else(|| {
        UNKNOWN_SIGNER
            .because(format!("there is no signer {did}"))
            .into()
    })
}

fn enrol_member(reader: &mut Reader<'_>, new: &NewMember) -> Checked {
    founds(reader)?;
    if new.founding && !reader.is_genesis() {
        return Err(GENESIS_ONLY.because("founding is set").into());
    }
    if facts::member(reader, &new.member)?.is_some() {
        return Err(MEMBER_EXISTS
            .because(format!("{} is a member", new.member))
            .into());
    }
    let mut members = facts::roster(reader)?;
    if members.len() >= MEMBERS_MAX {
        return Err(ROSTER_FULL
            .because(format!("there are {} members", members.len()))
            .into());
    }
    check_validator_free(&members, &new.member, new.validator)?;
    let line = RosterLine {
        member: new.member.clone(),
        validator: new.validator,
    };
    let place = members.partition_point(|line| line.member < new.member);
    members.insert(place, line);
    let member = Member {
        version: Default::default(),
        name: new.name.clone(),
        kind: new.kind,
        status: Status::Active,
        founding: new.founding,
        validator: new.validator,
        tree_head_keys: new.tree_head_keys.clone(),
        signers: 0,
        administrators: 0,
        enrolled_ms: reader.block().time_ms,
    };
    let roster = Roster {
        version: Default::default(),
        members,
    };
    Ok(vec![
        Effect::Roster(roster),
        Effect::Member(new.member.clone(), member),
    ])
}

fn check_validator_free(
    members: &[RosterLine],
    member: &MemberId,
    validator: Option<ValidatorKey>,
) -> Result<(), Reject> {
    let other = members.iter().find(|line| {
        line.member != *member && line.validator.is_some() && line.validator == validator
    });
    match other {
        None => Ok(()),
        Some(line) => {
            Err(VALIDATOR_KEY_TAKEN.because(format!("it is {}'s validator", line.member)))
        }
    }
}

fn set_member_status(reader: &mut Reader<'_>, id: &MemberId, status: Status) -> Checked {
    founds(reader)?;
    let member = known_member(reader, id)?;
    check_status(member.status, status, id.as_str())?;
    let mut barred = reader
        .read::<Barred>(ONLY)?
        .map_or_else(Barred::default, |barred| (*barred).clone());
    barred.members.retain(|known| known != id);
    if status != Status::Active {
        let place = barred.members.partition_point(|known| known < id);
        barred.members.insert(place, id.clone());
    }
    let now = Member {
        status,
        ..(*member).clone()
    };
    Ok(vec![
        Effect::Barred(barred),
        Effect::Member(id.clone(), now),
    ])
}

fn check_status(from: Status, to: Status, who: &str) -> Result<(), Reject> {
    if from == to {
        return Err(NO_CHANGE.because(format!("{who} is {from}")));
    }
    if from == Status::Retired {
        return Err(RETIRED_IS_FINAL.because(format!("{who} is retired")));
    }
    Ok(())
}

fn set_node_keys(
    reader: &mut Reader<'_>,
    id: &MemberId,
    validator: Option<ValidatorKey>,
    keys: &[PublicKey],
) -> Checked {
    administers(reader, id)?;
    let member = known_member(reader, id)?;
    let mut members = facts::roster(reader)?;
    check_validator_free(&members, id, validator)?;
    if let Some(line) = members.iter_mut().find(|line| line.member == *id) {
        line.validator = validator;
    }
    let now = Member {
        validator,
        tree_head_keys: keys.to_vec(),
        ..(*member).clone()
    };
    let roster = Roster {
        version: Default::default(),
        members,
    };
    Ok(vec![
        Effect::Roster(roster),
        Effect::Member(id.clone(), now),
    ])
}

fn enrol_unit(
    reader: &mut Reader<'_>,
    member: &MemberId,
    unit: &MemberId,
    name: &str,
    parent: Option<&MemberId>,
) -> Checked {
    administers(reader, member)?;
    known_member(reader, member)?;
    if let Some(parent) = parent {
        check_unit(reader, member, parent)?;
    }
    if reader.read::<Unit>(&unit_key(member, unit))?.is_some() {
        return Err(UNIT_EXISTS
            .because(format!("{member} has a unit {unit}"))
            .into());
    }
    let now = Unit {
        version: Default::default(),
        name: name.to_owned(),
        parent: parent.cloned(),
        enrolled_ms: reader.block().time_ms,
    };
    Ok(vec![Effect::Unit(member.clone(), unit.clone(), now)])
}

fn check_unit(reader: &mut Reader<'_>, member: &MemberId, unit: &MemberId) -> Result<(), Halt> {
    match reader.read::<Unit>(&unit_key(member, unit))? {
        Some(_) => Ok(()),
        None => Err(UNKNOWN_UNIT
            .because(format!("{member} has no unit {unit}"))
            .into()),
    }
}

fn enrol_signer(reader: &mut Reader<'_>, new: &NewSigner) -> Checked {
    // A new member's first administrator is enrolled by those who took the member in.
    let first = match facts::member(reader, &new.member)? {
        Some(member) => member.signers == 0 && new.roles.has(Role::MemberAdministrator),
        None => false,
    };
    match administers(reader, &new.member) {
        Err(_) if first => founds(reader)?,
        result => result?,
    }
    let member = known_member(reader, &new.member)?;
    if let Some(unit) = &new.unit {
        check_unit(reader, &new.member, unit)?;
    }
    if facts::signer(reader, &new.did)?.is_some() {
        return Err(SIGNER_EXISTS
            .because(format!("{} is enrolled", new.did))
            .into());
    }
    if member.status != Status::Active {
        return Err(NOT_ACTIVE
            .because(format!("member {} is {}", new.member, member.status))
            .into());
    }
    for role in new.roles.iter() {
        check_role(member.kind, new.kind, role)?;
    }
    let mut effects = Vec::with_capacity(new.keys.len() + 2);
    for (place, key) in new.keys.iter().enumerate() {
        if new.keys[..place].iter().any(|other| other.key == key.key) {
            return Err(KEY_EXISTS
                .because(format!("key {} is given twice", key.key.key_id()))
                .into());
        }
        effects.push(new_key(reader, &new.did, key)?);
    }
    let signer = Signer {
        version: Default::default(),
        member: new.member.clone(),
        kind: new.kind,
        status: Status::Active,
        roles: new.roles,
        unit: new.unit.clone(),
        keys: u16::try_from(new.keys.len()).unwrap_or(u16::MAX),
    };
    let administers = u32::from(new.roles.has(Role::MemberAdministrator));
    let now = Member {
        signers: member.signers.saturating_add(1),
        administrators: member.administrators.saturating_add(administers),
        ..(*member).clone()
    };
    effects.push(Effect::Signer(new.did.clone(), signer));
    effects.push(Effect::Member(new.member.clone(), now));
    Ok(effects)
}

/// The closed table of who may hold which role; the README shows it.
fn check_role(member: MemberKind, signer: SignerKind, role: Role) -> Result<(), Reject> {
    let fits_signer = match signer {
        SignerKind::Person => role != Role::Node,
        SignerKind::Device => role == Role::Scanner,
        SignerKind::Node => role == Role::Node,
    };
    let fits_member = match role {
        Role::MemberAdministrator | Role::Auditor | Role::Node => true,
        Role::LogisticsOfficer => matches!(member, MemberKind::Nation | MemberKind::Agency),
        Role::SupplierClerk => member == MemberKind::Supplier,
        Role::Scanner => member != MemberKind::Auditor,
    };
    if fits_signer && fits_member {
        return Ok(());
    }
    let reason = format!("a {signer} of a member of kind {member} cannot be {role}");
    Err(ROLE_NOT_ALLOWED.because(reason))
}

fn new_key(reader: &mut Reader<'_>, did: &Did, new: &NewKey) -> Result<Effect, Halt> {
    let (key_id, now_ms) = (new.key.key_id(), reader.block().time_ms);
    if let Some(until) = new.valid_until_ms.filter(|until| *until <= now_ms) {
        return Err(KEY_VALIDITY
            .because(format!("valid_until_ms {until} is past"))
            .into());
    }
    if facts::key(reader, did, key_id)?.is_some() {
        return Err(KEY_EXISTS
            .because(format!("{did} had key {key_id} before"))
            .into());
    }
    let key = Key {
        version: Default::default(),
        cose_key: new.key.to_cose_key(),
        held_by_node: new.assurance == Assurance::HeldByNode,
        valid_from_ms: new.valid_from_ms.unwrap_or(now_ms),
        valid_until_ms: new.valid_until_ms,
        revoked_ms: None,
    };
    Ok(Effect::Key(did.clone(), key_id, key, String::new()))
}

/// One more key for a signer.
fn add_key(reader: &mut Reader<'_>, did: &Did, signer: &Signer, new: &NewKey) -> Checked {
    let key = new_key(reader, did, new)?;
    if signer.status == Status::Retired {
        return Err(NOT_ACTIVE.because(format!("{did} is retired")).into());
    }
    if signer.keys >= SIGNER_KEYS_MAX {
        return Err(TOO_MANY_KEYS
            .because(format!("{did} has had {} keys", signer.keys))
            .into());
    }
    let now = Signer {
        keys: signer.keys + 1,
        ..signer.clone()
    };
    Ok(vec![key, Effect::Signer(did.clone(), now)])
}

fn register_key(reader: &mut Reader<'_>, did: &Did, new: &NewKey) -> Checked {
    let signer = known_signer_of_own(reader, did)?;
    add_key(reader, did, &signer, new)
}

/// The signer `did`, after checking that who signs administers its member.
fn known_signer_of_own(reader: &mut Reader<'_>, did: &Did) -> Result<Arc<Signer>, Halt> {
    if !reader.is_genesis() {
        administrator(reader)?;
    }
    let signer = known_signer(reader, did)?;
    administers(reader, &signer.member)?;
    Ok(signer)
}

fn is_self(reader: &Reader<'_>, did: &Did) -> bool {
    reader
        .standing()
        .is_some_and(|standing| standing.did == *did)
}

fn known_key(reader: &mut Reader<'_>, did: &Did, key_id: KeyId) -> Result<Arc<Key>, Halt> {
    let key = facts::key(reader, did, key_id)?
        .ok_or_else(|| KEY_NOT_REGISTERED.because(format!("{did} has no key {key_id}")))?;
    if key.revoked_ms.is_some() {
        return Err(KEY_REVOKED.because(format!("key {key_id} of {did}")).into());
    }
    Ok(key)
}

fn revoke_key(reader: &mut Reader<'_>, did: &Did, key_id: KeyId, reason: &str) -> Checked {
    if !is_self(reader, did) {
        known_signer_of_own(reader, did)?;
    }
    let key = known_key(reader, did, key_id)?;
    let now = Key {
        revoked_ms: Some(reader.block().time_ms),
        ..(*key).clone()
    };
    Ok(vec![Effect::Key(
        did.clone(),
        key_id,
        now,
        reason.to_owned(),
    )])
}

fn rotate_key(reader: &mut Reader<'_>, did: &Did, old: KeyId, new: &NewKey) -> Checked {
    let signer = if is_self(reader, did) {
        known_signer(reader, did)?
    } else {
        known_signer_of_own(reader, did)?
    };
    let key = known_key(reader, did, old)?;
    // Whose hand holds a key is the administrator's word, so rotation by oneself does not raise it.
    if key.held_by_node && new.assurance == Assurance::OwnKey {
        administers(reader, &signer.member)?;
    }
    let mut effects = add_key(reader, did, &signer, new)?;
    let ended = Key {
        revoked_ms: Some(reader.block().time_ms),
        ..(*key).clone()
    };
    effects.push(Effect::Key(did.clone(), old, ended, "rotated".to_owned()));
    Ok(effects)
}

fn set_signer_status(reader: &mut Reader<'_>, did: &Did, status: Status) -> Checked {
    let signer = known_signer_of_own(reader, did)?;
    check_status(signer.status, status, did.as_str())?;
    let now = Signer {
        status,
        ..(*signer).clone()
    };
    signer_changed(reader, did, &signer, now)
}

fn change_role(reader: &mut Reader<'_>, did: &Did, role: Role, grant: bool) -> Checked {
    let signer = known_signer_of_own(reader, did)?;
    if signer.roles.has(role) == grant {
        let reason = format!(
            "{did} {} {role}",
            if grant {
                "already holds"
            } else {
                "does not hold"
            }
        );
        return Err(NO_CHANGE.because(reason).into());
    }
    let member = known_member(reader, &signer.member)?;
    let roles = if grant {
        check_role(member.kind, signer.kind, role)?;
        signer.roles.with(role)
    } else {
        signer.roles.without(role)
    };
    let now = Signer {
        roles,
        ..(*signer).clone()
    };
    signer_changed(reader, did, &signer, now)
}

/// Keeps the member's count of active administrators, and refuses to lose the last one.
fn signer_changed(reader: &mut Reader<'_>, did: &Did, before: &Signer, now: Signer) -> Checked {
    let counts = |signer: &Signer| {
        signer.status == Status::Active && signer.roles.has(Role::MemberAdministrator)
    };
    let mut effects = Vec::with_capacity(2);
    if counts(before) != counts(&now) {
        let member = known_member(reader, &now.member)?;
        let administrators = if counts(&now) {
            member.administrators.saturating_add(1)
        } else {
            member.administrators.saturating_sub(1)
        };
        if administrators == 0 {
            let reason = format!("{did} is the only administrator of {}", now.member);
            return Err(LAST_ADMINISTRATOR.because(reason).into());
        }
        let member = Member {
            administrators,
            ..(*member).clone()
        };
        effects.push(Effect::Member(now.member.clone(), member));
    }
    effects.push(Effect::Signer(did.clone(), now));
    Ok(effects)
}
