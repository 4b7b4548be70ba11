//! Codes that are not EPCs: stock numbers, codes of parties and places, ships and containers.
//!
//! Purpose: what stands on military labels and in trade documents beside GS1 keys, each a type of its own with one canonical
//! text. Flow: `parse` takes the forms people write (blanks, dashes, small letters), checks, and keeps the canonical form.
//!
//! | type | form | source |
//! | --- | --- | --- |
//! | [`Nsn`] | 4 digits class, 2 country, 7 item; no check digit | AC/135 (NCS), GS1 AI 7001 |
//! | [`Cage`] | 5 characters | STANAG 3150/3151, AC/135: CAGE and NCAGE |
//! | [`Dodaac`] | 6 characters | DLM 4000.25 |
//! | [`UnLocode`] | country and 3 characters | UN/ECE Recommendation 16 |
//! | [`Lei`] | 18 characters and 2 check digits | ISO 17442, ISO 7064 MOD 97-10 |
//! | [`ImoNumber`] | 6 digits and a check digit | IMO A.1117(30) |
//! | [`Container`] | owner, category, 6 digits and a check digit | ISO 6346 |
//!
//! Invariant: the canonical text is read back as the same value. That a code is well formed does not say that it was assigned.

use super::{Epc, IdentifierError, elements::lists, gs1::all_digits, iso6346};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

macro_rules! code {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The canonical text without blanks or dashes.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl FromStr for $name {
            type Err = IdentifierError;
            fn from_str(text: &str) -> Result<Self, IdentifierError> {
                Self::parse(text)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
            }
        }
    };
}

macro_rules! shown_as_written {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

code!(
    /// A NATO stock number: which item of supply, whoever made it.
    Nsn
);
code!(
    /// A CAGE or NCAGE: which manufacturer, supplier or agency.
    Cage
);
code!(
    /// A US Department of Defense activity address code: which unit or contractor's place.
    Dodaac
);
code!(
    /// A UN/LOCODE: which port, airport, terminal or town.
    UnLocode
);
code!(
    /// A legal entity identifier: which company.
    Lei
);
code!(
    /// An IMO ship number: which ship, whatever its name and flag.
    ImoNumber
);
code!(
    /// A freight container's number.
    Container
);
shown_as_written!(Cage);
shown_as_written!(Dodaac);
shown_as_written!(UnLocode);
shown_as_written!(Lei);
shown_as_written!(Container);

/// Longest text that any of these codes is written as, bytes: an LEI with a blank at every fourth place, and room.
const CODE_BYTES_MAX: usize = 40;

fn refuse<T>(text: &str, fault: impl Into<String>, remedy: &str) -> Result<T, IdentifierError> {
    Err(IdentifierError::new(text, fault, remedy))
}

/// `text` in capital letters without blanks and what else is in `dropped`.
fn squeezed(text: &str, dropped: &[char]) -> Result<String, IdentifierError> {
    if text.len() > CODE_BYTES_MAX {
        return refuse(
            text,
            format!("it has {} bytes", text.len()),
            "write the code and nothing else",
        );
    }
    let kept = text
        .chars()
        .filter(|character| *character != ' ' && !dropped.contains(character));
    Ok(kept
        .map(|character| character.to_ascii_uppercase())
        .collect())
}

fn alphanumeric(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

impl Nsn {
    /// Reads 13 digits, with or without dashes or blanks: `5905-12-191-4312`.
    ///
    /// # Errors
    /// When it is not 13 digits, or its supply group is not 10 to 99.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let digits = squeezed(text, &['-'])?;
        if digits.len() != 13 || !all_digits(&digits) {
            return refuse(
                text,
                "a NATO stock number has 13 digits: 4 class, 2 country, 7 item",
                "write for example 5905-12-191-4312",
            );
        }
        if digits.starts_with('0') {
            return refuse(
                text,
                "no supply group starts with 0",
                "write the four digits of the supply class first",
            );
        }
        Ok(Self(digits))
    }

    /// The NATO supply class, 4 digits.
    pub fn class(&self) -> &str {
        &self.0[..4]
    }

    /// The code of the codifying country, 2 digits.
    pub fn country(&self) -> &str {
        &self.0[4..6]
    }

    /// The national item identification number: country and item, 9 digits. It alone names the item; the class may change.
    pub fn niin(&self) -> &str {
        &self.0[4..]
    }
}

impl fmt::Display for Nsn {
    /// With dashes, as documents print it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}-{}-{}-{}",
            &self.0[..4],
            &self.0[4..6],
            &self.0[6..9],
            &self.0[9..]
        )
    }
}

impl Cage {
    /// Reads 5 characters of 0 to 9 and A to Z.
    ///
    /// Codes of the United States start and end with a digit and have no I and no O (they look like 1 and 0); those of other
    /// nations start or end with a letter.
    ///
    /// # Errors
    /// When it has another length or other characters.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let code = squeezed(text, &[])?;
        if code.len() != 5 || !alphanumeric(&code) {
            return refuse(
                text,
                "a CAGE or NCAGE has 5 characters of 0 to 9 and A to Z",
                "write for example 1D381 or K0654",
            );
        }
        let code = Self(code);
        if code.is_us() && code.0.contains(['I', 'O']) {
            return refuse(
                text,
                "a CAGE that starts and ends with a digit has no I and no O",
                "write 1 for I and 0 for O",
            );
        }
        Ok(code)
    }

    /// Whether it has the form of the United States' own codes: a digit first and last.
    pub fn is_us(&self) -> bool {
        let bytes = self.0.as_bytes();
        bytes[0].is_ascii_digit() && bytes[4].is_ascii_digit()
    }
}

impl Dodaac {
    /// Reads 6 characters of 0 to 9 and A to Z.
    ///
    /// # Errors
    /// When it has another length or other characters.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let code = squeezed(text, &[])?;
        match code.len() == 6 && alphanumeric(&code) {
            true => Ok(Self(code)),
            false => refuse(
                text,
                "a DoDAAC has 6 characters of 0 to 9 and A to Z",
                "write for example W81X9C",
            ),
        }
    }
}

impl UnLocode {
    /// Reads a country's alpha-2 code and three characters of A to Z and 2 to 9: `EETLL` or `EE TLL`.
    ///
    /// # Errors
    /// When it has another form, or there is no such country.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let code = squeezed(text, &[])?;
        let place = code.get(2..).unwrap_or_default();
        let fits = place.len() == 3
            && place
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'9'));
        if !fits {
            return refuse(
                text,
                "a UN/LOCODE is a country and three characters of A to Z and 2 to 9",
                "write for example EETLL",
            );
        }
        let country = &code[..2];
        // XZ: installations in international waters (Recommendation 16, section 3.2).
        match country == "XZ" || lists::is_country(country) {
            true => Ok(Self(code)),
            false => refuse(
                text,
                format!("`{country}` is no country of ISO 3166-1"),
                "put the country's two letters first",
            ),
        }
    }

    /// The country's alpha-2 code.
    pub fn country(&self) -> &str {
        &self.0[..2]
    }
}

impl Lei {
    /// Reads 20 characters: 18 of 0 to 9 and A to Z, and 2 check digits.
    ///
    /// # Errors
    /// When it has another form, or the check digits are wrong.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let code = squeezed(text, &[])?;
        if code.len() != 20 || !alphanumeric(&code) || !all_digits(&code[18..]) {
            return refuse(
                text,
                "an LEI has 18 characters of 0 to 9 and A to Z and 2 check digits",
                "write the whole identifier",
            );
        }
        let right = mod_97(&format!("{}00", &code[..18])).map(|rest| 98 - rest);
        match right {
            // 00, 01 and 99 are valid remainders but never issued: the digits are 02 to 98.
            Some(right) if code[18..] == format!("{right:02}") => Ok(Self(code)),
            right => refuse(
                text,
                format!(
                    "the check digits are {} and should be {:02}",
                    &code[18..],
                    right.unwrap_or_default()
                ),
                "compare it with the register at gleif.org",
            ),
        }
    }
}

/// The remainder by 97 of `text` with letters as 10 to 35 (ISO 7064 MOD 97-10); `None` for other characters.
pub(super) fn mod_97(text: &str) -> Option<u32> {
    text.chars().try_fold(0, |rest: u32, character| {
        let value = character.to_digit(36)?;
        Some((rest * if value < 10 { 10 } else { 100 } + value) % 97)
    })
}

impl ImoNumber {
    /// Reads 7 digits, with `IMO` before them or without.
    ///
    /// # Errors
    /// When it is not 7 digits, or the last is not the check digit of the others.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let code = squeezed(text, &[])?;
        let digits = code.strip_prefix("IMO").unwrap_or(&code);
        if digits.len() != 7 || !all_digits(digits) {
            return refuse(
                text,
                "an IMO number has 7 digits",
                "write for example IMO 9074729",
            );
        }
        let sum: u32 = (2..=7)
            .rev()
            .zip(digits.bytes())
            .map(|(weight, digit)| weight * u32::from(digit - b'0'))
            .sum();
        match digits.ends_with(&(sum % 10).to_string()) {
            true => Ok(Self(digits.to_owned())),
            false => refuse(
                text,
                format!("the check digit should be {}", sum % 10),
                "compare it with the ship's papers",
            ),
        }
    }

    /// The ship as an EPC: `urn:epc:id:imovn:…` (TDS 2.0 section 6.3).
    ///
    /// # Errors
    /// Never for a number that was read; the type says so because the EPC's own parser decides.
    pub fn epc(&self) -> Result<Epc, IdentifierError> {
        Epc::parse(&format!("urn:epc:id:imovn:{}", self.0))
    }
}

impl fmt::Display for ImoNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IMO {}", self.0)
    }
}

impl Container {
    /// Reads owner code, category, serial number and check digit: `CSQU3054383`, `CSQU 305438 3` or `CSQU-305438-3`.
    ///
    /// # Errors
    /// When it has another form, or the check digit is wrong.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let code = squeezed(text, &['-'])?;
        let category = code.as_bytes().get(3);
        let right = code.get(..10).and_then(iso6346::check_digit);
        let Some(right) =
            right.filter(|_| code.len() == 11 && matches!(category, Some(b'U' | b'J' | b'Z')))
        else {
            return refuse(
                text,
                "a container's number is three letters, one of U, J and Z, six digits and a check digit",
                "write for example CSQU3054383",
            );
        };
        match code.ends_with(&right.to_string()) {
            true => Ok(Self(code)),
            false => refuse(
                text,
                format!("the check digit should be {right}"),
                "compare it with the container's side",
            ),
        }
    }

    /// The container as an EPC: `urn:epc:id:bic:…` (TDS 2.0 section 6.3).
    ///
    /// # Errors
    /// Never for a number that was read; the type says so because the EPC's own parser decides.
    pub fn epc(&self) -> Result<Epc, IdentifierError> {
        Epc::parse(&format!("urn:epc:id:bic:{}", self.0))
    }
}
