//! The members' decision that puts validators in the place of lost ones (decision 0013), as a node takes it and keeps it.
//!
//! ```text
//! convoy network recover apply ──> recoveries/wanted.cbor ──> proofs of who may sign, from this node's state ──> engine ──> peers
//!                              <── recoveries/answer.json <── taken, or why not                                  └──> recoveries/epoch-N.cbor
//! ```
//!
//! The wish is a file in the node's own folder, because whoever may write there is its operator. Decisions that were taken, from here or from
//! peers, lie beside it for ever, apart from the engine's files: so backups have them, and a restored node follows them.
//!
//! Invariants: a wish is answered once; while the state is not open yet it waits; a file that cannot be read stops a start, because
//! without it the blocks behind it cannot be checked.

use crate::{
    durable,
    engine::{EngineError, EngineHandle},
};
use convoy_types::{
    Digest,
    limits::RECOVERY_BYTES_MAX,
    receipt::{
        Recovery,
        recovery::{MemberSignature, ProvedCell},
    },
};
use convoy_verify::recovery::{self as needed, Needed};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// The folder in a node's data folder.
pub const FOLDER: &str = "recoveries";
const WANTED: &str = "wanted.cbor";
const ANSWER: &str = "answer.json";
/// How often a wish is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What became of a wish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The digest of the decision.
    pub decision: Digest,
    /// Why the node does not take it; it was taken where this is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// Leaves word in the data folder of a node that it should go on by the members' decision.
///
/// # Errors
/// The folder cannot be written.
pub fn ask(data: &Path, recovery: &Recovery) -> std::io::Result<()> {
    let folder = data.join(FOLDER);
    fs::create_dir_all(&folder)?;
    match fs::remove_file(folder.join(ANSWER)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    durable::write(&folder.join(WANTED), &recovery.encode())
}

/// What became of the wish, once the node has looked at it.
pub fn answer(data: &Path) -> Option<Answer> {
    let bytes = fs::read(data.join(FOLDER).join(ANSWER)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The decisions in a node's data folder that were taken, in the order of their epochs.
///
/// # Errors
/// One cannot be read.
pub fn taken(data: &Path) -> Result<Vec<Recovery>, String> {
    let folder = data.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{}: {error}", folder.display())),
    };
    let mut recoveries = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| format!("{}: {error}", folder.display()))?
            .path();
        if is_taken(&path) {
            recoveries.push(read(&path)?);
        }
    }
    recoveries.sort_by_key(|recovery| recovery.document.header.core.epoch);
    Ok(recoveries)
}

/// Whether a file of this name holds a decision that was taken.
pub(crate) fn is_taken(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("epoch-") && name.ends_with(".cbor"))
}

/// Reads a recovery.
///
/// # Errors
/// The file cannot be read or holds something else.
pub fn read(path: &Path) -> Result<Recovery, String> {
    let named = |fault: &dyn std::fmt::Display| format!("{}: {fault}", path.display());
    let length = fs::metadata(path).map_err(|error| named(&error))?.len();
    if length > RECOVERY_BYTES_MAX as u64 {
        return Err(named(&format!(
            "{length} bytes; a recovery has {RECOVERY_BYTES_MAX} at most"
        )));
    }
    let bytes = fs::read(path).map_err(|error| named(&error))?;
    Recovery::decode(&bytes).map_err(|error| named(&error))
}

/// Answers wishes and keeps what is taken, until the engine stops.
pub async fn run(engine: EngineHandle, data: PathBuf) {
    let folder = data.join(FOLDER);
    let mut epochs = engine.epochs();
    let mut kept = 0;
    loop {
        let newest = *epochs.borrow_and_update();
        for epoch in kept + 1..=newest {
            match keep(&engine, &folder, epoch) {
                Ok(()) => kept = epoch,
                Err(error) => {
                    tracing::error!(epoch, %error, "the members' decision cannot be written beside the node's files; a backup lacks it");
                    break;
                }
            }
        }
        if let Err(error) = look(&engine, &folder).await {
            tracing::error!(%error, "what was asked by `convoy network recover apply` cannot be answered");
        }
        tokio::select! {
            ended = engine.ended() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "no decisions to take any more");
                }
                return;
            }
            changed = epochs.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Keeps the decision by which `epoch` began, where one is.
fn keep(engine: &EngineHandle, folder: &Path, epoch: u64) -> std::io::Result<()> {
    let path = folder.join(format!("epoch-{epoch}.cbor"));
    match engine.recovery(epoch) {
        Some(recovery) if !path.exists() => {
            fs::create_dir_all(folder)?;
            durable::write(&path, &recovery.encode())
        }
        _ => Ok(()),
    }
}

/// Answers a wish, if there is one.
async fn look(engine: &EngineHandle, folder: &Path) -> std::io::Result<()> {
    let wanted = folder.join(WANTED);
    if !wanted.exists() {
        return Ok(());
    }
    let (decision, done) = match read(&wanted) {
        Ok(recovery) => (recovery.document.digest(), attempt(engine, recovery).await),
        Err(fault) => (Digest::ZERO, Err(Fault::Refused(fault))),
    };
    let refused = match done {
        Ok(()) => {
            tracing::warn!(%decision, "the members put validators in the place of lost ones; this node goes on by their decision");
            None
        }
        Err(Fault::Later(reason)) => {
            tracing::info!(%decision, "the members' decision waits: {reason}");
            return Ok(());
        }
        Err(Fault::Refused(reason)) => {
            tracing::error!(%decision, "the members' decision is refused: {reason}");
            Some(reason)
        }
    };
    let answer = Answer { decision, refused };
    let bytes = serde_json::to_vec_pretty(&answer)?;
    durable::write(&folder.join(ANSWER), &bytes)?;
    fs::remove_file(wanted)
}

/// Why a decision is not taken.
#[derive(Debug)]
enum Fault {
    /// Not yet.
    Later(String),
    /// Never, as it is.
    Refused(String),
}

impl From<EngineError> for Fault {
    fn from(error: EngineError) -> Self {
        Self::Later(error.to_string())
    }
}

/// Shows from this node's state who may sign, and has the engine take the decision.
async fn attempt(engine: &EngineHandle, mut recovery: Recovery) -> Result<(), Fault> {
    let header = recovery.document.header;
    let tip = engine
        .tip()
        .ok_or_else(|| Fault::Later("the node is still starting".into()))?;
    if tip == header {
        let cells = proved(engine, &recovery).await?;
        recovery.add_cells(cells);
    } else if tip.core.height < header.core.height && recovery.cells.is_empty() {
        return Err(Fault::Refused(format!(
            "this node's last block is {}, and the decision goes on from block {}: apply it on the node that it was proposed from; this one takes it from there",
            tip.core.height, header.core.height
        )));
    }
    engine.recover(recovery).await.map_err(Fault::Refused)
}

/// The cells that show who the members are and that the signatures are theirs.
async fn proved(engine: &EngineHandle, recovery: &Recovery) -> Result<Vec<ProvedCell>, Fault> {
    let mut prover = Prover {
        engine,
        recovery,
        known: recovery.cells.iter().map(|cell| cell.key).collect(),
        cells: Vec::new(),
    };
    let roster = prover.record(needed::roster()).await?;
    let roster = roster.ok_or_else(|| Fault::Refused("the ledger has no members".into()))?;
    for member in needed::members(&roster).map_err(Fault::Refused)? {
        prover.record(needed::member(&member)).await?;
    }
    for signature in &recovery.signatures {
        for record in needed::signer(signature) {
            if prover.record(record).await?.is_none() {
                return Err(unknown(signature));
            }
        }
    }
    Ok(prover.cells)
}

fn unknown(signature: &MemberSignature) -> Fault {
    let MemberSignature {
        member,
        signer,
        key_id,
        ..
    } = signature;
    Fault::Refused(format!(
        "the signature of {member}: at the last block the ledger knows no signer {signer} with key {key_id}; sign with a key of one of its administrators"
    ))
}

struct Prover<'a> {
    engine: &'a EngineHandle,
    recovery: &'a Recovery,
    known: BTreeSet<Digest>,
    cells: Vec<ProvedCell>,
}

impl Prover<'_> {
    /// The bytes of a record, whose cells are proved; `None` where it is not there.
    async fn record(&mut self, needed: Needed) -> Result<Option<Vec<u8>>, Fault> {
        let Some(first) = self.cell(needed.key).await? else {
            return Ok(None);
        };
        let count = match needed.beginning {
            true => 1,
            false => needed::cell_count(&first),
        };
        let mut cells = vec![first];
        for index in 1..count {
            let cell = self.cell(needed.cell(index)).await?;
            cells.push(cell.ok_or_else(|| Fault::Refused("a record lacks a cell".into()))?);
        }
        let bytes = convoy_ledger::state::from_cells(&cells);
        Ok(Some(bytes.map(|bytes| bytes.to_vec()).unwrap_or_default()))
    }

    async fn cell(&mut self, key: Digest) -> Result<Option<convoy_ledger::state::Cell>, Fault> {
        let header = &self.recovery.document.header;
        let proof = self.engine.prove_at(header, key.0).await?;
        let Some(value) = proof.value else {
            return Ok(None);
        };
        if self.known.insert(key) {
            self.cells.push(ProvedCell {
                key,
                value,
                proof: proof.proof.to_vec(),
            });
        }
        Ok(Some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_ledger::{Record as _, StateKey};
    use convoy_modules::membership::types::{Key, Member, ONLY, Roster, Signer, key_key};
    use convoy_types::{Compartment, cose::KeyId};

    /// The verifier shares no code with the ledger, so that it can be read by itself.
    #[test]
    fn the_verifier_looks_where_the_ledger_keeps_it() {
        let common = Compartment::common();
        let signature = MemberSignature {
            member: "est".parse().unwrap(),
            signer: "did:convoy:admin".parse().unwrap(),
            key_id: KeyId([7; 8]),
            signature: Vec::new(),
        };
        let of = |table, key: &[u8]| StateKey::of(&common, table, key);
        let [signer, key] = needed::signer(&signature);
        let did = &signature.signer;
        let pairs = [
            (needed::roster(), of(Roster::TABLE, ONLY)),
            (needed::member(&signature.member), of(Member::TABLE, b"est")),
            (signer, of(Signer::TABLE, did.as_str().as_bytes())),
            (key, of(Key::TABLE, &key_key(did, &signature.key_id.0))),
        ];
        for (looked, kept) in pairs {
            for index in [0, 1, 300] {
                assert_eq!(looked.cell(index), kept.cell(index).0);
            }
        }
        for length in [0usize, 1, 156, 157, 316, 317, 65_536] {
            let mut cell = [0; convoy_ledger::state::CELL_BYTES];
            cell[..4].copy_from_slice(&(length as u32).to_le_bytes());
            assert_eq!(
                needed::cell_count(&cell),
                convoy_ledger::state::cell_count(length)
            );
        }
    }

    #[test]
    fn decisions_that_were_taken_are_found_by_their_names() {
        for (name, holds) in [
            ("epoch-3.cbor", true),
            ("wanted.cbor", false),
            ("epoch-3.new", false),
        ] {
            assert_eq!(is_taken(Path::new(name)), holds);
        }
        assert_eq!(taken(Path::new("nowhere")), Ok(Vec::new()));
    }
}
