//! The node's audit log, for auditors; reading it is logged too.

use crate::{
    app::App,
    audit,
    extract::Query,
    problem::{Answer, Problem, internal, rule},
    reading::{Reader, look},
    routes::goods::{limit, parameter, time_ms},
};
use axum::{Json, extract::State};
use convoy_modules::{membership::types::Role, policy::vocabulary::View};
use convoy_node::audit::{
    Outcome,
    search::{Found, PAGE_MAX, Wanted, search},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which entries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only entries of this time or later.
    #[param(example = "2026-11-01T00:00:00Z")]
    pub from: Option<String>,
    /// Only entries before this time.
    pub to: Option<String>,
    /// Only by a signer or token whose name holds this text.
    pub who: Option<String>,
    /// Only of this kind (`read`, `denied`, `token`, `sign_in`, `administration`, `audit_read`, `opened`); any other text: with it in what was asked, in the records or in the detail.
    #[param(example = "denied")]
    pub what: Option<String>,
    /// How many at most, 1 to 1,000.
    #[param(default = 100, minimum = 1, maximum = 1000)]
    pub limit: Option<usize>,
    /// From `next` of the page before.
    pub cursor: Option<String>,
}

/// Entries of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditPage {
    /// The newest first.
    pub entries: Vec<AuditEntry>,
    /// Ask again with this cursor for older ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its number, from 1, without gaps.
    pub n: u64,
    /// When, by the node's clock, milliseconds since 1970.
    pub time_ms: u64,
    /// `read`, `denied`, `token`, `sign_in`, `administration`, `audit_read` or `opened`.
    #[schema(example = "read")]
    pub kind: String,
    /// `allowed` or `refused`.
    #[schema(example = "allowed")]
    pub outcome: String,
    /// The signer (DID); absent where there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub who: String,
    /// What the operator calls the token.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub token: String,
    /// Method and path without parameters, or the action.
    #[schema(example = "GET /v1/trace/urn:epc:id:sgtin:9521141.012345.7")]
    pub what: String,
    /// What the reader said it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub purpose: String,
    /// Records concerned, at most 64.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<String>,
    /// How many records were concerned.
    pub records_count: u64,
    /// What else there is to say.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// How many entries before this one could not be written.
    pub lost: u64,
    /// Its hash in the chain, in hexadecimal.
    pub hash: String,
}

impl From<Found> for AuditEntry {
    fn from(found: Found) -> Self {
        let entry = found.entry;
        let outcome = match entry.outcome {
            Outcome::Allowed => "allowed",
            Outcome::Refused => "refused",
        };
        Self {
            n: entry.n,
            time_ms: entry.time_ms,
            kind: entry.kind.word().to_owned(),
            outcome: outcome.to_owned(),
            who: entry.who,
            token: entry.token,
            what: entry.what,
            purpose: entry.purpose,
            records: entry.records,
            records_count: entry.records_count,
            detail: entry.detail,
            lost: entry.lost,
            hash: found.hash,
        }
    }
}

/// The audit log of this node, newest first: reads of labelled records, denials, sign-ins, first use of tokens, administration.
///
/// Only for signers with the role `auditor`, held directly or by a post. That it was read is logged before it is shown.
#[utoipa::path(get, path = "/v1/audit", operation_id = "readAudit", tag = "network", params(AuditQuery),
    responses((status = 200, body = AuditPage)))]
pub async fn entries(
    State(app): State<App>,
    reader: Reader,
    Query(query): Query<AuditQuery>,
) -> Answer<Json<AuditPage>> {
    let time = |name, text: &Option<String>| {
        let ms = time_ms(name, text.as_deref())?;
        Ok::<_, Problem>(ms.map(|ms| u64::try_from(ms).unwrap_or(0)))
    };
    let wanted = Wanted {
        from_ms: time("from", &query.from)?,
        to_ms: time("to", &query.to)?,
        who: query.who,
        what: query.what,
        limit: limit(query.limit, PAGE_MAX)?,
        before: parameter("cursor", query.cursor.as_deref())?,
    };
    let asked = look(&app, &reader, View::Record, |seeing| {
        Ok(seeing.subject().roles.has(Role::Auditor))
    });
    if !asked.await?.1 {
        audit::log_read(&app, &reader, Outcome::Refused, "not an auditor").await?;
        let detail = "the audit log is for signers with the role auditor";
        return Err(Problem::new(rule::NOT_PERMITTED, detail).remedy(
            "An administrator of the signer's member can give the role, or a post that has it.",
        ));
    }
    let detail = format!(
        "who {}, what {}",
        wanted.who.as_deref().unwrap_or("any"),
        wanted.what.as_deref().unwrap_or("any")
    );
    audit::log_read(&app, &reader, Outcome::Allowed, &detail).await?;
    let folder = app.audit().folder().to_owned();
    let page = tokio::task::spawn_blocking(move || search(&folder, &wanted))
        .await
        .map_err(|error| internal("the audit log could not be searched", &error))?
        .map_err(|error| internal("the audit log cannot be read", &error))?;
    Ok(Json(AuditPage {
        entries: page.entries.into_iter().map(AuditEntry::from).collect(),
        next: page.next.map(|n| n.to_string()),
    }))
}
