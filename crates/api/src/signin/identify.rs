//! Who calls, where no token was sent: by the session that a cookie names, or by the certificate of the connection.

use super::{
    Peer,
    cookie::Cookie,
    events::{Event, record},
    origin::own_origin,
    standing::{scopes, standing},
};
use crate::{
    app::{App, now_ms},
    problem::{Answer, Problem, rule},
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
};
use convoy_modules::membership::types::SignerKind;
use convoy_node::tokens::Token;
use convoy_types::{Did, Digest};
use serde::{Deserialize, Serialize};

/// How somebody showed who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// A token of the node.
    Token,
    /// A passkey, with the person verified by their device.
    Passkey,
    /// An identity provider.
    Oidc,
    /// A passphrase.
    Passphrase,
    /// A machine's certificate.
    Certificate,
    /// The demonstration's own sign-in, which proves nothing.
    Demo,
}

impl How {
    /// Its word, as in answers and records.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Passkey => "passkey",
            Self::Oidc => "oidc",
            Self::Passphrase => "passphrase",
            Self::Certificate => "certificate",
            Self::Demo => "demo",
        }
    }
}

/// The session of a request, beside the token that stands for it; without one on requests with a token of the node.
#[derive(Clone, Debug)]
pub struct Current {
    /// How the caller showed who it is.
    pub how: How,
    /// The session's name in lists; `None` for tokens and certificates.
    pub session: Option<String>,
    /// Who calls; `None` for tokens without a signer.
    pub signer: Option<Did>,
}

impl Current {
    /// Records that the caller did something at the door.
    pub(super) fn tell(&self, app: &App, event: &Event<'_>, peer: &Peer) {
        record(app, event, self.how, self.signer.as_ref(), peer);
    }
}

impl<S: Sync> FromRequestParts<S> for Current {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Answer<Self> {
        let token = Self {
            how: How::Token,
            session: None,
            signer: None,
        };
        Ok(parts.extensions.get().cloned().unwrap_or(token))
    }
}

/// Who calls, in the form of a token with the scopes of the signer's roles; `None` where nobody says who they are.
///
/// # Errors
/// A session that is over, a signer that may not act, a request from another origin.
pub async fn identify(app: &App, parts: &mut Parts) -> Answer<Option<Token>> {
    let peer = Peer::of(&parts.extensions);
    if let Some(value) = Cookie::Session.read(peer.tls, &parts.headers) {
        own_origin(&parts.method, &parts.headers, peer.tls)?;
        let value = value.to_owned();
        return by_session(app, parts, &peer, &value).await.map(Some);
    }
    let Some(named) = &peer.machine else {
        return Ok(None);
    };
    own_origin(&parts.method, &parts.headers, peer.tls)?;
    let did = named.clone().map_err(|fault| {
        over(format!(
            "the certificate of the connection names nobody: {fault}"
        ))
    })?;
    let token = by_certificate(app, &peer, &did).await?;
    parts.extensions.insert(Current {
        how: How::Certificate,
        session: None,
        signer: Some(did),
    });
    Ok(Some(token))
}

async fn by_session(app: &App, parts: &mut Parts, peer: &Peer, value: &str) -> Answer<Token> {
    let signin = app.signin();
    let Some(session) = signin.sessions.find(value, now_ms()) else {
        return Err(over("the session is over"));
    };
    let found = standing(app, &session.signer).await?;
    let Some(found) = found.filter(|standing| standing.active) else {
        let id = session.id.clone();
        let ended = signin.sessions.end(|own| own.id == id, now_ms());
        if let Err(error) = ended {
            tracing::error!(%error, "a session's end cannot be written");
        }
        let why = "the signer may no longer act";
        record(
            app,
            &Event::Ended(why),
            session.how,
            Some(&session.signer),
            peer,
        );
        return Err(over(
            "the session is over: its signer is not active on the ledger",
        ));
    };
    parts.extensions.insert(Current {
        how: session.how,
        session: Some(session.id.clone()),
        signer: Some(session.signer.clone()),
    });
    Ok(Token {
        name: format!("session {}", session.id),
        digest: Digest::ZERO,
        scopes: scopes(&found, &app.node().info().member),
        signer: Some(session.signer),
        expires_ms: Some(session.ends_ms),
    })
}

async fn by_certificate(app: &App, peer: &Peer, did: &Did) -> Answer<Token> {
    let refuse = |why: &str| {
        record(app, &Event::Refused(why), How::Certificate, Some(did), peer);
        let detail = format!("the certificate of the connection names {did}, and {why}");
        Problem::new(rule::NOT_STANDING, detail)
    };
    let Some(found) = standing(app, did).await? else {
        return Err(refuse("the ledger does not know this signer"));
    };
    if found.kind == SignerKind::Person {
        return Err(refuse("this is a person: people sign in with a passkey"));
    }
    if !found.active {
        return Err(refuse("this signer is suspended or retired"));
    }
    Ok(Token {
        name: format!("certificate of {did}"),
        digest: Digest::ZERO,
        scopes: scopes(&found, &app.node().info().member),
        signer: Some(did.clone()),
        expires_ms: None,
    })
}

/// The refusal of a session that was.
fn over(detail: impl Into<String>) -> Problem {
    Problem::new(rule::NO_TOKEN, detail)
        .remedy("Sign in again.")
        .header(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"convoy\""),
        )
}
