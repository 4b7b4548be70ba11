//! What makes an event complete (EPCIS 2.0 section 7.4), wherever it comes from.
//!
//! The JSON reader reports these faults with pointers; what arrives as CBOR is checked by
//! [`Event::check`].

use super::event::{Action, Event, EventKind};
use crate::limits::EVENT_OBJECTS_MAX;

/// One broken rule of an event as a whole.
pub(super) struct Fault {
    pub(super) rule: &'static str,
    pub(super) found: String,
    pub(super) remedy: &'static str,
    /// The JSON fields it is about.
    pub(super) fields: &'static [&'static str],
    /// Whether the fault is that all of these are absent.
    pub(super) about_absence: bool,
}

pub(super) const fn action_rule(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Object => "EPCIS 2.0 §7.4.2: action is required",
        EventKind::Aggregation => "EPCIS 2.0 §7.4.3: action is required",
        EventKind::Transaction => "EPCIS 2.0 §7.4.4: action is required",
        EventKind::Transformation => "EPCIS 2.0 §7.4.5: a transformation has no action",
        EventKind::Association => "EPCIS 2.0 §7.4.6: action is required",
    }
}

fn absent(rule: &'static str, remedy: &'static str, fields: &'static [&'static str]) -> Fault {
    Fault {
        rule,
        found: "none".into(),
        remedy,
        fields,
        about_absence: true,
    }
}

fn present(rule: &'static str, remedy: &'static str) -> Fault {
    Fault {
        rule,
        found: "one".into(),
        remedy,
        fields: &[],
        about_absence: false,
    }
}

/// Every rule of its kind that the event breaks.
pub(super) fn faults(event: &Event) -> Vec<Fault> {
    let mut faults = Vec::new();
    let more = event.more();
    let things = !event.epcs.is_empty() || !event.quantities.is_empty();
    let deletes = event.action == Some(Action::Delete);
    match event.kind {
        EventKind::Object => {
            if !things && more.sensor_elements.is_none() {
                faults.push(absent(
                    "EPCIS 2.0 §7.4.2: epcList, quantityList or a sensorElementList with a readPoint is required",
                    "name the objects",
                    &["epcList", "quantityList", "sensorElementList"],
                ));
            } else if !things && event.read_point.is_none() {
                faults.push(absent(
                    "EPCIS 2.0 §7.4.2: readPoint is required where no object is named",
                    "name the place",
                    &["readPoint", "epcList", "quantityList"],
                ));
            }
            if more.ilmd.is_some() && event.action.is_some_and(|action| action != Action::Add) {
                faults.push(present(
                    "EPCIS 2.0 §7.4.2: ilmd only stands with action ADD",
                    "remove ilmd",
                ));
            }
        }
        EventKind::Aggregation | EventKind::Association => {
            packing(event, things, deletes, &mut faults)
        }
        EventKind::Transaction => {
            if more.biz_transactions.is_empty() {
                faults.push(absent(
                    "EPCIS 2.0 §7.4.4: bizTransactionList is required",
                    "name the document",
                    &["bizTransactionList"],
                ));
            }
            if !things && event.parent.is_none() && !deletes {
                faults.push(absent(
                    "EPCIS 2.0 §7.4.4: epcList, quantityList or parentID is required",
                    "name the objects",
                    &["epcList", "quantityList", "parentID"],
                ));
            }
        }
        EventKind::Transformation => {
            let outputs = !more.output_epcs.is_empty() || !more.output_quantities.is_empty();
            if !things && (more.transformation_id.is_none() || !outputs) {
                faults.push(absent("EPCIS 2.0 §7.4.5: inputs are required, unless a transformationID ties outputs to them", "name what was used", &["inputEPCList", "inputQuantityList"]));
            }
            if !outputs && (more.transformation_id.is_none() || !things) {
                faults.push(absent("EPCIS 2.0 §7.4.5: outputs are required, unless a transformationID ties inputs to them", "name what came of it", &["outputEPCList", "outputQuantityList"]));
            }
        }
    }
    out_of_place(event, &mut faults);
    faults
}

fn packing(event: &Event, things: bool, deletes: bool, faults: &mut Vec<Fault>) {
    let (parent_rule, child_rule) = match event.kind {
        EventKind::Aggregation => (
            "EPCIS 2.0 §7.4.3: parentID is required with ADD and DELETE",
            "EPCIS 2.0 §7.4.3: childEPCs or childQuantityList is required unless action is DELETE",
        ),
        _ => (
            "EPCIS 2.0 §7.4.6: parentID is required",
            "EPCIS 2.0 §7.4.6: childEPCs or childQuantityList is required unless action is DELETE",
        ),
    };
    let seen_only = event.kind == EventKind::Aggregation && event.action == Some(Action::Observe);
    if event.parent.is_none() && !seen_only {
        faults.push(absent(
            parent_rule,
            "name the containing object",
            &["parentID"],
        ));
    }
    if !things && !deletes {
        faults.push(absent(
            child_rule,
            "name the contained objects",
            &["childEPCs", "childQuantityList"],
        ));
    }
    if event
        .parent
        .as_ref()
        .is_some_and(|parent| event.epcs.contains(parent))
    {
        faults.push(present(
            "EPCIS 2.0 §7.4.3: an object does not contain itself",
            "correct parentID or childEPCs",
        ));
    }
}

/// What the JSON reader never lets through, yet CBOR could carry.
fn out_of_place(event: &Event, faults: &mut Vec<Fault>) {
    let more = event.more();
    let transforms = event.kind == EventKind::Transformation;
    if event.object_count() > EVENT_OBJECTS_MAX {
        let found = event.object_count().to_string();
        faults.push(Fault {
            rule: "limit: an event names at most 2000 objects and classes",
            found,
            remedy: "split the event",
            fields: &[],
            about_absence: false,
        });
    }
    if event.action.is_some() == transforms {
        let fault = if transforms {
            present
        } else {
            |rule, remedy| absent(rule, remedy, &["action"])
        };
        faults.push(fault(action_rule(event.kind), "correct action"));
    }
    if event.parent.is_some() && matches!(event.kind, EventKind::Object | EventKind::Transformation)
    {
        faults.push(present(
            "EPCIS 2.0 §7.4: this event type has no parentID",
            "remove parentID",
        ));
    }
    let outputs = !more.output_epcs.is_empty()
        || !more.output_quantities.is_empty()
        || more.transformation_id.is_some();
    if outputs && !transforms {
        faults.push(present(
            "EPCIS 2.0 §7.4.5: only a transformation has outputs",
            "remove the outputs",
        ));
    }
    if more.ilmd.is_some() && !matches!(event.kind, EventKind::Object | EventKind::Transformation) {
        faults.push(present(
            "EPCIS 2.0 §7.3.6: this event type has no ilmd",
            "remove ilmd",
        ));
    }
}

impl Event {
    /// Checks an event that did not come through the JSON reader.
    ///
    /// # Errors
    /// The first rule it breaks, in words with its clause.
    pub fn check(&self) -> Result<(), String> {
        let first = faults(self).into_iter().next();
        if let Some(fault) = first {
            return Err(format!(
                "{}; found {}; {}",
                fault.rule, fault.found, fault.remedy
            ));
        }
        let more = self.more();
        for element in self.quantities.iter().chain(&more.output_quantities) {
            if let Some(Err(error)) = element.amount() {
                return Err(format!("EPCIS 2.0 §7.3.3.3: {error}"));
            }
        }
        Ok(())
    }
}
