//! `convoy network recover`: how a network goes on after more than a third of its validators were lost for good (decision 0013).
//!
//! ```text
//! propose, beside a node that is left ──> recovery.cbor ──> sign, each member on its own machine ──> MEMBER.recovery.cbor
//!     ──> apply, on the node that it was proposed from ──> that node goes on, and the others take it from there
//! ```
//!
//! Invariants: nobody signs what its own node contradicts; a signature is by an administrator's own key and never by a node's; what decides is checked
//! by every node and by every trust file again, so nothing here has to be believed.

use crate::{
    clock,
    connection::Node,
    failure::{Attempt as _, Failure, Outcome},
    key, node,
    output::{self, Screen},
    trust,
};
use clap::{Args, Subcommand};
use convoy_client::Client;
use convoy_node::recovery;
use convoy_types::{
    Digest, MemberId,
    header::Validator,
    limits::RECOVERY_REASON_BYTES_MAX,
    receipt::{
        LoggedBlock, Recovery, Trust,
        certificate::quorum,
        recovery::{NextValidator, RecoveryDocument},
    },
};
use serde_json::{Value, json};
use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Blocks behind the last one, of which one at least is certified itself.
const LOOK_BACK: u64 = 64;
/// How long the check whether a node runs may take.
const KNOCK: Duration = Duration::from_millis(500);
/// How often the node's answer is looked for.
const POLL_EVERY: Duration = Duration::from_millis(50);

/// What to do about a network that cannot go on by itself.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Write down who validates from the last certified block of your node on, for the members to sign
    Propose(ProposeOptions),
    /// Show what such a document decides, and who signed it
    Show {
        /// The document
        file: PathBuf,
    },
    /// Sign such a document for your member, once your node has compared it with what it holds
    Sign(SignOptions),
    /// Put the signatures together and have your node go on; the others take it from there
    Apply(ApplyOptions),
}

/// Who goes on.
#[derive(Args, Debug)]
pub struct ProposeOptions {
    /// A member whose validator goes on as it is, with its machine, its disk and its key; repeat it for each
    #[arg(long = "keep", value_name = "MEMBER")]
    keep: Vec<MemberId>,
    /// A member that validates with a new key, and where its node is reached by the others: such as ita=KEY@convoy.ita.example:9101; repeat it for each
    #[arg(long = "validator", value_name = "MEMBER=KEY@ADDRESS", value_parser = next_validator)]
    validators: Vec<NextValidator>,
    /// Why, in words, for everybody who will ever read it
    #[arg(long)]
    reason: String,
    /// The document to write
    #[arg(long, value_name = "FILE", default_value = "recovery.cbor")]
    out: PathBuf,
    /// The node that holds the highest certified block
    #[command(flatten)]
    node: Node,
}

/// Which document, and with which key.
#[derive(Args, Debug)]
pub struct SignOptions {
    /// The document, as `propose` wrote it
    file: PathBuf,
    /// Your key of this name, of an administrator of your member
    #[arg(long = "as", value_name = "KEY")]
    key: String,
    /// Your member, where its node is lost too; otherwise that of the node
    #[arg(long, requires = "trust")]
    member: Option<MemberId>,
    /// Compare with this trust file alone, because your member has no node left
    #[arg(long, value_name = "TRUSTFILE", requires = "member")]
    trust: Option<PathBuf>,
    /// The signed document to write [default: MEMBER.recovery.cbor]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    store: key::Store,
    /// Your member's own node
    #[command(flatten)]
    node: Node,
}

/// What was signed, and where it is to be carried out.
#[derive(Args, Debug)]
pub struct ApplyOptions {
    /// The documents that the members signed
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Seconds to wait for the node's answer
    #[arg(long, default_value_t = 60)]
    within: u64,
    #[command(flatten)]
    config: node::ConfigFile,
}

/// Does what the command says.
///
/// # Errors
/// Refused: something contradicts the document. Usage: a file or a name is wrong. Environment: a node or a file is out of reach.
pub fn run(command: &Command, screen: Screen) -> Outcome {
    match command {
        Command::Propose(options) => crate::block_on(propose(options, screen)),
        Command::Show { file } => {
            tell(file, &read(file)?, screen);
            Ok(())
        }
        Command::Sign(options) => crate::block_on(sign(options, screen)),
        Command::Apply(options) => apply(options, screen),
    }
}

/// Reads `MEMBER=KEY@ADDRESS`.
fn next_validator(text: &str) -> Result<NextValidator, String> {
    let form = "write MEMBER=KEY@HOST:PORT, the key in 64 hexadecimal digits";
    let (member, rest) = text.split_once('=').ok_or(form)?;
    let (key, address) = rest.split_once('@').ok_or(form)?;
    let member = MemberId::new(member).map_err(|error| error.to_string())?;
    let bytes = hex::decode(key).map_err(|error| format!("key of {member}: {error}; {form}"))?;
    let key = bytes
        .try_into()
        .map_err(|_| format!("key of {member}: it has another length; {form}"))?;
    let port = address
        .rsplit_once(':')
        .map(|(_, port)| port.parse::<u16>());
    if !matches!(port, Some(Ok(1..))) {
        return Err(format!("address of {member}: `{address}`; {form}"));
    }
    Ok(NextValidator {
        validator: Validator { member, key },
        address: Some(address.to_owned()),
    })
}

/// The blocks of a node from `from` on.
async fn blocks(client: &Client, from: u64) -> Outcome<Vec<LoggedBlock>> {
    let mut all: Vec<LoggedBlock> = Vec::new();
    let mut next = from;
    loop {
        let (_, page) = client.log(next).await?;
        let Some(last) = page.last() else {
            return Ok(all);
        };
        next = last.header.core.height + 1;
        all.extend(page);
    }
}

async fn propose(options: &ProposeOptions, screen: Screen) -> Outcome {
    let reason = options.reason.trim();
    if reason.is_empty() || reason.len() > RECOVERY_REASON_BYTES_MAX {
        return Err(Failure::usage(format!(
            "--reason has {} bytes; 1 to {RECOVERY_REASON_BYTES_MAX} are possible",
            reason.len()
        )));
    }
    let client = options.node.client()?;
    let height = client.network().await?.height;
    let recent = blocks(&client, height.saturating_sub(LOOK_BACK).max(1)).await?;
    let certified = recent.into_iter().rev().find_map(|block| {
        let certificate = block.certificate?;
        Some((block.header, certificate))
    });
    let (header, certificate) = certified.ok_or_else(|| {
        Failure::refused(format!(
            "the node has no certified block among its last {LOOK_BACK}, up to block {height}"
        ))
        .remedy("propose from another member's node")
    })?;
    let trust = client.trust().await?;
    let document = RecoveryDocument {
        network: trust.network.clone(),
        next: next_set(options, &trust, header.core.epoch)?,
        header,
        certificate,
        time_ms: clock::now_ms(),
        reason: reason.to_owned(),
    };
    check(&document, &trust)?;
    let recovery = Recovery::unsigned(document);
    write(&options.out, &recovery)?;
    tell(&options.out, &recovery, screen);
    screen.hint(format!(
        "Give it to every founding member; each signs on its own machine: convoy network recover sign {} --as KEY",
        options.out.display()
    ));
    Ok(())
}

/// The set that goes on: those kept, as the ended epoch has them, and the new ones.
fn next_set(options: &ProposeOptions, trust: &Trust, epoch: u64) -> Outcome<Vec<NextValidator>> {
    let before = trust.validators(epoch).unwrap_or_default();
    let mut next = options.validators.clone();
    for member in &options.keep {
        let seat = before.iter().find(|seat| seat.member == *member);
        let seat = seat.ok_or_else(|| {
            let names: Vec<&str> = before.iter().map(|seat| seat.member.as_str()).collect();
            Failure::usage(format!("--keep {member}: it has no validator to keep"))
                .remedy(format!("the validators so far: {}", names.join(", ")))
        })?;
        next.push(NextValidator {
            validator: Validator {
                member: member.clone(),
                key: seat.key.0,
            },
            address: None,
        });
    }
    for new in &options.validators {
        let Validator { member, key } = &new.validator;
        if before.iter().any(|seat| seat.key.0 == *key) {
            return Err(Failure::usage(format!(
                "--validator {member}: its key is of the set that ends, and may have signed what nobody remembers"
            ))
            .remedy("make a new key, with `convoy node renew-key` on a restored node; or, where machine and disk were never lost, give --keep"));
        }
    }
    let needed = quorum(before.len());
    if options.keep.len() >= needed {
        return Err(Failure::usage(format!(
            "{} of {} validators go on: that is a quorum, and the network goes on by itself",
            options.keep.len(),
            before.len()
        ))
        .remedy("change the others by statement: docs/guides/validators.md"));
    }
    next.sort_by_key(|next| next.validator.key);
    if next.is_empty() {
        return Err(Failure::usage("nobody would validate")
            .remedy("give --keep and --validator for those that go on"));
    }
    for (index, one) in next.iter().enumerate() {
        let member = &one.validator.member;
        let mut others = next[..index].iter();
        if others.any(|other| other.validator.member == *member) {
            return Err(Failure::usage(format!(
                "`{member}` is named twice; a member has one validator"
            )));
        }
    }
    Ok(next)
}

async fn sign(options: &SignOptions, screen: Screen) -> Outcome {
    let mut recovery = read(&options.file)?;
    recovery.signatures.clear();
    let document = recovery.document.clone();
    let (trust, member) = match (&options.trust, &options.member) {
        (Some(file), Some(member)) => (trust::read(file)?, member.clone()),
        _ => {
            let client = options.node.client()?;
            compare(&document, &client).await?;
            (
                client.trust().await?,
                client.network().await?.member.clone(),
            )
        }
    };
    check(&document, &trust)?;
    let (did, key) = options.store.signer(&options.key)?;
    let signature = document
        .sign(&member, &did, &key)
        .map_err(Failure::environment)?;
    recovery.add_signature(signature);
    let out = options
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{member}.recovery.cbor")));
    write(&out, &recovery)?;
    tell(&out, &recovery, screen);
    screen.hint("Give it back to whoever proposed it.");
    Ok(())
}

/// That the document's block is certified, and its epoch the last one that is known.
fn check(document: &RecoveryDocument, trust: &Trust) -> Outcome {
    let ended = document.header.core.epoch;
    if trust.epochs.iter().any(|known| known.epoch > ended) {
        return Err(Failure::refused(format!(
            "epoch {ended} has ended already, by a handover or by another decision of the members: two ways on from it would be a fork"
        ))
        .remedy("do not sign; propose from the newest epoch"));
    }
    convoy_verify::recovery::check_document(document, trust).map_err(Failure::refused)
}

/// Compares the document with what the member's own node holds: the same block at its height, and no certified one above.
async fn compare(document: &RecoveryDocument, client: &Client) -> Outcome {
    let core = &document.header.core;
    let own = blocks(client, core.height).await?;
    let Some(same) = own.first() else {
        let height = client.network().await?.height;
        return Err(Failure::refused(format!(
            "your node's last block is {height}, and the document goes on from block {}: it cannot compare",
            core.height
        ))
        .remedy("connect it with the node that the document was proposed from and try again when it has that block, or compare with a trust file: --trust and --member"));
    };
    if same.header != document.header {
        return Err(Failure::refused(format!(
            "block {} is another one on your node: its header or one of its roots differs",
            core.height
        ))
        .remedy("do not sign; two certified blocks of one height mean a fork: keep both nodes' data and compare them"));
    }
    let above = own[1..]
        .iter()
        .rev()
        .find(|block| block.certificate.is_some());
    match above {
        None => Ok(()),
        Some(block) => Err(Failure::refused(format!(
            "your node has block {}, certified by the validators, and the document goes on from block {}: what was reported final above it would be lost",
            block.header.core.height, core.height
        ))
        .remedy("do not sign; propose again from your own node")),
    }
}

fn apply(options: &ApplyOptions, screen: Screen) -> Outcome {
    let recovery = merged(&options.files)?;
    let config = options.config.read()?;
    let decision = recovery.document.digest();
    recovery::ask(&config.data, &recovery)
        .attempt(|| format!("write into {}", config.data.display()))?;
    if TcpStream::connect_timeout(&config.api.listen, KNOCK).is_err() {
        tell(&config.data.join(recovery::FOLDER), &recovery, screen);
        screen.hint("The node does not run; it looks at the decision when it starts, and its log says what came of it.");
        return Ok(());
    }
    let asked = Instant::now();
    loop {
        let answer = recovery::answer(&config.data);
        // Of what could not be read there is no digest.
        let ours = [decision, Digest::ZERO];
        if let Some(answer) = answer.filter(|answer| ours.contains(&answer.decision)) {
            if let Some(reason) = answer.refused {
                return Err(Failure::refused(format!(
                    "the node does not take the members' decision: {reason}"
                ))
                .details(json!({"decision": decision, "refused": reason})));
            }
            break;
        }
        if asked.elapsed() > Duration::from_secs(options.within) {
            return Err(Failure::environment(format!(
                "the node did not answer within {} s; it still looks at the decision, and its log says what came of it",
                options.within
            )));
        }
        std::thread::sleep(POLL_EVERY);
    }
    tell(&config.data.join(recovery::FOLDER), &recovery, screen);
    screen.hint("The node goes on by it and tells the others. Whoever holds a trust file follows with `convoy trust update`.");
    Ok(())
}

/// One document with the signatures of all files.
fn merged(files: &[PathBuf]) -> Outcome<Recovery> {
    let mut whole: Option<Recovery> = None;
    for file in files {
        let recovery = read(file)?;
        let Some(whole) = &mut whole else {
            whole = Some(recovery);
            continue;
        };
        if recovery.document != whole.document {
            return Err(Failure::usage(format!(
                "{} is signed under another document than {}",
                file.display(),
                files[0].display()
            ))
            .remedy("ask its member to sign the document that the others signed"));
        }
        for signature in recovery.signatures {
            whole.add_signature(signature);
        }
        whole.add_cells(recovery.cells);
    }
    match whole {
        Some(whole) if !whole.signatures.is_empty() => Ok(whole),
        _ => Err(Failure::usage("nobody signed it")
            .remedy("give the files that `convoy network recover sign` wrote")),
    }
}

fn read(file: &Path) -> Outcome<Recovery> {
    recovery::read(file).map_err(|fault| {
        Failure::usage(fault).remedy("`convoy network recover propose` and `sign` write such files")
    })
}

fn write(file: &Path, recovery: &Recovery) -> Outcome {
    fs::write(file, recovery.encode()).attempt(|| format!("write {}", file.display()))
}

/// Says what is decided, and who signed so far.
fn tell(file: &Path, recovery: &Recovery, screen: Screen) {
    let document = &recovery.document;
    let core = &document.header.core;
    let signed: Vec<&str> = recovery
        .signatures
        .iter()
        .map(|signature| signature.member.as_str())
        .collect();
    screen.result(
        || {
            let next = document.next.iter().map(|next| {
                let at = next.address.as_deref().unwrap_or("as announced");
                [
                    next.validator.member.to_string(),
                    hex::encode(next.validator.key),
                    at.to_owned(),
                ]
            });
            let facts = output::facts([
                ("Document", file.display().to_string()),
                ("Decision", document.digest().to_string()),
                ("Network", document.network.to_string()),
                (
                    "Goes on from",
                    format!("block {} of {}", core.height, clock::utc(core.time_ms)),
                ),
                ("State root", document.header.rest.state.root.to_string()),
                (
                    "Log",
                    format!("{} entries, root {}", core.log_size, core.log_root),
                ),
                ("Ends", format!("epoch {}", core.epoch)),
                ("Reason", document.reason.clone()),
                ("Signed by", signed.join(", ")),
            ]);
            let table = output::table(["Validator", "Key", "Address"], next);
            format!("{facts}\n{table}")
        },
        || described(file, recovery, &signed),
    );
}

fn described(file: &Path, recovery: &Recovery, signed: &[&str]) -> Value {
    let document = &recovery.document;
    let core = &document.header.core;
    let next: Vec<Value> = document
        .next
        .iter()
        .map(|next| {
            json!({
                "member": next.validator.member,
                "key": hex::encode(next.validator.key),
                "address": next.address,
            })
        })
        .collect();
    json!({
        "file": file,
        "decision": document.digest(),
        "network": document.network,
        "height": core.height,
        "block": document.header.digest(),
        "state_root": document.header.rest.state.root,
        "log_size": core.log_size,
        "log_root": core.log_root,
        "ended_epoch": core.epoch,
        "time_ms": document.time_ms,
        "reason": document.reason,
        "validators": next,
        "signed_by": signed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validator_is_written_with_its_key_and_its_address() {
        let key = "ab".repeat(32);
        let read = next_validator(&format!("ita={key}@convoy.ita.example:9101")).unwrap();
        assert_eq!(read.validator.member.as_str(), "ita");
        assert_eq!(read.validator.key, [0xab; 32]);
        assert_eq!(read.address.as_deref(), Some("convoy.ita.example:9101"));
        for (wrong, named) in [
            ("ita".to_owned(), "MEMBER=KEY"),
            (format!("ita={key}"), "MEMBER=KEY"),
            ("ita=ab@host:1".to_owned(), "another length"),
            (format!("ita={key}@host"), "address of ita"),
            (format!("ita={key}@host:0"), "address of ita"),
        ] {
            let fault = next_validator(&wrong).unwrap_err();
            assert!(fault.contains(named), "{wrong}: {fault}");
        }
    }
}
