//! Handovers and cases: one by its id, or page by page, the newest first.

use super::{
    super::{
        about::all_shown,
        projection::{CASE, HANDOVER},
        types::{
            Case, CaseId, CaseState, Discrepancy, DiscrepancyReported, Event, Handover, HandoverId,
            HandoverState, LossReported, Portion,
        },
    },
    PAGE_MAX, Recorded, Told, time_text,
};
use crate::domain::{name_of, page};
use convoy_readmodel::{
    Cursor, Order, Position, Result, Snapshot, StoredEvent,
    value::{Row, Value, damaged, decoded},
};
use convoy_types::MemberId;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use utoipa::ToSchema;

/// An amount in a handover or a loss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PortionView {
    /// The class or lot.
    pub class: String,
    /// How much: a decimal number and a unit (UN/ECE Recommendation 20).
    pub quantity: String,
    /// The container it is in; absent where it is loose.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub container: Option<String>,
}

/// Something that was not as offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiscrepancyView {
    /// `short`, `over`, `damaged` or `wrong`.
    pub kind: String,
    /// The object.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub object: Option<String>,
    /// Or the amount.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub portion: Option<PortionView>,
    /// Whether it was taken over all the same.
    pub taken: bool,
    /// What there is to say about it.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub note: String,
}

/// A handover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HandoverView {
    /// Its id.
    pub handover: String,
    /// `open`, `accepted`, `partly_accepted`, `refused`, `withdrawn` or `expired`.
    pub state: String,
    /// Who offers.
    pub from: String,
    /// Who shall take over.
    pub to: String,
    /// `custody`, `ownership` or `both`.
    pub conveys: String,
    /// The objects named; what is packed in them goes with them.
    pub objects: Vec<String>,
    /// Loose amounts.
    pub portions: Vec<PortionView>,
    /// Where it shall happen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<String>,
    /// The terms.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub terms: String,
    /// It cannot be accepted from this time on (ISO 8601).
    pub expires: String,
    /// The offer.
    pub offered: Recorded,
    /// What ended it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended: Option<Recorded>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub reason: String,
    /// What was not as offered.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub discrepancies: Vec<DiscrepancyView>,
    /// The case that opened for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub case: Option<String>,
    /// The handover the other way round that it takes back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub returns: Option<String>,
    /// The handovers by which it was taken back, where one handover is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub returned_by: Vec<String>,
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaseView {
    /// Its id.
    pub case: String,
    /// `loss` or `discrepancy`.
    pub kind: String,
    /// `open`, `escalated`, `found`, `written_off`, `upheld` or `unfounded`.
    pub state: String,
    /// The member that reported the loss and investigates, or that named the discrepancy.
    pub member: String,
    /// The member that offered what is not as offered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub other: Option<String>,
    /// The handover whose discrepancy it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub handover: Option<String>,
    /// What was not as offered.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub discrepancies: Vec<DiscrepancyView>,
    /// The objects reported.
    pub objects: Vec<String>,
    /// The amounts reported.
    pub portions: Vec<PortionView>,
    /// Objects still missing.
    pub missing: u32,
    /// It has to be closed by this time (ISO 8601).
    pub due: String,
    /// What is known of it, of a loss.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub circumstances: String,
    /// What was found out, when it was closed.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub account: String,
    /// The report.
    pub opened: Recorded,
    /// What changed it last, after the report.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub changed: Option<Recorded>,
}

/// Which handovers are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandoverQuery {
    /// In this state.
    pub state: Option<HandoverState>,
    /// Offered by or to this member.
    pub member: Option<MemberId>,
    /// How many, 1 to [`PAGE_MAX`].
    pub limit: usize,
    /// Offered before this place.
    pub before: Option<Cursor>,
}

/// Which cases are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseQuery {
    /// In this state; [`CaseState::Open`] includes escalated cases.
    pub state: Option<CaseState>,
    /// Of this member.
    pub member: Option<MemberId>,
    /// How many, 1 to [`PAGE_MAX`].
    pub limit: usize,
    /// Opened before this place.
    pub before: Option<Cursor>,
}

/// A page of handovers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HandoverPage {
    /// The newest first.
    pub handovers: Vec<HandoverView>,
    /// Ask again with this cursor for older ones.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub next: Option<Cursor>,
}

/// A page of cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CasePage {
    /// The newest first.
    pub cases: Vec<CaseView>,
    /// Ask again with this cursor for older ones.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(value_type = Option<String>)]
    pub next: Option<Cursor>,
}

/// What the feed tells of a handover or a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// `handover` or `case`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its state from now on.
    pub state: String,
    /// Who offers, or who investigates.
    pub member: String,
    /// To whom it is offered, or who offered what is not as offered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<String>,
}

/// What an event tells of a handover or a case; `None` for any other event.
///
/// # Errors
/// When the event is unreadable: a damaged read model.
pub fn notice(event: &StoredEvent) -> Result<Option<Notice>> {
    if &*event.module != super::NAME {
        return Ok(None);
    }
    let handover = |id: &HandoverId, state: HandoverState, from: &MemberId, to: &MemberId| Notice {
        kind: "handover".to_owned(),
        id: id.to_string(),
        state: state.to_string(),
        member: from.to_string(),
        to: Some(to.to_string()),
    };
    let case = |id: &CaseId, now: &Case| Notice {
        kind: "case".to_owned(),
        id: id.to_string(),
        state: now.state.to_string(),
        member: now.member.to_string(),
        to: now.other.as_ref().map(ToString::to_string),
    };
    Ok(match decoded::<Event>(&event.body)? {
        Event::Captured(_) | Event::DeclaredWrong(_) => None,
        Event::Offered(said) => Some(handover(
            &said.handover,
            said.now.state,
            &said.now.from,
            &said.now.to,
        )),
        Event::HandoverEnded(said) => {
            Some(handover(&said.handover, said.state, &said.from, &said.to))
        }
        Event::LossReported(said) => Some(case(&said.case, &said.now)),
        Event::DiscrepancyReported(said) => Some(case(&said.case, &said.now)),
        Event::CaseChanged(said) => Some(case(&said.case, &said.now)),
    })
}

/// One handover.
///
/// It is shown whole or not at all.
pub fn handover(snapshot: &Snapshot<'_>, id: HandoverId) -> Result<Option<HandoverView>> {
    let mut view = None;
    if !snapshot.shows(&name_of::<Handover>(&id.0))? || !all_shown(snapshot, HANDOVER, &id.0)? {
        return Ok(None);
    }
    snapshot.postings(HANDOVER, &id.0, None, Order::OldestFirst, &mut |position| {
        let Some(told) = Told::at(snapshot, position)? else {
            return Ok(ControlFlow::Continue(()));
        };
        match (&told.said, &mut view) {
            (Event::Offered(said), _) if said.handover == id => {
                view = Some(offered(snapshot, &told)?)
            }
            (Event::Offered(said), Some(view)) if said.now.returns == Some(id) => {
                view.returned_by.push(said.handover.to_string());
            }
            (Event::HandoverEnded(said), Some(view)) if said.handover == id => {
                end(snapshot, view, &told)?;
            }
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(view)
}

/// Handovers, the newest first.
///
/// # Errors
/// When the cursor is none of ours or the read model is damaged.
pub fn handovers(snapshot: &Snapshot<'_>, query: &HandoverQuery) -> Result<HandoverPage> {
    let limit = query.limit.clamp(1, PAGE_MAX);
    let Some((member, before)) = bounds(snapshot, query.member.as_ref(), query.before)? else {
        return Ok(HandoverPage {
            handovers: Vec::new(),
            next: None,
        });
    };
    let from = match query.state {
        Some(HandoverState::Open) => {
            "custody_open o JOIN custody_handover h ON h.position = o.position"
        }
        _ => "custody_handover h",
    };
    let sql = format!(
        "SELECT h.position, h.ended FROM {from} WHERE h.position >= ?1 AND h.position < ?2 \
         AND (?3 IS NULL OR h.sender = ?3 OR h.receiver = ?3) AND (?4 IS NULL OR h.state = ?4) \
         ORDER BY h.position DESC LIMIT ?5"
    );
    let state: Value<'_> = query.state.map(|state| i64::from(state.number())).into();
    let fetch = |before: &i64, most: usize| {
        let values = [
            Position::span(snapshot.compartment()).0.into(),
            (*before).into(),
            member,
            state,
            (most as i64).into(),
        ];
        snapshot.rows(&sql, &values, |row| {
            let position = row.integer(0)?;
            Ok((position, (position, optional(row, 1)?)))
        })
    };
    let show = |(position, ended): (i64, Option<i64>)| {
        let Some(told) = told_in_sight(snapshot, position)? else {
            return Ok(None);
        };
        let mut view = offered(snapshot, &told)?;
        if let Some(ended) = ended {
            let Some(told) = told_in_sight(snapshot, ended)? else {
                return Ok(None);
            };
            end(snapshot, &mut view, &told)?;
        }
        Ok(Some(view))
    };
    let (handovers, next) = page(limit, before, fetch, show)?;
    let next = next.map(cursor);
    Ok(HandoverPage { handovers, next })
}

/// One case.
///
/// It is shown whole or not at all.
pub fn case(snapshot: &Snapshot<'_>, id: CaseId) -> Result<Option<CaseView>> {
    let mut view = None;
    if !snapshot.shows(&name_of::<Case>(&id.0))? || !all_shown(snapshot, CASE, &id.0)? {
        return Ok(None);
    }
    snapshot.postings(CASE, &id.0, None, Order::OldestFirst, &mut |position| {
        let Some(told) = Told::at(snapshot, position)? else {
            return Ok(ControlFlow::Continue(()));
        };
        match (&told.said, &mut view) {
            (Event::LossReported(LossReported { case, .. }), _)
            | (Event::DiscrepancyReported(DiscrepancyReported { case, .. }), _)
                if *case == id =>
            {
                view = Some(reported(snapshot, &told)?)
            }
            (Event::CaseChanged(said), Some(view)) if said.case == id => {
                change(snapshot, view, &told)?
            }
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(view)
}

/// Cases, the newest first.
///
/// # Errors
/// When the cursor is none of ours or the read model is damaged.
pub fn cases(snapshot: &Snapshot<'_>, query: &CaseQuery) -> Result<CasePage> {
    let limit = query.limit.clamp(1, PAGE_MAX);
    let Some((member, before)) = bounds(snapshot, query.member.as_ref(), query.before)? else {
        return Ok(CasePage {
            cases: Vec::new(),
            next: None,
        });
    };
    let (low, high) = match query.state {
        None => (0, 255),
        Some(CaseState::Open) => (CaseState::Open.number(), CaseState::Escalated.number()),
        Some(state) => (state.number(), state.number()),
    };
    let sql = "SELECT opened, changed FROM custody_case WHERE compartment = ?1 \
               AND state >= ?2 AND state <= ?3 AND (?4 IS NULL OR member = ?4) AND opened < ?5 \
               ORDER BY opened DESC LIMIT ?6";
    let fetch = |before: &i64, most: usize| {
        let values = [
            snapshot.compartment().into(),
            i64::from(low).into(),
            i64::from(high).into(),
            member,
            (*before).into(),
            (most as i64).into(),
        ];
        snapshot.rows(sql, &values, |row| {
            let opened = row.integer(0)?;
            Ok((opened, (opened, row.integer(1)?)))
        })
    };
    let show = |(opened, changed): (i64, i64)| {
        let Some(told) = told_in_sight(snapshot, opened)? else {
            return Ok(None);
        };
        let mut view = reported(snapshot, &told)?;
        if changed != opened {
            let Some(told) = told_in_sight(snapshot, changed)? else {
                return Ok(None);
            };
            change(snapshot, &mut view, &told)?;
        }
        Ok(Some(view))
    };
    let (cases, next) = page(limit, before, fetch, show)?;
    let next = next.map(cursor);
    Ok(CasePage { cases, next })
}

/// The member's word and the position to stay before; `None` when the member never occurred.
fn bounds(
    snapshot: &Snapshot<'_>,
    member: Option<&MemberId>,
    before: Option<Cursor>,
) -> Result<Option<(Value<'static>, i64)>> {
    let member = match member {
        None => Value::Null,
        Some(member) => match snapshot.word_id(member.as_str())? {
            None => return Ok(None),
            Some(word) => Value::Integer(word),
        },
    };
    let (_, end) = Position::span(snapshot.compartment());
    let before = before.map(|cursor| snapshot.position(cursor)).transpose()?;
    Ok(Some((member, before.map_or(end, Position::raw))))
}

fn optional(row: &dyn Row, column: usize) -> Result<Option<i64>> {
    Ok(if row.is_null(column)? {
        None
    } else {
        Some(row.integer(column)?)
    })
}

fn cursor(raw: i64) -> Cursor {
    let position = Position::from_raw(raw);
    Cursor {
        height: position.height(),
        index: position.ordinal(),
    }
}

/// The event that a row points to; `None` where it is kept from the reader.
fn told_in_sight(snapshot: &Snapshot<'_>, raw: i64) -> Result<Option<Told>> {
    let position = Position::from_raw(raw);
    if !snapshot.shows_event(position)? {
        return Ok(None);
    }
    let told = Told::at(snapshot, position)?;
    let other = || damaged("a row points to another module's event".to_owned());
    told.map(Some).ok_or_else(other)
}

fn mismatch() -> convoy_readmodel::ReadModelError {
    damaged("a row points to an event of another kind".to_owned())
}

fn offered(snapshot: &Snapshot<'_>, told: &Told) -> Result<HandoverView> {
    let Event::Offered(said) = &told.said else {
        return Err(mismatch());
    };
    Ok(HandoverView {
        handover: said.handover.to_string(),
        state: said.now.state.to_string(),
        from: said.now.from.to_string(),
        to: said.now.to.to_string(),
        conveys: said.now.conveys.to_string(),
        objects: said.now.objects.iter().map(ToString::to_string).collect(),
        portions: said.portions.iter().map(portion).collect(),
        place: said.now.place.as_ref().map(ToString::to_string),
        terms: said.now.terms.clone(),
        expires: time_text(i64::try_from(said.now.expires_ms).unwrap_or(i64::MAX)),
        offered: told.recorded(snapshot)?,
        ended: None,
        reason: String::new(),
        discrepancies: Vec::new(),
        case: None,
        returns: said.now.returns.map(|id| id.to_string()),
        returned_by: Vec::new(),
    })
}

fn end(snapshot: &Snapshot<'_>, view: &mut HandoverView, told: &Told) -> Result<()> {
    let Event::HandoverEnded(said) = &told.said else {
        return Err(mismatch());
    };
    view.state = said.state.to_string();
    view.reason.clone_from(&said.reason);
    view.discrepancies = said.discrepancies.iter().map(discrepancy).collect();
    view.case = said.case.map(|id| id.to_string());
    view.ended = Some(told.recorded(snapshot)?);
    Ok(())
}

fn reported(snapshot: &Snapshot<'_>, told: &Told) -> Result<CaseView> {
    let opened = told.recorded(snapshot)?;
    Ok(match &told.said {
        Event::LossReported(said) => CaseView {
            portions: said.portions.iter().map(portion).collect(),
            circumstances: said.circumstances.clone(),
            ..case_view(said.case, &said.now, opened)
        },
        Event::DiscrepancyReported(said) => CaseView {
            discrepancies: said.discrepancies.iter().map(discrepancy).collect(),
            ..case_view(said.case, &said.now, opened)
        },
        _ => return Err(mismatch()),
    })
}

fn case_view(id: CaseId, now: &Case, opened: Recorded) -> CaseView {
    CaseView {
        case: id.to_string(),
        kind: now.kind.to_string(),
        state: now.state.to_string(),
        member: now.member.to_string(),
        other: now.other.as_ref().map(ToString::to_string),
        handover: now.handover.map(|id| id.to_string()),
        discrepancies: Vec::new(),
        objects: now.objects.iter().map(ToString::to_string).collect(),
        portions: Vec::new(),
        missing: now.missing,
        due: time_text(i64::try_from(now.due_ms).unwrap_or(i64::MAX)),
        circumstances: String::new(),
        account: String::new(),
        opened,
        changed: None,
    }
}

pub(super) fn discrepancy(one: &Discrepancy) -> DiscrepancyView {
    DiscrepancyView {
        kind: one.kind.to_string(),
        object: one.object.as_ref().map(ToString::to_string),
        portion: one.portion.as_ref().map(portion),
        taken: one.taken,
        note: one.note.clone(),
    }
}

fn change(snapshot: &Snapshot<'_>, view: &mut CaseView, told: &Told) -> Result<()> {
    let Event::CaseChanged(said) = &told.said else {
        return Err(mismatch());
    };
    view.state = said.now.state.to_string();
    view.missing = said.now.missing;
    view.account.clone_from(&said.account);
    view.changed = Some(told.recorded(snapshot)?);
    Ok(())
}

fn portion(portion: &Portion) -> PortionView {
    PortionView {
        class: portion.class.to_string(),
        quantity: portion.quantity.to_string(),
        container: portion.container.as_ref().map(ToString::to_string),
    }
}
