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

/// One limit as shown to users: name, value, unit and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Limit {
    /// Stable name.
    pub name: &'static str,
    /// The largest value accepted.
    pub max: u64,
    /// What is counted.
    pub unit: &'static str,
}

/// The limits that a caller can run into, for `/v1/limits`.
pub fn all() -> Vec<Limit> {
    let limit = |name, max, unit| Limit { name, max, unit };
    vec![
        limit("statement_bytes", STATEMENT_BYTES_MAX as u64, "bytes"),
        limit(
            "submission_statements",
            SUBMISSION_STATEMENTS_MAX as u64,
            "statements",
        ),
        limit("submission_bytes", SUBMISSION_BYTES_MAX as u64, "bytes"),
        limit("statement_actions", STATEMENT_ACTIONS_MAX as u64, "actions"),
        limit("action_bytes", ACTION_BYTES_MAX as u64, "bytes"),
        limit("cbor_depth", CBOR_DEPTH_MAX as u64, "levels"),
        limit("json_depth", JSON_DEPTH_MAX as u64, "levels"),
        limit("document_bytes", DOCUMENT_BYTES_MAX as u64, "bytes"),
        limit("document_events", DOCUMENT_EVENTS_MAX as u64, "events"),
        limit("stream_bytes", STREAM_BYTES_MAX as u64, "bytes"),
        limit("stream_events", STREAM_EVENTS_MAX as u64, "events"),
        limit("event_text_bytes", EVENT_TEXT_BYTES_MAX as u64, "bytes"),
        limit(
            "event_values",
            EVENT_VALUES_MAX as u64,
            "values or elements",
        ),
        limit("xml_depth", XML_DEPTH_MAX as u64, "levels"),
        limit(
            "xml_attributes",
            XML_ATTRIBUTES_MAX as u64,
            "attributes of an element",
        ),
        limit("xml_name_bytes", XML_NAME_BYTES_MAX as u64, "bytes"),
        limit("event_objects", EVENT_OBJECTS_MAX as u64, "objects"),
        limit("identifier_bytes", IDENTIFIER_BYTES_MAX as u64, "bytes"),
        limit(
            "element_string_bytes",
            ELEMENT_STRING_BYTES_MAX as u64,
            "bytes",
        ),
        limit("lanes", u64::from(LANES_MAX), "lanes per signer"),
        limit(
            "not_after_ahead",
            NOT_AFTER_AHEAD_MS_MAX,
            "milliseconds after block time",
        ),
        limit(
            "block_statements",
            BLOCK_STATEMENTS_MAX as u64,
            "statements",
        ),
        limit("block_bytes", BLOCK_BYTES_MAX as u64, "bytes"),
        limit(
            "block_keys",
            BLOCK_KEYS_MAX as u64,
            "state keys that statements name",
        ),
        limit("block_timers", BLOCK_TIMERS_MAX as u64, "timers"),
        limit("record_bytes", RECORD_BYTES_MAX as u64, "bytes"),
        limit(
            "aggregation_depth",
            AGGREGATION_DEPTH_MAX as u64,
            "levels of packing",
        ),
    ]
}
