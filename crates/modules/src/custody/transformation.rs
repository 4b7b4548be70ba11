//! Transformation: inputs are used up, outputs come into being (EPCIS 2.0 section 7.4.5).
//!
//! Flow: inputs end like an object event DELETE, outputs begin like ADD; both are the signer's own. Amounts of
//! one trade item in one unit are a split or a merge: as much comes out as went in. Events that share a
//! `transformationID` are one production of one member, and of a split or merge over several events not more
//! comes out at any time than went in.

use super::{
    capture::{Ran, begin, bring_in, end, presence, take_up, use_up},
    draft::{Draft, Presence},
    facts,
    form::amounts,
    reject::*,
    types::*,
};
use convoy_ledger::{Halt, Reject};
use convoy_types::{
    MemberId, epcis,
    identifiers::Epc,
    quantity::{AmountError, Decimal, Quantity},
};

/// Uses up the inputs, makes the outputs.
pub(super) fn run(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    event: &epcis::Event,
) -> Result<Ran, Halt> {
    let more = event.more();
    let seen = presence(event);
    // Place and disposition are those of the outputs.
    let used = Presence {
        place: None,
        disposition: None,
        ..seen
    };
    for name in &event.epcs {
        take_up(draft, me, name, used.time_ms)?;
        end(draft, me, name, &used)?;
    }
    use_up(draft, me, amounts(&event.quantities)?)?;
    for name in &more.output_epcs {
        begin(draft, me, name, &seen)?;
    }
    bring_in(draft, me, event, amounts(&more.output_quantities)?)?;
    let balance = Balance::of(event)?;
    match &more.transformation_id {
        Some(id) => join(draft, me, id, &balance)?,
        None if balance.alike.is_some() && balance.used != balance.made => {
            return Err(unequal(&balance.used, &balance.made).into());
        }
        None => {}
    }
    Ok(Ran::default())
}

fn unequal(used: &Decimal, made: &Decimal) -> Reject {
    let reason = format!("{used} of one trade item go in and {made} come out");
    NOT_CONSERVED.because(reason)
}

/// How much of one trade item in one unit an event uses and makes.
struct Balance {
    /// The trade item and unit; `None` where it is about something else, too.
    alike: Option<Box<str>>,
    used: Decimal,
    made: Decimal,
}

impl Balance {
    fn of(event: &epcis::Event) -> Result<Self, Reject> {
        let more = event.more();
        let (inputs, outputs) = (
            amounts(&event.quantities)?,
            amounts(&more.output_quantities)?,
        );
        let mut balance = Self {
            alike: None,
            used: Decimal::ZERO,
            made: Decimal::ZERO,
        };
        if !event.epcs.is_empty() || !more.output_epcs.is_empty() {
            return Ok(balance);
        }
        let mut all = inputs
            .iter()
            .chain(&outputs)
            .map(|(class, amount)| kind(class, amount));
        let Some(Some(first)) = all.next() else {
            return Ok(balance);
        };
        if !all.all(|other| other.as_ref() == Some(&first)) {
            return Ok(balance);
        }
        balance.alike = Some(first);
        balance.used = sum(&inputs)?;
        balance.made = sum(&outputs)?;
        Ok(balance)
    }
}

/// The trade item of a class or lot, with the unit: `09521101556007 KGM`.
fn kind(class: &Epc, amount: &Quantity) -> Option<Box<str>> {
    let item = class.key().strip_prefix("01/")?;
    let item = item.split('/').next().unwrap_or(item);
    Some(format!("{item} {}", amount.unit()).into())
}

fn sum(amounts: &[(&Epc, Quantity)]) -> Result<Decimal, Reject> {
    let mut sum = Decimal::ZERO;
    for (_, amount) in amounts {
        sum = sum.plus(amount.value()).map_err(out_of_range)?;
    }
    Ok(sum)
}

fn out_of_range(error: AmountError) -> Reject {
    MALFORMED_FIELD.because(format!("quantities: {error}"))
}

/// The event becomes part of the production `id`.
fn join(draft: &mut Draft<'_, '_>, me: &MemberId, id: &Epc, balance: &Balance) -> Result<(), Halt> {
    let known = facts::transformation(draft.reader, id)?;
    let mut joined = match known {
        Some(known) if known.events > 0 && known.member != *me => {
            let reason = format!("transformation {id} is of {}", known.member);
            return Err(NOT_PARTY.because(reason).into());
        }
        Some(known) if known.events > 0 => (*known).clone(),
        _ => Transformation {
            version: Default::default(),
            member: me.clone(),
            events: 0,
            alike: balance.alike.clone(),
            used: Decimal::ZERO,
            made: Decimal::ZERO,
        },
    };
    joined.events = joined.events.saturating_add(1);
    if joined.alike != balance.alike {
        joined.alike = None;
    }
    if joined.alike.is_some() {
        joined.used = joined.used.plus(balance.used).map_err(out_of_range)?;
        joined.made = joined.made.plus(balance.made).map_err(out_of_range)?;
        if joined.made > joined.used {
            return Err(unequal(&joined.used, &joined.made).into());
        }
    }
    draft.effect.transformation = Some((id.clone(), joined));
    Ok(())
}

/// Takes an event out of its production again: it was declared wrong.
pub(super) fn leave(draft: &mut Draft<'_, '_>, event: &epcis::Event) -> Result<(), Halt> {
    let Some(id) = &event.more().transformation_id else {
        return Ok(());
    };
    let Some(known) = facts::transformation(draft.reader, id)? else {
        return Ok(());
    };
    let mut left = (*known).clone();
    left.events = left.events.saturating_sub(1);
    if left.alike.is_some() {
        let balance = Balance::of(event)?;
        left.used = left.used.subtract(balance.used).map_err(out_of_range)?;
        left.made = left.made.subtract(balance.made).map_err(out_of_range)?;
        if left.made > left.used {
            let reason = format!("{} came out of {} that would be left", left.made, left.used);
            return Err(BUILT_UPON.because(reason).into());
        }
    }
    draft.effect.transformation = Some((id.clone(), left));
    Ok(())
}
