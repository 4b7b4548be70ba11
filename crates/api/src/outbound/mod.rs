//! One POST to somebody else: looked up, held against the [`Guard`], sent, answered within a time.
//!
//! No redirect is followed and nothing of the answer is kept but its status, so a receiver cannot make
//! the node fetch something for it.

pub mod guard;

use axum::http::{Request, header};
use bytes::Bytes;
use guard::{Guard, Target};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, pki_types::ServerName},
};

/// From the lookup to the answer's status.
const WITHIN: Duration = Duration::from_secs(20);

/// What is sent.
pub struct Post<'p> {
    /// The address.
    pub to: &'p str,
    /// The body's media type.
    pub kind: &'static str,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Bytes,
}

/// Sends.
#[derive(Clone)]
pub struct Sender {
    guard: Guard,
    tls: TlsConnector,
}

impl Sender {
    /// A sender under the operator's rules, trusting the system's certificate authorities.
    pub fn new(guard: Guard) -> Self {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "a certificate authority of the system cannot be read");
        }
        roots.add_parsable_certificates(found.certs);
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            guard,
            tls: TlsConnector::from(Arc::new(config)),
        }
    }

    /// The rules.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Sends; the receiver's status.
    ///
    /// # Errors
    /// In plain words, when there is no answer in time.
    pub async fn send(&self, post: &Post<'_>) -> Result<u16, String> {
        match tokio::time::timeout(WITHIN, self.post(post)).await {
            Ok(done) => done,
            Err(_) => Err(format!("no answer within {} s", WITHIN.as_secs())),
        }
    }

    async fn post(&self, post: &Post<'_>) -> Result<u16, String> {
        let target = self.guard.target(post.to).map_err(|(fault, _)| fault)?;
        let stream = self.connect(&target).await?;
        if !target.tls {
            return exchange(stream, &target, post).await;
        }
        let name = ServerName::try_from(target.host.clone()).map_err(|error| error.to_string())?;
        let stream = self
            .tls
            .connect(name, stream)
            .await
            .map_err(|error| format!("TLS: {error}"))?;
        exchange(stream, &target, post).await
    }

    /// Connects to the first permitted address of the host.
    async fn connect(&self, target: &Target) -> Result<TcpStream, String> {
        let found = lookup_host((target.host.as_str(), target.port)).await;
        let found = found.map_err(|error| format!("the host cannot be looked up: {error}"))?;
        let mut last = "the host has no address".to_owned();
        for address in found {
            if let Err((fault, _)) = self.guard.address(address.ip()) {
                last = fault;
                continue;
            }
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error.to_string(),
            }
        }
        Err(last)
    }
}

async fn exchange<S>(stream: S, target: &Target, post: &Post<'_>) -> Result<u16, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let wrong = |error: hyper::Error| error.to_string();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(wrong)?;
    let mut request = Request::post(&target.path)
        .header(header::HOST, &target.authority)
        .header(header::CONTENT_TYPE, post.kind)
        .header(header::CONTENT_LENGTH, post.body.len());
    for (name, value) in &post.headers {
        request = request.header(*name, value);
    }
    let request = request
        .body(Full::new(post.body.clone()))
        .map_err(|error| error.to_string())?;
    let talk = tokio::spawn(connection);
    let answer = sender.send_request(request).await;
    talk.abort();
    Ok(answer.map_err(wrong)?.status().as_u16())
}
