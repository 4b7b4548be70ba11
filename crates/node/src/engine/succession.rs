//! Succession: the chain of validator sets, each handed over by the one before.
//!
//! The last block of an epoch commits to the next set and carries it; a quorum of the old set certifies that block. Such a
//! [`Step`] is all that anybody needs who trusts the old set, so steps are kept for ever, on disk, apart from blocks.
//!
//! ```text
//! block that ends an epoch, durable ──> record ──> disk ──> everybody knows the next set ──> consensus of the next epoch
//! peers: "I am in epoch 3" ──> those ahead answer with steps 3, 4, ... ──> checked, each under the set before ──> disk
//! ```
//!
//! Invariants: a step is believed only when a quorum of the set before signed it; steps are on disk before anything is
//! done with them; a block that ends an epoch is acknowledged only after its step is. So a node killed at any moment finds
//! either the step or the block again.
//!
//! Limits: a message holds [`STEPS_MAX`] steps; a peer is answered as often as the channel's quota lets it ask.

use super::{
    block::{self, HEADER_BYTES_MAX, Header},
    commit::Marshal,
    databases::Strategy,
    epochs::Epochs,
    network::Lane,
    runtime::Runtime,
};
use bytes::{Buf as _, BufMut, Bytes};
use commonware_codec::{
    Buf as _, Copying, Encode as _, Error as CodecError, Read as _, ReadExt as _,
};
use commonware_consensus::{
    Reporter as _,
    simplex::{
        scheme::ed25519::Scheme,
        types::{Activity, Finalization},
    },
};
use commonware_cryptography::{ed25519::PublicKey, sha256};
use commonware_macros::select;
use commonware_p2p::{Receiver, Recipients, Sender};
use commonware_runtime::IoBuf;
use commonware_storage::metadata::{self, Metadata};
use commonware_utils::{
    channel::{mpsc, oneshot, watch},
    sequence::U64,
};
use convoy_types::{header::Validator, limits::VALIDATORS_MAX};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tracing::{debug, info, warn};

/// Format of a stored or sent step.
const STEP_VERSION: u8 = 1;
/// Steps in one message.
const STEPS_MAX: usize = 8;
/// How often a node tells its peers which epoch it is in: how long one that was away waits at most to hear of a new set.
const BEACON_EVERY: Duration = Duration::from_secs(2);
/// The same, until enough peers were heard.
const BEACON_EVERY_AT_START: Duration = Duration::from_millis(250);
/// Beacons sent at the shorter interval.
const BEACONS_AT_START: u32 = 40;

const TAG_BEACON: u8 = 0;
const TAG_STEPS: u8 = 1;

/// The end of an epoch: its last block's header, the certificate of its own set, and the next set.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub header: Header,
    pub next: Arc<[Validator]>,
    pub finalization: Finalization<Scheme, sha256::Digest>,
}

impl Step {
    /// `version ‖ length of header ‖ header ‖ next set ‖ finalization`, integers big-endian.
    pub(super) fn encode(&self) -> Vec<u8> {
        let header = self.header.encode();
        let mut out = Vec::with_capacity(header.len() + 512);
        out.put_u8(STEP_VERSION);
        out.put_u16(header.len() as u16);
        out.put_slice(&header);
        block::write_validators(&self.next, &mut out);
        out.put_slice(&self.finalization.encode());
        out
    }

    /// Reads what [`Step::encode`] wrote; that it holds is for [`Epochs::check`].
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let wrong = |fault| CodecError::Invalid("step of succession", fault);
        let buf = &mut Copying(bytes);
        if u8::read(buf)? != STEP_VERSION {
            return Err(wrong("its format version is not known"));
        }
        let length = usize::from(u16::read(buf)?);
        if length > HEADER_BYTES_MAX {
            return Err(wrong("its header is too long"));
        }
        let header: Bytes = buf
            .try_take_owned(length)
            .map_err(|_| wrong("its header is cut short"))?;
        let header = Header::decode(&header).map_err(|_| wrong("its header is malformed"))?;
        let next = block::read_validators(buf)?;
        let finalization = Finalization::read_cfg(buf, &VALIDATORS_MAX)?;
        if buf.remaining() != 0 {
            return Err(wrong("bytes follow its certificate"));
        }
        Ok(Self {
            header,
            next,
            finalization,
        })
    }
}

/// A step of this node's own chain, to be made durable before the answer.
pub(super) type Record = (Step, oneshot::Sender<()>);

/// What others hold of the task.
#[derive(Clone)]
pub(super) struct Ends {
    pub records: mpsc::Sender<Record>,
    /// Which epoch each peer said it is in.
    heard: watch::Receiver<BTreeMap<PublicKey, u64>>,
    marshal: Arc<watch::Sender<Option<Marshal>>>,
}

impl Ends {
    /// Resolves once enough validators of the newest known set say that there is no newer one: at least one of them is honest.
    pub(super) async fn settled(&self, epochs: &Epochs) {
        let mut heard = self.heard.clone();
        let enough = |heard: &BTreeMap<PublicKey, u64>| {
            let latest = epochs.latest();
            let validators = epochs.keys(latest);
            let said = |key: &&PublicKey| heard.get(*key).is_some_and(|epoch| *epoch <= latest);
            validators.iter().filter(said).count() > (validators.len().max(1) - 1) / 3
        };
        let _ = heard.wait_for(enough).await;
    }

    /// From now on, what is learnt is told to `marshal`.
    pub(super) fn attach(&self, marshal: Marshal) {
        self.marshal.send_replace(Some(marshal));
    }
}

/// Keeps, gives and takes steps.
pub(super) struct Succession<E: Runtime> {
    context: E,
    store: Option<Metadata<E, U64, Vec<u8>>>,
    epochs: Epochs,
    strategy: Strategy,
    records: mpsc::Receiver<Record>,
    heard: watch::Sender<BTreeMap<PublicKey, u64>>,
    marshal: watch::Receiver<Option<Marshal>>,
}

impl<E: Runtime> Succession<E> {
    /// Opens the store and tells `epochs` of every step in it.
    ///
    /// # Panics
    /// When the store cannot be read, or holds what no quorum signed.
    pub(super) async fn open(
        mut context: E,
        prefix: &str,
        epochs: Epochs,
        strategy: Strategy,
    ) -> (Self, Ends) {
        let config = metadata::Config {
            partition: format!("{prefix}-succession"),
            codec_config: ((0..).into(), ()),
        };
        let store: Metadata<E, U64, Vec<u8>> = Metadata::init(context.child("store"), config)
            .await
            .unwrap_or_else(|error| broken("read", &error));
        let mut epoch = 0;
        while let Some(bytes) = store.get(&U64::new(epoch)) {
            let step = Step::decode(bytes).unwrap_or_else(|error| broken("read", &error));
            epochs
                .check(&mut context, &strategy, &step)
                .unwrap_or_else(|error| broken("believe", &error));
            epochs.accept(step);
            epoch += 1;
        }
        let (records, receiver) = mpsc::channel(4);
        let (heard, hearing) = watch::channel(BTreeMap::new());
        let (marshal, attached) = watch::channel(None);
        let ends = Ends {
            records,
            heard: hearing,
            marshal: Arc::new(marshal),
        };
        let task = Self {
            context,
            store: Some(store),
            epochs,
            strategy,
            records: receiver,
            heard,
            marshal: attached,
        };
        (task, ends)
    }

    /// Runs until the network stops.
    pub(super) async fn run<S, R>(mut self, (mut sender, mut receiver): Lane<S, R>)
    where
        S: Sender<PublicKey = PublicKey>,
        R: Receiver<PublicKey = PublicKey>,
    {
        let mut beacons = 0u32;
        let mut next_beacon = self.context.current();
        let mut attached = self.marshal.clone();
        let mut waits = true;
        loop {
            let tick = self.context.sleep_until(next_beacon);
            let attach = async {
                if waits {
                    attached.changed().await.is_ok()
                } else {
                    std::future::pending().await
                }
            };
            select! {
                () = tick => {
                    sender.send(Recipients::All, self.beacon(), false);
                    beacons = beacons.saturating_add(1);
                    let pause = if beacons < BEACONS_AT_START { BEACON_EVERY_AT_START } else { BEACON_EVERY };
                    next_beacon = self.context.current() + pause;
                },
                record = self.records.recv() => {
                    let Some((step, done)) = record else { return };
                    let message = steps_message([&step]);
                    self.keep(vec![step]).await;
                    let _ = done.send(());
                    // Whoever missed the last votes of the epoch gets its end here.
                    sender.send(Recipients::All, message, true);
                },
                attached = attach => {
                    if attached {
                        self.tell_marshal();
                    }
                    waits = attached;
                },
                message = receiver.recv() => {
                    let Ok((from, message)) = message else { return };
                    if let Some(answer) = self.hear(&from, &message.into()).await {
                        sender.send(Recipients::One(from), answer, false);
                    }
                },
            }
        }
    }

    fn beacon(&self) -> IoBuf {
        let mut message = vec![TAG_BEACON];
        message.put_u64(self.epochs.latest());
        message.into()
    }

    /// What to answer a peer's message with.
    async fn hear(&mut self, from: &PublicKey, message: &Bytes) -> Option<IoBuf> {
        let mut buf = Copying(&message[..]);
        match u8::read(&mut buf).ok()? {
            TAG_BEACON => {
                let epoch = u64::read(&mut buf).ok()?;
                self.heard.send_modify(|heard| {
                    heard.insert(from.clone(), epoch);
                });
                let ours = self.epochs.latest();
                (epoch < ours).then(|| {
                    let steps = self.epochs.steps(epoch, STEPS_MAX);
                    steps_message(steps.iter().map(AsRef::as_ref))
                })
            }
            TAG_STEPS => {
                let before = self.epochs.latest();
                if let Err(fault) = self.take(&mut buf).await {
                    warn!(peer = %from, "a peer's succession of validators is refused: {fault}");
                }
                // There may be more.
                (self.epochs.latest() > before).then(|| self.beacon())
            }
            _ => None,
        }
    }

    /// Takes the steps of a message that go on from what is known.
    async fn take(&mut self, buf: &mut Copying<'_>) -> Result<(), String> {
        let malformed = |error: CodecError| error.to_string();
        let count = usize::from(u8::read(buf).map_err(malformed)?).min(STEPS_MAX);
        for _ in 0..count {
            let length = u32::read(buf).map_err(malformed)? as usize;
            let bytes: Bytes = buf
                .try_take_owned(length)
                .map_err(|_| "it is cut short".to_owned())?;
            let step = Step::decode(&bytes).map_err(malformed)?;
            if step.header.core.epoch != self.epochs.latest() {
                continue;
            }
            self.epochs
                .check(&mut self.context, &self.strategy, &step)?;
            self.keep(vec![step]).await;
            self.tell_marshal();
        }
        Ok(())
    }

    /// Makes steps durable and known; those known already are passed over.
    async fn keep(&mut self, steps: Vec<Step>) {
        let mut store = self
            .store
            .take()
            .unwrap_or_else(|| broken("write", &"an earlier write failed"));
        let fresh: Vec<Step> = steps
            .into_iter()
            .filter(|step| step.header.core.epoch == self.epochs.latest())
            .collect();
        for step in fresh {
            let core = step.header.core;
            store = store
                .put_sync(U64::new(core.epoch), step.encode())
                .await
                .unwrap_or_else(|error| broken("write", &error));
            info!(
                epoch = core.epoch + 1,
                after_block = core.height,
                validators = step.next.len(),
                "the set of validators changes"
            );
            self.epochs.accept(step);
        }
        self.store = Some(store);
    }

    /// Makes marshal fetch the last block of the newest closed epoch, and all before it.
    fn tell_marshal(&mut self) {
        let Some(mut marshal) = self.marshal.borrow().clone() else {
            return;
        };
        let latest = self.epochs.latest();
        let Some(step) = latest
            .checked_sub(1)
            .map(|epoch| self.epochs.steps(epoch, 1))
        else {
            return;
        };
        for step in step {
            debug!(height = step.header.core.height, "told of an epoch's end");
            let _ = marshal.report(Activity::Finalization(step.finalization.clone()));
        }
    }
}

fn steps_message<'a>(steps: impl IntoIterator<Item = &'a Step>) -> IoBuf {
    let steps: Vec<Vec<u8>> = steps.into_iter().map(Step::encode).collect();
    let mut message = vec![TAG_STEPS, steps.len() as u8];
    for step in steps {
        message.put_u32(step.len() as u32);
        message.put_slice(&step);
    }
    message.into()
}

fn broken(doing: &str, error: &dyn std::fmt::Display) -> ! {
    panic!("the succession of validators on disk cannot be used ({doing}): {error}. Check the disk")
}
