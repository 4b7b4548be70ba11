//! Parts and assets, productions, documents and discrepancies in what is asked of the read model.

use super::*;
use convoy_types::epcis::{Action as Does, BizTransaction, EventKind, More};

fn relation(trace: &TraceView) -> Vec<String> {
    let relations = trace
        .history
        .iter()
        .filter_map(|entry| entry.relation.as_ref());
    relations
        .map(|relation| format!("{} {}", relation.how, short(&relation.others.join(" "))))
        .collect()
}

#[test]
fn a_part_is_fitted_to_its_asset_and_shares_its_moves() {
    let mut watched = Watched::new();
    watched.tell(
        "est",
        &add(0, &[part(1), part(2), box_(1)]).amounts(&[each(lot(1), 9)]),
    );
    let fitted = pack(1, &box_(1), &[part(1)]).amounts(&[each(lot(1), 2)]);
    watched.tell("est", &fitted.associated());
    watched.tell("est", &pack(1, &box_(1), &[part(2)]));
    watched.tell("est", &see(2, &[box_(1)]).at(4).step(BizStep::Arriving));
    let trace = watched.trace(&part(1));
    let now = trace.now.as_ref().unwrap();
    assert_eq!(
        (now.bond.as_deref(), now.place.clone()),
        (Some("fitted"), Some(place(4).to_string()))
    );
    assert_eq!(now.packed_in, [box_(1).to_string()]);
    assert_eq!(relation(&trace), ["fitted to box1"]);
    assert!(told(&trace).contains(&"captured arriving place4 box1".to_owned()));
    assert_eq!(
        relation(&watched.trace(&box_(1))),
        [format!("carries {} {}", part(1), lot(1))]
    );
    let shown = |watched: &Watched, at| {
        let contents = watched
            .ask(|snapshot| contents(snapshot, &box_(1), at))
            .value
            .contents;
        let shown = contents
            .into_iter()
            .map(|one| (one.id, one.bond, one.quantity));
        shown.collect::<Vec<_>>()
    };
    let fitted = Some("fitted".to_owned());
    let whole = [
        (part(1).to_string(), fitted.clone(), None),
        (part(2).to_string(), None, None),
        (lot(1).to_string(), None, Some("2 EA".to_owned())),
    ];
    assert_eq!(shown(&watched, None), whole);
    // Emptied, it keeps what is fitted to it; and a moment before it still held both.
    watched.tell("est", &unpack(5, &box_(1), &[]));
    assert_eq!(shown(&watched, None), [whole[0].clone(), whole[2].clone()]);
    assert_eq!(shown(&watched, Some(millis(6))), whole[..1]);
    assert_eq!(shown(&watched, Some(millis(4))), whole[..2]);
}

#[test]
fn what_is_fixed_at_a_place_is_found_at_the_place() {
    let mut watched = Watched::new();
    watched.tell("est", &add(0, &[part(1)]).amounts(&[each(lot(1), 9)]));
    let fixed = pack(1, &place(7), &[part(1)]).amounts(&[each(lot(1), 2)]);
    watched.tell("est", &fixed.associated());
    let trace = watched.trace(&part(1));
    let now = trace.now.as_ref().unwrap();
    assert_eq!(
        (now.bond.as_deref(), now.place.clone()),
        (Some("fixed"), Some(place(7).to_string()))
    );
    assert_eq!(
        (now.packed_in.len(), now.parent.clone()),
        (0, Some(place(7).to_string()))
    );
    assert_eq!(relation(&trace), ["fixed at place7"]);
    let there = watched
        .ask(|snapshot| contents(snapshot, &place(7), None))
        .value;
    let ids: Vec<&str> = there.contents.iter().map(|one| &*one.id).collect();
    assert_eq!(ids, [part(1).to_string(), lot(1).to_string()]);
}

#[test]
fn a_production_tells_what_was_made_of_what() {
    let mut watched = Watched::new();
    watched.tell("est", &add(0, &[part(1)]).amounts(&[each(lot(1), 9)]));
    let mut made = Say::object(Does::Add, 1, &[part(1)]).amounts(&[each(lot(1), 3)]);
    made.0.kind = EventKind::Transformation;
    made.0.action = None;
    let batch = Epc::parse("urn:epc:id:gdti:9521101.00010.77").unwrap();
    made.0.more = Some(Box::new(More {
        output_epcs: vec![part(2)],
        transformation_id: Some(batch.clone()),
        ..More::default()
    }));
    watched.tell("est", &made);
    assert_eq!(
        relation(&watched.trace(&part(1))),
        [format!("used in {} {batch}", part(2))]
    );
    assert_eq!(
        relation(&watched.trace(&part(2))),
        [format!("made from {} {} {batch}", part(1), lot(1))]
    );
    assert_eq!(
        relation(&watched.trace(&lot(1))),
        [format!("used in {} {batch}", part(2))]
    );
    assert_eq!(watched.trace(&part(1)).now.unwrap().life, "ended");
    let wrong = made.wrong(&watched.world);
    watched.tell("est", &wrong);
    let events = watched
        .ask(|snapshot| of_transformation(snapshot, &batch))
        .value
        .events;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (&*events[0].event_type, &*events[0].standing),
        ("TransformationEvent", "void")
    );
    assert_eq!(events[0].made, [part(2).to_string()]);
}

#[test]
fn a_document_tells_what_was_tied_to_it() {
    let mut watched = Watched::new();
    watched.tell("est", &add(0, &[part(1)]));
    let order = Epc::parse("urn:epcglobal:cbv:bt:9521101000008:PO-7").unwrap();
    for (minute, does) in [(1, Does::Add), (2, Does::Delete)] {
        let mut tied = Say::object(does, minute, &[part(1)]);
        tied.0.kind = EventKind::Transaction;
        tied.0.more = Some(Box::new(More {
            biz_transactions: vec![BizTransaction {
                kind: None,
                id: order.clone(),
            }],
            ..More::default()
        }));
        watched.tell("est", &tied);
    }
    let expected = [format!("tied to {order}"), format!("untied from {order}")];
    assert_eq!(relation(&watched.trace(&part(1))), expected);
    let events = watched
        .ask(|snapshot| tied_to_document(snapshot, &order))
        .value
        .events;
    let actions: Vec<Option<&str>> = events.iter().map(|event| event.action.as_deref()).collect();
    assert_eq!(actions, [Some("ADD"), Some("DELETE")]);
    assert_eq!(events[0].objects, [part(1).to_string()]);
}

#[test]
fn a_handover_shows_its_discrepancies_its_case_and_what_took_it_back() {
    let mut watched = Watched::new();
    watched.tell("est", &add(0, &[part(1), part(2)]));
    let id = watched.offer("est", offer("fra", &[part(1), part(2)]));
    let short = Discrepancy {
        kind: DiscrepancyKind::Short,
        object: Some(part(2)),
        portion: None,
        taken: false,
        note: "not in the box".into(),
    };
    let accepted = watched.act(
        "fra",
        Action::AcceptHandover {
            handover: id,
            time: None,
            discrepancies: vec![short],
        },
    );
    let case_id = facts::case_id(&accepted.id(), 0);
    let returned = watched.offer(
        "fra",
        Offer {
            returns: Some(id),
            ..offer("est", &[part(1)])
        },
    );
    let view = watched
        .ask(|snapshot| handover(snapshot, id))
        .value
        .unwrap();
    assert_eq!(
        (&*view.state, view.case),
        ("partly_accepted", Some(case_id.to_string()))
    );
    assert_eq!(view.returned_by, [returned.to_string()]);
    let shown = &view.discrepancies[0];
    assert_eq!(
        (&*shown.kind, shown.object.clone(), &*shown.note),
        ("short", Some(part(2).to_string()), "not in the box")
    );
    let back = watched
        .ask(|snapshot| handover(snapshot, returned))
        .value
        .unwrap();
    assert_eq!(back.returns, Some(id.to_string()));
    let opened = watched
        .ask(|snapshot| case(snapshot, case_id))
        .value
        .unwrap();
    assert_eq!(
        (&*opened.kind, &*opened.state, &*opened.member),
        ("discrepancy", "open", "fra")
    );
    assert_eq!(
        (opened.other.as_deref(), opened.handover),
        (Some("est"), Some(id.to_string()))
    );
    let listed = watched.ask(|snapshot| {
        cases(
            snapshot,
            &CaseQuery {
                state: Some(CaseState::Open),
                limit: 10,
                ..CaseQuery::default()
            },
        )
    });
    assert_eq!(listed.value.cases.len(), 1);
    let trace = watched.trace(&part(2));
    let what: Vec<&str> = trace.history.iter().map(|entry| &*entry.what).collect();
    assert_eq!(
        what,
        [
            "captured",
            "handover_offered",
            "handover_partly_accepted",
            "discrepancy_reported"
        ]
    );
    assert_eq!(trace.history[3].discrepancies.len(), 1);
    assert_eq!(trace.now.unwrap().custodian, "est");
}

#[test]
fn a_fact_that_came_too_late_says_so_in_the_history() {
    let mut watched = Watched::new();
    watched.wait(60 * MINUTE_MS);
    watched.tell("est", &add(0, &[part(1), box_(1)]));
    watched.tell("est", &see(30, &[part(1)]).at(3).step(BizStep::Shipping));
    watched.tell("est", &pack(10, &box_(1), &[part(1)]));
    let trace = watched.trace(&part(1));
    let passed: Vec<bool> = trace.history.iter().map(|entry| entry.passed).collect();
    assert_eq!(passed, [false, true, false]);
    assert_eq!(trace.now.unwrap().parent, None);
}
