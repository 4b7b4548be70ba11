//! Taking a backup: from any source of blocks, and by the node itself at the times that its configuration says.

use super::{Backup, BackupError, Origin, Recipient, Record, Writer};
use crate::{
    NodeConfig, NodeHandle,
    config::BackupConfig,
    core::{LedgerCore, Preparer},
    engine::{BlockReader, Core, StoredEntry},
    genesis::GenesisDocument,
    life::clock_ms,
    mempool::{Bounds, Mempool},
    protocol,
    tracker::Tracker,
};
use convoy_types::MemberId;
use serde::Serialize;
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Blocks asked of the engine before the writer is told.
const BLOCKS_AT_ONCE: u64 = 256;
/// How soon a backup that failed is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(15 * 60);

/// Gives the blocks from a height on, as many as it likes; none past the last one.
pub type Source<'a> = &'a mut dyn FnMut(u64) -> Result<Vec<StoredEntry>, BackupError>;

/// How the node's own backups are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BackupStatus {
    /// The last block in the backup.
    pub height: Option<u64>,
    /// When the last run ended, milliseconds since 1970.
    pub made_ms: Option<u64>,
    /// Why the last try failed.
    pub fault: Option<String>,
}

/// Where the state of the node's own backups is told.
pub type SharedStatus = Arc<Mutex<BackupStatus>>;

/// What a genesis document says of a node's backups, and how its blocks are read.
///
/// # Errors
/// The document is refused.
pub fn origin(config: &NodeConfig) -> Result<(Origin, BlockReader), BackupError> {
    let (origin, core) = ground(config)?;
    Ok((origin, BlockReader::new(&core)))
}

/// The same, with what executes the blocks.
pub(crate) fn ground(config: &NodeConfig) -> Result<(Origin, Arc<dyn Core>), BackupError> {
    let genesis = GenesisDocument::read(&config.genesis)
        .map_err(|error| BackupError::Refused(error.to_string()))?;
    ground_of(&genesis, &config.member)
}

/// The same of a document.
pub(crate) fn ground_of(
    genesis: &GenesisDocument,
    member: &MemberId,
) -> Result<(Origin, Arc<dyn Core>), BackupError> {
    let refused = |error: &dyn std::fmt::Display| BackupError::Refused(error.to_string());
    let (ledger, founded) = genesis
        .found(Arc::new(convoy_modules::registry()))
        .map_err(|error| refused(&error))?;
    let ledger = protocol::rehearsed(ledger);
    let tracker = Arc::new(Tracker::default());
    let mempool = Arc::new(Mempool::new(Bounds::default(), tracker));
    let core = LedgerCore::new(Arc::new(Preparer::new(ledger)), mempool, founded.engine);
    let core: Arc<dyn Core> = Arc::new(core);
    let origin = Origin {
        network: founded.network,
        genesis: founded.digest,
        member: member.clone(),
    };
    Ok((origin, core))
}

/// Adds what is new to the backup in `folder`, which exists.
///
/// # Errors
/// As [`Writer`]'s.
pub fn take(
    folder: &Path,
    config: &NodeConfig,
    source: Source<'_>,
    tell: &mut dyn FnMut(u64),
) -> Result<Record, BackupError> {
    let (origin, reader) = origin(config)?;
    let mut writer = Writer::open(folder, &origin, reader)?;
    loop {
        let entries = source(writer.next())?;
        if entries.is_empty() {
            return writer.finish(config);
        }
        for entry in &entries {
            writer.push(entry)?;
        }
        tell(writer.next() - 1);
    }
}

/// Makes the node's own backups until it ends.
pub(crate) async fn run(node: NodeHandle, settings: BackupConfig, status: SharedStatus) {
    let every = Duration::from_secs(u64::from(settings.every_hours) * 3_600);
    loop {
        let due = match Backup::open(&settings.to)
            .ok()
            .as_ref()
            .and_then(|backup| backup.records.last())
        {
            None => Duration::ZERO,
            Some(last) => {
                tell(&status, |status| {
                    status.height = Some(last.end.height);
                    status.made_ms = Some(last.made_ms);
                });
                every.saturating_sub(Duration::from_millis(
                    clock_ms().saturating_sub(last.made_ms),
                ))
            }
        };
        tokio::time::sleep(due).await;
        let (worker, runtime) = (node.clone(), tokio::runtime::Handle::current());
        let folder = settings.clone();
        let taken = tokio::task::spawn_blocking(move || once(&worker, &folder, &runtime)).await;
        let fault = match taken {
            Ok(Ok(record)) => {
                tracing::info!(height = record.end.height, run = record.number, "backed up");
                None
            }
            Ok(Err(error)) => Some(error.to_string()),
            Err(error) => Some(format!("its thread ended: {error}")),
        };
        if let Some(fault) = &fault {
            tracing::error!(%fault, "the backup failed; it is tried again in 15 minutes");
        }
        let failed = fault.is_some();
        tell(&status, |status| status.fault = fault);
        if failed {
            tokio::time::sleep(AGAIN_AFTER).await;
        }
    }
}

fn tell(status: &SharedStatus, change: impl FnOnce(&mut BackupStatus)) {
    change(&mut status.lock().unwrap_or_else(PoisonError::into_inner));
}

fn once(
    node: &NodeHandle,
    settings: &BackupConfig,
    runtime: &tokio::runtime::Handle,
) -> Result<Record, BackupError> {
    let config = node.config();
    if let (Err(BackupError::Refused(_)), Some(recipient)) =
        (Backup::open(&settings.to), &settings.recipient)
    {
        let (origin, _) = origin(config)?;
        Writer::create(
            &settings.to,
            &origin,
            Some(Recipient::parse(recipient)?),
            None,
        )?;
    }
    let tip = node.height();
    let mut source = |from: u64| {
        let mut entries = Vec::new();
        for height in (from..=tip).take(BLOCKS_AT_ONCE as usize) {
            let entry = runtime.block_on(node.stored(height));
            entries
                .push(entry.ok_or_else(|| BackupError::Source(node.absent(height).to_string()))?);
        }
        Ok(entries)
    };
    take(&settings.to, config, &mut source, &mut |_| {})
}
