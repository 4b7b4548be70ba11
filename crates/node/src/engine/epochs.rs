//! Epochs: which validators vote on which heights.
//!
//! An epoch is the period of one validator set. Its last block commits to the next set, so an epoch ends where the chain
//! says so and nowhere else. [`Boundaries`] holds where closed epochs ended, the last one is open; [`Epochs`] adds the sets, their
//! signature schemes and the [steps](super::succession) by which each set handed over; [`EpochManager`] owns consensus: one simplex engine at a
//! time, on channels multiplexed by epoch.
//!
//! ```text
//! block H of epoch e is executed and hands over ──> H is expected to be the last: proposed again until it is final
//! H is durable ──> its step is durable ──> scheme, boundary and peers of e + 1 ──> consensus of e + 1 starts, that of e ends
//!              ──> H is acknowledged
//! ```
//!
//! What is expected comes from executing a block that may not become final. It makes leaders propose that block again and no
//! other behind it, and it is forgotten when another block of that height is final. No vote depends on it: a block that
//! goes on in an ended epoch is refused because of its parent's header, or because of the members' decision, which ends an epoch that its own
//! validators did not end.
//!
//! The channels of the next epoch are open before it begins, so that the first votes of those who are early are not lost.

use super::{
    contract::{Hash, Validator},
    databases::Strategy,
    network::Lane,
    pace::Timeouts,
    peers::Peers,
    runtime::Runtime,
    succession::Step,
};
use commonware_actor::Feedback;
use commonware_codec::{Copying, ReadExt as _};
use commonware_consensus::{
    CertifiableAutomaton, Epochable as _, Relay, Reporter,
    simplex::{
        self, Floor, ForwardPolicy, Plan, SkipBudget, SkipPolicy,
        elector::RoundRobin,
        scheme::ed25519::Scheme,
        types::{Activity, Context},
    },
    types::{Epoch, EpochInfo, Epocher, Height, ViewDelta},
};
use commonware_cryptography::{
    Sha256,
    certificate::{Provider, Scheme as _, Scoped},
    ed25519::{PrivateKey, PublicKey},
    sha256,
};
use commonware_macros::select;
use commonware_p2p::{
    Blocker, Receiver, Sender,
    utils::mux::{MuxHandle, Muxer, SubReceiver, SubSender},
};
use commonware_runtime::{Handle, buffer::paged::CacheRef};
use commonware_utils::{
    NZDuration,
    channel::{mpsc, oneshot, watch},
    ordered::Set,
};
use convoy_types::{
    Digest,
    header::validators_digest,
    receipt::{
        Recovery, Trust,
        trust::{TRUST_VERSION, TrustedEpoch, TrustedValidator},
    },
};
use futures::FutureExt as _;
use std::{
    fmt,
    num::NonZeroUsize,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};
use tracing::{error, info};

#[derive(Clone, Debug, Default)]
struct Ends {
    closed: Vec<u64>,
    /// Where the open epoch will probably end.
    expected: Option<u64>,
}

/// Where closed epochs ended. The last epoch is open.
#[derive(Clone, Debug, Default)]
pub struct Boundaries(Arc<RwLock<Ends>>);

impl Boundaries {
    /// Boundaries recorded so far: the last height of each closed epoch, in order.
    pub fn new(closed: Vec<u64>) -> Self {
        let expected = None;
        Self(Arc::new(RwLock::new(Ends { closed, expected })))
    }

    fn read(&self) -> RwLockReadGuard<'_, Ends> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The open epoch ends at this height, for good.
    fn close(&self, height: u64) {
        let mut ends = self.0.write().unwrap_or_else(PoisonError::into_inner);
        ends.closed.push(height);
        ends.expected = None;
    }

    /// A block that was executed ends `epoch` at `height`.
    fn expect_end(&self, epoch: u64, height: u64) {
        let mut ends = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if ends.closed.len() as u64 == epoch {
            ends.expected = Some(height);
        }
    }

    /// The final block of this height ends nothing.
    fn goes_on(&self, height: u64) {
        if self.read().expected.is_some_and(|end| end <= height) {
            let mut ends = self.0.write().unwrap_or_else(PoisonError::into_inner);
            ends.expected = None;
        }
    }

    fn bounds(&self, epoch: u64) -> Option<(Height, Height)> {
        let ends = self.read();
        let closed = &ends.closed;
        let epoch = usize::try_from(epoch)
            .ok()
            .filter(|epoch| *epoch <= closed.len())?;
        let first = if epoch == 0 { 0 } else { closed[epoch - 1] + 1 };
        let last = closed.get(epoch).copied().or(ends.expected);
        let last = last.unwrap_or(u64::MAX - 1);
        Some((Height::new(first), Height::new(last)))
    }
}

impl Epocher for Boundaries {
    fn containing(&self, height: Height) -> Option<EpochInfo> {
        let epoch = self
            .read()
            .closed
            .partition_point(|last| *last < height.get()) as u64;
        let (first, last) = self.bounds(epoch)?;
        (height <= last).then(|| EpochInfo::new(Epoch::new(epoch), height, first, last))
    }

    fn first(&self, epoch: Epoch) -> Option<Height> {
        self.bounds(epoch.get()).map(|(first, _)| first)
    }

    fn last(&self, epoch: Epoch) -> Option<Height> {
        self.bounds(epoch.get()).map(|(_, last)| last)
    }
}

/// One epoch's validators.
struct Term {
    validators: Arc<[Validator]>,
    /// What headers of the epoch carry for them.
    digest: Digest,
    keys: Set<PublicKey>,
    scheme: Arc<Scheme>,
}

struct Known {
    /// `None` where this node's key must not sign.
    signer: Option<PrivateKey>,
    namespace: Vec<u8>,
    boundaries: Boundaries,
    peers: Peers,
    /// The highest block of which this node has the certificate: its height and epoch.
    certified: RwLock<(u64, u64)>,
    /// The newest epoch, for those who wait for it.
    newest: watch::Sender<u64>,
    terms: RwLock<(Vec<Term>, Vec<Arc<Step>>)>,
}

/// Everything known of epochs; grows by one set at a time. Cheap to clone.
#[derive(Clone)]
pub(super) struct Epochs(Arc<Known>);

impl fmt::Debug for Epochs {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "epochs up to {}", self.latest())
    }
}

impl Epochs {
    /// Epoch 0, of the validators from genesis.
    ///
    /// # Errors
    /// When the set is empty or a key is none.
    pub(super) fn new(
        signer: Option<PrivateKey>,
        namespace: Vec<u8>,
        genesis: &[Validator],
        peers: Peers,
    ) -> Result<Self, String> {
        let epochs = Self(Arc::new(Known {
            signer,
            namespace,
            boundaries: Boundaries::default(),
            peers,
            certified: RwLock::default(),
            newest: watch::Sender::new(0),
            terms: RwLock::default(),
        }));
        let term = epochs.term(genesis, None)?;
        epochs.push(term, None);
        Ok(epochs)
    }

    fn known(&self) -> RwLockReadGuard<'_, (Vec<Term>, Vec<Arc<Step>>)> {
        self.0.terms.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// A term of `validators`, who are there by the members' decision with this digest, where one is given.
    fn term(&self, validators: &[Validator], decision: Option<Digest>) -> Result<Term, String> {
        if validators.is_empty() {
            return Err("the validator set is empty".into());
        }
        let key = |validator: &Validator| {
            PublicKey::read(&mut Copying(&validator.key[..]))
                .map_err(|error| format!("the validator key of {}: {error}", validator.member))
        };
        let keys = validators.iter().map(key).collect::<Result<Vec<_>, _>>()?;
        let keys = Set::from_iter_dedup(keys);
        if keys.len() != validators.len() {
            return Err("a validator key is used twice".into());
        }
        let (signer, namespace) = (self.0.signer.clone(), &self.0.namespace);
        let scheme = signer
            .and_then(|signer| Scheme::signer(namespace, keys.clone(), signer))
            .unwrap_or_else(|| Scheme::verifier(namespace, keys.clone()));
        Ok(Term {
            validators: validators.into(),
            digest: decision.unwrap_or_else(|| validators_digest(validators)),
            keys,
            scheme: Arc::new(scheme),
        })
    }

    fn push(&self, term: Term, step: Option<Step>) {
        let mut terms = self.0.terms.write().unwrap_or_else(PoisonError::into_inner);
        let before = terms.0.last().map(|term| Arc::clone(&term.validators));
        let validators = before.iter().flat_map(|set| set.iter());
        let validators: Vec<Hash> = validators
            .chain(term.validators.iter())
            .map(|validator| validator.key)
            .collect();
        terms.0.push(term);
        if let Some(step) = step {
            self.0.boundaries.close(step.header.core.height);
            terms.1.push(Arc::new(step));
        }
        let newest = terms.1.len() as u64;
        drop(terms);
        self.0.peers.set_validators(validators);
        self.0.newest.send_replace(newest);
    }

    /// The newest epoch known, as it changes.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.0.newest.subscribe()
    }

    /// The members' decision by which `epoch` began, where it was theirs.
    pub(super) fn recovery(&self, epoch: u64) -> Option<Arc<Recovery>> {
        let step = usize::try_from(epoch.checked_sub(1)?).ok()?;
        self.known().1.get(step)?.recovery.clone()
    }

    /// The members' decision whose epoch begins with the block of this height.
    pub(super) fn refounding(&self, height: u64) -> Option<Arc<Recovery>> {
        let last = height.checked_sub(1)?;
        let known = self.known();
        let mut steps = known.1.iter().rev();
        let step = steps.find(|step| step.header.core.height <= last)?;
        (step.header.core.height == last)
            .then(|| step.recovery.clone())
            .flatten()
    }

    /// The validators of this epoch certified the block of this height, or one behind it.
    pub(super) fn saw_certified(&self, height: u64, epoch: u64) {
        let certified = &self.0.certified;
        let mut highest = certified.write().unwrap_or_else(PoisonError::into_inner);
        *highest = (*highest).max((height, epoch));
    }

    /// Whether nothing that this node has speaks against the members' decision.
    ///
    /// # Errors
    /// It has a certified block above the last one that goes on: what was reported final would be lost.
    pub(super) fn check_veto(&self, step: &Step) -> Result<(), String> {
        let core = &step.header.core;
        let last = core.height;
        let highest = self.0.certified.read();
        let (certified, epoch) = *highest.unwrap_or_else(PoisonError::into_inner);
        // One of a later epoch is behind the decision: it was taken before, and this is a restored node.
        if step.recovery.is_none() || certified <= last || epoch > core.epoch {
            return Ok(());
        }
        Err(format!(
            "this node has block {certified}, certified by the validators, and the members' decision goes on from block {last}: what was reported final above it would be lost. The members have to decide on block {certified} or a later one; where that block ended its epoch there is nothing to decide, and this node goes on when one that has its certificate answers"
        ))
    }

    /// The newest epoch known.
    pub(super) fn latest(&self) -> u64 {
        self.known().1.len() as u64
    }

    /// The validators of an epoch.
    pub(super) fn validators(&self, epoch: u64) -> Option<Arc<[Validator]>> {
        let term = usize::try_from(epoch).ok()?;
        let known = self.known();
        known.0.get(term).map(|term| Arc::clone(&term.validators))
    }

    /// Their keys, in the order of certificates.
    pub(super) fn keys(&self, epoch: u64) -> Set<PublicKey> {
        let term = usize::try_from(epoch).unwrap_or(usize::MAX);
        let known = self.known();
        known
            .0
            .get(term)
            .map(|term| term.keys.clone())
            .unwrap_or_default()
    }

    /// Steps from the end of `epoch` on.
    pub(super) fn steps(&self, epoch: u64, count_max: usize) -> Vec<Arc<Step>> {
        let skip = usize::try_from(epoch).unwrap_or(usize::MAX);
        let known = self.known();
        known.1.iter().skip(skip).take(count_max).cloned().collect()
    }

    /// Whether this node votes in the newest epoch.
    pub(super) fn votes(&self) -> bool {
        let known = self.known();
        known
            .0
            .last()
            .is_some_and(|term| term.scheme.me().is_some())
    }

    /// The addresses of peers.
    pub(super) fn peers(&self) -> &Peers {
        &self.0.peers
    }

    /// Where epochs end.
    pub(super) fn boundaries(&self) -> &Boundaries {
        &self.0.boundaries
    }

    /// A block that was executed ends `epoch` at `height`.
    pub(super) fn expect_end(&self, epoch: u64, height: u64) {
        self.0.boundaries.expect_end(epoch, height);
    }

    /// The final block of this height ends nothing.
    pub(super) fn goes_on(&self, height: u64) {
        self.0.boundaries.goes_on(height);
    }

    /// Checks that `step` ends the newest epoch: a quorum of its validators certified a block of theirs that hands over to
    /// the set the step names.
    ///
    /// # Errors
    /// What does not hold.
    pub(super) fn check<E: Runtime>(
        &self,
        context: &mut E,
        strategy: &Strategy,
        step: &Step,
    ) -> Result<(), String> {
        let (header, latest) = (&step.header, self.latest());
        let known = self.digest(latest);
        let next = match &step.recovery {
            Some(_) => header.rest.validators,
            None => validators_digest(&step.next),
        };
        let scheme = self
            .scheme(Epoch::new(latest))
            .ok_or("its validators are not known")?;
        let finalization = &step.finalization;
        let holds = [
            ("its epoch", header.core.epoch == latest),
            ("its validator set", Some(header.rest.validators) == known),
            ("its end", header.ends_epoch() != step.recovery.is_some()),
            (
                "its next validator set",
                header.rest.next_validators == next,
            ),
            (
                "the block of its certificate",
                finalization.proposal.payload.0 == header.digest().0,
            ),
            (
                "the epoch of its certificate",
                finalization.epoch().get() == latest,
            ),
        ];
        if let Some((fault, _)) = holds.into_iter().find(|(_, holds)| !holds) {
            return Err(format!("{fault} does not follow epoch {latest}"));
        }
        let first = self.0.boundaries.first(Epoch::new(latest));
        if first.is_none_or(|first| header.core.height < first.get()) {
            return Err("it ends before the epoch begins".into());
        }
        self.term(&step.next, None)?;
        if !finalization.verify(context, scheme.as_ref(), strategy) {
            return Err("no quorum signed it".into());
        }
        match &step.recovery {
            Some(recovery) => self.check_members(latest, recovery),
            None => Ok(()),
        }
    }

    /// Checks that the members decided so, as anybody can who knows the validators of `epoch`.
    fn check_members(&self, epoch: u64, recovery: &Recovery) -> Result<(), String> {
        let validators = self.validators(epoch).unwrap_or_default();
        let validators = validators.iter().map(|validator| TrustedValidator {
            member: validator.member.clone(),
            key: Digest(validator.key),
        });
        let trust = Trust {
            version: TRUST_VERSION,
            // The block's certificate, which holds, is under the network that this node is in.
            network: recovery.document.network.clone(),
            genesis: Digest::ZERO,
            members_required: 1,
            epochs: vec![TrustedEpoch {
                epoch,
                validators: validators.collect(),
                last_block: None,
                recovery: self
                    .recovery(epoch)
                    .map(|recovery| recovery.document.digest()),
            }],
            tree_heads: Vec::new(),
            signers: Vec::new(),
        };
        convoy_verify::check_recovery(recovery, &trust)
            .map(drop)
            .map_err(|error| error.to_string())
    }

    fn digest(&self, epoch: u64) -> Option<Digest> {
        let term = usize::try_from(epoch).ok()?;
        self.known().0.get(term).map(|term| term.digest)
    }

    /// From now on the step's set is the newest. It was checked, or comes from this node's own chain.
    ///
    /// # Panics
    /// When its set cannot be one: it was agreed nevertheless, so going on would be a guess.
    pub(super) fn accept(&self, step: Step) {
        let decision = step
            .recovery
            .as_ref()
            .map(|recovery| recovery.document.digest());
        let term = self
            .term(&step.next, decision)
            .unwrap_or_else(|fault| panic!("the network agreed on a set that cannot be: {fault}"));
        self.push(term, Some(step));
    }
}

impl Provider for Epochs {
    type Scope = Epoch;
    type Scheme = Scheme;

    fn scoped(&self, epoch: Epoch) -> Option<Scoped<Scheme>> {
        self.scheme(epoch).map(Scoped::scheme)
    }

    fn scheme(&self, epoch: Epoch) -> Option<Arc<Scheme>> {
        let term = usize::try_from(epoch.get()).ok()?;
        self.known()
            .0
            .get(term)
            .map(|term| Arc::clone(&term.scheme))
    }
}

/// Names validators that signed two things at once, before marshal sees the activity.
#[derive(Clone)]
pub(super) struct Witness<R>(pub R);

impl<R: Reporter<Activity = Activity<Scheme, sha256::Digest>>> Reporter for Witness<R> {
    type Activity = R::Activity;

    fn report(&mut self, activity: Self::Activity) -> Feedback {
        match &activity {
            Activity::ConflictingNotarize(proof) => {
                error!(?proof, "a validator voted for two blocks in one view")
            }
            Activity::ConflictingFinalize(proof) => {
                error!(?proof, "a validator finalized two blocks in one view")
            }
            Activity::NullifyFinalize(proof) => {
                error!(?proof, "a validator both skipped and finalized a view")
            }
            _ => {}
        }
        self.0.report(activity)
    }
}

/// How simplex is run in every epoch.
#[derive(Clone)]
pub(super) struct SimplexSettings {
    pub partition_prefix: String,
    pub strategy: Strategy,
    pub timeouts: Timeouts,
    pub page_cache: CacheRef,
    pub buffer: NonZeroUsize,
    pub mailbox: NonZeroUsize,
    pub view_retention: u64,
}

/// Asks for consensus of an epoch; answered once it runs.
pub(super) struct Enter {
    pub epoch: Epoch,
    pub floor: Floor<Scheme, sha256::Digest>,
    pub entered: oneshot::Sender<()>,
}

type EpochLanes<S> = [Lane<SubSender<S>, SubReceiver<PublicKey>>; 3];

/// Owns consensus, one simplex engine at a time.
pub(super) struct EpochManager<E, S: Sender<PublicKey = PublicKey>, B, A> {
    context: E,
    settings: SimplexSettings,
    epochs: Epochs,
    blocker: B,
    application: A,
    channels: [MuxHandle<S>; 3],
    /// The channels of the next epoch, open already.
    ahead: Option<(u64, EpochLanes<S>)>,
    active: Option<Handle<()>>,
    /// The epoch entered last.
    entered: Option<Epoch>,
}

impl<E, S, B, A> EpochManager<E, S, B, A>
where
    E: Runtime,
    S: Sender<PublicKey = PublicKey>,
    B: Blocker<PublicKey = PublicKey>,
    A: CertifiableAutomaton<Context = Context<sha256::Digest, PublicKey>, Digest = sha256::Digest>
        + Relay<Digest = sha256::Digest, PublicKey = PublicKey, Plan = Plan<PublicKey>>
        + Reporter<Activity = Activity<Scheme, sha256::Digest>>,
{
    /// Starts the multiplexers; consensus starts with [`EpochManager::run`].
    pub(super) fn new<R: Receiver<PublicKey = PublicKey>>(
        context: E,
        settings: SimplexSettings,
        epochs: Epochs,
        blocker: B,
        application: A,
        lanes: [Lane<S, R>; 3],
    ) -> Self {
        let channels = lanes.map(|lane| {
            let (mux, handle) = Muxer::new(context.child("epoch_mux"), lane.0, lane.1);
            mux.start();
            handle
        });
        Self {
            context,
            settings,
            epochs,
            blocker,
            application,
            channels,
            ahead: None,
            active: None,
            entered: None,
        }
    }

    /// Enters the epochs asked for, until an engine ends by itself or the network stops.
    pub(super) async fn run(mut self, mut asked: mpsc::Receiver<Enter>) {
        loop {
            let active = async {
                match &mut self.active {
                    Some(engine) => engine.await,
                    None => std::future::pending().await,
                }
            };
            let enter = select! {
                ended = active => {
                    let ordered = self.context.stopped().now_or_never().is_some();
                    if !ordered {
                        error!(?ended, "consensus ended");
                    }
                    return;
                },
                enter = asked.recv() => enter,
            };
            let Some(Enter {
                epoch,
                floor,
                entered,
            }) = enter
            else {
                return;
            };
            // The end of an epoch may be told of twice: by its last block, and by the members' decision to go on from it.
            if self.entered.is_some_and(|last| epoch <= last) {
                let _ = entered.send(());
                continue;
            }
            match self.enter(epoch, floor).await {
                Ok(engine) => {
                    self.entered = Some(epoch);
                    if let Some(earlier) = self.active.replace(engine) {
                        earlier.abort();
                    }
                }
                Err(reason) => {
                    error!(%epoch, "consensus cannot start: {reason}");
                    return;
                }
            }
            let _ = entered.send(());
        }
    }

    /// The channels of an epoch; afterwards those of the next one are open too.
    async fn lanes(&mut self, epoch: u64) -> Result<EpochLanes<S>, &'static str> {
        let ready = self.ahead.take().filter(|(ahead, _)| *ahead == epoch);
        let lanes = match ready {
            Some((_, lanes)) => lanes,
            None => self.register(epoch).await?,
        };
        self.ahead = Some((epoch + 1, self.register(epoch + 1).await?));
        Ok(lanes)
    }

    async fn register(&mut self, epoch: u64) -> Result<EpochLanes<S>, &'static str> {
        let stopped = |_| "the network stopped";
        let [votes, certificates, requests] = &mut self.channels;
        Ok([
            votes.register(epoch).await.map_err(stopped)?,
            certificates.register(epoch).await.map_err(stopped)?,
            requests.register(epoch).await.map_err(stopped)?,
        ])
    }

    /// Starts the simplex engine of an epoch.
    async fn enter(
        &mut self,
        epoch: Epoch,
        floor: Floor<Scheme, sha256::Digest>,
    ) -> Result<Handle<()>, &'static str> {
        let scheme = self
            .epochs
            .scheme(epoch)
            .ok_or("the validators of the epoch are not known")?;
        let [votes, certificates, requests] = self.lanes(epoch.get()).await?;
        let settings = &self.settings;
        let timeouts = settings.timeouts;
        let config = simplex::Config {
            scheme: scheme.as_ref().clone(),
            elector: RoundRobin::<Sha256>::default(),
            blocker: self.blocker.clone(),
            automaton: self.application.clone(),
            relay: self.application.clone(),
            reporter: Witness(self.application.clone()),
            strategy: settings.strategy.clone(),
            partition: format!("{}-consensus-{epoch}", settings.partition_prefix),
            mailbox_size: settings.mailbox,
            epoch,
            floor,
            replay_buffer: settings.buffer,
            write_buffer: settings.buffer,
            page_cache: settings.page_cache.clone(),
            leader_timeout: timeouts.leader,
            certification_timeout: timeouts.certification,
            timeout_retry: timeouts.retry,
            view_retention: ViewDelta::new(settings.view_retention),
            skip: SkipPolicy::Enabled {
                timeout: timeouts.skip,
                budget: SkipBudget::Participants,
            },
            fetch_timeout: NZDuration!(timeouts.fetch),
            fetch_retry_delay: timeouts.fetch,
            forward: ForwardPolicy::Disabled,
            track_historical_votes: false,
        };
        let context = self.context.child("simplex").with_attribute("epoch", epoch);
        let engine = simplex::Engine::new(context, config);
        info!(%epoch, votes = scheme.me().is_some(), "consensus starts");
        Ok(engine.start(votes, certificates, requests))
    }
}
