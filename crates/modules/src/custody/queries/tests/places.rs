//! What is at a place, now and then; what is near; what was said.

use super::*;
use convoy_readmodel::{Cursor, geo::Point};
use convoy_types::epcis::{Action as Does, KeptJson, More};
use std::collections::BTreeSet;

fn asked(number: u32, at: Option<u64>) -> PlaceQuery {
    PlaceQuery {
        place: place(number),
        at_ms: at.map(millis),
        within: false,
        contents: false,
        limit: 100,
        before: None,
    }
}

fn at(watched: &Watched, number: u32, minute: Option<u64>) -> Vec<String> {
    let query = asked(number, minute);
    let view = watched.ask(|snapshot| objects_at(snapshot, &query)).value;
    assert_eq!(view.next, None);
    let mut ids: Vec<String> = view.objects.into_iter().map(|object| object.id).collect();
    ids.sort();
    ids
}

fn ids(objects: &[Epc]) -> Vec<String> {
    let mut ids: Vec<String> = objects.iter().map(ToString::to_string).collect();
    ids.sort();
    ids
}

#[test]
fn what_is_packed_is_where_its_outermost_box_is_now_and_then() {
    let watched = journey();
    assert_eq!(at(&watched, 3, None), ids(&[box_(2)]));
    assert_eq!(at(&watched, 2, None), ids(&[]));
    assert_eq!(at(&watched, 1, None), ids(&[]));
    assert_eq!(
        at(&watched, 1, Some(0)),
        ids(&[part(1), part(2), box_(1), box_(2)])
    );
    assert_eq!(at(&watched, 1, Some(1)), ids(&[box_(1), box_(2)]));
    assert_eq!(at(&watched, 1, Some(2)), ids(&[box_(2)]));
    assert_eq!(at(&watched, 2, Some(3)), ids(&[box_(2)]));
    assert_eq!(at(&watched, 2, Some(4)), ids(&[box_(2)]));
    assert_eq!(at(&watched, 3, Some(4)), ids(&[]));
    assert_eq!(at(&watched, 3, Some(5)), ids(&[box_(2)]));
    let query = PlaceQuery {
        contents: true,
        ..asked(3, None)
    };
    let view = watched.ask(|snapshot| objects_at(snapshot, &query)).value;
    assert_eq!(view.objects[0].contents[0].id, box_(1).to_string());
    assert_eq!(view.objects[0].contents[0].contents.len(), 2);
    assert_eq!(view.objects[0].custodian.as_deref(), Some("est"));
}

#[test]
fn a_page_goes_on_and_lists_each_object_once() {
    let mut watched = Watched::new();
    let parts: Vec<Epc> = (0..25).map(part).collect();
    watched.tell("parts", &add(0, &parts));
    for (minute, part) in (1..).zip(&parts) {
        let number = if minute % 5 == 0 { 2 } else { 1 };
        watched.tell(
            "parts",
            &see(minute % 3, std::slice::from_ref(part)).at(number),
        );
    }
    let mut found = Vec::new();
    let mut before: Option<Cursor> = None;
    loop {
        let query = PlaceQuery {
            limit: 4,
            before,
            ..asked(1, None)
        };
        let view = watched.ask(|snapshot| objects_at(snapshot, &query)).value;
        found.extend(view.objects.into_iter().map(|object| object.id));
        before = view.next;
        if before.is_none() {
            break;
        }
    }
    let unique: BTreeSet<&String> = found.iter().collect();
    let there = parts.iter().enumerate().filter(|(at, _)| (at + 1) % 5 != 0);
    assert_eq!(found.len(), 20);
    assert_eq!(unique.len(), 20);
    assert_eq!(
        at(&watched, 1, None),
        ids(&there.map(|(_, part)| part.clone()).collect::<Vec<_>>())
    );
}

#[test]
fn what_ended_or_was_declared_wrong_is_at_no_place() {
    let mut watched = Watched::new();
    watched.tell("parts", &add(0, &[part(1), part(2)]));
    let wrong = see(1, &[part(1)]).at(4).id(9);
    watched.tell("parts", &wrong);
    assert_eq!(at(&watched, 4, None), ids(&[part(1)]));
    watched.tell("parts", &wrong.wrong(&watched.world));
    watched.tell(
        "parts",
        &Say::object(Does::Delete, 2, &[part(2)])
            .at(1)
            .step(BizStep::Destroying),
    );
    assert_eq!(at(&watched, 4, None), ids(&[]));
    assert_eq!(at(&watched, 4, Some(1)), ids(&[]));
    assert_eq!(at(&watched, 1, None), ids(&[part(1)]));
    assert_eq!(at(&watched, 1, Some(1)), ids(&[part(1), part(2)]));
}

#[test]
fn loose_amounts_are_at_their_place() {
    let mut watched = Watched::new();
    watched.tell("parts", &add(0, &[]).amounts(&[each(lot(1), 40)]));
    let view = watched
        .ask(|snapshot| objects_at(snapshot, &asked(1, None)))
        .value;
    assert_eq!(view.objects.len(), 1);
    assert_eq!(view.objects[0].id, lot(1).to_string());
    assert_eq!(view.objects[0].quantity.as_deref(), Some("40 EA"));
    assert_eq!(at(&watched, 1, Some(0)), ids(&[lot(1)]));
}

#[test]
fn places_with_coordinates_are_found_by_distance() {
    let mut watched = Watched::new();
    let geo = Epc::parse("geo:59.4370,24.7536").unwrap();
    let mut seen = see(1, &[part(1)]);
    seen.0.read_point = Some(geo.clone());
    watched.tell("parts", &add(0, &[part(1)]));
    watched.tell("parts", &seen);
    let mut described = see(2, &[part(1)]).at(1);
    described.0.read_point = Some(place(1));
    let attributes =
        serde_json::json!({ "cbvmda:latitude": "60.1699", "cbvmda:longitude": "24.9384" });
    described.0.more = Some(Box::new(More {
        read_point_extensions: Some(KeptJson::new(&attributes)),
        ..More::default()
    }));
    watched.tell("parts", &described);
    let tallinn = Point::parse("59.4370", "24.7536").unwrap();
    let near = |metres| {
        watched
            .ask(|snapshot| places_near(snapshot, tallinn, metres))
            .value
    };
    let places: Vec<(String, u64)> = near(1_000)
        .into_iter()
        .map(|found| (found.place, found.distance_m))
        .collect();
    assert_eq!(places, [(geo.to_string(), 0)]);
    let both = near(100_000);
    assert_eq!(both.len(), 2);
    assert_eq!(
        (both[1].place.as_str(), both[1].latitude.as_str()),
        (place(1).to_string().as_str(), "60.169900")
    );
    assert!(both[1].distance_m.abs_diff(82_100) < 500);
}

#[test]
fn words_find_new_objects_papers_and_what_people_wrote() {
    let mut watched = journey();
    let mut described = add(6, &[part(77)]);
    let ilmd = serde_json::json!({ "ext:name": "Kühlmittelpumpe, hydraulic" });
    described.0.more = Some(Box::new(More {
        ilmd: Some(KeptJson::new(&ilmd)),
        namespaces: [("ext".to_owned(), "https://ns.example.org/".to_owned())].into(),
        ..More::default()
    }));
    watched.tell("parts", &described);
    let find = |text: &str| {
        watched
            .ask(|snapshot| search(snapshot, text, 10, None))
            .value
            .hits
    };
    assert_eq!(find("P77")[0].objects, [part(77).to_string()]);
    assert_eq!(
        find("kuhlmittel hydraul")[0].objects,
        [part(77).to_string()]
    );
    assert_eq!(find("hydraulic brake").len(), 0);
    let terms = find("annex 3");
    assert_eq!((terms.len(), terms[0].kind.as_str()), (1, "handover"));
    assert_eq!(terms[0].text.as_deref(), Some("annex 3"));
    for bad in ["", "  -- \"", &"word ".repeat(13), &"x".repeat(65)] {
        let asked = watched.model.read(&Compartment::common(), |snapshot| {
            search(snapshot, bad, 10, None)
        });
        assert!(asked.unwrap_err().to_string().contains("q: "), "{bad}");
    }
    let first = watched
        .ask(|snapshot| search(snapshot, "0952110112", 1, None))
        .value;
    let next = watched
        .ask(|snapshot| search(snapshot, "0952110112", 10, first.next))
        .value;
    assert!(first.next.is_some() && !next.hits.contains(&first.hits[0]));
}

#[test]
fn lists_name_what_was_told_and_each_object_once() {
    let watched = journey();
    let list = |what| {
        watched
            .ask(|snapshot| epcis::listed(snapshot, what, None, 100))
            .value
            .0
    };
    assert_eq!(
        list(epcis::Listed::BizSteps),
        ["arriving", "commissioning", "departing", "packing"]
    );
    let places: Vec<String> = list(epcis::Listed::BizLocations)
        .iter()
        .map(|name| epcis::whole(name))
        .collect();
    assert_eq!(
        places,
        [place(1), place(2), place(3)].map(|place| place.to_string())
    );
    assert_eq!(list(epcis::Listed::ReadPoints), [] as [&str; 0]);
    let (mut after, mut found) = (None, Vec::new());
    loop {
        let (epcs, next) = watched
            .ask(|snapshot| epcis::epcs(snapshot, after, 1))
            .value;
        found.extend(epcs);
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found.len(), 4);
    assert_eq!(ids(&found), ids(&[part(1), part(2), box_(1), box_(2)]));
    assert!(
        watched
            .ask(|snapshot| epcis::is_told_of(snapshot, &part(1)))
            .value
    );
    assert!(
        !watched
            .ask(|snapshot| epcis::is_told_of(snapshot, &part(9)))
            .value
    );
    assert!(
        watched
            .ask(|snapshot| epcis::is_listed(snapshot, epcis::Listed::BizSteps, "packing"))
            .value
    );
}
