//! How a network goes on after the loss of more than a third of its validators: its members sign who validates from the last certified block
//! on. A step of succession like [`super::handover`], with the members' decision in the place of the lost validators' (decision 0013).
//!
//! ```text
//! 0x636e7605([1, << document >>, [* [member, signer, << key id >>, << signature >>]], [* [<< key >>, << cell >>, << proof >>]]])
//! document  = [1, network, << header >>, certificate, ended epoch, [+ [member, << key >>, address / null]], time, reason]
//! digest    = SHA-256("convoy recovery 1" ‖ document)
//! signature = by the signer's key, over "convoy recovery 1" ‖ digest
//! ```
//!
//! The header is that of the last block that goes on, the certificate that of its own epoch's validators. Validators are in ascending order of
//! their keys, signatures in that of the members, the proved cells in that of their keys, each once: so one decision has one encoding. The
//! cells are what of the state under that header shows who may sign; they are added when the signatures are put together, and a document on
//! its way to its signers has none.
//!
//! What is read here is bounded and well formed. Whether it holds is for the verifier.

use super::{Certificate, Outcome, ReceiptError, id, part};
use crate::{
    Did, Digest, MemberId, NetworkId,
    cose::{KeyError, KeyId, SigningKey},
    header::{Header, Validator},
    limits::{
        RECOVERY_ADDRESS_BYTES_MAX, RECOVERY_BYTES_MAX, RECOVERY_CELLS_MAX,
        RECOVERY_PROOF_BYTES_MAX, RECOVERY_REASON_BYTES_MAX, RECOVERY_SIGNATURES_MAX,
        VALIDATORS_MAX,
    },
    receipt::engine_proof::VALUE_BYTES,
    wire::{Reader, WireError, WireFault, Writer},
};

/// CBOR tag of a recovery: `da 63 6e 76 05`.
pub const TAG_RECOVERY: u64 = 0x636e_7605;
/// The version of the format.
pub const RECOVERY_VERSION: u64 = 1;
/// What digests and signatures of recoveries begin with, so that they are of nothing else.
pub const DOMAIN: &[u8] = b"convoy recovery 1";

/// A validator of the set that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextValidator {
    /// The member that runs it, and its consensus key.
    pub validator: Validator,
    /// Where the others reach it, `host:port`; `None` where the ledger says so already.
    pub address: Option<String>,
}

/// What the members decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryDocument {
    /// The network.
    pub network: NetworkId,
    /// The header of the last block that goes on.
    pub header: Header,
    /// The signatures of a quorum of its epoch's validators over it.
    pub certificate: Certificate,
    /// Who validates from the next block on, in ascending order of the keys.
    pub next: Vec<NextValidator>,
    /// When the document was made, milliseconds since 1970.
    pub time_ms: u64,
    /// Why, in words: 1 to 1,000 bytes.
    pub reason: String,
}

/// A member's word that the network goes on so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberSignature {
    /// The member.
    pub member: MemberId,
    /// The administrator who signs for it.
    pub signer: Did,
    /// Which of the administrator's keys.
    pub key_id: KeyId,
    /// The signature.
    pub signature: Vec<u8>,
}

/// A cell of the state, proved under the document's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvedCell {
    /// Its hashed key.
    pub key: Digest,
    /// What it holds.
    pub value: [u8; VALUE_BYTES],
    /// The storage engine's proof; see [`super::engine_proof`].
    pub proof: Vec<u8>,
}

/// A document with the signatures so far, and with what shows that these may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// What is decided.
    pub document: RecoveryDocument,
    /// Who decided so, in ascending order of the members.
    pub signatures: Vec<MemberSignature>,
    /// The state that shows it, in ascending order of the keys.
    pub cells: Vec<ProvedCell>,
}

impl RecoveryDocument {
    fn write(&self, writer: &mut Writer) {
        writer
            .array(8)
            .uint(RECOVERY_VERSION)
            .text(self.network.as_str());
        writer.bytes(&self.header.encode());
        self.certificate.write(writer);
        writer.uint(self.header.core.epoch).array(self.next.len());
        for next in &self.next {
            let validator = &next.validator;
            writer
                .array(3)
                .text(validator.member.as_str())
                .bytes(&validator.key);
            match &next.address {
                Some(address) => writer.text(address),
                None => writer.null(),
            };
        }
        writer.uint(self.time_ms).text(&self.reason);
    }

    /// The deterministic encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(2_048);
        self.write(&mut writer);
        writer.finish()
    }

    /// What signatures are over, and what the first block of the next epoch commits to.
    pub fn digest(&self) -> Digest {
        Digest::of_parts(&[DOMAIN, &self.encode()])
    }

    /// The bytes that a member's administrator signs.
    pub fn signed_bytes(&self) -> Vec<u8> {
        [DOMAIN, &self.digest().0].concat()
    }

    /// `member`'s signature, by `signer`'s key.
    ///
    /// # Errors
    /// The key does not sign, because it lies in hardware that is not there.
    pub fn sign(
        &self,
        member: &MemberId,
        signer: &Did,
        key: &SigningKey,
    ) -> Result<MemberSignature, KeyError> {
        Ok(MemberSignature {
            member: member.clone(),
            signer: signer.clone(),
            key_id: key.public().key_id(),
            signature: key.sign(&self.signed_bytes())?,
        })
    }

    /// Who validates from the next block on.
    pub fn validators(&self) -> Vec<Validator> {
        self.next
            .iter()
            .map(|next| next.validator.clone())
            .collect()
    }

    fn read(bytes: &[u8]) -> Outcome<Self> {
        const PART: &str = "recovery: document";
        let mut reader = Reader::new(bytes);
        part(PART, reader.array_of(8))?;
        part("recovery: version", reader.uint_exact(RECOVERY_VERSION))?;
        let network = id(
            "recovery: network",
            NetworkId::new(part("recovery: network", reader.text())?),
        )?;
        let header = part("recovery: header", reader.bytes())?;
        let header = part("recovery: header", Header::decode(header))?;
        let certificate = Certificate::read(&mut reader)?;
        part(
            "recovery: ended epoch",
            reader.uint_exact(header.core.epoch),
        )?;
        let next = read_next(&mut reader)?;
        let time_ms = part("recovery: time", reader.uint())?;
        let reason = part("recovery: reason", reader.text())?;
        check_length("recovery: reason", reason.len(), RECOVERY_REASON_BYTES_MAX)?;
        check_printable("recovery: reason", reason)?;
        let reason = reason.to_owned();
        part(PART, reader.end())?;
        Ok(Self {
            network,
            header,
            certificate,
            next,
            time_ms,
            reason,
        })
    }
}

impl Recovery {
    /// A document that nobody signed yet.
    pub fn unsigned(document: RecoveryDocument) -> Self {
        Self {
            document,
            signatures: Vec::new(),
            cells: Vec::new(),
        }
    }

    /// Adds a signature, in the order of the members; one of the same member is replaced.
    pub fn add_signature(&mut self, signature: MemberSignature) {
        self.signatures
            .retain(|known| known.member != signature.member);
        let place = self
            .signatures
            .partition_point(|known| known.member < signature.member);
        self.signatures.insert(place, signature);
    }

    /// Adds what was proved, in the order of the keys, each once.
    pub fn add_cells(&mut self, cells: impl IntoIterator<Item = ProvedCell>) {
        self.cells.extend(cells);
        self.cells.sort_by_key(|cell| cell.key);
        self.cells.dedup_by_key(|cell| cell.key);
    }

    /// Writes the recovery as the next item.
    pub fn write(&self, writer: &mut Writer) {
        writer.tag(TAG_RECOVERY).array(4).uint(RECOVERY_VERSION);
        writer.bytes(&self.document.encode());
        writer.array(self.signatures.len());
        for signature in &self.signatures {
            writer
                .array(4)
                .text(signature.member.as_str())
                .text(signature.signer.as_str());
            writer
                .bytes(&signature.key_id.0)
                .bytes(&signature.signature);
        }
        writer.array(self.cells.len());
        for cell in &self.cells {
            writer.array(3).bytes(&cell.key.0);
            writer.bytes(&cell.value).bytes(&cell.proof);
        }
    }

    /// The deterministic encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(4_096 + 1_024 * self.cells.len());
        self.write(&mut writer);
        writer.finish()
    }

    /// Reads a recovery, and nothing else.
    ///
    /// # Errors
    /// When the encoding is not exactly ours, or something is larger than it may be.
    pub fn decode(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let mut reader = Reader::new(bytes);
        let recovery = Self::read(&mut reader)?;
        part("recovery", reader.end())?;
        Ok(recovery)
    }

    /// Reads a recovery as the next item.
    ///
    /// # Errors
    /// As [`Recovery::decode`].
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, ReceiptError> {
        const PART: &str = "recovery";
        let start = reader.at();
        part(PART, reader.tag(TAG_RECOVERY))?;
        part(PART, reader.array_of(4))?;
        part("recovery: version", reader.uint_exact(RECOVERY_VERSION))?;
        let document = RecoveryDocument::read(part(PART, reader.bytes())?)?;
        let signatures = read_signatures(reader)?;
        let cells = read_cells(reader)?;
        if reader.at() - start > RECOVERY_BYTES_MAX {
            let detail = format!("it has more than {RECOVERY_BYTES_MAX} bytes");
            return Err(ReceiptError::member(PART, detail));
        }
        Ok(Self {
            document,
            signatures,
            cells,
        })
    }
}

fn check_length(name: &'static str, length: usize, max: usize) -> Outcome<()> {
    if (1..=max).contains(&length) {
        return Ok(());
    }
    let detail = format!("{length} bytes, 1 to {max}");
    Err(ReceiptError::member(name, detail))
}

/// Signers read these words on their screens, which nothing may repaint.
fn check_printable(name: &'static str, text: &str) -> Outcome<()> {
    match text.chars().any(char::is_control) {
        true => Err(ReceiptError::member(name, "a control character".to_owned())),
        false => Ok(()),
    }
}

/// Reads the head of an array of at most `max` items.
fn count(reader: &mut Reader<'_>, max: usize) -> Result<usize, WireError> {
    let at = reader.at();
    let count = reader.array()?;
    if count > max {
        let fault = WireFault::OutOfRange;
        return Err(WireError { fault, at });
    }
    Ok(count)
}

fn read_next(reader: &mut Reader<'_>) -> Outcome<Vec<NextValidator>> {
    const PART: &str = "recovery: next validators";
    let count = part(PART, count(reader, VALIDATORS_MAX))?;
    let mut next: Vec<NextValidator> = Vec::with_capacity(count);
    for _ in 0..count {
        part(PART, reader.array_of(3))?;
        let member = id(PART, MemberId::new(part(PART, reader.text())?))?;
        let key = part(PART, reader.bytes_exact())?;
        let address = match reader.null() {
            true => None,
            false => {
                let address = part("recovery: address", reader.text())?;
                check_length(
                    "recovery: address",
                    address.len(),
                    RECOVERY_ADDRESS_BYTES_MAX,
                )?;
                check_printable("recovery: address", address)?;
                Some(address.to_owned())
            }
        };
        if next.last().is_some_and(|last| last.validator.key >= key) {
            let detail = "its keys are not in ascending order, each once";
            return Err(ReceiptError::member(PART, detail));
        }
        if next.iter().any(|other| other.validator.member == member) {
            let detail = format!("`{member}` has two; a member has one validator");
            return Err(ReceiptError::member(PART, detail));
        }
        next.push(NextValidator {
            validator: Validator { member, key },
            address,
        });
    }
    if next.is_empty() {
        return Err(ReceiptError::member(PART, "there is none"));
    }
    Ok(next)
}

fn read_signatures(reader: &mut Reader<'_>) -> Outcome<Vec<MemberSignature>> {
    const PART: &str = "recovery: signatures";
    let count = part(PART, count(reader, RECOVERY_SIGNATURES_MAX))?;
    let mut signatures: Vec<MemberSignature> = Vec::with_capacity(count);
    for _ in 0..count {
        part(PART, reader.array_of(4))?;
        let member = id(PART, MemberId::new(part(PART, reader.text())?))?;
        let signer = part(PART, reader.text())?;
        let signer =
            Did::new(signer).map_err(|error| ReceiptError::member(PART, error.to_string()))?;
        let key_id = KeyId(part(PART, reader.bytes_exact())?);
        let signature = part(PART, reader.bytes())?.to_vec();
        if signatures.last().is_some_and(|last| last.member >= member) {
            let detail = "its members are not in ascending order, each once";
            return Err(ReceiptError::member(PART, detail));
        }
        signatures.push(MemberSignature {
            member,
            signer,
            key_id,
            signature,
        });
    }
    Ok(signatures)
}

fn read_cells(reader: &mut Reader<'_>) -> Outcome<Vec<ProvedCell>> {
    const PART: &str = "recovery: proved cells";
    let count = part(PART, count(reader, RECOVERY_CELLS_MAX))?;
    let mut cells: Vec<ProvedCell> = Vec::with_capacity(count);
    for _ in 0..count {
        part(PART, reader.array_of(3))?;
        let key = Digest(part(PART, reader.bytes_exact())?);
        let value = part(PART, reader.bytes_exact())?;
        let proof = part(PART, reader.bytes())?;
        check_length(PART, proof.len(), RECOVERY_PROOF_BYTES_MAX)?;
        if cells.last().is_some_and(|last| last.key >= key) {
            let detail = "its keys are not in ascending order, each once";
            return Err(ReceiptError::member(PART, detail));
        }
        cells.push(ProvedCell {
            key,
            value,
            proof: proof.to_vec(),
        });
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cose::Algorithm,
        header::{HeaderCore, HeaderRest},
    };
    use proptest::prelude::*;

    fn document(epoch: u64, validators: &[(u8, bool)], reason: &str) -> RecoveryDocument {
        let network = NetworkId::of_genesis("test", &Digest::of(b"genesis")).unwrap();
        let mut next: Vec<NextValidator> = validators
            .iter()
            .map(|(number, address)| NextValidator {
                validator: Validator {
                    member: format!("m{number}").parse().unwrap(),
                    key: [*number; 32],
                },
                address: address.then(|| format!("m{number}.example:9101")),
            })
            .collect();
        next.sort_by_key(|next| next.validator.key);
        next.dedup_by_key(|next| next.validator.key);
        RecoveryDocument {
            header: Header {
                core: HeaderCore {
                    network: HeaderCore::network_digest(&network),
                    epoch,
                    height: 700,
                    time_ms: 1_800_000_000_000,
                    first_leaf: 9,
                    accepted: 1,
                    log_size: 11,
                    log_root: Digest::of(b"log"),
                },
                rest: HeaderRest::default(),
            },
            network,
            certificate: Certificate {
                view: 9,
                parent_view: 8,
                signers: vec![0, 2],
                signatures: vec![[1; 64], [2; 64]],
            },
            next,
            time_ms: 1_800_000_100_000,
            reason: reason.to_owned(),
        }
    }

    fn signed(document: RecoveryDocument, members: &[u8], cells: &[u8]) -> Recovery {
        let key = SigningKey::from_secret(Algorithm::Ed25519, &[7; 32]).unwrap();
        let did: Did = "did:convoy:admin".parse().unwrap();
        let mut recovery = Recovery::unsigned(document);
        for number in members {
            let member = format!("m{number}").parse().unwrap();
            let signature = recovery.document.sign(&member, &did, &key).unwrap();
            recovery.add_signature(signature);
        }
        recovery.add_cells(cells.iter().map(|number| ProvedCell {
            key: Digest([*number; 32]),
            value: [*number; VALUE_BYTES],
            proof: vec![*number; 3],
        }));
        recovery
    }

    proptest! {
        #[test]
        fn a_recovery_is_read_as_written_and_has_one_encoding(
            epoch in any::<u64>(),
            validators in prop::collection::vec(any::<(u8, bool)>(), 1..6),
            members in prop::collection::vec(any::<u8>(), 0..5),
            cells in prop::collection::vec(any::<u8>(), 0..5),
            reason in "[a-z ]{1,40}",
        ) {
            let recovery = signed(document(epoch, &validators, &reason), &members, &cells);
            let bytes = recovery.encode();
            crate::cbor::check(&bytes).unwrap();
            prop_assert_eq!(Recovery::decode(&bytes), Ok(recovery));
        }

        #[test]
        fn what_is_damaged_is_refused_or_another_recovery(at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let bytes = signed(document(3, &[(1, true), (2, false)], "fire"), &[1, 2], &[4]).encode();
            let mut damaged = bytes.clone();
            let index = at.index(bytes.len());
            damaged[index] ^= 1 << bit;
            if let Ok(read) = Recovery::decode(&damaged) {
                prop_assert_eq!(read.encode(), damaged);
            }
        }
    }

    #[test]
    fn signatures_and_proofs_are_no_part_of_what_is_signed() {
        let plain = document(3, &[(1, true)], "fire");
        let recovery = signed(plain.clone(), &[1, 2], &[4]);
        assert_eq!(recovery.document.digest(), plain.digest());
        let later = RecoveryDocument {
            time_ms: plain.time_ms + 1,
            ..plain.clone()
        };
        assert_ne!(later.digest(), plain.digest());
        let key = SigningKey::from_secret(Algorithm::Ed25519, &[7; 32]).unwrap();
        let signature = &recovery.signatures[0].signature;
        key.public()
            .verify(&plain.signed_bytes(), signature)
            .unwrap();
        assert!(
            key.public()
                .verify(&later.signed_bytes(), signature)
                .is_err()
        );
    }

    #[test]
    fn what_is_out_of_order_twice_or_too_long_is_refused_with_its_field() {
        let refused = |recovery: Recovery| {
            Recovery::decode(&recovery.encode())
                .unwrap_err()
                .to_string()
        };
        let good = signed(
            document(3, &[(1, true), (2, false)], "fire"),
            &[1, 2],
            &[4, 5],
        );
        let mut unsorted = good.clone();
        unsorted.document.next.reverse();
        assert!(refused(unsorted).contains("next validators"));
        let mut two = good.clone();
        two.document.next[1].validator.member = two.document.next[0].validator.member.clone();
        assert!(refused(two).contains("a member has one validator"));
        let mut nobody = good.clone();
        nobody.document.next.clear();
        assert!(refused(nobody).contains("there is none"));
        let mut silent = good.clone();
        silent.document.reason.clear();
        assert!(refused(silent).contains("reason: 0 bytes"));
        let mut repainting = good.clone();
        repainting.document.reason = "a fire\u{1b}[2K".to_owned();
        assert!(refused(repainting).contains("control character"));
        let mut twice = good.clone();
        twice.signatures.push(twice.signatures[0].clone());
        assert!(refused(twice).contains("signatures"));
        let mut cells = good.clone();
        cells.cells.reverse();
        assert!(refused(cells).contains("proved cells"));
        let mut long = good;
        long.cells[0].proof = vec![0; RECOVERY_PROOF_BYTES_MAX + 1];
        assert!(refused(long).contains("proved cells"));
    }
}
