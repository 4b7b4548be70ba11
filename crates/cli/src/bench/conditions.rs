//! The conditions of a measurement, without which its figures mean nothing.

use crate::clock;
use serde_json::{Value, json};
use std::{fs, process::Command};

/// Processor, cores, memory, kernel, commit, build and date, as found on this machine.
pub fn here() -> Value {
    json!({
        "processor": processor().unwrap_or_else(|| "unknown".into()),
        "cores": cores(),
        "memory_mb": memory_mb(),
        "kernel": line("/proc/sys/kernel/osrelease").unwrap_or_else(|| "unknown".into()),
        "commit": commit(),
        "build": if cfg!(debug_assertions) { "development (not for figures)" } else { "release" },
        "date": clock::utc(clock::now_ms()),
    })
}

/// Cores this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn processor() -> Option<String> {
    value_in("/proc/cpuinfo", "model name")
}

fn memory_mb() -> Option<u64> {
    let text = value_in("/proc/meminfo", "MemTotal")?;
    text.split_whitespace()
        .next()?
        .parse::<u64>()
        .ok()
        .map(|kib| kib / 1_024)
}

fn value_in(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then(|| value.trim().to_owned())
    })
}

fn line(file: &str) -> Option<String> {
    Some(fs::read_to_string(file).ok()?.trim().to_owned())
}

/// The commit that a release was built from; of any other build that which is checked out where the command runs, with a mark when files differ from it.
fn commit() -> String {
    if let Some(built) = option_env!("CONVOY_COMMIT") {
        return built.to_owned();
    }
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) else {
        return "unknown".into();
    };
    match git(&["status", "--porcelain", "--untracked-files=no"]) {
        Some(changes) if changes.is_empty() => commit,
        _ => format!("{commit} with changes"),
    }
}
