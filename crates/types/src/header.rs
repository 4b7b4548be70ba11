//! The block header: what consensus certifies and everything else is proved against.
//!
//! A block's digest is its header's digest, in two levels:
//!
//! ```text
//! digest = SHA-256( core ‖ SHA-256(rest) )
//! core   = [version, network, epoch, height, time, first leaf, accepted, log size, log root]
//! rest   = [parent, statements, outcomes, state, history, lanes, validators, next validators, tree-head keys, extension]
//! state, history, lanes = [root, ops root, ops start, ops end]
//! ```
//!
//! both in deterministic CBOR. A compact receipt carries `core` and SHA-256(`rest`): enough to prove when a statement was ordered and, by its
//! leaf's place among the block's `accepted` first leaves, that it was accepted. `network` is SHA-256 of the network id's text.
//!
//! Invariants: encoding is injective (both halves are one self-delimiting item), so a digest names one header. Roots are those *after* the
//! block was executed. Whether they are right is for those who executed the block; whether two headers follow each other is [`Header::check_follows`].

use crate::{
    Digest, NetworkId,
    limits::VALIDATORS_MAX,
    wire::{Reader, WireError, Writer},
};

/// The version of the header format.
pub const HEADER_VERSION: u64 = 1;

/// The part that a compact receipt carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderCore {
    /// SHA-256 of the network id; see [`HeaderCore::network_digest`].
    pub network: Digest,
    /// The epoch, whose validator set certifies this block.
    pub epoch: u64,
    /// The height; genesis has 0.
    pub height: u64,
    /// The block's time, milliseconds since 1970; above the parent's.
    pub time_ms: u64,
    /// The size of the statement log before this block: the leaf of its first statement.
    pub first_leaf: u64,
    /// How many of its statements were accepted; theirs are the first leaves.
    pub accepted: u64,
    /// The size of the statement log after this block, its summary included.
    pub log_size: u64,
    /// The root of the statement log after this block.
    pub log_root: Digest,
}

/// One database's state after the block: its canonical root, and what state sync fetches against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateCommitment {
    /// The canonical root; presence and absence proofs lead to it.
    pub root: Digest,
    /// The root over the operations.
    pub ops_root: Digest,
    /// The first operation that state sync needs.
    pub ops_start: u64,
    /// The operation behind the last.
    pub ops_end: u64,
}

/// The bit of a state key's first byte that says which store holds its record: set for [`HeaderRest::history`], where
/// absence cannot be proved, clear for [`HeaderRest::state`].
pub const HISTORY_BIT: u8 = 0x80;

/// Whether the record under a state key is in the history store.
pub const fn is_history(key: &[u8; 32]) -> bool {
    key[0] & HISTORY_BIT != 0
}

/// The part that only those need who hold the whole header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeaderRest {
    /// The parent block's digest; zero for genesis.
    pub parent: Digest,
    /// Root over the block's statement ids in the order they were proposed (an RFC 9162 tree).
    pub statements_root: Digest,
    /// Root over the outcomes and events, in the order of execution.
    pub outcomes_root: Digest,
    /// The modules' records.
    pub state: StateCommitment,
    /// The modules' records of what happened.
    pub history: StateCommitment,
    /// The signers' lanes: the next sequence of each.
    pub lanes: StateCommitment,
    /// The digest of the validator set of this epoch; where the members put it in the place of a lost one, the digest of that decision
    /// ([`crate::receipt::recovery`]), which names the set.
    pub validators: Digest,
    /// The digest of the set that certifies the next block: another one in the last block of an epoch, the same in every other.
    pub next_validators: Digest,
    /// The digest of the set of tree-head keys in force.
    pub tree_head_keys: Digest,
    /// For later formats; zero today.
    pub extension: Digest,
}

/// A block header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What a compact receipt carries.
    pub core: HeaderCore,
    /// Everything else.
    pub rest: HeaderRest,
}

impl HeaderCore {
    /// What stands for the network in the header.
    pub fn network_digest(network: &NetworkId) -> Digest {
        Digest::of(network.as_str().as_bytes())
    }

    /// Writes the core as the next item.
    pub fn write(&self, writer: &mut Writer) {
        writer.array(9).uint(HEADER_VERSION).bytes(&self.network.0);
        writer.uint(self.epoch).uint(self.height).uint(self.time_ms);
        writer.uint(self.first_leaf).uint(self.accepted);
        writer.uint(self.log_size).bytes(&self.log_root.0);
    }

    /// Reads the core as the next item.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.array_of(9)?;
        reader.uint_exact(HEADER_VERSION)?;
        Ok(Self {
            network: Digest(reader.bytes_exact()?),
            epoch: reader.uint()?,
            height: reader.uint()?,
            time_ms: reader.uint()?,
            first_leaf: reader.uint()?,
            accepted: reader.uint()?,
            log_size: reader.uint()?,
            log_root: Digest(reader.bytes_exact()?),
        })
    }

    /// The block's digest, given the digest of the rest.
    pub fn block_digest(&self, rest: &Digest) -> Digest {
        let mut writer = Writer::with_capacity(160);
        self.write(&mut writer);
        writer.raw(&rest.0);
        Digest::of(&writer.finish())
    }

    /// Whether leaf `index` is a statement of this very block that was accepted (`Some(true)`), or a leaf of this block that was
    /// not (`Some(false)`); `None` for leaves of other blocks.
    pub fn is_accepted(&self, index: u64) -> Option<bool> {
        let place = index.checked_sub(self.first_leaf)?;
        (index < self.log_size).then_some(place < self.accepted)
    }
}

impl StateCommitment {
    fn write(&self, writer: &mut Writer) {
        writer.array(4).bytes(&self.root.0).bytes(&self.ops_root.0);
        writer.uint(self.ops_start).uint(self.ops_end);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.array_of(4)?;
        Ok(Self {
            root: Digest(reader.bytes_exact()?),
            ops_root: Digest(reader.bytes_exact()?),
            ops_start: reader.uint()?,
            ops_end: reader.uint()?,
        })
    }
}

impl HeaderRest {
    /// Writes the rest as the next item.
    pub fn write(&self, writer: &mut Writer) {
        writer.array(10).bytes(&self.parent.0);
        writer.bytes(&self.statements_root.0);
        writer.bytes(&self.outcomes_root.0);
        self.state.write(writer);
        self.history.write(writer);
        self.lanes.write(writer);
        writer.bytes(&self.validators.0);
        writer.bytes(&self.next_validators.0);
        writer.bytes(&self.tree_head_keys.0);
        writer.bytes(&self.extension.0);
    }

    /// Reads the rest as the next item.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.array_of(10)?;
        Ok(Self {
            parent: Digest(reader.bytes_exact()?),
            statements_root: Digest(reader.bytes_exact()?),
            outcomes_root: Digest(reader.bytes_exact()?),
            state: StateCommitment::read(reader)?,
            history: StateCommitment::read(reader)?,
            lanes: StateCommitment::read(reader)?,
            validators: Digest(reader.bytes_exact()?),
            next_validators: Digest(reader.bytes_exact()?),
            tree_head_keys: Digest(reader.bytes_exact()?),
            extension: Digest(reader.bytes_exact()?),
        })
    }

    /// SHA-256 of the encoding.
    pub fn digest(&self) -> Digest {
        let mut writer = Writer::with_capacity(512);
        self.write(&mut writer);
        Digest::of(&writer.finish())
    }
}

/// Why a header cannot follow its parent. Each of these makes the block wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("block {height}: {field} is {found}, expected {expected}")]
pub struct HeaderError {
    /// The height of the header refused.
    pub height: u64,
    /// The field.
    pub field: &'static str,
    /// What it says.
    pub found: String,
    /// What it should say.
    pub expected: String,
}

impl Header {
    /// The block's digest.
    pub fn digest(&self) -> Digest {
        self.core.block_digest(&self.rest.digest())
    }

    /// Whether it is the last block of its epoch: the set of validators changes behind it.
    pub fn ends_epoch(&self) -> bool {
        self.rest.next_validators != self.rest.validators
    }

    /// The deterministic encoding: `[core, rest]`.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(640);
        writer.array(2);
        self.core.write(&mut writer);
        self.rest.write(&mut writer);
        writer.finish()
    }

    /// Reads the encoding, and nothing else.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes);
        reader.array_of(2)?;
        let core = HeaderCore::read(&mut reader)?;
        let rest = HeaderRest::read(&mut reader)?;
        reader.end()?;
        Ok(Self { core, rest })
    }

    /// Checks what needs no execution: that this header follows `parent` in network, height, time, log and epoch.
    pub fn check_follows(&self, parent: &Self) -> Result<(), HeaderError> {
        let before = &parent.core;
        let epoch = before.epoch.saturating_add(u64::from(parent.ends_epoch()));
        self.check_in(parent, epoch, parent.rest.next_validators)
    }

    /// As [`Header::check_follows`], for the first block behind a `parent` from which the members refounded the network by the decision with
    /// this digest: it stands where the parent's next validators would.
    pub fn check_refounds(&self, parent: &Self, decision: &Digest) -> Result<(), HeaderError> {
        self.check_in(parent, parent.core.epoch.saturating_add(1), *decision)
    }

    fn check_in(&self, parent: &Self, epoch: u64, validators: Digest) -> Result<(), HeaderError> {
        let (core, before) = (&self.core, &parent.core);
        let check = |field, holds: bool, found: String, expected: String| {
            let height = core.height;
            holds.then_some(()).ok_or(HeaderError {
                height,
                field,
                found,
                expected,
            })
        };
        let exactly = |field, found: u64, expected: u64| {
            check(
                field,
                found == expected,
                found.to_string(),
                expected.to_string(),
            )
        };
        let digest = |field, found: Digest, expected: Digest| {
            check(
                field,
                found == expected,
                found.to_string(),
                expected.to_string(),
            )
        };
        digest("network", core.network, before.network)?;
        digest("parent", self.rest.parent, parent.digest())?;
        exactly("height", core.height, before.height.saturating_add(1))?;
        exactly("first leaf", core.first_leaf, before.log_size)?;
        let time = format!("above {}", before.time_ms);
        check(
            "time",
            core.time_ms > before.time_ms,
            core.time_ms.to_string(),
            time,
        )?;
        exactly("epoch", core.epoch, epoch)?;
        digest("validator set", self.rest.validators, validators)?;
        let least = core
            .first_leaf
            .saturating_add(core.accepted)
            .saturating_add(1);
        let expected = format!("{least} at least");
        check(
            "log size",
            core.log_size >= least,
            core.log_size.to_string(),
            expected,
        )
    }
}

/// One validator of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
    /// The member that runs it.
    pub member: crate::MemberId,
    /// Its Ed25519 consensus key.
    pub key: [u8; 32],
}

/// The digest of a validator set, for [`HeaderRest::validators`]: SHA-256 of `[version, [+ [member, key]]]` in ascending order of the
/// keys, which is the order of the signers in a certificate.
pub fn validators_digest(validators: &[Validator]) -> Digest {
    debug_assert!(validators.len() <= VALIDATORS_MAX);
    let mut sorted: Vec<&Validator> = validators.iter().collect();
    sorted.sort_by_key(|validator| validator.key);
    let mut writer = Writer::with_capacity(64 * sorted.len() + 8);
    writer.array(2).uint(1).array(sorted.len());
    for validator in sorted {
        writer
            .array(2)
            .text(validator.member.as_str())
            .bytes(&validator.key);
    }
    Digest::of(&writer.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header() -> Header {
        let digest = |n: u8| Digest::of(&[n]);
        let state = |n: u8| StateCommitment {
            root: digest(n),
            ops_root: digest(n + 1),
            ops_start: 70_000,
            ops_end: u64::from(n) + 1_000_000_000_000,
        };
        Header {
            core: HeaderCore {
                network: digest(0),
                epoch: 3,
                height: 77,
                time_ms: 1_795_000_000_000,
                first_leaf: 10_000_000,
                accepted: 4_000,
                log_size: 10_005_001,
                log_root: digest(1),
            },
            rest: HeaderRest {
                parent: digest(2),
                statements_root: digest(3),
                outcomes_root: digest(4),
                state: state(5),
                history: state(11),
                lanes: state(7),
                validators: digest(9),
                next_validators: digest(9),
                tree_head_keys: digest(10),
                extension: Digest::ZERO,
            },
        }
    }

    fn child(parent: &Header) -> Header {
        let mut child = *parent;
        child.core.height += 1;
        child.core.time_ms += 1;
        child.core.first_leaf = parent.core.log_size;
        child.core.log_size = parent.core.log_size + 4_001;
        child.rest.parent = parent.digest();
        child
    }

    #[test]
    fn the_digest_is_of_the_core_and_the_digest_of_the_rest() {
        let header = header();
        let mut writer = Writer::default();
        header.core.write(&mut writer);
        let rest = header.rest.digest();
        assert_eq!(
            header.digest(),
            Digest::of_parts(&[&writer.finish(), &rest.0])
        );
        assert_eq!(Header::decode(&header.encode()), Ok(header));
        crate::cbor::check(&header.encode()).unwrap();
    }

    #[test]
    fn a_header_follows_its_parent_and_each_break_is_named() {
        let parent = header();
        let good = child(&parent);
        good.check_follows(&parent).unwrap();
        type Damage = fn(&mut Header);
        let broken: [(&str, Damage); 8] = [
            ("network", |h| h.core.network = Digest::ZERO),
            ("parent", |h| h.rest.parent = Digest::ZERO),
            ("height", |h| h.core.height += 1),
            ("first leaf", |h| h.core.first_leaf += 1),
            ("time", |h| h.core.time_ms -= 1),
            ("epoch", |h| h.core.epoch += 1),
            ("validator set", |h| h.rest.validators = Digest::ZERO),
            ("log size", |h| h.core.log_size -= 1),
        ];
        for (field, damage) in broken {
            let mut bad = good;
            damage(&mut bad);
            assert_eq!(bad.check_follows(&parent).unwrap_err().field, field);
        }
    }

    #[test]
    fn the_epoch_changes_behind_the_block_that_hands_over_and_behind_no_other() {
        let mut last = header();
        last.rest.next_validators = Digest::of(b"the next set");
        assert!(last.ends_epoch() && !header().ends_epoch());
        let mut first = child(&last);
        assert_eq!(first.check_follows(&last).unwrap_err().field, "epoch");
        first.core.epoch += 1;
        assert_eq!(
            first.check_follows(&last).unwrap_err().field,
            "validator set"
        );
        first.rest.validators = last.rest.next_validators;
        first.rest.next_validators = last.rest.next_validators;
        first.check_follows(&last).unwrap();
    }

    #[test]
    fn a_refounded_epoch_begins_with_the_members_decision_in_the_place_of_the_next_set() {
        let (parent, decision) = (header(), Digest::of(b"decision"));
        let mut first = child(&parent);
        assert_eq!(
            first.check_refounds(&parent, &decision).unwrap_err().field,
            "epoch"
        );
        first.core.epoch += 1;
        let fault = first.check_refounds(&parent, &decision).unwrap_err();
        assert_eq!(fault.field, "validator set");
        (first.rest.validators, first.rest.next_validators) = (decision, decision);
        first.check_refounds(&parent, &decision).unwrap();
        assert_eq!(first.check_follows(&parent).unwrap_err().field, "epoch");
        assert!(!first.ends_epoch());
    }

    proptest! {
        #[test]
        fn any_flipped_bit_is_refused_or_another_block(at: prop::sample::Index, bit in 0u8..8) {
            let mut bytes = header().encode();
            let index = at.index(bytes.len());
            bytes[index] ^= 1 << bit;
            if let Ok(other) = Header::decode(&bytes) {
                prop_assert_ne!(other.digest(), header().digest());
                prop_assert_eq!(other.encode(), bytes);
            }
        }
    }
}
