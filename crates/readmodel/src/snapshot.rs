//! One moment of the read model, for questions that read several tables.
//!
//! Behind a [`Veil`] a moment is what one reader may see of it: postings and full text leave out what is kept from the reader, before
//! anything is counted or paged, and an event that is reached in another way reads as one of no module. What a module keeps in rows of
//! its own is asked for by [`Snapshot::shows`].

use crate::{
    driver::{Source, collect, first},
    error::{ReadModelError, Result},
    position::{Cursor, Position},
    projector::Progress,
    rows::word_id,
    runs::{self, Key, Run},
    tables,
    value::{Row, Value, damaged},
};
use std::{
    cell::{OnceCell, RefCell},
    collections::HashMap,
    ops::ControlFlow,
    rc::Rc,
};

/// Which way positions are walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As recorded.
    OldestFirst,
    /// The other way round.
    NewestFirst,
}

/// An event as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Where it stands.
    pub position: Position,
    /// The place of its statement in the block; `None` where a timer fired.
    pub statement: Option<u32>,
    /// The module that said it.
    pub module: Rc<str>,
    /// Deterministic CBOR.
    pub body: Vec<u8>,
    /// What the module's projection keeps beside it.
    pub detail: Option<Vec<u8>>,
}

impl StoredEvent {
    /// What stands in the place of an event that is kept from the reader.
    fn withheld(position: Position, statement: Option<u32>) -> Self {
        Self {
            position,
            statement,
            module: "".into(),
            body: Vec::new(),
            detail: None,
        }
    }

    /// Whether it is kept from the reader.
    pub fn is_withheld(&self) -> bool {
        self.module.is_empty()
    }
}

/// What a reader may see of a moment.
pub trait Veil {
    /// Whether an event is kept from the reader. `bare` is the same moment without a veil.
    ///
    /// # Errors
    /// When the read model cannot be read; then nothing is shown.
    fn hides(&self, bare: &Snapshot<'_>, event: &StoredEvent) -> Result<bool>;

    /// Whether the reader may see the record called `record` (`module/table/key`).
    ///
    /// # Errors
    /// As [`Veil::hides`].
    fn shows(&self, bare: &Snapshot<'_>, record: &str) -> Result<bool>;

    /// Whether the reader may know that the record called `record` exists.
    ///
    /// # Errors
    /// As [`Veil::hides`].
    fn knows(&self, bare: &Snapshot<'_>, record: &str) -> Result<bool>;

    /// Whether the reader may know that something is kept from it where `event` stands.
    ///
    /// # Errors
    /// As [`Veil::hides`].
    fn tells(&self, bare: &Snapshot<'_>, event: &StoredEvent) -> Result<bool>;
}

/// A veil, the moment behind it, and what was decided.
struct Veiled<'a> {
    veil: &'a dyn Veil,
    bare: &'a Snapshot<'a>,
    /// Events that were looked at and may be seen, until they are asked for.
    seen: RefCell<HashMap<i64, StoredEvent>>,
}

/// One compartment at one moment.
pub struct Snapshot<'a> {
    source: &'a dyn Source,
    progress: &'a Progress,
    veiled: Option<Veiled<'a>>,
    words: RefCell<HashMap<i64, Rc<str>>>,
    runs: OnceCell<Vec<Run>>,
    pub(crate) blocks: RefCell<HashMap<u64, crate::BlockView>>,
    pub(crate) statements: RefCell<HashMap<i64, crate::StatementView>>,
}

/// Rows of a kind remembered for one question; past this they are read again.
pub(crate) const REMEMBERED_MAX: usize = 8_192;
/// Rows read by one statement where many are wanted.
const TOGETHER: usize = 64;
/// Below this reading one by one is faster.
const FEW: usize = 12;

impl<'a> Snapshot<'a> {
    pub(crate) fn new(source: &'a dyn Source, progress: &'a Progress) -> Self {
        Self {
            source,
            progress,
            veiled: None,
            words: RefCell::default(),
            runs: OnceCell::new(),
            blocks: RefCell::default(),
            statements: RefCell::default(),
        }
    }

    /// The same moment as far as `veil` lets see.
    pub fn behind<'v>(&'v self, veil: &'v dyn Veil) -> Snapshot<'v> {
        let veiled = Veiled {
            veil,
            bare: self,
            seen: RefCell::default(),
        };
        Snapshot {
            veiled: Some(veiled),
            ..Snapshot::new(self.source, self.progress)
        }
    }

    /// Whether something may be kept from the reader.
    pub fn is_veiled(&self) -> bool {
        self.veiled.is_some()
    }

    /// Whether the reader may see the record called `record` (`module/table/key`).
    pub fn shows(&self, record: &str) -> Result<bool> {
        match &self.veiled {
            Some(veiled) => veiled.veil.shows(veiled.bare, record),
            None => Ok(true),
        }
    }

    /// Whether the reader may know that the record called `record` exists.
    pub fn knows(&self, record: &str) -> Result<bool> {
        match &self.veiled {
            Some(veiled) => veiled.veil.knows(veiled.bare, record),
            None => Ok(true),
        }
    }

    /// Whether the reader may see the event at `position`.
    pub fn shows_event(&self, position: Position) -> Result<bool> {
        let Some(veiled) = &self.veiled else {
            return Ok(true);
        };
        if veiled.seen.borrow().contains_key(&position.raw()) {
            return Ok(true);
        }
        let event = veiled.bare.event(position)?;
        let shown = !veiled.veil.hides(veiled.bare, &event)?;
        if shown {
            let mut seen = veiled.seen.borrow_mut();
            if seen.len() >= REMEMBERED_MAX {
                seen.clear();
            }
            seen.insert(position.raw(), event);
        }
        Ok(shown)
    }

    /// Whether something noted for the thing called `name` is kept from the reader, and the reader may know that.
    pub fn withholds(&self, kind: &'static str, name: &[u8]) -> Result<bool> {
        let (Some(veiled), mut told) = (&self.veiled, false) else {
            return Ok(false);
        };
        self.noted(kind, name, None, Order::NewestFirst, &mut |position| {
            if !self.shows_event(position)? {
                told = veiled
                    .veil
                    .tells(veiled.bare, &veiled.bare.event(position)?)?;
            }
            Ok(if told {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        Ok(told)
    }

    /// The height this moment is true for.
    pub fn height(&self) -> u64 {
        self.progress.height
    }

    /// The last position that block `height` can have, as stored.
    pub fn end_of(&self, height: u64) -> i64 {
        let next = Position::new(self.compartment(), height + 1, 0);
        next.map_or(Position::span(self.compartment()).1, |next| next.raw() - 1)
    }

    /// The first block held; what came before it is not known here.
    pub fn first_height(&self) -> u64 {
        self.progress.first_height
    }

    /// The compartment's number, first column of every key of a module's tables.
    pub fn compartment(&self) -> u16 {
        self.progress.number
    }

    /// All rows of a query, each made into a `T`.
    pub fn rows<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        make: impl FnMut(&dyn Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        collect(self.source, sql, values, make)
    }

    /// The first row of a query made into a `T`, if there is one.
    pub fn first<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        make: impl FnMut(&dyn Row) -> Result<T>,
    ) -> Result<Option<T>> {
        first(self.source, sql, values, make)
    }

    /// The text of a word.
    pub fn word(&self, id: i64) -> Result<Rc<str>> {
        if let Some(text) = self.words.borrow().get(&id) {
            return Ok(Rc::clone(text));
        }
        let sql = "SELECT text FROM word WHERE id = ?1";
        let text: Rc<str> = self
            .first(sql, &[id.into()], |row| Ok(row.text(0)?.into()))?
            .ok_or_else(|| damaged(format!("word {id} is missing")))?;
        self.words.borrow_mut().insert(id, Rc::clone(&text));
        Ok(text)
    }

    /// The number of a word; `None` when it never occurred.
    pub fn word_id(&self, text: &str) -> Result<Option<i64>> {
        word_id(self.source, text)
    }

    /// The position of a cursor in this compartment.
    pub fn position(&self, cursor: Cursor) -> Result<Position> {
        Position::new(self.compartment(), cursor.height, cursor.index).ok_or_else(|| {
            ReadModelError::Question {
                field: "cursor",
                fault: format!("`{cursor}` is past every block"),
                remedy: "hand back a cursor as you received it",
            }
        })
    }

    /// Hands each event noted for the thing called `name` of this `kind` to `each`, by its position, until it breaks. What is kept from
    /// the reader is left out. Positions of other things may be among them (keys are shortened hashes): compare what is found.
    pub fn postings(
        &self,
        kind: &'static str,
        name: &[u8],
        after: Option<Position>,
        order: Order,
        each: &mut dyn FnMut(Position) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        if !self.is_veiled() {
            return self.noted(kind, name, after, order, each);
        }
        self.noted(
            kind,
            name,
            after,
            order,
            &mut |position| match self.shows_event(position)? {
                true => each(position),
                false => Ok(ControlFlow::Continue(())),
            },
        )
    }

    /// As [`Snapshot::postings`], of every position noted: those of whole blocks, and those of what is kept from the reader.
    pub fn noted(
        &self,
        kind: &'static str,
        name: &[u8],
        after: Option<Position>,
        order: Order,
        each: &mut dyn FnMut(Position) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let key = Key::of(kind, self.compartment(), name);
        let (mut start, mut end) = Position::span(self.compartment());
        match (after, order) {
            (Some(after), Order::OldestFirst) => start = after.raw().saturating_add(1),
            (Some(after), Order::NewestFirst) => end = after.raw() - 1,
            (None, _) => {}
        }
        let newest = order == Order::NewestFirst;
        runs::scan(
            self.source,
            self.runs()?,
            key,
            (start, end),
            newest,
            &mut |raw| each(Position::from_raw(raw)),
        )
    }

    /// The runs of this moment, read once.
    fn runs(&self) -> Result<&[Run]> {
        if let Some(runs) = self.runs.get() {
            return Ok(runs);
        }
        let runs = runs::all(self.source)?;
        Ok(self.runs.get_or_init(|| runs))
    }

    pub(crate) fn postings_of_digest(
        &self,
        digest: &convoy_types::Digest,
        each: &mut dyn FnMut(Position) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let span = Position::span(self.compartment());
        runs::scan(
            self.source,
            self.runs()?,
            Key::of_digest(digest),
            span,
            true,
            &mut |raw| each(Position::from_raw(raw)),
        )
    }

    /// The event at `position`, checked against its seal; one of no module where it is kept from the reader.
    ///
    /// # Errors
    /// When there is none, or it was altered on the disk: both mean a damaged database.
    pub fn event(&self, position: Position) -> Result<StoredEvent> {
        if let Some(veiled) = &self.veiled {
            if !self.shows_event(position)? {
                return Ok(StoredEvent::withheld(position, None));
            }
            if let Some(event) = veiled.seen.borrow_mut().remove(&position.raw()) {
                return Ok(event);
            }
        }
        let sql =
            "SELECT position, statement, module, body, detail, seal FROM event WHERE position = ?1";
        self.first(sql, &[position.raw().into()], |row| self.stored_event(row))?
            .ok_or_else(|| {
                let (height, place) = (position.height(), position.ordinal());
                damaged(format!("event {place} of block {height} is missing"))
            })
    }

    /// The events at `positions`, in their order; read together, which costs a third of reading each.
    ///
    /// # Errors
    /// As [`Snapshot::event`].
    pub fn events_at(&self, positions: &[Position]) -> Result<Vec<StoredEvent>> {
        let mut all = Vec::with_capacity(positions.len());
        if positions.len() < FEW || self.is_veiled() {
            for position in positions {
                all.push(self.event(*position)?);
            }
            return Ok(all);
        }
        let sql = format!(
            "SELECT position, statement, module, body, detail, seal FROM event WHERE position IN ({}) ORDER BY position",
            placeholders()
        );
        for some in positions.chunks(TOGETHER) {
            let values: Vec<Value<'_>> = padded(some);
            let mut found = HashMap::with_capacity(some.len());
            for event in self.rows(&sql, &values, |row| self.stored_event(row))? {
                found.insert(event.position, event);
            }
            for position in some {
                let event = found.remove(position);
                all.push(match event {
                    Some(event) => event,
                    None => self.event(*position)?,
                });
            }
        }
        Ok(all)
    }

    /// Reads the blocks and statements of events together, so that asking for each is free. An event is
    /// given by its position and its statement's place in the block.
    pub fn read_ahead(&self, events: &[(Position, Option<u32>)]) -> Result<()> {
        if events.len() < FEW {
            return Ok(());
        }
        let compartment = self.compartment();
        let blocks = events.iter().map(|(position, _)| position.height());
        let mut blocks: Vec<Position> = blocks
            .filter(|height| !self.blocks.borrow().contains_key(height))
            .filter_map(|height| Position::new(compartment, height, 0))
            .collect();
        blocks.sort_unstable();
        blocks.dedup();
        for some in blocks.chunks(TOGETHER) {
            self.blocks_at(&padded(some), &placeholders())?;
        }
        let statements = events.iter().filter_map(|(position, statement)| {
            Position::new(compartment, position.height(), (*statement)?)
        });
        let mut statements: Vec<Position> = statements
            .filter(|at| !self.statements.borrow().contains_key(&at.raw()))
            .collect();
        statements.sort_unstable();
        statements.dedup();
        for some in statements.chunks(TOGETHER) {
            self.statements_at(&padded(some), &placeholders())?;
        }
        Ok(())
    }

    /// Hands the positions of what was said with words that begin with each of `words` to `each`, the
    /// newest first, until it breaks.
    pub fn search(
        &self,
        words: &[&str],
        before: Option<Position>,
        each: &mut dyn FnMut(Position) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let (first, last) = Position::span(self.compartment());
        let last = before.map_or(last, |before| before.raw() - 1);
        self.source.search(words, (first, last), &mut |raw| {
            let position = Position::from_raw(raw);
            let hidden = self.is_veiled() && !self.shows_event(position)?;
            Ok(hidden || each(position)?.is_continue())
        })
    }

    /// The events from `first` to `last`, both inclusive, at most `limit`; one of no module where it is kept from the reader.
    pub fn events(
        &self,
        first: Position,
        last: Position,
        limit: usize,
    ) -> Result<Vec<StoredEvent>> {
        let sql = "SELECT position, statement, module, body, detail, seal FROM event \
                   WHERE position >= ?1 AND position <= ?2 ORDER BY position LIMIT ?3";
        let values = [first.raw().into(), last.raw().into(), (limit as i64).into()];
        let mut events = self.rows(sql, &values, |row| self.stored_event(row))?;
        if let Some(veiled) = &self.veiled {
            for event in &mut events {
                if veiled.veil.hides(veiled.bare, event)? {
                    *event = StoredEvent::withheld(event.position, event.statement);
                }
            }
        }
        Ok(events)
    }

    fn stored_event(&self, row: &dyn Row) -> Result<StoredEvent> {
        let raw = row.integer(0)?;
        let statement = if row.is_null(1)? {
            None
        } else {
            Some(row.small(1)?)
        };
        let (module, body) = (row.integer(2)?, row.bytes(3)?);
        let detail = if row.is_null(4)? {
            None
        } else {
            Some(row.bytes(4)?)
        };
        let numbers = [raw, statement.map_or(-1, i64::from), module];
        let seal = tables::seal(&numbers, body, detail.unwrap_or_default());
        let position = Position::from_raw(raw);
        if seal != row.integer(5)? {
            let (height, place) = (position.height(), position.ordinal());
            return Err(damaged(format!(
                "event {place} of block {height} does not match its check value"
            )));
        }
        Ok(StoredEvent {
            position,
            statement,
            module: self.word(module)?,
            body: body.to_vec(),
            detail: detail.map(<[u8]>::to_vec),
        })
    }
}

/// `?1, ?2, …` for the rows that are read together.
fn placeholders() -> String {
    let all: Vec<String> = (1..=TOGETHER).map(|at| format!("?{at}")).collect();
    all.join(", ")
}

/// The positions as values, filled up so that every such question has the same text and is prepared once.
fn padded(positions: &[Position]) -> Vec<Value<'static>> {
    let given = positions
        .iter()
        .map(|position| Value::Integer(position.raw()));
    let none = std::iter::repeat_n(Value::Null, TOGETHER.saturating_sub(positions.len()));
    given.chain(none).collect()
}
