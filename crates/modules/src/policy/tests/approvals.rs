//! Four eyes, cooling-off, daily limits: claims and their tests.

use super::super::{NAME, approvals::*, types::*};
use crate::testing::*;
use convoy_ledger::Reject;
use serde_json::{Value, json};

const PART: &str = "urn:epc:id:sgtin:9521101.012001.T1";

fn act(world: &mut World, who: &str, module: &str, action: &Value) -> Result<(), Reject> {
    let body = crate::action_from_json(module, action).unwrap();
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

#[track_caller]
fn refused(world: &mut World, who: &str, module: &str, action: &Value) -> &'static str {
    act(world, who, module, action)
        .expect_err("it should have been refused")
        .rule
        .name
}

fn capture(number: u32) -> Value {
    json!({"capture": {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "ObjectEvent", "action": "ADD", "epcList": [format!("urn:epc:id:sgtin:9521101.012001.T{number}")],
        "eventTime": "2026-10-31T09:00:00Z", "eventTimeZoneOffset": "+00:00",
    }})
}

fn offer() -> Value {
    json!({"offer_handover": {"to": "fra", "objects": [PART]}})
}

fn ask(action: &Value) -> Value {
    let body = crate::action_from_json("custody", action).unwrap();
    let hex: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({"ask_approval": {"module": "custody", "action": hex}})
}

fn id(who: &str, action: &Value) -> RequestId {
    request_id(
        &did(who),
        "custody",
        &crate::action_from_json("custody", action).unwrap(),
    )
}

fn approve(who: &str, action: &Value) -> Value {
    json!({"approve": {"request": id(who, action)}})
}

/// A network in which handovers need this, and a part to hand over.
fn guarded(condition: &str) -> World {
    let mut world = World::new();
    act(&mut world, "est", "custody", &capture(1)).unwrap();
    let text = super::worded(&format!(
        "forbid (principal, action == Action::\"custody::offer_handover\", resource) unless {{ {condition} }};"
    ));
    act(
        &mut world,
        "est-admin",
        NAME,
        &json!({"put": {"id": "guard", "text": text}}),
    )
    .unwrap();
    world
}

#[test]
fn an_action_under_four_eyes_takes_effect_once_after_another_approved_exactly_it() {
    let mut world = guarded("context.approvals >= 1");
    assert_eq!(
        refused(&mut world, "est", "custody", &offer()),
        "role-needed"
    );
    act(&mut world, "est", NAME, &ask(&offer())).unwrap();
    assert_eq!(
        refused(&mut world, "est", NAME, &ask(&offer())),
        "no-change"
    );
    assert_eq!(
        refused(&mut world, "est", "custody", &offer()),
        "role-needed"
    );
    assert_eq!(
        refused(&mut world, "est", NAME, &approve("est", &offer())),
        "not-another"
    );
    assert_eq!(
        refused(&mut world, "est-scanner", NAME, &approve("est", &offer())),
        "not-entitled"
    );
    act(&mut world, "fra", NAME, &approve("est", &offer())).unwrap();
    assert_eq!(
        refused(&mut world, "fra", NAME, &approve("est", &offer())),
        "not-another"
    );
    // Neither another's action nor another action.
    assert_eq!(
        refused(&mut world, "parts", "custody", &offer()),
        "role-needed"
    );
    let other = json!({"offer_handover": {"to": "parts", "objects": [PART]}});
    assert_eq!(refused(&mut world, "est", "custody", &other), "role-needed");
    act(&mut world, "est", "custody", &offer()).unwrap();
    let used: Request = world.read(&id("est", &offer()).0).unwrap();
    assert_eq!(used.state, RequestState::Used);
    assert_eq!(
        refused(&mut world, "est", "custody", &offer()),
        "role-needed",
        "it counts once"
    );
    assert_eq!(
        refused(&mut world, "fra", NAME, &approve("est", &offer())),
        "request-ended"
    );
}

#[test]
fn a_refused_action_does_not_use_its_approval_up() {
    let mut world = guarded("context.approvals >= 1");
    let unknown =
        json!({"offer_handover": {"to": "fra", "objects": ["urn:epc:id:sgtin:9521101.012001.T2"]}});
    act(&mut world, "est", NAME, &ask(&unknown)).unwrap();
    act(&mut world, "fra", NAME, &approve("est", &unknown)).unwrap();
    assert_eq!(
        refused(&mut world, "est", "custody", &unknown),
        "unknown-object"
    );
    act(&mut world, "est", "custody", &capture(2)).unwrap();
    act(&mut world, "est", "custody", &unknown).unwrap();
}

#[test]
fn an_action_cools_off_and_is_cancelled_meanwhile() {
    let mut world = guarded("context.waited_ms >= 3600000");
    act(&mut world, "est", NAME, &ask(&offer())).unwrap();
    assert_eq!(
        refused(&mut world, "est", "custody", &offer()),
        "role-needed"
    );
    let withdraw = json!({"withdraw_request": {"request": id("est", &offer())}});
    assert_eq!(
        refused(&mut world, "fra-admin", NAME, &withdraw),
        "other-requester"
    );
    act(&mut world, "est-admin", NAME, &withdraw).unwrap();
    world.block_at(world.tip.time_ms + 60 * MINUTE_MS, &[]);
    assert_eq!(
        refused(&mut world, "est", "custody", &offer()),
        "role-needed"
    );
    act(&mut world, "est", NAME, &ask(&offer())).unwrap();
    world.block_at(world.tip.time_ms + 60 * MINUTE_MS, &[]);
    act(&mut world, "est", "custody", &offer()).unwrap();
}

#[test]
fn a_request_runs_out_by_the_ledgers_timer() {
    let mut world = guarded("context.approvals >= 1");
    let mut short = ask(&offer());
    short["ask_approval"]["expires_ms"] = json!(world.tip.time_ms + 10 * MINUTE_MS);
    act(&mut world, "est", NAME, &short).unwrap();
    act(&mut world, "fra", NAME, &approve("est", &offer())).unwrap();
    let said: Vec<Event> = world.wait(11 * MINUTE_MS);
    assert!(
        matches!(&said[..], [Event::Request { now, .. }] if now.state == RequestState::Expired),
        "{said:?}"
    );
    assert_eq!(
        refused(&mut world, "est", "custody", &offer()),
        "role-needed"
    );
    let again = short_again(&world);
    act(&mut world, "est", NAME, &again).unwrap();
}

fn short_again(world: &World) -> Value {
    let mut again = ask(&offer());
    again["ask_approval"]["expires_ms"] = json!(world.tip.time_ms + OPEN_MS_MAX);
    again
}

#[test]
fn requests_are_refused_by_field() {
    let mut world = World::new();
    for (action, name) in [
        (
            json!({"ask_approval": {"module": "nothing", "action": "00"}}),
            "malformed-field",
        ),
        (
            json!({"ask_approval": {"module": "custody", "action": ""}}),
            "malformed-field",
        ),
        (
            json!({"ask_approval": {"module": "custody", "action": "0"}}),
            "malformed-field",
        ),
        (
            json!({"ask_approval": {"module": "custody", "action": "zz"}}),
            "malformed-field",
        ),
        (
            json!({"ask_approval": {"module": "custody", "action": "00"}}),
            "malformed-field",
        ),
        (
            json!({"ask_approval": {"module": "custody", "action": "00".repeat(ACTION_BYTES_MAX + 1)}}),
            "malformed-field",
        ),
        (approve("est", &offer()), "unknown-request"),
    ] {
        assert_eq!(refused(&mut world, "est", NAME, &action), name, "{action}");
    }
    let mut late = ask(&offer());
    late["ask_approval"]["expires_ms"] = json!(world.tip.time_ms + OPEN_MS_MAX + 60 * MINUTE_MS);
    assert_eq!(refused(&mut world, "est", NAME, &late), "malformed-field");
}

#[test]
fn a_daily_limit_counts_what_took_effect_until_midnight() {
    let mut world = World::new();
    let text = super::worded(
        r#"forbid (principal, action == Action::"custody::capture", resource) when { context.today >= 2 };"#,
    );
    act(
        &mut world,
        "est-admin",
        NAME,
        &json!({"put": {"id": "limit", "text": text}}),
    )
    .unwrap();
    act(&mut world, "est", "custody", &capture(1)).unwrap();
    assert_eq!(
        refused(&mut world, "est", "custody", &capture(1)),
        "duplicate-event",
        "it did not take effect"
    );
    act(&mut world, "est", "custody", &capture(2)).unwrap();
    assert_eq!(
        refused(&mut world, "est", "custody", &capture(3)),
        "role-needed"
    );
    act(&mut world, "est-scanner", "custody", &capture(3)).unwrap();
    let midnight = (world.tip.time_ms / 86_400_000 + 1) * 86_400_000;
    world.block_at(midnight, &[]);
    act(&mut world, "est", "custody", &capture(4)).unwrap();
}

#[test]
fn approvals_are_shown_with_the_action_they_are_for() {
    let mut watched = Watched::new();
    watched.act("est", NAME, ask(&offer())).unwrap();
    let open = watched.ask(NAME, "requests", json!({"open": true}));
    assert_eq!(open["requests"][0]["action"]["offer_handover"]["to"], "fra");
    let one = watched.ask(NAME, "request", json!({"request": id("est", &offer())}));
    assert_eq!(
        (&one["state"], &one["signer"]),
        (&json!("open"), &json!(did("est")))
    );
}
