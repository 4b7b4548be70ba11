//! Executing one block.
//!
//! Flow of [`Execution::run`]: name the state that everything will probably need; check the
//! signatures not yet checked, in one batch; fire due timers; run the statements in order; cut the
//! changed records into cells. Wherever state is missing it returns [`Step::NeedKeys`] with the
//! missing keys of the whole rest of the block, and goes on from there when called again.
//!
//! A statement that may not be part of a block at all (wrong signature, out of sequence, expired)
//! is left out by a proposer and makes the block wrong for a verifier. A statement that a module
//! refuses is part of the block, with its refusal, and uses up its sequence number.

mod signers;
mod statements;
mod timers;

use crate::{
    FIRST_PROTOCOL, Ledger,
    by_key::ByKey,
    context::{Base, BaseRecord, BlockFacts, Halt, Missing, Reader, StatementFacts, Writes},
    module::{Decoded, Trigger},
    named::Named,
    output::{self, Event, Outcome, Output, SkipReason, Tip},
    prepared::Prepared,
    reject::Reject,
    standing::{SignatureCheck, Standing},
    state::{self, Cell, CounterKey, Record, StateKey},
    timer::{self, Cursor, Page},
};
use convoy_types::{Did, StatementId, limits::BLOCK_KEYS_MAX, log::BlockLog};
use std::sync::Arc;

/// Whether the block is being made or checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Statements that cannot be part of the block are left out.
    Propose,
    /// One such statement makes the block wrong.
    Verify,
}

/// What an execution wants or gives.
pub enum Step {
    /// Load these and call again.
    NeedKeys {
        /// Cells of the state.
        state: Vec<StateKey>,
        /// Lane counters.
        counters: Vec<CounterKey>,
    },
    /// The block breaks a rule, named in plain words.
    Invalid(String),
    /// Done.
    Done(Box<Output>),
}

/// What looking up signers wants or gives.
pub enum Standings {
    /// Load these and call again.
    NeedKeys {
        /// Cells of the state.
        state: Vec<StateKey>,
        /// Lane counters.
        counters: Vec<CounterKey>,
    },
    /// For each statement its signer's standing, or why it may not be part of a block.
    Done(Vec<Result<Standing, Reject>>),
}

/// Where an execution stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Prefetch,
    Signatures,
    Timers,
    Decree,
    Genesis,
    Statements(usize),
    Finish,
}

/// The execution of one block.
pub struct Execution {
    ledger: Ledger,
    mode: Mode,
    block: BlockFacts,
    statements: Vec<Arc<Prepared>>,
    phase: Phase,
    base: Base,
    named: Named,
    /// Cells of records that have more than one.
    parts: ByKey<StateKey, Option<Cell>>,
    /// Cells behind the first of a record that were asked for.
    later_parts: ByKey<StateKey, ()>,
    counters: ByKey<CounterKey, u64>,
    counter_writes: ByKey<CounterKey, u64>,
    writes: Writes,
    /// For each statement its signer's standing before the block, where there is one.
    standings: Vec<Option<Standing>>,
    /// For each statement: unusable, with the reason, or not.
    unusable: Vec<Option<Reject>>,
    included: Vec<usize>,
    skipped: Vec<SkipReason>,
    outcomes: Vec<Outcome>,
    events: Vec<Event>,
    unsigned_events: usize,
    genesis: Vec<(usize, Decoded)>,
    decree: Option<(usize, Vec<u8>)>,
    /// How often statements missed state so far.
    rounds: usize,
    /// The statement that missed some last, and `rounds` when it was first tried.
    slow: (usize, usize),
}

impl Execution {
    /// Prepares to execute `statements` at `time_ms` on the state behind `parent`.
    pub fn new(
        ledger: Ledger,
        mode: Mode,
        parent: Tip,
        time_ms: u64,
        statements: Vec<Arc<Prepared>>,
    ) -> Self {
        let block = BlockFacts {
            height: parent.height + 1,
            time_ms,
            protocol_version: FIRST_PROTOCOL,
        };
        Self {
            standings: Vec::new(),
            unusable: vec![None; statements.len()],
            named: Named::new(ledger.compartment.clone()),
            ledger,
            mode,
            block,
            statements,
            phase: Phase::Prefetch,
            base: Base::new(block),
            parts: ByKey::new(block),
            later_parts: ByKey::new(block),
            counters: ByKey::new(block),
            counter_writes: ByKey::new(block),
            writes: Writes::new(block),
            included: Vec::new(),
            skipped: Vec::new(),
            outcomes: Vec::new(),
            events: Vec::new(),
            unsigned_events: 0,
            genesis: Vec::new(),
            decree: None,
            rounds: 0,
            slow: (usize::MAX, 0),
        }
    }

    /// The same under another version of the rules than the first, which must be one that the ledger executes.
    #[must_use]
    pub fn under(mut self, protocol_version: u32) -> Self {
        assert!(
            protocol_version <= self.ledger.newest_protocol,
            "version {protocol_version} of the rules is not known here"
        );
        self.block.protocol_version = protocol_version;
        self
    }

    /// With a decision made outside of the ledger, which `module` carries out before any statement. The caller vouches that it was made.
    ///
    /// # Errors
    /// There is no such module.
    pub fn decreed(mut self, module: &str, body: Vec<u8>) -> Result<Self, String> {
        let place = self.ledger.registry.position(module);
        let place = place.ok_or_else(|| format!("there is no module `{module}`"))?;
        self.decree = Some((place, body));
        Ok(self)
    }

    /// Prepares to found a ledger at `time_ms` by the actions of its genesis document, which nobody signs.
    pub(crate) fn founding(
        ledger: Ledger,
        time_ms: u64,
        founder: &Did,
        actions: Vec<(usize, Decoded)>,
    ) -> Self {
        let mut execution = Self::new(
            ledger,
            Mode::Verify,
            Tip { height: 0, time_ms },
            time_ms,
            Vec::new(),
        );
        execution.block.height = 0;
        execution.phase = Phase::Genesis;
        // Nothing is there yet, so what the actions will probably read is known to be absent.
        for (module, action) in &actions {
            let (mut keys, ledger) = (Vec::new(), &execution.ledger);
            let module = ledger.registry.module(*module);
            module.likely_keys(&ledger.compartment, founder, action, &mut keys);
            for key in keys {
                execution.base.insert(key, BaseRecord::new(None));
            }
        }
        execution.genesis = actions;
        execution
    }

    /// Hands over a cell as it is before the block; `None` where there is none.
    pub fn supply_cell(&mut self, key: StateKey, cell: Option<Cell>) {
        let alone = cell
            .as_ref()
            .is_none_or(|first| state::cell_count(state::record_length(first)) == 1);
        if alone && !self.later_parts.contains_key(&key) {
            let record = cell.as_ref().and_then(|cell| state::from_cells(&[*cell]));
            self.base.insert(key, BaseRecord::new(record));
        } else {
            self.parts.insert(key, cell);
        }
    }

    /// Hands over a lane counter as it is before the block; a lane never used stands at 0.
    pub fn supply_counter(&mut self, key: CounterKey, next: Option<u64>) {
        self.counters.insert(key, next.unwrap_or(0));
    }

    /// Goes on until state is missing or the block is done.
    pub fn run(&mut self, signatures: &dyn SignatureCheck) -> Step {
        loop {
            let mut missing = Missing::new();
            let next = match self.phase {
                Phase::Prefetch => match self.check_size() {
                    Ok(()) => self.prefetch(&mut missing),
                    Err(why) => return Step::Invalid(why),
                },
                Phase::Signatures => self.check_signatures(signatures, &mut missing),
                Phase::Timers => self.fire_timers(&mut missing),
                Phase::Decree => match self.run_decree(&mut missing) {
                    Ok(next) => next,
                    Err(why) => return Step::Invalid(why),
                },
                Phase::Genesis => match self.run_genesis(&mut missing) {
                    Ok(next) => next,
                    Err(reject) => return Step::Invalid(reject.to_string()),
                },
                Phase::Statements(from) => match self.run_statements(from, &mut missing) {
                    Ok(next) => next,
                    Err(why) => return Step::Invalid(why),
                },
                Phase::Finish => match self.finish(&mut missing) {
                    Some(output) => return Step::Done(Box::new(output)),
                    None => Phase::Finish,
                },
            };
            self.phase = next;
            if let Some(need) = self.need(missing) {
                return need;
            }
        }
    }

    /// Turns missing records into missing cells, assembling those whose cells are all there.
    fn need(&mut self, mut missing: Missing) -> Option<Step> {
        missing.sort_unstable();
        missing.dedup();
        let mut state = Vec::new();
        for key in missing {
            if !self.base.contains_key(&key) {
                self.assemble(key, &mut state);
            }
        }
        let counters: Vec<CounterKey> = if self.phase == Phase::Signatures {
            let lanes = self.statements.iter().map(|statement| statement.counter());
            let mut unknown: Vec<CounterKey> = lanes
                .filter(|lane| !self.counters.contains_key(lane))
                .collect();
            unknown.sort_unstable();
            unknown.dedup();
            unknown
        } else {
            Vec::new()
        };
        (!state.is_empty() || !counters.is_empty()).then_some(Step::NeedKeys { state, counters })
    }

    fn assemble(&mut self, key: StateKey, wanted: &mut Vec<StateKey>) {
        let Some(Some(first)) = self.parts.get(&key).copied() else {
            wanted.push(key);
            return;
        };
        let count = state::cell_count(state::record_length(&first));
        let mut cells = vec![first];
        for index in 1..count {
            let part = key.cell(index);
            match self.parts.get(&part) {
                None => {
                    self.later_parts.insert(part, ());
                    wanted.push(part);
                }
                Some(cell) => cells.extend(*cell),
            }
        }
        if cells.len() == count as usize {
            self.base
                .insert(key, BaseRecord::new(state::from_cells(&cells)));
        } else {
            assert!(
                (1..count).any(|index| !self.parts.contains_key(&key.cell(index))),
                "a stored record lacks a cell"
            );
        }
    }

    /// The limit that the proposer's choice has to keep.
    fn check_size(&self) -> Result<(), String> {
        let keys: usize = self.statements.iter().map(|one| one.keys_named()).sum();
        if self.statements.len() > 1 && keys > BLOCK_KEYS_MAX {
            return Err(format!(
                "its statements name {keys} state keys; a block takes {BLOCK_KEYS_MAX}"
            ));
        }
        Ok(())
    }

    fn prefetch(&mut self, missing: &mut Missing) -> Phase {
        missing.extend(
            self.statements
                .iter()
                .flat_map(|statement| statement.likely.iter().copied()),
        );
        if let Some(guard) = self.ledger.registry.guard() {
            missing.extend(guard.likely_keys(&self.ledger.compartment));
        }
        missing.push(self.key_of::<Cursor>(timer::CURSOR_KEY));
        missing
            .push(self.key_of::<Page>(&timer::page_key(self.block.time_ms / timer::BUCKET_MS, 0)));
        self.base.reserve(missing.len());
        Phase::Signatures
    }

    fn key_of<R: Record>(&self, key: &[u8]) -> StateKey {
        self.named.key(R::TABLE, key)
    }

    fn reader<'a>(
        &'a self,
        statement: Option<StatementFacts>,
        standing: Option<&'a Standing>,
        writes: &'a mut Writes,
        missing: &'a mut Missing,
    ) -> Reader<'a> {
        Reader {
            named: &self.named,
            block: self.block,
            statement,
            standing,
            base: &self.base,
            block_writes: &self.writes,
            writes,
            missing,
        }
    }

    /// Runs the genesis document's actions as one attempt.
    fn run_genesis(&mut self, missing: &mut Missing) -> Result<Phase, Reject> {
        let (mut writes, mut said) = (Writes::new(self.block), Vec::new());
        let registry = &self.ledger.registry;
        for (module, action) in &self.genesis {
            let mut reader = self.reader(None, None, &mut writes, missing);
            let done = registry
                .plan(&mut reader, *module, Trigger::Action(action), Vec::new())
                .and_then(|planned| registry.apply(&mut reader, &planned, &mut said));
            match done {
                Ok(()) => {}
                Err(Halt::NeedKeys) => return Ok(Phase::Genesis),
                Err(Halt::Reject(reject)) => return Err(reject),
            }
        }
        self.writes = writes;
        self.take_unsigned_events(said);
        Ok(Phase::Finish)
    }

    /// Carries out the decision made outside, behind the timers.
    fn run_decree(&mut self, missing: &mut Missing) -> Result<Phase, String> {
        let Some((module, body)) = &self.decree else {
            return Ok(Phase::Statements(0));
        };
        let (mut writes, mut said) = (Writes::new(self.block), Vec::new());
        let registry = &self.ledger.registry;
        let mut reader = self.reader(None, None, &mut writes, missing);
        let done = registry
            .plan(&mut reader, *module, Trigger::Decree(body), Vec::new())
            .and_then(|planned| registry.apply(&mut reader, &planned, &mut said));
        match done {
            Ok(()) => {}
            Err(Halt::NeedKeys) => return Ok(Phase::Decree),
            Err(Halt::Reject(reject)) => return Err(reject.to_string()),
        }
        self.writes.absorb(writes);
        self.events
            .extend(said.into_iter().map(|(module, body)| Event {
                statement: None,
                module,
                body,
            }));
        self.unsigned_events = self.events.len();
        Ok(Phase::Statements(0))
    }

    fn take_unsigned_events(&mut self, said: Vec<(&'static str, Vec<u8>)>) {
        self.events = said
            .into_iter()
            .map(|(module, body)| Event {
                statement: None,
                module,
                body,
            })
            .collect();
        self.unsigned_events = self.events.len();
    }

    /// Cuts changed records into cells and computes the roots; `None` when state is missing.
    fn finish(&mut self, missing: &mut Missing) -> Option<Output> {
        missing.extend(self.writes.keys_beside(&self.base));
        if !missing.is_empty() {
            return None;
        }
        let mut state_writes = Vec::with_capacity(self.writes.len());
        for (key, record) in self.writes.sorted() {
            let before = self
                .base
                .get(&key)
                .and_then(|record| record.bytes.as_deref());
            let after = record.as_ref().map(|record| record.encode());
            if before == after.as_deref() {
                continue;
            }
            let old_count = before.map_or(0, |bytes| state::cell_count(bytes.len()));
            let cells = after.as_deref().map(state::to_cells).unwrap_or_default();
            for index in (cells.len() as u32)..old_count {
                state_writes.push((key.cell(index), None));
            }
            for (index, cell) in (0u32..).zip(cells) {
                state_writes.push((key.cell(index), Some(cell)));
            }
        }
        // Cells behind the first of a record have keys of their own.
        if !state_writes.is_sorted_by_key(|(key, _)| *key) {
            state_writes.sort_by_cached_key(|(key, _)| *key);
        }
        Some(self.output(state_writes))
    }

    fn output(&mut self, state_writes: Vec<(StateKey, Option<Cell>)>) -> Output {
        let included: Vec<Arc<Prepared>> = self
            .included
            .iter()
            .map(|index| Arc::clone(&self.statements[*index]))
            .collect();
        let outcomes = std::mem::take(&mut self.outcomes);
        let events = std::mem::take(&mut self.events);
        let unsigned_events = output::events_digest(events[..self.unsigned_events].iter());
        let outcomes_root = output::outcomes_root(&outcomes, &unsigned_events);
        let ids: Vec<StatementId> = included.iter().map(|statement| statement.id()).collect();
        let mut log = BlockLog::new();
        for outcome in &outcomes {
            log.push(outcome.statement, outcome.reject.is_none());
        }
        Output {
            statements_root: output::statements_root(&ids),
            included,
            places: std::mem::take(&mut self.included),
            skipped: std::mem::take(&mut self.skipped),
            outcomes,
            events,
            state_writes,
            counter_writes: self
                .counter_writes
                .sorted()
                .into_iter()
                .map(|(key, next)| (key, *next))
                .collect(),
            outcomes_root,
            log,
        }
    }
}
