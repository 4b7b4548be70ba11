//! Signers, their keys and roles: the half of membership's rules that concerns people, devices and nodes.

use super::{
    facts,
    reject::*,
    transition::{
        Checked, Effect, administers, administrator, check_status, check_unit, founds,
        known_member, known_signer,
    },
    types::*,
};
use convoy_ledger::{Halt, Reader, Reject};
use convoy_types::{Did, cose::KeyId, statement::Assurance};
use std::sync::Arc;

pub(super) fn enrol_signer(reader: &mut Reader<'_>, new: &NewSigner) -> Checked {
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
        effects.push(new_key(reader, &new.did, key, 0)?);
    }
    let signer = Signer {
        version: Default::default(),
        member: new.member.clone(),
        kind: new.kind,
        status: Status::Active,
        roles: new.roles,
        unit: new.unit.clone(),
        keys: u16::try_from(new.keys.len()).unwrap_or(u16::MAX),
        profile: Profile::default(),
    };
    let administers = u32::from(new.roles.has(Role::MemberAdministrator));
    let now = Member {
        signers: member.signers.saturating_add(1),
        administrators: member.administrators.saturating_add(administers),
        ..(*member).clone()
    };
    effects.extend(stewards_with(reader, &new.did, None, &signer)?);
    effects.push(Effect::Signer(new.did.clone(), signer));
    effects.push(Effect::Member(new.member.clone(), now));
    Ok(effects)
}

/// The closed table of who may hold which role; the README shows it.
pub(super) fn check_role(member: MemberKind, signer: SignerKind, role: Role) -> Result<(), Reject> {
    let fits_signer = match signer {
        SignerKind::Person => role != Role::Node,
        SignerKind::Device => role == Role::Scanner,
        // A service is nobody: it works with goods and never administers.
        SignerKind::Service => matches!(
            role,
            Role::LogisticsOfficer | Role::SupplierClerk | Role::Scanner
        ),
        SignerKind::Node => role == Role::Node,
    };
    let fits_member = match role {
        Role::MemberAdministrator | Role::Auditor | Role::Node | Role::SecurityOfficer => true,
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

pub(super) fn new_key(
    reader: &mut Reader<'_>,
    did: &Did,
    new: &NewKey,
    epoch: u16,
) -> Result<Effect, Halt> {
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
        hardware: new.hardware,
        epoch,
    };
    Ok(Effect::Key(did.clone(), key_id, key, String::new()))
}

/// One more key for a signer.
fn add_key(reader: &mut Reader<'_>, did: &Did, signer: &Signer, new: &NewKey) -> Checked {
    let key = new_key(reader, did, new, signer.profile.epoch)?;
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

pub(super) fn register_key(reader: &mut Reader<'_>, did: &Did, new: &NewKey) -> Checked {
    let signer = known_signer_of_own(reader, did)?;
    add_key(reader, did, &signer, new)
}

/// The signer `did`, after checking that who signs acts for its member.
pub(super) fn known_signer_of_own(reader: &mut Reader<'_>, did: &Did) -> Result<Arc<Signer>, Halt> {
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

pub(super) fn revoke_key(
    reader: &mut Reader<'_>,
    did: &Did,
    key_id: KeyId,
    reason: &str,
) -> Checked {
    if !is_self(reader, did) {
        administrator(reader)?;
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

pub(super) fn rotate_key(reader: &mut Reader<'_>, did: &Did, old: KeyId, new: &NewKey) -> Checked {
    let signer = if is_self(reader, did) {
        known_signer(reader, did)?
    } else {
        administrator(reader)?;
        known_signer_of_own(reader, did)?
    };
    let key = known_key(reader, did, old)?;
    // Whose hand holds a key is the administrator's word, so rotation by oneself does not raise it.
    let raised =
        new.assurance == Assurance::OwnKey && (key.held_by_node || new.hardware && !key.hardware);
    if raised {
        administrator(reader)?;
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

pub(super) fn set_signer_status(reader: &mut Reader<'_>, did: &Did, status: Status) -> Checked {
    let signer = known_signer_of_own(reader, did)?;
    check_status(signer.status, status, did.as_str())?;
    let now = Signer {
        status,
        ..(*signer).clone()
    };
    signer_changed(reader, did, &signer, now)
}

pub(super) fn change_role(reader: &mut Reader<'_>, did: &Did, role: Role, grant: bool) -> Checked {
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
pub(super) fn signer_changed(
    reader: &mut Reader<'_>,
    did: &Did,
    before: &Signer,
    now: Signer,
) -> Checked {
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
    effects.extend(stewards_with(reader, did, Some(before), &now)?);
    effects.push(Effect::Signer(did.clone(), now));
    Ok(effects)
}

fn is_steward(signer: &Signer) -> bool {
    signer.status == Status::Active && signer.roles.looks_after()
}

/// The member's list of stewards, where this change makes or ends one.
fn stewards_with(
    reader: &mut Reader<'_>,
    did: &Did,
    before: Option<&Signer>,
    now: &Signer,
) -> Result<Option<Effect>, Halt> {
    if before.is_some_and(is_steward) == is_steward(now) {
        return Ok(None);
    }
    let mut signers = facts::stewards(reader, &now.member)?;
    signers.retain(|known| known != did);
    if is_steward(now) && signers.len() < STEWARDS_MAX {
        let place = signers.partition_point(|known| known < did);
        signers.insert(place, did.clone());
    }
    let stewards = Stewards {
        version: Default::default(),
        signers,
    };
    Ok(Some(Effect::Stewards(now.member.clone(), stewards)))
}
