//! Whom a client trusts over HTTPS, and the certificate that it shows.
//!
//! Invariants: with authorities of one's own the system's are not asked; a certificate that does not fit is refused, there is no switch to
//! look away; the hybrid X25519MLKEM768 key exchange is offered first, so that a recording made today stays closed to quantum computers.

use std::sync::Arc;
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

/// Authorities and a certificate of one's own, in PEM.
#[derive(Clone, Default)]
pub struct Https {
    /// The authorities that nodes' certificates come from (`ca.pem` of the network); the system's where `None`.
    pub authorities: Option<Vec<u8>>,
    /// The certificate of this machine and its private key: whoever shows them needs no token.
    pub machine: Option<(Vec<u8>, Vec<u8>)>,
}

impl std::fmt::Debug for Https {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Https")
            .field("authorities", &self.authorities.is_some())
            .field("machine", &self.machine.is_some())
            .finish()
    }
}

impl Https {
    /// The configuration for connections; the system's authorities are read only where `https` needs them.
    pub(crate) fn configure(&self, https: bool) -> Result<ClientConfig, String> {
        use aws_lc_rs::kx_group::{SECP256R1, SECP384R1, X25519, X25519MLKEM768};
        let provider = CryptoProvider {
            kx_groups: vec![X25519MLKEM768, X25519, SECP256R1, SECP384R1],
            ..aws_lc_rs::default_provider()
        };
        let builder = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(self.roots(https)?);
        let Some((certificate, key)) = &self.machine else {
            return Ok(builder.with_no_client_auth());
        };
        let chain = certificates(certificate)
            .map_err(|fault| format!("this machine's certificate: {fault}"))?;
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| format!("the key of this machine's certificate: {error}"))?;
        builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| format!("this machine's certificate and key: {error}"))
    }

    fn roots(&self, https: bool) -> Result<RootCertStore, String> {
        let mut roots = RootCertStore::empty();
        match &self.authorities {
            Some(pem) => {
                let found = certificates(pem)
                    .map_err(|fault| format!("the certificate authority: {fault}"))?;
                for certificate in found {
                    roots
                        .add(certificate)
                        .map_err(|error| format!("the certificate authority: {error}"))?;
                }
            }
            None if https => {
                let found = rustls_native_certs::load_native_certs();
                roots.add_parsable_certificates(found.certs);
            }
            None => {}
        }
        Ok(roots)
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    match found.is_empty() {
        true => Err("there is no certificate in PEM in it".into()),
        false => Ok(found),
    }
}
