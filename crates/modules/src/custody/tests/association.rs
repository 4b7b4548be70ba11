//! Associations: parts on assets, things at places, and what tells them from packing; taking out everything.

use super::{super::reject::*, *};

/// An aircraft, an engine, a part of it.
fn asset(number: u32) -> Epc {
    epc(&format!("urn:epc:id:giai:9521101.AC{number}"))
}

fn fit(minute: u64, parent: &Epc, epcs: &[Epc]) -> Told {
    Told::aggregation(Does::Add, minute, parent, epcs)
        .associated()
        .step(BizStep::Installing)
}

fn take_off(minute: u64, parent: &Epc, epcs: &[Epc]) -> Told {
    Told::aggregation(Does::Delete, minute, parent, epcs)
        .associated()
        .step(BizStep::Removing)
}

#[test]
fn a_tree_of_parts_is_in_the_custody_of_who_has_the_aircraft() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[asset(1), asset(2), part(1)]));
    accept(&mut world, "est", &fit(1, &asset(2), &[part(1)]));
    accept(&mut world, "est", &fit(1, &asset(1), &[asset(2)]));
    let fitted = object(&world, &part(1));
    assert_eq!((fitted.parent, fitted.bond), (Some(asset(2)), Bond::Fitted));
    hand_over(&mut world, "est", "fra", &[asset(1)]);
    refuse(&mut world, "est", &see(2, &[part(1)]), NOT_CUSTODIAN);
    accept(&mut world, "fra", &see(2, &[part(1)]));
    accept(&mut world, "fra", &take_off(3, &asset(2), &[part(1)]));
    let loose = object(&world, &part(1));
    assert_eq!(
        (
            loose.parent,
            loose.bond,
            loose.custodian.as_str(),
            loose.owner.as_str()
        ),
        (None, Bond::Packed, "fra", "est")
    );
}

#[test]
fn what_is_fitted_may_be_read_anywhere_but_does_not_change_hands_alone() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[asset(1), part(1), case(1)]));
    accept(&mut world, "est", &fit(1, &asset(1), &[part(1)]));
    accept(
        &mut world,
        "est",
        &see(2, &[part(1)]).at(4).step(BizStep::Arriving),
    );
    assert_eq!(object(&world, &part(1)).parent, Some(asset(1)));
    assert_eq!(
        object(&world, &asset(1)).place,
        Some(place(1)),
        "only told of the part"
    );
    refuse_action(
        &mut world,
        "est",
        Action::OfferHandover(offer("fra", &[part(1)])),
        PACKED,
    );
    refuse(
        &mut world,
        "est",
        &Told::object(Does::Delete, 3, &[part(1)]),
        PACKED,
    );
    refuse(
        &mut world,
        "est",
        &pack(3, &case(1), &[part(1)]),
        PACKED_ALREADY,
    );
    // Once the asset itself is in a box, nothing on it moves without the box.
    accept(&mut world, "est", &pack(3, &case(1), &[asset(1)]));
    refuse(
        &mut world,
        "est",
        &see(4, &[part(1)]).step(BizStep::Shipping),
        PACKED,
    );
    accept(
        &mut world,
        "est",
        &see(4, &[case(1), part(1)]).step(BizStep::Shipping),
    );
    refuse(
        &mut world,
        "est",
        &Told::object(Does::Delete, 5, &[asset(1)]),
        PACKED,
    );
}

#[test]
fn emptying_a_container_leaves_what_is_fitted_to_it() {
    let mut world = World::new();
    let sensor = part(9);
    accept(
        &mut world,
        "est",
        &add(0, &[case(1), part(1), sensor.clone()]).amounts(&[each(lot(1), 9)]),
    );
    accept(
        &mut world,
        "est",
        &fit(1, &case(1), std::slice::from_ref(&sensor)).amounts(&[each(lot(1), 2)]),
    );
    accept(
        &mut world,
        "est",
        &pack(1, &case(1), &[part(1)]).amounts(&[each(lot(1), 3)]),
    );
    refuse(
        &mut world,
        "est",
        &unpack(2, &case(1), std::slice::from_ref(&sensor)),
        NOT_PACKED_IN,
    );
    accept(&mut world, "est", &unpack(2, &case(1), &[]));
    assert_eq!(object(&world, &part(1)).parent, None);
    assert_eq!(object(&world, &sensor).parent, Some(case(1)));
    assert_eq!(amount(&world, &lot(1), &Holder::Fitted(case(1))), "2");
    assert_eq!(amount(&world, &lot(1), &loose("est")), "7");
    assert_eq!(object(&world, &case(1)).contents, 2);
    accept(&mut world, "est", &take_off(3, &case(1), &[]));
    assert_eq!(object(&world, &sensor).parent, None);
    assert_eq!(object(&world, &case(1)).contents, 0);
    assert_eq!(amount(&world, &lot(1), &loose("est")), "9");
}

#[test]
fn a_part_fitted_elsewhere_has_left_where_it_was() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[asset(1), asset(2), part(1)]));
    accept(&mut world, "est", &fit(1, &asset(1), &[part(1)]));
    refuse(
        &mut world,
        "est",
        &fit(2, &asset(1), &[part(1)]),
        PACKED_ALREADY,
    );
    let moved = fit(2, &asset(2), &[part(1)]).id(2);
    accept(&mut world, "est", &moved);
    assert_eq!(object(&world, &part(1)).parent, Some(asset(2)));
    assert_eq!(object(&world, &asset(1)).contents, 0);
    let declaration = moved.wrong(&world);
    accept(&mut world, "est", &declaration);
    assert_eq!(
        object(&world, &part(1)).parent,
        Some(asset(1)),
        "back where the older event put it"
    );
    assert_eq!(object(&world, &asset(1)).contents, 1);
    assert_eq!(object(&world, &asset(2)).contents, 0);
}

#[test]
fn what_is_fixed_at_a_place_is_there_and_its_custodian_answers_for_it() {
    let mut world = World::new();
    let base = place(30);
    accept(
        &mut world,
        "est",
        &add(0, &[part(1), part(2)]).amounts(&[each(lot(1), 5)]),
    );
    accept(
        &mut world,
        "est",
        &fit(1, &base, &[part(1), part(2)]).amounts(&[each(lot(1), 4)]),
    );
    let fixed = object(&world, &part(1));
    assert_eq!(
        (fixed.parent, fixed.bond),
        (Some(base.clone()), Bond::Fixed)
    );
    assert_eq!(fixed.place, Some(base.clone()));
    assert_eq!(
        amount(&world, &lot(1), &Holder::Fixed(member("est"), base.clone())),
        "4"
    );
    refuse(
        &mut world,
        "est",
        &see(2, &[part(1)]).step(BizStep::Shipping),
        PACKED,
    );
    accept(
        &mut world,
        "est",
        &see(2, &[part(1)]).step(BizStep::Inspecting),
    );
    refuse(
        &mut world,
        "fra",
        &take_off(2, &base, &[part(1)]),
        NOT_CUSTODIAN,
    );
    hand_over(&mut world, "est", "fra", &[part(1)]);
    refuse(&mut world, "est", &take_off(3, &base, &[]), NOT_CUSTODIAN);
    accept(&mut world, "fra", &take_off(3, &base, &[part(1)]));
    accept(&mut world, "est", &take_off(3, &base, &[]));
    assert_eq!(object(&world, &part(2)).parent, None);
    assert_eq!(object(&world, &part(2)).place, Some(base));
    assert_eq!(amount(&world, &lot(1), &loose("est")), "5");
}

#[test]
fn assets_contain_no_circle_and_sixteen_levels_whether_packed_or_fitted() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[asset(1), asset(2), case(1)]));
    accept(&mut world, "est", &fit(1, &asset(1), &[asset(2)]));
    accept(&mut world, "est", &pack(1, &case(1), &[asset(1)]));
    refuse(&mut world, "est", &fit(2, &asset(2), &[case(1)]), CYCLE);
    for level in 3..=16 {
        accept(
            &mut world,
            "est",
            &fit(2, &asset(level - 1), &[asset(level)]),
        );
    }
    refuse(
        &mut world,
        "est",
        &fit(3, &asset(16), &[asset(17)]),
        TOO_DEEP,
    );
}

#[test]
fn a_wrong_fitting_at_a_place_is_taken_off_again() {
    let mut world = World::new();
    accept(
        &mut world,
        "est",
        &add(0, &[part(1)]).amounts(&[each(lot(1), 5)]),
    );
    let wrong = fit(1, &place(30), &[part(1)])
        .amounts(&[each(lot(1), 5)])
        .id(1);
    accept(&mut world, "est", &wrong);
    let declaration = wrong.wrong(&world);
    accept(&mut world, "est", &declaration);
    let now = object(&world, &part(1));
    assert_eq!((now.parent, now.place), (None, Some(place(1))));
    assert_eq!(amount(&world, &lot(1), &loose("est")), "5");
}

#[test]
fn unpacking_without_names_takes_out_everything() {
    let mut world = World::new();
    accept(
        &mut world,
        "est",
        &add(0, &[part(1), part(2), case(1)]).amounts(&[each(lot(1), 9)]),
    );
    let all = [part(1), part(2)];
    accept(
        &mut world,
        "est",
        &pack(0, &case(1), &all).amounts(&[each(lot(1), 4)]),
    );
    let wrong = unpack(1, &case(1), &[]).at(5).id(1);
    accept(&mut world, "est", &wrong);
    for name in &all {
        assert_eq!(object(&world, name).parent, None);
        assert_eq!(object(&world, name).place, Some(place(5)));
    }
    assert_eq!(object(&world, &case(1)).contents, 0);
    assert_eq!(amount(&world, &lot(1), &loose("est")), "9");
    accept(&mut world, "est", &unpack(1, &case(1), &[]).id(9));
    refuse(
        &mut world,
        "est",
        &unpack(1, &case(7), &[part(1)]),
        UNKNOWN_OBJECT,
    );
    // What came out goes back in when the event is declared wrong.
    let declaration = wrong.wrong(&world);
    accept(&mut world, "est", &declaration);
    for name in &all {
        assert_eq!(object(&world, name).parent, Some(case(1)));
    }
    assert_eq!(amount(&world, &lot(1), &Holder::In(case(1))), "4");
    assert_eq!(object(&world, &case(1)).contents, 3);
}

#[test]
fn what_is_too_full_is_unpacked_by_name() {
    let mut world = World::new();
    let all: Vec<Epc> = (0..LISTED_MAX as u32 + 1).map(part).collect();
    accept(&mut world, "est", &pack(0, &case(1), &all[1..]));
    accept(&mut world, "est", &unpack(1, &case(1), &[]).id(1));
    accept(&mut world, "est", &pack(2, &case(1), &all));
    refuse(
        &mut world,
        "est",
        &unpack(3, &case(1), &[]).id(2),
        NAME_THE_CONTENTS,
    );
    accept(&mut world, "est", &unpack(3, &case(1), &all).id(3));
    accept(&mut world, "est", &pack(4, &case(1), &all[..1]));
    accept(&mut world, "est", &unpack(5, &case(1), &[]).id(4));
    assert_eq!(object(&world, &part(0)).parent, None);
}
