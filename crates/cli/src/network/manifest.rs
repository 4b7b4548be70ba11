//! What `convoy network init` made: which folders, addresses and tokens belong to whom. Read by the demo, the bench and the tests.

use crate::failure::{Attempt as _, Failure, Outcome};
use convoy_types::{Did, MemberId, NetworkId};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// The manifest's name in the network's folder.
pub const FILE_NAME: &str = "network.json";

/// A founded network. Paths are relative to its folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// Its identifier.
    pub network: NetworkId,
    /// Its members, validators first.
    pub members: Vec<Member>,
    /// The folder it was read from.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// One member.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Member {
    /// Its short name, also the name of its folder.
    pub id: MemberId,
    /// Its name for people.
    pub name: String,
    /// Its node, if it runs one.
    pub node: Option<Node>,
    /// Whose node takes its statements; itself if it runs one.
    pub through: MemberId,
    /// Its people and devices.
    pub signers: Vec<Signer>,
}

/// A validator's node.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Node {
    /// Its configuration file.
    pub config: PathBuf,
    /// Where it keeps its data.
    pub data: PathBuf,
    /// Where its output goes.
    pub log: PathBuf,
    /// Where it answers.
    pub api: SocketAddr,
    /// Where it answers over HTTPS; absent in networks of earlier versions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub secure: Option<SocketAddr>,
    /// Where the other validators reach it.
    pub peer: SocketAddr,
    /// File with a token that may do everything.
    pub admin_token: PathBuf,
}

/// A person or device.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Signer {
    /// What its key is called in its member's folder.
    pub key: String,
    /// Its identifier on the ledger.
    pub did: Did,
    /// File with its token at the node that takes its statements.
    pub token: PathBuf,
}

impl Manifest {
    /// Reads the manifest of the network in `folder`.
    pub fn read(folder: &Path) -> Outcome<Self> {
        let path = folder.join(FILE_NAME);
        let bytes = fs::read(&path).attempt(|| format!("read {}", path.display()))?;
        let mut manifest: Self =
            serde_json::from_slice(&bytes).attempt(|| format!("understand {}", path.display()))?;
        manifest.folder = folder.to_owned();
        Ok(manifest)
    }

    /// Writes it into its folder.
    pub fn write(&self) -> Outcome {
        let path = self.folder.join(FILE_NAME);
        let bytes = serde_json::to_vec_pretty(self).attempt(|| "write the manifest".into())?;
        fs::write(&path, bytes).attempt(|| format!("write {}", path.display()))
    }

    /// The members that run a node, with it.
    pub fn nodes(&self) -> impl Iterator<Item = (&Member, &Node)> {
        self.members
            .iter()
            .filter_map(|member| Some((member, member.node.as_ref()?)))
    }

    /// A member by its short name.
    pub fn member(&self, id: &str) -> Outcome<&Member> {
        self.members
            .iter()
            .find(|member| member.id.as_str() == id)
            .ok_or_else(|| {
                Failure::usage(format!("the network {} has no member `{id}`", self.network))
            })
    }

    /// The node that takes `member`'s statements.
    pub fn node_of(&self, member: &Member) -> Outcome<&Node> {
        self.member(member.through.as_str())?
            .node
            .as_ref()
            .ok_or_else(|| {
                Failure::environment(format!("the manifest names no node for `{}`", member.id))
            })
    }

    /// A secret from a file of the network, such as a token.
    pub fn secret(&self, file: &Path) -> Outcome<String> {
        let path = self.folder.join(file);
        let text = fs::read_to_string(&path).attempt(|| format!("read {}", path.display()))?;
        Ok(text.trim().to_owned())
    }
}
