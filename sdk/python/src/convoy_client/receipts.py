"""Receipts as bytes: COSE Receipts (RFC 9942) in Convoy's profile, transparent statements (RFC 9943), compact receipts.

::

    transparent  a statement with its receipts in the unprotected header: {394: [+ << receipt >>]}
    receipt      18([protected, {396: {-1: [<< [size, leaf, [+ hash]] >>]}, ? "convoy-block": << evidence >>}, nil, signature])
    protected    {1: alg, 4: kid, 15: {1: issuer, 2: network, 6: seconds, "height", "time-ms", "log-size"}, 395: 1}
    evidence     [<< block summary >>, [+ hash]]
    compact      0x636e7601([1, << statement >> / id, leaf, << path >>,
                             [epoch, height, time, first leaf, accepted, log size], << rest digest >>,
                             [view, parent view, << signers >>, << signatures >>], << evidence >> / null])

Everything is read strictly. Signatures are not checked here; see :mod:`convoy_client.verify`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from .ids import IdError, did, network_id, sha256
from .keys import Algorithm, PublicKey, SignatureError, algorithm_of, sig_structure
from .limits import PATH_LENGTH_MAX, RECEIPTS_MAX, VALIDATORS_MAX
from .log import BlockSummary, leaf_hash, root_from_inclusion
from .statement import Statement
from .wire import Reader, WireError, Writer

TAG_COMPACT = 0x636E_7601
"""CBOR tag of a compact receipt: its first bytes are ``da 63 6e 76 01``."""
TAG_STATE_PROOF = 0x636E_7602
"""CBOR tag of a state proof: ``da 63 6e 76 02``."""


class ReceiptError(ValueError):
    """Why bytes are not a receipt of ours."""

    @classmethod
    def member(cls, part: str, detail: str) -> ReceiptError:
        """A fault of one part."""
        return cls(f"{part}: {detail}")


@contextmanager
def _part(name: str) -> Iterator[None]:
    """Gives a fault of a reader or an identifier the name of the part being read."""
    try:
        yield
    except WireError as error:
        raise ReceiptError.member(name, f"{error}; fetch the receipt again") from error
    except IdError as error:
        raise ReceiptError.member(name, str(error)) from error


def _label(reader: Reader, name: str, expected: int) -> None:
    with _part(name):
        found = reader.int()
    if found != expected:
        raise ReceiptError.member(name, f"member {found} stands where member {expected} belongs")


def _text_label(reader: Reader, name: str, expected: str) -> None:
    with _part(name):
        found = reader.text()
    if found != expected:
        raise ReceiptError.member(name, f"member `{found}` stands where member `{expected}` belongs")


def _read_path(reader: Reader) -> tuple[bytes, ...]:
    at = reader.at
    length = reader.array()
    if length > PATH_LENGTH_MAX:
        raise WireError("out_of_range", at)
    return tuple(reader.bytes_exact(32) for _ in range(length))


def _read_packed_path(reader: Reader) -> tuple[bytes, ...]:
    at = reader.at
    packed = reader.bytes()
    if len(packed) % 32 or len(packed) // 32 > PATH_LENGTH_MAX:
        raise WireError("out_of_range", at)
    return tuple(packed[start : start + 32] for start in range(0, len(packed), 32))


@dataclass(frozen=True)
class BlockEvidence:
    """The summary of the statement's block and the path of the summary's leaf."""

    summary: BlockSummary
    path: tuple[bytes, ...]

    @classmethod
    def decode(cls, data: bytes) -> BlockEvidence:
        """Reads the encoding, and nothing else."""
        name = "receipt: block evidence"
        reader = Reader(data)
        with _part(name):
            reader.array_of(2)
            encoded = reader.bytes()
        with _part("receipt: block summary"):
            summary = BlockSummary.decode(encoded)
        with _part(name):
            path = _read_path(reader)
            reader.end()
        return cls(summary, path)

    def root(self, size: int) -> bytes | None:
        """The root that the evidence leads to in a tree of ``size`` leaves, if it leads anywhere."""
        leaf = self.summary.leaf()
        return None if leaf is None else root_from_inclusion(leaf_hash(self.summary.entry()), leaf, size, self.path)


@dataclass(frozen=True)
class TreeHead:
    """The state of the statement log at a block, as one member vouches for it."""

    algorithm: Algorithm
    key_id: str
    """Hexadecimal."""
    issuer: str
    """The DID of the member whose node signs."""
    network: str
    height: int
    time_ms: int
    """The block's time, milliseconds since 1970."""
    size: int
    """How many leaves the log has."""


def _decode_claims(data: bytes) -> TreeHead:
    header, claims = "receipt: protected header", "receipt: CWT claims"

    def count(expected: int, name: str) -> None:
        with _part(name):
            found = reader.map()
        if found != expected:
            raise ReceiptError.member(name, f"it has {found} members instead of {expected}")

    def claim(name: str) -> int:
        _text_label(reader, claims, name)
        with _part(claims):
            return reader.uint()

    reader = Reader(data)
    count(4, header)
    _label(reader, header, 1)
    with _part(header):
        alg = reader.int()
    algorithm = algorithm_of(alg)
    if algorithm is None:
        raise ReceiptError(f"COSE algorithm {alg} is not known; Ed25519, ES256 and ML-DSA-65 are")
    _label(reader, header, 4)
    with _part(header):
        key_id = reader.bytes_exact(8).hex()
    _label(reader, header, 15)
    count(6, claims)
    _label(reader, claims, 1)
    with _part(claims):
        issuer = did(reader.text())
    _label(reader, claims, 2)
    with _part(claims):
        network = network_id(reader.text())
    _label(reader, claims, 6)
    with _part(claims):
        seconds = reader.uint()
    height, time_ms, size = claim("height"), claim("time-ms"), claim("log-size")
    _label(reader, header, 395)
    with _part(header):
        vds = reader.int()
    if vds != 1:
        raise ReceiptError(f"verifiable data structure {vds} is not supported; this verifier knows 1, RFC9162_SHA256")
    with _part(header):
        reader.end()
    if seconds != time_ms // 1_000:
        raise ReceiptError.member(claims, f"claim 6 says {seconds} s and `time-ms` says {time_ms} ms")
    return TreeHead(algorithm, key_id, issuer, network, height, time_ms, size)


@dataclass(frozen=True)
class _Envelope:
    protected: bytes
    proof: bytes
    evidence: bytes | None
    signature: bytes

    @classmethod
    def decode(cls, data: bytes) -> _Envelope:
        name, header = "receipt", "receipt: unprotected header"
        reader = Reader(data)
        with _part(name):
            reader.tag(18)
            reader.array_of(4)
        with _part("receipt: protected header"):
            protected = reader.bytes()
        with _part(header):
            pairs = reader.map()
        _label(reader, header, 396)
        with _part(header):
            kinds = reader.map()
        if kinds != 1:
            raise ReceiptError.member(header, "it has proofs of several kinds")
        _label(reader, header, -1)
        with _part(header):
            proofs = reader.array()
        if proofs != 1:
            raise ReceiptError.member(header, "it has not exactly one proof")
        with _part(header):
            proof = reader.bytes()
        evidence = None
        if pairs == 2:
            _text_label(reader, header, "convoy-block")
            with _part(header):
                evidence = reader.bytes()
        elif pairs != 1:
            raise ReceiptError.member(header, f"it has {pairs} members instead of 1 or 2")
        if not reader.null():
            raise ReceiptError.member(name, "its payload is not detached")
        with _part("receipt: signature"):
            signature = reader.bytes()
        with _part(name):
            reader.end()
        return cls(protected, proof, evidence, signature)


@dataclass(frozen=True)
class InclusionReceipt:
    """A receipt of inclusion, decoded.

    Its root follows from the statement and the path, so checking its signature checks the inclusion.
    """

    head: TreeHead
    root: bytes
    leaf: int
    """The leaf of the statement."""
    evidence: BlockEvidence | None
    _envelope: _Envelope

    @classmethod
    def decode(cls, data: bytes, entry: bytes) -> InclusionReceipt:
        """Reads a receipt for the log entry ``entry`` (a statement's digest).

        Raises :class:`ReceiptError` where the encoding is not exactly ours, or the path does not fit leaf and size.
        """
        name = "receipt: inclusion proof"
        envelope = _Envelope.decode(data)
        reader = Reader(envelope.proof)
        with _part(name):
            reader.array_of(3)
            size, leaf = reader.uint(), reader.uint()
            path = _read_path(reader)
            reader.end()
        evidence = None if envelope.evidence is None else BlockEvidence.decode(envelope.evidence)
        head = _decode_claims(envelope.protected)
        if size != head.size:
            detail = f"it is for a log of {size} leaves and {head.size} were signed"
            raise ReceiptError.member(name, detail)
        root = root_from_inclusion(leaf_hash(entry), leaf, size, path)
        if root is None:
            raise ReceiptError.member(name, f"the path does not fit leaf {leaf} of {size}")
        return cls(head, root, leaf, evidence, envelope)

    def verify(self, key: PublicKey) -> None:
        """Checks the signature over the tree head."""
        if key.algorithm != self.head.algorithm:
            raise SignatureError.mismatch(self.head.algorithm)
        key.verify(sig_structure(self._envelope.protected, self.root), self._envelope.signature)


@dataclass(frozen=True)
class TransparentStatement:
    """A statement and the receipts that came with it, still encoded."""

    statement: Statement
    receipts: tuple[bytes, ...]

    @classmethod
    def decode(cls, data: bytes) -> TransparentStatement:
        """Takes the receipts off and decodes the statement strictly. A statement without receipts is read too.

        Raises :class:`ReceiptError` where the envelope is wrong, ``StatementError`` where the statement inside is.
        """
        name = "transparent statement"
        reader = Reader(data)
        with _part(name):
            reader.tag(18)
            reader.array_of(4)
            protected = reader.bytes()
            pairs = reader.map()
        if pairs > 1:
            detail = f"its unprotected header has {pairs} members instead of 394 alone"
            raise ReceiptError.member(name, detail)
        receipts = _read_receipts(reader) if pairs else ()
        with _part(name):
            payload = reader.bytes()
            signature = reader.bytes()
            reader.end()
        stripped = Writer().tag(18).array(4).bytes(protected).map(0).bytes(payload).bytes(signature)
        return cls(Statement(stripped.finish()), receipts)

    def encode(self) -> bytes:
        """The statement with its receipts on; without any, the statement as it was submitted."""
        statement = self.statement
        if not self.receipts:
            return statement.bytes
        writer = Writer().tag(18).array(4).bytes(statement.protected)
        writer.map(1).int(394).array(len(self.receipts))
        for receipt in self.receipts:
            writer.bytes(receipt)
        return writer.bytes(statement.payload).bytes(statement.signature).finish()


def _read_receipts(reader: Reader) -> tuple[bytes, ...]:
    name = "transparent statement: receipts"
    _label(reader, name, 394)
    with _part(name):
        count = reader.array()
    if not 1 <= count <= RECEIPTS_MAX:
        raise ReceiptError.member(name, f"{count} receipts, 1 to {RECEIPTS_MAX}")
    with _part(name):
        return tuple(reader.bytes() for _ in range(count))


def quorum(validators: int) -> int:
    """How many of ``validators`` make a quorum."""
    return validators - max(0, validators - 1) // 3


@dataclass(frozen=True)
class Certificate:
    """A finalization of one block: who signed, and the signatures."""

    view: int
    parent_view: int
    signers: tuple[int, ...]
    """Indices into the validator set in ascending order of the keys, ascending."""
    signatures: tuple[bytes, ...]

    @classmethod
    def read(cls, reader: Reader) -> Certificate:
        """Reads a certificate as the next item."""
        name = "certificate"
        with _part(name):
            reader.array_of(4)
            view, parent_view, bitmap = reader.uint(), reader.uint(), reader.bytes()
        if not bitmap or bitmap[-1] == 0 or len(bitmap) > -(-VALIDATORS_MAX // 8):
            raise ReceiptError.member(name, "its bitmap of signers is empty or longer than needed")
        signers = tuple(n for n in range(8 * len(bitmap)) if bitmap[n // 8] >> (n % 8) & 1)
        with _part(name):
            packed = reader.bytes()
        count, rest = divmod(len(packed), 64)
        if count != len(signers) or rest:
            detail = f"it names {len(signers)} signers and has {count} signatures and {rest} bytes"
            raise ReceiptError.member(name, detail)
        signatures = tuple(packed[start : start + 64] for start in range(0, len(packed), 64))
        return cls(view, parent_view, signers, signatures)

    def signed_message(self, network: str, epoch: int, block: bytes) -> bytes:
        """What each signer signed, namespace and all."""
        namespace = f"convoy/{network}_FINALIZE".encode()
        numbers = b"".join(map(_varint, (epoch, self.view, self.parent_view)))
        return _varint(len(namespace)) + namespace + numbers + block


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


@dataclass(frozen=True)
class CompactReceipt:
    """A compact receipt, decoded. Its certificate is checked by who holds the validators' keys."""

    statement: Statement | None
    """The statement; ``None`` where the receipt has only its id."""
    entry: bytes
    """The statement's id, 32 bytes."""
    leaf: int
    path: Sequence[bytes]
    epoch: int
    height: int
    time_ms: int
    first_leaf: int
    accepted: int
    log_size: int
    rest: bytes
    """SHA-256 of the rest of the certified header."""
    certificate: Certificate
    evidence: BlockEvidence | None

    @classmethod
    def decode(cls, data: bytes) -> CompactReceipt:
        """Reads a compact receipt, and nothing else.

        Raises :class:`ReceiptError` where the receipt is wrong, ``StatementError`` where the statement inside is.
        """
        name, header = "compact receipt", "compact receipt: header"
        reader = Reader(data)
        with _part(name):
            reader.tag(TAG_COMPACT)
            reader.array_of(8)
        with _part("compact receipt: version"):
            reader.uint_exact(1)
        with _part("compact receipt: statement"):
            subject = reader.bytes()
        # 32 bytes are an id: no statement is that short.
        statement = None if len(subject) == 32 else Statement(subject)
        with _part(name):
            leaf = reader.uint()
        with _part("compact receipt: path"):
            path = _read_packed_path(reader)
        with _part(header):
            reader.array_of(6)
            epoch, height, time_ms = reader.uint(), reader.uint(), reader.uint()
            first_leaf, accepted, log_size = reader.uint(), reader.uint(), reader.uint()
        with _part("compact receipt: rest digest"):
            rest = reader.bytes_exact(32)
        certificate = Certificate.read(reader)
        evidence = _decode_compact_evidence(reader)
        with _part(name):
            reader.end()
        entry = subject if statement is None else statement.digest
        return cls(
            statement, entry, leaf, path, epoch, height, time_ms, first_leaf, accepted, log_size, rest, certificate, evidence
        )  # fmt: skip

    def root(self) -> bytes | None:
        """The log root that it implies; ``None`` where the path does not fit."""
        return root_from_inclusion(leaf_hash(self.entry), self.leaf, self.log_size, self.path)

    def block(self, network: str, log_root: bytes) -> bytes:
        """The digest of the block that it implies on ``network``, given its log root."""
        core = Writer().array(9).uint(1).bytes(sha256(network.encode()))
        core.uint(self.epoch).uint(self.height).uint(self.time_ms).uint(self.first_leaf).uint(self.accepted)
        core.uint(self.log_size).bytes(log_root)
        return sha256(core.finish(), self.rest)


def _decode_compact_evidence(reader: Reader) -> BlockEvidence | None:
    if reader.null():
        return None
    name = "compact receipt: evidence"
    with _part(name):
        encoded = reader.bytes()
    evidence = BlockEvidence.decode(encoded)
    if not evidence.path:
        raise ReceiptError.member(name, "its path is empty")
    return evidence
