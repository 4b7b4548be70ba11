//! The ledger as the engine's [`Core`](contract::Core): turns statement bytes into prepared statements, and outputs
//! into header roots.
//!
//! A statement is prepared once per node: the [`Preparer`] remembers those that are in the mempool or
//! in a block under way, by id.

use crate::{
    engine::contract::{self, BlockContext, Cell, Fault, Genesis, Hash, Purpose, Step, Tip},
    mempool::Mempool,
    record::BlockRecord,
    turn::Turn,
};
use convoy_ledger::{
    CounterKey, Execution, Ledger, Mode, Prepared, Record as _, Reject, SignatureCheck, StateKey,
    reject, state,
};
use convoy_modules::membership::{
    self,
    refounding::{RefoundedSeat, Refounding},
    types::{ONLY, TreeHeadsDigest, ValidatorKey},
};
use convoy_types::{
    Compartment, Digest, Statement, StatementBytes,
    by_digest::ByDigest,
    cbor,
    cose::{Check, PublicKey, verify_batch},
    log::{self, Frontier},
    receipt::recovery::{NextValidator, RecoveryDocument},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

/// Prepares statements, each once while anybody holds it.
pub struct Preparer {
    ledger: Ledger,
    known: Mutex<HashMap<Hash, Weak<Prepared>, ByDigest>>,
}

impl Preparer {
    /// A preparer for `ledger`.
    pub fn new(ledger: Ledger) -> Self {
        Self {
            ledger,
            known: Mutex::default(),
        }
    }

    /// The ledger whose rules are used.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Decodes and prepares a statement that came from outside.
    pub fn prepare(&self, bytes: StatementBytes) -> Result<Arc<Prepared>, Reject> {
        let statement = Statement::decode_named(bytes)
            .map_err(|error| reject::MALFORMED.because(error.to_string()))?;
        let prepared = Arc::new(self.ledger.prepare(statement)?);
        Ok(self.remember(prepared))
    }

    /// The statement with `id`, if it was prepared before and somebody still holds it.
    pub fn known(&self, id: &Hash) -> Option<Arc<Prepared>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(id).and_then(Weak::upgrade)
    }

    /// The statement with `id`, prepared before or now.
    fn of_block(&self, statement: &contract::Statement) -> Result<Arc<Prepared>, Reject> {
        self.known(&statement.id).map_or_else(
            || self.prepare(StatementBytes::of(statement.bytes.clone())),
            Ok,
        )
    }

    /// The statement that everybody here shares: the one that somebody holds already, or else this one.
    fn remember(&self, prepared: Arc<Prepared>) -> Arc<Prepared> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= 4_096 && known.len() == known.capacity() {
            known.retain(|_, weak| weak.strong_count() > 0);
        }
        let place = known.entry(prepared.id().0.0).or_default();
        if let Some(before) = place.upgrade() {
            return before;
        }
        *place = Arc::downgrade(&prepared);
        prepared
    }
}

/// Checks signatures in batches.
pub struct BatchCheck;

impl SignatureCheck for BatchCheck {
    fn check(&self, signed: &[(&PublicKey, &Statement)]) -> Vec<bool> {
        let messages: Vec<Vec<u8>> = signed
            .iter()
            .map(|(_, statement)| statement.signed_bytes())
            .collect();
        let checks: Vec<Check<'_>> = signed
            .iter()
            .zip(&messages)
            .map(|((key, statement), message)| Check {
                key,
                message,
                signature: statement.signature(),
            })
            .collect();
        let verdicts = verify_batch(&checks);
        signed
            .iter()
            .zip(verdicts)
            .map(|((key, statement), verdict)| verdict.is_ok() && statement.check_key(key).is_ok())
            .collect()
    }
}

/// For blocks that the network finalized: their signatures were checked before the votes.
struct AlreadyFinal;

impl SignatureCheck for AlreadyFinal {
    fn check(&self, signed: &[(&PublicKey, &Statement)]) -> Vec<bool> {
        vec![true; signed.len()]
    }
}

/// The engine's core over one ledger.
pub struct LedgerCore {
    preparer: Arc<Preparer>,
    mempool: Arc<Mempool>,
    genesis: Genesis,
}

impl LedgerCore {
    /// A core that starts from `genesis`.
    pub fn new(preparer: Arc<Preparer>, mempool: Arc<Mempool>, genesis: Genesis) -> Self {
        Self {
            preparer,
            mempool,
            genesis,
        }
    }

    /// The execution of a block of `statements` that has not begun.
    fn start(
        &self,
        (block, parent, purpose): (BlockContext, &Tip, Purpose),
        turn: Turn,
        statements: Vec<contract::Statement>,
    ) -> Run {
        Run {
            preparer: Arc::clone(&self.preparer),
            mempool: Arc::clone(&self.mempool),
            block,
            parent: parent.clone(),
            purpose,
            turn,
            turning: true,
            decree: None,
            state: State::New(statements),
        }
    }
}

/// The frontier as the engine carries it.
pub fn peaks(frontier: &Frontier) -> Vec<Hash> {
    frontier.peaks().iter().map(|peak| peak.0).collect()
}

fn frontier(peaks: &[Hash], size: u64) -> Option<Frontier> {
    Frontier::from_peaks(size, peaks.iter().copied().map(Digest).collect())
}

impl contract::Core for LedgerCore {
    fn genesis(&self) -> Genesis {
        self.genesis.clone()
    }

    fn statements_root(&self) -> fn(&[Hash]) -> Hash {
        |ids| {
            let ids: Vec<Digest> = ids.iter().copied().map(Digest).collect();
            log::root_of(&ids).0
        }
    }

    fn frontier_matches(&self, peaks: &[Hash], log_root: &Hash, log_size: u64) -> bool {
        frontier(peaks, log_size).is_some_and(|frontier| frontier.root().0 == *log_root)
    }

    fn begin(
        &self,
        block: BlockContext,
        parent: &Tip,
        statements: Vec<contract::Statement>,
        purpose: Purpose,
    ) -> Box<dyn contract::Execution> {
        let turn = Turn::new(&self.preparer.ledger().compartment, block.height);
        Box::new(self.start((block, parent, purpose), turn, statements))
    }

    fn refound(
        &self,
        block: BlockContext,
        parent: &Tip,
        decision: &RecoveryDocument,
        purpose: Purpose,
    ) -> Box<dyn contract::Execution> {
        let seat = |next: &NextValidator| RefoundedSeat {
            member: next.validator.member.clone(),
            key: ValidatorKey(Digest(next.validator.key)),
            address: next.address.clone(),
        };
        let refounding = Refounding {
            epoch: block.epoch,
            seats: decision.next.iter().map(seat).collect(),
        };
        // A change that was agreed on before is over, also one that would take effect right here.
        let turn = Turn::without_change(&self.preparer.ledger().compartment, block.height);
        Box::new(Run {
            decree: Some(cbor::to_vec(&refounding)),
            ..self.start((block, parent, purpose), turn, Vec::new())
        })
    }
}

enum State {
    New(Vec<contract::Statement>),
    Running {
        execution: Box<Execution>,
        state: Vec<StateKey>,
        counters: Vec<CounterKey>,
    },
}

/// The digest of the tree-head keys, where `writes` change it.
pub(crate) fn tree_heads_digest(
    compartment: &Compartment,
    writes: &[(StateKey, Option<Cell>)],
) -> Option<Digest> {
    let key = StateKey::of(compartment, TreeHeadsDigest::TABLE, ONLY);
    let (_, cell) = writes.iter().rev().find(|(written, _)| *written == key)?;
    let record = state::from_cells(&[(*cell)?])?;
    let record: TreeHeadsDigest = cbor::from_slice(&record).ok()?;
    Some(record.digest)
}

/// One block's execution, as the engine drives it.
struct Run {
    preparer: Arc<Preparer>,
    mempool: Arc<Mempool>,
    block: BlockContext,
    parent: Tip,
    purpose: Purpose,
    /// Whether the validators change behind this block.
    turn: Turn,
    /// That is being read.
    turning: bool,
    /// What membership is to carry out by the members' decision.
    decree: Option<Vec<u8>>,
    state: State,
}

impl Run {
    fn start(&self, statements: &[contract::Statement]) -> Result<Execution, Fault> {
        let prepared = statements
            .iter()
            .enumerate()
            .map(|(index, statement)| {
                self.preparer
                    .of_block(statement)
                    .map_err(|reject| Fault::Statement {
                        index,
                        reason: reject.to_string(),
                    })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let mode = if self.purpose == Purpose::Propose {
            Mode::Propose
        } else {
            Mode::Verify
        };
        let core = &self.parent.header.core;
        let parent = convoy_ledger::Tip {
            height: core.height,
            time_ms: core.time_ms,
        };
        let ledger = self.preparer.ledger().clone();
        let execution = Execution::new(ledger, mode, parent, self.block.time_ms, prepared)
            .under(self.turn.protocol());
        match &self.decree {
            Some(body) => execution
                .decreed(membership::NAME, body.clone())
                .map_err(Fault::Block),
            None => Ok(execution),
        }
    }

    fn output(&self, mut output: convoy_ledger::Output) -> Result<contract::Output, Fault> {
        let header = &self.parent.header;
        let mut log = frontier(&self.parent.frontier, header.core.log_size).ok_or_else(|| {
            Fault::Block("the parent's log frontier does not fit its size".into())
        })?;
        let root = output.outcomes_root;
        let summary = output.log.append_to(
            &mut log,
            self.block.height,
            self.block.time_ms,
            root,
            |_, _, _| {},
        );
        // What is not next yet waits on, and what is past its time ends by the time of a final block: this one's is the leader's own clock.
        let open = [reject::SEQUENCE_AHEAD, reject::EXPIRED];
        for skip in &output.skipped {
            if !open.contains(&skip.reject.rule) {
                self.mempool.refuse(&skip.statement.0.0, &skip.reject);
            }
        }
        let compartment = &self.preparer.ledger().compartment;
        let tree_head_keys = tree_heads_digest(compartment, &output.state_writes);
        let record = BlockRecord::of(&mut output);
        Ok(contract::Output {
            included: Some(output.places),
            skipped: Vec::new(),
            state_writes: output
                .state_writes
                .into_iter()
                .map(|(key, cell)| (key.0.0, cell))
                .collect(),
            counter_writes: output
                .counter_writes
                .into_iter()
                .map(|(key, value)| (key.0.0, value))
                .collect(),
            statements_root: output.statements_root.0,
            outcomes_root: root.0,
            first_leaf: summary.first_leaf,
            accepted: summary.accepted,
            log_root: log.root().0,
            log_size: log.size(),
            frontier: peaks(&log),
            tree_head_keys: tree_head_keys.unwrap_or(header.rest.tree_head_keys).0,
            next_validators: self.turn.next_validators(),
            extension: Digest::ZERO.0,
            record: record.encode().into(),
            live: Some(Arc::new(record)),
        })
    }
}

impl contract::Execution for Run {
    fn run(&mut self) -> Result<Step, Fault> {
        if self.turning {
            let state = self.turn.wanted()?;
            if !state.is_empty() {
                return Ok(Step::NeedKeys {
                    state,
                    counters: Vec::new(),
                });
            }
            self.turning = false;
            let (active, newest) = (self.turn.protocol(), self.preparer.ledger().newest_protocol);
            if active > newest {
                return Err(Fault::Protocol { active, newest });
            }
        }
        if let State::New(statements) = &mut self.state {
            let statements = std::mem::take(statements);
            let execution = Box::new(self.start(&statements)?);
            self.state = State::Running {
                execution,
                state: Vec::new(),
                counters: Vec::new(),
            };
        }
        let State::Running {
            execution,
            state,
            counters,
        } = &mut self.state
        else {
            return Err(Fault::Block("the execution did not start".into()));
        };
        let check: &dyn SignatureCheck = if self.purpose == Purpose::Replay {
            &AlreadyFinal
        } else {
            &BatchCheck
        };
        match execution.run(check) {
            convoy_ledger::Step::NeedKeys {
                state: wanted,
                counters: lanes,
            } => {
                let step = Step::NeedKeys {
                    state: wanted.iter().map(|key| key.0.0).collect(),
                    counters: lanes.iter().map(|key| key.0.0).collect(),
                };
                (*state, *counters) = (wanted, lanes);
                Ok(step)
            }
            convoy_ledger::Step::Invalid(why) => Err(Fault::Block(why)),
            convoy_ledger::Step::Done(output) => Ok(Step::Done(Box::new(self.output(*output)?))),
        }
    }

    fn supply(&mut self, cells: Vec<Option<Cell>>, lanes: Vec<Option<u64>>) {
        if self.turning {
            self.turn.supply(cells);
            return;
        }
        if let State::Running {
            execution,
            state,
            counters,
        } = &mut self.state
        {
            std::mem::take(state)
                .into_iter()
                .zip(cells)
                .for_each(|(key, cell)| execution.supply_cell(key, cell));
            std::mem::take(counters)
                .into_iter()
                .zip(lanes)
                .for_each(|(key, next)| execution.supply_counter(key, next));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::contract::Core as _, mempool::Bounds, tracker::Tracker};
    use convoy_types::{
        Did, NetworkId, StatementBuilder,
        cose::{Algorithm, SigningKey},
        header::{Header, HeaderCore, HeaderRest},
    };

    fn network(name: &str) -> NetworkId {
        NetworkId::new(name).unwrap()
    }

    /// What a voter says of a block of these statements where the state holds nothing.
    fn verdict(statements: &[Vec<u8>]) -> Result<(), Fault> {
        let registry = Arc::new(convoy_modules::registry());
        let ledger = Ledger::new(network(HERE), Compartment::common(), registry);
        let mempool = Mempool::new(Bounds::default(), Arc::new(Tracker::default()));
        let core = LedgerCore::new(
            Arc::new(Preparer::new(ledger)),
            Arc::new(mempool),
            Genesis::default(),
        );
        let parent = contract::Tip {
            header: Header {
                core: HeaderCore {
                    network: Digest::ZERO,
                    epoch: 0,
                    height: 5,
                    time_ms: 1_000,
                    first_leaf: 0,
                    accepted: 0,
                    log_size: 0,
                    log_root: Digest::ZERO,
                },
                rest: HeaderRest::default(),
            },
            frontier: Vec::new(),
        };
        let block = BlockContext {
            height: 6,
            time_ms: 2_000,
            epoch: 0,
            proposer: [1; 32],
        };
        let statements = statements.iter().map(|bytes| contract::Statement {
            id: Digest::of(bytes).0,
            bytes: bytes.clone().into(),
        });
        let mut execution = core.begin(block, &parent, statements.collect(), Purpose::Verify);
        loop {
            match execution.run()? {
                Step::NeedKeys { state, counters } => {
                    execution.supply(vec![None; state.len()], vec![None; counters.len()]);
                }
                Step::Done(_) => return Ok(()),
            }
        }
    }

    const HERE: &str = "here.0011223344556677";

    fn signed(builder: impl FnOnce(StatementBuilder) -> StatementBuilder, of: &str) -> Vec<u8> {
        let key = SigningKey::from_secret(Algorithm::Ed25519, &[7; 32]).unwrap();
        let did = Did::new("did:web:anna.example").unwrap();
        let statement = builder(StatementBuilder::new(network(of), did, 60_000));
        statement.sign(&key).unwrap().bytes().to_vec()
    }

    #[test]
    fn a_block_with_what_no_ledger_here_takes_is_wrong_for_a_voter() {
        let revoke = |builder: StatementBuilder| {
            let action = membership::types::Action::RevokeKey {
                did: Did::new("did:web:anna.example").unwrap(),
                key_id: convoy_types::cose::KeyId([0; 8]),
                reason: String::new(),
            };
            builder.action(membership::NAME, cbor::to_vec(&action))
        };
        let elsewhere = |builder: StatementBuilder| {
            revoke(builder).compartment(Compartment::new("elsewhere").unwrap())
        };
        assert_eq!(verdict(&[]), Ok(()));
        let good_form = signed(revoke, HERE);
        for (bytes, named) in [
            (
                signed(revoke, "there.8899aabbccddeeff"),
                "(2 wrong-network)",
            ),
            (signed(elsewhere, HERE), "(3 wrong-compartment)"),
            (good_form[..90].to_vec(), "(1 malformed-statement)"),
        ] {
            match verdict(&[bytes]) {
                Err(Fault::Statement { index: 0, reason }) => {
                    assert!(reason.contains(named), "{reason}")
                }
                other => panic!("{named}: {other:?}"),
            }
        }
        // In form, and of nobody whom the state knows.
        match verdict(&[good_form]) {
            Err(Fault::Block(why)) => assert!(why.contains("(4 unknown-key)"), "{why}"),
            other => panic!("{other:?}"),
        }
    }
}
