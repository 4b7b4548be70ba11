//! The bytes of what a node keeps and sends, in `golden/`. A test fails when a format changes, which breaks every block and network that
//! exists: change the format's version instead, and add files.
//!
//! A missing file is written when `CONVOY_WRITE_GOLDEN` is set; one that is there is never overwritten.

use crate::{genesis::GenesisDocument, record::BlockRecord};
use convoy_ledger::{Event, Outcome, Reject};
use convoy_types::{Digest, StatementId, cbor};
use std::{fs, path::PathBuf};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(name)
}

/// Compares `bytes` with the file `name`.
#[track_caller]
pub(crate) fn golden(name: &str, bytes: &[u8]) {
    let path = path(&format!("{name}.hex"));
    let hex = hex::encode(bytes);
    if !path.exists() {
        assert!(
            std::env::var_os("CONVOY_WRITE_GOLDEN").is_some(),
            "{name}.hex is missing; write it with CONVOY_WRITE_GOLDEN=1"
        );
        let lines: Vec<_> = hex
            .as_bytes()
            .chunks(96)
            .map(|line| String::from_utf8_lossy(line))
            .collect();
        fs::write(&path, lines.join("\n") + "\n").unwrap();
    }
    let stored: String = fs::read_to_string(&path)
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!(hex, stored, "the format of `{name}` changed");
}

/// Statements name the network, and the network's name ends in this digest.
#[test]
fn a_genesis_document_has_its_bytes_and_its_network_a_name() {
    let document = GenesisDocument::parse(&fs::read(path("genesis.json")).unwrap()).unwrap();
    let unsigned = GenesisDocument {
        signatures: Vec::new(),
        ..document.clone()
    };
    let bytes = cbor::to_vec(&unsigned);
    golden("genesis", &bytes);
    assert_eq!(document.digest(), Digest::of(&bytes));
    golden("genesis-signed", &cbor::to_vec(&document));
    let digest = document.digest().to_string();
    let network = document.network().unwrap().to_string();
    assert_eq!(network, format!("baltic.{}", &digest[..16]));
}

#[test]
fn a_blocks_outcomes_have_their_bytes() {
    let registry = convoy_modules::registry();
    let rule = *registry.rules().find(|rule| rule.number == 202).unwrap();
    let outcome = |of: &[u8], reject| Outcome {
        statement: StatementId(Digest::of(of)),
        member: "est".parse().unwrap(),
        reject,
        events: Digest::of(b"events"),
    };
    let refused = |action| Reject {
        rule,
        reason: "not this time".into(),
        action,
    };
    let event = |statement, module| Event {
        statement,
        module,
        body: vec![0xa1, 0x61, 0x61, 0x01],
    };
    let record = BlockRecord {
        outcomes: vec![
            outcome(b"one", None),
            outcome(b"two", Some(refused(Some(3)))),
            outcome(b"three", Some(refused(None))),
        ],
        events: vec![event(Some(0), "custody"), event(None, "membership")],
        prepared: None,
    };
    let bytes = record.encode();
    golden("block-record", &bytes);
    let read = BlockRecord::decode(&bytes, &registry).unwrap();
    assert_eq!(
        (read.outcomes, read.events),
        (record.outcomes, record.events)
    );
}
