//! What membership stores. Re-exported by [`types`](super::types).
//!
//! Records are arrays without keys. Signers and keys are read for every statement, so they are small and keep their first format until
//! they hold something that it has no room for.

use super::types::*;
use crate::stored::Version;
use convoy_ledger::{Record, Table};
use convoy_types::{
    Did, MemberId,
    cose::{KeyId, PublicKey},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

/// A member. Table `members`, by its short name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Member {
    /// Format.
    pub version: Version<1>,
    /// Its name for people.
    pub name: String,
    /// What it is.
    pub kind: MemberKind,
    /// Whether it may act.
    pub status: Status,
    /// Whether its administrators enrol other members.
    pub founding: bool,
    /// Its validator's consensus key.
    pub validator: Option<ValidatorKey>,
    /// The keys its node signs tree heads with.
    pub tree_head_keys: Vec<PublicKey>,
    /// Signers enrolled so far.
    pub signers: u32,
    /// Active administrators.
    pub administrators: u32,
    /// Block time of its enrolment, milliseconds.
    pub enrolled_ms: u64,
    /// The DID under which its node signs tree heads.
    pub node: Option<Did>,
}

/// One line of the list of members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct RosterLine {
    /// The member.
    pub member: MemberId,
    /// Its validator's consensus key.
    pub validator: Option<ValidatorKey>,
}

/// Every member, sorted. Table `roster`, one record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Roster {
    /// Format.
    pub version: Version<1>,
    /// By short name.
    pub members: Vec<RosterLine>,
}

/// The members that may not act, sorted. Table `barred`, one record, read for every statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Barred {
    /// Format.
    pub version: Version<1>,
    /// By short name.
    pub members: Vec<MemberId>,
}

/// One validator of the set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Seat {
    /// The member that runs it.
    pub member: MemberId,
    /// Its consensus key.
    pub key: ValidatorKey,
}

/// A change of the set that is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct ValidatorPlan {
    /// The plan's number, from 1.
    pub number: u64,
    /// What changes.
    pub change: ValidatorChange,
    /// Blocks between the agreement and its effect.
    pub after_blocks: u32,
    /// Whose administrator planned it.
    pub planned_by: MemberId,
    /// It waits for agreement before this block time, milliseconds.
    pub expires_ms: u64,
    /// Who has agreed, of the members with a validator.
    pub agreed: Vec<MemberId>,
    /// Once agreed: the last block that the set before certifies.
    pub last_block: Option<u64>,
}

impl ValidatorPlan {
    /// Whether it is agreed on, or still waits for that.
    pub fn waits(&self, now_ms: u64) -> bool {
        self.last_block.is_some() || now_ms < self.expires_ms
    }
}

/// The set of validators and the change planned. Table `validators`, one record. How it is at a height says
/// [`ValidatorSet::at`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct ValidatorSet {
    /// Format.
    pub version: Version<1>,
    /// The epoch of these seats.
    pub epoch: u64,
    /// By key.
    pub seats: Vec<Seat>,
    /// Plans made so far.
    pub plans: u64,
    /// The change that waits for agreement or for its height.
    pub plan: Option<ValidatorPlan>,
}

/// The last block of the present epoch, once it is known. Table `validators_due`, one record, read with every block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct ValidatorsDue {
    /// Format.
    pub version: Version<1>,
    /// Its height.
    pub last_block: u64,
}

/// What a member found when it executed the history again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct ReplayReport {
    /// The member.
    pub member: MemberId,
    /// The root of the state behind the block of the plan.
    pub state_root: convoy_types::Digest,
    /// The build that executed it, 64 bytes at most.
    pub build: String,
}

/// A protocol version that is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct ProtocolPlan {
    /// The plan's number, from 1.
    pub number: u64,
    /// The version.
    pub protocol: u32,
    /// Blocks between the agreement and its effect.
    pub after_blocks: u32,
    /// Whose administrator planned it.
    pub planned_by: MemberId,
    /// The block of the plan, up to which every member executes the history again.
    pub replay_to: u64,
    /// It waits for agreement before this block time, milliseconds.
    pub expires_ms: u64,
    /// What members found, by member.
    pub reports: Vec<ReplayReport>,
    /// Once agreed: the first block under the version.
    pub from_block: Option<u64>,
}

impl ProtocolPlan {
    /// Whether it is agreed on, or still waits for that.
    pub fn waits(&self, now_ms: u64) -> bool {
        self.from_block.is_some() || now_ms < self.expires_ms
    }
}

/// The protocol version and the one planned. Table `protocol`, one record; absent where none was ever planned. How it is at a height says
/// [`ProtocolState::at`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct ProtocolState {
    /// Format.
    pub version: Version<1>,
    /// The version in force.
    pub active: u32,
    /// Plans made so far.
    pub plans: u64,
    /// The version that waits for agreement or for its height.
    pub plan: Option<ProtocolPlan>,
}

impl Default for ProtocolState {
    fn default() -> Self {
        Self {
            version: Version,
            active: convoy_ledger::FIRST_PROTOCOL,
            plans: 0,
            plan: None,
        }
    }
}

/// From which block on which version is in force. Table `protocol_due`, one record of one cell, read with every block; absent while it is the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct ProtocolDue {
    /// Format.
    pub version: Version<1>,
    /// The version before.
    pub before: u32,
    /// The version.
    pub protocol: u32,
    /// The first block under it.
    pub from_block: u64,
}

/// A member whose node signs tree heads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct TreeHeadSigner {
    /// The member.
    pub member: MemberId,
    /// The DID under which its node signs.
    pub node: Did,
    /// The thumbprints of its keys.
    pub keys: Vec<convoy_types::Digest>,
}

/// Who signs tree heads. Table `tree_heads`, one record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct TreeHeadSigners {
    /// Format.
    pub version: Version<1>,
    /// By member.
    pub signers: Vec<TreeHeadSigner>,
}

/// The digest of that list, which headers carry. Table `tree_heads_digest`, one record of one cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct TreeHeadsDigest {
    /// Format.
    pub version: Version<1>,
    /// SHA-256 of the list in deterministic CBOR.
    pub digest: convoy_types::Digest,
}

/// Where a node is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct NodeLine {
    /// Its key, Ed25519: a validator's consensus key, or an observer's own.
    pub key: ValidatorKey,
    /// Whose it is.
    pub member: MemberId,
    /// `host:port`.
    pub address: String,
}

/// The nodes of all members. Table `nodes`, one record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Nodes {
    /// Format.
    pub version: Version<1>,
    /// By key.
    pub nodes: Vec<NodeLine>,
}

/// A unit. Table `units`, by member and short name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Unit {
    /// Format.
    pub version: Version<1>,
    /// Its name for people.
    pub name: String,
    /// The unit above it.
    pub parent: Option<MemberId>,
    /// Block time of its enrolment, milliseconds.
    pub enrolled_ms: u64,
}

/// A person, device, service or node. Table `signers`, by DID. Read for every statement, so it is small: format 1 has no
/// [`Profile`], and only a signer with one is written in format 2.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
pub struct Signer {
    /// Format: 1, or 2 where there is a profile.
    pub version: SignerVersion,
    /// The member it acts for.
    pub member: MemberId,
    /// What it is.
    pub kind: SignerKind,
    /// Whether it may act.
    pub status: Status,
    /// What it may do by itself; its posts add to that.
    pub roles: Roles,
    /// The unit it belongs to.
    pub unit: Option<MemberId>,
    /// Keys registered so far, revoked ones included.
    pub keys: u16,
    /// Clearance, caveats and posts.
    pub profile: Profile,
}

/// The format of a signer follows from what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignerVersion;

impl PartialSchema for SignerVersion {
    fn schema() -> RefOr<Schema> {
        crate::stored::Version::<1>::schema()
    }
}

impl ToSchema for SignerVersion {
    fn name() -> std::borrow::Cow<'static, str> {
        "FormatVersion".into()
    }
}

/// What policies ask of a signer beside its roles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Profile {
    /// The highest classification it may read.
    pub clearance: Clearance,
    /// What it was read into, sorted.
    pub caveats: Vec<String>,
    /// The posts it holds or deputises for, sorted by post.
    pub posts: Vec<PostHeld>,
    /// Counts recoveries: only keys of the newest epoch are valid.
    pub epoch: u16,
}

/// A post held by a signer, for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct PostHeld {
    /// The post's short name, of the signer's member.
    pub post: MemberId,
    /// From this block time on, milliseconds.
    pub from_ms: u64,
    /// Before this block time, milliseconds; without end where left out.
    pub until_ms: Option<u64>,
    /// Whether for somebody else.
    pub deputy: bool,
}

impl PostHeld {
    /// Whether it is held at `now_ms`.
    pub fn is_held(&self, now_ms: u64) -> bool {
        self.from_ms <= now_ms && self.until_ms.is_none_or(|until| now_ms < until)
    }
}

/// A post: what its holder may do. Table `posts`, by member and short name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Post {
    /// Format.
    pub version: Version<1>,
    /// Its name for people.
    pub name: String,
    /// The unit it is in.
    pub unit: Option<MemberId>,
    /// What its holder may do.
    pub roles: Roles,
    /// Whether it is still held by anybody.
    pub status: Status,
}

impl Serialize for Signer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeTuple;
        let plain = self.profile == Profile::default();
        let mut tuple = serializer.serialize_tuple(if plain { 7 } else { 8 })?;
        tuple.serialize_element(if plain { &1u8 } else { &2u8 })?;
        tuple.serialize_element(&self.member)?;
        tuple.serialize_element(&self.kind)?;
        tuple.serialize_element(&self.status)?;
        tuple.serialize_element(&self.roles)?;
        tuple.serialize_element(&self.unit)?;
        tuple.serialize_element(&self.keys)?;
        if !plain {
            tuple.serialize_element(&self.profile)?;
        }
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for Signer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(SignerFields)
    }
}

struct SignerFields;

impl<'de> serde::de::Visitor<'de> for SignerFields {
    type Value = Signer;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a signer of format 1 or 2")
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Signer, A::Error> {
        let version = known_version(&mut seq)?;
        Ok(Signer {
            version: SignerVersion,
            member: next(&mut seq, "member")?,
            kind: next(&mut seq, "kind")?,
            status: next(&mut seq, "status")?,
            roles: next(&mut seq, "roles")?,
            unit: next(&mut seq, "unit")?,
            keys: next(&mut seq, "keys")?,
            profile: match version {
                1 => Profile::default(),
                _ => next(&mut seq, "profile")?,
            },
        })
    }
}

/// A key of a signer. Table `keys`, by DID and key id. Read for every statement. Format 1, or 2 where it lies in hardware
/// or came by a recovery.
///
/// The key stays encoded: making a [`PublicKey`] costs a point decompression, so the module keeps
/// the ones it made.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
pub struct Key {
    /// Format: 1, or 2 where it lies in hardware or came by a recovery.
    pub version: SignerVersion,
    /// The COSE_Key.
    pub cose_key: Vec<u8>,
    /// Whether the member's node holds it rather than the signer.
    pub held_by_node: bool,
    /// Valid from this block time on, milliseconds.
    pub valid_from_ms: u64,
    /// Valid before this block time, milliseconds.
    pub valid_until_ms: Option<u64>,
    /// Revoked at this block time, milliseconds.
    pub revoked_ms: Option<u64>,
    /// Whether it is the signer's own and cannot leave the hardware it was made in.
    pub hardware: bool,
    /// The signer's epoch when it was registered: a recovery ends the keys of those before.
    pub epoch: u16,
}

impl Key {
    fn is_plain(&self) -> bool {
        !self.hardware && self.epoch == 0
    }

    /// Whose hand holds it, as policies compare it: 0 the node's, 1 the signer's in software, 2 the signer's in hardware.
    pub fn assurance(&self) -> u8 {
        match (self.held_by_node, self.hardware) {
            (true, _) => 0,
            (false, false) => 1,
            (false, true) => 2,
        }
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeTuple;
        let plain = self.is_plain();
        let mut tuple = serializer.serialize_tuple(if plain { 6 } else { 8 })?;
        tuple.serialize_element(if plain { &1u8 } else { &2u8 })?;
        tuple.serialize_element(serde_bytes::Bytes::new(&self.cose_key))?;
        tuple.serialize_element(&self.held_by_node)?;
        tuple.serialize_element(&self.valid_from_ms)?;
        tuple.serialize_element(&self.valid_until_ms)?;
        tuple.serialize_element(&self.revoked_ms)?;
        if !plain {
            tuple.serialize_element(&self.hardware)?;
            tuple.serialize_element(&self.epoch)?;
        }
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(KeyFields)
    }
}

struct KeyFields;

impl<'de> serde::de::Visitor<'de> for KeyFields {
    type Value = Key;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key of format 1 or 2")
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Key, A::Error> {
        let version = known_version(&mut seq)?;
        Ok(Key {
            version: SignerVersion,
            cose_key: next::<A, serde_bytes::ByteBuf>(&mut seq, "cose_key")?.into_vec(),
            held_by_node: next(&mut seq, "held_by_node")?,
            valid_from_ms: next(&mut seq, "valid_from_ms")?,
            valid_until_ms: next(&mut seq, "valid_until_ms")?,
            revoked_ms: next(&mut seq, "revoked_ms")?,
            hardware: match version {
                1 => false,
                _ => next(&mut seq, "hardware")?,
            },
            epoch: match version {
                1 => 0,
                _ => next(&mut seq, "epoch")?,
            },
        })
    }
}

/// A field of a record that has more than one format.
fn next<'de, A: serde::de::SeqAccess<'de>, T: Deserialize<'de>>(
    seq: &mut A,
    field: &str,
) -> Result<T, A::Error> {
    let value = seq.next_element()?;
    value.ok_or_else(|| A::Error::custom(format!("the record lacks its {field}")))
}

/// The format of such a record.
fn known_version<'de, A: serde::de::SeqAccess<'de>>(seq: &mut A) -> Result<u8, A::Error> {
    let version: u8 = next(seq, "version")?;
    if matches!(version, 1 | 2) {
        return Ok(version);
    }
    let fault = format!("format version {version} is not known; this program reads 1 and 2");
    Err(A::Error::custom(fault))
}

/// An enrolment by code. Table `enrolments`, by the code's digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Enrolment {
    /// Format.
    pub version: Version<1>,
    /// The member that it will act for.
    pub member: MemberId,
    /// What will be enrolled.
    pub kind: SignerKind,
    /// The unit it will belong to.
    pub unit: Option<MemberId>,
    /// What it will be allowed to do.
    pub roles: Roles,
    /// The code works before this block time, milliseconds.
    pub expires_ms: u64,
    /// Whether it was used.
    pub used: bool,
}

/// A recovery asked for. Table `recoveries`, by DID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Recovery {
    /// Format.
    pub version: Version<1>,
    /// The key that begins.
    pub key_id: KeyId,
    /// As it will be registered.
    pub key: Key,
    /// Who asked for it; nobody once it is done.
    pub asked_by: Option<Did>,
    /// Waits before this block time, milliseconds.
    pub expires_ms: u64,
}

/// A new administrator for a member that lost everything: planned, done or over. Table `reinstatements`, by member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Reinstatement {
    /// Format.
    pub version: Version<1>,
    /// The plan's number among those about this member, from 1.
    pub number: u64,
    /// Who will administer the member.
    pub administrator: Did,
    /// That person's key.
    pub key_id: KeyId,
    /// As it will be registered.
    pub key: Key,
    /// What happened, and how it was made sure who asks.
    pub reason: String,
    /// Whose administrator planned it.
    pub planned_by: MemberId,
    /// Who has agreed, sorted.
    pub agreed: Vec<MemberId>,
    /// It waits for agreement before this block time, milliseconds.
    pub expires_ms: u64,
    /// Where it stands.
    pub state: ReinstatementState,
    /// When the member last came back, by this plan or one before, block time in milliseconds.
    pub reinstated_ms: Option<u64>,
}

/// Who can change policies for a member, or give the role to do so: its active administrators and security officers with roles of their
/// own, sorted, the first 64. Table `stewards`, by member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple, ToSchema)]
pub struct Stewards {
    /// Format.
    pub version: Version<1>,
    /// By DID.
    pub signers: Vec<Did>,
}

macro_rules! tables {
    ($($record:ident => $name:literal),* $(,)?) => {
        $(impl Record for $record {
            const TABLE: Table = Table::new(super::NAME, $name);
        })*
    };
}

tables! {
    Member => "members",
    Roster => "roster",
    Barred => "barred",
    ValidatorSet => "validators",
    ValidatorsDue => "validators_due",
    ProtocolState => "protocol",
    ProtocolDue => "protocol_due",
    Nodes => "nodes",
    TreeHeadSigners => "tree_heads",
    TreeHeadsDigest => "tree_heads_digest",
    Unit => "units",
    Signer => "signers",
    Post => "posts",
    Stewards => "stewards",
    Enrolment => "enrolments",
    Recovery => "recoveries",
    Reinstatement => "reinstatements",
    Key => "keys",
}

/// The key of the only [`Roster`], and of every other record that is the only one of its table.
pub const ONLY: &[u8] = b"all";

/// The record key of a post.
pub fn post_key(member: &MemberId, post: &MemberId) -> Vec<u8> {
    unit_key(member, post)
}

/// The record key of a unit.
pub fn unit_key(member: &MemberId, unit: &MemberId) -> Vec<u8> {
    format!("{member}/{unit}").into_bytes()
}

/// The record key of a signer's key.
pub fn key_key(did: &Did, key_id: &[u8]) -> Vec<u8> {
    [did.as_str().as_bytes(), b"#", key_id].concat()
}
