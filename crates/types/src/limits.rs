//! Every limit of the wire and of the core, each with its reason.
//!
//! A limit is enforced where bytes enter, and listed by the interface under `/v1/limits`.

/// One signed statement, bytes. An EPCIS capture of 500 events with rich extensions fits.
pub const STATEMENT_BYTES_MAX: usize = 512 * 1024;
/// Statements in one submission over HTTP: enough that its overhead vanishes, few enough to be admitted as one batch.
pub const SUBMISSION_STATEMENTS_MAX: usize = 1_000;
/// One submission, bytes: what one block holds.
pub const SUBMISSION_BYTES_MAX: usize = 1_572_864;
/// Actions in one statement. They execute all or none, so this bounds the work lost to one refusal.
pub const STATEMENT_ACTIONS_MAX: usize = 1_000;
/// One action's body, bytes.
pub const ACTION_BYTES_MAX: usize = 256 * 1024;
/// Nesting of any CBOR item. Our deepest format nests nine deep; the rest is head-room.
pub const CBOR_DEPTH_MAX: usize = 32;
/// Nesting of any JSON document taken at the door.
pub const JSON_DEPTH_MAX: usize = 64;
/// One EPCIS document, bytes.
pub const DOCUMENT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Events in one EPCIS document.
pub const DOCUMENT_EVENTS_MAX: usize = 20_000;
/// One EPCIS document read as a stream, bytes: a supplier's day in one file.
pub const STREAM_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Events in one EPCIS document read as a stream: what 64 MiB of the shortest events hold.
pub const STREAM_EVENTS_MAX: usize = 250_000;
/// Text of one event, or of all that surrounds the events of a document, bytes. An action holds less; this bounds a reader's memory.
pub const EVENT_TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// JSON values or XML elements of one event, or of all that surrounds the events: small ones cost more memory than their text.
pub const EVENT_VALUES_MAX: usize = 100_000;
/// Nesting of any XML document taken at the door.
pub const XML_DEPTH_MAX: usize = 64;
/// Attributes of one XML element; a sensor report has 23.
pub const XML_ATTRIBUTES_MAX: usize = 100;
/// A name in XML, or the URI of its namespace, bytes.
pub const XML_NAME_BYTES_MAX: usize = 256;
/// Objects named by one event.
pub const EVENT_OBJECTS_MAX: usize = 2_000;
/// One identifier (EPC URI, Digital Link, any absolute URI), bytes.
pub const IDENTIFIER_BYTES_MAX: usize = 256;
/// A GS1 element string or what a scanner sent, bytes: more than the largest symbol that is allowed for GS1 keys.
pub const ELEMENT_STRING_BYTES_MAX: usize = 1_024;
/// A decentralised identifier, bytes: a `did:jwk` of a P-256 key with its use has 192.
pub const DID_BYTES_MAX: usize = 224;
/// A member's short name, characters.
pub const MEMBER_ID_CHARS_MAX: usize = 24;
/// A network's name before its genesis suffix, characters.
pub const NETWORK_NAME_CHARS_MAX: usize = 32;
/// Lanes of one signer: independent sequences, so that a scanner and a desk do not wait for each other.
pub const LANES_MAX: u8 = 64;
/// How far ahead of block time a statement's `not_after` may lie, milliseconds (30 days: a ship's voyage).
pub const NOT_AFTER_AHEAD_MS_MAX: u64 = 30 * 24 * 3_600 * 1_000;
/// Statements in one block. Measured: larger blocks gain nothing and lengthen finality.
pub const BLOCK_STATEMENTS_MAX: usize = 5_000;
/// One block's statements, bytes.
pub const BLOCK_BYTES_MAX: usize = 1_572_864;
/// State keys that one block's statements name, not counting those of their signers: bounds the memory and time of a block
/// whose statements hold many actions. A single statement always fits.
pub const BLOCK_KEYS_MAX: usize = 16_000;
/// Timers fired in one block; the rest wait for the next.
pub const BLOCK_TIMERS_MAX: usize = 500;
/// State keys one statement may touch.
pub const STATEMENT_KEYS_MAX: usize = 20_000;
/// Calls from module to module in one action, counted over the whole tree of calls.
pub const CALLS_MAX: usize = 64;
/// One state record, bytes, over all its cells.
pub const RECORD_BYTES_MAX: usize = 64 * 1024;
/// How deep objects may be packed in one another (item, case, pallet, container, ship and room to spare).
pub const AGGREGATION_DEPTH_MAX: usize = 16;
/// Validators in one set.
pub const VALIDATORS_MAX: usize = 100;
/// The reason in a recovery document, bytes: a paragraph.
pub const RECOVERY_REASON_BYTES_MAX: usize = 1_000;
/// An address in a recovery document, bytes: the longest host name, `:` and the port.
pub const RECOVERY_ADDRESS_BYTES_MAX: usize = 259;
/// Members that sign a recovery: as many as a network has.
pub const RECOVERY_SIGNATURES_MAX: usize = 1_000;
/// Cells proved in a recovery: the list of members, one of each member, and those of each signer and key.
pub const RECOVERY_CELLS_MAX: usize = 4_096;
/// The proof of one cell, bytes: 64 hashes of its path and what surrounds them.
pub const RECOVERY_PROOF_BYTES_MAX: usize = 4_096;
/// A whole recovery, bytes: with its proofs it fits one message between nodes.
pub const RECOVERY_BYTES_MAX: usize = 1 << 20;
/// A block's time may be at most this far ahead of a voter's clock, milliseconds.
pub const CLOCK_AHEAD_MS_MAX: u64 = 2_000;

/// One limit as shown to users: name, value and unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Limit {
    /// Stable name.
    pub name: &'static str,
    /// The largest value accepted.
    pub max: u64,
    /// What is counted.
    pub unit: &'static str,
}

impl Limit {
    /// The limit `name`: at most `max`, counted in `unit`.
    pub const fn new(name: &'static str, max: u64, unit: &'static str) -> Self {
        Self { name, max, unit }
    }
}

/// The limits of the wire and of the core that a caller can run into, for `/v1/limits`.
pub const ALL: &[Limit] = &[
    Limit::new("statement_bytes", STATEMENT_BYTES_MAX as u64, "bytes"),
    Limit::new(
        "submission_statements",
        SUBMISSION_STATEMENTS_MAX as u64,
        "statements",
    ),
    Limit::new("submission_bytes", SUBMISSION_BYTES_MAX as u64, "bytes"),
    Limit::new("statement_actions", STATEMENT_ACTIONS_MAX as u64, "actions"),
    Limit::new(
        "statement_keys",
        STATEMENT_KEYS_MAX as u64,
        "state keys that a statement may touch",
    ),
    Limit::new("action_bytes", ACTION_BYTES_MAX as u64, "bytes"),
    Limit::new(
        "calls",
        CALLS_MAX as u64,
        "calls from module to module in one action",
    ),
    Limit::new("cbor_depth", CBOR_DEPTH_MAX as u64, "levels"),
    Limit::new("json_depth", JSON_DEPTH_MAX as u64, "levels"),
    Limit::new("document_bytes", DOCUMENT_BYTES_MAX as u64, "bytes"),
    Limit::new("document_events", DOCUMENT_EVENTS_MAX as u64, "events"),
    Limit::new("stream_bytes", STREAM_BYTES_MAX as u64, "bytes"),
    Limit::new("stream_events", STREAM_EVENTS_MAX as u64, "events"),
    Limit::new("event_text_bytes", EVENT_TEXT_BYTES_MAX as u64, "bytes"),
    Limit::new(
        "event_values",
        EVENT_VALUES_MAX as u64,
        "values or elements",
    ),
    Limit::new("xml_depth", XML_DEPTH_MAX as u64, "levels"),
    Limit::new(
        "xml_attributes",
        XML_ATTRIBUTES_MAX as u64,
        "attributes of an element",
    ),
    Limit::new("xml_name_bytes", XML_NAME_BYTES_MAX as u64, "bytes"),
    Limit::new("event_objects", EVENT_OBJECTS_MAX as u64, "objects"),
    Limit::new("identifier_bytes", IDENTIFIER_BYTES_MAX as u64, "bytes"),
    Limit::new(
        "element_string_bytes",
        ELEMENT_STRING_BYTES_MAX as u64,
        "bytes",
    ),
    Limit::new("did_bytes", DID_BYTES_MAX as u64, "bytes"),
    Limit::new("member_id_chars", MEMBER_ID_CHARS_MAX as u64, "characters"),
    Limit::new("lanes", LANES_MAX as u64, "lanes per signer"),
    Limit::new(
        "not_after_ahead",
        NOT_AFTER_AHEAD_MS_MAX,
        "milliseconds after block time",
    ),
    Limit::new(
        "block_statements",
        BLOCK_STATEMENTS_MAX as u64,
        "statements",
    ),
    Limit::new("block_bytes", BLOCK_BYTES_MAX as u64, "bytes"),
    Limit::new(
        "block_keys",
        BLOCK_KEYS_MAX as u64,
        "state keys that statements name",
    ),
    Limit::new("block_timers", BLOCK_TIMERS_MAX as u64, "timers"),
    Limit::new("record_bytes", RECORD_BYTES_MAX as u64, "bytes"),
    Limit::new(
        "aggregation_depth",
        AGGREGATION_DEPTH_MAX as u64,
        "levels of packing",
    ),
    Limit::new("validators", VALIDATORS_MAX as u64, "validators in one set"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const RECOVERY: &str =
        "in a file that `convoy network recover` makes and refuses, before there is a node to ask";
    /// What no caller runs into, and why.
    const UNLISTED: [(&str, &str); 8] = [
        (
            "NETWORK_NAME_CHARS_MAX",
            "at the founding, before there is a node to ask",
        ),
        (
            "CLOCK_AHEAD_MS_MAX",
            "between validators: nobody else says what time a block has",
        ),
        ("RECOVERY_REASON_BYTES_MAX", RECOVERY),
        ("RECOVERY_ADDRESS_BYTES_MAX", RECOVERY),
        ("RECOVERY_SIGNATURES_MAX", RECOVERY),
        ("RECOVERY_CELLS_MAX", RECOVERY),
        ("RECOVERY_PROOF_BYTES_MAX", RECOVERY),
        ("RECOVERY_BYTES_MAX", RECOVERY),
    ];

    #[test]
    fn every_limit_of_this_file_is_listed_or_has_a_reason_not_to_be() {
        let (source, _) = include_str!("limits.rs").split_once("mod tests").unwrap();
        let (constants, list) = source.split_once("pub const ALL").unwrap();
        let defined: BTreeSet<&str> = constants
            .lines()
            .filter_map(|line| Some(line.strip_prefix("pub const ")?.split_once(':')?.0))
            .filter(|name| name.ends_with("_MAX"))
            .collect();
        let listed: BTreeSet<&str> = list
            .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .filter(|word| word.ends_with("_MAX"))
            .collect();
        let unlisted: BTreeSet<&str> = UNLISTED.iter().map(|(name, _)| *name).collect();
        assert_eq!(unlisted.intersection(&listed).count(), 0);
        let told: BTreeSet<&str> = listed.union(&unlisted).copied().collect();
        assert!(defined.len() > 30, "the constants were not found");
        assert_eq!(defined, told);
    }

    #[test]
    fn the_name_of_a_limit_is_that_of_its_constant() {
        let source = include_str!("limits.rs");
        for limit in ALL {
            let name = limit.name.to_uppercase();
            let known = ["_MAX", "_MS_MAX"].map(|end| format!("pub const {name}{end}:"));
            assert!(
                known.iter().any(|constant| source.contains(constant)),
                "{name}"
            );
        }
    }
}
