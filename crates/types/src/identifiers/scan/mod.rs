//! One entry for whatever a scanner, a reader or a person types: what was read, what it names, and what else it says.
//!
//! Flow: [`scan`] takes off the AIM symbology identifier, recognises the kind (EPC URN, Digital Link, tag memory, GS1 element
//! string, mark of a military item, single key), reads it by that kind's rules, and gives the [`Epc`] with the label's data.
//!
//! Invariants:
//! - text that can be read in several ways is refused, and the error has the readings; nothing is guessed;
//! - a separator that is lost is put back only where a single reading satisfies every rule;
//! - what is read names something or the reason is given that it does not ([`Scan::without_epc`]).
//!
//! A GS1 symbol whose last field has no fixed length and that shows no separator at all may be whole, or its separators were
//! dropped on the way. Both are tried. Where both make sense the text is ambiguous, unless the caller knows that its scanner
//! keeps separators ([`Separators::Kept`]); the console sets that for scanners that have passed the test label.
//!
//! Limits: [`ELEMENT_STRING_BYTES_MAX`] bytes.

mod aim;
mod data;
mod keys;
mod report;
mod separators;
#[cfg(test)]
mod tests;

pub use data::{MarkedDate, ScanData};
pub use report::{Report, ReportedElement};

use super::{
    Epc, IdentifierError, Scheme,
    elements::{Element, ElementString, GS, recover},
    link,
    message::{self, HEADER, Message, RS},
    tag::Tag,
    uii::Uii,
};
use crate::limits::ELEMENT_STRING_BYTES_MAX;
use aim::Carries;
use serde::Serialize;

/// The year by which two digits of a year are understood where the caller does not say: this edition's.
const YEAR: u16 = 2026;

/// Whether the way from the symbol to here keeps separators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Separators {
    /// Not known: a keyboard wedge may drop or replace them.
    #[default]
    Unknown,
    /// They arrive as GS (0x1D).
    Kept,
}

/// What the caller knows beyond the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether separators arrive.
    pub separators: Separators,
    /// Whether this is one of several symbols of a label, so that what an element needs beside it may be in another.
    pub partial: bool,
    /// The present year, which decides centuries of two-digit years.
    pub year: u16,
    /// Digits of the GS1 company prefix, where known: EPC URNs need it.
    pub company_prefix_digits: Option<u8>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            separators: Separators::Unknown,
            partial: false,
            year: YEAR,
            company_prefix_digits: None,
        }
    }
}

/// What kind of text it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// GS1 application identifiers.
    ElementString,
    /// A GS1 Digital Link.
    DigitalLink,
    /// An EPC URN of a pure identity or class.
    EpcUrn,
    /// A tag URI or EPC memory.
    EpcTag,
    /// An ISO/IEC 15434 mark.
    Mark,
    /// A single key or code.
    Key,
    /// Another absolute URI.
    Uri,
}

impl Kind {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ElementString => "GS1 element string",
            Self::DigitalLink => "GS1 Digital Link",
            Self::EpcUrn => "EPC URN",
            Self::EpcTag => "EPC tag",
            Self::Mark => "ISO/IEC 15434 mark",
            Self::Key => "single key",
            Self::Uri => "URI",
        }
    }
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// What kind of text it was.
    pub kind: Kind,
    /// The symbology that the scanner named.
    pub symbology: Option<&'static str>,
    /// What it names, as the ledger keeps it.
    pub epc: Option<Epc>,
    /// Why it names nothing that the ledger keeps, where [`Self::epc`] is `None`.
    pub without_epc: Option<IdentifierError>,
    /// A single code by its name and text, such as NSN `5905-12-191-4312`.
    pub code: Option<(&'static str, String)>,
    /// The item's unique identifier, of a mark.
    pub uii: Option<Uii>,
    /// What else the label says.
    pub data: ScanData,
    /// The GS1 elements, in order.
    pub elements: ElementString,
    /// What a person should know about the reading.
    pub notes: Vec<String>,
}

impl Scan {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            symbology: None,
            epc: None,
            without_epc: None,
            code: None,
            uii: None,
            data: ScanData::default(),
            elements: ElementString::default(),
            notes: Vec::new(),
        }
    }

    fn naming(kind: Kind, epc: Result<Epc, IdentifierError>) -> Self {
        let mut scan = Self::new(kind);
        match epc {
            Ok(epc) => scan.epc = Some(epc),
            Err(error) => scan.without_epc = Some(error),
        }
        scan
    }

    fn of_elements(
        kind: Kind,
        elements: ElementString,
        options: &Options,
    ) -> Result<Self, IdentifierError> {
        let mut scan = Self::naming(kind, Epc::from_elements(&elements));
        scan.data.add_elements(&elements, options.year)?;
        scan.elements = elements;
        Ok(scan)
    }
}

/// Why a text was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// It breaks a rule.
    #[error(transparent)]
    Refused(#[from] IdentifierError),
    /// It can be read in several ways.
    #[error("`{id}` can be read as {}; {remedy}", readings.join(", or as "))]
    Ambiguous {
        /// The text, cut to 80 characters.
        id: String,
        /// The ways, in words; the first few.
        readings: Vec<String>,
        /// What to do.
        remedy: &'static str,
    },
}

impl ScanError {
    fn ambiguous(text: &str, readings: Vec<String>, remedy: &'static str) -> Self {
        Self::Ambiguous {
            id: text.chars().take(80).collect(),
            readings,
            remedy,
        }
    }
}

fn refused<T>(text: &str, fault: impl Into<String>, remedy: &str) -> Result<T, ScanError> {
    Err(IdentifierError::new(text, fault, remedy).into())
}

/// Reads what was scanned or typed.
///
/// # Errors
/// When it breaks the rules of what it is, is not recognised, or can be read in several ways.
pub fn scan(text: &str) -> Result<Scan, ScanError> {
    scan_with(text, &Options::default())
}

/// Reads what was scanned or typed, by somebody who knows more than the text.
///
/// # Errors
/// As [`scan`]; and when the company prefix does not have the digits said.
pub fn scan_with(text: &str, options: &Options) -> Result<Scan, ScanError> {
    if text.len() > ELEMENT_STRING_BYTES_MAX {
        return refused(
            text,
            format!("it has {} bytes", text.len()),
            "a scan has at most 1024",
        );
    }
    // Scanners end what they send with a carriage return, a line feed or a tabulator.
    let text = text.trim_matches(['\r', '\n', '\t', ' ']);
    if text.is_empty() {
        return refused(text, "it is empty", "scan again, or type the key");
    }
    let (symbology, carries, data) = aim::split(text);
    let mut scan = match carries {
        Carries::Gs1 => gs1(data, options)?,
        Carries::Gtin(digits) => keys::gtin(data, digits)?,
        Carries::AddOn => {
            return refused(
                text,
                "an add-on goes with the symbol beside it and names nothing",
                "scan the main symbol",
            );
        }
        Carries::Plain => plain(data, false, options)?,
        Carries::Unsaid => plain(data, true, options)?,
    };
    scan.symbology = symbology;
    if let (Some(digits), Some(epc)) = (options.company_prefix_digits, &scan.epc)
        && epc.is_gs1()
        && epc.company_prefix_digits().is_none()
    {
        scan.epc = Some(epc.with_company_prefix(digits)?);
    }
    if let Some(suspect) = scan.epc.as_ref().and_then(Epc::suspect) {
        return Err(suspect.into());
    }
    Ok(scan)
}

/// The object that a person or a program names by any absolute URI, or by what it scanned or typed.
///
/// # Errors
/// As [`scan`]; and when what was read names no object.
pub fn object(text: &str) -> Result<Epc, ScanError> {
    if let Ok(epc) = Epc::parse(text) {
        return Ok(epc);
    }
    let read = scan(text)?;
    match (read.epc, read.without_epc) {
        (Some(epc), _) => Ok(epc),
        (None, Some(why)) => Err(why.into()),
        (None, None) => refused(text, "it names no object", "name the object by its own key"),
    }
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|found| found.eq_ignore_ascii_case(start))
}

/// Text whose symbology says nothing of its content; `raw` where element strings without brackets may come.
fn plain(text: &str, raw: bool, options: &Options) -> Result<Scan, ScanError> {
    if starts_with(text, "urn:epc:tag:") || starts_with(text, "urn:epc:raw:") {
        return Ok(Scan::naming(Kind::EpcTag, Ok(Tag::parse(text)?.epc()?)));
    }
    if starts_with(text, "urn:") || starts_with(text, "did:") || text.contains("://") {
        return uri(text, options);
    }
    if text.starts_with(HEADER) {
        return mark(text, options);
    }
    if text.starts_with('(') {
        let elements = ElementString::parse_bracketed(&separators::restore(text).0)?;
        return whole(elements, options);
    }
    let (restored, found) = separators::restore(text);
    if raw && (found || text.contains(GS)) {
        return gs1(&restored, options);
    }
    keys::read(text, raw, options)
}

fn uri(text: &str, options: &Options) -> Result<Scan, ScanError> {
    let epc = Epc::parse(text)?;
    // QR Codes in alphanumeric mode write the scheme in capitals.
    let lower = match text.split_once(':') {
        Some((scheme, rest)) => format!("{}:{rest}", scheme.to_ascii_lowercase()),
        None => text.to_owned(),
    };
    if !epc.is_gs1() || !lower.starts_with("http") {
        let kind = match epc.scheme() {
            Scheme::Uri => Kind::Uri,
            _ => Kind::EpcUrn,
        };
        return Ok(Scan::naming(kind, Ok(epc)));
    }
    let Some(pairs) = link::pairs(&lower) else {
        return refused(
            text,
            "a value in the Digital Link's query is not percent-encoded ASCII",
            "compare the link with the label",
        );
    };
    let mut elements = Vec::with_capacity(pairs.len());
    for (code, value) in &pairs {
        elements.push(Element::new(code, value)?);
    }
    let mut scan = Scan::of_elements(Kind::DigitalLink, ElementString::new(elements)?, options)?;
    scan.epc = Some(epc);
    scan.without_epc = None;
    Ok(scan)
}

/// A label's elements, held to what they need beside them.
fn whole(elements: ElementString, options: &Options) -> Result<Scan, ScanError> {
    if !options.partial {
        elements.check_associations()?;
    }
    Ok(Scan::of_elements(Kind::ElementString, elements, options)?)
}

const SEPARATORS_REMEDY: &str = "set the scanner to send separators as GS (0x1D) and say that they are kept, or type the elements in brackets as printed";

/// What was sent of a GS1 symbol.
fn gs1(text: &str, options: &Options) -> Result<Scan, ScanError> {
    if text.starts_with('(') {
        return whole(ElementString::parse_bracketed(text)?, options);
    }
    let (mut text, replaced) = separators::restore(text);
    let mut notes = Vec::new();
    if replaced {
        notes.push("separators were sent by name and put back".to_owned());
    }
    let foreign = separators::foreign(&text);
    match (&foreign[..], text.contains(GS)) {
        ([], _) => {}
        // Blanks between identifiers and values, as people copy a label.
        ([' '], false) if ElementString::parse_raw(&text.replace(' ', "\u{1d}")).is_err() => {
            text.retain(|character| character != ' ');
        }
        ([stand_in], false) => {
            text = text.replace(*stand_in, "\u{1d}");
            notes.push(format!(
                "`{}` stands for separators; set the scanner to send GS (0x1D)",
                stand_in.escape_default()
            ));
        }
        _ => {
            let list = foreign.iter().take(8);
            let list: String = list.flat_map(|c| c.escape_default()).collect();
            return refused(
                &text,
                format!("`{list}` cannot be part of a GS1 element, nor stand for separators"),
                SEPARATORS_REMEDY,
            );
        }
    }
    let mut scan = if text.contains(GS) || options.separators == Separators::Kept {
        whole(ElementString::parse_raw(&text)?, options)?
    } else {
        without_separators(&text, options)?
    };
    scan.notes.extend(notes);
    Ok(scan)
}

/// Elements of which no separator arrived, for there was none or it was lost.
fn without_separators(text: &str, options: &Options) -> Result<Scan, ScanError> {
    let as_sent = ElementString::parse_raw(text).and_then(|elements| {
        match options.partial {
            true => Ok(()),
            false => elements.check_associations(),
        }
        .map(|()| elements)
    });
    let readings = recover::readings(text, as_sent.is_err(), !options.partial);
    let others: Vec<ElementString> = readings
        .found
        .into_iter()
        .filter(|reading| as_sent.as_ref().ok() != Some(reading))
        .collect();
    match (as_sent, &others[..]) {
        (Ok(elements), []) if !readings.cut_short => whole(elements, options),
        (Err(error), []) => Err(error.into()),
        (Err(_), [only]) if !readings.cut_short => {
            let mut scan = whole(only.clone(), options)?;
            scan.notes.push(
                "separators were lost; no other reading satisfies the rules of GS1".to_owned(),
            );
            Ok(scan)
        }
        (as_sent, _) => {
            let readings = as_sent.iter().chain(&others).take(4);
            Err(ScanError::ambiguous(
                text,
                readings.map(|reading| format!("`{reading}`")).collect(),
                SEPARATORS_REMEDY,
            ))
        }
    }
}

/// A mark on a military item.
fn mark(text: &str, options: &Options) -> Result<Scan, ScanError> {
    let (restored, _) = separators::restore(text);
    let mut notes = Vec::new();
    let message = match straightened(&restored) {
        Some((message, note)) => {
            notes.extend(note);
            Message::parse(&message)?
        }
        None => lost(&restored.replace([RS, message::EOT], ""), &mut notes)?,
    };
    let mut scan = match message.elements()? {
        Some(elements) => {
            if !options.partial {
                elements.check_associations()?;
            }
            Scan::of_elements(Kind::Mark, elements, options)?
        }
        None => Scan::new(Kind::Mark),
    };
    scan.data.add_message(&message)?;
    if let Some(uii) = message.uii()? {
        scan.data.add_uii(&uii);
        match uii.epc() {
            Ok(epc) => (scan.epc, scan.without_epc) = (Some(epc), None),
            Err(error) if scan.epc.is_none() => scan.without_epc = Some(error),
            Err(_) => {}
        }
        scan.uii = Some(uii);
    }
    if scan.epc.is_none() && scan.without_epc.is_none() {
        scan.without_epc = Some(IdentifierError::new(
            text,
            "the mark names no single item",
            "scan the mark that has a serial number",
        ));
    }
    scan.notes = notes;
    Ok(scan)
}

/// A message with its own separators, whatever stood for them; `None` where they are lost.
fn straightened(text: &str) -> Option<(String, Option<String>)> {
    let behind = text.strip_prefix(HEADER)?;
    if behind.starts_with(RS) && behind.contains(GS) {
        return Some((text.to_owned(), None));
    }
    let format = |text: &str| {
        text.get(..2)
            .is_some_and(|start| matches!(start, "05" | "06" | "12" | "DD"))
    };
    if format(behind) && behind.contains(GS) {
        return Some((
            format!("{HEADER}{RS}{behind}"),
            Some("RS was lost and put back".to_owned()),
        ));
    }
    // One character or two stand for RS and GS: the first is behind the header, the second behind the format.
    let of_values = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/');
    let for_rs = behind.chars().next().filter(|c| !of_values(c))?;
    let inner = behind.strip_prefix(for_rs)?;
    let for_gs = inner.get(2..)?.chars().next().filter(|c| !of_values(c))?;
    if !format(inner) {
        return None;
    }
    let body = inner.trim_end_matches([for_rs, for_gs, message::EOT]);
    let body = match for_rs == for_gs {
        true => body.replace(for_gs, "\u{1d}"),
        false => body.replace(for_gs, "\u{1d}").replace(for_rs, "\u{1e}"),
    };
    let note = format!(
        "`{}` stands for separators; set the scanner to send RS and GS",
        for_gs.escape_default()
    );
    Some((format!("{HEADER}{RS}{body}{RS}"), Some(note)))
}

/// The only reading of a mark without separators.
fn lost(text: &str, notes: &mut Vec<String>) -> Result<Message, ScanError> {
    const REMEDY: &str = "set the scanner to send control characters (RS 0x1E, GS 0x1D, EOT 0x04)";
    let mut found = message::recover(text).unwrap_or_default();
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => {
            notes.push(
                "separators were lost; no other reading makes an item's identifier".to_owned(),
            );
            Ok(only)
        }
        (Some(last), false) => {
            found.push(last);
            let readings = found.iter().take(4).map(|message| {
                let fields = message.fields().iter();
                let fields: Vec<String> = fields
                    .map(|field| format!("{} {}", field.name, field.value))
                    .collect();
                format!("`{}`", fields.join(", "))
            });
            Err(ScanError::ambiguous(text, readings.collect(), REMEDY))
        }
        (None, _) => refused(text, "the separators of the mark are lost", REMEDY),
    }
}
