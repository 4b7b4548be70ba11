//! The repository's own checks, as one small program: `cargo xtask COMMAND`.
//!
//! Purpose: rules that the compiler does not know (which crate may use which, what the deterministic core
//! must not name, which link leads nowhere) are code here, so that they hold without a reviewer remembering them.
//!
//! Flow: each command collects faults as text and prints all of them; the exit code is 0 without a fault,
//! 1 with at least one, 2 when the command itself could not run (bad usage, unreadable tree).
//!
//! Limits: reads the workspace on disk and `cargo metadata --offline`; changes nothing except for `fuzz`,
//! which builds and runs the fuzz targets and keeps their corpus in `fuzz/corpus`, `new-module`, which writes a
//! module's folder and line, and `reference`, which writes generated pages.

mod docs;
mod files;
mod fuzz;
mod new_module;
mod reference;
mod source;
mod tree;
mod walls;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  walls   which crate may import which, where engine crates may appear, and what the
          deterministic core must never name (clocks, floats, hash maps, tasks)
  docs    every relative link in every Markdown file resolves, every page under docs/ is
          reachable from README.md, every module folder has a README
  files   no hand-written file is longer than 700 lines
  new-module NAME
          make a domain module: a folder that builds, with tests that say what to fill in,
          and its line in the registry
  reference
          write what is generated from the modules and routes: docs/reference/modules,
          docs/reference/http.md and openapi/convoy.json
  fuzz    run the fuzz targets with coverage feedback: cargo xtask fuzz --help

exit codes: 0 nothing found, 1 faults found (each on a line), 2 the check could not run";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let root = match tree::workspace_root() {
        Ok(root) => root,
        Err(error) => return cannot_run(&error),
    };
    match arguments.first().map(String::as_str) {
        Some("walls") => report("walls", walls::check(&root)),
        Some("docs") => report("docs", docs::check(&root)),
        Some("files") => report("files", files::check(&root)),
        Some("fuzz") => run_fuzz(&root, &arguments[1..]),
        Some("new-module") => told(new_module::run(&root, &arguments[1..])),
        Some("reference") => told(reference::run(&root)),
        Some("--help" | "-h" | "help") => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        Some(other) => cannot_run(&format!("unknown command `{other}`\n\n{USAGE}")),
        None => cannot_run(USAGE),
    }
}

/// What a check found: what it looked at, in words, and every fault.
struct Findings {
    /// For the closing line, for example "12 crates, 48 source files".
    looked_at: String,
    /// One line each, starting with the place.
    faults: Vec<String>,
}

fn report(name: &str, result: Result<Findings, String>) -> ExitCode {
    let findings = match result {
        Ok(findings) => findings,
        Err(error) => return cannot_run(&format!("{name}: {error}")),
    };
    for fault in &findings.faults {
        eprintln!("{fault}");
    }
    if findings.faults.is_empty() {
        println!("{name}: ok ({})", findings.looked_at);
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "{name}: {} fault(s) ({})",
        findings.faults.len(),
        findings.looked_at
    );
    ExitCode::from(1)
}

fn run_fuzz(root: &Path, arguments: &[String]) -> ExitCode {
    match fuzz::run(root, arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => cannot_run(&error),
    }
}

fn told(done: Result<String, String>) -> ExitCode {
    match done {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => cannot_run(&error),
    }
}

fn cannot_run(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::from(2)
}
