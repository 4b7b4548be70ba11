//! One identifier in all its written forms, and by name the forms that it has not.
//!
//! Flow: [`Epc::to_urn`], [`Epc::element_string`], [`Epc::digital_link`], [`Epc::uii`], [`Epc::uii_message`] each give one form or
//! say why there is none; [`forms`] gives all of them. The ways back are [`Epc::parse`] (URN, Digital Link),
//! [`Epc::from_elements`] and [`super::uii::Uii::epc`].
//!
//! Invariant: what is written is read back as the same identifier. Exception: a piece `00` of `00`, which the Tag Data Standard
//! lets through and element strings do not; it is written and refused when read.

use super::{
    Epc, IdentifierError, Scheme,
    codes::{Cage, Dodaac},
    elements::{self, ElementString},
    gs1::{percent_decoded, percent_encoded, stays_in_link},
    link, message,
    uii::{Enterprise, Uii, Within},
};
use serde::Serialize;

/// One written form of an identifier, or why it has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Form {
    /// Which form: `epc urn`, `digital link`, `element string`, `element string (scanned)`, `uii`, `uii data matrix`.
    pub name: &'static str,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Why there is none and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl Form {
    /// A form from what its writer said.
    pub fn of(name: &'static str, written: Result<String, IdentifierError>) -> Self {
        let (text, refused) = match written {
            Ok(text) => (Some(text), None),
            Err(error) => (None, Some(format!("{}; {}", error.fault, error.remedy))),
        };
        Self {
            name,
            text,
            refused,
        }
    }
}

/// Every written form of `epc`; Digital Links at `domain`.
pub fn forms(epc: &Epc, domain: &str) -> Vec<Form> {
    vec![
        Form::of("epc urn", epc.to_urn()),
        Form::of("digital link", epc.digital_link(domain)),
        Form::of("element string", epc.element_string()),
        Form::of("element string (scanned)", epc.raw_element_string()),
        Form::of("uii", epc.uii().map(|uii| uii.to_string())),
        Form::of("uii data matrix", epc.uii_message()),
    ]
}

/// The primary keys, in the order in which one of several names the object of a label.
const PRIMARY: [&str; 14] = [
    "00", "8006", "01", "8003", "8004", "8010", "253", "255", "8018", "8017", "402", "401", "414",
    "417",
];

/// Qualifiers that a primary key's canonical form takes, the finest first.
fn qualifiers(key: &str) -> &'static [&'static str] {
    match key {
        "01" => &["21", "235", "10"],
        "8006" => &["21", "10"],
        "8010" => &["8011"],
        "414" => &["254"],
        _ => &[],
    }
}

impl Epc {
    /// The same key with the length of its GS1 company prefix known, which the EPC URN needs.
    ///
    /// # Errors
    /// When it is no GS1 key, or `digits` is not 6 to 12 or does not fit the key.
    pub fn with_company_prefix(&self, digits: u8) -> Result<Self, IdentifierError> {
        let epc = Self {
            text: self.text.clone(),
            prefix_digits: digits,
        };
        let fits = super::COMPANY_PREFIX_DIGITS.contains(&usize::from(digits));
        match self.is_gs1() && fits && epc.urn().is_some() {
            true => Ok(epc),
            false => self.without(
                "EPC URN",
                format!("it is no GS1 key whose company prefix has {digits} digits"),
                "a company prefix has 6 to 12 digits; ask its owner, or look it up at gepir.gs1.org",
            ),
        }
    }

    /// The EPC URN.
    ///
    /// # Errors
    /// When the length of the company prefix is not known, or the Tag Data Standard has no URN for it.
    pub fn to_urn(&self) -> Result<String, IdentifierError> {
        if let Some(urn) = self.urn() {
            return Ok(urn);
        }
        let without_urn = matches!(self.scheme(), Scheme::ItipClass) && self.text.contains("/10/");
        match (self.is_gs1(), without_urn) {
            (true, false) => self.without(
                "EPC URN",
                "the length of the GS1 company prefix is not known, and the URN has a point behind it".to_owned(),
                "say its length, 6 to 12 digits; ask its owner, or look it up at gepir.gs1.org",
            ),
            (true, true) => self.without(
                "EPC URN",
                "the Tag Data Standard has none for a lot of pieces".to_owned(),
                "use the Digital Link",
            ),
            (false, _) => self.without(
                "EPC URN",
                "it is a URI of another kind".to_owned(),
                "use it as it is",
            ),
        }
    }

    /// The identifiers and values that an element string has of this key.
    fn element_pairs(&self) -> Result<Vec<(&str, String)>, IdentifierError> {
        if !self.is_gs1() {
            return self.without(
                "element string",
                format!("no application identifier is for {}", self.scheme().title()),
                "use its URI",
            );
        }
        let fields: Vec<&str> = self.text.split('/').collect();
        Ok(fields
            .chunks_exact(2)
            .map(|pair| (pair[0], percent_decoded(pair[1]).unwrap_or_default()))
            .collect())
    }

    /// The element string in brackets, as printed: `(01)09521141123454(21)7`.
    ///
    /// # Errors
    /// When it is no GS1 key.
    pub fn element_string(&self) -> Result<String, IdentifierError> {
        let pairs = self.element_pairs()?;
        Ok(pairs
            .iter()
            .map(|(code, value)| elements::bracketed(code, value))
            .collect())
    }

    /// The element string as scanned, with GS (0x1D) where a separator has to be.
    ///
    /// # Errors
    /// When it is no GS1 key, or the elements break a rule of element strings (a piece `00`).
    pub fn raw_element_string(&self) -> Result<String, IdentifierError> {
        Ok(ElementString::parse_bracketed(&self.element_string()?)?.raw())
    }

    /// The GTIN of a trade item with 8, 12, 13 or 14 digits.
    ///
    /// # Errors
    /// When it names no trade item, or the GTIN has more digits.
    pub fn gtin(&self, digits: u8) -> Result<String, IdentifierError> {
        let gtin = self
            .text
            .strip_prefix("01/")
            .and_then(|rest| rest.get(..14));
        let Some(gtin) = gtin else {
            return self.without(
                "GTIN",
                "it names no trade item".to_owned(),
                "use its own key",
            );
        };
        let cut = 14usize.checked_sub(usize::from(digits));
        let short = cut
            .filter(|_| matches!(digits, 8 | 12 | 13 | 14))
            .and_then(|cut| gtin.split_at_checked(cut))
            .filter(|(zeros, _)| zeros.bytes().all(|byte| byte == b'0'));
        match short {
            Some((_, gtin)) => Ok(gtin.to_owned()),
            None => self.without(
                "GTIN of that length",
                format!("{gtin} does not fit {digits} digits"),
                "use the GTIN of 14 digits",
            ),
        }
    }

    /// The Digital Link at `domain`, such as `id.gs1.org` or `id.example.org/parts`.
    ///
    /// # Errors
    /// When it is no GS1 key, or `domain` is no host with perhaps a path.
    pub fn digital_link(&self, domain: &str) -> Result<String, IdentifierError> {
        if !self.is_gs1() {
            return self.without(
                "Digital Link",
                format!("{} is no GS1 key", self.scheme().title()),
                "use its URI",
            );
        }
        let host = domain.trim_end_matches('/');
        let written = format!("https://{host}/{}", self.text);
        // A path segment that is itself a key would make it another link.
        match Self::parse(&written) {
            Ok(again) if again == *self && !host.is_empty() && !host.contains(['?', '#']) => {
                Ok(written)
            }
            _ => self.without(
                "Digital Link",
                format!("`{domain}` is no domain for it"),
                "write a host such as id.gs1.org",
            ),
        }
    }

    /// The unique item identifier of a part named by CAGE or DoDAAC (ADI).
    ///
    /// # Errors
    /// When it names something else, or the serial number is the tag's own and not the item's (it starts with `#`).
    pub fn uii(&self) -> Result<Uii, IdentifierError> {
        let body = self.text.strip_prefix("urn:epc:id:adi:");
        let fields = body.and_then(|body| {
            let mut fields = body.splitn(3, '.').map(percent_decoded);
            Some((fields.next()??, fields.next()??, fields.next()??))
        });
        let Some((code, part, serial)) = fields else {
            return self.without(
                "UII",
                format!("{} is not named by a CAGE or DoDAAC with a part and serial number", self.scheme().title()),
                "a GRAI, a GIAI or a GTIN with serial stands for itself in a Data Matrix of format 05",
            );
        };
        if serial.starts_with('#') {
            return self.without(
                "UII",
                "its serial number starts with #, so it is the tag's and not the item's".to_owned(),
                "read the serial number from the item",
            );
        }
        let enterprise = match code.len() {
            5 => Enterprise::Cage(Cage::parse(&code)?),
            _ => Enterprise::Dodaac(Dodaac::parse(&code)?),
        };
        let within = match part.is_empty() {
            true => Within::Enterprise,
            false => Within::Part(part),
        };
        Uii::new(enterprise, within, &serial)
    }

    /// What a Data Matrix on the item holds (ISO/IEC 15434): format 06 for an ADI, format 05 for the GS1 keys that MIL-STD-130
    /// takes as identifiers of an item (GRAI, GIAI, GTIN with serial).
    ///
    /// # Errors
    /// When it is neither.
    pub fn uii_message(&self) -> Result<String, IdentifierError> {
        if !matches!(self.scheme(), Scheme::Sgtin | Scheme::Grai | Scheme::Giai) {
            return Ok(message::write_uii(&self.uii()?));
        }
        let pairs = self.element_pairs()?;
        let fields: Vec<String> = pairs
            .iter()
            .map(|(code, value)| format!("{code}{value}"))
            .collect();
        Ok(format!(
            "{}{}05{}{}{}{}",
            message::HEADER,
            message::RS,
            elements::GS,
            fields.join("\u{1d}"),
            message::RS,
            message::EOT
        ))
    }

    /// What a label's elements name: its primary key at the finest level.
    ///
    /// Where a label has several primary keys, the logistic unit counts before trade item, asset, part, document, service,
    /// shipment, place and party.
    ///
    /// # Errors
    /// When no element is a primary key.
    pub fn from_elements(label: &ElementString) -> Result<Self, IdentifierError> {
        let found = PRIMARY
            .iter()
            .find_map(|code| Some((*code, label.get(code)?)));
        let Some((code, value)) = found else {
            return Err(IdentifierError::new(
                &label.to_string(),
                "no element of it is a key that names a thing, place or party",
                "scan the symbol of the same label that has (00), (01) or another key",
            ));
        };
        let mut path = format!("{code}/{}", percent_encoded(value, stays_in_link));
        let finest = qualifiers(code)
            .iter()
            .find_map(|code| Some((code, label.get(code)?)));
        if let Some((code, value)) = finest {
            path += &format!("/{code}/{}", percent_encoded(value, stays_in_link));
        }
        match link::candidate(&format!("https://id.gs1.org/{path}")) {
            Some(Ok(text)) => Ok(Self {
                text: text.into(),
                prefix_digits: 0,
            }),
            Some(Err(error)) => Err(error),
            None => Err(IdentifierError::new(
                &label.to_string(),
                format!("the value of AI ({code}) does not start with a company prefix"),
                "compare it with the label",
            )),
        }
    }

    fn without<T>(&self, form: &str, why: String, remedy: &str) -> Result<T, IdentifierError> {
        Err(IdentifierError::new(
            &self.to_string(),
            format!("it has no {form}: {why}"),
            remedy,
        ))
    }
}
