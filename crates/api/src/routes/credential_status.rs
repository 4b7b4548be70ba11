//! The list of what became of the credentials that this node issued (Token Status List), for verifiers who ask nobody about anybody.
//!
//! Invariants: a credential is over in the list when it was taken back, or when what it said is not so any more by the ledger: its subject is suspended, its
//! holder's key revoked, a post or role over. Who fetches the list tells nobody which credential they look at. It is at most [`FRESH_S`] old.

use super::credentials::may_for;
use crate::{
    answers::of_own,
    app::{App, now_ms},
    auth::Caller,
    extract,
    issued::{FRESH_S, Held, list},
    problem::{Answer, Problem, internal, rule},
};
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use convoy_modules::membership::documents::position_now;
use convoy_types::{
    Did,
    status_list::{MEDIA_TYPE, Terms},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// How long a list is of use where no newer one can be fetched, seconds.
const OF_USE_S: u64 = 24 * 3_600;
const BODY_BYTES_MAX: usize = 4 << 10;

/// The list's own name: where it is fetched, where this node has a host's name; else by the node's DID.
pub(super) fn uri(app: &App, issuer: &Did) -> String {
    match &app.node().config().identity.host {
        Some(host) => format!("https://{host}/v1/credentials/status"),
        None => format!("{issuer}?service=credential-status"),
    }
}

/// The status list of this node's credentials: a bit for each place, signed (`statuslist+jwt`).
///
/// For anybody: it names nobody. A credential says its place (`status.status_list.idx`); 1 there means that it is over.
#[utoipa::path(get, path = "/v1/credentials/status", operation_id = "getCredentialStatusList", tag = "members",
    responses((status = 200, description = "The signed list", body = String, content_type = "application/statuslist+jwt")))]
pub async fn status(State(app): State<App>) -> Answer<Response> {
    let text = published(&app).await?;
    let headers = [
        (header::CONTENT_TYPE, format!("application/{MEDIA_TYPE}")),
        (header::CACHE_CONTROL, format!("public, max-age={FRESH_S}")),
    ];
    let mut response = (headers, text.to_string()).into_response();
    let anybody = HeaderValue::from_static("*");
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, anybody);
    Ok(response)
}

async fn published(app: &App) -> Answer<Arc<str>> {
    if let Some(text) = app.issued().published(now_ms() / 1_000) {
        return Ok(text);
    }
    let _turn = app.issued().making.lock().await;
    let now_s = now_ms() / 1_000;
    if let Some(text) = app.issued().published(now_s) {
        return Ok(text);
    }
    let issuer = app.node().issuer().cloned().ok_or_else(no_issuer)?;
    let uri = uri(app, &issuer);
    let held = app
        .issued()
        .held(now_s)
        .map_err(|error| internal("the credentials issued here cannot be read", &error))?;
    let at_ms = app.node().now_ms();
    let over = of_own(app, move |snapshot| {
        let mut over = Vec::new();
        for held in held {
            let now = position_now(snapshot, &held.subject, at_ms)?;
            if held.revoked || !now.is_some_and(|(now, position)| still(&held, &now, &position)) {
                over.push(held.place);
            }
        }
        Ok(over)
    })
    .await?;
    let node = app.node().clone();
    // Unsealing the member's key is work for another thread.
    let signed = tokio::task::spawn_blocking(move || {
        let terms = Terms {
            uri: &uri,
            issuer: "",
            kid: "",
            issued_s: now_s,
            expires_s: now_s + OF_USE_S,
            fresh_s: FRESH_S,
        };
        node.publish_status(&list(over.answer), &issuer, terms)
    });
    let text = signed
        .await
        .map_err(|error| internal("the status list could not be signed", &error))?
        .map_err(|error| internal("the status list could not be signed", &error))?;
    Ok(app.issued().publish(&text, now_s))
}

fn still(
    held: &Held,
    now: &convoy_modules::membership::documents::SignsNow,
    position: &convoy_types::credential::Position,
) -> bool {
    let mut keys = now.keys.iter();
    keys.any(|(key, _)| key.key_id() == held.key_id) && position.faults(&held.said).is_empty()
}

pub(super) fn no_issuer() -> Problem {
    let detail = "the member of this node has no key of its own on the ledger";
    Problem::new(rule::UNSATISFIED, detail)
}

/// What to take back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Of whom (DID); of the token's own signer where left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "did:web:est.example:7f3a")]
    subject: Option<Did>,
    /// The one at this place of the status list; all of theirs where left out.
    #[serde(default)]
    index: Option<u64>,
}

/// What was taken back.
#[derive(Debug, Serialize, ToSchema)]
pub struct Revoked {
    /// How many credentials do not hold any more.
    revoked: usize,
}

/// Take credentials back that this node issued: the status list says so at once.
///
/// One's own, or as an administrator or security officer of the member those of one of its own. It cannot be undone: have a new one issued.
#[utoipa::path(post, path = "/v1/credentials/revoke", operation_id = "revokeCredentials", tag = "members", request_body = Revocation,
    responses((status = 200, body = Revoked)))]
pub async fn revoke(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Answer<Json<Revoked>> {
    let asker = caller.signer()?.clone();
    let asked: Revocation = extract::json(request, BODY_BYTES_MAX).await?;
    let subject = asked.subject.unwrap_or_else(|| asker.clone());
    if subject != asker {
        let (by, at_ms) = (asker.clone(), app.node().now_ms());
        let own = of_own(&app, move |snapshot| position_now(snapshot, &by, at_ms)).await?;
        may_for(&app, &asker, own.answer)?;
    }
    let (index, kept) = (asked.index, app.clone());
    let revoked = tokio::task::spawn_blocking(move || {
        kept.issued().revoke(&subject, index, now_ms() / 1_000)
    })
    .await
    .map_err(|error| internal("the credentials could not be taken back", &error))?
    .map_err(|error| internal("the credentials could not be taken back", &error))?;
    if revoked == 0 {
        let detail = "no credential that this node issued to them holds, or not at this place";
        return Err(Problem::new(rule::NOT_FOUND, detail));
    }
    Ok(Json(Revoked { revoked }))
}
