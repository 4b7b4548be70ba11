//! How a command ends: one enumeration, five exit codes, one sentence about what happened and one about what to do.
//!
//! Exit codes are part of the interface (see `convoy --help`): 0 done, 1 refused or a check failed, 2 wrong usage,
//! 3 the environment failed (a file, a port, a node that does not answer), 130 stopped by Ctrl-C. A script can tell "the ledger said no" from "nobody answered".

use convoy_client::ClientError;
use serde_json::{Value, json};
use std::{fmt, process::ExitCode};

/// Which of the exit codes above 0 applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The ledger refused, or a verification failed. Trying the same again gives the same answer.
    Refused,
    /// The command line or a file given on it is wrong.
    Usage,
    /// Something around us failed: a file, a port, a node out of reach.
    Environment,
    /// Somebody stopped it before it was done.
    Interrupted,
}

impl Kind {
    /// The process exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Environment => 3,
            // 128 and the number of the signal, as shells have it.
            Self::Interrupted => 130,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Usage => "usage",
            Self::Environment => "environment",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub struct Failure {
    /// The exit code's meaning.
    pub kind: Kind,
    /// What was attempted, on what, and what came of it.
    pub what: String,
    /// What to do next, where we know.
    pub remedy: Option<String>,
    /// The machine-readable cause, such as the problem document of the node.
    pub details: Option<Box<Value>>,
}

/// What every command returns.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    fn new(kind: Kind, what: impl fmt::Display) -> Self {
        Self {
            kind,
            what: what.to_string(),
            remedy: None,
            details: None,
        }
    }

    /// The ledger or a verifier said no.
    pub fn refused(what: impl fmt::Display) -> Self {
        Self::new(Kind::Refused, what)
    }

    /// The caller asked for something that cannot be meant.
    pub fn usage(what: impl fmt::Display) -> Self {
        Self::new(Kind::Usage, what)
    }

    /// A file, a process or the network failed.
    pub fn environment(what: impl fmt::Display) -> Self {
        Self::new(Kind::Environment, what)
    }

    /// Ctrl-C came before the end.
    pub fn interrupted(what: impl fmt::Display) -> Self {
        Self::new(Kind::Interrupted, what)
    }

    /// Adds what to do next.
    pub fn remedy(mut self, remedy: impl fmt::Display) -> Self {
        self.remedy = Some(remedy.to_string());
        self
    }

    /// Adds the machine-readable cause.
    pub fn details(mut self, details: Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// Prints it on stderr, as one JSON object when `json`, and gives the exit code.
    pub fn report(&self, json: bool) -> ExitCode {
        if json {
            let mut object = json!({"error": self.kind.name(), "detail": self.what});
            if let Some(remedy) = &self.remedy {
                object["remedy"] = json!(remedy);
            }
            if let Some(details) = &self.details {
                object["problem"] = (**details).clone();
            }
            eprintln!("{object}");
        } else {
            eprintln!("convoy: {}", self.what);
            if let Some(remedy) = &self.remedy {
                eprintln!("        {remedy}");
            }
        }
        ExitCode::from(self.kind.code())
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Problem(problem) => {
                let details = serde_json::to_value(&problem).unwrap_or_default();
                let places = problem.errors.iter().map(|error| {
                    format!(
                        "\n  {}: {} ({}). {}",
                        error.pointer, error.detail, error.rule, error.remedy
                    )
                });
                let what = format!(
                    "{} [{} {}]{}",
                    problem.detail,
                    problem.code,
                    problem.name,
                    places.collect::<String>()
                );
                Self::refused(what).remedy(&problem.remedy).details(details)
            }
            ClientError::Address { .. } | ClientError::Statement(_) => Self::usage(error),
            ClientError::Verify(_) => Self::refused(error),
            _ => Self::environment(error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match &self.remedy {
            Some(remedy) => write!(f, " ({remedy})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

/// Gives an input or output error the name of what was attempted.
pub trait Attempt<T> {
    /// `what` completes "cannot …": "read FILE", "start the node of est".
    fn attempt(self, what: impl FnOnce() -> String) -> Outcome<T>;
}

impl<T, E: fmt::Display> Attempt<T> for Result<T, E> {
    fn attempt(self, what: impl FnOnce() -> String) -> Outcome<T> {
        self.map_err(|error| Failure::environment(format!("cannot {}: {error}", what())))
    }
}
