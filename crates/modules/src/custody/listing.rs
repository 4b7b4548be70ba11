//! What is directly in something, by name, so that an event can take out all of it without naming it.
//!
//! Flow: tying and untying an object, and the first and last amount of a class, change the listing of
//! their place. Invariants: `count` is exact; `names` holds all of them in order unless `too_many`. A listing
//! that grew past [`LISTED_MAX`] names, or got one of more than [`LISTED_BYTES_MAX`] bytes, forgets them until
//! it is empty again.

use super::{
    draft::{Draft, Kept},
    facts::{self, Listed},
    types::*,
};
use convoy_ledger::Halt;
use convoy_types::identifiers::Epc;

impl Draft<'_, '_> {
    /// What is listed under `of`; an empty listing where there is none.
    pub fn listing(&mut self, of: &Listed<'_>) -> Result<&mut Listing, Halt> {
        let key = facts::listing_key(of);
        if !self.listings.contains_key(&key) {
            let found = self.reader.read::<Listing>(&key)?;
            let value = found.map(|listing| (*listing).clone());
            let kept = Kept {
                value,
                changed: false,
            };
            self.listings.insert(key.clone(), kept);
        }
        let kept = self.listings.entry(key).or_insert(Kept {
            value: None,
            changed: false,
        });
        Ok(kept.value.get_or_insert_with(Listing::default))
    }

    /// Adds `name` to a listing, or takes it off.
    pub(super) fn list(&mut self, of: &Listed<'_>, name: &Epc, there: bool) -> Result<(), Halt> {
        let listing = self.listing(of)?;
        if there {
            listing.add(name);
        } else {
            listing.remove(name);
        }
        let gone = *listing == Listing::default();
        self.listing_changed(of, gone);
        Ok(())
    }

    /// Notes that everything listed was taken out at `time_ms`.
    pub fn emptied(&mut self, of: &Listed<'_>, time_ms: i64) -> Result<(), Halt> {
        let listing = self.listing(of)?;
        listing.emptied_ms = listing.emptied_ms.max(Some(time_ms));
        self.listing_changed(of, false);
        Ok(())
    }

    fn listing_changed(&mut self, of: &Listed<'_>, gone: bool) {
        if let Some(kept) = self.listings.get_mut(&facts::listing_key(of)) {
            kept.changed = true;
            if gone {
                kept.value = None;
            }
        }
    }
}

impl Listing {
    fn add(&mut self, name: &Epc) {
        let Some(count) = self.count.checked_add(1) else {
            panic!("more than four thousand million things are listed together")
        };
        self.count = count;
        if self.too_many {
            return;
        }
        if self.names.len() == LISTED_MAX || name.key().len() > LISTED_BYTES_MAX {
            self.too_many = true;
            self.names.clear();
        } else if let Err(at) = self.names.binary_search(name) {
            self.names.insert(at, name.clone());
        }
    }

    fn remove(&mut self, name: &Epc) {
        let Some(count) = self.count.checked_sub(1) else {
            panic!("{name} was to be taken off a listing that is empty")
        };
        self.count = count;
        if let Ok(at) = self.names.binary_search(name) {
            self.names.remove(at);
        }
        self.too_many &= count > 0;
    }
}
