//! Questions about the ledger itself: where a statement stands, blocks, and the feed.

use crate::{
    error::{ReadModelError, Result},
    position::{Cursor, Position},
    snapshot::{REMEMBERED_MAX, Snapshot, StoredEvent},
    tables,
    value::{Row, Value, damaged},
};
use convoy_types::{Digest, StatementId};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use utoipa::ToSchema;

/// Most rows in one answer.
pub const PAGE_MAX: usize = 1_000;

/// Where a statement stands and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatementView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: StatementId,
    /// Height of its block.
    pub height: u64,
    /// Its place in the block, from 0.
    pub index: u32,
    /// Its place in the statement log.
    pub log_index: u64,
    /// Time of the block, milliseconds since 1970.
    pub time_ms: u64,
    /// 0 when accepted, else the number of the refusal.
    pub outcome: u16,
    /// Who signed it (DID).
    pub signer: String,
    /// The signer's member; absent where the signer was not known.
    pub member: Option<String>,
    /// Its size, bytes.
    pub bytes: u32,
}

/// One block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlockView {
    /// Its height.
    pub height: u64,
    /// Its time, milliseconds since 1970.
    pub time_ms: u64,
    /// Its digest.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// Log index of its first statement.
    pub log_start: u64,
    /// How many statements it holds.
    pub statements: u32,
    /// How many of them were accepted.
    pub accepted: u32,
    /// How many events they made.
    pub events: u32,
    /// Size of its statements, bytes.
    pub bytes: u64,
}

/// What the feed tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedEntry {
    /// A statement became final.
    Statement(StatementView),
    /// A module said that something happened.
    Event {
        /// Height and time of its block.
        block: (u64, u64),
        /// The statement it comes from.
        statement: Option<StatementId>,
        /// The event.
        event: StoredEvent,
    },
    /// All of a block was told.
    Block(BlockView),
}

/// One entry of the feed. A block's entries are its statements, then its events, then the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedItem {
    /// Hand this back to go on after the entry.
    pub cursor: Cursor,
    /// The entry.
    pub entry: FeedEntry,
}

const BLOCK_COLUMNS: &str =
    "SELECT position, time_ms, digest, log_start, statements, accepted, events, bytes FROM block";
const STATEMENT_COLUMNS: &str =
    "SELECT position, id, outcome, signer, member, bytes, leaf, seal FROM statement";

impl Snapshot<'_> {
    /// Where a statement stands; `None` when no block held has it.
    pub fn statement(&self, id: &StatementId) -> Result<Option<StatementView>> {
        let mut found = None;
        self.postings_of_digest(&id.0, &mut |position| {
            found = self
                .statement_at(position)?
                .filter(|statement| statement.id == *id);
            Ok(if found.is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        Ok(found)
    }

    /// The statement at a position, if there is one.
    pub fn statement_at(&self, position: Position) -> Result<Option<StatementView>> {
        if let Some(known) = self.statements.borrow().get(&position.raw()) {
            return Ok(Some(known.clone()));
        }
        let Some(block) = self.block(position.height())? else {
            return Ok(None);
        };
        let sql = format!("{STATEMENT_COLUMNS} WHERE position = ?1");
        self.first(&sql, &[position.raw().into()], |row| {
            self.statement_view(row, &block)
        })
    }

    /// Reads the statements at positions and remembers them.
    pub(crate) fn statements_at(&self, positions: &[Value<'_>], places: &str) -> Result<()> {
        let sql = format!("{STATEMENT_COLUMNS} WHERE position IN ({places})");
        let found = self.rows(&sql, positions, |row| {
            let at = Position::from_raw(row.integer(0)?);
            let block = self.block(at.height())?;
            let block =
                block.ok_or_else(|| damaged(format!("block {} is missing", at.height())))?;
            Ok((at.raw(), self.statement_view(row, &block)?))
        })?;
        let mut known = self.statements.borrow_mut();
        if known.len() + found.len() > REMEMBERED_MAX {
            known.clear();
        }
        known.extend(found);
        Ok(())
    }

    /// Reads the blocks at positions and remembers them.
    pub(crate) fn blocks_at(&self, positions: &[Value<'_>], places: &str) -> Result<()> {
        let sql = format!("{BLOCK_COLUMNS} WHERE position IN ({places})");
        let found = self.rows(&sql, positions, block_view)?;
        let mut known = self.blocks.borrow_mut();
        if known.len() + found.len() > REMEMBERED_MAX {
            known.clear();
        }
        known.extend(found.into_iter().map(|block| (block.height, block)));
        Ok(())
    }

    /// The statements of a block from place `from` on, at most `limit`.
    pub fn statements(
        &self,
        block: &BlockView,
        from: u32,
        limit: usize,
    ) -> Result<Vec<StatementView>> {
        let Some((first, last)) = self.places(block.height, from, block.statements) else {
            return Ok(Vec::new());
        };
        let sql = format!(
            "{STATEMENT_COLUMNS} WHERE position >= ?1 AND position <= ?2 ORDER BY position LIMIT ?3"
        );
        let values = [first.raw().into(), last.raw().into(), (limit as i64).into()];
        self.rows(&sql, &values, |row| self.statement_view(row, block))
    }

    /// The block at `height`, if it is held.
    pub fn block(&self, height: u64) -> Result<Option<BlockView>> {
        if let Some(known) = self.blocks.borrow().get(&height) {
            return Ok(Some(known.clone()));
        }
        let Some(position) = Position::new(self.compartment(), height, 0) else {
            return Ok(None);
        };
        let sql = format!("{BLOCK_COLUMNS} WHERE position = ?1");
        let found = self.first(&sql, &[position.raw().into()], block_view)?;
        if let Some(block) = &found {
            let mut known = self.blocks.borrow_mut();
            if known.len() >= REMEMBERED_MAX {
                known.clear();
            }
            known.insert(height, block.clone());
        }
        Ok(found)
    }

    /// Blocks from `from` upwards, or the newest when `from` is `None`; ascending, at most `limit`.
    pub fn blocks(&self, from: Option<u64>, limit: usize) -> Result<Vec<BlockView>> {
        let limit = limit.min(PAGE_MAX);
        let newest = (self.height() + 1).saturating_sub(limit as u64);
        let from = from.unwrap_or(newest).max(self.first_height());
        let Some(start) = Position::new(self.compartment(), from, 0) else {
            return Ok(Vec::new());
        };
        let (_, end) = Position::span(self.compartment());
        let sql = format!(
            "{BLOCK_COLUMNS} WHERE position >= ?1 AND position <= ?2 ORDER BY position LIMIT ?3"
        );
        let values = [start.raw().into(), end.into(), (limit as i64).into()];
        self.rows(&sql, &values, block_view)
    }

    /// What happened after `after`, or from the first block held, in order; at most about `limit` entries.
    ///
    /// # Errors
    /// When `after` lies before the first block held: what is missing is not passed over in silence.
    pub fn feed(&self, after: Option<Cursor>, limit: usize) -> Result<Vec<FeedItem>> {
        let limit = limit.clamp(1, PAGE_MAX);
        let (mut height, mut index) = after.map_or((self.first_height(), 0), |cursor| {
            (cursor.height, cursor.index + 1)
        });
        if height < self.first_height() {
            return Err(ReadModelError::Question {
                field: "cursor",
                fault: format!(
                    "block {height} is not held here; history starts at {}",
                    self.first_height()
                ),
                remedy: "ask a node that holds it, or start again without a cursor",
            });
        }
        let mut items = Vec::new();
        while items.len() < limit {
            let Some(block) = self.block(height)? else {
                break;
            };
            self.feed_of_block(&block, index, limit - items.len(), &mut items)?;
            (height, index) = (height + 1, 0);
        }
        items.truncate(limit);
        Ok(items)
    }

    fn feed_of_block(
        &self,
        block: &BlockView,
        from: u32,
        limit: usize,
        items: &mut Vec<FeedItem>,
    ) -> Result<()> {
        let cursor = |index| Cursor {
            height: block.height,
            index,
        };
        let statements = self.statements(block, from, limit)?;
        items.extend(statements.into_iter().map(|statement| FeedItem {
            cursor: cursor(statement.index),
            entry: FeedEntry::Statement(statement),
        }));
        let first = from.saturating_sub(block.statements);
        if let Some((first, last)) = self.places(block.height, first, block.events) {
            for event in self.events(first, last, limit)? {
                items.push(FeedItem {
                    cursor: cursor(block.statements + event.position.ordinal()),
                    entry: self.feed_event(block, event)?,
                });
            }
        }
        let last = block.statements + block.events;
        if from <= last {
            items.push(FeedItem {
                cursor: cursor(last),
                entry: FeedEntry::Block(block.clone()),
            });
        }
        Ok(())
    }

    fn feed_event(&self, block: &BlockView, event: StoredEvent) -> Result<FeedEntry> {
        let at = event
            .statement
            .and_then(|index| Position::new(self.compartment(), block.height, index));
        let statement = match at {
            Some(at) => self.statement_at(at)?.map(|statement| statement.id),
            None => None,
        };
        Ok(FeedEntry::Event {
            block: (block.height, block.time_ms),
            statement,
            event,
        })
    }

    /// The first and last position of places `from..count` of a block; `None` when there are none.
    fn places(&self, height: u64, from: u32, count: u32) -> Option<(Position, Position)> {
        let last = count.checked_sub(1).filter(|last| from <= *last)?;
        let at = |ordinal| Position::new(self.compartment(), height, ordinal);
        Some((at(from)?, at(last)?))
    }

    fn statement_view(&self, row: &dyn Row, block: &BlockView) -> Result<StatementView> {
        let position = Position::from_raw(row.integer(0)?);
        let id: [u8; 32] = row
            .bytes(1)?
            .try_into()
            .map_err(|_| damaged("a statement's id has not 32 bytes".to_owned()))?;
        let (outcome, signer, bytes) = (row.integer(2)?, row.integer(3)?, row.small(5)?);
        let member = if row.is_null(4)? {
            None
        } else {
            Some(row.integer(4)?)
        };
        let leaf = if row.is_null(6)? {
            position.ordinal()
        } else {
            row.small(6)?
        };
        let numbers = [
            position.raw(),
            outcome,
            signer,
            member.unwrap_or(-1),
            i64::from(bytes),
            i64::from(leaf),
        ];
        if tables::seal(&numbers, &id, &[]) != row.integer(7)? {
            return Err(damaged(format!(
                "statement {} of block {} does not match its check value",
                position.ordinal(),
                block.height
            )));
        }
        Ok(StatementView {
            id: StatementId(Digest(id)),
            height: block.height,
            index: position.ordinal(),
            log_index: block.log_start + u64::from(leaf),
            time_ms: block.time_ms,
            outcome: u16::try_from(outcome)
                .map_err(|_| damaged("an outcome is past 65,535".to_owned()))?,
            signer: self.word(signer)?.to_string(),
            member: match member {
                Some(member) => Some(self.word(member)?.to_string()),
                None => None,
            },
            bytes,
        })
    }
}

fn block_view(row: &dyn Row) -> Result<BlockView> {
    let digest = row
        .bytes(2)?
        .try_into()
        .map_err(|_| damaged("a block's digest has not 32 bytes".to_owned()))?;
    Ok(BlockView {
        height: Position::from_raw(row.integer(0)?).height(),
        time_ms: row.number(1)?,
        digest: Digest(digest),
        log_start: row.number(3)?,
        statements: row.small(4)?,
        accepted: row.small(5)?,
        events: row.small(6)?,
        bytes: row.number(7)?,
    })
}
