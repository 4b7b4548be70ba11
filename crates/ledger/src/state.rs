//! State as the core sees it: records under hashed keys, stored in cells of one size.
//!
//! The engine's store wants values of a fixed size. A record is cut into [`Cell`]s: the first
//! holds the record's length and its beginning, the rest follow under keys derived from the first
//! (`docs/decisions/0006-fixed-cells-with-overflow.md`). Most records fit the first cell.

use convoy_types::{
    Compartment, Did, Digest,
    header::{HISTORY_BIT, is_history},
    limits::RECORD_BYTES_MAX,
};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// Bytes of one cell. Chosen so that a custody object with its parent and place fits one.
pub const CELL_BYTES: usize = 160;
/// Bytes of the first cell that hold the record's length (little-endian u32).
const LENGTH_BYTES: usize = 4;
/// Bytes of a record in its first cell.
const FIRST_BYTES: usize = CELL_BYTES - LENGTH_BYTES;

/// One fixed-size value of the authenticated state.
pub type Cell = [u8; CELL_BYTES];

/// The key of a cell: a digest over domain, compartment, module, table and record key, with the [`Store`] as its first bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateKey(pub Digest);

/// The key of a signer's lane counter, which lives in a store of its own with 8-byte values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CounterKey(pub Digest);

/// A module's table. Only that module writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// The owning module's name.
    pub module: &'static str,
    /// The table's name, unique within the module.
    pub name: &'static str,
    store: Store,
}

impl Table {
    /// A table of things that are, each of which can be proved to be there or not to be.
    pub const fn new(module: &'static str, name: &'static str) -> Self {
        Self {
            module,
            name,
            store: Store::Ordered,
        }
    }

    /// A table of things that happened: one record for each, rarely changed and never proved by itself (the receipt of
    /// its statement proves it). Adding to it costs half.
    pub const fn history(module: &'static str, name: &'static str) -> Self {
        Self {
            module,
            name,
            store: Store::History,
        }
    }

    /// Whether its records can be proved to be there or not to be.
    pub fn is_provable(&self) -> bool {
        self.store == Store::Ordered
    }
}

/// The store that holds a table's cells. The first bit of their keys tells it ([`is_history`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Store {
    /// Kept in order of keys, so that absence can be proved.
    Ordered,
    /// Without order.
    History,
}

impl Store {
    fn mark(self, mut key: Digest) -> Digest {
        match self {
            Self::Ordered => key.0[0] &= !HISTORY_BIT,
            Self::History => key.0[0] |= HISTORY_BIT,
        }
        key
    }
}

/// A stored record: its table, and an encoding that starts with a version where it may change.
pub trait Record: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Where records of this type live.
    const TABLE: Table;
}

/// Joins parts so that no two lists of parts give the same bytes: each part behind its length.
fn joined_digest(domain: &[u8], parts: &[&[u8]]) -> Digest {
    let mut bytes =
        Vec::with_capacity(domain.len() + parts.iter().map(|p| p.len() + 4).sum::<usize>());
    bytes.extend_from_slice(domain);
    for part in parts {
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(part);
    }
    Digest::of(&bytes)
}

impl StateKey {
    /// The key of the record `key` in `table` of `compartment`.
    pub fn of(compartment: &Compartment, table: Table, key: &[u8]) -> Self {
        let parts = [
            compartment.as_str().as_bytes(),
            table.module.as_bytes(),
            table.name.as_bytes(),
            key,
        ];
        Self(table.store.mark(joined_digest(b"convoy/state/1", &parts)))
    }

    /// The key of the record's cell number `index`; cell 0 has the record's own key.
    pub fn cell(self, index: u32) -> Self {
        if index == 0 {
            return self;
        }
        let key = joined_digest(b"convoy/cell/1", &[&self.0.0, &index.to_be_bytes()]);
        let store = if is_history(&self.0.0) {
            Store::History
        } else {
            Store::Ordered
        };
        Self(store.mark(key))
    }
}

impl CounterKey {
    /// The counter of `lane` of `signer`: the sequence number its next statement must have.
    pub fn of(compartment: &Compartment, signer: &Did, lane: u8) -> Self {
        let parts = [
            compartment.as_str().as_bytes(),
            signer.as_str().as_bytes(),
            &[lane],
        ];
        Self(joined_digest(b"convoy/lane/1", &parts))
    }
}

/// How many cells a record of `length` bytes takes.
pub fn cell_count(length: usize) -> u32 {
    let rest = length.saturating_sub(FIRST_BYTES).div_ceil(CELL_BYTES);
    1 + u32::try_from(rest).unwrap_or(u32::MAX)
}

/// Cuts `record` into cells, in order.
///
/// # Panics
/// When `record` is longer than [`RECORD_BYTES_MAX`]: modules bound what they store.
pub fn to_cells(record: &[u8]) -> Vec<Cell> {
    assert!(
        record.len() <= RECORD_BYTES_MAX,
        "a record of {} bytes was to be stored",
        record.len()
    );
    let length = u32::try_from(record.len()).unwrap_or(u32::MAX);
    let (first, rest) = record.split_at(record.len().min(FIRST_BYTES));
    let mut cell = [0; CELL_BYTES];
    cell[..LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
    cell[LENGTH_BYTES..LENGTH_BYTES + first.len()].copy_from_slice(first);
    let mut cells = vec![cell];
    for chunk in rest.chunks(CELL_BYTES) {
        let mut cell = [0; CELL_BYTES];
        cell[..chunk.len()].copy_from_slice(chunk);
        cells.push(cell);
    }
    cells
}

/// The length of the record whose first cell this is, bytes.
pub fn record_length(first: &Cell) -> usize {
    let mut length = [0; LENGTH_BYTES];
    length.copy_from_slice(&first[..LENGTH_BYTES]);
    u32::from_le_bytes(length) as usize
}

/// Puts a record together from its cells, in order; `None` when cells are missing.
pub fn from_cells(cells: &[Cell]) -> Option<Arc<[u8]>> {
    let length = record_length(cells.first()?);
    if cells.len() < cell_count(length) as usize {
        return None;
    }
    if let Some(whole) = cells[0][LENGTH_BYTES..].get(..length) {
        return Some(whole.into());
    }
    let mut record = Vec::with_capacity(length);
    record.extend_from_slice(&cells[0][LENGTH_BYTES..]);
    cells[1..]
        .iter()
        .for_each(|cell| record.extend_from_slice(cell));
    record.truncate(length);
    Some(record.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_of_different_parts_never_meet() {
        let common = Compartment::common();
        let table = Table::new;
        let keys = [
            StateKey::of(&common, table("ab", "c"), b"d"),
            StateKey::of(&common, table("a", "bc"), b"d"),
            StateKey::of(&common, table("a", "b"), b"cd"),
            StateKey::of(&common, table("a", "b"), b"cd").cell(1),
            StateKey::of(&common, Table::history("a", "b"), b"cd"),
        ];
        for (i, a) in keys.iter().enumerate() {
            assert!(keys[i + 1..].iter().all(|b| a != b));
        }
    }

    #[test]
    fn a_key_and_those_of_its_cells_tell_their_store() {
        let common = Compartment::common();
        for number in 0..64u8 {
            for table in [Table::new("a", "b"), Table::history("a", "b")] {
                let key = StateKey::of(&common, table, &[number]);
                assert_ne!(is_history(&key.0.0), table.is_provable());
                assert_ne!(is_history(&key.cell(3).0.0), table.is_provable());
            }
        }
    }

    proptest! {
        #[test]
        fn a_record_cut_into_cells_is_put_together_again(record in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let cells = to_cells(&record);
            prop_assert_eq!(cells.len(), cell_count(record.len()) as usize);
            prop_assert_eq!(from_cells(&cells).unwrap().to_vec(), record.clone());
            if cells.len() > 1 {
                prop_assert!(from_cells(&cells[..cells.len() - 1]).is_none());
            }
        }
    }
}
