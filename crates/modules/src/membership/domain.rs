//! What membership says of itself: who may ask for what, its questions, records and events.

use super::{
    Membership,
    projection::MembershipProjection,
    protocol::BUILD_BYTES_MAX,
    queries::{self, MemberList, MemberView, ProtocolView, SignerList, SignerView, ValidatorsView},
    types::{
        Action, Barred, CAVEAT_BYTES_MAX, CAVEATS_MAX, CODE_BYTES_MAX, CODE_OPEN_MS_MAX, Enrolment,
        Event, Key, MEMBERS_MAX, Member, NAME_BYTES_MAX, Nodes, ONLY, POSTS_HELD_MAX, Post,
        ProtocolDue, ProtocolState, REASON_BYTES_MAX, Recovery, Reinstatement, Role, Roster,
        SIGNER_KEYS_MAX, Signer, Stewards, TREE_HEAD_KEYS_MAX, TreeHeadSigners, TreeHeadsDigest,
        Unit, ValidatorSet, ValidatorsDue, post_key, unit_key,
    },
    validators::{
        ADDRESS_BYTES_MAX, CHANGE_AFTER_BLOCKS_MAX, MEMBER_NODES_MAX, NODES_ADDRESSES_BYTES_MAX,
        NODES_MAX,
    },
};
use crate::domain::{Act, Domain, Limit, Query, RecordKind, Shape, Told, at_most, name_of};
use crate::{Hundred, Slot};
use convoy_readmodel::Projection;
use convoy_types::{Did, MemberId};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

const ADMINISTRATORS: &[Role] = &[Role::MemberAdministrator];
/// Who clears people.
const SECURITY: &[Role] = &[Role::SecurityOfficer];
/// Who passes on an enrolment with a code.
const CLAIMERS: &[Role] = &[Role::MemberAdministrator, Role::Node];
/// The signer itself may, whatever its roles.
const ANYBODY: &[Role] = &[];

const NEW_KEY: &str = r#"{
    "did": "did:web:est.example:officer-2",
    "key": {"key": {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}, "assurance": "own_key"}
}"#;
const OFFER: &str = r#"{
    "member": "est", "kind": "device", "roles": ["scanner"], "expires_ms": 1793750400000,
    "code_digest": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
}"#;
const CLAIM: &str = r#"{
    "code": "00112233445566778899aabbccddeeff", "did": "did:web:est.example:scanner-7",
    "key": {"key": {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}, "assurance": "own_key"}
}"#;
const LOST: &str = r#"{
    "member": "lva", "did": "did:convoy:7d1f0c52a9b84e6693f1b0a2c4d5e6f7",
    "key": {"key": {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}, "assurance": "own_key"},
    "reason": "fire in Riga; their attache in Tallinn showed the key's fingerprint"
}"#;
const NODE_KEYS: &str = r#"{
    "member": "lva",
    "tree_head_keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]
}"#;
const NODE: &str = r#"{
    "member": "lva", "key": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "address": "convoy.lva.example:7900"
}"#;
const PLAN: &str = r#"{
    "change": {"add": {"member": "lva", "key": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"}},
    "after_blocks": 60
}"#;
const REPORT: &str = r#"{
    "plan": 1, "build": "0.2.0 0f1e2d3c4b5a6978",
    "state_root": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
}"#;
const ROTATION: &str = r#"{
    "did": "did:web:est.example:officer-2", "old": "a1b2c3d4e5f60718",
    "new": {"key": {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}, "assurance": "own_key"}
}"#;

/// The name of a member's record.
fn of_member(member: &MemberId) -> String {
    name_of::<Member>(member.as_str().as_bytes())
}

/// The name of a signer's record.
fn of_signer(did: &Did) -> String {
    name_of::<Signer>(did.as_str().as_bytes())
}

/// Nothing to choose.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Everything {}

/// Which member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OneMember {
    /// The member's short name.
    member: MemberId,
}

/// Which signer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OneSigner {
    /// The signer's DID.
    did: Did,
}

/// Which signers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignersOf {
    /// Signers of this member.
    member: MemberId,
    /// How many at most.
    #[serde(default)]
    limit: Limit,
    /// Only those after this DID, from `next` of the page before.
    #[serde(default)]
    cursor: Option<Did>,
}

/// Refusals 100 to 199.
impl Slot for Hundred<1> {
    type Module = Membership;
}

impl Domain for Membership {
    const SUMMARY: &'static str =
        "Members, their units, people, devices and nodes, the keys of each, and what each may do.";
    const ACTIONS: &'static [Act] = &[
        Act::by(
            ADMINISTRATORS,
            "enrol_member",
            r#"{"member": "lva", "name": "Latvia", "kind": "nation"}"#,
        ),
        Act::by(
            ADMINISTRATORS,
            "set_member_status",
            r#"{"member": "lva", "status": "suspended"}"#,
        ),
        Act::by(ADMINISTRATORS, "set_node_keys", NODE_KEYS),
        Act::by(
            ADMINISTRATORS,
            "enrol_unit",
            r#"{"member": "est", "unit": "depot-tapa", "name": "Depot Tapa"}"#,
        ),
        Act::by(
            ADMINISTRATORS,
            "enrol_signer",
            r#"{"did": "did:web:est.example:officer-2", "member": "est", "kind": "person", "roles": ["logistics-officer"]}"#,
        ),
        Act::by(
            ADMINISTRATORS,
            "set_signer_status",
            r#"{"did": "did:web:est.example:officer-2", "status": "suspended"}"#,
        ),
        Act::by(ADMINISTRATORS, "register_key", NEW_KEY),
        Act::by(
            ANYBODY,
            "revoke_key",
            r#"{"did": "did:web:est.example:officer-2", "key_id": "a1b2c3d4e5f60718", "reason": "lost with the phone"}"#,
        ),
        Act::by(ANYBODY, "rotate_key", ROTATION),
        Act::by(
            ADMINISTRATORS,
            "grant_role",
            r#"{"did": "did:web:est.example:officer-2", "role": "scanner"}"#,
        ),
        Act::by(
            ADMINISTRATORS,
            "withdraw_role",
            r#"{"did": "did:web:est.example:officer-2", "role": "scanner"}"#,
        ),
        Act::by(
            ADMINISTRATORS,
            "enrol_post",
            r#"{"member": "est", "post": "s4", "name": "S4, 1st Logistics Battalion", "roles": ["logistics-officer"]}"#,
        ),
        Act::by(
            ADMINISTRATORS,
            "retire_post",
            r#"{"member": "est", "post": "s4"}"#,
        ),
        Act::by(
            ADMINISTRATORS,
            "assign_post",
            r#"{"did": "did:web:est.example:officer-2", "post": "s4", "until_ms": 1893456000000}"#,
        ),
        Act::by(
            ADMINISTRATORS,
            "leave_post",
            r#"{"did": "did:web:est.example:officer-2", "post": "s4"}"#,
        ),
        Act::by(
            SECURITY,
            "clear_signer",
            r#"{"did": "did:web:est.example:officer-2", "clearance": "secret", "caveats": ["ATOMAL"]}"#,
        ),
        Act::by(ADMINISTRATORS, "offer_enrolment", OFFER),
        Act::by(CLAIMERS, "claim_enrolment", CLAIM),
        Act::by(ADMINISTRATORS, "ask_recovery", NEW_KEY),
        Act::by(
            ADMINISTRATORS,
            "confirm_recovery",
            r#"{"did": "did:web:est.example:officer-2", "key_id": "a1b2c3d4e5f60718"}"#,
        ),
        Act::by(ADMINISTRATORS, "plan_reinstatement", LOST),
        Act::by(
            ADMINISTRATORS,
            "agree_reinstatement",
            r#"{"member": "lva", "plan": 1}"#,
        ),
        Act::by(
            ADMINISTRATORS,
            "withdraw_reinstatement",
            r#"{"member": "lva", "plan": 1}"#,
        ),
        Act::by(ADMINISTRATORS, "announce_node", NODE),
        Act::by(ADMINISTRATORS, "plan_validators", PLAN),
        Act::by(ADMINISTRATORS, "agree_validators", r#"{"plan": 1}"#),
        Act::by(ADMINISTRATORS, "withdraw_validators", r#"{"plan": 1}"#),
        Act::by(
            ADMINISTRATORS,
            "plan_protocol",
            r#"{"protocol": 2, "after_blocks": 3600}"#,
        ),
        Act::by(ADMINISTRATORS, "agree_protocol", REPORT),
        Act::by(ADMINISTRATORS, "withdraw_protocol", r#"{"plan": 1}"#),
    ];
    const LIMITS: &'static [convoy_types::limits::Limit] = &[
        at_most("membership_members", MEMBERS_MAX, "members of one network"),
        at_most(
            "membership_name_bytes",
            NAME_BYTES_MAX,
            "bytes of a name of a member, unit or post",
        ),
        at_most(
            "membership_signer_keys",
            SIGNER_KEYS_MAX as usize,
            "keys that one signer may have had",
        ),
        at_most(
            "membership_tree_head_keys",
            TREE_HEAD_KEYS_MAX,
            "tree-head keys of one member",
        ),
        at_most(
            "membership_posts_held",
            POSTS_HELD_MAX,
            "posts that one signer holds",
        ),
        at_most("membership_caveats", CAVEATS_MAX, "caveats of one signer"),
        at_most("membership_caveat_bytes", CAVEAT_BYTES_MAX, "bytes"),
        at_most(
            "membership_code_bytes",
            CODE_BYTES_MAX,
            "bytes of an enrolment's code",
        ),
        at_most(
            "membership_code_open",
            CODE_OPEN_MS_MAX as usize,
            "milliseconds",
        ),
        at_most("membership_reason_bytes", REASON_BYTES_MAX, "bytes"),
        at_most("membership_nodes", NODES_MAX, "nodes of one network"),
        at_most(
            "membership_member_nodes",
            MEMBER_NODES_MAX,
            "nodes of one member",
        ),
        at_most(
            "membership_address_bytes",
            ADDRESS_BYTES_MAX,
            "bytes of a node's address",
        ),
        at_most(
            "membership_addresses_bytes",
            NODES_ADDRESSES_BYTES_MAX,
            "bytes of the addresses of all nodes",
        ),
        at_most(
            "membership_change_after_blocks",
            CHANGE_AFTER_BLOCKS_MAX as usize,
            "blocks between an agreement and its effect",
        ),
        at_most(
            "membership_build_bytes",
            BUILD_BYTES_MAX,
            "bytes of a build's name",
        ),
    ];
    type Event = Event;

    fn records() -> Vec<RecordKind> {
        vec![
            RecordKind::of::<Member>("the member's short name"),
            RecordKind::of::<Roster>("the word `all`"),
            RecordKind::of::<Barred>("the word `all`"),
            RecordKind::of::<ValidatorSet>("the word `all`"),
            RecordKind::of::<ValidatorsDue>("the word `all`"),
            RecordKind::of::<ProtocolState>("the word `all`"),
            RecordKind::of::<ProtocolDue>("the word `all`"),
            RecordKind::of::<Nodes>("the word `all`"),
            RecordKind::of::<TreeHeadSigners>("the word `all`"),
            RecordKind::of::<TreeHeadsDigest>("the word `all`"),
            RecordKind::of::<Unit>("the member's short name, `/`, the unit's"),
            RecordKind::of::<Post>("the member's short name, `/`, the post's"),
            RecordKind::of::<Enrolment>("the 32 bytes of the code's digest"),
            RecordKind::of::<Recovery>("the signer's DID"),
            RecordKind::of::<Reinstatement>("the member's short name"),
            RecordKind::of::<Stewards>("the member's short name"),
            RecordKind::of::<Signer>("the signer's DID"),
            RecordKind::of::<Key>("the signer's DID, `#`, the eight bytes of the key id"),
        ]
    }

    fn queries() -> Vec<Query> {
        let members = Shape::List {
            rows: "members",
            key: "member",
            opens: Some("member"),
        };
        let signers = Shape::List {
            rows: "signers",
            key: "did",
            opens: Some("signer"),
        };
        vec![
            Query::ask::<Everything, MemberList>(
                "members",
                "Every member.",
                members,
                |snapshot, _| queries::members(snapshot),
            ),
            Query::find::<OneMember, MemberView>(
                "member",
                "One member with its units.",
                Shape::Record,
                |snapshot, asked| queries::member(snapshot, &asked.member),
            ),
            Query::ask::<Everything, ValidatorsView>(
                "validators",
                "Who validates, the change that is planned, and where the nodes of members are.",
                Shape::Record,
                |snapshot, _| queries::validators(snapshot),
            ),
            Query::ask::<Everything, ProtocolView>(
                "protocol",
                "Which version of the rules is in force, and the one that is planned with what members' replays found.",
                Shape::Record,
                |snapshot, _| queries::protocol(snapshot),
            ),
            Query::ask::<SignersOf, SignerList>(
                "signers",
                "The signers of a member, by DID.",
                signers,
                |snapshot, asked| {
                    queries::signers(
                        snapshot,
                        &asked.member,
                        asked.cursor.as_ref(),
                        asked.limit.rows(),
                    )
                },
            ),
            Query::find::<OneSigner, SignerView>(
                "signer",
                "One signer with its keys.",
                Shape::Record,
                |snapshot, asked| queries::signer(snapshot, &asked.did),
            ),
        ]
    }

    fn projection() -> Box<dyn Projection> {
        Box::new(MembershipProjection)
    }

    /// Events name who changed; how they are now is asked for.
    fn tell(event: &Event) -> Told {
        let event = match event {
            Event::Member { member, now } => {
                json!({ "member": { "member": member, "status": now.status } })
            }
            Event::Unit { member, unit, .. } => {
                json!({ "unit": { "member": member, "unit": unit } })
            }
            Event::Post { member, post, now } => {
                json!({ "post": { "member": member, "post": post, "status": now.status } })
            }
            Event::Enrolment { code_digest, now } => {
                json!({ "enrolment": { "code_digest": code_digest, "member": now.member, "used": now.used } })
            }
            Event::Recovery { did, now } => {
                json!({ "recovery": { "did": did, "key_id": now.key_id, "waits": now.asked_by.is_some() } })
            }
            Event::Reinstatement { member, now } => {
                json!({ "reinstatement": { "member": member, "plan": now.number, "state": now.state } })
            }
            Event::Signer { did, now } => {
                json!({ "signer": { "did": did, "member": now.member, "status": now.status } })
            }
            Event::Validators { now } => {
                json!({ "validators": { "epoch": now.epoch, "plan": now.plan.as_ref().map(|plan| plan.number) } })
            }
            Event::Protocol { now } => {
                json!({ "protocol": { "active": now.active, "plan": now.plan.as_ref().map(|plan| plan.number) } })
            }
            Event::Nodes { now } => json!({ "nodes": now.nodes.len() }),
            Event::Key {
                did, key_id, now, ..
            } => {
                json!({ "key": { "did": did, "key_id": key_id, "revoked_ms": now.revoked_ms } })
            }
        };
        Told {
            kind: "member",
            event,
        }
    }

    fn about(event: &Event, _detail: Option<&[u8]>) -> Vec<String> {
        vec![match event {
            Event::Member { member, .. } | Event::Reinstatement { member, .. } => of_member(member),
            Event::Unit { member, unit, .. } => name_of::<Unit>(&unit_key(member, unit)),
            Event::Post { member, post, .. } => name_of::<Post>(&post_key(member, post)),
            Event::Signer { did, .. } | Event::Key { did, .. } | Event::Recovery { did, .. } => {
                of_signer(did)
            }
            Event::Enrolment { now, .. } => of_member(&now.member),
            Event::Validators { .. } => name_of::<ValidatorSet>(ONLY),
            Event::Protocol { .. } => name_of::<ProtocolState>(ONLY),
            Event::Nodes { .. } => name_of::<Nodes>(ONLY),
        }]
    }

    fn named(action: &Action) -> Vec<String> {
        vec![match action {
            Action::EnrolMember(new) => of_member(&new.member),
            Action::SetMemberStatus { member, .. }
            | Action::SetNodeKeys { member, .. }
            | Action::PlanReinstatement { member, .. }
            | Action::AgreeReinstatement { member, .. }
            | Action::WithdrawReinstatement { member, .. } => of_member(member),
            Action::AnnounceNode { .. } => name_of::<Nodes>(ONLY),
            Action::PlanValidators { .. }
            | Action::AgreeValidators { .. }
            | Action::WithdrawValidators { .. } => name_of::<ValidatorSet>(ONLY),
            Action::PlanProtocol { .. }
            | Action::AgreeProtocol { .. }
            | Action::WithdrawProtocol { .. } => name_of::<ProtocolState>(ONLY),
            Action::EnrolUnit { member, unit, .. } => name_of::<Unit>(&unit_key(member, unit)),
            Action::EnrolSigner(new) => of_signer(&new.did),
            Action::EnrolPost(new) => name_of::<Post>(&post_key(&new.member, &new.post)),
            Action::RetirePost { member, post } => name_of::<Post>(&post_key(member, post)),
            Action::OfferEnrolment(offer) => of_member(&offer.member),
            Action::SetSignerStatus { did, .. }
            | Action::RegisterKey { did, .. }
            | Action::RevokeKey { did, .. }
            | Action::RotateKey { did, .. }
            | Action::GrantRole { did, .. }
            | Action::WithdrawRole { did, .. }
            | Action::AssignPost { did, .. }
            | Action::LeavePost { did, .. }
            | Action::ClearSigner { did, .. }
            | Action::ClaimEnrolment { did, .. }
            | Action::AskRecovery { did, .. }
            | Action::ConfirmRecovery { did, .. } => of_signer(did),
        }]
    }
}
