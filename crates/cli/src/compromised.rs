//! The day a key is in the wrong hands: end it, see what it signed since, take back what was not so.
//!
//! Flow: `convoy key revoke` ends the key → `convoy key signed` lists what it signed since a time → `convoy key disown` declares each event of it wrong
//! (EPCIS 2.0 error declaration) and withdraws each open offer, newest first, since later events build on earlier ones; what remains is named.
//!
//! Invariants: nothing is erased: the wrong event stays and is marked, with who declared it wrong; what cannot be undone by a declaration is said, never passed
//! over.

use crate::{
    clock,
    connection::{Author, Hand, Node},
    failure::{Failure, Outcome},
    output::{self, Screen},
};
use clap::Args;
use convoy_client::Client;
use convoy_modules::{
    custody::{self, facts::handover_id, types::Action},
    membership,
};
use convoy_types::{
    Did, Statement, StatementId, cbor,
    cose::KeyId,
    epcis::{self, ErrorDeclaration, Timestamp},
};
use serde_json::{Value, json};

/// Whose key.
#[derive(Args, Debug)]
pub struct Which {
    /// The signer (DID)
    signer: Did,
    /// The key's id [default for `signed`: all of the signer's]
    #[arg(long, value_name = "KEY ID")]
    key_id: Option<KeyId>,
}

/// Which key ends, and why.
#[derive(Args, Debug)]
pub struct RevokeOptions {
    #[command(flatten)]
    which: Which,
    /// Why; everybody on the ledger reads it
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    author: Author,
}

/// What was signed since when.
#[derive(Args, Debug)]
pub struct SignedOptions {
    #[command(flatten)]
    which: Which,
    /// Since when, in UTC: 2026-11-21T09:41:07Z
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Timestamp,
    #[command(flatten)]
    node: Node,
}

/// What is taken back.
#[derive(Args, Debug)]
pub struct DisownOptions {
    #[command(flatten)]
    which: Which,
    /// Everything since then, in UTC: 2026-11-21T09:41:07Z
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Timestamp,
    /// Only these statements. May be repeated
    #[arg(long = "statement", value_name = "ID")]
    only: Vec<StatementId>,
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    author: Author,
}

fn since(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "write a time such as 2026-11-21T09:41:07Z".into())
}

/// Ends a key.
pub async fn revoke(options: &RevokeOptions, screen: Screen) -> Outcome {
    let key_id = options.which.key_id.ok_or_else(|| {
        Failure::usage("it is not said which key ends").remedy(
            "give --key-id; `convoy membership signer --did DID` lists the keys of a signer",
        )
    })?;
    let hand = options.author.hand(options.node.client()?).await?;
    let action = membership::types::Action::RevokeKey {
        did: options.which.signer.clone(),
        key_id,
        reason: options.reason.clone(),
    };
    let done = hand
        .act_on(membership::NAME, cbor::to_vec(&action), json!(action))
        .await?;
    screen.result(
        || format!("Key {key_id} of {} signs nothing any more.", options.which.signer),
        || json!({ "signer": options.which.signer, "key_id": key_id, "statements": done.statements }),
    );
    screen
        .hint("Next: convoy key signed, with the time since when it may have been in other hands.");
    Ok(())
}

/// Lists what was signed.
pub async fn signed(options: &SignedOptions, screen: Screen) -> Outcome {
    let client = options.node.client()?;
    let found = list(&client, &options.which, &options.since).await?;
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or("-").to_owned();
    screen.result(
        || {
            let rows = found.iter().map(|row| {
                let modules = row["modules"].as_array().into_iter().flatten();
                let modules: Vec<&str> = modules.filter_map(Value::as_str).collect();
                let outcome = match row["outcome"].as_u64() {
                    Some(0) => "accepted".to_owned(),
                    Some(number) => format!("refused {number}"),
                    None => "-".to_owned(),
                };
                [
                    row["time_ms"].as_u64().map_or("-".into(), clock::utc),
                    text(row, "id"),
                    text(row, "key_id"),
                    modules.join(", "),
                    outcome,
                ]
            });
            output::table(["Time", "Statement", "Key", "Modules", "Outcome"], rows)
        },
        || json!(found),
    );
    Ok(())
}

/// Everything that the key, or the signer, signed since then; oldest first.
async fn list(client: &Client, which: &Which, since: &Timestamp) -> Outcome<Vec<Value>> {
    let since_ms = u64::try_from(since.millis()).unwrap_or(0).to_string();
    let key_id = which.key_id.map(|id| id.to_string());
    let mut from: Option<String> = None;
    let mut all = Vec::new();
    loop {
        let mut query = vec![("since_ms", since_ms.as_str())];
        query.extend(key_id.as_deref().map(|id| ("key_id", id)));
        query.extend(from.as_deref().map(|from| ("from", from)));
        let path = ["v1", "signers", which.signer.as_str(), "statements"];
        let mut page: Value = client.get(&path, &query).await?;
        if let Value::Array(rows) = page["statements"].take() {
            all.extend(rows);
        }
        match page["next"].as_u64() {
            Some(next) => from = Some(next.to_string()),
            None => return Ok(all),
        }
    }
}

/// What became of one action of a statement.
struct Taken {
    statement: StatementId,
    action: usize,
    what: String,
    undone: Result<(), String>,
}

/// Takes back what was signed.
pub async fn disown(options: &DisownOptions, screen: Screen) -> Outcome {
    let client = options.node.client()?;
    let hand = options.author.hand(client.clone()).await?;
    let rows = list(&client, &options.which, &options.since).await?;
    let accepted = rows.iter().filter(|row| row["outcome"] == 0);
    let ids = accepted.filter_map(|row| row["id"].as_str()?.parse::<StatementId>().ok());
    let wanted = |id: &StatementId| options.only.is_empty() || options.only.contains(id);
    let mut ids: Vec<StatementId> = ids.filter(wanted).collect();
    ids.reverse();
    let mut taken = Vec::new();
    for id in ids {
        let bytes = client.body(&id).await?;
        let statement = Statement::decode(bytes)
            .map_err(|error| Failure::environment(format!("statement {id}: {error}")))?;
        for index in (0..statement.content().actions.len()).rev() {
            taken.push(take_back(&hand, &statement, index).await);
        }
    }
    report(&taken, screen)
}

async fn take_back(hand: &Hand, statement: &Statement, index: usize) -> Taken {
    let action = &statement.content().actions[index];
    let by_hand = |what: &str| Err(format!("{what}; put it right by an action of the module"));
    let (what, undone) = match (&*action.module, cbor::from_slice::<Action>(&action.body)) {
        (custody::NAME, Ok(Action::Capture(event))) => {
            let what = format!("{} event", event.kind);
            if event.error_declaration().is_some() {
                (what, by_hand("it declares another event wrong"))
            } else {
                (what, declare_wrong(hand, *event).await)
            }
        }
        (custody::NAME, Ok(Action::OfferHandover(_))) => {
            let handover = handover_id(&statement.id(), index as u32);
            let action = Action::WithdrawHandover {
                handover,
                time: None,
            };
            ("offer of a handover".into(), act(hand, &action).await)
        }
        (module, _) => (format!("action of {module}"), by_hand("it is no event")),
    };
    Taken {
        statement: statement.id(),
        action: index,
        what,
        undone,
    }
}

/// Repeats the event with the declaration that it is wrong.
async fn declare_wrong(hand: &Hand, mut event: epcis::Event) -> Result<(), String> {
    let now = i64::try_from(clock::now_ms()).ok();
    let time = now.and_then(Timestamp::from_millis);
    let declaration = ErrorDeclaration {
        time: time.ok_or("the clock of this machine is wrong")?,
        reason: None,
        corrective_event_ids: Vec::new(),
        extensions: None,
    };
    event.more.get_or_insert_default().error_declaration = Some(declaration);
    act(hand, &Action::Capture(Box::new(event))).await
}

async fn act(hand: &Hand, action: &Action) -> Result<(), String> {
    let done = hand.act(action).await;
    done.map(drop).map_err(|failure| failure.to_string())
}

fn report(taken: &[Taken], screen: Screen) -> Outcome {
    let left = taken.iter().filter(|one| one.undone.is_err()).count();
    let word = |one: &Taken| match &one.undone {
        Ok(()) => "declared wrong".to_owned(),
        Err(why) => format!("LEFT: {why}"),
    };
    let value = || {
        let rows = taken.iter().map(|one| {
            json!({ "statement": one.statement, "action": one.action, "what": one.what,
                "undone": one.undone.is_ok(), "left": one.undone.as_ref().err() })
        });
        Value::from(rows.collect::<Vec<_>>())
    };
    screen.result(
        || {
            let rows = taken.iter().map(|one| {
                [
                    one.statement.to_string(),
                    one.action.to_string(),
                    one.what.clone(),
                    word(one),
                ]
            });
            output::table(["Statement", "Action", "What", "Now"], rows)
        },
        value,
    );
    if left == 0 {
        return Ok(());
    }
    Err(Failure::refused(format!(
        "{left} of {} could not be taken back by themselves",
        taken.len()
    ))
    .remedy("look at each that is LEFT; the other side may have to give back what it took over")
    .details(value()))
}
