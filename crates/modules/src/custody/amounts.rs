//! Amounts of classes and lots in a [`Draft`]: taken from one holder, added to another, never below zero.

use super::{
    draft::{Draft, Kept},
    facts::{self, Listed},
    reject::*,
    types::*,
};
use convoy_ledger::{Halt, Reject};
use convoy_types::{
    MemberId,
    identifiers::Epc,
    quantity::{AmountError, Quantity},
};

impl Draft<'_, '_> {
    /// The amount of `class` with `holder`.
    pub fn holding(&mut self, class: &Epc, holder: &Holder) -> Result<Option<&Holding>, Halt> {
        let key = (class.clone(), holder.clone());
        if !self.holdings.contains_key(&key) {
            let found = facts::holding(self.reader, class, holder)?;
            let value = found.map(|holding| (*holding).clone());
            self.holdings.insert(
                key.clone(),
                Kept {
                    value,
                    changed: false,
                },
            );
        }
        Ok(self.holdings.get(&key).and_then(|kept| kept.value.as_ref()))
    }

    /// Asks at once for what each of `holders` has of each of `classes`.
    pub fn load_amounts<'n>(
        &mut self,
        classes: impl Iterator<Item = &'n Epc>,
        holders: &[&Holder],
    ) -> Result<(), Halt> {
        let mut missing = false;
        for class in classes {
            for holder in holders {
                missing |= self.holding(class, holder).is_err();
            }
        }
        if missing { Err(Halt::NeedKeys) } else { Ok(()) }
    }

    /// Takes an amount from `holder` and returns it with its owner.
    pub fn take(
        &mut self,
        class: &Epc,
        holder: &Holder,
        amount: &Quantity,
    ) -> Result<Holding, Halt> {
        let Some(have) = self.holding(class, holder)?.cloned() else {
            let reason = format!(
                "{} of {class} was to be taken from {}, where there is none",
                amount,
                holder.words()
            );
            return Err(BELOW_ZERO.because(reason).into());
        };
        let left = have
            .quantity()
            .take(amount)
            .map_err(|error| refuse_amount(class, holder, &error))?;
        let taken = Holding {
            value: amount.value(),
            ..have.clone()
        };
        let empty = left.value().is_zero();
        let rest = Holding {
            value: left.value(),
            ..have
        };
        self.store(class, holder, (!empty).then_some(rest));
        if empty {
            self.count_amount(class, holder, -1)?;
        }
        Ok(taken)
    }

    /// Adds an amount to `holder`.
    pub fn add(&mut self, class: &Epc, holder: &Holder, amount: Holding) -> Result<(), Halt> {
        if amount.value.is_zero() {
            return Ok(());
        }
        match self.holding(class, holder)?.cloned() {
            None => {
                self.count_amount(class, holder, 1)?;
                self.store(class, holder, Some(amount));
            }
            Some(have) if have.owner != amount.owner => {
                let reason = format!(
                    "{} holds {class} of {}, not of {}",
                    holder.words(),
                    have.owner,
                    amount.owner
                );
                return Err(MIXED_HOLDING.because(reason).into());
            }
            Some(have) => {
                let sum = have
                    .quantity()
                    .plus(&amount.quantity())
                    .map_err(|error| refuse_amount(class, holder, &error))?;
                let newer = if amount.time_ms >= have.time_ms {
                    amount
                } else {
                    have
                };
                self.store(
                    class,
                    holder,
                    Some(Holding {
                        value: sum.value(),
                        ..newer
                    }),
                );
            }
        }
        Ok(())
    }

    /// Notes that an amount came to where there was none, or that the last of it left.
    fn count_amount(&mut self, class: &Epc, holder: &Holder, by: i32) -> Result<(), Halt> {
        if let Holder::In(container) | Holder::Fitted(container) = holder {
            self.known(container)?;
            self.change_contents(container, by);
        }
        match holder {
            Holder::In(_) | Holder::Fitted(_) | Holder::Fixed(..) => {
                self.list(&Listed::Amounts(holder), class, by > 0)
            }
            Holder::Loose(_) | Holder::Offered(_) | Holder::Missing(_) => Ok(()),
        }
    }

    /// Stores an amount as it is now.
    pub fn store(&mut self, class: &Epc, holder: &Holder, holding: Option<Holding>) {
        let recorded_ms = self.now_ms();
        let value = holding.map(|holding| Holding {
            recorded_ms,
            ..holding
        });
        self.holdings.insert(
            (class.clone(), holder.clone()),
            Kept {
                value,
                changed: true,
            },
        );
    }
}

impl Holding {
    /// `amount` of `owner`, seen at `time_ms`.
    pub(super) fn new(owner: &MemberId, amount: &Quantity, time_ms: i64) -> Self {
        Self {
            version: Default::default(),
            owner: owner.clone(),
            value: amount.value(),
            unit: amount.unit().into(),
            place: None,
            disposition: None,
            time_ms,
            recorded_ms: 0,
            last: None,
        }
    }

    /// The amount with its unit.
    pub fn quantity(&self) -> Quantity {
        match Quantity::new(self.value, &self.unit) {
            Ok(quantity) => quantity,
            Err(error) => panic!("a stored amount is malformed: {error}"),
        }
    }

    pub(super) fn now(&self) -> AmountNow {
        AmountNow {
            owner: self.owner.clone(),
            quantity: self.quantity(),
            place: self.place.clone(),
            disposition: self.disposition.clone(),
        }
    }
}

impl Holder {
    fn words(&self) -> String {
        match self {
            Self::Loose(member) => format!("{member}'s loose stock"),
            Self::In(container) => container.to_string(),
            Self::Offered(handover) => format!("handover {handover}"),
            Self::Missing(case) => format!("case {case}"),
            Self::Fitted(asset) => format!("what is fitted to {asset}"),
            Self::Fixed(member, place) => format!("what {member} fixed at {place}"),
        }
    }
}

fn refuse_amount(class: &Epc, holder: &Holder, error: &AmountError) -> Reject {
    let rule = match error {
        AmountError::Unlike(..) => MIXED_HOLDING,
        AmountError::BelowZero { .. } => BELOW_ZERO,
        _ => MALFORMED_FIELD,
    };
    rule.because(format!("{class} with {}: {error}", holder.words()))
}
