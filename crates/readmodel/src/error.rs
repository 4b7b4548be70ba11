//! What can go wrong with a read model, and what to do about each.

use std::path::PathBuf;

/// A fault of the read model. The ledger itself is never affected by one.
#[derive(Debug, thiserror::Error)]
pub enum ReadModelError {
    /// The database is unreadable or contradicts itself.
    #[error(
        "the read model {path} is damaged ({detail}); the ledger is not affected: run `convoy node reindex` to rebuild it"
    )]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// Made by a version with other tables.
    #[error(
        "the read model {path} was made for tables of another version ({found}, this version has {expected}): run `convoy node reindex` to rebuild it"
    )]
    OtherSchema {
        /// The database.
        path: PathBuf,
        /// Fingerprint of the tables it has.
        found: String,
        /// Fingerprint of the tables wanted.
        expected: String,
    },
    /// Another process writes to it.
    #[error(
        "the read model {path} is in use by another process; stop the node that uses it and try again"
    )]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// A block was left out.
    #[error(
        "block {expected} of compartment {compartment} comes next in the read model, but block {found} was handed in; hand the blocks in order"
    )]
    Gap {
        /// The compartment.
        compartment: String,
        /// The height that comes next.
        expected: u64,
        /// The height handed in.
        found: u64,
    },
    /// A module's event could not be projected.
    #[error(
        "event {ordinal} of block {height} (module {module}) cannot be projected: {detail}; this version does not know the event: upgrade the node, then run `convoy node reindex`"
    )]
    Event {
        /// The block.
        height: u64,
        /// Place in the block's events, from 0.
        ordinal: u32,
        /// Whose event.
        module: String,
        /// What was wrong.
        detail: String,
    },
    /// The disk is full.
    #[error("the disk of the read model {path} is full; free space and start the node again")]
    DiskFull {
        /// The database.
        path: PathBuf,
    },
    /// The operating system refused something.
    #[error("{attempt} {path} failed: {detail}; check the disk and the folder's permissions")]
    Io {
        /// What was tried.
        attempt: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// All readers were taken for too long.
    #[error("all {readers} readers of the read model are busy; try again")]
    Busy {
        /// How many there are.
        readers: usize,
    },
    /// A question that took longer than it may.
    #[error(
        "the question was given up because it took too long; ask about less: a shorter time, one object, one place"
    )]
    TooLong,
    /// A question that cannot be answered as put: the reader's fault.
    #[error("{field}: {fault}; {remedy}")]
    Question {
        /// Which parameter.
        field: &'static str,
        /// What is wrong with it.
        fault: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Our own fault: a statement to the database is wrong.
    #[error("the read model cannot be asked `{attempt}`: {detail}; please report this fault")]
    Internal {
        /// What was tried.
        attempt: String,
        /// What the driver said.
        detail: String,
    },
}

impl ReadModelError {
    /// Whether rebuilding from the ledger puts it right.
    pub fn needs_reindex(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::OtherSchema { .. })
    }

    /// Whether trying again can succeed without anybody doing anything.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }
}

/// A result with this crate's error.
pub type Result<T, E = ReadModelError> = std::result::Result<T, E>;
