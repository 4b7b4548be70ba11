use super::*;
use crate::{
    epcis::{
        hash::{event_hash_without, pre_hash},
        tests::files,
    },
    vectors,
};

/// The published hashes of the event hash vectors, for every XML document that has some.
#[test]
fn the_published_hashes_of_the_vectors_come_out_of_xml() {
    let Some(dir) = vectors::dir("epcis/event-hash-vectors/tests/examples") else {
        return;
    };
    let (mut documents, mut events) = (0, 0);
    for path in files(&dir, &["xml"]) {
        let shown = path.display().to_string();
        let hashes = std::fs::read_to_string(path.with_extension("hashes")).expect("hashes");
        let document = parse_document(&std::fs::read(&path).expect("file"))
            .unwrap_or_else(|errors| panic!("{shown}: {errors:#?}"));
        let ignored = document.header.ignored_fields();
        let expected: Vec<&str> = hashes.split_whitespace().collect();
        assert_eq!(document.events.len(), expected.len(), "{shown}");
        for (event, expected) in document.events.iter().zip(expected) {
            let hash = event_hash_without(event, &ignored).to_string();
            assert_eq!(hash, expected, "{shown}: {}", pre_hash(event, &ignored));
            events += 1;
        }
        documents += 1;
    }
    println!("event hash: {events} events of {documents} XML documents agree");
    assert!(documents >= 11 && events >= 28);
}

#[test]
fn events_that_the_vectors_call_equal_hash_alike() {
    let Some(dir) = vectors::dir("epcis/event-hash-vectors/tests/expected_equal") else {
        return;
    };
    let mut documents = 0;
    for path in files(&dir, &["xml"]) {
        let document = parse_document(&std::fs::read(&path).expect("file"))
            .unwrap_or_else(|errors| panic!("{}: {errors:#?}", path.display()));
        let first = pre_hash(&document.events[0], &[]);
        for event in &document.events {
            assert_eq!(pre_hash(event, &[]), first, "{}", path.display());
        }
        documents += 1;
    }
    assert!(documents >= 6);
}

#[test]
fn every_xml_document_of_the_conformance_data_is_read_or_refused_as_it_should_be() {
    let Some(dir) = vectors::dir("epcis/openepcis") else {
        return;
    };
    let (mut accepted, mut events, mut refused) = (0, 0, 0);
    for path in files(&dir, &["xml"]) {
        let shown = path.display().to_string();
        let result = parse_document(&std::fs::read(&path).expect("file"));
        let query = shown.contains("/Queries/");
        if shown.contains("/Invalid/") || query {
            let errors = result.expect_err(&shown);
            refused += 1;
            println!("{shown}");
            for error in errors {
                println!("    {error}");
                assert!(
                    error.pointer.starts_with('/') && error.rule.contains('§'),
                    "{error:?}"
                );
            }
        } else {
            let document = result.unwrap_or_else(|errors| panic!("{shown}: {errors:#?}"));
            accepted += 1;
            events += document.events.len();
            assert!(!document.events.is_empty(), "{shown}");
        }
    }
    println!("epcis xml: {accepted} documents accepted, {events} events; {refused} refused");
    assert!(accepted >= 44 && refused >= 7);
}
