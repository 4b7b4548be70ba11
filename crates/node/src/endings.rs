//! Which keys of this member end soon: what the operator is told in time, 60, 30 and 7 days before.
//!
//! Read from the read model, at most once a minute. Nothing stops when a key ends but that key; this is the alarm, not the rule.

use convoy_modules::membership::queries::{KeyEnding, keys_ending};
use convoy_readmodel::ReadModel;
use convoy_types::{Compartment, MemberId};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::{Handle, RuntimeFlavor};

/// Days before a key's end at which alarm is given.
pub const ALARM_DAYS: [u64; 3] = [60, 30, 7];
/// A day, milliseconds.
const DAY_MS: u64 = 24 * 3_600 * 1_000;
/// How long an answer is kept, milliseconds.
const KEPT_MS: u64 = 60_000;

/// The keys that end within 60 days, soonest first.
#[derive(Default)]
pub struct Endings(Mutex<Option<(u64, Arc<[KeyEnding]>)>>);

impl Endings {
    /// As it is at `now_ms`.
    pub fn at(
        &self,
        now_ms: u64,
        (read_model, compartment): (&ReadModel, &Compartment),
        member: &MemberId,
    ) -> Arc<[KeyEnding]> {
        let before = match self.kept_or_due(now_ms) {
            Ok(kept) => return kept,
            Err(before) => before,
        };
        let before_ms = now_ms.saturating_add(ALARM_DAYS[0] * DAY_MS);
        let found = aside(|| {
            read_model.read(compartment, |snapshot| {
                keys_ending(snapshot, member, now_ms, before_ms)
            })
        });
        let endings: Arc<[KeyEnding]> = match found {
            Ok(answer) => answer.value.into(),
            Err(error) => {
                tracing::debug!("the keys that end soon cannot be read: {error}");
                before
            }
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((now_ms, Arc::clone(&endings)));
        endings
    }

    /// The answer that is kept; or, as the error and for one caller, the answer until it has read a new one. Whoever asks meanwhile has the same.
    fn kept_or_due(&self, now_ms: u64) -> Result<Arc<[KeyEnding]>, Arc<[KeyEnding]>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = |at: u64| now_ms.saturating_sub(at) >= KEPT_MS;
        let due = kept.as_ref().is_none_or(|(at, _)| is_due(*at));
        let (at, endings) = kept.get_or_insert_default();
        if !due {
            return Ok(Arc::clone(endings));
        }
        *at = now_ms;
        Err(Arc::clone(endings))
    }
}

/// Reads where a wait for a reader holds up no other task, if the runtime has threads for that. For callers that cannot await.
pub(crate) fn aside<T>(read: impl FnOnce() -> T) -> T {
    let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
    match flavor {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(read),
        _ => read(),
    }
}

/// One sentence for each of the three terms in which keys end.
pub fn notices(endings: &[KeyEnding], now_ms: u64) -> Vec<String> {
    let mut notices = Vec::new();
    let mut before = 0;
    for days in ALARM_DAYS.iter().rev() {
        let until = now_ms.saturating_add(days * DAY_MS);
        let within = endings.iter().filter(|key| key.ends_ms < until).count();
        if within > before {
            let count = within - before;
            let (keys, end) = if count == 1 {
                ("key", "ends")
            } else {
                ("keys", "end")
            };
            let first = &endings[before];
            notices.push(format!(
                "{count} {keys} of this member {end} within {days} days, first key {} of {}: register or rotate in time; nothing else stops",
                first.key_id, first.did
            ));
        }
        before = within;
    }
    notices
}

/// How many end within so many days.
pub fn within(endings: &[KeyEnding], now_ms: u64, days: u64) -> u64 {
    let until = now_ms.saturating_add(days * DAY_MS);
    endings.iter().filter(|key| key.ends_ms < until).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_caller_reads_what_is_due_and_the_others_have_the_answer_before() {
        let endings = Endings::default();
        assert!(endings.kept_or_due(1_000).is_err());
        assert!(endings.kept_or_due(1_001).is_ok());
        assert!(endings.kept_or_due(1_000 + KEPT_MS).is_err());
        assert!(endings.kept_or_due(1_001 + KEPT_MS).is_ok());
    }

    #[test]
    fn keys_are_told_of_in_the_nearest_term_they_end_in() {
        let key = |n: u64, days: u64| KeyEnding {
            did: format!("did:web:est.example:{n}"),
            key_id: format!("{n:016x}"),
            ends_ms: 1_000 + days * DAY_MS,
        };
        let endings = [key(1, 3), key(2, 20), key(3, 25), key(4, 59)];
        let said = notices(&endings, 1_000);
        assert_eq!(said.len(), 3);
        assert!(
            said[0]
                .starts_with("1 key of this member ends within 7 days, first key 0000000000000001")
        );
        assert!(
            said[1].starts_with(
                "2 keys of this member end within 30 days, first key 0000000000000002"
            )
        );
        assert!(said[2].starts_with("1 key of this member ends within 60 days"));
        assert_eq!(within(&endings, 1_000, 30), 3);
        assert!(notices(&endings[3..], 1_000).len() == 1 && notices(&[], 1_000).is_empty());
    }
}
