//! What custody stores. Re-exported by [`types`](super::types).
//!
//! Records are arrays without keys and references are 16-byte ids, so that an object with its parent
//! and place fits one cell of the state. The read model keeps what is long.

use super::types::*;
use crate::stored::Version;
use convoy_ledger::{Record, Table};
use convoy_types::{
    MemberId,
    epcis::{
        self,
        cbv::{BizStep, Disposition},
    },
    identifiers::Epc,
    quantity::{Decimal, Quantity},
};
use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};
use utoipa::ToSchema;

/// Why an object may not be touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// It is offered to another member.
    #[serde(rename = "o")]
    Offered(HandoverId),
    /// It is missing.
    #[serde(rename = "m")]
    Missing(CaseId),
}

/// An object's link to an event: the event, and the object's place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Link {
    /// The event.
    pub event: EventRef,
    /// The object's place in the event: first `epcs` in order, then the parent.
    pub place: u16,
}

/// Who had an object in custody before the last handover, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Former {
    /// The member.
    pub member: MemberId,
    /// Time of the handover, milliseconds since 1970.
    pub until_ms: i64,
    /// Whether that is a time that the receiver claimed, and so a fact about the object: it was in nothing then.
    pub claimed: bool,
}

/// A serialised object. Table `objects`, by its canonical identifier.
///
/// Custodian and place of what is packed or fitted are those of its outermost container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Object {
    /// Format.
    pub version: Version<2>,
    /// The accountable owner.
    pub owner: MemberId,
    /// Who has it in custody, while it is not packed.
    pub custodian: MemberId,
    /// Where it is in its life.
    pub life: Life,
    /// How the ledger came to know it.
    pub origin: Origin,
    /// What it is packed in or fitted to, or the place that it is fixed at.
    pub parent: Option<Epc>,
    /// How it is tied to `parent`.
    pub bond: Bond,
    /// Objects and holdings packed directly in it or fitted directly to it.
    pub contents: u32,
    /// Levels packed in it, at most: 0 when empty.
    pub height: u8,
    /// Why it may not be touched.
    pub hold: Option<Hold>,
    /// Where it is.
    pub place: Option<Epc>,
    /// Its condition.
    pub disposition: Option<Disposition>,
    /// The last step of the business process.
    pub biz_step: Option<BizStep>,
    /// Claimed time of the newest event, milliseconds since 1970.
    pub time_ms: i64,
    /// How much older than `time_ms` the events are that gave place, disposition and step, milliseconds.
    pub ages_ms: (u64, u64, u64),
    /// How much older than `time_ms` the newest fact about life and parent is, milliseconds; `None`
    /// where none is known.
    pub structure_age_ms: Option<i64>,
    /// Who had it in custody before; it may still tell of that time.
    pub former: Option<Former>,
    /// Block time of the last change, milliseconds.
    pub recorded_ms: u64,
    /// The event recorded last, standing or not; the chain of events goes on from there.
    pub last: Option<Link>,
}

/// Who or what holds an amount.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// Loose in the custody of a member.
    Loose(MemberId),
    /// Packed in an object.
    In(Epc),
    /// Set aside for an offered handover.
    Offered(HandoverId),
    /// Missing, under a case.
    Missing(CaseId),
    /// Fitted to an object.
    Fitted(Epc),
    /// In the custody of a member and fixed at a place.
    Fixed(MemberId, Epc),
}

/// An amount of a class or lot with one holder. Table `holdings`, by class and holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Holding {
    /// Format.
    pub version: Version<1>,
    /// The accountable owner of all of it.
    pub owner: MemberId,
    /// How much.
    pub value: Decimal,
    /// Of what unit (UN/ECE Recommendation 20).
    pub unit: Box<str>,
    /// Where it is, while it is loose.
    pub place: Option<Epc>,
    /// Its condition.
    pub disposition: Option<Disposition>,
    /// Claimed time of the newest event, milliseconds since 1970.
    pub time_ms: i64,
    /// Block time of the last change, milliseconds.
    pub recorded_ms: u64,
    /// The event that gave place and disposition.
    pub last: Option<EventRef>,
}

/// What is directly in a container or on an asset or at a place, kept so that "all of it" can be taken
/// out. Table `listings`, by [`listing_key`](super::facts::listing_key).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Listing {
    /// Format.
    pub version: Version<1>,
    /// How many objects or classes.
    pub count: u32,
    /// Their names in order; empty while `too_many`.
    pub names: Vec<Epc>,
    /// Whether there were too many, or too long names, since it was empty the last time.
    pub too_many: bool,
    /// Claimed time of the newest event that took out all of it, milliseconds since 1970.
    pub emptied_ms: Option<i64>,
}

/// A production that several events belong to. Table `transformations`, by `transformationID`.
///
/// While everything in it is amounts of one trade item in one unit, it is a split or a merge, and not
/// more comes out of it than went in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Transformation {
    /// Format.
    pub version: Version<1>,
    /// The member whose production it is.
    pub member: MemberId,
    /// Standing events that belong to it.
    pub events: u32,
    /// The trade item and unit that all its amounts are of; `None` where they differ.
    pub alike: Option<Box<str>>,
    /// How much of it was used.
    pub used: Decimal,
    /// How much of it came out.
    pub made: Decimal,
}

/// What an event took out without naming it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Swept {
    /// Objects.
    pub objects: Vec<Epc>,
    /// Amounts.
    pub amounts: Vec<(Epc, Quantity)>,
}

/// An event, as far as later events and corrections need it. Table `events`, by [`EventRef`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct EventRecord {
    /// Format.
    pub version: Version<2>,
    /// The member that recorded it.
    pub member: MemberId,
    /// Whether it stands.
    pub standing: EventStanding,
    /// First 16 bytes of a digest over kind, action, time, objects and amounts.
    pub what: EventRef,
    /// Claimed time, milliseconds since 1970.
    pub time_ms: i64,
    /// Type of event.
    pub kind: epcis::EventKind,
    /// What it did; OBSERVE for a transformation, which has no action.
    pub action: epcis::Action,
    /// The container, asset or place that an aggregation or association is about.
    pub parent: Option<Epc>,
    /// How many of its objects were told of by `epcs` or taken out with all the rest; those behind
    /// them are the parent or what a transformation made.
    pub children: u16,
    /// Whether it shows all its objects moving by themselves, so that none was in anything.
    pub alone: bool,
    /// What it took out without naming it.
    pub swept: Option<Box<Swept>>,
    /// The place it gave.
    pub place: Option<Epc>,
    /// The condition it gave.
    pub disposition: Option<Disposition>,
    /// The step it gave.
    pub biz_step: Option<BizStep>,
    /// For its objects in order, the event recorded before: runs of neighbours with one predecessor.
    pub before: Vec<Run>,
}

/// `count` objects in a row whose links to the event before are `first`, `first` + 1, ...; `None`
/// where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Run {
    /// How many objects.
    pub count: u16,
    /// The link of the first of them.
    pub first: Option<Link>,
}

/// A handover. Table `handovers`, by [`HandoverId`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Handover {
    /// Format.
    pub version: Version<2>,
    /// Where it stands.
    pub state: HandoverState,
    /// Who offers.
    pub from: MemberId,
    /// Who shall take over.
    pub to: MemberId,
    /// What it conveys.
    pub conveys: Conveys,
    /// The objects named.
    pub objects: Vec<Epc>,
    /// Classes whose amounts are set aside for it.
    pub classes: Vec<Epc>,
    /// Where it shall happen.
    pub place: Option<Epc>,
    /// The terms.
    pub terms: String,
    /// Block time from which it cannot be accepted any more, milliseconds.
    pub expires_ms: u64,
    /// The handover the other way round that it takes back.
    pub returns: Option<HandoverId>,
}

/// A case. Table `cases`, by [`CaseId`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Case {
    /// Format.
    pub version: Version<2>,
    /// What it is about.
    pub kind: CaseKind,
    /// Where it stands.
    pub state: CaseState,
    /// The member that reported the loss and investigates, or that named the discrepancy.
    pub member: MemberId,
    /// The member that offered what is not as offered.
    pub other: Option<MemberId>,
    /// The handover whose discrepancy it is.
    pub handover: Option<HandoverId>,
    /// The objects reported.
    pub objects: Vec<Epc>,
    /// Classes whose amounts are missing.
    pub classes: Vec<Epc>,
    /// Objects still missing.
    pub missing: u32,
    /// Block time by which it has to be closed, milliseconds.
    pub due_ms: u64,
}

impl Record for Object {
    const TABLE: Table = Table::new(super::NAME, "objects");
}
impl Record for Holding {
    const TABLE: Table = Table::new(super::NAME, "holdings");
}
impl Record for EventRecord {
    const TABLE: Table = Table::history(super::NAME, "events");
}
impl Record for Handover {
    const TABLE: Table = Table::new(super::NAME, "handovers");
}
impl Record for Case {
    const TABLE: Table = Table::new(super::NAME, "cases");
}
impl Record for Listing {
    const TABLE: Table = Table::new(super::NAME, "listings");
}
impl Record for Transformation {
    const TABLE: Table = Table::new(super::NAME, "transformations");
}
impl Record for Policy {
    const TABLE: Table = Table::new(super::NAME, "policy");
}
