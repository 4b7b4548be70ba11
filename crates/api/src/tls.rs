//! HTTPS: the node's certificate, the authority of its machines, and the alarm before the certificate ends.
//!
//! Flow: [`Tls::open`] reads the files → each connection is taken with what was read last ([`Tls::accept`]) → [`Tls::watch`] looks at the
//! files' times and reads them again when they changed.
//!
//! Invariants: files that cannot be used never replace ones that can: the node goes on with what it has and says so; TLS 1.3 or 1.2
//! only, with the hybrid X25519MLKEM768 key exchange first, so that a recording made today stays closed to the
//! quantum computers of later; a machine's certificate is checked against the member's own authority before anything in it is believed.

use convoy_node::config::TlsConfig;
use convoy_types::Did;
use std::{
    fs, io,
    net::{Ipv4Addr, Ipv6Addr},
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        crypto::{CryptoProvider, aws_lc_rs},
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
        server::WebPkiClientVerifier,
    },
    server::TlsStream,
};
use x509_parser::{certificate::X509Certificate, extensions::GeneralName, parse_x509_certificate};

/// How often the files' times are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Looks between two alarms in the log: one an hour.
const LOOKS_BETWEEN_ALARMS: u64 = 720;
/// Days before the end at which operators are told, loudest last.
const ALARM_DAYS: [u64; 3] = [60, 30, 7];
const DAY_MS: u64 = 86_400_000;

/// The key exchanges that are offered, best first.
fn provider() -> CryptoProvider {
    use aws_lc_rs::kx_group::{SECP256R1, SECP384R1, X25519, X25519MLKEM768};
    CryptoProvider {
        kx_groups: vec![X25519MLKEM768, X25519, SECP256R1, SECP384R1],
        ..aws_lc_rs::default_provider()
    }
}

/// What the files said when they were read.
struct Read {
    config: Arc<ServerConfig>,
    /// When the certificate ends, milliseconds since 1970.
    ends_ms: u64,
    /// The files' times.
    times: Vec<Option<SystemTime>>,
    /// Why what is in the files now is not used.
    fault: Option<String>,
}

/// HTTPS of one node.
pub struct Tls {
    files: TlsConfig,
    read: RwLock<Read>,
}

impl Tls {
    /// Reads the files of `files`.
    ///
    /// # Errors
    /// The file, what is wrong with it and what to do.
    pub fn open(files: &TlsConfig) -> Result<Arc<Self>, String> {
        let times = times(files);
        let (config, ends_ms) = load(files)?;
        let read = RwLock::new(Read {
            config,
            ends_ms,
            times,
            fault: None,
        });
        Ok(Arc::new(Self {
            files: files.clone(),
            read,
        }))
    }

    /// The files and where to listen.
    pub fn files(&self) -> &TlsConfig {
        &self.files
    }

    /// Takes a connection, with what was read last.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let config = {
            let read = self.read.read().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(&read.config)
        };
        TlsAcceptor::from(config).accept(stream).await
    }

    /// What the operator should know at `now_ms`; empty when all is well.
    pub fn notices(&self, now_ms: u64) -> Vec<String> {
        let read = self.read.read().unwrap_or_else(PoisonError::into_inner);
        let file = self.files.certificate.file_name();
        let file = file.map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let mut notices = Vec::new();
        if let Some(fault) = &read.fault {
            notices.push(format!(
                "the HTTPS certificate on disk is not used, the one from before is: {fault}"
            ));
        }
        if now_ms >= read.ends_ms {
            notices.push(format!(
                "the HTTPS certificate `{file}` has ended: programs and browsers refuse this node; put a new one in its place, the node reads it by itself"
            ));
        } else if let Some(days) = alarm(read.ends_ms, now_ms) {
            notices.push(format!(
                "the HTTPS certificate `{file}` ends in {days} days; put a new one in its place, the node reads it by itself"
            ));
        }
        notices
    }

    /// Reads the files again when their times changed; says whether they were taken.
    pub fn refresh(&self) -> bool {
        let now = times(&self.files);
        let same = self
            .read
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .times
            == now;
        if same {
            return false;
        }
        let loaded = load(&self.files);
        let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
        read.times = now;
        match loaded {
            Ok((config, ends_ms)) => {
                read.config = config;
                read.ends_ms = ends_ms;
                read.fault = None;
                tracing::info!("the HTTPS certificate was read again");
                true
            }
            Err(fault) => {
                tracing::error!(%fault, "the HTTPS certificate on disk cannot be used; the one from before stays");
                read.fault = Some(fault);
                false
            }
        }
    }

    /// Looks after the files until `closed` resolves.
    pub async fn watch(self: Arc<Self>, closed: impl Future<Output = ()>) {
        tokio::pin!(closed);
        let mut looks = 0_u64;
        loop {
            if looks.is_multiple_of(LOOKS_BETWEEN_ALARMS) {
                for notice in self.notices(crate::app::now_ms()) {
                    tracing::warn!("{notice}");
                }
            }
            looks += 1;
            tokio::select! {
                () = &mut closed => return,
                () = tokio::time::sleep(LOOK_EVERY) => { self.refresh(); }
            }
        }
    }
}

/// What the files of HTTPS say, for whoever looks after them.
pub struct Certificate {
    /// When it ends, milliseconds since 1970.
    pub ends_ms: u64,
    /// Whole days that are left, once there are few enough of them to be told.
    pub alarm_days: Option<u64>,
    /// The names and addresses by which the node may be reached.
    pub names: Vec<String>,
}

/// Reads the files as the node does when it starts.
///
/// # Errors
/// The file, what is wrong with it and what to do.
pub fn examine(files: &TlsConfig, now_ms: u64) -> Result<Certificate, String> {
    let (_, ends_ms) = load(files)?;
    let chain = certificates(&files.certificate)?;
    let own = chain
        .first()
        .and_then(|first| parse_x509_certificate(first).ok());
    let names = own.map(|(_, certificate)| names(&certificate));
    Ok(Certificate {
        ends_ms,
        alarm_days: alarm(ends_ms, now_ms),
        names: names.unwrap_or_default(),
    })
}

/// The hosts and addresses that a certificate is for.
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let found = certificate.subject_alternative_name().ok().flatten();
    let all = found.iter().flat_map(|names| &names.value.general_names);
    all.filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match *bytes {
            [a, b, c, d] => Some(Ipv4Addr::new(*a, *b, *c, *d).to_string()),
            bytes => <[u8; 16]>::try_from(bytes)
                .ok()
                .map(|bytes| Ipv6Addr::from(bytes).to_string()),
        },
        _ => None,
    })
    .collect()
}

/// Whole days that are left, once there are few enough of them to be told.
fn alarm(ends_ms: u64, now_ms: u64) -> Option<u64> {
    let days = ends_ms.saturating_sub(now_ms) / DAY_MS;
    ALARM_DAYS.iter().any(|at| days < *at).then_some(days)
}

fn times(files: &TlsConfig) -> Vec<Option<SystemTime>> {
    let named = [
        Some(&files.certificate),
        Some(&files.key),
        files.machines.as_ref(),
    ];
    let time = |path: &std::path::PathBuf| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    named.into_iter().flatten().map(time).collect()
}

fn load(files: &TlsConfig) -> Result<(Arc<ServerConfig>, u64), String> {
    let chain = certificates(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| format!("api.tls.key {}: {error}", files.key.display()))?;
    let provider = Arc::new(provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = match &files.machines {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(file)? {
                roots
                    .add(certificate)
                    .map_err(|error| format!("api.tls.machines {}: {error}", file.display()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .allow_unauthenticated()
                .build()
                .map_err(|error| format!("api.tls.machines {}: {error}", file.display()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let ends_ms = ends_ms(chain.first(), &files.certificate)?;
    let mut config = builder.with_single_cert(chain, key).map_err(|error| {
        format!(
            "api.tls.certificate {} and api.tls.key do not fit each other: {error}",
            files.certificate.display()
        )
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((Arc::new(config), ends_ms))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |error: String| format!("certificate file {}: {error}", file.display());
    let read = CertificateDer::pem_file_iter(file).map_err(|error| wrong(error.to_string()))?;
    let found: Vec<_> = read
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(error.to_string()))?;
    match found.is_empty() {
        true => Err(wrong("it holds no certificate in PEM".into())),
        false => Ok(found),
    }
}

fn ends_ms(first: Option<&CertificateDer<'_>>, file: &Path) -> Result<u64, String> {
    let wrong = || {
        format!(
            "certificate file {}: its end cannot be read",
            file.display()
        )
    };
    let (_, certificate) = parse_x509_certificate(first.ok_or_else(wrong)?).map_err(|_| wrong())?;
    let seconds = certificate.validity().not_after.timestamp();
    let seconds = u64::try_from(seconds).map_err(|_| wrong())?;
    Ok(seconds.saturating_mul(1_000))
}

/// Who a machine's certificate says it is: the one DID among the URIs of its alternative names, else its common name.
/// The certificate's chain has been verified.
pub fn machine(certificate: &[u8]) -> Result<Did, &'static str> {
    let (_, certificate) = parse_x509_certificate(certificate).map_err(|_| "it cannot be read")?;
    let names = certificate
        .subject_alternative_name()
        .map_err(|_| "its alternative names cannot be read")?;
    let named = names.iter().flat_map(|names| &names.value.general_names);
    let mut dids = named.filter_map(|name| match name {
        GeneralName::URI(uri) if uri.starts_with("did:") => Some(*uri),
        _ => None,
    });
    let uri = match (dids.next(), dids.next()) {
        (Some(_), Some(_)) => return Err("it names more than one DID"),
        (found, _) => found,
    };
    let common = certificate
        .subject()
        .iter_common_name()
        .next()
        .and_then(|name| name.as_str().ok());
    uri.or(common)
        .and_then(|text| text.parse().ok())
        .ok_or("it names no DID")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alarm_begins_sixty_days_before_the_end() {
        let now = 1_000 * DAY_MS;
        assert_eq!(alarm(now + 60 * DAY_MS, now), None);
        assert_eq!(alarm(now + 60 * DAY_MS - 1, now), Some(59));
        assert_eq!(alarm(now + 6 * DAY_MS, now), Some(6));
        assert_eq!(alarm(now, now + 5), Some(0));
    }
}
