//! A fifth nation joins the running network with one file and one command, validates, and leaves again.

use super::{
    CAUGHT_UP_WITHIN, Demo, READY_WITHIN, scenario,
    story::{Said, Story},
};
use crate::{
    clock,
    cluster::Newcomer,
    connection,
    failure::{Attempt as _, Failure, Outcome},
};
use convoy_client::{OnError, State};
use convoy_modules::membership::{
    self,
    types::{Action, ValidatorChange, ValidatorKey},
};
use convoy_types::MemberId;
use serde_json::Value;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

/// The nation's short name.
const FIFTH: &str = "nor";
const NORWAY: Newcomer<'_> = Newcomer {
    id: FIFTH,
    name: "Norway",
    host: ("est", "officer"),
    // The four have those below.
    first_port: 9_201,
};
/// Blocks between an agreement and its effect here: the fewest that are possible.
const AFTER_BLOCKS: u32 = 10;

impl Demo {
    /// Norway joins, validates and leaves.
    pub(super) async fn welcome_and_part(&mut self, story: &mut Story) -> Outcome {
        story.chapter("A fifth nation comes, and goes");
        let mut bundle = PathBuf::new();
        story
            .step("Estonia invites Norway: one file", async {
                bundle = self.cluster.invite(NORWAY)?;
                Ok(Said::result(format!("{FIFTH}.json")))
            })
            .await?;
        let joined = Instant::now();
        story
            .step(
                "Norway joins with it: one command makes keys, certificate and configuration, and enrols them",
                async {
                    self.cluster.join(NORWAY, &bundle)?;
                    Ok(Said::result(format!("{} ms", joined.elapsed().as_millis())))
                },
            )
            .await?;
        story
            .step(
                "Its node takes over the present state, then fetches all that was before it came",
                async {
                    self.cluster.start(FIFTH)?;
                    let ready = self.cluster.ready(FIFTH, READY_WITHIN).await?;
                    let height = self.cluster.height("est").await?;
                    self.cluster
                        .reached(FIFTH, height, CAUGHT_UP_WITHIN)
                        .await?;
                    Ok(Said::result(format!(
                        "ready in {} ms, at height {height}",
                        ready.as_millis()
                    )))
                },
            )
            .await?;
        let key = self.key_of_fifth().await?;
        let member = MemberId::new(FIFTH).map_err(Failure::usage)?;
        let add = ValidatorChange::Add {
            member: member.clone(),
            key,
        };
        story
            .step(
                "Three of four nations agree that Norway validates",
                self.agreed(add, &["fra", "ita"], (1, 5)),
            )
            .await?;
        let remove = ValidatorChange::Remove { member };
        story
            .step(
                "Four of five agree that it does no longer: it goes on reading",
                self.agreed(remove, &["fra", "ita", "pol"], (2, 4)),
            )
            .await?;
        story
            .step("Norway's node stops; the four go on", async {
                self.cluster.stop(FIFTH)?;
                self.cluster.part_with(FIFTH);
                let before = self.cluster.height("est").await?;
                let took = self
                    .cluster
                    .reached("fra", before + 1, CAUGHT_UP_WITHIN)
                    .await?;
                Ok(Said::result(format!(
                    "height {} after {} ms",
                    before + 1,
                    took.as_millis()
                )))
            })
            .await
    }

    /// The change is planned by Estonia and agreed to by the others asked; Estonia goes on counting its store until every node is in the
    /// epoch that follows, which also shows that nothing waits for the change.
    async fn agreed(
        &mut self,
        change: ValidatorChange,
        others: &[&str],
        (epoch, seats): (u64, usize),
    ) -> Outcome<Said> {
        let plan = Action::PlanValidators {
            change,
            after_blocks: AFTER_BLOCKS,
        };
        let planned = self.membership("est", &plan).await?;
        for nation in others {
            self.cluster
                .reached(nation, planned, CAUGHT_UP_WITHIN)
                .await?;
            let agree = Action::AgreeValidators { plan: epoch };
            self.membership(nation, &agree).await?;
        }
        let hand = self.hand("est").await?;
        let (asked, mut slowest) = (Instant::now(), Duration::ZERO);
        for name in self.cluster.names() {
            loop {
                let sets = self.validators(&name).await?;
                let newest = sets["epochs"].as_array().and_then(|epochs| epochs.last());
                let now = newest.and_then(|epoch| epoch["validators"].as_array());
                if sets["epoch"].as_u64() >= Some(epoch) {
                    let now = now.map_or(0, Vec::len);
                    if now != seats {
                        let reason = format!("{name} knows {now} validators and not {seats}");
                        return Err(Failure::refused(reason));
                    }
                    break;
                }
                if asked.elapsed() > CAUGHT_UP_WITHIN {
                    let reason = format!("{name} is not in epoch {epoch} yet");
                    return Err(Failure::refused(reason));
                }
                let count = scenario::count_in_store(clock::now_ms());
                slowest = slowest.max(hand.capture(count, OnError::Rollback).await?.took);
            }
        }
        Ok(Said {
            result: format!(
                "{seats} validators after {} ms; the slowest statement meanwhile",
                asked.elapsed().as_millis()
            ),
            finality: Some(slowest),
        })
    }

    async fn validators(&self, nation: &str) -> Outcome<Value> {
        let client = self.cluster.api(nation)?;
        Ok(client.get(&["v1", "validators"], &[]).await?)
    }

    /// Does it with the key of `nation`'s officer, and waits until its node tells of it; answers with the height of its block.
    async fn membership(&self, nation: &str, action: &Action) -> Outcome<u64> {
        let client = self.cluster.api_as(nation, "officer")?;
        let action = serde_json::to_value(action).attempt(|| "write the action".into())?;
        let id = client.act(&[(membership::NAME, action)], None).await?;
        let status = client.follow(&id, CAUGHT_UP_WITHIN).await?;
        if status.state == State::Accepted {
            connection::answered(&client, status.height).await?;
            return Ok(status.height.unwrap_or_default());
        }
        Err(Failure::refused(format!(
            "{nation}'s statement is {:?}: {:?}",
            status.state, status.refusal
        )))
    }

    /// The key of Norway's node, as it was announced.
    async fn key_of_fifth(&self) -> Outcome<ValidatorKey> {
        let path = ["v1", "modules", "membership", "validators"];
        let known: Value = self.cluster.api("est")?.get(&path, &[]).await?;
        let nodes = known["nodes"].as_array().map_or(&[][..], Vec::as_slice);
        let own = nodes.iter().find(|node| node["member"] == FIFTH);
        let key = own.map(|node| node["key"].clone()).unwrap_or_default();
        serde_json::from_value(key).attempt(|| format!("find {FIFTH}'s node among those announced"))
    }
}
