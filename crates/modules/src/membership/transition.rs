//! Deciding and carrying out membership's actions.
//!
//! Flow: [`Module::validate`] bounds the fields; [`Module::check`] asks who signs, reads the records
//! concerned and names them as they will be; [`Module::apply`] stores them and says so.
//!
//! Invariants: a member that had an administrator keeps one; a DID, a short name and a key are given
//! once and never again; what is retired stays retired; one validator key belongs to one member.

use super::{
    Membership, NAME, enrolment, facts,
    form::{self, code_bytes},
    posts, protocol, refounding, reinstatement,
    reject::{self, *},
    signers, tree_heads,
    types::*,
    validators,
};
use convoy_ledger::{Effects, Halt, Module, Reader, Record, Reject, Rule, StateKey, Writer};
use convoy_types::{
    Compartment, Did, Digest, MemberId, cbor,
    cose::{KeyId, PublicKey},
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
    /// The set of validators.
    Validators(ValidatorSet),
    /// When it changes.
    ValidatorsDue(ValidatorsDue),
    /// The protocol version and its plan.
    Protocol(ProtocolState),
    /// When it changes.
    ProtocolDue(ProtocolDue),
    /// The nodes of members.
    Nodes(Nodes),
    /// Who signs tree heads.
    TreeHeads(TreeHeadSigners),
    /// A unit: member, short name, record.
    Unit(MemberId, MemberId, Unit),
    /// A post: member, short name, record.
    Post(MemberId, MemberId, Post),
    /// An enrolment by code, by the code's digest.
    Enrolment(Digest, Enrolment),
    /// A recovery.
    Recovery(Did, Recovery),
    /// A new administrator for a member that lost everything.
    Reinstatement(MemberId, Reinstatement),
    /// Who looks after a member.
    Stewards(MemberId, Stewards),
    /// A signer.
    Signer(Did, Signer),
    /// A key, and why it was revoked.
    Key(Did, KeyId, Key, String),
}

/// Nothing is asked of membership by other modules: they read [`facts`].
pub enum Call {}

pub(super) type Checked = Result<Vec<Effect>, Halt>;

impl Module for Membership {
    const NAME: &'static str = NAME;
    const RULES: &'static [Rule] = reject::ALL;
    const DENIED: Rule = NOT_ADMINISTRATOR;
    type Action = Action;
    type Call = Call;
    type Effect = Effect;

    fn validate(&self, action: &Action) -> Result<(), Reject> {
        form::validate(action)
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
                if !matches!(action, Action::SetMemberStatus { .. }) {
                    name(TreeHeadSigners::TABLE, ONLY);
                }
                if matches!(action, Action::EnrolMember(new) if new.validator.is_some()) {
                    name(ValidatorSet::TABLE, ONLY);
                }
            }
            Action::AnnounceNode { member, .. } => {
                name(Member::TABLE, member.as_str().as_bytes());
                name(ValidatorSet::TABLE, ONLY);
                name(Nodes::TABLE, ONLY);
            }
            Action::PlanValidators { change, .. } => {
                name(Member::TABLE, change.member().as_str().as_bytes());
                name(ValidatorSet::TABLE, ONLY);
                name(Nodes::TABLE, ONLY);
            }
            Action::AgreeValidators { .. } | Action::WithdrawValidators { .. } => {
                name(ValidatorSet::TABLE, ONLY);
                name(Nodes::TABLE, ONLY);
                name(Roster::TABLE, ONLY);
            }
            Action::PlanProtocol { .. }
            | Action::AgreeProtocol { .. }
            | Action::WithdrawProtocol { .. } => {
                name(ProtocolState::TABLE, ONLY);
                name(ValidatorSet::TABLE, ONLY);
            }
            Action::EnrolUnit { member, unit, .. } => {
                name(Member::TABLE, member.as_str().as_bytes());
                name(Unit::TABLE, &unit_key(member, unit));
            }
            Action::EnrolSigner(new) => {
                name(Member::TABLE, new.member.as_str().as_bytes());
                name(Signer::TABLE, new.did.as_str().as_bytes());
                for key in &new.keys {
                    name(Key::TABLE, &key_key(&new.did, &key.key.key_id().0));
                }
                if let Some(unit) = &new.unit {
                    name(Unit::TABLE, &unit_key(&new.member, unit));
                }
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
            | Action::WithdrawRole { did, .. }
            | Action::AssignPost { did, .. }
            | Action::LeavePost { did, .. }
            | Action::ClearSigner { did, .. } => name(Signer::TABLE, did.as_str().as_bytes()),
            Action::EnrolPost(NewPost { member, post, .. })
            | Action::RetirePost { member, post } => {
                name(Member::TABLE, member.as_str().as_bytes());
                name(Post::TABLE, &post_key(member, post));
            }
            Action::OfferEnrolment(offer) => {
                name(Member::TABLE, offer.member.as_str().as_bytes());
                name(Enrolment::TABLE, &offer.code_digest.0);
            }
            Action::ClaimEnrolment { code, did, key } => {
                name(Signer::TABLE, did.as_str().as_bytes());
                name(Key::TABLE, &key_key(did, &key.key.key_id().0));
                if let Ok(code) = code_bytes(code) {
                    name(Enrolment::TABLE, &Digest::of(&code).0);
                }
            }
            Action::AskRecovery { did, .. } | Action::ConfirmRecovery { did, .. } => {
                name(Signer::TABLE, did.as_str().as_bytes());
                name(Recovery::TABLE, did.as_str().as_bytes());
            }
            Action::PlanReinstatement { member, .. }
            | Action::AgreeReinstatement { member, .. }
            | Action::WithdrawReinstatement { member, .. } => {
                if let Action::PlanReinstatement { did, key, .. } = action {
                    name(Signer::TABLE, did.as_str().as_bytes());
                    name(Key::TABLE, &key_key(did, &key.key.key_id().0));
                }
                name(Member::TABLE, member.as_str().as_bytes());
                name(Reinstatement::TABLE, member.as_str().as_bytes());
                name(ValidatorSet::TABLE, ONLY);
            }
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
                node,
            } => set_node_keys(reader, member, *validator, tree_head_keys, node.as_ref()),
            Action::EnrolUnit {
                member,
                unit,
                name,
                parent,
            } => enrol_unit(reader, member, unit, name, parent.as_ref()),
            Action::EnrolSigner(new) => signers::enrol_signer(reader, new),
            Action::SetSignerStatus { did, status } => {
                signers::set_signer_status(reader, did, *status)
            }
            Action::RegisterKey { did, key } => signers::register_key(reader, did, key),
            Action::RevokeKey {
                did,
                key_id,
                reason,
            } => signers::revoke_key(reader, did, *key_id, reason),
            Action::RotateKey { did, old, new } => signers::rotate_key(reader, did, *old, new),
            Action::GrantRole { did, role } => signers::change_role(reader, did, *role, true),
            Action::WithdrawRole { did, role } => signers::change_role(reader, did, *role, false),
            Action::EnrolPost(new) => posts::enrol_post(reader, new),
            Action::RetirePost { member, post } => posts::retire_post(reader, member, post),
            Action::AssignPost {
                did,
                post,
                from_ms,
                until_ms,
                deputy,
            } => {
                let term = posts::Term {
                    from_ms: *from_ms,
                    until_ms: *until_ms,
                    deputy: *deputy,
                };
                posts::assign_post(reader, did, post, &term)
            }
            Action::LeavePost { did, post } => posts::leave_post(reader, did, post),
            Action::ClearSigner {
                did,
                clearance,
                caveats,
            } => posts::clear_signer(reader, did, *clearance, caveats),
            Action::OfferEnrolment(offer) => enrolment::offer(reader, offer),
            Action::ClaimEnrolment { code, did, key } => {
                enrolment::claim(reader, &code_bytes(code)?, did, key)
            }
            Action::AskRecovery { did, key } => enrolment::ask_recovery(reader, did, key),
            Action::ConfirmRecovery { did, key_id } => {
                enrolment::confirm_recovery(reader, did, *key_id)
            }
            Action::PlanReinstatement {
                member,
                did,
                key,
                reason,
            } => reinstatement::plan(reader, member, did, key, reason),
            Action::AgreeReinstatement { member, plan } => {
                reinstatement::agree(reader, member, *plan)
            }
            Action::WithdrawReinstatement { member, plan } => {
                reinstatement::withdraw(reader, member, *plan)
            }
            Action::AnnounceNode {
                member,
                key,
                address,
            } => validators::announce_node(reader, member, *key, address.as_deref()),
            Action::PlanValidators {
                change,
                after_blocks,
            } => validators::plan(reader, change, *after_blocks),
            Action::AgreeValidators { plan } => validators::agree(reader, *plan),
            Action::WithdrawValidators { plan } => validators::withdraw(reader, *plan),
            Action::PlanProtocol {
                protocol,
                after_blocks,
            } => protocol::plan(reader, *protocol, *after_blocks),
            Action::AgreeProtocol {
                plan,
                state_root,
                build,
            } => protocol::agree(reader, *plan, *state_root, build),
            Action::WithdrawProtocol { plan } => protocol::withdraw(reader, *plan),
        }?;
        Ok(Effects::of(own))
    }

    fn check_call(&self, _: &mut Reader<'_>, call: &Call) -> Result<Effects<Effect>, Halt> {
        match *call {}
    }

    fn check_timer(&self, _: &mut Reader<'_>, _: &[u8]) -> Result<Effects<Effect>, Halt> {
        Ok(Effects::of(Vec::new()))
    }

    fn check_decree(&self, reader: &mut Reader<'_>, body: &[u8]) -> Result<Effects<Effect>, Halt> {
        let refounding = cbor::from_slice(body).map_err(|error| {
            MALFORMED_FIELD.because(format!("the members' decision cannot be read: {error}"))
        })?;
        refounding::check(reader, &refounding).map(Effects::of)
    }

    fn apply(&self, writer: &mut Writer<'_, '_>, effect: &Effect) -> Result<(), Halt> {
        match effect {
            Effect::Roster(roster) => writer.write(ONLY, roster.clone()),
            Effect::Post(member, post, now) => {
                writer.write(&post_key(member, post), now.clone());
                writer.emit(&Event::Post {
                    member: member.clone(),
                    post: post.clone(),
                    now: now.clone(),
                });
            }
            Effect::Enrolment(code_digest, now) => {
                writer.write(&code_digest.0, now.clone());
                writer.emit(&Event::Enrolment {
                    code_digest: *code_digest,
                    now: now.clone(),
                });
            }
            Effect::Recovery(did, now) => {
                writer.write(did.as_str().as_bytes(), now.clone());
                writer.emit(&Event::Recovery {
                    did: did.clone(),
                    now: now.clone(),
                });
            }
            Effect::Reinstatement(member, now) => {
                writer.write(member.as_str().as_bytes(), now.clone());
                writer.emit(&Event::Reinstatement {
                    member: member.clone(),
                    now: now.clone(),
                });
            }
            Effect::Stewards(member, stewards) => {
                writer.write(member.as_str().as_bytes(), stewards.clone());
            }
            Effect::Barred(barred) => writer.write(ONLY, barred.clone()),
            Effect::TreeHeads(now) => {
                let version = Default::default();
                let digest = now.digest();
                writer.write(ONLY, now.clone());
                writer.write(ONLY, TreeHeadsDigest { version, digest });
            }
            Effect::ValidatorsDue(due) => writer.write(ONLY, due.clone()),
            Effect::Validators(now) => {
                writer.write(ONLY, now.clone());
                writer.emit(&Event::Validators { now: now.clone() });
            }
            Effect::ProtocolDue(due) => writer.write(ONLY, due.clone()),
            Effect::Protocol(now) => {
                writer.write(ONLY, now.clone());
                writer.emit(&Event::Protocol { now: now.clone() });
            }
            Effect::Nodes(now) => {
                writer.write(ONLY, now.clone());
                writer.emit(&Event::Nodes { now: now.clone() });
            }
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

/// Refuses who acts for another member than `member`. At genesis the document itself speaks. That who signs may do it at all was
/// decided by the policies.
pub(super) fn administers(reader: &Reader<'_>, member: &MemberId) -> Result<(), Reject> {
    match reader.standing() {
        Some(standing) if !reader.is_genesis() && standing.member != *member => {
            let reason = format!(
                "{} acts for {}, not for {member}",
                standing.did, standing.member
            );
            Err(OTHER_MEMBER.because(reason))
        }
        _ => Ok(()),
    }
}

/// Refuses who is no administrator: for what policies permit to everybody about themselves.
pub(super) fn administrator(reader: &mut Reader<'_>) -> Result<(), Halt> {
    let Some(did) = reader.standing().map(|standing| standing.did.clone()) else {
        return Ok(());
    };
    let signer = known_signer(reader, &did)?;
    if facts::roles_now(reader, &did, &signer)?.has(Role::MemberAdministrator) {
        return Ok(());
    }
    let reason = format!("{did} does not hold the role member-administrator");
    Err(NOT_ADMINISTRATOR.because(reason).into())
}

/// Refuses who does not act for a founding member.
pub(super) fn founds(reader: &mut Reader<'_>) -> Result<(), Halt> {
    let Some(own) = reader.standing().map(|standing| standing.member.clone()) else {
        return Ok(());
    };
    let founding = facts::member(reader, &own)?.is_some_and(|member| member.founding);
    if !founding {
        return Err(NOT_FOUNDING
            .because(format!("member {own} did not found the network"))
            .into());
    }
    Ok(())
}

pub(super) fn known_member(
    reader: &mut Reader<'_>,
    member: &MemberId,
) -> Result<Arc<Member>, Halt> {
    facts::member(reader, member)?.ok_or_else(|| {
        UNKNOWN_MEMBER
            .because(format!("there is no member {member}"))
            .into()
    })
}

pub(super) fn known_signer(reader: &mut Reader<'_>, did: &Did) -> Result<Arc<Signer>, Halt> {
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
    if new.validator.is_some() && !reader.is_genesis() {
        return Err(GENESIS_ONLY
            .because("validator is set; it begins by plan_validators")
            .into());
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
        node: new.node.clone(),
    };
    let roster = Roster {
        version: Default::default(),
        members,
    };
    let mut effects = vec![
        Effect::Roster(roster),
        Effect::Member(new.member.clone(), member),
    ];
    if let Some(key) = new.validator {
        effects.push(validators::founded(reader, &new.member, key)?);
    }
    let (node, keys) = (new.node.as_ref(), &new.tree_head_keys);
    effects.extend(tree_heads::changed(reader, &new.member, node, keys)?);
    Ok(effects)
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

pub(super) fn check_status(from: Status, to: Status, who: &str) -> Result<(), Reject> {
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
    node: Option<&Did>,
) -> Checked {
    administers(reader, id)?;
    let member = known_member(reader, id)?;
    if validator != member.validator {
        let reason = match member.validator {
            Some(key) => format!("{id} validates with key {}", key.0),
            None => format!("{id} has no validator"),
        };
        return Err(VALIDATOR_BY_PLAN.because(reason).into());
    }
    let now = Member {
        tree_head_keys: keys.to_vec(),
        node: node.cloned().or_else(|| member.node.clone()),
        ..(*member).clone()
    };
    let signers = tree_heads::changed(reader, id, now.node.as_ref(), keys)?;
    let mut effects = vec![Effect::Member(id.clone(), now)];
    effects.extend(signers);
    Ok(effects)
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

pub(super) fn check_unit(
    reader: &mut Reader<'_>,
    member: &MemberId,
    unit: &MemberId,
) -> Result<(), Halt> {
    match reader.read::<Unit>(&unit_key(member, unit))? {
        Some(_) => Ok(()),
        None => Err(UNKNOWN_UNIT
            .because(format!("{member} has no unit {unit}"))
            .into()),
    }
}
