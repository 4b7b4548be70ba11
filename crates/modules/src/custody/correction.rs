//! Error declarations (EPCIS 2.0 section 7.4.1.2): an event said before is wrong.
//!
//! The wrong event stays recorded and is marked void. What it did to the present is undone:
//! - place, disposition and step of its objects, where they came from it, are taken again from the
//!   newest standing event (by claimed time) among the last [`CORRECTION_EVENTS_MAX`] of the object;
//! - life and parent are replayed from the events that stand (`replay.rs`), and amounts are moved back, where
//!   nothing was built upon them since; the correction is refused otherwise.

use super::{
    capture,
    draft::{Draft, Effect},
    form,
    packing::Tie,
    reject::*,
    replay::{self, Past},
    transformation,
    types::*,
};
use convoy_ledger::{Halt, Reader};
use convoy_types::{
    MemberId,
    epcis::{self, Action as Does, EventKind},
    identifiers::Epc,
    quantity::Quantity,
};
use std::sync::Arc;

/// Decides what declaring `event` wrong does. `event` repeats the wrong one.
pub(super) fn check(
    reader: &mut Reader<'_>,
    me: MemberId,
    event: &epcis::Event,
    declaration: &epcis::ErrorDeclaration,
    reference: EventRef,
    before: Option<&EventRecord>,
) -> Result<Effect, Halt> {
    let declared_ms = declaration.time.millis();
    capture::check_time(reader.block().time_ms, declared_ms)?;
    let mut draft = Draft::new(reader, Some(me.clone()));
    let record = match before {
        None => EventRecord {
            standing: EventStanding::Awaited,
            ..capture::record(event, &me)
        },
        Some(before) => {
            check_declarable(&mut draft, &me, event, before)?;
            undo(&mut draft, event, reference, before)?;
            EventRecord {
                standing: EventStanding::Void,
                ..before.clone()
            }
        }
    };
    let said = DeclaredWrong {
        version: Default::default(),
        event_time_ms: declared_ms,
        event: reference,
        action: draft
            .reader
            .statement()
            .map_or(0, |statement| statement.action),
        member: me,
        corrective: declaration.corrective_event_ids.clone(),
        standing: record.standing,
        changes: draft.changes(),
    };
    draft.effect.events.push((reference, Arc::new(record)));
    draft.effect.said.push(Event::DeclaredWrong(said));
    Ok(draft.finish())
}

/// Who recorded an event declares it wrong; what was only seen, also who has all of it in custody.
fn check_declarable(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    event: &epcis::Event,
    before: &EventRecord,
) -> Result<(), Halt> {
    let reason = || format!("{} recorded it", before.member);
    if before.standing != EventStanding::Awaited && before.what != form::content(event) {
        return Err(OTHER_CONTENT
            .because("objects, amounts, time, type or action differ")
            .into());
    }
    if before.member == *me {
        return match before.standing {
            EventStanding::Stands => Ok(()),
            _ => Err(DECLARED_ALREADY
                .because("the event is declared wrong")
                .into()),
        };
    }
    let only_seen = match before.kind {
        EventKind::Transformation => false,
        EventKind::Transaction => true,
        _ => before.action == Does::Observe,
    };
    let custodians_may = before.standing == EventStanding::Stands && only_seen;
    if !custodians_may || event.epcs.is_empty() {
        return Err(NOT_RECORDER.because(reason()).into());
    }
    draft.load(capture::objects(event))?;
    draft.load_around(capture::objects(event))?;
    for name in capture::objects(event) {
        match draft.held(name) {
            Err(Halt::Reject(_)) => return Err(NOT_RECORDER.because(reason()).into()),
            held => drop(held?),
        }
    }
    Ok(())
}

/// Takes back what the event did.
fn undo(
    draft: &mut Draft<'_, '_>,
    event: &epcis::Event,
    reference: EventRef,
    wrong: &EventRecord,
) -> Result<(), Halt> {
    let none = Swept::default();
    let swept = wrong.swept.as_deref().unwrap_or(&none);
    let names: Vec<&Epc> = swept
        .objects
        .iter()
        .chain(capture::objects(event))
        .collect();
    draft.load(names.iter().copied())?;
    draft.load_around(names.iter().copied())?;
    replay::load(draft, names.iter().copied())?;
    for name in names {
        let past = replay::past(draft, name)?;
        let Some(at) = past
            .events
            .iter()
            .position(|past| past.link.event == reference)
        else {
            // So much was recorded since that nothing of the present came from it.
            continue;
        };
        replay::undo_structure(draft, name, &past, at)?;
        retell(draft, name, wrong, &past.events, reference);
    }
    undo_amounts(draft, event, swept, reference)?;
    transformation::leave(draft, event)
}

/// Takes place, disposition and step again from the events that stand, where they came from the wrong one.
fn retell(
    draft: &mut Draft<'_, '_>,
    name: &Epc,
    wrong: &EventRecord,
    past: &[Past],
    reference: EventRef,
) {
    let object = draft.change(name);
    let at = |age: u64| object.time_ms.saturating_sub_unsigned(age);
    let (place_ms, disposition_ms, step_ms) = (
        at(object.ages_ms.0),
        at(object.ages_ms.1),
        at(object.ages_ms.2),
    );
    let standing: Vec<&EventRecord> = past
        .iter()
        .filter(|past| past.stands() && past.link.event != reference)
        .map(|past| &*past.record)
        .collect();
    let mut times = [place_ms, disposition_ms, step_ms];
    if place_ms == wrong.time_ms && object.place == wrong.place {
        times[0] = newest(&standing, |event| event.place.as_ref(), &mut object.place);
    }
    if disposition_ms == wrong.time_ms && object.disposition == wrong.disposition {
        times[1] = newest(
            &standing,
            |event| event.disposition.as_ref(),
            &mut object.disposition,
        );
    }
    if step_ms == wrong.time_ms && object.biz_step == wrong.biz_step {
        times[2] = newest(
            &standing,
            |event| event.biz_step.as_ref(),
            &mut object.biz_step,
        );
    }
    let latest = standing.iter().map(|event| event.time_ms).max();
    object.set_times(latest.unwrap_or(wrong.time_ms), times);
}

/// The value of the newest event that gave one, and its time; of equal times the one recorded last.
fn newest<T: Clone>(
    newest_first: &[&EventRecord],
    given: impl Fn(&EventRecord) -> Option<&T>,
    field: &mut Option<T>,
) -> i64 {
    let mut best: Option<&EventRecord> = None;
    for event in newest_first.iter().filter(|event| given(event).is_some()) {
        if best.is_none_or(|best| event.time_ms > best.time_ms) {
            best = Some(event);
        }
    }
    *field = best.and_then(|event| given(event).cloned());
    best.map_or(i64::MIN, |event| event.time_ms)
}

/// Moves amounts back. Where the wrong event gave a holding its place, that is unknown from now on.
fn undo_amounts(
    draft: &mut Draft<'_, '_>,
    event: &epcis::Event,
    swept: &Swept,
    reference: EventRef,
) -> Result<(), Halt> {
    let Some(me) = draft.me.clone() else {
        return Ok(());
    };
    let loose = Holder::Loose(me.clone());
    let inside = Tie::of(event).map(|tie| tie.holder(&me));
    let holders: Vec<&Holder> = inside.iter().chain([&loose]).collect();
    let told = event
        .quantities
        .iter()
        .chain(&event.more().output_quantities);
    let told = told.map(|element| &element.class);
    draft.load_amounts(
        told.chain(swept.amounts.iter().map(|(class, _)| class)),
        &holders,
    )?;
    let transforms = event.kind == EventKind::Transformation;
    if event.kind == EventKind::Transaction || (event.action == Some(Does::Observe) && !transforms)
    {
        return forget_place(draft, event, &loose, reference);
    }
    let made = form::amounts(&event.more().output_quantities)?;
    for (class, amount) in made {
        take_back(draft, &me, class, &amount)?;
    }
    let tie = Tie::of(event);
    let named = form::amounts(&event.quantities)?.into_iter();
    let swept = swept
        .amounts
        .iter()
        .map(|(class, amount)| (class, amount.clone()));
    let amounts: Vec<(&Epc, Quantity)> = named.chain(swept).collect();
    if let Some(tie) = tie.filter(|tie| tie.bond != Bond::Fixed && !amounts.is_empty()) {
        replay::as_before(draft, tie.parent)?;
    }
    for (class, amount) in amounts {
        match (event.action, &tie) {
            (Some(Does::Add), None) => take_back(draft, &me, class, &amount)?,
            (_, None) => {
                let back = used_back(draft, &me, class, &amount, event.event_time.millis())?;
                draft.add(class, &loose, back).map_err(built)?;
            }
            (Some(Does::Add), Some(tie)) => {
                let back = draft
                    .take(class, &tie.holder(&me), &amount)
                    .map_err(built)?;
                draft.add(class, &loose, back).map_err(built)?;
            }
            (_, Some(tie)) => {
                let back = draft.take(class, &loose, &amount).map_err(built)?;
                draft.add(class, &tie.holder(&me), back).map_err(built)?;
            }
        }
    }
    forget_place(draft, event, &loose, reference)
}

/// An amount that was not used up after all. What is left of the stock knows better than a use where it is.
fn used_back(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    class: &Epc,
    amount: &Quantity,
    time_ms: i64,
) -> Result<Holding, Halt> {
    let back = Holding::new(me, amount, time_ms);
    let left = draft.holding(class, &Holder::Loose(me.clone()))?;
    Ok(match left.cloned() {
        Some(left) => Holding {
            place: left.place,
            disposition: left.disposition,
            last: left.last,
            time_ms: left.time_ms,
            ..back
        },
        None => back,
    })
}

/// Takes amounts away again that the event brought in.
fn take_back(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    class: &Epc,
    amount: &Quantity,
) -> Result<(), Halt> {
    let loose = Holder::Loose(me.clone());
    let taken = draft.take(class, &loose, amount).map_err(built)?;
    if taken.owner != *me {
        let reason = format!("the {class} there belongs to {}", taken.owner);
        return Err(BUILT_UPON.because(reason).into());
    }
    Ok(())
}

/// A refusal met while undoing: something was built upon the wrong event.
pub(super) fn built(halt: Halt) -> Halt {
    match halt {
        Halt::Reject(reject) => BUILT_UPON.because(reject.reason).into(),
        halt => halt,
    }
}

fn forget_place(
    draft: &mut Draft<'_, '_>,
    event: &epcis::Event,
    loose: &Holder,
    reference: EventRef,
) -> Result<(), Halt> {
    let made = &event.more().output_quantities;
    for element in event.quantities.iter().chain(made) {
        let holding = draft.holding(&element.class, loose)?.cloned();
        if let Some(holding) = holding.filter(|holding| holding.last == Some(reference)) {
            let unknown = Holding {
                place: None,
                disposition: None,
                last: None,
                ..holding
            };
            draft.store(&element.class, loose, Some(unknown));
        }
    }
    Ok(())
}
