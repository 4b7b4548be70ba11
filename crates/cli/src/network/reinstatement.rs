//! `convoy network invite --lost`: a member that lost everything comes back by the agreement of the others.
//!
//! ```text
//! invite --lost ──> plan_reinstatement (the invitation's key) ──> others: agree_reinstatement ──> invite --lost again: the bundle ──> join
//! ```

use super::{
    bundle::Invited,
    invite::{act, held},
};
use crate::{
    clock,
    failure::{Failure, Outcome},
    output::Screen,
};
use convoy_client::Client;
use convoy_modules::membership::{queries::ReinstatementView, types::ReinstatementState};
use convoy_types::{Did, MemberId, cose::SigningKey};
use serde::Deserialize;
use serde_json::json;
use std::path::Path;

#[derive(Deserialize)]
struct Known {
    reinstatement: Option<ReinstatementView>,
}

/// The newest plan about a member.
async fn newest(client: &Client, member: &MemberId) -> Outcome<Option<ReinstatementView>> {
    let known: Known = client.get(&["v1", "members", member.as_str()], &[]).await?;
    Ok(known.reinstatement)
}

/// Whether `did` is the administrator that the member came back with.
pub fn is_done(plan: &ReinstatementView, did: &Did) -> bool {
    plan.state == ReinstatementState::Done.word() && plan.administrator == did.as_str()
}

/// Plans it, unless this very plan waits. Whether it is in force.
pub async fn ask(
    client: &Client,
    member: &MemberId,
    (did, key): (&Did, &SigningKey),
    reason: &str,
) -> Outcome<bool> {
    let plan = newest(client, member).await?;
    if let Some(plan) = plan.filter(|plan| plan.administrator == did.as_str()) {
        if is_done(&plan, did) {
            return Ok(true);
        }
        if plan.waits(clock::now_ms()) {
            return Ok(false);
        }
    }
    let plan = json!({"member": member, "did": did, "key": held(key.public()), "reason": reason});
    act(client, json!({ "plan_reinstatement": plan })).await?;
    let plan = newest(client, member).await?;
    Ok(plan.is_some_and(|plan| is_done(&plan, did)))
}

/// Refuses where the member came back by this very invitation, whose key its own has replaced.
pub async fn not_by(client: &Client, member: &MemberId, did: &Did, kept: &Path) -> Outcome {
    match newest(client, member).await? {
        Some(plan) if is_done(&plan, did) => Err(Failure::refused(format!(
            "`{member}` came back by this invitation and has used it"
        ))
        .remedy(format!(
            "its own administrators go on; if it lost everything once more, remove {} and say it again",
            kept.display()
        ))),
        _ => Ok(()),
    }
}

/// Tells who has agreed and what the others do.
pub async fn tell(client: &Client, invited: &Invited, screen: Screen) -> Outcome {
    let member = &invited.member;
    let plan = newest(client, member).await?;
    let plan = plan.filter(|plan| plan.waits(clock::now_ms()));
    let plan = plan.ok_or_else(|| {
        Failure::refused(format!("no plan about `{member}` waits any more"))
            .remedy("say it again, to plan it anew")
    })?;
    screen.result(
        || {
            format!(
                "plan {} about {} waits until {}\nagreed        {}\nno bundle yet",
                plan.number,
                invited.name,
                clock::utc(plan.expires_ms),
                plan.agreed.join(", "),
            )
        },
        || json!({"member": member, "reinstatement": plan}),
    );
    screen.hint(format!(
        "It takes more than two thirds of the members with a validator, of whom it is none. Each makes sure by other means who asks, compares the key id {}, and then: \
         convoy membership agree-reinstatement --member {member} --plan {}. Afterwards the same command here writes the bundle.",
        plan.key_id, plan.number
    ));
    Ok(())
}
