//! A core small enough to see through: each statement writes its id under a key made of its bytes and
//! counts how often it was seen. Its "log" is a hash chain whose right edge is its head. A statement made by [`change`]
//! changes the validators.

use super::cluster::seats;
use crate::engine::contract::{
    BlockContext, CELL_BYTES, Cell, Core, Execution, Fault, Genesis, Hash, Output, Purpose,
    Statement, Step, Tip, Validator,
};
use bytes::Bytes;
use commonware_cryptography::{Signer as _, ed25519::PrivateKey};
use sha2::{Digest as _, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// The key that a statement writes.
pub fn key_of(bytes: &[u8]) -> Hash {
    Sha256::new()
        .chain_update(b"key")
        .chain_update(bytes)
        .finalize()
        .into()
}

fn root_of(ids: &[Hash]) -> Hash {
    Sha256::digest(ids.concat()).into()
}

const CHANGE: &[u8] = b"change the validators ";
/// Where the change that comes is kept: its height, then the seeds of the keys.
const DUE: Hash = [9; 32];

/// The two cells of a record that every block with statements writes: both hold its height.
pub const LONG: [Hash; 2] = [[10; 32], [11; 32]];

/// A statement by which, `after` blocks later, the keys made from these seeds validate.
pub fn change(after: u8, seeds: &[u8]) -> Vec<u8> {
    [CHANGE, &[after], seeds].concat()
}

fn due(cell: &Cell, height: u64) -> Option<Arc<[Validator]>> {
    let (at, seeds) = cell.split_first_chunk::<8>()?;
    let count = usize::from(seeds[0]);
    let key = |seed: &u8| PrivateKey::from_seed(u64::from(*seed));
    let keys: Vec<PrivateKey> = seeds[1..=count].iter().map(key).collect();
    (u64::from_be_bytes(*at) == height).then(|| seats(&keys).into())
}

fn planned(height: u64, statement: &[u8]) -> Option<Cell> {
    let (after, seeds) = statement.strip_prefix(CHANGE)?.split_first()?;
    let mut cell: Cell = [0; CELL_BYTES];
    cell[..8].copy_from_slice(&(height + u64::from(*after)).to_be_bytes());
    cell[8] = u8::try_from(seeds.len()).unwrap();
    cell[9..9 + seeds.len()].copy_from_slice(seeds);
    Some(cell)
}

#[derive(Clone)]
pub struct ToyCore;

struct ToyExecution {
    head: Hash,
    size: u64,
    statements: Vec<Statement>,
    height: u64,
    counters: Option<HashMap<Hash, u64>>,
    due: Option<Cell>,
    lie: bool,
}

/// A core that executes as toys do, and perhaps not always faithfully.
pub trait Toy: Send + Sync + 'static {
    /// Called when a block is to be executed; whether the core lies about it.
    fn lies(&self, block: &BlockContext, purpose: Purpose) -> bool;
}

impl Toy for ToyCore {
    fn lies(&self, _: &BlockContext, _: Purpose) -> bool {
        false
    }
}

impl<T: Toy> Core for T {
    fn genesis(&self) -> Genesis {
        Genesis {
            time_ms: 1_000,
            state: vec![([7; 32], [7; CELL_BYTES])],
            log_root: [1; 32],
            log_size: 1,
            frontier: vec![[1; 32]],
            ..Genesis::default()
        }
    }

    fn statements_root(&self) -> fn(&[Hash]) -> Hash {
        root_of
    }

    fn frontier_matches(&self, frontier: &[Hash], log_root: &Hash, _log_size: u64) -> bool {
        frontier == [*log_root]
    }

    fn begin(
        &self,
        block: BlockContext,
        parent: &Tip,
        statements: Vec<Statement>,
        purpose: Purpose,
    ) -> Box<dyn Execution> {
        Box::new(ToyExecution {
            head: parent.header.core.log_root.0,
            size: parent.header.core.log_size,
            statements,
            height: block.height,
            counters: None,
            due: None,
            lie: self.lies(&block, purpose),
        })
    }
}

impl Execution for ToyExecution {
    fn run(&mut self) -> Result<Step, Fault> {
        let keys: Vec<Hash> = self
            .statements
            .iter()
            .map(|statement| key_of(&statement.bytes))
            .collect();
        let Some(counters) = &self.counters else {
            return Ok(Step::NeedKeys {
                state: vec![[7; 32], DUE],
                counters: keys,
            });
        };
        let ids: Vec<Hash> = self
            .statements
            .iter()
            .map(|statement| statement.id)
            .collect();
        let mut output = Output {
            statements_root: root_of(&ids),
            outcomes_root: [2; 32],
            log_root: Sha256::new()
                .chain_update(self.head)
                .chain_update(ids.concat())
                .finalize()
                .into(),
            first_leaf: self.size,
            accepted: ids.len() as u64,
            log_size: self.size + ids.len() as u64 + 1,
            record: Bytes::from(format!("outcomes of {}", self.height)),
            ..Output::default()
        };
        output.frontier = vec![output.log_root];
        let mut counters = counters.clone();
        for (key, id) in keys.iter().zip(&ids) {
            let mut cell: Cell = [0; CELL_BYTES];
            cell[..32].copy_from_slice(id);
            output.state_writes.push((*key, Some(cell)));
            let counter = counters.entry(*key).or_default();
            *counter += 1;
            output.counter_writes.push((*key, *counter));
        }
        output.next_validators = self.due.as_ref().and_then(|cell| due(cell, self.height));
        for statement in &self.statements {
            if let Some(cell) = planned(self.height, &statement.bytes) {
                output.state_writes.push((DUE, Some(cell)));
            }
        }
        if !self.statements.is_empty() {
            let mut cell: Cell = [0; CELL_BYTES];
            cell[..8].copy_from_slice(&self.height.to_be_bytes());
            output
                .state_writes
                .extend(LONG.map(|key| (key, Some(cell))));
        }
        if self.lie {
            output.state_writes.push(([8; 32], Some([8; CELL_BYTES])));
        }
        Ok(Step::Done(Box::new(output)))
    }

    fn supply(&mut self, state: Vec<Option<Cell>>, counters: Vec<Option<u64>>) {
        assert_eq!(
            state[0],
            Some([7; CELL_BYTES]),
            "what genesis holds is there from the first block"
        );
        self.due = state[1];
        let keys = self
            .statements
            .iter()
            .map(|statement| key_of(&statement.bytes));
        let counters = counters.into_iter().map(Option::unwrap_or_default);
        self.counters = Some(keys.zip(counters).collect());
    }
}

/// Gives itself a record in some blocks, and executes the others faithfully.
pub enum Liar {
    /// Those that it proposes.
    Proposing,
    /// The one of this height, whoever proposed it: another build of the program.
    At(u64),
}

/// Honest, and notes the heights of blocks that it executes after they are final.
#[derive(Default)]
pub struct Noting(Mutex<Vec<u64>>);

impl Noting {
    /// The heights noted since it was asked last.
    pub fn take(&self) -> Vec<u64> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Toy for Noting {
    fn lies(&self, block: &BlockContext, purpose: Purpose) -> bool {
        if purpose == Purpose::Replay {
            self.0.lock().unwrap().push(block.height);
        }
        false
    }
}

impl Toy for Liar {
    fn lies(&self, block: &BlockContext, purpose: Purpose) -> bool {
        match self {
            Self::Proposing => purpose == Purpose::Propose,
            Self::At(height) => block.height == *height,
        }
    }
}
