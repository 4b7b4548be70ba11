//! How much is where, and what is on its way.

use super::*;
use convoy_types::epcis::{
    Action as Does, Endpoint, More,
    cbv::{Disposition, SourceDestType},
};

/// `place: objects + amounts, by member` of every place where something is.
fn counted(watched: &Watched, minute: Option<u64>) -> Vec<String> {
    let at_ms = minute.map(|minute| i64::try_from(START_MS + minute * MINUTE_MS).unwrap());
    let view = watched.ask(|snapshot| stock(snapshot, at_ms)).value;
    assert!(!view.truncated);
    let share =
        |share: &StockShare| format!("{} {}+{}", share.member, share.objects, share.amounts);
    let held = view.places.iter().filter(|place| !place.members.is_empty());
    held.map(|place| {
        let shares: Vec<String> = place.members.iter().map(share).collect();
        let (objects, amounts) = (place.objects, place.amounts);
        format!(
            "{}: {objects}+{amounts} ({})",
            short(&place.place),
            shares.join(", ")
        )
    })
    .collect()
}

#[test]
fn what_stands_loose_is_counted_at_its_place_by_who_has_it_now_and_then() {
    let mut watched = journey();
    assert_eq!(counted(&watched, Some(0)), ["place1: 4+0 (parts 4+0)"]);
    assert_eq!(counted(&watched, Some(1)), ["place1: 2+0 (parts 2+0)"]);
    assert_eq!(counted(&watched, None), ["place3: 1+0 (est 1+0)"]);
    watched.tell("parts", &add(6, &[part(3)]).amounts(&[each(lot(1), 40)]));
    assert_eq!(
        counted(&watched, None),
        ["place1: 1+1 (parts 1+1)", "place3: 1+0 (est 1+0)"]
    );
    let told = watched.ask(|snapshot| stock(snapshot, None)).value;
    let empty = told.places.iter().find(|one| short(&one.place) == "place2");
    let empty = empty.unwrap();
    assert_eq!((empty.objects, empty.amounts, empty.more), (0, 0, false));
}

fn under_way(watched: &Watched) -> Vec<ConsignmentView> {
    let view = watched.ask(on_the_way).value;
    assert!(!view.truncated);
    view.consignments
}

fn ship(minute: u64, object: &Epc, towards: u32) -> Say {
    let mut told = Say::object(Does::Observe, minute, std::slice::from_ref(object))
        .step(BizStep::Shipping)
        .disposition(Disposition::InTransit);
    told.0.read_point = Some(place(1));
    let more = told.0.more.get_or_insert_with(Box::<More>::default);
    more.destinations.push(Endpoint {
        kind: SourceDestType::Location,
        id: place(towards),
    });
    told
}

fn pass(minute: u64, object: &Epc, number: u32, step: BizStep) -> Say {
    let mut told = Say::object(Does::Observe, minute, std::slice::from_ref(object)).step(step);
    told.0.read_point = Some(place(number));
    told
}

#[test]
fn a_consignment_is_on_its_way_from_shipping_until_it_is_received() {
    let mut watched = Watched::new();
    watched.tell("parts", &add(0, &[part(1), part(2), box_(1)]));
    watched.tell("parts", &pack(1, &box_(1), &[part(1), part(2)]));
    assert!(under_way(&watched).is_empty());

    watched.tell("parts", &ship(2, &box_(1), 4));
    watched.tell("parts", &pass(3, &box_(1), 2, BizStep::Arriving));
    assert!(under_way(&watched).is_empty(), "it waits at a stop");
    watched.tell("parts", &pass(4, &box_(1), 2, BizStep::Departing));
    let found = under_way(&watched);
    assert_eq!(found.len(), 1, "what is packed travels in its box");
    let one = &found[0];
    assert_eq!(one.id, box_(1).to_string());
    assert_eq!(one.packed, 2);
    assert_eq!(one.biz_step, "departing");
    assert_eq!(
        (one.custodian.as_str(), one.owner.as_str()),
        ("parts", "parts")
    );
    assert_eq!(
        one.set_off,
        time_text(i64::try_from(START_MS + 2 * MINUTE_MS).unwrap())
    );
    assert_eq!(one.from, Some(place(1).to_string()));
    assert_eq!(
        one.last_seen,
        time_text(i64::try_from(START_MS + 4 * MINUTE_MS).unwrap())
    );
    assert_eq!(one.last_place, Some(place(2).to_string()));
    assert_eq!(one.next_place, Some(place(4).to_string()));
    assert_eq!(one.next_member, None);

    watched.tell("parts", &see(5, &[box_(1)]).at(4).step(BizStep::Receiving));
    assert!(under_way(&watched).is_empty());
}

#[test]
fn an_open_offer_says_who_is_next_and_a_wrong_event_moves_nothing() {
    let mut watched = Watched::new();
    watched.tell("parts", &add(0, &[part(1)]));
    watched.tell("parts", &pass(1, &part(1), 1, BizStep::Shipping));
    let wrong = pass(2, &part(1), 2, BizStep::Departing).id(9);
    watched.tell("parts", &wrong);
    watched.tell("parts", &wrong.wrong(&watched.world));
    watched.offer("parts", offer("est", &[part(1)]));
    let found = under_way(&watched);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].last_place, Some(place(1).to_string()));
    assert_eq!(found[0].next_member.as_deref(), Some("est"));
}
