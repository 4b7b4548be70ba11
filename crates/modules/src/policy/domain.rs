//! What policy says of itself: who may ask for what, its questions, records and events.

use super::{
    NAME, Policy,
    approvals::{self, ACTION_BYTES_MAX, APPROVALS_MAX, OPEN_MS_MAX},
    asking::{self, Change, Comparison, Why},
    bounds::{ANNOTATION_BYTES_MAX, NESTING_MAX, NODES_MAX, OPERATORS_MAX},
    explain::Explanation,
    export::{self, Exported},
    labels::{RECORD_NAME_BYTES_MAX, canonical},
    limits::QUESTIONS_MAX,
    projection::PolicyProjection,
    queries::{self, LabelList, LabelView, PolicyList, PolicyView, RequestList, RequestView},
    set::ACTION_NODES_MAX,
    types::{
        Action, Contents, Event, Head, ID_CHARS_MAX, Label, Labels, POLICIES_MAX, PolicyId,
        REASON_BYTES_MAX, Request, RequestId, StoredPolicy, Sum, TEXT_BYTES_MAX, Tally,
    },
};
use crate::domain::{Act, Domain, Limit, Query, RecordKind, Shape, Told, at_most, name_of};
use crate::membership::types::Role;
use crate::{Hundred, Slot};
use convoy_ledger::Record;
use convoy_readmodel::{Projection, Snapshot};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

/// Of a founding member.
const CHANGERS: &[Role] = &[Role::MemberAdministrator, Role::SecurityOfficer];

/// Who may do the action itself, which approvals compares.
const ANYBODY: &[Role] = &[];
/// Who notices that something is more sensitive than it looked.
const RAISERS: &[Role] = &[
    Role::LogisticsOfficer,
    Role::SupplierClerk,
    Role::SecurityOfficer,
];

const LABEL: &str = r#"{
    "record": "custody/objects/urn:epc:id:sscc:9521101.0000000011", "classification": "restricted", "reason": "holds crypto keys"
}"#;
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

/// All that is in force.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InForce {}

/// Which policy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OnePolicy {
    /// The policy's id.
    id: PolicyId,
}

/// Which labels.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhichLabels {
    /// How many at most.
    #[serde(default)]
    limit: Limit,
    /// Only those after this record, from `next` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

/// Which record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OneRecord {
    /// The record, as `module/table/key`.
    record: String,
}

/// Which requests.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhichRequests {
    /// Only those that wait; all of them where false.
    #[serde(default)]
    open: bool,
    /// How many at most, newest first.
    #[serde(default)]
    limit: Limit,
}

/// Which request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OneRequest {
    /// The request's id.
    request: RequestId,
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
        Act::by(RAISERS, "raise_label", LABEL),
        Act::by(&[Role::SecurityOfficer], "release_label", LABEL),
        Act::by(
            ANYBODY,
            "ask_approval",
            r#"{"module": "custody", "action": "a17177697468647261775f68616e646f766572a16868616e646f766572500f1e2d3c4b5a69788796a5b4c3d2e1f0"}"#,
        ),
        Act::by(
            ANYBODY,
            "approve",
            r#"{"request": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}"#,
        ),
        Act::by(
            ANYBODY,
            "withdraw_request",
            r#"{"request": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"}"#,
        ),
    ];
    const LIMITS: &'static [convoy_types::limits::Limit] = &[
        at_most("policy_policies", POLICIES_MAX, "policies in force"),
        at_most("policy_id_chars", ID_CHARS_MAX, "characters"),
        at_most("policy_text_bytes", TEXT_BYTES_MAX, "bytes of one policy"),
        at_most("policy_annotation_bytes", ANNOTATION_BYTES_MAX, "bytes"),
        at_most(
            "policy_nesting",
            NESTING_MAX,
            "brackets within brackets of one policy",
        ),
        at_most(
            "policy_operators",
            OPERATORS_MAX,
            "operators and branches of one policy",
        ),
        at_most("policy_nodes", NODES_MAX, "parts of one policy"),
        at_most(
            "policy_action_nodes",
            ACTION_NODES_MAX,
            "parts of the policies about one action",
        ),
        at_most(
            "policy_questions",
            QUESTIONS_MAX,
            "questions about one action, records times amounts",
        ),
        at_most("policy_reason_bytes", REASON_BYTES_MAX, "bytes"),
        at_most(
            "policy_record_name_bytes",
            RECORD_NAME_BYTES_MAX,
            "bytes of a labelled record's name",
        ),
        at_most(
            "policy_approval_bytes",
            ACTION_BYTES_MAX,
            "bytes of an action that approval is asked for",
        ),
        at_most("policy_approval_open", OPEN_MS_MAX as usize, "milliseconds"),
        at_most(
            "policy_approvals",
            APPROVALS_MAX,
            "approvals of one request",
        ),
    ];
    type Event = Event;

    fn records() -> Vec<RecordKind> {
        vec![
            RecordKind::of::<Head>("the word `all`"),
            RecordKind::of::<Contents>("the word `all`"),
            RecordKind::of::<StoredPolicy>("the policy's id"),
            RecordKind::of::<Label>("the record's name, `module/table/key`"),
            RecordKind::of::<Labels>("the word `all`"),
            RecordKind::of::<Request>("the request's id"),
            RecordKind::of::<Tally>("the signer's DID, `#`, the action's name"),
            RecordKind::of::<Sum>(
                "the signer's DID, `#`, the action's name, `#`, the digest of item and unit",
            ),
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
            Query::ask::<WhichLabels, LabelList>(
                "labels",
                "Records with a label, by name.",
                Shape::List {
                    rows: "labels",
                    key: "record",
                    opens: Some("label"),
                },
                |snapshot, asked| {
                    queries::labels(
                        snapshot,
                        asked.cursor.as_deref().unwrap_or(""),
                        asked.limit.rows(),
                    )
                },
            ),
            Query::find::<OneRecord, LabelView>(
                "label",
                "The label of one record.",
                Shape::Record,
                |snapshot, asked| queries::label(snapshot, &asked.record),
            ),
            Query::ask::<WhichRequests, RequestList>(
                "requests",
                "Requests for approval, newest first.",
                Shape::List {
                    rows: "requests",
                    key: "request",
                    opens: Some("request"),
                },
                |snapshot, asked| queries::requests(snapshot, asked.open, asked.limit.rows()),
            ),
            Query::find::<OneRequest, RequestView>(
                "request",
                "One request for approval, with the action it is for.",
                Shape::Record,
                |snapshot, asked| queries::request(snapshot, asked.request),
            ),
            Query::find::<Why, Explanation>(
                "why",
                "Why somebody may or may not do something, in the policies' words, and who could grant it.",
                Shape::Record,
                |snapshot, asked| asking::why(snapshot, &asked),
            ),
            Query::ask::<Change, Comparison>(
                "compare",
                "Who would gain and who would lose what, if this policy were put, replaced or retired.",
                Shape::List {
                    rows: "changes",
                    key: "action",
                    opens: None,
                },
                |snapshot, asked| asking::compare(snapshot, &asked),
            ),
            Query::ask::<InForce, Exported>(
                "export",
                "Policies in force, their schema, and whom and what they speak of, as files that Cedar's own tools read.",
                Shape::List {
                    rows: "files",
                    key: "file",
                    opens: None,
                },
                |snapshot, InForce {}| export::files(snapshot),
            ),
        ]
    }

    fn projection() -> Box<dyn Projection> {
        Box::new(PolicyProjection)
    }

    /// Events name the policy that changed; its text is asked for.
    fn tell(event: &Event) -> Told {
        let event = match event {
            Event::Request { request, now } => json!({
                "request": { "request": request, "state": now.state, "signer": now.signer, "approved_by": now.approved_by }
            }),
            Event::Label {
                record,
                now,
                reason,
            } => json!({
                "label": { "record": record, "classification": now.classification, "reason": reason }
            }),
            Event::Policy { id, now, reason } => json!({
                "policy": { "id": id, "state": now.state, "revision": now.revision, "reason": reason }
            }),
        };
        Told {
            kind: "policy",
            event,
        }
    }

    fn about(event: &Event, _detail: Option<&[u8]>) -> Vec<String> {
        match event {
            Event::Policy { id, .. } => vec![name_of::<StoredPolicy>(id.as_str().as_bytes())],
            // Whoever may not see a record does not see that it has a label.
            Event::Label { record, .. } => vec![record.clone()],
            Event::Request { request, now } => queries::told_by_request(*request, now),
        }
    }

    fn named(action: &Action) -> Vec<String> {
        match action {
            Action::Found { .. } => Vec::new(),
            Action::Put { id, .. } | Action::Replace { id, .. } | Action::Retire { id, .. } => {
                vec![name_of::<StoredPolicy>(id.as_str().as_bytes())]
            }
            Action::RaiseLabel(change) | Action::ReleaseLabel(change) => {
                vec![canonical(&change.record).unwrap_or_else(|| change.record.clone())]
            }
            Action::AskApproval { module, action, .. } => {
                queries::named_in(module, &approvals::bytes(action).unwrap_or_default())
            }
            Action::Approve { request } | Action::WithdrawRequest { request } => {
                vec![name_of::<Request>(&request.0)]
            }
        }
    }

    fn seen(snapshot: &Snapshot<'_>, table: &str, key: &str) -> convoy_readmodel::Result<bool> {
        if !snapshot.is_veiled() || !snapshot.shows(&format!("{NAME}/{table}/{key}"))? {
            return Ok(!snapshot.is_veiled());
        }
        match table {
            // The key of a label is the name of its record.
            name if name == Label::TABLE.name => snapshot.shows(key),
            name if name == Request::TABLE.name => match key.parse() {
                Ok(id) => Ok(queries::request(snapshot, id)?.is_some()),
                Err(_) => Ok(false),
            },
            name => Ok(name != Labels::TABLE.name),
        }
    }
}
