//! A node of one validator in a temporary folder, served on a free port and reachable through its router.

use crate::{ApiConfig, App, router};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, Response, header},
};
use bytes::Bytes;
use convoy_client::Client;
use convoy_modules::membership::types::{
    MemberKind, NewKey, NewMember, NewSigner, Role, Roles, SignerKind, ValidatorKey,
};
use convoy_node::{
    NodeConfig, NodeHandle,
    config::{KeystoreConfig, MempoolConfig, P2pConfig, PaceConfig, PeerConfig, ResourcesConfig},
    genesis::{GENESIS_VERSION, GenesisDocument, GenesisMember},
    keystore::{Keystore, Purpose},
    tokens::{Scope, TokenStore},
};
use convoy_types::{
    Did, Digest, MemberId,
    cose::{Algorithm, PublicKey, SigningKey},
    statement::Assurance,
};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU16, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::oneshot;
use tower::ServiceExt as _;

/// The host name that tests give their node.
pub const HOST: &str = "logistics.est.example";

pub const PASSPHRASE: &str = "correct horse battery staple";

/// A running node.
pub struct Running {
    pub node: NodeHandle,
    pub router: Router,
    pub url: String,
    /// A token for each scope alone, without signer.
    pub read: String,
    pub submit: String,
    pub admin: String,
    /// Reads and submits for the officer, whose key the node holds.
    pub officer: String,
    /// The scanner's DID; its key is its own.
    pub scanner: Did,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

/// An interface that may send to receivers on this machine.
fn open() -> ApiConfig {
    ApiConfig {
        webhooks: crate::Guard {
            plain_http: true,
            private_addresses: true,
            hosts: Vec::new(),
        },
        ..ApiConfig::default()
    }
}

/// A device at a gate.
pub const GATE: &str = "did:convoy:gate";

/// The node's own signer, which passes on enrolments.
pub const NODE: &str = "did:convoy:node-signer";

fn gate_key() -> SigningKey {
    SigningKey::from_secret(Algorithm::Ed25519, &[8; 32]).unwrap()
}

/// The scanner's own key.
pub fn scanner_key() -> SigningKey {
    SigningKey::from_secret(Algorithm::Ed25519, &[9; 32]).unwrap()
}

impl Running {
    /// Starts a node and waits until it is ready.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts a node with another configuration and waits until it is ready.
    pub async fn start_with(change: impl FnOnce(&mut NodeConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let officer: Did = "did:convoy:officer".parse().unwrap();
        let scanner: Did = "did:convoy:scanner".parse().unwrap();
        let mut config = found(folder.path(), &officer, &scanner);
        change(&mut config);
        let tokens = TokenStore::open(&config.data).unwrap();
        let issue = |name: &str, scopes: &[Scope], signer| {
            tokens.issue(name, scopes.to_vec(), signer, None).unwrap()
        };
        let (read, submit, admin) = (
            issue("read", &[Scope::Read], None),
            issue("submit", &[Scope::Submit], None),
            issue("admin", &[Scope::Admin], None),
        );
        let officer = issue("officer", &[Scope::Read, Scope::Submit], Some(officer));
        let (tell, told) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        // The engine's start needs more stack than a thread has by itself while the node is compiled without optimisation.
        let thread = std::thread::Builder::new().stack_size(32 << 20);
        let thread = thread.spawn(move || {
            let serve =
                move |node: NodeHandle| -> futures::future::BoxFuture<'static, Result<(), String>> {
                    Box::pin(async move {
                        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
                            .await
                            .map_err(|error| error.to_string())?;
                        let address = listener.local_addr().map_err(|error| error.to_string())?;
                        let _ = tell.send((node.clone(), address));
                        let shutdown = async {
                            let _ = stopped.await;
                        };
                        crate::serve(listener, node, open(), shutdown)
                            .await
                            .map_err(|error| error.to_string())
                    })
                };
            convoy_node::run(config, Box::new(serve)).unwrap();
        });
        let thread = thread.unwrap();
        let (node, address): (NodeHandle, SocketAddr) = told.await.unwrap();
        let router = router_of(&node, open());
        let url = format!("http://{address}");
        let running = Self {
            node,
            router,
            url,
            read,
            submit,
            admin,
            officer,
            scanner,
            stop: Some(stop),
            thread: Some(thread),
            _folder: folder,
        };
        assert!(
            running
                .client(&running.read)
                .wait_ready(Duration::from_secs(60))
                .await,
            "the node is not ready"
        );
        running
    }

    /// A client with `token`.
    pub fn client(&self, token: &str) -> Client {
        Client::new(&self.url, Some(token)).unwrap()
    }

    /// Sends a request to the router, past the socket.
    pub async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends a request with a token and a body of a type.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        kind: Option<&str>,
        body: impl Into<Body>,
    ) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    /// As [`Running::call`] with POST.
    pub async fn post(
        &self,
        path: &str,
        token: &str,
        kind: &str,
        body: impl Into<Body>,
    ) -> Response<Body> {
        self.call("POST", path, Some(token), Some(kind), body).await
    }

    /// As [`Running::call`] with GET and the read token.
    pub async fn get(&self, path: &str) -> Response<Body> {
        self.call("GET", path, Some(&self.read), None, Body::empty())
            .await
    }
}

/// Another interface to the same node, with bounds of its own.
pub fn router_of(node: &NodeHandle, config: ApiConfig) -> Router {
    let (open, closing) = tokio::sync::watch::channel(false);
    // This interface closes with the test.
    std::mem::forget(open);
    router(App::new(node.clone(), config, closing))
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The body as JSON.
pub async fn json(response: Response<Body>) -> serde_json::Value {
    serde_json::from_slice(&bytes(response).await).unwrap()
}

/// The body.
pub async fn bytes(response: Response<Body>) -> Bytes {
    to_bytes(response.into_body(), 64 << 20).await.unwrap()
}

fn found(folder: &Path, officer: &Did, scanner: &Did) -> NodeConfig {
    let data = folder.join("data");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(folder.join("passphrase"), PASSPHRASE).unwrap();
    let mut keys = Keystore::create(&data, PASSPHRASE).unwrap();
    let consensus = keys
        .generate("consensus", Purpose::Consensus, None, Algorithm::Ed25519)
        .unwrap();
    let heads = [
        ("heads", Algorithm::Ed25519),
        ("heads-pq", Algorithm::MlDsa65),
    ];
    let tree_head_keys = heads.map(|(name, algorithm)| {
        keys.generate(name, Purpose::TreeHead, None, algorithm)
            .unwrap()
    });
    let held = keys
        .generate(
            "officer",
            Purpose::Signer,
            Some(officer.clone()),
            Algorithm::Ed25519,
        )
        .unwrap();
    let node: Did = NODE.parse().unwrap();
    let speaks = keys
        .generate(
            "node-signer",
            Purpose::Signer,
            Some(node.clone()),
            Algorithm::Ed25519,
        )
        .unwrap();
    let est: MemberId = "est".parse().unwrap();
    let member = NewMember {
        member: est.clone(),
        name: "Estonia".into(),
        kind: MemberKind::Nation,
        founding: true,
        validator: Some(ValidatorKey(Digest(consensus.raw().try_into().unwrap()))),
        tree_head_keys: tree_head_keys.to_vec(),
        node: None,
    };
    let signers = vec![
        signer(
            officer,
            &est,
            &[Role::LogisticsOfficer, Role::MemberAdministrator],
            held,
            Assurance::HeldByNode,
        ),
        signer(
            scanner,
            &est,
            &[Role::Scanner],
            scanner_key().public().clone(),
            Assurance::OwnKey,
        ),
        NewSigner {
            kind: SignerKind::Device,
            ..signer(
                &GATE.parse().unwrap(),
                &est,
                &[Role::Scanner],
                gate_key().public().clone(),
                Assurance::OwnKey,
            )
        },
        NewSigner {
            kind: SignerKind::Node,
            ..signer(&node, &est, &[Role::Node], speaks, Assurance::HeldByNode)
        },
    ];
    let key = keys.named("heads").unwrap();
    write_genesis(folder, member, signers, &key);
    configure(folder, data, est)
}

fn write_genesis(folder: &Path, member: NewMember, signers: Vec<NewSigner>, key: &SigningKey) {
    let time_ms = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as u64;
    let est = member.member.clone();
    let mut genesis = GenesisDocument {
        version: GENESIS_VERSION,
        name: "test".into(),
        time_ms,
        members: vec![GenesisMember {
            member,
            node: "did:convoy:node-est".parse().unwrap(),
            signers,
            place: None,
        }],
        signatures: Vec::new(),
    };
    let signature = genesis.signature(&est, key).unwrap();
    genesis.add_signature(signature).unwrap();
    std::fs::write(
        folder.join("genesis.json"),
        serde_json::to_vec(&genesis).unwrap(),
    )
    .unwrap();
}

/// Where nobody else listens: below the ports that the system gives to whoever connects, by nextest's slot and a counter.
pub fn own_address() -> SocketAddr {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let slot = std::env::var("NEXTEST_TEST_GLOBAL_SLOT").ok();
    let slot: u16 = slot.and_then(|slot| slot.parse().ok()).unwrap_or(0);
    let turn = TAKEN.fetch_add(1, Ordering::SeqCst);
    ([127, 0, 0, 1], 10_000 + (slot % 64) * 64 + turn % 64).into()
}

fn configure(folder: &Path, data: PathBuf, est: MemberId) -> NodeConfig {
    let listen = own_address();
    NodeConfig {
        member: est.clone(),
        genesis: folder.join("genesis.json"),
        data,
        keystore: KeystoreConfig {
            passphrase_file: Some(folder.join("passphrase")),
            passphrase_env: None,
            pkcs11: None,
        },
        identity: Default::default(),
        api: convoy_node::config::ApiConfig {
            listen,
            tls: None,
            public_metrics: false,
            webhooks: Default::default(),
        },
        signin: Default::default(),
        p2p: P2pConfig {
            listen,
            peers: vec![PeerConfig {
                member: est,
                address: listen,
            }],
            allow_private_addresses: true,
        },
        pace: PaceConfig {
            heartbeat_ms: 500,
            ..PaceConfig::default()
        },
        mempool: MempoolConfig::default(),
        resources: ResourcesConfig::default(),
        audit: Default::default(),
        retention: Default::default(),
        backup: None,
        telemetry: None,
    }
}

fn signer(
    did: &Did,
    member: &MemberId,
    roles: &[Role],
    key: PublicKey,
    assurance: Assurance,
) -> NewSigner {
    NewSigner {
        did: did.clone(),
        member: member.clone(),
        kind: SignerKind::Person,
        unit: None,
        roles: Roles::of(roles),
        keys: vec![NewKey {
            key,
            valid_from_ms: None,
            valid_until_ms: None,
            assurance,
            hardware: false,
        }],
    }
}
