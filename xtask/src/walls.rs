//! `cargo xtask walls`: the import table of ARCHITECTURE.md, enforced.
//!
//! Three walls, each with its own reason:
//! 1. **Between our crates.** A crate may depend only on the crates its row names. Development dependencies may
//!    be wider (a test may drive more than the code may), but nothing at all may depend on `fuzz`.
//! 2. **Around the engine and the drivers.** Commonware's runtime, consensus, storage and network types stay in
//!    `node`, whose tests also simulate it, so that an engine upgrade touches one crate; HTTP servers stay in `api`, HTTP clients
//!    in `client`, SQL drivers in `readmodel`.
//! 3. **Around determinism.** `ledger` and `modules` must give the same root on every machine, so their code
//!    names no clock, float, hash map, thread, task, file or socket. One exception can be granted on the spot:
//!    `// walls: HashMap is looked up by key, never iterated` on the line or the line before; it is counted and shown.
//!
//! The dependency graph is what cargo itself resolves (`cargo metadata`), never a reading of manifests by hand.

use crate::source::{self, Word};
use crate::{Findings, tree};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// `(package, the workspace packages it may depend on)`. A package missing here is itself a fault.
const ALLOWED: [(&str, &[&str]); 11] = [
    ("convoy-types", &[]),
    ("convoy-verify", &["convoy-types"]),
    ("convoy-ledger", &["convoy-types"]),
    ("convoy-readmodel", &["convoy-types"]),
    (
        "convoy-modules",
        &["convoy-types", "convoy-ledger", "convoy-readmodel"],
    ),
    ("convoy-node", BELOW_NODE),
    ("convoy-api", BELOW_API),
    ("convoy-client", &["convoy-types", "convoy-verify"]),
    ("convoy", BELOW_CLI),
    ("convoy-fuzz", EVERYTHING),
    ("xtask", &[]),
];

const BELOW_NODE: &[&str] = &[
    "convoy-types",
    "convoy-verify",
    "convoy-ledger",
    "convoy-readmodel",
    "convoy-modules",
];

const BELOW_API: &[&str] = &[
    "convoy-types",
    "convoy-verify",
    "convoy-ledger",
    "convoy-readmodel",
    "convoy-modules",
    "convoy-node",
];

const BELOW_CLI: &[&str] = &[
    "convoy-types",
    "convoy-verify",
    "convoy-ledger",
    "convoy-readmodel",
    "convoy-modules",
    "convoy-node",
    "convoy-api",
    "convoy-client",
];

const EVERYTHING: &[&str] = &[
    "convoy-types",
    "convoy-verify",
    "convoy-ledger",
    "convoy-readmodel",
    "convoy-modules",
    "convoy-node",
    "convoy-api",
    "convoy-client",
    "convoy",
];

/// Crates no other crate may depend on, not even its tests.
const LEAVES: [&str; 2] = ["convoy-fuzz", "xtask"];

/// `(name or prefix ending in *, the packages that may name it directly)`. The first matching row decides.
const OUTSIDE: [(&str, &[&str]); 15] = [
    (
        "commonware-codec",
        &["convoy-types", "convoy-verify", "convoy-node"],
    ),
    (
        "commonware-cryptography",
        &["convoy-types", "convoy-verify", "convoy-node"],
    ),
    ("commonware-*", &["convoy-node"]),
    ("axum*", &["convoy-api"]),
    ("hyper*", &["convoy-api"]),
    // Types describe themselves for the interface (in `types` behind the feature `schema`); the interface itself is
    // described in one crate.
    (
        "utoipa",
        &[
            "convoy-types",
            "convoy-api",
            "convoy-modules",
            "convoy-readmodel",
        ],
    ),
    ("utoipa*", &["convoy-api"]),
    ("reqwest", &["convoy-client"]),
    ("rusqlite", &["convoy-readmodel"]),
    ("sqlx*", &["convoy-readmodel"]),
    ("tokio*", EDGES),
    ("futures*", EDGES),
    ("rand*", EDGES),
    ("getrandom", EDGES),
    ("prometheus-client", EDGES),
];

/// The crates that meet the outside world. `types`, `verify`, `ledger`, `modules` and `readmodel` are not among them.
const EDGES: &[&str] = &[
    "convoy-node",
    "convoy-api",
    "convoy-client",
    "convoy",
    "convoy-fuzz",
];

/// Source folders that must be deterministic.
const DETERMINISTIC: [&str; 2] = ["crates/ledger/src", "crates/modules/src"];

/// Path segments the deterministic core must not name.
const FORBIDDEN_NAMES: [(&str, &str); 13] = [
    ("Instant", "a clock; time is the block's time"),
    ("SystemTime", "a clock; time is the block's time"),
    ("UNIX_EPOCH", "a clock; time is the block's time"),
    ("HashMap", "its order differs between runs; use BTreeMap"),
    ("HashSet", "its order differs between runs; use BTreeSet"),
    ("RandomState", "it is seeded at random"),
    ("f32", "floats; use an integer with an explicit scale"),
    ("f64", "floats; use an integer with an explicit scale"),
    ("rand", "randomness"),
    ("tokio", "a runtime; the core is synchronous"),
    ("async", "a task; the core is synchronous"),
    ("await", "a task; the core is synchronous"),
    ("rayon", "threads; the core runs on one"),
];

/// Parts of the standard library the deterministic core must not name.
const FORBIDDEN_PARTS_OF_STD: [&str; 6] = ["time", "thread", "net", "fs", "env", "process"];

/// The exception marker, followed by the name it excuses.
const EXCUSE: &str = "// walls: ";

/// The only names an excuse may be given for: a map that is looked up and never iterated is deterministic.
const EXCUSABLE: [&str; 2] = ["HashMap", "HashSet"];

pub fn check(root: &Path) -> Result<Findings, String> {
    let packages = packages(&metadata(root)?)?;
    let mut faults = crate_faults(&packages);
    let (sources, excuses) = source_faults(root, &mut faults)?;
    Ok(Findings {
        looked_at: format!(
            "{} packages, {sources} deterministic source files, {excuses} excused hash map(s)",
            packages.len()
        ),
        faults,
    })
}

/// A workspace package and what it names directly.
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

struct Dependency {
    name: String,
    is_for_tests: bool,
}

fn metadata(root: &Path) -> Result<Value, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot start cargo metadata: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("cargo metadata failed: {said}"));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}

fn packages(metadata: &Value) -> Result<Vec<Package>, String> {
    let listed = metadata["packages"]
        .as_array()
        .ok_or("cargo metadata has no `packages`")?;
    Ok(listed.iter().map(package).collect())
}

fn package(value: &Value) -> Package {
    let dependencies = value["dependencies"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    Package {
        name: text(&value["name"]),
        dependencies: dependencies
            .iter()
            .map(|dependency| Dependency {
                name: text(&dependency["name"]),
                is_for_tests: dependency["kind"] == "dev",
            })
            .collect(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn crate_faults(packages: &[Package]) -> Vec<String> {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into_iter().collect();
    let mut faults = Vec::new();
    for package in packages {
        let Some(row) = allowed.get(package.name.as_str()) else {
            faults.push(format!(
                "{}: this package is not in the import table; add its row to xtask/src/walls.rs and to ARCHITECTURE.md",
                package.name
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let ours = allowed.contains_key(dependency.name.as_str());
            let fault = if ours {
                inner_fault(&package.name, dependency, row)
            } else {
                outer_fault(&package.name, dependency)
            };
            faults.extend(fault);
        }
    }
    faults
}

fn inner_fault(package: &str, dependency: &Dependency, row: &[&str]) -> Option<String> {
    let name = dependency.name.as_str();
    if LEAVES.contains(&name) {
        return Some(format!(
            "{package} -> {name}: nothing may depend on {name}, not even a test"
        ));
    }
    if dependency.is_for_tests || row.contains(&name) {
        return None;
    }
    let may = if row.is_empty() {
        "none of our crates".to_owned()
    } else {
        row.join(", ")
    };
    Some(format!(
        "{package} -> {name}: not allowed; {package} may use {may}"
    ))
}

fn outer_fault(package: &str, dependency: &Dependency) -> Option<String> {
    if dependency.is_for_tests {
        return None;
    }
    let (pattern, owners) = OUTSIDE
        .iter()
        .find(|(pattern, _)| matches_pattern(pattern, &dependency.name))?;
    if owners.contains(&package) {
        return None;
    }
    Some(format!(
        "{package} -> {}: only {} may name {pattern}",
        dependency.name,
        owners.join(", ")
    ))
}

fn matches_pattern(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == pattern,
    }
}

/// Adds the faults of the deterministic crates' sources; returns how many files were read and excuses used.
fn source_faults(root: &Path, faults: &mut Vec<String>) -> Result<(usize, usize), String> {
    let mut files = 0;
    let mut excuses = 0;
    for folder in DETERMINISTIC {
        for path in tree::files(&root.join(folder), &["rs"])? {
            let shown = tree::shown(root, &path);
            if is_test_file(&shown) {
                continue;
            }
            files += 1;
            excuses += file_faults(&shown, &tree::read(&path)?, faults);
        }
    }
    Ok((files, excuses))
}

fn is_test_file(shown: &str) -> bool {
    shown
        .split('/')
        .any(|part| part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs"))
}

fn file_faults(shown: &str, text: &str, faults: &mut Vec<String>) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let mut excuses = 0;
    for word in source::code_words(text) {
        let Some((name, why)) = forbidden(&word) else {
            continue;
        };
        if is_excused(&lines, word.line, name) {
            excuses += 1;
            continue;
        }
        faults.push(format!("{shown}:{}: `{}`: {why}", word.line, word.text));
    }
    excuses
}

/// The forbidden name inside `word` and why it is forbidden.
fn forbidden(word: &Word) -> Option<(&'static str, &'static str)> {
    let segments: Vec<&str> = word.text.split("::").collect();
    if let ["std" | "core", part, ..] = segments.as_slice()
        && let Some(found) = FORBIDDEN_PARTS_OF_STD.iter().find(|name| *name == part)
    {
        return Some((
            found,
            "the outside world; the core sees only the block and the store",
        ));
    }
    if is_float(&word.text) {
        return Some(("f64", "floats; use an integer with an explicit scale"));
    }
    FORBIDDEN_NAMES
        .into_iter()
        .find(|(name, _)| segments.contains(name))
}

fn is_float(word: &str) -> bool {
    let is_number = word.starts_with(|first: char| first.is_ascii_digit());
    let is_hex = word.starts_with("0x");
    is_number && !is_hex && (word.contains('.') || word.ends_with("f32") || word.ends_with("f64"))
}

/// Whether the word's line, or the one above it, carries an excuse for this name with a reason.
fn is_excused(lines: &[&str], line: usize, name: &str) -> bool {
    if !EXCUSABLE.contains(&name) {
        return false;
    }
    let excuse = format!("{EXCUSE}{name} ");
    let above = line.checked_sub(2).and_then(|index| lines.get(index));
    let same = line.checked_sub(1).and_then(|index| lines.get(index));
    [same, above]
        .into_iter()
        .flatten()
        .any(|text| text.contains(&excuse))
}

#[cfg(test)]
#[path = "walls_tests.rs"]
mod tests;
