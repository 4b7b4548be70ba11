//! What of the past a node keeps, and what its disk holds.
//!
//! | kept | how long |
//! | --- | --- |
//! | current state, lane counters, what happened, read model, audit log, keys | always |
//! | headers that a receipt needs | receipts carry their own; none has to be kept here |
//! | blocks, certificates, outcomes | as `[retention]` says, and the last `recent_blocks` in any case |
//! | superseded operations of the state | `recent_blocks`, for peers that synchronise |
//! | hashes of the statement log | those that proofs of kept statements need, and the right edge |
//!
//! Flow: every few seconds the folder is measured; where a limit is passed, [`KeepFrom`] is raised, the engine prunes to it, and the log's files give
//! back what no proof of a kept statement needs. Blocks are pruned by whole files.
//!
//! Invariants: what was kept is never raised back; a statement is given with its whole proof or not at all; whoever asks for one that is no longer
//! here is told from which height the node has history and who has the rest.

use crate::{
    config::RetentionConfig,
    engine::{EngineHandle, KeepFrom},
    log_store::LogStore,
    proofs::ProofError,
    sink::Sink,
};
use serde::Serialize;
use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How often the folder is measured where history is limited.
const MEASURE_EVERY: Duration = Duration::from_secs(2);
/// How often it is measured where it is not.
const MEASURE_SELDOM: Duration = Duration::from_secs(60);
/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;
/// History is pruned above this share of its limit …
const PRUNE_ABOVE_PERCENT: u64 = 75;
/// … down to this one, so that what comes in until the next round has room.
const PRUNE_TO_PERCENT: u64 = 50;

/// What bytes on disk are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Final blocks.
    Blocks,
    /// Their certificates.
    Certificates,
    /// What became of their statements.
    Outcomes,
    /// Hashes of the statement log.
    Log,
    /// Current state with its proofs.
    State,
    /// Records of what happened.
    Happened,
    /// Lane counters.
    Lanes,
    /// The read model.
    ReadModel,
    /// The audit log.
    Audit,
    /// Votes and blocks under way.
    Consensus,
    /// Keys, tokens, sessions and the like.
    Other,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Blocks,
        Self::Certificates,
        Self::Outcomes,
        Self::Log,
        Self::State,
        Self::Happened,
        Self::Lanes,
        Self::ReadModel,
        Self::Audit,
        Self::Consensus,
        Self::Other,
    ];

    /// The word for it in metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Blocks => "blocks",
            Self::Certificates => "certificates",
            Self::Outcomes => "outcomes",
            Self::Log => "log",
            Self::State => "state",
            Self::Happened => "happened",
            Self::Lanes => "lanes",
            Self::ReadModel => "read_model",
            Self::Audit => "audit",
            Self::Consensus => "consensus",
            Self::Other => "other",
        }
    }

    /// Whether `[retention]` limits it.
    pub const fn is_history(self) -> bool {
        matches!(
            self,
            Self::Blocks | Self::Certificates | Self::Outcomes | Self::Log
        )
    }

    fn of(path: &Path) -> Self {
        let mut parts = path
            .components()
            .map(|part| part.as_os_str().to_string_lossy());
        let (top, below) = (parts.next(), parts.next());
        match (top.as_deref(), below.as_deref()) {
            (Some("log"), _) => Self::Log,
            (Some("readmodel"), _) => Self::ReadModel,
            (Some("audit"), _) => Self::Audit,
            (Some("engine"), Some(partition)) => {
                let names = [
                    ("-blocks-", Self::Blocks),
                    ("-finalizations-", Self::Certificates),
                    ("-outcomes-", Self::Outcomes),
                    ("-state-", Self::State),
                    // Blocks of before the node joined.
                    ("-history-key", Self::Blocks),
                    ("-history-value", Self::Blocks),
                    ("-history-metadata", Self::Blocks),
                    ("-history-", Self::Happened),
                    ("-counters-", Self::Lanes),
                ];
                let marshal = partition.contains("-marshal-");
                let found = names
                    .iter()
                    .find(|(name, _)| !marshal && partition.contains(name));
                found.map_or(Self::Consensus, |(_, kind)| *kind)
            }
            _ => Self::Other,
        }
    }
}

/// What a node's disk holds, and from where on it has history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Storage {
    /// Bytes by kind, as the disk counts them.
    pub bytes: Vec<(Kind, u64)>,
    /// The first block that is here.
    pub history_from: u64,
}

impl Storage {
    /// Bytes of what `[retention]` limits.
    pub fn history_bytes(&self) -> u64 {
        let limited = self.bytes.iter().filter(|(kind, _)| kind.is_history());
        limited.map(|(_, bytes)| bytes).sum()
    }
}

/// Measures a node's data folder.
///
/// # Errors
/// The folder cannot be read.
pub fn measure(data: &Path) -> io::Result<Vec<(Kind, u64)>> {
    let mut bytes = Kind::ALL.map(|kind| (kind, 0));
    add(data, Path::new(""), &mut bytes)?;
    Ok(bytes.to_vec())
}

fn add(folder: &Path, within: &Path, bytes: &mut [(Kind, u64)]) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // Files come and go while the node runs.
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        let within = within.join(entry.file_name());
        if metadata.is_dir() {
            match add(&entry.path(), &within, bytes) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        } else {
            let kind = Kind::of(&within);
            if let Some((_, sum)) = bytes.iter_mut().find(|(one, _)| *one == kind) {
                *sum += metadata.blocks() * 512;
            }
        }
    }
    Ok(())
}

/// From where on a node has history, and who has the rest.
#[derive(Debug, Default)]
pub struct HistoryHere {
    from: AtomicU64,
    archives: Vec<String>,
}

impl HistoryHere {
    /// All history, until something is pruned.
    pub fn new(archives: Vec<String>) -> Self {
        Self {
            from: AtomicU64::new(1),
            archives,
        }
    }

    /// The first block that is here.
    pub fn from(&self) -> u64 {
        self.from.load(Ordering::Relaxed)
    }

    /// Why a block is not here.
    pub fn absent(&self, height: u64) -> ProofError {
        let from = self.from();
        if height >= from {
            return ProofError::NotHeld(format!("block {height} is not here yet"));
        }
        let rest = match &self.archives[..] {
            [] => "any archive node of the network has it, and its receipts stay valid".to_owned(),
            urls => format!("these archive nodes have it: {}", urls.join(", ")),
        };
        ProofError::NotHeld(format!(
            "block {height} was pruned; this node keeps history from block {from} on, {rest}"
        ))
    }
}

/// Keeps a node's history within its limits.
pub(crate) struct Keeper {
    /// The node's data folder.
    pub data: PathBuf,
    /// The limits.
    pub config: RetentionConfig,
    /// What the engine must keep.
    pub keep_from: KeepFrom,
    /// Where blocks are.
    pub engine: EngineHandle,
    /// The statement log.
    pub log: Arc<LogStore>,
    /// Where the first height here is told.
    pub here: Arc<HistoryHere>,
    /// Where the last measure is told.
    pub storage: Arc<Mutex<Storage>>,
    /// Who hands blocks on: it knows whether the read model has every one.
    pub sink: Arc<Sink>,
}

impl Keeper {
    /// Measures and prunes until the engine ends.
    pub(crate) async fn run(self) {
        let limited = self.config.is_limited();
        loop {
            self.round(limited && self.has_read_everything()).await;
            tokio::time::sleep(if limited {
                MEASURE_EVERY
            } else {
                MEASURE_SELDOM
            })
            .await;
        }
    }

    /// Whether nothing of before this node joined has still to be fetched or read in: all of it is needed for that, and what is pruned
    /// once cannot be put back.
    fn has_read_everything(&self) -> bool {
        self.sink.live.load(Ordering::SeqCst) && self.log.hole().is_none()
    }

    async fn round(&self, limited: bool) {
        let Some(tip) = self.engine.tip() else { return };
        let tip_height = tip.core.height;
        let first = match limited {
            true => self.first_here(self.here.from(), tip_height).await,
            false => 1,
        };
        self.here.from.store(first, Ordering::Relaxed);
        let data = self.data.clone();
        let measured = tokio::task::spawn_blocking(move || measure(&data)).await;
        match measured {
            Ok(Ok(bytes)) => {
                *self.storage.lock().unwrap_or_else(PoisonError::into_inner) = Storage {
                    bytes,
                    history_from: first,
                };
            }
            Ok(Err(error)) => tracing::warn!(%error, "the data folder cannot be measured"),
            Err(error) => tracing::warn!(%error, "the data folder cannot be measured"),
        }
        if !limited {
            return;
        }
        let wanted = self
            .by_age(first, tip_height, tip.core.time_ms)
            .await
            .max(self.by_size(first, tip_height))
            .min(tip_height.saturating_sub(self.config.recent_blocks));
        if wanted > self.keep_from.get() {
            self.keep_from.set(wanted);
        }
        let keep = self.keep_from.get();
        if keep > first && self.engine.prune(keep).await.is_err() {
            return;
        }
        // Files are pruned whole, so blocks below `keep` may still be here: the log keeps what the first one needs.
        if first > 1
            && let Err(error) = self.log.forget_before(first)
        {
            tracing::warn!(%error, "the statement log could not give back what it no longer needs");
        }
    }

    /// The first height that is here, known to be `from` or later.
    async fn first_here(&self, from: u64, tip: u64) -> u64 {
        if tip == 0 || self.engine.block(from).await.is_some() {
            return from;
        }
        let (mut absent, mut here) = (from, tip);
        while here - absent > 1 {
            let middle = absent + (here - absent) / 2;
            match self.engine.block(middle).await {
                Some(_) => here = middle,
                None => absent = middle,
            }
        }
        here
    }

    /// The first height that is young enough.
    async fn by_age(&self, first: u64, tip: u64, tip_ms: u64) -> u64 {
        let Some(days) = self.config.days else {
            return 0;
        };
        let oldest_ms = tip_ms.saturating_sub(u64::from(days) * DAY_MS);
        let (mut low, mut high) = (first, tip);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.engine.block(middle).await {
                Some(block) if block.header.core.time_ms >= oldest_ms => high = middle,
                _ => low = middle + 1,
            }
        }
        low
    }

    /// The first height from which history is small enough, taking blocks as equally large.
    fn by_size(&self, first: u64, tip: u64) -> u64 {
        let storage = self.storage.lock().unwrap_or_else(PoisonError::into_inner);
        match self.config.bytes {
            Some(limit) => first_within(limit, storage.history_bytes(), first, tip),
            None => 0,
        }
    }
}

/// The first height to keep so that `bytes` of history from `first` to `tip` come under `limit`.
fn first_within(limit: u64, bytes: u64, first: u64, tip: u64) -> u64 {
    let (limit, bytes) = (u128::from(limit), u128::from(bytes));
    if bytes * 100 <= limit * u128::from(PRUNE_ABOVE_PERCENT) || bytes == 0 {
        return 0;
    }
    let aim = limit * u128::from(PRUNE_TO_PERCENT) / 100;
    let blocks = u128::from(tip.saturating_sub(first) + 1);
    let kept = (blocks * aim / bytes).min(blocks);
    first + u64::try_from(blocks - kept).unwrap_or(0)
}

/// The file that says how many blocks are in one file of the engine.
const BLOCKS_PER_FILE: &str = "blocks-per-file";

/// That blocks lie in files as before: otherwise they would not be found.
///
/// # Errors
/// The configuration says another number, or the file that keeps it cannot be read or written.
pub(crate) fn check_blocks_per_file(data: &Path, configured: u64) -> Result<(), String> {
    let path = data.join(BLOCKS_PER_FILE);
    let fault = |error: io::Error| format!("{}: {error}", path.display());
    match fs::read_to_string(&path) {
        Ok(text) if text.trim() == configured.to_string() => Ok(()),
        Ok(text) => Err(format!(
            "retention.blocks_per_file is {configured}, and the blocks in {} lie {} to a file; set it back: it can be chosen before the first start only",
            data.display(),
            text.trim()
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // A folder from before this file was written has the default.
            let default = RetentionConfig::default().blocks_per_file;
            if configured != default && data.join("engine").exists() {
                return Err(format!(
                    "retention.blocks_per_file is {configured}, and the blocks in {} lie {default} to a file; leave it out",
                    data.display()
                ));
            }
            fs::write(&path, format!("{configured}\n")).map_err(fault)
        }
        Err(error) => Err(fault(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_is_cut_so_that_its_limit_holds_until_the_next_round() {
        assert_eq!(first_within(1_000, 700, 1, 100), 0, "there is room");
        assert_eq!(first_within(1_000, 1_000, 1, 100), 51, "half of the blocks");
        assert_eq!(
            first_within(1_000, 2_000, 101, 200),
            176,
            "a quarter of the blocks"
        );
        assert_eq!(first_within(1, u64::MAX, 1, 10), 11, "none");
        assert_eq!(first_within(0, 0, 1, 1), 0, "nothing to cut");
    }

    #[test]
    fn every_file_of_a_node_is_counted_under_one_kind() {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            ("engine/convoy-blocks-value/0", Kind::Blocks),
            ("engine/convoy-finalizations-key/0", Kind::Certificates),
            ("engine/convoy-outcomes-value/0", Kind::Outcomes),
            ("engine/convoy-state-ops/0", Kind::State),
            ("engine/convoy-history-nodes/0", Kind::Happened),
            ("engine/convoy-counters-ops/0", Kind::Lanes),
            ("engine/convoy-consensus-0/0", Kind::Consensus),
            (
                "engine/convoy-marshal-cache-0-blocks-value/0",
                Kind::Consensus,
            ),
            ("log/level-00", Kind::Log),
            ("readmodel/000001.db", Kind::ReadModel),
            ("audit/000001.jsonl", Kind::Audit),
            ("keystore.json", Kind::Other),
        ];
        for (path, kind) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, vec![1; 5_000]).unwrap();
            let counted = measure(folder.path()).unwrap();
            let (_, bytes) = counted.iter().find(|(one, _)| *one == kind).unwrap();
            assert!(*bytes >= 5_000, "{} is not under {kind:?}", path.display());
        }
    }

    #[test]
    fn whoever_asks_for_a_pruned_block_is_told_who_has_it() {
        let here = HistoryHere::new(vec!["https://archive.est.example".into()]);
        here.from.store(4_097, Ordering::Relaxed);
        let said = here.absent(12).to_string();
        for words in [
            "block 12 was pruned",
            "from block 4097",
            "https://archive.est.example",
        ] {
            assert!(said.contains(words), "{said}");
        }
        assert!(here.absent(5_000).to_string().contains("not here yet"));
    }

    #[test]
    fn blocks_per_file_cannot_change_once_there_are_files() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check_blocks_per_file(folder.path(), 16).is_ok());
        assert!(check_blocks_per_file(folder.path(), 16).is_ok());
        let said = check_blocks_per_file(folder.path(), 1_024).unwrap_err();
        assert!(said.contains("set it back"), "{said}");
        let old = tempfile::tempdir().unwrap();
        fs::create_dir(old.path().join("engine")).unwrap();
        assert!(check_blocks_per_file(old.path(), 16).is_err());
        assert!(check_blocks_per_file(old.path(), 1_024).is_ok());
    }
}
