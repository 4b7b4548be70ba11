//! Running the block's statements, one after the other.

use super::{Execution, Mode, Phase};
use crate::{
    context::{Halt, Missing, StatementFacts, Writes},
    module::Trigger,
    output::{self, Event, Outcome, SkipReason},
    prepared::Prepared,
    reject::{self, Reject},
    standing::Standing,
    state::CounterKey,
};
use convoy_types::{
    MemberId,
    limits::{NOT_AFTER_AHEAD_MS_MAX, STATEMENT_KEYS_MAX},
    statement::Assurance,
};
use std::sync::Arc;

/// Statements tried behind one that waits for state, and actions of it, to ask for what they lack in the same round. Bounded,
/// because a statement may wait for many rounds.
const LOOK_AHEAD: usize = 64;
/// A proposer gives up on a statement that misses state more often than this: what modules read, they ask for at once, so that the
/// deepest of honest ones miss some a few dozen times. No rule: whoever checks a block executes what is in it.
const STATEMENT_ROUNDS_MAX: usize = 500;
/// A proposer's block is full when its statements missed state more often than this. More than one statement may, so that none holds
/// up the others, and far less than the engine takes.
const BLOCK_ROUNDS_MAX: usize = 1_000;
const TOO_SLOW: &str = "it reads more than 500 records that are only found one after another";

/// A statement's effect before it is kept.
struct Attempt {
    member: MemberId,
    writes: Writes,
    result: Result<Vec<(&'static str, Vec<u8>)>, Reject>,
}

impl Execution {
    /// Runs statements from number `from` on; on missing state, looks ahead for more of it.
    pub(super) fn run_statements(
        &mut self,
        from: usize,
        missing: &mut Missing,
    ) -> Result<Phase, String> {
        for index in from..self.statements.len() {
            if self.is_too_slow(index) {
                self.leave_out(index, reject::TOO_MUCH_STATE.because(TOO_SLOW))?;
                continue;
            }
            if !self.run_statement(index, missing)? {
                self.rounds += 1;
                if self.mode == Mode::Propose && self.rounds > BLOCK_ROUNDS_MAX {
                    // What is left waits for another block.
                    return Ok(Phase::Finish);
                }
                let end = self.statements.len().min(index + 1 + LOOK_AHEAD);
                for later in index + 1..end {
                    let _ = self.attempt(later, missing);
                }
                return Ok(Phase::Statements(index));
            }
        }
        Ok(Phase::Finish)
    }

    /// Whether a proposer gives up on a statement: it reads one record after another, more of them than others will wait for.
    fn is_too_slow(&mut self, index: usize) -> bool {
        let (at, since) = self.slow;
        if at != index {
            self.slow = (index, self.rounds);
            return false;
        }
        self.mode == Mode::Propose && self.rounds - since > STATEMENT_ROUNDS_MAX
    }

    /// Runs one statement; `Ok(false)` when state is missing.
    fn run_statement(&mut self, index: usize, missing: &mut Missing) -> Result<bool, String> {
        let statement = Arc::clone(&self.statements[index]);
        let usable = match self.unusable[index].clone() {
            Some(reject) => Err(reject),
            None => self.may_be_included(&statement),
        };
        let attempt = match usable {
            Ok(()) => match self.attempt(index, missing) {
                Ok(attempt) => attempt,
                Err(Halt::NeedKeys) => return Ok(false),
                Err(Halt::Reject(reject)) => return self.leave_out(index, reject),
            },
            Err(reject) => return self.leave_out(index, reject),
        };
        self.keep(index, &statement, attempt);
        Ok(true)
    }

    fn leave_out(&mut self, place: usize, reject: Reject) -> Result<bool, String> {
        let statement = self.statements[place].id();
        if self.mode == Mode::Verify {
            return Err(format!(
                "statement {statement} may not be part of a block: {reject}"
            ));
        }
        self.skipped.push(SkipReason {
            place,
            statement,
            reject,
        });
        Ok(true)
    }

    /// The rules on a statement that need no module: what it asks for exists by now, its time and its place in the lane.
    fn may_be_included(&self, statement: &Prepared) -> Result<(), Reject> {
        let active = self.block.protocol_version;
        if statement.since > active {
            return Err(reject::NOT_IN_FORCE.because(format!(
                "it asks for something of protocol version {}, and version {active} is in force",
                statement.since
            )));
        }
        let (signed, now) = (&statement.statement, self.block.time_ms);
        if signed.content().not_after_ms < now {
            return Err(reject::EXPIRED.because(format!(
                "not_after {} is before the block's time {now}",
                signed.content().not_after_ms
            )));
        }
        if signed.content().not_after_ms > now.saturating_add(NOT_AFTER_AHEAD_MS_MAX) {
            return Err(reject::NOT_AFTER_TOO_FAR.because(format!(
                "not_after {} is too far behind the block's time {now}",
                signed.content().not_after_ms
            )));
        }
        let next = self.lane(statement.counter());
        match signed.content().sequence.cmp(&next) {
            std::cmp::Ordering::Less => Err(reject::SEQUENCE_USED.because(format!(
                "sequence {} of lane {} was used; the next is {next}",
                signed.content().sequence,
                signed.content().lane
            ))),
            std::cmp::Ordering::Greater => Err(reject::SEQUENCE_AHEAD.because(format!(
                "sequence {} of lane {} was sent while the next is {next}",
                signed.content().sequence,
                signed.content().lane
            ))),
            std::cmp::Ordering::Equal => Ok(()),
        }
    }

    pub(super) fn lane(&self, key: CounterKey) -> u64 {
        self.counter_writes
            .get(&key)
            .or_else(|| self.counters.get(&key))
            .copied()
            .unwrap_or(0)
    }

    /// Tries a statement on a layer of its own. The outer refusal keeps it out of the block, the inner one does not.
    fn attempt(&self, index: usize, missing: &mut Missing) -> Result<Attempt, Halt> {
        let statement = &self.statements[index];
        let mut writes = Writes::new(self.block);
        let changed;
        let standing = match self.standing_before_block(index) {
            Some(standing) => standing,
            None => {
                changed = self.standing(statement, missing)?;
                &changed
            }
        };
        if !statement.is_signed_by(&standing.key) {
            return Err(reject::BAD_SIGNATURE
                .because("the key became valid in this very block; send the statement again")
                .into());
        }
        if statement.statement.content().assurance == Assurance::OwnKey && !standing.own_key {
            let reason = "assurance claims the signer's own key, and this key is registered as held by the member's node";
            return Err(reject::OWN_KEY_NEEDED.because(reason).into());
        }
        let mut events = Vec::new();
        let result = self.run_actions(index, standing, &mut writes, &mut events, missing);
        let member = standing.member.clone();
        match result {
            Err(Halt::NeedKeys) => Err(Halt::NeedKeys),
            Err(Halt::Reject(reject)) => Ok(Attempt {
                member,
                writes: Writes::new(self.block),
                result: Err(reject),
            }),
            Ok(()) => Ok(Attempt {
                member,
                writes,
                result: Ok(events),
            }),
        }
    }

    fn run_actions(
        &self,
        index: usize,
        standing: &Standing,
        writes: &mut Writes,
        events: &mut Vec<(&'static str, Vec<u8>)>,
        missing: &mut Missing,
    ) -> Result<(), Halt> {
        let statement = &self.statements[index];
        let place = u32::try_from(self.included.len()).unwrap_or(u32::MAX);
        let run =
            |number: usize, writes: &mut Writes, missing: &mut Missing, events: &mut Vec<_>| {
                let (module, action) = &statement.actions[number];
                let facts = StatementFacts {
                    id: statement.id(),
                    index: place,
                    action: u32::try_from(number).unwrap_or(u32::MAX),
                };
                let mut reader = self.reader(Some(facts), Some(standing), writes, missing);
                let registry = &self.ledger.registry;
                let content = statement.statement.content();
                let signed = (&*content.actions[number].body, content);
                registry
                    .permit(&mut reader, *module, action, signed)
                    .and_then(|beside| {
                        registry.plan(&mut reader, *module, Trigger::Action(action), beside)
                    })
                    .and_then(|planned| registry.apply(&mut reader, &planned, events))
            };
        for number in 0..statement.actions.len() {
            match run(number, writes, missing, events) {
                Ok(()) => {}
                Err(Halt::Reject(reject)) => {
                    return Err(Halt::Reject(Reject {
                        action: u32::try_from(number).ok(),
                        ..reject
                    }));
                }
                Err(Halt::NeedKeys) => {
                    // Each of the next ones by itself, only to ask at once for what they miss too.
                    let end = statement.actions.len().min(number + 1 + LOOK_AHEAD);
                    for later in number + 1..end {
                        let _ = run(
                            later,
                            &mut Writes::new(self.block),
                            missing,
                            &mut Vec::new(),
                        );
                    }
                    return Err(Halt::NeedKeys);
                }
            }
            if writes.len() > STATEMENT_KEYS_MAX {
                return Err(reject::TOO_MUCH_STATE
                    .because(format!("it changes more than {STATEMENT_KEYS_MAX} records"))
                    .into());
            }
        }
        Ok(())
    }

    /// Makes an attempt part of the block and uses up its sequence number.
    fn keep(&mut self, index: usize, statement: &Prepared, attempt: Attempt) {
        let place = u32::try_from(self.included.len()).ok();
        let start = self.events.len();
        let reject = match attempt.result {
            Ok(events) => {
                self.writes.absorb(attempt.writes);
                let said = events.into_iter().map(|(module, body)| Event {
                    statement: place,
                    module,
                    body,
                });
                self.events.extend(said);
                None
            }
            Err(reject) => Some(reject),
        };
        let events = output::events_digest(self.events[start..].iter());
        self.outcomes.push(Outcome {
            statement: statement.id(),
            member: attempt.member,
            reject,
            events,
        });
        self.counter_writes.insert(
            statement.counter(),
            statement.statement.content().sequence + 1,
        );
        self.included.push(index);
    }
}
