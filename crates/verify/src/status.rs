//! Whether a credential is still on its issuer's list of what holds (Token Status List), with no network: the list is a file.
//!
//! Invariants: the list counts only when it is the one that the credential names, is signed by the key that signed the credential or another of the same issuer,
//! and is not too old. A credential that names no list has nothing to check, which is said.

use crate::{
    credential::{CLOCKS_APART_S, CredentialReport, Issuers, find_key},
    report::{VerifyError, failed},
};
use convoy_types::status_list::{Published, VALID};

const CHECK: &str = "status";

/// Looks the credential of `report` up in the signed list `text`.
///
/// # Errors
/// The list is another one, not the issuer's, too old, or says that the credential is over.
pub fn check_status(
    report: &mut CredentialReport,
    text: &str,
    issuers: Issuers<'_>,
    now_s: u64,
) -> Result<(), VerifyError> {
    let wrong = |reason: String| failed(CHECK, reason);
    let Some(own) = report.status.clone() else {
        let note = "the credential names no status list; none was looked at";
        report.notes.push(note.into());
        return Ok(());
    };
    let list = Published::read(text).map_err(|fault| wrong(format!("the status list: {fault}")))?;
    if list.uri != own.uri {
        let reason = format!(
            "the list is {}, and the credential's is {}",
            list.uri, own.uri
        );
        return Err(wrong(reason));
    }
    let kid = list.jws.header_text("kid").unwrap_or_default();
    let key = find_key(&report.issuer, kid, Some(list.issued_s), issuers);
    let key = key.ok_or_else(|| {
        wrong(format!(
            "the list's key `{kid}` is none of {}",
            report.issuer
        ))
    })?;
    list.jws
        .verify(&key)
        .map_err(|error| wrong(format!("the status list: {error}")))?;
    if list.issued_s > now_s.saturating_add(CLOCKS_APART_S) {
        return Err(wrong(format!(
            "the list is of {} and it is {now_s}",
            list.issued_s
        )));
    }
    if let Some(until) = list.expires_s.filter(|until| *until <= now_s) {
        let reason = format!("the list was of use until {until} and it is {now_s}; fetch it again");
        return Err(wrong(reason));
    }
    match list.list.get(own.index) {
        Some(VALID) => {
            let issued_s = list.issued_s;
            report.held(
                CHECK,
                format!("its issuer's list of {issued_s} says that it holds"),
            );
            Ok(())
        }
        Some(status) => Err(wrong(format!(
            "its issuer took it back: status {status} in the list of {}",
            list.issued_s
        ))),
        None => Err(wrong(format!("the list has no place {}", own.index))),
    }
}
