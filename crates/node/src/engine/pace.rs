//! When to propose, and when a block's time has come.
//!
//! Sits between `Deferred` and `Stateful`, where waiting delays nothing but its own block: `Stateful`
//! neither finalizes nor prunes while it builds or processes.
//!
//! A proposer waits
//! - no longer, once enough statements wait for a full block;
//! - for [`Pace::linger`] after it first sees a statement waiting, so that blocks gather what arrives
//!   together;
//! - until [`Pace::heartbeat`] after the last block when nothing waits: an idle network is almost silent,
//!   and its disk hardly grows. A statement that arrives meanwhile ends this wait at once.
//!
//! Finality of a block needs no later block, so a long heartbeat delays nobody. Nobody can tell a leader
//! that waits from a dead one, so the leader timeout does not grow with the heartbeat beyond
//! [`LEADER_WAITS_MAX`]: a longer heartbeat ends the views before it without a block, which costs a vote
//! each, and a validator that dies under load is waited for no longer.
//!
//! A voter whose clock is more than [`CLOCK_AHEAD_MS_MAX`] behind a block's time waits until it is not.
//! It never refuses for that reason: another clock may be wrong, and refusing would split honest voters.
//! The wait ends when consensus gives the view up, so a block from the far future costs its own view only.

use super::{block::Block, contract::Mempool, runtime::Runtime};
use commonware_consensus::{
    Application, Handoff,
    marshal::ancestry::Ancestry,
    simplex::{scheme::ed25519::Scheme, types::Context},
};
use commonware_cryptography::{Digested, ed25519::PublicKey, sha256};
use commonware_macros::select;
use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};
use tracing::debug;

/// A block's time may be at most this far ahead of a voter's clock, milliseconds.
pub const CLOCK_AHEAD_MS_MAX: u64 = convoy_types::limits::CLOCK_AHEAD_MS_MAX;

/// How often a voter that waits for a block's time looks at the clock.
const CLOCK_LOOKED_AT: Duration = Duration::from_millis(500);

/// How long a leader is trusted to wait for statements.
const LEADER_WAITS_MAX: Duration = Duration::from_secs(2);

/// When a proposer stops waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Statements that make waiting longer pointless.
    pub enough_statements: usize,
    /// Bytes of statements that make waiting longer pointless.
    pub enough_bytes: usize,
    /// Time to gather statements once one waits.
    pub linger: Duration,
    /// Time from one block to the next when nothing waits.
    pub heartbeat: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            enough_statements: 2_000,
            enough_bytes: 1_000_000,
            linger: Duration::from_millis(25),
            heartbeat: Duration::from_millis(1_000),
        }
    }
}

/// Timeouts of consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// How long a leader may take to propose.
    pub leader: Duration,
    /// How long a view may take to be certified; more than `leader`.
    pub certification: Duration,
    /// How often a vote to skip is repeated.
    pub retry: Duration,
    /// A leader silent for this long is skipped at once; more than `certification`.
    pub skip: Duration,
    /// How long a peer may take to answer a request.
    pub fetch: Duration,
}

impl Timeouts {
    /// Timeouts that an idle leader never runs into where the heartbeat is at most [`LEADER_WAITS_MAX`].
    pub fn for_heartbeat(heartbeat: Duration) -> Self {
        let leader = heartbeat.min(LEADER_WAITS_MAX) + Duration::from_millis(750);
        let certification = leader + Duration::from_secs(1);
        Self {
            leader,
            certification,
            retry: Duration::from_secs(1),
            skip: certification + Duration::from_secs(1),
            fetch: Duration::from_secs(2),
        }
    }
}

/// What is added to a node's clock, milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockOffset(pub i64);

impl ClockOffset {
    /// The node's idea of the time, milliseconds since 1970-01-01 UTC.
    pub(super) fn now(self, runtime: &impl Runtime) -> u64 {
        let since = runtime.wall().duration_since(UNIX_EPOCH);
        let millis = since.map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        });
        millis.saturating_add_signed(self.0)
    }
}

/// An application that waits before it proposes and before it votes.
#[derive(Clone)]
pub(super) struct Paced<A> {
    pub inner: A,
    pub pace: Pace,
    pub clock: ClockOffset,
    pub mempool: Arc<dyn Mempool>,
}

impl<A> Paced<A> {
    /// Waits until this node's clock is hardly behind `time_ms`. Looks again and again, because the clock may be set meanwhile.
    async fn time_of<E: Runtime>(&self, runtime: &E, height: u64, time_ms: u64) {
        loop {
            let ahead = time_ms.saturating_sub(self.clock.now(runtime));
            let wait = ahead.saturating_sub(CLOCK_AHEAD_MS_MAX);
            if wait == 0 {
                return;
            }
            debug!(
                height,
                wait_ms = wait,
                "this block's time has not come on this node's clock"
            );
            let wait = Duration::from_millis(wait).min(CLOCK_LOOKED_AT);
            runtime.sleep(wait).await;
        }
    }

    /// Waits until it is time to propose what follows a block of `parent_ms`. Cancellation-safe: holds nothing.
    async fn time_to_propose<E: Runtime>(&self, runtime: &E, parent_ms: u64) {
        let age = self.clock.now(runtime).saturating_sub(parent_ms);
        let heartbeat = self.pace.heartbeat;
        let mut deadline = runtime.current() + heartbeat.saturating_sub(Duration::from_millis(age));
        let mut lingering = false;
        loop {
            // Asked for before looking, so that nothing that arrives in between is missed.
            let changed = self.mempool.changed();
            let waiting = self.mempool.waiting();
            if waiting.count >= self.pace.enough_statements
                || waiting.bytes >= self.pace.enough_bytes
            {
                return;
            }
            if waiting.count > 0 && !lingering {
                lingering = true;
                deadline = deadline.min(runtime.current() + self.pace.linger);
            }
            select! {
                () = runtime.sleep_until(deadline) => return,
                () = changed => {},
            }
        }
    }
}

impl<E, A> Application<E> for Paced<A>
where
    E: Runtime,
    A: Application<
            E,
            SigningScheme = Scheme,
            Context = Context<sha256::Digest, PublicKey>,
            Block = Block,
            Input = (),
        > + Sync,
{
    type SigningScheme = Scheme;
    type Context = A::Context;
    type Block = Block;
    type Input = ();

    async fn prepare(
        &mut self,
        _context: (E, Self::Context),
        _ancestry: impl Ancestry<Block>,
        _input: (),
    ) -> Handoff<Digested<Block>> {
        Handoff::Wait
    }

    async fn propose(
        &mut self,
        context: (E, Self::Context),
        ancestry: impl Ancestry<Block>,
        input: (),
    ) -> Option<Digested<Block>> {
        let parent = ancestry.peek();
        let parent_ms = parent.map_or(0, |parent| parent.inner().header.core.time_ms);
        self.time_to_propose(&context.0, parent_ms).await;
        self.inner.propose(context, ancestry, input).await
    }

    async fn verify(
        &mut self,
        context: (E, Self::Context),
        ancestry: impl Ancestry<Block>,
    ) -> bool {
        if let Some(block) = ancestry.peek() {
            let header = &block.inner().header.core;
            self.time_of(&context.0, header.height, header.time_ms)
                .await;
        }
        self.inner.verify(context, ancestry).await
    }
}
