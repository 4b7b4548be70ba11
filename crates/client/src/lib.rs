#![doc = include_str!("../README.md")]

mod client;
mod documents;
mod error;
mod feed;
mod http;
mod sse;
mod statements;
mod wire;

pub use client::Client;
pub use convoy_types::cose::{Algorithm, SigningKey};
pub use error::{ClientError, DocumentError, ProblemDetails};
pub use feed::Feed;
pub use http::Retry;
pub use statements::{Signer, sequence};
pub use wire::{
    CaptureJob, Counts, FeedEvent, Lane, Network, OnError, RefusedAt, Results, SignerKey,
    SignerView, Stages, State, Status, Submitted,
};
