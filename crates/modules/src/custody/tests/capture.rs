//! Events: life, packing, movement, amounts, time.

use super::{super::reject::*, *};
use crate::membership::types::Role;

#[test]
fn an_object_comes_into_being_once_and_belongs_to_who_commissioned_it() {
    let mut world = World::new();
    accept(
        &mut world,
        "parts",
        &add(0, &[part(1)]).disposition(Disposition::Active),
    );
    let record = object(&world, &part(1));
    assert_eq!(
        (record.owner.as_str(), record.custodian.as_str()),
        ("parts", "parts")
    );
    assert_eq!(
        (record.life, record.origin),
        (Life::Active, Origin::Commissioned)
    );
    assert_eq!(
        (record.place, record.disposition),
        (Some(place(1)), Some(Disposition::Active))
    );
    refuse(
        &mut world,
        "parts",
        &add(1, &[part(1)]),
        ALREADY_COMMISSIONED,
    );
    refuse(&mut world, "est", &add(1, &[part(1)]), ALREADY_COMMISSIONED);
}

#[test]
fn what_existed_before_the_ledger_is_taken_up_by_the_first_event() {
    let mut world = World::new();
    accept(
        &mut world,
        "est",
        &see(2, &[part(1)]).at(2).step(BizStep::Receiving),
    );
    assert_eq!(object(&world, &part(1)).origin, Origin::TakenUp);
    refuse(&mut world, "fra", &add(1, &[part(1)]), ALREADY_COMMISSIONED);
    accept(&mut world, "est", &add(1, &[part(1)]));
    let record = object(&world, &part(1));
    assert_eq!(record.origin, Origin::Commissioned);
    assert_eq!(
        record.place,
        Some(place(2)),
        "the commissioning is older than what was seen"
    );
    accept(
        &mut world,
        "est",
        &Told::aggregation(Does::Observe, 3, &case(1), &[part(2)]),
    );
    assert_eq!(object(&world, &part(2)).parent, Some(case(1)));
}

#[test]
fn a_strict_network_wants_everything_commissioned_first() {
    let policy = Action::SetPolicy(Policy {
        commission_first: true,
    });
    let body = convoy_types::cbor::to_vec(&policy);
    let mut world = World::with(&[(super::super::NAME.to_owned(), body)]);
    refuse(&mut world, "est", &see(0, &[part(1)]), UNKNOWN_OBJECT);
    refuse(
        &mut world,
        "est",
        &pack(0, &case(1), &[]).amounts(&[each(lot(1), 1)]),
        UNKNOWN_OBJECT,
    );
    refuse(
        &mut world,
        "est",
        &see(0, &[]).amounts(&[each(lot(1), 1)]),
        UNKNOWN_OBJECT,
    );
    accept(&mut world, "est", &add(0, &[part(1)]));
    accept(&mut world, "est", &see(0, &[part(1)]));
    refuse_action(&mut world, "est-admin", policy, GENESIS_ONLY);
}

#[test]
fn only_who_has_it_in_custody_records_events_about_it() {
    let mut world = World::new();
    accept(&mut world, "parts", &add(0, &[part(1), case(1)]));
    refuse(&mut world, "est", &see(1, &[part(1)]), NOT_CUSTODIAN);
    refuse(
        &mut world,
        "est",
        &Told::object(Does::Delete, 1, &[part(1)]),
        NOT_CUSTODIAN,
    );
    refuse(
        &mut world,
        "est",
        &pack(1, &case(1), &[part(2)]),
        NOT_CUSTODIAN,
    );
    hand_over(&mut world, "parts", "est", &[part(1)]);
    accept(&mut world, "est", &see(1, &[part(1)]));
    refuse(&mut world, "parts", &see(2, &[part(1)]), NOT_CUSTODIAN);
    refuse(
        &mut world,
        "parts",
        &pack(2, &case(1), &[part(1)]),
        NOT_CUSTODIAN,
    );
}

#[test]
fn roles_decide_who_may_do_what() {
    let mut world = World::new();
    refuse(&mut world, "est-admin", &add(0, &[part(1)]), ROLE_NEEDED);
    accept(&mut world, "est-scanner", &add(0, &[part(1)]));
    let give = Action::OfferHandover(offer("fra", &[part(1)]));
    refuse_action(&mut world, "est-scanner", give.clone(), ROLE_NEEDED);
    act(&mut world, "est", give).unwrap();
    let grant = crate::membership::types::Action::WithdrawRole {
        did: did("est"),
        role: Role::LogisticsOfficer,
    };
    world
        .act("est-admin", crate::membership::NAME, &[grant])
        .unwrap();
    refuse(&mut world, "est", &see(1, &[part(1)]), ROLE_NEEDED);
}

#[test]
fn an_event_is_recorded_once() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[part(1)]).id(1));
    accept(&mut world, "est", &see(1, &[part(1)]).id(2));
    refuse(
        &mut world,
        "est",
        &see(1, &[part(1)]).id(2),
        DUPLICATE_EVENT,
    );
    refuse(
        &mut world,
        "est",
        &see(3, &[part(1)]).id(2),
        DUPLICATE_EVENT,
    );
    accept(&mut world, "est", &see(4, &[part(1)]));
    refuse(&mut world, "est", &see(4, &[part(1)]), DUPLICATE_EVENT);
}

#[test]
fn times_ahead_of_the_block_are_refused_until_they_come() {
    let mut world = World::new();
    let told = add(11, &[part(1)]);
    refuse(&mut world, "est", &told, TIME_AHEAD);
    world.wait::<Event>(MINUTE_MS);
    accept(&mut world, "est", &told);
}

#[test]
fn late_events_are_recorded_and_do_not_overwrite_the_present() {
    let mut world = World::new();
    world.wait::<Event>(60 * MINUTE_MS);
    accept(
        &mut world,
        "est",
        &add(0, &[part(1)]).disposition(Disposition::Active),
    );
    accept(&mut world, "est", &see(30, &[part(1)]).at(3));
    accept(
        &mut world,
        "est",
        &see(20, &[part(1)])
            .at(2)
            .disposition(Disposition::Damaged)
            .step(BizStep::Storing),
    );
    let record = object(&world, &part(1));
    assert_eq!(record.place, Some(place(3)), "the place seen later stays");
    assert_eq!(
        record.disposition,
        Some(Disposition::Damaged),
        "newer than the commissioning's"
    );
    assert_eq!(record.biz_step, Some(BizStep::Storing));
    assert_eq!(record.time_ms, see(30, &[]).0.event_time.millis());
    accept(
        &mut world,
        "est",
        &see(10, &[part(1)]).disposition(Disposition::Recalled),
    );
    assert_eq!(
        object(&world, &part(1)).disposition,
        Some(Disposition::Damaged)
    );
    accept(&mut world, "est", &see(30, &[part(1)]).at(4));
    assert_eq!(
        object(&world, &part(1)).place,
        Some(place(4)),
        "at equal times the later record counts"
    );
}

#[test]
fn what_is_packed_moves_only_with_its_outermost_container() {
    let mut world = World::new();
    accept(&mut world, "parts", &add(0, &[part(1), case(1), case(2)]));
    accept(&mut world, "parts", &pack(0, &case(1), &[part(1)]));
    accept(&mut world, "parts", &pack(0, &case(2), &[case(1)]));
    refuse(
        &mut world,
        "parts",
        &see(1, &[part(1)]).step(BizStep::Shipping),
        PACKED,
    );
    refuse(
        &mut world,
        "parts",
        &see(1, &[case(1), part(1)]).step(BizStep::Departing),
        PACKED,
    );
    let moving = Told::aggregation(Does::Observe, 1, &case(1), &[part(1)]).step(BizStep::Arriving);
    refuse(&mut world, "parts", &moving, PACKED);
    refuse(
        &mut world,
        "parts",
        &Told::object(Does::Delete, 1, &[part(1)]),
        PACKED,
    );
    accept(
        &mut world,
        "parts",
        &see(1, &[part(1)]).step(BizStep::Inspecting),
    );
    accept(
        &mut world,
        "parts",
        &see(1, &[case(2), part(1)]).step(BizStep::Shipping),
    );
    accept(&mut world, "parts", &unpack(2, &case(2), &[case(1)]));
    accept(
        &mut world,
        "parts",
        &see(2, &[case(1)]).step(BizStep::Shipping),
    );
    refuse(
        &mut world,
        "parts",
        &see(2, &[part(1)]).step(BizStep::Shipping),
        PACKED,
    );
}

#[test]
fn a_thing_is_in_one_container_at_a_time() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[part(1), case(1), case(2)]));
    accept(&mut world, "est", &pack(0, &case(1), &[part(1)]));
    refuse(
        &mut world,
        "est",
        &pack(1, &case(2), &[part(1)]),
        PACKED_ALREADY,
    );
    refuse(
        &mut world,
        "est",
        &pack(1, &case(1), &[part(1)]),
        PACKED_ALREADY,
    );
    refuse(
        &mut world,
        "est",
        &unpack(1, &case(2), &[part(1)]),
        NOT_PACKED_IN,
    );
    let seen = Told::aggregation(Does::Observe, 1, &case(2), &[part(1)]);
    refuse(&mut world, "est", &seen, NOT_PACKED_IN);
    accept(
        &mut world,
        "est",
        &Told::aggregation(Does::Observe, 1, &case(1), &[part(1)]),
    );
    accept(&mut world, "est", &unpack(1, &case(1), &[part(1)]).at(7));
    refuse(
        &mut world,
        "est",
        &unpack(2, &case(1), &[part(1)]),
        NOT_PACKED_IN,
    );
    accept(&mut world, "est", &pack(2, &case(2), &[part(1)]));
    assert_eq!(object(&world, &case(1)).contents, 0);
    assert_eq!(object(&world, &part(1)).parent, Some(case(2)));
}

#[test]
fn unpacked_things_are_where_their_container_was() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[part(1), case(1)]));
    accept(&mut world, "est", &pack(0, &case(1), &[part(1)]));
    accept(
        &mut world,
        "est",
        &see(1, &[case(1)]).at(9).step(BizStep::Arriving),
    );
    accept(&mut world, "est", &unpack(2, &case(1), &[part(1)]));
    assert_eq!(object(&world, &part(1)).place, Some(place(9)));
}

#[test]
fn nothing_contains_itself() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[case(1), case(2), case(3)]));
    accept(&mut world, "est", &pack(0, &case(2), &[case(1)]));
    accept(&mut world, "est", &pack(0, &case(3), &[case(2)]));
    refuse(&mut world, "est", &pack(1, &case(1), &[case(3)]), CYCLE);
    refuse(
        &mut world,
        "est",
        &pack(1, &case(1), &[case(1)]),
        MALFORMED_FIELD,
    );
    accept(&mut world, "est", &unpack(1, &case(3), &[case(2)]));
    accept(&mut world, "est", &pack(2, &case(1), &[case(3)]));
    refuse(&mut world, "est", &pack(3, &case(3), &[case(2)]), CYCLE);
}

#[test]
fn packing_has_at_most_sixteen_levels() {
    let mut world = World::new();
    let all: Vec<Epc> = (0..=20).map(case).collect();
    accept(&mut world, "est", &add(0, &all));
    for level in 0..16 {
        accept(
            &mut world,
            "est",
            &pack(0, &case(level), &[case(level + 1)]),
        );
    }
    refuse(
        &mut world,
        "est",
        &pack(0, &case(16), &[case(17)]),
        TOO_DEEP,
    );
    refuse(&mut world, "est", &pack(0, &case(18), &[case(0)]), TOO_DEEP);
    accept(&mut world, "est", &unpack(1, &case(0), &[case(1)]));
    accept(&mut world, "est", &pack(1, &case(18), &[case(1)]));
    accept(
        &mut world,
        "est",
        &see(2, &[case(16)]).step(BizStep::Inspecting),
    );
}

#[test]
fn what_is_full_or_anothers_is_not_decommissioned() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[part(1), case(1)]));
    accept(&mut world, "est", &pack(0, &case(1), &[part(1)]));
    let end = |name: &Epc, minute| {
        Told::object(Does::Delete, minute, std::slice::from_ref(name)).step(BizStep::Destroying)
    };
    refuse(&mut world, "est", &end(&case(1), 1), NOT_EMPTY);
    accept(&mut world, "est", &unpack(1, &case(1), &[part(1)]));
    hand_over(&mut world, "est", "fra", &[case(1)]);
    refuse(&mut world, "fra", &end(&case(1), 2), NOT_OWNER);
    accept(&mut world, "est", &end(&part(1), 2));
    refuse(&mut world, "est", &see(3, &[part(1)]), ENDED);
    refuse(&mut world, "est", &end(&part(1), 4), ENDED);
    accept(&mut world, "est", &see(1, &[part(1)]).at(4));
    assert_eq!(
        object(&world, &part(1)).life,
        Life::Ended,
        "late history does not revive it"
    );
    refuse(&mut world, "est", &end(&part(9), 2), UNKNOWN_OBJECT);
}

#[test]
fn amounts_move_between_holdings_and_never_below_zero() {
    let mut world = World::new();
    let told = add(0, &[case(1)]).amounts(&[each(lot(1), 100)]);
    accept(&mut world, "parts", &told);
    refuse(
        &mut world,
        "parts",
        &pack(1, &case(1), &[]).amounts(&[each(lot(1), 101)]),
        BELOW_ZERO,
    );
    refuse(
        &mut world,
        "parts",
        &pack(1, &case(1), &[]).amounts(&[each(lot(2), 1)]),
        BELOW_ZERO,
    );
    accept(
        &mut world,
        "parts",
        &pack(1, &case(1), &[]).amounts(&[each(lot(1), 60)]),
    );
    let inside = Holder::In(case(1));
    assert_eq!(
        (
            amount(&world, &lot(1), &loose("parts")),
            amount(&world, &lot(1), &inside)
        ),
        ("40".into(), "60".into())
    );
    assert_eq!(object(&world, &case(1)).contents, 1);
    refuse(
        &mut world,
        "parts",
        &Told::object(Does::Delete, 1, &[case(1)]),
        NOT_EMPTY,
    );
    let use_up = |count| {
        Told::object(Does::Delete, 2, &[])
            .amounts(&[each(lot(1), count)])
            .step(BizStep::Dispensing)
    };
    refuse(&mut world, "parts", &use_up(41), BELOW_ZERO);
    accept(&mut world, "parts", &use_up(40));
    accept(
        &mut world,
        "parts",
        &unpack(3, &case(1), &[]).amounts(&[each(lot(1), 60)]),
    );
    assert_eq!(object(&world, &case(1)).contents, 0);
    assert_eq!(amount(&world, &lot(1), &loose("parts")), "60");
    refuse(&mut world, "est", &use_up(1), BELOW_ZERO);
}

#[test]
fn amounts_of_different_units_or_owners_are_not_mixed() {
    let mut world = World::new();
    let kilograms = QuantityElement {
        uom: Some("KGM".into()),
        ..each(lot(1), 5)
    };
    accept(&mut world, "est", &add(0, &[]).amounts(&[each(lot(1), 5)]));
    refuse(
        &mut world,
        "est",
        &add(1, &[]).amounts(&[kilograms]),
        MIXED_HOLDING,
    );
    accept(&mut world, "fra", &add(1, &[]).amounts(&[each(lot(1), 7)]));
    let give = Offer {
        portions: vec![portion(lot(1), 2)],
        ..offer("fra", &[])
    };
    let id = offered(&mut world, "est", give);
    refuse_action(&mut world, "fra", take_over(id), MIXED_HOLDING);
    accept(
        &mut world,
        "fra",
        &pack(2, &case(5), &[]).amounts(&[each(lot(1), 7)]),
    );
    act(&mut world, "fra", take_over(id)).unwrap();
    let here: Holding = world
        .read(&facts::holding_key(&lot(1), &loose("fra")))
        .unwrap();
    assert_eq!(
        (here.owner.as_str(), here.quantity().to_string().as_str()),
        ("est", "2 EA")
    );
    let use_up = Told::object(Does::Delete, 3, &[]).amounts(&[each(lot(1), 1)]);
    refuse(&mut world, "fra", &use_up, NOT_OWNER);
}

#[test]
fn malformed_events_are_refused_before_they_enter_a_block() {
    let mut world = World::new();
    let both = [part(1), part(1)];
    refuse(&mut world, "est", &add(0, &both), MALFORMED_FIELD);
    refuse(&mut world, "est", &add(0, &[]), MALFORMED_FIELD);
    refuse(&mut world, "est", &add(0, &[lot(1)]), MALFORMED_FIELD);
    refuse(
        &mut world,
        "est",
        &add(0, &[]).amounts(&[each(part(1), 1)]),
        MALFORMED_FIELD,
    );
    refuse(
        &mut world,
        "est",
        &add(0, &[]).amounts(&[each(lot(1), 1), each(lot(1), 2)]),
        MALFORMED_FIELD,
    );
    let mut orphan = pack(0, &case(1), &[part(1)]);
    orphan.0.parent = None;
    refuse(&mut world, "est", &orphan, MALFORMED_FIELD);
    let mut parent = add(0, &[part(1)]);
    parent.0.parent = Some(case(1));
    refuse(&mut world, "est", &parent, MALFORMED_FIELD);
    let mut other = add(0, &[part(1)]);
    other.0.kind = EventKind::Transaction;
    refuse(&mut world, "est", &other, MALFORMED_FIELD);
    let mut other = add(0, &[part(1)]);
    other.0.kind = EventKind::Transformation;
    refuse(&mut world, "est", &other, MALFORMED_FIELD);
    let unknown = QuantityElement {
        quantity: None,
        ..each(lot(1), 1)
    };
    refuse(
        &mut world,
        "est",
        &add(0, &[]).amounts(std::slice::from_ref(&unknown)),
        AMOUNT_NEEDED,
    );
    accept(&mut world, "est", &see(0, &[part(1)]).amounts(&[unknown]));
    // The last digit of an SGTIN's GTIN is its check digit: 9521101120018 ends in 8 (GS1 General Specifications 7.9).
    let ghost = epc("https://id.gs1.org/01/09521101120017/21/X");
    refuse(&mut world, "est", &add(0, &[ghost]), SUSPECT_IDENTIFIER);
    let many: Vec<Epc> = (0..2_001).map(part).collect();
    refuse(&mut world, "est", &add(0, &many), MALFORMED_FIELD);
}

#[test]
fn records_of_the_common_case_fit_one_cell() {
    let mut world = World::new();
    let told = add(0, &[part(10_000), case(1)])
        .disposition(Disposition::Active)
        .id(1);
    accept(&mut world, "est", &told);
    accept(
        &mut world,
        "est",
        &pack(1, &case(1), &[part(10_000)])
            .at(2)
            .disposition(Disposition::InProgress)
            .id(2),
    );
    accept(
        &mut world,
        "est",
        &see(2, &[case(1)]).at(2).step(BizStep::Shipping).id(3),
    );
    let bytes = world
        .record_bytes::<Object>(facts::object_key(&part(10_000)))
        .unwrap();
    let event = world
        .record_bytes::<EventRecord>(&facts::event_ref(&EventId::Uuid([2; 16])).0)
        .unwrap();
    assert!(
        bytes <= 156 && event <= 156,
        "object {bytes}, event {event} bytes"
    );
}

#[test]
fn one_statement_of_500_events_is_accepted_whole_or_refused_whole() {
    let mut world = World::new();
    let mut actions: Vec<Action> = (0..500).map(|n| add(0, &[part(n)]).action()).collect();
    world.act("est", super::super::NAME, &actions).unwrap();
    actions = (0..499)
        .map(|n| see(1, &[part(n)]).at(2).action())
        .collect();
    actions.push(see(1, &[part(700)]).step(BizStep::Shipping).action());
    actions.push(add(1, &[part(1)]).action());
    let reject = world.act("est", super::super::NAME, &actions).unwrap_err();
    assert_eq!(
        (reject.rule, reject.action),
        (ALREADY_COMMISSIONED, Some(500))
    );
    assert_eq!(
        object(&world, &part(0)).place,
        Some(place(1)),
        "nothing of it took effect"
    );
}
