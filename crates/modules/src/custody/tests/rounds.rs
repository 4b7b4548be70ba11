//! Large statements ask for what they are about at once, and not object after object: a block may ask only so often.

use super::*;
use convoy_ledger::{Execution, Mode, Output, Prepared, Step, memory::Store as _};
use convoy_types::Statement;
use std::sync::Arc;

/// Executes the statements in the next block, and says how often state was asked for.
fn count(world: &mut World, after_ms: u64, statements: &[Statement]) -> (usize, Output) {
    let prepared = statements.iter().map(|statement| -> Arc<Prepared> {
        Arc::new(world.ledger.prepare(statement.clone()).unwrap())
    });
    let time_ms = world.tip.time_ms + after_ms;
    let mut execution = Execution::new(
        world.ledger.clone(),
        Mode::Verify,
        world.tip,
        time_ms,
        prepared.collect(),
    );
    let mut rounds = 0;
    let output = loop {
        match execution.run(&RealSignatures) {
            Step::NeedKeys { state, counters } => {
                rounds += 1;
                for key in state {
                    execution.supply_cell(key, world.store.cell(&key));
                }
                for key in counters {
                    execution.supply_counter(key, world.store.counter(&key));
                }
            }
            Step::Invalid(why) => panic!("{why}"),
            Step::Done(output) => break *output,
        }
    };
    world.store.apply(&output);
    world.tip.height += 1;
    world.tip.time_ms = time_ms;
    (rounds, output)
}

#[track_caller]
fn few(world: &mut World, who: &str, actions: &[Action]) {
    let statement = world.sign(who, super::super::NAME, actions);
    let (rounds, output) = count(world, 1_000, &[statement]);
    assert_eq!(output.outcomes[0].reject, None);
    assert!(rounds < 40, "{rounds} rounds");
}

/// Objects, each in a case of its own, each of those on a pallet of its own.
fn packed(world: &mut World, count: u32) -> Vec<Epc> {
    let parts: Vec<Epc> = (0..count).map(part).collect();
    let cases: Vec<Epc> = (0..2 * count).map(case).collect();
    accept(world, "est", &add(0, &parts));
    accept(world, "est", &add(0, &cases));
    let mut actions = Vec::new();
    for at in 0..count as usize {
        let (inner, outer) = (&cases[at], &cases[at + count as usize]);
        actions.push(pack(1, inner, &parts[at..=at]).action());
        actions.push(pack(1, outer, std::slice::from_ref(inner)).action());
    }
    few(world, "est", &actions);
    parts
}

#[test]
fn whatever_is_named_is_asked_for_with_all_around_it_at_once() {
    let mut world = World::new();
    let parts = packed(&mut world, 150);
    few(&mut world, "est", &[see(2, &parts).at(2).action()]);
    let single: Vec<Action> = parts
        .iter()
        .map(|name| see(3, std::slice::from_ref(name)).at(2).action())
        .collect();
    few(&mut world, "est", &single);

    let lots: Vec<QuantityElement> = (0..300).map(|number| each(lot(number), 4)).collect();
    few(&mut world, "est", &[add(4, &[]).amounts(&lots).action()]);
    few(&mut world, "est", &[see(5, &[]).amounts(&lots).action()]);
}

#[test]
fn offers_that_end_together_ask_for_what_they_held_at_once() {
    let mut world = World::new();
    let lots: Vec<QuantityElement> = (0..120).map(|number| each(lot(number), 40)).collect();
    accept(&mut world, "est", &add(0, &[]).amounts(&lots));
    let expires_ms = Some(world.tip.time_ms + 10 * MINUTE_MS);
    let offers: Vec<Action> = (0..12)
        .map(|_| {
            let portions = (0..120).map(|number| portion(lot(number), 1)).collect();
            Action::OfferHandover(Offer {
                portions,
                expires_ms,
                ..offer("fra", &[])
            })
        })
        .collect();
    few(&mut world, "est", &offers);
    let (rounds, output) = count(&mut world, 20 * MINUTE_MS, &[]);
    assert_eq!(output.events.len(), 12, "each of them ended");
    assert!(rounds < 40, "{rounds} rounds");
    assert_eq!(amount(&world, &lot(7), &loose("est")), "40");
}
