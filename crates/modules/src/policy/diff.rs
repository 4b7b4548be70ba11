//! Who gains and who loses what, if these policies were in force instead: over the real people, every action, and the kinds of
//! records and circumstances that policies tell apart.
//!
//! People whom no policy can tell apart are asked about once, so ten thousand people cost as much as their kinds do.

use super::{
    needs::Needs,
    set::{Question, Set},
    subject::{Circumstances, Members, Resource, Subject},
    types::PolicyId,
    vocabulary::{View, vocabulary},
};
use convoy_types::{Digest, MemberId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Changes told.
pub const CHANGES_MAX: usize = 1_000;
/// People named in one change; the number is exact whatever is named.
pub const NAMED_MAX: usize = 20;
/// Kinds of people looked at. Beyond it, the rest is left out, and said so.
pub const KINDS_MAX: usize = 2_000;

/// What somebody gains or loses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PolicyChange)]
pub struct Change {
    /// `gains` or `loses`.
    pub change: String,
    /// The action or view.
    pub action: String,
    /// Of which records, and how signed.
    pub of: String,
    /// How many people, devices and services.
    pub signers: usize,
    /// The first of them, by DID.
    pub named: Vec<String>,
}

/// Who gains and loses what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Difference {
    /// By action, then kind of record.
    pub changes: Vec<Change>,
    /// People, devices and services looked at.
    pub population: usize,
    /// Whether some people or changes were left out.
    pub cut: bool,
}

/// A kind of record, as it is to one asker.
fn resources(action: usize, subject: &Subject) -> Vec<(String, Resource)> {
    let known = &vocabulary().actions[action];
    let another = MemberId::new("another-member").ok();
    let own = Some(subject.member.clone());
    let of = |member: &Option<MemberId>| Resource {
        owner: member.clone(),
        custodian: member.clone(),
        originator: member.clone(),
        ..Resource::open(known.module, "", b"", "common")
    };
    let mut all = vec![
        ("its member's records".to_owned(), of(&own)),
        ("others' records".to_owned(), of(&another)),
    ];
    if View::ALL.iter().any(|view| view.action() == known.name) {
        for (number, name) in [(1, "restricted"), (2, "confidential"), (3, "secret")] {
            let record = Resource {
                classification: number,
                ..of(&another)
            };
            all.push((format!("others' {name} records"), record));
        }
        let released = another.iter().cloned().collect();
        let record = Resource {
            releasable_to: released,
            ..of(&another)
        };
        all.push(("records released to others only".to_owned(), record));
    }
    all
}

/// Circumstances that policies tell apart.
fn circumstances(time_ms: u64) -> Vec<(&'static str, Circumstances)> {
    let with = |assurance| Circumstances {
        time_ms,
        assurance,
        ..Circumstances::default()
    };
    vec![
        ("signed by the node", with(0)),
        ("signed with an own key", with(1)),
        ("signed with a key in hardware", with(2)),
        ("approved by others", with(2).approved()),
    ]
}

/// What `after` changes against `before` for `population`.
pub fn diff(
    before: &Set,
    after: &Set,
    population: &[Subject],
    members: &Members,
    time_ms: u64,
) -> Difference {
    let mut kinds: BTreeMap<Vec<u8>, Vec<&Subject>> = BTreeMap::new();
    let mut difference = Difference {
        population: population.len(),
        ..Difference::default()
    };
    for subject in population {
        let mut key = Vec::new();
        let named = before.names(subject) || after.names(subject);
        subject.key(named, Needs::ALL, &mut key);
        match kinds.len() >= KINDS_MAX && !kinds.contains_key(&key) {
            true => difference.cut = true,
            false => kinds.entry(key).or_default().push(subject),
        }
    }
    let mut found: BTreeMap<(String, String, &str), Vec<&Subject>> = BTreeMap::new();
    let differ = |action: &usize| !about(before, *action).eq(about(after, *action));
    let actions: Vec<usize> = (0..vocabulary().actions.len()).filter(differ).collect();
    for people in kinds.values() {
        for action in actions.iter().copied() {
            for (of, change) in changes(before, after, people[0], action, members, time_ms) {
                let key = (vocabulary().actions[action].name.clone(), of, change);
                found.entry(key).or_default().extend(people);
            }
        }
    }
    difference.cut |= found.len() > CHANGES_MAX;
    for ((action, of, change), mut people) in found.into_iter().take(CHANGES_MAX) {
        people.sort_by(|a, b| a.did.cmp(&b.did));
        difference.changes.push(Change {
            change: change.to_owned(),
            action,
            of,
            signers: people.len(),
            named: people
                .iter()
                .take(NAMED_MAX)
                .map(|subject| subject.did.to_string())
                .collect(),
        });
    }
    difference
}

/// The policies about an action, by what they say.
fn about(set: &Set, action: usize) -> impl Iterator<Item = (&PolicyId, &Digest)> {
    set.about(action).map(|policy| (&policy.id, &policy.digest))
}

/// What one asker gains or loses of one action.
fn changes(
    before: &Set,
    after: &Set,
    subject: &Subject,
    action: usize,
    members: &Members,
    time_ms: u64,
) -> Vec<(String, &'static str)> {
    let mut all = Vec::new();
    for (of, resource) in resources(action, subject) {
        for (how, circumstances) in circumstances(time_ms) {
            let question = Question {
                subject,
                action,
                resource: &resource,
                circumstances: &circumstances,
                members,
            };
            let (was, is) = (
                before.evaluate(&question).allowed,
                after.evaluate(&question).allowed,
            );
            match (was, is) {
                (false, true) => all.push((format!("{of}, {how}"), "gains")),
                (true, false) => all.push((format!("{of}, {how}"), "loses")),
                _ => {}
            }
        }
    }
    all
}
