//! What a member takes away: everything it is entitled to, in open formats, with the proofs; and the check that nothing is missing.
//!
//! ```text
//! manifest.json                  what is here: range of blocks, counts, size and SHA-256 of every file
//! README.txt                     the same in plain words, for whoever finds the folder in ten years
//! trust.json                     whose signatures count; compare it with what you have from somebody you trust
//! network.json, members.json, signers.json    the network, its members, everybody's DIDs and keys, as the node told them
//! log/BLOCK.cborseq              block by block: header, certificate, ids of the statements (CBOR sequence)
//! statements/BLOCK-PART.cborseq  transparent statements (RFC 9943) in the order of the log (CBOR sequence)
//! epcis/BLOCK-PART.json          the events in them as EPCIS 2.0 documents
//! withheld.json                  statements that are in the log and that the node did not give, by id, and why
//! ```
//!
//! BLOCK is the first height of the part. While an export is under way `unfinished.json` says how far it is, and there is no manifest.
//!
//! Flow: [`run::run`] writes the folder through a node's interface; [`check::run`] reads it with no network.

pub mod check;
pub mod folder;
pub mod run;
mod signers;

use convoy_modules::custody::{self, types::Action};
use convoy_types::{
    Statement, cbor,
    epcis::{Event, Timestamp, json::EpcFormat, json::document_json},
};
use serde_json::Value;

/// The events that a statement captures.
fn events_of(statement: &Statement) -> Vec<Event> {
    let actions = statement.content().actions.iter();
    let ours = actions.filter(|action| &*action.module == custody::NAME);
    ours.filter_map(|action| match cbor::from_slice(&action.body) {
        Ok(Action::Capture(event)) => Some(*event),
        _ => None,
    })
    .collect()
}

/// The document of these events, dated by the last block that they are from.
fn document(events: &[Event], time_ms: u64) -> Option<Value> {
    let time = Timestamp::from_millis(i64::try_from(time_ms).ok()?)?;
    Some(document_json(events, time, EpcFormat::Urn))
}
