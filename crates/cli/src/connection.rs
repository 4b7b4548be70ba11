//! Which node to talk to, and in whose name.

use crate::{
    failure::{Attempt as _, Failure, Outcome},
    key,
};
use clap::Args;
use convoy_client::{Client, Https, OnError, Signer, State, Status};
use convoy_modules::custody::{self, types::Action};
use convoy_types::{StatementId, cbor, epcis::json::parse_document};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How often a node is asked again.
const POLL_EVERY: Duration = Duration::from_millis(5);
/// How long a command waits until its statement is final.
pub const FINAL_WITHIN: Duration = Duration::from_secs(60);

/// The node.
#[derive(Args, Debug, Clone)]
pub struct Node {
    /// Address of the node
    #[arg(
        long,
        value_name = "URL",
        env = "CONVOY_NODE",
        default_value = "http://127.0.0.1:8101"
    )]
    node: String,
    /// File with your token at that node; otherwise CONVOY_TOKEN. A token is never an argument: others could see it
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// File with the network's certificate authority (ca.pem), for an https address; otherwise the system's authorities are trusted
    #[arg(long, value_name = "FILE", env = "CONVOY_CA")]
    ca: Option<PathBuf>,
    /// File with this machine's certificate, made by `convoy key certificate`, in place of a token. Its key lies beside it with the ending .key
    #[arg(long, value_name = "FILE", env = "CONVOY_CERTIFICATE")]
    certificate: Option<PathBuf>,
}

impl Node {
    /// A client of the node.
    pub fn client(&self) -> Outcome<Client> {
        let token = match &self.token_file {
            Some(file) => Some(
                std::fs::read_to_string(file)
                    .attempt(|| format!("read the token in {}", file.display()))?,
            ),
            None => std::env::var("CONVOY_TOKEN").ok(),
        };
        let token = token.as_deref().map(str::trim);
        Ok(Client::with_https(&self.node, token, &self.https()?)?)
    }

    fn https(&self) -> Outcome<Https> {
        let read = |file: &Path| {
            std::fs::read(file).attempt(|| format!("read the certificate in {}", file.display()))
        };
        let machine = self.certificate.as_deref().map(|file| {
            let key = file.with_extension("key");
            let key = std::fs::read(&key).attempt(|| format!("read the key in {}", key.display()));
            Ok::<_, Failure>((read(file)?, key?))
        });
        Ok(Https {
            authorities: self.ca.as_deref().map(read).transpose()?,
            machine: machine.transpose()?,
        })
    }
}

/// In whose name.
#[derive(Args, Debug, Clone)]
pub struct Author {
    /// Sign here with your own key of this name; otherwise the node signs with the key it holds for your token
    #[arg(long = "as", value_name = "KEY")]
    key: Option<String>,
    /// Your lane for this program: independent sequences, so that a desk and a scanner do not wait for each other
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..64))]
    lane: u8,
    #[command(flatten)]
    store: key::Store,
}

impl Author {
    /// A hand that acts through `client`.
    pub async fn hand(&self, client: Client) -> Outcome<Hand> {
        let Some(name) = &self.key else {
            return Ok(Hand::of_node(client));
        };
        let (did, key) = self.store.signer(name)?;
        let signer = Signer::load(&client, did, key, self.lane).await?;
        Ok(Hand {
            client,
            signer: Some(signer),
        })
    }
}

/// Acts on the ledger: through a key of one's own, or through the one the node holds.
#[derive(Debug, Clone)]
pub struct Hand {
    /// The node.
    pub client: Client,
    /// One's own key.
    pub signer: Option<Signer>,
}

/// Something that became final.
#[derive(Debug, Clone)]
pub struct Done {
    /// The statements.
    pub statements: Vec<StatementId>,
    /// From submission to finality, as seen here.
    pub took: Duration,
}

impl Hand {
    /// The node signs.
    pub fn of_node(client: Client) -> Self {
        Self {
            client,
            signer: None,
        }
    }

    /// Does `action` and waits until it is final.
    ///
    /// # Errors
    /// The refusal, by name, at the door or by the ledger.
    pub async fn act(&self, action: &Action) -> Outcome<Done> {
        self.act_on(custody::NAME, cbor::to_vec(action), json!(action))
            .await
    }

    /// Does an action of `module`, given encoded and as JSON, and waits until it is final.
    ///
    /// # Errors
    /// As [`Hand::act`].
    pub async fn act_on(&self, module: &str, body: Vec<u8>, json: Value) -> Outcome<Done> {
        let started = Instant::now();
        let id = match &self.signer {
            Some(signer) => {
                let statement = signer.sign_with(|builder| builder.action(module, body))?;
                self.client.submit(&statement).await?
            }
            None => self.client.act(&[(module, json)], None).await?,
        };
        self.done(id, started).await
    }

    /// Captures an EPCIS document and waits until all of it is final.
    ///
    /// # Errors
    /// The rules broken, each with its place in the document; or the refusal by the ledger.
    pub async fn capture(&self, document: Vec<u8>, on_error: OnError) -> Outcome<Done> {
        let started = Instant::now();
        let Some(signer) = &self.signer else {
            let job = self
                .client
                .capture_and_follow(document, on_error, FINAL_WITHIN)
                .await?;
            if !job.success {
                let errors = job.errors.iter().map(|error| {
                    format!(
                        "{} at `{}` ({}). {}",
                        error.detail, error.pointer, error.rule, error.remedy
                    )
                });
                return Err(Failure::refused(errors.collect::<Vec<_>>().join("; "))
                    .details(json!(job.errors)));
            }
            let took = started.elapsed();
            if let Some(last) = job.statements.last() {
                let status = self.client.status(last, Duration::ZERO).await?;
                answered(&self.client, status.height).await?;
            }
            return Ok(Done {
                statements: job.statements,
                took,
            });
        };
        let document = parse_document(&document).map_err(|errors| {
            let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
            Failure::refused(format!(
                "the document breaks {} rule(s):\n  {}",
                lines.len(),
                lines.join("\n  ")
            ))
        })?;
        let statement = signer.sign_with(|builder| {
            document.events.into_iter().fold(builder, |builder, event| {
                builder.action(
                    custody::NAME,
                    cbor::to_vec(&Action::Capture(Box::new(event))),
                )
            })
        })?;
        let id = self.client.submit(&statement).await?;
        self.done(id, started).await
    }

    async fn done(&self, id: StatementId, started: Instant) -> Outcome<Done> {
        let status = self.client.follow(&id, FINAL_WITHIN).await?;
        let took = started.elapsed();
        accepted(&status)?;
        answered(&self.client, status.height).await?;
        Ok(Done {
            statements: vec![id],
            took,
        })
    }
}

/// Waits until the node's queries answer for `height`: whoever acts can read what they did. The read model is milliseconds behind the ledger.
///
/// # Errors
/// It stays behind; the statement is final all the same.
pub async fn answered(client: &Client, height: Option<u64>) -> Outcome {
    let asked = Instant::now();
    while projected_height(client).await? < height.unwrap_or(0) {
        if asked.elapsed() > FINAL_WITHIN {
            return Err(Failure::environment(
                "the statement is final, but the node's read model is far behind",
            )
            .remedy("`convoy node status` says how it is; `convoy node reindex` builds it anew"));
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
    Ok(())
}

/// The height up to which the node's queries answer.
pub async fn projected_height(client: &Client) -> Outcome<u64> {
    let health: serde_json::Value = client.get(&["v1", "health"], &[]).await?;
    health["projected_height"]
        .as_u64()
        .ok_or_else(|| Failure::environment("the node does not say up to which block it answers"))
}

/// Fails with the refusal unless the statement was accepted.
pub fn accepted(status: &Status) -> Outcome {
    if status.state == State::Accepted {
        return Ok(());
    }
    match &status.refusal {
        Some(problem) => Err(convoy_client::ClientError::Problem(Box::new(problem.clone())).into()),
        None => Err(Failure::refused(format!(
            "statement {} is {}",
            status.id,
            status.state.word()
        ))),
    }
}
