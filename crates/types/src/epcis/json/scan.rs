//! A first look at JSON text, before anything is built from it: size, nesting, doubled keys, huge numbers.
//!
//! It does not judge the grammar beyond what it needs to walk; the parser behind it does.

use crate::{
    epcis::EpcisError,
    limits::{DOCUMENT_BYTES_MAX, JSON_DEPTH_MAX},
};
use std::{borrow::Cow, collections::HashSet};

/// Characters of one number: far more than any quantity or measurement needs.
const NUMBER_CHARS_MAX: usize = 40;

enum Container<'t> {
    Object {
        keys: HashSet<Cow<'t, str>>,
        key: Option<Cow<'t, str>>,
    },
    Array {
        index: usize,
    },
}

/// Checks `bytes` against the limits of JSON taken at the door.
pub(in crate::epcis) fn check(bytes: &[u8]) -> Result<(), EpcisError> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(error(
            &[],
            "limit: a document has at most 16 MiB",
            format!("{} bytes", bytes.len()),
            "send it in parts",
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|fault| {
        error(
            &[],
            "RFC 8259 §8.1: JSON is UTF-8",
            format!("another byte at offset {}", fault.valid_up_to()),
            "save the document as UTF-8",
        )
    })?;
    walk(text)
}

fn walk(text: &str) -> Result<(), EpcisError> {
    let bytes = text.as_bytes();
    let mut stack: Vec<Container<'_>> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'[' => {
                if stack.len() >= JSON_DEPTH_MAX {
                    let found = format!("level {}", stack.len() + 1);
                    return Err(error(
                        &stack,
                        "limit: JSON nests at most 64 deep",
                        found,
                        "flatten the document",
                    ));
                }
                stack.push(match bytes[at] {
                    b'{' => Container::Object {
                        keys: HashSet::new(),
                        key: None,
                    },
                    _ => Container::Array { index: 0 },
                });
                at += 1;
            }
            b'}' | b']' => {
                stack.pop();
                at += 1;
            }
            b',' => {
                match stack.last_mut() {
                    Some(Container::Object { key, .. }) => *key = None,
                    Some(Container::Array { index }) => *index += 1,
                    None => {}
                }
                at += 1;
            }
            b'"' => at = string(text, at, &mut stack)?,
            b'-' | b'0'..=b'9' => {
                let length = bytes[at..]
                    .iter()
                    .take_while(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
                    .count();
                if length > NUMBER_CHARS_MAX {
                    return Err(error(
                        &stack,
                        "limit: a number has at most 40 characters",
                        format!("{length} characters"),
                        "round it",
                    ));
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    Ok(())
}

/// Passes over the string at `at`; a string where a key is due is remembered, and refused when it is there already.
fn string<'t>(text: &'t str, at: usize, stack: &mut [Container<'t>]) -> Result<usize, EpcisError> {
    let bytes = text.as_bytes();
    let mut end = at + 1;
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'"' => break,
            b'\\' => end += 2,
            _ => end += 1,
        }
    }
    let after = (end + 1).min(bytes.len());
    if let Some(Container::Object {
        keys,
        key: key @ None,
    }) = stack.last_mut()
    {
        let name = match text.get(at..after) {
            Some(quoted) if quoted.contains('\\') => {
                Cow::Owned(serde_json::from_str::<String>(quoted).unwrap_or_default())
            }
            _ => Cow::Borrowed(text.get(at + 1..end).unwrap_or("")),
        };
        let doubled = !keys.insert(name.clone());
        *key = Some(name);
        if doubled {
            return Err(error(
                stack,
                "RFC 8259 §4: the names within an object are unique",
                "a name twice",
                "remove one of them",
            ));
        }
    }
    Ok(after)
}

fn error(
    stack: &[Container<'_>],
    rule: &str,
    found: impl Into<String>,
    remedy: &str,
) -> EpcisError {
    let mut pointer = String::new();
    for container in stack {
        match container {
            Container::Object { key: Some(key), .. } => {
                pointer.push('/');
                let cut: String = key.chars().take(100).collect();
                pointer.push_str(&cut.replace('~', "~0").replace('/', "~1"));
            }
            Container::Object { key: None, .. } => {}
            Container::Array { index } => pointer.push_str(&format!("/{index}")),
        }
    }
    EpcisError {
        pointer,
        rule: rule.into(),
        found: found.into(),
        remedy: remedy.into(),
    }
}
