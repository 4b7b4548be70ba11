//! Proofs that a record is present in, or absent from, the state of a finalized block.

use super::{
    block::Header,
    contract::{Cell, Hash},
    databases::{CHUNK_BYTES, Family, Key, StateDb, Value},
};
use bytes::Bytes;
use commonware_codec::{Decode as _, Encode as _};
use commonware_cryptography::Sha256;
use commonware_runtime::Spawner;
use commonware_storage::{
    Context,
    qmdb::{
        Error,
        any::value::FixedEncoding,
        current::ordered::proof::constant::{ExclusionProof, KeyValueProof},
    },
};

/// Most hashes a proof may carry; today's carry fewer than 70.
const DIGESTS_MAX: usize = 256;

type Presence = KeyValueProof<Family, Key, Key, CHUNK_BYTES>;
type Absence = ExclusionProof<Family, Key, FixedEncoding<Value>, Key, CHUNK_BYTES>;

/// A proof against [`Header::state`]'s root.
#[derive(Clone, Debug)]
pub struct StateProof {
    /// The finalized block whose state it is about.
    pub header: Header,
    /// The key asked for.
    pub key: Hash,
    /// The record, when present.
    pub value: Option<Cell>,
    /// The proof, encoded.
    pub proof: Bytes,
}

impl StateProof {
    /// Proves what the database holds for `key`; `header` must carry the database's root.
    pub(super) async fn make<E: Context + Spawner>(
        state: &StateDb<E>,
        header: Header,
        key: Hash,
    ) -> Result<Self, Error<Family>> {
        let wanted = Key::from(key);
        let value = state.get(&wanted).await?.map(Cell::from);
        let proof = match value {
            Some(_) => state.key_value_proof(wanted).await?.encode(),
            None => state.exclusion_proof(&wanted).await?.encode(),
        };
        Ok(Self {
            header,
            key,
            value,
            proof,
        })
    }
}

impl StateProof {
    /// Checks the proof with the database's own verifier.
    pub fn verify(&self) -> bool {
        let root = Key::from(self.header.rest.state.root.0);
        let key = Key::from(self.key);
        let proof = self.proof.clone();
        match self.value {
            Some(value) => Presence::decode_cfg(proof, &(DIGESTS_MAX, ())).is_ok_and(|proof| {
                proof.verify::<Sha256, FixedEncoding<Value>>(key, Value::new(value), &root)
            }),
            None => Absence::decode_cfg(proof, &(DIGESTS_MAX, (), ()))
                .is_ok_and(|proof| proof.verify::<Sha256>(&key, &root)),
        }
    }
}
