//! Refusals of membership, numbers 100 to 199, in order of precedence.
//!
//! What a signature's standing lacks is refused under the core's numbers 4 to 7.

use crate::stored::rules;

rules! {
    /// A field is out of its limits.
    MALFORMED_FIELD = 100, "malformed-field", false, "Correct the field named.";
    /// A key's time of validity is empty or over.
    KEY_VALIDITY = 101, "key-validity", false, "Give a valid_until_ms that is later than valid_from_ms and than now.";
    /// The signer holds no administrator's role.
    NOT_ADMINISTRATOR = 102, "not-administrator", false, "Ask an administrator of your member to sign it.";
    /// The signer's member did not found the network.
    NOT_FOUNDING = 103, "not-founding", false, "Ask an administrator of a founding member to sign it.";
    /// The signer acts on another member.
    OTHER_MEMBER = 104, "other-member", false, "Ask an administrator of that member to sign it.";
    /// Only the genesis document may say this.
    GENESIS_ONLY = 105, "genesis-only", false, "Leave the field out.";
    /// No such member.
    UNKNOWN_MEMBER = 106, "unknown-member", false, "Enrol the member first; members are listed under /v1/members.";
    /// No such unit.
    UNKNOWN_UNIT = 107, "unknown-unit", false, "Enrol the unit first.";
    /// No such signer.
    UNKNOWN_SIGNER = 108, "unknown-signer", false, "Enrol the signer first.";
    /// The signer has no such key.
    KEY_NOT_REGISTERED = 109, "key-not-registered", false, "Name a key of this signer; they are shown under /v1/signers.";
    /// The member's short name is taken.
    MEMBER_EXISTS = 110, "member-exists", false, "Choose another short name.";
    /// The unit's short name is taken.
    UNIT_EXISTS = 111, "unit-exists", false, "Choose another short name.";
    /// The DID is taken.
    SIGNER_EXISTS = 112, "signer-exists", false, "Make a fresh random DID.";
    /// The signer had this key before.
    KEY_EXISTS = 113, "key-exists", false, "Make a fresh key; a key is registered once and never comes back.";
    /// The member or signer is retired or suspended.
    NOT_ACTIVE = 114, "not-active", true, "Reinstate it first; what is retired never comes back.";
    /// It is so already.
    NO_CHANGE = 115, "no-change", false, "Nothing needs to be done.";
    /// Retired members and signers never come back.
    RETIRED_IS_FINAL = 116, "retired-is-final", false, "Enrol a new one.";
    /// The role does not go with the kind of signer or member.
    ROLE_NOT_ALLOWED = 117, "role-not-allowed", false, "Choose a role that goes with the kind; the README of membership has the table.";
    /// The member would be without administrator.
    LAST_ADMINISTRATOR = 118, "last-administrator", false, "Make somebody else administrator first.";
    /// The signer has had as many keys as it may.
    TOO_MANY_KEYS = 119, "too-many-keys", false, "Enrol a new signer with a fresh DID.";
    /// The network has as many members as it may.
    ROSTER_FULL = 120, "roster-full", false, "A network has at most 1,000 members.";
    /// Another member's validator has this key.
    VALIDATOR_KEY_TAKEN = 121, "validator-key-taken", false, "Make a fresh key for this validator.";
    /// The key is revoked already.
    KEY_REVOKED = 122, "key-revoked", false, "Nothing needs to be done: the key is not accepted any more.";
    /// No such post, or it is retired.
    UNKNOWN_POST = 123, "unknown-post", false, "Enrol the post first.";
    /// The post's short name is taken.
    POST_EXISTS = 124, "post-exists", false, "Choose another short name.";
    /// The signer holds as many posts as it may.
    TOO_MANY_POSTS = 125, "too-many-posts", false, "Let it leave a post first.";
    /// No enrolment was offered with this code.
    UNKNOWN_CODE = 126, "unknown-code", false, "Type the code again, or ask the administrator for a new one.";
    /// The code was used or ran out.
    CODE_ENDED = 127, "code-ended", false, "Ask the administrator for a new code.";
    /// No such recovery waits.
    UNKNOWN_RECOVERY = 128, "unknown-recovery", false, "Ask for the recovery again.";
    /// It takes another person.
    NOT_ANOTHER = 129, "not-another", false, "Let another administrator or security officer sign it.";
    /// The post would be held for no time.
    POST_TIME = 130, "post-time", false, "Give an until_ms that is later than from_ms and than now.";
    /// A change would take effect too soon or too late.
    CHANGE_DISTANCE = 131, "change-distance", false, "Give an after_blocks within its bounds.";
    /// The validator's key is another than the set has.
    VALIDATOR_BY_PLAN = 132, "validator-by-plan", false, "Leave the validator's key as it is, and change it by plan_validators.";
    /// The member has no validator.
    NO_VALIDATOR_OF_OWN = 133, "no-validator-of-own", false, "Ask an administrator of a member with a validator to sign it.";
    /// Another change waits.
    CHANGE_PLANNED = 134, "change-planned", true, "Wait until it is in force or over, or have it withdrawn; it is shown with the validators, the protocol, or the member.";
    /// No such plan waits for agreement.
    UNKNOWN_PLAN = 135, "unknown-plan", false, "Name the plan that waits; it is shown with the validators, the protocol, or the member.";
    /// Nobody would validate.
    NO_VALIDATOR_LEFT = 136, "no-validator-left", false, "Add another validator first.";
    /// The member does not validate.
    NOT_A_VALIDATOR = 137, "not-a-validator", false, "Name a member with a validator; they are listed.";
    /// The member validates already.
    VALIDATES_ALREADY = 138, "validates-already", false, "Rotate its key instead.";
    /// The set is as large as it may be.
    TOO_MANY_VALIDATORS = 139, "too-many-validators", false, "Remove a validator first.";
    /// Nobody knows where the node is.
    NODE_NOT_ANNOUNCED = 140, "node-not-announced", false, "Let the member announce the node with this key first, by announce_node.";
    /// The member's node could not vouch for the log.
    TREE_HEAD_KEYS_MISSING = 141, "tree-head-keys-missing", false, "Let the member name both tree-head keys first, by set_node_keys.";
    /// There are as many nodes as there may be.
    TOO_MANY_NODES = 142, "too-many-nodes", false, "Take back a node that is no more.";
    /// The node validates, or will.
    NODE_VALIDATES = 143, "node-validates", false, "Remove the validator or rotate its key first.";
    /// The protocol version is in force, or was before.
    PROTOCOL_NOT_NEWER = 144, "protocol-not-newer", false, "Name a version above the one in force; it is shown with the protocol.";
    /// The member has administrators.
    NOT_LOST = 145, "not-lost", false, "Its own administrators enrol others; a plan about it is withdrawn by withdraw_reinstatement.";
}
