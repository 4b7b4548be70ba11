//! One POST to a subscriber: looked up, held against the [`Guard`], sent, answered within a time.
//!
//! No redirect is followed and nothing of the answer is kept but its status, so a subscriber cannot make
//! the node fetch something for it.

use super::guard::{Guard, Target};
use axum::http::{Request, header};
use bytes::Bytes;
use hmac::{Hmac, Mac};
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
pub struct Delivery<'d> {
    /// The address as subscribed.
    pub dest: &'d str,
    /// Names this delivery: the same when it is sent again, so that a receiver can drop a repetition.
    pub id: String,
    /// The secret for the signature.
    pub secret: Option<&'d str>,
    /// The document's media type.
    pub kind: &'static str,
    /// The document.
    pub body: Bytes,
}

/// Sends webhooks.
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
    pub async fn send(&self, delivery: &Delivery<'_>) -> Result<u16, String> {
        match tokio::time::timeout(WITHIN, self.post(delivery)).await {
            Ok(done) => done,
            Err(_) => Err(format!("no answer within {} s", WITHIN.as_secs())),
        }
    }

    async fn post(&self, delivery: &Delivery<'_>) -> Result<u16, String> {
        let target = self
            .guard
            .target(delivery.dest)
            .map_err(|(fault, _)| fault)?;
        let stream = self.connect(&target).await?;
        if !target.tls {
            return exchange(stream, &target, delivery).await;
        }
        let name = ServerName::try_from(target.host.clone()).map_err(|error| error.to_string())?;
        let stream = self
            .tls
            .connect(name, stream)
            .await
            .map_err(|error| format!("TLS: {error}"))?;
        exchange(stream, &target, delivery).await
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

async fn exchange<S>(stream: S, target: &Target, delivery: &Delivery<'_>) -> Result<u16, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let wrong = |error: hyper::Error| error.to_string();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(wrong)?;
    let mut request = Request::post(&target.path)
        .header(header::HOST, &target.authority)
        .header(header::CONTENT_TYPE, delivery.kind)
        .header(header::CONTENT_LENGTH, delivery.body.len())
        .header("gs1-epcis-version", "2.0.0")
        .header("gs1-cbv-version", "2.0.0")
        .header("convoy-delivery", &delivery.id);
    if let Some(secret) = delivery.secret {
        request = request.header("gs1-signature", signature(secret, &delivery.body));
    }
    let request = request
        .body(Full::new(delivery.body.clone()))
        .map_err(|error| error.to_string())?;
    let talk = tokio::spawn(connection);
    let answer = sender.send_request(request).await;
    talk.abort();
    Ok(answer.map_err(wrong)?.status().as_u16())
}

/// `sha256=` and the HMAC-SHA256 of the body under the subscriber's secret, in hexadecimal digits.
pub fn signature(secret: &str, body: &[u8]) -> String {
    // A key of any length is taken, so this does not fail.
    let mac =
        Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).map(|mac| mac.chain_update(body));
    mac.map_or_else(
        |_| String::new(),
        |mac| format!("sha256={}", hex::encode(mac.finalize().into_bytes())),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn a_signature_is_hmac_sha256() {
        assert_eq!(
            signature("Jefe", b"what do ya want for nothing?"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
