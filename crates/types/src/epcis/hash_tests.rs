use super::{
    hash::{event_hash, event_hash_without, pre_hash},
    json::parse_document,
    tests::files,
};
use crate::vectors;
use std::path::Path;

/// The published hashes of the event hash vectors, for every JSON document that has some.
#[test]
fn the_published_hashes_of_the_vectors_come_out() {
    let Some(dir) = vectors::dir("epcis/event-hash-vectors/tests/examples") else {
        return;
    };
    let (mut documents, mut events) = (0, 0);
    for path in files(&dir, &["jsonld"]) {
        let Ok(hashes) = std::fs::read_to_string(path.with_extension("hashes")) else {
            continue;
        };
        let document = parse_document(&std::fs::read(&path).expect("file")).expect("valid");
        let ignored = document.header.ignored_fields();
        let expected: Vec<&str> = hashes.split_whitespace().collect();
        assert_eq!(document.events.len(), expected.len(), "{}", path.display());
        for (event, expected) in document.events.iter().zip(expected) {
            let hash = event_hash_without(event, &ignored);
            assert_eq!(
                hash.to_string(),
                expected,
                "{}: {}",
                path.display(),
                pre_hash(event, &ignored)
            );
            events += 1;
        }
        documents += 1;
    }
    println!(
        "event hash: {events} events of {documents} documents agree with the published hashes"
    );
    assert!(documents >= 15 && events >= 30);
}

/// The ids in the scenario were computed by another implementation, PyPI `epcis-event-hash-generator` 1.9.3.
#[test]
fn every_event_of_the_scenario_is_named_by_its_hash() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/scenario");
    let mut events = 0;
    for path in files(&dir, &["json"]) {
        let document = parse_document(&std::fs::read(&path).expect("file"))
            .unwrap_or_else(|errors| panic!("{}: {errors:#?}", path.display()));
        for event in document.events {
            assert_eq!(
                event.id,
                Some(event_hash(&event)),
                "{}: {}",
                path.display(),
                pre_hash(&event, &[])
            );
            assert!(event.epcs.iter().all(|epc| epc.suspect().is_none()));
            events += 1;
        }
    }
    assert!(events >= 20, "{events}");
}

#[test]
fn a_hash_shows_a_change_and_only_that() {
    let text = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/scenario/07-ship.json"),
    )
    .expect("file");
    let hash = |text: &str| event_hash(&parse_document(text.as_bytes()).expect("valid").events[0]);
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        hash(&text.replace(from, to))
    };
    let original = hash(&text);
    assert_eq!(
        changed(
            "\"shipping\"",
            "\"https://ref.gs1.org/cbv/BizStep-shipping\""
        ),
        original
    );
    assert_eq!(
        changed("2026-11-04T06:30:00.000+01:00", "2026-11-04T05:30:00Z"),
        original
    );
    assert_ne!(changed("\"shipping\"", "\"loading\""), original);
    assert_ne!(changed("NPSU2044172", "NPSU2044188"), original);
    assert_ne!(changed("PO-2026-0417", "PO-2026-0418"), original);
    assert_ne!(
        changed("\"possessing_party\"", "\"owning_party\""),
        original
    );
}
