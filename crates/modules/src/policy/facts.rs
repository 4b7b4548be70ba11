//! What other modules, the node and the interface may read of policy.

use super::types::{
    Head, Label, Labels, ONLY, PolicyId, Request, RequestId, StoredPolicy, Sum, Tally,
};
use convoy_ledger::{Halt, Reader};
use std::sync::Arc;

/// The policies in force, in short; `None` where the defaults of the protocol version count.
pub fn head(reader: &mut Reader<'_>) -> Result<Option<Arc<Head>>, Halt> {
    reader.read(ONLY)
}

/// A policy, retired ones included.
pub fn policy(reader: &mut Reader<'_>, id: &PolicyId) -> Result<Option<Arc<StoredPolicy>>, Halt> {
    reader.read(id.as_str().as_bytes())
}

/// The label of the record called `name` (`module/table/key`).
pub fn label(reader: &mut Reader<'_>, name: &str) -> Result<Option<Arc<Label>>, Halt> {
    reader.read(name.as_bytes())
}

/// How many records have a label.
pub fn labels(reader: &mut Reader<'_>) -> Result<u64, Halt> {
    Ok(reader
        .read::<Labels>(ONLY)?
        .map_or(0, |labels| labels.records))
}

/// A request for approval.
pub fn request(reader: &mut Reader<'_>, id: RequestId) -> Result<Option<Arc<Request>>, Halt> {
    reader.read(&id.0)
}

/// How often a signer did something on one day.
pub(super) fn tally(reader: &mut Reader<'_>, key: &[u8]) -> Result<Option<Arc<Tally>>, Halt> {
    reader.read(key)
}

/// How much of an item a signer did something with on the last day that it did.
pub(super) fn sum(reader: &mut Reader<'_>, key: &[u8]) -> Result<Option<Arc<Sum>>, Halt> {
    reader.read(key)
}
