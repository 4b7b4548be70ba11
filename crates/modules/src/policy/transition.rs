//! Changing policies.
//!
//! Flow: `validate` bounds the text and lets Cedar parse it; `check` validates it against the schema, looks up what it names, makes the
//! set as it would be and asks it who could change policies then; `apply` stores head, contents and text.
//!
//! Invariants: a set in force is always readable, valid, within its bounds, and leaves somebody who can change it; ids are given once.

use super::{
    NAME, Policy, approvals,
    bounds::{self, Read},
    defaults, facts,
    guard::members,
    labels,
    reject::{self, *},
    set::{Question, Set},
    subject::{Circumstances, Resource, Subject},
    types::*,
    vocabulary::{PRINCIPALS, is_role, vocabulary},
};
use crate::membership;
use cedar_policy::{EntityUid, PolicySet, ValidationMode};
use convoy_ledger::{Effects, Halt, Module, Reader, Record, Reject, Rule, StateKey, Writer};
use convoy_types::{Compartment, Did, MemberId, cbor};
use std::sync::Arc;

/// Texts of all policies of a genesis document, bytes.
const FOUNDING_BYTES_MAX: usize = 192 * 1024;
/// What one signer must be allowed, so that nobody is locked out.
const CHANGES: [&str; 3] = ["put", "replace", "retire"];

/// What `check` decided.
#[derive(Debug)]
pub enum Effect {
    /// The head and contents as they will be.
    Contents(Head, Contents),
    /// A policy as it will be, and why it was retired.
    Policy(PolicyId, StoredPolicy, String),
    /// A record's label as it will be, and why.
    Label(String, Label, String),
    /// How many records have a label.
    Labels(Labels),
    /// A request for approval as it will be, and whether it is new.
    Request(RequestId, Request, bool),
    /// How often a signer did something today.
    Tally(Vec<u8>, Tally),
    /// How much of an item a signer did something with today.
    Sum(Vec<u8>, Sum),
}

/// What the guard asks for beside an action.
pub enum Call {
    /// These records have these labels from now on.
    Mark(Vec<(String, Label)>),
    /// The request's action takes effect.
    Use(RequestId),
    /// A signer did something once more today.
    Tally(Vec<u8>, Tally),
    /// A signer did something with more of an item today.
    Sum(Vec<u8>, Sum),
}

impl Module for Policy {
    const NAME: &'static str = NAME;
    const RULES: &'static [Rule] = reject::ALL;
    type Action = Action;
    type Call = Call;
    type Effect = Effect;

    fn validate(&self, action: &Action) -> Result<(), Reject> {
        match action {
            Action::Found { policies } => {
                let bytes: usize = policies.iter().map(|policy| policy.text.len()).sum();
                if policies.len() > POLICIES_MAX || bytes > FOUNDING_BYTES_MAX {
                    let reason = format!("policies holds {} with {bytes} bytes", policies.len());
                    return Err(TOO_COSTLY.because(reason));
                }
                // The texts are read when a genesis document is executed; nobody else gets that far.
                Ok(())
            }
            Action::Put { id, text, .. } | Action::Replace { id, text, .. } => {
                bounds::read(id, text).map(drop)
            }
            Action::Retire { reason, .. } => check_reason(reason),
            Action::RaiseLabel(change) | Action::ReleaseLabel(change) => labels::validate(change),
            Action::AskApproval { module, action, .. } => approvals::validate(module, action),
            Action::Approve { .. } | Action::WithdrawRequest { .. } => Ok(()),
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
        name(Head::TABLE, ONLY);
        name(Contents::TABLE, ONLY);
        let mut policy = |id: &PolicyId| name(StoredPolicy::TABLE, id.as_str().as_bytes());
        match action {
            Action::Found { policies } => policies.iter().for_each(|one| policy(&one.id)),
            Action::Put { id, .. } | Action::Replace { id, .. } | Action::Retire { id, .. } => {
                policy(id)
            }
            Action::RaiseLabel(change) | Action::ReleaseLabel(change) => {
                if let Some(record) = labels::canonical(&change.record) {
                    name(Label::TABLE, record.as_bytes());
                }
            }
            Action::Approve { request } | Action::WithdrawRequest { request } => {
                name(Request::TABLE, &request.0);
            }
            Action::AskApproval { .. } => {}
        }
    }

    fn check(&self, reader: &mut Reader<'_>, action: &Action) -> Result<Effects<Effect>, Halt> {
        let own = match action {
            Action::Found { policies } => found(reader, policies),
            Action::Put { id, text, revision } => self.write(reader, id, text, *revision, true),
            Action::Replace { id, text, revision } => {
                self.write(reader, id, text, *revision, false)
            }
            Action::Retire {
                id,
                reason,
                revision,
            } => self.retire(reader, id, reason, *revision),
            Action::RaiseLabel(change) => labels::raise(reader, change),
            Action::ReleaseLabel(change) => labels::release(reader, change),
            Action::AskApproval {
                module,
                action,
                expires_ms,
            } => approvals::ask(reader, module, action, *expires_ms),
            Action::Approve { request } => self.approve(reader, *request),
            Action::WithdrawRequest { request } => approvals::withdraw(reader, *request),
        }?;
        Ok(Effects::of(own))
    }

    fn check_call(&self, reader: &mut Reader<'_>, call: &Call) -> Result<Effects<Effect>, Halt> {
        match call {
            Call::Mark(changes) => Ok(Effects::of(labels::effects(reader, changes, "")?)),
            Call::Use(request) => Ok(Effects::of(approvals::used(reader, *request)?)),
            Call::Tally(key, now) => Ok(Effects::of(vec![Effect::Tally(key.clone(), now.clone())])),
            Call::Sum(key, now) => Ok(Effects::of(vec![Effect::Sum(key.clone(), now.clone())])),
        }
    }

    fn check_timer(&self, reader: &mut Reader<'_>, body: &[u8]) -> Result<Effects<Effect>, Halt> {
        match cbor::from_slice::<RequestId>(body) {
            Ok(request) => Ok(Effects::of(approvals::expire(reader, request)?)),
            Err(error) => panic!("a deadline that policy set is unreadable: {error}"),
        }
    }

    fn apply(&self, writer: &mut Writer<'_, '_>, effect: &Effect) -> Result<(), Halt> {
        match effect {
            Effect::Contents(head, contents) => {
                writer.write(ONLY, head.clone());
                writer.write(ONLY, contents.clone());
            }
            Effect::Label(record, now, reason) => {
                writer.write(record.as_bytes(), now.clone());
                writer.emit(&Event::Label {
                    record: record.clone(),
                    now: now.clone(),
                    reason: reason.clone(),
                });
            }
            Effect::Labels(labels) => writer.write(ONLY, labels.clone()),
            Effect::Request(request, now, new) => {
                if *new {
                    writer.set_timer(now.expires_ms, cbor::to_vec(request))?;
                }
                writer.write(&request.0, now.clone());
                writer.emit(&Event::Request {
                    request: *request,
                    now: now.clone(),
                });
            }
            Effect::Tally(key, now) => writer.write(key, now.clone()),
            Effect::Sum(key, now) => writer.write(key, now.clone()),
            Effect::Policy(id, now, reason) => {
                writer.write(id.as_str().as_bytes(), now.clone());
                writer.emit(&Event::Policy {
                    id: id.clone(),
                    now: now.clone(),
                    reason: reason.clone(),
                });
            }
        }
        Ok(())
    }
}

/// A reason of 1 to 200 printable bytes.
pub(super) fn check_reason(reason: &str) -> Result<(), Reject> {
    let control = reason.chars().any(char::is_control);
    if reason.is_empty() || reason.len() > REASON_BYTES_MAX || control {
        let reason = format!(
            "reason has {} bytes; 1 to {REASON_BYTES_MAX} printable ones are possible",
            reason.len()
        );
        return Err(MALFORMED_FIELD.because(reason));
    }
    Ok(())
}

impl Policy {
    fn write(
        &self,
        reader: &mut Reader<'_>,
        id: &PolicyId,
        text: &str,
        revision: Option<u64>,
        new: bool,
    ) -> Result<Vec<Effect>, Halt> {
        let before = self.before(reader, revision)?;
        let read = bounds::read(id, text)?;
        let known = facts::policy(reader, id)?;
        match (before.policy(id), new) {
            (Some(_), true) => {
                return Err(POLICY_EXISTS.because(format!("{id} is in force")).into());
            }
            (None, true) if known.is_some() => {
                return Err(POLICY_EXISTS
                    .because(format!("{id} was retired and its id is not used again"))
                    .into());
            }
            (None, false) => {
                return Err(UNKNOWN_POLICY
                    .because(format!("{id} is not in force"))
                    .into());
            }
            (Some(old), false) if old.text == read.text => {
                return Err(NO_CHANGE.because(format!("{id} has this text")).into());
            }
            _ => {}
        }
        check_names(reader, &read)?;
        check_valid(&read)?;
        let after = Arc::new(before.with(read)?);
        check_way_back(reader, &after)?;
        let mut effects = self.change(reader, &before, &after)?;
        let now = stored(reader, text, PolicyState::InForce, next_revision(&effects));
        effects.push(Effect::Policy(id.clone(), now, String::new()));
        Ok(effects)
    }

    fn retire(
        &self,
        reader: &mut Reader<'_>,
        id: &PolicyId,
        reason: &str,
        revision: Option<u64>,
    ) -> Result<Vec<Effect>, Halt> {
        let before = self.before(reader, revision)?;
        let Some(old) = before.policy(id) else {
            return Err(UNKNOWN_POLICY
                .because(format!("{id} is not in force"))
                .into());
        };
        let text = Arc::clone(&old.text);
        let after = Arc::new(before.without(id)?);
        check_way_back(reader, &after)?;
        let mut effects = self.change(reader, &before, &after)?;
        let now = stored(reader, &text, PolicyState::Retired, next_revision(&effects));
        effects.push(Effect::Policy(id.clone(), now, reason.to_owned()));
        Ok(effects)
    }

    /// The set in force, if it is the one that the signer looked at.
    fn before(&self, reader: &mut Reader<'_>, revision: Option<u64>) -> Result<Arc<Set>, Halt> {
        let current = facts::head(reader)?.map_or(0, |head| head.revision);
        if let Some(looked_at) = revision.filter(|looked_at| *looked_at != current) {
            let reason =
                format!("revision {current} is in force, and the signer looked at {looked_at}");
            return Err(OTHER_REVISION.because(reason).into());
        }
        self.set_in_force(reader)
    }

    /// The head and contents from now on. Where the ledger had none of its own, the defaults are written out first.
    fn change(
        &self,
        reader: &mut Reader<'_>,
        before: &Set,
        after: &Arc<Set>,
    ) -> Result<Vec<Effect>, Halt> {
        let head = facts::head(reader)?;
        let mut effects = vec![contents(
            after,
            head.as_ref().map_or(1, |head| head.revision + 1),
        )];
        if head.is_none() {
            let revision = next_revision(&effects);
            for policy in before.policies() {
                let mut now = stored(reader, &policy.text, PolicyState::InForce, revision);
                now.changed_by = None;
                effects.push(Effect::Policy(policy.id.clone(), now, String::new()));
            }
        }
        self.keep(after);
        Ok(effects)
    }
}

fn found(reader: &mut Reader<'_>, policies: &[PolicyText]) -> Result<Vec<Effect>, Halt> {
    if !reader.is_genesis() {
        return Err(GENESIS_ONLY.because("the network is founded").into());
    }
    let mut reads: Vec<Arc<Read>> = Vec::with_capacity(policies.len());
    for policy in policies {
        if reads.iter().any(|read| read.id == policy.id) {
            return Err(POLICY_EXISTS
                .because(format!("{} is given twice", policy.id))
                .into());
        }
        let read = bounds::read(&policy.id, &policy.text)?;
        check_names(reader, &read)?;
        check_valid(&read)?;
        reads.push(Arc::new(read));
    }
    let set = Arc::new(Set::new(reads)?);
    check_way_back(reader, &set)?;
    let mut effects = vec![contents(&set, 1)];
    for policy in set.policies() {
        let now = stored(reader, &policy.text, PolicyState::InForce, 1);
        effects.push(Effect::Policy(policy.id.clone(), now, String::new()));
    }
    Ok(effects)
}

fn contents(set: &Set, revision: u64) -> Effect {
    let lines = set.policies().iter().map(|policy| ContentsLine {
        id: policy.id.clone(),
        text: policy.digest,
    });
    let contents = Contents {
        version: Default::default(),
        policies: lines.collect(),
    };
    let head = Head {
        version: Default::default(),
        engine: ENGINE,
        revision,
        policies: u32::try_from(contents.policies.len()).unwrap_or(u32::MAX),
        digest: set.digest(),
    };
    Effect::Contents(head, contents)
}

fn next_revision(effects: &[Effect]) -> u64 {
    match effects.first() {
        Some(Effect::Contents(head, _)) => head.revision,
        _ => 0,
    }
}

fn stored(reader: &Reader<'_>, text: &str, state: PolicyState, revision: u64) -> StoredPolicy {
    StoredPolicy {
        version: Default::default(),
        state,
        text: text.to_owned(),
        revision,
        changed_ms: reader.block().time_ms,
        changed_by: reader.standing().map(|standing| standing.did.clone()),
    }
}

/// Everything that a policy names exists. Cedar's validator looks after types, attributes and actions.
fn check_names(reader: &mut Reader<'_>, policy: &Read) -> Result<(), Halt> {
    for name in &policy.names {
        let kind = name.type_name().to_string();
        let id: &str = name.id().as_ref();
        let split = id.split_once('/').and_then(|(member, inner)| {
            Some((MemberId::new(member).ok()?, MemberId::new(inner).ok()?))
        });
        let exists = match (kind.as_str(), split) {
            ("Role", _) => is_role(id),
            ("Member", _) => match MemberId::new(id) {
                Ok(member) => membership::facts::member(reader, &member)?.is_some(),
                Err(_) => false,
            },
            ("Unit", Some((member, unit))) => {
                membership::facts::unit(reader, &member, &unit)?.is_some()
            }
            ("Post", Some((member, post))) => {
                membership::facts::post(reader, &member, &post)?.is_some()
            }
            ("Unit" | "Post", None) => false,
            ("Action", _) => is_action(name),
            // Records come and go; a policy may name one that is to come.
            ("Record", _) => true,
            (kind, _) if PRINCIPALS.contains(&kind) => match Did::new(id) {
                Ok(did) => membership::facts::signer(reader, &did)?.is_some(),
                Err(_) => false,
            },
            _ => false,
        };
        if !exists {
            return Err(REFERS_TO_NOTHING
                .because(format!("text: there is no {name}"))
                .into());
        }
    }
    Ok(())
}

fn is_action(name: &EntityUid) -> bool {
    let id: &str = name.id().as_ref();
    let known = &vocabulary().actions;
    known
        .iter()
        .any(|action| action.name == id || action.groups.iter().any(|group| group == id))
}

/// Cedar's validator in strict mode finds no fault; a policy that can never apply is one.
fn check_valid(policy: &Read) -> Result<(), Reject> {
    let mut alone = PolicySet::new();
    alone
        .add(policy.policy.clone())
        .map_err(|error| NOT_VALID.because(format!("text: {error}")))?;
    let result = vocabulary()
        .validator
        .validate(&alone, ValidationMode::Strict);
    let errors = result.validation_errors().map(ToString::to_string);
    let warnings = result.validation_warnings().map(ToString::to_string);
    let mut faults: Vec<String> = errors.chain(warnings).collect();
    faults.sort();
    match faults.first() {
        None => Ok(()),
        Some(fault) => {
            let fault: String = fault.chars().take(400).collect();
            Err(NOT_VALID.because(format!("text: {fault}")))
        }
    }
}

/// How far ahead a way back has to stay open, milliseconds: ten years.
const WAY_BACK_MS: u64 = 10 * 365 * 24 * 3_600 * 1_000;

/// Refuses a set under which nobody could change policies, now or in ten years. Asked first is who signs, with the key at hand; then
/// everybody who administers a member or looks after its security, with the weakest key there is. Where changing takes approvals, there
/// have to be as many others who could give them.
fn check_way_back(reader: &mut Reader<'_>, after: &Set) -> Result<(), Halt> {
    let mut able = Vec::new();
    if let Some(standing) = reader.standing() {
        let (did, key_id) = (standing.did.clone(), standing.key.key_id());
        let assurance = membership::facts::assurance(reader, &did, key_id)?;
        if can_change(reader, after, &did, assurance, 0)? {
            return Ok(());
        }
        if can_change(reader, after, &did, assurance, u64::MAX)? {
            able.push((did, assurance));
        }
    }
    let mut asked = 0;
    for line in membership::facts::roster(reader)? {
        if membership::facts::is_barred(reader, &line.member)? {
            continue;
        }
        for did in membership::facts::stewards(reader, &line.member)? {
            asked += 1;
            if can_change(reader, after, &did, 0, 0)? {
                return Ok(());
            }
            let known = able.iter().any(|(able, _)| *able == did);
            if !known && can_change(reader, after, &did, 0, u64::MAX)? {
                able.push((did, 0));
            }
        }
    }
    let others = u64::try_from(able.len())
        .unwrap_or(u64::MAX)
        .saturating_sub(1);
    for (did, assurance) in &able {
        if others > 0 && can_change(reader, after, did, *assurance, others)? {
            return Ok(());
        }
    }
    let reason = format!(
        "none of {asked} administrators and security officers could put, replace and retire policies with any key, nor could who signs"
    );
    Err(LOCKS_OUT.because(reason).into())
}

/// Whether `did` could make every change of policies, now and in ten years, with these approvals.
fn can_change(
    reader: &mut Reader<'_>,
    after: &Set,
    did: &Did,
    assurance: u8,
    approvals: u64,
) -> Result<bool, Halt> {
    let Some(signer) = membership::facts::signer(reader, did)? else {
        return Ok(false);
    };
    if signer.status != membership::types::Status::Active {
        return Ok(false);
    }
    let now_ms = reader.block().time_ms;
    for change in CHANGES {
        let Some(action) = vocabulary().number_of(NAME, change) else {
            panic!("the vocabulary lacks {NAME}::{change}");
        };
        let needs = after.needs(action);
        let Some(subject) = Subject::read(reader, did, needs)? else {
            return Ok(false);
        };
        let members = match needs.members {
            true => members(reader, [&subject.member].into_iter())?,
            false => Default::default(),
        };
        let resource = Resource::open(NAME, "", b"", reader.compartment().as_str());
        for time_ms in [now_ms, now_ms.saturating_add(WAY_BACK_MS)] {
            let circumstances = Circumstances {
                time_ms,
                assurance,
                approvals,
                waited_ms: if approvals == 0 { 0 } else { u64::MAX },
                ..Circumstances::default()
            };
            let question = Question {
                subject: &subject,
                action,
                resource: &resource,
                circumstances: &circumstances,
                members: &members,
            };
            if !after.evaluate(&question).allowed {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The actions of a genesis document that found a network with the default policies.
pub fn founding() -> Vec<(String, Vec<u8>)> {
    let action = Action::Found {
        policies: defaults::texts().to_vec(),
    };
    vec![(NAME.to_owned(), cbor::to_vec(&action))]
}
