//! Guides are walked as they are written: every block of commands (`sh`) in order, in one shell, in a folder with the examples. A block
//! `output` says what the commands must have printed; `…` in it stands for anything.

use crate::harness::{PROGRAM, first_port};
use std::{fs, path::Path, process::Command};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A block of commands, and what they have to print.
struct Step {
    line: usize,
    commands: String,
    expected: Vec<String>,
}

fn steps(guide: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut fence: Option<&str> = None;
    for (index, line) in guide.lines().enumerate() {
        match (fence, line.strip_prefix("```")) {
            (None, Some(kind)) => {
                fence = Some(kind);
                if kind == "sh" {
                    steps.push(Step {
                        line: index + 1,
                        commands: String::new(),
                        expected: Vec::new(),
                    });
                }
            }
            (Some(_), Some(_)) => fence = None,
            (Some(kind), None) => {
                let Some(step) = steps.last_mut() else {
                    continue;
                };
                match kind {
                    "sh" => step.commands.push_str(&format!("{line}\n")),
                    "output" => step.expected.push(line.to_owned()),
                    _ => {}
                }
            }
            (None, None) => {}
        }
    }
    steps
}

/// Whether the parts of `expected` around `…` are in `text` in their order, on one line.
fn is_in(expected: &str, text: &str) -> bool {
    text.lines().any(|line| {
        let mut rest = line;
        expected
            .trim()
            .split('…')
            .all(|part| match rest.find(part) {
                Some(at) => {
                    rest = &rest[at + part.len()..];
                    true
                }
                None => false,
            })
    })
}

fn copy(from: &Path, to: &Path, port: &impl Fn(&str) -> String) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target, port);
        } else {
            fs::write(target, port(&fs::read_to_string(&path).unwrap())).unwrap();
        }
    }
}

/// Walks a guide; tells the step that failed, with everything printed until then.
fn walk(name: &str) {
    let guide = fs::read_to_string(format!("{ROOT}/docs/guides/{name}")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    // The ports of the guide are those of a machine on which nothing else runs.
    let first = first_port();
    let port = |text: &str| {
        let mut text = text.to_owned();
        for node in 1..=4 {
            for (usual, here) in [(8_100, first), (8_501, first + 16), (9_100, first + 32)] {
                text = text.replace(&(usual + node).to_string(), &(here + node).to_string());
            }
        }
        text
    };
    copy(
        Path::new(&format!("{ROOT}/examples")),
        &folder.path().join("examples"),
        &port,
    );
    let steps = steps(&guide);
    assert!(steps.len() > 3, "{name} has no steps");
    let mut script =
        String::from("set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n");
    for step in &steps {
        script.push_str(&format!(
            "echo '=== {}'\n{}",
            step.line,
            port(&step.commands)
        ));
    }
    script.push_str("echo '=== end'\n");
    let file = folder.path().join("walk.sh");
    fs::write(&file, script).unwrap();
    let programs = Path::new(PROGRAM).parent().unwrap().to_str().unwrap();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .arg(&file)
        .current_dir(folder.path())
        .env("PATH", path)
        .env_remove("CONVOY_TOKEN")
        .env_remove("CONVOY_NODE")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("=== end"),
        "{name}: the step of line {} failed\n{said}\n{errors}",
        said.rsplit("=== ")
            .next()
            .and_then(|rest| rest.lines().next())
            .unwrap_or("?")
    );
    for step in &steps {
        let begins = format!("=== {}\n", step.line);
        let own = said.split(&begins).nth(1).unwrap_or_default();
        let own = own.split("\n=== ").next().unwrap_or_default();
        for expected in &step.expected {
            assert!(
                is_in(expected, own),
                "{name}, line {}: `{expected}` is not in\n{own}",
                step.line
            );
        }
    }
}

#[test]
fn the_quick_start_can_be_walked() {
    walk("quick-start.md");
}

#[test]
fn an_integrator_comes_from_an_export_to_a_verified_proof() {
    walk("integrator.md");
}

#[test]
fn an_operator_starts_watches_mends_and_stops_a_node() {
    walk("node-operator.md");
}

#[test]
fn three_nations_found_a_network_and_a_fourth_joins_it() {
    walk("founding-and-joining.md");
}

#[test]
fn whoever_leaves_takes_everything_and_shows_that_nothing_is_missing() {
    walk("leaving.md");
}

#[test]
fn a_node_is_backed_up_lost_and_restored() {
    let begun = std::time::Instant::now();
    walk("backup-and-loss.md");
    eprintln!("the drill took {:?}", begun.elapsed());
}

#[test]
fn after_the_loss_of_most_validators_the_members_go_on() {
    let begun = std::time::Instant::now();
    walk("total-loss.md");
    eprintln!("the drill took {:?}", begun.elapsed());
}

#[test]
fn a_member_that_lost_everything_comes_back_by_the_agreement_of_the_others() {
    let begun = std::time::Instant::now();
    walk("member-loss.md");
    eprintln!("the drill took {:?}", begun.elapsed());
}

#[test]
fn a_key_in_the_wrong_hands_is_ended_and_what_it_signed_taken_back() {
    walk("compromised-key.md");
}

#[test]
fn a_credential_is_issued_shown_in_part_and_verified() {
    walk("credentials.md");
}

/// With SoftHSM2, which `./test` installs.
#[test]
fn keys_in_hardware_sign_and_never_leave_it() {
    let module = Path::new("/usr/lib/softhsm/libsofthsm2.so");
    if !module.exists() {
        let reason = "SoftHSM2 is not installed: apt-get install softhsm2";
        assert!(std::env::var_os("CI").is_none(), "{reason}");
        eprintln!("SKIPPED: keys in hardware were NOT tested. {reason}");
        return;
    }
    walk("hardware-keys.md");
}

#[test]
fn what_a_guide_expects_is_looked_for_on_one_line() {
    assert!(is_in("a … c", "x\nya  b c"));
    assert!(!is_in("a … c", "a\nc"));
    let found = steps("```text\nno\n```\n```sh\nrun\n```\n```output\nyes\n```\n");
    assert_eq!((found.len(), found[0].line), (1, 4));
    assert_eq!(
        (found[0].commands.as_str(), found[0].expected[0].as_str()),
        ("run\n", "yes")
    );
}
