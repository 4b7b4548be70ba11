"""The signed statement: the only way anything enters the ledger.

::

    18([ << {1: alg, 3: 60, 4: kid, 15: {1: signer DID, 2: subject, 3: network}} >>, {},
         << [1, compartment / null, label / null, lane, sequence, not_after, assurance, [+ [module, << body >>]]] >>,
         signature ])

Flow: :class:`StatementBuilder` collects what it says; ``sign`` signs it here, ``unsigned`` gives the bytes to sign elsewhere
and takes the signature; :meth:`Statement.decode` reads one strictly, as every node does. Its id is SHA-256 of its bytes.

Invariants: a ``Statement`` in hand has every length within its limit and every part canonical. Its signature is checked by
who has the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from . import limits
from .cbor import CborError, CborValue, check, encode
from .ids import COMMON, IdError, did, member_id, network_id, sha256
from .ids import compartment as check_compartment
from .keys import (
    COSE_IDS,
    SIGNATURE_BYTES,
    Algorithm,
    PublicKey,
    SignatureError,
    SigningKey,
    algorithm_of,
    sig_structure,
)
from .wire import Reader, WireError, WireFault, Writer

_CONTENT_TYPE = 60
"""``application/cbor`` by its CoAP number (RFC 8949 section 9.5)."""
_STATEMENT_VERSION = 1

Classification = Literal["unclassified", "restricted", "confidential", "secret"]
"""How sensitive the content is, lowest first."""
CLASSIFICATIONS: Final[tuple[Classification, ...]] = get_args(Classification)

Assurance = Literal["own_key", "held_by_node"]
"""Whose hand holds the key that signed."""
ASSURANCES: Final[tuple[Assurance, ...]] = get_args(Assurance)

Fault = Literal[
    "truncated", "too_large", "trailing", "not_canonical", "wrong_type", "unknown_member", "out_of_range", "unsigned",
    "unknown_algorithm", "unprotected_header", "too_deep", "unknown_format", "bad_text", "wrong_network",
    "bad_signature", "wrong_key",
]  # fmt: skip
"""What is wrong with a statement; numbered from 1001 in this order."""

_REMEDIES: Final[dict[Fault, str]] = {
    "truncated": "send the whole statement",
    "too_large": "split the work over several statements",
    "trailing": "send the statement alone, with nothing after it or its parts",
    "not_canonical": "encode it deterministically (RFC 8949 section 4.2.1) and sign again",
    "wrong_type": "build the statement per the statement format and sign again",
    "unknown_member": "send exactly the members of this version, in order, and sign again",
    "out_of_range": "correct the value and sign again",
    "unsigned": "sign the statement before sending it",
    "unknown_algorithm": "sign with Ed25519, ES256 or ML-DSA-65",
    "unprotected_header": "leave the unprotected header empty; take receipts off first",
    "too_deep": "flatten the action's body and sign again",
    "unknown_format": "use statement format version 1",
    "bad_text": "correct the text and sign again",
    "wrong_network": "send it to the network it was signed for, or sign it for this one",
    "bad_signature": "sign the exact bytes again with the key that the statement names",
    "wrong_key": "use the key that the statement names, or name the key that signs",
}

_WIRE_FAULTS: Final[dict[WireFault, Fault]] = {
    "truncated": "truncated",
    "trailing": "trailing",
    "not_shortest": "not_canonical",
    "wrong_type": "wrong_type",
    "out_of_range": "out_of_range",
    "not_utf8": "bad_text",
}

_MODULE = re.compile(r"[a-z][a-z0-9-]*")


class StatementError(ValueError):
    """A refused statement: which field, what is wrong with it, what to do."""

    def __init__(self, fault: Fault, field_name: str, detail: str) -> None:
        self.fault: Final = fault
        self.field: Final = field_name
        """Such as ``protected header: kid``."""
        self.detail: Final = detail
        """The fault in plain words."""
        self.number: Final = 1001 + list(_REMEDIES).index(fault)
        """The stable number of the fault, the same that a node answers with."""
        self.remedy: Final = _REMEDIES[fault]
        """What to do about it."""
        super().__init__(f"{self.number}: {field_name}: {detail}; {self.remedy}")


@contextmanager
def _named(field_name: str) -> Iterator[None]:
    """Gives a fault of a reader or an identifier the name of the field being read."""
    try:
        yield
    except WireError as error:
        raise StatementError(_WIRE_FAULTS[error.fault], field_name, str(error)) from error
    except IdError as error:
        raise StatementError("bad_text", field_name, str(error)) from error


def _label(reader: Reader, expected: int, field_name: str) -> None:
    with _named(field_name):
        found = reader.int()
    if found != expected:
        detail = f"member {found} stands where member {expected} belongs"
        raise StatementError("unknown_member", field_name, detail)


def _members(found: int, expected: int, field_name: str) -> None:
    if found != expected:
        raise StatementError("unknown_member", field_name, f"it has {found} members instead of {expected}")


@dataclass(frozen=True)
class Label:
    """Who may read: no member listed means every reader of the lane."""

    classification: Classification = "unclassified"
    releasable_to: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Unclassified and without restriction: what a statement without label means."""
        return self == Label()


@dataclass(frozen=True)
class Action:
    """One thing to do, for one module. All actions of a statement happen or none does."""

    module: str
    """Such as ``custody``."""
    body: bytes
    """One deterministic CBOR item."""


@dataclass(frozen=True)
class Content:
    """What is signed, apart from who signs it for which network."""

    compartment: str = COMMON
    """The ledger it is for; ``common`` is the one that all share."""
    label: Label = field(default_factory=Label)
    lane: int = 0
    """0 to 63."""
    sequence: int = 0
    """Exactly the next of its lane, from 0."""
    not_after_ms: int = 0
    """Past this block time, milliseconds since 1970, it can never execute."""
    assurance: Assurance = "own_key"
    actions: tuple[Action, ...] = ()
    """At least one."""


@dataclass(frozen=True)
class _Protected:
    algorithm: Algorithm
    key_id: bytes
    signer: str
    subject: str
    network: str


class Statement:
    """A strictly decoded signed statement with its bytes; :meth:`decode` makes one. Equal when the bytes are."""

    def __init__(self, data: bytes) -> None:
        """As :meth:`decode`."""
        if len(data) > limits.STATEMENT_BYTES_MAX:
            detail = f"{len(data)} bytes, at most {limits.STATEMENT_BYTES_MAX}"
            raise StatementError("too_large", "statement", detail)
        self.bytes: Final = bytes(data)
        """Exactly as decoded."""
        reader = Reader(self.bytes)
        with _named("statement"):
            reader.tag(18)
            reader.array_of(4)
        with _named("protected header"):
            self.protected: Final = reader.bytes()
            """The content of the protected header."""
        with _named("unprotected header"):
            pairs = reader.map()
        if pairs != 0:
            raise StatementError("unprotected_header", "unprotected header", "it is not empty")
        if reader.null():
            raise StatementError("wrong_type", "payload", "it is detached")
        with _named("payload"):
            self.payload: Final = reader.bytes()
            """The content of the payload."""
        with _named("signature"):
            self.signature: Final = reader.bytes()
        with _named("statement"):
            reader.end()
        self._head: Final = _decode_protected(self.protected)
        _check_signature_length(self._head.algorithm, len(self.signature))
        self.content: Final = _decode_content(self.payload)
        """Everything else that is signed."""
        self.digest: Final = sha256(self.bytes)
        """The id's 32 bytes: the entry in the statement log."""
        self.id: Final = self.digest.hex()
        """SHA-256 of the bytes, in hexadecimal."""

    @classmethod
    def decode(cls, data: bytes) -> Statement:
        """Decodes exactly one submitted statement that fills ``data``; raises :class:`StatementError`, the first fault.

        Form only: the signature is checked by :meth:`verify`.
        """
        return cls(data)

    @property
    def algorithm(self) -> Algorithm:
        """The algorithm that it names."""
        return self._head.algorithm

    @property
    def key_id(self) -> str:
        """The id of the key that it names, in hexadecimal."""
        return self._head.key_id.hex()

    @property
    def signer(self) -> str:
        """Who signed (CWT ``iss``)."""
        return self._head.signer

    @property
    def subject(self) -> str:
        """What it is about (CWT ``sub``)."""
        return self._head.subject

    @property
    def network(self) -> str:
        """The network it is for (CWT ``aud``)."""
        return self._head.network

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Statement) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        content = self.content
        return f"Statement({self.id}, {self.signer}, lane {content.lane}, sequence {content.sequence})"

    def signed_bytes(self) -> bytes:
        """The bytes that the key signed (RFC 9052 section 4.4)."""
        return sig_structure(self.protected, self.payload)

    def check_network(self, network: str) -> None:
        """Refuses a statement made for another network."""
        if self.network != network:
            detail = f"it was signed for `{self.network}` and this is `{network}`"
            raise StatementError("wrong_network", "CWT claims: aud", detail)

    def verify(self, key: PublicKey) -> None:
        """Checks the signature under ``key``, which must be the one that the statement names."""
        if self.algorithm != key.algorithm or self.key_id != key.id:
            detail = f"it names {self.algorithm} key {self.key_id} and was given {key.algorithm} key {key.id}"
            raise StatementError("wrong_key", "protected header: kid", detail)
        try:
            key.verify(self.signed_bytes(), self.signature)
        except SignatureError as error:
            raise StatementError("bad_signature", "signature", str(error)) from error


def _check_signature_length(algorithm: Algorithm, found: int) -> None:
    if found == 0:
        raise StatementError("unsigned", "signature", "it is empty")
    expected = SIGNATURE_BYTES[algorithm]
    if found != expected:
        raise StatementError("bad_signature", "signature", f"{found} bytes, and {algorithm} has {expected}")


def _decode_protected(data: bytes) -> _Protected:
    name, claims = "protected header", "CWT claims"
    reader = Reader(data)
    with _named(name):
        pairs = reader.map()
    _members(pairs, 4, name)
    _label(reader, 1, name)
    with _named("protected header: alg"):
        cose_id = reader.int()
    algorithm = algorithm_of(cose_id)
    if algorithm is None:
        detail = f"COSE algorithm {cose_id} is not known here"
        raise StatementError("unknown_algorithm", "protected header: alg", detail)
    _label(reader, 3, name)
    with _named("protected header: content type"):
        content_type = reader.uint()
    if content_type != _CONTENT_TYPE:
        detail = f"it is {content_type}, not {_CONTENT_TYPE} (application/cbor)"
        raise StatementError("unknown_format", "protected header: content type", detail)
    _label(reader, 4, name)
    with _named("protected header: kid"):
        key_id = reader.bytes_exact(8)
    _label(reader, 15, name)
    with _named(claims):
        pairs = reader.map()
    _members(pairs, 3, claims)
    _label(reader, 1, claims)
    with _named("CWT claims: iss"):
        signer = did(reader.text())
    _label(reader, 2, claims)
    with _named("CWT claims: sub"):
        subject = reader.text()
    length = len(subject.encode("utf-8"))
    if not 1 <= length <= limits.IDENTIFIER_BYTES_MAX:
        detail = f"{length} bytes, 1 to {limits.IDENTIFIER_BYTES_MAX}"
        raise StatementError("out_of_range", "CWT claims: sub", detail)
    _label(reader, 3, claims)
    with _named("CWT claims: aud"):
        network = network_id(reader.text())
    with _named(name):
        reader.end()
    return _Protected(algorithm, key_id, signer, subject, network)


def _decode_content(payload: bytes) -> Content:
    name = "payload"
    reader = Reader(payload)
    with _named(name):
        length = reader.array()
    with _named("payload: version"):
        version = reader.uint()
    if version != _STATEMENT_VERSION:
        raise StatementError("unknown_format", "payload: version", f"version {version} is not known here")
    _members(length, 8, name)
    compartment = _decode_compartment(reader)
    label = _decode_label(reader)
    with _named("payload: lane"):
        lane = reader.uint_max(limits.LANES_MAX - 1)
    with _named("payload: sequence"):
        sequence = reader.uint()
    with _named("payload: not_after"):
        not_after_ms = reader.uint()
    with _named("payload: assurance"):
        number = reader.uint()
    if number >= len(ASSURANCES):
        raise StatementError("out_of_range", "payload: assurance", f"assurance {number} is not known here")
    with _named("payload: actions"):
        count = reader.array()
    if not 1 <= count <= limits.STATEMENT_ACTIONS_MAX:
        detail = f"{count} actions, 1 to {limits.STATEMENT_ACTIONS_MAX}"
        raise StatementError("out_of_range", "payload: actions", detail)
    actions = tuple(_decode_action(reader) for _ in range(count))
    with _named(name):
        reader.end()
    return Content(compartment, label, lane, sequence, not_after_ms, ASSURANCES[number], actions)


def _decode_compartment(reader: Reader) -> str:
    name = "payload: compartment"
    if reader.null():
        return COMMON
    with _named(name):
        compartment = check_compartment(reader.text())
    if compartment == COMMON:
        raise StatementError("not_canonical", name, "the common ledger is written null")
    return compartment


def _decode_label(reader: Reader) -> Label:
    name = "payload: label"
    if reader.null():
        return Label()
    with _named(name):
        reader.array_of(2)
        number = reader.uint()
    if number >= len(CLASSIFICATIONS):
        raise StatementError("out_of_range", name, f"classification {number} is not known here")
    with _named(name):
        count = reader.array()
    if count > limits.LABEL_MEMBERS_MAX:
        raise StatementError("out_of_range", name, f"{count} members, at most {limits.LABEL_MEMBERS_MAX}")
    releasable_to: list[str] = []
    for _ in range(count):
        with _named(name):
            member = member_id(reader.text())
        if releasable_to and releasable_to[-1] >= member:
            detail = "its members are not in ascending order without repetition"
            raise StatementError("not_canonical", name, detail)
        releasable_to.append(member)
    label = Label(CLASSIFICATIONS[number], tuple(releasable_to))
    if label.is_open:
        raise StatementError("not_canonical", name, "an open label is written null")
    return label


def _decode_action(reader: Reader) -> Action:
    module_name, body_name = "payload: actions: module", "payload: actions: body"
    with _named("payload: actions"):
        reader.array_of(2)
    with _named(module_name):
        module = reader.text()
    if len(module) > limits.MODULE_NAME_BYTES_MAX or not _MODULE.fullmatch(module):
        detail = f"write 1 to {limits.MODULE_NAME_BYTES_MAX} lower-case letters, digits or hyphens, a letter first"
        raise StatementError("bad_text", module_name, detail)
    with _named(body_name):
        body = reader.bytes()
    if len(body) > limits.ACTION_BYTES_MAX:
        raise StatementError("too_large", body_name, f"{len(body)} bytes, at most {limits.ACTION_BYTES_MAX}")
    try:
        check(body)
    except CborError as error:
        raise StatementError(_body_fault(error.rule), body_name, str(error)) from error
    return Action(module, body)


def _body_fault(rule: str) -> Fault:
    if "deep" in rule:
        return "too_deep"
    if "follow" in rule:
        return "trailing"
    return "truncated" if "short" in rule or "past" in rule else "not_canonical"


class StatementBuilder:
    """Collects what a statement says.

    Lane 0, sequence 0, the common ledger, no label and the signer's own key are the defaults. Every method returns the
    builder, so calls can be chained.
    """

    def __init__(self, network: str, signer: str, not_after_ms: int) -> None:
        """A statement of the DID ``signer`` for ``network`` that can execute until ``not_after_ms`` (block time)."""
        self._network = network
        self._signer = signer
        self._subject: str | None = None
        self._compartment = COMMON
        self._label = Label()
        self._lane, self._sequence = 0, 0
        self._not_after_ms = not_after_ms
        self._assurance: Assurance = "own_key"
        self._actions: list[Action] = []

    def subject(self, subject: str) -> StatementBuilder:
        """What it is about, such as the first object's identifier; otherwise the first action's module."""
        self._subject = subject
        return self

    def compartment(self, name: str) -> StatementBuilder:
        """The ledger it is for."""
        self._compartment = name
        return self

    def label(self, classification: Classification, releasable_to: Iterable[str] = ()) -> StatementBuilder:
        """Who may read it."""
        self._label = Label(classification, tuple(sorted(set(releasable_to))))
        return self

    def sequence(self, lane: int, sequence: int) -> StatementBuilder:
        """The lane, 0 to 63, and the place in it."""
        self._lane, self._sequence = lane, sequence
        return self

    def not_after(self, not_after_ms: int) -> StatementBuilder:
        """Until which block time it can execute, milliseconds since 1970."""
        self._not_after_ms = not_after_ms
        return self

    def assurance(self, assurance: Assurance) -> StatementBuilder:
        """Whose hand holds the key."""
        self._assurance = assurance
        return self

    def action(self, module: str, action: CborValue) -> StatementBuilder:
        """Adds an action whose body is ``action`` in deterministic CBOR."""
        return self.encoded_action(module, encode(action))

    def encoded_action(self, module: str, body: bytes) -> StatementBuilder:
        """Adds an action whose body is encoded already."""
        self._actions.append(Action(module, body))
        return self

    def unsigned(self, key: PublicKey) -> UnsignedStatement:
        """The statement without its signature, for the key ``key``."""
        subject = self._subject
        if subject is None:
            subject = self._actions[0].module if self._actions else "statement"
        head = Writer().map(4).int(1).int(COSE_IDS[key.algorithm]).int(3).uint(_CONTENT_TYPE)
        head.int(4).bytes(key.key_id).int(15).map(3)
        head.int(1).text(self._signer).int(2).text(subject).int(3).text(self._network)
        return UnsignedStatement(head.finish(), self._payload())

    def _payload(self) -> bytes:
        writer = Writer().array(8).uint(_STATEMENT_VERSION)
        if self._compartment == COMMON:
            writer.null()
        else:
            writer.text(self._compartment)
        if self._label.is_open:
            writer.null()
        else:
            writer.array(2).uint(CLASSIFICATIONS.index(self._label.classification))
            writer.array(len(self._label.releasable_to))
            for member in self._label.releasable_to:
                writer.text(member)
        numbers = {"lane": self._lane, "sequence": self._sequence, "not_after": self._not_after_ms}
        for name, value in numbers.items():
            if not 0 <= value <= limits.U64_MAX:
                raise StatementError("out_of_range", f"payload: {name}", f"{value} is not 0 to 2^64 - 1")
            writer.uint(value)
        writer.uint(ASSURANCES.index(self._assurance)).array(len(self._actions))
        for action in self._actions:
            writer.array(2).text(action.module).bytes(action.body)
        return writer.finish()

    def sign(self, key: SigningKey) -> Statement:
        """Signs with ``key`` and checks the result as a receiver would.

        Raises :class:`StatementError`: whatever :meth:`Statement.decode` refuses, such as no action.
        """
        unsigned = self.unsigned(key.public)
        return unsigned.attach(key.sign(unsigned.to_be_signed()))


@dataclass(frozen=True)
class UnsignedStatement:
    """A statement that waits for its signature, made here or elsewhere."""

    protected: bytes
    payload: bytes

    def to_be_signed(self) -> bytes:
        """The bytes to sign (RFC 9052 section 4.4)."""
        return sig_structure(self.protected, self.payload)

    def attach(self, signature: bytes) -> Statement:
        """Puts the signature on. It is not checked here: who attaches does not always have the key."""
        writer = Writer().tag(18).array(4).bytes(self.protected).map(0)
        return Statement(writer.bytes(self.payload).bytes(signature).finish())
