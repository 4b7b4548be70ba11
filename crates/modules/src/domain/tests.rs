//! What must hold of every module of the registry, whatever it is about.

use super::{
    Action, Description, Misfit, Shape,
    fields::{Field, Kind, from_text},
    reference,
};
use crate::{
    HUNDREDS, domains,
    testing::{Watched, World},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// Words that a question may not be called: the path needs them.
const TAKEN: [&str; 2] = ["actions", "schema"];
/// Refusals for want of a role.
const ROLE_REFUSALS: [&str; 4] = [
    "role-needed",
    "not-administrator",
    "not-founding",
    "not-permitted",
];

fn open() -> impl Iterator<Item = (&'static Description, &'static Action)> {
    domains()
        .iter()
        .flat_map(|domain| domain.open_actions().map(move |action| (domain, action)))
}

fn is_name(text: &str) -> bool {
    let mut letters = text.bytes();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_lowercase())
        && letters.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[test]
fn every_action_has_a_row_with_an_example_that_the_ledger_takes() {
    let mut world = World::new();
    for domain in domains() {
        for action in domain.actions() {
            let place = format!("{}/{}", domain.name(), action.name);
            assert!(
                !action.example.is_null(),
                "{place}: give it a row in ACTIONS"
            );
            assert!(
                action.example.is_object(),
                "{place}: the example is no JSON object"
            );
            let asked = action.with(action.example.clone());
            let body = domain
                .action_from_json(&asked)
                .unwrap_or_else(|wrong| panic!("{place}: the example: {wrong}"));
            let statement = world.sign_raw("est", domain.name(), body);
            let prepared = world.ledger.prepare(statement);
            assert!(
                prepared.is_ok(),
                "{place}: the example is refused: {:?}",
                prepared.err()
            );
        }
    }
}

#[test]
fn every_action_needs_the_roles_that_its_row_names() {
    for (domain, action) in open().filter(|(_, action)| !action.roles.is_empty()) {
        let place = format!("{}/{}", domain.name(), action.name);
        let hands = [
            ("est", "logistics-officer"),
            ("est-admin", "member-administrator"),
            ("est-scanner", "scanner"),
            ("parts", "supplier-clerk"),
        ];
        for (hand, role) in hands {
            let mut world = World::new();
            let body = domain
                .action_from_json(&action.with(action.example.clone()))
                .unwrap();
            let statement = world.sign_raw(hand, domain.name(), body);
            let output = world.block(&[statement]);
            let refused = output.outcomes[0]
                .reject
                .as_ref()
                .map(|reject| reject.rule.name);
            let lacks = refused.is_some_and(|name| ROLE_REFUSALS.contains(&name));
            assert_eq!(
                lacks,
                !action.roles.contains(&role),
                "{place} by {role}: {refused:?}"
            );
        }
    }
}

#[test]
fn what_the_genesis_document_says_nobody_else_can() {
    for domain in domains() {
        for action in domain.actions().iter().filter(|action| action.genesis_only) {
            let mut world = World::new();
            let asked = action.with(action.example.clone());
            let body = domain.action_from_json(&asked).unwrap();
            let statement = world.sign_raw("est-admin", domain.name(), body);
            let refused = world.block(&[statement]).outcomes[0].reject.clone();
            let place = format!("{}/{}", domain.name(), action.name);
            let refused = refused.unwrap_or_else(|| panic!("{place} was accepted"));
            assert_eq!(refused.rule.name, "genesis-only", "{place}");
        }
    }
}

#[test]
fn names_are_plain_and_unique_and_everything_says_what_it_is() {
    let mut modules = BTreeSet::new();
    for domain in domains() {
        let name = domain.name();
        assert!(
            is_name(name) && !name.contains('_') && modules.insert(name),
            "{name}"
        );
        assert!(
            domain.summary().ends_with('.'),
            "{name}: SUMMARY is a sentence"
        );
        let mut verbs = BTreeSet::new();
        let actions = domain.actions().iter().map(|action| {
            (
                action.name.as_str(),
                action.summary.as_str(),
                &action.fields,
            )
        });
        let queries = domain
            .queries()
            .iter()
            .map(|query| (query.name, query.summary, &query.fields));
        for (verb, summary, fields) in actions.chain(queries) {
            assert!(
                is_name(verb) && verbs.insert(verb.to_owned()),
                "{name}/{verb}: the name is taken or malformed"
            );
            assert!(
                !TAKEN.contains(&verb),
                "{name}/{verb}: the path needs the word"
            );
            assert!(
                !summary.is_empty(),
                "{name}/{verb}: write a doc comment on the variant"
            );
            for field in fields {
                assert!(
                    !field.description.is_empty(),
                    "{name}/{verb}: write a doc comment on `{}`",
                    field.name
                );
            }
        }
    }
}

#[test]
fn every_line_of_the_registry_is_a_module_with_a_slot() {
    let lines = include_str!("../registry.rs").lines();
    let mut named: Vec<&str> = lines
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    let mut known: Vec<&str> = domains().iter().map(Description::name).collect();
    named.sort_unstable();
    known.sort_unstable();
    assert_eq!(
        named, known,
        "each folder's domain.rs needs `impl Slot for Hundred<N>` with one of HUNDREDS, and NAME is the folder's"
    );
}

#[test]
fn a_modules_refusals_lie_in_a_hundred_of_its_own() {
    let mut hundreds = BTreeMap::new();
    for domain in domains() {
        for rule in domain.rules() {
            let hundred = rule.number / 100;
            let owner = hundreds.entry(hundred).or_insert(domain.name());
            assert_eq!(
                *owner,
                domain.name(),
                "refusal {} is in another module's hundred",
                rule.number
            );
            assert!(
                HUNDREDS.contains(&hundred),
                "refusal {} is in no hundred of the modules",
                rule.number
            );
        }
    }
    assert_eq!(
        hundreds.len(),
        domains().len(),
        "each module keeps to one hundred"
    );
}

#[test]
fn the_limits_of_a_modules_types_are_listed_under_its_name() {
    // The list of stewards is cut there: nothing is refused.
    const UNLISTED: [&str; 1] = ["STEWARDS_MAX"];
    let mut names: BTreeSet<&str> = convoy_types::limits::ALL
        .iter()
        .map(|limit| limit.name)
        .collect();
    for domain in domains() {
        let module = domain.name();
        for limit in domain.limits() {
            let named = limit.name.strip_prefix(&format!("{module}_"));
            assert!(named.is_some_and(is_name), "{module}: {}", limit.name);
            assert!(names.insert(limit.name), "{} is listed twice", limit.name);
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src")
            .join(module);
        let read = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
        let (types, said) = (read("types.rs"), read("domain.rs"));
        let list = said.split("const LIMITS").nth(1).unwrap_or_default();
        let list = list.split("];").next().unwrap_or_default();
        let listed: BTreeSet<&str> = list
            .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .collect();
        let constants = types
            .lines()
            .filter_map(|line| Some(line.strip_prefix("pub const ")?.split_once(':')?.0));
        for constant in constants.filter(|name| name.ends_with("_MAX")) {
            assert!(
                UNLISTED.contains(&constant) || listed.contains(constant),
                "{module}: {constant} is not in LIMITS"
            );
        }
    }
}

#[test]
fn types_of_one_name_are_alike_in_every_module() {
    let mut seen: BTreeMap<&str, (&str, Value)> = BTreeMap::new();
    for domain in domains() {
        for (name, schema) in domain.components() {
            let schema = serde_json::to_value(schema).unwrap();
            let (first, known) = seen
                .entry(name)
                .or_insert_with(|| (domain.name(), schema.clone()));
            assert_eq!(
                *known,
                schema,
                "{first} and {} both have a type `{name}` and mean different things: write #[schema(as = {}::{name})] on one",
                domain.name(),
                domain.name(),
            );
        }
    }
}

#[test]
fn what_a_page_shows_is_in_the_answer() {
    for domain in domains() {
        for query in domain.queries() {
            let place = format!("{}/{}", domain.name(), query.name);
            let columns = query.columns();
            assert!(
                !columns.is_empty(),
                "{place}: the answer has no such rows, or they have no fields"
            );
            let Shape::List { key, opens, .. } = query.shape else {
                continue;
            };
            assert!(
                columns.iter().any(|column| column.name == key),
                "{place}: a row has no field `{key}`"
            );
            let Some(opens) = opens else { continue };
            let opened = domain.queries().iter().find(|other| other.name == opens);
            let opened =
                opened.unwrap_or_else(|| panic!("{place}: there is no question `{opens}`"));
            assert!(
                opened.fields.iter().any(|field| field.name == key),
                "{place}: `{opens}` has no parameter `{key}`"
            );
        }
        let page = &domain.schema().page;
        assert!(
            page.list.is_some() || domain.queries().is_empty(),
            "{}: no list",
            domain.name()
        );
    }
}

#[test]
fn the_checked_in_reference_is_the_generated_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/modules");
    let mut pages: Vec<(String, String)> = domains()
        .iter()
        .map(|domain| (format!("{}.md", domain.name()), reference::page(domain)))
        .collect();
    pages.push(("README.md".to_owned(), reference::index()));
    for (name, page) in &pages {
        let path = folder.join(name);
        if std::env::var_os("CONVOY_WRITE_REFERENCE").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, page).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == *page,
            "docs/reference/modules/{name} is out of date: run `cargo xtask reference`"
        );
    }
}

#[test]
fn every_question_that_needs_nothing_is_answered_with_what_its_page_shows() {
    let watched = Watched::new();
    for domain in domains() {
        let queries = domain.queries().iter();
        for query in queries.filter(|query| query.fields.iter().all(|field| !field.required)) {
            let answer = watched.ask(domain.name(), query.name, json!({}));
            if let Shape::List { rows, .. } = query.shape {
                assert!(
                    answer[rows].is_array(),
                    "{}/{}: {answer}",
                    domain.name(),
                    query.name
                );
            }
        }
    }
}

#[test]
fn what_is_done_in_json_is_found_by_asking() {
    let mut watched = Watched::new();
    let unit = json!({"enrol_unit": {"member": "est", "unit": "depot", "name": "Depot"}});
    watched
        .act("est-admin", "membership", unit.clone())
        .unwrap();
    let member = watched.ask("membership", "member", json!({"member": "est"}));
    assert_eq!(member["units"][0]["unit"], "depot");
    assert!(
        watched
            .ask("membership", "member", json!({"member": "nobody"}))
            .is_null()
    );
    let again = watched.act("est-admin", "membership", unit).unwrap_err();
    assert_eq!(again.rule.name, "unit-exists");
}

fn field(name: &str, kind: Kind, required: bool) -> Field {
    Field {
        name: name.to_owned(),
        description: "What it is.".to_owned(),
        kind,
        required,
        schema: Value::Null,
        example: None,
    }
}

type Words<'a> = &'a [(&'a str, &'a str)];

fn some_fields() -> Vec<Field> {
    vec![
        field("to", Kind::Text(Vec::new()), true),
        field("litres", Kind::Integer, false),
        field(
            "state",
            Kind::Text(vec!["open".into(), "closed".into()]),
            false,
        ),
        field("urgent", Kind::Boolean, false),
        field(
            "objects",
            Kind::List(Box::new(Kind::Text(Vec::new()))),
            false,
        ),
        field("quantity", Kind::Json, false),
    ]
}

#[test]
fn words_become_what_their_fields_hold() {
    let said = [
        ("to", "12"),
        ("litres", "12"),
        ("urgent", "true"),
        ("objects", "a"),
        ("objects", "b"),
        ("quantity", r#"["1","EA"]"#),
    ];
    assert_eq!(
        from_text(&some_fields(), said),
        Ok(
            json!({"to": "12", "litres": 12, "urgent": true, "objects": ["a", "b"], "quantity": ["1", "EA"]})
        )
    );
}

#[test]
fn a_wrong_word_is_refused_by_the_name_of_its_field() {
    let refused =
        |said: &[(&str, &str)]| from_text(&some_fields(), said.iter().copied()).unwrap_err();
    let cases: [(Words<'_>, &str, &str); 7] = [
        (&[("to", "x"), ("litres", "1.5")], "/litres", "whole number"),
        (
            &[("to", "x"), ("litres", "99999999999999999999")],
            "/litres",
            "whole number",
        ),
        (
            &[("to", "x"), ("state", "lost")],
            "/state",
            "use one of open, closed",
        ),
        (
            &[("to", "x"), ("urgent", "yes")],
            "/urgent",
            "true nor false",
        ),
        (&[("to", "x"), ("to", "y")], "/to", "twice"),
        (&[], "/to", "missing"),
        (
            &[("to", "x"), ("colour", "red")],
            "",
            "no field `colour`; use one of to, litres",
        ),
    ];
    for (said, pointer, words) in cases {
        let wrong: Misfit = refused(said);
        assert_eq!(wrong.pointer, pointer, "{wrong}");
        assert!(wrong.fault.contains(words), "{wrong}");
    }
}

#[test]
fn a_wrong_field_of_an_action_is_pointed_at() {
    let wrong = |module: &str, action: Value| crate::action_from_json(module, &action).unwrap_err();
    let inner = wrong(
        "custody",
        json!({"offer_handover": {"to": "EST!", "objects": []}}),
    );
    assert_eq!(inner.pointer, "/offer_handover/to", "{inner}");
    let event = wrong("custody", json!({"capture": {"type": "ObjectEvent"}}));
    assert!(event.pointer.starts_with("/capture"), "{event}");
    let module = wrong("colours", json!({}));
    assert!(
        module.fault.contains("use one of membership, custody"),
        "{module}"
    );
}

proptest! {
    #[test]
    fn any_words_are_read_or_refused_and_what_is_read_is_what_was_said(
        said in proptest::collection::vec(("[a-z]{0,8}|to|litres|state|urgent|objects|quantity", ".{0,30}"), 0..6)
    ) {
        let pairs: Vec<(&str, &str)> = said.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        if let Ok(Value::Object(read)) = from_text(&some_fields(), pairs.iter().copied()) {
            let names: BTreeSet<&str> = pairs.iter().map(|(name, _)| *name).collect();
            prop_assert_eq!(read.len(), names.len());
            prop_assert_eq!(read["to"].as_str(), pairs.iter().find(|(name, _)| *name == "to").map(|(_, text)| *text));
        }
    }

    #[test]
    fn any_json_is_an_action_or_refused_and_its_own_json_is_read_back(text in ".{0,60}", name in "[a-z_]{0,16}") {
        let json = json!({ name: { text.clone(): text } });
        for domain in domains() {
            if let Ok(body) = domain.action_from_json(&json) {
                let shown = domain.action_to_json(&body).unwrap();
                prop_assert_eq!(domain.action_from_json(&shown), Ok(body));
            }
        }
    }
}
