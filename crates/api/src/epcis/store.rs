//! Named queries and subscriptions: this member's own, kept on its node and not on the ledger.
//!
//! One private file, replaced in one step and read again at each use: uses are few, and the command line
//! or a restored backup is seen at once. A file that cannot be read is an error, never an empty list.
//!
//! Limits: [`QUERIES_MAX`] queries, [`SUBSCRIPTIONS_MAX`] subscriptions.

use super::schedule::Schedule;
use convoy_node::durable::write_private;
use convoy_types::Did;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Named queries of one node.
pub const QUERIES_MAX: usize = 500;
/// Subscriptions of one node.
pub const SUBSCRIPTIONS_MAX: usize = 200;
const FILE: &str = "epcis-queries.json";

/// A subscription that is sent to an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The signer as whom it reads; the plain reader of the node's member where there is none.
    #[serde(default)]
    pub reader: Option<Did>,
    /// Its query's name.
    pub query: String,
    /// Where it is sent.
    pub dest: String,
    /// The secret that signatures are made with.
    pub secret: Option<String>,
    /// Whether an empty answer is sent as well.
    pub report_if_empty: bool,
    /// Events recorded before this time are not sent, milliseconds since 1970.
    pub initial_record_ms: Option<u64>,
    /// When it runs; whenever events come where absent.
    pub schedule: Option<Schedule>,
    /// EPCs as URNs.
    pub urns: bool,
    /// When it was made, milliseconds since 1970.
    pub created_ms: u64,
    /// How far it got.
    pub progress: Progress,
}

/// How far a subscription got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Events up to this position were received; `None` before the first.
    pub position: Option<i64>,
    /// Every block up to this one was looked through.
    pub height: u64,
    /// When something was received last, milliseconds since 1970.
    pub notified_ms: Option<u64>,
    /// Attempts that failed since then.
    pub failures: u32,
    /// No attempt before this time, milliseconds since 1970.
    pub not_before_ms: u64,
    /// Schedules were looked at up to this second.
    pub looked_ms: u64,
}

/// Everything kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// By name: the query's parameters as they came.
    pub queries: BTreeMap<String, Map<String, Value>>,
    /// By id.
    pub subscriptions: BTreeMap<String, Subscription>,
}

/// Held by whoever changes a store: one at a time in this process, which is the only one that does.
static CHANGING: Mutex<()> = Mutex::new(());

/// The file.
pub struct Store {
    path: PathBuf,
}

impl Store {
    /// The store in a node's folder.
    pub fn new(folder: &Path) -> Self {
        Self {
            path: folder.join(FILE),
        }
    }

    /// What is kept now.
    pub fn read(&self) -> io::Result<Kept> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Kept::default()),
            Err(error) => Err(error),
        }
    }

    /// Changes what is kept; nothing is written when `change` refuses or changes nothing.
    pub fn change<T, E>(
        &self,
        change: impl FnOnce(&mut Kept) -> Result<T, E>,
    ) -> io::Result<Result<T, E>> {
        let _only = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.read()?;
        let mut after = before.clone();
        let done = change(&mut after);
        if done.is_ok() && after != before {
            write_private(&self.path, &serde_json::to_vec_pretty(&after)?)?;
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_private_and_found_again() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        assert_eq!(store.read().unwrap(), Kept::default());
        let put = |kept: &mut Kept| -> Result<(), ()> {
            kept.queries.insert("q".into(), Map::new());
            Ok(())
        };
        store.change(put).unwrap().unwrap();
        let refused: Result<(), &str> = store
            .change(|kept| {
                kept.queries.clear();
                Err("no")
            })
            .unwrap();
        assert_eq!(refused, Err("no"));
        assert!(
            Store::new(folder.path())
                .read()
                .unwrap()
                .queries
                .contains_key("q")
        );
        let mode = fs::metadata(folder.path().join(FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0);
        fs::write(folder.path().join(FILE), b"{").unwrap();
        assert!(store.read().is_err() && store.change(put).is_err());
    }
}
