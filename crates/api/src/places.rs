//! Places for what is under way: so many in all, and so many for each signer, so that nobody takes them all.

use convoy_types::Did;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// The places of one kind.
pub struct Places {
    most: usize,
    each: usize,
    taken: Mutex<BTreeMap<Did, usize>>,
    left: Notify,
}

/// A place, until it is dropped.
pub struct Place {
    places: Arc<Places>,
    signer: Did,
}

impl Places {
    /// `most` places, of which a signer has `each` at most.
    pub fn new(most: usize, each: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            each,
            taken: Mutex::default(),
            left: Notify::new(),
        })
    }

    /// A place for `signer`, unless all are taken, or all of the signer's.
    pub fn take(self: &Arc<Self>, signer: &Did) -> Option<Place> {
        let mut taken = self.taken();
        let own = taken.get(signer).copied().unwrap_or(0);
        if own >= self.each || taken.values().sum::<usize>() >= self.most {
            return None;
        }
        taken.insert(signer.clone(), own + 1);
        Some(Place {
            places: Arc::clone(self),
            signer: signer.clone(),
        })
    }

    /// Resolves when nobody has a place.
    pub async fn free(&self) {
        loop {
            let left = self.left.notified();
            if self.taken().is_empty() {
                return;
            }
            left.await;
        }
    }

    fn taken(&self) -> MutexGuard<'_, BTreeMap<Did, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        let own = taken.remove(&self.signer).unwrap_or(0);
        if own > 1 {
            taken.insert(self.signer.clone(), own - 1);
        }
        drop(taken);
        self.places.left.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signer_has_its_share_and_all_have_the_whole_and_no_more() {
        let places = Places::new(5, 2);
        let signer = |name: &str| Did::new(&format!("did:web:est.example:people:{name}")).unwrap();
        let mut held: Vec<Place> = ["a", "a", "b", "b"]
            .iter()
            .map(|name| places.take(&signer(name)).unwrap())
            .collect();
        assert!(places.take(&signer("a")).is_none());
        held.push(places.take(&signer("c")).unwrap());
        assert!(places.take(&signer("c")).is_none(), "all are taken");
        held.remove(0);
        held.push(places.take(&signer("a")).unwrap());
        assert!(places.take(&signer("a")).is_none());
        drop(held);
        assert!(places.taken().is_empty());
    }
}
