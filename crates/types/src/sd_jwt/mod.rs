//! SD-JWT (RFC 9901): a signed JSON object of which its holder shows only what a verifier needs.
//!
//! Flow: an issuer lists claims in an [`Offer`] and signs it ([`Offer::issue`]) → the holder keeps some disclosures ([`SdJwt::keep`]) and binds them to a
//! verifier's question with the own key ([`SdJwt::present`]) → the verifier reads the text ([`SdJwt::read`]), checks the issuer's signature
//! ([`SdJwt::issued`]), opens what is disclosed ([`SdJwt::claims`]) and checks the binding ([`SdJwt::check_binding`]).
//!
//! Invariants (RFC 9901 section 7.1): digests are SHA-256; a digest stands at one place only; every disclosure is used; a disclosed name is not there already
//! and is neither `_sd` nor `...`. What is not disclosed leaves no trace in the claims.
//!
//! Limits: [`CREDENTIAL_BYTES_MAX`], [`DISCLOSURES_MAX`]; nesting as deep as the JSON reader goes (128).

mod jws;
#[cfg(test)]
mod tests;

pub use jws::Jws;

use crate::{
    Digest,
    cose::{PublicKey, SigningKey},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A credential with its disclosures and key binding, bytes. One with an ML-DSA-65 signature and key has about 10 KB.
pub const CREDENTIAL_BYTES_MAX: usize = 64 * 1024;
/// Disclosures of one credential.
pub const DISCLOSURES_MAX: usize = 256;
/// Random bytes of a salt (RFC 9901 section 9.3).
const SALT_BYTES: usize = 16;
/// The media type of a key binding, in its header.
const KEY_BINDING: &str = "kb+jwt";

/// What is wrong with an SD-JWT.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part}: {fault}")]
pub struct SdJwtError {
    /// The part: `credential`, `disclosure`, `key binding`, or a claim or header of its own.
    pub part: &'static str,
    /// What is wrong with it, and where it helps, what to do.
    pub fault: String,
}

impl SdJwtError {
    fn of(part: &'static str, fault: impl Into<String>) -> Self {
        Self {
            part,
            fault: fault.into(),
        }
    }
}

/// A claim that its holder may disclose or keep back.
#[derive(Clone, Debug, PartialEq)]
pub struct Disclosure {
    /// As it travels.
    text: String,
    /// The claim's name; none for an element of a list.
    pub name: Option<String>,
    /// The claim's value; it may hold digests of its own.
    pub value: Value,
}

impl Disclosure {
    /// A new disclosure with a random salt.
    fn make(name: Option<&str>, value: Value) -> Result<Self, SdJwtError> {
        let salt = salt()?;
        let array = match name {
            Some(name) => Value::from(vec![salt.into(), name.into(), value.clone()]),
            None => Value::from(vec![salt.into(), value.clone()]),
        };
        Ok(Self {
            text: URL_SAFE_NO_PAD.encode(array.to_string()),
            name: name.map(str::to_owned),
            value,
        })
    }

    fn read(text: &str) -> Result<Self, SdJwtError> {
        let fault = |fault: &str| SdJwtError::of("disclosure", fault);
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| fault("it is not base64url without padding"))?;
        let parts: Vec<Value> = serde_json::from_slice(&bytes)
            .map_err(|_| fault("it is no JSON list of salt, name and value"))?;
        let (name, value) = match <[Value; 3]>::try_from(parts) {
            Ok([Value::String(_), Value::String(name), value]) => (Some(name), value),
            Ok(_) => return Err(fault("its salt or name is no text")),
            Err(parts) => match <[Value; 2]>::try_from(parts) {
                Ok([Value::String(_), value]) => (None, value),
                _ => return Err(fault("it has neither two nor three parts")),
            },
        };
        if matches!(name.as_deref(), Some("_sd" | "...")) {
            return Err(fault("it names a claim `_sd` or `...`, which are none"));
        }
        Ok(Self {
            text: text.to_owned(),
            name,
            value,
        })
    }

    fn digest(&self) -> String {
        digest(&self.text)
    }
}

fn salt() -> Result<String, SdJwtError> {
    let mut salt = [0; SALT_BYTES];
    aws_lc_rs::rand::fill(&mut salt)
        .map_err(|_| SdJwtError::of("salt", "the system gives no random bytes"))?;
    Ok(URL_SAFE_NO_PAD.encode(salt))
}

fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Digest::of(text.as_bytes()).0)
}

/// A credential to be issued.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    /// The header but for the algorithm.
    pub header: Map<String, Value>,
    /// Claims that everybody sees.
    pub open: Map<String, Value>,
    /// Claims that are disclosed one by one.
    pub closed: Vec<(String, Value)>,
    /// Claims whose elements are disclosed one by one; that the list is there is seen.
    pub lists: Vec<(String, Vec<Value>)>,
    /// As many digests stand among the closed claims, whatever there is: their number tells nothing.
    pub padded_to: usize,
}

impl Offer {
    /// Signs it with `key`; every disclosure is with it.
    ///
    /// # Errors
    /// When the system's random source fails, or there is more than a credential may have.
    pub fn issue(self, key: &SigningKey) -> Result<SdJwt, SdJwtError> {
        let mut payload = self.open;
        let mut disclosures = Vec::new();
        let mut digests = Vec::new();
        for (name, value) in self.closed {
            let disclosure = Disclosure::make(Some(&name), value)?;
            digests.push(disclosure.digest());
            disclosures.push(disclosure);
        }
        while digests.len() < self.padded_to {
            digests.push(digest(&salt()?));
        }
        // Sorted, so that the order of the claims is not told.
        digests.sort();
        for (name, values) in self.lists {
            let mut elements = Vec::with_capacity(values.len());
            for value in values {
                let disclosure = Disclosure::make(None, value)?;
                elements.push(serde_json::json!({ "...": disclosure.digest() }));
                disclosures.push(disclosure);
            }
            payload.insert(name, elements.into());
        }
        if !digests.is_empty() {
            payload.insert("_sd".into(), digests.into());
        }
        payload.insert("_sd_alg".into(), "sha-256".into());
        let text = Jws::sign(self.header, &payload, key)?;
        let issued = SdJwt {
            jws: Jws::read("credential", &text)?,
            text,
            disclosures,
            binding: None,
        };
        SdJwt::read(&issued.to_string())
    }
}

/// What a verifier asked for, so that an answer cannot be shown to somebody else.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// The verifier.
    pub audience: &'q str,
    /// The verifier's own random text.
    pub nonce: &'q str,
}

/// An SD-JWT as issued or presented, read but not verified.
#[derive(Clone, Debug, PartialEq)]
pub struct SdJwt {
    text: String,
    jws: Jws,
    /// What its holder discloses.
    pub disclosures: Vec<Disclosure>,
    binding: Option<(String, Jws)>,
}

impl SdJwt {
    /// Reads the compact form: `JWS~DISCLOSURE~…~` and, where it is presented, the key binding behind the last `~`.
    ///
    /// # Errors
    /// The part that breaks RFC 9901 and how.
    pub fn read(text: &str) -> Result<Self, SdJwtError> {
        let fault = |fault: String| SdJwtError::of("credential", fault);
        let text = text.trim();
        if text.len() > CREDENTIAL_BYTES_MAX {
            return Err(fault(format!(
                "it has {} bytes, at most {CREDENTIAL_BYTES_MAX} are read",
                text.len()
            )));
        }
        let mut parts: Vec<&str> = text.split('~').collect();
        let binding = match parts.pop() {
            _ if parts.is_empty() => {
                return Err(fault("it is no SD-JWT: there is no `~` in it".into()));
            }
            Some("") | None => None,
            Some(text) => Some((text.to_owned(), Jws::read("key binding", text)?)),
        };
        if parts.len() > 1 + DISCLOSURES_MAX {
            return Err(fault(format!(
                "it has {} disclosures, at most {DISCLOSURES_MAX} are read",
                parts.len() - 1
            )));
        }
        let disclosures = parts[1..].iter().map(|text| Disclosure::read(text));
        Ok(Self {
            jws: Jws::read("credential", parts[0])?,
            text: parts[0].to_owned(),
            disclosures: disclosures.collect::<Result<_, _>>()?,
            binding,
        })
    }

    /// The signed part: its header, and the payload with digests in it. Nothing in it is believed before [`Jws::verify`].
    pub fn issued(&self) -> &Jws {
        &self.jws
    }

    /// Whether a key binding is with it.
    pub fn is_bound(&self) -> bool {
        self.binding.is_some()
    }

    /// The payload with what is disclosed in its places and nothing else.
    ///
    /// # Errors
    /// A digest that stands twice, a disclosure that is of no use, a name that is there already, another hash.
    pub fn claims(&self) -> Result<Map<String, Value>, SdJwtError> {
        if let Some(hash) = self.jws.payload.get("_sd_alg")
            && hash != "sha-256"
        {
            let reason = format!("the digests are {hash}; only sha-256 is read");
            return Err(SdJwtError::of("_sd_alg", reason));
        }
        let mut disclosed = BTreeMap::new();
        for disclosure in &self.disclosures {
            if disclosed.insert(disclosure.digest(), disclosure).is_some() {
                return Err(SdJwtError::of("disclosure", "the same one is there twice"));
            }
        }
        let mut opening = Opening {
            disclosed,
            seen: BTreeSet::new(),
            used: 0,
        };
        let mut claims = opening.object(&self.jws.payload)?;
        claims.remove("_sd_alg");
        if opening.used < self.disclosures.len() {
            return Err(SdJwtError::of(
                "disclosure",
                "one belongs to no digest of this credential",
            ));
        }
        Ok(claims)
    }

    /// Keeps the disclosures for which `wanted` holds, and those that they stand in.
    #[must_use]
    pub fn keep(&self, wanted: impl Fn(&Disclosure) -> bool) -> Self {
        let mut kept: Vec<Disclosure> = Vec::new();
        for disclosure in &self.disclosures {
            let holds_wanted = |text: &str| {
                let inner = self.disclosures.iter().filter(|inner| wanted(inner));
                inner
                    .map(Disclosure::digest)
                    .any(|digest| text.contains(&digest))
            };
            if wanted(disclosure) || holds_wanted(&disclosure.value.to_string()) {
                kept.push(disclosure.clone());
            }
        }
        Self {
            disclosures: kept,
            binding: None,
            ..self.clone()
        }
    }

    /// Whether `disclosure` is an element of the list called `list`, which everybody sees.
    pub fn is_in(&self, disclosure: &Disclosure, list: &str) -> bool {
        let digest = disclosure.digest();
        let elements = self.jws.payload.get(list).and_then(Value::as_array);
        let mut elements = elements.into_iter().flatten();
        elements.any(|element| element.get("...").is_some_and(|own| *own == digest))
    }

    /// The key of its holder, as its issuer names it (RFC 7800).
    pub fn holder_key(&self) -> Option<PublicKey> {
        PublicKey::from_jwk(self.jws.payload.get("cnf")?.get("jwk")?).ok()
    }

    /// Answers `question` with the holder's `key`.
    ///
    /// # Errors
    /// The key is not the one that the credential names.
    pub fn present(
        &self,
        key: &SigningKey,
        question: Question<'_>,
        now_s: u64,
    ) -> Result<Self, SdJwtError> {
        if self.holder_key().as_ref() != Some(key.public()) {
            let reason = format!(
                "the credential is for another key than {}; present it with the key that it was issued for",
                key.public().key_id()
            );
            return Err(SdJwtError::of("cnf", reason));
        }
        let mut header = Map::new();
        header.insert("typ".into(), KEY_BINDING.into());
        let mut payload = Map::new();
        payload.insert("iat".into(), now_s.into());
        payload.insert("aud".into(), question.audience.into());
        payload.insert("nonce".into(), question.nonce.into());
        payload.insert("sd_hash".into(), digest(&self.unbound()).into());
        let text = Jws::sign(header, &payload, key)?;
        let bound = Jws::read("key binding", &text)?;
        Ok(Self {
            binding: Some((text, bound)),
            ..self.clone()
        })
    }

    /// Checks that the holder answered `question` with exactly these disclosures, and says when, in seconds since 1970.
    ///
    /// # Errors
    /// There is no binding, or what in it is not as it should be.
    pub fn check_binding(&self, question: Question<'_>) -> Result<u64, SdJwtError> {
        let fault = |fault: &str| SdJwtError::of("key binding", fault);
        let (_, binding) = self.binding.as_ref().ok_or_else(|| {
            fault("there is none; ask its holder to present the credential for you")
        })?;
        let key = self
            .holder_key()
            .ok_or_else(|| fault("the credential names no key of its holder that is known here"))?;
        if binding.header_text("typ") != Some(KEY_BINDING) {
            return Err(fault("its type is not kb+jwt"));
        }
        binding.verify(&key)?;
        let text = |name: &str| binding.payload.get(name).and_then(Value::as_str);
        if text("aud") != Some(question.audience) {
            return Err(fault("it was made for another verifier (aud)"));
        }
        if text("nonce") != Some(question.nonce) {
            return Err(fault("it answers another question (nonce)"));
        }
        if text("sd_hash") != Some(&digest(&self.unbound())) {
            return Err(fault("it was made for other disclosures (sd_hash)"));
        }
        let made = binding.payload.get("iat").and_then(Value::as_u64);
        made.ok_or_else(|| fault("it does not say when it was made (iat)"))
    }

    /// The text up to the key binding.
    fn unbound(&self) -> String {
        let mut text = format!("{}~", self.text);
        for disclosure in &self.disclosures {
            text.push_str(&disclosure.text);
            text.push('~');
        }
        text
    }
}

impl std::fmt::Display for SdJwt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.unbound())?;
        match &self.binding {
            Some((text, _)) => f.write_str(text),
            None => Ok(()),
        }
    }
}

/// Puts disclosures into the places of their digests.
struct Opening<'d> {
    disclosed: BTreeMap<String, &'d Disclosure>,
    seen: BTreeSet<String>,
    used: usize,
}

impl<'d> Opening<'d> {
    fn object(&mut self, object: &Map<String, Value>) -> Result<Map<String, Value>, SdJwtError> {
        let mut opened = Map::new();
        for (name, value) in object.iter().filter(|(name, _)| *name != "_sd") {
            if name == "..." {
                return Err(SdJwtError::of("...", "it stands outside of a list"));
            }
            opened.insert(name.clone(), self.value(value)?);
        }
        let digests = match object.get("_sd") {
            None => return Ok(opened),
            Some(Value::Array(digests)) => digests,
            Some(_) => return Err(SdJwtError::of("_sd", "it is no list of digests")),
        };
        for digest in digests {
            let Some(disclosure) = self.find(digest)? else {
                continue;
            };
            let Some(name) = &disclosure.name else {
                let fault = "an element of a list stands in the place of a claim";
                return Err(SdJwtError::of("disclosure", fault));
            };
            if opened.contains_key(name) {
                let fault = format!("the claim `{name}` is there already");
                return Err(SdJwtError::of("disclosure", fault));
            }
            let value = self.value(&disclosure.value)?;
            opened.insert(name.clone(), value);
        }
        Ok(opened)
    }

    fn value(&mut self, value: &Value) -> Result<Value, SdJwtError> {
        match value {
            Value::Object(object) => Ok(self.object(object)?.into()),
            Value::Array(elements) => {
                let mut opened = Vec::with_capacity(elements.len());
                for element in elements {
                    let Some(digest) = element.get("...") else {
                        opened.push(self.value(element)?);
                        continue;
                    };
                    if element.as_object().is_some_and(|object| object.len() != 1) {
                        return Err(SdJwtError::of("...", "other claims stand beside it"));
                    }
                    let Some(disclosure) = self.find(digest)? else {
                        continue;
                    };
                    if disclosure.name.is_some() {
                        let fault = "a claim stands in the place of an element of a list";
                        return Err(SdJwtError::of("disclosure", fault));
                    }
                    opened.push(self.value(&disclosure.value)?);
                }
                Ok(opened.into())
            }
            other => Ok(other.clone()),
        }
    }

    /// The disclosure of a digest, which stands at one place only: nothing can contain itself.
    fn find(&mut self, digest: &Value) -> Result<Option<&'d Disclosure>, SdJwtError> {
        let digest = digest
            .as_str()
            .ok_or_else(|| SdJwtError::of("_sd", "a digest is no text"))?;
        if !self.seen.insert(digest.to_owned()) {
            return Err(SdJwtError::of(
                "_sd",
                "the same digest stands at two places",
            ));
        }
        let found = self.disclosed.get(digest).copied();
        self.used += usize::from(found.is_some());
        Ok(found)
    }
}
