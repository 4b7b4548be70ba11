//! What custody says happened, as JSON for the feed and for previews.
//!
//! The ledger stores events as compact arrays; here they get names.

use super::types::{Case, Changes, Event, Handover};
use crate::domain::Told;
use serde_json::{Value, json};

/// The event as it is shown: `handover`, `case` or `goods` on the feed.
pub(super) fn tell(event: &Event) -> Told {
    let kind = match event {
        Event::Offered(_) | Event::HandoverEnded(_) => "handover",
        Event::LossReported(_) | Event::DiscrepancyReported(_) | Event::CaseChanged(_) => "case",
        Event::Captured(_) | Event::DeclaredWrong(_) => "goods",
    };
    Told {
        kind,
        event: shown(event),
    }
}

fn shown(event: &Event) -> Value {
    match event {
        Event::Captured(said) => json!({ "captured": {
            "event": said.event, "action": said.action, "member": said.member, "standing": said.standing,
            "event_type": said.kind.name(), "passed": said.passed, "event_time_ms": said.event_time_ms, "goods": goods(&said.changes),
        }}),
        Event::DeclaredWrong(said) => json!({ "declared_wrong": {
            "event": said.event, "action": said.action, "member": said.member, "standing": said.standing,
            "event_time_ms": said.event_time_ms, "corrective": said.corrective, "goods": goods(&said.changes),
        }}),
        Event::Offered(said) => json!({ "offered": {
            "handover": said.handover, "event_time_ms": said.event_time_ms, "now": handover(&said.now),
            "portions": said.portions, "goods": goods(&said.changes),
        }}),
        Event::HandoverEnded(said) => json!({ "handover_ended": {
            "handover": said.handover, "event_time_ms": said.event_time_ms, "state": said.state, "from": said.from, "to": said.to,
            "reason": said.reason, "discrepancies": said.discrepancies, "case": said.case, "goods": goods(&said.changes),
        }}),
        Event::LossReported(said) => json!({ "loss_reported": {
            "case": said.case, "event_time_ms": said.event_time_ms, "now": case(&said.now), "portions": said.portions,
            "circumstances": said.circumstances, "goods": goods(&said.changes),
        }}),
        Event::DiscrepancyReported(said) => json!({ "discrepancy_reported": {
            "case": said.case, "event_time_ms": said.event_time_ms, "now": case(&said.now), "discrepancies": said.discrepancies,
        }}),
        Event::CaseChanged(said) => json!({ "case_changed": {
            "case": said.case, "event_time_ms": said.event_time_ms, "now": case(&said.now), "account": said.account,
            "goods": goods(&said.changes),
        }}),
    }
}

fn goods(changes: &Changes) -> Value {
    let objects = changes.objects.iter().map(|group| {
        let now = &group.now;
        json!({
            "objects": group.objects, "owner": now.owner, "custodian": now.custodian, "life": now.life, "parent": now.parent, "bond": now.bond,
            "place": now.place, "disposition": now.disposition, "biz_step": now.biz_step, "event_time_ms": now.time_ms,
        })
    });
    let holdings = changes.holdings.iter().map(|holding| {
        let now = holding.now.as_ref();
        json!({
            "class": holding.class, "holder": holding.holder, "quantity": now.map(|now| &now.quantity), "owner": now.map(|now| &now.owner),
            "place": now.and_then(|now| now.place.as_ref()), "disposition": now.and_then(|now| now.disposition.as_ref()),
        })
    });
    json!({ "objects": objects.collect::<Vec<_>>(), "holdings": holdings.collect::<Vec<_>>() })
}

fn handover(now: &Handover) -> Value {
    json!({
        "state": now.state, "from": now.from, "to": now.to, "conveys": now.conveys, "objects": now.objects, "classes": now.classes,
        "place": now.place, "terms": now.terms, "expires_ms": now.expires_ms,
        "returns": now.returns,
    })
}

fn case(now: &Case) -> Value {
    json!({
        "kind": now.kind, "state": now.state, "member": now.member, "other": now.other, "handover": now.handover,
        "objects": now.objects, "classes": now.classes, "missing": now.missing, "due_ms": now.due_ms,
    })
}
