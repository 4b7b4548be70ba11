//! Error declarations (EPCIS 2.0 section 7.4.1.2): an event said before is wrong.
//!
//! The wrong event stays recorded and is marked void. What it did to the present is undone:
//! - place, disposition and step of its objects, where they came from it, are taken again from the
//!   newest standing event (by claimed time) among the last [`CORRECTION_EVENTS_MAX`] of the object;
//! - life, parent and amounts are put back where nothing was built upon them since, and the correction is
//!   refused otherwise.

use super::{
    capture,
    draft::{Draft, Effect},
    facts, form,
    reject::*,
    types::*,
};
use convoy_ledger::{Halt, Reader};
use convoy_types::{
    MemberId,
    epcis::{self, Action as Does, EventKind},
    identifiers::Epc,
};
use std::sync::Arc;

/// An object's event on the way back through its chain.
struct Past {
    link: Link,
    record: Arc<EventRecord>,
}

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
    draft.effect.events.push((reference, record));
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
    let custodians_may = before.standing == EventStanding::Stands && before.action == Does::Observe;
    if !custodians_may || event.epcs.is_empty() {
        return Err(NOT_RECORDER.because(reason()).into());
    }
    draft.load(event.epcs.iter().chain(&event.parent))?;
    for name in event.epcs.iter().chain(&event.parent) {
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
    draft.load(event.epcs.iter().chain(&event.parent))?;
    for name in event.epcs.iter().chain(&event.parent) {
        let past = past(draft, name)?;
        let Some(at) = past.iter().position(|past| past.link.event == reference) else {
            // So much was recorded since that nothing of the present came from it.
            continue;
        };
        let child = event.parent.as_ref() != Some(name);
        undo_structure(draft, name, event, &past[..at], &past[at + 1..], child)?;
        retell(draft, name, wrong, &past, reference);
    }
    undo_amounts(draft, event, reference)
}

/// The object's newest recorded events, the newest first.
fn past(draft: &mut Draft<'_, '_>, name: &Epc) -> Result<Vec<Past>, Halt> {
    let mut next = draft.record(name)?.and_then(|object| object.last);
    let mut past = Vec::new();
    while let Some(link) = next.filter(|_| past.len() < CORRECTION_EVENTS_MAX) {
        let Some(record) = facts::event(draft.reader, link.event)? else {
            panic!("event {} of {name} is not recorded", link.event)
        };
        next = record.link_before(link.place);
        past.push(Past { link, record });
    }
    Ok(past)
}

impl EventRecord {
    /// The link that the object at `place` had before this event.
    fn link_before(&self, place: u16) -> Option<Link> {
        let mut start = 0u16;
        for run in &self.before {
            let inside = place
                .checked_sub(start)
                .filter(|inside| *inside < run.count);
            if let Some(inside) = inside {
                let first = run.first?;
                return Some(Link {
                    event: first.event,
                    place: first.place.saturating_add(inside),
                });
            }
            start = start.saturating_add(run.count);
        }
        None
    }

    fn objects(&self) -> u16 {
        self.before.iter().map(|run| run.count).sum()
    }
}

impl Past {
    fn stands(&self) -> bool {
        self.record.standing == EventStanding::Stands
    }

    /// Whether the event changed life or parent of this object.
    fn is_structural(&self) -> bool {
        let changes = self.record.action != Does::Observe;
        let is_parent = self.record.kind == EventKind::Aggregation
            && self.link.place + 1 == self.record.objects();
        self.stands() && changes && !is_parent
    }
}

/// Puts life and parent back. `newer` and `older` are the object's other events.
fn undo_structure(
    draft: &mut Draft<'_, '_>,
    name: &Epc,
    event: &epcis::Event,
    newer: &[Past],
    older: &[Past],
    child: bool,
) -> Result<(), Halt> {
    let superseded = newer.iter().any(Past::is_structural);
    match (event.kind, event.action) {
        (EventKind::Object, Some(Does::Add)) => undo_first(draft, name, newer, older),
        (EventKind::Object, Some(Does::Delete)) if !superseded => undo_end(draft, name),
        (EventKind::Aggregation, Some(Does::Add)) if child && !superseded => {
            undo_pack(draft, name, event)
        }
        (EventKind::Aggregation, Some(Does::Delete)) if child && !superseded => {
            undo_unpack(draft, name, event)
        }
        _ => Ok(()),
    }
}

/// The object never was, unless other events tell of it.
fn undo_first(
    draft: &mut Draft<'_, '_>,
    name: &Epc,
    newer: &[Past],
    older: &[Past],
) -> Result<(), Halt> {
    let me = draft.me.clone();
    let object = draft.known(name)?;
    let own = me.as_ref() == Some(&object.owner) && me.as_ref() == Some(&object.custodian);
    let untouched = own && object.contents == 0 && object.parent.is_none() && object.hold.is_none();
    if !untouched || newer.iter().any(Past::stands) {
        let reason =
            format!("{name} has later events, is packed, has contents, is offered or is another's");
        return Err(BUILT_UPON.because(reason).into());
    }
    let known_before = older.iter().any(Past::stands);
    let object = draft.change(name);
    if known_before {
        object.origin = Origin::TakenUp;
    } else {
        object.life = Life::Void;
    }
    Ok(())
}

fn undo_end(draft: &mut Draft<'_, '_>, name: &Epc) -> Result<(), Halt> {
    if draft.known(name)?.life == Life::Ended {
        draft.change(name).life = Life::Active;
    }
    Ok(())
}

fn undo_pack(draft: &mut Draft<'_, '_>, name: &Epc, event: &epcis::Event) -> Result<(), Halt> {
    let packed = draft.known(name)?.parent.clone();
    if packed.is_none() || packed != event.parent {
        return Ok(());
    }
    let custodian = as_before(draft, name)?;
    draft.unpack(name, &custodian);
    Ok(())
}

fn undo_unpack(draft: &mut Draft<'_, '_>, name: &Epc, event: &epcis::Event) -> Result<(), Halt> {
    let Some(parent) = &event.parent else {
        return Ok(());
    };
    if draft.known(name)?.parent.is_some() {
        return Ok(());
    }
    as_before(draft, name)?;
    as_before(draft, parent)?;
    draft.pack(name, parent)
}

/// Refuses where custody or hold changed since, so that putting the structure back would move custody.
fn as_before(draft: &mut Draft<'_, '_>, name: &Epc) -> Result<MemberId, Halt> {
    let built = |halt: Halt| match halt {
        Halt::Reject(reject) => BUILT_UPON.because(reject.reason).into(),
        halt => halt,
    };
    let root = draft.held(name).map_err(built)?;
    draft
        .free(name, &root)
        .map_err(|reject| built(reject.into()))?;
    Ok(draft.known(&root)?.custodian.clone())
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
    reference: EventRef,
) -> Result<(), Halt> {
    let (Some(me), Some(does)) = (draft.me.clone(), event.action) else {
        return Ok(());
    };
    let loose = Holder::Loose(me.clone());
    let inside = event.parent.clone().map(Holder::In);
    if does == Does::Observe {
        return forget_place(draft, event, &loose, reference);
    }
    if let Some(parent) = event
        .parent
        .as_ref()
        .filter(|_| !event.quantities.is_empty())
    {
        as_before(draft, parent)?;
    }
    for (class, amount) in form::amounts(event)? {
        let built = |halt: Halt| match halt {
            Halt::Reject(reject) => BUILT_UPON.because(reject.reason).into(),
            halt => halt,
        };
        match (does, &inside) {
            (Does::Add, None) => {
                let taken = draft.take(class, &loose, &amount).map_err(built)?;
                if taken.owner != me {
                    let reason = format!("the {class} there belongs to {}", taken.owner);
                    return Err(BUILT_UPON.because(reason).into());
                }
            }
            (Does::Delete, None) => {
                let back = Holding::new(&me, &amount, event.event_time.millis());
                draft.add(class, &loose, back).map_err(built)?;
            }
            (Does::Add, Some(inside)) => {
                let back = draft.take(class, inside, &amount).map_err(built)?;
                draft.add(class, &loose, back).map_err(built)?;
            }
            (_, Some(inside)) => {
                let back = draft.take(class, &loose, &amount).map_err(built)?;
                draft.add(class, inside, back).map_err(built)?;
            }
            (Does::Observe, None) => {}
        }
    }
    forget_place(draft, event, &loose, reference)
}

fn forget_place(
    draft: &mut Draft<'_, '_>,
    event: &epcis::Event,
    loose: &Holder,
    reference: EventRef,
) -> Result<(), Halt> {
    for element in &event.quantities {
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
