//! What is wrong with a document: where, which rule, what to do.

use std::{cell::RefCell, fmt};

/// Errors reported for one event; the rest are counted by the caller's next try.
pub const ERRORS_PER_EVENT_MAX: usize = 20;
/// Errors reported for one document.
pub const ERRORS_PER_DOCUMENT_MAX: usize = 200;

/// One broken rule, with the place and the way out.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, thiserror::Error)]
#[error("at `{pointer}`: {rule}; found {found}; {remedy}")]
pub struct EpcisError {
    /// JSON pointer (RFC 6901) or, in XML, an XPath to the place; empty for the whole document.
    pub pointer: String,
    /// The rule, after its source: `EPCIS 2.0 §7.4.2: action is required`.
    pub rule: String,
    /// What is there instead, cut short.
    pub found: String,
    /// What to write.
    pub remedy: String,
}

/// A place in a document, written as a pointer only when an error needs it.
pub(super) struct At<'p> {
    parent: Option<&'p At<'p>>,
    step: Step<'p>,
}

enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

impl<'p> At<'p> {
    /// The document itself.
    pub(super) const ROOT: At<'static> = At {
        parent: None,
        step: Step::Index(0),
    };

    pub(super) fn key(&'p self, key: &'p str) -> At<'p> {
        At {
            parent: Some(self),
            step: Step::Key(key),
        }
    }

    pub(super) fn index(&'p self, index: usize) -> At<'p> {
        At {
            parent: Some(self),
            step: Step::Index(index),
        }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(parent) = self.parent else {
            return Ok(());
        };
        write!(f, "{parent}/")?;
        match self.step {
            Step::Key(key) => f.write_str(&key.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => write!(f, "{index}"),
        }
    }
}

/// Collects the errors of one event or header, at most [`ERRORS_PER_EVENT_MAX`].
#[derive(Default)]
pub(super) struct Issues(RefCell<Vec<EpcisError>>);

impl Issues {
    pub(super) fn add(
        &self,
        at: &At<'_>,
        rule: impl Into<String>,
        found: impl fmt::Display,
        remedy: impl Into<String>,
    ) {
        let mut list = self.0.borrow_mut();
        if list.len() < ERRORS_PER_EVENT_MAX {
            list.push(EpcisError {
                pointer: at.to_string(),
                rule: rule.into(),
                found: found.to_string().chars().take(120).collect(),
                remedy: remedy.into(),
            });
        }
    }

    pub(super) fn into_list(self) -> Vec<EpcisError> {
        self.0.into_inner()
    }
}
