//! EPCIS capture jobs (EPCIS 2.0 section 12.6.1): what was captured, what became of it, what was wrong.
//!
//! Flow: a capture opens a job with the statements it was made into; a task follows them until they are final and closes it.
//!
//! Limits: at most `jobs_max` are remembered, in memory; when full, the oldest closed job is forgotten, and the oldest open one where all are
//! open. Those of large documents that a stop interrupted are on disk ([`crate::interrupted`]). Where the errors that they tell take more than [`ERRORS_BYTES_MAX`], jobs with errors are forgotten in the same order. What was captured does not
//! depend on it: a job names its statements, and these are on the ledger.

use crate::{capture_plan, problem::DocumentError};
use convoy_types::{Did, StatementId};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};
use utoipa::ToSchema;

/// What the errors of all jobs take together, bytes: of eight documents of which as much is told as can be.
const ERRORS_BYTES_MAX: usize = 8 * capture_plan::ERRORS_BYTES_MAX;

/// A capture job as EPCIS 2.0 shows it (`EPCISCaptureJob`), with the statements that hold its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaptureJob {
    /// The job's name.
    #[serde(rename = "captureID")]
    pub capture_id: String,
    /// When the document was taken in (ISO 8601, UTC).
    pub created_at: String,
    /// When every statement was final (ISO 8601, UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// Whether some statement is not final yet.
    pub running: bool,
    /// Whether nothing was refused so far.
    pub success: bool,
    /// `rollback` or `proceed`.
    pub capture_error_behaviour: String,
    /// What was refused, in the order of the document.
    pub errors: Vec<DocumentError>,
    /// The statements that hold the events, in the order of the document.
    #[schema(value_type = Vec<String>)]
    pub statements: Vec<StatementId>,
}

impl CaptureJob {
    /// What its errors take in memory, bytes.
    pub fn error_bytes(&self) -> usize {
        self.errors.iter().map(DocumentError::bytes).sum()
    }
}

/// The jobs of this node.
pub struct CaptureJobs {
    jobs_max: usize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// By order of opening.
    order: BTreeMap<u64, String>,
    jobs: HashMap<String, (u64, CaptureJob)>,
    /// Who had it captured.
    owners: HashMap<String, Did>,
    opened: u64,
    error_bytes: usize,
}

impl CaptureJobs {
    /// No jobs yet; at most `jobs_max` will be remembered.
    pub fn new(jobs_max: usize) -> Self {
        Self {
            jobs_max: jobs_max.max(1),
            inner: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a job.
    pub fn put(&self, job: CaptureJob) {
        let mut inner = self.lock();
        inner.error_bytes += job.error_bytes();
        if let Some((_, known)) = inner.jobs.get_mut(&job.capture_id) {
            let before = std::mem::replace(known, job);
            inner.error_bytes -= before.error_bytes();
        } else {
            while inner.jobs.len() >= self.jobs_max {
                inner.forget_one(|_| true);
            }
            inner.opened += 1;
            let place = inner.opened;
            inner.order.insert(place, job.capture_id.clone());
            inner.jobs.insert(job.capture_id.clone(), (place, job));
        }
        while inner.error_bytes > ERRORS_BYTES_MAX {
            inner.forget_one(|job| !job.errors.is_empty());
        }
    }

    /// The newest of the jobs opened before the one numbered `before`, with its number.
    pub fn newest(&self, before: Option<u64>) -> Option<(u64, CaptureJob)> {
        let inner = self.lock();
        let mut order = inner.order.range(..before.unwrap_or(u64::MAX)).rev();
        order.find_map(|(place, id)| Some((*place, inner.jobs.get(id)?.1.clone())))
    }

    /// Remembers for whom the job called `id` is.
    pub fn own(&self, id: &str, owner: &Did) {
        let mut inner = self.lock();
        if inner.jobs.contains_key(id) {
            inner.owners.insert(id.to_owned(), owner.clone());
        }
    }

    /// For whom the job called `id` is.
    pub fn owner(&self, id: &str) -> Option<Did> {
        self.lock().owners.get(id).cloned()
    }

    /// The job called `id`.
    pub fn get(&self, id: &str) -> Option<CaptureJob> {
        self.lock().jobs.get(id).map(|(_, job)| job.clone())
    }
}

impl Inner {
    /// Forgets the oldest closed job of those that are `meant`, the oldest open one where all are open.
    fn forget_one(&mut self, meant: fn(&CaptureJob) -> bool) {
        let mut oldest = None;
        for (place, id) in &self.order {
            let Some((_, job)) = self.jobs.get(id).filter(|(_, job)| meant(job)) else {
                continue;
            };
            if !job.running {
                oldest = Some(*place);
                break;
            }
            oldest = oldest.or(Some(*place));
        }
        let Some(id) = oldest.and_then(|place| self.order.remove(&place)) else {
            return;
        };
        if let Some((_, job)) = self.jobs.remove(&id) {
            self.error_bytes -= job.error_bytes();
        }
        self.owners.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: &str, running: bool) -> CaptureJob {
        CaptureJob {
            capture_id: id.into(),
            created_at: String::new(),
            finished_at: None,
            running,
            success: true,
            capture_error_behaviour: "rollback".into(),
            errors: Vec::new(),
            statements: Vec::new(),
        }
    }

    #[test]
    fn the_oldest_closed_job_makes_room_first() {
        let jobs = CaptureJobs::new(2);
        jobs.put(job("open", true));
        jobs.put(job("closed", false));
        jobs.put(job("new", true));
        assert!(jobs.get("open").is_some() && jobs.get("closed").is_none());
        jobs.put(job("newer", true));
        assert!(jobs.get("open").is_none() && jobs.get("new").is_some());
    }

    #[test]
    fn what_jobs_tell_is_bounded_and_those_without_errors_stay() {
        let jobs = CaptureJobs::new(100);
        let told = |id: &str, running: bool| CaptureJob {
            errors: vec![DocumentError {
                pointer: "x".repeat(capture_plan::ERRORS_BYTES_MAX),
                rule: String::new(),
                detail: String::new(),
                remedy: String::new(),
            }],
            ..job(id, running)
        };
        jobs.put(job("right", false));
        // Telling the same again counts once.
        for _ in 0..20 {
            jobs.put(told("wrong", true));
        }
        for number in 0..20 {
            jobs.put(told(&number.to_string(), false));
            assert!(jobs.lock().error_bytes <= ERRORS_BYTES_MAX);
        }
        let listed =
            std::iter::successors(jobs.newest(None), |(place, _)| jobs.newest(Some(*place)));
        let listed: Vec<String> = listed.map(|(_, job)| job.capture_id).collect();
        assert_eq!(
            listed,
            ["19", "18", "17", "16", "15", "14", "wrong", "right"],
            "closed ones go first"
        );
    }
}
