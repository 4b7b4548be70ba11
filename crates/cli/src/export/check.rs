//! `convoy network import --verify`: whether an export is whole and true, with no network, no node and no clock.
//!
//! Checks, in this order, the first that fails is named with its file: every file against the manifest, and no file beside it; the trust file;
//! the log, built again from block 1 under the validators' certificates; every statement of every block in its place, with its signature
//! and receipts; the EPCIS documents against the statements; the manifest's own numbers.

use super::{
    document, events_of,
    folder::{
        self, EPCIS, FileEntry, Folder, LOG, MANIFEST, Manifest, STATEMENTS, TRUST, UNFINISHED,
        VERSION, WITHHELD, Withheld,
    },
    signers,
};
use crate::{
    clock,
    failure::{Attempt as _, Failure, Outcome},
    output::{self, Screen},
};
use clap::Args;
use convoy_types::{
    Digest, MemberId, StatementId,
    epcis::Event,
    receipt::{LoggedBlock, TransparentStatement, Trust, transparent::split_first},
};
use convoy_verify::{Proof, Replay, verify_transparent};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::PathBuf,
    time::{Duration, Instant},
};

/// A line of progress at most this often.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// Which folder, and whom to believe.
#[derive(Args, Debug)]
pub struct Options {
    /// Check that the export is complete and true. Nothing is written: a node gets the ledger from its peers
    #[arg(long, required = true)]
    verify: bool,
    /// The folder that `convoy network export` wrote
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// The trust file that you have from somebody you trust [default: the one in the folder, which whoever made the folder could have made]
    #[arg(long, value_name = "TRUSTFILE")]
    trust: Option<PathBuf>,
}

/// Checks the folder and says what it proves.
///
/// # Errors
/// Refused: the first fault, with the file it is in. Environment: a file cannot be read.
pub fn run(options: &Options, screen: Screen) -> Outcome {
    let folder = Folder(options.folder.clone());
    let manifest = manifest(&folder)?;
    check_files(&folder, &manifest)?;
    let trust = trust(&folder, options, &manifest)?;
    let mut check = Check::new(&folder, &manifest, &trust, screen)?;
    for first in log_parts(&manifest)? {
        check.part(first)?;
    }
    let found = check.finish()?;
    let own = options.trust.is_none();
    screen.result(
        || describe(&manifest, &found),
        || told(&manifest, &found, own),
    );
    if own {
        screen.hint(format!(
            "The trust file came with the export. Compare its genesis digest {} with what you have from somebody you trust, or give --trust.",
            trust.genesis
        ));
    }
    Ok(())
}

/// What was found.
struct Found {
    proof: Proof,
    statements: u64,
    unsigned: u64,
    events: u64,
    withheld: Vec<Withheld>,
}

fn told(manifest: &Manifest, found: &Found, own_trust: bool) -> Value {
    json!({
        "complete": true,
        "network": manifest.network,
        "first": manifest.first,
        "last": found.proof.height,
        "log_size": found.proof.log_size,
        "log_root": found.proof.log_root,
        "attested_by": found.proof.attested_by,
        "statements": found.statements,
        "signatures_not_checked": found.unsigned,
        "withheld": found.withheld,
        "events": found.events,
        "trust_from_the_folder": own_trust,
    })
}

fn describe(manifest: &Manifest, found: &Found) -> String {
    let proof = &found.proof;
    let members: Vec<_> = proof.attested_by.iter().map(MemberId::as_str).collect();
    let mut facts = vec![
        (
            "Complete",
            format!(
                "blocks {} to {} of {}",
                manifest.first, proof.height, manifest.network
            ),
        ),
        ("Until", clock::utc(proof.time_ms)),
        (
            "Log",
            format!("{} entries, root {}", proof.log_size, proof.log_root),
        ),
        ("Vouched for by", members.join(", ")),
        (
            "Statements",
            format!("{}, each in its place with its proof", found.statements),
        ),
        (
            "EPCIS events",
            format!("{}, as the statements have them", found.events),
        ),
    ];
    if !found.withheld.is_empty() {
        let withheld = format!(
            "{} statements are in the log and not in this folder: the node did not give them ({WITHHELD} says why)",
            found.withheld.len()
        );
        facts.push(("Withheld", withheld));
    }
    if found.unsigned > 0 {
        let unsigned = format!(
            "the keys of the signers of {} statements are not here (the statements that enrolled them are withheld); the members' receipts prove that the ledger checked them",
            found.unsigned
        );
        facts.push(("Note", unsigned));
    }
    output::facts(facts)
}

fn manifest(folder: &Folder) -> Outcome<Manifest> {
    if folder.has(UNFINISHED) && !folder.has(MANIFEST) {
        return Err(Failure::refused(format!(
            "the export in {} was not finished",
            folder.0.display()
        ))
        .remedy("run the same `convoy network export` again: it goes on where it stopped"));
    }
    let manifest: Manifest = folder.read_json(MANIFEST)?;
    if manifest.version != VERSION {
        return Err(Failure::refused(format!(
            "{MANIFEST}: version {} is not known; this program reads {VERSION}",
            manifest.version
        )));
    }
    Ok(manifest)
}

fn check_files(folder: &Folder, manifest: &Manifest) -> Outcome {
    let mut there = folder.files()?;
    there.remove(MANIFEST);
    for entry in &manifest.files {
        if !there.remove(&entry.path) {
            return Err(fault(&entry.path, "the file is missing"));
        }
        check_file(folder, entry)?;
    }
    match there.first() {
        Some(path) => Err(fault(
            path,
            "the manifest does not name this file: it was added",
        )),
        None => Ok(()),
    }
}

fn check_file(folder: &Folder, entry: &FileEntry) -> Outcome {
    let bytes = folder.read(&entry.path)?;
    if bytes.len() as u64 != entry.bytes {
        let reason = format!(
            "it has {} bytes, the manifest says {}",
            bytes.len(),
            entry.bytes
        );
        return Err(fault(&entry.path, reason));
    }
    if Digest::of(&bytes) != entry.sha256 {
        return Err(fault(
            &entry.path,
            "its SHA-256 is not the manifest's: it was changed",
        ));
    }
    Ok(())
}

fn fault(path: &str, reason: impl std::fmt::Display) -> Failure {
    let what = format!("{path}: {reason}");
    Failure::refused(&what)
        .details(json!({"complete": false, "file": path, "reason": reason.to_string()}))
        .remedy("get the export again from whoever made it, or make a new one")
}

fn trust(folder: &Folder, options: &Options, manifest: &Manifest) -> Outcome<Trust> {
    let (name, text) = match &options.trust {
        Some(file) => (
            file.display().to_string(),
            std::fs::read_to_string(file)
                .attempt(|| format!("read the trust file {}", file.display()))?,
        ),
        None => (
            TRUST.to_owned(),
            String::from_utf8(folder.read(TRUST)?).map_err(|error| fault(TRUST, error))?,
        ),
    };
    let trust = Trust::from_json(&text).map_err(|error| fault(&name, error))?;
    if trust.network != manifest.network || trust.genesis != manifest.genesis {
        let reason = format!(
            "it is of {}, the export is of {}",
            trust.network, manifest.network
        );
        return Err(fault(&name, reason));
    }
    Ok(trust)
}

fn log_parts(manifest: &Manifest) -> Outcome<Vec<u64>> {
    let names = manifest.files.iter().map(|file| file.path.as_str());
    let parts = names.filter_map(|path| Some((path, path.strip_prefix(LOG)?.strip_prefix('/')?)));
    let numbered = parts.map(|(path, name)| {
        name.strip_suffix(".cborseq")
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| fault(path, "the name is not one of a part of the log"))
    });
    numbered.collect()
}

/// A check under way.
struct Check<'a> {
    folder: &'a Folder,
    manifest: &'a Manifest,
    /// With the keys of the signers that have joined so far.
    known: Trust,
    replay: Replay<'a>,
    /// Parts of statements and documents that no block has asked for yet.
    unread: BTreeSet<&'a str>,
    withheld: BTreeMap<StatementId, Withheld>,
    found: (u64, u64, u64, Vec<Withheld>),
    screen: Screen,
    told: Instant,
}

impl<'a> Check<'a> {
    fn new(
        folder: &'a Folder,
        manifest: &'a Manifest,
        trust: &'a Trust,
        screen: Screen,
    ) -> Outcome<Self> {
        let withheld: Vec<Withheld> = folder.read_json(WITHHELD)?;
        let paths = manifest.files.iter().map(|file| file.path.as_str());
        let unread = paths.filter(|path| {
            [STATEMENTS, EPCIS]
                .iter()
                .any(|folder| path.split('/').next() == Some(folder))
        });
        Ok(Self {
            folder,
            manifest,
            known: trust.clone(),
            replay: Replay::new(trust),
            unread: unread.collect(),
            withheld: withheld.into_iter().map(|one| (one.id, one)).collect(),
            found: (0, 0, 0, Vec::new()),
            screen,
            told: Instant::now(),
        })
    }

    /// The blocks from `first` on that are in one file, and their statements.
    fn part(&mut self, first: u64) -> Outcome {
        let path = folder::log_path(first);
        let blocks = LoggedBlock::read_all(&self.folder.read(&path)?)
            .map_err(|error| fault(&path, error))?;
        let mut statements = Statements::new(first);
        for block in &blocks {
            self.replay.push(block).map_err(|error| {
                fault(
                    &path,
                    format!("the check `{}` failed: {}", error.check, error.reason),
                )
            })?;
            let (accepted, _) = block.split();
            for (at, id) in block.ids.iter().enumerate() {
                let core = &block.header.core;
                let place = (core.height, core.time_ms, core.first_leaf + at as u64);
                self.statement(&mut statements, id, place, at < accepted.len())?;
            }
        }
        self.close(&mut statements)?;
        if self.told.elapsed() > TELL_EVERY {
            self.told = Instant::now();
            let height = blocks
                .last()
                .map_or(first, |block| block.header.core.height);
            self.screen
                .hint(format!("Block {height} of {}", self.manifest.last));
        }
        Ok(())
    }

    /// The statement `id` is next, or was withheld.
    fn statement(
        &mut self,
        statements: &mut Statements,
        id: &StatementId,
        (height, time_ms, leaf): (u64, u64, u64),
        accepted: bool,
    ) -> Outcome {
        let missing = |path: &str| {
            fault(
                path,
                format!("statement {id} of block {height} (entry {leaf} of the log) is missing"),
            )
        };
        let next = self.next(statements)?;
        let Some(statement) = next.filter(|next| next.statement.id() == *id) else {
            let withheld = self.withheld.remove(id).filter(|one| one.height == height);
            self.found
                .3
                .push(withheld.ok_or_else(|| missing(&statements.path()))?);
            return Ok(());
        };
        let path = statements.path();
        let bytes = statements.take().unwrap_or_default();
        let report = verify_transparent(&bytes, &self.known).map_err(|error| {
            fault(
                &path,
                format!(
                    "statement {id} is NOT proved: the check `{}` failed: {}",
                    error.check, error.reason
                ),
            )
        })?;
        if report.leaf != Some(leaf) || report.recorded_height.is_some_and(|at| at != height) {
            return Err(fault(
                &path,
                format!("the receipts of statement {id} are not for entry {leaf} of the log"),
            ));
        }
        self.found.0 += 1;
        self.found.1 += u64::from(!report.signature_checked);
        if accepted {
            statements.events.extend(events_of(&statement.statement));
            signers::learn(&mut self.known, &statement.statement);
        }
        statements.time_ms = time_ms;
        Ok(())
    }

    /// The statement that stands next in the files, read and not taken.
    fn next(&mut self, statements: &mut Statements) -> Outcome<Option<TransparentStatement>> {
        while statements.items.is_empty() {
            let path = folder::statements_path(statements.first, statements.opened);
            if !self.unread.contains(path.as_str()) {
                return Ok(None);
            }
            self.close(statements)?;
            self.unread.remove(path.as_str());
            let bytes = self.folder.read(&path)?;
            statements.opened += 1;
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let (item, after) = split_first(rest).map_err(|error| fault(&path, error))?;
                statements.items.push_back(item.to_vec());
                rest = after;
            }
        }
        let Some(item) = statements.items.front() else {
            return Ok(None);
        };
        TransparentStatement::decode(item)
            .map(Some)
            .map_err(|error| fault(&statements.path(), error))
    }

    /// The file that was open has nothing left, and its events are those of its document.
    fn close(&mut self, statements: &mut Statements) -> Outcome {
        let Some(part) = statements.opened.checked_sub(1) else {
            return Ok(());
        };
        if let Some(item) = statements.items.front() {
            let id = TransparentStatement::decode(item).map_or_else(
                |error| error.to_string(),
                |one| one.statement.id().to_string(),
            );
            return Err(fault(
                &statements.path(),
                format!(
                    "statement {id} is in no block here: it was added, or stands in the wrong place"
                ),
            ));
        }
        let events = std::mem::take(&mut statements.events);
        let path = folder::epcis_path(statements.first, part);
        if events.is_empty() {
            return Ok(());
        }
        if !self.unread.remove(path.as_str()) {
            return Err(fault(
                &path,
                "the document with these statements' events is missing",
            ));
        }
        let found: Value = self.folder.read_json(&path)?;
        if document(&events, statements.time_ms).as_ref() != Some(&found) {
            return Err(fault(&path, "its events are not those of the statements"));
        }
        self.found.2 += events.len() as u64;
        Ok(())
    }

    fn finish(self) -> Outcome<Found> {
        if let Some(path) = self.unread.first() {
            return Err(fault(path, "it belongs to no block here: it was added"));
        }
        if let Some(id) = self.withheld.keys().next() {
            let reason = format!("statement {id} is in no block here, or is here after all");
            return Err(fault(WITHHELD, reason));
        }
        let manifest = self.manifest;
        let proof = self.replay.finish();
        let proof = proof
            .filter(|proof| proof.height == manifest.last)
            .ok_or_else(|| {
                fault(
                    LOG,
                    format!("block {} is missing, or has no certificate", manifest.last),
                )
            })?;
        let (statements, unsigned, events, withheld) = self.found;
        let numbers = [
            ("log_size", manifest.log_size, proof.log_size),
            ("statements", manifest.statements, statements),
            ("withheld", manifest.withheld, withheld.len() as u64),
            ("events", manifest.events, events),
        ];
        if let Some((name, said, is)) = numbers.into_iter().find(|(_, said, is)| said != is) {
            return Err(fault(
                MANIFEST,
                format!("{name} is {said}, the files have {is}"),
            ));
        }
        if manifest.log_root != proof.log_root {
            return Err(fault(
                MANIFEST,
                format!("log_root is not the log's, {}", proof.log_root),
            ));
        }
        Ok(Found {
            proof,
            statements,
            unsigned,
            events,
            withheld,
        })
    }
}

/// The files of statements that go with one part of the log, read one after another.
struct Statements {
    first: u64,
    /// Files opened so far; the last of them is open.
    opened: u32,
    items: VecDeque<Vec<u8>>,
    events: Vec<Event>,
    time_ms: u64,
}

impl Statements {
    fn new(first: u64) -> Self {
        Self {
            first,
            opened: 0,
            items: VecDeque::new(),
            events: Vec::new(),
            time_ms: 0,
        }
    }

    fn take(&mut self) -> Option<Vec<u8>> {
        self.items.pop_front()
    }

    fn path(&self) -> String {
        folder::statements_path(self.first, self.opened.saturating_sub(1))
    }
}
