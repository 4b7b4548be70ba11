//! Credentials about enrolled people (SD-JWT VC, draft-ietf-oauth-sd-jwt-vc): what a member says of the position of one of its own.
//!
//! Flow: a node reads a [`Position`] off the ledger and issues it ([`Position::issue`]) under its member's key to a key of the person; the person shows as much
//! of it as is needed ([`crate::sd_jwt`]); `convoy-verify` checks it with no network.
//!
//! Invariants: issuer, subject, member, type, times and the holder's key are always seen (the draft forbids to hide most of them); unit, clearance and
//! caveats are disclosed whole, posts and roles one by one. How many closed claims there are is not told.
//!
//! Limits: it holds at most [`VALID_S_MAX`]: what it says is of the day it was issued, and whether it still is so, a node knows.

use crate::{
    Did, MemberId,
    cose::{PublicKey, SigningKey},
    did::document::fragment,
    sd_jwt::{Offer, SdJwt, SdJwtError},
    status_list::Reference,
};
use serde_json::{Map, Value, json};

/// The type of credentials about a position (`vct`).
pub const POSITION: &str = "urn:convoy:credential:position:1";
/// The media type in the header, and the one of earlier drafts, which is read too.
pub const MEDIA_TYPES: [&str; 2] = ["dc+sd-jwt", "vc+sd-jwt"];
/// How long a credential may hold, seconds.
pub const VALID_S_MAX: u64 = 366 * 24 * 3_600;
/// Digests among the closed claims, whatever there is to say.
const PADDED_TO: usize = 4;

/// What a member says of one of its people, devices or services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// `person`, `device`, `service` or `node`.
    pub kind: String,
    /// The unit, by its short name.
    pub unit: Option<String>,
    /// The posts held, by short name.
    pub posts: Vec<String>,
    /// What may be done: own roles and those of posts.
    pub roles: Vec<String>,
    /// The highest classification that may be read.
    pub clearance: String,
    /// What it was read into.
    pub caveats: Vec<String>,
}

/// Who issues to whom, and for how long.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The issuer: the DID of the member's node.
    pub issuer: Did,
    /// The member.
    pub member: MemberId,
    /// Of whom the position is.
    pub subject: Did,
    /// The subject's key, with which it is presented.
    pub holder: PublicKey,
    /// The height of the ledger that it is read off.
    pub height: u64,
    /// Issued at, seconds since 1970.
    pub issued_s: u64,
    /// Holds before this time, seconds since 1970.
    pub expires_s: u64,
    /// Where the issuer says whether it still holds.
    pub status: Option<Reference>,
}

impl Position {
    /// Issues a credential that says so, with every disclosure.
    ///
    /// # Errors
    /// When the system's random source fails.
    pub fn issue(&self, terms: &Terms, key: &SigningKey) -> Result<SdJwt, SdJwtError> {
        let kid = format!("{}#{}", terms.issuer, fragment(&terms.issuer, key.public()));
        let texts = |list: &[String]| list.iter().map(|text| text.as_str().into()).collect();
        let mut closed = vec![("clearance".to_owned(), json!(self.clearance))];
        closed.extend(
            self.unit
                .iter()
                .map(|unit| ("unit".to_owned(), json!(unit))),
        );
        if !self.caveats.is_empty() {
            closed.push(("caveats".into(), json!(self.caveats)));
        }
        let mut open = object(json!({
                "iss": terms.issuer,
                "iat": terms.issued_s,
                "nbf": terms.issued_s,
                "exp": terms.expires_s,
                "vct": POSITION,
                "sub": terms.subject,
                "cnf": { "jwk": terms.holder.to_jwk() },
                "member": terms.member,
                "kind": self.kind,
                "height": terms.height,
        }));
        if let Some(status) = &terms.status {
            open.insert("status".into(), status.to_claim());
        }
        let offer = Offer {
            header: object(json!({ "typ": MEDIA_TYPES[0], "kid": kid })),
            open,
            closed,
            lists: vec![
                ("posts".into(), texts(&self.posts)),
                ("roles".into(), texts(&self.roles)),
            ],
            padded_to: PADDED_TO,
        };
        offer.issue(key)
    }

    /// Everything that it says, as claims.
    pub fn claims(&self) -> Map<String, Value> {
        object(json!({
            "kind": self.kind,
            "unit": self.unit,
            "posts": self.posts,
            "roles": self.roles,
            "clearance": self.clearance,
            "caveats": self.caveats,
        }))
    }

    /// What `claims` say that is not so any more, in words; empty where all of it is.
    pub fn faults(&self, claims: &Map<String, Value>) -> Vec<String> {
        let mut faults = Vec::new();
        let mut compare = |name: &str, now: Value| {
            if let Some(said) = claims.get(name).filter(|said| **said != now) {
                faults.push(format!("{name} was {said} and is {now} now"));
            }
        };
        compare("kind", json!(self.kind));
        compare("unit", json!(self.unit));
        compare("clearance", json!(self.clearance));
        compare("caveats", json!(self.caveats));
        for (name, now) in [("posts", &self.posts), ("roles", &self.roles)] {
            let said = claims.get(name).and_then(Value::as_array);
            for one in said.into_iter().flatten() {
                if !now.iter().any(|now| one == now) {
                    faults.push(format!("{name} named {one}, which is over"));
                }
            }
        }
        faults
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
