//! Full text: what was said with certain words in it, the newest first.
//!
//! Found are identifiers that came into being, business documents, master data and extensions of events,
//! terms and reasons of handovers, and accounts of cases; by whole words or their beginnings.

use super::{super::types::Event, PAGE_MAX, Recorded, Told, epcis::made_id};
use convoy_readmodel::{Cursor, ReadModelError, Result, Snapshot};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use utoipa::ToSchema;

/// Words of one question.
const WORDS_MAX: usize = 12;
/// A word, characters.
const WORD_CHARS_MAX: usize = 64;
/// Objects named in one hit.
const OBJECTS_MAX: usize = 20;

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SearchHit {
    /// `event`, `handover` or `case`.
    pub kind: String,
    /// The event's id, or that of the handover or case.
    pub id: String,
    /// The first twenty objects and classes it names.
    pub objects: Vec<String>,
    /// Step of the business process.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub biz_step: Option<String>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<String>,
    /// Terms, reason, circumstances or account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    /// When and by whom.
    #[serde(flatten)]
    pub recorded: Recorded,
}

/// A page of hits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SearchPage {
    /// The newest first.
    pub hits: Vec<SearchHit>,
    /// Ask again with this cursor for older ones.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub next: Option<Cursor>,
}

/// What was said with words that begin with each of those in `text`.
///
/// # Errors
/// When there is no word in it, the cursor is none of ours, or the read model is damaged.
pub fn search(
    snapshot: &Snapshot<'_>,
    text: &str,
    limit: usize,
    before: Option<Cursor>,
) -> Result<SearchPage> {
    let limit = limit.clamp(1, PAGE_MAX);
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let short = words
        .iter()
        .all(|word| word.chars().count() <= WORD_CHARS_MAX);
    if words.is_empty() || words.len() > WORDS_MAX || !short {
        return Err(ReadModelError::Question {
            field: "q",
            fault: format!("it has {} words of letters and digits", words.len()),
            remedy: "ask for 1 to 12 words of at most 64 characters",
        });
    }
    let before = before.map(|cursor| snapshot.position(cursor)).transpose()?;
    let (mut positions, mut more) = (Vec::new(), false);
    snapshot.search(&words, before, &mut |position| {
        if positions.len() == limit {
            more = true;
            return Ok(ControlFlow::Break(()));
        }
        positions.push(position);
        Ok(ControlFlow::Continue(()))
    })?;
    let stored = snapshot.events_at(&positions)?;
    let places: Vec<_> = stored
        .iter()
        .map(|event| (event.position, event.statement))
        .collect();
    snapshot.read_ahead(&places)?;
    let mut hits = Vec::with_capacity(stored.len());
    for stored in stored {
        if let Some(told) = Told::of(stored)? {
            hits.extend(hit(snapshot, &told)?);
        }
    }
    let next = positions.last().filter(|_| more).map(|last| Cursor {
        height: last.height(),
        index: last.ordinal(),
    });
    Ok(SearchPage { hits, next })
}

fn hit(snapshot: &Snapshot<'_>, told: &Told) -> Result<Option<SearchHit>> {
    let recorded = told.recorded(snapshot)?;
    let changed = || {
        let groups = told.said.changes().objects.iter();
        let all = groups
            .flat_map(|group| &group.objects)
            .map(ToString::to_string);
        all.take(OBJECTS_MAX).collect()
    };
    let other = |kind: &str, id: String, text: &str| SearchHit {
        kind: kind.to_owned(),
        id,
        objects: changed(),
        biz_step: None,
        place: None,
        text: (!text.is_empty()).then(|| text.to_owned()),
        recorded: recorded.clone(),
    };
    Ok(match &told.said {
        Event::Offered(said) => Some(other(
            "handover",
            said.handover.to_string(),
            &said.now.terms,
        )),
        Event::HandoverEnded(said) => {
            Some(other("handover", said.handover.to_string(), &said.reason))
        }
        Event::LossReported(said) => {
            Some(other("case", said.case.to_string(), &said.circumstances))
        }
        Event::DiscrepancyReported(said) => Some(other("case", said.case.to_string(), "")),
        Event::CaseChanged(said) => Some(other("case", said.case.to_string(), &said.account)),
        Event::Captured(_) | Event::DeclaredWrong(_) => told.captured()?.map(|event| SearchHit {
            kind: "event".to_owned(),
            id: event
                .id
                .as_ref()
                .map_or_else(|| made_id(&event).to_string(), ToString::to_string),
            objects: super::named(&event)
                .map(ToString::to_string)
                .take(OBJECTS_MAX)
                .collect(),
            biz_step: event.biz_step.as_ref().map(|step| step.word().to_owned()),
            place: event.biz_location.as_ref().map(ToString::to_string),
            text: None,
            recorded,
        }),
    })
}
