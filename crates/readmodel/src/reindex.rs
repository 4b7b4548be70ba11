//! Building a read model again from the ledger, beside the old one, which answers until the new one is whole.
//!
//! Flow: [`request`] leaves word that it is wanted; [`Rebuild::open`], or beside a model in use
//! [`Rebuild::open_beside`], makes or goes on with `NNNNNN.part.db`; [`Rebuild::run`] takes blocks from the
//! ledger in order; [`Rebuild::finish`] settles it and renames it to the highest number, which is what
//! the next [`ReadModel::open`](crate::ReadModel::open) uses. Stopped anywhere, it goes on from the last batch.

use crate::{
    block::ProjectedBlock,
    error::{ReadModelError, Result},
    model::{Settings, file, generations, lock, open_projector, part, parts, refused, remove},
    projection::Projection,
    projector::Projector,
};
use convoy_types::Compartment;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

/// Rows applied in one transaction while rebuilding.
const BATCH_ROWS: usize = 20_000;

/// How far a rebuild got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RebuildProgress {
    /// Blocks up to this height are in.
    pub height: u64,
    /// The height to reach.
    pub tip: u64,
}

/// A read model being rebuilt.
pub struct Rebuild {
    projector: Projector,
    folder: PathBuf,
    generation: u32,
}

impl Rebuild {
    /// Starts a rebuild in `folder`, or goes on with the one that was stopped there.
    /// An unfinished one that is damaged or of other tables is thrown away.
    ///
    /// # Errors
    /// [`ReadModelError::InUse`] while a node uses the folder, and faults of the disk.
    pub fn open(
        folder: &Path,
        projections: &mut dyn FnMut() -> Vec<Box<dyn Projection>>,
        settings: Settings,
    ) -> Result<Self> {
        Self::open_holding(folder, projections, settings, lock(folder)?)
    }

    /// As [`Rebuild::open`], within the process that holds the folder with a [`ReadModel`](crate::ReadModel)
    /// in use: that one answers until the next start, which finds the new one.
    ///
    /// # Errors
    /// Faults of the disk.
    pub fn open_beside(
        folder: &Path,
        projections: &mut dyn FnMut() -> Vec<Box<dyn Projection>>,
        settings: Settings,
    ) -> Result<Self> {
        let path = folder.join("lock");
        let held = File::open(&path).map_err(|error| refused("opening", &path, &error))?;
        Self::open_holding(folder, projections, settings, held)
    }

    fn open_holding(
        folder: &Path,
        projections: &mut dyn FnMut() -> Vec<Box<dyn Projection>>,
        settings: Settings,
        held: File,
    ) -> Result<Self> {
        let generation = generations(folder)?.last().map_or(1, |last| last + 1);
        for old in parts(folder)? {
            if old != generation {
                remove(&part(folder, old))?;
            }
        }
        let path = part(folder, generation);
        let again = |held: &File| {
            held.try_clone()
                .map_err(|error| refused("locking", folder, &error))
        };
        let opened = open_projector(&path, projections(), settings, again(&held)?);
        let projector = match opened {
            Err(error) if error.needs_reindex() => {
                remove(&path)?;
                open_projector(&path, projections(), settings, held)?
            }
            opened => opened?,
        };
        Ok(Self {
            projector,
            folder: folder.to_path_buf(),
            generation,
        })
    }

    /// The block to take next: `first` when nothing was taken yet.
    pub fn next_height(&self, compartment: &Compartment, first: u64) -> u64 {
        self.projector.next_height(compartment).unwrap_or(first)
    }

    /// Takes the blocks `first..=tip` of a compartment from `fetch`, going on where it stopped.
    /// `on_progress` is told after each transaction.
    ///
    /// # Errors
    /// What `fetch` says about a block it cannot give, and faults of the database.
    pub fn run(
        &mut self,
        compartment: &Compartment,
        (first, tip): (u64, u64),
        fetch: &mut dyn FnMut(u64) -> Result<ProjectedBlock, String>,
        on_progress: &mut dyn FnMut(RebuildProgress),
    ) -> Result<()> {
        let mut height = self.next_height(compartment, first);
        while height <= tip {
            let (mut batch, mut rows) = (Vec::new(), 0);
            while height <= tip && rows < BATCH_ROWS {
                let block = fetch(height).map_err(|detail| ReadModelError::Io {
                    attempt: "reading the ledger for",
                    path: self.folder.clone(),
                    detail: format!("block {height}: {detail}"),
                })?;
                rows += block.statements.len() + block.events.len() + 1;
                batch.push(block);
                height += 1;
            }
            self.projector.apply(&batch)?;
            on_progress(RebuildProgress {
                height: height - 1,
                tip,
            });
        }
        Ok(())
    }

    /// Tidies up, settles the new database and puts it in the place of the old one.
    pub fn finish(self) -> Result<()> {
        let (folder, generation) = (self.folder.clone(), self.generation);
        let held = self.finish_beside()?;
        for old in generations(&folder)? {
            if old != generation {
                remove(&file(&folder, old))?;
            }
        }
        drop(held);
        Ok(())
    }

    /// As [`Rebuild::finish`], and leaves the old database, which is in use, for the next start to remove.
    pub fn finish_beside(mut self) -> Result<File> {
        while self.projector.tidy()? {}
        self.projector.settle()?;
        let Self {
            projector,
            folder,
            generation,
        } = self;
        let held = projector.close();
        let (from, to) = (part(&folder, generation), file(&folder, generation));
        fs::rename(&from, &to).map_err(|error| refused("renaming", &from, &error))?;
        let opened = File::open(&folder).and_then(|folder| folder.sync_all());
        opened.map_err(|error| refused("syncing the folder", &folder, &error))?;
        match fs::remove_file(wanted(&folder)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(refused("removing", &wanted(&folder), &error))
            }
            _ => Ok(held),
        }
    }
}

/// The file that says that a rebuild is wanted.
fn wanted(folder: &Path) -> PathBuf {
    folder.join("reindex")
}

/// Leaves word that the read model in `folder` is to be built again; it answers until then.
///
/// # Errors
/// [`ReadModelError::InUse`] while a node uses the folder, and faults of the disk.
pub fn request(folder: &Path) -> Result<()> {
    let _held = lock(folder)?;
    let path = wanted(folder);
    fs::write(&path, b"").map_err(|error| refused("making", &path, &error))
}

/// Whether a node uses the read model in `folder` now. Nothing is made: where no node has locked it yet, none uses it.
///
/// # Errors
/// Faults of the disk.
pub fn is_in_use(folder: &Path) -> Result<bool> {
    if !folder.join("lock").exists() {
        return Ok(false);
    }
    match lock(folder) {
        Ok(_free_again) => Ok(false),
        Err(ReadModelError::InUse { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Whether a rebuild is wanted, or one was stopped before its end.
pub fn is_wanted(folder: &Path) -> bool {
    wanted(folder).exists()
}
