//! Recording EPCIS events: what all types have in common, object events and transaction events. Aggregation
//! and association are in `packing.rs`, transformation in `transformation.rs`.
//!
//! What an event says of an object's life and parent counts unless a newer fact about them is known
//! ([`Object::is_past`]); place, disposition and step follow the claimed time ([`Object::observe`]).

use super::{
    correction,
    draft::{Draft, Effect, Presence},
    facts,
    form::{amounts, content, is_movement},
    packing::{self, Tie},
    reject::*,
    replay, transformation,
    types::*,
};
use crate::membership::types::Role;
use convoy_ledger::{Halt, Reader, Reject};
use convoy_types::{
    MemberId,
    epcis::{self, Action as Does, EventKind, cbv::Disposition},
    identifiers::Epc,
    quantity::Quantity,
};
use std::{cell::LazyCell, collections::BTreeSet, sync::Arc};

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

/// The signer's member. That who signs may do it was decided by the policies.
pub(super) fn signer(reader: &Reader<'_>) -> Result<MemberId, Reject> {
    match reader.standing() {
        Some(standing) => Ok(standing.member.clone()),
        None => Err(ROLE_NEEDED.because("the genesis document moves no goods")),
    }
}

/// Decides what recording `event` does.
pub(super) fn check(
    reader: &mut Reader<'_>,
    event: &epcis::Event,
    reference: EventRef,
) -> Result<Effect, Halt> {
    let me = signer(reader)?;
    let time_ms = event.event_time.millis();
    check_time(reader.block().time_ms, time_ms)?;
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
    let mut passed = Vec::new();
    if awaited {
        record.standing = EventStanding::Void;
    } else {
        load(&mut draft, &me, event)?;
        let ran = run(&mut draft, &me, event)?;
        let swept = ran.swept.as_ref().map_or(&[][..], |swept| &swept.objects);
        record.children = count(event.epcs.len() + swept.len());
        record.before = link(&mut draft, event, swept, reference);
        record.place = ran.place;
        record.alone = ran.alone;
        record.swept = ran.swept.map(Box::new);
        passed = ran.passed;
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
        kind: event.kind,
        passed,
        changes: draft.changes(),
    };
    draft.effect.events.push((reference, Arc::new(record)));
    // A case that this event closes is told behind the event itself.
    draft.effect.said.insert(0, Event::Captured(captured));
    Ok(draft.finish())
}

/// Asks at once for what the event is about: object after object, a large one would take as many rounds as it has names.
fn load(draft: &mut Draft<'_, '_>, me: &MemberId, event: &epcis::Event) -> Result<(), Halt> {
    draft.load(objects(event))?;
    draft.load_around(objects(event))?;
    let time_ms = event.event_time.millis();
    let tie = Tie::of(event);
    let begins = event.kind == EventKind::Object && event.action == Some(Does::Add);
    let fits = tie.as_ref().is_some_and(|tie| tie.bond == Bond::Fitted);
    let mut replayed = Vec::new();
    for name in objects(event) {
        if let Some(object) = draft.record(name)? {
            let late = begins && object.origin == Origin::TakenUp && time_ms < object.time_ms;
            if late || (fits && object.is_past(time_ms)) {
                replayed.push(name);
            }
        }
    }
    replay::load(draft, replayed.into_iter())?;
    let loose = Holder::Loose(me.clone());
    let inside = tie.map(|tie| tie.holder(me));
    let holders: Vec<&Holder> = inside.iter().chain([&loose]).collect();
    let made = &event.more().output_quantities;
    let classes = event.quantities.iter().chain(made);
    draft.load_amounts(classes.map(|element| &element.class), &holders)
}

fn count(objects: usize) -> u16 {
    match u16::try_from(objects) {
        Ok(count) => count,
        Err(_) => panic!("an event about {objects} objects passed the limit"),
    }
}

/// What recording an event did, besides what the draft holds.
#[derive(Default)]
pub(super) struct Ran {
    /// The place that it gave.
    pub place: Option<Epc>,
    /// Objects whose life and parent newer facts had settled already.
    pub passed: Vec<Epc>,
    /// Whether it shows its objects moving by themselves.
    pub alone: bool,
    /// What it took out without naming it.
    pub swept: Option<Swept>,
}

/// The objects that an event is about, in the order in which it links them: those of `epcs`, the parent
/// where it is an object, what a transformation made.
pub(super) fn objects(event: &epcis::Event) -> impl Iterator<Item = &Epc> {
    let parent = event
        .parent
        .iter()
        .filter(|parent| event.kind == EventKind::Aggregation || !facts::is_place(parent));
    event
        .epcs
        .iter()
        .chain(parent)
        .chain(&event.more().output_epcs)
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
        parent: matches!(event.kind, EventKind::Aggregation | EventKind::Association)
            .then(|| event.parent.clone())
            .flatten(),
        children: count(event.epcs.len()),
        alone: false,
        swept: None,
        place: place(event).cloned(),
        disposition: event.disposition.clone(),
        biz_step: event.biz_step.clone(),
        before: Vec::new(),
    }
}

/// Where the objects are from now on: `bizLocation`, or `readPoint` where it is left out.
pub(super) fn place(event: &epcis::Event) -> Option<&Epc> {
    event.biz_location.as_ref().or(event.read_point.as_ref())
}

pub(super) fn presence(event: &epcis::Event) -> Presence<'_> {
    Presence {
        time_ms: event.event_time.millis(),
        place: place(event),
        disposition: event.disposition.as_ref(),
        biz_step: event.biz_step.as_ref(),
    }
}

/// Puts the event at the head of each object's chain of events; returns what stood there before.
fn link(
    draft: &mut Draft<'_, '_>,
    event: &epcis::Event,
    swept: &[Epc],
    reference: EventRef,
) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    // An event names objects or takes out all without naming them, never both.
    for (place, name) in (0u16..).zip(swept.iter().chain(objects(event))) {
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

/// Changes the goods.
fn run(draft: &mut Draft<'_, '_>, me: &MemberId, event: &epcis::Event) -> Result<Ran, Halt> {
    let ran = match (event.kind, event.action) {
        (EventKind::Object, Some(Does::Add)) => add(draft, me, event)?,
        (EventKind::Object, Some(Does::Delete)) => delete(draft, me, event)?,
        (EventKind::Transformation, _) => transformation::run(draft, me, event)?,
        (EventKind::Aggregation | EventKind::Association, Some(does)) => match Tie::of(event) {
            Some(tie) => return packing::run(draft, me, event, &tie, does),
            None => observe(draft, me, event)?,
        },
        (EventKind::Object | EventKind::Transaction, _) => observe(draft, me, event)?,
        (kind, None) => {
            return Err(MALFORMED_FIELD
                .because(format!("{kind} needs an action"))
                .into());
        }
    };
    Ok(Ran {
        place: place(event).cloned(),
        ..ran
    })
}

/// Object event ADD: objects come into being, amounts grow.
fn add(draft: &mut Draft<'_, '_>, me: &MemberId, event: &epcis::Event) -> Result<Ran, Halt> {
    let seen = presence(event);
    for name in &event.epcs {
        begin(draft, me, name, &seen)?;
    }
    bring_in(draft, me, event, amounts(&event.quantities)?)?;
    Ok(Ran::default())
}

/// An object comes into being in the ownership and custody of the signer's member.
pub(super) fn begin(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    name: &Epc,
    seen: &Presence<'_>,
) -> Result<(), Halt> {
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
        Some(object) => {
            let object = object.clone();
            commissioned_late(draft, object, me, name, seen.time_ms)?
        }
    };
    draft.put(name, fresh);
    let object = draft.change(name);
    object.observe(seen);
    object.structure_told(seen.time_ms);
    Ok(())
}

/// Amounts come into being loose with the signer's member.
pub(super) fn bring_in(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    event: &epcis::Event,
    amounts: Vec<(&Epc, Quantity)>,
) -> Result<(), Halt> {
    let (seen, loose) = (presence(event), Holder::Loose(me.clone()));
    let last = LazyCell::new(|| facts::reference(event));
    for (class, amount) in amounts {
        let holding = seen_holding(Holding::new(me, &amount, seen.time_ms), &seen, *last);
        draft.add(class, &loose, holding)?;
    }
    Ok(())
}

/// An object that was taken up because its commissioning came late. Its owner's word is enough, wherever
/// it is by now, if the commissioning is older than everything known of it.
fn commissioned_late(
    draft: &mut Draft<'_, '_>,
    object: Object,
    me: &MemberId,
    name: &Epc,
    time_ms: i64,
) -> Result<Object, Halt> {
    let at_hand = object.custodian == *me
        && object.parent.is_none()
        && object.hold.is_none()
        && object.life == Life::Active;
    let taken_up = object.origin == Origin::TakenUp && object.owner == *me;
    if taken_up && (at_hand || (time_ms < object.time_ms && is_oldest(draft, name, time_ms)?)) {
        return Ok(Object {
            origin: Origin::Commissioned,
            ..object
        });
    }
    let reason = format!("{name} is known and belongs to {}", object.owner);
    Err(ALREADY_COMMISSIONED.because(reason).into())
}

/// Whether none of the object's last events that stand is older.
fn is_oldest(draft: &mut Draft<'_, '_>, name: &Epc, time_ms: i64) -> Result<bool, Halt> {
    let known = replay::past(draft, name)?.events;
    let older = |past: &replay::Past| past.stands() && past.record.time_ms < time_ms;
    Ok(!known.iter().any(older))
}

/// Objects are seen, move, change condition: object event OBSERVE, aggregation event OBSERVE of an unknown
/// container, and every transaction event, which ties objects to documents and changes nothing else.
fn observe(draft: &mut Draft<'_, '_>, me: &MemberId, event: &epcis::Event) -> Result<Ran, Halt> {
    let seen = presence(event);
    let moves = event.biz_step.as_ref().is_some_and(is_movement);
    let named: Option<BTreeSet<&Epc>> = moves.then(|| objects(event).collect());
    let mut alone = moves;
    for name in objects(event) {
        take_up(draft, me, name, seen.time_ms)?;
        let (root, now) = draft.held_then(name, seen.time_ms)?;
        let object = draft.known(name)?;
        alone &= now && object.parent.is_none();
        if now
            && !object.is_past(seen.time_ms)
            && let Some(named) = &named
        {
            check_moves(draft, name, &root, named)?;
        }
        see(draft, name, &root, &seen, now)?;
    }
    if alone {
        objects(event).for_each(|name| draft.change(name).structure_told(seen.time_ms));
    }
    observe_amounts(draft, me, event, &seen)?;
    Ok(Ran {
        alone,
        ..Ran::default()
    })
}

/// Refuses to move by itself what is packed or fixed at a place. What is fitted may be read anywhere; it
/// is where the object is that carries it.
fn check_moves(
    draft: &mut Draft<'_, '_>,
    name: &Epc,
    root: &Epc,
    named: &BTreeSet<&Epc>,
) -> Result<(), Halt> {
    let object = draft.known(name)?;
    if let (Bond::Fixed, Some(place)) = (object.bond, &object.parent) {
        return Err(PACKED.because(format!("{name} is fixed at {place}")).into());
    }
    let mut carrier = name.clone();
    loop {
        let object = draft.known(&carrier)?;
        match (object.bond, object.container()) {
            (Bond::Fitted, Some(next)) => carrier = next.clone(),
            _ => break,
        }
    }
    if carrier != *root && !named.contains(root) {
        return Err(PACKED.because(format!("{name} is packed in {root}")).into());
    }
    Ok(())
}

/// Takes in what is seen of one object. What is missing is found by being seen at a place by who has it
/// `now`; what is over stays over, but its history may come late.
fn see(
    draft: &mut Draft<'_, '_>,
    name: &Epc,
    root: &Epc,
    seen: &Presence<'_>,
    now: bool,
) -> Result<(), Halt> {
    let object = draft.known(name)?;
    let late = !now || seen.time_ms < object.time_ms;
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
        _ if root != name && !late => draft.in_being(name, root)?,
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
    let last = LazyCell::new(|| facts::reference(event));
    for element in &event.quantities {
        match draft.holding(&element.class, &loose)?.cloned() {
            Some(have) if seen.time_ms >= have.time_ms => {
                let holding = Holding {
                    time_ms: seen.time_ms,
                    ..seen_holding(have, seen, *last)
                };
                draft.store(&element.class, &loose, Some(holding));
            }
            Some(_) => {}
            None => check_policy(draft, &element.class)?,
        }
    }
    Ok(())
}

pub(super) fn seen_holding(mut holding: Holding, seen: &Presence<'_>, last: EventRef) -> Holding {
    holding.place = seen.place.cloned().or(holding.place);
    holding.disposition = seen.disposition.cloned().or(holding.disposition);
    holding.last = Some(last);
    holding
}

/// Object event DELETE: objects go out of being, amounts shrink.
fn delete(draft: &mut Draft<'_, '_>, me: &MemberId, event: &epcis::Event) -> Result<Ran, Halt> {
    let seen = presence(event);
    for name in &event.epcs {
        end(draft, me, name, &seen)?;
    }
    use_up(draft, me, amounts(&event.quantities)?)?;
    Ok(Ran::default())
}

/// An object goes out of being: by its owner, who holds it, when it is loose, empty, not offered, not
/// missing, and nothing newer is known of it.
pub(super) fn end(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    name: &Epc,
    seen: &Presence<'_>,
) -> Result<(), Halt> {
    draft.known(name)?;
    let root = draft.held(name)?;
    let object = draft.known(name)?;
    if object.owner != *me {
        return Err(NOT_OWNER
            .because(format!("{name} belongs to {}", object.owner))
            .into());
    }
    let (contents, newest_ms, parent) = (object.contents, object.time_ms, object.parent.clone());
    draft.free(name, &root)?;
    if let Some(parent) = parent {
        return Err(PACKED.because(format!("{name} is tied to {parent}")).into());
    }
    if contents > 0 {
        return Err(NOT_EMPTY
            .because(format!("{contents} things are in {name} or on it"))
            .into());
    }
    if seen.time_ms < newest_ms {
        let reason = format!(
            "{name} has events of {newest_ms} ms, which are newer than its end at {} ms",
            seen.time_ms
        );
        return Err(CONTRADICTED.because(reason).into());
    }
    let object = draft.change(name);
    object.life = Life::Ended;
    object.observe(seen);
    object.structure_told(seen.time_ms);
    Ok(())
}

/// Loose amounts of the signer's member are used up.
pub(super) fn use_up(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    amounts: Vec<(&Epc, Quantity)>,
) -> Result<(), Halt> {
    let loose = Holder::Loose(me.clone());
    for (class, amount) in amounts {
        let taken = draft.take(class, &loose, &amount)?;
        if taken.owner != *me {
            return Err(NOT_OWNER
                .because(format!("{class} here belongs to {}", taken.owner))
                .into());
        }
    }
    Ok(())
}

/// Makes the signer's member owner and custodian of an object that the ledger does not know; says
/// whether it did.
pub(super) fn take_up(
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
pub(super) fn check_policy(draft: &mut Draft<'_, '_>, name: &Epc) -> Result<(), Halt> {
    let policy = draft.reader.read::<Policy>(facts::POLICY_KEY)?;
    if policy.is_some_and(|policy| policy.commission_first) {
        return Err(UNKNOWN_OBJECT
            .because(format!("{name} was never commissioned"))
            .into());
    }
    Ok(())
}
