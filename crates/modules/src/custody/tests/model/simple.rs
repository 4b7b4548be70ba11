//! What custody should be, told simply.

use super::*;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum State {
    Fine,
    Offered,
    Missing,
    Over,
}

#[derive(Clone, Debug)]
pub(super) struct Thing {
    pub owner: usize,
    pub custodian: usize,
    pub inside: Option<u32>,
    /// Fitted to it, not packed in it.
    pub fitted: bool,
    pub state: State,
    /// Known by another event than its commissioning.
    taken_up: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Where {
    Loose(usize),
    In(u32),
    On(u32),
    Aside(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Deal {
    pub from: usize,
    pub to: usize,
    pub things: Vec<u32>,
    pub lot: Option<u32>,
    pub open: bool,
    pub id: HandoverId,
}

/// What custody should be, told simply.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub things: BTreeMap<u32, Thing>,
    /// Amount and owner by lot and place.
    pub lots: BTreeMap<(u32, Where), (u32, usize)>,
    pub deals: Vec<Deal>,
    pub cases: Vec<(usize, u32, bool, CaseId)>,
    /// Who named it, who offered, whether it is open.
    pub disputes: Vec<(usize, usize, bool, CaseId)>,
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
    /// What carries it: itself, or the outermost of the assets that it is fitted to.
    fn carrier(&self, thing: u32) -> u32 {
        match &self.things[&thing] {
            Thing {
                inside: Some(asset),
                fitted: true,
                ..
            } => self.carrier(*asset),
            _ => thing,
        }
    }
    fn come_off(&mut self, thing: u32, custodian: usize) {
        let thing = self.things.get_mut(&thing).unwrap();
        (thing.inside, thing.fitted, thing.custodian) = (None, false, custodian);
    }
    /// Whether `who` may end it.
    fn may_end(&self, who: usize, thing: u32) -> bool {
        self.free(who, thing)
            && self.things[&thing].owner == who
            && self.root(thing) == thing
            && !self.things.values().any(|t| t.inside == Some(thing))
            && !self
                .lots
                .keys()
                .any(|(_, at)| [Where::In(thing), Where::On(thing)].contains(at))
    }
    fn fill(&mut self, who: usize, thing: u32) {
        let fresh = Thing {
            owner: who,
            custodian: who,
            inside: None,
            fitted: false,
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
    pub fn step(&mut self, step: &Move) -> bool {
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
                let root = self.root(*thing);
                let there =
                    |thing: u32| matches!(self.things[&thing].state, State::Fine | State::Offered);
                let state = &self.things[thing].state;
                self.held(*who, *thing)
                    && self.carrier(*thing) == root
                    && *state != State::Over
                    && (root == *thing || (there(root) && there(*thing)))
            }
            Move::End(who, thing) => {
                let may = self.things.contains_key(thing) && self.may_end(*who, *thing);
                if may {
                    self.things.get_mut(thing).unwrap().state = State::Over;
                }
                may
            }
            Move::Fit(who, asset, things) => {
                self.fill(*who, *asset);
                self.free(*who, *asset)
                    && things.iter().all(|thing| {
                        self.fill(*who, *thing);
                        let here = &self.things[thing];
                        let elsewhere = here.fitted && here.inside != Some(*asset);
                        let may = self.free(*who, *thing) && (here.inside.is_none() || elsewhere);
                        if !may {
                            return false;
                        }
                        self.come_off(*thing, *who);
                        let may = !self.above(*asset).contains(thing)
                            && self.above(*asset).len() + self.levels_inside(*thing) <= 16;
                        let thing = self.things.get_mut(thing).unwrap();
                        (thing.inside, thing.fitted) = (Some(*asset).filter(|_| may), may);
                        may
                    })
            }
            Move::TakeOff(who, asset, things) => self.take_out(*who, *asset, things, true),
            Move::FitLot(who, asset, lot, count) => {
                self.fill(*who, *asset);
                self.free(*who, *asset)
                    && self.shift(*lot, Where::Loose(*who), Where::On(*asset), *count)
            }
            Move::Empty(who, container, fitted) => self.empty(*who, *container, *fitted),
            Move::Make(who, from, to) => {
                self.fill(*who, *from);
                if from == to || !self.may_end(*who, *from) {
                    return false;
                }
                self.things.get_mut(from).unwrap().state = State::Over;
                self.try_step(&Move::Add(*who, *to))
            }
            Move::Split(who, from, count, to, made) => {
                count == made
                    && self.try_step(&Move::Use(*who, *from, *count))
                    && self.try_step(&Move::AddLot(*who, *to, *made))
            }
            Move::AcceptBut(who, number, things) => self.accept_but(*who, *number, things),
            Move::AcceptLess(who, number, count) => self.accept_less(*who, *number, *count),
            Move::Settle(who, number, upheld) => {
                let Some((by, from, open, _)) = self.disputes.get_mut(*number) else {
                    return false;
                };
                let party = if *upheld { *from } else { *by };
                std::mem::take(open) && party == *who
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
            Move::Unpack(who, container, things) => self.take_out(*who, *container, things, false),
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
                    (lost.inside, lost.fitted) = (None, false);
                    (lost.custodian, lost.state) = (*who, State::Missing);
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

    fn take_out(&mut self, who: usize, container: u32, things: &[u32], fitted: bool) -> bool {
        self.things.contains_key(&container)
            && self.free(who, container)
            && things.iter().all(|thing| {
                let here = self.things.get(thing);
                let inside =
                    here.is_some_and(|t| t.inside == Some(container) && t.fitted == fitted);
                if inside {
                    self.come_off(*thing, who);
                }
                inside
            })
    }

    fn empty(&mut self, who: usize, container: u32, fitted: bool) -> bool {
        if !self.things.contains_key(&container) || !self.free(who, container) {
            return false;
        }
        let here = self.things.iter();
        let here = here.filter(|(_, t)| t.inside == Some(container) && t.fitted == fitted);
        let here: Vec<u32> = here.map(|(number, _)| *number).collect();
        here.iter().for_each(|thing| self.come_off(*thing, who));
        let at = if fitted {
            Where::On(container)
        } else {
            Where::In(container)
        };
        (0..2).all(|lot| {
            let count = self.amount(lot, at);
            count == 0 || self.shift(lot, at, Where::Loose(who), count)
        })
    }

    fn open_deal(&self, who: usize, number: usize) -> Option<Deal> {
        let deal = self.deals.get(number)?;
        (deal.open && deal.to == who).then(|| deal.clone())
    }

    fn accept_but(&mut self, who: usize, number: usize, named: &[u32]) -> bool {
        let Some(deal) = self.open_deal(who, number) else {
            return false;
        };
        let mut out = Vec::new();
        for thing in named.iter().filter(|thing| !deal.things.contains(thing)) {
            if !self.things.contains_key(thing) || !deal.things.contains(&self.root(*thing)) {
                return false;
            }
            if !named.contains(&self.root(*thing)) {
                out.push(*thing);
            }
        }
        for thing in out {
            self.come_off(thing, deal.from);
        }
        let mut taken = deal.lot.is_some();
        for number in &deal.things {
            let thing = self.things.get_mut(number).unwrap();
            thing.state = State::Fine;
            if !named.contains(number) {
                thing.custodian = deal.to;
                taken = true;
            }
        }
        if let Some(lot) = deal.lot {
            let count = self.amount(lot, Where::Aside(number));
            if !self.shift(lot, Where::Aside(number), Where::Loose(deal.to), count) {
                return false;
            }
        }
        self.deals[number].open = false;
        self.disputes
            .push((deal.to, deal.from, true, CaseId([0; 16])));
        taken
    }

    fn accept_less(&mut self, who: usize, number: usize, short: u32) -> bool {
        let Some(deal) = self.open_deal(who, number) else {
            return false;
        };
        let Some(lot) = deal.lot else { return false };
        let (aside, back) = (Where::Aside(number), Where::Loose(deal.from));
        let count = self.amount(lot, aside);
        if short >= count {
            return false;
        }
        // What would mix with another owner's goes on waiting aside.
        self.shift(lot, aside, back, short);
        self.deals[number].open = false;
        self.disputes
            .push((deal.to, deal.from, true, CaseId([0; 16])));
        self.shift(lot, aside, Where::Loose(deal.to), count - short)
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
