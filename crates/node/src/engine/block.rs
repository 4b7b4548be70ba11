//! Blocks: a header that commits to everything, and the body it commits to.
//!
//! ```text
//! digest = SHA-256(core ‖ SHA-256(rest))
//! core   = version ‖ network ‖ epoch ‖ height ‖ time_ms ‖ log_root ‖ log_size
//! rest   = parent ‖ consensus place (view, parent view, leader) ‖ statements and outcomes roots
//!        ‖ state and counters commitments ‖ validator set ‖ tree-head keys ‖ extension
//! body   = statements ‖ right edge of the statement log
//! ```
//!
//! A receipt carries `core` and `SHA-256(rest)`: 170 bytes. All integers are big-endian.
//!
//! Invariants kept while decoding, because blocks are fetched from peers by digest: the statements
//! hash to the header's statements root, and the right edge to its log root. Bytes that do not are not
//! a block. Ids are computed once, here, and kept.

use super::contract::{Core, Hash, Statement, Tip};
use bytes::{BufMut, Bytes};
use commonware_codec::{
    Buf, EncodeSize, Error as CodecError, FixedSize, Read, ReadExt as _, Write,
};
use commonware_consensus::{
    Block as ConsensusBlock, BoundedBlock, CertifiableBlock, Heightable,
    simplex::types::Context,
    types::{Epoch, Height, Round, View},
};
use commonware_cryptography::{Digestible, ed25519::PublicKey, sha256};
use sha2::{Digest as _, Sha256};
use std::{fmt, sync::Arc};

/// Version of the header and block formats.
pub const FORMAT_VERSION: u16 = 1;
/// Most hashes in the right edge of a log: one per bit of its size.
const FRONTIER_MAX: usize = 64;

/// Commitment to one database: the root a reader checks, and the root and operation range from which a
/// new node rebuilds the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreCommitment {
    /// Canonical root; proofs of presence and absence end here.
    pub root: Hash,
    /// Root over the operations, for state synchronisation.
    pub ops_root: Hash,
    /// First operation a new node needs.
    pub ops_start: u64,
    /// One past the last operation.
    pub ops_end: u64,
}

/// A block's header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// [`FORMAT_VERSION`].
    pub version: u16,
    /// Digest of the network id.
    pub network: Hash,
    /// Period of one validator set.
    pub epoch: u64,
    /// Place in the chain; genesis is 0.
    pub height: u64,
    /// Milliseconds since 1970-01-01 UTC; greater than the parent's.
    pub time_ms: u64,
    /// Root of the statement log after this block (RFC 9162 2.1).
    pub log_root: Hash,
    /// Entries in that log.
    pub log_size: u64,
    /// Digest of the parent's header.
    pub parent: Hash,
    /// Consensus view in which the block was proposed.
    pub view: u64,
    /// Consensus view of the parent.
    pub parent_view: u64,
    /// Ed25519 key of the proposing validator.
    pub leader: Hash,
    /// Root over statement ids.
    pub statements_root: Hash,
    /// Root over outcomes and events.
    pub outcomes_root: Hash,
    /// Records of all modules.
    pub state: StoreCommitment,
    /// Signer-lane counters.
    pub counters: StoreCommitment,
    /// Digest of the validator set.
    pub validators: Hash,
    /// Digest of the tree-head key set.
    pub tree_head_keys: Hash,
    /// Zero today.
    pub extension: Hash,
}

const CORE_BYTES: usize = 2 + 32 + 8 + 8 + 8 + 32 + 8;
const STORE_BYTES: usize = 32 + 32 + 8 + 8;
const REST_BYTES: usize = 32 + 8 + 8 + 32 + 32 + 32 + 2 * STORE_BYTES + 3 * 32;

impl Header {
    /// The part that a compact receipt carries.
    pub fn core_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(CORE_BYTES);
        self.write_core(&mut out);
        out
    }

    /// SHA-256 of the part that a compact receipt leaves out.
    pub fn rest_digest(&self) -> Hash {
        let mut rest = Vec::with_capacity(REST_BYTES);
        self.write_rest(&mut rest);
        Sha256::digest(&rest).into()
    }

    /// The block's id.
    pub fn digest(&self) -> Hash {
        Sha256::new()
            .chain_update(self.core_bytes())
            .chain_update(self.rest_digest())
            .finalize()
            .into()
    }

    fn write_core(&self, out: &mut impl BufMut) {
        out.put_u16(self.version);
        out.put_slice(&self.network);
        out.put_u64(self.epoch);
        out.put_u64(self.height);
        out.put_u64(self.time_ms);
        out.put_slice(&self.log_root);
        out.put_u64(self.log_size);
    }

    fn write_rest(&self, out: &mut impl BufMut) {
        out.put_slice(&self.parent);
        out.put_u64(self.view);
        out.put_u64(self.parent_view);
        out.put_slice(&self.leader);
        out.put_slice(&self.statements_root);
        out.put_slice(&self.outcomes_root);
        for store in [&self.state, &self.counters] {
            out.put_slice(&store.root);
            out.put_slice(&store.ops_root);
            out.put_u64(store.ops_start);
            out.put_u64(store.ops_end);
        }
        out.put_slice(&self.validators);
        out.put_slice(&self.tree_head_keys);
        out.put_slice(&self.extension);
    }
}

impl FixedSize for Header {
    const SIZE: usize = CORE_BYTES + REST_BYTES;
}

impl Write for Header {
    fn write(&self, buf: &mut impl BufMut) {
        self.write_core(buf);
        self.write_rest(buf);
    }
}

impl Read for Header {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, _: &()) -> Result<Self, CodecError> {
        let mut header = Self {
            version: u16::read(buf)?,
            network: Hash::read(buf)?,
            epoch: u64::read(buf)?,
            height: u64::read(buf)?,
            time_ms: u64::read(buf)?,
            log_root: Hash::read(buf)?,
            log_size: u64::read(buf)?,
            parent: Hash::read(buf)?,
            view: u64::read(buf)?,
            parent_view: u64::read(buf)?,
            leader: Hash::read(buf)?,
            statements_root: Hash::read(buf)?,
            outcomes_root: Hash::read(buf)?,
            ..Self::default()
        };
        for store in [&mut header.state, &mut header.counters] {
            store.root = Hash::read(buf)?;
            store.ops_root = Hash::read(buf)?;
            store.ops_start = u64::read(buf)?;
            store.ops_end = u64::read(buf)?;
            if store.ops_start >= store.ops_end {
                return Err(CodecError::Invalid(
                    "block header",
                    "a store's operation range is empty",
                ));
            }
        }
        header.validators = Hash::read(buf)?;
        header.tree_head_keys = Hash::read(buf)?;
        header.extension = Hash::read(buf)?;
        Ok(header)
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
    /// Statements in order.
    pub statements: Arc<[Statement]>,
    /// Right edge of the statement log after this block, largest subtree first.
    pub frontier: Vec<Hash>,
    leader: PublicKey,
}

impl fmt::Debug for Block {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "block {} ({} statements)",
            self.header.height,
            self.statements.len()
        )
    }
}

impl Block {
    /// Puts a block together. `leader` must be the key in the header.
    pub fn new(
        header: Header,
        statements: Arc<[Statement]>,
        frontier: Vec<Hash>,
        leader: PublicKey,
    ) -> Self {
        Self {
            header,
            statements,
            frontier,
            leader,
        }
    }

    /// What a child is executed on.
    pub fn tip(&self) -> Tip {
        Tip {
            header: self.header.clone(),
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
        self.header.write(buf);
        buf.put_u32(self.statements.len() as u32);
        for statement in self.statements.iter() {
            buf.put_u32(statement.bytes.len() as u32);
            buf.put_slice(&statement.bytes);
        }
        buf.put_u8(self.frontier.len() as u8);
        for hash in &self.frontier {
            buf.put_slice(hash);
        }
    }
}

impl EncodeSize for Block {
    fn encode_size(&self) -> usize {
        let statements: usize = self
            .statements
            .iter()
            .map(|statement| 4 + statement.bytes.len())
            .sum();
        Header::SIZE + 4 + statements + 1 + 32 * self.frontier.len()
    }
}

impl Read for Block {
    type Cfg = BlockRules;

    fn read_cfg(buf: &mut impl Buf, rules: &BlockRules) -> Result<Self, CodecError> {
        let header = Header::read(buf)?;
        let leader = PublicKey::read(&mut commonware_codec::Copying(&header.leader[..]))?;
        let statements = Self::read_statements(buf, rules)?;
        let frontier = Self::read_frontier(buf)?;
        let block = Self {
            header,
            statements,
            frontier,
            leader,
        };
        let root = (rules.core.statements_root())(&block.ids());
        if root != block.header.statements_root {
            return Err(CodecError::Invalid(
                "block",
                "its statements are not those its header commits to",
            ));
        }
        let header = &block.header;
        if !rules
            .core
            .frontier_matches(&block.frontier, &header.log_root, header.log_size)
        {
            return Err(CodecError::Invalid(
                "block",
                "its log edge is not the one its header commits to",
            ));
        }
        Ok(block)
    }
}

impl BoundedBlock for Block {
    fn max_encode_size(rules: &BlockRules) -> usize {
        Header::SIZE + 4 + 4 * rules.statements_max + rules.bytes_max + 1 + 32 * FRONTIER_MAX
    }
}

impl Digestible for Block {
    type Digest = sha256::Digest;

    fn digest(&self) -> sha256::Digest {
        sha256::Digest(self.header.digest())
    }
}

impl Heightable for Block {
    fn height(&self) -> Height {
        Height::new(self.header.height)
    }
}

impl ConsensusBlock for Block {
    fn parent(&self) -> sha256::Digest {
        sha256::Digest(self.header.parent)
    }
}

impl CertifiableBlock for Block {
    type Context = Context<sha256::Digest, PublicKey>;

    fn context(&self) -> Self::Context {
        let header = &self.header;
        Context {
            round: Round::new(Epoch::new(header.epoch), View::new(header.view)),
            leader: self.leader.clone(),
            parent: (View::new(header.parent_view), sha256::Digest(header.parent)),
        }
    }
}
