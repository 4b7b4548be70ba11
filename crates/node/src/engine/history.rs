//! Final blocks from before this node joined, fetched from peers: their own archive, and the form they are stored and sent in.
//!
//! A node that took over a state at height H has no block at or below H: consensus delivers what comes after. What is fetched later by
//! [`backfill`](crate::backfill) is kept here, and [`EngineHandle`](super::EngineHandle) answers from here where marshal has nothing.
//!
//! ```text
//! body = [1, finalization / null, outcomes, block]     deterministic CBOR, byte strings
//! ```
//!
//! Invariants: nothing is kept that was not checked against the digest which a later header names; what is kept is on disk before
//! [`keep`] returns; a height is written once.

use super::{
    block::{Block, BlockRules},
    commit::OutcomeArchive,
    contract::Hash,
    frame::Frame,
    handle::{EngineError, StoredBlock},
    kept::StoredEntry,
    peers::Oracle,
    runtime::Runtime,
};
use bytes::Bytes;
use commonware_codec::{Copying, Decode as _, RangeCfg};
use commonware_cryptography::sha256;
use commonware_runtime::Handle;
use commonware_storage::archive::{Archive as _, Identifier, prunable};
use commonware_utils::channel::{mpsc, oneshot};
use convoy_types::cbor;
use serde_bytes::ByteBuf;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

const FORMAT_VERSION: u8 = 1;
/// Questions that may wait.
const QUEUE: usize = 64;

/// What is stored and sent of a final block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
struct Encoded {
    version: u8,
    finalization: Option<ByteBuf>,
    outcomes: ByteBuf,
    block: ByteBuf,
}

/// A final block with what its execution decided and, where it has one of its own, its certificate.
#[derive(Clone, Debug)]
pub struct Body {
    /// The block.
    pub block: StoredBlock,
    /// Outcomes and events, as the core encoded them.
    pub outcomes: Bytes,
    /// The encoded simplex finalization.
    pub finalization: Option<Bytes>,
}

/// A block's stored and sent form.
pub(super) fn encode(block: Bytes, outcomes: &[u8], finalization: Option<&[u8]>) -> Bytes {
    cbor::to_vec(&Encoded {
        version: FORMAT_VERSION,
        finalization: finalization.map(|bytes| ByteBuf::from(bytes.to_vec())),
        outcomes: ByteBuf::from(outcomes.to_vec()),
        block: ByteBuf::from(Vec::from(block)),
    })
    .into()
}

/// Reads a body whose block must have this digest: statements, place in consensus and log edge are then those that were agreed on. Outcomes
/// and finalization are as they came.
///
/// # Errors
/// What is wrong, in plain words.
pub(super) fn decode(bytes: &[u8], digest: &Hash, rules: &BlockRules) -> Result<Body, String> {
    let body = reread(bytes, rules)?;
    if body.block.digest != *digest {
        return Err(format!(
            "block {} has another digest than the header above it names",
            body.block.header.core.height
        ));
    }
    Ok(body)
}

/// Reads a body from this node's own archive.
pub(super) fn reread(bytes: &[u8], rules: &BlockRules) -> Result<Body, String> {
    let body: Encoded = cbor::from_slice(bytes).map_err(|error| format!("not a body: {error}"))?;
    if body.version != FORMAT_VERSION {
        return Err(format!("a body of the unknown version {}", body.version));
    }
    let block = Block::decode_cfg(Copying(&body.block[..]), rules)
        .map_err(|error| format!("not a block: {error}"))?;
    Ok(Body {
        block: StoredBlock::from(&block),
        outcomes: body.outcomes.into_vec().into(),
        finalization: body.finalization.map(|bytes| bytes.into_vec().into()),
    })
}

/// The parts of a body as they are stored, not looked into.
///
/// # Errors
/// It is no body.
pub(super) fn parts(bytes: &[u8]) -> Result<StoredEntry, String> {
    let body: Encoded = cbor::from_slice(bytes).map_err(|error| format!("not a body: {error}"))?;
    Ok(StoredEntry {
        block: body.block.into_vec().into(),
        finalization: body.finalization.map(|bytes| bytes.into_vec().into()),
        outcomes: body.outcomes.into_vec().into(),
    })
}

/// The same body with these outcomes.
///
/// # Errors
/// It is no body.
pub(super) fn with_outcomes(bytes: &[u8], outcomes: &[u8]) -> Result<Bytes, String> {
    let mut body: Encoded =
        cbor::from_slice(bytes).map_err(|error| format!("not a body: {error}"))?;
    body.outcomes = ByteBuf::from(outcomes.to_vec());
    Ok(cbor::to_vec(&body).into())
}

/// A question to the archive.
pub(super) enum Query {
    /// The body at a height.
    Get(u64, oneshot::Sender<Option<Bytes>>),
    /// Keep these.
    Put(Vec<(u64, Hash, Bytes)>, oneshot::Sender<()>),
    /// The lowest height from which everything up to, but not including, this one is kept.
    Lowest(u64, oneshot::Sender<u64>),
    /// Give back whole files of what is below this height.
    Prune(u64, oneshot::Sender<()>),
}

/// Opens the archive and starts who answers for it.
pub(super) async fn start<E, O>(frame: &Frame<E, O>) -> (mpsc::Sender<Query>, Handle<()>)
where
    E: Runtime,
    O: Oracle,
{
    let config = frame.archive("history", RangeCfg::from(..));
    let archive = prunable::Archive::init(frame.context.child("history"), config).await;
    let archive = archive.unwrap_or_else(|error| broken("opened", &error));
    let (queries, receiver) = mpsc::channel(QUEUE);
    let context = frame.context.child("history_archive");
    (
        queries,
        context.spawn(move |_| answer::<E>(archive, receiver)),
    )
}

async fn answer<E: Runtime>(mut archive: OutcomeArchive<E>, mut queries: mpsc::Receiver<Query>) {
    while let Some(query) = queries.recv().await {
        match query {
            Query::Get(height, answer) => {
                let found = archive.get(Identifier::Index(height)).await;
                let _ = answer.send(found.unwrap_or_else(|error| broken("read", &error)));
            }
            Query::Put(bodies, answer) => {
                for (height, digest, bytes) in bodies {
                    archive = archive
                        .put(height, sha256::Digest(digest), &bytes)
                        .await
                        .unwrap_or_else(|error| broken("written", &error));
                }
                archive = archive
                    .sync()
                    .await
                    .unwrap_or_else(|error| broken("written", &error));
                let _ = answer.send(());
            }
            Query::Lowest(height, answer) => {
                let below = height.saturating_sub(1);
                let range = archive
                    .ranges()
                    .find(|(first, last)| *first <= below && below <= *last);
                let _ = answer.send(range.map_or(height, |(first, _)| first));
            }
            Query::Prune(height, answer) => {
                archive = archive
                    .prune(height)
                    .await
                    .unwrap_or_else(|error| broken("pruned", &error));
                let _ = answer.send(());
            }
        }
    }
}

/// Keeps bodies that were checked; returns when they are on disk.
pub(super) async fn keep(
    queries: &mpsc::Sender<Query>,
    bodies: Vec<(u64, Hash, Bytes)>,
) -> Result<(), EngineError> {
    ask(queries, |answer| Query::Put(bodies, answer)).await
}

/// The body at `height`.
pub(super) async fn get(queries: &mpsc::Sender<Query>, height: u64) -> Option<Bytes> {
    ask(queries, |answer| Query::Get(height, answer))
        .await
        .ok()
        .flatten()
}

/// The lowest height from which everything below `height` is kept; `height` itself where nothing is.
pub(super) async fn lowest(queries: &mpsc::Sender<Query>, height: u64) -> Result<u64, EngineError> {
    ask(queries, |answer| Query::Lowest(height, answer)).await
}

/// Gives back whole files of what is below `height`.
pub(super) async fn prune(queries: &mpsc::Sender<Query>, height: u64) -> Result<(), EngineError> {
    ask(queries, |answer| Query::Prune(height, answer)).await
}

async fn ask<T>(
    queries: &mpsc::Sender<Query>,
    query: impl FnOnce(oneshot::Sender<T>) -> Query,
) -> Result<T, EngineError> {
    let stopped = || EngineError::Unavailable("the engine is stopping".into());
    let (answer, answered) = oneshot::channel();
    queries.send(query(answer)).await.map_err(|_| stopped())?;
    answered.await.map_err(|_| stopped())
}

fn broken(doing: &str, error: &dyn std::fmt::Display) -> ! {
    panic!(
        "the archive of earlier blocks cannot be {doing}: {error}. Check the disk; a restart recovers what was durable"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_these_bytes() {
        let body = |finalization| encode(Bytes::from_static(b"b"), b"o", finalization);
        // RFC 8949: an array of four; 1; a byte string or null; two byte strings.
        assert_eq!(hex::encode(body(Some(b"f"))), "84014166416f4162");
        assert_eq!(hex::encode(body(None)), "8401f6416f4162");
        let other = with_outcomes(&body(None), b"oo").unwrap();
        assert_eq!(hex::encode(other), "8401f6426f6f4162");
        assert!(with_outcomes(b"\x80", b"o").is_err());
    }
}
