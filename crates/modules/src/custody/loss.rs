//! Losses and cases: a report opens a case with a deadline, which escalates it; being found, or being written
//! off by the owner, closes a loss; who stands to lose by it closes a discrepancy.

use super::{
    capture,
    draft::{Deadline, Draft, Effect, Presence},
    facts,
    handover::{check_bundle, check_text, time},
    reject::*,
    types::*,
};

use convoy_ledger::{Halt, Reader, Reject};
use convoy_types::{
    MemberId,
    epcis::{Timestamp, cbv::Disposition},
    identifiers::Epc,
};

/// Checks a report as far as no state is needed.
pub(super) fn validate(report: &LossReport) -> Result<(), Reject> {
    check_bundle(&report.objects, &report.portions)?;
    check_text("circumstances", &report.circumstances, 1)
}

/// Decides what reporting a loss does.
pub(super) fn report(reader: &mut Reader<'_>, report: &LossReport) -> Result<Effect, Halt> {
    let me = capture::signer(reader)?;
    let time_ms = time(reader, report.time)?;
    let now_ms = reader.block().time_ms;
    let Some(statement) = reader.statement() else {
        return Err(GENESIS_ONLY
            .because("losses are reported by signed statements")
            .into());
    };
    let id = facts::case_id(&statement.id, statement.action);
    let mut draft = Draft::new(reader, Some(me.clone()));
    let containers = report.portions.iter();
    let containers = containers.filter_map(|portion| portion.container.as_ref());
    draft.load_around(report.objects.iter().chain(containers))?;
    for name in &report.objects {
        lose(&mut draft, &me, name, id, time_ms)?;
    }
    let gone = Holder::Missing(id);
    let classes = report.portions.iter().map(|portion| &portion.class);
    draft.load_amounts(classes, &[&gone, &Holder::Loose(me.clone())])?;
    for portion in &report.portions {
        let from = match &portion.container {
            None => Holder::Loose(me.clone()),
            Some(container) => {
                let root = draft.held(container)?;
                draft.free(container, &root)?;
                Holder::In(container.clone())
            }
        };
        let taken = draft.take(&portion.class, &from, &portion.quantity)?;
        draft.add(&portion.class, &gone, Holding { time_ms, ..taken })?;
    }
    let mut classes: Vec<Epc> = report
        .portions
        .iter()
        .map(|portion| portion.class.clone())
        .collect();
    classes.sort();
    classes.dedup();
    let case = Case {
        version: Default::default(),
        kind: CaseKind::Loss,
        state: CaseState::Open,
        member: me,
        other: None,
        handover: None,
        objects: report.objects.clone(),
        classes,
        missing: u32::try_from(report.objects.len()).unwrap_or(u32::MAX),
        due_ms: now_ms.saturating_add(INVESTIGATION_MS),
    };
    draft.effect.said.push(Event::LossReported(LossReported {
        version: Default::default(),
        event_time_ms: time_ms,
        case: id,
        now: case.clone(),
        portions: report.portions.clone(),
        circumstances: report.circumstances.clone(),
        changes: draft.changes(),
    }));
    draft.effect.timer = Some((case.due_ms, Deadline::Case(id)));
    draft.effect.cases.push((id, case));
    Ok(draft.finish())
}

/// A missing object leaves its container; its custodian stays answerable, what is in it stays in it.
fn lose(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    name: &Epc,
    case: CaseId,
    time_ms: i64,
) -> Result<(), Halt> {
    draft.known(name)?;
    let root = draft.held(name)?;
    draft.free(name, &root)?;
    let place = draft.known(&root)?.place.clone();
    draft.untie(name, me)?;
    let object = draft.change(name);
    object.life = Life::Missing;
    object.hold = Some(Hold::Missing(case));
    let seen = Presence {
        time_ms: time_ms.max(object.time_ms),
        place: place.as_ref().filter(|_| root != *name),
        disposition: Some(&Disposition::Unknown),
        biz_step: None,
    };
    object.observe(&seen);
    Ok(())
}

/// A missing object was seen: it is back, and its case closes when nothing is missing any more.
pub(super) fn found(
    draft: &mut Draft<'_, '_>,
    name: &Epc,
    id: CaseId,
    time_ms: i64,
) -> Result<(), Halt> {
    let at = draft
        .effect
        .cases
        .iter()
        .position(|(known, _)| *known == id);
    let at = match at {
        Some(at) => at,
        None => {
            let Some(case) = facts::case(draft.reader, id)? else {
                panic!("{name} is missing under case {id}, which does not exist")
            };
            draft.effect.cases.push((id, (*case).clone()));
            draft.effect.cases.len() - 1
        }
    };
    let object = draft.change(name);
    object.life = Life::Active;
    object.hold = None;
    let case = &mut draft.effect.cases[at].1;
    case.missing = case.missing.saturating_sub(1);
    if case.missing == 0 && case.classes.is_empty() {
        case.state = CaseState::Found;
    }
    let said = case_changed(id, case.clone(), time_ms, "", Changes::default());
    draft.effect.said.push(said);
    Ok(())
}

fn case_changed(case: CaseId, now: Case, time_ms: i64, account: &str, changes: Changes) -> Event {
    Event::CaseChanged(CaseChanged {
        version: Default::default(),
        event_time_ms: time_ms,
        case,
        now,
        account: account.to_owned(),
        changes,
    })
}

/// Decides what the deadline of an investigation does.
pub(super) fn escalate(reader: &mut Reader<'_>, id: CaseId) -> Result<Effect, Halt> {
    let Some(case) = facts::case(reader, id)? else {
        return Ok(Effect::default());
    };
    if case.state != CaseState::Open {
        return Ok(Effect::default());
    }
    let case = Case {
        state: CaseState::Escalated,
        ..(*case).clone()
    };
    let due_ms = i64::try_from(case.due_ms).unwrap_or(i64::MAX);
    let said = vec![case_changed(
        id,
        case.clone(),
        due_ms,
        "",
        Changes::default(),
    )];
    Ok(Effect {
        cases: vec![(id, case)],
        said,
        ..Effect::default()
    })
}

/// Decides what escalating a case by hand does: for who is party to it.
pub(super) fn escalate_now(
    reader: &mut Reader<'_>,
    id: CaseId,
    reason: &str,
    claimed: Option<Timestamp>,
) -> Result<Effect, Halt> {
    let me = capture::signer(reader)?;
    let time_ms = time(reader, claimed)?;
    let mut case = known_case(reader, id)?;
    check_open(id, &case)?;
    if case.member != me && case.other.as_ref() != Some(&me) {
        return Err(not_party(&case).into());
    }
    if case.state == CaseState::Escalated {
        return Err(CASE_CLOSED
            .because(format!("case {id} is escalated already"))
            .into());
    }
    case.state = CaseState::Escalated;
    let said = case_changed(id, case.clone(), time_ms, reason, Changes::default());
    Ok(Effect {
        cases: vec![(id, case)],
        said: vec![said],
        ..Effect::default()
    })
}

fn known_case(reader: &mut Reader<'_>, id: CaseId) -> Result<Case, Halt> {
    let case = facts::case(reader, id)?
        .ok_or_else(|| UNKNOWN_CASE.because(format!("there is no case {id}")))?;
    Ok((*case).clone())
}

fn check_open(id: CaseId, case: &Case) -> Result<(), Reject> {
    if matches!(case.state, CaseState::Open | CaseState::Escalated) {
        return Ok(());
    }
    Err(CASE_CLOSED.because(format!("case {id} is {}", case.state)))
}

fn not_party(case: &Case) -> Reject {
    let other = case.other.as_ref();
    let other = other.map_or(String::new(), |other| format!(" and {other}"));
    NOT_PARTY.because(format!("this case is of {}{other}", case.member))
}

/// Decides what closing a case does.
pub(super) fn close(
    reader: &mut Reader<'_>,
    id: CaseId,
    finding: Finding,
    account: &str,
    claimed: Option<Timestamp>,
) -> Result<Effect, Halt> {
    let me = capture::signer(reader)?;
    let time_ms = time(reader, claimed)?;
    let mut case = known_case(reader, id)?;
    let fits = match finding {
        Finding::Found | Finding::WrittenOff => case.kind == CaseKind::Loss,
        Finding::Upheld | Finding::Unfounded => case.kind == CaseKind::Discrepancy,
    };
    if !fits {
        let reason = format!(
            "finding: {finding} does not end a case about a {}",
            case.kind
        );
        return Err(MALFORMED_FIELD.because(reason).into());
    }
    // Who says what is to its own disadvantage may say it; an owner writes off what it owns, see below.
    let may = match finding {
        Finding::Found | Finding::Unfounded => case.member == me,
        Finding::Upheld => case.other.as_ref() == Some(&me),
        Finding::WrittenOff => true,
    };
    if !may {
        return Err(not_party(&case).into());
    }
    check_open(id, &case)?;
    let mut draft = Draft::new(reader, Some(me.clone()));
    draft.load(case.objects.iter())?;
    let mut missing = Vec::new();
    for name in case.objects.iter().filter(|_| case.kind == CaseKind::Loss) {
        if draft.known(name)?.hold == Some(Hold::Missing(id)) {
            missing.push(name.clone());
        }
    }
    match finding {
        Finding::Found => bring_back(&mut draft, id, &case, &missing)?,
        Finding::WrittenOff => write_off(&mut draft, &me, id, &case, &missing)?,
        Finding::Upheld | Finding::Unfounded => {}
    }
    if case.kind == CaseKind::Loss {
        case.missing = 0;
        case.classes.clear();
    }
    case.state = match finding {
        Finding::Found => CaseState::Found,
        Finding::WrittenOff => CaseState::WrittenOff,
        Finding::Upheld => CaseState::Upheld,
        Finding::Unfounded => CaseState::Unfounded,
    };
    let said = case_changed(id, case.clone(), time_ms, account, draft.changes());
    draft.effect.said.push(said);
    draft.effect.cases.push((id, case));
    Ok(draft.finish())
}

fn bring_back(
    draft: &mut Draft<'_, '_>,
    id: CaseId,
    case: &Case,
    missing: &[Epc],
) -> Result<(), Halt> {
    for name in missing {
        let object = draft.change(name);
        object.life = Life::Active;
        object.hold = None;
    }
    let loose = Holder::Loose(case.member.clone());
    draft.load_amounts(case.classes.iter(), &[&Holder::Missing(id), &loose])?;
    for class in &case.classes {
        let Some(gone) = draft.holding(class, &Holder::Missing(id))?.cloned() else {
            continue;
        };
        let back = draft.take(class, &Holder::Missing(id), &gone.quantity())?;
        draft.add(class, &loose, back)?;
    }
    Ok(())
}

/// Only the owner gives up what is missing. What is packed in it is gone with it.
fn write_off(
    draft: &mut Draft<'_, '_>,
    me: &MemberId,
    id: CaseId,
    case: &Case,
    missing: &[Epc],
) -> Result<(), Halt> {
    let other =
        |what: &Epc, owner: &MemberId| NOT_OWNER.because(format!("{what} belongs to {owner}"));
    for name in missing {
        let object = draft.known(name)?;
        if object.owner != *me {
            return Err(other(name, &object.owner).into());
        }
        let object = draft.change(name);
        object.life = Life::Ended;
        object.hold = None;
    }
    draft.load_amounts(case.classes.iter(), &[&Holder::Missing(id)])?;
    for class in &case.classes {
        let Some(gone) = draft.holding(class, &Holder::Missing(id))?.cloned() else {
            continue;
        };
        if gone.owner != *me {
            return Err(other(class, &gone.owner).into());
        }
        draft.take(class, &Holder::Missing(id), &gone.quantity())?;
    }
    Ok(())
}
