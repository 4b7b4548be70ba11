//! Losses: a case is opened, found things close it, deadlines escalate it.

use super::{super::reject::*, *};

fn report(objects: &[Epc]) -> LossReport {
    LossReport {
        objects: objects.to_vec(),
        portions: Vec::new(),
        circumstances: "not in the crate when it was opened".into(),
        time: None,
    }
}

fn reported(world: &mut World, who: &str, loss: LossReport) -> CaseId {
    let done =
        act(world, who, Action::ReportLoss(loss)).unwrap_or_else(|reject| panic!("{reject}"));
    facts::case_id(&done.id, 0)
}

fn close(case: CaseId, finding: Finding) -> Action {
    Action::CloseCase {
        case,
        finding,
        account: "counted twice".into(),
        time: None,
    }
}

fn packed_world() -> World {
    let mut world = World::new();
    accept(
        &mut world,
        "est",
        &add(0, &[part(1), part(2), case(1)]).amounts(&[each(lot(1), 10)]),
    );
    accept(
        &mut world,
        "est",
        &pack(0, &case(1), &[part(1), part(2)]).amounts(&[each(lot(1), 10)]),
    );
    world
}

#[test]
fn a_missing_part_leaves_its_container_and_stays_with_its_custodian() {
    let mut world = packed_world();
    refuse_action(
        &mut world,
        "fra",
        Action::ReportLoss(report(&[part(1)])),
        NOT_CUSTODIAN,
    );
    refuse_action(
        &mut world,
        "est",
        Action::ReportLoss(report(&[part(9)])),
        UNKNOWN_OBJECT,
    );
    let id = reported(&mut world, "est", report(&[part(1)]));
    let record = object(&world, &part(1));
    assert_eq!(
        (record.life, record.parent, record.hold),
        (Life::Missing, None, Some(Hold::Missing(id)))
    );
    assert_eq!(
        (record.disposition, record.custodian.as_str()),
        (Some(Disposition::Unknown), "est")
    );
    refuse_action(
        &mut world,
        "est",
        Action::ReportLoss(report(&[part(1)])),
        MISSING,
    );
    refuse(&mut world, "est", &pack(1, &case(1), &[part(1)]), MISSING);
    refuse(
        &mut world,
        "est",
        &unpack(1, &case(1), &[part(1)]),
        NOT_PACKED_IN,
    );
    hand_over(&mut world, "est", "fra", &[case(1)]);
    refuse_action(
        &mut world,
        "est",
        Action::OfferHandover(offer("fra", &[part(1)])),
        MISSING,
    );
    refuse(&mut world, "fra", &see(2, &[part(1)]).at(3), NOT_CUSTODIAN);
}

#[test]
fn being_seen_at_a_place_closes_the_case_when_nothing_is_missing() {
    let mut world = packed_world();
    let id = reported(&mut world, "est", report(&[part(1), part(2)]));
    world.wait::<Event>(10 * MINUTE_MS);
    let gone = see(9, &[part(1)])
        .at(3)
        .disposition(Disposition::Unknown)
        .step(BizStep::Inspecting);
    accept(&mut world, "est", &gone);
    assert_eq!(
        object(&world, &part(1)).life,
        Life::Missing,
        "an inspection that misses it does not find it"
    );
    accept(&mut world, "est", &see(0, &[part(1)]).at(4));
    assert_eq!(
        object(&world, &part(1)).life,
        Life::Missing,
        "seen before it was lost"
    );
    accept(&mut world, "est", &see(9, &[part(1)]).at(5));
    let open: Case = world.read(&id.0).unwrap();
    assert_eq!((open.state, open.missing), (CaseState::Open, 1));
    let done = accept(
        &mut world,
        "est",
        &see(10, &[part(2)])
            .at(5)
            .disposition(Disposition::Available),
    );
    let said = done.said::<Event>();
    let [Event::Captured(_), Event::CaseChanged(changed)] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!((changed.case, changed.now.state), (id, CaseState::Found));
    assert_eq!(object(&world, &part(2)).life, Life::Active);
    refuse_action(&mut world, "est", close(id, Finding::Found), CASE_CLOSED);
    accept(&mut world, "est", &pack(11, &case(1), &[part(1), part(2)]));
}

#[test]
fn a_case_escalates_once_when_its_deadline_passes() {
    let mut world = packed_world();
    let id = reported(&mut world, "est", report(&[part(1)]));
    let due_ms = world.tip.time_ms + INVESTIGATION_MS;
    let said: Vec<Event> = world.wait(INVESTIGATION_MS - MINUTE_MS);
    assert!(said.is_empty(), "{said:?}");
    let said: Vec<Event> = world.wait(2 * MINUTE_MS);
    let [Event::CaseChanged(changed)] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!(
        (changed.case, changed.now.state),
        (id, CaseState::Escalated)
    );
    assert_eq!(changed.event_time_ms, i64::try_from(due_ms).unwrap());
    act(&mut world, "est", close(id, Finding::Found)).unwrap();
    assert_eq!(object(&world, &part(1)).life, Life::Active);
}

#[test]
fn a_closed_case_does_not_escalate() {
    let mut world = packed_world();
    let id = reported(&mut world, "est", report(&[part(1)]));
    act(&mut world, "est", close(id, Finding::Found)).unwrap();
    let said: Vec<Event> = world.wait(INVESTIGATION_MS + MINUTE_MS);
    assert!(said.is_empty());
}

#[test]
fn only_the_owner_writes_off_and_only_the_reporter_finds() {
    let mut world = packed_world();
    hand_over(&mut world, "est", "fra", &[case(1)]);
    let id = reported(&mut world, "fra", report(&[part(1)]));
    refuse_action(&mut world, "est", close(id, Finding::Found), NOT_PARTY);
    refuse_action(&mut world, "fra", close(id, Finding::WrittenOff), NOT_OWNER);
    refuse_action(
        &mut world,
        "est-scanner",
        close(id, Finding::WrittenOff),
        ROLE_NEEDED,
    );
    refuse_action(
        &mut world,
        "fra",
        close(CaseId([1; 16]), Finding::Found),
        UNKNOWN_CASE,
    );
    act(&mut world, "est", close(id, Finding::WrittenOff)).unwrap();
    assert_eq!(object(&world, &part(1)).life, Life::Ended);
    refuse(&mut world, "fra", &see(1, &[part(1)]).at(2), ENDED);
    refuse_action(
        &mut world,
        "est",
        close(id, Finding::WrittenOff),
        CASE_CLOSED,
    );
}

#[test]
fn missing_amounts_are_kept_under_the_case_until_found_or_written_off() {
    let mut world = packed_world();
    let gone = |count| LossReport {
        portions: vec![Portion {
            container: Some(case(1)),
            ..portion(lot(1), count)
        }],
        ..report(&[])
    };
    refuse_action(&mut world, "est", Action::ReportLoss(gone(11)), BELOW_ZERO);
    let id = reported(&mut world, "est", gone(4));
    assert_eq!(amount(&world, &lot(1), &Holder::In(case(1))), "6");
    assert_eq!(amount(&world, &lot(1), &Holder::Missing(id)), "4");
    act(&mut world, "est", close(id, Finding::Found)).unwrap();
    assert_eq!(amount(&world, &lot(1), &loose("est")), "4");
    let id = reported(&mut world, "est", gone(6));
    act(&mut world, "est", close(id, Finding::WrittenOff)).unwrap();
    assert_eq!(amount(&world, &lot(1), &Holder::Missing(id)), "0");
    assert_eq!(object(&world, &case(1)).contents, 2);
}

#[test]
fn what_is_offered_is_reported_lost_after_the_offer_is_withdrawn() {
    let mut world = packed_world();
    let id = offered(&mut world, "est", offer("fra", &[case(1)]));
    refuse_action(
        &mut world,
        "est",
        Action::ReportLoss(report(&[part(1)])),
        OFFERED,
    );
    act(
        &mut world,
        "est",
        Action::WithdrawHandover {
            handover: id,
            time: None,
        },
    )
    .unwrap();
    reported(&mut world, "est", report(&[case(1)]));
    refuse(&mut world, "est", &unpack(1, &case(1), &[part(1)]), MISSING);
    let empty = LossReport {
        circumstances: String::new(),
        ..report(&[part(1)])
    };
    refuse_action(
        &mut world,
        "est",
        Action::ReportLoss(empty),
        MALFORMED_FIELD,
    );
}
