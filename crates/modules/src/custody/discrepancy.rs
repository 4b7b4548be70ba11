//! What is not as offered: it goes back to who offered, and a case opens between both sides.
//!
//! Flow: the accepting side names what is short, over, damaged or wrong. What it does not take all the same is
//! set aside before the rest changes hands: objects stay with, or come out into the custody of, who
//! offered; amounts go back to its loose stock. Then the case opens, with a deadline of the ledger's.
//!
//! Invariants: nothing is in two hands; nobody decides a case in its own favour.

use super::{
    draft::{Deadline, Draft, Presence},
    facts,
    handover::{BUNDLE_BYTES_MAX, check_text},
    reject::*,
    types::*,
};
use convoy_ledger::{Halt, Reject};
use convoy_types::{epcis::cbv::Disposition, identifiers::Epc, quantity::Quantity};
use std::collections::{BTreeMap, BTreeSet};

/// Checks what needs no state.
pub(super) fn validate(discrepancies: &[Discrepancy]) -> Result<(), Reject> {
    let fault = |place: usize, reason: &str| {
        Err(MALFORMED_FIELD.because(format!("discrepancies, number {}: {reason}", place + 1)))
    };
    if discrepancies.len() > BUNDLE_OBJECTS_MAX {
        let reason = format!("discrepancies: at most {BUNDLE_OBJECTS_MAX} are possible");
        return Err(MALFORMED_FIELD.because(reason));
    }
    let (mut seen, mut bytes) = (BTreeSet::new(), 0);
    for (place, one) in discrepancies.iter().enumerate() {
        check_text("discrepancies: note", &one.note, 0)?;
        let name = match (&one.object, &one.portion) {
            (Some(object), None) => (object, None),
            (None, Some(portion)) => (&portion.class, portion.container.as_ref()),
            _ => return fault(place, "name an object or a portion, and not both"),
        };
        if one.object.as_ref().is_some_and(Epc::is_class) {
            return fault(place, "object is a class; name it as a portion");
        }
        if let Some(portion) = &one.portion
            && (portion.class.is_instance() || portion.quantity.value().is_zero())
        {
            return fault(place, "portion needs a class and an amount");
        }
        if one.taken && matches!(one.kind, DiscrepancyKind::Short | DiscrepancyKind::Over) {
            return fault(
                place,
                "only what is damaged or wrong can be taken all the same",
            );
        }
        if !seen.insert((name, one.kind)) {
            return fault(place, "it is named twice");
        }
        bytes += name.0.key().len() + one.note.len();
    }
    if bytes > BUNDLE_BYTES_MAX {
        let reason = format!("discrepancies have {bytes} bytes; at most {BUNDLE_BYTES_MAX}");
        return Err(MALFORMED_FIELD.because(reason));
    }
    Ok(())
}

/// What of an offer goes back.
#[derive(Default)]
pub(super) struct Returned {
    /// Objects that were offered.
    pub objects: BTreeSet<Epc>,
    /// Amounts that were offered and cannot go back unmixed: they stay aside.
    pub left: BTreeMap<Epc, Quantity>,
    /// Whether anything else went back.
    other: bool,
}

impl Returned {
    /// Whether nothing goes back.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.left.is_empty() && !self.other
    }
}

/// Gives back what is not taken; the rest of the offer is as it was.
pub(super) fn set_aside(
    draft: &mut Draft<'_, '_>,
    id: HandoverId,
    handover: &Handover,
    discrepancies: &[Discrepancy],
    at: (i64, bool),
) -> Result<Returned, Halt> {
    let mut returned = Returned::default();
    draft.load(handover.objects.iter())?;
    // First what was offered itself, so that nothing is taken out of what goes back as a whole.
    let (offered, inside): (Vec<&Discrepancy>, Vec<&Discrepancy>) = discrepancies
        .iter()
        .filter(|one| one.kind != DiscrepancyKind::Over)
        .partition(|one| {
            one.object
                .as_ref()
                .is_some_and(|name| handover.objects.contains(name))
        });
    for one in offered {
        if let Some(name) = one.object.as_ref() {
            if one.taken {
                damaged(draft, handover, one, name, at.0);
            } else {
                returned.objects.insert(name.clone());
            }
        }
    }
    draft.load_around(inside.iter().filter_map(|one| one.object.as_ref()))?;
    // What is in what is told before anything comes out.
    let mut around = Vec::new();
    for one in &inside {
        around.push(offered_around(draft, id, handover, one)?);
    }
    for (one, root) in inside.into_iter().zip(around) {
        let whole = root.as_ref();
        if whole.is_some_and(|root| returned.objects.contains(root)) {
            // It goes back with what it is in.
            continue;
        }
        match (&one.object, &one.portion) {
            (Some(name), _) if one.taken => damaged(draft, handover, one, name, at.0),
            (Some(name), _) => come_out(draft, handover, name, root.as_ref(), at)?,
            (None, Some(portion)) if !one.taken => {
                give_back(draft, id, handover, portion, &mut returned)?;
            }
            _ => continue,
        }
        returned.other |= !one.taken;
    }
    let over = discrepancies
        .iter()
        .filter(|one| one.kind == DiscrepancyKind::Over);
    if let Some(name) = over
        .filter_map(|one| one.object.as_ref())
        .find(|name| handover.objects.contains(name))
    {
        return Err(not_in_offer(id, name, "is part of").into());
    }
    Ok(returned)
}

fn not_in_offer(id: HandoverId, name: &Epc, how: &str) -> Reject {
    NOT_IN_OFFER.because(format!("{name} {how} handover {id}"))
}

/// What is taken although it is damaged has that condition from then on.
fn damaged(
    draft: &mut Draft<'_, '_>,
    handover: &Handover,
    one: &Discrepancy,
    name: &Epc,
    time_ms: i64,
) {
    if one.kind == DiscrepancyKind::Damaged && handover.conveys != Conveys::Ownership {
        draft.change(name).observe(&Presence {
            time_ms,
            place: None,
            disposition: Some(&Disposition::Damaged),
            biz_step: None,
        });
    }
}

/// The offered object that a discrepancy's object or amount is in or on, however deep; `None` for a loose
/// amount that was offered.
fn offered_around(
    draft: &mut Draft<'_, '_>,
    id: HandoverId,
    handover: &Handover,
    one: &Discrepancy,
) -> Result<Option<Epc>, Halt> {
    let portion = one.portion.as_ref();
    let container = portion.and_then(|portion| portion.container.as_ref());
    let Some(name) = one.object.as_ref().or(container) else {
        return match portion {
            Some(portion) if !handover.classes.contains(&portion.class) => {
                Err(not_in_offer(id, &portion.class, "is not part of").into())
            }
            _ => Ok(None),
        };
    };
    let inside = handover.conveys != Conveys::Ownership
        && draft
            .record(name)?
            .is_some_and(|object| object.life != Life::Void);
    if inside {
        let (root, _) = draft.outermost(name)?;
        if handover.objects.contains(&root) {
            return Ok(Some(root));
        }
    }
    Err(not_in_offer(id, name, "is neither part of nor in anything of").into())
}

/// An object in or on what was offered comes out, into the custody of who offered.
fn come_out(
    draft: &mut Draft<'_, '_>,
    handover: &Handover,
    name: &Epc,
    root: Option<&Epc>,
    (time_ms, claimed): (i64, bool),
) -> Result<(), Halt> {
    let place = match root {
        Some(root) => draft.known(root)?.place.clone(),
        None => None,
    };
    draft.known(name)?;
    draft.untie(name, &handover.from)?;
    let object = draft.change(name);
    object.observe(&Presence {
        time_ms: time_ms.max(object.time_ms),
        place: place.as_ref(),
        disposition: None,
        biz_step: None,
    });
    if claimed {
        object.structure_told(time_ms);
    }
    Ok(())
}

/// Who holds the amount that a discrepancy names.
fn portion_holder(
    draft: &mut Draft<'_, '_>,
    id: HandoverId,
    portion: &Portion,
) -> Result<Holder, Halt> {
    let Some(container) = &portion.container else {
        return Ok(Holder::Offered(id));
    };
    let inside = Holder::In(container.clone());
    if draft.holding(&portion.class, &inside)?.is_some() {
        return Ok(inside);
    }
    Ok(Holder::Fitted(container.clone()))
}

/// An amount goes back to the loose stock of who offered. What would mix there stays aside if it was loose.
fn give_back(
    draft: &mut Draft<'_, '_>,
    id: HandoverId,
    handover: &Handover,
    portion: &Portion,
    returned: &mut Returned,
) -> Result<(), Halt> {
    let holder = portion_holder(draft, id, portion)?;
    let back = Holder::Loose(handover.from.clone());
    let Some(aside) = draft.holding(&portion.class, &holder)?.cloned() else {
        let reason = format!("there is no {} there", portion.class);
        return Err(BELOW_ZERO.because(reason).into());
    };
    let mixes = draft
        .holding(&portion.class, &back)?
        .is_some_and(|have| have.owner != aside.owner || have.unit != aside.unit);
    let loose = portion.container.is_none();
    if mixes && loose {
        let known = returned.left.get(&portion.class);
        let all = match known {
            Some(known) => known.plus(&portion.quantity),
            None => Ok(portion.quantity.clone()),
        };
        let all =
            all.map_err(|error| MALFORMED_FIELD.because(format!("{}: {error}", portion.class)))?;
        // Refuses more than there is.
        aside
            .quantity()
            .take(&all)
            .map_err(|error| BELOW_ZERO.because(format!("{}: {error}", portion.class)))?;
        returned.left.insert(portion.class.clone(), all);
        return Ok(());
    }
    let taken = draft.take(&portion.class, &holder, &portion.quantity)?;
    draft.add(&portion.class, &back, taken)
}

/// Opens the case between both sides, where there is any discrepancy.
pub(super) fn open_case(
    draft: &mut Draft<'_, '_>,
    id: HandoverId,
    handover: &Handover,
    discrepancies: &[Discrepancy],
    time_ms: i64,
) -> Result<Option<CaseId>, Halt> {
    let statement = draft
        .reader
        .statement()
        .filter(|_| !discrepancies.is_empty());
    let Some(statement) = statement else {
        return Ok(None);
    };
    let case = facts::case_id(&statement.id, statement.action);
    let objects: BTreeSet<&Epc> = discrepancies
        .iter()
        .filter_map(|one| one.object.as_ref())
        .collect();
    let classes: BTreeSet<&Epc> = discrepancies
        .iter()
        .filter_map(|one| Some(&one.portion.as_ref()?.class))
        .collect();
    let now = Case {
        version: Default::default(),
        kind: CaseKind::Discrepancy,
        state: CaseState::Open,
        member: handover.to.clone(),
        other: Some(handover.from.clone()),
        handover: Some(id),
        objects: objects.into_iter().cloned().collect(),
        classes: classes.into_iter().cloned().collect(),
        missing: 0,
        due_ms: draft.now_ms().saturating_add(INVESTIGATION_MS),
    };
    let said = DiscrepancyReported {
        version: Default::default(),
        event_time_ms: time_ms,
        case,
        now: now.clone(),
        discrepancies: discrepancies.to_vec(),
        changes: Changes::default(),
    };
    draft.effect.said.push(Event::DiscrepancyReported(said));
    draft.effect.timer = Some((now.due_ms, Deadline::Case(case)));
    draft.effect.cases.push((case, now));
    Ok(Some(case))
}
