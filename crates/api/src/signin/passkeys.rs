//! Passkeys at the door: options for the browser, registration, signing in, one's own list.
//!
//! The options and answers have the JSON forms of Web Authentication Level 3 (5.1.9, 5.1.10), which browsers read and write by themselves
//! (`PublicKeyCredential.parseRequestOptionsFromJSON`, `toJSON`).

use super::{
    How, Peer,
    accounts::{PASSKEYS_EACH_MAX, Passkey},
    aside,
    events::{Event, record},
    identify::Current,
    pending::{Begun, WITHIN_MS},
    random,
    routes::{BODY_MAX, door, enter, no_such_way},
    webauthn::{self, ALGORITHMS, Asked, Fault, Made},
};
use crate::{
    app::{App, now_ms},
    auth::Caller,
    extract::{Segment, json},
    problem::{Answer, Problem, internal, rule},
    routes::session::SessionView,
};
use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use convoy_node::config::PasskeysConfig;
use convoy_types::{Did, Digest, cose::PublicKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as object};
use utoipa::ToSchema;

/// The longest name of a passkey, characters.
const NAME_MAX: usize = 60;

/// What a browser hands to `navigator.credentials`.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyOptions {
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON`.
    #[serde(rename = "publicKey")]
    #[schema(value_type = Object)]
    pub public_key: Value,
}

/// What `navigator.credentials.get` gave, as its `toJSON` writes it.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PasskeyAssertion {
    /// The credential's id, base64url.
    pub id: String,
    /// What the device signed.
    pub response: AssertionResponse,
}

/// What the device signed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssertionResponse {
    /// What the browser saw, base64url.
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: String,
    /// What the device saw, base64url.
    pub authenticator_data: String,
    /// The signature over both, base64url.
    pub signature: String,
    /// Whose passkey it is, as the device keeps it, base64url.
    #[serde(default)]
    pub user_handle: Option<String>,
}

/// What `navigator.credentials.create` gave, as its `toJSON` writes it.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PasskeyRegistration {
    /// What was made.
    pub response: RegistrationResponse,
}

/// What was made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationResponse {
    /// What the browser saw, base64url.
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: String,
    /// The credential, base64url.
    pub attestation_object: String,
}

/// One's passkeys.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeysView {
    /// The newest first.
    pub passkeys: Vec<PasskeyView>,
}

/// A passkey of one's own.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyView {
    /// Its id, for removing it.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was registered, milliseconds since 1970.
    pub created_ms: u64,
    /// When it was last used, milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_ms: Option<u64>,
    /// Whether it can be on several devices.
    pub backed_up: bool,
    /// Off: its counter went back, so somebody may have copied it.
    pub off: bool,
}

fn configured(app: &App) -> Answer<&PasskeysConfig> {
    let passkeys = app.signin().config.passkeys.as_ref();
    passkeys.ok_or_else(|| no_such_way("passkeys"))
}

/// Whose passkey it is, as devices keep it: nothing about the person.
fn handle(signer: &Did) -> String {
    webauthn::text(&Digest::of(signer.as_str().as_bytes()).0)
}

/// A challenge under which `begun` waits.
fn challenge(app: &App, begun: Begun) -> String {
    let challenge = webauthn::text(&random());
    app.signin().pending.begin(&challenge, begun, now_ms());
    challenge
}

/// What the browser makes a passkey of.
pub(super) fn creation(
    app: &App,
    signer: &Did,
    begun: Begun,
    own: &[Passkey],
) -> Answer<PasskeyOptions> {
    let config = configured(app)?;
    let kinds = ALGORITHMS.map(|alg| object!({"type": "public-key", "alg": alg}));
    let member = &app.node().info().member;
    let had: Vec<Value> = own
        .iter()
        .map(|own| object!({"type": "public-key", "id": own.id}))
        .collect();
    Ok(PasskeyOptions {
        public_key: object!({
            "challenge": challenge(app, begun),
            "rp": {"id": config.rp_id, "name": format!("Convoy ({member})")},
            "user": {"id": handle(signer), "name": signer.as_str(), "displayName": format!("Convoy ({member})")},
            "pubKeyCredParams": kinds,
            "timeout": WITHIN_MS,
            "excludeCredentials": had,
            "authenticatorSelection": {"residentKey": "required", "requireResidentKey": true, "userVerification": "required"},
            "attestation": "none",
        }),
    })
}

/// A challenge for signing in by passkey.
#[utoipa::path(post, path = "/v1/signin/passkey/options", operation_id = "passkeyOptions", tag = "sign-in", responses((status = 200, body = PasskeyOptions)))]
pub async fn options(State(app): State<App>, request: Request) -> Answer<Json<PasskeyOptions>> {
    door(&app, &request)?;
    let config = configured(&app)?;
    Ok(Json(PasskeyOptions {
        public_key: object!({
            "challenge": challenge(&app, Begun::Passkey),
            "rpId": config.rp_id,
            "timeout": WITHIN_MS,
            "userVerification": "required",
            "allowCredentials": [],
        }),
    }))
}

/// Signs in by passkey.
#[utoipa::path(post, path = "/v1/signin/passkey", operation_id = "signInByPasskey", tag = "sign-in", request_body = PasskeyAssertion, responses(
    (status = 200, description = "Signed in; the answer sets the session's cookie", body = SessionView),
))]
pub async fn sign_in(State(app): State<App>, request: Request) -> Answer<Response> {
    let (headers, peer) = door(&app, &request)?;
    let config = configured(&app)?.clone();
    let body: PasskeyAssertion = json(request, BODY_MAX).await?;
    let done = aside(&app, {
        let app = app.clone();
        move |_| assert(&app, &config, &body)
    })
    .await?;
    match done {
        Ok(signer) => enter(&app, &headers, &peer, &signer, How::Passkey).await,
        Err((problem, signer, cloned)) => {
            let why = Event::Refused("passkey");
            let event = if cloned { Event::Cloned } else { why };
            record(&app, &event, How::Passkey, signer.as_ref(), &peer);
            Err(problem)
        }
    }
}

/// A refusal, whose passkey it was, and whether it may have been copied.
type Refusal = (Problem, Option<Did>, bool);

/// Whose passkey answered, and its counter is kept.
fn assert(app: &App, config: &PasskeysConfig, body: &PasskeyAssertion) -> Result<Did, Refusal> {
    let refuse = |fault: Fault| (refused(fault), None, fault == Fault::Cloned);
    let [client_data, data, signature] = [
        &body.response.client_data_json,
        &body.response.authenticator_data,
        &body.response.signature,
    ]
    .map(|text| {
        webauthn::bytes(text).ok_or_else(|| refuse(Fault::Form("a field is no base64url")))
    });
    let (client_data, data, signature) = (client_data?, data?, signature?);
    let challenge = webauthn::challenge_of(&client_data).map_err(refuse)?;
    if app.signin().pending.take(&challenge, now_ms()) != Some(Begun::Passkey) {
        return Err(refuse(Fault::Challenge));
    }
    let asked = Asked {
        challenge: &challenge,
        rp_id: &config.rp_id,
        origins: &config.origins,
    };
    let change = app.signin().accounts.change(|kept| {
        let unknown = || {
            let detail = "this passkey is not registered here, or it was taken away";
            (Problem::new(rule::SIGN_IN, detail), None, false)
        };
        let own = kept.passkeys.iter_mut().find(|own| own.id == body.id);
        let own = own.ok_or_else(unknown)?;
        let whose = body.response.user_handle.as_deref();
        if own.off || whose.is_some_and(|whose| whose != handle(&own.signer)) {
            return Err(unknown());
        }
        let public = PublicKey::from_jwk(&own.public).map_err(|_| unknown())?;
        match webauthn::used(
            &asked,
            &public,
            own.counter,
            &client_data,
            &data,
            &signature,
        ) {
            Ok(used) => {
                own.counter = used.counter;
                own.backed_up = used.backed_up;
                own.used_ms = Some(now_ms());
                Ok(Ok(own.signer.clone()))
            }
            Err(Fault::Cloned) => {
                own.off = true;
                Ok(Err((
                    refused(Fault::Cloned),
                    Some(own.signer.clone()),
                    true,
                )))
            }
            Err(fault) => Err((refused(fault), Some(own.signer.clone()), false)),
        }
    });
    match change {
        Ok(done) => done?,
        Err(error) => Err((
            internal("what opens the door cannot be read", &error),
            None,
            false,
        )),
    }
}

fn refused(fault: Fault) -> Problem {
    let detail = format!("the passkey is not accepted: {fault}");
    Problem::new(rule::SIGN_IN, detail)
}

/// Checks a registration that answers something that was begun: the credential, and what was begun.
pub(super) fn made(app: &App, body: &PasskeyRegistration) -> Answer<(Made, Begun)> {
    let config = configured(app)?;
    let read = |text: &str| {
        webauthn::bytes(text).ok_or_else(|| refused(Fault::Form("a field is no base64url")))
    };
    let client_data = read(&body.response.client_data_json)?;
    let attestation = read(&body.response.attestation_object)?;
    let challenge = webauthn::challenge_of(&client_data).map_err(refused)?;
    let begun = app.signin().pending.take(&challenge, now_ms());
    let begun = begun.ok_or_else(|| refused(Fault::Challenge))?;
    let asked = Asked {
        challenge: &challenge,
        rp_id: &config.rp_id,
        origins: &config.origins,
    };
    let made = webauthn::registered(&asked, &client_data, &attestation).map_err(refused)?;
    Ok((made, begun))
}

/// Puts a passkey to `passkeys`.
pub(super) fn keep(
    passkeys: &mut Vec<Passkey>,
    signer: &Did,
    name: &str,
    made: &Made,
) -> Answer<()> {
    let id = webauthn::text(&made.id);
    if passkeys.iter().any(|own| own.id == id) {
        let detail = "this passkey is registered already";
        return Err(Problem::new(rule::SIGN_IN, detail));
    }
    if passkeys.iter().filter(|own| own.signer == *signer).count() >= PASSKEYS_EACH_MAX {
        let detail = format!("there are {PASSKEYS_EACH_MAX} passkeys of this signer");
        return Err(Problem::new(rule::TOO_MANY_CREDENTIALS, detail));
    }
    let plain = name.chars().filter(|letter| !letter.is_control());
    passkeys.push(Passkey {
        id,
        signer: signer.clone(),
        public: made.public.to_jwk(),
        counter: made.counter,
        backed_up: made.backed_up,
        name: plain.take(NAME_MAX).collect(),
        created_ms: now_ms(),
        used_ms: None,
        off: false,
    });
    Ok(())
}

/// One's passkeys.
#[utoipa::path(get, path = "/v1/passkeys", operation_id = "listPasskeys", tag = "sign-in", responses((status = 200, body = PasskeysView)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Answer<Json<PasskeysView>> {
    let Ok(signer) = caller.signer().cloned() else {
        return Ok(Json(PasskeysView {
            passkeys: Vec::new(),
        }));
    };
    let mut own = own(&app, signer).await?;
    own.sort_by_key(|own| std::cmp::Reverse(own.created_ms));
    let passkeys = own.into_iter().map(|own| PasskeyView {
        id: own.id,
        name: own.name,
        created_ms: own.created_ms,
        used_ms: own.used_ms,
        backed_up: own.backed_up,
        off: own.off,
    });
    Ok(Json(PasskeysView {
        passkeys: passkeys.collect(),
    }))
}

/// The passkeys of `signer`.
pub(super) async fn own(app: &App, signer: Did) -> Answer<Vec<Passkey>> {
    let kept = aside(app, |signin| signin.accounts.read())
        .await?
        .map_err(|error| internal("what opens the door cannot be read", &error))?;
    let own = kept.passkeys.into_iter().filter(|own| own.signer == signer);
    Ok(own.collect())
}

/// Begins to register one more passkey of one's own.
#[utoipa::path(post, path = "/v1/passkeys/options", operation_id = "newPasskeyOptions", tag = "sign-in", responses((status = 200, body = PasskeyOptions)))]
pub async fn new_options(
    State(app): State<App>,
    caller: Caller,
    current: Current,
) -> Answer<Json<PasskeyOptions>> {
    let signer = in_session(&caller, &current)?;
    let own = own(&app, signer.clone()).await?;
    creation(&app, &signer, Begun::Another(signer.clone()), &own).map(Json)
}

/// A new passkey and what its owner calls it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// What its owner calls it.
    #[schema(example = "duty phone")]
    pub name: String,
    /// What the browser made.
    pub credential: PasskeyRegistration,
}

/// Registers one more passkey of one's own.
#[utoipa::path(post, path = "/v1/passkeys", operation_id = "addPasskey", tag = "sign-in", request_body = NewPasskey, responses((status = 204, description = "Registered")))]
pub async fn add(
    State(app): State<App>,
    caller: Caller,
    current: Current,
    request: Request,
) -> Answer<StatusCode> {
    let signer = in_session(&caller, &current)?;
    let peer = Peer::of(request.extensions());
    let body: NewPasskey = json(request, BODY_MAX).await?;
    let (made, begun) = made(&app, &body.credential)?;
    if begun != Begun::Another(signer.clone()) {
        return Err(refused(Fault::Challenge));
    }
    let whose = signer.clone();
    aside(&app, move |signin| {
        signin
            .accounts
            .change(|kept| keep(&mut kept.passkeys, &whose, &body.name, &made))
    })
    .await?
    .map_err(|error| internal("the passkey cannot be kept", &error))??;
    current.tell(&app, &Event::Added("passkey"), &peer);
    Ok(StatusCode::NO_CONTENT)
}

/// Takes away a passkey of one's own.
#[utoipa::path(delete, path = "/v1/passkeys/{id}", operation_id = "removePasskey", tag = "sign-in",
    params(("id" = String, Path, description = "The passkey, as listed")), responses((status = 204, description = "It opens nothing any more")))]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    current: Current,
    peer: Peer,
    segment: Segment,
) -> Answer<StatusCode> {
    let signer = in_session(&caller, &current)?;
    let whose = signer.clone();
    aside(&app, move |signin| {
        signin.accounts.change(|kept| {
            let before = kept.passkeys.len();
            kept.passkeys
                .retain(|own| own.id != segment.0 || own.signer != whose);
            match kept.passkeys.len() < before {
                true => Ok(()),
                false => Err(Problem::new(rule::NOT_FOUND, "you have no such passkey")),
            }
        })
    })
    .await?
    .map_err(|error| internal("the passkey cannot be taken away", &error))??;
    current.tell(&app, &Event::Removed("passkey"), &peer);
    Ok(StatusCode::NO_CONTENT)
}

/// Who is signed in. A token that fell into other hands must not become a passkey.
fn in_session(caller: &Caller, current: &Current) -> Answer<Did> {
    let signer = caller.signer()?;
    match current.session {
        Some(_) => Ok(signer.clone()),
        None => {
            let detail = "passkeys are changed by who is signed in, not by a token or certificate";
            Err(Problem::new(rule::UNSATISFIED, detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_tells_nothing_and_a_passkey_is_kept_once() {
        let signer: Did = "did:convoy:officer".parse().unwrap();
        assert!(!handle(&signer).contains("officer"));
        let public = convoy_types::cose::SigningKey::from_secret(
            convoy_types::cose::Algorithm::Es256,
            &[7; 32],
        )
        .unwrap()
        .public()
        .clone();
        let made = Made {
            id: vec![1, 2],
            public,
            counter: 0,
            backed_up: false,
        };
        let mut kept = Vec::new();
        keep(&mut kept, &signer, "phone\u{7}", &made).unwrap();
        assert_eq!(kept[0].name, "phone");
        assert!(keep(&mut kept, &signer, "phone", &made).is_err());
        for number in 1..PASSKEYS_EACH_MAX {
            let made = Made {
                id: vec![9, number as u8],
                public: made.public.clone(),
                ..made
            };
            keep(&mut kept, &signer, "", &made).unwrap();
        }
        assert!(
            keep(
                &mut kept,
                &signer,
                "",
                &Made {
                    id: vec![3],
                    ..made
                }
            )
            .is_err()
        );
    }
}
