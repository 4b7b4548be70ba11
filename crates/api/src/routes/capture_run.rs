//! A document in parts, on its way into the ledger.
//!
//! Flow: each part is signed and submitted; an event that is refused is taken out and told, and the rest of its part is signed again. The rest of a large
//! document follows behind its answer, as there is room.
//!
//! Where the node stops meanwhile, what was not signed yet is not captured, and the job says so after the next start ([`crate::interrupted`]).

use super::capture::{close, ended, sign};
use crate::{
    app::App,
    capture_jobs::CaptureJob,
    capture_plan::{self, Errors, Form, Layout, Part},
    interrupted::Reached,
    problem::{DocumentError, rule},
    spool::Document,
};
use convoy_ledger::{Reject, reject::QUEUE_FULL};
use convoy_types::{Did, StatementId};
use std::{collections::VecDeque, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

/// How often the rest of a part is signed again after an event was refused.
const RETRIES_MAX: usize = 100;
/// Parts of one document that are under way at the same time.
const UNDER_WAY_MAX: usize = 16;
/// Parts that are read ahead.
const READ_AHEAD: usize = 2;
/// How long a part waits for room in the member's queue.
const ROOM_TIME: Duration = Duration::from_secs(120);

/// A part of the rest, or what is wrong with the event that comes next.
pub(super) type Read = Result<Part, Vec<DocumentError>>;

/// Reads the rest of a document off the request threads, as far ahead as there is room.
pub(super) fn rest_of(document: Document, form: Form, from: usize) -> mpsc::Receiver<Read> {
    let (give, rest) = mpsc::channel(READ_AHEAD);
    tokio::task::spawn_blocking(move || {
        capture_plan::read_rest(&document, form, from, |read| {
            give.blocking_send(read).is_ok()
        });
    });
    rest
}

/// A document on its way, part by part.
pub(super) struct Run {
    app: App,
    signer: Did,
    layout: Layout,
    /// What was wrong so far.
    pub errors: Errors,
    under_way: VecDeque<(StatementId, Part)>,
    /// All that were submitted.
    pub statements: Vec<StatementId>,
    /// Events in the document.
    events: usize,
    /// The place of the first event that was not tried.
    next: usize,
    /// Nothing behind `next` was tried either.
    exactly: bool,
}

impl Run {
    /// Nothing is submitted yet; `rest` is the place from which on the document of `events` events is read later.
    pub fn new(
        app: &App,
        signer: &Did,
        (layout, errors): (Layout, Errors),
        (rest, events): (Option<usize>, usize),
    ) -> Self {
        Self {
            app: app.clone(),
            signer: signer.clone(),
            layout,
            errors,
            under_way: VecDeque::new(),
            statements: Vec::new(),
            events,
            next: rest.unwrap_or(events),
            exactly: true,
        }
    }

    /// Signs and submits a part; takes out what is refused at once, and waits for room where it `waits`. The refusal, where nothing of the part
    /// could be submitted.
    pub async fn submit(&mut self, mut part: Part, waits: bool) -> Result<(), Reject> {
        let mut blocks = self.app.node().projected();
        let until = Instant::now() + ROOM_TIME;
        for _ in 0..RETRIES_MAX {
            if part.places.is_empty() {
                return Ok(());
            }
            let mut answer = sign(&self.app, &self.signer, &part).await;
            // Every block makes room.
            while waits
                && answer
                    .as_ref()
                    .is_err_and(|reject| reject.rule == QUEUE_FULL)
                && tokio::select! {
                    changed = timeout_at(until, blocks.changed()) => changed.is_ok(),
                    () = self.app.closed() => false,
                }
            {
                answer = sign(&self.app, &self.signer, &part).await;
            }
            match answer {
                Ok(id) => {
                    self.statements.push(id);
                    self.under_way.push_back((id, part));
                    return Ok(());
                }
                // What a node that stops did not take is not refused.
                Err(reject) if self.app.is_closed() => return Err(reject),
                Err(reject) => {
                    if !self.take_out(&mut part, &reject) {
                        self.give_up(&part, &reject);
                        return Err(reject);
                    }
                }
            }
        }
        let rest = rule::UNSATISFIED.because(
            "too many events of this part were refused one by one; nothing of the rest was tried",
        );
        self.give_up(&part, &rest);
        Ok(())
    }

    /// Takes the event to blame out of its part; says whether there is one.
    fn take_out(&mut self, part: &mut Part, reject: &Reject) -> bool {
        let place = reject
            .action
            .and_then(|action| part.take_out(action as usize));
        self.errors
            .extend(place.map(|place| capture_plan::refusal(self.layout.pointer(place), reject)));
        place.is_some()
    }

    fn give_up(&mut self, part: &Part, reject: &Reject) {
        let pointers = part.places.iter().map(|place| self.layout.pointer(*place));
        self.errors
            .extend(pointers.map(|pointer| capture_plan::refusal(pointer, reject)));
    }

    /// Submits the rest of the document and follows every statement to its end, or to the node's.
    pub async fn follow(mut self, mut job: CaptureJob, rest: Option<mpsc::Receiver<Read>>) {
        let large = rest.is_some();
        if let Some(rest) = rest {
            self.take_in(&mut job, rest).await;
        }
        while !self.under_way.is_empty() && !self.app.is_closed() {
            self.settle().await;
            self.tell(&mut job);
        }
        let whole = self.next == self.events && self.under_way.is_empty();
        if large && !whole {
            self.interrupted(job).await;
        } else if large {
            let (kept, id) = (self.app.interrupted().clone(), job.capture_id.clone());
            wrote(tokio::task::spawn_blocking(move || kept.remove(&id)).await);
            close(&self.app, job);
        } else if whole {
            close(&self.app, job);
        }
    }

    /// Submits the rest of the document, part by part.
    async fn take_in(&mut self, job: &mut CaptureJob, mut rest: mpsc::Receiver<Read>) {
        loop {
            let read = tokio::select! {
                read = rest.recv() => read,
                () = self.app.closed() => return,
            };
            match read {
                None => {
                    self.next = self.events;
                    return;
                }
                Some(Ok(part)) => {
                    let last = part.places.last().copied();
                    if self.submit(part, true).await.is_err() && self.app.is_closed() {
                        return;
                    }
                    self.next = last.map_or(self.next, |last| last + 1);
                }
                Some(Err(errors)) => self.errors.extend(errors),
            }
            while self.under_way.len() > UNDER_WAY_MAX && !self.app.is_closed() {
                self.settle().await;
            }
            self.tell(job);
        }
    }

    /// Waits for the oldest statement's end, or the node's; what was refused late is taken out and the rest signed again.
    async fn settle(&mut self) {
        let Some(id) = self.under_way.front().map(|(id, _)| *id) else {
            return;
        };
        let ended = tokio::select! {
            ended = ended(&self.app, &id) => ended,
            () = self.app.closed() => return,
        };
        let part = self.under_way.pop_front();
        let (Some(reject), Some((_, mut part))) = (ended, part) else {
            return;
        };
        if self.take_out(&mut part, &reject) {
            let first = part.places.first().copied();
            let stopped = self.submit(part, true).await.is_err() && self.app.is_closed();
            // Later parts may have been taken in; the rest of this one was not.
            if let Some(first) = first.filter(|_| stopped) {
                self.next = self.next.min(first);
                self.exactly = false;
            }
        } else {
            self.give_up(&part, &reject);
        }
    }

    /// Says that the rest of the document is not captured, now and after the node's next start.
    async fn interrupted(&self, mut job: CaptureJob) {
        self.tell(&mut job);
        tracing::warn!(
            job = job.capture_id,
            events = self.events,
            not_signed = self.events - self.next,
            statements = self.statements.len(),
            "the node stops before it has taken in a document; its job tells from which event on"
        );
        self.write_down(job, self.exactly).await;
    }

    /// Writes down what is told of the job should the node stop now.
    pub async fn write_down(&self, job: CaptureJob, exactly: bool) {
        let reached = Reached {
            pointer: self.layout.pointer(self.next),
            place: self.next,
            events: self.events,
            exactly,
        };
        let (kept, owner) = (self.app.interrupted().clone(), self.signer.clone());
        let write = move || kept.put(&owner, reached.interrupt(job));
        wrote(tokio::task::spawn_blocking(write).await);
    }

    fn tell(&self, job: &mut CaptureJob) {
        job.statements.clone_from(&self.statements);
        job.errors = self.errors.clone().into_list();
        job.success = job.errors.is_empty();
        self.app.captures().put(job.clone());
    }
}

/// The capture itself does not hang on what is written down of it.
fn wrote(done: Result<std::io::Result<()>, tokio::task::JoinError>) {
    if let Err(error) = done.map_err(std::io::Error::other).flatten() {
        tracing::error!(%error, "how far a document was taken in cannot be written down; after a stop its job is not told");
    }
}
