//! The steps that are tried, and the actions that they are.

use super::{simple::Model, *};

/// One step, with numbers for who and what.
#[derive(Clone, Debug)]
pub(super) enum Move {
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
    /// Fits things to an asset.
    Fit(usize, u32, Vec<u32>),
    TakeOff(usize, u32, Vec<u32>),
    FitLot(usize, u32, u32, u32),
    /// Takes out everything packed, or everything fitted.
    Empty(usize, u32, bool),
    /// Turns one thing into another.
    Make(usize, u32, u32),
    /// Turns so much of one lot into so much of another.
    Split(usize, u32, u32, u32, u32),
    /// Accepts all but these things.
    AcceptBut(usize, usize, Vec<u32>),
    /// Accepts all but so much of the lot.
    AcceptLess(usize, usize, u32),
    /// Ends a discrepancy: upheld or unfounded.
    Settle(usize, usize, bool),
}

/// Things 0 to 5 are parts, 6 to 9 are cases; anything may be packed into a case.
pub(super) fn thing(number: u32) -> Epc {
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

pub(super) fn steps() -> impl Strategy<Value = Vec<Move>> {
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
        4 => (who(), container(), some()).prop_map(|(w, c, t)| Move::Fit(w, c, others(t, c))),
        2 => (who(), container(), some()).prop_map(|(w, c, t)| Move::TakeOff(w, c, others(t, c))),
        2 => (who(), container(), 0u32..2, 1u32..20).prop_map(|(w, c, l, n)| Move::FitLot(w, c, l, n)),
        3 => (who(), container(), any::<bool>()).prop_map(|(w, c, f)| Move::Empty(w, c, f)),
        1 => (who(), any_thing(), any_thing()).prop_map(|(w, t, u)| Move::Make(w, t, if t == u { (u + 1) % 10 } else { u })),
        2 => (who(), 0u32..2, 1u32..10, 0u32..2, 0u32..10, any::<bool>())
            .prop_map(|(w, l, n, m, k, same)| Move::Split(w, l, n, m, if same { n } else { k.max(1) })),
        3 => (who(), 0usize..8, some()).prop_map(|(w, n, t)| Move::AcceptBut(w, n, t)),
        2 => (who(), 0usize..8, 1u32..20).prop_map(|(w, n, k)| Move::AcceptLess(w, n, k)),
        1 => (who(), 0usize..4, any::<bool>()).prop_map(|(w, n, u)| Move::Settle(w, n, u)),
    ];
    prop::collection::vec(step, 1..60)
}

/// The action of a step.
pub(super) fn action(step: &Move, model: &Model, minute: u64) -> Action {
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
        Move::Close(_, number, found) => {
            let case = model.cases.get(*number).map(|case| case.3);
            let finding = if *found {
                Finding::Found
            } else {
                Finding::WrittenOff
            };
            close(case, finding)
        }
        Move::Fit(_, c, t) => pack(minute, &thing(*c), &name(t)).associated().action(),
        Move::TakeOff(_, c, t) => unpack(minute, &thing(*c), &name(t)).associated().action(),
        Move::FitLot(_, c, l, n) => pack(minute, &thing(*c), &[])
            .associated()
            .amounts(&[each(lot(*l), *n)])
            .action(),
        Move::Empty(_, c, fitted) => {
            let told = unpack(minute, &thing(*c), &[]);
            if *fitted { told.associated() } else { told }.action()
        }
        Move::Make(_, from, to) => transformed(minute, &[thing(*from)], &[thing(*to)], &[], &[]),
        Move::Split(_, l, n, m, k) => {
            let (used, made) = ([each(lot(*l), *n)], [each(lot(*m), *k)]);
            transformed(minute, &[], &[], &used, &made)
        }
        Move::AcceptBut(_, number, t) => {
            let short = |number: &u32| Discrepancy {
                kind: DiscrepancyKind::Short,
                object: Some(thing(*number)),
                portion: None,
                taken: false,
                note: String::new(),
            };
            accept_but(model, *number, t.iter().map(short).collect())
        }
        Move::AcceptLess(_, number, count) => {
            let class = model
                .deals
                .get(*number)
                .and_then(|deal| deal.lot)
                .unwrap_or(0);
            let short = Discrepancy {
                kind: DiscrepancyKind::Short,
                object: None,
                portion: Some(portion(lot(class), *count)),
                taken: false,
                note: String::new(),
            };
            accept_but(model, *number, vec![short])
        }
        Move::Settle(_, number, upheld) => {
            let case = model.disputes.get(*number).map(|dispute| dispute.3);
            let finding = if *upheld {
                Finding::Upheld
            } else {
                Finding::Unfounded
            };
            close(case, finding)
        }
    }
}

fn close(case: Option<CaseId>, finding: Finding) -> Action {
    Action::CloseCase {
        case: case.unwrap_or(CaseId([9; 16])),
        finding,
        account: "so".into(),
        time: None,
    }
}

fn accept_but(model: &Model, number: usize, discrepancies: Vec<Discrepancy>) -> Action {
    let deal = model.deals.get(number);
    Action::AcceptHandover {
        handover: deal.map_or(HandoverId([9; 16]), |deal| deal.id),
        time: None,
        discrepancies,
    }
}

fn transformed(
    minute: u64,
    from: &[Epc],
    to: &[Epc],
    used: &[QuantityElement],
    made: &[QuantityElement],
) -> Action {
    let mut told = Told::object(Does::Add, minute, from).amounts(used);
    told.0.kind = EventKind::Transformation;
    told.0.action = None;
    let more = told.0.more.get_or_insert_with(Box::<More>::default);
    more.output_epcs = to.to_vec();
    more.output_quantities = made.to_vec();
    told.action()
}

pub(super) fn who(step: &Move) -> usize {
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
        | Move::Close(who, ..)
        | Move::Fit(who, ..)
        | Move::TakeOff(who, ..)
        | Move::FitLot(who, ..)
        | Move::Empty(who, ..)
        | Move::Make(who, ..)
        | Move::Split(who, ..)
        | Move::AcceptBut(who, ..)
        | Move::AcceptLess(who, ..)
        | Move::Settle(who, ..) => *who,
    }
}
