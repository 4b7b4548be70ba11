//! Refusals of policy, numbers 800 to 899, in order of precedence.
//!
//! What a policy denies is refused by the module that was asked, under its own number (`Module::DENIED`).

use crate::stored::rules;

rules! {
    /// A field is out of its limits.
    MALFORMED_FIELD = 800, "malformed-field", false, "Correct the field named.";
    /// The text is no policy.
    NOT_A_POLICY = 801, "not-a-policy", false, "Write one Cedar policy with @description and @grantor; the place of the fault is named.";
    /// The text is too long or too deeply nested, or the set would cost too much.
    TOO_COSTLY = 802, "too-costly", false, "Split the policy, shorten it, or retire others first.";
    /// It names an action, a role, a member, a unit, a post or a signer that does not exist.
    REFERS_TO_NOTHING = 803, "refers-to-nothing", false, "Name what exists; actions and attributes are in the schema under docs/reference/policy.cedarschema.";
    /// The types do not fit, or it can never apply.
    NOT_VALID = 804, "not-valid", false, "Correct the policy as the validator says; test it with Cedar's own command line and our schema.";
    /// The id is taken, for retired policies too.
    POLICY_EXISTS = 805, "policy-exists", false, "Choose another id, or replace the policy.";
    /// No such policy is in force.
    UNKNOWN_POLICY = 806, "unknown-policy", false, "Name a policy in force; they are listed under /v1/modules/policy/policies.";
    /// It is so already.
    NO_CHANGE = 807, "no-change", false, "Nothing needs to be done.";
    /// Nobody could change policies afterwards.
    LOCKS_OUT = 808, "locks-out", false, "Leave an administrator or security officer the actions of policy, or let one who keeps them sign.";
    /// The policies in force are not those that the signer looked at.
    OTHER_REVISION = 809, "other-revision", false, "Look at the policies in force, then sign again with their revision.";
    /// Only the genesis document may say this.
    GENESIS_ONLY = 810, "genesis-only", false, "Put policies one by one.";
    /// The label may not be made so by this action.
    LABEL_DIRECTION = 811, "label-direction", false, "Raise a label by raising it; lowering and releasing it need a reason and who may.";
    /// The label leaves out a member that reads the ledger.
    LABEL_NOT_ENFORCEABLE = 812, "label-not-enforceable", false, "Release it to every member, or use a compartment.";
    /// No such request waits.
    UNKNOWN_REQUEST = 813, "unknown-request", false, "Ask for approval first; requests are listed under /v1/modules/policy/requests.";
    /// The request was used, withdrawn or ran out.
    REQUEST_ENDED = 814, "request-ended", false, "Ask for approval again.";
    /// Who asked, or who approved already, cannot approve.
    NOT_ANOTHER = 815, "not-another", false, "Let somebody else approve it.";
    /// Who approves has to be allowed the action itself.
    NOT_ENTITLED = 816, "not-entitled", false, "Let somebody approve it who may do it.";
    /// The request is somebody else's.
    OTHER_REQUESTER = 817, "other-requester", false, "Let who asked withdraw it, or an administrator of the same member.";
    /// Another member originated the label.
    NOT_ORIGINATOR = 818, "not-originator", false, "Ask the member that originated it; the label names it.";
}
