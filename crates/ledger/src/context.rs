//! What a module sees while it checks and applies: the state, the signer, the block's time.
//!
//! Three layers, the nearest wins: the statement's own writes, the block's writes so far, the state
//! before the block. A record that is not loaded ends the attempt with [`Halt::NeedKeys`]; the
//! statement runs again from its start once the caller supplied what is missing.
//!
//! Records are decoded at most once per block and encoded at most once, when the block is done.

use crate::{
    by_key::ByKey,
    named::Named,
    reject::Reject,
    standing::Standing,
    state::{Record, StateKey},
    timer::{self, BUCKET_MS, PAGE_TIMERS, Page, Timer},
};
use convoy_types::{Compartment, StatementId, cbor};
use std::{
    any::Any,
    ops::Deref,
    sync::{Arc, OnceLock},
};

/// Why a check cannot go on.
#[derive(Debug)]
pub enum Halt {
    /// State is missing; the keys were noted and the statement will run again.
    NeedKeys,
    /// The caller is wrong.
    Reject(Reject),
}

impl From<Reject> for Halt {
    fn from(reject: Reject) -> Self {
        Self::Reject(reject)
    }
}

/// A record of any type, kept decoded until the block is done.
pub(crate) trait Stored: Send + Sync {
    fn encode(&self) -> Vec<u8>;
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<R: Record> Stored for R {
    fn encode(&self) -> Vec<u8> {
        cbor::to_vec(self)
    }
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// A record as it was before the block, decoded on first use.
pub(crate) struct BaseRecord {
    pub bytes: Option<Arc<[u8]>>,
    decoded: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl BaseRecord {
    pub fn new(bytes: Option<Arc<[u8]>>) -> Self {
        Self {
            bytes,
            decoded: OnceLock::new(),
        }
    }

    fn get<R: Record>(&self) -> Option<Arc<R>> {
        let bytes = self.bytes.as_ref()?;
        let decoded = self.decoded.get_or_init(|| Arc::new(stored::<R>(bytes)));
        Some(typed(Arc::clone(decoded)))
    }
}

/// Decodes a record that this ledger stored itself.
fn stored<R: Record>(bytes: &[u8]) -> R {
    match cbor::from_checked(bytes) {
        Ok(record) => record,
        Err(error) => panic!(
            "a stored record of {}/{} is unreadable: {error}",
            R::TABLE.module,
            R::TABLE.name
        ),
    }
}

fn typed<R: Record>(record: Arc<dyn Any + Send + Sync>) -> Arc<R> {
    match record.downcast() {
        Ok(record) => record,
        Err(_) => panic!(
            "two record types share the table {}/{}",
            R::TABLE.module,
            R::TABLE.name
        ),
    }
}

/// Writes of a statement or of a block: `None` deletes.
pub(crate) type Writes = ByKey<StateKey, Option<Arc<dyn Stored>>>;

/// The state before the block, as far as it is known.
pub(crate) type Base = ByKey<StateKey, BaseRecord>;

/// Keys of records that are not known yet, some perhaps more than once.
pub(crate) type Missing = Vec<StateKey>;

/// Facts of the block in execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockFacts {
    /// Its height; genesis is 0.
    pub height: u64,
    /// Its agreed time, milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// The rules in force.
    pub protocol_version: u32,
}

/// Facts of the statement in execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementFacts {
    /// Its id.
    pub id: StatementId,
    /// Its place in the block, from 0.
    pub index: u32,
    /// Which of its actions runs, from 0.
    pub action: u32,
}

/// Read access to the state, as of this point of the block.
pub struct Reader<'a> {
    pub(crate) named: &'a Named,
    pub(crate) block: BlockFacts,
    pub(crate) statement: Option<StatementFacts>,
    pub(crate) standing: Option<&'a Standing>,
    pub(crate) base: &'a Base,
    pub(crate) block_writes: &'a Writes,
    pub(crate) writes: &'a mut Writes,
    pub(crate) missing: &'a mut Missing,
}

impl Reader<'_> {
    /// The block in execution.
    pub fn block(&self) -> BlockFacts {
        self.block
    }

    /// The statement in execution; `None` at genesis and for timers.
    pub fn statement(&self) -> Option<StatementFacts> {
        self.statement
    }

    /// Who signed; `None` at genesis and for timers, where the ledger itself acts.
    pub fn standing(&self) -> Option<&Standing> {
        self.standing
    }

    /// Whether the ledger is being founded: nobody signs, and the first members come from the genesis document.
    pub fn is_genesis(&self) -> bool {
        self.block.height == 0
    }

    /// The compartment whose state this is.
    pub fn compartment(&self) -> &Compartment {
        self.named.compartment()
    }

    pub(crate) fn key_of<R: Record>(&self, key: &[u8]) -> StateKey {
        self.named.key(R::TABLE, key)
    }

    /// The record under `key`, if there is one.
    pub fn read<R: Record>(&mut self, key: &[u8]) -> Result<Option<Arc<R>>, Halt> {
        let key = self.key_of::<R>(key);
        for writes in [&*self.writes, self.block_writes] {
            if let Some(written) = writes.get(&key) {
                return Ok(written
                    .as_ref()
                    .map(|record| typed(Arc::clone(record).into_any())));
            }
        }
        let Some(record) = self.base.get(&key) else {
            self.missing.push(key);
            return Err(Halt::NeedKeys);
        };
        Ok(record.get())
    }
}

/// Write access for a module's own tables, and its events and timers.
pub struct Writer<'a, 'b> {
    pub(crate) reader: &'b mut Reader<'a>,
    pub(crate) module: &'static str,
    pub(crate) events: &'b mut Vec<(&'static str, Vec<u8>)>,
}

impl<'a> Deref for Writer<'a, '_> {
    type Target = Reader<'a>;
    fn deref(&self) -> &Reader<'a> {
        self.reader
    }
}

impl Writer<'_, '_> {
    /// The record under `key`, if there is one.
    pub fn read<R: Record>(&mut self, key: &[u8]) -> Result<Option<Arc<R>>, Halt> {
        self.reader.read(key)
    }

    /// Stores `record` under `key`.
    pub fn write<R: Record>(&mut self, key: &[u8], record: R) {
        self.put::<R>(key, Some(Arc::new(record)));
    }

    /// Stores `record`, which the effect goes on to hold, under `key`.
    pub fn write_shared<R: Record>(&mut self, key: &[u8], record: &Arc<R>) {
        let record: Arc<dyn Stored> = Arc::clone(record) as _;
        self.put::<R>(key, Some(record));
    }

    /// Removes the record under `key`.
    pub fn delete<R: Record>(&mut self, key: &[u8]) {
        self.put::<R>(key, None);
    }

    fn put<R: Record>(&mut self, key: &[u8], record: Option<Arc<dyn Stored>>) {
        assert_eq!(
            R::TABLE.module,
            self.module,
            "a module writes its own tables only"
        );
        let key = self.reader.key_of::<R>(key);
        self.reader.writes.insert(key, record);
    }

    /// Tells the read model and the feed what happened.
    pub fn emit<E: serde::Serialize>(&mut self, event: &E) {
        self.events.push((self.module, cbor::to_vec(event)));
    }

    /// Sets a deadline: in the first block at or after `due_ms` this module's `check_timer` is called with `body`.
    pub fn set_timer(&mut self, due_ms: u64, body: Vec<u8>) -> Result<(), Halt> {
        assert!(
            body.len() <= timer::TIMER_BODY_BYTES_MAX,
            "a timer's body is bounded"
        );
        let bucket = due_ms.max(self.block.time_ms) / BUCKET_MS;
        let entry = Timer {
            due_ms,
            module: self.module.into(),
            body,
        };
        let mut first = self.page(bucket, 0)?;
        let last = first.pages.saturating_sub(1);
        let mut page = if last == 0 {
            first.clone()
        } else {
            self.page(bucket, last)?
        };
        if first.pages > 0 && page.timers.len() < PAGE_TIMERS {
            page.timers.push(entry);
            self.put_page(bucket, last, page);
            return Ok(());
        }
        let fresh = first.pages;
        first.pages += 1;
        if fresh == 0 {
            first.timers.push(entry);
        } else {
            self.put_page(
                bucket,
                fresh,
                Page {
                    pages: 0,
                    timers: vec![entry],
                },
            );
        }
        self.put_page(bucket, 0, first);
        Ok(())
    }

    fn page(&mut self, bucket: u64, page: u32) -> Result<Page, Halt> {
        let page = self.reader.read::<Page>(&timer::page_key(bucket, page))?;
        Ok(page.map(|page| (*page).clone()).unwrap_or_default())
    }

    fn put_page(&mut self, bucket: u64, number: u32, page: Page) {
        let key = self.reader.key_of::<Page>(&timer::page_key(bucket, number));
        self.reader.writes.insert(key, Some(Arc::new(page)));
    }
}
