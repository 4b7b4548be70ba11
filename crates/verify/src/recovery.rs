//! Recovery: whether the members of a network decided who validates in the place of lost validators (decision 0013).
//!
//! Flow: the last block's certificate, by validators that are trusted; then, in the state under that block's header, the list of members, of
//! each whether it is active and founds the network, and of each signature the signer and the key. More than two thirds of the founding
//! members have to have signed, each by one of its administrators with a key that holds at that block.
//!
//! Invariants: no number is taken from the file that is not proved in the state or signed; one member counts once; who is named as a
//! validator is an active member.
//!
//! Limits: an administrator is who has the role itself, not by a post.

use crate::{
    certificate,
    report::{Report, VerifyError, failed},
};
use convoy_types::{
    Compartment, Digest, MemberId,
    cose::PublicKey,
    header::{HISTORY_BIT, HeaderCore},
    receipt::{
        Recovery, Trust, engine_proof,
        recovery::{MemberSignature, RecoveryDocument},
        trust::holds_at,
    },
    wire::{Reader, WireError},
};

/// Bytes of a record in its first cell, behind its length.
const FIRST_BYTES: usize = engine_proof::VALUE_BYTES - LENGTH_BYTES;
const LENGTH_BYTES: usize = 4;
/// Cells of a record: 64 KiB of them.
const CELLS_MAX: u32 = 412;
/// The status of members and signers that may act.
const ACTIVE: u64 = 0;
/// The bit of the role of administrators.
const ADMINISTRATOR: u64 = 1;

/// The members that a decision counts, and those that signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Members with a founding vote, at the last block, whatever their status.
    pub founding: Vec<MemberId>,
    /// Those of them that signed, all checked.
    pub signed: Vec<MemberId>,
}

impl Decided {
    /// Whether these are enough: more than two thirds.
    pub fn is_enough(&self) -> bool {
        3 * self.signed.len() > 2 * self.founding.len()
    }
}

/// A record of the membership module that a check needs, as the cells to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needed {
    /// The hashed key of its first cell.
    pub key: Digest,
    /// Whether its first cell alone is read.
    pub beginning: bool,
}

impl Needed {
    /// The key of one of its cells.
    pub fn cell(&self, index: u32) -> Digest {
        match index {
            0 => self.key,
            _ => marked(joined(
                b"convoy/cell/1",
                &[&self.key.0, &index.to_be_bytes()],
            )),
        }
    }
}

/// How many cells the record with this first cell takes.
pub fn cell_count(first: &[u8; engine_proof::VALUE_BYTES]) -> u32 {
    let rest = length(first).saturating_sub(FIRST_BYTES);
    let more = rest.div_ceil(engine_proof::VALUE_BYTES);
    1 + u32::try_from(more).unwrap_or(u32::MAX)
}

/// The list of members.
pub fn roster() -> Needed {
    needed("roster", b"all", false)
}

/// The members in that list.
///
/// # Errors
/// It is not of the form that is known.
pub fn members(roster: &[u8]) -> Result<Vec<MemberId>, String> {
    read_roster(roster).map_err(|error| format!("the list of members: {error}"))
}

/// A member, whose first cell says whether it is active and founds the network.
pub fn member(member: &MemberId) -> Needed {
    needed("members", member.as_str().as_bytes(), true)
}

/// The signer and the key of a signature.
pub fn signer(signature: &MemberSignature) -> [Needed; 2] {
    let did = signature.signer.as_str().as_bytes();
    let key = [did, b"#", &signature.key_id.0].concat();
    [needed("signers", did, false), needed("keys", &key, false)]
}

fn needed(table: &str, key: &[u8], beginning: bool) -> Needed {
    let common = Compartment::common();
    let parts = [
        common.as_str().as_bytes(),
        b"membership",
        table.as_bytes(),
        key,
    ];
    Needed {
        key: marked(joined(b"convoy/state/1", &parts)),
        beginning,
    }
}

/// The digest of parts, each behind its length.
fn joined(domain: &[u8], parts: &[&[u8]]) -> Digest {
    let mut bytes = domain.to_vec();
    for part in parts {
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(part);
    }
    Digest::of(&bytes)
}

/// Keys of the ordered store have the first bit clear.
fn marked(mut key: Digest) -> Digest {
    key.0[0] &= !HISTORY_BIT;
    key
}

fn length(first: &[u8; engine_proof::VALUE_BYTES]) -> usize {
    let length = first.first_chunk::<LENGTH_BYTES>();
    length.map_or(0, |length| u32::from_le_bytes(*length) as usize)
}

/// Checks a whole recovery under `trust`, which has the validators of the epoch that ended; gives who decided.
///
/// # Errors
/// The first check that fails.
pub fn check_recovery(recovery: &Recovery, trust: &Trust) -> Result<Decided, VerifyError> {
    let document = &recovery.document;
    check_document(document, trust)?;
    let decided = decided(recovery)?;
    if !decided.is_enough() {
        let (signed, of) = (decided.signed.len(), decided.founding.len());
        let missing: Vec<&str> = decided
            .founding
            .iter()
            .filter(|member| !decided.signed.contains(member))
            .map(MemberId::as_str)
            .collect();
        return Err(failed(
            "signatures of the members",
            format!(
                "{signed} of {of} founding members signed, more than two thirds are needed; missing: {}",
                missing.join(", ")
            ),
        ));
    }
    Ok(decided)
}

/// Checks the document by itself: its block is certified by validators that are trusted, and hands over to nobody.
///
/// # Errors
/// The first check that fails.
pub fn check_document(document: &RecoveryDocument, trust: &Trust) -> Result<(), VerifyError> {
    const CHECK: &str = "last block of the recovery";
    let core = &document.header.core;
    if document.network != trust.network
        || core.network != HeaderCore::network_digest(&trust.network)
    {
        return Err(failed(CHECK, "it is of another network"));
    }
    if document.header.ends_epoch() {
        let reason = "its validators handed over to a next set themselves; go on from that";
        return Err(failed(CHECK, reason));
    }
    if trust.validators_digest(core.epoch) != Some(document.header.rest.validators) {
        let reason = format!(
            "it is of another set of validators than the one trusted for epoch {}",
            core.epoch
        );
        return Err(failed(CHECK, reason));
    }
    let block = document.header.digest();
    let mut report = Report::new();
    certificate::check(&document.certificate, core, &block, trust, &mut report)
}

/// The members that count and those that signed, from what is proved in the state.
///
/// # Errors
/// A proof is missing or does not hold, or a signature is not one.
pub fn decided(recovery: &Recovery) -> Result<Decided, VerifyError> {
    let (document, state) = (&recovery.document, State(recovery));
    let mut roll = Roll::default();
    for id in members(&state.record(roster())?).map_err(|reason| failed("members", reason))? {
        let known = state.record(member(&id))?;
        let (status, founds) = read_member(&known)
            .map_err(|error| failed("members", format!("member {id}: {error}")))?;
        roll.call(id, status, founds);
    }
    for next in &document.next {
        let validator = &next.validator;
        if !roll.active.contains(&validator.member) {
            let reason = format!("{} is no active member", validator.member);
            return Err(failed("next validators", reason));
        }
        PublicKey::ed25519(validator.key).map_err(|error| {
            let reason = format!("the key of {}: {error}", validator.member);
            failed("next validators", reason)
        })?;
    }
    let message = document.signed_bytes();
    let mut signed = Vec::new();
    for signature in &recovery.signatures {
        let id = &signature.member;
        let wrong = |reason: String| failed("signatures of the members", format!("{id}: {reason}"));
        if !roll.may_sign(id) {
            return Err(wrong("it is no active member with a founding vote".into()));
        }
        let key = state.key_of(signature)?.map_err(wrong)?;
        key.verify(&message, &signature.signature)
            .map_err(|error| wrong(error.to_string()))?;
        signed.push(id.clone());
    }
    Ok(Decided {
        founding: roll.founding,
        signed,
    })
}

/// Who is there to decide.
#[derive(Default)]
struct Roll {
    founding: Vec<MemberId>,
    active: Vec<MemberId>,
}

impl Roll {
    /// A founding member counts whatever its status: one founding member suspends another, and must not become a majority by that.
    fn call(&mut self, id: MemberId, status: u64, founds: bool) {
        if founds {
            self.founding.push(id.clone());
        }
        if status == ACTIVE {
            self.active.push(id);
        }
    }

    fn may_sign(&self, id: &MemberId) -> bool {
        self.founding.contains(id) && self.active.contains(id)
    }
}

/// What a recovery proves of the state under its header.
struct State<'a>(&'a Recovery);

impl State<'_> {
    fn cell(&self, key: Digest) -> Result<&[u8; engine_proof::VALUE_BYTES], VerifyError> {
        const CHECK: &str = "members in the state";
        let cells = &self.0.cells;
        let place = cells
            .binary_search_by_key(&key, |cell| cell.key)
            .map_err(|_| failed(CHECK, format!("there is no proof of {key}")))?;
        let cell = &cells[place];
        let root = &self.0.document.header.rest.state.root;
        engine_proof::check(&root.0, &key.0, Some(&cell.value[..]), &cell.proof)
            .map_err(|reason| failed(CHECK, reason))?;
        Ok(&cell.value)
    }

    /// The bytes of a record, or as many as its first cell holds.
    fn record(&self, needed: Needed) -> Result<Vec<u8>, VerifyError> {
        let first = self.cell(needed.key)?;
        let mut bytes = first[LENGTH_BYTES..].to_vec();
        let count = match needed.beginning {
            true => 1,
            false => cell_count(first),
        };
        if count > CELLS_MAX {
            return Err(failed(
                "members in the state",
                "a record is larger than any",
            ));
        }
        for index in 1..count {
            bytes.extend_from_slice(self.cell(needed.cell(index))?);
        }
        bytes.truncate(length(first));
        Ok(bytes)
    }

    /// The key of a signature, where its signer is an active administrator of the member, or why it does not count.
    fn key_of(
        &self,
        signature: &MemberSignature,
    ) -> Result<Result<PublicKey, String>, VerifyError> {
        let [signer, key] = signer(signature);
        let (signer, key) = (self.record(signer)?, self.record(key)?);
        let at_ms = self.0.document.header.core.time_ms;
        Ok(usable(signature, &signer, &key, at_ms))
    }
}

fn usable(
    signature: &MemberSignature,
    signer: &[u8],
    key: &[u8],
    at_ms: u64,
) -> Result<PublicKey, String> {
    let did = &signature.signer;
    let signer = Signer::read(signer).map_err(|error| format!("{did}: {error}"))?;
    let key = Key::read(key).map_err(|error| format!("key {}: {error}", signature.key_id))?;
    if signer.member != signature.member.as_str() {
        return Err(format!("{did} acts for {}", signer.member));
    }
    if signer.status != ACTIVE {
        return Err(format!("{did} is suspended or retired"));
    }
    if signer.roles & ADMINISTRATOR == 0 {
        return Err(format!("{did} is no administrator"));
    }
    let holds = holds_at(at_ms, key.from_ms, key.until_ms);
    if !holds || key.revoked_ms.is_some_and(|revoked| revoked <= at_ms) {
        return Err(format!(
            "key {} does not hold at the last block's time",
            signature.key_id
        ));
    }
    if key.epoch != signer.epoch {
        return Err(format!(
            "key {} ended when {did} was recovered",
            signature.key_id
        ));
    }
    PublicKey::from_cose_key(key.cose_key).map_err(|error| error.to_string())
}

/// `[1, [* [member, key / null]]]`.
fn read_roster(bytes: &[u8]) -> Result<Vec<MemberId>, String> {
    let form = |error: WireError| error.to_string();
    let mut reader = Reader::new(bytes);
    reader.array_of(2).map_err(form)?;
    reader.uint_exact(1).map_err(form)?;
    let count = reader.array().map_err(form)?;
    let mut members = Vec::with_capacity(count);
    for _ in 0..count {
        reader.array_of(2).map_err(form)?;
        let name = reader.text().map_err(form)?;
        members.push(MemberId::new(name).map_err(|error| error.to_string())?);
        if !reader.null() {
            reader.bytes_exact::<32>().map_err(form)?;
        }
    }
    reader.end().map_err(form)?;
    Ok(members)
}

/// The beginning of `[1, name, kind, status, founding, ...]`: status, and whether it founds. A name has 120 bytes at most, so these lie in
/// the first cell.
fn read_member(bytes: &[u8]) -> Result<(u64, bool), WireError> {
    let mut reader = Reader::new(bytes);
    reader.array()?;
    reader.uint_exact(1)?;
    reader.text()?;
    reader.uint()?;
    let status = reader.uint()?;
    Ok((status, reader.boolean()?))
}

/// What a signer's record says.
struct Signer<'a> {
    member: &'a str,
    status: u64,
    roles: u64,
    epoch: u64,
}

impl<'a> Signer<'a> {
    /// `[1, member, kind, status, roles, unit / null, keys]`, or in format 2 with `[clearance, caveats, posts, epoch]` behind.
    fn read(bytes: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes);
        let fields = reader.array()?;
        reader.uint_max(2)?;
        let member = reader.text()?;
        reader.uint()?;
        let status = reader.uint()?;
        let roles = reader.uint()?;
        if !reader.null() {
            reader.text()?;
        }
        reader.uint()?;
        let epoch = match fields {
            7 => 0,
            _ => read_profile(&mut reader)?,
        };
        reader.end()?;
        Ok(Self {
            member,
            status,
            roles,
            epoch,
        })
    }
}

/// The epoch of a profile.
fn read_profile(reader: &mut Reader<'_>) -> Result<u64, WireError> {
    reader.array_of(4)?;
    reader.uint()?;
    for _ in 0..reader.array()? {
        reader.text()?;
    }
    for _ in 0..reader.array()? {
        reader.array_of(4)?;
        reader.text()?;
        reader.uint()?;
        if !reader.null() {
            reader.uint()?;
        }
        reader.boolean()?;
    }
    reader.uint()
}

/// What a key's record says.
struct Key<'a> {
    cose_key: &'a [u8],
    from_ms: u64,
    until_ms: Option<u64>,
    revoked_ms: Option<u64>,
    epoch: u64,
}

impl<'a> Key<'a> {
    /// `[1, << COSE_Key >>, held by node, from, until / null, revoked / null]`, or in format 2 with `hardware, epoch` behind.
    fn read(bytes: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes);
        let fields = reader.array()?;
        reader.uint_max(2)?;
        let cose_key = reader.bytes()?;
        reader.boolean()?;
        let from_ms = reader.uint()?;
        let time = |reader: &mut Reader<'a>| match reader.null() {
            true => Ok(None),
            false => reader.uint().map(Some),
        };
        let until_ms = time(&mut reader)?;
        let revoked_ms = time(&mut reader)?;
        let epoch = match fields {
            6 => 0,
            _ => {
                reader.boolean()?;
                reader.uint()?
            }
        };
        reader.end()?;
        Ok(Self {
            cose_key,
            from_ms,
            until_ms,
            revoked_ms,
            epoch,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_suspends_the_others_is_no_majority_by_that() {
        let id = |name: &str| MemberId::new(name).unwrap();
        let mut roll = Roll::default();
        roll.call(id("est"), ACTIVE, true);
        for suspended in ["fra", "ita", "pol"] {
            roll.call(id(suspended), ACTIVE + 1, true);
        }
        roll.call(id("nordic-parts"), ACTIVE, false);
        assert!(roll.may_sign(&id("est")));
        for other in ["fra", "nordic-parts"] {
            assert!(!roll.may_sign(&id(other)), "{other}");
        }
        let by = |signed: &[&str]| Decided {
            founding: roll.founding.clone(),
            signed: signed.iter().map(|name| id(name)).collect(),
        };
        assert!(!by(&["est"]).is_enough());
        assert!(!by(&["est", "fra"]).is_enough());
        assert!(by(&["est", "fra", "ita"]).is_enough());
    }
}
