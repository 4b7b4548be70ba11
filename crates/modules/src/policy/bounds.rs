//! Reading a policy's text within bounds, before Cedar sees it.
//!
//! Flow: [`read`] bounds length, nesting and operators on the text, lets Cedar parse it, then bounds what came out and asks for its
//! annotations.
//!
//! Invariants: a text that passes is parsed, validated and evaluated within a fixed depth of stack on every machine. Cedar gives up
//! where the stack of the thread at hand runs low, which would make a decision depend on the machine; the bounds keep it far from that.

use super::{
    needs::Needs,
    reject::{MALFORMED_FIELD, NOT_A_POLICY, TOO_COSTLY},
    types::{PolicyId, TEXT_BYTES_MAX},
};
use cedar_policy::{EntityUid, Policy};
use convoy_ledger::Reject;
use convoy_types::Digest;
use serde_json::Value;
use std::sync::Arc;

/// Brackets within brackets in a policy's text.
pub const NESTING_MAX: usize = 16;
/// Operators and branches of one policy: each may be one level of evaluation.
pub const OPERATORS_MAX: usize = 96;
/// Nodes of one parsed policy.
pub const NODES_MAX: usize = 1_200;
/// One annotation, bytes.
pub const ANNOTATION_BYTES_MAX: usize = 400;

/// A policy that was read.
#[derive(Clone)]
pub struct Read {
    /// Its id.
    pub id: PolicyId,
    /// Its text.
    pub text: Arc<str>,
    /// Digest of the text.
    pub digest: Digest,
    /// As Cedar has it.
    pub policy: Policy,
    /// What it looks at.
    pub needs: Needs,
    /// How large it is.
    pub nodes: usize,
    /// What it is for, in a sentence.
    pub description: Arc<str>,
    /// Who can grant what it permits, or lift what it forbids.
    pub grantor: Arc<str>,
    /// The things it names.
    pub names: Vec<EntityUid>,
}

/// Reads `text` as the policy `id`.
///
/// # Errors
/// What is wrong, where, and what to do.
pub fn read(id: &PolicyId, text: &str) -> Result<Read, Reject> {
    check_text(text)?;
    let named = cedar_policy::PolicyId::new(id.as_str());
    let policy = Policy::parse(Some(named), text).map_err(|error| {
        NOT_A_POLICY.because(format!("text: {}", first_line(&error.to_string())))
    })?;
    let json = policy
        .to_json()
        .map_err(|error| NOT_A_POLICY.because(format!("text: {error}")))?;
    let nodes = nodes(&json);
    if nodes > NODES_MAX {
        let reason = format!("text: the policy has {nodes} parts; at most {NODES_MAX}");
        return Err(TOO_COSTLY.because(reason));
    }
    let description = annotation(&policy, "description")?;
    let grantor = annotation(&policy, "grantor")?;
    if let Some(other) = policy
        .annotation("id")
        .filter(|other| *other != id.as_str())
    {
        let other: String = other.chars().take(64).collect();
        return Err(MALFORMED_FIELD.because(format!("text: @id says `{other}` and id says `{id}`")));
    }
    let mut names = policy.entity_literals();
    names.sort_by_key(ToString::to_string);
    names.dedup();
    Ok(Read {
        id: id.clone(),
        text: text.into(),
        digest: Digest::of(text.as_bytes()),
        needs: Needs::of(&json),
        nodes,
        description,
        grantor,
        names,
        policy,
    })
}

fn annotation(policy: &Policy, name: &str) -> Result<Arc<str>, Reject> {
    let Some(text) = policy.annotation(name) else {
        return Err(NOT_A_POLICY.because(format!("text: the annotation @{name}(\"…\") is missing")));
    };
    if text.is_empty() || text.len() > ANNOTATION_BYTES_MAX || text.chars().any(char::is_control) {
        let length = text.len();
        let reason = format!(
            "text: @{name} has {length} bytes; 1 to {ANNOTATION_BYTES_MAX} printable ones are possible"
        );
        return Err(NOT_A_POLICY.because(reason));
    }
    Ok(text.into())
}

fn first_line(text: &str) -> String {
    text.lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect()
}

/// How many values a JSON value holds.
fn nodes(json: &Value) -> usize {
    match json {
        Value::Array(parts) => 1 + parts.iter().map(nodes).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(nodes).sum::<usize>(),
        _ => 1,
    }
}

/// Bounds a text before it is parsed: its length, how deep brackets nest, how many operators it has. What stands in strings and
/// comments does not count.
pub fn check_text(text: &str) -> Result<(), Reject> {
    if text.is_empty() || text.len() > TEXT_BYTES_MAX {
        let reason = format!(
            "text has {} bytes; 1 to {TEXT_BYTES_MAX} are possible",
            text.len()
        );
        return Err(MALFORMED_FIELD.because(reason));
    }
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut operators) = (0, 0usize, 0usize);
    while at < bytes.len() {
        let step = match bytes[at] {
            b'"' => string_length(&bytes[at..]),
            b'/' if bytes.get(at + 1) == Some(&b'/') => line_length(&bytes[at..]),
            b'(' | b'[' | b'{' => {
                depth += 1;
                1
            }
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                1
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                let word = word(&bytes[at..]);
                operators += usize::from(matches!(word, b"if" | b"in" | b"has" | b"like" | b"is"));
                word.len()
            }
            b'!' | b'&' | b'|' | b'+' | b'-' | b'*' | b'<' | b'>' | b'=' | b'.' => {
                operators += 1;
                let double = matches!(
                    &bytes[at..],
                    [b'&', b'&', ..] | [b'|', b'|', ..] | [_, b'=', ..]
                );
                if double { 2 } else { 1 }
            }
            _ => 1,
        };
        if depth > NESTING_MAX {
            let reason = format!("text: brackets nest deeper than {NESTING_MAX} at byte {at}");
            return Err(TOO_COSTLY.because(reason));
        }
        if operators > OPERATORS_MAX {
            let reason = format!("text: more than {OPERATORS_MAX} operators at byte {at}");
            return Err(TOO_COSTLY.because(reason));
        }
        at += step;
    }
    Ok(())
}

fn word(bytes: &[u8]) -> &[u8] {
    let end = bytes
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    &bytes[..end.unwrap_or(bytes.len())]
}

fn line_length(bytes: &[u8]) -> usize {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    end.unwrap_or(bytes.len())
}

/// The length of a string with its quotes; one that does not end takes the rest.
fn string_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}
