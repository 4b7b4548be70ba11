//! What a label says beside the key, as typed fields.

use super::super::{
    IdentifierError,
    codes::{Cage, Nsn},
    elements::{ElementString, days_of},
    message::Message,
    uii::{Enterprise, Uii, Within},
};
use crate::quantity::{Decimal, Quantity};
use serde::{Serialize, Serializer};
use std::{collections::BTreeMap, fmt};

/// A date on a label: a day, or a month of which the last day is meant (GS1 General Specifications section 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MarkedDate {
    /// The year.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31; `None` where only the month is given.
    pub day: Option<u8>,
}

impl MarkedDate {
    /// Reads YYMMDD, whose form was checked; the century is the one nearest to `now` (section 7.12).
    fn read(text: &str, now: u16) -> Option<Self> {
        let part = |from: usize| text.get(from..from + 2)?.parse::<u8>().ok();
        let (short, month, day) = (part(0)?, part(2)?, part(4)?);
        let ahead = i32::from(short) - i32::from(now % 100);
        let century = now / 100
            + match ahead {
                ..=-50 => 1,
                _ => 0,
            }
            - match ahead {
                51.. => 1,
                _ => 0,
            };
        Some(Self {
            year: century * 100 + u16::from(short),
            month,
            day: (day > 0).then_some(day),
        })
    }

    /// The day meant: that given, or the last of the month.
    pub fn last_day(&self) -> u8 {
        let days = days_of(u32::from(self.year), u32::from(self.month));
        self.day.unwrap_or(u8::try_from(days).unwrap_or(28))
    }
}

impl fmt::Display for MarkedDate {
    /// `2026-12-31`, or `2026-12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)?;
        self.day.map_or(Ok(()), |day| write!(f, "-{day:02}"))
    }
}

impl Serialize for MarkedDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a label says beside the key. The elements themselves are in [`super::Scan::elements`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ScanData {
    /// Lot or batch: AI 10, DI 1T.
    pub lot: Option<String>,
    /// Serial number: AI 21, DI S, TEI SER.
    pub serial: Option<String>,
    /// Use by: AI 17.
    pub expiry: Option<MarkedDate>,
    /// Best before: AI 15.
    pub best_before: Option<MarkedDate>,
    /// Produced on: AI 11.
    pub produced: Option<MarkedDate>,
    /// Packed on: AI 13.
    pub packed: Option<MarkedDate>,
    /// The trade items that a logistic unit holds: AI 02.
    pub content_gtin: Option<String>,
    /// How many: AI 30 or 37, each.
    pub count: Option<u64>,
    /// Net mass: AI 310n in kg (KGM), 320n in lb (LBR).
    #[serde(serialize_with = "value_and_unit")]
    pub net_mass: Option<Quantity>,
    /// Gross mass: AI 330n in kg (KGM), 340n in lb (LBR).
    #[serde(serialize_with = "value_and_unit")]
    pub gross_mass: Option<Quantity>,
    /// NATO stock number: AI 7001, DI N.
    pub nsn: Option<Nsn>,
    /// The CAGE of who serialised the item: DI 17V or 18S, TEI MFR or SPL.
    pub cage: Option<Cage>,
    /// Original part number: DI 1P, TEI PNO.
    pub part_number: Option<String>,
    /// Current part number: DI 30P, TEI PNR.
    pub current_part_number: Option<String>,
    /// The customer's part number: AI 241.
    pub customer_part_number: Option<String>,
    /// The customer's order: AI 400.
    pub order: Option<String>,
    /// Country of origin, numeric code of ISO 3166-1: AI 422.
    pub origin: Option<String>,
}

impl ScanData {
    /// Adds what GS1 elements say; `now` is the year that decides centuries.
    pub(super) fn add_elements(
        &mut self,
        label: &ElementString,
        now: u16,
    ) -> Result<(), IdentifierError> {
        let text = |code: &str| label.get(code).map(str::to_owned);
        let date = |code: &str| MarkedDate::read(label.get(code)?, now);
        self.lot = text("10");
        self.serial = text("21").or_else(|| text("235"));
        self.expiry = date("17");
        self.best_before = date("15");
        self.produced = date("11");
        self.packed = date("13");
        self.content_gtin = text("02");
        self.count = label
            .get("37")
            .or_else(|| label.get("30"))
            .and_then(|count| count.parse().ok());
        self.net_mass = mass(label, "310", "KGM").or_else(|| mass(label, "320", "LBR"));
        self.gross_mass = mass(label, "330", "KGM").or_else(|| mass(label, "340", "LBR"));
        self.nsn = label.get("7001").map(Nsn::parse).transpose()?;
        self.customer_part_number = text("241");
        self.order = text("400");
        self.origin = text("422");
        Ok(())
    }

    /// Adds what the fields of a mark say.
    pub(super) fn add_message(&mut self, message: &Message) -> Result<(), IdentifierError> {
        let text = |names: [&str; 2]| {
            let found = names.iter().find_map(|name| message.get(name));
            found.map(str::to_owned)
        };
        self.lot = self.lot.take().or_else(|| text(["1T", "LTN"]));
        self.part_number = text(["1P", "PNO"]);
        self.current_part_number = text(["30P", "PNR"]);
        if self.nsn.is_none() {
            self.nsn = message.get("N").map(Nsn::parse).transpose()?;
        }
        Ok(())
    }

    /// Adds what an item's identifier says.
    pub(super) fn add_uii(&mut self, uii: &Uii) {
        if let Enterprise::Cage(code) = uii.enterprise() {
            self.cage = Some(code.clone());
        }
        if let Within::Part(part) = uii.within() {
            self.part_number = Some(part.clone());
        }
        if !matches!(uii.within(), Within::Unsaid) {
            self.serial = Some(uii.serial().to_owned());
        }
    }
}

/// `{"value": "12.50", "unit": "KGM"}`.
fn value_and_unit<S: Serializer>(
    quantity: &Option<Quantity>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let parts = quantity.as_ref().map(|quantity| {
        BTreeMap::from([
            ("value", quantity.value().to_string()),
            ("unit", quantity.unit().to_owned()),
        ])
    });
    parts.serialize(serializer)
}

/// A mass whose identifier ends in the number of decimals.
fn mass(label: &ElementString, start: &str, unit: &str) -> Option<Quantity> {
    let element = label
        .elements()
        .iter()
        .find(|element| element.ai().code().len() == 4 && element.ai().code().starts_with(start))?;
    let scale = element.ai().code().bytes().last()? - b'0';
    let value = Decimal::new(element.value().parse().ok()?, scale).ok()?;
    Quantity::new(value, unit).ok()
}
