//! What can go wrong between a program and a node.

use convoy_types::{StatementError, StatementId};
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// One broken rule of a captured document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentError {
    /// JSON pointer (RFC 6901) into the document.
    pub pointer: String,
    /// The rule, after its source.
    pub rule: String,
    /// What was wrong.
    pub detail: String,
    /// What to write instead.
    pub remedy: String,
}

/// Problem details (RFC 9457) as a node sends them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProblemDetails {
    /// URI reference that identifies the rule.
    #[serde(rename = "type")]
    pub kind: String,
    /// The rule in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What exactly was wrong.
    pub detail: String,
    /// The path that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The rule's number; 0 where the answer was not a node's.
    pub code: u16,
    /// The rule's stable name.
    pub name: String,
    /// Whether sending the same thing again later can succeed.
    pub retryable: bool,
    /// What to do next.
    pub remedy: String,
    /// Which action of the statement is to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<u32>,
    /// JSON pointer to the wrong field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The broken rules of a captured document.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<DocumentError>,
}

impl fmt::Display for ProblemDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.name, self.code, self.detail)?;
        if let Some(pointer) = &self.pointer {
            write!(f, " (at `{pointer}`)")?;
        }
        write!(f, ". {}", self.remedy)?;
        for error in &self.errors {
            write!(
                f,
                "\n  at {}: {}; {}; {}",
                error.pointer, error.rule, error.detail, error.remedy
            )?;
        }
        Ok(())
    }
}

/// Why a call did not give what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The address is no URL of a node.
    #[error(
        "`{url}` is no address of a node: {reason}; write it like http://127.0.0.1:8480 or https://convoy.mod.example"
    )]
    Address {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The node refused.
    #[error("{0}")]
    Problem(Box<ProblemDetails>),
    /// The node could not be reached, or the connection was lost, and retrying did not help.
    #[error(
        "no answer from {url}: {reason}; check that the node runs and that the address is right"
    )]
    Connection {
        /// What was called.
        url: String,
        /// What failed.
        reason: String,
    },
    /// The answer is not what a node of this version sends.
    #[error(
        "{url} answered something that this version does not understand: {reason}; check that client and node have the same version"
    )]
    Answer {
        /// What was called.
        url: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The statement cannot be made.
    #[error("the statement cannot be made: {0}")]
    Statement(#[from] StatementError),
    /// The statement is not final within the time given. It may become so later: ask again with the same id.
    #[error("statement {id} is not final after {} ms; its state is `{state}`; ask again with the same id", waited.as_millis())]
    NotFinal {
        /// Which statement.
        id: StatementId,
        /// Its state when last seen.
        state: String,
        /// How long was waited.
        waited: Duration,
    },
    /// A proof does not hold.
    #[error("{0}")]
    Verify(String),
}

impl ClientError {
    /// The problem, where the node refused.
    pub fn problem(&self) -> Option<&ProblemDetails> {
        match self {
            Self::Problem(problem) => Some(problem),
            _ => None,
        }
    }

    /// The number of the broken rule, where the node refused.
    pub fn code(&self) -> Option<u16> {
        self.problem().map(|problem| problem.code)
    }
}

impl From<ProblemDetails> for ClientError {
    fn from(problem: ProblemDetails) -> Self {
        Self::Problem(Box::new(problem))
    }
}
