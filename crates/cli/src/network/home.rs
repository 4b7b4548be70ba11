//! A member's folder: its keys, what it says of itself for the founding document, its node's configuration and tokens.
//!
//! ```text
//! DIR/data/            what the node keeps, its sealed keys among it
//! DIR/passphrase       what opens them
//! DIR/node.toml        configuration
//! DIR/tls/             the node's certificate
//! DIR/machines.*       the authority for machines
//! DIR/*.token          what people and programs show to the node
//! ```

use super::{
    authority::{Authority, Place},
    file::MemberEntry,
    found::Enrolment,
    manifest::Node,
};
use crate::failure::{Attempt as _, Failure, Outcome};
use convoy_modules::membership::types::{NewMember, Role, SignerKind, ValidatorKey};
use convoy_node::{
    config::{
        ApiConfig, AuditConfig, IdentityConfig, KeystoreConfig, MempoolConfig, NodeConfig,
        P2pConfig, PaceConfig, PasskeysConfig, PeerConfig, ResourcesConfig, SignInConfig,
        TlsConfig,
    },
    durable::write_private,
    founding::FounderSignature,
    genesis::{GenesisDocument, GenesisMember, MemberPlace},
    keystore::{Keystore, Purpose},
    tokens::{Scope, TokenStore},
};
use convoy_types::{
    Did, Digest,
    cose::{Algorithm, PublicKey, SigningKey},
};
use rand::RngCore as _;
use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

/// What a node keeps, within its member's folder.
pub const DATA: &str = "data";
/// What opens its keystore.
pub const PASSPHRASE: &str = "passphrase";
/// Its configuration.
pub const CONFIG: &str = "node.toml";

/// Where one node listens, and how it is reached.
pub struct At {
    /// Its interface.
    pub api: SocketAddr,
    /// Its interface over HTTPS.
    pub secure: SocketAddr,
    /// Where peers connect to.
    pub peer: SocketAddr,
    /// Names and addresses in its certificate.
    pub names: Vec<String>,
    /// The founding document, from its folder.
    pub genesis: PathBuf,
    /// Whether it offers the demonstration's own sign-in.
    pub demo: bool,
    /// Whether it takes over a recent state.
    pub state_sync: bool,
    /// Memory and threads.
    pub resources: ResourcesConfig,
}

/// A member's folder with its keys.
pub struct Home {
    /// The member.
    pub entry: MemberEntry,
    /// The folder.
    pub folder: PathBuf,
    /// The identifier under which its node signs tree heads.
    pub did: Did,
    /// The keys of its node.
    pub validator: Option<ValidatorKeys>,
    /// Its people and devices.
    pub enrolments: Vec<Enrolment>,
}

/// The public halves of a node's keys.
pub struct ValidatorKeys {
    /// Votes in consensus, and is the node's identity among its peers.
    pub consensus: ValidatorKey,
    /// Sign tree heads.
    pub tree_heads: Vec<PublicKey>,
}

impl Home {
    /// Makes the folder with keys for the member of `entry`.
    pub fn make(folder: PathBuf, entry: &MemberEntry) -> Outcome<Self> {
        fs::create_dir(&folder).map_err(|error| {
            Failure::environment(format!(
                "cannot make the folder {}: {error}",
                folder.display()
            ))
            .remedy("keys are made in a new folder; choose another one")
        })?;
        let passphrase = random_hex();
        write_private(
            &folder.join(PASSPHRASE),
            format!("{passphrase}\n").as_bytes(),
        )
        .attempt(|| format!("write into {}", folder.display()))?;
        let kept = if entry.validator {
            folder.join(DATA)
        } else {
            folder.clone()
        };
        fs::create_dir_all(&kept).attempt(|| format!("make the folder {}", kept.display()))?;
        let mut keys = Keystore::create(&kept, &passphrase).map_err(Failure::environment)?;
        let mut generate = |name: &str, purpose, signer, algorithm| {
            keys.generate(name, purpose, signer, algorithm)
                .map_err(Failure::environment)
        };
        let validator = if entry.validator {
            Some(ValidatorKeys {
                consensus: consensus_key(&generate(
                    "consensus",
                    Purpose::Consensus,
                    None,
                    Algorithm::Ed25519,
                )?)?,
                tree_heads: vec![
                    generate("tree-heads", Purpose::TreeHead, None, Algorithm::Ed25519)?,
                    generate("tree-heads-pq", Purpose::TreeHead, None, Algorithm::MlDsa65)?,
                ],
            })
        } else {
            None
        };
        let mut enrol = |name: &str, kind, roles: &[Role]| {
            let did = entry.random_did()?;
            let key = generate(name, Purpose::Signer, Some(did.clone()), Algorithm::Ed25519)?;
            Outcome::Ok(Enrolment {
                did,
                member: entry.id.clone(),
                kind,
                roles: roles.to_vec(),
                key,
                held_by_node: entry.validator,
            })
        };
        let mut enrolments = Vec::new();
        for signer in &entry.signers {
            enrolments.push(enrol(&signer.key, SignerKind::Person, &signer.roles)?);
        }
        // The node speaks for who has no key yet: it passes on enrolments by code. Last, so that people keep their places.
        if entry.validator {
            enrolments.push(enrol("node-signer", SignerKind::Node, &[Role::Node])?);
        }
        Ok(Self {
            entry: entry.clone(),
            folder,
            did: entry.did()?,
            validator,
            enrolments,
        })
    }

    /// This member's signature under the founding document, with a key from its folder.
    pub fn sign(&self, genesis: &GenesisDocument) -> Outcome<FounderSignature> {
        let kept = match self.entry.validator {
            true => self.folder.join(DATA),
            false => self.folder.clone(),
        };
        let key = founding_key(&kept, &self.folder.join(PASSPHRASE), genesis, &self.entry)?;
        genesis
            .signature(&self.entry.id, &key)
            .map_err(Failure::refused)
    }

    /// This member as the founding document has it, with those of `more` that act for it.
    pub fn founder(&self, more: &[Enrolment], place: Option<MemberPlace>) -> GenesisMember {
        let keys = self.validator.as_ref();
        let member = NewMember {
            member: self.entry.id.clone(),
            name: self.entry.name.clone(),
            kind: self.entry.kind,
            founding: self.entry.founding,
            validator: keys.map(|keys| keys.consensus),
            tree_head_keys: keys.map(|keys| keys.tree_heads.clone()).unwrap_or_default(),
            node: keys.map(|_| self.did.clone()),
        };
        let others = more
            .iter()
            .filter(|enrolment| enrolment.member == self.entry.id);
        let signers = self
            .enrolments
            .iter()
            .chain(others)
            .map(Enrolment::new_signer)
            .collect();
        GenesisMember {
            member,
            node: self.did.clone(),
            signers,
            place,
        }
    }

    /// Makes the node's certificate, writes its configuration and issues its operator's token.
    pub fn configure(
        &self,
        at: At,
        peers: Vec<PeerConfig>,
        authority: &Authority,
    ) -> Outcome<Node> {
        authority.node(&self.folder.join("tls"), &at.names)?;
        let machines = Place::machines(&self.folder);
        Authority::make(&machines, &format!("Machines of {}", self.entry.id))?;
        let signin = sign_in(&at);
        let resources = ResourcesConfig {
            state_sync: at.state_sync,
            ..at.resources
        };
        let config = NodeConfig {
            member: self.entry.id.clone(),
            genesis: at.genesis,
            data: DATA.into(),
            keystore: KeystoreConfig {
                passphrase_file: Some(PASSPHRASE.into()),
                passphrase_env: None,
                pkcs11: None,
            },
            identity: self.entry.identity(),
            api: ApiConfig {
                listen: at.api,
                tls: Some(TlsConfig {
                    listen: at.secure,
                    certificate: "tls/node.pem".into(),
                    key: "tls/node.key".into(),
                    machines: Some("machines.pem".into()),
                }),
                public_metrics: true,
                webhooks: Default::default(),
            },
            signin,
            p2p: P2pConfig {
                listen: at.peer,
                peers,
                allow_private_addresses: true,
            },
            pace: PaceConfig::default(),
            mempool: MempoolConfig::default(),
            resources,
            audit: AuditConfig::default(),
            retention: Default::default(),
            backup: None,
            telemetry: None,
        };
        let path = self.folder.join(CONFIG);
        fs::write(&path, config.to_toml()).attempt(|| format!("write {}", path.display()))?;
        let folder = Path::new(self.entry.id.as_str());
        let scopes = [Scope::Read, Scope::Submit, Scope::Admin];
        Ok(Node {
            config: folder.join(CONFIG),
            data: folder.join(DATA),
            log: folder.join("node.log"),
            api: at.api,
            secure: Some(at.secure),
            peer: at.peer,
            admin_token: self.token(&self.folder.join(DATA), "admin", &scopes, None)?,
        })
    }

    /// Issues a token at the node of `at` and keeps it in this member's folder.
    pub fn token(
        &self,
        at: &Path,
        name: &str,
        scopes: &[Scope],
        signer: Option<Did>,
    ) -> Outcome<PathBuf> {
        let store =
            TokenStore::open(at).attempt(|| format!("read the tokens in {}", at.display()))?;
        let label = format!("{} {name}", self.entry.id);
        let token = store
            .issue(&label, scopes.to_vec(), signer, None)
            .attempt(|| format!("issue a token in {}", at.display()))?;
        let file = format!("{name}.token");
        write_private(&self.folder.join(&file), format!("{token}\n").as_bytes())
            .attempt(|| format!("write into {}", self.folder.display()))?;
        Ok(Path::new(self.entry.id.as_str()).join(file))
    }
}

/// The key in the keystore of `kept` with which the member of `entry` signs the founding document.
pub fn founding_key(
    kept: &Path,
    passphrase: &Path,
    genesis: &GenesisDocument,
    entry: &MemberEntry,
) -> Outcome<SigningKey> {
    let text = fs::read_to_string(passphrase)
        .attempt(|| format!("read the passphrase in {}", passphrase.display()))?;
    let keys = Keystore::open(kept, text.trim_end()).map_err(Failure::environment)?;
    if entry.validator {
        return keys
            .key(Purpose::TreeHead, Algorithm::Ed25519)
            .map_err(Failure::environment);
    }
    let founder = genesis.member(&entry.id);
    let signers = founder.iter().flat_map(|founder| &founder.signers);
    let held = signers.filter_map(|signer| keys.signer(&signer.did).ok());
    held.into_iter().next().ok_or_else(|| {
        Failure::usage(format!(
            "{} holds no key of a signer of `{}`",
            kept.display(),
            entry.id
        ))
    })
}

/// The names by which a node on this machine is reached, for its certificate.
pub fn names_of(address: SocketAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let own = address.ip().to_string();
    if !names.contains(&own) {
        names.push(own);
    }
    names
}

/// How people sign in to a node: at its own host where it has a name, else at this machine; by passkey, or by passphrase where there is no device for one.
fn sign_in(at: &At) -> SignInConfig {
    let local_name = "localhost".to_owned();
    let named = |name: &&String| name.parse::<IpAddr>().is_err() && **name != local_name;
    let (host, origins) = match at.names.first().filter(named) {
        Some(host) => (host, vec![format!("https://{host}:{}", at.secure.port())]),
        None => {
            let ends = [("https", at.secure), ("http", at.api)];
            let origin = |(scheme, address): (&str, SocketAddr)| {
                format!("{scheme}://localhost:{}", address.port())
            };
            (&local_name, ends.map(origin).into())
        }
    };
    SignInConfig {
        passphrases: true,
        demo: at.demo,
        passkeys: Some(PasskeysConfig {
            rp_id: host.clone(),
            origins,
        }),
        ..SignInConfig::default()
    }
}

/// The 32 bytes of an Ed25519 key.
fn consensus_key(key: &PublicKey) -> Outcome<ValidatorKey> {
    let raw = key
        .raw()
        .try_into()
        .attempt(|| "use the consensus key".into())?;
    Ok(ValidatorKey(Digest(raw)))
}

/// An identifier without a name in it.
pub fn random_did() -> Outcome<Did> {
    Did::new(&format!("did:convoy:{}", random_hex())).map_err(Failure::usage)
}

impl MemberEntry {
    /// Where its node is found.
    fn identity(&self) -> IdentityConfig {
        IdentityConfig {
            host: self.host.clone(),
        }
    }

    /// The identifier of its node: the host's own where it has one.
    fn did(&self) -> Outcome<Did> {
        match self.host {
            Some(_) => self.host_did(),
            None => random_did(),
        }
    }

    /// An identifier without a name in it, under its host where it has one.
    fn random_did(&self) -> Outcome<Did> {
        match self.host {
            Some(_) => {
                let text = format!("{}:{}", self.host_did()?, random_hex());
                Did::new(&text).map_err(Failure::usage)
            }
            None => random_did(),
        }
    }

    fn host_did(&self) -> Outcome<Did> {
        self.identity().did().ok_or_else(|| {
            Failure::usage(format!("member `{}`: its host is no host name", self.id))
                .remedy("write one such as \"logistics.est.example\"")
        })
    }
}

fn random_hex() -> String {
    let mut random = [0; 16];
    rand::rngs::OsRng.fill_bytes(&mut random);
    hex::encode(random)
}

/// Threads for one of `nodes` nodes that all run here: more than there are processors only wait for each other.
pub fn share_of_this_machine(nodes: usize) -> ResourcesConfig {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = (processors / nodes.max(1)).clamp(1, ResourcesConfig::default().engine_threads);
    ResourcesConfig {
        engine_threads: threads,
        api_threads: threads,
        ..ResourcesConfig::default()
    }
}
