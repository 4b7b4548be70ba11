//! Where an object is, who answers for it, and how it came there.

use super::{
    super::types::{CaseState, Event, EventRef, EventStanding, HandoverState, Hold, ObjectNow},
    ContentView, CorrectionView, Corrections, DiscrepancyView, Recorded, RelationView, Told,
    contents, latest, lists, relation, time_text, told_about,
};
use convoy_readmodel::{Position, Result, Snapshot};
use convoy_types::{epcis, identifiers::Epc, limits::AGGREGATION_DEPTH_MAX};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Entries of a history in one answer, at most; the newest by claimed time are kept.
const HISTORY_ENTRIES_MAX: usize = 5_000;

/// Everything about one object, or about one class or lot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TraceView {
    /// Its canonical identifier.
    pub object: String,
    /// Its EPC URN, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub urn: Option<String>,
    /// How it is now; absent for a class or lot.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub now: Option<ObjectView>,
    /// Amounts of a class or lot, by holder.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub amounts: Vec<ContentView>,
    /// What happened to it, oldest claimed time first.
    pub history: Vec<HistoryEntry>,
    /// Whether older entries were left out.
    pub truncated: bool,
    /// Whether entries were left out that this reader may not see, but may know of.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub withheld: bool,
    /// What is packed in it now, directly and deeper.
    pub contents: Vec<ContentView>,
}

/// How an object is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObjectView {
    /// `active`, `missing`, `ended` or `void`.
    pub life: String,
    /// The accountable owner.
    pub owner: String,
    /// Who has it in custody; of what is packed, the outermost container's custodian.
    pub custodian: String,
    /// Where it is; of what is packed, the outermost container's place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<String>,
    /// Its condition.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub disposition: Option<String>,
    /// The last step of the business process.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub biz_step: Option<String>,
    /// What it is packed in or fitted to, or the place that it is fixed at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<String>,
    /// How it is tied to `parent`: `packed` in it, `fitted` to it as a part, or `fixed` at that place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bond: Option<String>,
    /// Everything it is packed in or fitted to, the outermost last.
    pub packed_in: Vec<String>,
    /// Why it may not be touched.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hold: Option<HoldView>,
    /// `commissioned`, or `taken_up` where it existed before the ledger.
    pub origin: String,
    /// Claimed time of its newest event (ISO 8601).
    pub event_time: String,
    /// Height of the block that told of it last.
    pub changed_height: u64,
}

/// An open offer or case that holds an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HoldView {
    /// `offered` or `missing`.
    pub reason: String,
    /// The handover or the case.
    pub id: String,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoryEntry {
    /// `captured`, `declared_wrong`, `handover_offered`, `handover_accepted`, `handover_partly_accepted`,
    /// `handover_refused`, `handover_withdrawn`, `handover_expired`, `loss_reported`, `discrepancy_reported`,
    /// `case_open`, `case_escalated`, `case_found`, `case_written_off`, `case_upheld` or `case_unfounded`.
    pub what: String,
    /// When and by whom.
    #[serde(flatten)]
    pub recorded: Recorded,
    /// The container that it happened to, while the object was packed in it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub via: Option<String>,
    /// Type of the EPCIS event.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub event_type: Option<String>,
    /// `ADD`, `OBSERVE` or `DELETE`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub action: Option<String>,
    /// Step of the business process (CBV).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub biz_step: Option<String>,
    /// Condition from then on (CBV).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub disposition: Option<String>,
    /// Where it was observed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub read_point: Option<String>,
    /// Where it was from then on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<String>,
    /// The container that the event names.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<String>,
    /// Name of the EPCIS event, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub event_id: Option<String>,
    /// `stands`, `void` (declared wrong) or `awaited`, of a captured event or a declaration.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub standing: Option<String>,
    /// What corrected it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub corrected_by: Option<CorrectionView>,
    /// Whether newer facts had settled the object's life and parent already, so that it is history only.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub passed: bool,
    /// What the event tells of this object: `fitted to`, `taken off`, `fixed at`, `used in`, `made from`,
    /// `tied to` or `untied from`, with the asset, the place, what was made or used, or the documents.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub relation: Option<RelationView>,
    /// What is not as offered, of this object.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub discrepancies: Vec<DiscrepancyView>,
    /// The handover.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub handover: Option<String>,
    /// Who offered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<String>,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<String>,
    /// The case.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub case: Option<String>,
    /// Terms, reason, circumstances or account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
    /// The accountable owner after it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// The custodian after it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub custodian: Option<String>,
}

/// Everything about `object`; `None` when the ledger never heard of it.
///
/// # Errors
/// When the read model is damaged.
pub fn trace(snapshot: &Snapshot<'_>, object: &Epc) -> Result<Option<TraceView>> {
    let (own, older) = told_about(snapshot, object)?;
    if own.is_empty() {
        return Ok(None);
    }
    let latest = own
        .iter()
        .rev()
        .find_map(|told| Some((told.now(object)?, told.position)));
    let now = match latest {
        Some((now, position)) => Some(object_view(snapshot, now, position)?),
        None => None,
    };
    let contents = contents::contents_told(snapshot, object, &own)?;
    let mut gathered = Gathered::default();
    gathered.seen.extend(own.iter().map(|told| told.position));
    gathered.inherit(snapshot, object, &own, (i64::MIN, i64::MAX), 0)?;
    gathered
        .events
        .extend(own.into_iter().map(|told| (told, None)));
    let (history, cut) = gathered.entries(snapshot, object)?;
    Ok(Some(TraceView {
        object: object.to_string(),
        urn: object.urn(),
        now,
        amounts: contents::amounts_of_class(snapshot, object)?,
        history,
        truncated: older || cut,
        withheld: snapshot.withholds(super::OBJECT, object.key().as_bytes())?,
        contents,
    }))
}

/// An object's present; place and custodian are those of its outermost container.
fn object_view(snapshot: &Snapshot<'_>, now: &ObjectNow, position: Position) -> Result<ObjectView> {
    let (mut outermost, mut packed_in) = (now.clone(), Vec::new());
    while let Some(parent) = outermost
        .container()
        .cloned()
        .filter(|_| packed_in.len() < AGGREGATION_DEPTH_MAX)
    {
        packed_in.push(parent.to_string());
        match latest(snapshot, &parent)? {
            Some((container, _)) => outermost = container,
            None => break,
        }
    }
    Ok(ObjectView {
        life: now.life.to_string(),
        owner: now.owner.to_string(),
        custodian: outermost.custodian.to_string(),
        place: outermost.place.map(|place| place.to_string()),
        disposition: now.disposition.as_ref().map(|term| term.word().to_owned()),
        biz_step: now.biz_step.as_ref().map(|term| term.word().to_owned()),
        parent: now.parent.as_ref().map(ToString::to_string),
        bond: now.parent.as_ref().map(|_| now.bond.to_string()),
        packed_in,
        hold: now.hold.map(|hold| match hold {
            Hold::Offered(id) => HoldView {
                reason: "offered".to_owned(),
                id: id.to_string(),
            },
            Hold::Missing(id) => HoldView {
                reason: "missing".to_owned(),
                id: id.to_string(),
            },
        }),
        origin: now.origin.to_string(),
        event_time: time_text(now.time_ms),
        changed_height: position.height(),
    })
}

/// From then on packed in a container or fitted to an asset, or loose.
struct Move {
    time_ms: i64,
    parent: Option<Epc>,
    /// The captured event that did it.
    by: Option<EventRef>,
}

/// When `object` went into and out of containers, by claimed time; what was declared wrong is left out.
fn moves(object: &Epc, own: &[Told]) -> Vec<Move> {
    let mut all: Vec<Move> = Vec::new();
    let mut parent: Option<Epc> = None;
    for told in own {
        if let Event::DeclaredWrong(declared) = &told.said {
            all.retain(|step| step.by != Some(declared.event));
            parent = all.last().and_then(|step| step.parent.clone());
        }
        let Some(now) = told.now(object) else {
            continue;
        };
        if now.container() == parent.as_ref() {
            continue;
        }
        parent = now.container().cloned();
        all.push(Move {
            time_ms: told.said.event_time_ms(),
            parent: parent.clone(),
            by: match &told.said {
                Event::Captured(captured) => Some(captured.event),
                _ => None,
            },
        });
    }
    all.sort_by_key(|step| step.time_ms);
    all
}

/// Events of an object and of its containers.
#[derive(Default)]
struct Gathered {
    events: Vec<(Told, Option<Epc>)>,
    seen: BTreeSet<Position>,
    cut: bool,
}

impl Gathered {
    /// Adds what happened to containers while `object` was in them, within a window of claimed time.
    fn inherit(
        &mut self,
        snapshot: &Snapshot<'_>,
        object: &Epc,
        own: &[Told],
        (from, to): (i64, i64),
        depth: usize,
    ) -> Result<()> {
        if depth == AGGREGATION_DEPTH_MAX {
            return Ok(());
        }
        let steps = moves(object, own);
        let mut stays: BTreeMap<Epc, Vec<(i64, i64)>> = BTreeMap::new();
        for (at, step) in steps.iter().enumerate() {
            let end = steps.get(at + 1).map_or(i64::MAX, |next| next.time_ms);
            let stay = (step.time_ms.max(from), end.min(to));
            if let Some(container) = &step.parent
                && stay.0 < stay.1
            {
                stays.entry(container.clone()).or_default().push(stay);
            }
        }
        for (container, stays) in stays {
            let (told, older) = told_about(snapshot, &container)?;
            self.cut |= older;
            for stay in &stays {
                self.inherit(snapshot, &container, &told, *stay, depth + 1)?;
            }
            let within = |told: &Told| {
                let time = told.said.event_time_ms();
                stays.iter().any(|(from, to)| (*from..*to).contains(&time))
            };
            for told in told {
                if within(&told)
                    && happened_to(&told, &container)?
                    && self.seen.insert(told.position)
                {
                    self.events.push((told, Some(container.clone())));
                }
            }
        }
        Ok(())
    }

    /// The entries by claimed time, and whether some were left out.
    fn entries(
        mut self,
        snapshot: &Snapshot<'_>,
        object: &Epc,
    ) -> Result<(Vec<HistoryEntry>, bool)> {
        self.events
            .sort_by_key(|(told, _)| (told.said.event_time_ms(), told.position));
        let extra = self.events.len().saturating_sub(HISTORY_ENTRIES_MAX);
        let places: Vec<_> = self
            .events
            .iter()
            .map(|(told, _)| (told.position, told.statement))
            .collect();
        snapshot.read_ahead(&places)?;
        let mut corrections = Corrections::new(snapshot)?;
        let kept = self.events.drain(extra..);
        let entries: Result<Vec<HistoryEntry>> = kept
            .map(|(told, via)| entry(snapshot, &mut corrections, &told, via.as_ref(), object))
            .collect();
        Ok((entries?, self.cut || extra > 0))
    }
}

/// Whether it happened to the container itself, not only to what is packed in it.
fn happened_to(told: &Told, container: &Epc) -> Result<bool> {
    if let Some(event) = told.captured()? {
        return Ok(event.epcs.contains(container));
    }
    Ok(told.now(container).is_some())
}

fn entry(
    snapshot: &Snapshot<'_>,
    corrections: &mut Corrections<'_, '_>,
    told: &Told,
    via: Option<&Epc>,
    object: &Epc,
) -> Result<HistoryEntry> {
    let mut entry = HistoryEntry {
        what: what(&told.said).to_owned(),
        recorded: told.recorded(snapshot)?,
        via: via.map(ToString::to_string),
        event_type: None,
        action: None,
        biz_step: None,
        disposition: None,
        read_point: None,
        place: None,
        parent: None,
        event_id: None,
        standing: None,
        corrected_by: None,
        passed: false,
        relation: None,
        discrepancies: Vec::new(),
        handover: None,
        from: None,
        to: None,
        case: None,
        note: None,
        owner: None,
        custodian: None,
    };
    if let Some(now) = told.now(via.unwrap_or(object)) {
        entry.owner = Some(now.owner.to_string());
        entry.custodian = Some(now.custodian.to_string());
        if matches!(told.said, Event::Captured(_)) {
            // Told by the event itself below, where it is at hand.
            entry.place = now.place.as_ref().map(ToString::to_string);
            entry.biz_step = now.biz_step.as_ref().map(|term| term.word().to_owned());
            entry.disposition = now.disposition.as_ref().map(|term| term.word().to_owned());
            entry.parent = now.parent.as_ref().map(ToString::to_string);
        }
    }
    if let Some(event) = told.captured()? {
        fill_captured(&mut entry, &event);
        entry.relation = relation::of(&event, via.unwrap_or(object));
    }
    fill_said(&mut entry, corrections, &told.said, object)?;
    Ok(entry)
}

fn fill_captured(entry: &mut HistoryEntry, event: &epcis::Event) {
    entry.event_type = Some(event.kind.to_string());
    entry.action = event.action.map(|action| action.to_string());
    entry.biz_step = event.biz_step.as_ref().map(|term| term.word().to_owned());
    entry.disposition = event
        .disposition
        .as_ref()
        .map(|term| term.word().to_owned());
    entry.read_point = event.read_point.as_ref().map(ToString::to_string);
    entry.place = event.biz_location.as_ref().map(ToString::to_string);
    entry.parent = event.parent.as_ref().map(ToString::to_string);
    entry.event_id = event.id.as_ref().map(ToString::to_string);
}

fn fill_said(
    entry: &mut HistoryEntry,
    corrections: &mut Corrections<'_, '_>,
    said: &Event,
    object: &Epc,
) -> Result<()> {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    match said {
        Event::Captured(captured) => {
            let correction = corrections.of(captured.event)?;
            let standing = if correction.is_some() {
                EventStanding::Void
            } else {
                captured.standing
            };
            entry.passed = captured.passed.contains(object);
            entry.standing = Some(standing.to_string());
            entry.corrected_by = correction.map(|correction| (*correction).clone());
        }
        Event::DeclaredWrong(declared) => entry.standing = Some(declared.standing.to_string()),
        Event::Offered(offered) => {
            entry.handover = Some(offered.handover.to_string());
            entry.from = Some(offered.now.from.to_string());
            entry.to = Some(offered.now.to.to_string());
            entry.place = offered.now.place.as_ref().map(ToString::to_string);
            entry.note = text(&offered.now.terms);
        }
        Event::HandoverEnded(ended) => {
            entry.handover = Some(ended.handover.to_string());
            entry.from = Some(ended.from.to_string());
            entry.to = Some(ended.to.to_string());
            entry.note = text(&ended.reason);
            entry.case = ended.case.map(|case| case.to_string());
        }
        Event::LossReported(reported) => {
            entry.case = Some(reported.case.to_string());
            entry.note = text(&reported.circumstances);
        }
        Event::DiscrepancyReported(reported) => {
            entry.case = Some(reported.case.to_string());
            entry.handover = reported.now.handover.map(|handover| handover.to_string());
            let about = reported.discrepancies.iter();
            let about = about.filter(|one| one.names(object));
            entry.discrepancies = about.map(lists::discrepancy).collect();
        }
        Event::CaseChanged(changed) => {
            entry.case = Some(changed.case.to_string());
            entry.note = text(&changed.account);
        }
    }
    Ok(())
}

fn what(said: &Event) -> &'static str {
    match said {
        Event::Captured(_) => "captured",
        Event::DeclaredWrong(_) => "declared_wrong",
        Event::Offered(_) => "handover_offered",
        Event::HandoverEnded(ended) => match ended.state {
            HandoverState::Open => "handover_offered",
            HandoverState::Accepted => "handover_accepted",
            HandoverState::Refused => "handover_refused",
            HandoverState::Withdrawn => "handover_withdrawn",
            HandoverState::Expired => "handover_expired",
            HandoverState::Partly => "handover_partly_accepted",
        },
        Event::LossReported(_) => "loss_reported",
        Event::DiscrepancyReported(_) => "discrepancy_reported",
        Event::CaseChanged(changed) => match changed.now.state {
            CaseState::Open => "case_open",
            CaseState::Escalated => "case_escalated",
            CaseState::Found => "case_found",
            CaseState::WrittenOff => "case_written_off",
            CaseState::Upheld => "case_upheld",
            CaseState::Unfounded => "case_unfounded",
        },
    }
}
