//! Handovers accepted in part, the cases they open, and what goes back.

use super::{super::reject::*, *};

fn differs(kind: DiscrepancyKind, object: Epc) -> Discrepancy {
    Discrepancy {
        kind,
        object: Some(object),
        portion: None,
        taken: false,
        note: String::new(),
    }
}

fn differs_by(kind: DiscrepancyKind, portion: Portion) -> Discrepancy {
    Discrepancy {
        kind,
        object: None,
        portion: Some(portion),
        taken: false,
        note: "counted twice".into(),
    }
}

fn accept_but(handover: HandoverId, discrepancies: &[Discrepancy]) -> Action {
    Action::AcceptHandover {
        handover,
        time: None,
        discrepancies: discrepancies.to_vec(),
    }
}

fn close(case: CaseId, finding: Finding) -> Action {
    Action::CloseCase {
        case,
        finding,
        account: "checked".into(),
        time: None,
    }
}

fn case_of(world: &World, id: CaseId) -> Case {
    world.read(&id.0).unwrap()
}

/// Est offers parts 1 and 2, case 1 with part 3 and 4 of lot 1, and 10 of lot 1, to fra.
fn offered_world() -> (World, HandoverId) {
    let mut world = World::new();
    accept(
        &mut world,
        "est",
        &add(0, &[part(1), part(2), part(3), case(1)]).amounts(&[each(lot(1), 14)]),
    );
    accept(
        &mut world,
        "est",
        &pack(0, &case(1), &[part(3)]).amounts(&[each(lot(1), 4)]),
    );
    let bundle = Offer {
        portions: vec![portion(lot(1), 10)],
        ..offer("fra", &[part(1), part(2), case(1)])
    };
    let id = offered(&mut world, "est", bundle);
    (world, id)
}

#[test]
fn what_is_not_taken_goes_back_and_a_case_opens() {
    let (mut world, id) = offered_world();
    let damaged = Discrepancy {
        taken: true,
        ..differs(DiscrepancyKind::Damaged, part(2))
    };
    let found = [
        differs(DiscrepancyKind::Short, part(1)),
        damaged,
        differs(DiscrepancyKind::Wrong, part(3)),
        differs_by(DiscrepancyKind::Short, portion(lot(1), 3)),
        differs_by(
            DiscrepancyKind::Short,
            Portion {
                container: Some(case(1)),
                ..portion(lot(1), 1)
            },
        ),
        differs(DiscrepancyKind::Over, part(77)),
    ];
    let done = act(&mut world, "fra", accept_but(id, &found)).unwrap();
    let custodian = |world: &World, name: &Epc| object(world, name).custodian.to_string();
    assert_eq!(custodian(&world, &part(1)), "est");
    assert_eq!(object(&world, &part(1)).hold, None);
    assert_eq!(custodian(&world, &part(2)), "fra");
    assert_eq!(
        object(&world, &part(2)).disposition,
        Some(Disposition::Damaged)
    );
    assert_eq!(custodian(&world, &case(1)), "fra");
    assert_eq!(
        (custodian(&world, &part(3)), object(&world, &part(3)).parent),
        ("est".into(), None)
    );
    assert_eq!(amount(&world, &lot(1), &loose("fra")), "7");
    assert_eq!(amount(&world, &lot(1), &loose("est")), "4");
    assert_eq!(amount(&world, &lot(1), &Holder::In(case(1))), "3");
    assert_eq!(amount(&world, &lot(1), &Holder::Offered(id)), "0");
    let handover: Handover = world.read(&id.0).unwrap();
    assert_eq!(handover.state, HandoverState::Partly);

    let case_id = facts::case_id(&done.id, 0);
    let case = case_of(&world, case_id);
    assert_eq!(
        (case.kind, case.state),
        (CaseKind::Discrepancy, CaseState::Open)
    );
    assert_eq!(
        (case.member, case.other, case.handover),
        (member("fra"), Some(member("est")), Some(id))
    );
    assert!(
        case.objects.contains(&part(77)),
        "what is over is part of the case, not of the handover"
    );
    let said = done.said::<Event>();
    assert!(
        matches!(&said[..], [Event::HandoverEnded(end), Event::DiscrepancyReported(_)]
        if end.case == Some(case_id) && end.discrepancies == found)
    );
    accept(&mut world, "est", &see(1, &[part(1), part(3)]));
}

#[test]
fn a_discrepancy_in_everything_taken_leaves_the_handover_accepted() {
    let (mut world, id) = offered_world();
    let scratched = Discrepancy {
        taken: true,
        ..differs(DiscrepancyKind::Wrong, part(1))
    };
    let done = act(
        &mut world,
        "fra",
        accept_but(id, &[scratched, differs(DiscrepancyKind::Over, part(9))]),
    )
    .unwrap();
    let handover: Handover = world.read(&id.0).unwrap();
    assert_eq!(handover.state, HandoverState::Accepted);
    assert_eq!(
        case_of(&world, facts::case_id(&done.id, 0)).state,
        CaseState::Open
    );
    assert_eq!(object(&world, &part(1)).custodian, member("fra"));
}

#[test]
fn a_container_that_is_not_taken_goes_back_with_everything_in_it() {
    let (mut world, id) = offered_world();
    let found = [
        differs(DiscrepancyKind::Wrong, case(1)),
        differs(DiscrepancyKind::Damaged, part(3)),
        differs_by(
            DiscrepancyKind::Short,
            Portion {
                container: Some(case(1)),
                ..portion(lot(1), 4)
            },
        ),
    ];
    act(&mut world, "fra", accept_but(id, &found)).unwrap();
    assert_eq!(object(&world, &case(1)).custodian, member("est"));
    assert_eq!(object(&world, &part(3)).parent, Some(case(1)));
    assert_eq!(amount(&world, &lot(1), &Holder::In(case(1))), "4");
}

#[test]
fn discrepancies_name_what_was_offered_and_no_more_of_it() {
    let (mut world, id) = offered_world();
    accept(&mut world, "est", &add(0, &[part(5)]));
    let refuse = |world: &mut World, one: Discrepancy, rule| {
        refuse_action(world, "fra", accept_but(id, &[one]), rule);
    };
    refuse(
        &mut world,
        differs(DiscrepancyKind::Short, part(5)),
        NOT_IN_OFFER,
    );
    refuse(
        &mut world,
        differs(DiscrepancyKind::Short, part(500)),
        NOT_IN_OFFER,
    );
    refuse(
        &mut world,
        differs(DiscrepancyKind::Over, part(1)),
        NOT_IN_OFFER,
    );
    refuse(
        &mut world,
        differs_by(DiscrepancyKind::Short, portion(lot(2), 1)),
        NOT_IN_OFFER,
    );
    refuse(
        &mut world,
        differs_by(DiscrepancyKind::Short, portion(lot(1), 11)),
        BELOW_ZERO,
    );
    let taken = Discrepancy {
        taken: true,
        ..differs(DiscrepancyKind::Short, part(1))
    };
    refuse(&mut world, taken, MALFORMED_FIELD);
    let both = Discrepancy {
        portion: Some(portion(lot(1), 1)),
        ..differs(DiscrepancyKind::Short, part(1))
    };
    refuse(&mut world, both, MALFORMED_FIELD);
    refuse(
        &mut world,
        differs(DiscrepancyKind::Short, lot(1)),
        MALFORMED_FIELD,
    );
    refuse(
        &mut world,
        differs_by(DiscrepancyKind::Short, portion(part(1), 1)),
        MALFORMED_FIELD,
    );
    let twice = [
        differs(DiscrepancyKind::Short, part(1)),
        differs(DiscrepancyKind::Short, part(1)),
    ];
    refuse_action(&mut world, "fra", accept_but(id, &twice), MALFORMED_FIELD);
    let all = [
        differs(DiscrepancyKind::Short, part(1)),
        differs(DiscrepancyKind::Short, part(2)),
        differs(DiscrepancyKind::Short, case(1)),
        differs_by(DiscrepancyKind::Short, portion(lot(1), 10)),
    ];
    refuse_action(&mut world, "fra", accept_but(id, &all), NOTHING_ACCEPTED);
    act(&mut world, "fra", accept_but(id, &all[1..])).unwrap();
}

#[test]
fn amounts_that_would_mix_where_they_go_back_stay_aside_until_called_back() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[]).amounts(&[each(lot(1), 10)]));
    let give = |to: &str, count| Offer {
        portions: vec![portion(lot(1), count)],
        ..offer(to, &[])
    };
    let id = offered(&mut world, "est", give("fra", 10));
    // Meanwhile est takes over stock of another owner.
    accept(
        &mut world,
        "parts",
        &add(0, &[]).amounts(&[each(lot(1), 3)]),
    );
    let other = offered(&mut world, "parts", give("est", 3));
    act(&mut world, "est", take_over(other)).unwrap();
    act(
        &mut world,
        "fra",
        accept_but(
            id,
            &[differs_by(DiscrepancyKind::Short, portion(lot(1), 4))],
        ),
    )
    .unwrap();
    assert_eq!(amount(&world, &lot(1), &loose("fra")), "6");
    assert_eq!(amount(&world, &lot(1), &Holder::Offered(id)), "4");
    let back = Action::WithdrawHandover {
        handover: id,
        time: None,
    };
    refuse_action(&mut world, "est", back.clone(), MIXED_HOLDING);
    accept(
        &mut world,
        "est",
        &pack(1, &case(1), &[]).amounts(&[each(lot(1), 3)]),
    );
    act(&mut world, "est", back).unwrap();
    assert_eq!(amount(&world, &lot(1), &loose("est")), "4");
    let handover: Handover = world.read(&id.0).unwrap();
    assert_eq!(
        handover.state,
        HandoverState::Partly,
        "what was taken over stays so"
    );
}

#[test]
fn nobody_decides_a_discrepancy_in_its_own_favour() {
    let (mut world, id) = offered_world();
    let done = act(
        &mut world,
        "fra",
        accept_but(id, &[differs(DiscrepancyKind::Short, part(1))]),
    )
    .unwrap();
    let case = facts::case_id(&done.id, 0);
    refuse_action(&mut world, "fra", close(case, Finding::Upheld), NOT_PARTY);
    refuse_action(
        &mut world,
        "est",
        close(case, Finding::Unfounded),
        NOT_PARTY,
    );
    refuse_action(&mut world, "parts", close(case, Finding::Upheld), NOT_PARTY);
    refuse_action(
        &mut world,
        "est",
        close(case, Finding::Found),
        MALFORMED_FIELD,
    );
    refuse_action(
        &mut world,
        "est",
        close(case, Finding::WrittenOff),
        MALFORMED_FIELD,
    );
    act(&mut world, "est", close(case, Finding::Upheld)).unwrap();
    assert_eq!(case_of(&world, case).state, CaseState::Upheld);
    refuse_action(
        &mut world,
        "fra",
        close(case, Finding::Unfounded),
        CASE_CLOSED,
    );
}

#[test]
fn a_discrepancy_escalates_by_the_ledgers_timer_or_by_a_party() {
    let (mut world, id) = offered_world();
    let done = act(
        &mut world,
        "fra",
        accept_but(id, &[differs(DiscrepancyKind::Short, part(1))]),
    )
    .unwrap();
    let case = facts::case_id(&done.id, 0);
    let said = world.wait::<Event>(INVESTIGATION_MS + MINUTE_MS);
    let escalated = said.iter().filter(|event| matches!(event, Event::CaseChanged(c) if c.case == case && c.now.state == CaseState::Escalated));
    assert_eq!(escalated.count(), 1);
    act(&mut world, "fra", close(case, Finding::Unfounded)).unwrap();
    assert_eq!(case_of(&world, case).state, CaseState::Unfounded);

    let again = offered(
        &mut world,
        "est",
        offer("fra", &[part(1), part(3)].map(|name| name)[..1]),
    );
    let over = [differs(DiscrepancyKind::Over, part(9))];
    let done = act(&mut world, "fra", accept_but(again, &over)).unwrap();
    let case = facts::case_id(&done.id, 0);
    let raise = Action::EscalateCase {
        case,
        reason: "no answer".into(),
        time: None,
    };
    refuse_action(&mut world, "parts", raise.clone(), NOT_PARTY);
    act(&mut world, "est", raise.clone()).unwrap();
    assert_eq!(case_of(&world, case).state, CaseState::Escalated);
    refuse_action(&mut world, "fra", raise, CASE_CLOSED);
}

#[test]
fn goods_are_returned_by_a_handover_that_names_the_one_they_came_by() {
    let mut world = World::new();
    accept(&mut world, "est", &add(0, &[part(1), part(2)]));
    let id = offered(&mut world, "est", offer("fra", &[part(1)]));
    let back = |to: &str, names: &[Epc]| {
        Action::OfferHandover(Offer {
            returns: Some(id),
            ..offer(to, names)
        })
    };
    refuse_action(&mut world, "est", back("fra", &[part(2)]), NOT_PARTY);
    accept(&mut world, "fra", &add(0, &[part(3)]));
    refuse_action(&mut world, "fra", back("est", &[part(3)]), NOT_ACCEPTED);
    act(&mut world, "fra", take_over(id)).unwrap();
    refuse_action(&mut world, "fra", back("parts", &[part(1)]), NOT_PARTY);
    let done = act(&mut world, "fra", back("est", &[part(1)])).unwrap();
    let returned = facts::handover_id(&done.id, 0);
    act(&mut world, "est", take_over(returned)).unwrap();
    let record: Handover = world.read(&returned.0).unwrap();
    assert_eq!(
        (record.returns, record.state),
        (Some(id), HandoverState::Accepted)
    );
    assert_eq!(object(&world, &part(1)).custodian, member("est"));
    let nowhere = Action::OfferHandover(Offer {
        returns: Some(HandoverId([9; 16])),
        ..offer("fra", &[part(1)])
    });
    refuse_action(&mut world, "est", nowhere, UNKNOWN_HANDOVER);
}
