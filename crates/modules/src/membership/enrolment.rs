//! Enrolment of devices and people by a code that works once, and recovery of who lost every key, by two administrators.
//!
//! Flow: an administrator offers an enrolment with the digest of a code; whoever knows the code names it once, with a fresh DID and key,
//! through any signer of that member (a device has no key yet, so its member's node speaks for it). For a recovery one administrator names
//! the new key and another one confirms it; with that every key from before ends, those not yet valid included.
//!
//! Invariants: a code is accepted once, in time, for its member; what it may become was said when it was offered; a recovery takes two
//! different administrators, neither of them who is recovered.

use super::{
    facts,
    reject::*,
    signers::{self, known_signer_of_own, new_key},
    transition::{Checked, Effect, administers, known_member},
    types::*,
};
use convoy_ledger::{Halt, Reader};
use convoy_types::{Did, Digest, cose::KeyId};

pub(super) fn offer(reader: &mut Reader<'_>, offer: &EnrolmentOffer) -> Checked {
    administers(reader, &offer.member)?;
    let member = known_member(reader, &offer.member)?;
    if let Some(unit) = &offer.unit {
        super::transition::check_unit(reader, &offer.member, unit)?;
    }
    if reader.read::<Enrolment>(&offer.code_digest.0)?.is_some() {
        return Err(CODE_ENDED.because("code_digest was offered before").into());
    }
    let now_ms = reader.block().time_ms;
    let latest = now_ms.saturating_add(CODE_OPEN_MS_MAX);
    if offer.expires_ms <= now_ms || offer.expires_ms > latest {
        let reason = format!(
            "expires_ms {} is not between now {now_ms} and {latest}",
            offer.expires_ms
        );
        return Err(MALFORMED_FIELD.because(reason).into());
    }
    for role in offer.roles.iter() {
        signers::check_role(member.kind, offer.kind, role)?;
    }
    let now = Enrolment {
        version: Default::default(),
        member: offer.member.clone(),
        kind: offer.kind,
        unit: offer.unit.clone(),
        roles: offer.roles,
        expires_ms: offer.expires_ms,
        used: false,
    };
    Ok(vec![Effect::Enrolment(offer.code_digest, now)])
}

pub(super) fn claim(reader: &mut Reader<'_>, code: &[u8], did: &Did, key: &NewKey) -> Checked {
    let digest = Digest::of(code);
    let Some(offered) = reader.read::<Enrolment>(&digest.0)? else {
        return Err(UNKNOWN_CODE
            .because("no enrolment was offered with this code")
            .into());
    };
    administers(reader, &offered.member)?;
    if offered.used || offered.expires_ms <= reader.block().time_ms {
        let what = if offered.used { "was used" } else { "ran out" };
        return Err(CODE_ENDED.because(format!("the code {what}")).into());
    }
    if offered.roles.looks_after()
        && let Some(at) = facts::reinstated_ms(reader, &offered.member)?
        && reader.block().time_ms < at.saturating_add(CODE_OPEN_MS_MAX)
    {
        let reason = format!(
            "the code may be of before {} was reinstated; for 30 days after that its administrators and security officers are enrolled by enrol_signer",
            offered.member
        );
        return Err(CODE_ENDED.because(reason).into());
    }
    let new = NewSigner {
        did: did.clone(),
        member: offered.member.clone(),
        kind: offered.kind,
        unit: offered.unit.clone(),
        roles: offered.roles,
        keys: vec![key.clone()],
    };
    let mut effects = signers::enrol_signer(reader, &new)?;
    let used = Enrolment {
        used: true,
        ..(*offered).clone()
    };
    effects.push(Effect::Enrolment(digest, used));
    Ok(effects)
}

pub(super) fn ask_recovery(reader: &mut Reader<'_>, did: &Did, key: &NewKey) -> Checked {
    let signer = known_signer_of_own(reader, did)?;
    let asked_by = another(reader, did)?;
    if signer.status == Status::Retired {
        return Err(NOT_ACTIVE.because(format!("{did} is retired")).into());
    }
    if signer.keys >= SIGNER_KEYS_MAX {
        let reason = format!("{did} has had {} keys", signer.keys);
        return Err(TOO_MANY_KEYS.because(reason).into());
    }
    // Refuses now what could not be registered later.
    let epoch = signer.profile.epoch + 1;
    let Effect::Key(_, key_id, key, _) = new_key(reader, did, key, epoch)? else {
        panic!("a new key is an effect on a key");
    };
    let now = Recovery {
        version: Default::default(),
        key_id,
        key,
        asked_by: Some(asked_by),
        expires_ms: reader.block().time_ms.saturating_add(RECOVERY_OPEN_MS),
    };
    Ok(vec![Effect::Recovery(did.clone(), now)])
}

pub(super) fn confirm_recovery(reader: &mut Reader<'_>, did: &Did, key_id: KeyId) -> Checked {
    let signer = known_signer_of_own(reader, did)?;
    let confirmed_by = another(reader, did)?;
    let asked = reader.read::<Recovery>(did.as_str().as_bytes())?;
    let now_ms = reader.block().time_ms;
    let asked = asked.filter(|asked| asked.asked_by.is_some() && asked.expires_ms > now_ms);
    let Some(asked) = asked.filter(|asked| asked.key_id == key_id) else {
        let reason = format!("no recovery of {did} with key {key_id} waits");
        return Err(UNKNOWN_RECOVERY.because(reason).into());
    };
    if asked.asked_by.as_ref() == Some(&confirmed_by) {
        let reason = format!("{confirmed_by} asked for it and cannot confirm it");
        return Err(NOT_ANOTHER.because(reason).into());
    }
    let epoch = signer.profile.epoch + 1;
    if asked.key.epoch != epoch || facts::key(reader, did, key_id)?.is_some() {
        let reason = format!("{did} was recovered, or got this key, since it was asked for");
        return Err(UNKNOWN_RECOVERY.because(reason).into());
    }
    let mut now = (*signer).clone();
    now.profile.epoch = epoch;
    now.keys = now.keys.saturating_add(1);
    let key = Key {
        valid_from_ms: asked.key.valid_from_ms.max(now_ms),
        ..asked.key.clone()
    };
    let done = Recovery {
        asked_by: None,
        ..(*asked).clone()
    };
    let mut effects = signers::signer_changed(reader, did, &signer, now)?;
    effects.push(Effect::Key(did.clone(), key_id, key, String::new()));
    effects.push(Effect::Recovery(did.clone(), done));
    Ok(effects)
}

/// Who signs, unless that is who it is about.
fn another(reader: &Reader<'_>, did: &Did) -> Result<Did, Halt> {
    match reader.standing() {
        Some(standing) if standing.did != *did => Ok(standing.did.clone()),
        Some(_) => Err(NOT_ANOTHER
            .because(format!("{did} cannot recover itself"))
            .into()),
        None => Err(GENESIS_ONLY.because("a recovery is signed").into()),
    }
}
