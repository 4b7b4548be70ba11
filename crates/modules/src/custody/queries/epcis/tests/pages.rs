//! Pages: whole, without overlap, true for one height whatever is recorded meanwhile.

use super::{super::super::tests::Watched, *};
use crate::custody::{
    queries::CapturedEvent,
    tests::{Told, add, case, pack, part, see},
};
use convoy_types::epcis::cbv::{BizStep, Disposition};

/// Forty parts, each commissioned and seen at one of four places; the times go to and fro.
fn ledger() -> Watched {
    let mut watched = Watched::new();
    // So that no claimed time lies ahead.
    watched.wait(12 * 3_600_000);
    for serial in 0..40 {
        watched.tell("parts", &add(u64::from(serial), &[part(serial)]));
    }
    for serial in 0..40 {
        // Recorded in the order of serials, claimed in another.
        let at = 100 + u64::from((serial * 17) % 40);
        let step = if serial % 4 == 0 {
            BizStep::Inspecting
        } else {
            BizStep::Storing
        };
        watched.tell(
            "parts",
            &see(at, &[part(serial)]).at(serial % 4 + 1).step(step),
        );
    }
    watched.tell("parts", &add(60, &[case(1)]));
    watched.tell(
        "parts",
        &pack(200, &case(1), &[part(1), part(2)]).disposition(Disposition::ContainerClosed),
    );
    watched
}

fn page(watched: &Watched, text: &str, per_page: usize, resume: Option<&Resume>) -> PollPage {
    let query = query(text);
    let answer = watched.ask(|snapshot| poll(snapshot, &query, per_page, resume));
    answer.value.unwrap_or_else(|fault| panic!("{fault}"))
}

/// All pages of a query; `between` runs after each.
fn all(
    watched: &mut Watched,
    text: &str,
    per_page: usize,
    between: impl Fn(&mut Watched, u64),
) -> Vec<CapturedEvent> {
    let mut found = Vec::new();
    let (mut resume, mut pages) = (None, 0);
    loop {
        let page = page(watched, text, per_page, resume.as_ref());
        assert!(page.events.len() <= per_page);
        found.extend(page.events);
        resume = page.next;
        pages += 1;
        if resume.is_none() {
            return found;
        }
        assert!(pages < 200, "the pages do not end");
        between(watched, pages);
    }
}

fn quietly(watched: &mut Watched, text: &str, per_page: usize) -> Vec<CapturedEvent> {
    all(watched, text, per_page, |_, _| {})
}

/// Every event, filtered with nothing but the conditions: what an index must not change.
fn by_hand(watched: &Watched, text: &str) -> Vec<CapturedEvent> {
    let every = page(watched, "", PER_PAGE_MAX, None);
    assert_eq!(every.next, None);
    let query = query(text);
    let asked = |event: &CapturedEvent| {
        query.takes(&event.event, i64::try_from(event.recorded_ms).unwrap())
    };
    every.events.into_iter().filter(asked).collect()
}

const QUESTIONS: [&str; 19] = [
    "",
    "EQ_bizStep=inspecting",
    "EQ_bizStep=destroying",
    "EQ_disposition=container_closed",
    "eventType=AggregationEvent",
    "MATCH_epc=urn:epc:id:sgtin:9521101.012001.P1",
    "MATCH_anyEPC=urn:epc:id:sgtin:9521101.012001.P1|urn:epc:id:sgtin:9521101.012001.P2|urn:epc:id:sscc:9521101.0000000001",
    "MATCH_parentID=urn:epc:id:sscc:9521101.0000000001",
    "MATCH_epc=urn:epc:idpat:sgtin:9521101.012001.*",
    "MATCH_epc=urn:epc:idpat:sscc:9521101.*",
    "EQ_bizLocation=urn:epc:id:sgln:9521101.00002.0",
    "EQ_bizLocation=urn:epc:id:sgln:9521101.00002.0|urn:epc:id:sgln:9521101.00003.0&EQ_bizStep=storing",
    "WD_bizLocation=urn:epc:id:sgln:9521101.00001.0",
    "GE_eventTime=2026-11-01T01:45:00Z&LT_eventTime=2026-11-01T02:05:00Z",
    "EQ_action=ADD",
    "EXISTS_errorDeclaration=",
    "MATCH_epcClass=urn:epc:class:lgtin:9521101.055600.L1",
    "EQ_bizStep=inspecting&GE_eventTime=2026-11-01T02:00:00Z",
    "EQ_readPoint=urn:epc:id:sgln:9521101.00002.0",
];

#[test]
fn every_way_of_looking_finds_what_looking_at_everything_finds() {
    let mut watched = ledger();
    for text in QUESTIONS {
        for per_page in [1, 7, 1_000] {
            let found = quietly(&mut watched, text, per_page);
            assert_eq!(found, by_hand(&watched, text), "{text} by {per_page}");
        }
    }
}

#[test]
fn blocks_of_another_time_are_passed_a_page_at_a_time() {
    let mut watched = Watched::new();
    watched.wait(12 * 3_600_000);
    watched.tell("parts", &add(0, &[part(1)]));
    for at in (1..=300).chain(400..=402) {
        let seen = see(at, &[part(1)]).step(BizStep::Storing);
        watched.tell("parts", &seen);
    }
    for direction in ["ASC", "DESC"] {
        let text = format!(
            "EQ_bizStep=storing&GE_eventTime=2026-11-01T06:40:00Z&LT_eventTime=2026-11-01T06:42:00Z&orderBy=recordTime&orderDirection={direction}"
        );
        let first = page(&watched, &text, 10, None);
        assert!(
            first.next.is_some(),
            "{direction}: more is looked at than a page may"
        );
        let found = quietly(&mut watched, &text, 10);
        let times: Vec<i64> = found
            .iter()
            .map(|event| event.event.event_time.millis())
            .collect();
        assert_eq!(times.len(), 2, "{direction}");
        assert_eq!(times.is_sorted(), direction == "ASC");
    }
}

#[test]
fn an_order_is_kept_over_pages_in_both_directions() {
    let mut watched = ledger();
    for text in QUESTIONS {
        for (field, direction) in [
            ("eventTime", "DESC"),
            ("eventTime", "ASC"),
            ("recordTime", "DESC"),
            ("recordTime", "ASC"),
        ] {
            let join = if text.is_empty() { "" } else { "&" };
            let ordered = format!("{text}{join}orderBy={field}&orderDirection={direction}");
            let mut expected = by_hand(&watched, text);
            let key = |event: &CapturedEvent| {
                let time = if field == "eventTime" {
                    event.event.event_time.millis()
                } else {
                    0
                };
                (time, event.recorded.height, event.recorded.index)
            };
            expected.sort_by_key(key);
            if direction == "DESC" {
                expected.reverse();
            }
            for per_page in [3, 1_000] {
                assert_eq!(
                    quietly(&mut watched, &ordered, per_page),
                    expected,
                    "{ordered} by {per_page}"
                );
            }
            let limited = quietly(&mut watched, &format!("{ordered}&eventCountLimit=5"), 2);
            assert_eq!(limited, expected[..expected.len().min(5)], "{ordered}");
        }
    }
}

#[test]
fn an_order_by_an_extension_field_compares_numbers_as_numbers() {
    let mut watched = Watched::new();
    // So that no claimed time lies ahead.
    watched.wait(12 * 3_600_000);
    let weights = ["9", "10", "2.5", "100"];
    for (serial, weight) in (0..).zip(weights) {
        let mut told = add(serial, &[part(serial as u32)]);
        let fields = json!({ "epcList": [part(serial as u32).to_string()], "action": "ADD", "ext:weight": serde_json::from_str::<Value>(weight).unwrap() });
        told.0.more = event(fields).more;
        watched.tell("parts", &told);
    }
    watched.tell("parts", &add(9, &[part(9)]));
    let order = |direction: &str| format!("orderBy=ext:weight&orderDirection={direction}");
    let weights = |found: Vec<CapturedEvent>| -> Vec<u64> {
        found.iter().map(|event| event.recorded.height).collect()
    };
    let ascending = weights(quietly(&mut watched, &order("ASC"), 2));
    assert_eq!(ascending, [4, 2, 3, 5, 6]);
    let descending = weights(quietly(&mut watched, &order("DESC"), 2));
    assert_eq!(descending, [5, 3, 2, 4, 6]);
}

#[test]
fn pages_stay_true_for_their_height_while_more_is_recorded() {
    for text in [
        "",
        "EQ_bizStep=storing",
        "EQ_bizLocation=urn:epc:id:sgln:9521101.00002.0",
        "orderBy=eventTime",
        "orderBy=recordTime&orderDirection=DESC",
        "MATCH_epc=urn:epc:idpat:sgtin:9521101.012001.*",
    ] {
        let mut watched = ledger();
        let before = quietly(&mut watched, text, 1_000);
        let found = all(&mut watched, text, 6, |watched, pages| {
            let serial = u32::try_from(500 + pages).unwrap();
            watched.tell(
                "parts",
                &add(90 + pages, &[part(serial)])
                    .at(2)
                    .step(BizStep::Storing),
            );
        });
        assert_eq!(found, before, "{text}");
        assert!(
            quietly(&mut watched, text, 1_000).len() > before.len(),
            "{text}"
        );
    }
}

#[test]
fn too_many_events_are_refused_and_just_enough_are_not() {
    let watched = ledger();
    let ask = |text: &str| {
        let query = query(text);
        watched
            .ask(|snapshot| poll(snapshot, &query, 1_000, None))
            .value
    };
    assert_eq!(
        ask("EQ_bizStep=inspecting&maxEventCount=10")
            .unwrap()
            .events
            .len(),
        10
    );
    let fault = ask("EQ_bizStep=inspecting&maxEventCount=9").unwrap_err();
    assert_eq!(fault.exception, Exception::QueryTooLarge);
}

#[test]
fn record_time_picks_blocks() {
    let mut watched = ledger();
    let every = quietly(&mut watched, "", 1_000);
    let middle = every[20].recorded_ms;
    let text = |name: &str| {
        format!(
            "{name}_recordTime={}",
            convoy_types::epcis::Timestamp::from_millis(middle as i64).unwrap()
        )
    };
    let later = quietly(&mut watched, &text("GE"), 1_000);
    let earlier = quietly(&mut watched, &text("LT"), 1_000);
    assert_eq!((earlier.len(), later.len()), (20, every.len() - 20));
    assert_eq!(later[0], every[20]);
}

#[test]
fn an_event_without_an_id_is_found_under_the_one_that_answers_give_it() {
    let mut watched = ledger();
    let every = quietly(&mut watched, "", 1_000);
    let id = made_id(&every[3].event);
    let found = quietly(&mut watched, &format!("EQ_eventID={id}"), 10);
    assert_eq!(found, [every[3].clone()]);
    let named: Told = see(300, &[part(3)]).id(7);
    watched.tell("parts", &named);
    let found = quietly(
        &mut watched,
        &format!("EQ_eventID={}", named.0.id.clone().unwrap()),
        10,
    );
    assert_eq!(found.len(), 1);
    watched.tell("parts", &named.wrong(&watched.world));
    let found = quietly(&mut watched, "EXISTS_errorDeclaration=true", 10);
    assert_eq!(found.len(), 1);
}
