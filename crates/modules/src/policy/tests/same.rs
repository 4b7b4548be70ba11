//! That a decision is a function of policies and question: whatever is remembered, however deep the text, on any stack.

use super::super::{
    bounds::{self, NESTING_MAX, OPERATORS_MAX},
    defaults,
    set::{Question, Set},
    subject::{Circumstances, MemberFacts, Members, Resource, Subject},
    vocabulary::{View, vocabulary},
};
use super::{id, worded};
use crate::{
    membership::types::{MemberKind, Role, Roles, SignerKind},
    testing::{did, member},
};
use convoy_types::quantity::Decimal;
use proptest::prelude::*;
use std::sync::Arc;

/// Conditions that look at everything there is to look at.
const CONDITIONS: [&str; 18] = [
    "true",
    r#"principal in Role::"scanner""#,
    r#"principal in Member::"est""#,
    "principal is Device",
    r#"principal == Person::"did:web:test:a""#,
    "principal.clearance > 1",
    r#"principal.caveats.contains("ATOMAL")"#,
    "principal.member.founding",
    r#"resource has owner && resource.owner == principal.member"#,
    "resource.classification > 0",
    r#"resource.releasable_to.contains(principal.member)"#,
    r#"resource == Record::"custody/objects/x""#,
    "context.time_ms > 5",
    "context.assurance >= 1 && context.lane < 3",
    r#"context.purpose == "audit" || context has today && context.today > 2"#,
    "context.time_ms * 9223372036854775807 > 0",
    r#"context.item == "https://id.gs1.org/00" && context.amount.greaterThan(decimal("2.5"))"#,
    r#"context.unit == "KGM" && context.amount_today.lessThan(decimal("3.0"))"#,
];

const PRINCIPALS: [&str; 6] = [
    "principal",
    r#"principal in Role::"logistics-officer""#,
    r#"principal in Member::"est""#,
    "principal is Person",
    r#"principal is Device in Member::"fra""#,
    r#"principal == Person::"did:web:test:b""#,
];

fn set_of(policies: &[(bool, usize, usize)]) -> Set {
    let actions = [
        "action",
        r#"action in Action::"view""#,
        r#"action == Action::"custody::capture""#,
        r#"action in [Action::"custody", Action::"view::list"]"#,
    ];
    let read = |(place, (permit, action, condition)): (usize, &(bool, usize, usize))| {
        let effect = if *permit { "permit" } else { "forbid" };
        let text = worded(&format!(
            "{effect} ({}, {}, resource) when {{ {} }};",
            PRINCIPALS[place % PRINCIPALS.len()],
            actions[action % actions.len()],
            CONDITIONS[condition % CONDITIONS.len()]
        ));
        Arc::new(bounds::read(&id(&format!("p{place}")), &text).unwrap())
    };
    Set::new(policies.iter().enumerate().map(read).collect()).unwrap()
}

prop_compose! {
    fn subjects()(name in 0..3usize, kind in 0..4usize, of in 0..2usize, roles in 0..16u8, clearance in 0..4u8, caveat in any::<bool>()) -> Subject {
        let held: Vec<Role> = Role::ALL.iter().copied().filter(|role| u32::from(roles) & (1 << role.number()) != 0).collect();
        Subject {
            clearance,
            caveats: if caveat { vec!["ATOMAL".into()] } else { vec![] },
            ..Subject::plain(did(["a", "b", "c"][name]), SignerKind::ALL[kind], member(["est", "fra"][of]), Roles::of(&held))
        }
    }
}

prop_compose! {
    fn records()(key in 0..2usize, owner in 0..3usize, classification in 0..3u8, released in 0..3usize) -> Resource {
        let names = ["est", "fra"];
        Resource {
            owner: names.get(owner).map(|name| member(name)),
            classification,
            releasable_to: names.get(released).iter().map(|name| member(name)).collect(),
            ..Resource::open("custody", "objects", [b"x", b"y"][key], "common")
        }
    }
}

prop_compose! {
    fn circumstances()(time_ms in 0..10u64, assurance in 0..3u8, lane in 0..5u8, purpose in 0..2usize, today in 0..5u64, item in 0..2usize, unit in 0..2usize, amount in 0..5i64, more in 0..3i64) -> Circumstances {
        let tenths = |number: i64| Decimal::new(number * 10 + 5, 1).unwrap();
        Circumstances { item: ["", "https://id.gs1.org/00"][item].into(), unit: ["EA", "KGM"][unit].into(), amount: tenths(amount), amount_today: tenths(amount + more), time_ms, assurance, lane, today, purpose: ["", "audit"][purpose].into(), ..Circumstances::default() }
    }
}

fn all_members(founding: bool) -> Members {
    let facts = MemberFacts {
        kind: MemberKind::Nation,
        founding,
    };
    ["est", "fra"].map(|name| (member(name), facts)).into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every question is asked of one set, whose memory the questions before have filled, and of Cedar without memory.
    #[test]
    fn what_is_remembered_is_what_cedar_says(
        policies in proptest::collection::vec((any::<bool>(), 0..4usize, 0..CONDITIONS.len()), 0..24),
        questions in proptest::collection::vec((subjects(), records(), circumstances(), any::<bool>(), 0..3usize), 1..40),
    ) {
        let set = set_of(&policies);
        for (subject, resource, circumstances, founding, action) in &questions {
            let action = match action {
                0 => vocabulary().number("custody::capture").unwrap(),
                1 => vocabulary().number("custody::offer_handover").unwrap(),
                _ => vocabulary().view(View::List),
            };
            let members = all_members(*founding);
            let question = Question { subject, action, resource, circumstances, members: &members };
            prop_assert_eq!(&*set.decide(&question), &set.evaluate(&question));
        }
    }

    #[test]
    fn any_text_is_a_policy_or_refused(text in "(\\PC|[(){}\\[\\]\"&|!.=;@]){0,200}") {
        let _ = bounds::read(&id("x"), &text);
        let _ = bounds::read(&id("x"), &worded(&text));
        let when = worded(&format!("permit (principal, action, resource) when {{ {text} }};"));
        let _ = bounds::read(&id("x"), &when);
    }
}

/// The deepest texts that are accepted, one for each way to nest.
fn deepest() -> Vec<String> {
    let when = |condition: String| {
        worded(&format!(
            "permit (principal, action, resource) when {{ {condition} }};"
        ))
    };
    let some = OPERATORS_MAX - 4;
    vec![
        when(format!("true{}", " && true".repeat(some))),
        when(format!("1{} > 0", " + 1".repeat(some))),
        when(format!(
            "{}true{}",
            "(".repeat(NESTING_MAX - 2),
            ")".repeat(NESTING_MAX - 2)
        )),
        when(format!(
            "{}true{}",
            "if true then ".repeat(some),
            " else false".repeat(some)
        )),
        when(format!(
            "{}1{}.isEmpty()",
            "[".repeat(NESTING_MAX - 2),
            "]".repeat(NESTING_MAX - 2)
        )),
        when(format!("{}true", "true || ".repeat(some))),
    ]
}

#[test]
fn the_deepest_policy_is_read_validated_and_decided_on_a_small_stack() {
    // Threads of the node have two megabytes and more; the main part of it has to stay for whoever calls.
    let small = std::thread::Builder::new().stack_size(768 * 1024);
    let decided = small.spawn(|| {
        for text in deepest() {
            let read = bounds::read(&id("deep"), &text)
                .unwrap_or_else(|reject| panic!("{reject}: {text}"));
            let mut alone = cedar_policy::PolicySet::new();
            alone.add(read.policy.clone()).unwrap();
            let result = vocabulary()
                .validator
                .validate(&alone, cedar_policy::ValidationMode::Strict);
            let limits = result
                .validation_errors()
                .filter(|error| error.to_string().contains("recursion"));
            assert_eq!(limits.count(), 0, "{text}");
            let set = Set::new(vec![Arc::new(read)]).unwrap();
            let subject = Subject::plain(did("a"), SignerKind::Person, member("est"), Roles::NONE);
            let (resource, circumstances, members) = (
                Resource::open("custody", "", b"", "common"),
                Circumstances::default(),
                Members::new(),
            );
            let question = Question {
                subject: &subject,
                action: 0,
                resource: &resource,
                circumstances: &circumstances,
                members: &members,
            };
            let verdict = set.evaluate(&question);
            assert_eq!(verdict.errors, []);
        }
    });
    decided.unwrap().join().unwrap();
}

#[test]
fn policies_look_at_what_they_say() {
    let needs = |condition: &str| {
        let text = worded(&format!(
            "permit (principal, action, resource) when {{ {condition} }};"
        ));
        bounds::read(&id("x"), &text).unwrap().needs
    };
    assert_eq!(needs("true"), Default::default());
    assert_eq!(needs(r#"principal in Role::"scanner""#), Default::default());
    assert!(needs("principal.member.founding").members);
    assert!(needs("resource.classification == 0").resource);
    assert!(needs("resource has owner && resource.owner.founding").members);
    assert!(needs(r#"principal in Unit::"est/depot""#).units);
    assert_eq!(needs("context.assurance == 2").circumstances, 0b10);
    assert_eq!(
        needs(r#"context.amount.lessThan(decimal("3.0"))"#).circumstances,
        0b100_0000_0000
    );
    assert_eq!(
        needs("context has today && context.today < 3").circumstances,
        0b1000_0000
    );
    assert_eq!(
        needs(r#"if context.lane == 1 then context.time_ms > 3 else context.waited_ms > 1"#)
            .circumstances,
        0b100_0101
    );
}

#[test]
fn custodys_defaults_look_at_nothing_but_roles() {
    for action in ["capture", "offer_handover", "accept_handover", "write_off"] {
        let number = vocabulary().number_of("custody", action).unwrap();
        assert_eq!(
            defaults::set().needs(number),
            Default::default(),
            "{action}"
        );
    }
}
