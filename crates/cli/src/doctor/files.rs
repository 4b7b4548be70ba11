//! The disk: room, speed, the data folder, who may read the secrets, the read model.

use super::Finding;
use convoy_node::{NodeConfig, keystore, tokens};
use convoy_readmodel::reindex;
use rustix::{fs::statvfs, process::geteuid};
use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    time::{Duration, Instant},
};

/// With less room than this a node can be full within hours, bytes.
const FREE_FAULT: u64 = 1 << 30;
/// With less room than this it is time to plan, bytes.
const FREE_NOTE: u64 = 10 << 30;
/// A block is made durable with several syncs; with slower ones finality takes seconds.
const SYNC_FAULT: Duration = Duration::from_millis(500);
/// With slower syncs than this blocks come later than they could.
const SYNC_NOTE: Duration = Duration::from_millis(20);
/// Syncs measured; the median counts.
const SYNCS: usize = 9;
/// Tokens that end within this are told, milliseconds.
const TOKEN_NOTE_MS: u64 = 30 * 86_400_000;
/// How the file of a SQLite database begins (sqlite.org/fileformat.html).
const SQLITE: &[u8] = b"SQLite format 3\0";

pub fn examine(config: &NodeConfig) -> Vec<Finding> {
    let mut findings = vec![data_folder(&config.data)];
    if config.data.is_dir() {
        findings.push(room(&config.data));
        findings.push(speed(&config.data));
        findings.push(read_model(&config.data));
    }
    findings.extend(secrets(config));
    findings.push(tokens(&config.data));
    findings
}

fn data_folder(data: &Path) -> Finding {
    const CHECK: &str = "data folder";
    let shown = data.display();
    let Ok(about) = fs::metadata(data) else {
        return Finding::fault(
            CHECK,
            format!("{shown} is not there, or this user may not see it"),
            "it holds the keystore: restore it, or correct `data` in the configuration; run the doctor as the user that runs the node",
        );
    };
    if about.permissions().mode() & 0o022 != 0 {
        return Finding::fault(
            CHECK,
            format!(
                "other users may write into {shown} (mode {:o})",
                about.permissions().mode() & 0o777
            ),
            format!("chmod 700 {shown}"),
        );
    }
    if about.uid() != geteuid().as_raw() {
        return Finding::note(
            CHECK,
            format!(
                "{shown} belongs to user {}, the doctor runs as user {}",
                about.uid(),
                geteuid().as_raw()
            ),
            "run the doctor as the user that runs the node: sudo -u convoy convoy node doctor",
        );
    }
    match tempfile_in(data) {
        Ok(()) => Finding::ok(CHECK, format!("{shown} can be written")),
        Err(error) => Finding::fault(
            CHECK,
            format!("{shown} cannot be written: {error}"),
            format!(
                "give it to the user that runs the node (chown -R USER {shown}), and see that the disk is mounted for writing"
            ),
        ),
    }
}

/// Makes, writes and removes a file.
fn tempfile_in(folder: &Path) -> std::io::Result<()> {
    let path = folder.join("doctor.tmp");
    let made = File::create(&path).and_then(|mut file| file.write_all(b"convoy node doctor"));
    let removed = fs::remove_file(&path);
    made.and(removed)
}

fn room(data: &Path) -> Finding {
    let disk = match statvfs(data) {
        Ok(disk) => disk,
        Err(error) => {
            return Finding::not_checked(
                "disk space",
                format!("the disk cannot be asked: {error}"),
            );
        }
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    judge_room(free, data)
}

fn judge_room(free: u64, data: &Path) -> Finding {
    const CHECK: &str = "disk space";
    let found = format!("{} free on the disk of {}", gib(free), data.display());
    if free < FREE_FAULT {
        let remedy = "make room: a node whose disk is full stops (nothing that it acknowledged is lost, and it catches up afterwards)";
        return Finding::fault(CHECK, found, remedy);
    }
    if free < FREE_NOTE {
        return Finding::note(
            CHECK,
            found,
            "plan for more: /metrics and the dashboard show how fast it is used",
        );
    }
    Finding::ok(CHECK, found)
}

/// As `1.5 GiB`.
fn gib(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) >> 30;
    format!("{}.{} GiB", tenths / 10, tenths % 10)
}

fn speed(data: &Path) -> Finding {
    match syncs(data) {
        Ok(median) => judge_speed(median),
        Err(error) => {
            Finding::not_checked("disk speed", format!("no file could be written: {error}"))
        }
    }
}

fn syncs(data: &Path) -> std::io::Result<Duration> {
    let path = data.join("doctor.tmp");
    let measured = File::create(&path).and_then(|mut file| {
        let mut times = Vec::new();
        for _ in 0..SYNCS {
            file.write_all(&[0; 4_096])?;
            let started = Instant::now();
            file.sync_data()?;
            times.push(started.elapsed());
        }
        times.sort();
        Ok(times[SYNCS / 2])
    });
    fs::remove_file(&path)?;
    measured
}

fn judge_speed(median: Duration) -> Finding {
    const CHECK: &str = "disk speed";
    let found = format!(
        "a write is durable after {:.1} ms (median of {SYNCS})",
        median.as_secs_f64() * 1e3
    );
    if median > SYNC_FAULT {
        return Finding::fault(
            CHECK,
            found,
            "every block waits for several of these: use a local SSD, not a network share or a disk that others keep busy",
        );
    }
    if median > SYNC_NOTE {
        return Finding::note(
            CHECK,
            found,
            "blocks become final later than they could; a local SSD takes less than 5 ms",
        );
    }
    Finding::ok(CHECK, found)
}

fn secrets(config: &NodeConfig) -> Vec<Finding> {
    let keystore = config.data.join(keystore::FILE_NAME);
    let tokens = config.data.join(tokens::FILE_NAME);
    let mut files = vec![keystore.as_path(), tokens.as_path()];
    files.extend(config.keystore.passphrase_file.as_deref());
    let mut findings: Vec<_> = files.iter().filter_map(|path| exposed(path)).collect();
    if findings.is_empty() {
        findings.push(Finding::ok(
            "secret files",
            "keystore, tokens and passphrase are for the node's user only",
        ));
    }
    findings
}

/// A secret that others may read or change. A file that is not there is told of elsewhere.
fn exposed(path: &Path) -> Option<Finding> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| {
        Finding::fault(
            "secret files",
            format!("other users may read or change {} (mode {mode:o})", path.display()),
            format!("chmod 600 {}; if others could log in here meanwhile, change the passphrase or issue new tokens", path.display()),
        )
    })
}

fn tokens(data: &Path) -> Finding {
    const CHECK: &str = "tokens";
    let store = match tokens::TokenStore::open(data) {
        Ok(store) => store,
        Err(error) => {
            return Finding::fault(
                CHECK,
                format!(
                    "{} cannot be read: {error}",
                    data.join(tokens::FILE_NAME).display()
                ),
                "restore it from your backup, or remove it and issue new tokens: convoy node token add",
            );
        }
    };
    judge_tokens(&store.list(), crate::clock::now_ms())
}

fn judge_tokens(tokens: &[tokens::Token], now_ms: u64) -> Finding {
    const CHECK: &str = "tokens";
    if tokens.is_empty() {
        return Finding::note(
            CHECK,
            "there are none: nobody can ask this node anything but its health",
            "convoy node token add --name …",
        );
    }
    let ending = tokens
        .iter()
        .filter_map(|token| Some((token.expires_ms?, token)));
    let ending = ending.filter(|(ends, _)| *ends < now_ms.saturating_add(TOKEN_NOTE_MS));
    let words: Vec<_> = ending
        .map(|(ends, token)| {
            let verb = if ends <= now_ms { "ended" } else { "ends" };
            format!("`{}` {verb} {}", token.name, crate::clock::utc(ends))
        })
        .collect();
    if words.is_empty() {
        return Finding::ok(
            CHECK,
            format!("{} are issued; none ends within 30 days", tokens.len()),
        );
    }
    Finding::note(
        CHECK,
        words.join("; "),
        "issue new ones before: convoy node token add",
    )
}

fn read_model(data: &Path) -> Finding {
    const CHECK: &str = "read model";
    let folder = data.join("readmodel");
    if reindex::is_wanted(&folder) {
        return Finding::note(
            CHECK,
            "it is to be built again; the old one answers until the new one is whole",
            "nothing, while the node's log tells progress; otherwise start the node",
        );
    }
    match newest(&folder) {
        None => Finding::note(
            CHECK,
            "there is none yet",
            "nothing: the node builds it from the blocks when it starts",
        ),
        Some(path) if !is_database(&path) => Finding::fault(
            CHECK,
            format!("{} is damaged", path.display()),
            "stop the node and have it built again from the blocks: convoy node reindex",
        ),
        Some(path) => Finding::ok(CHECK, format!("{} is there", path.display())),
    }
}

/// The database with the highest number: the one in use.
fn newest(folder: &Path) -> Option<std::path::PathBuf> {
    let entries = fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path());
    let numbered = entries.filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.strip_suffix(".db")
            .is_some_and(|stem| stem.parse::<u32>().is_ok())
    });
    numbered.max()
}

fn is_database(path: &Path) -> bool {
    let mut start = [0; SQLITE.len()];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok()
        && start == SQLITE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn room_and_speed_are_judged_by_their_limits() {
        let data = Path::new("/data");
        assert_eq!(judge_room(FREE_FAULT - 1, data).level, Level::Fault);
        assert_eq!(judge_room(FREE_FAULT, data).level, Level::Note);
        assert_eq!(judge_room(FREE_NOTE, data).level, Level::Ok);
        assert_eq!(judge_speed(Duration::from_millis(2)).level, Level::Ok);
        assert_eq!(judge_speed(Duration::from_millis(21)).level, Level::Note);
        assert_eq!(judge_speed(Duration::from_millis(501)).level, Level::Fault);
        assert_eq!(gib(1_610_612_736), "1.5 GiB");
    }

    #[test]
    fn a_token_near_its_end_is_named() {
        let token = |name: &str, expires_ms| tokens::Token {
            name: name.into(),
            digest: Default::default(),
            scopes: vec![tokens::Scope::Read],
            signer: None,
            expires_ms,
        };
        let now = 1_000 * TOKEN_NOTE_MS;
        let found = judge_tokens(
            &[
                token("gate", Some(now + 1)),
                token("desk", None),
                token("old", Some(now - 1)),
            ],
            now,
        );
        assert_eq!(found.level, Level::Note);
        assert!(
            found.found.contains("`gate` ends") && found.found.contains("`old` ended"),
            "{}",
            found.found
        );
        assert!(!found.found.contains("desk"));
        assert_eq!(judge_tokens(&[token("desk", None)], now).level, Level::Ok);
    }

    #[test]
    fn the_database_in_use_is_the_one_with_the_highest_number() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(newest(folder.path()), None);
        for name in ["000001.db", "000002.db", "000003.part.db", "000002.db-wal"] {
            fs::write(folder.path().join(name), b"x").unwrap();
        }
        let newest = newest(folder.path()).unwrap();
        assert!(newest.ends_with("000002.db"));
        assert!(!is_database(&newest));
        fs::write(&newest, b"SQLite format 3\0 and more").unwrap();
        assert!(is_database(&newest));
    }
}
