//! Posts, who holds them and when, and clearances: what policies ask of a person beside roles of their own.
//!
//! Invariants: a post's roles go with the kind of member and holder as roles of one's own do; who holds it does so between two block
//! times; nobody clears oneself.

use super::{
    facts,
    reject::*,
    signers::{check_role, known_signer_of_own, signer_changed},
    transition::{Checked, Effect, administers, check_unit, known_member},
    types::*,
};
use convoy_ledger::{Halt, Reader, Reject};
use convoy_types::{Did, MemberId};
use std::sync::Arc;

pub(super) fn enrol_post(reader: &mut Reader<'_>, new: &NewPost) -> Checked {
    administers(reader, &new.member)?;
    let member = known_member(reader, &new.member)?;
    if let Some(unit) = &new.unit {
        check_unit(reader, &new.member, unit)?;
    }
    if facts::post(reader, &new.member, &new.post)?.is_some() {
        let reason = format!("{} has a post {}", new.member, new.post);
        return Err(POST_EXISTS.because(reason).into());
    }
    for role in new.roles.iter() {
        check_role(member.kind, SignerKind::Person, role)?;
    }
    let now = Post {
        version: Default::default(),
        name: new.name.clone(),
        unit: new.unit.clone(),
        roles: new.roles,
        status: Status::Active,
    };
    Ok(vec![Effect::Post(
        new.member.clone(),
        new.post.clone(),
        now,
    )])
}

pub(super) fn retire_post(reader: &mut Reader<'_>, member: &MemberId, id: &MemberId) -> Checked {
    administers(reader, member)?;
    let post = known_post(reader, member, id)?;
    let now = Post {
        status: Status::Retired,
        ..(*post).clone()
    };
    Ok(vec![Effect::Post(member.clone(), id.clone(), now)])
}

fn known_post(
    reader: &mut Reader<'_>,
    member: &MemberId,
    post: &MemberId,
) -> Result<Arc<Post>, Halt> {
    let found = facts::post(reader, member, post)?;
    let found = found.filter(|post| post.status == Status::Active);
    found.ok_or_else(|| {
        let reason = format!("{member} has no post {post} that can be held");
        UNKNOWN_POST.because(reason).into()
    })
}

/// When a post is held, and for whom.
pub(super) struct Term {
    pub from_ms: Option<u64>,
    pub until_ms: Option<u64>,
    pub deputy: bool,
}

pub(super) fn assign_post(
    reader: &mut Reader<'_>,
    did: &Did,
    id: &MemberId,
    term: &Term,
) -> Checked {
    let signer = known_signer_of_own(reader, did)?;
    let post = known_post(reader, &signer.member, id)?;
    check_active(did, &signer)?;
    let member = known_member(reader, &signer.member)?;
    for role in post.roles.iter() {
        check_role(member.kind, signer.kind, role)?;
    }
    let now_ms = reader.block().time_ms;
    let from_ms = term.from_ms.unwrap_or(now_ms);
    check_term(from_ms, term.until_ms, now_ms)?;
    let mut now = (*signer).clone();
    // What is over makes room.
    let over = |held: &PostHeld| held.until_ms.is_some_and(|until| until <= now_ms);
    now.profile
        .posts
        .retain(|held| !over(held) && held.post != *id);
    if now.profile.posts.len() >= POSTS_HELD_MAX {
        let reason = format!("{did} holds {POSTS_HELD_MAX} posts");
        return Err(TOO_MANY_POSTS.because(reason).into());
    }
    let place = now.profile.posts.partition_point(|held| held.post < *id);
    let held = PostHeld {
        post: id.clone(),
        from_ms,
        until_ms: term.until_ms,
        deputy: term.deputy,
    };
    now.profile.posts.insert(place, held);
    signer_changed(reader, did, &signer, now)
}

fn check_term(from_ms: u64, until_ms: Option<u64>, now_ms: u64) -> Result<(), Reject> {
    match until_ms {
        Some(until) if until <= from_ms || until <= now_ms => {
            let reason =
                format!("until_ms {until} is not after from_ms {from_ms} and now {now_ms}");
            Err(POST_TIME.because(reason))
        }
        _ => Ok(()),
    }
}

fn check_active(did: &Did, signer: &Signer) -> Result<(), Reject> {
    if signer.status == Status::Active {
        return Ok(());
    }
    Err(NOT_ACTIVE.because(format!("{did} is {}", signer.status)))
}

pub(super) fn leave_post(reader: &mut Reader<'_>, did: &Did, id: &MemberId) -> Checked {
    let signer = known_signer_of_own(reader, did)?;
    let mut now = (*signer).clone();
    now.profile.posts.retain(|held| held.post != *id);
    if now == *signer {
        return Err(NO_CHANGE
            .because(format!("{did} does not hold {id}"))
            .into());
    }
    signer_changed(reader, did, &signer, now)
}

pub(super) fn clear_signer(
    reader: &mut Reader<'_>,
    did: &Did,
    clearance: Clearance,
    caveats: &[String],
) -> Checked {
    let signer = known_signer_of_own(reader, did)?;
    if reader
        .standing()
        .is_some_and(|standing| standing.did == *did)
    {
        return Err(NOT_ANOTHER
            .because(format!("{did} cannot clear itself"))
            .into());
    }
    check_active(did, &signer)?;
    let mut now = (*signer).clone();
    now.profile.clearance = clearance;
    now.profile.caveats = caveats.to_vec();
    now.profile.caveats.sort();
    if now == *signer {
        return Err(NO_CHANGE.because(format!("{did} is cleared so")).into());
    }
    signer_changed(reader, did, &signer, now)
}
