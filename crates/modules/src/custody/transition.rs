//! Deciding and carrying out custody's actions.
//!
//! Flow: `validate` bounds an action's fields; `check` hands it to the file that knows its rules, which
//! makes a [`Draft`](super::draft::Draft) and ends in one [`Effect`]; `apply` stores the effect's records,
//! sets its deadline and tells its events.

use super::{
    Custody, Effect, NAME, capture, discrepancy,
    draft::Deadline,
    facts::{self, Listed},
    form,
    handover::{self, Answer},
    loss,
    packing::Tie,
    reject::{self, *},
    touched,
    types::*,
};
use crate::membership;
use convoy_ledger::{
    Effects, Halt, Module, Reader, Record, Reject, Rule, StateKey, Touched, Writer,
};
use convoy_types::{Compartment, Did, cbor, epcis, identifiers::Epc};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, ops::Deref, sync::OnceLock};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

/// What policies call closing a case by writing off.
pub(super) const WRITE_OFF: &str = "write_off";

/// What was asked, and the reference of the event in it, which is a digest of all of it: worked out once, and asked for before and
/// while it is checked. Written, read and described as the action.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Request {
    action: Action,
    #[serde(skip)]
    reference: OnceLock<EventRef>,
}

impl From<Action> for Request {
    fn from(action: Action) -> Self {
        Self {
            action,
            reference: OnceLock::new(),
        }
    }
}

impl Deref for Request {
    type Target = Action;
    fn deref(&self) -> &Action {
        &self.action
    }
}

impl Request {
    fn reference(&self, event: &epcis::Event) -> EventRef {
        *self.reference.get_or_init(|| facts::reference(event))
    }
}

impl PartialSchema for Request {
    fn schema() -> RefOr<Schema> {
        Action::schema()
    }
}

impl ToSchema for Request {
    fn name() -> Cow<'static, str> {
        Action::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Action::schemas(schemas);
    }
}

/// Nothing is asked of custody by other modules yet.
pub enum Call {}

impl Module for Custody {
    const NAME: &'static str = NAME;
    const RULES: &'static [Rule] = reject::ALL;
    const DENIED: Rule = ROLE_NEEDED;
    type Action = Request;
    type Call = Call;
    type Effect = Effect;

    fn validate(&self, request: &Request) -> Result<(), Reject> {
        match &**request {
            Action::Capture(event) => form::validate(event),
            Action::OfferHandover(offer) => handover::validate(offer),
            Action::RefuseHandover { reason, .. } => handover::check_text("reason", reason, 1),
            Action::ReportLoss(report) => loss::validate(report),
            Action::CloseCase { account, .. } => handover::check_text("account", account, 1),
            Action::EscalateCase { reason, .. } => handover::check_text("reason", reason, 1),
            Action::AcceptHandover { discrepancies, .. } => discrepancy::validate(discrepancies),
            Action::WithdrawHandover { .. } | Action::SetPolicy(_) => Ok(()),
        }
    }

    fn likely_keys(
        &self,
        compartment: &Compartment,
        _: &Did,
        request: &Request,
        keys: &mut Vec<StateKey>,
    ) {
        let mut name = |table, key: &[u8]| keys.push(StateKey::of(compartment, table, key));
        match &**request {
            Action::Capture(event) => capture_keys(event, request.reference(event), &mut name),
            Action::OfferHandover(offer) => {
                objects(&offer.objects, &mut name);
                name(
                    membership::types::Member::TABLE,
                    offer.to.as_str().as_bytes(),
                );
            }
            Action::AcceptHandover { handover, .. }
            | Action::RefuseHandover { handover, .. }
            | Action::WithdrawHandover { handover, .. } => name(Handover::TABLE, &handover.0),
            Action::ReportLoss(report) => objects(&report.objects, &mut name),
            Action::CloseCase { case, .. } | Action::EscalateCase { case, .. } => {
                name(Case::TABLE, &case.0);
            }
            Action::SetPolicy(_) => name(Policy::TABLE, facts::POLICY_KEY),
        }
    }

    /// Writing off is asked about by a name of its own: it gives up what is owned.
    fn narrower(&self, request: &Request) -> Option<&'static str> {
        match **request {
            Action::CloseCase {
                finding: Finding::WrittenOff,
                ..
            } => Some(WRITE_OFF),
            _ => None,
        }
    }

    fn touched(&self, reader: &mut Reader<'_>, request: &Request) -> Result<Vec<Touched>, Halt> {
        touched::touched(reader, request)
    }

    fn check(&self, reader: &mut Reader<'_>, request: &Request) -> Result<Effects<Effect>, Halt> {
        let effect = match &**request {
            Action::Capture(event) => capture::check(reader, event, request.reference(event)),
            Action::OfferHandover(offer) => handover::offer(reader, offer),
            Action::AcceptHandover {
                handover,
                time,
                discrepancies,
            } => handover::answer(reader, *handover, *time, Answer::Accept(discrepancies)),
            Action::RefuseHandover {
                handover,
                reason,
                time,
            } => handover::answer(reader, *handover, *time, Answer::Refuse(reason)),
            Action::WithdrawHandover { handover, time } => {
                handover::answer(reader, *handover, *time, Answer::Withdraw)
            }
            Action::ReportLoss(report) => loss::report(reader, report),
            Action::CloseCase {
                case,
                finding,
                account,
                time,
            } => loss::close(reader, *case, *finding, account, *time),
            Action::EscalateCase { case, reason, time } => {
                loss::escalate_now(reader, *case, reason, *time)
            }
            Action::SetPolicy(policy) => set_policy(reader, policy),
        }?;
        Ok(Effects::of(vec![effect]))
    }

    fn check_call(&self, _: &mut Reader<'_>, call: &Call) -> Result<Effects<Effect>, Halt> {
        match *call {}
    }

    fn check_timer(&self, reader: &mut Reader<'_>, body: &[u8]) -> Result<Effects<Effect>, Halt> {
        let effect = match cbor::from_slice::<Deadline>(body) {
            Ok(Deadline::Handover(id)) => handover::expire(reader, id),
            Ok(Deadline::Case(id)) => loss::escalate(reader, id),
            Err(error) => panic!("a deadline that custody set is unreadable: {error}"),
        }?;
        Ok(Effects::of(vec![effect]))
    }

    fn apply(&self, writer: &mut Writer<'_, '_>, effect: &Effect) -> Result<(), Halt> {
        for (name, object) in &effect.objects {
            writer.write_shared(facts::object_key(name), object);
        }
        for (class, holder, holding) in &effect.holdings {
            let key = facts::holding_key(class, holder);
            match holding {
                Some(holding) => writer.write(&key, holding.clone()),
                None => writer.delete::<Holding>(&key),
            }
        }
        for (key, listing) in &effect.listings {
            match listing {
                Some(listing) => writer.write(key, listing.clone()),
                None => writer.delete::<Listing>(key),
            }
        }
        if let Some((id, transformation)) = &effect.transformation {
            writer.write(facts::transformation_key(id), transformation.clone());
        }
        for (event, record) in &effect.events {
            writer.write_shared(&event.0, record);
        }
        if let Some((id, handover)) = &effect.handover {
            writer.write(&id.0, handover.clone());
        }
        for (id, case) in &effect.cases {
            writer.write(&id.0, case.clone());
        }
        if let Some(policy) = &effect.policy {
            writer.write(facts::POLICY_KEY, policy.clone());
        }
        if let Some((due_ms, deadline)) = &effect.timer {
            writer.set_timer(*due_ms, cbor::to_vec(deadline))?;
        }
        effect.said.iter().for_each(|event| writer.emit(event));
        Ok(())
    }
}

fn set_policy(reader: &Reader<'_>, policy: &Policy) -> Result<Effect, Halt> {
    if !reader.is_genesis() {
        return Err(GENESIS_ONLY
            .because("the policy was set when the network was founded")
            .into());
    }
    Ok(Effect {
        policy: Some(policy.clone()),
        ..Effect::default()
    })
}

fn objects(names: &[Epc], name: &mut impl FnMut(convoy_ledger::Table, &[u8])) {
    names
        .iter()
        .for_each(|object| name(Object::TABLE, facts::object_key(object)));
}

/// Everything that recording an event reads when nothing is nested deeper than parent and child. Loose
/// holdings depend on the signer's member, which is not known here; they come with the second batch.
fn capture_keys(
    event: &epcis::Event,
    reference: EventRef,
    name: &mut impl FnMut(convoy_ledger::Table, &[u8]),
) {
    name(EventRecord::TABLE, &reference.0);
    for object in capture::objects(event) {
        name(Object::TABLE, facts::object_key(object));
    }
    if let Some(id) = &event.more().transformation_id {
        name(Transformation::TABLE, facts::transformation_key(id));
    }
    let tie = Tie::of(event).filter(|tie| tie.bond != Bond::Fixed);
    if let Some(tie) = tie.filter(|_| event.action != Some(epcis::Action::Observe)) {
        let of = Listed::Objects(tie.bond, tie.parent);
        name(Listing::TABLE, &facts::listing_key(&of));
        let holder = match tie.bond {
            Bond::Fitted => Holder::Fitted(tie.parent.clone()),
            _ => Holder::In(tie.parent.clone()),
        };
        for element in &event.quantities {
            name(Holding::TABLE, &facts::holding_key(&element.class, &holder));
        }
    }
}
