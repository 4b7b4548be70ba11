//! The form of membership's actions: what is asked of them before any state is read.

use super::{protocol, reject::*, types::*, validators};
use convoy_ledger::Reject;
use convoy_types::{
    Did,
    cose::{Algorithm, PublicKey},
    did::{self, Form},
    statement::Assurance,
};

/// Checks what needs no state.
pub(super) fn validate(action: &Action) -> Result<(), Reject> {
    match action {
        Action::EnrolMember(new) => {
            check_text("name", &new.name, NAME_BYTES_MAX)?;
            check_node_keys(new.validator.is_some(), &new.tree_head_keys)
        }
        Action::SetNodeKeys {
            validator,
            tree_head_keys,
            ..
        } => check_node_keys(validator.is_some(), tree_head_keys),
        Action::AnnounceNode {
            address: Some(address),
            ..
        } => validators::validate_address(address),
        Action::PlanValidators { after_blocks, .. } | Action::PlanProtocol { after_blocks, .. } => {
            validators::validate_plan(*after_blocks)
        }
        Action::AgreeProtocol { build, .. } => protocol::validate_build(build),
        Action::EnrolUnit { name, .. } => check_text("name", name, NAME_BYTES_MAX),
        Action::EnrolSigner(new) => {
            if new.keys.len() > usize::from(SIGNER_KEYS_MAX) {
                let reason = format!("keys holds {} keys", new.keys.len());
                return Err(TOO_MANY_KEYS.because(reason));
            }
            check_did(&new.did, &new.keys)?;
            new.keys.iter().try_for_each(check_key)
        }
        Action::RegisterKey { key, .. }
        | Action::RotateKey { new: key, .. }
        | Action::AskRecovery { key, .. } => check_key(key),
        Action::ClaimEnrolment { code, did, key } => {
            code_bytes(code)?;
            check_did(did, std::slice::from_ref(key))?;
            check_key(key)
        }
        Action::EnrolPost(new) => check_text("name", &new.name, NAME_BYTES_MAX),
        Action::ClearSigner { caveats, .. } => check_caveats(caveats),
        Action::PlanReinstatement {
            did, key, reason, ..
        } => {
            check_text("reason", reason, REASON_BYTES_MAX)?;
            check_did(did, std::slice::from_ref(key))?;
            check_key(key)
        }
        Action::RevokeKey { reason, .. } if reason.len() > REASON_BYTES_MAX => {
            let reason = format!("reason has {} bytes", reason.len());
            Err(MALFORMED_FIELD.because(reason))
        }
        _ => Ok(()),
    }
}

fn check_text(field: &str, text: &str, bytes_max: usize) -> Result<(), Reject> {
    if text.is_empty() || text.len() > bytes_max || text.chars().any(char::is_control) {
        let reason = format!(
            "{field} has {} bytes; 1 to {bytes_max} printable ones are possible",
            text.len()
        );
        return Err(MALFORMED_FIELD.because(reason));
    }
    Ok(())
}

/// A DID is well formed by its method, and one that is a key comes with that key.
fn check_did(did: &Did, keys: &[NewKey]) -> Result<(), Reject> {
    match did::form(did) {
        Err(error) => Err(MALFORMED_FIELD.because(format!("did: {error}"))),
        Ok(Form::Key(named)) if !keys.iter().any(|new| named.is(&new.key)) => {
            let reason = format!("did: the key that {did} is, is not among its keys");
            Err(MALFORMED_FIELD.because(reason))
        }
        Ok(_) => Ok(()),
    }
}

/// A code's bytes, from hexadecimal.
pub(super) fn code_bytes(code: &str) -> Result<Vec<u8>, Reject> {
    let fault = || {
        let reason =
            format!("code: write {CODE_BYTES_MIN} to {CODE_BYTES_MAX} bytes in hexadecimal");
        MALFORMED_FIELD.because(reason)
    };
    let length = code.len() / 2;
    let hexadecimal = code.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !hexadecimal
        || !code.len().is_multiple_of(2)
        || !(CODE_BYTES_MIN..=CODE_BYTES_MAX).contains(&length)
    {
        return Err(fault());
    }
    let byte =
        |place: usize| u8::from_str_radix(&code[2 * place..2 * place + 2], 16).map_err(|_| fault());
    (0..length).map(byte).collect()
}

fn check_caveats(caveats: &[String]) -> Result<(), Reject> {
    if caveats.len() > CAVEATS_MAX {
        let reason = format!("caveats holds {}; at most {CAVEATS_MAX}", caveats.len());
        return Err(MALFORMED_FIELD.because(reason));
    }
    for (place, caveat) in caveats.iter().enumerate() {
        check_text("caveats", caveat, CAVEAT_BYTES_MAX)?;
        if caveats[..place].contains(caveat) {
            return Err(MALFORMED_FIELD.because(format!("caveats names {caveat} twice")));
        }
    }
    Ok(())
}

/// A validator signs tree heads with both algorithms, so that today's tools and those after quantum
/// computers can check a receipt.
fn check_node_keys(validator: bool, keys: &[PublicKey]) -> Result<(), Reject> {
    let has = |algorithm| keys.iter().any(|key| key.algorithm() == algorithm);
    let both = has(Algorithm::Ed25519) && has(Algorithm::MlDsa65);
    let fault = match keys {
        _ if validator && !both => {
            "lacks an Ed25519 or an ML-DSA-65 key, and a validator needs both"
        }
        _ if keys.len() > TREE_HEAD_KEYS_MAX => "holds more than 4 keys",
        _ if has(Algorithm::Es256) => {
            "holds an ES256 key; tree heads are signed with Ed25519 and ML-DSA-65"
        }
        _ => return Ok(()),
    };
    Err(MALFORMED_FIELD.because(format!("tree_head_keys {fault}")))
}

fn check_key(new: &NewKey) -> Result<(), Reject> {
    match (new.valid_from_ms, new.valid_until_ms) {
        _ if new.hardware && new.assurance == Assurance::HeldByNode => Err(MALFORMED_FIELD
            .because("hardware: a key held by the node is not the signer's own in hardware")),
        (Some(from), Some(until)) if until <= from => Err(KEY_VALIDITY.because(format!(
            "valid_until_ms {until} is not after valid_from_ms {from}"
        ))),
        _ => Ok(()),
    }
}
