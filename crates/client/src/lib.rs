#![doc = include_str!("../README.md")]

mod client;
mod documents;
mod error;
mod feed;
mod http;
mod https;
mod log;
mod probe;
mod sse;
mod statements;
#[cfg(test)]
mod tests;
mod wire;

pub use client::Client;
pub use convoy_types::cose::{Algorithm, SigningKey};
pub use convoy_types::limits::{SUBMISSION_BYTES_MAX, SUBMISSION_STATEMENTS_MAX};
pub use convoy_types::receipt::Trust;
pub use convoy_verify::Report;
pub use documents::verify;
pub use error::{ClientError, DocumentError, ProblemDetails};
pub use feed::Feed;
pub use http::Retry;
pub use https::Https;
pub use probe::{Health, Seen};
pub use statements::{Signer, sequence};
pub use wire::{
    CaptureJob, Counts, FeedEvent, Lane, Network, OnError, RefusedAt, Results, SignerKey,
    SignerView, State, Status, Submitted,
};
