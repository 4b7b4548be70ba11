//! Random actions against a simple model, written without looking at how custody stores things.
//!
//! The model keeps sets and walks them naively. It says beforehand whether an action is accepted, and after
//! it who holds what, what is in what, and how much there is.

use super::*;
use convoy_ledger::{
    Execution, Mode, Step,
    memory::{MemoryStore, Store},
};
use convoy_types::statement::Statement;
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

mod moves;
mod simple;

use moves::{Move, action, steps, thing, who};
use simple::{Model, State, Where};

const MEMBERS: [&str; 3] = ["est", "fra", "parts"];

fn compare(world: &World, model: &Model) {
    let mut contents: BTreeMap<Epc, u32> = BTreeMap::new();
    for (number, expected) in &model.things {
        let found = object(world, &thing(*number));
        assert_eq!(
            found.parent,
            expected.inside.map(thing),
            "what {number} is in"
        );
        assert_eq!(
            found.bond == Bond::Fitted,
            expected.fitted,
            "whether {number} is fitted"
        );
        assert_eq!(
            found.owner.as_str(),
            MEMBERS[expected.owner],
            "the owner of {number}"
        );
        if expected.inside.is_none() {
            assert_eq!(
                found.custodian.as_str(),
                MEMBERS[expected.custodian],
                "the custodian of {number}"
            );
        }
        let life = match expected.state {
            State::Fine | State::Offered => Life::Active,
            State::Missing => Life::Missing,
            State::Over => Life::Ended,
        };
        assert_eq!(found.life, life, "the life of {number}");
        assert_eq!(
            matches!(found.hold, Some(Hold::Offered(_))),
            expected.state == State::Offered
        );
        if let Some(inside) = expected.inside {
            *contents.entry(thing(inside)).or_default() += 1;
        }
    }
    for ((l, at), (count, owner)) in &model.lots {
        let holder = match at {
            Where::Loose(who) => loose(MEMBERS[*who]),
            Where::In(container) => Holder::In(thing(*container)),
            Where::On(asset) => Holder::Fitted(thing(*asset)),
            Where::Aside(number) => Holder::Offered(model.deals[*number].id),
        };
        let found: Holding = world.read(&facts::holding_key(&lot(*l), &holder)).unwrap();
        assert_eq!(
            found.quantity(),
            Quantity::each(*count),
            "lot {l} with {at:?}"
        );
        assert_eq!(found.owner.as_str(), MEMBERS[*owner]);
        if let Holder::In(container) | Holder::Fitted(container) = holder {
            *contents.entry(container).or_default() += 1;
        }
    }
    for number in model.things.keys() {
        let expected = contents.get(&thing(*number)).copied().unwrap_or(0);
        assert_eq!(
            object(world, &thing(*number)).contents,
            expected,
            "contents of {number}"
        );
    }
}

/// Runs the steps and returns the statements, each with the world's agreement checked.
fn play(world: &mut World, steps: &[Move]) -> Vec<Statement> {
    let mut model = Model::default();
    let mut statements = Vec::new();
    let (mut brought, mut used) = (BTreeMap::new(), BTreeMap::new());
    for (minute, step) in steps.iter().enumerate() {
        let signer = MEMBERS[who(step)];
        // Every event has a time and thus an id of its own, a second before its block.
        world.tip.time_ms = START_MS + minute as u64 * MINUTE_MS;
        let action = action(step, &model, minute as u64);
        let expected = model.step(step);
        let statement = world.sign(signer, super::super::NAME, &[action]);
        let output = world.block(std::slice::from_ref(&statement));
        let refusal = &output.outcomes[0].reject;
        assert_eq!(
            refusal.is_none(),
            expected,
            "step {minute} {step:?}: {refusal:?}\n{model:#?}"
        );
        if expected {
            match step {
                Move::Offer(..) | Move::OfferLot(..) => {
                    model.deals.last_mut().unwrap().id = facts::handover_id(&statement.id(), 0);
                }
                Move::Lose(..) => {
                    model.cases.last_mut().unwrap().3 = facts::case_id(&statement.id(), 0)
                }
                Move::AcceptBut(..) | Move::AcceptLess(..) => {
                    model.disputes.last_mut().unwrap().3 = facts::case_id(&statement.id(), 0);
                }
                Move::Split(_, l, n, m, k) => {
                    *used.entry(*l).or_insert(0) += n;
                    *brought.entry(*m).or_insert(0) += k;
                }
                Move::AddLot(_, l, n) => *brought.entry(*l).or_insert(0) += n,
                Move::Use(_, l, n) => *used.entry(*l).or_insert(0) += n,
                _ => {}
            }
        }
        compare(world, &model);
        for l in 0..2 {
            let held: u32 = model
                .lots
                .iter()
                .filter(|((n, _), _)| *n == l)
                .map(|(_, (count, _))| count)
                .sum();
            let brought = brought.get(&l).copied().unwrap_or(0);
            assert_eq!(
                held + used.get(&l).copied().unwrap_or(0),
                brought,
                "lot {l} is conserved"
            );
        }
        statements.push(statement);
    }
    statements
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn custody_agrees_with_a_simple_model(steps in steps()) {
        play(&mut World::new(), &steps);
    }

    #[test]
    fn the_same_statements_give_the_same_state_however_they_are_batched(steps in steps()) {
        let statements = play(&mut World::new(), &steps);
        let end = START_MS + 60 * MINUTE_MS;
        let whole = run_blocks(&[&statements], end, usize::MAX);
        let again = run_blocks(&[&statements], end, usize::MAX);
        prop_assert_eq!(&whole, &again, "run twice");
        let trickled = run_blocks(&[&statements], end, 1);
        prop_assert_eq!(&whole, &trickled, "state handed over one cell at a time");
        let singly: Vec<&[Statement]> = statements.chunks(1).collect();
        prop_assert_eq!(&whole.0, &run_blocks(&singly, end, 3).0, "one statement in each block");
    }
}

type Cells = BTreeSet<(convoy_ledger::StateKey, convoy_ledger::Cell)>;

/// Runs blocks at one time, handing over at most `batch` cells for each request; returns the state and the
/// blocks' roots.
fn run_blocks(blocks: &[&[Statement]], time_ms: u64, batch: usize) -> (Cells, Vec<[u8; 32]>) {
    let mut world = World::new();
    let mut roots = Vec::new();
    for statements in blocks {
        let prepared = statements
            .iter()
            .map(|s| Arc::new(world.ledger.prepare(s.clone()).unwrap()));
        let execution = Execution::new(
            world.ledger.clone(),
            Mode::Verify,
            world.tip,
            time_ms,
            prepared.collect(),
        );
        let output = trickle(execution, &world.store, batch);
        world.store.apply(&output);
        world.tip.height += 1;
        roots.push(output.outcomes_root.0);
    }
    (
        world
            .store
            .cells()
            .map(|(key, cell)| (*key, *cell))
            .collect(),
        roots,
    )
}

fn trickle(mut execution: Execution, store: &MemoryStore, batch: usize) -> convoy_ledger::Output {
    loop {
        match execution.run(&RealSignatures) {
            Step::NeedKeys { state, counters } => {
                for key in state.into_iter().take(batch) {
                    execution.supply_cell(key, store.cell(&key));
                }
                for key in counters.into_iter().take(batch) {
                    execution.supply_counter(key, store.counter(&key));
                }
            }
            Step::Invalid(why) => panic!("{why}"),
            Step::Done(output) => return *output,
        }
    }
}
