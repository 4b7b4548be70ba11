//! Which version of the rules is in force: the actions by which it changes while the network runs.
//!
//! ```text
//! plan_protocol (version, so many blocks ahead)
//!     ──> each member executes the history again with the new build, up to the block of the plan (convoy node shadow)
//!     ──> agree_protocol (the state root that it found, its build), by members with a validator
//!     ──> more than two thirds of them found the same root: in force, the height is fixed
//!     ──> blocks from that height on are executed under the new version
//!                            withdraw_protocol, or seven days: the plan is over
//! ```
//!
//! Planning is no agreement here: only who has executed the history says yes. What a build knows is nobody's business in these rules, because
//! every build must decide the same; a node whose build does not know the version in force stops there by itself.
//!
//! Invariants: at most one version is planned; versions only rise; one root counts, whoever reported another is not counted.

use super::{
    reject::*,
    transition::{Checked, Effect, administers},
    types::*,
    validators::{self, PLAN_OPEN_MS},
};
use convoy_ledger::{Halt, Reader, Reject};
use convoy_types::{Digest, MemberId};

/// What a build may be called, bytes.
pub const BUILD_BYTES_MAX: usize = 64;

impl ProtocolState {
    /// As it is for a block of this height: a version that is in force by then is the active one.
    #[must_use]
    pub fn at(&self, height: u64) -> Self {
        match &self.plan {
            Some(plan) if plan.from_block.is_some_and(|from| height >= from) => Self {
                active: plan.protocol,
                plan: None,
                ..self.clone()
            },
            _ => self.clone(),
        }
    }
}

impl ProtocolDue {
    /// The version under which a block of this height is executed, by what the state behind its parent says.
    pub fn at(due: Option<&Self>, height: u64) -> u32 {
        match due {
            None => convoy_ledger::FIRST_PROTOCOL,
            Some(due) if height >= due.from_block => due.protocol,
            Some(due) => due.before,
        }
    }
}

/// Checks what needs no state.
pub(super) fn validate_build(build: &str) -> Result<(), Reject> {
    let plain = build.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if plain && (1..=BUILD_BYTES_MAX).contains(&build.len()) {
        return Ok(());
    }
    let reason = format!(
        "build has {} bytes; 1 to {BUILD_BYTES_MAX} printable ASCII ones are possible",
        build.len()
    );
    Err(MALFORMED_FIELD.because(reason))
}

/// The version and the plan for the block in execution.
fn current(reader: &mut Reader<'_>) -> Result<ProtocolState, Halt> {
    let state = reader.read::<ProtocolState>(ONLY)?;
    let height = reader.block().height;
    Ok(state.map_or_else(ProtocolState::default, |state| state.at(height)))
}

/// The signer's member, which must have a validator.
fn validating(reader: &mut Reader<'_>) -> Result<MemberId, Halt> {
    let signed = validators::signers_own(reader, "a network begins with the first version")?;
    Ok(signed.0)
}

pub(super) fn plan(reader: &mut Reader<'_>, protocol: u32, after_blocks: u32) -> Checked {
    let planned_by = validating(reader)?;
    let state = current(reader)?;
    let (now_ms, height) = (reader.block().time_ms, reader.block().height);
    if let Some(plan) = state.plan.as_ref().filter(|plan| plan.waits(now_ms)) {
        let reason = match plan.from_block {
            Some(from) => format!(
                "protocol version {} begins with block {from}",
                plan.protocol
            ),
            None => format!("plan {} waits for agreement", plan.number),
        };
        return Err(CHANGE_PLANNED.because(reason).into());
    }
    if protocol <= state.active {
        return Err(PROTOCOL_NOT_NEWER
            .because(format!("version {} is in force", state.active))
            .into());
    }
    let plan = ProtocolPlan {
        number: state.plans + 1,
        protocol,
        after_blocks,
        planned_by,
        replay_to: height,
        expires_ms: now_ms.saturating_add(PLAN_OPEN_MS),
        reports: Vec::new(),
        from_block: None,
    };
    Ok(vec![Effect::Protocol(ProtocolState {
        plans: plan.number,
        plan: Some(plan),
        ..state
    })])
}

/// The version, with the plan of this number, which waits for agreement.
fn waiting(reader: &mut Reader<'_>, number: u64) -> Result<(ProtocolState, ProtocolPlan), Halt> {
    let state = current(reader)?;
    let now_ms = reader.block().time_ms;
    let plan = state
        .plan
        .clone()
        .filter(|plan| plan.number == number && plan.from_block.is_none() && plan.waits(now_ms));
    match plan {
        Some(plan) => Ok((state, plan)),
        None => Err(UNKNOWN_PLAN
            .because(format!("plan {number} does not wait for agreement"))
            .into()),
    }
}

pub(super) fn agree(
    reader: &mut Reader<'_>,
    number: u64,
    state_root: Digest,
    build: &str,
) -> Checked {
    let (state, mut plan) = waiting(reader, number)?;
    let member = validating(reader)?;
    let report = ReplayReport {
        member: member.clone(),
        state_root,
        build: build.to_owned(),
    };
    match plan
        .reports
        .binary_search_by(|report| report.member.cmp(&member))
    {
        Ok(place) if plan.reports[place].state_root == state_root => {
            return Err(NO_CHANGE
                .because(format!("{member} has agreed to plan {number}"))
                .into());
        }
        // Whoever replayed wrongly does it again.
        Ok(place) => plan.reports[place] = report,
        Err(place) => plan.reports.insert(place, report),
    }
    let seats = validators::current(reader)?.seats;
    let equal = plan
        .reports
        .iter()
        .filter(|report| report.state_root == state_root)
        .filter(|report| seats.iter().any(|seat| seat.member == report.member))
        .count();
    let mut effects = Vec::new();
    if 3 * equal > 2 * seats.len() {
        let from_block = reader.block().height + u64::from(plan.after_blocks);
        plan.from_block = Some(from_block);
        effects.push(Effect::ProtocolDue(ProtocolDue {
            version: Default::default(),
            before: state.active,
            protocol: plan.protocol,
            from_block,
        }));
    }
    effects.push(Effect::Protocol(ProtocolState {
        plan: Some(plan),
        ..state
    }));
    Ok(effects)
}

pub(super) fn withdraw(reader: &mut Reader<'_>, number: u64) -> Checked {
    let (state, plan) = waiting(reader, number)?;
    administers(reader, &plan.planned_by)?;
    Ok(vec![Effect::Protocol(ProtocolState {
        plan: None,
        ..state
    })])
}
