//! Actions as JSON: the node writes them in deterministic CBOR, signs for the token's signer, and submits.

use crate::{
    app::App,
    audit,
    auth::Caller,
    extract::{self, Query},
    problem::{Answer, Problem, ProblemBody},
    reading::{Reader, heard},
    routes::statements::{Results, SubmitQuery, Submitted, would_do},
};
use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
};
use convoy_ledger::{Reject, reject};
use convoy_modules::domain;
use convoy_node::SignOptions;
use convoy_types::{
    Did,
    limits::{LANES_MAX, STATEMENT_ACTIONS_MAX, STATEMENT_BYTES_MAX},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// One action of one module.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModuleAction {
    /// The module.
    #[schema(example = "custody")]
    pub module: String,
    /// The action: an object with its name and fields. `/v1/modules` lists the modules, `/v1/modules/{module}/schema` the actions. For `custody` a `capture` holds one EPCIS event.
    #[schema(value_type = Object, example = json!({"offer_handover": {"to": "fra", "objects": ["urn:epc:id:sscc:9521141.0123456789"]}}))]
    pub action: Value,
}

/// Actions to be signed and submitted as one statement; they take effect all or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Actions {
    /// The actions, in order; 1 to 1,000.
    pub actions: Vec<ModuleAction>,
    /// The signer's lane, 0 to 63.
    #[serde(default)]
    #[schema(default = 0, maximum = 63)]
    pub lane: u8,
    /// The block time past which it can never execute, milliseconds since 1970; the node's choice where left out.
    #[serde(default)]
    pub not_after_ms: Option<u64>,
    /// What the statement is about, such as an object's identifier; shown on its receipts.
    #[serde(default)]
    pub subject: Option<String>,
}

/// Have the node sign actions and submit them.
///
/// The node signs with the key of the token's signer, so the statement says that its key is held by the member's node. Actions that demand the person's own key
/// are refused; sign those yourself and use `/v1/statements`. `?dry_run=true` tells what would happen and submits nothing.
#[utoipa::path(
    post,
    path = "/v1/actions",
    operation_id = "act",
    tag = "statements",
    params(SubmitQuery),
    request_body = Actions,
    responses(
        (status = 202, description = "Signed and admitted", body = Results),
        (status = 400, description = "The pointer names the wrong field", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The ledger has it already", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn act(
    State(app): State<App>,
    caller: Caller,
    reader: Reader,
    Query(query): Query<SubmitQuery>,
    request: Request,
) -> Answer<(StatusCode, Json<Results>)> {
    let signer = caller.signer()?.clone();
    // Text takes about twice the room of its CBOR.
    let asked: Actions = extract::json(request, 2 * STATEMENT_BYTES_MAX).await?;
    let (actions, options) = read(asked)?;
    let result = sign(&app, &reader, &signer, actions, options, query.dry_run)
        .await
        .map_err(located)?;
    Ok((
        StatusCode::ACCEPTED,
        Json(Results {
            results: vec![result],
        }),
    ))
}

/// Signs actions for the token's signer and submits them, or tells what they would do; refusals in words that the reader may hear.
pub async fn sign(
    app: &App,
    reader: &Reader,
    signer: &Did,
    actions: ModuleBodies,
    options: SignOptions,
    dry_run: bool,
) -> Result<Submitted, Reject> {
    let said = actions.clone();
    let node = app.node();
    let done = if dry_run {
        match node.sign_and_dry_run(signer, actions, options).await {
            Ok(done) => return Ok(would_do(app, reader, done).await),
            Err(reject) => Err(reject),
        }
    } else {
        let answer = node.sign_and_submit(signer, actions, options).await;
        app.metrics().submitted(1, usize::from(answer.is_err()));
        answer.map(Submitted::waiting)
    };
    if !dry_run {
        audit::administered(app, reader, signer, &said, done.as_ref().err());
    }
    match done {
        Err(reject) => Err(heard(app, reader, &said, reject).await),
        done => done,
    }
}

/// A refusal with the place of the action to blame.
fn located(reject: Reject) -> Problem {
    let pointer = reject.action.map(|action| format!("/actions/{action}"));
    let problem = Problem::from(reject);
    match pointer {
        Some(pointer) => problem.at(pointer),
        None => problem,
    }
}

type ModuleBodies = Vec<(String, Vec<u8>)>;

fn read(asked: Actions) -> Answer<(ModuleBodies, SignOptions)> {
    if asked.actions.is_empty() || asked.actions.len() > STATEMENT_ACTIONS_MAX {
        let detail = format!(
            "actions: there are {}, and a statement has 1 to {STATEMENT_ACTIONS_MAX}",
            asked.actions.len()
        );
        return Err(Problem::new(reject::ACTION_COUNT, detail).at("/actions"));
    }
    if asked.lane >= LANES_MAX {
        let detail = format!("lane: {} is not one of 0 to {}", asked.lane, LANES_MAX - 1);
        return Err(Problem::new(crate::problem::rule::BAD_BODY, detail).at("/lane"));
    }
    let body = |(index, action): (usize, ModuleAction)| {
        let body = body_of(&action.module, &action.action).map_err(|problem| {
            let inner = problem.body().pointer.clone().unwrap_or_default();
            problem.at(format!("/actions/{index}{inner}"))
        })?;
        Ok((action.module, body))
    };
    let bodies = asked
        .actions
        .into_iter()
        .enumerate()
        .map(body)
        .collect::<Answer<_>>()?;
    let options = SignOptions {
        lane: asked.lane,
        not_after_ms: asked.not_after_ms,
        subject: asked.subject,
    };
    Ok((bodies, options))
}

/// An action's body. Pointers begin at the action's entry.
fn body_of(module: &str, action: &Value) -> Answer<Vec<u8>> {
    let domain = domain(module)
        .map_err(|wrong| Problem::new(reject::UNKNOWN_MODULE, wrong.fault).at(wrong.pointer))?;
    domain.action_from_json(action).map_err(|wrong| {
        let pointer = format!("/action{}", wrong.pointer);
        Problem::new(reject::MALFORMED_ACTION, wrong.fault).at(pointer)
    })
}

/// What kind of JSON it is, in words.
pub fn shape_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(body: Value) -> Problem {
        read(serde_json::from_value(body).unwrap()).err().unwrap()
    }

    #[test]
    fn the_wrong_action_is_pointed_at() {
        let unknown =
            problem(serde_json::json!({"actions": [{"module": "colours", "action": {}}]}));
        assert_eq!(
            (unknown.body().code, unknown.body().pointer.as_deref()),
            (12, Some("/actions/0/module"))
        );
        let empty = problem(serde_json::json!({"actions": []}));
        assert_eq!(
            (empty.body().code, empty.body().pointer.as_deref()),
            (14, Some("/actions"))
        );
        let lane = problem(
            serde_json::json!({"actions": [{"module": "custody", "action": {}}], "lane": 64}),
        );
        assert_eq!(lane.body().pointer.as_deref(), Some("/lane"));
        let event = problem(
            serde_json::json!({"actions": [{"module": "custody", "action": {"capture": {"type": "ObjectEvent"}}}]}),
        );
        assert_eq!(event.body().code, 13);
        assert!(
            event
                .body()
                .pointer
                .as_deref()
                .unwrap()
                .starts_with("/actions/0/action/capture"),
            "{event:?}"
        );
    }
}
