//! GS1 element strings: application identifiers with their values (GS1 General Specifications 25, sections 3 and 7.8).
//!
//! Purpose: read what is encoded in GS1-128, GS1 DataMatrix, GS1 QR Code or GS1 DataBar, or printed beneath it in brackets.
//!
//! Flow: [`ElementString::parse_bracketed`] reads `(01)09521141123454(21)7`, [`ElementString::parse_raw`] what a scanner sends,
//! with FNC1 as GS (0x1D); each value is held to its identifier's format ([`Ai::check`]), then the whole to the rules
//! of section 4.13 (what may not stand together) and 4.14 (what has to). [`recover`] is for text whose separators are lost.
//!
//! Invariants:
//! - an [`ElementString`] has one value an identifier, each of the right form, and breaks no rule of section 4.13;
//! - written out in either form it is read back the same.
//!
//! Limits: [`ELEMENT_STRING_BYTES_MAX`], far above what any symbol holds that is allowed for GS1 keys.

mod ai;
mod checks;
mod coupons;
pub(super) mod lists;
pub mod recover;
mod table;
#[cfg(test)]
mod tests;

pub use ai::Ai;
pub(super) use checks::days_of;

use super::IdentifierError;
use crate::limits::ELEMENT_STRING_BYTES_MAX;
use std::fmt;

/// What FNC1 is sent as between fields.
pub const GS: char = '\u{1d}';

/// One application identifier with its value.
#[derive(Clone, PartialEq, Eq)]
pub struct Element {
    ai: &'static Ai,
    value: String,
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}){}", self.ai.code(), self.value)
    }
}

impl Element {
    /// `value` under the identifier `code`, held to its format.
    ///
    /// # Errors
    /// When there is no such identifier, or the value breaks its format.
    pub fn new(code: &str, value: &str) -> Result<Self, IdentifierError> {
        let ai = Ai::get(code).ok_or_else(|| unknown(code))?;
        Self::of(ai, value)
    }

    fn of(ai: &'static Ai, value: &str) -> Result<Self, IdentifierError> {
        ai.check(value)
            .map_err(|(fault, remedy)| about(ai, value, fault, remedy))?;
        Ok(Self {
            ai,
            value: value.to_owned(),
        })
    }

    /// The application identifier.
    pub fn ai(&self) -> &'static Ai {
        self.ai
    }

    /// Its value.
    pub fn value(&self) -> &str {
        &self.value
    }
}

fn about(ai: &Ai, value: &str, fault: String, remedy: String) -> IdentifierError {
    IdentifierError::new(
        &format!("({}){value}", ai.code()),
        format!("AI ({}) {}: {fault}", ai.code(), ai.title()),
        remedy,
    )
}

fn unknown(text: &str) -> IdentifierError {
    let code: String = text.chars().take(4).collect();
    IdentifierError::new(
        text,
        format!(
            "`{}` starts with no application identifier",
            code.escape_default()
        ),
        "compare it with the label; if the scanner drops or replaces separators, set it to send them as GS (0x1D)",
    )
}

/// Elements in the order they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ElementString {
    elements: Vec<Element>,
}

impl ElementString {
    /// Elements that stand together on one label or in one symbol.
    ///
    /// # Errors
    /// When one identifier has two values, or two identifiers exclude each other (section 4.13).
    pub fn new(elements: Vec<Element>) -> Result<Self, IdentifierError> {
        let mut kept: Vec<Element> = Vec::with_capacity(elements.len());
        for element in elements {
            match kept.iter().find(|other| std::ptr::eq(other.ai, element.ai)) {
                Some(other) if other.value != element.value => {
                    return Err(about(
                        element.ai,
                        &element.value,
                        format!("it has another value before, `{}`", other.value),
                        "scan one label at a time".to_owned(),
                    ));
                }
                Some(_) => {}
                None => kept.push(element),
            }
        }
        let string = Self { elements: kept };
        string.check_exclusions()?;
        Ok(string)
    }

    /// Reads `(01)09521141123454(21)7`; blanks around brackets do not count.
    ///
    /// A value may itself have brackets. Only digits in brackets that are an application identifier start a new element; write
    /// `\(` where such digits are part of a value.
    ///
    /// # Errors
    /// When the text does not start with a bracket, or as [`Element::new`] and [`Self::new`].
    pub fn parse_bracketed(text: &str) -> Result<Self, IdentifierError> {
        bounded(text)?;
        let text = text.trim();
        let starts = bracketed_starts(text);
        if starts.first().is_none_or(|(at, _)| *at != 0) {
            let code = text
                .strip_prefix('(')
                .and_then(|rest| rest.split(')').next())
                .unwrap_or(text);
            return Err(unknown(code));
        }
        let mut elements = Vec::with_capacity(starts.len());
        for (place, (at, ai)) in starts.iter().enumerate() {
            let end = starts.get(place + 1).map_or(text.len(), |(next, _)| *next);
            let value = text
                .get(at + ai.code().len() + 2..end)
                .unwrap_or_default()
                .trim_matches([' ', GS])
                .replace("\\(", "(");
            elements.push(Element::of(ai, &value)?);
        }
        Self::new(elements)
    }

    /// Reads what a scanner sends of a GS1 symbol: no brackets, FNC1 as GS (0x1D).
    ///
    /// # Errors
    /// When a field's identifier is unknown, its value breaks its format, or as [`Self::new`].
    pub fn parse_raw(text: &str) -> Result<Self, IdentifierError> {
        bounded(text)?;
        let mut rest = text.trim_start_matches(GS);
        let mut elements = Vec::new();
        while !rest.is_empty() {
            let ai = Ai::at_start(rest).ok_or_else(|| unknown(rest))?;
            let field = rest.split(GS).next().unwrap_or_default();
            let mut length = field.len();
            if ai.has_predefined_length() {
                length = length.min(ai.code().len() + ai.lengths().end());
            }
            // A field that is not ASCII breaks off inside a character: take it whole, and let its check say so.
            let (field, behind) = rest
                .split_at_checked(length)
                .unwrap_or_else(|| rest.split_at(field.len()));
            elements.push(Element::of(
                ai,
                field.get(ai.code().len()..).unwrap_or_default(),
            )?);
            rest = behind.strip_prefix(GS).unwrap_or(behind);
        }
        match elements.is_empty() {
            true => Err(unknown(text)),
            false => Self::new(elements),
        }
    }

    /// The elements, in the order they were read.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The value under the identifier `code`.
    pub fn get(&self, code: &str) -> Option<&str> {
        self.elements
            .iter()
            .find(|element| element.ai.code() == code)
            .map(Element::value)
    }

    /// What a scanner sends of it: identifiers and values, GS where a field's length is not predefined and another follows.
    pub fn raw(&self) -> String {
        let mut text = String::new();
        for (place, element) in self.elements.iter().enumerate() {
            text.push_str(element.ai.code());
            text.push_str(&element.value);
            if !element.ai.has_predefined_length() && place + 1 < self.elements.len() {
                text.push(GS);
            }
        }
        text
    }

    /// What an identifier here needs beside it and does not have (section 4.14).
    ///
    /// The rule is about all symbols of one label, so a single symbol may break it rightly.
    ///
    /// # Errors
    /// The first identifier that lacks company, and what it needs.
    pub fn check_associations(&self) -> Result<(), IdentifierError> {
        for element in &self.elements {
            let has = |pattern: &&str| self.others(element).any(|code| ai::fits(pattern, code));
            for alternatives in &element.ai.needs {
                if alternatives.iter().any(|group| group.iter().all(has)) {
                    continue;
                }
                let wanted: Vec<String> = alternatives
                    .iter()
                    .map(|group| format!("({})", group.join(") with (")))
                    .collect();
                return Err(about(
                    element.ai,
                    &element.value,
                    format!("it stands without {}", wanted.join(" or ")),
                    "scan the whole label, or say that this is one of several symbols".to_owned(),
                ));
            }
        }
        Ok(())
    }

    fn check_exclusions(&self) -> Result<(), IdentifierError> {
        for element in &self.elements {
            let mut patterns = element.ai.excludes.iter();
            let against = patterns
                .find_map(|pattern| self.others(element).find(|code| ai::fits(pattern, code)));
            if let Some(code) = against {
                return Err(about(
                    element.ai,
                    &element.value,
                    format!("it may not stand beside ({code})"),
                    "scan one label at a time, or correct the label".to_owned(),
                ));
            }
        }
        Ok(())
    }

    fn others<'s>(&'s self, element: &'s Element) -> impl Iterator<Item = &'static str> + 's {
        self.elements
            .iter()
            .filter(move |other| !std::ptr::eq(other.ai, element.ai))
            .map(|other| other.ai.code())
    }
}

impl fmt::Display for ElementString {
    /// In brackets, as printed beneath a symbol.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for element in &self.elements {
            f.write_str(&bracketed(element.ai.code(), &element.value))?;
        }
        Ok(())
    }
}

/// One element as printed: what looks like the next element within the value is escaped.
pub(super) fn bracketed(code: &str, value: &str) -> String {
    let mut text = format!("({code})");
    let mut done = 0;
    for (at, _) in bracketed_starts(value) {
        text.push_str(&value[done..at]);
        text.push('\\');
        done = at;
    }
    text.push_str(&value[done..]);
    text
}

/// Where an identifier in brackets stands that is not escaped.
fn bracketed_starts(text: &str) -> Vec<(usize, &'static Ai)> {
    text.match_indices('(')
        .filter(|(at, _)| *at == 0 || text.as_bytes()[at - 1] != b'\\')
        .filter_map(|(at, _)| {
            let (code, _) = text[at + 1..].split_once(')')?;
            Some((at, Ai::get(code)?))
        })
        .collect()
}

fn bounded(text: &str) -> Result<(), IdentifierError> {
    match text.len() <= ELEMENT_STRING_BYTES_MAX {
        true => Ok(()),
        false => Err(IdentifierError::new(
            text,
            format!("it has {} bytes", text.len()),
            format!("an element string has at most {ELEMENT_STRING_BYTES_MAX}"),
        )),
    }
}
