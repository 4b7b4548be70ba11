//! Reading a backup: its chain, its files, and what they hold.

use super::{
    ABOUT, About, BackupError, HISTORY, Key, RUNS, Record, VERSION, at, files_path, run_path,
};
use crate::{engine::StoredEntry, restore::is_within};
use bytes::Bytes;
use convoy_types::{Digest, wire};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A backup whose chain of runs is whole. The files are checked by [`Backup::check_files`] or when they are opened.
#[derive(Debug)]
pub struct Backup {
    folder: PathBuf,
    /// What it is a backup of.
    pub about: About,
    /// What each run added, in order.
    pub records: Vec<Record>,
    /// SHA-256 of the last record, or of `backup.json`.
    pub(super) tail: Digest,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Runs.
    pub runs: usize,
    /// Files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

impl Backup {
    /// Reads the chain of runs in `folder`.
    ///
    /// # Errors
    /// There is no backup, or the chain is broken.
    pub fn open(folder: &Path) -> Result<Self, BackupError> {
        let path = folder.join(ABOUT);
        let bytes = fs::read(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => BackupError::Refused(format!(
                "there is no backup in {}: {ABOUT} is missing",
                folder.display()
            )),
            _ => at(&path)(error),
        })?;
        let damaged = |reason: String| BackupError::Damaged {
            folder: folder.into(),
            reason,
        };
        let about: About =
            serde_json::from_slice(&bytes).map_err(|error| damaged(format!("{ABOUT}: {error}")))?;
        if about.version != VERSION {
            return Err(BackupError::Refused(format!(
                "the backup has version {}, this program reads {VERSION}; use the program that made it",
                about.version
            )));
        }
        let mut tail = Digest::of(&bytes);
        let mut records: Vec<Record> = Vec::new();
        let count = fs::read_dir(folder.join(RUNS)).map_or(0, |entries| {
            let names = entries.flatten().map(|entry| entry.file_name());
            names
                .filter(|name| name.to_string_lossy().ends_with(".json"))
                .count()
        });
        for number in (1u32..).take(count) {
            let path = run_path(number);
            let bytes = fs::read(folder.join(&path))
                .map_err(|_| damaged(format!("{path} is missing, and later runs are there")))?;
            let record: Record = serde_json::from_slice(&bytes)
                .map_err(|error| damaged(format!("{path}: {error}")))?;
            let first = records.last().map_or(1, |before| before.end.height + 1);
            if record.previous != tail || record.number != number || record.first != first {
                return Err(damaged(format!(
                    "{path} does not follow the run before it: one of them was changed or exchanged"
                )));
            }
            tail = Digest::of(&bytes);
            records.push(record);
        }
        Ok(Self {
            folder: folder.into(),
            about,
            records,
            tail,
        })
    }

    /// The last run.
    ///
    /// # Errors
    /// None was finished.
    pub fn last(&self) -> Result<&Record, BackupError> {
        self.records.last().ok_or_else(|| {
            BackupError::Refused(format!(
                "no run of the backup in {} was finished; run `convoy node backup` again",
                self.folder.display()
            ))
        })
    }

    /// Reads a file and compares it with what its run says of it. What a run names is not believed: only a regular file of that length in this
    /// folder is opened.
    fn file(&self, path: &str) -> Result<Vec<u8>, BackupError> {
        let mut entries = self.records.iter().flat_map(|record| &record.files);
        let entry = entries.find(|entry| entry.path == path);
        let entry = entry.ok_or_else(|| self.damaged(format!("no run names {path}")))?;
        if !is_within(Path::new(path)) {
            return Err(self.damaged(format!("a run names {path}, which lies outside of it")));
        }
        let file = self.folder.join(path);
        let fault = |error: std::io::Error| self.damaged(format!("{path}: {error}"));
        let there = fs::symlink_metadata(&file).map_err(fault)?;
        if !there.is_file() {
            return Err(self.damaged(format!("{path} is no regular file")));
        }
        let changed = || {
            self.damaged(format!(
                "{path} is not what was written: it was changed or cut short"
            ))
        };
        if there.len() != entry.bytes {
            return Err(changed());
        }
        let bytes = fs::read(&file).map_err(fault)?;
        if bytes.len() as u64 != entry.bytes || Digest::of(&bytes) != entry.sha256 {
            return Err(changed());
        }
        Ok(bytes)
    }

    fn damaged(&self, reason: String) -> BackupError {
        BackupError::Damaged {
            folder: self.folder.clone(),
            reason,
        }
    }

    /// Compares every file with its digest. Needs no key.
    ///
    /// # Errors
    /// The first file that differs.
    pub fn check_files(&self) -> Result<Checked, BackupError> {
        let mut checked = Checked {
            runs: self.records.len(),
            files: 0,
            bytes: 0,
        };
        for entry in self.records.iter().flat_map(|record| &record.files) {
            checked.bytes += self.file(&entry.path)?.len() as u64;
            checked.files += 1;
        }
        Ok(checked)
    }

    /// That `key` is the one of this backup.
    ///
    /// # Errors
    /// It is not.
    pub fn check_key(&self, key: &Key) -> Result<(), BackupError> {
        key.check(&self.about)
    }

    fn unsealed(&self, key: &Key, path: &str) -> Result<Vec<u8>, BackupError> {
        let sealed = self.file(path)?;
        key.unseal(&sealed)
            .map_err(|reason| self.damaged(format!("{path} cannot be opened: {reason}")))
    }

    /// The node's own files as the last run found them: a tar.
    ///
    /// # Errors
    /// A file was changed or cannot be opened.
    pub fn own_files(&self, key: &Key) -> Result<Vec<u8>, BackupError> {
        let number = self.last()?.number;
        self.unsealed(key, &files_path(number))
    }

    /// All blocks in order, file by file.
    ///
    /// # Errors
    /// Each item: a file was changed or cannot be opened or read.
    pub fn history<'a>(
        &'a self,
        key: &'a Key,
    ) -> impl Iterator<Item = Result<Vec<StoredEntry>, BackupError>> + 'a {
        let files = self.records.iter().flat_map(|record| &record.files);
        let segments = files.filter(|entry| entry.path.starts_with(HISTORY));
        segments.map(move |entry| {
            let plain = Bytes::from(self.unsealed(key, &entry.path)?);
            entries(&plain).map_err(|reason| self.damaged(format!("{}: {reason}", entry.path)))
        })
    }
}

/// Reads entries one after another.
///
/// # Errors
/// The entry that cannot be read.
pub fn entries(plain: &Bytes) -> Result<Vec<StoredEntry>, String> {
    let mut reader = wire::Reader::new(plain);
    let mut entries = Vec::new();
    while reader.at() < plain.len() {
        let entry = entry(&mut reader, plain)
            .map_err(|error| format!("entry {}: {error}", entries.len() + 1))?;
        entries.push(entry);
    }
    Ok(entries)
}

fn entry(reader: &mut wire::Reader<'_>, plain: &Bytes) -> Result<StoredEntry, wire::WireError> {
    reader.array_of(3)?;
    let block = plain.slice_ref(reader.bytes()?);
    let finalization = match reader.null() {
        true => None,
        false => Some(plain.slice_ref(reader.bytes()?)),
    };
    Ok(StoredEntry {
        block,
        finalization,
        outcomes: plain.slice_ref(reader.bytes()?),
    })
}
