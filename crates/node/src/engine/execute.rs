//! Runs one block of the core on database batches.
//!
//! Reads are fetched in one go per request of the core and staged, so that sealing the batch does not
//! look the same keys up again. Writes to keys never read follow as unstaged writes.

use super::{
    contract::{Cell, Execution, Fault, Genesis, Hash, Output, Step},
    databases::{Batches, Key, Sealed, StagedCounters, StagedHistory, StagedState, Value},
};
use commonware_runtime::Spawner;
use commonware_storage::{Context, qmdb::any::batch::Slot};
use convoy_types::{by_digest::ByDigest, header::is_history};
use std::collections::{BTreeMap, HashMap};

/// Requests for keys one block may make: each statement may ask a few times, all together.
const ROUNDS_MAX: usize = 10_000;

/// Records that exist before the first block, as long as the databases do not hold them yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Seed {
    state: BTreeMap<Hash, Cell>,
    counters: BTreeMap<Hash, u64>,
}

impl Seed {
    /// The seed of a block: the genesis records for the first, nothing for others.
    pub(super) fn for_height(genesis: &Genesis, height: u64) -> Self {
        if height != 1 {
            return Self::default();
        }
        Self {
            state: genesis.state.iter().copied().collect(),
            counters: genesis.counters.iter().copied().collect(),
        }
    }
}

/// Why a block has no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The block is wrong, for ever and everywhere.
    #[error(transparent)]
    Wrong(#[from] Fault),
    /// The batch was overtaken (a competing block was applied): nobody waits for this result.
    #[error("the databases moved on while the block was executed")]
    Overtaken,
}

/// What was read: by key its place in the staged batch and in the list of values.
struct Slots<R> {
    places: HashMap<Hash, (usize, usize), ByDigest>,
    values: Vec<Option<R>>,
}

impl<R> Default for Slots<R> {
    fn default() -> Self {
        Self {
            places: HashMap::default(),
            values: Vec::new(),
        }
    }
}

impl<R: Copy> Slots<R> {
    fn reserve(&mut self, more: usize) {
        self.places.reserve(more);
        self.values.reserve(more);
    }

    fn insert(&mut self, key: Hash, slot: usize, value: Option<R>) {
        self.places.insert(key, (slot, self.values.len()));
        self.values.push(value);
    }

    /// The key's place in the staged batch, if it was read.
    fn slot(&self, key: &Hash) -> Option<usize> {
        self.places.get(key).map(|(slot, _)| *slot)
    }

    /// The values of keys that were read.
    fn values(&self, keys: &[Hash]) -> Vec<Option<R>> {
        let value = |key| self.values[self.places[key].1];
        keys.iter().map(value).collect()
    }
}

/// Open batches of one block, with everything read so far.
pub(super) struct Workspace<E: Context + Spawner> {
    state: StagedState<E>,
    history: StagedHistory<E>,
    counters: StagedCounters<E>,
    /// Of state and history; the key says which.
    cell_slots: Slots<Cell>,
    counter_slots: Slots<u64>,
    seed: Seed,
}

impl<E: Context + Spawner> Workspace<E> {
    /// Opens a workspace on the parent's batches.
    ///
    /// # Errors
    /// [`Failure::Overtaken`].
    pub(super) async fn open(batches: Batches<E>, seed: Seed) -> Result<Self, Failure> {
        let (state, history, counters) = batches;
        let (_, state) = state
            .stage(&[])
            .await
            .map_err(|error| storage("read", error))?;
        let (_, history) = history
            .stage(&[])
            .await
            .map_err(|error| storage("read", error))?;
        let (_, counters) = counters
            .stage(&[])
            .await
            .map_err(|error| storage("read", error))?;
        Ok(Self {
            state,
            history,
            counters,
            cell_slots: Slots::default(),
            counter_slots: Slots::default(),
            seed,
        })
    }

    /// Runs an execution to its end.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) async fn run(
        mut self,
        mut execution: Box<dyn Execution>,
    ) -> Result<(Self, Output), Failure> {
        for _ in 0..ROUNDS_MAX {
            match execution.run()? {
                Step::Done(output) => return Ok((self, *output)),
                Step::NeedKeys { state, counters } => {
                    self = self.read(&state, &counters).await?;
                    let cells = self.cell_slots.values(&state);
                    execution.supply(cells, self.counter_slots.values(&counters));
                }
            }
        }
        Err(Fault::Block(format!(
            "its execution asked for keys more than {ROUNDS_MAX} times"
        ))
        .into())
    }

    /// Reads what was not read before.
    async fn read(mut self, state: &[Hash], counters: &[Hash]) -> Result<Self, Failure> {
        let (past, present): (Vec<Key>, Vec<Key>) = fresh(state, &self.cell_slots)
            .into_iter()
            .partition(|key| is_history(&key.0));
        let (cells, seed) = (&mut self.cell_slots, &self.seed.state);
        if !present.is_empty() {
            let references: Vec<&Key> = present.iter().collect();
            let read = self.state.expand(&references).await;
            let (slots, values, staged) = read.map_err(|error| storage("read", error))?;
            self.state = staged;
            remember(cells, &present, slots, values, seed, Cell::from);
        }
        if !past.is_empty() {
            let references: Vec<&Key> = past.iter().collect();
            let read = self.history.expand(&references).await;
            let (slots, values, staged) = read.map_err(|error| storage("read", error))?;
            self.history = staged;
            remember(cells, &past, slots, values, seed, Cell::from);
        }
        let wanted = fresh(counters, &self.counter_slots);
        if !wanted.is_empty() {
            let references: Vec<&Key> = wanted.iter().collect();
            let read = self.counters.expand(&references).await;
            let (slots, values, staged) = read.map_err(|error| storage("read", error))?;
            self.counters = staged;
            let (known, seed) = (&mut self.counter_slots, &self.seed.counters);
            remember(known, &wanted, slots, values, seed, |value| value);
        }
        Ok(self)
    }

    /// Writes what the execution decided and seals both batches.
    ///
    /// # Errors
    /// [`Failure::Overtaken`].
    pub(super) async fn seal(self, output: &Output) -> Result<Sealed<E>, Failure> {
        let writes = output.state_writes.iter();
        let present = writes.clone().filter(|(key, _)| !is_history(key));
        let past = writes.filter(|(key, _)| is_history(key));
        let (past_seed, seed) = self
            .seed
            .state
            .into_iter()
            .partition(|(key, _)| is_history(key));
        let lanes: Vec<(Hash, Option<u64>)> = output
            .counter_writes
            .iter()
            .map(|(key, value)| (*key, Some(*value)))
            .collect();
        let cells = &self.cell_slots;
        let cell = |cell: &Cell| Value::new(*cell);
        let (slots, unstaged) = plan(cells, self.state.len(), seed, present, cell);
        let state = self.state.merkleize(slots, unstaged).await;
        let state = state.map_err(|error| storage("seal", error))?;
        let (slots, unstaged) = plan(cells, self.history.len(), past_seed, past, cell);
        let history = self.history.merkleize(slots, unstaged).await;
        let history = history.map_err(|error| storage("seal", error))?;
        let (known, seed) = (&self.counter_slots, self.seed.counters);
        let (slots, unstaged) = plan(known, self.counters.len(), seed, lanes.iter(), |value| {
            *value
        });
        let counters = self.counters.merkleize(slots, unstaged).await;
        let counters = counters.map_err(|error| storage("seal", error))?;
        Ok((state, history, counters))
    }
}

/// Keeps what was read; a record that only the seed has counts as read.
fn remember<R: Copy, V>(
    known: &mut Slots<R>,
    keys: &[Key],
    slots: impl IntoIterator<Item = usize>,
    values: impl IntoIterator<Item = Option<V>>,
    seed: &BTreeMap<Hash, R>,
    convert: impl Fn(V) -> R,
) {
    known.reserve(keys.len());
    for ((key, slot), value) in keys.iter().zip(slots).zip(values) {
        let value = value.map(&convert).or_else(|| seed.get(&key.0).copied());
        known.insert(key.0, slot, value);
    }
}

/// The keys not read yet, each once.
fn fresh<R: Copy>(keys: &[Hash], known: &Slots<R>) -> Vec<Key> {
    let unknown = keys.iter().filter(|key| known.slot(key).is_none());
    let mut fresh: Vec<Key> = unknown.map(|key| Key::from(*key)).collect();
    fresh.sort_unstable();
    fresh.dedup();
    fresh
}

type Writes<V> = (Vec<Slot<V>>, Vec<(Key, Option<V>)>);

/// Splits writes into those of keys that were read (slots) and the others, sorted by key so that every
/// node appends the same operations in the same order.
fn plan<'w, R: Copy + 'w, V>(
    slots: &Slots<R>,
    len: usize,
    seed: BTreeMap<Hash, R>,
    writes: impl Iterator<Item = &'w (Hash, Option<R>)> + Clone,
    convert: impl Fn(&R) -> V,
) -> Writes<V> {
    let mut staged: Vec<Slot<V>> = std::iter::repeat_with(|| Slot::Keep).take(len).collect();
    let mut unstaged = Vec::new();
    let mut place = |key: &Hash, value: Option<&R>| {
        let value = value.map(&convert);
        match slots.slot(key) {
            Some(slot) => staged[slot] = value.map_or(Slot::Delete, Slot::Put),
            None => unstaged.push((Key::from(*key), value)),
        }
    };
    // The ledger writes in order of keys; only the first block has a seed to merge that with.
    if seed.is_empty() && writes.clone().is_sorted_by_key(|(key, _)| *key) {
        writes.for_each(|(key, value)| place(key, value.as_ref()));
    } else {
        let mut last: BTreeMap<Hash, Option<R>> = seed
            .into_iter()
            .map(|(key, value)| (key, Some(value)))
            .collect();
        last.extend(writes.copied());
        last.iter()
            .for_each(|(key, value)| place(key, value.as_ref()));
    }
    (staged, unstaged)
}

/// A stale batch means that a competing block was applied; anything else is a broken disk.
fn storage<F: commonware_storage::merkle::Family>(
    doing: &str,
    error: commonware_storage::qmdb::Error<F>,
) -> Failure {
    use commonware_storage::qmdb::Error;
    match error {
        Error::StaleRead | Error::StaleBatch => Failure::Overtaken,
        error => panic!(
            "the state database cannot {doing}: {error}. Check the disk; a restart recovers what was durable"
        ),
    }
}
