//! `convoy node`: run a validator, give programs access to it, rebuild its read model, ask how it is, find what is wrong.

use crate::{
    clock, connection, doctor,
    failure::{Attempt as _, Failure, Outcome},
    node_audit, node_backup, node_shadow,
    output::{self, Screen},
    person, track,
};
use clap::{Args, Subcommand};
use convoy_api::{ApiConfig, Guard};
use convoy_node::{
    NodeConfig, NodeHandle,
    tokens::{Scope, TokenStore},
};
use convoy_types::Did;
use serde_json::{Value, json};
use std::{
    io::{Read as _, stdin},
    net::TcpStream,
    path::{Path, PathBuf},
    time::Duration,
};
use tracing_subscriber::EnvFilter;

/// Below this a disk counts as full, bytes: less than one block of statements.
const DISK_FREE_MIN: u64 = 2 << 20;
/// How long the check whether a node runs may take.
const KNOCK: Duration = Duration::from_millis(500);

/// What to do with a node.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run a node until Ctrl-C or SIGTERM
    Run {
        #[command(flatten)]
        file: ConfigFile,
        /// Also stop when standard input closes: the node then cannot outlive whoever started it
        #[arg(long)]
        until_stdin_closes: bool,
    },
    /// Have the read model built again from the blocks when the node starts. The node must not be running now
    Reindex {
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Give programs and people access to a node
    #[command(subcommand)]
    Token(TokenCommand),
    /// Check the node's audit log, or look into it
    #[command(subcommand)]
    Audit(node_audit::Command),
    /// Say who may sign in as a person
    #[command(subcommand)]
    Person(person::Command),
    /// Ask a running node how it is
    Status {
        #[command(flatten)]
        node: connection::Node,
    },
    /// Back up a running node: what is new since the last time, encrypted, into a folder. Or check such a folder
    Backup(node_backup::BackupOptions),
    /// Make a node of a backup again, in a new folder, on any machine. It never votes with the old key
    Restore(node_backup::RestoreOptions),
    /// Make a new key for a node that was restored, with which it may vote once the members have put it into the set of validators
    RenewKey {
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Execute a running node's history again with this program, beside it, and compare every root: before its program is exchanged for this one
    Shadow(node_shadow::Options),
    /// Find what is wrong with a node, running or not, and say what to do about it
    Doctor(doctor::Options),
}

/// Which node.
#[derive(Args, Debug)]
pub struct ConfigFile {
    /// The node's configuration
    #[arg(long, value_name = "FILE", default_value = "node.toml")]
    pub config: PathBuf,
}

impl ConfigFile {
    /// What it says.
    pub fn read(&self) -> Outcome<NodeConfig> {
        read(&self.config)
    }
}

impl ConfigFile {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.config
    }
}

/// What to do with tokens.
#[derive(Subcommand, Debug)]
pub enum TokenCommand {
    /// Issue a token. It is shown once and only its digest is kept
    Add {
        /// What you call it, such as `scanner gate 3`
        #[arg(long)]
        name: String,
        /// What it may do
        #[arg(long, value_delimiter = ',', default_value = "read", value_parser = scope)]
        scope: Vec<Scope>,
        /// For whom the node signs when it is used: a person or device whose key the node holds
        #[arg(long, value_name = "DID")]
        signer: Option<Did>,
        /// Void after this many days
        #[arg(long, value_name = "DAYS")]
        expires: Option<u32>,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Revoke a token: it opens nothing any more, also on a node that runs
    Revoke {
        /// The token's id, as `list` shows it
        id: String,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// List the tokens, without the tokens themselves
    List {
        #[command(flatten)]
        file: ConfigFile,
    },
}

fn scope(word: &str) -> Result<Scope, String> {
    match word {
        "read" => Ok(Scope::Read),
        "submit" => Ok(Scope::Submit),
        "admin" => Ok(Scope::Admin),
        _ => Err("a scope is read, submit or admin".into()),
    }
}

/// Does what the command says.
pub fn run(command: Command, screen: Screen) -> Outcome {
    match command {
        Command::Run {
            file,
            until_stdin_closes,
        } => run_node(&file.config, until_stdin_closes),
        Command::Reindex { file } => reindex(&file.config, screen),
        Command::Token(command) => token(command, screen),
        Command::Audit(command) => node_audit::run(command, screen),
        Command::Person(command) => person::run(command, screen),
        Command::Status { node } => crate::block_on(status(&node, screen)),
        Command::Backup(options) => node_backup::backup(&options, screen),
        Command::Restore(options) => node_backup::restore(&options, screen),
        Command::RenewKey { file } => node_backup::renew_key(&file, screen),
        Command::Shadow(options) => node_shadow::run(&options, screen),
        Command::Doctor(options) => crate::block_on(doctor::run(&options, screen)),
    }
}

pub fn read(file: &Path) -> Outcome<NodeConfig> {
    NodeConfig::read(file).map_err(|error| {
        Failure::usage(error).remedy("every key is described in docs/operating/configuration.md; `convoy network init` writes a working file")
    })
}

/// Runs the node of `file` until it is asked to stop.
pub fn run_node(file: &Path, until_stdin_closes: bool) -> Outcome {
    let config = read(file)?;
    log_to_stderr();
    // A fifth less memory. A busy node gives memory back and asks again all the time, and a huge page is cleared whole each time, which is slow
    // where a host is short of memory. Refused only by kernels without huge pages.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    let protected = convoy_node::protect::process();
    tracing::info!(
        memory_locked = protected.locked,
        "core dumps and looking into this process are off"
    );
    for note in protected.notes {
        tracing::warn!("{note}");
    }
    let listen = config.api.listen;
    let api = ApiConfig {
        public_metrics: config.api.public_metrics,
        webhooks: Guard {
            plain_http: config.api.webhooks.plain_http,
            private_addresses: config.api.webhooks.private_addresses,
            hosts: config.api.webhooks.hosts.clone(),
        },
        ..ApiConfig::default()
    };
    let serve = move |node: NodeHandle| -> futures::future::BoxFuture<'static, Result<(), String>> {
        Box::pin(async move {
            let listener = tokio::net::TcpListener::bind(listen)
                .await
                .map_err(|error| {
                    format!("cannot listen on {listen}: {error}; set api.listen to a free address")
                })?;
            convoy_api::serve(listener, node, api, asked_to_stop(until_stdin_closes))
                .await
                .map_err(|error| error.to_string())
        })
    };
    let data = config.data.clone();
    convoy_node::run(config, Box::new(serve)).map_err(|error| explained(&error, &data))?;
    tracing::info!("stopped in order");
    Ok(())
}

/// A node that could not write stops with what its engine says; when the disk is full, that is the reason to give.
fn explained(error: &convoy_node::NodeError, data: &Path) -> Failure {
    let free = rustix::fs::statvfs(data).map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    match free {
        Ok(bytes) if bytes < DISK_FREE_MIN => Failure::environment(format!(
            "no space left on the disk that holds {} ({bytes} bytes free), so the node stopped: {error}",
            data.display()
        ))
        .remedy("make room and start the node again: everything that it acknowledged is safe, and it catches up"),
        _ => Failure::environment(error),
    }
}

fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("CONVOY_LOG").unwrap_or_else(|_| {
        EnvFilter::new("warn,convoy=info,convoy_node=info,convoy_api=info,convoy_readmodel=info")
    });
    // A second subscriber can only come from a test that set one.
    let _set = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .try_init();
}

/// Resolves at Ctrl-C, SIGTERM or, when asked for, the end of standard input.
async fn asked_to_stop(until_stdin_closes: bool) {
    let (closed, at_end) = tokio::sync::oneshot::channel();
    if until_stdin_closes {
        // A thread of its own: reading standard input cannot be cancelled, and the process ends anyway.
        std::thread::spawn(move || {
            let mut sink = [0; 256];
            while matches!(stdin().read(&mut sink), Ok(1..)) {}
            let _gone = closed.send(());
        });
    } else {
        std::mem::forget(closed);
    }
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => tracing::info!("asked to stop by Ctrl-C"),
        _ = terminated => tracing::info!("asked to stop by SIGTERM"),
        _ = at_end => tracing::info!("asked to stop: standard input closed"),
    }
}

fn reindex(file: &Path, screen: Screen) -> Outcome {
    let config = read(file)?;
    if TcpStream::connect_timeout(&config.api.listen, KNOCK).is_ok() {
        return Err(Failure::usage(format!(
            "something answers on {}: the node is running",
            config.api.listen
        ))
        .remedy("stop the node first; a running node keeps its read model up to date by itself"));
    }
    let folder = config.data.join("readmodel");
    convoy_readmodel::reindex::request(&folder).map_err(Failure::environment)?;
    screen.result(
        || format!("The read model in {} will be built again when the node starts, beside the old one, which answers until then. The node's log tells how far it is; stopped midway it goes on, and when it is whole it takes over at the start after.", folder.display()),
        || json!({"requested": folder}),
    );
    Ok(())
}

fn token(command: TokenCommand, screen: Screen) -> Outcome {
    match command {
        TokenCommand::Add {
            name,
            scope,
            signer,
            expires,
            file,
        } => {
            let store = tokens(&file.config)?;
            let expires_ms = expires.map(|days| clock::now_ms() + u64::from(days) * 86_400_000);
            let token = store
                .issue(&name, scope, signer, expires_ms)
                .attempt(|| format!("issue the token `{name}`"))?;
            screen.result(
                || token.clone(),
                || json!({"name": name, "token": token, "expires_ms": expires_ms}),
            );
            screen.hint("Keep it like a password: it is not shown again.");
        }
        TokenCommand::Revoke { id, file } => {
            let revoked = tokens(&file.config)?
                .revoke(&id)
                .attempt(|| format!("revoke the token {id}"))?;
            if !revoked {
                return Err(Failure::usage(format!("there is no token {id}"))
                    .remedy("`convoy node token list` shows the ids"));
            }
            screen.result(|| format!("{id} is revoked"), || json!({"revoked": id}));
        }
        TokenCommand::List { file } => {
            let listed = tokens(&file.config)?.list();
            screen.result(
                || {
                    let rows = listed.iter().map(|token| {
                        let scopes: Vec<_> = token
                            .scopes
                            .iter()
                            .map(|scope| json!(scope).as_str().unwrap_or_default().to_owned())
                            .collect();
                        let signer = token
                            .signer
                            .as_ref()
                            .map_or("-".to_owned(), ToString::to_string);
                        let expires = token.expires_ms.map_or("never".to_owned(), clock::utc);
                        [
                            token.id(),
                            token.name.clone(),
                            scopes.join(", "),
                            signer,
                            expires,
                        ]
                    });
                    output::table(["Id", "Name", "May", "Signs for", "Void after"], rows)
                },
                || json!(listed),
            );
        }
    }
    Ok(())
}

fn tokens(file: &Path) -> Outcome<TokenStore> {
    let data = read(file)?.data;
    std::fs::create_dir_all(&data).attempt(|| format!("make the folder {}", data.display()))?;
    TokenStore::open(&data).attempt(|| format!("read the tokens in {}", data.display()))
}

async fn status(node: &connection::Node, screen: Screen) -> Outcome {
    let client = node.client()?;
    let health: Value = client.get(&["v1", "health"], &[]).await?;
    screen.result(
        || {
            let fields = health.as_object().into_iter().flatten();
            output::facts(fields.map(|(name, value)| {
                (
                    name.as_str(),
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned),
                )
            }))
        },
        || health.clone(),
    );
    match health["ready"].as_bool() {
        Some(true) => Ok(()),
        _ => Err(Failure::refused(format!(
            "the node is not ready: {}",
            track::word(&health["reasons"])
        ))),
    }
}
