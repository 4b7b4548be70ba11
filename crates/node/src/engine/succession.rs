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
//! Where a set was lost for good, a step is the members' decision in its place ([`Recovery`]): H is a block that hands over to nobody, certified by
//! its own validators, and the set comes from the members. It is taken from this node's operator or from peers alike, at any time, and refused by a
//! node that has a certified block above H.
//!
//! Invariants: a step is believed only when a quorum of the set before signed it, or more than two thirds of the members did, as the state at H proves; steps are on disk before anything is
//! done with them; a block that ends an epoch is acknowledged only after its step is. So a node killed at any moment finds
//! either the step or the block again.
//!
//! Limits: a message holds [`STEPS_MAX`] steps; a peer is answered as often as the channel's quota lets it ask.

use super::{
    block::{self, Block, HEADER_BYTES_MAX, Header},
    commit::Marshal,
    databases::Strategy,
    epochs::{Enter, Epochs},
    network::Lane,
    runtime::Runtime,
};
use crate::certificate;
use bytes::{Buf as _, BufMut, Bytes};
use commonware_codec::{
    Buf as _, Copying, Encode as _, Error as CodecError, Read as _, ReadExt as _,
};
use commonware_consensus::{
    Reporter as _,
    simplex::{
        Floor,
        scheme::ed25519::Scheme,
        types::{Activity, Finalization},
    },
    types::Epoch,
};
use commonware_cryptography::{Digested, ed25519::PublicKey, sha256};
use commonware_macros::select;
use commonware_p2p::{Receiver, Recipients, Sender};
use commonware_runtime::IoBuf;
use commonware_storage::metadata::{self, Metadata};
use commonware_utils::{
    channel::{mpsc, oneshot, watch},
    sequence::U64,
};
use convoy_types::{
    header::Validator,
    limits::{RECOVERY_BYTES_MAX, VALIDATORS_MAX},
    receipt::Recovery,
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tracing::{debug, info, warn};

/// Format of a stored or sent step.
const STEP_VERSION: u8 = 1;
/// Format of one that is the members' decision.
const RECOVERY_STEP_VERSION: u8 = 2;
/// Steps in one message, bytes: a decision with its proofs always fits.
pub(super) const STEPS_BYTES_MAX: usize = RECOVERY_BYTES_MAX + 64 * 1024;
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
    /// The members' decision, where the set before was lost.
    pub recovery: Option<Arc<Recovery>>,
}

impl Step {
    /// The members' decision, behind an epoch of so many validators.
    ///
    /// # Errors
    /// Its certificate cannot be one of such a set.
    pub(super) fn of_recovery(recovery: Recovery, validators: usize) -> Result<Self, String> {
        let document = &recovery.document;
        Ok(Self {
            header: document.header,
            next: document.validators().into(),
            finalization: certificate::to_finalization(
                &document.certificate,
                &document.header,
                validators,
            )?,
            recovery: Some(Arc::new(recovery)),
        })
    }

    /// `2 ‖ length of recovery ‖ recovery ‖ finalization` for the members' decision, otherwise `version ‖ length of header ‖ header ‖ next set ‖ finalization`, integers big-endian.
    pub(super) fn encode(&self) -> Vec<u8> {
        if let Some(recovery) = &self.recovery {
            let recovery = recovery.encode();
            let mut out = Vec::with_capacity(recovery.len() + 512);
            out.put_u8(RECOVERY_STEP_VERSION);
            out.put_u32(recovery.len() as u32);
            out.put_slice(&recovery);
            out.put_slice(&self.finalization.encode());
            return out;
        }
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
        match u8::read(buf)? {
            STEP_VERSION => {}
            RECOVERY_STEP_VERSION => return Self::decode_recovery(buf),
            _ => return Err(wrong("its format version is not known")),
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
            recovery: None,
        })
    }

    fn decode_recovery(buf: &mut Copying<'_>) -> Result<Self, CodecError> {
        let wrong = |fault| CodecError::Invalid("step of recovery", fault);
        let length = u32::read(buf)? as usize;
        if length > RECOVERY_BYTES_MAX {
            return Err(wrong("the members' decision is too long"));
        }
        let bytes: Bytes = buf
            .try_take_owned(length)
            .map_err(|_| wrong("the members' decision is cut short"))?;
        let recovery =
            Recovery::decode(&bytes).map_err(|_| wrong("the members' decision is malformed"))?;
        let finalization = Finalization::read_cfg(buf, &VALIDATORS_MAX)?;
        if buf.remaining() != 0 {
            return Err(wrong("bytes follow its certificate"));
        }
        Ok(Self {
            header: recovery.document.header,
            next: recovery.document.validators().into(),
            finalization,
            recovery: Some(Arc::new(recovery)),
        })
    }
}

/// A step of this node's own chain, to be made durable before the answer.
pub(super) type Record = (Step, oneshot::Sender<()>);

/// The members' decision from this node's operator, to be checked and taken before the answer.
pub(super) type Decision = (Recovery, oneshot::Sender<Result<(), String>>);

/// What the task needs of the rest of the engine once that runs.
#[derive(Clone)]
pub(super) struct Attached {
    pub marshal: Marshal,
    pub enter: mpsc::Sender<Enter>,
    pub tip: watch::Receiver<Option<Digested<Block>>>,
}

/// What others hold of the task.
#[derive(Clone)]
pub(super) struct Ends {
    pub records: mpsc::Sender<Record>,
    /// Which epoch each peer said it is in.
    heard: watch::Receiver<BTreeMap<PublicKey, u64>>,
    attached: Arc<watch::Sender<Option<Attached>>>,
    pub decisions: mpsc::Sender<Decision>,
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

    /// From now on, what is learnt is told to the rest of the engine.
    pub(super) fn attach(&self, attached: Attached) {
        self.attached.send_replace(Some(attached));
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
    attached: watch::Receiver<Option<Attached>>,
    decisions: mpsc::Receiver<Decision>,
    /// Decisions that this node was given from the start, by the epoch that each ends.
    given: BTreeMap<u64, Recovery>,
}

impl<E: Runtime> Succession<E> {
    /// Opens the store and tells `epochs` of every step in it. The decisions `given` are taken when their epochs come.
    ///
    /// # Panics
    /// When the store cannot be read, or holds what no quorum signed.
    pub(super) async fn open(
        mut context: E,
        prefix: &str,
        epochs: Epochs,
        strategy: Strategy,
        given: &[Recovery],
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
        let (attach, attached) = watch::channel(None);
        let (decisions, decided) = mpsc::channel(1);
        let ends = Ends {
            records,
            heard: hearing,
            attached: Arc::new(attach),
            decisions,
        };
        let mut task = Self {
            context,
            store: Some(store),
            epochs,
            strategy,
            records: receiver,
            heard,
            attached,
            decisions: decided,
            given: given
                .iter()
                .map(|recovery| (recovery.document.header.core.epoch, recovery.clone()))
                .collect(),
        };
        task.take_given().await;
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
        let mut attached = self.attached.clone();
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
                        self.tell().await;
                    }
                    waits = attached;
                },
                decision = self.decisions.recv() => {
                    let Some((recovery, answer)) = decision else { return };
                    let taken = self.decide(recovery).await;
                    if let Ok(step) = &taken {
                        sender.send(Recipients::All, steps_message([step]), true);
                    }
                    let _ = answer.send(taken.map(drop));
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
            self.epochs.check_veto(&step)?;
            self.keep(vec![step]).await;
            self.tell().await;
        }
        Ok(())
    }

    /// Takes the members' decision that this node's operator gave it.
    async fn decide(&mut self, recovery: Recovery) -> Result<Step, String> {
        let (epoch, latest) = (recovery.document.header.core.epoch, self.epochs.latest());
        if let Some(known) = self.epochs.steps(epoch, 1).first() {
            let decision = recovery.document.digest();
            let same = known.recovery.as_ref();
            return match same.is_some_and(|known| known.document.digest() == decision) {
                true => Ok((**known).clone()),
                false => Err(format!(
                    "epoch {epoch} ended otherwise, behind block {}: this node is in epoch {latest}",
                    known.header.core.height
                )),
            };
        }
        let bytes = recovery.encode().len();
        if bytes > RECOVERY_BYTES_MAX {
            return Err(format!(
                "with its proofs the decision has {bytes} bytes; {RECOVERY_BYTES_MAX} are possible"
            ));
        }
        let step = Step::of_recovery(recovery, self.epochs.keys(latest).len())?;
        self.epochs.check_veto(&step)?;
        self.epochs
            .check(&mut self.context, &self.strategy, &step)?;
        self.keep(vec![step.clone()]).await;
        self.tell().await;
        Ok(step)
    }

    /// Takes the decisions given from the start whose epochs are the newest now.
    async fn take_given(&mut self) {
        while let Some(recovery) = self.given.remove(&self.epochs.latest()) {
            if let Err(fault) = Box::pin(self.decide(recovery)).await {
                warn!("a decision of the members in this node's folder is refused: {fault}");
            }
        }
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
        if !self.given.is_empty() {
            Box::pin(self.take_given()).await;
        }
    }

    /// Tells the rest of the engine of the end of the newest closed epoch.
    async fn tell(&mut self) {
        let attached = self.attached.borrow().clone();
        let Some(Attached {
            marshal,
            enter,
            tip,
        }) = attached
        else {
            return;
        };
        self.tell_marshal(&marshal);
        self.enter_if_there(&enter, &tip).await;
    }

    /// Starts consensus of an epoch that the members began, where this node is at the last block before it already: no block will
    /// come that does. Elsewhere the block itself does.
    async fn enter_if_there(
        &self,
        enter: &mpsc::Sender<Enter>,
        tip: &watch::Receiver<Option<Digested<Block>>>,
    ) {
        let latest = self.epochs.latest();
        let before = latest.checked_sub(1);
        let Some(step) = before.and_then(|before| self.epochs.steps(before, 1).pop()) else {
            return;
        };
        let there = tip.borrow().as_ref().map(|block| block.inner().header) == Some(step.header);
        if step.recovery.is_none() || !there {
            return;
        }
        let (entered, _) = oneshot::channel();
        let asked = Enter {
            epoch: Epoch::new(latest),
            floor: Floor::Genesis(sha256::Digest(step.header.digest().0)),
            entered,
        };
        let _ = enter.send(asked).await;
    }

    /// Makes marshal fetch the last block of the newest closed epoch, and all before it.
    fn tell_marshal(&self, marshal: &Marshal) {
        let mut marshal = marshal.clone();
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
    let mut steps: Vec<Vec<u8>> = steps.into_iter().map(Step::encode).collect();
    let mut bytes = 0;
    // Whoever lacks more asks again.
    steps.retain(|step| {
        bytes += step.len() + 4;
        bytes <= STEPS_BYTES_MAX
    });
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
