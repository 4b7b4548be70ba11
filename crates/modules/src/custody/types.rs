//! What can be asked of custody, and the words it is asked in. Records and events are re-exported here.

pub use super::{events::*, records::*};

use crate::stored::{numbered, short_id};
use convoy_types::{
    MemberId,
    epcis::{self, Timestamp},
    identifiers::Epc,
    quantity::Quantity,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far ahead of the block's time a claimed time may lie, milliseconds: what clocks of scanners are wrong by.
pub const EVENT_AHEAD_MS_MAX: u64 = 10 * 60 * 1_000;
/// Events of one object that a correction looks back over, newest first.
pub const CORRECTION_EVENTS_MAX: usize = 32;
/// Objects or classes directly in one container that the ledger lists, so that an event may take out all
/// of them without naming them. A fuller one is emptied by name.
pub const LISTED_MAX: usize = 400;
/// Bytes of an identifier that is listed: a full listing stays within one record.
pub const LISTED_BYTES_MAX: usize = 96;
/// Bytes of all identifiers that one event takes out without naming them: its record stays within limits.
pub const SWEPT_BYTES_MAX: usize = 32 * 1024;
/// Objects and portions of one handover or loss report.
pub const BUNDLE_OBJECTS_MAX: usize = 500;
/// An offer stays open this long where it does not say: 7 days, milliseconds.
pub const OFFER_OPEN_MS: u64 = 7 * 24 * 3_600 * 1_000;
/// An offer stays open at most this long: 90 days, milliseconds.
pub const OFFER_OPEN_MS_MAX: u64 = 90 * 24 * 3_600 * 1_000;
/// A loss or a discrepancy has to be investigated within this time: 30 days, milliseconds.
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
    /// How an object is tied to its parent.
    Bond, "bond", {
        /// It is in it, or in nothing.
        Packed = 0 "packed",
        /// It is part of it or fixed to it (EPCIS association).
        Fitted = 1 "fitted",
        /// The parent is a place.
        Fixed = 2 "fixed",
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
        /// The other side took over some of it; the rest went back.
        Partly = 5 "partly_accepted",
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
        /// Closed: who offered admits the discrepancy.
        Upheld = 4 "upheld",
        /// Closed: who named the discrepancy takes it back.
        Unfounded = 5 "unfounded",
    }
}

numbered! {
    /// What a case is about.
    CaseKind, "kind of case", {
        /// Something is missing.
        Loss = 0 "loss",
        /// What was handed over is not what was offered.
        Discrepancy = 1 "discrepancy",
    }
}

numbered! {
    /// How what was handed over differs from what was offered.
    DiscrepancyKind, "kind of discrepancy", {
        /// It was not there.
        Short = 0 "short",
        /// It was there and not offered.
        Over = 1 "over",
        /// It was there and damaged.
        Damaged = 2 "damaged",
        /// It was there and is not what was agreed.
        Wrong = 3 "wrong",
    }
}

numbered! {
    /// How a case is closed.
    Finding, "finding", {
        /// What is still missing was found and is in the reporter's custody.
        Found = 0 "found",
        /// What is still missing is given up.
        WrittenOff = 1 "written_off",
        /// The discrepancy is as the receiver said: for who offered to say.
        Upheld = 2 "upheld",
        /// There was no such discrepancy: for who named it to say.
        Unfounded = 3 "unfounded",
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
    /// Takes over what is offered, but for what the discrepancies say.
    AcceptHandover {
        /// Which offer.
        handover: HandoverId,
        /// When it happened, as claimed; the block's time where left out.
        #[serde(default)]
        time: Option<Timestamp>,
        /// What is not as offered. What of it is not taken goes back, and a case opens.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        discrepancies: Vec<Discrepancy>,
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
    /// Escalates an open case before its deadline does.
    EscalateCase {
        /// Which case.
        case: CaseId,
        /// Why, at most 500 bytes.
        reason: String,
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
    /// The accepted handover the other way round by which the goods came: this one takes them back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<HandoverId>,
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

/// One thing that is not as offered: an object or an amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Discrepancy {
    /// How it differs.
    pub kind: DiscrepancyKind,
    /// The object: one that was offered, or packed in or fitted to one; any other where it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Epc>,
    /// Or the amount: how much of what was offered, or packed in or fitted to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portion: Option<Portion>,
    /// Whether it was taken over all the same; of what is damaged or wrong only.
    #[serde(default)]
    pub taken: bool,
    /// What there is to say about it, at most 500 bytes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
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
