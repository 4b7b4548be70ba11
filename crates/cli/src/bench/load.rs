//! The load process: preloads, signs everything in advance, then offers statements at the times of the plan.
//!
//! Flow: read the plan → preload objects and wait until they are final → sign → say `ready` on stdout → wait for a line on stdin →
//! offer → say the result on stdout, one JSON document.
//!
//! Open loop: a statement's time of arrival is fixed beforehand and its latency counts from there, so a slow ledger cannot slow the
//! questions down and hide its own queue (no coordinated omission). A signer always uses the same connection, so its statements arrive in order.

use super::{
    ceiling,
    latency::Latencies,
    plan::{Plan, Target},
    workload::{Hand, Workshop},
};
use crate::{
    clock,
    failure::{Attempt as _, Failure, Outcome},
};
use bytes::Bytes;
use convoy_client::{Algorithm, Client, Counts, Retry, State};
use convoy_types::{
    Digest, StatementId,
    limits::{SUBMISSION_BYTES_MAX, SUBMISSION_STATEMENTS_MAX},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, VecDeque},
    io::{BufRead as _, stdin},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{task::JoinSet, time::Instant};

/// Connections to each node: enough that one answer on its way does not hold up the next.
const CONNECTIONS_PER_NODE: usize = 2;
/// Statements per second whose finality is asked for.
const SAMPLES_PER_SECOND: u64 = 200;
/// Every so many samples the receipt is fetched too.
const RECEIPT_EVERY: u64 = 10;
/// How long a full queue is left alone before the same statements are offered again.
const FULL_PAUSE: Duration = Duration::from_millis(20);
/// How long a statement may take to become final.
const FINAL_WITHIN: Duration = Duration::from_secs(120);
/// How often a receipt that is not there yet is asked for.
const RECEIPT_POLL: Duration = Duration::from_millis(20);

/// Runs the plan in `file`.
pub fn run(file: &Path) -> Outcome {
    let text = std::fs::read(file).attempt(|| format!("read the plan {}", file.display()))?;
    let plan: Plan = serde_json::from_slice(&text)
        .attempt(|| format!("understand the plan {}", file.display()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .attempt(|| "start the load".into())?;
    let result = runtime.block_on(perform(&plan))?;
    crate::output::put(&result.to_string());
    Ok(())
}

async fn perform(plan: &Plan) -> Outcome<Value> {
    let started = Instant::now();
    let shop = Workshop::new(plan, clock::now_ms())?;
    let mut hands = shop.hands(0..plan.signers.len())?;
    preload(plan, &shop, &mut hands).await?;
    let preloaded = started.elapsed();
    let offers = sign(plan, hands)?;
    let parts = ceiling::measure(plan, &offers)?;
    crate::output::put(
        &json!({
            "ready": true,
            "preload_ms": preloaded.as_millis() as u64,
            "signing_ms": (started.elapsed() - preloaded).as_millis() as u64,
            "parts": parts,
        })
        .to_string(),
    );
    let mut line = String::new();
    stdin()
        .lock()
        .read_line(&mut line)
        .attempt(|| "wait for the start".into())?;
    offer(plan, offers).await
}

/// One statement and when it is due, counted from the start.
pub struct Due {
    /// Its place in the whole load.
    number: u64,
    at: Duration,
    id: StatementId,
    /// The signed statement.
    pub bytes: Bytes,
}

/// What each connection has to offer, in order of time.
pub type Offers = Vec<VecDeque<Due>>;

/// Commissions the objects, every member its own at its own node, and waits until the last is final.
async fn preload(plan: &Plan, shop: &Workshop<'_>, hands: &mut [Hand]) -> Outcome {
    let members = plan.targets.len();
    let work = hands
        .iter_mut()
        .take(members)
        .zip(&plan.targets)
        .map(|(hand, target)| async move {
            let client = client(target)?;
            let mut last = None;
            for number in 0..shop.preload_statements() {
                let statement = shop.preload(hand, number)?;
                last = Some(StatementId(Digest::of(&statement)));
                while !submit(&client, statement.clone()).await?.refused.is_empty() {
                    tokio::time::sleep(FULL_PAUSE).await;
                }
            }
            match last {
                Some(id) => match client.follow(&id, FINAL_WITHIN).await?.state {
                    State::Accepted => Ok(()),
                    state => Err(Failure::refused(format!(
                        "statement {id} of the preload is {}",
                        state.word()
                    ))),
                },
                None => Ok(()),
            }
        });
    futures::future::try_join_all(work).await.map(drop)
}

/// A client that never tries again by itself: the load decides when.
fn client(target: &Target) -> Outcome<Client> {
    let once = Retry {
        within: Duration::ZERO,
        ..Retry::default()
    };
    Ok(Client::new(&target.url, Some(&target.token))?.with_retry(once))
}

/// Submits; what had no room is among the refused and can be offered again.
///
/// # Errors
/// Anything of the preload was refused for another reason.
async fn submit(client: &Client, statement: Bytes) -> Outcome<Counts> {
    let counts = client.submit_sequence(statement).await?;
    match counts
        .refused
        .iter()
        .find(|refused| !refused.problem.retryable)
    {
        Some(refused) => Err(Failure::refused(format!(
            "the preload was refused: {}",
            refused.problem
        ))),
        None => Ok(counts),
    }
}

/// Signs the whole load on all cores. Statement `n` is due at `n / rate` and is signed by signer `n % signers`.
fn sign(plan: &Plan, hands: Vec<Hand>) -> Outcome<Offers> {
    let connections = plan.targets.len() * CONNECTIONS_PER_NODE;
    let mut by_connection: Vec<Vec<(u64, Hand)>> = (0..connections).map(|_| Vec::new()).collect();
    for (index, hand) in hands.into_iter().enumerate() {
        by_connection[connection_of(index, plan)].push((index as u64, hand));
    }
    let shares = std::thread::scope(|scope| {
        let threads: Vec<_> = by_connection
            .into_iter()
            .map(|hands| scope.spawn(move || sign_share(plan, hands)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join())
            .collect::<Vec<_>>()
    });
    shares
        .into_iter()
        .map(|share| share.map_err(|_| Failure::environment("a signing thread panicked"))?)
        .collect()
}

/// Signer `index` belongs to member `index % targets` and keeps one of that node's connections.
fn connection_of(index: usize, plan: &Plan) -> usize {
    let members = plan.targets.len();
    (index % members) * CONNECTIONS_PER_NODE + (index / members) % CONNECTIONS_PER_NODE
}

fn sign_share(plan: &Plan, mut hands: Vec<(u64, Hand)>) -> Outcome<VecDeque<Due>> {
    let shop = Workshop::new(plan, clock::now_ms())?;
    let signers = plan.signers.len() as u64;
    let rounds = plan.statements().div_ceil(signers);
    let mut share = VecDeque::new();
    for round in 0..rounds {
        for (index, hand) in &mut hands {
            let number = round * signers + *index;
            if number < plan.statements() {
                let at =
                    Duration::from_nanos(number.saturating_mul(1_000_000_000) / plan.rate.max(1));
                let bytes = shop.load(hand, number)?;
                share.push_back(Due {
                    number,
                    at,
                    id: StatementId(Digest::of(&bytes)),
                    bytes,
                });
            }
        }
    }
    Ok(share)
}

/// What came of the load, over all connections.
#[derive(Default)]
struct Tally {
    finality: Latencies,
    door: Latencies,
    receipt: Latencies,
    taken: u64,
    retried: u64,
    refused: BTreeMap<String, u64>,
    sampled: BTreeMap<String, u64>,
}

type Shared = Arc<Mutex<Tally>>;

fn with<T>(shared: &Shared, change: impl FnOnce(&mut Tally) -> T) -> T {
    change(&mut shared.lock().unwrap_or_else(PoisonError::into_inner))
}

async fn offer(plan: &Plan, offers: Offers) -> Outcome<Value> {
    let shared = Shared::default();
    let started_ms = clock::now_ms();
    let start = Instant::now();
    let sample_every = (plan.rate / SAMPLES_PER_SECOND).max(1);
    let mut connections = JoinSet::new();
    for (index, dues) in offers.into_iter().enumerate() {
        let target = &plan.targets[index / CONNECTIONS_PER_NODE];
        let connection = Connection {
            client: client(target)?,
            asking: Client::new(&target.url, Some(&target.token))?,
            start,
            linger: Duration::from_millis(plan.linger_ms),
            sample_every,
            tally: Arc::clone(&shared),
            samples: JoinSet::new(),
        };
        connections.spawn(connection.run(dues));
    }
    while let Some(ended) = connections.join_next().await {
        ended.attempt(|| "run a connection of the load".into())??;
    }
    let elapsed = start.elapsed();
    Ok(with(&shared, |tally| {
        json!({
            "started_ms": started_ms,
            "elapsed_ms": elapsed.as_millis() as u64,
            "offered": plan.statements(),
            "taken": tally.taken,
            "offered_again_because_full": tally.retried,
            "refused_at_the_door": tally.refused,
            "sampled": tally.sampled,
            "finality_ms": tally.finality.to_json(),
            "submit_to_receipt_ms": tally.receipt.to_json(),
            "submit_to_admitted_ms": tally.door.to_json(),
        })
    }))
}

struct Connection {
    client: Client,
    /// A second client, so that a long wait for finality never delays an offer.
    asking: Client,
    start: Instant,
    linger: Duration,
    sample_every: u64,
    tally: Shared,
    samples: JoinSet<Outcome>,
}

impl Connection {
    async fn run(mut self, mut dues: VecDeque<Due>) -> Outcome {
        while let Some(first) = dues.front() {
            tokio::time::sleep_until(self.start + first.at + self.linger).await;
            let request = take_due(&mut dues, self.start.elapsed());
            let full = self.send(request).await?;
            if !full.is_empty() {
                for due in full.into_iter().rev() {
                    dues.push_front(due);
                }
                tokio::time::sleep(FULL_PAUSE).await;
            }
        }
        while let Some(ended) = self.samples.join_next().await {
            ended.attempt(|| "follow a statement".into())??;
        }
        Ok(())
    }

    /// Sends one request and gives back what the node had no room for, in order.
    async fn send(&mut self, request: Vec<Due>) -> Outcome<Vec<Due>> {
        let mut sequence = Vec::with_capacity(request.iter().map(|due| due.bytes.len()).sum());
        request
            .iter()
            .for_each(|due| sequence.extend_from_slice(&due.bytes));
        let counts = match self.client.submit_sequence(sequence.into()).await {
            Ok(counts) => counts,
            Err(error) if error.problem().is_some_and(|problem| problem.retryable) => {
                with(&self.tally, |tally| tally.retried += request.len() as u64);
                return Ok(request);
            }
            Err(error) => return Err(error.into()),
        };
        let now = self.start.elapsed();
        let mut refused: BTreeMap<_, _> = counts
            .refused
            .into_iter()
            .map(|refused| (refused.index, refused.problem))
            .collect();
        let mut again = Vec::new();
        for (index, due) in request.into_iter().enumerate() {
            match refused.remove(&index) {
                None => self.taken(&due, now),
                Some(problem) if problem.retryable => again.push(due),
                Some(problem) => with(&self.tally, |tally| {
                    *tally.refused.entry(problem.name).or_default() += 1;
                }),
            }
        }
        with(&self.tally, |tally| tally.retried += again.len() as u64);
        Ok(again)
    }

    fn taken(&mut self, due: &Due, now: Duration) {
        with(&self.tally, |tally| {
            tally.taken += 1;
            tally.door.record(now.saturating_sub(due.at));
        });
        if due.number.is_multiple_of(self.sample_every) {
            let receipt = (due.number / self.sample_every).is_multiple_of(RECEIPT_EVERY);
            let follow = follow(
                self.asking.clone(),
                Arc::clone(&self.tally),
                due.id,
                self.start + due.at,
                receipt,
            );
            self.samples.spawn(follow);
        }
    }
}

/// Waits until a statement is final, and until its receipt is there when it is wanted.
async fn follow(
    client: Client,
    tally: Shared,
    id: StatementId,
    due: Instant,
    receipt: bool,
) -> Outcome {
    let state = client.follow(&id, FINAL_WITHIN).await?.state;
    with(&tally, |tally| {
        *tally.sampled.entry(state.word().to_owned()).or_default() += 1;
        if state == State::Accepted {
            tally.finality.record(due.elapsed());
        }
    });
    if state != State::Accepted || !receipt {
        return Ok(());
    }
    let asked = Instant::now();
    while let Err(error) = client.transparent(&id, &[], &[Algorithm::Ed25519]).await {
        if error.problem().is_none() || asked.elapsed() > FINAL_WITHIN {
            return Err(error.into());
        }
        tokio::time::sleep(RECEIPT_POLL).await;
    }
    with(&tally, |tally| tally.receipt.record(due.elapsed()));
    Ok(())
}

/// Everything that is due by `now`, as much as one request may hold; at least one.
fn take_due(dues: &mut VecDeque<Due>, now: Duration) -> Vec<Due> {
    let mut request = Vec::new();
    let mut bytes = 0;
    while let Some(next) = dues.front() {
        let fits = request.len() < SUBMISSION_STATEMENTS_MAX
            && bytes + next.bytes.len() <= SUBMISSION_BYTES_MAX;
        if !request.is_empty() && (next.at > now || !fits) {
            break;
        }
        bytes += next.bytes.len();
        request.extend(dues.pop_front());
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(number: u64, at_ms: u64) -> Due {
        Due {
            number,
            at: Duration::from_millis(at_ms),
            id: StatementId::default(),
            bytes: Bytes::from_static(&[0; 10]),
        }
    }

    #[test]
    fn a_request_holds_what_is_due_and_nothing_of_later() {
        let mut dues: VecDeque<_> = (0..10).map(|n| due(n, n * 10)).collect();
        assert_eq!(take_due(&mut dues, Duration::from_millis(35)).len(), 4);
        assert_eq!(dues.front().unwrap().number, 4);
        // The first is always taken: its connection waited for it.
        assert_eq!(take_due(&mut dues, Duration::ZERO).len(), 1);
    }

    #[test]
    fn a_request_is_bounded() {
        let mut dues: VecDeque<_> = (0..5_000).map(|n| due(n, 0)).collect();
        assert_eq!(
            take_due(&mut dues, Duration::from_secs(1)).len(),
            SUBMISSION_STATEMENTS_MAX
        );
    }
}
