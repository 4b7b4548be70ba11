//! What is wrong with a query: which parameter, what, and what to write instead.

use std::fmt;

/// The exceptions of the query interface (EPCIS 2.0 section 8.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exception {
    /// A parameter is unknown, or its value is not what it should be.
    QueryParameter,
    /// The answer would take more work than one question may.
    QueryTooComplex,
    /// The answer has more events than asked for at most.
    QueryTooLarge,
}

impl Exception {
    /// The standard's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::QueryParameter => "QueryParameterException",
            Self::QueryTooComplex => "QueryTooComplexException",
            Self::QueryTooLarge => "QueryTooLargeException",
        }
    }
}

/// A refused query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct QueryFault {
    /// Which exception.
    pub exception: Exception,
    /// The parameter to blame.
    pub parameter: String,
    /// What is wrong.
    pub fault: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for QueryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.parameter, self.fault, self.remedy)
    }
}

/// Text of others in a message: short, and without control characters.
pub(super) fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

impl QueryFault {
    pub(super) fn parameter(
        parameter: &str,
        fault: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            exception: Exception::QueryParameter,
            parameter: cut(parameter),
            fault: fault.into(),
            remedy: remedy.into(),
        }
    }

    pub(super) fn complex(
        parameter: &str,
        fault: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            exception: Exception::QueryTooComplex,
            ..Self::parameter(parameter, fault, remedy)
        }
    }
}
