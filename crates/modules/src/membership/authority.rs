//! Who may sign: two small reads for each statement, and one record shared by all.
//!
//! Reads the signer by DID, the key by DID and key id, and the list of barred members. Making a
//! public key of its bytes costs more than the rest of a statement's execution, so keys made are
//! kept, up to [`KEPT_KEY_BYTES_MAX`]; what is kept depends on the bytes alone.

use super::{
    Membership,
    types::{Barred, Key, ONLY, Role, Roles, Signer, Status, key_key},
};
use convoy_ledger::{
    Authority, Halt, Reader, Record, Reject, Standing, StateKey,
    reject::{KEY_NOT_VALID, SIGNER_NOT_ACTIVE, UNKNOWN_KEY},
};
use convoy_types::{
    Compartment, Did,
    cose::{KeyId, PublicKey},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, PoisonError},
};

/// Encoded keys kept decoded, bytes: some 90,000 Ed25519 keys or 2,000 ML-DSA-65 keys.
pub const KEPT_KEY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Public keys by their encoding.
#[derive(Default)]
pub(super) struct KeptKeys {
    keys: BTreeMap<Box<[u8]>, PublicKey>,
    bytes: usize,
}

impl KeptKeys {
    fn get(&mut self, cose_key: &[u8]) -> PublicKey {
        if let Some(known) = self.keys.get(cose_key) {
            return known.clone();
        }
        let key = match PublicKey::from_cose_key(cose_key) {
            Ok(key) => key,
            Err(error) => panic!("a registered key is unreadable: {error}"),
        };
        if self.bytes + cose_key.len() > KEPT_KEY_BYTES_MAX {
            self.keys.clear();
            self.bytes = 0;
        }
        self.bytes += cose_key.len();
        self.keys.insert(cose_key.into(), key.clone());
        key
    }
}

/// The names of every set of roles, made once.
static ROLE_NAMES: LazyLock<Vec<Arc<[Box<str>]>>> = LazyLock::new(|| {
    let sets = 1u32 << Role::ALL.len();
    let names = |bits: u32| {
        let held = Role::ALL
            .iter()
            .filter(|role| bits & (1 << role.number()) != 0);
        let mut names: Vec<Box<str>> = held.map(|role| role.word().into()).collect();
        names.sort();
        names.into()
    };
    (0..sets).map(names).collect()
});

fn role_names(roles: Roles) -> Arc<[Box<str>]> {
    Arc::clone(&ROLE_NAMES[roles.bits() as usize])
}

impl Authority for Membership {
    fn likely_keys(&self, compartment: &Compartment, did: &Did, key_id: KeyId) -> Vec<StateKey> {
        vec![
            StateKey::of(compartment, Signer::TABLE, did.as_str().as_bytes()),
            StateKey::of(compartment, Key::TABLE, &key_key(did, &key_id.0)),
            StateKey::of(compartment, Barred::TABLE, ONLY),
        ]
    }

    fn standing(
        &self,
        reader: &mut Reader<'_>,
        did: &Did,
        key_id: KeyId,
    ) -> Result<Standing, Halt> {
        let signer = reader.read::<Signer>(did.as_str().as_bytes());
        let key = reader.read::<Key>(&key_key(did, &key_id.0));
        let barred = reader.read::<Barred>(ONLY)?;
        let (Some(signer), Some(key)) = (signer?, key?) else {
            return Err(UNKNOWN_KEY
                .because(format!("{did} has no key {key_id}"))
                .into());
        };
        check_validity(&key, key_id, reader.block().time_ms)?;
        if key.epoch != signer.profile.epoch {
            let reason = format!("key {key_id} ended when {did} was recovered");
            return Err(KEY_NOT_VALID.because(reason).into());
        }
        if signer.status != Status::Active {
            let reason = format!("{did} is {}", signer.status);
            return Err(SIGNER_NOT_ACTIVE.because(reason).into());
        }
        if barred.is_some_and(|barred| barred.members.binary_search(&signer.member).is_ok()) {
            let reason = format!("member {} is suspended or retired", signer.member);
            return Err(SIGNER_NOT_ACTIVE.because(reason).into());
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Standing {
            did: did.clone(),
            member: signer.member.clone(),
            key: kept.get(&key.cose_key),
            roles: role_names(signer.roles),
            own_key: !key.held_by_node,
        })
    }
}

fn check_validity(key: &Key, key_id: KeyId, now_ms: u64) -> Result<(), Reject> {
    let fault = match key {
        Key {
            revoked_ms: Some(revoked_ms),
            ..
        } if *revoked_ms <= now_ms => {
            format!("key {key_id} was revoked at {revoked_ms}")
        }
        Key { valid_from_ms, .. } if now_ms < *valid_from_ms => {
            format!("key {key_id} is valid from {valid_from_ms} on and it is {now_ms}")
        }
        Key {
            valid_until_ms: Some(until_ms),
            ..
        } if *until_ms <= now_ms => {
            format!("key {key_id} was valid until {until_ms} and it is {now_ms}")
        }
        _ => return Ok(()),
    };
    Err(KEY_NOT_VALID.because(fault))
}
