"""The statement log: an RFC 9162 Merkle tree that only grows, and how its proofs are checked.

A leaf's entry is a statement's id or the SHA-256 of a block's summary. Leaf hash = SHA-256(0x00 || entry), node hash =
SHA-256(0x01 || left || right). A block's accepted statements come first, then the refused, then the summary, so a leaf's
place says whether its statement was accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .ids import sha256
from .limits import U64_MAX
from .wire import Reader, Writer


def leaf_hash(entry: bytes) -> bytes:
    """The hash of the leaf that holds ``entry``."""
    return sha256(b"\x00", entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node over ``left`` and ``right``."""
    return sha256(b"\x01", left, right)


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that an audit path leads to (RFC 9162 section 2.1.3.2); ``None`` where it does not fit index and size."""
    if index >= size:
        return None
    at, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            root = node_hash(sibling, root)
            while at and not at & 1:
                at >>= 1
                last >>= 1
        else:
            root = node_hash(root, sibling)
        at >>= 1
        last >>= 1
    return root if last == 0 else None


@dataclass(frozen=True)
class BlockSummary:
    """What a block did to the log, committed by its last entry."""

    height: int
    time_ms: int
    """Milliseconds since 1970."""
    first_leaf: int
    """The leaf of its first statement."""
    accepted: int
    refused: int
    outcomes_root: bytes

    @classmethod
    def decode(cls, data: bytes) -> BlockSummary:
        """Reads the encoding, and nothing else."""
        reader = Reader(data)
        reader.array_of(7)
        reader.uint_exact(1)
        summary = cls(
            height=reader.uint(),
            time_ms=reader.uint(),
            first_leaf=reader.uint(),
            accepted=reader.uint(),
            refused=reader.uint(),
            outcomes_root=reader.bytes_exact(32),
        )
        reader.end()
        return summary

    def entry(self) -> bytes:
        """The log entry."""
        writer = Writer().array(7).uint(1).uint(self.height).uint(self.time_ms).uint(self.first_leaf)
        return sha256(writer.uint(self.accepted).uint(self.refused).bytes(self.outcomes_root).finish())

    def leaf(self) -> int | None:
        """The leaf of this summary itself; ``None`` where the numbers pass 64 bits."""
        leaf = self.first_leaf + self.accepted + self.refused
        return leaf if leaf <= U64_MAX else None

    def is_accepted(self, index: int) -> bool | None:
        """Whether leaf ``index`` is a statement of this block that was accepted or refused; ``None`` for other leaves."""
        place, statements = index - self.first_leaf, self.accepted + self.refused
        if statements > U64_MAX or not 0 <= place < statements:
            return None
        return place < self.accepted
