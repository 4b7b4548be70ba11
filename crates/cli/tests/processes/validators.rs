//! A fifth nation comes to a running network as an observer, begins to validate, and another nation's validator ends; statements are
//! accepted throughout, and old receipts verify with a trust file that followed.

use crate::harness::{Net, Stream, WITHIN, convoy, data_of, ok, started};
use convoy_cli::network::manifest::{Member, Node};
use convoy_client::{Signer, State};
use convoy_modules::membership::{
    self,
    types::{
        Action, MemberKind, NewKey, NewMember, NewSigner, Role, Roles, SignerKind, ValidatorChange,
        ValidatorKey,
    },
};
use convoy_node::{
    NodeConfig,
    durable::write_private,
    keystore::{Keystore, Purpose},
    tokens::{Scope, TokenStore},
};
use convoy_types::{
    Digest,
    cose::{Algorithm, PublicKey, SigningKey},
    statement::Assurance,
};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// Blocks between an agreement and its effect here.
const AFTER: u32 = 10;

/// The folder of a node of `lva` with keys of its own, which knows the network by its genesis document and where the others are.
fn fifth(net: &mut Net) -> (ValidatorKey, Vec<PublicKey>, Node) {
    let network = net.cluster.manifest.folder.clone();
    let folder = network.join("lva");
    let data = folder.join("data");
    std::fs::create_dir_all(&data).unwrap();
    write_private(&folder.join("passphrase"), b"correct horse\n").unwrap();
    let mut keys = Keystore::create(&data, "correct horse").unwrap();
    let mut generate =
        |name: &str, purpose, algorithm| keys.generate(name, purpose, None, algorithm).unwrap();
    let own = generate("consensus", Purpose::Consensus, Algorithm::Ed25519);
    let heads = vec![
        generate("tree-heads", Purpose::TreeHead, Algorithm::Ed25519),
        generate("tree-heads-pq", Purpose::TreeHead, Algorithm::MlDsa65),
    ];
    let mut config = NodeConfig::read(&network.join("est/node.toml")).unwrap();
    let other = config.p2p.listen;
    let at = |offset: u16| std::net::SocketAddr::new(other.ip(), other.port() + offset);
    config.member = "lva".parse().unwrap();
    config.data = data.clone();
    config.keystore.passphrase_file = Some(folder.join("passphrase"));
    config.identity = Default::default();
    config.api.listen = at(8);
    config.api.tls = None;
    config.p2p.listen = at(9);
    std::fs::write(folder.join("node.toml"), config.to_toml()).unwrap();
    let tokens = TokenStore::open(&data).unwrap();
    let scopes = vec![Scope::Read, Scope::Submit, Scope::Admin];
    let token = tokens.issue("lva admin", scopes, None, None).unwrap();
    write_private(&folder.join("admin.token"), token.to_string().as_bytes()).unwrap();
    let node = Node {
        config: "lva/node.toml".into(),
        data: "lva/data".into(),
        log: "lva/node.log".into(),
        api: config.api.listen,
        secure: None,
        peer: config.p2p.listen,
        admin_token: "lva/admin.token".into(),
    };
    net.cluster.manifest.members.push(Member {
        id: "lva".parse().unwrap(),
        name: "Latvia".into(),
        node: Some(node.clone()),
        through: "lva".parse().unwrap(),
        signers: Vec::new(),
    });
    let key = ValidatorKey(Digest(own.raw().try_into().unwrap()));
    (key, heads, node)
}

/// Sends `actions`, signed by `signer`, through the node of `name`, until they are accepted.
async fn accepted(net: &Net, name: &str, signer: &Signer, actions: &[Action]) {
    for action in actions {
        let statement = signer.sign(membership::NAME, action).unwrap();
        let client = net.client(name);
        client.submit(&statement).await.unwrap();
        let status = client.follow(&statement.id(), WITHIN).await.unwrap();
        assert_eq!(status.state, State::Accepted, "{:?}", status.refusal);
    }
}

async fn validators(net: &Net, name: &str) -> serde_json::Value {
    let client = net.client(name);
    client.get(&["v1", "validators"], &[]).await.unwrap()
}

/// Waits until the node of `name` is in `epoch`, and has a block of it.
async fn in_epoch(net: &Net, name: &str, epoch: u64) {
    let asked = Instant::now();
    loop {
        let said = validators(net, name).await;
        if said["epoch"].as_u64().unwrap() >= epoch {
            return;
        }
        assert!(
            asked.elapsed() < WITHIN,
            "{name} is not in epoch {epoch}: {said}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The longest time between two blocks near the ends of epochs, milliseconds of block time.
async fn longest_pause(net: &Net, name: &str) -> u64 {
    let client = net.client(name);
    let said = validators(net, name).await;
    let mut longest = 0;
    for epoch in said["epochs"].as_array().unwrap() {
        let Some(last) = epoch["last_block"].as_u64() else {
            continue;
        };
        let mut times = Vec::new();
        for height in last - 1..=last + 2 {
            let block: serde_json::Value = client
                .get(&["v1", "blocks", &height.to_string()], &[])
                .await
                .unwrap();
            times.push(block["block"]["time_ms"].as_u64().unwrap());
        }
        longest = times
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .max()
            .unwrap()
            .max(longest);
    }
    longest
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fifth_nation_observes_validates_and_another_ends_while_statements_are_accepted() {
    let mut net = started().await;
    let (key, heads, node) = fifth(&mut net);
    let trust_file = net.folder.path().join("trust.json");
    let trust = net.client("est").trust().await.unwrap();
    std::fs::write(&trust_file, trust.to_json()).unwrap();
    let stream = Stream::start(&net, 0, 1, &["est", "fra"]);
    stream.progress(5).await;

    // Its member and its first administrator.
    let admin = SigningKey::generate(Algorithm::Ed25519).unwrap();
    let did = convoy_cli::network::found::random_did().unwrap();
    let lva: convoy_types::MemberId = "lva".parse().unwrap();
    let founder = net.signer(0, 5);
    let new_member = NewMember {
        member: lva.clone(),
        name: "Latvia".into(),
        kind: MemberKind::Nation,
        founding: false,
        validator: None,
        tree_head_keys: Vec::new(),
        node: None,
    };
    let new_signer = NewSigner {
        did: did.clone(),
        member: lva.clone(),
        kind: SignerKind::Person,
        unit: None,
        roles: Roles::of(&[Role::MemberAdministrator]),
        keys: vec![NewKey {
            key: admin.public().clone(),
            valid_from_ms: None,
            valid_until_ms: None,
            assurance: Assurance::OwnKey,
            hardware: false,
        }],
    };
    let enrol = [
        Action::EnrolMember(new_member),
        Action::EnrolSigner(new_signer),
    ];
    accepted(&net, "est", &founder, &enrol).await;
    let own = Signer::new(net.network(), did, admin, 0, 0);
    let announce = [
        Action::SetNodeKeys {
            member: lva.clone(),
            validator: None,
            tree_head_keys: heads,
            node: Some(convoy_types::Did::new("did:web:lva.example").unwrap()),
        },
        Action::AnnounceNode {
            member: lva.clone(),
            key,
            address: Some(node.peer.to_string()),
        },
    ];
    accepted(&net, "est", &own, &announce).await;

    // It observes: follows and serves.
    ok(net.cluster.start("lva"));
    ok(net.cluster.ready("lva", WITHIN).await);
    let height = ok(net.cluster.height("est").await);
    ok(net.cluster.reached("lva", height, WITHIN).await);
    assert_eq!(validators(&net, "lva").await["votes"], false);

    // It begins to validate, once three of four agree.
    let add = Action::PlanValidators {
        change: ValidatorChange::Add {
            member: lva.clone(),
            key,
        },
        after_blocks: AFTER,
    };
    accepted(&net, "est", &founder, &[add]).await;
    for nation in [1, 2] {
        let signer = net.signer(nation, 5);
        accepted(&net, "est", &signer, &[Action::AgreeValidators { plan: 1 }]).await;
    }
    for name in ["est", "fra", "ita", "pol", "lva"] {
        in_epoch(&net, name, 1).await;
    }
    assert_eq!(validators(&net, "lva").await["votes"], true);
    stream.progress(10).await;

    // Another ends, and observes.
    let remove = Action::PlanValidators {
        change: ValidatorChange::Remove {
            member: "pol".parse().unwrap(),
        },
        after_blocks: AFTER,
    };
    accepted(&net, "lva", &own, &[remove]).await;
    for nation in [0, 1, 2] {
        let signer = net.signer(nation, 6);
        accepted(&net, "lva", &signer, &[Action::AgreeValidators { plan: 2 }]).await;
    }
    for name in ["est", "fra", "ita", "pol", "lva"] {
        in_epoch(&net, name, 2).await;
    }
    stream.progress(10).await;
    let said = validators(&net, "pol").await;
    assert_eq!(said["votes"], false);
    assert_eq!(said["epochs"][2]["validators"].as_array().unwrap().len(), 4);

    // Without one of the four the network goes on, and with the new validator among the three.
    ok(net.cluster.kill("fra"));
    stream.progress(5).await;
    ok(net.cluster.start("fra"));
    ok(net.cluster.ready("fra", WITHIN).await);
    let acknowledged = stream.stop().await;
    let everybody = ["est", "fra", "ita", "pol", "lva"];
    net.agree(&everybody).await;
    net.hold(&everybody, &acknowledged).await;
    let pause = longest_pause(&net, "est").await;
    println!("longest pause of finality at the end of an epoch: {pause} ms");

    // A trust file of the beginning follows, and verifies what was recorded before and after.
    let trust_path = trust_file.to_str().unwrap();
    let url = format!("http://{}", net.cluster.node("pol").unwrap().api);
    let token = net.cluster.manifest.folder.join("pol/admin.token");
    let token = token.to_str().unwrap();
    let update = [
        "trust",
        "update",
        trust_path,
        "--node",
        &url,
        "--token-file",
        token,
    ];
    let (code, out, err) = convoy(&update);
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        out.contains("lva begins") && out.contains("pol ends"),
        "{out}"
    );
    for id in [acknowledged.first().unwrap(), acknowledged.last().unwrap()] {
        let receipt = net.folder.path().join("receipt.cbor");
        let proof = net.client("lva").compact(id).await.unwrap();
        std::fs::write(&receipt, &proof).unwrap();
        let (code, out, err) =
            convoy(&["verify", receipt.to_str().unwrap(), "--trust", trust_path]);
        assert_eq!(code, 0, "{out}{err}");
    }
    assert!(Path::new(&data_of(&net, "lva")).exists());
    ok(net.cluster.stop_all());
}
