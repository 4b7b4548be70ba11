//! Timers: deadlines and expiries are records, fire in block time and are part of execution.
//!
//! Timers lie in buckets of one minute, each a chain of pages. A cursor names the first bucket that
//! may still hold something. A block reads the buckets from the cursor to its own time, at most
//! [`BUCKETS_PER_BLOCK`] of them, and fires what is due, at most
//! [`BLOCK_TIMERS_MAX`](convoy_types::limits::BLOCK_TIMERS_MAX); the rest fire in the next block.
//! So a network that slept a month wakes up over a few blocks, never in one that is too large.

use crate::state::{Record, Table};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

/// The width of a bucket, milliseconds.
pub const BUCKET_MS: u64 = 60_000;
/// Buckets looked at in one block.
pub const BUCKETS_PER_BLOCK: u64 = 64;
/// Timers on one page.
pub const PAGE_TIMERS: usize = 64;
/// A timer's body, bytes; a page of them stays within one record.
pub const TIMER_BODY_BYTES_MAX: usize = 512;

/// A deadline set by a module for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Timer {
    /// Block time from which it fires, milliseconds.
    pub due_ms: u64,
    /// The module that set it and will be called.
    pub module: String,
    /// What the module wants to be told.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
}

/// A page of a bucket. The page number 0 also counts the bucket's pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Page {
    /// How many pages the bucket has; kept on page 0 only.
    pub pages: u32,
    /// The timers, in the order they were set.
    pub timers: Vec<Timer>,
}

impl Record for Page {
    const TABLE: Table = Table::new("core", "timers");
}

/// The first bucket that may still hold timers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Cursor {
    /// Bucket number: milliseconds divided by [`BUCKET_MS`].
    pub bucket: u64,
}

impl Record for Cursor {
    const TABLE: Table = Table::new("core", "timer-cursor");
}

/// The key of the only [`Cursor`].
pub const CURSOR_KEY: &[u8] = b"cursor";

/// The key of page `page` of `bucket`.
pub fn page_key(bucket: u64, page: u32) -> [u8; 12] {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&bucket.to_be_bytes());
    key[8..].copy_from_slice(&page.to_be_bytes());
    key
}
