//! What is read off the nodes before, during and after the load.

use crate::{
    cluster::{Cluster, Newcomer, POLL_EVERY, usage},
    failure::{Attempt as _, Failure, Outcome},
};
use convoy_client::Client;
use indicatif::ProgressBar;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How often the read models are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long an idle network is watched before the load, for its idle cost.
const IDLE_FOR: Duration = Duration::from_secs(3);
/// How long a node may take to come back after it was killed.
const BACK_WITHIN: Duration = Duration::from_secs(120);
/// How long the node of a new member may take until it serves the present state, and until it has all history.
const JOINED_WITHIN: Duration = Duration::from_secs(600);
const HISTORY_WITHIN: Duration = Duration::from_secs(900);
/// Blocks asked for at once.
const BLOCKS_AT_ONCE: u64 = 100;

/// Counters of all nodes at one moment.
#[derive(Debug, Clone, Default)]
pub struct Counters {
    /// Processor time, milliseconds, all nodes together.
    pub processor_ms: u64,
    /// Highest resident size of any node, kibibytes.
    pub resident_peak_kib: u64,
    /// What all nodes' data occupies, bytes.
    pub disk_bytes: u64,
    /// Height of the first node.
    pub height: u64,
    /// Share of one core that one idle node used on average just before.
    pub idle_core_share: f64,
    /// Each node's Prometheus metrics.
    pub metrics: Vec<String>,
}

impl Counters {
    /// Reads them. Watches the network for a moment first, so it has to be idle when `idle`.
    pub async fn take(cluster: &Cluster, idle: bool) -> Outcome<Self> {
        let pids = cluster.pids();
        let mut counters = Self::default();
        if idle {
            let before = processor(&pids)?;
            let asked = Instant::now();
            tokio::time::sleep(IDLE_FOR).await;
            let used = processor(&pids)? - before;
            let all = asked.elapsed().as_secs_f64() * 1_000.0 * pids.len().max(1) as f64;
            counters.idle_core_share = used as f64 / all;
        }
        for (member, node) in cluster.manifest.nodes() {
            let api = cluster.api(member.id.as_str())?;
            let metrics = api.get_bytes(&["metrics"], &[], "text/plain").await?;
            counters
                .metrics
                .push(String::from_utf8_lossy(&metrics).into_owned());
            let data = cluster.manifest.folder.join(&node.data);
            counters.disk_bytes +=
                usage::disk_bytes(&data).attempt(|| format!("measure {}", data.display()))?;
        }
        for (name, pid) in &pids {
            let peak =
                usage::resident_peak_kib(*pid).attempt(|| format!("measure the node of {name}"))?;
            counters.resident_peak_kib = counters.resident_peak_kib.max(peak);
        }
        if let Some(first) = cluster.names().first() {
            counters.height = cluster.height(first).await?;
        }
        counters.processor_ms = processor(&pids)?;
        Ok(counters)
    }
}

fn processor(pids: &[(String, u32)]) -> Outcome<u64> {
    pids.iter()
        .map(|(name, pid)| {
            usage::processor_ms(*pid).attempt(|| format!("measure the node of {name}"))
        })
        .sum()
}

/// Watches the read models while the load runs: `{at_end_ms, max_ms}`, the worst of all nodes.
pub async fn watch(cluster: &Cluster, time: Duration, bar: ProgressBar) -> Outcome<Value> {
    let started = Instant::now();
    let (mut last, mut worst) = (0, 0);
    while started.elapsed() < time {
        tokio::time::sleep(LOOK_EVERY.min(time - started.elapsed())).await;
        last = 0;
        for name in cluster.names() {
            last = last.max(behind_ms(&cluster.api(&name)?).await?);
        }
        worst = worst.max(last);
        bar.set_position(started.elapsed().as_secs());
        bar.set_message(format!("read model {last} ms behind"));
    }
    bar.finish_and_clear();
    Ok(json!({"at_end_ms": last, "max_ms": worst}))
}

/// What the blocks between two moments hold.
#[derive(Debug, Clone, Default)]
pub struct Blocks {
    /// Time (milliseconds since 1970), statements accepted and statements refused, by height.
    pub blocks: Vec<(u64, u64, u64)>,
}

impl Blocks {
    /// Accepted statements of blocks made in the half-open span from `from_ms` to `to_ms`.
    pub fn accepted_between(&self, from_ms: u64, to_ms: u64) -> u64 {
        let within = self
            .blocks
            .iter()
            .filter(|(time, ..)| (from_ms..to_ms).contains(time));
        within.map(|(_, accepted, _)| accepted).sum()
    }

    /// Accepted statements in all.
    pub fn accepted(&self) -> u64 {
        self.blocks.iter().map(|(_, accepted, _)| accepted).sum()
    }

    /// Refused statements in all.
    pub fn refused(&self) -> u64 {
        self.blocks.iter().map(|(.., refused)| refused).sum()
    }
}

/// Reads the blocks made between two moments off the first node.
pub async fn blocks(cluster: &Cluster, before: &Counters, after: &Counters) -> Outcome<Blocks> {
    let names = cluster.names();
    let Some(first) = names.first() else {
        return Ok(Blocks::default());
    };
    let api = cluster.api(first)?;
    let mut blocks = Vec::new();
    let mut from = before.height + 1;
    while from <= after.height {
        let limit = BLOCKS_AT_ONCE.min(after.height - from + 1);
        let query = [("from", from.to_string()), ("limit", limit.to_string())];
        let query = query
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let page: Value = api.get(&["v1", "blocks"], &query).await?;
        let page = page["blocks"].as_array().cloned().unwrap_or_default();
        if page.is_empty() {
            break;
        }
        from += page.len() as u64;
        blocks.extend(page.iter().map(|block| {
            let number = |name: &str| block[name].as_u64().unwrap_or(0);
            let accepted = number("accepted");
            (
                number("time_ms"),
                accepted,
                number("statements").saturating_sub(accepted),
            )
        }));
    }
    Ok(Blocks { blocks })
}

/// How far a node's read model is behind its ledger: the time between the last block of each, milliseconds.
async fn behind_ms(client: &Client) -> Outcome<u64> {
    let health: Value = client.get(&["v1", "health"], &[]).await?;
    let number = |name: &str| health[name].as_u64().unwrap_or(0);
    let (height, read) = (number("height"), number("projected_height"));
    if read >= height {
        return Ok(0);
    }
    let block: Value = client
        .get(&["v1", "blocks", &read.to_string()], &[("limit", "1")])
        .await?;
    let tip_ms = number("time_ms");
    Ok(tip_ms.saturating_sub(block["block"]["time_ms"].as_u64().unwrap_or(tip_ms)))
}

/// What was done to single nodes after the load.
#[derive(Debug, Clone, Default)]
pub struct Lived {
    /// `{stopped_ms, stop_to_ready_ms, kill_to_ready_ms}` of one node.
    pub restart: Option<Value>,
    /// `{enrolled_ms, ready_ms, history_ms}` of a node of a member that joined.
    pub join: Option<Value>,
}

/// Stops the last node and starts it again, then kills it and starts it again; says how long each took, and until it was ready.
pub async fn restart(cluster: &mut Cluster) -> Outcome<Value> {
    let Some(last) = cluster.names().pop() else {
        return Ok(Value::Null);
    };
    let asked = Instant::now();
    cluster.stop(&last)?;
    let stopped = asked.elapsed();
    cluster.start(&last)?;
    let after_stop = cluster.ready(&last, BACK_WITHIN).await?;
    cluster.kill(&last)?;
    cluster.start(&last)?;
    let after_kill = cluster.ready(&last, BACK_WITHIN).await?;
    Ok(json!({
        "stopped_ms": millis(stopped),
        "stop_to_ready_ms": millis(after_stop),
        "kill_to_ready_ms": millis(after_kill),
    }))
}

/// A new member joins by invitation: how long until its keys are enrolled, until its node serves the present state, and until it has all history.
pub async fn join(cluster: &mut Cluster, administrator: &str) -> Outcome<Value> {
    let names = cluster.names();
    let Some(host) = names.first() else {
        return Ok(Value::Null);
    };
    let newcomer = Newcomer {
        id: "newcomer",
        name: "A member that joins",
        host: (host, administrator),
        first_port: 20_101,
    };
    let bundle = cluster.invite(newcomer)?;
    let asked = Instant::now();
    cluster.join(newcomer, &bundle)?;
    let enrolled = asked.elapsed();
    let height = cluster.height(host).await?;
    cluster.start(newcomer.id)?;
    let started = Instant::now();
    let api = cluster.api(newcomer.id)?;
    let ready = loop {
        // While it reads history in, it serves the present state already.
        let health: Option<Value> = api.get(&["v1", "health"], &[]).await.ok();
        let health = health.unwrap_or_default();
        let serves = ["ready", "reading"].map(Value::from);
        if serves.contains(&health["condition"]) && health["height"].as_u64() >= Some(height) {
            break started.elapsed();
        }
        cluster.process(newcomer.id)?.check_running(newcomer.id)?;
        if started.elapsed() > JOINED_WITHIN {
            return Err(Failure::environment("the new member's node is not ready"));
        }
        tokio::time::sleep(POLL_EVERY).await;
    };
    let history = loop {
        let health: Value = api.get(&["v1", "health"], &[]).await?;
        if health["history_from_height"].as_u64() == Some(1) {
            break Some(millis(started.elapsed()));
        }
        if started.elapsed() > HISTORY_WITHIN {
            break None;
        }
        tokio::time::sleep(LOOK_EVERY / 4).await;
    };
    Ok(json!({
        "height": height,
        "enrolled_ms": millis(enrolled),
        "ready_ms": millis(ready),
        "history_ms": history,
    }))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
