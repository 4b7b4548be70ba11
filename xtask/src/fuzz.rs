//! `cargo xtask fuzz`: builds the fuzz targets with coverage and runs each in a process of its own.
//!
//! A process that dies without a word (stack overflow, abort) is run again with `--trace`, so that the input
//! that ended it is on disk.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};
use std::thread;
use std::time::Instant;

const USAGE: &str = "\
usage: cargo xtask fuzz [--seconds N] [--seed N] [--target NAME]... [--report FILE] [--blind]

  --seconds N    per target (default 60)
  --seed N       the sequence of inputs (default 1); the same seed repeats the same run
  --target NAME  only this one; may be given more than once
  --report FILE  also write the table as Markdown
  --blind        without coverage counters: faster to build, finds less

What is found is written to fuzz/artifacts/TARGET; what reached new code is kept in fuzz/corpus/TARGET.";

struct Options {
    seconds: u64,
    seed: u64,
    targets: Vec<String>,
    report: Option<PathBuf>,
    is_blind: bool,
}

/// Runs what `arguments` ask for; `Ok(false)` when a target found a fault.
pub fn run(root: &Path, arguments: &[String]) -> Result<bool, String> {
    if arguments
        .iter()
        .any(|argument| argument == "--help" || argument == "-h")
    {
        println!("{USAGE}");
        return Ok(true);
    }
    let options = options(arguments)?;
    let program = build(root, options.is_blind)?;
    let targets = chosen(&program, &options)?;
    let rows = run_all(&targets, |target| {
        eprintln!("fuzz: {target}, {} s", options.seconds);
        run_target(root, &program, target, &options)
    })?;
    let table = table(&rows);
    println!("{table}");
    if let Some(path) = &options.report {
        let text = format!("{}\n{table}", heading(&options));
        std::fs::write(path, text)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(rows.iter().all(|row| row["fault"].is_null()))
}

fn options(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options {
        seconds: 60,
        seed: 1,
        targets: Vec::new(),
        report: None,
        is_blind: false,
    };
    let mut rest = arguments.iter();
    while let Some(option) = rest.next() {
        let mut value = || {
            rest.next()
                .cloned()
                .ok_or_else(|| format!("`{option}` needs a value\n\n{USAGE}"))
        };
        match option.as_str() {
            "--seconds" => options.seconds = number(&value()?)?,
            "--seed" => options.seed = number(&value()?)?,
            "--target" => options.targets.push(value()?),
            "--report" => options.report = Some(value()?.into()),
            "--blind" => options.is_blind = true,
            other => return Err(format!("unknown option `{other}`\n\n{USAGE}")),
        }
    }
    Ok(options)
}

fn number(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a whole number\n\n{USAGE}"))
}

/// Builds the fuzz program; returns where it is, as cargo names it.
fn build(root: &Path, is_blind: bool) -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        // Of the whole workspace: a package alone resolves to other features, and every dependency would be compiled again.
        .args(["build", "--workspace", "--bin", "convoy-fuzz"])
        .args(["--message-format=json-render-diagnostics"])
        .current_dir(root)
        .stderr(Stdio::inherit());
    if !is_blind {
        command.env("RUSTC_WORKSPACE_WRAPPER", root.join("fuzz/instrument"));
    }
    let output = command
        .output()
        .map_err(|error| format!("cannot start cargo build: {error}"))?;
    if !output.status.success() {
        return Err("the fuzz targets do not build; see above".to_owned());
    }
    let program = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back()
        .ok_or("cargo build named no program")?;
    keep_copy(&program, is_blind)
}

/// The counted and the blind program have one name in the target folder: each gets a copy under its own.
fn keep_copy(program: &Path, is_blind: bool) -> Result<PathBuf, String> {
    let name = if is_blind {
        "convoy-fuzz-blind"
    } else {
        "convoy-fuzz-counted"
    };
    let copy = program.with_file_name(name);
    let _ = std::fs::remove_file(&copy);
    std::fs::copy(program, &copy)
        .map_err(|error| format!("cannot copy {}: {error}", program.display()))?;
    Ok(copy)
}

fn chosen(program: &Path, options: &Options) -> Result<Vec<String>, String> {
    let output = Command::new(program)
        .arg("list")
        .output()
        .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    let all: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect();
    if let Some(unknown) = options.targets.iter().find(|name| !all.contains(name)) {
        return Err(format!(
            "no fuzz target `{unknown}`; there are {}",
            all.join(", ")
        ));
    }
    Ok(if options.targets.is_empty() {
        all
    } else {
        options.targets.clone()
    })
}

/// Runs every target, as many at a time as there are processors; the rows in the targets' order.
fn run_all(
    targets: &[String],
    run: impl Fn(&str) -> Result<Value, String> + Sync,
) -> Result<Vec<Value>, String> {
    let next = AtomicUsize::new(0);
    let rows: Vec<OnceLock<Result<Value, String>>> = vec![OnceLock::new(); targets.len()];
    let at_once = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some((target, row)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    targets.get(at).zip(rows.get(at))
                } {
                    row.get_or_init(|| run(target));
                }
            });
        }
    });
    rows.into_iter()
        .map(|row| {
            row.into_inner()
                .unwrap_or_else(|| Err("a target was not run".to_owned()))
        })
        .collect()
}

/// Runs one target; its report, or one that says how the process ended.
fn run_target(
    root: &Path,
    program: &Path,
    target: &str,
    options: &Options,
) -> Result<Value, String> {
    let attempt = |is_traced: bool| {
        let mut command = Command::new(program);
        command
            .args(["run", target, "--seconds", &options.seconds.to_string()])
            .args(["--seed", &options.seed.to_string()])
            .arg("--corpus")
            .arg(root.join("fuzz/corpus").join(target))
            .arg("--artifacts")
            .arg(root.join("fuzz/artifacts").join(target))
            .stderr(Stdio::inherit());
        if is_traced {
            command.arg("--trace");
        }
        command
            .output()
            .map_err(|error| format!("cannot start {}: {error}", program.display()))
    };
    let started = Instant::now();
    let output = attempt(false)?;
    if let Some(report) = report_in(&output.stdout) {
        return Ok(report);
    }
    eprintln!(
        "fuzz: {target} died ({}); looking for the input",
        output.status
    );
    let traced = attempt(true)?;
    let place = if report_in(&traced.stdout).is_some() {
        "it did not die again; run it longer with --seconds".to_owned()
    } else {
        format!("input fuzz/artifacts/{target}/last")
    };
    let fault = format!(
        "the process died ({}) after {} s: {place}",
        output.status,
        started.elapsed().as_secs()
    );
    Ok(serde_json::json!({"target": target, "fault": fault}))
}

fn report_in(stdout: &[u8]) -> Option<Value> {
    String::from_utf8_lossy(stdout)
        .lines()
        .rev()
        .find_map(|line| serde_json::from_str(line).ok())
}

fn heading(options: &Options) -> String {
    let feedback = if options.is_blind {
        "refusals only"
    } else {
        "edges of our own crates"
    };
    format!(
        "Fuzzing: {} s per target, seed {}, feedback by {feedback}, debug assertions and overflow checks on.\n",
        options.seconds, options.seed
    )
}

fn table(rows: &[Value]) -> String {
    let mut lines = vec![
        "| target | runs | runs/s | corpus | edges | kinds of refusal | slowest µs | result |"
            .to_owned(),
        "| --- | --- | --- | --- | --- | --- | --- | --- |".to_owned(),
    ];
    for row in rows {
        let cell = |key: &str| match &row[key] {
            Value::Null => "–".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let result = row["fault"].as_str().unwrap_or("nothing found");
        lines.push(format!(
            "| {} | {} | {} | {} | {} | {} | {} | {result} |",
            cell("target"),
            cell("runs"),
            cell("runs_per_second"),
            cell("corpus"),
            cell("edges"),
            cell("refusals"),
            cell("slowest_us"),
        ));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Options, String> {
        let arguments: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        options(&arguments)
    }

    #[test]
    fn options_are_read_and_wrong_ones_are_named() {
        let good = parsed(&["--seconds", "5", "--target", "cbor", "--blind"]).unwrap();
        assert_eq!(
            (good.seconds, good.targets.len(), good.is_blind),
            (5, 1, true)
        );
        assert!(
            parsed(&["--seconds"])
                .err()
                .unwrap()
                .contains("needs a value")
        );
        assert!(
            parsed(&["--seconds", "x"])
                .err()
                .unwrap()
                .contains("not a whole number")
        );
        assert!(
            parsed(&["--fast"])
                .err()
                .unwrap()
                .contains("unknown option `--fast`")
        );
    }

    #[test]
    fn every_target_has_its_row_in_order_and_one_that_cannot_run_is_said() {
        let targets: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        let rows = run_all(&targets, |target| Ok(target.into())).unwrap();
        assert_eq!(
            rows,
            targets
                .iter()
                .map(|target| Value::from(target.as_str()))
                .collect::<Vec<_>>()
        );
        let failed = run_all(&targets, |target| match target {
            "7" => Err("no program".to_owned()),
            target => Ok(target.into()),
        });
        assert_eq!(failed, Err("no program".to_owned()));
    }

    #[test]
    fn the_last_json_line_is_the_report() {
        let stdout = b"noise\n{\"target\":\"a\"}\n";
        assert_eq!(report_in(stdout).unwrap()["target"], "a");
        assert!(report_in(b"noise\n").is_none());
    }

    #[test]
    fn a_fault_shows_in_its_row() {
        let text = table(&[serde_json::json!({"target": "a", "fault": "died"})]);
        assert!(text.ends_with("| a | – | – | – | – | – | – | died |"));
    }
}
