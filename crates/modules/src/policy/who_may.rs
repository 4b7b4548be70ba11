//! Every action and view against every role, under the default policies: the page `docs/reference/who-may.md`.
//!
//! A cell is found by asking the policies, not by reading them: first at its best (founding member, records of its own, key in
//! hardware, approved, open records), then with each of these taken away in turn.

use super::{
    defaults,
    set::{Question, Set},
    subject::{Circumstances, MemberFacts, Members, Resource, Subject},
    vocabulary::{View, vocabulary},
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

/// Whether a signer with `role`, or with none, may, without one of the best conditions.
fn may(set: &Set, role: Option<Role>, action: usize, without: Without) -> bool {
    let (Ok(did), Ok(own), Ok(other)) = (
        Did::new("did:web:somebody"),
        MemberId::new("own"),
        MemberId::new("other"),
    ) else {
        panic!("our own names are well formed");
    };
    let kind = match role {
        Some(Role::Node) => SignerKind::Node,
        Some(Role::Scanner) => SignerKind::Device,
        Some(_) => SignerKind::Person,
        None => SignerKind::Service,
    };
    let roles = role.map_or_else(|| Roles::of(&[]), |role| Roles::of(&[role]));
    let subject = Subject::plain(did, kind, own.clone(), roles);
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

/// `yes`, what it depends on, or nothing; for a role, or for who has none.
pub fn cell(set: &Set, role: Option<Role>, action: usize) -> String {
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
            .map(|role| cell(set, Some(*role), number))
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
            .all(|role| !may(set, Some(*role), *number, Without::Nothing))
    });
    nobody.map(|(_, known)| known.name.as_str()).collect()
}

/// Labels, by what makes them different, and the words for them.
const LABELS: [(&str, u8, bool, Option<bool>); 7] = [
    ("none", 0, false, None),
    ("restricted", 1, false, None),
    ("confidential", 2, false, None),
    ("secret", 3, false, None),
    ("secret, with a caveat", 3, true, None),
    (
        "none, released to the reader's member among others",
        0,
        false,
        Some(true),
    ),
    (
        "none, released to other members only",
        0,
        false,
        Some(false),
    ),
];

/// Readers, by what they are cleared for.
const READERS: [(&str, u8, bool); 6] = [
    ("not cleared, or no signer", 0, false),
    ("restricted", 1, false),
    ("confidential", 2, false),
    ("secret", 3, false),
    ("secret, and read into the caveat", 3, true),
    ("restricted, and read into the caveat", 1, true),
];

/// What readers see of records, by label and clearance: every view, asked for every role. Where policies tell roles or views apart, the cell says so.
pub fn labels(set: &Set) -> String {
    let names: Vec<&str> = READERS.iter().map(|(name, ..)| *name).collect();
    let rule = " --- |".repeat(names.len() + 1);
    let mut page = format!("| label | {} |\n|{rule}\n", names.join(" | "));
    for (name, classification, caveat, released) in LABELS {
        let cells = READERS.iter().map(|reader| {
            let label = (classification, caveat, released);
            cell_of_label(set, label, (reader.1, reader.2))
        });
        let cells: Vec<&str> = cells.collect();
        // Writing to a text cannot fail.
        let _ = writeln!(page, "| {name} | {} |", cells.join(" | "));
    }
    page
}

fn cell_of_label(
    set: &Set,
    (classification, caveat, released): (u8, bool, Option<bool>),
    (clearance, read_in): (u8, bool),
) -> &'static str {
    let (Ok(did), Ok(own), Ok(other)) = (
        Did::new("did:web:somebody"),
        MemberId::new("own"),
        MemberId::new("other"),
    ) else {
        panic!("our own names are well formed");
    };
    let word = |named: bool| Vec::from_iter(named.then(|| "ATOMAL".to_owned()));
    let resource = Resource {
        classification,
        caveats: word(caveat),
        releasable_to: match released {
            None => Vec::new(),
            Some(true) => vec![other, own.clone()],
            Some(false) => vec![other],
        },
        ..Resource::open("custody", "objects", b"x", "common")
    };
    let (mut yes, mut no) = (false, false);
    for role in Role::ALL.iter().copied().map(Some).chain([None]) {
        let roles = role.map_or_else(|| Roles::of(&[]), |role| Roles::of(&[role]));
        let subject = Subject {
            clearance,
            caveats: word(read_in),
            ..Subject::plain(did.clone(), SignerKind::Person, own.clone(), roles)
        };
        for view in View::ALL {
            let question = Question {
                subject: &subject,
                action: vocabulary().view(view),
                resource: &resource,
                circumstances: &Circumstances::default(),
                members: &Members::new(),
            };
            match set.evaluate(&question).allowed {
                true => yes = true,
                false => no = true,
            }
        }
    }
    match (yes, no) {
        (true, false) => "yes",
        (false, true) => "",
        _ => "by role or view",
    }
}
