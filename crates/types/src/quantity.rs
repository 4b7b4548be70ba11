//! Amounts of goods and of money as scaled integers: exact, checked, never floating point.
//!
//! A `Quantity` has a UN/ECE Recommendation 20 unit code; `Money` has an ISO 4217 currency code.
//! Both keep the scale they were written with, and compare and add by value: `1.50` equals `1.5`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{cmp::Ordering, fmt};

/// Digits behind the decimal point that are kept.
pub const SCALE_MAX: u8 = 9;
/// The largest unscaled value, so that sums of many stay within `i128` and products do not surprise.
const UNSCALED_MAX: i64 = 1_000_000_000_000_000_000;

/// Why a number or a sum is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a plain decimal number.
    #[error("`{0}` is not a decimal number; write digits with at most one point, such as 12.5")]
    Number(String),
    /// Too many digits.
    #[error("`{0}` has too many digits; at most 9 behind the point and 18 in all are kept")]
    Digits(String),
    /// The unit or currency code is malformed.
    #[error("`{0}` is not a {1} code")]
    Code(String, &'static str),
    /// Two amounts of different units or currencies.
    #[error("{0} and {1} cannot be added or compared; convert one first")]
    Unlike(String, String),
    /// The sum is out of range.
    #[error("the sum is out of range")]
    Range,
    /// A quantity would fall below zero.
    #[error("{have} is there, {take} was to be taken; a quantity never goes below zero")]
    BelowZero {
        /// What is there.
        have: String,
        /// What was to be taken.
        take: String,
    },
}

/// A decimal number: `unscaled / 10^scale`, scale 0 to 9.
///
/// In CBOR it is the pair of both numbers; in JSON it is its decimal text.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    unscaled: i64,
    scale: u8,
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            (self.unscaled, self.scale).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom);
        }
        let (unscaled, scale) = <(i64, u8)>::deserialize(deserializer)?;
        Self::new(unscaled, scale).map_err(D::Error::custom)
    }
}

impl Decimal {
    /// The largest that there is.
    pub const MAX: Self = Self {
        unscaled: UNSCALED_MAX,
        scale: 0,
    };
    /// Zero.
    pub const ZERO: Self = Self {
        unscaled: 0,
        scale: 0,
    };

    /// `unscaled / 10^scale`; refuses scales over 9 and magnitudes over 10^18.
    pub fn new(unscaled: i64, scale: u8) -> Result<Self, AmountError> {
        if scale > SCALE_MAX
            || unscaled
                .checked_abs()
                .is_none_or(|size| size > UNSCALED_MAX)
        {
            return Err(AmountError::Digits(format!("{unscaled}e-{scale}")));
        }
        Ok(Self { unscaled, scale })
    }

    /// Reads `-?digits(.digits)?`, also with an exponent that leaves a plain decimal (JSON's `1.5e3`).
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        let number = || AmountError::Number(text.chars().take(40).collect());
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                (mantissa, exponent.parse::<i32>().map_err(|_| number())?)
            }
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(fraction) || digits.ends_with('.') {
            return Err(number());
        }
        let too_long = || AmountError::Digits(text.chars().take(40).collect());
        if !(-40..=40).contains(&exponent) || digits.len() > 60 {
            return Err(too_long());
        }
        let fraction = if exponent == 0 {
            fraction
        } else {
            fraction.trim_end_matches('0')
        };
        let mut all = format!("{whole}{fraction}");
        let mut scale = i32::try_from(fraction.len()).map_err(|_| too_long())? - exponent;
        while scale < 0 {
            all.push('0');
            scale += 1;
        }
        let unscaled: i64 = all.parse().map_err(|_| too_long())?;
        let scale = u8::try_from(scale).map_err(|_| too_long())?;
        Self::new(if negative { -unscaled } else { unscaled }, scale).map_err(|_| too_long())
    }

    fn widened(self) -> i128 {
        i128::from(self.unscaled) * 10i128.pow(u32::from(SCALE_MAX - self.scale))
    }

    fn narrowed(widened: i128) -> Result<Self, AmountError> {
        let (mut value, mut scale) = (widened, SCALE_MAX);
        while scale > 0 && value % 10 == 0 {
            value /= 10;
            scale -= 1;
        }
        Self::new(i64::try_from(value).map_err(|_| AmountError::Range)?, scale)
            .map_err(|_| AmountError::Range)
    }

    /// The exact sum.
    pub fn plus(self, other: Self) -> Result<Self, AmountError> {
        Self::narrowed(self.widened() + other.widened())
    }

    /// The exact difference, which may be negative.
    pub fn subtract(self, other: Self) -> Result<Self, AmountError> {
        Self::narrowed(self.widened() - other.widened())
    }

    /// `self` times `10^scale`, rounded up to a whole number; the nearest that 64 bits hold where it is beyond them. `scale` is at most 9.
    pub fn scaled_rounded_up(self, scale: u8) -> i64 {
        let parts = 10i128.pow(u32::from(SCALE_MAX - scale.min(SCALE_MAX)));
        let whole = self.widened().div_euclid(parts);
        let up = whole + i128::from(self.widened().rem_euclid(parts) != 0);
        let bounded = up.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        i64::try_from(bounded).unwrap_or(i64::MAX)
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.unscaled < 0
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.unscaled == 0
    }
}

impl Default for Decimal {
    fn default() -> Self {
        Self::ZERO
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.widened() == other.widened()
    }
}
impl Eq for Decimal {}
impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.widened().cmp(&other.widened())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.unscaled < 0 { "-" } else { "" };
        let power = 10u64.pow(u32::from(self.scale));
        let size = self.unscaled.unsigned_abs();
        match self.scale {
            0 => write!(f, "{sign}{size}"),
            scale => write!(
                f,
                "{sign}{}.{:0width$}",
                size / power,
                size % power,
                width = usize::from(scale)
            ),
        }
    }
}

/// An amount of goods: zero or more of a unit (UN/ECE Recommendation 20; GS1 EPCIS 2.0 section 7.3.3.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(Decimal, String)", into = "(Decimal, String)")]
pub struct Quantity {
    value: Decimal,
    unit: Box<str>,
}

/// The unit of things that are counted, where EPCIS leaves the unit out (Recommendation 20: `EA`, each).
pub const EACH: &str = "EA";

impl TryFrom<(Decimal, String)> for Quantity {
    type Error = AmountError;
    fn try_from((value, unit): (Decimal, String)) -> Result<Self, AmountError> {
        Self::new(value, &unit)
    }
}

impl From<Quantity> for (Decimal, String) {
    fn from(quantity: Quantity) -> Self {
        (quantity.value, quantity.unit.into())
    }
}

impl Quantity {
    /// `value` of `unit`; refuses negative values and malformed unit codes.
    pub fn new(value: Decimal, unit: &str) -> Result<Self, AmountError> {
        let valid = matches!(unit.len(), 2..=3)
            && unit
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !valid {
            return Err(AmountError::Code(
                unit.chars().take(12).collect(),
                "UN/ECE Recommendation 20 unit",
            ));
        }
        if value.is_negative() {
            return Err(AmountError::BelowZero {
                have: "0".into(),
                take: value.to_string(),
            });
        }
        Ok(Self {
            value,
            unit: unit.into(),
        })
    }

    /// `count` single things.
    pub fn each(count: u32) -> Self {
        Self {
            value: Decimal {
                unscaled: i64::from(count),
                scale: 0,
            },
            unit: EACH.into(),
        }
    }

    /// How many.
    pub fn value(&self) -> Decimal {
        self.value
    }

    /// Of what unit.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    fn alike(&self, other: &Self) -> Result<(), AmountError> {
        if self.unit == other.unit {
            return Ok(());
        }
        Err(AmountError::Unlike(self.to_string(), other.to_string()))
    }

    /// The sum of two quantities of one unit.
    pub fn plus(&self, other: &Self) -> Result<Self, AmountError> {
        self.alike(other)?;
        Ok(Self {
            value: self.value.plus(other.value)?,
            unit: self.unit.clone(),
        })
    }

    /// What is left when `other` is taken; refused when that is below zero.
    pub fn take(&self, other: &Self) -> Result<Self, AmountError> {
        self.alike(other)?;
        let left = self.value.subtract(other.value)?;
        if left.is_negative() {
            return Err(AmountError::BelowZero {
                have: self.to_string(),
                take: other.to_string(),
            });
        }
        Ok(Self {
            value: left,
            unit: self.unit.clone(),
        })
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value, self.unit)
    }
}

/// An amount of money in an ISO 4217 currency; may be negative, as a balance can be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(Decimal, String)", into = "(Decimal, String)")]
pub struct Money {
    value: Decimal,
    currency: Box<str>,
}

impl TryFrom<(Decimal, String)> for Money {
    type Error = AmountError;
    fn try_from((value, currency): (Decimal, String)) -> Result<Self, AmountError> {
        Self::new(value, &currency)
    }
}

impl From<Money> for (Decimal, String) {
    fn from(money: Money) -> Self {
        (money.value, money.currency.into())
    }
}

impl Money {
    /// `value` in `currency` (three capital letters, ISO 4217).
    pub fn new(value: Decimal, currency: &str) -> Result<Self, AmountError> {
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(AmountError::Code(
                currency.chars().take(12).collect(),
                "ISO 4217 currency",
            ));
        }
        Ok(Self {
            value,
            currency: currency.into(),
        })
    }

    /// The amount.
    pub fn value(&self) -> Decimal {
        self.value
    }

    /// The currency.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// The sum of two amounts in one currency.
    pub fn plus(&self, other: &Self) -> Result<Self, AmountError> {
        if self.currency != other.currency {
            return Err(AmountError::Unlike(self.to_string(), other.to_string()));
        }
        Ok(Self {
            value: self.value.plus(other.value)?,
            currency: self.currency.clone(),
        })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_read_as_written() {
        for (text, shown) in [
            ("0", "0"),
            ("12.50", "12.50"),
            ("-0.001", "-0.001"),
            ("1.5e3", "1500"),
            ("25E-1", "2.5"),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), shown);
        }
        for bad in [
            "",
            "-",
            ".5",
            "5.",
            "1,5",
            "1e",
            "0x1",
            "NaN",
            "1e99",
            "1.0000000001",
            "99999999999999999999",
        ] {
            assert!(Decimal::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(
            Decimal::parse("1.50").unwrap(),
            Decimal::parse("1.5").unwrap()
        );
    }

    #[test]
    fn a_quantity_never_goes_below_zero() {
        let have = Quantity::each(3);
        assert_eq!(have.take(&Quantity::each(3)).unwrap(), Quantity::each(0));
        assert!(matches!(
            have.take(&Quantity::each(4)),
            Err(AmountError::BelowZero { .. })
        ));
        let kilograms = Quantity::new(Decimal::parse("1").unwrap(), "KGM").unwrap();
        assert!(matches!(
            have.plus(&kilograms),
            Err(AmountError::Unlike(..))
        ));
        assert!(Quantity::new(Decimal::parse("-1").unwrap(), "KGM").is_err());
    }

    proptest! {
        #[test]
        fn what_is_taken_and_put_back_changes_nothing(a in 0i64..1_000_000_000_000, b in 0i64..1_000_000_000_000, sa in 0u8..=9, sb in 0u8..=9) {
            let of = |value, scale| Quantity::new(Decimal::new(value, scale).unwrap(), "KGM").unwrap();
            let (a, b) = (of(a, sa), of(b, sb));
            match a.take(&b) {
                Ok(left) => prop_assert_eq!(left.plus(&b).unwrap(), a.clone()),
                Err(AmountError::BelowZero { .. }) => prop_assert!(a.value() < b.value()),
                Err(error) => prop_assert_eq!(error, AmountError::Range),
            }
            let bytes = crate::cbor::to_vec(&a);
            prop_assert_eq!(crate::cbor::from_slice::<Quantity>(&bytes).unwrap(), a);
        }
    }
}
