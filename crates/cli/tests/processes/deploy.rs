//! What is in `deploy/` fits the program: its own checks pass, every metric that a dashboard or an alert names is told by a running node, and the
//! network that the compose file starts is one.

use crate::harness::{PROGRAM, convoy, ok, started};
use serde_json::Value;
use std::{collections::BTreeSet, fs, process::Command};

const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy");
/// Words of PromQL (prometheus.io/docs) that stand where a metric could.
const WORDS: [&str; 11] = [
    "and",
    "bool",
    "by",
    "group_left",
    "group_right",
    "ignoring",
    "offset",
    "on",
    "or",
    "unless",
    "without",
];
/// Told by Prometheus itself of everything it scrapes.
const BY_PROMETHEUS: [&str; 1] = ["up"];

#[test]
fn what_is_deployed_passes_its_own_checks() {
    let done = Command::new(format!("{DEPLOY}/check")).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
    if done.status.code() == Some(2) {
        eprintln!("SKIPPED: {said}");
        return;
    }
    eprintln!("{said}");
    assert!(done.status.success(), "{said}");
}

/// The metrics that a PromQL expression names: identifiers that are neither functions, words of the language nor labels.
fn metrics_in(expression: &str) -> BTreeSet<String> {
    let mut plain = String::new();
    let mut depth = (0, 0);
    let mut grouping = false;
    let mut word = String::new();
    for letter in expression.chars() {
        match letter {
            '{' | '[' => depth.0 += 1,
            '}' | ']' => depth.0 -= 1,
            '(' if [
                "by",
                "on",
                "without",
                "ignoring",
                "group_left",
                "group_right",
            ]
            .contains(&word.as_str())
                && depth.0 == 0 =>
            {
                grouping = true;
                depth.1 = 1;
            }
            ')' if grouping => {
                grouping = false;
                depth.1 = 0;
            }
            _ if depth.0 == 0 && depth.1 == 0 => plain.push(letter),
            _ => {}
        }
        if letter.is_ascii_alphanumeric() || letter == '_' {
            word.push(letter);
        } else if letter != ' ' || !WORDS.contains(&word.as_str()) {
            word.clear();
        }
    }
    let mut found = BTreeSet::new();
    let mut rest = plain.as_str();
    let part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    while let Some(start) = rest.find(part) {
        let end = rest[start..]
            .find(|letter| !part(letter))
            .map_or(rest.len(), |end| start + end);
        let name = &rest[start..end];
        let after = rest[end..].trim_start();
        let called = ["(", "by ", "without "]
            .iter()
            .any(|next| after.starts_with(next));
        if !name.starts_with(|first: char| first.is_ascii_digit())
            && !called
            && !WORDS.contains(&name)
        {
            found.insert(name.to_owned());
        }
        rest = &rest[end..];
    }
    found
}

fn expressions() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let dashboard: Value =
        serde_json::from_slice(&fs::read(format!("{DEPLOY}/grafana/dashboard.json")).unwrap())
            .unwrap();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            found.push((
                panel["title"].as_str().unwrap().to_owned(),
                target["expr"].as_str().unwrap().to_owned(),
            ));
        }
    }
    let rules = fs::read_to_string(format!("{DEPLOY}/prometheus/alerts.yml")).unwrap();
    let mut alert = String::new();
    for line in rules.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix("- alert: ") {
            alert = name.to_owned();
        }
        if let Some(expression) = line.strip_prefix("expr: ") {
            found.push((alert.clone(), expression.trim_matches('\'').to_owned()));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_of_dashboard_and_alerts_is_told_by_a_running_node() {
    let mut net = started().await;
    let client = net.client("est");
    let _answered: Value = client.get(&["v1", "members"], &[]).await.unwrap();
    let told = client.get_bytes(&["metrics"], &[], "*/*").await.unwrap();
    let told = String::from_utf8(told.to_vec()).unwrap();
    let names: BTreeSet<&str> = told
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split([' ', '{']).next())
        .collect();
    ok(net.cluster.stop_all());

    let expressions = expressions();
    assert!(
        expressions.len() > 25,
        "only {} expressions",
        expressions.len()
    );
    for (of, expression) in &expressions {
        let metrics = metrics_in(expression);
        assert!(!metrics.is_empty(), "`{of}` names no metric: {expression}");
        for metric in metrics {
            assert!(
                names.contains(metric.as_str()) || BY_PROMETHEUS.contains(&metric.as_str()),
                "`{of}` names {metric}, which no node tells"
            );
        }
    }
}

#[test]
fn metrics_are_found_in_expressions() {
    let found = metrics_in(
        r#"histogram_quantile(0.9, sum by (member, le) (rate(a_bucket{route!~"/b|c", x="y"}[5m]))) > 1 + on (network) group_right () d / 1000"#,
    );
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["a_bucket", "d"]);
}

#[test]
fn the_network_of_the_compose_file_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let net = folder.path().join("net");
    let done = Command::new(format!("{DEPLOY}/compose/prepare"))
        .arg(&net)
        .env("CONVOY", PROGRAM)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    for (member, last) in [("est", 11), ("fra", 12), ("ita", 13), ("pol", 14)] {
        let file = net.join(member).join("node.toml");
        let config = convoy_node::NodeConfig::read(&file).unwrap();
        assert_eq!(config.p2p.peers.len(), 4);
        let own = config
            .p2p
            .peers
            .iter()
            .find(|peer| peer.member == config.member);
        assert_eq!(
            own.unwrap().address.to_string(),
            format!("172.30.0.{last}:9101")
        );
        assert_eq!(config.api.listen.to_string(), "0.0.0.0:8101");
    }
    let config = net.join("est/node.toml");
    let (_, out, err) = convoy(&[
        "node",
        "doctor",
        "--json",
        "--config",
        config.to_str().unwrap(),
    ]);
    let answer: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    let findings = answer["findings"].as_array().unwrap();
    for check in [
        "configuration",
        "founding document",
        "list of peers",
        "keystore",
        "keys",
    ] {
        let found = findings
            .iter()
            .find(|finding| finding["check"] == check)
            .unwrap();
        assert_eq!(found["level"], "ok", "{found}");
    }
}
