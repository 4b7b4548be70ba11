//! Total loss: two of four validators are gone for good, with their machines and keys. The members sign who goes on; everything that was
//! acknowledged is there, old receipts verify, and who knows only the old validators follows. The drill of docs/guides/total-loss.md, timed.

use crate::{
    harness::{Net, Stream, WITHIN, convoy, data_of, ok, started},
    upgrade::shadow,
};
use convoy_node::{
    NodeConfig,
    durable::write_private,
    keystore::{Keystore, Purpose},
    tokens::{Scope, TokenStore},
};
use convoy_types::cose::Algorithm;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn folder_of(net: &Net, name: &str) -> PathBuf {
    net.cluster.manifest.folder.join(name)
}

/// The end of a nation's machine: nothing of its folder is left. In its place a new one with new keys, at the same address; its consensus key.
fn lost_and_replaced(net: &Net, name: &str) -> String {
    let folder = folder_of(net, name);
    let mut config = NodeConfig::read(&folder.join("node.toml")).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let data = folder.join("data");
    fs::create_dir_all(&data).unwrap();
    write_private(&folder.join("passphrase"), b"correct horse\n").unwrap();
    let mut keys = Keystore::create(&data, "correct horse").unwrap();
    let mut generate =
        |name: &str, purpose, algorithm| keys.generate(name, purpose, None, algorithm).unwrap();
    let key = generate("consensus", Purpose::Consensus, Algorithm::Ed25519);
    generate("tree-heads", Purpose::TreeHead, Algorithm::Ed25519);
    generate("tree-heads-pq", Purpose::TreeHead, Algorithm::MlDsa65);
    config.identity = Default::default();
    config.api.tls = None;
    fs::write(folder.join("node.toml"), config.to_toml()).unwrap();
    let scopes = vec![Scope::Read, Scope::Submit, Scope::Admin];
    let tokens = TokenStore::open(&data).unwrap();
    let token = tokens.issue("admin", scopes, None, None).unwrap();
    write_private(&folder.join("admin.token"), token.to_string().as_bytes()).unwrap();
    format!("{name}={}@{}", hex::encode(key.raw()), config.p2p.listen)
}

/// Where the administrator of each nation keeps a key, on no validator's machine.
fn desk(net: &Net, nation: usize) -> PathBuf {
    let person = &net.people[nation];
    let folder = net.folder.path().join(format!("desk-{}", person.member));
    if !folder.exists() {
        fs::create_dir(&folder).unwrap();
        let mut keys = Keystore::create(&folder, "correct horse").unwrap();
        let did = Some(person.did.clone());
        keys.insert("admin", Purpose::Signer, did, &person.key())
            .unwrap();
    }
    folder
}

/// `convoy network recover …`
fn recover(arguments: &[&str]) -> (i32, Value, String) {
    let all = [&["network", "recover"], arguments, &["--json"]].concat();
    let (code, out, errors) = convoy(&all);
    (
        code,
        serde_json::from_str(&out).unwrap_or(Value::Null),
        errors,
    )
}

/// The flags that name a nation's node.
fn at(net: &Net, name: &str) -> [String; 4] {
    let api = net.cluster.node(name).unwrap().api;
    let token = folder_of(net, name).join("admin.token");
    [
        "--node".into(),
        format!("http://{api}"),
        "--token-file".into(),
        text(&token).into(),
    ]
}

fn propose(net: &Net, beside: &str, new: &[String], out: &Path) -> Value {
    let node = at(net, beside);
    let mut arguments = vec!["propose", "--keep", "est", "--keep", "fra"];
    for validator in new {
        arguments.extend(["--validator", validator]);
    }
    arguments.extend(["--reason", "fire in both data centres", "--out", text(out)]);
    arguments.extend(node.iter().map(String::as_str));
    let (code, said, errors) = recover(&arguments);
    assert_eq!(code, 0, "{errors}");
    said
}

/// A nation without a node signs, with the trust file that it has.
fn sign_at_desk(net: &Net, nation: usize, document: &Path, trust: &Path) -> PathBuf {
    let member = net.people[nation].member.clone();
    let (keys, out) = (desk(net, nation), document.with_extension(&member));
    let (code, said, errors) = recover(&[
        "sign",
        text(document),
        "--as",
        "admin",
        "--keys",
        text(&keys),
        "--member",
        &member,
        "--trust",
        text(trust),
        "--out",
        text(&out),
    ]);
    assert_eq!(code, 0, "{errors}");
    assert_eq!(said["signed_by"][0], member);
    out
}

/// A nation signs, once its node has compared.
fn sign_beside(net: &Net, nation: usize, document: &Path) -> (i32, PathBuf, String) {
    let member = net.people[nation].member.clone();
    let (keys, out) = (desk(net, nation), document.with_extension(&member));
    let node = at(net, &member);
    let mut arguments = vec!["sign", text(document), "--as", "admin"];
    arguments.extend(["--keys", text(&keys), "--out", text(&out)]);
    arguments.extend(node.iter().map(String::as_str));
    let (code, _, errors) = recover(&arguments);
    (code, out, errors)
}

fn apply(net: &Net, name: &str, files: &[&Path]) -> (i32, String) {
    let config = folder_of(net, name).join("node.toml");
    let mut arguments = vec!["apply"];
    arguments.extend(files.iter().map(|file| text(file)));
    arguments.extend(["--config", text(&config)]);
    let (code, _, errors) = recover(&arguments);
    (code, errors)
}

/// Waits until the node of `name` has a block of `epoch`.
async fn in_epoch(net: &Net, name: &str, epoch: u64) {
    let asked = Instant::now();
    let client = net.client(name);
    loop {
        let last = client.log(1).await.ok();
        let said: Result<Value, _> = client.get(&["v1", "validators"], &[]).await;
        if last.is_some() && said.is_ok_and(|said| said["epoch"].as_u64() >= Some(epoch)) {
            return;
        }
        assert!(asked.elapsed() < WITHIN, "{name} is not in epoch {epoch}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_loss_of_two_of_four_the_members_refound_and_nothing_acknowledged_is_lost() {
    let mut net = started().await;
    let network = net.network();
    let trust = net.folder.path().join("trust.json");
    let known = net.client("est").trust().await.unwrap();
    fs::write(&trust, known.to_json()).unwrap();
    let stream = Stream::start(&net, 0, 1, &["est", "fra"]);
    stream.progress(20).await;
    // One of those that will be left is behind the other.
    ok(net.cluster.kill("fra"));
    stream.progress(20).await;
    let acknowledged = stream.stop().await;
    let receipt = net.folder.path().join("receipt.cbor");
    let proof = net.client("est").compact(&acknowledged[0]).await.unwrap();
    fs::write(&receipt, &proof).unwrap();
    let last = ok(net.cluster.height("est").await);

    // Two are gone, with everything.
    ok(net.cluster.kill_all());
    let begun = Instant::now();
    let new = ["ita", "pol"].map(|name| lost_and_replaced(&net, name));

    // Proposed from the node that is behind: the other one has certified blocks above, and vetoes.
    ok(net.cluster.start("fra"));
    ok(net.cluster.reached("fra", 1, WITHIN).await);
    let early = net.folder.path().join("early.cbor");
    let said = propose(&net, "fra", &new, &early);
    let height = said["height"].as_u64().unwrap();
    assert!(height < last, "{height} {last}");
    let signed: Vec<PathBuf> = [1, 2, 3]
        .map(|nation| sign_at_desk(&net, nation, &early, &trust))
        .into();
    let (code, _, errors) = sign_beside(&net, 1, &early);
    assert_eq!(code, 0, "{errors}");
    ok(net.cluster.kill("fra"));
    ok(net.cluster.start("est"));
    ok(net.cluster.reached("est", last, WITHIN).await);
    let (code, _, errors) = sign_beside(&net, 0, &early);
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("your node has block"), "{errors}");
    let files: Vec<&Path> = signed.iter().map(PathBuf::as_path).collect();
    let (code, errors) = apply(&net, "est", &files);
    assert_eq!(code, 1, "{errors}");
    assert!(
        errors.contains("this node has block") && errors.contains(&format!("from block {height}")),
        "{errors}"
    );

    // Proposed from the node with the highest block; two signatures are not enough, three are.
    let document = net.folder.path().join("recovery.cbor");
    let said = propose(&net, "est", &new, &document);
    assert!(said["height"].as_u64().unwrap() >= last, "{said}");
    let (code, own, errors) = sign_beside(&net, 0, &document);
    assert_eq!(code, 0, "{errors}");
    let [ita, pol] = [2, 3].map(|nation| sign_at_desk(&net, nation, &document, &trust));
    let (code, errors) = apply(&net, "est", &[&own, &ita]);
    assert_eq!(code, 1, "{errors}");
    assert!(
        errors.contains("2 of 4 founding members signed") && errors.contains("fra, pol"),
        "{errors}"
    );
    let (code, errors) = apply(&net, "est", &[&own, &ita, &pol]);
    assert_eq!(code, 0, "{errors}");

    // The others take it from there: the one that was behind, and the new ones, which know the founding document alone.
    for name in ["fra", "ita", "pol"] {
        ok(net.cluster.start(name));
    }
    let after = Stream::start(&net, 0, 2, &["est", "fra"]);
    after.progress(1).await;
    println!(
        "from the loss of two of four validators to the next final statement: {:?}",
        begun.elapsed()
    );
    let everybody = ["est", "fra", "ita", "pol"];
    for name in everybody {
        in_epoch(&net, name, 1).await;
    }
    after.progress(10).await;

    // Without one of the four it goes on, so a new one votes; killed and started again, a node is where it was.
    ok(net.cluster.kill("est"));
    let through_new = Stream::start(&net, 1, 3, &["ita"]);
    through_new.progress(5).await;
    ok(net.cluster.start("est"));
    ok(net.cluster.reached("est", last, WITHIN).await);
    through_new.progress(5).await;
    let mut all = acknowledged.clone();
    all.extend(after.stop().await);
    all.extend(through_new.stop().await);
    net.agree(&everybody).await;
    net.hold(&everybody, &all).await;
    assert_eq!(net.client("pol").network().await.unwrap().network, network);

    // The chain says so: the first block of the new epoch carries the decision, in the place of a set.
    let blocks = net.client("pol").log(last).await.unwrap().1;
    let first = blocks.iter().find(|block| block.header.core.epoch == 1);
    let carried = first.unwrap().header.rest.validators.to_string();
    let decision = said["decision"].as_str().unwrap();
    assert_eq!(carried, decision);
    // And so do the records of members.
    let path = ["v1", "modules", "membership", "validators"];
    let shown: Value = net.client("pol").get(&path, &[]).await.unwrap();
    assert_eq!(shown["epoch"], 1, "{shown}");
    let keys: Vec<&str> = shown["validators"]
        .as_array()
        .unwrap()
        .iter()
        .map(|seat| seat["key"].as_str().unwrap())
        .collect();
    for validator in &new {
        assert!(
            keys.iter().any(|key| validator.contains(key)),
            "{validator} {shown}"
        );
    }

    // Who knows only the old validators follows, and the verdict names what happened.
    let node = at(&net, "pol");
    let mut arguments = vec!["trust", "update", text(&trust)];
    arguments.extend(node.iter().map(String::as_str));
    let (code, out, errors) = convoy(&arguments);
    assert_eq!(code, 0, "{out}{errors}");
    assert!(
        out.contains("validators were replaced by the members' decision of")
            && out.contains("fire in both data centres"),
        "{out}"
    );
    let new_receipt = net.folder.path().join("new.cbor");
    let proof = net.client("ita").compact(all.last().unwrap()).await;
    fs::write(&new_receipt, proof.unwrap()).unwrap();
    for file in [&receipt, &new_receipt] {
        let (code, out, errors) = convoy(&["verify", text(file), "--trust", text(&trust)]);
        assert_eq!(code, 0, "{out}{errors}");
    }
    // All history, with the decision in its middle, comes out as the headers say when it is executed again.
    let height = net.cluster.height("pol").await.unwrap();
    shadow(&net, "pol", height).await;
    let kept = data_of(&net, "pol").join("recoveries/epoch-1.cbor");
    assert!(kept.exists());
    ok(net.cluster.stop_all());
}
