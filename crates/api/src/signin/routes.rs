//! The door: which ways there are, by passphrase, by the demonstration's own way; leaving, and one's sessions.

use super::{
    How, Peer, SignIn,
    accounts::{DEVICES_EACH_MAX, Device, Passphrase},
    aside,
    cookie::Cookie,
    events::{Event, record},
    identify::Current,
    origin::{is_secure, own_origin},
    passphrases::LENGTH_MAX,
    random,
    secret::Secret,
    sessions::{Beginning, Session},
    standing::{scopes, standing},
    throttle,
};
use crate::{
    app::{App, now_ms},
    auth::Caller,
    edge::busy,
    extract::{Segment, json},
    problem::{Answer, Problem, internal, rule},
    routes::session::SessionView,
};
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use convoy_modules::membership::types::SignerKind;
use convoy_types::{Did, Digest};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use utoipa::ToSchema;

/// What comes to the door is small.
pub(super) const BODY_MAX: usize = 64 << 10;
/// How long a device is remembered, seconds: half a year.
const DEVICE_SECONDS: u64 = 180 * 86_400;

/// The ways of signing in that this node offers.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignInView {
    /// The member whose node this is.
    #[schema(example = "est")]
    pub member: String,
    /// Whether people can sign in over this connection: it is encrypted, or never leaves this machine.
    pub safe: bool,
    /// The ways, best first.
    pub ways: Vec<WayView>,
}

/// A way of signing in.
#[derive(Debug, Serialize, ToSchema)]
pub struct WayView {
    /// `passkey`, `oidc`, `passphrase`, `demo` or `token`.
    #[schema(example = "passkey")]
    pub kind: &'static str,
    /// An identity provider's short name: sign in at `/v1/signin/oidc/{name}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What people know the provider as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// For passkeys: the host's name that the console must be opened under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// For the demonstration: as whom one may sign in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<DemoPersonView>,
}

/// Somebody of the demonstration.
#[derive(Debug, Serialize, ToSchema)]
pub struct DemoPersonView {
    /// The name of the key that the node holds.
    #[schema(example = "officer")]
    pub name: String,
    /// The signer's DID.
    pub signer: String,
}

/// The ways of signing in that this node offers.
#[utoipa::path(get, path = "/v1/signin", operation_id = "getSignIn", tag = "sign-in", responses((status = 200, body = SignInView)))]
pub async fn ways(State(app): State<App>, peer: Peer) -> Json<SignInView> {
    let config = &app.signin().config;
    let way = |kind| WayView {
        kind,
        name: None,
        title: None,
        host: None,
        people: Vec::new(),
    };
    let mut ways = Vec::new();
    if let Some(passkeys) = &config.passkeys {
        ways.push(WayView {
            host: Some(passkeys.rp_id.clone()),
            ..way("passkey")
        });
    }
    ways.extend(config.oidc.iter().map(|provider| WayView {
        name: Some(provider.name.clone()),
        title: Some(provider.title.clone()),
        ..way("oidc")
    }));
    if config.passphrases {
        ways.push(way("passphrase"));
    }
    if config.demo {
        ways.push(WayView {
            people: demo_people(&app).await,
            ..way("demo")
        });
    }
    ways.push(way("token"));
    Json(SignInView {
        member: app.node().info().member.to_string(),
        safe: peer.is_safe(),
        ways,
    })
}

/// The people whose keys the node holds.
async fn demo_people(app: &App) -> Vec<DemoPersonView> {
    let mut people = Vec::new();
    for (name, signer) in app.node().held_signers() {
        let found = standing(app, &signer).await.ok().flatten();
        if found.is_none_or(|found| found.kind == SignerKind::Person) {
            let signer = signer.to_string();
            people.push(DemoPersonView { name, signer });
        }
    }
    people
}

/// A name and its passphrase.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PassphraseBody {
    /// The name that was chosen with the invitation.
    #[schema(example = "anna.tamm")]
    pub name: String,
    /// The passphrase.
    pub passphrase: Secret,
}

/// Signs in by name and passphrase.
#[utoipa::path(post, path = "/v1/signin/passphrase", operation_id = "signInByPassphrase", tag = "sign-in", request_body = PassphraseBody, responses(
    (status = 200, description = "Signed in; the answer sets the session's cookie", body = SessionView),
))]
pub async fn passphrase(State(app): State<App>, request: Request) -> Answer<Response> {
    let (headers, peer) = door(&app, &request)?;
    if !app.signin().config.passphrases {
        return Err(no_such_way("passphrases"));
    }
    let body: PassphraseBody = json(request, BODY_MAX).await?;
    let name = body.name.trim().to_lowercase();
    let mark = Cookie::Device.read(peer.tls, &headers);
    let device = mark.map(|mark| Digest::of(mark.as_bytes()));
    let asked = name.clone();
    let account = aside(&app, move |signin| signin.accounts.read())
        .await?
        .map_err(|error| internal("what opens the door cannot be read", &error))?
        .passphrases
        .remove(&asked);
    let known = device.filter(|device| {
        account
            .iter()
            .any(|account| account.devices.iter().any(|own| own.digest == *device))
    });
    let pair = throttle::pair(&name, peer.ip(), known.as_ref());
    let throttle = &app.signin().throttle;
    throttle.may(&pair, now_ms()).map_err(too_many)?;
    // It counts as failed until it has succeeded, so that many at once are counted too.
    throttle.failed(pair, now_ms());
    if !checked(&app, body.passphrase, account.as_ref()).await? {
        record(
            &app,
            &Event::Refused("name or passphrase"),
            How::Passphrase,
            None,
            &peer,
        );
        let detail = "the name or the passphrase is not right";
        return Err(Problem::new(rule::SIGN_IN, detail));
    }
    throttle.succeeded(&pair);
    let Some(account) = account else {
        return Err(Problem::new(
            rule::SIGN_IN,
            "the name or the passphrase is not right",
        ));
    };
    let mut response = enter(&app, &headers, &peer, &account.signer, How::Passphrase).await?;
    let (mark, device) = match (mark, known) {
        (Some(mark), Some(device)) => (mark.to_owned(), device),
        _ => {
            let mark = hex::encode(random());
            let device = Digest::of(mark.as_bytes());
            (mark, device)
        }
    };
    remember(&app, name, device).await?;
    let secure = is_secure(&headers, peer.tls);
    let (header, value) = Cookie::Device.set(secure, &headers, &mark, DEVICE_SECONDS);
    response.headers_mut().append(header, value);
    Ok(response)
}

/// Whether the passphrase is right; the work is the same where there is no account.
async fn checked(app: &App, passphrase: Secret, account: Option<&Passphrase>) -> Answer<bool> {
    if passphrase.len() > LENGTH_MAX {
        return Ok(false);
    }
    let Some(_turn) = app.signin().hasher.turn().await else {
        return Err(busy("sign-ins"));
    };
    let hash = account.map(|account| account.hash.clone());
    aside(app, move |signin| {
        signin.hasher.is(&passphrase, hash.as_deref())
    })
    .await
}

/// The device is one on which this person has signed in.
async fn remember(app: &App, name: String, device: Digest) -> Answer<()> {
    let seen_ms = now_ms();
    let done = aside(app, move |signin| {
        signin.accounts.change(|kept| {
            let Some(account) = kept.passphrases.get_mut(&name) else {
                return Err(());
            };
            account.devices.retain(|own| own.digest != device);
            account.devices.push(Device {
                digest: device,
                seen_ms,
            });
            let over = account.devices.len().saturating_sub(DEVICES_EACH_MAX);
            account.devices.drain(..over);
            Ok(())
        })
    });
    // An account that went in the meantime has no devices.
    let _ = done
        .await?
        .map_err(|error| internal("the device cannot be remembered", &error))?;
    Ok(())
}

/// As whom to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DemoBody {
    /// The signer's DID, of those that `GET /v1/signin` lists.
    pub signer: String,
}

/// Signs in to a demonstration as anybody whose key the node holds. It proves nothing, and the session says so.
#[utoipa::path(post, path = "/v1/signin/demo", operation_id = "signInToDemo", tag = "sign-in", request_body = DemoBody, responses(
    (status = 200, description = "Signed in; the answer sets the session's cookie", body = SessionView),
))]
pub async fn demo(State(app): State<App>, request: Request) -> Answer<Response> {
    let (headers, peer) = door(&app, &request)?;
    if !app.signin().config.demo || !peer.ip().is_loopback() {
        return Err(no_such_way("the demonstration's own"));
    }
    let body: DemoBody = json(request, BODY_MAX).await?;
    let held = app.node().held_signers().into_iter();
    let found = held
        .map(|(_, signer)| signer)
        .find(|signer| signer.as_str() == body.signer);
    let Some(signer) = found else {
        let detail = "this is nobody whose key the node holds";
        return Err(Problem::new(rule::SIGN_IN, detail).at("/signer"));
    };
    enter(&app, &headers, &peer, &signer, How::Demo).await
}

/// Signs out: the session ends, here and for whoever may have copied its cookie.
#[utoipa::path(delete, path = "/v1/session", operation_id = "signOut", tag = "sign-in", responses((status = 204, description = "Signed out")))]
pub async fn sign_out(
    State(app): State<App>,
    current: Current,
    peer: Peer,
    headers: HeaderMap,
) -> Answer<Response> {
    let Some(id) = current.session.clone() else {
        let detail =
            "the request is made with a token or certificate, which have no session to end";
        return Err(Problem::new(rule::UNSATISFIED, detail));
    };
    end(&app, move |own| own.id == id).await?;
    current.tell(&app, &Event::Ended("sign-out"), &peer);
    let mut response = StatusCode::NO_CONTENT.into_response();
    for secure in [true, false] {
        let (name, value) = Cookie::Session.set(secure, &headers, "", 0);
        response.headers_mut().append(name, value);
    }
    Ok(response)
}

/// One's sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionsView {
    /// The one used last first.
    pub sessions: Vec<OwnSessionView>,
}

/// A session of one's own.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnSessionView {
    /// Its name, for ending it.
    pub id: String,
    /// How it was made: `passkey`, `oidc`, `passphrase` or `demo`.
    #[schema(example = "passkey")]
    pub how: &'static str,
    /// What the browser called itself.
    pub device: String,
    /// From where it was made.
    pub address: String,
    /// When it was made, milliseconds since 1970.
    pub created_ms: u64,
    /// When it was last used, milliseconds since 1970.
    pub seen_ms: u64,
    /// When it ends in any case, milliseconds since 1970.
    pub ends_ms: u64,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// The sessions of the signer that asks.
#[utoipa::path(get, path = "/v1/sessions", operation_id = "listSessions", tag = "sign-in", responses((status = 200, body = SessionsView)))]
pub async fn sessions(
    State(app): State<App>,
    caller: Caller,
    current: Current,
) -> Json<SessionsView> {
    let of = |signer: &Did| app.signin().sessions.of(signer, now_ms());
    let own = caller.signer().map(of).unwrap_or_default();
    let sessions = own.into_iter().map(|own| OwnSessionView {
        current: current.session.as_ref() == Some(&own.id),
        id: own.id,
        how: own.how.word(),
        device: own.device,
        address: own.address,
        created_ms: own.created_ms,
        seen_ms: own.seen_ms,
        ends_ms: own.ends_ms,
    });
    Json(SessionsView {
        sessions: sessions.collect(),
    })
}

/// Ends a session of one's own.
#[utoipa::path(delete, path = "/v1/sessions/{id}", operation_id = "endSession", tag = "sign-in",
    params(("id" = String, Path, description = "The session, as listed")), responses((status = 204, description = "It is over")))]
pub async fn end_session(
    State(app): State<App>,
    caller: Caller,
    current: Current,
    peer: Peer,
    segment: Segment,
) -> Answer<StatusCode> {
    let (whose, id) = (caller.signer()?.clone(), segment.0);
    match end(&app, move |own| own.id == id && own.signer == whose).await? {
        0 => Err(Problem::new(rule::NOT_FOUND, "you have no such session")),
        _ => {
            current.tell(&app, &Event::Ended("from another session"), &peer);
            Ok(StatusCode::NO_CONTENT)
        }
    }
}

/// Ends the sessions for which `ends` says so; how many.
pub(super) async fn end(
    app: &App,
    ends: impl Fn(&Session) -> bool + Send + 'static,
) -> Answer<usize> {
    aside(app, move |signin: &SignIn| {
        signin.sessions.end(ends, now_ms())
    })
    .await?
    .map_err(|error| internal("the session's end cannot be written", &error))
}

/// What every request at the door passes: from this origin, over a safe connection, not too often.
pub(super) fn door(app: &App, request: &Request) -> Answer<(HeaderMap, Peer)> {
    let peer = Peer::of(request.extensions());
    own_origin(request.method(), request.headers(), peer.tls)?;
    admitted(app, &peer)?;
    Ok((request.headers().clone(), peer))
}

/// Over a safe connection, not too often.
pub(super) fn admitted(app: &App, peer: &Peer) -> Answer<()> {
    if !peer.is_safe() {
        let detail = "the connection is not encrypted, and whoever is between could read along";
        return Err(Problem::new(rule::NOT_ENCRYPTED, detail));
    }
    app.signin()
        .throttle
        .attempt(peer.ip(), now_ms())
        .map_err(too_many)
}

fn too_many(seconds: u64) -> Problem {
    let detail =
        format!("there were many attempts from here; the next one is heard in {seconds} s");
    Problem::new(rule::TOO_MANY_ATTEMPTS, detail)
        .header(header::RETRY_AFTER, HeaderValue::from(seconds))
}

pub(super) fn no_such_way(which: &str) -> Problem {
    let detail = format!("this node does not offer {which} for signing in");
    Problem::new(rule::NO_SUCH_WAY, detail)
}

/// Whether somebody who showed who they are may come in: a person who may act.
pub(super) async fn may_enter(app: &App, signer: &Did, how: How, peer: &Peer) -> Answer<()> {
    let refuse = |why: &'static str| {
        record(app, &Event::Refused(why), how, Some(signer), peer);
        Problem::new(rule::NOT_STANDING, format!("{signer}: {why}"))
    };
    let found = standing(app, signer).await?;
    let found = found.ok_or_else(|| refuse("the ledger does not know this signer"))?;
    if found.kind != SignerKind::Person {
        return Err(refuse(
            "only people have sessions; devices and services use certificates or tokens",
        ));
    }
    if !found.active {
        return Err(refuse("this signer is suspended or retired"));
    }
    Ok(())
}

/// Begins a session for who showed who they are; the answer sets its cookie.
pub(super) async fn enter(
    app: &App,
    headers: &HeaderMap,
    peer: &Peer,
    signer: &Did,
    how: How,
) -> Answer<Response> {
    let secure = is_secure(headers, peer.tls);
    let (session, cookie) = begin(app, headers, peer, signer, how, secure).await?;
    let found = standing(app, signer).await?;
    let home = &app.node().info().member;
    let scopes = found.map_or_else(Vec::new, |found| scopes(&found, home));
    let view = SessionView {
        token: format!("session {}", session.id),
        scopes: scopes.iter().map(|scope| scope.name()).collect(),
        member: home.to_string(),
        signer: Some(signer.to_string()),
        expires_ms: Some(session.ends_ms),
        how: how.word(),
        session: Some(session.id),
    };
    let mut response = Json(view).into_response();
    response.headers_mut().append(cookie.0, cookie.1);
    Ok(response)
}

/// Begins a session and makes its cookie; the session that the request came with ends.
pub(super) async fn begin(
    app: &App,
    headers: &HeaderMap,
    peer: &Peer,
    signer: &Did,
    how: How,
    secure: bool,
) -> Answer<(Session, (header::HeaderName, HeaderValue))> {
    may_enter(app, signer, how, peer).await?;
    let before = Cookie::Session.read(peer.tls, headers).map(str::to_owned);
    let beginning = Beginning {
        signer: signer.clone(),
        how,
        device: device(headers),
        address: IpAddr::to_string(&peer.ip()),
    };
    let (value, session) = aside(app, move |signin: &SignIn| {
        signin
            .sessions
            .begin(beginning, before.as_deref(), now_ms())
    })
    .await?
    .map_err(|error| internal("the session cannot be kept", &error))?;
    record(app, &Event::SignedIn, how, Some(signer), peer);
    let seconds = app.signin().sessions.life_seconds();
    Ok((
        session,
        Cookie::Session.set(secure, headers, &value, seconds),
    ))
}

/// What the browser calls itself, as far as a list of sessions shows it.
fn device(headers: &HeaderMap) -> String {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let plain = agent
        .unwrap_or("")
        .chars()
        .filter(|letter| !letter.is_control());
    plain.take(200).collect()
}

impl<S: Sync> axum::extract::FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _state: &S,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.extensions))
    }
}
