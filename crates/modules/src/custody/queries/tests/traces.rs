//! One object: its present, its past, what is in it.

use super::*;

#[test]
fn a_packed_part_is_where_its_outermost_box_is_and_its_history_has_the_boxs_moves() {
    let mut watched = journey();
    let trace = watched.trace(&part(1));
    let now = trace.now.as_ref().unwrap();
    assert_eq!(now.place, Some(place(3).to_string()));
    assert_eq!(
        (&*now.custodian, &*now.owner, &*now.life),
        ("est", "parts", "active")
    );
    assert_eq!(now.packed_in, [box_(1).to_string(), box_(2).to_string()]);
    let expected = [
        "captured commissioning place1 -",
        "captured packing - -",
        "captured packing - box1",
        "captured departing place2 box2",
        "handover_offered - - box2",
        "handover_accepted - - box2",
        "captured arriving place3 box2",
    ];
    assert_eq!(told(&trace), expected);
    let accepted = &trace.history[5];
    assert_eq!(
        (accepted.from.as_deref(), accepted.to.as_deref()),
        (Some("parts"), Some("est"))
    );
    assert_eq!(
        accepted.recorded.signer.as_deref(),
        Some("did:web:test:est")
    );
    assert_eq!(accepted.custodian.as_deref(), Some("est"));
    assert_eq!(trace.history[4].note.as_deref(), Some("annex 3"));
    watched.tell("est", &unpack(6, &box_(2), &[box_(1)]));
    watched.tell("est", &unpack(7, &box_(1), &[part(1)]).at(4));
    watched.tell("est", &see(8, &[box_(1)]).at(5).step(BizStep::Storing));
    let trace = watched.trace(&part(1));
    let now = trace.now.as_ref().unwrap();
    assert_eq!((now.parent.clone(), now.packed_in.len()), (None, 0));
    assert_eq!(now.place, Some(place(4).to_string()));
    assert!(
        !told(&trace).iter().any(|entry| entry.contains("place5")),
        "it was out by then"
    );
    let other = watched.trace(&part(2));
    assert_eq!(
        other.now.as_ref().unwrap().place,
        Some(place(5).to_string())
    );
    assert!(told(&other).contains(&"captured storing place5 box1".to_owned()));
    assert_eq!(
        watched
            .ask(|snapshot| super::trace(snapshot, &part(77)))
            .value,
        None
    );
}

#[test]
fn a_wrong_event_stays_visible_with_its_correction_and_the_present_is_right() {
    let mut watched = Watched::new();
    watched.tell("est", &add(0, &[part(1)]));
    let wrong = see(1, &[part(1)]).at(8).step(BizStep::Arriving).id(1);
    watched.tell("est", &wrong);
    assert_eq!(
        watched.trace(&part(1)).now.unwrap().place,
        Some(place(8).to_string())
    );
    let declared = watched.tell("est", &wrong.clone().wrong(&watched.world));
    watched.tell(
        "est",
        &see(1, &[part(1)]).at(9).step(BizStep::Arriving).id(2),
    );
    let trace = watched.trace(&part(1));
    assert_eq!(
        trace.now.as_ref().unwrap().place,
        Some(place(9).to_string())
    );
    let standing = |entry: &HistoryEntry| (entry.what.clone(), entry.standing.clone().unwrap());
    let mut standings: Vec<_> = trace.history.iter().map(standing).collect();
    standings.sort();
    let expected = [
        ("captured", "stands"),
        ("captured", "stands"),
        ("captured", "void"),
        ("declared_wrong", "void"),
    ];
    assert_eq!(
        standings,
        expected.map(|(what, is)| (what.to_owned(), is.to_owned()))
    );
    let void = trace
        .history
        .iter()
        .find(|entry| entry.corrected_by.is_some())
        .unwrap();
    assert_eq!(void.place, Some(place(8).to_string()));
    let correction = void.corrected_by.as_ref().unwrap();
    assert_eq!(
        correction.recorded.statement,
        Some(declared.id().to_string())
    );
    let page = watched.ask(|snapshot| captured_events(snapshot, &EventQuery::default()));
    let void: Vec<bool> = page
        .value
        .events
        .iter()
        .map(|event| event.corrected_by.is_some())
        .collect();
    assert_eq!(void, [false], "a limit of 0 is read as 1");
}

#[test]
fn a_wrong_packing_lends_the_part_none_of_the_boxs_moves() {
    let mut watched = Watched::new();
    watched.tell("est", &add(0, &[part(1), box_(1), box_(2)]));
    let wrong = pack(1, &box_(1), &[part(1)]).id(1);
    watched.tell("est", &wrong);
    watched.tell("est", &see(2, &[box_(1)]).at(2));
    watched.tell("est", &wrong.clone().wrong(&watched.world));
    watched.tell("est", &pack(1, &box_(2), &[part(1)]).id(2));
    watched.tell("est", &see(3, &[box_(2)]).at(3));
    let trace = watched.trace(&part(1));
    let entries = told(&trace);
    assert!(
        entries.contains(&"captured - place3 box2".to_owned()),
        "{entries:?}"
    );
    assert!(
        !entries.iter().any(|entry| entry.contains("place2")),
        "{entries:?}"
    );
    assert_eq!(trace.now.unwrap().packed_in, [box_(2).to_string()]);
}

#[test]
fn a_late_event_takes_its_place_in_history_and_leaves_the_present() {
    let mut watched = Watched::new();
    watched.tell("est", &add(0, &[part(1)]));
    watched.tell("est", &see(5, &[part(1)]).at(5).step(BizStep::Storing));
    watched.tell("est", &see(2, &[part(1)]).at(2).step(BizStep::Arriving));
    let trace = watched.trace(&part(1));
    assert_eq!(
        told(&trace),
        [
            "captured commissioning place1 -",
            "captured arriving place2 -",
            "captured storing place5 -"
        ]
    );
    assert_eq!(
        trace.now.as_ref().unwrap().place,
        Some(place(5).to_string())
    );
    let (late, last) = (&trace.history[1].recorded, &trace.history[2].recorded);
    assert!(late.event_time < last.event_time && late.recorded_time > last.recorded_time);
}

#[test]
fn contents_are_nested_with_amounts_and_known_for_earlier_moments() {
    let mut watched = Watched::new();
    let ammunition = [each(lot(1), 100)];
    watched.tell(
        "est",
        &add(0, &[part(1), part(2), box_(1), box_(2)]).amounts(&ammunition),
    );
    watched.tell(
        "est",
        &pack(1, &box_(1), &[part(1), part(2)]).amounts(&[each(lot(1), 60)]),
    );
    watched.tell("est", &pack(3, &box_(2), &[box_(1)]));
    watched.tell("est", &unpack(5, &box_(1), &[part(2)]));
    let view = watched
        .ask(|snapshot| contents(snapshot, &box_(2), None))
        .value;
    assert_eq!(view.contents.len(), 1);
    let inner: Vec<(&str, Option<&str>)> = view.contents[0]
        .contents
        .iter()
        .map(|content| (&*content.id, content.quantity.as_deref()))
        .collect();
    let (part_1, lot_1) = (part(1).to_string(), lot(1).to_string());
    assert_eq!(inner, [(&*part_1, None), (&*lot_1, Some("60 EA"))]);
    let then = |at: u64| {
        let view = watched
            .ask(|snapshot| contents(snapshot, &box_(1), Some(millis(at))))
            .value;
        view.contents
            .into_iter()
            .map(|content| content.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(then(0), [] as [String; 0]);
    assert_eq!(then(2), [part(1).to_string(), part(2).to_string()]);
    assert_eq!(then(6), [part(1).to_string()]);
    let lots = watched.trace(&lot(1));
    let held: Vec<String> = lots
        .amounts
        .iter()
        .map(|amount| {
            format!(
                "{} {}",
                amount.quantity.as_ref().unwrap(),
                amount.holder.as_ref().unwrap()
            )
        })
        .collect();
    assert_eq!(
        held,
        [
            format!("60 EA in:{}", box_(1).key()),
            "40 EA member:est".to_owned()
        ]
    );
    assert_eq!(lots.now, None);
}
