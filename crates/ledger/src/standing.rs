//! Who vouches for a signer, who permits what is asked, and who checks signatures: all come from outside the core, by trait.

use crate::{
    context::{Halt, Reader},
    module::Call,
    reject::Rule,
    state::StateKey,
};
use convoy_types::{
    Compartment, Did, MemberId,
    cose::{KeyId, PublicKey},
    statement::{Content, Statement},
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

/// A record that an action touches, as far as who may touch it depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Its table.
    pub table: &'static str,
    /// Its key in the table.
    pub key: Vec<u8>,
    /// The member that owns it, where somebody does.
    pub owner: Option<MemberId>,
    /// The member that answers for it, where somebody does.
    pub custodian: Option<MemberId>,
    /// Places in the same list of what it holds from now on: their labels become its own.
    pub holds: Vec<usize>,
}

/// What a signer asks for, as it is put to the [`Guard`].
pub struct Asked<'a> {
    /// The module.
    pub module: &'static str,
    /// The action's name, as in JSON.
    pub action: &'a str,
    /// The action as signed.
    pub body: &'a [u8],
    /// The statement that holds it.
    pub content: &'a Content,
    /// The module's refusal for what policies deny.
    pub denied: Rule,
    /// The records it touches, read when somebody wants to know.
    #[allow(clippy::type_complexity)]
    pub touched: &'a dyn Fn(&mut Reader<'_>) -> Result<Vec<Touched>, Halt>,
}

/// Permits or denies actions, before the module that they are for sees them.
pub trait Guard: Send + Sync {
    /// The state that permitting probably reads whatever is asked: fetched once a block, and not counted for any statement.
    fn likely_keys(&self, compartment: &Compartment) -> Vec<StateKey>;

    /// Permits `asked`, with what is to be done beside it, or refuses it.
    fn permit(&self, reader: &mut Reader<'_>, asked: &Asked<'_>) -> Result<Vec<Call>, Halt>;
}

/// Checks signatures. Batches are faster; the answer must not depend on what else is in the batch.
pub trait SignatureCheck: Send + Sync {
    /// For each pair, whether the statement is signed by the key.
    fn check(&self, signed: &[(&PublicKey, &Statement)]) -> Vec<bool>;
}
