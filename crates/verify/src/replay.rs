//! Builds a log again from its blocks and compares every step with what the validators certified.
//!
//! Flow: [`Replay::push`] takes block after block from the first on; each must follow the one before, and its statements, in the order
//! of their leaves and closed by its summary, must lead to the log root in its header. A certificate, where a block has one, is checked.
//! [`Replay::finish`] says how far the log is proved: to the last block with a certificate, since its header names all before it.
//!
//! What it proves: exactly these statements, accepted and refused as said, in this order, and no other.

use crate::{
    certificate,
    report::{Report, VerifyError, failed},
};
use convoy_types::{
    Digest, MemberId,
    header::{Header, HeaderCore, Validator, validators_digest},
    log::{BlockLog, Frontier},
    receipt::{
        Handover, LoggedBlock, Recovery, Trust,
        trust::{TrustedEpoch, TrustedValidator},
    },
};
use std::borrow::Cow;

/// A log as far as it was built again.
pub struct Replay<'a> {
    trust: Cow<'a, Trust>,
    log: Frontier,
    last: Option<Header>,
    proved: Option<Proof>,
}

/// How far a log is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The last certified block.
    pub height: u64,
    /// Its time, milliseconds since 1970.
    pub time_ms: u64,
    /// The size of the log after it.
    pub log_size: u64,
    /// The root of the log after it.
    pub log_root: Digest,
    /// Whose validators certified it.
    pub attested_by: Vec<MemberId>,
}

impl<'a> Replay<'a> {
    /// A log that holds the genesis document of the network that `trust` describes.
    pub fn new(trust: &'a Trust) -> Self {
        let mut log = Frontier::new();
        log.append(&trust.genesis, |_, _, _| {});
        Self {
            trust: Cow::Borrowed(trust),
            log,
            last: None,
            proved: None,
        }
    }

    /// Goes on under the next set of validators, which the last block that was taken hands over to.
    ///
    /// # Errors
    /// That block hands over to another set, or has no certificate of its own: then nothing vouches for the next set.
    pub fn succeed(&mut self, validators: &[Validator]) -> Result<(), VerifyError> {
        const CHECK: &str = "succession of the validators";
        let header = self
            .last
            .ok_or_else(|| failed(CHECK, "no block was taken yet"))?;
        let core = &header.core;
        if validators_digest(validators) != header.rest.next_validators {
            let reason = format!("block {} hands over to another set", core.height);
            return Err(failed(CHECK, reason));
        }
        if self.proved.as_ref().map(|proof| proof.height) != Some(core.height) {
            let reason = format!("block {} ends an epoch and has no certificate", core.height);
            return Err(failed(CHECK, reason));
        }
        let mut next: Vec<TrustedValidator> = validators
            .iter()
            .map(|validator| TrustedValidator {
                member: validator.member.clone(),
                key: Digest(validator.key),
            })
            .collect();
        // The order of the signers in a certificate.
        next.sort_by_key(|validator| validator.key);
        let next = TrustedEpoch {
            epoch: core.epoch + 1,
            validators: next,
            last_block: None,
            recovery: None,
        };
        let trust = self.trust.to_mut();
        trust.epochs.retain(|epoch| epoch.epoch != next.epoch);
        trust.epochs.push(next);
        Ok(())
    }

    /// Takes the next block.
    ///
    /// # Errors
    /// The first check that fails, with the block's height.
    pub fn push(&mut self, block: &LoggedBlock) -> Result<(), VerifyError> {
        let core = &block.header.core;
        let height = core.height;
        if core.network != HeaderCore::network_digest(&self.trust.network) {
            let reason = format!("block {height} is not of `{}`", self.trust.network);
            return Err(failed("network of the header", reason));
        }
        self.check_place(&block.header)?;
        self.extend(block)?;
        if let Some(signed) = &block.certificate {
            let mut report = Report::new();
            let digest = block.header.digest();
            certificate::check(signed, core, &digest, &self.trust, &mut report).map_err(
                |error| failed(error.check, format!("block {height}: {}", error.reason)),
            )?;
            self.proved = Some(Proof {
                height,
                time_ms: core.time_ms,
                log_size: core.log_size,
                log_root: core.log_root,
                attested_by: report.attested_by,
            });
        }
        self.last = Some(block.header);
        Ok(())
    }

    fn check_place(&self, header: &Header) -> Result<(), VerifyError> {
        const CHECK: &str = "order of the blocks";
        let height = header.core.height;
        match &self.last {
            Some(parent) => match self.refounded(parent, header) {
                Some(decision) => header.check_refounds(parent, &decision),
                None => header.check_follows(parent),
            }
            .map_err(|error| failed(CHECK, error)),
            None if height == 1 => Ok(()),
            None => Err(failed(
                CHECK,
                format!("the first block is {height}, expected 1"),
            )),
        }
    }

    /// The members' decision by which `header` goes on from `parent`, where the trust file knows one.
    fn refounded(&self, parent: &Header, header: &Header) -> Option<Digest> {
        let epoch = header.core.epoch;
        if parent.ends_epoch() || parent.core.epoch.checked_add(1) != Some(epoch) {
            return None;
        }
        let mut epochs = self.trust.epochs.iter();
        epochs.find(|known| known.epoch == epoch)?.recovery
    }

    /// Goes on from the last block that was taken by the members' decision, which is checked.
    ///
    /// # Errors
    /// The decision goes on from another block, or does not hold.
    pub fn refound(&mut self, recovery: &Recovery) -> Result<(), VerifyError> {
        if self.last != Some(recovery.document.header) {
            let reason = "the members' decision goes on from another block";
            return Err(failed("succession of the validators", reason));
        }
        let step = [Handover::from(recovery.clone())];
        let (trust, _) = crate::extend(&self.trust, &step)?;
        self.trust = Cow::Owned(trust);
        Ok(())
    }

    fn extend(&mut self, block: &LoggedBlock) -> Result<(), VerifyError> {
        const CHECK: &str = "root of the log";
        let core = &block.header.core;
        let height = core.height;
        let (accepted, refused) = block.split();
        let mut entries = BlockLog::new();
        accepted.iter().for_each(|id| entries.push(*id, true));
        refused.iter().for_each(|id| entries.push(*id, false));
        let summary = entries.append_to(
            &mut self.log,
            height,
            core.time_ms,
            block.header.rest.outcomes_root,
            |_, _, _| {},
        );
        if summary.first_leaf != core.first_leaf || self.log.size() != core.log_size {
            let reason = format!(
                "block {height} starts at leaf {} and ends at {}, its header says {} and {}: statements are missing or were added",
                summary.first_leaf,
                self.log.size(),
                core.first_leaf,
                core.log_size
            );
            return Err(failed(CHECK, reason));
        }
        if self.log.root() != core.log_root {
            let reason = format!(
                "the statements of block {height} lead to {}, its header says {}: a statement is missing, was added, or another is in its place",
                self.log.root(),
                core.log_root
            );
            return Err(failed(CHECK, reason));
        }
        Ok(())
    }

    /// How far the log is proved; `None` where no block had a certificate.
    pub fn finish(self) -> Option<Proof> {
        self.proved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use convoy_types::{
        NetworkId, StatementId,
        cose::{Algorithm, SigningKey},
        header::HeaderRest,
        receipt::{
            Certificate,
            trust::{TRUST_VERSION, TrustedEpoch, TrustedValidator},
        },
    };

    /// Something done to a log that somebody took away.
    type Change = fn(&mut Vec<LoggedBlock>);

    fn network() -> (Trust, SigningKey) {
        let genesis = Digest::of(b"genesis");
        let key = SigningKey::from_secret(Algorithm::Ed25519, &[5; 32]).unwrap();
        let validator = TrustedValidator {
            member: "est".parse().unwrap(),
            key: Digest(key.public().raw().try_into().unwrap()),
        };
        let trust = Trust {
            version: TRUST_VERSION,
            network: NetworkId::of_genesis("test", &genesis).unwrap(),
            genesis,
            members_required: 1,
            epochs: vec![TrustedEpoch {
                epoch: 0,
                validators: vec![validator],
                last_block: None,
                recovery: None,
            }],
            tree_heads: Vec::new(),
            signers: Vec::new(),
        };
        (trust, key)
    }

    /// Three blocks with 2, 0 and 3 statements, the last of each refused; each certified but the second.
    fn blocks(trust: &Trust, key: &SigningKey) -> Vec<LoggedBlock> {
        let mut log = Frontier::new();
        log.append(&trust.genesis, |_, _, _| {});
        let mut parent = Digest::of(b"block 0");
        let mut blocks = Vec::new();
        for (height, count) in [(1u64, 2u64), (2, 0), (3, 3)] {
            let ids: Vec<_> = (0..count)
                .map(|n| StatementId(Digest::of_parts(&[&height.to_be_bytes(), &n.to_be_bytes()])))
                .collect();
            let outcomes_root = Digest::of(&height.to_be_bytes());
            let mut entries = BlockLog::new();
            for (n, id) in ids.iter().enumerate() {
                entries.push(*id, n as u64 + 1 < count);
            }
            let time_ms = 1_000 * height;
            let summary = entries.append_to(&mut log, height, time_ms, outcomes_root, |_, _, _| {});
            let header = Header {
                core: HeaderCore {
                    network: HeaderCore::network_digest(&trust.network),
                    epoch: 0,
                    height,
                    time_ms,
                    first_leaf: summary.first_leaf,
                    accepted: summary.accepted,
                    log_size: log.size(),
                    log_root: log.root(),
                },
                rest: HeaderRest {
                    parent,
                    outcomes_root,
                    ..HeaderRest::default()
                },
            };
            parent = header.digest();
            let certificate = certified(trust, key, &header);
            blocks.push(LoggedBlock {
                header,
                certificate: (height != 2).then_some(certificate),
                ids,
            });
        }
        blocks
    }

    /// The only validator's signature over a header.
    fn certified(trust: &Trust, key: &SigningKey, header: &Header) -> Certificate {
        let core = &header.core;
        let mut certificate = Certificate {
            view: core.height,
            parent_view: core.height - 1,
            signers: vec![0],
            signatures: Vec::new(),
        };
        let message = certificate.signed_message(&trust.network, core.epoch, &header.digest());
        let signature = key.sign(&message).unwrap();
        certificate.signatures = vec![signature.as_slice().try_into().unwrap()];
        certificate
    }

    #[test]
    fn a_set_is_succeeded_only_by_the_one_that_a_certified_block_names() {
        let (trust, key) = network();
        let mut blocks = blocks(&trust, &key);
        let next = [Validator {
            member: "fra".parse().unwrap(),
            key: [6; 32],
        }];
        let last = &mut blocks[2];
        last.header.rest.next_validators = validators_digest(&next);
        last.certificate = Some(certified(&trust, &key, &last.header));
        let after = |blocks: &[LoggedBlock], set: &[Validator]| {
            let mut replay = Replay::new(&trust);
            blocks
                .iter()
                .try_for_each(|block| replay.push(block))
                .unwrap();
            replay.succeed(set).map(|()| replay.trust.into_owned())
        };
        let trusted = after(&blocks, &next).unwrap();
        let epoch = trusted.epochs.iter().find(|epoch| epoch.epoch == 1);
        assert_eq!(epoch.unwrap().validators[0].member.as_str(), "fra");
        let other = [Validator {
            member: "fra".parse().unwrap(),
            key: [7; 32],
        }];
        let said = after(&blocks, &other).unwrap_err().to_string();
        assert!(said.contains("another set"), "{said}");
        blocks[2].certificate = None;
        let said = after(&blocks, &next).unwrap_err().to_string();
        assert!(said.contains("no certificate"), "{said}");
    }

    fn replayed(trust: &Trust, blocks: &[LoggedBlock]) -> Result<Option<Proof>, VerifyError> {
        let mut replay = Replay::new(trust);
        blocks.iter().try_for_each(|block| replay.push(block))?;
        Ok(replay.finish())
    }

    #[test]
    fn a_whole_log_is_proved_to_its_last_certificate() {
        let (trust, key) = network();
        let blocks = blocks(&trust, &key);
        let proof = replayed(&trust, &blocks).unwrap().unwrap();
        assert_eq!((proof.height, proof.log_size), (3, 9));
        let proof = replayed(&trust, &blocks[..2]).unwrap().unwrap();
        assert_eq!(proof.height, 1, "block 2 has no certificate of its own");
    }

    #[test]
    fn what_is_missing_added_or_exchanged_is_noticed() {
        let (trust, key) = network();
        let whole = blocks(&trust, &key);
        let with = |change: fn(&mut Vec<LoggedBlock>)| {
            let mut blocks = whole.clone();
            change(&mut blocks);
            replayed(&trust, &blocks).unwrap_err().to_string()
        };
        let changes: [(Change, &str); 8] = [
            (|blocks| drop(blocks.remove(1)), "block 3"),
            (|blocks| drop(blocks.remove(0)), "the first block is 2"),
            (|blocks| _ = blocks[2].ids.pop(), "block 3"),
            (|blocks| blocks[2].ids.swap(0, 1), "block 3"),
            (
                |blocks| blocks[0].ids[0] = StatementId(Digest([9; 32])),
                "block 1",
            ),
            (
                |blocks| blocks[0].ids.push(StatementId(Digest([9; 32]))),
                "block 1",
            ),
            (|blocks| blocks[2].header.core.time_ms += 1, "block 3"),
            (
                |blocks| {
                    if let Some(certificate) = &mut blocks[2].certificate {
                        certificate.signatures[0][0] ^= 1;
                    }
                },
                "certificate of the validators",
            ),
        ];
        for (change, named) in changes {
            let said = with(change);
            assert!(said.contains(named), "`{named}` is not in: {said}");
        }
    }
}
