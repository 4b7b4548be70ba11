//! Measures what questions cost a read model of many events: medians and 99th percentiles.
//!
//! It makes a read model of `EVENTS` events on `OBJECTS` objects (a fifth as many where left out) at 200 places in blocks of
//! `BLOCK`, twenty objects a thousand events more, spread over all blocks, and asks each question a few hundred times, with
//! other objects, places and times each time. The figures kept are in `docs/reference/performance.md`.
//!
//! `cargo run --release -p convoy-modules --example read_model -- [EVENTS] [OBJECTS] [BLOCK] [FOLDER]`
//!
//! With a folder the read model stays there and is asked again by the next run without being made.

mod load;

use convoy_modules::custody::queries::{
    PlaceQuery,
    epcis::{EpcisQuery, poll},
    objects_at, places_near, search, trace,
};
use convoy_readmodel::{ReadModel, Result, Settings, Snapshot, geo::Point};
use convoy_types::{Compartment, epcis::Timestamp};
use load::{Fault, Load, PLACES, epc, place};
use std::{
    path::{Path, PathBuf},
    time::Instant,
};

/// The parameters of a query.
type Asked = std::result::Result<Vec<(&'static str, String)>, Fault>;
/// Times that each question is asked.
const ROUNDS: usize = 300;
/// Objects with a long history, and its events.
const LONG: u64 = 20;
const LONG_EVENTS: u64 = 1_000;
/// When the first block was made, milliseconds since 1970, and the time from block to block.
const START_MS: i64 = 1_793_491_200_000;
const STEP_MS: i64 = 250;

fn main() -> std::result::Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, otherwise: u64| {
        arguments
            .get(at)
            .and_then(|text| text.parse().ok())
            .unwrap_or(otherwise)
    };
    let events = number(0, 200_000);
    let (objects, block) = (number(1, (events / 5).max(1)), number(2, 1_000));
    let kept = arguments.get(3).map(PathBuf::from);
    let own = std::env::temp_dir().join(format!("convoy-read-model-{}", std::process::id()));
    let folder = kept.clone().unwrap_or_else(|| own.clone());
    let (model, mut projector) =
        ReadModel::open(&folder, convoy_modules::projections(), Settings::default())?;
    let common = Compartment::common();
    let mut load = Load::new()?;
    if projector.next_height(&common).is_none() {
        make(&mut projector, &mut load, events, objects, block)?;
    }
    let height = projector.next_height(&common).unwrap_or(1) - 1;
    drop(projector);
    println!(
        "{events} events, {objects} objects, {PLACES} places, {height} blocks, {} MB",
        bytes(&folder) >> 20
    );
    ask_all(&model, &mut load, objects, height)?;
    drop(model);
    if kept.is_none() {
        std::fs::remove_dir_all(&own)?;
    }
    Ok(())
}

fn make(
    projector: &mut convoy_readmodel::Projector,
    load: &mut Load,
    events: u64,
    objects: u64,
    block: u64,
) -> std::result::Result<(), Fault> {
    let (mut spent, start) = (0.0, Instant::now());
    let every = (events / LONG_EVENTS / LONG).max(1);
    let mut made = 0;
    while made < events {
        let mut batch = Vec::new();
        while made < events && batch.len() < 4 {
            // Every object is seen once, then at random; the first ones again and again.
            batch.push(load.block(block, true, &mut |load| {
                made += 1;
                if made % every == 0 {
                    made / every % LONG
                } else if made <= objects {
                    made - 1
                } else {
                    load.next() % objects
                }
            })?);
        }
        let applied = Instant::now();
        projector.apply(&batch)?;
        spent += applied.elapsed().as_secs_f64();
        if made % 500_000 < 4 * block {
            eprintln!("{made} events after {:.0} s", start.elapsed().as_secs_f64());
        }
    }
    println!("projected at {:.2} us an event", spent * 1e6 / made as f64);
    let tidied = Instant::now();
    while projector.tidy()? {}
    println!("tidied up in {:.1} s", tidied.elapsed().as_secs_f64());
    Ok(())
}

fn bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| Some(entry.metadata().ok()?.len()))
        .sum()
}

fn ask_all(
    model: &ReadModel,
    load: &mut Load,
    objects: u64,
    height: u64,
) -> std::result::Result<(), Fault> {
    let span_ms = i64::try_from(height)? * STEP_MS;
    let past = |load: &mut Load| {
        START_MS + i64::try_from(load.next() % height.max(1)).unwrap_or(0) * STEP_MS
    };
    let at_place = |load: &mut Load, at_ms| {
        place(load.next() % PLACES).map(|place| PlaceQuery {
            place,
            at_ms,
            within: false,
            contents: false,
            limit: 100,
            before: None,
        })
    };
    time(
        model,
        "trace of an object with 1,000 events",
        ROUNDS,
        || epc(load.next() % LONG),
        |snapshot, object| {
            trace(snapshot, object).map(|found| found.map_or(0, |trace| trace.history.len()))
        },
    )?;
    time(
        model,
        "trace of any object",
        ROUNDS,
        || epc(load.next() % objects),
        |snapshot, object| {
            trace(snapshot, object).map(|found| found.map_or(0, |trace| trace.history.len()))
        },
    )?;
    time(
        model,
        "everything at a place now, 100 a page",
        ROUNDS,
        || at_place(load, None),
        |snapshot, asked| objects_at(snapshot, asked).map(|view| view.objects.len()),
    )?;
    time(
        model,
        "everything at a place at an earlier time, 100 a page",
        ROUNDS,
        || {
            let at_ms = past(load);
            at_place(load, Some(at_ms))
        },
        |snapshot, asked| objects_at(snapshot, asked).map(|view| view.objects.len()),
    )?;
    let stamp = |ms| {
        Timestamp::from_millis(ms)
            .map(|time| time.to_string())
            .unwrap_or_default()
    };
    let mut query = |name: &str, make: &mut dyn FnMut(&mut Load) -> Asked| {
        time(
            model,
            name,
            ROUNDS,
            || {
                let pairs: Vec<(String, String)> = make(load)?
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect();
                EpcisQuery::of_pairs(&pairs).map_err(|fault| fault.to_string().into())
            },
            |snapshot, query| {
                Ok(poll(snapshot, query, 100, None)?.map_or(0, |page| page.events.len()))
            },
        )
    };
    query("query MATCH_epc", &mut |load| {
        Ok(vec![("MATCH_epc", epc(load.next() % objects)?.to_string())])
    })?;
    query("query EQ_bizLocation, 100 a page", &mut |load| {
        Ok(vec![(
            "EQ_bizLocation",
            place(load.next() % PLACES)?.to_string(),
        )])
    })?;
    query("query a minute of eventTime, 100 a page", &mut |load| {
        let from = START_MS + i64::try_from(load.next() % span_ms.max(1).unsigned_abs())?;
        Ok(vec![
            ("GE_eventTime", stamp(from)),
            ("LT_eventTime", stamp(from + 60_000)),
        ])
    })?;
    query("query the newest by eventTime, limit 10", &mut |_| {
        Ok(vec![
            ("orderBy", "eventTime".into()),
            ("eventCountLimit", "10".into()),
        ])
    })?;
    query("query a step that never was", &mut |_| {
        Ok(vec![("EQ_bizStep", "destroying".into())])
    })?;
    time(
        model,
        "full text",
        ROUNDS,
        || Ok(format!("NP26 {:07}", load.next() % objects)),
        |snapshot, text| search(snapshot, text, 20, None).map(|page| page.hits.len()),
    )?;
    let point = Point::parse("59.437", "24.7536").ok_or("point")?;
    time(
        model,
        "places within 50 km",
        ROUNDS,
        || Ok(point),
        |snapshot, point| places_near(snapshot, *point, 50_000).map(|found| found.len()),
    )?;
    Ok(())
}

/// Asks a question many times and prints what it cost, and how much was answered on average.
fn time<Q>(
    model: &ReadModel,
    name: &str,
    rounds: usize,
    mut make: impl FnMut() -> std::result::Result<Q, Fault>,
    ask: impl Fn(&Snapshot<'_>, &Q) -> Result<usize>,
) -> std::result::Result<(), Fault> {
    let (mut times, mut answered) = (Vec::with_capacity(rounds), 0);
    for _ in 0..rounds {
        let question = make()?;
        let start = Instant::now();
        answered += model
            .read(&Compartment::common(), |snapshot| ask(snapshot, &question))?
            .value;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{name}: p50 {:.2} ms, p99 {:.2} ms, {:.1} answered",
        times[rounds / 2],
        times[rounds * 99 / 100],
        answered as f64 / rounds as f64
    );
    Ok(())
}
