//! The statement log block by block: what a member takes away to show, with no network, that nothing is missing.

use crate::{
    app::App,
    extract::{self, Query},
    problem::{Answer, Problem, rule},
    routes::statements::proof_problem,
};
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use convoy_types::wire::Writer;
use serde::Deserialize;
use utoipa::IntoParams;

const CBOR_SEQUENCE: &str = "application/cbor-seq";
/// Blocks in one answer where nothing is said, and at most: an empty one has 1.1 kB.
const LIMIT: usize = 256;
/// An answer ends with the block that reaches this, bytes: so that a block of 5,000 statements does not make an answer of 40 MB.
const PAGE_BYTES: usize = 256 * 1024;

/// Which blocks.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// The first height, from 1.
    #[param(default = 1, minimum = 1)]
    pub from: Option<u64>,
    /// How many at most, 1 to 256. An answer that has reached 256 KiB ends sooner.
    #[param(default = 256, minimum = 1, maximum = 256)]
    pub limit: Option<usize>,
}

/// The log block by block: header, certificate, and the ids of the statements in the order of their leaves.
///
/// Whoever has all of it from block 1 on builds the log again, compares every root, and knows that no statement is missing and none was added.
/// The answer is a CBOR sequence of `[1, header, certificate / null, ids]`; empty past the last final block. Ids tell nothing of what
/// statements say.
#[utoipa::path(get, path = "/v1/log", operation_id = "getLog", tag = "ledger", params(LogQuery),
    responses((status = 200, description = "Blocks, ascending", body = Vec<u8>, content_type = "application/cbor-seq")))]
pub async fn log(
    State(app): State<App>,
    headers: HeaderMap,
    Query(query): Query<LogQuery>,
) -> Answer<Response> {
    extract::accepts(&headers, &[CBOR_SEQUENCE])?;
    let limit = query.limit.unwrap_or(LIMIT);
    if !(1..=LIMIT).contains(&limit) {
        let detail = format!("limit: {limit} is not 1 to {LIMIT}");
        return Err(Problem::new(rule::BAD_QUERY, detail));
    }
    let first = query.from.unwrap_or(1);
    if first == 0 {
        let detail = "from: the founding is no block of statements; the first is 1";
        return Err(Problem::new(rule::BAD_QUERY, detail));
    }
    let node = app.node();
    // Also where the ledger stands still: no block comes then that would tell the tip after a start.
    let tip = node
        .tip()
        .map_or_else(|| node.height(), |header| header.core.height);
    let mut page = Writer::with_capacity(PAGE_BYTES);
    for height in (first..=tip).take(limit) {
        let block = node.logged_block(height).await.map_err(proof_problem)?;
        block.write(&mut page);
        if page.len() >= PAGE_BYTES {
            break;
        }
    }
    Ok(([(header::CONTENT_TYPE, CBOR_SEQUENCE)], page.finish()).into_response())
}
