"""The offline verifier: what a file proves, given nothing but the file and a trust file. No network, no clock.

Flow: :func:`verify` looks at the first bytes and checks a transparent statement or a compact receipt, check by check, in
the order of the Rust verifier and in its words. The first check that fails is raised as a :class:`VerifyError` naming it.

Invariants: every number in a report is under a checked signature or leads to a root that is; every receipt attached has to
hold; a check that could not be made is a note in the report.

Limits: state proofs (``da 63 6e 76 02``) and consistency proofs are not verified here; use ``convoy verify``.
"""

from __future__ import annotations

from collections.abc import Sequence

from .keys import SignatureError
from .receipts import (
    TAG_COMPACT,
    TAG_STATE_PROOF,
    CompactReceipt,
    InclusionReceipt,
    ReceiptError,
    TransparentStatement,
    quorum,
)
from .report import Proved, Report, VerifyError
from .statement import Statement, StatementError
from .trust import Trust
from .wire import Reader, WireError

_CAUSED = (StatementError, ReceiptError, SignatureError)
"""What bytes and signatures can cause; anything else is a fault of ours and is raised on."""


def verify(proof: bytes, trust: Trust) -> Report:
    """Verifies a transparent statement or a compact receipt; raises :class:`VerifyError`, the first check that fails."""
    if _starts_with(proof, TAG_COMPACT):
        return verify_compact(proof, trust)
    if _starts_with(proof, TAG_STATE_PROOF):
        reason = "it is a state proof, which this SDK does not verify; use `convoy verify`"
        raise VerifyError("kind of the file", reason)
    return verify_transparent(proof, trust)


def _starts_with(data: bytes, tag: int) -> bool:
    try:
        Reader(data).tag(tag)
    except WireError:
        return False
    return True


def _form_error(error: Exception) -> VerifyError:
    prefix = "statement error " if isinstance(error, StatementError) else ""
    return VerifyError("form of the file", f"{prefix}{error}")


def verify_transparent(data: bytes, trust: Trust) -> Report:
    """Verifies a transparent statement: a statement with members' COSE receipts.

    Raises :class:`VerifyError`, the first check that fails.
    """
    try:
        transparent = TransparentStatement.decode(bytes(data))
    except _CAUSED as error:
        raise _form_error(error) from error
    statement, count = transparent.statement, len(transparent.receipts)
    report = Report()
    _check_statement(statement, trust, report)
    if count == 0:
        raise VerifyError("receipts", "it carries none; ask a member's node for the transparent statement")
    checked = [
        _check_receipt(f"receipt {index} of {count}", encoded, statement, trust, report)
        for index, encoded in enumerate(transparent.receipts, 1)
    ]
    _check_agreement(checked, report)
    have, need = len(report.attested_by), trust.members_required
    if have < need:
        reason = f"{have} vouch and the trust file asks for {need}; fetch receipts of more members"
        raise VerifyError("members that vouch", reason)
    _check_signature(statement, trust, report)
    return report


def _check_statement(statement: Statement, trust: Trust, report: Report) -> None:
    name = "network of the statement"
    report._held("form of the statement", f"canonical; its id is {statement.id}")
    try:
        statement.check_network(trust.network)
    except StatementError as error:
        raise VerifyError(name, str(error)) from error
    report._held(name, trust.network)
    report.statement = statement.id
    report.compartment = statement.content.compartment


def _check_receipt(name: str, encoded: bytes, statement: Statement, trust: Trust, report: Report) -> InclusionReceipt:
    try:
        receipt = InclusionReceipt.decode(encoded, statement.digest)
    except _CAUSED as error:
        raise VerifyError(f"{name}: form", str(error)) from error
    head = receipt.head
    if head.network != trust.network:
        raise VerifyError(f"{name}: network", f"it is of `{head.network}`, the trust file of `{trust.network}`")
    key = trust.tree_head_key(head.issuer, head.key_id, head.algorithm)
    if key is None:
        whose = f"{head.algorithm} key {head.key_id} of {head.issuer}"
        raise VerifyError(f"{name}: key", f"the trust file has no {whose}; get a newer trust file")
    if not key.holds_at(head.time_ms):
        raise VerifyError(f"{name}: key", f"the key of {key.member} did not hold at {head.time_ms} ms")
    check = f"{name}: inclusion and signature"
    try:
        receipt.verify(key.key)
    except SignatureError as error:
        reason = f"{error}; the statement, the path or the signature is not what {key.member} signed"
        raise VerifyError(check, reason) from error
    leaf_of = f"leaf {receipt.leaf} of {head.size}"
    report._held(check, f"{key.member} signed with {head.algorithm} that {leaf_of} is this statement")
    report._attest(key.member)
    if head.height >= report.height:
        report.height, report.time_ms, report.log_size = head.height, head.time_ms, head.size
    _check_evidence(f"{name}: outcome", receipt, report)
    return receipt


def _check_evidence(check: str, receipt: InclusionReceipt, report: Report) -> None:
    """Checks the block summary that a receipt may carry: it leads to the signed root and has the statement's leaf."""
    evidence, head = receipt.evidence, receipt.head
    if evidence is None:
        return
    if evidence.root(head.size) != receipt.root:
        raise VerifyError(check, "the block summary does not lead to the signed root")
    summary = evidence.summary
    accepted = summary.is_accepted(receipt.leaf)
    if accepted is None:
        raise VerifyError(check, f"leaf {receipt.leaf} is not of block {summary.height}")
    if summary.height > head.height or summary.time_ms > head.time_ms:
        raise VerifyError(check, "the block is later than the signed tree head")
    verdict: Proved = "accepted" if accepted else "refused"
    if report.proved not in ("ordered", verdict):
        raise VerifyError(check, "two receipts say different things of the same statement")
    _record(report, check, verdict, summary.height, summary.time_ms)


def _record(report: Report, check: str, verdict: Proved, height: int, time_ms: int) -> None:
    report.proved, report.recorded_height, report.recorded_ms = verdict, height, time_ms
    report._held(check, f"{verdict} by block {height} at {time_ms} ms")


def _check_agreement(receipts: Sequence[InclusionReceipt], report: Report) -> None:
    """Checks that the receipts tell of one log: one leaf for the statement, one root for each size."""
    check = "agreement of the receipts"
    first = receipts[0]
    for other in receipts[1:]:
        if other.leaf != first.leaf:
            raise VerifyError(check, f"leaves {first.leaf} and {other.leaf} for one statement")
        for twin in receipts:
            if twin.head.size == other.head.size and twin.root != other.root:
                who = f"{twin.head.issuer} and {other.head.issuer}"
                what = f"signed different roots for a log of {twin.head.size} leaves"
                raise VerifyError(check, f"{who} {what}: one of them equivocates, keep this file as evidence")
    report.leaf = first.leaf
    report._held(check, f"{len(receipts)} tell of one log")


def _check_signature(statement: Statement, trust: Trust, report: Report) -> None:
    """Checks the signer's own signature where the trust file has the key, and says so where it has not."""
    check = "signature of the statement"
    signer, key_id = statement.signer, statement.key_id
    entry = trust.signer_key(signer, key_id, statement.algorithm)
    if entry is None:
        who = "nothing here vouches for it"
        if report.proved == "accepted":
            who = "the validators checked it when they accepted the statement"
        unknown = f"the signature of {signer} was not checked, the trust file has no key {key_id} for it"
        report.notes.append(f"{unknown}; {who}")
        return
    if report.recorded_ms is not None:
        if not entry.holds_at(report.recorded_ms):
            raise VerifyError(check, f"key {key_id} of {signer} did not hold at {report.recorded_ms} ms")
    elif (entry.from_ms, entry.until_ms) != (0, None):
        bounded = f"key {key_id} of {signer} holds for a time only"
        report.notes.append(f"{bounded}, and when the statement was recorded is not proved")
    try:
        statement.verify(entry.key)
    except StatementError as error:
        raise VerifyError(check, str(error)) from error
    report.signature_checked = True
    report._held(check, f"{signer} signed it with {statement.algorithm} key {key_id}")


def verify_compact(data: bytes, trust: Trust) -> Report:
    """Verifies a compact receipt: path, header core and the validators' certificate.

    Raises :class:`VerifyError`, the first check that fails.
    """
    check = "path to the log's root"
    try:
        receipt = CompactReceipt.decode(bytes(data))
    except _CAUSED as error:
        raise _form_error(error) from error
    report = Report()
    if receipt.statement is not None:
        _check_statement(receipt.statement, trust, report)
    else:
        report.statement = receipt.entry.hex()
        report.notes.append("the receipt carries the statement's id and not its content")
    leaf_of, root = f"leaf {receipt.leaf} of {receipt.log_size}", receipt.root()
    if root is None:
        raise VerifyError(check, f"it does not fit {leaf_of}")
    report._held(check, f"{leaf_of} leads to {root.hex()}")
    block = receipt.block(trust.network, root)
    _check_certificate(receipt, block, trust, report)
    report.leaf = receipt.leaf
    report.height, report.time_ms, report.log_size = receipt.height, receipt.time_ms, receipt.log_size
    _check_outcome(receipt, root, report)
    if receipt.statement is not None:
        _check_signature(receipt.statement, trust, report)
    return report


def _check_certificate(receipt: CompactReceipt, block: bytes, trust: Trust, report: Report) -> None:
    """Checks that a quorum of the validators of the receipt's epoch finalized ``block``."""
    check = "certificate of the validators"
    certificate, epoch = receipt.certificate, receipt.epoch
    try:
        trust.check_height(epoch, receipt.height)
    except ValueError as error:
        raise VerifyError(check, str(error)) from error
    validators = trust.validators(epoch)
    if validators is None:
        raise VerifyError(check, f"the trust file has no validators for epoch {epoch}; get a newer one")
    signed, needed = len(certificate.signers), quorum(len(validators))
    if signed < needed:
        raise VerifyError(check, f"{signed} of {len(validators)} signed, {needed} are needed")
    message = certificate.signed_message(trust.network, epoch, block)
    for signer, signature in zip(certificate.signers, certificate.signatures, strict=True):
        if signer >= len(validators):
            raise VerifyError(check, f"signer {signer} is none of the {len(validators)} validators")
        validator = validators[signer]
        try:
            validator.key.verify(message, signature)
        except SignatureError as error:
            raise VerifyError(check, f"{validator.member}: {error}") from error
        report._attest(validator.member)
    who = f"{signed} of {len(validators)} validators of epoch {epoch}"
    report._held(check, f"{who} finalized block {block.hex()}")


def _check_outcome(receipt: CompactReceipt, root: bytes, report: Report) -> None:
    """The outcome is proved by the leaf's place in the certified block itself, or by the summary of an earlier block."""
    check, leaf, evidence = "outcome", receipt.leaf, receipt.evidence
    if receipt.first_leaf <= leaf < receipt.log_size:
        accepted: bool | None = leaf - receipt.first_leaf < receipt.accepted
        # Behind the accepted leaves come the refused and the summary, which is the last leaf.
        if evidence is not None or (not accepted and leaf + 1 >= receipt.log_size):
            raise VerifyError(check, "the evidence does not belong to the certified block")
        _record(report, check, "accepted" if accepted else "refused", receipt.height, receipt.time_ms)
        return
    if evidence is None:
        return
    if evidence.root(receipt.log_size) != root:
        raise VerifyError(check, "the block summary does not lead to the log's root")
    summary = evidence.summary
    accepted = summary.is_accepted(leaf)
    if accepted is None:
        raise VerifyError(check, f"leaf {leaf} is not of block {summary.height}")
    _record(report, check, "accepted" if accepted else "refused", summary.height, summary.time_ms)
