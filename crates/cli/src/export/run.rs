//! `convoy network export`: block after block through a node's interface into a folder.
//!
//! Invariants: a file is there whole or not at all; `unfinished.json` counts only what is there, so the same command goes on where it
//! stopped; the manifest is written last.

use super::{
    document, events_of,
    folder::{
        self, FileEntry, Folder, MANIFEST, Manifest, README, TRUST, Tip, UNFINISHED, Unfinished,
        VERSION, WITHHELD, Withheld,
    },
};
use crate::{
    clock,
    connection::Node,
    failure::{Attempt as _, Failure, Outcome},
    output::{self, Screen},
    receipt,
};
use bytes::Bytes;
use clap::Args;
use convoy_client::{Algorithm, Client, ClientError};
use convoy_types::{
    Digest, StatementId,
    epcis::Event,
    receipt::{LoggedBlock, TransparentStatement},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

/// Statements asked for at the same time.
const AT_ONCE: usize = 8;
/// A part of the statements ends with the one that reaches this, bytes: it is held in memory when written and when checked.
const PART_BYTES: usize = 32 << 20;
/// How long to wait for a block that has a certificate of its own.
const CERTIFIED_WITHIN: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(200);
/// A line of progress at most this often.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// Where to, how much.
#[derive(Args, Debug)]
pub struct Options {
    /// The folder to write. One that holds an export under way is gone on with
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The last block that has to be in it [default: the last one when the export starts]
    #[arg(long, value_name = "HEIGHT")]
    until: Option<u64>,
    /// Receipts under these algorithms: ed25519, ml-dsa-65 (3.3 kB for each member and statement)
    #[arg(long, value_delimiter = ',', value_name = "ALGORITHMS", default_value = "ed25519", value_parser = receipt::algorithm)]
    algorithms: Vec<Algorithm>,
    #[command(flatten)]
    node: Node,
}

/// Exports everything that the token may read.
pub async fn run(options: &Options, screen: Screen) -> Outcome {
    let client = options.node.client()?;
    let mut export = Export::open(options, &client, screen).await?;
    let folder = export.folder.clone();
    folder.write(TRUST, &receipt::trust(&client).await?)?;
    while !export.is_complete() {
        export.next_part().await?;
    }
    export.directory().await?;
    let manifest = export.finish().await?;
    screen.result(
        || describe(&manifest, &folder),
        || json!({"folder": folder.0, "manifest": summary(&manifest)}),
    );
    if manifest.withheld > 0 {
        screen.hint(format!(
            "The node did not give {} statements; {WITHHELD} says why.",
            manifest.withheld
        ));
    }
    screen.hint(format!(
        "Check it on a machine with no network: convoy network import --verify {}",
        folder.0.display()
    ));
    Ok(())
}

fn summary(manifest: &Manifest) -> Value {
    let mut value = json!(manifest);
    value["files"] = json!(manifest.files.len());
    value
}

fn describe(manifest: &Manifest, folder: &Folder) -> String {
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    output::facts([
        ("Network", manifest.network.to_string()),
        ("Folder", folder.0.display().to_string()),
        ("Blocks", format!("{} to {}", manifest.first, manifest.last)),
        ("Statements", manifest.statements.to_string()),
        ("Withheld", manifest.withheld.to_string()),
        ("EPCIS events", manifest.events.to_string()),
        (
            "Log",
            format!("{} entries, root {}", manifest.log_size, manifest.log_root),
        ),
        ("Files", format!("{} ({bytes} bytes)", manifest.files.len())),
    ])
}

/// An export under way.
struct Export<'a> {
    client: &'a Client,
    options: &'a Options,
    folder: Folder,
    state: Unfinished,
    screen: Screen,
    told: Instant,
}

/// Statements that are being gathered into one file.
#[derive(Default)]
struct Part {
    number: u32,
    bytes: Vec<u8>,
    events: Vec<Event>,
    time_ms: u64,
}

impl<'a> Export<'a> {
    async fn open(options: &'a Options, client: &'a Client, screen: Screen) -> Outcome<Self> {
        let folder = Folder(options.out.clone());
        if folder.has(MANIFEST) {
            return Err(
                Failure::usage(format!("{} holds a finished export", folder.0.display())).remedy(
                    "choose another folder, or check this one: convoy network import --verify",
                ),
            );
        }
        let network = client.network().await?;
        let state = if folder.has(UNFINISHED) {
            folder.read_json::<Unfinished>(UNFINISHED)?
        } else {
            empty(&folder)?;
            Unfinished {
                network: network.network.clone(),
                until: options.until.unwrap_or(network.height),
                next: 1,
                tip: None,
                statements: 0,
                events: 0,
                withheld: Vec::new(),
            }
        };
        if state.network != network.network {
            return Err(Failure::usage(format!(
                "{} holds an export of {}, this node is of {}",
                folder.0.display(),
                state.network,
                network.network
            )));
        }
        if state.until == 0 || state.until > network.height {
            return Err(Failure::usage(format!(
                "block {} is asked for and the node has {}",
                state.until, network.height
            ))
            .remedy("give --until a height from 1 to the node's, or leave it out"));
        }
        if state.next > 1 {
            screen.hint(format!("Going on with block {}.", state.next));
        }
        folder.write_json(UNFINISHED, &state)?;
        folder.clear(state.next)?;
        Ok(Self {
            client,
            options,
            folder,
            state,
            screen,
            told: Instant::now(),
        })
    }

    fn is_complete(&self) -> bool {
        self.state
            .tip
            .is_some_and(|tip| tip.height >= self.state.until)
    }

    /// Blocks as one answer holds them, with their statements.
    async fn next_part(&mut self) -> Outcome {
        let blocks = self.blocks().await?;
        let Some(last) = blocks.last().map(|block| block.header.core) else {
            return Ok(());
        };
        let first = self.state.next;
        self.statements(first, &blocks).await?;
        let log: Vec<u8> = blocks.iter().flat_map(LoggedBlock::encode).collect();
        self.folder.write(&folder::log_path(first), &log)?;
        self.state.next = last.height + 1;
        self.state.tip = Some(Tip {
            height: last.height,
            log_size: last.log_size,
            log_root: last.log_root,
        });
        self.folder.write_json(UNFINISHED, &self.state)?;
        if self.told.elapsed() > TELL_EVERY {
            self.told = Instant::now();
            self.screen.hint(format!(
                "Block {} of {}, {} statements",
                last.height, self.state.until, self.state.statements
            ));
        }
        Ok(())
    }

    /// The next blocks, cut behind the first certified one that reaches the end.
    async fn blocks(&self) -> Outcome<Vec<LoggedBlock>> {
        let asked = Instant::now();
        loop {
            let (_, mut blocks) = self.client.log(self.state.next).await?;
            let ends = |block: &LoggedBlock| {
                block.header.core.height >= self.state.until && block.certificate.is_some()
            };
            match blocks.iter().position(ends) {
                Some(end) => blocks.truncate(end + 1),
                // Past the end, and the last block has no certificate of its own yet: the export ends with one that has.
                None => blocks.retain(|block| block.header.core.height < self.state.until),
            }
            if !blocks.is_empty() {
                return Ok(blocks);
            }
            if asked.elapsed() > CERTIFIED_WITHIN {
                return Err(Failure::environment(format!(
                    "no block from {} on became final with a certificate within {} s",
                    self.state.next,
                    CERTIFIED_WITHIN.as_secs()
                ))
                .remedy(
                    "see `convoy node status`; the same command goes on where this one stopped",
                ));
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
    }

    async fn statements(&mut self, first: u64, blocks: &[LoggedBlock]) -> Outcome {
        let wanted: Vec<_> = blocks
            .iter()
            .flat_map(|block| {
                let core = block.header.core;
                let accepted = usize::try_from(core.accepted).unwrap_or(usize::MAX);
                let numbered = block.ids.iter().enumerate();
                numbered.map(move |(at, id)| (*id, core.height, core.time_ms, at < accepted))
            })
            .collect();
        let (client, algorithms) = (self.client.clone(), self.options.algorithms.clone());
        let mut fetched = stream::iter(wanted)
            .map(|(id, height, time_ms, accepted)| {
                let (client, algorithms) = (client.clone(), algorithms.clone());
                async move {
                    let given = fetch(&client, &id, &algorithms).await?;
                    Ok::<_, Failure>((id, height, time_ms, accepted, given))
                }
            })
            .buffered(AT_ONCE);
        let mut part = Part::default();
        let mut counts = (0, 0, Vec::new());
        while let Some((id, height, time_ms, accepted, given)) = fetched.try_next().await? {
            match given {
                Ok(bytes) => {
                    let statement = TransparentStatement::decode(&bytes)
                        .attempt(|| format!("read statement {id}"))?
                        .statement;
                    if accepted {
                        part.events.extend(events_of(&statement));
                    }
                    part.bytes.extend_from_slice(&bytes);
                    part.time_ms = time_ms;
                    counts.0 += 1;
                }
                Err(reason) => counts.2.push(Withheld { id, height, reason }),
            }
            if part.bytes.len() >= PART_BYTES {
                counts.1 += self.put(first, &mut part)?;
            }
        }
        counts.1 += self.put(first, &mut part)?;
        self.state.statements += counts.0;
        self.state.events += counts.1;
        self.state.withheld.append(&mut counts.2);
        Ok(())
    }

    /// Writes a part and begins the next; says how many events it had.
    fn put(&self, first: u64, part: &mut Part) -> Outcome<u64> {
        if part.bytes.is_empty() {
            return Ok(0);
        }
        let path = folder::statements_path(first, part.number);
        self.folder.write(&path, &part.bytes)?;
        let events = part.events.len() as u64;
        if events > 0 {
            let document = document(&part.events, part.time_ms).ok_or_else(|| {
                Failure::refused(format!("block time {} is no time", part.time_ms))
            })?;
            let path = folder::epcis_path(first, part.number);
            self.folder.write_json(&path, &document)?;
        }
        *part = Part {
            number: part.number + 1,
            ..Part::default()
        };
        Ok(events)
    }

    /// Who takes part, as the node tells it.
    async fn directory(&self) -> Outcome {
        let network: Value = self.client.get(&["v1", "network"], &[]).await?;
        self.folder.write_json("network.json", &network)?;
        let members: Value = self.client.get(&["v1", "members"], &[]).await?;
        let mut signers = Vec::new();
        for member in members["members"].as_array().into_iter().flatten() {
            let member = member["member"].as_str().unwrap_or_default();
            signers.append(&mut self.signers_of(member).await?);
        }
        self.folder.write_json("members.json", &members)?;
        self.folder
            .write_json("signers.json", &json!({ "signers": signers }))
    }

    async fn signers_of(&self, member: &str) -> Outcome<Vec<Value>> {
        let path = ["v1", "modules", "membership", "signers"];
        let mut signers = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut query = vec![("member", member)];
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page: Value = self.client.get(&path, &query).await?;
            signers.extend(page["signers"].as_array().into_iter().flatten().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(signers),
            }
        }
    }

    async fn finish(self) -> Outcome<Manifest> {
        let (folder, state) = (&self.folder, &self.state);
        let tip = state
            .tip
            .ok_or_else(|| Failure::environment("the export holds no block"))?;
        let network = self.client.network().await?;
        folder.write_json(WITHHELD, &state.withheld)?;
        folder.write(README, include_bytes!("readme.txt"))?;
        let mut files = Vec::new();
        for path in folder.files()? {
            if path == UNFINISHED || path == MANIFEST {
                continue;
            }
            let bytes = folder.read(&path)?;
            files.push(FileEntry {
                bytes: bytes.len() as u64,
                sha256: Digest::of(&bytes),
                path,
            });
        }
        let trust: Value = folder.read_json(TRUST)?;
        let genesis = trust["genesis"].as_str().and_then(|text| text.parse().ok());
        let manifest = Manifest {
            version: VERSION,
            network: state.network.clone(),
            genesis: genesis
                .ok_or_else(|| Failure::environment("the trust file has no genesis"))?,
            member: network.member.clone(),
            software: format!("convoy {}", env!("CARGO_PKG_VERSION")),
            made_ms: clock::now_ms(),
            first: 1,
            last: tip.height,
            log_size: tip.log_size,
            log_root: tip.log_root,
            statements: state.statements,
            withheld: state.withheld.len() as u64,
            events: state.events,
            files,
        };
        folder.write_json(MANIFEST, &manifest)?;
        let unfinished = folder.0.join(UNFINISHED);
        std::fs::remove_file(&unfinished).attempt(|| format!("remove {}", unfinished.display()))?;
        Ok(manifest)
    }
}

fn empty(folder: &Folder) -> Outcome {
    std::fs::create_dir_all(&folder.0)
        .attempt(|| format!("make the folder {}", folder.0.display()))?;
    if folder.files()?.is_empty() {
        return Ok(());
    }
    Err(
        Failure::usage(format!("the folder {} is not empty", folder.0.display()))
            .remedy("an export goes into a new folder, or on with one that it began"),
    )
}

/// The statement with its receipts, or why the node does not give it to this token.
async fn fetch(
    client: &Client,
    id: &StatementId,
    algorithms: &[Algorithm],
) -> Outcome<Result<Bytes, String>> {
    match client.transparent(id, &[], algorithms).await {
        Ok(bytes) => Ok(Ok(bytes)),
        Err(ClientError::Problem(problem)) if matches!(problem.status, 403 | 404) => {
            Ok(Err(problem.detail))
        }
        Err(error) => {
            Err(Failure::from(error).remedy("the same command goes on where this one stopped"))
        }
    }
}
