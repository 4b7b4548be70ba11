//! The files of an export: their names, what the manifest says of them, and how they are written so that a stop midway leaves nothing half.

use crate::failure::{Attempt as _, Failure, Outcome};
use convoy_types::{Digest, MemberId, NetworkId, StatementId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The version of the folder's form.
pub const VERSION: u32 = 1;
pub const MANIFEST: &str = "manifest.json";
pub const UNFINISHED: &str = "unfinished.json";
pub const README: &str = "README.txt";
pub const TRUST: &str = "trust.json";
pub const WITHHELD: &str = "withheld.json";
pub const LOG: &str = "log";
pub const STATEMENTS: &str = "statements";
pub const EPCIS: &str = "epcis";
const TEMPORARY: &str = "part";

/// What an export holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the folder's form.
    pub version: u32,
    /// The network.
    pub network: NetworkId,
    /// SHA-256 of its founding document.
    pub genesis: Digest,
    /// Whose node gave it.
    pub member: MemberId,
    /// The program that made it.
    pub software: String,
    /// When, milliseconds since 1970.
    pub made_ms: u64,
    /// The first block.
    pub first: u64,
    /// The last block; it has a certificate.
    pub last: u64,
    /// The size of the statement log after it.
    pub log_size: u64,
    /// The root of the statement log after it.
    pub log_root: Digest,
    /// How many statements are here.
    pub statements: u64,
    /// How many are in the log and withheld.
    pub withheld: u64,
    /// How many events are in the EPCIS documents.
    pub events: u64,
    /// Every file but this one, by path.
    pub files: Vec<FileEntry>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its path in the folder, with `/`.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Digest,
}

/// How far an export is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfinished {
    /// The network.
    pub network: NetworkId,
    /// Blocks up to this one at least.
    pub until: u64,
    /// The first block that is not here yet.
    pub next: u64,
    /// The last block that is here, for the manifest.
    pub tip: Option<Tip>,
    /// Counts for the manifest.
    pub statements: u64,
    /// Counts for the manifest.
    pub events: u64,
    /// What the node did not give.
    pub withheld: Vec<Withheld>,
}

/// The log after the last block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tip {
    /// The block.
    pub height: u64,
    /// The log's size after it.
    pub log_size: u64,
    /// The log's root after it.
    pub log_root: Digest,
}

/// A statement that is in the log and not here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// Its id.
    pub id: StatementId,
    /// Its block.
    pub height: u64,
    /// What the node said.
    pub reason: String,
}

/// The path of the log's part that starts at `first`.
pub fn log_path(first: u64) -> String {
    format!("{LOG}/{first:012}.cborseq")
}

/// The path of part `part` of the statements from block `first` on.
pub fn statements_path(first: u64, part: u32) -> String {
    format!("{STATEMENTS}/{first:012}-{part:03}.cborseq")
}

/// The path of the events of that part.
pub fn epcis_path(first: u64, part: u32) -> String {
    format!("{EPCIS}/{first:012}-{part:03}.json")
}

/// A folder that holds an export or will.
#[derive(Debug, Clone)]
pub struct Folder(pub PathBuf);

impl Folder {
    /// Writes a file in one step.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Outcome {
        let target = self.0.join(path);
        let temporary = target.with_extension(TEMPORARY);
        let what = || format!("write {}", target.display());
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).attempt(what)?;
        }
        fs::write(&temporary, bytes).attempt(what)?;
        fs::rename(&temporary, &target).attempt(what)
    }

    /// Writes a value as JSON for people and programs.
    pub fn write_json(&self, path: &str, value: &impl Serialize) -> Outcome {
        let mut bytes = serde_json::to_vec_pretty(value).attempt(|| format!("write {path}"))?;
        bytes.push(b'\n');
        self.write(path, &bytes)
    }

    /// Reads a regular file.
    pub fn read(&self, path: &str) -> Outcome<Vec<u8>> {
        let file = self.0.join(path);
        let what = || format!("read {}", file.display());
        let kind = fs::symlink_metadata(&file).attempt(what)?.file_type();
        if !kind.is_file() {
            return Err(foreign(&file));
        }
        fs::read(&file).attempt(what)
    }

    /// Reads a JSON file.
    pub fn read_json<T: DeserializeOwned>(&self, path: &str) -> Outcome<T> {
        let bytes = self.read(path)?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Failure::refused(format!("{path} is damaged: {error}")))
    }

    /// Whether a file is there.
    pub fn has(&self, path: &str) -> bool {
        self.0.join(path).is_file()
    }

    /// Every file, by path. An export has regular files and folders only; a link is refused, so that nothing outside of the folder is listed, read
    /// or removed as a part of it.
    pub fn files(&self) -> Outcome<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            let what = || format!("list {}", folder.display());
            for entry in fs::read_dir(&folder).attempt(what)? {
                let entry = entry.attempt(what)?;
                let path = entry.path();
                // Of the entry itself: a link is not followed.
                let kind = entry.file_type().attempt(what)?;
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file() {
                    found.insert(self.name_of(&path));
                } else {
                    return Err(foreign(&path));
                }
            }
        }
        Ok(found)
    }

    /// Removes what is left of a file that was being written, and of parts that an export under way has not counted.
    pub fn clear(&self, next: u64) -> Outcome {
        for path in self.files()? {
            let of = path.rsplit('/').next().and_then(|name| {
                let digits = name.split(['-', '.']).next()?;
                digits.parse::<u64>().ok()
            });
            if path.ends_with(TEMPORARY) || of.is_some_and(|first| first >= next) {
                fs::remove_file(self.0.join(&path)).attempt(|| format!("remove {path}"))?;
            }
        }
        Ok(())
    }

    fn name_of(&self, path: &Path) -> String {
        let inside = path.strip_prefix(&self.0).unwrap_or(path);
        let parts = inside
            .components()
            .map(|part| part.as_os_str().to_string_lossy());
        parts.collect::<Vec<_>>().join("/")
    }
}

/// What no export holds.
fn foreign(path: &Path) -> Failure {
    Failure::refused(format!(
        "{} is neither a regular file nor a folder: an export holds nothing else",
        path.display()
    ))
    .remedy("remove it, or choose another folder")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_link_in_an_export_is_refused_and_nothing_behind_it_is_listed_read_or_removed() {
        let outside = tempfile::tempdir().unwrap();
        let kept = outside.path().join("000000000009.cborseq");
        fs::write(&kept, b"not of the export").unwrap();
        let place = tempfile::tempdir().unwrap();
        let folder = Folder(place.path().to_owned());
        folder.write(&log_path(1), b"a block").unwrap();
        folder.write(&log_path(9), b"not counted yet").unwrap();
        assert_eq!(folder.files().unwrap().len(), 2);

        let links = [
            (outside.path(), "there"),
            (Path::new("."), "a"),
            (kept.as_path(), "000000000010.part"),
        ];
        for (to, name) in links {
            let link = place.path().join(name);
            symlink(to, &link).unwrap();
            for told in [folder.files().map(|_| ()), folder.clear(1)] {
                let told = told.unwrap_err().what;
                assert!(told.contains("neither a regular file"), "{told}");
            }
            assert!(folder.read(name).is_err(), "{name}");
            fs::remove_file(&link).unwrap();
        }
        assert_eq!(fs::read(&kept).unwrap(), b"not of the export");

        folder.clear(2).unwrap();
        let left: Vec<_> = folder.files().unwrap().into_iter().collect();
        assert_eq!(left, [log_path(1)]);
    }
}
