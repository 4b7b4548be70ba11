//! The form of an event: what custody asks of it before any state is read, and what it needs to compare.

use super::{reject::*, types::*};
use convoy_ledger::Reject;
use convoy_types::{
    Digest,
    epcis::{self, Action as Does, EventKind, cbv::BizStep},
    identifiers::Epc,
    limits::EVENT_OBJECTS_MAX,
    quantity::Quantity,
};
use std::collections::BTreeSet;

/// Checks what needs no state.
pub(super) fn validate(event: &epcis::Event) -> Result<(), Reject> {
    let count = event.object_count();
    if count > EVENT_OBJECTS_MAX {
        return Err(MALFORMED_FIELD.because(format!(
            "the event names {count} objects; at most {EVENT_OBJECTS_MAX}"
        )));
    }
    check_shape(event, count)?;
    check_names(event)?;
    if event.error_declaration().is_none() {
        check_new_names(event)?;
    }
    let changes = match event.kind {
        EventKind::Object | EventKind::Aggregation | EventKind::Association => {
            event.action != Some(Does::Observe)
        }
        EventKind::Transformation => true,
        EventKind::Transaction => false,
    };
    check_amounts(&event.quantities, changes)?;
    check_amounts(&event.more().output_quantities, true)
}

/// The parts that each type of event has to have, and those that it cannot have.
fn check_shape(event: &epcis::Event, count: usize) -> Result<(), Reject> {
    let missing = |field: &str, section: &str| {
        Err(MALFORMED_FIELD.because(format!("{field} is missing (EPCIS 2.0 section {section})")))
    };
    let transforms = event.kind == EventKind::Transformation;
    if event.action.is_some() == transforms {
        let reason = format!("{} and action do not go together", event.kind);
        return Err(MALFORMED_FIELD.because(reason));
    }
    let more = event.more();
    let outputs = more.output_epcs.len() + more.output_quantities.len();
    if !transforms && (outputs > 0 || more.transformation_id.is_some()) {
        return Err(MALFORMED_FIELD.because(format!("{} makes nothing", event.kind)));
    }
    let tied = event.parent.is_some();
    match event.kind {
        EventKind::Object if tied => {
            Err(MALFORMED_FIELD.because("parentID has no place in an ObjectEvent"))
        }
        EventKind::Transformation if tied => {
            Err(MALFORMED_FIELD.because("parentID has no place in a TransformationEvent"))
        }
        EventKind::Aggregation if !tied && event.action != Some(Does::Observe) => {
            missing("parentID", "7.4.3")
        }
        EventKind::Association if !tied => missing("parentID", "7.4.6"),
        EventKind::Transaction if more.biz_transactions.is_empty() => {
            missing("bizTransactionList", "7.4.4")
        }
        EventKind::Transformation
            if more.transformation_id.is_none() && (outputs == 0 || outputs == count) =>
        {
            missing("an input, an output or a transformationID", "7.4.5")
        }
        EventKind::Transaction if event.action == Some(Does::Delete) => Ok(()),
        _ if count == 0 && !tied => {
            Err(MALFORMED_FIELD.because("the event names no object and no amount"))
        }
        EventKind::Aggregation | EventKind::Association
            if count == 0 && event.action == Some(Does::Add) =>
        {
            missing("childEPCs or childQuantityList", "7.4.3, 7.4.6")
        }
        _ => Ok(()),
    }
}

/// Names that a mistype would make into something that nobody can find.
fn check_new_names(event: &epcis::Event) -> Result<(), Reject> {
    let adds = event.action == Some(Does::Add) && event.kind != EventKind::Transaction;
    let object = event.kind == EventKind::Object;
    let more = event.more();
    let objects = event.epcs.iter().filter(|_| adds && object);
    let parent = event.parent.iter().filter(|_| adds);
    let amounts = event.quantities.iter().filter(|_| adds);
    let amounts = amounts.chain(&more.output_quantities);
    let names = objects.chain(parent).chain(&more.output_epcs);
    for name in names.chain(amounts.map(|element| &element.class)) {
        if let Some(fault) = name.suspect() {
            return Err(SUSPECT_IDENTIFIER.because(format!("{name}: {}", fault.fault)));
        }
    }
    Ok(())
}

/// Every object once, objects among objects, classes among classes.
fn check_names(event: &epcis::Event) -> Result<(), Reject> {
    let more = event.more();
    let mut seen = BTreeSet::new();
    let outputs = &more.output_epcs;
    for name in event.epcs.iter().chain(&event.parent).chain(outputs) {
        if !seen.insert(name) {
            return Err(MALFORMED_FIELD.because(format!("{name} is named twice")));
        }
        if name.is_class() {
            return Err(
                MALFORMED_FIELD.because(format!("{name} is a class; list it with its quantity"))
            );
        }
    }
    check_classes(&event.quantities)?;
    check_classes(&more.output_quantities)
}

fn check_classes(elements: &[epcis::QuantityElement]) -> Result<(), Reject> {
    let mut seen = BTreeSet::new();
    for element in elements {
        if !seen.insert(&element.class) {
            return Err(MALFORMED_FIELD.because(format!("{} is listed twice", element.class)));
        }
        if element.class.is_instance() {
            return Err(MALFORMED_FIELD.because(format!(
                "{} is one object and has no quantity",
                element.class
            )));
        }
    }
    Ok(())
}

/// Every amount is one, and none is left out where amounts change.
fn check_amounts(elements: &[epcis::QuantityElement], change: bool) -> Result<(), Reject> {
    for element in elements {
        match element.amount() {
            Some(Err(error)) => {
                return Err(
                    MALFORMED_FIELD.because(format!("quantity of {}: {error}", element.class))
                );
            }
            None if change => {
                return Err(AMOUNT_NEEDED.because(format!("{} has no quantity", element.class)));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A digest over what an event and its error declaration must have in common.
pub(super) fn content(event: &epcis::Event) -> EventRef {
    let mut bytes = Vec::with_capacity(160);
    bytes.push(event.kind.into());
    bytes.push(event.action.map_or(0xff, u8::from));
    bytes.extend_from_slice(&event.event_time.millis().to_be_bytes());
    let more = event.more();
    for name in event.epcs.iter().chain(&event.parent) {
        bytes.extend_from_slice(name.key().as_bytes());
        bytes.push(0);
    }
    for name in more.output_epcs.iter().chain(&more.transformation_id) {
        bytes.push(2);
        bytes.extend_from_slice(name.key().as_bytes());
        bytes.push(0);
    }
    let inputs = event.quantities.len();
    let elements = event.quantities.iter().chain(&more.output_quantities);
    for (place, element) in elements.enumerate() {
        if place == inputs {
            bytes.push(3);
        }
        bytes.extend_from_slice(element.class.key().as_bytes());
        let amount = element
            .quantity
            .map(|value| value.to_string())
            .unwrap_or_default();
        for part in [amount.as_str(), element.uom.as_deref().unwrap_or("")] {
            bytes.push(1);
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes.push(0);
    }
    EventRef::of(&Digest::of(&bytes))
}

/// The amounts of an event that changes amounts.
pub(super) fn amounts(
    elements: &[epcis::QuantityElement],
) -> Result<Vec<(&Epc, Quantity)>, Reject> {
    let amount = |element: &epcis::QuantityElement| match element.amount() {
        Some(Ok(amount)) => Ok(amount),
        _ => Err(AMOUNT_NEEDED.because(format!("{} has no quantity", element.class))),
    };
    elements
        .iter()
        .map(|element| Ok((&element.class, amount(element)?)))
        .collect()
}

/// Steps by which things move or change hands (CBV 2.0 section 7.1): only outermost containers do.
pub(super) fn is_movement(step: &BizStep) -> bool {
    use BizStep::*;
    matches!(
        step,
        Accepting
            | Arriving
            | Collecting
            | Consigning
            | Departing
            | EnteringExiting
            | Loading
            | Picking
            | Receiving
            | RetailSelling
            | Shipping
            | StagingOutbound
            | Transporting
            | Unloading
            | VoidShipping
    )
}
