//! Byte vectors of what custody stores and tells. They were written by a separate encoder from RFC 8949, field by
//! field; one that fails says that a stored format changed and needs another version.

use super::*;
use crate::stored::Version;
use convoy_types::cbor;

const TIME_MS: i64 = 1_700_000_000_000;

fn named() -> Epc {
    epc("https://id.gs1.org/01/09521101120011/21/P1")
}

fn class() -> Epc {
    epc("https://id.gs1.org/01/09521101556001/10/L1")
}

fn site() -> Epc {
    epc("https://id.gs1.org/414/9521101000016")
}

fn amount_of(text: &str) -> Quantity {
    Quantity::new(Decimal::parse(text).unwrap(), "KGM").unwrap()
}

#[track_caller]
fn check<T>(value: &T, expected: &str)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let bytes = cbor::to_vec(value);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, expected);
    assert_eq!(&cbor::from_slice::<T>(&bytes).unwrap(), value);
}

#[test]
fn an_object_has_its_bytes() {
    let link = Link {
        event: EventRef([7; 16]),
        place: 4,
    };
    let object = Object {
        version: Version,
        owner: member("est"),
        custodian: member("fra"),
        life: Life::Active,
        origin: Origin::TakenUp,
        parent: Some(named()),
        bond: Bond::Fitted,
        contents: 3,
        height: 2,
        hold: Some(Hold::Offered(HandoverId([8; 16]))),
        place: Some(site()),
        disposition: None,
        biz_step: None,
        time_ms: TIME_MS,
        ages_ms: (5, 0, 0),
        structure_age_ms: Some(-6),
        former: Some(Former {
            member: member("parts"),
            until_ms: TIME_MS - 1_000,
            claimed: true,
        }),
        recorded_ms: 1_700_000_000_001,
        last: Some(link),
    };
    check(
        &object,
        "9302636573746366726100017730312f30393532313130313132303031312f32312f5031010302a1616f500808080808\
         0808080808080808080808713431342f39353231313031303030303136f6f61b0000018bcfe568008305000025836570\
         617274731b0000018bcfe56418f51b0000018bcfe5680182500707070707070707070707070707070704",
    );
}

#[test]
fn listings_and_transformations_have_their_bytes() {
    let listing = Listing {
        version: Version,
        count: 2,
        names: vec![class(), named()],
        too_many: false,
        emptied_ms: Some(TIME_MS),
    };
    check(
        &listing,
        "850102827730312f30393532313130313535363030312f31302f4c317730312f30393532313130313132303031312f32\
         312f5031f41b0000018bcfe56800",
    );
    let transformation = Transformation {
        version: Version,
        member: member("est"),
        events: 3,
        alike: Some("09521101556001 KGM".into()),
        used: Decimal::parse("6.25").unwrap(),
        made: Decimal::parse("6").unwrap(),
    };
    check(
        &transformation,
        "86016365737403723039353231313031353536303031204b474d8219027102820600",
    );
}

#[test]
fn an_event_record_has_its_bytes() {
    let swept = Swept {
        objects: vec![named()],
        amounts: vec![(class(), amount_of("1.5"))],
    };
    let first = Link {
        event: EventRef([7; 16]),
        place: 0,
    };
    let record = EventRecord {
        version: Version,
        member: member("est"),
        standing: EventStanding::Stands,
        what: EventRef([6; 16]),
        time_ms: TIME_MS,
        kind: EventKind::Association,
        action: Does::Delete,
        parent: Some(named()),
        children: 2,
        alone: false,
        swept: Some(Box::new(swept)),
        place: Some(site()),
        disposition: None,
        biz_step: None,
        before: vec![
            Run {
                count: 2,
                first: Some(first),
            },
            Run {
                count: 1,
                first: None,
            },
        ],
    };
    check(
        &record,
        "8f02636573740050060606060606060606060606060606061b0000018bcfe5680004027730312f303935323131303131\
         32303031312f32312f503102f482817730312f30393532313130313132303031312f32312f503181827730312f303935\
         32313130313535363030312f31302f4c3182820f01634b474d713431342f39353231313031303030303136f6f6828202\
         825007070707070707070707070707070707008201f6",
    );
}

#[test]
fn handovers_and_cases_have_their_bytes() {
    let handover = Handover {
        version: Version,
        state: HandoverState::Partly,
        from: member("est"),
        to: member("fra"),
        conveys: Conveys::Both,
        objects: vec![named()],
        classes: vec![class()],
        place: Some(site()),
        terms: "annex 3".into(),
        expires_ms: 1_700_000_000_000,
        returns: Some(HandoverId([9; 16])),
    };
    check(
        &handover,
        "8b0205636573746366726102817730312f30393532313130313132303031312f32312f5031817730312f303935323131\
         30313535363030312f31302f4c31713431342f3935323131303130303030313667616e6e657820331b0000018bcfe568\
         005009090909090909090909090909090909",
    );
    let case = Case {
        version: Version,
        kind: CaseKind::Discrepancy,
        state: CaseState::Upheld,
        member: member("fra"),
        other: Some(member("est")),
        handover: Some(HandoverId([9; 16])),
        objects: vec![named()],
        classes: vec![class()],
        missing: 0,
        due_ms: 1_700_000_000_000,
    };
    check(
        &case,
        "8a02010463667261636573745009090909090909090909090909090909817730312f3039353231313031313230303131\
         2f32312f5031817730312f30393532313130313535363030312f31302f4c31001b0000018bcfe56800",
    );
}

#[test]
fn a_captured_event_has_its_bytes() {
    let now = ObjectNow {
        owner: member("est"),
        custodian: member("est"),
        life: Life::Active,
        origin: Origin::Commissioned,
        parent: Some(site()),
        bond: Bond::Fixed,
        hold: None,
        place: Some(site()),
        disposition: None,
        biz_step: None,
        time_ms: TIME_MS,
    };
    let amount = AmountNow {
        owner: member("est"),
        quantity: amount_of("1.5"),
        place: None,
        disposition: None,
    };
    let captured = Event::Captured(Captured {
        version: Version,
        event_time_ms: TIME_MS,
        event: EventRef([7; 16]),
        action: 3,
        member: member("est"),
        standing: EventStanding::Stands,
        kind: EventKind::Association,
        passed: vec![named()],
        changes: Changes {
            objects: vec![ObjectsNow {
                objects: vec![named()],
                now,
            }],
            holdings: vec![HoldingNow {
                class: class(),
                holder: Holder::Fixed(member("est"), site()),
                now: Some(amount),
            }],
        },
    });
    check(
        &captured,
        "a168636170747572656489021b0000018bcfe56800500707070707070707070707070707070703636573740004817730\
         312f30393532313130313132303031312f32312f5031828182817730312f30393532313130313132303031312f32312f\
         50318b63657374636573740000713431342f3935323131303130303030313602f6713431342f39353231313031303030\
         303136f6f61b0000018bcfe5680081837730312f30393532313130313535363030312f31302f4c31a165666978656482\
         63657374713431342f39353231313031303030303136846365737482820f01634b474df6f6",
    );
}

/// `{"h": handover}` and `{"c": case}`: what a timer of this module is told when it fires.
#[test]
fn deadlines_have_their_bytes() {
    use super::super::draft::Deadline;
    let handover = Deadline::Handover(HandoverId([8; 16]));
    check(&handover, "a161685008080808080808080808080808080808");
    let case = Deadline::Case(CaseId([9; 16]));
    check(&case, "a161635009090909090909090909090909090909");
}
