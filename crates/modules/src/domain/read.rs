//! Reading outside JSON as a module's type, with the place of what is wrong.

use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;

/// What is wrong with an action or a parameter from outside: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// JSON pointer (RFC 6901) to the field; empty for the whole.
    pub pointer: String,
    /// What is wrong, with the remedy, in plain words.
    pub fault: String,
}

impl Misfit {
    /// A fault of the field at `pointer`.
    pub fn at(pointer: impl Into<String>, fault: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            fault: fault.into(),
        }
    }

    /// A fault of the whole.
    pub fn whole(fault: impl fmt::Display) -> Self {
        Self::at("", fault.to_string())
    }

    /// The field's name, such as `objects.0`; empty for the whole.
    pub fn field(&self) -> String {
        self.pointer.trim_start_matches('/').replace('/', ".")
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.is_empty() {
            true => f.write_str(&self.fault),
            false => write!(f, "{}: {}", self.field(), self.fault),
        }
    }
}

impl std::error::Error for Misfit {}

/// Reads `json` as `T`.
///
/// # Errors
/// The first field that does not fit.
pub fn read<T: DeserializeOwned>(json: &Value) -> Result<T, Misfit> {
    serde_path_to_error::deserialize(json).map_err(|error| {
        let place = pointer(error.path());
        Misfit::at(place, error.into_inner().to_string())
    })
}

/// A decoder's path as a JSON pointer (RFC 6901).
pub fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let escaped = |name: &str| format!("/{}", name.replace('~', "~0").replace('/', "~1"));
    let step = |segment: &Segment| match segment {
        Segment::Seq { index } => Some(format!("/{index}")),
        Segment::Map { key } => Some(escaped(key)),
        Segment::Enum { variant } => Some(escaped(variant)),
        Segment::Unknown => None,
    };
    path.iter().filter_map(step).collect()
}
