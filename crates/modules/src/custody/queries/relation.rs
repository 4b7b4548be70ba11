//! What an event tells of one of its objects in relation to others: parts and assets, inputs and outputs, documents.

use convoy_readmodel::{Order, Result, Snapshot};
use convoy_types::{
    epcis::{self, Action, EventKind},
    identifiers::Epc,
};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use utoipa::ToSchema;

use super::{
    super::{
        facts,
        projection::{DOCUMENT, TRANSFORMATION},
        types::{Event, EventStanding},
    },
    Corrections, PAGE_MAX, Recorded, Told,
};

/// Others in one relation, at most.
const OTHERS_MAX: usize = 100;

/// An object's relation to others, as one event tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RelationView {
    /// `fitted to`, `taken off`, `fixed at`, `carries`, `gives off`, `used in`, `made from`, `tied to` or `untied from`.
    pub how: String,
    /// The others: objects, classes, places or documents; at most 100.
    pub others: Vec<String>,
}

fn relation<'a>(how: &str, others: impl Iterator<Item = &'a Epc>) -> Option<RelationView> {
    let others: Vec<String> = others.take(OTHERS_MAX).map(ToString::to_string).collect();
    (!others.is_empty()).then(|| RelationView {
        how: how.to_owned(),
        others,
    })
}

/// What `event` tells of `object`; `None` where it is alone in it or only packed.
pub(super) fn of(event: &epcis::Event, object: &Epc) -> Option<RelationView> {
    let more = event.more();
    let removed = event.action == Some(Action::Delete);
    match event.kind {
        EventKind::Object | EventKind::Aggregation => None,
        EventKind::Association => {
            let parent = event.parent.as_ref()?;
            if parent == object {
                let how = if removed { "gives off" } else { "carries" };
                let classes = event.quantities.iter().map(|amount| &amount.class);
                return relation(how, event.epcs.iter().chain(classes));
            }
            let how = match (removed, facts::is_place(parent)) {
                (true, _) => "taken off",
                (false, true) => "fixed at",
                (false, false) => "fitted to",
            };
            relation(how, std::iter::once(parent))
        }
        EventKind::Transaction => {
            let how = if removed { "untied from" } else { "tied to" };
            relation(
                how,
                more.biz_transactions.iter().map(|document| &document.id),
            )
        }
        EventKind::Transformation => {
            let inputs = event.quantities.iter().map(|amount| &amount.class);
            let inputs = event.epcs.iter().chain(inputs);
            let outputs = more.output_quantities.iter().map(|amount| &amount.class);
            let outputs = more.output_epcs.iter().chain(outputs);
            let production = more.transformation_id.iter();
            if inputs.clone().any(|name| name == object) {
                return relation("used in", outputs.chain(production));
            }
            relation("made from", inputs.chain(production))
        }
    }
}

/// An event that belongs to a document or a production.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BelongingView {
    /// When and by whom.
    #[serde(flatten)]
    pub recorded: Recorded,
    /// Type of the EPCIS event.
    pub event_type: String,
    /// `ADD`, `OBSERVE` or `DELETE`; absent for a transformation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub action: Option<String>,
    /// Whether it stands: `stands` or `void`.
    pub standing: String,
    /// The objects and classes: of a transformation, what it used.
    pub objects: Vec<String>,
    /// What a transformation made.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub made: Vec<String>,
}

/// The transaction events that tie or untie the document `id`, in the order recorded, at most 500.
///
/// # Errors
/// When the read model is damaged.
pub fn tied_to_document(snapshot: &Snapshot<'_>, id: &Epc) -> Result<Vec<BelongingView>> {
    belonging(snapshot, DOCUMENT, id)
}

/// The events of the production with this `transformationID`, in the order recorded, at most 500.
///
/// # Errors
/// When the read model is damaged.
pub fn of_transformation(snapshot: &Snapshot<'_>, id: &Epc) -> Result<Vec<BelongingView>> {
    belonging(snapshot, TRANSFORMATION, id)
}

fn belonging(snapshot: &Snapshot<'_>, kind: &'static str, id: &Epc) -> Result<Vec<BelongingView>> {
    let mut corrections = Corrections::new(snapshot)?;
    let mut all = Vec::new();
    let name = id.key().as_bytes();
    snapshot.postings(kind, name, None, Order::OldestFirst, &mut |position| {
        let Some(told) = Told::at(snapshot, position)? else {
            return Ok(ControlFlow::Continue(()));
        };
        let Event::Captured(captured) = &told.said else {
            return Ok(ControlFlow::Continue(()));
        };
        let Some(event) = told.captured()? else {
            return Ok(ControlFlow::Continue(()));
        };
        // Names are found by a part of their digest; another one may share it.
        let more = event.more();
        let belongs = more.transformation_id.as_ref() == Some(id)
            || more
                .biz_transactions
                .iter()
                .any(|document| document.id == *id);
        if !belongs {
            return Ok(ControlFlow::Continue(()));
        }
        let wrong = corrections.of(captured.event)?.is_some();
        let standing = if wrong {
            EventStanding::Void
        } else {
            captured.standing
        };
        all.push(view(told.recorded(snapshot)?, &event, standing));
        Ok(if all.len() < PAGE_MAX {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        })
    })?;
    Ok(all)
}

fn view(recorded: Recorded, event: &epcis::Event, standing: EventStanding) -> BelongingView {
    let more = event.more();
    let classes = event.quantities.iter().map(|amount| &amount.class);
    let made = more.output_quantities.iter().map(|amount| &amount.class);
    let objects = event.epcs.iter().chain(&event.parent).chain(classes);
    BelongingView {
        recorded,
        event_type: event.kind.to_string(),
        action: event.action.map(|action| action.to_string()),
        standing: standing.to_string(),
        objects: objects.map(ToString::to_string).collect(),
        made: more
            .output_epcs
            .iter()
            .chain(made)
            .map(ToString::to_string)
            .collect(),
    }
}
