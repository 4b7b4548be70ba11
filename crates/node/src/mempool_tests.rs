use super::*;
use crate::{engine::contract::Mempool as _, tracker::State};
use convoy_ledger::{
    Authority, Effects, Halt, Ledger, Module, Reader, Registry, Rule, Standing, StateKey, Writer,
};
use convoy_types::{
    Compartment, Did, NetworkId, StatementBuilder, StatementBytes,
    cose::{Algorithm, KeyId, SigningKey},
};

/// A module that does nothing, so that statements can be prepared.
struct Nothing;

impl Module for Nothing {
    const NAME: &'static str = "nothing";
    const RULES: &'static [Rule] = &[];
    type Action = u8;
    type Call = ();
    type Effect = ();
    fn validate(&self, _: &u8) -> Result<(), Reject> {
        Ok(())
    }
    fn likely_keys(&self, _: &Compartment, _: &Did, _: &u8, _: &mut Vec<StateKey>) {}
    fn check(&self, _: &mut Reader<'_>, _: &u8) -> Result<Effects<()>, Halt> {
        Ok(Effects::of(vec![]))
    }
    fn check_call(&self, _: &mut Reader<'_>, (): &()) -> Result<Effects<()>, Halt> {
        Ok(Effects::of(vec![]))
    }
    fn check_timer(&self, _: &mut Reader<'_>, _: &[u8]) -> Result<Effects<()>, Halt> {
        Ok(Effects::of(vec![]))
    }
    fn apply(&self, _: &mut Writer<'_, '_>, (): &()) -> Result<(), Halt> {
        Ok(())
    }
}

struct NoAuthority;

impl Authority for NoAuthority {
    fn likely_keys(&self, _: &Compartment, _: &Did, _: KeyId) -> Vec<StateKey> {
        vec![]
    }
    fn standing(&self, _: &mut Reader<'_>, _: &Did, _: KeyId) -> Result<Standing, Halt> {
        Err(reject::UNKNOWN_KEY.because("nobody is known").into())
    }
}

struct Bench {
    ledger: Ledger,
    key: SigningKey,
    tracker: Arc<Tracker>,
    pool: Mempool,
}

fn bench(bounds: Bounds) -> Bench {
    let network = NetworkId::new("test.0011223344556677").unwrap();
    let registry = Registry::new(NoAuthority).with(Nothing);
    let tracker = Arc::new(Tracker::default());
    Bench {
        ledger: Ledger::new(network, Compartment::common(), Arc::new(registry)),
        key: SigningKey::generate(Algorithm::Ed25519).unwrap(),
        pool: Mempool::new(bounds, Arc::clone(&tracker)),
        tracker,
    }
}

impl Bench {
    fn statement(&self, signer: &str, sequence: u64, not_after_ms: u64) -> Arc<Prepared> {
        let did = Did::new(&format!("did:web:{signer}.example")).unwrap();
        let statement = StatementBuilder::new(self.ledger.network.clone(), did, not_after_ms)
            .sequence(0, sequence)
            .action("nothing", convoy_types::cbor::to_vec(&1u8))
            .sign(&self.key)
            .unwrap();
        Arc::new(self.ledger.prepare(statement).unwrap())
    }

    fn add(&self, member: &str, statement: &Arc<Prepared>) -> Result<Added, Reject> {
        let member = MemberId::new(member).unwrap();
        let committed = HashMap::from([(statement.counter(), 0)]);
        self.pool
            .add(vec![(member, Arc::clone(statement))], &committed)
            .remove(0)
    }

    fn taken(&self, count: usize) -> Vec<Hash> {
        self.pool
            .take(&Ancestry::default(), count, 1 << 20)
            .iter()
            .map(|statement| statement.id)
            .collect()
    }
}

fn id(statement: &Prepared) -> Hash {
    statement.id().0.0
}

#[test]
fn a_lane_is_offered_in_sequence_whatever_the_order_of_arrival() {
    let bench = bench(Bounds::default());
    let lane: Vec<_> = (0..4)
        .map(|sequence| bench.statement("a", sequence, 1_000))
        .collect();
    for sequence in [2, 1, 3] {
        bench.add("est", &lane[sequence]).unwrap();
    }
    assert!(
        bench.taken(10).is_empty(),
        "nothing may be offered before the gap closes"
    );
    bench.add("est", &lane[0]).unwrap();
    assert_eq!(
        bench.taken(10),
        lane.iter().map(|one| id(one)).collect::<Vec<_>>()
    );
    assert_eq!(bench.add("est", &lane[1]), Ok(Added::Known));
    let other = bench.statement("a", 1, 2_000);
    assert_eq!(
        bench.add("est", &other).unwrap_err().rule,
        reject::SEQUENCE_USED
    );
}

#[test]
fn what_is_parked_does_not_hide_the_gap_it_waits_behind() {
    let bench = bench(Bounds::default());
    let last = bench.statement("a", u64::MAX, 1_000);
    assert_eq!(bench.add("est", &last), Ok(Added::New));
    assert_eq!(bench.pool.next_sequence(&last.counter()), Some(0));
    bench.add("est", &bench.statement("a", 0, 1_000)).unwrap();
    assert_eq!(bench.pool.next_sequence(&last.counter()), Some(1));
    let other = bench.statement("a", u64::MAX, 2_000);
    assert_eq!(
        bench.add("est", &other).unwrap_err().rule,
        reject::SEQUENCE_USED
    );
}

#[test]
fn a_flood_of_one_member_fills_its_own_queue_only() {
    let bench = bench(Bounds {
        member_count: 5,
        ..Bounds::default()
    });
    for sequence in 0..5 {
        bench
            .add("loud", &bench.statement("loud", sequence, 1_000))
            .unwrap();
    }
    let refused = bench
        .add("loud", &bench.statement("loud", 5, 1_000))
        .unwrap_err();
    assert_eq!(
        (refused.rule, refused.rule.retryable),
        (reject::QUEUE_FULL, true)
    );
    let quiet = bench.statement("quiet", 0, 1_000);
    bench.add("quiet", &quiet).unwrap();
    assert!(
        bench.taken(2).contains(&id(&quiet)),
        "each member has its turn in a block of two"
    );
}

#[test]
fn what_is_in_a_block_is_not_offered_again_until_the_block_is_given_up() {
    let bench = bench(Bounds::default());
    let (first, second) = (
        bench.statement("a", 0, 1_000),
        bench.statement("a", 1, 1_000),
    );
    bench.add("est", &first).unwrap();
    bench.add("est", &second).unwrap();
    bench.pool.included(&[id(&first)]);
    assert_eq!(bench.taken(10), [id(&second)]);
    bench.pool.released(&[id(&first)]);
    assert_eq!(bench.taken(10), [id(&first), id(&second)]);
    bench.pool.included(&[id(&first)]);
    bench.pool.finalized(1, &[id(&first)]);
    assert!(!bench.pool.contains(&id(&first)));
    assert_eq!(bench.pool.waiting_now().count, 1);
}

#[test]
fn what_expires_takes_those_behind_it_along_and_each_has_its_reason() {
    let bench = bench(Bounds::default());
    let lane = [
        bench.statement("a", 0, 1_100),
        bench.statement("a", 1, 9_000),
    ];
    for one in &lane {
        bench.tracker.set(&id(one), State::Waiting);
        bench.add("est", one).unwrap();
    }
    bench.pool.expire(1_000);
    assert_eq!(bench.pool.waiting_now().count, 2, "not yet");
    bench.pool.expire(2_000);
    assert_eq!(bench.pool.waiting_now(), Waiting::default());
    let failed = |one: &Prepared| match bench.tracker.get(&one.id()) {
        Some(State::Failed(reject)) => reject.rule,
        other => panic!("{other:?}"),
    };
    assert_eq!(failed(&lane[0]), reject::DEADLINE_PASSED);
    assert_eq!(failed(&lane[1]), reject::SEQUENCE_AHEAD);
    bench.add("est", &bench.statement("a", 0, 9_000)).unwrap();
    assert_eq!(bench.taken(10).len(), 1, "the lane can be used again");
}

#[test]
fn statements_final_elsewhere_move_the_lane_on() {
    let bench = bench(Bounds::default());
    let third = bench.statement("a", 2, 1_000);
    bench.add("est", &third).unwrap();
    bench.pool.committed([(third.counter(), 2)].into_iter());
    assert_eq!(bench.taken(10), [id(&third)]);
}

/// Whether who waits for the pool to grow was told.
fn told(changed: BoxFuture<'static, ()>) -> bool {
    futures::FutureExt::now_or_never(changed).is_some()
}

#[test]
fn whoever_waits_to_propose_is_told_when_a_final_block_lets_parked_statements_go_on() {
    let bench = bench(Bounds::default());
    let lane: Vec<_> = (0..4)
        .map(|sequence| bench.statement("a", sequence, 1_000))
        .collect();
    for parked in [1, 3] {
        bench.add("est", &lane[parked]).unwrap();
    }
    let changed = bench.pool.changed();
    bench.pool.committed([(lane[0].counter(), 1)].into_iter());
    assert!(told(changed), "1 can go on");
    bench.pool.included(&[id(&lane[1])]);
    let changed = bench.pool.changed();
    bench.pool.finalized(1, &[id(&lane[1])]);
    assert!(!told(changed), "3 waits for 2");
    bench.add("est", &lane[2]).unwrap();
    assert_eq!(bench.taken(10), [id(&lane[2]), id(&lane[3])]);
}

#[test]
fn a_statement_whose_sequence_became_final_elsewhere_ends_with_that_block() {
    let bench = bench(Bounds::default());
    let lane = [0, 1, 2].map(|sequence| bench.statement("a", sequence, 9_000));
    for one in &lane {
        bench.tracker.admitted(&id(one), 1);
        bench.add("est", one).unwrap();
    }
    bench.pool.included(&[id(&lane[0])]);
    bench.pool.committed([(lane[0].counter(), 2)].into_iter());
    let state = |one: &Prepared| bench.tracker.get(&one.id());
    assert_eq!(state(&lane[0]), Some(State::Waiting), "a block has it");
    let Some(State::Failed(why)) = state(&lane[1]) else {
        panic!("{:?}", state(&lane[1]));
    };
    assert_eq!(why.rule, reject::SEQUENCE_USED);
    assert_eq!(state(&lane[2]), Some(State::Waiting));
    assert_eq!(bench.pool.waiting_now().count, 1);
    assert_eq!(bench.pool.count_of(&MemberId::new("est").unwrap()), 2);
}

#[test]
fn a_used_sequence_ends_a_statement_when_that_is_final_and_nobody_behind_it() {
    let bench = bench(Bounds::default());
    let lane = [0, 1].map(|sequence| bench.statement("a", sequence, 9_000));
    for one in &lane {
        bench.tracker.set(&id(one), State::Waiting);
        bench.add("est", one).unwrap();
    }
    let used = reject::SEQUENCE_USED.because("the next is 1");
    bench.pool.refuse(&id(&lane[0]), &used);
    let waiting = Some(State::Waiting);
    assert_eq!(bench.tracker.get(&lane[0].id()), waiting, "it may be final");
    bench.pool.committed([(lane[0].counter(), 1)].into_iter());
    let failed = Some(State::Failed(passed_over().into()));
    assert_eq!(bench.tracker.get(&lane[0].id()), failed);
    assert_eq!(bench.tracker.get(&lane[1].id()), waiting);
    assert_eq!(bench.taken(10), [id(&lane[1])]);
}

#[test]
fn peers_are_told_again_of_what_waits_for_long_and_of_a_long_queue_later() {
    let bench = bench(Bounds::default());
    let many = u64::try_from(PATIENT_ABOVE).unwrap() + 1;
    let lane: Vec<_> = (0..many)
        .map(|sequence| bench.statement("a", sequence, 9_000))
        .collect();
    bench.tracker.set(&id(&lane[0]), State::Waiting);
    bench.add("est", &lane[0]).unwrap();
    assert!(bench.pool.overdue(10).is_empty(), "it came just now");
    for one in &lane[1..] {
        bench.tracker.set(&id(one), State::Waiting);
        bench.add("est", one).unwrap();
    }
    std::thread::sleep(TELL_AGAIN_AFTER);
    assert!(bench.pool.overdue(10).is_empty(), "a long queue moves");
    std::thread::sleep(PATIENCE);
    let told = bench.pool.overdue(10);
    assert_eq!(told.len(), 10, "no more at once than asked for");
    assert_eq!(told[0], *lane[0].statement.bytes());
    bench.pool.finalized(1, &[id(&lane[0])]);
    let told = bench.pool.overdue(1);
    assert_eq!(told[0], *lane[10].statement.bytes(), "not twice");
}

#[test]
fn what_a_given_up_block_brought_in_sequence_is_offered_once() {
    let bench = bench(Bounds::default());
    let lane = [0, 1, 2].map(|sequence| bench.statement("a", sequence, 9_000));
    bench.add("est", &lane[1]).unwrap();
    // A block has the one that never came here, and the one that waits for it.
    let block = [id(&lane[0]), id(&lane[1])];
    bench.pool.included(&block);
    bench.pool.released(&block);
    assert_eq!(bench.pool.waiting_now(), Waiting::default(), "it is parked");
    bench.add("est", &lane[0]).unwrap();
    assert_eq!(bench.taken(10), block);
    assert_eq!(bench.pool.waiting_now().count, 2);
    bench.pool.included(&block);
    bench.pool.finalized(1, &block);
    assert_eq!(bench.pool.waiting_now(), Waiting::default());
    bench.add("est", &lane[2]).unwrap();
    assert_eq!(bench.taken(10), [id(&lane[2])]);

    // The same while the block is under way.
    let later = [3, 4].map(|sequence| bench.statement("a", sequence, 9_000));
    bench.add("est", &later[1]).unwrap();
    bench.pool.included(&[id(&later[1])]);
    bench.add("est", &later[0]).unwrap();
    assert_eq!(
        bench.pool.waiting_now().count,
        2,
        "the third and the fourth"
    );
    bench.pool.released(&[id(&later[1])]);
    assert_eq!(bench.pool.waiting_now().count, 3);
    assert_eq!(
        bench.taken(10),
        [id(&lane[2]), id(&later[0]), id(&later[1])]
    );
}

#[test]
fn a_statement_that_somebody_holds_is_known_by_its_bytes_and_not_decoded_again() {
    let bench = bench(Bounds::default());
    let preparer = crate::core::Preparer::new(bench.ledger.clone());
    let bytes = bench.statement("a", 0, 9_000).statement.bytes().clone();
    let by_bytes = convoy_types::Digest::of(&bytes).0;
    assert!(preparer.known(&by_bytes).is_none(), "it never came");
    let prepared = preparer.prepare(StatementBytes::of(bytes)).unwrap();
    let known = preparer.known(&by_bytes).expect("it is held");
    assert!(Arc::ptr_eq(&prepared, &known));
    let again = preparer
        .prepare(StatementBytes::of(prepared.statement.bytes().clone()))
        .unwrap();
    assert!(Arc::ptr_eq(&prepared, &again), "who tries it shares it");
    drop(again);
    assert!(preparer.known(&by_bytes).is_some(), "it is still held");
    drop((prepared, known));
    assert!(preparer.known(&by_bytes).is_none(), "nobody holds it");
}

#[test]
fn the_last_final_statements_are_known_and_older_ones_are_let_go() {
    let bench = bench(Bounds::default());
    let id = |number: usize| convoy_types::Digest::of(&number.to_be_bytes()).0;
    let all: Vec<Hash> = (0..FINAL_KEPT + 10).map(id).collect();
    assert!(!bench.pool.was_final(&all[0]));
    bench.pool.finalized(1, &all[..100]);
    bench.pool.finalized(1, &all[..100]);
    assert!(bench.pool.was_final(&all[0]), "told again after a crash");
    bench.pool.finalized(2, &all[100..]);
    assert!(!bench.pool.was_final(&all[9]));
    assert!(all[10..].iter().all(|id| bench.pool.was_final(id)));
}
