//! Signing in at an identity provider: away from the console and back again.

use super::{
    How, Peer,
    cookie::Cookie,
    events::{Event, record},
    oidc::{Fault, Provider},
    origin::is_secure,
    pending::{Begun, WITHIN_MS},
    random,
    routes::{admitted, begin, no_such_way},
};
use crate::{
    app::{App, now_ms},
    extract::{Query, Segment},
    problem::{Answer, Problem, rule},
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use convoy_types::Digest;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// The longest path of the console to go back to, bytes.
const BACK_MAX: usize = 1_024;

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AwayQuery {
    /// A path of the console; its first page where absent.
    pub back: Option<String>,
}

fn provider(app: &App, name: &str) -> Answer<Arc<Provider>> {
    let mut providers = app.signin().providers.iter();
    let found = providers.find(|provider| provider.config().name == name);
    found
        .cloned()
        .ok_or_else(|| no_such_way("this identity provider"))
}

/// Sends the browser to the identity provider.
#[utoipa::path(get, path = "/v1/signin/oidc/{provider}", operation_id = "signInAtProvider", tag = "sign-in",
    params(("provider" = String, Path, description = "The provider's short name", example = "ministry"), AwayQuery),
    responses((status = 303, description = "To the provider, or back to the sign-in page with the reason")))]
pub async fn away(
    State(app): State<App>,
    segment: Segment,
    Query(query): Query<AwayQuery>,
    peer: Peer,
    headers: HeaderMap,
) -> Answer<Response> {
    let provider = provider(&app, &segment.0)?;
    admitted(&app, &peer)?;
    let beginning = match provider.begin().await {
        Ok(beginning) => beginning,
        Err(fault) => {
            record(&app, &Event::Refused(&fault), How::Oidc, None, &peer);
            return Ok(see(&failed(rule::PROVIDER.name), []));
        }
    };
    let mark = hex::encode(random());
    let begun = Begun::Provider {
        provider: provider.config().name.clone(),
        browser: Digest::of(mark.as_bytes()),
        nonce: beginning.nonce,
        verifier: beginning.verifier,
        back: query
            .back
            .filter(|back| is_own_path(back))
            .unwrap_or_else(|| "/".into()),
    };
    app.signin()
        .pending
        .begin(&beginning.state, begun, now_ms());
    let secure = secure(&headers, &peer, &provider);
    let cookie = Cookie::Provider.set(secure, &headers, &mark, WITHIN_MS / 1_000);
    Ok(see(&beginning.address, [cookie]))
}

/// The sign-in page, saying which rule was broken: a browser that came from elsewhere shows no problem details.
fn failed(rule: &str) -> String {
    format!("/signin?fault={rule}")
}

/// A path of this console: an address in a link must not lead elsewhere.
fn is_own_path(back: &str) -> bool {
    let plain = back
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    back.starts_with('/') && !back.starts_with("//") && plain && back.len() <= BACK_MAX
}

/// What the provider sends the browser back with.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct BackQuery {
    /// What is exchanged for the id token.
    pub code: Option<String>,
    /// What the sign-in began with.
    pub state: Option<String>,
    /// Why the provider refused.
    pub error: Option<String>,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
}

/// Takes the browser back from the identity provider: signed in, or to the sign-in page with the reason.
#[utoipa::path(get, path = "/v1/signin/oidc/{provider}/back", operation_id = "signInFromProvider", tag = "sign-in",
    params(("provider" = String, Path, description = "The provider's short name", example = "ministry"), BackQuery),
    responses((status = 303, description = "To the console")))]
pub async fn back(
    State(app): State<App>,
    segment: Segment,
    query: axum::extract::Query<BackQuery>,
    peer: Peer,
    headers: HeaderMap,
) -> Answer<Response> {
    let provider = provider(&app, &segment.0)?;
    admitted(&app, &peer)?;
    let secure = secure(&headers, &peer, &provider);
    let gone = Cookie::Provider.set(secure, &headers, "", 0);
    match finish(&app, &provider, &query.0, &peer, &headers, secure).await {
        Ok((path, cookie)) => Ok(see(&path, [gone, cookie])),
        Err(problem) => {
            let name = &problem.body().name;
            tracing::info!(detail = %problem.body().detail, "a sign-in at a provider failed");
            Ok(see(&failed(name), [gone]))
        }
    }
}

async fn finish(
    app: &App,
    provider: &Provider,
    query: &BackQuery,
    peer: &Peer,
    headers: &HeaderMap,
    secure: bool,
) -> Answer<(String, (header::HeaderName, HeaderValue))> {
    let refuse = |why: &str| {
        record(app, &Event::Refused(why), How::Oidc, None, peer);
        Problem::new(rule::SIGN_IN, why)
    };
    let begun = query.state.as_deref();
    let begun = begun.and_then(|state| app.signin().pending.take(state, now_ms()));
    let Some(Begun::Provider {
        provider: name,
        browser,
        nonce,
        verifier,
        back,
    }) = begun
    else {
        return Err(refuse(
            "the answer belongs to no sign-in that was begun here",
        ));
    };
    let mark = Cookie::Provider.read(peer.tls, headers);
    let same = mark.is_some_and(|mark| super::same(&Digest::of(mark.as_bytes()), &browser));
    if name != provider.config().name || !same {
        return Err(refuse("the answer belongs to another browser"));
    }
    if query.error.is_some() {
        return Err(refuse("the provider refused"));
    }
    if query
        .iss
        .as_ref()
        .is_some_and(|iss| *iss != provider.config().issuer)
    {
        return Err(refuse("the answer comes from another provider"));
    }
    let code = query.code.as_deref().unwrap_or("");
    let signer = match provider.finish(code, &verifier, &nonce).await {
        Ok(signer) => signer,
        Err(Fault::Stranger) => {
            return Err(refuse("the operator's table does not have this person"));
        }
        Err(Fault::Provider(fault)) => {
            record(app, &Event::Refused(&fault), How::Oidc, None, peer);
            return Err(Problem::new(rule::PROVIDER, fault));
        }
    };
    let (_, cookie) = begin(app, headers, peer, &signer, How::Oidc, secure).await?;
    Ok((back, cookie))
}

fn secure(headers: &HeaderMap, peer: &Peer, provider: &Provider) -> bool {
    is_secure(headers, peer.tls) || provider.config().console.starts_with("https://")
}

fn see<const N: usize>(address: &str, cookies: [(header::HeaderName, HeaderValue); N]) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    let address = HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static("/signin"));
    headers.insert(header::LOCATION, address);
    for (name, value) in cookies {
        headers.append(name, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_never_leads_elsewhere() {
        assert!(is_own_path("/") && is_own_path("/trace?id=urn:epc:1"));
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a b",
            "/\u{e9}",
            "/\n",
        ] {
            assert!(!is_own_path(bad), "{bad}");
        }
    }
}
