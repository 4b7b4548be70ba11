//! What executing captures costs, printed. Run by hand: `cargo nextest run -p convoy-modules cost --run-ignored all --no-capture`.

use super::*;
use convoy_ledger::{Execution, Mode, SignatureCheck, memory};
use convoy_types::{cose::PublicKey, statement::Statement};
use std::{sync::Arc, time::Instant};

/// Signatures are somebody else's cost here.
struct Trusting;

impl SignatureCheck for Trusting {
    fn check(&self, signed: &[(&PublicKey, &Statement)]) -> Vec<bool> {
        vec![true; signed.len()]
    }
}

fn time(world: &mut World, what: &str, events: usize, statements: &[Statement]) {
    let start = Instant::now();
    let prepared: Vec<_> = statements
        .iter()
        .map(|s| Arc::new(world.ledger.prepare(s.clone()).unwrap()))
        .collect();
    let preparing = start.elapsed();
    let time_ms = world.tip.time_ms + 1_000;
    let start = Instant::now();
    let execution = Execution::new(
        world.ledger.clone(),
        Mode::Verify,
        world.tip,
        time_ms,
        prepared,
    );
    let output = memory::run(execution, &world.store, &Trusting).unwrap();
    let executing = start.elapsed();
    assert!(
        output
            .outcomes
            .iter()
            .all(|outcome| outcome.reject.is_none())
    );
    world.store.apply(&output);
    world.tip.time_ms = time_ms;
    world.tip.height += 1;
    let each = |time: std::time::Duration| time.as_secs_f64() * 1e6 / events as f64;
    println!(
        "{what}: prepare {:.1} µs, execute {:.1} µs an event; {} cells written",
        each(preparing),
        each(executing),
        output.state_writes.len()
    );
}

#[test]
#[ignore = "a measurement, not a claim"]
fn cost_of_captures() {
    let mut world = World::new();
    let all: Vec<Epc> = (0..4_000).map(part).collect();
    for chunk in all.chunks(2_000) {
        accept(&mut world, "est", &add(0, chunk));
    }
    let single = |world: &mut World, minute| -> Vec<Statement> {
        let tell = |name: &Epc| {
            see(minute, std::slice::from_ref(name))
                .at(2)
                .step(BizStep::Storing)
        };
        let told: Vec<Action> = all[..2_000]
            .iter()
            .map(|name| tell(name).action())
            .collect();
        told.iter()
            .map(|action| world.sign("est", super::super::NAME, std::slice::from_ref(action)))
            .collect()
    };
    let batch = single(&mut world, 1);
    time(&mut world, "single events, one a statement", 2_000, &batch);
    let batch = single(&mut world, 2);
    time(
        &mut world,
        "single events, one a statement, again",
        2_000,
        &batch,
    );
    let told: Vec<Action> = all[..500]
        .iter()
        .map(|name| see(3, std::slice::from_ref(name)).at(2).action())
        .collect();
    let batch = [world.sign("est", super::super::NAME, &told)];
    time(&mut world, "500 events in a statement", 500, &batch);
    let batch = [world.sign(
        "est",
        super::super::NAME,
        &[see(4, &all[..2_000]).at(3).action()],
    )];
    time(&mut world, "one event of 2,000 objects", 1, &batch);
}
