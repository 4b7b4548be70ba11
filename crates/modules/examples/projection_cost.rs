//! Measures what one custody statement with one event costs the read model: time, bytes on disk, memory.
//!
//! Purpose: the figures kept in `docs/reference/performance.md`. It fills a read model with `OBJECTS`
//! objects and then projects `EVENTS` signed observations of objects chosen at random, in blocks of
//! `BLOCK` statements, `BATCH` blocks in a transaction as happens under load, and asks questions.
//!
//! `cargo run -p convoy-modules --example projection_cost -- [OBJECTS] [EVENTS] [BLOCK] [BATCH]`

use convoy_modules::custody::{
    facts,
    queries::trace,
    types::{
        Action, Bond, Captured, Changes, Event, EventStanding, Life, ObjectNow, ObjectsNow, Origin,
    },
};
use convoy_readmodel::{
    ProjectedBlock, ProjectedEvent, ProjectedStatement, Projector, ReadModel, Settings,
};
use convoy_types::{
    Compartment, Did, Digest, MemberId, NetworkId, Statement, StatementBuilder, StatementId, cbor,
    cose::{Algorithm, SigningKey},
    epcis::{
        self, EventId, EventKind, Timestamp, ZoneOffset,
        cbv::{BizStep, Disposition},
    },
    identifiers::Epc,
};
use std::{path::Path, sync::Arc, time::Instant};

/// Places of the network.
const PLACES: u64 = 200;

type Fault = Box<dyn std::error::Error>;

struct Load {
    random: u64,
    height: u64,
    log: u64,
    signers: Vec<Did>,
    member: MemberId,
    network: NetworkId,
    key: SigningKey,
}

impl Load {
    fn new() -> Result<Self, Fault> {
        let signer = |n: u32| Did::new(&format!("did:web:est.example:units:{n}"));
        Ok(Self {
            random: 0x9e37_79b9_7f4a_7c15,
            height: 0,
            log: 1,
            signers: (0..1_000).map(signer).collect::<Result<_, _>>()?,
            member: MemberId::new("est")?,
            network: NetworkId::of_genesis("cost", &Digest::of(b"cost"))?,
            key: SigningKey::from_secret(Algorithm::Ed25519, &Digest::of(b"key").0)?,
        })
    }

    fn next(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
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
    fn block(
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
fn epc(number: u64) -> Result<Epc, Fault> {
    Ok(Epc::parse(&format!(
        "urn:epc:id:sgtin:9521101.012001.NP26-{number:07}"
    ))?)
}

/// Processor time of this process so far, milliseconds.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let first = stat
        .split(' ')
        .next()
        .and_then(|text| text.parse::<f64>().ok());
    first.unwrap_or(0.0) / 1e6
}

fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}

fn folder_bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| Some(entry.metadata().ok()?.len()));
    sizes.sum()
}

fn main() -> Result<(), Fault> {
    let numbers: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|text| text.parse().ok())
        .collect();
    let number = |at: usize, otherwise: u64| numbers.get(at).copied().unwrap_or(otherwise);
    let (objects, total) = (number(0, 1_000_000), number(1, 200_000));
    let (size, batch) = (number(2, 1_000), number(3, 2));
    let folder =
        std::env::temp_dir().join(format!("convoy-projection-cost-{}", std::process::id()));
    let (model, mut projector) =
        ReadModel::open(&folder, convoy_modules::projections(), Settings::default())?;
    let mut load = Load::new()?;
    let mut made = 0;
    while made < objects {
        let count = 5_000.min(objects - made);
        let block = load.block(count, false, &mut |_| {
            made += 1;
            made - 1
        })?;
        projector.apply(&[block])?;
    }
    let (start, cpu) = (Instant::now(), cpu_ms());
    while projector.tidy()? {}
    println!(
        "tidying up after {objects} objects: {:.2} us wall, {:.2} us processor each",
        start.elapsed().as_secs_f64() * 1e6 / objects as f64,
        (cpu_ms() - cpu) * 1e3 / objects as f64
    );
    let before = folder_bytes(&folder);
    let (mut spent, mut wall, mut done, mut body, mut action) = (0.0, 0.0, 0, 0, 0);
    while done < total {
        let mut blocks = Vec::new();
        for _ in 0..batch {
            blocks.push(load.block(size, true, &mut |load| load.next() % objects)?);
        }
        done += size * batch;
        body = blocks[0].events[0].body.len();
        action = blocks[0].statements[0].bytes;
        let (start, cpu) = (Instant::now(), cpu_ms());
        projector.apply(&blocks)?;
        wall += start.elapsed().as_secs_f64() * 1e6;
        spent += (cpu_ms() - cpu) * 1e3;
    }
    let after = folder_bytes(&folder);
    println!(
        "{done} events on {objects} objects, blocks of {size}, {batch} a transaction: {:.2} us wall, {:.2} us processor, \
         {} bytes each (event {body}, statement {action})",
        wall / done as f64,
        spent / done as f64,
        after.saturating_sub(before) / done
    );
    println!("resident at most {} MB", resident_mb());
    ask(&model, objects, &mut load)?;
    ask_long(&model, &mut projector, &mut load)?;
    drop(model);
    drop(projector);
    println!("whole database at rest: {} MB", folder_bytes(&folder) >> 20);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Times the trace of objects and the lookup of statements.
fn ask(model: &ReadModel, objects: u64, load: &mut Load) -> Result<(), Fault> {
    let common = Compartment::common();
    let mut times = Vec::new();
    for _ in 0..2_000 {
        let object = epc(load.next() % objects)?;
        let start = Instant::now();
        model.read(&common, |snapshot| trace(snapshot, &object))?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "trace of an object: p50 {:.0} us, p99 {:.0} us",
        times[1_000], times[1_980]
    );
    let block = model.read(&common, |snapshot| {
        let block = snapshot.blocks(None, 1)?.remove(0);
        snapshot.statements(&block, 0, 500)
    })?;
    let start = Instant::now();
    for statement in &block.value {
        model.read(&common, |snapshot| snapshot.statement(&statement.id))?;
    }
    let each = start.elapsed().as_secs_f64() * 1e6 / block.value.len().max(1) as f64;
    println!("locating a statement: {each:.0} us");
    Ok(())
}

/// Times the trace of one object with a thousand events more.
fn ask_long(model: &ReadModel, projector: &mut Projector, load: &mut Load) -> Result<(), Fault> {
    projector.apply(&[load.block(1_000, true, &mut |_| 0)?])?;
    let (object, mut times, mut entries) = (epc(0)?, Vec::new(), 0);
    for _ in 0..50 {
        let start = Instant::now();
        let found = model.read(&Compartment::common(), |snapshot| trace(snapshot, &object))?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        entries = found.value.map_or(0, |trace| trace.history.len());
    }
    times.sort_by(f64::total_cmp);
    println!(
        "trace of an object with {entries} events: p50 {:.1} ms, p99 {:.1} ms",
        times[25], times[49]
    );
    Ok(())
}
