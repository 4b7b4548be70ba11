//! How a signer stands on the ledger now: looked up once for each block that queries know.
//!
//! Invariants: an answer is never older than the height that queries answer for, so that a suspension counts from the first request after
//! it; the time of posts is the node's clock. Bounded by [`KEPT_MAX`] signers.

use crate::{answers, app::App, problem::Answer};
use convoy_modules::membership::{queries::SignerStanding, types::Role};
use convoy_node::tokens::Scope;
use convoy_types::{Did, Digest};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Signers remembered; past that all are asked anew.
const KEPT_MAX: usize = 10_000;

/// Signers are asked about in so many queues, so that a thousand requests of one signer after a block ask the read model once.
const QUEUES: usize = 16;

type Known = HashMap<Did, (u64, Option<Arc<SignerStanding>>)>;

/// What was asked before.
#[derive(Default)]
pub struct Standings {
    known: Mutex<Known>,
    asking: [tokio::sync::Mutex<()>; QUEUES],
}

impl Standings {
    /// What is known of `did` at `height` or later.
    fn known(&self, did: &Did, height: u64) -> Option<Option<Arc<SignerStanding>>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, standing) = known.get(did)?;
        (*at >= height).then(|| standing.clone())
    }

    fn learn(&self, did: &Did, height: u64, standing: Option<Arc<SignerStanding>>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT_MAX {
            known.clear();
        }
        known.insert(did.clone(), (height, standing));
    }

    fn queue(&self, did: &Did) -> &tokio::sync::Mutex<()> {
        let first = usize::from(Digest::of(did.as_str().as_bytes()).0[0]);
        &self.asking[first % QUEUES]
    }
}

/// How `did` stands; `None` where the ledger does not know it.
pub async fn standing(app: &App, did: &Did) -> Answer<Option<Arc<SignerStanding>>> {
    let now = *app.node().projected().borrow();
    let standings = &app.signin().standings;
    if let Some(standing) = standings.known(did, now) {
        return Ok(standing);
    }
    let _turn = standings.queue(did).lock().await;
    if let Some(standing) = standings.known(did, now) {
        return Ok(standing);
    }
    let (asked, time_ms) = (did.clone(), app.node().now_ms());
    let found = answers::of_signer(app, asked, time_ms).await?;
    let standing = found.answer.map(Arc::new);
    standings.learn(did, found.height, standing.clone());
    Ok(standing)
}

/// Why `did` may not act now; `None` for who may.
pub async fn why_not_standing(app: &App, did: &Did) -> Answer<Option<&'static str>> {
    Ok(match standing(app, did).await? {
        None => Some("the ledger does not know this signer"),
        Some(found) if !found.active => Some("this signer is suspended or retired"),
        Some(_) => None,
    })
}

/// What somebody who signed in may do at the node of `home`: read; submit, unless the roles only look on; administer, as an
/// administrator of the node's own member.
pub fn scopes(standing: &SignerStanding, home: &convoy_types::MemberId) -> Vec<Scope> {
    let acts = |role| !matches!(role, Role::Auditor | Role::Node);
    let administers = standing.roles.has(Role::MemberAdministrator) && standing.member == *home;
    let mut scopes = vec![Scope::Read];
    if standing.roles.iter().any(acts) {
        scopes.push(Scope::Submit);
    }
    if administers {
        scopes.push(Scope::Admin);
    }
    scopes
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_modules::membership::types::{Roles, SignerKind};

    #[test]
    fn scopes_follow_roles_and_administering_stays_at_home() {
        let of = |roles: &[Role], member: &str| {
            let standing = SignerStanding {
                member: member.parse().unwrap(),
                kind: SignerKind::Person,
                active: true,
                roles: Roles::of(roles),
            };
            scopes(&standing, &"est".parse().unwrap())
        };
        assert_eq!(of(&[], "est"), [Scope::Read]);
        assert_eq!(of(&[Role::Auditor], "est"), [Scope::Read]);
        assert_eq!(of(&[Role::Scanner], "est"), [Scope::Read, Scope::Submit]);
        let all = [Scope::Read, Scope::Submit, Scope::Admin];
        assert_eq!(of(&[Role::MemberAdministrator], "est"), all);
        assert_eq!(of(&[Role::MemberAdministrator], "parts"), all[..2]);
    }
}
