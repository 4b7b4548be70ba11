//! EPCIS capture jobs (EPCIS 2.0 section 12.6.1): what was captured, what became of it, what was wrong.
//!
//! Flow: a capture opens a job with the statements it was made into; a task follows them until they are final and closes it.
//!
//! Limits: at most `jobs_max` are remembered, in memory; when full, the oldest closed job is forgotten, and the oldest open one where all are
//! open. What was captured does not depend on it: a job names its statements, and these are on the ledger.

use crate::problem::DocumentError;
use convoy_types::{Did, StatementId};
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};
use utoipa::ToSchema;

/// A capture job as EPCIS 2.0 shows it (`EPCISCaptureJob`), with the statements that hold its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
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
        if let Some((_, known)) = inner.jobs.get_mut(&job.capture_id) {
            *known = job;
            return;
        }
        while inner.jobs.len() >= self.jobs_max {
            inner.forget_one();
        }
        inner.opened += 1;
        let place = inner.opened;
        inner.order.insert(place, job.capture_id.clone());
        inner.jobs.insert(job.capture_id.clone(), (place, job));
    }

    /// Jobs opened before the one numbered `before`, the newest first, at most `limit`; each with its number.
    pub fn list(&self, before: Option<u64>, limit: usize) -> Vec<(u64, CaptureJob)> {
        let inner = self.lock();
        let order = inner.order.range(..before.unwrap_or(u64::MAX)).rev();
        let jobs = order.filter_map(|(place, id)| Some((*place, inner.jobs.get(id)?.1.clone())));
        jobs.take(limit).collect()
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
    fn forget_one(&mut self) {
        let closed = self
            .order
            .iter()
            .find(|(_, id)| self.jobs.get(*id).is_some_and(|(_, job)| !job.running));
        let Some(place) = closed
            .or_else(|| self.order.first_key_value())
            .map(|(place, _)| *place)
        else {
            return;
        };
        if let Some(id) = self.order.remove(&place) {
            self.jobs.remove(&id);
            self.owners.remove(&id);
        }
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
}
