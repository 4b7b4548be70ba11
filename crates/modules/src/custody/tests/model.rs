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

const MEMBERS: [&str; 3] = ["est", "fra", "parts"];

/// One step, with numbers for who and what.
#[derive(Clone, Debug)]
enum Move {
    Add(usize, u32),
    AddLot(usize, u32, u32),
    Use(usize, u32, u32),
    Ship(usize, u32),
    End(usize, u32),
    Pack(usize, u32, Vec<u32>),
    PackLot(usize, u32, u32, u32),
    Unpack(usize, u32, Vec<u32>),
    UnpackLot(usize, u32, u32, u32),
    Offer(usize, usize, Vec<u32>),
    OfferLot(usize, usize, u32, u32),
    Answer(usize, usize, u8),
    Lose(usize, u32),
    Close(usize, usize, bool),
}

/// Things 0 to 5 are parts, 6 to 9 are cases; anything may be packed into a case.
fn thing(number: u32) -> Epc {
    if number < 6 {
        part(number)
    } else {
        case(number)
    }
}

/// `things` without the container itself.
fn others(mut things: Vec<u32>, container: u32) -> Vec<u32> {
    things.retain(|thing| *thing != container);
    if things.is_empty() {
        things.push((container + 1) % 10);
    }
    things
}

fn steps() -> impl Strategy<Value = Vec<Move>> {
    let who = || 0..MEMBERS.len();
    let any_thing = || 0u32..10;
    let container = || 6u32..10;
    let some = || {
        prop::collection::btree_set(0u32..10, 1..4)
            .prop_map(|set| set.into_iter().collect::<Vec<_>>())
    };
    let step = prop_oneof![
        3 => (who(), any_thing()).prop_map(|(w, t)| Move::Add(w, t)),
        2 => (who(), 0u32..2, 1u32..20).prop_map(|(w, l, n)| Move::AddLot(w, l, n)),
        1 => (who(), 0u32..2, 1u32..20).prop_map(|(w, l, n)| Move::Use(w, l, n)),
        2 => (who(), any_thing()).prop_map(|(w, t)| Move::Ship(w, t)),
        1 => (who(), any_thing()).prop_map(|(w, t)| Move::End(w, t)),
        5 => (who(), container(), some()).prop_map(|(w, c, t)| Move::Pack(w, c, others(t, c))),
        3 => (who(), container(), 0u32..2, 1u32..20).prop_map(|(w, c, l, n)| Move::PackLot(w, c, l, n)),
        3 => (who(), container(), some()).prop_map(|(w, c, t)| Move::Unpack(w, c, others(t, c))),
        2 => (who(), container(), 0u32..2, 1u32..20).prop_map(|(w, c, l, n)| Move::UnpackLot(w, c, l, n)),
        4 => (who(), who(), some()).prop_map(|(w, to, t)| Move::Offer(w, to, t)),
        2 => (who(), who(), 0u32..2, 1u32..20).prop_map(|(w, to, l, n)| Move::OfferLot(w, to, l, n)),
        5 => (who(), 0usize..8, 0u8..3).prop_map(|(w, n, a)| Move::Answer(w, n, a)),
        1 => (who(), any_thing()).prop_map(|(w, t)| Move::Lose(w, t)),
        1 => (who(), 0usize..4, any::<bool>()).prop_map(|(w, n, f)| Move::Close(w, n, f)),
    ];
    prop::collection::vec(step, 1..60)
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Fine,
    Offered,
    Missing,
    Over,
}

#[derive(Clone, Debug)]
struct Thing {
    owner: usize,
    custodian: usize,
    inside: Option<u32>,
    state: State,
    /// Known by another event than its commissioning.
    taken_up: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Where {
    Loose(usize),
    In(u32),
    Aside(usize),
}

#[derive(Clone, Debug)]
struct Deal {
    from: usize,
    to: usize,
    things: Vec<u32>,
    lot: Option<u32>,
    open: bool,
    id: HandoverId,
}

/// What custody should be, told simply.
#[derive(Clone, Debug, Default)]
struct Model {
    things: BTreeMap<u32, Thing>,
    /// Amount and owner by lot and place.
    lots: BTreeMap<(u32, Where), (u32, usize)>,
    deals: Vec<Deal>,
    cases: Vec<(usize, u32, bool, CaseId)>,
}

impl Model {
    fn root(&self, thing: u32) -> u32 {
        self.things[&thing]
            .inside
            .map_or(thing, |inside| self.root(inside))
    }
    fn above(&self, thing: u32) -> Vec<u32> {
        let mut above = vec![thing];
        while let Some(next) = self.things[above.last().unwrap()].inside {
            above.push(next);
        }
        above
    }
    fn levels_inside(&self, thing: u32) -> usize {
        let inside = self.things.iter().filter(|(_, t)| t.inside == Some(thing));
        inside
            .map(|(n, _)| 1 + self.levels_inside(*n))
            .max()
            .unwrap_or(0)
    }
    fn held(&self, who: usize, thing: u32) -> bool {
        self.things.contains_key(&thing) && self.things[&self.root(thing)].custodian == who
    }
    /// Held, in being, not missing, not offered.
    fn free(&self, who: usize, thing: u32) -> bool {
        self.held(who, thing)
            && [thing, self.root(thing)]
                .iter()
                .all(|t| self.things[t].state == State::Fine)
    }
    fn fill(&mut self, who: usize, thing: u32) {
        let fresh = Thing {
            owner: who,
            custodian: who,
            inside: None,
            state: State::Fine,
            taken_up: true,
        };
        self.things.entry(thing).or_insert(fresh);
    }
    fn amount(&self, lot: u32, at: Where) -> u32 {
        self.lots.get(&(lot, at)).map_or(0, |(amount, _)| *amount)
    }
    fn shift(&mut self, lot: u32, from: Where, to: Where, count: u32) -> bool {
        let Some((have, owner)) = self.lots.get(&(lot, from)).copied() else {
            return false;
        };
        let mixes = self
            .lots
            .get(&(lot, to))
            .is_some_and(|(_, other)| *other != owner);
        if have < count || mixes {
            return false;
        }
        self.lots.insert((lot, from), (have - count, owner));
        self.lots.retain(|_, (amount, _)| *amount > 0);
        self.lots.entry((lot, to)).or_insert((0, owner)).0 += count;
        true
    }

    /// Does the step if it may be done, on a copy; says whether it may.
    fn step(&mut self, step: &Move) -> bool {
        let mut next = self.clone();
        let may = next.try_step(step);
        if may {
            *self = next;
        }
        may
    }

    fn try_step(&mut self, step: &Move) -> bool {
        match step {
            Move::Add(who, thing) => {
                self.fill(*who, *thing);
                let thing = self.things.get_mut(thing).unwrap();
                let own = thing.owner == *who && thing.custodian == *who;
                let may = thing.taken_up && own && thing.inside.is_none();
                thing.taken_up = false;
                may && thing.state == State::Fine
            }
            Move::AddLot(who, lot, count) => {
                let at = (*lot, Where::Loose(*who));
                let entry = self.lots.entry(at).or_insert((0, *who));
                entry.0 += count;
                entry.1 == *who
            }
            Move::Use(who, lot, count) => {
                let Some((have, owner)) = self.lots.get_mut(&(*lot, Where::Loose(*who))) else {
                    return false;
                };
                if *have < *count || *owner != *who {
                    return false;
                }
                *have -= count;
                self.lots.retain(|_, (amount, _)| *amount > 0);
                true
            }
            Move::Ship(who, thing) => {
                self.fill(*who, *thing);
                let state = &self.things[thing].state;
                self.held(*who, *thing)
                    && self.root(*thing) == *thing
                    && matches!(state, State::Fine | State::Offered | State::Missing)
            }
            Move::End(who, thing) => {
                let may = self.things.contains_key(thing)
                    && self.free(*who, *thing)
                    && self.things[thing].owner == *who
                    && self.root(*thing) == *thing
                    && !self.things.values().any(|t| t.inside == Some(*thing))
                    && !self.lots.keys().any(|(_, at)| *at == Where::In(*thing));
                if may {
                    self.things.get_mut(thing).unwrap().state = State::Over;
                }
                may
            }
            Move::Pack(who, container, things) => {
                self.fill(*who, *container);
                self.free(*who, *container)
                    && things.iter().all(|thing| {
                        self.fill(*who, *thing);
                        let may = self.free(*who, *thing)
                            && self.things[thing].inside.is_none()
                            && !self.above(*container).contains(thing)
                            && self.above(*container).len() + self.levels_inside(*thing) <= 16;
                        self.things.get_mut(thing).unwrap().inside =
                            Some(*container).filter(|_| may);
                        may
                    })
            }
            Move::PackLot(who, container, lot, count) => {
                self.fill(*who, *container);
                self.free(*who, *container)
                    && self.shift(*lot, Where::Loose(*who), Where::In(*container), *count)
            }
            Move::Unpack(who, container, things) => {
                self.things.contains_key(container)
                    && self.free(*who, *container)
                    && things.iter().all(|thing| {
                        let inside = self
                            .things
                            .get(thing)
                            .is_some_and(|t| t.inside == Some(*container));
                        if inside {
                            let thing = self.things.get_mut(thing).unwrap();
                            thing.inside = None;
                            thing.custodian = *who;
                        }
                        inside
                    })
            }
            Move::UnpackLot(who, container, lot, count) => {
                self.things.contains_key(container)
                    && self.free(*who, *container)
                    && self.shift(*lot, Where::In(*container), Where::Loose(*who), *count)
            }
            Move::Offer(who, to, things) => {
                who != to
                    && things.iter().all(|thing| {
                        let may = self.things.contains_key(thing)
                            && self.free(*who, *thing)
                            && self.root(*thing) == *thing;
                        if may {
                            self.things.get_mut(thing).unwrap().state = State::Offered;
                        }
                        may
                    })
                    && self.deal(*who, *to, things.clone(), None)
            }
            Move::OfferLot(who, to, lot, count) => {
                let aside = Where::Aside(self.deals.len());
                who != to
                    && self.shift(*lot, Where::Loose(*who), aside, *count)
                    && self.deal(*who, *to, Vec::new(), Some(*lot))
            }
            Move::Answer(who, number, answer) => self.answer(*who, *number, *answer),
            Move::Lose(who, thing) => {
                let may = self.things.contains_key(thing) && self.free(*who, *thing);
                if may {
                    let lost = self.things.get_mut(thing).unwrap();
                    (lost.inside, lost.custodian, lost.state) = (None, *who, State::Missing);
                    self.cases.push((*who, *thing, true, CaseId([0; 16])));
                }
                may
            }
            Move::Close(who, number, found) => {
                let Some((reporter, thing, open, _)) = self.cases.get_mut(*number) else {
                    return false;
                };
                let (reporter, thing, open) = (*reporter, *thing, std::mem::take(open));
                let record = self.things.get_mut(&thing).unwrap();
                let may = match found {
                    true => reporter == *who,
                    // A clerk writes nothing off.
                    false => record.owner == *who && MEMBERS[*who] != "parts",
                };
                record.state = if *found { State::Fine } else { State::Over };
                open && may
            }
        }
    }

    fn deal(&mut self, from: usize, to: usize, things: Vec<u32>, lot: Option<u32>) -> bool {
        self.deals.push(Deal {
            from,
            to,
            things,
            lot,
            open: true,
            id: HandoverId([0; 16]),
        });
        true
    }

    /// 0 accepts, 1 refuses, 2 withdraws.
    fn answer(&mut self, who: usize, number: usize, answer: u8) -> bool {
        let Some(deal) = self.deals.get(number).cloned() else {
            return false;
        };
        let party = if answer == 2 { deal.from } else { deal.to };
        let aside = Where::Aside(number);
        let left_over =
            answer == 2 && !deal.open && deal.lot.is_some_and(|lot| self.amount(lot, aside) > 0);
        if party != who || !(deal.open || left_over) {
            return false;
        }
        for thing in deal.things.iter().filter(|_| deal.open) {
            let thing = self.things.get_mut(thing).unwrap();
            thing.state = State::Fine;
            if answer == 0 {
                thing.custodian = deal.to;
            }
        }
        self.deals[number].open = false;
        let Some(lot) = deal.lot else { return true };
        let target = Where::Loose(if answer == 0 { deal.to } else { deal.from });
        let count = self.amount(lot, aside);
        let moved = self.shift(lot, aside, target, count);
        // A refusal never fails: what would mix stays aside.
        moved || answer == 1
    }
}

/// The action of a step.
fn action(step: &Move, model: &Model, minute: u64) -> Action {
    let name = |numbers: &[u32]| numbers.iter().map(|n| thing(*n)).collect::<Vec<_>>();
    match step {
        Move::Add(_, t) => add(minute, &[thing(*t)]).action(),
        Move::AddLot(_, l, n) => add(minute, &[]).amounts(&[each(lot(*l), *n)]).action(),
        Move::Use(_, l, n) => Told::object(Does::Delete, minute, &[])
            .amounts(&[each(lot(*l), *n)])
            .action(),
        Move::Ship(_, t) => see(minute, &[thing(*t)]).step(BizStep::Shipping).action(),
        Move::End(_, t) => Told::object(Does::Delete, minute, &[thing(*t)]).action(),
        Move::Pack(_, c, t) => pack(minute, &thing(*c), &name(t)).action(),
        Move::PackLot(_, c, l, n) => pack(minute, &thing(*c), &[])
            .amounts(&[each(lot(*l), *n)])
            .action(),
        Move::Unpack(_, c, t) => unpack(minute, &thing(*c), &name(t)).action(),
        Move::UnpackLot(_, c, l, n) => unpack(minute, &thing(*c), &[])
            .amounts(&[each(lot(*l), *n)])
            .action(),
        Move::Offer(_, to, t) => Action::OfferHandover(offer(MEMBERS[*to], &name(t))),
        Move::OfferLot(_, to, l, n) => Action::OfferHandover(Offer {
            portions: vec![portion(lot(*l), *n)],
            ..offer(MEMBERS[*to], &[])
        }),
        Move::Answer(_, number, answer) => {
            let handover = model
                .deals
                .get(*number)
                .map_or(HandoverId([9; 16]), |deal| deal.id);
            match answer {
                0 => take_over(handover),
                1 => Action::RefuseHandover {
                    handover,
                    reason: "no".into(),
                    time: None,
                },
                _ => Action::WithdrawHandover {
                    handover,
                    time: None,
                },
            }
        }
        Move::Lose(_, t) => Action::ReportLoss(LossReport {
            objects: vec![thing(*t)],
            portions: Vec::new(),
            circumstances: "gone".into(),
            time: None,
        }),
        Move::Close(_, number, found) => Action::CloseCase {
            case: model
                .cases
                .get(*number)
                .map_or(CaseId([9; 16]), |case| case.3),
            finding: if *found {
                Finding::Found
            } else {
                Finding::WrittenOff
            },
            account: "so".into(),
            time: None,
        },
    }
}

fn who(step: &Move) -> usize {
    match step {
        Move::Add(who, ..)
        | Move::AddLot(who, ..)
        | Move::Use(who, ..)
        | Move::Ship(who, ..)
        | Move::End(who, ..)
        | Move::Pack(who, ..)
        | Move::PackLot(who, ..)
        | Move::Unpack(who, ..)
        | Move::UnpackLot(who, ..)
        | Move::Offer(who, ..)
        | Move::OfferLot(who, ..)
        | Move::Answer(who, ..)
        | Move::Lose(who, ..)
        | Move::Close(who, ..) => *who,
    }
}

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
            Where::Aside(number) => Holder::Offered(model.deals[*number].id),
        };
        let found: Holding = world.read(&facts::holding_key(&lot(*l), &holder)).unwrap();
        assert_eq!(
            found.quantity(),
            Quantity::each(*count),
            "lot {l} with {at:?}"
        );
        assert_eq!(found.owner.as_str(), MEMBERS[*owner]);
        if let Holder::In(container) = holder {
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
        // Every event has a time and thus an id of its own; the block's time runs ahead of them.
        world.tip.time_ms = START_MS + (minute as u64 + 1) * MINUTE_MS;
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
        let end = START_MS + 61 * MINUTE_MS;
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
