//! Whom this node connects with: the validators, and the other nodes of members.
//!
//! ```text
//! configuration, then the ledger ──> addresses ─┐
//! validators of this epoch and the one before ──┴─> tracked set ──> network
//! ```
//!
//! Validators are primary: everybody dials them. Observers are secondary: they are let in, dial the validators and are
//! sent what validators are sent. A node that is in no set is not let in at all.
//!
//! Sets are numbered by this node alone, one number for each change; the network keeps the last few, so that whoever
//! left a set stays connected over the boundary.

use super::{app::hash_of, contract::Hash, network::Peer};
use commonware_codec::{Copying, ReadExt as _};
use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::{
    AddressableManager, AddressableTrackedPeers, Blocker, Manager, Provider, TrackedPeers,
};
use commonware_utils::ordered::{Map, Set};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{Mutex, PoisonError},
};

/// Nodes connected with at a time, this one among them: all that the ledger has room for (128), and validators that were never announced.
/// Queues are allocated for them. The network ends a node that tracks more, so whoever is too many is left out: never a validator before an
/// observer.
pub const PEERS_MAX: usize = 160;

/// A network that can be told whom to connect with.
pub trait Track: Send + 'static {
    /// From now on these, under a number above all earlier ones.
    fn track(&mut self, number: u64, validators: &[Peer], others: &[Peer]);
}

impl Track for super::network::LookupOracle {
    fn track(&mut self, number: u64, validators: &[Peer], others: &[Peer]) {
        let addresses = |peers: &[Peer]| {
            Map::from_iter_dedup(
                peers
                    .iter()
                    .map(|peer| (peer.key.clone(), peer.address.into())),
            )
        };
        let peers = AddressableTrackedPeers::new(addresses(validators), addresses(others));
        let _ = AddressableManager::track(self, number, peers);
    }
}

impl<P, B> Track for super::network::Directory<P, B>
where
    P: Manager<PublicKey = PublicKey>,
    B: Blocker<PublicKey = PublicKey>,
{
    fn track(&mut self, number: u64, validators: &[Peer], others: &[Peer]) {
        let keys = |peers: &[Peer]| Set::from_iter_dedup(peers.iter().map(|peer| peer.key.clone()));
        let peers = TrackedPeers::new(keys(validators), keys(others));
        let _ = self.provider.track(number, peers);
    }
}

/// What a network has to offer to the engine.
pub trait Oracle:
    Provider<PublicKey = PublicKey> + Blocker<PublicKey = PublicKey> + Track + Sync
{
}

impl<T> Oracle for T where
    T: Provider<PublicKey = PublicKey> + Blocker<PublicKey = PublicKey> + Track + Sync
{
}

struct Book {
    network: Box<dyn Track>,
    addresses: BTreeMap<Hash, SocketAddr>,
    validators: BTreeSet<Hash>,
    number: u64,
    told: Option<(Vec<Peer>, Vec<Peer>)>,
}

/// The addresses known, and the set that the network was told.
pub(super) struct Peers(Mutex<Book>);

impl Peers {
    /// Starts from `peers`.
    pub(super) fn new(network: impl Track, peers: &[Peer]) -> Self {
        let addresses = peers
            .iter()
            .map(|peer| (hash_of(&peer.key), peer.address))
            .collect();
        Self(Mutex::new(Book {
            network: Box::new(network),
            addresses,
            validators: BTreeSet::new(),
            number: 0,
            told: None,
        }))
    }

    /// These vote, or did in the epoch before.
    pub(super) fn set_validators(&self, validators: impl IntoIterator<Item = Hash>) {
        self.change(|book| book.validators = validators.into_iter().collect());
    }

    /// These are the nodes of members, as the ledger has them. Addresses of others stay as they are.
    pub(super) fn set_nodes(&self, nodes: &[Peer]) {
        self.change(|book| {
            let Book {
                addresses,
                validators,
                ..
            } = book;
            addresses.retain(|key, _| validators.contains(key));
            addresses.extend(nodes.iter().map(|node| (hash_of(&node.key), node.address)));
        });
    }

    /// These too.
    pub(super) fn add_nodes(&self, nodes: &[Peer]) {
        self.change(|book| {
            let nodes = nodes.iter();
            let addresses = nodes.map(|node| (hash_of(&node.key), node.address));
            book.addresses.extend(addresses);
        });
    }

    fn change(&self, change: impl FnOnce(&mut Book)) {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut book);
        book.tell();
    }
}

impl Book {
    fn tell(&mut self) {
        let peer = |(key, address): (&Hash, &SocketAddr)| {
            let key = PublicKey::read(&mut Copying(&key[..])).ok()?;
            Some(Peer {
                key,
                address: *address,
            })
        };
        let (validators, others): (BTreeMap<Hash, SocketAddr>, BTreeMap<Hash, SocketAddr>) = self
            .addresses
            .iter()
            .partition(|(key, _)| self.validators.contains(*key));
        for key in self
            .validators
            .difference(&validators.keys().copied().collect())
        {
            tracing::warn!(
                key = hex::encode(key),
                "a validator's address is not known: its member announces it (membership, announce_node)"
            );
        }
        let room = PEERS_MAX - 1;
        if validators.len() + others.len() > room {
            tracing::warn!(
                known = validators.len() + others.len(),
                room,
                "more nodes are announced than this one connects with: members take back those that are no more (membership, announce_node)"
            );
        }
        let first: Vec<_> = validators.iter().filter_map(peer).take(room).collect();
        let rest = others.iter().filter_map(peer).take(room - first.len());
        let set = (first, rest.collect::<Vec<_>>());
        if self.told.as_ref() != Some(&set) {
            self.network.track(self.number, &set.0, &set.1);
            self.number += 1;
            self.told = Some(set);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};
    use std::sync::Arc;

    type Told = Arc<Mutex<(Vec<Peer>, Vec<Peer>)>>;

    struct Listening(Told);

    impl Track for Listening {
        fn track(&mut self, _: u64, validators: &[Peer], others: &[Peer]) {
            *self.0.lock().unwrap() = (validators.to_vec(), others.to_vec());
        }
    }

    #[test]
    fn never_more_nodes_are_tracked_than_the_network_has_room_for_and_validators_first() {
        let peers: Vec<Peer> = (0..300u16)
            .map(|number| Peer {
                key: PrivateKey::from_seed(number.into()).public_key(),
                address: SocketAddr::from(([10, 0, 0, 1], number + 1)),
            })
            .collect();
        let told = Told::default();
        let book = Peers::new(Listening(Arc::clone(&told)), &[]);
        book.set_nodes(&peers);
        assert_eq!(told.lock().unwrap().1.len(), PEERS_MAX - 1);
        let voting: Vec<Hash> = peers[200..].iter().map(|peer| hash_of(&peer.key)).collect();
        book.set_validators(voting.iter().copied());
        let (validators, others) = told.lock().unwrap().clone();
        assert_eq!(validators.len(), voting.len(), "every validator");
        assert_eq!(validators.len() + others.len(), PEERS_MAX - 1);
        book.set_validators(peers.iter().map(|peer| hash_of(&peer.key)));
        let (validators, others) = told.lock().unwrap().clone();
        assert_eq!((validators.len(), others.len()), (PEERS_MAX - 1, 0));
    }
}
