//! Final blocks as the log holds them: what a member takes away to show, with no network, that nothing is missing.

use crate::{certificate, handle::NodeHandle, proofs::ProofError, record::BlockRecord};
use convoy_types::{StatementId, receipt::LoggedBlock};

impl NodeHandle {
    /// The block at `height` with its certificate, if it has one of its own, and the ids of its statements in the order of their leaves.
    ///
    /// # Errors
    /// [`ProofError::NotHeld`] where the block was pruned or is not here yet.
    pub async fn logged_block(&self, height: u64) -> Result<LoggedBlock, ProofError> {
        let engine = &self.0.engine;
        let absent = || self.absent(height);
        let header = engine.block(height).await.ok_or_else(absent)?.header;
        let outcomes = engine.outcomes(height).await.ok_or_else(absent)?;
        let record = BlockRecord::decode(&outcomes, &self.0.preparer.ledger().registry)
            .map_err(ProofError::Failed)?;
        let of = |accepted: bool| {
            let outcomes = record.outcomes.iter();
            let chosen = outcomes.filter(move |outcome| outcome.reject.is_none() == accepted);
            chosen.map(|outcome| outcome.statement)
        };
        let ids: Vec<StatementId> = of(true).chain(of(false)).collect();
        let certificate = match engine.finalization(height).await {
            Some(bytes) => Some(certificate::of_finalization(&bytes).map_err(ProofError::Failed)?),
            None => None,
        };
        Ok(LoggedBlock {
            header,
            certificate,
            ids,
        })
    }
}
