//! Refusals of custody, numbers 200 to 299, in order of precedence.

use crate::stored::rules;

rules! {
    /// A field is out of its limits.
    MALFORMED_FIELD = 200, "malformed-field", false, "Correct the field named.";
    // 201 was unsupported-event, of releases that did not execute every type.
    /// A new object's identifier has a wrong check digit or is malformed.
    SUSPECT_IDENTIFIER = 202, "suspect-identifier", false, "Correct the identifier: a mistyped one makes an object that nobody can find.";
    /// An amount is missing where amounts change.
    AMOUNT_NEEDED = 203, "amount-needed", false, "Give the quantity.";
    /// The signer's roles do not allow it.
    ROLE_NEEDED = 204, "role-needed", false, "Ask your member's administrator for the role, or somebody who has it.";
    /// Only the genesis document may say this.
    GENESIS_ONLY = 205, "genesis-only", false, "The rules of a running network are changed by vote.";
    /// The claimed time lies ahead of the block's.
    TIME_AHEAD = 206, "time-ahead", true, "Set the device's clock, or send it again when the time has come.";
    /// An event with this id was recorded before.
    DUPLICATE_EVENT = 207, "duplicate-event", false, "Nothing needs to be done if it is the same event; otherwise give it an eventID of its own.";
    /// The object was never commissioned nor taken up.
    UNKNOWN_OBJECT = 208, "unknown-object", true, "Commission it first: an ObjectEvent with action ADD by its owner.";
    /// No such handover.
    UNKNOWN_HANDOVER = 209, "unknown-handover", false, "Open handovers are listed under /v1/handovers.";
    /// No such case.
    UNKNOWN_CASE = 210, "unknown-case", false, "Open cases are listed under /v1/cases.";
    /// The other side is no active member.
    UNKNOWN_MEMBER = 211, "unknown-member", true, "Name an active member; they are listed under /v1/members.";
    /// Somebody else has it in custody.
    NOT_CUSTODIAN = 212, "not-custodian", true, "Accept its handover first, or ask its custodian to record this.";
    /// Somebody else owns it.
    NOT_OWNER = 213, "not-owner", false, "Ask its owner to sign it.";
    /// The handover or case is between others.
    NOT_PARTY = 214, "not-party", false, "Ask the member named.";
    /// It was commissioned before.
    ALREADY_COMMISSIONED = 215, "already-commissioned", false, "An object is commissioned once; use action OBSERVE for what happened later.";
    /// It went out of being.
    ENDED = 216, "ended", false, "What was decommissioned, used up or written off stays so; declare the event wrong if it was.";
    /// It, or what it is packed in, is reported lost.
    MISSING = 217, "missing", true, "Record where it was seen with action OBSERVE, or close the case.";
    /// It, or what it is packed in, is offered to another member.
    OFFERED = 218, "offered", true, "Wait for the answer, or withdraw the offer.";
    /// What is packed does not move or change hands alone.
    PACKED = 219, "packed", true, "Move or hand over what it is in or on, or take it out first; if that happened already, record it before this.";
    /// It is packed or fitted already.
    PACKED_ALREADY = 220, "packed-already", true, "Unpack it or take it off first; if that happened already, record it before this.";
    /// It is not packed in, fitted to or fixed at what is named.
    NOT_PACKED_IN = 221, "not-packed-in", true, "Name what it is in or on; what went in late is recorded first.";
    /// Something is packed in it.
    NOT_EMPTY = 222, "not-empty", true, "Unpack it first.";
    /// It would contain itself.
    CYCLE = 223, "cycle", false, "Nothing contains itself: correct parent or child.";
    /// Packed too deeply.
    TOO_DEEP = 224, "too-deep", false, "At most 16 levels are packed in one another.";
    /// Unpacking without naming what.
    NAME_THE_CONTENTS = 225, "name-the-contents", false, "More is in it than is taken out unnamed: list the children; contents are shown under /v1/objects.";
    /// An amount would fall below zero.
    BELOW_ZERO = 226, "below-zero", true, "Correct the amount, or record first where the rest comes from.";
    /// Amounts of different owners or units would be mixed.
    MIXED_HOLDING = 227, "mixed-holding", true, "Keep amounts of different owners or units in different containers.";
    /// The handover is not open.
    HANDOVER_ENDED = 228, "handover-ended", false, "Ask for a new offer.";
    /// The offer's deadline is past or too far.
    OFFER_DEADLINE = 229, "offer-deadline", false, "Choose a deadline in the next 90 days.";
    /// The case is closed.
    CASE_CLOSED = 230, "case-closed", false, "Report it again to open another case.";
    /// The declaration does not repeat the wrong event.
    OTHER_CONTENT = 231, "other-content", false, "Repeat the wrong event as it was recorded and add errorDeclaration (EPCIS 2.0 section 7.4.1.2).";
    /// It was declared wrong before.
    DECLARED_ALREADY = 232, "declared-already", false, "Nothing needs to be done.";
    /// Another member recorded it.
    NOT_RECORDER = 233, "not-recorder", false, "Ask the member that recorded it to declare it wrong, or record what you see.";
    /// What the wrong event changed has been built upon.
    BUILT_UPON = 234, "built-upon", true, "Declare the later events wrong first, or record what puts it right (unpack, pack, commission).";
    /// Newer facts contradict it.
    CONTRADICTED = 235, "contradicted", false, "Correct the time, or declare the newer events wrong first.";
    /// A split or merge gives more or less than it takes.
    NOT_CONSERVED = 236, "not-conserved", true, "Correct the amounts; record what was lost on the way as used up (ObjectEvent with action DELETE).";
    /// A discrepancy names what was not offered, or as over what was.
    NOT_IN_OFFER = 237, "not-in-offer", false, "Name what the handover holds, see /v1/handovers; what is there beyond it has kind `over`.";
    /// Nothing is left to accept.
    NOTHING_ACCEPTED = 238, "nothing-accepted", false, "Refuse the handover and say why.";
    /// The handover that is to be taken back was not accepted.
    NOT_ACCEPTED = 239, "not-accepted", true, "Only what was accepted can be returned; withdraw or refuse an open offer.";
}
