//! What a signer signed since a time: the list for the day when a key is in the wrong hands.
//!
//! There is no index by signer: it would cost every statement of every day for a question of a bad one. The statements since that time are looked
//! through instead, at most [`LOOKED_AT_MAX`] of them and [`BLOCKS_LOOKED_AT_MAX`] blocks for one answer, which says where to go on.

use crate::{Position, Result, Snapshot, StatementView, position::ORDINALS_MAX, value::Value};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Statements looked through for one answer.
const LOOKED_AT_MAX: i64 = 200_000;
/// Blocks looked through for one answer.
const BLOCKS_LOOKED_AT_MAX: i64 = 20_000;

/// A signer's statements, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedList {
    /// The statements, oldest first.
    pub statements: Vec<StatementView>,
    /// Ask again from this height where the end was not reached.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<u64>,
}

impl Snapshot<'_> {
    /// The statements of `signer` (a DID) in blocks from `from` on and not before `since_ms`; those of one block stay together, `limit` is where the answer
    /// ends after.
    ///
    /// # Errors
    /// When the database fails.
    pub fn signed(
        &self,
        signer: &str,
        since_ms: u64,
        from: Option<u64>,
        limit: usize,
    ) -> Result<SignedList> {
        let mut list = SignedList {
            statements: Vec::new(),
            next: None,
        };
        let Some(signer) = self.word_id(signer)? else {
            return Ok(list);
        };
        let first = match from {
            Some(height) => height.max(self.first_height()),
            None => self.first_not_before(since_ms)?,
        };
        let Some(last) = self.window(first)? else {
            return Ok(list);
        };
        let (Some(start), Some(end)) = (
            Position::new(self.compartment(), first, 0),
            Position::new(self.compartment(), last + 1, 0),
        ) else {
            return Ok(list);
        };
        let sql = "SELECT position FROM statement WHERE position >= ?1 AND position < ?2 AND signer = ?3 \
                   ORDER BY position LIMIT ?4";
        let values = [
            start.raw().into(),
            end.raw().into(),
            signer.into(),
            Value::Integer(ORDINALS_MAX.into()),
        ];
        let positions = self.rows(sql, &values, |row| Ok(Position::from_raw(row.integer(0)?)))?;
        for position in positions {
            let full = list.statements.len() >= limit;
            if full
                && list
                    .statements
                    .last()
                    .is_some_and(|one| one.height < position.height())
            {
                list.next = Some(position.height());
                return Ok(list);
            }
            list.statements.extend(self.statement_at(position)?);
        }
        list.next = (last < self.height()).then_some(last + 1);
        Ok(list)
    }

    /// The last block of those from `first` on that are looked through together.
    fn window(&self, first: u64) -> Result<Option<u64>> {
        let Some(start) = Position::new(self.compartment(), first, 0) else {
            return Ok(None);
        };
        let (_, end) = Position::span(self.compartment());
        let sql = "SELECT position, statements FROM block WHERE position >= ?1 AND position <= ?2 ORDER BY position LIMIT ?3";
        let values = [start.raw().into(), end.into(), BLOCKS_LOOKED_AT_MAX.into()];
        let blocks = self.rows(sql, &values, |row| {
            Ok((
                Position::from_raw(row.integer(0)?).height(),
                row.integer(1)?,
            ))
        })?;
        let mut looked_at = 0;
        let mut last = None;
        for (height, statements) in blocks {
            looked_at += statements;
            if last.is_some() && looked_at > LOOKED_AT_MAX {
                break;
            }
            last = Some(height);
        }
        Ok(last)
    }

    /// The first block held whose time is `since_ms` or later: block time only grows.
    fn first_not_before(&self, since_ms: u64) -> Result<u64> {
        let (mut low, mut high) = (self.first_height(), self.height() + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.block(middle)? {
                Some(block) if block.time_ms >= since_ms => high = middle,
                _ => low = middle + 1,
            }
        }
        Ok(low)
    }
}
