//! What the operator of this node asks of it: what its disk holds, and its history for a backup.

use crate::{
    app::App,
    audit,
    auth::Caller,
    extract::{self, Query},
    problem::{Answer, Problem, rule},
    routes::statements::proof_problem,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use convoy_node::{
    audit::{Kind, Outcome, Said},
    backup,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const CBOR_SEQUENCE: &str = "application/cbor-seq";
/// Blocks in one answer at most.
const BLOCKS_MAX: usize = 1_024;
/// An answer ends with the block that reaches this, bytes.
const PAGE_BYTES: usize = 1 << 20;

/// What the node's disk holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct StorageView {
    /// Blocks below this height were pruned here; 1: none was.
    pub history_from: u64,
    /// Bytes of what `[retention]` limits: blocks, certificates, outcomes and log hashes.
    pub history_bytes: u64,
    /// The limit, bytes, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history_bytes_max: Option<u64>,
    /// The limit, days, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history_days_max: Option<u32>,
    /// Bytes by kind, as the disk counts them. Empty until it was measured first.
    pub kinds: Vec<StorageKind>,
    /// The backups that the node makes by itself, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<BackupView>,
}

/// Bytes of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct StorageKind {
    /// `blocks`, `certificates`, `outcomes`, `log`, `state`, `happened`, `lanes`, `read_model`, `audit`, `consensus` or `other`.
    #[schema(example = "blocks")]
    pub kind: String,
    /// Bytes.
    pub bytes: u64,
}

/// How the backups are that the node makes by itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct BackupView {
    /// The last block in the backup.
    pub height: Option<u64>,
    /// When it was made, milliseconds since 1970.
    pub made_ms: Option<u64>,
    /// Why the last try failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// What the node's disk holds, by kind, and from which block on it has history.
#[utoipa::path(get, path = "/v1/node/storage", operation_id = "getStorage", tag = "node", responses((status = 200, body = StorageView)))]
pub async fn storage(State(app): State<App>) -> Json<StorageView> {
    let node = app.node();
    let (storage, config) = (node.storage(), node.config());
    let kinds = storage.bytes.iter().map(|(kind, bytes)| StorageKind {
        kind: kind.word().to_owned(),
        bytes: *bytes,
    });
    let backup = config.backup.is_some().then(|| {
        let status = node.backups();
        BackupView {
            height: status.height,
            made_ms: status.made_ms,
            fault: status.fault,
        }
    });
    Json(StorageView {
        history_from: storage.history_from.max(1),
        history_bytes: storage.history_bytes(),
        history_bytes_max: config.retention.bytes,
        history_days_max: config.retention.days,
        kinds: kinds.collect(),
        backup,
    })
}

/// From which block on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// The first height, from 1.
    #[param(minimum = 1)]
    pub from: u64,
}

/// Final blocks as they are stored, for a backup or a replay: everything in them, whatever its label.
///
/// A CBOR sequence of `[block, certificate / null, outcomes]`, as many as 1 MiB holds and 1,024 at most; empty past the last final block. Every
/// such question is in the audit log.
#[utoipa::path(get, path = "/v1/node/history", operation_id = "getStoredHistory", tag = "node", params(HistoryQuery),
    responses((status = 200, description = "Blocks, ascending", body = Vec<u8>, content_type = "application/cbor-seq")))]
pub async fn history(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Query(query): Query<HistoryQuery>,
) -> Answer<Response> {
    extract::accepts(&headers, &[CBOR_SEQUENCE])?;
    if query.from == 0 {
        let detail = "from: the founding is no block of statements; the first is 1";
        return Err(Problem::new(rule::BAD_QUERY, detail));
    }
    let said = Said::new(
        Kind::Administration,
        Outcome::Allowed,
        "GET /v1/node/history",
    );
    let token = caller.token()?;
    let said = said.by(token.signer.as_ref(), &token.name).detail(format!(
        "the whole history from block {} on, for a backup or a replay",
        query.from
    ));
    app.audit().record(said).await.map_err(audit::unlogged)?;
    let node = app.node();
    let tip = node.height();
    let mut page = Vec::new();
    for height in (query.from..=tip).take(BLOCKS_MAX) {
        let entry = node.stored(height).await;
        let entry = entry.ok_or_else(|| proof_problem(node.absent(height)))?;
        backup::write_entry(&mut page, &entry);
        if page.len() >= PAGE_BYTES {
            break;
        }
    }
    Ok(([(header::CONTENT_TYPE, CBOR_SEQUENCE)], page).into_response())
}
