//! What an operator can set about the HTTP interface: whether metrics are public, and its bounds.

use crate::outbound::guard::Guard;
use std::time::Duration;

/// Bounds of the interface. Every one has a default that suits a member's node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiConfig {
    /// Whether `/metrics` answers without a token, as most Prometheus servers on a closed network expect.
    pub public_metrics: bool,
    /// Connections open at once; further ones wait in the operating system's queue.
    pub connections_max: usize,
    /// Requests under way at once; further ones get 503 with Retry-After. Long polls and feeds have their own bound.
    pub requests_max: usize,
    /// Long polls and feeds open at once.
    pub waiting_max: usize,
    /// Bytes of bodies under way at once, so that memory has a bound; at least what one document may have.
    pub body_bytes_max: usize,
    /// Documents too large to be read at once that are read on behind their answer; each holds a thread and a file.
    pub documents_max: usize,
    /// Of these, documents of one signer.
    pub documents_each_max: usize,
    /// A question to the read model is given up after this, milliseconds: before others have waited too long for its reader.
    pub answer_within_ms: u64,
    /// A request other than a feed is answered within this, milliseconds.
    pub request_timeout_ms: u64,
    /// The head of a request comes within this, milliseconds.
    pub head_timeout_ms: u64,
    /// A feed whose reader takes nothing for this long is dropped, milliseconds.
    pub feed_stall_ms: u64,
    /// A connection whose reader takes nothing of an answer for this long is closed, milliseconds. Longer than a feed's, whose last words
    /// say where to come back.
    pub unread_ms: u32,
    /// Capture jobs remembered; the oldest finished one makes room.
    pub capture_jobs_max: usize,
    /// Where subscriptions may be sent.
    pub webhooks: Guard,
    /// Open requests get this long when the node stops, milliseconds.
    pub shutdown_ms: u64,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            public_metrics: false,
            connections_max: 4_096,
            requests_max: 512,
            waiting_max: 2_048,
            body_bytes_max: 64 << 20,
            documents_max: 32,
            documents_each_max: 4,
            answer_within_ms: 4_000,
            request_timeout_ms: 45_000,
            head_timeout_ms: 10_000,
            feed_stall_ms: 30_000,
            unread_ms: 120_000,
            capture_jobs_max: 1_000,
            webhooks: Guard::default(),
            shutdown_ms: 5_000,
        }
    }
}

impl ApiConfig {
    /// See [`ApiConfig::request_timeout_ms`].
    pub fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    /// See [`ApiConfig::answer_within_ms`].
    pub fn answer_within(&self) -> Duration {
        Duration::from_millis(self.answer_within_ms)
    }

    /// See [`ApiConfig::head_timeout_ms`].
    pub fn head_timeout(&self) -> Duration {
        Duration::from_millis(self.head_timeout_ms)
    }

    /// See [`ApiConfig::feed_stall_ms`].
    pub fn feed_stall(&self) -> Duration {
        Duration::from_millis(self.feed_stall_ms)
    }

    /// See [`ApiConfig::shutdown_ms`].
    pub fn shutdown(&self) -> Duration {
        Duration::from_millis(self.shutdown_ms)
    }
}
