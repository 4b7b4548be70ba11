//! Any order of recording, with wrong events declared wrong at any time after, ends in the present of a
//! history in which the wrong events never were.
//!
//! A history is told three ways: in the order of claimed times without the wrong events; so with them, declared
//! wrong at the end; and shuffled, each declaration somewhere behind its event. Events that do not fit yet are
//! sent again. Where all ways take every event, they agree on every object: parent, bond, place, disposition,
//! step, life and contents. Declarations that are refused (234: something was built upon the event) end the
//! comparison: such a history cannot be put right without putting right what was built upon it first. What comes
//! out says where: a place that was taken from the container stays when what gave it to the container was wrong.

use super::*;
use proptest::prelude::*;

const PARTS: u32 = 3;
const CASES: u32 = 2;

/// One event of a history: what, with which part and case, where.
#[derive(Clone, Debug)]
enum Fact {
    See(u32, Option<u32>, Option<bool>),
    Move(u32, u32),
    Pack(u32, u32),
    Unpack(u32, u32, u32),
    Fit(u32, u32),
    TakeOff(u32, u32, u32),
    SeeCase(u32, u32),
}

fn fact() -> impl Strategy<Value = Fact> {
    let (part, case) = (1..=PARTS, 1..=CASES);
    prop_oneof![
        (
            part.clone(),
            prop::option::of(2..6u32),
            prop::option::of(any::<bool>())
        )
            .prop_map(|(part, place, damaged)| Fact::See(part, place, damaged)),
        (part.clone(), 2..6u32).prop_map(|(part, place)| Fact::Move(part, place)),
        (part.clone(), case.clone()).prop_map(|(part, case)| Fact::Pack(part, case)),
        (part.clone(), case.clone(), 2..6u32)
            .prop_map(|(part, case, place)| Fact::Unpack(part, case, place)),
        (part.clone(), case.clone()).prop_map(|(part, case)| Fact::Fit(part, case)),
        (part, case.clone(), 2..6u32)
            .prop_map(|(part, case, place)| Fact::TakeOff(part, case, place)),
        (case, 2..6u32).prop_map(|(case, place)| Fact::SeeCase(case, place)),
    ]
}

fn told(fact: &Fact, minute: u64) -> Told {
    let at = |told: Told, number: Option<u32>| match number {
        Some(number) => told.at(number),
        None => told,
    };
    match *fact {
        Fact::See(number, place, damaged) => {
            let seen = at(see(minute, &[part(number)]), place).step(BizStep::Inspecting);
            match damaged {
                Some(true) => seen.disposition(Disposition::Damaged),
                Some(false) => seen.disposition(Disposition::Active),
                None => seen,
            }
        }
        Fact::Move(number, place) => see(minute, &[part(number)])
            .at(place)
            .step(BizStep::Shipping),
        Fact::Pack(number, container) => pack(minute, &case(container), &[part(number)]),
        Fact::Unpack(number, container, place) => {
            unpack(minute, &case(container), &[part(number)]).at(place)
        }
        Fact::Fit(number, container) => {
            Told::aggregation(Does::Add, minute, &case(container), &[part(number)]).associated()
        }
        Fact::TakeOff(number, container, place) => {
            Told::aggregation(Does::Delete, minute, &case(container), &[part(number)])
                .associated()
                .at(place)
        }
        Fact::SeeCase(container, place) => see(minute, &[case(container)])
            .at(place)
            .step(BizStep::Departing),
    }
}

/// A network an hour old in which everything was commissioned at its start.
fn world() -> World {
    let mut world = World::new();
    world.wait::<Event>(60 * MINUTE_MS);
    let all: Vec<Epc> = (1..=PARTS).map(part).chain((1..=CASES).map(case)).collect();
    accept(&mut world, "est", &add(0, &all).id(200));
    world
}

/// Sends all, those that do not fit yet again and again; `false` where some never fit.
fn tell(world: &mut World, events: &[&Told]) -> bool {
    let mut waiting: Vec<&Told> = events.to_vec();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|told| act(world, "est", told.action()).is_err());
        if waiting.len() == before {
            return false;
        }
    }
    true
}

fn present(world: &World) -> Vec<String> {
    let all = (1..=PARTS).map(part).chain((1..=CASES).map(case));
    all.map(|name| {
        let now = object(world, &name);
        format!(
            "{name}: {:?} {:?} in {:?}, at {:?}, {:?}, {:?}, {} inside, told {}",
            now.life,
            now.bond,
            now.parent.as_ref().map(Epc::key),
            now.place.as_ref().map(Epc::key),
            now.disposition,
            now.biz_step,
            now.contents,
            now.time_ms
        )
    })
    .collect()
}

fn check(facts: &[Fact], wrong: &[bool], order: &[usize]) -> Result<(), TestCaseError> {
    let events: Vec<Told> = (0u8..)
        .zip(facts)
        .map(|(at, fact)| told(fact, 1 + u64::from(at) * 3).id(at))
        .collect();
    let is_wrong = |at: usize| wrong.get(at).copied().unwrap_or(false);
    let standing: Vec<&Told> = (0..events.len())
        .filter(|at| !is_wrong(*at))
        .map(|at| &events[at])
        .collect();
    let mut right = world();
    // In the order of their times, each as it comes: a history that is possible.
    prop_assume!(
        standing
            .iter()
            .all(|told| act(&mut right, "est", told.action()).is_ok())
    );
    let expected = present(&right);

    let mut declared = world();
    prop_assume!(
        events
            .iter()
            .all(|told| act(&mut declared, "est", told.action()).is_ok())
    );
    let declarations: Vec<Told> = (0..events.len())
        .filter(|at| is_wrong(*at))
        .map(|at| events[at].clone().wrong(&declared))
        .collect();
    if tell(&mut declared, &declarations.iter().collect::<Vec<_>>()) {
        prop_assert_eq!(&present(&declared), &expected, "declared wrong at the end");
    }

    let mut shuffled = world();
    let mut order: Vec<usize> = order.iter().map(|at| at % events.len().max(1)).collect();
    order.dedup();
    let mut seen = std::collections::BTreeSet::new();
    order.retain(|at| seen.insert(*at));
    order.extend((0..events.len()).filter(|at| !seen.contains(at)));
    let sent: Vec<&Told> = order.iter().map(|at| &events[*at]).collect();
    if tell(&mut shuffled, &sent) {
        let declarations: Vec<Told> = (0..events.len())
            .filter(|at| is_wrong(*at))
            .map(|at| events[at].clone().wrong(&shuffled))
            .collect();
        if tell(&mut shuffled, &declarations.iter().collect::<Vec<_>>()) {
            prop_assert_eq!(&present(&shuffled), &expected, "shuffled as {:?}", order);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_global_rejects: 200_000, ..ProptestConfig::default() })]

    #[test]
    fn what_was_declared_wrong_leaves_the_present_of_a_history_without_it(
        facts in prop::collection::vec(fact(), 1..7),
        wrong in prop::collection::vec(prop::bool::weighted(0.3), 7),
        order in prop::collection::vec(0..7usize, 7),
    ) {
        check(&facts, &wrong, &order)?;
    }
}
