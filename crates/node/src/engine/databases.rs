//! The three authenticated databases of a node.
//!
//! - `state`: records of all modules; ordered, so that absence is provable; canonical root over
//!   operations and the bitmap of those still current.
//! - `history`: records of what happened, most of which are written once: without order, a new one moves none of
//!   its neighbours. A key's first bit says which of the two holds it.
//! - `counters`: signer-lane counters; small fixed values, presence of history only, cheapest to write.
//!
//! All are batches under [`Stateful`](commonware_glue::stateful): a block is executed on batches of
//! its parent and applied when it is final.

use super::{
    block::{HeaderRest, StateCommitment},
    contract::CELL_BYTES,
};
use commonware_codec::FixedSize;
use commonware_cryptography::{Sha256, sha256};
use commonware_glue::stateful::db::{
    DatabaseSet, Merkleized as _, Shared, any::AnyStaged, current::CurrentStaged,
};
use commonware_parallel::Rayon;
use commonware_runtime::{Spawner, Storage, buffer::paged::CacheRef};
use commonware_storage::{
    Context,
    index::{ordered::Index as OrderedIndex, unordered::Index as UnorderedIndex},
    journal::contiguous::fixed::{Config as JournalConfig, Journal as FixedJournal},
    merkle::{full::Config as MerkleConfig, mmb},
    qmdb::{any, current, sync::Target},
    translator::EightCap,
};
use commonware_utils::{NZU64, NZUsize, non_empty_range, sequence::FixedBytes};
use convoy_types::Digest;
use std::num::{NonZeroU64, NonZeroUsize};

/// Merkle family of all databases.
pub(super) type Family = mmb::Family;
/// Parallel work (merkleisation, hashing) of the engine.
pub(super) type Strategy = Rayon;
/// A key of any database.
pub(super) type Key = sha256::Digest;
/// A value of the state and history databases.
pub(super) type Value = FixedBytes<CELL_BYTES>;
/// Bytes per chunk of the activity bitmap: one hash, which gives the shortest proofs.
pub(super) const CHUNK_BYTES: usize = 32;

/// The records of all modules.
pub(super) type StateDb<E> =
    current::ordered::fixed::Db<Family, E, Key, Value, Sha256, EightCap, CHUNK_BYTES, Strategy>;
/// The records of what happened.
pub(super) type HistoryDb<E> =
    any::unordered::fixed::Db<Family, E, Key, Value, Sha256, EightCap, Strategy>;
/// The signer-lane counters.
pub(super) type CounterDb<E> =
    any::unordered::fixed::Db<Family, E, Key, u64, Sha256, EightCap, Strategy>;
/// All, as one unit of commitment.
pub(super) type Stores<E> = (
    Shared<StateDb<E>>,
    Shared<HistoryDb<E>>,
    Shared<CounterDb<E>>,
);
/// Open batches of all.
pub(super) type Batches<E> = <Stores<E> as DatabaseSet<E>>::Unmerkleized;
/// Sealed batches of all.
pub(super) type Sealed<E> = <Stores<E> as DatabaseSet<E>>::Merkleized;
/// Batches with reads staged.
pub(super) type StagedState<E> = CurrentStaged<
    Family,
    E,
    FixedJournal<E, StateOperation>,
    OrderedIndex<EightCap, mmb::Location>,
    Sha256,
    StateUpdate,
    CHUNK_BYTES,
    Strategy,
>;
/// Batches with reads staged.
pub(super) type StagedHistory<E> = StagedUnordered<E, Value>;
/// Batches with reads staged.
pub(super) type StagedCounters<E> = StagedUnordered<E, u64>;
type StagedUnordered<E, V> = AnyStaged<
    Family,
    E,
    FixedJournal<E, any::unordered::fixed::Operation<Family, Key, V>>,
    UnorderedIndex<EightCap, mmb::Location>,
    Sha256,
    any::unordered::fixed::Update<Key, V>,
    Strategy,
>;
type StateOperation = any::ordered::fixed::Operation<Family, Key, Value>;
type StateUpdate = any::ordered::fixed::Update<Key, Value>;
/// Where a new node synchronises to.
pub(super) type Targets = (
    Target<Family, sha256::Digest>,
    Target<Family, sha256::Digest>,
    Target<Family, sha256::Digest>,
);

/// Widest operation of any database, bytes: bounds one state synchronisation response. An ordered one holds all that
/// one without order does, and the next key.
pub(super) const OPERATION_BYTES_MAX: usize = StateOperation::SIZE;

/// What a header says of the databases.
#[derive(Clone, Copy)]
pub(super) struct Commitments {
    pub state: StateCommitment,
    pub history: StateCommitment,
    pub lanes: StateCommitment,
}

/// Sizes of the databases' files and buffers.
#[derive(Clone)]
pub(super) struct DatabaseSizes {
    /// Shared cache of file pages.
    pub page_cache: CacheRef,
    /// Operations per file.
    pub items_per_blob: NonZeroU64,
    /// Bytes gathered before a write.
    pub write_buffer: NonZeroUsize,
    /// Bytes read at once when replaying after a start.
    pub replay_buffer: NonZeroUsize,
    /// The state comes from peers: no files tell yet how many operations a start goes through.
    pub takes_over: bool,
}

type StateConfig = current::FixedConfig<EightCap, Strategy>;
type UnorderedConfig = any::FixedConfig<EightCap, Strategy>;

/// Configuration of all databases, with files named after `prefix`.
pub(super) async fn config<E: Storage>(
    context: &E,
    prefix: &str,
    sizes: &DatabaseSizes,
    strategy: &Strategy,
) -> (StateConfig, UnorderedConfig, UnorderedConfig) {
    let replay_keys = async |name: &str| match sizes.takes_over {
        true => TAKEN_OVER_KEYS,
        false => replay_keys(context, &format!("{prefix}-{name}-ops-blobs"), sizes).await,
    };
    let merkle = |name: &str| MerkleConfig {
        journal_partition: format!("{prefix}-{name}-nodes"),
        metadata_partition: format!("{prefix}-{name}-nodes-meta"),
        items_per_blob: sizes.items_per_blob,
        write_buffer: sizes.write_buffer,
        replay_buffer: sizes.replay_buffer,
        strategy: strategy.clone(),
        page_cache: sizes.page_cache.clone(),
    };
    let journal = |name: &str| JournalConfig {
        partition: format!("{prefix}-{name}-ops"),
        items_per_blob: sizes.items_per_blob,
        page_cache: sizes.page_cache.clone(),
        write_buffer: sizes.write_buffer,
        replay_buffer: sizes.replay_buffer,
    };
    let state = current::FixedConfig {
        merkle_config: merkle("state"),
        journal_config: journal("state"),
        grafted_metadata_partition: format!("{prefix}-state-bitmap"),
        translator: EightCap,
        init_cache: Some(replay_keys("state").await),
        init_buffer: NZUsize!(1 << 22),
        init_concurrency: (),
    };
    let unordered = |name: &str, keys| any::FixedConfig {
        merkle_config: merkle(name),
        journal_config: journal(name),
        translator: EightCap,
        init_cache: Some(keys),
        init_buffer: NZUsize!(1 << 21),
        init_concurrency: (),
    };
    let history = unordered("history", replay_keys("history").await);
    (state, history, unordered("counters", REPLAY_KEYS_MIN))
}

/// How many keys are held in memory, 41 bytes each, while a start goes through a store's operations. Every record's next operation looks up its
/// last one; what is not held is read from the disk, which makes a start at a million objects three times as long. An insertion into an
/// ordered store makes two operations, and one into an unordered store moves an older one, so half of them are of keys that have none later.
async fn replay_keys<E: Storage>(
    context: &E,
    partition: &str,
    sizes: &DatabaseSizes,
) -> NonZeroUsize {
    // None yet: the first start.
    let files = context.scan(partition).await.map_or(0, |files| files.len());
    let per_file = usize::try_from(sizes.items_per_blob.get()).unwrap_or(usize::MAX);
    let keys = files.saturating_mul(per_file) / 2;
    let keys = keys.clamp(REPLAY_KEYS_MIN.get(), REPLAY_KEYS_MAX.get());
    NonZeroUsize::new(keys).unwrap_or(REPLAY_KEYS_MIN)
}

/// Fewest keys held while a start goes through a store.
const REPLAY_KEYS_MIN: NonZeroUsize = NZUsize!(1 << 16);
/// Most: 344 MB for each of two stores that open beside each other, until they are open. Five million objects have as many.
const REPLAY_KEYS_MAX: NonZeroUsize = NZUsize!(1 << 23);
/// Held while a store that was taken over is opened, whose size nobody knows before: 172 MB for each of two.
const TAKEN_OVER_KEYS: NonZeroUsize = NZUsize!(1 << 22);

/// Default operations per file.
pub(super) const ITEMS_PER_BLOB: NonZeroU64 = NZU64!(1 << 18);

/// What a header says of sealed batches.
pub(super) fn commitments<E: Context + Spawner>(sealed: &Sealed<E>) -> Commitments {
    let (state, history, counters) = sealed;
    let unordered = |root: sha256::Digest, floor: mmb::Location, size: mmb::Location| {
        let root = Digest(root.0);
        StateCommitment {
            root,
            ops_root: root,
            ops_start: *floor,
            ops_end: *size,
        }
    };
    let (past, lanes) = (history.bounds(), counters.bounds());
    Commitments {
        state: StateCommitment {
            root: Digest(state.root().0),
            ops_root: Digest(state.ops_root().0),
            ops_start: *state.sync_boundary(),
            ops_end: *state.bounds().tip.size,
        },
        history: unordered(history.root(), past.inactivity_floor, past.tip.size),
        lanes: unordered(counters.root(), lanes.inactivity_floor, lanes.tip.size),
    }
}

/// How many operations the logs of all databases hold with these batches.
pub(super) fn operations<E: Context + Spawner>((state, history, counters): &Sealed<E>) -> u64 {
    let sizes = [
        state.bounds().tip.size,
        history.bounds().tip.size,
        counters.bounds().tip.size,
    ];
    sizes.into_iter().map(|size| *size).sum()
}

/// What the header of the genesis block says of the empty databases.
pub(super) fn genesis_commitments<E: Context + Spawner>() -> Commitments {
    let (state, history, counters) = <Stores<E> as DatabaseSet<E>>::initial_sync_targets();
    let commitment = |target: Target<Family, sha256::Digest>| StateCommitment {
        root: Digest(target.root.0),
        ops_root: Digest(target.root.0),
        ops_start: *target.range.start(),
        ops_end: *target.range.end(),
    };
    Commitments {
        state: commitment(state),
        history: commitment(history),
        lanes: commitment(counters),
    }
}

/// The targets that a header commits to. Header decoding refuses empty ranges.
pub(super) fn targets(header: &HeaderRest) -> Targets {
    let target = |store: &StateCommitment| {
        Target::new(
            sha256::Digest(store.ops_root.0),
            non_empty_range!(
                mmb::Location::new(store.ops_start),
                mmb::Location::new(store.ops_end)
            ),
        )
    };
    (
        target(&header.state),
        target(&header.history),
        target(&header.lanes),
    )
}
