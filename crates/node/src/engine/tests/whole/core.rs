//! The real core, with a note of what it was asked to execute; and a leader's that lies about what it executed.

use crate::{
    core::LedgerCore,
    engine::contract::{
        BlockContext, CELL_BYTES, Cell, Core, Execution, Fault, Genesis, Hash, Purpose, Statement,
        Step, Tip,
    },
};
use std::sync::{Arc, Mutex};

/// Executions that were begun on a node, also before a crash.
pub type Begun = Arc<Mutex<Vec<(BlockContext, Purpose)>>>;

/// The real core of one node.
pub struct Watched {
    pub core: LedgerCore,
    pub begun: Begun,
    /// Whether it tells the engine something else than what it executed when it leads.
    pub lies: bool,
}

impl Core for Watched {
    fn genesis(&self) -> Genesis {
        self.core.genesis()
    }

    fn statements_root(&self) -> fn(&[Hash]) -> Hash {
        self.core.statements_root()
    }

    fn frontier_matches(&self, frontier: &[Hash], log_root: &Hash, log_size: u64) -> bool {
        self.core.frontier_matches(frontier, log_root, log_size)
    }

    fn begin(
        &self,
        block: BlockContext,
        parent: &Tip,
        statements: Vec<Statement>,
        purpose: Purpose,
    ) -> Box<dyn Execution> {
        self.begun.lock().unwrap().push((block, purpose));
        let execution = self.core.begin(block, parent, statements, purpose);
        match self.lies && purpose == Purpose::Propose {
            true => Box::new(Lie {
                execution,
                height: block.height,
            }),
            false => execution,
        }
    }
}

/// An execution whose result is falsified.
struct Lie {
    execution: Box<dyn Execution>,
    height: u64,
}

impl Execution for Lie {
    fn run(&mut self) -> Result<Step, Fault> {
        let mut step = self.execution.run()?;
        if let Step::Done(output) = &mut step {
            match self.height % 3 {
                0 => output.state_writes.push(([8; 32], Some([8; CELL_BYTES]))),
                1 => output.counter_writes.push(([8; 32], 8)),
                _ => output.outcomes_root[0] ^= 1,
            }
        }
        Ok(step)
    }

    fn supply(&mut self, state: Vec<Option<Cell>>, counters: Vec<Option<u64>>) {
        self.execution.supply(state, counters);
    }
}
