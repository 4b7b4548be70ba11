//! EPCIS documents in, traces and receipts out.

use crate::{
    client::Client,
    error::ClientError,
    wire::{CaptureJob, OnError},
};
use bytes::Bytes;
use convoy_types::{
    MemberId, StatementId,
    cose::Algorithm,
    receipt::{Handover, Trust},
};
use convoy_verify::Report;
use reqwest::Method;
use std::time::{Duration, Instant};

/// How long the node waits until a proof can be made, milliseconds.
const PROOF_WAIT_MS: &str = "10000";

impl Client {
    /// Hands in an EPCIS 2.0 document in JSON-LD, signed for by the token's signer on the node.
    ///
    /// # Errors
    /// A problem whose `errors` name each broken rule with its place. A lost connection is not retried; sending the document again is safe, for
    /// the ledger refuses an event that it has.
    pub async fn capture(
        &self,
        document: impl Into<Bytes>,
        on_error: OnError,
    ) -> Result<CaptureJob, ClientError> {
        let call = self.call(Method::POST, &["v1", "epcis", "capture"], &[], false);
        let call = call.header("gs1-capture-error-behaviour", on_error.word());
        self.post(call, "application/ld+json", document)
            .await?
            .json()
            .await
    }

    /// A capture job.
    ///
    /// # Errors
    /// 404 where the node has forgotten it; its statements are on the ledger all the same.
    pub async fn capture_job(&self, id: &str) -> Result<CaptureJob, ClientError> {
        self.get(&["v1", "epcis", "capture", id], &[]).await
    }

    /// Hands in a document and waits until all of it is final.
    ///
    /// # Errors
    /// As [`Client::capture`]; [`ClientError::NotFinal`] past `limit`.
    pub async fn capture_and_follow(
        &self,
        document: impl Into<Bytes>,
        on_error: OnError,
        limit: Duration,
    ) -> Result<CaptureJob, ClientError> {
        let started = Instant::now();
        let mut job = self.capture(document, on_error).await?;
        while job.running {
            for statement in job.statements.clone() {
                self.follow(&statement, limit.saturating_sub(started.elapsed()))
                    .await?;
            }
            if started.elapsed() > limit {
                let id = job.statements.first().copied().unwrap_or_default();
                return Err(ClientError::NotFinal {
                    id,
                    state: "waiting".into(),
                    waited: started.elapsed(),
                });
            }
            job = self.capture_job(&job.capture_id).await?;
            if job.running {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        Ok(job)
    }

    /// Everything the ledger knows of one object, by any form of its identifier.
    ///
    /// # Errors
    /// 404 where no event names it.
    pub async fn trace(&self, id: &str) -> Result<serde_json::Value, ClientError> {
        self.get(&["v1", "trace", id], &[]).await
    }

    /// A statement as it was signed.
    ///
    /// # Errors
    /// 404 where the node does not have it.
    pub async fn body(&self, id: &StatementId) -> Result<Bytes, ClientError> {
        self.get_bytes(
            &["v1", "statements", &id.to_string(), "body"],
            &[],
            "application/cose",
        )
        .await
    }

    /// A transparent statement (RFC 9943): the statement with receipts of `members` under `algorithms`; all where empty.
    ///
    /// # Errors
    /// As [`Client::body`]; 409 until the receipts are made.
    pub async fn transparent(
        &self,
        id: &StatementId,
        members: &[MemberId],
        algorithms: &[Algorithm],
    ) -> Result<Bytes, ClientError> {
        let members: Vec<&str> = members.iter().map(MemberId::as_str).collect();
        let algorithms: Vec<String> = algorithms
            .iter()
            .map(|algorithm| algorithm.name().to_lowercase())
            .collect();
        let (members, algorithms) = (members.join(","), algorithms.join(","));
        let mut query = vec![("wait_ms", PROOF_WAIT_MS)];
        if !members.is_empty() {
            query.push(("members", members.as_str()));
        }
        if !algorithms.is_empty() {
            query.push(("algorithms", algorithms.as_str()));
        }
        self.get_bytes(
            &["v1", "statements", &id.to_string(), "transparent"],
            &query,
            "application/cose",
        )
        .await
    }

    /// A statement with its compact receipt.
    ///
    /// # Errors
    /// As [`Client::transparent`].
    pub async fn compact(&self, id: &StatementId) -> Result<Bytes, ClientError> {
        self.get_bytes(
            &["v1", "statements", &id.to_string(), "compact"],
            &[("wait_ms", PROOF_WAIT_MS)],
            "application/cose",
        )
        .await
    }

    /// The proof that the record under `key` of a module's table, such as `("custody", "objects")`, is in the ledger's state, or that it is not. The
    /// key is as stored: for an object the bytes of its canonical identifier ([`convoy_types::identifiers::Epc::key`]).
    ///
    /// # Errors
    /// 404 where there is no such table, or the token may not see the record; 409 until the newest block is certified itself.
    pub async fn state_proof(
        &self,
        (module, table): (&str, &str),
        key: &[u8],
    ) -> Result<Bytes, ClientError> {
        let key = hex::encode(key);
        self.get_bytes(
            &["v1", "state", module, table, &key, "proof"],
            &[],
            "application/cbor",
        )
        .await
    }

    /// What has to be believed to verify this network's proofs. Get it once, from a node you trust.
    ///
    /// # Errors
    /// When the node cannot be reached or its trust file is not one.
    pub async fn trust(&self) -> Result<Trust, ClientError> {
        let bytes = self
            .get_bytes(&["v1", "trust"], &[], "application/json")
            .await?;
        let wrong = |reason: String| ClientError::Answer {
            url: self.url().into(),
            reason,
        };
        let text = std::str::from_utf8(&bytes).map_err(|error| wrong(error.to_string()))?;
        Trust::from_json(text).map_err(|error| wrong(error.to_string()))
    }

    /// How the validators of the epochs from `epoch` on handed over, one set to the next. Nothing of it is checked here:
    /// [`convoy_verify::extend`] does.
    ///
    /// # Errors
    /// When the node cannot be reached or answers with something else.
    pub async fn handovers(&self, epoch: u64) -> Result<Vec<Handover>, ClientError> {
        let mut steps = Vec::new();
        let mut from = Some(epoch);
        while let Some(epoch) = from {
            let bytes = self
                .get_bytes(
                    &["v1", "validators"],
                    &[("from", &epoch.to_string())],
                    "application/json",
                )
                .await?;
            let wrong = |reason: String| ClientError::Answer {
                url: self.url().into(),
                reason,
            };
            let page: Successors =
                serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
            for step in page
                .epochs
                .iter()
                .filter_map(|epoch| epoch.handover.as_ref())
            {
                let bytes = hex::decode(step).map_err(|error| wrong(error.to_string()))?;
                let read =
                    Handover::decode_all(&bytes).map_err(|error| wrong(error.to_string()))?;
                steps.extend(read);
            }
            from = page.next.filter(|next| *next > epoch);
        }
        Ok(steps)
    }
}

/// What is read of the answer of `/v1/validators`.
#[derive(serde::Deserialize)]
struct Successors {
    epochs: Vec<Successor>,
    #[serde(default)]
    next: Option<u64>,
}

#[derive(serde::Deserialize)]
struct Successor {
    #[serde(default)]
    handover: Option<String>,
}

/// Verifies a transparent statement, a compact receipt or another proof under `trust`, with no network.
///
/// # Errors
/// [`ClientError::Verify`] names the check that failed.
pub fn verify(proof: &[u8], trust: &Trust) -> Result<Report, ClientError> {
    convoy_verify::verify(proof, trust).map_err(|error| ClientError::Verify(error.to_string()))
}
