//! Limits on amounts and rates: claims and their tests. The policies are those of `examples/policies/limits.cedar`.

use super::super::{NAME, approvals::request_id, defaults, limits::QUESTIONS_MAX};
use crate::testing::*;
use convoy_ledger::Reject;
use serde_json::{Value, json};

const EXAMPLES: &str = include_str!("../../../../../examples/policies/limits.cedar");

fn act(world: &mut World, who: &str, module: &str, action: &Value) -> Result<(), Reject> {
    acts(world, who, &[(module, action.clone())])
}

/// All of them in one statement.
fn acts(world: &mut World, who: &str, actions: &[(&str, Value)]) -> Result<(), Reject> {
    let bodies = actions
        .iter()
        .map(|(module, action)| (*module, crate::action_from_json(module, action).unwrap()));
    let statement = world.sign_all(who, bodies.collect());
    if let Err(reject) = world.ledger.prepare(statement.clone()) {
        world.hands.get_mut(who).unwrap().next -= 1;
        return Err(reject);
    }
    match world.block(&[statement]).outcomes[0].reject.clone() {
        Some(reject) => Err(reject),
        None => Ok(()),
    }
}

fn put(world: &mut World, id: &str, text: &str) {
    let put = json!({"put": {"id": id, "text": text}});
    act(world, "est-admin", NAME, &put).unwrap();
}

/// A network with one of the examples in force.
fn with(id: &str) -> World {
    let mut world = World::new();
    let post = json!({"enrol_post": {"member": "est", "post": "fuel-officer", "name": "Fuel officer", "roles": ["logistics-officer"]}});
    act(&mut world, "est-admin", "membership", &post).unwrap();
    let example = defaults::split(EXAMPLES)
        .into_iter()
        .find(|policy| policy.id.as_str() == id);
    put(&mut world, id, &example.unwrap().text);
    world
}

fn part(number: u32) -> String {
    format!("urn:epc:id:sgtin:9521101.012001.T{number}")
}

/// Commissions parts, so that they can be handed over.
fn commission(world: &mut World, numbers: std::ops::Range<u32>) {
    let parts: Vec<String> = numbers.map(part).collect();
    let event = json!({"capture": {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "ObjectEvent", "action": "ADD", "epcList": parts,
        "eventTime": "2026-10-31T09:00:00Z", "eventTimeZoneOffset": "+00:00",
    }});
    act(world, "est-scanner", "custody", &event).unwrap();
}

fn offer(numbers: std::ops::Range<u32>) -> Value {
    let parts: Vec<String> = numbers.map(part).collect();
    json!({"offer_handover": {"to": "fra", "objects": parts}})
}

#[test]
fn every_example_is_a_policy_that_the_ledger_takes() {
    let examples = defaults::split(EXAMPLES);
    assert_eq!(examples.len(), EXAMPLES.matches("@id(").count());
    for example in examples {
        with(example.id.as_str());
    }
}

#[test]
fn more_than_the_limit_needs_a_second_person_and_the_refusal_says_which() {
    let mut world = with("limit.handover.second-person");
    commission(&mut world, 0..41);
    act(&mut world, "est", "custody", &offer(0..20)).unwrap();
    let many = offer(20..41);
    let refused = act(&mut world, "est", "custody", &many).unwrap_err();
    assert_eq!(refused.rule.name, "role-needed");
    for words in [
        "with 21 EA of https://id.gs1.org/01/09521101120011",
        "policy limit.handover.second-person",
        "more than 20 in one handover need a second person",
        "Another officer of your member",
    ] {
        assert!(
            refused.reason.contains(words),
            "{words}: {}",
            refused.reason
        );
    }
    let body = crate::action_from_json("custody", &many).unwrap();
    let hex: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
    let ask = json!({"ask_approval": {"module": "custody", "action": hex}});
    act(&mut world, "est", NAME, &ask).unwrap();
    let approve = json!({"approve": {"request": request_id(&did("est"), "custody", &body)}});
    act(
        &mut world,
        "est-admin",
        "membership",
        &json!({"grant_role": {"did": did("est-admin"), "role": "logistics-officer"}}),
    )
    .unwrap();
    act(&mut world, "est-admin", NAME, &approve).unwrap();
    act(&mut world, "est", "custody", &many).unwrap();
}

#[test]
fn a_limit_counts_the_item_however_the_action_spreads_it() {
    let mut world = with("limit.handover.second-person");
    commission(&mut world, 0..3);
    let lot = |number: u32, quantity: &str| json!({"class": format!("urn:epc:class:lgtin:9521101.012001.L{number}"), "quantity": [quantity, "EA"]});
    let spread = json!({"offer_handover": {"to": "fra", "objects": [part(0), part(1)], "portions": [lot(1, "9"), lot(2, "10")]}});
    let refused = act(&mut world, "est", "custody", &spread).unwrap_err();
    assert!(refused.reason.contains("with 21 EA"), "{}", refused.reason);
    // A fraction above is above; another unit is another amount, another item another item.
    let just_above = json!({"offer_handover": {"to": "fra", "portions": [lot(1, "20.000000001")]}});
    let refused = act(&mut world, "est", "custody", &just_above).unwrap_err();
    assert_eq!(refused.rule.name, "role-needed", "{refused:?}");
    for below in [
        json!({"class": "urn:epc:class:lgtin:9521101.012001.L1", "quantity": ["21", "KGM"]}),
        json!({"class": "urn:epc:class:lgtin:9521101.012002.L1", "quantity": ["21", "EA"]}),
        json!({"class": "urn:epc:class:lgtin:9521101.012001.L1", "quantity": ["20.0000", "EA"]}),
    ] {
        let offer = json!({"offer_handover": {"to": "fra", "portions": [below]}});
        let refused = act(&mut world, "est", "custody", &offer).unwrap_err();
        assert_ne!(
            refused.rule.name, "role-needed",
            "custody says that there is none: {refused:?}"
        );
    }
}

#[test]
fn a_days_sum_counts_what_took_effect_of_one_person_until_midnight() {
    let mut world = with("limit.handover.today");
    commission(&mut world, 0..90);
    act(&mut world, "est", "custody", &offer(0..30)).unwrap();
    let refused = act(&mut world, "est", "custody", &offer(30..41)).unwrap_err();
    assert!(
        refused.reason.contains("with 11 EA") && refused.reason.contains("(41 EA today with it)"),
        "{}",
        refused.reason
    );
    act(&mut world, "est", "custody", &offer(30..40)).unwrap();
    assert!(act(&mut world, "est", "custody", &offer(40..41)).is_err());
    let midnight = (world.tip.time_ms / 86_400_000 + 1) * 86_400_000;
    world.block_at(midnight, &[]);
    // Two in one statement count together.
    let two = [("custody", offer(40..61)), ("custody", offer(61..82))];
    let refused = acts(&mut world, "est", &two).unwrap_err();
    assert_eq!(refused.action, Some(1), "{refused:?}");
    act(&mut world, "est", "custody", &offer(40..80)).unwrap();
}

#[test]
fn a_limit_that_would_cost_too_much_to_ask_about_is_refused_with_the_way_out() {
    let mut world = World::new();
    let text = super::worded(
        r#"forbid (principal, action == Action::"custody::offer_handover", resource) when { resource.table == "none" && context.amount.greaterThan(decimal("5.0")) };"#,
    );
    put(&mut world, "limit", &text);
    commission(&mut world, 0..60);
    let portions: Vec<Value> = (0..60)
        .map(|number| json!({"class": format!("urn:epc:class:lgtin:9521101.0{:05}.L", number), "quantity": ["1", "EA"]}))
        .collect();
    let parts: Vec<String> = (0..60).map(part).collect();
    let offer = json!({"offer_handover": {"to": "fra", "objects": parts, "portions": portions}});
    let refused = act(&mut world, "est", "custody", &offer).unwrap_err();
    const { assert!(61 * 60 > QUESTIONS_MAX) };
    assert!(refused.reason.contains("split it"), "{}", refused.reason);
}

#[test]
fn why_tells_the_limit_in_words() {
    let mut watched = Watched::new();
    let example = defaults::split(EXAMPLES).remove(0);
    let put = json!({"put": {"id": example.id, "text": example.text}});
    watched.act("est-admin", NAME, put).unwrap();
    let why = |amount: &str, approvals: u64| {
        json!({"did": did("est"), "action": "custody::offer_handover", "amount": amount,
            "item": "https://id.gs1.org/01/09521101120011", "approvals": approvals})
    };
    let told = watched.ask(NAME, "why", why("20.5", 0));
    assert_eq!(told["allowed"], false);
    let sentence = told["sentence"].as_str().unwrap();
    assert!(
        sentence.contains("with 20.5 EA of https://id.gs1.org/01/09521101120011"),
        "{sentence}"
    );
    assert!(
        told["policies"][0]["description"]
            .as_str()
            .unwrap()
            .contains("more than 20")
    );
    assert_eq!(watched.ask(NAME, "why", why("20", 0))["allowed"], true);
    assert_eq!(watched.ask(NAME, "why", why("20.5", 1))["allowed"], true);
}

#[test]
fn an_error_that_quotes_what_a_policy_says_is_no_fault_of_the_evaluator() {
    let mut world = World::new();
    commission(&mut world, 0..1);
    let text = super::worded(
        r#"permit (principal, action in Action::"custody", resource) when { Record::"recursion limit".module == "x" };"#,
    );
    put(&mut world, "quoting", &text);
    let see = json!({"capture": {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "ObjectEvent", "action": "OBSERVE", "epcList": [part(0)],
        "eventTime": "2026-10-31T09:01:00Z", "eventTimeZoneOffset": "+00:00",
    }});
    let refused = act(&mut world, "est", "custody", &see).unwrap_err();
    assert_eq!(refused.rule.name, "role-needed", "an error denies");
}
