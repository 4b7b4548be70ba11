//! Refusals: numbered, named, by precedence, and saying what to do next.
//!
//! The number is part of the ledger (it is committed in the outcome); the words are not and may be
//! improved. Numbers are never reused. Within a module the lowest number that applies is given.
//!
//! | numbers | owner |
//! | --- | --- |
//! | 1–99 | the core and admission |
//! | 100–999, 3000–6999 | the modules, each a hundred of its own |

use serde::Serialize;
use std::fmt;

/// A rule that can be broken: one row of a module's refusal table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Unique over all modules, never reused.
    pub number: u16,
    /// Stable name in kebab case.
    pub name: &'static str,
    /// Whether sending the same thing again later can succeed.
    pub retryable: bool,
    /// What the sender can do.
    pub remedy: &'static str,
}

/// A refusal: the broken rule and what exactly was wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// The rule that is broken.
    #[serde(flatten)]
    pub rule: Rule,
    /// What was wrong, in plain words, naming the field and the value.
    pub reason: String,
    /// Which action of the statement, counted from 0, where one is to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<u32>,
}

impl Rule {
    /// A refusal under this rule.
    pub fn because(self, reason: impl Into<String>) -> Reject {
        Reject {
            rule: self,
            reason: reason.into(),
            action: None,
        }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "refused ({} {}): {}. {}",
            self.rule.number, self.rule.name, self.reason, self.rule.remedy
        )
    }
}

impl std::error::Error for Reject {}

macro_rules! rules {
    ($($(#[$doc:meta])* $id:ident = $number:literal, $name:literal, $retryable:literal, $remedy:literal;)*) => {
        $($(#[$doc])* pub const $id: Rule = Rule { number: $number, name: $name, retryable: $retryable, remedy: $remedy };)*
        /// Every rule of the core, by number.
        pub const ALL: &[Rule] = &[$($id),*];
    };
}

rules! {
    /// The bytes are not a statement.
    MALFORMED = 1, "malformed-statement", false, "Encode the statement as the format reference says and sign it again.";
    /// It names another network.
    WRONG_NETWORK = 2, "wrong-network", false, "Sign it for this network; its id is shown under /v1/network.";
    /// It names a compartment that this ledger does not hold.
    WRONG_COMPARTMENT = 3, "wrong-compartment", false, "Send it to a member of that compartment.";
    /// No such signer or key.
    UNKNOWN_KEY = 4, "unknown-key", false, "Register the key with your member's administrator first.";
    /// The key was revoked, has expired or is not valid yet.
    KEY_NOT_VALID = 5, "key-not-valid", false, "Sign with a key that is valid now.";
    /// The signer or the signer's member is suspended or retired.
    SIGNER_NOT_ACTIVE = 6, "signer-not-active", true, "Ask your member's administrator to reinstate you.";
    /// The signature does not match.
    BAD_SIGNATURE = 7, "bad-signature", false, "Sign the exact bytes with the key that the statement names.";
    /// The block's time has passed `not_after`.
    EXPIRED = 8, "expired", false, "Sign it again with a later not_after; this statement can never execute now.";
    /// `not_after` is too far ahead.
    NOT_AFTER_TOO_FAR = 9, "not-after-too-far", false, "Choose a not_after at most 30 days ahead.";
    /// The sequence was used already.
    SEQUENCE_USED = 10, "sequence-used", false, "Use the lane's next sequence number, shown under /v1/signers.";
    /// The sequence is ahead of the lane.
    SEQUENCE_AHEAD = 11, "sequence-ahead", true, "Send the statements before it in the lane first.";
    /// A module that this ledger does not have.
    UNKNOWN_MODULE = 12, "unknown-module", false, "Use one of the modules listed under /v1/modules.";
    /// The action's body is not what the module expects.
    MALFORMED_ACTION = 13, "malformed-action", false, "Correct the field named.";
    /// No actions, or too many.
    ACTION_COUNT = 14, "action-count", false, "Put at least one and at most 1,000 actions into a statement.";
    /// The statement touches more of the state than one statement may.
    TOO_MUCH_STATE = 15, "too-much-state", false, "Split it into several statements.";
    /// Modules called one another too often.
    TOO_MANY_CALLS = 16, "too-many-calls", false, "Split it into several statements.";
    /// The assurance that the action demands is missing.
    OWN_KEY_NEEDED = 17, "own-key-needed", false, "Sign with your own key (hardware, browser or phone), not the node's.";
    /// The queue of the member is full.
    QUEUE_FULL = 18, "queue-full", true, "Wait and send again; other members are not affected.";
    /// It was accepted into the queue but did not become final before `not_after`.
    DEADLINE_PASSED = 19, "deadline-passed", false, "Sign it again with a later not_after.";
    /// The label leaves out a reader of the lane.
    LABEL_NOT_ENFORCEABLE = 20, "label-not-enforceable", false, "Every member reads the common ledger: release it to all members or use a compartment.";
    /// Policies deny it.
    NOT_PERMITTED = 21, "not-permitted", false, "Ask who is named to permit it, or somebody who may do it.";
    /// It asks for something of a protocol version that is not in force yet.
    NOT_IN_FORCE = 22, "not-in-force", true, "Send it when the version is in force; when that is, is shown with the protocol.";
}
