//! Decimal numbers of any size, compared exactly: sensors report `1.0E-30`, which no fixed scale holds.
//!
//! Limits: 40 characters, exponents from -400 to 400.

use std::cmp::Ordering;

const CHARACTERS_MAX: usize = 40;
const EXPONENT_MAX: i32 = 400;

/// A decimal number in normal form: `0.digits × 10^exponent`, the first and the last digit not zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Number {
    negative: bool,
    exponent: i32,
    digits: String,
}

impl Number {
    /// Reads what JSON calls a number, also with a plus sign before it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > CHARACTERS_MAX {
            return None;
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let negative = mantissa.starts_with('-');
        let unsigned = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let fits = (-EXPONENT_MAX..=EXPONENT_MAX).contains(&exponent);
        if whole.is_empty() || !plain(whole) || !plain(fraction) || !fits || unsigned.ends_with('.')
        {
            return None;
        }
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0');
        let leading = i32::try_from(all.len() - digits.len()).ok()?;
        let exponent = exponent + i32::try_from(whole.len()).ok()? - leading;
        let digits = digits.trim_end_matches('0').to_owned();
        Some(match digits.is_empty() {
            true => Self {
                negative: false,
                exponent: 0,
                digits,
            },
            false => Self {
                negative,
                exponent,
                digits,
            },
        })
    }

    fn size(&self, other: &Self) -> Ordering {
        let zero = |number: &Self| number.digits.is_empty();
        match (zero(self), zero(other)) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // Digits of equal exponents compare as text, because the missing ones are zeros.
            (false, false) => self
                .exponent
                .cmp(&other.exponent)
                .then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.size(other),
            (true, true) => other.size(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value_whatever_their_form() {
        let ascending = [
            "-1e3", "-12", "-0.5", "0", "1.0E-30", "0.05", "0.5", "12", "12.01", "1e3", "1e30",
        ];
        let number = |text: &str| Number::parse(text).unwrap();
        for pair in ascending.windows(2) {
            assert!(number(pair[0]) < number(pair[1]), "{pair:?}");
        }
        for (a, b) in [
            ("1.50", "1.5"),
            ("10", "1e1"),
            ("-0", "0.00"),
            ("0.012", "12e-3"),
            ("+3", "3"),
        ] {
            assert_eq!(number(a), number(b));
        }
        for bad in [
            "",
            "-",
            "1.",
            ".5",
            "1e",
            "1e999",
            "0x1",
            "NaN",
            "1 ",
            &"1".repeat(41),
        ] {
            assert_eq!(Number::parse(bad), None, "{bad}");
        }
    }
}
