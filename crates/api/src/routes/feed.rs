//! The live feed: everything that becomes final, in order, each once, resumable.
//!
//! Flow: a task reads the read model behind the cursor, hands entries to the connection, and waits for the next height. Nothing is buffered per
//! reader but [`QUEUE`] entries: a reader that falls behind is simply further back in the read model.
//!
//! Slow readers: one that takes nothing for `feed_stall_ms` is dropped. Its last event, `resume`, names the cursor to come back with; the same is
//! sent when the node stops. Heartbeat comments go out every 15 s.
//!
//! Readers from another node: a cursor that is ahead of this one is waited for, and past [`AHEAD_WAIT`] the reader is asked to come again. Only a cursor
//! that no node of the network can have given is out of range.

use crate::{
    answers,
    app::App,
    edge,
    extract::Query,
    problem::{Answer, Problem, rule},
    reading::{Reader, look},
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use convoy_modules::{domain, policy::vocabulary::View};
use convoy_readmodel::{Cursor, FeedEntry, FeedItem};
use futures::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;

/// The cursor before everything.
const START: &str = "start";
/// Entries ahead of the connection.
const QUEUE: usize = 256;
/// Entries read at once.
const READ: usize = 500;
/// Proxies cut connections that are silent for 30 to 60 s.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a cursor waits for the block before it.
const AHEAD_WAIT: Duration = Duration::from_secs(3);
/// Blocks by which another node can be ahead of one that is ready: those of a quarter of an hour, at ten a second.
const AHEAD_BLOCKS_MAX: u64 = 10_000;

/// Where to begin.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// Go on behind this cursor (`height.index`), or `start` for all that this node holds. From now on where left out. `Last-Event-ID` counts more.
    #[param(example = "1204.17")]
    pub cursor: Option<String>,
}

/// Everything that becomes final, live (server-sent events).
///
/// Events come in the ledger's order, each once. The `id` of each is the cursor behind it: hand it back as `Last-Event-ID` or `?cursor=` and nothing is missed or
/// repeated, at this node or any other. Types: `statement` (became final), `goods`, `handover`, `case`, `member` (what the modules say), `block` (all of it was told), and
/// `resume`, the last event of a connection that the node ends: come back with its cursor. A reader that takes nothing for 30 s is dropped.
#[utoipa::path(get, path = "/v1/feed", operation_id = "followFeed", tag = "ledger",
    params(FeedQuery, ("Last-Event-ID" = Option<String>, Header, description = "The cursor of the last event received")),
    responses(
        (status = 200, description = "Server-sent events without end", body = String, content_type = "text/event-stream"),
        (status = 410, description = "The cursor is before the history that this node holds, or no cursor of this network", body = crate::problem::ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn feed(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    Query(query): Query<FeedQuery>,
) -> Answer<Response> {
    let place = Arc::clone(app.waiting())
        .try_acquire_owned()
        .map_err(|_| edge::busy("feeds"))?;
    let named = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .filter(|id| !id.is_empty());
    let after = match named.or(query.cursor.as_deref()) {
        Some(START) => None,
        Some(text) => Some(text.parse().map_err(answers::problem)?),
        None => Some(now(&app).await?),
    };
    reach(&app, after.unwrap_or_default()).await?;
    // The first read is made before the head of the answer, so that a cursor out of range is a problem and not a silent end.
    let first = read(&app, &reader, after).await?;
    let (entries, queue) = mpsc::channel(QUEUE);
    let open = Open::new(app.clone());
    tokio::spawn(async move {
        let _held = (place, open);
        pump(app, reader, after, first, entries).await;
    });
    let mut response = Sse::new(with_resume(after, queue))
        .keep_alive(KeepAlive::new().interval(HEARTBEAT).text("alive"))
        .into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that buffer would turn a live feed into a late one.
    response
        .headers_mut()
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// Counts an open feed for as long as it lives.
struct Open(App);

impl Open {
    fn new(app: App) -> Self {
        app.metrics().feeds().inc();
        Self(app)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.metrics().feeds().dec();
    }
}

/// The cursor behind everything that is final now.
async fn now(app: &App) -> Answer<Cursor> {
    let newest = answers::of_ledger(app, |snapshot| snapshot.block(snapshot.height())).await?;
    Ok(newest.answer.map_or(
        Cursor {
            height: newest.height,
            index: 0,
        },
        |block| Cursor {
            height: block.height,
            index: block.statements + block.events,
        },
    ))
}

/// Entries as a reader sees them, and the cursor behind all that was looked at.
struct Batch {
    told: Vec<Told>,
    last: Option<Cursor>,
}

async fn read(app: &App, reader: &Reader, after: Option<Cursor>) -> Answer<Batch> {
    let asked = look(app, reader, View::Feed, move |seeing| {
        let items = seeing.snapshot.feed(after, READ)?;
        let last = items.last().map(|item| item.cursor);
        let mut told = Vec::with_capacity(items.len());
        for item in items {
            let shown = match &item.entry {
                FeedEntry::Statement(statement) => seeing.statement_row(statement)?,
                FeedEntry::Event { event, .. } => !event.is_withheld(),
                FeedEntry::Block(_) => true,
            };
            if shown {
                told.push(Told::of(item));
            }
        }
        Ok(Batch { told, last })
    });
    Ok(asked.await?.1)
}

/// Waits until this node has the block before the cursor's: another node gave it, and may be some blocks further.
async fn reach(app: &App, cursor: Cursor) -> Answer<()> {
    let before = cursor.height.saturating_sub(1);
    let mut projected = app.node().projected();
    if *projected.borrow() >= before {
        return Ok(());
    }
    let ahead = |known: u64| {
        format!(
            "cursor: block {} is ahead of this node, which is at block {known}",
            cursor.height
        )
    };
    // A node that is not ready may be behind by any number of blocks.
    let health = app.node().health();
    if health.ready && before > health.height.saturating_add(AHEAD_BLOCKS_MAX) {
        let detail = format!("{}; it is of another network", ahead(health.height));
        return Err(Problem::new(rule::CURSOR, detail));
    }
    let reached = timeout(AHEAD_WAIT, projected.wait_for(|height| *height >= before));
    let reached = tokio::select! {
        reached = reached => reached.is_ok_and(|reached| reached.is_ok()),
        () = app.closed() => false,
    };
    if reached {
        return Ok(());
    }
    let known = *app.node().projected().borrow();
    let remedy = "Come again with the same cursor after Retry-After, or to the node that gave it.";
    Err(Problem::new(rule::NOT_READY, ahead(known)).remedy(remedy))
}

/// Reads and hands on until the reader is gone, stalls, or the node stops.
async fn pump(
    app: App,
    reader: Reader,
    mut after: Option<Cursor>,
    first: Batch,
    entries: mpsc::Sender<Told>,
) {
    let mut projected = app.node().projected();
    let mut ready = first;
    loop {
        projected.borrow_and_update();
        for item in std::mem::take(&mut ready.told) {
            if entries
                .send_timeout(item, app.config().feed_stall())
                .await
                .is_err()
            {
                return;
            }
        }
        after = ready.last.or(after);
        ready = match read(&app, &reader, after).await {
            Ok(batch) => batch,
            Err(problem) if problem.body().retryable => Batch {
                told: Vec::new(),
                last: None,
            },
            Err(_) => return,
        };
        if ready.last.is_none() {
            tokio::select! {
                () = app.closed() => return,
                () = entries.closed() => return,
                changed = projected.changed() => if changed.is_err() { return },
            }
        }
    }
}

/// The entries as events, and at the end the cursor to come back with.
fn with_resume(
    after: Option<Cursor>,
    queue: mpsc::Receiver<Told>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let last = Arc::new(std::sync::Mutex::new(after));
    let seen = Arc::clone(&last);
    let told = ReceiverStream::new(queue).map(move |item| {
        *seen
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(item.cursor);
        item.event()
    });
    let resume = stream::once(async move {
        let last = *last
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let cursor = last.map_or_else(|| START.to_owned(), |cursor| cursor.to_string());
        let data = json!({ "cursor": cursor, "detail": "the node ends this connection; come back with the cursor" });
        Event::default()
            .event("resume")
            .id(&cursor)
            .data(data.to_string())
    });
    told.chain(resume).map(Ok)
}

/// An entry in words, ready to be sent.
struct Told {
    cursor: Cursor,
    kind: &'static str,
    data: Value,
}

impl Told {
    fn of(item: FeedItem) -> Self {
        let (kind, data) = match item.entry {
            FeedEntry::Statement(statement) => ("statement", json!(statement)),
            FeedEntry::Block(block) => ("block", json!(block)),
            FeedEntry::Event {
                block: (height, time_ms),
                statement,
                event,
            } => {
                let told = domain::tell(&event.module, &event.body);
                (
                    told.kind,
                    json!({ "height": height, "time_ms": time_ms, "statement": statement, "module": &*event.module, "event": told.event }),
                )
            }
        };
        Self {
            cursor: item.cursor,
            kind,
            data,
        }
    }

    fn event(&self) -> Event {
        Event::default()
            .event(self.kind)
            .id(self.cursor.to_string())
            .data(self.data.to_string())
    }
}
