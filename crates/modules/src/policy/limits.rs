//! Limits on amounts: what policies are told of what an action hands over, records or reports, and of what it comes to in a day.
//!
//! Flow: the action's module says its amounts ([`Domain::amounts`](crate::domain::Domain::amounts)), one for each item and unit; policies are asked
//! about each of them (`context.item`, `unit`, `amount`), with what the signer did with it today (`context.amount_today`), which is kept where a
//! policy asks. How often a day is [`approvals`](super::approvals)' (`context.today`).
//!
//! Invariants: amounts are exact; towards policies they are rounded up, so that no limit is passed by a fraction; an action that says no
//! amount is asked about once, with the amount 0 of nothing.

use super::{
    approvals::{DAY_MS, tally_key},
    facts,
    needs::{Needs, circumstance},
    subject::Circumstances,
    transition::Call,
    types::Sum,
    vocabulary::vocabulary,
};
use crate::domain::Amount;
use convoy_ledger::{Asked, Halt, Reader};
use convoy_types::{Did, Digest, cbor, quantity::Decimal};

/// Questions about one action, records times amounts: bounds what limits may cost.
pub const QUESTIONS_MAX: usize = 2_048;

/// An amount, and what it comes to today.
pub(super) struct Said {
    amount: Amount,
    today: Decimal,
}

impl Said {
    /// `plain` with this amount.
    pub fn in_circumstances(&self, plain: &Circumstances) -> Circumstances {
        Circumstances {
            item: self.amount.item.clone(),
            unit: self.amount.unit.clone(),
            amount: self.amount.value,
            amount_today: self.today,
            ..plain.clone()
        }
    }
}

/// The amounts of an action where its policies look at them; what is to be kept of them goes to `beside`.
pub(super) fn look(
    reader: &mut Reader<'_>,
    asked: &Asked<'_>,
    (did, action, needs): (&Did, usize, Needs),
    beside: &mut Vec<Call>,
) -> Result<Vec<Said>, Halt> {
    if !needs.asks(circumstance::AMOUNTS) {
        return Ok(Vec::new());
    }
    let unreadable = || asked.denied.because("its amounts cannot be read");
    let domain = crate::domain(asked.module).map_err(|_| unreadable())?;
    let amounts = domain.amounts(asked.body).ok_or_else(unreadable)?;
    if amounts.len() > QUESTIONS_MAX {
        return Err(too_many(asked, amounts.len(), 1));
    }
    let day = reader.block().time_ms / DAY_MS;
    let mut said = Vec::with_capacity(amounts.len());
    let mut waits = false;
    for amount in amounts {
        let mut today = amount.value;
        if needs.asks(circumstance::AMOUNT_TODAY) {
            let key = key(did, action, &amount);
            match facts::sum(reader, &key) {
                Ok(sum) => {
                    let before = sum.filter(|sum| sum.day == day).map(|sum| sum.total);
                    let total = today.plus(before.unwrap_or_default());
                    today = total.unwrap_or(Decimal::MAX);
                    let version = Default::default();
                    let total = today;
                    beside.push(Call::Sum(
                        key,
                        Sum {
                            version,
                            day,
                            total,
                        },
                    ));
                }
                // All that is missing is asked for together.
                Err(Halt::NeedKeys) => waits = true,
                Err(halt) => return Err(halt),
            }
        }
        said.push(Said { amount, today });
    }
    match waits {
        true => Err(Halt::NeedKeys),
        false => Ok(said),
    }
}

/// The refusal of an action that says more than can be asked about.
pub(super) fn too_many(asked: &Asked<'_>, amounts: usize, records: usize) -> Halt {
    let reason = format!(
        "policies limit amounts here, and {amounts} items of {records} records are more than the {QUESTIONS_MAX} questions that one action \
         may take: split it"
    );
    asked.denied.because(reason).into()
}

/// The key of the sum of `amount`'s item and unit.
fn key(did: &Did, action: usize, amount: &Amount) -> Vec<u8> {
    let mut key = tally_key(did, &vocabulary().actions[action].name);
    let what = Digest::of(&cbor::to_vec(&(&amount.item, &amount.unit)));
    key.extend_from_slice(format!("#{what}").as_bytes());
    key
}
