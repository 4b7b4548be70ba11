//! Credentials (SD-JWT VC): who says what of whom, shown by whom, with no network.
//!
//! Flow: form → the issuer's key, from the trust file or from DID documents that the verifier already trusts → signature → disclosures → times → whether its
//! holder shows it, for this question.
//!
//! Invariants: the clock is the caller's; what was not asked is said in a note, not passed over. Whether it still is so is not in the file: ask a node.

use crate::report::{Check, VerifyError, failed};
use convoy_types::{
    Did,
    cose::{KeyId, PublicKey},
    credential::MEDIA_TYPES,
    did::DidDocument,
    receipt::{Trust, trust::holds_within},
    sd_jwt::{Question, SdJwt},
    status_list::Reference,
};
use serde::Serialize;
use serde_json::{Map, Value};

/// How far two clocks may be apart, seconds.
pub(crate) const CLOCKS_APART_S: u64 = 120;
/// How old an answer to a question may be, seconds.
const ANSWER_OLD_S: u64 = 600;

/// Whom to believe: keys of issuers.
#[derive(Clone, Copy, Default)]
pub struct Issuers<'i> {
    /// Members' nodes, by their tree-head keys.
    pub trust: Option<&'i Trust>,
    /// DID documents of issuers, from somebody trusted.
    pub documents: &'i [DidDocument],
}

/// What a credential says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CredentialReport {
    /// Who says so.
    pub issuer: String,
    /// Of what type it is.
    pub kind: String,
    /// Everything that is disclosed, without its envelope.
    pub claims: Map<String, Value>,
    /// The key of its holder, for which it was issued.
    #[serde(skip)]
    pub holder: Option<PublicKey>,
    /// The issuer's key.
    #[serde(skip)]
    pub key: Option<PublicKey>,
    /// Where its issuer says whether it still holds.
    #[serde(skip)]
    pub status: Option<Reference>,
    /// When its holder showed it, seconds since 1970, where that was asked.
    pub shown_s: Option<u64>,
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// What was not checked, and why.
    pub notes: Vec<String>,
}

/// Verifies a credential as issued or presented.
///
/// # Errors
/// The first check that fails.
pub fn verify_credential(
    text: &str,
    issuers: Issuers<'_>,
    question: Option<Question<'_>>,
    now_s: u64,
) -> Result<CredentialReport, VerifyError> {
    let read = SdJwt::read(text).map_err(|error| failed("form of the credential", error))?;
    let mut report = CredentialReport {
        issuer: String::new(),
        kind: String::new(),
        claims: Map::new(),
        holder: read.holder_key(),
        key: None,
        status: None,
        shown_s: None,
        checks: Vec::new(),
        notes: Vec::new(),
    };
    let kind = read.issued().header_text("typ").unwrap_or("none");
    if !MEDIA_TYPES.contains(&kind) {
        let reason = format!(
            "its type is `{kind}`, and a credential's is {}",
            MEDIA_TYPES[0]
        );
        return Err(failed("form of the credential", reason));
    }
    report.held("form of the credential", format!("SD-JWT VC ({kind})"));
    check_issuer(&read, issuers, &mut report)?;
    let claims = read
        .claims()
        .map_err(|error| failed("disclosures", error))?;
    let count = read.disclosures.len();
    report.held("disclosures", format!("{count}, each with its digest"));
    report.kind = text_of(&claims, "vct")
        .ok_or_else(|| failed("type", "it names none (vct)"))?
        .to_owned();
    check_times(&claims, now_s, &mut report)?;
    check_holder(&read, question, now_s, &mut report)?;
    report.status = Reference::of(&claims).map_err(|fault| failed("status", fault))?;
    let envelope = ["iss", "iat", "nbf", "exp", "vct", "cnf", "status"];
    report.claims = claims
        .into_iter()
        .filter(|(name, _)| !envelope.contains(&name.as_str()))
        .collect();
    let note = "whether this is still so is not in the file; the issuer's status list and a node know: convoy credential verify --status-list FILE, --ask";
    report.notes.push(note.into());
    Ok(report)
}

fn text_of<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c str> {
    claims.get(name).and_then(Value::as_str)
}

fn check_issuer(
    read: &SdJwt,
    issuers: Issuers<'_>,
    report: &mut CredentialReport,
) -> Result<(), VerifyError> {
    let issuer = text_of(&read.issued().payload, "iss");
    let issuer = issuer.ok_or_else(|| failed("issuer", "it names none (iss)"))?;
    report.issuer = issuer.to_owned();
    let kid = read.issued().header_text("kid").unwrap_or_default();
    let issued = read.issued().payload.get("iat").and_then(Value::as_u64);
    let key = find_key(issuer, kid, issued, issuers).ok_or_else(|| {
        let reason = format!(
            "neither the trust file nor a DID document given has a key `{kid}` of {issuer} that held when it was issued"
        );
        failed("key of the issuer", reason)
    })?;
    report.held(
        "key of the issuer",
        format!("{} {}", key.algorithm(), key.key_id()),
    );
    read.issued()
        .verify(&key)
        .map_err(|error| failed("signature of the issuer", error))?;
    report.held("signature of the issuer", issuer);
    report.key = Some(key);
    Ok(())
}

pub(crate) fn find_key(
    issuer: &str,
    kid: &str,
    issued_s: Option<u64>,
    issuers: Issuers<'_>,
) -> Option<PublicKey> {
    let did: Did = issuer.parse().ok()?;
    let mut documents = issuers.documents.iter();
    if let Some(document) = documents.find(|document| document.id == did) {
        return document.key(kid).cloned();
    }
    let fragment = kid.strip_prefix(issuer)?.strip_prefix('#')?;
    let (key_id, issued_s): (KeyId, u64) = (fragment.parse().ok()?, issued_s?);
    let mut keys = issuers.trust?.tree_heads.iter();
    // The claim has whole seconds: a key may have begun within that one.
    let first_ms = issued_s.saturating_mul(1_000);
    let second = (first_ms, first_ms.saturating_add(999));
    let found = keys.find(|head| {
        let held = holds_within(second, head.from_ms, head.until_ms);
        head.issuer == did && head.key.key_id() == key_id && held
    });
    found.map(|head| head.key.clone())
}

fn check_times(
    claims: &Map<String, Value>,
    now_s: u64,
    report: &mut CredentialReport,
) -> Result<(), VerifyError> {
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => match value.as_u64() {
            Some(time) => Ok(Some(time)),
            None => Err(failed(
                "times",
                format!("{name} is no time in whole seconds"),
            )),
        },
    };
    for name in ["iat", "nbf"] {
        if let Some(from) = time(name)?.filter(|from| *from > now_s.saturating_add(CLOCKS_APART_S))
        {
            let reason = format!("it holds from {from} on ({name}) and it is {now_s}");
            return Err(failed("times", reason));
        }
    }
    match time("exp")? {
        Some(until) if until <= now_s => {
            let reason = format!("it held until {until} and it is {now_s}; ask for a new one");
            Err(failed("times", reason))
        }
        Some(until) => {
            report.held("times", format!("it holds until {until}"));
            Ok(())
        }
        None => {
            report.notes.push("it holds without end (exp)".into());
            Ok(())
        }
    }
}

fn check_holder(
    read: &SdJwt,
    question: Option<Question<'_>>,
    now_s: u64,
    report: &mut CredentialReport,
) -> Result<(), VerifyError> {
    let Some(question) = question else {
        let note = "who shows it was not checked: give the question (audience and nonce) that its holder answered";
        report.notes.push(note.into());
        return Ok(());
    };
    let shown = read
        .check_binding(question)
        .map_err(|error| failed("holder", error))?;
    if shown.abs_diff(now_s) > ANSWER_OLD_S {
        let reason = format!("the answer is of {shown} and it is {now_s}; ask again");
        return Err(failed("holder", reason));
    }
    report.held(
        "holder",
        format!("its key answered for {}", question.audience),
    );
    report.shown_s = Some(shown);
    Ok(())
}

impl CredentialReport {
    pub(crate) fn held(&mut self, name: &str, detail: impl Into<String>) {
        self.checks.push(Check {
            name: name.into(),
            detail: detail.into(),
        });
    }
}
