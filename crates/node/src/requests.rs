//! What waits for admission: statements of this node's clients, and of each peer.
//!
//! Whoever sends more than its share waits behind itself. Clients' and peers' statements are taken by turns, counted in statements, and so are those of
//! the peers; what one peer has waiting is bounded. So neither a peer nor a client can keep the statements of another out.
//!
//! Any number may put, one takes.

use crate::admission::Answer;
use bytes::Bytes;
use std::{
    collections::{BTreeMap, VecDeque},
    ops::Bound::{Excluded, Unbounded},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, oneshot};

/// Requests of clients that may wait; behind that the interface says that the node is busy.
const CLIENT_REQUESTS_MAX: usize = 1_024;
/// Bytes of one peer's statements that may wait, with [`STATEMENT_COST`].
const PEER_BYTES_MAX: usize = 8 << 20;
/// What a waiting statement takes beside its own bytes.
const STATEMENT_COST: usize = 256;
/// Statements taken of one peer before it is another's turn; longer messages are cut.
const TURN: usize = 256;

type Peer = [u8; 32];

/// Statements that came together.
pub(crate) struct Request {
    pub statements: Vec<Bytes>,
    /// Who wants to know, and when it came, milliseconds since 1970; nobody when a peer told it.
    pub client: Option<(oneshot::Sender<Vec<Answer>>, u64)>,
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
    clients: VecDeque<Request>,
    /// None of them empty.
    peers: BTreeMap<Peer, Backlog>,
    /// How many more statements of clients than of peers were taken while both waited.
    lead: i64,
    /// Whose turn it is, and how many statements more.
    turn: (Peer, usize),
    is_closed: bool,
}

#[derive(Default)]
struct Backlog {
    requests: VecDeque<Vec<Bytes>>,
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
    /// Puts statements of a client, which came at `at_ms`; `None` when too many wait.
    pub fn of_client(
        &self,
        statements: Vec<Bytes>,
        at_ms: u64,
    ) -> Option<oneshot::Receiver<Vec<Answer>>> {
        let (answer, answered) = oneshot::channel();
        let request = Request {
            statements,
            client: Some((answer, at_ms)),
        };
        {
            let clients = &mut self.0.0.queues().clients;
            if clients.len() >= CLIENT_REQUESTS_MAX {
                return None;
            }
            clients.push_back(request);
        }
        self.0.0.put.notify_one();
        Some(answered)
    }

    /// Puts statements of a peer; how many there was no room for.
    pub fn of_peer(&self, peer: Peer, mut statements: Vec<Bytes>) -> usize {
        {
            let mut queues = self.0.0.queues();
            while !statements.is_empty() {
                let rest = statements.split_off(statements.len().min(TURN));
                let cost = cost(&statements);
                let waiting = queues.peers.get(&peer).map_or(0, |backlog| backlog.cost);
                if waiting > 0 && waiting + cost > PEER_BYTES_MAX {
                    statements.extend(rest);
                    break;
                }
                let backlog = queues.peers.entry(peer).or_default();
                backlog.cost += cost;
                backlog.requests.push_back(statements);
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
        if self.clients.is_empty() || self.peers.is_empty() {
            self.lead = 0;
            return self.of_clients().or_else(|| self.of_peers());
        }
        let next = match self.lead <= 0 {
            true => self.of_clients(),
            false => self.of_peers(),
        };
        if let Some(next) = &next {
            let count = i64::try_from(next.statements.len()).unwrap_or(i64::MAX);
            let more = if next.client.is_some() { count } else { -count };
            self.lead = self.lead.saturating_add(more);
        }
        next
    }

    fn of_clients(&mut self) -> Option<Request> {
        self.clients.pop_front()
    }

    fn of_peers(&mut self) -> Option<Request> {
        let (last, left) = self.turn;
        if left == 0 || !self.peers.contains_key(&last) {
            let mut after = self.peers.range((Excluded(last), Unbounded));
            let next = after.next().or_else(|| self.peers.first_key_value());
            self.turn = (*next?.0, TURN);
        }
        let peer = self.turn.0;
        let backlog = self.peers.get_mut(&peer)?;
        let statements = backlog.requests.pop_front()?;
        backlog.cost -= cost(&statements);
        if backlog.requests.is_empty() {
            self.peers.remove(&peer);
        }
        self.turn.1 = self.turn.1.saturating_sub(statements.len());
        Some(Request {
            statements,
            client: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::BATCH_MAX;

    const LOUD: Peer = [1; 32];
    const QUIET: Peer = [2; 32];

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
            .map(|_| requests.of_client(statements(3, 1, 100), 5).unwrap())
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
    fn clients_behind_the_bound_are_told_and_peers_still_come_through() {
        let (requests, waiting) = requests();
        let held: Vec<_> = (0..CLIENT_REQUESTS_MAX)
            .map(|_| requests.of_client(statements(3, 100, 1), 5))
            .collect();
        assert!(held.iter().all(Option::is_some));
        assert!(requests.of_client(statements(3, 1, 1), 5).is_none());
        assert_eq!(requests.of_peer(QUIET, statements(2, 40, 1)), 0);
        assert_eq!(taken(&waiting, 140), BTreeMap::from([(2, 40), (3, 100)]));
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
