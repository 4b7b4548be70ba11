//! Error declarations: the wrong event stays visible, the present is put right.

use super::{super::reject::*, *};

fn record(world: &World, told: &Told) -> EventRecord {
    world.read(&facts::reference(&told.0).0).unwrap()
}

#[test]
fn declaring_the_newest_event_wrong_brings_back_what_was_before() {
    let mut world = World::new();
    accept(
        &mut world,
        "est",
        &add(0, &[part(1)]).disposition(Disposition::Active),
    );
    let wrong = see(1, &[part(1)])
        .at(8)
        .disposition(Disposition::Damaged)
        .id(1);
    accept(&mut world, "est", &wrong);
    assert_eq!(object(&world, &part(1)).place, Some(place(8)));
    let declaration = wrong.clone().wrong(&world);
    let done = accept(&mut world, "est", &declaration);
    let said = done.said::<Event>();
    let [Event::DeclaredWrong(declared)] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!(declared.event, facts::reference(&wrong.0));
    assert_eq!(declared.changes.objects[0].now.place, Some(place(1)));
    let now = object(&world, &part(1));
    assert_eq!(
        (now.place, now.disposition),
        (Some(place(1)), Some(Disposition::Active))
    );
    assert_eq!(now.time_ms, add(0, &[]).0.event_time.millis());
    assert_eq!(
        record(&world, &wrong).standing,
        EventStanding::Void,
        "it stays visible"
    );
    refuse(&mut world, "est", &declaration, DECLARED_ALREADY);
    refuse(&mut world, "est", &wrong, DUPLICATE_EVENT);
    accept(&mut world, "est", &see(1, &[part(1)]).at(9).id(2));
    assert_eq!(
        object(&world, &part(1)).place,
        Some(place(9)),
        "the corrective event is an ordinary one"
    );
}

#[test]
fn declaring_an_event_that_gave_nothing_of_the_present_changes_nothing_now() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[part(1)]));
    let wrong = see(1, &[part(1)])
        .at(2)
        .disposition(Disposition::Damaged)
        .id(1);
    accept(&mut world, "est", &wrong);
    accept(&mut world, "est", &see(2, &[part(1)]).at(3).id(2));
    let declaration = wrong.wrong(&world);
    accept(&mut world, "est", &declaration);
    let now = object(&world, &part(1));
    assert_eq!(now.place, Some(place(3)), "a newer event gave the place");
    assert_eq!(
        now.disposition, None,
        "the wrong event alone gave the disposition"
    );
}

#[test]
fn voids_upon_voids_and_late_events_come_back_by_claimed_time() {
    let mut world = World::new();
    world.wait::<Event>(60 * MINUTE_MS);
    accept(&mut world, "est", &add(0, &[part(1)]));
    let newest = see(30, &[part(1)]).at(3).id(3);
    let late = see(20, &[part(1)]).at(2).id(2);
    accept(&mut world, "est", &newest);
    accept(&mut world, "est", &late);
    let declaration = newest.wrong(&world);
    accept(&mut world, "est", &declaration);
    assert_eq!(
        object(&world, &part(1)).place,
        Some(place(2)),
        "the late event is the newest that stands"
    );
    let declaration = late.wrong(&world);
    accept(&mut world, "est", &declaration);
    assert_eq!(object(&world, &part(1)).place, Some(place(1)));
}

#[test]
fn a_declaration_that_comes_before_its_event_waits_for_it() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[part(1)]));
    let wrong = see(1, &[part(1)]).at(8).id(1);
    let declaration = wrong.clone().wrong(&world);
    let said = accept(&mut world, "est", &declaration).said::<Event>();
    let [Event::DeclaredWrong(declared)] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!(declared.standing, EventStanding::Awaited);
    refuse(&mut world, "est", &declaration, DECLARED_ALREADY);
    refuse(&mut world, "fra", &declaration, NOT_RECORDER);
    accept(&mut world, "est", &wrong);
    assert_eq!(
        object(&world, &part(1)).place,
        Some(place(1)),
        "it never takes effect"
    );
    assert_eq!(record(&world, &wrong).standing, EventStanding::Void);
    refuse(&mut world, "est", &wrong, DUPLICATE_EVENT);
}

#[test]
fn another_members_early_declaration_does_not_bar_an_event() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[part(1)]));
    let told = see(1, &[part(1)]).at(8).id(1);
    let declaration = told.clone().wrong(&world);
    accept(&mut world, "fra", &declaration);
    accept(&mut world, "est", &told);
    assert_eq!(object(&world, &part(1)).place, Some(place(8)));
}

#[test]
fn the_declaration_repeats_the_event_and_comes_from_who_recorded_it() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[part(1), part(2)]));
    let told = see(1, &[part(1)]).at(8).id(1);
    accept(&mut world, "est", &told);
    let other = see(1, &[part(2)]).at(8).id(1).wrong(&world);
    refuse(&mut world, "est", &other, OTHER_CONTENT);
    let declaration = told.wrong(&world);
    refuse(&mut world, "fra", &declaration, NOT_RECORDER);
    hand_over(&mut world, "est", "fra", &[part(1)]);
    accept(&mut world, "fra", &declaration);
    assert_eq!(
        object(&world, &part(1)).place,
        Some(place(1)),
        "who has it now may correct what was only seen"
    );
    let mut early = see(2, &[part(1)]).id(5).wrong(&world);
    let ahead = Timestamp::from_millis(early.0.event_time.millis() + 3_600_000).unwrap();
    early
        .0
        .more
        .as_mut()
        .unwrap()
        .error_declaration
        .as_mut()
        .unwrap()
        .time = ahead;
    refuse(&mut world, "fra", &early, TIME_AHEAD);
}

#[test]
fn a_wrong_commissioning_makes_the_object_one_that_never_was() {
    let mut world = World::new();
    let wrong = add(0, &[part(1)]).amounts(&[each(lot(1), 5)]).id(1);
    accept(&mut world, "est", &wrong);
    let later = see(1, &[part(1)]).id(2);
    accept(&mut world, "est", &later);
    let declaration = wrong.wrong(&world);
    refuse(&mut world, "est", &declaration, BUILT_UPON);
    let second = later.wrong(&world);
    accept(&mut world, "est", &second);
    accept(&mut world, "est", &declaration);
    assert_eq!(object(&world, &part(1)).life, Life::Void);
    assert_eq!(amount(&world, &lot(1), &loose("est")), "0");
    refuse_action(
        &mut world,
        "est",
        Action::OfferHandover(offer("fra", &[part(1)])),
        UNKNOWN_OBJECT,
    );
    accept(&mut world, "fra", &add(2, &[part(1)]));
    assert_eq!(object(&world, &part(1)).owner, member("fra"));
}

#[test]
fn a_wrong_packing_is_undone_unless_custody_moved() {
    let mut world = World::new();
    accept(
        &mut world,
        "est",
        &add(0, &[part(1), part(2), case(1)]).amounts(&[each(lot(1), 9)]),
    );
    let wrong = pack(1, &case(1), &[part(1), part(2)])
        .amounts(&[each(lot(1), 4)])
        .id(1);
    accept(&mut world, "est", &wrong);
    let declaration = wrong.clone().wrong(&world);
    let id = offered(&mut world, "est", offer("fra", &[case(1)]));
    refuse(&mut world, "est", &declaration, BUILT_UPON);
    act(
        &mut world,
        "est",
        Action::WithdrawHandover {
            handover: id,
            time: None,
        },
    )
    .unwrap();
    accept(&mut world, "est", &declaration);
    assert_eq!(object(&world, &part(1)).parent, None);
    assert_eq!(object(&world, &case(1)).contents, 0);
    assert_eq!(amount(&world, &lot(1), &loose("est")), "9");

    let again = pack(2, &case(1), &[part(1)]).id(2);
    accept(&mut world, "est", &again);
    hand_over(&mut world, "est", "fra", &[case(1)]);
    let declaration = again.wrong(&world);
    refuse(&mut world, "est", &declaration, BUILT_UPON);
    refuse(&mut world, "fra", &declaration, NOT_RECORDER);
}

#[test]
fn a_wrong_packing_that_was_unpacked_since_leaves_the_present_alone() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[part(1), case(1), case(2)]));
    let wrong = pack(1, &case(1), &[part(1)]).id(1);
    accept(&mut world, "est", &wrong);
    accept(&mut world, "est", &unpack(2, &case(1), &[part(1)]).id(2));
    accept(&mut world, "est", &pack(3, &case(2), &[part(1)]).id(3));
    let declaration = wrong.wrong(&world);
    accept(&mut world, "est", &declaration);
    assert_eq!(object(&world, &part(1)).parent, Some(case(2)));
}

#[test]
fn a_wrong_unpacking_packs_again_and_a_wrong_end_revives() {
    let mut world = World::new();
    accept(
        &mut world,
        "est",
        &add(0, &[part(1), part(2), case(1)]).amounts(&[each(lot(1), 3)]),
    );
    accept(
        &mut world,
        "est",
        &pack(0, &case(1), &[part(1)]).amounts(&[each(lot(1), 3)]),
    );
    let wrong = unpack(1, &case(1), &[part(1)])
        .amounts(&[each(lot(1), 3)])
        .id(1);
    accept(&mut world, "est", &wrong);
    let declaration = wrong.wrong(&world);
    accept(&mut world, "est", &declaration);
    assert_eq!(object(&world, &part(1)).parent, Some(case(1)));
    assert_eq!(amount(&world, &lot(1), &Holder::In(case(1))), "3");
    assert_eq!(object(&world, &case(1)).contents, 2);

    let end = Told::object(Does::Delete, 2, &[part(2)]).id(2);
    accept(&mut world, "est", &end);
    let declaration = end.wrong(&world);
    accept(&mut world, "est", &declaration);
    accept(&mut world, "est", &see(3, &[part(2)]));
}

#[test]
fn amounts_used_up_since_cannot_be_taken_back() {
    let mut world = World::new();
    let wrong = add(0, &[]).amounts(&[each(lot(1), 10)]).id(1);
    accept(&mut world, "est", &wrong);
    let used = Told::object(Does::Delete, 1, &[])
        .amounts(&[each(lot(1), 8)])
        .id(2);
    accept(&mut world, "est", &used);
    let declaration = wrong.wrong(&world);
    refuse(&mut world, "est", &declaration, BUILT_UPON);
    let undo = used.wrong(&world);
    accept(&mut world, "est", &undo);
    accept(&mut world, "est", &declaration);
    assert_eq!(amount(&world, &lot(1), &loose("est")), "0");
}

#[test]
fn taking_back_never_takes_what_is_anothers() {
    let mut world = World::new();
    let wrong = add(0, &[]).amounts(&[each(lot(1), 10)]).id(1);
    accept(&mut world, "est", &wrong);
    accept(
        &mut world,
        "est",
        &pack(1, &case(1), &[]).amounts(&[each(lot(1), 10)]),
    );
    accept(&mut world, "fra", &add(1, &[]).amounts(&[each(lot(1), 10)]));
    let give = Offer {
        portions: vec![portion(lot(1), 10)],
        ..offer("est", &[])
    };
    let id = offered(&mut world, "fra", give);
    act(&mut world, "est", take_over(id)).unwrap();
    let declaration = wrong.wrong(&world);
    refuse(&mut world, "est", &declaration, BUILT_UPON);
}

#[test]
fn chains_run_through_events_of_many_objects() {
    let mut world = World::new();
    let all: Vec<Epc> = (0..50).map(part).collect();
    accept(&mut world, "est", &add(0, &all));
    let some: Vec<Epc> = all.iter().rev().step_by(3).cloned().collect();
    accept(&mut world, "est", &see(1, &some).at(2).id(1));
    let wrong = see(2, &all).at(3).id(2);
    accept(&mut world, "est", &wrong);
    let declaration = wrong.wrong(&world);
    accept(&mut world, "est", &declaration);
    for name in &all {
        let expected = if some.contains(name) {
            place(2)
        } else {
            place(1)
        };
        assert_eq!(object(&world, name).place, Some(expected), "{name}");
    }
}

#[test]
fn what_lies_further_back_than_the_limit_is_left_alone() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[part(1)]));
    let wrong = see(1, &[part(1)])
        .at(2)
        .disposition(Disposition::Damaged)
        .id(1);
    accept(&mut world, "est", &wrong);
    for n in 0..CORRECTION_EVENTS_MAX {
        accept(
            &mut world,
            "est",
            &see(2, &[part(1)]).at(3).id(10 + u8::try_from(n).unwrap()),
        );
    }
    let declaration = wrong.wrong(&world);
    accept(&mut world, "est", &declaration);
    let now = object(&world, &part(1));
    assert_eq!(
        (now.place, now.disposition),
        (Some(place(3)), Some(Disposition::Damaged))
    );
}

#[test]
fn an_event_without_an_id_is_the_same_event_under_the_id_that_it_was_answered_with() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[part(1)]));
    let told = see(1, &[part(1)]).at(8);
    assert_eq!(told.0.id, None);
    accept(&mut world, "est", &told);
    let mut answered = told.clone();
    answered.0.id = Some(facts::made_id(&told.0));
    assert_eq!(facts::reference(&answered.0), facts::reference(&told.0));
    refuse(&mut world, "est", &answered, DUPLICATE_EVENT);
    let declaration = answered.clone().wrong(&world);
    accept(&mut world, "est", &declaration);
    assert_eq!(
        object(&world, &part(1)).place,
        Some(place(1)),
        "it is declared wrong by that id, too"
    );
    refuse(&mut world, "est", &told, DUPLICATE_EVENT);
}

#[test]
fn an_id_that_only_looks_like_one_made_here_is_an_id_like_any_other() {
    let named = |uri: &str| facts::event_ref(&EventId::Other(uri.into()));
    let short = named("urn:convoy:event:00");
    assert_ne!(short, named("urn:convoy:event:000"));
    assert_ne!(short.to_string(), "00");
    let whole = "urn:convoy:event:000102030405060708090a0b0c0d0e0f";
    assert_eq!(named(whole).to_string(), whole["urn:convoy:event:".len()..]);
}

#[test]
fn stock_stays_where_it_was_when_a_use_of_some_of_it_was_wrong() {
    let mut world = World::new();
    let stocked = add(0, &[])
        .amounts(&[each(lot(1), 10)])
        .disposition(Disposition::Active);
    accept(&mut world, "est", &stocked);
    let used = Told::object(Does::Delete, 1, &[])
        .amounts(&[each(lot(1), 4)])
        .id(1);
    accept(&mut world, "est", &used);
    let declaration = used.wrong(&world);
    accept(&mut world, "est", &declaration);
    let key = facts::holding_key(&lot(1), &loose("est"));
    let now: Holding = world.read(&key).unwrap();
    assert_eq!(now.quantity(), Quantity::each(10));
    assert_eq!(
        (now.place, now.disposition),
        (Some(place(1)), Some(Disposition::Active))
    );
}
