//! A network for a test: four nations, a signer with a key of its own in each, and a stream of statements to keep it busy.

use convoy_cli::{
    cluster::Cluster,
    failure::Outcome,
    network::{
        file::NetworkFile,
        found::{self, Enrolment, Ports},
    },
};
use convoy_client::{Client, Signer, State};
use convoy_modules::{
    custody::{self, types::Action},
    membership::types::{Role, SignerKind},
};
use convoy_types::{
    Did, NetworkId, Statement, StatementId,
    cose::{Algorithm, SigningKey},
    epcis::{self, Event, EventKind, Timestamp, ZoneOffset, cbv::BizStep},
    identifiers::Epc,
};
use futures::{StreamExt as _, stream};
use std::{
    collections::VecDeque,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tempfile::TempDir;
use tokio::sync::watch;

pub const WITHIN: Duration = Duration::from_secs(60);
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_convoy");
/// How long one node is asked to take a statement and to say that it is final.
const ATTEMPT: Duration = Duration::from_secs(8);
/// Statements that a crowded stream has under way: half of them were just handed in while the other half is asked about.
pub const CROWD: usize = 96;
/// Statements that are looked up at the same time.
const CHECKED_AT_ONCE: usize = 16;
const NETWORK: &str = include_str!("../../../../examples/network/four-nations.toml");

/// A running network.
pub struct Net {
    pub cluster: Cluster,
    /// A person with a key of their own, for each nation in order.
    pub people: Vec<Person>,
    /// Removed when the test ends, unless `CONVOY_KEEP_FOLDERS` is set.
    pub folder: TempDir,
}

/// Somebody who signs.
#[derive(Clone)]
pub struct Person {
    pub member: String,
    pub did: Did,
    pub secret: [u8; 32],
}

impl Person {
    pub fn key(&self) -> SigningKey {
        SigningKey::from_secret(Algorithm::Ed25519, &self.secret).unwrap()
    }
}

/// Four nations on this machine's own address, founded and not started.
pub fn founded() -> Net {
    let mut file = NetworkFile::parse(NETWORK).unwrap();
    let first = first_port();
    (file.api_port, file.secure_port, file.peer_port) = (first, first + 16, first + 32);
    let ports = Ports::free(&file).unwrap();
    founded_on(&file, &ports)
}

/// Four nations that listen at `address(place, port)`, founded and not started.
pub fn founded_at(address: impl Fn(usize, u16) -> SocketAddr) -> Net {
    let file = NetworkFile::parse(NETWORK).unwrap();
    let at = |port| {
        (0..file.validators().count())
            .map(|place| address(place, port))
            .collect()
    };
    let ports = Ports {
        api: at(file.api_port),
        secure: at(file.secure_port),
        peer: at(file.peer_port),
    };
    founded_on(&file, &ports)
}

fn founded_on(file: &NetworkFile, ports: &Ports) -> Net {
    let mut folder = tempfile::tempdir().unwrap();
    folder.disable_cleanup(std::env::var_os("CONVOY_KEEP_FOLDERS").is_some());
    let people: Vec<_> = file
        .validators()
        .map(|member| person(member.id.as_str()))
        .collect();
    let enrolments: Vec<_> = people.iter().map(enrolment).collect();
    let manifest = found::found(
        file,
        &folder.path().join("net"),
        ports,
        &enrolments,
        |_, to| ports.peer[to],
    )
    .unwrap();
    Net {
        cluster: Cluster::new(manifest, Path::new(PROGRAM)),
        people,
        folder,
    }
}

/// The program that this variable names, or the one under test: so that a network can go from an earlier build to this one.
pub fn program_of(variable: &str) -> PathBuf {
    std::env::var_os(variable).map_or_else(|| PROGRAM.into(), PathBuf::from)
}

/// Four nations, ready.
pub async fn started() -> Net {
    let mut net = founded();
    net.cluster.start_all().unwrap();
    net.cluster.all_ready(WITHIN).await.unwrap();
    net
}

fn person(member: &str) -> Person {
    let key = SigningKey::generate(Algorithm::Ed25519).unwrap();
    Person {
        member: member.to_owned(),
        did: found::random_did().unwrap(),
        secret: *key.to_secret().unwrap(),
    }
}

fn enrolment(person: &Person) -> Enrolment {
    Enrolment {
        did: person.did.clone(),
        kind: SignerKind::Person,
        member: person.member.parse().unwrap(),
        roles: vec![Role::LogisticsOfficer, Role::MemberAdministrator],
        key: person.key().public().clone(),
        held_by_node: false,
    }
}

/// Ports that no test running at the same time uses: by nextest's slot, and by a counter within one process.
pub fn first_port() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let slot: u16 = std::env::var("NEXTEST_TEST_GLOBAL_SLOT")
        .ok()
        .and_then(|slot| slot.parse().ok())
        .unwrap_or(0);
    let turn = TAKEN.fetch_add(1, Ordering::SeqCst);
    20_000 + (slot % 64) * 512 + (turn % 8) * 64
}

impl Net {
    /// The node of a nation, as its operator.
    pub fn client(&self, name: &str) -> Client {
        self.cluster.api(name).unwrap()
    }

    pub fn network(&self) -> NetworkId {
        self.cluster.manifest.network.clone()
    }

    /// A signer of that nation, at the start of a lane.
    pub fn signer(&self, nation: usize, lane: u8) -> Signer {
        let person = &self.people[nation];
        Signer::new(self.network(), person.did.clone(), person.key(), lane, 0)
    }

    /// The same block at one height on all of these nodes.
    pub async fn agree(&mut self, names: &[&str]) {
        let mut height = 0;
        for name in names {
            height = height.max(self.cluster.height(name).await.unwrap());
        }
        let mut digests = Vec::new();
        for name in names {
            self.cluster.reached(name, height, WITHIN).await.unwrap();
            digests.push(self.block_digest(name, height).await);
        }
        assert!(
            digests.windows(2).all(|pair| pair[0] == pair[1]),
            "block {height} differs: {digests:?}"
        );
    }

    async fn block_digest(&self, name: &str, height: u64) -> String {
        let client = self.client(name);
        let asked = std::time::Instant::now();
        loop {
            let block: Result<serde_json::Value, _> = client
                .get(&["v1", "blocks", &height.to_string()], &[])
                .await;
            match block {
                Ok(block) => return block["block"]["digest"].as_str().unwrap().to_owned(),
                // The read model follows the ledger.
                Err(error) if asked.elapsed() > WITHIN => panic!("{name}: {error}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// Every statement is accepted on every one of these nodes, in the same block.
    pub async fn hold(&self, names: &[&str], acknowledged: &[StatementId]) {
        let nodes: Vec<_> = names
            .iter()
            .map(|name| (*name, self.client(name)))
            .collect();
        let checks = acknowledged.iter().map(|id| holds(&nodes, id));
        let checks = stream::iter(checks).buffer_unordered(CHECKED_AT_ONCE);
        checks.collect::<()>().await;
    }
}

async fn holds(nodes: &[(&str, Client)], id: &StatementId) {
    let mut heights = Vec::new();
    for (name, client) in nodes {
        let followed = client.follow(id, WITHIN).await;
        let status = followed.unwrap_or_else(|error| panic!("{id} on {name}: {error}"));
        assert_eq!(status.state, State::Accepted, "{id} on {name}");
        heights.push(status.height);
    }
    assert!(
        heights.windows(2).all(|pair| pair[0] == pair[1]),
        "{id}: {heights:?}"
    );
}

/// Sets one value in the configuration of a node that does not run.
pub fn configure(net: &Net, name: &str, section: &str, key: &str, value: impl Into<toml::Value>) {
    let manifest = &net.cluster.manifest;
    let path = manifest
        .folder
        .join(&net.cluster.node(name).unwrap().config);
    let text = fs::read_to_string(&path).unwrap();
    let mut config: toml::Table = toml::from_str(&text).unwrap();
    let empty = toml::Value::Table(toml::Table::new());
    let section = config.entry(section).or_insert(empty);
    section
        .as_table_mut()
        .unwrap()
        .insert(key.to_owned(), value.into());
    fs::write(&path, toml::to_string(&config).unwrap()).unwrap();
}

/// The data folder of a node.
pub fn data_of(net: &Net, name: &str) -> PathBuf {
    let manifest = &net.cluster.manifest;
    manifest.folder.join(&net.cluster.node(name).unwrap().data)
}

/// A statement that commissions object `number`, by `signer`.
pub fn commission(signer: &Signer, number: u64) -> Statement {
    signer
        .sign(
            custody::NAME,
            &Action::Capture(Box::new(commissioned(number))),
        )
        .unwrap()
}

/// The event that commissions object `number`.
pub fn commissioned(number: u64) -> Event {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as i64;
    Event {
        kind: EventKind::Object,
        action: Some(epcis::Action::Add),
        event_time: Timestamp::from_millis(now).unwrap(),
        offset: ZoneOffset::from_minutes(0).unwrap(),
        id: None,
        parent: None,
        epcs: vec![Epc::parse(&format!("urn:epc:id:sgtin:9521321.012345.T{number}")).unwrap()],
        quantities: Vec::new(),
        biz_step: Some(BizStep::parse("commissioning").unwrap()),
        disposition: None,
        read_point: None,
        biz_location: None,
        more: None,
    }
}

/// Statements that keep coming until it is stopped; remembers those that were reported final.
pub struct Stream {
    stop: Arc<AtomicBool>,
    acknowledged: watch::Receiver<Vec<StatementId>>,
    worker: tokio::task::JoinHandle<()>,
}

impl Stream {
    /// Sends one statement after another by a signer of nation `nation`, in `lane`, through the nodes of `names` in turn.
    pub fn start(net: &Net, nation: usize, lane: u8, names: &[&str]) -> Self {
        Self::sending(net, nation, lane, names, 1)
    }

    /// As [`Stream::start`], with dozens of statements waiting at any moment, through the first of `names` that answers.
    pub fn crowded(net: &Net, nation: usize, lane: u8, names: &[&str]) -> Self {
        Self::sending(net, nation, lane, names, CROWD)
    }

    fn sending(net: &Net, nation: usize, lane: u8, names: &[&str], at_once: usize) -> Self {
        let clients: Vec<_> = names.iter().map(|name| net.client(name)).collect();
        let signer = net.signer(nation, lane);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let (tell, acknowledged) = watch::channel(Vec::new());
        let worker = tokio::spawn(async move {
            let base = u64::from(lane) * 1_000_000 + nation as u64 * 100_000_000;
            let mut numbers = base..;
            let mut waiting = VecDeque::new();
            let mut turn = 0;
            while !stopped.load(Ordering::SeqCst) {
                let more = numbers.by_ref().take(at_once - waiting.len());
                waiting.extend(more.map(|number| commission(&signer, number)));
                // The same statements, again and again, until a node says that they are final.
                let client = &clients[turn % clients.len()];
                let reported = reported_final(client, waiting.make_contiguous()).await;
                if reported == 0 || at_once == 1 {
                    turn += 1;
                }
                let ids = waiting.drain(..reported).map(|statement| statement.id());
                tell.send_modify(|acknowledged| acknowledged.extend(ids));
            }
        });
        Self {
            stop,
            acknowledged,
            worker,
        }
    }

    /// The first statement that was reported final.
    pub async fn first(&self) -> StatementId {
        let mut acknowledged = self.acknowledged.clone();
        let some = acknowledged.wait_for(|ids| !ids.is_empty()).await;
        some.unwrap()[0]
    }

    /// What was reported final so far.
    pub fn so_far(&self) -> Vec<StatementId> {
        self.acknowledged.borrow().clone()
    }

    /// Waits until `more` further statements were reported final.
    pub async fn progress(&self, more: usize) {
        let mut acknowledged = self.acknowledged.clone();
        let goal = acknowledged.borrow().len() + more;
        let reached = acknowledged.wait_for(|ids| ids.len() >= goal);
        let reached = tokio::time::timeout(3 * WITHIN, reached).await;
        assert!(
            matches!(reached, Ok(Ok(_))),
            "not {more} further statements became final within {:?}",
            3 * WITHIN
        );
    }

    /// Stops and gives what was acknowledged.
    pub async fn stop(self) -> Vec<StatementId> {
        self.stop.store(true, Ordering::SeqCst);
        self.worker.await.unwrap();
        self.acknowledged.borrow().clone()
    }
}

/// A client that tells the first answer, whatever it is.
pub fn impatient(client: Client) -> Client {
    client.with_retry(convoy_client::Retry {
        within: Duration::ZERO,
        ..Default::default()
    })
}

/// How many of the statements, which follow one another in their lane, a node reports final.
async fn reported_final(client: &Client, statements: &[Statement]) -> usize {
    let reported = AtomicUsize::new(0);
    // A node that stands still takes the connection and never answers.
    let attempt = attempt(client, statements, &reported);
    let _too_late = tokio::time::timeout(ATTEMPT, attempt).await;
    reported.into_inner()
}

async fn attempt(client: &Client, statements: &[Statement], reported: &AtomicUsize) {
    let client = impatient(client.clone());
    let submitted = match statements {
        [one] => client.submit(one).await.is_ok(),
        all => client
            .submit_sequence(convoy_client::sequence(all))
            .await
            .is_ok(),
    };
    // Refused at the door: it may have become final through another node before.
    if !submitted && !client.is_ready().await {
        return;
    }
    // The other half waits meanwhile.
    for statement in &statements[..statements.len().div_ceil(2)] {
        let status = client.follow(&statement.id(), Duration::from_secs(5)).await;
        let Ok(status) = status else {
            return;
        };
        assert_ne!(status.state, State::Refused, "{:?}", status.refusal);
        if status.state != State::Accepted {
            return;
        }
        reported.fetch_add(1, Ordering::SeqCst);
    }
}

/// Runs `convoy` with these arguments: exit code, stdout, stderr.
pub fn convoy(arguments: &[&str]) -> (i32, String, String) {
    let output = std::process::Command::new(PROGRAM)
        .args(arguments)
        .env_remove("CONVOY_TOKEN")
        .env_remove("CONVOY_NODE")
        .env("CONVOY_PASSPHRASE", "correct horse")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap_or(-1),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Says loudly that a test is skipped because this machine or user lacks something.
///
/// # Panics
/// With `CONVOY_REQUIRE_ROOT` set: then nothing may be skipped.
pub fn skipped(why: &str) {
    assert!(
        std::env::var_os("CONVOY_REQUIRE_ROOT").is_none(),
        "{why}, and CONVOY_REQUIRE_ROOT is set"
    );
    eprintln!("SKIPPED: {why}");
}

/// Fails with the reason of an outcome.
pub fn ok<T>(outcome: Outcome<T>) -> T {
    outcome.unwrap_or_else(|failure| panic!("{failure}"))
}
