//! Four nations, each in a network namespace, on a disk and with a clock of its own.

use super::wire::Wire;
use crate::{
    damage::Disk,
    harness::{self, Net, WITHIN, data_of, ok, skipped},
};
use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// The nations that run nodes, in order.
pub const NAMES: [&str; 4] = ["est", "fra", "ita", "pol"];
/// The size of a nation's disk: room for what fifty rounds write, and soon filled.
const DISK_MIB: u64 = 1_024;
/// Where Debian keeps libfaketime, below a folder for the machine's kind.
const FAKETIME: &str = "faketime/libfaketimeMT.so.1";

/// A network that everything can happen to.
pub struct Nations {
    // Ends the nodes first, then takes down what they ran on.
    pub net: Net,
    pub wire: Wire,
    pub disks: Vec<Disk>,
    pub clocks: Vec<Clock>,
}

/// A clock that can be set: the file that libfaketime reads.
pub struct Clock(PathBuf);

impl Clock {
    /// Ahead of (or behind) the machine's clock from now on.
    pub fn set(&self, seconds: i64) {
        let new = self.0.with_extension("new");
        fs::write(&new, format!("{seconds:+}\n")).unwrap();
        fs::rename(&new, &self.0).unwrap();
    }
}

/// How far the clock in a node's metrics is ahead of this machine's.
fn ahead_ms(metrics: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(metrics).ok()?;
    let mut lines = text.lines();
    let told: i64 = lines
        .find_map(|line| line.strip_prefix("convoy_clock_ms "))?
        .parse()
        .ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Some(told - i64::try_from(now.as_millis()).ok()?)
}

fn faketime() -> Option<PathBuf> {
    let libraries = fs::read_dir("/usr/lib").ok()?;
    let paths = libraries.flatten().map(|entry| entry.path().join(FAKETIME));
    paths.into_iter().find(|path| path.exists())
}

impl Drop for Nations {
    /// Tells what each node said last when something went wrong.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for name in NAMES {
            if let Ok(node) = self.net.cluster.process(name) {
                let ended = if node.ended().is_some() {
                    ", which ended"
                } else {
                    ""
                };
                eprintln!("the last lines of {name}{ended}:\n{}", node.log_tail());
                // The disk it is on goes away.
                let kept = self.net.folder.path().join(format!("{name}.log"));
                let _lost = fs::copy(&node.log, kept);
            }
        }
    }
}

impl Nations {
    /// Four ready nodes; `None`, with the reason said loudly, where this machine cannot have them.
    pub async fn ready() -> Option<Self> {
        let works = |tool: &str, arguments: &[&str]| {
            let run = Command::new(tool).args(arguments).output();
            run.is_ok_and(|output| output.status.success())
        };
        if !works("ip", &["-V"]) {
            skipped("`ip` is missing (Debian package iproute2)");
            return None;
        }
        if !works("strace", &["-o", "/dev/null", "true"]) {
            skipped("`strace` is missing (Debian package strace), or this user may not trace");
            return None;
        }
        let Some(faketime) = faketime() else {
            skipped(&format!(
                "{FAKETIME} is missing (Debian package libfaketime)"
            ));
            return None;
        };
        let Some(wire) = Wire::lay(NAMES.len()) else {
            skipped("this user may not make network namespaces; run as root");
            return None;
        };
        let net = harness::founded_at(|place, port| SocketAddr::from((wire.address(place), port)));
        let mut nations = Self {
            net,
            wire,
            disks: Vec::new(),
            clocks: Vec::new(),
        };
        for (place, name) in NAMES.into_iter().enumerate() {
            let Some(disk) = Disk::mount(&data_of(&nations.net, name), DISK_MIB) else {
                skipped("this user may not mount a small disk; run as root");
                return None;
            };
            nations.disks.push(disk);
            let clock = Clock(nations.net.folder.path().join(format!("{name}.clock")));
            clock.set(0);
            let mut wrapper = nations.wire.at(place);
            wrapper.extend([
                "env".to_owned(),
                format!("LD_PRELOAD={}", faketime.display()),
                format!("FAKETIME_TIMESTAMP_FILE={}", clock.0.display()),
                "FAKETIME_CACHE_DURATION=1".to_owned(),
                // A clock that is set does not make timers jump.
                "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned(),
            ]);
            nations.clocks.push(clock);
            nations.net.cluster.wrap(name, wrapper);
        }
        ok(nations.net.cluster.start_all());
        ok(nations.net.cluster.all_ready(WITHIN).await);
        Some(nations)
    }

    /// The process of a node.
    pub fn pid(&mut self, node: usize) -> u32 {
        ok(self.net.cluster.process(NAMES[node])).pid()
    }

    /// Sends a signal to a node.
    pub fn signal(&mut self, node: usize, signal: &str) {
        let pid = self.pid(node).to_string();
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &pid])
            .status()
            .unwrap();
        assert!(sent.success(), "kill -{signal} {pid}");
    }

    /// Sets a node's clock this far ahead of (or behind) the machine's, and waits until the node tells that time.
    pub async fn set_clock(&self, node: usize, seconds: i64) {
        self.clocks[node].set(seconds);
        let client = self.net.client(NAMES[node]);
        let asked = Instant::now();
        loop {
            let metrics = client.get_bytes(&["metrics"], &[], "text/plain").await;
            let ahead_ms = metrics.ok().and_then(|text| ahead_ms(&text));
            if ahead_ms.is_some_and(|ahead_ms| (ahead_ms - seconds * 1_000).abs() < 1_000) {
                return;
            }
            assert!(
                asked.elapsed() < WITHIN,
                "the clock of {} is {ahead_ms:?} ms ahead and not {seconds} s",
                NAMES[node]
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
