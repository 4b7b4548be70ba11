//! Epochs: which validators vote on which heights.
//!
//! An epoch is the period of one validator set. [`Boundaries`] records where closed epochs ended, the
//! last one is open. [`EpochManager`] owns consensus: one simplex engine per epoch, on channels
//! multiplexed by epoch. Today there is one epoch, from genesis; [`EpochManager::enter`] is the seam for
//! the next ones, to be called when the last block of an epoch is durable and before it is acknowledged.

use super::{databases::Strategy, network::Lane, pace::Timeouts, runtime::Runtime};
use commonware_actor::Feedback;
use commonware_consensus::{
    CertifiableAutomaton, Relay, Reporter,
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
    certificate::{Provider, Scoped},
    ed25519::PublicKey,
    sha256,
};
use commonware_p2p::{
    Blocker, Receiver, Sender,
    utils::mux::{MuxHandle, Muxer},
};
use commonware_runtime::{Handle, buffer::paged::CacheRef};
use commonware_utils::NZDuration;
use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{Arc, PoisonError, RwLock},
};
use tracing::{error, info};

/// Where closed epochs ended. The last epoch is open.
#[derive(Clone, Debug, Default)]
pub struct Boundaries(Arc<RwLock<Vec<u64>>>);

impl Boundaries {
    /// Boundaries recorded so far: the last height of each closed epoch, in order.
    pub fn new(closed: Vec<u64>) -> Self {
        Self(Arc::new(RwLock::new(closed)))
    }

    fn bounds(&self, epoch: u64) -> Option<(Height, Height)> {
        let closed = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let epoch = usize::try_from(epoch)
            .ok()
            .filter(|epoch| *epoch <= closed.len())?;
        let first = if epoch == 0 { 0 } else { closed[epoch - 1] + 1 };
        let last = closed.get(epoch).copied().unwrap_or(u64::MAX - 1);
        Some((Height::new(first), Height::new(last)))
    }
}

impl Epocher for Boundaries {
    fn containing(&self, height: Height) -> Option<EpochInfo> {
        let epoch = {
            let closed = self.0.read().unwrap_or_else(PoisonError::into_inner);
            closed.partition_point(|last| *last < height.get()) as u64
        };
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

/// The signature scheme of each epoch.
#[derive(Clone, Debug, Default)]
pub(super) struct Schemes(Arc<RwLock<BTreeMap<Epoch, Arc<Scheme>>>>);

impl Schemes {
    pub(super) fn register(&self, epoch: Epoch, scheme: Scheme) {
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(epoch, Arc::new(scheme));
    }
}

impl Provider for Schemes {
    type Scope = Epoch;
    type Scheme = Scheme;

    fn scoped(&self, epoch: Epoch) -> Option<Scoped<Scheme>> {
        self.scheme(epoch).map(Scoped::scheme)
    }

    fn scheme(&self, epoch: Epoch) -> Option<Arc<Scheme>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&epoch)
            .cloned()
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

/// Owns consensus, one simplex engine per epoch.
pub(super) struct EpochManager<E, S: Sender<PublicKey = PublicKey>, B, A> {
    context: E,
    settings: SimplexSettings,
    schemes: Schemes,
    blocker: B,
    application: A,
    votes: MuxHandle<S>,
    certificates: MuxHandle<S>,
    requests: MuxHandle<S>,
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
    /// Starts the multiplexers; consensus starts with [`EpochManager::enter`].
    pub(super) fn new<R: Receiver<PublicKey = PublicKey>>(
        context: E,
        settings: SimplexSettings,
        schemes: Schemes,
        blocker: B,
        application: A,
        lanes: [Lane<S, R>; 3],
    ) -> Self {
        let [votes, certificates, requests] = lanes.map(|lane| {
            let (mux, handle) = Muxer::new(context.child("epoch_mux"), lane.0, lane.1);
            mux.start();
            handle
        });
        Self {
            context,
            settings,
            schemes,
            blocker,
            application,
            votes,
            certificates,
            requests,
        }
    }

    /// Starts the simplex engine of an epoch. The caller drops (aborts) the previous epoch's handle.
    ///
    /// # Errors
    /// When the network stopped, or the epoch has no scheme.
    pub(super) async fn enter(
        &mut self,
        epoch: Epoch,
        floor: Floor<Scheme, sha256::Digest>,
    ) -> Result<Handle<()>, &'static str> {
        let scheme = self
            .schemes
            .scheme(epoch)
            .ok_or("the validators of the epoch are not known")?;
        let stopped = |_| "the network stopped";
        let votes = self.votes.register(epoch.get()).await.map_err(stopped)?;
        let certificates = self
            .certificates
            .register(epoch.get())
            .await
            .map_err(stopped)?;
        let requests = self.requests.register(epoch.get()).await.map_err(stopped)?;
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
        info!(%epoch, "consensus starts");
        Ok(engine.start(votes, certificates, requests))
    }
}
