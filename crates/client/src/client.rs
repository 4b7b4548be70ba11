//! The connection to one node.

use crate::{
    error::ClientError,
    http::{Answer, Call, Http, Retry},
    https::Https,
    wire::{Network, SignerView},
};
use bytes::Bytes;
use convoy_types::Did;
use reqwest::{Method, Url};
use serde::de::DeserializeOwned;
use std::{sync::Arc, time::Duration};
use tokio::sync::OnceCell;

/// Longer than the node's own limit, so that the node's explanation arrives first.
const ANSWER_TIME: Duration = Duration::from_secs(60);
/// Shorter than the node keeps an idle connection.
const IDLE_TIME: Duration = Duration::from_secs(5);
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// A node's interface. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) base: Url,
    pub(crate) http: Http,
    network: Arc<OnceCell<Network>>,
}

impl Client {
    /// A client of the node at `url`, such as `http://127.0.0.1:8480`, with a token of that node or none. An `https` address is
    /// trusted as far as the system's certificate authorities go; [`Self::with_https`] takes the network's own.
    ///
    /// # Errors
    /// [`ClientError::Address`] where `url` is not an `http` or `https` URL. Nothing is sent yet.
    pub fn new(url: &str, token: Option<&str>) -> Result<Self, ClientError> {
        Self::with_https(url, token, &Https::default())
    }

    /// As [`Self::new`], trusting the authorities and showing the certificate of `https`.
    ///
    /// # Errors
    /// As [`Self::new`], and where a file of `https` cannot be used.
    pub fn with_https(url: &str, token: Option<&str>, https: &Https) -> Result<Self, ClientError> {
        let wrong = |reason: String| ClientError::Address {
            url: url.to_owned(),
            reason,
        };
        let base = Url::parse(url).map_err(|error| wrong(error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(wrong("it is no http or https URL with a host".into()));
        }
        let tls = https.configure(base.scheme() == "https").map_err(wrong)?;
        let inner = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(CONNECT_TIME)
            .pool_idle_timeout(IDLE_TIME)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| wrong(error.to_string()))?;
        let http = Http {
            inner,
            token: token.map(str::to_owned),
            retry: Retry::default(),
        };
        Ok(Self {
            base,
            http,
            network: Arc::default(),
        })
    }

    /// Retries as `retry` says.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.http.retry = retry;
        self
    }

    /// The node's address.
    pub fn url(&self) -> &str {
        self.base.as_str()
    }

    /// The network that the node belongs to; asked once.
    ///
    /// # Errors
    /// When the node cannot be reached or refuses.
    pub async fn network(&self) -> Result<&Network, ClientError> {
        self.network
            .get_or_try_init(|| self.get(&["v1", "network"], &[]))
            .await
    }

    /// A signer as the ledger knows it, with the next sequence of each lane.
    ///
    /// # Errors
    /// As [`Client::network`]; 404 where the ledger knows no such signer.
    pub async fn signer(&self, did: &Did) -> Result<SignerView, ClientError> {
        self.get(&["v1", "signers", did.as_str()], &[]).await
    }

    /// Any JSON resource: the path's segments (percent-encoded here) and the query.
    ///
    /// # Errors
    /// As [`Client::network`].
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, ClientError> {
        self.http
            .send(self.call(Method::GET, path, query, true))
            .await?
            .json()
            .await
    }

    /// Puts a question in JSON to any route that takes one: the path's segments and the body. It is not sent twice.
    ///
    /// # Errors
    /// As [`Client::network`].
    pub async fn ask<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &serde_json::Value,
    ) -> Result<T, ClientError> {
        let call = self.call(Method::POST, path, &[], false);
        self.post(call, "application/json", body.to_string())
            .await?
            .json()
            .await
    }

    /// Any resource in the media type `accept`.
    ///
    /// # Errors
    /// As [`Client::network`].
    pub async fn get_bytes(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        accept: &str,
    ) -> Result<Bytes, ClientError> {
        self.http
            .send(
                self.call(Method::GET, path, query, true)
                    .header("accept", accept),
            )
            .await?
            .bytes()
            .await
    }

    /// Whether the node is ready to take statements.
    pub async fn is_ready(&self) -> bool {
        self.look(&["v1", "health", "ready"]).await.is_ok()
    }

    /// Waits until the node is ready, at most `limit`; says whether it is.
    pub async fn wait_ready(&self, limit: Duration) -> bool {
        let polling = async {
            while !self.is_ready().await {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(limit, polling).await.is_ok()
    }

    pub(crate) fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        repeatable: bool,
    ) -> Call {
        let mut url = self.base.clone();
        // An http URL always has segments: `new` has seen to it.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Call {
            method,
            url,
            headers: Vec::new(),
            body: None,
            repeatable,
            timeout: ANSWER_TIME,
        }
    }

    pub(crate) async fn post(
        &self,
        call: Call,
        kind: &'static str,
        body: impl Into<Bytes>,
    ) -> Result<Answer, ClientError> {
        self.http
            .send(Call {
                body: Some((kind, body.into())),
                ..call
            })
            .await
    }
}
