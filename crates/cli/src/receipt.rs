//! `convoy receipt`: a statement with its proof, or what the ledger's state says of a record, as a file that needs no network.

use crate::{
    connection::Node,
    failure::{Attempt as _, Failure, Outcome},
    output::Screen,
    record::{Named, Record},
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
/// The options that name a record of the state in the place of a statement.
const RECORD: [&str; 2] = ["object", "record"];

/// Which statement or record, which proof.
#[derive(Args, Debug)]
pub struct Options {
    /// The statement's id
    #[arg(required_unless_present_any = RECORD, conflicts_with_all = RECORD)]
    id: Option<StatementId>,
    /// Where to write it
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Receipts of these members only, such as est,fra [default: every member that has signed]
    #[arg(long, value_delimiter = ',', value_name = "MEMBERS", conflicts_with_all = RECORD)]
    members: Vec<MemberId>,
    /// Receipts under these algorithms only: ed25519, ml-dsa-65 [default: all]
    #[arg(long, value_delimiter = ',', value_name = "ALGORITHMS", value_parser = algorithm, conflicts_with_all = RECORD)]
    algorithms: Vec<Algorithm>,
    /// The compact receipt: proved by the validators' own certificate, small enough for a QR code
    #[arg(long, conflicts_with_all = ["members", "algorithms", "object", "record"])]
    compact: bool,
    #[command(flatten)]
    named: Named,
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
    let record = options.named.record()?;
    let proof = match (&options.id, &record) {
        (_, Some(record)) => Proof::State(record),
        (Some(id), None) if options.compact => Proof::Compact(id),
        (Some(id), None) => Proof::Transparent(id, &options.members, &options.algorithms),
        (None, None) => return Err(Failure::usage("name a statement, an object or a record")),
    };
    let bytes = fetch(&client, &proof).await?;
    write(&options.output, &bytes)?;
    if let Some(file) = &options.trust {
        write(file, &trust(&client).await?)?;
    }
    screen.result(
        || format!("{} ({} bytes)", options.output.display(), bytes.len()),
        || json!({"file": options.output, "bytes": bytes.len(), "compact": options.compact, "record": record.as_ref().map(|record| &record.name), "trust": options.trust}),
    );
    screen.hint(format!(
        "Verify it with no network: convoy verify {} --trust {}{}",
        options.output.display(),
        options
            .trust
            .as_deref()
            .unwrap_or(Path::new("TRUSTFILE"))
            .display(),
        options.named.again(),
    ));
    Ok(())
}

/// Which proof of what.
pub enum Proof<'a> {
    /// A statement with path, block header and the validators' certificate.
    Compact(&'a StatementId),
    /// A statement with receipts of these members under these algorithms; all where empty.
    Transparent(&'a StatementId, &'a [MemberId], &'a [Algorithm]),
    /// That the record is in the state, or is not.
    State(&'a Record),
}

/// The proof, as soon as it can be made.
pub async fn fetch(client: &Client, proof: &Proof<'_>) -> Outcome<Vec<u8>> {
    let started = Instant::now();
    loop {
        let answer = match proof {
            Proof::Compact(id) => client.compact(id).await,
            Proof::Transparent(id, members, algorithms) => {
                client.transparent(id, members, algorithms).await
            }
            Proof::State(record) => {
                let table = (record.table.module, record.table.name);
                client.state_proof(table, &record.key).await
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
