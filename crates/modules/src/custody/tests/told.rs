//! How custody's events are shown.

use super::super::{
    NAME,
    types::{Case, CaseChanged, CaseId, CaseKind, CaseState, Changes, Event},
};
use crate::{domain, stored::Version};
use convoy_types::cbor;

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
    let shown = domain::tell(NAME, &cbor::to_vec(&event));
    assert_eq!(shown.kind, "case");
    assert_eq!(shown.event["case_changed"]["now"]["state"], "found");
    for module in ["weather", NAME] {
        let unknown = domain::tell(module, &[0xf6]);
        assert_eq!(
            (unknown.kind, unknown.event["unknown"]["cbor"].as_str()),
            ("event", Some("f6"))
        );
    }
}
