//! Traces for an OpenTelemetry collector: the life of a sample of statements, over all nodes.
//!
//! ```text
//! statement ├─ admit ─┼─ propose ─┼─ verify ─┼─ commit ─┬─ project
//!                                                       └─ prove
//! ```
//!
//! A statement's trace has the first half of its id as its trace id, and its root the next eight bytes as span id, so that every node's
//! spans come together without a word between them. The node it was submitted to tells the root and the stages before the block; each
//! node tells when it had executed, kept, projected and proved it. Sent as OTLP over HTTP in its JSON form, one request a second at
//! most. What cannot be delivered is dropped: a trace is a convenience, and the ledger has the facts.
//!
//! Nothing of a statement's content is told: ids, member, block, outcome and times only.

use crate::{
    app::App,
    outbound::{Post, Sender, guard::Guard},
};
use convoy_node::{
    life::{Passed, Stage},
    traced::Traced,
};
use serde_json::{Value, json};
use std::time::Duration;

/// How often traces are sent.
const EVERY: Duration = Duration::from_secs(1);
/// Blocks behind the newest one after which a statement is told even if there is no receipt for it yet.
const PATIENCE_BLOCKS: u64 = 20;

/// Sends traces until the node stops; returns at once where no collector is configured.
pub async fn run(app: App) {
    let Some(config) = app.node().config().telemetry.clone() else {
        return;
    };
    // The operator names the collector, who may be on this machine.
    let sender = Sender::new(Guard {
        plain_http: true,
        private_addresses: true,
        hosts: Vec::new(),
    });
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut failing = false;
    loop {
        tokio::select! {
            () = app.closed() => return,
            _ = tick.tick() => {}
        }
        let spans = ready(&app);
        if spans.is_empty() {
            continue;
        }
        let post = Post {
            to: &config.traces,
            kind: "application/json",
            headers: Vec::new(),
            body: request(&app, spans).to_string().into(),
        };
        let fault = match sender.send(&post).await {
            Ok(200..=299) => None,
            Ok(status) => Some(format!("it answers {status}")),
            Err(fault) => Some(fault),
        };
        // Said once, not once a second.
        match fault {
            Some(fault) if !failing => {
                tracing::warn!(
                    to = config.traces,
                    fault,
                    "traces are lost: the collector does not take them"
                );
                failing = true;
            }
            None => failing = false,
            Some(_) => {}
        }
    }
}

/// The spans of all statements that are wholly through, or were waited for long enough.
fn ready(app: &App) -> Vec<Value> {
    let node = app.node();
    let tip = node.tip().map_or(0, |header| header.core.height);
    node.sample()
        .up_to(
            node.through_height()
                .max(tip.saturating_sub(PATIENCE_BLOCKS)),
        )
        .iter()
        .flat_map(|traced| spans(traced, &node.passed(&traced.id, &traced.place)))
        .collect()
}

/// The spans of one statement as this node saw its life.
fn spans(traced: &Traced, life: &[Passed]) -> Vec<Value> {
    let id = traced.id.0.0;
    let root = hex::encode(&id[16..24]);
    let at = |stage| {
        life.iter()
            .find(|passed| passed.stage == stage)
            .map(|passed| passed.time_ms)
    };
    let mut spans = Vec::new();
    let mut before = None;
    for passed in life {
        let begins = match passed.stage {
            Stage::Prove => at(Stage::Commit),
            _ => before,
        };
        before = Some(passed.time_ms);
        let Some(begins) = begins else {
            continue;
        };
        let mut span = span(traced, passed.stage.word(), begins, passed.time_ms);
        span["spanId"] = json!(hex::encode(rand::random::<[u8; 8]>()));
        span["parentSpanId"] = json!(root);
        spans.push(span);
    }
    if let (Some(first), Some(last)) = (at(Stage::Submit), before) {
        let mut whole = span(traced, "statement", first, last);
        whole["spanId"] = json!(root);
        if let Some(number) = traced.refused {
            // An error to whoever sent it; its message is the number, whose words are in the reference.
            whole["status"] = json!({"code": 2, "message": format!("refused: {number}")});
        }
        spans.push(whole);
    }
    spans
}

fn span(traced: &Traced, name: &str, begins_ms: u64, ends_ms: u64) -> Value {
    let nanoseconds = |ms: u64| format!("{ms}000000");
    json!({
        "traceId": hex::encode(&traced.id.0.0[..16]),
        "name": name,
        "kind": 1,
        "startTimeUnixNano": nanoseconds(begins_ms.min(ends_ms)),
        "endTimeUnixNano": nanoseconds(ends_ms),
        "attributes": [
            text("convoy.statement", &traced.id.to_string()),
            text("convoy.member", &traced.member),
            {"key": "convoy.height", "value": {"intValue": traced.place.height.to_string()}},
        ],
    })
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

/// The request as the protocol has it.
fn request(app: &App, spans: Vec<Value>) -> Value {
    let info = app.node().info();
    json!({"resourceSpans": [{
        "resource": {"attributes": [
            text("service.name", "convoy"),
            text("service.namespace", &info.network.to_string()),
            text("service.instance.id", info.member.as_str()),
            text("service.version", env!("CARGO_PKG_VERSION")),
        ]},
        "scopeSpans": [{"scope": {"name": "convoy"}, "spans": spans}],
    }]})
}
