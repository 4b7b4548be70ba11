//! Looking into the log: by time, by whom, about what; the newest first.

use super::{
    Entry, Kind,
    chain::{files, parts},
};
use serde::Serialize;
use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

/// Entries in one answer at most.
pub const PAGE_MAX: usize = 1_000;
/// Entries looked at for one answer: past it the page is short, and `next` goes on.
const EXAMINED_MAX: usize = 200_000;

/// Read at once by who follows: longer than any entry.
const READ_BYTES: u64 = 256 << 10;

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// At or after this time, milliseconds since 1970.
    pub from_ms: Option<u64>,
    /// Before this time.
    pub to_ms: Option<u64>,
    /// By a signer or token whose name holds this text.
    pub who: Option<String>,
    /// Of this kind; where it is no kind's word, with this text in what was asked, the records or the detail.
    pub what: Option<String>,
    /// How many at most, 1 to [`PAGE_MAX`].
    pub limit: usize,
    /// Only those before this entry.
    pub before: Option<u64>,
}

/// Entries found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page {
    /// The newest first, each with its hash.
    pub entries: Vec<Found>,
    /// Ask again for those before this entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// An entry with its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
    /// Its hash in the chain.
    pub hash: String,
}

impl Wanted {
    fn takes(&self, entry: &Entry) -> bool {
        let who = |text: &String| entry.who.contains(text) || entry.token.contains(text);
        let what = |text: &String| {
            if Kind::ALL.iter().any(|kind| kind.word() == text) {
                return entry.kind.word() == text;
            }
            entry.what.contains(text)
                || entry.detail.contains(text)
                || entry.records.iter().any(|record| record.contains(text))
        };
        self.from_ms.is_none_or(|from| entry.time_ms >= from)
            && self.to_ms.is_none_or(|to| entry.time_ms < to)
            && self.who.as_ref().is_none_or(who)
            && self.what.as_ref().is_none_or(what)
    }
}

/// The entries of a log that are wanted. A line that cannot be read is passed over: that is for verification to tell.
///
/// # Errors
/// When the files cannot be read.
pub fn search(folder: &Path, wanted: &Wanted) -> io::Result<Page> {
    let limit = wanted.limit.clamp(1, PAGE_MAX);
    let mut page = Page {
        entries: Vec::new(),
        next: None,
    };
    let (mut examined, mut last) = (0, None);
    for (_, path) in files(folder)?.into_iter().rev() {
        let text = fs::read(&path)?;
        let lines = text.split(|byte| *byte == b'\n').rev();
        for (hash, json) in lines.filter_map(parts) {
            let Ok(entry) = serde_json::from_slice::<Entry>(json) else {
                continue;
            };
            if wanted.before.is_some_and(|before| entry.n >= before) {
                continue;
            }
            if page.entries.len() == limit || examined == EXAMINED_MAX {
                page.next = last;
                return Ok(page);
            }
            examined += 1;
            last = Some(entry.n);
            if wanted.from_ms.is_some_and(|from| entry.time_ms < from) {
                return Ok(page);
            }
            if wanted.takes(&entry) {
                page.entries.push(Found {
                    entry,
                    hash: hash.to_string(),
                });
            }
        }
    }
    Ok(page)
}

/// Reads a log in its order, from file to file, as far as it goes.
pub struct Follow {
    folder: PathBuf,
    number: u64,
    offset: u64,
}

impl Follow {
    /// From the log's first entry on.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            number: 0,
            offset: 0,
        }
    }

    /// The next entries behind number `after`; none where the log ends.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn next(&mut self, after: u64) -> io::Result<Vec<Found>> {
        loop {
            let known = files(&self.folder)?;
            let open = known.iter().find(|(number, _)| *number >= self.number);
            let Some((number, path)) = open else {
                return Ok(Vec::new());
            };
            if *number != self.number {
                (self.number, self.offset) = (*number, 0);
            }
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(self.offset))?;
            let mut text = Vec::new();
            file.take(READ_BYTES).read_to_end(&mut text)?;
            let whole = text.iter().rposition(|byte| *byte == b'\n');
            let Some(whole) = whole.map(|at| at + 1) else {
                if known.last().is_none_or(|(last, _)| *last == self.number) {
                    return Ok(Vec::new());
                }
                (self.number, self.offset) = (self.number + 1, 0);
                continue;
            };
            self.offset += whole as u64;
            let lines = text[..whole].split(|byte| *byte == b'\n').filter_map(parts);
            let mut entries = Vec::new();
            for (hash, json) in lines {
                if let Ok(entry) = serde_json::from_slice::<Entry>(json)
                    && entry.n > after
                {
                    let hash = hash.to_string();
                    entries.push(Found { entry, hash });
                }
            }
            if !entries.is_empty() {
                return Ok(entries);
            }
        }
    }
}
