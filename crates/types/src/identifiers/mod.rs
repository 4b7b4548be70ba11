//! Identifiers of things, places, parties and documents, each with one canonical form.
//!
//! Purpose: the EPC URN `urn:epc:id:sgtin:9521141.012345.7` and the Digital Link
//! `https://dl.example.org/01/09521141123454/21/7` name one object, so the ledger must see one key.
//!
//! Flow: [`Epc::parse`] takes an EPC URN (`urn`), a GS1 Digital Link of any domain (`link`) or any
//! other absolute URI, and keeps the canonical form of GS1 CBV 2.0 section 8.9.3: a GS1 key becomes
//! `https://id.gs1.org/...` with its check digit, at the finest level it names, without query string.
//! Schemes with no Digital Link (GID, USDoD, ADI, BIC, IMOVN) keep their URN.
//!
//! Invariants:
//! - two texts are equal as [`Epc`] exactly when they name the same thing;
//! - the stored text of a GS1 key starts with a digit, that of every other URI with a letter;
//! - EPC URNs are held to the GS1 EPC Tag Data Standard (TDS) 2.0 section 6 and refused when they break it.
//!   A web address that only resembles a Digital Link (wrong check digit) stays an ordinary URI, as
//!   EPCIS 2.0 section 6.4 permits any; [`Epc::suspect`] says what is wrong with it.
//!
//! Beside it: [`scan()`] reads whatever a scanner, a tag reader or a person gives; [`elements`] are GS1 element strings, [`message`]
//! and [`uii`] marks of military items, [`tag`] RFID memory, [`codes`] stock numbers and codes of parties and places; [`forms`] writes
//! an identifier in every form it has. The README of this folder has the table of schemes and conversions.
//!
//! To add a scheme: a variant in [`Scheme`], its URN layout in `urn.rs` and `urn_write.rs`, its AI in `link.rs` and
//! `convert.rs`, its bits in `tag/mod.rs`.

pub mod codes;
#[cfg(test)]
mod conversion_tests;
mod convert;
pub mod elements;
mod gs1;
mod iso6346;
mod link;
pub mod message;
pub mod scan;
mod scheme;
pub mod tag;
#[cfg(test)]
mod tests;
pub mod uii;
mod urn;
mod urn_write;

pub use convert::{Form, forms};
pub use gs1::check_digit;
pub use iso6346::check_digit as container_check_digit;
pub use scan::{Scan, ScanError, scan};
pub use scheme::Scheme;

use crate::limits::IDENTIFIER_BYTES_MAX;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{cmp::Ordering, fmt, hash, str::FromStr};

/// What every canonical GS1 key starts with.
const CANONICAL_ROOT: &str = "https://id.gs1.org/";
/// Marks in stored text a GS1 key whose company prefix has 6 digits; the next six characters 7 to 12.
const PREFIX_MARK: u8 = b'!';
/// Lengths of a GS1 company prefix, digits (TDS 2.0 section 6).
const COMPANY_PREFIX_DIGITS: std::ops::RangeInclusive<usize> = 6..=12;

/// Why a text is not an identifier: what is wrong and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{id}`: {fault}; {remedy}")]
pub struct IdentifierError {
    /// The text, cut to 80 characters.
    pub id: String,
    /// The fault in plain words.
    pub fault: String,
    /// What to do.
    pub remedy: String,
}

impl IdentifierError {
    fn new(id: &str, fault: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            id: id.chars().take(80).collect(),
            fault: fault.into(),
            remedy: remedy.into(),
        }
    }
}

/// The canonical identifier of one thing, class, place, party or document (EPCIS 2.0 section 6.4).
///
/// Equality, order and hash are those of the canonical form. The length of the GS1 company prefix is
/// kept aside where the source told it, only so that the EPC URN can be written again.
#[derive(Clone)]
pub struct Epc {
    /// Canonical; a GS1 key without [`CANONICAL_ROOT`].
    text: Box<str>,
    /// Digits of the GS1 company prefix, 0 where unknown or without meaning.
    prefix_digits: u8,
}

impl Epc {
    /// Reads an EPC URN, a GS1 Digital Link or any absolute URI of at most 256 bytes.
    ///
    /// # Errors
    /// When the text is no absolute URI, or an EPC URN that breaks its scheme's rules.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        if text.len() > IDENTIFIER_BYTES_MAX {
            return Err(IdentifierError::new(
                text,
                format!("it has {} bytes", text.len()),
                format!("an identifier has at most {IDENTIFIER_BYTES_MAX}"),
            ));
        }
        if text
            .get(..8)
            .is_some_and(|start| start.eq_ignore_ascii_case("urn:epc:"))
        {
            let (canonical, prefix_digits) = urn::parse(text)?;
            return Ok(Self {
                text: canonical.into(),
                prefix_digits,
            });
        }
        let scheme_length = absolute(text)?;
        let plain = plain(text, scheme_length);
        let canonical = match link::candidate(&plain) {
            Some(Ok(path)) => path,
            _ => plain,
        };
        Ok(Self {
            text: canonical.into(),
            prefix_digits: 0,
        })
    }

    /// The canonical form without the fixed `https://id.gs1.org/`: what names the object in the ledger.
    pub fn key(&self) -> &str {
        &self.text
    }

    /// What kind of key it is.
    pub fn scheme(&self) -> Scheme {
        Scheme::of(&self.text)
    }

    /// Whether it names one single object (not a class, lot, place or party).
    pub fn is_instance(&self) -> bool {
        self.scheme().is_instance()
    }

    /// Whether it names a class or a lot, which is counted in quantities.
    pub fn is_class(&self) -> bool {
        self.scheme().is_class()
    }

    /// Length of the GS1 company prefix in digits, where the source told it.
    pub fn company_prefix_digits(&self) -> Option<u8> {
        (self.prefix_digits > 0).then_some(self.prefix_digits)
    }

    /// The EPC URN: for GS1 keys only where the company prefix's length is known.
    pub fn urn(&self) -> Option<String> {
        match (self.is_gs1(), self.prefix_digits) {
            (false, _) => self
                .text
                .starts_with("urn:epc:")
                .then(|| self.text.to_string()),
            (true, 0) => None,
            (true, digits) => urn_write::write(&self.text, usize::from(digits)),
        }
    }

    /// The EPC URN as if the GS1 company prefix had `digits` digits: for comparing a Digital Link, which
    /// does not tell that length, with an EPC pattern, which does. `None` where no such URN exists.
    pub fn urn_with_prefix(&self, digits: u8) -> Option<String> {
        let known = COMPANY_PREFIX_DIGITS.contains(&usize::from(digits));
        match self.is_gs1() && known {
            true => urn_write::write(&self.text, usize::from(digits)),
            false => self.urn(),
        }
    }

    /// What is wrong with a web address that looks like a Digital Link but is none, or with a
    /// container code whose check digit is wrong.
    ///
    /// Such an identifier is legal in EPCIS, yet a mistyped check digit makes a ghost object: who
    /// brings new objects into being should ask.
    pub fn suspect(&self) -> Option<IdentifierError> {
        if self.is_gs1() {
            return None;
        }
        link::candidate(&self.text)
            .and_then(Result::err)
            .or_else(|| urn::container_fault(&self.text))
    }

    /// As the event hash wants it (CBV 2.0 section 8.9.3): a web address shaped as a Digital Link is
    /// taken for one there even when its check digit is wrong, for the hash judges nothing.
    pub(crate) fn for_hash(&self) -> String {
        match link::shaped(&self.text) {
            Some(path) if !self.is_gs1() => format!("{CANONICAL_ROOT}{path}"),
            _ => self.to_string(),
        }
    }

    pub(crate) fn is_gs1(&self) -> bool {
        self.text.as_bytes().first().is_some_and(u8::is_ascii_digit)
    }

    /// The stored form: the key, before it one character for the company prefix's length if known.
    fn stored(&self) -> String {
        let mut stored = String::with_capacity(self.text.len() + 1);
        if self.prefix_digits > 0 {
            stored.push(char::from(PREFIX_MARK + self.prefix_digits - 6));
        }
        stored.push_str(&self.text);
        stored
    }

    /// Reads the stored form and refuses what [`Self::stored`] would not write.
    fn from_stored(text: &str) -> Result<Self, IdentifierError> {
        let wrong = || {
            IdentifierError::new(
                text,
                "it is not in canonical form",
                "store what `Epc` writes",
            )
        };
        let first = text.bytes().next().ok_or_else(wrong)?;
        let prefix_digits = match first {
            PREFIX_MARK..=b'\'' => 6 + first - PREFIX_MARK,
            _ => 0,
        };
        let key = if prefix_digits > 0 { &text[1..] } else { text };
        let gs1 = key.as_bytes().first().is_some_and(u8::is_ascii_digit);
        if gs1 {
            let canonical = key.len() <= IDENTIFIER_BYTES_MAX && link::is_canonical(key);
            return match canonical {
                true => Ok(Self {
                    text: key.into(),
                    prefix_digits,
                }),
                false => Err(wrong()),
            };
        }
        let epc = Self::parse(key)?;
        if &*epc.text != key || prefix_digits > 0 {
            return Err(wrong());
        }
        Ok(epc)
    }
}

/// Checks that `text` is an absolute URI (RFC 3986 section 4.3) and returns the length of its scheme.
fn absolute(text: &str) -> Result<usize, IdentifierError> {
    let refuse = |fault: &str| {
        IdentifierError::new(
            text,
            fault,
            "write an EPC URN, a GS1 Digital Link or another absolute URI, such as urn:uuid:...",
        )
    };
    let colon = text
        .find(':')
        .ok_or_else(|| refuse("it is not an absolute URI"))?;
    let scheme = &text.as_bytes()[..colon];
    let scheme_fits = scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if !scheme_fits || colon + 1 == text.len() {
        return Err(refuse("it is not an absolute URI"));
    }
    let legal = |b: &u8| {
        b.is_ascii_graphic()
            && !matches!(
                b,
                b'<' | b'>' | b'"' | b'{' | b'}' | b'|' | b'\\' | b'^' | b'`'
            )
    };
    match text.as_bytes().iter().find(|b| !legal(b)) {
        None => Ok(colon),
        Some(_) => Err(refuse(
            "a character in it is not allowed in a URI; it has to be percent-encoded",
        )),
    }
}

/// Canonical form of a URI that is no GS1 key: lower-case scheme, and `urn:uuid:` in lower case throughout.
fn plain(text: &str, scheme_length: usize) -> String {
    let (scheme, rest) = text.split_at(scheme_length);
    let scheme = scheme.to_ascii_lowercase();
    if scheme == "urn"
        && rest
            .get(..6)
            .is_some_and(|start| start.eq_ignore_ascii_case(":uuid:"))
    {
        return format!("{scheme}{}", rest.to_ascii_lowercase());
    }
    format!("{scheme}{rest}")
}

impl PartialEq for Epc {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
impl Eq for Epc {}
impl PartialOrd for Epc {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Epc {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}
impl hash::Hash for Epc {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Display for Epc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_gs1() {
            f.write_str(CANONICAL_ROOT)?;
        }
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Epc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Epc({self})")
    }
}

impl FromStr for Epc {
    type Err = IdentifierError;
    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        Self::parse(text)
    }
}

impl Serialize for Epc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (serializer.is_human_readable(), self.prefix_digits) {
            (true, _) => serializer.collect_str(self),
            (false, 0) => serializer.serialize_str(&self.text),
            (false, _) => serializer.serialize_str(&self.stored()),
        }
    }
}

impl<'de> Deserialize<'de> for Epc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text {
            readable: bool,
        }

        impl de::Visitor<'_> for Text {
            type Value = Epc;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an identifier")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Epc, E> {
                let epc = match self.readable {
                    true => Epc::parse(text),
                    false => Epc::from_stored(text),
                };
                epc.map_err(E::custom)
            }
        }

        let readable = deserializer.is_human_readable();
        deserializer.deserialize_str(Text { readable })
    }
}
