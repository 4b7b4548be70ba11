//! How a module's events become rows.

use crate::{
    block::ProjectedStatement, error::Result, position::Position, rows::Rows, schema::Table,
};
use convoy_types::StatementId;

/// The event in hand and what surrounds it.
pub struct EventFacts<'a> {
    /// Where the event stands.
    pub position: Position,
    /// Height of the block.
    pub height: u64,
    /// Time of the block, milliseconds since 1970.
    pub time_ms: u64,
    /// The statement it comes from; `None` where a timer fired.
    pub statement: Option<&'a ProjectedStatement>,
    /// Place of that statement in the block.
    pub statement_index: Option<u32>,
    /// The module's event, deterministic CBOR.
    pub body: &'a [u8],
}

impl EventFacts<'_> {
    /// The id of the statement it comes from.
    pub fn statement_id(&self) -> Option<StatementId> {
        self.statement.map(|statement| statement.id)
    }
}

/// Why an event could not be projected.
#[derive(Debug)]
pub enum Fault {
    /// The event is not what this version knows; in plain words.
    Event(String),
    /// The database failed.
    Database(crate::ReadModelError),
}

impl From<crate::ReadModelError> for Fault {
    fn from(error: crate::ReadModelError) -> Self {
        Self::Database(error)
    }
}

/// A module's projection: its tables and what each event does to them.
///
/// The core stores the event itself (position, statement, module, body); a projection adds only what
/// queries look things up by. It is given a module's events in the order of the ledger and each once.
pub trait Projection: Send {
    /// The module whose events it takes. There is one projection for a module.
    fn module(&self) -> &'static str;

    /// Raised when the same tables are filled in another way, so that old read models are rebuilt.
    fn version(&self) -> u32;

    /// The tables it fills; their names start with the module's.
    fn tables(&self) -> &'static [&'static Table];

    /// Writes what one event changes. What it returns is kept beside the event: what queries need and
    /// the event does not say, at most a few hundred bytes for what happens often.
    fn apply<'e>(
        &mut self,
        rows: &mut Rows<'_>,
        event: &EventFacts<'e>,
    ) -> Result<Option<&'e [u8]>, Fault>;

    /// Writes what the block's events change together; called once after the block's last event,
    /// when it had any for this module. `rows` stand at the block's first position.
    fn end_block(&mut self, _rows: &mut Rows<'_>) -> Result<()> {
        Ok(())
    }

    /// Forgets what it gathered since the last `end_block`: the transaction failed.
    fn abandon(&mut self) {}
}
