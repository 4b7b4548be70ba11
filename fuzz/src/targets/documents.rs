//! Parsers of documents that people and their systems write: EPCIS.

use super::{Outcome, Target};
use convoy_types::cbor;
use convoy_types::epcis::Event;
use convoy_types::epcis::json::{EpcFormat, event_json, parse, parse_document};
use std::path::Path;

/// The rows of this file.
pub const TARGETS: &[Target] = &[
    Target {
        name: "epcis",
        bytes_max: 16_384,
        seeds: epcis_seeds,
        run: epcis,
    },
    Target {
        name: "event",
        bytes_max: 4_096,
        seeds: event_seeds,
        run: event,
    },
];

/// The documents of the demo's scenario.
pub fn epcis_seeds() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/scenario");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    paths.sort();
    paths
        .iter()
        .filter_map(|path| std::fs::read(path).ok())
        .collect()
}

/// An event that is accepted is accepted again when we write it, and is the same event.
fn epcis(bytes: &[u8]) -> Outcome {
    let result = parse_document(bytes).map_err(|errors| {
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        texts.join("; ")
    });
    if let Ok(document) = &result {
        for event in &document.events {
            let written = event_json(event, EpcFormat::DigitalLink).to_string();
            let again = parse(written.as_bytes()).expect("our own document is read back");
            assert_eq!(again.events.into_iter().next(), Some(Ok(event.clone())));
        }
    }
    Outcome::of(&result)
}

fn event_seeds() -> Vec<Vec<u8>> {
    let documents = epcis_seeds();
    let events = documents
        .iter()
        .filter_map(|document| parse_document(document).ok());
    events
        .flat_map(|document| document.events)
        .map(|event| cbor::to_vec(&event))
        .filter(|bytes| bytes.len() <= 4_096)
        .collect()
}

/// An event as a statement carries it: one value, one encoding, and writable as JSON whatever it says.
fn event(bytes: &[u8]) -> Outcome {
    let decoded = cbor::from_slice::<Event>(bytes);
    if let Ok(event) = &decoded {
        assert_eq!(
            cbor::to_vec(event),
            bytes,
            "accepted, but encoded differently"
        );
        let _ = event_json(event, EpcFormat::Urn).to_string();
        if let Err(why) = event.check() {
            return Outcome::Refused(why);
        }
    }
    Outcome::of(&decoded)
}
