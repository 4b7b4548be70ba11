//! The keys of records that were named lately: most are named again, to apply what was checked, to write what was read, or because every
//! action reads them; and naming one is a hash.
//!
//! A key depends on the names alone, so remembering it changes nothing but the time.

use crate::state::{StateKey, Table};
use convoy_types::Compartment;
use std::cell::RefCell;

/// Keys remembered.
const PLACES: usize = 128;
/// Longer record keys are hashed each time.
const NAME_BYTES_MAX: usize = 64;

#[derive(Clone, Copy)]
struct Known {
    table: Table,
    length: usize,
    name: [u8; NAME_BYTES_MAX],
    key: StateKey,
}

/// Keys of one compartment, each in the one place that its name gives it.
pub(crate) struct Named {
    compartment: Compartment,
    places: RefCell<Vec<Option<Known>>>,
}

impl Named {
    pub fn new(compartment: Compartment) -> Self {
        Self {
            compartment,
            places: RefCell::new(vec![None; PLACES]),
        }
    }

    /// Whose keys these are.
    pub fn compartment(&self) -> &Compartment {
        &self.compartment
    }

    /// [`StateKey::of`], perhaps remembered.
    pub fn key(&self, table: Table, name: &[u8]) -> StateKey {
        if name.len() > NAME_BYTES_MAX {
            return StateKey::of(&self.compartment, table, name);
        }
        let mut places = self.places.borrow_mut();
        let place = &mut places[place_of(table, name)];
        if let Some(known) = place
            && known.name[..known.length] == *name
            && known.table == table
        {
            return known.key;
        }
        let mut known = Known {
            table,
            length: name.len(),
            name: [0; NAME_BYTES_MAX],
            key: StateKey::of(&self.compartment, table, name),
        };
        known.name[..name.len()].copy_from_slice(name);
        place.insert(known).key
    }
}

/// Names that share a place push one another out; nobody is misled by that.
fn place_of(table: Table, name: &[u8]) -> usize {
    let mut mixed = (table.name.len() as u64) << 8 | name.len() as u64;
    let words = table.name.as_bytes().chunks(8).chain(name.chunks(8));
    for word in words {
        let mut bytes = [0; 8];
        bytes[..word.len()].copy_from_slice(word);
        mixed =
            (mixed.rotate_left(5) ^ u64::from_le_bytes(bytes)).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
    (mixed >> 57) as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TABLES: [Table; 3] = [
        Table::new("custody", "object"),
        Table::new("custody", "holding"),
        Table::history("custody", "object"),
    ];

    proptest! {
        #[test]
        fn a_remembered_key_is_the_one_that_hashing_gives(
            names in prop::collection::vec((0usize..3, prop::collection::vec(0u8..3, 0..70)), 1..400),
        ) {
            let named = Named::new(Compartment::common());
            for (table, name) in names.iter().chain(&names) {
                let table = TABLES[*table];
                prop_assert_eq!(named.key(table, name), StateKey::of(named.compartment(), table, name));
            }
        }
    }

    #[test]
    fn names_spread_over_the_places() {
        let mut taken = [0; PLACES];
        for number in 0..PLACES * 8 {
            let name = format!("urn:epc:id:sgtin:0614141.107346.{number}");
            taken[place_of(TABLES[0], name.as_bytes())] += 1;
        }
        assert!(taken.iter().all(|count| *count < 32), "{taken:?}");
    }
}
