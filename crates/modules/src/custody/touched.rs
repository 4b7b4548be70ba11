//! The objects, handovers and cases that an action touches, for policies that ask whose they are.
//!
//! Read only where a policy looks at the record. An object not known yet has no owner; what is packed has the custodian of the outermost.

use super::{NAME, capture, facts, types::*};
use convoy_ledger::{Halt, Reader, Record, Touched};
use convoy_types::{epcis, identifiers::Epc};

/// The records that `action` touches.
pub(super) fn touched(reader: &mut Reader<'_>, action: &Action) -> Result<Vec<Touched>, Halt> {
    debug_assert_eq!(Object::TABLE.module, NAME);
    match action {
        Action::Capture(event) => captured(reader, event),
        Action::OfferHandover(offer) => objects(reader, offer.objects.iter()),
        Action::ReportLoss(report) => objects(reader, report.objects.iter()),
        Action::AcceptHandover { handover, .. }
        | Action::RefuseHandover { handover, .. }
        | Action::WithdrawHandover { handover, .. } => of_handover(reader, *handover),
        Action::CloseCase { case, .. } | Action::EscalateCase { case, .. } => {
            of_case(reader, *case)
        }
        Action::SetPolicy(_) => Ok(Vec::new()),
    }
}

fn captured(reader: &mut Reader<'_>, event: &epcis::Event) -> Result<Vec<Touched>, Halt> {
    let names: Vec<&Epc> = capture::objects(event).collect();
    let mut all = objects(reader, names.iter().copied())?;
    // What goes into a container gives it its label.
    let adds = event.action == Some(epcis::Action::Add);
    let parent = event.parent.as_ref().filter(|_| adds);
    let place = parent.and_then(|parent| names.iter().position(|name| *name == parent));
    if let Some(place) = place {
        let holds = (0..all.len()).filter(|other| *other != place).collect();
        all[place].holds = holds;
    }
    Ok(all)
}

fn objects<'e>(
    reader: &mut Reader<'_>,
    names: impl Iterator<Item = &'e Epc>,
) -> Result<Vec<Touched>, Halt> {
    let (mut all, mut waits) = (Vec::new(), false);
    for name in names {
        match object(reader, name) {
            Ok(touched) => all.push(touched),
            Err(Halt::NeedKeys) => waits = true,
            Err(halt) => return Err(halt),
        }
    }
    if waits { Err(Halt::NeedKeys) } else { Ok(all) }
}

fn object(reader: &mut Reader<'_>, name: &Epc) -> Result<Touched, Halt> {
    let known = facts::object(reader, name)?;
    let custodian = match &known {
        Some(_) => {
            facts::outermost(reader, name)?.map(|(_, outermost)| outermost.custodian.clone())
        }
        None => None,
    };
    Ok(Touched {
        table: Object::TABLE.name,
        key: facts::object_key(name).to_vec(),
        owner: known.map(|object| object.owner.clone()),
        custodian,
        holds: Vec::new(),
    })
}

fn of_handover(reader: &mut Reader<'_>, id: HandoverId) -> Result<Vec<Touched>, Halt> {
    let Some(handover) = facts::handover(reader, id)? else {
        return Ok(Vec::new());
    };
    let mut all = objects(reader, handover.objects.iter())?;
    all.push(Touched {
        table: Handover::TABLE.name,
        key: id.0.to_vec(),
        owner: None,
        custodian: Some(handover.from.clone()),
        holds: Vec::new(),
    });
    Ok(all)
}

fn of_case(reader: &mut Reader<'_>, id: CaseId) -> Result<Vec<Touched>, Halt> {
    let Some(case) = facts::case(reader, id)? else {
        return Ok(Vec::new());
    };
    let mut all = objects(reader, case.objects.iter())?;
    all.push(Touched {
        table: Case::TABLE.name,
        key: id.0.to_vec(),
        owner: None,
        custodian: Some(case.member.clone()),
        holds: Vec::new(),
    });
    Ok(all)
}
