//! `convoy bench`: a network of real processes under an open load, and what it costs.
//!
//! Flow: found a network in a fresh folder → start one process per validator → start the load process (this program again), which preloads
//! objects and signs everything in advance → take the counters → start the clock → watch the read models → take the counters again → report.
//!
//! Nothing is left out of the path: statements go through the submit interface, every node keeps its read model, disk sync is on.

mod ceiling;
pub mod conditions;
pub mod latency;
pub mod load;
mod measure;
mod plan;
mod report;
mod slow_links;
mod workload;

use crate::{
    cluster::Cluster,
    connection,
    failure::{Attempt as _, Failure, Outcome},
    network::{
        file::{MemberEntry, NetworkFile, SignerEntry},
        found::{self, Enrolment, Ports},
        manifest::Manifest,
    },
    output::Screen,
};
use clap::Args;
use convoy_modules::membership::{
    self,
    types::{MemberKind, Role},
};
use convoy_types::{
    MemberId,
    cose::{Algorithm, SigningKey},
};
use indicatif::{ProgressBar, ProgressStyle};
use plan::{Plan, Signer, Target, Workload};
use serde_json::{Value, json};
use slow_links::Quality;
use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// What each nation's administrator's key is called.
const ADMINISTRATOR: &str = "administrator";
/// Signers enrolled by one statement.
const ENROLLED_AT_ONCE: usize = 25;
/// How long a node may take until it is ready.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// What to measure.
#[derive(Args, Debug, Clone)]
pub struct Options {
    /// Validators, each a process of its own
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=32))]
    validators: u16,
    /// What the statements do
    #[arg(long, value_enum, default_value_t = Workload::Custody)]
    workload: Workload,
    /// Events in one statement of the epcis workload
    #[arg(long, default_value_t = 500, value_name = "B", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    batch: u16,
    /// Statements offered per second, over all nodes
    #[arg(long, default_value_t = 1_000, value_name = "R", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    rate: u64,
    /// For how long, seconds
    #[arg(long, default_value_t = 30, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// Objects commissioned before the clock starts
    #[arg(long, default_value_t = 10_000, value_name = "OBJECTS")]
    preload: u64,
    /// Round trip between validators, milliseconds
    #[arg(long, default_value_t = 0, value_name = "MS")]
    rtt_ms: u64,
    /// Share of packets lost between validators, 0 to 1
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    loss: f64,
    /// Validators that are dead while the load runs
    #[arg(long, default_value_t = 0, value_name = "N", conflicts_with = "join")]
    dead: u16,
    /// Round trip between one validator and all others, milliseconds
    #[arg(long, default_value_t = 0, value_name = "MS")]
    slow_ms: u64,
    /// Afterwards a new member joins with a node of its own
    #[arg(long)]
    join: bool,
    /// Different signers
    #[arg(long, default_value_t = 1_000, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    signers: u16,
    /// How long a connection of the load collects statements before it sends them, milliseconds
    #[arg(long, default_value_t = 5, value_name = "MS")]
    linger_ms: u64,
    /// Where the network's data goes; kept afterwards [default: a temporary folder, removed]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Options {
    /// How many validators live while the load runs: their members alone act, through them.
    fn living(&self) -> usize {
        usize::from(self.validators - self.dead)
    }

    /// What the link between two validators is like. The first one is the slow one, if one is.
    fn quality(&self, one: usize, other: usize) -> Quality {
        let slow_ms = match one.min(other) {
            0 => self.slow_ms,
            _ => 0,
        };
        Quality {
            round_trip: Duration::from_millis(self.rtt_ms.max(slow_ms)),
            loss: self.loss,
        }
    }
}

/// What the load process needs (internal).
#[derive(Args, Debug)]
pub struct LoadOptions {
    /// The plan
    #[arg(long)]
    plan: PathBuf,
}

/// The load process.
pub fn run_load(options: &LoadOptions) -> Outcome {
    load::run(&options.plan)
}

/// Runs the bench.
pub fn run(options: &Options, screen: Screen) -> Outcome {
    check(options)?;
    if cfg!(debug_assertions) {
        screen.hint("This is a development build: the figures say nothing about a release build.");
    }
    let temporary = std::env::temp_dir().join(format!("convoy-bench-{}", std::process::id()));
    let folder = options.dir.clone().unwrap_or_else(|| temporary.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .attempt(|| "start the bench".into())?;
    let measured = runtime.block_on(perform(options, &folder, screen));
    if options.dir.is_none() {
        let _absent = std::fs::remove_dir_all(&temporary);
    }
    let measured = measured?;
    screen.result(|| report::table(&measured), || measured.clone());
    Ok(())
}

fn check(options: &Options) -> Outcome {
    let per_member = options.preload / u64::from(options.validators);
    if per_member == 0 {
        return Err(Failure::usage(
            "the statements report on preloaded objects and there would be none",
        )
        .remedy("preload at least one object for each validator, such as --preload 10000"));
    }
    if options.dead >= options.validators {
        return Err(Failure::usage("no validator would be left").remedy(
            "give --dead fewer than --validators; a quorum goes on with less than a third",
        ));
    }
    if options.signers < options.validators {
        return Err(Failure::usage("every member needs a signer")
            .remedy("give --signers at least as many as --validators"));
    }
    if !(0.0..1.0).contains(&options.loss) {
        return Err(Failure::usage("--loss is a share from 0 to below 1")
            .remedy("write 0.01 for one percent"));
    }
    Ok(())
}

async fn perform(options: &Options, folder: &Path, screen: Screen) -> Outcome<Value> {
    let program = std::env::current_exe().attempt(|| "find this program".into())?;
    Cluster::end_stale(folder)?;
    let manifest = found_network(options, folder).await?;
    let mut cluster = Cluster::new(manifest, &program);
    cluster.start_all()?;
    let ready = cluster.all_ready(READY_WITHIN).await?;
    screen.hint(format!(
        "{} validators ready in {} ms; preloading {} objects and signing {} statements",
        options.validators,
        ready.as_millis(),
        options.preload,
        options.rate * options.seconds
    ));
    let signers = enrol(options, &cluster).await?;
    let plan = plan(options, &cluster, signers)?;
    let mut load = LoadProcess::start(&program, folder, &plan)?;
    let prepared = load.line().await?;
    for name in cluster.names().split_off(plan.targets.len()) {
        cluster.kill(&name)?;
        cluster.part_with(&name);
    }
    let before = measure::Counters::take(&cluster, true).await?;
    load.go()?;
    let watch = measure::watch(
        &cluster,
        Duration::from_secs(options.seconds),
        progress(options, screen),
    );
    let (result, watched) = tokio::join!(load.line(), watch);
    let after = measure::Counters::take(&cluster, false).await?;
    let blocks = measure::blocks(&cluster, &before, &after).await?;
    let lived = measure::Lived {
        restart: match options.dead {
            0 => Some(measure::restart(&mut cluster).await?),
            _ => None,
        },
        join: match options.join {
            true => Some(measure::join(&mut cluster, ADMINISTRATOR).await?),
            false => None,
        },
    };
    let measured = report::Measured {
        prepared,
        load: result?,
        watched: watched?,
        before,
        after,
        blocks,
        lived,
    };
    let report = report::build(options, &plan, &measured)?;
    cluster.stop_all()?;
    Ok(report)
}

fn progress(options: &Options, screen: Screen) -> ProgressBar {
    if screen.json {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{elapsed_precise} [{bar:40}] {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(options.seconds).with_style(style)
}

/// Founds a network of `validators` nations, each with an administrator whose key its node holds.
async fn found_network(options: &Options, folder: &Path) -> Outcome<Manifest> {
    let members = (1..=options.validators).map(|number| {
        let id = MemberId::new(&format!("nation-{number}")).map_err(Failure::usage)?;
        Ok(MemberEntry {
            name: id.to_string(),
            id,
            kind: MemberKind::Nation,
            founding: true,
            validator: true,
            host: None,
            node: None,
            through: None,
            signers: vec![SignerEntry {
                key: ADMINISTRATOR.into(),
                roles: vec![Role::MemberAdministrator],
            }],
        })
    });
    let members = members.collect::<Outcome<_>>()?;
    let file = NetworkFile {
        name: "bench".into(),
        api_port: 18_101,
        secure_port: 18_501,
        peer_port: 19_101,
        demo: false,
        members,
    };
    let ports = Ports::free(&file)?;
    let links = links(&ports, options).await?;
    found::found(&file, folder, &ports, &[], |from, to| {
        links.address(from, to)
    })
}

/// Enrols signers whose keys are kept in memory only, by statements of each living nation's administrator. Signer `n` acts for nation `n % nations`.
async fn enrol(options: &Options, cluster: &Cluster) -> Outcome<Vec<Signer>> {
    let mut names = cluster.names();
    names.truncate(options.living());
    let mut signers = Vec::new();
    let mut actions: Vec<Vec<Value>> = names.iter().map(|_| Vec::new()).collect();
    for index in 0..usize::from(options.signers) {
        let key = SigningKey::generate(Algorithm::Ed25519).attempt(|| "make a key".into())?;
        let nation = index % names.len();
        let enrolment = Enrolment {
            kind: membership::types::SignerKind::Person,
            did: found::random_did()?,
            member: MemberId::new(&names[nation]).map_err(Failure::usage)?,
            roles: vec![Role::LogisticsOfficer],
            key: key.public().clone(),
            held_by_node: false,
        };
        let seed = key.to_secret().attempt(|| "export a key".into())?;
        signers.push(Signer {
            did: enrolment.did.clone(),
            seed: hex::encode(seed.as_slice()),
        });
        actions[nation].push(json!(membership::types::Action::EnrolSigner(
            enrolment.new_signer()
        )));
    }
    let work = names
        .iter()
        .zip(&actions)
        .map(|(name, actions)| async move {
            let client = cluster.api_as(name, ADMINISTRATOR)?;
            for chunk in actions.chunks(ENROLLED_AT_ONCE) {
                let chunk: Vec<_> = chunk
                    .iter()
                    .map(|action| (membership::NAME, action.clone()))
                    .collect();
                let id = client.act(&chunk, None).await?;
                connection::accepted(&client.follow(&id, READY_WITHIN).await?)?;
            }
            Outcome::Ok(())
        });
    futures::future::try_join_all(work).await?;
    Ok(signers)
}

/// Where each validator reaches each other one: directly, or through a forwarder that imitates a long path.
struct Links(Vec<Vec<std::net::SocketAddr>>);

impl Links {
    fn address(&self, from: usize, to: usize) -> std::net::SocketAddr {
        self.0[from][to]
    }
}

async fn links(ports: &Ports, options: &Options) -> Outcome<Links> {
    let mut links = Vec::new();
    for from in 0..ports.peer.len() {
        let mut row = Vec::new();
        for (to, target) in ports.peer.iter().enumerate() {
            let quality = options.quality(from, to);
            if quality == Quality::default() {
                row.push(*target);
                continue;
            }
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
                .await
                .attempt(|| "open a forwarder".into())?;
            row.push(
                listener
                    .local_addr()
                    .attempt(|| "open a forwarder".into())?,
            );
            tokio::spawn(slow_links::forward(listener, *target, quality));
        }
        links.push(row);
    }
    Ok(Links(links))
}

fn plan(options: &Options, cluster: &Cluster, signers: Vec<Signer>) -> Outcome<Plan> {
    let targets = cluster
        .manifest
        .nodes()
        .take(options.living())
        .map(|(_, node)| {
            Ok(Target {
                url: format!("http://{}", node.api),
                token: cluster.manifest.secret(&node.admin_token)?,
            })
        })
        .collect::<Outcome<_>>()?;
    Ok(Plan {
        network: cluster.manifest.network.clone(),
        targets,
        signers,
        workload: options.workload,
        batch: usize::from(options.batch),
        rate: options.rate,
        seconds: options.seconds,
        preload: options.preload,
        linger_ms: options.linger_ms,
    })
}

/// The load as a process of its own: what it costs is not counted as the nodes'.
struct LoadProcess {
    child: Child,
    lines: tokio::sync::mpsc::Receiver<String>,
}

impl LoadProcess {
    fn start(program: &Path, folder: &Path, plan: &Plan) -> Outcome<Self> {
        let file = folder.join("plan.json");
        let bytes = serde_json::to_vec(plan).attempt(|| "write the plan".into())?;
        convoy_node::durable::write_private(&file, &bytes)
            .attempt(|| format!("write {}", file.display()))?;
        let mut child = Command::new(program)
            .args(["bench-load", "--plan"])
            .arg(&file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .attempt(|| "start the load process".into())?;
        let out = child
            .stdout
            .take()
            .ok_or_else(|| Failure::environment("the load process has no output"))?;
        let (sender, lines) = tokio::sync::mpsc::channel(2);
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if sender.blocking_send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, lines })
    }

    /// The next thing it has to say.
    async fn line(&mut self) -> Outcome<Value> {
        let line = self.lines.recv().await.ok_or_else(|| {
            Failure::environment("the load process ended before it was done; what it said is above")
        })?;
        serde_json::from_str(&line).attempt(|| "understand the load process".into())
    }

    fn go(&mut self) -> Outcome {
        let stdin = self.child.stdin.as_mut();
        let stdin = stdin.ok_or_else(|| Failure::environment("the load process has no input"))?;
        stdin
            .write_all(b"go\n")
            .and_then(|()| stdin.flush())
            .attempt(|| "start the clock".into())
    }
}

impl Drop for LoadProcess {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _gone = self.child.kill();
        }
        let _reaped = self.child.wait();
    }
}
