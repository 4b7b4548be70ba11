//! What a projection writes with: rows of its own tables, words and postings.

use crate::{
    driver::{Sink, Source, first},
    error::Result,
    position::Position,
    runs::{Key, Postings},
    schema::Table,
    tables::WORD,
    value::{Row, Value},
};
use std::collections::HashMap;

/// Words kept in memory. Past this the memory is emptied and fills again from the table.
const WORDS_IN_MEMORY_MAX: usize = 50_000;

/// The writer's dictionary: each text that occurs again and again is stored once and named by a number.
#[derive(Default)]
pub(crate) struct Words {
    known: HashMap<Box<str>, i64>,
    last_id: i64,
}

impl Words {
    pub(crate) fn load(source: &dyn Source) -> Result<Self> {
        let last_id = first(source, "SELECT MAX(id) FROM word", &[], |row| {
            Ok(if row.is_null(0)? { 0 } else { row.integer(0)? })
        })?;
        Ok(Self {
            known: HashMap::new(),
            last_id: last_id.unwrap_or(0),
        })
    }

    pub(crate) fn id(&mut self, sink: &mut dyn Sink, text: &str) -> Result<i64> {
        if let Some(id) = self.known.get(text) {
            return Ok(*id);
        }
        let id = match word_id(&*sink, text)? {
            Some(id) => id,
            None => {
                self.last_id += 1;
                sink.insert(&WORD, &[self.last_id.into(), text.into()])?;
                self.last_id
            }
        };
        if self.known.len() >= WORDS_IN_MEMORY_MAX {
            self.known.clear();
        }
        self.known.insert(text.into(), id);
        Ok(id)
    }
}

/// The number of a word, if it was ever stored.
pub(crate) fn word_id(source: &(impl Source + ?Sized), text: &str) -> Result<Option<i64>> {
    first(
        source,
        "SELECT id FROM word WHERE text = ?1",
        &[text.into()],
        |row| row.integer(0),
    )
}

/// Write access of one projection while one event is applied.
pub struct Rows<'a> {
    pub(crate) sink: &'a mut dyn Sink,
    pub(crate) words: &'a mut Words,
    pub(crate) postings: &'a mut Postings,
    pub(crate) position: Position,
}

impl Rows<'_> {
    /// The number of the compartment, first column of every key of a module's tables.
    pub fn compartment(&self) -> u16 {
        self.position.compartment()
    }

    /// Where the event in hand stands.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Adds a row whose key is new.
    pub fn insert(&mut self, table: &'static Table, values: &[Value<'_>]) -> Result<()> {
        self.sink.insert(table, values)
    }

    /// Adds a row or takes the place of the one with its key.
    pub fn upsert(&mut self, table: &'static Table, values: &[Value<'_>]) -> Result<()> {
        self.sink.upsert(table, values)
    }

    /// Removes the row with this key, if there is one.
    pub fn delete(&mut self, table: &'static Table, key: &[Value<'_>]) -> Result<()> {
        self.sink.delete(table, key)
    }

    /// Changes rows by any other portable statement; returns how many.
    pub fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<usize> {
        self.sink.execute(sql, values)
    }

    /// Reads rows as they are within this transaction, the block's earlier events included.
    pub fn first<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        make: impl FnMut(&dyn Row) -> Result<T>,
    ) -> Result<Option<T>> {
        first(&*self.sink, sql, values, make)
    }

    /// The number that stands for `text`: for what occurs again and again, such as places and parties.
    pub fn word(&mut self, text: &str) -> Result<i64> {
        self.words.id(self.sink, text)
    }

    /// Makes this event findable by the words of `text`. Once for an event.
    pub fn index_text(&mut self, text: &str) -> Result<()> {
        self.sink.index_text(self.position.raw(), text)
    }

    /// Notes that this event is about the thing called `name` of this `kind`.
    pub fn post(&mut self, kind: &'static str, name: &[u8]) {
        let key = Key::of(kind, self.compartment(), name);
        self.postings.add(key, self.position.raw());
    }
}
