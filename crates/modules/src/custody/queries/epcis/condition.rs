//! What a query asks of an event, parameter by parameter, and whether an event has it.
//!
//! Conditions are joined by "and"; the values of one parameter by "or" (EPCIS 2.0 section 8.2.7.1).

use super::{
    fields::{self, Comparand, Name, Within},
    number::Number,
    pattern::Pattern,
    sensor::SensorTest,
};
use crate::custody::index::wider_place;
use convoy_types::{
    epcis::{
        Action, Event, EventId, EventKind, QuantityElement,
        cbv::{BizStep, BizTransactionType, Disposition, ErrorReason, SourceDestType},
    },
    identifiers::Epc,
};
use std::cmp::Ordering;

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    Eq,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Compare {
    pub(super) fn holds(self, found: Ordering) -> bool {
        match self {
            Self::Eq => found == Ordering::Equal,
            Self::Gt => found == Ordering::Greater,
            Self::Ge => found != Ordering::Less,
            Self::Lt => found == Ordering::Less,
            Self::Le => found != Ordering::Greater,
        }
    }
}

/// A time of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventTime {
    Event,
    Record,
    ErrorDeclaration,
}

/// A place of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    ReadPoint,
    BizLocation,
}

/// Lists of an event in which identifiers are matched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lists {
    pub(super) objects: bool,
    pub(super) parent: bool,
    pub(super) inputs: bool,
    pub(super) outputs: bool,
    /// Amounts in the place of objects.
    pub(super) classes: bool,
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    EventType(Vec<EventKind>),
    Time(EventTime, Compare, i64),
    Action(Vec<Action>),
    BizStep(Vec<BizStep>),
    Disposition(Vec<Disposition>),
    Lasting {
        set: bool,
        any: Vec<Disposition>,
    },
    Place {
        at: Where,
        within: bool,
        any: Vec<Epc>,
    },
    BizTransaction(Option<BizTransactionType>, Vec<Epc>),
    Source(SourceDestType, Vec<Epc>),
    Destination(SourceDestType, Vec<Epc>),
    TransformationId(Vec<Epc>),
    Match(Lists, Vec<Pattern>),
    Quantity {
        compare: Compare,
        any: Vec<Number>,
        uom: Option<String>,
    },
    EventId(Vec<EventId>),
    IsDeclaration,
    ErrorReason(Vec<ErrorReason>),
    CorrectiveEventId(Vec<EventId>),
    HasSensorElements,
    Sensor(SensorTest),
    Exists(Within, bool, Name),
    FieldEquals(Within, bool, Name, Vec<(String, Option<Comparand>)>),
    FieldCompares(Within, bool, Name, Compare, Comparand),
    /// A vocabulary element of the event has one of these attributes, with one of these values if any.
    Attribute {
        of: Attributed,
        names: Vec<String>,
        values: Option<Vec<String>>,
    },
}

/// A field whose value is a vocabulary element with attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attributed {
    Place(Where),
    Extension(Name),
}

impl Condition {
    /// Whether `event`, recorded at `recorded_ms`, has it.
    pub(super) fn holds(&self, event: &Event, recorded_ms: i64) -> bool {
        let more = event.more();
        match self {
            Self::EventType(any) => any.contains(&event.kind),
            Self::Time(which, compare, ms) => {
                let found = match which {
                    EventTime::Event => Some(event.event_time.millis()),
                    EventTime::Record => Some(recorded_ms),
                    EventTime::ErrorDeclaration => {
                        event.error_declaration().map(|said| said.time.millis())
                    }
                };
                found.is_some_and(|found| compare.holds(found.cmp(ms)))
            }
            Self::Action(any) => event.action.is_some_and(|action| any.contains(&action)),
            Self::BizStep(any) => within(&event.biz_step, any),
            Self::Disposition(any) => within(&event.disposition, any),
            Self::Lasting { set, any } => {
                more.persistent_disposition.as_ref().is_some_and(|lasting| {
                    let list = if *set { &lasting.set } else { &lasting.unset };
                    list.iter().any(|one| any.contains(one))
                })
            }
            Self::Place { at, within, any } => {
                let place = match at {
                    Where::ReadPoint => &event.read_point,
                    Where::BizLocation => &event.biz_location,
                };
                place.as_ref().is_some_and(|place| {
                    any.iter()
                        .any(|asked| asked == place || (*within && is_within(place, asked)))
                })
            }
            Self::BizTransaction(kind, any) => more
                .biz_transactions
                .iter()
                .any(|one| one.kind == *kind && any.contains(&one.id)),
            Self::Source(kind, any) => more
                .sources
                .iter()
                .any(|one| one.kind == *kind && any.contains(&one.id)),
            Self::Destination(kind, any) => more
                .destinations
                .iter()
                .any(|one| one.kind == *kind && any.contains(&one.id)),
            Self::TransformationId(any) => within(&more.transformation_id, any),
            Self::Match(lists, any) => matches(event, *lists, any),
            Self::Quantity { compare, any, uom } => {
                amounts(event).any(|amount| has_quantity(amount, *compare, any, uom))
            }
            Self::EventId(any) => match &event.id {
                Some(id) => any.contains(id),
                None => any.contains(&super::made_id(event)),
            },
            Self::IsDeclaration => more.error_declaration.is_some(),
            Self::ErrorReason(any) => event
                .error_declaration()
                .is_some_and(|said| within(&said.reason, any)),
            Self::CorrectiveEventId(any) => event
                .error_declaration()
                .is_some_and(|said| said.corrective_event_ids.iter().any(|id| any.contains(id))),
            Self::HasSensorElements => more.sensor_elements.is_some(),
            Self::Sensor(test) => test.holds(event),
            Self::Exists(place, inner, name) => {
                !fields::values(event, *place, *inner, name).is_empty()
            }
            Self::FieldEquals(place, inner, name, any) => {
                let equal = |found: &str| {
                    any.iter()
                        .any(|(text, comparand)| fields::equal(found, text, comparand.as_ref()))
                };
                let found = fields::values(event, *place, *inner, name);
                found.iter().any(|value| fields::any_text(value, &equal))
            }
            Self::FieldCompares(place, inner, name, compare, asked) => {
                let holds = |found: &str| {
                    fields::compare(found, asked).is_some_and(|order| compare.holds(order))
                };
                let found = fields::values(event, *place, *inner, name);
                found.iter().any(|value| fields::any_text(value, &holds))
            }
            Self::Attribute { of, names, values } => {
                has_attribute(event, of, names, values.as_deref())
            }
        }
    }
}

fn within<T: PartialEq>(found: &Option<T>, any: &[T]) -> bool {
    found.as_ref().is_some_and(|found| any.contains(found))
}

/// Whether `place` is part of `around`: an inner place of the same GLN.
pub(in super::super) fn is_within(place: &Epc, around: &Epc) -> bool {
    wider_place(place.key()) == Some(around.key())
}

fn amounts(event: &Event) -> impl Iterator<Item = &QuantityElement> {
    event
        .quantities
        .iter()
        .chain(&event.more().output_quantities)
}

fn matches(event: &Event, lists: Lists, any: &[Pattern]) -> bool {
    let more = event.more();
    let transformed = event.kind == EventKind::Transformation;
    let takes = |epc: &Epc| any.iter().any(|pattern| pattern.takes(epc));
    // The lists of a transformation are its inputs; those of every other event its objects.
    let first = if transformed {
        lists.inputs
    } else {
        lists.objects
    };
    if lists.classes {
        return first && event.quantities.iter().any(|amount| takes(&amount.class))
            || lists.outputs
                && more
                    .output_quantities
                    .iter()
                    .any(|amount| takes(&amount.class));
    }
    first && event.epcs.iter().any(takes)
        || lists.parent && event.parent.as_ref().is_some_and(takes)
        || lists.outputs && more.output_epcs.iter().any(takes)
}

fn has_quantity(
    amount: &QuantityElement,
    compare: Compare,
    any: &[Number],
    uom: &Option<String>,
) -> bool {
    let unit_fits = uom.is_none() || amount.uom.as_deref() == uom.as_deref();
    let found = amount
        .quantity
        .and_then(|value| Number::parse(&value.to_string()));
    unit_fits && found.is_some_and(|found| any.iter().any(|asked| compare.holds(found.cmp(asked))))
}

/// Attributes are what the event itself says of the element beside its id.
fn has_attribute(
    event: &Event,
    of: &Attributed,
    names: &[String],
    values: Option<&[String]>,
) -> bool {
    let more = event.more();
    let described = match of {
        Attributed::Place(Where::ReadPoint) => more
            .read_point_extensions
            .iter()
            .map(|kept| kept.value())
            .collect(),
        Attributed::Place(Where::BizLocation) => more
            .biz_location_extensions
            .iter()
            .map(|kept| kept.value())
            .collect(),
        Attributed::Extension(name) => fields::values(event, Within::Event, false, name),
    };
    let named = |key: &str| {
        names.iter().any(|name| {
            key == name
                || key
                    .rsplit_once([':', '#', '/'])
                    .is_some_and(|(_, local)| local == name)
        })
    };
    let valued = |text: &str| values.is_none_or(|values| values.iter().any(|value| value == text));
    described
        .iter()
        .filter_map(serde_json::Value::as_object)
        .any(|map| {
            map.iter()
                .any(|(key, value)| named(key) && fields::any_text(value, &valued))
        })
}
