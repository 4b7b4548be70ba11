//! Application identifiers: what each one's value has to look like, what it needs beside it and what it excludes.
//!
//! Flow: [`table`](super::table) is read once; [`Ai::get`] and [`Ai::at_start`] find an identifier; [`Ai::check`] holds a value
//! to its format. Identifiers are prefix-free: no identifier starts with another.

use super::{checks::Check, table::TABLE};
use crate::identifiers::gs1::{is_character_39, is_character_82};
use std::{collections::BTreeMap, ops::RangeInclusive, sync::LazyLock};

/// One application identifier (GS1 General Specifications section 3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ai {
    code: String,
    pub(super) title: &'static str,
    pub(super) predefined: bool,
    pub(super) link_attribute: bool,
    pub(super) parts: Vec<Part>,
    pub(super) needs: Vec<Vec<Vec<&'static str>>>,
    pub(super) excludes: Vec<&'static str>,
}

/// One part of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) set: Set,
    /// Length, characters.
    pub(super) length: RangeInclusive<usize>,
    pub(super) optional: bool,
    pub(super) checks: Vec<Check>,
}

/// What characters a part is made of (GS1 General Specifications section 7.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    /// 0 to 9.
    Digits,
    /// The 82 characters of figure 7.11-1.
    Set82,
    /// The 39 characters of figure 7.11-2.
    Set39,
    /// File-safe base64 (RFC 4648 section 5).
    Base64Url,
}

static ALL: LazyLock<BTreeMap<String, Ai>> = LazyLock::new(|| {
    TABLE
        .lines()
        .filter_map(read_row)
        .flatten()
        .map(|ai| (ai.code.clone(), ai))
        .collect()
});

impl Ai {
    /// The identifier whose digits are `code`.
    pub fn get(code: &str) -> Option<&'static Self> {
        ALL.get(code)
    }

    /// The identifier that `text` starts with.
    pub fn at_start(text: &str) -> Option<&'static Self> {
        (2..=4).find_map(|length| Self::get(text.get(..length)?))
    }

    /// All of them, ascending.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        ALL.values()
    }

    /// Its digits.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Its data title, as printed beside values; empty where it has none.
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// Whether its length is predefined, so that the next identifier follows without a separator.
    pub fn has_predefined_length(&self) -> bool {
        self.predefined
    }

    /// Whether it may stand in the query of a Digital Link.
    pub fn is_link_attribute(&self) -> bool {
        self.link_attribute
    }

    /// Whether companies use it as they agree among themselves (90 to 99).
    pub fn is_internal(&self) -> bool {
        self.code.len() == 2 && self.code.starts_with('9')
    }

    /// Shortest and longest value, characters.
    pub fn lengths(&self) -> RangeInclusive<usize> {
        let least = |part: &Part| match part.optional {
            true => 0,
            false => *part.length.start(),
        };
        self.parts.iter().map(least).sum()..=self.parts.iter().map(|part| part.length.end()).sum()
    }

    /// Holds `value` to the format: length, characters, and each part's checks.
    ///
    /// # Errors
    /// The fault and the remedy, in words.
    pub fn check(&self, value: &str) -> Result<(), (String, String)> {
        let lengths = self.lengths();
        if !value.is_ascii() || !lengths.contains(&value.len()) {
            let wanted = match lengths.start() == lengths.end() {
                true => lengths.start().to_string(),
                false => format!("{} to {}", lengths.start(), lengths.end()),
            };
            return Err((
                format!("it has {} characters", value.chars().count()),
                format!("write {wanted} characters"),
            ));
        }
        let mut rest = value;
        for part in &self.parts {
            if rest.is_empty() && part.optional {
                break;
            }
            let (text, behind) = rest.split_at(rest.len().min(*part.length.end()));
            rest = behind;
            part.check(text)?;
        }
        Ok(())
    }
}

impl Part {
    fn check(&self, text: &str) -> Result<(), (String, String)> {
        if !self.length.contains(&text.len()) {
            return Err((
                format!("the part `{text}` has {} characters", text.len()),
                format!("write {} characters", self.length.end()),
            ));
        }
        if let Some(wrong) = text.bytes().find(|byte| !self.set.has(*byte)) {
            return Err((
                format!(
                    "`{}` is not {}",
                    char::from(wrong).escape_default(),
                    self.set.words()
                ),
                "compare it with the label".to_owned(),
            ));
        }
        for check in &self.checks {
            check.run(text)?;
        }
        Ok(())
    }
}

impl Set {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Digits => byte.is_ascii_digit(),
            Self::Set82 => is_character_82(byte),
            Self::Set39 => is_character_39(byte),
            Self::Base64Url => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'='),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Digits => "a digit",
            Self::Set82 => "one of the 82 characters of GS1 values",
            Self::Set39 => "one of A to Z, 0 to 9, #, - and /",
            Self::Base64Url => "one of A to Z, a to z, 0 to 9, -, _ and =",
        }
    }
}

/// The identifiers of one row; `None` where it is malformed, which a test excludes.
fn read_row(row: &'static str) -> Option<Vec<Ai>> {
    let columns: Vec<&'static str> = row.split(" | ").collect();
    let [codes, flags, format, needs, excludes, title] = columns[..] else {
        return None;
    };
    let parts: Vec<Part> = format
        .split(' ')
        .map(read_part)
        .collect::<Option<Vec<Part>>>()?;
    let needs = words(needs, " & ").map(|group| {
        words(group, " ")
            .map(|together| together.split('+').collect())
            .collect()
    });
    let template = Ai {
        code: String::new(),
        title,
        predefined: flags.contains('F'),
        link_attribute: flags.contains('Q'),
        parts,
        needs: needs.collect(),
        excludes: words(excludes, " ").collect(),
    };
    let (first, last) = codes.split_once('-').unwrap_or((codes, codes));
    let numbers = first.parse::<u16>().ok()?..=last.parse().ok()?;
    let width = first.len();
    Some(
        numbers
            .map(|number| Ai {
                code: format!("{number:0width$}"),
                ..template.clone()
            })
            .collect(),
    )
}

fn words(column: &'static str, between: &'static str) -> impl Iterator<Item = &'static str> {
    column.split(between).filter(|word| *word != "-")
}

fn read_part(text: &str) -> Option<Part> {
    let inner = text.strip_prefix('[').map(|text| text.replacen(']', "", 1));
    let optional = inner.is_some();
    let inner = inner.unwrap_or_else(|| text.to_owned());
    let mut fields = inner.split(':');
    let shape = fields.next()?;
    let (set, length) = shape.split_at_checked(1)?;
    let set = match set {
        "N" => Set::Digits,
        "X" => Set::Set82,
        "Y" => Set::Set39,
        "Z" => Set::Base64Url,
        _ => return None,
    };
    let length = match length.strip_prefix("..") {
        Some(max) => 1..=max.parse().ok()?,
        None => length.parse().ok()?..=length.parse().ok()?,
    };
    Some(Part {
        set,
        length,
        optional,
        checks: fields.map(Check::named).collect::<Option<Vec<_>>>()?,
    })
}

/// Whether an identifier's digits fit a pattern of digits and `n`.
pub(super) fn fits(pattern: &str, code: &str) -> bool {
    pattern.len() == code.len()
        && pattern
            .bytes()
            .zip(code.bytes())
            .all(|(want, have)| want == b'n' || want == have)
}
