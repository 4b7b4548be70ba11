//! What it costs to answer as one reader sees the ledger. `cargo run --release -p convoy-modules --example reading_cost`.
//!
//! 100,000 captured events of 5,000 objects. A trace and a page of 100 events, asked without veil, as a reader of a ledger without labels, and
//! of ledgers with labels: on objects that nobody asks about, and on every hundredth object of the load. Each figure is the median of many, and
//! holds all that a request does: who reads, the policies, the labels, the question.

mod load;

use convoy_modules::{
    custody::queries::{
        self,
        epcis::{EpcisQuery, poll},
    },
    membership::types::{Roles, SignerKind},
    policy::{
        authorizer::Authorizers,
        queries as policies,
        subject::{Circumstances, Subject},
        types::{Classification, Event, Label},
        vocabulary::View,
    },
};
use convoy_readmodel::{ProjectedBlock, ProjectedEvent, ReadModel, Settings, Snapshot};
use convoy_types::{Compartment, Did, Digest, MemberId, cbor};
use load::{Fault, Load, epc};
use std::time::{Duration, Instant};

const BLOCKS: u64 = 200;
const EVENTS: u64 = 500;
const OBJECTS: u64 = 5_000;
const ROUNDS: u64 = 400;

/// A block that gives `records` a label.
fn labelling(load: &mut Load, records: &[String]) -> Result<ProjectedBlock, Fault> {
    let mut block = load.block(0, false, &mut |_| 0)?;
    for record in records {
        let now = Label {
            version: Default::default(),
            classification: Classification::Secret,
            releasable_to: Vec::new(),
            caveats: Vec::new(),
            originator: MemberId::new("est")?,
        };
        let event = Event::Label {
            record: record.clone(),
            now,
            reason: "a measurement".to_owned(),
        };
        block.events.push(ProjectedEvent {
            statement: None,
            module: "policy",
            body: cbor::to_vec(&event),
        });
    }
    Ok(block)
}

fn object(number: u64) -> Result<String, Fault> {
    Ok(format!("custody/objects/{}", epc(number)?.key()))
}

type Question<'q> = &'q dyn Fn(&Snapshot<'_>, u64) -> convoy_readmodel::Result<usize>;

/// The median of what `question` takes, and of what it finds.
fn measure(
    model: &ReadModel,
    who: Option<(&Authorizers, &Did, u8)>,
    question: Question<'_>,
) -> Result<(Duration, usize), Fault> {
    let mut took = Vec::new();
    for round in 0..ROUNDS {
        let started = Instant::now();
        let found = model.read(&Compartment::common(), |bare| {
            let Some((authorizers, did, clearance)) = who else {
                return question(bare, round);
            };
            let member = MemberId::new("est")
                .map_err(|error| convoy_readmodel::value::damaged(error.to_string()))?;
            let plain = Subject::plain(did.clone(), SignerKind::Person, member, Roles::of(&[]));
            let subject = Subject { clearance, ..plain };
            policies::is_active(bare, &subject.member)?;
            let reading = authorizers.as_subject(bare, subject, Circumstances::default())?;
            let sight = authorizers.sight(bare, reading, View::List)?;
            match sight.is_clear() {
                true => question(bare, round),
                false => question(&bare.behind(&sight), round),
            }
        })?;
        took.push((started.elapsed(), found.value));
    }
    took.sort_unstable();
    Ok(took[took.len() / 2])
}

fn main() -> Result<(), Fault> {
    let folder = tempfile::tempdir()?;
    let (model, mut projector) = ReadModel::open(
        folder.path(),
        convoy_modules::projections(),
        Settings::default(),
    )?;
    let mut load = Load::new()?;
    for _ in 0..BLOCKS {
        let block = load.block(EVENTS, true, &mut |load| load.next() % OBJECTS)?;
        projector.apply(&[block])?;
    }
    let query = EpcisQuery::of_pairs(&[("EQ_bizStep".to_owned(), "arriving".to_owned())])
        .map_err(|fault| fault.fault)?;
    let trace = |snapshot: &Snapshot<'_>, round: u64| {
        let number = Digest::of(&round.to_be_bytes()).0[0];
        // Numbers that are no multiple of a hundred have no label.
        let number = u64::from(number) * 100 % OBJECTS + 1;
        let object =
            epc(number).map_err(|fault| convoy_readmodel::value::damaged(fault.to_string()))?;
        let view = queries::trace(snapshot, &object)?;
        Ok(view.map_or(0, |view| view.history.len()))
    };
    let page = |snapshot: &Snapshot<'_>, _: u64| {
        let page = poll(snapshot, &query, 100, None)?;
        Ok(page.map_or(0, |page| page.events.len()))
    };
    let reader = Did::new("did:web:est.example:reader")?;
    let authorizers = Authorizers::default();
    let tell = |name: &str, who| -> Result<(), Fault> {
        let (trace, history) = measure(&model, who, &trace)?;
        let (page, events) = measure(&model, who, &page)?;
        println!(
            "{name:44} trace {trace:>9.1?} ({history} entries)   page {page:>9.1?} ({events} events)"
        );
        Ok(())
    };
    tell("without veil", None)?;
    tell("no labels", Some((&authorizers, &reader, 0)))?;
    let far: Vec<String> = (0..1_000)
        .map(|at| object(1_000_000 + at))
        .collect::<Result<_, _>>()?;
    let block = labelling(&mut load, &far)?;
    projector.apply(&[block])?;
    tell(
        "1,000 labels elsewhere, not cleared",
        Some((&authorizers, &reader, 0)),
    )?;
    let near: Vec<String> = (0..OBJECTS / 100)
        .map(|at| object(at * 100))
        .collect::<Result<_, _>>()?;
    let block = labelling(&mut load, &near)?;
    projector.apply(&[block])?;
    tell(
        "and every hundredth object, not cleared",
        Some((&authorizers, &reader, 0)),
    )?;
    tell("the same, cleared", Some((&authorizers, &reader, 3)))?;
    Ok(())
}
