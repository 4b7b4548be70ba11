//! Making a node of a backup again.
//!
//! Flow: [`files`] writes the node's folder, the [`Marker`] first; [`history`] checks every block (its parent, its statements, their outcomes,
//! the log, the validators' certificate) and writes it into the engine's files; [`execute`] runs the node without a network until it has executed
//! all of them and every root was compared. Stopped anywhere, the same command goes on.
//!
//! Invariant: **a restored node does not vote with the key that the backup holds.** It cannot know what that key has signed since. The marker in its
//! data folder names the key; while the node's key is that one, the engine gets no signer at all and the node only follows. So the archive in a
//! backup has to show what it unpacks to: files and folders only, each once, and a configuration whose data folder is the one with the marker.

use crate::{
    NodeConfig, NodeError, NodeHandle,
    backup::{Backup, BackupError, End, Key, at, schedule},
    certificate, durable,
    engine::{HistoryFiles, StoredEntry, supervise},
    genesis::GenesisDocument,
    keystore::{Keystore, KeystoreError, Purpose},
    life::clock_ms,
    record::BlockRecord,
    recovery,
};
use convoy_ledger::output::{events_digest, outcomes_root};
use convoy_types::{
    StatementId,
    cose::{Algorithm, PublicKey},
    receipt::{LoggedBlock, Recovery},
};
use convoy_verify::Replay;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs,
    path::{Component, Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// The version of the marker's format.
const VERSION: u32 = 1;
/// Names the key that must not vote.
pub const MARKER: &str = "restored.json";
/// There while a restore is not finished.
pub const UNFINISHED: &str = "restoring.json";
/// The data folder of a restored node, beside its configuration.
const DATA: &str = "data";
/// The configuration in a backup and of a restored node.
const TOML: &str = "node.toml";

/// What a restored node must not forget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marker {
    /// Format version.
    pub version: u32,
    /// When it was restored, milliseconds since 1970.
    pub restored_ms: u64,
    /// The last block of the backup.
    pub height: u64,
    /// The consensus keys in the backup, hexadecimal: they may have voted since.
    pub retired_keys: Vec<String>,
}

impl Marker {
    /// The marker in a node's data folder.
    ///
    /// # Errors
    /// It is there and cannot be read: then nobody knows what the node may sign.
    pub fn read(data: &Path) -> Result<Option<Self>, String> {
        let path = data.join(MARKER);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        let marker: Self = serde_json::from_slice(&bytes).map_err(|error| {
            format!(
                "{}: {error}; it says which key must not vote, so the node does not start without it: restore the backup again",
                path.display()
            )
        })?;
        match marker.version == VERSION {
            true => Ok(Some(marker)),
            false => Err(format!(
                "{}: version {} is not {VERSION}",
                path.display(),
                marker.version
            )),
        }
    }

    /// Whether this key must not vote.
    pub fn retires(&self, key: &[u8]) -> bool {
        let key = hex::encode(key);
        self.retired_keys
            .iter()
            .any(|retired| retired.eq_ignore_ascii_case(&key))
    }
}

/// The name of the newest consensus key that no restore retired, where one did retire others.
///
/// # Errors
/// A key in the keystore cannot be read.
pub fn fresh_key(
    keystore: &Keystore,
    marker: Option<&Marker>,
) -> Result<Option<String>, KeystoreError> {
    let Some(marker) = marker else {
        return Ok(None);
    };
    let mut fresh = None;
    for entry in keystore.entries() {
        if entry.purpose == Purpose::Consensus && !marker.retires(entry.public_key()?.raw()) {
            fresh = Some(entry.name.clone());
        }
    }
    Ok(fresh)
}

/// The consensus key with which a restored node votes once it is in the set of validators: its name and public half. It is made the first
/// time; asked again, it is the same.
///
/// # Errors
/// The node was not restored, or its keystore cannot be opened or written.
pub fn renew_key(config: &NodeConfig) -> Result<(String, PublicKey), NodeError> {
    let marker = Marker::read(&config.data).map_err(NodeError::Mismatch)?;
    let Some(marker) = marker else {
        return Err(NodeError::Mismatch(
            "this node was not restored from a backup: it votes with the key that it has".into(),
        ));
    };
    let mut keystore = Keystore::open(&config.data, &config.keystore.passphrase()?)?;
    if let Some(name) = fresh_key(&keystore, Some(&marker))? {
        let key = keystore.named(&name)?.public().clone();
        return Ok((name, key));
    }
    let count = keystore.entries().iter();
    let count = count
        .filter(|entry| entry.purpose == Purpose::Consensus)
        .count();
    let name = format!("consensus-{}", count + 1);
    let key = keystore.generate(&name, Purpose::Consensus, None, Algorithm::Ed25519)?;
    Ok((name, key))
}

/// That no unfinished restore is in a node's data folder.
///
/// # Errors
/// There is one.
pub fn check_finished(data: &Path) -> Result<(), String> {
    match data.join(UNFINISHED).exists() {
        false => Ok(()),
        true => Err(format!(
            "{} is being restored from a backup and not whole; run the same `convoy node restore` again, which goes on where it was",
            data.display()
        )),
    }
}

/// Writes the node's own files into `out`; gives its configuration. Goes on with a restore that was stopped.
///
/// # Errors
/// The folder holds something else, or the backup cannot be read.
pub fn files(backup: &Backup, key: &Key, out: &Path) -> Result<NodeConfig, BackupError> {
    let (data, toml) = (out.join(DATA), out.join(TOML));
    let unfinished = data.join(UNFINISHED);
    let begun = serde_json::to_vec(&backup.about).unwrap_or_default();
    if unfinished.exists() {
        let there = fs::read(&unfinished).map_err(at(&unfinished))?;
        if there != begun {
            return Err(BackupError::Refused(format!(
                "{} holds an unfinished restore of another backup; choose another folder",
                out.display()
            )));
        }
    } else if fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(BackupError::Refused(format!(
            "{} is not empty; a node is restored into a new folder, so that nothing of it is lost",
            out.display()
        )));
    }
    let tar = archive(backup, key)?;
    check_data_folder(&tar)?;
    fs::create_dir_all(&data).map_err(at(&data))?;
    durable::write(&unfinished, &begun).map_err(at(&unfinished))?;
    // Before the keys: a folder that holds a key that may have voted always says so.
    let marker = Marker {
        version: VERSION,
        restored_ms: clock_ms(),
        height: backup.last()?.end.height,
        retired_keys: retired(&tar)?,
    };
    let bytes = serde_json::to_vec_pretty(&marker).unwrap_or_default();
    let path = data.join(MARKER);
    durable::write(&path, &bytes).map_err(at(&path))?;
    let mut archive = tar::Archive::new(&tar[..]);
    for entry in archive.entries().map_err(at(out))? {
        let mut entry = entry.map_err(at(out))?;
        let path = entry.path().map_err(at(out))?.into_owned();
        if path.ends_with(MARKER) || path.ends_with(UNFINISHED) {
            continue;
        }
        if !entry.unpack_in(out).map_err(at(out))? {
            return Err(BackupError::Refused(format!(
                "the backup holds {}, which lies outside of the node's folder",
                path.display()
            )));
        }
    }
    NodeConfig::read(&toml).map_err(|error| BackupError::Refused(error.to_string()))
}

/// The node's own files in a backup: a tar that unpacks to what reading it shows.
fn archive(backup: &Backup, key: &Key) -> Result<Vec<u8>, BackupError> {
    let tar = backup.own_files(key)?;
    check_archive(&tar)?;
    Ok(tar)
}

/// That a tar holds regular files and folders only, each once and within the node's folder: the keystore whose keys are retired is then the one
/// that is unpacked.
fn check_archive(tar: &[u8]) -> Result<(), BackupError> {
    let mut archive = tar::Archive::new(tar);
    let mut seen = BTreeSet::new();
    for entry in archive.entries().map_err(at(Path::new("tar")))? {
        let entry = entry.map_err(at(Path::new("tar")))?;
        let path = entry.path().map_err(at(Path::new("tar")))?.into_owned();
        let kind = entry.header().entry_type();
        let wrong = if !is_within(&path) {
            "which lies outside of the node's folder"
        } else if !kind.is_file() && !kind.is_dir() {
            "which is neither a regular file nor a folder"
        } else if !seen.insert(path.components().collect::<PathBuf>()) {
            "twice"
        } else {
            continue;
        };
        return Err(BackupError::Refused(format!(
            "the backup holds {}, {wrong}; no program of ours wrote that: use another backup",
            path.display()
        )));
    }
    Ok(())
}

/// Whether a path names something in the folder that it is joined to, by normal components only.
pub(crate) fn is_within(path: &Path) -> bool {
    let mut components = path.components().peekable();
    components.peek().is_some() && components.all(|part| matches!(part, Component::Normal(_)))
}

/// That the configuration in the backup looks for the node's data where they are restored to, the marker among them.
fn check_data_folder(tar: &[u8]) -> Result<(), BackupError> {
    let named = |fault: String| BackupError::Refused(format!("{TOML} in the backup: {fault}"));
    let bytes = file_of(tar, Path::new(TOML))?;
    let text = String::from_utf8(bytes).map_err(|error| named(error.to_string()))?;
    let config = NodeConfig::parse(&text).map_err(named)?;
    if config.data == Path::new(DATA) {
        return Ok(());
    }
    Err(named(format!(
        "data is {}, and a backup's is {DATA}: the node would not find there that its key must not vote; use another backup",
        config.data.display()
    )))
}

/// The consensus keys in the keystore of the backup.
fn retired(tar: &[u8]) -> Result<Vec<String>, BackupError> {
    let refused = |error: crate::keystore::KeystoreError| BackupError::Refused(error.to_string());
    let keystore = file_of(tar, &Path::new(DATA).join(crate::keystore::FILE_NAME))?;
    let entries = Keystore::parse(&keystore).map_err(refused)?;
    let consensus = entries
        .iter()
        .filter(|entry| entry.purpose == Purpose::Consensus);
    let key = |entry: &crate::keystore::Entry| {
        Ok(hex::encode(entry.public_key().map_err(refused)?.raw()))
    };
    consensus.map(key).collect()
}

/// The members' decisions in the backup.
fn recoveries_of(tar: &[u8]) -> Result<Vec<Recovery>, BackupError> {
    let refused = |fault: String| BackupError::Refused(format!("the backup: {fault}"));
    let mut archive = tar::Archive::new(tar);
    let mut recoveries = Vec::new();
    for entry in archive.entries().map_err(at(Path::new("tar")))? {
        let mut entry = entry.map_err(at(Path::new("tar")))?;
        let path = entry.path().map_err(at(Path::new("tar")))?.into_owned();
        if !path.starts_with(Path::new(DATA).join(recovery::FOLDER)) || !recovery::is_taken(&path) {
            continue;
        }
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).map_err(at(&path))?;
        let read = Recovery::decode(&bytes);
        recoveries.push(read.map_err(|error| refused(format!("{}: {error}", path.display())))?);
    }
    Ok(recoveries)
}

/// A file of a tar.
fn file_of(tar: &[u8], name: &Path) -> Result<Vec<u8>, BackupError> {
    let fault = at(name);
    let mut archive = tar::Archive::new(tar);
    let mut entries = match archive.entries() {
        Ok(entries) => entries,
        Err(error) => return Err(fault(error)),
    };
    let found = entries.find_map(|entry| {
        let mut entry = entry.ok()?;
        if entry.path().ok()?.as_ref() != name {
            return None;
        }
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).ok()?;
        Some(bytes)
    });
    found.ok_or_else(|| BackupError::Refused(format!("the backup holds no {}", name.display())))
}

/// Checks every block and writes it into the engine's files; gives the end of the backup, as proved.
///
/// # Errors
/// The first block that does not fit, with its height.
pub fn history(
    backup: &Backup,
    key: &Key,
    config: &NodeConfig,
    tell: &mut (dyn FnMut(u64) + Send),
) -> Result<End, BackupError> {
    let refused = |error: &dyn std::fmt::Display| BackupError::Refused(error.to_string());
    let end = backup.last()?.end;
    let genesis = GenesisDocument::read(&config.genesis).map_err(|error| refused(&error))?;
    let (origin, core) = schedule::ground(config)?;
    if origin.genesis != backup.about.genesis {
        return Err(BackupError::Refused(
            "the genesis document in the backup is not the one that its records name".into(),
        ));
    }
    crate::retention::check_blocks_per_file(&config.data, config.retention.blocks_per_file)
        .map_err(BackupError::Refused)?;
    let settings = supervise::RuntimeConfig {
        directory: config.data.join("engine"),
        threads: 1,
    };
    let trust = genesis.trust().map_err(|error| refused(&error))?;
    let recoveries = recovery::taken(&config.data).map_err(BackupError::Refused)?;
    let written = supervise::run(settings, |context| async move {
        let mut files = HistoryFiles::open(&context, config.retention.blocks_per_file(), &core)
            .await
            .map_err(BackupError::Refused)?;
        let mut check = Check::new(&trust, &core, recoveries);
        for segment in backup.history(key) {
            for entry in segment? {
                check.push(&entry).map_err(BackupError::Refused)?;
                // What is there already stays: an entry is written once.
                files = files.put(&entry).await.map_err(BackupError::Refused)?;
            }
            files = files.sync().await.map_err(BackupError::Refused)?;
            tell(check.height);
        }
        check.finish(&end)
    });
    written.map_err(|error| refused(&error))??;
    let unfinished = config.data.join(UNFINISHED);
    fs::remove_file(&unfinished).map_err(at(&unfinished))?;
    Ok(end)
}

/// Checks every block of a backup, and writes nothing. The founding document is the backup's own, whose digest its records and every block name.
///
/// # Errors
/// The first block that does not fit, with its height.
pub fn prove(backup: &Backup, key: &Key, tell: &mut dyn FnMut(u64)) -> Result<End, BackupError> {
    let refused = |error: &dyn std::fmt::Display| BackupError::Refused(error.to_string());
    let tar = archive(backup, key)?;
    let genesis = GenesisDocument::parse(&file_of(&tar, Path::new("genesis.json"))?);
    let genesis = genesis.map_err(|error| refused(&error))?;
    if genesis.digest() != backup.about.genesis {
        return Err(BackupError::Refused(
            "the genesis document in the backup is not the one that its records name".into(),
        ));
    }
    let (_, core) = schedule::ground_of(&genesis, &backup.about.member)?;
    let trust = genesis.trust().map_err(|error| refused(&error))?;
    let end = backup.last()?.end;
    let mut check = Check::new(&trust, &core, recoveries_of(&tar)?);
    for segment in backup.history(key) {
        for entry in segment? {
            check.push(&entry).map_err(BackupError::Refused)?;
        }
        tell(check.height);
    }
    check.finish(&end).map(|()| end)
}

/// Ends a restore without the blocks of the backup: the node takes a recent state from its peers when it starts.
///
/// # Errors
/// A file cannot be written.
pub fn from_peers(config: &NodeConfig, toml: &Path) -> Result<(), BackupError> {
    let mut config = config.clone();
    config.resources.state_sync = true;
    durable::write(toml, config.to_toml().as_bytes()).map_err(at(toml))?;
    let unfinished = config.data.join(UNFINISHED);
    fs::remove_file(&unfinished).map_err(at(&unfinished))
}

/// Checks block after block.
pub(crate) struct Check<'a> {
    reader: crate::engine::BlockReader,
    registry: Arc<convoy_ledger::Registry>,
    replay: Replay<'a>,
    /// The members' decisions by which the chain goes on where validators were lost.
    recoveries: Vec<Recovery>,
    height: u64,
    digest: [u8; 32],
}

impl<'a> Check<'a> {
    pub(crate) fn new(
        trust: &'a convoy_types::receipt::Trust,
        core: &Arc<dyn crate::engine::Core>,
        recoveries: Vec<Recovery>,
    ) -> Self {
        Self {
            reader: crate::engine::BlockReader::new(core),
            registry: Arc::new(convoy_modules::registry()),
            replay: Replay::new(trust),
            recoveries,
            height: 0,
            digest: [0; 32],
        }
    }

    /// Takes the next block; gives its height.
    ///
    /// # Errors
    /// The check that fails, with the height.
    pub(crate) fn push(&mut self, entry: &StoredEntry) -> Result<u64, String> {
        let block = self.reader.read(&entry.block)?;
        let height = block.header.core.height;
        let named = |reason: String| format!("block {height}: {reason}");
        let record = BlockRecord::decode(&entry.outcomes, &self.registry).map_err(named)?;
        check_outcomes(&record, &block.header.rest.outcomes_root).map_err(named)?;
        let certificate = match &entry.finalization {
            Some(bytes) => Some(certificate::of_finalization(bytes).map_err(named)?),
            None => None,
        };
        let of = |accepted: bool| {
            let outcomes = record.outcomes.iter();
            let chosen = outcomes.filter(move |outcome| outcome.reject.is_none() == accepted);
            chosen.map(|outcome| outcome.statement)
        };
        let ids: Vec<StatementId> = of(true).chain(of(false)).collect();
        let in_block = block.statements.iter().map(|statement| statement.id);
        if !in_block.eq(record.outcomes.iter().map(|outcome| outcome.statement.0.0)) {
            return Err(named("its outcomes are of other statements".into()));
        }
        let logged = LoggedBlock {
            header: block.header,
            certificate,
            ids,
        };
        self.replay
            .push(&logged)
            .map_err(|error| error.to_string())?;
        if let Some(next) = &block.next {
            self.replay
                .succeed(next)
                .map_err(|error| error.to_string())?;
        }
        let mut decided = self.recoveries.iter();
        if let Some(recovery) = decided.find(|known| known.document.header == block.header) {
            self.replay
                .refound(recovery)
                .map_err(|error| error.to_string())?;
        }
        (self.height, self.digest) = (height, block.digest);
        Ok(height)
    }

    /// That all blocks up to `end` came and are proved.
    fn finish(self, end: &End) -> Result<(), BackupError> {
        let proved = self.replay.finish().map(|proof| proof.height);
        if proved == Some(end.height) && self.digest == end.digest.0 {
            return Ok(());
        }
        Err(BackupError::Refused(format!(
            "the blocks in the backup end at {}, proved up to {}; its last run says {} with another digest or height",
            self.height,
            proved.unwrap_or(0),
            end.height
        )))
    }
}

/// That the stored outcomes and events are those that the header commits to.
fn check_outcomes(record: &BlockRecord, root: &convoy_types::Digest) -> Result<(), String> {
    let events_of = |statement: Option<u32>| {
        record
            .events
            .iter()
            .filter(move |event| event.statement == statement)
    };
    let timers = events_digest(events_of(None));
    for (index, outcome) in (0u32..).zip(&record.outcomes) {
        if outcome.reject.is_none() && outcome.events != events_digest(events_of(Some(index))) {
            return Err(format!(
                "the events of its statement {index} are not those that were final"
            ));
        }
    }
    match outcomes_root(&record.outcomes, &timers) == *root {
        true => Ok(()),
        false => Err("its outcomes are not those that its header commits to".into()),
    }
}

/// Executes the restored history without a network, comparing every root; returns when block `end` is in state, log and read model.
///
/// # Errors
/// As [`crate::run`]'s; a root that differs stops it.
pub fn execute(
    mut config: NodeConfig,
    end: End,
    mut tell: Box<dyn FnMut(u64) + Send>,
) -> Result<(), NodeError> {
    let nowhere = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    config.p2p.listen = nowhere;
    for peer in &mut config.p2p.peers {
        // The discard port: whoever listens there is no peer.
        peer.address.set_port(9);
        peer.address.set_ip(nowhere.ip());
    }
    config.backup = None;
    config.resources.state_sync = false;
    let serve = move |node: NodeHandle| -> futures::future::BoxFuture<'static, Result<(), String>> {
        Box::pin(async move {
            let mut projected = node.projected();
            while *projected.borrow_and_update() < end.height {
                tell(*projected.borrow());
                if let Some(words) = node.halted() {
                    return Err(words);
                }
                tokio::select! {
                    changed = projected.changed() => {
                        changed.map_err(|_| "the read model stopped".to_owned())?;
                    }
                    () = tokio::time::sleep(Duration::from_secs(2)) => {}
                }
            }
            let state = node.block(end.height).await.map(|block| block.digest);
            match state == Some(end.digest.0) {
                true => Ok(()),
                false => Err(format!("block {} came out with another digest", end.height)),
            }
        })
    };
    crate::run(config, Box::new(serve))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_names_keys_for_good_and_one_that_cannot_be_read_is_no_permission() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Marker::read(folder.path()).unwrap(), None);
        let text =
            r#"{"version":1,"restored_ms":1800000000000,"height":7,"retired_keys":["0a0B"]}"#;
        fs::write(folder.path().join(MARKER), text).unwrap();
        let marker = Marker::read(folder.path()).unwrap().unwrap();
        assert!(marker.retires(&[10, 11]) && !marker.retires(&[10, 12]));
        for broken in [
            "",
            "{}",
            &text.replace("\"version\":1", "\"version\":2"),
            &text.replace("}", ",\"vote\":true}"),
        ] {
            fs::write(folder.path().join(MARKER), broken).unwrap();
            assert!(Marker::read(folder.path()).is_err(), "{broken}");
        }
    }

    #[test]
    fn only_a_key_made_after_the_restore_may_vote() {
        let folder = tempfile::tempdir().unwrap();
        let mut keystore = Keystore::create(folder.path(), "correct horse").unwrap();
        let mut make = |name: &str| {
            let key = keystore.generate(name, Purpose::Consensus, None, Algorithm::Ed25519);
            hex::encode(key.unwrap().raw())
        };
        let marker = Marker {
            version: VERSION,
            restored_ms: 0,
            height: 1,
            retired_keys: vec![make("consensus"), make("consensus-2")],
        };
        assert_eq!(fresh_key(&keystore, Some(&marker)).unwrap(), None);
        keystore
            .generate("consensus-3", Purpose::Consensus, None, Algorithm::Ed25519)
            .unwrap();
        let fresh = fresh_key(&keystore, Some(&marker)).unwrap();
        assert_eq!(fresh.as_deref(), Some("consensus-3"));
        assert_eq!(fresh_key(&keystore, None).unwrap(), None);
    }
}
