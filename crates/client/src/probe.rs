//! A look at a node from outside, with no token: how it is, and what its clock says.

use crate::{
    client::Client,
    error::ClientError,
    http::{Answer, Http, Retry},
};
use reqwest::{Method, header::DATE};
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};

/// A node that does not answer within this counts as not answering.
const WITHIN: Duration = Duration::from_secs(4);

/// How a node is (`GET /v1/health`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Whether it takes statements and answers questions.
    pub ready: bool,
    /// What is wrong; empty when nothing is.
    pub reasons: Vec<String>,
    /// What its operator should see to before it goes wrong: keys and certificates that end soon.
    #[serde(default)]
    pub notices: Vec<String>,
    /// The last final block there.
    pub height: u64,
    /// Its time, milliseconds since 1970.
    pub time_ms: u64,
    /// The height that queries answer for.
    pub projected_height: u64,
    /// Statements that wait there for a block.
    pub waiting: u64,
    /// The member whose node it is; empty where it does not say.
    #[serde(default)]
    pub member: String,
    /// Its program's version; empty where it does not say.
    #[serde(default)]
    pub software: String,
}

/// What was seen of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// How it is.
    pub health: Health,
    /// Its clock, whole seconds (RFC 9110 section 6.6.1), where it told.
    pub date: Option<SystemTime>,
    /// This machine's clock when the question went out.
    pub asked: SystemTime,
    /// This machine's clock when the answer was here.
    pub answered: SystemTime,
}

impl Client {
    /// Asks once, without retries, how the node is and what time it has there.
    ///
    /// # Errors
    /// When it does not answer within 4 s, or is no node.
    pub async fn probe(&self) -> Result<Seen, ClientError> {
        let asked = SystemTime::now();
        let answer = self.look(&["v1", "health"]).await?;
        let answered = SystemTime::now();
        let date = answer.response.headers().get(DATE);
        let date = date.and_then(|value| httpdate::parse_http_date(value.to_str().ok()?).ok());
        Ok(Seen {
            health: answer.json().await?,
            date,
            asked,
            answered,
        })
    }

    /// Gets `path` with one attempt and little patience.
    pub(crate) async fn look(&self, path: &[&str]) -> Result<Answer, ClientError> {
        let mut call = self.call(Method::GET, path, &[], true);
        call.timeout = WITHIN;
        let once = Http {
            retry: Retry {
                within: Duration::ZERO,
                ..self.http.retry
            },
            ..self.http.clone()
        };
        once.send(call).await
    }
}
