//! Records of the ledger's state, read whole from a running engine.

use crate::engine::{EngineError, EngineHandle};
use convoy_ledger::{Record, StateKey, state};
use convoy_types::{Compartment, cbor};
use serde::de::DeserializeOwned;

/// The record under `key`, as the applied state has it.
///
/// # Errors
/// In plain words: the state is not open yet, or the record changed while it was read; trying again helps.
pub(crate) async fn record<R: Record + DeserializeOwned>(
    engine: &EngineHandle,
    compartment: &Compartment,
    key: &[u8],
) -> Result<Option<R>, String> {
    let said = |error: EngineError| error.to_string();
    let key = StateKey::of(compartment, R::TABLE, key);
    let first = engine.read_state(vec![key.0.0]).await.map_err(said)?;
    let Some(Some(first)) = first.first().copied() else {
        return Ok(None);
    };
    let count = state::cell_count(state::record_length(&first));
    let keys = (1..count).map(|index| key.cell(index).0.0).collect();
    let rest = engine.read_state(keys).await.map_err(said)?;
    let cells: Option<Vec<_>> = std::iter::once(Some(first)).chain(rest).collect();
    let bytes = cells.and_then(|cells| state::from_cells(&cells));
    let bytes = bytes.ok_or("the record changed while it was read")?;
    cbor::from_slice(&bytes)
        .map(Some)
        .map_err(|error| error.to_string())
}
