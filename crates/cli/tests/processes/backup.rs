//! What a member holds is not lost: backed up on line, restored on an empty machine, and a disk that stays within its bound.

use crate::harness::{Net, PROGRAM, Stream, WITHIN, commission, convoy, founded, ok, started};
use convoy_client::State;
use convoy_modules::membership::{
    self,
    types::{Action, ValidatorChange, ValidatorKey},
};
use convoy_types::{cose::Algorithm, receipt::LoggedBlock};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const PASSPHRASE: &str = "a passphrase that is in no backup";

/// `convoy node …` with the backup's passphrase in the environment.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .arg("node")
        .args(arguments)
        .arg("--json")
        .env_remove("CONVOY_TOKEN")
        .env_remove("CONVOY_NODE")
        .env("CONVOY_BACKUP_PASSPHRASE", PASSPHRASE);
    command
}

/// Exit code, what it said, and its errors.
fn node(arguments: &[&str]) -> (i32, Value, String) {
    let output = command(arguments).output().unwrap();
    let said = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    let errors = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap_or(-1), said, errors)
}

fn folder_of(net: &Net, name: &str) -> PathBuf {
    net.folder.path().join("net").join(name)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The blocks from `from` on, as the node's log has them.
async fn logged(net: &Net, name: &str, from: u64) -> Vec<LoggedBlock> {
    net.client(name).log(from).await.unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_restored_on_an_empty_machine_and_never_votes_with_its_old_key() {
    let mut net = started().await;
    let stream = Stream::start(&net, 1, 1, &["fra"]);
    stream.progress(20).await;
    let (own, kept) = (folder_of(&net, "est"), net.folder.path().join("backup"));
    let (config, to) = (own.join("node.toml"), text(&kept).to_owned());

    // On line, twice: the second run adds what is new.
    let begun = Instant::now();
    let (code, first, errors) = node(&["backup", "--config", text(&config), "--to", &to]);
    assert_eq!(code, 0, "{errors}");
    eprintln!("backed up on line in {:?}", begun.elapsed());
    stream.progress(20).await;
    let (code, second, errors) = node(&["backup", "--config", text(&config), "--to", &to]);
    assert_eq!(code, 0, "{errors}");
    let height = |run: &Value, key: &str| run["run"][key].as_u64().unwrap();
    let end = |run: &Value| run["run"]["end"]["height"].as_u64().unwrap();
    assert_eq!(height(&first, "first"), 1);
    assert_eq!(height(&second, "first"), end(&first) + 1);
    assert!(end(&second) > end(&first));
    let tokens = convoy(&["node", "token", "list", "--config", text(&config)]);
    assert!(!tokens.1.contains("convoy node backup"), "{}", tokens.1);

    // Without the node: whole, and every block in it final.
    let (code, checked, errors) = node(&["backup", "--verify", "--to", &to]);
    assert_eq!(
        (code, checked["proved"].as_bool()),
        (0, Some(true)),
        "{errors}"
    );
    let wrong = command(&["backup", "--verify", "--to", &to])
        .env("CONVOY_BACKUP_PASSPHRASE", "a guess")
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    for part in ["runs", "history", "files"] {
        let entries = fs::read_dir(kept.join(part)).unwrap().flatten();
        let path = entries.map(|entry| entry.path()).min().unwrap();
        let whole = fs::read(&path).unwrap();
        let mut changed = whole.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        fs::write(&path, changed).unwrap();
        let (code, _, errors) = node(&["backup", "--verify", "--to", &to]);
        assert_eq!(code, 1, "{part}: {errors}");
        assert!(errors.contains(part), "{part}: {errors}");
        fs::write(&path, whole).unwrap();
    }

    // The machine is lost, with its disk.
    ok(net.cluster.kill("est"));
    let lost = net.folder.path().join("lost");
    fs::rename(&own, &lost).unwrap();
    stream.progress(5).await;

    // Killed in the middle, the same command goes on; a node does not start on what is half there.
    let begun = Instant::now();
    let arguments = ["restore", "--from", &to, "--out", text(&own)];
    let mut cut = command(&arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let unfinished = own.join("data/restoring.json");
    while !unfinished.exists() {
        assert!(cut.try_wait().unwrap().is_none(), "it ended too early");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    cut.kill().unwrap();
    cut.wait().unwrap();
    if own.join("node.toml").exists() && unfinished.exists() {
        let (code, _, errors) = node(&["run", "--config", text(&own.join("node.toml"))]);
        assert_ne!(code, 0);
        assert!(errors.contains("restored"), "{errors}");
    }
    fs::copy(lost.join("passphrase"), own.join("passphrase")).unwrap();
    let (code, restored, errors) = node(&arguments);
    assert_eq!(code, 0, "{errors}");
    assert_eq!(restored["executed"], true, "{restored} {errors}");
    assert_eq!(restored["end"], second["run"]["end"]);
    eprintln!(
        "restored, checked and executed {} blocks in {:?}",
        end(&second),
        begun.elapsed()
    );
    let (code, _, _) = node(&arguments);
    assert_eq!(code, 1, "a folder that holds a node is not overwritten");
    assert!(own.join("data/restored.json").exists());
    // The operator's own copies of tokens: a backup holds their digests only.
    for token in ["admin.token", "officer.token"] {
        fs::copy(lost.join(token), own.join(token)).unwrap();
    }

    // It follows and serves what it served before; it signs no block.
    let place = place_of(&net, "fra", "est").await;
    // Blocks up to here may hold votes from before the loss: only those after it can hold one of the restored node.
    let since = net.cluster.height("fra").await.unwrap() + 1;
    ok(net.cluster.start("est"));
    ok(net.cluster.ready("est", WITHIN).await);
    eprintln!("and served after {:?}", begun.elapsed());
    let health: Value = net.client("est").get(&["v1", "health"], &[]).await.unwrap();
    let notices = health["notices"].to_string();
    assert!(notices.contains("does not vote"), "{notices}");
    stream.progress(40).await;
    let acknowledged = stream.stop().await;
    net.agree(&["est", "fra", "ita"]).await;
    net.hold(&["est", "fra"], &acknowledged).await;
    let signers: Vec<_> = logged(&net, "fra", since)
        .await
        .into_iter()
        .filter_map(|block| block.certificate)
        .map(|certificate| certificate.signers)
        .collect();
    assert!(signers.len() > 10, "{} certificates", signers.len());
    assert!(
        signers.iter().all(|signers| !signers.contains(&place)),
        "the restored node voted"
    );
    let before = logged(&net, "fra", 1).await;
    assert!(
        before
            .iter()
            .flat_map(|block| &block.certificate)
            .any(|one| one.signers.contains(&place)),
        "it voted before, so the check above would notice"
    );
    votes_again(&mut net, &config).await;
    ok(net.cluster.stop_all());
}

/// The restored node of Estonia gets a key of its own, takes its seat with it, and signs blocks.
async fn votes_again(net: &mut Net, config: &Path) {
    let renew = ["renew-key", "--config", text(config)];
    let (code, renewed, errors) = node(&renew);
    assert_eq!(code, 0, "{errors}");
    assert_eq!(node(&renew).1, renewed, "asked again, it is the same key");
    let of = |field: &str| renewed[field].as_str().unwrap().to_owned();
    let member = convoy_types::MemberId::new("est").unwrap();
    let key: ValidatorKey = serde_json::from_value(renewed["key"].clone()).unwrap();
    let announce = Action::AnnounceNode {
        member: member.clone(),
        key,
        address: Some(of("address")),
    };
    by_officer(net, "est", &announce).await;
    ok(net.cluster.stop("est"));
    ok(net.cluster.start("est"));
    ok(net.cluster.ready("est", WITHIN).await);
    let rotate = Action::PlanValidators {
        change: ValidatorChange::Rotate { member, key },
        after_blocks: 10,
    };
    by_officer(net, "est", &rotate).await;
    let stream = Stream::start(net, 2, 1, &["est", "fra"]);
    let asked = Instant::now();
    loop {
        stream.progress(1).await;
        let sets: Value = net
            .client("fra")
            .get(&["v1", "validators"], &[])
            .await
            .unwrap();
        if sets["epoch"].as_u64() >= Some(1) {
            break;
        }
        assert!(asked.elapsed() < WITHIN, "{sets}");
    }
    let since = net.cluster.height("fra").await.unwrap() + 1;
    let place = place_of(net, "fra", "est").await;
    let asked = Instant::now();
    loop {
        stream.progress(1).await;
        let blocks = logged(net, "fra", since).await;
        let mut certificates = blocks.iter().flat_map(|block| &block.certificate);
        if certificates.any(|one| one.signers.contains(&place)) {
            break;
        }
        assert!(asked.elapsed() < WITHIN, "it does not vote");
    }
    let acknowledged = stream.stop().await;
    net.agree(&["est", "fra", "ita", "pol"]).await;
    net.hold(&["est", "fra"], &acknowledged).await;
    let health: Value = net.client("est").get(&["v1", "health"], &[]).await.unwrap();
    assert!(
        !health["notices"].to_string().contains("restored"),
        "{health}"
    );
}

/// Does it with the key of `name`'s officer, which its node holds.
async fn by_officer(net: &Net, name: &str, action: &Action) {
    let client = ok(net.cluster.api_as(name, "officer"));
    let action = serde_json::to_value(action).unwrap();
    let id = client
        .act(&[(membership::NAME, action)], None)
        .await
        .unwrap();
    let status = client.follow(&id, WITHIN).await.unwrap();
    assert_eq!(status.state, State::Accepted, "{:?}", status.refusal);
}

/// The place of a nation's key in certificates of now, as `name`'s node tells it: keys ascend.
async fn place_of(net: &Net, name: &str, other: &str) -> u8 {
    let trust: Value = net.client(name).get(&["v1", "trust"], &[]).await.unwrap();
    let newest = trust["epochs"].as_array().unwrap().last().unwrap();
    let validators = newest["validators"].as_array().unwrap();
    let key = |validator: &Value| validator["key"].as_str().unwrap().to_owned();
    let own = validators
        .iter()
        .find(|one| one["member"] == other)
        .unwrap();
    validators.iter().filter(|one| key(one) < key(own)).count() as u8
}

/// Bytes that the history of a node may take in the test below.
const HISTORY_BYTES: u64 = 3 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_with_a_bound_stays_under_it_and_pruned_receipts_stay_valid() {
    let mut net = founded();
    let path = folder_of(&net, "est").join("node.toml");
    let archive = "https://archive.fra.example";
    let toml = fs::read_to_string(&path).unwrap().replace(
        "[retention]\nrecent_blocks = 2000\nblocks_per_file = 1024\n",
        &format!(
            "[retention]\nbytes = {HISTORY_BYTES}\nrecent_blocks = 32\nblocks_per_file = 8\narchives = [\"{archive}\"]\n"
        ),
    );
    assert!(toml.contains("recent_blocks = 32"), "{toml}");
    fs::write(&path, toml).unwrap();
    net.cluster.start_all().unwrap();
    net.cluster.all_ready(WITHIN).await.unwrap();
    let (signer, client) = (net.signer(0, 9), net.client("est"));
    let statement = commission(&signer, 7);
    let status = client.submit_and_follow(&statement, WITHIN).await.unwrap();
    assert_eq!(status.state, State::Accepted);
    let receipt = loop {
        if let Ok(bytes) = client
            .transparent(&statement.id(), &[], &[Algorithm::Ed25519])
            .await
        {
            break bytes;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };

    let streams: Vec<_> = (1..=8)
        .map(|lane| Stream::start(&net, 1, lane, &["fra"]))
        .collect();
    let begun = Instant::now();
    let (mut most, mut pruned_at) = (0, None);
    while begun.elapsed() < Duration::from_secs(180) {
        let storage: Value = client.get(&["v1", "node", "storage"], &[]).await.unwrap();
        most = most.max(storage["history_bytes"].as_u64().unwrap());
        if storage["history_from"].as_u64().unwrap() > status.height.unwrap() && pruned_at.is_none()
        {
            pruned_at = Some(begun.elapsed());
        }
        if pruned_at.is_some_and(|at| begun.elapsed() > at + at.min(Duration::from_secs(30))) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let mut count = 0;
    for stream in streams {
        count += stream.stop().await.len();
    }
    let storage: Value = client.get(&["v1", "node", "storage"], &[]).await.unwrap();
    let other: Value = net
        .client("fra")
        .get(&["v1", "node", "storage"], &[])
        .await
        .unwrap();
    eprintln!(
        "{count} statements in {:?}: at most {most} bytes of history, bound {HISTORY_BYTES}; {storage}; unbounded: {}",
        begun.elapsed(),
        other["history_bytes"]
    );
    assert!(pruned_at.is_some(), "nothing was pruned: {storage}");
    assert!(most <= HISTORY_BYTES, "{most} bytes, bound {HISTORY_BYTES}");

    // What was pruned is not given any more, in words that say who has it; its receipt is as good as before.
    let gone = client
        .transparent(&statement.id(), &[], &[Algorithm::Ed25519])
        .await;
    let said = gone.unwrap_err().to_string();
    assert!(
        said.contains("was pruned") && said.contains(archive),
        "{said}"
    );
    let trust: convoy_types::receipt::Trust = client.get(&["v1", "trust"], &[]).await.unwrap();
    convoy_client::verify(&receipt, &trust).unwrap();
    let again = net
        .client("fra")
        .transparent(&statement.id(), &[], &[Algorithm::Ed25519])
        .await;
    convoy_client::verify(&again.unwrap(), &trust).unwrap();
    // What is asked about still answers: state and read model are whole.
    let status = client.follow(&statement.id(), WITHIN).await.unwrap();
    assert_eq!(status.state, State::Accepted);
    // After a restart as before.
    ok(net.cluster.kill("est"));
    ok(net.cluster.start("est"));
    ok(net.cluster.ready("est", WITHIN).await);
    net.agree(&["est", "fra"]).await;
    ok(net.cluster.stop_all());
}
