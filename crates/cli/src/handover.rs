//! `convoy handover`: custody changes hands with two signatures, the giver's and the taker's.

use crate::{
    connection::{Author, Done, Hand, Node},
    failure::{Failure, Outcome},
    output::{self, Screen},
    track::{time, word},
};
use clap::{Args, Subcommand};
use convoy_client::Client;
use convoy_modules::custody::types::{
    Action, Conveys, Discrepancy, DiscrepancyKind, HandoverId, Offer,
};
use convoy_types::{
    MemberId,
    identifiers::{Epc, scan},
};
use serde_json::{Value, json};
use std::time::Duration;

/// What to do with handovers.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Offer objects to another member; they stay yours until it accepts
    Offer {
        /// The member that shall take over, such as fra
        #[arg(long, value_name = "MEMBER")]
        to: MemberId,
        /// The outermost objects; what is packed in them goes with them
        #[arg(required = true, value_name = "ID", value_parser = scan::object)]
        objects: Vec<Epc>,
        /// Convey ownership too, not only custody
        #[arg(long)]
        ownership: bool,
        /// Where it shall happen
        #[arg(long, value_name = "PLACE", value_parser = scan::object)]
        place: Option<Epc>,
        /// The terms, or the number of the document that states them
        #[arg(long, default_value = "")]
        terms: String,
        #[command(flatten)]
        by: By,
    },
    /// Accept an offer: from now on you answer for the objects. What is not as offered opens a case
    Accept {
        /// The handover's number, as `convoy handover list` shows it
        handover: HandoverId,
        /// An object that was offered and is not there; it stays with the giver. May be repeated
        #[arg(long, value_name = "ID", value_parser = scan::object)]
        short: Vec<Epc>,
        /// An object that is there and damaged. May be repeated
        #[arg(long, value_name = "ID", value_parser = scan::object)]
        damaged: Vec<Epc>,
        /// Leave the damaged objects with the giver instead of taking them over
        #[arg(long, requires = "damaged")]
        refuse_damaged: bool,
        /// What there is to say about what is not as offered
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        by: By,
    },
    /// Refuse an offer: the objects stay with the other side
    Refuse {
        /// The handover's number
        handover: HandoverId,
        /// Why; the other side reads it
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        by: By,
    },
    /// List open handovers
    List {
        /// Only those of this member, as giver or taker
        #[arg(long, value_name = "MEMBER")]
        member: Option<MemberId>,
        #[command(flatten)]
        node: Node,
    },
}

/// Through which node, in whose name.
#[derive(Args, Debug)]
pub struct By {
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    author: Author,
}

impl By {
    async fn act(&self, action: &Action) -> Outcome<(Hand, Done)> {
        let hand = self.author.hand(self.node.client()?).await?;
        let done = hand.act(action).await?;
        Ok((hand, done))
    }
}

/// Does what the command says.
pub async fn run(command: Command, screen: Screen) -> Outcome {
    let (action, by) = match command {
        Command::List { member, node } => return list(&node, member.as_ref(), screen).await,
        Command::Offer {
            to,
            objects,
            ownership,
            place,
            terms,
            by,
        } => {
            let conveys = if ownership {
                Conveys::Both
            } else {
                Conveys::Custody
            };
            let offer = Offer {
                to,
                conveys,
                objects,
                portions: Vec::new(),
                place,
                terms,
                returns: None,
                expires_ms: None,
                time: None,
            };
            (Action::OfferHandover(offer), by)
        }
        Command::Accept {
            handover,
            short,
            damaged,
            refuse_damaged,
            note,
            by,
        } => {
            let differs = |kind, taken| {
                let note = note.clone();
                move |object| Discrepancy {
                    kind,
                    object: Some(object),
                    portion: None,
                    taken,
                    note: note.clone(),
                }
            };
            let short = short
                .into_iter()
                .map(differs(DiscrepancyKind::Short, false));
            let damaged = damaged
                .into_iter()
                .map(differs(DiscrepancyKind::Damaged, !refuse_damaged));
            let action = Action::AcceptHandover {
                handover,
                time: None,
                discrepancies: short.chain(damaged).collect(),
            };
            (action, by)
        }
        Command::Refuse {
            handover,
            reason,
            by,
        } => (
            Action::RefuseHandover {
                handover,
                reason,
                time: None,
            },
            by,
        ),
    };
    let (hand, done) = by.act(&action).await?;
    let number = match &action {
        Action::OfferHandover(offer) => match offer.objects.first() {
            Some(object) => Some(offered_to(&hand.client, offer.to.as_str(), object).await?),
            None => None,
        },
        Action::AcceptHandover { handover, .. } | Action::RefuseHandover { handover, .. } => {
            Some(*handover)
        }
        _ => None,
    };
    let number = number.map_or(Value::Null, |number| json!(number));
    let statement = done
        .statements
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    screen.result(
        || format!("Handover {}\nstatement {statement}, final in {} ms", word(&number), done.took.as_millis()),
        || json!({"handover": number, "statement": statement, "final_after_ms": done.took.as_millis() as u64}),
    );
    Ok(())
}

/// How long a handover offered at one node may take to be listed at another.
const LISTED_WITHIN: Duration = Duration::from_secs(30);

/// The number of the open handover of `object` to `member`. It may have been offered at another node a moment ago,
/// so it is waited for.
pub async fn offered_to(client: &Client, member: &str, object: &Epc) -> Outcome<HandoverId> {
    let deadline = tokio::time::Instant::now() + LISTED_WITHIN;
    loop {
        let numbers = listed(client, member, object).await?;
        match numbers.as_slice() {
            [number] => {
                return serde_json::from_value(number.clone()).map_err(Failure::environment);
            }
            [] if tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            _ => {
                return Err(Failure::refused(format!(
                    "{} open handovers of {object} to {member} are listed; one was expected",
                    numbers.len()
                )));
            }
        }
    }
}

async fn listed(client: &Client, member: &str, object: &Epc) -> Outcome<Vec<Value>> {
    let listed = open(client, Some(member)).await?;
    let handovers = listed["handovers"].as_array().into_iter().flatten();
    let names = |one: &Value| {
        let objects = one["objects"].as_array().into_iter().flatten();
        let mut objects = objects.filter_map(Value::as_str);
        objects.any(|listed| Epc::parse(listed).is_ok_and(|listed| listed == *object))
    };
    let found = handovers.filter(|one| one["to"] == member && names(one));
    Ok(found.map(|one| one["handover"].clone()).collect())
}

async fn open(client: &Client, member: Option<&str>) -> Outcome<Value> {
    let mut query = vec![("state", "open")];
    query.extend(member.map(|member| ("member", member)));
    Ok(client.get(&["v1", "handovers"], &query).await?)
}

async fn list(node: &Node, member: Option<&MemberId>, screen: Screen) -> Outcome {
    let listed = open(&node.client()?, member.map(MemberId::as_str)).await?;
    screen.result(
        || {
            let handovers = listed["handovers"].as_array().into_iter().flatten();
            let rows = handovers.map(|one| {
                let objects: Vec<_> = one["objects"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(word)
                    .collect();
                [
                    word(&one["handover"]),
                    word(&one["from"]),
                    word(&one["to"]),
                    objects.join("\n"),
                    word(&one["terms"]),
                    time(&one["expires_ms"]),
                ]
            });
            output::table(
                ["Handover", "From", "To", "Objects", "Terms", "Open until"],
                rows,
            )
        },
        || listed.clone(),
    );
    Ok(())
}
