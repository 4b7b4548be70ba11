//! A state held in memory: for module tests, dry runs and measurements without a disk.

use crate::{
    execution::{Execution, Step},
    output::Output,
    standing::SignatureCheck,
    state::{Cell, CounterKey, StateKey},
};
use std::collections::BTreeMap;

/// Where an execution's caller finds state.
pub trait Store {
    /// The cell under `key`.
    fn cell(&self, key: &StateKey) -> Option<Cell>;
    /// The lane counter under `key`.
    fn counter(&self, key: &CounterKey) -> Option<u64>;
}

/// State in memory.
#[derive(Clone, Default)]
pub struct MemoryStore {
    cells: BTreeMap<StateKey, Cell>,
    counters: BTreeMap<CounterKey, u64>,
}

impl Store for MemoryStore {
    fn cell(&self, key: &StateKey) -> Option<Cell> {
        self.cells.get(key).copied()
    }
    fn counter(&self, key: &CounterKey) -> Option<u64> {
        self.counters.get(key).copied()
    }
}

impl MemoryStore {
    /// Carries out a block's changes.
    pub fn apply(&mut self, output: &Output) {
        for (key, cell) in &output.state_writes {
            match cell {
                Some(cell) => self.cells.insert(*key, *cell),
                None => self.cells.remove(key),
            };
        }
        self.counters.extend(output.counter_writes.iter().copied());
    }

    /// Every cell, by key.
    pub fn cells(&self) -> impl Iterator<Item = (&StateKey, &Cell)> {
        self.cells.iter()
    }
}

/// Runs `execution` to its end on `store`.
///
/// # Errors
/// The rule that the block breaks, in plain words.
pub fn run(
    mut execution: Execution,
    store: &impl Store,
    signatures: &dyn SignatureCheck,
) -> Result<Output, String> {
    loop {
        match execution.run(signatures) {
            Step::NeedKeys { state, counters } => {
                state
                    .into_iter()
                    .for_each(|key| execution.supply_cell(key, store.cell(&key)));
                counters
                    .into_iter()
                    .for_each(|key| execution.supply_counter(key, store.counter(&key)));
            }
            Step::Invalid(why) => return Err(why),
            Step::Done(output) => return Ok(*output),
        }
    }
}
