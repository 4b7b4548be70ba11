//! Parsers of documents that people and their systems write: EPCIS.

use super::{Outcome, Target};
use convoy_types::cbor;
use convoy_types::epcis::Event;
use convoy_types::epcis::json::{EpcFormat, event_json, parse, parse_document};
use convoy_types::epcis::{json, xml};
use std::io::Cursor;
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
        name: "epcis_stream",
        bytes_max: 16_384,
        seeds: epcis_seeds,
        run: epcis_stream,
    },
    Target {
        name: "epcis_xml",
        bytes_max: 16_384,
        seeds: xml_seeds,
        run: epcis_xml,
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

/// A document read as a stream says what the whole one says.
fn epcis_stream(bytes: &[u8]) -> Outcome {
    let whole = parse(bytes);
    let stream = json::Events::new(Cursor::new(bytes))
        .and_then(|reader| reader.collect::<Result<Vec<_>, _>>());
    match (&whole, &stream) {
        (Ok(whole), Ok(stream)) => assert_eq!(&whole.events, stream),
        (Err(whole), Err(stream)) => assert_eq!(whole, stream),
        (whole, stream) => panic!("{whole:?} is not {stream:?}"),
    }
    Outcome::of(&whole.map_err(|errors| errors[0].to_string()))
}

/// The documents of the scenario in both versions of the XML form.
fn xml_seeds() -> Vec<Vec<u8>> {
    let documents = epcis_seeds();
    let documents = documents
        .iter()
        .filter_map(|document| parse_document(document).ok());
    let mut seeds = Vec::new();
    for document in documents {
        let made = document.events.first().map(|event| event.event_time);
        for version in [xml::Version::V2_0, xml::Version::V1_2] {
            let written =
                made.map(|made| xml::document_xml(&document.events, made, EpcFormat::Urn, version));
            seeds.extend(written.and_then(Result::ok).map(String::into_bytes));
        }
    }
    seeds.retain(|seed| seed.len() <= 16_384);
    seeds
}

/// An event that is accepted in XML is the same event when we write it in XML or in JSON.
fn epcis_xml(bytes: &[u8]) -> Outcome {
    let result = xml::parse_document(bytes).map_err(|errors| {
        let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
        texts.join("; ")
    });
    if let Ok(document) = &result {
        for event in &document.events {
            for version in [xml::Version::V2_0, xml::Version::V1_2] {
                let events = std::slice::from_ref(event);
                if let Ok(written) =
                    xml::document_xml(events, event.event_time, EpcFormat::DigitalLink, version)
                {
                    let again = xml::parse_document(written.as_bytes())
                        .expect("our own document is read back");
                    assert_eq!(again.events, events);
                }
            }
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
