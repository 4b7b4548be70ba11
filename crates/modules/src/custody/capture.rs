//! Recording EPCIS events: object events and aggregation events with ADD, OBSERVE and DELETE.
//!
//! Structure (life, parent, amounts) follows the order of recording and is checked against the
//! present; place, disposition and step follow the claimed time ([`Object::observe`]).

use super::{
    correction,
    draft::{Draft, Effect, Presence},
    facts,
    form::{amounts, content, is_movement},
    reject::*,
    types::*,
};
use crate::membership::types::Role;
use convoy_ledger::{Halt, Reader, Reject};
use convoy_types::{
    MemberId,
    epcis::{self, Action as Does, EventKind, cbv::Disposition},
    identifiers::Epc,
};
use std::collections::BTreeSet;

/// Roles that record events.
pub(super) const CAPTURE_ROLES: &[Role] =
    &[Role::LogisticsOfficer, Role::SupplierClerk, Role::Scanner];

/// Refuses a time ahead of the block's.
pub(super) fn check_time(now_ms: u64, time_ms: i64) -> Result<(), Reject> {
    let latest = now_ms.saturating_add(EVENT_AHEAD_MS_MAX);
    if u64::try_from(time_ms).is_ok_and(|time| time > latest) {
        let reason = format!(
            "the claimed time {time_ms} is more than 10 minutes ahead of the block's time {now_ms}"
        );
        return Err(TIME_AHEAD.because(reason));
    }
    Ok(())
}

/// The signer's member, if one of `roles` is held.
pub(super) fn signer_with(reader: &Reader<'_>, roles: &[Role]) -> Result<MemberId, Reject> {
    let Some(standing) = reader.standing() else {
        return Err(ROLE_NEEDED.because("the genesis document moves no goods"));
    };
    if roles.iter().any(|role| standing.has_role(role.word())) {
        return Ok(standing.member.clone());
    }
    let names: Vec<&str> = roles.iter().map(|role| role.word()).collect();
    Err(ROLE_NEEDED.because(format!(
        "{} holds none of the roles {}",
        standing.did,
        names.join(", ")
    )))
}

/// Decides what recording `event` does.
pub(super) fn check(reader: &mut Reader<'_>, event: &epcis::Event) -> Result<Effect, Halt> {
    let me = signer_with(reader, CAPTURE_ROLES)?;
    let time_ms = event.event_time.millis();
    check_time(reader.block().time_ms, time_ms)?;
    let reference = facts::reference(event);
    let before = facts::event(reader, reference)?;
    if let Some(declaration) = event.error_declaration() {
        return correction::check(reader, me, event, declaration, reference, before.as_deref());
    }
    let awaited = match before.as_deref() {
        Some(EventRecord {
            standing: EventStanding::Awaited,
            member,
            ..
        }) => *member == me,
        Some(_) => {
            return Err(DUPLICATE_EVENT
                .because(format!("event {reference} is recorded"))
                .into());
        }
        None => false,
    };
    let mut draft = Draft::new(reader, Some(me.clone()));
    let mut record = record(event, &me);
    if awaited {
        record.standing = EventStanding::Void;
    } else {
        draft.load(event.epcs.iter().chain(&event.parent))?;
        record.place = run(&mut draft, &me, event)?;
        record.before = link(&mut draft, event, reference);
    }
    let captured = Captured {
        version: Default::default(),
        event_time_ms: time_ms,
        event: reference,
        action: draft
            .reader
            .statement()
            .map_or(0, |statement| statement.action),
        member: me,
        standing: record.standing,
        changes: draft.changes(),
    };
    draft.effect.events.push((reference, record));
    // A case that this event closes is told behind the event itself.
    draft.effect.said.insert(0, Event::Captured(captured));
    Ok(draft.finish())
}

/// The record of `event`, not linked yet.
pub(super) fn record(event: &epcis::Event, member: &MemberId) -> EventRecord {
    EventRecord {
        version: Default::default(),
        member: member.clone(),
        standing: EventStanding::Stands,
        what: content(event),
        time_ms: event.event_time.millis(),
        kind: event.kind,
        action: event.action.unwrap_or(Does::Observe),
        place: place(event).cloned(),
        disposition: event.disposition.clone(),
        biz_step: event.biz_step.clone(),
        before: Vec::new(),
    }
}

/// Where the objects are from now on: `bizLocation`, or `readPoint` where it is left out.
fn place(event: &epcis::Event) -> Option<&Epc> {
    event.biz_location.as_ref().or(event.read_point.as_ref())
}

fn presence(event: &epcis::Event) -> Presence<'_> {
    Presence {
        time_ms: event.event_time.millis(),
        place: place(event),
        disposition: event.disposition.as_ref(),
        biz_step: event.biz_step.as_ref(),
    }
}

/// Puts the event at the head of each object's chain of events; returns what stood there before.
fn link(draft: &mut Draft<'_, '_>, event: &epcis::Event, reference: EventRef) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (place, name) in (0u16..).zip(event.epcs.iter().chain(&event.parent)) {
        let object = draft.change(name);
        let before = object.last.replace(Link {
            event: reference,
            place,
        });
        match runs.last_mut() {
            Some(run) if run.follows(before) => run.count += 1,
            _ => runs.push(Run {
                count: 1,
                first: before,
            }),
        }
    }
    runs
}

impl Run {
    fn follows(&self, link: Option<Link>) -> bool {
        match (self.first, link) {
            (None, None) => true,
            (Some(first), Some(link)) => {
                link.event == first.event && first.place.checked_add(self.count) == Some(link.place)
            }
            _ => false,
        }
    }
}

/// Changes the goods; returns the place that the event gave.
fn run(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    event: &epcis::Event,
) -> Result<Option<Epc>, Halt> {
    match (event.kind, event.action) {
        (EventKind::Object, Some(Does::Add)) => add(draft, me, event)?,
        (EventKind::Object, Some(Does::Observe)) => observe(draft, me, event)?,
        (EventKind::Object, Some(Does::Delete)) => delete(draft, me, event)?,
        (EventKind::Aggregation, Some(Does::Add)) => pack(draft, me, event)?,
        (EventKind::Aggregation, Some(Does::Observe)) => observe_packed(draft, me, event)?,
        (EventKind::Aggregation, Some(Does::Delete)) => return unpack(draft, me, event),
        (kind, _) => {
            return Err(UNSUPPORTED_EVENT
                .because(format!("{kind} is not executed"))
                .into());
        }
    }
    Ok(place(event).cloned())
}

/// Object event ADD: objects come into being, amounts grow.
fn add(draft: &mut Draft<'_, '_>, me: &MemberId, event: &epcis::Event) -> Result<(), Halt> {
    let seen = presence(event);
    for name in &event.epcs {
        let fresh = match draft.record(name)? {
            None => Object::new(me, Origin::Commissioned, seen.time_ms),
            Some(Object {
                life: Life::Void,
                last,
                ..
            }) => Object {
                last: *last,
                ..Object::new(me, Origin::Commissioned, seen.time_ms)
            },
            Some(object) => commissioned_late(object, me, name)?,
        };
        draft.put(name, fresh);
        draft.change(name).observe(&seen);
    }
    let loose = Holder::Loose(me.clone());
    for (class, amount) in amounts(event)? {
        let holding = seen_holding(Holding::new(me, &amount, seen.time_ms), &seen, event);
        draft.add(class, &loose, holding)?;
    }
    Ok(())
}

/// An object that was taken up because its commissioning came late.
fn commissioned_late(object: &Object, me: &MemberId, name: &Epc) -> Result<Object, Reject> {
    let own = object.owner == *me && object.custodian == *me && object.parent.is_none();
    if object.origin == Origin::TakenUp
        && object.life == Life::Active
        && object.hold.is_none()
        && own
    {
        return Ok(Object {
            origin: Origin::Commissioned,
            ..object.clone()
        });
    }
    Err(ALREADY_COMMISSIONED.because(format!("{name} is known and belongs to {}", object.owner)))
}

/// Object event OBSERVE: objects are seen, move, change condition.
fn observe(draft: &mut Draft<'_, '_>, me: &MemberId, event: &epcis::Event) -> Result<(), Halt> {
    let seen = presence(event);
    let moves = event.biz_step.as_ref().is_some_and(is_movement);
    let named: Option<BTreeSet<&Epc>> = moves.then(|| event.epcs.iter().collect());
    for name in &event.epcs {
        take_up(draft, me, name, seen.time_ms)?;
        let root = draft.held(name)?;
        if root != *name && named.as_ref().is_some_and(|named| !named.contains(&root)) {
            return Err(PACKED.because(format!("{name} is packed in {root}")).into());
        }
        see(draft, name, &root, &seen)?;
    }
    observe_amounts(draft, me, event, &seen)
}

/// Takes in what is seen of one object in the signer's custody. What is missing is found by being seen
/// at a place; what is over stays over, but its history may come late.
fn see(draft: &mut Draft<'_, '_>, name: &Epc, root: &Epc, seen: &Presence<'_>) -> Result<(), Halt> {
    let object = draft.known(name)?;
    let late = seen.time_ms < object.time_ms;
    match (object.life, object.hold) {
        (Life::Ended, _) if !late => {
            return Err(ENDED
                .because(format!("{name} is no longer in being"))
                .into());
        }
        (Life::Missing, Some(Hold::Missing(case))) if !late && is_found(seen) => {
            super::loss::found(draft, name, case, seen.time_ms)?;
        }
        (Life::Ended | Life::Missing, _) => {}
        _ if root != name => draft.in_being(name, root)?,
        _ => {}
    }
    draft.change(name).observe(seen);
    Ok(())
}

/// Whether the event says that a missing object is there again.
fn is_found(seen: &Presence<'_>) -> bool {
    let still_gone = matches!(
        seen.disposition,
        Some(
            Disposition::Unknown
                | Disposition::Stolen
                | Disposition::Unavailable
                | Disposition::Destroyed
        )
    );
    seen.place.is_some() && !still_gone
}

/// Amounts seen loose give the loose holding its place; they never change how much there is.
fn observe_amounts(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    event: &epcis::Event,
    seen: &Presence<'_>,
) -> Result<(), Halt> {
    let loose = Holder::Loose(me.clone());
    for element in &event.quantities {
        match draft.holding(&element.class, &loose)?.cloned() {
            Some(have) if seen.time_ms >= have.time_ms => {
                let holding = Holding {
                    time_ms: seen.time_ms,
                    ..seen_holding(have, seen, event)
                };
                draft.store(&element.class, &loose, Some(holding));
            }
            Some(_) => {}
            None => check_policy(draft, &element.class)?,
        }
    }
    Ok(())
}

fn seen_holding(mut holding: Holding, seen: &Presence<'_>, event: &epcis::Event) -> Holding {
    holding.place = seen.place.cloned().or(holding.place);
    holding.disposition = seen.disposition.cloned().or(holding.disposition);
    holding.last = Some(facts::reference(event));
    holding
}

/// Object event DELETE: objects go out of being, amounts shrink.
fn delete(draft: &mut Draft<'_, '_>, me: &MemberId, event: &epcis::Event) -> Result<(), Halt> {
    let seen = presence(event);
    for name in &event.epcs {
        draft.known(name)?;
        let root = draft.held(name)?;
        let object = draft.known(name)?;
        if object.owner != *me {
            return Err(NOT_OWNER
                .because(format!("{name} belongs to {}", object.owner))
                .into());
        }
        let contents = object.contents;
        draft.free(name, &root)?;
        if root != *name {
            return Err(PACKED.because(format!("{name} is packed in {root}")).into());
        }
        if contents > 0 {
            return Err(NOT_EMPTY
                .because(format!("{contents} things are packed in {name}"))
                .into());
        }
        let object = draft.change(name);
        object.life = Life::Ended;
        object.observe(&seen);
    }
    let loose = Holder::Loose(me.clone());
    for (class, amount) in amounts(event)? {
        let taken = draft.take(class, &loose, &amount)?;
        if taken.owner != *me {
            return Err(NOT_OWNER
                .because(format!("{class} here belongs to {}", taken.owner))
                .into());
        }
    }
    Ok(())
}

/// Aggregation event ADD: children and amounts go into the parent.
fn pack(draft: &mut Draft<'_, '_>, me: &MemberId, event: &epcis::Event) -> Result<(), Halt> {
    let Some(parent) = &event.parent else {
        return Ok(());
    };
    let seen = presence(event);
    take_up(draft, me, parent, seen.time_ms)?;
    let root = draft.held(parent)?;
    draft.free(parent, &root)?;
    for child in &event.epcs {
        take_up(draft, me, child, seen.time_ms)?;
        let outer = draft.held(child)?;
        draft.free(child, &outer)?;
        if let Some(inside) = &draft.known(child)?.parent {
            return Err(PACKED_ALREADY
                .because(format!("{child} is packed in {inside}"))
                .into());
        }
        draft.pack(child, parent)?;
        draft.change(child).observe(&seen);
    }
    let (loose, inside) = (Holder::Loose(me.clone()), Holder::In(parent.clone()));
    for (class, amount) in amounts(event)? {
        let taken = draft.take(class, &loose, &amount)?;
        draft.add(class, &inside, seen_holding(taken, &seen, event))?;
    }
    draft.change(parent).observe(&seen);
    Ok(())
}

/// Aggregation event OBSERVE: children are seen in the parent. It moves only as a whole.
fn observe_packed(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    event: &epcis::Event,
) -> Result<(), Halt> {
    let seen = presence(event);
    let Some(parent) = &event.parent else {
        return observe(draft, me, event);
    };
    take_up(draft, me, parent, seen.time_ms)?;
    let root = draft.held(parent)?;
    draft.in_being(parent, &root)?;
    if event.biz_step.as_ref().is_some_and(is_movement) && root != *parent {
        return Err(PACKED
            .because(format!("{parent} is packed in {root}"))
            .into());
    }
    for child in &event.epcs {
        if take_up(draft, me, child, seen.time_ms)? {
            draft.free(parent, &root)?;
            draft.pack(child, parent)?;
        } else if draft.known(child)?.parent.as_ref() != Some(parent) {
            return Err(NOT_PACKED_IN
                .because(format!("{child} is not packed in {parent}"))
                .into());
        }
        draft.change(child).observe(&seen);
    }
    for element in &event.quantities {
        if draft
            .holding(&element.class, &Holder::In(parent.clone()))?
            .is_none()
        {
            check_policy(draft, &element.class)?;
        }
    }
    draft.change(parent).observe(&seen);
    Ok(())
}

/// Aggregation event DELETE: children and amounts come out of the parent, where that stands.
fn unpack(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    event: &epcis::Event,
) -> Result<Option<Epc>, Halt> {
    let Some(parent) = &event.parent else {
        return Ok(None);
    };
    draft.known(parent)?;
    let root = draft.held(parent)?;
    draft.free(parent, &root)?;
    let given = place(event).cloned();
    let place = given.or_else(|| draft.known(&root).ok().and_then(|root| root.place.clone()));
    let seen = Presence {
        place: place.as_ref(),
        ..presence(event)
    };
    for child in &event.epcs {
        let object = draft.known(child)?;
        if object.parent.as_ref() != Some(parent) {
            return Err(NOT_PACKED_IN
                .because(format!("{child} is not packed in {parent}"))
                .into());
        }
        draft.free(child, &root)?;
        draft.unpack(child, me);
        draft.change(child).observe(&seen);
    }
    let (loose, inside) = (Holder::Loose(me.clone()), Holder::In(parent.clone()));
    for (class, amount) in amounts(event)? {
        let taken = draft.take(class, &inside, &amount)?;
        let taken = Holding {
            time_ms: taken.time_ms.max(seen.time_ms),
            ..taken
        };
        draft.add(class, &loose, seen_holding(taken, &seen, event))?;
    }
    draft.change(parent).observe(&presence(event));
    Ok(place)
}

/// Makes the signer's member owner and custodian of an object that the ledger does not know; says
/// whether it did.
fn take_up(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    name: &Epc,
    time_ms: i64,
) -> Result<bool, Halt> {
    let last = match draft.record(name)? {
        Some(object) if object.life != Life::Void => return Ok(false),
        Some(object) => object.last,
        None => None,
    };
    check_policy(draft, name)?;
    draft.put(
        name,
        Object {
            last,
            ..Object::new(me, Origin::TakenUp, time_ms)
        },
    );
    Ok(true)
}

/// Refuses an unknown object or class where everything has to be commissioned first.
fn check_policy(draft: &mut Draft<'_, '_>, name: &Epc) -> Result<(), Halt> {
    let policy = draft.reader.read::<Policy>(facts::POLICY_KEY)?;
    if policy.is_some_and(|policy| policy.commission_first) {
        return Err(UNKNOWN_OBJECT
            .because(format!("{name} was never commissioned"))
            .into());
    }
    Ok(())
}
