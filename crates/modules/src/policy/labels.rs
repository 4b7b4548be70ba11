//! Labels of records (STANAG 4774 terms): given by labelled statements, inherited by what holds something, raised and released by action.
//!
//! Flow: the guard asks [`marks`] which labels an action changes and hands them back as a call, which is applied with the action or
//! not at all; [`raise`] and [`release`] change one record's label.
//!
//! Invariants: a label is enforceable: it leaves out no member that reads the ledger. What holds something is labelled at least as high as
//! all it ever held: taking out lowers nothing. Only the originator's member lowers or releases, with a reason. A ledger without labels pays
//! one read of one small record.

use super::{
    facts, queries,
    reject::*,
    subject::Resource,
    transition::Effect,
    types::{Classification, Label, LabelChange, Labels},
};
use crate::membership;
use convoy_ledger::{Asked, Halt, Reader, Reject, Touched, reject as core};
use convoy_readmodel::Snapshot;
use convoy_types::{MemberId, StatementId, cbor, limits::RECORD_BYTES_MAX, statement};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What the names of labelled statements begin with.
pub const STATEMENTS: &str = "core/statements/";
/// Labels kept in memory, some 200 bytes each; past them each is looked up when it is asked for.
const KEPT_MAX: usize = 250_000;

/// The name under which a statement has a label.
pub fn statement_name(id: &StatementId) -> String {
    format!("{STATEMENTS}{id}")
}

/// The labels that the read model has, as far as they fit into memory.
#[derive(Clone, Default)]
pub struct Known {
    /// The newest change that is in here.
    stamp: i64,
    labels: BTreeMap<String, Arc<Label>>,
    statements: bool,
    /// Whether there are more than are kept.
    more: bool,
}

impl Known {
    /// Whether no record has a label.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && !self.more
    }

    /// Whether some statement has a label.
    pub fn has_statements(&self) -> bool {
        self.statements
    }

    /// The label of a record.
    pub(super) fn of(
        &self,
        snapshot: &Snapshot<'_>,
        record: &str,
    ) -> convoy_readmodel::Result<Option<Arc<Label>>> {
        match self.labels.get(record) {
            None if self.more => Ok(queries::stored_label(snapshot, record)?.map(Arc::new)),
            known => Ok(known.cloned()),
        }
    }

    /// These and what changed since; `None` where nothing did.
    pub(super) fn with_newer(
        &self,
        snapshot: &Snapshot<'_>,
    ) -> convoy_readmodel::Result<Option<Self>> {
        let newest = queries::newest_label(snapshot)?;
        if newest <= self.stamp {
            return Ok(None);
        }
        let mut known = self.clone();
        for (record, label) in queries::labels_since(snapshot, self.stamp)? {
            known.statements |= record.starts_with(STATEMENTS);
            if known.labels.len() < KEPT_MAX || known.labels.contains_key(&record) {
                known.labels.insert(record, Arc::new(label));
            } else {
                known.more = true;
            }
        }
        known.stamp = newest;
        Ok(Some(known))
    }
}

/// A record's name in policies, bytes.
pub const RECORD_NAME_BYTES_MAX: usize = 400;

impl Label {
    /// A label as high as both: the higher classification, released to those both are released to, under the caveats of both. Who
    /// originated the first controls it.
    fn join(&self, other: &Self) -> Self {
        let releasable_to = match (
            self.releasable_to.is_empty(),
            other.releasable_to.is_empty(),
        ) {
            (true, _) => other.releasable_to.clone(),
            (_, true) => self.releasable_to.clone(),
            // Released to nobody in common: to the originator alone, never to everybody.
            _ => {
                let both = self
                    .releasable_to
                    .iter()
                    .filter(|member| other.releasable_to.contains(member));
                let both: Vec<MemberId> = both.cloned().collect();
                if both.is_empty() {
                    vec![self.originator.clone()]
                } else {
                    both
                }
            }
        };
        let caveats: BTreeSet<&String> = self.caveats.iter().chain(&other.caveats).collect();
        Self {
            version: Default::default(),
            classification: self.classification.max(other.classification),
            releasable_to,
            caveats: caveats.into_iter().cloned().collect(),
            originator: self.originator.clone(),
        }
    }

    /// Gives a record this label.
    pub(super) fn onto(&self, resource: Resource) -> Resource {
        Resource {
            classification: self.classification.number(),
            releasable_to: self.releasable_to.clone(),
            caveats: self.caveats.clone(),
            originator: Some(self.originator.clone()),
            ..resource
        }
    }
}

/// Refuses a label that leaves out a member that reads the ledger.
pub(super) fn check_enforceable(
    reader: &mut Reader<'_>,
    releasable_to: &[MemberId],
    rule: convoy_ledger::Rule,
) -> Result<(), Halt> {
    if releasable_to.is_empty() {
        return Ok(());
    }
    for line in membership::facts::roster(reader)? {
        let reads = !membership::facts::is_barred(reader, &line.member)?;
        if reads && !releasable_to.contains(&line.member) {
            let reason = format!(
                "the label leaves out {}, which reads this ledger",
                line.member
            );
            return Err(rule.because(reason).into());
        }
    }
    Ok(())
}

/// A record's name as it is kept: users write keys in other forms. `None` where it names no record of a module.
pub fn canonical(record: &str) -> Option<String> {
    if let Some(id) = record.strip_prefix(STATEMENTS) {
        return id.parse().ok().map(|id: StatementId| statement_name(&id));
    }
    let mut parts = record.splitn(3, '/');
    let mut part = || parts.next().filter(|part| !part.is_empty());
    let (module, table, key) = (part()?, part()?, part()?);
    let domain = crate::domain(module).ok()?;
    domain.tables().find(|known| known.name == table)?;
    Some(format!(
        "{module}/{table}/{}",
        domain.record_key(table, key)?
    ))
}

/// The label that a statement gives to what it touches; `None` where it is open.
fn given(reader: &mut Reader<'_>, asked: &Asked<'_>) -> Result<Option<Label>, Halt> {
    let label: &statement::Label = &asked.content.label;
    check_enforceable(reader, &label.releasable_to, core::LABEL_NOT_ENFORCEABLE)?;
    let Some(standing) = reader.standing().filter(|_| !label.is_open()) else {
        return Ok(None);
    };
    Ok(Some(Label {
        version: Default::default(),
        classification: Classification::of(label.classification),
        releasable_to: label.releasable_to.clone(),
        caveats: Vec::new(),
        originator: standing.member.clone(),
    }))
}

/// The records that an action touches with their labels, and the labels that it changes, by name.
#[derive(Default)]
pub(super) struct Marks {
    pub resources: Vec<Resource>,
    pub changes: Vec<(String, Label)>,
}

/// What `asked` touches, where somebody wants to know: a policy, a labelled statement, or a ledger with labels.
pub(super) fn marks(
    reader: &mut Reader<'_>,
    asked: &Asked<'_>,
    wanted: bool,
) -> Result<Option<Marks>, Halt> {
    let given = given(reader, asked)?;
    let any = facts::labels(reader)? > 0;
    if !wanted && !any && given.is_none() {
        return Ok(None);
    }
    let touched = (asked.touched)(reader)?;
    let before = before(reader, asked.module, &touched, any)?;
    let compartment = reader.compartment().as_str().to_owned();
    let mut marks = Marks {
        resources: Vec::with_capacity(touched.len()),
        changes: Vec::new(),
    };
    for (touched, label) in touched.iter().zip(&before) {
        let resource = Resource {
            owner: touched.owner.clone(),
            custodian: touched.custodian.clone(),
            ..Resource::open(asked.module, touched.table, &touched.key, &compartment)
        };
        marks.resources.push(match label {
            Some(label) => label.onto(resource),
            None => resource,
        });
    }
    let own: Vec<Option<Label>> = before
        .iter()
        .map(|label| higher(label.clone(), given.as_ref()))
        .collect();
    for (place, touched) in touched.iter().enumerate() {
        let held = touched
            .holds
            .iter()
            .filter_map(|held| own.get(*held)?.as_ref());
        let after = held.fold(own[place].clone(), |label, held| higher(label, Some(held)));
        if let Some(after) = after.filter(|after| before[place].as_ref() != Some(after)) {
            marks.changes.push((marks.resources[place].name(), after));
        }
    }
    marks.changes.extend(of_statement(reader, given, any)?);
    Ok(Some(marks))
}

/// The label of the statement itself, which closes what it says of things that have none: its first action gives it.
fn of_statement(
    reader: &mut Reader<'_>,
    given: Option<Label>,
    any: bool,
) -> Result<Option<(String, Label)>, Halt> {
    let (Some(label), Some(statement)) = (given, reader.statement()) else {
        return Ok(None);
    };
    let name = statement_name(&statement.id);
    let known = statement.action > 0 || (any && facts::label(reader, &name)?.is_some());
    Ok((!known).then_some((name, label)))
}

fn higher(label: Option<Label>, other: Option<&Label>) -> Option<Label> {
    match (label, other) {
        (Some(label), Some(other)) => Some(label.join(other)),
        (label, other) => label.or_else(|| other.cloned()),
    }
}

/// The labels of what is touched.
fn before(
    reader: &mut Reader<'_>,
    module: &str,
    touched: &[Touched],
    any: bool,
) -> Result<Vec<Option<Label>>, Halt> {
    let (mut labels, mut waits) = (Vec::with_capacity(touched.len()), false);
    for touched in touched {
        let name = Resource::open(module, touched.table, &touched.key, "").name();
        let label = if any {
            facts::label(reader, &name)
        } else {
            Ok(None)
        };
        match label {
            Ok(label) => labels.push(label.map(|label| (*label).clone())),
            Err(Halt::NeedKeys) => waits = true,
            Err(halt) => return Err(halt),
        }
    }
    if waits {
        Err(Halt::NeedKeys)
    } else {
        Ok(labels)
    }
}

/// The effects of changing labels: the labels, and how many records have one from now on.
pub(super) fn effects(
    reader: &mut Reader<'_>,
    changes: &[(String, Label)],
    reason: &str,
) -> Result<Vec<Effect>, Halt> {
    let (mut records, mut waits) = (facts::labels(reader)?, false);
    let mut effects = Vec::with_capacity(changes.len() + 1);
    for (name, label) in changes {
        let bytes = cbor::to_vec(label).len();
        if bytes > RECORD_BYTES_MAX {
            let reason = format!(
                "the label of {name} would take {bytes} bytes, of at most {RECORD_BYTES_MAX}: it has too many caveats"
            );
            return Err(core::TOO_MUCH_STATE.because(reason).into());
        }
        match facts::label(reader, name) {
            Ok(known) => records += u64::from(known.is_none()),
            Err(Halt::NeedKeys) => waits = true,
            Err(halt) => return Err(halt),
        }
        effects.push(Effect::Label(
            name.clone(),
            label.clone(),
            reason.to_owned(),
        ));
    }
    if waits {
        return Err(Halt::NeedKeys);
    }
    effects.push(Effect::Labels(Labels {
        version: Default::default(),
        records,
    }));
    Ok(effects)
}

/// Checks what needs no state.
pub(super) fn validate(change: &LabelChange) -> Result<(), Reject> {
    let control = change.record.chars().any(char::is_control);
    let long = change.record.len() > RECORD_NAME_BYTES_MAX;
    if control || long || canonical(&change.record).is_none() {
        return Err(MALFORMED_FIELD.because(
            "record: write module/table/key of a record that there can be, at most 400 bytes",
        ));
    }
    super::transition::check_reason(&change.reason)?;
    let ascending = |list: &[String]| list.windows(2).all(|pair| pair[0] < pair[1]);
    let members: Vec<String> = change
        .releasable_to
        .iter()
        .map(ToString::to_string)
        .collect();
    if members.len() > statement::LABEL_MEMBERS_MAX || !ascending(&members) {
        return Err(
            MALFORMED_FIELD.because("releasable_to: at most 64 members, ascending, each once")
        );
    }
    let plain = |caveat: &String| {
        !caveat.is_empty()
            && caveat.len() <= membership::types::CAVEAT_BYTES_MAX
            && !caveat.chars().any(char::is_control)
    };
    let few = change.caveats.len() <= membership::types::CAVEATS_MAX;
    if !few || !ascending(&change.caveats) || !change.caveats.iter().all(plain) {
        return Err(
            MALFORMED_FIELD.because("caveats: at most 16 words of 32 bytes, ascending, each once")
        );
    }
    Ok(())
}

fn asked_for(
    reader: &mut Reader<'_>,
    change: &LabelChange,
) -> Result<(String, MemberId, Label), Halt> {
    let Some(record) = canonical(&change.record) else {
        return Err(MALFORMED_FIELD
            .because("record: no such record can be")
            .into());
    };
    check_enforceable(reader, &change.releasable_to, LABEL_NOT_ENFORCEABLE)?;
    let Some(standing) = reader.standing() else {
        return Err(GENESIS_ONLY
            .because("labels are changed by signed statements")
            .into());
    };
    let mine = standing.member.clone();
    let label = Label {
        version: Default::default(),
        classification: change.classification,
        releasable_to: change.releasable_to.clone(),
        caveats: change.caveats.clone(),
        originator: mine.clone(),
    };
    Ok((record, mine, label))
}

/// Raises a label: nobody may read afterwards who could not before.
pub(super) fn raise(reader: &mut Reader<'_>, change: &LabelChange) -> Result<Vec<Effect>, Halt> {
    let (record, _, asked) = asked_for(reader, change)?;
    let after = match facts::label(reader, &record)? {
        Some(before) => {
            let after = before.join(&asked);
            let asked = Label {
                originator: before.originator.clone(),
                ..asked
            };
            if after != asked {
                let reason =
                    "the label asked for is lower than the present one, or released more widely";
                return Err(LABEL_DIRECTION.because(reason).into());
            }
            if after == *before {
                return Err(NO_CHANGE.because("the record has this label").into());
            }
            after
        }
        None => asked,
    };
    effects(reader, &[(record, after)], &change.reason)
}

/// Lowers or releases a label. By the member that originated it.
pub(super) fn release(reader: &mut Reader<'_>, change: &LabelChange) -> Result<Vec<Effect>, Halt> {
    let (record, mine, asked) = asked_for(reader, change)?;
    let Some(before) = facts::label(reader, &record)? else {
        return Err(NO_CHANGE.because("the record has no label").into());
    };
    if before.originator != mine {
        let reason = format!("{} originated the label, not {mine}", before.originator);
        return Err(NOT_ORIGINATOR.because(reason).into());
    }
    if *before == asked {
        return Err(NO_CHANGE.because("the record has this label").into());
    }
    effects(reader, &[(record, asked)], &change.reason)
}
