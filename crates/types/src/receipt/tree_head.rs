//! Tree heads: the root and size of the statement log at one block, signed by a member's node.
//!
//! A signed tree head is a tagged COSE_Sign1 whose payload is the 32-byte root and whose protected header is, in deterministic order:
//!
//! ```text
//! {1: alg, 4: kid, 15: {1: issuer DID, 2: network, 6: block time in seconds,
//!                       "height": block height, "time-ms": block time, "log-size": leaves}, 395: 1}
//! ```
//!
//! Nodes exchange it with the payload attached; in a receipt the same header and signature stand with the payload detached, so one signature
//! serves every receipt at that head. `iss` and `sub` are what RFC 9943 section 6 asks of a receipt. The three text claims are
//! private claims (RFC 8392 section 4.3); 6 says in whole seconds, for other people's tools, what `time-ms` says.
//!
//! Invariants: a node signs at most one root for a size, and only of a block that is final and durable.

use super::{Outcome, ReceiptError, VDS_RFC9162_SHA256, id, label, part, text_label};
use crate::{
    Did, Digest, NetworkId,
    cose::{
        Algorithm, CLAIM_IAT, CLAIM_ISS, CLAIM_SUB, HEADER_ALG, HEADER_CWT_CLAIMS, HEADER_KID,
        HEADER_VDS, KeyError, KeyId, PublicKey, SignatureError, SigningKey, TAG_SIGN1,
        sig_structure,
    },
    wire::{Reader, Writer},
};

const CLAIM_HEIGHT: &str = "height";
const CLAIM_TIME_MS: &str = "time-ms";
const CLAIM_LOG_SIZE: &str = "log-size";

/// The state of the statement log at a block, as one member vouches for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// The member whose node signs.
    pub issuer: Did,
    /// The network whose log it is.
    pub network: NetworkId,
    /// The block's height.
    pub height: u64,
    /// The block's time, milliseconds since 1970.
    pub time_ms: u64,
    /// How many leaves the log has.
    pub size: u64,
    /// The log's root.
    pub root: Digest,
}

impl TreeHead {
    /// The protected header of a signature of this head.
    pub fn protected(&self, algorithm: Algorithm, key_id: KeyId) -> Vec<u8> {
        let mut writer = Writer::with_capacity(192);
        writer.map(4).int(HEADER_ALG).int(algorithm.cose_id());
        writer.int(HEADER_KID).bytes(&key_id.0);
        writer.int(HEADER_CWT_CLAIMS).map(6);
        writer.int(CLAIM_ISS).text(self.issuer.as_str());
        writer.int(CLAIM_SUB).text(self.network.as_str());
        writer.int(CLAIM_IAT).uint(self.time_ms / 1_000);
        writer.text(CLAIM_HEIGHT).uint(self.height);
        writer.text(CLAIM_TIME_MS).uint(self.time_ms);
        writer.text(CLAIM_LOG_SIZE).uint(self.size);
        writer.int(HEADER_VDS).int(VDS_RFC9162_SHA256);
        writer.finish()
    }

    /// Signs the head.
    ///
    /// # Errors
    /// When the system's random source or the library fails.
    pub fn sign(&self, key: &SigningKey) -> Result<SignedTreeHead, KeyError> {
        let (algorithm, key_id) = (key.algorithm(), key.public().key_id());
        let protected = self.protected(algorithm, key_id);
        let signature = key.sign(&sig_structure(&protected, &self.root.0))?;
        Ok(SignedTreeHead {
            head: self.clone(),
            algorithm,
            key_id,
            protected,
            signature,
        })
    }
}

/// What a protected header says of a tree head; the root is not among it.
pub(super) struct Claims {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: KeyId,
    pub(super) issuer: Did,
    pub(super) network: NetworkId,
    pub(super) height: u64,
    pub(super) time_ms: u64,
    pub(super) size: u64,
}

impl Claims {
    pub(super) fn decode(protected: &[u8]) -> Outcome<Self> {
        const HEADER: &str = "receipt: protected header";
        const CLAIMS: &str = "receipt: CWT claims";
        let count = |found: usize, expected: usize, name| {
            let detail = format!("it has {found} members instead of {expected}");
            (found == expected)
                .then_some(())
                .ok_or(ReceiptError::member(name, detail))
        };
        let mut reader = Reader::new(protected);
        count(part(HEADER, reader.map())?, 4, HEADER)?;
        label(&mut reader, HEADER, HEADER_ALG)?;
        let alg = part(HEADER, reader.int())?;
        let algorithm = Algorithm::from_cose(alg).ok_or(ReceiptError::Algorithm(alg))?;
        label(&mut reader, HEADER, HEADER_KID)?;
        let key_id = KeyId(part(HEADER, reader.bytes_exact())?);
        label(&mut reader, HEADER, HEADER_CWT_CLAIMS)?;
        count(part(CLAIMS, reader.map())?, 6, CLAIMS)?;
        label(&mut reader, CLAIMS, CLAIM_ISS)?;
        let issuer = id(CLAIMS, Did::new(part(CLAIMS, reader.text())?))?;
        label(&mut reader, CLAIMS, CLAIM_SUB)?;
        let network = id(CLAIMS, NetworkId::new(part(CLAIMS, reader.text())?))?;
        label(&mut reader, CLAIMS, CLAIM_IAT)?;
        let seconds = part(CLAIMS, reader.uint())?;
        text_label(&mut reader, CLAIMS, CLAIM_HEIGHT)?;
        let height = part(CLAIMS, reader.uint())?;
        text_label(&mut reader, CLAIMS, CLAIM_TIME_MS)?;
        let time_ms = part(CLAIMS, reader.uint())?;
        text_label(&mut reader, CLAIMS, CLAIM_LOG_SIZE)?;
        let size = part(CLAIMS, reader.uint())?;
        label(&mut reader, HEADER, HEADER_VDS)?;
        let vds = part(HEADER, reader.int())?;
        if vds != VDS_RFC9162_SHA256 {
            return Err(ReceiptError::Vds(vds));
        }
        part(HEADER, reader.end())?;
        if seconds != time_ms / 1_000 {
            let detail = format!("claim 6 says {seconds} s and `time-ms` says {time_ms} ms");
            return Err(ReceiptError::member(CLAIMS, detail));
        }
        Ok(Self {
            algorithm,
            key_id,
            issuer,
            network,
            height,
            time_ms,
            size,
        })
    }

    pub(super) fn head(self, root: Digest) -> TreeHead {
        TreeHead {
            issuer: self.issuer,
            network: self.network,
            height: self.height,
            time_ms: self.time_ms,
            size: self.size,
            root,
        }
    }
}

/// A tree head with a member's signature. Its signature is checked by who holds the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTreeHead {
    pub(super) head: TreeHead,
    pub(super) algorithm: Algorithm,
    pub(super) key_id: KeyId,
    pub(super) protected: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl SignedTreeHead {
    /// What is signed.
    pub fn head(&self) -> &TreeHead {
        &self.head
    }

    /// The algorithm of the signature.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key that signed.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Checks the signature.
    pub fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        if self.algorithm != key.algorithm() {
            return Err(SignatureError::Mismatch(self.algorithm));
        }
        let signed = sig_structure(&self.protected, &self.head.root.0);
        key.verify(&signed, &self.signature)
    }

    /// The encoding that nodes exchange and keep: COSE_Sign1 with the root attached.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(self.protected.len() + self.signature.len() + 48);
        writer.tag(TAG_SIGN1).array(4).bytes(&self.protected);
        writer.map(0).bytes(&self.head.root.0);
        writer.bytes(&self.signature);
        writer.finish()
    }

    /// Reads the encoding, and nothing else.
    pub fn decode(bytes: &[u8]) -> Result<Self, ReceiptError> {
        const PART: &str = "signed tree head";
        let mut reader = Reader::new(bytes);
        part(PART, reader.tag(TAG_SIGN1))?;
        part(PART, reader.array_of(4))?;
        let protected = part(PART, reader.bytes())?.to_vec();
        if part(PART, reader.map())? != 0 {
            return Err(ReceiptError::member(
                PART,
                "its unprotected header is not empty",
            ));
        }
        let root = Digest(part(PART, reader.bytes_exact())?);
        let signature = part(PART, reader.bytes())?.to_vec();
        part(PART, reader.end())?;
        let claims = Claims::decode(&protected)?;
        Ok(Self {
            algorithm: claims.algorithm,
            key_id: claims.key_id,
            head: claims.head(root),
            protected,
            signature,
        })
    }
}
