//! Signers that joined after the founding: their keys are in the accepted statements of the module `membership`, so whoever has all of those
//! can check every later signature without taking anybody's word for a key.
//!
//! Only which key is whose is learnt. When it held was the ledger's to decide, and acceptance proves that it did.

use convoy_modules::membership::{self, types::Action};
use convoy_types::{
    Did, Statement, cbor,
    cose::PublicKey,
    receipt::{Trust, trust::TrustedSigner},
};

/// Adds the keys that an accepted statement registers to those that `trust` knows.
pub fn learn(trust: &mut Trust, statement: &Statement) {
    let actions = statement.content().actions.iter();
    for action in actions.filter(|action| &*action.module == membership::NAME) {
        match cbor::from_slice(&action.body) {
            Ok(Action::EnrolSigner(new)) => new
                .keys
                .into_iter()
                .for_each(|key| add(trust, &new.did, key.key)),
            Ok(
                Action::RegisterKey { did, key }
                | Action::ClaimEnrolment { did, key, .. }
                | Action::AskRecovery { did, key }
                | Action::RotateKey { did, new: key, .. },
            ) => add(trust, &did, key.key),
            _ => {}
        }
    }
}

fn add(trust: &mut Trust, did: &Did, key: PublicKey) {
    let known = trust.signer_key(did, key.key_id(), key.algorithm());
    if known.is_none() {
        trust.signers.push(TrustedSigner {
            did: did.clone(),
            key,
            from_ms: 0,
            until_ms: None,
        });
    }
}
