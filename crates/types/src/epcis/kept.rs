//! JSON that the ledger keeps and does not interpret.

use super::json::{scan, value};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;
use std::fmt;

/// Canonical JSON text: no blanks, keys in bytewise order, numbers with every digit
/// that was written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeptJson(Box<str>);

impl KeptJson {
    /// Keeps a value.
    pub fn new(value: &Value) -> Self {
        let mut text = String::new();
        write(value, &mut text);
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value again.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or(Value::Null)
    }

    fn parse(text: &str) -> Result<Self, String> {
        scan::check(text.as_bytes()).map_err(|error| error.to_string())?;
        let kept = Self::new(&value(text.as_bytes()).map_err(|error| error.to_string())?);
        match &*kept.0 == text {
            true => Ok(kept),
            false => Err(
                "kept JSON is not in its canonical form: no blanks, keys in bytewise order".into(),
            ),
        }
    }
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| key.as_str());
            out.push('{');
            for (place, (key, value)) in entries.into_iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

impl fmt::Debug for KeptJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for KeptJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => self.value().serialize(serializer),
            false => serializer.serialize_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for KeptJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Value::deserialize(deserializer).map(|value| Self::new(&value));
        }
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
