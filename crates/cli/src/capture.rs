//! `convoy capture`: EPCIS 2.0 documents onto the ledger.

use crate::{
    connection::{Author, Node},
    failure::{Attempt as _, Failure, Outcome},
    output::Screen,
};
use clap::Args;
use convoy_client::OnError;
use serde_json::json;
use std::path::PathBuf;

/// Which documents.
#[derive(Args, Debug)]
pub struct Options {
    /// EPCIS 2.0 documents in JSON-LD, captured in this order
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Capture the other events of a document when one is refused; otherwise nothing of the document is captured
    #[arg(long, conflicts_with = "key")]
    proceed: bool,
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    author: Author,
}

/// Captures the documents; stops at the first that is refused.
pub async fn run(options: &Options, screen: Screen) -> Outcome {
    let hand = options.author.hand(options.node.client()?).await?;
    let on_error = if options.proceed {
        OnError::Proceed
    } else {
        OnError::Rollback
    };
    let mut captured = Vec::new();
    for file in &options.files {
        let document = std::fs::read(file).attempt(|| format!("read {}", file.display()))?;
        let done = hand
            .capture(document, on_error)
            .await
            .map_err(|failure| Failure {
                what: format!("{}: {}", file.display(), failure.what),
                ..failure
            })?;
        screen.hint(format!(
            "{}: final in {} ms",
            file.display(),
            done.took.as_millis()
        ));
        captured.push(json!({
            "file": file,
            "statements": done.statements,
            "final_after_ms": done.took.as_millis() as u64,
        }));
    }
    let ids = || {
        captured
            .iter()
            .flat_map(|one| one["statements"].as_array().into_iter().flatten())
    };
    screen.result(
        || {
            ids()
                .filter_map(|id| id.as_str())
                .collect::<Vec<_>>()
                .join("\n")
        },
        || json!(captured),
    );
    Ok(())
}
