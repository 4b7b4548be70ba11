//! Somebody who believes no node: asks all of them all the time and compares.
//!
//! - no two nodes ever tell different blocks for one height (no fork), whatever is going on;
//! - no node's durable height ever falls, not even over a kill;
//! - what one node reported final, every node has, at the same height;
//! - its receipt, fetched from another node than the one that reported it, is proved with no network against the founding trust.

use super::nations::NAMES;
use crate::harness::{Net, WITHIN, impatient};
use convoy_client::{Client, Network};
use convoy_types::StatementId;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// What the watch saw.
#[derive(Default)]
struct Seen {
    /// The block of each height, and who told it first.
    blocks: BTreeMap<u64, (String, &'static str)>,
    /// How far each node said to be.
    heights: BTreeMap<&'static str, u64>,
    /// What was wrong.
    wrong: Vec<String>,
    /// How often a node answered.
    answers: u64,
}

/// The checker.
pub struct Checker {
    seen: Arc<Mutex<Seen>>,
    stop: Arc<AtomicBool>,
    watch: Vec<tokio::task::JoinHandle<()>>,
    /// Statements that were checked on every node.
    pub checked: u64,
}

impl Checker {
    /// Begins to watch.
    pub fn watch(net: &Net) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let watch = NAMES
            .iter()
            .map(|name| {
                let client = impatient(net.client(name));
                tokio::spawn(follow(name, client, Arc::clone(&seen), Arc::clone(&stop)))
            })
            .collect();
        Self {
            seen,
            stop,
            watch,
            checked: 0,
        }
    }

    /// Fails with everything that was wrong so far.
    pub fn nothing_wrong(&self) {
        // Not while it is locked: the watch goes on after a failure.
        let wrong = self.seen.lock().unwrap().wrong.join("\n");
        assert!(wrong.is_empty(), "{wrong}");
    }

    /// Every one of these statements is on every node, at one height; the last one's receipt is proved.
    pub async fn hold(&mut self, net: &Net, acknowledged: &[StatementId]) {
        net.hold(&NAMES, acknowledged).await;
        self.checked += acknowledged.len() as u64;
        let Some(last) = acknowledged.last() else {
            return;
        };
        let trust = net.client(NAMES[0]).trust().await.unwrap();
        for name in NAMES {
            let proof = proof(&net.client(name), last).await;
            let report = convoy_client::verify(&proof, &trust).unwrap();
            assert_eq!(report.statement, Some(*last), "the receipt of {name}");
        }
    }

    /// Stops watching and says what was seen.
    pub async fn end(self) -> String {
        self.stop.store(true, Ordering::SeqCst);
        for task in self.watch {
            task.await.unwrap();
        }
        let seen = self.seen.lock().unwrap();
        assert!(seen.wrong.is_empty(), "{}", seen.wrong.join("\n"));
        format!(
            "{} statements checked on all four nodes; {} answers compared over {} blocks",
            self.checked,
            seen.answers,
            seen.blocks.len()
        )
    }
}

async fn proof(client: &Client, id: &StatementId) -> bytes::Bytes {
    let asked = std::time::Instant::now();
    loop {
        match client.compact(id).await {
            Ok(proof) => return proof,
            // Its tree head is signed some time after it is final.
            Err(error) if asked.elapsed() > WITHIN => panic!("no receipt of {id}: {error}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Asks one node for its height and the block there, again and again.
async fn follow(name: &'static str, client: Client, seen: Arc<Mutex<Seen>>, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::SeqCst) {
        let network: Result<Network, _> = client.get(&["v1", "network"], &[]).await;
        if let Ok(network) = network {
            seen.lock().unwrap().height(name, network.height);
            let height = network.height.to_string();
            let block: Result<serde_json::Value, _> =
                client.get(&["v1", "blocks", &height], &[]).await;
            if let Ok(block) = block
                && let Some(digest) = block["block"]["digest"].as_str()
            {
                seen.lock().unwrap().block(name, network.height, digest);
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

impl Seen {
    fn height(&mut self, name: &'static str, height: u64) {
        self.answers += 1;
        let before = self.heights.entry(name).or_default();
        if height < *before {
            let fell = format!("{name} said height {before} and later {height}");
            self.wrong.push(fell);
        }
        *before = height.max(*before);
    }

    fn block(&mut self, name: &'static str, height: u64, digest: &str) {
        let (first, by) = self
            .blocks
            .entry(height)
            .or_insert_with(|| (digest.to_owned(), name));
        if first != digest {
            let forked = format!("block {height} is {first} for {by} and {digest} for {name}");
            self.wrong.push(forked);
        }
    }
}
