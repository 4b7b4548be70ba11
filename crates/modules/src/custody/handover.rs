//! Handovers: offered by one member, accepted by the other; nothing changes hands one-sidedly.
//!
//! Custody is a property of the outermost container, so a whole tree changes hands with one record.
//! Loose amounts are set aside when they are offered and come back if the offer fails.

use super::{
    capture,
    discrepancy::{self, Returned},
    draft::{Deadline, Draft, Effect},
    facts,
    reject::*,
    types::*,
};
use crate::membership::{self, types::Role};
use convoy_ledger::{Halt, Reader, Reject};
use convoy_types::{MemberId, epcis::Timestamp, identifiers::Epc};
use std::collections::BTreeSet;

/// Roles that offer and accept.
pub(super) const HANDOVER_ROLES: &[Role] = &[Role::LogisticsOfficer, Role::SupplierClerk];
/// Identifiers of one bundle, bytes: its record stays below the limit of a record.
pub(super) const BUNDLE_BYTES_MAX: usize = 32 * 1024;

/// Checks an offer as far as no state is needed.
pub(super) fn validate(offer: &Offer) -> Result<(), Reject> {
    check_bundle(&offer.objects, &offer.portions)?;
    if let Some(portion) = offer
        .portions
        .iter()
        .find(|portion| portion.container.is_some())
    {
        let reason = format!(
            "portions: {} is packed; offer its outermost container",
            portion.class
        );
        return Err(MALFORMED_FIELD.because(reason));
    }
    if offer.conveys == Conveys::Ownership && !offer.portions.is_empty() {
        return Err(MALFORMED_FIELD
            .because("portions change owner together with custody only: use conveys `both`"));
    }
    check_text("terms", &offer.terms, 0)
}

/// Refuses bundles that are empty, too large or name something twice.
pub(super) fn check_bundle(objects: &[Epc], portions: &[Portion]) -> Result<(), Reject> {
    let count = objects.len() + portions.len();
    if count == 0 || count > BUNDLE_OBJECTS_MAX {
        let reason = format!(
            "objects and portions hold {count} entries; 1 to {BUNDLE_OBJECTS_MAX} are possible"
        );
        return Err(MALFORMED_FIELD.because(reason));
    }
    let names = objects
        .iter()
        .chain(portions.iter().map(|portion| &portion.class));
    let bytes: usize = names.map(|name| name.key().len()).sum();
    if bytes > BUNDLE_BYTES_MAX {
        return Err(MALFORMED_FIELD.because(format!(
            "the identifiers have {bytes} bytes; at most {BUNDLE_BYTES_MAX}"
        )));
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = objects.iter().find(|name| !seen.insert(*name)) {
        return Err(MALFORMED_FIELD.because(format!("objects: {twice} is named twice")));
    }
    if let Some(class) = objects.iter().find(|name| name.is_class()) {
        return Err(
            MALFORMED_FIELD.because(format!("objects: {class} is a class; put it into portions"))
        );
    }
    for (place, portion) in portions.iter().enumerate() {
        let same =
            |other: &Portion| other.class == portion.class && other.container == portion.container;
        if portions[..place].iter().any(same) {
            return Err(
                MALFORMED_FIELD.because(format!("portions: {} is listed twice", portion.class))
            );
        }
        if portion.class.is_instance() || portion.quantity.value().is_zero() {
            return Err(MALFORMED_FIELD.because(format!(
                "portions: {} needs a class and an amount",
                portion.class
            )));
        }
    }
    Ok(())
}

/// Refuses texts that are too long, too short or hold control characters.
pub(super) fn check_text(field: &str, text: &str, bytes_min: usize) -> Result<(), Reject> {
    let control = text.chars().any(|c| c.is_control() && c != '\n');
    if text.len() > TEXT_BYTES_MAX || text.len() < bytes_min || control {
        let reason = format!(
            "{field} has {} bytes; {bytes_min} to {TEXT_BYTES_MAX} printable ones are possible",
            text.len()
        );
        return Err(MALFORMED_FIELD.because(reason));
    }
    Ok(())
}

/// The claimed time of an action, or the block's.
pub(super) fn time(reader: &Reader<'_>, claimed: Option<Timestamp>) -> Result<i64, Reject> {
    let now_ms = reader.block().time_ms;
    match claimed {
        Some(time) => capture::check_time(now_ms, time.millis()).map(|()| time.millis()),
        None => Ok(i64::try_from(now_ms).unwrap_or(i64::MAX)),
    }
}

/// Decides what offering does.
pub(super) fn offer(reader: &mut Reader<'_>, offer: &Offer) -> Result<Effect, Halt> {
    let me = capture::signer(reader)?;
    let time_ms = time(reader, offer.time)?;
    if !membership::facts::is_active(reader, &offer.to)? || offer.to == me {
        return Err(UNKNOWN_MEMBER
            .because(format!("to: {} cannot take over from {me}", offer.to))
            .into());
    }
    let now_ms = reader.block().time_ms;
    let expires_ms = offer
        .expires_ms
        .unwrap_or(now_ms.saturating_add(OFFER_OPEN_MS));
    let Some(statement) = reader.statement() else {
        return Err(GENESIS_ONLY
            .because("goods change hands by signed statements")
            .into());
    };
    let id = facts::handover_id(&statement.id, statement.action);
    if let Some(returned) = offer.returns {
        check_returns(reader, &me, &offer.to, returned)?;
    }
    let mut draft = Draft::new(reader, Some(me.clone()));
    draft.load(offer.objects.iter())?;
    draft.load_around(offer.objects.iter())?;
    for name in &offer.objects {
        offer_object(&mut draft, &me, offer, name, id)?;
    }
    let (loose, aside) = (Holder::Loose(me.clone()), Holder::Offered(id));
    let classes = offer.portions.iter().map(|portion| &portion.class);
    draft.load_amounts(classes, &[&loose, &aside])?;
    for portion in &offer.portions {
        let taken = draft.take(&portion.class, &loose, &portion.quantity)?;
        if offer.conveys == Conveys::Both && taken.owner != me {
            return Err(NOT_OWNER
                .because(format!("{} here belongs to {}", portion.class, taken.owner))
                .into());
        }
        draft.add(&portion.class, &aside, taken)?;
    }
    check_deadline(expires_ms, now_ms)?;
    let handover = Handover {
        version: Default::default(),
        state: HandoverState::Open,
        from: me,
        to: offer.to.clone(),
        conveys: offer.conveys,
        objects: offer.objects.clone(),
        classes: offer
            .portions
            .iter()
            .map(|portion| portion.class.clone())
            .collect(),
        place: offer.place.clone(),
        terms: offer.terms.clone(),
        expires_ms,
        returns: offer.returns,
    };
    draft.effect.said.push(Event::Offered(Offered {
        version: Default::default(),
        event_time_ms: time_ms,
        handover: id,
        now: handover.clone(),
        portions: offer.portions.clone(),
        changes: draft.changes(),
    }));
    draft.effect.handover = Some((id, handover));
    draft.effect.timer = Some((expires_ms, Deadline::Handover(id)));
    Ok(draft.finish())
}

fn check_deadline(expires_ms: u64, now_ms: u64) -> Result<(), Reject> {
    if expires_ms <= now_ms || expires_ms > now_ms.saturating_add(OFFER_OPEN_MS_MAX) {
        let reason = format!("expires_ms is {expires_ms} and it is {now_ms}");
        return Err(OFFER_DEADLINE.because(reason));
    }
    Ok(())
}

/// Refuses to take back what did not come by an accepted handover from the same member.
fn check_returns(
    reader: &mut Reader<'_>,
    me: &MemberId,
    to: &MemberId,
    id: HandoverId,
) -> Result<(), Halt> {
    let came = facts::handover(reader, id)?
        .ok_or_else(|| UNKNOWN_HANDOVER.because(format!("returns: there is no handover {id}")))?;
    if came.to != *me || came.from != *to {
        let reason = format!("returns: {id} was from {} to {}", came.from, came.to);
        return Err(NOT_PARTY.because(reason).into());
    }
    if !matches!(came.state, HandoverState::Accepted | HandoverState::Partly) {
        let reason = format!("returns: {id} is {}", came.state);
        return Err(NOT_ACCEPTED.because(reason).into());
    }
    Ok(())
}

fn offer_object(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    offer: &Offer,
    name: &Epc,
    id: HandoverId,
) -> Result<(), Halt> {
    let owner = draft.known(name)?.owner.clone();
    let not_owner = || NOT_OWNER.because(format!("{name} belongs to {owner}"));
    if offer.conveys == Conveys::Ownership {
        let (root, _) = draft.outermost(name)?;
        if owner != *me {
            return Err(not_owner().into());
        }
        // Custody stays where it is, so who has it is not kept from working with it.
        return Ok(draft.in_being(name, &root)?);
    }
    let root = draft.held(name)?;
    if offer.conveys == Conveys::Both && owner != *me {
        return Err(not_owner().into());
    }
    draft.free(name, &root)?;
    if root != *name {
        return Err(PACKED.because(format!("{name} is packed in {root}")).into());
    }
    draft.change(name).hold = Some(Hold::Offered(id));
    Ok(())
}

/// How a member answers an offer or takes it back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer<'a> {
    Accept(&'a [Discrepancy]),
    Refuse(&'a str),
    Withdraw,
}

/// Decides what an answer does.
pub(super) fn answer(
    reader: &mut Reader<'_>,
    id: HandoverId,
    claimed: Option<Timestamp>,
    answer: Answer<'_>,
) -> Result<Effect, Halt> {
    let me = capture::signer(reader)?;
    let time_ms = time(reader, claimed)?;
    let handover = facts::handover(reader, id)?
        .ok_or_else(|| UNKNOWN_HANDOVER.because(format!("there is no handover {id}")))?;
    let handover = (*handover).clone();
    let party = if answer == Answer::Withdraw {
        &handover.from
    } else {
        &handover.to
    };
    if *party != me {
        return Err(NOT_PARTY
            .because(format!("this is for {party} to say, not for {me}"))
            .into());
    }
    check_open(id, &handover, reader.block().time_ms, answer)?;
    let mut draft = Draft::new(reader, Some(me));
    let (mut end, mut changed) = (HandoverEnd::new(id, &handover, time_ms), handover);
    match answer {
        Answer::Accept(discrepancies) => {
            let at = (time_ms, claimed.is_some());
            let part = discrepancy::set_aside(&mut draft, id, &changed, discrepancies, at)?;
            take_over(&mut draft, id, &mut changed, &part, at)?;
            end.state = if part.is_empty() {
                HandoverState::Accepted
            } else {
                HandoverState::Partly
            };
            end.discrepancies = discrepancies.to_vec();
            end.case = discrepancy::open_case(&mut draft, id, &changed, discrepancies, time_ms)?;
        }
        Answer::Refuse(reason) => {
            release(&mut draft, id, &mut changed, true)?;
            end.state = HandoverState::Refused;
            end.reason = reason.to_owned();
        }
        Answer::Withdraw => {
            release(&mut draft, id, &mut changed, false)?;
            // What was taken over stays taken over.
            if end.state != HandoverState::Partly {
                end.state = HandoverState::Withdrawn;
            }
        }
    }
    Ok(finish(draft, changed, end))
}

/// Refuses to answer what is answered or ran out. Amounts that could not go back when an offer failed are
/// called back by withdrawing it again.
fn check_open(
    id: HandoverId,
    handover: &Handover,
    now_ms: u64,
    answer: Answer<'_>,
) -> Result<(), Reject> {
    let failed = matches!(
        handover.state,
        HandoverState::Refused | HandoverState::Expired | HandoverState::Partly
    );
    let left_over = answer == Answer::Withdraw && failed && !handover.classes.is_empty();
    let over = handover.state == HandoverState::Open && handover.expires_ms <= now_ms;
    if (handover.state == HandoverState::Open && !over) || left_over {
        return Ok(());
    }
    let state = if over {
        HandoverState::Expired
    } else {
        handover.state
    };
    Err(HANDOVER_ENDED.because(format!("handover {id} is {state}")))
}

/// Decides what the deadline of an offer does.
pub(super) fn expire(reader: &mut Reader<'_>, id: HandoverId) -> Result<Effect, Halt> {
    let Some(handover) = facts::handover(reader, id)? else {
        return Ok(Effect::default());
    };
    if handover.state != HandoverState::Open {
        return Ok(Effect::default());
    }
    let mut handover = (*handover).clone();
    let due_ms = i64::try_from(handover.expires_ms).unwrap_or(i64::MAX);
    let mut draft = Draft::new(reader, None);
    release(&mut draft, id, &mut handover, true)?;
    let mut end = HandoverEnd::new(id, &handover, due_ms);
    end.state = HandoverState::Expired;
    Ok(finish(draft, handover, end))
}

/// The end of a handover, as it will be told.
type HandoverEnd = HandoverEnded;

impl HandoverEnded {
    fn new(id: HandoverId, handover: &Handover, time_ms: i64) -> Self {
        Self {
            version: Default::default(),
            event_time_ms: time_ms,
            handover: id,
            state: handover.state,
            from: handover.from.clone(),
            to: handover.to.clone(),
            reason: String::new(),
            discrepancies: Vec::new(),
            case: None,
            changes: Changes::default(),
        }
    }
}

fn finish(mut draft: Draft<'_, '_>, mut handover: Handover, mut end: HandoverEnd) -> Effect {
    handover.state = end.state;
    end.changes = draft.changes();
    let id = end.handover;
    // A case that opens is told behind the handover's end.
    draft.effect.said.insert(0, Event::HandoverEnded(end));
    draft.effect.handover = Some((id, handover));
    draft.finish()
}

/// What was offered goes to the other side, but for what `part` returns.
fn take_over(
    draft: &mut Draft<'_, '_>,
    id: HandoverId,
    handover: &mut Handover,
    part: &Returned,
    at: (i64, bool),
) -> Result<(), Halt> {
    draft.load(handover.objects.iter())?;
    let mut accepted = false;
    for name in &handover.objects {
        if !part.objects.contains(name) {
            accepted = true;
            take_over_object(draft, handover, name, at)?;
        } else if draft.known(name)?.hold == Some(Hold::Offered(id)) {
            draft.change(name).hold = None;
        }
    }
    accepted |= take_over_amounts(draft, id, handover, part)?;
    if accepted {
        return Ok(());
    }
    Err(NOTHING_ACCEPTED
        .because(format!("all of handover {id} is named as not taken"))
        .into())
}

fn take_over_object(
    draft: &mut Draft<'_, '_>,
    handover: &Handover,
    name: &Epc,
    (time_ms, claimed): (i64, bool),
) -> Result<(), Halt> {
    let owns = handover.conveys != Conveys::Custody;
    if owns && draft.known(name)?.owner != handover.from {
        let reason = format!("{name} no longer belongs to {}", handover.from);
        return Err(NOT_OWNER.because(reason).into());
    }
    let object = draft.change(name);
    if owns {
        object.owner = handover.to.clone();
    }
    if handover.conveys != Conveys::Ownership {
        let member = std::mem::replace(&mut object.custodian, handover.to.clone());
        let until_ms = time_ms;
        // Only what is in nothing changes hands. A time that nobody claimed says nothing about that.
        let claimed = claimed && object.parent.is_none();
        object.former = Some(Former {
            member,
            until_ms,
            claimed,
        });
        object.hold = None;
        if claimed {
            object.structure_told(time_ms);
        }
    }
    Ok(())
}

/// Says whether there was anything to take over.
fn take_over_amounts(
    draft: &mut Draft<'_, '_>,
    id: HandoverId,
    handover: &mut Handover,
    part: &Returned,
) -> Result<bool, Halt> {
    let owns = handover.conveys != Conveys::Custody;
    let (aside, to) = (Holder::Offered(id), Holder::Loose(handover.to.clone()));
    draft.load_amounts(handover.classes.iter(), &[&aside, &to])?;
    let mut accepted = false;
    for class in std::mem::take(&mut handover.classes) {
        let Some(holding) = draft.holding(&class, &aside)?.cloned() else {
            continue;
        };
        let mut amount = holding.quantity();
        if let Some(left) = part.left.get(&class) {
            // It stays aside: where it would go back to, it would mix.
            handover.classes.push(class.clone());
            amount = amount
                .take(left)
                .map_err(|error| BELOW_ZERO.because(format!("{class}: {error}")))?;
        }
        if amount.value().is_zero() {
            continue;
        }
        accepted = true;
        let taken = draft.take(&class, &aside, &amount)?;
        let owner = if owns {
            handover.to.clone()
        } else {
            taken.owner.clone()
        };
        draft.add(&class, &to, Holding { owner, ..taken })?;
    }
    Ok(accepted)
}

/// Everything goes back. Amounts that meet a stock of another owner stay aside where `leave` says so.
fn release(
    draft: &mut Draft<'_, '_>,
    id: HandoverId,
    handover: &mut Handover,
    leave: bool,
) -> Result<(), Halt> {
    let open = handover.state == HandoverState::Open;
    if open && handover.conveys != Conveys::Ownership {
        draft.load(handover.objects.iter())?;
        for name in &handover.objects {
            draft.known(name)?;
            draft.change(name).hold = None;
        }
    }
    let (aside, back) = (Holder::Offered(id), Holder::Loose(handover.from.clone()));
    draft.load_amounts(handover.classes.iter(), &[&aside, &back])?;
    let mut left = Vec::new();
    for class in std::mem::take(&mut handover.classes) {
        let Some(amount) = draft.holding(&class, &aside)?.cloned() else {
            continue;
        };
        let mixes = draft
            .holding(&class, &back)?
            .is_some_and(|have| have.owner != amount.owner || have.unit != amount.unit);
        if mixes && leave {
            left.push(class);
            continue;
        }
        let taken = draft.take(&class, &aside, &amount.quantity())?;
        draft.add(&class, &back, taken)?;
    }
    handover.classes = left;
    Ok(())
}
