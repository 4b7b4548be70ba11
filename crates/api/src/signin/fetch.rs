//! Asking an identity provider: one request, one JSON answer, with bounds on its time and size.
//!
//! Invariants: over TLS, or to this machine; no redirect is followed; addresses come from the operator's configuration and the discovery
//! document found there, never from a person.

use axum::http::{Method, Request, Uri, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::{net::IpAddr, path::Path, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};

/// From the lookup to the whole answer.
const WITHIN: Duration = Duration::from_secs(10);
/// Discovery documents and key sets are a few kilobytes.
const BYTES_MAX: usize = 256 << 10;

/// A form to be sent, and who sends it.
pub struct Form {
    /// `application/x-www-form-urlencoded`.
    pub body: String,
    /// The Authorization header.
    pub authorization: Option<String>,
}

/// Asks one provider.
pub struct Fetcher {
    tls: TlsConnector,
}

impl Fetcher {
    /// Trusting the authorities in the file, or the system's.
    pub fn new(authority: Option<&Path>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        match authority {
            Some(file) => {
                let wrong = |error: &dyn std::fmt::Display| {
                    format!("the provider's authority {}: {error}", file.display())
                };
                let found = CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))?;
                for certificate in found {
                    let certificate = certificate.map_err(|error| wrong(&error))?;
                    roots.add(certificate).map_err(|error| wrong(&error))?;
                }
            }
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    /// The JSON at `address`, or the answer to `form` there.
    ///
    /// # Errors
    /// In plain words, without what was sent.
    pub async fn json(&self, address: &str, form: Option<Form>) -> Result<Value, String> {
        match tokio::time::timeout(WITHIN, self.ask(address, form)).await {
            Ok(done) => done,
            Err(_) => Err(format!("no answer within {} s", WITHIN.as_secs())),
        }
    }

    async fn ask(&self, address: &str, form: Option<Form>) -> Result<Value, String> {
        let uri: Uri = address.parse().map_err(|_| "it is no address")?;
        let authority = uri.authority().ok_or("the address names no host")?.clone();
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if is_here(&host) => false,
            _ => return Err("the address is not https".into()),
        };
        let port = authority
            .port_u16()
            .unwrap_or(if secure { 443 } else { 80 });
        let request = request(&uri, authority.as_str(), form)?;
        let stream = TcpStream::connect((host.as_str(), port))
            .await
            .map_err(|error| format!("{host} cannot be reached: {error}"))?;
        if !secure {
            return exchange(stream, request).await;
        }
        let name = ServerName::try_from(host).map_err(|error| error.to_string())?;
        let stream = self
            .tls
            .connect(name, stream)
            .await
            .map_err(|error| format!("TLS: {error}"))?;
        exchange(stream, request).await
    }
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn request(uri: &Uri, host: &str, form: Option<Form>) -> Result<Request<Full<Bytes>>, String> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::builder()
        .uri(path)
        .header(header::HOST, host)
        .header(header::ACCEPT, "application/json");
    let request = match form {
        None => request.body(Full::default()),
        Some(form) => {
            let mut request = request
                .method(Method::POST)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::CONTENT_LENGTH, form.body.len());
            if let Some(value) = form.authorization {
                request = request.header(header::AUTHORIZATION, value);
            }
            request.body(Full::new(Bytes::from(form.body)))
        }
    };
    request.map_err(|error| error.to_string())
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Value, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let wrong = |error: hyper::Error| error.to_string();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(wrong)?;
    let talk = tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(wrong);
    let read = async {
        let answer = answer?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), BYTES_MAX).collect().await;
        let body = body
            .map_err(|_| "the answer is too long or broke off")?
            .to_bytes();
        if !status.is_success() {
            return Err(format!("the answer has status {}", status.as_u16()));
        }
        serde_json::from_slice(&body).map_err(|_| "the answer is no JSON".to_owned())
    };
    let read = read.await;
    talk.abort();
    read
}
