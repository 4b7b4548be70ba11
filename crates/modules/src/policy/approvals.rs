//! Four eyes, cooling-off and daily limits: what policies can ask for before an action takes effect.
//!
//! Flow: who wants to do something asks for approval of exactly that action; others approve it; then the action itself is sent, and the
//! guard tells the policies how many approved and how long ago it was asked for. A request is used up by the action, withdrawn, or runs out
//! by the ledger's timer. How many are needed, and how long to wait, is said by policies (`context.approvals`, `context.waited_ms`), as is how
//! often a day (`context.today`).
//!
//! Invariants: an approval is for one signer and the bytes of one action; it counts once; nobody approves their own; who approves has to be
//! allowed the action itself.

use super::{
    Policy, facts,
    guard::members,
    needs::{Needs, circumstance},
    reject::*,
    set::Question,
    subject::{Circumstances, Resource, Subject},
    transition::{Call, Effect},
    types::{Request, RequestId, RequestState, Tally},
    vocabulary::vocabulary,
};
use crate::membership::{self, types::Role};
use convoy_ledger::{Asked, Halt, Reader, Reject};
use convoy_types::{Did, Digest, cbor};
use std::sync::Arc;

/// An action that approval is asked for, bytes: what a person can look through.
pub const ACTION_BYTES_MAX: usize = 16 * 1024;
/// How long a request waits, milliseconds, at most: a month, as long as a statement.
pub const OPEN_MS_MAX: u64 = 30 * 24 * 3_600 * 1_000;
/// How long a request waits where nothing is said, milliseconds.
pub const OPEN_MS: u64 = 7 * 24 * 3_600 * 1_000;
/// Approvals of one request.
pub const APPROVALS_MAX: usize = 16;
/// A day, milliseconds.
pub(super) const DAY_MS: u64 = 24 * 3_600 * 1_000;

/// The request of `did` for exactly this action.
pub fn request_id(did: &Did, module: &str, body: &[u8]) -> RequestId {
    RequestId::of(&Digest::of(&cbor::to_vec(&(
        "convoy/request/1",
        did,
        module,
        serde_bytes::Bytes::new(body),
    ))))
}

/// The key of a tally.
pub(super) fn tally_key(did: &Did, action: &str) -> Vec<u8> {
    format!("{did}#{action}").into_bytes()
}

/// What policies are told of approvals and of today, and what is used up with the action.
pub(super) fn look(
    reader: &mut Reader<'_>,
    asked: &Asked<'_>,
    (did, action, needs): (&Did, usize, Needs),
    circumstances: &mut Circumstances,
) -> Result<Vec<Call>, Halt> {
    let mut calls = Vec::new();
    let now_ms = reader.block().time_ms;
    if needs.asks(circumstance::APPROVALS | circumstance::WAITED) {
        let id = request_id(did, asked.module, asked.body);
        let waits = facts::request(reader, id)?.filter(|request| request.waits(now_ms));
        if let Some(request) = waits {
            circumstances.approvals = u64::try_from(request.approved_by.len()).unwrap_or(u64::MAX);
            circumstances.waited_ms = now_ms.saturating_sub(request.asked_ms);
            calls.push(Call::Use(id));
        }
    }
    if needs.asks(circumstance::TODAY) {
        let key = tally_key(did, &vocabulary().actions[action].name);
        let tally = facts::tally(reader, &key)?;
        let day = now_ms / DAY_MS;
        let before = tally
            .filter(|tally| tally.day == day)
            .map_or(0, |tally| tally.count);
        circumstances.today = before;
        let now = Tally {
            version: Default::default(),
            day,
            count: before.saturating_add(1),
        };
        calls.push(Call::Tally(key, now));
    }
    Ok(calls)
}

/// Checks what needs no state.
pub(super) fn validate(module: &str, action: &str) -> Result<(), Reject> {
    let body = bytes(action)?;
    let misfit = |misfit: crate::Misfit| MALFORMED_FIELD.because(format!("action: {misfit}"));
    let domain = crate::domain(module).map_err(misfit)?;
    domain.action_to_json(&body).map(drop).map_err(misfit)
}

/// An action's bytes, from hexadecimal.
pub(super) fn bytes(action: &str) -> Result<Vec<u8>, Reject> {
    let plain = action.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !plain
        || action.is_empty()
        || !action.len().is_multiple_of(2)
        || action.len() / 2 > ACTION_BYTES_MAX
    {
        let reason = format!("action: write its bytes in hexadecimal, 1 to {ACTION_BYTES_MAX}");
        return Err(MALFORMED_FIELD.because(reason));
    }
    let byte = |place: usize| u8::from_str_radix(&action[2 * place..2 * place + 2], 16);
    let all: Result<Vec<u8>, _> = (0..action.len() / 2).map(byte).collect();
    all.map_err(|_| MALFORMED_FIELD.because("action: not hexadecimal"))
}

pub(super) fn ask(
    reader: &mut Reader<'_>,
    module: &str,
    action: &str,
    expires_ms: Option<u64>,
) -> Result<Vec<Effect>, Halt> {
    let body = bytes(action)?;
    let Some(standing) = reader.standing() else {
        return Err(GENESIS_ONLY
            .because("approval is asked for by signed statements")
            .into());
    };
    let (did, member) = (standing.did.clone(), standing.member.clone());
    let id = request_id(&did, module, &body);
    let now_ms = reader.block().time_ms;
    if facts::request(reader, id)?.is_some_and(|request| request.waits(now_ms)) {
        return Err(NO_CHANGE.because(format!("request {id} waits")).into());
    }
    let expires_ms = expires_ms.unwrap_or(now_ms.saturating_add(OPEN_MS));
    let latest = now_ms.saturating_add(OPEN_MS_MAX);
    if expires_ms <= now_ms || expires_ms > latest {
        let reason = format!("expires_ms {expires_ms} is not between now {now_ms} and {latest}");
        return Err(MALFORMED_FIELD.because(reason).into());
    }
    let request = Request {
        version: Default::default(),
        state: RequestState::Open,
        signer: did,
        member,
        module: module.to_owned(),
        action: body,
        asked_ms: now_ms,
        expires_ms,
        approved_by: Vec::new(),
    };
    Ok(vec![Effect::Request(id, request, true)])
}

fn open(reader: &mut Reader<'_>, id: RequestId) -> Result<Arc<Request>, Halt> {
    let now_ms = reader.block().time_ms;
    let Some(request) = facts::request(reader, id)? else {
        return Err(UNKNOWN_REQUEST
            .because(format!("there is no request {id}"))
            .into());
    };
    if !request.waits(now_ms) {
        let reason = format!(
            "request {id} is {} and waited until {}",
            request.state, request.expires_ms
        );
        return Err(REQUEST_ENDED.because(reason).into());
    }
    Ok(request)
}

impl Policy {
    pub(super) fn approve(
        &self,
        reader: &mut Reader<'_>,
        id: RequestId,
    ) -> Result<Vec<Effect>, Halt> {
        let request = open(reader, id)?;
        let Some(standing) = reader.standing() else {
            return Err(GENESIS_ONLY.because("approvals are signed").into());
        };
        let (did, key_id) = (standing.did.clone(), standing.key.key_id());
        if request.signer == did || request.approved_by.contains(&did) {
            let reason = format!("{did} asked for it or approved it already");
            return Err(NOT_ANOTHER.because(reason).into());
        }
        if request.approved_by.len() >= APPROVALS_MAX {
            let reason = format!("{APPROVALS_MAX} approved it already");
            return Err(TOO_COSTLY.because(reason).into());
        }
        let assurance = membership::facts::assurance(reader, &did, key_id)?;
        if !self.entitled(reader, &did, assurance, &request)? {
            let reason = format!("{did} may not do what the request is for");
            return Err(NOT_ENTITLED.because(reason).into());
        }
        let mut now = (*request).clone();
        now.approved_by.push(did);
        Ok(vec![Effect::Request(id, now, false)])
    }

    /// Whether `did` may do what `request` is for, on records of its own member, were it approved.
    fn entitled(
        &self,
        reader: &mut Reader<'_>,
        did: &Did,
        assurance: u8,
        request: &Request,
    ) -> Result<bool, Halt> {
        let set = self.set_in_force(reader)?;
        let name = crate::domain(&request.module)
            .ok()
            .and_then(|domain| domain.asked_as(&request.action));
        let Some(action) = name.and_then(|name| vocabulary().number_of(&request.module, &name))
        else {
            return Ok(false);
        };
        let needs = set.needs(action);
        let Some(subject) = Subject::read(reader, did, needs)? else {
            return Ok(false);
        };
        let own = Some(subject.member.clone());
        let resource = Resource {
            owner: own.clone(),
            custodian: own,
            ..Resource::open(&request.module, "", b"", reader.compartment().as_str())
        };
        let members = match needs.members {
            true => members(reader, [&subject.member].into_iter())?,
            false => Default::default(),
        };
        let time_ms = reader.block().time_ms;
        let circumstances = Circumstances {
            time_ms,
            assurance,
            ..Circumstances::default()
        }
        .approved();
        let question = Question {
            subject: &subject,
            action,
            resource: &resource,
            circumstances: &circumstances,
            members: &members,
        };
        Ok(set.decide(&question).allowed)
    }
}

pub(super) fn withdraw(reader: &mut Reader<'_>, id: RequestId) -> Result<Vec<Effect>, Halt> {
    let request = open(reader, id)?;
    let Some(standing) = reader.standing() else {
        return Err(GENESIS_ONLY
            .because("requests are withdrawn by signed statements")
            .into());
    };
    let (did, member) = (standing.did.clone(), standing.member.clone());
    let administers = match membership::facts::signer(reader, &did)? {
        Some(signer) if member == request.member => {
            membership::facts::roles_now(reader, &did, &signer)?.has(Role::MemberAdministrator)
        }
        _ => false,
    };
    if did != request.signer && !administers {
        let reason = format!("{} asked for it", request.signer);
        return Err(OTHER_REQUESTER.because(reason).into());
    }
    Ok(ended(id, &request, RequestState::Withdrawn))
}

fn ended(id: RequestId, request: &Request, state: RequestState) -> Vec<Effect> {
    let now = Request {
        state,
        ..request.clone()
    };
    vec![Effect::Request(id, now, false)]
}

/// The request is used up by the action that it was for.
pub(super) fn used(reader: &mut Reader<'_>, id: RequestId) -> Result<Vec<Effect>, Halt> {
    let request = open(reader, id)?;
    Ok(ended(id, &request, RequestState::Used))
}

/// The request runs out, where it still waits.
pub(super) fn expire(reader: &mut Reader<'_>, id: RequestId) -> Result<Vec<Effect>, Halt> {
    let now_ms = reader.block().time_ms;
    let request = facts::request(reader, id)?;
    let over = request
        .filter(|request| request.state == RequestState::Open && request.expires_ms <= now_ms);
    Ok(over.map_or_else(Vec::new, |request| {
        ended(id, &request, RequestState::Expired)
    }))
}
