//! What was checked, what was proved, and what failed.

use convoy_types::{Compartment, MemberId, StatementId};
use serde::Serialize;
use std::fmt;

/// One check that held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked, in plain words.
    pub name: String,
    /// What was found.
    pub detail: String,
}

/// What the file proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proved {
    /// The statement has its place in the log; whether it was accepted is not said.
    Ordered,
    /// The statement was executed and accepted.
    Accepted,
    /// The statement was logged and refused.
    Refused,
    /// The record was there, with this value, at this block.
    Present,
    /// There was no such record at this block.
    Absent,
    /// The older log is the beginning of the newer one.
    Consistent,
}

impl Proved {
    /// In plain words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Ordered => {
                "the statement has its place in the log (whether it was accepted is not proved)"
            }
            Self::Accepted => "the statement was ordered and accepted",
            Self::Refused => "the statement was ordered and REFUSED",
            Self::Present => "the record was present with this value",
            Self::Absent => "the record was absent",
            Self::Consistent => "the older log is the beginning of the newer one",
        }
    }
}

/// Everything that held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What is proved.
    pub proved: Proved,
    /// The statement, where the file is about one.
    pub statement: Option<StatementId>,
    /// The ledger that the statement was for.
    pub compartment: Option<Compartment>,
    /// The statement's leaf in the log.
    pub leaf: Option<u64>,
    /// The members that vouch: those that signed tree heads, or the validators that signed the certificate.
    pub attested_by: Vec<MemberId>,
    /// The height of the latest block vouched for. The statement's own block is this one or an earlier one; see `recorded_height`.
    pub height: u64,
    /// That block's time, milliseconds since 1970.
    pub time_ms: u64,
    /// The size of the log after that block.
    pub log_size: u64,
    /// The height of the statement's own block, where it is proved.
    pub recorded_height: Option<u64>,
    /// The time of the statement's own block, milliseconds since 1970, where it is proved.
    pub recorded_ms: Option<u64>,
    /// Whether the signer's own signature was checked; it was not where the trust file has no key for it.
    pub signature_checked: bool,
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// What could not be checked, and why.
    pub notes: Vec<String>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            proved: Proved::Ordered,
            statement: None,
            compartment: None,
            leaf: None,
            attested_by: Vec::new(),
            height: 0,
            time_ms: 0,
            log_size: 0,
            recorded_height: None,
            recorded_ms: None,
            signature_checked: false,
            checks: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(crate) fn held(&mut self, name: impl Into<String>, detail: impl Into<String>) {
        self.checks.push(Check {
            name: name.into(),
            detail: detail.into(),
        });
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    pub(crate) fn attest(&mut self, member: &MemberId) {
        if !self.attested_by.contains(member) {
            self.attested_by.push(member.clone());
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "PROVED: {}", self.proved.words())?;
        if let (Some(id), Some(leaf)) = (self.statement, self.leaf) {
            writeln!(f, "  statement  {id}, leaf {leaf} of {}", self.log_size)?;
        }
        if let (Some(height), Some(time_ms)) = (self.recorded_height, self.recorded_ms) {
            writeln!(f, "  recorded   in block {height} at {time_ms} ms")?;
        }
        let members: Vec<_> = self.attested_by.iter().map(MemberId::as_str).collect();
        let members = members.join(", ");
        writeln!(f, "  vouched    at block {} by {members}", self.height)?;
        for check in &self.checks {
            writeln!(f, "  ok    {}: {}", check.name, check.detail)?;
        }
        for note in &self.notes {
            writeln!(f, "  note  {note}")?;
        }
        Ok(())
    }
}

/// The check that failed, and why. Nothing is proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("NOT PROVED: the check `{check}` failed: {reason}")]
pub struct VerifyError {
    /// The check that failed.
    pub check: String,
    /// Why, and where it helps, what to do.
    pub reason: String,
}

/// Fails `check`.
pub(crate) fn failed(check: impl Into<String>, reason: impl ToString) -> VerifyError {
    VerifyError {
        check: check.into(),
        reason: reason.to_string(),
    }
}
