//! The keys that sign for a DID now: what DID documents and credentials are made of, answered by the read model.
//!
//! Invariants: the rules are those of `authority.rs`, by which a statement is let in: a key that is revoked, not yet or no longer valid, or of before a
//! recovery is left out, and so are all keys of who or whose member may not act.

use super::{
    queries,
    types::{Key, Member, Signer, Status},
};
use convoy_readmodel::{
    Position, Result, Snapshot,
    value::{damaged, decoded},
};
use convoy_types::{Did, MemberId, cose::PublicKey, credential};

/// Who signs, as it is now.
#[derive(Clone, Debug)]
pub struct SignsNow {
    /// The signer; none for a member.
    pub signer: Option<Signer>,
    /// The member it acts for, or is.
    pub member: MemberId,
    /// Whether it will never sign again.
    pub retired: bool,
    /// The keys with which it may sign now, and whether the member's node holds them; oldest first.
    pub keys: Vec<(PublicKey, bool)>,
    /// Height of the block that changed it last, keys aside.
    pub changed_height: u64,
}

/// The keys of a signer, and of its member where the DID is that of the member's node.
pub fn signer_now(snapshot: &Snapshot<'_>, did: &Did, now_ms: u64) -> Result<Option<SignsNow>> {
    if !snapshot.shows(&queries::signer_name(did.as_str()))? {
        return Ok(None);
    }
    let sql = "SELECT now, position FROM membership_signer WHERE compartment = ?1 AND did = ?2";
    let values = [snapshot.compartment().into(), did.as_str().into()];
    let found: Option<(Signer, u64)> = snapshot.first(sql, &values, |row| {
        let height = Position::from_raw(row.integer(1)?).height();
        Ok((decoded(row.bytes(0)?)?, height))
    })?;
    let Some((signer, changed_height)) = found else {
        return Ok(None);
    };
    let member = member_record(snapshot, &signer.member)?;
    let member_acts = member.is_some_and(|(member, _)| member.status == Status::Active);
    let acts = signer.status == Status::Active && member_acts;
    let sql = "SELECT now FROM membership_key WHERE compartment = ?1 AND did = ?2 ORDER BY position, key_id";
    let keys: Vec<Key> = match acts {
        true => snapshot.rows(sql, &values, |row| decoded(row.bytes(0)?))?,
        false => Vec::new(),
    };
    let valid = |key: &&Key| {
        key.epoch == signer.profile.epoch
            && key.revoked_ms.is_none_or(|revoked_ms| now_ms < revoked_ms)
            && key.valid_from_ms <= now_ms
            && key.valid_until_ms.is_none_or(|until_ms| now_ms < until_ms)
    };
    let read = |key: &Key| match PublicKey::from_cose_key(&key.cose_key) {
        Ok(public) => Ok((public, key.held_by_node)),
        Err(error) => Err(damaged(error.to_string())),
    };
    Ok(Some(SignsNow {
        keys: keys.iter().filter(valid).map(read).collect::<Result<_>>()?,
        member: signer.member.clone(),
        retired: signer.status == Status::Retired,
        signer: Some(signer),
        changed_height,
    }))
}

/// The keys of a member: those its node signs tree heads and credentials with.
pub fn member_now(snapshot: &Snapshot<'_>, member: &MemberId) -> Result<Option<SignsNow>> {
    let found = member_record(snapshot, member)?;
    Ok(found.map(|(record, changed_height)| SignsNow {
        signer: None,
        member: member.clone(),
        retired: record.status == Status::Retired,
        keys: match record.status {
            Status::Active => record
                .tree_head_keys
                .iter()
                .map(|key| (key.clone(), true))
                .collect(),
            _ => Vec::new(),
        },
        changed_height,
    }))
}

/// What a member can say of one of its own now, where it may sign at all.
pub fn position_now(
    snapshot: &Snapshot<'_>,
    did: &Did,
    now_ms: u64,
) -> Result<Option<(SignsNow, credential::Position)>> {
    let Some(now) = signer_now(snapshot, did, now_ms)? else {
        return Ok(None);
    };
    let Some(signer) = &now.signer else {
        return Ok(None);
    };
    let profile = &signer.profile;
    let held = profile.posts.iter().filter(|held| held.is_held(now_ms));
    let mut posts = Vec::new();
    for held in held {
        if queries::post_is_active(snapshot, &signer.member, &held.post)? {
            posts.push(held.post.to_string());
        }
    }
    let roles = queries::roles_at(snapshot, signer, now_ms)?;
    let position = credential::Position {
        kind: signer.kind.to_string(),
        unit: signer.unit.as_ref().map(ToString::to_string),
        posts,
        roles: roles.iter().map(|role| role.to_string()).collect(),
        clearance: profile.clearance.to_string(),
        caveats: profile.caveats.clone(),
    };
    Ok(Some((now, position)))
}

fn member_record(snapshot: &Snapshot<'_>, member: &MemberId) -> Result<Option<(Member, u64)>> {
    let sql = "SELECT now, position FROM membership_member WHERE compartment = ?1 AND member = ?2";
    let values = [snapshot.compartment().into(), member.as_str().into()];
    snapshot.first(sql, &values, |row| {
        let height = Position::from_raw(row.integer(1)?).height();
        Ok((decoded(row.bytes(0)?)?, height))
    })
}
