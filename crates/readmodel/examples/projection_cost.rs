//! Measures what one statement with one event costs the read model: time, bytes on disk, memory.
//!
//! Purpose: the figures kept in `docs/reference/performance.md`. It fills a read model with `OBJECTS`
//! objects and then projects `EVENTS` events on objects chosen at random, in blocks of `BLOCK`
//! statements, `BATCH` blocks in a transaction as happens under load.
//!
//! `cargo run -p convoy-readmodel --example projection_cost -- [OBJECTS] [EVENTS] [BLOCK] [BATCH]`

use convoy_readmodel::{
    EventFacts, Fault, Order, ProjectedBlock, ProjectedEvent, ProjectedStatement, Projection,
    ReadModel, Rows, Settings, schema::Table,
};
use convoy_types::{Compartment, Did, Digest, MemberId, StatementId};
use std::{ops::ControlFlow, path::Path, time::Instant};

/// Bytes of a typical custody event: two identifiers, two places, times and codes.
const BODY_BYTES: usize = 150;

struct Objects;

impl Projection for Objects {
    fn module(&self) -> &'static str {
        "custody"
    }
    fn version(&self) -> u32 {
        1
    }
    fn tables(&self) -> &'static [&'static Table] {
        &[]
    }
    fn apply<'e>(
        &mut self,
        rows: &mut Rows<'_>,
        event: &EventFacts<'e>,
    ) -> Result<Option<&'e [u8]>, Fault> {
        rows.post("object", &event.body[..8]);
        Ok(None)
    }
}

struct Load {
    random: u64,
    height: u64,
    log: u64,
    signers: Vec<Did>,
    member: MemberId,
}

impl Load {
    fn next(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    /// A block of `count` statements, each with one event on an object that `object` names.
    fn block(&mut self, count: u64, object: &mut dyn FnMut(&mut Self) -> u64) -> ProjectedBlock {
        let (mut statements, mut events) = (Vec::new(), Vec::new());
        for index in 0..count {
            let id = Digest::of(&self.next().to_be_bytes());
            let mut body = vec![0x5a; BODY_BYTES];
            body[..8].copy_from_slice(&object(self).to_be_bytes());
            body[8..40].copy_from_slice(&id.0);
            statements.push(ProjectedStatement {
                id: StatementId(id),
                outcome: 0,
                signer: self.signers[index as usize % self.signers.len()].clone(),
                member: Some(self.member.clone()),
                bytes: 400,
                prepared: None,
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
            time_ms: self.height * 250,
            digest: Digest::of(&self.height.to_be_bytes()),
            log_start: self.log,
            statements,
            events,
        };
        self.height += 1;
        self.log += count + 1;
        block
    }
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

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|text| text.parse().ok())
        .collect();
    let number = |at: usize, otherwise: u64| numbers.get(at).copied().unwrap_or(otherwise);
    let (objects, total) = (number(0, 1_000_000), number(1, 300_000));
    let (size, batch) = (number(2, 1_000), number(3, 2));
    let folder =
        std::env::temp_dir().join(format!("convoy-projection-cost-{}", std::process::id()));
    let projections: Vec<Box<dyn Projection>> = vec![Box::new(Objects)];
    let (model, mut projector) = ReadModel::open(&folder, projections, Settings::default())?;
    let mut load = Load {
        random: 0x9e37_79b9_7f4a_7c15,
        height: 0,
        log: 1,
        signers: (0..1_000)
            .map(|n| Did::new(&format!("did:web:est.example:units:{n}")))
            .collect::<Result<_, _>>()?,
        member: MemberId::new("est")?,
    };
    let mut made = 0;
    while made < objects {
        let count = 5_000.min(objects - made);
        let block = load.block(count, &mut |_| {
            made += 1;
            made - 1
        });
        projector.apply(&[block])?;
    }
    let filled = (Instant::now(), cpu_ms());
    let mut merges = 0;
    while projector.tidy()? {
        merges += 1;
    }
    let (wall, cpu) = (
        filled.0.elapsed().as_secs_f64() * 1e6,
        (cpu_ms() - filled.1) * 1e3,
    );
    println!(
        "tidy after filling: {merges} steps, {:.2} us wall, {:.2} us processor per event",
        wall / objects as f64,
        cpu / objects as f64
    );
    let before = folder_bytes(&folder);
    let (mut spent, mut wall) = (0.0, 0.0);
    let mut done = 0;
    while done < total {
        let blocks: Vec<ProjectedBlock> = (0..batch)
            .map(|_| load.block(size, &mut |load| load.next() % objects))
            .collect();
        done += size * batch;
        let (start, cpu) = (Instant::now(), cpu_ms());
        projector.apply(&blocks)?;
        wall += start.elapsed().as_secs_f64() * 1e6;
        spent += (cpu_ms() - cpu) * 1e3;
    }
    let after = folder_bytes(&folder);
    println!(
        "{done} events on {objects} objects, blocks of {size}, {batch} a transaction: {:.2} us wall, {:.2} us processor, {} bytes each",
        wall / done as f64,
        spent / done as f64,
        after.saturating_sub(before) / done
    );
    println!(
        "whole database: {} bytes per event, resident at most {} MB",
        after / (objects + done),
        resident_mb()
    );
    ask(&model, objects, &mut load)?;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Times the two lookups that everything rests on.
fn ask(model: &ReadModel, objects: u64, load: &mut Load) -> Result<(), Box<dyn std::error::Error>> {
    let common = Compartment::common();
    let (start, rounds) = (Instant::now(), 2_000);
    let mut found = 0;
    for _ in 0..rounds {
        let name = (load.next() % objects).to_be_bytes();
        model.read(&common, |snapshot| {
            snapshot.postings("object", &name, None, Order::OldestFirst, &mut |position| {
                found += usize::from(snapshot.event(position)?.body[..8] == name);
                Ok(ControlFlow::Continue(()))
            })
        })?;
    }
    println!(
        "history of an object: {:.0} us for {:.2} events",
        start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds),
        found as f64 / f64::from(rounds)
    );
    Ok(())
}
