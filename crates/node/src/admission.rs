//! Admission: the checks between the network and the mempool, in batches.
//!
//! Flow: decode and prepare each statement; look up its signer; check all signatures of the batch at
//! once; try it on the present state when the node is not busy; put it into the mempool; tell the peers.
//!
//! One task admits, so batches form by themselves under load: while one is checked, the next gathers. A batch that follows a large one
//! waits for others ([`Gather`]), because checking a signature in a large batch costs half as much.
//! Statements from the interface and from peers wait apart, each client's and each peer's for its turn ([`requests`](crate::requests)), and then take
//! the same way; only the former are answered.

use crate::{
    core::{BatchCheck, Preparer},
    engine::{EngineError, EngineHandle, contract::Cell},
    life::clock_ms,
    mempool::Mempool,
    requests::{Asker, Request, Requests, Waiting, requests},
    stored::{later_cells, record},
    tracker::{State, Tracker},
};
use bytes::Bytes;
use convoy_ledger::{
    CounterKey, Execution, Mode, Prepared, Reject, Standing, Standings, StateKey, Step, Tip, reject,
};
use convoy_modules::membership::types::{ONLY, ProtocolDue};
use convoy_types::{
    Did, MemberId, StatementBytes, StatementId,
    cose::KeyId,
    limits::{BLOCK_STATEMENTS_MAX, NOT_AFTER_AHEAD_MS_MAX},
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

/// Statements checked together at most while there is no [`BACKLOG`]. The last request of a batch is taken whole.
pub(crate) const BATCH_MAX: usize = 1_024;
/// Bytes of statements checked together at most, as above.
const BATCH_BYTES_MAX: usize = 4 << 20;
/// A batch of this many tells that the load is heavy.
const HEAVY: usize = 16;
/// More wait than the next block can hold. What is checked now is a later block's business, but for that of a member that has nothing else waiting,
/// which is why [`LONG`] is short beside a block.
const BACKLOG: usize = BLOCK_STATEMENTS_MAX;
/// Up to this many statements in a batch are tried on the state before they are accepted.
const TRIED_MAX: usize = 32;
/// So many bytes wait at most while statements are tried on the state: large ones are many statements' work.
const TRIED_BYTES_MAX: usize = 64 << 10;
/// Blocks for which a signer's standing is believed without looking again. Execution looks every time.
const STANDING_BLOCKS: u64 = 50;
/// Signers remembered.
const STANDINGS_MAX: usize = 50_000;

/// For how long a batch waits for more.
struct Gather {
    within: Duration,
    /// This many are checked without waiting for more.
    enough: usize,
}

/// Nothing suggests that more will come.
const AT_ONCE: Gather = Gather {
    within: Duration::ZERO,
    enough: 0,
};
/// The load is heavy.
const SHORTLY: Gather = Gather {
    within: Duration::from_millis(15),
    enough: 512,
};
/// There is a [`BACKLOG`].
const LONG: Gather = Gather {
    within: Duration::from_millis(60),
    enough: 2_048,
};

/// The answer to a submitted statement.
pub type Answer = Result<StatementId, Reject>;

/// The door for statements. Cheap to clone.
#[derive(Clone)]
pub struct Admission {
    requests: Requests,
}

impl Admission {
    /// Starts admitting on the present tokio runtime. Admitted statements from the interface go to `gossip`.
    pub fn start(
        preparer: Arc<Preparer>,
        mempool: Arc<Mempool>,
        tracker: Arc<Tracker>,
        engine: EngineHandle,
        gossip: mpsc::Sender<Vec<Bytes>>,
    ) -> Self {
        let (requests, waiting) = requests();
        let worker = Worker::new((preparer, mempool, tracker), engine, gossip);
        tokio::spawn(worker.run(waiting));
        Self { requests }
    }

    /// The same door with nobody behind it yet: what is returned beside it admits one request after another. It gathers none, which needs
    /// tokio's clock, and so runs on any runtime.
    #[cfg(test)]
    pub(crate) fn one_by_one(
        pool: (Arc<Preparer>, Arc<Mempool>, Arc<Tracker>),
        engine: EngineHandle,
        gossip: mpsc::Sender<Vec<Bytes>>,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let (requests, waiting) = requests();
        let mut worker = Worker::new(pool, engine, gossip);
        let admitting = async move {
            while let Some(request) = waiting.next().await {
                worker.batch(vec![request]).await;
            }
        };
        (Self { requests }, admitting)
    }

    /// Admits statements of a client; one answer for each, in order.
    pub async fn submit(&self, asker: Asker, statements: Vec<Bytes>) -> Vec<Answer> {
        let count = statements.len();
        let refused = |why: String| vec![Err(reject::QUEUE_FULL.because(why)); count];
        match self.requests.of_client(asker, statements, clock_ms()) {
            Ok(answered) => answered
                .await
                .unwrap_or_else(|_| refused("this node stops and admits nothing more".into())),
            Err(full) => refused(full.to_string()),
        }
    }

    /// Admits statements of a peer; how many were dropped for want of room. Their own node sends them again.
    pub fn relayed(&self, peer: [u8; 32], statements: Vec<Bytes>) -> usize {
        self.requests.of_peer(peer, statements)
    }
}

struct Worker {
    preparer: Arc<Preparer>,
    mempool: Arc<Mempool>,
    tracker: Arc<Tracker>,
    engine: EngineHandle,
    gossip: mpsc::Sender<Vec<Bytes>>,
    standings: HashMap<(Did, KeyId), (Standing, u64)>,
}

/// A statement on its way through a batch.
struct Candidate {
    prepared: Option<Arc<Prepared>>,
    member: Option<MemberId>,
    outcome: Option<Answer>,
    /// When it came from a client of this node, milliseconds since 1970; `None` when a peer told it.
    own: Option<u64>,
}

impl Candidate {
    fn refuse(&mut self, reject: Reject) {
        self.outcome = Some(Err(reject));
    }

    fn open(&self) -> Option<&Arc<Prepared>> {
        self.prepared.as_ref().filter(|_| self.outcome.is_none())
    }
}

impl Worker {
    fn new(
        (preparer, mempool, tracker): (Arc<Preparer>, Arc<Mempool>, Arc<Tracker>),
        engine: EngineHandle,
        gossip: mpsc::Sender<Vec<Bytes>>,
    ) -> Self {
        Self {
            preparer,
            mempool,
            tracker,
            engine,
            gossip,
            standings: HashMap::new(),
        }
    }

    async fn run(mut self, waiting: Waiting) {
        let mut last = 0;
        while let Some(first) = waiting.next().await {
            let (mut count, mut bytes) = (0, 0);
            let mut requests = Vec::new();
            let gather = self.gather(last);
            let until = Instant::now() + gather.within;
            let most = gather.enough.max(BATCH_MAX);
            let mut next = Some(first);
            while let Some(request) = next {
                count += request.statements.len();
                bytes += request.statements.iter().map(Bytes::len).sum::<usize>();
                requests.push(request);
                if count >= most || bytes >= BATCH_BYTES_MAX {
                    break;
                }
                next = match waiting.try_next() {
                    None if count < gather.enough => {
                        timeout_at(until, waiting.next()).await.ok().flatten()
                    }
                    more => more,
                };
            }
            last = count;
            self.batch(requests).await;
        }
    }

    /// How the batch after one of `last` statements gathers.
    fn gather(&self, last: usize) -> Gather {
        match last {
            0..HEAVY => AT_ONCE,
            _ if self.mempool.waiting_now().count > BACKLOG => LONG,
            _ => SHORTLY,
        }
    }

    async fn batch(&mut self, requests: Vec<Request>) {
        let mut candidates = Vec::new();
        let mut answers = Vec::new();
        for Request { statements, client } in requests {
            let own = client.as_ref().map(|(_, at_ms)| *at_ms);
            answers.push((statements.len(), client));
            candidates.extend(statements.into_iter().map(|bytes| self.decode(bytes, own)));
        }
        if let Err(error) = self.check(&mut candidates).await {
            let why = reject::QUEUE_FULL.because(format!("this node cannot admit now: {error}"));
            candidates
                .iter_mut()
                .filter(|one| one.outcome.is_none())
                .for_each(|one| one.refuse(why.clone()));
        }
        self.relay(&candidates);
        let mut outcomes = candidates.into_iter().map(|candidate| {
            candidate
                .outcome
                .unwrap_or_else(|| Err(reject::QUEUE_FULL.because("this node could not admit it")))
        });
        for (count, client) in answers {
            let part = outcomes.by_ref().take(count).collect();
            if let Some((answer, _)) = client {
                let _ = answer.send(part);
            }
        }
    }

    fn decode(&self, bytes: Bytes, own: Option<u64>) -> Candidate {
        let mut candidate = Candidate {
            prepared: None,
            member: None,
            outcome: None,
            own,
        };
        // What peers tell again is known by its bytes: decoding it would cost more than all the rest.
        let bytes = StatementBytes::of(bytes);
        let id = bytes.id();
        candidate.prepared = self.preparer.known(&id.0.0);
        if self.waits(&id.0.0, own) || self.is_final(&id, own) {
            candidate.outcome = Some(Ok(id));
        } else if candidate.prepared.is_none() {
            match self.preparer.prepare(bytes) {
                Ok(prepared) => candidate.prepared = Some(prepared),
                Err(reject) => candidate.refuse(reject),
            }
        }
        candidate
    }

    /// Whether a statement waits here. One that a peer told is followed from when a client sends it too.
    fn waits(&self, id: &[u8; 32], own: Option<u64>) -> bool {
        let waits = self.mempool.contains(id);
        let Some(submitted_ms) = own.filter(|_| waits) else {
            return waits;
        };
        let before = self.tracker.admitted(id, submitted_ms);
        // What ended between the two told nobody.
        if !self.mempool.contains(id) {
            if let Some(before) = before {
                self.tracker.not_admitted(id, before);
            }
            return false;
        }
        true
    }

    /// Whether a statement is one of the last that became final. A client's is looked up in the ledger where this node did not follow it.
    fn is_final(&self, id: &StatementId, own: Option<u64>) -> bool {
        let told = matches!(self.tracker.get(id), Some(State::Final { .. }));
        let follows = own.is_none() || self.tracker.follows(&id.0.0);
        told || (follows && self.mempool.was_final(&id.0.0))
    }

    async fn check(&mut self, candidates: &mut [Candidate]) -> Result<(), EngineError> {
        let tip = self.tip()?;
        for candidate in candidates.iter_mut() {
            if let Some(reject) = candidate
                .open()
                .and_then(|prepared| out_of_time(prepared, tip.time_ms))
            {
                candidate.refuse(reject);
            }
        }
        self.check_signers(candidates, tip).await?;
        self.try_on_state(candidates, tip).await?;
        let committed = self.lanes(candidates).await?;
        self.admit(candidates, &committed);
        Ok(())
    }

    /// The last final block. Before the first the state is empty: everybody would be refused as unknown.
    fn tip(&self) -> Result<Tip, EngineError> {
        let header = self.engine.tip().filter(|header| header.core.height > 0);
        let header =
            header.ok_or_else(|| EngineError::Unavailable("no block is final yet".into()))?;
        Ok(Tip {
            height: header.core.height,
            time_ms: header.core.time_ms,
        })
    }

    /// Looks up signers, from memory where seen lately, and checks the signatures.
    async fn check_signers(
        &mut self,
        candidates: &mut [Candidate],
        tip: Tip,
    ) -> Result<(), EngineError> {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for (index, candidate) in candidates.iter().enumerate() {
            let Some(prepared) = candidate.open() else {
                continue;
            };
            let signer = (
                prepared.statement.signer().clone(),
                prepared.statement.key_id(),
            );
            match self
                .standings
                .get(&signer)
                .filter(|(_, seen)| seen + STANDING_BLOCKS > tip.height)
            {
                Some((standing, _)) => known.push((index, standing.clone())),
                None => unknown.push(index),
            }
        }
        self.check_known(candidates, known);
        if unknown.is_empty() {
            return Ok(());
        }
        let statements: Vec<_> = unknown
            .iter()
            .filter_map(|index| candidates[*index].open().cloned())
            .collect();
        let ledger = self.preparer.ledger().clone();
        let mut execution = Execution::new(ledger, Mode::Propose, tip, tip.time_ms + 1, statements);
        let mut reads = Reads::new(&self.engine);
        let standings = loop {
            match execution.run_standings(&BatchCheck) {
                Standings::NeedKeys { state, counters } => {
                    reads.supply(&mut execution, state, counters).await?
                }
                Standings::Done(standings) => break standings,
            }
        };
        if self.standings.len() > STANDINGS_MAX {
            self.standings.clear();
        }
        for (index, standing) in unknown.into_iter().zip(standings) {
            let Some(prepared) = candidates[index].open() else {
                continue;
            };
            let signer = (
                prepared.statement.signer().clone(),
                prepared.statement.key_id(),
            );
            match standing {
                Ok(standing) => {
                    candidates[index].member = Some(standing.member.clone());
                    self.standings.insert(signer, (standing, tip.height));
                }
                Err(reject) => candidates[index].refuse(reject),
            }
        }
        Ok(())
    }

    fn check_known(&self, candidates: &mut [Candidate], mut known: Vec<(usize, Standing)>) {
        // The signature of what a block brought before was checked with the block.
        known.retain(|(index, standing)| {
            let candidate = &mut candidates[*index];
            let checked = candidate
                .open()
                .is_some_and(|prepared| prepared.is_signed_by(&standing.key));
            if checked {
                candidate.member = Some(standing.member.clone());
            }
            !checked
        });
        let signed: Vec<_> = known
            .iter()
            .filter_map(|(index, standing)| {
                Some((&standing.key, &candidates[*index].open()?.statement))
            })
            .collect();
        let verdicts = convoy_ledger::SignatureCheck::check(&BatchCheck, &signed);
        for ((index, standing), good) in known.iter().zip(verdicts) {
            let candidate = &mut candidates[*index];
            if good {
                if let Some(prepared) = candidate.open() {
                    prepared.remember_signature(standing);
                }
                candidate.member = Some(standing.member.clone());
            } else {
                candidate
                    .refuse(reject::BAD_SIGNATURE.because("the signature does not match the key"));
            }
        }
    }

    /// Tries own statements of a small batch on the state, so that a refusal is immediate. One that waits
    /// for another before it in its lane is not judged yet.
    async fn try_on_state(
        &self,
        candidates: &mut [Candidate],
        tip: Tip,
    ) -> Result<(), EngineError> {
        let waiting = self.mempool.waiting_now();
        let busy = waiting.count > TRIED_MAX || waiting.bytes > TRIED_BYTES_MAX;
        if candidates.len() > TRIED_MAX || busy {
            return Ok(());
        }
        for candidate in candidates
            .iter_mut()
            .filter(|candidate| candidate.own.is_some())
        {
            let Some(prepared) = candidate.open().cloned() else {
                continue;
            };
            match dry_run(&self.preparer, &self.engine, tip, prepared, false).await? {
                Err(reject) if reject.rule != reject::SEQUENCE_AHEAD => candidate.refuse(reject),
                _ => {}
            }
        }
        Ok(())
    }

    /// The state's counters of lanes that the mempool does not know, or in which there is a gap.
    async fn lanes(
        &self,
        candidates: &[Candidate],
    ) -> Result<HashMap<CounterKey, u64>, EngineError> {
        let unsure: BTreeSet<CounterKey> = candidates
            .iter()
            .filter_map(Candidate::open)
            .filter(|prepared| {
                !self
                    .mempool
                    .is_next(&prepared.counter(), prepared.statement.content().sequence)
            })
            .map(|prepared| prepared.counter())
            .collect();
        if unsure.is_empty() {
            return Ok(HashMap::new());
        }
        let values = self
            .engine
            .read_counters(unsure.iter().map(|key| key.0.0).collect())
            .await?;
        Ok(unsure
            .into_iter()
            .zip(values)
            .map(|(key, value)| (key, value.unwrap_or(0)))
            .collect())
    }

    fn admit(&self, candidates: &mut [Candidate], committed: &HashMap<CounterKey, u64>) {
        let mut places = Vec::new();
        let mut batch = Vec::new();
        for (index, candidate) in candidates.iter().enumerate() {
            if let (Some(prepared), Some(member)) = (candidate.open(), &candidate.member) {
                let id = prepared.id().0.0;
                let before = candidate.own.and_then(|at| self.tracker.admitted(&id, at));
                places.push((index, before));
                batch.push((member.clone(), Arc::clone(prepared)));
            }
        }
        let results = self.mempool.add(batch, committed);
        for ((index, before), result) in places.into_iter().zip(results) {
            let candidate = &mut candidates[index];
            let Some(id) = candidate.prepared.as_ref().map(|prepared| prepared.id()) else {
                continue;
            };
            match result {
                Ok(_) => candidate.outcome = Some(Ok(id)),
                Err(reject) => {
                    if let Some(before) = before {
                        self.tracker.not_admitted(&id.0.0, before);
                    }
                    candidate.refuse(reject);
                }
            }
        }
    }

    fn relay(&self, candidates: &[Candidate]) {
        let fresh: Vec<Bytes> = candidates
            .iter()
            .filter(|candidate| candidate.own.is_some() && matches!(candidate.outcome, Some(Ok(_))))
            .filter_map(|candidate| Some(candidate.prepared.as_ref()?.statement.bytes().clone()))
            .collect();
        if !fresh.is_empty() {
            // A full channel only delays: what waits too long is sent again.
            let _ = self.gossip.try_send(fresh);
        }
    }
}

fn out_of_time(prepared: &Prepared, now_ms: u64) -> Option<Reject> {
    let not_after = prepared.statement.content().not_after_ms;
    if not_after <= now_ms {
        return Some(reject::EXPIRED.because(format!(
            "not_after {not_after} is not after the last block's time {now_ms}"
        )));
    }
    let latest = now_ms.saturating_add(NOT_AFTER_AHEAD_MS_MAX);
    (not_after > latest).then(|| {
        reject::NOT_AFTER_TOO_FAR.because(format!(
            "not_after {not_after} is more than 30 days after the last block's time {now_ms}"
        ))
    })
}

/// What an execution reads that is only tried. The state goes on meanwhile, so all cells of a record are read with its first.
struct Reads<'a> {
    engine: &'a EngineHandle,
    ahead: HashMap<StateKey, Cell>,
}

impl<'a> Reads<'a> {
    fn new(engine: &'a EngineHandle) -> Self {
        Self {
            engine,
            ahead: HashMap::new(),
        }
    }

    /// Gives an execution the state it asks for.
    async fn supply(
        &mut self,
        execution: &mut Execution,
        state: Vec<StateKey>,
        counters: Vec<CounterKey>,
    ) -> Result<(), EngineError> {
        let mut fresh = Vec::new();
        for key in state {
            match self.ahead.get(&key) {
                Some(cell) => execution.supply_cell(key, Some(*cell)),
                None => fresh.push(key),
            }
        }
        if !fresh.is_empty() {
            let keys = fresh.iter().map(|key| key.0.0).collect();
            let records = self.engine.read_records(keys, later_cells).await?;
            for (key, cells) in fresh.into_iter().zip(records) {
                let later = (1..).map(|index| key.cell(index));
                self.ahead.extend(later.zip(cells.iter().skip(1).copied()));
                execution.supply_cell(key, cells.first().copied());
            }
        }
        if !counters.is_empty() {
            let keys = counters.iter().map(|key| key.0.0).collect();
            let values = self.engine.read_counters(keys).await?;
            counters
                .into_iter()
                .zip(values)
                .for_each(|(key, value)| execution.supply_counter(key, value));
        }
        Ok(())
    }
}

/// Executes one statement on the present state and keeps nothing: what it would do, or its refusal.
///
/// With `next`, those before it in its lane wait here: it is tried as if its turn had come, though they have not been executed.
pub async fn dry_run(
    preparer: &Preparer,
    engine: &EngineHandle,
    tip: Tip,
    prepared: Arc<Prepared>,
    next: bool,
) -> Result<Result<convoy_ledger::Output, Reject>, EngineError> {
    let ledger = preparer.ledger().clone();
    let (lane, sequence) = (prepared.counter(), prepared.statement.content().sequence);
    let due = record::<ProtocolDue>(engine, &ledger.compartment, ONLY).await;
    let due = due.map_err(EngineError::Unavailable)?;
    let protocol = ProtocolDue::at(due.as_ref(), tip.height + 1);
    if protocol > ledger.newest_protocol {
        return Err(EngineError::Unavailable(format!(
            "version {protocol} of the rules is in force, which this build does not know"
        )));
    }
    let mut execution =
        Execution::new(ledger, Mode::Propose, tip, tip.time_ms + 1, vec![prepared]).under(protocol);
    let mut reads = Reads::new(engine);
    loop {
        match execution.run(&BatchCheck) {
            Step::NeedKeys {
                state,
                mut counters,
            } => {
                if let Some(own) = counters.iter().position(|key| next && *key == lane) {
                    counters.remove(own);
                    execution.supply_counter(lane, Some(sequence));
                }
                reads.supply(&mut execution, state, counters).await?
            }
            Step::Invalid(why) => return Ok(Err(reject::MALFORMED.because(why))),
            Step::Done(output) => {
                let refused = output.skipped.first().map(|skip| skip.reject.clone());
                let refused = refused.or_else(|| {
                    output
                        .outcomes
                        .first()
                        .and_then(|outcome| outcome.reject.clone())
                });
                return Ok(refused.map_or(Ok(*output), Err));
            }
        }
    }
}
