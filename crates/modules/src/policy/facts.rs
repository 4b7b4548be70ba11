//! What other modules, the node and the interface may read of policy.

use super::types::{Head, ONLY, PolicyId, StoredPolicy};
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
