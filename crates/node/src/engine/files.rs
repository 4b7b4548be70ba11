//! Files of the engine, read through the memory in which the system keeps what was read and written lately.
//!
//! ```text
//! pages ──> in memory: copied from there
//!           └── not in memory: many at once from the device, and kept in memory from then on
//! ```
//!
//! The engine holds the pages that it read last by itself, as many as [its settings](super::config::EngineConfig::page_cache_pages) allow, and asks the
//! system to hold none: every other page then comes from the device. With a million objects that is most of the state, though the system
//! has room for all of it that nobody else needs. So here that wish is not passed on, but where files are read from end to end. The system takes the
//! memory back when somebody needs it, and the pages come from the device again.
//!
//! Writes, lengths and durability are the inner file's; this only reads.

use commonware_runtime::{
    Blob, BlobVersion, Error, Handle, IoBufs, IoBufsMut, ReadOptions, Storage, WriteOptions, tokio,
};
use futures::{Stream, StreamExt as _, stream};
use rustix::{
    fs::{Advice, fadvise},
    io::{ReadWriteFlags, preadv2},
};
use std::{
    fs::File,
    io::{ErrorKind, IoSliceMut},
    ops::RangeInclusive,
    os::unix::fs::{FileExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

/// So many ranges are copied from memory before others get their turn.
const IN_ONE_GO: usize = 64;
/// After so many that are not there nothing more is looked for in memory: for each the system begins to read, here and not in another thread.
const MISSED_MAX: usize = 8;
/// So many threads fetch what is not in memory, each so many ranges one after the other.
const FETCHED_AT_ONCE: usize = 32;
const FETCHED_IN_TURN: usize = 4;
/// What stands before the data in the engine's files, in its two layouts.
const HEADERS: [u64; 2] = [8, 4_096];

type Inner = <tokio::Context as Storage>::Blob;

/// A file of the engine.
pub struct CachedBlob {
    inner: Inner,
    /// `None` where the file could not be found again.
    reader: Option<Arc<Reader>>,
}

/// Opens a file as the engine does. `directory` is the one in which `context` stores.
pub(super) async fn open(
    context: &tokio::Context,
    directory: &Path,
    partition: &str,
    name: &[u8],
    versions: RangeInclusive<BlobVersion>,
) -> Result<(CachedBlob, u64, BlobVersion), Error> {
    let (inner, len, version) = context.open_versioned(partition, name, versions).await?;
    let path = directory.join(partition).join(hex::encode(name));
    let reader = Reader::of(path, len).map(Arc::new);
    Ok((CachedBlob { inner, reader }, len, version))
}

/// The bytes of the range with this index.
type Piece = Result<(usize, IoBufsMut), Error>;

/// Some bytes to read.
#[derive(Clone, Copy)]
struct Range {
    index: usize,
    /// Where they are in the file, whose header counts.
    at: u64,
    len: usize,
}

/// Reads the file a second time, beside the engine's own descriptor of it.
struct Reader {
    path: PathBuf,
    /// Device and number of the file, by which it is told from one that is made under its name later.
    identity: (u64, u64),
    /// Where the engine's data begins in it.
    data_offset: u64,
    /// Opened by the first read of many ranges. `None` when the file was removed or replaced before that.
    file: OnceLock<Option<File>>,
    /// Whether the file system can tell what is in memory, as far as is known.
    tells: AtomicBool,
}

impl Reader {
    /// A reader of the file at `path`, which the engine just opened and in which it sees `len` bytes.
    fn of(path: PathBuf, len: u64) -> Option<Self> {
        let metadata = path.metadata().ok()?;
        let data_offset = metadata.len().checked_sub(len)?;
        HEADERS.contains(&data_offset).then(|| Self {
            identity: (metadata.dev(), metadata.ino()),
            data_offset,
            file: OnceLock::new(),
            tells: AtomicBool::new(true),
            path,
        })
    }

    /// The file; `None` while it cannot be opened.
    fn file(&self) -> Option<&File> {
        if let Some(known) = self.file.get() {
            return known.as_ref();
        }
        let opened = File::open(&self.path).and_then(|file| Ok((file.metadata()?, file)));
        let file = match opened {
            Ok((metadata, file)) => {
                // Single pages are asked for, never a run of them. Where that cannot be said, more is read than is needed.
                let _ = fadvise(&file, 0, None, Advice::Random);
                ((metadata.dev(), metadata.ino()) == self.identity).then_some(file)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            // Too many open files, for instance: it may be possible the next time.
            Err(_) => return None,
        };
        self.file.get_or_init(|| file).as_ref()
    }

    /// The ranges as they are in the file.
    fn ranges(&self, ranges: &[(u64, usize)]) -> Result<Vec<Range>, Error> {
        let range = |(index, &(offset, len)): (usize, &(u64, usize))| {
            let at = self.data_offset.checked_add(offset)?;
            let end = i64::try_from(at)
                .ok()?
                .checked_add(i64::try_from(len).ok()?);
            end.map(|_| Range { index, at, len })
        };
        let ranges = ranges.iter().enumerate().map(range);
        ranges.collect::<Option<_>>().ok_or(Error::OffsetOverflow)
    }

    /// Reads what the system has in memory. `None` where that is not all of it, and where it cannot tell.
    fn copy_from_memory(&self, Range { index, at, len }: Range) -> Option<(usize, IoBufsMut)> {
        if !self.tells.load(Ordering::Relaxed) {
            return None;
        }
        let mut bytes = vec![0; len];
        let into = &mut [IoSliceMut::new(&mut bytes)];
        match preadv2(self.file()?, into, at, ReadWriteFlags::NOWAIT) {
            Ok(read) => (read == len).then(|| (index, bytes.into())),
            Err(error) => {
                let tells = error.kind() == ErrorKind::WouldBlock;
                self.tells.fetch_and(tells, Ordering::Relaxed);
                None
            }
        }
    }

    /// Reads, and waits for the device where it has to.
    fn read_from_device(&self, Range { index, at, len }: Range) -> Piece {
        let mut bytes = vec![0; len];
        let file = self.file().ok_or(Error::ReadFailed)?;
        file.read_exact_at(&mut bytes, at)?;
        Ok((index, bytes.into()))
    }
}

/// Reads ranges: those in memory first.
fn read(reader: Arc<Reader>, ranges: Vec<Range>) -> impl Stream<Item = Piece> + Send {
    let read = async move {
        let (mut found, mut missing) = (Vec::with_capacity(ranges.len()), Vec::new());
        for part in ranges.chunks(IN_ONE_GO) {
            // Copying is work as any other: whoever else has some comes between.
            ::tokio::task::yield_now().await;
            for range in part {
                let few = missing.len() < MISSED_MAX;
                match few.then(|| reader.copy_from_memory(*range)).flatten() {
                    Some(piece) => found.push(Ok(piece)),
                    None => missing.push(*range),
                }
            }
        }
        stream::iter(found).chain(fetch(&reader, &missing))
    };
    stream::once(read).flatten()
}

/// Reads ranges in other threads, from memory or the device.
fn fetch(reader: &Arc<Reader>, missing: &[Range]) -> impl Stream<Item = Piece> + Send + use<> {
    let shares: Vec<_> = missing
        .chunks(FETCHED_IN_TURN)
        .map(|share| (Arc::clone(reader), share.to_vec()))
        .collect();
    let read = async |(reader, share): (Arc<Reader>, Vec<Range>)| {
        let pieces = ::tokio::task::spawn_blocking(move || {
            let read = |range| reader.read_from_device(range);
            share.into_iter().map(read).collect::<Vec<Piece>>()
        });
        pieces
            .await
            .unwrap_or_else(|_| vec![Err(Error::ReadFailed)])
    };
    stream::iter(shares)
        .map(read)
        .buffer_unordered(FETCHED_AT_ONCE)
        .flat_map(stream::iter)
}

impl CachedBlob {
    /// The reader, where it can read.
    fn reader(&self) -> Option<&Arc<Reader>> {
        self.reader
            .as_ref()
            .filter(|reader| reader.file().is_some())
    }
}

impl Blob for CachedBlob {
    async fn read_at_buf(
        &self,
        offset: u64,
        len: usize,
        bufs: impl Into<IoBufsMut> + Send,
        options: ReadOptions,
    ) -> Result<IoBufsMut, Error> {
        let options = options.without(ReadOptions::DONT_CACHE);
        self.inner.read_at_buf(offset, len, bufs, options).await
    }

    async fn read_at(
        &self,
        offset: u64,
        len: usize,
        options: ReadOptions,
    ) -> Result<IoBufsMut, Error> {
        let options = options.without(ReadOptions::DONT_CACHE);
        self.inner.read_at(offset, len, options).await
    }

    fn read_many(
        &self,
        ranges: &[(u64, usize)],
        options: ReadOptions,
    ) -> impl Stream<Item = Piece> + Send {
        let Some(reader) = self.reader() else {
            return self.inner.read_many(ranges, options).left_stream();
        };
        let read = match reader.ranges(ranges) {
            Ok(ranges) => read(Arc::clone(reader), ranges).left_stream(),
            Err(error) => stream::iter([Err(error)]).right_stream(),
        };
        read.right_stream()
    }

    async fn start_read_many(
        &self,
        ranges: &[(u64, usize)],
        options: ReadOptions,
    ) -> Handle<Vec<IoBufsMut>> {
        self.inner.start_read_many(ranges, options).await
    }

    async fn write_at(
        &self,
        offset: u64,
        bufs: impl Into<IoBufs> + Send,
        options: WriteOptions,
    ) -> Result<(), Error> {
        let options = options.without(WriteOptions::DONT_CACHE);
        self.inner.write_at(offset, bufs, options).await
    }

    async fn resize(&self, len: u64) -> Result<(), Error> {
        self.inner.resize(len).await
    }

    async fn sync(&self) -> Result<(), Error> {
        self.inner.sync().await
    }

    async fn start_sync(&self) -> Handle<()> {
        self.inner.start_sync().await
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        steady::Steady,
        supervise::{RuntimeConfig, run},
    };
    use super::*;
    use futures::TryStreamExt as _;
    use proptest::prelude::*;

    /// Runs a test with an empty directory of its own.
    fn on_disk<T: Send, F: Future<Output = T>>(test: impl FnOnce(Steady) -> F + Send) -> T {
        let directory = tempfile::tempdir().unwrap();
        let config = RuntimeConfig {
            directory: directory.path().into(),
            threads: 1,
        };
        run(config, test).unwrap()
    }

    async fn all(blob: &CachedBlob, ranges: &[(u64, usize)]) -> Result<Vec<Vec<u8>>, Error> {
        in_order(blob.read_many(ranges, ReadOptions::DONT_CACHE)).await
    }

    async fn in_order(pieces: impl Stream<Item = Piece>) -> Result<Vec<Vec<u8>>, Error> {
        let mut pieces: Vec<_> = pieces.try_collect().await?;
        pieces.sort_by_key(|(index, _)| *index);
        let indices = pieces.iter().map(|(index, _)| *index);
        assert!(indices.eq(0..pieces.len()), "each range comes once");
        let bytes = |(_, bytes): (usize, IoBufsMut)| bytes.coalesce().as_ref().to_vec();
        Ok(pieces.into_iter().map(bytes).collect())
    }

    fn slices(content: &[u8], ranges: &[(u64, usize)]) -> Vec<Vec<u8>> {
        let slice = |(offset, len): &(u64, usize)| {
            let start = usize::try_from(*offset).unwrap();
            content[start..start + len].to_vec()
        };
        ranges.iter().map(slice).collect()
    }

    #[derive(Clone, Debug)]
    enum Change {
        Write(usize, Vec<u8>),
        Resize(usize),
        Sync,
        Reopen,
    }

    fn changes() -> impl Strategy<Value = Change> {
        prop_oneof![
            (0usize..40_000, prop::collection::vec(any::<u8>(), 1..9_000))
                .prop_map(|(at, bytes)| Change::Write(at, bytes)),
            (0usize..40_000).prop_map(Change::Resize),
            Just(Change::Sync),
            Just(Change::Reopen),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn what_was_written_last_is_read(
            steps in prop::collection::vec((changes(), prop::collection::vec((0u64..40_000, 0usize..6_000), 0..40)), 1..12),
        ) {
            on_disk(async |context| {
                let (mut blob, len) = context.open("files", b"one").await.unwrap();
                assert_eq!(len, 0);
                let mut content: Vec<u8> = Vec::new();
                for (change, ranges) in steps {
                    match change {
                        Change::Write(at, bytes) => {
                            content.resize(content.len().max(at + bytes.len()), 0);
                            content[at..at + bytes.len()].copy_from_slice(&bytes);
                            let options = WriteOptions::DONT_CACHE;
                            blob.write_at(u64::try_from(at).unwrap(), bytes, options).await.unwrap();
                        }
                        Change::Resize(len) => {
                            content.resize(len, 0);
                            blob.resize(u64::try_from(len).unwrap()).await.unwrap();
                        }
                        Change::Sync => blob.sync().await.unwrap(),
                        Change::Reopen => {
                            drop(blob);
                            let (again, len) = context.open("files", b"one").await.unwrap();
                            assert_eq!(len, u64::try_from(content.len()).unwrap());
                            blob = again;
                        }
                    }
                    let ends = |(offset, len): &(u64, usize)| usize::try_from(*offset).unwrap() + len;
                    let (inside, beyond): (Vec<_>, Vec<_>) =
                        ranges.into_iter().partition(|range| ends(range) <= content.len());
                    assert_eq!(all(&blob, &inside).await.unwrap(), slices(&content, &inside));
                    for range in beyond.into_iter().filter(|(_, len)| *len > 0) {
                        assert!(all(&blob, &[range]).await.is_err(), "{range:?} is beyond the end");
                    }
                }
            });
        }
    }

    #[test]
    fn what_is_not_in_memory_comes_from_the_device() {
        on_disk(async |context| {
            let (blob, _) = context.open("files", b"one").await.unwrap();
            let content: Vec<u8> = (0..400_000u32).map(|at| (at / 7) as u8).collect();
            blob.write_at(0, content.clone(), WriteOptions::SYNC)
                .await
                .unwrap();
            let ranges: Vec<(u64, usize)> = (0..97).map(|at| (at * 4_108, 1_000)).collect();
            let reader = blob.reader().unwrap();
            fadvise(reader.file().unwrap(), 0, None, Advice::DontNeed).unwrap();
            let in_file = reader.ranges(&ranges).unwrap();
            let fetched = in_order(fetch(reader, &in_file)).await.unwrap();
            assert_eq!(fetched, slices(&content, &ranges));

            let in_memory = in_file
                .iter()
                .filter_map(|range| reader.copy_from_memory(*range));
            let in_memory = in_memory.count();
            if reader.tells.load(Ordering::Relaxed) {
                assert_eq!(
                    in_memory,
                    in_file.len(),
                    "fetched once, in memory from then on"
                );
            } else {
                eprintln!("SKIPPED: this file system cannot tell what is in memory");
            }

            fadvise(reader.file().unwrap(), 0, None, Advice::DontNeed).unwrap();
            assert_eq!(all(&blob, &ranges).await.unwrap(), fetched);
        });
    }

    #[test]
    fn a_range_that_no_file_can_have_is_refused() {
        on_disk(async |context| {
            let (blob, _) = context.open("files", b"one").await.unwrap();
            for range in [
                (u64::MAX, 1),
                (u64::MAX - 4_096, 1),
                (i64::MAX as u64, 1),
                (0, usize::MAX),
            ] {
                let refused = all(&blob, &[(0, 0), range]).await;
                assert!(matches!(refused, Err(Error::OffsetOverflow)), "{range:?}");
            }
        });
    }

    #[test]
    fn a_removed_file_is_never_taken_for_the_one_made_after_it() {
        on_disk(async |context| {
            let whole = &[(0, 6)];
            for read_before in [true, false] {
                let (old, _) = context.open("files", b"one").await.unwrap();
                old.write_at(0, b"before".to_vec(), WriteOptions::SYNC)
                    .await
                    .unwrap();
                if read_before {
                    all(&old, whole).await.unwrap();
                }
                context.remove("files", Some(b"one")).await.unwrap();
                let (new, _) = context.open("files", b"one").await.unwrap();
                new.write_at(0, b"after!".to_vec(), WriteOptions::SYNC)
                    .await
                    .unwrap();
                assert_eq!(all(&old, whole).await.unwrap(), [b"before"]);
                assert_eq!(all(&new, whole).await.unwrap(), [b"after!"]);
                drop((old, new));
                context.remove("files", None).await.unwrap();
            }
        });
    }
}
