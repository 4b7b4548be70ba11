//! A toy module on a real database: things that are moved from shelf to shelf.

mod faults;
mod history;
mod rebuild;
mod signed;

use crate::{
    Answer, EventFacts, Fault, Order, ProjectedBlock, ProjectedEvent, ProjectedStatement,
    Projection, Projector, ReadModel, Rows, Settings, Snapshot,
    schema::{Table, bytes, integer},
};
use convoy_types::{Compartment, Did, Digest, MemberId, StatementId};
use std::{ops::ControlFlow, path::Path};

/// How often each shelf was used.
static SHELF: Table = Table {
    name: "toy_shelf",
    columns: &[
        integer("compartment"),
        integer("shelf"),
        integer("used"),
        bytes("last"),
    ],
    key: 2,
    indexes: &[],
};

/// Projects `thing>shelf`; fails on the thing called `unknown`.
#[derive(Default)]
struct Toy {
    version: u32,
}

impl Projection for Toy {
    fn module(&self) -> &'static str {
        "toy"
    }
    fn version(&self) -> u32 {
        self.version
    }
    fn tables(&self) -> &'static [&'static Table] {
        static ALL: [&Table; 1] = [&SHELF];
        &ALL
    }
    fn apply<'e>(
        &mut self,
        rows: &mut Rows<'_>,
        event: &EventFacts<'e>,
    ) -> Result<Option<&'e [u8]>, Fault> {
        let text = String::from_utf8_lossy(event.body);
        let (thing, shelf) = text.split_once('>').ok_or(Fault::Event("no `>`".into()))?;
        if thing == "unknown" {
            return Err(Fault::Event("the thing is unknown".into()));
        }
        rows.post("thing", thing.as_bytes());
        let (compartment, shelf) = (rows.compartment(), rows.word(shelf)?);
        let sql = "SELECT used FROM toy_shelf WHERE compartment = ?1 AND shelf = ?2";
        let used = rows.first(sql, &[compartment.into(), shelf.into()], |row| {
            row.integer(0)
        })?;
        let used = used.unwrap_or(0) + 1;
        let row = [
            compartment.into(),
            shelf.into(),
            used.into(),
            thing.as_bytes().into(),
        ];
        rows.upsert(&SHELF, &row)?;
        Ok(None)
    }
}

fn toys() -> Vec<Box<dyn Projection>> {
    vec![Box::new(Toy { version: 1 })]
}

fn open(folder: &Path) -> (ReadModel, Projector) {
    ReadModel::open(folder, toys(), Settings::default()).unwrap()
}

/// Block `height` of a compartment: one statement for each move, and the log grows by one more.
fn block_of(compartment: &str, height: u64, moves: &[(&str, &str)]) -> ProjectedBlock {
    let statements = (0..moves.len()).map(|index| ProjectedStatement {
        id: statement_id(compartment, height, index),
        outcome: 0,
        signer: Did::new("did:web:est.example:people:7f3a").unwrap(),
        member: Some(MemberId::new("est").unwrap()),
        bytes: 300,
        prepared: None,
    });
    let events = (0..)
        .zip(moves)
        .map(|(index, (thing, shelf))| ProjectedEvent {
            statement: Some(index),
            module: "toy",
            body: format!("{thing}>{shelf}").into_bytes(),
        });
    ProjectedBlock {
        compartment: Compartment::new(compartment).unwrap(),
        height,
        time_ms: 1_000 * height,
        digest: Digest::of(&height.to_be_bytes()),
        log_start: 1 + 100 * height,
        statements: statements.collect(),
        events: events.collect(),
    }
}

fn block(height: u64, moves: &[(&str, &str)]) -> ProjectedBlock {
    block_of("common", height, moves)
}

fn statement_id(compartment: &str, height: u64, index: usize) -> StatementId {
    StatementId(Digest::of(
        format!("{compartment} {height} {index}").as_bytes(),
    ))
}

/// Blocks `0..count`, each with three moves of nine things over five shelves.
fn many(count: u64) -> Vec<ProjectedBlock> {
    (0..count)
        .map(|height| {
            let moves: Vec<(String, String)> = (0..3)
                .map(|n| {
                    (
                        format!("t{}", (height * 3 + n) % 9),
                        format!("s{}", (height + n) % 5),
                    )
                })
                .collect();
            let moves: Vec<(&str, &str)> = moves.iter().map(|(t, s)| (&**t, &**s)).collect();
            block(height, &moves)
        })
        .collect()
}

fn ask<T>(
    model: &ReadModel,
    question: impl FnOnce(&Snapshot<'_>) -> crate::Result<T>,
) -> Answer<T> {
    model.read(&Compartment::common(), question).unwrap()
}

/// The bodies of the events about a thing.
fn moves_of(snapshot: &Snapshot<'_>, thing: &str, order: Order) -> crate::Result<Vec<String>> {
    let mut found = Vec::new();
    snapshot.postings("thing", thing.as_bytes(), None, order, &mut |position| {
        let body = String::from_utf8_lossy(&snapshot.event(position)?.body).into_owned();
        found.push(format!(
            "{}.{} {body}",
            position.height(),
            position.ordinal()
        ));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// Everything that can be asked, as text: two read models with the same text are the same.
fn everything(model: &ReadModel) -> String {
    let answer = ask(model, |snapshot| {
        let mut all = format!("{:#?}", snapshot.feed(None, 1_000)?);
        for thing in 0..9 {
            all += &format!(
                "{:?}",
                moves_of(snapshot, &format!("t{thing}"), Order::OldestFirst)?
            );
        }
        let sql = "SELECT shelf, used, last FROM toy_shelf WHERE compartment = ?1 ORDER BY shelf";
        let shelves = snapshot.rows(sql, &[snapshot.compartment().into()], |row| {
            Ok((row.integer(0)?, row.integer(1)?, row.bytes(2)?.to_vec()))
        })?;
        Ok(all + &format!("{shelves:?}"))
    });
    format!("{} {}", answer.height, answer.value)
}
