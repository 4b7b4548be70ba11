//! Tokens for programs, issued, listed and revoked by an administrator who is signed in.
//!
//! Invariants: a token may do no more than who issues it; it always has an end; it signs for a device or service of the member or for who
//! issues it, never for another person.

use super::{DAY_MS, Peer, events::Event, identify::Current, routes::BODY_MAX, standing::standing};
use crate::{
    app::{App, now_ms},
    auth::Caller,
    extract::{Segment, json},
    problem::{Answer, Problem, internal, rule},
};
use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use convoy_modules::membership::types::SignerKind;
use convoy_node::tokens::Scope;
use convoy_types::Did;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest life of a token issued here, days.
const DAYS_MAX: u64 = 400;
/// Tokens of one node that can be issued here.
const TOKENS_MAX: usize = 10_000;
const NAME_MAX: usize = 100;

/// The node's tokens.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokensView {
    /// In the order in which they were issued.
    pub tokens: Vec<TokenView>,
}

/// A token, without the token itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenView {
    /// Names it, for revoking it.
    pub id: String,
    /// What it is called.
    #[schema(example = "scanner gate 3")]
    pub name: String,
    /// What it may do.
    pub scopes: Vec<&'static str>,
    /// For whom the node signs when it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// From when on it is void, milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_ms: Option<u64>,
}

/// A token to be issued.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What to call it, such as `scanner gate 3`.
    #[schema(example = "scanner gate 3")]
    pub name: String,
    /// What it may do: `read`, `submit`, `admin`.
    #[schema(value_type = Vec<String>)]
    pub scopes: Vec<Scope>,
    /// For whom the node signs when it is used (DID): a device or service of the member, or oneself.
    #[serde(default)]
    pub signer: Option<String>,
    /// Void after this many days.
    #[schema(minimum = 1, maximum = 400)]
    pub days: u64,
}

/// A token that was issued.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuedToken {
    /// Names it.
    pub id: String,
    /// The token: shown once.
    pub token: String,
    /// From when on it is void, milliseconds since 1970.
    pub expires_ms: u64,
}

/// The node's tokens.
#[utoipa::path(get, path = "/v1/tokens", operation_id = "listTokens", tag = "sign-in", responses((status = 200, body = TokensView)))]
pub async fn list(State(app): State<App>) -> Json<TokensView> {
    let tokens = app
        .node()
        .tokens()
        .list()
        .into_iter()
        .map(|token| TokenView {
            id: token.id(),
            scopes: token.scopes.iter().map(|scope| scope.name()).collect(),
            signer: token.signer.map(|signer| signer.to_string()),
            expires_ms: token.expires_ms,
            name: token.name,
        });
    Json(TokensView {
        tokens: tokens.collect(),
    })
}

/// Issues a token. It is in the answer and nowhere else.
#[utoipa::path(post, path = "/v1/tokens", operation_id = "issueToken", tag = "sign-in", request_body = NewToken, responses((status = 201, body = IssuedToken)))]
pub async fn issue(
    State(app): State<App>,
    caller: Caller,
    current: Current,
    request: Request,
) -> Answer<Response> {
    let peer = Peer::of(request.extensions());
    let body: NewToken = json(request, BODY_MAX).await?;
    let wrong = |pointer: &str, detail: String| Problem::new(rule::BAD_BODY, detail).at(pointer);
    let name: String = body
        .name
        .trim()
        .chars()
        .filter(|letter| !letter.is_control())
        .collect();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(wrong(
            "/name",
            format!("a token's name has 1 to {NAME_MAX} characters"),
        ));
    }
    if !(1..=DAYS_MAX).contains(&body.days) {
        return Err(wrong(
            "/days",
            format!("{} is not 1 to {DAYS_MAX} days", body.days),
        ));
    }
    if body.scopes.is_empty() {
        return Err(wrong(
            "/scopes",
            "a token without a scope opens nothing".into(),
        ));
    }
    let own = caller.token()?;
    if let Some(scope) = body.scopes.iter().find(|scope| !own.may(**scope)) {
        let detail = format!("you do not have the scope `{}` yourself", scope.name());
        return Err(Problem::new(rule::SCOPE, detail).at("/scopes"));
    }
    let signer = match &body.signer {
        None => None,
        Some(text) => Some(signs_for(&app, text, own.signer.as_ref()).await?),
    };
    if app.node().tokens().list().len() >= TOKENS_MAX {
        let detail = format!("there are {TOKENS_MAX} tokens on this node");
        return Err(Problem::new(rule::TOO_MANY_CREDENTIALS, detail));
    }
    let expires_ms = now_ms() + body.days * DAY_MS;
    let store = app.clone();
    let named = name.clone();
    let token = tokio::task::spawn_blocking(move || {
        store
            .node()
            .tokens()
            .issue(&named, body.scopes, signer, Some(expires_ms))
    })
    .await
    .map_err(|error| internal("the token could not be issued", &error))?
    .map_err(|error| internal("the token could not be kept", &error))?;
    current.tell(&app, &Event::Issued(&name), &peer);
    let id = app
        .node()
        .tokens()
        .find(&token, now_ms())
        .map(|token| token.id());
    let issued = IssuedToken {
        id: id.unwrap_or_default(),
        token,
        expires_ms,
    };
    Ok((StatusCode::CREATED, Json(issued)).into_response())
}

/// For whom the token may sign.
async fn signs_for(app: &App, text: &str, own: Option<&Did>) -> Answer<Did> {
    let wrong = |detail: String| Problem::new(rule::BAD_BODY, detail).at("/signer");
    let signer: Did = text
        .parse()
        .map_err(|error: convoy_types::ids::IdError| wrong(error.to_string()))?;
    if own == Some(&signer) {
        return Ok(signer);
    }
    let found = standing(app, &signer).await?;
    let found = found.ok_or_else(|| wrong(format!("the ledger does not know {signer}")))?;
    if !found.active || found.member != app.node().info().member {
        return Err(wrong(format!(
            "{signer} is not an active signer of this member"
        )));
    }
    match found.kind {
        SignerKind::Person => Err(wrong(format!(
            "{signer} is a person: nobody signs in another person's name. Invite them to sign in themselves"
        ))),
        _ => Ok(signer),
    }
}

/// Revokes a token.
#[utoipa::path(delete, path = "/v1/tokens/{id}", operation_id = "revokeToken", tag = "sign-in",
    params(("id" = String, Path, description = "The token, as listed")), responses((status = 204, description = "It opens nothing any more")))]
pub async fn revoke(
    State(app): State<App>,
    current: Current,
    peer: Peer,
    segment: Segment,
) -> Answer<StatusCode> {
    let store = app.clone();
    let revoked = tokio::task::spawn_blocking(move || store.node().tokens().revoke(&segment.0))
        .await
        .map_err(|error| internal("the token could not be revoked", &error))?
        .map_err(|error| internal("the token's end cannot be written", &error))?;
    if !revoked {
        return Err(Problem::new(rule::NOT_FOUND, "there is no such token"));
    }
    current.tell(&app, &Event::Removed("token"), &peer);
    Ok(StatusCode::NO_CONTENT)
}
