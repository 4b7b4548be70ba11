//! The log's files: lines of `HASH JSON`, each hash over the hash before and the JSON.
//!
//! `000001.log`, `000002.log`, … hold entries in order. The first entry of a file names the hash before it, so that older files can be moved
//! away and the rest still verifies. `head` names the last entry and its hash; it follows the entries, so after a crash it may lag behind, and a
//! log that ends before it was cut.
//!
//! The hash is SHA-256 over a tag, the 32 bytes before and the JSON as written. It shows what was altered, not by whom: whoever can write every
//! file can write them all anew. So note the head elsewhere, or send the entries on as they come.

use super::{Entry, Kind, Outcome, Said};
use crate::config::AuditConfig;
use convoy_types::Digest;
use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

/// The format's version.
pub const VERSION: u8 = 1;
/// What the first entry's hash is over.
pub const START: Digest = Digest([0; 32]);
const HEAD: &str = "head";

/// The hash of an entry behind another.
pub fn hash(before: &Digest, json: &[u8]) -> Digest {
    Digest::of_parts(&[b"convoy/audit/1", &before.0, json])
}

/// A line's parts: the hash as written and the JSON.
pub fn parts(line: &[u8]) -> Option<(Digest, &[u8])> {
    let (hash, json) = line.split_at_checked(64)?;
    let mut digest = [0; 32];
    hex::decode_to_slice(hash, &mut digest).ok()?;
    Some((Digest(digest), json.strip_prefix(b" ")?))
}

/// The files of a log, by number.
///
/// # Errors
/// When the folder cannot be read.
pub fn files(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let number = path
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse().ok());
        if let Some(number) = number.filter(|_| path.extension().is_some_and(|end| end == "log")) {
            all.push((number, path));
        }
    }
    all.sort();
    Ok(all)
}

/// The last entry's number and hash as `head` has them; `None` where it is missing or damaged.
pub fn head(folder: &Path) -> Option<(u64, Digest)> {
    let text = fs::read_to_string(folder.join(HEAD)).ok()?;
    let mut words = text.split_whitespace();
    let (n, hash, check) = (words.next()?, words.next()?, words.next()?);
    if check_of(n, hash) != check {
        return None;
    }
    let mut digest = [0; 32];
    hex::decode_to_slice(hash, &mut digest).ok()?;
    Some((n.parse().ok()?, Digest(digest)))
}

fn check_of(n: &str, hash: &str) -> String {
    hex::encode(&Digest::of_parts(&[b"convoy/audit-head/1", n.as_bytes(), hash.as_bytes()]).0[..4])
}

/// Where the log ends.
struct End {
    n: u64,
    hash: Digest,
    bytes: u64,
    /// What is wrong, in words for the entry that is written next.
    faults: Vec<String>,
}

/// The log, open for writing by one process.
pub struct Chain {
    folder: PathBuf,
    file: File,
    number: u64,
    /// Bytes of the open file that are whole entries.
    bytes: u64,
    /// Bytes of the other files.
    others: u64,
    n: u64,
    hash: Digest,
    head: File,
    file_bytes: u64,
    bytes_max: u64,
    _lock: File,
}

impl Chain {
    /// Opens the log, or begins one, and says so in an entry.
    ///
    /// # Errors
    /// When the folder cannot be used, or another process has it open.
    pub fn open(folder: &Path, config: &AuditConfig) -> io::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let lock = private(&folder.join("lock"))?;
        lock.try_lock().map_err(|_| {
            let fault = format!(
                "another process writes the audit log in {}",
                folder.display()
            );
            io::Error::new(io::ErrorKind::ResourceBusy, fault)
        })?;
        let known = files(folder)?;
        let mut others = 0;
        for (_, path) in known.iter().rev().skip(1) {
            others += fs::metadata(path)?.len();
        }
        let (mut number, mut end) = match known.last() {
            Some((number, path)) => (*number, end_of(path)?),
            None => (
                1,
                End {
                    n: 0,
                    hash: START,
                    bytes: 0,
                    faults: Vec::new(),
                },
            ),
        };
        if let Some((n, _)) = head(folder).filter(|(n, _)| *n > end.n) {
            end.faults.push(format!(
                "the head names entry {n} and the log ends at {}",
                end.n
            ));
            end.n = n;
        }
        // What is damaged stays as it is, for whoever looks into it.
        if !end.faults.is_empty() {
            others += fs::metadata(path_of(folder, number)).map_or(0, |meta| meta.len());
            (number, end.bytes) = (number + 1, 0);
        }
        let file = private(&path_of(folder, number))?;
        file.set_len(end.bytes)?;
        let mut chain = Self {
            folder: folder.to_owned(),
            file,
            number,
            bytes: end.bytes,
            others,
            n: end.n,
            hash: end.hash,
            head: private(&folder.join(HEAD))?,
            file_bytes: config.file_bytes,
            bytes_max: config.bytes_max.unwrap_or(u64::MAX),
            _lock: lock,
        };
        let mut opened = Said::new(Kind::Opened, Outcome::Allowed, "node start");
        opened.detail = end.faults.join("; ");
        if let Err(error) = chain.append(vec![opened], crate::life::clock_ms(), 0) {
            // The node starts; what needs the log is refused until there is room.
            tracing::error!(%error, "the audit log cannot be written");
        }
        Ok(chain)
    }

    /// Adds entries and makes them durable: all or none.
    ///
    /// # Errors
    /// When there is no room or the disk fails; the log is as before then.
    pub fn append(&mut self, said: Vec<Said>, time_ms: u64, lost: u64) -> io::Result<()> {
        let (mut text, mut n, mut hash) = (Vec::new(), self.n, self.hash);
        for said in said {
            n += 1;
            let first = self.bytes == 0 && text.is_empty();
            let mut entry = Entry::of(said, n, time_ms, if n == self.n + 1 { lost } else { 0 });
            entry.previous = first.then(|| self.hash.to_string());
            let json = serde_json::to_vec(&entry).map_err(io::Error::other)?;
            hash = self::hash(&hash, &json);
            text.extend_from_slice(hash.to_string().as_bytes());
            text.push(b' ');
            text.extend_from_slice(&json);
            text.push(b'\n');
        }
        let after = self.bytes + text.len() as u64;
        if self.others.saturating_add(after) > self.bytes_max {
            let fault = format!(
                "it has {} bytes and audit.bytes_max is {}",
                self.others + self.bytes,
                self.bytes_max
            );
            return Err(io::Error::new(io::ErrorKind::StorageFull, fault));
        }
        let written = self.file.write_all_at(&text, self.bytes);
        if let Err(error) = written.and_then(|()| self.file.sync_data()) {
            // Half an entry is none. Where even this fails, opening cuts it off.
            let _ = self.file.set_len(self.bytes);
            return Err(error);
        }
        (self.bytes, self.n, self.hash) = (after, n, hash);
        self.write_head();
        if self.bytes >= self.file_bytes
            && let Err(error) = self.rotate()
        {
            tracing::warn!(%error, "the audit log goes on in a file that is full");
        }
        Ok(())
    }

    /// Names the last entry. It is read only to see whether entries are missing, so it need not be durable with them.
    fn write_head(&mut self) {
        let (n, hash) = (format!("{:020}", self.n), self.hash.to_string());
        let text = format!("{n} {hash} {}\n", check_of(&n, &hash));
        if let Err(error) = self.head.write_all_at(text.as_bytes(), 0) {
            tracing::warn!(%error, "the head of the audit log cannot be written");
        }
    }

    /// Goes on in a new file, which begins with the next entry.
    fn rotate(&mut self) -> io::Result<()> {
        let file = private(&path_of(&self.folder, self.number + 1))?;
        File::open(&self.folder)?.sync_all()?;
        self.others += self.bytes;
        (self.file, self.number, self.bytes) = (file, self.number + 1, 0);
        Ok(())
    }
}

fn path_of(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:06}.log"))
}

fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .open(path)
}

/// Where a file's whole entries end, and what is wrong with them. An entry that is cut in the middle was never acknowledged.
fn end_of(path: &Path) -> io::Result<End> {
    let text = fs::read(path)?;
    let mut end = End {
        n: 0,
        hash: START,
        bytes: 0,
        faults: Vec::new(),
    };
    let mut before: Option<Digest> = None;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let Some(line) = line.strip_suffix(b"\n") else {
            break;
        };
        end.bytes += line.len() as u64 + 1;
        let read = parts(line).and_then(|(hash, json)| {
            let entry: Entry = serde_json::from_slice(json).ok()?;
            Some((hash, json, entry))
        });
        let Some((hash, json, entry)) = read else {
            end.faults.push(format!(
                "{} cannot be read behind entry {}",
                path.display(),
                end.n
            ));
            continue;
        };
        let known = before.or_else(|| {
            let mut digest = [0; 32];
            hex::decode_to_slice(entry.previous.as_deref()?, &mut digest).ok()?;
            Some(Digest(digest))
        });
        if known.is_some_and(|known| self::hash(&known, json) != hash) {
            end.faults
                .push(format!("entry {} does not follow the one before", entry.n));
        }
        before = Some(hash);
        (end.n, end.hash) = (entry.n, hash);
    }
    Ok(end)
}

/// Writes lines as a log would, for tests.
#[cfg(test)]
pub fn line(before: &Digest, json: &str) -> (Digest, String) {
    let hash = self::hash(before, json.as_bytes());
    (hash, format!("{hash} {json}\n"))
}

/// Puts bytes in the place of a file's, for tests.
#[cfg(test)]
pub fn replace(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}
