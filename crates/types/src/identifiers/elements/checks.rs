//! What a part of a value has to satisfy beyond its length and characters.
//!
//! Each check is a rule of the GS1 General Specifications 25 (the section is at the rule) or of the list or number that it
//! refers to. A check gives the fault and the remedy in words; the caller names the identifier.

use super::{coupons, lists};
use crate::identifiers::gs1::{all_digits, check_digit, check_digit_holds};

/// A rule for one part of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    Digit,
    Pair,
    Prefix,
    Prefix2,
    Country,
    CountryOrMany,
    CountryLetters,
    Currency,
    Sex,
    Date,
    MonthDate,
    LongDate,
    HourMinute,
    Hour,
    Minute,
    Second,
    Escapes,
    Flag,
    Minus,
    Latitude,
    Longitude,
    Positive,
    Zero,
    Winding,
    Pieces,
    BirthOrder,
    Letter,
    PlainNumber,
    Importer,
    Package,
    Medium,
    Iban,
    Coupon,
    Offer,
}

/// Name in the table, check, and its name in the published syntax dictionary.
pub(super) const NAMES: &[(&str, Check, &str)] = &[
    ("digit", Check::Digit, "csum"),
    ("pair", Check::Pair, "csumalpha"),
    ("prefix", Check::Prefix, "gcppos1"),
    ("prefix2", Check::Prefix2, "gcppos2"),
    ("country", Check::Country, "iso3166"),
    ("country999", Check::CountryOrMany, "iso3166999"),
    ("country2", Check::CountryLetters, "iso3166alpha2"),
    ("currency", Check::Currency, "iso4217"),
    ("sex", Check::Sex, "iso5218"),
    ("date", Check::Date, "yymmdd"),
    ("month-date", Check::MonthDate, "yymmd0"),
    ("long-date", Check::LongDate, "yyyymmdd"),
    ("hour-minute", Check::HourMinute, "hhmi"),
    ("hour", Check::Hour, "hh"),
    ("minute", Check::Minute, "mi"),
    ("second", Check::Second, "ss"),
    ("escapes", Check::Escapes, "pcenc"),
    ("flag", Check::Flag, "yesno"),
    ("minus", Check::Minus, "hyphen"),
    ("latitude", Check::Latitude, "latitude"),
    ("longitude", Check::Longitude, "longitude"),
    ("positive", Check::Positive, "nonzero"),
    ("zero", Check::Zero, "zero"),
    ("winding", Check::Winding, "winding"),
    ("pieces", Check::Pieces, "pieceoftotal"),
    ("birth-order", Check::BirthOrder, "posinseqslash"),
    ("letter", Check::Letter, "hasnondigit"),
    ("plain-number", Check::PlainNumber, "nozeroprefix"),
    ("importer", Check::Importer, "importeridx"),
    ("package", Check::Package, "packagetype"),
    ("medium", Check::Medium, "mediatype"),
    ("iban", Check::Iban, "iban"),
    ("coupon", Check::Coupon, "couponcode"),
    ("offer", Check::Offer, "couponposoffer"),
];

/// The fault and the remedy.
pub(super) type Fault = (String, String);

pub(super) fn fault<T>(what: impl Into<String>, remedy: impl Into<String>) -> Result<T, Fault> {
    Err((what.into(), remedy.into()))
}

fn require(holds: bool, what: &str, remedy: &str) -> Result<(), Fault> {
    match holds {
        true => Ok(()),
        false => fault(what, remedy),
    }
}

impl Check {
    /// The check that the table calls `name`.
    pub(super) fn named(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(known, _, _)| *known == name)
            .map(|(_, check, _)| *check)
    }

    /// Holds `text`, whose characters and length are right, to the rule.
    pub(super) fn run(self, text: &str) -> Result<(), Fault> {
        match self {
            Self::Digit => digit(text),
            Self::Pair => pair(text),
            Self::Prefix => prefix(text),
            Self::Prefix2 => prefix(text.get(1..).unwrap_or_default()),
            Self::Country | Self::CountryOrMany | Self::CountryLetters | Self::Currency => {
                self.listed(text)
            }
            Self::Package | Self::Medium => self.listed(text),
            Self::Date => date(text, false),
            Self::MonthDate => date(text, true),
            Self::LongDate => long_date(text),
            Self::HourMinute => {
                below(text.get(..2), 24, "hour")?;
                below(text.get(2..), 60, "minute")
            }
            Self::Hour => below(Some(text), 24, "hour"),
            Self::Minute => below(Some(text), 60, "minute"),
            Self::Second => below(Some(text), 60, "second"),
            Self::Escapes => escapes(text),
            Self::Latitude => at_most(
                text,
                1_800_000_000,
                "the latitude (degrees + 90, times 10^7)",
            ),
            Self::Longitude => at_most(text, 3_600_000_000, "the longitude (degrees, times 10^7)"),
            Self::Pieces => pieces(text),
            Self::BirthOrder => birth_order(text),
            Self::Iban => iban(text),
            Self::Coupon => coupons::coupon(text),
            Self::Offer => coupons::offer(text),
            simple => simple.character(text),
        }
    }

    /// The rules about single characters.
    fn character(self, text: &str) -> Result<(), Fault> {
        let (holds, what, remedy) = match self {
            Self::Sex => (
                matches!(text, "0" | "1" | "2" | "9"),
                "it is no code of ISO/IEC 5218",
                "write 0 (not known), 1, 2 or 9 (not applicable)",
            ),
            Self::Flag => (
                matches!(text, "0" | "1"),
                "it is neither 0 nor 1",
                "write 1 for yes, 0 for no",
            ),
            Self::Minus => (
                !text.is_empty() && text.bytes().all(|byte| byte == b'-'),
                "the sign is not a hyphen",
                "write - behind a negative temperature, nothing behind a positive one",
            ),
            Self::Positive => (
                text.bytes().any(|byte| byte != b'0'),
                "it is zero",
                "write the measured value",
            ),
            Self::Zero => (
                text.bytes().all(|byte| byte == b'0'),
                "the first digit is not 0",
                "put a 0 before the key",
            ),
            Self::Winding => (
                matches!(text, "0" | "1" | "9"),
                "the winding direction is unknown",
                "write 0 (face out), 1 (face in) or 9 (undefined)",
            ),
            Self::Letter => (
                text.bytes().any(|byte| !byte.is_ascii_digit()),
                "it has digits only",
                "it needs one character at least that is no digit",
            ),
            // A single 0 stands: TDS 2.0 has serial numbers of components from 0 on.
            Self::PlainNumber => (
                text == "0" || !text.starts_with('0'),
                "it starts with 0",
                "leave leading zeros out",
            ),
            _ => (
                text.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')),
                "the importer index is not one of 0 to 9, A to Z, a to z, - and _",
                "correct the last character",
            ),
        };
        require(holds, what, remedy)
    }

    /// The rules that a code is in a list.
    fn listed(self, code: &str) -> Result<(), Fault> {
        let (holds, list) = match self {
            Self::Country => (
                lists::is_country_number(code),
                "country of ISO 3166-1 (numeric)",
            ),
            Self::CountryOrMany => (
                code == "999" || lists::is_country_number(code),
                "country of ISO 3166-1 (numeric), or 999 for several",
            ),
            Self::CountryLetters => (lists::is_country(code), "country of ISO 3166-1 (alpha-2)"),
            Self::Currency => (
                lists::is_currency_number(code),
                "currency of ISO 4217 (numeric)",
            ),
            Self::Package => (
                lists::is_package(code),
                "package of UN/ECE Recommendation 21",
            ),
            _ => (
                matches!(code.parse(), Ok(1..=10 | 80..=99)),
                "medium of the list AIDC media type (01 to 10, 80 to 99)",
            ),
        };
        match holds {
            true => Ok(()),
            false => fault(format!("`{code}` is no {list}"), "correct the code"),
        }
    }
}

/// Check digit, section 7.9.1.
fn digit(text: &str) -> Result<(), Fault> {
    if check_digit_holds(text) {
        return Ok(());
    }
    let at = text.len().saturating_sub(1);
    let right = check_digit(text.get(..at).unwrap_or_default());
    fault(
        format!(
            "the check digit is {} and should be {right}",
            text.get(at..).unwrap_or_default()
        ),
        "compare the key with its label",
    )
}

/// What the characters of a check character pair stand for (section 7.9.5): their places in this text.
const PAIR: &str = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Characters by their value (section 7.9.5, figure 7.9.5-1).
const VALUES: &str =
    "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
/// The weights: primes, from the character before the pair leftwards.
const PRIMES: [u32; 23] = [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83,
];

/// Check character pair, section 7.9.5.
fn pair(text: &str) -> Result<(), Fault> {
    let Some((body, found)) = text
        .len()
        .checked_sub(2)
        .and_then(|at| text.split_at_checked(at))
        .filter(|(body, _)| body.len() <= PRIMES.len())
    else {
        return fault(
            "it is too short or too long to have a check character pair",
            "write the whole key",
        );
    };
    let sum: u32 = body
        .chars()
        .rev()
        .zip(PRIMES)
        .map(|(character, weight)| {
            u32::try_from(VALUES.find(character).unwrap_or_default()).unwrap_or_default() * weight
        })
        .sum();
    let places = [sum % 1021 / 32, sum % 1021 % 32];
    let right: String = places
        .iter()
        .filter_map(|place| PAIR.chars().nth(usize::try_from(*place).ok()?))
        .collect();
    match right == found {
        true => Ok(()),
        false => fault(
            format!("the check character pair is {found} and should be {right}"),
            "compare the key with its label",
        ),
    }
}

/// A GS1 company prefix has 4 digits at least (section 1.4).
fn prefix(text: &str) -> Result<(), Fault> {
    match text.get(..4).is_some_and(all_digits) {
        true => Ok(()),
        false => fault(
            "it does not start with a GS1 company prefix",
            "write the digits of the company prefix first",
        ),
    }
}

fn number(text: Option<&str>) -> u32 {
    text.and_then(|text| text.parse().ok()).unwrap_or(u32::MAX)
}

fn below(text: Option<&str>, limit: u32, name: &str) -> Result<(), Fault> {
    match number(text) < limit {
        true => Ok(()),
        false => fault(
            format!("the {name} is not 00 to {}", limit - 1),
            format!("correct the {name}"),
        ),
    }
}

fn at_most(text: &str, max: u64, name: &str) -> Result<(), Fault> {
    match text.parse::<u64>().is_ok_and(|value| value <= max) {
        true => Ok(()),
        false => fault(format!("{name} is over {max}"), "correct the coordinate"),
    }
}

/// YYMMDD, section 3.4; day 00 where `month_only` allows that only the month is given.
fn date(text: &str, month_only: bool) -> Result<(), Fault> {
    // Of the years that two digits can mean, those divisible by 4 are leap years, 2000 included.
    let year = number(text.get(..2));
    calendar(year, text.get(2..4), text.get(4..6), month_only)
}

fn long_date(text: &str) -> Result<(), Fault> {
    calendar(number(text.get(..4)), text.get(4..6), text.get(6..8), false)
}

fn calendar(
    year: u32,
    month: Option<&str>,
    day: Option<&str>,
    month_only: bool,
) -> Result<(), Fault> {
    let (month, day) = (number(month), number(day));
    if !(1..=12).contains(&month) {
        return fault("the month is not 01 to 12", "write the date as YYMMDD");
    }
    let days = days_of(year, month);
    match (1..=days).contains(&day) || (month_only && day == 0) {
        true => Ok(()),
        false => fault(
            format!("the day is not 01 to {days}"),
            if month_only {
                "correct the day, or write 00 where only the month is known"
            } else {
                "correct the day"
            },
        ),
    }
}

/// Days of a month.
pub(in super::super) fn days_of(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Percent-encoded characters, section 3.8.
fn escapes(text: &str) -> Result<(), Fault> {
    let mut pieces = text.split('%').skip(1);
    let whole = pieces.all(|piece| {
        piece
            .as_bytes()
            .get(..2)
            .is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit))
    });
    require(
        whole,
        "a % is not followed by two hexadecimal digits",
        "write % as %25",
    )
}

/// Piece and total, two digits each, section 3.9.6.
fn pieces(text: &str) -> Result<(), Fault> {
    let (piece, total) = (number(text.get(..2)), number(text.get(2..4)));
    require(
        piece > 0 && total > 0 && piece <= total,
        "piece and total do not fit: 01 is the first piece, and there are no more than the total",
        "write for example 0102 for the first of two",
    )
}

/// Place in a birth and number of children, such as 1/2 (section 3.8).
fn birth_order(text: &str) -> Result<(), Fault> {
    let fits = text.split_once('/').is_some_and(|(place, total)| {
        all_digits(place)
            && all_digits(total)
            && !place.starts_with('0')
            && !total.starts_with('0')
            && number(Some(place)) <= number(Some(total))
    });
    require(
        fits,
        "it is not a place and a total with / between",
        "write for example 1/2",
    )
}

/// ISO 13616: country, then ISO 7064 MOD 97-10.
fn iban(text: &str) -> Result<(), Fault> {
    let fits = text.len() > 4
        && text.get(..2).is_some_and(lists::is_country)
        && text.get(2..4).is_some_and(all_digits)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && crate::identifiers::codes::mod_97(&format!("{}{}", &text[4..], &text[..4])) == Some(1);
    require(
        fits,
        "the country or the check digits of the IBAN are wrong",
        "compare it with the invoice",
    )
}
