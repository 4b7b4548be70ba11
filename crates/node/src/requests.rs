//! What waits for admission: statements of this node's clients, and of each peer.
//!
//! Whoever sends more than its share waits behind itself. Clients' and peers' statements are taken by turns, counted in statements, and so are those of
//! each client among the clients and of each peer among the peers; what one of them has waiting is bounded. So no peer and no client can keep the
//! statements of another out: it takes four clients who flood at once to fill the room of all. A client is who its token speaks for ([`Asker`]): members
//! without a validator share a node, not a turn.
//!
//! A client's request is taken whole, so its turn may be as long as one request; peers' messages are cut.
//!
//! Any number may put, one takes.

use crate::admission::Answer;
use bytes::Bytes;
use convoy_types::{Did, Digest};
use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    ops::Bound::{Excluded, Unbounded},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, oneshot};

/// Requests of all clients that may wait; behind that everybody is told that the node is busy.
const CLIENT_REQUESTS_MAX: usize = 1_024;
/// Of these, requests of one client: half of the requests that the interface has under way by default, so that one's wait leaves others room.
const CLIENT_REQUESTS_EACH_MAX: usize = 256;
/// Bytes of one peer's statements that may wait, with [`STATEMENT_COST`].
const PEER_BYTES_MAX: usize = 8 << 20;
/// What a waiting statement takes beside its own bytes.
const STATEMENT_COST: usize = 256;
/// Statements taken of one client or peer before it is another's turn; longer messages of peers are cut.
const TURN: usize = 256;

/// Whose turn it is among the clients, or among the peers.
type Whose = [u8; 32];

/// A client, as far as turns go: the signer that its token, session or certificate belongs to, or else the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker(Whose);

impl Asker {
    /// Whoever asks for `signer`, however they came in.
    pub fn signer(signer: &Did) -> Self {
        Self(Digest::of(signer.as_str().as_bytes()).0)
    }

    /// The program with the token of this digest.
    pub fn program(token: &Digest) -> Self {
        Self(token.0)
    }
}

/// Statements that came together.
pub(crate) struct Request {
    pub statements: Vec<Bytes>,
    /// Who wants to know, and when it came, milliseconds since 1970; nobody when a peer told it.
    pub client: Option<(oneshot::Sender<Vec<Answer>>, u64)>,
}

/// Why a client's request was not put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// This client has as many requests waiting as one may.
    Own,
    /// All clients together have.
    All,
}

impl fmt::Display for Full {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => write!(
                out,
                "{CLIENT_REQUESTS_EACH_MAX} requests of this client wait at this node already; send the next when one is answered"
            ),
            Self::All => out.write_str("this node has more to admit than it can"),
        }
    }
}

/// Where requests are put. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Requests(Arc<Puts>);

/// Where they are taken from.
pub(crate) struct Waiting(Arc<Shared>);

struct Shared {
    queues: Mutex<Queues>,
    put: Notify,
}

/// Closes the queues when nobody can put any more.
struct Puts(Arc<Shared>);

#[derive(Default)]
struct Queues {
    clients: Turns,
    peers: Turns,
    /// How many more statements of clients than of peers were taken while both waited.
    lead: i64,
    is_closed: bool,
}

/// What waits of several, each of whom has its turn.
#[derive(Default)]
struct Turns {
    /// None of them empty.
    backlogs: BTreeMap<Whose, Backlog>,
    /// Requests of all.
    count: usize,
    /// Whose turn it is, and how many statements more.
    turn: (Whose, usize),
}

#[derive(Default)]
struct Backlog {
    requests: VecDeque<Request>,
    cost: usize,
}

pub(crate) fn requests() -> (Requests, Waiting) {
    let shared = Arc::new(Shared {
        queues: Mutex::default(),
        put: Notify::new(),
    });
    (
        Requests(Arc::new(Puts(Arc::clone(&shared)))),
        Waiting(shared),
    )
}

impl Shared {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Puts {
    fn drop(&mut self) {
        self.0.queues().is_closed = true;
        self.0.put.notify_one();
    }
}

impl Requests {
    /// Puts statements of a client, which came at `at_ms`, unless too many wait.
    pub fn of_client(
        &self,
        asker: Asker,
        statements: Vec<Bytes>,
        at_ms: u64,
    ) -> Result<oneshot::Receiver<Vec<Answer>>, Full> {
        let (answer, answered) = oneshot::channel();
        let request = Request {
            statements,
            client: Some((answer, at_ms)),
        };
        {
            let clients = &mut self.0.0.queues().clients;
            let own = clients.of(&asker.0).map_or(0, |own| own.requests.len());
            if own >= CLIENT_REQUESTS_EACH_MAX {
                return Err(Full::Own);
            }
            if clients.count >= CLIENT_REQUESTS_MAX {
                return Err(Full::All);
            }
            clients.put(asker.0, request);
        }
        self.0.0.put.notify_one();
        Ok(answered)
    }

    /// Puts statements of a peer; how many there was no room for.
    pub fn of_peer(&self, peer: [u8; 32], mut statements: Vec<Bytes>) -> usize {
        {
            let peers = &mut self.0.0.queues().peers;
            while !statements.is_empty() {
                let rest = statements.split_off(statements.len().min(TURN));
                let waiting = peers.of(&peer).map_or(0, |backlog| backlog.cost);
                if waiting > 0 && waiting + cost(&statements) > PEER_BYTES_MAX {
                    statements.extend(rest);
                    break;
                }
                let request = Request {
                    statements,
                    client: None,
                };
                peers.put(peer, request);
                statements = rest;
            }
        }
        self.0.0.put.notify_one();
        statements.len()
    }
}

fn cost(statements: &[Bytes]) -> usize {
    let bytes: usize = statements.iter().map(Bytes::len).sum();
    bytes + statements.len() * STATEMENT_COST
}

impl Waiting {
    /// The next request; `None` when none waits and nobody can put any more. Dropped while it waits, it has taken nothing.
    pub async fn next(&self) -> Option<Request> {
        loop {
            let put = self.0.put.notified();
            {
                let mut queues = self.0.queues();
                let next = queues.take();
                if next.is_some() || queues.is_closed {
                    return next;
                }
            }
            put.await;
        }
    }

    /// The next request, if one waits now.
    pub fn try_next(&self) -> Option<Request> {
        self.0.queues().take()
    }
}

impl Queues {
    fn take(&mut self) -> Option<Request> {
        if self.clients.count == 0 || self.peers.count == 0 {
            self.lead = 0;
            return self.clients.take().or_else(|| self.peers.take());
        }
        let next = match self.lead <= 0 {
            true => self.clients.take(),
            false => self.peers.take(),
        };
        if let Some(next) = &next {
            let count = i64::try_from(next.statements.len()).unwrap_or(i64::MAX);
            let more = if next.client.is_some() { count } else { -count };
            self.lead = self.lead.saturating_add(more);
        }
        next
    }
}

impl Turns {
    fn of(&self, whose: &Whose) -> Option<&Backlog> {
        self.backlogs.get(whose)
    }

    fn put(&mut self, whose: Whose, request: Request) {
        let backlog = self.backlogs.entry(whose).or_default();
        backlog.cost += cost(&request.statements);
        backlog.requests.push_back(request);
        self.count += 1;
    }

    fn take(&mut self) -> Option<Request> {
        let (last, left) = self.turn;
        if left == 0 || !self.backlogs.contains_key(&last) {
            let mut after = self.backlogs.range((Excluded(last), Unbounded));
            let next = after.next().or_else(|| self.backlogs.first_key_value());
            self.turn = (*next?.0, TURN);
        }
        let whose = self.turn.0;
        let backlog = self.backlogs.get_mut(&whose)?;
        let request = backlog.requests.pop_front()?;
        backlog.cost -= cost(&request.statements);
        if backlog.requests.is_empty() {
            self.backlogs.remove(&whose);
        }
        self.count -= 1;
        self.turn.1 = self.turn.1.saturating_sub(request.statements.len());
        Some(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::BATCH_MAX;

    const LOUD: Whose = [1; 32];
    const QUIET: Whose = [2; 32];

    /// Statements whose first byte says whose they are.
    fn statements(whose: u8, count: usize, bytes: usize) -> Vec<Bytes> {
        vec![Bytes::from(vec![whose; bytes]); count]
    }

    /// How many statements of each are taken until there are `most` or none wait.
    fn taken(waiting: &Waiting, most: usize) -> BTreeMap<u8, usize> {
        let mut taken = BTreeMap::new();
        while taken.values().sum::<usize>() < most {
            let Some(next) = waiting.try_next() else {
                break;
            };
            for statement in next.statements {
                *taken.entry(statement[0]).or_default() += 1;
            }
        }
        taken
    }

    #[test]
    fn a_peer_that_floods_fills_its_own_room_and_the_others_have_their_turns() {
        let (requests, waiting) = requests();
        let flood = |count| requests.of_peer(LOUD, statements(1, count, 100));
        assert_eq!(flood(10_000), 0);
        while flood(4_000) == 0 {}
        // Nothing more of it has room.
        assert_eq!((0..1_000).map(|_| flood(TURN)).sum::<usize>(), 1_000 * TURN);
        for _ in 0..600 {
            // One at a time, as at a node with little to tell.
            assert_eq!(requests.of_peer(QUIET, statements(2, 1, 100)), 0);
        }
        let answers: Vec<_> = (0..1_000)
            .map(|at| {
                let asker = Asker([(at % 4) as u8; 32]);
                requests.of_client(asker, statements(3, 1, 100), 5).unwrap()
            })
            .collect();
        assert_eq!(answers.len(), 1_000);
        // Batch after batch: half clients', a quarter of each peer.
        for _ in 0..2 {
            let batch = taken(&waiting, BATCH_MAX);
            let share = |whose| *batch.get(&whose).unwrap_or(&0);
            assert!((150..=320).contains(&share(2)), "{batch:?}");
            assert!((150..=560).contains(&share(1)), "{batch:?}");
            assert!((280..=560).contains(&share(3)), "{batch:?}");
        }
        let rest = taken(&waiting, usize::MAX);
        assert!(rest[&1] > 10_000);
        // All of it was taken, so there is room again.
        assert_eq!(flood(1), 0);
        assert_eq!(taken(&waiting, usize::MAX), BTreeMap::from([(1, 1)]));
    }

    #[test]
    fn a_large_message_has_room_where_nothing_waits_and_what_does_not_fit_is_counted() {
        let (requests, waiting) = requests();
        let large = statements(1, 1, PEER_BYTES_MAX + 1);
        assert_eq!(requests.of_peer(LOUD, large), 0);
        assert_eq!(requests.of_peer(LOUD, statements(1, 3, 1)), 3);
        assert_eq!(requests.of_peer(QUIET, statements(2, 3, 1)), 0);
        assert_eq!(
            taken(&waiting, usize::MAX),
            BTreeMap::from([(1, 1), (2, 3)])
        );
    }

    #[test]
    fn a_client_that_floods_is_refused_and_anothers_request_is_next() {
        let (requests, waiting) = requests();
        let flood = || requests.of_client(Asker(LOUD), statements(1, 100, 1), 5);
        let mut held: Vec<_> = (0..CLIENT_REQUESTS_EACH_MAX)
            .map(|_| flood().unwrap())
            .collect();
        assert_eq!(flood().err(), Some(Full::Own));
        // Its turn has begun and is not over.
        assert_eq!(taken(&waiting, 100), BTreeMap::from([(1, 100)]));
        let quiet = requests.of_client(Asker(QUIET), statements(2, 1, 1), 5);
        held.push(quiet.unwrap());
        assert_eq!(taken(&waiting, 201), BTreeMap::from([(1, 200), (2, 1)]));
        // However often it fills its room again, it has one turn before each request of the other.
        for _ in 0..10 {
            while let Ok(answer) = flood() {
                held.push(answer);
            }
            let quiet = requests.of_client(Asker(QUIET), statements(2, 1, 1), 5);
            held.push(quiet.unwrap());
            let both = taken(&waiting, TURN + 100);
            assert_eq!(both.get(&2), Some(&1), "{both:?}");
        }
    }

    #[test]
    fn whoever_asks_for_a_signer_takes_that_signers_turn_and_each_other_token_its_own() {
        let signer = |name: &str| Asker::signer(&Did::new(&format!("did:web:{name}")).unwrap());
        assert_eq!(signer("a.example"), signer("a.example"));
        assert_ne!(signer("a.example"), signer("b.example"));
        let token = |text: &str| Asker::program(&Digest::of(text.as_bytes()));
        assert_eq!(token("one"), token("one"));
        assert_ne!(token("one"), token("another"));
    }

    #[test]
    fn clients_behind_the_bound_of_all_are_told_and_peers_still_come_through() {
        let (requests, waiting) = requests();
        let clients = CLIENT_REQUESTS_MAX / CLIENT_REQUESTS_EACH_MAX;
        let held: Vec<_> = (0..CLIENT_REQUESTS_MAX)
            .map(|at| {
                let asker = Asker([(at % clients) as u8; 32]);
                requests.of_client(asker, statements(3, 100, 1), 5)
            })
            .collect();
        assert!(held.iter().all(Result::is_ok));
        let more = |asker| requests.of_client(Asker(asker), statements(3, 1, 1), 5);
        assert_eq!(more([9; 32]).err(), Some(Full::All));
        assert_eq!(more([0; 32]).err(), Some(Full::Own));
        assert_eq!(requests.of_peer(QUIET, statements(2, 40, 1)), 0);
        assert_eq!(taken(&waiting, 140), BTreeMap::from([(2, 40), (3, 100)]));
        assert!(more([9; 32]).is_ok());
    }

    #[tokio::test]
    async fn what_is_put_wakes_who_waits_and_nothing_comes_once_nobody_can_put() {
        let (requests, waiting) = requests();
        let (next, ()) = tokio::join!(waiting.next(), async {
            assert_eq!(requests.of_peer(QUIET, statements(2, 1, 1)), 0);
        });
        assert!(next.is_some_and(|one| one.client.is_none()));
        assert_eq!(requests.of_peer(QUIET, statements(2, 1, 1)), 0);
        drop(requests);
        assert!(waiting.next().await.is_some());
        assert!(waiting.next().await.is_none());
    }
}
