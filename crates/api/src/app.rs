//! What every handler shares: the node, the bounds, the capture jobs and the counters.

use crate::{
    audit::Doors, capture_jobs::CaptureJobs, config::ApiConfig, epcis::store::Store,
    interrupted::Interrupted, issued::Issued, metrics::HttpMetrics, outbound::Sender,
    places::Places, signin::SignIn, tls::Tls,
};
use convoy_modules::policy::authorizer::Authorizers;
use convoy_node::{NodeHandle, audit::Audit};
use convoy_types::{epcis::Timestamp, limits::STREAM_BYTES_MAX};
use std::sync::{Arc, OnceLock};
use tokio::sync::{Semaphore, watch};

/// Shared state. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    node: NodeHandle,
    config: ApiConfig,
    captures: CaptureJobs,
    interrupted: Interrupted,
    metrics: HttpMetrics,
    standing: Store,
    sender: Sender,
    authorizers: Authorizers,
    doors: Doors,
    signin: SignIn,
    issued: Issued,
    requests: Semaphore,
    waiting: Arc<Semaphore>,
    bodies: Semaphore,
    documents: Arc<Places>,
    tls: OnceLock<Arc<Tls>>,
    closing: watch::Receiver<bool>,
}

impl App {
    /// State for `node`; `closing` turns true when the server stops.
    pub fn new(node: NodeHandle, config: ApiConfig, closing: watch::Receiver<bool>) -> Self {
        let captures = CaptureJobs::new(config.capture_jobs_max);
        let interrupted = Interrupted::new(&node.config().data);
        match interrupted.all() {
            Ok(jobs) => jobs.into_iter().for_each(|(owner, job)| {
                let id = job.capture_id.clone();
                captures.put(job);
                captures.own(&id, &owner);
            }),
            Err(error) => {
                tracing::error!(%error, "captures that a stop interrupted cannot be read and are not told");
            }
        }
        Self(Arc::new(Inner {
            captures,
            interrupted,
            metrics: HttpMetrics::default(),
            standing: Store::new(&node.config().data),
            sender: Sender::new(config.webhooks.clone()),
            authorizers: Authorizers::default(),
            doors: Doors::default(),
            signin: SignIn::new(&node),
            issued: Issued::new(&node.config().data),
            requests: Semaphore::new(config.requests_max),
            waiting: Arc::new(Semaphore::new(config.waiting_max)),
            bodies: Semaphore::new(config.body_bytes_max.max(STREAM_BYTES_MAX)),
            documents: Places::new(config.documents_max, config.documents_each_max),
            tls: OnceLock::new(),
            closing,
            node,
            config,
        }))
    }

    /// The node.
    pub fn node(&self) -> &NodeHandle {
        &self.0.node
    }

    /// The bounds.
    pub fn config(&self) -> &ApiConfig {
        &self.0.config
    }

    /// Capture jobs.
    pub fn captures(&self) -> &CaptureJobs {
        &self.0.captures
    }

    /// Captures that a stop interrupts, on disk.
    pub fn interrupted(&self) -> &Interrupted {
        &self.0.interrupted
    }

    /// Counters.
    pub fn metrics(&self) -> &HttpMetrics {
        &self.0.metrics
    }

    /// Named queries and subscriptions.
    pub fn standing(&self) -> &Store {
        &self.0.standing
    }

    /// Sends to others what they subscribed to.
    pub fn sender(&self) -> &Sender {
        &self.0.sender
    }

    /// Who decides what is read: policies and labels, kept until they change.
    pub fn authorizers(&self) -> &Authorizers {
        &self.0.authorizers
    }

    /// Which tokens were seen.
    pub fn doors(&self) -> &Doors {
        &self.0.doors
    }

    /// The node's audit log: `note` tells something, `record` waits until it is durable.
    pub fn audit(&self) -> &Audit {
        self.0.node.audit()
    }

    /// Who signs in, and how.
    pub fn signin(&self) -> &SignIn {
        &self.0.signin
    }

    /// Credentials issued here.
    pub fn issued(&self) -> &Issued {
        &self.0.issued
    }

    /// Places for requests under way.
    pub fn requests(&self) -> &Semaphore {
        &self.0.requests
    }

    /// Places for long polls and feeds.
    pub fn waiting(&self) -> &Arc<Semaphore> {
        &self.0.waiting
    }

    /// Bytes of bodies under way.
    pub fn bodies(&self) -> &Semaphore {
        &self.0.bodies
    }

    /// Documents whose rest is read after they were answered.
    pub fn documents(&self) -> &Arc<Places> {
        &self.0.documents
    }

    /// HTTPS, where it is served.
    pub fn tls(&self) -> Option<&Arc<Tls>> {
        self.0.tls.get()
    }

    /// HTTPS is served now.
    pub(crate) fn set_tls(&self, tls: Arc<Tls>) {
        // It is set once, when the server starts.
        let _ = self.0.tls.set(tls);
    }

    /// Whether the server stops.
    pub fn is_closed(&self) -> bool {
        *self.0.closing.borrow()
    }

    /// Resolves when the server stops.
    pub async fn closed(&self) {
        let mut closing = self.0.closing.clone();
        // An error says that the server is gone, which is closed too.
        let _ = closing.wait_for(|closing| *closing).await;
    }
}

/// Wall-clock time, milliseconds since 1970.
pub use convoy_node::life::clock_ms as now_ms;

/// Wall-clock time as EPCIS writes it; `None` where the clock is past the year 9999.
pub fn now() -> Option<Timestamp> {
    i64::try_from(now_ms())
        .ok()
        .and_then(Timestamp::from_millis)
}
