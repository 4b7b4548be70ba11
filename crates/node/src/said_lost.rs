//! Somebody says that this member lost everything: what its operator is told, so that a member that is there can take the plan back.
//!
//! Read from the read model whenever notices are asked for: one row by its key. What follows from a plan is the ledger's
//! (membership's `reinstatement`).

use crate::endings::aside;
use convoy_modules::membership::queries::reinstatement;
use convoy_readmodel::ReadModel;
use convoy_types::{Compartment, MemberId};

/// One sentence, while a plan of a new administrator for `member` waits for agreement.
pub fn notice(
    (read_model, compartment): (&ReadModel, &Compartment),
    member: &MemberId,
    now_ms: u64,
) -> Option<String> {
    let answer = aside(|| {
        read_model.read(compartment, |snapshot| {
            reinstatement(snapshot, member.as_str())
        })
    });
    let plan = answer.ok()?.value.filter(|plan| plan.waits(now_ms))?;
    Some(format!(
        "{} plans a new administrator for this member, as if it had lost all keys ({}); agreed so far: {}. An administrator of this member withdraws it: convoy membership withdraw-reinstatement --member {member} --plan {}",
        plan.planned_by,
        plan.reason,
        plan.agreed.join(", "),
        plan.number
    ))
}
