//! Policies, schema, and whom and what they speak of, as files that Cedar's own tools read: anybody can check our decisions without us.
//!
//! Flow: [`files`] takes what is in force at a snapshot → `policies.cedar`, `policy.cedarschema`, `entities.json` and a `request.json` to begin
//! with, which `cedar validate` and `cedar authorize` take as they are.
//!
//! Invariants: the files hold what the reader of the snapshot may see and no more; every policy has its id as `@id`; a question that is put to
//! Cedar with these files has the answer that the ledger gives. Limits: people beyond [`POPULATION_MAX`](queries::POPULATION_MAX) and labels
//! beyond [`LABELS_MAX`] are left out, and `cut` says so.

use super::{
    needs::Needs,
    queries,
    set::Set,
    subject::{Circumstances, Resource, Subject, member_entity},
    vocabulary::{self, vocabulary},
};
use cedar_policy::{Entities, Entity};
use convoy_readmodel::{Result, Snapshot, value::damaged};
use convoy_types::MemberId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt::Write as _;
use utoipa::ToSchema;

/// Labelled records in the file of entities.
pub const LABELS_MAX: usize = 10_000;

/// Files for Cedar's own tools.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Exported {
    /// By name.
    pub files: Vec<File>,
    /// Whether people or labelled records were left out because there are too many, or policies because they may not be seen.
    pub cut: bool,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PolicyFile)]
pub struct File {
    /// Its name.
    #[schema(example = "policies.cedar")]
    pub file: String,
    /// What it holds.
    pub text: String,
}

/// What is in force at the snapshot, as files.
pub(super) fn files(snapshot: &Snapshot<'_>) -> Result<Exported> {
    let block = snapshot.block(snapshot.height())?;
    let time_ms = block.map_or(0, |block| block.time_ms);
    let set = queries::set(snapshot)?;
    let (people, more) = queries::population(snapshot, time_ms)?;
    let members = queries::members(snapshot)?;
    let (records, cut) = records(snapshot, members.keys())?;
    let fault = |error: String| damaged(error);
    let mut entities = Vec::with_capacity(people.len() + records.len() + members.len());
    for (member, facts) in &members {
        entities.push(member_entity(member, *facts).map_err(fault)?);
    }
    for subject in &people {
        entities.push(subject.entity(Needs::ALL).map_err(fault)?);
    }
    for record in &records {
        entities.push(record.entity().map_err(fault)?);
    }
    let (policies, hidden) = policies(snapshot, &set)?;
    let request = request(people.first(), records.first(), time_ms).map_err(fault)?;
    let files = [
        ("policies.cedar", policies),
        ("policy.cedarschema", vocabulary().text.clone()),
        ("entities.json", written(entities)?),
        ("request.json", request),
    ];
    Ok(Exported {
        files: files
            .map(|(file, text)| File {
                file: file.to_owned(),
                text,
            })
            .into(),
        cut: cut || more || hidden,
    })
}

/// The policies in one text, each with its id; and whether some may not be seen.
fn policies(snapshot: &Snapshot<'_>, set: &Set) -> Result<(String, bool)> {
    let (mut all, mut hidden) = (String::new(), false);
    for read in set.policies() {
        if !snapshot.shows(&queries::policy_name(read.id.as_str()))? {
            hidden = true;
            continue;
        }
        if read.policy.annotation("id").is_none() {
            // Writing to a text cannot fail.
            let _ = writeln!(all, "@id(\"{}\")", read.id);
        }
        let _ = writeln!(all, "{}\n", read.text.trim());
    }
    Ok((all, hidden))
}

/// Records to ask about: of each module one that is nobody's and one of each member's, and all that have a label. And whether there are more.
pub(super) fn records<'m>(
    snapshot: &Snapshot<'_>,
    members: impl Iterator<Item = &'m MemberId> + Clone,
) -> Result<(Vec<Resource>, bool)> {
    let mut records = Vec::new();
    for domain in crate::domains() {
        records.push(Resource::open(domain.name(), "", b"", "common"));
        records.extend(members.clone().map(|member| Resource {
            owner: Some(member.clone()),
            custodian: Some(member.clone()),
            ..Resource::open(domain.name(), "of", member.as_str().as_bytes(), "common")
        }));
    }
    let labels = queries::labels(snapshot, "", LABELS_MAX)?;
    for label in labels.labels {
        let mut parts = label.record.splitn(3, '/');
        let mut part = || parts.next().unwrap_or_default();
        let open = Resource::open(part(), part(), part().as_bytes(), "common");
        records.push(queries::with_label(snapshot, open)?);
    }
    Ok((records, labels.next.is_some()))
}

fn written(entities: Vec<Entity>) -> Result<String> {
    let told = |error: &dyn std::fmt::Display| damaged(error.to_string());
    let entities = Entities::from_entities(entities, None).map_err(|error| told(&error))?;
    let json = entities.to_json_value().map_err(|error| told(&error))?;
    serde_json::to_string_pretty(&json).map_err(|error: serde_json::Error| told(&error))
}

/// A question to begin with, for `cedar authorize --request-json`.
fn request(
    who: Option<&Subject>,
    record: Option<&Resource>,
    time_ms: u64,
) -> std::result::Result<String, String> {
    let circumstances = Circumstances {
        time_ms,
        assurance: 1,
        ..Circumstances::default()
    };
    let context = circumstances.whole()?;
    let context = context.to_json_value().map_err(|error| error.to_string())?;
    let first = vocabulary().actions.first().map(|known| known.name.clone());
    let request = json!({
        "principal": who.map(|who| who.uid().to_string()),
        "action": first.map(|name| vocabulary::uid("Action", &name).to_string()),
        "resource": record.map(|record| record.uid().to_string()),
        "context": context,
    });
    serde_json::to_string_pretty(&request).map_err(|error| error.to_string())
}
