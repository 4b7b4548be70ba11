//! What a node answers, as a program reads it. Fields that a newer node adds are ignored.

use crate::error::ProblemDetails;
use convoy_types::{Did, MemberId, NetworkId, StatementId};
use serde::{Deserialize, Serialize};

/// The network and the node's place in it (`GET /v1/network`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The network that statements must name.
    pub network: NetworkId,
    /// The member whose node this is.
    pub member: MemberId,
    /// The rules in force.
    pub protocol_version: u32,
    /// The last final block of this node.
    pub height: u64,
    /// Its time, milliseconds since 1970.
    pub time_ms: u64,
}

/// A key of a signer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignerKey {
    /// The key's id, hexadecimal.
    pub key_id: String,
    /// The public key as a JSON Web Key.
    pub jwk: serde_json::Value,
    /// `own_key`, or `held_by_node`.
    pub assurance: String,
    /// Valid from this block time on, milliseconds since 1970.
    pub valid_from_ms: u64,
    /// Valid before this block time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until_ms: Option<u64>,
    /// Revoked at this block time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_ms: Option<u64>,
}

/// The next place of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// The lane.
    pub lane: u8,
    /// The sequence that the next statement must have.
    pub next_sequence: u64,
}

/// A signer as the ledger knows it (`GET /v1/signers/{did}`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignerView {
    /// Who.
    pub did: Did,
    /// The member it acts for.
    pub member: MemberId,
    /// `active`, `suspended` or `retired`.
    pub status: String,
    /// What it may do.
    pub roles: Vec<String>,
    /// Its keys.
    pub keys: Vec<SignerKey>,
    /// The lanes in use; every other one is at 0.
    pub lanes: Vec<Lane>,
}

impl SignerView {
    /// The sequence that the next statement of `lane` must have.
    pub fn next_sequence(&self, lane: u8) -> u64 {
        self.lanes
            .iter()
            .find(|known| known.lane == lane)
            .map_or(0, |known| known.next_sequence)
    }
}

/// What became of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Admitted; not in a final block yet.
    Waiting,
    /// Final, with effect.
    Accepted,
    /// Final or dropped, without effect; `refusal` says why.
    Refused,
    /// Past its `not_after`: it can never execute.
    Expired,
    /// This node has not seen it.
    Unknown,
}

impl State {
    /// Whether it stays so for ever.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Accepted | Self::Refused | Self::Expired)
    }

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
        }
    }
}

/// A statement's status (`GET /v1/statements/{id}`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Which statement.
    pub id: StatementId,
    /// What became of it.
    pub state: State,
    /// The height of its block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u64>,
    /// Its place in the block, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// The block's time, milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<u64>,
    /// Its leaf in the statement log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_index: Option<u64>,
    /// Why it has no effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<ProblemDetails>,
}

/// What became of one statement of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Submitted {
    /// Admitted; it waits for a block.
    Admitted {
        /// Its id.
        id: StatementId,
        /// `waiting`.
        state: State,
    },
    /// Refused at once.
    Refused {
        /// Why.
        problem: Box<ProblemDetails>,
    },
}

/// The answer to a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    /// For each statement, in order.
    pub results: Vec<Submitted>,
}

/// A statement refused at once, in the short answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedAt {
    /// Its place in the submission, from 0.
    pub index: usize,
    /// Why.
    pub problem: ProblemDetails,
}

/// The short answer to a submission (`Prefer: return=minimal`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// How many were admitted.
    pub admitted: usize,
    /// Those that were not.
    pub refused: Vec<RefusedAt>,
}

/// An EPCIS capture job (`GET /v1/epcis/capture/{job}`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaptureJob {
    /// The job's name.
    #[serde(rename = "captureID")]
    pub capture_id: String,
    /// Whether some statement is not final yet.
    pub running: bool,
    /// Whether nothing was refused so far.
    pub success: bool,
    /// What was refused.
    pub errors: Vec<crate::error::DocumentError>,
    /// The statements that hold the events.
    pub statements: Vec<StatementId>,
}

/// What happens to a document of which an event is refused (EPCIS 2.0 section 12.6.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// Nothing of the document is captured.
    #[default]
    Rollback,
    /// The other events are captured.
    Proceed,
}

impl OnError {
    /// The header's value.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::Proceed => "proceed",
        }
    }
}

/// One event of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedEvent {
    /// Where the feed goes on behind this event.
    pub cursor: String,
    /// `statement`, `block`, `case` or `handover`.
    pub kind: String,
    /// What happened.
    pub data: serde_json::Value,
}
