//! Who vouches for a signer, and who checks signatures: both come from outside the core, by trait.

use crate::{
    context::{Halt, Reader},
    state::StateKey,
};
use convoy_types::{
    Compartment, Did, MemberId,
    cose::{KeyId, PublicKey},
    statement::Statement,
};
use std::sync::Arc;

/// A signer as the ledger knows it at this point of the block.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The signer.
    pub did: Did,
    /// The member that the signer acts for.
    pub member: MemberId,
    /// The key that the statement names, valid now.
    pub key: PublicKey,
    /// Roles held, sorted.
    pub roles: Arc<[Box<str>]>,
    /// Whether the key is held by the signer (hardware, browser, phone), not by the member's node.
    pub own_key: bool,
}

impl Standing {
    /// Whether the signer holds `role`.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|held| &**held == role)
    }
}

/// Finds signers in the state. The membership module implements it.
pub trait Authority: Send + Sync {
    /// Every key that [`standing`](Self::standing) reads: they are fetched ahead, and a standing is looked up again
    /// in a block only after one of them was written.
    fn likely_keys(&self, compartment: &Compartment, did: &Did, key_id: KeyId) -> Vec<StateKey>;

    /// The signer's standing, or the refusal under one of the core's rules.
    fn standing(&self, reader: &mut Reader<'_>, did: &Did, key_id: KeyId)
    -> Result<Standing, Halt>;
}

/// Checks signatures. Batches are faster; the answer must not depend on what else is in the batch.
pub trait SignatureCheck: Send + Sync {
    /// For each pair, whether the statement is signed by the key.
    fn check(&self, signed: &[(&PublicKey, &Statement)]) -> Vec<bool>;
}
