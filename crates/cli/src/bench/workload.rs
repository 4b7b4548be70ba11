//! The statements of the bench: who signs which event about which object.
//!
//! Object `n` is a serialised item commissioned by a signer of member `n % members`, and only signers of that member report on it, because
//! the ledger refuses reports on what is in somebody else's hands.

use super::plan::{Plan, Workload};
use crate::failure::{Attempt as _, Failure, Outcome};
use bytes::Bytes;
use convoy_modules::custody;
use convoy_types::{
    StatementBuilder, cbor,
    cose::{Algorithm, SigningKey},
    epcis::{
        Action, Event, EventKind, Timestamp, ZoneOffset,
        cbv::{BizStep, Disposition},
    },
    identifiers::Epc,
};

/// Company prefix and item reference of the objects (a prefix GS1 keeps for examples).
const OBJECT_PREFIX: &str = "urn:epc:id:sgtin:9521321.012345.";
/// Places where objects are seen.
const PLACES: u64 = 64;
/// Different times at which events are told to have happened, milliseconds: ten minutes' worth.
const EVENT_TIMES: u64 = 600_000;
/// Events in one statement of the preload.
const PRELOAD_EVENTS: u64 = 500;
/// How long a statement of the bench stays valid: longer than any run, milliseconds.
const VALID_MS: u64 = 6 * 3_600 * 1_000;

/// One signer with a key and the next place in its lane.
pub struct Hand {
    key: SigningKey,
    index: u64,
    sequence: u64,
}

/// Makes the statements of one plan.
pub struct Workshop<'a> {
    plan: &'a Plan,
    now_ms: u64,
    places: Vec<Epc>,
    observing: BizStep,
    commissioning: BizStep,
    active: Disposition,
}

impl<'a> Workshop<'a> {
    /// For `plan`, with events that happen at `now_ms`.
    pub fn new(plan: &'a Plan, now_ms: u64) -> Outcome<Self> {
        let term = |what: &str| format!("read the CBV term `{what}`");
        let places = (0..PLACES)
            .map(|place| Epc::parse(&format!("urn:epc:id:sgln:9521321.{place:05}.0")))
            .collect::<Result<_, _>>()
            .attempt(|| "name the places".into())?;
        Ok(Self {
            plan,
            now_ms,
            places,
            observing: BizStep::parse("storing").attempt(|| term("storing"))?,
            commissioning: BizStep::parse("commissioning").attempt(|| term("commissioning"))?,
            active: Disposition::parse("active").attempt(|| term("active"))?,
        })
    }

    /// The hands of `signers` (indices into the plan), at the start of their lanes.
    pub fn hands(&self, signers: impl Iterator<Item = usize>) -> Outcome<Vec<Hand>> {
        signers
            .map(|index| {
                let mut seed = [0; 32];
                hex::decode_to_slice(&self.plan.signers[index].seed, &mut seed)
                    .attempt(|| "read a signer's seed".into())?;
                let key = SigningKey::from_secret(Algorithm::Ed25519, &seed)
                    .attempt(|| "make a signer's key".into())?;
                Ok(Hand {
                    key,
                    index: index as u64,
                    sequence: 0,
                })
            })
            .collect()
    }

    /// The next statement of the load by `hand`; `turn` varies the objects.
    pub fn load(&self, hand: &mut Hand, turn: u64) -> Outcome<Bytes> {
        let members = self.plan.targets.len() as u64;
        let member = hand.index % members;
        let own = self.plan.preload / members;
        let events = match self.plan.workload {
            Workload::Custody => 1,
            Workload::Epcis => self.plan.batch as u64,
        };
        let bodies = (0..events).map(|event| {
            let pick = scatter(turn * events + event) % own.max(1);
            let objects = vec![object(pick * members + member)?];
            let mut told = self.event(Action::Observe, turn * events + event, objects)?;
            told.biz_step = Some(self.observing.clone());
            let place = self.places[(scatter(turn + event) % PLACES) as usize].clone();
            told.read_point = Some(place.clone());
            told.biz_location = Some(place);
            Ok(told)
        });
        let bodies = bodies.collect::<Outcome<Vec<_>>>()?;
        self.sign(hand, bodies)
    }

    /// How many statements of the preload `member` has to send.
    pub fn preload_statements(&self) -> u64 {
        let members = self.plan.targets.len() as u64;
        (self.plan.preload / members).div_ceil(PRELOAD_EVENTS)
    }

    /// Statement `number` of the preload of `hand`'s member: up to 500 events, each commissioning one object.
    pub fn preload(&self, hand: &mut Hand, number: u64) -> Outcome<Bytes> {
        let members = self.plan.targets.len() as u64;
        let member = hand.index % members;
        let own = self.plan.preload / members;
        let range = number * PRELOAD_EVENTS..((number + 1) * PRELOAD_EVENTS).min(own);
        let bodies = range.map(|at| {
            let mut told = self.event(Action::Add, at, vec![object(at * members + member)?])?;
            told.biz_step = Some(self.commissioning.clone());
            told.disposition = Some(self.active.clone());
            Ok(told)
        });
        let bodies = bodies.collect::<Outcome<Vec<_>>>()?;
        self.sign(hand, bodies)
    }

    /// An event told `number` milliseconds (modulo some minutes) before now: the same event twice would be refused as known.
    fn event(&self, action: Action, number: u64, epcs: Vec<Epc>) -> Outcome<Event> {
        let told_ms = self.now_ms.saturating_sub(number % EVENT_TIMES);
        let event_time = i64::try_from(told_ms).ok().and_then(Timestamp::from_millis);
        Ok(Event {
            kind: EventKind::Object,
            action: Some(action),
            event_time: event_time.ok_or_else(|| {
                Failure::environment("this machine's clock is beyond the year 9999")
            })?,
            offset: ZoneOffset::from_minutes(0)
                .ok_or_else(|| Failure::environment("UTC is no zone"))?,
            id: None,
            parent: None,
            epcs,
            quantities: Vec::new(),
            biz_step: None,
            disposition: None,
            read_point: None,
            biz_location: None,
            more: None,
        })
    }

    fn sign(&self, hand: &mut Hand, events: Vec<Event>) -> Outcome<Bytes> {
        let signer = &self.plan.signers[hand.index as usize];
        let not_after = self.now_ms + VALID_MS;
        let mut builder =
            StatementBuilder::new(self.plan.network.clone(), signer.did.clone(), not_after)
                .sequence(0, hand.sequence);
        for event in events {
            builder = builder.action(custody::NAME, capture(event));
        }
        let statement = builder.sign(&hand.key).map_err(Failure::environment)?;
        hand.sequence += 1;
        Ok(statement.bytes().clone())
    }
}

/// The body of a custody action that captures `event`.
fn capture(event: Event) -> Vec<u8> {
    cbor::to_vec(&custody::types::Action::Capture(Box::new(event)))
}

fn object(number: u64) -> Outcome<Epc> {
    Epc::parse(&format!("{OBJECT_PREFIX}{number}")).attempt(|| format!("name object {number}"))
}

/// Spreads consecutive numbers over all 64-bit numbers (the finisher of SplitMix64), the same in every run.
fn scatter(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
