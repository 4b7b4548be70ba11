//! Records of the ledger's state, read whole from a running engine.

use crate::engine::{
    EngineError, EngineHandle,
    contract::{Cell, Hash},
};
use convoy_ledger::{Record, StateKey, state};
use convoy_types::{Compartment, Digest, cbor};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The record under `key`, as the applied state has it.
///
/// # Errors
/// In plain words: the state is not open yet, or the record cannot be read.
pub(crate) async fn record<R: Record + DeserializeOwned>(
    engine: &EngineHandle,
    compartment: &Compartment,
    key: &[u8],
) -> Result<Option<R>, String> {
    let key = StateKey::of(compartment, R::TABLE, key);
    let bytes = bytes(engine, key).await;
    let Some(bytes) = bytes.map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    cbor::from_slice(&bytes)
        .map(Some)
        .map_err(|error| error.to_string())
}

/// The bytes of the record under `key`.
pub(crate) async fn bytes(
    engine: &EngineHandle,
    key: StateKey,
) -> Result<Option<Arc<[u8]>>, EngineError> {
    let mut records = engine.read_records(vec![key.0.0], later_cells).await?;
    Ok(records.pop().and_then(|cells| state::from_cells(&cells)))
}

/// The keys of a record's cells behind its first.
pub(crate) fn later_cells(key: &Hash, first: &Cell) -> Vec<Hash> {
    let count = state::cell_count(state::record_length(first));
    let key = StateKey(Digest(*key));
    (1..count).map(|index| key.cell(index).0.0).collect()
}
