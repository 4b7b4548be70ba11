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
        index::PAPER,
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

/// The events that belong to a document or a production.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BelongingPage {
    /// In the order recorded.
    pub events: Vec<BelongingView>,
    /// Whether later ones were left out.
    pub truncated: bool,
}

/// The transaction events that tie or untie the document `id`, at most 500.
///
/// # Errors
/// When the read model is damaged.
pub fn tied_to_document(snapshot: &Snapshot<'_>, id: &Epc) -> Result<BelongingPage> {
    belonging(snapshot, id, |event| {
        let documents = &event.more().biz_transactions;
        event.kind == EventKind::Transaction && documents.iter().any(|one| one.id == *id)
    })
}

/// The events of the production with this `transformationID`, at most 500.
///
/// # Errors
/// When the read model is damaged.
pub fn of_transformation(snapshot: &Snapshot<'_>, id: &Epc) -> Result<BelongingPage> {
    belonging(snapshot, id, |event| {
        event.more().transformation_id.as_ref() == Some(id)
    })
}

/// The captured events found under `id` that `belong`: more is found there than they.
fn belonging(
    snapshot: &Snapshot<'_>,
    id: &Epc,
    belong: impl Fn(&epcis::Event) -> bool,
) -> Result<BelongingPage> {
    let mut corrections = Corrections::new(snapshot)?;
    let (mut events, mut truncated) = (Vec::new(), false);
    let name = id.key().as_bytes();
    snapshot.postings(PAPER, name, None, Order::OldestFirst, &mut |position| {
        let Some(told) = Told::at(snapshot, position)? else {
            return Ok(ControlFlow::Continue(()));
        };
        let Event::Captured(captured) = &told.said else {
            return Ok(ControlFlow::Continue(()));
        };
        let Some(event) = told.captured()? else {
            return Ok(ControlFlow::Continue(()));
        };
        if !belong(&event) {
            return Ok(ControlFlow::Continue(()));
        }
        if events.len() == PAGE_MAX {
            truncated = true;
            return Ok(ControlFlow::Break(()));
        }
        let wrong = corrections.of(captured.event)?.is_some();
        let standing = if wrong {
            EventStanding::Void
        } else {
            captured.standing
        };
        events.push(view(told.recorded(snapshot)?, &event, standing));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(BelongingPage { events, truncated })
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
