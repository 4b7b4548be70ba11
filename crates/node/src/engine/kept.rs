//! History: final blocks with their certificates and outcomes, as files of the engine keep them.
//!
//! - [`KeepFrom`] and [`Kept`]: what the node wants to keep is never pruned, whatever else asks for it.
//! - [`StoredEntry`]: a block with certificate and outcomes in the bytes in which they are stored, for backups.
//! - [`HistoryFiles`]: writes such entries into the files of a node that does not run, so that it executes them when it starts.

use super::{
    block::{Block, BlockRules},
    commit::OutcomeArchive,
    config::{PAGE_BYTES, PARTITION_PREFIX, WRITE_BUFFER},
    contract::Core,
    handle::StoredBlock,
    runtime::Runtime,
};
use bytes::Bytes;
use commonware_codec::{Decode as _, RangeCfg};
use commonware_consensus::{
    marshal::store::{Blocks, Certificates},
    simplex::{scheme::ed25519::Scheme, types::Finalization},
    types::Height,
};
use commonware_cryptography::{certificate::Verifier, sha256};
use commonware_runtime::{Handle, buffer::paged::CacheRef};
use commonware_storage::{
    archive::{Archive, Identifier, prunable},
    translator::EightCap,
};
use commonware_utils::NZUsize;
use convoy_types::limits::{BLOCK_BYTES_MAX, BLOCK_STATEMENTS_MAX};
use std::{
    num::{NonZeroU64, NonZeroUsize},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Level of zstd for stored blocks, certificates and outcomes: the fastest.
const COMPRESSION: u8 = 1;
/// Pages cached while files are written without an engine.
const CACHED_PAGES: NonZeroUsize = NZUsize!(1_024);

pub(super) type Finalizations<E> =
    prunable::Archive<EightCap, E, sha256::Digest, Finalization<Scheme, sha256::Digest>>;
pub(super) type BlockArchive<E> = prunable::Archive<EightCap, E, sha256::Digest, Arc<Block>>;

/// The first height that has to be kept. At first nothing has to be.
#[derive(Clone, Debug)]
pub struct KeepFrom(Arc<AtomicU64>);

impl Default for KeepFrom {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(u64::MAX)))
    }
}

impl KeepFrom {
    /// Everything has to be kept.
    pub fn all() -> Self {
        Self(Arc::new(AtomicU64::new(0)))
    }

    /// Everything from `height` on has to be kept.
    pub fn set(&self, height: u64) {
        self.0.store(height, Ordering::Relaxed);
    }

    /// The first height that has to be kept.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// An archive that holds what [`KeepFrom`] says against whoever prunes.
pub(super) struct Kept<A> {
    archive: A,
    keep_from: KeepFrom,
}

impl<A> Kept<A> {
    pub(super) fn new(archive: A, keep_from: KeepFrom) -> Self {
        Self { archive, keep_from }
    }

    fn bound(&self, asked: Height) -> Height {
        asked.min(Height::new(self.keep_from.get()))
    }
}

macro_rules! on_archive {
    ($self:ident, $trait:ident, $call:ident($($argument:expr),*)) => {{
        let Self { archive, keep_from } = $self;
        let archive = $trait::$call(archive, $($argument),*).await?;
        Ok(Self { archive, keep_from })
    }};
}

impl<A: Certificates> Certificates for Kept<A> {
    type BlockDigest = A::BlockDigest;
    type Commitment = A::Commitment;
    type Scheme = A::Scheme;
    type Error = A::Error;

    async fn put(
        self,
        height: Height,
        digest: Self::BlockDigest,
        finalization: &Finalization<Self::Scheme, Self::Commitment>,
    ) -> Result<Self, Self::Error> {
        on_archive!(self, Certificates, put(height, digest, finalization))
    }

    async fn sync(self) -> Result<Self, Self::Error> {
        on_archive!(self, Certificates, sync())
    }

    async fn start_sync(self) -> Result<(Self, Handle<()>), Self::Error> {
        let Self { archive, keep_from } = self;
        let (archive, handle) = Certificates::start_sync(archive).await?;
        Ok((Self { archive, keep_from }, handle))
    }

    async fn get(
        &self,
        id: Identifier<'_, Self::BlockDigest>,
    ) -> Result<Option<Finalization<Self::Scheme, Self::Commitment>>, Self::Error> {
        Certificates::get(&self.archive, id).await
    }

    async fn has(&self, height: Height) -> Result<bool, Self::Error> {
        Certificates::has(&self.archive, height).await
    }

    async fn prune(self, min: Height) -> Result<Self, Self::Error> {
        let min = self.bound(min);
        on_archive!(self, Certificates, prune(min))
    }

    fn last_index(&self) -> Option<Height> {
        Certificates::last_index(&self.archive)
    }

    fn ranges_from(&self, from: Height) -> impl Iterator<Item = (Height, Height)> {
        Certificates::ranges_from(&self.archive, from)
    }
}

impl<A: Blocks> Blocks for Kept<A> {
    type Block = A::Block;
    type Error = A::Error;

    async fn put(
        self,
        digest: <Self::Block as commonware_cryptography::Digestible>::Digest,
        block: &Self::Block,
    ) -> Result<Self, Self::Error> {
        on_archive!(self, Blocks, put(digest, block))
    }

    async fn sync(self) -> Result<Self, Self::Error> {
        on_archive!(self, Blocks, sync())
    }

    async fn start_sync(self) -> Result<(Self, Handle<()>), Self::Error> {
        let Self { archive, keep_from } = self;
        let (archive, handle) = Blocks::start_sync(archive).await?;
        Ok((Self { archive, keep_from }, handle))
    }

    async fn get(
        &self,
        id: Identifier<'_, <Self::Block as commonware_cryptography::Digestible>::Digest>,
    ) -> Result<Option<Self::Block>, Self::Error> {
        Blocks::get(&self.archive, id).await
    }

    async fn prune(self, min: Height) -> Result<Self, Self::Error> {
        let min = self.bound(min);
        on_archive!(self, Blocks, prune(min))
    }

    fn missing_items(&self, start: Height, max: usize) -> Vec<Height> {
        Blocks::missing_items(&self.archive, start, max)
    }

    fn next_gap(&self, value: Height) -> (Option<Height>, Option<Height>) {
        Blocks::next_gap(&self.archive, value)
    }

    fn last_index(&self) -> Option<Height> {
        Blocks::last_index(&self.archive)
    }
}

/// Where and how the three archives lie, with files named after `prefix`.
pub(super) struct ArchiveSettings<'a> {
    pub prefix: &'a str,
    pub page_cache: CacheRef,
    pub buffer: NonZeroUsize,
    pub items_per_section: NonZeroU64,
}

impl ArchiveSettings<'_> {
    pub(super) fn of<C>(&self, name: &str, codec_config: C) -> prunable::Config<EightCap, C> {
        let prefix = self.prefix;
        prunable::Config {
            translator: EightCap,
            metadata_partition: format!("{prefix}-{name}-metadata"),
            key_partition: format!("{prefix}-{name}-key"),
            key_page_cache: self.page_cache.clone(),
            value_partition: format!("{prefix}-{name}-value"),
            compression: Some(COMPRESSION),
            codec_config,
            items_per_section: self.items_per_section,
            key_write_buffer: self.buffer,
            value_write_buffer: self.buffer,
            replay_buffer: self.buffer,
        }
    }
}

/// A final block as it is stored: to be kept elsewhere, and given back byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// The block.
    pub block: Bytes,
    /// The quorum's certificate, where the block has its own.
    pub finalization: Option<Bytes>,
    /// What became of its statements.
    pub outcomes: Bytes,
}

/// Reads the blocks of a network from bytes.
#[derive(Clone)]
pub struct BlockReader(BlockRules);

impl BlockReader {
    /// A reader of blocks up to the limits that hold for all networks.
    pub fn new(core: &Arc<dyn Core>) -> Self {
        Self(BlockRules {
            statements_max: BLOCK_STATEMENTS_MAX,
            bytes_max: BLOCK_BYTES_MAX,
            core: Arc::clone(core),
        })
    }

    pub(super) fn decode(&self, bytes: &Bytes) -> Result<Block, String> {
        Block::decode_cfg(bytes.clone(), &self.0)
            .map_err(|error| format!("a block cannot be read: {error}"))
    }

    /// The block, whose statements and place are those that its header commits to.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn read(&self, bytes: &Bytes) -> Result<StoredBlock, String> {
        self.decode(bytes).map(|block| StoredBlock::from(&block))
    }
}

/// The files of history of a node that does not run.
pub struct HistoryFiles<E: Runtime> {
    reader: BlockReader,
    finalizations: Finalizations<E>,
    blocks: BlockArchive<E>,
    outcomes: OutcomeArchive<E>,
}

impl<E: Runtime> HistoryFiles<E> {
    /// Opens or makes the files.
    ///
    /// # Errors
    /// What the disk said.
    pub async fn open(
        context: &E,
        blocks_per_file: NonZeroU64,
        core: &Arc<dyn Core>,
    ) -> Result<Self, String> {
        let settings = ArchiveSettings {
            prefix: PARTITION_PREFIX,
            page_cache: CacheRef::new(PAGE_BYTES, CACHED_PAGES),
            buffer: WRITE_BUFFER,
            items_per_section: blocks_per_file,
        };
        let reader = BlockReader::new(core);
        let unusable = |error: commonware_storage::archive::Error| {
            format!("the files of history cannot be opened: {error}")
        };
        let codec = Scheme::certificate_codec_config_unbounded();
        let finalizations = prunable::Archive::init(
            context.child("finalizations"),
            settings.of("finalizations", codec),
        );
        let blocks = prunable::Archive::init(
            context.child("blocks"),
            settings.of("blocks", reader.0.clone()),
        );
        let outcomes = prunable::Archive::init(
            context.child("outcomes"),
            settings.of("outcomes", RangeCfg::from(..)),
        );
        Ok(Self {
            finalizations: finalizations.await.map_err(unusable)?,
            blocks: blocks.await.map_err(unusable)?,
            outcomes: outcomes.await.map_err(unusable)?,
            reader,
        })
    }

    /// Adds an entry. It is durable after [`HistoryFiles::sync`].
    ///
    /// # Errors
    /// What is wrong with its bytes, or what the disk said.
    pub async fn put(mut self, entry: &StoredEntry) -> Result<Self, String> {
        let unwritable = |error: commonware_storage::archive::Error| {
            format!("the files of history cannot be written: {error}")
        };
        let block = self.reader.decode(&entry.block)?;
        let (height, digest) = (
            block.header.core.height,
            sha256::Digest(block.header.digest().0),
        );
        self.outcomes = self
            .outcomes
            .put(height, digest, &entry.outcomes)
            .await
            .map_err(unwritable)?;
        if let Some(bytes) = &entry.finalization {
            let codec = Scheme::certificate_codec_config_unbounded();
            let finalization = Finalization::decode_cfg(bytes.clone(), &codec)
                .map_err(|error| format!("a certificate cannot be read: {error}"))?;
            self.finalizations = Archive::put(self.finalizations, height, digest, &finalization)
                .await
                .map_err(unwritable)?;
        }
        self.blocks = Archive::put(self.blocks, height, digest, &Arc::new(block))
            .await
            .map_err(unwritable)?;
        Ok(self)
    }

    /// Makes everything that was added durable.
    ///
    /// # Errors
    /// What the disk said.
    pub async fn sync(mut self) -> Result<Self, String> {
        let unwritable = |error: commonware_storage::archive::Error| {
            format!("the files of history cannot be written: {error}")
        };
        self.outcomes = self.outcomes.sync().await.map_err(unwritable)?;
        self.finalizations = Archive::sync(self.finalizations)
            .await
            .map_err(unwritable)?;
        self.blocks = Archive::sync(self.blocks).await.map_err(unwritable)?;
        Ok(self)
    }
}
