//! What a block's execution decided, as stored beside the block and as handed on within the process.
//!
//! The stored form is deterministic CBOR `[version, outcomes, events, timer outcome]`; it is what the read
//! model is rebuilt from. It is not committed by itself: its outcomes root is.

use convoy_ledger::{Event, Outcome, Output, Prepared, Registry, Reject};
use convoy_types::{Digest, MemberId, StatementId, cbor};
use serde_bytes::Bytes;
use serde_tuple::Deserialize_tuple;
use std::sync::Arc;

const FORMAT_VERSION: u8 = 1;

/// Outcomes and events of one block, in order of execution.
#[derive(Clone)]
pub struct BlockRecord {
    /// One for each statement of the block.
    pub outcomes: Vec<Outcome>,
    /// What the modules said.
    pub events: Vec<Event>,
    /// The decoded statements, where this process executed the block.
    pub prepared: Option<Vec<Arc<Prepared>>>,
}

/// The stored form, as it is read back.
#[derive(Deserialize_tuple)]
struct Stored {
    version: u8,
    outcomes: Vec<StoredOutcome>,
    events: Vec<StoredEvent>,
}

#[derive(Deserialize_tuple)]
struct StoredOutcome {
    statement: StatementId,
    member: MemberId,
    /// Number, action and reason of a refusal.
    reject: Option<(u16, Option<u32>, String)>,
    events: Digest,
}

#[derive(Deserialize_tuple)]
struct StoredEvent {
    statement: Option<u32>,
    module: String,
    #[serde(with = "serde_bytes")]
    body: Vec<u8>,
}

impl BlockRecord {
    /// Takes the record out of an execution's output.
    pub fn of(output: &mut Output) -> Self {
        Self {
            outcomes: std::mem::take(&mut output.outcomes),
            events: std::mem::take(&mut output.events),
            prepared: Some(output.included.clone()),
        }
    }

    /// The stored form.
    pub fn encode(&self) -> Vec<u8> {
        let outcomes: Vec<_> = self
            .outcomes
            .iter()
            .map(|outcome| {
                let reject = outcome
                    .reject
                    .as_ref()
                    .map(|reject| (reject.rule.number, reject.action, &*reject.reason));
                (outcome.statement, &outcome.member, reject, outcome.events)
            })
            .collect();
        let events: Vec<_> = self
            .events
            .iter()
            .map(|event| (event.statement, event.module, Bytes::new(&event.body)))
            .collect();
        cbor::to_vec(&(FORMAT_VERSION, outcomes, events))
    }

    /// Reads the stored form; `registry` gives the words of refusals and the names of modules.
    ///
    /// # Errors
    /// What is wrong, in plain words: the node's own file is damaged.
    pub fn decode(bytes: &[u8], registry: &Registry) -> Result<Self, String> {
        let stored: Stored = cbor::from_slice(bytes)
            .map_err(|error| format!("a block's stored outcomes: {error}"))?;
        if stored.version != FORMAT_VERSION {
            return Err(format!(
                "a block's stored outcomes have version {}",
                stored.version
            ));
        }
        let outcomes = stored.outcomes.into_iter().map(|outcome| {
            let reject = outcome.reject.map(|(number, action, reason)| {
                let rule = registry.rules().find(|rule| rule.number == number).copied();
                let rule = rule
                    .ok_or_else(|| format!("a stored refusal has the unknown number {number}"))?;
                Ok::<_, String>(Reject {
                    rule,
                    reason,
                    action,
                })
            });
            Ok(Outcome {
                statement: outcome.statement,
                member: outcome.member,
                reject: reject.transpose()?,
                events: outcome.events,
            })
        });
        let names = registry.names();
        let events = stored.events.into_iter().map(|event| {
            let module = names.iter().copied().find(|name| *name == event.module);
            let module = module.ok_or_else(|| {
                format!("a stored event is of the unknown module {}", event.module)
            })?;
            Ok(Event {
                statement: event.statement,
                module,
                body: event.body,
            })
        });
        Ok(Self {
            outcomes: outcomes.collect::<Result<_, String>>()?,
            events: events.collect::<Result<_, String>>()?,
            prepared: None,
        })
    }
}
