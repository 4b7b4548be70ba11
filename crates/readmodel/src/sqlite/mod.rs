//! The SQLite driver: one writer, several readers that never wait for it (write-ahead log).
//!
//! `synchronous = NORMAL` with a write-ahead log: after a power cut the database is whole and at an older
//! height, from which the node goes on; after `kill -9` nothing is lost. Memory is bounded by the page
//! caches; nothing is mapped into memory.

mod reader;
mod writer;

pub(crate) use reader::Pool;
pub(crate) use writer::Writer;

use crate::{
    error::{ReadModelError, Result},
    schema::{Kind, Table, names},
    value::{Row, Value},
};
use rusqlite::{
    ErrorCode,
    types::{ToSql, ToSqlOutput, ValueRef},
};
use std::{fmt::Write as _, path::Path};

/// Bytes of a page. Twice SQLite's own: a question of scattered rows reads a quarter fewer pages, since those
/// that lead to the rows fit the readers' caches; a statement takes a twelfth less time and disk.
const PAGE_BYTES: u32 = 8_192;
/// Pages in the write-ahead log before they are moved to the database: 32 MB.
const CHECKPOINT_PAGES: u32 = 4_096;
/// Size to which the write-ahead log is cut after a checkpoint, bytes.
const LOG_BYTES_MAX: u32 = 64 * 1024 * 1024;

/// Gives a driver's error its name and remedy.
fn translate(path: &Path, attempt: &str, error: &rusqlite::Error) -> ReadModelError {
    let detail = error.to_string();
    let path = path.to_path_buf();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            ReadModelError::Damaged { path, detail }
        }
        Some(ErrorCode::OperationInterrupted) => ReadModelError::TooLong,
        Some(ErrorCode::DiskFull) => ReadModelError::DiskFull { path },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ReadModelError::InUse { path },
        Some(
            ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::ReadOnly,
        ) => ReadModelError::Io {
            attempt: "using",
            path,
            detail,
        },
        _ => ReadModelError::Internal {
            attempt: attempt.to_owned(),
            detail,
        },
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
        }))
    }
}

/// A row of SQLite, with the database's path for its errors.
struct SqliteRow<'a> {
    row: &'a rusqlite::Row<'a>,
    path: &'a Path,
}

impl Row for SqliteRow<'_> {
    fn value(&self, column: usize) -> Result<Value<'_>> {
        let damaged = |detail: String| ReadModelError::Damaged {
            path: self.path.to_path_buf(),
            detail,
        };
        let value = self
            .row
            .get_ref(column)
            .map_err(|error| translate(self.path, "read a column", &error))?;
        Ok(match value {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(value) => Value::Integer(value),
            ValueRef::Real(_) => {
                return Err(damaged(format!(
                    "column {column} holds a floating point number"
                )));
            }
            ValueRef::Text(text) => Value::Text(
                std::str::from_utf8(text)
                    .map_err(|_| damaged(format!("column {column} is not UTF-8")))?,
            ),
            ValueRef::Blob(bytes) => Value::Bytes(bytes),
        })
    }
}

/// Runs a query on a connection.
fn query(
    connection: &rusqlite::Connection,
    path: &Path,
    sql: &str,
    values: &[Value<'_>],
    each: &mut dyn FnMut(&dyn Row) -> Result<bool>,
) -> Result<()> {
    let failed = |error| translate(path, sql, &error);
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    for (at, value) in values.iter().enumerate() {
        statement
            .raw_bind_parameter(at + 1, value)
            .map_err(failed)?;
    }
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(failed)? {
        if !each(&SqliteRow { row, path })? {
            break;
        }
    }
    Ok(())
}

/// The full-text index (FTS5): words by position, without the texts themselves and without their places.
const TEXT_INDEX: &str = "CREATE VIRTUAL TABLE text_index USING fts5(\
    text, content = '', columnsize = 0, detail = none, tokenize = \"unicode61 remove_diacritics 2\");";

/// See [`Text::search`](crate::driver::Text::search).
fn search(
    connection: &rusqlite::Connection,
    path: &Path,
    words: &[&str],
    (first, last): (i64, i64),
    each: &mut dyn FnMut(i64) -> Result<bool>,
) -> Result<()> {
    let wanted: Vec<String> = words
        .iter()
        .filter(|word| !word.is_empty() && word.chars().all(char::is_alphanumeric))
        .map(|word| format!("\"{word}\"*"))
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let wanted = wanted.join(" ");
    let sql = "SELECT rowid FROM text_index WHERE text_index MATCH ?1 \
               AND rowid >= ?2 AND rowid <= ?3 ORDER BY rowid DESC";
    let values = [wanted.as_str().into(), first.into(), last.into()];
    query(connection, path, sql, &values, &mut |row| {
        each(row.integer(0)?)
    })
}

/// `CREATE TABLE` and `CREATE INDEX` of a table.
fn ddl(table: &Table) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let kind = match column.kind {
                Kind::Integer => "INTEGER",
                Kind::Text => "TEXT",
                Kind::Bytes => "BLOB",
            };
            let null = if column.nullable { "" } else { " NOT NULL" };
            format!("{} {kind}{null}", column.name)
        })
        .collect();
    let key = &table.columns[..table.key];
    let rowid = matches!(key, [only] if only.kind == Kind::Integer);
    let storage = if rowid { "" } else { " WITHOUT ROWID" };
    let mut text = format!(
        "CREATE TABLE {} ({}, PRIMARY KEY ({})){storage};",
        table.name,
        columns.join(", "),
        names(key)
    );
    for columns in table.indexes {
        let _ = write!(
            text,
            "\nCREATE INDEX {}_by_{} ON {} ({});",
            table.name,
            columns.join("_"),
            table.name,
            columns.join(", ")
        );
    }
    text
}
