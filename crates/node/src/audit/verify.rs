//! Whether a log is as it was written: every entry, every file, and the end.

use super::{
    Entry,
    chain::{self, START},
};
use convoy_types::Digest;
use serde::Serialize;
use std::{fs, io, path::Path};

/// Faults told at most.
const FAULTS_MAX: usize = 100;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub fault: String,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether nothing is wrong.
    pub whole: bool,
    /// Files looked at.
    pub files: usize,
    /// Entries looked at.
    pub entries: u64,
    /// Number of the first entry there is; older files may have been moved away.
    pub first: u64,
    /// Number of the last.
    pub last: u64,
    /// The last entry's hash. Note it elsewhere: handed back as `noted`, it shows whether the log was written anew since.
    pub hash: String,
    /// What is wrong, at most 100.
    pub faults: Vec<Fault>,
}

/// An entry that an auditor noted earlier: its number and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noted {
    /// The entry.
    pub n: u64,
    /// Its hash then.
    pub hash: Digest,
}

impl std::str::FromStr for Noted {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "write it as NUMBER:HASH, as an earlier verification told it".to_owned();
        let (n, hash) = text.split_once(':').ok_or_else(wrong)?;
        let mut digest = [0; 32];
        hex::decode_to_slice(hash, &mut digest).map_err(|_| wrong())?;
        Ok(Self {
            n: n.parse().map_err(|_| wrong())?,
            hash: Digest(digest),
        })
    }
}

struct Check {
    report: Report,
    /// The hashes that the next entry may follow: that of the last line as written, and as it should be.
    before: Option<[Digest; 2]>,
    noted: Option<Noted>,
    met: bool,
}

/// Checks the log in `folder`, and that what was `noted` is still in it.
///
/// # Errors
/// When the files cannot be read.
pub fn verify(folder: &Path, noted: Option<Noted>) -> io::Result<Report> {
    let mut check = Check {
        report: Report {
            whole: false,
            files: 0,
            entries: 0,
            first: 0,
            last: 0,
            hash: START.to_string(),
            faults: Vec::new(),
        },
        before: None,
        noted,
        met: false,
    };
    let mut expected: Option<u64> = None;
    for (number, path) in chain::files(folder)? {
        let name = path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        if let Some(missing) = expected.filter(|expected| *expected < number) {
            check.fault(
                &name,
                0,
                match number - missing {
                    1 => format!("the file before it, {missing:06}.log, is missing"),
                    count => format!(
                        "the {count} files before it, from {missing:06}.log on, are missing"
                    ),
                },
            );
        }
        expected = Some(number + 1);
        check.file(&name, &fs::read(&path)?);
    }
    check.end(folder);
    check.report.whole = check.report.faults.is_empty();
    Ok(check.report)
}

impl Check {
    fn fault(&mut self, file: &str, line: usize, fault: impl Into<String>) {
        if self.report.faults.len() < FAULTS_MAX {
            self.report.faults.push(Fault {
                file: file.to_owned(),
                line,
                fault: fault.into(),
            });
        }
    }

    fn file(&mut self, name: &str, text: &[u8]) {
        self.report.files += 1;
        for (place, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
            match line.strip_suffix(b"\n") {
                Some(line) => self.line(name, place + 1, line),
                None => self.fault(name, place + 1, "the last line is cut in the middle"),
            }
        }
    }

    fn line(&mut self, name: &str, place: usize, line: &[u8]) {
        let read = chain::parts(line).and_then(|(hash, json)| {
            let entry: Entry = serde_json::from_slice(json).ok()?;
            Some((hash, json, entry))
        });
        let Some((hash, json, entry)) = read else {
            self.fault(
                name,
                place,
                format!(
                    "it is no entry; entry {} or what follows it was altered",
                    self.report.last + 1
                ),
            );
            return;
        };
        let expected = self.report.last + 1;
        if self.report.entries == 0 {
            self.report.first = entry.n;
        } else if entry.n > expected {
            self.fault(
                name,
                place,
                match entry.n - expected {
                    1 => format!("entry {expected} was removed"),
                    _ => format!("entries {expected} to {} were removed", entry.n - 1),
                },
            );
        } else if entry.n < expected {
            self.fault(
                name,
                place,
                format!("entry {} stands behind entry {}", entry.n, self.report.last),
            );
        }
        let named = entry.previous.as_deref().and_then(|text| {
            let mut digest = [0; 32];
            hex::decode_to_slice(text, &mut digest).ok()?;
            Some(Digest(digest))
        });
        let follows = match self.before {
            Some(before) => before
                .iter()
                .any(|before| chain::hash(before, json) == hash),
            // Where older files were moved away, the first entry says what it follows.
            None => named.is_some_and(|named| chain::hash(&named, json) == hash),
        };
        // After a gap nothing can be said of the entry but that there is a gap.
        if !follows && (self.report.entries == 0 || entry.n == expected) {
            self.fault(name, place, format!("entry {} was altered: its hash is not that of what it says and the entry before", entry.n));
        }
        if let Some(noted) = self.noted.filter(|noted| noted.n == entry.n) {
            self.met = true;
            if noted.hash != hash {
                self.fault(
                    name,
                    place,
                    format!(
                        "entry {} is not the one that was noted: the log was written anew",
                        entry.n
                    ),
                );
            }
        }
        let should = self
            .before
            .map_or(hash, |[before, _]| chain::hash(&before, json));
        self.before = Some([hash, should]);
        self.report.entries += 1;
        self.report.last = entry.n;
        self.report.hash = hash.to_string();
    }

    fn end(&mut self, folder: &Path) {
        let (last, hash) = (self.report.last, self.report.hash.clone());
        match chain::head(folder) {
            None => self.fault(
                "head",
                0,
                "it is missing or damaged, so that a cut tail could not be seen",
            ),
            Some((n, _)) if n > last => self.fault(
                "head",
                0,
                format!("the tail was cut: the last entry was {n}, and the log ends at {last}"),
            ),
            // The head may lag behind after a crash.
            Some((n, known)) if n == last && known.to_string() != hash => {
                self.fault(
                    "head",
                    0,
                    format!("entry {last} is not the one that was written last"),
                );
            }
            Some(_) => {}
        }
        if let Some(noted) = self.noted.filter(|_| !self.met) {
            let fault = format!("entry {}, which was noted, is not in the log", noted.n);
            self.fault("head", 0, fault);
        }
    }
}
