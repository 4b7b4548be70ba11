//! The application: builds blocks, executes every block before the vote, and checks every commitment.
//!
//! A wrong root is a wrong block. `Stateful` itself compares only the operation roots and ranges, so
//! [`compare`] checks all the rest and says in the log which commitment differs.
//!
//! Nothing here waits for a clock: waiting for statements and for a clock that lags happens in
//! [`pace`](super::pace), outside of `Stateful`, where it delays nothing but its own block.

use super::{
    block::{Block, BlockRules, Header, HeaderCore, HeaderRest, Place},
    contract::{
        Ancestry as UnderWay, BlockContext, Core, Execution, Fault, Genesis, Hash, Mempool, Output,
        Purpose, Statement, Tip,
    },
    databases::{self, Batches, Sealed, Targets},
    durability::Databases,
    epochs::Epochs,
    execute::{Failure, Seed, Workspace},
    pace::ClockOffset,
    runtime::Runtime,
    under_way::BlocksUnderWay,
};
use crate::protocol::halt_words;
use commonware_consensus::{
    Heightable,
    marshal::ancestry::Ancestry,
    simplex::{scheme::ed25519::Scheme, types::Context},
};
use commonware_cryptography::{Digestible, ed25519::PublicKey, sha256};
use commonware_glue::stateful::{Application, Finality, Input, Proposed, db::DatabaseSet};
use commonware_utils::channel::watch;
use convoy_types::{Digest, header::validators_digest, receipt::recovery::RecoveryDocument};
use std::sync::Arc;
use tracing::{debug, error, warn};

/// What does not change while the node runs.
pub(super) struct Shared {
    pub core: Arc<dyn Core>,
    pub mempool: Arc<dyn Mempool>,
    pub genesis: Genesis,
    pub genesis_block: Block,
    pub network: Hash,
    pub statements_max: usize,
    pub bytes_max: usize,
    pub epochs: Epochs,
    pub clock: ClockOffset,
    pub under_way: BlocksUnderWay,
    /// Why no further block is executed here, once that is so.
    pub halted: watch::Sender<Option<String>>,
}

impl Shared {
    /// The decoding rules of blocks.
    pub(super) fn rules(&self) -> BlockRules {
        BlockRules {
            statements_max: self.statements_max,
            bytes_max: self.bytes_max,
            core: Arc::clone(&self.core),
        }
    }
}

/// The application given to `Stateful`.
#[derive(Clone)]
pub(super) struct App(pub Arc<Shared>);

impl App {
    /// The parent's header and log edge.
    async fn parent_tip(
        &self,
        parent: &sha256::Digest,
        ancestry: impl Ancestry<Block>,
    ) -> Option<Tip> {
        use futures::StreamExt as _;
        if let Some(tip) = self.0.under_way.tip(&parent.0) {
            return Some(tip);
        }
        let mut ancestry = Box::pin(ancestry);
        while let Some(block) = ancestry.next().await {
            if block.digest() == *parent {
                return Some(block.inner().tip());
            }
            if block.inner().header.core.height == 0 {
                break;
            }
        }
        None
    }

    /// Opens the workspace in which a block of this height is executed.
    async fn open<E: Runtime>(
        &self,
        height: u64,
        batches: Batches<E>,
    ) -> Result<Workspace<E>, Failure> {
        Workspace::open(batches, Seed::for_height(&self.0.genesis, height)).await
    }

    /// Executes a block on the parent's state and seals the result.
    async fn run<E: Runtime>(
        &self,
        context: BlockContext,
        parent: &Tip,
        block: &Block,
        batches: Batches<E>,
        purpose: Purpose,
    ) -> Result<(Output, Sealed<E>), Failure> {
        let workspace = self.open::<E>(context.height, batches).await?;
        let statements = block.statements.to_vec();
        let execution = self.begin(context, parent, statements, purpose)?;
        let (workspace, mut output) = workspace.run(execution).await?;
        forget_same_set(&mut output, || self.validating(context.epoch));
        let sealed = workspace.seal(&output).await?;
        Ok((output, sealed))
    }

    fn begin(
        &self,
        context: BlockContext,
        parent: &Tip,
        statements: Vec<Statement>,
        purpose: Purpose,
    ) -> Result<Box<dyn Execution>, Fault> {
        let recovery = self.0.epochs.refounding(context.height);
        let decision = recovery.as_deref().map(|recovery| &recovery.document);
        let at = (context, parent, purpose);
        begin(self.0.core.as_ref(), decision, at, statements)
    }

    /// The digest of the set that validates in `epoch`.
    fn validating(&self, epoch: u64) -> Digest {
        let now = self.0.epochs.validators(epoch).unwrap_or_default();
        validators_digest(&now)
    }

    /// Builds a block on `parent` from what waits and what the core accepts of it.
    async fn build<E: Runtime>(
        &self,
        now_ms: u64,
        place: &Context<sha256::Digest, PublicKey>,
        parent: &Tip,
        batches: Batches<E>,
    ) -> Result<(Block, Output, Sealed<E>), Failure> {
        let shared = &self.0;
        let context = BlockContext {
            height: parent.header.core.height + 1,
            time_ms: now_ms.max(parent.header.core.time_ms + 1),
            epoch: place.round.epoch().get(),
            proposer: hash_of(&place.leader),
        };
        let ancestry: UnderWay = shared.under_way.ancestry(&place.parent.1.0);
        let offered = match shared.epochs.refounding(context.height) {
            Some(_) => Vec::new(),
            None => shared
                .mempool
                .take(&ancestry, shared.statements_max, shared.bytes_max),
        };
        let workspace = self.open::<E>(context.height, batches).await?;
        let execution = self.begin(context, parent, offered.clone(), Purpose::Propose)?;
        let (workspace, mut output) = workspace.run(execution).await?;
        forget_same_set(&mut output, || self.validating(context.epoch));
        for (place, reason) in &output.skipped {
            if let Some(statement) = offered.get(*place) {
                shared.mempool.refused(&statement.id, reason);
            }
        }
        let statements: Arc<[Statement]> = match &output.included {
            None => offered.into(),
            Some(places) => places
                .iter()
                .filter_map(|place| offered.get(*place).cloned())
                .collect(),
        };
        let sealed = workspace.seal(&output).await?;
        let before = (&parent.header, self.validators_behind(&parent.header));
        let (header, in_consensus) = header::<E>(place, &context, before, &output, &sealed);
        let block = Block::new(
            header,
            in_consensus,
            statements,
            output.frontier.clone(),
            output.next_validators.clone(),
            place.leader.clone(),
        );
        Ok((block, output, sealed))
    }

    /// Keeps what the block executed to until it is durable.
    fn remember(&self, block: &Block, mut output: Output) {
        output.state_writes = Vec::new();
        output.counter_writes = Vec::new();
        let header = &block.header;
        if header.ends_epoch() {
            self.0
                .epochs
                .expect_end(header.core.epoch, header.core.height);
        }
        self.0.under_way.insert(block, output);
        self.0.mempool.included(&block.ids());
    }

    /// What headers behind `parent` carry for the validators.
    fn validators_behind(&self, parent: &Header) -> Digest {
        let recovery = self.0.epochs.refounding(parent.core.height + 1);
        carried(
            parent,
            recovery.as_deref().map(|recovery| &recovery.document),
        )
    }

    /// Rules that need no execution.
    fn precheck(
        &self,
        block: &Block,
        parent: &Tip,
        place: &Context<sha256::Digest, PublicKey>,
    ) -> Result<(), String> {
        let core = &block.header.core;
        let recovery = self.0.epochs.refounding(core.height);
        let decision = recovery.as_deref().map(|recovery| &recovery.document);
        check_place(&block.header, &parent.header, decision)?;
        if core.network.0 != self.0.network {
            return Err("it belongs to another network".into());
        }
        if core.epoch != place.round.epoch().get() {
            return Err("it names another epoch".into());
        }
        Ok(())
    }
}

impl<E: Runtime> Application<E> for App {
    type SigningScheme = Scheme;
    type Context = Context<sha256::Digest, PublicKey>;
    type Block = Block;
    type Databases = Databases<E>;
    type Captured = ();
    type Provider = ();
    type Input = ();

    fn sync_targets(block: &Block) -> Targets {
        databases::targets(&block.header.rest)
    }

    async fn genesis(&mut self) -> Block {
        self.0.genesis_block.clone()
    }

    async fn propose(
        &mut self,
        (runtime, place): (E, Self::Context),
        ancestry: impl Ancestry<Block>,
        batches: Batches<E>,
        _input: Input<(), ()>,
    ) -> Option<Proposed<Self, E>> {
        let parent = ancestry.peek()?.inner().tip();
        let core = &parent.header.core;
        let refounded = self.0.epochs.refounding(core.height + 1);
        let ended = parent.header.ends_epoch() || refounded.is_some();
        if ended && core.epoch == place.round.epoch().get() {
            // Proposed again instead, from now on: there is no block behind it in its epoch.
            self.0.epochs.expect_end(core.epoch, core.height);
            return None;
        }
        let (block, output, merkleized) = match self
            .build::<E>(self.0.clock.now(&runtime), &place, &parent, batches)
            .await
        {
            Ok(built) => built,
            Err(failure) => {
                warn!(height = parent.header.core.height + 1, %failure, "no block was built");
                return None;
            }
        };
        self.remember(&block, output);
        Some(Proposed { block, merkleized })
    }

    async fn process(
        &mut self,
        (_runtime, place): (E, Self::Context),
        ancestry: impl Ancestry<Block>,
        batches: Batches<E>,
        finality: Finality,
    ) -> Option<Sealed<E>> {
        let block = ancestry.peek()?.inner_shared();
        let parent = self
            .parent_tip(&sha256::Digest(block.header.rest.parent.0), ancestry)
            .await?;
        let height = block.header.core.height;
        let purpose = match finality {
            Finality::Candidate => Purpose::Verify,
            Finality::Finalized => Purpose::Replay,
        };
        if purpose == Purpose::Verify
            && let Err(reason) = self.precheck(&block, &parent, &place)
        {
            warn!(
                height,
                leader = hex::encode(block.place.leader),
                "block refused: {reason}"
            );
            return None;
        }
        let context = BlockContext {
            height,
            time_ms: block.header.core.time_ms,
            epoch: block.header.core.epoch,
            proposer: block.place.leader,
        };
        let executed = self
            .run::<E>(context, &parent, &block, batches, purpose)
            .await;
        let (output, sealed) = match executed {
            Ok(executed) => executed,
            // It is final and nobody here can say what it does. There is no answer that would let the state go on, and what is served
            // needs none: blocks that come after wait in their archive, without acknowledgement, for a build that knows the rules.
            Err(Failure::Wrong(Fault::Protocol { active, newest }))
                if purpose == Purpose::Replay =>
            {
                let words = halt_words(height, active, newest);
                error!(height, active, newest, "{words}");
                self.0.halted.send_replace(Some(words));
                return std::future::pending().await;
            }
            Err(failure) => {
                warn!(height, leader = hex::encode(block.place.leader), %failure, "block refused");
                return None;
            }
        };
        let before = (&parent.header, self.validators_behind(&parent.header));
        let (computed, _) = header::<E>(&place, &context, before, &output, &sealed);
        if let Err(field) = compare(&computed, &block.header) {
            warn!(
                height,
                leader = hex::encode(block.place.leader),
                "block refused: its {field} is not what its statements give"
            );
            return None;
        }
        self.remember(&block, output);
        Some(sealed)
    }

    async fn capture(
        &mut self,
        _context: (E, Self::Context),
        _block: &Block,
        _batches: &Sealed<E>,
        _readers: <Databases<E> as DatabaseSet<E>>::Readers,
    ) {
    }

    async fn finalized(
        &mut self,
        _context: (E, Self::Context),
        block: &Block,
        _captured: (),
        _readers: <Databases<E> as DatabaseSet<E>>::Readers,
    ) {
        let height = block.height().get();
        debug!(height, "applied");
        self.0.under_way.applied(&block.header.digest().0, height);
    }
}

/// The 32 bytes of a key.
pub(super) fn hash_of(key: &PublicKey) -> Hash {
    let mut out = Hash::default();
    out.copy_from_slice(key.as_ref());
    out
}

/// The execution of a block; that of the first block behind a decision of the members carries it out, and nothing else.
pub(super) fn begin(
    core: &dyn Core,
    decision: Option<&RecoveryDocument>,
    (context, parent, purpose): (BlockContext, &Tip, Purpose),
    statements: Vec<Statement>,
) -> Result<Box<dyn Execution>, Fault> {
    match decision {
        Some(_) if !statements.is_empty() => Err(Fault::Block(
            "the first block behind a decision of the members holds statements".into(),
        )),
        Some(decision) => Ok(core.refound(context, parent, decision, purpose)),
        None => Ok(core.begin(context, parent, statements, purpose)),
    }
}

/// Whether a block is the next one, or the first behind a decision of the members.
pub(super) fn check_place(
    header: &Header,
    parent: &Header,
    decision: Option<&RecoveryDocument>,
) -> Result<(), String> {
    let follows = match decision {
        Some(decision) => header.check_refounds(parent, &decision.digest()),
        None => header.check_follows(parent),
    };
    follows.map_err(|error| error.to_string())
}

/// What the header behind `parent` carries for its validators.
pub(super) fn carried(parent: &Header, decision: Option<&RecoveryDocument>) -> Digest {
    decision.map_or(parent.rest.next_validators, RecoveryDocument::digest)
}

/// A change to the very set that validates is none: it would end an epoch for nothing.
pub(super) fn forget_same_set(output: &mut Output, now: impl FnOnce() -> Digest) {
    let next = output.next_validators.take();
    output.next_validators = next.filter(|next| validators_digest(next) != now());
}

/// The header of a block that was executed, and its place. The parent comes with what it hands over to.
pub(super) fn header<E: Runtime>(
    place: &Context<sha256::Digest, PublicKey>,
    context: &BlockContext,
    (parent, validators): (&Header, Digest),
    output: &Output,
    sealed: &Sealed<E>,
) -> (Header, Place) {
    let stores = databases::commitments::<E>(sealed);
    let in_consensus = Place {
        view: place.round.view().get(),
        parent_view: place.parent.0.get(),
        leader: hash_of(&place.leader),
    };
    let header = Header {
        core: HeaderCore {
            network: parent.core.network,
            epoch: context.epoch,
            height: context.height,
            time_ms: context.time_ms,
            first_leaf: output.first_leaf,
            accepted: output.accepted,
            log_size: output.log_size,
            log_root: Digest(output.log_root),
        },
        rest: HeaderRest {
            parent: Digest(place.parent.1.0),
            statements_root: Digest(output.statements_root),
            outcomes_root: Digest(output.outcomes_root),
            state: stores.state,
            history: stores.history,
            lanes: stores.lanes,
            validators,
            next_validators: output
                .next_validators
                .as_deref()
                .map_or(validators, validators_digest),
            tree_head_keys: Digest(output.tree_head_keys),
            extension: in_consensus.digest(),
        },
    };
    (header, in_consensus)
}

/// Names the first commitment in which a header differs from what execution gave.
pub(super) fn compare(computed: &Header, claimed: &Header) -> Result<(), &'static str> {
    let (a, b) = (&computed.rest, &claimed.rest);
    let log = |core: &HeaderCore| (core.first_leaf, core.log_size, core.log_root);
    let checks = [
        ("statements root", a.statements_root == b.statements_root),
        ("outcomes root", a.outcomes_root == b.outcomes_root),
        (
            "number of accepted statements",
            computed.core.accepted == claimed.core.accepted,
        ),
        (
            "log root or size",
            log(&computed.core) == log(&claimed.core),
        ),
        ("state root", a.state.root == b.state.root),
        ("state operations", a.state == b.state),
        ("history", a.history == b.history),
        ("lanes", a.lanes == b.lanes),
        ("validator set", a.validators == b.validators),
        ("next validator set", a.next_validators == b.next_validators),
        ("tree-head key set", a.tree_head_keys == b.tree_head_keys),
        ("place in consensus", a.extension == b.extension),
        ("header", computed == claimed),
    ];
    let differing = checks.into_iter().find(|(_, equal)| !equal);
    differing.map_or(Ok(()), |(field, _)| Err(field))
}
