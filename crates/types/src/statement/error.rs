//! Why bytes are not a statement, numbered. Numbers 1001 to 1099 belong to the statement's form; they are never
//! reused, and the interface shows them as they are.

use crate::wire::{WireError, WireFault};

/// What is wrong, by number. Where several faults meet, the first one in reading order is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The bytes end too early.
    Truncated,
    /// Longer than its limit.
    TooLarge,
    /// Bytes follow the statement or one of its parts.
    Trailing,
    /// Not the one deterministic encoding.
    NotCanonical,
    /// Another type of item stands there.
    WrongType,
    /// A member that this version does not have, or one that is missing or out of order.
    UnknownMember,
    /// A number or length outside its range.
    OutOfRange,
    /// There is no signature.
    Unsigned,
    /// The algorithm is not one we know.
    UnknownAlgorithm,
    /// The unprotected header carries something.
    UnprotectedHeader,
    /// Nested more deeply than allowed.
    TooDeep,
    /// The content type or version is not ours.
    UnknownFormat,
    /// A text does not follow its rule.
    BadText,
    /// Made for another network.
    WrongNetwork,
    /// The signature does not hold.
    BadSignature,
    /// The key given is not the one the statement names.
    WrongKey,
}

impl Fault {
    /// Every fault, in the order of the numbers.
    pub const ALL: [Self; 16] = [
        Self::Truncated,
        Self::TooLarge,
        Self::Trailing,
        Self::NotCanonical,
        Self::WrongType,
        Self::UnknownMember,
        Self::OutOfRange,
        Self::Unsigned,
        Self::UnknownAlgorithm,
        Self::UnprotectedHeader,
        Self::TooDeep,
        Self::UnknownFormat,
        Self::BadText,
        Self::WrongNetwork,
        Self::BadSignature,
        Self::WrongKey,
    ];

    /// The stable number.
    pub fn number(self) -> u16 {
        match self {
            Self::Truncated => 1001,
            Self::TooLarge => 1002,
            Self::Trailing => 1003,
            Self::NotCanonical => 1004,
            Self::WrongType => 1005,
            Self::UnknownMember => 1006,
            Self::OutOfRange => 1007,
            Self::Unsigned => 1008,
            Self::UnknownAlgorithm => 1009,
            Self::UnprotectedHeader => 1010,
            Self::TooDeep => 1011,
            Self::UnknownFormat => 1012,
            Self::BadText => 1013,
            Self::WrongNetwork => 1014,
            Self::BadSignature => 1015,
            Self::WrongKey => 1016,
        }
    }

    /// What to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Truncated => "send the whole statement",
            Self::TooLarge => "split the work over several statements",
            Self::Trailing => "send the statement alone, with nothing after it or its parts",
            Self::NotCanonical => {
                "encode it deterministically (RFC 8949 section 4.2.1) and sign again"
            }
            Self::WrongType => "build the statement per the statement format and sign again",
            Self::UnknownMember => {
                "send exactly the members of this version, in order, and sign again"
            }
            Self::OutOfRange => "correct the value and sign again",
            Self::Unsigned => "sign the statement before sending it",
            Self::UnknownAlgorithm => "sign with Ed25519, ES256 or ML-DSA-65",
            Self::UnprotectedHeader => {
                "leave the unprotected header empty; take receipts off first"
            }
            Self::TooDeep => "flatten the action's body and sign again",
            Self::UnknownFormat => "use statement format version 1",
            Self::BadText => "correct the text and sign again",
            Self::WrongNetwork => {
                "send it to the network it was signed for, or sign it for this one"
            }
            Self::BadSignature => {
                "sign the exact bytes again with the key that the statement names"
            }
            Self::WrongKey => "use the key that the statement names, or name the key that signs",
        }
    }
}

/// A refused statement: which field, what is wrong with it, what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {field}: {detail}; {}", fault.number(), fault.remedy())]
pub struct StatementError {
    /// What is wrong.
    pub fault: Fault,
    /// The field it is wrong with, such as `protected header: kid`.
    pub field: &'static str,
    /// The fault in plain words, with values and offsets.
    pub detail: String,
}

impl StatementError {
    pub(crate) fn new(fault: Fault, field: &'static str, detail: impl Into<String>) -> Self {
        Self {
            fault,
            field,
            detail: detail.into(),
        }
    }

    pub(super) fn wire(field: &'static str, error: WireError) -> Self {
        let fault = match error.fault {
            WireFault::Truncated => Fault::Truncated,
            WireFault::Trailing => Fault::Trailing,
            WireFault::NotShortest => Fault::NotCanonical,
            WireFault::WrongType => Fault::WrongType,
            WireFault::OutOfRange => Fault::OutOfRange,
            WireFault::NotUtf8 => Fault::BadText,
        };
        Self::new(fault, field, error.to_string())
    }

    /// The stable number of the fault.
    pub fn number(&self) -> u16 {
        self.fault.number()
    }
}
