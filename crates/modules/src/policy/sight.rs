//! What one reader sees of a moment: the [`Authorizer`] as a [`Veil`] over the read model.
//!
//! Flow: [`Authorizers::sight`] makes the [`Sight`] of a reader for a kind of view; a question is asked of the snapshot [behind](Snapshot::behind)
//! it. An event is seen when its statement and every record that it tells of may be seen; a record, when the policies permit the view of it with
//! its label, owner and custodian.
//!
//! Invariants: an event that cannot be read is hidden; a record is decided once for one question. Where no record has a label and no policy of the
//! view looks at more of a record than its label, all records are alike: [`Sight::is_clear`], and nothing is asked a second time.

use super::{
    authorizer::{Authorizer, Authorizers, Reading},
    explain::Explanation,
    labels::{Known, STATEMENTS, statement_name},
    subject::Resource,
    types::Label,
    vocabulary::View,
};
use convoy_readmodel::{Position, Result, Snapshot, StoredEvent, Veil};
use convoy_types::StatementId;
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Decisions remembered for one question.
const REMEMBERED_MAX: usize = 65_536;
/// Records named in the account of one question.
const TOLD_MAX: usize = 64;

/// The records with a label that a question came upon, at most 64 names of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Those that the reader may see.
    pub shown: BTreeSet<String>,
    /// How many these are.
    pub shown_count: u64,
    /// Those, with a label or without, that were kept from the reader.
    pub kept: BTreeSet<String>,
    /// How many these are.
    pub kept_count: u64,
}

/// What one reader sees, by one kind of view.
pub struct Sight {
    authorizer: Authorizer,
    reading: Reading,
    view: View,
    labels: Arc<Known>,
    /// Whether policies of the view look at whose a record is.
    whose: bool,
    /// What is decided about every record without a label, where it is the same for all.
    open: Option<bool>,
    decided: RefCell<BTreeMap<String, bool>>,
    seen: RefCell<Seen>,
}

impl Authorizers {
    /// What `reading` sees by `view` of the moment `snapshot`.
    ///
    /// # Errors
    /// When the read model cannot be read.
    pub fn sight(&self, snapshot: &Snapshot<'_>, reading: Reading, view: View) -> Result<Sight> {
        let authorizer = self.at(snapshot)?;
        let labels = self.labels(snapshot)?;
        let whose = authorizer.looks_at_whose(view);
        let open = (!whose).then(|| authorizer.shows(&reading, view, &Resource::plain()));
        Ok(Sight {
            authorizer,
            reading,
            view,
            labels,
            whose,
            open,
            decided: RefCell::default(),
            seen: RefCell::default(),
        })
    }
}

impl Sight {
    /// Whether nothing at all is kept from the reader, so that no record has to be asked about.
    pub fn is_clear(&self) -> bool {
        self.open == Some(true) && self.labels.is_empty()
    }

    /// Who reads.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// What the question came upon.
    pub fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Whether the reader may have the view of a resource as it is.
    pub fn may(&self, resource: &Resource) -> bool {
        self.authorizer.shows(&self.reading, self.view, resource)
    }

    /// Why the reader may not have the view of the record called `record`; `None` where it may, or where even that it exists may not be told.
    ///
    /// # Errors
    /// When the read model cannot be read.
    pub fn why_not(&self, bare: &Snapshot<'_>, record: &str) -> Result<Option<Explanation>> {
        if self.decide(bare, record)? || !self.knows(bare, record)? {
            return Ok(None);
        }
        let resource = self.resource(bare, record)?;
        Ok(self
            .authorizer
            .explain(&self.reading, self.view.action(), &resource))
    }

    /// The record as policies see it.
    fn resource(&self, bare: &Snapshot<'_>, record: &str) -> Result<Resource> {
        let mut parts = record.splitn(3, '/');
        let mut part = || parts.next().unwrap_or_default();
        let (module, table, key) = (part(), part(), part());
        let mut resource = Resource::open(module, table, key.as_bytes(), "common");
        if self.whose
            && let Ok(domain) = crate::domain(module)
        {
            [resource.owner, resource.custodian] = domain.whose(bare, table, key)?;
        }
        Ok(match self.label(bare, record)? {
            Some(label) => label.onto(resource),
            None => resource,
        })
    }

    fn label(&self, bare: &Snapshot<'_>, record: &str) -> Result<Option<Arc<Label>>> {
        self.labels.of(bare, record)
    }

    fn decide(&self, bare: &Snapshot<'_>, record: &str) -> Result<bool> {
        if let Some(decided) = self.decided.borrow().get(record) {
            return Ok(*decided);
        }
        let labelled = self.label(bare, record)?.is_some();
        let allowed = match self.open {
            Some(open) if !labelled => open,
            _ => self.may(&self.resource(bare, record)?),
        };
        if labelled || !allowed {
            self.note(record, allowed);
        }
        let mut decided = self.decided.borrow_mut();
        if decided.len() >= REMEMBERED_MAX {
            decided.clear();
        }
        decided.insert(record.to_owned(), allowed);
        Ok(allowed)
    }

    fn note(&self, record: &str, allowed: bool) {
        let mut seen = self.seen.borrow_mut();
        let seen = &mut *seen;
        let (names, count) = match allowed {
            true => (&mut seen.shown, &mut seen.shown_count),
            false => (&mut seen.kept, &mut seen.kept_count),
        };
        *count += 1;
        if names.len() < TOLD_MAX {
            names.insert(record.to_owned());
        }
    }

    /// The names of everything that `event` tells of, its statement first; `None` where it cannot be read.
    fn about(&self, bare: &Snapshot<'_>, event: &StoredEvent) -> Result<Option<Vec<String>>> {
        let told = crate::domain(&event.module)
            .ok()
            .and_then(|domain| domain.about(&event.body, event.detail.as_deref()));
        let Some(mut names) = told else {
            return Ok(None);
        };
        if self.labels.has_statements()
            && let Some(id) = statement_of(bare, event)?
        {
            names.insert(0, statement_name(&id));
        }
        Ok(Some(names))
    }
}

fn statement_of(bare: &Snapshot<'_>, event: &StoredEvent) -> Result<Option<StatementId>> {
    let at = event.statement.and_then(|index| {
        Position::new(event.position.compartment(), event.position.height(), index)
    });
    match at {
        Some(at) => Ok(bare.statement_at(at)?.map(|statement| statement.id)),
        None => Ok(None),
    }
}

impl Veil for Sight {
    fn hides(&self, bare: &Snapshot<'_>, event: &StoredEvent) -> Result<bool> {
        let Some(names) = self.about(bare, event)? else {
            return Ok(true);
        };
        for name in &names {
            if !self.decide(bare, name)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn shows(&self, bare: &Snapshot<'_>, record: &str) -> Result<bool> {
        self.decide(bare, record)
    }

    fn knows(&self, bare: &Snapshot<'_>, record: &str) -> Result<bool> {
        let resource = self.resource(bare, record)?;
        Ok(self
            .authorizer
            .shows(&self.reading, View::Existence, &resource))
    }

    fn tells(&self, bare: &Snapshot<'_>, event: &StoredEvent) -> Result<bool> {
        let Some(names) = self.about(bare, event)? else {
            return Ok(false);
        };
        for name in &names {
            if !self.decide(bare, name)? && !self.knows(bare, name)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Whether a record is a statement.
pub fn is_statement(record: &str) -> bool {
    record.starts_with(STATEMENTS)
}
