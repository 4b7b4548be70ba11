//! What other modules, the node and the interface may read of membership.

use super::types::{Barred, Key, Member, ONLY, Roster, RosterLine, Signer, key_key};
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

/// The signer with this DID.
pub fn signer(reader: &mut Reader<'_>, did: &Did) -> Result<Option<Arc<Signer>>, Halt> {
    reader.read(did.as_str().as_bytes())
}

/// A signer's key.
pub fn key(reader: &mut Reader<'_>, did: &Did, key_id: KeyId) -> Result<Option<Arc<Key>>, Halt> {
    reader.read(&key_key(did, &key_id.0))
}
