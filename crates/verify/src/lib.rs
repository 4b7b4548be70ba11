//! The offline verifier: what a file proves, given nothing but the file and a trust file.
//!
//! Small on purpose: somebody who trusts nobody can read it in an afternoon. It uses no network, no clock and no engine; hashes, signatures and
//! encodings are those of `convoy-types`.
//!
//! Flow: [`verify`] looks at the first bytes and calls [`verify_transparent`], [`verify_compact`] or [`verify_state`]. Each makes its checks in
//! order, stops at the first that fails with a [`VerifyError`] that names it, and otherwise returns a [`Report`] that lists every check made and
//! says what was proved: by whom, when, in a log of what size.
//!
//! [`verify_credential`] says what a credential says and who shows it. [`verify_consistency`] checks that a log only grew; [`Replay`] builds one again from its blocks.
//! [`extend`] follows the succession of validators, so that a trust file outlives them; [`recovery`] checks the members' decision where the
//! validators themselves were lost.
//! [`foreign`] verifies statements and receipts of other transparency services.
//!
//! Invariants:
//! - nothing is proved by what is not signed: every number in a report comes from bytes under a checked signature or leads to a root that is;
//! - every receipt attached has to hold; one that does not is never skipped;
//! - a check that could not be made is said in the report, not passed over.

mod certificate;
mod compact;
mod consistency;
mod credential;
pub mod foreign;
pub mod recovery;
mod replay;
mod report;
mod state;
mod status;
mod succession;
mod transparent;

pub use certificate::check_certificate;
pub use compact::verify_compact;
pub use consistency::{verify_consistency, verify_consistency_receipt};
pub use credential::{CredentialReport, Issuers, verify_credential};
pub use recovery::check_recovery;
pub use replay::{Proof, Replay};
pub use report::{Check, Proved, Report, VerifyError};
pub use state::verify_state;
pub use status::check_status;
pub use succession::{EpochChange, extend};
pub use transparent::verify_transparent;

use convoy_types::{
    receipt::{Trust, compact::TAG_COMPACT, state_proof::TAG_STATE_PROOF},
    wire::Reader,
};

/// Verifies a file of any kind that the network gives out.
///
/// # Errors
/// The first check that fails.
pub fn verify(bytes: &[u8], trust: &Trust) -> Result<Report, VerifyError> {
    let starts_with = |tag| Reader::new(bytes).tag(tag).is_ok();
    if starts_with(TAG_COMPACT) {
        verify_compact(bytes, trust)
    } else if starts_with(TAG_STATE_PROOF) {
        verify_state(bytes, trust)
    } else {
        verify_transparent(bytes, trust)
    }
}
