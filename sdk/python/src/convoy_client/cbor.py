"""Deterministic CBOR (RFC 8949 section 4.2.1) of the values that actions are made of, and the check of it.

Flow: :func:`encode` writes a value with its map keys in bytewise order; :func:`check` refuses bytes that are not the one
right form of one item. Left out on purpose: floats, simple values other than false, true and null, indefinite lengths,
bignums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from .limits import CBOR_DEPTH_MAX, U64_MAX
from .wire import Writer

CborValue: TypeAlias = (
    "bool | int | str | bytes | Sequence[CborValue] | Mapping[CborValue, CborValue] | Mapping[str, CborValue] | None"
)
"""What can be encoded; integers fit 64 bits."""


class CborError(ValueError):
    """Why a value has no deterministic CBOR, or bytes are not deterministic CBOR."""

    def __init__(self, message: str, rule: str) -> None:
        super().__init__(message)
        self.rule = rule


def _form(at: int, rule: str) -> CborError:
    remedy = "encode it again per RFC 8949 section 4.2.1"
    return CborError(f"not deterministic CBOR at byte {at}: {rule}; {remedy}", rule)


def _cannot(what: str) -> CborError:
    return CborError(f"no deterministic CBOR for {what}", what)


def encode(value: CborValue) -> bytes:
    """Encodes ``value`` deterministically.

    Raises :class:`CborError` for a float, an integer outside 64 bits, a repeated key, a value of another type, or nesting
    past 32.
    """
    writer = Writer()
    _write(writer, value, 0)
    return writer.finish()


def _write(writer: Writer, value: CborValue, depth: int) -> None:
    if depth > CBOR_DEPTH_MAX:
        raise _cannot(f"a value nested more than {CBOR_DEPTH_MAX} deep")
    if value is None:
        writer.null()
    elif isinstance(value, bool):
        writer.raw(b"\xf5" if value else b"\xf4")
    elif isinstance(value, int):
        if not -1 - U64_MAX <= value <= U64_MAX:
            raise _cannot(f"{value}: an integer fits 64 bits")
        writer.int(value)
    elif isinstance(value, str):
        try:
            writer.text(value)
        except UnicodeEncodeError:
            raise _cannot("text with half a surrogate pair") from None
    elif isinstance(value, bytes | bytearray | memoryview):
        writer.bytes(bytes(value))
    elif isinstance(value, Mapping):
        _write_map(writer, value, depth)
    elif isinstance(value, Sequence):
        writer.array(len(value))
        for item in value:
            _write(writer, item, depth + 1)
    else:
        raise _cannot(f"a {type(value).__name__}: write an integer, text, bytes, a list, a mapping, a truth value or None")


def _write_map(writer: Writer, value: Mapping[CborValue, CborValue] | Mapping[str, CborValue], depth: int) -> None:
    def item(part: CborValue) -> bytes:
        inner = Writer()
        _write(inner, part, depth + 1)
        return inner.finish()

    pairs = sorted((item(key), item(member)) for key, member in value.items())
    writer.map(len(pairs))
    for index, (key, member) in enumerate(pairs):
        # True and 1 are one key of a dictionary and two of CBOR, but b"a" and bytearray(b"a") are the same twice.
        if index and pairs[index - 1][0] == key:
            raise _cannot("a map with a repeated key")
        writer.raw(key).raw(member)


def check(data: bytes) -> None:
    """Checks that ``data`` is exactly one deterministic item; tags other than bignums may occur in it.

    Raises :class:`CborError` with the offset and the rule that is broken.
    """
    end = _skip(data, 0, 0)
    if end != len(data):
        raise _form(end, "bytes follow the item")


class _Head(NamedTuple):
    major: int
    argument: int
    end: int


def _head(data: bytes, at: int) -> _Head:
    if at >= len(data):
        raise _form(at, "the item is cut short")
    major, info = data[at] >> 5, data[at] & 0x1F
    if info < 24:
        return _Head(major, info, at + 1)
    if info == 31:
        raise _form(at, "indefinite length")
    if info > 27:
        raise _form(at, "reserved length code")
    width = 1 << (info - 24)
    raw = data[at + 1 : at + 1 + width]
    if len(raw) < width:
        raise _form(at, "the item is cut short")
    argument = int.from_bytes(raw, "big")
    if argument < (24 if width == 1 else 1 << (4 * width)) and major != 7:
        raise _form(at, "an integer or length is longer than needed")
    return _Head(major, argument, at + 1 + width)


def _span(data: bytes, start: int, length: int, at: int) -> int:
    if length > len(data) - start:
        raise _form(at, "a length runs past the end")
    return start + length


def _skip(data: bytes, at: int, depth: int) -> int:
    """Checks the item at ``at`` and returns the offset behind it."""
    if depth > CBOR_DEPTH_MAX:
        raise _form(at, "nested too deeply")
    major, argument, end = _head(data, at)
    if major <= 1:
        return end
    if major == 2:
        return _span(data, end, argument, at)
    if major == 3:
        stop = _span(data, end, argument, at)
        try:
            data[end:stop].decode("utf-8")
        except UnicodeDecodeError:
            raise _form(at, "text is not UTF-8") from None
        return stop
    if major == 4:
        for _ in range(argument):
            end = _skip(data, end, depth + 1)
        return end
    if major == 5:
        return _skip_map(data, end, argument, depth)
    if major == 6:
        if argument in (2, 3):
            raise _form(at, "bignums are not used")
        return _skip(data, end, depth + 1)
    info = data[at] & 0x1F
    if 20 <= info <= 22:
        return end
    if info >= 25:
        raise _form(at, "floating point numbers are not used")
    raise _form(at, "a simple value other than false, true or null")


def _skip_map(data: bytes, start: int, pairs: int, depth: int) -> int:
    end = start
    previous: bytes | None = None
    for _ in range(pairs):
        key_end = _skip(data, end, depth + 1)
        key = data[end:key_end]
        if previous is not None and previous == key:
            raise _form(end, "a map key is repeated")
        if previous is not None and previous > key:
            raise _form(end, "map keys are not in bytewise order")
        previous = key
        end = _skip(data, key_end, depth + 1)
    return end
