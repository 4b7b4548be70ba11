//! What custody says happened, for the read model and the feed. Re-exported by [`types`](super::types).
//!
//! Every event says how things are from now on, whole, so that applying one twice changes nothing.
//! Recorded time, height and statement come from the block.

use super::types::*;
use crate::stored::Version;
use convoy_types::{
    MemberId,
    epcis::{
        EventId, EventKind,
        cbv::{BizStep, Disposition},
    },
    identifiers::Epc,
    quantity::Quantity,
};
use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};
use utoipa::ToSchema;

/// Objects that are alike from now on, and how they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct ObjectsNow {
    /// Which objects.
    pub objects: Vec<Epc>,
    /// How each of them is now, whole: what is `None` has no value now.
    pub now: ObjectNow,
}

/// How an object is, without what only the module itself needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct ObjectNow {
    /// The accountable owner.
    pub owner: MemberId,
    /// Who has it in custody; for what is packed, the outermost container's custodian counts.
    pub custodian: MemberId,
    /// Where it is in its life.
    pub life: Life,
    /// How the ledger came to know it.
    pub origin: Origin,
    /// What it is packed in or fitted to, or the place that it is fixed at.
    pub parent: Option<Epc>,
    /// How it is tied to that.
    pub bond: Bond,
    /// The open offer or case it is part of.
    pub hold: Option<Hold>,
    /// Where it is; for what is packed, the outermost container's place counts.
    pub place: Option<Epc>,
    /// Its condition.
    pub disposition: Option<Disposition>,
    /// The last step of the business process.
    pub biz_step: Option<BizStep>,
    /// Claimed time of the newest event, milliseconds since 1970.
    pub time_ms: i64,
}

impl ObjectNow {
    /// The object that it is packed in or fitted to; a place is none.
    pub fn container(&self) -> Option<&Epc> {
        self.parent.as_ref().filter(|_| self.bond != Bond::Fixed)
    }
}

/// An amount as it is from now on; `now` is `None` when nothing is left there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct HoldingNow {
    /// The class or lot.
    pub class: Epc,
    /// Who or what holds it.
    pub holder: Holder,
    /// The amount and where it is.
    pub now: Option<AmountNow>,
}

/// The amount of a holding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct AmountNow {
    /// The accountable owner.
    pub owner: MemberId,
    /// How much.
    pub quantity: Quantity,
    /// Where it is, while it is loose.
    pub place: Option<Epc>,
    /// Its condition.
    pub disposition: Option<Disposition>,
}

/// What changed with the goods: whole states, so that applying them twice changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Changes {
    /// Objects.
    pub objects: Vec<ObjectsNow>,
    /// Amounts.
    pub holdings: Vec<HoldingNow>,
}

/// What happened, for the read model and the feed. Recorded time, height and statement come from the block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// An event was recorded. The event itself is the statement's action number `action`.
    Captured(Captured),
    /// A recorded event was declared wrong; the declaration is the statement's action number `action`.
    DeclaredWrong(DeclaredWrong),
    /// A handover was offered.
    Offered(Offered),
    /// A handover was answered, taken back or ran out.
    HandoverEnded(HandoverEnded),
    /// A loss was reported.
    LossReported(LossReported),
    /// What was handed over was not what was offered: a case opened.
    DiscrepancyReported(DiscrepancyReported),
    /// A case went on: escalated, closed, or some of it was found.
    CaseChanged(CaseChanged),
}

/// See [`Event::Captured`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Captured {
    /// Format.
    pub version: Version<2>,
    /// Claimed time, milliseconds since 1970.
    pub event_time_ms: i64,
    /// Names it in links and corrections.
    pub event: EventRef,
    /// Which of the statement's actions it is, from 0.
    pub action: u32,
    /// The member that recorded it.
    pub member: MemberId,
    /// Whether it stands: not where it was declared wrong before it came.
    pub standing: EventStanding,
    /// Its type.
    pub kind: EventKind,
    /// Objects whose life and parent newer facts had settled already: for them it is history only.
    pub passed: Vec<Epc>,
    /// What it changed. An object that a late event did not change is listed as it stays.
    pub changes: Changes,
}

/// See [`Event::DeclaredWrong`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct DeclaredWrong {
    /// Format.
    pub version: Version<1>,
    /// Claimed time of the declaration, milliseconds since 1970.
    pub event_time_ms: i64,
    /// The wrong event.
    pub event: EventRef,
    /// Which of the statement's actions declares it, from 0.
    pub action: u32,
    /// The member that declares.
    pub member: MemberId,
    /// The events that put it right, as named by the declaration.
    pub corrective: Vec<EventId>,
    /// `Void`, or `Awaited` where the wrong event has not come yet.
    pub standing: EventStanding,
    /// What it changed.
    pub changes: Changes,
}

/// See [`Event::Offered`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Offered {
    /// Format.
    pub version: Version<1>,
    /// Claimed time, milliseconds since 1970.
    pub event_time_ms: i64,
    /// Its id.
    pub handover: HandoverId,
    /// The handover.
    pub now: Handover,
    /// The loose amounts offered.
    pub portions: Vec<Portion>,
    /// What it changed.
    pub changes: Changes,
}

/// See [`Event::HandoverEnded`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct HandoverEnded {
    /// Format.
    pub version: Version<2>,
    /// Claimed time, milliseconds since 1970; of the deadline where it ran out.
    pub event_time_ms: i64,
    /// Its id.
    pub handover: HandoverId,
    /// How it ended.
    pub state: HandoverState,
    /// Who offered.
    pub from: MemberId,
    /// To whom.
    pub to: MemberId,
    /// Why it was refused.
    pub reason: String,
    /// What was not as offered.
    pub discrepancies: Vec<Discrepancy>,
    /// The case that opened for it.
    pub case: Option<CaseId>,
    /// What it changed.
    pub changes: Changes,
}

/// See [`Event::LossReported`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct LossReported {
    /// Format.
    pub version: Version<1>,
    /// Claimed time, milliseconds since 1970.
    pub event_time_ms: i64,
    /// The case's id.
    pub case: CaseId,
    /// The case.
    pub now: Case,
    /// The amounts missing.
    pub portions: Vec<Portion>,
    /// What is known of it.
    pub circumstances: String,
    /// What it changed.
    pub changes: Changes,
}

/// See [`Event::DiscrepancyReported`]. What it changed is told by the end of the handover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct DiscrepancyReported {
    /// Format.
    pub version: Version<1>,
    /// Claimed time, milliseconds since 1970.
    pub event_time_ms: i64,
    /// The case's id.
    pub case: CaseId,
    /// The case.
    pub now: Case,
    /// What was not as offered.
    pub discrepancies: Vec<Discrepancy>,
    /// Nothing.
    pub changes: Changes,
}

/// See [`Event::CaseChanged`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct CaseChanged {
    /// Format.
    pub version: Version<1>,
    /// Claimed time, milliseconds since 1970; of the deadline where it escalates.
    pub event_time_ms: i64,
    /// The case's id.
    pub case: CaseId,
    /// The case.
    pub now: Case,
    /// What was found out, when it closes.
    pub account: String,
    /// What it changed.
    pub changes: Changes,
}
