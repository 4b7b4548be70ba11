//! One read model on disk: a folder with the database in use, and the handle that answers questions.
//!
//! The folder holds `NNNNNN.db` (the highest number is in use), while rebuilding `NNNNNN.part.db`, and
//! `lock`, held by the one process that writes. `NNNNNN.db-damaged` condemns a database in which damage was
//! found. A rebuilt database takes over by being renamed, so there
//! is always exactly one whole database, whatever stops in between.

use crate::{
    error::{ReadModelError, Result},
    projection::Projection,
    projector::{Projector, load_progress},
    schema::{Table, fingerprint},
    snapshot::Snapshot,
    sqlite::{Pool, Writer},
    tables::CORE,
    value::damaged,
};
use convoy_types::Compartment;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Memory and readers of a read model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Questions answered at the same time.
    pub readers: usize,
    /// Page cache of each reader, bytes.
    pub reader_cache_bytes: u64,
    /// Page cache of the writer, bytes.
    pub writer_cache_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            readers: 3,
            reader_cache_bytes: 8 << 20,
            writer_cache_bytes: 16 << 20,
        }
    }
}

/// An answer and the height it is true for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer<T> {
    /// Every block up to this one is in the answer, and nothing later.
    pub height: u64,
    /// The answer.
    #[serde(flatten)]
    pub value: T,
}

/// A read model that answers questions. Cheap to clone.
#[derive(Clone)]
pub struct ReadModel {
    pool: Arc<Pool>,
    path: Arc<Path>,
}

impl ReadModel {
    /// Opens the read model in `folder`, making it when there is none, and its one writer.
    ///
    /// # Errors
    /// [`ReadModelError::OtherSchema`] and [`ReadModelError::Damaged`] ask for a rebuild, or for
    /// [`discard`] and handing in all blocks again; [`ReadModelError::InUse`] when another process writes to it.
    pub fn open(
        folder: &Path,
        projections: Vec<Box<dyn Projection>>,
        settings: Settings,
    ) -> Result<(Self, Projector)> {
        let lock = lock(folder)?;
        let generation = generations(folder)?.last().copied().unwrap_or(1);
        for old in generations(folder)? {
            if old != generation {
                remove(&file(folder, old))?;
            }
        }
        let path = file(folder, generation);
        if let Ok(detail) = fs::read_to_string(mark(&path)) {
            return Err(ReadModelError::Damaged { path, detail });
        }
        let projector = open_projector(&path, projections, settings, lock)?;
        let pool = Pool::open(&path, settings.readers, settings.reader_cache_bytes)?;
        let model = Self {
            pool: Arc::new(pool),
            path: path.into(),
        };
        Ok((model, projector))
    }

    /// Asks about one compartment; everything `question` reads is of one moment. For what this node asks itself.
    ///
    /// # Errors
    /// What `question` fails with, [`ReadModelError::Busy`], or a damaged database.
    pub fn read<T>(
        &self,
        compartment: &Compartment,
        question: impl FnOnce(&Snapshot<'_>) -> Result<T>,
    ) -> Result<Answer<T>> {
        self.ask(None, compartment, question)
    }

    /// [`Self::read`] for what somebody else asks: given up after `limit`, so that its reader answers others.
    ///
    /// # Errors
    /// As [`Self::read`], and [`ReadModelError::TooLong`].
    pub fn read_within<T>(
        &self,
        limit: Duration,
        compartment: &Compartment,
        question: impl FnOnce(&Snapshot<'_>) -> Result<T>,
    ) -> Result<Answer<T>> {
        self.ask(Some(limit), compartment, question)
    }

    fn ask<T>(
        &self,
        limit: Option<Duration>,
        compartment: &Compartment,
        question: impl FnOnce(&Snapshot<'_>) -> Result<T>,
    ) -> Result<Answer<T>> {
        let done = self.pool.read(limit, |reader| {
            let all = load_progress(reader)?;
            let progress = all
                .get(compartment)
                .ok_or_else(|| ReadModelError::Question {
                    field: "compartment",
                    fault: format!("no block of `{compartment}` is here yet"),
                    remedy: "ask again when the node has its first block",
                })?;
            let snapshot = Snapshot::new(reader, progress);
            Ok(Answer {
                height: progress.height,
                value: question(&snapshot)?,
            })
        });
        done.map_err(|error| located(error, &self.path))
    }

    /// The height reached; `None` before the first block.
    pub fn height(&self, compartment: &Compartment) -> Result<Option<u64>> {
        let all = self.pool.read(None, |reader| load_progress(reader))?;
        Ok(all.get(compartment).map(|progress| progress.height))
    }

    /// The database's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Looks at every page and every index for damage. It reads the whole file: seconds for each gigabyte.
    pub fn examine(&self) -> Result<()> {
        let mut found = None;
        self.pool.read(None, |reader| {
            crate::driver::Source::query(reader, "PRAGMA quick_check(1)", &[], &mut |row| {
                let said = row.text(0)?;
                found = (said != "ok").then(|| said.to_owned());
                Ok(false)
            })
        })?;
        match found {
            Some(detail) => Err(located(damaged(detail), &self.path)),
            None => Ok(()),
        }
    }
}

/// Names the database where the fault was found below the place that knows its path, and condemns a
/// damaged one: the next [`ReadModel::open`] refuses it, so that it is rebuilt and not trusted again.
pub(crate) fn located(error: ReadModelError, at: &Path) -> ReadModelError {
    let ReadModelError::Damaged { detail, .. } = error else {
        return error;
    };
    // Best effort: without the mark the damage is found again when it is read again.
    let _ = fs::write(mark(at), &detail);
    ReadModelError::Damaged {
        path: at.to_path_buf(),
        detail,
    }
}

/// The file that condemns a database; it holds what was found.
fn mark(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-damaged");
    name.into()
}

/// Removes everything in `folder`, so that the next [`ReadModel::open`] starts from nothing.
pub fn discard(folder: &Path) -> Result<()> {
    let _lock = lock(folder)?;
    for generation in generations(folder)? {
        remove(&file(folder, generation))?;
    }
    for generation in parts(folder)? {
        remove(&part(folder, generation))?;
    }
    Ok(())
}

pub(crate) fn open_projector(
    path: &Path,
    projections: Vec<Box<dyn Projection>>,
    settings: Settings,
    lock: File,
) -> Result<Projector> {
    let mut tables: Vec<&'static Table> = CORE.to_vec();
    for projection in &projections {
        tables.extend(projection.tables());
    }
    let versions = projections
        .iter()
        .map(|projection| (projection.module(), projection.version()));
    let fingerprint = fingerprint(tables.iter().copied(), versions);
    let writer = Writer::open(path, settings.writer_cache_bytes, &tables, &fingerprint)?;
    Projector::new(Box::new(writer), projections, path, lock).map_err(|error| located(error, path))
}

/// Takes the folder for this process; it is free again when the file is closed, also by `kill -9`.
pub(crate) fn lock(folder: &Path) -> Result<File> {
    fs::create_dir_all(folder).map_err(|error| refused("making the folder", folder, &error))?;
    let path = folder.join("lock");
    let file = File::create(&path).map_err(|error| refused("making", &path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ReadModelError::InUse {
            path: folder.to_path_buf(),
        }),
        Err(TryLockError::Error(error)) => Err(refused("locking", &path, &error)),
    }
}

pub(crate) fn refused(
    attempt: &'static str,
    path: &Path,
    error: &std::io::Error,
) -> ReadModelError {
    ReadModelError::Io {
        attempt,
        path: path.to_path_buf(),
        detail: error.to_string(),
    }
}

/// The database number `generation`.
pub(crate) fn file(folder: &Path, generation: u32) -> PathBuf {
    folder.join(format!("{generation:06}.db"))
}

/// The database number `generation` while it is being rebuilt.
pub(crate) fn part(folder: &Path, generation: u32) -> PathBuf {
    folder.join(format!("{generation:06}.part.db"))
}

/// Numbers of the whole databases, ascending.
pub(crate) fn generations(folder: &Path) -> Result<Vec<u32>> {
    numbered(folder, ".db")
}

/// Numbers of the unfinished databases, ascending.
pub(crate) fn parts(folder: &Path) -> Result<Vec<u32>> {
    numbered(folder, ".part.db")
}

fn numbered(folder: &Path, ending: &str) -> Result<Vec<u32>> {
    let failed = |error: std::io::Error| refused("reading the folder", folder, &error);
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(ending));
        all.extend(number.and_then(|number| number.parse::<u32>().ok()));
    }
    all.sort_unstable();
    Ok(all)
}

/// Removes a database with its log.
pub(crate) fn remove(path: &Path) -> Result<()> {
    for ending in ["", "-wal", "-shm", "-damaged"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(refused("removing", path, &error));
            }
            _ => {}
        }
    }
    Ok(())
}
