//! What became of the statements this node was given, until the read model can tell.
//!
//! Every submission ends in a final state: accepted or refused by the ledger, or failed with a reason
//! here (its deadline passed, its key was revoked meanwhile). What failed here and is sent again waits again. Bounded: the oldest ended are
//! forgotten first, and a statement that ended on the ledger is found in the read model for ever.

use crate::{
    life::{BlockTimes, Passed, Stage, clock_ms},
    traced::Sample,
};
use convoy_ledger::Reject;
use convoy_types::{StatementId, by_digest::ByDigest};
use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// Ended statements that are remembered here.
const ENDED_MAX: usize = 100_000;

/// Where a statement was made final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Height of its block.
    pub height: u64,
    /// Its place in the block, from 0.
    pub index: u32,
    /// Its leaf in the statement log.
    pub leaf: u64,
    /// The block's time, milliseconds since 1970.
    pub time_ms: u64,
}

/// A statement's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Admitted, not in a final block yet.
    Waiting,
    /// Final; `refused` says why it had no effect, if it had none.
    Final {
        /// Where.
        place: Place,
        /// The refusal, if it was refused.
        refused: Option<Box<Reject>>,
    },
    /// It will never be final.
    Failed(Box<Reject>),
}

/// What was known of a statement before it was admitted.
#[derive(Debug)]
pub struct Before(Option<Known>);

#[derive(Debug)]
struct Known {
    state: State,
    watched: Option<watch::Sender<State>>,
    /// When it came in, was admitted and was executed, milliseconds since 1970; 0 where not known.
    times_ms: [u64; 3],
}

/// More than a hundred thousand are kept, in a table that doubles: refusals, which are few, are beside it.
const _: () = assert!(size_of::<Known>() <= 80);

const OWN_STAGES: [Stage; 3] = [Stage::Submit, Stage::Admit, Stage::Verify];

/// The states. Cheap to share.
#[derive(Default)]
pub struct Tracker {
    inner: Mutex<Inner>,
    /// When the last blocks passed the stages behind execution.
    pub blocks: BlockTimes,
    /// Statements that are told to a trace collector.
    pub sample: Sample,
}

#[derive(Default)]
struct Inner {
    known: HashMap<[u8; 32], Known, ByDigest>,
    ended: VecDeque<[u8; 32]>,
}

impl Tracker {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A tracker that also gathers `sample`.
    pub fn with_sample(sample: Sample) -> Self {
        Self {
            sample,
            ..Self::default()
        }
    }

    /// The state of a statement, where it is known here.
    pub fn get(&self, id: &StatementId) -> Option<State> {
        self.lock()
            .known
            .get(&id.0.0)
            .map(|known| known.state.clone())
    }

    /// Whether the statement was submitted here.
    pub fn follows(&self, id: &[u8; 32]) -> bool {
        self.lock().known.contains_key(id)
    }

    /// A statement that came in here at `submitted_ms` waits now, also one that had failed. `None` where it waits or is final already; else what
    /// [`Self::not_admitted`] needs to take this back.
    pub fn admitted(&self, id: &[u8; 32], submitted_ms: u64) -> Option<Before> {
        let mut inner = self.lock();
        let known = inner.known.get(id);
        if known.is_some_and(|known| !matches!(known.state, State::Failed(_))) {
            return None;
        }
        let waits = Known {
            state: State::Waiting,
            watched: None,
            times_ms: [submitted_ms, clock_ms(), 0],
        };
        Some(Before(inner.known.insert(*id, waits)))
    }

    /// A statement was not admitted after all: what was known of it before is so again, unless it has ended meanwhile.
    pub fn not_admitted(&self, id: &[u8; 32], before: Before) {
        let mut inner = self.lock();
        let waiting = inner.known.get(id).map(|known| &known.state) == Some(&State::Waiting);
        match before.0 {
            _ if !waiting => {}
            None => drop(inner.known.remove(id)),
            Some(mut failed) => {
                let since = inner.known.remove(id).and_then(|known| known.watched);
                if let Some(watched) = since {
                    watched.send_replace(failed.state.clone());
                }
                failed.watched = None;
                inner.known.insert(*id, failed);
                inner.end(*id);
            }
        }
    }

    /// A block with these statements was executed.
    pub fn executed(&self, ids: &[[u8; 32]]) {
        let now = clock_ms();
        let mut inner = self.lock();
        for id in ids {
            if let Some(known) = inner
                .known
                .get_mut(id)
                .filter(|known| known.times_ms[2] == 0)
            {
                known.times_ms[2] = now;
            }
        }
    }

    /// The stages that a statement is known to have passed, in order. `place` is where it is final.
    pub fn life(&self, id: &[u8; 32], place: Option<&Place>) -> Vec<Passed> {
        let own = self.lock().known.get(id).map(|known| known.times_ms);
        let mut passed: Vec<Passed> = OWN_STAGES
            .into_iter()
            .zip(own.unwrap_or_default())
            .filter(|(_, time_ms)| *time_ms > 0)
            .map(|(stage, time_ms)| Passed { stage, time_ms })
            .collect();
        if let Some(place) = place {
            passed.push(Passed {
                stage: Stage::Propose,
                time_ms: place.time_ms,
            });
            let behind = [Stage::Commit, Stage::Project, Stage::Prove];
            passed.extend(
                behind
                    .into_iter()
                    .filter_map(|stage| self.blocks.when(stage, place.height)),
            );
        }
        passed.sort_by_key(|passed| passed.stage);
        passed
    }

    /// Sets a state and wakes those who wait for it. An ended statement stays as it ended, unless the
    /// ledger made it final after all.
    pub fn set(&self, id: &[u8; 32], state: State) {
        self.lock().set(*id, state);
    }

    /// A statement that waited will never be final. Kept where this node was asked to follow it.
    pub fn failed(&self, id: &[u8; 32], why: Reject) {
        let mut inner = self.lock();
        if inner.known.contains_key(id) {
            inner.set(*id, State::Failed(why.into()));
        }
    }

    /// Sets the states of a block's statements at once. Only those that this node was asked to follow are kept.
    pub fn finalized(&self, states: impl Iterator<Item = ([u8; 32], State)>) {
        let mut inner = self.lock();
        for (id, state) in states {
            if inner.known.contains_key(&id) {
                inner.set(id, state);
            }
        }
    }

    /// Waits until the statement ends, at most `limit`; gives its state then.
    pub async fn wait(&self, id: &StatementId, limit: Duration) -> Option<State> {
        let mut changes = {
            let mut inner = self.lock();
            let known = inner.known.get_mut(&id.0.0)?;
            if known.state != State::Waiting {
                return Some(known.state.clone());
            }
            known
                .watched
                .get_or_insert_with(|| watch::channel(State::Waiting).0)
                .subscribe()
        };
        let ended =
            tokio::time::timeout(limit, changes.wait_for(|state| *state != State::Waiting)).await;
        match ended {
            Ok(Ok(state)) => Some(state.clone()),
            _ => self.get(id),
        }
    }
}

impl Inner {
    fn set(&mut self, id: [u8; 32], state: State) {
        let known = self.known.entry(id).or_insert(Known {
            state: State::Waiting,
            watched: None,
            times_ms: [0; 3],
        });
        let was_final = matches!(known.state, State::Final { .. });
        if was_final || (known.state != State::Waiting && !matches!(state, State::Final { .. })) {
            return;
        }
        let ends = known.state == State::Waiting && state != State::Waiting;
        known.state = state.clone();
        if let Some(watched) = known.watched.take_if(|_| ends) {
            watched.send_replace(state);
        }
        if ends {
            self.end(id);
        }
    }

    /// Remembers that a statement ended, and forgets the oldest that did. One that failed and waits again is not forgotten; it ends again.
    fn end(&mut self, id: [u8; 32]) {
        self.ended.push_back(id);
        while self.ended.len() > ENDED_MAX {
            let oldest = self.ended.pop_front();
            if let Some(Entry::Occupied(entry)) = oldest.map(|oldest| self.known.entry(oldest))
                && entry.get().state != State::Waiting
            {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
#[path = "tracker_tests.rs"]
mod tests;
