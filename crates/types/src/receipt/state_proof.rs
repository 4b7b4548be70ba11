//! The state-proof envelope: presence or absence of a record at the tip of a finalized block.
//!
//! ```text
//! 0x636e7602([1, database, << key >>, << value >> / null, << engine proof >>, << header >>, certificate])
//! ```
//!
//! The database is 0 (modules' records) or 1 (signers' lanes); a null value claims absence. The header is whole, because the state's
//! root is in its rest. The engine proof leads from key and value to the database's canonical root; see [`super::engine_proof`].

use super::{Certificate, Outcome, ReceiptError, part};
use crate::{
    Digest,
    header::Header,
    wire::{Reader, Writer},
};

/// CBOR tag of a state proof: `da 63 6e 76 02`.
pub const TAG_STATE_PROOF: u64 = 0x636e_7602;
/// The version of the format.
pub const STATE_PROOF_VERSION: u64 = 1;

/// Which database the record is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// The modules' records.
    State,
    /// The signers' lanes.
    Lanes,
}

/// A state proof, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateProof {
    /// The database.
    pub database: Database,
    /// The record's hashed key.
    pub key: Digest,
    /// The record's cell, or `None` for a claim of absence.
    pub value: Option<Vec<u8>>,
    /// The storage engine's own proof.
    pub engine_proof: Vec<u8>,
    /// The certified header.
    pub header: Header,
    /// The quorum's signatures over it.
    pub certificate: Certificate,
}

impl StateProof {
    /// The root that the engine proof has to lead to.
    pub fn root(&self) -> Digest {
        match self.database {
            Database::State => self.header.rest.state.root,
            Database::Lanes => self.header.rest.lanes.root,
        }
    }

    /// The deterministic encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(self.engine_proof.len() + 2_048);
        writer
            .tag(TAG_STATE_PROOF)
            .array(7)
            .uint(STATE_PROOF_VERSION);
        writer.uint(u64::from(self.database == Database::Lanes));
        writer.bytes(&self.key.0);
        match &self.value {
            Some(value) => writer.bytes(value),
            None => writer.null(),
        };
        writer
            .bytes(&self.engine_proof)
            .bytes(&self.header.encode());
        self.certificate.write(&mut writer);
        writer.finish()
    }

    /// Reads the encoding, and nothing else.
    pub fn decode(bytes: &[u8]) -> Result<Self, ReceiptError> {
        const PART: &str = "state proof";
        let mut reader = Reader::new(bytes);
        part(PART, reader.tag(TAG_STATE_PROOF))?;
        part(PART, reader.array_of(7))?;
        part(
            "state proof: version",
            reader.uint_exact(STATE_PROOF_VERSION),
        )?;
        let database = match part("state proof: database", reader.uint_max(1))? {
            0 => Database::State,
            _ => Database::Lanes,
        };
        let key = Digest(part("state proof: key", reader.bytes_exact())?);
        let value = read_value(&mut reader)?;
        let engine_proof = part("state proof: engine proof", reader.bytes())?.to_vec();
        let header = part("state proof: header", reader.bytes())?;
        let header = part("state proof: header", Header::decode(header))?;
        let certificate = Certificate::read(&mut reader)?;
        part(PART, reader.end())?;
        Ok(Self {
            database,
            key,
            value,
            engine_proof,
            header,
            certificate,
        })
    }
}

fn read_value(reader: &mut Reader<'_>) -> Outcome<Option<Vec<u8>>> {
    if reader.null() {
        return Ok(None);
    }
    let value = part("state proof: value", reader.bytes())?;
    Ok(Some(value.to_vec()))
}
