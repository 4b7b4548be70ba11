//! `convoy track`: one object's life as a table that a logistics officer reads.
//!
//! Claimed time and recorded time stand side by side; a wrong entry stays visible with what corrected it.

use crate::{
    clock,
    connection::Node,
    failure::{Attempt as _, Failure, Outcome},
    output::{self, Screen},
};
use clap::Args;
use convoy_client::Client;
use convoy_types::identifiers::Epc;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Which object.
#[derive(Args, Debug)]
pub struct Options {
    /// Its identifier in any form: an EPC (urn:epc:id:…), a GS1 Digital Link, a container number, a UII
    id: String,
    /// Your own names for places and objects: a TOML file of `"identifier" = "name"` lines
    #[arg(long, value_name = "FILE", env = "CONVOY_NAMES")]
    names: Option<PathBuf>,
    #[command(flatten)]
    node: Node,
}

/// Prints the trace.
pub async fn run(options: &Options, screen: Screen) -> Outcome {
    let names = options
        .names
        .as_deref()
        .map_or(Ok(Names::default()), Names::read)?;
    let trace = fetch(&options.node.client()?, &options.id).await?;
    screen.result(|| describe(&trace, &names), || trace.clone());
    Ok(())
}

/// Everything the node knows of the object.
pub async fn fetch(client: &Client, id: &str) -> Outcome<Value> {
    Ok(client.trace(id).await?)
}

/// What people call places and objects, by canonical identifier. The ledger holds identifiers only.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// Reads a file of names.
    pub fn read(file: &Path) -> Outcome<Self> {
        let text = std::fs::read_to_string(file).attempt(|| format!("read {}", file.display()))?;
        Self::parse(&text)
            .map_err(|failure| Failure::usage(format!("{}: {}", file.display(), failure.what)))
    }

    /// Reads a text of names.
    pub fn parse(text: &str) -> Outcome<Self> {
        let raw: BTreeMap<String, String> = toml::from_str(text).map_err(Failure::usage)?;
        let named = raw.into_iter().map(|(id, name)| {
            let key =
                Epc::parse(&id).map_err(|error| Failure::usage(format!("`{id}`: {error}")))?;
            Ok((key.key().to_owned(), name))
        });
        Ok(Self(named.collect::<Outcome<_>>()?))
    }

    /// The name of an identifier, or its short form.
    fn of(&self, value: &Value) -> String {
        let Some(id) = value.as_str() else {
            return "-".into();
        };
        let parsed = Epc::parse(id).ok();
        let name = parsed.as_ref().and_then(|epc| self.0.get(epc.key()));
        name.cloned().unwrap_or_else(|| {
            short(parsed.and_then(|epc| epc.urn()).as_deref().unwrap_or(id)).to_owned()
        })
    }
}

/// An EPC without what every EPC starts with.
fn short(id: &str) -> &str {
    id.strip_prefix("urn:epc:id:")
        .or_else(|| id.strip_prefix("urn:epc:class:"))
        .unwrap_or(id)
}

/// The trace as text.
pub fn describe(trace: &Value, names: &Names) -> String {
    let now = &trace["now"];
    let mut facts = vec![(
        "Object",
        trace["urn"]
            .as_str()
            .or(trace["object"].as_str())
            .unwrap_or("-")
            .to_owned(),
    )];
    if !now.is_null() {
        let packed: Vec<_> = list(&now["packed_in"]).map(|id| names.of(id)).collect();
        facts.push(("Now", state(now)));
        facts.push(("Where", names.of(&now["place"])));
        facts.push(("In custody of", word(&now["custodian"])));
        facts.push(("Owned by", word(&now["owner"])));
        facts.push((
            "Packed in",
            if packed.is_empty() {
                "nothing: it is loose".into()
            } else {
                packed.join(", in ")
            },
        ));
    }
    for amount in list(&trace["amounts"]) {
        facts.push(("Amount", amount.to_string()));
    }
    let contents = list(&trace["contents"]).count();
    if contents > 0 {
        facts.push(("Holds", format!("{contents} objects or amounts")));
    }
    facts.push(("True for block", word(&trace["height"])));
    let rows = list(&trace["history"]).map(|entry| row(entry, names));
    let headers = [
        "Happened",
        "Recorded",
        "What",
        "Where",
        "Custody",
        "While inside",
        "Told by",
    ];
    format!("{}\n{}", output::facts(facts), output::table(headers, rows))
}

fn row(entry: &Value, names: &Names) -> [String; 7] {
    let place = if entry["place"].is_null() {
        &entry["read_point"]
    } else {
        &entry["place"]
    };
    [
        moment(&entry["event_time"]),
        moment(&entry["recorded_time"]),
        happened(entry, names),
        names.of(place),
        word(&entry["custodian"]),
        names.of(&entry["via"]),
        word(&entry["member"]),
    ]
}

/// What happened, in the words of the trade.
fn happened(entry: &Value, names: &Names) -> String {
    let (from, to) = (word(&entry["from"]), word(&entry["to"]));
    let mut text = match entry["what"].as_str().unwrap_or_default() {
        "captured" => {
            let step = entry["biz_step"]
                .as_str()
                .unwrap_or("observed")
                .replace('_', " ");
            let step = match (entry["event_type"].as_str(), entry["action"].as_str()) {
                (Some("AggregationEvent"), Some("ADD")) => {
                    format!("{step} into {}", names.of(&entry["parent"]))
                }
                (Some("AggregationEvent"), Some("DELETE")) => {
                    format!("{step} from {}", names.of(&entry["parent"]))
                }
                _ => step,
            };
            match entry["disposition"].as_str() {
                Some(disposition) => format!("{step} ({})", disposition.replace('_', " ")),
                None => step,
            }
        }
        "declared_wrong" => "declared an entry wrong".into(),
        "handover_offered" => format!("{from} offers it to {to}"),
        "handover_accepted" => format!("{to} accepts it from {from}"),
        "handover_refused" => format!("{to} refuses it"),
        "handover_withdrawn" => format!("{from} takes its offer back"),
        "handover_expired" => "the offer ran out".into(),
        "loss_reported" => "REPORTED MISSING".into(),
        other => other.replace('_', " "),
    };
    if !entry["corrected_by"].is_null() {
        let when = &entry["corrected_by"]["event_time"];
        text = format!("WRONG: {text}; corrected {}", moment(when));
    }
    if let Some(note) = entry["note"].as_str().filter(|note| !note.is_empty()) {
        text = format!("{text}: {note}");
    }
    text
}

fn state(now: &Value) -> String {
    let life = word(&now["life"]);
    let condition = now["disposition"]
        .as_str()
        .map(|words| format!(", {}", words.replace('_', " ")));
    let hold = now["hold"]["reason"]
        .as_str()
        .map(|why| format!("; on hold: {why}"));
    format!(
        "{life}{}{}",
        condition.unwrap_or_default(),
        hold.unwrap_or_default()
    )
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A time to the minute, in UTC: `2026-11-03 08:20`.
fn moment(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.get(..16).unwrap_or(text).replace('T', " "),
        None => time(value),
    }
}

/// A field as people read it.
pub fn word(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A time as people read it.
pub fn time(value: &Value) -> String {
    value.as_u64().map_or_else(|| word(value), clock::utc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_wrong_entry_says_so() {
        let entry = json!({"what": "captured", "biz_step": "arriving", "disposition": "in_transit", "standing": "void",
            "corrected_by": {"event_time": "2026-11-07T19:00:00.000Z"}});
        assert_eq!(
            happened(&entry, &Names::default()),
            "WRONG: arriving (in transit); corrected 2026-11-07 19:00"
        );
    }

    #[test]
    fn names_are_found_in_every_form_of_an_identifier() {
        let names = Names::parse("\"urn:epc:id:sgln:9521101.00010.0\" = \"Turin\"").unwrap();
        let link = Epc::parse("urn:epc:id:sgln:9521101.00010.0").unwrap();
        assert_eq!(names.of(&json!(link.to_string())), "Turin");
        assert_eq!(
            names.of(&json!("urn:epc:id:bic:NPSU2044172")),
            "bic:NPSU2044172"
        );
        assert_eq!(names.of(&Value::Null), "-");
    }
}
