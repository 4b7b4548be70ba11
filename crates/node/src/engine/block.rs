//! Blocks: a header that commits to everything, and the body it commits to.
//!
//! The header and its digest are [`convoy_types::header`]'s. Its extension is the digest of the block's
//! [`Place`] in consensus, because a digest that consensus votes on must commit to its view, its parent's
//! view and its proposer.
//!
//! ```text
//! block = length of header ‖ header ‖ place ‖ statements ‖ right edge of the statement log ‖ next validators
//! ```
//!
//! Integers are big-endian. Invariants kept while decoding, because blocks are fetched from peers by
//! digest: the place hashes to the header's extension, the statements to its statements root and the right
//! edge to its log root, and the next validators, which only the last block of an epoch has, to the set that its header hands
//! over to. Bytes that do not are not a block. Ids are computed once, here, and kept.

use super::contract::{Core, Hash, Statement, Tip};
use bytes::{BufMut, Bytes};
use commonware_codec::{Buf, Copying, EncodeSize, Error as CodecError, Read, ReadExt as _, Write};
use commonware_consensus::{
    Block as ConsensusBlock, BoundedBlock, CertifiableBlock, Heightable,
    simplex::types::Context,
    types::{Epoch, Height, Round, View},
};
use commonware_cryptography::{Digestible, ed25519::PublicKey, sha256};
use convoy_types::Digest;
pub use convoy_types::header::{Header, HeaderCore, HeaderRest, StateCommitment};
use convoy_types::{
    MemberId,
    header::{Validator, validators_digest},
    limits::{MEMBER_ID_CHARS_MAX, VALIDATORS_MAX},
};
use sha2::{Digest as _, Sha256};
use std::{fmt, sync::Arc};

/// Most hashes in the right edge of a log: one per bit of its size.
const FRONTIER_MAX: usize = 64;
/// Longest encoded header, bytes; today's is 560 at most.
pub(super) const HEADER_BYTES_MAX: usize = 1_024;
/// Bytes of an encoded place.
const PLACE_BYTES: usize = 8 + 8 + 32;

/// Where in consensus a block was proposed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// View in which it was proposed.
    pub view: u64,
    /// View of its parent.
    pub parent_view: u64,
    /// Ed25519 key of the proposing validator.
    pub leader: Hash,
}

impl Place {
    /// SHA-256 of `"convoy consensus place 1" ‖ view ‖ parent view ‖ leader`.
    pub fn digest(&self) -> Digest {
        let hasher = Sha256::new()
            .chain_update(b"convoy consensus place 1")
            .chain_update(self.view.to_be_bytes())
            .chain_update(self.parent_view.to_be_bytes())
            .chain_update(self.leader);
        Digest(hasher.finalize().into())
    }
}

/// What decoding a block needs to know.
#[derive(Clone)]
pub struct BlockRules {
    /// Most statements in a block.
    pub statements_max: usize,
    /// Most bytes of statements in a block.
    pub bytes_max: usize,
    /// The core, for the two commitments to the body.
    pub core: Arc<dyn Core>,
}

impl fmt::Debug for BlockRules {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "blocks of at most {} statements, {} bytes",
            self.statements_max, self.bytes_max
        )
    }
}

/// A block.
#[derive(Clone)]
pub struct Block {
    /// Header; its digest is the block's id.
    pub header: Header,
    /// Where in consensus it was proposed; the header's extension commits to it.
    pub place: Place,
    /// Statements in order.
    pub statements: Arc<[Statement]>,
    /// Right edge of the statement log after this block, largest subtree first.
    pub frontier: Vec<Hash>,
    /// The validators from the next block on, if this is the last one of an epoch.
    pub next: Option<Arc<[Validator]>>,
    leader: PublicKey,
}

impl fmt::Debug for Block {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "block {} ({} statements)",
            self.header.core.height,
            self.statements.len()
        )
    }
}

impl Block {
    /// Puts a block together. `leader` must be the key in `place`, whose digest must be in the header.
    pub fn new(
        header: Header,
        place: Place,
        statements: Arc<[Statement]>,
        frontier: Vec<Hash>,
        next: Option<Arc<[Validator]>>,
        leader: PublicKey,
    ) -> Self {
        debug_assert_eq!(header.rest.extension, place.digest());
        debug_assert_eq!(header.ends_epoch(), next.is_some());
        Self {
            header,
            place,
            statements,
            frontier,
            next,
            leader,
        }
    }

    /// What a child is executed on.
    pub fn tip(&self) -> Tip {
        Tip {
            header: self.header,
            frontier: self.frontier.clone(),
        }
    }

    /// Ids of the statements, in order.
    pub fn ids(&self) -> Vec<Hash> {
        self.statements
            .iter()
            .map(|statement| statement.id)
            .collect()
    }

    fn read_statements(
        buf: &mut impl Buf,
        rules: &BlockRules,
    ) -> Result<Arc<[Statement]>, CodecError> {
        let count = u32::read(buf)? as usize;
        if count > rules.statements_max {
            return Err(CodecError::Invalid(
                "block",
                "more statements than a block may hold",
            ));
        }
        let mut left = rules.bytes_max;
        let mut statements = Vec::with_capacity(count);
        for _ in 0..count {
            let length = u32::read(buf)? as usize;
            left = left.checked_sub(length).ok_or(CodecError::Invalid(
                "block",
                "more bytes than a block may hold",
            ))?;
            let bytes: Bytes = buf
                .try_take_owned(length)
                .map_err(|_| CodecError::Invalid("block", "a statement is cut short"))?;
            statements.push(Statement {
                id: Sha256::digest(&bytes).into(),
                bytes,
            });
        }
        Ok(statements.into())
    }

    fn read_frontier(buf: &mut impl Buf) -> Result<Vec<Hash>, CodecError> {
        let count = usize::from(u8::read(buf)?);
        if count > FRONTIER_MAX {
            return Err(CodecError::Invalid(
                "block",
                "the log's right edge has more than 64 hashes",
            ));
        }
        (0..count).map(|_| Hash::read(buf)).collect()
    }
}

impl Write for Block {
    fn write(&self, buf: &mut impl BufMut) {
        let header = self.header.encode();
        buf.put_u16(header.len() as u16);
        buf.put_slice(&header);
        buf.put_u64(self.place.view);
        buf.put_u64(self.place.parent_view);
        buf.put_slice(&self.place.leader);
        buf.put_u32(self.statements.len() as u32);
        for statement in self.statements.iter() {
            buf.put_u32(statement.bytes.len() as u32);
            buf.put_slice(&statement.bytes);
        }
        buf.put_u8(self.frontier.len() as u8);
        for hash in &self.frontier {
            buf.put_slice(hash);
        }
        write_validators(self.next.as_deref().unwrap_or_default(), buf);
    }
}

impl EncodeSize for Block {
    fn encode_size(&self) -> usize {
        let statements: usize = self
            .statements
            .iter()
            .map(|statement| 4 + statement.bytes.len())
            .sum();
        let next = self.next.as_deref().unwrap_or_default();
        let next: usize = next
            .iter()
            .map(|validator| 1 + validator.member.as_str().len() + 32)
            .sum();
        let frontier = 1 + 32 * self.frontier.len();
        2 + self.header.encode().len() + PLACE_BYTES + 4 + statements + frontier + 1 + next
    }
}

/// Writes a set of validators: their number, then each one's member and key.
pub(super) fn write_validators(validators: &[Validator], buf: &mut impl BufMut) {
    buf.put_u8(validators.len() as u8);
    for validator in validators {
        buf.put_u8(validator.member.as_str().len() as u8);
        buf.put_slice(validator.member.as_str().as_bytes());
        buf.put_slice(&validator.key);
    }
}

/// Reads a set of validators.
pub(super) fn read_validators(buf: &mut impl Buf) -> Result<Arc<[Validator]>, CodecError> {
    let count = usize::from(u8::read(buf)?);
    if count > VALIDATORS_MAX {
        return Err(wrong("it names more validators than a set may have"));
    }
    let mut validators = Vec::with_capacity(count);
    for _ in 0..count {
        let length = usize::from(u8::read(buf)?);
        if length > MEMBER_ID_CHARS_MAX {
            return Err(wrong("a member's name is too long"));
        }
        let name: Bytes = buf
            .try_take_owned(length)
            .map_err(|_| wrong("its validators are cut short"))?;
        let name = std::str::from_utf8(&name).map_err(|_| wrong("a member's name is no text"))?;
        let member = MemberId::new(name).map_err(|_| wrong("a member's name is malformed"))?;
        let key = Hash::read(buf)?;
        validators.push(Validator { member, key });
    }
    Ok(validators.into())
}

/// A fault in a block's bytes.
fn wrong(fault: &'static str) -> CodecError {
    CodecError::Invalid("block", fault)
}

fn read_header(buf: &mut impl Buf) -> Result<Header, CodecError> {
    let length = usize::from(u16::read(buf)?);
    if length > HEADER_BYTES_MAX {
        return Err(wrong("its header is too long"));
    }
    let bytes: Bytes = buf
        .try_take_owned(length)
        .map_err(|_| wrong("its header is cut short"))?;
    let header = Header::decode(&bytes).map_err(|_| wrong("its header is malformed"))?;
    let rest = &header.rest;
    for store in [&rest.state, &rest.history, &rest.lanes] {
        if store.ops_start >= store.ops_end {
            return Err(wrong("a store's operation range is empty"));
        }
    }
    Ok(header)
}

impl Read for Block {
    type Cfg = BlockRules;

    fn read_cfg(buf: &mut impl Buf, rules: &BlockRules) -> Result<Self, CodecError> {
        let header = read_header(buf)?;
        let place = Place {
            view: u64::read(buf)?,
            parent_view: u64::read(buf)?,
            leader: Hash::read(buf)?,
        };
        if place.digest() != header.rest.extension {
            return Err(wrong(
                "its place in consensus is not the one its header commits to",
            ));
        }
        let leader = PublicKey::read(&mut Copying(&place.leader[..]))?;
        let statements = Self::read_statements(buf, rules)?;
        let frontier = Self::read_frontier(buf)?;
        let next = read_validators(buf)?;
        if header.ends_epoch() == next.is_empty()
            || !next.is_empty() && validators_digest(&next) != header.rest.next_validators
        {
            return Err(wrong(
                "its next validators are not those its header commits to",
            ));
        }
        let block = Self {
            header,
            place,
            statements,
            frontier,
            next: (!next.is_empty()).then_some(next),
            leader,
        };
        if (rules.core.statements_root())(&block.ids()) != header.rest.statements_root.0 {
            return Err(wrong("its statements are not those its header commits to"));
        }
        let core = &header.core;
        if !rules
            .core
            .frontier_matches(&block.frontier, &core.log_root.0, core.log_size)
        {
            return Err(wrong("its log edge is not the one its header commits to"));
        }
        Ok(block)
    }
}

impl BoundedBlock for Block {
    fn max_encode_size(rules: &BlockRules) -> usize {
        let statements = 4 + 4 * rules.statements_max + rules.bytes_max;
        let next = 1 + VALIDATORS_MAX * (1 + MEMBER_ID_CHARS_MAX + 32);
        2 + HEADER_BYTES_MAX + PLACE_BYTES + statements + 1 + 32 * FRONTIER_MAX + next
    }
}

impl Digestible for Block {
    type Digest = sha256::Digest;

    fn digest(&self) -> sha256::Digest {
        sha256::Digest(self.header.digest().0)
    }
}

impl Heightable for Block {
    fn height(&self) -> Height {
        Height::new(self.header.core.height)
    }
}

impl ConsensusBlock for Block {
    fn parent(&self) -> sha256::Digest {
        sha256::Digest(self.header.rest.parent.0)
    }
}

impl CertifiableBlock for Block {
    type Context = Context<sha256::Digest, PublicKey>;

    fn context(&self) -> Self::Context {
        let epoch = Epoch::new(self.header.core.epoch);
        Context {
            round: Round::new(epoch, View::new(self.place.view)),
            leader: self.leader.clone(),
            parent: (View::new(self.place.parent_view), self.parent()),
        }
    }
}
