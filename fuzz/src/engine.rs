//! The loop: choose, change, run, judge, keep.

use crate::coverage::{self, Coverage};
use crate::memory;
use crate::mutate::{Dice, mutate};
use crate::targets::{Outcome, Target};
use std::collections::BTreeSet;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Milliseconds one input may take, as the shortest of three attempts: generous, because CI machines are shared and the
/// build is not optimised. A quadratic parser passes it only with small inputs.
pub const RUN_MS_MAX: u128 = 500;

/// Bytes one input may make the target hold at once.
pub const RUN_BYTES_MAX: usize = 64 << 20;

/// The stack a target gets: that of a worker thread of the node, so that deep nesting shows here first.
const STACK_BYTES: usize = 2 << 20;

/// How a run is carried out.
pub struct Plan {
    /// Inputs kept between runs; read at the start, added to at the end.
    pub corpus: PathBuf,
    /// Where the input of a fault is written.
    pub artifacts: PathBuf,
    /// How long to go on.
    pub time: Duration,
    /// Chooses the sequence of inputs.
    pub seed: u64,
    /// Write each input down before running it, to find the one that ends the process.
    pub is_traced: bool,
}

/// What a run found.
#[derive(Default)]
pub struct Report {
    runs: u64,
    accepted: u64,
    kept: usize,
    edges: usize,
    refusals: usize,
    slowest_us: u128,
    seconds: f64,
    /// What went wrong and where its input is.
    pub fault: Option<String>,
}

impl Report {
    /// One line of JSON for the caller.
    pub fn to_json(&self, name: &str) -> String {
        serde_json::json!({
            "target": name,
            "runs": self.runs,
            "runs_per_second": (self.runs as f64 / self.seconds.max(0.001)) as u64,
            "accepted": self.accepted,
            "corpus": self.kept,
            "edges": self.edges,
            "refusals": self.refusals,
            "slowest_us": self.slowest_us as u64,
            "fault": self.fault,
        })
        .to_string()
    }
}

/// Runs `action` on a thread with the node's stack size.
pub fn on_small_stack<T: Send + 'static>(
    action: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(action)
        .map_err(|error| format!("cannot start a thread: {error}"))?
        .join()
        .map_err(|_| "the target panicked".to_owned())
}

/// Fuzzes `target` until the time is over or a fault is found.
pub fn run(target: &'static Target, plan: &Plan) -> Result<Report, String> {
    silence_panics();
    let mut state = State::default();
    let mut inputs: Vec<Vec<u8>> = Vec::new();
    let mut fresh: Vec<Vec<u8>> = Vec::new();
    let started = Instant::now();
    for input in starting_inputs(target, &plan.corpus)? {
        if let Some(fault) = state.try_input(target, &input, plan)? {
            return Ok(state.finish(started, inputs.len(), Some(fault)));
        }
        inputs.push(input);
    }
    let mut dice = Dice::new(plan.seed);
    while started.elapsed() < plan.time {
        let parent = choose(&mut dice, &inputs);
        let other = dice.below(inputs.len());
        let input = mutate(&mut dice, &inputs[parent], &inputs[other], target.bytes_max);
        if let Some(fault) = state.try_input(target, &input, plan)? {
            return Ok(state.finish(started, inputs.len(), Some(fault)));
        }
        if state.is_last_new {
            fresh.push(input.clone());
            inputs.push(input);
        }
    }
    for input in fresh {
        write(&plan.corpus, &name_of(&input), &input)?;
    }
    Ok(state.finish(started, inputs.len(), None))
}

/// Half of the time one of the sixteen newest inputs, for they reached something nobody had.
fn choose(dice: &mut Dice, inputs: &[Vec<u8>]) -> usize {
    let recent = inputs.len().min(16);
    if dice.below(2) == 0 {
        inputs.len() - 1 - dice.below(recent)
    } else {
        dice.below(inputs.len())
    }
}

/// The target's own seeds, then the corpus in the order of its names.
fn starting_inputs(target: &Target, corpus: &Path) -> Result<Vec<Vec<u8>>, String> {
    let mut inputs = vec![Vec::new()];
    inputs.extend((target.seeds)());
    let mut paths: Vec<PathBuf> = match fs::read_dir(corpus) {
        Ok(entries) => entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect(),
        Err(_) => Vec::new(),
    };
    paths.sort();
    for path in paths {
        let input =
            fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        inputs.push(input);
    }
    inputs.retain(|input| input.len() <= target.bytes_max);
    Ok(inputs)
}

#[derive(Default)]
struct State {
    report: Report,
    coverage: Coverage,
    refusals: BTreeSet<String>,
    is_last_new: bool,
}

impl State {
    /// Runs one input; returns the fault it showed, if any, with its input saved.
    fn try_input(
        &mut self,
        target: &Target,
        input: &[u8],
        plan: &Plan,
    ) -> Result<Option<String>, String> {
        if plan.is_traced {
            write(&plan.artifacts, "last", input)?;
        }
        coverage::clear();
        let verdict = judge(target, input);
        let reached_new = self.coverage.absorb();
        self.report.runs += 1;
        let fault = match verdict {
            Ok((outcome, micros)) => {
                self.report.slowest_us = self.report.slowest_us.max(micros);
                let is_new_refusal = self.note(outcome);
                self.is_last_new = reached_new || (is_new_refusal && !coverage::is_on());
                return Ok(None);
            }
            Err(fault) => fault,
        };
        let name = name_of(input);
        write(&plan.artifacts, &name, input)?;
        Ok(Some(format!(
            "{fault} (input {name}, {} bytes)",
            input.len()
        )))
    }

    /// Counts the outcome; returns whether this refusal had not been seen.
    fn note(&mut self, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Accepted => {
                self.report.accepted += 1;
                false
            }
            Outcome::Refused(why) => {
                self.refusals.len() < 4_096 && self.refusals.insert(kind_of(&why))
            }
        }
    }

    fn finish(mut self, started: Instant, kept: usize, fault: Option<String>) -> Report {
        self.report.kept = kept;
        self.report.edges = self.coverage.edges_seen();
        self.report.refusals = self.refusals.len();
        self.report.seconds = started.elapsed().as_secs_f64();
        self.report.fault = fault;
        self.report
    }
}

/// A refusal without what it quotes from the input: text between backquotes and digits.
fn kind_of(why: &str) -> String {
    let unquoted = why.split('`').step_by(2).collect::<String>();
    unquoted.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// Runs the target once and again while it is too slow; the outcome with its microseconds, or the fault.
fn judge(target: &Target, input: &[u8]) -> Result<(Outcome, u128), String> {
    let mut shortest = u128::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        let (result, bytes) =
            memory::peak_of(|| panic::catch_unwind(AssertUnwindSafe(|| (target.run)(input))));
        shortest = shortest.min(started.elapsed().as_micros());
        let outcome = result.map_err(|_| last_panic())?;
        if bytes > RUN_BYTES_MAX {
            return Err(format!("held {bytes} bytes, at most {RUN_BYTES_MAX}"));
        }
        if shortest <= RUN_MS_MAX * 1_000 {
            return Ok((outcome, shortest));
        }
    }
    Err(format!(
        "took {shortest} µs three times, at most {RUN_MS_MAX} ms"
    ))
}

static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

fn silence_panics() {
    panic::set_hook(Box::new(|info| {
        if let Ok(mut last) = LAST_PANIC.lock() {
            *last = info.to_string().replace('\n', " ");
        }
    }));
}

fn last_panic() -> String {
    LAST_PANIC
        .lock()
        .map(|last| last.clone())
        .unwrap_or_default()
}

/// A file name for an input that is the same on every run (FNV-1a, 64 bits).
fn name_of(input: &[u8]) -> String {
    let hash = input.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), String> {
    let path = folder.join(name);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, bytes))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}
