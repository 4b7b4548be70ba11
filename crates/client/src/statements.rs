//! Statements: made, signed, submitted, followed until they are final.

use crate::{
    client::Client,
    error::ClientError,
    wire::{Counts, Results, Status, Submitted},
};
use bytes::Bytes;
use convoy_types::{
    Did, NetworkId, Statement, StatementBuilder, StatementId, cbor,
    cose::SigningKey,
    limits::{SUBMISSION_BYTES_MAX, SUBMISSION_STATEMENTS_MAX},
};
use reqwest::Method;
use serde::Serialize;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A statement made here can execute for this long where nothing else is said.
const NOT_AFTER: Duration = Duration::from_secs(120);
/// One long poll. Shorter than what proxies cut.
const POLL: Duration = Duration::from_secs(20);
/// The refusal that a statement gets whose sequence is taken, also by itself when it is sent twice.
const SEQUENCE_USED: u16 = 10;

/// A signer with its key: makes signed statements in order.
///
/// Sequences are counted here, so one lane belongs to one `Signer` at a time; use another lane for another program.
#[derive(Clone, Debug)]
pub struct Signer {
    network: NetworkId,
    did: Did,
    key: Arc<SigningKey>,
    lane: u8,
    next: Arc<AtomicU64>,
}

impl Signer {
    /// A signer whose next statement in `lane` has the sequence `next`.
    pub fn new(network: NetworkId, did: Did, key: SigningKey, lane: u8, next: u64) -> Self {
        Self {
            network,
            did,
            key: Arc::new(key),
            lane,
            next: Arc::new(AtomicU64::new(next)),
        }
    }

    /// A signer that asks the node for the network and the lane's next sequence.
    ///
    /// # Errors
    /// When the node cannot be reached, or the ledger does not know the signer.
    pub async fn load(
        client: &Client,
        did: Did,
        key: SigningKey,
        lane: u8,
    ) -> Result<Self, ClientError> {
        let network = client.network().await?.network.clone();
        let next = client.signer(&did).await?.next_sequence(lane);
        Ok(Self::new(network, did, key, lane, next))
    }

    /// Who signs.
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// The sequence of the next statement.
    pub fn next_sequence(&self) -> u64 {
        self.next.load(Ordering::SeqCst)
    }

    /// Sets the sequence of the next statement, after the node refused one at the door.
    pub fn set_next_sequence(&self, next: u64) {
        self.next.store(next, Ordering::SeqCst);
    }

    /// Makes and signs the next statement of the lane: one action of `module` with the body `action` in deterministic CBOR.
    ///
    /// # Errors
    /// When the statement's form would be refused, such as a body that is too long.
    pub fn sign<T: Serialize>(&self, module: &str, action: &T) -> Result<Statement, ClientError> {
        self.sign_with(|builder| builder.action(module, cbor::to_vec(action)))
    }

    /// As [`Signer::sign`], with everything that a builder can say. Network, signer, lane and sequence are set already; it can execute for two
    /// minutes where `build` sets nothing else.
    ///
    /// # Errors
    /// As [`Signer::sign`]. The sequence is not used up then.
    pub fn sign_with(
        &self,
        build: impl FnOnce(StatementBuilder) -> StatementBuilder,
    ) -> Result<Statement, ClientError> {
        let not_after_ms = now_ms() + NOT_AFTER.as_millis() as u64;
        let builder = StatementBuilder::new(self.network.clone(), self.did.clone(), not_after_ms);
        let sequence = self.next.fetch_add(1, Ordering::SeqCst);
        let signed = build(builder.sequence(self.lane, sequence)).sign(&self.key);
        if signed.is_err() {
            // Where another thread took the next one meanwhile, the gap is the caller's to fill.
            let _ = self.next.compare_exchange(
                sequence + 1,
                sequence,
                Ordering::SeqCst,
                Ordering::SeqCst,
            );
        }
        Ok(signed?)
    }
}

impl Client {
    /// Submits one signed statement. Sent again after a lost connection: its id tells it apart, so it cannot count twice.
    ///
    /// # Errors
    /// The refusal where the node does not admit it.
    pub async fn submit(&self, statement: &Statement) -> Result<StatementId, ClientError> {
        let call = self.call(Method::POST, &["v1", "statements"], &[], true);
        match self
            .post(call, "application/cose", statement.bytes().clone())
            .await
        {
            Ok(answer) => {
                let results: Results = answer.json().await?;
                match results.results.into_iter().next() {
                    Some(Submitted::Refused { problem }) => Err(ClientError::Problem(problem)),
                    _ => Ok(statement.id()),
                }
            }
            // Its own first try may be what took the sequence.
            Err(error)
                if error.code() == Some(SEQUENCE_USED) && self.knows(&statement.id()).await? =>
            {
                Ok(statement.id())
            }
            Err(error) => Err(error),
        }
    }

    /// Submits statements in their order, in as few requests as the limits allow; tells for each what became of it.
    ///
    /// # Errors
    /// When the node cannot be reached or refuses a whole request. What was sent before stays submitted: ask for the ids' status.
    pub async fn submit_many(
        &self,
        statements: &[Statement],
    ) -> Result<Vec<Submitted>, ClientError> {
        let mut results = Vec::with_capacity(statements.len());
        for batch in batches(statements) {
            let call = self.call(Method::POST, &["v1", "statements"], &[], true);
            let answer = self
                .post(call, "application/cbor-seq", sequence(batch))
                .await?;
            let (tries, mut answer) = (answer.tries, answer.json::<Results>().await?.results);
            if tries > 1 {
                self.forgive_repeats(batch, &mut answer).await?;
            }
            results.append(&mut answer);
        }
        Ok(results)
    }

    /// Submits an encoded CBOR sequence of statements in one request and asks for counts only: the fast path.
    ///
    /// # Errors
    /// As [`Client::submit_many`].
    pub async fn submit_sequence(&self, sequence: Bytes) -> Result<Counts, ClientError> {
        let call = self
            .call(Method::POST, &["v1", "statements"], &[], true)
            .header("prefer", "return=minimal");
        self.post(call, "application/cbor-seq", sequence)
            .await?
            .json()
            .await
    }

    /// Has the node sign the actions with the token's own signer and submit them as one statement.
    ///
    /// # Errors
    /// The refusal where the node does not admit it. A lost connection is not retried: ask what became of it before you send it again.
    pub async fn act(
        &self,
        actions: &[(&str, serde_json::Value)],
        lane: Option<u8>,
    ) -> Result<StatementId, ClientError> {
        let actions: Vec<_> = actions
            .iter()
            .map(|(module, action)| serde_json::json!({"module": module, "action": action}))
            .collect();
        let mut body = serde_json::json!({ "actions": actions });
        if let Some(lane) = lane {
            body["lane"] = lane.into();
        }
        let call = self.call(Method::POST, &["v1", "actions"], &[], false);
        let results: Results = self
            .post(call, "application/json", body.to_string())
            .await?
            .json()
            .await?;
        match results.results.into_iter().next() {
            Some(Submitted::Admitted { id, .. }) => Ok(id),
            Some(Submitted::Refused { problem }) => Err(ClientError::Problem(problem)),
            None => Err(ClientError::Answer {
                url: self.url().into(),
                reason: "the answer names no statement".into(),
            }),
        }
    }

    /// What an action of `module` with these fields would do, signed by the node for the token's signer. Nothing is submitted.
    ///
    /// # Errors
    /// The refusal that it would end in.
    pub async fn preview(
        &self,
        module: &str,
        action: &str,
        fields: &serde_json::Value,
    ) -> Result<serde_json::Value, ClientError> {
        let path = ["v1", "modules", module, "actions", action];
        let call = self.call(Method::POST, &path, &[("preview", "true")], true);
        self.post(call, "application/json", fields.to_string())
            .await?
            .json()
            .await
    }

    /// What a signed statement would do. Nothing is submitted, and its sequence stays free.
    ///
    /// # Errors
    /// The refusal that it would end in.
    pub async fn try_out(&self, statement: &Statement) -> Result<serde_json::Value, ClientError> {
        let call = self.call(
            Method::POST,
            &["v1", "statements"],
            &[("dry_run", "true")],
            true,
        );
        self.post(call, "application/cose", statement.bytes().clone())
            .await?
            .json()
            .await
    }

    /// What became of a statement; waits on the node up to `wait` (30 s at most) for it to end.
    ///
    /// # Errors
    /// When the node cannot be reached or refuses.
    pub async fn status(&self, id: &StatementId, wait: Duration) -> Result<Status, ClientError> {
        let wait_ms = wait.as_millis().min(30_000).to_string();
        let query: &[(&str, &str)] = if wait.is_zero() {
            &[]
        } else {
            &[("wait_ms", &wait_ms)]
        };
        self.get(&["v1", "statements", &id.to_string()], query)
            .await
    }

    /// Waits until a statement has ended: accepted, refused or expired.
    ///
    /// # Errors
    /// [`ClientError::NotFinal`] past `limit`; otherwise as [`Client::status`].
    pub async fn follow(&self, id: &StatementId, limit: Duration) -> Result<Status, ClientError> {
        let started = Instant::now();
        loop {
            let left = limit.saturating_sub(started.elapsed());
            let asked = Instant::now();
            let status = self.status(id, left.min(POLL)).await?;
            if status.state.is_final() {
                return Ok(status);
            }
            if started.elapsed() >= limit {
                return Err(ClientError::NotFinal {
                    id: *id,
                    state: status.state.word().into(),
                    waited: started.elapsed(),
                });
            }
            // A node that does not know the statement answers at once; do not ask in a tight loop.
            if asked.elapsed() < Duration::from_millis(50) {
                tokio::time::sleep(Duration::from_millis(50).min(left)).await;
            }
        }
    }

    /// Submits a statement and waits until it has ended.
    ///
    /// # Errors
    /// As [`Client::submit`] and [`Client::follow`]; a refusal by the ledger is a status, not an error.
    pub async fn submit_and_follow(
        &self,
        statement: &Statement,
        limit: Duration,
    ) -> Result<Status, ClientError> {
        let id = self.submit(statement).await?;
        self.follow(&id, limit).await
    }

    async fn knows(&self, id: &StatementId) -> Result<bool, ClientError> {
        let status = self.status(id, Duration::ZERO).await?;
        Ok(status.state != crate::wire::State::Unknown)
    }

    /// A request that was sent twice may find its own statements; those are admitted, not refused.
    async fn forgive_repeats(
        &self,
        batch: &[Statement],
        results: &mut [Submitted],
    ) -> Result<(), ClientError> {
        for (statement, result) in batch.iter().zip(results) {
            let taken =
                matches!(result, Submitted::Refused { problem } if problem.code == SEQUENCE_USED);
            if taken && self.knows(&statement.id()).await? {
                *result = Submitted::Admitted {
                    id: statement.id(),
                    state: crate::wire::State::Waiting,
                };
            }
        }
        Ok(())
    }
}

/// The statements one after another (RFC 8742).
pub fn sequence(statements: &[Statement]) -> Bytes {
    let length = statements
        .iter()
        .map(|statement| statement.bytes().len())
        .sum();
    let mut bytes = Vec::with_capacity(length);
    statements
        .iter()
        .for_each(|statement| bytes.extend_from_slice(statement.bytes()));
    bytes.into()
}

/// Cuts a list so that each part fits one request.
fn batches(statements: &[Statement]) -> Vec<&[Statement]> {
    let mut parts = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (at, statement) in statements.iter().enumerate() {
        let length = statement.bytes().len();
        if at > start
            && (at - start == SUBMISSION_STATEMENTS_MAX || bytes + length > SUBMISSION_BYTES_MAX)
        {
            parts.push(&statements[start..at]);
            (start, bytes) = (at, 0);
        }
        bytes += length;
    }
    if start < statements.len() {
        parts.push(&statements[start..]);
    }
    parts
}

fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_types::{Digest, cose::Algorithm};

    fn signer() -> Signer {
        let network = NetworkId::of_genesis("test", &Digest::of(b"g")).unwrap();
        let key = SigningKey::from_secret(Algorithm::Ed25519, &[7; 32]).unwrap();
        Signer::new(network, Did::new("did:web:a:b").unwrap(), key, 3, 5)
    }

    #[test]
    fn statements_of_a_signer_follow_one_another() {
        let signer = signer();
        let first = signer.sign("custody", &1u8).unwrap();
        let second = signer.sign("custody", &2u8).unwrap();
        assert_eq!(
            (
                first.content().lane,
                first.content().sequence,
                second.content().sequence
            ),
            (3, 5, 6)
        );
        assert!(
            signer.sign_with(|builder| builder).is_err(),
            "a statement without action"
        );
        assert_eq!(signer.next_sequence(), 7);
        let read = Statement::decode(second.bytes().clone()).unwrap();
        assert_eq!(read.id(), second.id());
    }

    #[test]
    fn batches_keep_order_and_limits() {
        let signer = signer();
        let body = "x".repeat(1_500);
        let statements: Vec<Statement> = (0..2_500)
            .map(|_| signer.sign("m", &body).unwrap())
            .collect();
        let parts = batches(&statements);
        assert_eq!(parts.iter().map(|part| part.len()).sum::<usize>(), 2_500);
        for part in &parts {
            assert!(
                part.len() <= SUBMISSION_STATEMENTS_MAX
                    && sequence(part).len() <= SUBMISSION_BYTES_MAX
            );
        }
        let order: Vec<u64> = parts
            .concat()
            .iter()
            .map(|statement| statement.content().sequence)
            .collect();
        assert!(order.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    }
}
