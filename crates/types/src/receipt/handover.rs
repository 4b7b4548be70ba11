//! How a set of validators hands over to the next: the last block of an epoch, certified by the epoch's own validators, and the set that it
//! commits to. Who believes the set before believes the next one by it, so a chain of these extends a trust file.
//!
//! ```text
//! 0x636e7604([1, << header >>, certificate, [+ [member, key]]])
//! ```
//!
//! The set is in ascending order of the keys. Where the epoch's validators were lost and the members decided who goes on, a
//! [`Recovery`] stands in its place. Steps one after another are a CBOR sequence (RFC 8742). Whether a step holds is for the verifier;
//! what is read here is bounded and well formed.

use super::{Certificate, Outcome, ReceiptError, Recovery, id, part, recovery::TAG_RECOVERY};
use crate::{
    MemberId,
    header::{Header, Validator},
    limits::VALIDATORS_MAX,
    wire::{Reader, Writer},
};

/// CBOR tag of a step: `da 63 6e 76 04`.
pub const TAG_HANDOVER: u64 = 0x636e_7604;
/// The version of the format.
pub const HANDOVER_VERSION: u64 = 1;

/// The end of an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// The header of its last block.
    pub header: Header,
    /// The signatures of a quorum of its validators over that block.
    pub certificate: Certificate,
    /// The validators of the next epoch, in ascending order of their keys.
    pub next: Vec<Validator>,
    /// The members' decision, where it is theirs: then the block itself hands over to nobody.
    pub recovery: Option<Box<Recovery>>,
}

impl From<Recovery> for Handover {
    fn from(recovery: Recovery) -> Self {
        let document = &recovery.document;
        Self {
            header: document.header,
            certificate: document.certificate.clone(),
            next: document.validators(),
            recovery: Some(Box::new(recovery)),
        }
    }
}

impl Handover {
    /// Writes the step as the next item.
    pub fn write(&self, writer: &mut Writer) {
        if let Some(recovery) = &self.recovery {
            return recovery.write(writer);
        }
        writer.tag(TAG_HANDOVER).array(4).uint(HANDOVER_VERSION);
        writer.bytes(&self.header.encode());
        self.certificate.write(writer);
        writer.array(self.next.len());
        for validator in &self.next {
            writer
                .array(2)
                .text(validator.member.as_str())
                .bytes(&validator.key);
        }
    }

    /// The deterministic encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(2_048);
        self.write(&mut writer);
        writer.finish()
    }

    /// Reads a step as the next item.
    ///
    /// # Errors
    /// When the encoding is not exactly ours.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, ReceiptError> {
        const PART: &str = "handover";
        if reader.clone().tag(TAG_RECOVERY).is_ok() {
            return Recovery::read(reader).map(Self::from);
        }
        part(PART, reader.tag(TAG_HANDOVER))?;
        part(PART, reader.array_of(4))?;
        part("handover: version", reader.uint_exact(HANDOVER_VERSION))?;
        let header = part("handover: header", reader.bytes())?;
        let header = part("handover: header", Header::decode(header))?;
        let certificate = Certificate::read(reader)?;
        let next = read_validators(reader)?;
        Ok(Self {
            header,
            certificate,
            next,
            recovery: None,
        })
    }

    /// Reads a sequence of steps, and nothing else.
    ///
    /// # Errors
    /// As [`Handover::read`].
    pub fn decode_all(bytes: &[u8]) -> Result<Vec<Self>, ReceiptError> {
        let mut reader = Reader::new(bytes);
        let mut steps = Vec::new();
        while reader.at() < bytes.len() {
            steps.push(Self::read(&mut reader)?);
        }
        Ok(steps)
    }
}

fn read_validators(reader: &mut Reader<'_>) -> Outcome<Vec<Validator>> {
    const PART: &str = "handover: next validators";
    let count = part(PART, reader.array())?;
    if count == 0 || count > VALIDATORS_MAX {
        let detail = format!("{count} validators, 1 to {VALIDATORS_MAX}");
        return Err(ReceiptError::member(PART, detail));
    }
    let mut next: Vec<Validator> = Vec::with_capacity(count);
    for _ in 0..count {
        part(PART, reader.array_of(2))?;
        let member = id(PART, MemberId::new(part(PART, reader.text())?))?;
        let key = part(PART, reader.bytes_exact())?;
        if next.last().is_some_and(|last| last.key >= key) {
            let detail = "its keys are not in ascending order, each once";
            return Err(ReceiptError::member(PART, detail));
        }
        next.push(Validator { member, key });
    }
    Ok(next)
}
