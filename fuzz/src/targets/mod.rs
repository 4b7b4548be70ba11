//! Every parser of untrusted bytes, as a function of bytes.
//!
//! Adding one: a row in the table of its file, with seeds that are valid (a fuzzer that starts from nothing finds
//! nothing) and the same on every run (an input is found again by repeating the run).

mod credentials;
mod documents;
mod modules;
mod proofs;
mod queries;
mod rules;
mod scans;
mod vocabulary;

/// What a parser said.
#[derive(Debug)]
pub enum Outcome {
    /// The bytes are valid.
    Accepted,
    /// They are not, and this is the sentence the sender gets.
    Refused(String),
}

impl Outcome {
    /// The outcome of a parser's result.
    pub fn of<T, E: ToString>(result: &Result<T, E>) -> Self {
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
    /// Longest input tried.
    pub bytes_max: usize,
    /// Valid inputs to start from.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Runs the parser and asserts what must hold of its answer.
    pub run: fn(&[u8]) -> Outcome,
}

/// All of them, in the order they run.
pub fn all() -> impl Iterator<Item = &'static Target> {
    [
        vocabulary::TARGETS,
        proofs::TARGETS,
        documents::TARGETS,
        queries::TARGETS,
        rules::TARGETS,
        scans::TARGETS,
        credentials::TARGETS,
        modules::TARGETS,
    ]
    .into_iter()
    .flatten()
}

/// Runs a parser of text; bytes that are no text are refused before it.
fn with_text(bytes: &[u8], parse: impl FnOnce(&str) -> Outcome) -> Outcome {
    match std::str::from_utf8(bytes) {
        Ok(text) => parse(text),
        Err(_) => Outcome::Refused("not text".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_seed_of_every_target_is_accepted_and_fits() {
        for target in all() {
            let seeds = (target.seeds)();
            assert!(!seeds.is_empty(), "{}: no seed", target.name);
            for seed in seeds {
                assert!(
                    seed.len() <= target.bytes_max,
                    "{}: a seed of {} bytes",
                    target.name,
                    seed.len()
                );
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
    fn seeds_are_the_same_on_every_run() {
        for target in all() {
            assert_eq!((target.seeds)(), (target.seeds)(), "{}", target.name);
        }
    }

    #[test]
    fn inputs_that_failed_once_stay_handled() {
        for target in all() {
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
