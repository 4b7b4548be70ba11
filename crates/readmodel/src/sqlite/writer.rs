//! The one connection that writes.

use super::{
    CHECKPOINT_PAGES, LOG_BYTES_MAX, PAGE_BYTES, TEXT_INDEX, ddl, query, search, translate,
};
use crate::{
    driver::{Database, Sink, Source, Text, first},
    error::{ReadModelError, Result},
    schema::{Table, names},
    tables::META,
    value::{Row, Value},
};
use rusqlite::{CachedStatement, Connection, OpenFlags};
use std::path::{Path, PathBuf};

/// Name of the row that holds the tables' fingerprint.
const SCHEMA: &str = "schema";

/// Rows that one statement inserts where there are many.
const ROWS_TOGETHER: usize = 32;

/// The writer of one database file.
pub(crate) struct Writer {
    connection: Connection,
    path: PathBuf,
}

impl Writer {
    /// Opens `path`, making it with `tables` when it is new.
    pub(crate) fn open(
        path: &Path,
        cache_bytes: u64,
        tables: &[&'static Table],
        fingerprint: &str,
    ) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)
            .map_err(|error| translate(path, "open", &error))?;
        connection.set_prepared_statement_cache_capacity(64);
        let pragmas = format!(
            "PRAGMA page_size = {PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = -{}; PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};
             PRAGMA journal_size_limit = {LOG_BYTES_MAX}; PRAGMA mmap_size = 0; PRAGMA foreign_keys = OFF;
             PRAGMA cell_size_check = ON;",
            cache_bytes / 1024
        );
        let mut writer = Self {
            connection,
            path: path.to_path_buf(),
        };
        writer.batch(&pragmas)?;
        let known = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'";
        let tables_found = first(&writer, known, &[], |row| row.integer(0))?.unwrap_or(0);
        if tables_found == 0 {
            writer.create(tables, fingerprint)?;
        }
        writer.check_schema(fingerprint)?;
        Ok(writer)
    }

    fn batch(&self, sql: &str) -> Result<()> {
        self.connection
            .execute_batch(sql)
            .map_err(|error| translate(&self.path, sql, &error))
    }

    fn create(&mut self, tables: &[&'static Table], fingerprint: &str) -> Result<()> {
        let all: Vec<String> = tables.iter().map(|table| ddl(table)).collect();
        self.batch(&format!(
            "BEGIN;\n{}\n{TEXT_INDEX}\nCOMMIT;",
            all.join("\n")
        ))?;
        self.write(&mut |sink| sink.insert(&META, &[SCHEMA.into(), fingerprint.into()]))
    }

    fn check_schema(&self, expected: &str) -> Result<()> {
        let sql = "SELECT value FROM meta WHERE name = ?1";
        let found = first(self, sql, &[SCHEMA.into()], |row| {
            Ok(row.text(0)?.to_owned())
        });
        match found {
            Ok(Some(found)) if found == expected => Ok(()),
            Ok(found) => Err(ReadModelError::OtherSchema {
                path: self.path.clone(),
                found: found.unwrap_or_else(|| "none".to_owned()),
                expected: expected.to_owned(),
            }),
            Err(ReadModelError::Internal { .. }) => Err(ReadModelError::OtherSchema {
                path: self.path.clone(),
                found: "none".to_owned(),
                expected: expected.to_owned(),
            }),
            Err(error) => Err(error),
        }
    }
}

impl Text for Writer {
    fn search(
        &self,
        words: &[&str],
        span: (i64, i64),
        each: &mut dyn FnMut(i64) -> Result<bool>,
    ) -> Result<()> {
        search(&self.connection, &self.path, words, span, each)
    }
}

impl Source for Writer {
    fn query(
        &self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<bool>,
    ) -> Result<()> {
        query(&self.connection, &self.path, sql, values, each)
    }
}

impl Database for Writer {
    fn write(&mut self, work: &mut dyn FnMut(&mut dyn Sink) -> Result<()>) -> Result<()> {
        self.batch("BEGIN IMMEDIATE")?;
        let mut open = Transaction {
            connection: &self.connection,
            path: &self.path,
            prepared: Vec::new(),
        };
        let done = work(&mut open);
        drop(open);
        let done = done.and_then(|()| self.batch("COMMIT"));
        if done.is_err() {
            // Where the failure ended the transaction already, there is nothing left to undo.
            let _ = self.batch("ROLLBACK");
        }
        done
    }

    fn settle(&mut self) -> Result<()> {
        self.batch("PRAGMA wal_checkpoint(TRUNCATE)")
    }
}

/// What a prepared statement does to its table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Insert,
    /// [`ROWS_TOGETHER`] rows at once.
    InsertRows,
    Upsert,
    Delete,
}

/// A transaction with the statements prepared for it.
struct Transaction<'c> {
    connection: &'c Connection,
    path: &'c Path,
    prepared: Vec<(&'static Table, Change, CachedStatement<'c>)>,
}

impl Transaction<'_> {
    fn change(
        &mut self,
        table: &'static Table,
        change: Change,
        values: &[Value<'_>],
    ) -> Result<()> {
        let path = self.path;
        let failed = |error| translate(path, table.name, &error);
        let known = |(at, kind, _): &(&'static Table, Change, _)| {
            std::ptr::eq(*at, table) && *kind == change
        };
        let at = match self.prepared.iter().position(known) {
            Some(at) => at,
            None => {
                let statement = self
                    .connection
                    .prepare_cached(&change_sql(table, change))
                    .map_err(failed)?;
                self.prepared.push((table, change, statement));
                self.prepared.len() - 1
            }
        };
        let statement = &mut self.prepared[at].2;
        for (at, value) in values.iter().enumerate() {
            statement
                .raw_bind_parameter(at + 1, value)
                .map_err(failed)?;
        }
        statement.raw_execute().map_err(failed)?;
        Ok(())
    }
}

impl Text for Transaction<'_> {
    fn search(
        &self,
        words: &[&str],
        span: (i64, i64),
        each: &mut dyn FnMut(i64) -> Result<bool>,
    ) -> Result<()> {
        search(self.connection, self.path, words, span, each)
    }
}

impl Source for Transaction<'_> {
    fn query(
        &self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<bool>,
    ) -> Result<()> {
        query(self.connection, self.path, sql, values, each)
    }
}

impl Sink for Transaction<'_> {
    fn insert(&mut self, table: &'static Table, values: &[Value<'_>]) -> Result<()> {
        self.change(table, Change::Insert, values)
    }

    fn insert_rows(&mut self, table: &'static Table, values: &[Value<'_>]) -> Result<()> {
        let width = table.columns.len();
        let mut chunks = values.chunks_exact(width * ROWS_TOGETHER);
        for chunk in chunks.by_ref() {
            self.change(table, Change::InsertRows, chunk)?;
        }
        for row in chunks.remainder().chunks(width) {
            self.change(table, Change::Insert, row)?;
        }
        Ok(())
    }

    fn upsert(&mut self, table: &'static Table, values: &[Value<'_>]) -> Result<()> {
        self.change(table, Change::Upsert, values)
    }

    fn delete(&mut self, table: &'static Table, key: &[Value<'_>]) -> Result<()> {
        self.change(table, Change::Delete, key)
    }

    fn index_text(&mut self, position: i64, text: &str) -> Result<()> {
        let sql = "INSERT INTO text_index (rowid, text) VALUES (?1, ?2)";
        self.execute(sql, &[position.into(), text.into()]).map(drop)
    }

    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<usize> {
        let failed = |error| translate(self.path, sql, &error);
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        for (at, value) in values.iter().enumerate() {
            statement
                .raw_bind_parameter(at + 1, value)
                .map_err(failed)?;
        }
        statement.raw_execute().map_err(failed)
    }
}

fn change_sql(table: &Table, change: Change) -> String {
    let (key, rest) = table.columns.split_at(table.key);
    if change == Change::Delete {
        let terms: Vec<String> = (1..)
            .zip(key)
            .map(|(at, column)| format!("{} = ?{at}", column.name))
            .collect();
        return format!("DELETE FROM {} WHERE {}", table.name, terms.join(" AND "));
    }
    let width = table.columns.len();
    let rows = match change {
        Change::InsertRows => ROWS_TOGETHER,
        _ => 1,
    };
    let row = |row: usize| {
        let places = (row * width + 1..=(row + 1) * width).map(|at| format!("?{at}"));
        format!("({})", places.collect::<Vec<_>>().join(", "))
    };
    let mut sql = format!(
        "INSERT INTO {} ({}) VALUES {}",
        table.name,
        names(table.columns),
        (0..rows).map(row).collect::<Vec<_>>().join(", ")
    );
    if change == Change::Upsert {
        let terms: Vec<String> = rest
            .iter()
            .map(|column| format!("{0} = excluded.{0}", column.name))
            .collect();
        sql += &format!(" ON CONFLICT ({}) DO ", names(key));
        sql += &if terms.is_empty() {
            "NOTHING".to_owned()
        } else {
            format!("UPDATE SET {}", terms.join(", "))
        };
    }
    sql
}
