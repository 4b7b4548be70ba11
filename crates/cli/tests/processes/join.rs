//! Three members found a network, each with keys of its own making; a fourth joins with one file, is killed on its way, and knows what was
//! before it came. Wrong bundles and taken ports are told apart.

use crate::harness::{PROGRAM, WITHIN, commissioned, convoy, first_port, impatient, ok};
use convoy_cli::cluster::NodeProcess;
use convoy_client::{Client, State};
use convoy_modules::custody::{self, types::Action};
use convoy_types::StatementId;
use serde_json::Value;
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tempfile::TempDir;

const NETWORK: &str = include_str!("../../../../examples/network/three-nations.toml");
const FOUNDERS: [&str; 3] = ["est", "fra", "ita"];
/// Blocks before the fourth comes: more than one answer of a peer holds.
const BLOCKS: u64 = 500;

/// The founders' folder and their running nodes.
struct Net {
    folder: TempDir,
    first: u16,
    nodes: Vec<NodeProcess>,
}

fn run(arguments: &[&str]) -> String {
    let (code, said, errors) = convoy(arguments);
    assert_eq!(code, 0, "{arguments:?}: {said}{errors}");
    said
}

/// What a command that must fail says.
fn refused(arguments: &[&str]) -> String {
    let (code, said, errors) = convoy(arguments);
    assert_ne!(code, 0, "{arguments:?}: {said}");
    errors
}

/// Blocks without statements come fast, so that there is much history soon.
fn hasten(config: &Path) {
    let text = fs::read_to_string(config).unwrap();
    let text = text.replace("linger_ms = 25", "linger_ms = 2");
    fs::write(
        config,
        text.replace("heartbeat_ms = 4000", "heartbeat_ms = 5"),
    )
    .unwrap();
}

impl Net {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn start(&self, name: &str) -> NodeProcess {
        let home = self.path(name);
        let (config, log) = (home.join("node.toml"), home.join("node.log"));
        ok(NodeProcess::start(Path::new(PROGRAM), &config, &log, &[]))
    }

    /// The node whose interface is number `number`, with the token in `file`.
    fn client(&self, number: u16, file: &str) -> Client {
        let token = fs::read_to_string(self.path(file)).unwrap();
        let url = format!("http://127.0.0.1:{}", self.first + number);
        Client::new(&url, Some(token.trim())).unwrap()
    }

    /// Prepared, assembled, signed, founded and started, each member by itself.
    async fn founded() -> Self {
        let first = first_port();
        let mut text = NETWORK.to_owned();
        for number in 1..=4 {
            for (usual, here) in [(8_100, first), (8_501, first + 16), (9_100, first + 32)] {
                text = text.replace(&(usual + number).to_string(), &(here + number).to_string());
            }
        }
        let mut net = Self {
            folder: tempfile::tempdir().unwrap(),
            first,
            nodes: Vec::new(),
        };
        fs::write(net.path("network.toml"), text).unwrap();
        let file = net.text("network.toml");
        for name in FOUNDERS {
            run(&["network", "prepare", &file, name, "--out", &net.text(name)]);
        }
        let genesis = net.text("genesis.json");
        let parts = FOUNDERS.map(|name| net.text(&format!("{name}/{name}.public.json")));
        let [est, fra, ita] = parts.each_ref().map(String::as_str);
        run(&[
            "network", "assemble", &file, est, fra, ita, "--out", &genesis,
        ]);
        let again = net.text("again.json");
        run(&["network", "assemble", &file, ita, est, fra, "--out", &again]);
        assert_eq!(fs::read(&genesis).unwrap(), fs::read(&again).unwrap());
        net.wrong_parts(&file, &genesis, [est, fra, ita]);
        for name in FOUNDERS {
            let home = net.text(name);
            run(&[
                "network", "sign", &genesis, "--file", &file, "--home", &home,
            ]);
        }
        let signatures = FOUNDERS.map(|name| net.text(&format!("{name}/{name}.signature.json")));
        let [first_of, second, third] = signatures.each_ref().map(String::as_str);
        let home = net.text("est");
        let told = refused(&[
            "network", "found", &genesis, first_of, second, "--home", &home,
        ]);
        assert!(told.contains("not signed by ita"), "{told}");
        for name in FOUNDERS {
            let home = net.text(name);
            run(&[
                "network", "found", &genesis, first_of, second, third, "--home", &home,
            ]);
            hasten(&net.path(name).join("node.toml"));
        }
        for name in FOUNDERS {
            let node = net.start(name);
            net.nodes.push(node);
        }
        for number in 1..=3 {
            let token = format!("{}/admin.token", FOUNDERS[usize::from(number) - 1]);
            assert!(net.client(number, &token).wait_ready(WITHIN).await);
        }
        net
    }

    /// What is wrong with a part, a file or a document is told before anybody signs it.
    fn wrong_parts(&self, file: &str, genesis: &str, [est, fra, ita]: [&str; 3]) {
        let out = self.text("never.json");
        let told = refused(&["network", "assemble", file, est, fra, "--out", &out]);
        assert!(told.contains("the parts of ita are missing"), "{told}");
        let part = fs::read_to_string(ita).unwrap();
        let changed = self.text("changed.json");
        fs::write(&changed, part.replace("127.0.0.1:", "127.0.0.2:")).unwrap();
        let told = refused(&[
            "network", "assemble", file, est, fra, &changed, "--out", &out,
        ]);
        assert!(told.contains("was changed after it was signed"), "{told}");
        fs::write(&changed, &part[..part.len() / 2]).unwrap();
        let told = refused(&[
            "network", "assemble", file, est, fra, &changed, "--out", &out,
        ]);
        assert!(told.contains("cut short"), "{told}");
        let other = self.text("other.toml");
        let text = fs::read_to_string(file).unwrap();
        fs::write(&other, text.replace("\"Italy\"", "\"Italia\"")).unwrap();
        let told = refused(&["network", "assemble", &other, est, fra, ita, "--out", &out]);
        assert!(told.contains("another network file"), "{told}");
        // Somebody who assembles puts other keys in the place of Estonia's.
        let document = fs::read_to_string(genesis).unwrap();
        let mut document: Value = serde_json::from_str(&document).unwrap();
        document["members"][0]["member"]["validator"] =
            document["members"][1]["member"]["validator"].clone();
        fs::write(&out, document.to_string()).unwrap();
        let home = self.text("est");
        let told = refused(&["network", "sign", &out, "--file", file, "--home", &home]);
        assert!(told.contains("other keys for `est`"), "{told}");
    }

    /// Statements by Estonia's officer, until there are as many blocks as asked.
    async fn history(&self) -> Vec<StatementId> {
        let client = self.client(1, "est/officer.token");
        let mut statements = Vec::new();
        let asked = Instant::now();
        while client.get::<Value>(&["v1", "network"], &[]).await.unwrap()["height"].as_u64()
            < Some(BLOCKS)
        {
            assert!(asked.elapsed() < 3 * WITHIN, "{BLOCKS} blocks are not made");
            let event = commissioned(statements.len() as u64);
            let action = serde_json::to_value(Action::Capture(Box::new(event))).unwrap();
            let id = client.act(&[(custody::NAME, action)], None).await.unwrap();
            let status = client.follow(&id, WITHIN).await.unwrap();
            assert_eq!(status.state, State::Accepted, "{:?}", status.refusal);
            statements.push(id);
        }
        statements
    }
}

/// Asks until `is_so`.
async fn until(client: &Client, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let asked = Instant::now();
    loop {
        let health: Result<Value, _> = client.get(&["v1", "health"], &[]).await;
        if let Ok(health) = &health
            && is_so(health)
        {
            return health.clone();
        }
        assert!(
            asked.elapsed() < WITHIN,
            "not within {WITHIN:?}: {what}: {health:?}"
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_found_a_network_and_a_fourth_joins_by_one_file_and_knows_what_was_before() {
    let mut net = Net::founded().await;
    let statements = net.history().await;
    let object = commissioned(0).epcs[0].to_string();

    let bundle = net.text("norway.json");
    let config = net.text("est/node.toml");
    let node = format!("http://127.0.0.1:{}", net.first + 1);
    let token = net.text("est/officer.token");
    let pending = net.path("est/data/invitations/nor.json");
    let invite = || {
        let told = run(&[
            "network",
            "invite",
            "nor",
            "--name",
            "Norway",
            "--config",
            &config,
            "--node",
            &node,
            "--token-file",
            &token,
            "--out",
            &bundle,
        ]);
        assert!(
            told.contains("invites nor to network three-nations."),
            "{told}"
        );
        fs::read_to_string(&pending).unwrap()
    };
    // Asked again it is another key. Stopped between the ledger and its note of it, it goes on from the key that the ledger has.
    let secret = |kept: &str| serde_json::from_str::<Value>(kept).unwrap()["secret"].clone();
    let (first, second) = (invite(), invite());
    assert_ne!(secret(&first), secret(&second));
    let mut stopped: Value = serde_json::from_str(&first).unwrap();
    stopped["next"] = secret(&second);
    fs::write(&pending, stopped.to_string()).unwrap();
    let third = invite();
    assert!(secret(&third) != secret(&second) && !third.contains("next"));
    // Stopped before the ledger had it, the same key is asked for again.
    let mut stopped: Value = serde_json::from_str(&third).unwrap();
    stopped["next"] = "3a".repeat(32).into();
    fs::write(&pending, stopped.to_string()).unwrap();
    assert_eq!(secret(&invite()), "3a".repeat(32));

    let home = net.text("nor");
    let [api, secure, listen] =
        [4, 20, 36].map(|offset| format!("127.0.0.1:{}", net.first + offset));
    let addresses = ["--api", &api, "--secure", &secure, "--listen", &listen];
    let join = |bundle: &str, more: &[&str]| {
        let mut words = vec!["network", "join", bundle, "--out", &home];
        words.extend(addresses);
        words.extend(more);
        convoy(&words)
    };
    let taken = TcpListener::bind(&listen).unwrap();
    let told = join(&bundle, &[]).2;
    assert!(told.contains("is in use on this machine"), "{told}");
    drop(taken);
    let told = join(&bundle, &["--network", "other.0000000000000000"]).2;
    assert!(told.contains("not of other.0000000000000000"), "{told}");
    let whole = fs::read_to_string(&bundle).unwrap();
    let changed = net.text("changed-bundle.json");
    let other = node_authority(&net);
    let authorities: Value = serde_json::from_str(&whole).unwrap();
    let authorities = authorities["content"]["authorities"].to_string();
    fs::write(&changed, whole.replace(&authorities, &other)).unwrap();
    let told = join(&changed, &[]).2;
    assert!(told.contains("was changed after `est` signed it"), "{told}");
    assert!(
        !net.path("nor").exists(),
        "nothing is made for a wrong bundle"
    );

    let (code, said, errors) = join(&bundle, &[]);
    assert_eq!(code, 0, "{said}{errors}");
    assert!(
        said.contains("is a node of network three-nations."),
        "{said}"
    );
    // The same command again is no second join; the same bundle elsewhere is refused.
    assert_eq!(join(&bundle, &[]).0, 0);
    let elsewhere = net.text("elsewhere");
    let mut words = vec!["network", "join", &bundle, "--out", &elsewhere];
    words.extend(addresses);
    let told = refused(&words);
    assert!(told.contains("used before"), "{told}");

    // Seen on its way, and killed there.
    hasten(&net.path("nor/node.toml"));
    let node = net.start("nor");
    let client = impatient(net.client(4, "nor/administrator.token"));
    let started = Instant::now();
    let health = until(&client, "it joined", |health| {
        health["history_from_height"].as_u64().unwrap() > 1
    })
    .await;
    eprintln!("took over the state after {:?}", started.elapsed());
    assert_eq!(health["ready"], false);
    ok(node.kill());
    let node = net.start("nor");
    let started = Instant::now();
    until(&client, "it is ready", |health| health["ready"] == true).await;
    eprintln!(
        "all history was read in {:?} after the second start",
        started.elapsed()
    );
    net.nodes.push(node);

    let told = |mut trace: Value| {
        trace["height"] = Value::Null;
        trace
    };
    let founder = net.client(1, "est/officer.token");
    let tip: Value = founder.get(&["v1", "health"], &[]).await.unwrap();
    until(&client, "it tells what the founder tells", |health| {
        health["projected_height"].as_u64() >= tip["projected_height"].as_u64()
    })
    .await;
    let there = founder.trace(&object).await.unwrap();
    let here = client.trace(&object).await.unwrap();
    assert_eq!(told(there), told(here));
    let trust = client.trust().await.unwrap();
    for id in [&statements[0], statements.last().unwrap()] {
        let compact = client.compact(id).await.unwrap();
        convoy_verify::verify(&compact, &trust).unwrap();
        let status = client.status(id, Duration::ZERO).await.unwrap();
        let known = founder.status(id, Duration::ZERO).await.unwrap();
        assert_eq!(
            (status.state, status.height),
            (State::Accepted, known.height)
        );
    }
    for node in net.nodes.drain(..) {
        ok(node.stop(WITHIN));
    }
}

/// Some other authority's certificate, as a JSON text.
fn node_authority(net: &Net) -> String {
    let authority = fs::read_to_string(net.path("fra/ca.pem")).unwrap();
    serde_json::to_string(&authority).unwrap()
}
