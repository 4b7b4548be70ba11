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
    let Some(does) = event
        .action
        .filter(|_| matches!(event.kind, EventKind::Object | EventKind::Aggregation))
    else {
        return Err(UNSUPPORTED_EVENT.because(format!("{} is not executed", event.kind)));
    };
    let count = event.object_count();
    if count > EVENT_OBJECTS_MAX {
        return Err(MALFORMED_FIELD.because(format!(
            "the event names {count} objects; at most {EVENT_OBJECTS_MAX}"
        )));
    }
    let aggregation = event.kind == EventKind::Aggregation;
    if count == 0 && !(aggregation && event.parent.is_some()) {
        return Err(MALFORMED_FIELD.because("the event names no object and no amount"));
    }
    if aggregation && does != Does::Observe && event.parent.is_none() {
        return Err(MALFORMED_FIELD.because("parentID is missing (EPCIS 2.0 section 7.4.3)"));
    }
    if !aggregation && event.parent.is_some() {
        return Err(MALFORMED_FIELD.because("parentID has no place in an ObjectEvent"));
    }
    check_names(event)?;
    let declares = event.error_declaration().is_some();
    if does == Does::Add && !declares {
        let new = event
            .epcs
            .iter()
            .filter(|_| !aggregation)
            .chain(&event.parent);
        for name in new.chain(event.quantities.iter().map(|element| &element.class)) {
            if let Some(fault) = name.suspect() {
                return Err(SUSPECT_IDENTIFIER.because(format!("{name}: {}", fault.fault)));
            }
        }
    }
    if aggregation && does == Does::Delete && count == 0 {
        return Err(NAME_THE_CONTENTS.because("childEPCs and childQuantityList are empty"));
    }
    check_amounts(event, does)
}

/// Every object once, objects among objects, classes among classes.
fn check_names(event: &epcis::Event) -> Result<(), Reject> {
    let mut seen = BTreeSet::new();
    for name in event.epcs.iter().chain(&event.parent) {
        if !seen.insert(name) {
            return Err(MALFORMED_FIELD.because(format!("{name} is named twice")));
        }
        if name.is_class() {
            return Err(
                MALFORMED_FIELD.because(format!("{name} is a class; list it with its quantity"))
            );
        }
    }
    let mut seen = BTreeSet::new();
    for element in &event.quantities {
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

fn check_amounts(event: &epcis::Event, does: Does) -> Result<(), Reject> {
    for element in &event.quantities {
        match element.amount() {
            Some(Err(error)) => {
                return Err(
                    MALFORMED_FIELD.because(format!("quantity of {}: {error}", element.class))
                );
            }
            None if does != Does::Observe => {
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
    for name in event.epcs.iter().chain(&event.parent) {
        bytes.extend_from_slice(name.key().as_bytes());
        bytes.push(0);
    }
    for element in &event.quantities {
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
pub(super) fn amounts(event: &epcis::Event) -> Result<Vec<(&Epc, Quantity)>, Reject> {
    let amount = |element: &epcis::QuantityElement| match element.amount() {
        Some(Ok(amount)) => Ok(amount),
        _ => Err(AMOUNT_NEEDED.because(format!("{} has no quantity", element.class))),
    };
    event
        .quantities
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
