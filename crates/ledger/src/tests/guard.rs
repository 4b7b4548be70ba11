//! The guard before modules: when it is asked, what it sees, and that what it wants done beside an action shares its fate.

use super::{toys::*, *};
use crate::{
    module::Call,
    standing::{Asked, Guard},
};

/// Denies tills whose name begins with `x`, and rings the bell beside everything else.
struct Doorman {
    asked: Arc<Mutex<Vec<String>>>,
    ring: fn() -> Ring,
}

impl Guard for Doorman {
    fn likely_keys(&self, _: &Compartment) -> Vec<StateKey> {
        Vec::new()
    }

    fn permit(&self, reader: &mut Reader<'_>, asked: &Asked<'_>) -> Result<Vec<Call>, Halt> {
        let who = reader.standing().map(|standing| standing.did.to_string());
        let said = format!(
            "{} {}::{}",
            who.unwrap_or_default(),
            asked.module,
            asked.action
        );
        self.asked.lock().unwrap().push(said);
        let action: Action = cbor::from_slice(asked.body).unwrap();
        assert_eq!((asked.touched)(reader)?, []);
        match action {
            Action::Put { till, .. } if till.starts_with('x') => {
                Err(asked.denied.because("not this till").into())
            }
            _ => Ok(vec![Call::to::<BellModule>((self.ring)())]),
        }
    }
}

fn guarded(ring: fn() -> Ring) -> (Bench, Arc<Mutex<Vec<String>>>) {
    let mut bench = bench();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let doorman = Doorman {
        asked: Arc::clone(&asked),
        ring,
    };
    let registry = Registry::new(OneKey(bench.key.public().clone()))
        .with(TillModule)
        .with(BellModule)
        .guarded_by(doorman);
    bench.ledger.registry = Arc::new(registry);
    (bench, asked)
}

fn rung(bench: &Bench) -> u64 {
    let key = StateKey::of(&bench.ledger.compartment, Rung::TABLE, b"bell");
    let cell = bench
        .store
        .cell(&key)
        .map(|cell| crate::state::from_cells(&[cell]).unwrap());
    cell.map_or(0, |bytes| cbor::from_slice::<Rung>(&bytes).unwrap().0)
}

#[test]
fn the_guard_is_asked_about_each_action_by_its_name_and_denies_before_the_module() {
    let (mut bench, asked) = guarded(|| Ring::Once);
    let statement = bench.statement("a", 0, &[put("t", 5), put("x", 5), take("t", 99)]);
    let output = bench.block(&[statement]);
    let refused = output.outcomes[0].reject.as_ref().unwrap();
    assert_eq!(
        (refused.rule, refused.action),
        (reject::NOT_PERMITTED, Some(1))
    );
    // While state was missing it was asked about the third one too, only to find out what that one misses.
    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked[0], "did:web:a.example till::Put");
    assert_eq!(asked[asked.len() - 2..], [asked[0].as_str(); 2]);
    assert_eq!(
        (bench.coins("t"), rung(&bench)),
        (None, 0),
        "what was beside the first action is gone with it"
    );
}

#[test]
fn what_the_guard_wants_beside_an_action_is_done_with_it() {
    let (mut bench, _) = guarded(|| Ring::Once);
    let statements = [
        bench.statement("a", 0, &[put("t", 5)]),
        bench.statement("a", 1, &[take("t", 9)]),
    ];
    assert_eq!(numbers(&bench.block(&statements)), [0, 901]);
    assert_eq!((bench.coins("t"), rung(&bench)), (Some(5), 1));
}

#[test]
fn an_action_whose_beside_is_refused_does_not_happen() {
    let (mut bench, _) = guarded(|| Ring::Broken);
    let output = bench.block(&[bench.statement("a", 0, &[put("t", 5)])]);
    assert_eq!(numbers(&output), [BROKEN.number]);
    assert_eq!(bench.coins("t"), None);
}

#[test]
fn nobody_asks_the_guard_about_founding_timers_and_calls() {
    let (mut bench, asked) = guarded(|| Ring::Once);
    let founding = [("till".to_owned(), cbor::to_vec(&put("x", 7)))];
    let output = bench.ledger.found(1_000, &founding).unwrap();
    bench.store.apply(&output);
    assert_eq!(bench.coins("x"), Some(7));
    assert!(asked.lock().unwrap().is_empty());
    let at = Action::EmptyAt {
        till: "x".into(),
        due_ms: bench.tip.time_ms + 1_500,
    };
    bench.block(&[bench.statement("a", 0, &[at])]);
    asked.lock().unwrap().clear();
    bench.block(&[]);
    assert_eq!(bench.coins("x"), Some(0), "the timer fired");
    assert!(asked.lock().unwrap().is_empty());
}
