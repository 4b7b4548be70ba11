//! Custody: claims and their tests.

mod association;
mod capture;
mod correction;
mod cost;
mod discrepancy;
mod documents;
mod formats;
mod handover;
mod history;
mod late;
mod loss;
mod model;
mod rounds;
mod told;
mod transformation;

use super::{facts, types::*};
use crate::testing::*;
use convoy_ledger::{Reject, Rule};
use convoy_types::{
    epcis::{
        self, Action as Does, ErrorDeclaration, EventId, EventKind, More, QuantityElement,
        Timestamp, ZoneOffset,
        cbv::{BizStep, Disposition},
    },
    identifiers::Epc,
    quantity::{Decimal, Quantity},
};

pub(super) fn epc(text: &str) -> Epc {
    Epc::parse(text).unwrap()
}

/// A serialised part.
pub(super) fn part(serial: u32) -> Epc {
    epc(&format!("urn:epc:id:sgtin:9521101.012001.P{serial}"))
}

/// A case, pallet or container by its number.
pub(super) fn case(serial: u32) -> Epc {
    epc(&format!("urn:epc:id:sscc:9521101.{serial:010}"))
}

/// A lot of ammunition.
pub(super) fn lot(number: u32) -> Epc {
    epc(&format!("urn:epc:class:lgtin:9521101.055600.L{number}"))
}

pub(super) fn place(number: u32) -> Epc {
    epc(&format!("urn:epc:id:sgln:9521101.{number:05}.0"))
}

pub(super) fn each(class: Epc, count: u32) -> QuantityElement {
    let quantity = Some(Decimal::new(i64::from(count), 0).unwrap());
    QuantityElement {
        class,
        quantity,
        uom: None,
    }
}

/// An event at `minute` minutes after the network's start, with an id of its own content.
#[derive(Clone)]
pub(super) struct Told(pub epcis::Event);

impl Told {
    fn new(kind: EventKind, does: Does, minute: u64) -> Self {
        let time_ms = i64::try_from(START_MS + minute * MINUTE_MS).unwrap();
        Self(epcis::Event {
            kind,
            action: Some(does),
            event_time: Timestamp::from_millis(time_ms).unwrap(),
            offset: ZoneOffset::parse("+00:00").unwrap(),
            id: None,
            parent: None,
            epcs: Vec::new(),
            quantities: Vec::new(),
            biz_step: None,
            disposition: None,
            read_point: None,
            biz_location: None,
            more: None,
        })
    }
    pub fn object(does: Does, minute: u64, epcs: &[Epc]) -> Self {
        let mut told = Self::new(EventKind::Object, does, minute);
        told.0.epcs = epcs.to_vec();
        told
    }
    pub fn aggregation(does: Does, minute: u64, parent: &Epc, epcs: &[Epc]) -> Self {
        let mut told = Self::new(EventKind::Aggregation, does, minute);
        told.0.parent = Some(parent.clone());
        told.0.epcs = epcs.to_vec();
        told
    }
    /// The same as an association.
    pub fn associated(mut self) -> Self {
        self.0.kind = EventKind::Association;
        self
    }
    pub fn at(mut self, number: u32) -> Self {
        self.0.biz_location = Some(place(number));
        self
    }
    pub fn step(mut self, step: BizStep) -> Self {
        self.0.biz_step = Some(step);
        self
    }
    pub fn disposition(mut self, disposition: Disposition) -> Self {
        self.0.disposition = Some(disposition);
        self
    }
    pub fn amounts(mut self, amounts: &[QuantityElement]) -> Self {
        self.0.quantities = amounts.to_vec();
        self
    }
    pub fn id(mut self, id: u8) -> Self {
        self.0.id = Some(EventId::Uuid([id; 16]));
        self
    }
    /// The declaration that this event is wrong.
    pub fn wrong(mut self, world: &World) -> Self {
        let time = i64::try_from(world.tip.time_ms).unwrap();
        let declaration = ErrorDeclaration {
            time: Timestamp::from_millis(time).unwrap(),
            reason: None,
            corrective_event_ids: Vec::new(),
            extensions: None,
        };
        let more = self.0.more.get_or_insert_with(Box::<More>::default);
        more.error_declaration = Some(declaration);
        self
    }
    pub fn action(&self) -> Action {
        Action::Capture(Box::new(self.0.clone()))
    }
}

pub(super) fn add(minute: u64, epcs: &[Epc]) -> Told {
    Told::object(Does::Add, minute, epcs)
        .at(1)
        .step(BizStep::Commissioning)
}

pub(super) fn see(minute: u64, epcs: &[Epc]) -> Told {
    Told::object(Does::Observe, minute, epcs)
}

pub(super) fn pack(minute: u64, parent: &Epc, epcs: &[Epc]) -> Told {
    Told::aggregation(Does::Add, minute, parent, epcs).step(BizStep::Packing)
}

pub(super) fn unpack(minute: u64, parent: &Epc, epcs: &[Epc]) -> Told {
    Told::aggregation(Does::Delete, minute, parent, epcs).step(BizStep::Unpacking)
}

/// What a refused action must leave as it was: every record of custody.
pub(super) fn act(world: &mut World, who: &str, action: Action) -> Result<Done, Reject> {
    world.act(who, super::NAME, &[action])
}

#[track_caller]
pub(super) fn accept(world: &mut World, who: &str, told: &Told) -> Done {
    act(world, who, told.action()).unwrap_or_else(|reject| panic!("{reject}"))
}

#[track_caller]
pub(super) fn refuse(world: &mut World, who: &str, told: &Told, rule: Rule) {
    refuse_action(world, who, told.action(), rule);
}

#[track_caller]
pub(super) fn refuse_action(world: &mut World, who: &str, action: Action, rule: Rule) {
    let reject = act(world, who, action).expect_err("it should have been refused");
    assert_eq!(reject.rule, rule, "{reject}");
}

pub(super) fn object(world: &World, name: &Epc) -> Object {
    world.read(facts::object_key(name)).unwrap()
}

pub(super) fn amount(world: &World, class: &Epc, holder: &Holder) -> String {
    let holding: Option<Holding> = world.read(&facts::holding_key(class, holder));
    holding.map_or("0".into(), |holding| holding.quantity().value().to_string())
}

pub(super) fn loose(name: &str) -> Holder {
    Holder::Loose(member(name))
}

pub(super) fn offer(to: &str, objects: &[Epc]) -> Offer {
    Offer {
        to: member(to),
        conveys: Conveys::Custody,
        objects: objects.to_vec(),
        portions: Vec::new(),
        place: None,
        terms: String::new(),
        returns: None,
        expires_ms: None,
        time: None,
    }
}

pub(super) fn portion(class: Epc, count: u32) -> Portion {
    Portion {
        class,
        quantity: Quantity::each(count),
        container: None,
    }
}

/// Offers as `from` and returns the handover's id.
#[track_caller]
pub(super) fn offered(world: &mut World, from: &str, offer: Offer) -> HandoverId {
    let done =
        act(world, from, Action::OfferHandover(offer)).unwrap_or_else(|reject| panic!("{reject}"));
    facts::handover_id(&done.id, 0)
}

pub(super) fn take_over(handover: HandoverId) -> Action {
    Action::AcceptHandover {
        handover,
        time: None,
        discrepancies: Vec::new(),
    }
}

/// Hands `objects` over, both sides signing.
#[track_caller]
pub(super) fn hand_over(world: &mut World, from: &str, to: &str, objects: &[Epc]) {
    let id = offered(world, from, offer(to, objects));
    act(world, to, take_over(id)).unwrap_or_else(|reject| panic!("{reject}"));
}
