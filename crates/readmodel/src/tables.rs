//! The tables every read model has: how far it got, blocks, statements, events, words and postings.
//!
//! Rows are appended in the order of their positions; only `posting` is written out of order, and there
//! only within its open run (see `runs.rs`). `seal` is a check value over the row: a flipped bit on the disk is found when the row is read.

use crate::schema::{Table, bytes, integer, text};
use convoy_types::Digest;

/// Which tables the database has.
pub static META: Table = Table {
    name: "meta",
    columns: &[text("name"), text("value")],
    key: 1,
    indexes: &[],
};
/// How far each compartment got. Written in the same transaction as the rows.
pub static PROGRESS: Table = Table {
    name: "progress",
    columns: &[
        integer("compartment"),
        text("name"),
        integer("first_height"),
        integer("height"),
    ],
    key: 1,
    indexes: &[],
};
/// One row for each block.
pub static BLOCK: Table = Table {
    name: "block",
    columns: &[
        integer("position"),
        integer("time_ms"),
        bytes("digest"),
        integer("log_start"),
        integer("statements"),
        integer("accepted"),
        integer("events"),
        integer("bytes"),
    ],
    key: 1,
    indexes: &[],
};
/// One row for each statement; `signer` and `member` are words. `leaf` is its place among the block's
/// log leaves, absent where that is its place in the block (no statement before it was refused).
pub static STATEMENT: Table = Table {
    name: "statement",
    columns: &[
        integer("position"),
        bytes("id"),
        integer("outcome"),
        integer("signer"),
        integer("member").or_null(),
        integer("bytes"),
        integer("leaf").or_null(),
        integer("seal"),
    ],
    key: 1,
    indexes: &[],
};
/// One row for each event; `module` is a word, `statement` a place in the block, `detail` what the
/// module's projection keeps beside the event.
pub static EVENT: Table = Table {
    name: "event",
    columns: &[
        integer("position"),
        integer("statement").or_null(),
        integer("module"),
        bytes("body"),
        bytes("detail").or_null(),
        integer("seal"),
    ],
    key: 1,
    indexes: &[],
};
/// Texts that occur again and again, each stored once.
pub static WORD: Table = Table {
    name: "word",
    columns: &[integer("id"), text("text")],
    key: 1,
    indexes: &[&["text"]],
};
/// Positions by key.
pub static POSTING: Table = Table {
    name: "posting",
    columns: &[integer("run"), integer("key"), integer("position")],
    key: 3,
    indexes: &[],
};
/// The runs that postings are kept in.
pub static RUN: Table = Table {
    name: "run",
    columns: &[
        integer("run"),
        integer("age"),
        integer("level"),
        integer("first"),
        integer("last"),
        integer("postings"),
        integer("target").or_null(),
        integer("moved"),
    ],
    key: 1,
    indexes: &[],
};

/// All of them.
pub static CORE: [&Table; 8] = [
    &META, &PROGRESS, &BLOCK, &STATEMENT, &EVENT, &WORD, &POSTING, &RUN,
];

/// The check value of a row: 31 bits of SHA-256 over what it says.
pub(crate) fn seal(numbers: &[i64], content: &[u8], detail: &[u8]) -> i64 {
    let mut head = [0; 56];
    for (at, number) in numbers.iter().enumerate() {
        head[at * 8..at * 8 + 8].copy_from_slice(&number.to_be_bytes());
    }
    let length = (content.len() as u64).to_be_bytes();
    let digest = Digest::of_parts(&[&head[..numbers.len() * 8], &length, content, detail]).0;
    i64::from(u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) >> 1)
}
