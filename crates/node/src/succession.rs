//! The succession of validators, in the forms that others take: steps for light clients, a trust file that goes on.

use crate::{certificate, engine::Succeeded, handle::NodeHandle};
use convoy_types::{
    Digest,
    header::Validator,
    receipt::{
        Handover, Trust,
        trust::{TrustedEpoch, TrustedTreeHeadKey, TrustedValidator},
    },
};

/// Steps in one answer.
pub const STEPS_MAX: usize = 100;

fn handover(step: Succeeded) -> Result<Handover, String> {
    if let Some(recovery) = step.recovery {
        return Ok(Handover::from((*recovery).clone()));
    }
    let mut next = step.next.to_vec();
    next.sort_by_key(|validator| validator.key);
    Ok(Handover {
        header: step.header,
        certificate: certificate::of_finalization(&step.finalization)?,
        next,
        recovery: None,
    })
}

impl NodeHandle {
    /// The newest epoch that this node knows of.
    pub fn epoch(&self) -> u64 {
        self.0.engine.epoch()
    }

    /// The validators of an epoch, by key.
    pub fn validators(&self, epoch: u64) -> Option<Vec<Validator>> {
        let mut validators = self.0.engine.validators(epoch)?.to_vec();
        validators.sort_by_key(|validator| validator.key);
        Some(validators)
    }

    /// Whether this node is one of them in the newest epoch.
    pub fn votes(&self) -> bool {
        self.0.engine.votes()
    }

    /// How the epochs from `epoch` on ended, at most `count`.
    ///
    /// # Errors
    /// When a certificate kept by this node cannot be read.
    pub fn handovers(&self, epoch: u64, count: usize) -> Result<Vec<Handover>, String> {
        let steps = self.0.engine.succession(epoch, count.min(STEPS_MAX));
        steps.into_iter().map(handover).collect()
    }

    /// The trust file of now: that of genesis, the validators of every epoch since, and the tree-head keys that the ledger has now. Each epoch was
    /// handed over to by the one before, and this node checked that; for the keys it is this node's word.
    pub fn trust_now(&self) -> Trust {
        let mut trust = self.trust().clone();
        for (member, issuer, key) in self.tree_heads().keys() {
            if trust.tree_heads.iter().any(|known| known.key == key) {
                continue;
            }
            trust.tree_heads.push(TrustedTreeHeadKey {
                member,
                issuer,
                key,
                from_ms: 0,
                until_ms: None,
            });
        }
        let epochs = (0..=self.epoch()).filter_map(|epoch| Some((epoch, self.validators(epoch)?)));
        trust.epochs = epochs
            .map(|(epoch, validators)| TrustedEpoch {
                epoch,
                last_block: self.0.engine.last_block(epoch),
                recovery: self
                    .0
                    .engine
                    .recovery(epoch)
                    .map(|recovery| recovery.document.digest()),
                validators: validators
                    .into_iter()
                    .map(|validator| TrustedValidator {
                        member: validator.member,
                        key: Digest(validator.key),
                    })
                    .collect(),
            })
            .collect();
        trust
    }
}
