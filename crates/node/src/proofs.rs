//! Putting proofs together: transparent statements, compact receipts, state proofs.

use crate::{
    certificate,
    engine::{EngineError, EngineHandle},
    log_store::LogStore,
    retention::HistoryHere,
    tracker::Place,
    tree_heads::TreeHeads,
};
use convoy_ledger::StateKey;
use convoy_types::{
    Digest, MemberId, Statement,
    cose::Algorithm,
    header::Header,
    log::BlockSummary,
    receipt::{
        BlockEvidence, Certificate, CompactReceipt, InclusionReceipt, StateProof, attach,
        compact::Subject, state_proof::Database,
    },
};
use std::{io, sync::Arc};

/// Blocks looked through for one that was certified itself.
const CERTIFIED_AHEAD_MAX: u64 = 256;

/// Why a proof cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Not yet: waiting helps.
    #[error("not yet: {0}; ask again in a second")]
    NotYet(String),
    /// This node does not hold what is needed.
    #[error("this node does not hold what the proof needs: {0}; ask another member's node")]
    NotHeld(String),
    /// The node's own files cannot be read.
    #[error("the proof could not be made: {0}")]
    Failed(String),
}

impl From<EngineError> for ProofError {
    fn from(error: EngineError) -> Self {
        Self::NotYet(error.to_string())
    }
}

/// Makes proofs from what the node holds. Cheap to clone.
#[derive(Clone)]
pub struct Proofs {
    /// Blocks, certificates and state.
    pub engine: EngineHandle,
    /// The statement log.
    pub log: Arc<LogStore>,
    /// Signed tree heads.
    pub heads: TreeHeads,
    /// From where on there is history.
    pub here: Arc<HistoryHere>,
}

impl Proofs {
    /// The statement at `place` as signed.
    pub async fn statement(&self, place: &Place) -> Result<Statement, ProofError> {
        Ok(self.found(place).await?.0)
    }

    /// The statement at `place` as signed, and the header of its block.
    async fn found(&self, place: &Place) -> Result<(Statement, Header), ProofError> {
        let block = self.engine.lately_told(place.height).await;
        let block = block.ok_or_else(|| self.here.absent(place.height))?;
        let found = block.statements.get(place.index as usize);
        let found = found.ok_or_else(|| {
            ProofError::Failed(format!(
                "block {} has no statement {}",
                place.height, place.index
            ))
        })?;
        let statement = Statement::decode(found.bytes.clone())
            .map_err(|error| ProofError::Failed(error.to_string()))?;
        Ok((statement, block.header))
    }

    async fn header(&self, height: u64) -> Result<Header, ProofError> {
        let block = self.engine.lately_told(height).await;
        block
            .map(|block| block.header)
            .ok_or_else(|| self.here.absent(height))
    }

    /// The statement with a receipt of each of `members` (all where `None`) with each of `algorithms`.
    ///
    /// # Errors
    /// [`ProofError::NotYet`] while a member asked for has not signed a head beyond the statement.
    pub async fn transparent(
        &self,
        place: &Place,
        members: Option<&[MemberId]>,
        algorithms: &[Algorithm],
    ) -> Result<Vec<u8>, ProofError> {
        let heads = self.heads.covering(place.leaf, members, algorithms);
        if heads.is_empty() {
            return Err(ProofError::NotYet(
                "no member has signed a tree head beyond this statement".into(),
            ));
        }
        if let Some(missing) = members.and_then(|members| {
            let signed =
                |member: &&MemberId| heads.iter().any(|head| self.heads.is_of(head, member));
            members.iter().find(|member| !signed(member))
        }) {
            return Err(ProofError::NotYet(format!(
                "member {missing} has not signed a tree head beyond this statement"
            )));
        }
        let (statement, header) = self.found(place).await?;
        let receipts = heads
            .into_iter()
            .map(|head| {
                let log = (head.head().size, head.head().root);
                let path = self.path(place.leaf, log)?;
                let evidence = self.evidence(&header, log)?;
                Ok(InclusionReceipt::new(head, place.leaf, path, Some(evidence)).encode())
            })
            .collect::<Result<Vec<_>, ProofError>>()?;
        Ok(attach(&statement, &receipts))
    }

    /// The statement with a path and a quorum's certificate: small enough for a QR code.
    pub async fn compact(&self, place: &Place) -> Result<Vec<u8>, ProofError> {
        let (statement, own) = self.found(place).await?;
        let (header, certificate) = self.certified(place.height).await?;
        let log = (header.core.log_size, header.core.log_root);
        let evidence = if header.core.height == place.height {
            None
        } else {
            Some(self.evidence(&own, log)?)
        };
        let path = self.path(place.leaf, log)?;
        let subject = Subject::Statement(Box::new(statement));
        Ok(CompactReceipt::new(subject, place.leaf, path, &header, certificate, evidence).encode())
    }

    /// Proves that the record under `key` is present, or absent, at the tip.
    pub async fn state(&self, key: StateKey) -> Result<Vec<u8>, ProofError> {
        let proof = self.engine.prove(key.0.0).await?;
        let height = proof.header.core.height;
        let finalization = self.engine.finalization(height).await;
        let finalization = finalization.ok_or_else(|| {
            ProofError::NotYet(format!("block {height} is certified by a later block only"))
        })?;
        let certificate =
            certificate::of_finalization(&finalization).map_err(ProofError::Failed)?;
        let proof = StateProof {
            database: Database::State,
            key: key.0,
            value: proof.value.map(|cell| cell.to_vec()),
            engine_proof: proof.proof.to_vec(),
            header: proof.header,
            certificate,
        };
        Ok(proof.encode())
    }

    /// The first block from `height` on that was certified itself.
    async fn certified(&self, height: u64) -> Result<(Header, Certificate), ProofError> {
        let tip = self.engine.tip().map_or(0, |header| header.core.height);
        for candidate in height..=tip.min(height + CERTIFIED_AHEAD_MAX) {
            if let Some(bytes) = self.engine.finalization(candidate).await {
                let certificate =
                    certificate::of_finalization(&bytes).map_err(ProofError::Failed)?;
                return Ok((self.header(candidate).await?, certificate));
            }
        }
        Err(ProofError::NotYet(format!(
            "no certified block from {height} on is here"
        )))
    }

    /// The path of a leaf in the log of this size and root.
    fn path(&self, leaf: u64, (size, root): (u64, Digest)) -> Result<Vec<Digest>, ProofError> {
        self.log.path(leaf, size, &root).map_err(|error| {
            let what = format!("the statement log: {error}");
            match error.kind() {
                io::ErrorKind::UnexpectedEof => ProofError::NotYet(what),
                io::ErrorKind::InvalidData => {
                    tracing::error!("{what}; its files are in {}", self.log.folder().display());
                    ProofError::NotHeld(what)
                }
                _ => ProofError::Failed(what),
            }
        })
    }

    /// Shows which leaves of a block were accepted.
    fn evidence(&self, header: &Header, log: (u64, Digest)) -> Result<BlockEvidence, ProofError> {
        let summary = summary(header)?;
        let leaf = summary
            .leaf()
            .ok_or_else(|| ProofError::Failed("a block's numbers overflow".into()))?;
        Ok(BlockEvidence {
            summary,
            path: self.path(leaf, log)?,
        })
    }
}

/// The summary that closes a block's part of the log.
fn summary(header: &Header) -> Result<BlockSummary, ProofError> {
    let core = &header.core;
    let statements = core.log_size.checked_sub(core.first_leaf + 1);
    let refused = statements.and_then(|statements| statements.checked_sub(core.accepted));
    Ok(BlockSummary {
        height: core.height,
        time_ms: core.time_ms,
        first_leaf: core.first_leaf,
        accepted: core.accepted,
        refused: refused
            .ok_or_else(|| ProofError::Failed("a header's log numbers do not fit".into()))?,
        outcomes_root: header.rest.outcomes_root,
    })
}
