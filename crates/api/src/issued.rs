//! Credentials that this node issued: which place of the status list each has, what it said, and whether it was taken back.
//!
//! One private file, `credentials.json`, replaced in one step and read again at each use. A file that cannot be read is an error, never an empty list: what was
//! taken back would hold again.
//!
//! Invariants: a place is drawn at random, so that its number tells nothing, and is free again only when its credential has ended. Limits: [`HELD_MAX`].

use convoy_node::durable::write_private;
use convoy_types::{Did, cose::KeyId, status_list::StatusList};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Places of a node's list; many more than credentials, so that drawing a free one is quick and their order is not seen.
pub const PLACES: u64 = 1 << 17;
/// Credentials of one node that have not ended.
pub const HELD_MAX: usize = 20_000;
/// How long a signed list is given out before it is made anew, seconds.
pub const FRESH_S: u64 = 60;
const FILE: &str = "credentials.json";
const VERSION: u32 = 1;

/// A credential that was issued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Its place in the list.
    pub place: u64,
    /// Of whom it is.
    pub subject: Did,
    /// The key with which it is shown.
    pub key_id: KeyId,
    /// Until when it holds, seconds since 1970.
    pub expires_s: u64,
    /// What it said.
    pub said: Map<String, Value>,
    /// Whether it was taken back.
    #[serde(default)]
    pub revoked: bool,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    held: Vec<Held>,
}

/// What was issued.
pub struct Issued {
    path: PathBuf,
    changes: Mutex<()>,
    /// The signed list that is given out, and when it was made, seconds since 1970.
    published: Mutex<Option<(u64, Arc<str>)>>,
    /// One list is made at a time.
    pub making: tokio::sync::Mutex<()>,
}

impl Issued {
    /// Those kept in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self {
            path: folder.join(FILE),
            changes: Mutex::default(),
            published: Mutex::default(),
            making: tokio::sync::Mutex::default(),
        }
    }

    /// Those that have not ended at `now_s`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn held(&self, now_s: u64) -> io::Result<Vec<Held>> {
        let mut held = match fs::read(&self.path) {
            Ok(bytes) => {
                let kept: Kept = serde_json::from_slice(&bytes).map_err(io::Error::other)?;
                if kept.version != VERSION {
                    let told = format!("{FILE} has version {}, not {VERSION}", kept.version);
                    return Err(io::Error::other(told));
                }
                kept.held
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        held.retain(|held| held.expires_s > now_s);
        Ok(held)
    }

    fn change<T>(&self, now_s: u64, change: impl FnOnce(&mut Vec<Held>) -> T) -> io::Result<T> {
        let _turn = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut held = self.held(now_s)?;
        let done = change(&mut held);
        let version = VERSION;
        let bytes = serde_json::to_vec(&Kept { version, held }).map_err(io::Error::other)?;
        write_private(&self.path, &bytes)?;
        Ok(done)
    }

    /// Keeps a credential and gives it a place; `None` where there are as many as there may be.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn keep(&self, new: Held, now_s: u64) -> io::Result<Option<u64>> {
        self.change(now_s, |held| {
            if held.len() >= HELD_MAX {
                return None;
            }
            let taken: BTreeSet<u64> = held.iter().map(|held| held.place).collect();
            let place = loop {
                let drawn = rand::random::<u64>() % PLACES;
                if !taken.contains(&drawn) {
                    break drawn;
                }
            };
            held.push(Held { place, ..new });
            Some(place)
        })
    }

    /// Takes back every credential of `subject`, or the one at `place`; how many that were.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn revoke(&self, subject: &Did, place: Option<u64>, now_s: u64) -> io::Result<usize> {
        let revoked = self.change(now_s, |held| {
            let named = held.iter_mut().filter(|held| {
                let this = place.is_none_or(|place| held.place == place);
                held.subject == *subject && this && !held.revoked
            });
            named.map(|held| held.revoked = true).count()
        })?;
        *self.lock() = None;
        Ok(revoked)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(u64, Arc<str>)>> {
        self.published
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The signed list, where it is fresh.
    pub fn published(&self, now_s: u64) -> Option<Arc<str>> {
        let (made_s, text) = self.lock().clone()?;
        (now_s.abs_diff(made_s) < FRESH_S).then_some(text)
    }

    /// Gives this list out from now on.
    pub fn publish(&self, text: &str, now_s: u64) -> Arc<str> {
        let text: Arc<str> = text.into();
        *self.lock() = Some((now_s, Arc::clone(&text)));
        text
    }
}

/// The list, in which all of `over` are invalid.
pub fn list(over: impl IntoIterator<Item = u64>) -> StatusList {
    let mut list = StatusList::new(PLACES);
    for place in over {
        list.set(place);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(subject: &str, expires_s: u64) -> Held {
        Held {
            place: 0,
            subject: subject.parse().unwrap(),
            key_id: "a1b2c3d4e5f60718".parse().unwrap(),
            expires_s,
            said: Map::new(),
            revoked: false,
        }
    }

    #[test]
    fn what_was_taken_back_stays_so_until_it_ends_and_through_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let issued = Issued::new(folder.path());
        let first = issued.keep(held("did:convoy:a", 100), 1).unwrap().unwrap();
        let second = issued.keep(held("did:convoy:a", 200), 1).unwrap().unwrap();
        let other = issued.keep(held("did:convoy:b", 100), 1).unwrap().unwrap();
        assert_eq!(BTreeSet::from([first, second, other]).len(), 3);
        let a: Did = "did:convoy:a".parse().unwrap();
        assert_eq!(
            issued.revoke(&a, Some(other), 1).unwrap(),
            0,
            "another's place"
        );
        assert_eq!(issued.revoke(&a, Some(first), 1).unwrap(), 1);
        assert_eq!(issued.revoke(&a, None, 1).unwrap(), 1);
        assert_eq!(issued.revoke(&a, None, 1).unwrap(), 0, "once");
        let again = Issued::new(folder.path());
        let revoked = |now_s| {
            let held = again.held(now_s).unwrap().into_iter();
            held.filter(|held| held.revoked)
                .map(|held| held.place)
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(revoked(1), BTreeSet::from([first, second]));
        assert_eq!(revoked(100), BTreeSet::from([second]));
        fs::write(folder.path().join(FILE), "{").unwrap();
        assert!(again.held(1).is_err(), "a broken file is no empty list");
    }

    #[test]
    fn a_list_is_given_out_until_it_is_old_or_something_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let issued = Issued::new(folder.path());
        issued.publish("list", 1_000);
        assert!(issued.published(1_000 + FRESH_S - 1).is_some());
        assert!(issued.published(1_000 + FRESH_S).is_none());
        issued
            .revoke(&"did:convoy:a".parse().unwrap(), None, 1_000)
            .unwrap();
        assert!(issued.published(1_000).is_none());
    }
}
