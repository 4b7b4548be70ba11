//! Why something is or is not permitted, in the policies' own words, and who could grant it.
//!
//! Invariants: an explanation never shows more than the policies' texts, which every member reads, and the names in the question.

use super::{
    needs::circumstance,
    set::{Question, Set, Verdict, permits},
    subject::Subject,
    types::PolicyId,
    vocabulary::vocabulary,
};
use crate::membership::types::{Role, Roles};
use convoy_types::quantity::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use utoipa::ToSchema;

/// Policies told in one explanation.
const TOLD_MAX: usize = 8;

/// A policy, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyWords {
    /// Its id.
    pub id: PolicyId,
    /// `permit` or `forbid`.
    pub effect: String,
    /// What it is for.
    pub description: String,
    /// Who can grant what it permits, or lift what it forbids.
    pub grantor: String,
}

/// Why something is or is not permitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// Whether it is permitted.
    pub allowed: bool,
    /// The answer in one sentence.
    pub sentence: String,
    /// The policies that decided; where none permits, those that permit it to others.
    pub policies: Vec<PolicyWords>,
    /// Roles any one of which would make it permitted.
    pub roles_that_would_do: Vec<String>,
    /// Who could grant it.
    pub who_could_grant: Vec<String>,
    /// Policies that could not be evaluated; one is enough to deny.
    pub errors: Vec<PolicyId>,
}

fn words(set: &Set, ids: &[PolicyId]) -> Vec<PolicyWords> {
    let policies = ids.iter().filter_map(|id| set.policy(id)).take(TOLD_MAX);
    policies
        .map(|policy| PolicyWords {
            id: policy.id.clone(),
            effect: if permits(policy) { "permit" } else { "forbid" }.to_owned(),
            description: policy.description.to_string(),
            grantor: policy.grantor.to_string(),
        })
        .collect()
}

/// Explains a verdict.
pub fn explain(set: &Set, question: &Question<'_>, verdict: &Verdict) -> Explanation {
    let action = asked(set, question);
    let who = &question.subject.did;
    let (sentence, policies) = if verdict.allowed {
        (
            format!("{who} may do {action}"),
            words(set, &verdict.policies),
        )
    } else if !verdict.errors.is_empty() {
        let sentence =
            format!("{who} may not do {action}: a policy could not be evaluated, which denies");
        (sentence, words(set, &verdict.errors))
    } else if !verdict.policies.is_empty() {
        let sentence = format!("{who} may not do {action}: it is forbidden");
        (sentence, words(set, &verdict.policies))
    } else {
        let others: Vec<PolicyId> = set
            .about(question.action)
            .filter(|policy| permits(policy))
            .map(|policy| policy.id.clone())
            .collect();
        let sentence = match others.is_empty() {
            true => format!("{who} may not do {action}: no policy permits it to anybody"),
            false => format!("{who} may not do {action}: no policy permits it to this signer"),
        };
        (sentence, words(set, &others))
    };
    let mut who_could_grant: Vec<String> = Vec::new();
    if !verdict.allowed {
        for policy in &policies {
            if !who_could_grant.contains(&policy.grantor) {
                who_could_grant.push(policy.grantor.clone());
            }
        }
    }
    Explanation {
        allowed: verdict.allowed,
        sentence,
        policies,
        roles_that_would_do: if verdict.allowed {
            Vec::new()
        } else {
            roles_that_would_do(set, question)
        },
        who_could_grant,
        errors: verdict.errors.clone(),
    }
}

/// What is asked, with the amounts that policies look at.
fn asked(set: &Set, question: &Question<'_>) -> String {
    let mut asked = vocabulary().actions[question.action].name.clone();
    let (needs, said) = (set.needs(question.action), question.circumstances);
    if said.item.is_empty() || !needs.asks(circumstance::AMOUNTS) {
        return asked;
    }
    let (amount, unit, item) = (told(said.amount), &said.unit, &said.item);
    // Writing to a text cannot fail.
    let _ = write!(asked, " with {amount} {unit} of {item}");
    if needs.asks(circumstance::AMOUNT_TODAY) {
        let _ = write!(asked, " ({} {unit} today with it)", told(said.amount_today));
    }
    asked
}

/// An amount in words.
fn told(amount: Decimal) -> String {
    match amount == Decimal::MAX {
        true => "any number of".to_owned(),
        false => amount.to_string(),
    }
}

/// Roles any one of which would make the answer yes.
fn roles_that_would_do(set: &Set, question: &Question<'_>) -> Vec<String> {
    let lacks = Role::ALL
        .iter()
        .filter(|role| !question.subject.roles.has(**role));
    let would = lacks.filter(|role| {
        let subject = Subject {
            roles: question.subject.roles.and(Roles::of(&[**role])),
            ..question.subject.clone()
        };
        set.decide(&Question {
            subject: &subject,
            ..*question
        })
        .allowed
    });
    would.map(|role| role.word().to_owned()).collect()
}

/// A refusal's reason: the answer, the policy and who could grant it.
pub(super) fn refusal(set: &Set, question: &Question<'_>, verdict: &Verdict) -> String {
    let explained = explain(set, question, verdict);
    let mut reason = explained.sentence;
    if let Some(policy) = explained.policies.first() {
        // Writing to a text cannot fail.
        let _ = write!(
            reason,
            " (policy {}: {} To be granted by: {})",
            policy.id, policy.description, policy.grantor
        );
    }
    if !explained.roles_that_would_do.is_empty() {
        let _ = write!(
            reason,
            "; it needs one of the roles {}",
            explained.roles_that_would_do.join(", ")
        );
    }
    reason
}
