//! Who the token is: what a page needs to greet its reader and to say why something is not offered.

use crate::{app::App, auth::Caller, problem::Answer, signin::Current};
use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

/// The token that asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// What the operator calls the token.
    #[schema(example = "est officer")]
    pub token: String,
    /// What it may do, ascending: `read`, `submit`, `admin`.
    pub scopes: Vec<&'static str>,
    /// The member whose node this is.
    #[schema(example = "est")]
    pub member: String,
    /// For whom the node signs (DID); absent where the token belongs to no signer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// From when on the token is void, milliseconds since 1970; absent for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_ms: Option<u64>,
    /// How the caller showed who it is: `token`, `passkey`, `oidc`, `passphrase`, `certificate` or `demo`.
    #[schema(example = "passkey")]
    pub how: &'static str,
    /// The session's name in `/v1/sessions`; absent for tokens and certificates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// Who the token is: its name, what it may do, whom the node signs for, until when.
#[utoipa::path(get, path = "/v1/session", operation_id = "getSession", tag = "network", responses((status = 200, body = SessionView)))]
pub async fn session(
    State(app): State<App>,
    caller: Caller,
    current: Current,
) -> Answer<Json<SessionView>> {
    let token = caller.token()?;
    Ok(Json(SessionView {
        token: token.name.clone(),
        scopes: token.scopes.iter().map(|scope| scope.name()).collect(),
        member: app.node().info().member.to_string(),
        signer: token.signer.as_ref().map(ToString::to_string),
        expires_ms: token.expires_ms,
        how: current.how.word(),
        session: current.session,
    }))
}
