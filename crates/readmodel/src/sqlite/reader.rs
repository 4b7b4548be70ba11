//! Connections that only read: each answers from one moment and never waits for the writer.

use super::{query, search, translate};
use crate::{
    driver::{Source, Text},
    error::{ReadModelError, Result},
    value::{Row, Value},
};
use rusqlite::{Connection, OpenFlags};
use std::{
    cell::Cell,
    path::{Path, PathBuf},
    sync::{Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long a question waits for a reader.
const WAIT: Duration = Duration::from_secs(5);

/// Steps of SQLite's machine between two looks at the clock: about a millisecond where nothing comes from the disk.
const STEPS_A_LOOK: i32 = 10_000;

/// A connection that reads.
pub(crate) struct Reader {
    connection: Connection,
    path: PathBuf,
    until: Cell<Option<Instant>>,
}

impl Reader {
    fn open(path: &Path, cache_bytes: u64) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let failed = |error| translate(path, "open", &error);
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(64);
        let pragmas = format!(
            "PRAGMA cache_size = -{}; PRAGMA mmap_size = 0; PRAGMA query_only = ON; PRAGMA cell_size_check = ON;",
            cache_bytes / 1024
        );
        connection.execute_batch(&pragmas).map_err(failed)?;
        Ok(Self {
            connection,
            path: path.to_path_buf(),
            until: Cell::new(None),
        })
    }

    /// From `until` on the statement under way is given up, and none after it begun: a question is made of many, each of which may be short.
    fn limit(&self, until: Option<Instant>) -> Result<()> {
        self.until.set(until);
        self.connection
            .progress_handler(
                STEPS_A_LOOK,
                until.map(|until| move || Instant::now() >= until),
            )
            .map_err(|error| translate(&self.path, "limit", &error))
    }

    fn go_on(&self) -> Result<()> {
        match self.until.get() {
            Some(until) if Instant::now() >= until => Err(ReadModelError::TooLong),
            _ => Ok(()),
        }
    }

    /// Runs `work` on one moment of the database, for at most `limit`.
    fn at_one_moment<T>(
        &self,
        limit: Option<Duration>,
        work: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        let run = |sql: &str| {
            self.connection
                .execute_batch(sql)
                .map_err(|error| translate(&self.path, sql, &error))
        };
        if !self.connection.is_autocommit() {
            self.limit(None)?; // the last borrower panicked
            run("ROLLBACK")?;
        }
        run("BEGIN")?;
        self.limit(limit.map(|limit| Instant::now() + limit))?;
        let done = work(self);
        self.limit(None)?;
        let ended = run("COMMIT");
        let value = done?;
        ended.map(|()| value)
    }
}

impl Text for Reader {
    fn search(
        &self,
        words: &[&str],
        span: (i64, i64),
        each: &mut dyn FnMut(i64) -> Result<bool>,
    ) -> Result<()> {
        self.go_on()?;
        search(&self.connection, &self.path, words, span, each)
    }
}

impl Source for Reader {
    fn query(
        &self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<bool>,
    ) -> Result<()> {
        self.go_on()?;
        query(&self.connection, &self.path, sql, values, each)
    }
}

/// A fixed number of readers, lent one at a time.
pub(crate) struct Pool {
    free: Mutex<Vec<Reader>>,
    returned: Condvar,
    readers: usize,
}

impl Pool {
    pub(crate) fn open(path: &Path, readers: usize, cache_bytes: u64) -> Result<Self> {
        let all: Result<Vec<Reader>> = (0..readers)
            .map(|_| Reader::open(path, cache_bytes))
            .collect();
        Ok(Self {
            free: Mutex::new(all?),
            returned: Condvar::new(),
            readers,
        })
    }

    /// Lends a reader to `work` for one moment of the database, and for at most `limit`.
    pub(crate) fn read<T>(
        &self,
        limit: Option<Duration>,
        work: impl FnOnce(&Reader) -> Result<T>,
    ) -> Result<T> {
        let lent = Lent {
            reader: Some(self.take()?),
            pool: self,
        };
        match &lent.reader {
            Some(reader) => reader.at_one_moment(limit, work),
            None => Err(self.busy()),
        }
    }

    fn busy(&self) -> ReadModelError {
        ReadModelError::Busy {
            readers: self.readers,
        }
    }

    fn take(&self) -> Result<Reader> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .returned
            .wait_timeout_while(free, WAIT, |free| free.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        let (mut free, _) = waited;
        free.pop().ok_or_else(|| self.busy())
    }
}

/// Gives the reader back, also when its borrower panics.
struct Lent<'a> {
    reader: Option<Reader>,
    pool: &'a Pool,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut free = self
            .pool
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        free.extend(self.reader.take());
        self.pool.returned.notify_one();
    }
}
