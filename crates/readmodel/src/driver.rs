//! What a database must be able to do. SQLite is the driver there is; PostgreSQL comes behind the same traits.
//!
//! Query texts are portable SQL: `?1`, `?2` … for parameters, no function that differs between databases.

use crate::{
    error::Result,
    schema::Table,
    value::{Row, Value},
};

/// Read access within one transaction: all answers are of one moment.
pub trait Source: Text {
    /// Runs a query and hands each row to `each`, until that returns `false` or the rows end.
    fn query(
        &self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<bool>,
    ) -> Result<()>;
}

/// Full text: words of what was said, found by their beginnings.
pub trait Text {
    /// Hands the positions within `first..=last` whose text has words that begin with each of `words` to
    /// `each`, the newest first, until that returns `false`. Words hold letters and digits only.
    fn search(
        &self,
        words: &[&str],
        span: (i64, i64),
        each: &mut dyn FnMut(i64) -> Result<bool>,
    ) -> Result<()>;
}

/// Write access within one transaction. The driver keeps the statements it prepared.
pub trait Sink: Source {
    /// Adds a row whose key is new.
    fn insert(&mut self, table: &'static Table, values: &[Value<'_>]) -> Result<()>;
    /// Adds rows whose keys are new; `values` are those of all rows, one row behind the other.
    fn insert_rows(&mut self, table: &'static Table, values: &[Value<'_>]) -> Result<()>;
    /// Adds a row or takes the place of the one with its key.
    fn upsert(&mut self, table: &'static Table, values: &[Value<'_>]) -> Result<()>;
    /// Removes the row with this key, if there is one.
    fn delete(&mut self, table: &'static Table, key: &[Value<'_>]) -> Result<()>;
    /// Makes what was said at `position` findable by its words. Called once for a position.
    fn index_text(&mut self, position: i64, text: &str) -> Result<()>;
    /// Runs any other statement; returns how many rows it changed.
    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<usize>;
}

/// The one writer of a database.
pub trait Database: Send {
    /// Runs `work` in a transaction and commits it; when it fails nothing has happened.
    fn write(&mut self, work: &mut dyn FnMut(&mut dyn Sink) -> Result<()>) -> Result<()>;
    /// Moves what is written to its final place, so that little is left to do at the next start.
    fn settle(&mut self) -> Result<()>;
}

/// All rows of a query, each made into a `T`.
pub fn collect<T>(
    source: &(impl Source + ?Sized),
    sql: &str,
    values: &[Value<'_>],
    mut make: impl FnMut(&dyn Row) -> Result<T>,
) -> Result<Vec<T>> {
    let mut all = Vec::new();
    source.query(sql, values, &mut |row| {
        all.push(make(row)?);
        Ok(true)
    })?;
    Ok(all)
}

/// The first row of a query made into a `T`, if there is one.
pub fn first<T>(
    source: &(impl Source + ?Sized),
    sql: &str,
    values: &[Value<'_>],
    mut make: impl FnMut(&dyn Row) -> Result<T>,
) -> Result<Option<T>> {
    let mut found = None;
    source.query(sql, values, &mut |row| {
        found = Some(make(row)?);
        Ok(false)
    })?;
    Ok(found)
}
