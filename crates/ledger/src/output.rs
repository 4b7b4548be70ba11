//! What executing a block gives: changed state, outcomes, events and log entries.

use crate::{
    prepared::Prepared,
    reject::Reject,
    state::{Cell, CounterKey, StateKey},
};
use convoy_types::{
    Digest, MemberId, StatementId, cbor,
    log::{self, BlockLog},
};
use std::sync::Arc;

/// The version of the committed outcome and summary formats.
const FORMAT_VERSION: u8 = 1;

/// The height and time that a block builds on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Height of the parent.
    pub height: u64,
    /// Time of the parent, milliseconds.
    pub time_ms: u64,
}

/// What a module said happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The statement's place in the block; `None` where a timer fired.
    pub statement: Option<u32>,
    /// The module that said it.
    pub module: &'static str,
    /// The module's event, deterministic CBOR.
    pub body: Vec<u8>,
}

/// What became of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Which statement.
    pub statement: StatementId,
    /// The member that its signer acted for. Not committed: it follows from the state.
    pub member: MemberId,
    /// `None` when it was accepted.
    pub reject: Option<Reject>,
    /// Digest of its events.
    pub events: Digest,
}

impl Outcome {
    /// The refusal's number; 0 when accepted.
    pub fn number(&self) -> u16 {
        self.reject.as_ref().map_or(0, |reject| reject.rule.number)
    }

    /// The bytes committed in the outcomes tree: `[version, statement id, number, events digest]`.
    pub fn leaf(&self) -> Vec<u8> {
        outcome_leaf(&self.statement, self.number(), &self.events)
    }
}

/// The bytes committed for an outcome: the CBOR array `[version, statement id, number, events digest]`.
pub fn outcome_leaf(statement: &StatementId, number: u16, events: &Digest) -> Vec<u8> {
    cbor::to_vec(&(FORMAT_VERSION, statement, number, events))
}

/// Why a proposer left a statement out of a block; it may come back later if the reason can pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkipReason {
    /// Where it stands among the statements offered.
    pub place: usize,
    /// Which statement.
    pub statement: StatementId,
    /// Why it cannot be part of this block.
    pub reject: Reject,
}

/// The result of executing a block.
pub struct Output {
    /// The statements that are part of the block, in order.
    pub included: Vec<Arc<Prepared>>,
    /// Where each of them stands among the statements offered.
    pub places: Vec<usize>,
    /// Statements a proposer was offered that cannot be part of the block.
    pub skipped: Vec<SkipReason>,
    /// One for each included statement, in order.
    pub outcomes: Vec<Outcome>,
    /// In order of execution.
    pub events: Vec<Event>,
    /// Changed cells by key, `None` where deleted.
    pub state_writes: Vec<(StateKey, Option<Cell>)>,
    /// Changed lane counters by key.
    pub counter_writes: Vec<(CounterKey, u64)>,
    /// Root of the tree over the included statements' ids.
    pub statements_root: Digest,
    /// Root of the tree over the outcomes, then the digest of the timers' events.
    pub outcomes_root: Digest,
    /// What the statement log grows by, before the block's summary.
    pub log: BlockLog,
}

/// The root over a block's statement ids (RFC 9162 tree).
pub fn statements_root<'a>(ids: impl IntoIterator<Item = &'a StatementId>) -> Digest {
    log::root_of(ids.into_iter().map(|id| &id.0))
}

/// The root over the digests of the outcomes' leaves, then the digest of the timers' events (RFC 9162 tree).
pub fn outcomes_root(outcomes: &[Outcome], timer_events: &Digest) -> Digest {
    let leaves: Vec<Digest> = outcomes
        .iter()
        .map(|outcome| Digest::of(&outcome.leaf()))
        .collect();
    log::root_of(leaves.iter().chain([timer_events]))
}

/// The digest of the events of one statement, or of the timers.
pub fn events_digest<'a>(events: impl Iterator<Item = &'a Event>) -> Digest {
    let list: Vec<(&str, &serde_bytes::Bytes)> = events
        .map(|event| (event.module, serde_bytes::Bytes::new(&event.body)))
        .collect();
    if list.is_empty() {
        Digest::ZERO
    } else {
        Digest::of(&cbor::to_vec(&list))
    }
}
