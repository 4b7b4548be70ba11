//! What a node that joins says of itself until it serves, on standard error.

use crate::output::Screen;
use convoy_client::Client;
use serde_json::Value;
use std::{net::SocketAddr, time::Duration};

/// How often it is asked.
const EVERY: Duration = Duration::from_millis(500);

/// Tells each change until the node is ready. Runs beside the node, on a thread of its own.
pub fn watch(api: SocketAddr, screen: Screen) {
    std::thread::spawn(move || {
        // A watcher that cannot start tells nothing; the node runs all the same.
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
        else {
            return;
        };
        runtime.block_on(follow(api, screen));
    });
}

async fn follow(api: SocketAddr, screen: Screen) {
    let Ok(client) = Client::new(&format!("http://{api}"), None) else {
        return;
    };
    let mut said = String::new();
    loop {
        let health: Result<Value, _> = client.get(&["v1", "health"], &[]).await;
        let (ready, text) = match health {
            Ok(health) => (health["ready"] == true, words(&health)),
            Err(_) => (
                false,
                "connecting, and taking over the present state".to_owned(),
            ),
        };
        if text != said {
            screen.hint(&text);
            said = text;
        }
        if ready {
            return;
        }
        tokio::time::sleep(EVERY).await;
    }
}

fn words(health: &Value) -> String {
    let height = health["height"].as_u64().unwrap_or(0);
    if health["ready"] == true {
        return format!("Ready at block {height}: the node follows, answers and proves.");
    }
    let reasons = health["reasons"].as_array().into_iter().flatten();
    let reasons: Vec<&str> = reasons.filter_map(Value::as_str).collect();
    reasons.join("; ")
}
