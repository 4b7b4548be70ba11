//! Stored blocks executed once more, in databases of their own: whether this build makes of them what the network made.
//!
//! Each block is executed as a validator does before its vote, signatures included, on the state behind its parent, and every commitment of its
//! header is compared. Nothing of it touches the files of a node: [`Shadow`] has a folder of its own, which goes on where it was.
//!
//! Invariant: the databases hold the state behind [`Shadow::tip`], and that state has the roots which that block's header names.

use super::{
    app::{begin, carried, check_place, compare, forget_same_set, header},
    block::Block,
    config::{PAGE_BYTES, PARTITION_PREFIX, WRITE_BUFFER},
    contract::{BlockContext, Core, Genesis, Hash, Purpose, Tip},
    databases::{self, DatabaseSizes, ITEMS_PER_BLOB, Stores},
    execute::{Seed, Workspace},
    frame::{first_leader, genesis_block},
    kept::{BlockReader, StoredEntry},
    runtime::Runtime,
};
use commonware_consensus::CertifiableBlock as _;
use commonware_glue::stateful::db::DatabaseSet;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_utils::NZUsize;
use convoy_types::{
    Digest,
    header::{Validator, validators_digest},
    receipt::recovery::RecoveryDocument,
};
use std::{num::NonZeroUsize, sync::Arc};

/// Pages cached: a replay that runs beside a node leaves it its memory.
const CACHED_PAGES: NonZeroUsize = NZUsize!(4_096);

/// What a replay starts from.
pub struct Ground {
    /// What executes: this build.
    pub core: Arc<dyn Core>,
    /// The digest that stands for the network in headers.
    pub network: Hash,
    /// The validators of the genesis document.
    pub validators: Vec<Validator>,
    /// The members' decisions that put validators in the place of lost ones: they are no part of the blocks.
    pub decisions: Vec<RecoveryDocument>,
}

/// Why a replay goes no further.
pub enum Stop {
    /// A block came out differently, in words.
    Differs(String),
    /// The block of this height is the first one behind a decision of the members that the replay was not given.
    Refounded(u64),
}

/// A state made by executing a network's blocks again.
pub struct Shadow<E: Runtime> {
    core: Arc<dyn Core>,
    genesis: Genesis,
    reader: BlockReader,
    databases: Stores<E>,
    decisions: Vec<RecoveryDocument>,
    tip: Tip,
}

impl<E: Runtime> Shadow<E> {
    /// Opens the databases at `from`, where an earlier replay was kept, or empty ones at the founding.
    ///
    /// # Errors
    /// The validators of the founding are none.
    ///
    /// # Panics
    /// When the folder cannot be read or written, or holds another state than `from` names.
    pub async fn open(context: E, ground: &Ground, from: Option<Tip>) -> Result<Self, String> {
        let strategy = context.strategy(NonZeroUsize::MIN);
        let sizes = DatabaseSizes {
            page_cache: CacheRef::new(PAGE_BYTES, CACHED_PAGES),
            items_per_blob: ITEMS_PER_BLOB,
            write_buffer: WRITE_BUFFER,
            replay_buffer: WRITE_BUFFER,
            takes_over: false,
        };
        let config = databases::config(&context, PARTITION_PREFIX, &sizes, &strategy).await;
        let leader = first_leader(&ground.validators)?;
        let first = genesis_block::<E>(
            (ground.network, &ground.validators),
            ground.core.as_ref(),
            leader,
        );
        let expected = from
            .as_ref()
            .map(|tip| databases::targets(&tip.header.rest));
        let databases = <Stores<E> as DatabaseSet<E>>::init(context, config, expected).await;
        Ok(Self {
            core: Arc::clone(&ground.core),
            genesis: ground.core.genesis(),
            reader: BlockReader::new(&ground.core),
            databases,
            decisions: ground.decisions.clone(),
            tip: from.unwrap_or_else(|| first.tip()),
        })
    }

    /// The last block that came out as its header says.
    pub fn tip(&self) -> &Tip {
        &self.tip
    }

    /// Executes the next block.
    ///
    /// # Errors
    /// It came out differently or is not the next one, or it is one that a replay does not execute; with its height.
    pub async fn push(&mut self, entry: &StoredEntry) -> Result<(), Stop> {
        let block = self.reader.decode(&entry.block).map_err(Stop::Differs)?;
        let (core, before) = (&block.header.core, &self.tip.header);
        if core.epoch > before.core.epoch && !before.ends_epoch() && self.decision().is_none() {
            return Err(Stop::Refounded(core.height));
        }
        let done = self.execute(&block).await;
        done.map_err(|reason| Stop::Differs(format!("block {}: {reason}", core.height)))
    }

    /// The members' decision by which the next block begins an epoch, where one is.
    fn decision(&self) -> Option<&RecoveryDocument> {
        let mut decisions = self.decisions.iter();
        decisions.find(|decision| decision.header == self.tip.header)
    }

    /// The digest of the set that validates in `epoch`, whose headers carry `carried` for it.
    fn validating(&self, epoch: u64, carried: Digest) -> Digest {
        let mut decisions = self.decisions.iter();
        let begun = decisions.find(|decision| decision.header.core.epoch + 1 == epoch);
        begun.map_or(carried, |decision| {
            validators_digest(&decision.validators())
        })
    }

    async fn execute(&mut self, block: &Block) -> Result<(), String> {
        let said = |error: &dyn std::fmt::Display| error.to_string();
        let parent = &self.tip.header;
        let decision = self.decision();
        check_place(&block.header, parent, decision)?;
        let context = BlockContext {
            height: block.header.core.height,
            time_ms: block.header.core.time_ms,
            epoch: block.header.core.epoch,
            proposer: block.place.leader,
        };
        let batches = DatabaseSet::<E>::new_batches(&self.databases).await;
        let seed = Seed::for_height(&self.genesis, context.height);
        let workspace = Workspace::open(batches, seed).await;
        let statements = block.statements.to_vec();
        let at = (context, &self.tip, Purpose::Verify);
        let execution = begin(self.core.as_ref(), decision, at, statements);
        let execution = execution.map_err(|error| said(&error))?;
        let workspace = workspace.map_err(|error| said(&error))?;
        let (workspace, mut output) = workspace
            .run(execution)
            .await
            .map_err(|error| said(&error))?;
        let carried = carried(parent, decision);
        forget_same_set(&mut output, || self.validating(context.epoch, carried));
        let sealed = workspace
            .seal(&output)
            .await
            .map_err(|error| said(&error))?;
        let (computed, _) = header::<E>(
            &block.context(),
            &context,
            (parent, carried),
            &output,
            &sealed,
        );
        compare(&computed, &block.header)
            .map_err(|field| format!("its {field} is not what its statements give here"))?;
        DatabaseSet::<E>::apply(&self.databases, sealed).await;
        self.tip = block.tip();
        Ok(())
    }

    /// Makes what was executed durable: a replay may go on from [`Shadow::tip`].
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub async fn keep(&mut self) -> bool {
        let barrier = DatabaseSet::<E>::finalize(&self.databases).await;
        barrier.durable().await
    }
}
