//! `convoy node audit`: check the audit log on the disk, and look into it through the interface.
//!
//! Checking shows numbers and hashes only, so the operator may do it. What the log says is for auditors, and the node logs that they asked.

use crate::{
    clock, connection,
    failure::{Attempt as _, Failure, Outcome},
    node::{self, ConfigFile},
    output::{self, Screen},
};
use clap::{Args, Subcommand};
use convoy_node::audit::{
    FOLDER,
    verify::{Noted, verify},
};
use serde_json::{Value, json};
use std::path::PathBuf;

/// What to do with the audit log.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Check that no entry was altered, removed or cut off, and that the log still has what was noted of it
    Verify {
        #[command(flatten)]
        file: ConfigFile,
        /// The log's folder, such as a copy of it; otherwise that of the configured node
        #[arg(long, value_name = "FOLDER")]
        folder: Option<PathBuf>,
        /// What an earlier check told: the number and the hash of the last entry
        #[arg(long, value_name = "NUMBER:HASH")]
        noted: Option<Noted>,
    },
    /// List entries, the newest first. Takes a token of a signer with the role auditor
    List(List),
}

/// Which entries.
#[derive(Args, Debug)]
pub struct List {
    #[command(flatten)]
    node: connection::Node,
    /// At or after this time, such as 2026-11-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// By a signer or token whose name holds this
    #[arg(long, value_name = "TEXT")]
    who: Option<String>,
    /// Of this kind, or with this in what was asked, the records or the detail
    #[arg(long, value_name = "TEXT")]
    what: Option<String>,
    /// How many at most
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    limit: usize,
    /// From `next` of the page before
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
}

/// Does what the command says.
pub fn run(command: Command, screen: Screen) -> Outcome {
    match command {
        Command::Verify {
            file,
            folder,
            noted,
        } => check(&file, folder, noted, screen),
        Command::List(list) => crate::block_on(entries(&list, screen)),
    }
}

fn check(
    file: &ConfigFile,
    folder: Option<PathBuf>,
    noted: Option<Noted>,
    screen: Screen,
) -> Outcome {
    let folder = match folder {
        Some(folder) => folder,
        None => node::read(&file.config)?.data.join(FOLDER),
    };
    let report =
        verify(&folder, noted).attempt(|| format!("read the audit log in {}", folder.display()))?;
    screen.result(
        || {
            let mut told = vec![
                ("Files", report.files.to_string()),
                (
                    "Entries",
                    format!("{} ({} to {})", report.entries, report.first, report.last),
                ),
                ("Last", format!("{}:{}", report.last, report.hash)),
            ];
            for fault in &report.faults {
                let place = match fault.line {
                    0 => fault.file.clone(),
                    line => format!("{}, line {line}", fault.file),
                };
                told.push(("Wrong", format!("{place}: {}", fault.fault)));
            }
            output::facts(told)
        },
        || json!(report),
    );
    match report.whole {
        true => {
            screen.hint("Note the last entry elsewhere and hand it back with --noted: that shows whether the log was written anew.");
            Ok(())
        }
        false => Err(
            Failure::refused("the audit log is not as it was written".to_owned()).remedy(
                "keep the folder as it is, copy it, and compare with what was sent to syslog",
            ),
        ),
    }
}

async fn entries(list: &List, screen: Screen) -> Outcome {
    let client = list.node.client()?;
    let limit = list.limit.to_string();
    let mut query: Vec<(&str, &str)> = vec![("limit", &limit)];
    for (name, value) in [
        ("from", &list.from),
        ("to", &list.to),
        ("who", &list.who),
        ("what", &list.what),
        ("cursor", &list.cursor),
    ] {
        query.extend(value.as_deref().map(|value| (name, value)));
    }
    let page: Value = client.get(&["v1", "audit"], &query).await?;
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap_or("-").to_owned();
    screen.result(
        || {
            let rows = page["entries"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|entry| {
                    let who = match entry["who"].as_str() {
                        Some(who) => who.to_owned(),
                        None => text(entry, "token"),
                    };
                    [
                        entry["n"].to_string(),
                        clock::utc(entry["time_ms"].as_u64().unwrap_or(0)),
                        text(entry, "kind"),
                        text(entry, "outcome"),
                        who,
                        text(entry, "what"),
                    ]
                });
            output::table(["Entry", "Time", "Kind", "Outcome", "Who", "What"], rows)
        },
        || page.clone(),
    );
    if let Some(next) = page["next"].as_str() {
        screen.hint(format!("There are older ones: add --cursor {next}."));
    }
    Ok(())
}
