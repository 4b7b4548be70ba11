//! EPCIS documents in, traces and receipts out.

use crate::{
    client::Client,
    error::ClientError,
    wire::{CaptureJob, OnError},
};
use bytes::Bytes;
use convoy_types::{MemberId, StatementId, cose::Algorithm};
use reqwest::Method;
use std::time::{Duration, Instant};

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
        let mut query = Vec::new();
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
            &[],
            "application/cose",
        )
        .await
    }
}
