//! The core with toy modules.

mod formats;
mod guard;
mod rounds;
mod toys;

use crate::{
    Ledger,
    context::{Halt, Reader},
    execution::{Execution, Mode, Step},
    memory::{MemoryStore, Store, run},
    module::Registry,
    output::{Output, Tip},
    prepared::Prepared,
    reject::{self, Reject, Rule},
    standing::{Authority, SignatureCheck, Standing},
    state::{Record, StateKey},
};
use convoy_types::{
    Compartment, Did, MemberId, NetworkId, Statement, StatementBuilder, cbor,
    cose::{Algorithm, KeyId, PublicKey, SigningKey},
    statement::Assurance,
};
use std::sync::{Arc, Mutex};
use toys::{Action, BellModule, EMPTY, Till, TillModule};

/// Knows one key for everybody.
struct OneKey(PublicKey);

impl Authority for OneKey {
    fn likely_keys(&self, _: &Compartment, _: &Did, _: KeyId) -> Vec<StateKey> {
        vec![]
    }
    fn standing(&self, _: &mut Reader<'_>, did: &Did, key_id: KeyId) -> Result<Standing, Halt> {
        if key_id != self.0.key_id() {
            return Err(reject::UNKNOWN_KEY.because("another key").into());
        }
        Ok(Standing {
            did: did.clone(),
            member: MemberId::new("est").unwrap(),
            key: self.0.clone(),
            roles: Arc::new([]),
            own_key: false,
        })
    }
}

/// Checks signatures and counts how often each was checked.
#[derive(Default)]
struct CountingCheck(Mutex<usize>);

impl SignatureCheck for CountingCheck {
    fn check(&self, signed: &[(&PublicKey, &Statement)]) -> Vec<bool> {
        *self.0.lock().unwrap() += signed.len();
        signed
            .iter()
            .map(|(key, statement)| statement.verify(key).is_ok())
            .collect()
    }
}

struct Bench {
    ledger: Ledger,
    key: SigningKey,
    store: MemoryStore,
    check: CountingCheck,
    tip: Tip,
}

fn bench() -> Bench {
    let key = SigningKey::from_secret(Algorithm::Ed25519, &[7; 32]).unwrap();
    let registry = Registry::new(OneKey(key.public().clone()))
        .with(TillModule)
        .with(BellModule);
    let network = NetworkId::new("toy.0011223344556677").unwrap();
    Bench {
        ledger: Ledger::new(network, Compartment::common(), Arc::new(registry)),
        key,
        store: MemoryStore::default(),
        check: CountingCheck::default(),
        tip: Tip {
            height: 0,
            time_ms: 1_000,
        },
    }
}

impl Bench {
    fn builder(&self, signer: &str, sequence: u64) -> StatementBuilder {
        let did = Did::new(&format!("did:web:{signer}.example")).unwrap();
        StatementBuilder::new(self.ledger.network.clone(), did, 1_000_000)
            .sequence(0, sequence)
            .assurance(Assurance::HeldByNode)
    }

    fn prepare(&self, builder: StatementBuilder) -> Result<Arc<Prepared>, Reject> {
        Ok(Arc::new(
            self.ledger.prepare(builder.sign(&self.key).unwrap())?,
        ))
    }

    fn statement(&self, signer: &str, sequence: u64, actions: &[Action]) -> Arc<Prepared> {
        let builder = self.builder(signer, sequence);
        let with = |builder: StatementBuilder, action: &Action| {
            builder.action("till", cbor::to_vec(action))
        };
        self.prepare(actions.iter().fold(builder, with)).unwrap()
    }

    fn execution(&self, mode: Mode, statements: &[Arc<Prepared>]) -> Execution {
        Execution::new(
            self.ledger.clone(),
            mode,
            self.tip,
            self.tip.time_ms + 1_000,
            statements.to_vec(),
        )
    }

    fn execute(&self, mode: Mode, statements: &[Arc<Prepared>]) -> Result<Output, String> {
        run(self.execution(mode, statements), &self.store, &self.check)
    }

    /// Why `statement` may not be part of the next block: a proposer leaves it out, and a block that has it is wrong for everybody else.
    fn unfit(&self, statement: &Arc<Prepared>) -> Option<Rule> {
        let offered = self.execute(Mode::Propose, &[Arc::clone(statement)]);
        let offered = offered.unwrap();
        let left_out = offered.skipped.first().map(|skip| skip.reject.rule);
        match (
            left_out,
            self.execute(Mode::Verify, &[Arc::clone(statement)]),
        ) {
            (None, Ok(_)) => {}
            (Some(rule), Err(why)) => {
                assert!(why.contains(&statement.id().to_string()), "{why}");
                let named = format!("({} {})", rule.number, rule.name);
                assert!(why.contains(&named), "{why}");
            }
            (Some(rule), Ok(_)) => panic!("a block with what breaks {} passes", rule.name),
            (None, Err(why)) => panic!("proposed, and wrong for others: {why}"),
        }
        left_out
    }

    /// Executes a block and keeps its result.
    fn block(&mut self, statements: &[Arc<Prepared>]) -> Output {
        let output = self.execute(Mode::Verify, statements).unwrap();
        self.store.apply(&output);
        self.tip = Tip {
            height: self.tip.height + 1,
            time_ms: self.tip.time_ms + 1_000,
        };
        output
    }

    fn coins(&self, till: &str) -> Option<u64> {
        self.record(till).map(|till| till.coins)
    }

    fn record(&self, till: &str) -> Option<Till> {
        let key = StateKey::of(&self.ledger.compartment, Till::TABLE, till.as_bytes());
        let first = self.store.cell(&key)?;
        let count = crate::state::cell_count(crate::state::record_length(&first));
        let cells: Vec<_> = (0..count)
            .map(|index| self.store.cell(&key.cell(index)).unwrap())
            .collect();
        Some(cbor::from_slice(&crate::state::from_cells(&cells).unwrap()).unwrap())
    }
}

fn put(till: &str, coins: u64) -> Action {
    Action::Put {
        till: till.into(),
        coins,
    }
}

fn take(till: &str, coins: u64) -> Action {
    Action::Take {
        till: till.into(),
        coins,
    }
}

fn numbers(output: &Output) -> Vec<u16> {
    output
        .outcomes
        .iter()
        .map(|outcome| outcome.number())
        .collect()
}

#[test]
fn statements_of_a_block_see_what_those_before_them_did() {
    let mut bench = bench();
    let statements = [
        bench.statement("a", 0, &[put("t", 5)]),
        bench.statement("b", 0, &[take("t", 3)]),
        bench.statement("a", 1, &[take("t", 3)]),
    ];
    let output = bench.block(&statements);
    assert_eq!(numbers(&output), [0, 0, 901]);
    assert_eq!(bench.coins("t"), Some(2));
}

#[test]
fn a_refused_statement_changes_nothing_but_its_sequence() {
    let mut bench = bench();
    // The first block also notes where the timers begin.
    bench.block(&[]);
    let output = bench.block(&[bench.statement("a", 0, &[put("t", 5), take("t", 9)])]);
    let refused = output.outcomes[0].reject.as_ref().unwrap();
    assert_eq!((refused.rule, refused.action), (EMPTY, Some(1)));
    assert_eq!(
        (
            bench.coins("t"),
            output.state_writes.len(),
            output.events.len()
        ),
        (None, 0, 0)
    );
    assert_eq!(
        numbers(&bench.block(&[bench.statement("a", 1, &[put("t", 1)])])),
        [0]
    );
}

#[test]
fn effects_in_other_modules_are_checked_before_any_is_applied() {
    let mut bench = bench();
    let ring = |broken| Action::TakeAndRing {
        till: "t".into(),
        broken,
    };
    bench.block(&[bench.statement("a", 0, &[put("t", 5)])]);
    assert_eq!(
        numbers(&bench.block(&[bench.statement("a", 1, &[ring(true)])])),
        [911]
    );
    assert_eq!(bench.coins("t"), Some(5));
    assert_eq!(
        numbers(&bench.block(&[bench.statement("a", 2, &[ring(false)])])),
        [0]
    );
    assert_eq!(bench.coins("t"), Some(4));
}

#[test]
fn modules_that_call_one_another_for_ever_are_refused() {
    let mut bench = bench();
    assert_eq!(
        numbers(&bench.block(&[bench.statement("a", 0, &[Action::RingForEver])])),
        [reject::TOO_MANY_CALLS.number]
    );
}

#[test]
fn a_lane_takes_exactly_the_next_sequence() {
    let mut bench = bench();
    let (zero, one, two) = (
        bench.statement("a", 0, &[put("t", 1)]),
        bench.statement("a", 1, &[put("t", 1)]),
        bench.statement("a", 2, &[put("t", 1)]),
    );
    let offered = bench
        .execute(
            Mode::Propose,
            &[Arc::clone(&two), Arc::clone(&zero), Arc::clone(&zero)],
        )
        .unwrap();
    assert_eq!(offered.places, [1]);
    let skipped: Vec<_> = offered
        .skipped
        .iter()
        .map(|skip| (skip.place, skip.reject.rule))
        .collect();
    assert_eq!(
        skipped,
        [(0, reject::SEQUENCE_AHEAD), (2, reject::SEQUENCE_USED)]
    );
    assert_eq!(bench.unfit(&one), Some(reject::SEQUENCE_AHEAD));
    // Twice in one block.
    let again = [Arc::clone(&zero), Arc::clone(&zero)];
    let why = bench.execute(Mode::Verify, &again).err();
    assert!(why.unwrap().contains("(10 sequence-used)"));
    bench.block(&[Arc::clone(&zero), one, two]);
    assert_eq!(bench.coins("t"), Some(3));
    // And once more, blocks later.
    assert_eq!(bench.unfit(&zero), Some(reject::SEQUENCE_USED));
}

#[test]
fn a_statement_lives_until_its_not_after_and_no_longer() {
    let mut bench = bench();
    let until = |bench: &Bench, not_after| {
        let did = Did::new("did:web:a.example").unwrap();
        let builder = StatementBuilder::new(bench.ledger.network.clone(), did, not_after)
            .assurance(Assurance::HeldByNode);
        bench
            .prepare(builder.action("till", cbor::to_vec(&put("t", 1))))
            .unwrap()
    };
    let rule = |bench: &Bench, not_after| bench.unfit(&until(bench, not_after));
    bench.tip.time_ms = 4_000;
    assert_eq!(rule(&bench, 4_999), Some(reject::EXPIRED));
    assert_eq!(rule(&bench, 5_000), None);
    let far = 5_000 + convoy_types::limits::NOT_AFTER_AHEAD_MS_MAX;
    assert_eq!(rule(&bench, far), None);
    assert_eq!(rule(&bench, far + 1), Some(reject::NOT_AFTER_TOO_FAR));
}

#[test]
fn a_statement_of_an_unknown_key_never_enters_a_block() {
    let bench = bench();
    let builder = bench.builder("a", 0);
    let builder = builder.action("till", cbor::to_vec(&put("t", 1)));
    let stranger = SigningKey::from_secret(Algorithm::Ed25519, &[8; 32]).unwrap();
    let statement = builder.sign(&stranger).unwrap();
    let statement = Arc::new(bench.ledger.prepare(statement).unwrap());
    assert_eq!(bench.unfit(&statement), Some(reject::UNKNOWN_KEY));
}

#[test]
fn a_signature_is_checked_once_and_a_bad_one_never_enters_a_block() {
    let bench = bench();
    let good = bench.statement("a", 0, &[put("t", 1)]);
    for _ in 0..3 {
        bench.execute(Mode::Verify, &[Arc::clone(&good)]).unwrap();
    }
    assert_eq!(*bench.check.0.lock().unwrap(), 1);

    let other = SigningKey::from_secret(Algorithm::Ed25519, &[8; 32]).unwrap();
    let unsigned = bench
        .builder("a", 0)
        .action("till", cbor::to_vec(&put("t", 1)))
        .unsigned(Algorithm::Ed25519, bench.key.public().key_id());
    let forged = unsigned
        .attach(&other.sign(&unsigned.to_be_signed()).unwrap())
        .unwrap();
    let forged = Arc::new(bench.ledger.prepare(forged).unwrap());
    assert_eq!(bench.unfit(&forged), Some(reject::BAD_SIGNATURE));
}

#[test]
fn a_statement_cannot_claim_more_assurance_than_its_key_has() {
    let bench = bench();
    let builder = bench
        .builder("a", 0)
        .assurance(Assurance::OwnKey)
        .action("till", cbor::to_vec(&put("t", 1)));
    let claims = bench.prepare(builder).unwrap();
    assert_eq!(bench.unfit(&claims), Some(reject::OWN_KEY_NEEDED));
}

#[test]
fn what_needs_no_state_is_refused_when_prepared() {
    let bench = bench();
    let rule = |builder: StatementBuilder| {
        bench
            .prepare(builder)
            .err()
            .map(|reject| (reject.rule, reject.action))
    };
    let action = cbor::to_vec(&put("t", 1));
    assert_eq!(
        rule(bench.builder("a", 0).action("cellar", action.clone())),
        Some((reject::UNKNOWN_MODULE, Some(0)))
    );
    let bad = bench
        .builder("a", 0)
        .action("till", action.clone())
        .action("till", cbor::to_vec(&77));
    assert_eq!(rule(bad), Some((reject::MALFORMED_ACTION, Some(1))));
    assert_eq!(
        rule(
            bench
                .builder("a", 0)
                .action("till", cbor::to_vec(&put("t", 0)))
        ),
        Some((reject::MALFORMED_ACTION, Some(0)))
    );
    let elsewhere = Compartment::new("secret").unwrap();
    assert_eq!(
        rule(
            bench
                .builder("a", 0)
                .compartment(elsewhere)
                .action("till", action.clone())
        ),
        Some((reject::WRONG_COMPARTMENT, None))
    );
    let did = Did::new("did:web:a.example").unwrap();
    let other = NetworkId::new("toy.8899aabbccddeeff").unwrap();
    assert_eq!(
        rule(StatementBuilder::new(other, did, 9).action("till", action)),
        Some((reject::WRONG_NETWORK, None))
    );
}

#[test]
fn a_timer_fires_once_in_the_first_block_at_or_after_its_time() {
    let mut bench = bench();
    let empty = |due_ms| Action::EmptyAt {
        till: "t".into(),
        due_ms,
    };
    bench.block(&[bench.statement("a", 0, &[put("t", 5), empty(4_500)])]);
    bench.block(&[]);
    assert_eq!((bench.tip.time_ms, bench.coins("t")), (3_000, Some(5)));
    bench.block(&[]);
    assert_eq!((bench.tip.time_ms, bench.coins("t")), (4_000, Some(5)));
    let fired = bench.block(&[bench.statement("a", 1, &[put("t", 1)])]);
    assert_eq!(
        (fired.events[0].statement, bench.coins("t")),
        (None, Some(1)),
        "timers fire before statements"
    );
    bench.block(&[]);
    assert_eq!(bench.coins("t"), Some(1));
}

#[test]
fn a_network_that_slept_fires_its_timers_over_a_few_blocks() {
    let mut bench = bench();
    let minute = crate::timer::BUCKET_MS;
    for index in 0..200u64 {
        let till = format!("t{index}");
        let due_ms = minute * (1 + index % 100);
        bench.block(&[bench.statement(
            "a",
            index,
            &[put(&till, 5), Action::EmptyAt { till, due_ms }],
        )]);
        bench.tip.time_ms = 1_000;
    }
    bench.tip.time_ms = minute * 1_000;
    let full = |bench: &Bench| {
        (0..200)
            .filter(|index| bench.coins(&format!("t{index}")) == Some(5))
            .count()
    };
    let mut blocks = 0;
    while full(&bench) > 0 {
        bench.block(&[]);
        blocks += 1;
        assert!(blocks < 40, "{} timers never fired", full(&bench));
    }
    assert!(blocks > 1, "a block looks at a bounded number of buckets");
}

#[test]
fn records_longer_than_a_cell_are_stored_grown_and_cut() {
    let mut bench = bench();
    for (sequence, length) in [10, 500, 5_000, 100, 0].into_iter().enumerate() {
        bench.block(&[bench.statement(
            "a",
            sequence as u64,
            &[Action::Pad {
                till: "t".into(),
                length,
            }],
        )]);
        assert_eq!(bench.record("t").unwrap().padding.len(), length);
        let cells = bench.store.cells().count();
        let expected =
            crate::state::cell_count(cbor::to_vec(&bench.record("t").unwrap()).len()) as usize;
        // The till's cells, and the timers' cursor.
        assert_eq!(cells, expected + 1);
    }
}

#[test]
fn the_same_block_gives_the_same_output_however_state_arrives() {
    let mut bench = bench();
    bench.block(&[bench.statement("a", 0, &[put("t", 50), put("u", 3)])]);
    let statements: Vec<_> = (1..9)
        .map(|sequence| {
            bench.statement(
                "a",
                sequence,
                &[
                    take("t", 7),
                    put("u", 1),
                    Action::Pad {
                        till: "v".into(),
                        length: 400,
                    },
                ],
            )
        })
        .collect();
    let whole = bench.execute(Mode::Verify, &statements).unwrap();

    // One cell at a time, in reverse order, asked for again and again.
    let mut execution = bench.execution(Mode::Verify, &statements);
    let slow = loop {
        match execution.run(&bench.check) {
            Step::NeedKeys { state, counters } => {
                if let Some(key) = state.last() {
                    execution.supply_cell(*key, bench.store.cell(key));
                }
                counters
                    .iter()
                    .for_each(|key| execution.supply_counter(*key, bench.store.counter(key)));
            }
            Step::Done(output) => break *output,
            Step::Invalid(why) => panic!("{why}"),
        }
    };
    assert_eq!(whole.state_writes, slow.state_writes);
    assert_eq!(
        (whole.statements_root, whole.outcomes_root),
        (slow.statements_root, slow.outcomes_root)
    );
    assert_eq!(whole.counter_writes, slow.counter_writes);
    assert_eq!(numbers(&whole), [0, 0, 0, 0, 0, 0, 0, 901]);
}

#[test]
fn what_a_later_version_brought_is_in_no_block_before_it_and_rules_see_the_version() {
    let mut bench = bench();
    let interest = Action::Interest { till: "t".into() };
    let statements = [
        bench.statement("a", 0, &[put("t", 5)]),
        bench.statement("b", 0, &[interest]),
    ];
    let proposed = bench.execute(Mode::Propose, &statements).unwrap();
    assert_eq!(proposed.places, [0]);
    assert_eq!(proposed.skipped[0].reject.rule, reject::NOT_IN_FORCE);
    assert!(bench.execute(Mode::Verify, &statements).is_err());
    bench.ledger.newest_protocol = 3;
    for (version, coins) in [(2, 7), (3, 8)] {
        let execution = bench.execution(Mode::Verify, &statements).under(version);
        let output = run(execution, &bench.store, &bench.check).unwrap();
        let mut after = MemoryStore::default();
        after.apply(&output);
        let before = std::mem::replace(&mut bench.store, after);
        assert_eq!(bench.coins("t"), Some(coins), "version {version}");
        bench.store = before;
    }
}
