//! Statements whose life is told to a trace collector: a sample, the same on every node.
//!
//! The sample follows from the statement's id, so all nodes tell of the same statements and a collector sees one trace over the
//! whole network. Bounded: what nobody fetches is forgotten, oldest first.

use crate::tracker::Place;
use convoy_types::StatementId;
use serde::{Deserialize, Serialize};
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

/// Statements that wait to be told.
const WAITING_MAX: usize = 4_096;

/// Where traces go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    /// The collector's address for traces (OTLP over HTTP, JSON), such as `http://127.0.0.1:4318/v1/traces`.
    pub traces: String,
    /// Statements told, of a thousand.
    #[serde(default = "some")]
    pub permille: u16,
}

fn some() -> u16 {
    10
}

/// A statement of the sample that is final here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// The statement.
    pub id: StatementId,
    /// Where it is final.
    pub place: Place,
    /// The number of its refusal, if it was refused.
    pub refused: Option<u16>,
    /// The member that its signer acted for.
    pub member: String,
}

/// The sample.
#[derive(Debug, Default)]
pub struct Sample {
    permille: u16,
    waiting: Mutex<VecDeque<Traced>>,
}

impl Sample {
    /// A sample as configured; empty where nothing is.
    pub fn new(config: Option<&TelemetryConfig>) -> Self {
        Self {
            permille: config.map_or(0, |config| config.permille.min(1_000)),
            waiting: Mutex::default(),
        }
    }

    /// Whether a statement is in it.
    pub fn takes(&self, id: &[u8; 32]) -> bool {
        // Ids are digests: any two bytes are as good as chance.
        let chance = u32::from(u16::from_be_bytes([id[30], id[31]]));
        chance * 1_000 < u32::from(self.permille) << 16
    }

    /// A statement of the sample became final.
    pub fn push(&self, traced: Traced) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() == WAITING_MAX {
            waiting.pop_front();
        }
        waiting.push_back(traced);
    }

    /// Takes what waits and is in a block up to `height`.
    pub fn up_to(&self, height: u64) -> Vec<Traced> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.partition_point(|traced| traced.place.height <= height);
        waiting.drain(..count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(permille: u16) -> Sample {
        Sample::new(Some(&TelemetryConfig {
            traces: String::new(),
            permille,
        }))
    }

    fn taken(permille: u16) -> usize {
        let sample = sample(permille);
        let id = |number: u16| {
            let mut id = [0; 32];
            id[30..].copy_from_slice(&number.to_be_bytes());
            id
        };
        (0..=u16::MAX)
            .filter(|number| sample.takes(&id(*number)))
            .count()
    }

    #[test]
    fn a_sample_is_as_large_as_was_asked_for() {
        assert_eq!(taken(0), 0);
        assert_eq!(taken(1_000), 1 << 16);
        assert_eq!(taken(10), 656);
        assert!(!Sample::default().takes(&[0; 32]));
    }

    #[test]
    fn the_oldest_are_forgotten_and_only_what_is_reached_is_taken() {
        let sample = sample(1_000);
        let traced = |height| Traced {
            id: StatementId(convoy_types::Digest::ZERO),
            place: Place {
                height,
                index: 0,
                leaf: 0,
                time_ms: 0,
            },
            refused: None,
            member: "est".into(),
        };
        for height in 1..=WAITING_MAX as u64 + 2 {
            sample.push(traced(height));
        }
        let heights: Vec<_> = sample
            .up_to(5)
            .iter()
            .map(|traced| traced.place.height)
            .collect();
        assert_eq!(heights, [3, 4, 5]);
        assert!(sample.up_to(5).is_empty());
    }
}
