//! The policies in force, ready to decide.
//!
//! Flow: [`Set::new`] sorts policies by the actions they are about, so that a decision looks at those alone; [`Set::decide`]
//! answers from memory where an asker of the same kind asked the same before, else lets Cedar evaluate.
//!
//! Invariants: a decision is a function of the policies and of what is asked, whatever is remembered: the key of what is remembered
//! holds everything that the policies of the action look at ([`Needs`]). Any error in any policy of the action denies. What is
//! remembered is bounded and never part of the state.

use super::{
    bounds::Read,
    needs::Needs,
    reject::TOO_COSTLY,
    subject::{Circumstances, Members, Resource, Subject, member_entity},
    types::{POLICIES_MAX, PolicyId},
    vocabulary::{PRINCIPALS, vocabulary},
};
use cedar_policy::{
    ActionConstraint, Authorizer, Decision, Effect, Entities, EntityUid, EvaluationError,
    PolicySet, PrincipalConstraint, Request,
};
use convoy_ledger::Reject;
use convoy_types::{Digest, cbor};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Parsed parts of the policies that one action is decided by. Bounds the time of a decision.
pub const ACTION_NODES_MAX: usize = 24_000;
/// Decisions remembered, some 200 bytes each.
const REMEMBERED_MAX: usize = 65_536;
/// Selections remembered: of an action's policies those whose scope covers a kind of signer.
const SELECTIONS_MAX: usize = 4_096;
/// Policies about one action from which on it pays to select.
const SELECT_FROM: usize = 12;

/// What was decided, and by which policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is permitted.
    pub allowed: bool,
    /// The policies that decided: those that permit, or those that forbid; none where none permits.
    pub policies: Vec<PolicyId>,
    /// The policies that could not be evaluated; one is enough to deny.
    pub errors: Vec<PolicyId>,
}

/// What is asked.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Who asks.
    pub subject: &'a Subject,
    /// For which action, by its number in the vocabulary.
    pub action: usize,
    /// On which record.
    pub resource: &'a Resource,
    /// Under which circumstances.
    pub circumstances: &'a Circumstances,
    /// The members concerned, where policies look at them.
    pub members: &'a Members,
}

/// The policies about one action.
struct Slice {
    policies: PolicySet,
    places: Vec<usize>,
    needs: Needs,
}

/// The policies in force.
pub struct Set {
    digest: Digest,
    policies: Vec<Arc<Read>>,
    slices: Vec<Slice>,
    /// Signers and records that a policy names.
    named: BTreeSet<String>,
    remembered: Mutex<BTreeMap<Vec<u8>, Arc<Verdict>>>,
    selections: Mutex<BTreeMap<Vec<u8>, Arc<PolicySet>>>,
}

impl Set {
    /// The set of `policies`, sorted by id.
    ///
    /// # Errors
    /// When they are too many, or would cost too much for an action.
    pub fn new(mut policies: Vec<Arc<Read>>) -> Result<Self, Reject> {
        if policies.len() > POLICIES_MAX {
            let reason = format!(
                "there would be {} policies; at most {POLICIES_MAX}",
                policies.len()
            );
            return Err(TOO_COSTLY.because(reason));
        }
        policies.sort_by(|a, b| a.id.cmp(&b.id));
        let slices: Result<Vec<Slice>, Reject> = (0..vocabulary().actions.len())
            .map(|action| slice(&policies, action))
            .collect();
        let names = policies.iter().flat_map(|policy| &policy.names);
        let named = names
            .filter(|name| is_individual(name))
            .map(ToString::to_string)
            .collect();
        Ok(Self {
            digest: digest(&policies),
            policies,
            slices: slices?,
            named,
            remembered: Mutex::default(),
            selections: Mutex::default(),
        })
    }

    /// What tells this set from any other.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The policies, by id.
    pub fn policies(&self) -> &[Arc<Read>] {
        &self.policies
    }

    /// The policy called `id`.
    pub fn policy(&self, id: &PolicyId) -> Option<&Arc<Read>> {
        let place = self
            .policies
            .binary_search_by(|policy| policy.id.cmp(id))
            .ok()?;
        self.policies.get(place)
    }

    /// The set with `policy` in place of the one of its id.
    ///
    /// # Errors
    /// As [`Set::new`].
    pub fn with(&self, policy: Read) -> Result<Self, Reject> {
        let others = self
            .policies
            .iter()
            .filter(|other| other.id != policy.id)
            .cloned();
        Self::new(others.chain([Arc::new(policy.clone())]).collect())
    }

    /// The set without the policy called `id`.
    ///
    /// # Errors
    /// As [`Set::new`].
    pub fn without(&self, id: &PolicyId) -> Result<Self, Reject> {
        Self::new(
            self.policies
                .iter()
                .filter(|other| other.id != *id)
                .cloned()
                .collect(),
        )
    }

    /// What the policies about an action look at.
    pub fn needs(&self, action: usize) -> Needs {
        self.slices[action].needs
    }

    /// The policies about an action.
    pub fn about(&self, action: usize) -> impl Iterator<Item = &Arc<Read>> {
        self.slices[action]
            .places
            .iter()
            .map(|place| &self.policies[*place])
    }

    /// Whether a policy names this very signer.
    pub fn names(&self, subject: &Subject) -> bool {
        !self.named.is_empty() && self.named.contains(&subject.uid().to_string())
    }

    /// Decides, from memory where it can.
    pub fn decide(&self, question: &Question<'_>) -> Arc<Verdict> {
        let key = self.key(question);
        if let Some(verdict) = lock(&self.remembered).get(&key) {
            return Arc::clone(verdict);
        }
        let slice = &self.slices[question.action];
        let verdict = Arc::new(match slice.places.len() < SELECT_FROM {
            true => judge(&slice.policies, question, slice.needs),
            false => judge(&self.selected(question), question, slice.needs),
        });
        remember(&self.remembered, REMEMBERED_MAX, key, &verdict);
        verdict
    }

    /// Of the policies about the action those whose scope covers the signer. The others are not satisfied whatever else is so, and
    /// a scope cannot fail, so the decision is the same.
    fn selected(&self, question: &Question<'_>) -> Arc<PolicySet> {
        let mut key = question.action.to_be_bytes().to_vec();
        let needs = self.needs(question.action);
        question
            .subject
            .key(self.names(question.subject), needs, &mut key);
        if let Some(selected) = lock(&self.selections).get(&key) {
            return Arc::clone(selected);
        }
        let groups: Vec<EntityUid> = question.subject.groups().collect();
        let covers = |constraint: PrincipalConstraint| match constraint {
            PrincipalConstraint::Any => true,
            PrincipalConstraint::In(group) | PrincipalConstraint::Eq(group) => {
                groups.contains(&group)
            }
            PrincipalConstraint::Is(kind) => kind.to_string() == question.subject.type_name(),
            PrincipalConstraint::IsIn(kind, group) => {
                kind.to_string() == question.subject.type_name() && groups.contains(&group)
            }
        };
        let mut selected = PolicySet::new();
        for read in self.about(question.action) {
            if covers(read.policy.principal_constraint()) {
                // It is in the slice already, so it can be added here.
                let _ = selected.add(read.policy.clone());
            }
        }
        let selected = Arc::new(selected);
        remember(&self.selections, SELECTIONS_MAX, key, &selected);
        selected
    }

    /// Everything that the policies about the action can tell apart.
    fn key(&self, question: &Question<'_>) -> Vec<u8> {
        let needs = self.needs(question.action);
        let mut key = Vec::with_capacity(96);
        key.extend_from_slice(
            &u32::try_from(question.action)
                .unwrap_or(u32::MAX)
                .to_be_bytes(),
        );
        let named = self.names(question.subject);
        question.subject.key(named, needs, &mut key);
        if needs.resource {
            let named =
                !self.named.is_empty() && self.named.contains(&question.resource.uid().to_string());
            question.resource.key(named, &mut key);
        }
        if needs.members {
            key.extend_from_slice(&cbor::to_vec(question.members));
        }
        question.circumstances.key(needs, &mut key);
        key
    }

    /// Lets Cedar decide, by every policy about the action, with all there is to know and without memory.
    pub fn evaluate(&self, question: &Question<'_>) -> Verdict {
        judge(&self.slices[question.action].policies, question, Needs::ALL)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a value; when there are too many, begins anew.
fn remember<T>(kept: &Mutex<BTreeMap<Vec<u8>, Arc<T>>>, most: usize, key: Vec<u8>, value: &Arc<T>) {
    let mut kept = lock(kept);
    if kept.len() >= most {
        kept.clear();
    }
    kept.insert(key, Arc::clone(value));
}

/// Lets Cedar decide by `policies`, which look at what `needs` says: the rest is not put before it.
fn judge(policies: &PolicySet, question: &Question<'_>, needs: Needs) -> Verdict {
    let asked = match asked(question, needs) {
        Ok(asked) => asked,
        // Facts that Cedar does not take are no reason to permit anything.
        Err(_) => {
            return Verdict {
                allowed: false,
                policies: Vec::new(),
                errors: Vec::new(),
            };
        }
    };
    let answer = Authorizer::new().is_authorized(&asked.0, policies, &asked.1);
    let id = |id: &cedar_policy::PolicyId| PolicyId::new(AsRef::<str>::as_ref(id)).ok();
    let diagnostics = answer.diagnostics();
    let mut policies: Vec<PolicyId> = diagnostics.reason().filter_map(id).collect();
    policies.sort();
    let mut errors = Vec::new();
    for error in diagnostics.errors() {
        let cedar_policy::AuthorizationError::PolicyEvaluationError(error) = error;
        // The bounds of a policy's text keep evaluation far from it, so this is a fault of ours, and deciding by it would part us
        // from others.
        assert!(
            !matches!(error.inner(), EvaluationError::RecursionLimit(_)),
            "the stack is too small to evaluate policies: {error}"
        );
        errors.extend(id(error.policy_id()));
    }
    errors.sort();
    let failed = diagnostics.errors().next().is_some();
    Verdict {
        allowed: answer.decision() == Decision::Allow && !failed,
        policies,
        errors,
    }
}

fn asked(question: &Question<'_>, needs: Needs) -> Result<(Request, Entities), String> {
    let action = &vocabulary().actions[question.action];
    let request = Request::new(
        question.subject.uid(),
        action.uid.clone(),
        question.resource.uid(),
        question.circumstances.context(needs)?,
        None,
    )
    .map_err(|error| error.to_string())?;
    let mut entities = vec![question.subject.entity(needs)?, action.entity.clone()];
    if needs.resource {
        entities.push(question.resource.entity()?);
    }
    for (member, facts) in question.members {
        entities.push(member_entity(member, *facts)?);
    }
    let entities = Entities::from_entities(entities, None).map_err(|error| error.to_string())?;
    Ok((request, entities))
}

/// Whether a policy names one signer or one record, so that a decision may depend on which it is.
fn is_individual(name: &EntityUid) -> bool {
    let kind = name.type_name().to_string();
    kind == "Record" || PRINCIPALS.contains(&kind.as_str())
}

fn slice(policies: &[Arc<Read>], action: usize) -> Result<Slice, Reject> {
    let known = &vocabulary().actions[action];
    let groups: Vec<EntityUid> = known
        .groups
        .iter()
        .map(|group| super::vocabulary::uid("Action", group))
        .collect();
    let within = |uid: &EntityUid| *uid == known.uid || groups.contains(uid);
    let mut slice = Slice {
        policies: PolicySet::new(),
        places: Vec::new(),
        needs: Needs::default(),
    };
    let mut nodes = 0;
    for (place, read) in policies.iter().enumerate() {
        let concerns = match read.policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::In(list) => list.iter().any(within),
            ActionConstraint::Eq(uid) => uid == known.uid,
        };
        if concerns {
            nodes += read.nodes;
            slice.needs = slice.needs.and(read.needs);
            slice.places.push(place);
            let added = slice.policies.add(read.policy.clone());
            added.map_err(|error| TOO_COSTLY.because(error.to_string()))?;
        }
    }
    if nodes > ACTION_NODES_MAX {
        let reason = format!(
            "the policies about {} would have {nodes} parts together; at most {ACTION_NODES_MAX}",
            known.name
        );
        return Err(TOO_COSTLY.because(reason));
    }
    Ok(slice)
}

/// The digest of the contents: every id with the digest of its text.
pub(super) fn digest(policies: &[Arc<Read>]) -> Digest {
    let lines: Vec<(&PolicyId, &Digest)> = policies
        .iter()
        .map(|policy| (&policy.id, &policy.digest))
        .collect();
    Digest::of(&cbor::to_vec(&lines))
}

/// Whether a policy permits rather than forbids.
pub fn permits(policy: &Read) -> bool {
    policy.policy.effect() == Effect::Permit
}
