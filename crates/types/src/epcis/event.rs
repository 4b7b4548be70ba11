//! The event: what, when, where, why and how (EPCIS 2.0 chapter 7), as executed and stored.
//!
//! One struct carries the five event types, told apart by [`EventKind`], because their dimensions are
//! the same and the custody rules read them alike. What most events have stands in [`Event`], stored as
//! an array without keys; the rest in [`More`], stored as a map with short keys and left out when empty.
//!
//! Invariants:
//! - events told in the same spelling encode to the same bytes: CBV terms, identifiers and times are canonical, and
//!   what the ledger does not interpret is kept as canonical JSON text ([`KeptJson`]);
//! - equality and the event hash see what is told, not its spelling: the length of a company prefix, the prefixes of
//!   namespaces and the types of extension values are kept aside, to write them again;
//! - nothing of a document's event is lost but the spelling (URN or link, word or URI, zone of a time).

use super::{
    cbv::{BizStep, BizTransactionType, Disposition, ErrorReason, SourceDestType},
    kept::KeptJson,
    time::{Timestamp, ZoneOffset},
};
use crate::{
    identifiers::Epc,
    limits::IDENTIFIER_BYTES_MAX,
    quantity::{AmountError, Decimal, EACH, Quantity},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};
use std::{collections::BTreeMap, fmt};

/// The event types (EPCIS 2.0 section 7.4). Stored as the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
#[repr(u8)]
pub enum EventKind {
    /// Something happened to objects (7.4.2).
    Object = 0,
    /// Objects were packed into or unpacked from another (7.4.3).
    Aggregation = 1,
    /// Objects were tied to business documents (7.4.4).
    Transaction = 2,
    /// Objects were used up and others came of them (7.4.5).
    Transformation = 3,
    /// Objects were fixed to or taken off another, as a part to an aircraft (7.4.6).
    Association = 4,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Object,
        Self::Aggregation,
        Self::Transaction,
        Self::Transformation,
        Self::Association,
    ];

    /// The standard's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Object => "ObjectEvent",
            Self::Aggregation => "AggregationEvent",
            Self::Transaction => "TransactionEvent",
            Self::Transformation => "TransformationEvent",
            Self::Association => "AssociationEvent",
        }
    }
}

impl From<EventKind> for u8 {
    fn from(kind: EventKind) -> Self {
        kind as Self
    }
}

impl TryFrom<u8> for EventKind {
    type Error = String;
    fn try_from(number: u8) -> Result<Self, String> {
        Self::ALL
            .get(usize::from(number))
            .copied()
            .ok_or_else(|| format!("{number} is no event type"))
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the event did to the life or the bond of its objects (EPCIS 2.0 section 7.3.2). Stored as the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
#[repr(u8)]
pub enum Action {
    /// Came into being, was packed, was tied.
    Add = 0,
    /// Was seen; nothing came or went.
    Observe = 1,
    /// Went out of being, was unpacked, was untied.
    Delete = 2,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 3] = [Self::Add, Self::Observe, Self::Delete];

    /// The standard's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "ADD",
            Self::Observe => "OBSERVE",
            Self::Delete => "DELETE",
        }
    }
}

impl From<Action> for u8 {
    fn from(action: Action) -> Self {
        action as Self
    }
}

impl TryFrom<u8> for Action {
    type Error = String;
    fn try_from(number: u8) -> Result<Self, String> {
        Self::ALL
            .get(usize::from(number))
            .copied()
            .ok_or_else(|| format!("{number} is no action"))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of an event (EPCIS 2.0 section 7.4.1.1), compact in the two usual forms.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventId {
    /// `ni:///sha-256;<64 hex digits>?ver=CBV2.0`: the event hash of CBV 2.0 section 8.9.
    Hash([u8; 32]),
    /// `urn:uuid:`.
    Uuid([u8; 16]),
    /// Any other URI.
    Other(Box<str>),
}

impl EventId {
    /// Reads any absolute URI of at most 256 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let hash = text
            .strip_prefix("ni:///sha-256;")
            .and_then(|rest| rest.strip_suffix("?ver=CBV2.0"));
        let mut digest = [0; 32];
        if hash.is_some_and(|hash| hex::decode_to_slice(hash, &mut digest).is_ok()) {
            return Some(Self::Hash(digest));
        }
        if let Some(uuid) = text
            .get(..9)
            .filter(|start| start.eq_ignore_ascii_case("urn:uuid:"))
            .and_then(|_| uuid(&text[9..]))
        {
            return Some(Self::Uuid(uuid));
        }
        let absolute = text.split_once(':').is_some_and(|(scheme, rest)| {
            !rest.is_empty()
                && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        });
        let fits = text.len() <= IDENTIFIER_BYTES_MAX && text.bytes().all(|b| b.is_ascii_graphic());
        (absolute && fits).then(|| Self::Other(text.into()))
    }
}

fn uuid(text: &str) -> Option<[u8; 16]> {
    let dashed = text.len() == 36
        && [8, 13, 18, 23]
            .iter()
            .all(|at| text.as_bytes()[*at] == b'-');
    let mut bytes = [0; 16];
    (dashed && hex::decode_to_slice(text.replace('-', ""), &mut bytes).is_ok()).then_some(bytes)
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hash(digest) => write!(f, "ni:///sha-256;{}?ver=CBV2.0", hex::encode(digest)),
            Self::Uuid(bytes) => {
                let text = hex::encode(bytes);
                write!(
                    f,
                    "urn:uuid:{}-{}-{}-{}-{}",
                    &text[..8],
                    &text[8..12],
                    &text[12..16],
                    &text[16..20],
                    &text[20..]
                )
            }
            Self::Other(uri) => f.write_str(uri),
        }
    }
}

impl Serialize for EventId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            _ if serializer.is_human_readable() => serializer.collect_str(self),
            Self::Hash(digest) => serializer.serialize_bytes(digest),
            Self::Uuid(bytes) => serializer.serialize_bytes(bytes),
            Self::Other(uri) => serializer.serialize_str(uri),
        }
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = EventId;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event id: 32 or 16 bytes, or a URI")
            }
            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<EventId, E> {
                let hash = <[u8; 32]>::try_from(bytes).map(EventId::Hash);
                hash.or_else(|_| <[u8; 16]>::try_from(bytes).map(EventId::Uuid))
                    .map_err(|_| E::custom("an event id has 32 or 16 bytes"))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<EventId, E> {
                EventId::parse(text).ok_or_else(|| E::custom("an event id is an absolute URI"))
            }
        }
        let readable = deserializer.is_human_readable();
        match deserializer.deserialize_any(Visitor)? {
            id @ (Self::Hash(_) | Self::Uuid(_)) if readable => Ok(id),
            id => Ok(id),
        }
    }
}

/// An amount of one class of objects (EPCIS 2.0 section 7.3.3.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct QuantityElement {
    /// The class or lot.
    pub class: Epc,
    /// How much; `None` says that the amount is not known or does not matter.
    pub quantity: Option<Decimal>,
    /// UN/ECE Recommendation 20 unit; `None` for things that are counted.
    pub uom: Option<Box<str>>,
}

impl QuantityElement {
    /// The amount with its unit, `EA` where things are counted; `None` where no amount is given.
    ///
    /// # Errors
    /// When the amount is below zero or the unit's code is malformed.
    pub fn amount(&self) -> Option<Result<Quantity, AmountError>> {
        self.quantity
            .map(|value| Quantity::new(value, self.uom.as_deref().unwrap_or(EACH)))
    }
}

/// A business document that the event belongs to (EPCIS 2.0 section 7.3.5.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct BizTransaction {
    /// Its kind, where known.
    pub kind: Option<BizTransactionType>,
    /// Its identifier.
    pub id: Epc,
}

/// Where objects came from or went to (EPCIS 2.0 section 7.3.5.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Endpoint {
    /// Owner, possessor or place.
    pub kind: SourceDestType,
    /// The party or place.
    pub id: Epc,
}

/// Conditions that last until unset (EPCIS 2.0 section 7.3.5.6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct PersistentDisposition {
    /// From now on true.
    pub set: Vec<Disposition>,
    /// No longer true.
    pub unset: Vec<Disposition>,
}

/// Says that an earlier event with the same content is wrong (EPCIS 2.0 section 7.4.1.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct ErrorDeclaration {
    /// When it was declared.
    pub time: Timestamp,
    /// Why, where told.
    pub reason: Option<ErrorReason>,
    /// The events that put it right.
    pub corrective_event_ids: Vec<EventId>,
    /// Extension fields, kept.
    pub extensions: Option<KeptJson>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Event {
    /// Its type.
    pub kind: EventKind,
    /// ADD, OBSERVE or DELETE; `None` exactly for transformations.
    pub action: Option<Action>,
    /// When it happened, as claimed.
    pub event_time: Timestamp,
    /// The local zone where it happened.
    pub offset: ZoneOffset,
    /// Its name, where the sender gave one.
    pub id: Option<EventId>,
    /// The containing object (aggregation, association), or what ties the objects (transaction).
    pub parent: Option<Epc>,
    /// The objects: `epcList`, `childEPCs`, or `inputEPCList` of a transformation.
    pub epcs: Vec<Epc>,
    /// The amounts: `quantityList`, `childQuantityList`, or `inputQuantityList`.
    pub quantities: Vec<QuantityElement>,
    /// The step of the business process.
    pub biz_step: Option<BizStep>,
    /// The objects' condition from now on.
    pub disposition: Option<Disposition>,
    /// Where it was observed.
    pub read_point: Option<Epc>,
    /// Where the objects are from now on.
    pub biz_location: Option<Epc>,
    /// What few events have.
    pub more: Option<Box<More>>,
}

/// What few events have. Stored as a map with short keys; empty members are left out.
///
/// Equality is of what is told: kept fields in other prefixes, or told in XML instead of JSON, are the same (`same`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct More {
    /// `recordTime` of an event that some repository recorded before; ours is the block's time.
    #[serde(rename = "rt", skip_serializing_if = "Option::is_none")]
    pub record_time: Option<Timestamp>,
    /// `bizTransactionList`.
    #[serde(rename = "bt", skip_serializing_if = "Vec::is_empty")]
    pub biz_transactions: Vec<BizTransaction>,
    /// `sourceList`.
    #[serde(rename = "so", skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Endpoint>,
    /// `destinationList`.
    #[serde(rename = "de", skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<Endpoint>,
    /// `persistentDisposition`.
    #[serde(rename = "pd", skip_serializing_if = "Option::is_none")]
    pub persistent_disposition: Option<PersistentDisposition>,
    /// `errorDeclaration`.
    #[serde(rename = "er", skip_serializing_if = "Option::is_none")]
    pub error_declaration: Option<ErrorDeclaration>,
    /// `outputEPCList` of a transformation.
    #[serde(rename = "oe", skip_serializing_if = "Vec::is_empty")]
    pub output_epcs: Vec<Epc>,
    /// `outputQuantityList` of a transformation.
    #[serde(rename = "oq", skip_serializing_if = "Vec::is_empty")]
    pub output_quantities: Vec<QuantityElement>,
    /// `transformationID`.
    #[serde(rename = "ti", skip_serializing_if = "Option::is_none")]
    pub transformation_id: Option<Epc>,
    /// `sensorElementList`, kept.
    #[serde(rename = "se", skip_serializing_if = "Option::is_none")]
    pub sensor_elements: Option<KeptJson>,
    /// `ilmd`: master data of new objects or lots, kept.
    #[serde(rename = "im", skip_serializing_if = "Option::is_none")]
    pub ilmd: Option<KeptJson>,
    /// `certificationInfo`, kept.
    #[serde(rename = "ci", skip_serializing_if = "Option::is_none")]
    pub certification_info: Option<KeptJson>,
    /// Extension fields of the read point, kept.
    #[serde(rename = "rx", skip_serializing_if = "Option::is_none")]
    pub read_point_extensions: Option<KeptJson>,
    /// Extension fields of the business location, kept.
    #[serde(rename = "lx", skip_serializing_if = "Option::is_none")]
    pub biz_location_extensions: Option<KeptJson>,
    /// Extension fields of the event, kept.
    #[serde(rename = "ex", skip_serializing_if = "Option::is_none")]
    pub extensions: Option<KeptJson>,
    /// The prefixes and terms used in what is kept, with their URIs.
    #[serde(rename = "ns", skip_serializing_if = "BTreeMap::is_empty")]
    pub namespaces: BTreeMap<String, String>,
}

impl Event {
    /// The error declaration, if this event declares an earlier one wrong.
    pub fn error_declaration(&self) -> Option<&ErrorDeclaration> {
        self.more.as_ref()?.error_declaration.as_ref()
    }

    /// What few events have, empty where there is none.
    pub fn more(&self) -> &More {
        static EMPTY: std::sync::LazyLock<More> = std::sync::LazyLock::new(More::default);
        self.more.as_deref().unwrap_or(&EMPTY)
    }

    /// Objects and classes named as what the event is about, outputs included.
    pub fn object_count(&self) -> usize {
        let more = self.more();
        self.epcs.len()
            + self.quantities.len()
            + more.output_epcs.len()
            + more.output_quantities.len()
    }
}
