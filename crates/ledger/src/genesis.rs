//! Founding a ledger: the genesis document's actions run before anybody can sign.

use crate::{
    Ledger,
    execution::Execution,
    memory::{self, MemoryStore},
    module::misshapen,
    output::Output,
    reject::{self, Reject},
    standing::SignatureCheck,
};
use convoy_types::{Did, cbor, cose::PublicKey, statement::Statement};

/// Stands where a signer would: nobody signs the founding.
const FOUNDER: &str = "did:convoy:genesis";

/// Genesis has no signatures to check.
struct NoSignatures;

impl SignatureCheck for NoSignatures {
    fn check(&self, signed: &[(&PublicKey, &Statement)]) -> Vec<bool> {
        vec![false; signed.len()]
    }
}

impl Ledger {
    /// The state that `actions` (module name and body each) found at `time_ms`.
    ///
    /// # Errors
    /// The refusal of the first action that a module does not accept.
    pub fn found(&self, time_ms: u64, actions: &[(String, Vec<u8>)]) -> Result<Output, Reject> {
        let mut decoded = Vec::with_capacity(actions.len());
        for (name, body) in actions {
            let module = self.registry.position(name).ok_or_else(|| {
                reject::UNKNOWN_MODULE.because(format!("genesis names module `{name}`"))
            })?;
            cbor::check(body).map_err(|error| misshapen(name, &error))?;
            decoded.push((module, self.registry.module(module).decode(body)?));
        }
        let founder =
            Did::new(FOUNDER).map_err(|error| reject::MALFORMED.because(error.to_string()))?;
        let execution = Execution::founding(self.clone(), time_ms, &founder, decoded);
        memory::run(execution, &MemoryStore::default(), &NoSignatures).map_err(|why| {
            reject::MALFORMED_ACTION.because(format!("the genesis document is refused: {why}"))
        })
    }
}
