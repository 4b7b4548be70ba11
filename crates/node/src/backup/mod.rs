//! Backups: everything of a node that its peers cannot give back, in a folder that only its owner can read.
//!
//! ```text
//! backup.json        what it is a backup of, and the public half of its key
//! key.age            the secret half, sealed with a passphrase (absent where the owner keeps it elsewhere)
//! runs/000001.json   what each run added, with the digest of every file and of the run before: a chain
//! history/…age       final blocks with certificates and outcomes: a CBOR sequence (RFC 8742), zstd, age
//! files/000001.age   configuration, keystore (sealed as it is), tokens, sessions, sign-in, audit log: tar, zstd, age
//! ```
//!
//! Flow: [`Writer`] adds what is new since the last run, up to one height that the validators certified; [`Backup`] reads, checks and opens;
//! [`schedule`] runs it from the node itself. [`restore`](crate::restore) makes a node of it again.
//!
//! Invariants: a run counts only once its record is written, last; a file is never changed, except that an unfinished run's is made again. The
//! journal of votes is never in a backup: an old one would let a validator vote twice. Whoever has the folder only can neither read nor, unnoticed,
//! change it, short of making all of it anew: then the blocks in it are not certified by the network's validators.
//!
//! The formats are published ones: `age --decrypt | zstd -d` gives the CBOR sequence or the tar.

mod read;
pub mod schedule;
mod seal;
mod write;

pub use read::{Backup, Checked, entries};
pub use seal::{Key, Recipient};
pub use write::{Origin, Writer, write_entry};

use convoy_types::{Digest, MemberId, NetworkId};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The version of the folder's format.
pub const VERSION: u32 = 1;
const ABOUT: &str = "backup.json";
const KEY: &str = "key.age";
const RUNS: &str = "runs";
const HISTORY: &str = "history";
const FILES: &str = "files";
const README: &str = "README.txt";
/// Bytes of history gathered into one file, before compression.
const SEGMENT_BYTES: usize = 8 << 20;

/// Why a backup cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// It is not whole, or was changed.
    #[error("the backup in {folder} is damaged: {reason}")]
    Damaged {
        /// Which folder.
        folder: PathBuf,
        /// Which file, and what is wrong with it.
        reason: String,
    },
    /// It cannot be opened.
    #[error("{0}")]
    Key(String),
    /// It cannot be done like this; the text says what to do.
    #[error("{0}")]
    Refused(String),
    /// The node did not give what was asked for.
    #[error("the node's history: {0}")]
    Source(String),
}

pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> BackupError + '_ {
    move |error| BackupError::File(path.into(), error)
}

/// What a folder is a backup of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Format version.
    pub version: u32,
    /// The network.
    pub network: NetworkId,
    /// The digest of its genesis document.
    pub genesis: Digest,
    /// Whose node.
    pub member: MemberId,
    /// The public half of the backup's key (age, X25519).
    pub recipient: String,
}

/// The state of the ledger at the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// The last block in the backup, certified by the validators itself.
    pub height: u64,
    /// Its time, milliseconds since 1970.
    pub time_ms: u64,
    /// The digest of its header.
    pub digest: Digest,
    /// The root of the state after it.
    pub state_root: Digest,
    /// The root of the statement log after it.
    pub log_root: Digest,
    /// The entries of that log.
    pub log_size: u64,
}

/// A file of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Within the folder.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Digest,
}

/// What one run added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Format version.
    pub version: u32,
    /// Which run, from 1.
    pub number: u32,
    /// SHA-256 of the record before, or of `backup.json`.
    pub previous: Digest,
    /// When, by the node's clock, milliseconds since 1970.
    pub made_ms: u64,
    /// By which program.
    pub software: String,
    /// The first height that it added; one beyond the end where it added none.
    pub first: u64,
    /// Where the ledger stood.
    pub end: End,
    /// What it added.
    pub files: Vec<FileEntry>,
}

fn history_path(first: u64) -> String {
    format!("{HISTORY}/{first:012}.age")
}

fn files_path(number: u32) -> String {
    format!("{FILES}/{number:06}.age")
}

fn run_path(number: u32) -> String {
    format!("{RUNS}/{number:06}.json")
}

#[cfg(test)]
mod tests;
