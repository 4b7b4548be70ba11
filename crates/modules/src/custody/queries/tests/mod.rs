//! What is asked of the read model after real statements were executed and projected.

mod lists;
mod places;
mod relations;
mod stock;
mod traces;

use super::{
    super::{
        facts,
        tests::{
            Told as Say, add, case as box_, each, lot, offer, pack, part, place, portion, see,
            unpack,
        },
        types::*,
    },
    *,
};
use crate::{
    membership::{genesis, queries as membership},
    testing::*,
};
use convoy_ledger::{Event as LedgerEvent, Output};
use convoy_readmodel::{
    Answer, FeedEntry, ProjectedBlock, ProjectedEvent, ProjectedStatement, Projector, ReadModel,
    Settings,
};
use convoy_types::{Compartment, Digest, Statement, epcis::cbv::BizStep};
use std::sync::Arc;

/// A network with a read model beside it.
pub(super) struct Watched {
    pub(super) world: World,
    projector: Projector,
    model: ReadModel,
    /// Everything projected so far.
    blocks: Vec<ProjectedBlock>,
    _folder: tempfile::TempDir,
}

fn said(events: &[LedgerEvent]) -> Vec<ProjectedEvent> {
    let event = |event: &LedgerEvent| ProjectedEvent {
        statement: event.statement,
        module: event.module,
        body: event.body.clone(),
    };
    events.iter().map(event).collect()
}

fn read_model() -> (ReadModel, Projector, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::default();
    let (model, projector) =
        ReadModel::open(folder.path(), crate::projections(), settings).unwrap();
    (model, projector, folder)
}

impl Watched {
    pub(super) fn new() -> Self {
        let (model, projector, _folder) = read_model();
        let world = World::new();
        let genesis = world
            .ledger
            .found(START_MS, &genesis::actions(&founders()))
            .unwrap();
        let mut watched = Self {
            world,
            projector,
            model,
            blocks: Vec::new(),
            _folder,
        };
        watched.project(&genesis);
        watched
    }

    fn project(&mut self, output: &Output) {
        let statements = output.included.iter().zip(&output.outcomes);
        let block = ProjectedBlock {
            compartment: Compartment::common(),
            height: self.world.tip.height,
            time_ms: self.world.tip.time_ms,
            digest: Digest::of(&self.world.tip.height.to_be_bytes()),
            log_start: 1,
            statements: statements
                .map(|(prepared, outcome)| ProjectedStatement {
                    id: prepared.id(),
                    outcome: outcome.number(),
                    signer: prepared.statement.signer().clone(),
                    member: Some(outcome.member.clone()),
                    bytes: 400,
                    prepared: Some(Arc::clone(prepared) as _),
                })
                .collect(),
            events: said(&output.events),
        };
        self.projector.apply(std::slice::from_ref(&block)).unwrap();
        self.blocks.push(block);
    }

    #[track_caller]
    pub(super) fn act(&mut self, who: &str, action: Action) -> Statement {
        let statement = self.world.sign(who, super::NAME, &[action]);
        let output = self.world.block(std::slice::from_ref(&statement));
        if let Some(reject) = &output.outcomes[0].reject {
            panic!("{reject}");
        }
        self.project(&output);
        statement
    }

    #[track_caller]
    pub(super) fn tell(&mut self, who: &str, event: &Say) -> Statement {
        self.act(who, event.action())
    }

    #[track_caller]
    fn offer(&mut self, from: &str, offer: Offer) -> HandoverId {
        let statement = self.act(from, Action::OfferHandover(offer));
        facts::handover_id(&statement.id(), 0)
    }

    pub(super) fn wait(&mut self, ms: u64) {
        let output = self.world.block_at(self.world.tip.time_ms + ms, &[]);
        self.project(&output);
    }

    pub(super) fn ask<T>(&self, question: impl FnOnce(&Snapshot<'_>) -> Result<T>) -> Answer<T> {
        self.model.read(&Compartment::common(), question).unwrap()
    }

    fn trace(&self, object: &Epc) -> TraceView {
        let answer = self.ask(|snapshot| trace(snapshot, object));
        assert_eq!(answer.height, self.world.tip.height);
        answer.value.unwrap()
    }
}

/// `what step place via` of each entry.
fn told(trace: &TraceView) -> Vec<String> {
    let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".to_owned());
    let entry = |entry: &HistoryEntry| {
        let (step, place, via) = (name(&entry.biz_step), name(&entry.place), name(&entry.via));
        format!("{} {step} {} {}", entry.what, short(&place), short(&via))
    };
    trace.history.iter().map(entry).collect()
}

/// The last number of a place, or of a box.
fn short(id: &str) -> String {
    for number in 1..10 {
        if id == place(number).to_string() {
            return format!("place{number}");
        }
        if id == box_(number).to_string() {
            return format!("box{number}");
        }
    }
    id.to_owned()
}

/// `minute` minutes after the network's start.
fn minute(minute: u64) -> Option<Timestamp> {
    Timestamp::from_millis(i64::try_from(START_MS + minute * MINUTE_MS).unwrap())
}

fn millis(at: u64) -> i64 {
    minute(at).unwrap().millis()
}

/// An offer and its acceptance, both claimed for the same minute.
fn hand_over(watched: &mut Watched, from: &str, to: &str, object: &Epc, at: u64) {
    let terms = "annex 3".to_owned();
    let time = minute(at);
    let id = watched.offer(
        from,
        Offer {
            time,
            terms,
            ..offer(to, std::slice::from_ref(object))
        },
    );
    watched.act(
        to,
        Action::AcceptHandover {
            handover: id,
            time,
            discrepancies: Vec::new(),
        },
    );
}

/// Two parts in a box in a larger box, which goes from the supplier to Estonia.
fn journey() -> Watched {
    let mut watched = Watched::new();
    watched.tell("parts", &add(0, &[part(1), part(2), box_(1), box_(2)]));
    watched.tell("parts", &pack(1, &box_(1), &[part(1), part(2)]));
    watched.tell("parts", &pack(2, &box_(2), &[box_(1)]));
    watched.tell("parts", &see(3, &[box_(2)]).at(2).step(BizStep::Departing));
    hand_over(&mut watched, "parts", "est", &box_(2), 4);
    watched.tell("est", &see(5, &[box_(2)]).at(3).step(BizStep::Arriving));
    watched
}
