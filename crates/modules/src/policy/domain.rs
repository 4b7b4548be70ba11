//! What policy says of itself: who may ask for what, its questions, records and events.

use super::{
    Policy,
    projection::PolicyProjection,
    queries::{self, PolicyList, PolicyView},
    types::{Contents, Event, Head, PolicyId, StoredPolicy},
};
use crate::domain::{Act, Domain, Query, RecordKind, Shape, Told};
use crate::membership::types::Role;
use crate::{Hundred, Slot};
use convoy_readmodel::Projection;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

/// Of a founding member.
const CHANGERS: &[Role] = &[Role::MemberAdministrator, Role::SecurityOfficer];

const FOUND: &str = r#"{"policies": [{"id": "everything", "text": "@description(\"All.\") @grantor(\"Nobody.\") permit (principal, action, resource);"}]}"#;
const PUT: &str = r#"{
    "id": "own-key.write-off",
    "text": "@description(\"Who writes off signs with a key of one's own.\") @grantor(\"An administrator of the signer's member, by registering the signer's own key.\") forbid (principal, action == Action::\"custody::write_off\", resource) unless { context.assurance >= 1 };"
}"#;
const RETIRE: &str = r#"{"id": "own-key.write-off", "reason": "replaced by four eyes"}"#;

/// Which policies.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Whether those retired as well.
    #[serde(default)]
    retired: bool,
}

/// Which policy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OnePolicy {
    /// The policy's id.
    id: PolicyId,
}

/// Refusals 800 to 899.
impl Slot for Hundred<8> {
    type Module = Policy;
}

impl Domain for Policy {
    const SUMMARY: &'static str = "Who may: the Cedar policies that are asked before every action and every view, and how they change.";
    const ACTIONS: &'static [Act] = &[
        Act::genesis("found", FOUND),
        Act::by(CHANGERS, "put", PUT),
        Act::by(CHANGERS, "replace", PUT),
        Act::by(CHANGERS, "retire", RETIRE),
    ];
    type Event = Event;

    fn records() -> Vec<RecordKind> {
        vec![
            RecordKind::of::<Head>("the word `all`"),
            RecordKind::of::<Contents>("the word `all`"),
            RecordKind::of::<StoredPolicy>("the policy's id"),
        ]
    }

    fn queries() -> Vec<Query> {
        let policies = Shape::List {
            rows: "policies",
            key: "id",
            opens: Some("policy"),
        };
        vec![
            Query::ask::<Which, PolicyList>(
                "policies",
                "The policies in force, by id.",
                policies,
                |snapshot, asked| queries::policies(snapshot, asked.retired),
            ),
            Query::find::<OnePolicy, PolicyView>(
                "policy",
                "One policy with its text.",
                Shape::Record,
                |snapshot, asked| queries::policy(snapshot, &asked.id),
            ),
        ]
    }

    fn projection() -> Box<dyn Projection> {
        Box::new(PolicyProjection)
    }

    /// Events name the policy that changed; its text is asked for.
    fn tell(event: &Event) -> Told {
        let event = match event {
            Event::Policy { id, now, reason } => json!({
                "policy": { "id": id, "state": now.state, "revision": now.revision, "reason": reason }
            }),
        };
        Told {
            kind: "policy",
            event,
        }
    }
}
