//! How often an execution has to ask for state, and what a proposer does about a statement that asks too often.

use super::*;
use crate::output::SkipReason;

impl Bench {
    /// Executes, and says how often state was asked for.
    fn count(&self, mode: Mode, statements: &[Arc<Prepared>]) -> (usize, Output) {
        let mut execution = self.execution(mode, statements);
        let mut rounds = 0;
        loop {
            match execution.run(&self.check) {
                Step::NeedKeys { state, counters } => {
                    rounds += 1;
                    for key in state {
                        execution.supply_cell(key, self.store.cell(&key));
                    }
                    for key in counters {
                        execution.supply_counter(key, self.store.counter(&key));
                    }
                }
                Step::Invalid(why) => panic!("{why}"),
                Step::Done(output) => return (rounds, *output),
            }
        }
    }
}

fn till(number: usize) -> String {
    format!("t{number}")
}

#[test]
fn the_actions_of_a_statement_ask_for_their_state_together() {
    let mut bench = bench();
    let puts: Vec<Action> = (0..700).map(|number| put(&till(number), 5)).collect();
    bench.block(&[bench.statement("a", 0, &puts)]);
    let takes: Vec<Action> = (0..700)
        .map(|number| Action::Take {
            till: till(number),
            coins: 1,
        })
        .collect();
    let statement = bench.statement("a", 1, &takes);
    let (rounds, output) = bench.count(Mode::Verify, &[statement]);
    assert_eq!(output.outcomes[0].reject, None);
    assert!(rounds < 20, "{rounds} rounds for 700 actions");
}

#[test]
fn timers_that_are_due_together_ask_for_their_state_together() {
    let mut bench = bench();
    for number in 0..300 {
        let actions = [
            put(&till(number), 5),
            Action::EmptyAt {
                till: till(number),
                due_ms: 1_000_000,
            },
        ];
        bench.block(&[bench.statement("a", number as u64, &actions)]);
        bench.tip.time_ms = 1_000;
    }
    bench.tip.time_ms = 2_000_000;
    let (rounds, output) = bench.count(Mode::Verify, &[]);
    assert_eq!(output.events.len(), 300);
    assert!(rounds < 20, "{rounds} rounds for 300 timers");
}

#[test]
fn a_proposer_gives_up_on_what_reads_record_after_record_and_goes_on_with_the_others() {
    let mut bench = bench();
    let chain: Vec<Action> = (0..900)
        .map(|number| Action::Chain {
            till: till(number),
            next: till(number + 1),
        })
        .collect();
    bench.block(&[bench.statement("a", 0, &chain)]);
    let slow = |from: usize| Action::Follow { till: till(from) };
    let statements = [
        bench.statement("a", 1, &[slow(0)]),
        bench.statement("b", 0, &[put("x", 1)]),
        bench.statement("c", 0, &[slow(600)]),
    ];
    let (rounds, output) = bench.count(Mode::Propose, &statements);
    let skipped: Vec<_> = output
        .skipped
        .iter()
        .map(|SkipReason { place, reject, .. }| (*place, reject.rule.name))
        .collect();
    assert_eq!(skipped, [(0, "too-much-state")]);
    assert_eq!(output.places, [1, 2]);
    assert!(rounds < 1_000, "{rounds} rounds");

    let (_, whole) = bench.count(Mode::Verify, &statements);
    assert_eq!(whole.outcomes.len(), 3, "it is no rule");

    // Blocks end before too many of such statements come together; those behind wait and are not refused.
    let many: Vec<_> =
        (0..6)
            .map(|signer| bench.statement(&format!("s{signer}"), 0, &[slow(600)]))
            .chain((0..4).map(|signer| {
                bench.statement(&format!("u{signer}"), 0, &[slow(550 - 80 * signer)])
            }))
            .collect();
    let (rounds, output) = bench.count(Mode::Propose, &many);
    assert!(rounds < 2_000, "{rounds} rounds");
    assert!(output.places.len() >= 6, "{:?}", output.places);
}
