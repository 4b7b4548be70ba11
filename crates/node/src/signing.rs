//! Signing for users whose keys this node holds.
//!
//! Each user has a key of their own in the keystore; what the node signs says that the node held the
//! key. One statement of a lane is signed and admitted at a time, so that sequence numbers do not clash.

use crate::{
    handle::SignOptions,
    keystore::{Keystore, KeystoreError, Purpose},
};
use bytes::Bytes;
use convoy_ledger::{Reject, reject};
use convoy_types::{
    Did, NetworkId, StatementBuilder,
    cose::{Algorithm, SigningKey},
    limits::LANES_MAX,
    statement::Assurance,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::OwnedMutexGuard;

type Turns = HashMap<(Did, u8), Arc<tokio::sync::Mutex<()>>>;

/// The users' keys.
pub struct Signers {
    keystore: Mutex<Keystore>,
    keys: Mutex<HashMap<Did, Arc<SigningKey>>>,
    turns: Mutex<Turns>,
}

/// A lane that is the caller's until this is dropped.
pub struct Lane {
    key: Arc<SigningKey>,
    signer: Did,
    number: u8,
    _turn: OwnedMutexGuard<()>,
}

impl Signers {
    /// The keys in `keystore`.
    pub fn new(keystore: Keystore) -> Self {
        Self {
            keystore: Mutex::new(keystore),
            keys: Mutex::default(),
            turns: Mutex::default(),
        }
    }

    /// Whose keys are held, with the keys' names.
    pub fn held(&self) -> Vec<(String, Did)> {
        let keystore = self.keystore.lock().unwrap_or_else(PoisonError::into_inner);
        let held = keystore.entries().iter();
        held.filter_map(|entry| Some((entry.name.clone(), entry.signer.clone()?)))
            .collect()
    }

    /// Waits for the turn to sign in a lane of `signer`.
    pub async fn lane(&self, signer: &Did, number: u8) -> Result<Lane, Reject> {
        if number >= LANES_MAX {
            return Err(reject::MALFORMED.because(format!(
                "lane {number} does not exist; lanes go from 0 to {}",
                LANES_MAX - 1
            )));
        }
        let key = self.key(signer)?;
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry((signer.clone(), number)).or_default())
        };
        Ok(Lane {
            key,
            signer: signer.clone(),
            number,
            _turn: turn.lock_owned().await,
        })
    }

    /// The member's own key, as others know it by the ledger and the trust file.
    pub(crate) fn member_key(&self) -> Result<SigningKey, KeystoreError> {
        let keystore = self.keystore.lock().unwrap_or_else(PoisonError::into_inner);
        keystore.key(Purpose::TreeHead, Algorithm::Ed25519)
    }

    fn key(&self, signer: &Did) -> Result<Arc<SigningKey>, Reject> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = keys.get(signer) {
            return Ok(Arc::clone(key));
        }
        let keystore = self.keystore.lock().unwrap_or_else(PoisonError::into_inner);
        let key = keystore
            .signer(signer)
            .map_err(|error| reject::UNKNOWN_KEY.because(error.to_string()))?;
        let key = Arc::new(key);
        keys.insert(signer.clone(), Arc::clone(&key));
        Ok(key)
    }
}

impl Lane {
    /// Signs `actions` as the lane's statement number `sequence`.
    pub fn sign(
        &self,
        network: &NetworkId,
        not_after_ms: u64,
        sequence: u64,
        actions: Vec<(String, Vec<u8>)>,
        options: SignOptions,
    ) -> Result<Bytes, Reject> {
        let mut builder = StatementBuilder::new(network.clone(), self.signer.clone(), not_after_ms)
            .sequence(self.number, sequence)
            .assurance(Assurance::HeldByNode);
        if let Some(subject) = options.subject {
            builder = builder.subject(subject);
        }
        for (module, body) in actions {
            builder = builder.action(&module, body);
        }
        let statement = builder
            .sign(&self.key)
            .map_err(|error| reject::MALFORMED.because(error.to_string()))?;
        Ok(statement.bytes().clone())
    }
}
