//! What is checked of a body before it is kept.
//!
//! The block is already the one that the header above it names ([`EngineHandle::read_body`]). Here: that the outcomes are those of its
//! statements, that the events are theirs, that both lead to the outcomes root; that each statement is put down to the member its signer
//! acts for; and that the certificate, where there is one, is a quorum's. The words of refusals are committed nowhere, so a peer's are
//! replaced by those of the rule.

use crate::{
    certificate,
    core::Preparer,
    engine::{Body, EngineError, EngineHandle},
    record::BlockRecord,
    stored,
};
use bytes::Bytes;
use convoy_ledger::{
    Outcome, Record as _, StateKey,
    output::{events_digest, outcomes_root},
};
use convoy_modules::membership::types::Signer;
use convoy_types::{
    Did, Digest, MemberId, Statement, cbor,
    header::Validator,
    receipt::{
        Trust,
        trust::{TrustedEpoch, TrustedValidator},
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// Signers whose members are kept in memory.
const KNOWN_MAX: usize = 100_000;

/// Why a body is not kept.
#[derive(Debug)]
pub(super) enum Fault {
    /// The peer sent what is wrong.
    Wrong(String),
    /// This node cannot look it up now.
    Engine(EngineError),
}

/// Checks bodies.
pub(super) struct Checker<'a> {
    pub engine: &'a EngineHandle,
    pub preparer: &'a Preparer,
    /// Who finalized, by epoch.
    pub trust: Trust,
    /// Members of signers, from the state.
    pub members: BTreeMap<Did, Option<MemberId>>,
}

impl Checker<'_> {
    /// The outcomes as they are kept.
    pub(super) async fn outcomes(&mut self, body: &Body) -> Result<Bytes, Fault> {
        let mut record = self.record(body).map_err(Fault::Wrong)?;
        if let Some(finalization) = &body.finalization {
            self.certificate(body, finalization).map_err(Fault::Wrong)?;
        }
        self.members(body, &record).await?;
        for outcome in &mut record.outcomes {
            if let Some(reject) = &mut outcome.reject {
                *reject = reject
                    .rule
                    .because("its words are kept by the nodes that executed it");
            }
        }
        Ok(record.encode().into())
    }

    fn record(&self, body: &Body) -> Result<BlockRecord, String> {
        let registry = &self.preparer.ledger().registry;
        let record = BlockRecord::decode(&body.outcomes, registry)?;
        committed(
            &record,
            body.block.statements.iter().map(|statement| statement.id),
            &body.block.header.rest.outcomes_root,
        )?;
        Ok(record)
    }

    fn certificate(&mut self, body: &Body, finalization: &[u8]) -> Result<(), String> {
        let core = &body.block.header.core;
        if self.trust.validators(core.epoch).is_none()
            && let Some(set) = self.engine.validators(core.epoch)
        {
            self.trust.epochs.push(trusted(core.epoch, &set));
        }
        let certificate = certificate::of_finalization(finalization)?;
        convoy_verify::check_certificate(
            &certificate,
            core,
            &Digest(body.block.digest),
            &self.trust,
        )
        .map_err(|error| error.to_string())
    }

    /// Each statement's member is the one its signer acts for, which never changes.
    async fn members(&mut self, body: &Body, record: &BlockRecord) -> Result<(), Fault> {
        let signers = body
            .block
            .statements
            .iter()
            .map(|statement| {
                let decoded = Statement::decode(statement.bytes.clone());
                decoded.map(|decoded| decoded.signer().clone())
            })
            .collect::<Result<Vec<Did>, _>>()
            .map_err(|error| Fault::Wrong(format!("a statement cannot be read: {error}")))?;
        self.look_up(signers.iter().collect()).await?;
        for (signer, outcome) in signers.iter().zip(&record.outcomes) {
            match self.members.get(signer) {
                Some(Some(member)) if *member != outcome.member => {
                    return Err(Fault::Wrong(format!(
                        "statement {} is put down to {}, its signer acts for {member}",
                        outcome.statement, outcome.member
                    )));
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn look_up(&mut self, signers: BTreeSet<&Did>) -> Result<(), Fault> {
        if self.members.len() > KNOWN_MAX {
            self.members.clear();
        }
        let compartment = &self.preparer.ledger().compartment;
        for signer in signers {
            if self.members.contains_key(signer) {
                continue;
            }
            let key = StateKey::of(compartment, Signer::TABLE, signer.as_str().as_bytes());
            let record = stored::bytes(self.engine, key)
                .await
                .map_err(Fault::Engine)?;
            let known = record.and_then(|bytes| cbor::from_slice::<Signer>(&bytes).ok());
            self.members
                .insert(signer.clone(), known.map(|known| known.member));
        }
        Ok(())
    }
}

/// A set of validators as certificates are checked with.
fn trusted(epoch: u64, set: &[Validator]) -> TrustedEpoch {
    let mut validators: Vec<TrustedValidator> = set
        .iter()
        .map(|validator| TrustedValidator {
            member: validator.member.clone(),
            key: Digest(validator.key),
        })
        .collect();
    validators.sort_by_key(|validator| validator.key);
    TrustedEpoch {
        epoch,
        validators,
        last_block: None,
        recovery: None,
    }
}

/// Whether outcomes and events of a block with these statements lead to its outcomes root.
pub(super) fn committed(
    record: &BlockRecord,
    statements: impl ExactSizeIterator<Item = [u8; 32]>,
    root: &Digest,
) -> Result<(), String> {
    let count = statements.len();
    if record.outcomes.len() != count
        || !statements
            .zip(&record.outcomes)
            .all(|(id, outcome)| outcome.statement.0.0 == id)
    {
        return Err("its outcomes are not those of its statements".into());
    }
    // Timers fire before the first statement, and events of a statement follow those of the one before it.
    let places = record.events.iter().map(|event| event.statement);
    if !places.is_sorted()
        || record
            .events
            .last()
            .and_then(|event| event.statement)
            .is_some_and(|last| last as usize >= count)
    {
        return Err("its events are out of order".into());
    }
    let of = |place: Option<u32>| {
        events_digest(
            record
                .events
                .iter()
                .filter(move |event| event.statement == place),
        )
    };
    let claimed = |(index, outcome): (u32, &Outcome)| outcome.events == of(Some(index));
    if !(0u32..).zip(&record.outcomes).all(claimed) {
        return Err("its events are not those its outcomes commit to".into());
    }
    if outcomes_root(&record.outcomes, &of(None)) != *root {
        return Err("its outcomes are not those its header commits to".into());
    }
    Ok(())
}
