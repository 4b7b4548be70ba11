//! May somebody read this? One answer for records, lists, counts, feeds, exports and "already exists".
//!
//! Flow: [`Authorizers::at`] gives the [`Authorizer`] for the policies at a snapshot's height, made again only when they changed;
//! [`queries::reader`](super::queries::reader) gives who reads; [`Authorizer::may_read`] decides. No HTTP here.
//!
//! Invariants: a reader who is not enrolled and active reads nothing; an error denies; what a count or an "already exists" would give
//! away is asked like the record itself, as a view of its own.

use super::{
    explain::{self, Explanation},
    labels, queries,
    set::{Question, Set},
    subject::{Circumstances, Members, Resource, Subject},
    types::PolicyId,
    vocabulary::{View, vocabulary},
};
use convoy_readmodel::Snapshot;
use convoy_types::{Did, MemberId};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};
use utoipa::ToSchema;

/// Who reads, as far as policies can tell.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The reader.
    pub subject: Subject,
    /// When, whose hand holds the key of the session, what for.
    pub circumstances: Circumstances,
    /// Kind and founding of every member, where policies of views look at them.
    pub members: Members,
}

/// An answer to a reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// Whether it may be read.
    pub allowed: bool,
    /// The policies that decided.
    pub reasons: Vec<PolicyId>,
    /// Who could grant it, where it may not.
    pub who_could_grant: Vec<String>,
}

/// The policies at one height, asked by readers.
#[derive(Clone)]
pub struct Authorizer {
    set: Arc<Set>,
}

impl Authorizer {
    /// Decides by `set`.
    pub fn new(set: Arc<Set>) -> Self {
        Self { set }
    }

    /// The policies.
    pub fn set(&self) -> &Arc<Set> {
        &self.set
    }

    fn question<'a>(
        reading: &'a Reading,
        action: usize,
        resource: &'a Resource,
        members: &'a Members,
    ) -> Question<'a> {
        Question {
            subject: &reading.subject,
            action,
            resource,
            circumstances: &reading.circumstances,
            members,
        }
    }

    /// Whether policies of views look at what members are.
    fn looks_at_members(&self) -> bool {
        let needs = |view: &View| self.set.needs(vocabulary().view(*view)).members;
        View::ALL.iter().any(needs)
    }

    /// Whether policies of this view look at more of a record than its label: which it is, whose, of which table.
    pub fn looks_at_whose(&self, view: View) -> bool {
        self.set.needs(vocabulary().view(view)).whose
    }

    /// Whether `reading` may have this view of `resource`.
    pub fn may_read(&self, reading: &Reading, view: View, resource: &Resource) -> Decision {
        let action = vocabulary().view(view);
        let members = self.members(reading, action, resource);
        let question = Self::question(reading, action, resource, &members);
        let verdict = self.set.decide(&question);
        let who_could_grant = match verdict.allowed {
            true => Vec::new(),
            false => explain::explain(&self.set, &question, &verdict).who_could_grant,
        };
        Decision {
            allowed: verdict.allowed,
            reasons: verdict.policies.clone(),
            who_could_grant,
        }
    }

    /// Whether `reading` may have this view, without saying why: for rows of lists and items of feeds.
    pub fn shows(&self, reading: &Reading, view: View, resource: &Resource) -> bool {
        let action = vocabulary().view(view);
        let members = self.members(reading, action, resource);
        self.set
            .decide(&Self::question(reading, action, resource, &members))
            .allowed
    }

    /// Why `reading` may or may not do `action` (`module::action` or a view's name) with `resource`; `None` where there is no such action.
    pub fn explain(
        &self,
        reading: &Reading,
        action: &str,
        resource: &Resource,
    ) -> Option<Explanation> {
        let action = vocabulary().number(action)?;
        let members = self.members(reading, action, resource);
        let question = Self::question(reading, action, resource, &members);
        let verdict = self.set.decide(&question);
        Some(explain::explain(&self.set, &question, &verdict))
    }

    /// The members concerned, where policies about the action look at them.
    fn members(&self, reading: &Reading, action: usize, resource: &Resource) -> Members {
        if !self.set.needs(action).members {
            return Members::new();
        }
        let concerned = resource.members().chain([&reading.subject.member]);
        let known = |name: &MemberId| Some((name.clone(), *reading.members.get(name)?));
        concerned.filter_map(known).collect()
    }
}

/// The authorizer for the policies in force and the labels there are, kept until they change.
#[derive(Clone, Default)]
pub struct Authorizers {
    kept: Arc<Mutex<Option<(queries::Stamp, Authorizer)>>>,
    labels: Arc<Mutex<Arc<labels::Known>>>,
}

impl Authorizers {
    /// The authorizer for the policies at the snapshot's height.
    ///
    /// # Errors
    /// When the read model cannot be read, or holds policies that this program cannot read.
    pub fn at(&self, snapshot: &Snapshot<'_>) -> convoy_readmodel::Result<Authorizer> {
        let stamp = queries::stamp(snapshot)?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, authorizer)) = kept.as_ref().filter(|(of, _)| *of == stamp) {
            return Ok(authorizer.clone());
        }
        let authorizer = Authorizer::new(queries::set(snapshot)?);
        *kept = Some((stamp, authorizer.clone()));
        Ok(authorizer)
    }

    /// The labels at the snapshot's height.
    ///
    /// # Errors
    /// When the read model cannot be read.
    pub fn labels(&self, snapshot: &Snapshot<'_>) -> convoy_readmodel::Result<Arc<labels::Known>> {
        let mut kept = self.labels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(newer) = kept.with_newer(snapshot)? {
            *kept = Arc::new(newer);
        }
        Ok(Arc::clone(&kept))
    }

    /// Who reads as `did` at `time_ms`, with the key's assurance and the purpose said; `None` for who is not enrolled and active.
    ///
    /// # Errors
    /// When the read model cannot be read.
    pub fn reading(
        &self,
        snapshot: &Snapshot<'_>,
        did: &Did,
        circumstances: Circumstances,
    ) -> convoy_readmodel::Result<Option<Reading>> {
        match queries::reader(snapshot, did, circumstances.time_ms)? {
            Some(subject) => self.as_subject(snapshot, subject, circumstances).map(Some),
            None => Ok(None),
        }
    }

    /// Who reads as `subject`, whoever that is.
    ///
    /// # Errors
    /// When the read model cannot be read.
    pub fn as_subject(
        &self,
        snapshot: &Snapshot<'_>,
        subject: Subject,
        circumstances: Circumstances,
    ) -> convoy_readmodel::Result<Reading> {
        let members = match self.at(snapshot)?.looks_at_members() {
            true => queries::members(snapshot)?,
            false => Members::new(),
        };
        Ok(Reading {
            subject,
            circumstances,
            members,
        })
    }
}
