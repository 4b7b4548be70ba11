//! A statement made ready once: decoded, validated, its keys named, its signature's check remembered.

use crate::{
    FIRST_PROTOCOL, Ledger,
    module::Decoded,
    reject::{self, Reject},
    standing::Standing,
    state::{CounterKey, StateKey},
};
use convoy_types::{
    StatementId,
    cose::PublicKey,
    limits::{LANES_MAX, STATEMENT_ACTIONS_MAX},
    statement::Statement,
};
use std::sync::OnceLock;

/// How many keys an action usually names: room for them is made at once.
const LIKELY_KEYS: usize = 4;

/// A statement with its decoded actions. Shared between admission, proposal, verification and
/// projection, so that each of these is done once per node.
pub struct Prepared {
    /// The statement as signed.
    pub statement: Statement,
    pub(crate) actions: Vec<(usize, Decoded)>,
    pub(crate) counter: CounterKey,
    pub(crate) likely: Vec<StateKey>,
    /// How many of `likely`, from the first on, tell the signer's standing.
    pub(crate) standing_keys: usize,
    /// The version of the rules from which on all its actions exist.
    pub(crate) since: u32,
    /// The key under which the signature was found good.
    signed_by: OnceLock<PublicKey>,
}

impl Prepared {
    /// The statement's id.
    pub fn id(&self) -> StatementId {
        self.statement.id()
    }

    /// Whether the signature was already found good under `key`.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.signed_by.get().is_some_and(|known| known == key)
    }

    /// Remembers that the signature is good under the standing's key.
    pub fn remember_signature(&self, standing: &Standing) {
        let _ = self.signed_by.set(standing.key.clone());
    }

    /// How many state keys it names besides those of its signer: the measure of its size that
    /// [`BLOCK_KEYS_MAX`](convoy_types::limits::BLOCK_KEYS_MAX) bounds.
    pub fn keys_named(&self) -> usize {
        self.likely.len() - self.standing_keys
    }

    /// The counter of the statement's lane.
    pub fn counter(&self) -> CounterKey {
        self.counter
    }
}

impl Ledger {
    /// Checks everything about `statement` that needs no state, and decodes its actions.
    pub fn prepare(&self, statement: Statement) -> Result<Prepared, Reject> {
        self.check_envelope(&statement)?;
        let mut actions = Vec::with_capacity(statement.actions().len());
        let mut likely = self.registry.authority().likely_keys(
            &self.compartment,
            statement.signer(),
            statement.key_id(),
        );
        let standing_keys = likely.len();
        likely.reserve(statement.actions().len() * LIKELY_KEYS);
        let mut since = FIRST_PROTOCOL;
        for (index, action) in statement.actions().iter().enumerate() {
            let blame = |mut reject: Reject| {
                reject.action = u32::try_from(index).ok();
                reject
            };
            let module = self.registry.position(&action.module).ok_or_else(|| {
                blame(reject::UNKNOWN_MODULE.because(format!(
                    "module `{}` is not part of this ledger",
                    &*action.module
                )))
            })?;
            let decoded = self
                .registry
                .module(module)
                .decode(&action.body)
                .map_err(blame)?;
            self.registry.module(module).likely_keys(
                &self.compartment,
                statement.signer(),
                &decoded,
                &mut likely,
            );
            since = since.max(self.registry.module(module).since(&decoded));
            actions.push((module, decoded));
        }
        let counter = CounterKey::of(
            &self.compartment,
            statement.signer(),
            statement.content().lane,
        );
        Ok(Prepared {
            statement,
            actions,
            counter,
            likely,
            standing_keys,
            since,
            signed_by: OnceLock::new(),
        })
    }

    fn check_envelope(&self, statement: &Statement) -> Result<(), Reject> {
        if *statement.network() != self.network {
            let reason = format!(
                "aud names network {}, this is {}",
                statement.network(),
                self.network
            );
            return Err(reject::WRONG_NETWORK.because(reason));
        }
        if statement.content().compartment != self.compartment {
            let reason = format!(
                "compartment {} is not held here",
                statement.content().compartment
            );
            return Err(reject::WRONG_COMPARTMENT.because(reason));
        }
        // A guard compares the label with who reads the ledger; without one nobody does.
        let compared = self.registry.guard().is_some();
        if !compared && !statement.content().label.releasable_to.is_empty() {
            let reason = "the label names the members it is releasable to, and every member reads this ledger";
            return Err(reject::LABEL_NOT_ENFORCEABLE.because(reason));
        }
        if statement.content().lane >= LANES_MAX {
            let reason = format!(
                "lane {} does not exist; lanes go from 0 to {}",
                statement.content().lane,
                LANES_MAX - 1
            );
            return Err(reject::MALFORMED.because(reason));
        }
        let count = statement.actions().len();
        if count == 0 || count > STATEMENT_ACTIONS_MAX {
            return Err(reject::ACTION_COUNT.because(format!("actions holds {count}")));
        }
        Ok(())
    }
}
