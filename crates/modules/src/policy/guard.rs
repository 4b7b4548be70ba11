//! Asks the policies about every signed action, before the module sees it.
//!
//! Flow: [`Policy::set_in_force`] takes the set from memory by its digest, or reads it from the state; what the policies of the action
//! look at is read, nothing else; every record touched is asked about.
//!
//! Invariants: an action that the policies do not know is denied; sets are kept by digest, so another block, compartment or branch can
//! never be answered from a wrong one.

use super::{
    Policy, approvals, bounds, defaults, explain, labels, limits,
    needs::circumstance,
    set::{Question, Set},
    subject::{Circumstances, MemberFacts, Members, Resource, Subject},
    transition::Call,
    types::{Contents, Head, Labels, ONLY, PolicyId, StoredPolicy},
    vocabulary::vocabulary,
};
use crate::membership;
use convoy_ledger::{Asked, Guard, Halt, Reader, Record, StateKey};
use convoy_types::{Compartment, Digest, MemberId};
use std::sync::{Arc, PoisonError};

/// Sets kept: the one in force, and a few that blocks in flight may still need.
const KEPT_SETS: usize = 4;

/// Sets by digest, the latest used last.
pub(super) type KeptSets = Vec<(Digest, Arc<Set>)>;

impl Guard for Policy {
    fn likely_keys(&self, compartment: &Compartment) -> Vec<StateKey> {
        [Head::TABLE, Labels::TABLE]
            .map(|table| StateKey::of(compartment, table, ONLY))
            .to_vec()
    }

    fn permit(
        &self,
        reader: &mut Reader<'_>,
        asked: &Asked<'_>,
    ) -> Result<Vec<convoy_ledger::Call>, Halt> {
        let set = self.set_in_force(reader)?;
        let Some(standing) = reader.standing() else {
            return Ok(Vec::new());
        };
        // The module refuses it by its own number, and says so in a test of every module.
        if vocabulary().is_genesis_only(asked.module, asked.action) {
            return Ok(Vec::new());
        }
        let (did, key_id) = (standing.did.clone(), standing.key.key_id());
        let unknown = || {
            let reason = format!("{did} may not do what no policy knows");
            asked.denied.because(reason)
        };
        let action = vocabulary()
            .number_of(asked.module, asked.action)
            .ok_or_else(unknown)?;
        let needs = set.needs(action);
        let subject = Subject::read(reader, &did, needs)?.ok_or_else(unknown)?;
        let mut circumstances = Circumstances {
            time_ms: reader.block().time_ms,
            lane: asked.content.lane,
            classification: u8::try_from(asked.content.label.classification.number())
                .unwrap_or(u8::MAX),
            ..Circumstances::default()
        };
        if needs.asks(circumstance::ASSURANCE) {
            circumstances.assurance = membership::facts::assurance(reader, &did, key_id)?;
        }
        let about = (&did, action, needs);
        let mut beside = approvals::look(reader, asked, about, &mut circumstances)?;
        let said = limits::look(reader, asked, about, &mut beside)?;
        let marks = labels::marks(reader, asked, needs.resource)?.unwrap_or_default();
        let mut resources = marks.resources;
        if resources.is_empty() || !needs.resource {
            let compartment = reader.compartment().as_str();
            resources = vec![Resource::open(asked.module, "", b"", compartment)];
        }
        if said.len().saturating_mul(resources.len()) > limits::QUESTIONS_MAX {
            return Err(limits::too_many(asked, said.len(), resources.len()));
        }
        let mut under: Vec<Circumstances> = said
            .iter()
            .map(|said| said.in_circumstances(&circumstances))
            .collect();
        if under.is_empty() {
            under.push(circumstances);
        }
        for circumstances in &under {
            let about = (&subject, action, circumstances);
            self::permit(reader, asked, &set, about, &resources)?;
        }
        if !marks.changes.is_empty() {
            beside.push(Call::Mark(marks.changes));
        }
        Ok(beside
            .into_iter()
            .map(convoy_ledger::Call::to::<Self>)
            .collect())
    }
}

/// Asks about every record touched.
fn permit(
    reader: &mut Reader<'_>,
    asked: &Asked<'_>,
    set: &Set,
    (subject, action, circumstances): (&Subject, usize, &Circumstances),
    resources: &[Resource],
) -> Result<(), Halt> {
    for resource in resources {
        let concerned = resource.members().chain([&subject.member]);
        let members = match set.needs(action).members {
            true => members(reader, concerned)?,
            false => Members::new(),
        };
        let question = Question {
            subject,
            action,
            resource,
            circumstances,
            members: &members,
        };
        let verdict = set.decide(&question);
        if !verdict.allowed {
            let why = explain::refusal(set, &question, &verdict);
            return Err(asked.denied.because(why).into());
        }
    }
    Ok(())
}

/// What is known of `members`; one that does not exist is left out, and a policy that looks at it then denies.
pub(super) fn members<'m>(
    reader: &mut Reader<'_>,
    members: impl Iterator<Item = &'m MemberId>,
) -> Result<Members, Halt> {
    let mut known = Members::new();
    for name in members {
        if let Some(member) = membership::facts::member(reader, name)? {
            let facts = MemberFacts {
                kind: member.kind,
                founding: member.founding,
            };
            known.insert(name.clone(), facts);
        }
    }
    Ok(known)
}

impl Policy {
    /// The policies in force at this point of the block.
    ///
    /// # Errors
    /// When state is missing.
    pub fn set_in_force(&self, reader: &mut Reader<'_>) -> Result<Arc<Set>, Halt> {
        let head = reader.read::<Head>(ONLY)?;
        let defaults = defaults::set();
        let Some(head) = head.filter(|head| head.digest != defaults.digest()) else {
            return Ok(Arc::clone(defaults));
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = kept.iter().position(|(digest, _)| *digest == head.digest) {
            let found = kept.remove(place);
            let set = Arc::clone(&found.1);
            kept.push(found);
            return Ok(set);
        }
        drop(kept);
        let set = Arc::new(load(reader, &head)?);
        self.keep(&set);
        Ok(set)
    }

    /// Keeps a set that is or may soon be in force.
    pub(super) fn keep(&self, set: &Arc<Set>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.iter().all(|(digest, _)| *digest != set.digest()) {
            if kept.len() >= KEPT_SETS {
                kept.remove(0);
            }
            kept.push((set.digest(), Arc::clone(set)));
        }
    }
}

/// Reads the set that `head` names. What was put into the state was read before, so it can be read again.
fn load(reader: &mut Reader<'_>, head: &Head) -> Result<Set, Halt> {
    let Some(contents) = reader.read::<Contents>(ONLY)? else {
        panic!("the state has a head of policies and no contents");
    };
    let (mut stored, mut waits) = (Vec::with_capacity(contents.policies.len()), false);
    for line in &contents.policies {
        match reader.read::<StoredPolicy>(line.id.as_str().as_bytes()) {
            Ok(Some(policy)) => stored.push((&line.id, policy)),
            Ok(None) => panic!("policy {} in force is not in the state", line.id),
            Err(Halt::NeedKeys) => waits = true,
            Err(halt) => return Err(halt),
        }
    }
    if waits {
        return Err(Halt::NeedKeys);
    }
    let read = |(id, policy): (&PolicyId, Arc<StoredPolicy>)| match bounds::read(id, &policy.text) {
        Ok(read) => Arc::new(read),
        Err(reject) => panic!("policy {id} in force is unreadable: {reject}"),
    };
    let policies = stored.into_iter().map(read).collect();
    match Set::new(policies) {
        Ok(set) if set.digest() == head.digest => Ok(set),
        Ok(set) => panic!(
            "policies in force have digest {}, not {}",
            set.digest(),
            head.digest
        ),
        Err(reject) => panic!("policies in force are no set: {reject}"),
    }
}
