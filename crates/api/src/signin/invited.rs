//! Coming in by invitation: the code says who somebody is, once; then a passkey or passphrase does.

use super::{
    DAY_MS, How, Peer, SignIn,
    accounts::{PASSPHRASES_MAX, Passphrase},
    aside,
    enrolling::{self, EnrolmentView},
    events::{Event, record},
    identify::Current,
    invitations::{digest, invite, invited, used},
    passkeys::{self, PasskeyOptions, PasskeyRegistration},
    passphrases::{fault, hash, name_fault},
    pending::Begun,
    routes::{BODY_MAX, door, end, enter, may_enter, no_such_way},
    secret::Secret,
    standing::standing,
};
use crate::{
    app::{App, now_ms},
    edge::busy,
    extract::json,
    problem::{Answer, Problem, internal, rule},
    routes::session::SessionView,
};
use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use convoy_types::Did;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest that an invitation may wait, days.
const DAYS_MAX: u64 = 30;

/// A code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationBody {
    /// As it was handed over; small letters and blanks do not matter.
    #[schema(example = "7K3M9-Q2VXA-00HTF-8ZCWD")]
    pub code: Secret,
}

/// Whom a code invites, and what to set up.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitedView {
    /// The signer that the code stands for.
    pub signer: String,
    /// The member that the signer acts for.
    pub member: String,
    /// For making a passkey; absent where the node offers none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passkey: Option<PasskeyOptions>,
    /// Whether a passphrase can be set.
    pub passphrase: bool,
    /// Where the code is that of an enrolment on the ledger: what the person becomes. The signer is then new, and is enrolled by
    /// `POST /v1/signin/enrolment`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enrolment: Option<EnrolmentView>,
}

/// Whom the code invites. It is not used up yet.
#[utoipa::path(post, path = "/v1/signin/invitation", operation_id = "readInvitation", tag = "sign-in", request_body = InvitationBody, responses((status = 200, body = InvitedView)))]
pub async fn read(State(app): State<App>, request: Request) -> Answer<Json<InvitedView>> {
    let (_, peer) = door(&app, &request)?;
    let body: InvitationBody = json(request, BODY_MAX).await?;
    if let Some(code) = enrolling::code_of(&body.code) {
        return enrols(&app, &code, &peer).await.map(Json);
    }
    let code = digest(&body.code);
    let kept = aside(&app, |signin| signin.accounts.read())
        .await?
        .map_err(|error| internal("the invitations cannot be read", &error))?;
    let signer = invited(&kept, &code, now_ms()).inspect_err(|_| wrong_code(&app, &peer))?;
    may_enter(&app, &signer, How::Passkey, &peer).await?;
    let member = standing(&app, &signer).await?;
    let own: Vec<_> = kept
        .passkeys
        .into_iter()
        .filter(|own| own.signer == signer)
        .collect();
    let passkey = match app.signin().config.passkeys {
        Some(_) => Some(passkeys::creation(
            &app,
            &signer,
            Begun::Invited(code),
            &own,
        )?),
        None => None,
    };
    Ok(Json(InvitedView {
        signer: signer.to_string(),
        member: member.map_or_else(String::new, |found| found.member.to_string()),
        passkey,
        passphrase: app.signin().config.passphrases,
        enrolment: None,
    }))
}

/// Whom the code of an enrolment makes.
async fn enrols(app: &App, code: &str, peer: &Peer) -> Answer<InvitedView> {
    let offered = enrolling::look(app, code, peer).await?;
    let roles = offered
        .signer
        .roles
        .iter()
        .map(|role| role.word().to_owned());
    Ok(InvitedView {
        signer: offered.did.to_string(),
        member: offered.signer.member.to_string(),
        passkey: Some(offered.passkey),
        passphrase: false,
        enrolment: Some(EnrolmentView {
            network: app.node().info().network.to_string(),
            roles: roles.collect(),
            unit: offered.signer.unit.map(|unit| unit.to_string()),
        }),
    })
}

fn wrong_code(app: &App, peer: &Peer) {
    record(app, &Event::Refused("invitation"), How::Passkey, None, peer);
}

/// A code and the passkey made for it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitedPasskey {
    /// The code.
    pub code: Secret,
    /// What its owner calls the passkey.
    #[schema(example = "duty phone")]
    pub name: String,
    /// What the browser made.
    pub credential: PasskeyRegistration,
}

/// Registers a passkey for whom the code invites, and signs in. The code is used up.
#[utoipa::path(post, path = "/v1/signin/invitation/passkey", operation_id = "acceptInvitationWithPasskey", tag = "sign-in", request_body = InvitedPasskey, responses(
    (status = 200, description = "Signed in; the answer sets the session's cookie", body = SessionView),
))]
pub async fn passkey(State(app): State<App>, request: Request) -> Answer<Response> {
    let (headers, peer) = door(&app, &request)?;
    let body: InvitedPasskey = json(request, BODY_MAX).await?;
    let code = digest(&body.code);
    let (made, begun) = passkeys::made(&app, &body.credential)?;
    if begun != Begun::Invited(code) {
        let detail = "the passkey was made for another invitation";
        return Err(Problem::new(rule::SIGN_IN, detail));
    }
    let signer = whom(&app, &code, &peer).await?;
    may_enter(&app, &signer, How::Passkey, &peer).await?;
    aside(&app, move |signin| {
        signin.accounts.change(|kept| {
            let signer = used(kept, &code, now_ms())?;
            passkeys::keep(&mut kept.passkeys, &signer, &body.name, &made)
        })
    })
    .await?
    .map_err(|error| internal("the passkey cannot be kept", &error))??;
    record(
        &app,
        &Event::Added("passkey"),
        How::Passkey,
        Some(&signer),
        &peer,
    );
    enter(&app, &headers, &peer, &signer, How::Passkey).await
}

/// A code, and the name and passphrase to sign in with from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitedPassphrase {
    /// The code.
    pub code: Secret,
    /// The name: small letters, digits, `.`, `-` and `_`.
    #[schema(example = "anna.tamm")]
    pub name: String,
    /// The passphrase: 15 characters at least.
    pub passphrase: Secret,
}

/// Sets name and passphrase for whom the code invites, and signs in. The code is used up; sessions from before end.
#[utoipa::path(post, path = "/v1/signin/invitation/passphrase", operation_id = "acceptInvitationWithPassphrase", tag = "sign-in", request_body = InvitedPassphrase, responses(
    (status = 200, description = "Signed in; the answer sets the session's cookie", body = SessionView),
))]
pub async fn passphrase(State(app): State<App>, request: Request) -> Answer<Response> {
    let (headers, peer) = door(&app, &request)?;
    if !app.signin().config.passphrases {
        return Err(no_such_way("passphrases"));
    }
    let body: InvitedPassphrase = json(request, BODY_MAX).await?;
    let name = body.name.trim().to_lowercase();
    let code = digest(&body.code);
    let signer = whom(&app, &code, &peer).await?;
    may_enter(&app, &signer, How::Passphrase, &peer).await?;
    if let Some(fault) = name_fault(&name) {
        return Err(Problem::new(rule::BAD_BODY, fault).at("/name"));
    }
    if let Some(fault) = fault(&body.passphrase, &name) {
        let detail = format!("the passphrase is too weak: {fault}");
        return Err(Problem::new(rule::BAD_BODY, detail).at("/passphrase"));
    }
    let Some(_turn) = app.signin().hasher.turn().await else {
        return Err(busy("sign-ins"));
    };
    aside(&app, move |signin| {
        set(signin, &name, &body.passphrase, &code)
    })
    .await??;
    let whose = signer.clone();
    end(&app, move |own| own.signer == whose).await?;
    record(
        &app,
        &Event::Added("passphrase"),
        How::Passphrase,
        Some(&signer),
        &peer,
    );
    enter(&app, &headers, &peer, &signer, How::Passphrase).await
}

fn set(signin: &SignIn, name: &str, passphrase: &str, code: &convoy_types::Digest) -> Answer<()> {
    let hash =
        hash(passphrase).map_err(|error| internal("the passphrase cannot be kept", &error))?;
    let change = signin.accounts.change(|kept| {
        let signer = used(kept, code, now_ms())?;
        let others = |own: &Passphrase| own.signer != signer;
        if kept.passphrases.get(name).is_some_and(others) {
            let detail = format!("somebody else has the name `{name}`");
            return Err(Problem::new(rule::NAME_TAKEN, detail)
                .at("/name")
                .remedy("Choose another name."));
        }
        kept.passphrases.retain(|_, own| others(own));
        if kept.passphrases.len() >= PASSPHRASES_MAX {
            let detail = format!("there are {PASSPHRASES_MAX} passphrases on this node");
            return Err(Problem::new(rule::TOO_MANY_CREDENTIALS, detail));
        }
        let account = Passphrase {
            signer,
            hash,
            set_ms: now_ms(),
            devices: Vec::new(),
        };
        kept.passphrases.insert(name.to_owned(), account);
        Ok(())
    });
    change.map_err(|error| internal("the passphrase cannot be kept", &error))?
}

/// Whom the code invites.
async fn whom(app: &App, code: &convoy_types::Digest, peer: &Peer) -> Answer<Did> {
    let kept = aside(app, |signin| signin.accounts.read())
        .await?
        .map_err(|error| internal("the invitations cannot be read", &error))?;
    invited(&kept, code, now_ms()).inspect_err(|_| wrong_code(app, peer))
}

/// Whom to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// The signer (DID): an enrolled person.
    #[schema(example = "did:web:logistics.example:7f3a")]
    pub signer: String,
    /// How long the code waits, days; 2 where absent.
    #[serde(default = "two")]
    #[schema(minimum = 1, maximum = 30)]
    pub days: u64,
}

fn two() -> u64 {
    2
}

/// A code that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuedInvitation {
    /// The code: shown once, to be handed over in person.
    pub code: String,
    /// Until when it works, milliseconds since 1970.
    pub expires_ms: u64,
}

/// Invites a person to set up their way of signing in. An earlier invitation of the same person ends.
#[utoipa::path(post, path = "/v1/invitations", operation_id = "invitePerson", tag = "sign-in", request_body = NewInvitation, responses((status = 201, body = IssuedInvitation)))]
pub async fn issue(State(app): State<App>, current: Current, request: Request) -> Answer<Response> {
    let peer = Peer::of(request.extensions());
    let body: NewInvitation = json(request, BODY_MAX).await?;
    if !(1..=DAYS_MAX).contains(&body.days) {
        let detail = format!("{} is not 1 to {DAYS_MAX} days", body.days);
        return Err(Problem::new(rule::BAD_BODY, detail).at("/days"));
    }
    let signer: Did = body
        .signer
        .parse()
        .map_err(|error: convoy_types::ids::IdError| {
            Problem::new(rule::BAD_BODY, error.to_string()).at("/signer")
        })?;
    may_enter(&app, &signer, How::Passkey, &peer).await?;
    let expires_ms = now_ms() + body.days * DAY_MS;
    let invited = signer.clone();
    let code = aside(&app, move |signin| {
        signin
            .accounts
            .change(|kept| invite(kept, &invited, expires_ms, now_ms()))
    })
    .await?
    .map_err(|error| internal("the invitation cannot be kept", &error))?
    .map_err(|fault| Problem::new(rule::TOO_MANY_CREDENTIALS, fault))?;
    current.tell(&app, &Event::Invited(&signer), &peer);
    Ok((
        StatusCode::CREATED,
        Json(IssuedInvitation { code, expires_ms }),
    )
        .into_response())
}
