//! A member that joins a network of node processes, by the two commands that people use.

use super::Cluster;
use crate::{
    failure::{Attempt as _, Failure, Outcome},
    network::{
        found::free_ports,
        manifest::{Member, Node},
    },
};
use convoy_types::MemberId;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

/// Who comes, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Newcomer<'a> {
    /// Its short name, also the name of its folder.
    pub id: &'a str,
    /// Its name for people.
    pub name: &'a str,
    /// The member that invites it, and the key that signs the invitation's statement.
    pub host: (&'a str, &'a str),
    /// The first port that its node may take.
    pub first_port: u16,
}

impl Cluster {
    /// `convoy network invite`: one file, and where it is.
    pub fn invite(&self, newcomer: Newcomer<'_>) -> Outcome<PathBuf> {
        let (host, key) = newcomer.host;
        let folder = &self.manifest.folder;
        let node = self.node(host)?;
        let bundle = folder.join(format!("{}.json", newcomer.id));
        let signers = &self.manifest.member(host)?.signers;
        let signer = signers.iter().find(|signer| signer.key == key);
        let signer =
            signer.ok_or_else(|| Failure::usage(format!("member `{host}` has no key `{key}`")))?;
        self.convoy(&[
            "network",
            "invite",
            newcomer.id,
            "--name",
            newcomer.name,
            "--config",
            &text(&folder.join(&node.config)),
            "--node",
            &format!("http://{}", node.api),
            "--token-file",
            &text(&folder.join(&signer.token)),
            "--out",
            &text(&bundle),
        ])?;
        Ok(bundle)
    }

    /// `convoy network join`, from then on one of the cluster's nodes; not started yet.
    pub fn join(&mut self, newcomer: Newcomer<'_>, bundle: &Path) -> Outcome {
        let found = free_ports(newcomer.first_port, 3, &mut BTreeSet::new())?;
        let [api, secure, peer] = found[..] else {
            return Err(Failure::environment("three free ports were not found"));
        };
        self.convoy(&[
            "network",
            "join",
            &text(bundle),
            "--out",
            &text(&self.manifest.folder.join(newcomer.id)),
            "--api",
            &api.to_string(),
            "--secure",
            &secure.to_string(),
            "--listen",
            &peer.to_string(),
        ])?;
        let id = MemberId::new(newcomer.id).map_err(Failure::usage)?;
        let home = Path::new(newcomer.id);
        self.manifest.members.push(Member {
            id: id.clone(),
            name: newcomer.name.to_owned(),
            node: Some(Node {
                config: home.join("node.toml"),
                data: home.join("data"),
                log: home.join("node.log"),
                api,
                secure: Some(secure),
                peer,
                admin_token: home.join("admin.token"),
            }),
            through: id,
            signers: Vec::new(),
        });
        Ok(())
    }

    /// Forgets the member `id`, whose node does not run.
    pub fn part_with(&mut self, id: &str) {
        self.manifest
            .members
            .retain(|member| member.id.as_str() != id);
    }

    /// Runs this program as somebody at a command line does.
    fn convoy(&self, arguments: &[&str]) -> Outcome {
        let output = Command::new(&self.program)
            .args(arguments)
            .output()
            .attempt(|| "start this program".into())?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Failure::refused(format!(
            "convoy {}: {said}",
            arguments.join(" ")
        )))
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
