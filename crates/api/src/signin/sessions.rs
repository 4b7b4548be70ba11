//! Sessions: who is signed in, how they did it, and until when.
//!
//! A session id is 32 random bytes that only the browser keeps; here is its SHA-256. It is made anew at every sign-in, whatever cookie came
//! along, so that an id planted before is worth nothing after. Sessions are in a private file and survive a restart: an operator who restarts
//! a node does not sign a depot out. When a session was last used is written at most once a minute, so a restart may cut up to a minute off
//! its idle time, never add any.
//!
//! Limits: [`EACH_MAX`] sessions of one signer, [`ALL_MAX`] in all; the one that was idle longest makes room.

use super::{How, random, same};
use convoy_node::{config::SignInConfig, durable::write_private};
use convoy_types::{Did, Digest};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Sessions of one signer.
const EACH_MAX: usize = 20;
/// Sessions of one node.
const ALL_MAX: usize = 10_000;
/// The file in the node's folder.
const FILE: &str = "sessions.json";
/// How often "last used" is written.
const WRITE_EVERY_MS: u64 = 60_000;

/// A session as kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// SHA-256 of what the cookie holds.
    digest: Digest,
    /// Names it in lists; no secret.
    pub id: String,
    /// Whose it is.
    pub signer: Did,
    /// How it was made.
    pub how: How,
    /// What the browser called itself.
    pub device: String,
    /// From where it was made.
    pub address: String,
    /// When it was made, milliseconds since 1970.
    pub created_ms: u64,
    /// When it was last used, milliseconds since 1970.
    pub seen_ms: u64,
    /// When it ends in any case, milliseconds since 1970.
    pub ends_ms: u64,
}

/// What a new session is made of.
pub struct Beginning {
    /// Whose it is.
    pub signer: Did,
    /// How it was made.
    pub how: How,
    /// What the browser called itself.
    pub device: String,
    /// From where.
    pub address: String,
}

struct Kept {
    sessions: Vec<Session>,
    written_ms: u64,
}

/// The sessions of one node.
pub struct Sessions {
    path: PathBuf,
    idle_ms: u64,
    life_ms: u64,
    kept: Mutex<Kept>,
}

impl Sessions {
    /// The sessions kept in `folder`. A file that cannot be read ends them all: people sign in again.
    pub fn new(folder: &Path, config: &SignInConfig) -> Self {
        let path = folder.join(FILE);
        let sessions = load(&path).unwrap_or_else(|error| {
            tracing::warn!(%error, "the sessions cannot be read; everybody signs in again");
            Vec::new()
        });
        Self {
            path,
            idle_ms: config.idle_minutes * 60_000,
            life_ms: config.session_hours * 3_600_000,
            kept: Mutex::new(Kept {
                sessions,
                written_ms: 0,
            }),
        }
    }

    /// How long a session lives at most, seconds.
    pub fn life_seconds(&self) -> u64 {
        self.life_ms / 1_000
    }

    /// Begins a session and ends the one that `before` names; the new cookie's value, which is not kept.
    pub fn begin(
        &self,
        beginning: Beginning,
        before: Option<&str>,
        now_ms: u64,
    ) -> io::Result<(String, Session)> {
        let value = hex::encode(random());
        let session = Session {
            digest: Digest::of(value.as_bytes()),
            id: hex::encode(&random()[..8]),
            signer: beginning.signer,
            how: beginning.how,
            device: beginning.device,
            address: beginning.address,
            created_ms: now_ms,
            seen_ms: now_ms,
            ends_ms: now_ms.saturating_add(self.life_ms),
        };
        let mut kept = self.lock();
        let before = before.map(|value| Digest::of(value.as_bytes()));
        kept.sessions.retain(|own| {
            self.holds(own, now_ms)
                && before
                    .as_ref()
                    .is_none_or(|digest| !same(digest, &own.digest))
        });
        let mine = |own: &Session| own.signer == session.signer;
        if kept.sessions.iter().filter(|own| mine(own)).count() >= EACH_MAX {
            drop_idle(&mut kept.sessions, mine);
        }
        if kept.sessions.len() >= ALL_MAX {
            drop_idle(&mut kept.sessions, |_| true);
        }
        kept.sessions.push(session.clone());
        self.write(&mut kept, now_ms)?;
        Ok((value, session))
    }

    /// The session that a cookie's value names, unless it is unknown or has ended; it counts as used now.
    pub fn find(&self, value: &str, now_ms: u64) -> Option<Session> {
        let digest = Digest::of(value.as_bytes());
        let mut kept = self.lock();
        let place = kept
            .sessions
            .iter()
            .position(|own| same(&own.digest, &digest))?;
        if !self.holds(&kept.sessions[place], now_ms) {
            kept.sessions.remove(place);
            return None;
        }
        kept.sessions[place].seen_ms = now_ms;
        let found = kept.sessions[place].clone();
        if now_ms.saturating_sub(kept.written_ms) >= WRITE_EVERY_MS
            && let Err(error) = self.write(&mut kept, now_ms)
        {
            tracing::warn!(%error, "when sessions were last used cannot be written");
        }
        Some(found)
    }

    /// Whether the session called `id` goes on; to ask is not to use it.
    pub fn lives(&self, id: &str, now_ms: u64) -> bool {
        let kept = self.lock();
        let own = kept.sessions.iter().find(|own| own.id == id);
        own.is_some_and(|own| self.holds(own, now_ms))
    }

    /// The sessions of `signer`, the one used last first.
    pub fn of(&self, signer: &Did, now_ms: u64) -> Vec<Session> {
        let kept = self.lock();
        let own = kept
            .sessions
            .iter()
            .filter(|own| own.signer == *signer && self.holds(own, now_ms));
        let mut found: Vec<Session> = own.cloned().collect();
        found.sort_by_key(|own| std::cmp::Reverse(own.seen_ms));
        found
    }

    /// Ends the sessions for which `ends` says so; how many.
    pub fn end(&self, ends: impl Fn(&Session) -> bool, now_ms: u64) -> io::Result<usize> {
        let mut kept = self.lock();
        let before = kept.sessions.len();
        kept.sessions.retain(|own| !ends(own));
        let ended = before - kept.sessions.len();
        if ended > 0 {
            self.write(&mut kept, now_ms)?;
        }
        Ok(ended)
    }

    fn holds(&self, session: &Session, now_ms: u64) -> bool {
        now_ms < session.ends_ms && now_ms.saturating_sub(session.seen_ms) < self.idle_ms
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, kept: &mut Kept, now_ms: u64) -> io::Result<()> {
        kept.written_ms = now_ms;
        write_private(&self.path, &serde_json::to_vec(&kept.sessions)?)
    }
}

fn load(path: &Path) -> io::Result<Vec<Session>> {
    match fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn drop_idle(sessions: &mut Vec<Session>, among: impl Fn(&Session) -> bool) {
    let candidates = sessions.iter().enumerate().filter(|(_, own)| among(own));
    if let Some((place, _)) = candidates.min_by_key(|(_, own)| own.seen_ms) {
        sessions.remove(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000;

    fn config() -> SignInConfig {
        SignInConfig {
            idle_minutes: 10,
            session_hours: 1,
            ..SignInConfig::default()
        }
    }

    fn officer() -> Beginning {
        Beginning {
            signer: "did:convoy:officer".parse().unwrap(),
            how: How::Passkey,
            device: "test".into(),
            address: "127.0.0.1".into(),
        }
    }

    #[test]
    fn a_session_ends_by_idleness_and_by_age_whatever_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = Sessions::new(folder.path(), &config());
        let (value, _) = sessions.begin(officer(), None, 0).unwrap();
        assert!(sessions.find(&value, 9 * MINUTE).is_some());
        assert!(sessions.find(&value, 18 * MINUTE).is_some(), "use keeps it");
        assert!(sessions.find(&value, 28 * MINUTE).is_none(), "idle");
        let (value, _) = sessions.begin(officer(), None, 0).unwrap();
        for minute in (5..60).step_by(5) {
            assert!(sessions.find(&value, minute * MINUTE).is_some());
        }
        assert!(sessions.find(&value, 60 * MINUTE).is_none(), "too old");
    }

    #[test]
    fn a_session_survives_a_restart_and_its_id_is_nowhere_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let (value, _) = Sessions::new(folder.path(), &config())
            .begin(officer(), None, 0)
            .unwrap();
        let again = Sessions::new(folder.path(), &config());
        assert!(again.find(&value, MINUTE).is_some());
        let kept = fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert!(!kept.contains(&value));
        fs::write(folder.path().join(FILE), "{").unwrap();
        assert!(
            Sessions::new(folder.path(), &config())
                .find(&value, MINUTE)
                .is_none()
        );
    }

    #[test]
    fn signing_in_again_ends_the_session_before_and_the_idlest_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = Sessions::new(folder.path(), &config());
        let (first, _) = sessions.begin(officer(), None, 0).unwrap();
        let (second, _) = sessions.begin(officer(), Some(&first), 1).unwrap();
        assert!(sessions.find(&first, 2).is_none() && sessions.find(&second, 2).is_some());
        for at in 3..=2 + EACH_MAX as u64 {
            sessions.begin(officer(), None, at).unwrap();
        }
        assert_eq!(sessions.of(&officer().signer, 100).len(), EACH_MAX);
        assert!(sessions.find(&second, 100).is_none());
    }
}
