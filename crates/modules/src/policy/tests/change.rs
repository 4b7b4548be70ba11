//! How policies change: who may, what is refused, that nobody is locked out.

use super::{
    super::{NAME, defaults, types::*},
    act, id, put, refused, replace, retire, worded,
};
use crate::{
    membership::{
        self,
        types::{NewKey, Role, SignerKind, Status},
    },
    testing::*,
};
use convoy_ledger::{Execution, Ledger, Mode, Record, StateKey, memory, reject as core};
use convoy_types::{Compartment, NetworkId, cbor, statement::Assurance};
use serde_json::{Value, json};
use std::sync::Arc;

const NO_HANDOVERS: &str = r#"forbid (principal in Member::"est", action == Action::"custody::offer_handover", resource);"#;

fn json_act(
    world: &mut World,
    who: &str,
    module: &str,
    action: Value,
) -> Result<(), convoy_ledger::Reject> {
    let body = crate::action_from_json(module, &action).unwrap();
    let statement = world.sign_raw(who, module, body);
    if let Err(reject) = world.ledger.prepare(statement.clone()) {
        world.hands.get_mut(who).unwrap().next -= 1;
        return Err(reject);
    }
    match world.block(&[statement]).outcomes[0].reject.clone() {
        Some(reject) => Err(reject),
        None => Ok(()),
    }
}

fn capture(world: &mut World, who: &str, number: u32) -> Result<(), convoy_ledger::Reject> {
    let event = json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "ObjectEvent", "action": "ADD",
        "epcList": [format!("urn:epc:id:sgtin:9521101.012001.T{number}")],
        "eventTime": "2026-10-31T09:00:00Z", "eventTimeZoneOffset": "+00:00",
    });
    json_act(world, who, "custody", json!({ "capture": event }))
}

fn offer(world: &mut World, who: &str, number: u32) -> Result<(), convoy_ledger::Reject> {
    let object = format!("urn:epc:id:sgtin:9521101.012001.T{number}");
    json_act(
        world,
        who,
        "custody",
        json!({"offer_handover": {"to": "fra", "objects": [object]}}),
    )
}

#[test]
fn a_policy_forbids_until_it_is_retired() {
    let mut world = World::new();
    for number in 0..3 {
        capture(&mut world, "est", number).unwrap();
    }
    offer(&mut world, "est", 0).unwrap();
    act(&mut world, "est-admin", put("no-handovers", NO_HANDOVERS)).unwrap();
    let reject = offer(&mut world, "est", 1).unwrap_err();
    assert_eq!(reject.rule.name, "role-needed", "custody's own number");
    assert!(
        reject.reason.contains("policy no-handovers: For a test."),
        "{reject}"
    );
    capture(&mut world, "parts", 9).unwrap();
    act(&mut world, "fra-admin", retire("no-handovers")).unwrap();
    offer(&mut world, "est", 1).unwrap();
    assert_eq!(
        refused(&mut world, "est-admin", put("no-handovers", NO_HANDOVERS)),
        "policy-exists"
    );
    assert_eq!(
        refused(&mut world, "est-admin", retire("no-handovers")),
        "unknown-policy"
    );
}

#[test]
fn a_policy_counts_from_the_next_statement_of_the_same_block_on() {
    let mut world = World::new();
    capture(&mut world, "est", 0).unwrap();
    let policy = world.sign("est-admin", NAME, &[put("no-handovers", NO_HANDOVERS)]);
    let body =
        json!({"offer_handover": {"to": "fra", "objects": ["urn:epc:id:sgtin:9521101.012001.T0"]}});
    let offered = world.sign_raw(
        "est",
        "custody",
        crate::action_from_json("custody", &body).unwrap(),
    );
    let output = world.block(&[policy, offered]);
    let names: Vec<Option<&str>> = output
        .outcomes
        .iter()
        .map(|outcome| outcome.reject.as_ref().map(|reject| reject.rule.name))
        .collect();
    assert_eq!(names, [None, Some("role-needed")]);
}

#[test]
fn a_policy_gives_a_role_more_than_the_defaults_do() {
    let mut world = World::new();
    capture(&mut world, "est", 0).unwrap();
    let reject = offer(&mut world, "est-scanner", 0).unwrap_err();
    assert!(reject.reason.contains("logistics-officer"), "{reject}");
    let policy = r#"permit (principal in Role::"scanner", action == Action::"custody::offer_handover", resource)
        when { principal.member == Member::"est" };"#;
    act(&mut world, "est-admin", put("scanners-hand-over", policy)).unwrap();
    offer(&mut world, "est-scanner", 0).unwrap();
}

#[test]
fn founding_members_administrators_and_security_officers_change_policies_and_nobody_else() {
    let mut world = World::new();
    let other = || put("another", NO_HANDOVERS);
    for who in ["est", "est-scanner", "parts-admin", "audit-admin"] {
        assert_eq!(refused(&mut world, who, other()), "not-permitted", "{who}");
    }
    let officer = |of: &str, name: &str| {
        membership::types::Action::EnrolSigner(new_signer(
            of,
            name,
            SignerKind::Person,
            &[Role::SecurityOfficer],
        ))
    };
    world
        .act(
            "est-admin",
            membership::NAME,
            &[officer("est", "est-secure")],
        )
        .unwrap();
    world
        .act(
            "parts-admin",
            membership::NAME,
            &[officer("parts", "parts-secure")],
        )
        .unwrap();
    world.hand("est-secure", "est-secure");
    world.hand("parts-secure", "parts-secure");
    assert_eq!(
        refused(&mut world, "parts-secure", other()),
        "not-permitted"
    );
    act(&mut world, "est-secure", other()).unwrap();
}

#[test]
fn texts_that_are_no_policy_are_refused_by_name() {
    let mut world = World::new();
    let raw = |text: &str| Action::Put {
        id: id("x"),
        text: text.to_owned(),
        revision: None,
    };
    let all = "permit (principal, action, resource);";
    let cases = [
        (raw(""), "malformed-field"),
        (raw("hello"), "not-a-policy"),
        (raw(all), "not-a-policy"),
        (raw(&format!("@description(\"x\") {all}")), "not-a-policy"),
        (raw(&worded(&format!("{all} {all}"))), "not-a-policy"),
        (
            put("x", "permit (principal == ?principal, action, resource);"),
            "not-a-policy",
        ),
        (
            raw(&format!("@id(\"y\") {}", worded(all))),
            "malformed-field",
        ),
        (
            raw(&format!(
                "// {}\n{}",
                "x".repeat(TEXT_BYTES_MAX),
                worded(all)
            )),
            "malformed-field",
        ),
        (
            put(
                "x",
                &format!(
                    "permit (principal, action, resource) when {{ {}true{} }};",
                    "(".repeat(40),
                    ")".repeat(40)
                ),
            ),
            "too-costly",
        ),
        (
            put(
                "x",
                &format!(
                    "permit (principal, action, resource) when {{ true{} }};",
                    " && true".repeat(120)
                ),
            ),
            "too-costly",
        ),
        (
            put(
                "x",
                &format!(
                    "permit (principal, action, resource) when {{ [{}].isEmpty() }};",
                    "1,".repeat(900) + "1"
                ),
            ),
            "too-costly",
        ),
        (
            put(
                "x",
                r#"permit (principal in Role::"admiral", action, resource);"#,
            ),
            "refers-to-nothing",
        ),
        (
            put(
                "x",
                r#"permit (principal in Member::"atlantis", action, resource);"#,
            ),
            "refers-to-nothing",
        ),
        (
            put(
                "x",
                r#"permit (principal in Unit::"est/atlantis", action, resource);"#,
            ),
            "refers-to-nothing",
        ),
        (
            put(
                "x",
                r#"permit (principal == Person::"did:web:nobody", action, resource);"#,
            ),
            "refers-to-nothing",
        ),
        (
            put(
                "x",
                r#"permit (principal, action == Action::"custody::steal", resource);"#,
            ),
            "refers-to-nothing",
        ),
        (
            put(
                "x",
                r#"permit (principal == Ghost::"x", action, resource);"#,
            ),
            "refers-to-nothing",
        ),
        (
            put(
                "x",
                "permit (principal, action, resource) when { principal.rank == 3 };",
            ),
            "not-valid",
        ),
        (
            put(
                "x",
                "permit (principal, action, resource) when { context.weather == \"fine\" };",
            ),
            "not-valid",
        ),
        (
            put(
                "x",
                "permit (principal, action, resource) when { resource.owner == principal.member };",
            ),
            "not-valid",
        ),
        (
            put(
                "x",
                "permit (principal, action, resource) when { principal.clearance };",
            ),
            "not-valid",
        ),
        (
            put("x", "permit (principal, action, resource) when { false };"),
            "not-valid",
        ),
        (replace("x", all), "unknown-policy"),
        (
            Action::Retire {
                id: id("x"),
                reason: String::new(),
                revision: None,
            },
            "malformed-field",
        ),
    ];
    for (action, name) in cases {
        assert_eq!(
            refused(&mut world, "est-admin", action.clone()),
            name,
            "{action:?}"
        );
    }
}

#[test]
fn a_change_is_refused_where_another_came_first() {
    let mut world = World::new();
    let revised = |revision| Action::Put {
        id: id("a"),
        text: worded(NO_HANDOVERS),
        revision: Some(revision),
    };
    assert_eq!(
        refused(&mut world, "est-admin", revised(7)),
        "other-revision"
    );
    act(&mut world, "est-admin", revised(1)).unwrap();
    let head: Head = world.read(ONLY).unwrap();
    assert_eq!((head.revision, head.engine), (2, ENGINE));
    let again = Action::Replace {
        id: id("a"),
        text: worded(NO_HANDOVERS),
        revision: Some(2),
    };
    assert_eq!(refused(&mut world, "est-admin", again), "no-change");
}

#[test]
fn nobody_is_locked_out() {
    let mut world = World::new();
    let change =
        r#"action in [Action::"policy::put", Action::"policy::replace", Action::"policy::retire"]"#;
    let by = |who: &str| {
        format!(
            "permit (principal, {change}, resource) when {{ {who} && principal.member.founding }};"
        )
    };
    let locks = [
        put("nobody", "forbid (principal, action, resource);"),
        put(
            "no-retiring",
            r#"forbid (principal, action == Action::"policy::retire", resource);"#,
        ),
        retire("policy.change"),
        replace(
            "policy.change",
            &by(r#"principal in Role::"security-officer""#),
        ),
        put(
            "hardware",
            &format!("forbid (principal, {change}, resource) unless {{ context.assurance >= 2 }};"),
        ),
        put(
            "until-new-year",
            &format!(
                "forbid (principal, {change}, resource) when {{ context.time_ms > {} }};",
                START_MS + 86_400_000
            ),
        ),
        put(
            "fails-later",
            &format!(
                "forbid (principal, {change}, resource) when {{ context.time_ms * {} > 0 }};",
                i64::MAX / 1_900_000_000_000
            ),
        ),
        put(
            "many-eyes",
            &format!("forbid (principal, {change}, resource) unless {{ context.approvals >= 9 }};"),
        ),
        put(
            "of-auditors",
            &format!(
                "forbid (principal, {change}, resource) unless {{ principal in Member::\"audit\" }};"
            ),
        ),
    ];
    for action in locks {
        assert_eq!(
            refused(&mut world, "est-admin", action.clone()),
            "locks-out",
            "{action:?}"
        );
    }
    // Two members found the network, so the other administrator can approve.
    let eyes =
        format!("forbid (principal, {change}, resource) unless {{ context.approvals >= 1 }};");
    let own =
        format!("forbid (principal, {change}, resource) unless {{ context.assurance >= 1 }};");
    act(&mut world, "est-admin", put("own-keys", &own)).unwrap();
    act(&mut world, "est-admin", retire("own-keys")).unwrap();
    act(&mut world, "est-admin", put("two-eyes", &eyes)).unwrap();
}

#[test]
fn who_was_suspended_does_not_keep_the_way_back_open() {
    let mut world = World::new();
    let only_france = r#"forbid (principal, action in Action::"policy", resource) unless { principal in Member::"fra" };"#;
    let suspend = membership::types::Action::SetMemberStatus {
        member: member("fra"),
        status: Status::Suspended,
    };
    world
        .act("est-admin", membership::NAME, &[suspend])
        .unwrap();
    assert_eq!(
        refused(&mut world, "est-admin", put("france", only_france)),
        "locks-out"
    );
    let reinstate = membership::types::Action::SetMemberStatus {
        member: member("fra"),
        status: Status::Active,
    };
    world
        .act("est-admin", membership::NAME, &[reinstate])
        .unwrap();
    act(&mut world, "est-admin", put("france", only_france)).unwrap();
    assert_eq!(
        refused(&mut world, "est-admin", retire("france")),
        "not-permitted"
    );
    act(&mut world, "fra-admin", retire("france")).unwrap();
}

#[test]
fn an_error_in_any_policy_denies() {
    let mut world = World::new();
    capture(&mut world, "est", 0).unwrap();
    // 2026 in milliseconds times this runs over, which only evaluation finds.
    let fails = r#"permit (principal, action == Action::"custody::capture", resource) when { context.time_ms * 9000000 > 0 };"#;
    act(&mut world, "est-admin", put("fails", fails)).unwrap();
    let reject = capture(&mut world, "est", 1).unwrap_err();
    assert!(reject.reason.contains("could not be evaluated"), "{reject}");
    act(&mut world, "est-admin", retire("fails")).unwrap();
    capture(&mut world, "est", 1).unwrap();
}

#[test]
fn the_assurance_of_a_key_counts_as_it_was_registered() {
    let mut world = World::new();
    let rotate = |old: &str, new: NewKey| membership::types::Action::RotateKey {
        did: did("est"),
        old: key(convoy_types::cose::Algorithm::Ed25519, old)
            .public()
            .key_id(),
        new,
    };
    let hardware = r#"forbid (principal, action == Action::"custody::capture", resource) unless { context.assurance >= 2 };"#;
    act(&mut world, "est-admin", put("hardware", hardware)).unwrap();
    assert!(capture(&mut world, "est", 0).is_err());
    // Nobody raises the assurance of one's own key.
    let own = NewKey {
        hardware: true,
        ..new_key("card")
    };
    let raised = world
        .act("est", membership::NAME, &[rotate("est", own.clone())])
        .unwrap_err();
    assert_eq!(raised.rule.name, "not-administrator");
    world
        .act("est-admin", membership::NAME, &[rotate("est", own)])
        .unwrap();
    world.hand("est", "card");
    capture(&mut world, "est", 0).unwrap();
    let held = NewKey {
        hardware: true,
        assurance: Assurance::HeldByNode,
        ..new_key("node")
    };
    let odd = world
        .act("est-admin", membership::NAME, &[rotate("card", held)])
        .unwrap_err();
    assert_eq!(odd.rule.name, "malformed-field");
}

#[test]
fn a_suspended_persons_queued_work_does_not_execute() {
    let mut world = World::new();
    let queued = world.sign("est-admin", NAME, &[put("later", NO_HANDOVERS)]);
    let suspend = membership::types::Action::SetMemberStatus {
        member: member("est"),
        status: Status::Suspended,
    };
    world
        .act("fra-admin", membership::NAME, &[suspend])
        .unwrap();
    assert_eq!(world.unfit(queued), Some(core::SIGNER_NOT_ACTIVE));
}

#[test]
fn a_change_signed_for_one_ledger_is_no_change_of_another() {
    let mut world = World::new();
    let statement = world.sign("est-admin", NAME, &[put("a", NO_HANDOVERS)]);
    let registry = Arc::new(crate::registry());
    let elsewhere = [
        Ledger::new(
            world.ledger.network.clone(),
            Compartment::new("baltic").unwrap(),
            Arc::clone(&registry),
        ),
        Ledger::new(
            NetworkId::new("other.0123456789abcdef").unwrap(),
            Compartment::common(),
            registry,
        ),
    ];
    for (ledger, rule) in elsewhere
        .iter()
        .zip([core::WRONG_COMPARTMENT, core::WRONG_NETWORK])
    {
        assert_eq!(
            ledger
                .prepare(statement.clone())
                .err()
                .map(|reject| reject.rule),
            Some(rule)
        );
    }
}

#[test]
fn a_ledger_founded_without_policies_has_the_defaults_until_they_change() {
    let mut world = World::new();
    let founding: Vec<_> = membership::genesis::actions(&founders())
        .into_iter()
        .filter(|(module, _)| module != NAME)
        .collect();
    let output = world.ledger.found(START_MS, &founding).unwrap();
    world.store = memory::MemoryStore::default();
    world.store.apply(&output);
    assert_eq!(world.read::<Head>(ONLY), None);
    capture(&mut world, "est", 0).unwrap();
    assert!(offer(&mut world, "est-scanner", 0).is_err());
    act(&mut world, "est-admin", put("no-handovers", NO_HANDOVERS)).unwrap();
    assert!(offer(&mut world, "est", 0).is_err());
    let contents: Contents = world.read(ONLY).unwrap();
    assert_eq!(contents.policies.len(), defaults::texts().len() + 1);
    for line in &contents.policies {
        let stored: StoredPolicy = world.read(line.id.as_str().as_bytes()).unwrap();
        assert_eq!(convoy_types::Digest::of(stored.text.as_bytes()), line.text);
    }
}

#[test]
fn only_the_genesis_document_founds() {
    let mut world = World::new();
    let action = Action::Found {
        policies: defaults::texts().to_vec(),
    };
    assert_eq!(refused(&mut world, "est-admin", action), "genesis-only");
}

#[test]
fn a_genesis_document_that_locks_out_or_repeats_is_refused() {
    let world = World::new();
    let members = membership::genesis::actions(&founders())
        .into_iter()
        .filter(|(module, _)| module != NAME);
    let members: Vec<_> = members.collect();
    let with = |policies: Vec<PolicyText>| {
        let mut actions = members.clone();
        actions.push((NAME.to_owned(), cbor::to_vec(&Action::Found { policies })));
        world
            .ledger
            .found(START_MS, &actions)
            .err()
            .map(|reject| reject.to_string())
    };
    let none = with(Vec::new()).unwrap();
    assert!(none.contains("808"), "{none}");
    let twice = [defaults::texts().to_vec(), defaults::texts()[..1].to_vec()].concat();
    assert!(with(twice).unwrap().contains("805"));
    assert_eq!(with(defaults::texts().to_vec()), None);
}

#[test]
fn the_head_is_read_with_every_statement_and_fits_one_cell() {
    let mut world = World::new();
    assert!(world.record_bytes::<Head>(ONLY).unwrap() < 100);
    let statement = world.sign("est-admin", NAME, &[retire("labels.clearance")]);
    let prepared = world.ledger.prepare(statement).unwrap();
    let head = StateKey::of(&Compartment::common(), Head::TABLE, ONLY);
    let mut execution = Execution::new(
        world.ledger.clone(),
        Mode::Verify,
        world.tip,
        world.tip.time_ms + 1,
        vec![Arc::new(prepared)],
    );
    match execution.run(&RealSignatures) {
        convoy_ledger::Step::NeedKeys { state, .. } => assert!(state.contains(&head)),
        _ => panic!("it needs nothing"),
    }
}
