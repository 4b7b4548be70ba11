//! A network of node processes on one machine, for the demo, the bench and the tests.
//!
//! Every condition is polled at the nodes' own interfaces; nothing here waits for a guessed time.

mod newcomer;
mod process;
pub mod usage;

pub use newcomer::Newcomer;
pub use process::{NodeProcess, POLL_EVERY, end_stale};

use crate::{
    connection::projected_height,
    failure::{Failure, Outcome},
    network::manifest::{Manifest, Node},
};
use convoy_client::{Client, Network};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How long a node may take to stop in order: a node itself waits 17 s for what is under way.
pub const STOP_WITHIN: Duration = Duration::from_secs(30);

/// The nodes of one network, some of them running.
#[derive(Debug)]
pub struct Cluster {
    /// The network.
    pub manifest: Manifest,
    program: PathBuf,
    /// Nodes that run another program, from their next start on.
    programs: BTreeMap<String, PathBuf>,
    /// What each node's command is wrapped in, such as `prlimit --fsize=…`.
    wrappers: BTreeMap<String, Vec<String>>,
    running: BTreeMap<String, NodeProcess>,
}

impl Cluster {
    /// The nodes of `manifest`, none of them running; `program` is the convoy binary.
    pub fn new(manifest: Manifest, program: &Path) -> Self {
        Self {
            manifest,
            program: program.to_owned(),
            programs: BTreeMap::new(),
            wrappers: BTreeMap::new(),
            running: BTreeMap::new(),
        }
    }

    /// Stops nodes of this folder that an earlier run left behind; says how many.
    pub fn end_stale(folder: &Path) -> Outcome<usize> {
        let Ok(manifest) = Manifest::read(folder) else {
            return Ok(0);
        };
        let mut ended = 0;
        for (_, node) in manifest.nodes() {
            let config = folder.join(&node.config);
            ended += usize::from(end_stale(&config, &folder.join(&node.log), STOP_WITHIN)?);
        }
        Ok(ended)
    }

    /// Short names of the members that run nodes.
    pub fn names(&self) -> Vec<String> {
        self.manifest
            .nodes()
            .map(|(member, _)| member.id.to_string())
            .collect()
    }

    /// Starts the node of `name` with its command behind `wrapper`, from now on.
    pub fn wrap(&mut self, name: &str, wrapper: Vec<String>) {
        self.wrappers.insert(name.to_owned(), wrapper);
    }

    /// Starts the node of `name` with another build of the program, from now on.
    pub fn exchange(&mut self, name: &str, program: &Path) {
        self.programs.insert(name.to_owned(), program.to_owned());
    }

    /// Starts the node of `name`.
    pub fn start(&mut self, name: &str) -> Outcome {
        let node = self.node(name)?.clone();
        let folder = &self.manifest.folder;
        let wrapper = self.wrappers.get(name).map_or(&[][..], Vec::as_slice);
        let process = NodeProcess::start(
            self.programs.get(name).unwrap_or(&self.program),
            &folder.join(&node.config),
            &folder.join(&node.log),
            wrapper,
        )?;
        self.running.insert(name.to_owned(), process);
        Ok(())
    }

    /// Starts every node.
    pub fn start_all(&mut self) -> Outcome {
        self.names().iter().try_for_each(|name| self.start(name))
    }

    /// Waits until the node of `name` says that it is ready.
    ///
    /// # Errors
    /// It ended by itself (with the end of its log), or was not ready in time.
    pub async fn ready(&mut self, name: &str, within: Duration) -> Outcome<Duration> {
        let api = self.api(name)?;
        let asked = Instant::now();
        while !api.is_ready().await {
            self.process(name)?.check_running(name)?;
            if asked.elapsed() > within {
                let tail = self.process(name)?.log_tail();
                return Err(Failure::environment(format!(
                    "the node of {name} is not ready after {} s; the end of its log:\n{tail}",
                    within.as_secs()
                )));
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
        Ok(asked.elapsed())
    }

    /// Waits until every running node is ready.
    pub async fn all_ready(&mut self, within: Duration) -> Outcome<Duration> {
        let asked = Instant::now();
        for name in self.running.keys().cloned().collect::<Vec<_>>() {
            self.ready(&name, within.saturating_sub(asked.elapsed()))
                .await?;
        }
        Ok(asked.elapsed())
    }

    /// Waits until the node of `name` has reached `height`, both its ledger and its read model.
    pub async fn reached(
        &mut self,
        name: &str,
        height: u64,
        within: Duration,
    ) -> Outcome<Duration> {
        let asked = Instant::now();
        loop {
            let reached = match self.api(name) {
                Ok(client) => projected_height(&client).await.unwrap_or(0),
                Err(_) => 0,
            };
            if reached >= height {
                return Ok(asked.elapsed());
            }
            self.process(name)?.check_running(name)?;
            if asked.elapsed() > within {
                return Err(Failure::environment(format!(
                    "the node of {name} is at height {reached} after {} s, expected at least {height}",
                    within.as_secs()
                )));
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
    }

    /// The height that the node of `name` has made durable.
    pub async fn height(&self, name: &str) -> Outcome<u64> {
        let network: Network = self.api(name)?.get(&["v1", "network"], &[]).await?;
        Ok(network.height)
    }

    /// Ends the node of `name` as a power cut would.
    pub fn kill(&mut self, name: &str) -> Outcome {
        self.taken(name)?.kill()
    }

    /// Ends all running nodes as a power cut would.
    pub fn kill_all(&mut self) -> Outcome {
        std::mem::take(&mut self.running)
            .into_values()
            .try_for_each(NodeProcess::kill)
    }

    /// Stops the node of `name` in order.
    pub fn stop(&mut self, name: &str) -> Outcome {
        self.taken(name)?.stop(STOP_WITHIN).map(drop)
    }

    /// Stops the node of `name` in order, by SIGTERM, as an operator or a service manager does.
    pub fn terminate(&mut self, name: &str) -> Outcome {
        self.taken(name)?.terminate(STOP_WITHIN).map(drop)
    }

    /// Stops all running nodes in order; the first failure is given after all were stopped.
    pub fn stop_all(&mut self) -> Outcome {
        let stopped: Vec<_> = std::thread::scope(|scope| {
            let stopping: Vec<_> = std::mem::take(&mut self.running)
                .into_values()
                .map(|process| scope.spawn(move || process.stop(STOP_WITHIN)))
                .collect();
            stopping
                .into_iter()
                .filter_map(|thread| thread.join().ok())
                .collect()
        });
        stopped.into_iter().try_for_each(|status| status.map(drop))
    }

    /// The process of the node of `name`.
    pub fn process(&mut self, name: &str) -> Outcome<&mut NodeProcess> {
        self.running
            .get_mut(name)
            .ok_or_else(|| Failure::environment(format!("the node of {name} is not running")))
    }

    /// Process ids of the running nodes, by member.
    pub fn pids(&self) -> Vec<(String, u32)> {
        self.running
            .iter()
            .map(|(name, process)| (name.clone(), process.pid()))
            .collect()
    }

    /// The node of `name` as the manifest has it.
    pub fn node(&self, name: &str) -> Outcome<&Node> {
        self.manifest.node_of(self.manifest.member(name)?)
    }

    /// The interface of the node of `name`, with its administrator's token.
    pub fn api(&self, name: &str) -> Outcome<Client> {
        let node = self.node(name)?;
        let token = self.manifest.secret(&node.admin_token)?;
        Ok(Client::new(&format!("http://{}", node.api), Some(&token))?)
    }

    /// The interface that `key` of member `name` uses, with that signer's token.
    pub fn api_as(&self, name: &str, key: &str) -> Outcome<Client> {
        let member = self.manifest.member(name)?;
        let signer = member
            .signers
            .iter()
            .find(|signer| signer.key == key)
            .ok_or_else(|| Failure::usage(format!("member `{name}` has no key `{key}`")))?;
        let node = self.manifest.node_of(member)?;
        let token = self.manifest.secret(&signer.token)?;
        Ok(Client::new(&format!("http://{}", node.api), Some(&token))?)
    }

    fn taken(&mut self, name: &str) -> Outcome<NodeProcess> {
        self.running
            .remove(name)
            .ok_or_else(|| Failure::environment(format!("the node of {name} is not running")))
    }
}

impl Drop for Cluster {
    /// Whoever lets go of a cluster, by Ctrl-C or by a failed step, stops its nodes in order.
    fn drop(&mut self) {
        let _stopped = self.stop_all();
    }
}
