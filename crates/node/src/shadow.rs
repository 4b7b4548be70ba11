//! A network's history executed once more by this build, beside the node that runs: whether it makes the same blocks of it.
//!
//! Flow: a thread fetches stored blocks from the node; [`Shadow`] executes one after the other in a folder of its own and compares every commitment
//! of their headers; after each page the state is made durable and [`FILE_NAME`] says how far it is. The same build goes on from there, another one
//! begins anew: what it has not executed itself says nothing about it.
//!
//! Invariants: the node's own files are not touched; a report is of blocks that this very program executed, from the first one on.

use crate::{
    NodeConfig,
    backup::{BackupError, at, schedule},
    durable,
    engine::{
        StoredEntry,
        block::Header,
        contract::Tip,
        shadow::{Ground, Shadow, Stop},
        supervise,
    },
    genesis::GenesisDocument,
    recovery,
};
use convoy_types::{
    Digest,
    header::{HeaderCore, Validator},
};
use serde::{Deserialize, Serialize};
use std::{fs, io, path::Path};
use tokio::sync::mpsc;

/// The folder of a replay in a node's data folder, where no other is named. Backups leave it out.
pub const FOLDER: &str = "shadow";
/// Where a replay was kept, in its folder.
pub const FILE_NAME: &str = "shadow.json";
const VERSION: u32 = 1;
/// Pages fetched ahead.
const PAGES_AHEAD: usize = 2;

/// Gives stored blocks from a height on, ascending; none past the last one.
pub type Source<'a> = &'a mut (dyn FnMut(u64) -> Result<Vec<StoredEntry>, BackupError> + Send);

/// How far a replay came, and what it found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The first block executed in this run; those before it were executed in earlier ones of this build.
    pub first: u64,
    /// The last block that came out as its header says.
    pub height: u64,
    /// That block's digest, which commits to every root.
    pub digest: Digest,
    /// The root of the state behind it.
    pub state_root: Digest,
    /// Which build executed it.
    pub build: String,
    /// How the next block came out differently, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differs: Option<String>,
}

/// Where a replay was kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u32,
    build: String,
    genesis: Digest,
    /// The header of the last block executed, hexadecimal.
    header: String,
    /// The right edge of the statement log behind it.
    frontier: Vec<Digest>,
}

/// This build: its version and the first 8 bytes of the program's SHA-256, because versions do not tell two builds apart.
///
/// # Errors
/// The program's file cannot be read.
pub fn build() -> io::Result<String> {
    let program = fs::read(std::env::current_exe()?)?;
    let digest = Digest::of(&program);
    Ok(format!(
        "{} {}",
        env!("CARGO_PKG_VERSION"),
        hex::encode(&digest.0[..8])
    ))
}

/// Executes the blocks that `source` gives in `folder`, up to block `until` or the last there is.
///
/// # Errors
/// The node does not give its blocks, or the folder cannot be read or written. That a block comes out differently is no error: the report says it.
pub fn replay(
    config: &NodeConfig,
    folder: &Path,
    until: Option<u64>,
    source: Source<'_>,
    tell: &mut (dyn FnMut(u64) + Send),
) -> Result<Report, BackupError> {
    let refused = |error: &dyn std::fmt::Display| BackupError::Refused(error.to_string());
    let (origin, core) = schedule::ground(config)?;
    let genesis = GenesisDocument::read(&config.genesis).map_err(|error| refused(&error))?;
    let validators = genesis.validators().into_iter();
    let decisions = recovery::taken(&config.data).map_err(BackupError::Refused)?;
    let ground = Ground {
        core,
        network: HeaderCore::network_digest(&origin.network).0,
        validators: validators
            .map(|(member, key)| Validator { member, key })
            .collect(),
        decisions: decisions.into_iter().map(|taken| taken.document).collect(),
    };
    let build = build().map_err(|error| refused(&format!("this program's own file: {error}")))?;
    let from = Kept::read(folder, &build, &origin.genesis)?;
    let first = from.as_ref().map_or(1, |tip| tip.header.core.height + 1);
    if let Some(until) = until.filter(|until| *until + 1 < first) {
        return Err(BackupError::Refused(format!(
            "this build has executed up to block {} here, which is beyond {until}; replay into another folder, or remove {}",
            first - 1,
            folder.display()
        )));
    }
    let kept = Kept {
        version: VERSION,
        build: build.clone(),
        genesis: origin.genesis,
        header: String::new(),
        frontier: Vec::new(),
    };
    let settings = supervise::RuntimeConfig {
        directory: folder.join("engine"),
        threads: 1,
    };
    let (pages, fetched) = mpsc::channel(PAGES_AHEAD);
    std::thread::scope(|scope| {
        scope.spawn(move || fetch(first, until, source, &pages));
        let done = supervise::run(settings, |context| async move {
            let shadow = Shadow::open(context, &ground, from).await;
            let shadow = shadow.map_err(BackupError::Refused)?;
            execute(shadow, (until, fetched), (folder, kept), tell).await
        });
        // What was kept is no more than a saving of time.
        done.map_err(|error| {
            BackupError::Refused(format!(
                "the replayed state in {} cannot be used: {error}. Remove that folder and begin anew",
                folder.display()
            ))
        })?
    })
    .map(|(tip, differs)| Report {
        first,
        height: tip.header.core.height,
        digest: tip.header.digest(),
        state_root: tip.header.rest.state.root,
        build,
        differs,
    })
}

type Page = Result<Vec<StoredEntry>, BackupError>;

/// Hands over pages until there are no more, or nobody wants them.
fn fetch(first: u64, until: Option<u64>, source: Source<'_>, pages: &mpsc::Sender<Page>) {
    let mut next = first;
    while until.is_none_or(|until| next <= until) {
        let page = source(next);
        let count = page.as_ref().map_or(0, Vec::len) as u64;
        if pages.blocking_send(page).is_err() || count == 0 {
            return;
        }
        next += count;
    }
}

async fn execute<E: crate::engine::Runtime>(
    mut shadow: Shadow<E>,
    (until, mut pages): (Option<u64>, mpsc::Receiver<Page>),
    (folder, mut kept): (&Path, Kept),
    tell: &mut (dyn FnMut(u64) + Send),
) -> Result<(Tip, Option<String>), BackupError> {
    let mut differs = None;
    while differs.is_none()
        && let Some(page) = pages.recv().await
    {
        for entry in page? {
            if until == Some(shadow.tip().header.core.height) {
                break;
            }
            match shadow.push(&entry).await {
                Ok(()) => {}
                Err(Stop::Differs(how)) => {
                    differs = Some(how);
                    break;
                }
                Err(Stop::Refounded(height)) => {
                    return Err(BackupError::Refused(format!(
                        "with block {height} the members put other validators in the place of lost ones, and their decision is not in this node's folder `{}`; everything up to block {} came out equal. Replay beside a node that has it",
                        recovery::FOLDER,
                        height - 1
                    )));
                }
            }
        }
        if !shadow.keep().await {
            return Err(BackupError::Refused("the replay was stopped".into()));
        }
        kept.write(folder, shadow.tip())?;
        tell(shadow.tip().header.core.height);
    }
    Ok((shadow.tip().clone(), differs))
}

impl Kept {
    /// Where the replay of this build was kept; otherwise the folder is made empty.
    fn read(folder: &Path, build: &str, genesis: &Digest) -> Result<Option<Tip>, BackupError> {
        let path = folder.join(FILE_NAME);
        let kept = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice::<Self>(&bytes).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(at(&path)(error)),
        };
        let kept = kept.filter(|kept| {
            kept.version == VERSION && kept.build == build && kept.genesis == *genesis
        });
        if let Some(tip) = kept.and_then(|kept| kept.tip()) {
            return Ok(Some(tip));
        }
        let engine = folder.join("engine");
        for (path, removed) in [
            (&path, fs::remove_file(&path)),
            (&engine, fs::remove_dir_all(&engine)),
        ] {
            match removed {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(at(path)(error));
                }
                _ => {}
            }
        }
        fs::create_dir_all(folder).map_err(at(folder))?;
        Ok(None)
    }

    fn tip(&self) -> Option<Tip> {
        let bytes = hex::decode(&self.header).ok()?;
        Some(Tip {
            header: Header::decode(&bytes).ok()?,
            frontier: self.frontier.iter().map(|peak| peak.0).collect(),
        })
    }

    fn write(&mut self, folder: &Path, tip: &Tip) -> Result<(), BackupError> {
        self.header = hex::encode(tip.header.encode());
        self.frontier = tip.frontier.iter().copied().map(Digest).collect();
        let path = folder.join(FILE_NAME);
        let bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        durable::write(&path, &bytes).map_err(at(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_types::header::HeaderRest;

    #[test]
    fn the_same_build_of_the_same_network_goes_on_and_any_other_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (folder, network) = (folder.path(), Digest::of(b"network"));
        let core = HeaderCore {
            network,
            epoch: 0,
            height: 7,
            time_ms: 1_800_000_000_000,
            first_leaf: 1,
            accepted: 1,
            log_size: 3,
            log_root: Digest::of(b"log"),
        };
        let rest = HeaderRest::default();
        let tip = Tip {
            header: Header { core, rest },
            frontier: vec![[1; 32], [2; 32]],
        };
        let keep = || {
            let mut kept = Kept {
                version: VERSION,
                build: "one".into(),
                genesis: network,
                header: String::new(),
                frontier: Vec::new(),
            };
            kept.write(folder, &tip).unwrap();
            fs::create_dir_all(folder.join("engine/blobs")).unwrap();
        };
        keep();
        let read = Kept::read(folder, "one", &network).unwrap();
        assert_eq!(read.as_ref(), Some(&tip));
        for (build, genesis) in [("two", network), ("one", Digest::of(b"other"))] {
            keep();
            assert_eq!(Kept::read(folder, build, &genesis).unwrap(), None);
            assert!(!folder.join("engine").exists() && !folder.join(FILE_NAME).exists());
        }
        keep();
        fs::write(folder.join(FILE_NAME), b"{").unwrap();
        assert_eq!(Kept::read(folder, "one", &network).unwrap(), None);
    }
}
