//! What membership stores, what can be asked of it, and what it says happened.

pub use super::records::*;

use crate::stored::numbered;
use convoy_types::{
    Did, MemberId,
    cose::{KeyId, PublicKey},
    statement::Assurance,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, RefOr, Schema},
};

/// A name of a member or unit, bytes.
pub const NAME_BYTES_MAX: usize = 120;
/// Keys one signer may have had in all, revoked ones included: a key a month for five years.
pub const SIGNER_KEYS_MAX: u16 = 64;
/// Members of one network.
pub const MEMBERS_MAX: usize = 1_000;
/// Tree-head keys of one member: one for each algorithm, and one more of each while they rotate.
pub const TREE_HEAD_KEYS_MAX: usize = 4;
/// Posts one signer holds at a time.
pub const POSTS_HELD_MAX: usize = 8;
/// What one signer was read into.
pub const CAVEATS_MAX: usize = 16;
/// A caveat, bytes.
pub const CAVEAT_BYTES_MAX: usize = 32;
/// How long an enrolment by code stays open, milliseconds: a month, as long as a statement.
pub const CODE_OPEN_MS_MAX: u64 = 30 * 24 * 3_600 * 1_000;
/// A code, bytes: at least 128 bits, so that it cannot be found from its digest.
pub const CODE_BYTES_MIN: usize = 16;
/// A code, bytes.
pub const CODE_BYTES_MAX: usize = 64;
/// How long a recovery waits for the other administrator, milliseconds.
pub const RECOVERY_OPEN_MS: u64 = 7 * 24 * 3_600 * 1_000;
/// Stewards listed for one member.
pub const STEWARDS_MAX: usize = 64;
/// The reason of a revocation or a reinstatement, bytes.
pub const REASON_BYTES_MAX: usize = 200;

numbered! {
    /// What a member is.
    MemberKind, "kind of member", {
        /// A nation.
        Nation = 0 "nation",
        /// An agency of several nations.
        Agency = 1 "agency",
        /// A supplier.
        Supplier = 2 "supplier",
        /// Who reads and proves and never writes logistics.
        Auditor = 3 "auditor",
    }
}

numbered! {
    /// Whether a member or signer may act.
    Status, "status", {
        /// May act.
        Active = 0 "active",
        /// May not act until reinstated.
        Suspended = 1 "suspended",
        /// Will never act again.
        Retired = 2 "retired",
    }
}

numbered! {
    /// Where a reinstatement stands.
    ReinstatementState, "state of a reinstatement", {
        /// It waits for agreement, until it expires.
        Planned = 0 "planned",
        /// The new administrator is enrolled.
        Done = 1 "done",
        /// Whoever planned it, or the member itself, took it back.
        Withdrawn = 2 "withdrawn",
    }
}

numbered! {
    /// What a signer is.
    SignerKind, "kind of signer", {
        /// A person, known by a random id; names never enter the ledger.
        Person = 0 "person",
        /// A scanner, sensor, gate or system.
        Device = 1 "device",
        /// A member's node.
        Node = 2 "node",
        /// A program that acts for the member without a person: a supply system, a gateway.
        Service = 3 "service",
    }
}

numbered! {
    /// The highest classification that a signer may read (STANAG 4774 terms).
    #[derive(Default)]
    Clearance, "clearance", {
        /// Nothing that is classified.
        #[default]
        Unclassified = 0 "unclassified",
        /// Up to restricted.
        Restricted = 1 "restricted",
        /// Up to confidential.
        Confidential = 2 "confidential",
        /// Up to secret.
        Secret = 3 "secret",
    }
}

numbered! {
    /// What a signer may do. The list is closed; what each may do is in the README's table.
    Role, "role", {
        /// Enrols units, people and devices of its member, their keys and roles.
        MemberAdministrator = 0 "member-administrator",
        /// Records events, offers and accepts handovers, reports losses and closes cases.
        LogisticsOfficer = 1 "logistics-officer",
        /// As the officer, for a supplier; closes no cases.
        SupplierClerk = 2 "supplier-clerk",
        /// Records events only, as a scanner or gate does.
        Scanner = 3 "scanner",
        /// Reads everything the member may read; writes nothing.
        Auditor = 4 "auditor",
        /// The member's node.
        Node = 5 "node",
        /// Changes policies, clearances and labels for its member; for a founding member, those of the network.
        SecurityOfficer = 6 "security-officer",
    }
}

/// A set of roles: a number in CBOR (bit n is the role with number n), a list of words in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Roles(u32);

impl Roles {
    /// No role.
    pub const NONE: Self = Self(0);

    /// The set of `roles`.
    pub fn of(roles: &[Role]) -> Self {
        roles.iter().fold(Self::NONE, |set, role| set.with(*role))
    }

    /// The stored number.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether `role` is in it.
    pub fn has(self, role: Role) -> bool {
        self.0 & (1 << role.number()) != 0
    }

    /// Whether one of them looks after the member: administers it or clears its people.
    pub fn looks_after(self) -> bool {
        self.has(Role::MemberAdministrator) || self.has(Role::SecurityOfficer)
    }

    /// With `role` added.
    #[must_use]
    pub fn with(self, role: Role) -> Self {
        Self(self.0 | 1 << role.number())
    }

    /// With `role` taken away.
    #[must_use]
    pub fn without(self, role: Role) -> Self {
        Self(self.0 & !(1 << role.number()))
    }

    /// The roles of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The roles, by number.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL
            .iter()
            .copied()
            .filter(move |role| self.has(*role))
    }
}

impl PartialSchema for Roles {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new()
            .items(Role::schema())
            .description(Some("The roles."))
            .into()
    }
}

impl ToSchema for Roles {}

impl Serialize for Roles {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_seq(self.iter())
        } else {
            serializer.serialize_u32(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Ok(Self::of(&Vec::<Role>::deserialize(deserializer)?));
        }
        let bits = u32::deserialize(deserializer)?;
        if bits >> Role::ALL.len() != 0 {
            return Err(D::Error::custom(format!("{bits} names an unknown role")));
        }
        Ok(Self(bits))
    }
}

/// A validator's consensus key: Ed25519, 32 bytes; hexadecimal in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct ValidatorKey(pub convoy_types::Digest);

/// A key for a signer, as asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// The public key.
    pub key: PublicKey,
    /// Valid from this block time on, milliseconds since 1970; at once where left out.
    #[serde(default)]
    pub valid_from_ms: Option<u64>,
    /// Valid before this block time, milliseconds since 1970; without end where left out.
    #[serde(default)]
    pub valid_until_ms: Option<u64>,
    /// Whose hand holds it.
    pub assurance: Assurance,
    /// Whether it is the signer's own and cannot leave the hardware it was made in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hardware: bool,
}

/// A member, as asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// Its short name.
    pub member: MemberId,
    /// Its name for people, 1 to 120 bytes.
    pub name: String,
    /// What it is.
    pub kind: MemberKind,
    /// Whether it founds the network, so that its administrators enrol other members. At genesis only.
    #[serde(default)]
    pub founding: bool,
    /// Its validator's consensus key, if it runs one.
    #[serde(default)]
    pub validator: Option<ValidatorKey>,
    /// The keys its node signs tree heads with: Ed25519 and ML-DSA-65 for a validator.
    #[serde(default)]
    pub tree_head_keys: Vec<PublicKey>,
    /// The DID under which its node signs tree heads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<Did>,
}

/// A person, device or node, as asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSigner {
    /// Its DID: random, without a name in it.
    pub did: Did,
    /// The member it acts for.
    pub member: MemberId,
    /// What it is.
    pub kind: SignerKind,
    /// The unit it belongs to, by the unit's short name.
    #[serde(default)]
    pub unit: Option<MemberId>,
    /// What it may do.
    #[serde(default)]
    pub roles: Roles,
    /// Its first keys.
    #[serde(default)]
    pub keys: Vec<NewKey>,
}

/// A post, as asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// The member.
    pub member: MemberId,
    /// The post's short name, unique in the member.
    pub post: MemberId,
    /// Its name for people, 1 to 120 bytes.
    pub name: String,
    /// The unit it is in.
    #[serde(default)]
    pub unit: Option<MemberId>,
    /// What its holder may do.
    #[serde(default)]
    pub roles: Roles,
}

/// An enrolment by code, as offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentOffer {
    /// The member that it will act for.
    pub member: MemberId,
    /// What will be enrolled.
    pub kind: SignerKind,
    /// The unit it will belong to.
    #[serde(default)]
    pub unit: Option<MemberId>,
    /// What it will be allowed to do.
    #[serde(default)]
    pub roles: Roles,
    /// SHA-256 of the code, which has 16 random bytes at least.
    pub code_digest: convoy_types::Digest,
    /// The code works before this block time, milliseconds since 1970; 30 days at most.
    pub expires_ms: u64,
}

/// A change of the set of validators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ValidatorChange {
    /// A member begins to validate, with a node that it announced.
    Add {
        /// Which member.
        member: MemberId,
        /// Its node's key, which becomes its consensus key.
        key: ValidatorKey,
    },
    /// A member's validator ends. Its node observes from then on.
    Remove {
        /// Which member.
        member: MemberId,
    },
    /// A member's validator goes on with another key, of a node that it announced.
    Rotate {
        /// Which member.
        member: MemberId,
        /// The key that begins.
        key: ValidatorKey,
    },
}

/// What users ask for. A change of meaning gets a new variant; variants are never reused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Takes in a member. By an administrator of a founding member until the governance module votes on it.
    EnrolMember(NewMember),
    /// Suspends, reinstates or retires a member. By an administrator of a founding member.
    SetMemberStatus {
        /// Which member.
        member: MemberId,
        /// From now on.
        status: Status,
    },
    /// Replaces the keys of a member's node: rotation is a transaction.
    SetNodeKeys {
        /// Which member.
        member: MemberId,
        /// The validator's consensus key as it is, or none; it changes by `plan_validators`.
        validator: Option<ValidatorKey>,
        /// The tree-head keys.
        tree_head_keys: Vec<PublicKey>,
        /// The DID under which its node signs tree heads; as it was where left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<Did>,
    },
    /// Takes in a unit of the member.
    EnrolUnit {
        /// The member.
        member: MemberId,
        /// The unit's short name, unique in the member.
        unit: MemberId,
        /// Its name for people, 1 to 120 bytes.
        name: String,
        /// The unit above it.
        #[serde(default)]
        parent: Option<MemberId>,
    },
    /// Takes in a person, device or node.
    EnrolSigner(NewSigner),
    /// Suspends, reinstates or retires a signer.
    SetSignerStatus {
        /// Which signer.
        did: Did,
        /// From now on.
        status: Status,
    },
    /// Gives a signer another key.
    RegisterKey {
        /// Which signer.
        did: Did,
        /// The key.
        key: NewKey,
    },
    /// Makes a key invalid from this block on. By the signer or an administrator.
    RevokeKey {
        /// Which signer.
        did: Did,
        /// Which key.
        key_id: KeyId,
        /// Why, at most 200 bytes.
        #[serde(default)]
        reason: String,
    },
    /// Registers a key and revokes another in one step. By the signer or an administrator.
    RotateKey {
        /// Which signer.
        did: Did,
        /// The key that ends.
        old: KeyId,
        /// The key that begins.
        new: NewKey,
    },
    /// Lets a signer do more.
    GrantRole {
        /// Which signer.
        did: Did,
        /// What it may do.
        role: Role,
    },
    /// Lets a signer do less.
    WithdrawRole {
        /// Which signer.
        did: Did,
        /// What it may no longer do.
        role: Role,
    },
    /// Sets up a post of the member, whose holder has its roles.
    EnrolPost(NewPost),
    /// Ends a post. Who holds it has its roles no longer.
    RetirePost {
        /// The member.
        member: MemberId,
        /// The post.
        post: MemberId,
    },
    /// Gives a post to a signer, or changes how long it is held.
    AssignPost {
        /// Which signer.
        did: Did,
        /// Which post of the signer's member.
        post: MemberId,
        /// From this block time on, milliseconds since 1970; at once where left out.
        #[serde(default)]
        from_ms: Option<u64>,
        /// Before this block time; without end where left out.
        #[serde(default)]
        until_ms: Option<u64>,
        /// Whether as deputy of who holds it.
        #[serde(default)]
        deputy: bool,
    },
    /// Takes a post from a signer.
    LeavePost {
        /// Which signer.
        did: Did,
        /// Which post.
        post: MemberId,
    },
    /// Says what a signer is cleared for. Nobody clears oneself.
    ClearSigner {
        /// Which signer.
        did: Did,
        /// The highest classification it may read.
        clearance: Clearance,
        /// What it was read into, at most 16 words of 32 bytes.
        #[serde(default)]
        caveats: Vec<String>,
    },
    /// Lets whoever knows a code enrol once: a device that has no key yet, a person at the desk.
    OfferEnrolment(EnrolmentOffer),
    /// Enrols with a code. Signed by any signer of the member, such as its node.
    ClaimEnrolment {
        /// The code, 16 to 64 bytes in hexadecimal.
        code: String,
        /// The new signer's DID: random, without a name in it.
        did: Did,
        /// Its first key.
        key: NewKey,
    },
    /// Asks for a new key for a signer that lost all of its own. Takes another administrator to confirm it.
    AskRecovery {
        /// Which signer.
        did: Did,
        /// The key that begins.
        key: NewKey,
    },
    /// Confirms a recovery that another administrator asked for: every key from before ends.
    ConfirmRecovery {
        /// Which signer.
        did: Did,
        /// The key that begins.
        key_id: KeyId,
    },
    /// Plans a new administrator for a member that lost all of its own, with every machine and backup. In force once administrators of more
    /// than two thirds of the members with a validator have agreed, the member itself not; planning counts as agreeing.
    PlanReinstatement {
        /// The member that lost everything.
        member: MemberId,
        /// Who will administer it: a random DID, made by the member on a new machine.
        did: Did,
        /// That person's key.
        key: NewKey,
        /// What happened, and how it was made sure who asks, at most 200 bytes.
        reason: String,
    },
    /// Agrees to a reinstatement, for one's member: make sure by other means that the key is the member's.
    AgreeReinstatement {
        /// The member that lost everything.
        member: MemberId,
        /// The plan's number.
        plan: u64,
    },
    /// Withdraws a reinstatement that is not agreed on yet: by the member that planned it, or by the member itself, which then is not lost.
    WithdrawReinstatement {
        /// The member that it is about.
        member: MemberId,
        /// The plan's number.
        plan: u64,
    },
    /// Says where a node of the member is, so that the others let it in and find it; without an address, that it is no more.
    AnnounceNode {
        /// Which member.
        member: MemberId,
        /// The node's key, Ed25519.
        key: ValidatorKey,
        /// `host:port`; left out, the node is no more.
        #[serde(default)]
        address: Option<String>,
    },
    /// Plans a change of the set of validators. In force once administrators of more than two thirds of the members with a
    /// validator have agreed; the rotation of a member's own key needs nobody else.
    PlanValidators {
        /// What changes.
        change: ValidatorChange,
        /// Blocks between the agreement and its effect, 10 to 604,800.
        after_blocks: u32,
    },
    /// Agrees to a planned change, for one's member.
    AgreeValidators {
        /// The plan's number.
        plan: u64,
    },
    /// Withdraws a plan of one's member that is not agreed on yet.
    WithdrawValidators {
        /// The plan's number.
        plan: u64,
    },
    /// Plans a version of the rules that all nodes' builds know. In force once administrators of more than two thirds of the members with a
    /// validator have agreed, each with the root that its replay of the history came to.
    PlanProtocol {
        /// The version, above the one in force.
        protocol: u32,
        /// Blocks between the agreement and its effect, 10 to 604,800.
        after_blocks: u32,
    },
    /// Agrees to a planned version, for one's member, with what `convoy node shadow --to` found. Said again with another root, it replaces the first.
    AgreeProtocol {
        /// The plan's number.
        plan: u64,
        /// The root of the state behind the block of the plan.
        state_root: convoy_types::Digest,
        /// The build that executed the history, 64 bytes at most.
        build: String,
    },
    /// Withdraws a planned version of one's member that is not agreed on yet.
    WithdrawProtocol {
        /// The plan's number.
        plan: u64,
    },
}

/// What happened, for the read model and the feed. Each says the thing as it is from now on, so
/// that applying one twice changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A member is new or has changed.
    Member {
        /// Which.
        member: MemberId,
        /// As it is now.
        now: Member,
    },
    /// A unit is new or has changed.
    Unit {
        /// Whose.
        member: MemberId,
        /// Which.
        unit: MemberId,
        /// As it is now.
        now: Unit,
    },
    /// A post is new or has changed.
    Post {
        /// Whose.
        member: MemberId,
        /// Which.
        post: MemberId,
        /// As it is now.
        now: Post,
    },
    /// A signer is new or has changed.
    Signer {
        /// Which.
        did: Did,
        /// As it is now.
        now: Signer,
    },
    /// A key is new or has changed.
    Key {
        /// Whose.
        did: Did,
        /// Which.
        key_id: KeyId,
        /// As it is now.
        now: Key,
        /// Why it was revoked, where told.
        reason: String,
    },
    /// An enrolment by code was offered or used.
    Enrolment {
        /// The code's digest.
        code_digest: convoy_types::Digest,
        /// As it is now.
        now: Enrolment,
    },
    /// A recovery was asked for or is done.
    Recovery {
        /// Of whom.
        did: Did,
        /// As it is now.
        now: Recovery,
    },
    /// A reinstatement is planned, agreed on, done or over.
    Reinstatement {
        /// Of which member.
        member: MemberId,
        /// As it is now.
        now: Reinstatement,
    },
    /// A change of the set of validators is planned, agreed on or over.
    Validators {
        /// The set and the plan.
        now: ValidatorSet,
    },
    /// A protocol version is planned, reported on, agreed on or over.
    Protocol {
        /// The version in force and the plan.
        now: ProtocolState,
    },
    /// A node was announced, or is no more.
    Nodes {
        /// All of them.
        now: Nodes,
    },
}
