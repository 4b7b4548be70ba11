//! Whether a block is the last one that the present validators certify, read from the state before it is executed.
//!
//! The membership module fixes the height of a change at least ten blocks before, so what the parent's state says is enough: one small
//! record is read with every block, and the set itself at the end of an epoch only.

use crate::engine::contract::{Cell, Fault, Hash, Validator};
use convoy_ledger::{Record, StateKey, state};
use convoy_modules::membership::types::{ONLY, ValidatorSet, ValidatorsDue};
use convoy_types::{Compartment, cbor};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A record being read, cell by cell.
struct Reading {
    key: StateKey,
    cells: Vec<Option<Cell>>,
}

impl Reading {
    fn of<R: Record>(compartment: &Compartment) -> Self {
        Self {
            key: StateKey::of(compartment, R::TABLE, ONLY),
            cells: Vec::new(),
        }
    }

    /// The cells still needed.
    fn wanted(&self) -> Vec<Hash> {
        let from = self.cells.len() as u32;
        let count = match self.cells.first() {
            None => 1,
            Some(None) => 0,
            Some(Some(first)) => state::cell_count(state::record_length(first)),
        };
        (from..count)
            .map(|index| self.key.cell(index).0.0)
            .collect()
    }

    fn value<T: DeserializeOwned>(&self) -> Result<Option<T>, Fault> {
        let Some(cells) = self.cells.iter().copied().collect::<Option<Vec<Cell>>>() else {
            return Ok(None);
        };
        let broken = |error: String| Fault::Block(format!("a record of validators: {error}"));
        let bytes = state::from_cells(&cells).ok_or_else(|| broken("a cell is missing".into()))?;
        let value = cbor::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
        Ok(Some(value))
    }
}

enum Stage {
    Due(Reading),
    Set(Reading),
    Known(Option<Arc<[Validator]>>),
}

/// Reads who validates behind the block of a height, if that is somebody else.
pub struct Turn {
    compartment: Compartment,
    height: u64,
    stage: Stage,
}

impl Turn {
    /// Of the block of this height.
    pub fn new(compartment: &Compartment, height: u64) -> Self {
        Self {
            compartment: compartment.clone(),
            height,
            stage: Stage::Due(Reading::of::<ValidatorsDue>(compartment)),
        }
    }

    /// Of a block behind which nothing changes, whatever was planned.
    pub fn none(compartment: &Compartment, height: u64) -> Self {
        Self {
            stage: Stage::Known(None),
            ..Self::new(compartment, height)
        }
    }

    /// The cells to [supply](Turn::supply) next; none when it is known.
    ///
    /// # Errors
    /// When a record of the state cannot be read.
    pub fn wanted(&mut self) -> Result<Vec<Hash>, Fault> {
        loop {
            let next = match &self.stage {
                Stage::Known(_) => return Ok(Vec::new()),
                Stage::Due(reading) | Stage::Set(reading) if !reading.wanted().is_empty() => {
                    return Ok(reading.wanted());
                }
                Stage::Due(reading) => {
                    let due: Option<ValidatorsDue> = reading.value()?;
                    if due.is_some_and(|due| due.last_block == self.height) {
                        Stage::Set(Reading::of::<ValidatorSet>(&self.compartment))
                    } else {
                        Stage::Known(None)
                    }
                }
                Stage::Set(reading) => {
                    let set: Option<ValidatorSet> = reading.value()?;
                    let seats = set.and_then(|set| set.next_after(self.height));
                    Stage::Known(seats.map(|seats| {
                        let seats = seats.into_iter();
                        seats
                            .map(|seat| Validator {
                                member: seat.member,
                                key: seat.key.0.0,
                            })
                            .collect()
                    }))
                }
            };
            self.stage = next;
        }
    }

    /// Hands over the cells wanted, in order.
    pub fn supply(&mut self, cells: Vec<Option<Cell>>) {
        if let Stage::Due(reading) | Stage::Set(reading) = &mut self.stage {
            reading.cells.extend(cells);
        }
    }

    /// The validators from the next block on, if they change.
    pub fn next_validators(&self) -> Option<Arc<[Validator]>> {
        match &self.stage {
            Stage::Known(next) => next.clone(),
            _ => None,
        }
    }
}
