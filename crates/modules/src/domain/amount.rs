//! Amounts that actions say, in the form in which policies limit them.
//!
//! Invariants: the same item in the same unit is one amount, however an action spreads it; a sum beyond the range counts as the largest, so
//! that nothing passes a limit by being too much.

use convoy_types::quantity::Decimal;
use std::collections::BTreeMap;

/// How much of what an action is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Of what: `https://id.gs1.org/01/GTIN` whatever lot or serial number, another identifier by its class or kind; for money, what it is for.
    pub item: String,
    /// The unit (UN/ECE Recommendation 20; `EA` where things are counted) or the currency (ISO 4217).
    pub unit: String,
    /// How much.
    pub value: Decimal,
}

/// One amount for each item and unit, by both.
pub fn gathered(amounts: Vec<Amount>) -> Vec<Amount> {
    let mut sums: BTreeMap<(String, String), Decimal> = BTreeMap::new();
    for amount in amounts {
        let sum = sums.entry((amount.item, amount.unit)).or_default();
        *sum = sum.plus(amount.value).unwrap_or(Decimal::MAX);
    }
    let whole = |((item, unit), value)| Amount { item, unit, value };
    sums.into_iter().map(whole).collect()
}
