//! What other modules, the node and the interface may read of membership.

use super::types::{
    Barred, Key, Member, NodeLine, Nodes, ONLY, Post, Reinstatement, Role, Roles, Roster,
    RosterLine, Signer, Status, Stewards, TreeHeadSigner, TreeHeadSigners, Unit, key_key, post_key,
    unit_key,
};
use convoy_ledger::{Halt, Reader};
use convoy_types::{Did, MemberId, cose::KeyId};
use std::sync::Arc;

/// The member called `member`.
pub fn member(reader: &mut Reader<'_>, member: &MemberId) -> Result<Option<Arc<Member>>, Halt> {
    reader.read(member.as_str().as_bytes())
}

/// Whether `member` exists and is neither suspended nor retired.
pub fn is_active(reader: &mut Reader<'_>, member: &MemberId) -> Result<bool, Halt> {
    Ok(self::member(reader, member)?.is_some() && !is_barred(reader, member)?)
}

/// Whether `member` is suspended or retired.
pub fn is_barred(reader: &mut Reader<'_>, member: &MemberId) -> Result<bool, Halt> {
    let barred = reader.read::<Barred>(ONLY)?;
    Ok(barred.is_some_and(|barred| barred.members.binary_search(member).is_ok()))
}

/// Every member with its validator's key, sorted by short name.
pub fn roster(reader: &mut Reader<'_>) -> Result<Vec<RosterLine>, Halt> {
    let roster = reader.read::<Roster>(ONLY)?;
    Ok(roster.map_or_else(Vec::new, |roster| roster.members.clone()))
}

/// Who signs tree heads, by member.
pub fn tree_head_signers(reader: &mut Reader<'_>) -> Result<Vec<TreeHeadSigner>, Halt> {
    let list = reader.read::<TreeHeadSigners>(ONLY)?;
    Ok(list.map_or_else(Vec::new, |list| list.signers.clone()))
}

/// The nodes that members announced, by key.
pub fn nodes(reader: &mut Reader<'_>) -> Result<Vec<NodeLine>, Halt> {
    let nodes = reader.read::<Nodes>(ONLY)?;
    Ok(nodes.map_or_else(Vec::new, |nodes| nodes.nodes.clone()))
}

/// The signer with this DID.
pub fn signer(reader: &mut Reader<'_>, did: &Did) -> Result<Option<Arc<Signer>>, Halt> {
    reader.read(did.as_str().as_bytes())
}

/// A signer's key.
pub fn key(reader: &mut Reader<'_>, did: &Did, key_id: KeyId) -> Result<Option<Arc<Key>>, Halt> {
    reader.read(&key_key(did, &key_id.0))
}

/// A member's unit.
pub fn unit(
    reader: &mut Reader<'_>,
    member: &MemberId,
    unit: &MemberId,
) -> Result<Option<Arc<Unit>>, Halt> {
    reader.read(&unit_key(member, unit))
}

/// A member's post.
pub fn post(
    reader: &mut Reader<'_>,
    member: &MemberId,
    post: &MemberId,
) -> Result<Option<Arc<Post>>, Halt> {
    reader.read(&post_key(member, post))
}

/// When `member` last came back after it had lost everything, block time in milliseconds.
pub fn reinstated_ms(reader: &mut Reader<'_>, member: &MemberId) -> Result<Option<u64>, Halt> {
    let plan = reader.read::<Reinstatement>(member.as_str().as_bytes())?;
    Ok(plan.and_then(|plan| plan.reinstated_ms))
}

/// What the signer `did` may do now: its own roles and those of the posts it holds at the block's time. Of a member that was reinstated only
/// the listed stewards administer and clear, whatever posts or keys of before somebody has.
pub fn roles_now(reader: &mut Reader<'_>, did: &Did, signer: &Signer) -> Result<Roles, Halt> {
    let roles = roles_held(reader, signer)?;
    if !roles.looks_after()
        || reinstated_ms(reader, &signer.member)?.is_none()
        || stewards(reader, &signer.member)?.contains(did)
    {
        return Ok(roles);
    }
    Ok(roles
        .without(Role::MemberAdministrator)
        .without(Role::SecurityOfficer))
}

fn roles_held(reader: &mut Reader<'_>, signer: &Signer) -> Result<Roles, Halt> {
    let now_ms = reader.block().time_ms;
    let mut roles = signer.roles;
    let mut waits = false;
    for held in signer
        .profile
        .posts
        .iter()
        .filter(|held| held.is_held(now_ms))
    {
        match post(reader, &signer.member, &held.post) {
            Ok(Some(post)) if post.status == Status::Active => roles = roles.and(post.roles),
            Ok(_) => {}
            Err(Halt::NeedKeys) => waits = true,
            Err(halt) => return Err(halt),
        }
    }
    if waits {
        Err(Halt::NeedKeys)
    } else {
        Ok(roles)
    }
}

/// Who can change policies for `member`, or give the role to do so, as far as they are listed.
pub fn stewards(reader: &mut Reader<'_>, member: &MemberId) -> Result<Vec<Did>, Halt> {
    let stewards = reader.read::<Stewards>(member.as_str().as_bytes())?;
    Ok(stewards.map_or_else(Vec::new, |stewards| stewards.signers.clone()))
}

/// Whose hand holds a key: 0 the node's, 1 the signer's in software, 2 the signer's in hardware; 0 for a key that is not there.
pub fn assurance(reader: &mut Reader<'_>, did: &Did, key_id: KeyId) -> Result<u8, Halt> {
    Ok(key(reader, did, key_id)?.map_or(0, |key| key.assurance()))
}
