//! What is generated and checked in, and that the defaults are sound.

use super::super::{defaults, set::permits, vocabulary::vocabulary, who_may};
use cedar_policy::{PolicySet, ValidationMode};
use std::path::Path;

fn checked_in(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/reference")
        .join(name);
    if std::env::var_os("CONVOY_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "docs/reference/{name} is out of date: run `cargo xtask reference`"
    );
}

#[test]
fn the_checked_in_table_of_who_may_is_the_generated_one() {
    checked_in("who-may.md", &who_may::page());
}

#[test]
fn the_checked_in_schema_is_the_generated_one() {
    checked_in("policy.cedarschema", &vocabulary().text);
}

#[test]
fn every_action_has_a_policy_that_permits_it_to_somebody() {
    let forgotten = who_may::forgotten(defaults::set());
    assert!(
        forgotten.is_empty(),
        "write a policy in policy/defaults for {forgotten:?}"
    );
}

#[test]
fn the_default_policies_pass_cedars_own_validator_without_a_warning() {
    let mut all = PolicySet::new();
    for policy in defaults::set().policies() {
        all.add(policy.policy.clone()).unwrap();
    }
    let result = vocabulary()
        .validator
        .validate(&all, ValidationMode::Strict);
    assert!(result.validation_passed_without_warnings(), "{result}");
    assert!(all.num_of_policies() >= 10);
}

#[test]
fn the_default_policies_are_a_policy_file_of_cedar() {
    let whole: String = defaults::texts()
        .iter()
        .map(|policy| policy.text.clone() + "\n\n")
        .collect();
    let read: PolicySet = whole.parse().unwrap();
    assert_eq!(read.num_of_policies(), defaults::texts().len());
}

#[test]
fn the_defaults_say_what_the_rows_of_the_modules_say() {
    let set = defaults::set();
    for domain in crate::domains() {
        for action in domain.open_actions() {
            let number = vocabulary().number_of(domain.name(), &action.name).unwrap();
            assert_eq!(
                vocabulary().number(&format!("{}::{}", domain.name(), action.name)),
                Some(number)
            );
            for role in crate::membership::types::Role::ALL {
                let may = !who_may::cell(set, Some(*role), number).is_empty();
                let says = action.roles.is_empty() || action.roles.contains(&role.word());
                assert_eq!(may, says, "{}::{} by {role}", domain.name(), action.name);
            }
        }
    }
    assert!(set.policies().iter().any(|policy| !permits(policy)));
}

/// Policies are written out in guides and concepts between backquotes or in blocks.
#[test]
fn the_policies_on_our_pages_are_valid() {
    let pages = [
        "docs/guides/security-officer.md",
        "docs/concepts/who-may.md",
    ];
    let mut tried = 0;
    for page in pages {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(page);
        let text = std::fs::read_to_string(path).unwrap();
        let spans = text.split("```").flat_map(|part| part.split('`'));
        for span in spans
            .map(str::trim)
            .filter(|span| span.ends_with(';') && span.contains("resource)"))
        {
            let policy = if span.contains("@description") {
                span.to_owned()
            } else {
                super::worded(span)
            };
            let name = span
                .split("@id(\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .unwrap_or("x");
            let read = super::super::bounds::read(&super::id(name), &policy)
                .unwrap_or_else(|reject| panic!("{page}: {reject}: {span}"));
            let mut alone = PolicySet::new();
            alone.add(read.policy.clone()).unwrap();
            let result = vocabulary()
                .validator
                .validate(&alone, ValidationMode::Strict);
            assert!(
                result.validation_passed_without_warnings(),
                "{page}: {span}: {result}"
            );
            tried += 1;
        }
    }
    assert!(tried >= 3, "{tried} policies were found");
}
