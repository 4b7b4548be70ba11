//! `convoy node backup` and `convoy node restore`.

use crate::{
    clock,
    failure::{Attempt as _, Failure, Outcome},
    node::ConfigFile,
    output::{self, Screen},
    passphrase,
};
use bytes::Bytes;
use clap::Args;
use convoy_client::Client;
use convoy_node::{
    NodeConfig, NodeError,
    backup::{self, Backup, BackupError, Key, Recipient, Record, Writer, schedule},
    restore,
    tokens::{Scope, TokenStore},
};
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use zeroize::Zeroizing;

/// The environment variable that may hold the backup's passphrase.
const VARIABLE: &str = "CONVOY_BACKUP_PASSPHRASE";
/// The name of the token by which a backup asks its own node.
const TOKEN: &str = "convoy node backup";
/// How long that token is good for, milliseconds.
const TOKEN_MS: u64 = 86_400_000;
/// A line of progress at most this often.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// Which node, and where to.
#[derive(Args, Debug)]
pub struct BackupOptions {
    #[command(flatten)]
    file: ConfigFile,
    /// The folder of the backup: a new one, or the one of last time, to which what is new is added
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Check the folder instead, with no node: that it is whole and unchanged and, with passphrase or key, that every block in it is final
    #[arg(long)]
    verify: bool,
    /// For a new backup: whose key opens it (age1…), in place of a passphrase
    #[arg(long, value_name = "AGE1", conflicts_with_all = ["passphrase_file", "verify"])]
    recipient: Option<String>,
    #[command(flatten)]
    opener: Opener,
}

/// What opens a backup.
#[derive(Args, Debug)]
pub struct Opener {
    /// File whose first line is the backup's passphrase; otherwise CONVOY_BACKUP_PASSPHRASE, or you are asked
    #[arg(
        long = "backup-passphrase-file",
        id = "passphrase_file",
        value_name = "FILE"
    )]
    passphrase_file: Option<PathBuf>,
    /// File with the age key of a backup that was made with --recipient
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

impl Opener {
    fn given(&self) -> bool {
        self.passphrase_file.is_some()
            || self.identity.is_some()
            || std::env::var_os(VARIABLE).is_some()
    }

    fn passphrase(&self) -> Outcome<Zeroizing<String>> {
        if let Some(file) = &self.passphrase_file {
            let text = std::fs::read_to_string(file)
                .map(Zeroizing::new)
                .attempt(|| format!("read the backup's passphrase from {}", file.display()))?;
            return Ok(Zeroizing::new(
                text.lines().next().unwrap_or_default().to_owned(),
            ));
        }
        match std::env::var(VARIABLE) {
            Ok(text) => Ok(Zeroizing::new(text)),
            Err(_) => passphrase::ask("Passphrase of the backup: ").map_err(|failure| {
                failure.remedy(format!(
                    "set {VARIABLE} or give --backup-passphrase-file FILE"
                ))
            }),
        }
    }

    fn key(&self, folder: &Path) -> Outcome<Key> {
        match &self.identity {
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .map(Zeroizing::new)
                    .attempt(|| format!("read the key in {}", file.display()))?;
                Key::parse(&text).map_err(failed)
            }
            None => Key::open(folder, &self.passphrase()?).map_err(failed),
        }
    }
}

fn failed(error: BackupError) -> Failure {
    match error {
        BackupError::File(..) | BackupError::Source(_) => Failure::environment(error),
        BackupError::Damaged { .. } => Failure::refused(error).remedy(
            "take another copy of the backup; a new one is made by `convoy node backup` into a new folder",
        ),
        BackupError::Key(_) => Failure::usage(error),
        BackupError::Refused(_) => Failure::refused(error),
    }
}

/// Backs a node up, or checks a backup.
pub fn backup(options: &BackupOptions, screen: Screen) -> Outcome {
    if options.verify {
        return verify(options, screen);
    }
    let config = options.file.read()?;
    let folder = &options.to;
    if let Err(BackupError::Refused(_)) = Backup::open(folder) {
        let empty = std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
        if !empty {
            return Err(Failure::usage(format!(
                "{} is neither empty nor a backup",
                folder.display()
            ))
            .remedy("choose a new folder, or the one of the last backup"));
        }
        let (origin, _) = schedule::origin(&config).map_err(failed)?;
        let recipient = options.recipient.as_deref().map(Recipient::parse);
        let recipient = recipient.transpose().map_err(failed)?;
        let passphrase = match recipient {
            Some(_) => None,
            None => Some(options.opener.passphrase()?),
        };
        let passphrase = passphrase.as_ref().map(|text| text.as_str());
        Writer::create(folder, &origin, recipient, passphrase).map_err(failed)?;
    }
    let started = Instant::now();
    let record = asked(&config, TOKEN, |client| {
        let mut told = Instant::now();
        let mut source = |from: u64| page(client, from);
        schedule::take(folder, &config, &mut source, &mut |height| {
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                screen.hint(format!("Block {height}"));
            }
        })
        .map_err(failed)
    })?;
    let seconds = started.elapsed().as_secs_f64();
    screen.result(
        || made(folder, &record, seconds),
        || json!({"folder": folder, "run": record, "seconds": seconds}),
    );
    screen.hint(format!(
        "Check it, also on another machine: convoy node backup --verify --to {}",
        folder.display()
    ));
    Ok(())
}

fn made(folder: &Path, record: &Record, seconds: f64) -> String {
    let bytes: u64 = record.files.iter().map(|file| file.bytes).sum();
    let blocks = match record.first > record.end.height {
        true => "no new ones".to_owned(),
        false => format!("{} to {}", record.first, record.end.height),
    };
    output::facts([
        ("Folder", folder.display().to_string()),
        ("Run", record.number.to_string()),
        ("Blocks", blocks),
        ("Up to", clock::utc(record.end.time_ms)),
        (
            "Log",
            format!(
                "{} entries, root {}",
                record.end.log_size, record.end.log_root
            ),
        ),
        (
            "Added",
            format!(
                "{} files, {bytes} bytes, in {seconds:.1} s",
                record.files.len()
            ),
        ),
    ])
}

/// Asks the node of `config`, which runs, with a token of this name that is made for it and ended after.
pub fn asked<T>(
    config: &NodeConfig,
    name: &str,
    ask: impl FnOnce(&Client) -> Outcome<T>,
) -> Outcome<T> {
    let store = TokenStore::open(&config.data)
        .attempt(|| format!("read the tokens in {}", config.data.display()))?;
    let until = clock::now_ms() + TOKEN_MS;
    let token = store
        .issue(name, vec![Scope::Admin], None, Some(until))
        .attempt(|| "make a token for asking the node".into())?;
    let client = Client::new(&format!("http://{}", config.api.listen), Some(&token));
    let done = client
        .map_err(Failure::from)
        .and_then(|client| ask(&client));
    for token in store.list().iter().filter(|token| token.name == name) {
        store
            .revoke(&token.id())
            .attempt(|| format!("revoke the token {}", token.id()))?;
    }
    done.map_err(|failure| match failure.remedy {
        Some(_) => failure,
        None => failure
            .remedy("the node must be running; the same command goes on where this one stopped"),
    })
}

/// Stored blocks from a height on.
pub fn page(
    client: &Client,
    from: u64,
) -> Result<Vec<convoy_node::engine::StoredEntry>, BackupError> {
    let from = from.to_string();
    let path = ["v1", "node", "history"];
    let query = [("from", from.as_str())];
    let asking = async {
        let page = client
            .get_bytes(&path, &query, "application/cbor-seq")
            .await;
        Ok(page?)
    };
    let page: Bytes =
        crate::block_on(asking).map_err(|failure| BackupError::Source(failure.what))?;
    backup::entries(&page).map_err(BackupError::Source)
}

fn verify(options: &BackupOptions, screen: Screen) -> Outcome {
    let folder = &options.to;
    let backup = Backup::open(folder).map_err(failed)?;
    let checked = backup.check_files().map_err(failed)?;
    let end = backup.last().map_err(failed)?.end;
    let about = &backup.about;
    let proved = match options.opener.given() {
        true => {
            let key = options.opener.key(folder)?;
            backup.check_key(&key).map_err(failed)?;
            let mut told = Instant::now();
            restore::prove(&backup, &key, &mut |height| {
                if told.elapsed() > TELL_EVERY {
                    told = Instant::now();
                    screen.hint(format!("Block {height} of {}", end.height));
                }
            })
            .map_err(failed)?;
            true
        }
        false => false,
    };
    screen.result(
        || {
            let blocks = match proved {
                true => format!("1 to {}, every one final under the network's founding document", end.height),
                false => format!("1 to {}, not opened", end.height),
            };
            output::facts([
                ("Backup of", format!("{}'s node of {}", about.member, about.network)),
                ("Whole", format!("{} runs, {} files, {} bytes, unchanged", checked.runs, checked.files, checked.bytes)),
                ("Blocks", blocks),
                ("Up to", clock::utc(end.time_ms)),
            ])
        },
        || json!({"about": about, "runs": checked.runs, "files": checked.files, "bytes": checked.bytes, "end": end, "proved": proved}),
    );
    if !proved {
        screen.hint(format!(
            "The files are those that were written. To have every block in them checked, set {VARIABLE}, or give --backup-passphrase-file or --identity."
        ));
    }
    Ok(())
}

/// Which backup, and where to.
#[derive(Args, Debug)]
pub struct RestoreOptions {
    /// The folder of the backup
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// The node's new folder
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Take the state from the other nodes when the node starts, instead of the blocks from the backup: quicker, where there are other nodes
    #[arg(long)]
    from_peers: bool,
    #[command(flatten)]
    opener: Opener,
}

/// Makes a node of a backup.
pub fn restore(options: &RestoreOptions, screen: Screen) -> Outcome {
    let started = Instant::now();
    let backup = Backup::open(&options.from).map_err(failed)?;
    let key = options.opener.key(&options.from)?;
    backup.check_key(&key).map_err(failed)?;
    let toml = options.out.join("node.toml");
    let config = restore::files(&backup, &key, &options.out).map_err(failed)?;
    let end = backup.last().map_err(failed)?.end;
    if options.from_peers {
        restore::from_peers(&config, &toml).map_err(failed)?;
        screen.result(
            || format!("The node's own files are in {}. When it starts it takes the state from its peers.", options.out.display()),
            || json!({"folder": options.out, "from_peers": true}),
        );
        next_steps(&config, &toml, screen);
        return Ok(());
    }
    let mut told = Instant::now();
    let hint = move |what: &'static str| {
        move |height: u64| {
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                screen.hint(format!("{what}: block {height} of {}", end.height));
            }
        }
    };
    restore::history(&backup, &key, &config, &mut hint("Checked and written")).map_err(failed)?;
    let checked = started.elapsed().as_secs_f64();
    let executed = execute(config.clone(), end, Box::new(hint("Executed")));
    let seconds = started.elapsed().as_secs_f64();
    let executed = match executed {
        Ok(()) => true,
        // The history is whole; what is missing is the passphrase or a token, and the node executes when it starts.
        Err(NodeError::Config(error)) => {
            screen.hint(format!("The blocks are checked and in place, and are executed when the node starts: {error}"));
            false
        }
        Err(NodeError::Keystore(error)) => {
            screen.hint(format!("The blocks are checked and in place, and are executed when the node starts: {error}"));
            false
        }
        Err(error) => return Err(Failure::refused(error)),
    };
    screen.result(
        || {
            output::facts([
                ("Node", format!("{}'s of {}, in {}", backup.about.member, backup.about.network, options.out.display())),
                ("Blocks", format!("1 to {}, each checked against its certificate, in {checked:.1} s", end.height)),
                ("State", match executed {
                    true => format!("built again from them, every root as it was: {}", end.state_root),
                    false => "is built again when the node starts".to_owned(),
                }),
                ("Took", format!("{seconds:.1} s")),
            ])
        },
        || json!({"folder": options.out, "end": end, "executed": executed, "checked_seconds": checked, "seconds": seconds}),
    );
    next_steps(&config, &toml, screen);
    Ok(())
}

fn execute(
    config: NodeConfig,
    end: backup::End,
    tell: Box<dyn FnMut(u64) + Send>,
) -> Result<(), NodeError> {
    // Before anything is written: without the passphrase the node cannot open its keys.
    config.keystore.passphrase()?;
    restore::execute(config, end, tell)
}

fn next_steps(config: &NodeConfig, toml: &Path, screen: Screen) {
    if config.keystore.passphrase().is_err() {
        screen.hint("The keystore is sealed as it was and its passphrase is in no backup: put it where node.toml says (keystore.passphrase_file or passphrase_env).");
    }
    screen.hint(format!(
        "Start it: convoy node run --config {}. It follows the network and serves. It does not vote: its old key may have voted after this backup was made.",
        toml.display()
    ));
}

/// The key with which a restored node votes again, and what is left to do.
pub fn renew_key(file: &ConfigFile, screen: Screen) -> Outcome {
    let config = file.read()?;
    let (name, key) = restore::renew_key(&config).map_err(|error| match error {
        NodeError::Mismatch(reason) => Failure::usage(reason),
        error => Failure::environment(error),
    })?;
    let member = &config.member;
    let own = config.p2p.peers.iter().find(|peer| peer.member == *member);
    let address = own.map_or(config.p2p.listen, |own| own.address);
    let key = hex::encode(key.raw());
    screen.result(
        || output::facts([("Name", name.clone()), ("Key", key.clone())]),
        || json!({"name": name, "key": key, "address": address}),
    );
    screen.hint(format!(
        "Three steps are left. As an administrator of `{member}`:\n  \
         convoy membership announce-node --member {member} --key {key} --address {address}\n\
         Start the node again: it follows under this key. Then:\n  \
         convoy membership plan-validators --change '{{\"rotate\": {{\"member\": \"{member}\", \"key\": \"{key}\"}}}}' --after-blocks 10"
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_backup_is_a_refusal_and_a_wrong_passphrase_a_mistake() {
        use crate::failure::Kind;
        let damaged = BackupError::Damaged {
            folder: "b".into(),
            reason: "runs/000001.json".into(),
        };
        assert_eq!(failed(damaged).kind, Kind::Refused);
        assert_eq!(failed(BackupError::Key("no".into())).kind, Kind::Usage);
    }
}
