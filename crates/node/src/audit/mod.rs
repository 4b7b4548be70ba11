//! The member's audit log: who read what is labelled, what was denied, sign-ins, use of tokens, administration.
//!
//! Flow: whoever has something to tell hands [`Said`] to [`Audit::record`], which waits until it is on the disk, or to [`Audit::note`], which does
//! not. One thread gathers what has come, writes it as lines of a [`chain`], makes it durable in one step and answers. [`search`] reads it,
//! [`verify`] checks it, [`syslog`] sends it on.
//!
//! Invariants: entries are only added; each is hashed together with the one before, also from one file to the next; an entry is acknowledged when
//! it is durable. It never holds a token, a key, a passphrase or a query's parameters.
//!
//! A full disk: [`Audit::record`] fails, and whoever called it does not do what could not be logged. [`Audit::note`] counts what it could not
//! write and the next entry says how many that were.
//!
//! Limits: [`WAITING_MAX`] entries wait; texts are cut at [`TEXT_BYTES_MAX`] bytes, records at [`RECORDS_MAX`] names. A file is closed at
//! `file_bytes`, and nothing is written past `bytes_max` in all.

pub mod chain;
pub mod search;
pub mod syslog;
pub mod verify;

use crate::{config::AuditConfig, life::clock_ms};
use chain::Chain;
use serde::{Deserialize, Serialize};
use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
};
use tokio::sync::oneshot;

/// The folder's name within a node's folder.
pub const FOLDER: &str = "audit";
/// Entries that wait to be written.
pub const WAITING_MAX: usize = 4_096;
/// Entries made durable in one step.
const TOGETHER: usize = 512;
/// A text of an entry, bytes.
pub const TEXT_BYTES_MAX: usize = 512;
/// Records named in one entry.
pub const RECORDS_MAX: usize = 64;

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The log was opened by a starting node, or goes on in a new file.
    Opened,
    /// Records with a label were read.
    Read,
    /// Something was kept from a reader, or an action denied by a policy.
    Denied,
    /// A token was used for the first time since the node started, or one that is not known.
    Token,
    /// Somebody signed in or out, or tried to.
    SignIn,
    /// Members, signers, keys, roles or policies were changed through this node.
    Administration,
    /// This log was read.
    AuditRead,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Opened,
        Self::Read,
        Self::Denied,
        Self::Token,
        Self::SignIn,
        Self::Administration,
        Self::AuditRead,
    ];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Read => "read",
            Self::Denied => "denied",
            Self::Token => "token",
            Self::SignIn => "sign_in",
            Self::Administration => "administration",
            Self::AuditRead => "audit_read",
        }
    }
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Allowed,
    /// It was not.
    Refused,
}

/// Something to be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What it is about.
    pub kind: Kind,
    /// How it went.
    pub outcome: Outcome,
    /// The signer (DID), where there is one.
    pub who: String,
    /// What the operator calls the token or session.
    pub token: String,
    /// What was asked: method and path without parameters, or an action.
    pub what: String,
    /// What the reader said it is for.
    pub purpose: String,
    /// Names of the records concerned.
    pub records: Vec<String>,
    /// How many records were concerned, where not all are named.
    pub records_count: u64,
    /// What else there is to say, in plain words.
    pub detail: String,
}

impl Said {
    /// Something of which nothing else is known yet.
    pub fn new(kind: Kind, outcome: Outcome, what: impl Into<String>) -> Self {
        Self {
            kind,
            outcome,
            who: String::new(),
            token: String::new(),
            what: what.into(),
            purpose: String::new(),
            records: Vec::new(),
            records_count: 0,
            detail: String::new(),
        }
    }

    /// By whom: the signer's DID, where there is one, and the name of the token or session.
    #[must_use]
    pub fn by(self, who: Option<&convoy_types::Did>, token: impl Into<String>) -> Self {
        Self {
            who: who.map_or_else(String::new, ToString::to_string),
            token: token.into(),
            ..self
        }
    }

    /// With something to say about it.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            ..self
        }
    }
}

/// An entry, as kept: one line of JSON behind its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Format.
    pub v: u8,
    /// Its number, from 1, without gaps.
    pub n: u64,
    /// When, by the node's clock, milliseconds since 1970.
    pub time_ms: u64,
    /// What it is about.
    pub kind: Kind,
    /// How it went.
    pub outcome: Outcome,
    /// The signer (DID).
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub who: String,
    /// The token's or session's name.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub token: String,
    /// What was asked.
    pub what: String,
    /// What it was said to be for.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub purpose: String,
    /// Records concerned.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub records: Vec<String>,
    /// How many records were concerned.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub records_count: u64,
    /// What else there is to say.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub detail: String,
    /// In the first entry of a file: the hash of the entry before, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub previous: Option<String>,
    /// What could not be written since the entry before.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub lost: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A text, cut at [`TEXT_BYTES_MAX`] bytes.
fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    text
}

impl Entry {
    fn of(said: Said, n: u64, time_ms: u64, lost: u64) -> Self {
        let count = said.records_count.max(said.records.len() as u64);
        let records = said.records.into_iter().take(RECORDS_MAX).map(cut);
        Self {
            v: chain::VERSION,
            n,
            time_ms,
            kind: said.kind,
            outcome: said.outcome,
            who: cut(said.who),
            token: cut(said.token),
            what: cut(said.what),
            purpose: cut(said.purpose),
            records: records.collect(),
            records_count: count,
            detail: cut(said.detail),
            previous: None,
            lost,
        }
    }
}

/// Why something could not be logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// There is no room on the disk, or the log has reached its size.
    #[error("the audit log is full: {0}")]
    Full(String),
    /// The log cannot be written.
    #[error("the audit log cannot be written: {0}")]
    Failed(String),
    /// More waits than is taken.
    #[error("{WAITING_MAX} entries of the audit log wait to be written")]
    Busy,
}

impl From<&io::Error> for AuditError {
    fn from(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full(error.to_string())
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}

type Acknowledge = oneshot::Sender<Result<(), AuditError>>;

/// The log of a running node. Cheap to clone.
#[derive(Clone)]
pub struct Audit {
    orders: SyncSender<(Said, Option<Acknowledge>)>,
    lost: Arc<AtomicU64>,
    folder: Arc<Path>,
}

impl Audit {
    /// Opens the log in a node's folder and begins to write and to send on.
    ///
    /// # Errors
    /// When the folder cannot be used, or another process writes there.
    pub fn open(data: &Path, config: &AuditConfig) -> io::Result<Self> {
        let folder: PathBuf = data.join(FOLDER);
        let lost = Arc::new(AtomicU64::new(0));
        let (orders, queue) = sync_channel(WAITING_MAX);
        let mut chain = Chain::open(&folder, config)?;
        let export = match &config.syslog {
            Some(syslog) => Some(syslog::start(&folder, syslog)?),
            None => None,
        };
        let counted = Arc::clone(&lost);
        std::thread::Builder::new()
            .name("audit".into())
            .spawn(move || write(&mut chain, &queue, &counted, export.as_ref()))?;
        Ok(Self {
            orders,
            lost,
            folder: folder.into(),
        })
    }

    /// Logs something and waits until it is durable.
    ///
    /// # Errors
    /// When it could not be written: then what it is about is not to be done.
    pub async fn record(&self, said: Said) -> Result<(), AuditError> {
        let (acknowledge, done) = oneshot::channel();
        self.hand_over(said, Some(acknowledge))?;
        done.await
            .unwrap_or_else(|_| Err(AuditError::Failed("its writer has stopped".into())))
    }

    /// Logs something without waiting. What cannot be written is counted, and the next entry says so.
    pub fn note(&self, said: Said) {
        if self.hand_over(said, None).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn hand_over(&self, said: Said, acknowledge: Option<Acknowledge>) -> Result<(), AuditError> {
        match self.orders.try_send((said, acknowledge)) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => Err(AuditError::Busy),
            Err(TrySendError::Disconnected(_)) => {
                Err(AuditError::Failed("its writer has stopped".into()))
            }
        }
    }

    /// The log's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Writes what comes, as much as has come in one step.
fn write(
    chain: &mut Chain,
    queue: &Receiver<(Said, Option<Acknowledge>)>,
    lost: &AtomicU64,
    export: Option<&syslog::Export>,
) {
    while let Ok(first) = queue.recv() {
        let more = queue.try_iter().take(TOGETHER - 1);
        let (said, acknowledge): (Vec<Said>, Vec<Option<Acknowledge>>) =
            std::iter::once(first).chain(more).unzip();
        let before = lost.swap(0, Ordering::Relaxed);
        let done = chain.append(said, clock_ms(), before);
        let answer = done.as_ref().map(drop).map_err(AuditError::from);
        if let Err(error) = &done {
            let silent = acknowledge.iter().filter(|one| one.is_none()).count() as u64;
            lost.fetch_add(before + silent, Ordering::Relaxed);
            tracing::error!(%error, "the audit log cannot be written; labelled records are not shown until it can");
        }
        for acknowledge in acknowledge.into_iter().flatten() {
            // Who asked may have gone; the entry stays.
            let _ = acknowledge.send(answer.clone());
        }
        if let Some(export) = export {
            export.wake();
        }
    }
}

#[cfg(test)]
mod tests;
