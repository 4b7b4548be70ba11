//! Requests: sent, retried where that is safe, and turned into values or typed errors.
//!
//! What is sent again: requests that change nothing or are told apart by their content (reads, signed statements) after a lost
//! connection; any request that the node refused for want of room (429, 503) or that never reached it. Waits double from
//! [`Retry::first`] with jitter, or follow Retry-After, until [`Retry::within`] is used up.

use crate::error::{ClientError, ProblemDetails};
use bytes::Bytes;
use reqwest::{
    Method, Response, StatusCode, Url,
    header::{HeaderMap, RETRY_AFTER},
};
use serde::de::DeserializeOwned;
use std::{
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

/// How long and how often to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The first wait; later ones double.
    pub first: Duration,
    /// No single wait is longer.
    pub longest: Duration,
    /// After this no further try starts. Zero: never try twice.
    pub within: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(50),
            longest: Duration::from_secs(2),
            within: Duration::from_secs(15),
        }
    }
}

/// One request, ready to be sent more than once.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub method: Method,
    pub url: Url,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<(&'static str, Bytes)>,
    /// Whether sending it twice has the effect of sending it once.
    pub repeatable: bool,
    /// The answer comes within this.
    pub timeout: Duration,
}

impl Call {
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// An answer that was not refused, and how many times the call was sent.
pub(crate) struct Answer {
    pub response: Response,
    pub url: Url,
    pub tries: u32,
}

impl Answer {
    /// The body as `T`.
    pub(crate) async fn json<T: DeserializeOwned>(self) -> Result<T, ClientError> {
        let url = self.url.clone();
        let bytes = self.bytes().await?;
        serde_json::from_slice(&bytes).map_err(|error| ClientError::Answer {
            url: url.into(),
            reason: error.to_string(),
        })
    }

    /// The body.
    pub(crate) async fn bytes(self) -> Result<Bytes, ClientError> {
        let url = self.url;
        self.response
            .bytes()
            .await
            .map_err(|error| lost(&url, &error))
    }
}

/// The connection pool and the rules for trying again.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    pub inner: reqwest::Client,
    pub token: Option<String>,
    pub retry: Retry,
}

impl Http {
    /// Sends a call until it is answered, refused for good, or the time for retries is used up.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, ClientError> {
        let started = Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            let (error, wait) = match self.once(&call).await {
                Ok(response) if response.status().is_success() => {
                    return Ok(Answer {
                        response,
                        url: call.url,
                        tries,
                    });
                }
                Ok(response) => {
                    let room = matches!(
                        response.status(),
                        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
                    );
                    let asked = retry_after(response.headers());
                    (problem(&call.url, response).await, room.then_some(asked))
                }
                Err(error) => {
                    let again = error.is_connect() || call.repeatable;
                    (lost(&call.url, &error), again.then_some(None))
                }
            };
            let Some(asked) = wait else { return Err(error) };
            let wait = asked.unwrap_or_else(|| backoff(&self.retry, tries));
            if started.elapsed() + wait >= self.retry.within {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn once(&self, call: &Call) -> Result<Response, reqwest::Error> {
        let mut request = self
            .inner
            .request(call.method.clone(), call.url.clone())
            .timeout(call.timeout);
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some((kind, body)) = &call.body {
            request = request.header("content-type", *kind).body(body.clone());
        }
        request.send().await
    }
}

/// The wait after `failures` in a row: doubled each time, then made 50 to 100 % of itself, so that many clients do not come back at once.
pub(crate) fn backoff(retry: &Retry, failures: u32) -> Duration {
    let doubled = retry
        .first
        .saturating_mul(1 << failures.saturating_sub(1).min(16))
        .min(retry.longest);
    let percent = 50 + RandomState::new().hash_one(failures) % 51;
    doubled.mul_f64(percent as f64 / 100.0)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The refusal in an answer.
pub(crate) async fn problem(url: &Url, response: Response) -> ClientError {
    let status = response.status();
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(error) => return lost(url, &error),
    };
    match serde_json::from_slice::<ProblemDetails>(&body) {
        Ok(problem) if problem.code != 0 => problem.into(),
        _ => ClientError::Answer {
            url: url.to_string(),
            reason: format!("status {status} without problem details"),
        },
    }
}

pub(crate) fn lost(url: &Url, error: &reqwest::Error) -> ClientError {
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        reason = error.to_string();
        cause = error.source();
    }
    ClientError::Connection {
        url: url.to_string(),
        reason,
    }
}
