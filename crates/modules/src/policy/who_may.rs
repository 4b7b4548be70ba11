//! Every action and view against every role, under the default policies: the page `docs/reference/who-may.md`.
//!
//! A cell is found by asking the policies, not by reading them: first at its best (founding member, records of its own, key in
//! hardware, approved, open records), then with each of these taken away in turn.

use super::{
    defaults,
    set::{Question, Set},
    subject::{Circumstances, MemberFacts, Members, Resource, Subject},
    vocabulary::vocabulary,
};
use crate::membership::types::{MemberKind, Role, Roles, SignerKind};
use convoy_types::{Did, MemberId};
use std::fmt::Write as _;

/// What is taken away, and the word for needing it.
const CONDITIONS: [(Without, &str); 6] = [
    (Without::Founding, "founding"),
    (Without::Own, "own"),
    (Without::Hardware, "hardware key"),
    (Without::OwnKey, "own key"),
    (Without::Approval, "approved"),
    (Without::Open, "cleared"),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Without {
    Nothing,
    Founding,
    Own,
    Hardware,
    OwnKey,
    Approval,
    Open,
}

/// Whether a signer with `role` may, without one of the best conditions.
fn may(set: &Set, role: Role, action: usize, without: Without) -> bool {
    let (Ok(did), Ok(own), Ok(other)) = (
        Did::new("did:web:somebody"),
        MemberId::new("own"),
        MemberId::new("other"),
    ) else {
        panic!("our own names are well formed");
    };
    let kind = match role {
        Role::Node => SignerKind::Node,
        Role::Scanner => SignerKind::Device,
        _ => SignerKind::Person,
    };
    let subject = Subject::plain(did, kind, own.clone(), Roles::of(&[role]));
    let facts = MemberFacts {
        kind: MemberKind::Nation,
        founding: without != Without::Founding,
    };
    let members: Members = [
        (own.clone(), facts),
        (
            other.clone(),
            MemberFacts {
                founding: false,
                ..facts
            },
        ),
    ]
    .into();
    let of = if without == Without::Own { other } else { own };
    let module = vocabulary().actions[action].module;
    let resource = Resource {
        owner: Some(of.clone()),
        custodian: Some(of.clone()),
        originator: Some(of),
        classification: u8::from(without == Without::Open),
        ..Resource::open(module, "", b"", "common")
    };
    let assurance = match without {
        Without::OwnKey => 0,
        Without::Hardware => 1,
        _ => 2,
    };
    let plain = Circumstances {
        assurance,
        ..Circumstances::default()
    };
    let circumstances = if without == Without::Approval {
        plain
    } else {
        plain.approved()
    };
    let question = Question {
        subject: &subject,
        action,
        resource: &resource,
        circumstances: &circumstances,
        members: &members,
    };
    set.evaluate(&question).allowed
}

/// `yes`, what it depends on, or nothing.
pub fn cell(set: &Set, role: Role, action: usize) -> String {
    if !may(set, role, action, Without::Nothing) {
        return String::new();
    }
    let mut needs: Vec<&str> = Vec::new();
    for (without, word) in CONDITIONS {
        if !may(set, role, action, without) {
            needs.push(word);
        }
    }
    // A key in hardware is the signer's own.
    if needs.contains(&"hardware key") {
        needs.retain(|word| *word != "own key");
    }
    match needs.is_empty() {
        true => "yes".to_owned(),
        false => needs.join(", "),
    }
}

/// The page.
pub fn page() -> String {
    let set = defaults::set();
    let mut page = String::from(
        "# Who may do what\n\n\
         <!-- Made by `cargo xtask reference` from the default policies and the modules' types. Do not edit. -->\n\n\
         What a network that keeps the default policies permits, by role. A network's own policies: `GET /v1/modules/policy/policies`. Modules refuse\n\
         more by rules of their own (whose goods, which state); those are on [their pages](modules/README.md).\n\n\
         | word | the role may |\n| --- | --- |\n\
         | yes | always |\n\
         | founding | at a founding member |\n\
         | own | with records of the signer's own member |\n\
         | own key, hardware key | when signing with a key of one's own, or one in hardware |\n\
         | approved | when others approved |\n\
         | cleared | what is unclassified; what is classified with the clearance for it |\n",
    );
    let roles: Vec<&str> = Role::ALL.iter().map(|role| role.word()).collect();
    let mut module = None;
    for (number, known) in vocabulary().actions.iter().enumerate() {
        if module != Some(known.module) {
            module = Some(known.module);
            let title = if known.module.is_empty() {
                "reading"
            } else {
                known.module
            };
            let rule = " --- |".repeat(roles.len() + 1);
            // Writing to a text cannot fail.
            let _ = write!(
                page,
                "\n## {title}\n\n| action | {} |\n|{rule}\n",
                roles.join(" | ")
            );
        }
        let cells: Vec<String> = Role::ALL
            .iter()
            .map(|role| cell(set, *role, number))
            .collect();
        let _ = writeln!(page, "| `{}` | {} |", known.name, cells.join(" | "));
    }
    page
}

/// Actions that nobody may do under `set`, whatever the role: each lacks a policy.
pub fn forgotten(set: &Set) -> Vec<&'static str> {
    let actions = vocabulary().actions.iter().enumerate();
    let nobody = actions.filter(|(number, _)| {
        Role::ALL
            .iter()
            .all(|role| !may(set, *role, *number, Without::Nothing))
    });
    nobody.map(|(_, known)| known.name.as_str()).collect()
}
