//! A fifth nation joins the running network with one file and one command, validates, and leaves again.

use super::{
    CAUGHT_UP_WITHIN, Demo, READY_WITHIN, scenario,
    story::{Said, Story},
};
use crate::{
    clock,
    failure::{Attempt as _, Failure, Outcome},
    network::{
        found::free_ports,
        manifest::{Member, Node},
    },
};
use convoy_client::{OnError, State};
use convoy_modules::membership::{
    self,
    types::{Action, ValidatorChange, ValidatorKey},
};
use convoy_types::MemberId;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

/// The nation's short name.
const FIFTH: &str = "nor";
/// The first port that its node may take; the four have those below.
const FIRST_PORT: u16 = 9_201;
/// Blocks between an agreement and its effect here: the fewest that are possible.
const AFTER_BLOCKS: u32 = 10;

impl Demo {
    /// Norway joins, validates and leaves.
    pub(super) async fn welcome_and_part(&mut self, story: &mut Story) -> Outcome {
        story.chapter("A fifth nation comes, and goes");
        let bundle = self.cluster.manifest.folder.join("norway.json");
        story
            .step("Estonia invites Norway: one file", async {
                let est = self.cluster.manifest.folder.join("est");
                self.convoy(&[
                    "network",
                    "invite",
                    FIFTH,
                    "--name",
                    "Norway",
                    "--config",
                    &text(&est.join("node.toml")),
                    "--node",
                    &format!("http://{}", self.cluster.node("est")?.api),
                    "--token-file",
                    &text(&est.join("officer.token")),
                    "--out",
                    &text(&bundle),
                ])?;
                Ok(Said::result("norway.json"))
            })
            .await?;
        let joined = Instant::now();
        story
            .step(
                "Norway joins with it: one command makes keys, certificate and configuration, and enrols them",
                async {
                    let home = self.cluster.manifest.folder.join(FIFTH);
                    let found = free_ports(FIRST_PORT, 3, &mut BTreeSet::new())?;
                    let [api, secure, listen] = found[..] else {
                        return Err(Failure::environment("three free ports were not found"));
                    };
                    self.convoy(&[
                        "network", "join", &text(&bundle), "--out", &text(&home),
                        "--api", &api.to_string(), "--secure", &secure.to_string(), "--listen", &listen.to_string(),
                    ])?;
                    self.cluster.manifest.members.push(member(api, secure, listen)?);
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
                self.cluster
                    .manifest
                    .members
                    .retain(|member| member.id.as_str() != FIFTH);
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

    /// Does it with the key of `nation`'s officer; answers with the height of its block.
    async fn membership(&self, nation: &str, action: &Action) -> Outcome<u64> {
        let client = self.cluster.api_as(nation, "officer")?;
        let action = serde_json::to_value(action).attempt(|| "write the action".into())?;
        let id = client.act(&[(membership::NAME, action)], None).await?;
        let status = client.follow(&id, CAUGHT_UP_WITHIN).await?;
        if status.state == State::Accepted {
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

    /// Runs this program as somebody at a command line does.
    fn convoy(&self, arguments: &[&str]) -> Outcome {
        let output = Command::new(&self.program)
            .args(arguments)
            .output()
            .attempt(|| "start this program".into())?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Failure::refused(format!(
            "convoy {}: {said}",
            arguments.join(" ")
        )))
    }
}

/// Norway in the network's manifest, so that its process is one of those that are watched and stopped.
fn member(api: SocketAddr, secure: SocketAddr, peer: SocketAddr) -> Outcome<Member> {
    let id = MemberId::new(FIFTH).map_err(Failure::usage)?;
    let home = Path::new(FIFTH);
    Ok(Member {
        id: id.clone(),
        name: "Norway".into(),
        node: Some(Node {
            config: home.join("node.toml"),
            data: home.join("data"),
            log: home.join("node.log"),
            api,
            secure: Some(secure),
            peer,
            admin_token: home.join("admin.token"),
        }),
        through: id,
        signers: Vec::new(),
    })
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
