//! "Why may I not?" and "what would this change?", asked of the read model.

use super::{
    authorizer::{Authorizer, Reading},
    bounds,
    diff::{self, Difference},
    explain::Explanation,
    labels::canonical,
    queries,
    subject::{Circumstances, Resource},
    types::PolicyId,
};
use convoy_readmodel::{Result, Snapshot};
use convoy_types::{
    Did, MemberId,
    quantity::{Decimal, EACH},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who wants to do what.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Why {
    /// Who.
    pub did: Did,
    /// What, as policies call it: `custody::offer_handover`, or a view such as `view::record`.
    pub action: String,
    /// With which record, as `module/table/key`; any of the module's that is open where left out.
    #[serde(default)]
    pub record: Option<String>,
    /// The member whose record it is; the signer's own where left out.
    #[serde(default)]
    pub owner: Option<MemberId>,
    /// Whose hand holds the key: 0 the node's, 1 the signer's, 2 the signer's in hardware; 1 where left out.
    #[serde(default)]
    pub assurance: Option<u8>,
    /// What a reader says it is for.
    #[serde(default)]
    pub purpose: Option<String>,
    /// With how much, where policies limit amounts; nothing where left out.
    #[serde(default)]
    pub amount: Option<Decimal>,
    /// In which unit: UN/ECE Recommendation 20, `EA` where left out.
    #[serde(default)]
    pub unit: Option<String>,
    /// Of what, as policies call it: `https://id.gs1.org/01/09521101120011`.
    #[serde(default)]
    pub item: Option<String>,
    /// How many others approved it; nobody where left out.
    #[serde(default)]
    pub approvals: Option<u64>,
}

/// A change of policies that is thought of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The policy that would be put, replaced or retired.
    pub id: PolicyId,
    /// Its text; retired where left out.
    #[serde(default)]
    pub text: Option<String>,
}

/// Who would gain and who would lose what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// Why there is no comparison: what is wrong with the policy.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub refused: String,
    /// By action, then kind of record.
    pub changes: Vec<diff::Change>,
    /// People, devices and services looked at.
    pub population: usize,
    /// Whether some people or changes were left out.
    pub cut: bool,
}

/// The block's time at the snapshot's height, milliseconds.
fn time_ms(snapshot: &Snapshot<'_>) -> Result<u64> {
    let block = snapshot.block(snapshot.height())?;
    Ok(block.map_or(0, |block| block.time_ms))
}

/// Why somebody may or may not do something; `None` where there is no such signer that may act, or no such action.
pub(super) fn why(snapshot: &Snapshot<'_>, asked: &Why) -> Result<Option<Explanation>> {
    let time_ms = time_ms(snapshot)?;
    let Some(subject) = queries::reader(snapshot, &asked.did, time_ms)? else {
        return Ok(None);
    };
    let named = match &asked.record {
        Some(record) => match canonical(record) {
            Some(record) => record,
            None => return Ok(None),
        },
        None => {
            let module = asked.action.split("::").next();
            module.unwrap_or_default().to_owned()
        }
    };
    let mut parts = named.splitn(3, '/');
    let mut part = || parts.next().unwrap_or_default();
    let (module, table, key) = (part(), part(), part());
    let owner = Some(
        asked
            .owner
            .clone()
            .unwrap_or_else(|| subject.member.clone()),
    );
    let resource = Resource {
        owner: owner.clone(),
        custodian: owner,
        ..Resource::open(module, table, key.as_bytes(), "common")
    };
    // To whom even that it exists may not be told, the record looks like any other.
    let resource = match snapshot.knows(&resource.name())? {
        true => queries::with_label(snapshot, resource)?,
        false => resource,
    };
    let reading = Reading {
        subject,
        circumstances: Circumstances {
            time_ms,
            assurance: asked.assurance.unwrap_or(1).min(2),
            purpose: asked.purpose.clone().unwrap_or_default(),
            approvals: asked.approvals.unwrap_or_default(),
            item: asked.item.clone().unwrap_or_default(),
            unit: asked.unit.clone().unwrap_or_else(|| EACH.to_owned()),
            amount: asked.amount.unwrap_or_default(),
            amount_today: asked.amount.unwrap_or_default(),
            ..Circumstances::default()
        },
        members: queries::members(snapshot)?,
    };
    let authorizer = Authorizer::new(queries::set(snapshot)?);
    Ok(authorizer.explain(&reading, &asked.action, &resource))
}

/// Who would gain and who would lose what.
pub(super) fn compare(snapshot: &Snapshot<'_>, asked: &Change) -> Result<Comparison> {
    let before = queries::set(snapshot)?;
    let after = match &asked.text {
        Some(text) => bounds::read(&asked.id, text).and_then(|read| before.with(read)),
        None => before.without(&asked.id),
    };
    let (difference, refused) = match after {
        Ok(after) => {
            let time_ms = time_ms(snapshot)?;
            let (people, more) = queries::population(snapshot, time_ms)?;
            let members = queries::members(snapshot)?;
            let found = diff::diff(&before, &after, &people, &members, time_ms);
            let cut = found.cut || more;
            (Difference { cut, ..found }, String::new())
        }
        Err(reject) => (Difference::default(), reject.to_string()),
    };
    Ok(Comparison {
        refused,
        changes: difference.changes,
        population: difference.population,
        cut: difference.cut,
    })
}
