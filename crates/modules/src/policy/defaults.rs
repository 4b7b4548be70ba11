//! The policies that a network begins with: what is written in `defaults/`, and for a module that has no file there, what its rows
//! in `ACTIONS` say.
//!
//! A file holds policies with a blank line between them. They are part of the protocol version for ledgers that were founded without
//! policies; a genesis document made today holds their texts.

use super::{
    bounds::{self, Read},
    set::Set,
    types::{PolicyId, PolicyText},
};
use std::{
    fmt::Write as _,
    sync::{Arc, LazyLock},
};

/// The files, by module; `labels` is about every module.
const FILES: [(&str, &str); 4] = [
    ("custody", include_str!("defaults/custody.cedar")),
    ("labels", include_str!("defaults/labels.cedar")),
    ("membership", include_str!("defaults/membership.cedar")),
    ("policy", include_str!("defaults/policy.cedar")),
];

/// The policies that a network begins with, by id.
pub fn texts() -> &'static [PolicyText] {
    static ALL: LazyLock<Vec<PolicyText>> = LazyLock::new(|| {
        let mut all: Vec<PolicyText> = FILES.iter().flat_map(|(_, file)| split(file)).collect();
        let written = |name: &str| FILES.iter().any(|(module, _)| *module == name);
        let unwritten = crate::domains()
            .iter()
            .filter(|domain| !written(domain.name()));
        all.extend(unwritten.flat_map(derived));
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    });
    &ALL
}

/// The set that counts where a ledger has none of its own.
pub fn set() -> &'static Arc<Set> {
    static MADE: LazyLock<Arc<Set>> = LazyLock::new(|| {
        let read = |policy: &PolicyText| match bounds::read(&policy.id, &policy.text) {
            Ok(read) => Arc::<Read>::new(read),
            Err(reject) => panic!("our own policy {}: {reject}", policy.id),
        };
        match Set::new(texts().iter().map(read).collect()) {
            Ok(set) => Arc::new(set),
            Err(reject) => panic!("our own policies: {reject}"),
        }
    });
    &MADE
}

/// The policies of a file, each with the id that its `@id` gives.
pub(super) fn split(file: &str) -> Vec<PolicyText> {
    let parts = file.split("\n\n").map(str::trim);
    let policies = parts.filter(|part| part.contains("@id("));
    policies
        .map(|text| {
            let id = text
                .split("@id(\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            match id.map(PolicyId::new) {
                Some(Ok(id)) => PolicyText {
                    id,
                    text: text.to_owned(),
                },
                wrong => panic!("a policy of ours without a good @id ({wrong:?}): {text}"),
            }
        })
        .collect()
}

/// One policy for each action of a module that has no file.
fn derived(domain: &crate::Description) -> Vec<PolicyText> {
    let module = domain.name();
    let one = |action: &crate::domain::Action| {
        let name = &action.name;
        let roles: Vec<String> = action
            .roles
            .iter()
            .map(|role| format!("Role::\"{role}\""))
            .collect();
        let mut text = format!(
            "@id(\"{module}.{}\")\n@description(\"{}\")\n@grantor(\"An administrator of the signer's member, by giving the role.\")\n\
             permit (principal, action == Action::\"{module}::{name}\", resource)",
            name.replace('_', "-"),
            action.summary.replace(['"', '\\', '\n'], " "),
        );
        if !roles.is_empty() {
            let _ = write!(text, "\nwhen {{ principal in [{}] }}", roles.join(", "));
        }
        text.push(';');
        let id = PolicyId::new(&format!("{module}.{}", name.replace('_', "-")));
        match id {
            Ok(id) => PolicyText { id, text },
            Err(wrong) => panic!("{wrong}"),
        }
    };
    domain.open_actions().map(one).collect()
}
