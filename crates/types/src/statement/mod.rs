//! The signed statement: the only way anything enters the ledger.
//!
//! A statement is a tagged COSE_Sign1 (RFC 9052) in the profile of SCITT (RFC 9943), encoded deterministically:
//!
//! ```text
//! 18([
//!   protected << {1: alg, 3: 60, 4: kid,                    ; 60 = application/cbor
//!                 15: {1: signer DID, 2: what it is about, 3: network}} >>,
//!   {},                        ; empty when submitted and logged; receipts are attached here later (394)
//!   payload << [1, compartment / null, label / null, lane, sequence, not_after, assurance,
//!               [+ [module, << body >>]]] >>,
//!   signature
//! ])
//! label = [classification, [* member]]
//! ```
//!
//! `null` for the compartment is the common ledger, `null` for the label is unclassified without restriction. Times are milliseconds of
//! block time since 1970. `kid` is the first eight bytes of the key's RFC 9679 thumbprint. What happened and when (claimed) is inside the actions.
//!
//! Flow: [`Statement::decode`] reads the bytes once and keeps them; [`Statement::id`] is SHA-256 of exactly these bytes;
//! [`Statement::signed_bytes`] is what the key signed; [`StatementBuilder`] makes one.
//!
//! Invariants: a `Statement` in hand was decoded strictly: every length within its limit, every part canonical, every action's body
//! one deterministic CBOR item. Its signature is checked by who holds the key. Two different byte strings are two different statements.

mod build;
mod decode;
mod error;
#[cfg(test)]
mod tests;

pub use build::{StatementBuilder, UnsignedStatement};
pub use error::{Fault, StatementError};

use crate::{
    Compartment, Did, Digest, MemberId, NetworkId, StatementId,
    cose::{Algorithm, KeyId, PublicKey, sig_structure},
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The content type in every statement's protected header: `application/cbor` by its CoAP number (RFC 8949 section 9.5),
/// 27 bytes shorter than a name of our own and so much more room in a QR code.
pub const CONTENT_TYPE: u64 = 60;
/// The version of the payload.
pub const STATEMENT_VERSION: u64 = 1;
/// A module's name, bytes.
pub const MODULE_NAME_BYTES_MAX: usize = 32;
/// Members in one label.
pub const LABEL_MEMBERS_MAX: usize = 64;

/// How sensitive the content is, lowest first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Classification {
    /// Unclassified.
    #[default]
    Unclassified,
    /// Restricted.
    Restricted,
    /// Confidential.
    Confidential,
    /// Secret.
    Secret,
}

impl Classification {
    const ALL: [Self; 4] = [
        Self::Unclassified,
        Self::Restricted,
        Self::Confidential,
        Self::Secret,
    ];

    /// The number on the wire.
    pub fn number(self) -> u64 {
        self as u64
    }

    /// The classification of a number, where there is one.
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

/// Who may read: a classification, and the members it is releasable to. No member listed means every
/// reader of the lane.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Label {
    /// How sensitive it is.
    pub classification: Classification,
    /// The members it is releasable to, ascending and without repetition.
    pub releasable_to: Vec<MemberId>,
}

impl Label {
    /// Unclassified and without restriction: what a statement without label means.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

/// Whose hand holds the key that signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    /// The person's or device's own key (hardware, browser, phone).
    OwnKey,
    /// A key of this user held by the member's node.
    HeldByNode,
}

impl Assurance {
    /// The number on the wire.
    pub fn number(self) -> u64 {
        match self {
            Self::OwnKey => 0,
            Self::HeldByNode => 1,
        }
    }

    /// The assurance of a number, where there is one.
    pub fn from_number(number: u64) -> Option<Self> {
        match number {
            0 => Some(Self::OwnKey),
            1 => Some(Self::HeldByNode),
            _ => None,
        }
    }
}

/// One thing to do, for one module. All actions of a statement happen or none does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The module, such as `custody`: lower-case letters, digits and hyphens.
    pub module: Box<str>,
    /// The module's own action: one deterministic CBOR item.
    pub body: Bytes,
}

/// What is signed, apart from who signs it for which network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The ledger it is for.
    pub compartment: Compartment,
    /// Who may read it.
    pub label: Label,
    /// The signer's lane, 0 to 63.
    pub lane: u8,
    /// The place in that lane: starts at 0 and is exactly the next.
    pub sequence: u64,
    /// Past this block time (milliseconds since 1970) it can never execute.
    pub not_after_ms: u64,
    /// Whose hand holds the key.
    pub assurance: Assurance,
    /// What to do, in order; at least one.
    pub actions: Vec<Action>,
}

/// What may be a statement, and the id that it then has.
#[derive(Clone, Debug)]
pub struct StatementBytes {
    raw: Bytes,
    id: StatementId,
}

impl StatementBytes {
    /// Names `bytes`.
    pub fn of(bytes: impl Into<Bytes>) -> Self {
        let raw = bytes.into();
        let id = StatementId(Digest::of(&raw));
        Self { raw, id }
    }

    /// The id.
    pub fn id(&self) -> StatementId {
        self.id
    }
}

/// A strictly decoded signed statement with its bytes.
#[derive(Clone)]
pub struct Statement {
    raw: Bytes,
    id: StatementId,
    protected: Range<usize>,
    payload: Range<usize>,
    signature: Range<usize>,
    algorithm: Algorithm,
    key_id: KeyId,
    signer: Did,
    subject: Box<str>,
    network: NetworkId,
    content: Content,
}

impl Statement {
    /// The identifier and log entry: SHA-256 of the tagged COSE_Sign1 with empty unprotected header.
    pub fn id(&self) -> StatementId {
        self.id
    }

    /// The statement's bytes, exactly as decoded.
    pub fn bytes(&self) -> &Bytes {
        &self.raw
    }

    /// The algorithm that the statement names.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key that the statement names.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Who signed (CWT `iss`).
    pub fn signer(&self) -> &Did {
        &self.signer
    }

    /// What it is about (CWT `sub`).
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The network it is for (CWT `aud`).
    pub fn network(&self) -> &NetworkId {
        &self.network
    }

    /// Everything else that is signed.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// The actions, in order.
    pub fn actions(&self) -> &[Action] {
        &self.content.actions
    }

    /// The protected header's content.
    pub fn protected(&self) -> &[u8] {
        &self.raw[self.protected.clone()]
    }

    /// The payload's content.
    pub fn payload(&self) -> &[u8] {
        &self.raw[self.payload.clone()]
    }

    /// The signature.
    pub fn signature(&self) -> &[u8] {
        &self.raw[self.signature.clone()]
    }

    /// The bytes that the key signed (RFC 9052 section 4.4), freshly put together.
    pub fn signed_bytes(&self) -> Vec<u8> {
        sig_structure(self.protected(), self.payload())
    }

    /// Refuses a statement made for a network other than `network`.
    pub fn check_network(&self, network: &NetworkId) -> Result<(), StatementError> {
        if self.network == *network {
            return Ok(());
        }
        let detail = format!(
            "it was signed for `{}` and this is `{network}`",
            self.network
        );
        Err(StatementError::new(
            Fault::WrongNetwork,
            "CWT claims: aud",
            detail,
        ))
    }

    /// Refuses a key that is not the one the statement names. Cheap; the signature is not looked at.
    pub fn check_key(&self, key: &PublicKey) -> Result<(), StatementError> {
        if self.algorithm == key.algorithm() && self.key_id == key.key_id() {
            return Ok(());
        }
        let detail = format!(
            "it names {} key {} and was given {} key {}",
            self.algorithm,
            self.key_id,
            key.algorithm(),
            key.key_id()
        );
        Err(StatementError::new(
            Fault::WrongKey,
            "protected header: kid",
            detail,
        ))
    }

    /// Checks the signature under `key`, which must be the one that the statement names.
    pub fn verify(&self, key: &PublicKey) -> Result<(), StatementError> {
        self.check_key(key)?;
        key.verify(&self.signed_bytes(), self.signature())
            .map_err(|error| {
                StatementError::new(Fault::BadSignature, "signature", error.to_string())
            })
    }
}

impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Statement {}

impl std::fmt::Debug for Statement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Statement")
            .field("id", &self.id)
            .field("signer", &self.signer)
            .field("lane", &self.content.lane)
            .field("sequence", &self.content.sequence)
            .field("actions", &self.content.actions.len())
            .finish_non_exhaustive()
    }
}
