//! What was begun and waits for its answer: challenges for passkeys, sign-ins at identity providers.
//!
//! Invariants: each is taken out by the first answer, right or wrong, and void after its time, so that an answer heard by somebody else is
//! worth nothing. In memory: a restart means beginning again. Limit: [`WAITING_MAX`]; the oldest makes room.

use convoy_types::Digest;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// How long an answer may take: people look for their key.
pub const WITHIN_MS: u64 = 300_000;
const WAITING_MAX: usize = 20_000;

/// What was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Signing in by passkey.
    Passkey,
    /// Registering a passkey for whom the code with this digest invites.
    Invited(Digest),
    /// Enrolling whom the code with this digest stands for, under this identifier.
    Enrolling(Digest, convoy_types::Did),
    /// Registering one more passkey for who is signed in.
    Another(convoy_types::Did),
    /// Signing in at a provider.
    Provider {
        /// Its short name.
        provider: String,
        /// SHA-256 of the mark in the browser's cookie.
        browser: Digest,
        /// What the id token must repeat.
        nonce: String,
        /// What proves at the provider that it was us who asked (RFC 7636).
        verifier: String,
        /// The path of the console to go back to.
        back: String,
    },
}

/// What waits, by the digest of its challenge or state.
#[derive(Default)]
pub struct Pending(Mutex<HashMap<Digest, (u64, Begun)>>);

impl Pending {
    /// Something begins under `challenge`.
    pub fn begin(&self, challenge: &str, begun: Begun, now_ms: u64) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= WAITING_MAX {
            waiting.retain(|_, (began_ms, _)| now_ms.saturating_sub(*began_ms) < WITHIN_MS);
        }
        if waiting.len() >= WAITING_MAX
            && let Some(oldest) = waiting.iter().min_by_key(|(_, (began_ms, _))| *began_ms)
        {
            let oldest = *oldest.0;
            waiting.remove(&oldest);
        }
        waiting.insert(Digest::of(challenge.as_bytes()), (now_ms, begun));
    }

    /// What began under `challenge`, which is used up now; `None` where it is unknown, used or too old.
    pub fn take(&self, challenge: &str, now_ms: u64) -> Option<Begun> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (began_ms, begun) = waiting.remove(&Digest::of(challenge.as_bytes()))?;
        (now_ms.saturating_sub(began_ms) < WITHIN_MS).then_some(begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_taken_once_and_in_time() {
        let pending = Pending::default();
        pending.begin("a", Begun::Passkey, 0);
        pending.begin("b", Begun::Passkey, 0);
        assert_eq!(pending.take("a", WITHIN_MS - 1), Some(Begun::Passkey));
        assert_eq!(pending.take("a", 1), None, "used");
        assert_eq!(pending.take("b", WITHIN_MS), None, "too late");
        assert_eq!(pending.take("c", 0), None);
    }

    #[test]
    fn what_waits_has_a_bound_and_the_oldest_makes_room() {
        let pending = Pending::default();
        for place in 0..=WAITING_MAX {
            pending.begin(&place.to_string(), Begun::Passkey, place as u64 / 1_000);
        }
        assert_eq!(pending.0.lock().unwrap().len(), WAITING_MAX);
        assert!(pending.take(&WAITING_MAX.to_string(), 30).is_some());
    }
}
