//! Sending what subscriptions wait for.
//!
//! Flow: woken by new blocks and once a second, the task looks which subscriptions are due; each is sent in
//! batches, in the order recorded, until it has caught up. What was received is remembered on disk before
//! the next batch goes out.
//!
//! Invariants:
//! - the place reached moves only after the receiver said 2xx, so nothing is missed; each event is sent in
//!   one delivery, and a delivery that may have arrived (a crash before its answer was remembered) is sent
//!   again under the same `Convoy-Delivery`, so a receiver can drop it;
//! - nothing queues up here: what is not yet sent waits in the ledger, a receiver may be away for weeks;
//! - a receiver that fails is tried again after 1 s, 2 s, 4 s … 10 min, and never given up.
//!
//! Limits: [`UNDER_WAY_MAX`] deliveries at once, [`BATCH_EVENTS`] events each, halved for a receiver that
//! answers 413.

use super::{
    Answered, Wanted, refused,
    store::{Kept, Progress, Subscription},
    webhook::Delivery,
};
use crate::{
    answers::{self, AtHeight},
    app::{App, now_ms},
    reading::Reader,
};
use convoy_modules::custody::queries::epcis::{EpcisQuery, PollPage, Resume, poll};
use convoy_modules::policy::vocabulary::View;
use convoy_types::epcis::json::EpcFormat;
use serde_json::{Map, Value};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;

/// Events in one delivery.
const BATCH_EVENTS: usize = 200;
/// Deliveries at once.
const UNDER_WAY_MAX: usize = 8;
/// The longest pause between attempts, milliseconds.
const PAUSE_MS_MAX: u64 = 600_000;
/// Seconds of missed schedule that are looked at: a run missed by more is not made up for.
const MISSED_SECONDS_MAX: u64 = 3_600;

/// Sends until the node stops.
pub async fn run(app: App) {
    let places = Arc::new(Semaphore::new(UNDER_WAY_MAX));
    let busy: Arc<Mutex<HashSet<String>>> = Arc::default();
    let mut projected = app.node().projected();
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            () = app.closed() => return,
            changed = projected.changed() => if changed.is_err() { return },
            _ = tick.tick() => {}
        }
        let height = *projected.borrow_and_update();
        let kept = match app.standing().read() {
            Ok(kept) => kept,
            Err(error) => {
                tracing::error!(%error, "the subscriptions cannot be read; nothing is sent until they can");
                continue;
            }
        };
        for id in kept.subscriptions.keys() {
            if wanted(&kept, id, height, now_ms()).is_none() || !taken(&busy).insert(id.clone()) {
                continue;
            }
            let (app, places, busy) = (app.clone(), Arc::clone(&places), Arc::clone(&busy));
            let id = id.clone();
            tokio::spawn(async move {
                if let Ok(_place) = places.acquire().await {
                    send_wanted(&app, &id, height).await;
                }
                taken(&busy).remove(&id);
            });
        }
    }
}

fn taken(busy: &Mutex<HashSet<String>>) -> MutexGuard<'_, HashSet<String>> {
    busy.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A subscription and its query, where there may be something to send.
fn wanted<'k>(
    kept: &'k Kept,
    id: &str,
    height: u64,
    now_ms: u64,
) -> Option<(&'k Subscription, &'k Map<String, Value>)> {
    let subscription = kept.subscriptions.get(id)?;
    let query = kept.queries.get(&subscription.query)?;
    due(subscription, height, now_ms).then_some((subscription, query))
}

/// Sends for a subscription that nobody else sends for. It is read again here: whoever sent for it last may have ended after it was last looked at.
async fn send_wanted(app: &App, id: &str, height: u64) {
    let kept = match app.standing().read() {
        Ok(kept) => kept,
        Err(error) => {
            tracing::error!(%error, id, "a subscription cannot be read; nothing is sent until it can");
            return;
        }
    };
    let Some((subscription, query)) = wanted(&kept, id, height, now_ms()) else {
        return;
    };
    match EpcisQuery::of_json(query) {
        Ok(query) => send_all(app, id, subscription.clone(), &query.as_recorded()).await,
        Err(fault) => tracing::error!(%fault, id, "a subscribed query cannot be read"),
    }
}

/// Whether there may be something to send.
fn due(subscription: &Subscription, height: u64, now_ms: u64) -> bool {
    let progress = &subscription.progress;
    if now_ms < progress.not_before_ms {
        return false;
    }
    match &subscription.schedule {
        None => height > progress.height || progress.failures > 0,
        // What failed is tried again before its next time.
        Some(_) if progress.failures > 0 => true,
        Some(schedule) => {
            let now = now_ms / 1_000;
            let from = (progress.looked_ms / 1_000 + 1).max(now.saturating_sub(MISSED_SECONDS_MAX));
            (from..=now).any(|second| schedule.runs_at(second * 1_000))
        }
    }
}

/// Sends batch by batch until it has caught up, fails or the node stops.
async fn send_all(app: &App, id: &str, subscription: Subscription, query: &EpcisQuery) {
    let mut progress = subscription.progress;
    let started_ms = now_ms();
    let mut batch = BATCH_EVENTS;
    let mut first = true;
    loop {
        let page = match page(app, id, &subscription, query, &progress, batch).await {
            Ok(page) => page,
            Err(reason) => {
                tracing::warn!(id, reason, "a subscription waits");
                failed(app, id, progress);
                return;
            }
        };
        let more = page.next;
        let empty = page.events.is_empty();
        let report = subscription.report_if_empty && subscription.schedule.is_some() && first;
        if !empty || (report && more.is_none()) {
            match send(app, id, &subscription, &page, &progress).await {
                Ok(()) => {}
                Err(413) if batch > 1 => {
                    batch = (batch / 2).max(1);
                    continue;
                }
                Err(_) => {
                    failed(app, id, progress);
                    return;
                }
            }
            first = false;
            progress.notified_ms = Some(now_ms());
        }
        progress = Progress {
            position: page.last.or(progress.position),
            height: if more.is_none() {
                page.height
            } else {
                progress.height
            },
            failures: 0,
            not_before_ms: 0,
            looked_ms: if more.is_none() {
                started_ms
            } else {
                progress.looked_ms
            },
            ..progress
        };
        if !remember(app, id, progress) || more.is_none() {
            return;
        }
    }
}

/// A batch, and the last position that was looked at for it.
struct Batch {
    events: Vec<convoy_modules::custody::queries::CapturedEvent>,
    height: u64,
    last: Option<i64>,
    next: Option<Resume>,
}

async fn page(
    app: &App,
    id: &str,
    subscription: &Subscription,
    query: &EpcisQuery,
    progress: &Progress,
    batch: usize,
) -> Result<Batch, String> {
    let query = match subscription.initial_record_ms {
        Some(ms) => query
            .clone()
            .recorded_from(i64::try_from(ms).unwrap_or(i64::MAX)),
        None => query.clone(),
    };
    let position = progress.position;
    let reader = Reader::of_subscription(id, subscription.reader.clone());
    let asked = answers::ask(app, &reader, View::Feed, move |snapshot| {
        let resume = position.map(|position| Resume {
            height: snapshot.height(),
            position,
            time_ms: 0,
            given: 0,
        });
        let end = snapshot.end_of(snapshot.height());
        Ok((poll(snapshot, &query, batch, resume.as_ref())?, end))
    });
    let AtHeight {
        answer: (answer, end),
        ..
    } = asked
        .await
        .map_err(|problem| problem.body().detail.clone())?;
    let PollPage {
        events,
        height,
        next,
    } = answer.map_err(|fault| refused(fault).body().detail.clone())?;
    let last = next.as_ref().map_or(Some(end), |next| Some(next.position));
    Ok(Batch {
        events,
        height,
        last,
        next,
    })
}

/// Sends one batch; the status that speaks against it, 0 where there was none.
async fn send(
    app: &App,
    id: &str,
    subscription: &Subscription,
    page: &Batch,
    progress: &Progress,
) -> Result<(), u16> {
    let wanted = Wanted {
        epcs: if subscription.urns {
            EpcFormat::Urn
        } else {
            EpcFormat::DigitalLink
        },
        xml: None,
    };
    let answered = Answered {
        name: &subscription.query,
        subscription: Some(id),
    };
    let (body, kind) = wanted
        .document(&answered, page.events.clone())
        .map_err(|_| 0u16)?;
    let post = Delivery {
        dest: &subscription.dest,
        // The same events go out under the same name, others under another.
        id: format!(
            "{id}.{}-{}",
            progress.position.unwrap_or(-1),
            page.last.unwrap_or(-1)
        ),
        secret: subscription.secret.as_deref(),
        kind,
        body: body.into(),
    }
    .post();
    let sent = tokio::select! {
        sent = app.sender().send(&post) => sent,
        () = app.closed() => return Err(0),
    };
    match sent {
        Ok(200..=299) => Ok(()),
        Ok(status) => {
            tracing::info!(id, status, "a subscriber refused a delivery");
            Err(status)
        }
        Err(reason) => {
            tracing::info!(id, reason, "a subscriber cannot be reached");
            Err(0)
        }
    }
}

fn failed(app: &App, id: &str, mut progress: Progress) {
    progress.failures = progress.failures.saturating_add(1);
    let pause = 1_000u64 << progress.failures.saturating_sub(1).min(20);
    progress.not_before_ms = now_ms() + pause.min(PAUSE_MS_MAX);
    remember(app, id, progress);
}

/// Writes down how far a subscription got; `false` when it was ended meanwhile or cannot be written.
fn remember(app: &App, id: &str, progress: Progress) -> bool {
    let done = app
        .standing()
        .change(|kept| match kept.subscriptions.get_mut(id) {
            Some(subscription) => {
                subscription.progress = progress;
                Ok(())
            }
            None => Err(()),
        });
    match done {
        Ok(done) => done.is_ok(),
        Err(error) => {
            tracing::error!(%error, id, "what a subscriber received cannot be written down");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::epcis::schedule::Schedule;

    fn subscription(schedule: Option<Schedule>, progress: Progress) -> Subscription {
        Subscription {
            reader: None,
            query: "q".into(),
            dest: "https://erp.example.org/".into(),
            secret: None,
            report_if_empty: false,
            initial_record_ms: None,
            schedule,
            urns: false,
            created_ms: 0,
            progress,
        }
    }

    #[test]
    fn a_subscription_is_due_when_there_is_something_new_and_its_pause_is_over() {
        let at = |height, failures, not_before_ms| Progress {
            height,
            failures,
            not_before_ms,
            ..Progress::default()
        };
        assert!(due(&subscription(None, at(4, 0, 0)), 5, 1_000));
        assert!(!due(&subscription(None, at(5, 0, 0)), 5, 1_000));
        assert!(!due(&subscription(None, at(4, 1, 2_000)), 5, 1_999));
        assert!(due(&subscription(None, at(5, 1, 2_000)), 5, 2_000));
    }

    #[test]
    fn what_another_has_sent_since_it_was_looked_at_is_not_wanted_again() {
        let waits = subscription(None, Progress::default());
        let mut kept = Kept::default();
        kept.queries.insert(waits.query.clone(), Map::new());
        kept.subscriptions.insert("s".into(), waits);
        assert!(wanted(&kept, "s", 5, 1_000).is_some());
        let sent = Progress {
            height: 5,
            position: Some(7),
            ..Progress::default()
        };
        kept.subscriptions.get_mut("s").unwrap().progress = sent;
        assert!(wanted(&kept, "s", 5, 1_000).is_none());
        let (now, _) = wanted(&kept, "s", 6, 1_000).unwrap();
        assert_eq!(now.progress.position, Some(7));
        kept.queries.clear();
        assert!(wanted(&kept, "s", 6, 1_000).is_none());
    }

    #[test]
    fn a_schedule_runs_once_for_each_of_its_times_also_when_looked_at_late() {
        let every_ten = Schedule {
            second: Some("0/10".into()),
            ..Schedule::default()
        };
        let at = |looked_ms| Progress {
            looked_ms,
            ..Progress::default()
        };
        assert!(due(
            &subscription(Some(every_ten.clone()), at(1_000_000_001)),
            5,
            1_000_010_500
        ));
        assert!(!due(
            &subscription(Some(every_ten.clone()), at(1_000_010_400)),
            5,
            1_000_019_900
        ));
        assert!(due(
            &subscription(Some(every_ten), at(1_000_010_400)),
            5,
            1_000_033_000
        ));
    }
}
