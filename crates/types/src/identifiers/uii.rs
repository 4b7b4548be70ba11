//! Unique item identifiers of military property (MIL-STD-130N with change 1; STANAG 2290).
//!
//! Purpose: name one item of a supplier by who serialised it, perhaps the part or lot within which, and the serial number.
//! Construct 1 serialises within the enterprise, construct 2 within an original part number or a lot. The identifier itself is
//! the concatenation with the issuing agency code (IAC) before the enterprise: `D` CAGE, `LD` DoDAAC, `UN` DUNS, a digit GS1.
//!
//! Flow: a mark is read by [`super::message`], or a concatenated text by [`Uii::parse`]; [`Uii::epc`] gives the EPC where
//! one exists.
//!
//! Invariants: capital letters, digits, `-` and `/` only; 50 characters at most, agency code included (DFARS 252.211-7003).
//! A concatenation does not say where the part number ends, so it is kept [`Within::Unsaid`] and never guessed.

use super::{
    Epc, IdentifierError,
    codes::{Cage, Dodaac},
    gs1::{all_digits, percent_encoded},
};
use std::fmt;

/// Longest identifier with its agency code, characters.
pub const UII_CHARS_MAX: usize = 50;

/// Who serialised the item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Enterprise {
    /// A CAGE or NCAGE, agency code `D`.
    Cage(Cage),
    /// A DoDAAC, agency code `LD`.
    Dodaac(Dodaac),
    /// A D-U-N-S number of 9 digits, agency code `UN`.
    Duns(String),
    /// A GS1 company prefix, which is its own agency code.
    Gs1(String),
    /// A code of another agency, with that agency's code before it (ISO/IEC 15459-2).
    Other(String),
    /// The text does not say where its code ends: a concatenation with another agency's code.
    Unsaid,
}

/// Within what the serial number is unique.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Within {
    /// Construct 1: within the enterprise.
    Enterprise,
    /// Construct 2: within an original part number.
    Part(String),
    /// Construct 2: within a lot or batch.
    Lot(String),
    /// The text does not say: a concatenation may be of either construct.
    Unsaid,
}

/// One item's unique identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Uii {
    enterprise: Enterprise,
    within: Within,
    serial: String,
}

fn refuse<T>(text: &str, fault: impl Into<String>, remedy: &str) -> Result<T, IdentifierError> {
    Err(IdentifierError::new(text, fault, remedy))
}

/// Whether every character is one that such identifiers have.
fn fits(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| {
            byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'/')
        })
}

impl Enterprise {
    /// A D-U-N-S number.
    ///
    /// # Errors
    /// When it is not 9 digits.
    pub fn duns(text: &str) -> Result<Self, IdentifierError> {
        match text.len() == 9 && all_digits(text) {
            true => Ok(Self::Duns(text.to_owned())),
            false => refuse(
                text,
                "a D-U-N-S number has 9 digits",
                "write the whole number",
            ),
        }
    }

    /// A GS1 company prefix.
    ///
    /// # Errors
    /// When it is not 4 to 12 digits.
    pub fn gs1(text: &str) -> Result<Self, IdentifierError> {
        match (4..=12).contains(&text.len()) && all_digits(text) {
            true => Ok(Self::Gs1(text.to_owned())),
            false => refuse(
                text,
                "a GS1 company prefix has 4 to 12 digits",
                "write the company prefix without the rest of the key",
            ),
        }
    }

    /// Agency code and enterprise code together, as data identifier 18V has them.
    ///
    /// # Errors
    /// When there is no such agency code or the enterprise's code does not fit its agency.
    pub fn with_agency(text: &str) -> Result<Self, IdentifierError> {
        if text.starts_with(|first: char| first.is_ascii_digit()) {
            return Self::gs1(text);
        }
        if let Some(code) = text.strip_prefix("LD") {
            return Dodaac::parse(code).map(Self::Dodaac);
        }
        if let Some(code) = text.strip_prefix("UN") {
            return Self::duns(code);
        }
        if let Some(code) = text.strip_prefix('D') {
            return Cage::parse(code).map(Self::Cage);
        }
        match fits(text) && text.len() > 3 {
            true => Ok(Self::Other(text.to_owned())),
            false => refuse(
                text,
                "it is no issuing agency code with an enterprise's code behind it",
                "write for example D1D381 for a CAGE, LDW81X9C for a DoDAAC, UN123456789 for D-U-N-S",
            ),
        }
    }

    /// The issuing agency code (ISO/IEC 15459-2); empty where it is part of the enterprise's code.
    pub fn agency(&self) -> &'static str {
        match self {
            Self::Cage(_) => "D",
            Self::Dodaac(_) => "LD",
            Self::Duns(_) => "UN",
            Self::Gs1(_) | Self::Other(_) | Self::Unsaid => "",
        }
    }

    /// The enterprise's code.
    pub fn code(&self) -> &str {
        match self {
            Self::Cage(code) => code.as_str(),
            Self::Dodaac(code) => code.as_str(),
            Self::Duns(code) | Self::Gs1(code) | Self::Other(code) => code,
            Self::Unsaid => "",
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Cage(_) => "CAGE",
            Self::Dodaac(_) => "DoDAAC",
            Self::Duns(_) => "D-U-N-S number",
            Self::Gs1(_) => "GS1 company prefix",
            Self::Other(_) => "another agency's code",
            Self::Unsaid => "an enterprise that its text does not set apart",
        }
    }
}

impl Uii {
    /// An identifier of its parts.
    ///
    /// # Errors
    /// When a part has other characters than A to Z, 0 to 9, `-` and `/`, or all together are longer than 50.
    pub fn new(
        enterprise: Enterprise,
        within: Within,
        serial: &str,
    ) -> Result<Self, IdentifierError> {
        let uii = Self {
            enterprise,
            within,
            serial: serial.to_owned(),
        };
        let text = uii.to_string();
        for (name, part) in [
            ("serial number", serial),
            ("part or lot number", uii.scope()),
        ] {
            let absent = part.is_empty() && name != "serial number" && uii.construct() != Some(2);
            if !absent && !fits(part) {
                return refuse(
                    &text,
                    format!("the {name} `{part}` is not of A to Z, 0 to 9, - and /"),
                    "leave blanks and other characters out, as the mark does",
                );
            }
        }
        match text.len() <= UII_CHARS_MAX {
            true => Ok(uii),
            false => refuse(
                &text,
                format!("it has {} characters", text.len()),
                "an item's identifier has at most 50, agency code included",
            ),
        }
    }

    /// Reads a concatenation such as `D1D381786950`, whose construct it does not say.
    ///
    /// # Errors
    /// When it ends within the enterprise's code, or as [`Self::new`].
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let agency_and_code = match text.as_bytes() {
            [b'L', b'D', ..] => 8,
            [b'U', b'N', ..] => 11,
            [b'D', ..] => 6,
            // Codes of GS1 and of the other agencies (ISO/IEC 15459-2) have no fixed length.
            _ => 0,
        };
        let Some((enterprise, rest)) = text.split_at_checked(agency_and_code) else {
            return refuse(
                text,
                "it ends within the enterprise's code",
                "write the whole identifier",
            );
        };
        let enterprise = match agency_and_code {
            0 => Enterprise::Unsaid,
            _ => Enterprise::with_agency(enterprise)?,
        };
        Self::new(enterprise, Within::Unsaid, rest)
    }

    /// Who serialised the item.
    pub fn enterprise(&self) -> &Enterprise {
        &self.enterprise
    }

    /// Within what the serial number is unique.
    pub fn within(&self) -> &Within {
        &self.within
    }

    /// The serial number; of an undivided concatenation, all behind the enterprise.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// 1 or 2; `None` where the text did not say.
    pub fn construct(&self) -> Option<u8> {
        match self.within {
            Within::Enterprise => Some(1),
            Within::Part(_) | Within::Lot(_) => Some(2),
            Within::Unsaid => None,
        }
    }

    /// The same identifier of construct 1, where somebody knows that it is: the whole rest is the serial number.
    pub fn as_construct_1(&self) -> Self {
        match self.within {
            Within::Unsaid => Self {
                within: Within::Enterprise,
                ..self.clone()
            },
            _ => self.clone(),
        }
    }

    /// The same identifier of construct 2, where somebody knows its original part number.
    ///
    /// # Errors
    /// When the concatenation does not go on with that part number, or nothing is behind it.
    pub fn as_construct_2(&self, part: &str) -> Result<Self, IdentifierError> {
        let rest = match self.within {
            Within::Unsaid => self.serial.strip_prefix(part),
            _ => None,
        };
        match rest {
            Some(serial) => Self::new(
                self.enterprise.clone(),
                Within::Part(part.to_owned()),
                serial,
            ),
            None => refuse(
                &self.to_string(),
                format!("it is no undivided identifier that goes on with the part number `{part}`"),
                "compare the part number with the item",
            ),
        }
    }

    fn scope(&self) -> &str {
        match &self.within {
            Within::Part(text) | Within::Lot(text) => text,
            Within::Enterprise | Within::Unsaid => "",
        }
    }

    /// The item as an EPC of scheme ADI (TDS 2.0 section 6.3).
    ///
    /// # Errors
    /// When there is none: the enterprise is not a CAGE or DoDAAC, it has an I or O, the serial number is unique
    /// within a lot, or the construct is not known.
    pub fn epc(&self) -> Result<Epc, IdentifierError> {
        let text = self.to_string();
        let none =
            |why: String, remedy: &str| refuse(&text, format!("it has no EPC: {why}"), remedy);
        let code = self.enterprise.code();
        if !matches!(self.enterprise, Enterprise::Cage(_) | Enterprise::Dodaac(_)) {
            return none(
                format!(
                    "ADI takes a CAGE or DoDAAC and this has {}",
                    self.enterprise.name()
                ),
                "name the item by its unique item identifier",
            );
        }
        if let Some(letter) = code.chars().find(|letter| matches!(letter, 'I' | 'O')) {
            return none(
                format!(
                    "ADI forbids I and O, and the {} {code} has {letter}",
                    self.enterprise.name()
                ),
                "name the item by its unique item identifier",
            );
        }
        match self.within {
            Within::Lot(_) => {
                return none(
                    "ADI has a part number and no lot, and this item is serialised within a lot"
                        .to_owned(),
                    "name the item by its unique item identifier",
                );
            }
            Within::Unsaid => {
                return none(
                    "a concatenation does not say whether a part number is before the serial number"
                        .to_owned(),
                    "scan a mark with fields of their own, or say the part number or that there is none",
                );
            }
            Within::Enterprise | Within::Part(_) => {}
        }
        let encoded =
            |text: &str| percent_encoded(text, |byte| byte.is_ascii_alphanumeric() || byte == b'-');
        Epc::parse(&format!(
            "urn:epc:id:adi:{code}.{}.{}",
            encoded(self.scope()),
            encoded(&self.serial)
        ))
    }
}

impl fmt::Display for Uii {
    /// The concatenation, as registers keep it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let enterprise = &self.enterprise;
        write!(
            f,
            "{}{}{}{}",
            enterprise.agency(),
            enterprise.code(),
            self.scope(),
            self.serial
        )
    }
}
