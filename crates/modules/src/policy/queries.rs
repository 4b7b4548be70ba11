//! Questions about policies, and what the interface needs to ask policies about readers: answered by the read model.

use super::{
    bounds, defaults,
    labels::canonical,
    set::Set,
    subject::{MemberFacts, Members, Resource, Subject},
    types::{Label, PolicyId, PolicyState, Request, RequestId, StoredPolicy},
};
use crate::domain::{name_of, page};
use crate::membership::{
    queries as membership,
    types::{Member, Signer, Status},
};
use convoy_readmodel::{
    Position, Result, Snapshot,
    value::{Row, Value, damaged, decoded},
};
use convoy_types::{Did, MemberId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// Signers that a look at the whole population takes in.
pub const POPULATION_MAX: usize = 20_000;

/// Policies, by id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PolicyList {
    /// By id.
    pub policies: Vec<PolicyView>,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PolicyView {
    /// Its id.
    pub id: String,
    /// `in_force` or `retired`.
    pub state: String,
    /// `permit` or `forbid`.
    pub effect: String,
    /// What it is for.
    pub description: String,
    /// Who can grant what it permits, or lift what it forbids.
    pub grantor: String,
    /// The Cedar policy.
    pub text: String,
    /// The revision that changed it last.
    pub revision: u64,
    /// Block time of that change, milliseconds since 1970.
    pub changed_ms: u64,
    /// Who changed it; nobody where the network was founded with it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub changed_by: Option<String>,
    /// Why it was retired.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub reason: String,
    /// Height of the block that changed it last.
    pub changed_height: u64,
}

/// Labels, by the name of their record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LabelList {
    /// By record.
    pub labels: Vec<LabelView>,
    /// Ask again after this record where there are more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
}

/// The label of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LabelView {
    /// The record, as `module/table/key`.
    pub record: String,
    /// `unclassified`, `restricted`, `confidential` or `secret`.
    pub classification: String,
    /// The members it may be released to; every reader of the ledger where there are none.
    pub releasable_to: Vec<String>,
    /// What a reader must have been read into.
    pub caveats: Vec<String>,
    /// The member that controls its release.
    pub originator: String,
    /// Why it was changed last, where told.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub reason: String,
    /// Height of the block that changed it last.
    pub changed_height: u64,
}

/// Requests for approval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RequestList {
    /// Newest first.
    pub requests: Vec<RequestView>,
}

/// A request for approval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RequestView {
    /// Its id.
    pub request: String,
    /// `open`, `used`, `withdrawn` or `expired`.
    pub state: String,
    /// Who asked.
    pub signer: String,
    /// The member that who asked acts for.
    pub member: String,
    /// The action's module.
    pub module: String,
    /// The action, as it would be written.
    #[schema(value_type = Object)]
    pub action: serde_json::Value,
    /// Block time when it was asked for, milliseconds since 1970.
    pub asked_ms: u64,
    /// Waits before this block time, milliseconds since 1970.
    pub expires_ms: u64,
    /// Who approved, in order.
    pub approved_by: Vec<String>,
    /// Height of the block that changed it last.
    pub changed_height: u64,
}

/// What changes when any policy does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(i64, i64);

/// Every policy, those retired where asked for.
pub fn policies(snapshot: &Snapshot<'_>, retired: bool) -> Result<PolicyList> {
    let sql =
        "SELECT id, now, reason, position FROM policy_policy WHERE compartment = ?1 ORDER BY id";
    let mut policies = snapshot.rows(sql, &[snapshot.compartment().into()], view)?;
    policies.retain(|policy| retired || policy.state == PolicyState::InForce.word());
    let mut shown = Vec::with_capacity(policies.len());
    for policy in policies {
        if snapshot.shows(&policy_name(&policy.id))? {
            shown.push(policy);
        }
    }
    Ok(PolicyList { policies: shown })
}

pub(super) fn policy_name(id: &str) -> String {
    name_of::<StoredPolicy>(id.as_bytes())
}

/// One policy.
pub fn policy(snapshot: &Snapshot<'_>, id: &PolicyId) -> Result<Option<PolicyView>> {
    if !snapshot.shows(&policy_name(id.as_str()))? {
        return Ok(None);
    }
    let sql =
        "SELECT id, now, reason, position FROM policy_policy WHERE compartment = ?1 AND id = ?2";
    snapshot.first(
        sql,
        &[snapshot.compartment().into(), id.as_str().into()],
        view,
    )
}

fn view(row: &dyn Row) -> Result<PolicyView> {
    let now: StoredPolicy = decoded(row.bytes(1)?)?;
    let id = row.text(0)?.to_owned();
    let read = PolicyId::new(&id).map_err(damaged)?;
    let read = bounds::read(&read, &now.text).map_err(|reject| damaged(reject.to_string()))?;
    Ok(PolicyView {
        effect: if super::set::permits(&read) {
            "permit"
        } else {
            "forbid"
        }
        .to_owned(),
        description: read.description.to_string(),
        grantor: read.grantor.to_string(),
        state: now.state.to_string(),
        text: now.text,
        revision: now.revision,
        changed_ms: now.changed_ms,
        changed_by: now.changed_by.map(|did| did.to_string()),
        reason: row.text(2)?.to_owned(),
        changed_height: Position::from_raw(row.integer(3)?).height(),
        id,
    })
}

/// What changes when any policy does.
pub(super) fn stamp(snapshot: &Snapshot<'_>) -> Result<Stamp> {
    let sql =
        "SELECT COUNT(*), COALESCE(MAX(position), 0) FROM policy_policy WHERE compartment = ?1";
    let found = snapshot.first(sql, &[snapshot.compartment().into()], |row| {
        Ok(Stamp(row.integer(0)?, row.integer(1)?))
    })?;
    Ok(found.unwrap_or(Stamp(0, 0)))
}

/// The policies in force; the defaults where the ledger has none of its own.
///
/// # Errors
/// When the read model cannot be read, or holds policies that this program cannot read.
pub fn set(snapshot: &Snapshot<'_>) -> Result<Arc<Set>> {
    let sql = "SELECT id, now FROM policy_policy WHERE compartment = ?1 ORDER BY id";
    let stored = snapshot.rows(sql, &[snapshot.compartment().into()], |row| {
        let now: StoredPolicy = decoded(row.bytes(1)?)?;
        Ok((PolicyId::new(row.text(0)?).map_err(damaged)?, now))
    })?;
    if stored.is_empty() {
        return Ok(Arc::clone(defaults::set()));
    }
    let fault = |reject: convoy_ledger::Reject| damaged(reject.to_string());
    let mut reads = Vec::with_capacity(stored.len());
    for (id, now) in stored
        .iter()
        .filter(|(_, now)| now.state == PolicyState::InForce)
    {
        reads.push(Arc::new(bounds::read(id, &now.text).map_err(fault)?));
    }
    Ok(Arc::new(Set::new(reads).map_err(fault)?))
}

/// Whether a member may act.
///
/// # Errors
/// When the read model cannot be read.
pub fn is_active(snapshot: &Snapshot<'_>, member: &MemberId) -> Result<bool> {
    let sql = "SELECT now FROM membership_member WHERE compartment = ?1 AND member = ?2";
    let values = [snapshot.compartment().into(), member.as_str().into()];
    let now: Option<Member> = snapshot.first(sql, &values, |row| decoded(row.bytes(0)?))?;
    Ok(now.is_some_and(|now| now.status == Status::Active))
}

/// Kind and founding of every member that may act.
///
/// # Errors
/// When the read model cannot be read.
pub fn members(snapshot: &Snapshot<'_>) -> Result<Members> {
    let sql = "SELECT member, now FROM membership_member WHERE compartment = ?1";
    let rows = snapshot.rows(sql, &[snapshot.compartment().into()], |row| {
        let now: Member = decoded(row.bytes(1)?)?;
        let name = MemberId::new(row.text(0)?).map_err(|error| damaged(error.to_string()))?;
        Ok((
            now.status == Status::Active,
            name,
            MemberFacts {
                kind: now.kind,
                founding: now.founding,
            },
        ))
    })?;
    Ok(rows
        .into_iter()
        .filter(|(active, ..)| *active)
        .map(|(_, name, facts)| (name, facts))
        .collect())
}

/// The reader `did` at `time_ms`; `None` for who is not enrolled, or not active, or whose member is not.
///
/// # Errors
/// When the read model cannot be read.
pub fn reader(snapshot: &Snapshot<'_>, did: &Did, time_ms: u64) -> Result<Option<Subject>> {
    let sql = "SELECT s.now, m.now FROM membership_signer s \
               JOIN membership_member m ON m.compartment = s.compartment AND m.member = s.member \
               WHERE s.compartment = ?1 AND s.did = ?2";
    let values = [snapshot.compartment().into(), did.as_str().into()];
    let found = snapshot.first(sql, &values, |row| {
        let signer: Signer = decoded(row.bytes(0)?)?;
        let member: Member = decoded(row.bytes(1)?)?;
        Ok((signer, member))
    })?;
    let active = found.filter(|(signer, member)| {
        signer.status == Status::Active && member.status == Status::Active
    });
    let Some((signer, _)) = active else {
        return Ok(None);
    };
    let roles = membership::roles_at(snapshot, &signer, time_ms)?;
    let mut subject = Subject::of(did, &signer, roles, time_ms);
    subject.units = membership::units_above(snapshot, &signer)?;
    Ok(Some(subject))
}

/// Every active signer of an active member, by DID, at most [`POPULATION_MAX`]; and whether there are more.
///
/// # Errors
/// When the read model cannot be read.
pub fn population(snapshot: &Snapshot<'_>, time_ms: u64) -> Result<(Vec<Subject>, bool)> {
    let members = members(snapshot)?;
    let sql = "SELECT did, now FROM membership_signer WHERE compartment = ?1 ORDER BY did LIMIT ?2";
    let limit = Value::Integer(POPULATION_MAX as i64 + 1);
    let mut rows = snapshot.rows(sql, &[snapshot.compartment().into(), limit], |row| {
        let did = Did::new(row.text(0)?).map_err(|error| damaged(error.to_string()))?;
        Ok((did, decoded::<Signer>(row.bytes(1)?)?))
    })?;
    let more = rows.len() > POPULATION_MAX;
    rows.truncate(POPULATION_MAX);
    rows.retain(|(_, signer)| {
        signer.status == Status::Active && members.contains_key(&signer.member)
    });
    let mut population = Vec::with_capacity(rows.len());
    for (did, signer) in rows {
        let roles = membership::roles_at(snapshot, &signer, time_ms)?;
        let mut subject = Subject::of(&did, &signer, roles, time_ms);
        if signer.unit.is_some() {
            subject.units = membership::units_above(snapshot, &signer)?;
        }
        population.push(subject);
    }
    Ok((population, more))
}

/// Labels by record, after `after`; at most `limit`.
pub fn labels(snapshot: &Snapshot<'_>, after: &str, limit: usize) -> Result<LabelList> {
    let sql = "SELECT record, now, reason, position FROM policy_label \
               WHERE compartment = ?1 AND record > ?2 ORDER BY record LIMIT ?3";
    let fetch = |after: &String, most: usize| {
        let values = [
            snapshot.compartment().into(),
            after.as_str().into(),
            Value::Integer(most as i64),
        ];
        snapshot.rows(sql, &values, |row| {
            Ok((row.text(0)?.to_owned(), label_view(row)?))
        })
    };
    let show = |label: LabelView| Ok(snapshot.shows(&label.record)?.then_some(label));
    let (labels, next) = page(limit, after.to_owned(), fetch, show)?;
    Ok(LabelList { labels, next })
}

/// The label of one record, where it has one.
pub fn label(snapshot: &Snapshot<'_>, record: &str) -> Result<Option<LabelView>> {
    let Some(record) = canonical(record) else {
        return Ok(None);
    };
    if !snapshot.shows(&record)? {
        return Ok(None);
    }
    let sql = "SELECT record, now, reason, position FROM policy_label WHERE compartment = ?1 AND record = ?2";
    let values = [snapshot.compartment().into(), record.as_str().into()];
    snapshot.first(sql, &values, label_view)
}

fn label_view(row: &dyn Row) -> Result<LabelView> {
    let now: Label = decoded(row.bytes(1)?)?;
    Ok(LabelView {
        record: row.text(0)?.to_owned(),
        classification: now.classification.to_string(),
        releasable_to: now.releasable_to.iter().map(ToString::to_string).collect(),
        caveats: now.caveats,
        originator: now.originator.to_string(),
        reason: row.text(2)?.to_owned(),
        changed_height: Position::from_raw(row.integer(3)?).height(),
    })
}

/// `resource` with the label that its record has: what a reader is asked about. One small read.
///
/// # Errors
/// When the read model cannot be read.
pub fn with_label(snapshot: &Snapshot<'_>, resource: Resource) -> Result<Resource> {
    Ok(match stored_label(snapshot, &resource.name())? {
        Some(label) => label.onto(resource),
        None => resource,
    })
}

/// The label of a record, whoever asks.
pub(super) fn stored_label(snapshot: &Snapshot<'_>, record: &str) -> Result<Option<Label>> {
    let sql = "SELECT now FROM policy_label WHERE compartment = ?1 AND record = ?2";
    let values = [snapshot.compartment().into(), record.into()];
    snapshot.first(sql, &values, |row| decoded(row.bytes(0)?))
}

/// The position of the newest change of a label; 0 where there was none.
pub(super) fn newest_label(snapshot: &Snapshot<'_>) -> Result<i64> {
    let sql =
        "SELECT position FROM policy_label WHERE compartment = ?1 ORDER BY position DESC LIMIT 1";
    let newest = snapshot.first(sql, &[snapshot.compartment().into()], |row| row.integer(0))?;
    Ok(newest.unwrap_or(0))
}

/// Labels that changed after a position, by record.
pub(super) fn labels_since(snapshot: &Snapshot<'_>, after: i64) -> Result<Vec<(String, Label)>> {
    let sql = "SELECT record, now FROM policy_label WHERE compartment = ?1 AND position > ?2";
    let values = [snapshot.compartment().into(), after.into()];
    snapshot.rows(sql, &values, |row| {
        Ok((row.text(0)?.to_owned(), decoded(row.bytes(1)?)?))
    })
}

/// The names of the records that an action of `module` names.
pub(super) fn named_in(module: &str, action: &[u8]) -> Vec<String> {
    let named = crate::domain(module)
        .ok()
        .and_then(|domain| domain.named(action));
    named.unwrap_or_default()
}

/// What a request for approval tells of: itself, and what the action names that it is for.
pub(super) fn told_by_request(id: RequestId, now: &Request) -> Vec<String> {
    let mut names = named_in(&now.module, &now.action);
    names.push(name_of::<Request>(&id.0));
    names
}

/// Requests for approval, newest first; at most `limit`.
pub fn requests(snapshot: &Snapshot<'_>, open: bool, limit: usize) -> Result<RequestList> {
    let sql = "SELECT request, now, position FROM policy_request \
               WHERE compartment = ?1 AND (?2 = 0 OR state = 0) AND position < ?4 ORDER BY position DESC LIMIT ?3";
    let fetch = |before: &i64, most: usize| {
        let values = [
            snapshot.compartment().into(),
            Value::Integer(i64::from(open)),
            Value::Integer(most as i64),
            Value::Integer(*before),
        ];
        snapshot.rows(sql, &values, |row| {
            Ok((row.integer(2)?, request_view(row)?))
        })
    };
    let show = |(view, names): (RequestView, Vec<String>)| shown(snapshot, view, &names);
    let (requests, _) = page(limit, i64::MAX, fetch, show)?;
    Ok(RequestList { requests })
}

/// One request for approval.
pub fn request(snapshot: &Snapshot<'_>, id: RequestId) -> Result<Option<RequestView>> {
    let sql =
        "SELECT request, now, position FROM policy_request WHERE compartment = ?1 AND request = ?2";
    let values = [snapshot.compartment().into(), id.0[..].into()];
    match snapshot.first(sql, &values, request_view)? {
        Some((view, names)) => shown(snapshot, view, &names),
        None => Ok(None),
    }
}

/// The view, where every record that it tells of may be seen.
fn shown<V>(snapshot: &Snapshot<'_>, view: V, names: &[String]) -> Result<Option<V>> {
    for name in names {
        if !snapshot.shows(name)? {
            return Ok(None);
        }
    }
    Ok(Some(view))
}

/// A request and the names of what it tells of.
fn request_view(row: &dyn Row) -> Result<(RequestView, Vec<String>)> {
    let now: Request = decoded(row.bytes(1)?)?;
    let action = crate::action_to_json(&now.module, &now.action)
        .map_err(|misfit| damaged(misfit.to_string()))?;
    let id: [u8; 16] = row
        .bytes(0)?
        .try_into()
        .map_err(|_| damaged("a request's id has 16 bytes".to_owned()))?;
    let names = told_by_request(RequestId(id), &now);
    let view = RequestView {
        request: RequestId(id).to_string(),
        state: now.state.to_string(),
        signer: now.signer.to_string(),
        member: now.member.to_string(),
        module: now.module,
        action,
        asked_ms: now.asked_ms,
        expires_ms: now.expires_ms,
        approved_by: now.approved_by.iter().map(ToString::to_string).collect(),
        changed_height: Position::from_raw(row.integer(2)?).height(),
    };
    Ok((view, names))
}
