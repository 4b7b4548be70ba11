//! What network this is, whom to trust, which rules and limits are in force.

use crate::{
    app::{App, now_ms},
    config::ApiConfig,
    epcis::store,
    problem::{self, rule},
    routes::{modules::schema_path, statements::WAIT_MS_MAX},
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use convoy_ledger::Rule;
use convoy_modules::{Description, domains};
use convoy_node::{mempool::Bounds, presence::Sighting};
use convoy_types::{
    limits::{self, Limit},
    statement::Fault,
};
use serde::Serialize;
use utoipa::ToSchema;

/// The network and this node's place in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct NetworkView {
    /// The network that statements must name.
    #[schema(example = "baltic.ba7816bf8f01cfea")]
    pub network: String,
    /// SHA-256 of the genesis document.
    pub genesis: String,
    /// The member whose node this is.
    #[schema(example = "est")]
    pub member: String,
    /// The rules in force.
    pub protocol_version: u32,
    /// The newest rules that this node's build executes.
    pub protocol_newest: u32,
    /// The program's version.
    pub software: String,
    /// Members with a validator.
    pub validators: Vec<String>,
    /// Members of the founding; `/v1/members` has those of today.
    pub founders: Vec<String>,
    /// The last block that is final here.
    pub height: u64,
    /// Its time, milliseconds since 1970.
    pub time_ms: u64,
    /// Leaves of the statement log.
    pub log_size: u64,
    /// Root of the statement log (RFC 9162).
    pub log_root: String,
}

/// The network and this node's place in it.
#[utoipa::path(get, path = "/v1/network", operation_id = "getNetwork", tag = "network", responses((status = 200, body = NetworkView)))]
pub async fn network(State(app): State<App>) -> Json<NetworkView> {
    let (info, tip, log) = (app.node().info(), app.node().tip(), app.node().log_tip());
    let (protocol_version, protocol_newest) = app.node().protocol();
    let texts =
        |members: &[convoy_types::MemberId]| members.iter().map(ToString::to_string).collect();
    Json(NetworkView {
        network: info.network.to_string(),
        genesis: info.genesis.to_string(),
        member: info.member.to_string(),
        protocol_version,
        protocol_newest,
        software: info.software.to_owned(),
        validators: app
            .node()
            .validators(app.node().epoch())
            .unwrap_or_default()
            .iter()
            .map(|validator| validator.member.to_string())
            .collect(),
        founders: texts(&info.members),
        height: app.node().height(),
        time_ms: tip.as_ref().map_or(0, |header| header.core.time_ms),
        log_size: log.0,
        log_root: log.1.to_string(),
    })
}

/// The trust file: what an offline verifier has to believe.
///
/// Get it from somebody you trust, once; from then on receipts verify with no network.
#[utoipa::path(get, path = "/v1/trust", operation_id = "getTrust", tag = "network", responses((status = 200, description = "The trust file, as `convoy verify --trust` reads it", body = Object)))]
pub async fn trust(State(app): State<App>) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        app.node().trust_now().to_json(),
    )
        .into_response()
}

/// A block that a validator had to do with.
#[derive(Debug, Serialize, ToSchema)]
pub struct SightingView {
    /// Its height.
    pub height: u64,
    /// Its time, milliseconds since 1970.
    pub time_ms: u64,
    /// When this node learnt of it, by its own clock, milliseconds since 1970.
    pub seen_ms: u64,
}

impl From<Sighting> for SightingView {
    fn from(sighting: Sighting) -> Self {
        Self {
            height: sighting.height,
            time_ms: sighting.time_ms,
            seen_ms: sighting.seen_ms,
        }
    }
}

/// How a validator was last heard of.
#[derive(Debug, Serialize, ToSchema)]
pub struct LivenessView {
    /// Its member.
    #[schema(example = "est")]
    pub member: String,
    /// The newest final block that it proposed; absent where none came since this node started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed: Option<SightingView>,
    /// The newest block whose tree head it signed; absent where none came since this node started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<SightingView>,
}

/// How every validator was last heard of.
#[derive(Debug, Serialize, ToSchema)]
pub struct LivenessList {
    /// The last block that is final here.
    pub height: u64,
    /// This node's clock, milliseconds since 1970, to hold the times against.
    pub now_ms: u64,
    /// By member.
    pub validators: Vec<LivenessView>,
}

/// How every validator was last heard of: the last block that it proposed and that it signed, and when this node saw it.
///
/// A validator that runs signs a tree head for every block, and repeats its last one while the log rests. What came before this node
/// started is not remembered.
#[utoipa::path(get, path = "/v1/validators/liveness", operation_id = "getLiveness", tag = "network", responses((status = 200, body = LivenessList)))]
pub async fn liveness(State(app): State<App>) -> Json<LivenessList> {
    let presence = app.node().presence().into_iter();
    let mut validators: Vec<LivenessView> = presence
        .map(|(member, seen)| LivenessView {
            member: member.to_string(),
            proposed: seen.proposed.map(Into::into),
            signed: seen.signed.map(Into::into),
        })
        .collect();
    validators.sort_by(|a, b| a.member.cmp(&b.member));
    Json(LivenessList {
        height: app.node().tip().map_or(0, |header| header.core.height),
        now_ms: now_ms(),
        validators,
    })
}

/// One limit.
#[derive(Debug, Serialize, ToSchema)]
pub struct LimitView {
    /// Stable name.
    #[schema(example = "statement_bytes")]
    pub name: &'static str,
    /// The largest value accepted.
    pub max: u64,
    /// What is counted.
    #[schema(example = "bytes")]
    pub unit: &'static str,
}

/// Every limit that a caller can run into.
#[derive(Debug, Serialize, ToSchema)]
pub struct LimitList {
    /// The limits.
    pub limits: Vec<LimitView>,
}

/// Every limit that a caller can run into.
#[utoipa::path(get, path = "/v1/limits", operation_id = "getLimits", tag = "network", responses((status = 200, body = LimitList)))]
pub async fn limits(State(app): State<App>) -> Json<LimitList> {
    let view = |limit: Limit| LimitView {
        name: limit.name,
        max: limit.max,
        unit: limit.unit,
    };
    let of_modules = domains().iter().flat_map(Description::limits);
    let everywhere = limits::ALL.iter().chain(of_modules).copied();
    let here = own_limits(app.config(), app.node().waiting_bounds());
    Json(LimitList {
        limits: everywhere.chain(here).map(view).collect(),
    })
}

/// The limits of this node alone: those of its pool of waiting statements, and of its interface.
fn own_limits(config: &ApiConfig, pool: Bounds) -> impl Iterator<Item = Limit> {
    let count = |name, max: usize, unit| Limit::new(name, max as u64, unit);
    let time = |name, max: u64| Limit::new(name, max, "milliseconds");
    [
        count(
            "member_statements",
            pool.member_count,
            "statements of one member that wait on this node",
        ),
        count(
            "member_bytes",
            pool.member_bytes,
            "bytes of one member's statements that wait on this node",
        ),
        count(
            "parked",
            pool.parked,
            "statements of one lane that wait behind a gap on this node",
        ),
        count(
            "connections",
            config.connections_max,
            "connections open to this node",
        ),
        count(
            "requests",
            config.requests_max,
            "requests under way on this node",
        ),
        count(
            "waiting",
            config.waiting_max,
            "long polls and feeds on this node",
        ),
        count(
            "body_bytes",
            config.body_bytes_max.max(limits::STREAM_BYTES_MAX),
            "bytes of bodies under way on this node",
        ),
        count(
            "documents",
            config.documents_max,
            "documents read behind their answer on this node",
        ),
        count(
            "documents_each",
            config.documents_each_max,
            "of these, documents of one signer",
        ),
        count(
            "capture_jobs",
            config.capture_jobs_max,
            "capture jobs remembered on this node",
        ),
        count(
            "named_queries",
            store::QUERIES_MAX,
            "named EPCIS queries on this node",
        ),
        count(
            "subscriptions",
            store::SUBSCRIPTIONS_MAX,
            "EPCIS subscriptions on this node",
        ),
        time("answer_within", config.answer_within_ms),
        time("request_time", config.request_timeout_ms),
        time("head_time", config.head_timeout_ms),
        time("feed_stall", config.feed_stall_ms),
        time("unread", config.unread_ms.into()),
        time("wait", WAIT_MS_MAX),
    ]
    .into_iter()
}

/// A module of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModuleView {
    /// Its name, as in actions.
    #[schema(example = "custody")]
    pub name: &'static str,
    /// What it is for.
    pub summary: &'static str,
    /// Where its actions, questions, records, events and refusals are told.
    #[schema(example = "/v1/modules/custody/schema")]
    pub schema: String,
}

/// The modules of this ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModuleList {
    /// In the order of the registry.
    pub modules: Vec<ModuleView>,
}

/// The modules of this ledger.
#[utoipa::path(get, path = "/v1/modules", operation_id = "listModules", tag = "network", responses((status = 200, body = ModuleList)))]
pub async fn modules() -> Json<ModuleList> {
    let view = |domain: &Description| ModuleView {
        name: domain.name(),
        summary: domain.summary(),
        schema: schema_path(domain.name()),
    };
    Json(ModuleList {
        modules: domains().iter().map(view).collect(),
    })
}

/// One refusal that can be given.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusalView {
    /// Its number; never reused.
    #[schema(example = 10)]
    pub code: u16,
    /// Its stable name.
    #[schema(example = "sequence-used")]
    pub name: String,
    /// Whether sending the same thing again later can succeed.
    pub retryable: bool,
    /// What to do next.
    pub remedy: String,
    /// The HTTP status it is answered with.
    #[schema(example = 409)]
    pub status: u16,
}

/// Every refusal that can be given.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusalList {
    /// By number.
    pub refusals: Vec<RefusalView>,
}

/// Every refusal that can be given: of the ledger, of a statement's form, and of this interface.
#[utoipa::path(get, path = "/v1/refusals", operation_id = "listRefusals", tag = "network", responses((status = 200, body = RefusalList)))]
pub async fn refusals(State(app): State<App>) -> Json<RefusalList> {
    let view = |rule: &Rule| RefusalView {
        code: rule.number,
        name: rule.name.to_owned(),
        retryable: rule.retryable,
        remedy: rule.remedy.to_owned(),
        status: problem::status_of(*rule).as_u16(),
    };
    let form = |fault: &Fault| RefusalView {
        code: fault.number(),
        name: kebab(&format!("{fault:?}")),
        retryable: false,
        remedy: fault.remedy().to_owned(),
        status: 400,
    };
    let own = rule::STATUS.iter().map(|(rule, _)| view(rule));
    let mut refusals: Vec<RefusalView> = app
        .node()
        .rules()
        .into_iter()
        .map(view)
        .chain(Fault::ALL.iter().map(form))
        .chain(own)
        .collect();
    refusals.sort_by_key(|refusal| refusal.code);
    Json(RefusalList { refusals })
}

/// `NotCanonical` → `statement-not-canonical`.
fn kebab(name: &str) -> String {
    let mut text = String::from("statement");
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            text.push('-');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_bound_of_the_pool_and_of_the_interface_is_listed() {
        let pool = Bounds {
            parked: 7,
            ..Bounds::default()
        };
        let listed: BTreeMap<&str, u64> = own_limits(&ApiConfig::default(), pool)
            .map(|limit| (limit.name, limit.max))
            .collect();
        assert_eq!(listed["parked"], 7);
        assert_eq!(listed["member_statements"], pool.member_count as u64);
        assert_eq!(listed["member_bytes"], pool.member_bytes as u64);
        let (fields, _) = include_str!("../config.rs")
            .split_once("impl Default")
            .unwrap();
        let mut bounds = 0;
        for line in fields.lines() {
            let field = line.trim().strip_prefix("pub ");
            let Some((field, _)) = field.and_then(|field| field.split_once(": ")) else {
                continue;
            };
            let Some(name) = field.strip_suffix("_max") else {
                continue;
            };
            bounds += 1;
            assert!(listed.contains_key(name), "{field} is not listed");
        }
        assert!(bounds >= 7, "the bounds were not found");
        let everywhere = limits::ALL
            .iter()
            .chain(domains().iter().flat_map(Description::limits));
        for limit in everywhere {
            assert!(
                !listed.contains_key(limit.name),
                "{} is listed twice",
                limit.name
            );
        }
    }
}
