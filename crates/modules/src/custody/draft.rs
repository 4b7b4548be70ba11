//! The goods as an action will leave them, while it is being checked.
//!
//! A draft reads each record once, changes copies, and ends as one [`Effect`] that holds every record
//! to store and the events to tell. Nothing is written before everything was checked.

use super::{
    facts::{self, Listed},
    reject::*,
    types::*,
};
use convoy_ledger::{Halt, Reader, Reject};
use convoy_types::{
    MemberId,
    epcis::cbv::{BizStep, Disposition},
    identifiers::Epc,
    limits::AGGREGATION_DEPTH_MAX,
};
use std::{collections::BTreeMap, sync::Arc};

/// What an action does: records as they will be, deadlines, and what is told.
#[derive(Debug, Default)]
pub struct Effect {
    pub(super) objects: Vec<(Epc, Arc<Object>)>,
    pub(super) holdings: Vec<(Epc, Holder, Option<Holding>)>,
    pub(super) listings: Vec<(Vec<u8>, Option<Listing>)>,
    pub(super) transformation: Option<(Epc, Transformation)>,
    pub(super) events: Vec<(EventRef, Arc<EventRecord>)>,
    pub(super) handover: Option<(HandoverId, Handover)>,
    pub(super) cases: Vec<(CaseId, Case)>,
    pub(super) policy: Option<Policy>,
    pub(super) timer: Option<(u64, Deadline)>,
    pub(super) said: Vec<Event>,
}

/// What a timer of this module is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Deadline {
    /// An offer runs out.
    #[serde(rename = "h")]
    Handover(HandoverId),
    /// An investigation is due.
    #[serde(rename = "c")]
    Case(CaseId),
}

/// What an event says of where and how.
#[derive(Clone, Copy)]
pub(super) struct Presence<'e> {
    pub time_ms: i64,
    pub place: Option<&'e Epc>,
    pub disposition: Option<&'e Disposition>,
    pub biz_step: Option<&'e BizStep>,
}

pub(super) struct Kept<T> {
    pub value: Option<T>,
    pub changed: bool,
}

/// See the module's documentation.
pub(super) struct Draft<'a, 'r> {
    pub reader: &'a mut Reader<'r>,
    /// The signer's member; at deadlines, nobody.
    pub me: Option<MemberId>,
    objects: BTreeMap<Epc, Kept<Object>>,
    pub(super) holdings: BTreeMap<(Epc, Holder), Kept<Holding>>,
    pub(super) listings: BTreeMap<Vec<u8>, Kept<Listing>>,
    pub effect: Effect,
}

impl Object {
    /// A new object in the custody and ownership of `member`.
    pub(super) fn new(member: &MemberId, origin: Origin, time_ms: i64) -> Self {
        Self {
            version: Default::default(),
            owner: member.clone(),
            custodian: member.clone(),
            life: Life::Active,
            origin,
            parent: None,
            bond: Bond::Packed,
            contents: 0,
            height: 0,
            hold: None,
            place: None,
            disposition: None,
            biz_step: None,
            time_ms,
            ages_ms: (0, 0, 0),
            structure_age_ms: None,
            former: None,
            recorded_ms: 0,
            last: None,
        }
    }

    /// The object that it is packed in or fitted to; a place is none.
    pub fn container(&self) -> Option<&Epc> {
        self.parent.as_ref().filter(|_| self.bond != Bond::Fixed)
    }

    /// Claimed time of what gave its place, milliseconds since 1970.
    pub(super) fn place_ms(&self) -> i64 {
        self.time_ms.saturating_sub_unsigned(self.ages_ms.0)
    }

    /// Claimed time of the newest fact about its life and parent, milliseconds since 1970.
    pub fn structure_ms(&self) -> Option<i64> {
        let age = self.structure_age_ms?;
        Some(self.time_ms.saturating_sub(age))
    }

    /// Whether a fact about its life or parent of `time_ms` comes too late to change the present.
    pub(super) fn is_past(&self, time_ms: i64) -> bool {
        self.structure_ms().is_some_and(|newest| time_ms < newest)
    }

    /// Notes a fact about its life or parent.
    pub(super) fn structure_told(&mut self, time_ms: i64) {
        let newest = self
            .structure_ms()
            .map_or(time_ms, |known| known.max(time_ms));
        self.set_structure(Some(newest));
    }

    pub(super) fn set_structure(&mut self, time_ms: Option<i64>) {
        self.structure_age_ms = time_ms.map(|time_ms| self.time_ms.saturating_sub(time_ms));
    }

    /// Takes in what an event says, each field by the newest claimed time; at equal times the event
    /// recorded later counts.
    pub(super) fn observe(&mut self, seen: &Presence<'_>) {
        let (place, disposition, step) = self.ages_ms;
        let newest = self.time_ms.max(seen.time_ms);
        let at = |age: u64| self.time_ms.saturating_sub_unsigned(age);
        let mut times = [at(place), at(disposition), at(step)];
        take(&mut self.place, seen.place, &mut times[0], seen.time_ms);
        take(
            &mut self.disposition,
            seen.disposition,
            &mut times[1],
            seen.time_ms,
        );
        take(
            &mut self.biz_step,
            seen.biz_step,
            &mut times[2],
            seen.time_ms,
        );
        self.set_times(newest, times);
    }

    /// Stores the newest time and those of place, disposition and step, as ages.
    pub(super) fn set_times(&mut self, newest: i64, times: [i64; 3]) {
        let structure_ms = self.structure_ms();
        self.time_ms = newest;
        self.set_structure(structure_ms);
        let age = |time: i64, set: bool| {
            if set {
                newest.abs_diff(time.min(newest))
            } else {
                0
            }
        };
        self.ages_ms = (
            age(times[0], self.place.is_some()),
            age(times[1], self.disposition.is_some()),
            age(times[2], self.biz_step.is_some()),
        );
    }

    fn now(&self) -> ObjectNow {
        ObjectNow {
            owner: self.owner.clone(),
            custodian: self.custodian.clone(),
            life: self.life,
            origin: self.origin,
            parent: self.parent.clone(),
            bond: self.bond,
            hold: self.hold,
            place: self.place.clone(),
            disposition: self.disposition.clone(),
            biz_step: self.biz_step.clone(),
            time_ms: self.time_ms,
        }
    }
}

fn take<T: Clone>(field: &mut Option<T>, value: Option<&T>, time: &mut i64, event_time: i64) {
    let Some(value) = value else { return };
    if field.is_none() || event_time >= *time {
        *field = Some(value.clone());
        *time = event_time;
    }
}

impl<'a, 'r> Draft<'a, 'r> {
    pub fn new(reader: &'a mut Reader<'r>, me: Option<MemberId>) -> Self {
        Self {
            reader,
            me,
            objects: BTreeMap::new(),
            holdings: BTreeMap::new(),
            listings: BTreeMap::new(),
            effect: Effect::default(),
        }
    }

    pub fn now_ms(&self) -> u64 {
        self.reader.block().time_ms
    }

    /// Whether `member` is the signer's.
    pub fn is_me(&self, member: &MemberId) -> bool {
        self.me.as_ref() == Some(member)
    }

    /// The object, if the ledger has a record of it, even a void one.
    pub fn record(&mut self, name: &Epc) -> Result<Option<&Object>, Halt> {
        if !self.objects.contains_key(name) {
            let found = self.reader.read::<Object>(facts::object_key(name))?;
            let value = found.map(|object| (*object).clone());
            self.objects.insert(
                name.clone(),
                Kept {
                    value,
                    changed: false,
                },
            );
        }
        Ok(self.objects.get(name).and_then(|kept| kept.value.as_ref()))
    }

    /// Asks for all of `names` at once, so that what is not loaded is fetched in one batch.
    pub fn load<'n>(&mut self, names: impl Iterator<Item = &'n Epc>) -> Result<(), Halt> {
        let mut missing = false;
        for name in names {
            match self.record(name) {
                Err(Halt::NeedKeys) => missing = true,
                result => drop(result?),
            }
        }
        if missing { Err(Halt::NeedKeys) } else { Ok(()) }
    }

    /// Asks at once for everything that any of `names` is in or on.
    pub fn load_around<'n>(&mut self, names: impl Iterator<Item = &'n Epc>) -> Result<(), Halt> {
        let mut missing = false;
        for name in names {
            let mut at = Some(name.clone());
            let mut level = 0..=AGGREGATION_DEPTH_MAX;
            while let Some(name) = at.filter(|_| level.next().is_some()) {
                at = match self.record(&name) {
                    Ok(object) => object.and_then(|object| object.container().cloned()),
                    Err(_) => {
                        missing = true;
                        None
                    }
                };
            }
        }
        if missing { Err(Halt::NeedKeys) } else { Ok(()) }
    }

    /// The object.
    pub fn known(&mut self, name: &Epc) -> Result<&Object, Halt> {
        match self.record(name)? {
            Some(object) if object.life != Life::Void => {}
            _ => {
                return Err(UNKNOWN_OBJECT
                    .because(format!("{name} was never commissioned"))
                    .into());
            }
        }
        Ok(self.loaded(name))
    }

    fn loaded(&self, name: &Epc) -> &Object {
        match self.objects.get(name).and_then(|kept| kept.value.as_ref()) {
            Some(object) => object,
            None => panic!("object {name} was to be changed before it was read"),
        }
    }

    /// The object, to change it.
    pub fn change(&mut self, name: &Epc) -> &mut Object {
        let recorded_ms = self.now_ms();
        match self.objects.get_mut(name) {
            Some(Kept {
                value: Some(object),
                changed,
            }) => {
                *changed = true;
                object.recorded_ms = recorded_ms;
                object
            }
            _ => panic!("object {name} was to be changed before it was read"),
        }
    }

    /// Adds an object, or replaces it.
    pub fn put(&mut self, name: &Epc, mut object: Object) {
        object.recorded_ms = self.now_ms();
        self.objects.insert(
            name.clone(),
            Kept {
                value: Some(object),
                changed: true,
            },
        );
    }

    /// The outermost container of a known object, and how many levels out it is.
    pub fn outermost(&mut self, name: &Epc) -> Result<(Epc, usize), Halt> {
        let mut at = name.clone();
        for level in 0..=AGGREGATION_DEPTH_MAX {
            match self.known(&at)?.container().cloned() {
                None => return Ok((at, level)),
                Some(parent) => at = parent,
            }
        }
        panic!("objects are packed deeper than the limit, around {name}")
    }

    /// Refuses unless the signer's member has `name` in custody; returns its outermost container.
    pub fn held(&mut self, name: &Epc) -> Result<Epc, Halt> {
        let (root, level) = self.outermost(name)?;
        let custodian = self.loaded(&root).custodian.clone();
        if self.is_me(&custodian) {
            return Ok(root);
        }
        let inside = if level > 0 {
            format!(" inside {root}")
        } else {
            String::new()
        };
        let reason = format!("{name}{inside} is in the custody of {custodian}");
        Err(NOT_CUSTODIAN.because(reason).into())
    }

    /// Like [`held`](Self::held), but also lets who handed it over last tell of the time before that; says
    /// whether the signer's member has it now.
    pub fn held_then(&mut self, name: &Epc, time_ms: i64) -> Result<(Epc, bool), Halt> {
        let refused = match self.held(name) {
            Ok(root) => return Ok((root, true)),
            Err(halt) => halt,
        };
        if let Halt::Reject(_) = &refused {
            let (root, _) = self.outermost(name)?;
            let former = self.loaded(&root).former.as_ref();
            if former.is_some_and(|had| self.is_me(&had.member) && time_ms <= had.until_ms) {
                return Ok((root, false));
            }
        }
        Err(refused)
    }

    /// Refuses what went out of being, is missing or is offered. `root` is its outermost container.
    pub fn free(&mut self, name: &Epc, root: &Epc) -> Result<(), Reject> {
        self.in_being(name, root)?;
        for at in [name, root] {
            if let Some(Hold::Offered(handover)) = self.loaded(at).hold {
                return Err(OFFERED.because(format!("{at} is part of handover {handover}")));
            }
        }
        Ok(())
    }

    /// Refuses what went out of being or is missing, itself or with its outermost container.
    pub fn in_being(&mut self, name: &Epc, root: &Epc) -> Result<(), Reject> {
        for at in [name, root] {
            let object = self.loaded(at);
            match object.life {
                Life::Active | Life::Void => {}
                Life::Ended => return Err(ENDED.because(format!("{at} is no longer in being"))),
                Life::Missing => return Err(MISSING.because(format!("{at} is reported lost"))),
            }
        }
        Ok(())
    }

    /// Ties `child`, loose and checked, to `parent`.
    pub fn tie(&mut self, child: &Epc, parent: &Epc, bond: Bond) -> Result<(), Halt> {
        if bond != Bond::Fixed {
            self.nest(child, parent)?;
            self.change_contents(parent, 1);
        }
        self.list(&Listed::Objects(bond, parent), child, true)?;
        let object = self.change(child);
        object.parent = Some(parent.clone());
        object.bond = bond;
        Ok(())
    }

    /// Refuses circles and too many levels, and notes the levels in `parent` and around it.
    fn nest(&mut self, child: &Epc, parent: &Epc) -> Result<(), Halt> {
        let inside = self.known(child)?.height;
        let (mut at, mut above) = (parent.clone(), 0u8);
        loop {
            if at == *child {
                return Err(CYCLE
                    .because(format!("{parent} is packed in {child}"))
                    .into());
            }
            above = above.saturating_add(1);
            let levels = above.saturating_add(inside);
            if usize::from(levels) > AGGREGATION_DEPTH_MAX {
                let reason = format!("with {child} there would be {levels} levels in {at}");
                return Err(TOO_DEEP.because(reason).into());
            }
            let object = self.known(&at)?;
            let next = object.container().cloned();
            if object.height < levels {
                self.change(&at).height = levels;
            }
            match next {
                None => break,
                Some(next) => at = next,
            }
        }
        Ok(())
    }

    /// Takes `child` out of, or off, what it is tied to; from now on it is in the custody of `custodian`.
    pub fn untie(&mut self, child: &Epc, custodian: &MemberId) -> Result<(), Halt> {
        let object = self.known(child)?;
        if let Some(parent) = object.parent.clone() {
            let bond = object.bond;
            self.list(&Listed::Objects(bond, &parent), child, false)?;
            if bond != Bond::Fixed {
                self.known(&parent)?;
                self.change_contents(&parent, -1);
            }
        }
        let object = self.change(child);
        object.custodian = custodian.clone();
        object.parent = None;
        object.bond = Bond::Packed;
        Ok(())
    }

    pub(super) fn change_contents(&mut self, container: &Epc, by: i32) {
        let object = self.change(container);
        match object.contents.checked_add_signed(by) {
            Some(contents) => object.contents = contents,
            None => panic!(
                "{container} would have {} and {by} contents",
                object.contents
            ),
        }
        if object.contents == 0 {
            object.height = 0;
        }
    }

    /// What changed, for the read model.
    pub fn changes(&self) -> Changes {
        let mut objects: Vec<ObjectsNow> = Vec::new();
        for (name, kept) in &self.objects {
            let Kept {
                value: Some(object),
                changed: true,
            } = kept
            else {
                continue;
            };
            let now = object.now();
            match objects.last_mut() {
                Some(group) if group.now == now => group.objects.push(name.clone()),
                _ => objects.push(ObjectsNow {
                    objects: vec![name.clone()],
                    now,
                }),
            }
        }
        let changed = self.holdings.iter().filter(|(_, kept)| kept.changed);
        let holdings = changed
            .map(|((class, holder), kept)| HoldingNow {
                class: class.clone(),
                holder: holder.clone(),
                now: kept.value.as_ref().map(Holding::now),
            })
            .collect();
        Changes { objects, holdings }
    }

    /// The effect: every changed record.
    pub fn finish(self) -> Effect {
        let Self {
            objects,
            holdings,
            listings,
            mut effect,
            ..
        } = self;
        effect.listings = listings
            .into_iter()
            .filter(|(_, kept)| kept.changed)
            .map(|(key, kept)| (key, kept.value))
            .collect();
        effect.objects = objects
            .into_iter()
            .filter(|(_, kept)| kept.changed)
            .filter_map(|(name, kept)| Some((name, Arc::new(kept.value?))))
            .collect();
        effect.holdings = holdings
            .into_iter()
            .filter(|(_, kept)| kept.changed)
            .map(|((class, holder), kept)| (class, holder, kept.value))
            .collect();
        effect
    }
}
