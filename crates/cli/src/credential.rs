//! `convoy credential`: what a member says of one of its own, shown elsewhere and verified with no network.

use crate::{
    clock,
    connection::Node,
    failure::{Attempt as _, Failure, Outcome},
    key::Store,
    output::{self, Screen},
};
use clap::{Args, Subcommand};
use convoy_types::{
    Did,
    cose::KeyId,
    did::DidDocument,
    receipt::Trust,
    sd_jwt::{CREDENTIAL_BYTES_MAX, Question, SdJwt},
    status_list::MEDIA_TYPE,
};
use convoy_verify::{CredentialReport, Issuers, check_status, verify_credential};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What to do with credentials.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Have your member's node issue a credential about you, or as an administrator about one of your member's people
    Issue(IssueOptions),
    /// Show a part of your credential to somebody: sign their question with your key
    Present(PresentOptions),
    /// Verify a credential with no network; with --status-list or --ask also whether it still is so
    Verify(VerifyOptions),
    /// Take credentials back that your member's node issued to you, or as an administrator to one of your member's people
    Revoke(RevokeOptions),
    /// Fetch the list of what became of the credentials that a node issued, for verifying where there is no network
    StatusList(StatusListOptions),
}

/// What to take back.
#[derive(Args, Debug)]
pub struct RevokeOptions {
    /// Whose [default: yours]
    #[arg(long, value_name = "DID")]
    subject: Option<Did>,
    /// The one at this place of the status list only (`status.status_list.idx`) [default: all of them]
    #[arg(long, value_name = "PLACE")]
    index: Option<u64>,
    #[command(flatten)]
    node: Node,
}

/// Where to fetch, where to write.
#[derive(Args, Debug)]
pub struct StatusListOptions {
    /// Where to write it
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    node: Node,
}

/// About whom.
#[derive(Args, Debug)]
pub struct IssueOptions {
    /// About whom [default: you]
    #[arg(long, value_name = "DID")]
    subject: Option<Did>,
    /// Which of their own keys will show it, by its id [default: the oldest]
    #[arg(long, value_name = "KEY ID")]
    key_id: Option<KeyId>,
    /// How long it holds, days
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=366))]
    days: u64,
    /// Where to write it
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    node: Node,
}

/// What a verifier asked for.
#[derive(Args, Debug)]
pub struct Asked {
    /// Who asks: the verifier's address or name, as it told you
    #[arg(long, value_name = "WHO", requires = "nonce")]
    audience: Option<String>,
    /// The verifier's random text
    #[arg(long, value_name = "TEXT", requires = "audience")]
    nonce: Option<String>,
}

impl Asked {
    fn question(&self) -> Option<Question<'_>> {
        let (Some(audience), Some(nonce)) = (&self.audience, &self.nonce) else {
            return None;
        };
        Some(Question { audience, nonce })
    }
}

/// What to show, to whom.
#[derive(Args, Debug)]
pub struct PresentOptions {
    /// The credential as issued
    file: PathBuf,
    /// Your key of this name
    #[arg(long = "as", value_name = "KEY")]
    key: String,
    /// Claims to disclose, such as unit,clearance, and elements of lists such as roles=scanner or posts
    #[arg(long, value_delimiter = ',', value_name = "CLAIMS")]
    disclose: Vec<String>,
    #[command(flatten)]
    asked: Asked,
    /// Where to write it
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    store: Store,
}

/// Which credential, whom to believe.
#[derive(Args, Debug)]
pub struct VerifyOptions {
    /// The credential as issued or presented
    file: PathBuf,
    /// The trust file: issuers are the nodes of its members
    #[arg(long, value_name = "TRUSTFILE", required_unless_present_any = ["did_document", "ask"])]
    trust: Option<PathBuf>,
    /// The DID document of an issuer that you trust
    #[arg(long, value_name = "FILE")]
    did_document: Vec<PathBuf>,
    #[command(flatten)]
    asked: Asked,
    /// The issuer's status list: convoy credential status-list
    #[arg(long, value_name = "FILE")]
    status_list: Option<PathBuf>,
    /// Ask a node of the network too whether what it says is so now
    #[arg(long)]
    ask: bool,
    #[command(flatten)]
    node: Node,
}

/// Does what the command says.
pub async fn run(command: Command, screen: Screen) -> Outcome {
    match command {
        Command::Issue(options) => issue(&options, screen).await,
        Command::Present(options) => present(&options, screen),
        Command::Verify(options) => verify(&options, screen).await,
        Command::Revoke(options) => revoke(&options, screen).await,
        Command::StatusList(options) => status_list(&options, screen).await,
    }
}

async fn issue(options: &IssueOptions, screen: Screen) -> Outcome {
    let client = options.node.client()?;
    let mut body = json!({ "valid_days": options.days });
    if let Some(subject) = &options.subject {
        body["subject"] = json!(subject);
    }
    if let Some(key_id) = &options.key_id {
        body["key_id"] = json!(key_id);
    }
    let issued: Value = client.ask(&["v1", "credentials"], &body).await?;
    let credential = issued["credential"].as_str().unwrap_or_default();
    write(&options.output, credential)?;
    screen.result(
        || {
            let text = |name: &str| issued[name].as_str().unwrap_or("-").to_owned();
            let until = issued["expires_ms"].as_u64().map_or("-".into(), clock::utc);
            output::facts([
                ("file", options.output.display().to_string()),
                ("issuer", text("issuer")),
                ("subject", text("subject")),
                ("shown with key", text("key_id")),
                ("holds until", until),
            ])
        },
        || issued.clone(),
    );
    screen.hint("Whoever has this file reads all of it. Show a part: convoy credential present");
    Ok(())
}

async fn revoke(options: &RevokeOptions, screen: Screen) -> Outcome {
    let mut body = json!({});
    if let Some(subject) = &options.subject {
        body["subject"] = json!(subject);
    }
    if let Some(index) = options.index {
        body["index"] = json!(index);
    }
    let client = options.node.client()?;
    let done: Value = client.ask(&["v1", "credentials", "revoke"], &body).await?;
    let told = || {
        format!(
            "Taken back: {}. The node's status list says so from now on",
            done["revoked"]
        )
    };
    screen.result(told, || done.clone());
    Ok(())
}

async fn status_list(options: &StatusListOptions, screen: Screen) -> Outcome {
    let client = options.node.client()?;
    let path = ["v1", "credentials", "status"];
    let kind = format!("application/{MEDIA_TYPE}");
    let bytes = client.get_bytes(&path, &[], &kind).await?;
    std::fs::write(&options.output, &bytes)
        .attempt(|| format!("write {}", options.output.display()))?;
    let file = options.output.display().to_string();
    screen.result(|| file.clone(), || json!({ "file": file }));
    Ok(())
}

fn present(options: &PresentOptions, screen: Screen) -> Outcome {
    let credential = read(&options.file)?;
    let question = options.asked.question().ok_or_else(|| {
        Failure::usage("a credential is shown to somebody, for a question of theirs")
            .remedy("give --audience WHO and --nonce TEXT, as the verifier told you")
    })?;
    let wanted = wanted(&credential, &options.disclose)?;
    let (_, key) = options.store.signer(&options.key)?;
    let shown = credential
        .keep(|disclosure| wanted.contains(&disclosure))
        .present(&key, question, clock::now_s())
        .map_err(|error| Failure::usage(format!("{}: {error}", options.file.display())))?;
    write(&options.output, &shown.to_string())?;
    let claims = shown.claims().map_err(Failure::refused)?;
    screen.result(
        || {
            let facts = claims.iter().filter(|(name, _)| *name != "cnf");
            output::facts(facts.map(|(name, value)| (name.as_str(), value.to_string())))
        },
        || json!({ "file": options.output, "disclosed": claims }),
    );
    Ok(())
}

/// The disclosures that `names` mean: a claim, a list, or one element of a list as LIST=ELEMENT.
fn wanted<'c>(
    credential: &'c SdJwt,
    names: &[String],
) -> Outcome<Vec<&'c convoy_types::sd_jwt::Disclosure>> {
    let mut wanted = Vec::new();
    for name in names {
        let (list, element) = match name.split_once('=') {
            Some((list, element)) => (list, Some(element)),
            None => (name.as_str(), None),
        };
        let before = wanted.len();
        let found = credential.disclosures.iter().filter(|disclosure| {
            let of_list = credential.is_in(disclosure, list);
            let element_fits = element.is_none_or(|element| disclosure.value == element);
            disclosure.name.as_deref() == Some(name.as_str()) || (of_list && element_fits)
        });
        wanted.extend(found);
        if wanted.len() == before {
            let all = credential.disclosures.iter().map(|one| match &one.name {
                Some(name) => name.clone(),
                None => one.value.to_string(),
            });
            return Err(
                Failure::usage(format!("the credential has no `{name}` to disclose"))
                    .remedy(format!("it has: {}", all.collect::<Vec<_>>().join(", "))),
            );
        }
    }
    Ok(wanted)
}

async fn verify(options: &VerifyOptions, screen: Screen) -> Outcome {
    let credential = read(&options.file)?.to_string();
    let text =
        |file: &Path| std::fs::read_to_string(file).attempt(|| format!("read {}", file.display()));
    let trust = match (&options.trust, options.ask) {
        (Some(file), _) => Trust::from_json(&text(file)?)
            .map(Some)
            .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?,
        (None, true) if options.did_document.is_empty() => {
            Some(options.node.client()?.trust().await?)
        }
        _ => None,
    };
    let documents = options.did_document.iter().map(|file| {
        DidDocument::read(text(file)?.as_bytes())
            .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))
    });
    let documents = documents.collect::<Outcome<Vec<_>>>()?;
    let issuers = Issuers {
        trust: trust.as_ref(),
        documents: &documents,
    };
    let question = options.asked.question();
    let list = options.status_list.as_deref().map(text).transpose()?;
    let now_s = clock::now_s();
    let report = verify_credential(&credential, issuers, question, now_s);
    let report = report.and_then(|mut report| {
        if let Some(list) = &list {
            check_status(&mut report, list, issuers, now_s)?;
        }
        Ok(report)
    });
    let report = report.map_err(|error| {
        let what = format!(
            "{} is NOT proved: the check `{}` failed: {}",
            options.file.display(),
            error.check,
            error.reason
        );
        let details = json!({ "verified": false, "check": error.check, "reason": error.reason });
        Failure::refused(what).details(details)
    })?;
    let standing = match options.ask {
        true => Some(ask(options, &credential).await?),
        false => None,
    };
    screen.result(
        || describe(&report, standing.as_ref()),
        || json!({ "verified": true, "report": report, "ledger": standing }),
    );
    Ok(())
}

/// What the ledger says now.
///
/// # Errors
/// Refused where it is not so any more.
async fn ask(options: &VerifyOptions, credential: &str) -> Outcome<Value> {
    let mut body = json!({ "credential": credential });
    if let Some(question) = options.asked.question() {
        body["audience"] = question.audience.into();
        body["nonce"] = question.nonce.into();
    }
    let client = options.node.client()?;
    let standing: Value = client.ask(&["v1", "credentials", "check"], &body).await?;
    if standing["holds"] == true {
        return Ok(standing);
    }
    let faults = standing["faults"].as_array().into_iter().flatten();
    let faults: Vec<&str> = faults.filter_map(Value::as_str).collect();
    let what = format!(
        "{} verifies, but it is NOT so any more: {}",
        options.file.display(),
        faults.join("; ")
    );
    Err(Failure::refused(what).details(standing.clone()))
}

fn describe(report: &CredentialReport, standing: Option<&Value>) -> String {
    let mut facts = vec![
        ("Says", report.issuer.clone()),
        ("Type", report.kind.clone()),
    ];
    facts.extend(report.claims.iter().map(|(name, value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (name.as_str(), text)
    }));
    if let Some(standing) = standing {
        facts.push((
            "Still so",
            format!("yes, up to block {}", standing["height"]),
        ));
    }
    let checks = report.checks.iter();
    let checks = checks.map(|check| format!("  ok    {}: {}\n", check.name, check.detail));
    let notes = report.notes.iter().filter(|_| standing.is_none());
    let notes = notes.map(|note| format!("  note  {note}\n"));
    format!(
        "{}\nChecks\n{}{}",
        output::facts(facts),
        checks.collect::<String>(),
        notes.collect::<String>()
    )
}

fn read(file: &Path) -> Outcome<SdJwt> {
    let what = || format!("read {}", file.display());
    let length = std::fs::metadata(file).attempt(what)?.len();
    // A line end behind it is none of it.
    if length > CREDENTIAL_BYTES_MAX as u64 + 2 {
        return Err(Failure::usage(format!(
            "{} has {length} bytes; no credential is longer than {CREDENTIAL_BYTES_MAX}",
            file.display()
        )));
    }
    let text = std::fs::read_to_string(file).attempt(what)?;
    SdJwt::read(&text).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))
}

/// A credential is readable by its owner only.
fn write(file: &Path, text: &str) -> Outcome {
    convoy_node::durable::write_private(file, text.as_bytes())
        .attempt(|| format!("write {}", file.display()))
}
