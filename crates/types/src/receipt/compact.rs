//! The compact receipt: a statement, its path, the header core and the consensus certificate, small enough for a QR code.
//!
//! ```text
//! 0x636e7601([1, << statement >> / statement id, leaf, << path >>, core, << rest digest >>, certificate, evidence / null])
//! core = [epoch, height, time, first leaf, accepted, log size]
//! ```
//!
//! Left out because it follows: the network (from the trust file or the statement), the log root (from the statement and the path). The header is of
//! the statement's own block whenever that block has a certificate of its own; then the leaf's place proves *accepted*. Otherwise it is of a
//! later block, and [`BlockEvidence`] can prove it as in COSE receipts.

use super::{
    BlockEvidence, Certificate, Outcome, ReceiptError, part, read_packed_path, write_packed_path,
};
use crate::{
    Digest, NetworkId, Statement, StatementId,
    header::HeaderCore,
    log::{leaf_hash, root_from_inclusion},
    receipt::transparent::TransparentError,
    wire::{Reader, Writer},
};

/// CBOR tag of a compact receipt, so that its first bytes tell what it is: `da 63 6e 76 01`.
pub const TAG_COMPACT: u64 = 0x636e_7601;
/// The version of the format.
pub const COMPACT_VERSION: u64 = 1;

/// What the receipt is about: the statement itself, or only its id where the content is not to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The whole statement.
    Statement(Box<Statement>),
    /// Its id alone.
    Id(StatementId),
}

impl Subject {
    /// The statement's id.
    pub fn id(&self) -> StatementId {
        match self {
            Self::Statement(statement) => statement.id(),
            Self::Id(id) => *id,
        }
    }
}

/// A compact receipt, decoded. Its certificate is checked by who holds the validators' keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompactReceipt {
    /// What it is about.
    pub subject: Subject,
    /// The statement's leaf.
    pub leaf: u64,
    /// The path from the leaf to the log root, lowest first.
    pub path: Vec<Digest>,
    /// The certified block's epoch.
    pub epoch: u64,
    /// The certified block's height.
    pub height: u64,
    /// The certified block's time, milliseconds since 1970.
    pub time_ms: u64,
    /// The certified block's first leaf.
    pub first_leaf: u64,
    /// How many statements the certified block accepted.
    pub accepted: u64,
    /// The size of the log after the certified block.
    pub log_size: u64,
    /// SHA-256 of the rest of the certified header.
    pub rest: Digest,
    /// The quorum's signatures over the certified block.
    pub certificate: Certificate,
    /// Evidence of acceptance, where the certified block is not the statement's own.
    pub evidence: Option<BlockEvidence>,
}

impl CompactReceipt {
    /// Puts a receipt together from a certified header.
    pub fn new(
        subject: Subject,
        leaf: u64,
        path: Vec<Digest>,
        header: &crate::header::Header,
        certificate: Certificate,
        evidence: Option<BlockEvidence>,
    ) -> Self {
        let core = &header.core;
        Self {
            subject,
            leaf,
            path,
            epoch: core.epoch,
            height: core.height,
            time_ms: core.time_ms,
            first_leaf: core.first_leaf,
            accepted: core.accepted,
            log_size: core.log_size,
            rest: header.rest.digest(),
            certificate,
            evidence,
        }
    }

    /// The header core that the receipt implies for `network`; `None` where the path does not fit.
    pub fn core(&self, network: &NetworkId) -> Option<HeaderCore> {
        let leaf = leaf_hash(&self.subject.id().0);
        Some(HeaderCore {
            network: HeaderCore::network_digest(network),
            epoch: self.epoch,
            height: self.height,
            time_ms: self.time_ms,
            first_leaf: self.first_leaf,
            accepted: self.accepted,
            log_size: self.log_size,
            log_root: root_from_inclusion(&leaf, self.leaf, self.log_size, &self.path)?,
        })
    }

    /// The deterministic encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(2_048);
        writer.tag(TAG_COMPACT).array(8).uint(COMPACT_VERSION);
        match &self.subject {
            Subject::Statement(statement) => writer.bytes(statement.bytes()),
            Subject::Id(id) => writer.bytes(&id.0.0),
        };
        writer.uint(self.leaf);
        write_packed_path(&mut writer, &self.path);
        writer.array(6).uint(self.epoch).uint(self.height);
        writer.uint(self.time_ms).uint(self.first_leaf);
        writer.uint(self.accepted).uint(self.log_size);
        writer.bytes(&self.rest.0);
        self.certificate.write(&mut writer);
        match &self.evidence {
            Some(evidence) => writer.bytes(&evidence.encode()),
            None => writer.null(),
        };
        writer.finish()
    }

    /// Reads the encoding, and nothing else.
    pub fn decode(bytes: &[u8]) -> Result<Self, TransparentError> {
        const PART: &str = "compact receipt";
        let mut reader = Reader::new(bytes);
        part(PART, reader.tag(TAG_COMPACT))?;
        part(PART, reader.array_of(8))?;
        part(
            "compact receipt: version",
            reader.uint_exact(COMPACT_VERSION),
        )?;
        let subject = decode_subject(part("compact receipt: statement", reader.bytes())?)?;
        let leaf = part(PART, reader.uint())?;
        let path = part("compact receipt: path", read_packed_path(&mut reader))?;
        part("compact receipt: header", reader.array_of(6))?;
        let mut number = || part("compact receipt: header", reader.uint());
        let (epoch, height, time_ms) = (number()?, number()?, number()?);
        let (first_leaf, accepted, log_size) = (number()?, number()?, number()?);
        let rest = Digest(part("compact receipt: rest digest", reader.bytes_exact())?);
        let certificate = Certificate::read(&mut reader)?;
        let evidence = decode_evidence(&mut reader)?;
        part(PART, reader.end())?;
        Ok(Self {
            subject,
            leaf,
            path,
            epoch,
            height,
            time_ms,
            first_leaf,
            accepted,
            log_size,
            rest,
            certificate,
            evidence,
        })
    }
}

/// 32 bytes are an id: no statement is that short.
fn decode_subject(bytes: &[u8]) -> Result<Subject, TransparentError> {
    if let Ok(id) = bytes.try_into() {
        return Ok(Subject::Id(StatementId(Digest(id))));
    }
    let statement = Statement::decode(bytes.to_vec())?;
    Ok(Subject::Statement(Box::new(statement)))
}

fn decode_evidence(reader: &mut Reader<'_>) -> Outcome<Option<BlockEvidence>> {
    if reader.null() {
        return Ok(None);
    }
    let bytes = part("compact receipt: evidence", reader.bytes())?;
    let evidence = BlockEvidence::decode(bytes)?;
    if evidence.path.is_empty() {
        return Err(ReceiptError::member(
            "compact receipt: evidence",
            "its path is empty",
        ));
    }
    Ok(Some(evidence))
}
