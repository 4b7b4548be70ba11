//! Questions about members, units, signers and keys, answered by the read model.

use super::{
    projection::reinstatement_of,
    types::{
        Key, Member, NodeLine, Nodes, ONLY, Post, ProtocolPlan, ProtocolState, Reinstatement,
        ReinstatementState, Roles, Signer, SignerKind, Status, Unit, ValidatorPlan, ValidatorSet,
    },
};
use crate::domain::{name_of, page};
use convoy_readmodel::{
    Position, Result, Snapshot,
    value::{Row, Value, damaged, decoded},
};
use convoy_types::{Did, MemberId, cose::PublicKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Signers in one answer, at most.
pub const SIGNERS_PAGE_MAX: usize = 500;

/// Every member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MemberList {
    /// By short name.
    pub members: Vec<MemberView>,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MemberView {
    /// Its short name.
    pub member: String,
    /// Its name for people.
    pub name: String,
    /// `nation`, `agency`, `supplier` or `auditor`.
    pub kind: String,
    /// `active`, `suspended` or `retired`.
    pub status: String,
    /// Whether its administrators enrol other members.
    pub founding: bool,
    /// Its validator's consensus key (Ed25519, hexadecimal), if it runs one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub validator: Option<String>,
    /// The keys its node signs tree heads with.
    pub tree_head_keys: Vec<PublicKeyView>,
    /// Its units.
    pub units: Vec<UnitView>,
    /// Signers enrolled so far.
    pub signers: u32,
    /// Active administrators.
    pub administrators: u32,
    /// Block time of its enrolment, milliseconds since 1970.
    pub enrolled_ms: u64,
    /// Height of the block that changed it last.
    pub changed_height: u64,
    /// The newest plan of a new administrator for it, where it lost everything or somebody says so. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reinstatement: Option<ReinstatementView>,
}

/// A new administrator for a member that lost everything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReinstatementView {
    /// The plan's number among those about the member.
    pub number: u64,
    /// `planned`, `done` or `withdrawn`. A plan past `expires_ms` is over.
    pub state: String,
    /// The DID of who will administer the member.
    pub administrator: String,
    /// The id of that person's key, hexadecimal.
    pub key_id: String,
    /// What happened, and how it was made sure who asks.
    pub reason: String,
    /// Whose administrator planned it.
    pub planned_by: String,
    /// Who has agreed.
    pub agreed: Vec<String>,
    /// It waits for agreement before this block time, milliseconds since 1970.
    pub expires_ms: u64,
}

impl ReinstatementView {
    /// Whether it waits for agreement at `now_ms`.
    pub fn waits(&self, now_ms: u64) -> bool {
        self.state == ReinstatementState::Planned.word() && now_ms < self.expires_ms
    }
}

impl From<Reinstatement> for ReinstatementView {
    fn from(plan: Reinstatement) -> Self {
        Self {
            number: plan.number,
            state: plan.state.to_string(),
            administrator: plan.administrator.to_string(),
            key_id: plan.key_id.to_string(),
            reason: plan.reason,
            planned_by: plan.planned_by.to_string(),
            agreed: plan.agreed.iter().map(MemberId::to_string).collect(),
            expires_ms: plan.expires_ms,
        }
    }
}

/// A unit of a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UnitView {
    /// Its short name, unique in the member.
    pub unit: String,
    /// Its name for people.
    pub name: String,
    /// The unit above it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<String>,
    /// Block time of its enrolment, milliseconds since 1970.
    pub enrolled_ms: u64,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PublicKeyView {
    /// The first eight bytes of its thumbprint, hexadecimal.
    pub key_id: String,
    /// As a JSON Web Key (RFC 7517).
    #[schema(value_type = Object)]
    pub jwk: serde_json::Value,
}

/// Signers of a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SignerList {
    /// By DID.
    pub signers: Vec<SignerView>,
    /// Ask again after this DID where there are more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
}

/// A person, device or node that signs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SignerView {
    /// Its DID.
    pub did: String,
    /// The member it acts for.
    pub member: String,
    /// `person`, `device` or `node`.
    pub kind: String,
    /// `active`, `suspended` or `retired`.
    pub status: String,
    /// What it may do.
    pub roles: Vec<String>,
    /// The unit it belongs to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<String>,
    /// Its keys, revoked ones included.
    pub keys: Vec<KeyView>,
    /// Height of the block that changed it last.
    pub changed_height: u64,
}

/// A signer's key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeyView {
    /// The key.
    #[serde(flatten)]
    pub key: PublicKeyView,
    /// `own_key`, or `held_by_node` where the member's node signs with it.
    pub assurance: String,
    /// Valid from this block time on, milliseconds since 1970.
    pub valid_from_ms: u64,
    /// Valid before this block time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub valid_until_ms: Option<u64>,
    /// Revoked at this block time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revoked_ms: Option<u64>,
    /// Why it was revoked, where told.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub reason: String,
}

/// Who validates, and where the nodes of members are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ValidatorsView {
    /// The epoch: how often the set has changed.
    pub epoch: u64,
    /// The validators, by key.
    pub validators: Vec<SeatView>,
    /// The change that waits for agreement, or for its height.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub plan: Option<PlanView>,
    /// The nodes of members, by key.
    pub nodes: Vec<NodeView>,
}

/// A validator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SeatView {
    /// The member that runs it.
    pub member: String,
    /// Its consensus key (Ed25519, hexadecimal).
    pub key: String,
}

/// A change that is planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanView {
    /// Its number.
    pub number: u64,
    /// What changes.
    pub change: super::types::ValidatorChange,
    /// Blocks between the agreement and its effect.
    pub after_blocks: u32,
    /// Whose administrator planned it.
    pub planned_by: String,
    /// It waits for agreement before this block time, milliseconds since 1970.
    pub expires_ms: u64,
    /// Who has agreed.
    pub agreed: Vec<String>,
    /// Once agreed: the last block that the present set certifies.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_block: Option<u64>,
}

/// A node of a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NodeView {
    /// Its key (Ed25519, hexadecimal).
    pub key: String,
    /// Whose it is.
    pub member: String,
    /// `host:port`.
    pub address: String,
}

impl From<ValidatorPlan> for PlanView {
    fn from(plan: ValidatorPlan) -> Self {
        Self {
            number: plan.number,
            change: plan.change,
            after_blocks: plan.after_blocks,
            planned_by: plan.planned_by.to_string(),
            expires_ms: plan.expires_ms,
            agreed: plan.agreed.iter().map(ToString::to_string).collect(),
            last_block: plan.last_block,
        }
    }
}

impl From<NodeLine> for NodeView {
    fn from(node: NodeLine) -> Self {
        Self {
            key: node.key.0.to_string(),
            member: node.member.to_string(),
            address: node.address,
        }
    }
}

/// The record that is the only one of `table`.
fn one<T: serde::de::DeserializeOwned>(snapshot: &Snapshot<'_>, table: &str) -> Result<Option<T>> {
    let sql = "SELECT now FROM membership_one WHERE compartment = ?1 AND name = ?2";
    let values = [snapshot.compartment().into(), table.into()];
    snapshot.first(sql, &values, |row| decoded(row.bytes(0)?))
}

/// The nodes of members, where the asker may see them.
pub fn nodes(snapshot: &Snapshot<'_>) -> Result<Vec<NodeLine>> {
    if !snapshot.shows(&name_of::<Nodes>(ONLY))? {
        return Ok(Vec::new());
    }
    Ok(one::<Nodes>(snapshot, "nodes")?.unwrap_or_default().nodes)
}

/// Who validates at the snapshot's height.
pub fn validators(snapshot: &Snapshot<'_>) -> Result<ValidatorsView> {
    let shown = snapshot.shows(&name_of::<ValidatorSet>(ONLY))?;
    let set = shown.then(|| one::<ValidatorSet>(snapshot, "validators"));
    let set = set.transpose()?.flatten().unwrap_or_default();
    let set = set.at(snapshot.height() + 1);
    let nodes = nodes(snapshot)?;
    let seat = |seat: &super::types::Seat| SeatView {
        member: seat.member.to_string(),
        key: seat.key.0.to_string(),
    };
    Ok(ValidatorsView {
        epoch: set.epoch,
        validators: set.seats.iter().map(seat).collect(),
        plan: set.plan.map(PlanView::from),
        nodes: nodes.into_iter().map(NodeView::from).collect(),
    })
}

/// Which version of the rules is in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProtocolView {
    /// The version in force for the next block.
    pub active: u32,
    /// The version that waits for agreement, or for its height.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub plan: Option<ProtocolPlanView>,
}

/// A version that is planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProtocolPlanView {
    /// The plan's number.
    pub number: u64,
    /// The version.
    pub protocol: u32,
    /// Blocks between the agreement and its effect.
    pub after_blocks: u32,
    /// Whose administrator planned it.
    pub planned_by: String,
    /// The block of the plan, up to which every member executes the history again.
    pub replay_to: u64,
    /// It waits for agreement before this block time, milliseconds since 1970.
    pub expires_ms: u64,
    /// What members' replays found.
    pub reports: Vec<ReplayView>,
    /// Once agreed: the first block under the version.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from_block: Option<u64>,
}

/// What a member's replay of the history found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReplayView {
    /// The member.
    pub member: String,
    /// The root of the state behind the block of the plan.
    pub state_root: String,
    /// The build that executed it.
    pub build: String,
}

impl From<ProtocolPlan> for ProtocolPlanView {
    fn from(plan: ProtocolPlan) -> Self {
        let reports = plan.reports.into_iter().map(|report| ReplayView {
            member: report.member.to_string(),
            state_root: report.state_root.to_string(),
            build: report.build,
        });
        Self {
            number: plan.number,
            protocol: plan.protocol,
            after_blocks: plan.after_blocks,
            planned_by: plan.planned_by.to_string(),
            replay_to: plan.replay_to,
            expires_ms: plan.expires_ms,
            reports: reports.collect(),
            from_block: plan.from_block,
        }
    }
}

/// Which version of the rules is in force behind the snapshot's height, and which is planned.
pub fn protocol(snapshot: &Snapshot<'_>) -> Result<ProtocolView> {
    let shown = snapshot.shows(&name_of::<ProtocolState>(ONLY))?;
    let state = shown.then(|| one::<ProtocolState>(snapshot, "protocol"));
    let state = state.transpose()?.flatten().unwrap_or_default();
    let state = state.at(snapshot.height() + 1);
    Ok(ProtocolView {
        active: state.active,
        plan: state.plan.map(ProtocolPlanView::from),
    })
}

/// A key that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEnding {
    /// Whose.
    pub did: String,
    /// Which, hexadecimal.
    pub key_id: String,
    /// Before this block time, milliseconds since 1970.
    pub ends_ms: u64,
}

/// The valid keys of a member's active signers that end from `from_ms` on and before `before_ms`, soonest first.
pub fn keys_ending(
    snapshot: &Snapshot<'_>,
    member: &MemberId,
    from_ms: u64,
    before_ms: u64,
) -> Result<Vec<KeyEnding>> {
    let sql = "SELECT s.did, s.now, k.key_id, k.now FROM membership_signer s JOIN membership_key k \
        ON k.compartment = s.compartment AND k.did = s.did WHERE s.compartment = ?1 AND s.member = ?2";
    let values = [snapshot.compartment().into(), member.as_str().into()];
    let mut keys = snapshot.rows(sql, &values, |row| {
        let signer: Signer = decoded(row.bytes(1)?)?;
        let key: Key = decoded(row.bytes(3)?)?;
        let live = signer.status == Status::Active
            && key.revoked_ms.is_none()
            && key.epoch == signer.profile.epoch;
        let ends_ms = key.valid_until_ms.filter(|_| live);
        Ok(ends_ms.map(|ends_ms| KeyEnding {
            did: row.text(0).map(str::to_owned).unwrap_or_default(),
            key_id: row.bytes(2).map(hex).unwrap_or_default(),
            ends_ms,
        }))
    })?;
    keys.retain(|key| {
        key.as_ref()
            .is_some_and(|key| (from_ms..before_ms).contains(&key.ends_ms))
    });
    let mut keys: Vec<KeyEnding> = keys.into_iter().flatten().collect();
    keys.sort_by_key(|key| key.ends_ms);
    Ok(keys)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every member with its units.
pub fn members(snapshot: &Snapshot<'_>) -> Result<MemberList> {
    let sql = "SELECT member, now, position FROM membership_member WHERE compartment = ?1 ORDER BY member";
    let all = snapshot.rows(sql, &[snapshot.compartment().into()], member_view)?;
    let mut members = Vec::with_capacity(all.len());
    for mut member in all {
        if snapshot.shows(&name_of::<Member>(member.member.as_bytes()))? {
            member.units = units(snapshot, &member.member)?;
            members.push(member);
        }
    }
    Ok(MemberList { members })
}

/// One member with its units.
pub fn member(snapshot: &Snapshot<'_>, member: &MemberId) -> Result<Option<MemberView>> {
    if !snapshot.shows(&name_of::<Member>(member.as_str().as_bytes()))? {
        return Ok(None);
    }
    let sql = "SELECT member, now, position FROM membership_member WHERE compartment = ?1 AND member = ?2";
    let values = [snapshot.compartment().into(), member.as_str().into()];
    let mut found = snapshot.first(sql, &values, member_view)?;
    if let Some(member) = &mut found {
        member.units = units(snapshot, &member.member)?;
        member.reinstatement = reinstatement(snapshot, &member.member)?;
    }
    Ok(found)
}

/// The newest plan of a new administrator for a member.
pub fn reinstatement(snapshot: &Snapshot<'_>, member: &str) -> Result<Option<ReinstatementView>> {
    let plan = one::<Reinstatement>(snapshot, &reinstatement_of(member))?;
    Ok(plan.map(ReinstatementView::from))
}

/// One signer with its keys.
pub fn signer(snapshot: &Snapshot<'_>, did: &Did) -> Result<Option<SignerView>> {
    if !snapshot.shows(&signer_name(did.as_str()))? {
        return Ok(None);
    }
    let sql =
        "SELECT did, now, position FROM membership_signer WHERE compartment = ?1 AND did = ?2";
    let values = [snapshot.compartment().into(), did.as_str().into()];
    let mut found = snapshot.first(sql, &values, signer_view)?;
    if let Some(signer) = &mut found {
        signer.keys = keys(snapshot, &signer.did)?;
    }
    Ok(found)
}

pub(super) fn signer_name(did: &str) -> String {
    name_of::<Signer>(did.as_bytes())
}

/// How a signer stands: whom it acts for, whether it may act now, and what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerStanding {
    /// The member it acts for.
    pub member: MemberId,
    /// What it is.
    pub kind: SignerKind,
    /// Whether it and its member are active.
    pub active: bool,
    /// Its own roles and those of the posts it holds.
    pub roles: Roles,
}

/// How `did` stands at `time_ms`.
pub fn standing(
    snapshot: &Snapshot<'_>,
    did: &Did,
    time_ms: u64,
) -> Result<Option<SignerStanding>> {
    let sql = "SELECT now FROM membership_signer WHERE compartment = ?1 AND did = ?2";
    let values = [snapshot.compartment().into(), did.as_str().into()];
    let Some(signer) = snapshot.first(sql, &values, |row| decoded::<Signer>(row.bytes(0)?))? else {
        return Ok(None);
    };
    let sql = "SELECT now FROM membership_member WHERE compartment = ?1 AND member = ?2";
    let values = [snapshot.compartment().into(), signer.member.as_str().into()];
    let member = snapshot.first(sql, &values, |row| decoded::<Member>(row.bytes(0)?))?;
    let member_is_active = member.is_some_and(|member| member.status == Status::Active);
    let roles = roles_at(snapshot, &signer, time_ms)?;
    Ok(Some(SignerStanding {
        active: member_is_active && signer.status == Status::Active,
        member: signer.member,
        kind: signer.kind,
        roles,
    }))
}

/// The signers of a member, by DID, after `after`; at most `limit`.
pub fn signers(
    snapshot: &Snapshot<'_>,
    member: &MemberId,
    after: Option<&Did>,
    limit: usize,
) -> Result<SignerList> {
    let limit = limit.clamp(1, SIGNERS_PAGE_MAX);
    let sql = "SELECT did, now, position FROM membership_signer \
               WHERE compartment = ?1 AND member = ?2 AND did > ?3 ORDER BY did LIMIT ?4";
    let fetch = |after: &String, most: usize| {
        let values = [
            snapshot.compartment().into(),
            member.as_str().into(),
            after.as_str().into(),
            Value::Integer(most as i64),
        ];
        snapshot.rows(sql, &values, |row| {
            Ok((row.text(0)?.to_owned(), signer_view(row)?))
        })
    };
    let show = |mut signer: SignerView| {
        if !snapshot.shows(&signer_name(&signer.did))? {
            return Ok(None);
        }
        signer.keys = keys(snapshot, &signer.did)?;
        Ok(Some(signer))
    };
    let after = after.map_or_else(String::new, ToString::to_string);
    let (signers, next) = page(limit, after, fetch, show)?;
    Ok(SignerList { signers, next })
}

fn units(snapshot: &Snapshot<'_>, member: &str) -> Result<Vec<UnitView>> {
    let sql = "SELECT unit, now FROM membership_unit WHERE compartment = ?1 AND member = ?2 ORDER BY unit";
    let mut units = snapshot.rows(
        sql,
        &[snapshot.compartment().into(), member.into()],
        |row| {
            let now: Unit = decoded(row.bytes(1)?)?;
            Ok(UnitView {
                unit: row.text(0)?.to_owned(),
                name: now.name,
                parent: now.parent.map(|parent| parent.to_string()),
                enrolled_ms: now.enrolled_ms,
            })
        },
    )?;
    let mut shown = Vec::with_capacity(units.len());
    for unit in units.drain(..) {
        let key = format!("{member}/{}", unit.unit);
        if snapshot.shows(&name_of::<Unit>(key.as_bytes()))? {
            shown.push(unit);
        }
    }
    Ok(shown)
}

fn keys(snapshot: &Snapshot<'_>, did: &str) -> Result<Vec<KeyView>> {
    let sql = "SELECT now, reason FROM membership_key \
               WHERE compartment = ?1 AND did = ?2 ORDER BY position, key_id";
    snapshot.rows(sql, &[snapshot.compartment().into(), did.into()], |row| {
        let now: Key = decoded(row.bytes(0)?)?;
        let key =
            PublicKey::from_cose_key(&now.cose_key).map_err(|error| damaged(error.to_string()))?;
        let assurance = if now.held_by_node {
            "held_by_node"
        } else {
            "own_key"
        };
        Ok(KeyView {
            key: public_key(&key),
            assurance: assurance.to_owned(),
            valid_from_ms: now.valid_from_ms,
            valid_until_ms: now.valid_until_ms,
            revoked_ms: now.revoked_ms,
            reason: row.text(1)?.to_owned(),
        })
    })
}

fn member_view(row: &dyn Row) -> Result<MemberView> {
    let now: Member = decoded(row.bytes(1)?)?;
    Ok(MemberView {
        member: row.text(0)?.to_owned(),
        name: now.name,
        kind: now.kind.to_string(),
        status: now.status.to_string(),
        founding: now.founding,
        validator: now.validator.map(|key| key.0.to_string()),
        tree_head_keys: now.tree_head_keys.iter().map(public_key).collect(),
        units: Vec::new(),
        signers: now.signers,
        administrators: now.administrators,
        enrolled_ms: now.enrolled_ms,
        changed_height: Position::from_raw(row.integer(2)?).height(),
        reinstatement: None,
    })
}

fn signer_view(row: &dyn Row) -> Result<SignerView> {
    let now: Signer = decoded(row.bytes(1)?)?;
    Ok(SignerView {
        did: row.text(0)?.to_owned(),
        member: now.member.to_string(),
        kind: now.kind.to_string(),
        status: now.status.to_string(),
        roles: now.roles.iter().map(|role| role.to_string()).collect(),
        unit: now.unit.map(|unit| unit.to_string()),
        keys: Vec::new(),
        changed_height: Position::from_raw(row.integer(2)?).height(),
    })
}

fn public_key(key: &PublicKey) -> PublicKeyView {
    PublicKeyView {
        key_id: key.key_id().to_string(),
        jwk: key.to_jwk(),
    }
}

/// Units above a unit that are looked at.
const UNIT_LEVELS_MAX: usize = 8;

/// What `signer` may do at `time_ms`: its own roles and those of the posts it holds then.
pub(crate) fn roles_at(snapshot: &Snapshot<'_>, signer: &Signer, time_ms: u64) -> Result<Roles> {
    let mut roles = signer.roles;
    for held in signer
        .profile
        .posts
        .iter()
        .filter(|held| held.is_held(time_ms))
    {
        let post = post(snapshot, &signer.member, &held.post)?;
        if let Some(post) = post.filter(|post| post.status == Status::Active) {
            roles = roles.and(post.roles);
        }
    }
    Ok(roles)
}

/// Whether a post is there and not retired.
pub(crate) fn post_is_active(
    snapshot: &Snapshot<'_>,
    member: &MemberId,
    named: &MemberId,
) -> Result<bool> {
    let post = post(snapshot, member, named)?;
    Ok(post.is_some_and(|post| post.status == Status::Active))
}

fn post(snapshot: &Snapshot<'_>, member: &MemberId, post: &MemberId) -> Result<Option<Post>> {
    let sql =
        "SELECT now FROM membership_post WHERE compartment = ?1 AND member = ?2 AND post = ?3";
    let values = [
        snapshot.compartment().into(),
        member.as_str().into(),
        post.as_str().into(),
    ];
    snapshot.first(sql, &values, |row| decoded(row.bytes(0)?))
}

/// A signer's unit and those above it, as `member/unit`.
pub(crate) fn units_above(snapshot: &Snapshot<'_>, signer: &Signer) -> Result<Vec<String>> {
    let sql =
        "SELECT now FROM membership_unit WHERE compartment = ?1 AND member = ?2 AND unit = ?3";
    let (mut units, mut at) = (Vec::new(), signer.unit.clone());
    while let Some(unit) = at.filter(|_| units.len() < UNIT_LEVELS_MAX) {
        units.push(format!("{}/{unit}", signer.member));
        let values = [
            snapshot.compartment().into(),
            signer.member.as_str().into(),
            unit.as_str().into(),
        ];
        let found: Option<Unit> = snapshot.first(sql, &values, |row| decoded(row.bytes(0)?))?;
        at = found.and_then(|unit| unit.parent);
    }
    Ok(units)
}
