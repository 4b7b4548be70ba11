//! A till that counts coins, and a bell that other modules ring.

use crate::{
    context::{Halt, Reader, Writer},
    module::{Call, Effects, Module},
    reject::{self, Reject, Rule},
    state::{Record, StateKey, Table},
};
use convoy_types::{Compartment, Did};
use serde::{Deserialize, Serialize};

pub const EMPTY: Rule = Rule {
    number: 901,
    name: "till-empty",
    retryable: true,
    remedy: "Put coins in first.",
};
pub const BROKEN: Rule = Rule {
    number: 911,
    name: "bell-broken",
    retryable: false,
    remedy: "Repair the bell.",
};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Till {
    pub coins: u64,
    /// Makes the record longer than a cell.
    pub padding: String,
}

impl Record for Till {
    const TABLE: Table = Table::new("till", "tills");
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Action {
    Put {
        till: String,
        coins: u64,
    },
    Take {
        till: String,
        coins: u64,
    },
    /// Rings the bell, and takes a coin, in one action.
    TakeAndRing {
        till: String,
        broken: bool,
    },
    Pad {
        till: String,
        length: usize,
    },
    EmptyAt {
        till: String,
        due_ms: u64,
    },
    RingForEver,
    /// Notes in a till which comes behind it.
    Chain {
        till: String,
        next: String,
    },
    /// Looks into every till behind this one.
    Follow {
        till: String,
    },
    /// Adds as many coins as the version of the rules has; exists since version 2.
    Interest {
        till: String,
    },
}

pub struct TillModule;

impl TillModule {
    fn coins(reader: &mut Reader<'_>, till: &str) -> Result<Till, Halt> {
        Ok(reader
            .read::<Till>(till.as_bytes())?
            .map(|till| (*till).clone())
            .unwrap_or_default())
    }
}

impl Module for TillModule {
    const NAME: &'static str = "till";
    const RULES: &'static [Rule] = &[EMPTY];
    type Action = Action;
    type Call = ();
    type Effect = (String, Till, Option<u64>);

    fn validate(&self, action: &Action) -> Result<(), Reject> {
        match action {
            Action::Put { coins: 0, .. } => Err(reject::MALFORMED_ACTION.because("coins is 0")),
            _ => Ok(()),
        }
    }

    fn likely_keys(
        &self,
        compartment: &Compartment,
        _: &Did,
        action: &Action,
        keys: &mut Vec<StateKey>,
    ) {
        // Only `Put` helps, so that both ways of getting at state are tried.
        if let Action::Put { till, .. } = action {
            keys.push(StateKey::of(compartment, Till::TABLE, till.as_bytes()));
        }
    }

    fn since(&self, action: &Action) -> u32 {
        match action {
            Action::Interest { .. } => 2,
            _ => 1,
        }
    }

    fn check(
        &self,
        reader: &mut Reader<'_>,
        action: &Action,
    ) -> Result<Effects<Self::Effect>, Halt> {
        match action {
            Action::Interest { till } => {
                let mut record = Self::coins(reader, till)?;
                record.coins += u64::from(reader.block().protocol_version);
                Ok(Effects::of(vec![(till.clone(), record, None)]))
            }
            Action::Put { till, coins } => {
                let mut record = Self::coins(reader, till)?;
                record.coins += coins;
                Ok(Effects::of(vec![(till.clone(), record, None)]))
            }
            Action::Take { till, coins } => {
                let mut record = Self::coins(reader, till)?;
                record.coins = record
                    .coins
                    .checked_sub(*coins)
                    .ok_or_else(|| EMPTY.because(format!("{till} holds {} coins", record.coins)))?;
                Ok(Effects::of(vec![(till.clone(), record, None)]))
            }
            Action::TakeAndRing { till, broken } => {
                let mut record = Self::coins(reader, till)?;
                record.coins = record.coins.saturating_sub(1);
                let ring = if *broken { Ring::Broken } else { Ring::Once };
                Ok(Effects {
                    own: vec![(till.clone(), record, None)],
                    calls: vec![Call::to::<BellModule>(ring)],
                })
            }
            Action::Pad { till, length } => {
                let mut record = Self::coins(reader, till)?;
                record.padding = "x".repeat(*length);
                Ok(Effects::of(vec![(till.clone(), record, None)]))
            }
            Action::EmptyAt { till, due_ms } => {
                let record = Self::coins(reader, till)?;
                Ok(Effects::of(vec![(till.clone(), record, Some(*due_ms))]))
            }
            Action::Chain { till, next } => {
                let mut record = Self::coins(reader, till)?;
                record.padding.clone_from(next);
                Ok(Effects::of(vec![(till.clone(), record, None)]))
            }
            Action::Follow { till } => {
                let mut next = till.clone();
                while !next.is_empty() {
                    next = Self::coins(reader, &next)?.padding;
                }
                Ok(Effects::of(vec![]))
            }
            Action::RingForEver => Ok(Effects {
                own: vec![],
                calls: vec![Call::to::<BellModule>(Ring::Again)],
            }),
        }
    }

    fn check_call(&self, _: &mut Reader<'_>, (): &()) -> Result<Effects<Self::Effect>, Halt> {
        Ok(Effects::of(vec![]))
    }

    fn check_timer(
        &self,
        reader: &mut Reader<'_>,
        body: &[u8],
    ) -> Result<Effects<Self::Effect>, Halt> {
        let till = String::from_utf8_lossy(body).into_owned();
        let mut record = Self::coins(reader, &till)?;
        record.coins = 0;
        Ok(Effects::of(vec![(till, record, None)]))
    }

    fn apply(
        &self,
        writer: &mut Writer<'_, '_>,
        (till, record, due): &Self::Effect,
    ) -> Result<(), Halt> {
        if let Some(due_ms) = due {
            writer.set_timer(*due_ms, till.as_bytes().to_vec())?;
        }
        writer.emit(&(till, record.coins));
        writer.write(till.as_bytes(), record.clone());
        Ok(())
    }
}

pub enum Ring {
    Once,
    Broken,
    Again,
}

pub struct BellModule;

#[derive(Clone, Serialize, Deserialize)]
pub struct Rung(pub u64);

impl Record for Rung {
    const TABLE: Table = Table::new("bell", "rung");
}

impl Module for BellModule {
    const NAME: &'static str = "bell";
    const RULES: &'static [Rule] = &[BROKEN];
    type Action = u8;
    type Call = Ring;
    type Effect = u64;

    fn validate(&self, _: &u8) -> Result<(), Reject> {
        Ok(())
    }
    fn likely_keys(&self, _: &Compartment, _: &Did, _: &u8, _: &mut Vec<StateKey>) {}
    fn check(&self, _: &mut Reader<'_>, _: &u8) -> Result<Effects<u64>, Halt> {
        Ok(Effects::of(vec![]))
    }
    fn check_call(&self, reader: &mut Reader<'_>, ring: &Ring) -> Result<Effects<u64>, Halt> {
        let rung = reader.read::<Rung>(b"bell")?.map_or(0, |rung| rung.0);
        match ring {
            Ring::Broken => Err(BROKEN.because("it does not ring").into()),
            Ring::Once => Ok(Effects::of(vec![rung + 1])),
            Ring::Again => Ok(Effects {
                own: vec![],
                calls: vec![Call::to::<Self>(Ring::Again)],
            }),
        }
    }
    fn check_timer(&self, _: &mut Reader<'_>, _: &[u8]) -> Result<Effects<u64>, Halt> {
        Ok(Effects::of(vec![]))
    }
    fn apply(&self, writer: &mut Writer<'_, '_>, rung: &u64) -> Result<(), Halt> {
        writer.write(b"bell", Rung(*rung));
        Ok(())
    }
}
