//! Succession: a trust file extended by the chain in which each set of validators handed over to the next.
//!
//! Flow: [`extend`] takes steps in order. Each has to end an epoch whose validators are trusted, be signed by a quorum of exactly these, and
//! commit to the set that it names; then the next epoch is trusted too. A step for an epoch whose successor is known already has to name the
//! same set.
//!
//! Where validators were lost for good, a step is the members' decision in their place ([`crate::recovery`]): its block is still certified by the
//! set before, and the change says that the members decided it.
//!
//! Invariants: nothing is believed but on the word of a quorum of the set before, or of more than two thirds of the members in the state that it certified; old epochs stay, so old receipts verify as before; a chain
//! with a gap is refused, not skipped over.

use crate::{
    certificate, recovery,
    report::{Report, VerifyError, failed},
};
use convoy_types::{
    Digest, MemberId,
    header::{HeaderCore, validators_digest},
    limits::VALIDATORS_MAX,
    receipt::{
        Handover, Trust,
        trust::{TrustedEpoch, TrustedValidator},
    },
};
use serde::Serialize;
use std::fmt;

/// What one step changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EpochChange {
    /// The epoch that begins.
    pub epoch: u64,
    /// Behind this block.
    pub after_block: u64,
    /// That block's time, milliseconds since 1970.
    pub time_ms: u64,
    /// Members that begin to validate.
    pub added: Vec<MemberId>,
    /// Members that end.
    pub removed: Vec<MemberId>,
    /// Members that go on with another key.
    pub rotated: Vec<MemberId>,
    /// Members that signed the step.
    pub signed_by: Vec<MemberId>,
    /// Validators from then on.
    pub validators: usize,
    /// The members' decision, where it was theirs: the validators before were lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Refounded>,
}

/// That the members put these validators in the place of lost ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refounded {
    /// The digest of their decision.
    pub decision: Digest,
    /// When the document was made, milliseconds since 1970.
    pub time_ms: u64,
    /// Why, in their words.
    pub reason: String,
}

impl fmt::Display for EpochChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {} behind block {}:", self.epoch, self.after_block)?;
        let groups = [
            ("begins", &self.added),
            ("ends", &self.removed),
            ("has a new key", &self.rotated),
        ];
        for (word, members) in groups {
            for member in members {
                write!(f, " {member} {word};")?;
            }
        }
        write!(f, " {} validators", self.validators)?;
        match &self.recovery {
            Some(_) => f.write_str(", by the members' decision"),
            None => Ok(()),
        }
    }
}

/// Extends `trust` by `steps`, and says what changed. Steps that are known already change nothing.
///
/// # Errors
/// The first check that fails; `trust` is as good as it was.
pub fn extend(trust: &Trust, steps: &[Handover]) -> Result<(Trust, Vec<EpochChange>), VerifyError> {
    let mut trust = trust.clone();
    let mut changes = Vec::new();
    for step in steps {
        changes.extend(follow(&mut trust, step)?);
    }
    trust.epochs.sort_by_key(|epoch| epoch.epoch);
    Ok((trust, changes))
}

/// Believes one step, if it holds.
fn follow(trust: &mut Trust, step: &Handover) -> Result<Option<EpochChange>, VerifyError> {
    let (core, rest) = (&step.header.core, &step.header.rest);
    let check = |name: &str| format!("end of epoch {}: {name}", core.epoch);
    let before = trust
        .validators(core.epoch)
        .map(|validators| validators.into_iter().cloned().collect::<Vec<_>>());
    let Some(before) = before else {
        let reason = format!(
            "the trust file has no validators for epoch {}; give the steps before it too",
            core.epoch
        );
        return Err(failed(check("set before"), reason));
    };
    if core.network != HeaderCore::network_digest(&trust.network) {
        return Err(failed(check("network"), "it is of another network"));
    }
    if trust.validators_digest(core.epoch) != Some(rest.validators) {
        let reason = "the block is of another set than the one trusted";
        return Err(failed(check("set before"), reason));
    }
    let (signed_by, refounded) = decided_by(trust, step)?;
    let after: Vec<TrustedValidator> = step
        .next
        .iter()
        .map(|validator| TrustedValidator {
            member: validator.member.clone(),
            key: Digest(validator.key),
        })
        .collect();
    let epoch = core
        .epoch
        .checked_add(1)
        .ok_or_else(|| failed(check("handover"), "epochs do not go that far"))?;
    if let Some(known) = trust.epoch(epoch) {
        let same = known.recovery == refounded.as_ref().map(|refounded| refounded.decision);
        if same
            && known.validators.len() == after.len()
            && after.iter().all(|one| known.validators.contains(one))
        {
            end(trust, core)?;
            return Ok(None);
        }
        let reason = "a quorum signed it, and the trust file has another set: one of the two is forged, or the validators handed over twice; keep both as evidence";
        return Err(failed(check("next set"), reason));
    }
    let change = EpochChange {
        epoch,
        after_block: core.height,
        time_ms: core.time_ms,
        added: without(&after, &before),
        removed: without(&before, &after),
        rotated: rotated(&before, &after),
        signed_by,
        validators: after.len(),
        recovery: refounded.clone(),
    };
    end(trust, core)?;
    trust.epochs.push(TrustedEpoch {
        epoch,
        validators: after,
        last_block: None,
        recovery: refounded.map(|refounded| refounded.decision),
    });
    Ok(Some(change))
}

/// Notes that this block is the last one of its epoch.
fn end(trust: &mut Trust, core: &HeaderCore) -> Result<(), VerifyError> {
    let mut epochs = trust.epochs.iter_mut();
    let Some(ended) = epochs.find(|known| known.epoch == core.epoch) else {
        return Ok(());
    };
    match ended.last_block.replace(core.height) {
        Some(other) if other != core.height => {
            let reason = format!(
                "a quorum signed that block {} is the last one, and the trust file has block {other}: one of the two is forged, or the validators handed over twice; keep both as evidence",
                core.height
            );
            Err(failed(
                format!("end of epoch {}: last block", core.epoch),
                reason,
            ))
        }
        _ => Ok(()),
    }
}

/// Who put the next set in force: the validators before, or the members in their place.
fn decided_by(
    trust: &Trust,
    step: &Handover,
) -> Result<(Vec<MemberId>, Option<Refounded>), VerifyError> {
    let core = &step.header.core;
    let check = |name: &str| format!("end of epoch {}: {name}", core.epoch);
    if let Some(recovery) = &step.recovery {
        let decided = recovery::check_recovery(recovery, trust)
            .map_err(|error| failed(check(&error.check), error.reason))?;
        let document = &recovery.document;
        let refounded = Refounded {
            decision: document.digest(),
            time_ms: document.time_ms,
            reason: document.reason.clone(),
        };
        return Ok((decided.signed, Some(refounded)));
    }
    if !step.header.ends_epoch() {
        return Err(failed(check("handover"), "the block hands over to nobody"));
    }
    let mut report = Report::new();
    let block = step.header.digest();
    certificate::check(&step.certificate, core, &block, trust, &mut report)?;
    check_next(step).map_err(|reason| failed(check("next set"), reason))?;
    Ok((report.attested_by, None))
}

/// The set named is the one committed to, and can be one.
fn check_next(step: &Handover) -> Result<(), String> {
    let count = step.next.len();
    if count == 0 || count > VALIDATORS_MAX {
        return Err(format!("{count} validators, 1 to {VALIDATORS_MAX}"));
    }
    let mut keys: Vec<_> = step.next.iter().map(|validator| validator.key).collect();
    keys.sort_unstable();
    if keys.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("a key is in it twice".into());
    }
    if validators_digest(&step.next) != step.header.rest.next_validators {
        return Err("the block commits to another set".into());
    }
    for validator in &step.next {
        convoy_types::cose::PublicKey::ed25519(validator.key)
            .map_err(|error| format!("the key of {}: {error}", validator.member))?;
    }
    Ok(())
}

/// The members of `these` that are not among `those`.
fn without(these: &[TrustedValidator], those: &[TrustedValidator]) -> Vec<MemberId> {
    let absent = |one: &&TrustedValidator| those.iter().all(|other| other.member != one.member);
    let members = these.iter().filter(absent);
    members.map(|validator| validator.member.clone()).collect()
}

fn rotated(before: &[TrustedValidator], after: &[TrustedValidator]) -> Vec<MemberId> {
    let changed = |one: &&TrustedValidator| {
        let mut others = before.iter();
        others.any(|other| other.member == one.member && other.key != one.key)
    };
    let members = after.iter().filter(changed);
    members.map(|validator| validator.member.clone()).collect()
}
