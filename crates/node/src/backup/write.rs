//! Adding to a backup.

use super::{
    ABOUT, About, Backup, BackupError, End, FILES, FileEntry, HISTORY, Key, README, RUNS,
    Recipient, Record, SEGMENT_BYTES, VERSION, at, files_path, history_path, run_path,
};
use crate::{
    NodeConfig, durable,
    engine::{BlockReader, StoredEntry},
    life::clock_ms,
    shadow,
};
use convoy_types::{Digest, MemberId, NetworkId, wire};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What of a node's data folder is not copied: the engine's files, among them the journal of votes, and what follows from blocks.
const LEFT_OUT: [&str; 4] = ["engine", "log", "readmodel", shadow::FOLDER];

/// Of which node.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The network.
    pub network: NetworkId,
    /// The digest of its genesis document.
    pub genesis: Digest,
    /// Whose node.
    pub member: MemberId,
}

/// A run under way.
pub struct Writer {
    folder: PathBuf,
    recipient: Recipient,
    reader: BlockReader,
    number: u32,
    previous: Digest,
    first: u64,
    next: u64,
    end: Option<End>,
    /// Blocks behind the last one that is certified itself: a backup ends with one that is.
    held: Vec<u8>,
    segment: Vec<u8>,
    segment_first: u64,
    files: Vec<FileEntry>,
}

impl Writer {
    /// Makes the folder of a backup: with `passphrase` its key is made and kept in it, with `recipient` the owner has the key.
    ///
    /// # Errors
    /// The folder is not empty, or cannot be written.
    pub fn create(
        folder: &Path,
        origin: &Origin,
        recipient: Option<Recipient>,
        passphrase: Option<&str>,
    ) -> Result<(), BackupError> {
        for part in ["", RUNS, HISTORY, FILES] {
            fs::create_dir_all(folder.join(part)).map_err(at(folder))?;
        }
        let recipient = match (recipient, passphrase) {
            (Some(recipient), None) => recipient,
            (None, Some(passphrase)) if !passphrase.is_empty() => Key::make(folder, passphrase)?,
            _ => {
                return Err(BackupError::Refused(
                    "a new backup needs a passphrase, or the recipient whose key will open it"
                        .into(),
                ));
            }
        };
        put(&folder.join(README), include_bytes!("readme.txt"))?;
        let about = About {
            version: VERSION,
            network: origin.network.clone(),
            genesis: origin.genesis,
            member: origin.member.clone(),
            recipient: recipient.text(),
        };
        put_json(&folder.join(ABOUT), &about)
    }

    /// Begins a run on the backup in `folder`.
    ///
    /// # Errors
    /// It is damaged, or of another node.
    pub fn open(folder: &Path, origin: &Origin, reader: BlockReader) -> Result<Self, BackupError> {
        let backup = Backup::open(folder)?;
        let about = &backup.about;
        if (about.genesis, &about.member) != (origin.genesis, &origin.member) {
            return Err(BackupError::Refused(format!(
                "{} is a backup of {}'s node of {}, this is {}'s of {}; choose another folder",
                folder.display(),
                about.member,
                about.network,
                origin.member,
                origin.network
            )));
        }
        let last = backup.records.last();
        let first = last.map_or(1, |record| record.end.height + 1);
        Ok(Self {
            folder: folder.into(),
            recipient: Recipient::parse(&about.recipient)?,
            reader,
            number: last.map_or(1, |record| record.number + 1),
            previous: backup.tail,
            first,
            next: first,
            end: last.map(|record| record.end),
            held: Vec::new(),
            segment: Vec::new(),
            segment_first: first,
            files: Vec::new(),
        })
    }

    /// The height of the block that is wanted next.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Takes the next block.
    ///
    /// # Errors
    /// It is another one, or cannot be read or written.
    pub fn push(&mut self, entry: &StoredEntry) -> Result<(), BackupError> {
        let block = self
            .reader
            .read(&entry.block)
            .map_err(BackupError::Source)?;
        let core = &block.header.core;
        if core.height != self.next {
            return Err(BackupError::Source(format!(
                "block {} came where block {} was asked for",
                core.height, self.next
            )));
        }
        write_entry(&mut self.held, entry);
        self.next += 1;
        if entry.finalization.is_none() {
            return Ok(());
        }
        self.segment.append(&mut self.held);
        self.end = Some(End {
            height: core.height,
            time_ms: core.time_ms,
            digest: Digest(block.digest),
            state_root: block.header.rest.state.root,
            log_root: core.log_root,
            log_size: core.log_size,
        });
        match self.segment.len() >= SEGMENT_BYTES {
            true => self.close_segment(),
            false => Ok(()),
        }
    }

    fn close_segment(&mut self) -> Result<(), BackupError> {
        let plain = std::mem::take(&mut self.segment);
        if plain.is_empty() {
            return Ok(());
        }
        self.add(history_path(self.segment_first), &plain)?;
        self.segment_first = self.next;
        Ok(())
    }

    fn add(&mut self, path: String, plain: &[u8]) -> Result<(), BackupError> {
        let sealed = self.recipient.seal(plain)?;
        put(&self.folder.join(&path), &sealed)?;
        self.files.push(FileEntry {
            path,
            bytes: sealed.len() as u64,
            sha256: Digest::of(&sealed),
        });
        Ok(())
    }

    /// Copies the node's own files and ends the run.
    ///
    /// # Errors
    /// No block that was taken is certified itself, or a file cannot be read or written.
    pub fn finish(mut self, config: &NodeConfig) -> Result<Record, BackupError> {
        let end = self.end.ok_or_else(|| {
            BackupError::Source(
                "no block has a certificate of its own yet; try again in a minute".into(),
            )
        })?;
        self.close_segment()?;
        let files = own_files(config)?;
        self.add(files_path(self.number), &files)?;
        let record = Record {
            version: VERSION,
            number: self.number,
            previous: self.previous,
            made_ms: clock_ms(),
            software: format!("convoy {}", env!("CARGO_PKG_VERSION")),
            first: self.first,
            end,
            files: self.files,
        };
        put_json(&self.folder.join(run_path(self.number)), &record)?;
        Ok(record)
    }
}

/// Appends an entry: `[block, finalization / null, outcomes]`.
pub fn write_entry(to: &mut Vec<u8>, entry: &StoredEntry) {
    let mut writer = wire::Writer::with_capacity(entry.block.len() + entry.outcomes.len() + 512);
    writer.array(3).bytes(&entry.block);
    match &entry.finalization {
        Some(bytes) => writer.bytes(bytes),
        None => writer.null(),
    };
    writer.bytes(&entry.outcomes);
    to.extend_from_slice(&writer.finish());
}

/// The node's own files as a tar, laid out as a folder of a node: `node.toml`, `genesis.json`, `tls/`, `data/`.
fn own_files(config: &NodeConfig) -> Result<Vec<u8>, BackupError> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut moved = config.clone();
    let mut take = |from: &Path, to: String| -> Result<PathBuf, BackupError> {
        append(&mut tar, from, &to)?;
        Ok(PathBuf::from(to))
    };
    moved.genesis = take(&config.genesis, "genesis.json".into())?;
    if let (Some(tls), Some(from)) = (&mut moved.api.tls, &config.api.tls) {
        tls.certificate = take(&from.certificate, "tls/certificate.pem".into())?;
        tls.key = take(&from.key, "tls/key.pem".into())?;
        if let Some(machines) = &from.machines {
            tls.machines = Some(take(machines, "tls/machines.pem".into())?);
        }
    }
    let mut oidc = moved
        .signin
        .oidc
        .iter_mut()
        .zip(&config.signin.oidc)
        .zip(1..);
    for ((provider, from), number) in &mut oidc {
        if let Some(file) = &from.client_secret_file {
            provider.client_secret_file = Some(take(file, format!("oidc/{number}.secret"))?);
        }
        if let Some(file) = &from.authority {
            provider.authority = Some(take(file, format!("oidc/{number}.pem"))?);
        }
    }
    drop(oidc);
    moved.data = "data".into();
    // Secrets beside the node's folder are not copied; where they were, they are looked for again.
    let beside = config.data.parent().unwrap_or(Path::new(""));
    let inside = |file: PathBuf| {
        file.strip_prefix(beside)
            .map(Path::to_path_buf)
            .unwrap_or(file)
    };
    moved.keystore.passphrase_file = moved.keystore.passphrase_file.map(inside);
    if let Some(pkcs11) = &mut moved.keystore.pkcs11 {
        pkcs11.pin_file = pkcs11.pin_file.take().map(inside);
    }
    let text = moved.to_toml();
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o600);
    tar.append_data(&mut header, "node.toml", text.as_bytes())
        .map_err(at(Path::new("node.toml")))?;
    let mut inside = Vec::new();
    walk(&config.data, Path::new("data"), &mut inside)?;
    for (from, to) in inside {
        append(&mut tar, &from, &to.to_string_lossy())?;
    }
    tar.into_inner().map_err(at(Path::new("files")))
}

/// The files to copy of the data folder; at its top, all but the folders that follow from blocks or hold votes.
fn walk(from: &Path, to: &Path, found: &mut Vec<(PathBuf, PathBuf)>) -> Result<(), BackupError> {
    let mut entries: Vec<_> = fs::read_dir(from).map_err(at(from))?.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(at(from))?;
        let name = entry.file_name();
        let left_out = to == Path::new("data") && LEFT_OUT.iter().any(|one| name == *one);
        if kind.is_dir() && !left_out {
            walk(&entry.path(), &to.join(&name), found)?;
        } else if kind.is_file() {
            found.push((entry.path(), to.join(&name)));
        }
    }
    Ok(())
}

/// Adds a file as it is at this moment. One that is gone by now was replaced or ended, and is left out.
fn append(tar: &mut tar::Builder<Vec<u8>>, from: &Path, to: &str) -> Result<(), BackupError> {
    let bytes = match fs::read(from) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && to.starts_with("data/") => {
            return Ok(());
        }
        read => read.map_err(at(from))?,
    };
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    tar.append_data(&mut header, to, &bytes[..])
        .map_err(at(from))
}

/// Writes a file so that it is there whole or not at all, also after a power cut.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    durable::write(path, bytes).map_err(at(path))
}

fn put_json(path: &Path, value: &impl serde::Serialize) -> Result<(), BackupError> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|error| BackupError::File(path.into(), error.into()))?;
    bytes.push(b'\n');
    put(path, &bytes)
}
