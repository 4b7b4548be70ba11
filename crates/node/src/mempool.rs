//! Statements that were admitted and wait for a block.
//!
//! Every member has a queue of its own, bounded in count and bytes, and blocks are filled from the
//! queues in turn: a flood from one member fills that member's queue and nobody else's.
//!
//! A lane's statements enter the queue in sequence: one that comes early is parked until those before
//! it are there. What waits too long for a predecessor, or past its `not_after`, is dropped with its
//! reason given to [`Tracker`], so no submission is left without an answer.

use crate::{
    engine::contract::{self, Ancestry, Hash, Waiting},
    tracker::Tracker,
};
use convoy_ledger::{CounterKey, Prepared, Reject, reject};
use convoy_types::{MemberId, by_digest::ByDigest, limits::BLOCK_KEYS_MAX};
use futures::future::BoxFuture;
use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque, btree_map},
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// Lanes without waiting statements that are remembered, so that their counters need not be read again.
const LANES_KEPT_MAX: usize = 100_000;

/// How long a statement may wait before its peers are told again the first time.
pub const TELL_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// With more than this waiting, peers are told again only after [`PATIENCE`] more: what blocks take in their turn is gone by then.
const PATIENT_ABOVE: usize = 2_000;
/// The same for their bytes: a few large statements take blocks as long as many small ones.
const PATIENT_ABOVE_BYTES: usize = 4 << 20;

/// How much longer a statement of a long queue waits before its peers are told again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ids of statements that became final last, so that what peers tell late is not decoded again.
const FINAL_KEPT: usize = 32_768;

/// Block time between two looks for what expired, milliseconds.
const EXPIRE_EVERY_MS: u64 = 1_000;

/// How much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Statements of one member.
    pub member_count: usize,
    /// Bytes of one member's statements as sent. Ready to execute they take about four times as much memory.
    pub member_bytes: usize,
    /// Statements parked in one lane behind a gap.
    pub parked: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            member_count: 50_000,
            member_bytes: 8 << 20,
            parked: 1_024,
        }
    }
}

/// The pool. Cheap to share.
pub struct Mempool {
    bounds: Bounds,
    tracker: Arc<Tracker>,
    inner: Mutex<Inner>,
    grown: Arc<Notify>,
}

#[derive(Default)]
struct Inner {
    arrivals: u64,
    members: BTreeMap<MemberId, Queue>,
    lanes: HashMap<CounterKey, Lane, ByDigest>,
    entries: HashMap<Hash, Entry, ByDigest>,
    waiting: Waiting,
    /// Which member is served first next time.
    turn: usize,
    /// Block time up to which what expired was dropped, milliseconds.
    expired_ms: u64,
    finals: Finals,
}

/// The ids of the last final statements.
#[derive(Default)]
struct Finals {
    known: HashSet<Hash, ByDigest>,
    by_age: VecDeque<Hash>,
}

impl Finals {
    fn add(&mut self, id: Hash) {
        if !self.known.insert(id) {
            return;
        }
        self.by_age.push_back(id);
        if self.by_age.len() > FINAL_KEPT
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

#[derive(Default)]
struct Queue {
    /// By arrival. Statements in blocks under way are not here.
    ready: BTreeMap<u64, Hash>,
    count: usize,
    bytes: usize,
}

/// A lane as this pool sees it: committed, then queued without a gap, then parked.
struct Lane {
    /// The sequence that the state expects next.
    committed: u64,
    /// The sequence behind the last queued one.
    queued: u64,
    /// The lane's statements in this pool by sequence. From `queued` on they are parked.
    held: BTreeMap<u64, Hash>,
}

impl Lane {
    fn parked(&self) -> btree_map::Range<'_, u64, Hash> {
        self.held.range(self.queued..)
    }
}

struct Entry {
    prepared: Arc<Prepared>,
    member: MemberId,
    arrival: u64,
    under_way: bool,
    /// When its peers are told again, and how long after that the next time.
    tell_again: (Instant, Duration),
}

/// What became of an attempt to add.
#[derive(Debug, PartialEq, Eq)]
pub enum Added {
    /// It waits now.
    New,
    /// It waited already.
    Known,
}

impl Mempool {
    /// An empty pool.
    pub fn new(bounds: Bounds, tracker: Arc<Tracker>) -> Self {
        Self {
            bounds,
            tracker,
            inner: Mutex::default(),
            grown: Arc::new(Notify::new()),
        }
    }

    /// How much may wait.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the statement waits or is in a block under way.
    pub fn contains(&self, id: &Hash) -> bool {
        self.lock().entries.contains_key(id)
    }

    /// Whether the statement is one of the last that became final.
    pub fn was_final(&self, id: &Hash) -> bool {
        self.lock().finals.known.contains(id)
    }

    /// How many statements of `member` wait.
    pub fn count_of(&self, member: &MemberId) -> usize {
        self.lock()
            .members
            .get(member)
            .map_or(0, |queue| queue.count)
    }

    /// Statements and bytes that wait, of all members.
    pub fn waiting_now(&self) -> Waiting {
        self.lock().waiting
    }

    /// The next sequence that a new statement of this lane should have, as far as this node knows. What is parked behind a gap does not count:
    /// only a statement in the gap lets it go on.
    pub fn next_sequence(&self, lane: &CounterKey) -> Option<u64> {
        self.lock().lanes.get(lane).map(|lane| lane.queued)
    }

    /// Whether a statement of this lane with this sequence would be the next one, as far as is known here.
    pub fn is_next(&self, lane: &CounterKey, sequence: u64) -> bool {
        self.lock()
            .lanes
            .get(lane)
            .is_some_and(|lane| lane.queued == sequence)
    }

    /// Tells that the state moved a lane on, by statements that may never have been here. What waits for a sequence that is used is dropped.
    pub fn committed(&self, lanes: impl Iterator<Item = (CounterKey, u64)>) {
        let mut inner = self.lock();
        let before = inner.waiting.count;
        for (key, next) in lanes {
            let Some(lane) = inner.lanes.get_mut(&key) else {
                continue;
            };
            lane.committed = lane.committed.max(next);
            lane.queued = lane.queued.max(next);
            let passed: Vec<Hash> = lane
                .held
                .range(..lane.committed)
                .map(|(_, id)| *id)
                .collect();
            for id in passed {
                // A block under way has it: it is given up, or it is the statement's own, about to be final here.
                if inner.entries.get(&id).is_some_and(|entry| !entry.under_way) {
                    inner.drop_alone(&id, &self.tracker, &passed_over());
                }
            }
            inner.unpark(&key);
        }
        if inner.waiting.count > before {
            self.grown.notify_waiters();
        }
        if inner.lanes.len() > LANES_KEPT_MAX {
            inner
                .lanes
                .retain(|_, lane| !lane.held.is_empty() || lane.queued > lane.committed);
        }
    }

    /// Drops a statement that can never be part of a block, for a reason the core gave.
    ///
    /// That its sequence is used says nothing yet while the block that used it is not final: it may be the statement's own block.
    pub fn refuse(&self, id: &Hash, why: &Reject) {
        let mut inner = self.lock();
        if why.rule != reject::SEQUENCE_USED {
            inner.drop_lane_from(id, &self.tracker, why);
        } else if inner.is_passed_over(id) {
            inner.drop_alone(id, &self.tracker, why);
        }
    }

    /// Up to `max` statements that were submitted here and have waited for long, to be sent to the peers again: a leader
    /// that never heard of them waits for its heartbeat. Each time the next is twice as far off, so that a network that
    /// is behind is not held up by repetitions. What came from a peer is for that peer to repeat.
    pub fn overdue(&self, max: usize) -> Vec<bytes::Bytes> {
        let mut inner = self.lock();
        let waiting = inner.waiting;
        let patience = match waiting.count > PATIENT_ABOVE || waiting.bytes > PATIENT_ABOVE_BYTES {
            true => PATIENCE,
            false => Duration::ZERO,
        };
        let (now, mut bytes) = (Instant::now(), Vec::new());
        let Inner {
            members, entries, ..
        } = &mut *inner;
        for queue in members.values() {
            for id in queue.ready.values() {
                let Some(entry) = entries.get_mut(id) else {
                    continue;
                };
                let (at, wait) = entry.tell_again;
                if at + patience > now {
                    match wait == TELL_AGAIN_AFTER {
                        // Those behind it came later and were not told again either.
                        true => break,
                        false => continue,
                    }
                }
                if bytes.len() >= max {
                    return bytes;
                }
                if self.tracker.follows(id) {
                    entry.tell_again = (now + wait * 2, wait * 2);
                    bytes.push(entry.prepared.statement.bytes().clone());
                }
            }
        }
        bytes
    }

    /// Adds admitted statements of one batch. `committed` tells for a lane not seen before which
    /// sequence the state expects.
    pub fn add(
        &self,
        batch: Vec<(MemberId, Arc<Prepared>)>,
        committed: &HashMap<CounterKey, u64>,
    ) -> Vec<Result<Added, Reject>> {
        let mut inner = self.lock();
        let before = inner.waiting.count;
        let results = batch
            .into_iter()
            .map(|(member, prepared)| self.add_one(&mut inner, member, prepared, committed))
            .collect();
        if inner.waiting.count > before {
            self.grown.notify_waiters();
        }
        results
    }

    fn add_one(
        &self,
        inner: &mut Inner,
        member: MemberId,
        prepared: Arc<Prepared>,
        committed: &HashMap<CounterKey, u64>,
    ) -> Result<Added, Reject> {
        let id = prepared.id().0.0;
        if inner.entries.contains_key(&id) {
            return Ok(Added::Known);
        }
        let (sequence, lane_key) = (prepared.statement.content().sequence, prepared.counter());
        let known = committed.get(&lane_key).copied();
        let lane = inner.lanes.entry(lane_key).or_insert_with(|| {
            let committed = known.unwrap_or(0);
            Lane {
                committed,
                queued: committed,
                held: BTreeMap::new(),
            }
        });
        if let Some(known) = known.filter(|known| *known > lane.committed) {
            lane.committed = known;
            lane.queued = lane.queued.max(known);
        }
        if sequence < lane.queued || lane.held.contains_key(&sequence) {
            let reason = format!(
                "sequence {sequence} of this lane is taken; the next is {}",
                lane.queued
            );
            return Err(reject::SEQUENCE_USED.because(reason));
        }
        if sequence > lane.queued && lane.parked().count() >= self.bounds.parked {
            let reason = format!(
                "sequence {sequence} was sent while the next is {}, and too many wait behind the gap",
                lane.queued
            );
            return Err(reject::SEQUENCE_AHEAD.because(reason));
        }
        let bytes = prepared.statement.bytes().len();
        let queue = inner.members.entry(member.clone()).or_default();
        if queue.count >= self.bounds.member_count || queue.bytes + bytes > self.bounds.member_bytes
        {
            let reason = format!(
                "{} statements ({} bytes) of member {member} wait already",
                queue.count, queue.bytes
            );
            return Err(reject::QUEUE_FULL.because(reason));
        }
        queue.count += 1;
        queue.bytes += bytes;
        inner.arrivals += 1;
        let entry = Entry {
            prepared,
            member,
            arrival: inner.arrivals,
            under_way: false,
            tell_again: (Instant::now() + TELL_AGAIN_AFTER, TELL_AGAIN_AFTER),
        };
        inner.entries.insert(id, entry);
        lane.held.insert(sequence, id);
        inner.unpark(&lane_key);
        Ok(Added::New)
    }

    /// Drops what can never execute: past its `not_after`, or passed over in its lane.
    ///
    /// Looks at everything that waits, so it does so once a second of block time.
    pub fn expire(&self, block_time_ms: u64) {
        let mut inner = self.lock();
        if block_time_ms < inner.expired_ms.saturating_add(EXPIRE_EVERY_MS) {
            return;
        }
        inner.expired_ms = block_time_ms;
        let expired: Vec<Hash> = inner
            .entries
            .iter()
            .filter(|(_, entry)| {
                !entry.under_way && entry.prepared.statement.content().not_after_ms < block_time_ms
            })
            .map(|(id, _)| *id)
            .collect();
        for id in expired {
            if inner.is_passed_over(&id) {
                inner.drop_alone(&id, &self.tracker, &passed_over());
                continue;
            }
            let reason = "it did not become final before its not_after";
            inner.drop_lane_from(&id, &self.tracker, &reject::DEADLINE_PASSED.because(reason));
        }
    }
}

/// Why a statement ends for whose sequence another became final.
fn passed_over() -> Reject {
    reject::SEQUENCE_USED.because("another statement of the lane used its sequence")
}

impl Inner {
    /// Moves parked statements that are next in their lane to their member's queue.
    fn unpark(&mut self, lane_key: &CounterKey) {
        let Some(lane) = self.lanes.get_mut(lane_key) else {
            return;
        };
        while let Some(id) = lane.held.get(&lane.queued) {
            lane.queued += 1;
            if let Some(entry) = self.entries.get_mut(id) {
                // A parked statement is ordered by when its lane was complete, behind its predecessors.
                self.arrivals += 1;
                entry.arrival = self.arrivals;
                offer(&mut self.members, &mut self.waiting, entry, *id);
            }
        }
    }

    /// Takes a statement out of the queue of what waits.
    fn unready(&mut self, id: &Hash) {
        let Some(entry) = self.entries.get(id) else {
            return;
        };
        let removed = self
            .members
            .get_mut(&entry.member)
            .and_then(|queue| queue.ready.remove(&entry.arrival));
        if removed.is_some() {
            self.waiting.count -= 1;
            self.waiting.bytes -= entry.prepared.statement.bytes().len();
        }
    }

    fn forget(&mut self, id: &Hash) -> Option<Entry> {
        self.unready(id);
        let entry = self.entries.remove(id)?;
        if let Some(lane) = self.lanes.get_mut(&entry.prepared.counter()) {
            lane.held
                .remove(&entry.prepared.statement.content().sequence);
        }
        if let Some(queue) = self.members.get_mut(&entry.member) {
            queue.count -= 1;
            queue.bytes -= entry.prepared.statement.bytes().len();
            if queue.count == 0 {
                self.members.remove(&entry.member);
            }
        }
        Some(entry)
    }

    /// Whether a final block used this statement's sequence.
    fn is_passed_over(&self, id: &Hash) -> bool {
        self.entries.get(id).is_some_and(|entry| {
            let lane = self.lanes.get(&entry.prepared.counter());
            lane.is_none_or(|lane| entry.prepared.statement.content().sequence < lane.committed)
        })
    }

    /// Drops a statement whose sequence is used; those behind it wait for their turn as before.
    fn drop_alone(&mut self, id: &Hash, tracker: &Tracker, why: &Reject) {
        self.forget(id);
        tracker.failed(id, why.clone());
    }

    /// Drops a statement, and those behind it in its lane, which can no longer be next.
    fn drop_lane_from(&mut self, id: &Hash, tracker: &Tracker, why: &Reject) {
        let Some(entry) = self.entries.get(id) else {
            return;
        };
        let (lane_key, sequence) = (
            entry.prepared.counter(),
            entry.prepared.statement.content().sequence,
        );
        let behind: Vec<Hash> = self.lanes.get(&lane_key).map_or_else(Vec::new, |lane| {
            let later = (Bound::Excluded(sequence), Bound::Unbounded);
            lane.held.range(later).map(|(_, id)| *id).collect()
        });
        self.forget(id);
        tracker.failed(id, why.clone());
        let reason = format!(
            "statement {} before it in the lane was dropped: {}",
            hex::encode(id),
            why.reason
        );
        for later in behind {
            self.forget(&later);
            tracker.failed(&later, reject::SEQUENCE_AHEAD.because(reason.clone()));
        }
        if let Some(lane) = self.lanes.get_mut(&lane_key) {
            lane.queued = lane.queued.min(sequence).max(lane.committed);
        }
    }
}

/// Puts a statement into its member's queue, unless a block under way has it.
fn offer(members: &mut BTreeMap<MemberId, Queue>, waiting: &mut Waiting, entry: &Entry, id: Hash) {
    if entry.under_way {
        return;
    }
    let queue = members.entry(entry.member.clone()).or_default();
    if queue.ready.insert(entry.arrival, id).is_none() {
        waiting.count += 1;
        waiting.bytes += entry.prepared.statement.bytes().len();
    }
}

impl contract::Mempool for Mempool {
    fn waiting(&self) -> Waiting {
        self.lock().waiting
    }

    fn changed(&self) -> BoxFuture<'static, ()> {
        let grown = Arc::clone(&self.grown);
        // Enabled before it is returned, so that what arrives from now on is not missed.
        let mut notified = Box::pin(grown.notified_owned());
        notified.as_mut().enable();
        notified
    }

    fn take(
        &self,
        ancestry: &Ancestry,
        count_max: usize,
        bytes_max: usize,
    ) -> Vec<contract::Statement> {
        let mut inner = self.lock();
        inner.turn = inner.turn.wrapping_add(1);
        let members = inner.members.len();
        if members == 0 {
            return Vec::new();
        }
        let first = inner.turn % members;
        let mut queues: Vec<_> = inner
            .members
            .values()
            .cycle()
            .skip(first)
            .take(members)
            .map(|queue| queue.ready.values())
            .collect();
        let (mut taken, mut bytes, mut keys) = (Vec::new(), 0, 0);
        // One statement of each member in turn. A member whose next does not fit is done for this block,
        // because what follows may be behind it in its lane.
        while !queues.is_empty() && taken.len() < count_max {
            queues.retain_mut(|queue| {
                let Some(entry) = queue.next().and_then(|id| inner.entries.get(id)) else {
                    return false;
                };
                let statement = &entry.prepared.statement;
                let (id, raw) = (statement.id().0.0, statement.bytes());
                if ancestry.contains(&id) {
                    return true;
                }
                let named = entry.prepared.keys_named();
                let too_many_keys = keys + named > BLOCK_KEYS_MAX && !taken.is_empty();
                if taken.len() >= count_max || bytes + raw.len() > bytes_max || too_many_keys {
                    return false;
                }
                bytes += raw.len();
                keys += named;
                taken.push(contract::Statement {
                    id,
                    bytes: raw.clone(),
                });
                true
            });
        }
        taken
    }

    fn included(&self, ids: &[Hash]) {
        self.tracker.executed(ids);
        let mut inner = self.lock();
        for id in ids {
            inner.unready(id);
            if let Some(entry) = inner.entries.get_mut(id) {
                entry.under_way = true;
            }
        }
    }

    fn released(&self, ids: &[Hash]) {
        let mut inner = self.lock();
        for id in ids {
            let Inner {
                members,
                lanes,
                entries,
                waiting,
                ..
            } = &mut *inner;
            let Some(entry) = entries.get_mut(id).filter(|entry| entry.under_way) else {
                continue;
            };
            entry.under_way = false;
            // One that is parked here, because the block brought what this pool lacked, is offered when its turn comes.
            let lane = lanes.get(&entry.prepared.counter());
            let sequence = entry.prepared.statement.content().sequence;
            if lane.is_none_or(|lane| sequence < lane.queued) {
                offer(members, waiting, entry, *id);
            }
        }
        self.grown.notify_waiters();
    }

    fn finalized(&self, _height: u64, ids: &[Hash]) {
        let mut inner = self.lock();
        let before = inner.waiting.count;
        for id in ids {
            inner.finals.add(*id);
            let Some(entry) = inner.forget(id) else {
                continue;
            };
            let lane_key = entry.prepared.counter();
            let next = entry.prepared.statement.content().sequence + 1;
            let Some(lane) = inner.lanes.get_mut(&lane_key) else {
                continue;
            };
            lane.committed = lane.committed.max(next);
            lane.queued = lane.queued.max(next);
            inner.unpark(&lane_key);
        }
        if inner.waiting.count > before {
            self.grown.notify_waiters();
        }
    }

    fn refused(&self, id: &Hash, reason: &str) {
        self.refuse(id, &reject::MALFORMED.because(reason));
    }
}

#[cfg(test)]
#[path = "mempool_tests.rs"]
mod tests;
