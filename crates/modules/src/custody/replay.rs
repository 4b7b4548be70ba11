//! Life and parent of an object replayed from its events, when one of them turns out to be wrong.
//!
//! Flow: [`past`] walks back through the last [`CORRECTION_EVENTS_MAX`] events recorded of an object. Each that
//! stands and says something about life or parent is a [`Fact`]; the fact with the newest claimed time (of
//! equal times the one recorded last) makes the present. [`undo_structure`] takes the wrong event out of them
//! and moves the object to where the remaining facts put it.
//!
//! Limits: what lies further back than the bound is not seen. Where nothing of it is left within the bound, the
//! wrong event is turned round instead: a packing unpacks, an unpacking packs again.

use super::{correction::built, draft::Draft, facts, reject::*, types::*};
use convoy_ledger::Halt;
use convoy_types::{
    MemberId,
    epcis::{Action as Does, EventKind},
    identifiers::Epc,
};
use std::sync::Arc;

/// An object's event on the way back through its chain.
pub(super) struct Past {
    pub link: Link,
    pub record: Arc<EventRecord>,
}

/// An object's newest recorded events, the newest first.
pub(super) struct Chain {
    pub events: Vec<Past>,
    /// Whether there are none before them.
    whole: bool,
}

/// What an event says about an object's life and parent.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fact {
    /// It came into being.
    Begun,
    /// It went out of being.
    Ended,
    /// It is in, on or at something.
    Tied(Epc, Bond),
    /// It is in nothing.
    Loose,
}

/// The object's newest recorded events.
pub(super) fn past(draft: &mut Draft<'_, '_>, name: &Epc) -> Result<Chain, Halt> {
    let mut next = draft.record(name)?.and_then(|object| object.last);
    let mut events = Vec::new();
    while let Some(link) = next.filter(|_| events.len() < CORRECTION_EVENTS_MAX) {
        let Some(record) = facts::event(draft.reader, link.event)? else {
            panic!("event {} of {name} is not recorded", link.event)
        };
        next = record.link_before(link.place);
        events.push(Past { link, record });
    }
    Ok(Chain {
        events,
        whole: next.is_none(),
    })
}

/// Asks at once for what [`past`] reads of all of `names`.
pub(super) fn load<'n>(
    draft: &mut Draft<'_, '_>,
    names: impl Iterator<Item = &'n Epc>,
) -> Result<(), Halt> {
    let mut missing = false;
    for name in names {
        missing |= past(draft, name).is_err();
    }
    if missing { Err(Halt::NeedKeys) } else { Ok(()) }
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

    /// How children were tied to `parent`.
    fn bond(&self) -> Bond {
        match (self.kind, &self.parent) {
            (EventKind::Association, Some(parent)) if facts::is_place(parent) => Bond::Fixed,
            (EventKind::Association, _) => Bond::Fitted,
            _ => Bond::Packed,
        }
    }
}

impl Past {
    pub fn stands(&self) -> bool {
        self.record.standing == EventStanding::Stands
    }

    /// What it says about life and parent of this object, whether it stands or not.
    fn fact(&self) -> Option<Fact> {
        let record = &self.record;
        let child = self.link.place < record.children;
        match (record.kind, record.action) {
            _ if record.alone => Some(Fact::Loose),
            (EventKind::Transformation, _) if child => Some(Fact::Ended),
            (EventKind::Transformation, _) => Some(Fact::Begun),
            (EventKind::Object, Does::Add) => Some(Fact::Begun),
            (EventKind::Object, Does::Delete) => Some(Fact::Ended),
            (EventKind::Aggregation | EventKind::Association, does) if child => {
                let parent = record.parent.clone()?;
                Some(match does {
                    Does::Delete => Fact::Loose,
                    Does::Add | Does::Observe => Fact::Tied(parent, record.bond()),
                })
            }
            _ => None,
        }
    }
}

/// The fact with the newest claimed time among standing events, `except` one; of equal times the one
/// recorded last. That an object moved by itself says nothing about what it is fitted to: it may have been told of
/// before the fitting was.
fn newest(chain: &Chain, except: Option<usize>) -> Option<(usize, i64, Fact)> {
    let told = newest_of(chain, except, |record| !record.alone);
    let alone = newest_of(chain, except, |record| record.alone);
    match (told, alone) {
        (Some(told), Some(alone)) => {
            let fitted = matches!(told.2, Fact::Tied(_, Bond::Fitted));
            // Of equal times the one recorded last, which stands first.
            let newer = (alone.1, told.0) > (told.1, alone.0);
            Some(if newer && !fitted { alone } else { told })
        }
        (told, alone) => told.or(alone),
    }
}

fn newest_of(
    chain: &Chain,
    except: Option<usize>,
    counts: impl Fn(&EventRecord) -> bool,
) -> Option<(usize, i64, Fact)> {
    let mut best: Option<(usize, i64, Fact)> = None;
    for (at, past) in chain.events.iter().enumerate() {
        if !past.stands() || Some(at) == except || !counts(&past.record) {
            continue;
        }
        let time_ms = past.record.time_ms;
        if best.as_ref().is_none_or(|(_, newest, _)| time_ms > *newest)
            && let Some(fact) = past.fact()
        {
            best = Some((at, time_ms, fact));
        }
    }
    best
}

/// Whether newer facts than one of `time_ms` have settled how the object is tied by `bond`. That it moved by itself
/// settles that it was packed in nothing, and not that it was fitted to nothing.
pub(super) fn is_settled(
    draft: &mut Draft<'_, '_>,
    name: &Epc,
    bond: Bond,
    time_ms: i64,
) -> Result<bool, Halt> {
    let object = draft.known(name)?;
    let settled_ms = object.structure_ms();
    if !object.is_past(time_ms) || bond != Bond::Fitted {
        return Ok(object.is_past(time_ms));
    }
    let chain = past(draft, name)?;
    let alone = newest_of(&chain, None, |record| record.alone).map(|(_, time_ms, _)| time_ms);
    let told = newest_of(&chain, None, |record| !record.alone).map(|(_, time_ms, _)| time_ms);
    let known = chain.whole || told.is_some();
    let by_moving = alone.is_some() && alone == settled_ms;
    Ok(!(known && by_moving && told.is_none_or(|told| told <= time_ms)))
}

/// Where an object was at `time_ms`, as far as is known: where the outermost thing was that carried it. What came
/// to be carried, or was carried on, by newer facts than that has no part in it.
pub(super) fn place_then(
    draft: &mut Draft<'_, '_>,
    name: &Epc,
    time_ms: i64,
) -> Result<Option<Epc>, Halt> {
    let mut carrier = name.clone();
    loop {
        let object = draft.known(&carrier)?;
        match object.container().cloned() {
            Some(next) if !object.is_past(time_ms) => carrier = next,
            _ => break,
        }
    }
    let object = draft.known(&carrier)?;
    if object.place_ms() <= time_ms {
        return Ok(object.place.clone());
    }
    let chain = past(draft, &carrier)?;
    let mut best: Option<&EventRecord> = None;
    for event in chain.events.iter().filter(|event| event.stands()) {
        let record = &*event.record;
        let counts = record.place.is_some() && record.time_ms <= time_ms;
        if counts && best.is_none_or(|best| record.time_ms > best.time_ms) {
            best = Some(record);
        }
    }
    Ok(best.and_then(|record| record.place.clone()))
}

/// Moves the object to where it would be without the event at `wrong` in its chain.
pub(super) fn undo_structure(
    draft: &mut Draft<'_, '_>,
    name: &Epc,
    chain: &Chain,
    wrong: usize,
) -> Result<(), Halt> {
    let event = &chain.events[wrong];
    let Some(fact) = event.fact() else {
        return Ok(());
    };
    if fact == Fact::Begun {
        return undo_first(draft, name, chain, wrong);
    }
    let left = newest(chain, Some(wrong));
    let at = |fact: &Option<(usize, i64, Fact)>| fact.as_ref().map(|(at, ..)| *at);
    if at(&newest(chain, None)) == at(&left) {
        // Another fact made the present.
        settle_again(draft, name, chain, wrong);
        return Ok(());
    }
    let target = match (&left, chain.whole) {
        (Some((_, _, Fact::Tied(parent, bond))), _) => Some((parent.clone(), *bond)),
        (Some(_), _) | (None, true) => None,
        (None, false) => turned_round(&event.record, &fact),
    };
    let wrong_ms = event.record.time_ms;
    if fact == Fact::Ended && draft.known(name)?.life == Life::Ended {
        draft.change(name).life = Life::Active;
    }
    move_to(draft, name, target, wrong_ms)?;
    settle_again(draft, name, chain, wrong);
    Ok(())
}

/// The newest fact that is left, or a handover, settles life and parent from now on, if the wrong one did.
fn settle_again(draft: &mut Draft<'_, '_>, name: &Epc, chain: &Chain, wrong: usize) {
    let object = draft.change(name);
    if object.is_past(chain.events[wrong].record.time_ms) {
        return;
    }
    let handed_over = object.former.as_ref().filter(|former| former.claimed);
    let handed_over = handed_over.map(|former| former.until_ms);
    let left = newest_of(chain, Some(wrong), |_| true).map(|(_, time_ms, _)| time_ms);
    object.set_structure(left.max(handed_over));
}

/// Where the object was before an event about which nothing older is known.
fn turned_round(record: &EventRecord, fact: &Fact) -> Option<(Epc, Bond)> {
    let unties = record.action == Does::Delete && *fact == Fact::Loose;
    let parent = record.parent.clone().filter(|_| unties)?;
    Some((parent, record.bond()))
}

/// Moves the object out of what it is tied to now and ties it to `target`, where it is not there already.
fn move_to(
    draft: &mut Draft<'_, '_>,
    name: &Epc,
    target: Option<(Epc, Bond)>,
    wrong_ms: i64,
) -> Result<(), Halt> {
    let object = draft.known(name)?;
    let now = object.parent.clone().map(|parent| (parent, object.bond));
    if now == target {
        return Ok(());
    }
    let fitted = [&now, &target].map(|tie| tie.as_ref().is_some_and(|tie| tie.1 == Bond::Fitted));
    let bond = match fitted {
        [false, false] => Bond::Packed,
        _ => Bond::Fitted,
    };
    if is_settled(draft, name, bond, wrong_ms)? {
        let reason = format!("{name} was handed over or reported lost since, by itself");
        return Err(BUILT_UPON.because(reason).into());
    }
    let custodian = as_before(draft, name)?;
    if now.is_some() {
        draft.untie(name, &custodian)?;
    }
    let Some((parent, bond)) = target else {
        return Ok(());
    };
    if bond != Bond::Fixed {
        as_before(draft, &parent)?;
    }
    draft.tie(name, &parent, bond).map_err(built)
}

/// The object never was, unless other events tell of it.
fn undo_first(
    draft: &mut Draft<'_, '_>,
    name: &Epc,
    chain: &Chain,
    wrong: usize,
) -> Result<(), Halt> {
    let me = draft.me.clone();
    let object = draft.known(name)?;
    let own = me.as_ref() == Some(&object.owner) && me.as_ref() == Some(&object.custodian);
    let untouched = own && object.contents == 0 && object.parent.is_none() && object.hold.is_none();
    let (newer, older) = (&chain.events[..wrong], &chain.events[wrong + 1..]);
    if !untouched || newer.iter().any(Past::stands) {
        let reason = format!(
            "{name} has later events, is in something, holds something, is offered or is another's"
        );
        return Err(BUILT_UPON.because(reason).into());
    }
    let known_before = older.iter().any(Past::stands);
    let left = newest(chain, Some(wrong)).map(|(_, time_ms, _)| time_ms);
    let object = draft.change(name);
    if known_before {
        object.origin = Origin::TakenUp;
    } else {
        object.life = Life::Void;
    }
    object.set_structure(left);
    Ok(())
}

/// Refuses where custody or hold changed since, so that putting the structure back would move custody.
pub(super) fn as_before(draft: &mut Draft<'_, '_>, name: &Epc) -> Result<MemberId, Halt> {
    let root = draft.held(name).map_err(built)?;
    draft
        .free(name, &root)
        .map_err(|reject| built(reject.into()))?;
    Ok(draft.known(&root)?.custodian.clone())
}
