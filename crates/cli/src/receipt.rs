//! `convoy receipt`: a statement with its proof, as a file that needs no network.

use crate::{
    connection::Node,
    failure::{Attempt as _, Failure, Outcome},
    output::Screen,
};
use clap::Args;
use convoy_client::{Algorithm, Client};
use convoy_types::{MemberId, StatementId};
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How long a receipt may take after its statement is final: tree heads are signed at most ten times a second.
const RECEIPT_WITHIN: Duration = Duration::from_secs(30);
const POLL_EVERY: Duration = Duration::from_millis(50);

/// Which statement, which proof.
#[derive(Args, Debug)]
pub struct Options {
    /// The statement's id
    id: StatementId,
    /// Where to write it
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Receipts of these members only, such as est,fra [default: every member that has signed]
    #[arg(long, value_delimiter = ',', value_name = "MEMBERS")]
    members: Vec<MemberId>,
    /// Receipts under these algorithms only: ed25519, ml-dsa-65 [default: all]
    #[arg(long, value_delimiter = ',', value_name = "ALGORITHMS", value_parser = algorithm)]
    algorithms: Vec<Algorithm>,
    /// The compact receipt: proved by the validators' own certificate, small enough for a QR code
    #[arg(long, conflicts_with_all = ["members", "algorithms"])]
    compact: bool,
    /// Also write the trust file that `convoy verify` needs
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    #[command(flatten)]
    node: Node,
}

/// The algorithm of this name.
pub fn algorithm(name: &str) -> Result<Algorithm, String> {
    match name {
        "ed25519" => Ok(Algorithm::Ed25519),
        "ml-dsa-65" => Ok(Algorithm::MlDsa65),
        _ => Err("tree heads are signed with ed25519 and ml-dsa-65".into()),
    }
}

/// Fetches the receipt and writes it.
pub async fn run(options: &Options, screen: Screen) -> Outcome {
    let client = options.node.client()?;
    let proof = if options.compact {
        Proof::Compact
    } else {
        Proof::Transparent(&options.members, &options.algorithms)
    };
    let bytes = fetch(&client, &options.id, &proof).await?;
    write(&options.output, &bytes)?;
    if let Some(file) = &options.trust {
        write(file, &trust(&client).await?)?;
    }
    screen.result(
        || format!("{} ({} bytes)", options.output.display(), bytes.len()),
        || json!({"file": options.output, "bytes": bytes.len(), "compact": options.compact, "trust": options.trust}),
    );
    screen.hint(format!(
        "Verify it with no network: convoy verify {} --trust {}",
        options.output.display(),
        options
            .trust
            .as_deref()
            .unwrap_or(Path::new("TRUSTFILE"))
            .display()
    ));
    Ok(())
}

/// Which proof of a statement.
pub enum Proof<'a> {
    /// Path, block header and the validators' certificate.
    Compact,
    /// Receipts of these members under these algorithms; all where empty.
    Transparent(&'a [MemberId], &'a [Algorithm]),
}

/// The statement with its proof, as soon as it can be made.
pub async fn fetch(client: &Client, id: &StatementId, proof: &Proof<'_>) -> Outcome<Vec<u8>> {
    let started = Instant::now();
    loop {
        let answer = match proof {
            Proof::Compact => client.compact(id).await,
            Proof::Transparent(members, algorithms) => {
                client.transparent(id, members, algorithms).await
            }
        };
        match answer {
            Ok(bytes) => return Ok(bytes.to_vec()),
            Err(error)
                if started.elapsed() < RECEIPT_WITHIN
                    && error.problem().is_some_and(|problem| problem.retryable) =>
            {
                tokio::time::sleep(POLL_EVERY).await;
            }
            Err(error) => return Err(Failure::from(error)),
        }
    }
}

/// The network's trust file, as bytes of JSON.
pub async fn trust(client: &Client) -> Outcome<Vec<u8>> {
    Ok(client
        .get_bytes(&["v1", "trust"], &[], "application/json")
        .await?
        .to_vec())
}

fn write(file: &Path, bytes: &[u8]) -> Outcome {
    std::fs::write(file, bytes).attempt(|| format!("write {}", file.display()))
}
