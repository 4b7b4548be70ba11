//! `convoy network`: found a network from one file, on one machine or on each member's own;  go on when its validators were lost, take away what one is entitled to, and check it.

pub mod authority;
pub mod bundle;
pub mod file;
pub mod found;
pub mod home;
pub mod invite;
pub mod join;
pub mod manifest;
pub mod prepare;
mod progress;
pub mod recover;
mod reinstatement;

use crate::{
    export,
    failure::{Failure, Outcome},
    output::{self, Screen},
};
use authority::{Authority, NODE_DAYS, Place};
use clap::Subcommand;
use convoy_types::MemberId;
use file::NetworkFile;
use found::Ports;
use manifest::Manifest;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What to do with networks.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Found a network on this machine alone, to try things or show them: the founding document, and a folder with keys and configuration for every member
    Init {
        /// The file that names the members, such as examples/network/four-nations.toml
        file: PathBuf,
        /// The new folder
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Prepare to found a network with others: make this member's keys here, and the public part for the founding document
    Prepare {
        /// The file that names the members, the same for all of them
        file: PathBuf,
        /// The member whose machine this is
        member: MemberId,
        /// The new folder, for this member's keys and configuration
        #[arg(long, value_name = "HOME")]
        out: PathBuf,
    },
    /// Put the founding document together from the public parts of all members
    Assemble {
        /// The file that names the members
        file: PathBuf,
        /// The members' public parts (MEMBER.public.json)
        #[arg(required = true)]
        parts: Vec<PathBuf>,
        /// The founding document
        #[arg(long, value_name = "FILE", default_value = "genesis.json")]
        out: PathBuf,
    },
    /// Sign the founding document for this member, when it says what the file says
    Sign {
        /// The founding document
        genesis: PathBuf,
        /// The file that names the members
        #[arg(long)]
        file: PathBuf,
        /// This member's folder, as `prepare` made it
        #[arg(long, value_name = "HOME")]
        home: PathBuf,
    },
    /// Found the network for this member: with all founders' signatures its node can start
    Found {
        /// The founding document
        genesis: PathBuf,
        /// The founders' signatures (MEMBER.signature.json)
        #[arg(required = true)]
        signatures: Vec<PathBuf>,
        /// This member's folder, as `prepare` made it
        #[arg(long, value_name = "HOME")]
        home: PathBuf,
    },
    /// Invite a member, new or not, to join with a node: make the one file that it needs
    Invite(invite::Options),
    /// Join a network with the file of whoever invites you: this machine becomes a node
    Join(join::Options),
    /// Go on after more than a third of the validators were lost for good: the members sign who validates from the last certified block on
    #[command(subcommand)]
    Recover(recover::Command),
    /// Make a new HTTPS certificate for a member's node, before the old one ends or when it gets another name. A running node reads it by itself
    Certificate {
        /// The network's folder or the member's own, with its authority (ca.pem, ca.key)
        folder: PathBuf,
        /// The member
        member: MemberId,
        /// Host name or address by which the node is reached; repeat it for each
        #[arg(long = "name", value_name = "NAME", default_values_t = ["localhost".to_owned(), "127.0.0.1".to_owned()])]
        names: Vec<String>,
    },
    /// Take away everything that your token may read, in open formats with the proofs
    Export(export::run::Options),
    /// Check with no network that such a folder is complete, and that all in it is proved
    Import(export::check::Options),
}

/// Does what the command says.
pub fn run(command: &Command, screen: Screen) -> Outcome {
    match command {
        Command::Init { file, out } => found(file, out, screen),
        Command::Prepare { file, member, out } => prepare::prepare(file, member, out, screen),
        Command::Assemble { file, parts, out } => prepare::assemble(file, parts, out, screen),
        Command::Sign {
            genesis,
            file,
            home,
        } => prepare::sign(genesis, file, home, screen),
        Command::Found {
            genesis,
            signatures,
            home,
        } => prepare::found(genesis, signatures, home, screen),
        Command::Invite(options) => crate::block_on(invite::run(options, screen)),
        Command::Join(options) => joined(options, screen),
        Command::Recover(command) => recover::run(command, screen),
        Command::Certificate {
            folder,
            member,
            names,
        } => certificate(folder, member, names, screen),
        Command::Export(options) => crate::block_on(export::run::run(options, screen)),
        Command::Import(options) => export::check::run(options, screen),
    }
}

fn joined(options: &join::Options, screen: Screen) -> Outcome {
    let config = crate::block_on(join::join(options, screen))?;
    if !options.run {
        screen.hint(format!(
            "Start the node: convoy node run --config {}",
            config.display()
        ));
        return Ok(());
    }
    progress::watch(options.api, screen);
    crate::node::run_node(&config, false)
}

fn found(file: &Path, out: &Path, screen: Screen) -> Outcome {
    let network = NetworkFile::read(file)?;
    let manifest = init(&network, out)?;
    screen.result(|| describe(&manifest), || json!(manifest));
    screen.hint(format!(
        "\nStart each node with one command:\n{}",
        manifest.nodes().fold(String::new(), |text, (_, node)| {
            text + &format!(
                "  convoy node run --config {}\n",
                manifest.folder.join(&node.config).display()
            )
        })
    ));
    Ok(())
}

fn certificate(folder: &Path, member: &MemberId, names: &[String], screen: Screen) -> Outcome {
    // A member's own folder has its own authority in it.
    let home = match folder.join(home::CONFIG).exists() {
        true => folder.to_owned(),
        false => folder.join(member.as_str()),
    };
    if !home.is_dir() {
        return Err(Failure::usage(format!(
            "there is no folder {}: the network in {} has no member `{member}`",
            home.display(),
            folder.display()
        )));
    }
    let path = Authority::open(&Place::network(folder))?.node(&home.join("tls"), names)?;
    screen.result(
        || {
            format!(
                "{}\nfor {}, {NODE_DAYS} days",
                path.display(),
                names.join(", ")
            )
        },
        || json!({"certificate": path, "names": names, "days": NODE_DAYS}),
    );
    Ok(())
}

/// Founds the network of `file` in the new folder `out`, on the first free ports.
///
/// # Errors
/// The folder holds something already.
pub fn init(file: &NetworkFile, out: &Path) -> Outcome<Manifest> {
    if out
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some())
    {
        return Err(Failure::usage(format!("the folder {} is not empty", out.display()))
            .remedy("a network is founded in a new folder; choose another one, or remove this one if you are done with it"));
    }
    let ports = Ports::free(file)?;
    found::found(file, out, &ports, &[], |_, to| ports.peer[to])
}

fn describe(manifest: &Manifest) -> String {
    let rows = manifest.members.iter().map(|member| {
        let (votes, api) = match &member.node {
            Some(node) => ("yes".to_owned(), format!("http://{}", node.api)),
            None => (format!("through {}", member.through), "-".to_owned()),
        };
        let signers: Vec<_> = member
            .signers
            .iter()
            .map(|signer| signer.key.clone())
            .collect();
        [
            member.id.to_string(),
            member.name.clone(),
            votes,
            api,
            signers.join(", "),
        ]
    });
    format!(
        "Network {} in {}\n{}",
        manifest.network,
        manifest.folder.display(),
        output::table(["Member", "Name", "Own node", "Interface", "Keys"], rows)
    )
}
