//! Measures what one custody statement with one event costs the read model: time, bytes on disk, memory.
//!
//! Purpose: the figures kept in `docs/reference/performance.md`. It fills a read model with `OBJECTS`
//! objects and then projects `EVENTS` signed observations of objects chosen at random, in blocks of
//! `BLOCK` statements, `BATCH` blocks in a transaction as happens under load, and asks questions.
//!
//! `cargo run -p convoy-modules --example projection_cost -- [OBJECTS] [EVENTS] [BLOCK] [BATCH]`

mod load;

use convoy_modules::custody::queries::trace;
use convoy_readmodel::{Projector, ReadModel, Settings};
use convoy_types::Compartment;
use load::{Fault, Load, epc, numbers};
use std::{path::Path, time::Instant};

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
    let [objects, total, size, batch] = numbers([1_000_000, 200_000, 1_000, 2]);
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
