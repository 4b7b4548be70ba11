//! The databases of a node, which reach the disk for many blocks at once.
//!
//! A final block is on the disk with its certificate before it comes here, and executing it again gives the same state. So a block does
//! not wait until the state behind it is durable: only marshal's acknowledgement does, which says from where blocks come again after a crash.
//! One write to the disk costs as much for eight blocks as for one, and there are three databases of two files each.
//!
//! Invariant: a barrier resolves when every block that was applied before it was asked for is durable, perhaps with later ones.

use super::{
    databases::{self, Batches, Sealed, Stores, Targets},
    runtime::Runtime,
};
use commonware_cryptography::Digest;
use commonware_glue::stateful::db::{
    Anchor, AttachableResolverSet, Barrier, DatabaseSet, StateSyncSet, SyncEngineConfig, TipUpdate,
};
use commonware_macros::select;
use commonware_runtime::{
    Error, Handle,
    telemetry::metrics::{Counter, raw},
};
use commonware_utils::channel::{ring, watch};
use std::{sync::Arc, time::Duration};

/// How long blocks gather at most until they are made durable together.
const GATHER: Duration = Duration::from_millis(500);
/// A pause after a block that ends the gathering: nothing more comes soon, or it waits for the barrier, as pruning and the end of an epoch do.
const QUIET: Duration = Duration::from_millis(100);
/// Operations of the databases that end the gathering. Until they are written their hashes are in memory, and copied for each block.
const OPERATIONS_MAX: u64 = 4_096;
/// How many blocks end the gathering.
pub(super) const GATHERED_MAX: usize = 8;

/// The databases of a node. Clones are the same ones.
pub(super) struct Databases<E: Runtime> {
    stores: Stores<E>,
    context: Arc<E>,
    progress: watch::Sender<Progress>,
    sync_us: Counter,
}

/// How far the databases are, in memory and on the disk.
#[derive(Clone, Copy, Default)]
struct Progress {
    applied: Extent,
    written: Extent,
}

#[derive(Clone, Copy, Default)]
struct Extent {
    /// Blocks since the start.
    blocks: usize,
    /// The size of all databases' logs of operations.
    operations: u64,
}

impl Progress {
    fn is_enough(&self) -> bool {
        self.applied.blocks >= self.written.blocks + GATHERED_MAX
            || self.applied.operations >= self.written.operations + OPERATIONS_MAX
    }
}

impl<E: Runtime> Clone for Databases<E> {
    fn clone(&self) -> Self {
        Self {
            stores: self.stores.clone(),
            context: Arc::clone(&self.context),
            progress: self.progress.clone(),
            sync_us: self.sync_us.clone(),
        }
    }
}

impl<E: Runtime> Databases<E> {
    fn of(stores: Stores<E>, context: E) -> Self {
        let sync_us = context.register(
            "sync_microseconds",
            "Time from when blocks that were gathered begin to be written until their state is durable",
            raw::Counter::default(),
        );
        Self {
            stores,
            context: Arc::new(context),
            progress: watch::Sender::default(),
            sync_us,
        }
    }

    /// The three databases.
    pub(super) fn stores(&self) -> Stores<E> {
        self.stores.clone()
    }
}

impl<E: Runtime> DatabaseSet<E> for Databases<E> {
    type Unmerkleized = Batches<E>;
    type Merkleized = Sealed<E>;
    type Readers = <Stores<E> as DatabaseSet<E>>::Readers;
    type Config = <Stores<E> as DatabaseSet<E>>::Config;
    type SyncTargets = Targets;

    async fn init(context: E, config: Self::Config, expected: Option<Targets>) -> Self {
        let own = context.child("durability");
        let stores = <Stores<E> as DatabaseSet<E>>::init(context, config, expected).await;
        Self::of(stores, own)
    }

    fn initial_sync_targets() -> Targets {
        <Stores<E> as DatabaseSet<E>>::initial_sync_targets()
    }

    async fn new_batches(&self) -> Batches<E> {
        DatabaseSet::<E>::new_batches(&self.stores).await
    }

    fn fork_batches(parent: &Sealed<E>) -> Batches<E> {
        <Stores<E> as DatabaseSet<E>>::fork_batches(parent)
    }

    fn matches_sync_targets(batches: &Sealed<E>, targets: &Targets) -> bool {
        <Stores<E> as DatabaseSet<E>>::matches_sync_targets(batches, targets)
    }

    fn readers(&self) -> Self::Readers {
        DatabaseSet::<E>::readers(&self.stores)
    }

    async fn apply(&self, batches: Sealed<E>) {
        let operations = databases::operations::<E>(&batches);
        DatabaseSet::<E>::apply(&self.stores, batches).await;
        self.progress.send_modify(|progress| {
            progress.applied.blocks += 1;
            progress.applied.operations = operations;
        });
    }

    /// Gathers first. Each database is locked by whoever writes to it, so blocks may be applied meanwhile.
    ///
    /// The task lives as long as the one that opened the databases, which is as long as `Stateful`.
    async fn finalize(&self) -> Barrier {
        let stores = self.stores();
        let progress = self.progress.clone();
        let sync_us = self.sync_us.clone();
        let written = self
            .context
            .child("gather")
            .spawn(move |context| async move {
                gather(&context, progress.subscribe()).await;
                progress.send_modify(|progress| progress.written = progress.applied);
                let begun = context.current();
                let barrier = DatabaseSet::<E>::finalize(&stores).await;
                let durable = barrier.durable().await;
                let took = context.current().duration_since(begun).unwrap_or_default();
                sync_us.inc_by(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
                durable
            });
        let durable = Handle::from_future(async move {
            match written.await? {
                true => Ok(()),
                false => Err(Error::Closed),
            }
        });
        Barrier::from_handles::<Self>([durable])
    }

    async fn prune(&self, targets: &Targets) {
        DatabaseSet::<E>::prune(&self.stores, targets).await;
    }

    async fn committed_targets(&self) -> Targets {
        DatabaseSet::<E>::committed_targets(&self.stores).await
    }
}

/// Waits until enough is applied that is not written, or long enough.
async fn gather<E: Runtime>(context: &E, mut progress: watch::Receiver<Progress>) {
    let end = context.current() + GATHER;
    while !progress.borrow_and_update().is_enough() {
        let quiet = context.current() + QUIET;
        select! {
            () = context.sleep_until(end.min(quiet)) => return,
            more = progress.changed() => if more.is_err() { return },
        }
    }
}

/// Where a node that synchronises its state gets each database from.
#[derive(Clone)]
pub(super) struct Resolvers<R>(pub R);

impl<E, R> AttachableResolverSet<Databases<E>> for Resolvers<R>
where
    E: Runtime,
    R: AttachableResolverSet<Stores<E>>,
{
    async fn attach_databases(&self, databases: Databases<E>) {
        self.0.attach_databases(databases.stores).await;
    }
}

impl<E, R> StateSyncSet<E, Resolvers<R>> for Databases<E>
where
    E: Runtime,
    R: Send,
    Stores<E>: StateSyncSet<E, R> + DatabaseSet<E, SyncTargets = Targets>,
{
    type Error = <Stores<E> as StateSyncSet<E, R>>::Error;

    async fn sync<D: Digest>(
        context: E,
        config: Self::Config,
        Resolvers(sources): Resolvers<R>,
        anchor: Anchor<D>,
        targets: Targets,
        tips: ring::Receiver<TipUpdate<D, Targets>>,
        bounds: SyncEngineConfig,
    ) -> Result<(Self, Anchor<D>), Self::Error> {
        let own = context.child("durability");
        let (stores, anchor) =
            Stores::<E>::sync(context, config, sources, anchor, targets, tips, bounds).await?;
        Ok((Self::of(stores, own), anchor))
    }
}
