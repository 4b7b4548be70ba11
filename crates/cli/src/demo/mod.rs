//! `convoy demo`: four nations on one machine, one scenario through the public interfaces, a proof, a killed validator, a fifth nation that comes and goes.
//!
//! Every step has an expectation and is told with the time it took; the first that is not as it should be ends the demo with exit code 1. Ctrl-C
//! before the last step ends it with exit code 130, for then nothing was shown.

mod fifth;
mod proofs;
mod scenario;
mod story;

use crate::{
    clock,
    cluster::Cluster,
    connection::{Done, Hand},
    failure::{Attempt as _, Failure, Outcome},
    handover, key,
    network::{self, file::NetworkFile, manifest},
    output::{self, Screen},
    track,
};
use clap::Args;
use convoy_client::{Client, OnError, Signer};
use convoy_modules::custody::types::Action;
use convoy_types::{MemberId, StatementId, identifiers::Epc};
use scenario::{CONTAINER, Deed, MISSING, STEPS, TRACED};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use story::{Said, Story};

/// The demo's network, the file of the examples.
const NETWORK: &str = include_str!("../../../../examples/network/four-nations.toml");
/// What people call its places.
const NAMES: &str = include_str!("../../../../examples/network/names.toml");
/// How long nodes may take until they are ready.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long a node that was away may take to catch up.
const CAUGHT_UP_WITHIN: Duration = Duration::from_secs(60);
/// The validator that is killed.
const KILLED: &str = "pol";

/// How to run the demo.
#[derive(Args, Debug)]
pub struct Options {
    /// End after the last step instead of staying up; exit code 0 when everything was as it should be
    #[arg(long)]
    once: bool,
    /// Where keys, data and files go; made anew each time
    #[arg(long, value_name = "DIR", default_value = "run/demo")]
    dir: PathBuf,
}

/// Runs the demo.
pub fn run(options: &Options, screen: Screen) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .attempt(|| "start the demo".into())?;
    let staying = AtomicBool::new(false);
    runtime.block_on(async {
        tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c() => {
                screen.hint("\nStopped. Its data stays in its folder until the next run.");
                match staying.load(Ordering::Relaxed) {
                    true => Ok(()),
                    false => Err(Failure::interrupted("the demo was stopped before its last step; nothing is shown by it")),
                }
            }
            outcome = perform(options, screen, &staying) => outcome,
        }
    })
}

async fn perform(options: &Options, screen: Screen, staying: &AtomicBool) -> Outcome {
    let mut story = Story::new(screen);
    let mut demo = Demo::prepare(&options.dir)?;
    demo.begin(&mut story).await?;
    let statements = demo.play(&mut story).await?;
    demo.show_trace(screen, &mut story).await?;
    demo.prove(&mut story, &statements).await?;
    demo.lose_and_regain(&mut story).await?;
    demo.welcome_and_part(&mut story).await?;
    let files = demo.files();
    screen.hint(format!(
        "\nEverything was as it should be: {} steps.",
        story.steps().len()
    ));
    if !options.once {
        staying.store(true, Ordering::Relaxed);
        demo.stay(screen).await?;
    }
    demo.cluster.stop_all()?;
    if screen.json {
        output::put(&json!({"as_expected": true, "steps": story.steps(), "files": files, "trace": demo.trace}).to_string());
    }
    Ok(())
}

struct Demo {
    cluster: Cluster,
    program: PathBuf,
    trace: Value,
    stale: usize,
}

impl Demo {
    /// Stops what an earlier run in `folder` left behind and founds the network anew.
    fn prepare(folder: &Path) -> Outcome<Self> {
        let stale = Cluster::end_stale(folder)?;
        clear(folder)?;
        let file = NetworkFile {
            demo: true,
            ..NetworkFile::parse(NETWORK)?
        };
        let manifest = network::init(&file, folder)?;
        let program = std::env::current_exe().attempt(|| "find this program".into())?;
        let cluster = Cluster::new(manifest, &program);
        Ok(Self {
            cluster,
            program,
            trace: Value::Null,
            stale,
        })
    }

    async fn begin(&mut self, story: &mut Story) -> Outcome {
        story.chapter("Four nations, one ledger");
        let network = self.cluster.manifest.network.clone();
        let stale = self.stale;
        story
            .step(
                "A network is founded: six members, four of them with a validator",
                async {
                    let after = if stale > 0 {
                        format!(" ({stale} nodes of an earlier run were stopped)")
                    } else {
                        String::new()
                    };
                    Ok(Said::result(format!("{network}{after}")))
                },
            )
            .await?;
        let cluster = &mut self.cluster;
        story
            .step(
                "Estonia, France, Italy and Poland start, each as a process of its own",
                async {
                    cluster.start_all()?;
                    let ready = cluster.all_ready(READY_WITHIN).await?;
                    let pids: Vec<_> = cluster
                        .pids()
                        .iter()
                        .map(|(_, pid)| pid.to_string())
                        .collect();
                    Ok(Said::result(format!(
                        "ready in {} ms, processes {}",
                        ready.as_millis(),
                        pids.join(" ")
                    )))
                },
            )
            .await
    }

    /// Plays the scenario; gives its statements with the name of their step.
    async fn play(&mut self, story: &mut Story) -> Outcome<Vec<(String, StatementId)>> {
        story.chapter("From Turin to Tapa, told in EPCIS 2.0 through the nodes' public interfaces");
        let mut statements = Vec::new();
        for step in STEPS {
            let hand = self.hand(step.member).await?;
            let mut done = None;
            let told = &mut done;
            story
                .step(step.title, async {
                    let (said, result) = match step.deed {
                        Deed::Capture(_, document) => {
                            let result = hand.capture(document.to_vec(), OnError::Rollback).await?;
                            (String::new(), result)
                        }
                        Deed::HandOver(to) => {
                            let (name, result) = self.hand_over(&hand, to).await?;
                            (name, result)
                        }
                        Deed::ConveyOwnership(to) => {
                            let offer =
                                scenario::ownership(MemberId::new(to).map_err(Failure::usage)?)?;
                            self.convey(&hand, to, &offer, scenario::PARTS[0]).await?
                        }
                        Deed::ReportLoss => {
                            let result = hand.act(&scenario::loss(epc(MISSING)?)).await?;
                            (self.open_case(&hand.client).await?, result)
                        }
                    };
                    let finality = Some(result.took);
                    *told = Some(result);
                    Ok(Said {
                        result: said,
                        finality,
                    })
                })
                .await?;
            let name = match step.deed {
                Deed::Capture(name, _) => name.trim_end_matches(".json").to_owned(),
                Deed::HandOver(to) => format!("handover-to-{to}"),
                Deed::ConveyOwnership(to) => format!("ownership-to-{to}"),
                Deed::ReportLoss => "loss".to_owned(),
            };
            let ids = done.into_iter().flat_map(|done: Done| done.statements);
            statements.extend(ids.map(|id| (name.clone(), id)));
        }
        Ok(statements)
    }

    /// Offers the container and accepts it on the other side.
    async fn hand_over(&self, from: &Hand, to: &str) -> Outcome<(String, Done)> {
        let offer = scenario::offer(MemberId::new(to).map_err(Failure::usage)?, epc(CONTAINER)?);
        self.convey(from, to, &offer, CONTAINER).await
    }

    /// Makes an offer that names `object` and accepts it on the other side; both are statements of their own.
    async fn convey(
        &self,
        from: &Hand,
        to: &str,
        offer: &Action,
        object: &str,
    ) -> Outcome<(String, Done)> {
        let taker = self.hand(to).await?;
        let offered = from.act(offer).await?;
        let id = handover::offered_to(&taker.client, to, &epc(object)?).await?;
        let mut accepted = taker
            .act(&Action::AcceptHandover {
                handover: id,
                time: None,
                discrepancies: Vec::new(),
            })
            .await?;
        accepted.took = accepted.took.max(offered.took);
        accepted.statements.splice(0..0, offered.statements);
        Ok(("two signatures".into(), accepted))
    }

    async fn open_case(&self, client: &Client) -> Outcome<String> {
        let cases: Value = client.get(&["v1", "cases"], &[("state", "open")]).await?;
        let listed = cases["cases"].as_array().map_or(0, Vec::len);
        if listed != 1 {
            return Err(Failure::refused(format!(
                "one open case was expected and there are {listed}: {cases}"
            )));
        }
        Ok("one case is open".into())
    }

    /// Who acts for `member`: the key its node holds, or, for a member without a node, its own key.
    async fn hand(&self, member: &str) -> Outcome<Hand> {
        let manifest = &self.cluster.manifest;
        let entry = manifest.member(member)?;
        let signer = entry
            .signers
            .first()
            .ok_or_else(|| Failure::usage(format!("`{member}` has no signer")))?;
        let client = self.cluster.api_as(member, &signer.key)?;
        if entry.node.is_some() {
            return Ok(Hand::of_node(client));
        }
        let folder = manifest.folder.join(member);
        let (did, key) = key::Store::at(&folder, &folder.join("passphrase")).signer(&signer.key)?;
        let signer = Signer::load(&client, did, key, 0).await?;
        Ok(Hand {
            client,
            signer: Some(signer),
        })
    }

    /// Prints the trace of one part, as Poland's node knows it.
    async fn show_trace(&mut self, screen: Screen, story: &mut Story) -> Outcome {
        story.chapter("One part's life, asked at another nation's node");
        let cluster = &mut self.cluster;
        let trace = &mut self.trace;
        story
            .step("France's node traces part NP26-0006 of case 2", async {
                let height = cluster.height("est").await?;
                cluster.reached("fra", height, CAUGHT_UP_WITHIN).await?;
                *trace = track::fetch(&cluster.api("fra")?, TRACED).await?;
                check_trace(trace)
            })
            .await?;
        if !screen.json {
            let names = track::Names::parse(NAMES)?;
            output::put(&track::describe(&self.trace, &names));
        }
        Ok(())
    }

    /// Kills one validator, goes on without it, starts it again and waits until it has caught up.
    async fn lose_and_regain(&mut self, story: &mut Story) -> Outcome {
        story.chapter("A validator is lost");
        let hand = self.hand("est").await?;
        let cluster = &mut self.cluster;
        let mut at = 0;
        let height = &mut at;
        story
            .step("Poland's validator is killed (kill -9)", async {
                *height = cluster.height(KILLED).await?;
                cluster.kill(KILLED)?;
                Ok(Said::result(format!("at height {height}")))
            })
            .await?;
        let cluster = &mut self.cluster;
        story
            .step(
                "The network goes on: Estonia counts the part in its store",
                async {
                    let done = hand
                        .capture(scenario::count_in_store(clock::now_ms()), OnError::Rollback)
                        .await?;
                    Ok(Said {
                        result: format!("height {}", cluster.height("est").await?),
                        finality: Some(done.took),
                    })
                },
            )
            .await?;
        story
            .step(
                "Poland's validator starts again from what it had made durable",
                async {
                    cluster.start(KILLED)?;
                    let ready = cluster.ready(KILLED, READY_WITHIN).await?;
                    Ok(Said::result(format!("ready in {} ms", ready.as_millis())))
                },
            )
            .await?;
        story
            .step("… and catches up", async {
                let others = cluster.height("est").await?;
                let took = cluster.reached(KILLED, others, CAUGHT_UP_WITHIN).await?;
                let trace = track::fetch(&cluster.api(KILLED)?, TRACED).await?;
                let expected = track::fetch(&cluster.api("est")?, TRACED).await?;
                if trace["history"] != expected["history"] {
                    return Err(Failure::refused(
                        "Poland's node tells another history than Estonia's",
                    ));
                }
                Ok(Said::result(format!(
                    "height {at} → {others} in {} ms, same history as Estonia's",
                    took.as_millis()
                )))
            })
            .await
    }

    /// Files that the demo leaves behind.
    fn files(&self) -> Value {
        json!({"folder": self.cluster.manifest.folder, "proofs": self.cluster.manifest.folder.join("proofs")})
    }

    /// Prints the addresses and stays until Ctrl-C, as long as every node runs.
    async fn stay(&mut self, screen: Screen) -> Outcome {
        let folder = self.cluster.manifest.folder.clone();
        let rows = self.cluster.manifest.nodes().map(|(member, node)| {
            [
                member.name.clone(),
                format!("http://{}", node.api),
                format!(
                    "{}",
                    folder
                        .join(member.id.as_str())
                        .join("officer.token")
                        .display()
                ),
            ]
        });
        screen.hint(format!(
            "\n{}",
            output::table(["Nation", "Interface", "Token of its officer"], rows)
        ));
        screen.hint(format!(
            "The console, in a browser on this machine; each link signs in as that nation's officer, so it is as secret as the token:\n{}\n",
            self.console_links()?.join("\n")
        ));
        if let Some(secure) = self.cluster.node("est")?.secure {
            screen.hint(format!(
                "Or sign in by hand, over HTTPS, as anybody of Estonia or with a passkey: https://localhost:{port}\nA browser trusts it once {ca} is among its authorities; a program with --ca {ca}.\n",
                port = secure.port(),
                ca = folder.join("ca.pem").display(),
            ));
        }
        screen.hint(format!(
            "Try it from another terminal:\n  {program} track {TRACED} --node http://{api} --token-file {token}\n  curl http://{api}/v1/health\n\nThe network stays up until Ctrl-C.",
            program = self.program.display(),
            api = self.cluster.node("est")?.api,
            token = folder.join("est/officer.token").display(),
        ));
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            for name in self.cluster.names() {
                self.cluster.process(&name)?.check_running(&name)?;
            }
        }
    }
}

impl Demo {
    /// A link for each nation that opens its console signed in, with the names of the scenario's places.
    fn console_links(&self) -> Outcome<Vec<String>> {
        let folder = &self.cluster.manifest.folder;
        let link = |(member, node): (&manifest::Member, &manifest::Node)| {
            let file = folder.join(member.id.as_str()).join("officer.token");
            let token = fs::read_to_string(&file).attempt(|| format!("read {}", file.display()))?;
            let (name, api, token) = (&member.name, node.api, token.trim());
            Ok(format!(
                "  {name:<8}  http://{api}/#token={token}&names=scenario"
            ))
        };
        self.cluster.manifest.nodes().map(link).collect()
    }
}

/// What the trace must say: the part is in Estonia's store, in Estonia's custody, and the wrong place stands corrected.
fn check_trace(trace: &Value) -> Outcome<Said> {
    let history = trace["history"].as_array().map_or(0, Vec::len);
    let now = &trace["now"];
    if history < 5 || now["custodian"] != "est" || now["owner"] != "est" {
        return Err(Failure::refused(format!(
            "the trace is not what was played: {history} entries, now {now}"
        )));
    }
    Ok(Said::result(format!(
        "{history} entries; now in the custody of {}",
        now["custodian"]
    )))
}

/// Removes an earlier run. A folder that no demo made is left alone.
fn clear(folder: &Path) -> Outcome {
    let Ok(mut entries) = folder.read_dir() else {
        return Ok(());
    };
    if entries.next().is_some() && !folder.join(manifest::FILE_NAME).exists() {
        return Err(Failure::usage(format!(
            "{} holds something that is no demo network",
            folder.display()
        ))
        .remedy("give --dir a new or empty folder"));
    }
    fs::remove_dir_all(folder).attempt(|| format!("clear {}", folder.display()))
}

fn epc(text: &str) -> Outcome<Epc> {
    Epc::parse(text).map_err(Failure::usage)
}
