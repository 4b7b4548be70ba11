//! The walls hold: every fixture here breaks one rule and is caught by name.

use super::*;
use serde_json::json;

fn faults_of(package: &str, dependencies: &[(&str, Option<&str>)]) -> Vec<String> {
    let listed: Vec<Value> = dependencies
        .iter()
        .map(|(name, kind)| json!({"name": name, "kind": kind}))
        .collect();
    let metadata = json!({"packages": [{"name": package, "dependencies": listed}]});
    crate_faults(&packages(&metadata).unwrap())
}

fn source_faults_of(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    file_faults("crates/ledger/src/x.rs", text, &mut faults);
    faults
}

#[test]
fn the_table_itself_has_no_cycle() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into_iter().collect();
    let mut settled: Vec<&str> = Vec::new();
    while settled.len() < allowed.len() {
        let before = settled.len();
        for (name, row) in &allowed {
            if !settled.contains(name) && row.iter().all(|used| settled.contains(used)) {
                settled.push(name);
            }
        }
        assert!(
            settled.len() > before,
            "a cycle among the rest of {settled:?}"
        );
    }
}

#[test]
fn what_the_architecture_allows_passes() {
    assert!(
        faults_of(
            "convoy-node",
            &[("convoy-modules", None), ("commonware-storage", None)]
        )
        .is_empty()
    );
    assert!(faults_of("convoy-verify", &[("commonware-cryptography", None)]).is_empty());
}

#[test]
fn an_upward_import_is_caught() {
    let faults = faults_of("convoy-ledger", &[("convoy-modules", None)]);
    assert_eq!(
        faults,
        ["convoy-ledger -> convoy-modules: not allowed; convoy-ledger may use convoy-types"]
    );
}

#[test]
fn a_build_script_is_held_to_the_same_table() {
    assert_eq!(
        faults_of("convoy-types", &[("convoy-verify", Some("build"))]).len(),
        1
    );
}

#[test]
fn a_test_may_use_more_than_the_code() {
    assert!(faults_of("convoy-client", &[("convoy-node", Some("dev"))]).is_empty());
}

#[test]
fn nothing_uses_fuzz_not_even_a_test() {
    let faults = faults_of("convoy", &[("convoy-fuzz", Some("dev"))]);
    assert_eq!(faults.len(), 1);
    assert!(faults[0].contains("nothing may depend on convoy-fuzz"));
}

#[test]
fn an_engine_crate_outside_the_node_is_caught() {
    for name in [
        "runtime",
        "consensus",
        "storage",
        "p2p",
        "glue",
        "broadcast",
        "resolver",
        "parallel",
    ] {
        let name = format!("commonware-{name}");
        assert_eq!(
            faults_of("convoy-ledger", &[(&name, None)]).len(),
            1,
            "{name}"
        );
        assert_eq!(
            faults_of("convoy-types", &[(&name, None)]).len(),
            1,
            "{name}"
        );
        assert_eq!(faults_of("convoy-api", &[(&name, None)]).len(), 1, "{name}");
        assert!(
            faults_of("convoy-node", &[(&name, None)]).is_empty(),
            "{name}"
        );
    }
}

#[test]
fn a_runtime_in_the_core_and_a_driver_in_a_module_are_caught() {
    assert_eq!(faults_of("convoy-ledger", &[("tokio", None)]).len(), 1);
    assert_eq!(faults_of("convoy-modules", &[("rusqlite", None)]).len(), 1);
    assert_eq!(faults_of("convoy-node", &[("axum", None)]).len(), 1);
}

#[test]
fn a_package_without_a_row_is_caught() {
    assert!(faults_of("convoy-extra", &[])[0].contains("not in the import table"));
}

#[test]
fn each_source_of_difference_is_caught_with_its_line() {
    let cases = [
        ("use std::time::Duration;", "std::time::Duration"),
        ("use std::{time::Instant};", "std::time::Instant"),
        ("use x::Instant;", "x::Instant"),
        ("let t = SystemTime::now();", "SystemTime::now"),
        (
            "use std::collections::HashMap;",
            "std::collections::HashMap",
        ),
        ("let s: HashSet<u8>;", "HashSet"),
        ("fn f(x: f32) {}", "f32"),
        ("let x = 1.5;", "1.5"),
        ("let x = 3f64;", "3f64"),
        ("rand::random()", "rand::random"),
        ("tokio::spawn(x)", "tokio::spawn"),
        ("async fn f() {}", "async"),
        ("std::thread::spawn(f)", "std::thread::spawn"),
        ("std::fs::read(p)", "std::fs::read"),
    ];
    for (line, word) in cases {
        let faults = source_faults_of(&format!("//! Purpose.\n{line}\n"));
        assert_eq!(faults.len(), 1, "{line}: {faults:?}");
        let start = format!("crates/ledger/src/x.rs:2: `{word}`: ");
        assert!(faults[0].starts_with(&start), "{line}: {faults:?}");
    }
}

#[test]
fn the_same_names_in_tests_comments_and_strings_pass() {
    let text = "// a HashMap would do\nlet m = \"tokio\";\n#[cfg(test)]\nmod tests { use std::time::Instant; }\n";
    assert!(source_faults_of(text).is_empty());
    assert!(is_test_file("crates/modules/src/custody/tests.rs"));
    assert!(!is_test_file("crates/modules/src/custody/attests.rs"));
}

#[test]
fn hexadecimal_numbers_and_tuple_fields_are_not_floats() {
    assert!(source_faults_of("let x = 0xf64; let y = pair.0.1; for i in 0..10 {}").is_empty());
}

#[test]
fn an_excuse_with_a_reason_is_counted_and_only_for_maps() {
    let mut faults = Vec::new();
    let text =
        "// walls: HashMap is looked up by key, never iterated\nuse std::collections::HashMap;\n";
    assert_eq!(file_faults("a.rs", text, &mut faults), 1);
    assert!(faults.is_empty());
    let clock = "use std::time::Instant; // walls: Instant is harmless here\n";
    assert_eq!(file_faults("a.rs", clock, &mut faults), 0);
    assert_eq!(faults.len(), 1);
}
