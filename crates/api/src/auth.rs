//! Who may call what: one table ([`rows`]), held against every route by a test.
//!
//! Flow: the route's pattern and method find their row in [`rows`]; a row that is open to all lets the request pass; else the bearer token
//! (RFC 6750) is looked up in the node's store, or where none was sent the caller is identified by session or certificate
//! ([`crate::signin`]), and one of the scopes must be in the row.
//!
//! Invariants: a route without a row answers nobody; the token itself is never logged and never kept; handlers see only [`Caller`].

use crate::{
    app::{App, now_ms},
    audit, epcis,
    problem::{Answer, Problem, rule},
    routes::modules::{action_path, query_path, schema_path},
    signin,
};
use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use convoy_modules::domains;
use convoy_node::tokens::{Scope, Token};
use convoy_types::Did;
use std::sync::LazyLock;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Without a token.
    pub anyone: bool,
    /// With the scope `read`.
    pub read: bool,
    /// With the scope `submit`.
    pub submit: bool,
    /// With the scope `admin`.
    pub admin: bool,
}

const fn access(anyone: bool, read: bool, submit: bool, admin: bool) -> Access {
    Access {
        anyone,
        read,
        submit,
        admin,
    }
}

const ANYONE: Access = access(true, true, true, true);
const ANY_TOKEN: Access = access(false, true, true, true);
const READ: Access = access(false, true, false, false);
const READ_OR_SUBMIT: Access = access(false, true, true, false);
const SUBMIT: Access = access(false, false, true, false);
const ADMIN: Access = access(false, false, false, true);
const READ_OR_ADMIN: Access = access(false, true, false, true);

/// The rows of the interface itself: method, route and who may call it. `/metrics` becomes open to all where the operator says so.
pub const TABLE: &[(Method, &str, Access)] = &[
    (Method::GET, "/v1/health", ANYONE),
    (Method::GET, "/v1/health/live", ANYONE),
    (Method::GET, "/v1/health/ready", ANYONE),
    (Method::GET, "/openapi.json", ANYONE),
    (Method::GET, "/metrics", READ_OR_ADMIN),
    (Method::GET, "/v1/network", ANY_TOKEN),
    (Method::GET, "/v1/trust", ANY_TOKEN),
    (Method::GET, "/v1/validators", ANY_TOKEN),
    (Method::GET, "/v1/validators/liveness", ANY_TOKEN),
    (Method::GET, "/v1/session", ANY_TOKEN),
    (Method::DELETE, "/v1/session", ANY_TOKEN),
    (Method::GET, "/v1/sessions", ANY_TOKEN),
    (Method::DELETE, "/v1/sessions/{id}", ANY_TOKEN),
    (Method::GET, "/v1/passkeys", ANY_TOKEN),
    (Method::POST, "/v1/passkeys", ANY_TOKEN),
    (Method::POST, "/v1/passkeys/options", ANY_TOKEN),
    (Method::DELETE, "/v1/passkeys/{id}", ANY_TOKEN),
    (Method::GET, "/v1/signin", ANYONE),
    (Method::POST, "/v1/signin/passkey/options", ANYONE),
    (Method::POST, "/v1/signin/passkey", ANYONE),
    (Method::POST, "/v1/signin/passphrase", ANYONE),
    (Method::POST, "/v1/signin/demo", ANYONE),
    (Method::POST, "/v1/signin/invitation", ANYONE),
    (Method::POST, "/v1/signin/invitation/passkey", ANYONE),
    (Method::POST, "/v1/signin/invitation/passphrase", ANYONE),
    (Method::POST, "/v1/signin/enrolment", ANYONE),
    (Method::GET, "/v1/signin/oidc/{provider}", ANYONE),
    (Method::GET, "/v1/signin/oidc/{provider}/back", ANYONE),
    (Method::POST, "/v1/invitations", ADMIN),
    (Method::GET, "/v1/tokens", ADMIN),
    (Method::POST, "/v1/tokens", ADMIN),
    (Method::DELETE, "/v1/tokens/{id}", ADMIN),
    (Method::GET, "/v1/limits", ANY_TOKEN),
    (Method::GET, "/v1/modules", ANY_TOKEN),
    (Method::GET, "/v1/refusals", ANY_TOKEN),
    (Method::POST, "/v1/statements", SUBMIT),
    (Method::GET, "/v1/statements/{id}", READ_OR_SUBMIT),
    (Method::GET, "/v1/statements/{id}/life", READ_OR_SUBMIT),
    (Method::GET, "/v1/statements/{id}/body", READ),
    (Method::GET, "/v1/statements/{id}/transparent", READ),
    (Method::GET, "/v1/statements/{id}/compact", READ),
    (Method::POST, "/v1/actions", SUBMIT),
    (Method::POST, "/v1/epcis/capture", SUBMIT),
    (Method::GET, "/v1/epcis/capture/{job}", READ_OR_SUBMIT),
    (Method::GET, "/v1/epcis", READ),
    (Method::GET, "/v1/epcis/capture", READ_OR_SUBMIT),
    (Method::GET, "/v1/epcis/events", READ),
    (Method::POST, "/v1/epcis/events", SUBMIT),
    (Method::GET, "/v1/epcis/events/{id}", READ),
    (Method::GET, "/v1/epcis/{list}", READ),
    (Method::GET, "/v1/epcis/{list}/{name}", READ),
    (Method::GET, "/v1/epcis/{list}/{name}/events", READ),
    (Method::GET, "/v1/epcis/queries", READ),
    (Method::POST, "/v1/epcis/queries", READ),
    (Method::GET, "/v1/epcis/queries/{name}", READ),
    (Method::DELETE, "/v1/epcis/queries/{name}", READ),
    (Method::GET, "/v1/epcis/queries/{name}/events", READ),
    (Method::GET, "/v1/epcis/queries/{name}/subscriptions", READ),
    (Method::POST, "/v1/epcis/queries/{name}/subscriptions", READ),
    (
        Method::GET,
        "/v1/epcis/queries/{name}/subscriptions/{id}",
        READ,
    ),
    (
        Method::DELETE,
        "/v1/epcis/queries/{name}/subscriptions/{id}",
        READ,
    ),
    (Method::DELETE, "/v1/epcis/nextPageToken/{token}", READ),
    (Method::GET, "/v1/places", READ),
    (Method::GET, "/v1/places/{id}/objects", READ),
    (Method::GET, "/v1/search", READ),
    (Method::GET, "/v1/stock", READ),
    (Method::GET, "/v1/consignments", READ),
    (Method::GET, "/v1/identifiers", ANY_TOKEN),
    (Method::GET, "/v1/trace/{id}", READ),
    (Method::GET, "/v1/objects/{id}/contents", READ),
    (Method::GET, "/v1/handovers", READ),
    (Method::GET, "/v1/handovers/{id}", READ),
    (Method::GET, "/v1/cases", READ),
    (Method::GET, "/v1/cases/{id}", READ),
    (Method::GET, "/v1/events", READ),
    (Method::GET, "/v1/members", READ),
    (Method::GET, "/v1/members/{id}", READ),
    (Method::GET, "/v1/signers/{did}", READ_OR_SUBMIT),
    (Method::GET, "/v1/signers/{did}/statements", READ),
    (Method::POST, "/v1/credentials", SUBMIT),
    (Method::POST, "/v1/credentials/revoke", SUBMIT),
    (Method::GET, "/v1/credentials/status", ANYONE),
    (Method::POST, "/v1/credentials/check", READ_OR_SUBMIT),
    (Method::GET, "/v1/dids/{did}", READ_OR_SUBMIT),
    (Method::GET, "/.well-known/did.json", ANYONE),
    (Method::GET, "/v1/blocks", READ),
    (Method::GET, "/v1/blocks/{height}", READ),
    (Method::GET, "/v1/log", READ),
    (Method::GET, "/v1/state/{module}/{table}/{key}/proof", READ),
    (Method::GET, "/v1/feed", READ),
    (Method::GET, "/v1/audit", READ_OR_ADMIN),
    (Method::GET, "/v1/node/storage", READ_OR_ADMIN),
    (Method::GET, "/v1/node/history", ADMIN),
];

impl Access {
    /// Whether a token with `scope` may call.
    pub fn lets(&self, scope: Scope) -> bool {
        match scope {
            Scope::Read => self.read,
            Scope::Submit => self.submit,
            Scope::Admin => self.admin,
        }
    }

    /// Who may call, in words.
    #[cfg(test)]
    pub(crate) fn words(&self) -> String {
        match self.anyone {
            true => "anyone".to_owned(),
            false => self.scopes(),
        }
    }

    /// The scopes that may call, in words.
    fn scopes(&self) -> String {
        let named = [
            (self.read, "`read`"),
            (self.submit, "`submit`"),
            (self.admin, "`admin`"),
        ];
        named
            .iter()
            .filter(|(may, _)| *may)
            .map(|(_, name)| *name)
            .collect::<Vec<_>>()
            .join(" or ")
    }

    /// Decides for a caller.
    pub fn decide(&self, token: Option<&Token>) -> Answer<()> {
        match token {
            _ if self.anyone => Ok(()),
            Some(token) if token.scopes.iter().any(|scope| self.lets(*scope)) => Ok(()),
            Some(token) => {
                let detail = format!(
                    "the token `{}` needs the scope {}",
                    token.name,
                    self.scopes()
                );
                let challenge = HeaderValue::from_static(
                    "Bearer realm=\"convoy\", error=\"insufficient_scope\"",
                );
                Err(Problem::new(rule::SCOPE, detail).header(header::WWW_AUTHENTICATE, challenge))
            }
            None => Err(unauthenticated(
                "no token was sent",
                "Bearer realm=\"convoy\"",
            )),
        }
    }
}

/// A row: method, route and who may call it.
pub type Row = (Method, String, Access);

/// Every row: those of [`TABLE`], and those that follow from what the modules declare: an action is submitted, a question reads,
/// a schema is open to any token.
pub fn rows() -> &'static [Row] {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
        let own = TABLE.iter();
        let mut rows: Vec<Row> = own
            .map(|(method, path, access)| (method.clone(), (*path).to_owned(), *access))
            .collect();
        for domain in domains() {
            let module = domain.name();
            let actions = domain.open_actions();
            rows.extend(
                actions.map(|action| (Method::POST, action_path(module, &action.name), SUBMIT)),
            );
            let queries = domain.queries().iter();
            rows.extend(queries.map(|query| (Method::GET, query_path(module, query.name), READ)));
            rows.push((Method::GET, schema_path(module), ANY_TOKEN));
        }
        rows
    });
    &ROWS
}

/// The row of a route. HEAD is answered wherever GET is.
pub fn row(method: &Method, route: &str) -> Option<Access> {
    let method = if method == Method::HEAD {
        &Method::GET
    } else {
        method
    };
    rows()
        .iter()
        .find(|(own, path, _)| own == method && path == route)
        .map(|(_, _, access)| *access)
}

/// The program that calls, as its token says. `None` on routes that need no token.
#[derive(Clone, Debug)]
pub struct Caller(Option<Token>);

impl Caller {
    /// The token.
    pub fn token(&self) -> Answer<&Token> {
        let missing = || unauthenticated("no token was sent", "Bearer realm=\"convoy\"");
        self.0.as_ref().ok_or_else(missing)
    }

    /// The signer that the node signs for, refused where the token has none.
    pub fn signer(&self) -> Answer<&Did> {
        let token = self.token()?;
        token.signer.as_ref().ok_or_else(|| {
            let detail = format!(
                "the token `{}` belongs to no signer, so the node cannot sign for it",
                token.name
            );
            Problem::new(rule::NO_SIGNER, detail)
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Answer<Self> {
        Ok(parts
            .extensions
            .get::<Self>()
            .cloned()
            .unwrap_or(Self(None)))
    }
}

/// The layer around every route.
pub async fn authenticate(State(app): State<App>, request: Request, next: Next) -> Response {
    // What an EPCIS route can do is no secret, and a browser asks for it without a token.
    if request.method() == Method::OPTIONS
        && let Some(route) = request.extensions().get::<MatchedPath>()
        && route.as_str().starts_with("/v1/epcis")
    {
        return epcis::options(request.uri().path(), &epcis::methods_of(route.as_str()));
    }
    let (mut parts, body) = request.into_parts();
    match identify(&app, &mut parts).await {
        Ok(caller) => {
            let lasts = lasting(&parts, &caller);
            parts.extensions.insert(caller);
            let response = next.run(Request::from_parts(parts, body)).await;
            match lasts {
                Some((current, token)) if is_endless(&response) => {
                    signin::until_over(&app, current, token, response)
                }
                _ => response,
            }
        }
        Err(problem) => problem.into_response(),
    }
}

/// The session, certificate or token that an answer without end ends with.
fn lasting(parts: &Parts, caller: &Caller) -> Option<(signin::Current, Token)> {
    let current = parts.extensions.get::<signin::Current>()?;
    let token = caller.0.as_ref()?;
    Some((current.clone(), token.clone()))
}

/// Whether an answer goes on for as long as somebody listens, on whatever route.
fn is_endless(response: &Response) -> bool {
    let media_type = response.headers().get(header::CONTENT_TYPE);
    media_type.is_some_and(|media_type| media_type.as_bytes().starts_with(b"text/event-stream"))
}

async fn identify(app: &App, parts: &mut Parts) -> Answer<Caller> {
    let matched = parts.extensions.get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("", MatchedPath::as_str);
    let Some(mut access) = row(&parts.method, route) else {
        return Err(without_row(route));
    };
    if route == "/metrics" && app.config().public_metrics {
        access = ANYONE;
    }
    if access.anyone {
        return Ok(Caller(None));
    }
    let token = match bearer(&parts.headers)? {
        Some(text) => {
            let text = text.to_owned();
            Some(by_token(app, parts, &text).await?)
        }
        None => signin::identify(app, parts).await?,
    };
    let decided = access.decide(token.as_ref());
    if let Some(token) = &token {
        let of_node = parts.extensions.get::<signin::Current>();
        match decided {
            Err(_) => app.doors().lacked(app, token, &audit::route(parts)),
            // Sessions and certificates tell of themselves when they begin.
            Ok(()) if of_node.is_some_and(|current| current.how == signin::How::Token) => {
                app.doors().came(app, token, &audit::route(parts));
            }
            Ok(()) => {}
        }
    }
    decided?;
    Ok(Caller(token))
}

/// The token that `text` is, of a signer who may act or of none.
async fn by_token(app: &App, parts: &mut Parts, text: &str) -> Answer<Token> {
    let token = app.node().tokens().find(text, now_ms()).ok_or_else(|| {
        app.doors().refused(app, text, &audit::route(parts));
        unauthenticated(
            "the token is not known or has expired",
            "Bearer realm=\"convoy\", error=\"invalid_token\"",
        )
    })?;
    if let Some(did) = &token.signer
        && let Some(why) = signin::why_not_standing(app, did).await?
    {
        app.doors().stands_not(app, &token, &audit::route(parts));
        let detail = format!("the token `{}` belongs to {did}, and {why}", token.name);
        return Err(Problem::new(rule::NOT_STANDING, detail));
    }
    parts.extensions.insert(signin::Current {
        how: signin::How::Token,
        session: None,
        signer: token.signer.clone(),
    });
    Ok(token)
}

/// The answer where there is no row: a method that the route does not know, or a route that we forgot, which answers nobody.
fn without_row(route: &str) -> Problem {
    let rows = rows().iter().filter(|(_, path, _)| path == route);
    let mut methods: Vec<&str> = rows.map(|(method, ..)| method.as_str()).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    match HeaderValue::from_str(&methods.join(", ")) {
        Ok(allow) if !methods.is_empty() => {
            let detail = "the route does not know this method";
            Problem::new(rule::METHOD, detail).header(header::ALLOW, allow)
        }
        _ => {
            tracing::error!(route, "a route has no row in the access table");
            Problem::new(rule::INTERNAL, "this route is not open to anybody")
        }
    }
}

/// The bearer token of a request; another kind of credentials is refused.
fn bearer(headers: &HeaderMap) -> Answer<Option<&str>> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let wrong = || {
        unauthenticated(
            "the Authorization header is no bearer token",
            "Bearer realm=\"convoy\", error=\"invalid_request\"",
        )
    };
    token
        .filter(|token| !token.is_empty())
        .map(Some)
        .ok_or_else(wrong)
}

fn unauthenticated(detail: &str, challenge: &'static str) -> Problem {
    Problem::new(rule::NO_TOKEN, detail).header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static(challenge),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_types::Digest;

    fn token(scope: Scope) -> Token {
        Token {
            name: "t".into(),
            digest: Digest::ZERO,
            scopes: vec![scope],
            signer: None,
            expires_ms: None,
        }
    }

    #[test]
    fn a_row_decides_for_each_kind_of_caller() {
        for (method, route, access) in rows() {
            assert_eq!(
                access.decide(None).is_ok(),
                access.anyone,
                "{method} {route}"
            );
            for scope in [Scope::Read, Scope::Submit, Scope::Admin] {
                let answer = access.decide(Some(&token(scope)));
                assert_eq!(
                    answer.is_ok(),
                    access.lets(scope),
                    "{method} {route} {scope:?}"
                );
            }
            if !access.anyone {
                assert_eq!(access.decide(None).unwrap_err().status(), 401);
            }
        }
    }

    #[test]
    fn credentials_of_another_kind_are_refused_not_ignored() {
        let with = |value: &'static str| {
            HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))])
        };
        assert_eq!(bearer(&HeaderMap::new()).unwrap(), None);
        assert_eq!(bearer(&with("bearer abc")).unwrap(), Some("abc"));
        for bad in ["Basic dTpw", "Bearer ", "abc"] {
            assert_eq!(bearer(&with(bad)).unwrap_err().status(), 401, "{bad}");
        }
    }
}
