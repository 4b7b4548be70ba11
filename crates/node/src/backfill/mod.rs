//! History from before a node joined: fetched from peers in the background, checked, kept, and handed to the log and the read model.
//!
//! ```text
//! joined at B, by state synchronisation
//!   1. fetch   B-1 down to 1, from one peer after another ([`fetch`]); each body is checked ([`check`]) against the digest that the
//!              header above it names, then kept in the engine's archive of earlier blocks
//!   2. hand on 1 up to B: the log's hole is filled, each block's root compared; the read model takes every block in order
//!   3. meet    the newest block: from then on the sink hands blocks on as they come
//! ```
//!
//! Whoever reads is not answered before step 3 ends. What a reader may see follows from the policies, clearances and labels of the whole
//! history, and a half-known history could show what it must not. Until then the node votes or follows, admits statements, and
//! gives receipts of what became final since it joined.
//!
//! Invariants
//! - Nothing is kept that is not proved by the state this node holds: blocks by their digests, outcomes and events by the outcomes root,
//!   a statement's member by the signer's record. What no header commits to, the words of refusals, is not taken over.
//! - Stopped anywhere, also by `kill -9`, it goes on from what is on disk.
//! - A node that takes over a state once more begins again from there: what is kept by then is not fetched again, and the read model gets
//!   every block once.
//! - A peer that sends what is wrong is not asked again; one that is silent is left for another.
//! - It is in nobody's way: one request at a time, and a peer answers one at a time.

mod check;
mod fetch;
mod hand_on;
mod message;
mod serve;
#[cfg(test)]
mod tests;

use crate::{
    core::Preparer,
    engine::{EngineError, EngineHandle, Wire, contract::Hash},
    log_store::LogStore,
    sink::Sink,
};
use bytes::Bytes;
use convoy_types::{header::Header, receipt::Trust};
use serde::Serialize;
use std::sync::{Arc, atomic::Ordering};
use tokio::sync::{mpsc, watch};

/// Messages that may wait on either side of a channel.
const QUEUE: usize = 64;

/// Which part of a node's history is here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct History {
    /// The first block that came to this node by itself.
    pub joined_height: u64,
    /// Blocks are here from this height on.
    pub from_height: u64,
    /// Blocks up to this height are in the log and the read model.
    pub told_height: u64,
    /// Whether readers are answered from the whole history.
    pub whole: bool,
}

impl History {
    /// That of a node that joined at `joined_height`, before it has looked what is here.
    pub(crate) fn begun(joined_height: u64) -> Self {
        Self {
            joined_height,
            from_height: joined_height,
            ..Self::default()
        }
    }

    /// How far it is, in words.
    pub fn words(&self) -> String {
        let Self {
            joined_height,
            from_height,
            told_height,
            ..
        } = self;
        if *from_height > 1 {
            return format!(
                "this node joined at block {joined_height} and is fetching what was before: history is here from block {from_height} on, readers are answered when it is whole"
            );
        }
        format!(
            "this node joined at block {joined_height}; all history is here and is being read in: {told_height} of {joined_height} blocks so far"
        )
    }
}

/// Why fetching or handing on stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stopped {
    /// The node stops.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The log's files.
    #[error("the statement log: {0}")]
    Log(#[from] std::io::Error),
    /// What is kept does not fit together.
    #[error("{0}")]
    Damaged(String),
    /// The read model does not take any more.
    #[error("the read model has stopped")]
    ReadModel,
    /// What is missing has another end now.
    #[error("this node took over a state once more")]
    JoinedAgain,
}

/// What it takes.
pub(crate) struct Backfill {
    /// Where blocks are kept and read.
    pub engine: EngineHandle,
    /// The log with the hole.
    pub log: Arc<LogStore>,
    /// Who hands on new blocks.
    pub sink: Arc<Sink>,
    /// The ledger's rules.
    pub preparer: Arc<Preparer>,
    /// Who finalized.
    pub trust: Trust,
    /// This node's key, which is not asked.
    pub me: Hash,
    /// What is told of it.
    pub progress: watch::Sender<Option<History>>,
}

impl Backfill {
    /// Answers peers that joined later, and fetches what this node lacks itself. Called on the interface's runtime.
    pub(crate) fn start(self, wire: Wire) {
        let Wire {
            outgoing,
            incoming,
            bytes_max,
            ..
        } = wire;
        let (to_serve, requests) = mpsc::channel(QUEUE);
        let (to_fetch, answers) = mpsc::channel(QUEUE);
        tokio::spawn(sort(incoming, to_serve, to_fetch));
        tokio::spawn(serve::run(
            self.engine.clone(),
            requests,
            outgoing.clone(),
            bytes_max,
        ));
        let link = fetch::Link { outgoing, answers };
        tokio::spawn(async move {
            if let Err(stopped) = self.run(link).await {
                match stopped {
                    Stopped::Engine(_) => tracing::debug!(%stopped, "history"),
                    _ => {
                        tracing::error!(%stopped, "what was before this node joined is not being fetched any more; restart the node, and if it says this again, start it with an empty data folder")
                    }
                }
            }
        });
    }

    async fn run(&self, mut link: fetch::Link) -> Result<(), Stopped> {
        let mut joined = self.sink.joined.subscribe();
        loop {
            // What peers send is checked against the state.
            if !self.engine.opened().await {
                return Ok(());
            }
            let height = *joined.borrow_and_update();
            if let Some(height) = height {
                match self.complete(&mut link, height).await {
                    Ok(()) | Err(Stopped::JoinedAgain) => {}
                    Err(stopped) => return Err(stopped),
                }
            }
            if joined.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    /// Has everything from before `joined` here, in the log and in the read model.
    async fn complete(&self, link: &mut fetch::Link, joined: u64) -> Result<(), Stopped> {
        let mut history = History {
            from_height: self.engine.kept_from(joined).await?,
            ..History::begun(joined)
        };
        if self.log.hole().is_none() && self.sink.live.load(Ordering::SeqCst) {
            // All of it was here and was read in. What this node does not keep has been pruned since.
            history.whole = true;
            history.told_height = joined;
            self.tell(&history);
            return Ok(());
        }
        self.tell(&history);
        if history.from_height > 1 {
            tracing::info!(
                joined,
                from = history.from_height,
                "fetching what was before this node joined"
            );
        }
        fetch::run(self, link, &mut history).await?;
        hand_on::run(self, &mut history).await
    }

    /// Why a block is not here that was looked for: this node took over a later state once more, or it is missing.
    async fn missing(&self, height: u64, history: &History) -> Stopped {
        // An engine that stops has nothing any more, and says so here.
        if let Err(stops) = self.engine.kept_from(height).await {
            return stops.into();
        }
        if !self.joined_again(history) {
            tracing::warn!(
                height,
                joined = history.joined_height,
                "this block is not here: it was passed over by a second taking over of the state, or is lost"
            );
            // Which of the two it is, the next new block says.
            let told = self.told();
            let (mut joined, mut tip) = (self.sink.joined.subscribe(), self.sink.tip.subscribe());
            let newer = |tip: &Option<Header>| tip.map(|tip| tip.core.height) > told;
            tokio::select! {
                _ = joined.wait_for(|joined| *joined != Some(history.joined_height)) => {}
                _ = tip.wait_for(newer) => {}
            }
        }
        if self.joined_again(history) {
            return Stopped::JoinedAgain;
        }
        Stopped::Damaged(format!("block {height} or its outcomes are not here"))
    }

    /// The newest block that the engine has told.
    fn told(&self) -> Option<u64> {
        self.engine.tip().map(|tip| tip.core.height)
    }

    fn joined_again(&self, history: &History) -> bool {
        *self.sink.joined.borrow() != Some(history.joined_height)
    }

    /// Whom to ask: those who validate now.
    fn peers(&self) -> Vec<Hash> {
        let validators = self.engine.validators(self.engine.epoch());
        let keys = validators
            .iter()
            .flat_map(|set| set.iter().map(|validator| validator.key));
        keys.filter(|key| *key != self.me).collect()
    }

    fn tell(&self, history: &History) {
        self.progress.send_replace(Some(*history));
    }
}

/// Parts requests from answers. Full queues drop: whoever asked asks again.
async fn sort(
    mut incoming: mpsc::Receiver<(Hash, Bytes)>,
    requests: mpsc::Sender<(Hash, message::Request)>,
    answers: mpsc::Sender<(Hash, message::Part)>,
) {
    while let Some((from, bytes)) = incoming.recv().await {
        match message::decode(bytes) {
            Some(message::Message::Request(request)) => {
                let _ = requests.try_send((from, request));
            }
            Some(message::Message::Part(part)) => {
                let _ = answers.try_send((from, part));
            }
            None => tracing::debug!("a message about history that cannot be read"),
        }
    }
}
