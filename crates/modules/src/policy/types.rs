//! What policy stores, what can be asked of it, and what it says happened.

use crate::stored::{Version, numbered, short_id};
use convoy_ledger::{Record, Table};
use convoy_types::{Did, Digest, MemberId, quantity::Decimal};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};
use std::{fmt, str::FromStr};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

/// The engine and the way it is used, by number: Cedar 4.14, strict validation, an error denies. A change of either
/// is a change of protocol version.
pub const ENGINE: u32 = 1;
/// A policy's id, characters.
pub const ID_CHARS_MAX: usize = 64;
/// A policy's text, bytes: two screens.
pub const TEXT_BYTES_MAX: usize = 4_096;
/// Policies in force. Ten for each module, and room for a nation's own.
pub const POLICIES_MAX: usize = 400;
/// Why a policy is retired, bytes.
pub const REASON_BYTES_MAX: usize = 200;

numbered! {
    /// Whether a policy counts.
    PolicyState, "state of a policy", {
        /// It counts.
        InForce = 0 "in_force",
        /// It no longer counts; its id is not used again.
        Retired = 1 "retired",
    }
}

numbered! {
    /// How sensitive a record is (STANAG 4774 terms).
    Classification, "classification", {
        /// Unclassified.
        Unclassified = 0 "unclassified",
        /// Restricted.
        Restricted = 1 "restricted",
        /// Confidential.
        Confidential = 2 "confidential",
        /// Secret.
        Secret = 3 "secret",
    }
}

impl Classification {
    /// As a statement's label says it.
    pub fn of(label: convoy_types::statement::Classification) -> Self {
        use convoy_types::statement::Classification as Said;
        match label {
            Said::Unclassified => Self::Unclassified,
            Said::Restricted => Self::Restricted,
            Said::Confidential => Self::Confidential,
            Said::Secret => Self::Secret,
        }
    }
}

/// The label that a record shall have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelChange {
    /// The record, as `module/table/key`, such as `custody/objects/urn:epc:id:sscc:9521101.0000000011`.
    pub record: String,
    /// How sensitive it is.
    pub classification: Classification,
    /// The members it may be released to, ascending; every reader of the ledger where left out.
    #[serde(default)]
    pub releasable_to: Vec<MemberId>,
    /// What a reader must have been read into, ascending.
    #[serde(default)]
    pub caveats: Vec<String>,
    /// Why, 1 to 200 bytes.
    pub reason: String,
}

short_id! {
    /// A request for approval: of one signer, for the bytes of one action.
    RequestId, "request for approval"
}

numbered! {
    /// Where a request for approval stands.
    RequestState, "state of a request", {
        /// It waits.
        Open = 0 "open",
        /// The action took effect.
        Used = 1 "used",
        /// It was taken back.
        Withdrawn = 2 "withdrawn",
        /// It ran out.
        Expired = 3 "expired",
    }
}

/// A request for approval. Table `requests`, by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
#[schema(as = ApprovalRequest)]
pub struct Request {
    /// Format.
    pub version: Version<1>,
    /// Where it stands.
    pub state: RequestState,
    /// Who asked.
    pub signer: Did,
    /// The member that who asked acts for.
    pub member: MemberId,
    /// The action's module.
    pub module: String,
    /// The action as it will be signed.
    #[serde(with = "serde_bytes")]
    pub action: Vec<u8>,
    /// Block time when it was asked for, milliseconds.
    pub asked_ms: u64,
    /// Waits before this block time, milliseconds.
    pub expires_ms: u64,
    /// Who approved, in order.
    pub approved_by: Vec<Did>,
}

impl Request {
    /// Whether it still waits at `now_ms`.
    pub fn waits(&self, now_ms: u64) -> bool {
        self.state == RequestState::Open && now_ms < self.expires_ms
    }
}

/// How often a signer did something on one day. Table `tallies`, by DID and action; kept where a policy asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Tally {
    /// Format.
    pub version: Version<1>,
    /// The day: block time in milliseconds divided by those of a day (UTC).
    pub day: u64,
    /// How often.
    pub count: u64,
}

/// How much of one item a signer did something with on one day. Table `sums`; kept where a policy asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Sum {
    /// Format.
    pub version: Version<1>,
    /// The day: block time in milliseconds divided by those of a day (UTC).
    pub day: u64,
    /// How much, in the unit of the key.
    pub total: Decimal,
}

/// A record's label. Table `labels`, by the record's name `module/table/key`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
#[schema(as = RecordLabel)]
pub struct Label {
    /// Format.
    pub version: Version<1>,
    /// How sensitive it is.
    pub classification: Classification,
    /// The members it may be released to; every reader of the ledger where there are none.
    pub releasable_to: Vec<MemberId>,
    /// What a reader must have been read into.
    pub caveats: Vec<String>,
    /// The member that controls its release.
    pub originator: MemberId,
}

/// How many records have a label. Table `labelled`, one record, read for every statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Labels {
    /// Format.
    pub version: Version<1>,
    /// Records with a label.
    pub records: u64,
}

/// A policy's id: lower-case letters, digits, inner dots and hyphens, 1 to 64.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct PolicyId(Box<str>);

impl PolicyId {
    /// Checks `text`.
    ///
    /// # Errors
    /// What is wrong and what to write.
    pub fn new(text: &str) -> Result<Self, String> {
        let inner = |byte: u8| matches!(byte, b'.' | b'-');
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || inner(byte);
        let ends = text.bytes().next().is_some_and(inner) || text.bytes().last().is_some_and(inner);
        if text.is_empty() || text.len() > ID_CHARS_MAX || ends || !text.bytes().all(plain) {
            let shown: String = text.chars().take(64).collect();
            return Err(format!(
                "`{shown}` is no policy id; write 1 to {ID_CHARS_MAX} lower-case letters, digits, inner dots or hyphens"
            ));
        }
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PolicyId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for PolicyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl PartialSchema for PolicyId {
    fn schema() -> RefOr<Schema> {
        crate::stored::text_schema(
            "A policy's id: 1 to 64 lower-case letters, digits, inner dots or hyphens.",
            &[],
        )
    }
}

impl ToSchema for PolicyId {}

/// A policy with its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyText {
    /// Its id.
    pub id: PolicyId,
    /// One Cedar policy, at most 4,096 bytes.
    pub text: String,
}

/// What users ask for. A change of meaning gets a new variant; variants are never reused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Sets the policies that a network begins with.
    Found {
        /// All of them.
        policies: Vec<PolicyText>,
    },
    /// Adds a policy.
    Put {
        /// Its id, never used before.
        id: PolicyId,
        /// One Cedar policy with `@description` and `@grantor`, at most 4,096 bytes.
        text: String,
        /// The revision that the signer looked at; refused where another is in force. Not compared where left out.
        #[serde(default)]
        revision: Option<u64>,
    },
    /// Puts another text in place of a policy's.
    Replace {
        /// Which policy.
        id: PolicyId,
        /// One Cedar policy with `@description` and `@grantor`, at most 4,096 bytes.
        text: String,
        /// The revision that the signer looked at; refused where another is in force. Not compared where left out.
        #[serde(default)]
        revision: Option<u64>,
    },
    /// Ends a policy. Its id is not used again.
    Retire {
        /// Which policy.
        id: PolicyId,
        /// Why, 1 to 200 bytes.
        reason: String,
        /// The revision that the signer looked at; refused where another is in force. Not compared where left out.
        #[serde(default)]
        revision: Option<u64>,
    },
    /// Raises the label of a record, or gives it one: fewer may read it from now on.
    RaiseLabel(LabelChange),
    /// Lowers the label of a record or releases it to more members. By the member that originated it.
    ReleaseLabel(LabelChange),
    /// Asks others to approve an action before it is sent.
    AskApproval {
        /// The action's module.
        module: String,
        /// The action's bytes as they will be signed, in hexadecimal, at most 16 KiB.
        action: String,
        /// Waits until this block time, milliseconds since 1970; 7 days where left out, 30 days at most.
        #[serde(default)]
        expires_ms: Option<u64>,
    },
    /// Approves what somebody else asked for.
    Approve {
        /// Which request.
        request: RequestId,
    },
    /// Takes a request back, while it cools off or afterwards. By who asked, or an administrator of that member.
    WithdrawRequest {
        /// Which request.
        request: RequestId,
    },
}

/// The policies in force, in short. Table `head`, one record, read for every statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Head {
    /// Format.
    pub version: Version<1>,
    /// The engine that evaluates them.
    pub engine: u32,
    /// Counts changes, from 1.
    pub revision: u64,
    /// How many are in force.
    pub policies: u32,
    /// Digest of the [`Contents`].
    pub digest: Digest,
}

/// A policy in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct ContentsLine {
    /// Its id.
    pub id: PolicyId,
    /// Digest of its text.
    pub text: Digest,
}

/// The policies in force, by id. Table `contents`, one record, read when they changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Contents {
    /// Format.
    pub version: Version<1>,
    /// By id.
    pub policies: Vec<ContentsLine>,
}

/// A policy. Table `policies`, by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct StoredPolicy {
    /// Format.
    pub version: Version<1>,
    /// Whether it counts.
    pub state: PolicyState,
    /// The Cedar policy.
    pub text: String,
    /// The revision that changed it last.
    pub revision: u64,
    /// Block time of that change, milliseconds.
    pub changed_ms: u64,
    /// Who changed it; nobody where the network was founded with it.
    pub changed_by: Option<Did>,
}

macro_rules! tables {
    ($($record:ident => $name:literal),* $(,)?) => {
        $(impl Record for $record {
            const TABLE: Table = Table::new(super::NAME, $name);
        })*
    };
}

tables! {
    Head => "head",
    Contents => "contents",
    StoredPolicy => "policies",
    Label => "labels",
    Labels => "labelled",
    Request => "requests",
    Tally => "tallies",
    Sum => "sums",
}

/// The key of the only [`Head`] and of the only [`Contents`].
pub const ONLY: &[u8] = b"all";

/// What happened, for the read model and the feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A policy is new or has changed.
    Policy {
        /// Which.
        id: PolicyId,
        /// As it is now.
        now: StoredPolicy,
        /// Why it was retired, where told.
        reason: String,
    },
    /// A request for approval is new or has changed.
    Request {
        /// Which.
        request: RequestId,
        /// As it is now.
        now: Request,
    },
    /// A record has another label.
    Label {
        /// The record, as `module/table/key`.
        record: String,
        /// As it is now.
        now: Label,
        /// Why, where told.
        reason: String,
    },
}
