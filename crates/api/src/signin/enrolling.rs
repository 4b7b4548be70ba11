//! Coming in for the first time: the code of an enrolment that an administrator offered on the ledger makes a new signer, here, at the door.
//!
//! Flow: [`look`] tries the claim on the present state with a key that is thrown away, so that whom the code enrols, and every refusal, is
//! the ledger's own word → the browser makes a passkey and a signing key → [`enrol`] checks both, has the node's own signer submit the claim,
//! waits until it is final and this node has read it, and begins a session.
//!
//! Invariants:
//! - the node signs as itself (a signer of kind and role `node`), never as a person;
//! - the new key is the person's: who brings it has signed the challenge with it, and its secret was never here;
//! - a claim is submitted only for a passkey made under a challenge that was given for this very code, so that guessing fills no block;
//! - the passkey is kept before the claim is submitted and taken away where the ledger refuses it: what is enrolled can always come in.
//!
//! A code has 16 to 64 random bytes in hexadecimal. What the ledger knows of it is its digest, until it is used.

use super::{
    How, Peer, aside,
    events::{Event, record},
    passkeys::{self, PasskeyOptions, PasskeyRegistration},
    pending::Begun,
    random,
    routes::{BODY_MAX, door, enter, no_such_way},
    secret::Secret,
    standing::standing,
    webauthn,
};
use crate::{
    app::App,
    audit,
    extract::json,
    problem::{Answer, Problem, internal, rule},
    reading::Reader,
    routes::session::SessionView,
};
use axum::{
    extract::{Request, State},
    response::Response,
};
use convoy_ledger::Reject;
use convoy_modules::membership::{
    self,
    types::{Action, Event as Said, NewKey, Role, Signer, SignerKind},
};
use convoy_node::{SignOptions, Status};
use convoy_types::{
    Did, Digest, StatementId, cbor,
    cose::{Algorithm, PublicKey, SigningKey},
    statement::Assurance,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// Digits of a code, as membership takes them.
const CODE_DIGITS: std::ops::RangeInclusive<usize> = 32..=128;
/// How long the claim may take to become final; the person waits for it.
const FINAL_WITHIN: Duration = Duration::from_secs(20);
/// What a new key signs to show that it is there, before the challenge.
const PROOF: &[u8] = b"convoy enrolment 1\0";

/// The code as the ledger takes it: small hexadecimal digits; `None` for a code of another kind.
pub(super) fn code_of(typed: &str) -> Option<String> {
    let digits = typed
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-');
    let code: String = digits.map(|letter| letter.to_ascii_lowercase()).collect();
    let is_code =
        CODE_DIGITS.contains(&code.len()) && code.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_code.then_some(code)
}

/// What somebody becomes by a code.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolmentView {
    /// The network that statements name.
    #[schema(example = "convoy-0b5f6cd2")]
    pub network: String,
    /// What the new signer may do.
    pub roles: Vec<String>,
    /// The unit it will belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// Whom a code enrols.
pub(super) struct Offered {
    /// The identifier that the new signer will have.
    pub did: Did,
    /// The signer as it would be.
    pub signer: Signer,
    /// For making the passkey.
    pub passkey: PasskeyOptions,
}

/// Whom `code` enrols, as the ledger says at this moment; it is not used up.
///
/// # Errors
/// The ledger's refusal; a code for a device or service; a node that offers no passkeys or cannot speak for who is new.
pub(super) async fn look(app: &App, code: &str, peer: &Peer) -> Answer<Offered> {
    if app.signin().config.passkeys.is_none() {
        return Err(no_such_way(
            "passkeys, which enrolling at the sign-in page needs,",
        ));
    }
    let node = speaker(app).await?;
    let did = Did::new(&format!("did:convoy:{}", hex::encode(&random()[..16])))
        .map_err(|error| internal("an identifier could not be made", &error))?;
    let tried = SigningKey::from_secret(Algorithm::Ed25519, &random())
        .map_err(|error| internal("a key could not be made", &error))?;
    let claim = claim(code, &did, tried.public().clone());
    let done = app
        .node()
        .sign_and_dry_run(&node, claim, SignOptions::default())
        .await
        .map_err(|reject| refused(app, peer, reject))?;
    let made = done
        .events
        .iter()
        .filter(|event| event.module == membership::NAME);
    let mut made = made.filter_map(|event| match cbor::from_slice::<Said>(&event.body) {
        Ok(Said::Signer { did: new, now }) if new == did => Some(now),
        _ => None,
    });
    let signer = made
        .next_back()
        .ok_or_else(|| internal("the ledger enrolled nobody", &"a claim without a signer"))?;
    if signer.kind != SignerKind::Person {
        record(
            app,
            &Event::Refused("the code is not a person's"),
            How::Passkey,
            None,
            peer,
        );
        let detail = format!(
            "the code enrols a {}, and only people sign in here",
            signer.kind
        );
        return Err(Problem::new(rule::INVITATION, detail)
            .remedy("Enrol it with `convoy membership claim-enrolment`, or ask the administrator for a code for a person."));
    }
    let begun = Begun::Enrolling(Digest::of(code.as_bytes()), did.clone());
    let passkey = passkeys::creation(app, &did, begun, &[])?;
    Ok(Offered {
        did,
        signer,
        passkey,
    })
}

/// A code, the passkey made for it and the key that signs from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// The code.
    pub code: Secret,
    /// What its owner calls the passkey.
    #[schema(example = "duty laptop")]
    pub name: String,
    /// What the browser made.
    pub credential: PasskeyRegistration,
    /// The person's own public key (JWK).
    #[schema(value_type = Object)]
    pub key: PublicKey,
    /// The key's signature over `convoy enrolment 1`, a zero byte and the challenge as it was given, base64url.
    pub proof: String,
}

/// Enrols whom the code stands for, with a passkey and a key of their own, and signs in. The code is used up when the ledger says so.
#[utoipa::path(post, path = "/v1/signin/enrolment", operation_id = "enrolAtSignIn", tag = "sign-in", request_body = NewPerson, responses(
    (status = 200, description = "Enrolled and signed in; the answer sets the session's cookie", body = SessionView),
))]
pub async fn enrol(State(app): State<App>, request: Request) -> Answer<Response> {
    let (headers, peer) = door(&app, &request)?;
    let body: NewPerson = json(request, BODY_MAX).await?;
    let code = code_of(&body.code).ok_or_else(|| {
        Problem::new(rule::BAD_BODY, "the code has 32 to 128 hexadecimal digits").at("/code")
    })?;
    let (made, begun) = passkeys::made(&app, &body.credential)?;
    let Begun::Enrolling(for_code, did) = begun else {
        return Err(Problem::new(
            rule::SIGN_IN,
            "the passkey was made for something else",
        ));
    };
    if for_code != Digest::of(code.as_bytes()) {
        return Err(Problem::new(
            rule::SIGN_IN,
            "the passkey was made for another code",
        ));
    }
    holds_key(&body)?;
    let node = speaker(&app).await?;
    let (whose, name) = (did.clone(), body.name);
    aside(&app, move |signin| {
        let accounts = &signin.accounts;
        accounts.change(|kept| passkeys::keep(&mut kept.passkeys, &whose, &name, &made))
    })
    .await?
    .map_err(|error| internal("the passkey cannot be kept", &error))??;
    if let Err(problem) = submit(&app, &node, claim(&code, &did, body.key), &peer).await {
        if problem.body().code != rule::NOT_YET.number {
            forget(&app, did).await?;
        }
        return Err(problem);
    }
    record(&app, &Event::Enrolled, How::Passkey, Some(&did), &peer);
    enter(&app, &headers, &peer, &did, How::Passkey).await
}

/// Refuses a key that whoever sends it does not hold.
fn holds_key(body: &NewPerson) -> Answer<()> {
    let wrong = |detail: &str| Err(Problem::new(rule::BAD_BODY, detail).at("/proof"));
    let (Some(proof), Some(client_data)) = (
        webauthn::bytes(&body.proof),
        webauthn::bytes(&body.credential.response.client_data_json),
    ) else {
        return wrong("the proof is no base64url");
    };
    let Ok(challenge) = webauthn::challenge_of(&client_data) else {
        return wrong("the passkey has no challenge to be signed");
    };
    let signed = [PROOF, challenge.as_bytes()].concat();
    match body.key.verify(&signed, &proof) {
        Ok(()) => Ok(()),
        Err(_) => wrong("the key did not sign the challenge: send the key that signed it"),
    }
}

fn claim(code: &str, did: &Did, key: PublicKey) -> Vec<(String, Vec<u8>)> {
    let claim = Action::ClaimEnrolment {
        code: code.to_owned(),
        did: did.clone(),
        key: NewKey {
            key,
            valid_from_ms: None,
            valid_until_ms: None,
            assurance: Assurance::OwnKey,
            hardware: false,
        },
    };
    vec![(membership::NAME.to_owned(), cbor::to_vec(&claim))]
}

/// The node's own signer: of those whose keys it holds the one that is a node of this member and may pass on an enrolment.
async fn speaker(app: &App) -> Answer<Did> {
    let home = &app.node().info().member;
    for (_, did) in app.node().held_signers() {
        let found = standing(app, &did).await?;
        let speaks = found.is_some_and(|found| {
            let is_node = found.kind == SignerKind::Node && found.roles.has(Role::Node);
            is_node && found.active && found.member == *home
        });
        if speaks {
            return Ok(did);
        }
    }
    let detail = "this node holds no key of a signer of its own, so it cannot pass on an enrolment";
    Err(Problem::new(rule::NO_SUCH_WAY, detail).remedy(
        "Have an administrator enrol the node as a signer with the role `node` (guide: signing in), or claim the code elsewhere.",
    ))
}

/// Submits the claim and waits until it is final and read here.
async fn submit(app: &App, node: &Did, actions: Vec<(String, Vec<u8>)>, peer: &Peer) -> Answer<()> {
    let said = actions.clone();
    let submitted = app
        .node()
        .sign_and_submit(node, actions, SignOptions::default())
        .await;
    app.metrics().submitted(1, usize::from(submitted.is_err()));
    let reader = Reader::of_signer(node);
    audit::administered(app, &reader, node, &said, submitted.as_ref().err());
    let id = submitted.map_err(|reject| refused(app, peer, reject))?;
    let place = match app.node().wait_final(&id, FINAL_WITHIN).await {
        Ok(Status::Final {
            place,
            refused: None,
        }) => place,
        Ok(
            Status::Final {
                refused: Some(reject),
                ..
            }
            | Status::Failed(reject),
        ) => {
            return Err(refused(app, peer, reject));
        }
        Ok(Status::Waiting | Status::Unknown) | Err(_) => return Err(not_yet(&id)),
    };
    let mut projected = app.node().projected();
    let read = projected.wait_for(|height| *height >= place.height);
    match tokio::time::timeout(FINAL_WITHIN, read).await {
        Ok(Ok(_)) => Ok(()),
        _ => Err(not_yet(&id)),
    }
}

fn not_yet(id: &StatementId) -> Problem {
    let detail = format!("the enrolment was submitted as statement {id} and is not final yet");
    Problem::new(rule::NOT_YET, detail)
        .remedy("Wait a moment, then sign in with the passkey that you just made; if that is refused, enter the code again.")
}

fn refused(app: &App, peer: &Peer, reject: Reject) -> Problem {
    record(
        app,
        &Event::Refused(reject.rule.name),
        How::Passkey,
        None,
        peer,
    );
    Problem::from(reject)
}

/// Takes away what was kept for somebody whom the ledger did not take.
async fn forget(app: &App, did: Did) -> Answer<()> {
    aside(app, move |signin| {
        signin.accounts.change(|kept| {
            kept.passkeys.retain(|own| own.signer != did);
            Ok::<(), std::convert::Infallible>(())
        })
    })
    .await?
    .map(|_| ())
    .map_err(|error| internal("the passkey cannot be taken away", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed_and_an_invitation_is_none() {
        let code = "00112233445566778899aabbccddeeff";
        let typed = " 0011 2233 4455-6677 8899 AABB CCDD EEFF ";
        assert_eq!(code_of(typed).as_deref(), Some(code));
        assert_eq!(code_of(&code[..31]), None);
        assert_eq!(code_of(&format!("{}g", &code[..31])), None);
        assert_eq!(code_of(&"0".repeat(129)), None);
        assert_eq!(code_of("7K3M9-Q2VXA-00HTF-8ZCWD"), None);
    }
}
