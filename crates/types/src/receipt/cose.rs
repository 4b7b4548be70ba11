//! COSE Receipts (RFC 9942) in our profile: a signed tree head, its payload detached, with a proof in the unprotected header.
//!
//! ```text
//! inclusion    18([protected, {396: {-1: [ << [size, leaf, [+ hash]] >> ]}, ? "convoy-block": << evidence >>}, nil, signature])
//! consistency  18([protected, {396: {-2: [ << [old size, size, [+ hash]] >> ]}}, nil, signature])
//! evidence     [ << block summary >>, [+ hash] ]
//! ```
//!
//! The evidence proves *accepted*: the summary of the statement's block, and the path from the summary's own leaf to the
//! same root. Other people's tools ignore it, as RFC 9052 has it for unknown unprotected parameters. It needs no signature of its own: it leads to the signed root or
//! it does not.

use super::{
    Outcome, PROOF_CONSISTENCY, PROOF_INCLUSION, ReceiptError, SignedTreeHead, TreeHead, label,
    part, read_path, text_label, tree_head::Claims, write_path,
};
use crate::{
    Digest,
    cose::{HEADER_VDP, TAG_SIGN1},
    log::{BlockSummary, leaf_hash, root_from_inclusion},
    wire::{Reader, Writer},
};

/// The unprotected header parameter of the evidence of acceptance.
pub const HEADER_BLOCK: &str = "convoy-block";

/// The summary of the statement's block and the path of the summary's leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockEvidence {
    /// The summary.
    pub summary: BlockSummary,
    /// From the summary's leaf to the root of the receipt's tree head.
    pub path: Vec<Digest>,
}

impl BlockEvidence {
    /// The deterministic encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(96 + 34 * self.path.len());
        writer.array(2).bytes(&self.summary.encode());
        write_path(&mut writer, &self.path);
        writer.finish()
    }

    /// Reads the encoding, and nothing else.
    pub fn decode(bytes: &[u8]) -> Result<Self, ReceiptError> {
        const PART: &str = "receipt: block evidence";
        let mut reader = Reader::new(bytes);
        part(PART, reader.array_of(2))?;
        let summary = BlockSummary::decode(part(PART, reader.bytes())?);
        let evidence = Self {
            summary: part("receipt: block summary", summary)?,
            path: part(PART, read_path(&mut reader))?,
        };
        part(PART, reader.end())?;
        Ok(evidence)
    }

    /// The root that the evidence leads to in a tree of `size` leaves, if it leads anywhere.
    pub fn root(&self, size: u64) -> Option<Digest> {
        let leaf = leaf_hash(&self.summary.entry());
        root_from_inclusion(&leaf, self.summary.leaf()?, size, &self.path)
    }
}

/// A receipt of inclusion, decoded. The root is not in it: it follows from the statement and the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionReceipt {
    signed: SignedTreeHead,
    leaf: u64,
    path: Vec<Digest>,
    evidence: Option<BlockEvidence>,
}

impl InclusionReceipt {
    /// The receipt of leaf `leaf` under a signed tree head. The caller made `path`, and the evidence, for that head's size.
    pub fn new(
        signed: SignedTreeHead,
        leaf: u64,
        path: Vec<Digest>,
        evidence: Option<BlockEvidence>,
    ) -> Self {
        Self {
            signed,
            leaf,
            path,
            evidence,
        }
    }

    /// The leaf of the statement.
    pub fn leaf(&self) -> u64 {
        self.leaf
    }

    /// The path from the statement's leaf, lowest first.
    pub fn path(&self) -> &[Digest] {
        &self.path
    }

    /// The evidence of acceptance, if it carries any.
    pub fn evidence(&self) -> Option<&BlockEvidence> {
        self.evidence.as_ref()
    }

    /// The signed tree head. In a decoded receipt its root is the one that `entry` and the path lead to
    /// (see [`InclusionReceipt::decode`]), so checking its signature checks the inclusion.
    pub fn signed(&self) -> &SignedTreeHead {
        &self.signed
    }

    /// The encoding as a COSE Receipt.
    pub fn encode(&self) -> Vec<u8> {
        let mut proof = Writer::with_capacity(34 * self.path.len() + 24);
        proof.array(3).uint(self.signed.head.size).uint(self.leaf);
        write_path(&mut proof, &self.path);
        let pairs = 1 + usize::from(self.evidence.is_some());
        let mut writer = Writer::with_capacity(self.signed.signature.len() + 1_024);
        writer.tag(TAG_SIGN1).array(4).bytes(&self.signed.protected);
        writer.map(pairs).int(HEADER_VDP).map(1);
        writer.int(PROOF_INCLUSION).array(1).bytes(&proof.finish());
        if let Some(evidence) = &self.evidence {
            writer.text(HEADER_BLOCK).bytes(&evidence.encode());
        }
        writer.null().bytes(&self.signed.signature);
        writer.finish()
    }

    /// Reads a receipt for the log entry `entry` (a statement's id).
    ///
    /// # Errors
    /// When the encoding is not exactly ours, or the path does not fit the leaf and the size. The signature is not checked here.
    pub fn decode(bytes: &[u8], entry: &Digest) -> Result<Self, ReceiptError> {
        let envelope = Envelope::decode(bytes, PROOF_INCLUSION)?;
        const PROOF: &str = "receipt: inclusion proof";
        let mut reader = Reader::new(envelope.proof);
        part(PROOF, reader.array_of(3))?;
        let size = part(PROOF, reader.uint())?;
        let leaf = part(PROOF, reader.uint())?;
        let path = part(PROOF, read_path(&mut reader))?;
        part(PROOF, reader.end())?;
        let evidence = envelope.evidence.map(BlockEvidence::decode).transpose()?;
        let claims = Claims::decode(envelope.protected)?;
        check_size(PROOF, size, claims.size)?;
        let root = root_from_inclusion(&leaf_hash(entry), leaf, size, &path).ok_or_else(|| {
            let detail = format!("the path does not fit leaf {leaf} of {size}");
            ReceiptError::member(PROOF, detail)
        })?;
        Ok(Self {
            signed: envelope.signed(claims, root),
            leaf,
            path,
            evidence,
        })
    }
}

/// A receipt that a log is the beginning of a later one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyReceipt {
    /// The size of the older log.
    pub old_size: u64,
    /// The path between them.
    pub path: Vec<Digest>,
    /// The newer log. In a decoded receipt its root is the one given to [`ConsistencyReceipt::decode`].
    pub signed: SignedTreeHead,
}

impl ConsistencyReceipt {
    /// The encoding as a COSE Receipt.
    pub fn encode(&self) -> Vec<u8> {
        let mut proof = Writer::with_capacity(34 * self.path.len() + 24);
        proof
            .array(3)
            .uint(self.old_size)
            .uint(self.signed.head.size);
        write_path(&mut proof, &self.path);
        let mut writer = Writer::with_capacity(self.signed.signature.len() + 1_024);
        writer.tag(TAG_SIGN1).array(4).bytes(&self.signed.protected);
        writer.map(1).int(HEADER_VDP).map(1);
        writer
            .int(PROOF_CONSISTENCY)
            .array(1)
            .bytes(&proof.finish());
        writer.null().bytes(&self.signed.signature);
        writer.finish()
    }

    /// Reads a consistency receipt whose newer log has the root `root`.
    pub fn decode(bytes: &[u8], root: Digest) -> Result<Self, ReceiptError> {
        const PROOF: &str = "receipt: consistency proof";
        let envelope = Envelope::decode(bytes, PROOF_CONSISTENCY)?;
        if envelope.evidence.is_some() {
            return Err(ReceiptError::member(PROOF, "it carries block evidence"));
        }
        let mut reader = Reader::new(envelope.proof);
        part(PROOF, reader.array_of(3))?;
        let old_size = part(PROOF, reader.uint())?;
        let size = part(PROOF, reader.uint())?;
        let path = part(PROOF, read_path(&mut reader))?;
        part(PROOF, reader.end())?;
        let claims = Claims::decode(envelope.protected)?;
        check_size(PROOF, size, claims.size)?;
        Ok(Self {
            old_size,
            path,
            signed: envelope.signed(claims, root),
        })
    }
}

fn check_size(name: &'static str, proof: u64, signed: u64) -> Outcome<()> {
    if proof == signed {
        return Ok(());
    }
    let detail = format!("it is for a log of {proof} leaves and {signed} were signed");
    Err(ReceiptError::member(name, detail))
}

/// The parts of a receipt, before its proof is read.
struct Envelope<'a> {
    protected: &'a [u8],
    proof: &'a [u8],
    evidence: Option<&'a [u8]>,
    signature: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn decode(bytes: &'a [u8], proof_key: i64) -> Outcome<Self> {
        const PART: &str = "receipt";
        const HEADER: &str = "receipt: unprotected header";
        let mut reader = Reader::new(bytes);
        part(PART, reader.tag(TAG_SIGN1))?;
        part(PART, reader.array_of(4))?;
        let protected = part("receipt: protected header", reader.bytes())?;
        let pairs = part(HEADER, reader.map())?;
        label(&mut reader, HEADER, HEADER_VDP)?;
        if part(HEADER, reader.map())? != 1 {
            return Err(ReceiptError::member(
                HEADER,
                "it has proofs of several kinds",
            ));
        }
        label(&mut reader, HEADER, proof_key)?;
        if part(HEADER, reader.array())? != 1 {
            return Err(ReceiptError::member(HEADER, "it has not exactly one proof"));
        }
        let proof = part(HEADER, reader.bytes())?;
        let evidence = match pairs {
            1 => None,
            2 => {
                text_label(&mut reader, HEADER, HEADER_BLOCK)?;
                Some(part(HEADER, reader.bytes())?)
            }
            _ => {
                let detail = format!("it has {pairs} members instead of 1 or 2");
                return Err(ReceiptError::member(HEADER, detail));
            }
        };
        if !reader.null() {
            return Err(ReceiptError::member(PART, "its payload is not detached"));
        }
        let signature = part("receipt: signature", reader.bytes())?;
        part(PART, reader.end())?;
        Ok(Self {
            protected,
            proof,
            evidence,
            signature,
        })
    }

    fn signed(&self, claims: Claims, root: Digest) -> SignedTreeHead {
        let (algorithm, key_id) = (claims.algorithm, claims.key_id);
        let head: TreeHead = claims.head(root);
        SignedTreeHead {
            head,
            algorithm,
            key_id,
            protected: self.protected.to_vec(),
            signature: self.signature.to_vec(),
        }
    }
}
