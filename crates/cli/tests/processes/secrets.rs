//! Canaries: known secrets go through a node and the command line, and are looked for in everything that comes out of them.

use crate::harness::{PROGRAM, WITHIN, first_port};
use convoy_node::keystore::{Keystore, Purpose};
use convoy_types::cose::Algorithm;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// Files that hold a secret because that is what they are for: whoever runs the node protects them.
const HOLD_SECRETS: [&str; 4] = ["passphrase", "officer.token", "admin.token", "network.json"];

struct Node {
    child: Child,
    folder: PathBuf,
    url: String,
    log: PathBuf,
}

impl Drop for Node {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// One node that logs everything it can.
fn node(folder: &Path) -> Node {
    let port = first_port();
    let network = fs::read_to_string(format!("{ROOT}/examples/network/one-node.toml")).unwrap();
    let network = network
        .replace("8101", &port.to_string())
        .replace("9101", &(port + 32).to_string());
    let file = folder.join("network.toml");
    fs::write(&file, network).unwrap();
    let home = folder.join("net");
    let made = run(
        &[
            "network",
            "init",
            file.to_str().unwrap(),
            "--out",
            home.to_str().unwrap(),
        ],
        &[],
    );
    assert_eq!(made.0, Some(0), "{}", made.1);
    let log = folder.join("node.log");
    let out = fs::File::create(&log).unwrap();
    let child = Command::new(PROGRAM)
        .args(["node", "run", "--until-stdin-closes", "--config"])
        .arg(home.join("est/node.toml"))
        .env("CONVOY_LOG", "trace")
        .stdin(Stdio::piped())
        .stdout(out.try_clone().unwrap())
        .stderr(out)
        .spawn()
        .unwrap();
    Node {
        child,
        folder: home,
        url: format!("http://127.0.0.1:{port}"),
        log,
    }
}

/// Runs `convoy`: exit code and everything it said.
fn run(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = Command::new(PROGRAM)
        .args(arguments)
        .env_remove("CONVOY_TOKEN")
        .env_remove("CONVOY_NODE")
        .env("CONVOY_LOG", "trace")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&output.stdout) + &text(&output.stderr);
    (output.status.code(), said)
}

fn curl(arguments: &[&str]) -> String {
    let output = Command::new("curl").args(["-si"]).args(arguments).output();
    String::from_utf8_lossy(&output.unwrap().stdout).into_owned()
}

/// A secret as it could appear: as it is, in hexadecimal, in base64.
fn forms(name: &str, secret: &[u8]) -> Vec<(String, Vec<u8>)> {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let listed = format!("{secret:?}");
    vec![
        (name.to_owned(), secret.to_vec()),
        (
            format!("{name} in upper case"),
            hex.to_uppercase().into_bytes(),
        ),
        (format!("{name} in hexadecimal"), hex.into_bytes()),
        (
            format!("{name} as a list"),
            listed.as_bytes()[1..listed.len() - 1].to_vec(),
        ),
    ]
}

fn look(place: &str, content: &[u8], canaries: &[(String, Vec<u8>)], found: &mut Vec<String>) {
    for (name, canary) in canaries {
        if content.windows(canary.len()).any(|window| window == canary) {
            found.push(format!("{name} is in {place}"));
        }
    }
}

fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, all),
            false => all.push(path),
        }
    }
}

#[test]
fn no_secret_is_in_a_file_a_log_an_error_a_metric_or_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path());
    let est = node.folder.join("est");
    let read = |name: &str| {
        fs::read_to_string(est.join(name))
            .unwrap()
            .trim()
            .to_owned()
    };
    let (passphrase, token) = (read("passphrase"), read("officer.token"));
    let asked = Instant::now();
    while !curl(&[&format!("{}/v1/health/ready", node.url)]).contains(" 200 ") {
        assert!(
            asked.elapsed() < WITHIN,
            "{}",
            fs::read_to_string(&node.log).unwrap()
        );
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    // The command line's own keystore, under a passphrase that goes through the environment.
    let typed = "canary-typed-passphrase-7f3a";
    let keys = folder.path().join("keys");
    let keys = keys.to_str().unwrap();
    let with = [
        ("CONVOY_PASSPHRASE", typed),
        ("CONVOY_NODE", &*node.url),
        ("CONVOY_TOKEN", &*token),
    ];
    let mut said = Vec::new();
    let mut convoy = |arguments: &[&str], environment: &[(&str, &str)]| {
        said.push((arguments.join(" "), run(arguments, environment).1));
    };
    let wrong = [
        ("CONVOY_PASSPHRASE", "canary-wrong-passphrase-9c"),
        ("CONVOY_NODE", &*node.url),
        ("CONVOY_TOKEN", &*token),
    ];
    let document = format!("{ROOT}/examples/scenario/01-commission-parts.json");
    convoy(
        &[
            "key",
            "new",
            "desk",
            "--signer",
            "did:convoy:canary",
            "--keys",
            keys,
        ],
        &with,
    );
    convoy(&["key", "new", "gate", "--keys", keys, "--json"], &wrong);
    convoy(&["key", "show", "desk", "--keys", keys, "--json"], &with);
    convoy(&["key", "list", "--keys", keys], &with);
    convoy(&["capture", &document, "--json"], &with);
    convoy(
        &["capture", &document, "--as", "desk", "--keys", keys],
        &with,
    );
    convoy(
        &[
            "capture", &document, "--as", "desk", "--keys", keys, "--json",
        ],
        &wrong,
    );
    convoy(&["node", "status"], &with);
    let config = est.join("node.toml");
    convoy(
        &[
            "node",
            "token",
            "list",
            "--config",
            config.to_str().unwrap(),
            "--json",
        ],
        &with,
    );
    let bad_token = "convoy_canarybadtoken00000000000000000000000000000000000000000000";
    let header = |token: &str| format!("Authorization: Bearer {token}");
    let at = |path: &str| format!("{}{path}", node.url);
    for (name, answer) in [
        (
            "a good token",
            curl(&["-H", &header(&token), &at("/v1/session")]),
        ),
        (
            "a bad token",
            curl(&["-H", &header(bad_token), &at("/v1/session")]),
        ),
        (
            "a token as a password",
            curl(&["-u", &format!("x:{token}"), &at("/v1/session")]),
        ),
        (
            "a token in a body",
            curl(&[
                "-H",
                &header(&token),
                "-H",
                "content-type: application/json",
                "-d",
                &format!("{{\"{token}\":1}}"),
                &at("/v1/actions?dry_run=true"),
            ]),
        ),
        ("metrics", curl(&[&at("/metrics")])),
        (
            "network",
            curl(&["-H", &header(&token), &at("/v1/network")]),
        ),
        ("limits", curl(&["-H", &header(&token), &at("/v1/limits")])),
        ("trust", curl(&["-H", &header(&token), &at("/v1/trust")])),
        (
            "members",
            curl(&["-H", &header(&token), &at("/v1/members")]),
        ),
        (
            "signers",
            curl(&[
                "-H",
                &header(&token),
                &at("/v1/modules/membership/signers?member=est"),
            ]),
        ),
    ] {
        assert!(answer.starts_with("HTTP/1.1"), "{name}: {answer}");
        // What a client sends in a body may be named in the refusal to that client.
        if name != "a token in a body" {
            said.push((name.to_owned(), answer));
        }
    }

    let mut canaries = vec![
        ("the passphrase".to_owned(), passphrase.clone().into_bytes()),
        ("the token".to_owned(), token.clone().into_bytes()),
        ("the typed passphrase".to_owned(), typed.into()),
        (
            "the wrong passphrase".to_owned(),
            b"canary-wrong-passphrase-9c".to_vec(),
        ),
        ("the bad token".to_owned(), bad_token.into()),
    ];
    let node_keys = Keystore::open(&est.join("data"), &passphrase).unwrap();
    let own_keys = Keystore::open(Path::new(keys), typed).unwrap();
    let consensus = node_keys
        .key(Purpose::Consensus, Algorithm::Ed25519)
        .unwrap();
    let heads = node_keys
        .key(Purpose::TreeHead, Algorithm::MlDsa65)
        .unwrap();
    for (name, key) in [
        ("the consensus key", consensus),
        ("the tree-head key", heads),
        ("the officer's key", node_keys.named("officer").unwrap()),
        ("the desk's key", own_keys.named("desk").unwrap()),
    ] {
        canaries.extend(forms(name, key.to_secret().unwrap().as_slice()));
    }

    let mut found = Vec::new();
    for (place, text) in &said {
        look(place, text.as_bytes(), &canaries, &mut found);
    }
    let mut all = Vec::new();
    files(folder.path(), &mut all);
    assert!(all.contains(&node.log) && all.len() > 10);
    for path in all {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if HOLD_SECRETS.contains(&&*name) {
            continue;
        }
        match fs::read(&path) {
            Ok(content) => look(&path.display().to_string(), &content, &canaries, &mut found),
            // The node is running, and removes files it needs no longer.
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{path:?}"),
        }
    }
    assert_eq!(found, Vec::<String>::new());
    let log = fs::read_to_string(&node.log).unwrap();
    assert!(log.contains("TRACE"), "the log has not everything in it");
    let mut planted = Vec::new();
    look(
        "a text",
        format!("x{passphrase}x").as_bytes(),
        &canaries,
        &mut planted,
    );
    assert_eq!(
        planted,
        ["the passphrase is in a text"],
        "the search finds what is there"
    );
}

#[test]
fn a_node_leaves_no_core_dump() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path());
    let asked = Instant::now();
    while !fs::read_to_string(&node.log)
        .unwrap()
        .contains("core dumps")
    {
        assert!(asked.elapsed() < WITHIN);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let limits = fs::read_to_string(format!("/proc/{}/limits", node.child.id())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let words: Vec<&str> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{core}");
}

const KEYRING: &str = r#"
set -eu
echo -n login | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
convoy key new desk --signer did:convoy:1 --keys "$HOME/keys" --passphrase-file "$HOME/passphrase" >/dev/null 2>&1
convoy key remember --keys "$HOME/keys" --passphrase-file "$HOME/passphrase"
convoy key new second --keys "$HOME/keys" </dev/null >/dev/null 2>&1 && echo "opened by the keyring"
convoy key forget --keys "$HOME/keys"
convoy key new third --keys "$HOME/keys" </dev/null 2>&1 || echo "exit code $?"
"#;

/// With GNOME Keyring on a session bus of its own, which `./test` installs.
#[test]
fn the_desktops_keyring_keeps_the_passphrase_until_it_is_forgotten() {
    let there = |tool: &str| {
        let found = Command::new("sh")
            .args(["-c", &format!("command -v {tool}")])
            .output();
        found.is_ok_and(|output| output.status.success())
    };
    if !["dbus-run-session", "gnome-keyring-daemon", "secret-tool"]
        .into_iter()
        .all(there)
    {
        let reason = "apt-get install dbus gnome-keyring libsecret-tools";
        assert!(std::env::var_os("CI").is_none(), "{reason}");
        eprintln!("SKIPPED: the desktop's keyring was NOT tested. {reason}");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("passphrase"), "several words\n").unwrap();
    let programs = Path::new(PROGRAM).parent().unwrap().to_str().unwrap();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
    let output = Command::new("dbus-run-session")
        .args(["--", "bash", "-c", KEYRING])
        .env("HOME", home.path())
        .env("PATH", path)
        .env_remove("CONVOY_PASSPHRASE")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    for expected in [
        "The keyring has the passphrase",
        "opened by the keyring",
        "no passphrase of",
        "needs its passphrase",
        "exit code 2",
    ] {
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(expected), "{expected}: {said}{errors}");
    }
}
