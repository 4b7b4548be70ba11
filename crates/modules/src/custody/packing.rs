//! Aggregation and association: what goes into a container, onto an asset or to a place, and comes out again.
//!
//! Flow: [`Tie::of`] says what children are tied to and how; ADD ties, OBSERVE confirms, DELETE unties,
//! and DELETE without children sweeps out everything tied so.
//!
//! Invariants: an object is tied to one parent at a time, and custody follows containers and assets. For each
//! child the newest claimed time counts: what was settled by a newer fact already is passed over, and an
//! event whose parent was swept later is refused, for its children would have come out again.

use super::{
    capture::{Ran, check_policy, place, presence, seen_holding, take_up},
    draft::{Draft, Presence},
    facts::{self, Listed},
    form::{amounts, is_movement},
    reject::*,
    replay,
    types::*,
};
use convoy_ledger::Halt;
use convoy_types::{
    MemberId,
    epcis::{self, Action as Does, EventKind},
    identifiers::Epc,
};
use std::cell::LazyCell;

/// What children are tied to, and how.
#[derive(Clone, Copy)]
pub(super) struct Tie<'e> {
    pub parent: &'e Epc,
    pub bond: Bond,
}

impl<'e> Tie<'e> {
    /// The tie that an aggregation or association is about; `None` where it names no parent.
    pub fn of(event: &'e epcis::Event) -> Option<Self> {
        let parent = event.parent.as_ref()?;
        let bond = match event.kind {
            EventKind::Association if facts::is_place(parent) => Bond::Fixed,
            EventKind::Association => Bond::Fitted,
            _ => Bond::Packed,
        };
        Some(Self { parent, bond })
    }

    /// Who holds amounts that `me` ties so.
    pub fn holder(&self, me: &MemberId) -> Holder {
        match self.bond {
            Bond::Packed => Holder::In(self.parent.clone()),
            Bond::Fitted => Holder::Fitted(self.parent.clone()),
            Bond::Fixed => Holder::Fixed(me.clone(), self.parent.clone()),
        }
    }

    fn listed(&self) -> Listed<'e> {
        Listed::Objects(self.bond, self.parent)
    }

    /// Whether `object` is tied so.
    fn ties(&self, object: &Object) -> bool {
        object.parent.as_ref() == Some(self.parent) && object.bond == self.bond
    }

    /// The outermost container of the parent, which the signer's member has to hold; `None` at a place.
    fn root(&self, draft: &mut Draft<'_, '_>) -> Result<Option<Epc>, Halt> {
        match self.bond {
            Bond::Fixed => Ok(None),
            _ => draft.held(self.parent).map(Some),
        }
    }

    /// Refuses a parent that is over, missing or offered.
    fn free(&self, draft: &mut Draft<'_, '_>, root: Option<&Epc>) -> Result<(), Halt> {
        root.map_or(Ok(()), |root| Ok(draft.free(self.parent, root)?))
    }
}

/// Changes what is in, on or at the parent.
pub(super) fn run(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    event: &epcis::Event,
    tie: &Tie<'_>,
    does: Does,
) -> Result<Ran, Halt> {
    let mut ran = match does {
        Does::Add => put_in(draft, me, event, tie)?,
        Does::Observe => observe_in(draft, me, event, tie)?,
        Does::Delete => take_out(draft, me, event, tie)?,
    };
    if does != Does::Delete {
        ran.place = given_place(event, tie).cloned();
    }
    Ok(ran)
}

/// The place that an event gives; what is fixed at a place is there.
fn given_place<'e>(event: &'e epcis::Event, tie: &Tie<'e>) -> Option<&'e Epc> {
    let fixed_at = Some(tie.parent).filter(|_| tie.bond == Bond::Fixed);
    place(event).or(fixed_at)
}

/// Refuses to put something in of which a newer event says that everything came out.
fn check_not_swept(
    draft: &mut Draft<'_, '_>,
    of: &Listed<'_>,
    name: &Epc,
    time_ms: i64,
) -> Result<(), Halt> {
    match draft.listing(of)?.emptied_ms {
        Some(emptied_ms) if time_ms < emptied_ms => {
            let reason =
                format!("{name} would have come out again when everything did, at {emptied_ms} ms");
            Err(CONTRADICTED.because(reason).into())
        }
        _ => Ok(()),
    }
}

/// ADD: children and amounts go into, onto or to the parent.
fn put_in(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    event: &epcis::Event,
    tie: &Tie<'_>,
) -> Result<Ran, Halt> {
    let seen = Presence {
        place: given_place(event, tie),
        ..presence(event)
    };
    if tie.bond != Bond::Fixed {
        take_up(draft, me, tie.parent, seen.time_ms)?;
    }
    let root = tie.root(draft)?;
    let mut ran = Ran::default();
    for child in &event.epcs {
        take_up(draft, me, child, seen.time_ms)?;
        let outer = draft.held(child)?;
        if replay::is_settled(draft, child, tie.bond, seen.time_ms)? {
            ran.passed.push(child.clone());
            draft.change(child).observe(&seen);
            continue;
        }
        tie.free(draft, root.as_ref())?;
        draft.free(child, &outer)?;
        take_off(draft, me, child, tie)?;
        check_not_swept(draft, &tie.listed(), child, seen.time_ms)?;
        draft.tie(child, tie.parent, tie.bond)?;
        told(draft, child, &seen);
    }
    let (loose, inside) = (Holder::Loose(me.clone()), tie.holder(me));
    let last = LazyCell::new(|| facts::reference(event));
    for (class, amount) in amounts(&event.quantities)? {
        tie.free(draft, root.as_ref())?;
        let taken = draft.take(class, &loose, &amount)?;
        check_not_swept(draft, &Listed::Amounts(&inside), class, seen.time_ms)?;
        draft.add(class, &inside, seen_holding(taken, &seen, *last))?;
    }
    observe_parent(draft, tie, &seen);
    Ok(ran)
}

/// A fact about an object's parent.
fn told(draft: &mut Draft<'_, '_>, child: &Epc, seen: &Presence<'_>) {
    let object = draft.change(child);
    object.observe(seen);
    object.structure_told(seen.time_ms);
}

fn observe_parent(draft: &mut Draft<'_, '_>, tie: &Tie<'_>, seen: &Presence<'_>) {
    if tie.bond != Bond::Fixed {
        draft.change(tie.parent).observe(seen);
    }
}

/// Refuses a child that is in or on something. A part that is fitted or fixed somewhere else by a newer
/// event has left where it was: that is how it moves from one asset to the next.
fn take_off(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    child: &Epc,
    tie: &Tie<'_>,
) -> Result<(), Halt> {
    let object = draft.known(child)?;
    let Some(inside) = object.parent.clone() else {
        return Ok(());
    };
    let moves = tie.bond != Bond::Packed && object.bond != Bond::Packed;
    if moves && !tie.ties(object) {
        return draft.untie(child, me);
    }
    let reason = format!("{child} is {} at or in {inside}", object.bond);
    Err(PACKED_ALREADY.because(reason).into())
}

/// OBSERVE: children are seen in, on or at the parent. It moves only as a whole.
fn observe_in(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    event: &epcis::Event,
    tie: &Tie<'_>,
) -> Result<Ran, Halt> {
    let seen = Presence {
        place: given_place(event, tie),
        ..presence(event)
    };
    if tie.bond != Bond::Fixed {
        take_up(draft, me, tie.parent, seen.time_ms)?;
    }
    let root = tie.root(draft)?;
    if let Some(root) = &root {
        check_parent(draft, event, tie, root, seen.time_ms)?;
    }
    let mut ran = Ran::default();
    for child in &event.epcs {
        if take_up(draft, me, child, seen.time_ms)? {
            tie.free(draft, root.as_ref())?;
            check_not_swept(draft, &tie.listed(), child, seen.time_ms)?;
            draft.tie(child, tie.parent, tie.bond)?;
            told(draft, child, &seen);
            continue;
        }
        draft.held(child)?;
        if replay::is_settled(draft, child, tie.bond, seen.time_ms)? {
            ran.passed.push(child.clone());
            draft.change(child).observe(&seen);
        } else if tie.ties(draft.known(child)?) {
            told(draft, child, &seen);
        } else {
            let reason = format!("{child} is not {} there: {}", tie.bond, tie.parent);
            return Err(NOT_PACKED_IN.because(reason).into());
        }
    }
    for element in &event.quantities {
        if draft.holding(&element.class, &tie.holder(me))?.is_none() {
            check_policy(draft, &element.class)?;
        }
    }
    observe_parent(draft, tie, &seen);
    Ok(ran)
}

/// Refuses to see a parent that is over or missing, or to move it out of what it is packed in.
fn check_parent(
    draft: &mut Draft<'_, '_>,
    event: &epcis::Event,
    tie: &Tie<'_>,
    root: &Epc,
    time_ms: i64,
) -> Result<(), Halt> {
    let past = draft.known(tie.parent)?.is_past(time_ms);
    if past {
        return Ok(());
    }
    draft.in_being(tie.parent, root)?;
    if event.biz_step.as_ref().is_some_and(is_movement) && root != tie.parent {
        let reason = format!("{} is packed in {root}", tie.parent);
        return Err(PACKED.because(reason).into());
    }
    Ok(())
}

/// DELETE: children and amounts come out of, or off, the parent. Without any, everything does.
fn take_out(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    event: &epcis::Event,
    tie: &Tie<'_>,
) -> Result<Ran, Halt> {
    if tie.bond != Bond::Fixed {
        draft.known(tie.parent)?;
    }
    let root = tie.root(draft)?;
    let mut place = given_place(event, tie).cloned();
    if place.is_none() && root.is_some() {
        place = replay::place_then(draft, tie.parent, event.event_time.millis())?;
    }
    let seen = Presence {
        place: place.as_ref(),
        ..presence(event)
    };
    let mut ran = Ran::default();
    let all = event.epcs.is_empty() && event.quantities.is_empty();
    let swept = if all {
        tie.free(draft, root.as_ref())?;
        Some(sweep(draft, me, tie, seen.time_ms)?)
    } else {
        None
    };
    let children = swept.as_ref().map_or(&event.epcs, |swept| &swept.objects);
    for child in children {
        draft.known(child)?;
        let outer = draft.held(child)?;
        if replay::is_settled(draft, child, tie.bond, seen.time_ms)? {
            ran.passed.push(child.clone());
            draft.change(child).observe(&seen);
            continue;
        }
        if !tie.ties(draft.known(child)?) {
            let reason = format!("{child} is not {} there: {}", tie.bond, tie.parent);
            return Err(NOT_PACKED_IN.because(reason).into());
        }
        tie.free(draft, root.as_ref())?;
        draft.free(child, &outer)?;
        draft.untie(child, me)?;
        told(draft, child, &seen);
    }
    let (loose, inside) = (Holder::Loose(me.clone()), tie.holder(me));
    let named = amounts(&event.quantities)?;
    let swept_amounts = swept.iter().flat_map(|swept| &swept.amounts);
    let all_amounts = swept_amounts.map(|(class, amount)| (class, amount.clone()));
    let last = LazyCell::new(|| facts::reference(event));
    for (class, amount) in named.into_iter().chain(all_amounts) {
        tie.free(draft, root.as_ref())?;
        let taken = draft.take(class, &inside, &amount)?;
        let taken = Holding {
            time_ms: taken.time_ms.max(seen.time_ms),
            ..taken
        };
        draft.add(class, &loose, seen_holding(taken, &seen, *last))?;
    }
    if tie.bond != Bond::Fixed {
        draft.change(tie.parent).observe(&presence(event));
    }
    ran.swept = swept;
    ran.place = place;
    Ok(ran)
}

/// Everything that is tied so and was not put there later, and notes that it came out.
fn sweep(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    tie: &Tie<'_>,
    time_ms: i64,
) -> Result<Swept, Halt> {
    let holder = tie.holder(me);
    let mut swept = Swept::default();
    let objects = listed(draft, tie, &tie.listed())?;
    draft.load(objects.iter())?;
    if tie.bond == Bond::Fitted {
        replay::load(draft, objects.iter())?;
    }
    for name in objects {
        // What went in later is not what this event took out.
        if !replay::is_settled(draft, &name, tie.bond, time_ms)? {
            swept.objects.push(name);
        }
    }
    let classes = listed(draft, tie, &Listed::Amounts(&holder))?;
    draft.load_amounts(classes.iter(), &[&holder, &Holder::Loose(me.clone())])?;
    for class in classes {
        let Some(holding) = draft.holding(&class, &holder)? else {
            continue;
        };
        if time_ms < holding.time_ms {
            let reason = format!("{class} went in later, at {} ms", holding.time_ms);
            return Err(CONTRADICTED.because(reason).into());
        }
        let quantity = holding.quantity();
        swept.amounts.push((class, quantity));
    }
    let names = swept.objects.iter();
    let names = names.chain(swept.amounts.iter().map(|(class, _)| class));
    if names.map(|name| name.key().len()).sum::<usize>() > SWEPT_BYTES_MAX {
        return Err(too_many(tie).into());
    }
    draft.emptied(&tie.listed(), time_ms)?;
    draft.emptied(&Listed::Amounts(&holder), time_ms)?;
    Ok(swept)
}

fn listed(draft: &mut Draft<'_, '_>, tie: &Tie<'_>, of: &Listed<'_>) -> Result<Vec<Epc>, Halt> {
    let listing = draft.listing(of)?;
    if listing.too_many {
        return Err(too_many(tie).into());
    }
    Ok(listing.names.clone())
}

fn too_many(tie: &Tie<'_>) -> convoy_ledger::Reject {
    NAME_THE_CONTENTS.because(format!(
        "{} holds more than {LISTED_MAX} things, or names too long to list",
        tie.parent
    ))
}
