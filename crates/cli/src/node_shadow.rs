//! `convoy node shadow`: whether this build makes of a network's history what the network made of it.

use crate::{
    failure::{Failure, Outcome},
    node::ConfigFile,
    node_backup::{asked, page},
    output::{self, Screen},
};
use clap::Args;
use convoy_node::{
    backup::BackupError,
    shadow::{self, Report},
};
use serde_json::json;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

/// The name of the token by which a replay asks its own node.
const TOKEN: &str = "convoy node shadow";
/// A line of progress at most this often.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// Which node, and how far.
#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    file: ConfigFile,
    /// The last block to execute; the newest one where left out. For agreeing to a protocol version: the block of its plan
    #[arg(long, value_name = "HEIGHT", value_parser = clap::value_parser!(u64).range(1..))]
    to: Option<u64>,
    /// Where the replayed state is kept, so that the next run of this build goes on; `shadow` in the node's data folder where left out
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Executes the history of a running node again, and tells whether every root is equal.
pub fn run(options: &Options, screen: Screen) -> Outcome {
    let config = options.file.read()?;
    let folder = options.folder.clone();
    let folder = folder.unwrap_or_else(|| config.data.join(shadow::FOLDER));
    let started = Instant::now();
    let report = asked(&config, TOKEN, |client| {
        let mut told = Instant::now();
        let mut source = |from: u64| page(client, from);
        shadow::replay(&config, &folder, options.to, &mut source, &mut |height| {
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                screen.hint(format!("Block {height}"));
            }
        })
        .map_err(|error| match error {
            BackupError::File(..) | BackupError::Source(_) => Failure::environment(error),
            error => Failure::refused(error),
        })
    })?;
    let seconds = started.elapsed().as_secs_f64();
    screen.result(
        || told(&report, seconds),
        || json!({"report": report, "equal": report.differs.is_none(), "seconds": seconds}),
    );
    match (&report.differs, options.to) {
        (Some(reason), _) => Err(Failure::refused(format!(
            "this build makes something else of the network's history: {reason}"
        ))
        .remedy(
            "do not exchange the node's program for it; give this line to whoever made the build",
        )),
        (None, Some(to)) if report.height < to => Err(Failure::refused(format!(
            "the node's last block is {}, not yet {to}",
            report.height
        ))
        .remedy("run the same command again: it goes on where it is")),
        _ => Ok(()),
    }
}

fn told(report: &Report, seconds: f64) -> String {
    let blocks = match report.first > report.height {
        true => "no new ones".to_owned(),
        false => format!("{} to {}", report.first, report.height),
    };
    let verdict = match &report.differs {
        None => format!("equal up to block {}", report.height),
        Some(reason) => format!("DIFFERENT: {reason}"),
    };
    output::facts([
        ("Executed", format!("{blocks}, in {seconds:.1} s")),
        ("Roots", verdict),
        ("State root", report.state_root.to_string()),
        ("Block", report.digest.to_string()),
        ("Build", report.build.clone()),
    ])
}
