//! Fuzzing of every parser that meets untrusted bytes, guided by coverage, on the stable compiler.
//!
//! Flow: `cargo xtask fuzz` builds this program with the compiler's edge counters on (see `fuzz/instrument`) and
//! runs one process per target. A process takes valid seeds, changes them, runs the target, and keeps each input
//! that reached something new. Without the counters (a plain `cargo run`) new refusals are the only feedback.
//!
//! Invariants a target checks: no panic; no input takes longer than [`engine::RUN_MS_MAX`] or more memory than
//! [`engine::RUN_BYTES_MAX`]; what is accepted encodes back to the same bytes where the format is canonical.
//!
//! The same seed and the same starting corpus give the same sequence of inputs, whatever the machine's speed. When
//! a process dies (stack overflow, abort), it is run again with `--trace`, which writes each input down first.

mod coverage;
mod engine;
mod memory;
mod mutate;
mod targets;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "\
usage: convoy-fuzz list
       convoy-fuzz run TARGET --corpus DIR --artifacts DIR [--seconds N] [--seed N] [--trace]
       convoy-fuzz replay TARGET FILE...

`cargo xtask fuzz` is the comfortable way in: it builds with coverage and runs every target.
exit codes: 0 nothing found, 1 a fault was found (its input is in the artifacts folder), 2 bad usage";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["list"] => {
            for target in targets::all() {
                println!("{}", target.name);
            }
            ExitCode::SUCCESS
        }
        ["run", name, options @ ..] => with_target(name, |target| run(target, options)),
        ["replay", name, files @ ..] => with_target(name, |target| replay(target, files)),
        _ => usage_error(USAGE),
    }
}

fn with_target(
    name: &str,
    action: impl FnOnce(&'static targets::Target) -> Result<ExitCode, String>,
) -> ExitCode {
    let target = targets::all().find(|target| target.name == name);
    let result = match target {
        Some(target) => action(target),
        None => Err(format!("no target `{name}`; `convoy-fuzz list` names them")),
    };
    result.unwrap_or_else(|message| usage_error(&message))
}

fn usage_error(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::from(2)
}

fn run(target: &'static targets::Target, options: &[&str]) -> Result<ExitCode, String> {
    let plan = plan(options)?;
    if !coverage::is_on() {
        eprintln!("convoy-fuzz: built without coverage counters; feedback is by refusal only");
    }
    let outcome = engine::on_small_stack(move || engine::run(target, &plan))??;
    println!("{}", outcome.to_json(target.name));
    Ok(if outcome.fault.is_none() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

fn plan(options: &[&str]) -> Result<engine::Plan, String> {
    let mut plan = engine::Plan {
        corpus: PathBuf::new(),
        artifacts: PathBuf::new(),
        time: Duration::from_secs(5),
        seed: 1,
        is_traced: false,
    };
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        let mut value = || {
            rest.next()
                .copied()
                .ok_or_else(|| format!("`{option}` needs a value\n\n{USAGE}"))
        };
        match *option {
            "--corpus" => plan.corpus = value()?.into(),
            "--artifacts" => plan.artifacts = value()?.into(),
            "--seconds" => plan.time = Duration::from_secs(number(value()?)?),
            "--seed" => plan.seed = number(value()?)?,
            "--trace" => plan.is_traced = true,
            other => return Err(format!("unknown option `{other}`\n\n{USAGE}")),
        }
    }
    if plan.corpus.as_os_str().is_empty() || plan.artifacts.as_os_str().is_empty() {
        return Err(format!(
            "`--corpus` and `--artifacts` are needed\n\n{USAGE}"
        ));
    }
    Ok(plan)
}

fn number(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a whole number"))
}

fn replay(target: &'static targets::Target, files: &[&str]) -> Result<ExitCode, String> {
    for file in files {
        let input = std::fs::read(file).map_err(|error| format!("cannot read {file}: {error}"))?;
        let outcome = engine::on_small_stack(move || (target.run)(&input))?;
        println!("{file}: {outcome:?}");
    }
    Ok(ExitCode::SUCCESS)
}
