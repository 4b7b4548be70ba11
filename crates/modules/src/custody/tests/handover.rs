//! Handovers: two-sided, with a deadline, whole trees at once.

use super::{super::reject::*, *};

fn packed_world() -> World {
    let mut world = World::new();
    accept(
        &mut world,
        "parts",
        &add(0, &[part(1), case(1), case(2), case(3)]),
    );
    accept(&mut world, "parts", &pack(0, &case(1), &[part(1)]));
    accept(&mut world, "parts", &pack(0, &case(2), &[case(1)]));
    world
}

#[test]
fn custody_of_a_whole_tree_changes_with_one_record() {
    let mut world = packed_world();
    let id = offered(&mut world, "parts", offer("est", &[case(2)]));
    assert_eq!(object(&world, &case(2)).hold, Some(Hold::Offered(id)));
    refuse(&mut world, "est", &see(1, &[case(2)]), NOT_CUSTODIAN);
    let done = act(&mut world, "est", take_over(id)).unwrap();
    let [Event::HandoverEnded(ended)] = &done.said::<Event>()[..] else {
        panic!()
    };
    assert_eq!(
        ended.changes.objects.len(),
        1,
        "only the outermost container's record changes"
    );
    accept(&mut world, "est", &unpack(1, &case(1), &[part(1)]));
    let record = object(&world, &part(1));
    assert_eq!(
        (record.custodian.as_str(), record.owner.as_str()),
        ("est", "parts")
    );
    refuse(&mut world, "parts", &see(2, &[case(2)]), NOT_CUSTODIAN);
}

#[test]
fn what_you_do_not_hold_you_cannot_hand_over() {
    let mut world = packed_world();
    let give = |objects: &[Epc]| Action::OfferHandover(offer("fra", objects));
    refuse_action(&mut world, "est", give(&[case(2)]), NOT_CUSTODIAN);
    refuse_action(&mut world, "parts", give(&[case(1)]), PACKED);
    refuse_action(&mut world, "parts", give(&[part(99)]), UNKNOWN_OBJECT);
    refuse_action(
        &mut world,
        "parts",
        Action::OfferHandover(offer("parts", &[case(2)])),
        UNKNOWN_MEMBER,
    );
    refuse_action(
        &mut world,
        "parts",
        Action::OfferHandover(offer("mars", &[case(2)])),
        UNKNOWN_MEMBER,
    );
    let too_much = Offer {
        portions: vec![portion(lot(1), 1)],
        ..offer("fra", &[])
    };
    refuse_action(
        &mut world,
        "parts",
        Action::OfferHandover(too_much),
        BELOW_ZERO,
    );
    act(&mut world, "parts", give(&[case(2)])).unwrap();
    refuse_action(&mut world, "parts", give(&[case(2)]), OFFERED);
}

#[test]
fn what_is_offered_is_neither_packed_nor_unpacked_nor_ended() {
    let mut world = packed_world();
    let id = offered(&mut world, "parts", offer("est", &[case(2)]));
    refuse(
        &mut world,
        "parts",
        &unpack(1, &case(1), &[part(1)]),
        OFFERED,
    );
    refuse(&mut world, "parts", &pack(1, &case(2), &[case(3)]), OFFERED);
    refuse(&mut world, "parts", &pack(1, &case(3), &[case(2)]), OFFERED);
    accept(
        &mut world,
        "parts",
        &see(1, &[case(2)]).at(5).step(BizStep::Transporting),
    );
    let empty = offered(&mut world, "parts", offer("est", &[case(3)]));
    refuse(
        &mut world,
        "parts",
        &Told::object(Does::Delete, 1, &[case(3)]),
        OFFERED,
    );
    act(
        &mut world,
        "parts",
        Action::WithdrawHandover {
            handover: id,
            time: None,
        },
    )
    .unwrap();
    act(
        &mut world,
        "est",
        Action::RefuseHandover {
            handover: empty,
            reason: "not ordered".into(),
            time: None,
        },
    )
    .unwrap();
    accept(&mut world, "parts", &unpack(2, &case(1), &[part(1)]));
    accept(
        &mut world,
        "parts",
        &Told::object(Does::Delete, 2, &[case(3)]),
    );
}

#[test]
fn each_side_says_its_own_part_and_only_once() {
    let mut world = packed_world();
    let id = offered(&mut world, "parts", offer("est", &[case(2)]));
    let withdraw = Action::WithdrawHandover {
        handover: id,
        time: None,
    };
    let decline = Action::RefuseHandover {
        handover: id,
        reason: "damaged".into(),
        time: None,
    };
    refuse_action(&mut world, "parts", take_over(id), NOT_PARTY);
    refuse_action(&mut world, "fra", take_over(id), NOT_PARTY);
    refuse_action(&mut world, "est", withdraw.clone(), NOT_PARTY);
    refuse_action(&mut world, "parts", decline.clone(), NOT_PARTY);
    refuse_action(
        &mut world,
        "est",
        take_over(HandoverId([9; 16])),
        UNKNOWN_HANDOVER,
    );
    act(&mut world, "est", take_over(id)).unwrap();
    refuse_action(&mut world, "est", take_over(id), HANDOVER_ENDED);
    refuse_action(&mut world, "est", decline, HANDOVER_ENDED);
    refuse_action(&mut world, "parts", withdraw, HANDOVER_ENDED);
}

#[test]
fn an_offer_runs_out_in_block_time() {
    let mut world = packed_world();
    let expires_ms = world.tip.time_ms + 30 * MINUTE_MS;
    let id = offered(
        &mut world,
        "parts",
        Offer {
            expires_ms: Some(expires_ms),
            ..offer("est", &[case(2)])
        },
    );
    let said: Vec<Event> = world.wait(29 * MINUTE_MS);
    assert!(said.is_empty());
    let said: Vec<Event> = world.wait(2 * MINUTE_MS);
    let [Event::HandoverEnded(ended)] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!((ended.handover, ended.state), (id, HandoverState::Expired));
    assert_eq!(ended.event_time_ms, i64::try_from(expires_ms).unwrap());
    refuse_action(&mut world, "est", take_over(id), HANDOVER_ENDED);
    let record = object(&world, &case(2));
    assert_eq!((record.hold, record.custodian.as_str()), (None, "parts"));
    accept(&mut world, "parts", &unpack(1, &case(2), &[case(1)]));
}

#[test]
fn a_deadline_lies_in_the_next_ninety_days() {
    let mut world = packed_world();
    let until = |expires_ms| {
        Action::OfferHandover(Offer {
            expires_ms: Some(expires_ms),
            ..offer("est", &[case(2)])
        })
    };
    let now = world.tip.time_ms;
    refuse_action(&mut world, "parts", until(now), OFFER_DEADLINE);
    refuse_action(
        &mut world,
        "parts",
        until(now + OFFER_OPEN_MS_MAX + MINUTE_MS),
        OFFER_DEADLINE,
    );
    act(&mut world, "parts", until(now + OFFER_OPEN_MS_MAX)).unwrap();
}

#[test]
fn ownership_changes_only_where_the_offer_says_so_and_the_owner_offers() {
    let mut world = packed_world();
    hand_over(&mut world, "parts", "est", &[case(2)]);
    let sell = |to: &str, conveys, name: Epc| Offer {
        conveys,
        ..offer(to, &[name])
    };
    refuse_action(
        &mut world,
        "est",
        Action::OfferHandover(sell("fra", Conveys::Both, case(2))),
        NOT_OWNER,
    );
    refuse_action(
        &mut world,
        "est",
        Action::OfferHandover(sell("fra", Conveys::Ownership, part(1))),
        NOT_OWNER,
    );
    // The owner sells what lies packed in another's custody.
    let first = offered(
        &mut world,
        "parts",
        sell("est", Conveys::Ownership, part(1)),
    );
    let second = offered(
        &mut world,
        "parts",
        sell("fra", Conveys::Ownership, part(1)),
    );
    accept(&mut world, "est", &unpack(1, &case(1), &[part(1)]));
    act(&mut world, "est", take_over(first)).unwrap();
    refuse_action(&mut world, "fra", take_over(second), NOT_OWNER);
    assert_eq!(object(&world, &part(1)).owner, member("est"));
    let both = offered(&mut world, "est", sell("fra", Conveys::Both, part(1)));
    act(&mut world, "fra", take_over(both)).unwrap();
    let record = object(&world, &part(1));
    assert_eq!(
        (record.owner, record.custodian),
        (member("fra"), member("fra"))
    );
}

#[test]
fn loose_amounts_are_set_aside_and_come_back_if_the_offer_fails() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[]).amounts(&[each(lot(1), 10)]));
    let give = |conveys| Offer {
        conveys,
        portions: vec![portion(lot(1), 6)],
        ..offer("fra", &[])
    };
    let id = offered(&mut world, "est", give(Conveys::Custody));
    assert_eq!(amount(&world, &lot(1), &loose("est")), "4");
    assert_eq!(amount(&world, &lot(1), &Holder::Offered(id)), "6");
    act(
        &mut world,
        "fra",
        Action::RefuseHandover {
            handover: id,
            reason: "wrong lot".into(),
            time: None,
        },
    )
    .unwrap();
    assert_eq!(amount(&world, &lot(1), &loose("est")), "10");
    let id = offered(&mut world, "est", give(Conveys::Both));
    act(&mut world, "fra", take_over(id)).unwrap();
    let here: Holding = world
        .read(&facts::holding_key(&lot(1), &loose("fra")))
        .unwrap();
    assert_eq!(here.owner, member("fra"));
    assert_eq!(amount(&world, &lot(1), &Holder::Offered(id)), "0");
}

#[test]
fn amounts_that_cannot_come_back_unmixed_wait_until_they_are_called_back() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[]).amounts(&[each(lot(1), 10)]));
    let all = Offer {
        portions: vec![portion(lot(1), 10)],
        ..offer("fra", &[])
    };
    hand_over_amounts(&mut world, "est", all);
    // France holds Estonia's 10; it offers them on, and meanwhile commissions some of its own.
    let on = offered(
        &mut world,
        "fra",
        Offer {
            portions: vec![portion(lot(1), 10)],
            ..offer("parts", &[])
        },
    );
    accept(&mut world, "fra", &add(1, &[]).amounts(&[each(lot(1), 3)]));
    act(
        &mut world,
        "parts",
        Action::RefuseHandover {
            handover: on,
            reason: "no room".into(),
            time: None,
        },
    )
    .unwrap();
    assert_eq!(amount(&world, &lot(1), &Holder::Offered(on)), "10");
    let call_back = Action::WithdrawHandover {
        handover: on,
        time: None,
    };
    refuse_action(&mut world, "fra", call_back.clone(), MIXED_HOLDING);
    accept(
        &mut world,
        "fra",
        &pack(2, &case(1), &[]).amounts(&[each(lot(1), 3)]),
    );
    act(&mut world, "fra", call_back).unwrap();
    assert_eq!(amount(&world, &lot(1), &loose("fra")), "10");
}

fn hand_over_amounts(world: &mut World, from: &str, offer: Offer) {
    let to = offer.to.as_str().to_owned();
    let id = offered(world, from, offer);
    act(world, &to, take_over(id)).unwrap();
}

#[test]
fn malformed_offers_are_refused_at_the_door() {
    let mut world = packed_world();
    let mut refused = |offer: Offer| {
        refuse_action(
            &mut world,
            "parts",
            Action::OfferHandover(offer),
            MALFORMED_FIELD,
        )
    };
    refused(offer("est", &[]));
    refused(offer("est", &[case(2), case(2)]));
    refused(offer("est", &[lot(1)]));
    refused(Offer {
        terms: "x".repeat(501),
        ..offer("est", &[case(2)])
    });
    refused(Offer {
        portions: vec![portion(part(1), 1)],
        ..offer("est", &[])
    });
    refused(Offer {
        portions: vec![portion(lot(1), 0)],
        ..offer("est", &[])
    });
    refused(Offer {
        portions: vec![Portion {
            container: Some(case(1)),
            ..portion(lot(1), 1)
        }],
        ..offer("est", &[])
    });
    refused(Offer {
        conveys: Conveys::Ownership,
        portions: vec![portion(lot(1), 1)],
        ..offer("est", &[])
    });
    let many: Vec<Epc> = (0..501).map(part).collect();
    refused(offer("est", &many));
}
