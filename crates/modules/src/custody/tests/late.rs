//! Facts that come late and out of order: the present is that of the claimed times, or the fact is refused.

use super::{super::reject::*, *};

/// A network an hour old, so that times of the last hour can be claimed.
fn world() -> World {
    let mut world = World::new();
    world.wait::<Event>(60 * MINUTE_MS);
    world
}

fn passed(done: &Done) -> Vec<Epc> {
    match &done.said::<Event>()[..] {
        [Event::Captured(captured)] => captured.passed.clone(),
        said => panic!("{said:?}"),
    }
}

#[test]
fn a_late_unpacking_counts_though_the_part_was_seen_since() {
    let mut world = world();
    accept(&mut world, "est", &add(0, &[part(1), case(1)]));
    accept(&mut world, "est", &pack(10, &case(1), &[part(1)]));
    accept(
        &mut world,
        "est",
        &see(30, &[part(1)]).at(8).step(BizStep::Inspecting),
    );
    let done = accept(&mut world, "est", &unpack(20, &case(1), &[part(1)]).at(5));
    assert_eq!(passed(&done), []);
    let now = object(&world, &part(1));
    assert_eq!(
        (now.parent, now.place),
        (None, Some(place(8))),
        "out of the box, and where it was seen last"
    );
    assert_eq!(object(&world, &case(1)).contents, 0);
}

#[test]
fn a_late_packing_from_before_a_movement_of_the_part_is_history_only() {
    let mut world = world();
    accept(&mut world, "est", &add(0, &[part(1), case(1)]));
    accept(
        &mut world,
        "est",
        &see(30, &[part(1)]).at(8).step(BizStep::Shipping),
    );
    let done = accept(&mut world, "est", &pack(10, &case(1), &[part(1)]));
    assert_eq!(passed(&done), [part(1)]);
    assert_eq!(
        object(&world, &part(1)).parent,
        None,
        "it moved by itself at 30"
    );
    // The unpacking that must have happened between comes, too.
    let done = accept(&mut world, "est", &unpack(20, &case(1), &[part(1)]));
    assert_eq!(passed(&done), [part(1)]);
    assert_eq!(object(&world, &case(1)).contents, 0);
}

#[test]
fn a_late_packing_counts_when_nothing_newer_shows_that_the_part_was_loose() {
    let mut world = world();
    accept(&mut world, "est", &add(0, &[part(1), case(1)]));
    accept(
        &mut world,
        "est",
        &see(30, &[part(1)]).at(8).step(BizStep::Inspecting),
    );
    let done = accept(&mut world, "est", &pack(10, &case(1), &[part(1)]));
    assert_eq!(passed(&done), []);
    assert_eq!(object(&world, &part(1)).parent, Some(case(1)));
}

#[test]
fn a_packing_that_came_before_its_late_predecessors_stays() {
    let mut world = world();
    accept(&mut world, "est", &add(0, &[part(1), case(1), case(2)]));
    accept(&mut world, "est", &pack(30, &case(2), &[part(1)]));
    assert_eq!(
        passed(&accept(&mut world, "est", &pack(10, &case(1), &[part(1)]))),
        [part(1)]
    );
    assert_eq!(
        passed(&accept(
            &mut world,
            "est",
            &unpack(20, &case(1), &[part(1)])
        )),
        [part(1)]
    );
    assert_eq!(
        passed(&accept(
            &mut world,
            "est",
            &see(25, &[part(1)]).step(BizStep::Loading)
        )),
        []
    );
    assert_eq!(object(&world, &part(1)).parent, Some(case(2)));
    assert_eq!(object(&world, &case(1)).contents, 0);
}

#[test]
fn facts_in_any_order_end_in_the_same_present_or_are_refused_until_they_fit() {
    let events = [
        add(0, &[part(1), case(1), case(2)]),
        pack(10, &case(1), &[part(1)]),
        unpack(20, &case(1), &[part(1)]).at(3),
        see(25, &[part(1)]).at(4).step(BizStep::Loading),
        pack(30, &case(2), &[part(1)]),
    ];
    let mut orders = Vec::new();
    permute(&mut (0..events.len()).collect(), 0, &mut orders);
    for order in orders {
        let mut world = world();
        let mut waiting = order.clone();
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting.retain(
                |event| match act(&mut world, "est", events[*event].action()) {
                    Ok(_) => false,
                    Err(reject) => {
                        assert!(reject.rule.retryable, "{order:?}: {reject}");
                        true
                    }
                },
            );
            assert!(waiting.len() < before, "{order:?}: {waiting:?} never fit");
        }
        let now = object(&world, &part(1));
        assert_eq!(now.parent, Some(case(2)), "{order:?}");
        assert_eq!(
            (now.origin, now.life),
            (Origin::Commissioned, Life::Active),
            "{order:?}"
        );
        assert_eq!(now.place, Some(place(4)), "{order:?}");
        assert_eq!(object(&world, &case(1)).contents, 0, "{order:?}");
        assert_eq!(object(&world, &case(2)).contents, 1, "{order:?}");
    }
}

fn permute(items: &mut Vec<usize>, at: usize, all: &mut Vec<Vec<usize>>) {
    if at == items.len() {
        all.push(items.clone());
    }
    for other in at..items.len() {
        items.swap(at, other);
        permute(items, at + 1, all);
        items.swap(at, other);
    }
}

#[test]
fn a_late_commissioning_by_the_owner_counts_wherever_the_object_is_by_now() {
    let mut world = world();
    accept(&mut world, "est", &pack(20, &case(1), &[part(1)]));
    hand_over(&mut world, "est", "fra", &[case(1)]);
    refuse(
        &mut world,
        "fra",
        &add(10, &[part(1)]),
        ALREADY_COMMISSIONED,
    );
    refuse(
        &mut world,
        "est",
        &add(30, &[part(1)]),
        ALREADY_COMMISSIONED,
    );
    accept(&mut world, "est", &add(10, &[part(1)]));
    let now = object(&world, &part(1));
    assert_eq!(
        (now.origin, now.parent),
        (Origin::Commissioned, Some(case(1)))
    );
    assert_eq!(now.owner, member("est"));
}

#[test]
fn an_end_that_newer_events_contradict_is_refused() {
    let mut world = world();
    accept(&mut world, "est", &add(0, &[part(1)]));
    accept(&mut world, "est", &see(30, &[part(1)]).id(1));
    refuse(
        &mut world,
        "est",
        &Told::object(Does::Delete, 20, &[part(1)]),
        CONTRADICTED,
    );
    let wrong = see(30, &[part(1)]).id(1).wrong(&world);
    accept(&mut world, "est", &wrong);
    accept(
        &mut world,
        "est",
        &Told::object(Does::Delete, 20, &[part(1)]),
    );
    // What happened before its end may still be told.
    let done = accept(&mut world, "est", &pack(10, &case(1), &[part(1)]));
    assert_eq!(passed(&done), [part(1)]);
    assert_eq!(object(&world, &part(1)).life, Life::Ended);
}

#[test]
fn what_everything_came_out_of_later_takes_nothing_in_late() {
    let mut world = world();
    accept(
        &mut world,
        "est",
        &add(0, &[part(1), part(2), case(1)]).amounts(&[each(lot(1), 5)]),
    );
    accept(&mut world, "est", &pack(5, &case(1), &[part(1)]));
    accept(&mut world, "est", &unpack(20, &case(1), &[]));
    refuse(
        &mut world,
        "est",
        &pack(10, &case(1), &[part(2)]),
        CONTRADICTED,
    );
    refuse(
        &mut world,
        "est",
        &pack(10, &case(1), &[]).amounts(&[each(lot(1), 1)]),
        CONTRADICTED,
    );
    accept(&mut world, "est", &pack(25, &case(1), &[part(2)]));
    // And a late emptying leaves what went in after it.
    accept(&mut world, "est", &unpack(22, &case(1), &[]));
    assert_eq!(object(&world, &part(2)).parent, Some(case(1)));
}

#[test]
fn declaring_the_movement_wrong_that_barred_a_late_packing_lets_it_count() {
    let mut world = world();
    accept(&mut world, "est", &add(0, &[part(1), case(1)]));
    let movement = see(30, &[part(1)]).step(BizStep::Shipping).id(1);
    accept(&mut world, "est", &movement);
    accept(&mut world, "est", &pack(10, &case(1), &[part(1)]));
    let declaration = movement.wrong(&world);
    accept(&mut world, "est", &declaration);
    assert_eq!(object(&world, &part(1)).parent, Some(case(1)));
    assert_eq!(object(&world, &case(1)).contents, 1);
}

#[test]
fn who_handed_it_over_may_still_tell_of_the_time_before() {
    let mut world = world();
    accept(&mut world, "est", &add(0, &[part(1)]));
    let id = offered(&mut world, "est", offer("fra", &[part(1)]));
    let at = add(40, &[]).0.event_time;
    act(
        &mut world,
        "fra",
        Action::AcceptHandover {
            handover: id,
            time: Some(at),
            discrepancies: Vec::new(),
        },
    )
    .unwrap();
    accept(&mut world, "fra", &see(50, &[part(1)]).at(9));
    accept(
        &mut world,
        "est",
        &see(30, &[part(1)]).at(7).disposition(Disposition::Damaged),
    );
    let now = object(&world, &part(1));
    assert_eq!(
        (now.place, now.disposition),
        (Some(place(9)), Some(Disposition::Damaged))
    );
    refuse(&mut world, "est", &see(45, &[part(1)]), NOT_CUSTODIAN);
    refuse(
        &mut world,
        "est",
        &pack(30, &case(1), &[part(1)]),
        NOT_CUSTODIAN,
    );
    // The handover, at a time that both stand for, shows that it was in nothing then.
    let done = accept(&mut world, "fra", &pack(35, &case(2), &[part(1)]));
    assert_eq!(passed(&done), [part(1)]);
}

#[test]
fn a_handover_goes_on_showing_an_object_loose_when_what_came_after_it_was_wrong() {
    let mut world = world();
    accept(&mut world, "est", &add(0, &[part(1)]));
    let id = offered(&mut world, "est", offer("fra", &[part(1)]));
    let taken = Action::AcceptHandover {
        handover: id,
        time: Some(add(40, &[]).0.event_time),
        discrepancies: Vec::new(),
    };
    act(&mut world, "fra", taken).unwrap();
    let movement = see(50, &[part(1)]).step(BizStep::Shipping).id(1);
    accept(&mut world, "fra", &movement);
    let declaration = movement.wrong(&world);
    accept(&mut world, "fra", &declaration);
    let done = accept(&mut world, "fra", &pack(35, &case(2), &[part(1)]));
    assert_eq!(passed(&done), [part(1)]);
    let done = accept(&mut world, "fra", &pack(45, &case(2), &[part(1)]));
    assert_eq!(passed(&done), []);
}

#[test]
fn the_order_of_equal_times_is_that_of_recording() {
    let mut world = world();
    accept(&mut world, "est", &add(0, &[part(1), case(1), case(2)]));
    accept(&mut world, "est", &pack(10, &case(1), &[part(1)]));
    accept(&mut world, "est", &unpack(10, &case(1), &[part(1)]));
    accept(&mut world, "est", &pack(10, &case(2), &[part(1)]));
    assert_eq!(object(&world, &part(1)).parent, Some(case(2)));
}

#[test]
fn a_late_taking_out_is_where_the_container_was_then_not_where_it_went_since() {
    let mut world = world();
    accept(&mut world, "est", &add(0, &[part(1), case(1)]));
    accept(&mut world, "est", &pack(5, &case(1), &[part(1)]));
    accept(&mut world, "est", &see(10, &[case(1)]).at(4).id(1));
    accept(
        &mut world,
        "est",
        &see(30, &[case(1)]).at(9).step(BizStep::Departing),
    );
    accept(&mut world, "est", &unpack(20, &case(1), &[part(1)]));
    assert_eq!(object(&world, &part(1)).place, Some(place(4)));
    assert_eq!(object(&world, &case(1)).place, Some(place(9)));
}

#[test]
fn a_late_commissioning_is_older_than_everything_known_not_only_than_the_newest() {
    let mut world = world();
    accept(&mut world, "est", &pack(20, &case(1), &[part(1)]));
    accept(
        &mut world,
        "est",
        &see(40, &[part(1)]).step(BizStep::Inspecting),
    );
    refuse(
        &mut world,
        "est",
        &add(30, &[part(1)]),
        ALREADY_COMMISSIONED,
    );
    accept(&mut world, "est", &add(10, &[part(1)]));
}

#[test]
fn a_late_fitting_counts_though_the_part_was_told_of_by_itself_since() {
    let mut world = world();
    accept(&mut world, "est", &add(0, &[part(1), case(1)]));
    let fit = |does, minute| Told::aggregation(does, minute, &case(1), &[part(1)]).associated();
    let movement = see(30, &[part(1)]).at(8).step(BizStep::Shipping).id(1);
    accept(&mut world, "est", &movement);
    let fitted = fit(Does::Add, 10).id(2);
    assert_eq!(passed(&accept(&mut world, "est", &fitted)), []);
    assert_eq!(object(&world, &part(1)).parent, Some(case(1)));
    let off = fit(Does::Delete, 20).at(3).id(3);
    assert_eq!(passed(&accept(&mut world, "est", &off)), []);
    assert_eq!(object(&world, &part(1)).parent, None);
    let declaration = off.wrong(&world);
    accept(&mut world, "est", &declaration);
    assert_eq!(
        object(&world, &part(1)).parent,
        Some(case(1)),
        "fitted at 10"
    );
    let declaration = fitted.wrong(&world);
    accept(&mut world, "est", &declaration);
    assert_eq!(object(&world, &part(1)).parent, None);
    assert_eq!(object(&world, &case(1)).contents, 0);
}
