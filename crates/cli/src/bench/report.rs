//! The bench's report: one JSON object, and the same as a table for people.

use super::{
    Options,
    ceiling::{self, Parts},
    conditions,
    latency::round,
    measure::{Blocks, Counters, Lived},
    plan::{Plan, Workload},
};
use crate::{
    failure::{Attempt as _, Outcome},
    output,
};
use serde_json::{Value, json};

/// Reading and writing state in the nodes' metrics, seconds: records, history, and signers' lanes. Sealing it is not told apart by the engine.
const STATE_WORK: [&str; 6] = [
    "stateful_databases_db_0_any_get_many_duration_sum",
    "stateful_databases_db_0_apply_batch_duration_sum",
    "stateful_databases_db_1_get_many_duration_sum",
    "stateful_databases_db_1_apply_batch_duration_sum",
    "stateful_databases_db_2_get_many_duration_sum",
    "stateful_databases_db_2_apply_batch_duration_sum",
];
/// Making it durable, microseconds.
const SYNC_WORK: [&str; 1] = ["stateful_databases_durability_sync_microseconds_total"];

/// Everything that was measured.
pub struct Measured {
    /// What the load process said when it had signed everything.
    pub prepared: Value,
    /// What it said at the end.
    pub load: Value,
    /// How far the read models were behind.
    pub watched: Value,
    /// Counters when the clock started.
    pub before: Counters,
    /// Counters when the last sampled statement was final.
    pub after: Counters,
    /// The blocks between.
    pub blocks: Blocks,
    /// What was done to single nodes afterwards.
    pub lived: Lived,
}

/// Builds the report.
pub fn build(options: &Options, plan: &Plan, measured: &Measured) -> Outcome<Value> {
    let started_ms = measured.load["started_ms"].as_u64().unwrap_or(0);
    let in_time = measured
        .blocks
        .accepted_between(started_ms, started_ms + plan.seconds * 1_000);
    let accepted = measured.blocks.accepted();
    let per_second = in_time as f64 / plan.seconds as f64;
    let events = match plan.workload {
        Workload::Custody => 1,
        Workload::Epcis => plan.batch as u64,
    };
    let processor_ms = measured
        .after
        .processor_ms
        .saturating_sub(measured.before.processor_ms);
    let disk = measured
        .after
        .disk_bytes
        .saturating_sub(measured.before.disk_bytes);
    let each = |total: u64| round(total as f64 / accepted.max(1) as f64 * 100.0) / 100.0;
    let parts: Parts = serde_json::from_value(measured.prepared["parts"].clone())
        .attempt(|| "understand the load's parts".into())?;
    let of_nodes = |work: &[&str]| per_statement(&measured.before, &measured.after, work);
    let (ceiling, share) = ceiling::ceiling(
        parts,
        of_nodes(&STATE_WORK).map(|seconds| seconds * 1e6),
        of_nodes(&SYNC_WORK),
        plan.targets.len(),
        conditions::cores(),
        per_second,
    );
    Ok(json!({
        "statements_per_second": round(per_second),
        "events_per_second": round(per_second * events as f64),
        "finality_ms": measured.load["finality_ms"],
        "submit_to_receipt_ms": measured.load["submit_to_receipt_ms"],
        "submit_to_admitted_ms": measured.load["submit_to_admitted_ms"],
        "rss_mb_max": round(measured.after.resident_peak_kib as f64 / 1_024.0),
        "disk_bytes_per_statement": each(disk),
        "readmodel_lag_ms": measured.watched["at_end_ms"],
        "readmodel_lag_ms_max": measured.watched["max_ms"],
        "cpu_ms_per_statement": each(processor_ms),
        "ceiling": ceiling,
        "share_of_ceiling": share,
        "idle_core_share": round(measured.before.idle_core_share * 1_000.0) / 1_000.0,
        "restart": measured.lived.restart,
        "join": measured.lived.join,
        "statements": {
            "offered": measured.load["offered"],
            "taken": measured.load["taken"],
            "accepted": accepted,
            "accepted_in_time": in_time,
            "refused_by_the_ledger": measured.blocks.refused(),
            "refused_at_the_door": measured.load["refused_at_the_door"],
            "offered_again_because_full": measured.load["offered_again_because_full"],
            "sampled": measured.load["sampled"],
        },
        "blocks": measured.blocks.blocks.len(),
        "preload_ms": measured.prepared["preload_ms"],
        "run": {
            "validators": options.validators,
            "workload": plan.workload,
            "events_per_statement": events,
            "rate": plan.rate,
            "seconds": plan.seconds,
            "preload": plan.preload,
            "signers": plan.signers.len(),
            "dead": options.dead,
            "slow_ms": options.slow_ms,
            "rtt_ms": options.rtt_ms,
            "loss": options.loss,
            "links": if options.rtt_ms == 0 && options.slow_ms == 0 && options.loss == 0.0 { "loopback" } else { "forwarders in user space that delay and hold back (no netem)" },
        },
        "conditions": conditions::here(),
    }))
}

/// What the nodes spent on a part of their work for each statement on one node, in the unit of the metrics that tell it; `None` where a node lacks one
/// of them, or where they did not move. These are times by the clock: on a crowded machine they hold some waiting too.
fn per_statement(before: &Counters, after: &Counters, work: &[&str]) -> Option<f64> {
    let spent = |counters: &Counters| -> Option<f64> {
        let nodes = counters.metrics.iter();
        nodes
            .flat_map(|text| work.iter().map(move |name| metric(text, name, "")))
            .sum()
    };
    let statements = |counters: &Counters| -> Option<f64> {
        counters
            .metrics
            .iter()
            .map(|text| metric(text, "convoy_statements_accepted_total", ""))
            .sum()
    };
    let count = statements(after)? - statements(before)?;
    let part = spent(after)? - spent(before)?;
    (count > 0.0 && part > 0.0).then_some(part / count)
}

/// The sum of a metric's samples whose labels hold `label`, in the text format of Prometheus.
fn metric(text: &str, name: &str, label: &str) -> Option<f64> {
    let mut found = None;
    for line in text.lines().filter(|line| line.starts_with(name)) {
        let (series, value) = line.rsplit_once(' ')?;
        let labels = &series[name.len()..];
        let of_this = labels.is_empty() || labels.starts_with('{');
        if of_this && (label.is_empty() || labels.contains(&format!("\"{label}\""))) {
            *found.get_or_insert(0.0) += value.parse::<f64>().ok()?;
        }
    }
    found
}

/// The report as a table.
pub fn table(report: &Value) -> String {
    let text = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let three = |value: &Value| {
        if value.is_null() {
            return "- (no samples)".to_owned();
        }
        let part = |name: &str| text(&value[name]);
        format!(
            "p50 {}  p99 {}  max {}  ({} samples)",
            part("p50"),
            part("p99"),
            part("max"),
            part("samples")
        )
    };
    let run = &report["run"];
    let rows = [
        (
            "Statements per second",
            text(&report["statements_per_second"]),
        ),
        ("Events per second", text(&report["events_per_second"])),
        ("Finality, ms", three(&report["finality_ms"])),
        (
            "Submit to receipt, ms",
            three(&report["submit_to_receipt_ms"]),
        ),
        (
            "Submit to admitted, ms",
            three(&report["submit_to_admitted_ms"]),
        ),
        (
            "Memory of the largest node, MB",
            text(&report["rss_mb_max"]),
        ),
        (
            "Disk per statement, all nodes, bytes",
            text(&report["disk_bytes_per_statement"]),
        ),
        (
            "Read model behind at the end, ms",
            text(&report["readmodel_lag_ms"]),
        ),
        (
            "Processor per statement, all nodes, ms",
            text(&report["cpu_ms_per_statement"]),
        ),
        (
            "Ceiling of this machine, statements/s",
            text(&report["ceiling"]["statements_per_second"]),
        ),
        ("Share of the ceiling", text(&report["share_of_ceiling"])),
        (
            "Idle node, share of one core",
            text(&report["idle_core_share"]),
        ),
        (
            "Ready after a stop; after kill -9, ms",
            format!(
                "{}; {}",
                text(&report["restart"]["stop_to_ready_ms"]),
                text(&report["restart"]["kill_to_ready_ms"])
            ),
        ),
        (
            "A new member's node: ready; has all history, ms",
            format!(
                "{}; {}",
                text(&report["join"]["ready_ms"]),
                text(&report["join"]["history_ms"])
            ),
        ),
        (
            "Accepted / offered",
            format!(
                "{} / {}",
                report["statements"]["accepted"], report["statements"]["offered"]
            ),
        ),
    ];
    let rows = rows.map(|(name, value)| [name.to_owned(), value]);
    let conditions = &report["conditions"];
    format!(
        "{}\n{} validators, {} workload, {} event(s) a statement, {} statements/s offered for {} s, {} objects, {} dead, one {} ms away, round trip {} ms, loss {} ({})\n{}, {} cores, {} MB, Linux {}, commit {}, {} build, {}\n",
        output::table(["Measured", "Value"], rows),
        run["validators"],
        text(&run["workload"]),
        run["events_per_statement"],
        run["rate"],
        run["seconds"],
        run["preload"],
        run["dead"],
        run["slow_ms"],
        run["rtt_ms"],
        run["loss"],
        text(&run["links"]),
        text(&conditions["processor"]),
        conditions["cores"],
        conditions["memory_mb"],
        text(&conditions["kernel"]),
        text(&conditions["commit"]),
        text(&conditions["build"]),
        text(&conditions["date"]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_no_node_told_of_is_not_measured() {
        let counters = |part: &str, accepted: u64| Counters {
            metrics: vec![format!("{part}convoy_statements_accepted_total {accepted}\n"); 2],
            ..Counters::default()
        };
        let before = counters("a_sum 1.0\nb_sum 0.5\n", 100);
        let after = counters("a_sum 3.0\nb_sum 0.5\n", 200);
        assert_eq!(
            per_statement(&before, &after, &["a_sum", "b_sum"]),
            Some(0.02)
        );
        assert_eq!(
            per_statement(&before, &after, &["b_sum"]),
            None,
            "it did not move"
        );
        assert_eq!(
            per_statement(&before, &after, &["a_sum", "c_sum"]),
            None,
            "no such metric"
        );
    }

    #[test]
    fn metrics_are_summed_over_the_labels_asked_for() {
        let text = "# HELP a b\na{part=\"state\"} 1.5\na{part=\"sync\"} 2\nab 9\n";
        assert_eq!(metric(text, "a", "state"), Some(1.5));
        assert_eq!(metric(text, "a", ""), Some(3.5));
        assert_eq!(metric(text, "a", "other"), None);
        assert_eq!(metric(text, "ab", ""), Some(9.0));
    }
}
