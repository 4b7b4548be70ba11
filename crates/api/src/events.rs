//! What modules said happened, as JSON for the feed and for dry runs.
//!
//! The ledger stores events as compact arrays; here they get names. An event of a module or version that this program does not know is shown by
//! its bytes, never left out.

use convoy_modules::{
    custody::{
        self,
        types::{Case, Changes, Event, Handover},
    },
    membership,
};
use convoy_types::cbor;
use serde_json::{Value, json};

/// The feed's name for an event: `handover`, `case`, `goods`, `member`, or `event` for what is not known here.
pub fn kind(module: &str, event: &Value) -> &'static str {
    let name = event
        .as_object()
        .and_then(|map| map.keys().next())
        .map_or("", String::as_str);
    match (module, name) {
        (custody::NAME, "offered" | "handover_ended") => "handover",
        (custody::NAME, "loss_reported" | "case_changed") => "case",
        (custody::NAME, "captured" | "declared_wrong") => "goods",
        (membership::NAME, "member" | "unit" | "signer" | "key") => "member",
        _ => "event",
    }
}

/// An event as `{name: {fields}}`.
pub fn to_json(module: &str, body: &[u8]) -> Value {
    let known = match module {
        custody::NAME => cbor::from_slice(body)
            .ok()
            .map(|event| custody_event(&event)),
        membership::NAME => cbor::from_slice::<membership::types::Event>(body)
            .ok()
            .and_then(|event| membership_event(&event)),
        _ => None,
    };
    known.unwrap_or_else(|| json!({ "unknown": { "cbor": hex::encode(body) } }))
}

fn custody_event(event: &Event) -> Value {
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
        "kind": now.kind, "state": now.state, "member": now.member, "other": now.other, "handover": now.handover, "objects": now.objects, "classes": now.classes, "missing": now.missing, "due_ms": now.due_ms,
    })
}

/// Members' events name who changed; how they are now is read under `/v1/members` and `/v1/signers`.
fn membership_event(event: &membership::types::Event) -> Option<Value> {
    use membership::types::Event as Said;
    Some(match event {
        Said::Member { member, now } => {
            json!({ "member": { "member": member, "status": now.status } })
        }
        Said::Unit { member, unit, .. } => json!({ "unit": { "member": member, "unit": unit } }),
        Said::Signer { did, now } => {
            json!({ "signer": { "did": did, "member": now.member, "status": now.status } })
        }
        Said::Key {
            did, key_id, now, ..
        } => json!({ "key": { "did": did, "key_id": key_id, "revoked_ms": now.revoked_ms } }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_modules::stored::Version;
    use custody::types::{CaseChanged, CaseId, CaseKind, CaseState};

    #[test]
    fn an_event_gets_names_and_one_that_is_not_known_keeps_its_bytes() {
        let event = Event::CaseChanged(CaseChanged {
            version: Version,
            event_time_ms: 7,
            case: CaseId([1; 16]),
            now: Case {
                version: Version,
                kind: CaseKind::Loss,
                state: CaseState::Found,
                member: "est".parse().unwrap(),
                other: None,
                handover: None,
                objects: Vec::new(),
                classes: Vec::new(),
                missing: 0,
                due_ms: 9,
            },
            account: "in the next hangar".into(),
            changes: Changes::default(),
        });
        let shown = to_json(custody::NAME, &cbor::to_vec(&event));
        assert_eq!(kind(custody::NAME, &shown), "case");
        assert_eq!(shown["case_changed"]["now"]["state"], "found");
        let unknown = to_json("weather", &[0xf6]);
        assert_eq!(
            (
                kind("weather", &unknown),
                unknown["unknown"]["cbor"].as_str()
            ),
            ("event", Some("f6"))
        );
    }
}
