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
//! All keys are made on one machine here, which suits a demonstration and a test. In earnest every member makes its own on its own machine:
//! `convoy network prepare`, `assemble`, `sign` and `found` ([`prepare`](super::prepare)).

pub use super::home::random_did;
use super::{
    authority::{Authority, Place},
    file::NetworkFile,
    home::{At, DATA, Home, names_of, share_of_this_machine},
    manifest::{Manifest, Member, Node, Signer},
};
use crate::{
    clock,
    failure::{Attempt as _, Failure, Outcome},
};
use convoy_modules::membership::types::{NewKey, NewSigner, Role, Roles, SignerKind};
use convoy_node::{
    config::PeerConfig,
    genesis::{GENESIS_VERSION, GenesisDocument},
    tokens::Scope,
};
use convoy_types::{Did, MemberId, NetworkId, cose::PublicKey, statement::Assurance};
use std::{
    collections::BTreeSet,
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
};

/// A person or device to be enrolled besides those of the file.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// Its identifier.
    pub did: Did,
    /// The member it acts for.
    pub member: MemberId,
    /// What it is.
    pub kind: SignerKind,
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

/// The first `count` ports from `first` on that nobody listens on and that are not among `taken`, which they join.
pub fn free_ports(first: u16, count: usize, taken: &mut BTreeSet<u16>) -> Outcome<Vec<SocketAddr>> {
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
        .map(|member| Home::make(folder.join(member.id.as_str()), member))
        .collect::<Outcome<Vec<_>>>()?;
    let mut genesis = GenesisDocument {
        version: GENESIS_VERSION,
        name: file.name.clone(),
        time_ms: clock::now_ms(),
        members: homes.iter().map(|home| home.founder(more, None)).collect(),
        signatures: Vec::new(),
    };
    for home in homes
        .iter()
        .filter(|home| home.entry.founding || home.entry.validator)
    {
        genesis
            .add_signature(home.sign(&genesis)?)
            .map_err(Failure::refused)?;
    }
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
            names: names_of(ports.secure[index]),
            genesis: "../genesis.json".into(),
            demo: file.demo,
            state_sync: false,
            resources: share_of_this_machine(nodes.len()),
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
            kind: self.kind,
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
