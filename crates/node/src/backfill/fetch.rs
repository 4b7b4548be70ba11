//! Fetching bodies, downwards: each is checked against the digest that the header above it names.

use super::{
    Backfill, History, Stopped,
    check::{Checker, Fault},
    message::{ANSWER_BLOCKS_MAX, Part, Request, bodies},
};
use crate::engine::{EngineError, contract::Hash};
use bytes::{Bytes, BytesMut};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::{sync::mpsc, time::Instant};

/// How patient a node is with the peer that it asked.
const PATIENCE: Patience = Patience {
    silent: Duration::from_secs(3),
    // An answer is a mebibyte and one block: a peer that needs longer is too slow to fetch a history from.
    whole: Duration::from_secs(60),
};
/// The most bytes of one answer: the largest block with its outcomes and events fits many times.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// How long to wait before asking everybody again when nobody had anything.
const PAUSE: Duration = Duration::from_millis(500);
/// How often progress is logged.
const TELL: Duration = Duration::from_secs(10);

/// To and from the peers.
pub(super) struct Link {
    pub outgoing: mpsc::Sender<(Option<Hash>, Bytes)>,
    pub answers: mpsc::Receiver<(Hash, Part)>,
}

/// How long a peer may take.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// From the request, or from the last part of its answer, to the next part.
    pub silent: Duration,
    /// From the request to the last part, however often it lets itself be heard.
    pub whole: Duration,
}

/// Why an exchange with a peer brought nothing.
pub(super) enum Nothing {
    /// The peer was silent or has no such block.
    Absent,
    /// The peer sent what is wrong.
    Wrong(String),
    /// This node stops.
    Stopped(Stopped),
}

/// Fetches until block 1 is here.
pub(super) async fn run(
    backfill: &Backfill,
    link: &mut Link,
    history: &mut History,
) -> Result<(), Stopped> {
    let mut liars = BTreeSet::new();
    let (mut number, mut turn, mut absent, mut nobody) = (0, 0, 0, false);
    let mut told = Instant::now();
    let mut checker = Checker {
        engine: &backfill.engine,
        preparer: &backfill.preparer,
        trust: backfill.trust.clone(),
        members: BTreeMap::new(),
    };
    while history.from_height > 1 {
        if backfill.joined_again(history) {
            return Err(Stopped::JoinedAgain);
        }
        let asked: Vec<Hash> = backfill
            .peers()
            .into_iter()
            .filter(|peer| !liars.contains(peer))
            .collect();
        let Some(peer) = asked.get(turn % asked.len().max(1)).copied() else {
            if !nobody {
                tracing::error!(
                    "no validator is known that did not send history that is wrong; those that did are asked again when the node restarts"
                );
                nobody = true;
            }
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        if absent >= asked.len() {
            absent = 0;
            // Not a condition waited for: nobody has anything now, and asking at once again would only load them.
            tokio::time::sleep(PAUSE).await;
        }
        number += 1;
        match exchange(backfill, link, &mut checker, (peer, number), history).await {
            Ok(()) => absent = 0,
            Err(Nothing::Absent) => (turn, absent) = (turn + 1, absent + 1),
            Err(Nothing::Wrong(fault)) => {
                tracing::warn!(peer = hex::encode(peer), %fault, "a peer sent history that is wrong; it is not asked any more");
                liars.insert(peer);
                turn += 1;
            }
            Err(Nothing::Stopped(stopped)) => return Err(stopped),
        }
        if told.elapsed() >= TELL {
            told = Instant::now();
            tracing::info!(
                from = history.from_height,
                joined = history.joined_height,
                "fetching history"
            );
        }
    }
    Ok(())
}

/// Asks one peer once, checks what it sends and keeps it.
async fn exchange(
    backfill: &Backfill,
    link: &mut Link,
    checker: &mut Checker<'_>,
    (peer, number): (Hash, u64),
    history: &mut History,
) -> Result<(), Nothing> {
    let height = history.from_height - 1;
    let mut digest = named_above(backfill, history)
        .await
        .map_err(Nothing::Stopped)?;
    let request = Request { number, height };
    let sent = link.outgoing.send((Some(peer), request.encode())).await;
    sent.map_err(|_| Nothing::Stopped(stopping()))?;
    let answer = gather(link, (peer, number), PATIENCE).await?;
    let sent = bodies(answer, height.min(ANSWER_BLOCKS_MAX)).ok_or_else(|| {
        Nothing::Wrong(
            "an answer is cut short, or has an empty body or more than were asked for".into(),
        )
    })?;
    if sent.is_empty() {
        return Err(Nothing::Absent);
    }
    let mut kept = Vec::with_capacity(sent.len());
    let mut fault = None;
    for (height, bytes) in (1..=height).rev().zip(sent) {
        match checked(backfill, checker, &bytes, &digest).await {
            Ok((body, parent)) => {
                kept.push((height, digest, body));
                digest = parent;
            }
            Err(found) => {
                fault = Some(found);
                break;
            }
        }
    }
    // What came before the fault is proved, whoever sent it.
    if let Some((lowest, ..)) = kept.last() {
        let lowest = *lowest;
        let stopped = |error: EngineError| Nothing::Stopped(error.into());
        backfill.engine.keep(kept).await.map_err(stopped)?;
        // What was fetched for an earlier joining follows below it.
        history.from_height = backfill.engine.kept_from(lowest).await.map_err(stopped)?;
        backfill.tell(history);
    }
    fault.map_or(Ok(()), Err)
}

/// The body as it is kept, and the digest of the block below.
async fn checked(
    backfill: &Backfill,
    checker: &mut Checker<'_>,
    bytes: &[u8],
    digest: &Hash,
) -> Result<(Bytes, Hash), Nothing> {
    let body = backfill.engine.read_body(bytes, digest);
    let body = body.map_err(Nothing::Wrong)?;
    let outcomes = checker.outcomes(&body).await.map_err(|fault| match fault {
        Fault::Wrong(fault) => {
            let height = body.block.header.core.height;
            Nothing::Wrong(format!("block {height}: {fault}"))
        }
        Fault::Engine(error) => Nothing::Stopped(error.into()),
    })?;
    let parent = body.block.header.rest.parent.0;
    let kept = backfill.engine.body_with(bytes, &outcomes);
    Ok((kept.map_err(Nothing::Wrong)?, parent))
}

/// The digest of the first block that is not here, as the one above it names it.
async fn named_above(backfill: &Backfill, history: &History) -> Result<Hash, Stopped> {
    match backfill.engine.block(history.from_height).await {
        Some(block) => Ok(block.header.rest.parent.0),
        None => Err(backfill.missing(history.from_height, history).await),
    }
}

/// The parts of an answer, put together.
pub(super) async fn gather(
    link: &mut Link,
    asked: (Hash, u64),
    patience: Patience,
) -> Result<Bytes, Nothing> {
    let whole_until = Instant::now() + patience.whole;
    let mut answer = BytesMut::new();
    let mut next = 0;
    loop {
        let until = whole_until.min(Instant::now() + patience.silent);
        let part = next_part(link, asked, until).await?;
        if part.index != next {
            return Err(Nothing::Absent);
        }
        if part.bytes.is_empty() && !part.last {
            return Err(Nothing::Wrong("an answer has an empty part".into()));
        }
        if answer.len() + part.bytes.len() > ANSWER_BYTES_MAX {
            return Err(Nothing::Wrong("an answer has no end".into()));
        }
        answer.extend_from_slice(&part.bytes);
        next += 1;
        if part.last {
            return Ok(answer.freeze());
        }
    }
}

/// The next part of what was asked. What others say, and parts of earlier answers, are passed over and buy no time.
async fn next_part(link: &mut Link, asked: (Hash, u64), until: Instant) -> Result<Part, Nothing> {
    loop {
        // The timeout says nothing while messages are there to be received.
        if Instant::now() >= until {
            return Err(Nothing::Absent);
        }
        let heard = tokio::time::timeout_at(until, link.answers.recv()).await;
        let Ok(heard) = heard else {
            return Err(Nothing::Absent);
        };
        let (from, part) = heard.ok_or_else(|| Nothing::Stopped(stopping()))?;
        if (from, part.number) == asked {
            return Ok(part);
        }
    }
}

fn stopping() -> Stopped {
    EngineError::Unavailable("the node is stopping".into()).into()
}
