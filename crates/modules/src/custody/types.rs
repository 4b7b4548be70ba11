//! What custody stores, what can be asked of it, and what it says happened.
//!
//! Records are arrays without keys and references are 16-byte ids, so that an object with its parent
//! and place fits one cell of the state. The read model keeps what is long.

pub use super::events::*;

use crate::stored::{Version, numbered, short_id};
use convoy_ledger::{Record, Table};
use convoy_types::{
    MemberId,
    epcis::{
        self, Timestamp,
        cbv::{BizStep, Disposition},
    },
    identifiers::Epc,
    quantity::{Decimal, Quantity},
};
use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};
use utoipa::ToSchema;

/// How far ahead of the block's time a claimed time may lie, milliseconds: what clocks of scanners are wrong by.
pub const EVENT_AHEAD_MS_MAX: u64 = 10 * 60 * 1_000;
/// Events of one object that a correction looks back over, newest first.
pub const CORRECTION_EVENTS_MAX: usize = 32;
/// Objects and portions of one handover or loss report.
pub const BUNDLE_OBJECTS_MAX: usize = 500;
/// An offer stays open this long where it does not say: 7 days, milliseconds.
pub const OFFER_OPEN_MS: u64 = 7 * 24 * 3_600 * 1_000;
/// An offer stays open at most this long: 90 days, milliseconds.
pub const OFFER_OPEN_MS_MAX: u64 = 90 * 24 * 3_600 * 1_000;
/// A loss has to be investigated within this time: 30 days, milliseconds.
pub const INVESTIGATION_MS: u64 = 30 * 24 * 3_600 * 1_000;
/// Terms, reasons, circumstances and findings, bytes. Longer ones belong into a document.
pub const TEXT_BYTES_MAX: usize = 500;

short_id! {
    /// Names a recorded event: the first 16 bytes of a SHA-256 over its `eventID`.
    EventRef, "event reference"
}
short_id! {
    /// Names a handover: derived from the statement that offered it.
    HandoverId, "handover"
}
short_id! {
    /// Names a case: derived from the statement that opened it.
    CaseId, "case"
}

numbered! {
    /// Where an object is in its life.
    Life, "stage of life", {
        /// In being.
        Active = 0 "active",
        /// Reported lost; a case is open.
        Missing = 1 "missing",
        /// Went out of being (EPCIS action DELETE) or was written off.
        Ended = 2 "ended",
        /// Its commissioning was declared wrong: it never was. Its identifier may be commissioned again.
        Void = 3 "void",
    }
}

numbered! {
    /// How the ledger came to know an object.
    Origin, "origin", {
        /// By an event with action ADD.
        Commissioned = 0 "commissioned",
        /// It existed before and was first told of by another event.
        TakenUp = 1 "taken_up",
    }
}

numbered! {
    /// What a handover conveys.
    Conveys, "conveyance", {
        /// Custody: who answers for it day by day.
        Custody = 0 "custody",
        /// Ownership of the objects named, wherever they are packed.
        Ownership = 1 "ownership",
        /// Both.
        Both = 2 "both",
    }
}

numbered! {
    /// Where a handover stands.
    HandoverState, "state of a handover", {
        /// Offered; the other side has not answered.
        Open = 0 "open",
        /// The other side took it over.
        Accepted = 1 "accepted",
        /// The other side declined.
        Refused = 2 "refused",
        /// The offering side took it back.
        Withdrawn = 3 "withdrawn",
        /// Nobody answered in time.
        Expired = 4 "expired",
    }
}

numbered! {
    /// Where a case stands.
    CaseState, "state of a case", {
        /// Under investigation.
        Open = 0 "open",
        /// Still open past its deadline.
        Escalated = 1 "escalated",
        /// Closed: everything was found.
        Found = 2 "found",
        /// Closed: what is still missing was written off by its owner.
        WrittenOff = 3 "written_off",
    }
}

numbered! {
    /// How a case is closed.
    Finding, "finding", {
        /// What is still missing was found and is in the reporter's custody.
        Found = 0 "found",
        /// What is still missing is given up.
        WrittenOff = 1 "written_off",
    }
}

numbered! {
    /// Whether a recorded event stands.
    EventStanding, "standing of an event", {
        /// It stands.
        Stands = 0 "stands",
        /// It was declared wrong.
        Void = 1 "void",
        /// It was declared wrong before it arrived.
        Awaited = 2 "awaited",
    }
}

/// An amount of a class or lot, and what it is packed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Portion {
    /// The class or lot.
    pub class: Epc,
    /// How much.
    pub quantity: Quantity,
    /// The container it is in; `None` where it is loose.
    #[serde(default)]
    pub container: Option<Epc>,
}

/// What users ask for. A change of meaning gets a new variant; variants are never reused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Records an event, or declares one wrong.
    Capture(Box<epcis::Event>),
    /// Offers custody, ownership or both to another member.
    OfferHandover(Offer),
    /// Takes over what is offered.
    AcceptHandover {
        /// Which offer.
        handover: HandoverId,
        /// When it happened, as claimed; the block's time where left out.
        #[serde(default)]
        time: Option<Timestamp>,
    },
    /// Declines what is offered.
    RefuseHandover {
        /// Which offer.
        handover: HandoverId,
        /// Why, at most 500 bytes.
        reason: String,
        /// When it happened, as claimed.
        #[serde(default)]
        time: Option<Timestamp>,
    },
    /// Takes an offer back.
    WithdrawHandover {
        /// Which offer.
        handover: HandoverId,
        /// When it happened, as claimed.
        #[serde(default)]
        time: Option<Timestamp>,
    },
    /// Reports objects or amounts as lost: opens a case.
    ReportLoss(LossReport),
    /// Closes a case.
    CloseCase {
        /// Which case.
        case: CaseId,
        /// How.
        finding: Finding,
        /// What was found out, at most 500 bytes.
        account: String,
        /// When it happened, as claimed.
        #[serde(default)]
        time: Option<Timestamp>,
    },
    /// Sets the rules of this ledger. In the genesis document only, until the governance module votes on it.
    SetPolicy(Policy),
}

/// An offer, as asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The member that shall take over.
    pub to: MemberId,
    /// What it conveys; custody where left out.
    #[serde(default = "custody_only")]
    pub conveys: Conveys,
    /// The outermost objects; what is packed in them goes with them.
    #[serde(default)]
    pub objects: Vec<Epc>,
    /// Loose amounts.
    #[serde(default)]
    pub portions: Vec<Portion>,
    /// Where it shall happen.
    #[serde(default)]
    pub place: Option<Epc>,
    /// The terms or the document's number, at most 500 bytes.
    #[serde(default)]
    pub terms: String,
    /// Open until this block time, milliseconds since 1970; 7 days where left out, 90 days at most.
    #[serde(default)]
    pub expires_ms: Option<u64>,
    /// When it happened, as claimed.
    #[serde(default)]
    pub time: Option<Timestamp>,
}

fn custody_only() -> Conveys {
    Conveys::Custody
}

/// A loss, as reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LossReport {
    /// The objects missing.
    #[serde(default)]
    pub objects: Vec<Epc>,
    /// The amounts missing.
    #[serde(default)]
    pub portions: Vec<Portion>,
    /// What is known of it, 1 to 500 bytes.
    pub circumstances: String,
    /// When it was noticed, as claimed.
    #[serde(default)]
    pub time: Option<Timestamp>,
}

/// The rules that a network chooses. Table `policy`, one record; the default where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Whether an object must be commissioned (ADD) before any other event. By default an object that
    /// existed before the ledger is taken up by the first event that tells of it.
    pub commission_first: bool,
}

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

/// A serialised object. Table `objects`, by its canonical identifier.
///
/// Custodian and place of what is packed are those of its outermost container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Object {
    /// Format.
    pub version: Version<1>,
    /// The accountable owner.
    pub owner: MemberId,
    /// Who has it in custody, while it is not packed.
    pub custodian: MemberId,
    /// Where it is in its life.
    pub life: Life,
    /// How the ledger came to know it.
    pub origin: Origin,
    /// What it is packed in.
    pub parent: Option<Epc>,
    /// Objects and holdings packed directly in it.
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

/// An event, as far as later events and corrections need it. Table `events`, by [`EventRef`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct EventRecord {
    /// Format.
    pub version: Version<1>,
    /// The member that recorded it.
    pub member: MemberId,
    /// Whether it stands.
    pub standing: EventStanding,
    /// First 16 bytes of a digest over kind, action, time, objects and amounts.
    pub what: EventRef,
    /// Claimed time, milliseconds since 1970.
    pub time_ms: i64,
    /// Type of event: 0 object, 1 aggregation.
    pub kind: epcis::EventKind,
    /// What it did.
    pub action: epcis::Action,
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
    pub version: Version<1>,
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
}

/// A case. Table `cases`, by [`CaseId`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Case {
    /// Format.
    pub version: Version<1>,
    /// Where it stands.
    pub state: CaseState,
    /// The member that reported the loss and investigates.
    pub member: MemberId,
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
    const TABLE: Table = Table {
        module: super::NAME,
        name: "objects",
    };
}
impl Record for Holding {
    const TABLE: Table = Table {
        module: super::NAME,
        name: "holdings",
    };
}
impl Record for EventRecord {
    const TABLE: Table = Table {
        module: super::NAME,
        name: "events",
    };
}
impl Record for Handover {
    const TABLE: Table = Table {
        module: super::NAME,
        name: "handovers",
    };
}
impl Record for Case {
    const TABLE: Table = Table {
        module: super::NAME,
        name: "cases",
    };
}
impl Record for Policy {
    const TABLE: Table = Table {
        module: super::NAME,
        name: "policy",
    };
}
