//! `convoy verify`: what a file proves, with no network and no clock.

use crate::{
    clock,
    failure::{Attempt as _, Failure, Outcome},
    output::{self, Screen},
    trust,
};
use clap::Args;
use convoy_types::MemberId;
use convoy_verify::Report;
use serde_json::json;
use std::path::{Path, PathBuf};

/// A file larger than any that the network gives out, bytes: a statement of 512 KiB with a hundred post-quantum receipts.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Which file, and whom to believe.
#[derive(Args, Debug)]
pub struct Options {
    /// A transparent statement, a compact receipt or a state proof
    file: PathBuf,
    /// The trust file: whose signatures count. Get it once from somebody you trust; it needs no network either
    #[arg(long, value_name = "TRUSTFILE")]
    trust: PathBuf,
    /// How the validators changed since the trust file was made: steps that `convoy trust update --keep` wrote. Each is checked
    #[arg(long, value_name = "FILE")]
    succession: Option<PathBuf>,
}

/// Verifies the file and says what it proves.
///
/// # Errors
/// Refused: a check failed, and which. Environment: a file cannot be read.
pub fn run(options: &Options, screen: Screen) -> Outcome {
    let mut trust = trust::read(&options.trust)?;
    if let Some(file) = &options.succession {
        (trust, _) = trust::extended(&trust, &trust::read_steps(file)?)?;
    }
    let bytes = read_bounded(&options.file)?;
    match convoy_verify::verify(&bytes, &trust) {
        Ok(report) => {
            screen.result(
                || describe(&report, &options.file),
                || json!({"verified": true, "report": report}),
            );
            Ok(())
        }
        Err(error) => Err(Failure::refused(format!(
            "{} is NOT proved: the check `{}` failed: {}",
            options.file.display(),
            error.check,
            error.reason
        ))
        .details(json!({"verified": false, "check": error.check, "reason": error.reason}))),
    }
}

fn read_bounded(file: &Path) -> Outcome<Vec<u8>> {
    let what = || format!("read {}", file.display());
    let length = std::fs::metadata(file).attempt(what)?.len();
    if length > FILE_BYTES_MAX {
        return Err(Failure::usage(format!(
            "{} has {length} bytes; no proof is longer than {FILE_BYTES_MAX}",
            file.display()
        )));
    }
    std::fs::read(file).attempt(what)
}

fn describe(report: &Report, file: &Path) -> String {
    let members: Vec<_> = report.attested_by.iter().map(MemberId::as_str).collect();
    let mut facts = vec![("Proved", report.proved.words().to_owned())];
    if let Some(id) = report.statement {
        facts.push(("Statement", id.to_string()));
    }
    if let Some(leaf) = report.leaf {
        facts.push((
            "Place in the log",
            format!("entry {leaf} of {}", report.log_size),
        ));
    }
    if let (Some(height), Some(time)) = (report.recorded_height, report.recorded_ms) {
        facts.push((
            "Recorded",
            format!("{} in block {height}", clock::utc(time)),
        ));
    }
    facts.push((
        "Vouched for by",
        format!(
            "{} (block {}, {})",
            members.join(", "),
            report.height,
            clock::utc(report.time_ms)
        ),
    ));
    let checks = report
        .checks
        .iter()
        .map(|check| format!("  ok    {}: {}\n", check.name, check.detail));
    let notes = report.notes.iter().map(|note| format!("  note  {note}\n"));
    format!(
        "{}\n{}\nChecks\n{}{}",
        file.display(),
        output::facts(facts),
        checks.collect::<String>(),
        notes.collect::<String>()
    )
}
