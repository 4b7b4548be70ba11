//! GS1 Digital Link URIs (GS1 Digital Link Standard: URI Syntax 1.2), of any domain.
//!
//! A link is recognised by a primary key's application identifier as a path segment, a value that fits
//! that key with a right check digit, and only known key qualifiers behind it.

use super::{
    IdentifierError,
    gs1::{
        all_digits, check_digit_holds, is_character_39, is_character_82, percent_decoded,
        percent_encoded, stays_in_link,
    },
};

/// Names of earlier versions of the standard, with the application identifier each stands for.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("gtin", "01"),
    ("itip", "8006"),
    ("cpid", "8010"),
    ("gln", "414"),
    ("party", "417"),
    ("gsrnp", "8017"),
    ("gsrn", "8018"),
    ("gcn", "255"),
    ("sscc", "00"),
    ("gdti", "253"),
    ("ginc", "401"),
    ("gsin", "402"),
    ("grai", "8003"),
    ("giai", "8004"),
    ("cpv", "22"),
    ("lot", "10"),
    ("ser", "21"),
];

fn application_identifier(segment: &str) -> &str {
    SHORT_NAMES
        .iter()
        .find(|(name, _)| *name == segment)
        .map_or(segment, |(_, ai)| ai)
}

/// Reads a web address as a Digital Link: `None` when it does not resemble one, an error when it
/// resembles one that breaks a rule, otherwise the canonical path such as `01/09521141123454/21/7`.
pub(super) fn candidate(text: &str) -> Option<Result<String, IdentifierError>> {
    read(text, true)
}

/// The canonical path of a web address shaped as a Digital Link, whatever its check digit.
pub(super) fn shaped(text: &str) -> Option<String> {
    read(text, false)?.ok()
}

/// Whether `path` is exactly what [`candidate`] makes of a Digital Link.
pub(super) fn is_canonical(path: &str) -> bool {
    is_plainly_canonical(path) || is_canonical_taken_apart(path)
}

/// Whether `path` is a GTIN, GLN or SSCC with at most one qualifier that needs no escapes, as nearly all that are stored: seen
/// without a copy. `false` says nothing.
fn is_plainly_canonical(path: &str) -> bool {
    let Some((ai, rest)) = path.split_once('/') else {
        return false;
    };
    let (digits, qualifiers): (usize, &[&str]) = match ai {
        "01" => (14, &["/21/", "/10/"]),
        "414" => (13, &["/254/"]),
        "00" => (18, &[]),
        _ => return false,
    };
    let Some((key, tail)) = rest.split_at_checked(digits) else {
        return false;
    };
    let value = qualifiers.iter().find_map(|name| tail.strip_prefix(name));
    let fits = |value: &str| {
        (1..=20).contains(&value.len())
            && value.bytes().all(stays_in_link)
            && !(ai == "414" && value == "0")
    };
    all_digits(key) && check_digit_holds(key) && (tail.is_empty() || value.is_some_and(fits))
}

fn is_canonical_taken_apart(path: &str) -> bool {
    let mut segments = path.split('/');
    let (Some(ai), Some(value)) = (segments.next(), segments.next()) else {
        return false;
    };
    let qualifiers: Vec<&str> = segments.collect();
    percent_decoded(value)
        .filter(|value| resembles(ai, value))
        .and_then(|value| canonical(ai, &value, &qualifiers, true).ok())
        .is_some_and(|canonical| canonical == path)
}

/// What a Digital Link says beyond its canonical form: every key, qualifier and attribute of its path and query as identifier
/// and value, in order. `None` where it is no Digital Link.
pub(super) fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    candidate(text)?.ok()?;
    let rest = text.split_once("://")?.1;
    let rest = rest.split('#').next().unwrap_or(rest);
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let segments: Vec<&str> = path
        .split('/')
        .skip(1)
        .filter(|segment| !segment.is_empty())
        .collect();
    // The key is where the reading above found it: the first place whose pair resembles one and is whole.
    let start = (0..segments.len().saturating_sub(1)).find(|at| {
        let ai = application_identifier(segments[*at]);
        percent_decoded(segments[at + 1]).is_some_and(|value| {
            resembles(ai, &value) && canonical(ai, &value, &segments[at + 2..], true).is_ok()
        })
    })?;
    let mut pairs = Vec::new();
    for pair in segments[start..].chunks_exact(2) {
        let ai = application_identifier(pair[0]);
        let value = percent_decoded(pair[1])?;
        let value = match ai {
            "01" => format!("{value:0>14}"),
            _ => value,
        };
        pairs.push((ai.to_owned(), value));
    }
    for attribute in query.split(['&', ';']) {
        if let Some((name, value)) = attribute.split_once('=')
            && all_digits(name)
        {
            pairs.push((name.to_owned(), percent_decoded(value)?));
        }
    }
    Some(pairs)
}

fn read(text: &str, strict: bool) -> Option<Result<String, IdentifierError>> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))?;
    let path = rest.split(['?', '#']).next().unwrap_or(rest);
    let mut segments: Vec<&str> = path.split('/').skip(1).collect();
    if segments.last().is_some_and(|last| last.is_empty()) {
        segments.pop();
    }
    let mut fault = None;
    for at in 0..segments.len().saturating_sub(1) {
        let ai = application_identifier(segments[at]);
        let Some(value) = percent_decoded(segments[at + 1]) else {
            continue;
        };
        if !resembles(ai, &value) {
            continue;
        }
        match canonical(ai, &value, &segments[at + 2..], strict) {
            Ok(path) => return Some(Ok(path)),
            Err((what, remedy)) => fault = fault.or(Some(IdentifierError::new(text, what, remedy))),
        }
    }
    fault.map(Err)
}

/// A primary key's identifier, followed by at least four digits as every GS1 key has.
fn resembles(ai: &str, value: &str) -> bool {
    matches!(
        ai,
        "00" | "01"
            | "253"
            | "255"
            | "401"
            | "402"
            | "414"
            | "417"
            | "8003"
            | "8004"
            | "8006"
            | "8010"
            | "8017"
            | "8018"
    ) && value.get(..4).is_some_and(all_digits)
}

type Fault = (String, String);

fn fault<T>(what: impl Into<String>, remedy: impl Into<String>) -> Result<T, Fault> {
    Err((what.into(), remedy.into()))
}

fn canonical(ai: &str, value: &str, qualifiers: &[&str], strict: bool) -> Result<String, Fault> {
    let checked = |ai: &str, key: &str| if strict { checked(ai, key) } else { Ok(()) };
    let key = match ai {
        "01" => {
            gtin_length(value)?;
            checked(ai, value)?;
            format!("{value:0>14}")
        }
        "8006" => {
            digits(ai, value, 18)?;
            checked(ai, &value[..14])?;
            value.to_owned()
        }
        "8003" => {
            digits(ai, value.get(..14).unwrap_or(value), 14)?;
            checked(ai, &value[1..14])?;
            tail(ai, value, 14, 16)?
        }
        "253" => {
            digits(ai, value.get(..13).unwrap_or(value), 13)?;
            checked(ai, &value[..13])?;
            tail(ai, value, 13, 17)?
        }
        "255" => {
            digits(ai, value.get(..13).unwrap_or(value), 13)?;
            checked(ai, &value[..13])?;
            let serial = &value[13..];
            if serial.len() > 12 || !(serial.is_empty() || all_digits(serial)) {
                return fault(
                    "the serial of AI (255) is not 1 to 12 digits",
                    "correct the serial",
                );
            }
            value.to_owned()
        }
        "8004" | "401" => tail(ai, value, 0, 30)?,
        "8010" => match value.len() <= 30 && value.bytes().all(is_character_39) {
            true => percent_encoded(value, stays_in_link),
            false => {
                return fault(
                    "AI (8010) takes at most 30 of A to Z, 0 to 9, #, - and /",
                    "correct the part number",
                );
            }
        },
        _ => {
            let length = match ai {
                "00" | "8017" | "8018" => 18,
                "402" => 17,
                _ => 13,
            };
            digits(ai, value, length)?;
            checked(ai, value)?;
            value.to_owned()
        }
    };
    let finest = finest_qualifier(ai, qualifiers)?;
    Ok(format!("{ai}/{key}{finest}"))
}

fn digits(ai: &str, value: &str, length: usize) -> Result<(), Fault> {
    if value.len() == length && all_digits(value) {
        return Ok(());
    }
    fault(
        format!("the value of AI ({ai}) does not start with {length} digits, or is longer"),
        "write the whole key",
    )
}

fn checked(ai: &str, key: &str) -> Result<(), Fault> {
    if check_digit_holds(key) {
        return Ok(());
    }
    let right = super::check_digit(&key[..key.len() - 1]);
    fault(
        format!(
            "the check digit of AI ({ai}) is {} and should be {right}",
            &key[key.len() - 1..]
        ),
        "compare the key with its label",
    )
}

fn gtin_length(value: &str) -> Result<(), Fault> {
    match matches!(value.len(), 8 | 12 | 13 | 14) && all_digits(value) {
        true => Ok(()),
        false => fault("a GTIN has 8, 12, 13 or 14 digits", "write the whole GTIN"),
    }
}

/// `value` encoded, when what follows its first `fixed` characters is at most `max` allowed characters.
fn tail(ai: &str, value: &str, fixed: usize, max: usize) -> Result<String, Fault> {
    let rest = &value[fixed..];
    if rest.len() > max || !rest.bytes().all(is_character_82) {
        return fault(
            format!(
                "the value of AI ({ai}) has more than {max} characters behind its digits, or one that GS1 keys do not have"
            ),
            "correct the reference or serial",
        );
    }
    Ok(format!(
        "{}{}",
        &value[..fixed],
        percent_encoded(rest, stays_in_link)
    ))
}

/// The qualifier that names the finest level, as `/AI/value`, or nothing; others are dropped.
fn finest_qualifier(key: &str, segments: &[&str]) -> Result<String, Fault> {
    let known: &[(&str, bool)] = match key {
        "01" => &[("22", false), ("10", true), ("21", true), ("235", true)],
        "8006" => &[("22", false), ("10", true), ("21", true)],
        "8010" => &[("8011", true)],
        "414" => &[("254", true), ("7040", false)],
        "8017" | "8018" => &[("8019", false)],
        _ => &[],
    };
    let mut found: Option<(&str, String)> = None;
    if !segments.len().is_multiple_of(2) {
        return fault(
            "a key qualifier has no value",
            "end the path behind a value",
        );
    }
    for pair in segments.chunks_exact(2) {
        let ai = application_identifier(pair[0]);
        let Some((_, names)) = known.iter().find(|(name, _)| *name == ai) else {
            return fault(
                format!("({}) is no qualifier of AI ({key})", pair[0]),
                "remove it from the path",
            );
        };
        let value = percent_decoded(pair[1]).filter(|value| qualifier_fits(ai, value));
        let Some(value) = value else {
            return fault(
                format!(
                    "the value of AI ({ai}) is empty, too long or has a character that GS1 keys do not have"
                ),
                "correct it",
            );
        };
        let coarser = matches!((&found, ai), (Some((before, _)), "10") if *before != "10");
        let third_party = matches!((&found, ai), (Some(("21", _)), "235"));
        let no_inner_place = ai == "254" && value == "0";
        if *names && !coarser && !third_party && !no_inner_place {
            found = Some((ai, value));
        }
    }
    Ok(found.map_or_else(String::new, |(ai, value)| {
        format!("/{ai}/{}", percent_encoded(&value, stays_in_link))
    }))
}

fn qualifier_fits(ai: &str, value: &str) -> bool {
    let length_max = match ai {
        "235" => 28,
        "8011" => 12,
        "8019" => 10,
        "7040" => 4,
        _ => 20,
    };
    let numeric = matches!(ai, "8011" | "8019");
    (1..=length_max).contains(&value.len())
        && if numeric {
            all_digits(value)
        } else {
            value.bytes().all(is_character_82)
        }
        && !(ai == "8011" && value.len() > 1 && value.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_plainly_canonical_is_canonical(
            ai in "01|414|00|8004|253", key in "[0-9]{12,18}", qualifier in "(/21/|/10/|/254/|/22/|/235/|/)?",
            value in "[0-9A-Za-z'.;=_%/!-]{0,22}", exact: bool,
        ) {
            let digits = match ai.as_str() { "01" => 14, "00" => 18, _ => 13 };
            let mut key = format!("{key:0>18}")[18 - digits..].to_owned();
            if exact {
                key.pop();
                key = crate::identifiers::gs1::with_check_digit(&key);
            }
            for path in [format!("{ai}/{key}{qualifier}{value}"), format!("{ai}/{key}")] {
                if is_plainly_canonical(&path) {
                    prop_assert!(is_canonical_taken_apart(&path), "{}", path);
                }
            }
        }
    }

    #[test]
    fn common_keys_are_plainly_canonical() {
        for path in [
            "01/09521321123454",
            "01/09521321123454/21/7",
            "01/09521321123454/10/A-1",
            "414/9521321000010",
            "414/9521321000010/254/1A",
            "00/095213210000000016",
        ] {
            assert_eq!(
                is_canonical_taken_apart(path),
                is_plainly_canonical(path),
                "{path}"
            );
        }
        for path in ["01/09521321123454/21/7", "414/9521321000010/254/1A"] {
            let digits = if path.starts_with("01") { 3..16 } else { 4..16 };
            let right = crate::identifiers::check_digit(&path[digits.clone()]);
            let path = format!("{}{right}{}", &path[..digits.end], &path[digits.end + 1..]);
            assert!(is_plainly_canonical(&path), "{path}");
        }
        for path in [
            "414/9521321000010/254/0",
            "01/09521321123454/21/",
            "01/09521321123454/21/%2F",
            "01",
        ] {
            assert!(!is_plainly_canonical(path), "{path}");
        }
    }
}
