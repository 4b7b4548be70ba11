//! Labels: given by statements, inherited by what holds something, raised by many, released by the originator alone.

use super::super::{NAME, types::*};
use crate::{
    membership::{
        self,
        types::{NewSigner, Role, SignerKind},
    },
    testing::*,
};
use convoy_ledger::{Reject, reject as core};
use convoy_types::{
    Statement,
    statement::{Classification as Said, Label as Given, StatementBuilder},
};
use serde_json::{Value, json};

const PART: &str = "urn:epc:id:sgtin:9521101.012001.T1";
const OTHER: &str = "urn:epc:id:sgtin:9521101.012001.T2";
const PALLET: &str = "urn:epc:id:sscc:9521101.0000000011";
const SHIP: &str = "urn:epc:id:sscc:9521101.0000000028";

/// A statement of `who` under `label`.
fn signed(world: &mut World, who: &str, module: &str, action: &Value, label: Given) -> Statement {
    let body = crate::action_from_json(module, action).unwrap();
    let hand = world.hands.get_mut(who).unwrap();
    let not_after_ms = world.tip.time_ms + 60 * MINUTE_MS;
    let builder =
        StatementBuilder::new(world.ledger.network.clone(), hand.did.clone(), not_after_ms)
            .sequence(0, hand.next)
            .assurance(hand.assurance)
            .label(label);
    hand.next += 1;
    builder.action(module, body).sign(&hand.key).unwrap()
}

fn under(
    world: &mut World,
    who: &str,
    module: &str,
    action: &Value,
    label: Given,
) -> Result<(), Reject> {
    let statement = signed(world, who, module, action, label);
    match world.block(&[statement]).outcomes[0].reject.clone() {
        Some(reject) => Err(reject),
        None => Ok(()),
    }
}

fn as_said(world: &mut World, who: &str, module: &str, action: &Value) -> Result<(), Reject> {
    under(world, who, module, action, Given::default())
}

fn secret() -> Given {
    Given {
        classification: Said::Secret,
        releasable_to: Vec::new(),
    }
}

fn label(world: &World, object: &str) -> Option<Label> {
    world.read(
        format!(
            "custody/objects/{}",
            convoy_types::identifiers::Epc::parse(object).unwrap().key()
        )
        .as_bytes(),
    )
}

/// A security officer for Estonia and one for France.
fn officers(world: &mut World) {
    for of in ["est", "fra"] {
        let name = format!("{of}-secure");
        let new: NewSigner = new_signer(of, &name, SignerKind::Person, &[Role::SecurityOfficer]);
        let enrol = membership::types::Action::EnrolSigner(new);
        world
            .act(&format!("{of}-admin"), membership::NAME, &[enrol])
            .unwrap();
        world.hand(&name, &name);
    }
}

fn change(verb: &str, classification: &str, more: Value) -> Value {
    let mut change = json!({"record": format!("custody/objects/{PART}"), "classification": classification, "reason": "for a test"});
    change
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json!({ verb: change })
}

#[test]
fn what_a_labelled_statement_touches_has_its_label_and_the_rest_has_none() {
    let mut world = World::new();
    let add = |minute, part: &str| event("ObjectEvent", "ADD", minute, json!({"epcList": [part]}));
    under(&mut world, "est", "custody", &add(0, PART), secret()).unwrap();
    as_said(&mut world, "est", "custody", &add(1, OTHER)).unwrap();
    let given = label(&world, PART).unwrap();
    assert_eq!(
        (given.classification, given.originator),
        (Classification::Secret, member("est"))
    );
    assert_eq!(label(&world, OTHER), None);
    let counted: Labels = world.read(ONLY).unwrap();
    // The object and the statement.
    assert_eq!(counted.records, 2);
    // An open statement lowers nothing.
    as_said(
        &mut world,
        "est",
        "custody",
        &event("ObjectEvent", "OBSERVE", 2, json!({"epcList": [PART]})),
    )
    .unwrap();
    assert_eq!(
        label(&world, PART).unwrap().classification,
        Classification::Secret
    );
}

#[test]
fn a_pallet_is_as_secret_as_all_it_ever_held_and_so_is_what_holds_the_pallet() {
    let mut world = World::new();
    let add = event(
        "ObjectEvent",
        "ADD",
        0,
        json!({"epcList": [PALLET, SHIP, OTHER]}),
    );
    as_said(&mut world, "est", "custody", &add).unwrap();
    let add = event("ObjectEvent", "ADD", 1, json!({"epcList": [PART]}));
    under(&mut world, "est", "custody", &add, secret()).unwrap();
    let pack = |minute, parent: &str, children: &[&str], action: &str| {
        event(
            "AggregationEvent",
            action,
            minute,
            json!({"parentID": parent, "childEPCs": children}),
        )
    };
    as_said(
        &mut world,
        "est",
        "custody",
        &pack(2, PALLET, &[OTHER], "ADD"),
    )
    .unwrap();
    assert_eq!(label(&world, PALLET), None);
    as_said(
        &mut world,
        "est",
        "custody",
        &pack(3, PALLET, &[PART], "ADD"),
    )
    .unwrap();
    assert_eq!(
        label(&world, PALLET).unwrap().classification,
        Classification::Secret
    );
    assert_eq!(
        label(&world, OTHER),
        None,
        "what lies beside it is no more secret"
    );
    as_said(
        &mut world,
        "est",
        "custody",
        &pack(4, SHIP, &[PALLET], "ADD"),
    )
    .unwrap();
    assert_eq!(
        label(&world, SHIP).unwrap().classification,
        Classification::Secret
    );
    as_said(
        &mut world,
        "est",
        "custody",
        &pack(5, SHIP, &[PALLET], "DELETE"),
    )
    .unwrap();
    assert_eq!(
        label(&world, SHIP).unwrap().classification,
        Classification::Secret
    );
}

#[test]
fn a_label_that_leaves_out_a_reader_is_refused_and_one_that_names_all_is_enforced() {
    let mut world = World::new();
    let add = |minute| event("ObjectEvent", "ADD", minute, json!({"epcList": [PART]}));
    let to = |names: &[&str]| Given {
        releasable_to: names.iter().map(|name| member(name)).collect(),
        ..secret()
    };
    let refused = under(&mut world, "est", "custody", &add(0), to(&["est", "fra"])).unwrap_err();
    assert_eq!(refused.rule, core::LABEL_NOT_ENFORCEABLE);
    assert!(refused.reason.contains("audit"), "{refused}");
    let suspend = |who: &str| json!({"set_member_status": {"member": who, "status": "suspended"}});
    under(
        &mut world,
        "est",
        "custody",
        &add(0),
        to(&["audit", "est", "fra", "parts"]),
    )
    .unwrap();
    as_said(&mut world, "est-admin", "membership", &suspend("audit")).unwrap();
    as_said(&mut world, "est-admin", "membership", &suspend("parts")).unwrap();
    let see = event("ObjectEvent", "OBSERVE", 1, json!({"epcList": [PART]}));
    under(&mut world, "est", "custody", &see, to(&["est", "fra"])).unwrap();
    let given = label(&world, PART).unwrap();
    assert_eq!(
        given.releasable_to,
        [member("est"), member("fra")],
        "released to those that both labels name"
    );
}

#[test]
fn anybody_raises_and_only_the_originator_releases() {
    let mut world = World::new();
    officers(&mut world);
    let restricted = Given {
        classification: Said::Restricted,
        releasable_to: Vec::new(),
    };
    let add = event("ObjectEvent", "ADD", 0, json!({"epcList": [PART]}));
    under(&mut world, "est", "custody", &add, restricted).unwrap();
    let refused = |world: &mut World, who: &str, action: &Value| {
        as_said(world, who, NAME, action).unwrap_err().rule.name
    };
    assert_eq!(
        refused(
            &mut world,
            "est-scanner",
            &change("raise_label", "secret", json!({}))
        ),
        "not-permitted"
    );
    assert_eq!(
        refused(
            &mut world,
            "fra",
            &change("raise_label", "unclassified", json!({}))
        ),
        "label-direction"
    );
    assert_eq!(
        refused(
            &mut world,
            "fra",
            &change("raise_label", "restricted", json!({}))
        ),
        "no-change"
    );
    assert_eq!(
        refused(
            &mut world,
            "fra",
            &change("raise_label", "secret", json!({"releasable_to": ["fra"]}))
        ),
        "label-not-enforceable"
    );
    as_said(
        &mut world,
        "fra",
        NAME,
        &change("raise_label", "secret", json!({"caveats": ["ATOMAL"]})),
    )
    .unwrap();
    let raised = label(&world, PART).unwrap();
    assert_eq!(
        (raised.originator, raised.caveats),
        (member("est"), vec!["ATOMAL".to_owned()])
    );
    assert_eq!(
        refused(
            &mut world,
            "fra",
            &change("raise_label", "secret", json!({}))
        ),
        "label-direction"
    );
    let lower = change("release_label", "unclassified", json!({}));
    assert_eq!(refused(&mut world, "est", &lower), "not-permitted");
    assert_eq!(refused(&mut world, "fra-secure", &lower), "not-originator");
    as_said(&mut world, "est-secure", NAME, &lower).unwrap();
    assert_eq!(
        label(&world, PART).unwrap().classification,
        Classification::Unclassified
    );
    assert_eq!(refused(&mut world, "est-secure", &lower), "no-change");
}

#[test]
fn label_changes_are_refused_by_field() {
    let mut world = World::new();
    officers(&mut world);
    for more in [
        json!({"record": "custody"}),
        json!({"record": "custody/objects/"}),
        json!({"record": "nothing/objects/x"}),
        json!({"record": "custody/nothing/x"}),
        json!({"record": "custody/objects/x y"}),
        json!({"record": format!("custody/objects/{}", "x".repeat(400))}),
        json!({"reason": ""}),
        json!({"reason": "x".repeat(201)}),
        json!({"caveats": ["B", "A"]}),
        json!({"caveats": ["A", "A"]}),
        json!({"releasable_to": ["fra", "est"]}),
    ] {
        let statement = signed(
            &mut world,
            "est",
            NAME,
            &change("raise_label", "secret", more.clone()),
            Given::default(),
        );
        let refused = world
            .ledger
            .prepare(statement)
            .err()
            .map(|reject| reject.rule.name);
        world.hands.get_mut("est").unwrap().next -= 1;
        assert_eq!(refused, Some("malformed-field"), "{more}");
    }
}

#[test]
fn a_policy_on_labels_decides_who_touches_what_is_secret() {
    let mut world = World::new();
    let add = event("ObjectEvent", "ADD", 0, json!({"epcList": [PART]}));
    under(&mut world, "est", "custody", &add, secret()).unwrap();
    let see = |minute| event("ObjectEvent", "OBSERVE", minute, json!({"epcList": [PART]}));
    as_said(&mut world, "est", "custody", &see(1)).unwrap();
    let text = super::worded(
        r#"forbid (principal, action in Action::"custody", resource) unless { resource.classification <= principal.clearance };"#,
    );
    as_said(
        &mut world,
        "est-admin",
        NAME,
        &json!({"put": {"id": "cleared-hands", "text": text}}),
    )
    .unwrap();
    let refused = as_said(&mut world, "est", "custody", &see(2)).unwrap_err();
    assert!(refused.reason.contains("cleared-hands"), "{refused}");
    officers(&mut world);
    let clear = json!({"clear_signer": {"did": did("est"), "clearance": "secret"}});
    as_said(&mut world, "est-secure", "membership", &clear).unwrap();
    as_said(&mut world, "est", "custody", &see(2)).unwrap();
}

#[test]
fn a_label_with_more_caveats_than_a_record_holds_is_refused_and_stops_nobody() {
    let mut world = World::new();
    let parts: Vec<String> = (0..124)
        .map(|number| format!("urn:epc:id:sgtin:9521101.012001.C{number}"))
        .collect();
    let add = event("ObjectEvent", "ADD", 0, json!({"epcList": parts}));
    as_said(&mut world, "est", "custody", &add).unwrap();
    for (number, part) in parts.iter().enumerate() {
        let caveats: Vec<String> = (0..16)
            .map(|caveat| format!("{:Z<32}", format!("C{number:03}X{caveat:02}")))
            .collect();
        let raise = json!({"raise_label": {"record": format!("custody/objects/{part}"), "classification": "secret",
            "caveats": caveats, "reason": "a test"}});
        as_said(&mut world, "est", NAME, &raise).unwrap();
    }
    let pack = event(
        "AggregationEvent",
        "ADD",
        1,
        json!({"parentID": PALLET, "childEPCs": parts}),
    );
    let refused = as_said(&mut world, "est", "custody", &pack).unwrap_err();
    assert_eq!(refused.rule.name, "too-much-state");
    let few = event(
        "AggregationEvent",
        "ADD",
        1,
        json!({"parentID": PALLET, "childEPCs": parts[..20]}),
    );
    as_said(&mut world, "est", "custody", &few).unwrap();
    assert_eq!(label(&world, PALLET).unwrap().caveats.len(), 320);
}
