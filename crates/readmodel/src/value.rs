//! Values that go into and come out of rows, free of any driver.

use crate::error::{ReadModelError, Result};
use convoy_types::cbor;

/// A value to store or to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Absent.
    Null,
    /// An integer.
    Integer(i64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl From<u16> for Value<'_> {
    fn from(value: u16) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// An unsigned 64-bit number as stored; numbers past `i64::MAX` do not occur (heights, times, sizes).
pub fn unsigned(value: u64) -> Value<'static> {
    Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}

/// One row of an answer. Columns count from 0.
pub trait Row {
    /// The value of a column.
    fn value(&self, column: usize) -> Result<Value<'_>>;

    /// An integer.
    fn integer(&self, column: usize) -> Result<i64> {
        match self.value(column)? {
            Value::Integer(value) => Ok(value),
            other => Err(unexpected(column, "an integer", other)),
        }
    }

    /// A number that is never negative.
    fn number(&self, column: usize) -> Result<u64> {
        let value = self.integer(column)?;
        u64::try_from(value)
            .map_err(|_| unexpected(column, "a number from 0", Value::Integer(value)))
    }

    /// A number below 2^32.
    fn small(&self, column: usize) -> Result<u32> {
        let value = self.integer(column)?;
        u32::try_from(value)
            .map_err(|_| unexpected(column, "a number below 2^32", Value::Integer(value)))
    }

    /// Text.
    fn text(&self, column: usize) -> Result<&str> {
        match self.value(column)? {
            Value::Text(value) => Ok(value),
            other => Err(unexpected(column, "text", other)),
        }
    }

    /// Bytes.
    fn bytes(&self, column: usize) -> Result<&[u8]> {
        match self.value(column)? {
            Value::Bytes(value) => Ok(value),
            other => Err(unexpected(column, "bytes", other)),
        }
    }

    /// Whether the column is absent.
    fn is_null(&self, column: usize) -> Result<bool> {
        Ok(self.value(column)? == Value::Null)
    }
}

fn unexpected(column: usize, wanted: &str, found: Value<'_>) -> ReadModelError {
    damaged(format!(
        "column {column} should hold {wanted} and holds {found:?}"
    ))
}

/// A stored record, out of the CBOR that a projection put into a column.
pub fn decoded<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    cbor::from_slice(bytes).map_err(|error| damaged(format!("a stored record: {error}")))
}

/// A fault of the database. Its path is filled in by whoever knows it.
pub fn damaged(detail: String) -> ReadModelError {
    ReadModelError::Damaged {
        path: Default::default(),
        detail,
    }
}
