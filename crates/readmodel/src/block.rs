//! What the node hands to the read model: finalized blocks, in order, as executed.

use convoy_types::{Compartment, Did, Digest, MemberId, StatementId};
use std::{any::Any, sync::Arc};

/// A finalized block of one compartment.
#[derive(Clone)]
pub struct ProjectedBlock {
    /// Whose ledger.
    pub compartment: Compartment,
    /// Its height; genesis is 0.
    pub height: u64,
    /// Its time, milliseconds since 1970.
    pub time_ms: u64,
    /// Its digest.
    pub digest: Digest,
    /// The first log index of its statements: accepted ones take theirs first, then refused ones, each in
    /// order ([`BlockLog`](convoy_types::log::BlockLog)).
    pub log_start: u64,
    /// Its statements in order, refused ones included.
    pub statements: Vec<ProjectedStatement>,
    /// What its modules said happened, in order.
    pub events: Vec<ProjectedEvent>,
}

/// One statement of a block.
#[derive(Clone)]
pub struct ProjectedStatement {
    /// Its id.
    pub id: StatementId,
    /// 0 when accepted, else the number of the refusal.
    pub outcome: u16,
    /// Who signed it.
    pub signer: Did,
    /// The signer's member; `None` where the signer was not known.
    pub member: Option<MemberId>,
    /// Its size, bytes.
    pub bytes: u32,
    /// The statement, for projections that want its actions: a `convoy_types::Statement` or what the core
    /// prepared of it. Without it they keep less, so hand it in whenever the statement is at hand.
    pub prepared: Option<Arc<dyn Any + Send + Sync>>,
}

/// One event of a block.
#[derive(Clone)]
pub struct ProjectedEvent {
    /// The statement's place in the block; `None` where a timer fired.
    pub statement: Option<u32>,
    /// The module that said it.
    pub module: &'static str,
    /// The module's event, deterministic CBOR.
    pub body: Vec<u8>,
}
