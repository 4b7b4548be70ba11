//! ISO/IEC 15434 messages: what a Data Matrix or PDF417 symbol on military property holds.
//!
//! `[)>` RS, then envelopes each of a format indicator, fields with GS between, and RS; then EOT. Formats read here: `05`
//! GS1 application identifiers, `06` data identifiers (ANSI MH10.8.2), `12` and `DD` text element identifiers (ATA Spec 2000).
//! Which fields make a unique item identifier: MIL-STD-130N with change 1, tables A-I to A-III.
//!
//! Flow: [`Message::parse`] reads envelopes into [`Field`]s; [`Message::uii`] puts an item's identifier together;
//! [`write_uii`] writes a message of format 06.
//!
//! Invariant: a field is what stands between separators; text whose separators are lost is never cut by guessing here: see
//! [`recover`].

use super::{
    IdentifierError,
    codes::{Cage, Dodaac},
    elements::{ElementString, GS},
    uii::{Enterprise, Uii, Within},
};
use crate::limits::ELEMENT_STRING_BYTES_MAX;

/// Ends an envelope.
pub const RS: char = '\u{1e}';
/// Ends the message.
pub const EOT: char = '\u{4}';
/// Starts the message.
pub const HEADER: &str = "[)>";

/// How an envelope names its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `05`: GS1 application identifiers.
    Gs1,
    /// `06`: data identifiers.
    DataIdentifiers,
    /// `12`, or `DD` before that was assigned: text element identifiers.
    TextElements,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// How it is named.
    pub format: Format,
    /// Its name: an identifier of its format, such as `17V`, `MFR` or `21`.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A message's fields, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    fields: Vec<Field>,
}

/// Data identifiers that logistics marks use, longest value in characters (ANSI MH10.8.2). Others are read by their form:
/// up to three digits and one letter.
const DATA_IDENTIFIERS: &[(&str, usize, usize)] = &[
    ("17V", 5, 5),
    ("7L", 6, 6),
    ("12V", 9, 9),
    ("3V", 4, 12),
    ("18V", 5, 20),
    ("1P", 1, 32),
    ("30P", 1, 32),
    ("1T", 1, 32),
    ("30T", 1, 32),
    ("S", 1, 30),
    ("18S", 6, 40),
    ("25S", 6, 50),
    ("N", 13, 13),
];

fn refuse<T>(text: &str, fault: impl Into<String>, remedy: &str) -> Result<T, IdentifierError> {
    Err(IdentifierError::new(text, fault, remedy))
}

impl Message {
    /// Reads a message whose separators are RS (0x1E), GS (0x1D) and EOT (0x04). The last RS and EOT may lack, as some
    /// readers cut them off.
    ///
    /// # Errors
    /// When it has no header, an unknown format, no field, or a field without name or value.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        if text.len() > ELEMENT_STRING_BYTES_MAX {
            return refuse(
                text,
                format!("it has {} bytes", text.len()),
                "a mark has at most 1024",
            );
        }
        let body = text
            .strip_prefix(HEADER)
            .and_then(|rest| rest.strip_prefix(RS));
        let Some(body) = body else {
            return refuse(
                text,
                "it does not start with `[)>` and RS (0x1E)",
                "set the scanner to send control characters",
            );
        };
        let body = body.trim_end_matches(['\r', '\n']);
        let body = body.strip_suffix(EOT).unwrap_or(body);
        let mut fields = Vec::new();
        for envelope in body.split(RS).filter(|envelope| !envelope.is_empty()) {
            let mut parts = envelope.split(GS);
            let format = format(text, parts.next().unwrap_or_default())?;
            for part in parts {
                fields.push(field(text, format, part)?);
            }
        }
        match fields.is_empty() {
            true => refuse(
                text,
                "no field follows the format indicator",
                "set the scanner to send GS (0x1D)",
            ),
            false => Ok(Self { fields }),
        }
    }

    /// The fields.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The value of the first field called `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|field| field.name == name)
            .map(|field| field.value.as_str())
    }

    /// The GS1 elements, where it has an envelope of format 05.
    ///
    /// # Errors
    /// When they break a rule of element strings.
    pub fn elements(&self) -> Result<Option<ElementString>, IdentifierError> {
        let raw: Vec<String> = self
            .fields
            .iter()
            .filter(|field| field.format == Format::Gs1)
            .map(|field| format!("{}{}", field.name, field.value))
            .collect();
        match raw.is_empty() {
            true => Ok(None),
            false => ElementString::parse_raw(&raw.join("\u{1d}")).map(Some),
        }
    }

    /// The item's identifier; `None` where no field of the message is about one.
    ///
    /// # Errors
    /// When fields of an identifier are there and do not make one: one lacks, or two contradict.
    pub fn uii(&self) -> Result<Option<Uii>, IdentifierError> {
        if let Some(whole) = self.get("25S").or_else(|| self.get("UID")) {
            return Uii::parse(whole).map(Some);
        }
        if let Some(both) = self.get("18S").or_else(|| self.get("USN")) {
            let Some((code, serial)) = both.split_at_checked(5) else {
                return refuse(
                    both,
                    "it ends within the CAGE",
                    "write CAGE and serial number",
                );
            };
            let cage = Enterprise::Cage(Cage::parse(code)?);
            return Uii::new(cage, Within::Enterprise, serial).map(Some);
        }
        let enterprise = self.enterprise()?;
        let in_part = self.get("S").or_else(|| self.get("SEQ"));
        let in_enterprise = self.get("SER").or_else(|| self.get("UCN"));
        let part = self.get("1P").or_else(|| self.get("PNO"));
        let lot = self.get("1T").or_else(|| self.get("LTN"));
        match (enterprise, in_part, in_enterprise) {
            (Some(enterprise), _, Some(serial)) => {
                Uii::new(enterprise, Within::Enterprise, serial).map(Some)
            }
            (Some(enterprise), Some(serial), None) => {
                let within = match (part, lot) {
                    (Some(_), Some(lot)) => {
                        return refuse(
                            lot,
                            "the mark has both a part number and a lot (1T, LTN) that the serial number could count within",
                            "have the mark corrected: a lot that is no part of the identifier is 30T",
                        );
                    }
                    (Some(part), None) => Within::Part(part.to_owned()),
                    (None, Some(lot)) => Within::Lot(lot.to_owned()),
                    (None, None) => {
                        return refuse(
                            serial,
                            "the serial number (S or SEQ) has neither the part number (1P, PNO) nor the lot (1T) within which it counts",
                            "have the mark corrected: a number of the whole enterprise is 18S, 25S or SER",
                        );
                    }
                };
                Uii::new(enterprise, within, serial).map(Some)
            }
            (None, Some(serial), _) | (None, _, Some(serial)) => refuse(
                serial,
                "the serial number has no enterprise (17V, 7L, 12V, 3V, 18V; MFR, SPL, CAG, DUN, EUC)",
                "have the mark corrected",
            ),
            (_, None, None) => Ok(None),
        }
    }

    fn enterprise(&self) -> Result<Option<Enterprise>, IdentifierError> {
        let mut found: Option<Enterprise> = None;
        for field in &self.fields {
            let value = &field.value;
            let enterprise = match field.name.as_str() {
                "17V" | "MFR" | "SPL" | "CAG" => Enterprise::Cage(Cage::parse(value)?),
                "7L" => Enterprise::Dodaac(Dodaac::parse(value)?),
                "12V" | "DUN" => Enterprise::duns(value)?,
                "3V" | "EUC" => Enterprise::gs1(value)?,
                "18V" => Enterprise::with_agency(value)?,
                _ => continue,
            };
            match &found {
                Some(before) if *before != enterprise => {
                    return refuse(
                        value,
                        format!("a second enterprise beside {}", before.code()),
                        "have the mark corrected: who serialised the item is one enterprise",
                    );
                }
                _ => found = Some(enterprise),
            }
        }
        Ok(found)
    }
}

fn format(text: &str, indicator: &str) -> Result<Format, IdentifierError> {
    match indicator {
        "05" => Ok(Format::Gs1),
        "06" => Ok(Format::DataIdentifiers),
        "12" | "DD" => Ok(Format::TextElements),
        other => refuse(
            text,
            format!(
                "`{}` is no format that is read here",
                other.chars().take(12).collect::<String>().escape_default()
            ),
            "05 (GS1), 06 (data identifiers), 12 and DD (text elements) are; if separators are lost, set the scanner to send them",
        ),
    }
}

fn field(text: &str, format: Format, part: &str) -> Result<Field, IdentifierError> {
    let name_length = match format {
        Format::Gs1 => super::elements::Ai::at_start(part).map(|ai| ai.code().len()),
        Format::DataIdentifiers => {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            let letter = part
                .as_bytes()
                .get(digits)
                .is_some_and(u8::is_ascii_uppercase);
            (digits <= 3 && letter).then_some(digits + 1)
        }
        Format::TextElements => {
            let letters = part.bytes().take(3).filter(u8::is_ascii_uppercase).count();
            (letters == 3).then_some(3)
        }
    };
    let split = name_length.and_then(|length| part.split_at_checked(length));
    match split {
        Some((name, value)) if !value.trim().is_empty() => Ok(Field {
            format,
            name: name.to_owned(),
            // Text elements are often written with a blank behind their name.
            value: value.trim().to_owned(),
        }),
        _ => refuse(
            text,
            format!(
                "the field `{}` has no name or no value",
                part.escape_default()
            ),
            "compare it with the mark",
        ),
    }
}

/// The message of format 06 that marks an item with `uii`. What its text did not divide stays in one field.
pub fn write_uii(uii: &Uii) -> String {
    let enterprise = uii.enterprise();
    let named = match enterprise {
        Enterprise::Cage(code) => format!("17V{code}"),
        Enterprise::Dodaac(code) => format!("7L{code}"),
        Enterprise::Duns(code) => format!("12V{code}"),
        Enterprise::Gs1(code) => format!("3V{code}"),
        Enterprise::Other(code) => format!("18V{code}"),
        Enterprise::Unsaid => return whole(uii),
    };
    let fields = match (uii.within(), enterprise) {
        (Within::Enterprise, Enterprise::Cage(code)) => vec![format!("18S{code}{}", uii.serial())],
        (Within::Enterprise | Within::Unsaid, _) => return whole(uii),
        (Within::Part(part), _) => vec![named, format!("1P{part}"), format!("S{}", uii.serial())],
        (Within::Lot(lot), _) => vec![named, format!("1T{lot}"), format!("S{}", uii.serial())],
    };
    enveloped(&fields.join("\u{1d}"))
}

/// The message with the identifier in one field.
fn whole(uii: &Uii) -> String {
    enveloped(&format!("25S{uii}"))
}

fn enveloped(fields: &str) -> String {
    format!("{HEADER}{RS}06{GS}{fields}{RS}{EOT}")
}

/// Every way to read a message of format 06 whose control characters are lost, such as `[)>0617V1D3811P1234S786950`, that
/// gives an item's identifier. `None` where `text` is no such message, or has more ways than are tried.
pub fn recover(text: &str) -> Option<Vec<Message>> {
    let body = text.strip_prefix(HEADER)?.strip_prefix("06")?;
    let plain = body
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/'));
    if !plain || body.len() > ELEMENT_STRING_BYTES_MAX {
        return None;
    }
    let mut search = Recovery {
        found: Vec::new(),
        steps: 0,
    };
    search.from(body, &mut Vec::new());
    if search.steps > Recovery::STEPS_MAX && search.found.len() < 2 {
        // Not all was tried, so one reading is not known to be the only one.
        return None;
    }
    Some(search.found)
}

/// A search over the ways to cut a text into fields.
struct Recovery {
    found: Vec<Message>,
    steps: usize,
}

impl Recovery {
    const STEPS_MAX: usize = 5_000;

    fn from(&mut self, rest: &str, fields: &mut Vec<Field>) {
        if rest.is_empty() {
            let message = Message {
                fields: fields.clone(),
            };
            if matches!(message.uii(), Ok(Some(_))) {
                self.found.push(message);
            }
            return;
        }
        for (name, least, most) in DATA_IDENTIFIERS {
            let Some(value) = rest.strip_prefix(name) else {
                continue;
            };
            if fields.iter().any(|field| field.name == *name) {
                continue;
            }
            for length in (*least..=(*most).min(value.len())).rev() {
                self.steps += 1;
                if self.steps > Self::STEPS_MAX || self.found.len() >= 8 {
                    return;
                }
                fields.push(Field {
                    format: Format::DataIdentifiers,
                    name: (*name).to_owned(),
                    value: value[..length].to_owned(),
                });
                self.from(&value[length..], fields);
                fields.pop();
            }
        }
    }
}
