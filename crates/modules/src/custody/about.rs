//! Which records custody's events and actions tell of, and whether a reader may see all that is said of one: what labels close.
//!
//! An event tells of every object, class, lot, handover and case that it names or changes, and of what these are packed in from then on:
//! where a labelled pallet goes is not read off an open case in it.

use super::{
    NAME, facts,
    index::{EVENT, PAPER},
    projection::{CASE, HANDOVER, OBJECT},
    queries::{self, full, latest, named as objects_named},
    types::*,
};
use crate::domain::name_of;
use convoy_ledger::Record;
use convoy_readmodel::{Order, Position, Result, Snapshot};
use convoy_types::{MemberId, cbor, epcis, identifiers::Epc, limits::AGGREGATION_DEPTH_MAX};
use std::{collections::BTreeSet, ops::ControlFlow};

/// Names of records, each once.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    fn object(&mut self, object: &Epc) {
        self.0.insert(object_name(object));
    }

    fn objects<'e>(&mut self, objects: impl IntoIterator<Item = &'e Epc>) {
        objects.into_iter().for_each(|object| self.object(object));
    }

    fn event(&mut self, event: EventRef) {
        self.0.insert(name_of::<EventRecord>(&event.0));
    }

    fn handover(&mut self, id: HandoverId) {
        self.0.insert(name_of::<Handover>(&id.0));
    }

    fn case(&mut self, id: CaseId) {
        self.0.insert(name_of::<Case>(&id.0));
    }

    fn holder(&mut self, holder: &Holder) {
        match holder {
            Holder::In(object) | Holder::Fitted(object) => self.object(object),
            Holder::Offered(handover) => self.handover(*handover),
            Holder::Missing(case) => self.case(*case),
            Holder::Loose(_) | Holder::Fixed(..) => {}
        }
    }

    fn portions<'p>(&mut self, portions: impl IntoIterator<Item = &'p Portion>) {
        for portion in portions {
            self.object(&portion.class);
            self.objects(&portion.container);
        }
    }

    fn discrepancies(&mut self, discrepancies: &[Discrepancy]) {
        for one in discrepancies {
            self.objects(&one.object);
            self.portions(&one.portion);
        }
    }

    fn changes(&mut self, changes: &Changes) {
        for group in &changes.objects {
            self.objects(&group.objects);
            self.objects(group.now.container());
            match group.now.hold {
                Some(Hold::Offered(handover)) => self.handover(handover),
                Some(Hold::Missing(case)) => self.case(case),
                None => {}
            }
        }
        for holding in &changes.holdings {
            self.object(&holding.class);
            self.holder(&holding.holder);
        }
    }

    fn captured(&mut self, event: &epcis::Event) {
        self.objects(objects_named(event));
        self.event(facts::reference(event));
    }

    fn case_now(&mut self, id: CaseId, now: &Case) {
        self.case(id);
        now.handover.iter().for_each(|id| self.handover(*id));
        self.objects(now.objects.iter().chain(&now.classes));
    }

    fn all(self) -> Vec<String> {
        self.0.into_iter().collect()
    }
}

/// The name of an object, class or lot.
pub fn object_name(object: &Epc) -> String {
    name_of::<Object>(facts::object_key(object))
}

/// The records that an event tells of.
pub(super) fn about(said: &Event, detail: Option<&[u8]>) -> Vec<String> {
    let mut names = Names::default();
    names.changes(said.changes());
    if let Some(Ok(Action::Capture(event))) = detail.map(cbor::from_slice::<Action>) {
        names.captured(&event);
    }
    match said {
        Event::Captured(captured) => {
            names.event(captured.event);
            names.objects(&captured.passed);
        }
        Event::DeclaredWrong(declared) => names.event(declared.event),
        Event::Offered(offered) => {
            names.handover(offered.handover);
            names.objects(offered.now.objects.iter().chain(&offered.now.classes));
            names.portions(&offered.portions);
        }
        Event::HandoverEnded(ended) => {
            names.handover(ended.handover);
            ended.case.iter().for_each(|case| names.case(*case));
            names.discrepancies(&ended.discrepancies);
        }
        Event::LossReported(reported) => {
            names.case_now(reported.case, &reported.now);
            names.portions(&reported.portions);
        }
        Event::DiscrepancyReported(reported) => {
            names.case_now(reported.case, &reported.now);
            names.discrepancies(&reported.discrepancies);
        }
        Event::CaseChanged(changed) => names.case_now(changed.case, &changed.now),
    }
    names.all()
}

/// The records that an action names.
pub(super) fn named(action: &Action) -> Vec<String> {
    let mut names = Names::default();
    match action {
        Action::Capture(event) => names.captured(event),
        Action::OfferHandover(offer) => {
            names.objects(&offer.objects);
            names.portions(&offer.portions);
            offer.returns.iter().for_each(|id| names.handover(*id));
        }
        Action::AcceptHandover {
            handover,
            discrepancies,
            ..
        } => {
            names.handover(*handover);
            names.discrepancies(discrepancies);
        }
        Action::RefuseHandover { handover, .. } | Action::WithdrawHandover { handover, .. } => {
            names.handover(*handover);
        }
        Action::ReportLoss(report) => {
            names.objects(&report.objects);
            names.portions(&report.portions);
        }
        Action::CloseCase { case, .. } | Action::EscalateCase { case, .. } => names.case(*case),
        Action::SetPolicy(_) => {}
    }
    names.all()
}

/// Whether the reader may see all that the ledger says now of a record.
///
/// Amounts and listings are sums over many events, so they are for readers from whom nothing is kept.
pub(super) fn seen(snapshot: &Snapshot<'_>, table: &str, key: &str) -> Result<bool> {
    if !snapshot.is_veiled() {
        return Ok(true);
    }
    if !snapshot.shows(&format!("{NAME}/{table}/{key}"))? {
        return Ok(false);
    }
    let short = |kind, id: Option<[u8; 16]>| match id {
        Some(id) => all_shown(snapshot, kind, &id),
        None => Ok(false),
    };
    match table {
        name if name == Object::TABLE.name => object_seen(snapshot, key.as_bytes()),
        name if name == Handover::TABLE.name => {
            short(HANDOVER, key.parse().ok().map(|id: HandoverId| id.0))
        }
        name if name == Case::TABLE.name => short(CASE, key.parse().ok().map(|id: CaseId| id.0)),
        name if name == EventRecord::TABLE.name => {
            short(EVENT, key.parse().ok().map(|id: EventRef| id.0))
        }
        name if name == Transformation::TABLE.name => all_shown(snapshot, PAPER, key.as_bytes()),
        name => Ok(name == Policy::TABLE.name),
    }
}

/// Whether the newest event of an object, and of all that it is packed in, may be seen.
fn object_seen(snapshot: &Snapshot<'_>, key: &[u8]) -> Result<bool> {
    let mut at = epc_of(key);
    for _ in 0..=AGGREGATION_DEPTH_MAX {
        let Some(object) = at else { return Ok(true) };
        let mut newest: Option<Position> = None;
        let name = facts::object_key(&object);
        snapshot.noted(OBJECT, name, None, Order::NewestFirst, &mut |position| {
            newest = Some(position);
            Ok(ControlFlow::Break(()))
        })?;
        let hidden = match newest {
            Some(newest) => !snapshot.shows_event(newest)?,
            None => !snapshot.shows(&object_name(&object))?,
        };
        if hidden {
            return Ok(false);
        }
        at = latest(snapshot, &object)?.and_then(|(now, _)| now.container().cloned());
    }
    Ok(true)
}

/// Whether everything noted under a name may be seen.
pub(super) fn all_shown(snapshot: &Snapshot<'_>, kind: &'static str, name: &[u8]) -> Result<bool> {
    let mut shown = true;
    if snapshot.is_veiled() {
        snapshot.noted(kind, name, None, Order::NewestFirst, &mut |position| {
            shown = snapshot.shows_event(position)?;
            Ok(if shown {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        })?;
    }
    Ok(shown)
}

fn epc_of(key: &[u8]) -> Option<Epc> {
    Epc::parse(&full(std::str::from_utf8(key).ok()?)).ok()
}

/// Owner and custodian of a record.
pub(super) fn whose(
    snapshot: &Snapshot<'_>,
    table: &str,
    key: &str,
) -> Result<[Option<MemberId>; 2]> {
    if table == Handover::TABLE.name {
        let handover = match key.parse() {
            Ok(id) => queries::handover(snapshot, id)?,
            Err(_) => None,
        };
        return Ok([None, handover.and_then(|view| view.from.parse().ok())]);
    }
    if table == Case::TABLE.name {
        let case = match key.parse() {
            Ok(id) => queries::case(snapshot, id)?,
            Err(_) => None,
        };
        return Ok([None, case.and_then(|view| view.member.parse().ok())]);
    }
    let mut at = epc_of(key.as_bytes()).filter(|_| table == Object::TABLE.name);
    let mut whose = [None, None];
    for _ in 0..=AGGREGATION_DEPTH_MAX {
        let Some(object) = at else { break };
        let Some((now, _)) = latest(snapshot, &object)? else {
            break;
        };
        whose[0].get_or_insert(now.owner.clone());
        whose[1] = Some(now.custodian.clone());
        at = now.container().cloned();
    }
    Ok(whose)
}
