//! Measures what executing statements costs, apart from signatures, the disk and the network.
//!
//! Purpose: the figures kept in `docs/reference/performance.md`. A thousand signers of four nations observe objects chosen at random, in
//! blocks of `BLOCK` statements of `EVENTS` events each, over a state of `OBJECTS` objects in memory.
//!
//! `cargo run --release -p convoy-modules --example execution_cost -- [OBJECTS] [BLOCKS] [BLOCK] [EVENTS]`

#[allow(
    dead_code,
    reason = "this measurement needs statements, not what is told of them"
)]
mod load;

use convoy_ledger::{
    Execution, Ledger, Mode, Prepared, SignatureCheck, Tip,
    memory::{self, MemoryStore},
};
use convoy_modules::{
    custody::{self, types::Action},
    membership::{
        genesis::{self, Founder},
        types::{MemberKind, NewKey, NewMember, NewSigner, Role, Roles, SignerKind},
    },
};
use convoy_types::{
    Compartment, Did, Digest, MemberId, NetworkId, Statement, StatementBuilder, cbor,
    cose::{Algorithm, PublicKey, SigningKey},
    epcis::{self, EventKind, Timestamp, ZoneOffset, cbv::BizStep},
    identifiers::Epc,
    statement::Assurance,
};
use load::{Fault, Random, epc, numbers, place};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

const START_MS: u64 = 1_793_491_200_000;
const MEMBERS: [&str; 4] = ["est", "fra", "ita", "pol"];
const SIGNERS: u64 = 1_004;
const COMMISSIONED_TOGETHER: u64 = 500;

/// Signatures are measured elsewhere (`cargo run --release -p convoy-types --example speed`).
struct Trusted;

impl SignatureCheck for Trusted {
    fn check(&self, signed: &[(&PublicKey, &Statement)]) -> Vec<bool> {
        vec![true; signed.len()]
    }
}

struct Network {
    ledger: Ledger,
    id: NetworkId,
    state: MemoryStore,
    tip: Tip,
    key: SigningKey,
    sequences: Vec<u64>,
    random: Random,
    told: u64,
}

fn signer(number: u64) -> Result<Did, Fault> {
    Ok(Did::new(&format!(
        "did:web:bench.example:signers:{number}"
    ))?)
}

fn founders(key: &SigningKey) -> Result<Vec<Founder>, Fault> {
    let of = |place: usize| -> Result<Founder, Fault> {
        let member = MemberId::new(MEMBERS[place])?;
        let signers = (0..SIGNERS).filter(|number| *number as usize % MEMBERS.len() == place);
        let signers = signers.map(|number| -> Result<NewSigner, Fault> {
            // The policies want administrators; they hand the work to scanners.
            let (kind, role) = match (number as usize) < MEMBERS.len() {
                true => (SignerKind::Person, Role::MemberAdministrator),
                false => (SignerKind::Device, Role::Scanner),
            };
            Ok(NewSigner {
                did: signer(number)?,
                member: member.clone(),
                kind,
                unit: None,
                roles: Roles::of(&[role]),
                keys: vec![NewKey {
                    key: key.public().clone(),
                    valid_from_ms: None,
                    valid_until_ms: None,
                    assurance: Assurance::OwnKey,
                    hardware: false,
                }],
            })
        });
        let signers = signers.collect::<Result<_, _>>()?;
        Ok(Founder {
            member: NewMember {
                name: member.to_string(),
                member,
                kind: MemberKind::Nation,
                founding: true,
                validator: None,
                tree_head_keys: Vec::new(),
                node: None,
            },
            signers,
        })
    };
    (0..MEMBERS.len()).map(of).collect()
}

impl Network {
    fn found() -> Result<Self, Fault> {
        let key = SigningKey::from_secret(Algorithm::Ed25519, &Digest::of(b"key").0)?;
        let id = NetworkId::of_genesis("cost", &Digest::of(b"cost"))?;
        let ledger = Ledger::new(
            id.clone(),
            Compartment::common(),
            Arc::new(convoy_modules::registry()),
        );
        let mut state = MemoryStore::default();
        let founded = ledger.found(START_MS, &genesis::actions(&founders(&key)?));
        state.apply(&founded.map_err(|reject| reject.to_string())?);
        Ok(Self {
            ledger,
            id,
            state,
            tip: Tip {
                height: 0,
                time_ms: START_MS,
            },
            key,
            sequences: vec![0; SIGNERS as usize],
            random: Random::new(),
            told: 0,
        })
    }

    fn event(&mut self, action: epcis::Action, object: Epc) -> Result<epcis::Event, Fault> {
        self.told += 1;
        let time = i64::try_from(START_MS - 1 - self.told % 600_000)?;
        let seen = place(self.random.next() % load::PLACES)?;
        Ok(epcis::Event {
            kind: EventKind::Object,
            action: Some(action),
            event_time: Timestamp::from_millis(time).ok_or("time")?,
            offset: ZoneOffset::from_minutes(0).ok_or("offset")?,
            id: None,
            parent: None,
            epcs: vec![object],
            quantities: Vec::new(),
            biz_step: Some(BizStep::Storing),
            disposition: None,
            read_point: Some(seen.clone()),
            biz_location: Some(seen),
            more: None,
        })
    }

    fn signed(&mut self, by: u64, events: Vec<epcis::Event>) -> Result<Statement, Fault> {
        let sequence = &mut self.sequences[by as usize];
        let mut builder = StatementBuilder::new(self.id.clone(), signer(by)?, START_MS + 3_600_000);
        builder = builder.sequence(0, *sequence);
        *sequence += 1;
        for event in events {
            let action = cbor::to_vec(&Action::Capture(Box::new(event)));
            builder = builder.action(custody::NAME, action);
        }
        Ok(builder.sign(&self.key)?)
    }

    fn execute(&mut self, statements: Vec<Arc<Prepared>>) -> Result<Duration, Fault> {
        let count = statements.len();
        let time_ms = self.tip.time_ms + 100;
        let mode = Mode::Verify;
        let execution = Execution::new(self.ledger.clone(), mode, self.tip, time_ms, statements);
        let start = Instant::now();
        let output = memory::run(execution, &self.state, &Trusted)?;
        let executing = start.elapsed();
        if let Some(refused) = output.outcomes.iter().find_map(|one| one.reject.as_ref()) {
            return Err(refused.to_string().into());
        }
        self.state.apply(&output);
        self.tip = Tip {
            height: self.tip.height + 1,
            time_ms,
        };
        assert_eq!(output.included.len(), count);
        Ok(executing)
    }

    fn prepare(
        &self,
        statements: &[Statement],
    ) -> Result<(Vec<Arc<Prepared>>, [Duration; 2]), Fault> {
        let start = Instant::now();
        let decoded = statements
            .iter()
            .map(|one| Statement::decode(one.bytes().clone()));
        let decoded = decoded.collect::<Result<Vec<_>, _>>()?;
        let (decoding, start) = (start.elapsed(), Instant::now());
        let prepared = decoded.into_iter().map(|one| self.ledger.prepare(one));
        let prepared = prepared.map(|one| one.map(Arc::new).map_err(|reject| reject.to_string()));
        let prepared = prepared.collect::<Result<Vec<_>, _>>()?;
        Ok((prepared, [decoding, start.elapsed()]))
    }
}

fn main() -> Result<(), Fault> {
    let [objects, blocks, size, events] = numbers([20_000, 200, 500, 1]);
    let mut network = Network::found()?;
    // Signer `n` is of member `n` modulo four, and so is object `n`: nobody reports on what others hold.
    let members = MEMBERS.len() as u64;
    let mut commissioned = 0;
    while commissioned < objects {
        let mut told = Vec::new();
        for _ in 0..COMMISSIONED_TOGETHER {
            told.push(commissioned);
            commissioned += 1;
        }
        let mut statements = Vec::new();
        for member in 0..members {
            let own = told.iter().filter(|object| *object % members == member);
            let events = own.map(|object| network.event(epcis::Action::Add, epc(*object)?));
            let events = events.collect::<Result<Vec<_>, Fault>>()?;
            statements.push(network.signed(members + member, events)?);
        }
        let (prepared, _) = network.prepare(&statements)?;
        network.execute(prepared)?;
    }
    let mut spent = [Duration::ZERO; 3];
    for block in 0..blocks {
        let mut statements = Vec::new();
        for place in 0..size {
            let by = members + (block * size + place) % (SIGNERS - members);
            let mut told = Vec::new();
            for _ in 0..events {
                let object = network.random.next() % (objects / members) * members + by % members;
                told.push(network.event(epcis::Action::Observe, epc(object)?)?);
            }
            statements.push(network.signed(by, told)?);
        }
        let (prepared, [decoding, preparing]) = network.prepare(&statements)?;
        let executing = network.execute(prepared)?;
        for (sum, one) in spent.iter_mut().zip([decoding, preparing, executing]) {
            *sum += one;
        }
    }
    let all = (blocks * size) as f64;
    println!(
        "{objects} objects, {blocks} blocks of {size} statements of {events} events, one core; microseconds"
    );
    for (what, spent) in ["decode", "prepare", "execute"].iter().zip(spent) {
        let each = spent.as_secs_f64() * 1e6 / all;
        println!(
            "{what:8} {each:9.2} a statement {:9.2} an event",
            each / events as f64
        );
    }
    Ok(())
}
