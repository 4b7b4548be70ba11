//! Credentials: what the member says of one of its own, to be shown elsewhere, and whether it still is so.
//!
//! Invariants: a credential says what the ledger says, read off it by the node; nobody can have another thing put in. One asks for oneself, or as an administrator
//! or security officer of the member for one of its own. It is issued to a key that its subject holds, never to one that a node holds.

use super::credential_status::{no_issuer, uri};
use crate::{
    answers::{AtHeight, ask},
    app::{App, now_ms},
    auth::Caller,
    extract,
    issued::{HELD_MAX, Held},
    problem::{Answer, Problem, internal, rule},
    reading::Reader,
};
use axum::{
    Json,
    extract::{Request, State},
};
use convoy_modules::{
    membership::{
        documents::{SignsNow, member_now, position_now},
        reject::NOT_ADMINISTRATOR,
        types::Role,
    },
    policy::vocabulary::View,
};
use convoy_types::{
    Did,
    cose::{KeyId, PublicKey},
    credential::{Position, Terms, VALID_S_MAX},
    sd_jwt::{CREDENTIAL_BYTES_MAX, Question},
    status_list::Reference,
};
use convoy_verify::{Issuers, verify_credential};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const DAY_S: u64 = 24 * 3_600;
/// Room for the names around a credential.
const BODY_BYTES_MAX: usize = CREDENTIAL_BYTES_MAX + 8 * 1024;

fn month() -> u64 {
    30
}

/// A credential to be issued.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CredentialRequest {
    /// Of whom (DID); of the token's own signer where left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "did:web:est.example:7f3a")]
    subject: Option<Did>,
    /// The key of theirs with which it will be shown, by its id; the oldest that they hold themselves where left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "a1b2c3d4e5f60718")]
    key_id: Option<KeyId>,
    /// How long it holds, days: 1 to 366.
    #[serde(default = "month")]
    #[schema(default = 30, minimum = 1, maximum = 366)]
    valid_days: u64,
}

/// A credential.
#[derive(Debug, Serialize, ToSchema)]
pub struct Issued {
    /// The SD-JWT with every disclosure: its holder keeps it and shows less.
    pub credential: String,
    /// Who issued it (DID).
    pub issuer: String,
    /// Of whom (DID).
    pub subject: String,
    /// The key with which it is shown.
    pub key_id: String,
    /// Until when it holds, milliseconds since 1970.
    pub expires_ms: u64,
}

/// A credential that somebody shows.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// The SD-JWT as presented.
    credential: String,
    /// To whom its holder showed it; with `nonce`.
    #[serde(default)]
    audience: Option<String>,
    /// What its holder was asked to sign.
    #[serde(default)]
    nonce: Option<String>,
}

/// What became of a credential.
#[derive(Debug, Serialize, ToSchema)]
pub struct Standing {
    /// Whether it verifies and everything that is disclosed is so now.
    pub holds: bool,
    /// Why it does not, each in a sentence.
    pub faults: Vec<String>,
    /// Who says so (DID).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// What is disclosed.
    #[schema(value_type = Object)]
    pub claims: serde_json::Value,
}

/// Have the member issue a credential (SD-JWT VC) about the position of one of its own.
///
/// For oneself, or for others of the member by its administrators and security officers. The node reads unit, posts, roles and clearance off the ledger; each is disclosed by its
/// holder one by one, with a key that its holder has, not the node.
#[utoipa::path(post, path = "/v1/credentials", operation_id = "issueCredential", tag = "members", request_body = CredentialRequest,
    responses((status = 200, body = AtHeight<Issued>)))]
pub async fn issue(
    State(app): State<App>,
    caller: Caller,
    reader: Reader,
    request: Request,
) -> Answer<Json<AtHeight<Issued>>> {
    let asker = caller.signer()?.clone();
    let asked: CredentialRequest = extract::json(request, BODY_BYTES_MAX).await?;
    let valid_s = asked.valid_days.saturating_mul(DAY_S);
    if valid_s == 0 || valid_s > VALID_S_MAX {
        let detail = format!(
            "valid_days is {}, and 1 to 366 are possible",
            asked.valid_days
        );
        return Err(Problem::new(rule::BAD_BODY, detail).at("/valid_days"));
    }
    let subject = asked.subject.unwrap_or_else(|| asker.clone());
    let (about, by, at_ms) = (subject.clone(), asker.clone(), app.node().now_ms());
    let found = ask(&app, &reader, View::Record, move |snapshot| {
        Ok((
            position_now(snapshot, &about, at_ms)?,
            position_now(snapshot, &by, at_ms)?,
        ))
    })
    .await?;
    let (theirs, own) = found.answer;
    let (now, position) = permitted(&app, &subject, theirs, &asker, own)?;
    let holder = holder_key(&subject, &now, asked.key_id)?;
    let issuer = app.node().issuer().ok_or_else(no_issuer)?;
    let issued_s = at_ms / 1_000;
    let held = Held {
        place: 0,
        subject: subject.clone(),
        key_id: holder.key_id(),
        expires_s: issued_s + valid_s,
        said: position.claims(),
        revoked: false,
    };
    let kept = app.clone();
    let place = tokio::task::spawn_blocking(move || kept.issued().keep(held, now_ms() / 1_000))
        .await
        .map_err(|error| internal("the credential could not be kept", &error))?
        .map_err(|error| internal("the credential could not be kept", &error))?
        .ok_or_else(|| {
            Problem::new(
                rule::TOO_MANY_CREDENTIALS,
                format!("{HELD_MAX} credentials of this node have not ended"),
            )
        })?;
    let terms = Terms {
        status: Some(Reference {
            index: place,
            uri: uri(&app, issuer),
        }),
        issuer: issuer.clone(),
        member: now.member,
        subject,
        holder,
        height: found.height,
        issued_s,
        expires_s: issued_s + valid_s,
    };
    let node = app.node().clone();
    // Unsealing the member's key is work for another thread.
    let issued = tokio::task::spawn_blocking(move || {
        let credential = node.issue(&position, &terms);
        credential.map(|credential| Issued {
            credential: credential.to_string(),
            issuer: terms.issuer.to_string(),
            subject: terms.subject.to_string(),
            key_id: terms.holder.key_id().to_string(),
            expires_ms: terms.expires_s * 1_000,
        })
    })
    .await
    .map_err(|error| internal("the credential could not be issued", &error))?
    .map_err(|error| internal("the credential could not be issued", &error))?;
    Ok(Json(AtHeight {
        height: found.height,
        answer: issued,
    }))
}

pub(super) type Found = Option<(SignsNow, Position)>;

/// The subject, where the asker may have a credential issued about it.
fn permitted(
    app: &App,
    subject: &Did,
    theirs: Found,
    asker: &Did,
    own: Found,
) -> Answer<(SignsNow, Position)> {
    let member = &app.node().info().member;
    let found = theirs.filter(|(now, _)| now.member == *member);
    let found = found.ok_or_else(|| {
        let detail = format!("{subject} is no signer of {member}, whose node this is");
        Problem::new(rule::NOT_FOUND, detail)
    })?;
    if asker != subject {
        may_for(app, asker, own)?;
    }
    Ok(found)
}

/// Refuses who looks after nobody but themselves.
pub(super) fn may_for(app: &App, asker: &Did, own: Found) -> Answer<()> {
    let may = [Role::MemberAdministrator, Role::SecurityOfficer].map(|role| role.to_string());
    let others = own.is_some_and(|(now, position)| {
        let holds = position.roles.iter().any(|role| may.contains(role));
        now.member == app.node().info().member && !now.keys.is_empty() && holds
    });
    if others {
        return Ok(());
    }
    let detail =
        format!("{asker} may ask for a credential about itself only, and take back its own only");
    Err(Problem::new(NOT_ADMINISTRATOR, detail)
        .remedy("Ask an administrator or security officer of the member."))
}

fn holder_key(subject: &Did, now: &SignsNow, key_id: Option<KeyId>) -> Answer<PublicKey> {
    let mut own = now.keys.iter().filter(|(_, held_by_node)| !held_by_node);
    let found = own.find(|(key, _)| key_id.is_none_or(|id| key.key_id() == id));
    let missing = || {
        let which = key_id.map_or_else(|| "no key".to_owned(), |id| format!("no key {id}"));
        let detail = format!("{subject} has {which} of its own that may sign now");
        Problem::new(rule::UNSATISFIED, detail)
            .remedy("Register a key that its owner holds: a credential is shown with it.")
    };
    found.map(|(key, _)| key.clone()).ok_or_else(missing)
}

/// Check a credential that somebody shows: whether it verifies, and whether what it says is so now.
///
/// What verifiers with no network cannot know: that its issuer or holder was suspended, that a key was revoked, that a post is over. With
/// `audience` and `nonce` it is checked too that its holder shows it.
#[utoipa::path(post, path = "/v1/credentials/check", operation_id = "checkCredential", tag = "members", request_body = Shown,
    responses((status = 200, body = AtHeight<Standing>)))]
pub async fn check(
    State(app): State<App>,
    reader: Reader,
    request: Request,
) -> Answer<Json<AtHeight<Standing>>> {
    let shown: Shown = extract::json(request, BODY_BYTES_MAX).await?;
    let question = match (&shown.audience, &shown.nonce) {
        (Some(audience), Some(nonce)) => Some(Question { audience, nonce }),
        (None, None) => None,
        _ => {
            let detail = "audience and nonce belong together: both were put to its holder";
            return Err(Problem::new(rule::BAD_BODY, detail).at("/nonce"));
        }
    };
    let issuers = Issuers {
        trust: Some(app.node().trust()),
        documents: &[],
    };
    let report = verify_credential(&shown.credential, issuers, question, now_ms() / 1_000);
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            let fault = format!("the check `{}` failed: {}", error.check, error.reason);
            let height = ask(&app, &reader, View::Record, |_| Ok(())).await?.height;
            return Ok(Json(AtHeight {
                height,
                answer: Standing {
                    holds: false,
                    faults: vec![fault],
                    issuer: None,
                    claims: serde_json::Value::Null,
                },
            }));
        }
    };
    let subject = report.claims.get("sub").and_then(|sub| sub.as_str());
    let subject: Option<Did> = subject.and_then(|text| text.parse().ok());
    let subject = subject.ok_or_else(|| {
        Problem::new(
            rule::UNSATISFIED,
            "the credential names no subject (sub), so the ledger cannot be asked",
        )
    })?;
    let mut heads = app.node().trust().tree_heads.iter();
    let issuing = heads.find(|head| head.issuer.as_str() == report.issuer);
    let issuing = issuing.map(|head| head.member.clone());
    let (about, at_ms) = (subject.clone(), app.node().now_ms());
    let found = ask(&app, &reader, View::Record, move |snapshot| {
        let member = match &issuing {
            Some(member) => member_now(snapshot, member)?,
            None => None,
        };
        Ok((position_now(snapshot, &about, at_ms)?, member))
    })
    .await?;
    let (position, member) = found.answer;
    let mut faults = faults(&report, position, member);
    faults.extend(taken_back(&app, &report)?);
    Ok(Json(AtHeight {
        height: found.height,
        answer: Standing {
            holds: faults.is_empty(),
            faults,
            issuer: Some(report.issuer),
            claims: report.claims.into(),
        },
    }))
}

/// Whether this node issued it and took it back.
fn taken_back(app: &App, report: &convoy_verify::CredentialReport) -> Answer<Option<String>> {
    let (Some(status), Some(issuer)) = (&report.status, app.node().issuer()) else {
        return Ok(None);
    };
    if status.uri != uri(app, issuer) {
        return Ok(None);
    }
    let held = app
        .issued()
        .held(now_ms() / 1_000)
        .map_err(|error| internal("the credentials issued here cannot be read", &error))?;
    let mut revoked = held.iter().filter(|held| held.revoked);
    let own = revoked.any(|held| held.place == status.index);
    Ok(own.then(|| "its issuer took it back".to_owned()))
}

/// What is not so any more by the ledger.
fn faults(
    report: &convoy_verify::CredentialReport,
    position: Found,
    issuer: Option<SignsNow>,
) -> Vec<String> {
    let mut faults = Vec::new();
    let issuing = issuer.as_ref().filter(|now| {
        let mut keys = now.keys.iter();
        keys.any(|(key, _)| Some(key) == report.key.as_ref())
    });
    if issuing.is_none() {
        faults.push("its issuer is suspended, or has replaced the key it was signed with".into());
    }
    let Some((now, position)) = position else {
        faults.push("nobody is enrolled as its subject".into());
        return faults;
    };
    if issuer.is_some_and(|issuer| issuer.member != now.member) {
        faults.push("its subject is not of the member that issued it".into());
    }
    if now.keys.is_empty() {
        faults
            .push("its subject may not sign now: suspended, retired or without a valid key".into());
    } else if !now
        .keys
        .iter()
        .any(|(key, _)| Some(key) == report.holder.as_ref())
    {
        faults.push("the key of its holder was revoked or has expired".into());
    }
    faults.extend(position.faults(&report.claims));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_types::sd_jwt::SdJwt;

    #[test]
    fn a_credential_of_any_size_that_is_read_fits_into_a_request() {
        let text = "a".repeat(CREDENTIAL_BYTES_MAX + 1);
        assert!(SdJwt::read(&text).is_err());
        let body = serde_json::json!({ "credential": &text[1..], "audience": "a", "nonce": "n" });
        assert!(body.to_string().len() <= BODY_BYTES_MAX);
    }
}
