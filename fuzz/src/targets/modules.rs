//! What users say to modules: an action as JSON, and the words of a query string or command line.

use super::{Outcome, Target, with_text};
use convoy_modules::{
    domain::fields::from_text,
    domains,
    membership::types::{Role, Roles, SignerKind},
    policy::{
        bounds, defaults,
        set::{Question, Set},
        subject::{Circumstances, Members, Resource, Subject},
        types::PolicyId,
        vocabulary::vocabulary,
    },
};
use convoy_types::{Did, MemberId};
use serde_json::Value;
use std::sync::Arc;

/// The rows of this file.
pub const TARGETS: &[Target] = &[
    Target {
        name: "action-json",
        bytes_max: 4_096,
        seeds: action_seeds,
        run: action,
    },
    Target {
        name: "words",
        bytes_max: 2_048,
        seeds: words_seeds,
        run: words,
    },
    Target {
        name: "policy",
        bytes_max: 4_096,
        seeds: policy_seeds,
        run: policy,
    },
];

fn policy_seeds() -> Vec<Vec<u8>> {
    let texts = defaults::texts().iter();
    texts
        .map(|policy| policy.text.clone().into_bytes())
        .collect()
}

/// A text that is a policy says who grants it, and decides the same from memory and without.
fn policy(bytes: &[u8]) -> Outcome {
    with_text(bytes, |text| {
        let id = text
            .split("@id(\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let id = PolicyId::new(id.unwrap_or("fuzzed")).or_else(|_| PolicyId::new("fuzzed"));
        let read = match bounds::read(&id.expect("an id of ours"), text) {
            Ok(read) => read,
            Err(reject) => return Outcome::Refused(reject.to_string()),
        };
        assert!(!read.grantor.is_empty() && !read.description.is_empty());
        let set = Set::new(vec![Arc::new(read)]).expect("one policy is a set");
        let did = Did::new("did:web:somebody").expect("a DID");
        let est = MemberId::new("est").expect("a member");
        let subject = Subject::plain(
            did,
            SignerKind::Person,
            est,
            Roles::of(&[Role::LogisticsOfficer]),
        );
        let resource = Resource::open("custody", "objects", b"x", "common");
        for action in 0..vocabulary().actions.len() {
            let question = Question {
                subject: &subject,
                action,
                resource: &resource,
                circumstances: &Circumstances::default(),
                members: &Members::new(),
            };
            assert_eq!(*set.decide(&question), set.evaluate(&question));
        }
        Outcome::Accepted
    })
}

fn action_seeds() -> Vec<Vec<u8>> {
    let actions = domains().iter().flat_map(|domain| domain.actions());
    actions
        .map(|action| action.with(action.example.clone()).to_string().into_bytes())
        .collect()
}

/// JSON that a module takes is an action, and its own JSON is one that is shown the same. The bytes may differ in how long the
/// company prefix of an EPC URN was, which JSON does not tell.
fn action(bytes: &[u8]) -> Outcome {
    let json: Value = match serde_json::from_slice(bytes) {
        Ok(json) => json,
        Err(error) => return Outcome::Refused(error.to_string()),
    };
    let mut last = Outcome::Refused("no module".to_owned());
    for domain in domains() {
        match domain.action_from_json(&json) {
            Ok(body) => {
                let shown = domain
                    .action_to_json(&body)
                    .expect("a stored action is shown");
                let again = domain
                    .action_from_json(&shown)
                    .expect("what is shown is taken");
                assert_eq!(domain.action_to_json(&again).as_ref(), Ok(&shown));
                return Outcome::Accepted;
            }
            Err(wrong) => {
                assert!(!wrong.fault.is_empty(), "a refusal says why");
                last = Outcome::Refused(wrong.to_string());
            }
        }
    }
    last
}

fn words_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "custody handovers\nstate=open\nmember=est\nlimit=5\ncursor=3.4",
        "custody trace\nid=urn:epc:id:bic:NPSU2044172",
        "custody contents\nid=urn:epc:id:sscc:9521101.0000000011\nat=2026-05-01T10:00:00Z",
        "membership signers\nmember=est\ncursor=did:web:est.example:a",
        "membership members",
    ];
    seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect()
}

/// The first line names module and question, the others are `name=value`.
fn words(bytes: &[u8]) -> Outcome {
    with_text(bytes, |text| {
        let mut lines = text.lines();
        let (module, name) = lines
            .next()
            .and_then(|line| line.split_once(' '))
            .unwrap_or_default();
        let found = domains().iter().filter(|domain| domain.name() == module);
        let Some(query) = found
            .flat_map(|domain| domain.queries())
            .find(|query| query.name == name)
        else {
            return Outcome::Refused("no such question".to_owned());
        };
        let said = lines.filter_map(|line| line.split_once('='));
        Outcome::of(
            &from_text(&query.fields, said)
                .and_then(|parameters| query.prepare(&parameters).map(drop)),
        )
    })
}
