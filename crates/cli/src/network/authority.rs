//! Certificates: the network's own authority for HTTPS, and each member's authority for its machines.
//!
//! ```text
//! DIR/ca.pem                  whom browsers, programs and `convoy --ca` trust; hand it to everybody
//! DIR/ca.key                  makes nodes' certificates; keep it off line
//! DIR/est/tls/node.pem .key   the certificate of Estonia's node
//! DIR/est/machines.pem        whom Estonia's node believes about machines
//! DIR/est/machines.key        makes machines' certificates (`convoy key certificate`); keep it off line
//! ```
//!
//! Invariants: an authority makes certificates of one kind only, and none that makes others (path length 0); keys are ECDSA P-256,
//! which every browser takes; a private key is readable by its owner only and never printed.

use crate::failure::{Attempt as _, Failure, Outcome};
use convoy_node::durable::write_private;
use convoy_types::Did;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// An authority's certificate holds for ten years.
const AUTHORITY_DAYS: u32 = 3_653;
/// A node's certificate holds for a year and a month, so that it can be renewed on the same day every year.
pub const NODE_DAYS: u32 = 397;
/// Clocks of other machines may be this far behind.
const BEFORE: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Where an authority is kept, without the ending.
#[derive(Debug, Clone)]
pub struct Place(PathBuf);

impl Place {
    /// The network's authority.
    pub fn network(folder: &Path) -> Self {
        Self(folder.join("ca"))
    }

    /// A member's authority for machines; `folder` is the member's.
    pub fn machines(folder: &Path) -> Self {
        Self(folder.join("machines"))
    }

    /// Its certificate.
    pub fn certificate(&self) -> PathBuf {
        self.0.with_extension("pem")
    }

    /// Its private key.
    pub fn key(&self) -> PathBuf {
        self.0.with_extension("key")
    }
}

/// An authority that can make certificates.
pub struct Authority(Issuer<'static, KeyPair>);

impl Authority {
    /// Makes an authority called `name` and keeps it at `place`.
    pub fn make(place: &Place, name: &str) -> Outcome<Self> {
        let key = new_key()?;
        let mut params = params(name, AUTHORITY_DAYS);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params
            .self_signed(&key)
            .attempt(|| format!("make the authority `{name}`"))?;
        keep(&place.key(), &key)?;
        write(&place.certificate(), certificate.pem().as_bytes())?;
        Ok(Self(Issuer::new(params, key)))
    }

    /// Opens the authority kept at `place`.
    pub fn open(place: &Place) -> Outcome<Self> {
        let read = |path: PathBuf| {
            fs::read_to_string(&path).map_err(|error| {
                Failure::environment(format!("cannot read {}: {error}", path.display())).remedy(
                    "an authority is a .pem and a .key file beside each other, as `convoy network init` makes them",
                )
            })
        };
        let key = KeyPair::from_pem(&read(place.key())?)
            .attempt(|| format!("use the key {}", place.key().display()))?;
        let issuer = Issuer::from_ca_cert_pem(&read(place.certificate())?, key)
            .attempt(|| format!("use the certificate {}", place.certificate().display()))?;
        Ok(Self(issuer))
    }

    /// Makes a certificate for a node that is reached by `names` (host names and addresses), in `folder`: `node.pem` and `node.key`.
    pub fn node(&self, folder: &Path, names: &[String]) -> Outcome<PathBuf> {
        fs::create_dir_all(folder).attempt(|| format!("make the folder {}", folder.display()))?;
        let mut params = CertificateParams::new(names)
            .map_err(|error| Failure::usage(format!("one of the names {names:?}: {error}")))?;
        self.subject(&mut params, "Convoy node", NODE_DAYS);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(&params, &folder.join("node"))
    }

    /// Makes a certificate for the device or service `signer`, at `file` with the endings `.pem` and `.key`.
    pub fn machine(&self, file: &Path, signer: &Did, days: u32) -> Outcome<PathBuf> {
        let mut params = CertificateParams::default();
        self.subject(&mut params, signer.as_str(), days);
        let uri = signer
            .as_str()
            .try_into()
            .map_err(|error| Failure::usage(format!("{signer} is no address: {error}")))?;
        params.subject_alt_names = vec![SanType::URI(uri)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(&params, file)
    }

    fn subject(&self, params: &mut CertificateParams, name: &str, days: u32) {
        let dated = self::params(name, days);
        params.distinguished_name = dated.distinguished_name;
        params.not_before = dated.not_before;
        params.not_after = dated.not_after;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
    }

    fn issue(&self, params: &CertificateParams, file: &Path) -> Outcome<PathBuf> {
        let key = new_key()?;
        let certificate = params
            .signed_by(&key, &self.0)
            .attempt(|| format!("make the certificate {}", file.display()))?;
        // The key first: the node looks at the certificate's time, and both are there then.
        keep(&file.with_extension("key"), &key)?;
        let path = file.with_extension("pem");
        write(&path, certificate.pem().as_bytes())?;
        Ok(path)
    }
}

fn params(name: &str, days: u32) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let now = SystemTime::now();
    params.not_before = (now - BEFORE).into();
    params.not_after = (now + DAY * days).into();
    params
}

fn new_key() -> Outcome<KeyPair> {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).attempt(|| "make a key".into())
}

fn keep(path: &Path, key: &KeyPair) -> Outcome {
    let pem = zeroize::Zeroizing::new(key.serialize_pem());
    write_private(path, pem.as_bytes()).attempt(|| format!("write {}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Outcome {
    fs::write(path, bytes).attempt(|| format!("write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn an_authority_is_opened_again_and_its_keys_are_private() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::network(folder.path());
        Authority::make(&place, "test network").unwrap();
        let authority = Authority::open(&place).unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let node = authority.node(&folder.path().join("tls"), &names).unwrap();
        let did: Did = "did:convoy:gate-3".parse().unwrap();
        let machine = authority
            .machine(&folder.path().join("gate-3"), &did, 30)
            .unwrap();
        for file in [
            place.key(),
            node.with_extension("key"),
            machine.with_extension("key"),
        ] {
            let mode = fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", file.display());
        }
        assert!(
            fs::read_to_string(node)
                .unwrap()
                .contains("BEGIN CERTIFICATE")
        );
    }

    #[test]
    fn an_authority_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let fault = Authority::open(&Place::machines(folder.path()))
            .err()
            .unwrap();
        assert!(format!("{fault:?}").contains("machines.key"), "{fault:?}");
    }
}
