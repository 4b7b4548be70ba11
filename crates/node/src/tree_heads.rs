//! Signed tree heads: each member's node vouches for the statement log, and tells the others.
//!
//! After growth, at most ten times a second, the node signs the log's size and root with each of its
//! tree-head keys (Ed25519 and ML-DSA-65) and sends the signatures to its peers. A peer's head is kept
//! once its signature holds and its root is the one that this node's own log has at that size; a head
//! that differs is evidence of a fork or of a broken node and raises an alarm.
//!
//! Who may sign follows the ledger ([`follow_ledger`]), from the keys of genesis on.
//!
//! Only the latest head of each key is needed: a receipt of an older statement uses a path to the later size.
//!
//! What is remembered of heads that are early or differ is bounded for each key, so that a peer is in nobody's way but its own.

use crate::{
    engine::{EngineHandle, Wire},
    life::Stage,
    log_store::LogStore,
    presence::Presence,
    stored::record,
    tracker::Tracker,
};
use bytes::Bytes;
use convoy_modules::membership::types::{Member, ONLY, TreeHeadSigners};
use convoy_types::{
    Compartment, Did, Digest, MemberId, NetworkId,
    cose::{Algorithm, KeyId, PublicKey, SigningKey},
    header::Header,
    receipt::{SignedTreeHead, TreeHead},
    sequence,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};
use tokio::sync::watch;

/// The least time between two heads of this node.
const PACE: Duration = Duration::from_millis(100);
/// How often the last head is sent again while the log rests, for peers that missed it.
const REPEAT: Duration = Duration::from_secs(5);
/// How soon to look again for keys that could not be read.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Heads of one key that are ahead of this node's log and wait for it: the nearest and the newest.
const EARLY_OF_KEY_MAX: usize = 2;
/// Heads of one key for which alarm is given. Whoever has read of so many needs no more.
const ALARMS_OF_KEY_MAX: usize = 64;

/// Whose key it is, under which identifier it signs, and the key.
type Known = HashMap<KeyId, (MemberId, Did, PublicKey)>;

/// The latest heads, by member and algorithm.
#[derive(Clone)]
pub struct TreeHeads {
    network: NetworkId,
    log: Arc<LogStore>,
    /// Who may sign: by the key's id.
    known: Arc<RwLock<Known>>,
    latest: Arc<RwLock<BTreeMap<(MemberId, Algorithm), SignedTreeHead>>>,
    /// Told when a head was kept.
    changed: watch::Sender<u64>,
    presence: Arc<Presence>,
}

impl TreeHeads {
    /// Nothing signed yet; `keys` may sign.
    pub fn new(
        network: NetworkId,
        log: Arc<LogStore>,
        keys: impl Iterator<Item = (MemberId, Did, PublicKey)>,
        presence: Arc<Presence>,
    ) -> Self {
        Self {
            network,
            log,
            known: Arc::new(RwLock::new(by_id(keys))),
            latest: Arc::default(),
            changed: watch::Sender::new(0),
            presence,
        }
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on exactly these keys may sign. What others signed is not given out any more.
    pub fn follow(&self, keys: impl Iterator<Item = (MemberId, Did, PublicKey)>) {
        let keys = by_id(keys);
        let mut latest = self.latest.write().unwrap_or_else(PoisonError::into_inner);
        latest.retain(|_, head| keys.contains_key(&head.key_id()));
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    fn may_sign(&self, head: &SignedTreeHead) -> bool {
        self.known().contains_key(&head.key_id())
    }

    /// Under which identifier `key` signs, if it may.
    fn issuer(&self, key: &SigningKey) -> Option<Did> {
        let known = self.known();
        let (_, issuer, _) = known.get(&key.public().key_id())?;
        Some(issuer.clone())
    }

    /// The latest heads of `members` (all where `None`) with one of `algorithms`, each beyond leaf `leaf`.
    pub fn covering(
        &self,
        leaf: u64,
        members: Option<&[MemberId]>,
        algorithms: &[Algorithm],
    ) -> Vec<SignedTreeHead> {
        let latest = self.latest.read().unwrap_or_else(PoisonError::into_inner);
        latest
            .iter()
            .filter(|((member, algorithm), head)| {
                members.is_none_or(|members| members.contains(member))
                    && algorithms.contains(algorithm)
                    && head.head().size > leaf
            })
            .map(|(_, head)| head.clone())
            .collect()
    }

    /// Whether `head` was signed by `member`'s node.
    pub fn is_of(&self, head: &SignedTreeHead, member: &MemberId) -> bool {
        self.known()
            .get(&head.key_id())
            .is_some_and(|(signer, ..)| signer == member)
    }

    /// Every key that may sign heads now: its member, the identifier under which it signs, and the key; by member.
    pub fn keys(&self) -> Vec<(MemberId, Did, PublicKey)> {
        let mut keys: Vec<_> = self.known().values().cloned().collect();
        keys.sort_by_key(|(member, _, key)| (member.clone(), key.key_id()));
        keys
    }

    /// The members that may sign heads.
    pub fn members(&self) -> Vec<MemberId> {
        let mut members: Vec<_> = self
            .known()
            .values()
            .map(|(member, ..)| member.clone())
            .collect();
        members.sort();
        members.dedup();
        members
    }

    /// Changes whenever a head was kept.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Signs and exchanges heads until the engine's channel closes. `keys` are this node's.
    pub async fn run(
        self,
        keys: Vec<SigningKey>,
        wire: Wire,
        mut tip: watch::Receiver<Option<Header>>,
        tracker: Arc<Tracker>,
    ) {
        let Wire {
            outgoing,
            mut incoming,
            ..
        } = wire;
        let mut exchange = Exchange::new(self, keys);
        let mut last_message: Option<Bytes> = None;
        let mut repeat = tokio::time::interval(REPEAT);
        loop {
            tokio::select! {
                changed = tip.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let header = *tip.borrow_and_update();
                    let message = exchange.grew(header.as_ref());
                    if let Some((header, message)) = header.zip(message) {
                        tracker.blocks.reached(Stage::Prove, header.core.height);
                        let _ = outgoing.try_send((None, message.clone()));
                        last_message = Some(message);
                    }
                    tokio::time::sleep(PACE).await;
                }
                heard = incoming.recv() => {
                    let Some((_peer, message)) = heard else { return };
                    exchange.heard(&message);
                }
                _ = repeat.tick() => {
                    if let Some(message) = &last_message {
                        let _ = outgoing.try_send((None, message.clone()));
                    }
                }
            }
        }
    }

    /// Signs with those of this node's keys that may sign now: a key that the ledger does not know yet, or any more, signs nothing.
    fn sign(&self, keys: &[SigningKey], header: &Header) -> Option<Bytes> {
        let core = &header.core;
        let mut message = Vec::new();
        for key in keys {
            let Some(issuer) = self.issuer(key) else {
                continue;
            };
            let head = TreeHead {
                issuer,
                network: self.network.clone(),
                height: core.height,
                time_ms: core.time_ms,
                size: core.log_size,
                root: core.log_root,
            };
            match head.sign(key) {
                Ok(signed) => {
                    message.extend_from_slice(&signed.encode());
                    self.keep(signed);
                }
                Err(error) => tracing::error!(
                    "the tree head could not be signed with {}: {error}",
                    key.algorithm().name()
                ),
            }
        }
        (!message.is_empty()).then(|| message.into())
    }

    /// The heads in a peer's message whose signatures hold.
    fn read(&self, message: &Bytes) -> Vec<SignedTreeHead> {
        let Ok(items) = sequence::cut(message, 8) else {
            return Vec::new();
        };
        let heads = items
            .iter()
            .filter_map(|item| SignedTreeHead::decode(item).ok());
        heads
            .filter(|head| {
                let known = self.known();
                let Some((member, issuer, key)) = known.get(&head.key_id()) else {
                    return false;
                };
                let said = head.head();
                let holds = said.issuer == *issuer
                    && said.network == self.network
                    && head.verify(key).is_ok();
                if holds {
                    // Also of a block that this node does not have yet: so it knows how far behind it is.
                    self.presence.signed(member, said.height, said.time_ms);
                }
                holds
            })
            .collect()
    }

    /// Keeps a peer's head if this node's log has the same root; `false` when the log is not there yet.
    fn settle(&self, head: &SignedTreeHead, alarms: &mut Alarms) -> bool {
        let size = head.head().size;
        if size > self.log.tip().0 {
            return false;
        }
        match convoy_types::log::root_of_size(&*self.log, size) {
            Ok(root) if root == head.head().root => self.keep(head.clone()),
            Ok(root) if alarms.is_first(head) => tracing::error!(
                issuer = %head.head().issuer,
                size,
                theirs = %head.head().root,
                ours = %root,
                "ALARM: a member signed another statement log than this node holds; keep both nodes' data and compare them"
            ),
            Ok(_) => {}
            Err(error) => tracing::error!("the statement log cannot be read: {error}"),
        }
        true
    }

    fn keep(&self, head: SignedTreeHead) {
        let member = self
            .known()
            .get(&head.key_id())
            .map(|(member, ..)| member.clone());
        let Some(member) = member else {
            return;
        };
        let said = head.head();
        self.presence.signed(&member, said.height, said.time_ms);
        let key = (member, head.algorithm());
        let mut latest = self.latest.write().unwrap_or_else(PoisonError::into_inner);
        if latest
            .get(&key)
            .is_none_or(|kept| kept.head().size < head.head().size)
        {
            latest.insert(key, head);
            drop(latest);
            self.changed.send_modify(|count| *count += 1);
        }
    }
}

/// What a node signs and hears, and what it remembers between messages.
pub(crate) struct Exchange {
    heads: TreeHeads,
    /// This node's.
    keys: Vec<SigningKey>,
    early: Early,
    alarms: Alarms,
}

impl Exchange {
    pub(crate) fn new(heads: TreeHeads, keys: Vec<SigningKey>) -> Self {
        Self {
            heads,
            keys,
            early: Early::default(),
            alarms: Alarms::default(),
        }
    }

    /// The log grew up to the block with `header`: what to tell the peers.
    pub(crate) fn grew(&mut self, header: Option<&Header>) -> Option<Bytes> {
        let Self {
            heads,
            early,
            alarms,
            ..
        } = self;
        early.retain(|head| heads.may_sign(head) && !heads.settle(head, alarms));
        heads.sign(&self.keys, header?)
    }

    /// A peer told this.
    pub(crate) fn heard(&mut self, message: &Bytes) {
        for head in self.heads.read(message) {
            if !self.heads.settle(&head, &mut self.alarms) {
                self.early.insert(head);
            }
        }
    }
}

/// Heads that are ahead of this node's log, by key and size.
///
/// The nearest is kept because a newer one may always be ahead; the newest, so that nothing is missing once this node has caught up.
#[derive(Default)]
struct Early(BTreeMap<KeyId, BTreeMap<u64, SignedTreeHead>>);

impl Early {
    fn insert(&mut self, head: SignedTreeHead) {
        let of_key = self.0.entry(head.key_id()).or_default();
        of_key.insert(head.head().size, head);
        if of_key.len() > EARLY_OF_KEY_MAX {
            let between = of_key.keys().nth_back(1).copied();
            if let Some(size) = between {
                of_key.remove(&size);
            }
        }
    }

    /// Keeps those that still wait.
    fn retain(&mut self, mut waits: impl FnMut(&SignedTreeHead) -> bool) {
        self.0.retain(|_, of_key| {
            of_key.retain(|_, head| waits(head));
            !of_key.is_empty()
        });
    }
}

/// Heads that differ from this node's log and for which alarm was given: size and root, by key.
#[derive(Default)]
struct Alarms(BTreeMap<KeyId, BTreeSet<(u64, Digest)>>);

impl Alarms {
    /// Whether alarm has to be given for `head`: nodes repeat their heads.
    fn is_first(&mut self, head: &SignedTreeHead) -> bool {
        let of_key = self.0.entry(head.key_id()).or_default();
        of_key.len() < ALARMS_OF_KEY_MAX && of_key.insert((head.head().size, head.head().root))
    }
}

fn by_id(keys: impl Iterator<Item = (MemberId, Did, PublicKey)>) -> Known {
    keys.map(|(member, issuer, key)| (key.key_id(), (member, issuer, key)))
        .collect()
}

/// Keeps `heads` at the keys that the ledger has, until the engine stops.
pub async fn follow_ledger(
    heads: TreeHeads,
    engine: EngineHandle,
    compartment: Compartment,
    mut changes: watch::Receiver<u64>,
) {
    loop {
        changes.borrow_and_update();
        let pause = match ledger_keys(&engine, &compartment).await {
            Ok(keys) => {
                heads.follow(keys.into_iter());
                None
            }
            Err(reason) => {
                tracing::debug!("the tree-head keys cannot be read yet: {reason}");
                Some(RETRY_AFTER)
            }
        };
        let again = async {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = changes.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            _ = engine.ended() => return,
            () = again => {}
        }
    }
}

async fn ledger_keys(
    engine: &EngineHandle,
    compartment: &Compartment,
) -> Result<Vec<(MemberId, Did, PublicKey)>, String> {
    let list = record::<TreeHeadSigners>(engine, compartment, ONLY).await?;
    let list = list.ok_or("no block is applied yet")?;
    let mut keys = Vec::new();
    for signer in list.signers {
        let name = signer.member.as_str().as_bytes();
        let member = record::<Member>(engine, compartment, name).await?;
        let member = member.ok_or("a member is not there yet")?;
        let own = member.tree_head_keys.into_iter();
        keys.extend(own.map(|key| (signer.member.clone(), signer.node.clone(), key)));
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::generate(Algorithm::Ed25519).unwrap()
    }

    fn head(key: &SigningKey, size: u64, root: u8) -> SignedTreeHead {
        let head = TreeHead {
            issuer: Did::new("did:web:est.example").unwrap(),
            network: NetworkId::new("test.0011223344556677").unwrap(),
            height: 1,
            time_ms: 1_000,
            size,
            root: Digest([root; 32]),
        };
        head.sign(key).unwrap()
    }

    fn sizes(early: &Early, key: &SigningKey) -> Vec<u64> {
        let of_key = early.0.get(&key.public().key_id());
        of_key.map_or_else(Vec::new, |of_key| of_key.keys().copied().collect())
    }

    #[test]
    fn a_key_that_signs_what_never_comes_keeps_no_other_key_waiting() {
        let (honest, other) = (key(), key());
        let mut early = Early::default();
        for size in (0..300).rev() {
            early.insert(head(&other, u64::MAX - size, 0));
        }
        for size in [7, 9, 8, 10] {
            early.insert(head(&honest, size, 0));
        }
        assert_eq!(sizes(&early, &honest), [7, 10]);
        assert_eq!(sizes(&early, &other).len(), EARLY_OF_KEY_MAX);
        early.retain(|head| head.head().size > 7);
        assert_eq!(sizes(&early, &honest), [10]);
        early.retain(|head| head.head().size > 10);
        assert!(sizes(&early, &honest).is_empty());
        assert_eq!(early.0.len(), 1);
    }

    #[test]
    fn alarm_is_given_once_for_each_key_size_and_root() {
        let (first, second) = (key(), key());
        let mut alarms = Alarms::default();
        assert!(alarms.is_first(&head(&first, 7, 1)));
        assert!(!alarms.is_first(&head(&first, 7, 1)));
        assert!(alarms.is_first(&head(&first, 7, 2)));
        assert!(alarms.is_first(&head(&first, 8, 1)));
        assert!(alarms.is_first(&head(&second, 7, 1)));
        let more = (100..300).filter(|size| alarms.is_first(&head(&first, *size, 1)));
        assert_eq!(more.count(), ALARMS_OF_KEY_MAX - 3);
        assert!(alarms.is_first(&head(&second, 8, 1)));
    }
}
