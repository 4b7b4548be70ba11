//! Moments and time zones of events, exact to the millisecond (EPCIS 2.0 section 7.3.1).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

const DAY_MS: i64 = 86_400_000;
/// 0001-01-01T00:00:00Z and the last millisecond of 9999, in milliseconds from 1970.
const MOMENT_MS: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

/// A moment: milliseconds from 1970-01-01T00:00:00Z, in the years 1 to 9999.
///
/// The zone it was written in is not part of it; an event keeps its own offset beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970; `None` outside the years 1 to 9999.
    pub fn from_millis(milliseconds: i64) -> Option<Self> {
        MOMENT_MS
            .contains(&milliseconds)
            .then_some(Self(milliseconds))
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Reads an `xsd:dateTimeStamp`: ISO 8601 with seconds and a zone; `t` and `z` may be small (RFC 3339). Digits behind the millisecond are
    /// rounded half to even, as CBV 2.0 section 8.9.3 wants for the event hash.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = (text.get(..10)?, text.get(10..)?.strip_prefix(['T', 't'])?);
        let (time, rest) = (rest.get(..8)?, rest.get(8..)?);
        let (year, month, day) = (
            number(date, 0, 4)?,
            number(date, 5, 7)?,
            number(date, 8, 10)?,
        );
        let (hour, minute, second) = (
            number(time, 0, 2)?,
            number(time, 3, 5)?,
            number(time, 6, 8)?,
        );
        let punctuated = date.as_bytes()[4] == b'-'
            && date.as_bytes()[7] == b'-'
            && time.as_bytes()[2] == b':'
            && time.as_bytes()[5] == b':';
        let in_range = (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && hour <= 23
            && minute <= 59
            && second <= 59;
        if !punctuated || !in_range || year == 0 {
            return None;
        }
        let (fraction_ms, zone) = fraction(rest)?;
        let offset = match zone {
            "Z" | "z" => 0,
            zone => i64::from(ZoneOffset::parse(zone)?.minutes()),
        };
        let local = days_from_1970(year, month, day) * DAY_MS
            + ((hour * 60 + minute) * 60 + second) * 1_000
            + fraction_ms;
        Self::from_millis(local - offset * 60_000)
    }
}

fn number(text: &str, from: usize, to: usize) -> Option<i64> {
    let digits = text.get(from..to)?;
    digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| digits.parse().ok())?
}

/// The milliseconds of `.123...` and what follows; 0 where there is no fraction.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(rest) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=30).contains(&length) {
        return None;
    }
    let (digits, zone) = rest.split_at(length);
    let whole: i64 = format!("{digits:0<3}")[..3].parse().ok()?;
    let behind = digits.get(3..).unwrap_or("").trim_end_matches('0');
    let up = match behind.as_bytes() {
        [] => false,
        [b'5'] => whole % 2 == 1,
        [first, ..] => *first >= b'5',
    };
    Some((whole + i64::from(up), zone))
}

const fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
const fn days_from_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a day counted from 1970-01-01: the inverse of [`days_from_1970`].
const fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted - era * 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (
        year + era * 400 + if month <= 2 { 1 } else { 0 },
        month,
        day,
    )
}

/// UTC with milliseconds: `2026-11-20T06:00:00.000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_of(self.0.div_euclid(DAY_MS));
        let of_day = self.0.rem_euclid(DAY_MS);
        let (seconds, milliseconds) = (of_day / 1_000, of_day % 1_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z"
        )
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => serializer.collect_str(self),
            false => serializer.serialize_i64(self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let moment = match deserializer.is_human_readable() {
            true => Self::parse(&String::deserialize(deserializer)?),
            false => Self::from_millis(i64::deserialize(deserializer)?),
        };
        moment.ok_or_else(|| {
            de::Error::custom("not a moment with a time zone in the years 1 to 9999")
        })
    }
}

/// The local offset from UTC where an event happened, minutes, -14:00 to +14:00 (EPCIS 2.0 section 7.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZoneOffset(i16);

impl ZoneOffset {
    /// From minutes; `None` past 14 hours.
    pub fn from_minutes(minutes: i16) -> Option<Self> {
        (-840..=840).contains(&minutes).then_some(Self(minutes))
    }

    /// Minutes east of UTC.
    pub const fn minutes(self) -> i16 {
        self.0
    }

    /// Reads `+hh:mm` or `-hh:mm`.
    pub fn parse(text: &str) -> Option<Self> {
        let sign = match text.as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let fits = text.len() == 6 && text.as_bytes()[3] == b':';
        let (hours, minutes) = (number(text, 1, 3)?, number(text, 4, 6)?);
        if !fits || minutes > 59 {
            return None;
        }
        Self::from_minutes(i16::try_from(sign * (hours * 60 + minutes)).ok()?)
    }
}

impl fmt::Display for ZoneOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        let size = self.0.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", size / 60, size % 60)
    }
}

impl Serialize for ZoneOffset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => serializer.collect_str(self),
            false => serializer.serialize_i16(self.0),
        }
    }
}

impl<'de> Deserialize<'de> for ZoneOffset {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let offset = match deserializer.is_human_readable() {
            true => Self::parse(&String::deserialize(deserializer)?),
            false => Self::from_minutes(i16::deserialize(deserializer)?),
        };
        offset.ok_or_else(|| de::Error::custom("not an offset from -14:00 to +14:00"))
    }
}
