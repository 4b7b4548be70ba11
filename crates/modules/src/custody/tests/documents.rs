//! Whole documents: the scenario of `examples/scenario`, and those of others.

use super::*;
use crate::membership::types::MemberKind;
use convoy_types::{epcis::json, vectors};
use std::path::Path;

fn read(path: &Path) -> json::Document {
    let bytes = std::fs::read(path).unwrap();
    json::parse_document(&bytes).unwrap_or_else(|errors| panic!("{}: {errors:?}", path.display()))
}

/// Captures a document of the scenario as one statement.
#[track_caller]
fn capture(world: &mut World, who: &str, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/scenario");
    let events = read(&folder.join(name)).events;
    let actions: Vec<Action> = events
        .into_iter()
        .map(|event| Action::Capture(Box::new(event)))
        .collect();
    world
        .act(who, super::super::NAME, &actions)
        .unwrap_or_else(|reject| panic!("{name}: {reject}"));
}

/// `examples/scenario/README.md` tells it.
#[test]
fn the_scenario_ends_with_seven_parts_in_store_and_a_case() {
    let nations = ["ita", "fra", "pol", "est"].map(|name| founder(name, MemberKind::Nation));
    let supplier = founder("nordic-parts", MemberKind::Supplier);
    let mut world = World::founded(&[&nations[..], &[supplier]].concat(), &[]);
    // The story ends on 13 November 2026.
    world.tip.time_ms = START_MS + 13 * 24 * 60 * MINUTE_MS;
    let container = epc("urn:epc:id:bic:NPSU2044172");
    let drive = |n: u32| epc(&format!("urn:epc:id:sgtin:9521101.012001.NP26-000{n}"));
    for name in [
        "01-commission-parts.json",
        "02-commission-ammunition.json",
        "03-commission-packaging.json",
        "04-pack-cases.json",
        "05-pack-pallets.json",
        "06-load-container.json",
        "07-ship.json",
    ] {
        capture(&mut world, "nordic-parts", name);
    }
    hand_over(
        &mut world,
        "nordic-parts",
        "ita",
        std::slice::from_ref(&container),
    );
    capture(&mut world, "ita", "08-depart-italy.json");
    hand_over(&mut world, "ita", "fra", std::slice::from_ref(&container));
    capture(&mut world, "fra", "09-arrive-france.json");
    capture(&mut world, "fra", "10-depart-france.json");
    hand_over(&mut world, "fra", "pol", std::slice::from_ref(&container));
    capture(&mut world, "pol", "11-arrive-poland-wrong.json");
    assert_eq!(
        object(&world, &container).place,
        Some(epc("urn:epc:id:sgln:9521301.00020.0"))
    );
    capture(&mut world, "pol", "12-correct-arrival-poland.json");
    assert_eq!(
        object(&world, &container).place,
        Some(epc("urn:epc:id:sgln:9521401.00010.0"))
    );
    capture(&mut world, "pol", "13-depart-poland.json");
    hand_over(&mut world, "pol", "est", std::slice::from_ref(&container));
    for name in [
        "14-arrive-estonia.json",
        "15-receive.json",
        "16-unload-container.json",
        "17-unpack.json",
        "18-report-missing.json",
    ] {
        capture(&mut world, "est", name);
    }
    let loss = LossReport {
        objects: vec![drive(7)],
        portions: Vec::new(),
        circumstances: "case 2 held three of four".into(),
        time: None,
    };
    let done = act(&mut world, "est", Action::ReportLoss(loss)).unwrap();
    capture(&mut world, "est", "19-store.json");

    let store = Some(epc("urn:epc:id:sgln:9521501.00021.0"));
    for n in [1, 2, 3, 4, 5, 6, 8] {
        let drive = object(&world, &drive(n));
        assert_eq!(
            (drive.custodian.as_str(), drive.owner.as_str()),
            ("est", "nordic-parts")
        );
        assert_eq!((drive.place, drive.parent), (store.clone(), None));
    }
    let missing = object(&world, &drive(7));
    assert_eq!(
        (missing.life, missing.custodian.as_str()),
        (Life::Missing, "est")
    );
    assert_eq!(
        missing.hold,
        Some(Hold::Missing(facts::case_id(&done.id, 0)))
    );
    let ammunition = epc("urn:epc:class:lgtin:9521101.055600.L26-1104");
    assert_eq!(amount(&world, &ammunition, &loose("est")), "5000");
}

/// Others' documents of every event type, each on a ledger of its own: nothing in them was commissioned here, so
/// their goods are taken up; an error declaration of an event unknown here waits for it. Amounts are not
/// taken up, for no holding goes below zero: what an event uses or packs is brought in first, and is refused
/// without (226).
#[test]
fn documents_of_others_are_captured() {
    let Some(folder) = vectors::dir("epcis") else {
        return;
    };
    let folder = folder.join("openepcis/2.0/EPCIS/JSON/Capture/Documents");
    let mut captured = std::collections::BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mut world = World::new();
        for event in read(&path).events {
            *captured.entry(event.kind).or_insert(0) += 1;
            let declares = event.error_declaration().is_some();
            let takes = event.kind != EventKind::Transaction
                && event.action != Some(Does::Observe)
                && (event.kind != EventKind::Object || event.action == Some(Does::Delete));
            if takes && !declares && !event.quantities.is_empty() {
                let told = Told(event.clone());
                refuse(&mut world, "est", &told, super::super::reject::BELOW_ZERO);
                let stock = add(0, &[]).amounts(&event.quantities);
                accept(&mut world, "est", &stock);
            }
            let action = Action::Capture(Box::new(event));
            act(&mut world, "est", action)
                .unwrap_or_else(|reject| panic!("{}: {reject}", path.display()));
        }
    }
    for kind in EventKind::ALL {
        let count = captured.get(&kind).copied().unwrap_or(0);
        assert!(count >= 3, "only {count} events of type {kind} were found");
    }
}
