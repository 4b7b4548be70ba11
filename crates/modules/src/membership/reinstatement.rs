//! A member that lost everything: its machines, its backups and every administrator's key.
//!
//! ```text
//! plan_reinstatement (the member, a new administrator with a key, why), by a member with a validator
//!     ──> agree_reinstatement, by others with a validator, each having made sure by other means who it is
//!     ──> more than two thirds of all with a validator: the new administrator is enrolled, the stewards of before are suspended
//!                            withdraw_reinstatement, or seven days: the plan is over
//! ```
//!
//! Whoever holds the lost keys now must not be stronger than who comes back. So the administrators and security officers of before are suspended;
//! from then on only listed stewards look after the member ([`facts::roles_now`]), so that no post, no 65th administrator and no code of
//! before gives these roles; the new one lets those act again that are known to be in good hands. What the member owns, holds and signed stays as it is.
//!
//! Invariants: at most one plan of a member waits; a member that still has an administrator withdraws it itself; it takes as many as a quorum of
//! validators, and the member itself is never one of them; what is retired stays retired.

use super::{
    facts,
    reject::*,
    signers::{check_role, new_key},
    transition::{Checked, Effect, known_member, known_signer},
    types::*,
    validators::{self, PLAN_OPEN_MS},
};
use convoy_ledger::{Halt, Reader, Reject};
use convoy_types::{Did, MemberId};
use std::sync::Arc;

impl Reinstatement {
    /// Whether it waits for agreement at `now_ms`.
    pub fn waits(&self, now_ms: u64) -> bool {
        self.state == ReinstatementState::Planned && now_ms < self.expires_ms
    }
}

/// The signer's member, which is another with a validator, and all members with one.
fn another(reader: &mut Reader<'_>, member: &MemberId) -> Result<(MemberId, Vec<Seat>), Halt> {
    if reader.standing().is_some_and(|own| own.member == *member) {
        return Err(NOT_LOST
            .because(format!("{member} signs, so its administrators are there"))
            .into());
    }
    let (own, set) = validators::signers_own(reader, "nobody is lost at genesis")?;
    Ok((own, set.seats))
}

pub(super) fn plan(
    reader: &mut Reader<'_>,
    member: &MemberId,
    did: &Did,
    key: &NewKey,
    reason: &str,
) -> Checked {
    let lost = known_member(reader, member)?;
    let (planned_by, seats) = another(reader, member)?;
    let before = reader.read::<Reinstatement>(member.as_str().as_bytes())?;
    let now_ms = reader.block().time_ms;
    if let Some(plan) = before.as_ref().filter(|plan| plan.waits(now_ms)) {
        let reason = format!("plan {} about {member} waits for agreement", plan.number);
        return Err(CHANGE_PLANNED.because(reason).into());
    }
    not_retired(&lost, member)?;
    check_role(lost.kind, SignerKind::Person, Role::MemberAdministrator)?;
    unused(reader, did)?;
    let Effect::Key(_, key_id, key, _) = new_key(reader, did, key, 0)? else {
        panic!("a new key is an effect on a key");
    };
    let plan = Reinstatement {
        version: Default::default(),
        number: before.as_ref().map_or(1, |before| before.number + 1),
        administrator: did.clone(),
        key_id,
        key,
        reason: reason.to_owned(),
        planned_by: planned_by.clone(),
        agreed: Vec::new(),
        expires_ms: now_ms.saturating_add(PLAN_OPEN_MS),
        state: ReinstatementState::Planned,
        reinstated_ms: before.and_then(|before| before.reinstated_ms),
    };
    agreed_by(reader, member, plan, planned_by, &seats)
}

pub(super) fn agree(reader: &mut Reader<'_>, member: &MemberId, number: u64) -> Checked {
    let plan = waiting(reader, member, number)?;
    let (own, seats) = another(reader, member)?;
    if plan.agreed.contains(&own) {
        return Err(NO_CHANGE
            .because(format!("{own} has agreed to plan {number} about {member}"))
            .into());
    }
    agreed_by(reader, member, (*plan).clone(), own, &seats)
}

/// By an administrator of whoever planned it, or of the member itself: then it is not lost.
pub(super) fn withdraw(reader: &mut Reader<'_>, member: &MemberId, number: u64) -> Checked {
    let plan = waiting(reader, member, number)?;
    let own = reader.standing().map(|standing| standing.member.clone());
    if own.as_ref() != Some(member) && own.as_ref() != Some(&plan.planned_by) {
        let reason = format!("{} planned it, about {member}", plan.planned_by);
        return Err(OTHER_MEMBER.because(reason).into());
    }
    let now = Reinstatement {
        state: ReinstatementState::Withdrawn,
        ..(*plan).clone()
    };
    Ok(vec![Effect::Reinstatement(member.clone(), now)])
}

fn waiting(
    reader: &mut Reader<'_>,
    member: &MemberId,
    number: u64,
) -> Result<Arc<Reinstatement>, Halt> {
    let now_ms = reader.block().time_ms;
    let plan = reader.read::<Reinstatement>(member.as_str().as_bytes())?;
    plan.filter(|plan| plan.number == number && plan.waits(now_ms))
        .ok_or_else(|| {
            let reason = format!("plan {number} about {member} does not wait for agreement");
            UNKNOWN_PLAN.because(reason).into()
        })
}

fn not_retired(lost: &Member, member: &MemberId) -> Result<(), Reject> {
    if lost.status == Status::Retired {
        return Err(RETIRED_IS_FINAL.because(format!("{member} is retired")));
    }
    Ok(())
}

fn unused(reader: &mut Reader<'_>, did: &Did) -> Result<(), Halt> {
    match facts::signer(reader, did)? {
        None => Ok(()),
        Some(_) => Err(SIGNER_EXISTS.because(format!("{did} is enrolled")).into()),
    }
}

/// The plan with the agreement of `own`, and what follows when that was enough.
fn agreed_by(
    reader: &mut Reader<'_>,
    member: &MemberId,
    mut plan: Reinstatement,
    own: MemberId,
    seats: &[Seat],
) -> Checked {
    let place = plan.agreed.partition_point(|other| *other < own);
    plan.agreed.insert(place, own);
    let counts = |agreed: &&MemberId| seats.iter().any(|seat| seat.member == **agreed);
    let agreed = plan.agreed.iter().filter(counts).count();
    if 3 * agreed <= 2 * seats.len() {
        return Ok(vec![Effect::Reinstatement(member.clone(), plan)]);
    }
    plan.state = ReinstatementState::Done;
    plan.reinstated_ms = Some(reader.block().time_ms);
    carried_out(reader, member, plan)
}

fn carried_out(reader: &mut Reader<'_>, member: &MemberId, plan: Reinstatement) -> Checked {
    let (lost, now_ms) = (known_member(reader, member)?, reader.block().time_ms);
    unused(reader, &plan.administrator)?;
    not_retired(&lost, member)?;
    if let Some(until) = plan.key.valid_until_ms.filter(|until| *until <= now_ms) {
        let reason = format!("the new administrator's key was valid until {until}");
        return Err(KEY_VALIDITY.because(reason).into());
    }
    let mut administrators = lost.administrators;
    let mut effects = Vec::new();
    for did in facts::stewards(reader, member)? {
        let signer = known_signer(reader, &did)?;
        if signer.roles.has(Role::MemberAdministrator) {
            administrators = administrators.saturating_sub(1);
        }
        let now = Signer {
            status: Status::Suspended,
            ..(*signer).clone()
        };
        effects.push(Effect::Signer(did, now));
    }
    let did = plan.administrator.clone();
    let administrator = Signer {
        version: Default::default(),
        member: member.clone(),
        kind: SignerKind::Person,
        status: Status::Active,
        roles: Roles::of(&[Role::MemberAdministrator]),
        unit: None,
        keys: 1,
        profile: Profile::default(),
    };
    let key = Key {
        valid_from_ms: plan.key.valid_from_ms.max(now_ms),
        ..plan.key.clone()
    };
    let now = Member {
        signers: lost.signers.saturating_add(1),
        administrators: administrators.saturating_add(1),
        ..(*lost).clone()
    };
    let stewards = Stewards {
        version: Default::default(),
        signers: vec![did.clone()],
    };
    effects.extend([
        Effect::Key(did.clone(), plan.key_id, key, String::new()),
        Effect::Signer(did, administrator),
        Effect::Stewards(member.clone(), stewards),
        Effect::Member(member.clone(), now),
        Effect::Reinstatement(member.clone(), plan),
    ]);
    Ok(effects)
}
