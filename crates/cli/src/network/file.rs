//! The file that describes a network to be founded (`convoy network init FILE`, or `prepare` on each member's own machine).

use crate::failure::{Attempt as _, Failure, Outcome};
use convoy_modules::membership::types::{MemberKind, Role};
use convoy_types::{Digest, MemberId, cbor, limits::VALIDATORS_MAX};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr, ToSocketAddrs as _},
    path::Path,
};

/// A network to be founded.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkFile {
    /// Its name: lower-case letters, digits and inner hyphens.
    pub name: String,
    /// First port of the validators' interfaces on this machine.
    #[serde(default = "api_port")]
    pub api_port: u16,
    /// First port of the validators' interfaces over HTTPS.
    #[serde(default = "secure_port")]
    pub secure_port: u16,
    /// First port on which validators reach each other.
    #[serde(default = "peer_port")]
    pub peer_port: u16,
    /// Whether anybody who reaches a node may sign in as anybody whose key it holds: for demonstrations on one machine only.
    #[serde(default)]
    pub demo: bool,
    /// The members.
    #[serde(rename = "member")]
    pub members: Vec<MemberEntry>,
}

/// A member to be enrolled.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberEntry {
    /// Its short name.
    pub id: MemberId,
    /// Its name for people.
    pub name: String,
    /// What it is.
    pub kind: MemberKind,
    /// Whether its administrators may enrol other members.
    #[serde(default)]
    pub founding: bool,
    /// Whether it runs a node that votes.
    #[serde(default)]
    pub validator: bool,
    /// The validator whose node takes the statements of a member without one.
    #[serde(default)]
    pub through: Option<MemberId>,
    /// The host name by which its node is reached with HTTPS: its node, people and devices then have `did:web` identifiers of this host.
    #[serde(default)]
    pub host: Option<String>,
    /// Where its node is reached, for members that prepare their keys on their own machines.
    #[serde(default)]
    pub node: Option<NodePlace>,
    /// Its people and devices.
    #[serde(default, rename = "signer")]
    pub signers: Vec<SignerEntry>,
}

/// Where a member's node is reached, and where it listens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodePlace {
    /// Where other nodes reach it: `convoy.est.example:9101`.
    pub peer: String,
    /// The address of its interface: `https://convoy.est.example:8501`.
    pub url: String,
    /// Where it listens for other nodes; on every address, at the port of `peer`, where left out.
    #[serde(default)]
    pub listen: Option<SocketAddr>,
    /// Where its interface listens for programs on the same machine; 127.0.0.1 at `api_port` where left out.
    #[serde(default)]
    pub api: Option<SocketAddr>,
    /// Where its interface listens for HTTPS; on every address, at the port of `url`, where left out.
    #[serde(default)]
    pub secure: Option<SocketAddr>,
}

impl NodePlace {
    /// The address of `peer` as it is found now.
    pub fn peer_address(&self, member: &MemberId) -> Outcome<SocketAddr> {
        resolve(&self.peer, &format!("member `{member}`: node.peer"))
    }

    /// Where it listens for other nodes.
    pub fn listen_address(&self, member: &MemberId) -> Outcome<SocketAddr> {
        match self.listen {
            Some(listen) => Ok(listen),
            None => Ok(everywhere(self.peer_address(member)?.port())),
        }
    }

    /// Host and port of `url`.
    pub fn host(&self, member: &MemberId) -> Outcome<(String, u16)> {
        host_of(&self.url).ok_or_else(|| {
            Failure::usage(format!(
                "member `{member}`: node.url `{}` is no https address",
                self.url
            ))
            .remedy("write one such as \"https://convoy.est.example:8501\"")
        })
    }

    /// Where its interface listens for HTTPS.
    pub fn secure_address(&self, member: &MemberId) -> Outcome<SocketAddr> {
        match self.secure {
            Some(secure) => Ok(secure),
            None => Ok(everywhere(self.host(member)?.1)),
        }
    }
}

/// Host and port of an https address.
pub fn host_of(url: &str) -> Option<(String, u16)> {
    let rest = url.strip_prefix("https://")?;
    let authority = rest.trim_end_matches('/');
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, 443),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    (!host.is_empty() && host.bytes().all(plain)).then(|| (host.to_owned(), port))
}

/// The first address that `host:port` leads to; `what` names where it is written.
pub fn resolve(address: &str, what: &str) -> Outcome<SocketAddr> {
    let found = address.to_socket_addrs().map_err(|error| {
        Failure::environment(format!("{what}: `{address}` is not found: {error}"))
            .remedy("write a host name and a port, such as convoy.est.example:9101, and see that the name is known on this machine")
    })?;
    let found: Vec<SocketAddr> = found.collect();
    let four = found.iter().find(|address| address.is_ipv4());
    four.or(found.first())
        .copied()
        .ok_or_else(|| Failure::environment(format!("{what}: `{address}` leads to no address")))
}

fn everywhere(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))
}

/// A person or device to be enrolled.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerEntry {
    /// What its key is called in the member's keystore.
    pub key: String,
    /// What it may do.
    pub roles: Vec<Role>,
}

fn secure_port() -> u16 {
    8501
}

fn api_port() -> u16 {
    8101
}

fn peer_port() -> u16 {
    9101
}

impl NetworkFile {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Outcome<Self> {
        let text = std::fs::read_to_string(path).attempt(|| format!("read {}", path.display()))?;
        Self::parse(&text).map_err(|failure| Failure {
            what: format!("{}: {}", path.display(), failure.what),
            ..failure
        })
    }

    /// Reads and checks a text.
    ///
    /// # Errors
    /// It is not TOML of this form, or it describes a network that cannot work.
    pub fn parse(text: &str) -> Outcome<Self> {
        let file: Self = toml::from_str(text).map_err(Failure::usage)?;
        file.check()?;
        Ok(file)
    }

    /// The members that run a validator, in order.
    pub fn validators(&self) -> impl Iterator<Item = &MemberEntry> {
        self.members.iter().filter(|member| member.validator)
    }

    /// The member called `id`.
    pub fn member(&self, id: &MemberId) -> Outcome<&MemberEntry> {
        let found = self.members.iter().find(|member| member.id == *id);
        found.ok_or_else(|| {
            let names: Vec<&str> = self
                .members
                .iter()
                .map(|member| member.id.as_str())
                .collect();
            Failure::usage(format!("the file has no member `{id}`"))
                .remedy(format!("it has {}", names.join(", ")))
        })
    }

    /// What members compare to know that they have the same file, whatever its spacing and comments.
    pub fn digest(&self) -> Digest {
        Digest::of(&cbor::to_vec(self))
    }

    fn check(&self) -> Outcome {
        let validators: BTreeSet<_> = self.validators().map(|member| &member.id).collect();
        if validators.is_empty() || validators.len() > VALIDATORS_MAX {
            return Err(Failure::usage(format!(
                "a network has 1 to {VALIDATORS_MAX} validators, this file has {}",
                validators.len()
            ))
            .remedy("set `validator = true` for the members that vote"));
        }
        let mut seen = BTreeSet::new();
        for member in &self.members {
            if !seen.insert(&member.id) {
                return Err(Failure::usage(format!(
                    "member `{}` is there twice",
                    member.id
                )));
            }
            if member.host.is_some() && !member.validator {
                return Err(Failure::usage(format!(
                    "member `{}` has no node, so its host has nothing to answer with",
                    member.id
                ))
                .remedy("leave `host` out, or set `validator = true`"));
            }
            match (&member.through, member.validator) {
                (None, true) => {}
                (Some(through), false) if validators.contains(through) => {}
                (Some(_), true) => {
                    return Err(Failure::usage(format!(
                        "member `{}` has a node of its own and needs no `through`",
                        member.id
                    )));
                }
                (_, false) => {
                    return Err(Failure::usage(format!(
                        "member `{}` has no node; `through` has to name a validator",
                        member.id
                    )));
                }
            }
        }
        if !self.members.iter().any(|member| member.founding) {
            return Err(Failure::usage(
                "no member is founding, so nobody could ever enrol another",
            )
            .remedy("set `founding = true` for at least one"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMO: &str = include_str!("../../../../examples/network/four-nations.toml");

    #[test]
    fn the_demo_network_is_sound() {
        let file = NetworkFile::parse(DEMO).unwrap();
        assert_eq!(file.validators().count(), 4);
        assert_eq!(file.members.len(), 6);
    }

    #[test]
    fn a_member_without_node_has_to_say_through_whom() {
        let refused = NetworkFile::parse(&DEMO.replace("through = \"fra\"", "")).unwrap_err();
        assert!(refused.what.contains("nordic-parts"), "{refused}");
        assert!(
            NetworkFile::parse(&DEMO.replace("through = \"fra\"", "through = \"audit\"")).is_err()
        );
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        assert!(NetworkFile::parse(&DEMO.replace("founding", "founded")).is_err());
    }
}
