//! `convoy verify`: what a file proves, with no network and no clock.

use crate::{
    clock,
    failure::{Attempt as _, Failure, Outcome},
    output::{self, Screen},
    record::{self, Named, Record},
    trust,
};
use clap::Args;
use convoy_modules::custody::types::Object;
use convoy_types::{MemberId, identifiers::Epc, receipt::StateProof};
use convoy_verify::{Check, Report, VerifyError};
use serde::Serialize;
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
    #[command(flatten)]
    named: Named,
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
    let record = options.named.record()?;
    let bytes = read_bounded(&options.file)?;
    let verified = convoy_verify::verify(&bytes, &trust).and_then(|mut report| {
        let said = about(&bytes, record.as_ref(), &mut report)?;
        Ok((report, said))
    });
    match verified {
        Ok((report, said)) => {
            screen.result(
                || describe(&report, said.as_ref(), &options.file),
                || json!({"verified": true, "report": report, "record": said}),
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

/// What a state proof says of the record it is about.
#[derive(Serialize)]
struct Said {
    /// The record's name, where one was given and is the one.
    name: Option<String>,
    /// The record's first cell in hexadecimal; nothing where it is absent.
    cell: Option<String>,
    /// The object, where it is one and fits its first cell.
    object: Option<ObjectSaid>,
}

/// What is said of an object.
#[derive(Serialize)]
struct ObjectSaid {
    owner: MemberId,
    /// What it is packed in or fitted to. Custody and place are those of its outermost container then, which has a proof of its own.
    parent: Option<Epc>,
    custodian: Option<MemberId>,
    place: Option<Epc>,
}

impl From<Object> for ObjectSaid {
    fn from(object: Object) -> Self {
        let loose = object.parent.is_none();
        Self {
            owner: object.owner,
            parent: object.parent,
            custodian: loose.then_some(object.custodian),
            place: object.place.filter(|_| loose),
        }
    }
}

impl ObjectSaid {
    fn facts(&self) -> impl Iterator<Item = (&'static str, String)> {
        let facts = [
            ("Owned by", Some(self.owner.to_string())),
            (
                "In custody of",
                self.custodian.as_ref().map(ToString::to_string),
            ),
            ("Where", self.place.as_ref().map(ToString::to_string)),
            (
                "Packed in or fitted to",
                self.parent.as_ref().map(ToString::to_string),
            ),
        ];
        facts
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
    }
}

/// Checks that a proof is about `record`: a state proof names it by a digest, which tells nobody anything.
fn about(
    bytes: &[u8],
    record: Option<&Record>,
    report: &mut Report,
) -> Result<Option<Said>, VerifyError> {
    const CHECK: &str = "record asked for";
    let failed = |reason: String| VerifyError {
        check: CHECK.into(),
        reason,
    };
    let proof = match (StateProof::decode(bytes), record) {
        (Ok(proof), _) => proof,
        (Err(_), None) => return Ok(None),
        (Err(_), Some(_)) => return Err(failed("the file is about a statement".into())),
    };
    match record {
        None => report.notes.push(
            "of which record is not said, only its key's digest: name it with --object or --record"
                .into(),
        ),
        Some(record) if record.state_key().0 == proof.key => report.checks.push(Check {
            name: CHECK.into(),
            detail: record.name.clone(),
        }),
        Some(record) => {
            let reason = format!("the file is about another record than {}", record.name);
            return Err(failed(reason));
        }
    }
    let cell = proof.value.as_deref();
    Ok(Some(Said {
        name: record.map(|record| record.name.clone()),
        cell: cell.map(hex::encode),
        object: record
            .zip(cell)
            .and_then(|(record, cell)| record::object(record, cell))
            .map(ObjectSaid::from),
    }))
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

fn describe(report: &Report, said: Option<&Said>, file: &Path) -> String {
    let members: Vec<_> = report.attested_by.iter().map(MemberId::as_str).collect();
    let mut facts = vec![("Proved", report.proved.words().to_owned())];
    if let Some(name) = said.and_then(|said| said.name.as_ref()) {
        facts.push(("Record", name.clone()));
    }
    let object = said.and_then(|said| said.object.as_ref());
    facts.extend(object.into_iter().flat_map(ObjectSaid::facts));
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
