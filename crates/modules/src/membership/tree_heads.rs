//! Whose keys may sign tree heads: one list of members, their nodes' identifiers and key thumbprints, and its digest, which every header
//! carries.
//!
//! The list changes with `enrol_member` and `set_node_keys`. A member is on it as long as it has keys and said under which identifier its
//! node signs. Old heads stay what they were: this is about who signs from now on.

use super::{facts, reject::TOO_MANY_NODES, transition::Effect, types::*, validators::NODES_MAX};
use convoy_ledger::{Halt, Reader};
use convoy_types::{Did, Digest, MemberId, cbor, cose::PublicKey};

impl TreeHeadSigners {
    /// The digest that headers carry: SHA-256 of the list in deterministic CBOR.
    pub fn digest(&self) -> Digest {
        Digest::of(&cbor::to_vec(&self.signers))
    }
}

/// The list once `member` signs as `node` with `keys`; nothing where that changes nothing.
pub(super) fn changed(
    reader: &mut Reader<'_>,
    member: &MemberId,
    node: Option<&Did>,
    keys: &[PublicKey],
) -> Result<Option<Effect>, Halt> {
    let before = facts::tree_head_signers(reader)?;
    let mut signers = before.clone();
    signers.retain(|signer| signer.member != *member);
    if let Some(node) = node.filter(|_| !keys.is_empty()) {
        if signers.len() >= NODES_MAX {
            let reason = format!("{} members sign tree heads", signers.len());
            return Err(TOO_MANY_NODES.because(reason).into());
        }
        let place = signers.partition_point(|signer| signer.member < *member);
        let signer = TreeHeadSigner {
            member: member.clone(),
            node: node.clone(),
            keys: keys.iter().map(PublicKey::thumbprint).collect(),
        };
        signers.insert(place, signer);
    }
    let version = Default::default();
    Ok((signers != before).then_some(Effect::TreeHeads(TreeHeadSigners { version, signers })))
}
