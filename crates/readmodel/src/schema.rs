//! Tables as data: what a projection declares, from which each driver writes its own DDL.
//!
//! A table's first `key` columns are its primary key. Rows are kept in key order where the driver can
//! (`WITHOUT ROWID`), so short keys and few columns are what makes a projection cheap.
//!
//! Invariant: a change of a table changes the fingerprint, and a read model with another fingerprint
//! is refused and rebuilt, never migrated: the ledger is the truth, the rows are disposable.

use convoy_types::Digest;
use std::fmt::Write as _;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A signed 64-bit integer.
    Integer,
    /// UTF-8 text.
    Text,
    /// Bytes.
    Bytes,
}

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Lower-case name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be absent.
    pub nullable: bool,
}

/// An integer column.
pub const fn integer(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Integer,
        nullable: false,
    }
}

/// A text column.
pub const fn text(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Text,
        nullable: false,
    }
}

/// A column of bytes.
pub const fn bytes(name: &'static str) -> Column {
    Column {
        name,
        kind: Kind::Bytes,
        nullable: false,
    }
}

impl Column {
    /// The same column, which may be absent.
    pub const fn or_null(self) -> Self {
        Self {
            nullable: true,
            ..self
        }
    }
}

/// One table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Lower-case name, unique over all modules; a module's tables start with its name.
    pub name: &'static str,
    /// The columns, the key first.
    pub columns: &'static [Column],
    /// How many columns, from the first, are the primary key: at least one.
    pub key: usize,
    /// Further lookups, each by a list of columns. Every one costs a write per row: only what a query needs.
    pub indexes: &'static [&'static [&'static str]],
}

/// The columns' names separated by commas.
pub(crate) fn names(columns: &[Column]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    names.join(", ")
}

/// A short text that differs when any table or any projection's version differs.
pub(crate) fn fingerprint<'a>(
    tables: impl Iterator<Item = &'a Table>,
    versions: impl Iterator<Item = (&'static str, u32)>,
) -> String {
    // Raised when a driver's own index or its pages are made in another way.
    let mut all = String::from("full text 1, pages 2\n");
    for table in tables {
        let _ = writeln!(all, "{table:?}");
    }
    for (module, version) in versions {
        let _ = writeln!(all, "{module} {version}");
    }
    Digest::of(all.as_bytes()).to_string()[..16].to_owned()
}
