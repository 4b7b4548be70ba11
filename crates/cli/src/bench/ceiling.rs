//! What this machine could do at best, built from parts measured in the same run.
//!
//! Every node checks every signature, hashes every statement, updates every state entry and syncs every block. With `n` nodes on `c` cores
//! nothing can exceed `c / (n × time for these four)`. The share of it that was reached says what everything else costs: HTTP, gossip, consensus, decoding,
//! the read model, waiting.

use super::{load::Offers, plan::Plan};
use crate::failure::{Attempt as _, Outcome};
use convoy_types::{
    Digest, Statement,
    cose::{Algorithm, Check, PublicKey, SigningKey, verify_batch},
    log,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::HashMap, time::Instant};

/// Statements measured together: what a node's admission collects under load.
const BATCH: usize = 1_024;
/// The least time a part is measured for, milliseconds.
const MEASURE_MS: u128 = 300;

/// Parts of one statement's cost that the load process measures itself, microseconds on one core.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Parts {
    /// Checking its signature in a batch of 1,024.
    pub verification_us: f64,
    /// Hashing its bytes once, and its share of the log tree.
    pub hashing_us: f64,
}

/// Measures the parts over the statements that are about to be offered.
pub fn measure(plan: &Plan, offers: &Offers) -> Outcome<Parts> {
    let statements = offers
        .iter()
        .flatten()
        .take(BATCH)
        .map(|due| Statement::decode(due.bytes.clone()))
        .collect::<Result<Vec<_>, _>>()
        .attempt(|| "read back a statement of the load".into())?;
    if statements.is_empty() {
        return Ok(Parts::default());
    }
    let mut keys = HashMap::new();
    for signer in &plan.signers {
        keys.insert(signer.did.clone(), public_key(&signer.seed)?);
    }
    let messages: Vec<Vec<u8>> = statements.iter().map(Statement::signed_bytes).collect();
    let checks: Vec<Check<'_>> = statements
        .iter()
        .zip(&messages)
        .filter_map(|(statement, message)| {
            let key = keys.get(statement.signer())?;
            Some(Check {
                key,
                message,
                signature: statement.signature(),
            })
        })
        .collect();
    let per_batch = |us: f64| us / statements.len() as f64;
    let verification_us = per_batch(time_us(|| {
        std::hint::black_box(verify_batch(&checks));
    }));
    let hashing_us = per_batch(time_us(|| {
        let ids: Vec<Digest> = statements
            .iter()
            .map(|one| Digest::of(one.bytes()))
            .collect();
        std::hint::black_box(log::root_of(&ids));
    }));
    Ok(Parts {
        verification_us,
        hashing_us,
    })
}

fn public_key(seed: &str) -> Outcome<PublicKey> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(seed, &mut bytes).attempt(|| "read a signer's seed".into())?;
    let key = SigningKey::from_secret(Algorithm::Ed25519, &bytes)
        .attempt(|| "make a signer's key".into())?;
    Ok(key.public().clone())
}

/// Mean time of `work`, microseconds, over at least [`MEASURE_MS`] after one warm-up.
fn time_us(mut work: impl FnMut()) -> f64 {
    work();
    let started = Instant::now();
    let mut rounds = 0u32;
    while started.elapsed().as_millis() < MEASURE_MS {
        work();
        rounds += 1;
    }
    started.elapsed().as_secs_f64() * 1e6 / f64::from(rounds.max(1))
}

/// The ceiling and the share of it, from the load's parts and the nodes' own measurements (microseconds per statement on one node).
///
/// `state_us` and `sync_us` are `None` when the nodes do not report them; the ceiling is then an upper bound without these parts, and says so.
pub fn ceiling(
    parts: Parts,
    state_us: Option<f64>,
    sync_us: Option<f64>,
    nodes: usize,
    cores: usize,
    reached: f64,
) -> (Value, Value) {
    let per_node =
        parts.verification_us + parts.hashing_us + state_us.unwrap_or(0.0) + sync_us.unwrap_or(0.0);
    if per_node <= 0.0 {
        return (Value::Null, Value::Null);
    }
    let most = cores as f64 * 1e6 / (nodes as f64 * per_node);
    let missing: Vec<&str> = [("state", state_us), ("sync", sync_us)]
        .iter()
        .filter_map(|(name, part)| part.is_none().then_some(*name))
        .collect();
    let ceiling = json!({
        "statements_per_second": most.round(),
        "verification_us": hundredth(parts.verification_us),
        "hashing_us": hundredth(parts.hashing_us),
        "state_us": state_us.map(hundredth),
        "sync_us": sync_us.map(hundredth),
        "not_measured": missing,
        "formula": "cores / (nodes × sum of the parts of one statement)",
    });
    (ceiling, json!((reached / most * 1_000.0).round() / 1_000.0))
}

fn hundredth(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_is_all_cores_over_all_work() {
        let parts = Parts {
            verification_us: 10.0,
            hashing_us: 2.0,
        };
        let (ceiling, share) = ceiling(parts, Some(10.0), Some(3.0), 4, 2, 10_000.0);
        // 2 s of processor per second over 4 × 25 µs: 20,000 a second.
        assert_eq!(ceiling["statements_per_second"], 20_000.0);
        assert_eq!(share, 0.5);
    }

    #[test]
    fn a_part_that_was_not_measured_is_named() {
        let parts = Parts {
            verification_us: 10.0,
            hashing_us: 2.0,
        };
        let (ceiling, _) = ceiling(parts, None, Some(3.0), 4, 2, 1.0);
        assert_eq!(ceiling["not_measured"], json!(["state"]));
    }
}
