//! Where something stands in the ledger, as one integer that sorts by compartment, height and place.
//!
//! Layout of the 63 bits: compartment number (9), height (34), place in the block (20). Rows of the
//! common ledger (compartment 0) therefore have small keys, and a range of positions is a range of time.
//!
//! Limits: 512 compartments, 1.7 * 10^10 blocks, 2^20 statements or events in a block.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

const ORDINAL_BITS: u32 = 20;
const HEIGHT_BITS: u32 = 34;
/// Compartments that one read model can hold.
pub const COMPARTMENTS_MAX: u16 = 1 << (63 - HEIGHT_BITS - ORDINAL_BITS);
/// Statements, or events, of one block that one read model can hold.
pub const ORDINALS_MAX: u32 = 1 << ORDINAL_BITS;
/// The greatest height that one read model can hold.
pub const HEIGHT_MAX: u64 = (1 << HEIGHT_BITS) - 1;

/// The place of a statement or of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(i64);

impl Position {
    /// The place `ordinal` of block `height`; `None` past the limits.
    pub fn new(compartment: u16, height: u64, ordinal: u32) -> Option<Self> {
        let fits = compartment < COMPARTMENTS_MAX && height <= HEIGHT_MAX && ordinal < ORDINALS_MAX;
        fits.then(|| {
            Self(
                (i64::from(compartment) << (HEIGHT_BITS + ORDINAL_BITS))
                    | ((height as i64) << ORDINAL_BITS)
                    | i64::from(ordinal),
            )
        })
    }

    /// As stored.
    pub fn from_raw(raw: i64) -> Self {
        Self(raw & i64::MAX)
    }

    /// To be stored.
    pub fn raw(self) -> i64 {
        self.0
    }

    /// Number of the compartment.
    pub fn compartment(self) -> u16 {
        (self.0 >> (HEIGHT_BITS + ORDINAL_BITS)) as u16
    }

    /// The block's height.
    pub fn height(self) -> u64 {
        ((self.0 >> ORDINAL_BITS) as u64) & HEIGHT_MAX
    }

    /// The place in the block, from 0.
    pub fn ordinal(self) -> u32 {
        (self.0 as u32) & (ORDINALS_MAX - 1)
    }

    /// The place as clients name it, to go on from.
    pub fn cursor(self) -> Cursor {
        Cursor {
            height: self.height(),
            index: self.ordinal(),
        }
    }

    /// The first and the last position of a compartment, both inclusive.
    pub fn span(compartment: u16) -> (i64, i64) {
        let first = i64::from(compartment) << (HEIGHT_BITS + ORDINAL_BITS);
        (first, first | ((1 << (HEIGHT_BITS + ORDINAL_BITS)) - 1))
    }
}

/// A place in a compartment's feed, written `height.index`. Everything after it is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cursor {
    /// The block.
    pub height: u64,
    /// The place in the block.
    pub index: u32,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.height, self.index)
    }
}

impl FromStr for Cursor {
    type Err = crate::ReadModelError;
    fn from_str(text: &str) -> crate::Result<Self> {
        let parsed = text
            .split_once('.')
            .and_then(|(height, index)| Some((height.parse().ok()?, index.parse().ok()?)))
            .filter(|(height, index)| *height <= HEIGHT_MAX && *index < ORDINALS_MAX);
        let (height, index) = parsed.ok_or_else(|| crate::ReadModelError::Question {
            field: "cursor",
            fault: format!(
                "`{}` is not a cursor",
                text.chars().take(40).collect::<String>()
            ),
            remedy: "hand back a cursor as you received it, such as 1234.5",
        })?;
        Ok(Self { height, index })
    }
}

impl PartialSchema for Cursor {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "A place in the ledger's order (`height.index`), to go on from.",
            ))
            .examples(["1204.17"])
            .into()
    }
}

impl ToSchema for Cursor {}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_sort_by_compartment_then_height_then_place() {
        let at =
            |compartment, height, ordinal| Position::new(compartment, height, ordinal).unwrap();
        assert!(at(0, 5, ORDINALS_MAX - 1) < at(0, 6, 0));
        assert!(at(0, HEIGHT_MAX, ORDINALS_MAX - 1) < at(1, 0, 0));
        let last = at(COMPARTMENTS_MAX - 1, HEIGHT_MAX, ORDINALS_MAX - 1);
        assert_eq!(last.raw(), i64::MAX);
        assert_eq!(Position::span(COMPARTMENTS_MAX - 1).1, i64::MAX);
        assert_eq!(
            (last.compartment(), last.height(), last.ordinal()),
            (COMPARTMENTS_MAX - 1, HEIGHT_MAX, ORDINALS_MAX - 1)
        );
        assert_eq!(Position::new(COMPARTMENTS_MAX, 0, 0), None);
        assert_eq!(Position::new(0, HEIGHT_MAX + 1, 0), None);
        assert_eq!(Position::new(0, 0, ORDINALS_MAX), None);
    }

    #[test]
    fn a_cursor_that_was_not_handed_out_is_refused_by_name() {
        let cursor: Cursor = "17.3".parse().unwrap();
        assert_eq!((cursor.height, cursor.index), (17, 3));
        assert_eq!(cursor.to_string(), "17.3");
        for bad in [
            "",
            "17",
            "17.",
            ".3",
            "a.b",
            "-1.0",
            "1.99999999",
            "99999999999999.0",
        ] {
            let error = bad.parse::<Cursor>().unwrap_err().to_string();
            assert!(error.starts_with("cursor: "), "{error}");
        }
    }
}
