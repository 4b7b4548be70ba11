//! Every parser of untrusted bytes, as a function of bytes.
//!
//! Adding one: a row in [`ALL`], with seeds that are valid (a fuzzer that starts from nothing finds nothing).

use convoy_types::cbor;

/// What a parser said.
#[derive(Debug)]
pub enum Outcome {
    /// The bytes are valid.
    Accepted,
    /// They are not, and this is the sentence the sender gets.
    Refused(String),
}

impl Outcome {
    fn of<T, E: ToString>(result: &Result<T, E>) -> Self {
        match result {
            Ok(_) => Self::Accepted,
            Err(error) => Self::Refused(error.to_string()),
        }
    }
}

/// One parser.
pub struct Target {
    /// As on the command line and in the corpus folder.
    pub name: &'static str,
    /// Longest input tried. Above the parser's own limit, so that the limit is tried too.
    pub bytes_max: usize,
    /// Valid inputs to start from.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Runs the parser and asserts what must hold of its answer.
    pub run: fn(&[u8]) -> Outcome,
}

/// All of them, in the order they run.
pub const ALL: &[Target] = &[Target {
    name: "cbor",
    bytes_max: 4_096,
    seeds: cbor_seeds,
    run: run_cbor,
}];

fn cbor_seeds() -> Vec<Vec<u8>> {
    let nested =
        serde_json::json!({"a": [1, -2, {"b": "text", "cc": null}], "bb": true, "n": 65_536});
    vec![
        cbor::to_vec(&nested),
        cbor::to_vec(&(0u8, "text", [0u64, 23, 24, 255, 256, u64::MAX])),
    ]
}

/// What passes the deterministic check must decode, and encode back to the same bytes.
fn run_cbor(bytes: &[u8]) -> Outcome {
    let decoded = cbor::from_slice::<ciborium::Value>(bytes);
    if let Ok(value) = &decoded {
        assert_eq!(
            cbor::to_vec(value),
            bytes,
            "accepted, but encoded differently"
        );
    }
    Outcome::of(&decoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_seed_of_every_target_is_accepted() {
        for target in ALL {
            for seed in (target.seeds)() {
                let outcome = (target.run)(&seed);
                assert!(
                    matches!(outcome, Outcome::Accepted),
                    "{}: {outcome:?}",
                    target.name
                );
            }
        }
    }

    #[test]
    fn inputs_that_failed_once_stay_handled() {
        for target in ALL {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("regressions")
                .join(target.name);
            let Ok(entries) = std::fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries {
                let input = std::fs::read(entry.unwrap().path()).unwrap();
                let _ = (target.run)(&input);
            }
        }
    }
}
