//! What a signer or one of its keys signed since a time: for the day when a key is in the wrong hands.

use crate::{
    answers::AtHeight,
    app::App,
    extract::{Query, Segment},
    problem::{Answer, internal},
    reading::{Reader, look},
    routes::blocks::limit_of,
};
use axum::{Json, extract::State};
use convoy_modules::policy::vocabulary::View;
use convoy_readmodel::StatementView;
use convoy_types::{Did, cose::KeyId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Since when, with which key.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SignedQuery {
    /// Only what is in blocks of this time or later, milliseconds since 1970.
    since_ms: u64,
    /// Only what this key signed, by its id.
    #[param(value_type = Option<String>)]
    key_id: Option<KeyId>,
    /// Go on at this height, from `next` of the answer before.
    from: Option<u64>,
    /// The answer ends with the block in which this many are reached, 1 to 1000.
    limit: Option<usize>,
}

/// A statement that was signed.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedStatement {
    /// Where it stands and what became of it.
    #[serde(flatten)]
    pub statement: StatementView,
    /// The key that signed it.
    pub key_id: String,
    /// What it asked for: the module of each action.
    pub modules: Vec<String>,
}

/// What was signed.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedStatements {
    /// The statements, oldest first.
    pub statements: Vec<SignedStatement>,
    /// Ask again from this height where the end was not reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// Everything a signer signed since a time, or one key of it.
///
/// The ledger is looked through from that time on, so a page may be short or empty and still have a `next`.
#[utoipa::path(get, path = "/v1/signers/{did}/statements", operation_id = "listSigned", tag = "members",
    params(("did" = String, Path, description = "The signer's DID, percent-encoded", example = "did:web:logistics.example:7f3a"), SignedQuery),
    responses((status = 200, body = AtHeight<SignedStatements>)))]
pub async fn signed(
    State(app): State<App>,
    reader: Reader,
    segment: Segment,
    Query(query): Query<SignedQuery>,
) -> Answer<Json<AtHeight<SignedStatements>>> {
    let did: Did = segment.parse()?;
    let limit = limit_of(query.limit)?;
    let (height, found) = look(&app, &reader, View::List, move |seeing| {
        let mut found = seeing
            .snapshot
            .signed(did.as_str(), query.since_ms, query.from, limit)?;
        let mut shown = Vec::with_capacity(found.statements.len());
        for view in found.statements {
            if seeing.statement_row(&view)? {
                shown.push(view);
            }
        }
        found.statements = shown;
        Ok(found)
    })
    .await?;
    let mut statements = Vec::new();
    for view in found.statements {
        // Who signed is in the read model, with which key only in the statement.
        let statement = app.node().statement(&view.id).await;
        let statement = statement
            .map_err(|error| internal("a statement of the list cannot be read", &error))?;
        if query
            .key_id
            .is_some_and(|wanted| wanted != statement.key_id())
        {
            continue;
        }
        let actions = &statement.content().actions;
        statements.push(SignedStatement {
            statement: view,
            key_id: statement.key_id().to_string(),
            modules: actions
                .iter()
                .map(|action| action.module.to_string())
                .collect(),
        });
    }
    Ok(Json(AtHeight {
        height,
        answer: SignedStatements {
            statements,
            next: found.next,
        },
    }))
}
