//! Large documents that were answered and not yet taken in whole: on disk, so that their jobs are told after a stop.
//!
//! Flow: the job of a document whose rest is read behind its answer is written down before the answer, as it is told where the node stops at once; with
//! how far it got where the node stops in order; and crossed out when the document was taken in. What is found at the start was interrupted.
//!
//! Limits: the newest [`JOBS_MAX`] jobs, each with its first [`ERRORS_MAX`] errors. A file that cannot be read is an error, never an empty list.

use crate::{capture_jobs::CaptureJob, problem::DocumentError};
use convoy_node::durable::write_private;
use convoy_types::Did;
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Jobs that are kept: more than can be open at once, and those of some stops.
const JOBS_MAX: usize = 100;
/// Errors of each: enough to see what was wrong with the document.
const ERRORS_MAX: usize = 100;
const FILE: &str = "captures-interrupted.json";

/// How far a document was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// JSON pointer or XPath of the first event that was not signed.
    pub pointer: String,
    /// Its place in the document, from 0.
    pub place: usize,
    /// Events in the document.
    pub events: usize,
    /// Whether it is known that none from there on was signed.
    pub exactly: bool,
}

impl Reached {
    /// The job as it is told once the node was stopped.
    pub fn interrupt(&self, mut job: CaptureJob) -> CaptureJob {
        job.errors.truncate(ERRORS_MAX);
        job.errors.push(self.told());
        job.running = false;
        job.success = false;
        job
    }

    fn told(&self) -> DocumentError {
        let Self { place, events, .. } = self;
        let rule = "node stopped".to_owned();
        let left = events.saturating_sub(*place);
        if left == 0 {
            return DocumentError {
                pointer: String::new(),
                rule,
                detail: "the node stopped before every statement of the document was final; all were signed".into(),
                remedy: "Ask what became of the statements (GET /v1/statements/{id}).".into(),
            };
        }
        let were = if self.exactly {
            "were not signed"
        } else {
            "may not have been signed"
        };
        DocumentError {
            pointer: self.pointer.clone(),
            rule,
            detail: format!(
                "the node stopped before it had taken in the document: of its {events} events the last {left}, from this place on, {were}"
            ),
            remedy: "Ask which of them are on the ledger (GET /v1/epcis/events?EQ_eventID=…) and capture the others again.".into(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    owner: Did,
    job: CaptureJob,
}

/// Held by whoever changes the file.
static CHANGING: Mutex<()> = Mutex::new(());

/// The file.
#[derive(Clone)]
pub struct Interrupted {
    path: PathBuf,
}

impl Interrupted {
    /// The file in a node's folder.
    pub fn new(folder: &Path) -> Self {
        Self {
            path: folder.join(FILE),
        }
    }

    /// The jobs with their owners, the oldest first.
    pub fn all(&self) -> io::Result<Vec<(Did, CaptureJob)>> {
        let kept = self.read()?.into_iter();
        Ok(kept.map(|kept| (kept.owner, kept.job)).collect())
    }

    /// Writes a job down, in the place of what was known of it.
    pub fn put(&self, owner: &Did, job: CaptureJob) -> io::Result<()> {
        self.change(|jobs| {
            jobs.retain(|kept| kept.job.capture_id != job.capture_id);
            let owner = owner.clone();
            jobs.push(Kept { owner, job });
            let over = jobs.len().saturating_sub(JOBS_MAX);
            jobs.drain(..over);
        })
    }

    /// Crosses a job out: its document was taken in.
    pub fn remove(&self, id: &str) -> io::Result<()> {
        self.change(|jobs| jobs.retain(|kept| kept.job.capture_id != id))
    }

    fn read(&self) -> io::Result<Vec<Kept>> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Kept>)) -> io::Result<()> {
        let _only = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut jobs = self.read()?;
        change(&mut jobs);
        write_private(&self.path, &serde_json::to_vec(&jobs)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: usize) -> CaptureJob {
        CaptureJob {
            capture_id: id.to_string(),
            created_at: "2026-05-01T10:00:00.000Z".into(),
            finished_at: None,
            running: true,
            success: true,
            capture_error_behaviour: "proceed".into(),
            errors: Vec::new(),
            statements: Vec::new(),
        }
    }

    #[test]
    fn what_was_interrupted_is_found_again_and_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let owner: Did = "did:convoy:officer".parse().unwrap();
        let jobs = Interrupted::new(folder.path());
        assert_eq!(jobs.all().unwrap(), Vec::new());
        for id in 0..JOBS_MAX + 2 {
            jobs.put(&owner, job(id)).unwrap();
        }
        jobs.remove("5").unwrap();
        let found = Interrupted::new(folder.path()).all().unwrap();
        assert_eq!(found.len(), JOBS_MAX - 1);
        assert_eq!(found[0], (owner.clone(), job(2)));
        fs::write(folder.path().join(FILE), b"[").unwrap();
        assert!(jobs.all().is_err() && jobs.put(&owner, job(0)).is_err());
        assert_eq!(fs::read(folder.path().join(FILE)).unwrap(), b"[");
    }

    #[test]
    fn an_interrupted_job_says_where_it_stopped_and_has_not_succeeded() {
        let reached = Reached {
            pointer: "/epcisBody/eventList/4000".into(),
            place: 4_000,
            events: 6_000,
            exactly: true,
        };
        let told = reached.interrupt(job(1));
        assert!(!told.running && !told.success);
        let error = told.errors.last().unwrap();
        assert_eq!(error.pointer, "/epcisBody/eventList/4000");
        assert!(error.detail.contains("the last 2000"), "{}", error.detail);
        assert!(error.detail.contains("were not signed"), "{}", error.detail);
    }
}
