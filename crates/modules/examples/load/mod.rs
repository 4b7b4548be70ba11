//! A made load for the measurements in this folder: signed observations of objects at places, in blocks.

use convoy_modules::custody::{
    facts,
    types::{
        Action, Bond, Captured, Changes, Event, EventStanding, Life, ObjectNow, ObjectsNow, Origin,
    },
};
use convoy_readmodel::{ProjectedBlock, ProjectedEvent, ProjectedStatement};
use convoy_types::{
    Compartment, Did, Digest, MemberId, NetworkId, Statement, StatementBuilder, StatementId, cbor,
    cose::{Algorithm, SigningKey},
    epcis::{
        self, EventId, EventKind, Timestamp, ZoneOffset,
        cbv::{BizStep, Disposition},
    },
    identifiers::Epc,
};
use std::sync::Arc;

/// Places of the network.
pub const PLACES: u64 = 200;

/// Why a measurement cannot go on.
pub type Fault = Box<dyn std::error::Error>;

/// The numbers on the command line; those of `otherwise` where there are fewer.
#[allow(dead_code, reason = "not every measurement takes numbers")]
pub fn numbers<const N: usize>(otherwise: [u64; N]) -> [u64; N] {
    let given = std::env::args().skip(1);
    let mut given = given.filter_map(|text| text.parse().ok());
    otherwise.map(|otherwise| given.next().unwrap_or(otherwise))
}

/// Numbers that look random and are the same in every run.
pub struct Random(u64);

impl Random {
    /// From the beginning.
    pub fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    /// The next one.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// What is made, block after block.
pub struct Load {
    random: Random,
    pub height: u64,
    log: u64,
    signers: Vec<Did>,
    member: MemberId,
    network: NetworkId,
    key: SigningKey,
}

impl Load {
    /// Nothing made yet.
    pub fn new() -> Result<Self, Fault> {
        let signer = |n: u32| Did::new(&format!("did:web:est.example:units:{n}"));
        Ok(Self {
            random: Random::new(),
            height: 0,
            log: 1,
            signers: (0..1_000).map(signer).collect::<Result<_, _>>()?,
            member: MemberId::new("est")?,
            network: NetworkId::of_genesis("cost", &Digest::of(b"cost"))?,
            key: SigningKey::from_secret(Algorithm::Ed25519, &Digest::of(b"key").0)?,
        })
    }

    /// A number that looks random and is the same in every run.
    pub fn next(&mut self) -> u64 {
        self.random.next()
    }

    /// An observation of `object`, as a scanner sends it.
    fn observed(&mut self, object: &Epc) -> Result<epcis::Event, Fault> {
        let place = Epc::parse(&format!(
            "urn:epc:id:sgln:9521101.{:05}.0",
            self.next() % PLACES
        ))?;
        let time = i64::try_from(1_793_491_200_000 + self.height * 250)?;
        Ok(epcis::Event {
            kind: EventKind::Object,
            action: Some(epcis::Action::Observe),
            event_time: Timestamp::from_millis(time).ok_or("time")?,
            offset: ZoneOffset::parse("+02:00").ok_or("offset")?,
            id: Some(EventId::Hash(Digest::of(&self.next().to_be_bytes()).0)),
            parent: None,
            epcs: vec![object.clone()],
            quantities: Vec::new(),
            biz_step: Some(BizStep::Arriving),
            disposition: Some(Disposition::InProgress),
            read_point: Some(place.clone()),
            biz_location: Some(place),
            more: None,
        })
    }

    fn captured(&self, event: &epcis::Event, object: &Epc) -> Event {
        let now = ObjectNow {
            owner: self.member.clone(),
            custodian: self.member.clone(),
            life: Life::Active,
            origin: Origin::Commissioned,
            parent: None,
            bond: Bond::Packed,
            hold: None,
            place: event.biz_location.clone(),
            disposition: event.disposition.clone(),
            biz_step: event.biz_step.clone(),
            time_ms: event.event_time.millis(),
        };
        Event::Captured(Captured {
            version: Default::default(),
            event_time_ms: event.event_time.millis(),
            event: facts::reference(event),
            action: 0,
            member: self.member.clone(),
            standing: EventStanding::Stands,
            kind: event.kind,
            passed: Vec::new(),
            changes: Changes {
                objects: vec![ObjectsNow {
                    objects: vec![object.clone()],
                    now,
                }],
                holdings: Vec::new(),
            },
        })
    }

    fn signed(&self, signer: &Did, event: epcis::Event) -> Result<Statement, Fault> {
        let action = cbor::to_vec(&Action::Capture(Box::new(event)));
        let builder = StatementBuilder::new(self.network.clone(), signer.clone(), 1 << 41)
            .sequence(0, self.height);
        Ok(builder.action("custody", action).sign(&self.key)?)
    }

    /// A block of `count` statements, each with one event on an object that `object` names.
    pub fn block(
        &mut self,
        count: u64,
        signed: bool,
        object: &mut dyn FnMut(&mut Self) -> u64,
    ) -> Result<ProjectedBlock, Fault> {
        let (mut statements, mut events) = (Vec::new(), Vec::new());
        for index in 0..count {
            let object = epc(object(self))?;
            let event = self.observed(&object)?;
            let body = cbor::to_vec(&self.captured(&event, &object));
            let signer = self.signers[index as usize % self.signers.len()].clone();
            let statement = if signed {
                Some(self.signed(&signer, event)?)
            } else {
                None
            };
            let fresh = StatementId(Digest::of(&self.next().to_be_bytes()));
            statements.push(ProjectedStatement {
                id: statement.as_ref().map_or(fresh, Statement::id),
                outcome: 0,
                signer,
                member: Some(self.member.clone()),
                bytes: statement
                    .as_ref()
                    .map_or(400, |signed| signed.bytes().len() as u32),
                prepared: statement.map(|signed| Arc::new(signed) as _),
            });
            events.push(ProjectedEvent {
                statement: Some(index as u32),
                module: "custody",
                body,
            });
        }
        let block = ProjectedBlock {
            compartment: Compartment::common(),
            height: self.height,
            time_ms: 1_793_491_200_000 + self.height * 250,
            digest: Digest::of(&self.height.to_be_bytes()),
            log_start: self.log,
            statements,
            events,
        };
        self.height += 1;
        self.log += count + 1;
        Ok(block)
    }
}

/// The object number `number`.
pub fn epc(number: u64) -> Result<Epc, Fault> {
    Ok(Epc::parse(&format!(
        "urn:epc:id:sgtin:9521101.012001.NP26-{number:07}"
    ))?)
}

/// The place number `number`.
#[allow(dead_code, reason = "not every measurement asks about places")]
pub fn place(number: u64) -> Result<Epc, Fault> {
    Ok(Epc::parse(&format!(
        "urn:epc:id:sgln:9521101.{number:05}.0"
    ))?)
}
