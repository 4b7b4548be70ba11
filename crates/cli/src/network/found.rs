//! Founding a network: keys for everybody, the founding document, a folder with configuration for every node.
//!
//! ```text
//! DIR/network.json          who has what (read by the demo, the bench and the tests)
//! DIR/genesis.json          the founding document; its digest is part of the network's identifier
//! DIR/est/node.toml         configuration of Estonia's node
//! DIR/est/data/             what the node keeps, its sealed keys among it
//! DIR/est/passphrase        what opens them
//! DIR/est/officer.token     what Estonia's officer shows to the node
//! DIR/est/admin.token       what the node's operator shows
//! DIR/nordic-parts/         keys and tokens of a member without a node
//! DIR/ca.pem                the network's authority for HTTPS, and what else authority.rs names
//! ```
//!
//! All keys are made on one machine here, which suits a demonstration and a test. In earnest every member makes its own and
//! sends the public halves; that is what `convoy key` and enrolment by statement are for.

use super::{
    authority::{Authority, Place},
    file::{MemberEntry, NetworkFile},
    manifest::{Manifest, Member, Node, Signer},
};
use crate::{
    clock,
    failure::{Attempt as _, Failure, Outcome},
};
use convoy_modules::membership::types::{
    NewKey, NewMember, NewSigner, Role, Roles, SignerKind, ValidatorKey,
};
use convoy_node::{
    config::{
        ApiConfig, AuditConfig, IdentityConfig, KeystoreConfig, MempoolConfig, NodeConfig,
        P2pConfig, PaceConfig, PasskeysConfig, PeerConfig, ResourcesConfig, SignInConfig,
        TlsConfig,
    },
    genesis::{GENESIS_VERSION, GenesisDocument, GenesisMember},
    keystore::{Keystore, Purpose, write_private},
    tokens::{Scope, TokenStore},
};
use convoy_types::{
    Did, Digest, MemberId, NetworkId,
    cose::{Algorithm, PublicKey},
    statement::Assurance,
};
use rand::RngCore as _;
use std::{
    collections::BTreeSet,
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
};

/// What a node keeps, within its member's folder.
const DATA: &str = "data";

/// A person or device to be enrolled besides those of the file.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// Its identifier.
    pub did: Did,
    /// The member it acts for.
    pub member: MemberId,
    /// What it may do.
    pub roles: Vec<Role>,
    /// Its public key.
    pub key: PublicKey,
    /// Whether its member's node holds the key.
    pub held_by_node: bool,
}

/// Addresses on this machine, one pair for each validator in the file's order.
#[derive(Debug, Clone)]
pub struct Ports {
    /// Where the nodes answer.
    pub api: Vec<SocketAddr>,
    /// Where they answer over HTTPS.
    pub secure: Vec<SocketAddr>,
    /// Where validators reach each other.
    pub peer: Vec<SocketAddr>,
}

impl Ports {
    /// The first free ports from those that the file names.
    pub fn free(file: &NetworkFile) -> Outcome<Self> {
        let count = file.validators().count();
        let mut taken = BTreeSet::new();
        let api = free_ports(file.api_port, count, &mut taken)?;
        let secure = free_ports(file.secure_port, count, &mut taken)?;
        let peer = free_ports(file.peer_port, count, &mut taken)?;
        Ok(Self { api, secure, peer })
    }
}

fn free_ports(first: u16, count: usize, taken: &mut BTreeSet<u16>) -> Outcome<Vec<SocketAddr>> {
    let mut found = Vec::new();
    for port in first..=u16::MAX {
        if found.len() == count {
            break;
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if !taken.contains(&port) && TcpListener::bind(address).is_ok() {
            taken.insert(port);
            found.push(address);
        }
    }
    if found.len() < count {
        return Err(Failure::environment(format!(
            "there are no {count} free ports from {first} on"
        )));
    }
    Ok(found)
}

/// Founds the network of `file` in `folder`, which must be empty or not there yet. Validator `from` reaches validator `to` at `address(from, to)`.
pub fn found(
    file: &NetworkFile,
    folder: &Path,
    ports: &Ports,
    more: &[Enrolment],
    address: impl Fn(usize, usize) -> SocketAddr,
) -> Outcome<Manifest> {
    fs::create_dir_all(folder).attempt(|| format!("make the folder {}", folder.display()))?;
    let folder = folder
        .canonicalize()
        .attempt(|| format!("find the folder {}", folder.display()))?;
    let homes = file
        .members
        .iter()
        .map(|member| Home::make(&folder, member))
        .collect::<Outcome<Vec<_>>>()?;
    let genesis = GenesisDocument {
        version: GENESIS_VERSION,
        name: file.name.clone(),
        time_ms: clock::now_ms(),
        members: homes.iter().map(|home| home.founder(more)).collect(),
    };
    let network = genesis.network().map_err(Failure::usage)?;
    let text =
        serde_json::to_vec_pretty(&genesis).attempt(|| "write the founding document".into())?;
    let path = folder.join("genesis.json");
    fs::write(&path, text).attempt(|| format!("write {}", path.display()))?;
    let authority = Authority::make(&Place::network(&folder), &format!("Convoy {}", file.name))?;
    let nodes: Vec<&Home> = homes.iter().filter(|home| home.entry.validator).collect();
    let mut configured = Vec::new();
    for (index, home) in nodes.iter().enumerate() {
        let peers = nodes.iter().enumerate().map(|(to, peer)| PeerConfig {
            member: peer.entry.id.clone(),
            address: if to == index {
                ports.peer[to]
            } else {
                address(index, to)
            },
        });
        let at = At {
            api: ports.api[index],
            secure: ports.secure[index],
            peer: ports.peer[index],
            demo: file.demo,
        };
        configured.push(home.configure(at, peers.collect(), &authority)?);
    }
    manifest(network, &folder, &homes, configured)
}

/// Issues the tokens and writes down who has what.
fn manifest(
    network: NetworkId,
    folder: &Path,
    homes: &[Home],
    configured: Vec<Node>,
) -> Outcome<Manifest> {
    let mut configured = configured.into_iter();
    let mut members = Vec::new();
    for home in homes {
        let through = home.entry.through.as_ref().unwrap_or(&home.entry.id);
        let at = folder.join(through.as_str()).join(DATA);
        let mut signers = Vec::new();
        for (signer, enrolment) in home.entry.signers.iter().zip(&home.enrolments) {
            // Only a key that the node holds can be used by showing a token.
            let signs_for = home.entry.validator.then(|| enrolment.did.clone());
            let token = home.token(&at, &signer.key, &[Scope::Read, Scope::Submit], signs_for)?;
            signers.push(Signer {
                key: signer.key.clone(),
                did: enrolment.did.clone(),
                token,
            });
        }
        members.push(Member {
            id: home.entry.id.clone(),
            name: home.entry.name.clone(),
            node: if home.entry.validator {
                configured.next()
            } else {
                None
            },
            through: through.clone(),
            signers,
        });
    }
    let manifest = Manifest {
        network,
        members,
        folder: folder.to_owned(),
    };
    manifest.write()?;
    Ok(manifest)
}

impl Enrolment {
    /// As a statement or the founding document asks for it.
    pub fn new_signer(&self) -> NewSigner {
        let assurance = if self.held_by_node {
            Assurance::HeldByNode
        } else {
            Assurance::OwnKey
        };
        NewSigner {
            did: self.did.clone(),
            member: self.member.clone(),
            kind: SignerKind::Person,
            unit: None,
            roles: Roles::of(&self.roles),
            keys: vec![NewKey {
                key: self.key.clone(),
                valid_from_ms: None,
                valid_until_ms: None,
                assurance,
                hardware: false,
            }],
        }
    }
}

/// Where one node listens.
#[derive(Clone, Copy)]
struct At {
    api: SocketAddr,
    secure: SocketAddr,
    peer: SocketAddr,
    /// Whether it offers the demonstration's own sign-in.
    demo: bool,
}

/// A member's folder with its keys.
struct Home {
    entry: MemberEntry,
    folder: PathBuf,
    /// The identifier under which its node signs tree heads.
    did: Did,
    validator: Option<ValidatorKeys>,
    enrolments: Vec<Enrolment>,
}

struct ValidatorKeys {
    consensus: ValidatorKey,
    tree_heads: Vec<PublicKey>,
}

impl Home {
    fn make(network: &Path, entry: &MemberEntry) -> Outcome<Self> {
        let folder = network.join(entry.id.as_str());
        fs::create_dir(&folder).map_err(|error| {
            Failure::environment(format!(
                "cannot make the folder {}: {error}",
                folder.display()
            ))
            .remedy("a network is founded in an empty folder; choose another one")
        })?;
        let passphrase = random_hex();
        write_private(
            &folder.join("passphrase"),
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
        let mut enrolments = Vec::new();
        for signer in &entry.signers {
            let did = entry.random_did()?;
            let key = generate(
                &signer.key,
                Purpose::Signer,
                Some(did.clone()),
                Algorithm::Ed25519,
            )?;
            enrolments.push(Enrolment {
                did,
                member: entry.id.clone(),
                roles: signer.roles.clone(),
                key,
                held_by_node: entry.validator,
            });
        }
        Ok(Self {
            entry: entry.clone(),
            folder,
            did: entry.did()?,
            validator,
            enrolments,
        })
    }

    /// This member as the founding document has it, with those of `more` that act for it.
    fn founder(&self, more: &[Enrolment]) -> GenesisMember {
        let keys = self.validator.as_ref();
        let member = NewMember {
            member: self.entry.id.clone(),
            name: self.entry.name.clone(),
            kind: self.entry.kind,
            founding: self.entry.founding,
            validator: keys.map(|keys| keys.consensus),
            tree_head_keys: keys.map(|keys| keys.tree_heads.clone()).unwrap_or_default(),
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
        }
    }

    /// Makes the node's certificate, writes its configuration and issues its operator's token.
    fn configure(&self, at: At, peers: Vec<PeerConfig>, authority: &Authority) -> Outcome<Node> {
        authority.node(&self.folder.join("tls"), &names_of(at.secure))?;
        let machines = Place::machines(&self.folder);
        Authority::make(&machines, &format!("Machines of {}", self.entry.id))?;
        let resources = share_of_this_machine(peers.len());
        let config = NodeConfig {
            member: self.entry.id.clone(),
            genesis: "../genesis.json".into(),
            data: DATA.into(),
            keystore: KeystoreConfig {
                passphrase_file: Some("passphrase".into()),
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
            signin: sign_in(at),
            p2p: P2pConfig {
                listen: at.peer,
                peers,
                allow_private_addresses: true,
            },
            pace: PaceConfig::default(),
            mempool: MempoolConfig::default(),
            resources,
            audit: AuditConfig::default(),
            telemetry: None,
        };
        let path = self.folder.join("node.toml");
        fs::write(&path, config.to_toml()).attempt(|| format!("write {}", path.display()))?;
        let folder = Path::new(self.entry.id.as_str());
        let scopes = [Scope::Read, Scope::Submit, Scope::Admin];
        Ok(Node {
            config: folder.join("node.toml"),
            data: folder.join(DATA),
            log: folder.join("node.log"),
            api: at.api,
            secure: Some(at.secure),
            peer: at.peer,
            admin_token: self.token(&self.folder.join(DATA), "admin", &scopes, None)?,
        })
    }

    /// Issues a token at the node of `at` and keeps it in this member's folder.
    fn token(
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

/// The names by which a node on this machine is reached, for its certificate.
fn names_of(address: SocketAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let own = address.ip().to_string();
    if !names.contains(&own) {
        names.push(own);
    }
    names
}

/// How people sign in to a node on this machine: by passkey, or by passphrase where there is no device for one.
fn sign_in(at: At) -> SignInConfig {
    let origins = [("https", at.secure), ("http", at.api)];
    let origins =
        origins.map(|(scheme, address)| format!("{scheme}://localhost:{}", address.port()));
    SignInConfig {
        passphrases: true,
        demo: at.demo,
        passkeys: Some(PasskeysConfig {
            rp_id: "localhost".into(),
            origins: origins.into(),
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
fn share_of_this_machine(nodes: usize) -> ResourcesConfig {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = (processors / nodes.max(1)).clamp(1, ResourcesConfig::default().engine_threads);
    ResourcesConfig {
        engine_threads: threads,
        api_threads: threads,
        ..ResourcesConfig::default()
    }
}
