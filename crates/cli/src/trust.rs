//! `convoy trust`: keep a trust file up to date by following how each set of validators handed over to the next.
//!
//! Nothing is believed because a node says so: every step is signed by a quorum of the set before, and the file begins with a
//! set that you got from somebody you trust.

use crate::{
    clock,
    connection::Node,
    failure::{Attempt as _, Failure, Outcome},
    output::Screen,
};
use clap::{Args, Subcommand};
use convoy_types::receipt::{Handover, Trust};
use convoy_verify::EpochChange;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Steps in a file, bytes: a thousand changes of the largest sets.
const STEPS_BYTES_MAX: u64 = 16 << 20;

/// What to do with a trust file.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Follow the succession of validators, and say what changed
    Update(UpdateOptions),
}

/// Which file, and where the steps come from.
#[derive(Args, Debug)]
pub struct UpdateOptions {
    /// The trust file; it is written anew when there is something new
    file: PathBuf,
    /// Take the steps from this file instead of asking a node
    #[arg(long, value_name = "FILE")]
    steps: Option<PathBuf>,
    /// Also write the steps to this file, for those who have no node to ask: `convoy trust update --steps`, `convoy verify --succession`
    #[arg(long, value_name = "FILE", conflicts_with = "steps")]
    keep: Option<PathBuf>,
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    node: Node,
}

/// Runs the command.
///
/// # Errors
/// Refused: a step does not hold. Environment: a file or a node cannot be read.
pub async fn run(command: Command, screen: Screen) -> Outcome {
    match command {
        Command::Update(options) => update(&options, screen).await,
    }
}

/// Reads a trust file.
///
/// # Errors
/// When it cannot be read or is none.
pub fn read(file: &Path) -> Outcome<Trust> {
    let text = std::fs::read_to_string(file)
        .attempt(|| format!("read the trust file {}", file.display()))?;
    Trust::from_json(&text).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))
}

/// Reads steps of succession.
///
/// # Errors
/// When the file cannot be read, is too long or holds anything else.
pub fn read_steps(file: &Path) -> Outcome<Vec<Handover>> {
    let what = || format!("read the steps in {}", file.display());
    let length = std::fs::metadata(file).attempt(what)?.len();
    if length > STEPS_BYTES_MAX {
        return Err(Failure::usage(format!(
            "{} has {length} bytes; steps take {STEPS_BYTES_MAX} at most",
            file.display()
        )));
    }
    let bytes = std::fs::read(file).attempt(what)?;
    Handover::decode_all(&bytes)
        .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))
}

/// Extends a trust file by steps.
///
/// # Errors
/// Refused: a step does not hold, and which check failed.
pub fn extended(trust: &Trust, steps: &[Handover]) -> Outcome<(Trust, Vec<EpochChange>)> {
    convoy_verify::extend(trust, steps).map_err(|error| {
        Failure::refused(format!(
            "the succession does NOT hold, nothing was changed: the check `{}` failed: {}",
            error.check, error.reason
        ))
        .details(json!({"check": error.check, "reason": error.reason}))
    })
}

async fn update(options: &UpdateOptions, screen: Screen) -> Outcome {
    let trust = read(&options.file)?;
    let steps = match &options.steps {
        Some(file) => read_steps(file)?,
        None => {
            // The newest, and what an earlier program followed without noting where it ended.
            let open = trust
                .epochs
                .iter()
                .filter(|epoch| epoch.last_block.is_none());
            let open = open.map(|epoch| epoch.epoch).min();
            let client = options.node.client()?;
            // All that the file should follow, those it knows included: a fork would show.
            let first = trust.epochs.iter().map(|epoch| epoch.epoch).min();
            let from = if options.keep.is_some() { first } else { open };
            client.handovers(from.unwrap_or(0)).await?
        }
    };
    let (extended, changes) = extended(&trust, &steps)?;
    if let Some(file) = &options.keep {
        let bytes: Vec<u8> = steps.iter().flat_map(Handover::encode).collect();
        std::fs::write(file, bytes).attempt(|| format!("write {}", file.display()))?;
    }
    let write = extended != trust && !options.dry_run;
    if write {
        convoy_node::durable::write(&options.file, extended.to_json().as_bytes())
            .attempt(|| format!("write {}", options.file.display()))?;
    }
    screen.result(
        || describe(&options.file, &changes, write),
        || json!({"changes": changes, "written": write}),
    );
    Ok(())
}

fn describe(file: &Path, changes: &[EpochChange], written: bool) -> String {
    if changes.is_empty() {
        return format!(
            "{} is up to date: the validators have not changed{}",
            file.display(),
            match written {
                true => "; where earlier ones ended is noted in it",
                false => "",
            }
        );
    }
    let mut warned = String::new();
    let lines = changes.iter().map(|change| {
        if let Some(refounded) = &change.recovery {
            warned.push_str(&format!(
                "  validators were replaced by the members' decision of {}: {}\n",
                clock::utc(refounded.time_ms),
                refounded.reason
            ));
        }
        let signed: Vec<_> = change.signed_by.iter().map(ToString::to_string).collect();
        format!(
            "  {change} ({}; signed by {})\n",
            clock::utc(change.time_ms),
            signed.join(", ")
        )
    });
    let lines: String = lines.collect();
    let done = if written { "now knows" } else { "would know" };
    format!(
        "{} {done} the validators of {} more epochs\n{}",
        file.display(),
        changes.len(),
        lines + &warned
    )
}
