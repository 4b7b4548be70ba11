//! Final blocks: what was ordered when, and what became of it.

use crate::{
    answers::{AtHeight, ask},
    app::App,
    cache,
    extract::{Query, Segment},
    problem::{Answer, Problem, rule},
    reading::{Reader, look},
};
use axum::{Json, extract::State, http::HeaderMap, response::Response};
use convoy_modules::policy::vocabulary::View;
use convoy_readmodel::{BlockView, StatementView};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Blocks in one answer where nothing is said.
const LIMIT: usize = 50;
/// Blocks or statements in one answer at most.
const LIMIT_MAX: usize = 1_000;

/// Which blocks.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BlocksQuery {
    /// The first height; the newest blocks where left out.
    pub from: Option<u64>,
    /// How many at most, 1 to 1,000.
    #[param(default = 50, minimum = 1, maximum = 1000)]
    pub limit: Option<usize>,
}

/// Blocks, ascending.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockList {
    /// By height.
    pub blocks: Vec<BlockView>,
}

/// Refuses a page size of nothing or too much.
pub fn limit_of(asked: Option<usize>) -> Answer<usize> {
    match asked.unwrap_or(LIMIT) {
        limit @ 1..=LIMIT_MAX => Ok(limit),
        limit => Err(Problem::new(
            rule::BAD_QUERY,
            format!("limit: {limit} is not 1 to {LIMIT_MAX}"),
        )),
    }
}

/// Final blocks, ascending.
#[utoipa::path(get, path = "/v1/blocks", operation_id = "listBlocks", tag = "ledger", params(BlocksQuery), responses((status = 200, body = AtHeight<BlockList>)))]
pub async fn blocks(
    State(app): State<App>,
    reader: Reader,
    Query(query): Query<BlocksQuery>,
) -> Answer<Json<AtHeight<BlockList>>> {
    let limit = limit_of(query.limit)?;
    ask(&app, &reader, View::List, move |snapshot| {
        Ok(BlockList {
            blocks: snapshot.blocks(query.from, limit)?,
        })
    })
    .await
    .map(Json)
}

/// Which of a block's statements.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BlockQuery {
    /// The place of the first statement, from 0.
    pub from: u32,
    /// How many statements at most, 1 to 1,000.
    #[param(default = 50, minimum = 1, maximum = 1000)]
    pub limit: Option<usize>,
}

/// A block with statements.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockWithStatements {
    /// The block.
    pub block: BlockView,
    /// Its statements from the place asked for.
    pub statements: Vec<StatementView>,
}

/// One final block with its statements. It never changes.
#[utoipa::path(get, path = "/v1/blocks/{height}", operation_id = "getBlock", tag = "ledger",
    params(("height" = u64, Path, description = "The block's height"), BlockQuery),
    responses((status = 200, body = BlockWithStatements)))]
pub async fn block(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    segment: Segment,
    Query(query): Query<BlockQuery>,
) -> Answer<Response> {
    let height: u64 = segment.parse()?;
    let limit = limit_of(query.limit)?;
    let found = look(&app, &reader, View::List, move |seeing| {
        let snapshot = seeing.snapshot;
        let Some(block) = snapshot.block(height)? else {
            return Ok(None);
        };
        let mut statements = Vec::new();
        for statement in snapshot.statements(&block, query.from, limit)? {
            if seeing.statement_row(&statement)? {
                statements.push(statement);
            }
        }
        let answer = BlockWithStatements { block, statements };
        Ok(Some((answer, seeing.is_clear())))
    });
    let (at, found) = found.await?;
    let Some((answer, clear)) = found else {
        let detail = format!("up to block {at} there is no block {height}");
        return Err(Problem::new(rule::NOT_FOUND, detail));
    };
    let name = format!("{}.{}.{limit}", answer.block.digest, query.from);
    Ok(cache::for_all(clear, &headers, &name, Json(answer)))
}
