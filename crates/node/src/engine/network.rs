//! Channels of the peer-to-peer network, and the two that others use as raw bytes.
//!
//! One authenticated, encrypted connection per pair of nodes carries all channels. Inbound queues are
//! allocated for `peers × tracked sets × burst`, so bursts are small; they drop when full, so every
//! protocol above repeats and bounds.

use super::{app::hash_of, contract::Hash, runtime::Runtime};
use bytes::Bytes;
use commonware_actor::Feedback;
use commonware_codec::{Copying, ReadExt as _};
use commonware_cryptography::{
    ChaCha20Poly1305,
    ed25519::{PrivateKey, PublicKey},
};
use commonware_macros::select;
use commonware_p2p::{
    BlockedSubscription, Blocker, PeerSetSubscription, Provider, Receiver, Recipients, Sender,
    TrackedPeers,
    authenticated::lookup::{self, Network},
};
use commonware_runtime::{Handle, IoBuf, Quota, Resolver};
use commonware_stream::{
    cups::{self, Cups},
    sake::{self, Sake},
};
use commonware_utils::{NZU32, NZUsize};
use std::{
    fmt,
    net::SocketAddr,
    num::{NonZeroU32, NonZeroUsize},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

/// A channel: both ends.
pub type Lane<S, R> = (S, R);

/// All channels of a node.
pub struct Lanes<S, R> {
    /// Votes of consensus.
    pub votes: Lane<S, R>,
    /// Certificates of consensus.
    pub certificates: Lane<S, R>,
    /// Requests for certificates.
    pub requests: Lane<S, R>,
    /// Requests for finalized and notarized blocks.
    pub backfill: Lane<S, R>,
    /// Proposed blocks.
    pub blocks: Lane<S, R>,
    /// State synchronisation, all databases.
    pub sync: Lane<S, R>,
    /// Search for a finalized block to synchronise to.
    pub probe: Lane<S, R>,
    /// Statements, for the mempool.
    pub statements: Lane<S, R>,
    /// Tree-head signatures.
    pub tree_heads: Lane<S, R>,
    /// Succession of validator sets.
    pub succession: Lane<S, R>,
}

/// Who the peers are, and how to shut one out that broke the protocol.
#[derive(Clone)]
pub struct Directory<P, B> {
    /// Knows the peers.
    pub provider: P,
    /// Shuts peers out.
    pub blocker: B,
}

impl<P: fmt::Debug, B> fmt::Debug for Directory<P, B> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "peers known to {:?}", self.provider)
    }
}

impl<P, B> Provider for Directory<P, B>
where
    P: Provider<PublicKey = PublicKey>,
    B: Blocker<PublicKey = PublicKey>,
{
    type PublicKey = PublicKey;

    async fn peer_set(&mut self, id: u64) -> Option<TrackedPeers<PublicKey>> {
        self.provider.peer_set(id).await
    }

    async fn subscribe(&mut self) -> PeerSetSubscription<PublicKey> {
        self.provider.subscribe().await
    }
}

impl<P, B> Blocker for Directory<P, B>
where
    P: Clone + Send + 'static,
    B: Blocker<PublicKey = PublicKey>,
{
    type PublicKey = PublicKey;

    fn block(&mut self, peer: PublicKey) -> Feedback {
        self.blocker.block(peer)
    }

    fn blocked(&mut self) -> BlockedSubscription<PublicKey> {
        self.blocker.blocked()
    }
}

/// Channel numbers and quotas, in the order of [`Lanes`]: messages per second and burst, per peer.
pub const CHANNELS: [(u64, u32, u32); 10] = [
    (0, 4_096, 32),
    (1, 2_048, 16),
    (2, 256, 8),
    (3, 512, 16),
    (4, 512, 8),
    (5, 2_048, 32),
    (6, 16, 2),
    (7, 1_024, 32),
    (8, 256, 8),
    (9, 16, 2),
];

/// Turns channels, in the order of [`CHANNELS`], into [`Lanes`].
///
/// # Panics
/// When there are fewer than ten.
pub fn lanes<S, R>(channels: impl IntoIterator<Item = Lane<S, R>>) -> Lanes<S, R> {
    let mut channels = channels.into_iter();
    let mut next = || channels.next().expect("ten channels");
    Lanes {
        votes: next(),
        certificates: next(),
        requests: next(),
        backfill: next(),
        blocks: next(),
        sync: next(),
        probe: next(),
        statements: next(),
        tree_heads: next(),
        succession: next(),
    }
}

/// A channel's quota.
pub fn quota(per_second: u32, burst: u32) -> Quota {
    let nonzero = |value| NonZeroU32::new(value).unwrap_or(NZU32!(1));
    Quota::per_second(nonzero(per_second)).allow_burst(nonzero(burst))
}

/// Where a peer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its Ed25519 key.
    pub key: PublicKey,
    /// Where it listens.
    pub address: SocketAddr,
}

/// How far apart the clocks of two nodes may be that connect. A wrong clock shall cost a node its votes and not its connections. A greeting that is
/// replayed within that time opens nothing: its sender cannot answer what it is asked.
pub(super) const CLOCKS_APART_MAX: Duration = Duration::from_secs(86_400);

/// How often a peer is told something when there is nothing to say.
const PING_EVERY: Duration = Duration::from_secs(5);
/// A connection on which nothing was heard for this long is given up and made anew: after a long cut, TCP alone may wait as long
/// again before it tries.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(15);

/// What the authenticated network needs to know.
#[derive(Clone)]
pub struct NetworkConfig {
    /// This node's Ed25519 key.
    pub signer: PrivateKey,
    /// Separates networks: a handshake with another namespace fails.
    pub namespace: Vec<u8>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The nodes known from the start, this one among them: all validators, and whoever else is to be let in.
    pub peers: Vec<Peer>,
    /// Most peers ever in one set.
    pub peers_max: NonZeroUsize,
    /// Whether peers may have private addresses.
    pub allow_private_ips: bool,
}

pub(super) type LookupSender<E> = lookup::Sender<PublicKey, E>;
pub(super) type LookupReceiver = lookup::Receiver<PublicKey>;
pub(super) type LookupOracle = lookup::Oracle<PublicKey>;

/// Starts the authenticated network.
pub(super) fn start_lookup<E: Runtime + Resolver>(
    context: E,
    config: &NetworkConfig,
    message_bytes_max: u32,
) -> (
    Lanes<LookupSender<E>, LookupReceiver>,
    LookupOracle,
    Handle<()>,
) {
    let handshake = Cups::<_, ChaCha20Poly1305>::new(
        Sake {
            signer: config.signer.clone(),
            synchrony_bound: CLOCKS_APART_MAX,
            max_handshake_age: CLOCKS_APART_MAX,
            version: sake::Version::V1,
        },
        cups::Version::V1,
    );
    let mut settings = lookup::Config::recommended(
        handshake,
        &config.namespace,
        config.listen,
        config.peers_max,
        message_bytes_max,
        NZUsize!(1_024),
    );
    // The set in force and the one before: whoever left stays connected over the boundary.
    settings.tracked_peer_sets = NZUsize!(2);
    settings.allow_private_ips = config.allow_private_ips;
    settings.peer_connection_cooldown = Duration::from_secs(1);
    settings.dial_frequency = Duration::from_millis(500);
    settings.allowed_handshake_rate_per_ip = Quota::per_second(NZU32!(16));
    settings.ping_frequency = PING_EVERY;
    // A write is bounded by the silence too: few messages at once, so that a slow link keeps its connection.
    settings.send_batch_size = NZUsize!(2);
    let (mut network, oracle) = Network::new(context, settings);
    let channels: Vec<_> = CHANNELS
        .into_iter()
        .map(|(channel, rate, burst)| network.register(channel, quota(rate, burst)))
        .collect();
    let handle = network.start();
    (lanes(channels), oracle, handle)
}

/// Messages of one channel as raw bytes, for the mempool and for tree heads. Both queues are bounded:
/// when the outgoing one is full, `send` says so; when the incoming one is full, messages are dropped
/// and counted.
pub struct Wire {
    /// To the peers: `None` for all.
    pub outgoing: mpsc::Sender<(Option<Hash>, Bytes)>,
    /// From the peers: who, and what.
    pub incoming: mpsc::Receiver<(Hash, Bytes)>,
    /// Messages dropped because `incoming` was full.
    pub dropped: Arc<AtomicU64>,
    /// Longest message that can be sent, bytes.
    pub bytes_max: usize,
}

/// Connects a channel to a [`Wire`] of `queue` messages either way.
pub(super) fn wire<E, S, R>(
    context: E,
    (mut sender, mut receiver): Lane<S, R>,
    queue: usize,
    bytes_max: usize,
) -> Wire
where
    E: Runtime,
    S: Sender<PublicKey = PublicKey>,
    R: Receiver<PublicKey = PublicKey>,
{
    let (outgoing, mut to_send) = mpsc::channel::<(Option<Hash>, Bytes)>(queue);
    let (received, incoming) = mpsc::channel(queue);
    let dropped = Arc::new(AtomicU64::new(0));
    let count = dropped.clone();
    context.spawn(move |_| async move {
        loop {
            let next = async {
                match to_send.recv().await {
                    Some(message) => message,
                    None => std::future::pending().await,
                }
            };
            select! {
                message = next => {
                    let (to, bytes) = message;
                    let recipients = match to.map(|key| PublicKey::read(&mut Copying(&key[..]))) {
                        None => Recipients::All,
                        Some(Ok(key)) => Recipients::One(key),
                        Some(Err(_)) => continue,
                    };
                    if bytes.len() <= bytes_max {
                        sender.send(recipients, IoBuf::from(bytes), false);
                    }
                },
                message = receiver.recv() => {
                    let Ok((from, message)) = message else { return };
                    let bytes = Bytes::from(message);
                    if received.try_send((hash_of(&from), bytes)).is_err() {
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                },
            }
        }
    });
    Wire {
        outgoing,
        incoming,
        dropped,
        bytes_max,
    }
}
