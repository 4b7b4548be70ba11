//! Proofs that a record is present in, or absent from, the state of a finalized block.

use super::{
    block::Header,
    contract::{Cell, Hash},
    databases::{CHUNK_BYTES, Family, Key, StateDb, Value},
};
use bytes::Bytes;
use commonware_runtime::Spawner;
use commonware_storage::{
    Context,
    qmdb::{
        Error, any,
        current::{self, ordered::proof::constant::ExclusionProof},
    },
};
use convoy_types::receipt::engine_proof;

/// A proof against the state root of a finalized block's header.
#[derive(Clone, Debug)]
pub struct StateProof {
    /// The finalized block whose state it is about.
    pub header: Header,
    /// The key asked for.
    pub key: Hash,
    /// The record, when present.
    pub value: Option<Cell>,
    /// The proof, in the form of [`engine_proof`].
    pub proof: Bytes,
}

impl StateProof {
    /// Proves what the database holds for `key`; `header` must carry the database's root.
    pub(super) async fn make<E: Context + Spawner>(
        state: &StateDb<E>,
        header: Header,
        key: Hash,
    ) -> Result<Self, Error<Family>> {
        let (value, proof) = encode_proof(state, &Key::from(key)).await?;
        Ok(Self {
            header,
            key,
            value,
            proof,
        })
    }

    /// Checks the proof as anybody can, with SHA-256 alone.
    ///
    /// # Errors
    /// Says in plain words what does not hold.
    pub fn verify(&self) -> Result<(), String> {
        let value = self.value.as_ref().map(|cell| &cell[..]);
        engine_proof::check(
            &self.header.rest.state.root.0,
            &self.key,
            value,
            &self.proof,
        )
    }
}

/// The record and its proof in the form of [`engine_proof`].
pub(super) async fn encode_proof<E: Context + Spawner>(
    state: &StateDb<E>,
    key: &Key,
) -> Result<(Option<Cell>, Bytes), Error<Family>> {
    if let Some(value) = state.get(key).await? {
        let proof = state.key_value_proof(*key).await?;
        let bytes = write(&proof.proof, None, &proof.next_key);
        return Ok((Some(Cell::from(value)), bytes));
    }
    match state.exclusion_proof(key).await? {
        ExclusionProof::KeyValue(proof, span) => {
            Ok((None, write(&proof, Some(&span), &span.next_key)))
        }
        // Genesis puts records into the state of every network, so it is never empty after block 1.
        ExclusionProof::Commit(..) => Err(Error::KeyNotFound),
    }
}

type OperationProof = current::proof::operation::Proof<Family, Key, [u8; CHUNK_BYTES]>;
type Span = any::ordered::fixed::Update<Key, Value>;

fn write(proof: &OperationProof, span: Option<&Span>, next_key: &Key) -> Bytes {
    let range = &proof.range_proof;
    let (pending, partial) = (&range.pending_chunk_digest, &range.partial_chunk_digest);
    let flag = |set: bool, flag: u8| if set { flag } else { 0 };
    let flags = flag(pending.is_some(), engine_proof::PENDING)
        | flag(partial.is_some(), engine_proof::PARTIAL)
        | flag(span.is_some(), engine_proof::SPAN);
    let inactive = u8::try_from(range.proof.inactive_peaks).unwrap_or(u8::MAX);
    let mut out = vec![engine_proof::VERSION, flags, inactive];
    out.extend_from_slice(&(*proof.loc).to_be_bytes());
    out.extend_from_slice(&(*range.proof.leaves).to_be_bytes());
    out.extend_from_slice(&proof.chunk);
    out.extend_from_slice(&range.ops_root.0);
    for digest in [pending, partial].into_iter().flatten() {
        out.extend_from_slice(&digest.0);
    }
    if let Some(span) = span {
        out.extend_from_slice(&span.key.0);
        out.extend_from_slice(&span.value);
    }
    out.extend_from_slice(&next_key.0);
    for digest in &range.proof.digests {
        out.extend_from_slice(&digest.0);
    }
    out.into()
}
