//! What is packed in an object, directly and deeper, now or at an earlier moment.

use super::{
    super::{
        facts,
        projection::holder_name,
        types::{AmountNow, Bond, Event, EventStanding, Holder},
    },
    Told, latest, told_about,
};
use convoy_readmodel::{
    Position, Result, Snapshot,
    value::{Value, decoded},
};
use convoy_types::{
    epcis::{self, Action, EventKind},
    identifiers::Epc,
    limits::AGGREGATION_DEPTH_MAX,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Objects and amounts in one answer, at most.
const CONTENTS_MAX: usize = 5_000;

/// What is in an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContentsView {
    /// The container.
    pub object: String,
    /// What is packed directly in it, each with what is in that.
    pub contents: Vec<ContentView>,
    /// Whether something was left out because there is too much.
    pub truncated: bool,
}

/// An object or an amount in a container, or an amount of a class with a holder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContentView {
    /// The object, or the class or lot.
    pub id: String,
    /// How much, of a class or lot: a decimal number and a unit (UN/ECE Recommendation 20).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quantity: Option<String>,
    /// Who holds the amount: `member:`, `in:`, `handover:` or `case:` and its name; absent for objects.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub holder: Option<String>,
    /// The accountable owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// `active`, `missing`, `ended` or `void`, of an object.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub life: Option<String>,
    /// Where the amount is, while it is loose.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<String>,
    /// Its condition.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub disposition: Option<String>,
    /// `fitted` or `fixed`, of what is not simply packed in there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bond: Option<String>,
    /// What is packed in it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schema(no_recursion)]
    pub contents: Vec<ContentView>,
}

/// What is in `object` now, or at the claimed time `at_ms` (then objects only, as the events that stand say).
///
/// # Errors
/// When the read model is damaged.
pub fn contents(snapshot: &Snapshot<'_>, object: &Epc, at_ms: Option<i64>) -> Result<ContentsView> {
    let mut left = CONTENTS_MAX;
    let contents = level(snapshot, object, at_ms, AGGREGATION_DEPTH_MAX, &mut left)?;
    Ok(ContentsView {
        object: object.to_string(),
        contents,
        truncated: left == 0,
    })
}

/// What is in `container` now, where all that was `told` of it is at hand.
pub(super) fn contents_told(
    snapshot: &Snapshot<'_>,
    container: &Epc,
    told: &[Told],
) -> Result<Vec<ContentView>> {
    let (objects, mut left) = (packed_now(container, told), CONTENTS_MAX);
    inside(
        snapshot,
        container,
        objects,
        None,
        AGGREGATION_DEPTH_MAX,
        &mut left,
    )
}

fn level(
    snapshot: &Snapshot<'_>,
    container: &Epc,
    at_ms: Option<i64>,
    depth: usize,
    left: &mut usize,
) -> Result<Vec<ContentView>> {
    let (told, _) = told_about(snapshot, container)?;
    let objects = match at_ms {
        None => packed_now(container, &told),
        Some(at_ms) => packed_then(snapshot, container, told, at_ms)?,
    };
    inside(snapshot, container, objects, at_ms, depth, left)
}

/// Those `objects` in `container`, and the amounts in it.
fn inside(
    snapshot: &Snapshot<'_>,
    container: &Epc,
    objects: BTreeMap<Epc, Bond>,
    at_ms: Option<i64>,
    depth: usize,
    left: &mut usize,
) -> Result<Vec<ContentView>> {
    let mut all = Vec::new();
    for (object, bond) in objects {
        if *left == 0 || depth == 0 {
            break;
        }
        *left -= 1;
        let now = latest(snapshot, &object)?.map(|(now, _)| now);
        all.push(ContentView {
            id: object.to_string(),
            quantity: None,
            holder: None,
            owner: now.as_ref().map(|now| now.owner.to_string()),
            life: now.as_ref().map(|now| now.life.to_string()),
            place: None,
            disposition: now
                .as_ref()
                .and_then(|now| Some(now.disposition.as_ref()?.word().to_owned())),
            bond: (bond != Bond::Packed).then(|| bond.to_string()),
            contents: level(snapshot, &object, at_ms, depth - 1, left)?,
        });
    }
    if at_ms.is_none() {
        let sql = "SELECT class, holder, now, position FROM custody_holding WHERE compartment = ?1 \
                   AND holder >= ?2 AND holder < ?4 ORDER BY holder, class LIMIT ?3";
        for (from, to) in holders_at(container) {
            let amounts = amounts(snapshot, sql, &from, Some(&to), *left)?;
            *left -= amounts.len();
            all.extend(amounts);
        }
    }
    Ok(all)
}

/// The names of all holders in, on or at `container`, as half-open ranges. The member stands behind the
/// place in `fixed:` names; the others end with the key.
fn holders_at(container: &Epc) -> [(String, String); 3] {
    let exactly = |name: String| {
        let end = format!("{name}\u{1}");
        (name, end)
    };
    let key = container.key();
    [
        exactly(holder_name(&Holder::In(container.clone()))),
        exactly(holder_name(&Holder::Fitted(container.clone()))),
        (format!("fixed:{key}:"), format!("fixed:{key};")),
    ]
}

/// Every change of what is in a container lists the container, so its events tell all of it.
fn packed_now(container: &Epc, told: &[Told]) -> BTreeMap<Epc, Bond> {
    let mut inside = BTreeMap::new();
    for group in told.iter().flat_map(|told| &told.said.changes().objects) {
        let packed = group.now.parent.as_ref() == Some(container);
        for object in &group.objects {
            if packed {
                inside.insert(object.clone(), group.now.bond);
            } else {
                inside.remove(object);
            }
        }
    }
    inside
}

/// Replays by claimed time what stands.
fn packed_then(
    snapshot: &Snapshot<'_>,
    container: &Epc,
    mut told: Vec<Told>,
    at_ms: i64,
) -> Result<BTreeMap<Epc, Bond>> {
    let mut corrections = super::Corrections::new(snapshot)?;
    told.retain(|told| told.said.event_time_ms() <= at_ms);
    told.sort_by_key(|told| (told.said.event_time_ms(), told.position));
    let mut inside = BTreeMap::new();
    for told in &told {
        match &told.said {
            Event::DeclaredWrong(_) => continue,
            Event::Captured(captured) => {
                let wrong = corrections.of(captured.event)?.is_some();
                if wrong || captured.standing != EventStanding::Stands {
                    continue;
                }
            }
            _ => {}
        }
        let Some(event) = told.captured()? else {
            let groups = &told.said.changes().objects;
            for group in groups
                .iter()
                .filter(|group| group.now.parent.as_ref() != Some(container))
            {
                inside.retain(|object, _| !group.objects.contains(object));
            }
            continue;
        };
        replay(container, event, &mut inside);
    }
    Ok(inside)
}

/// What is in `container` after `event`.
fn replay(container: &Epc, event: epcis::Event, inside: &mut BTreeMap<Epc, Bond>) {
    if event.parent.as_ref() != Some(container) {
        // Put into, or fitted to, something else: it has left.
        let moves = matches!(event.kind, EventKind::Aggregation | EventKind::Association);
        if moves && event.action == Some(Action::Add) {
            inside.retain(|object, _| !event.epcs.contains(object));
        }
        return;
    }
    let bond = match event.kind {
        EventKind::Aggregation => Bond::Packed,
        EventKind::Association if facts::is_place(container) => Bond::Fixed,
        EventKind::Association => Bond::Fitted,
        EventKind::Object | EventKind::Transaction | EventKind::Transformation => return,
    };
    match event.action {
        Some(Action::Add | Action::Observe) => {
            inside.extend(event.epcs.into_iter().map(|object| (object, bond)));
        }
        Some(Action::Delete) if event.epcs.is_empty() && event.quantities.is_empty() => {
            inside.retain(|_, tied| *tied != bond);
        }
        Some(Action::Delete) => inside.retain(|object, _| !event.epcs.contains(object)),
        None => {}
    }
}

/// The amounts of a class or lot, by holder.
pub(super) fn amounts_of_class(snapshot: &Snapshot<'_>, class: &Epc) -> Result<Vec<ContentView>> {
    let sql = "SELECT class, holder, now, position FROM custody_holding \
               WHERE compartment = ?1 AND class = ?2 ORDER BY holder LIMIT ?3";
    amounts(snapshot, sql, class.key(), None, CONTENTS_MAX)
}

fn amounts(
    snapshot: &Snapshot<'_>,
    sql: &str,
    name: &str,
    before: Option<&str>,
    limit: usize,
) -> Result<Vec<ContentView>> {
    let mut values = vec![
        snapshot.compartment().into(),
        name.into(),
        (limit as i64).into(),
    ];
    values.extend(before.map(Value::from));
    let rows = snapshot.rows(sql, &values, |row| {
        let now: AmountNow = decoded(row.bytes(2)?)?;
        let changed = Position::from_raw(row.integer(3)?);
        let view = ContentView {
            id: full(row.text(0)?),
            quantity: Some(now.quantity.to_string()),
            holder: Some(row.text(1)?.to_owned()),
            owner: Some(now.owner.to_string()),
            life: None,
            place: now.place.map(|place| place.to_string()),
            disposition: now.disposition.map(|term| term.word().to_owned()),
            bond: None,
            contents: Vec::new(),
        };
        Ok((changed, view))
    })?;
    // How much there is was told by what changed it last.
    let mut shown = Vec::with_capacity(rows.len());
    for (changed, view) in rows {
        if snapshot.shows_event(changed)? {
            shown.push(view);
        }
    }
    Ok(shown)
}

/// The whole identifier of a stored key: GS1 keys are stored without the part that is always the same.
pub fn full(key: &str) -> String {
    if key.starts_with(|first: char| first.is_ascii_digit()) {
        format!("https://id.gs1.org/{key}")
    } else {
        key.to_owned()
    }
}
