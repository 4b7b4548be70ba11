//! What the members have agreed on for a height, read from the state before the block is executed: whether it is the last one that the present
//! validators certify, and under which version of the rules it is executed.
//!
//! The membership module fixes the height of a change at least ten blocks before, so what the parent's state says is enough: two small
//! records are read with every block, and the set itself at the end of an epoch only.

use crate::engine::contract::{Cell, Fault, Hash, Validator};
use convoy_ledger::{FIRST_PROTOCOL, Record, StateKey, state};
use convoy_modules::membership::types::{ONLY, ProtocolDue, ValidatorSet, ValidatorsDue};
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
        let broken =
            |error: String| Fault::Block(format!("a record of what was agreed on: {error}"));
        let bytes = state::from_cells(&cells).ok_or_else(|| broken("a cell is missing".into()))?;
        let value = cbor::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
        Ok(Some(value))
    }
}

enum Stage {
    Due(Reading, Reading),
    Set(Reading),
    Known(Option<Arc<[Validator]>>),
}

/// Reads under which version of the rules the block of a height is executed, and who validates behind it, if that is somebody else.
pub struct Turn {
    compartment: Compartment,
    height: u64,
    protocol: u32,
    /// Whether a planned set of validators counts.
    change: bool,
    stage: Stage,
}

impl Turn {
    /// Of the block of this height.
    pub fn new(compartment: &Compartment, height: u64) -> Self {
        Self {
            compartment: compartment.clone(),
            height,
            protocol: FIRST_PROTOCOL,
            change: true,
            stage: Stage::Due(
                Reading::of::<ValidatorsDue>(compartment),
                Reading::of::<ProtocolDue>(compartment),
            ),
        }
    }

    /// Of a block behind which nobody else validates, whatever was planned.
    pub fn without_change(compartment: &Compartment, height: u64) -> Self {
        Self {
            change: false,
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
                Stage::Due(due, protocol)
                    if !due.wanted().is_empty() || !protocol.wanted().is_empty() =>
                {
                    return Ok([due.wanted(), protocol.wanted()].concat());
                }
                Stage::Set(reading) if !reading.wanted().is_empty() => {
                    return Ok(reading.wanted());
                }
                Stage::Due(reading, protocol) => {
                    let agreed: Option<ProtocolDue> = protocol.value()?;
                    self.protocol = ProtocolDue::at(agreed.as_ref(), self.height);
                    let due: Option<ValidatorsDue> = reading.value()?;
                    let ends = due.is_some_and(|due| due.last_block == self.height);
                    if self.change && ends {
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
    pub fn supply(&mut self, mut cells: Vec<Option<Cell>>) {
        match &mut self.stage {
            Stage::Due(due, protocol) => {
                let of_protocol = cells.split_off(due.wanted().len().min(cells.len()));
                due.cells.extend(cells);
                protocol.cells.extend(of_protocol);
            }
            Stage::Set(reading) => reading.cells.extend(cells),
            Stage::Known(_) => {}
        }
    }

    /// The version of the rules under which the block is executed.
    pub fn protocol(&self) -> u32 {
        self.protocol
    }

    /// The validators from the next block on, if they change.
    pub fn next_validators(&self) -> Option<Arc<[Validator]>> {
        match &self.stage {
            Stage::Known(next) => next.clone(),
            _ => None,
        }
    }
}
